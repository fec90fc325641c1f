"""Covers of applications, and looks at a registry in which nothing is read twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ndb_desktop.domain.batch import Assignment
from ndb_desktop.formats.applications import application_from_own, application_to_json, cover_from_own
from ndb_desktop.storage.covers import cover_of
from ndb_desktop.storage.engine import new_raw_key
from ndb_desktop.storage.registry import Registry
from ndb_desktop.storage.registry_rows import ApplicationRow, AttachmentRow
from tests.support.packs import sample_application

AT = "2026-11-22T03:00:00Z"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    registry = Registry.create(tmp_path / "registry.db", new_raw_key())
    yield registry
    registry.close()


def body(number: int, **changed: object) -> bytes:
    value = json.loads(application_to_json(sample_application("park", number)))
    return json.dumps(value | changed, ensure_ascii=False).encode()


def put(registry: Registry, name: str, raw: bytes) -> None:
    row = ApplicationRow(name, "park", "F1", raw, "0" * 64, AT)
    registry.put_application(row, AttachmentRow(name, f"{name}.att", "k" * 64, "1" * 64, 1))


def test_a_cover_says_who_and_which_documents_and_nothing_of_the_figures() -> None:
    raw = body(1, applicant="某某园区管理委员会")
    cover = application_from_own(cover_of(raw))
    assert cover == cover_from_own(raw)
    assert cover.applicant == "某某园区管理委员会"
    assert cover.documents
    assert application_from_own(raw).data
    assert (cover.data, cover.targets, cover.tasks) == ({}, (), ())


def test_every_application_has_the_cover_of_its_present_text(registry: Registry) -> None:
    put(registry, "B", body(2))
    put(registry, "A", body(1))
    assert registry.covers() == (cover_of(body(1)), cover_of(body(2)))
    put(registry, "B", body(2, applicant="乙"))
    assert application_from_own(registry.covers()[1]).applicant == "乙"


def test_a_registry_from_before_covers_gets_them_when_it_is_opened(tmp_path: Path) -> None:
    path, key = tmp_path / "r.db", new_raw_key()
    old = Registry.create(path, key)
    put(old, "A", body(1))
    for statement in (
        "DROP TABLE cover", "DROP INDEX signed_file_facts", "DELETE FROM _sqlite_migrations WHERE name = '0010_covers'",
    ):  # fmt: skip
        old._db.conn.execute(statement)
    old.close()
    again = Registry.open(path, key)
    assert again.covers() == (cover_of(body(1)),)
    again.close()


def test_within_one_look_nothing_is_read_twice_unless_it_changed(registry: Registry) -> None:
    registry.replace_assignments([Assignment("E1", "A")])
    with registry.one_look():
        first = registry.assignments()
        with registry.one_look():
            assert registry.assignments() is first
        assert registry.assignments() is first
        registry.replace_assignments([Assignment("E2", "A")])
        assert registry.assignments() == (Assignment("E2", "A"),)
        with suppress(ZeroDivisionError), registry.transaction():
            registry.replace_assignments([])
            assert registry.assignments() == ()
            1 / 0  # noqa: B018  (half way)
        assert registry.assignments() == (Assignment("E2", "A"),)
    registry.replace_assignments([])
    assert registry.assignments() == ()
