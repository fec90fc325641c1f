"""Copies of the worksheet: taken, kept ten deep, compared, put back; nothing but a fitting copy is ever taken."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services import worksheet_backup as backups
from ndb_desktop.services.review import ReviewSession, worksheet_path
from ndb_desktop.storage import worksheet_copy
from tests.support.review import NAMES, REASON, MadeReview, complete, declare_all, make_bundle, open_session
from tests.support.travel import person


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeReview:
    return make_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def session(made: MadeReview, own_profile: Path) -> Iterator[ReviewSession]:
    with open_session(made, own_profile) as opened:
        declare_all(opened)
        yield opened


@pytest.fixture
def folder(session: ReviewSession, own_profile: Path) -> Path:
    return backups.backup_folder(own_profile, session.summary.bundle_id)


@pytest.fixture(scope="module")
def signer() -> Identity:
    return person("expert")


def code(caught: pytest.ExceptionInfo[NdbError]) -> str:
    return caught.value.code


def test_a_copy_is_encrypted_named_and_taken_only_when_something_changed(
    session: ReviewSession, folder: Path, made: MadeReview
) -> None:
    session.set_opinion(made.ids[0], REASON)
    first = backups.back_up(session, folder)
    assert first is not None
    assert first.at == session.standing().last_at
    assert (first.done, first.total) == session.overall_progress()
    assert first.changes == session.changes
    raw = first.path.read_bytes()
    assert not any(word.encode() in raw for word in (*NAMES, REASON, "record", "change_log"))
    if os.name != "nt":
        assert stat.S_IMODE(first.path.stat().st_mode) == 0o600
    assert backups.back_up(session, folder) is None
    session.set_note(made.ids[0], "x")
    second = backups.back_up(session, folder)
    assert second is not None
    assert backups.list_backups(folder) == (second, first)
    assert [path.name for path in folder.iterdir() if path.suffix != ".ndbwork"] == []


def test_ten_are_kept_and_what_came_from_elsewhere_stays(
    session: ReviewSession, folder: Path, made: MadeReview
) -> None:
    folder.mkdir(parents=True)
    foreign = folder / "notes.txt"
    foreign.write_text("the user's own")
    moved = folder / "20200101T000000Z_1_0-66_moved.ndbwork"
    moved.write_bytes(b"x")
    for number in range(13):
        session.set_opinion(made.ids[0], f"opinion {number}")
        backups.back_up(session, folder)
    found = backups.list_backups(folder)
    assert len(found) == backups.KEPT + 1
    assert found[0].changes == session.changes
    assert found[-1].path == moved
    assert foreign.exists()


def test_a_copy_that_cannot_be_written_leaves_nothing(
    session: ReviewSession, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups.back_up(session, folder)
    before = sorted(folder.iterdir())

    def full(*_args: object) -> None:
        raise NdbError("E-STORE-FULL", place="disk")

    monkeypatch.setattr(worksheet_copy, "_finish", full)
    with pytest.raises(NdbError) as caught:
        backups.back_up(session, folder, always=True)
    assert code(caught) == "E-STORE-FULL"
    assert sorted(folder.iterdir()) == before
    assert session.standing().changes > 0
    (folder / "file").write_text("")
    with pytest.raises(NdbError) as caught:
        backups.back_up(session, folder / "file" / "below")
    assert code(caught) in ("E-STORE-MISSING", "E-STORE-IO")


def test_restoring_shows_first_keeps_what_was_there_and_can_be_undone(
    session: ReviewSession, folder: Path, made: MadeReview
) -> None:
    first, second, _ = made.ids
    session.set_opinion(first, "as it was")
    old = backups.back_up(session, folder)
    assert old is not None
    session.set_opinion(first, "as it is now")
    session.set_opinion(second, "new")
    found = backups.preview(session, old.path)
    assert not found.newer
    assert {(d.application, d.added, d.removed, d.changed) for d in found.differences} == {
        (first, 0, 0, 1),
        (second, 0, 1, 0),
    }
    backups.restore(session, old.path, folder)
    assert session.sheet(first).opinion == "as it was"
    assert session.sheet(second).opinion == ""
    kept = next(backup for backup in backups.list_backups(folder) if backup.kind == "before")
    session.set_opinion(second, "work goes on")
    back = backups.preview(session, kept.path)
    assert {d.application for d in back.differences} == {first, second}
    backups.restore(session, kept.path, folder)
    assert (session.sheet(first).opinion, session.sheet(second).opinion) == ("as it is now", "new")


def test_what_is_held_in_memory_is_in_the_copy(session: ReviewSession, folder: Path, made: MadeReview) -> None:
    session.hold_unsaved()
    session.set_opinion(made.ids[0], "stored")
    path = session._worksheet.path
    aside = path.with_suffix(".aside")
    path.rename(aside)
    session.set_opinion(made.ids[0], "only in memory")
    assert session.unsaved == 1
    copy = backups.back_up(session, folder)
    assert copy is not None
    aside.rename(path)
    assert session.look_into(copy.path).records[made.ids[0]]["opinion", ""] == '"only in memory"'


def test_no_revision_is_ever_made_twice_by_restoring(
    session: ReviewSession, folder: Path, made: MadeReview, tmp_path: Path, signer: Identity
) -> None:
    complete(session)
    old = backups.back_up(session, folder)
    assert old is not None
    first = session.export(signer, tmp_path)
    backups.restore(session, old.path, folder)
    assert session.locked
    assert [row.payload_sha256 for row in session.exports()] == [first.payload_sha256]
    assert not session.can_undo
    session.start_revision("restored an older copy")
    session.set_opinion(made.ids[0], "after")
    assert session.export(signer, tmp_path).revision == 2


@pytest.mark.parametrize("wrong", ["other bundle", "other person", "cut", "flipped", "newer format", "gone", "empty"])
def test_only_a_fitting_copy_is_taken(
    session: ReviewSession, folder: Path, made: MadeReview, tmp_path: Path, wrong: str
) -> None:
    session.set_opinion(made.ids[0], "present")
    good = backups.back_up(session, folder)
    assert good is not None
    bad = tmp_path / "bad.ndbwork"
    shutil.copy(good.path, bad)
    data = bytearray(bad.read_bytes())
    expected = {"E-STORE-KEY", "E-STORE-CORRUPT"}
    if wrong == "other bundle":
        other = make_bundle(
            tmp_path / "o", bundle_id="00112233445566778899aabbccddee09", secret="9999-8888-7777-6666-5555"
        )
        with open_session(other, tmp_path / "p") as stranger:
            stranger.copy_worksheet(bad)
    elif wrong == "other person":
        _change(bad, made.secret, "UPDATE meta SET v = 'E-99' WHERE k = 'expert'")
        expected = {"E-WORKSHEET-OTHER"}
    elif wrong == "cut":
        bad.write_bytes(data[: len(data) // 2])
    elif wrong == "flipped":
        data[len(data) // 2] ^= 1
        bad.write_bytes(data)
    elif wrong == "newer format":
        _change(bad, made.secret, "PRAGMA user_version = 9")
        expected = {"E-WORKSHEET-VERSION"}
    elif wrong == "gone":
        bad.unlink()
        expected = {"E-STORE-MISSING"}
    else:
        bad.write_bytes(b"")
        expected |= {"E-WORKSHEET-VERSION"}
    for action in (lambda: backups.preview(session, bad), lambda: backups.restore(session, bad, folder)):
        with pytest.raises(NdbError) as caught:
            action()
        assert code(caught) in expected
    assert session.sheet(made.ids[0]).opinion == "present"
    session.set_opinion(made.ids[0], "and goes on")


def _change(path: Path, secret: str, sql: str) -> None:
    from ndb_desktop.storage.engine import Secret, open_database

    with open_database(path, Secret(secret), mode="write") as db:
        db.conn.execute(sql)


def test_a_worksheet_that_cannot_be_read_is_set_aside_and_a_copy_brought_back(
    made: MadeReview, own_profile: Path, session: ReviewSession, folder: Path
) -> None:
    session.set_opinion(made.ids[0], "in the copy")
    good = backups.back_up(session, folder)
    assert good is not None
    with pytest.raises(NdbError) as caught:
        backups.set_aside(own_profile, made.written.bundle_id, folder, "2026-11-22T05:00:00Z")
    assert code(caught) == "E-STORE-LOCKED"
    session.close()
    path = worksheet_path(own_profile, made.written.bundle_id)
    data = bytearray(path.read_bytes())
    data[5000] ^= 1
    path.write_bytes(data)
    with pytest.raises(NdbError) as caught:
        open_session(made, own_profile)
    assert code(caught) == "E-STORE-CORRUPT"
    aside = backups.set_aside(own_profile, made.written.bundle_id, folder, "2026-11-22T05:00:00Z")
    assert aside.read_bytes() == bytes(data)
    with open_session(made, own_profile) as again:
        assert again.changes == 0
        backups.restore(again, good.path, folder)
        assert again.sheet(made.ids[0]).opinion == "in the copy"
