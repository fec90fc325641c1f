"""内部结果: every application with its figures, what they were made of, and the panel summary (统稿) for signature.

Scores are never kept: whoever leaves the page leaves none of them behind.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.domain.model import Category
from ndb_desktop.domain.numbers import plain, show
from ndb_desktop.domain.panel import standard_error
from ndb_desktop.domain.panelflags import flag_phrase
from ndb_desktop.services.panel_heads import panel_place
from ndb_desktop.services.report import panel_members
from ndb_desktop.services.results import BatchResult, state_text
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.results_columns import InternalRow, internal_columns, item_columns, trimming_lines
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.words import category_name, head_choices
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, LinkButton, PlainLabel
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, row
from ndb_desktop.ui.widgets.table import DataTable


class InternalPart(QWidget):
    """Signals: `summary(str, str, str)` category, field and head ("" for a blank line); `behind(str)` an application
    whose signed sheets are asked for; `export()`; `close_asked()`.
    """

    summary = Signal(str, str, str)
    behind = Signal(str)
    export = Signal()
    close_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._result: BatchResult | None = None
        self._snapshot: Snapshot | None = None
        self.table = DataTable(tr("results.internal"), internal_columns(), sortable=False)
        self.table.setObjectName("results.internal.table")
        self.table.setMinimumHeight(300)
        self.table.selectionModel().currentChanged.connect(lambda *_: self._show_details())
        self._details = PlainLabel("", selectable=True)
        self._details.setObjectName("results.details")
        self._details.hide()
        self._behind = LinkButton(tr("results.behind"), "arrow-right")
        self._behind.setObjectName("results.behind")
        self._behind.clicked.connect(self._ask_behind)
        self._behind.hide()
        self.items = DataTable(tr("results.items"), item_columns(), sortable=False)
        self.items.setObjectName("results.items")
        self.items.setMinimumHeight(240)
        self._only = PlainLabel("", "body")
        self._every = Button(tr("results.only.all"), "quiet")
        self._every.setObjectName("results.only.all")
        self._every.clicked.connect(lambda: self.show_rows(frozenset()))
        only = row(self._only, self._every, None)
        self._notes = PlainLabel("", "warning")
        warning = Card(PlainLabel(tr("results.internal.text"), "warning"), kind="warning", margins=1.5)
        sealed = Button(tr("results.export.internal"), "normal", "lock")
        sealed.setObjectName("results.export.internal")
        sealed.clicked.connect(self.export)
        close = Button(tr("results.close"), "quiet", "eye-off")
        close.setObjectName("results.close")
        close.clicked.connect(self.close_asked)
        warning.box.addLayout(Flow(sealed, None, close))
        page = column(
            warning, self._summary_card(), self._notes, only, self.table, self._details, row(self._behind, None),
            self.items, gap=1.5,
        )  # fmt: skip
        page.setStretch(4, 1)
        self.setLayout(page)

    def _summary_card(self) -> Card:
        """Which panel, and who signs its summary first."""
        self.panel = Choice(tr("results.panel"))
        self.panel.setObjectName("results.panel")
        self.panel.currentIndexChanged.connect(lambda _index: self._show_heads())
        self.head = Choice(tr("results.head"))
        self.head.setObjectName("results.head")
        report = Button(tr("results.panel.pdf"), "normal", "printer")
        report.setObjectName("results.panel.pdf")
        report.clicked.connect(self._summary)
        line = row(
            column(PlainLabel(tr("results.panel")), self.panel, gap=0.5),
            column(PlainLabel(tr("results.head")), self.head, gap=0.5),
            column(None, report, gap=0.5), gap=2,
        )  # fmt: skip
        line.setStretch(0, 1)
        line.setStretch(1, 1)
        card = Card(PlainLabel(tr("results.panel.pdf"), "heading"), gap=1, margins=2)
        card.box.addWidget(PlainLabel(tr("results.head.text"), "muted"))
        card.box.addLayout(line)
        return card

    def show_result(
        self, result: BatchResult | None, panels: Sequence[tuple[Category, str]], snapshot: Snapshot
    ) -> None:
        """The results as computed; None forgets them."""
        self._result, self._snapshot = result, snapshot
        if result is None:
            self.table.set_rows(())
            self.items.set_rows(())
            self._details.hide()
            self._behind.hide()
            return
        fields = {field.id: i18n.local(field.name) for field in snapshot.batch.fields}
        self.show_rows(frozenset())
        self.panel.set_choices(
            [(pair, f"{category_name(pair[0])} · {fields.get(pair[1], pair[1])}") for pair in panels],
            self.panel.value(),
        )
        self._show_heads()
        notes = []
        if result.unconfirmed:
            notes.append(tr("results.unconfirmed", experts=tr("list.separator").join(result.unconfirmed)))
        if result.contradictions:
            notes.append(tr("results.contradictions", count=len(result.contradictions)))
        if result.late_conflicts:
            notes.append(tr("results.late", count=len(result.late_conflicts)))
        self._notes.setText("\n".join(notes))
        self._notes.setVisible(bool(notes))

    def show_rows(self, only: frozenset[str]) -> None:
        """All applications, or those that something leads to."""
        if self._result is None or self._snapshot is None:
            return
        result, fields = self._result, {field.id: i18n.local(field.name) for field in self._snapshot.batch.fields}
        rows = [
            InternalRow(
                application.applicant,
                category_name(application.category),
                fields.get(application.field, application.field),
                state_text(result.selection.states[name], i18n.language()),
                result.results[name],
            )
            for name, application in result.applications.items()
            if not only or name in only
        ]
        self.table.set_rows(rows)
        self._only.setText(tr("results.only", count=len(rows)))
        self._only.setVisible(bool(only))
        self._every.setVisible(bool(only))

    def _show_heads(self) -> None:
        """The members of the panel in hand; the head named for it before is chosen."""
        pair, snapshot = self.panel.value(), self._snapshot
        if pair is None or self._result is None or snapshot is None:
            self.head.clear()
            return
        members = panel_members(self._result, *pair)
        self.head.set_choices(head_choices(members, snapshot.experts), snapshot.heads.get(panel_place(*pair), ""))

    def _summary(self) -> None:
        pair = self.panel.value()
        if pair is not None:
            self.summary.emit(*pair, self.head.value() or "")

    def _ask_behind(self) -> None:
        chosen: InternalRow | None = self.table.selected()
        if chosen is not None:
            self.behind.emit(chosen.result.application)

    def _show_details(self) -> None:
        chosen: InternalRow | None = self.table.selected()
        if chosen is None or self._result is None or self._snapshot is None:
            return
        result = chosen.result
        pack = self._snapshot.packs[result.category]
        lines = [chosen.applicant]
        if result.error_squared is not None:
            lines.append(tr("results.error", value=plain(standard_error(result.error_squared))))
        totals = [f"{e} {show(t)}" for e, t in sorted(result.expert_totals.items())]
        if totals:
            lines.append(tr("results.expert_totals", totals=tr("list.separator").join(totals)))
        lines += trimming_lines(result, pack.settings)
        lines += [i18n.phrase(flag_phrase(flag)) for flag in result.flags]
        self._details.setText("\n".join(lines))
        self._details.show()
        self._behind.show()
        self.items.set_rows(
            [
                (
                    f"{item.indicator.id} {i18n.local(item.indicator.title)}",
                    item.part,
                    plain(item.weight),
                    result.items[item.id],
                )
                for item in pack.items
                if item.id in result.items
            ]
        )
