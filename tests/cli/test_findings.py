"""What a verb did well enough to go on, yet a person must know: told by code, and by the exit code."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli.main import main
from ndb_desktop.formats.batchfile import batch_to_json
from ndb_desktop.services import selftest
from ndb_desktop.services.demo_round import PASSPHRASE
from tests.support.sample import office_copy, small_sample

RARE = "𠀀"
"""A character of Unicode that the font of the reports lacks."""


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NDB_LANG", "en")
    monkeypatch.setenv("NDB_PASSPHRASE", PASSPHRASE)


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main([str(word) for word in words])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def bundle() -> list[object]:
    return [small_sample().open_bundle, "--secret-file", small_sample().open_secret]


def test_a_changed_log_is_a_finding(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    office = office_copy(tmp_path)
    office.registry._db.conn.execute("UPDATE log SET subject = 'E-99' WHERE seq = 3")
    office.close()
    words = ["registry", "log", "-r", tmp_path / "registry", "--key", small_sample().coordinator_key]
    code, out, err = run(capsys, *words, "--json")
    assert (code, json.loads(out)["broken"]) == (1, 3)
    assert "E-CLI-LOG-BROKEN" in err


def test_a_character_the_font_lacks_is_a_finding(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    opened: dict[str, Any] = json.loads(run(capsys, "review", "open", *bundle(), "--json")[1])
    first = opened["applications"][0]["id"]
    assert run(capsys, "review", "agree", *bundle())[0] == 0
    assert run(capsys, "review", "declare", *bundle())[0] == 0
    opinion = ["review", "set", *bundle(), "--application", first, "--opinion"]
    report = ["report", "own-sheets", *bundle(), tmp_path / "own.pdf", "--application", first, "--json"]
    assert run(capsys, *opinion, "sound")[0] == 0
    assert run(capsys, *report)[0] == 0
    assert run(capsys, *opinion, f"sound {RARE}")[0] == 0
    code, out, err = run(capsys, *report)
    assert (code, json.loads(out)["missing"]) == (1, [f"U+{ord(RARE):04X}"])
    assert "E-CLI-GLYPHS" in err
    assert (tmp_path / "own.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    "words",
    [
        ["declare", "--recuse", "C1", "--words", "former employer"],
        ["set", "--state", "open"],
    ],
)
def test_options_that_do_not_go_together_are_misuse(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert run(capsys, "review", "agree", *bundle())[0] == 0
    code, _, err = run(capsys, "review", words[0], *bundle(), *words[1:])
    assert (code, "E-CLI-VALUE" in err) == (2, True)


def test_a_recovery_key_that_is_no_text_is_misuse(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "recovery.pub").write_bytes(b"\xff\xfe\x00\x81")
    office = office_copy(tmp_path)
    batch = tmp_path / "batch.json"
    batch.write_bytes(batch_to_json(office.batch))
    office.close()
    own = ["--recovery", tmp_path / "recovery.pub", "--name", "x", "--key", small_sample().coordinator_key]
    code, _, err = run(capsys, "registry", "init", tmp_path / "new", "--batch", batch, *own)
    assert (code, "E-CLI-VALUE" in err) == (2, True)
    assert not (tmp_path / "new").exists()


def test_selftest_names_each_thing_that_is_broken(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No room for the sample, and a program that cannot start: what depends on them says so, the rest still passes."""

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left")

    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'libEGL.so.1 is missing' >&2\nexit 127\n")
    broken.chmod(0o755)
    monkeypatch.setattr(selftest, "make_demo", full)
    monkeypatch.setattr(sys, "executable", str(broken))
    code, out, err = run(capsys, "selftest", "--json")
    assert code == 1
    found = {row["check"]: (row["fault"] or {}).get("code") for row in json.loads(out)}
    assert found == {
        "selftest.resources": None,
        "selftest.packs": None,
        "selftest.round": "E-SELFTEST",
        "selftest.verify": "E-SELFTEST-EARLIER",
        "selftest.render": "E-SELFTEST-EARLIER",
        "selftest.pdf": "E-SELFTEST-EARLIER",
        "selftest.window": "E-SELFTEST-WINDOW",
    }
    assert "no space left" in err
    assert "libEGL.so.1 is missing" in err


def test_selftest_tells_what_is_not_there(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(small_sample().folder, tmp_path / "sample")
    monkeypatch.setattr(selftest, "resource", lambda *_: tmp_path / "nothing")
    monkeypatch.setattr(selftest, "builtin_packs", dict)
    monkeypatch.setattr(selftest, "make_demo", lambda *_, **__: small_sample())
    code, out, _ = run(capsys, "selftest", "--no-window", "--json")
    assert code == 1
    broken = {row["check"] for row in json.loads(out) if not row["ok"]}
    assert {"selftest.resources", "selftest.packs"} <= broken
    assert "selftest.verify" not in broken
