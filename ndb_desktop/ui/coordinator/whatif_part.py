"""试算达标线: what another threshold would do, seen inside only; nothing can be copied, and it goes with the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.numbers import parse_number
from ndb_desktop.services.results import BatchResult, state_text
from ndb_desktop.services.whatif_threshold import STATES, ThresholdLook
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.coordinator.words import category_name
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.layout import Card, clear, column, row
from ndb_desktop.ui.widgets.table import Column, DataTable


@dataclass(frozen=True)
class _Count:
    category: str
    state: str
    before: int
    after: int


@dataclass(frozen=True)
class _Changed:
    application: str
    applicant: str
    before: str
    after: str


class SealedTable(DataTable):
    """A table from which nothing can be copied; Qt would copy the cell in hand."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy) or event.matches(QKeySequence.StandardKey.Cut):
            event.accept()
            return
        super().keyPressEvent(event)


class WhatIfPart(TallPart):
    """Signal `look(object)`: category to threshold, to be tried."""

    look = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._result: BatchResult | None = None
        self.fields: dict[Category, LineEdit] = {}
        self._line = QHBoxLayout()
        self._line.setSpacing(16)
        self.button = Button(tr("whatif.look"), "primary", "eye")
        self.button.setObjectName("whatif.look")
        self.button.clicked.connect(self._look)
        self._said = PlainLabel("", "heading")
        self._said.setObjectName("whatif.said")
        self.counts = SealedTable(tr("whatif.counts"), _count_columns(), sortable=False)
        self.counts.setObjectName("whatif.counts")
        self.counts.setFixedHeight(theme.pixels(250))
        self.changes = SealedTable(tr("whatif.changes"), _change_columns(), sortable=False)
        self.changes.setObjectName("whatif.changes")
        self.changes.setFixedHeight(theme.pixels(300))
        warning = Card(PlainLabel(tr("whatif.text"), "warning"), kind="warning", margins=1.5)
        page = column(warning, gap=1.5, margins=2)
        page.addLayout(self._line)
        page.addLayout(row(self.button, None))
        for part in (self._said, self.counts, self.changes):
            page.addWidget(part)
        page.addStretch(1)
        self.setLayout(page)

    def show_result(self, result: BatchResult | None, snapshot: Snapshot) -> None:
        """Begins from the thresholds of the packs; None forgets everything that was seen."""
        self._result = result
        self._names = {one.id: one.applicant for one in snapshot.applications} if result is not None else {}
        self.fields.clear()
        clear(self._line)
        self._forget()
        if result is None:
            return
        for category, pack in snapshot.packs.items():
            field = LineEdit(tr("whatif.threshold", category=category_name(category)), f"{pack.settings.threshold:f}")
            field.setObjectName(f"whatif.threshold.{category}")
            field.textChanged.connect(lambda _text: self._update())
            field.returnPressed.connect(self._look)
            self.fields[category] = field
            name = tr("whatif.threshold.now", category=category_name(category), value=f"{pack.settings.threshold:f}")
            self._line.addLayout(column(PlainLabel(name), field, gap=0.5))
        self._line.addStretch(1)
        self._update()

    def show_look(self, found: ThresholdLook) -> None:
        """What the thresholds would do."""
        language = i18n.language()
        self.counts.set_rows(
            [
                _Count(
                    category_name(category), state_text(state, language), counts[state], found.after[category][state]
                )
                for category, counts in found.before.items()
                for state in STATES
                if counts[state] or found.after[category][state]
            ]
        )
        self.changes.set_rows(
            [
                _Changed(
                    one.application, self._names.get(one.application, ""), state_text(one.before, language),
                    state_text(one.after, language),
                )
                for one in found.changes
            ]
        )  # fmt: skip
        self._said.setText(tr("whatif.said", count=len(found.changes)) if found.changes else tr("whatif.same"))
        for table in (self.counts, self.changes):
            table.setVisible(table.model().rowCount() > 0)

    def _forget(self) -> None:
        self._said.setText("")
        for table in (self.counts, self.changes):
            table.set_rows(())
            table.hide()

    def _typed(self) -> Mapping[Category, Decimal] | None:
        found: dict[Category, Decimal] = {}
        try:
            for category, field in self.fields.items():
                found[category] = parse_number(field.text().strip())
        except NdbError:
            return None
        return found if all(0 <= value <= 100 for value in found.values()) else None

    def _update(self) -> None:
        # What was seen belongs to what was typed then.
        self._forget()
        self.button.setEnabled(bool(self.fields) and self._typed() is not None)

    def _look(self) -> None:
        typed = self._typed()
        if typed is not None and self.fields:
            self.look.emit(typed)


def _count_columns() -> Sequence[Column[_Count]]:
    return (
        Column(tr("column.category"), lambda r: r.category, width=160),
        Column(tr("column.state"), lambda r: r.state, stretch=True),
        Column(tr("whatif.before"), lambda r: str(r.before), number=True),
        Column(tr("whatif.after"), lambda r: str(r.after), number=True),
    )


def _change_columns() -> Sequence[Column[_Changed]]:
    return (
        Column(tr("column.id"), lambda r: r.application, width=110),
        Column(tr("column.applicant"), lambda r: r.applicant, stretch=True),
        Column(tr("whatif.before"), lambda r: r.before, width=180),
        Column(tr("whatif.after"), lambda r: r.after, width=180),
    )
