"""检查与冻结: what was checked in a pack, every fault with its cell, and the card that freezes the batch's packs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication

from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.packvectors import vectors_of
from ndb_desktop.domain.rulepack import PARTS, RulePack
from ndb_desktop.services.pack_files import spot_of
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.coordinator.freeze_card import FreezeCard
from ndb_desktop.ui.coordinator.pack_shelf import ShelfPack
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.layout import Card, column, row
from ndb_desktop.ui.widgets.table import Column, DataTable


class CheckPart(TallPart):
    """Signal `freeze()`: the packs of the batch are to be frozen."""

    freeze = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._faults: tuple[Fault, ...] = ()
        self.frozen = FreezeCard()
        self.frozen.freeze.connect(self.freeze)
        self._title = PlainLabel("", "heading")
        self._title.setObjectName("packs.check.title")
        self._facts = PlainLabel("", "body")
        self._facts.setObjectName("packs.check.facts")
        self.copy = Button(tr("packs.faults.copy"), "normal", "copy")
        self.copy.setObjectName("packs.faults.copy")
        self.copy.clicked.connect(self._copy)
        self._copied = PlainLabel("", "muted")
        self.table = DataTable(tr("packs.faults"), _columns(), sortable=False)
        self.table.setObjectName("packs.faults")
        self.table.setMinimumHeight(theme.pixels(200))
        self.table.setMaximumHeight(theme.pixels(360))
        self.table.selectionModel().currentChanged.connect(lambda *_: self._show_fault())
        self._fault = PlainLabel("", "muted", selectable=True)
        self._fault.setObjectName("packs.fault")
        line = row(self.copy, self._copied)
        line.setStretch(1, 1)
        card = Card(self._title, self._facts, self.table, self._fault, line, gap=1, margins=2)
        page = column(card, self.frozen, None, gap=2, margins=2)
        self.setLayout(page)

    def show_pack(self, chosen: ShelfPack, snapshot: Snapshot) -> None:
        """What the check of this pack found."""
        self.frozen.show_snapshot(snapshot)
        self._faults = chosen.file.faults if chosen.file is not None else ()
        faulty = bool(self._faults)
        self._title.setText(
            tr("packs.check.faults", name=chosen.origin, count=len(self._faults)) if faulty else tr("packs.check.fine")
        )
        self._facts.setText("\n".join(checked(chosen.pack)) if chosen.pack is not None else tr("packs.check.how"))
        self.table.set_rows(self._faults)
        self._fault.clear()
        self._copied.clear()
        for part in (self.table, self._fault, self.copy, self._copied):
            part.setVisible(faulty)
        if faulty:
            self.table.selectRow(0)

    def _show_fault(self) -> None:
        fault: Fault | None = self.table.selected()
        self._fault.setText(_line(fault) if fault is not None else "")

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(_line(fault) for fault in self._faults))
        self._copied.setText(tr("packs.faults.copied", count=len(self._faults)))


def checked(pack: RulePack) -> Sequence[str]:
    """What a pack that could be read was found to be, line by line."""
    sums = [plain(sum((one.weights[part] for one in pack.indicators), start=0 * pack.settings.step)) for part in PARTS]
    tried = sum(len(vectors_of(pack, indicator)) for indicator in pack.indicators)
    return (
        tr("packs.checked.shape", groups=len(pack.groups), indicators=len(pack.indicators)),
        tr("packs.checked.weights", basis=sums[0], plan=sums[1]),
        tr("packs.checked.levels", step=plain(pack.settings.step)),
        tr("packs.checked.vectors", count=tried),
        tr("packs.checked.words"),
    )


def _place(fault: Fault) -> tuple[str, str, str]:
    """Sheet, row, column; a path or file name stands in the place of the sheet."""
    spot = spot_of(fault)
    return (spot.sheet or spot.path or "—", str(spot.row) if spot.row else "—", spot.column or "—")


def _line(fault: Fault) -> str:
    """A fault as it is copied: place, sentence, code."""
    spot = spot_of(fault)
    place = tr("packs.faults.cell", sheet=spot.sheet, row=spot.row, column=spot.column) if spot.row else spot.path
    return "  ".join(part for part in (place, i18n.fault(fault), f"[{fault.code}]") if part)


def _columns() -> tuple[Column[Fault], ...]:
    return (
        Column(tr("packs.faults.sheet"), lambda fault: _place(fault)[0], width=190),
        Column(tr("packs.faults.row"), lambda fault: _place(fault)[1], number=True, width=60),
        Column(tr("packs.faults.column"), lambda fault: _place(fault)[2], width=60),
        Column(tr("packs.faults.words"), i18n.fault, stretch=True),
        Column(tr("column.code.error"), lambda fault: fault.code, width=190),
    )
