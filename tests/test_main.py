"""What the one entry point starts: the renderer, the command line, or the window."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ndb_desktop.__main__ import is_command, main


@pytest.mark.parametrize(
    "words",
    [
        ["demo", "OUT"],
        ["--help"],
        ["-h"],
        ["--version"],
        ["verify", "x.ndbscore"],
        ["nonsense"],
        ["--lang", "en", "rules"],
        ["--json", "results"],
    ],
)
def test_verbs_and_questions_go_to_the_command_line(words: list[str]) -> None:
    assert is_command(words)


@pytest.mark.parametrize(
    "words", [[], ["--lang", "en"], ["--sample", "DIR"], ["--check"], ["--profile", "P", "--theme", "dark"]]
)
def test_options_open_the_window(words: list[str]) -> None:
    assert not is_command(words)


def test_a_file_of_ours_opens_the_window(tmp_path: Path) -> None:
    bundle = tmp_path / "甲'乙.ndbbundle"
    assert is_command([str(bundle)]), "a file that is not there is a misspelt verb"
    bundle.touch()
    assert not is_command([str(bundle)])
    text = tmp_path / "notes.txt"
    text.touch()
    assert is_command([str(text)])


def test_misuse_exits_with_two(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["ndb", "nonsense"])
    assert main() == 2
    assert "E-USAGE" in capsys.readouterr().err
