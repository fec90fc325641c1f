"""`ndb export notice` and `ndb export package` on a real registry with the real rule packs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli.main import main
from ndb_desktop.services.demo_round import PASSPHRASE
from tests.support.sample import office_copy, small_sample


@pytest.fixture(autouse=True)
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = office_copy(tmp_path)
    folder = office.folder
    office.close()
    monkeypatch.setenv("NDB_REGISTRY", str(folder))
    monkeypatch.setenv("NDB_LANG", "en")
    monkeypatch.setenv("NDB_PASSPHRASE", PASSPHRASE)


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, Any, str]:
    capsys.readouterr()
    code = main([*map(str, words), "--json", "--key", str(small_sample().coordinator_key)])
    shown = capsys.readouterr()
    return code, json.loads(shown.out) if shown.out else None, shown.err


def test_the_notice_and_its_lists(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    out.mkdir()
    code, made, err = run(capsys, "export", "notice", out, "--start", "2026-09-18", "--contact", "x")
    assert code == 0, err
    assert (made["days"], made["start"]) == (5, "2026-09-18")
    assert sorted(row["name"] for row in made["files"]) == sorted(path.name for path in out.iterdir())
    code, _, err = run(capsys, "export", "notice", out, "--start", "soon")
    assert (code != 0, "E-CLI-VALUE" in err) == (True, True)


def test_documents_that_are_gone_are_named_when_a_copy_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = min((tmp_path / "registry" / "attachments").glob("*.db"))
    store.unlink()
    code, made, err = run(capsys, "registry", "backup", tmp_path / "copies")
    assert (code, made["damaged"]) == (1, [store.name])
    assert f"{store.name}: E-CLI-COPY-STORE: " in err


def test_the_package_is_made_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "x.zip.age"
    code, made, err = run(capsys, "export", "package", target)
    assert code == 0, err
    code, found, err = run(capsys, "export", "package", target, "--check")
    assert (code, found) == (0, made), err
    target.write_bytes(target.read_bytes()[:-1])
    code, _, err = run(capsys, "export", "package", target, "--check")
    assert (code, "E-AGE" in err) == (1, True)
