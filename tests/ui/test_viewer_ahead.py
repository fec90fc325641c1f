"""While one document is read the others are proven; whatever is opened comes first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from ndb_desktop.documents.source import Source
from ndb_desktop.documents.worker import PULLED_FROM
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Document
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui.viewer import ahead
from ndb_desktop.ui.viewer.ahead import Ahead
from tests.support.window import settle

PDF = "application/pdf"


def document(name: str, size: int = PULLED_FROM, mime: str = PDF) -> Document:
    return Document(name, f"{name}.pdf", name, mime, size, "0" * 64, 1)


class Shelf:
    """Documents that note by name what was asked of them."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.held = threading.Event()
        self.held.set()

    def load(self, wanted: Document, _progress: Progress, _cancel: CancelToken) -> bytes | Source:
        if wanted.id == "whole":
            self.begun.append("whole")
            return b"all of it"
        if wanted.id == "gone":
            self.begun.append("gone")
            raise NdbError("E-STORE-MISSING")
        return Source(wanted.size, list, prove=lambda check: self.prove(wanted.id, check))

    def prove(self, name: str, check: Callable[[], object]) -> None:
        self.begun.append(name)
        while not self.held.wait(0.002):
            check()
        if name == "changed":
            raise NdbError("E-STORE-DOC-DIGEST")
        self.ended.append(name)


@pytest.fixture
def parent(monkeypatch: pytest.MonkeyPatch) -> Iterator[QObject]:
    monkeypatch.setattr(ahead, "PAUSE_MS", 1)
    yield QObject()
    settle()


def test_large_pdfs_are_proven_in_order_and_nothing_else(qtbot: QtBot, parent: QObject) -> None:
    shelf = Shelf()
    mine = Ahead(parent)
    mine.follow(
        [document("a"), document("small", PULLED_FROM - 1), document("p", mime="image/png"), document("b")], shelf.load
    )
    qtbot.waitUntil(lambda: shelf.ended == ["a", "b"])
    assert shelf.begun == ["a", "b"]


def test_what_is_wrong_or_cannot_be_proven_does_not_stop_the_others(qtbot: QtBot, parent: QObject) -> None:
    shelf = Shelf()
    mine = Ahead(parent)
    mine.follow([document(name) for name in ("gone", "changed", "whole", "good")], shelf.load)
    qtbot.waitUntil(lambda: shelf.ended == ["good"])
    assert shelf.begun == ["gone", "changed", "whole", "good"]


def test_it_gives_way_and_begins_again(qtbot: QtBot, parent: QObject) -> None:
    shelf = Shelf()
    shelf.held.clear()
    mine = Ahead(parent)
    mine.follow([document("a"), document("b")], shelf.load)
    qtbot.waitUntil(lambda: shelf.begun == ["a"])
    mine.give_way()
    qtbot.waitUntil(lambda: shelf.begun == ["a", "a"])
    assert shelf.ended == [], "the first time was broken off"
    shelf.held.set()
    qtbot.waitUntil(lambda: shelf.ended == ["a", "b"])


def test_another_application_ends_what_belongs_to_the_one_before(qtbot: QtBot, parent: QObject) -> None:
    before, after = Shelf(), Shelf()
    before.held.clear()
    mine = Ahead(parent)
    mine.follow([document("a"), document("b")], before.load)
    qtbot.waitUntil(lambda: before.begun == ["a"])
    mine.follow([document("c")], after.load)
    qtbot.waitUntil(lambda: after.ended == ["c"])
    assert (before.begun, before.ended) == (["a"], [])
    mine.follow((), None)
    qtbot.wait(20)
    assert after.begun == ["c"]
