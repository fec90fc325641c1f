"""`ndb review backup | restore | move | receive` on a real bundle: what is shown, and what is on the disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli.main import main
from ndb_desktop.services.review import worksheet_path
from tests.support.review import SECRET, MadeReview, declare_all, make_bundle, open_session
from tests.support.travel import key_file


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeReview:
    return make_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def open_with(made: MadeReview, own_profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    monkeypatch.setenv("NDB_LANG", "en")
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    opinion(made, own_profile, "as it was")
    return [made.path, "--secret-file", secret]


def opinion(made: MadeReview, profile: Path, text: str) -> None:
    with open_session(made, profile) as session:
        if session.sheet(made.ids[0]).declaration.status == "none":
            declare_all(session)
        session.set_opinion(made.ids[0], text)


def read(made: MadeReview, profile: Path) -> str:
    with open_session(made, profile) as session:
        return session.sheet(made.ids[0]).opinion


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main([str(word) for word in words])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def data(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    code, out, err = run(capsys, *words, "--json")
    assert code == 0, err
    return json.loads(out)


def test_copies_are_made_listed_shown_and_put_back(
    capsys: pytest.CaptureFixture[str], made: MadeReview, own_profile: Path, open_with: list[object], tmp_path: Path
) -> None:
    folder = ["--folder", tmp_path / "copies"]
    copy = data(capsys, "review", "backup", *open_with, *folder)
    assert Path(copy["path"]).is_relative_to(tmp_path / "copies" / made.written.bundle_id)
    code, out, err = run(capsys, "review", "backup", *open_with, *folder)
    assert (code, out) == (0, "")
    assert "holds the same" in err
    opinion(made, own_profile, "as it is now")
    assert [row["path"] for row in data(capsys, "review", "restore", *open_with, *folder)] == [copy["path"]]
    shown = data(capsys, "review", "restore", *open_with, *folder, "--copy", copy["path"])
    assert shown["differences"] == [{"application": made.ids[0], "added": 0, "removed": 0, "changed": 1}]
    assert read(made, own_profile) == "as it is now"
    code, out, err = run(capsys, "review", "restore", *open_with, *folder, "--copy", copy["path"], "--apply")
    assert (code, made.ids[0] in out) == (0, True)
    assert "kept as a copy" in err
    assert read(made, own_profile) == "as it was"
    kinds = [row["kind"] for row in data(capsys, "review", "restore", *open_with, *folder)]
    assert sorted(kinds) == ["", "before"]


def test_a_file_that_is_no_copy_is_refused(
    capsys: pytest.CaptureFixture[str], open_with: list[object], made: MadeReview
) -> None:
    code, out, err = run(capsys, "review", "restore", *open_with, "--copy", made.path, "--apply")
    assert (code, out) == (1, "")
    assert "E-STORE-KEY" in err


def test_a_move_and_back(
    capsys: pytest.CaptureFixture[str], made: MadeReview, own_profile: Path, open_with: list[object], tmp_path: Path
) -> None:
    key = tmp_path / "own.ndbkey"
    key.write_bytes(key_file("expert"))
    sent = data(capsys, "review", "move", *open_with, tmp_path, "--key-file", key)
    other = tmp_path / "other"
    code, out, err = run(capsys, "review", "receive", sent["path"], "--profile", other)
    assert (code, Path(out.strip())) == (0, worksheet_path(other, made.written.bundle_id))
    assert "Key file added: own.ndbkey" in err
    assert read(made, other) == "as it was"
    again = data(capsys, "review", "receive", sent["path"], "--profile", other)
    assert (again["placed"], again["key"]) == (False, "")
    code, _, err = run(capsys, "review", "move", *open_with, tmp_path / "alone.ndbmove")
    assert (code, "without a key file" in err) == (0, True)
