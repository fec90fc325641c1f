"""The log: every edit, gap, exchange and cut shows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from ndb_desktop.storage.engine import new_raw_key
from ndb_desktop.storage.registry import Registry

AT = "2026-11-22T03:00:00Z"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    registry = Registry.create(tmp_path / "r.db", new_raw_key())
    with registry.transaction():
        for number in range(6):
            registry.journal.append(AT, "SHA256:x", "merge", f"E{number}", {"n": number, "名": "张三"})
    yield registry
    registry.close()


def test_an_untouched_log_is_whole_and_reads_back(registry: Registry) -> None:
    assert registry.verify_log().ok
    assert registry.verify_log().entries == 6
    rows = registry.log_rows()
    assert [row.seq for row in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[2].details == {"n": 2, "名": "张三"}
    assert all(later.prev == earlier.sha256 for earlier, later in pairwise(rows))
    assert [row.seq for row in registry.log_rows(newest=2)] == [5, 6]


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE log SET details = '{}' WHERE seq = 3", 3),
        ("UPDATE log SET actor = 'x' WHERE seq = 1", 1),
        ("UPDATE log SET at = '2026-11-22T03:00:01Z' WHERE seq = 6", 6),
        ("UPDATE log SET action = 'other' WHERE seq = 4", 4),
        ("UPDATE log SET subject = 'E9' WHERE seq = 4", 4),
        ("UPDATE log SET prev = sha256 WHERE seq = 2", 2),
        ("DELETE FROM log WHERE seq = 3", 3),
        ("DELETE FROM log WHERE seq = 6", 6),
        ("DELETE FROM log", 1),
        ("INSERT INTO log SELECT 7, at, actor, action, subject, details, prev, sha256 FROM log WHERE seq = 6", 7),
    ],
)
def test_every_tampering_shows_where(registry: Registry, statement: str, broken: int) -> None:
    registry._db.conn.execute(statement)
    check = registry.verify_log()
    assert not check.ok
    assert check.broken == broken


def test_exchanging_two_entries_shows(registry: Registry) -> None:
    registry._db.conn.execute("UPDATE log SET seq = 100 WHERE seq = 2")
    registry._db.conn.execute("UPDATE log SET seq = 2 WHERE seq = 3")
    registry._db.conn.execute("UPDATE log SET seq = 3 WHERE seq = 100")
    assert registry.verify_log().broken == 2


def test_a_rolled_back_entry_leaves_no_trace(registry: Registry) -> None:
    class _StopError(Exception):
        pass

    def write_and_fail() -> None:
        with registry.transaction():
            registry.journal.append(AT, "a", "b", "c", {})
            raise _StopError

    with pytest.raises(_StopError):
        write_and_fail()
    assert registry.verify_log().entries == 6
    with registry.transaction():
        registry.journal.append(AT, "a", "b", "c", {})
    assert registry.verify_log().ok
