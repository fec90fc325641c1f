"""The engine: keys, alias, error mapping, and what a hostile database cannot do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlcipher3

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.engine import (
    EncryptedDatabase,
    RawKey,
    Secret,
    known_errors,
    new_raw_key,
    open_database,
)

KEY = RawKey("ab" * 32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "数 据?#%.db"


def make(path: Path, *statements: str, key: RawKey | Secret = KEY) -> None:
    with open_database(path, key, mode="create") as db:
        for statement in statements:
            db.conn.execute(statement)


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(NdbError) as caught:
        action()
    return caught.value.code


def test_round_trip_and_nothing_readable_on_disk(path: Path) -> None:
    make(path, "CREATE TABLE t(a TEXT) STRICT", "INSERT INTO t VALUES ('星河生物制造')")
    raw = path.read_bytes()
    assert not raw.startswith(b"SQLite format 3")
    assert "星河".encode() not in raw
    assert path.stat().st_mode & 0o077 == 0
    with open_database(path, KEY, mode="read") as db:
        assert next(iter(db["t"].rows)) == {"a": "星河生物制造"}


@pytest.mark.parametrize(
    "wrong", [RawKey("ac" * 32), Secret("aaaa-bbbb")], ids=["other raw key", "a secret instead of a raw key"]
)
def test_wrong_key(path: Path, wrong: RawKey | Secret) -> None:
    make(path, "CREATE TABLE t(a TEXT)")
    assert code_of(lambda: open_database(path, wrong, mode="read")) == "E-STORE-KEY"


def test_not_a_database(path: Path) -> None:
    path.write_bytes(b"%PDF-1.7" * 2000)
    assert code_of(lambda: open_database(path, KEY, mode="read")) == "E-STORE-KEY"


def test_missing_and_existing(path: Path) -> None:
    for mode in ("read", "write", "untrusted"):
        assert code_of(lambda m=mode: open_database(path, KEY, mode=m, expect=())) == "E-STORE-MISSING"  # type: ignore[misc]
    make(path)
    assert code_of(lambda: open_database(path, KEY, mode="create")) == "E-STORE-EXISTS"


@pytest.mark.parametrize("bad", ["", "AB" * 32, "ab" * 48, "zz" * 32, "x'00'", "ab" * 31 + "a'"])
def test_raw_keys_cannot_carry_sql(bad: str) -> None:
    with pytest.raises(ValueError, match="hex"):
        RawKey(bad)


@pytest.mark.parametrize("bad", ["", "a'b", "Ab", "a b", "秘密", "a" * 201, "a\n"])
def test_secrets_cannot_carry_sql(bad: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        Secret(bad)


def test_keys_are_not_shown() -> None:
    assert "ab" not in repr(KEY)
    assert "aaaa" not in repr(Secret("aaaa-bbbb"))
    assert new_raw_key() != new_raw_key()
    RawKey(new_raw_key())


def test_damage_in_any_page_is_noticed(path: Path) -> None:
    make(path, "CREATE TABLE t(a BLOB)", "INSERT INTO t VALUES (randomblob(100000))")
    whole = path.read_bytes()
    for offset in (20, 100, 4095, 4096 + 7, 5 * 4096 + 2000, 20 * 4096 + 4095):
        damaged = bytearray(whole)
        damaged[offset] ^= 1
        path.write_bytes(damaged)

        def read() -> None:
            with open_database(path, KEY, mode="read") as db, known_errors("x"):
                db.query("SELECT a FROM t").__next__()

        assert code_of(read) in {"E-STORE-CORRUPT", "E-STORE-KEY"}, offset


def test_a_cut_file_is_noticed(path: Path) -> None:
    make(path, "CREATE TABLE t(a BLOB)", "INSERT INTO t VALUES (randomblob(100000))")
    path.write_bytes(path.read_bytes()[: 5 * 4096])

    def read() -> None:
        with open_database(path, KEY, mode="read") as db, known_errors("x"):
            db.query("SELECT a FROM t").__next__()

    assert code_of(read) == "E-STORE-CORRUPT"


def test_read_mode_cannot_write(path: Path) -> None:
    make(path, "CREATE TABLE t(a TEXT)")

    def write() -> None:
        with open_database(path, KEY, mode="read") as db, known_errors("x"):
            db.conn.execute("INSERT INTO t VALUES (1)")

    assert code_of(write) == "E-STORE-READONLY"


def test_mistakes_of_ours_pass_unchanged(path: Path) -> None:
    with open_database(path, KEY, mode="create") as db:
        with pytest.raises(sqlcipher3.OperationalError), known_errors("x"):
            db.conn.execute("SELECT nothing FROM nowhere")
        db.conn.execute("CREATE TABLE t(a TEXT PRIMARY KEY) STRICT")
        with pytest.raises(sqlcipher3.IntegrityError), known_errors("x"):
            db.conn.execute("INSERT INTO t VALUES ('a'), ('a')")


def test_sqlite_utils_catches_the_exceptions_of_sqlcipher(path: Path) -> None:
    """Each of these falls back by catching `OperationalError`; without the alias they raise."""
    with open_database(path, KEY, mode="create") as db:
        db["t"].insert({"a": 1}, pk="a")
        db["t"].insert({"a": 2, "b": "x"}, alter=True)
        db["t"].upsert({"a": 2, "c": "y"}, pk="a", alter=True)
        db["t"].update(1, {"d": "z"}, alter=True)
        db["nowhere"].drop(ignore=True)
        assert list(db.query("INSERT INTO t(a) VALUES (9) RETURNING a")) == [{"a": 9}]
        assert {"a": 2, "b": "x", "c": "y", "d": None} in list(db["t"].rows)
        assert "STRICT" in db["t"].schema


def test_alias_holds_whoever_imports_first() -> None:
    """In a fresh process; and a wrong order does not go unnoticed."""
    right = "import ndb_desktop.storage, sqlite_utils.utils as u, sqlcipher3; assert u.sqlite3 is sqlcipher3"
    subprocess.run([sys.executable, "-c", right], check=True, timeout=60)
    wrong = "import sqlite_utils, ndb_desktop.storage.engine"
    done = subprocess.run([sys.executable, "-c", wrong], capture_output=True, text=True, timeout=60)
    assert "before ndb_desktop.storage" in done.stderr


def hostile(path: Path) -> EncryptedDatabase:
    return open_database(path, KEY, mode="untrusted", expect={"t", "i"}, seconds=0.3)


@pytest.mark.parametrize(
    "extra",
    [
        "CREATE VIEW v AS SELECT 1",
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t; END",
        "CREATE TABLE other(a)",
        "CREATE INDEX j ON t(a)",
        "CREATE VIRTUAL TABLE f USING fts5(a)",
    ],
)
def test_unknown_objects_are_refused(path: Path, extra: str) -> None:
    make(path, "CREATE TABLE t(a TEXT)", "CREATE INDEX i ON t(a)")
    hostile(path).close()
    with open_database(path, KEY, mode="write") as db:
        db.conn.execute(extra)
    assert code_of(lambda: hostile(path)) == "E-STORE-SCHEMA"


def test_a_view_under_an_expected_name_is_refused(path: Path) -> None:
    make(path, "CREATE VIEW t AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x FROM c) SELECT x AS a FROM c")
    assert code_of(lambda: hostile(path)) == "E-STORE-SCHEMA"


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO t VALUES ('x')",
        "DELETE FROM t",
        "ATTACH DATABASE '/tmp/x' AS y",
        "PRAGMA query_only = OFF",
        "PRAGMA key = 'x'",
        "CREATE TABLE z(a)",
        "SELECT load_extension('x')",
        "SELECT randomblob(1000000000)",
        "VACUUM INTO '/dev/null/x'",
    ],
)
def test_only_reading_is_possible(path: Path, statement: str) -> None:
    make(path, "CREATE TABLE t(a TEXT)")

    def run() -> None:
        with hostile(path) as db, known_errors("x"):
            db.conn.execute(statement)

    assert code_of(run) in {"E-STORE-SCHEMA", "E-STORE-READONLY"}


def test_an_endless_query_is_stopped(path: Path) -> None:
    make(path, "CREATE TABLE t(a TEXT)")

    def run() -> None:
        with hostile(path) as db, known_errors("x"):
            db.question()
            db.conn.execute(
                "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
            ).fetchone()

    assert code_of(run) in {"E-STORE-BUDGET", "E-STORE-SCHEMA"}


def test_an_endless_join_is_stopped(path: Path) -> None:
    make(path, "CREATE TABLE t(a INT)", *["INSERT INTO t VALUES (1)"] * 60)

    def run() -> None:
        with hostile(path) as db, known_errors("x"):
            db.question()
            db.conn.execute("SELECT count(*) FROM t a, t b, t c, t d, t e, t f, t g").fetchone()

    assert code_of(run) == "E-STORE-BUDGET"
