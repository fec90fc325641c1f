"""有何变化: what a supplement or replacement brought, application by application, to be ticked off."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from ndb_desktop.domain.news import News
from ndb_desktop.domain.sheet import Challenge, EvidenceLink
from ndb_desktop.services.review import NewsLine
from ndb_desktop.ui import theme
from ndb_desktop.ui.expert.news_lines import MUST, NewsLines
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, ElidedLabel, IconLabel, PlainLabel, restyle, tip
from ndb_desktop.ui.widgets.badge import Badge
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import column, holder, row, scroll
from ndb_desktop.ui.widgets.table import Column, DataTable

ALL = ""
"""Where lines stand that concern no single application."""
LOW = 200
"""Below this height at 100 % type the lines take the room of the sentence that explains them."""


@dataclass(frozen=True)
class _Row:
    application: str
    name: str
    waiting: int
    blocking: int


class NewsPage(QWidget):
    """Signals: `go(str, str)` application and item; `place(str, str, str, int, object)` application, item, document,
    page and place there; `go_on()` to where work goes on.
    """

    go = Signal(str, str)
    place = Signal(str, str, str, int, object)
    go_on = Signal()

    def __init__(self, store: ReviewStore) -> None:
        super().__init__()
        self.setObjectName("expert.news")
        self._store = store
        self._shown = ALL
        self._lines: dict[str, list[NewsLine]] = {}
        self.badge = Badge("", "circle", "neutral")
        self.badge.setObjectName("news.badge")
        self.next = Button(tr("news.next"), "primary", "arrow-right")
        self.next.setObjectName("news.next")
        self.next.clicked.connect(self.go_on)
        self.table = DataTable(tr("news.applications"), _columns())
        self.table.setObjectName("news.applications")
        self.table.selectionModel().currentRowChanged.connect(self._chosen)
        self.heading = ElidedLabel("", "heading")
        self.heading.setObjectName("news.heading")
        self.all = Button(tr("news.all"), "normal", "list-checks")
        self.all.setObjectName("news.all")
        self.all.clicked.connect(self._tick_all)
        self.lines = NewsLines()
        self.lines.ticked.connect(self._tick)
        self.lines.go.connect(self._go)
        self._make_page()
        store.changed.connect(self.refresh)
        self.refresh()

    def _make_page(self) -> None:
        head = Flow(PlainLabel(tr("news.title"), "title"), self.badge, None, self.next, gap=1.5)
        caption = row(self.heading, self.all, gap=1)
        caption.setStretch(0, 1)
        right = column(caption, scroll(self.lines, tr("news.title")), gap=1)
        right.setStretch(1, 1)
        self.table.setMaximumWidth(theme.pixels(380))
        self.table.setMinimumWidth(theme.pixels(220))
        both = row(self.table, holder(right), gap=2)
        both.setStretch(1, 1)
        self._text = PlainLabel(tr("news.text"), "muted")
        page = column(head, self._text, both, gap=1.5, margins=(2, 1.5, 2, 1))
        page.setStretch(2, 1)
        self.setLayout(page)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._text.setHidden(self.height() < theme.pixels(LOW))

    # ----- showing -----

    def refresh(self, _change: object = None) -> None:
        """The lines as they stand now."""
        view = self._store.view
        self._lines = {}
        for line in view.news:
            self._lines.setdefault(line.news.application, []).append(line)
        rows = [self._row(application) for application in self._order()]
        if rows != list(self.table.source.rows):
            self.table.set_rows(rows)
        if self._shown not in self._lines:
            self._shown = next((r.application for r in rows if r.waiting), rows[0].application if rows else ALL)
        self.table.setVisible(len(rows) > 1)
        self._select(self._shown)
        self._show()
        waiting, blocking = _counts(view.news)
        if blocking:
            self.badge.show_state(tr("news.blocking", count=blocking), "circle-alert", "warning")
        elif waiting:
            self.badge.show_state(tr("news.waiting", count=waiting), "circle", "neutral")
        else:
            self.badge.show_state(tr("news.done"), "circle-check", "accent")

    def _order(self) -> list[str]:
        """What concerns everything, then as in the bundle, then what is gone."""
        present = [review.application.id for review in self._store.view.applications]
        known = [ALL, *present]
        return [a for a in [*known, *(a for a in self._lines if a not in known)] if a in self._lines]

    def _row(self, application: str) -> _Row:
        lines = self._lines[application]
        return _Row(application, self._name(application), *_counts(lines))

    def _name(self, application: str) -> str:
        if application == ALL:
            return tr("news.everything")
        known = {review.application.id: review.application.applicant for review in self._store.view.applications}
        return known.get(application, application)

    def _select(self, application: str) -> None:
        for number, line in enumerate(self.table.source.rows):
            if line.application == application:
                index = self.table.proxy.mapFromSource(self.table.source.index(number, 0))
                if index.row() != self.table.currentIndex().row():
                    self.table.setCurrentIndex(index)

    def _chosen(self) -> None:
        index = self.table.currentIndex()
        if index.isValid():
            chosen = self.table.source.row_at(self.table.proxy.mapToSource(index).row()).application
            if chosen != self._shown:
                self._shown = chosen
                self._show()

    def _show(self) -> None:
        lines = self._lines.get(self._shown, [])
        present = {review.application.id: review for review in self._store.view.applications}
        self.heading.setText(self._name(self._shown))
        self.lines.show_lines(lines, present.get(self._shown))
        self.all.setEnabled(any(not line.done and line.news.kind not in MUST for line in lines))

    def focus_start(self) -> None:
        """Puts the focus on the first thing that waits."""
        self.lines.focus_next()
        if not self.lines.isAncestorOf(self.focusWidget() or self):
            self.next.setFocus()

    # ----- doing -----

    def _tick(self, key: str) -> None:
        self._store.apply(lambda session: session.tick_news(key))

    def _tick_all(self) -> None:
        application = self._shown
        # Else the focus would jump far down the page when the button goes grey.
        self.next.setFocus()
        self._store.apply(lambda session: session.tick_all_news(application))

    def _go(self, news: News) -> None:
        if news.kind in ("document_new", "document_changed"):
            self.place.emit(news.application, "", news.subject, 1, None)
        elif news.kind in ("link", "challenge"):
            self.place.emit(news.application, news.item, news.old, max(1, int(news.part or "1")), self._rect(news))
        else:
            self.go.emit(news.application, news.item)

    def _rect(self, news: News) -> tuple[int, int, int, int] | None:
        sheet = self._store.view.sheet(news.application)
        cited: list[EvidenceLink | Challenge] = [*sheet.evidence, *sheet.challenges]
        return next((item.rect for item in cited if item.id == news.subject and item.document == news.old), None)


class NewsStrip(QFrame):
    """What stays in sight on every step while lines wait. Signals: `go()` to the list, `revise()` when locked."""

    go = Signal()
    revise = Signal()

    def __init__(self, store: ReviewStore) -> None:
        super().__init__()
        self.setObjectName("news.strip")
        self._store = store
        self._low = False
        self.words = PlainLabel("")
        self.words.setObjectName("news.strip.words")
        self.icon = IconLabel("info", 20, "accent")
        self.button = Button(tr("news.open"), "normal", "list-checks")
        self.button.setObjectName("news.open")
        self.button.clicked.connect(self.go)
        self.unlock = Button(tr("revision.go"), "normal", "lock-open")
        self.unlock.setObjectName("news.revise")
        self.unlock.clicked.connect(self.revise)
        line = row(self.icon, self.words, self.unlock, self.button, gap=1.5, margins=(2, 1, 2, 1))
        line.setStretch(1, 1)
        self.setLayout(line)
        self.setProperty("banner", "info")

    @property
    def waiting(self) -> bool:
        """Whether any line waits."""
        return any(not line.done for line in self._store.view.news)

    @property
    def blocking(self) -> bool:
        """Whether a line keeps all from being signed."""
        return any(line.blocks for line in self._store.view.news)

    def set_low(self, low: bool) -> None:
        """Little height: the least one must know; the rest is its tip and what a screen reader adds."""
        if low != self._low:
            self._low = low
            self.refresh()

    def refresh(self) -> None:
        """As the lines stand now."""
        waiting, blocking = _counts(self._store.view.news)
        locked = self._store.view.locked
        self.unlock.setVisible(bool(locked and blocking))
        self.words.setToolTip("")
        self.words.setAccessibleDescription("")
        if blocking and locked:
            whole = tr("news.strip.locked", count=waiting, blocking=blocking)
            self.words.setText(tr("news.strip.locked.brief", blocking=blocking) if self._low else whole)
            self.words.setToolTip(tip(whole) if self._low else "")
            self.words.setAccessibleDescription(whole if self._low else "")
        elif blocking:
            self.words.setText(tr("news.strip.blocking", count=waiting, blocking=blocking))
        else:
            self.words.setText(tr("news.strip", count=waiting))
        kind = "warning" if blocking else "info"
        if self.property("banner") != kind:
            self.setProperty("banner", kind)
            restyle(self)
        self.icon.set_icon("circle-alert" if blocking else "info", 20, "warning" if blocking else "accent")


def _counts(lines: list[NewsLine] | tuple[NewsLine, ...]) -> tuple[int, int]:
    return sum(not line.done for line in lines), sum(line.blocks for line in lines)


def _columns() -> tuple[Column[_Row], ...]:
    return (
        Column(tr("column.applicant"), lambda r: r.name, stretch=True),
        Column(
            tr("news.column.waiting"), lambda r: str(r.waiting) if r.waiting else tr("news.column.none"),
            number=True, sort=lambda r: (r.blocking, r.waiting),
            icon=lambda r: ("circle-alert", "warning") if r.blocking
            else (("circle", "muted") if r.waiting else ("circle-check", "accent")),
        ),
    )  # fmt: skip
