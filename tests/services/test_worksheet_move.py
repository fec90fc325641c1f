"""One file carries an expert's worksheet and key to another computer; what is there is never overwritten."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.movefile import KEY_MEMBER, MANIFEST_MEMBER, MIMETYPE_MEMBER, WORKSHEET_MEMBER
from ndb_desktop.formats.sniff import FileKind, identify, require_kind
from ndb_desktop.services.identity import create_identity, keys_folder, list_identities, unlock
from ndb_desktop.services.review import worksheet_path
from ndb_desktop.services.worksheet_backup import backup_folder, list_backups, preview, restore
from ndb_desktop.services.worksheet_move import Received, receive, send
from tests.support.review import NAMES, REASON, SECRET, MadeReview, declare_all, make_bundle, open_session

PASSPHRASE = "correct horse battery"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeReview:
    return make_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def sent(made: MadeReview, own_profile: Path, tmp_path: Path) -> Path:
    """A move file from the first computer, with one opinion in it."""
    stored = create_identity(keys_folder(own_profile), name="陈评审", passphrase=PASSPHRASE, trial=True)
    with open_session(made, own_profile) as session:
        declare_all(session)
        session.set_opinion(made.ids[0], REASON)
        return send(session, tmp_path, stored.path, lambda: datetime(2026, 11, 22, 4, tzinfo=UTC))


def take(path: Path, profile: Path) -> Received:
    return receive(path, profile, lambda bundle: backup_folder(profile, bundle))


def test_work_goes_on_elsewhere_with_the_same_key(made: MadeReview, sent: Path, tmp_path: Path) -> None:
    assert sent.name == "2026-pilot_E-07_20261122T040000Z.ndbmove"
    assert identify(sent) is FileKind.MOVE
    other = tmp_path / "other"
    found = take(sent, other)
    assert found.placed == "placed"
    assert found.key
    (stored,) = list_identities(keys_folder(other))
    assert stored.name == "陈评审"
    unlock(stored.path, PASSPHRASE)
    with open_session(made, other) as session:
        assert session.sheet(made.ids[0]).opinion == REASON
        session.set_opinion(made.ids[1], "goes on")
    assert take(sent, other).key == ""


def test_nothing_in_the_file_is_readable_without_the_secrets(sent: Path) -> None:
    raw = sent.read_bytes()
    assert not any(word.encode() in raw for word in (*NAMES, REASON, SECRET, PASSPHRASE))
    with zipfile.ZipFile(sent) as archive:
        assert archive.namelist() == [MIMETYPE_MEMBER, MANIFEST_MEMBER, WORKSHEET_MEMBER, KEY_MEMBER]
        assert archive.testzip() is None
        assert archive.read(KEY_MEMBER).startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----")


def test_a_worksheet_that_is_there_stays_and_the_other_waits_among_the_copies(
    made: MadeReview, sent: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    with open_session(made, other) as session:
        declare_all(session)
        session.set_opinion(made.ids[0], "written here")
    before = worksheet_path(other, made.written.bundle_id).read_bytes()
    found = take(sent, other)
    assert found.placed == "kept"
    assert worksheet_path(other, made.written.bundle_id).read_bytes() == before
    folder = backup_folder(other, made.written.bundle_id)
    (backup,) = list_backups(folder)
    assert (backup.kind, backup.path) == ("moved", found.path)
    with open_session(made, other) as session:
        assert not preview(session, backup.path).newer
        restore(session, backup.path, folder)
        assert session.sheet(made.ids[0]).opinion == REASON
        assert {row.kind for row in list_backups(folder)} == {"moved", "before"}


def test_a_worksheet_may_travel_without_a_key(made: MadeReview, own_profile: Path, tmp_path: Path) -> None:
    with open_session(made, own_profile) as session:
        path = send(session, tmp_path / "alone.ndbmove", None, lambda: datetime(2026, 11, 22, tzinfo=UTC))
    found = take(path, tmp_path / "other")
    assert (found.key, found.manifest.key, found.placed) == ("", None, "placed")


def test_a_file_that_is_no_key_does_not_travel_as_one(made: MadeReview, own_profile: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "photo.ndbkey"
    wrong.write_bytes(b"%PDF-1.7")
    with open_session(made, own_profile) as session, pytest.raises(NdbError) as caught:
        send(session, tmp_path / "x.ndbmove", wrong, lambda: datetime(2026, 11, 22, tzinfo=UTC))
    assert caught.value.code == "E-FILE-IS-PDF"
    assert not list(tmp_path.glob("*.ndbmove")) + list(tmp_path.glob(".ndb-*"))


Members = list[tuple[str, bytes]]


def _flip(name: str) -> Callable[[Members], Members]:
    return lambda members: [(n, data[:-1] + bytes([data[-1] ^ 1]) if n == name else data) for n, data in members]


def _said(old: bytes, new: bytes) -> Callable[[Members], Members]:
    return lambda members: [(n, data.replace(old, new) if n == MANIFEST_MEMBER else data) for n, data in members]


DAMAGE: dict[str, tuple[Callable[[Members], Members], str]] = {
    "worksheet changed": (_flip(WORKSHEET_MEMBER), "E-MOVE-DAMAGED"),
    "key changed": (_flip(KEY_MEMBER), "E-MOVE-DAMAGED"),
    "key left out": (lambda members: members[:-1], "E-MOVE-DAMAGED"),
    "something added": (lambda members: [*members, ("more.txt", b"x")], "E-MOVE-DAMAGED"),
    "order": (lambda members: [members[0], members[2], members[1], members[3]], "E-MOVE-DAMAGED"),
    "outside": (_said(b'"bundle_id":"', b'"bundle_id":"../'), "E-JSON-FIELD"),
    "unknown field": (_said(b'{"format"', b'{"more":1,"format"'), "E-JSON-FIELD"),
    "key elsewhere": (_said(b'.ndbkey"', b'/../../x.ndbkey"'), "E-JSON-FIELD"),
    "later version": (_said(b'"version":1', b'"version":2'), "E-VERSION"),
}


@pytest.mark.parametrize("what", sorted(DAMAGE))
def test_a_damaged_or_hostile_file_changes_nothing(sent: Path, tmp_path: Path, what: str) -> None:
    change, expected = DAMAGE[what]
    with zipfile.ZipFile(sent) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    bad, other = tmp_path / "bad.ndbmove", tmp_path / "other"
    with zipfile.ZipFile(bad, "w", zipfile.ZIP_STORED) as archive:
        for name, data in change(members):
            archive.writestr(zipfile.ZipInfo(name), data)
    with pytest.raises(NdbError) as caught:
        take(bad, other)
    assert caught.value.code == expected
    assert not list(other.rglob("*.ndbwork"))


def test_a_cut_file_is_refused(sent: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.ndbmove"
    bad.write_bytes(sent.read_bytes()[:-300])
    with pytest.raises(NdbError) as caught:
        take(bad, tmp_path / "other")
    assert caught.value.code == "E-MOVE-DAMAGED"


def test_other_desks_name_it_in_words(sent: Path) -> None:
    with pytest.raises(NdbError) as caught:
        require_kind(sent, FileKind.SCORE)
    assert caught.value.code == "E-FILE-IS-MOVE"
    assert replace(caught.value.fault).params["wanted"] == ".ndbscore"
