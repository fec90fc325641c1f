"""数据核查: the data to verify at the left with their state, the chosen one at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt

from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.siterecord import Wanted
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.check_card import CheckCard
from ndb_desktop.ui.inspection.list_and_card import TableAndCard
from ndb_desktop.ui.inspection.page import SitePage
from ndb_desktop.ui.inspection.store import Keys, SiteStore
from ndb_desktop.ui.inspection.words import conclusion_icon, conclusion_words
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.layout import Card, column, holder, row
from ndb_desktop.ui.widgets.table import Column, DataTable


class ChecksPage(SitePage):
    """Enter or the button goes on to the next datum without a conclusion."""

    def __init__(self, store: SiteStore) -> None:
        super().__init__("checks", tr("site.checks"), tr("site.checks.text"), store)
        columns: tuple[Column[Wanted], ...] = (
            Column(tr("site.check.datum"), self._label, stretch=True, icon=self._icon),
            Column(tr("site.check.declared"), lambda w: "" if w.declared is None else plain(w.declared), number=True),
            Column(tr("site.check.conclusion"), self._state, width=136),
        )
        self.table = DataTable(tr("site.checks"), columns, sortable=False)
        self.table.setObjectName("site.checks.table")
        self.table.set_rows(store.record.visit.wanted)
        self.table.selectionModel().currentRowChanged.connect(lambda _now, _before: self._show())
        self.card = CheckCard(store)
        self.card.photos.go.connect(self.go)
        self.card.offers.go.connect(self.go)
        self.on = Button(tr("site.check.next"), "primary", "arrow-right")
        self.on.setObjectName("site.check.next")
        self.on.clicked.connect(self._go_on)
        right = column(self.card, row(None, self.on), None, gap=2)
        self._empty = Card(PlainLabel(tr("site.checks.none"), "muted"))
        self._both = TableAndCard(self.table, holder(right))
        self.body.addWidget(self._empty)
        self.body.addWidget(self._both, 1)
        self._empty.setVisible(not store.record.visit.wanted)
        self._both.setVisible(bool(store.record.visit.wanted))
        if store.record.visit.wanted:
            self.table.selectRow(0)

    def _label(self, wanted: Wanted) -> str:
        return self.store.label(wanted)

    def _icon(self, wanted: Wanted) -> tuple[str, str] | None:
        return conclusion_icon(self.record.check(wanted.id).conclusion)

    def _state(self, wanted: Wanted) -> str:
        conclusion = self.record.check(wanted.id).conclusion
        return conclusion_words()[conclusion] if conclusion else tr("site.check.open")

    def _chosen(self) -> Wanted | None:
        found: Wanted | None = self.table.selected()
        return found

    def _show(self) -> None:
        wanted = self._chosen()
        if wanted is not None:
            self.card.show_datum(wanted, self._label(wanted))

    def refresh(self, keys: Keys) -> None:
        if keys and all(kind not in {"check", "photo"} for kind, _ in keys):
            return
        self.table.viewport().update()
        self.card.refresh()

    def open_part(self, part: str) -> None:
        name = part.partition(":")[2]
        for number, wanted in enumerate(self.record.visit.wanted):
            if wanted.id == name:
                self.table.selectRow(number)
                self.card.verified.setFocus(Qt.FocusReason.OtherFocusReason)

    def _go_on(self) -> None:
        """The next datum without a conclusion, from the chosen one on and then from the first."""
        wanted, here = self.record.visit.wanted, self.table.currentIndex().row()
        order = [*range(here + 1, len(wanted)), *range(here + 1)]
        left = [number for number in order if self.record.check(wanted[number].id).conclusion is None]
        if left:
            self.table.selectRow(left[0])
            self.card.verified.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.banner.info(tr("site.checks.done"))
