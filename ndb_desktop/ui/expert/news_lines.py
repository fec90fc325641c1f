"""One application's lines of 有何变化: what must be done, what to look at again, what has changed; each ticked off."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QWidget

from ndb_desktop.services.review import NewsLine, ReviewItem
from ndb_desktop.services.review_news_words import news_words
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import IconLabel, LinkButton, PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets.layout import Card, clear, column, row

MUST = frozenset({"confirm", "link", "challenge"})
LOOK = frozenset({"look"})
_PAPERS = frozenset({"document_new", "document_changed", "link", "challenge"})


class Line(QFrame):
    """One line. Signals: `ticked(str)` its key; `go(object)` the `News` it leads to."""

    ticked = Signal(str)
    go = Signal(object)

    def __init__(self, line: NewsLine, item: ReviewItem | None) -> None:
        super().__init__()
        self.key = line.key
        words = news_words(line.news, item, i18n.language())
        self.box: PlainCheckBox | None = None
        self.mark = IconLabel("circle-alert", 20, "warning")
        parts: list[QWidget] = []
        if line.news.kind == "confirm":
            parts = [self.mark, PlainLabel(words)]
        else:
            self.box = PlainCheckBox(words)
            self.box.setObjectName(f"news.tick.{line.key}")
            self.box.clicked.connect(self._clicked)
            parts = [self.box]
        # The mark stands where the others have their box.
        layout = row(*parts, gap=1, margins=0 if self.box is not None else (0.5, 0.5, 0, 0.5))
        layout.setStretch(len(parts) - 1, 1)
        self.link = self._make_link(line, item)
        if self.link is not None:
            layout.addWidget(self.link, 0, Qt.AlignmentFlag.AlignTop)
        self.setLayout(layout)
        self.show_line(line)

    def _make_link(self, line: NewsLine, item: ReviewItem | None) -> LinkButton | None:
        news = line.news
        if item is None or news.kind in ("application_gone", "document_gone", "application_new", "application_back"):
            return None
        if news.kind in _PAPERS:
            link = LinkButton(tr("news.show"), "file-text")
        elif news.item:
            link = LinkButton(tr("news.confirm.go") if news.kind == "confirm" else tr("news.go"), "arrow-right")
        else:
            return None
        link.setObjectName(f"news.go.{line.key}")
        link.clicked.connect(lambda: self.go.emit(news))
        return link

    def _clicked(self) -> None:
        # Ticked once and for all; the tick itself comes back with what is stored.
        self.ticked.emit(self.key)

    def show_line(self, line: NewsLine) -> None:
        """As it stands now."""
        if self.box is not None:
            self.box.setChecked(line.done)
            self.box.setEnabled(not line.done)
        else:
            self.mark.set_icon(*(("circle-check", 20, "accent") if line.done else ("circle-alert", 20, "warning")))
            state = tr("news.confirmed") if line.done else tr("news.unconfirmed")
            self.mark.setAccessibleName(state)


class NewsLines(QWidget):
    """Signals: `ticked(str)`, `go(object)` as of a `Line`."""

    ticked = Signal(str)
    go = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._box = column(gap=2)
        self.setLayout(self._box)
        self.lines: dict[str, Line] = {}

    def show_lines(self, lines: Sequence[NewsLine], item: ReviewItem | None) -> None:
        """Other lines, or the same ones as they stand now (the focus stays where it is)."""
        if [line.key for line in lines] == list(self.lines):
            self._renew(lines)
            return
        clear(self._box)
        self.lines = {}
        sections: tuple[tuple[str, Callable[[NewsLine], bool]], ...] = (
            (tr("news.section.must"), lambda line: line.news.kind in MUST),
            (tr("news.section.look"), lambda line: line.news.kind in LOOK),
            (tr("news.section.told"), lambda line: line.news.kind not in MUST | LOOK),
        )
        for title, belongs in sections:
            wanted = [line for line in lines if belongs(line)]
            if not wanted:
                continue
            card = Card(PlainLabel(title, "heading"), gap=0.5)
            for line in wanted:
                shown = self.lines[line.key] = Line(line, item)
                shown.ticked.connect(self.ticked)
                shown.go.connect(self.go)
                card.box.addWidget(shown)
            self._box.addWidget(card)
        # The order of the lines themselves, for comparing above.
        self.lines = {line.key: self.lines[line.key] for line in lines}
        self._box.addStretch(1)

    def _renew(self, lines: Sequence[NewsLine]) -> None:
        focused = next((key for key, shown in self.lines.items() if shown.box is not None and shown.box.hasFocus()), "")
        waiting = [line.key for line in lines if not line.done and self.lines[line.key].box is not None]
        keys = list(self.lines)
        # Shown from top to bottom, not in the order of the keys: the next one is the next on the screen.
        order = [line.key for line in self.findChildren(Line)]
        later = [key for key in order[order.index(focused) + 1 :] if key in waiting] if focused in keys else []
        if later and focused not in waiting:
            box = self.lines[later[0]].box
            if box is not None:
                box.setFocus()
        for line in lines:
            self.lines[line.key].show_line(line)

    def focus_next(self) -> None:
        """Puts the focus on the first line that waits."""
        for line in self.lines.values():
            if line.box is not None and line.box.isEnabled():
                line.box.setFocus()
                return
