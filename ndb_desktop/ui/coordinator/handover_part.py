"""移交 and 归档: what is handed to the central system and what is filed, each made, checked, and told in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout

from ndb_desktop.domain.model import Application
from ndb_desktop.services.archive_documents import VOLUME_BYTES
from ndb_desktop.services.archive_parts import PERIODS
from ndb_desktop.services.archive_photos import Inspected
from ndb_desktop.ui.coordinator.copies_part import megabytes
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, holder, row

_BY_OUTCOME = frozenset({"application", "document"})
"""Kinds that are permanent for whoever was selected and kept ten years for the others, unless a period is chosen."""
_VOLUMES: Mapping[int, str] = {
    700_000_000: "filing.volume.cd",
    VOLUME_BYTES: "filing.volume.dvd",
    25_000_000_000: "filing.volume.bd",
    100_000_000_000: "filing.volume.bdxl",
}
_PERIOD_NAMES: Mapping[str, str] = {
    "Y": "filing.period.Y",
    "D30": "filing.period.D30",
    "D10": "filing.period.D10",
}
_KINDS: Mapping[str, str] = {
    "application": "filing.kind.application",
    "document": "filing.kind.document",
    "score": "filing.kind.score",
    "sheetview": "filing.kind.sheetview",
    "decision": "filing.kind.decision",
    "log": "filing.kind.log",
    "panelview": "filing.kind.panelview",
    "record": "filing.kind.record",
    "photo": "filing.kind.photo",
}
"""Kinds whose retention a unit's own table is likely to give otherwise; the command line can change every one."""


class HandoverPart(TallPart):
    """Signals: `card()` choose who else can open it, `write()`, `check()`."""

    card = Signal()
    write = Signal()
    check = Signal()

    def __init__(self, *, later: bool = False) -> None:
        """In a `later` stage the lines are of bases and their outcomes."""
        super().__init__()
        what = Card(PlainLabel(tr("handover.what"), "heading"), gap=1, margins=2)
        for text in (
            tr("handover.stage.lines") if later else tr("handover.what.lines"), tr("handover.what.schema"),
            tr("handover.stage.book") if later else tr("handover.what.book"), tr("handover.what.signed"),
        ):  # fmt: skip
            what.box.addWidget(PlainLabel(text))
        self._known = PlainLabel(tr("handover.card.none"), "muted", selectable=True)
        self._known.setObjectName("handover.known")
        self.card_button = Button(tr("handover.card"), "normal", "key-round")
        self.card_button.setObjectName("handover.card")
        self.card_button.clicked.connect(self.card)
        self.write_button = Button(tr("handover.write"), "primary", "lock")
        self.write_button.setObjectName("handover.write")
        self.write_button.clicked.connect(self.write)
        check_button = Button(tr("handover.check"), "normal", "shield-check")
        check_button.setObjectName("handover.check")
        check_button.clicked.connect(self.check)
        make = Card(PlainLabel(tr("handover.seal")), self._known, gap=1, margins=2)
        make.box.addWidget(holder(Flow(self.write_button, self.card_button, check_button)))
        head = PlainLabel(tr("handover.stage.text") if later else tr("handover.text"), "muted")
        page = column(head, what, make, gap=2, margins=2)
        page.addStretch(1)
        self.setLayout(page)

    def show_card(self, name: str, keyid: str) -> None:
        """Who else can open it."""
        self._known.setText(tr("handover.card.known", name=name, keyid=keyid))


@dataclass(frozen=True)
class FilingWish:
    """What is to be filed."""

    filed_on: date
    periods: Mapping[str, str]
    documents: bool
    volume_bytes: int = VOLUME_BYTES


class ArchivePart(TallPart):
    """Signals: `write(object)` a `FilingWish`; `check()`."""

    write = Signal(object)
    check = Signal()

    def __init__(self, today: date) -> None:
        super().__init__()
        self.filed = LineEdit(tr("filing.date"), today.isoformat())
        self.filed.setObjectName("filing.date")
        self.filed.textChanged.connect(lambda _text: self._update())
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        self.periods: dict[str, Choice] = {}
        for number, (kind, key) in enumerate(_KINDS.items()):
            choice = Choice(tr(key))
            choice.setObjectName(f"filing.period.{kind}")
            usual: list[tuple[object, str]] = [(code, tr(name)) for code, name in _PERIOD_NAMES.items()]
            if kind in _BY_OUTCOME:
                usual.insert(0, (None, tr("filing.period.outcome")))
            choice.set_choices(usual, None if kind in _BY_OUTCOME else PERIODS[kind])
            self.periods[kind] = choice
            grid.addLayout(column(PlainLabel(tr(key)), choice, gap=0.5), number // 3, number % 3)
        self.documents = PlainCheckBox(tr("filing.documents"))
        self.documents.setObjectName("filing.documents")
        self.documents.setChecked(True)
        self.documents.toggled.connect(lambda _on: self._tell_documents())
        self.volume = Choice(tr("filing.volume"))
        self.volume.setObjectName("filing.volume")
        self.volume.setMinimumContentsLength(20)
        self.volume.set_choices([(size, tr(key)) for size, key in _VOLUMES.items()], VOLUME_BYTES)
        self.volume.currentIndexChanged.connect(lambda _index: self._tell_documents())
        self._told = PlainLabel("", "muted")
        self._told.setObjectName("filing.documents.told")
        self._sites = PlainLabel("", "muted")
        self._sites.setObjectName("filing.inspected")
        self._inspected = Inspected()
        self._count = self._size = 0
        self.write_button = Button(tr("filing.write"), "primary", "package-open")
        self.write_button.setObjectName("filing.write")
        self.write_button.clicked.connect(self._write)
        check_button = Button(tr("filing.check"), "normal", "shield-check")
        check_button.setObjectName("filing.check")
        check_button.clicked.connect(self.check)
        kept = Card(PlainLabel(tr("filing.periods"), "heading"), gap=1, margins=2)
        kept.box.addLayout(grid)
        kept.box.addWidget(PlainLabel(tr("filing.selected"), "muted"))
        make = Card(gap=1, margins=2)
        day, size = (
            column(PlainLabel(tr("filing.date")), self.filed),
            column(PlainLabel(tr("filing.volume")), self.volume),
        )
        line = row(day, size, gap=2)
        line.setStretch(1, 1)
        make.box.addLayout(line)
        make.box.addWidget(self.documents)
        make.box.addWidget(self._told)
        make.box.addWidget(self._sites)
        make.box.addWidget(holder(Flow(self.write_button, check_button)))
        page = column(PlainLabel(tr("filing.text"), "muted"), kept, make, gap=2, margins=2)
        page.addStretch(1)
        self.setLayout(page)
        self._update()
        self._tell_documents()

    def show_documents(self, applications: Iterable[Application]) -> None:
        """How many documents there are, and how large a disk they need."""
        sizes = [document.size for application in applications for document in application.documents]
        self._count, self._size = len(sizes), sum(sizes)
        self._tell_documents()

    def show_inspected(self, found: Inspected) -> None:
        """What there is of inspections; nothing is said where nobody inspected."""
        self._inspected = found
        self._tell_documents()

    def _tell_documents(self) -> None:
        self.volume.setEnabled(self.documents.isChecked())
        found = self._inspected
        self._sites.setVisible(bool(found.records))
        key = "filing.inspected" if self.documents.isChecked() else "filing.inspected.left"
        self._sites.setText(
            tr(key, records=found.records, photos=found.photos, size=megabytes(found.size)) if found.records else ""
        )
        if not self.documents.isChecked():
            self._told.setText(tr("filing.documents.left"))
        elif self._count:
            size, cap = megabytes(self._size), self.volume.currentText()
            self._told.setText(tr("filing.documents.size", count=self._count, size=size, cap=cap))
        else:
            self._told.setText(tr("filing.documents.none"))

    def _date(self) -> date | None:
        try:
            return date.fromisoformat(self.filed.text().strip())
        except ValueError:
            return None

    def _update(self) -> None:
        self.write_button.setEnabled(self._date() is not None)

    def _write(self) -> None:
        day = self._date()
        if day is not None:
            chosen = {kind: choice.value() for kind, choice in self.periods.items()}
            # What stands as shipped is not an override: selected applications keep their own.
            usual = {kind: None if kind in _BY_OUTCOME else PERIODS[kind] for kind in chosen}
            changed = {kind: code for kind, code in chosen.items() if code != usual[kind]}
            self.write.emit(FilingWish(day, changed, self.documents.isChecked(), self.volume.value()))
