"""An open document's drawn pages: asked for by the view, drawn in the renderer's lane, kept while there is room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from ndb_desktop.documents.port import Rect
from ndb_desktop.documents.worker import OpenedDocument, RenderedPage, RenderWorker
from ndb_desktop.ui import tasks

KEEP_BYTES = 64 * 1024 * 1024


class Pages(QObject):
    """Pages of one document (counted from 1). Only what is wanted *now* is drawn: scrolling on drops older wishes.

    Signals: `opened(object)` an `OpenedDocument`; `failed(object)` the error of opening; `drawn(int)` a page is
    there or has failed; `found(int, object)` rectangles on a page; `search_done()`.
    """

    opened = Signal(object)
    failed = Signal(object)
    drawn = Signal(int)
    found = Signal(int, object)
    search_done = Signal()

    def __init__(self, worker: RenderWorker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._generation = 0
        self._document: OpenedDocument | None = None
        self._kept: OrderedDict[int, tuple[float, QPixmap]] = OrderedDict()
        self._errors: dict[int, Exception] = {}
        self._wanted: list[tuple[int, float]] = []
        self._busy = False
        self._query = ""
        self._to_search: list[int] = []

    @property
    def document(self) -> OpenedDocument | None:
        """The open document, once it is open."""
        return self._document

    def open(self, data: bytes, mime: str) -> None:
        """Opens a document instead of the one before."""
        self.close()
        generation = self._generation
        self._busy = True

        def done(document: OpenedDocument) -> None:
            self._busy = False
            if generation == self._generation:
                self._document = document
                self.opened.emit(document)
            self._next()

        def failed(error: Exception) -> None:
            self._busy = False
            if generation == self._generation:
                self.failed.emit(error)
            self._next()

        worker = self._worker
        tasks.run(lambda _p, _c: worker.open(data, mime), done=done, failed=failed, lane="render", owner=self)

    def close(self) -> None:
        """Forgets the document and its pages; answers under way are dropped when they come."""
        self._generation += 1
        self._document = None
        self._kept.clear()
        self._errors.clear()
        self._wanted = []
        self._query, self._to_search = "", []

    def get(self, page: int, scale: float) -> tuple[QPixmap | None, bool]:
        """The drawn page, and whether it was drawn at this scale (else it is only a preview)."""
        kept = self._kept.get(page)
        if kept is None:
            return None, False
        self._kept.move_to_end(page)
        return kept[1], abs(kept[0] - scale) < 0.01

    def error(self, page: int) -> Exception | None:
        """Why a page cannot be shown."""
        return self._errors.get(page)

    def want(self, pages: Sequence[int], scale: float) -> None:
        """Replaces all wishes: the pages to draw next, most urgent first."""
        self._wanted = [(page, scale) for page in pages if page not in self._errors and not self.get(page, scale)[1]]
        self._next()

    def search(self, query: str, first: int) -> None:
        """Looks for `query` on every page, beginning with page `first`; an empty query stops."""
        self._query = query
        count = self._document.pages if self._document is not None else 0
        pages = list(range(1, count + 1))
        self._to_search = pages[first - 1 :] + pages[: first - 1] if query else []
        self._next()

    def _next(self) -> None:
        if self._busy or self._document is None:
            return
        if self._wanted:
            self._draw(*self._wanted.pop(0))
        elif self._to_search:
            self._find(self._to_search.pop(0))

    def _draw(self, page: int, scale: float) -> None:
        self._busy = True
        generation, worker = self._generation, self._worker

        def done(drawn: RenderedPage) -> None:
            self._busy = False
            if generation == self._generation:
                self._keep(page, scale, drawn)
                self.drawn.emit(page)
            self._next()

        def failed(error: Exception) -> None:
            self._busy = False
            if generation == self._generation:
                self._errors[page] = error
                self.drawn.emit(page)
            self._next()

        tasks.run(lambda _p, _c: worker.render(page, scale), done=done, failed=failed, lane="render", owner=self)

    def _keep(self, page: int, scale: float, drawn: RenderedPage) -> None:
        image = QImage(drawn.rgba, drawn.width, drawn.height, drawn.stride, QImage.Format.Format_RGBX8888)
        # fromImage copies the pixels, so nothing points into the reply's bytes afterwards.
        self._kept[page] = (scale, QPixmap.fromImage(image))
        self._kept.move_to_end(page)
        while len(self._kept) > 1 and sum(_bytes(kept[1]) for kept in self._kept.values()) > KEEP_BYTES:
            self._kept.popitem(last=False)

    def _find(self, page: int) -> None:
        self._busy = True
        generation, worker, query = self._generation, self._worker, self._query

        def done(rects: tuple[Rect, ...]) -> None:
            self._busy = False
            if generation == self._generation and query == self._query:
                self.found.emit(page, rects)
                if not self._to_search:
                    self.search_done.emit()
            self._next()

        def failed(_error: Exception) -> None:
            # A page that cannot be read has no hits; drawing it says why.
            done(())

        tasks.run(lambda _p, _c: worker.find(page, query), done=done, failed=failed, lane="render", owner=self)


def _bytes(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
