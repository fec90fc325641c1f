"""Search inside the open document: a field, a count, next and previous."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame

from ndb_desktop.documents.port import Rect
from ndb_desktop.ui import theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import IconButton, PlainLabel
from ndb_desktop.ui.viewer.page_view import PageView
from ndb_desktop.ui.viewer.pages import Pages
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.layout import row

LOW = 620
"""Below this height of the window at 100 % type the bar comes only when asked for."""


class SearchBar(QFrame):
    """Hidden until asked for. Signals: `closed()`; `leaving()` a step to a hit is about to leave the page in sight."""

    closed = Signal()
    leaving = Signal()

    def __init__(self, pages: Pages, view: PageView) -> None:
        super().__init__()
        self.setProperty("card", "topbar")
        self._pages, self._view = pages, view
        self._hits: dict[int, tuple[Rect, ...]] = {}
        self._current: tuple[int, int] | None = None
        self._first: tuple[int, int] | None = None
        self._searching = False
        self.field = LineEdit(tr("viewer.search"), placeholder=tr("viewer.search.hint"))
        self.field.setObjectName("viewer.search")
        self.field.edited.connect(self.start)
        self.field.returnPressed.connect(self._enter)
        self.count = PlainLabel("", "muted", wrap=False)
        self.count.setObjectName("viewer.search.count")
        self.previous = IconButton("chevron-up", tr("viewer.search.previous"))
        self.following = IconButton("chevron-down", tr("viewer.search.next"))
        self.close_button = IconButton("x", tr("viewer.search.close"))
        self.previous.clicked.connect(lambda: self.step(-1))
        self.following.clicked.connect(lambda: self.step(1))
        self.close_button.clicked.connect(self.dismiss)
        layout = row(self.field, self.count, self.previous, self.following, self.close_button, margins=(1, 0.5, 1, 0.5))
        layout.setStretch(0, 1)
        self.setLayout(layout)
        pages.found.connect(self._found)
        pages.search_done.connect(self._done)
        self.hide()

    def ask(self) -> None:
        """Shows the bar with the field ready for typing."""
        self.show()
        self.field.setFocus()
        self.field.selectAll()

    def start(self, query: str, first: tuple[int, int] | None = None) -> None:
        """Searches from the page in sight on; `first` = page and number of the place to stand out at once."""
        self._hits, self._current, self._first = {}, None, first
        query = query.strip()
        self._searching = bool(query)
        self._view.set_marks({}, None)
        self._pages.search(query, self._view.page)
        self._tell()

    def look_for(self, words: str, page: int, number: int = 0) -> None:
        """Shows the bar with words found elsewhere and goes to their place on a page; the focus stays where it is.

        On a low screen the page needs the height more: the words are marked there, and the list of hits is in sight.
        """
        self.field.set_stored(words)
        self.setVisible(self.window().height() >= theme.pixels(LOW))
        self.start(words, (page, number))

    def reset(self) -> None:
        """Another document: its own search begins."""
        self.start(self.field.text() if not self.isHidden() else "")

    def dismiss(self) -> None:
        """Hides the bar and the marks."""
        self.start("")
        self.hide()
        self.closed.emit()

    def step(self, by: int) -> None:
        """To the next or previous hit."""
        places = self._places()
        if not places:
            return
        if self._current in places:
            self._current = places[(places.index(self._current) + by) % len(places)]
        else:
            self._current = next((place for place in places if place[0] >= self._view.page), places[0])
        if self._current is not None and self._current[0] != self._view.page:
            self.leaving.emit()
        self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def _enter(self) -> None:
        self.field.commit()
        self.step(1)

    def _places(self) -> list[tuple[int, int]]:
        return [(page, number) for page in sorted(self._hits) for number in range(len(self._hits[page]))]

    def _found(self, page: int, rects: tuple[Rect, ...]) -> None:
        if rects:
            self._hits[page] = rects
            fresh = self._current is None
            if fresh:
                wanted = self._first[1] if self._first is not None and self._first[0] == page else 0
                self._current = (page, min(wanted, len(rects) - 1))
            self._show() if fresh else self._view.set_marks(self._hits, self._current)
        self._tell()

    def _done(self) -> None:
        self._searching = False
        self._tell()

    def _show(self) -> None:
        self._view.set_marks(self._hits, self._current)
        if self._current is not None:
            page, number = self._current
            self._view.go_to(page, self._hits[page][number])
        self._tell()

    def _tell(self) -> None:
        places = self._places()
        if places and self._current in places:
            text = tr("viewer.search.count", number=places.index(self._current) + 1, count=len(places))
        elif self._searching:
            text = tr("viewer.search.running")
        else:
            text = tr("viewer.search.none") if self.field.text().strip() else ""
        self.count.setText(text)
        for button in (self.previous, self.following):
            button.setEnabled(bool(places))
