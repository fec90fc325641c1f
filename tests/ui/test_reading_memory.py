"""Reading states are written seldom, all at once, and never stand in the way."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.ui.expert import reading_memory
from ndb_desktop.ui.expert.reading_memory import ReadingMemory
from tests.support.window import settle


class Session:
    """Takes what is written; `broken` refuses it as a full disk does."""

    def __init__(self) -> None:
        self.written: list[tuple[str, dict[str, str]]] = []
        self.broken = False

    def set_readings(self, application: str, values: Mapping[str, str]) -> None:
        if self.broken:
            raise NdbError("E-STORE-FULL", place="stick")
        self.written.append((application, dict(values)))


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def memory(qapp: QApplication, session: Session) -> ReadingMemory:
    return ReadingMemory(session)  # type: ignore[arg-type]


def test_a_thousand_steps_are_one_write(memory: ReadingMemory, session: Session) -> None:
    for page in range(1000):
        memory.keep("A-001", "document:D1", str(page))
        memory.keep("A-001", "pane", "one")
    memory.keep("A-002", "pane", "two")
    settle()
    assert session.written == []
    memory.flush()
    settle()
    assert session.written == [("A-001", {"document:D1": "999", "pane": "one"}), ("A-002", {"pane": "two"})]
    memory.flush()
    memory.keep("A-001", "pane", "one")
    memory.flush()
    settle()
    assert len(session.written) == 2, "nothing new, nothing written"


def test_it_is_written_while_the_reader_goes_on(qtbot: QtBot, memory: ReadingMemory, session: Session) -> None:
    memory._timer.setInterval(20)
    assert reading_memory.PAUSE_MS >= 1000, "the real pause is longer"
    page = 0

    def turned_and_written() -> bool:
        nonlocal page
        page += 1
        memory.keep("A-001", "document:D1", str(page))
        return bool(session.written)

    qtbot.waitUntil(turned_and_written, timeout=10_000)


def test_what_is_remembered_here_is_newer_than_what_is_stored(memory: ReadingMemory) -> None:
    memory.keep("A-001", "pane", "here")
    stored = {"pane": "there", "document:D1": "7"}
    assert memory.learn("A-001", stored) == {"pane": "here", "document:D1": "7"}
    assert memory.learn("A-002", stored) == stored


def test_a_full_disk_is_no_trouble_for_reading(memory: ReadingMemory, session: Session) -> None:
    session.broken = True
    memory.keep("A-001", "pane", "x")
    memory.flush()
    settle()
    assert session.written == []
    assert memory.learn("A-001", {}) == {"pane": "x"}


def test_a_closed_application_is_forgotten_and_a_closed_bundle_takes_nothing(
    memory: ReadingMemory, session: Session
) -> None:
    memory.keep("A-001", "pane", "x")
    memory.keep("A-002", "pane", "y")
    memory.forget("A-001")
    memory.close()
    memory.keep("A-002", "pane", "z")
    memory.flush()
    settle()
    assert session.written == [("A-002", {"pane": "y"})]
