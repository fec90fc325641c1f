"""An open document's drawn pages: asked for by the view, drawn in the renderer's lane, kept while there is room."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap

from ndb_desktop.documents.answers import OpenedDocument, PageCharacters, RenderedPage
from ndb_desktop.documents.port import OutlineEntry, PageLink, Rect
from ndb_desktop.documents.source import Source
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.ui import tasks
from ndb_desktop.ui.viewer.miniatures import Miniatures, shrunk
from ndb_desktop.ui.viewer.selection import PageWords
from ndb_desktop.ui.viewer.wishes import Wish, Wishes

KEEP_BYTES = 32 * 1024 * 1024
"""Sharp pages kept by one viewer (there may be two beside each other); pages in sight are kept whatever they need."""
KEEP_PREVIEWS = 8 * 1024 * 1024
KEEP_WORDS = 24
"""Pages whose characters and links are kept."""
MOST_READ = 8
"""Pages in sight whose characters are asked for at once."""
MOST_PIXELS = 12_000_000
"""Largest picture asked for (48 MiB); a page enlarged beyond that is drawn at this size and stretched."""
PREVIEW_SIDE = 256
"""Longest side of a preview in pixels."""
IDLE_MS = 400
"""How long nothing has been wanted before miniatures of the other pages are made."""
_SLOW_S = 0.25
"""A document one of whose miniatures takes longer gets no more: a page the reader turns to would wait for them."""


class Pages(QObject):
    """Pages of one document (counted from 1). Only what is wanted *now* is drawn: scrolling on drops older wishes.

    Signals: `opened(object)` an `OpenedDocument`; `failed(object)` the error of opening; `drawn(int)` a page is
    there or has failed; `previewed(int)` its small picture is there; `read(int)` its characters and links are there;
    `outlined(object)` the bookmarks; `found(int, object)` rectangles on a page; `search_done()`.
    """

    opened = Signal(object)
    failed = Signal(object)
    drawn = Signal(int)
    previewed = Signal(int)
    read = Signal(int)
    outlined = Signal(object)
    found = Signal(int, object)
    search_done = Signal()

    def __init__(self, worker: RenderWorker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._generation = 0
        self._document: OpenedDocument | None = None
        self._kept: OrderedDict[int, tuple[float, QPixmap]] = OrderedDict()
        self._previews: OrderedDict[int, QPixmap] = OrderedDict()
        self._words: OrderedDict[int, tuple[PageWords, tuple[PageLink, ...]]] = OrderedDict()
        self._errors: dict[int, Exception] = {}
        self._seen: frozenset[int] = frozenset()
        self._outline: tuple[OutlineEntry, ...] | None = None
        self._wishes = Wishes()
        self._miniatures = Miniatures()
        self._busy = False
        self._query = ""
        self._around = 1
        self._idle = QTimer(self, singleShot=True, interval=IDLE_MS)
        self._idle.timeout.connect(self._next)
        self._idling = False

    # ----- the document -----

    @property
    def document(self) -> OpenedDocument | None:
        """The open document, once it is open."""
        return self._document

    def open(self, data: bytes | Source, mime: str) -> None:
        """Opens a document instead of the one before."""
        self.close()

        def done(document: OpenedDocument) -> None:
            self._document = document
            self._miniatures.begin(document.sizes)
            self._idling = document.pages > 1
            self.opened.emit(document)

        generation = self._generation

        def ask() -> OpenedDocument | None:
            # Who leafs through documents faster than they come waits only for the last.
            return self._worker.open(data, mime) if generation == self._generation else None

        self._run(ask, done, self.failed.emit)

    def close(self) -> None:
        """Forgets the document and its pages; answers under way are dropped when they come."""
        self._generation += 1
        self._document = None
        for kept in (self._kept, self._previews, self._words, self._errors):
            kept.clear()
        self._seen, self._outline, self._query = frozenset(), None, ""
        self._wishes = Wishes()
        self._miniatures.begin(())
        self._idle.stop()

    def release(self) -> None:
        """Forgets the document in the renderer too: nothing of it stays in either process."""
        self.close()
        tasks.run(lambda _p, _c: self._worker.close_document(), failed=lambda _error: None, lane="render", owner=self)

    # ----- what is there -----

    def get(self, page: int, scale: float) -> tuple[QPixmap | None, bool]:
        """The best picture of a page there is, and whether it was drawn at this scale (else it is only a preview)."""
        kept = self._kept.get(page)
        if kept is None:
            return self.preview(page), False
        self._kept.move_to_end(page)
        return kept[1], abs(kept[0] - scale) < 0.01

    def preview(self, page: int) -> QPixmap | None:
        """The small picture of a page, or a miniature until it comes."""
        return self._previews.get(page) or self._miniatures.get(page)

    def words(self, page: int) -> PageWords | None:
        """The characters of a page, once read."""
        kept = self._words.get(page)
        return kept[0] if kept is not None else None

    def links(self, page: int) -> tuple[PageLink, ...]:
        """The links on a page, once read."""
        kept = self._words.get(page)
        return kept[1] if kept is not None else ()

    @property
    def outline(self) -> tuple[OutlineEntry, ...] | None:
        """The bookmarks, once read."""
        return self._outline

    def error(self, page: int) -> Exception | None:
        """Why a page cannot be shown."""
        return self._errors.get(page)

    def kept_bytes(self) -> int:
        """Memory of all pictures held."""
        pictures = [*(kept[1] for kept in self._kept.values()), *self._previews.values()]
        return sum(_bytes(picture) for picture in pictures) + self._miniatures.kept_bytes()

    # ----- wishes -----

    def want(
        self,
        pages: Sequence[int],
        scale: float,
        ahead: Sequence[int] = (),
        *,
        moving: bool = False,
        racing: bool = False,
    ) -> None:
        """Replaces all wishes: `pages` in sight first, their text, then those `ahead`.

        While the reader is `moving` fast, a page in sight gets a small picture first, so that nothing stays empty; for
        one who is `racing` through the document nothing else is drawn, but also for the pages ahead.
        """
        self._seen = frozenset(pages)
        self._around = pages[0] if pages else 1
        self._idle.start()
        if racing:
            self._want_small([*pages, *ahead])
            return
        sharp = [Wish("draw", page, scale) for page in pages if self._lacks(page, scale)]
        small = [Wish("preview", wish.page) for wish in sharp if moving and self.get(wish.page, scale)[0] is None]
        self._wishes.urgent = [*small, *sharp]
        read = () if moving else pages[:MOST_READ]
        self._wishes.texts = [Wish("read", page) for page in read if page not in self._words]
        fitting = self._with_room(pages, ahead, scale)
        self._wishes.ahead = [Wish("draw", page, scale) for page in fitting if self._lacks(page, scale)]
        self._next()

    def _want_small(self, pages: Sequence[int]) -> None:
        missing = [page for page in pages if self._lacks_preview(page)]
        blank = [page for page in missing if self._miniatures.get(page) is None]
        order = [*blank, *(page for page in missing if page not in blank)]
        self._wishes.urgent = [Wish("preview", page) for page in order]
        self._wishes.texts, self._wishes.ahead = [], []
        self._next()

    def want_previews(self, pages: Sequence[int], *, near: bool = False) -> None:
        """Replaces the wishes for small pictures: of thumbnails in sight, or `near` the page that is read."""
        missing = [Wish("preview", page) for page in pages if self._lacks_preview(page)]
        if near:
            self._wishes.near = missing
        else:
            self._wishes.thumbnails = missing
        self._next()

    def want_words(self, pages: Sequence[int]) -> None:
        """The characters of further pages, for a selection that goes over them."""
        self._wishes.texts += [Wish("read", page) for page in pages if page not in self._words]
        self._next()

    def want_outline(self) -> None:
        """The bookmarks."""
        if self._outline is None:
            self._wishes.outline = True
            self._next()

    def search(self, query: str, first: int) -> None:
        """Looks for `query` on every page, beginning with page `first`; an empty query stops."""
        self._query = query
        count = self._document.pages if self._document is not None else 0
        pages = list(range(1, count + 1))
        order = pages[first - 1 :] + pages[: first - 1] if query else []
        self._wishes.search = [Wish("find", page) for page in order]
        self._next()

    def _with_room(self, pages: Sequence[int], ahead: Sequence[int], scale: float) -> list[int]:
        """Of the pages ahead those that can be kept beside the ones in sight; no others are worth drawing."""
        room = KEEP_BYTES - sum(self._weight(page, scale) for page in pages)
        fitting: list[int] = []
        for page in ahead:
            room -= self._weight(page, scale)
            if room < 0:
                break
            fitting.append(page)
        return fitting

    def _weight(self, page: int, scale: float) -> float:
        width, height = self._size(page)
        return 4 * min(width * height * scale * scale, MOST_PIXELS)

    def _lacks(self, page: int, scale: float) -> bool:
        return page not in self._errors and not self.get(page, scale)[1]

    def _lacks_preview(self, page: int) -> bool:
        return page not in self._previews and page not in self._errors

    # ----- work -----

    def _next(self) -> None:
        if self._busy or self._document is None:
            return None
        while (wish := self._wishes.next()) is not None:
            if wish.kind == "draw" and self._lacks(wish.page, wish.scale):
                return self._draw(wish.page, wish.scale)
            if wish.kind == "preview" and self._lacks_preview(wish.page):
                return self._draw_preview(wish.page)
            if wish.kind == "read" and wish.page not in self._words and wish.page not in self._errors:
                return self._read(wish.page)
            if wish.kind == "find":
                return self._find(wish.page)
            if wish.kind == "outline":
                return self._read_outline()
        if self._idling and not self._idle.isActive() and (page := self._miniatures.next(self._around)):
            return self._draw_miniature(page)
        return None

    def _run(self, ask: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[Exception], None]) -> None:
        """One request at a time; its answer counts only while the same document is open."""
        self._busy = True
        generation = self._generation

        def over(then: Callable[[Any], None], value: Any) -> None:
            self._busy = False
            if generation == self._generation:
                then(value)
            self._next()

        tasks.run(
            lambda _p, _c: ask(),
            done=lambda value: over(done, value),
            failed=lambda error: over(failed, error),
            lane="render",
            owner=self,
        )

    def _size(self, page: int) -> tuple[float, float]:
        document = self._document
        return document.sizes[page - 1] if document is not None else (1.0, 1.0)

    def _draw(self, page: int, scale: float) -> None:
        width, height = self._size(page)
        used = min(scale, math.sqrt(MOST_PIXELS / max(width * height, 1.0)))

        def ask() -> tuple[QImage, QImage | None]:
            picture = _image(self._worker.render(page, used))
            return picture, None if page in self._previews else shrunk(picture, PREVIEW_SIDE)

        def done(pictures: tuple[QImage, QImage | None]) -> None:
            self._keep(page, scale, *pictures)
            self.drawn.emit(page)

        self._run(ask, done, lambda error: self._page_failed(page, error))

    def _draw_preview(self, page: int) -> None:
        scale = PREVIEW_SIDE / max(self._size(page))

        def done(picture: QImage) -> None:
            self._keep_preview(page, picture)
            self.drawn.emit(page)

        # What cannot be drawn small cannot be drawn at all; a page that ran out of time must not do so twice.
        self._run(lambda: _image(self._worker.render(page, scale)), done, lambda error: self._page_failed(page, error))

    def _draw_miniature(self, page: int) -> None:
        scale = self._miniatures.side / max(self._size(page))

        def ask() -> tuple[QImage, float]:
            begun = time.perf_counter()
            return _image(self._worker.render(page, scale)), time.perf_counter() - begun

        def done(answer: tuple[QImage, float]) -> None:
            picture, seconds = answer
            self._miniatures.put(page, picture)
            self._idling = seconds < _SLOW_S
            self.drawn.emit(page)

        def failed(error: Exception) -> None:
            # A page that ends the renderer costs a new one; whoever turns to it still hears why it cannot be shown.
            self._idling = isinstance(error, NdbError) and error.code == "E-DOC-CORRUPT"
            self._page_failed(page, error)

        self._run(ask, done, failed)

    def _page_failed(self, page: int, error: Exception) -> None:
        self._errors[page] = error
        self._miniatures.give_up(page)
        self.drawn.emit(page)

    def _keep(self, page: int, scale: float, picture: QImage, small: QImage | None) -> None:
        self._kept[page] = (scale, QPixmap.fromImage(picture))
        self._kept.move_to_end(page)
        if small is not None:
            self._keep_preview(page, small)
        total = sum(_bytes(kept[1]) for kept in self._kept.values())
        for old in [each for each in self._kept if each not in self._seen and each != page]:
            if total <= KEEP_BYTES:
                break
            total -= _bytes(self._kept.pop(old)[1])

    def _keep_preview(self, page: int, picture: QImage) -> None:
        self._previews[page] = QPixmap.fromImage(picture)
        self._miniatures.put(page, picture)
        total = sum(map(_bytes, self._previews.values()))
        while len(self._previews) > 1 and total > KEEP_PREVIEWS:
            total -= _bytes(self._previews.popitem(last=False)[1])
        self.previewed.emit(page)

    def _read(self, page: int) -> None:
        def ask() -> tuple[PageWords, tuple[PageLink, ...]]:
            links = self._worker.links(page)
            return PageWords(self._worker.page_characters(page)), links

        def done(answer: tuple[PageWords, tuple[PageLink, ...]]) -> None:
            self._words[page] = answer
            while len(self._words) > KEEP_WORDS:
                self._words.popitem(last=False)
            self.read.emit(page)

        # A page that cannot be read has no text to choose; drawing it says why.
        self._run(ask, done, lambda _error: done((PageWords(PageCharacters("", ())), ())))

    def _read_outline(self) -> None:
        def done(entries: tuple[OutlineEntry, ...]) -> None:
            self._outline = entries
            self.outlined.emit(entries)

        self._run(self._worker.outline, done, lambda _error: done(()))

    def _find(self, page: int) -> None:
        query = self._query

        def done(rects: tuple[Rect, ...]) -> None:
            if query == self._query:
                self.found.emit(page, rects)
                if not self._wishes.search:
                    self.search_done.emit()

        # A page that cannot be read has no hits.
        self._run(lambda: self._worker.find(page, query), done, lambda _error: done(()))


def _image(drawn: RenderedPage) -> QImage:
    """A picture of its own bytes, in the form the screen takes; made in the renderer's lane, not in the window's."""
    foreign = QImage(drawn.rgba, drawn.width, drawn.height, drawn.stride, QImage.Format.Format_RGBX8888)
    return foreign.convertToFormat(QImage.Format.Format_RGB32)


def _bytes(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
