"""检查清单: the items at the left with their grades, the chosen one at the right, and what they come to."""

from __future__ import annotations

from PySide6.QtCore import Qt

from ndb_desktop.domain.sitemath import verdict
from ndb_desktop.domain.sitepack import SiteItem
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.answer_card import AnswerCard
from ndb_desktop.ui.inspection.list_and_card import TableAndCard
from ndb_desktop.ui.inspection.page import SitePage
from ndb_desktop.ui.inspection.store import Keys, SiteStore
from ndb_desktop.ui.inspection.words import grade_icon, grade_words, verdict_words
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.layout import column, holder, row
from ndb_desktop.ui.widgets.table import Column, DataTable


class AnswersPage(SitePage):
    """The button goes on to the next item without a grade."""

    def __init__(self, store: SiteStore) -> None:
        super().__init__("answers", tr("site.answers"), tr("site.answers.text"), store)
        columns: tuple[Column[SiteItem], ...] = (
            Column(tr("site.answer.item"), self._title, stretch=True, icon=self._icon),
            Column(tr("site.answer.grade"), self._grade),
        )
        self._verdict = PlainLabel("", "heading", selectable=True)
        self._verdict.setObjectName("site.verdict")
        self.table = DataTable(tr("site.answers"), columns, sortable=False)
        self.table.setObjectName("site.answers.table")
        self.table.set_rows(store.pack.items)
        self.table.selectionModel().currentRowChanged.connect(lambda _now, _before: self._show())
        self.card = AnswerCard(store)
        self.card.photos.go.connect(self.go)
        self.card.offers.go.connect(self.go)
        self.on = Button(tr("site.answer.next"), "primary", "arrow-right")
        self.on.setObjectName("site.answer.next")
        self.on.clicked.connect(self._go_on)
        right = column(self.card, row(None, self.on), None, gap=2)
        self.body.addWidget(self._verdict)
        self.body.addWidget(TableAndCard(self.table, holder(right), (1, 1)), 1)
        self.table.selectRow(0)
        self.refresh(())

    @staticmethod
    def _title(item: SiteItem) -> str:
        star = tr("site.answer.star") if item.starred else ""
        return f"{star}{item.id}  {i18n.local(item.title)}"

    def _icon(self, item: SiteItem) -> tuple[str, str] | None:
        return grade_icon(self.record.answer(item.id).grade)

    def _grade(self, item: SiteItem) -> str:
        grade = self.record.answer(item.id).grade
        return grade_words()[grade] if grade else tr("site.answer.open")

    def _show(self) -> None:
        item: SiteItem | None = self.table.selected()
        if item is not None:
            self.card.show_item(item)

    def refresh(self, keys: Keys) -> None:
        if keys and all(kind not in {"answer", "photo"} for kind, _ in keys):
            return
        pack, record = self.store.pack, self.record
        found = verdict(pack, {item.id: record.answer(item.id).grade for item in pack.items})
        words = tr(
            "site.verdict", state=verdict_words()[found.state], minor=found.minor, severe=found.severe,
            open=len(found.open_items),
        )  # fmt: skip
        self._verdict.setText(words)
        self.table.viewport().update()
        self.card.refresh()

    def open_part(self, part: str) -> None:
        name = part.partition(":")[2]
        for number, item in enumerate(self.store.pack.items):
            if item.id == name:
                self.table.selectRow(number)
                self.card.note.setFocus(Qt.FocusReason.OtherFocusReason)

    def _go_on(self) -> None:
        """The next item without a grade, from the chosen one on and then from the first."""
        items, here = self.store.pack.items, self.table.currentIndex().row()
        order = [*range(here + 1, len(items)), *range(here + 1)]
        left = [number for number in order if self.record.answer(items[number].id).grade is None]
        if left:
            self.table.selectRow(left[0])
        else:
            self.banner.info(tr("site.answers.done"))
