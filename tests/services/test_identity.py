"""Own keys in the profile folder, passphrases as people type them, cards in and out."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ndb_desktop.crypto.identity import MAX_KEY_FILE
from ndb_desktop.services import identity as service
from ndb_desktop.services.identity import (
    change_passphrase,
    check_passphrase,
    create_identity,
    keys_folder,
    list_identities,
    read_card,
    unlock,
    write_card,
)
from tests.support.travel import AT, made_receipt, refusal

GOOD = "马 电池 staple"


def made(folder: Path, name: str = "欧阳砚", passphrase: str = GOOD) -> service.StoredIdentity:
    return create_identity(folder, name=name, passphrase=passphrase, trial=True)


def test_a_made_identity_is_listed_and_unlocks(own_profile: Path) -> None:
    folder = keys_folder(own_profile)
    stored = made(folder)
    assert list_identities(folder) == (stored,)
    opened = unlock(stored.path, GOOD)
    assert opened.keyid == stored.fingerprint
    assert opened.public.comment == stored.name == "欧阳砚"
    assert refusal(lambda: unlock(stored.path, "wrong passphrase")) == "E-KEY-PASSPHRASE"


def test_only_the_owner_reads_keys(own_profile: Path) -> None:
    folder = keys_folder(own_profile)
    stored = made(folder)
    modes = (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE(stored.path.stat().st_mode))
    # Windows has no such bits; there the user's profile folder itself is private.
    assert modes == (0o700, 0o600) or os.name == "nt"


def test_official_keys_are_official(tmp_path: Path) -> None:
    stored = create_identity(tmp_path, name="a", passphrase=GOOD)
    assert not stored.trial
    assert not stored.path.name.startswith("TEST")
    assert refusal(lambda: create_identity(tmp_path, name="b", passphrase="short")) == "E-PASSPHRASE-SHORT"
    assert len(list_identities(tmp_path)) == 1


def test_two_people_of_one_name_do_not_meet(tmp_path: Path) -> None:
    assert made(tmp_path).path != made(tmp_path).path
    assert len(list_identities(tmp_path)) == 2


@pytest.mark.parametrize("name", ["", "   ", "\n\t"])
def test_a_key_has_a_name(tmp_path: Path, name: str) -> None:
    assert refusal(lambda: made(tmp_path, name)) == "E-IDENTITY-NAME"


@pytest.mark.parametrize("name", ["../../x", "a/b", "con:", "x" * 300, ".hidden", "a\nb"])
def test_a_name_never_leaves_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "keys"
    stored = made(folder, name)
    assert stored.path.parent == folder
    assert unlock(stored.path, GOOD).keyid == stored.fingerprint
    assert {p.parent for p in tmp_path.rglob("*") if p.is_file()} == {folder}


@pytest.mark.parametrize(
    ("first", "again", "trial", "expected"),
    [
        (GOOD, GOOD, False, ""),
        (GOOD, GOOD + " ", False, "E-PASSPHRASE-DIFFERENT"),
        ("", "", True, "E-PASSPHRASE-EMPTY"),
        ("   ", None, True, "E-PASSPHRASE-EMPTY"),
        ("123456789", None, False, "E-PASSPHRASE-SHORT"),
        ("1", None, True, ""),
        ("aaaaaaaaaaaab", None, False, "E-PASSPHRASE-SIMPLE"),
        ("good pass\x00word", None, False, "E-PASSPHRASE-CONTROL"),
        ("good pass\ud800word", None, False, "E-PASSPHRASE-CONTROL"),
        ("长" * 25, None, True, "E-PASSPHRASE-LONG"),
        ("长城内外惟余莽莽大河上下", None, False, ""),
    ],
)
def test_passphrase_rules(first: str, again: str | None, trial: bool, expected: str) -> None:
    assert refusal(lambda: check_passphrase(first, again, trial=trial)) == expected


def test_full_width_letters_are_the_same_passphrase(tmp_path: Path) -> None:
    stored = made(tmp_path, passphrase="ＡＢＣ１２３ｄｅｆｇ")
    assert unlock(stored.path, "ABC123defg").keyid == stored.fingerprint
    assert unlock(stored.path, "ＡＢＣ１２３ｄｅｆｇ").keyid == stored.fingerprint


def test_changing_the_passphrase_keeps_the_key(tmp_path: Path) -> None:
    stored = made(tmp_path)
    change_passphrase(stored.path, GOOD, "another one", "another one", trial=True)
    assert unlock(stored.path, "another one").keyid == stored.fingerprint
    assert refusal(lambda: unlock(stored.path, GOOD)) == "E-KEY-PASSPHRASE"
    assert refusal(lambda: change_passphrase(stored.path, GOOD, "x", trial=True)) == "E-KEY-PASSPHRASE"
    assert refusal(lambda: change_passphrase(stored.path, "another one", "", trial=True)) == "E-PASSPHRASE-EMPTY"
    assert unlock(stored.path, "another one").keyid == stored.fingerprint


def test_a_damaged_key_is_shown_not_hidden(tmp_path: Path) -> None:
    stored = made(tmp_path)
    broken = tmp_path / "broken.ndbkey"
    broken.write_bytes(b"x" * 100)
    huge = tmp_path / "huge.ndbkey"
    huge.write_bytes(b"x" * (MAX_KEY_FILE + 1))
    faults = {s.path.name: s.fault.code if s.fault else "" for s in list_identities(tmp_path)}
    assert faults == {stored.path.name: "", "broken.ndbkey": "E-KEY-FORMAT", "huge.ndbkey": "E-SIZE"}
    assert refusal(lambda: unlock(broken, GOOD)) == "E-FILE-UNKNOWN"


def test_the_public_half_of_another_key_does_not_lend_its_name(tmp_path: Path) -> None:
    first, second = made(tmp_path, "first"), made(tmp_path, "second")
    service.public_path(first.path).write_bytes(service.public_path(second.path).read_bytes())
    names = {s.fingerprint: s.name for s in list_identities(tmp_path)}
    assert names == {first.fingerprint: first.path.stem, second.fingerprint: "second"}
    service.public_path(first.path).unlink()
    assert unlock(first.path, GOOD).public.comment == first.path.stem


def test_no_folder_is_no_identity(tmp_path: Path) -> None:
    assert list_identities(tmp_path / "none") == ()


def test_a_card_goes_out_and_comes_in(tmp_path: Path) -> None:
    identity = unlock(made(tmp_path / "keys").path, GOOD)
    moment = datetime(2026, 11, 22, 3, tzinfo=UTC)
    path = write_card(identity, name="欧阳砚", employer="某大学", target=tmp_path, trial=True, created_at=moment)
    assert path == tmp_path / "TEST_欧阳砚.ndbcard"
    card = read_card(path)
    assert (card.key, card.payload.created_at, card.payload.trial) == (identity.public, AT, True)
    named = write_card(identity, name="欧阳砚", employer="", target=tmp_path / "a.ndbcard", trial=False, created_at=AT)
    assert read_card(named).payload.employer == ""


def test_a_wrong_file_is_no_card(tmp_path: Path) -> None:
    path = tmp_path / "x.ndbcard"
    path.write_bytes(made_receipt())
    assert refusal(lambda: read_card(path)) == "E-FILE-IS-RECEIPT"
