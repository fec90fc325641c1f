"""核对: everything at a glance, applications by items; every gap is listed and one click away; two are compared."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QModelIndex, QPoint, Signal
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from ndb_desktop.ui import tasks
from ndb_desktop.ui.expert.check_gaps import DECLARE, Gap, gaps_of, lines_of
from ndb_desktop.ui.expert.check_parts import CheckParts
from ndb_desktop.ui.expert.check_rows import FIRST, NAME, Wanted
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import amp

__all__ = ["DECLARE", "CheckPage", "Gap", "gaps_of"]


class CheckPage(CheckParts):
    """Signals: `go(str, str)` application and item (or `declaration`, `overall`); `go_on()` to signing;
    `place(str, str, str, int, object)` application, item, document, page and place there.
    """

    go = Signal(str, str)
    go_on = Signal()
    place = Signal(str, str, str, int, object)

    def __init__(self, store: ReviewStore) -> None:
        super().__init__(store)
        self._store = store
        self.pinned = ""
        self._came_from: QWidget | None = None
        self._known = self._stale = self._opening = self._way_back = False
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        self.next.clicked.connect(self.go_on)
        self.compare_button.clicked.connect(self.compare_current)
        self.unsort.clicked.connect(partial(self._sort, NAME, None))
        self.empty.button.clicked.connect(self._show_all)
        self.matrix.opened.connect(partial(self._leave, self.matrix))
        self.matrix.sorting_asked.connect(self._sort_next)
        self.matrix.menu_asked.connect(self._menu)
        self.gaps.picked.connect(self._open_gap)
        self.bar.category.connect(self._category)
        self.bar.wanted.connect(self._filter)
        self.bar.searched.connect(self._search)
        self.compare.back.connect(self._compared)
        self.compare.go.connect(partial(self._leave, self.compare))
        self.compare.place.connect(self.place)
        self._store.changed.connect(self.refresh)

    # ----- showing -----

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if event.spontaneous():
            return
        # Who comes back from a cell finds the page as it was left.
        self._opening, self._way_back = not self._way_back, False
        if self._stale or self._opening:
            self.refresh()

    def refresh(self, _change: object = None) -> None:
        """Shows gaps and scores as stored now; a page nobody sees waits until it is looked at."""
        self._stale = not self.isVisible()
        if self._stale:
            return
        if not self._known:
            self._reckon()
            return
        self._renew()

    def _reckon(self) -> None:
        """Computes every application's scores, once, away from the window: hundreds of them take a second."""
        view = self._store.view
        if self.caption.text():
            return
        self.caption.setText(tr("check.reckoning"))

        def done(_result: object) -> None:
            self._known = True
            self.refresh()
            if self.isAncestorOf(QApplication.focusWidget() or self):
                self.focus_start()

        def work() -> None:
            for review in view.applications:
                view.reckon(review.application.id)

        tasks.run(lambda _p, _c: work(), done=done, failed=self._store.failed.emit, lane="pool", owner=self)

    def _renew(self) -> None:
        view = self._store.view
        current = self.matrix.currentIndex()
        application, item = self.model.target(current) if current.isValid() else ("", "")
        before = self.model.shown
        self.model.arrange(keep=application if self._came_from is not None else "")
        if self.model.shown is not before and application:
            self.matrix.go_to(application, item)
        if self._opening:
            self._opening = False
            self._open_at_gap()
        self._show_rest()
        count = sum(len(view.findings(review.application.id)) for review in view.applications)
        if view.locked:
            self.badge.show_state(tr("check.signed"), "lock", "accent")
        elif not view.agreed:
            self.badge.show_state(tr("check.statements"), "circle-alert", "warning")
        elif count:
            self.badge.show_state(tr("check.count", count=count), "circle-alert", "warning")
        elif flagged := self._flagged():
            # A flag is the expert's own and stops nothing, but nobody should sign over one without knowing.
            self.badge.show_state(tr("check.flagged.count", count=flagged), "flag", "warning")
        else:
            self.badge.show_state(tr("check.complete"), "circle-check", "accent")
        self.next.setEnabled(not count and view.agreed)
        self.next.set_text(tr("check.next.signed") if view.locked else tr("check.next"))
        if self.stack.currentWidget() is self.compare:
            self._renew_compare()

    def _open_at_gap(self) -> None:
        """Where the form that is shown has no gap and another has, that one is shown, at its first gap."""
        rows = self.rows
        gaps = {name: lines_of(rows, "gaps", rows.of(name)) for name in self.model.categories}
        current = self.model.category
        found = next((name for name in (current, *gaps) if gaps.get(name)), current)
        if found != current:
            self.pinned = ""
            self.model.show_category(found)
            self.matrix.go_to(gaps[found][0].application, gaps[found][0].item)

    def _flagged(self) -> int:
        """How many items of all applications are flagged for another look."""
        rows = (self.rows.row(review.application.id) for review in self._store.view.applications)
        return sum(cell.flagged for row in rows for cell in row.cells)

    def _show_rest(self) -> None:
        """Everything that follows from the rows shown."""
        model = self.model
        self.bar.refresh()
        lines = lines_of(self.rows, model.wanted, [*model.shown, *model.elsewhere()])
        self.gaps.set_lines(lines)
        self.list_title.setText(self._list_words(len(lines)))
        self.upper.setCurrentWidget(self.matrix if model.shown else self.nothing)
        self.compare_button.setEnabled(len(self.compare.comparable(model.category)) > 1)
        self.caption.setText(self._caption())
        self.unsort.setVisible(model.sorting is not None)
        self.matrix.pin(self.pinned)

    def _list_words(self, count: int) -> str:
        if self.model.wanted in ("all", "gaps"):
            return tr("check.gaps.count", count=count) if count else tr("check.gaps.none")
        return tr("check.list.count", count=count)

    def _caption(self) -> str:
        if self.pinned:
            return tr("compare.pinned", name=self._store.view.item(self.pinned).application.applicant)
        if self.model.sorting is None:
            return tr("check.matrix.text")
        column, descending = self.model.sorting
        way = tr("check.sorted.down") if descending else tr("check.sorted.up")
        return tr("check.sorted", column=self.model.head(column).title, way=way)

    # ----- sorting, filtering -----

    def _sort_next(self, column: int) -> None:
        """A click on a head: highest first, lowest first, the order of the bundle; names from the beginning."""
        first = column != NAME
        known = self.model.sorting
        if known is None or known[0] != column:
            self._sort(column, first)
        else:
            self._sort(column, (not first) if known[1] == first else None)

    def _sort(self, column: int, descending: bool | None, _checked: bool = False) -> None:
        self._arrange(lambda: self.model.sort_by(column, descending))

    def _category(self, category: str) -> None:
        self.pinned = ""
        self._arrange(lambda: self.model.show_category(category))

    def _filter(self, wanted: Wanted) -> None:
        self.model.wanted = wanted
        self._arrange(self.model.arrange)

    def _search(self, text: str) -> None:
        self.model.query = text
        self._arrange(self.model.arrange)

    def _show_all(self) -> None:
        self.bar.search.setText("")
        self._filter("all")
        self.matrix.setFocus()

    def _arrange(self, work: Callable[[], None]) -> None:
        """Another order or choice; the current cell stays current wherever it has gone."""
        current = self.matrix.currentIndex()
        kept = self.model.target(current) if current.isValid() else None
        self._came_from = None
        work()
        if kept is not None and self.model.place(*kept).isValid():
            self.matrix.go_to(*kept)
        self._show_rest()

    # ----- going there and back -----

    def _leave(self, source: QWidget, application: str, item: str) -> None:
        self._came_from, self._way_back = source, True
        self.go.emit(application, item)

    def _open_gap(self, gap: Gap) -> None:
        if gap.partner:
            self._compare(gap.application, gap.partner, gap.item)
            return
        if self.model.category == self._store.view.item(gap.application).application.category:
            self.matrix.go_to(gap.application, gap.item)
        self._leave(self.gaps, gap.application, gap.item)

    def focus_start(self) -> None:
        """The focus goes where one left from, else to what is to be done next."""
        if self.stack.currentWidget() is self.compare:
            self.compare.edits[0].setFocus()
            return
        source, current = self._came_from, self.matrix.currentIndex()
        if source is not None:
            source.setFocus()
        elif self._known and self.next.isEnabled():
            self.next.setFocus()
        else:
            self.matrix.setFocus()
        if current.isValid():
            self.matrix.scrollTo(current)
        elif self.model.shown:
            self.matrix.setCurrentIndex(self.model.index(0, FIRST))

    # ----- comparing -----

    def _menu(self, index: QModelIndex, spot: QPoint) -> None:
        menu = self.make_menu(index)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(spot)

    def make_menu(self, index: QModelIndex) -> QMenu:
        """What can be done with a cell: open it, sort by its column, compare its application."""
        menu, (application, item) = QMenu(self), self.model.target(index)
        menu.setObjectName("check.menu")
        column = index.column()

        def add(name: str, text: str, act: Callable[[], None], enabled: bool = True) -> None:
            action = QAction(amp(text), menu)
            action.setObjectName(name)
            action.setEnabled(enabled)
            action.triggered.connect(act)
            menu.addAction(action)

        add("menu.open", tr("check.menu.open"), lambda: self._leave(self.matrix, application, item))
        menu.addSeparator()
        title = self.model.head(column).title
        add("menu.down", tr("check.menu.down", column=title), lambda: self._sort(column, True))
        add("menu.up", tr("check.menu.up", column=title), lambda: self._sort(column, False))
        add("menu.unsort", tr("check.unsort"), lambda: self._sort(column, None), self.model.sorting is not None)
        menu.addSeparator()
        open_ = self._store.view.sheet(application).declaration.status == "clear"
        if self.pinned and self.pinned != application:
            name = self._store.view.item(self.pinned).application.applicant
            add(
                "menu.compare",
                tr("compare.with", name=name),
                lambda: self._compare(self.pinned, application, item),
                open_,
            )
        if self.pinned == application:
            add("menu.unpin", tr("compare.unpin"), lambda: self._pin(""))
        else:
            add("menu.pin", tr("compare.pin"), lambda: self._pin(application), open_)
        return menu

    def _pin(self, application: str) -> None:
        self.pinned = application
        self._show_rest()

    def compare_current(self) -> None:
        """Compares the chosen application with the current one, or the current one with the next that is open."""
        ids = [row.id for row in self.compare.comparable(self.model.category)]
        order = [row.id for row in self.model.shown if row.id in ids] or ids
        current = self.matrix.currentIndex()
        application, item = self.model.target(current) if current.isValid() else (order[0], "")
        first = self.pinned or (application if application in ids else order[0])
        second = application if application in ids and application != first else ""
        if not second:
            after = order[order.index(first) + 1 :] if first in order else order
            second = next(name for name in (*after, *ids) if name != first)
        self._compare(first, second, item)

    def _compare(self, left: str, right: str, item: str) -> None:
        self.pinned = ""
        self.matrix.pin("")
        self.compare.show_pair(left, right, item)
        self.stack.setCurrentWidget(self.compare)
        self.compare.edits[0].setFocus()

    def _renew_compare(self) -> None:
        view, pair = self._store.view, self.compare.applications
        if all(view.sheet(name).declaration.status == "clear" for name in pair):
            self.compare.refresh()
        else:
            # One of the two was recused meanwhile: its material is closed.
            self.stack.setCurrentWidget(self.table_page)

    def _compared(self) -> None:
        """Back to the matrix, at the item looked at last."""
        self.stack.setCurrentWidget(self.table_page)
        self.matrix.go_to(self.compare.applications[0], self.compare.item)
        self._show_rest()
        self.matrix.setFocus()
