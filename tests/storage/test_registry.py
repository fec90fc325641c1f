"""The registry file: encrypted, strict, one writer, migrations once; and which version of a sheet stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ndb_desktop.domain.batch import Assignment, Conflict
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.engine import new_raw_key
from ndb_desktop.storage.registry import Registry
from ndb_desktop.storage.registry_rows import ExpertKey, FileRow, Version
from ndb_desktop.storage.registry_schema import DERIVED, MIGRATIONS, NATURAL_ROWS
from ndb_desktop.storage.standing import standing_of

AT = "2026-11-22T03:00:00Z"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    registry = Registry.create(tmp_path / "registry.db", new_raw_key())
    yield registry
    registry.close()


def file_row(payload: str = "a" * 64, keyid: str = "SHA256:k") -> FileRow:
    return FileRow(payload, b"envelope", keyid, "E01", "b" * 32, 1, "x.ndbscore", AT)


def test_it_opens_with_its_key_alone_and_migrates_once(tmp_path: Path) -> None:
    path, key = tmp_path / "r.db", new_raw_key()
    Registry.create(path, key).close()
    with pytest.raises(NdbError, match="E-STORE-KEY"):
        Registry.open(path, new_raw_key())
    with pytest.raises(NdbError, match="E-STORE-EXISTS"):
        Registry.create(path, key)
    with pytest.raises(NdbError, match="E-STORE-MISSING"):
        Registry.open(tmp_path / "none.db", key)
    again = Registry.open(path, key)
    assert not MIGRATIONS.pending(again._db)
    names = [row.name for row in MIGRATIONS.applied(again._db)]
    assert names[:3] == ["0001_first", "0002_cited_documents", "0003_bundle_chains"]
    assert names == sorted(set(names))
    again.close()
    again.close()
    assert [p.name for p in tmp_path.iterdir()] == ["r.db"]


def test_a_registry_from_before_the_digests_of_cited_documents(tmp_path: Path) -> None:
    path, key = tmp_path / "r.db", new_raw_key()
    old = Registry.create(path, key)
    conn = old._db.conn
    for table, column in (("evidence", "sha256"), ("challenge", "sha256"), ("challenge", "rect")):
        conn.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    conn.execute("INSERT INTO evidence VALUES (1, 'e1', 'P1.1.basis', 'D1', 3, '[0, 0, 9, 9]', 'words')")
    conn.execute("DELETE FROM _sqlite_migrations WHERE name = '0002_cited_documents'")
    conn.commit()
    old.close()
    with_digests = Registry.open(path, key)
    rows = with_digests._db.conn.execute("SELECT id, rect, quote, sha256 FROM evidence").fetchall()
    assert rows == [("e1", "[0, 0, 9, 9]", "words", "")]
    columns = [
        [tuple(row)[1:3] for row in with_digests._db.conn.execute(f"PRAGMA table_info({table})")]
        for table in ("evidence", "challenge")
    ]
    with_digests.close()
    fresh = Registry.create(tmp_path / "fresh.db", key)
    assert columns == [
        [tuple(row)[1:3] for row in fresh._db.conn.execute(f"PRAGMA table_info({table})")]
        for table in ("evidence", "challenge")
    ], "rebuild fills tables made from the present DDL and compares them row by row"
    fresh.close()


def test_every_table_is_strict_and_there_is_nothing_but_tables(registry: Registry) -> None:
    conn = registry._db.conn
    ours = [row for row in conn.execute("PRAGMA table_list") if not str(row[1]).startswith(("sqlite_", "_sqlite_"))]
    assert len(ours) > 20
    assert all(row[5] == 1 for row in ours), [row[1] for row in ours if row[5] != 1]
    kinds = {row[0] for row in conn.execute("SELECT type FROM sqlite_master")}
    assert kinds == {"table", "index"}
    assert set(NATURAL_ROWS) == set(DERIVED)


def test_a_read_only_registry_refuses_writing(tmp_path: Path) -> None:
    path, key = tmp_path / "r.db", new_raw_key()
    Registry.create(path, key).close()
    reader = Registry.open(path, key, mode="read")
    with pytest.raises(NdbError, match="E-STORE-READONLY"):
        reader.set_meta("x", "y")
    reader.close()


def test_a_transaction_is_all_or_nothing_and_nests(registry: Registry) -> None:
    class _StopError(Exception):
        pass

    def fail() -> None:
        with registry.transaction():
            registry.set_meta("a", "1")
            with registry.transaction():
                registry.set_meta("b", "2")
            raise _StopError

    with pytest.raises(_StopError):
        fail()
    assert (registry.meta("a"), registry.meta("b")) == ("", "")
    with registry.transaction():
        registry.set_meta("a", "1")
    assert registry.meta("a") == "1"


def test_the_same_payload_is_kept_once(registry: Registry) -> None:
    number = registry.add_file(file_row())
    with pytest.raises(Exception, match="UNIQUE"):
        registry.add_file(file_row())
    assert [row.id for row in registry.files()] == [number]
    assert registry.file_digests() == {"a" * 64}
    assert registry.received_at("a" * 64) == AT
    assert registry.received_at("b" * 64) == ""
    assert registry.last_received() == {"E01": AT}


def test_a_key_belongs_to_one_person(registry: Registry) -> None:
    registry.put_key(ExpertKey("E01", "SHA256:k", "ssh-ed25519 x", "unconfirmed", "card", AT))
    with pytest.raises(Exception, match="UNIQUE"):
        registry.put_key(ExpertKey("E02", "SHA256:k", "ssh-ed25519 x", "unconfirmed", "card", AT))
    registry.set_key_status("E01", "SHA256:k", "active", AT, "")
    assert [key.status for key in registry.keys("E01")] == ["active"]
    assert registry.keys("E02") == ()


def test_conflicts_and_assignments_are_sets(registry: Registry) -> None:
    row = Conflict("E01", "A-1", "C1", "check", "roster", "x")
    assert registry.add_conflicts([row, row]) == 1
    assert registry.add_conflicts([Conflict("E01", "A-1", "C1", "recuse", "roster", "x")]) == 1
    assert [c.strength for c in registry.conflicts()] == ["recuse"]
    registry.replace_assignments([Assignment("E01", "A-1"), Assignment("E01", "A-1"), Assignment("E02", "A-1")])
    assert len(registry.assignments()) == 2


def version(revision: int, digest: str, supersedes: str | None = None, *, live: bool = True) -> Version:
    return Version(revision, digest, supersedes, live)


@pytest.mark.parametrize(
    ("versions", "resolved", "state", "digests"),
    [
        ([version(1, "a")], None, "current", ("a",)),
        ([version(1, "a"), version(2, "b", "a")], None, "current", ("b",)),
        ([version(1, "a"), version(1, "b")], None, "conflict", ("a", "b")),
        ([version(1, "a"), version(1, "b")], "b", "current", ("b",)),
        ([version(1, "a"), version(1, "b")], "z", "conflict", ("a", "b")),
        ([version(1, "a"), version(1, "b"), version(2, "c", "a")], None, "current", ("c",)),
        ([version(1, "a"), version(2, "c", "z")], None, "conflict", ("c",)),
        ([version(1, "a"), version(2, "c", "z")], "c", "current", ("c",)),
        ([version(1, "a"), version(3, "c", "z")], None, "current", ("c",)),
        ([version(1, "a", live=False)], None, "void", ()),
        ([version(1, "a"), version(2, "b", "a", live=False)], None, "current", ("a",)),
        ([version(1, "a"), version(1, "b", live=False)], None, "current", ("a",)),
    ],
)
def test_which_version_stands(
    versions: list[Version], resolved: str | None, state: str, digests: tuple[str, ...]
) -> None:
    for order in (versions, versions[::-1]):
        standing = standing_of("A", "E", order, resolved)
        assert (standing.state, standing.digests) == (state, digests)


VERSIONS = st.lists(
    st.builds(Version, st.integers(1, 4), st.sampled_from("abcdef"), st.sampled_from([None, *"abcdef"]), st.booleans()),
    min_size=1,
    max_size=8,
    unique_by=lambda row: row.digest,
)


@given(versions=VERSIONS, data=st.data())
def test_the_order_of_versions_never_matters(versions: list[Version], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(versions))
    repeated = [*shuffled, *data.draw(st.lists(st.sampled_from(versions), max_size=3))]
    assert standing_of("A", "E", repeated, None) == standing_of("A", "E", versions, None)
