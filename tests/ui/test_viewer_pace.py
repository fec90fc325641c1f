"""Racing through a document: no page is ever blank, and what that costs has a limit."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from ndb_desktop.documents.answers import RenderedPage
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.ui.viewer import miniatures, page_view, pages
from ndb_desktop.ui.viewer.miniatures import Miniatures
from ndb_desktop.ui.viewer.pace import Pace
from ndb_desktop.ui.viewer.viewer import DocumentViewer
from tests.support.viewer import book, show
from tests.support.window import settle

PAGES = 60
BOOK = (book(PAGES), "application/pdf")


class Counting(RenderWorker):
    """Notes which pages are drawn and how large; may refuse some."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[tuple[int, float]] = []
        self.refuse: dict[int, NdbError] = {}

    def render(self, page: int, scale: float) -> RenderedPage:
        self.drawn.append((page, scale))
        if page in self.refuse:
            raise self.refuse[page]
        return super().render(page, scale)


@pytest.fixture(scope="module")
def worker() -> Iterator[Counting]:
    with Counting() as shared:
        yield shared


@pytest.fixture
def viewer(qtbot: QtBot, worker: Counting) -> Iterator[DocumentViewer]:
    worker.drawn.clear()
    worker.refuse.clear()
    widget = DocumentViewer(worker)
    qtbot.addWidget(widget)
    widget.resize(760, 700)
    widget.show()
    yield widget
    settle()


def have(viewer: DocumentViewer) -> list[int]:
    """The pages of which there is some picture."""
    return [page for page in range(1, viewer.view.count + 1) if viewer.pages.get(page, 0.0)[0] is not None]


def rest(viewer: DocumentViewer) -> None:
    """The reader reads; in the tests for less long."""
    viewer.pages._idle.setInterval(1)
    viewer.view.verticalScrollBar().setValue(viewer.view.verticalScrollBar().value() + 1)


def test_while_a_page_is_read_every_other_gets_a_miniature(qtbot: QtBot, viewer: DocumentViewer) -> None:
    show(viewer, {"D1": BOOK})
    assert len(have(viewer)) < PAGES
    rest(viewer)
    qtbot.waitUntil(lambda: len(have(viewer)) == PAGES)
    assert viewer.pages._miniatures.kept_bytes() <= miniatures.MOST_BYTES
    assert not viewer.pages.get(PAGES, viewer.view._scale())[1], "a miniature is not taken for the page"
    show(viewer, {"D2": (book(1), "application/pdf")})
    assert have(viewer) == [1]


def test_the_nearest_pages_come_first(qtbot: QtBot, viewer: DocumentViewer, worker: Counting) -> None:
    show(viewer, {"D1": BOOK})
    viewer.view.go_to(30)
    settle()
    before = len(worker.drawn)
    rest(viewer)
    qtbot.waitUntil(lambda: len(have(viewer)) == PAGES)
    first = viewer.view.visible_pages()[0]
    way = [abs(page - first) for page, _scale in worker.drawn[before:]]
    assert way == sorted(way)
    assert len(way) > PAGES / 2
    assert way[-1] >= PAGES - 1 - first


def test_who_goes_on_reading_is_not_kept_waiting(qtbot: QtBot, viewer: DocumentViewer, worker: Counting) -> None:
    show(viewer, {"D1": BOOK})
    viewer.pages._idle.setInterval(60_000)
    qtbot.wait(20)
    settle()
    assert len(have(viewer)) < 20, "nothing is drawn ahead until the reader rests"
    assert worker.drawn


def test_a_document_that_is_slow_to_draw_is_left_alone(
    qtbot: QtBot, viewer: DocumentViewer, worker: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_SLOW_S", 0.0)
    show(viewer, {"D1": BOOK})
    before = len(worker.drawn)
    rest(viewer)
    qtbot.waitUntil(lambda: len(worker.drawn) == before + 1)
    qtbot.wait(30)
    settle()
    assert len(worker.drawn) == before + 1


@pytest.mark.parametrize(("code", "stops"), [("E-DOC-TIMEOUT", True), ("E-DOC-CRASH", True), ("E-DOC-CORRUPT", False)])
def test_a_page_that_breaks_the_renderer_ends_it_for_this_document(
    qtbot: QtBot, viewer: DocumentViewer, worker: Counting, code: str, stops: bool
) -> None:
    show(viewer, {"D1": BOOK})
    worker.refuse[20] = NdbError(code, seconds="20") if code == "E-DOC-TIMEOUT" else NdbError(code)
    rest(viewer)
    qtbot.waitUntil(lambda: viewer.pages.error(20) is not None)
    qtbot.wait(30)
    settle()
    assert (PAGES in have(viewer)) is not stops
    assert sum(page == 20 for page, _scale in worker.drawn) == 1


def test_dragging_draws_small_pictures_ahead_and_sharp_ones_at_the_end(
    qtbot: QtBot, viewer: DocumentViewer, worker: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(viewer, {"D1": BOOK})
    clock = itertools.count(time.monotonic() + 1, 0.016)
    monkeypatch.setattr(page_view, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    viewer.view._rest.setInterval(60_000)
    bar, before = viewer.view.verticalScrollBar(), len(worker.drawn)
    step = viewer.view.sheet.rect(1).height() // 3
    for _ in range(60):
        bar.setValue(bar.value() + step)
        qtbot.wait(2)
    assert viewer.view.pace.racing
    scale = viewer.view._scale()
    small = [page for page, used in worker.drawn[before:] if used < scale / 2]
    assert len(small) > 10
    # The first step is not known to be one of many.
    assert sum(used == scale for _page, used in worker.drawn[before:]) <= 4
    viewer.view._rest.start(1)
    end = viewer.view.page
    qtbot.waitUntil(lambda: viewer.pages.get(end, scale)[1])
    assert not viewer.view.pace.racing


def test_what_lies_ahead_of_a_reader_who_races() -> None:
    pace = Pace()
    pace.went(1000, 10.0, 800)
    assert (pace.way, pace.moving, pace.racing) == (1, False, False), "a jump"
    assert pace.ahead(range(5, 7), 300) == [7, 8, 4]
    assert pace.near(range(5, 7), 300) == [9, 3, 10, 2, 11, 1]
    pace.went(1020, 10.05, 800)
    assert (pace.moving, pace.racing) == (True, False)
    pace.went(2000, 10.1, 800)
    assert (pace.moving, pace.racing) == (True, True)
    assert pace.ahead(range(5, 7), 12) == [7, 8, 9, 10, 11, 12]
    pace.went(1000, 10.15, 800)
    assert (pace.way, pace.racing) == (-1, True)
    assert pace.ahead(range(5, 7), 300) == [4, 3, 2, 1]
    pace.rest()
    assert pace.ahead(range(5, 7), 300) == [4, 3, 7]
    pace.went(1000, 10.2, 800)
    assert (pace.way, pace.moving) == (-1, False)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(1, 14_400), st.floats(1, 14_400)), min_size=1, max_size=3_000))
def test_miniatures_never_take_more_than_their_share(sizes: list[tuple[float, float]]) -> None:
    kept = Miniatures()
    kept.begin(sizes)
    assert 1 <= kept.side <= miniatures.MOST_SIDE
    area = sum(max(1, kept.side * min(size) / max(size)) * kept.side for size in sizes)
    assert 2 * area <= 1.1 * miniatures.MOST_BYTES
    picture = QImage(300, 400, QImage.Format.Format_RGB32)
    picture.fill("white")
    kept.put(1, picture)
    small = kept.get(1)
    assert small is not None
    assert max(small.width(), small.height()) == kept.side
    assert kept.next(1) == (2 if len(sizes) > 1 else 0)
    kept.give_up(2)
    assert kept.next(1) == (3 if len(sizes) > 2 else 0)
