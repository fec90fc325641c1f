"""`core.db`: round trip, wrong secret, foreign content."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage import coredb
from ndb_desktop.storage.coredb import CoreApplication, CoreContent, read_core, write_core
from ndb_desktop.storage.engine import Secret, open_database

SECRET = "abcd-efgh-jkmn-pqrs-tvwx"
PACK = '{"id":"评审"}'.encode()
CONTENT = CoreContent(
    {"coordinator_recipient": "ssh-ed25519 AAAA", "expert": "{}"},
    b'{"id":"2026"}',
    {hashlib.sha256(PACK).hexdigest(): PACK},
    (
        CoreApplication("A2", 0, '{"名":"星河"}'.encode(), "att/0000.db", "ab" * 32, "cd" * 32),
        CoreApplication("A1", 1, b"{}", "att/0001.db", "ac" * 32, "ce" * 32),
    ),
)


def test_round_trip(tmp_path: Path) -> None:
    write_core(tmp_path / "core.db", SECRET, CONTENT)
    assert read_core(tmp_path / "core.db", SECRET) == CONTENT
    assert [p.name for p in tmp_path.iterdir()] == ["core.db"]
    assert "星河".encode() not in (tmp_path / "core.db").read_bytes()


def refuse(path: Path, secret: str = SECRET) -> str:
    with pytest.raises(NdbError) as caught:
        read_core(path, secret)
    return caught.value.code


def test_wrong_secret(tmp_path: Path) -> None:
    write_core(tmp_path / "core.db", SECRET, CONTENT)
    assert refuse(tmp_path / "core.db", "abcd-efgh-jkmn-pqrs-tvwy") == "E-STORE-KEY"


def test_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "core.db").write_bytes(b"x")
    with pytest.raises(NdbError) as caught:
        write_core(tmp_path / "core.db", SECRET, CONTENT)
    assert caught.value.code == "E-STORE-EXISTS"
    assert (tmp_path / "core.db").read_bytes() == b"x"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE pack SET json = x'7b7d'", "E-STORE-CONTENT"),
        ("DELETE FROM batch", "E-STORE-CONTENT"),
        ("CREATE VIEW v AS SELECT 1", "E-STORE-SCHEMA"),
        ("UPDATE application SET json = zeroblob(9000000)", "E-STORE-CONTENT"),
    ],
)
def test_foreign_content(tmp_path: Path, statement: str, code: str) -> None:
    write_core(tmp_path / "core.db", SECRET, CONTENT)
    with open_database(tmp_path / "core.db", Secret(SECRET), mode="write") as db:
        db.conn.execute(statement)
    assert refuse(tmp_path / "core.db") == code


def test_types_of_a_table_that_is_not_strict(tmp_path: Path) -> None:
    write_core(tmp_path / "core.db", SECRET, CONTENT)
    with open_database(tmp_path / "core.db", Secret(SECRET), mode="write") as db:
        db.conn.execute("DROP TABLE meta")
        db.conn.execute("CREATE TABLE meta(k, v)")
        db.conn.execute("INSERT INTO meta VALUES ('expert', 7)")
    assert refuse(tmp_path / "core.db") == "E-STORE-CONTENT"


def test_too_many_applications(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_core(tmp_path / "core.db", SECRET, CONTENT)
    monkeypatch.setattr(coredb, "MAX_APPLICATIONS", 1)
    assert refuse(tmp_path / "core.db") == "E-STORE-CONTENT"
