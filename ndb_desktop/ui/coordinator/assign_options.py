"""分派条件: mode, panel size, caps, floor, and the ceremony of the seed: what is signed and what goes into the log."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout

from ndb_desktop.domain.decision import needs_supervisor
from ndb_desktop.formats.batchplan import BatchFacts
from ndb_desktop.services.assignment_model import MAX_GROUP, AssignOptions
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets.counter import Counter
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card

_MOST_LOAD = 200


class OptionsCard(Card):
    """Signals: `start()` assign everything, `refill()` fill empty seats only."""

    start = Signal()
    refill = Signal()

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__(PlainLabel(tr("assign.options"), "heading"), gap=1.5, margins=2.5)
        self.setObjectName("assign.options")
        self._make_fields(snapshot.batch.panel_size, snapshot.facts)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        counters = (self.seats, self.per_employer, self.per_province, self.min_load, self.max_load, self.group)
        for number, widget in enumerate(counters):
            line, place = divmod(number, 2)
            grid.addWidget(PlainLabel(widget.name()), 2 * line, place)
            grid.addWidget(widget, 2 * line + 1, place)
            grid.setColumnStretch(place, 1)
        self.box.addWidget(PlainLabel(tr("assign.mode")))
        self.box.addWidget(self.mode)
        self._mode_note = PlainLabel("", "small")
        self.box.addWidget(self._mode_note)
        self.box.addLayout(grid)
        self.box.addWidget(self.avoid)
        self.box.addWidget(self.floor)
        self._make_ceremony()
        self._mode_changed()

    def _make_fields(self, seats: int, facts: BatchFacts) -> None:
        self.mode = Choice(tr("assign.mode"))
        self.mode.set_choices(
            [
                ("pair", tr("assign.mode.pair")),
                ("panel", tr("assign.mode.panel")),
                ("panel_recuse", tr("assign.mode.panel_recuse")),
            ]
        )
        self.mode.chosen.connect(lambda _mode: self._mode_changed())
        self.seats = Counter(tr("assign.seats"), 5, 15, seats)
        self.per_employer = Counter(tr("assign.per_employer"), 0, 9, facts.per_employer, none=tr("assign.no_limit"))
        self.per_province = Counter(tr("assign.per_province"), 0, 9, facts.per_province, none=tr("assign.no_limit"))
        self.min_load = Counter(tr("assign.min_load"), -1, _MOST_LOAD, -1, none=tr("assign.min_load.auto"))
        self.max_load = Counter(tr("assign.max_load"), 0, _MOST_LOAD, 0, none=tr("assign.max_load.own"))
        self.group = Counter(tr("assign.group"), 1, 99, MAX_GROUP)
        self.avoid = PlainCheckBox(tr("assign.avoid"))
        self.avoid.setChecked(facts.avoid_province)
        self.floor = PlainCheckBox(tr("assign.floor"))
        self.words = LineEdit(tr("assign.words"), "", tr("assign.words.hint"))
        self.words.textChanged.connect(lambda _text: self._tell())
        names = (
            "mode", "seats", "per_employer", "per_province", "min_load", "max_load", "group", "avoid", "floor", "words",
        )  # fmt: skip
        for name in names:
            getattr(self, name).setObjectName(f"assign.{name}")

    def _make_ceremony(self) -> None:
        self.log_note = PlainLabel("", "small")
        self.log_note.setObjectName("assign.log_note")
        self.sign_note = PlainLabel("", "small")
        self.sign_note.setObjectName("assign.sign_note")
        self.start_button = Button(tr("assign.start"), "primary", "users")
        self.start_button.setObjectName("assign.start")
        self.start_button.clicked.connect(self.start)
        self.refill_button = Button(tr("assign.refill"), "normal", "user-round-check")
        self.refill_button.setObjectName("assign.refill")
        self.refill_button.clicked.connect(self.refill)
        self.note = PlainLabel("", "small")
        self.box.addWidget(PlainLabel(tr("assign.words")))
        for widget in (self.words, self.log_note, self.sign_note):
            self.box.addWidget(widget)
        self.box.addLayout(Flow(self.start_button, self.refill_button))
        self.box.addWidget(self.note)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """What may be done now, and who has to sign."""
        ready = bool(snapshot.applications and snapshot.experts)
        issued = any(not bundle.revoked_at for bundle in snapshot.issued)
        self.start_button.setEnabled(ready and not issued)
        self.refill_button.setEnabled(ready and bool(snapshot.assignments))
        self.note.setText(tr("assign.issued") if issued else "" if ready else tr("assign.not_ready"))
        self.note.setVisible(bool(self.note.text()))
        if needs_supervisor("draw", snapshot.decisions, trial=snapshot.batch.trial):
            names = tr("list.separator").join(one.name for one in snapshot.supervisors)
            self.sign_note.setText(tr("assign.sign.two", names=names) if names else tr("assign.sign.nobody"))
        else:
            self.sign_note.setText(tr("assign.sign.one"))
        self._tell()

    def _tell(self) -> None:
        words = self.words.text().strip()
        self.log_note.setText(tr("assign.log.words", words=words) if words else tr("assign.log.none"))

    def _mode_changed(self) -> None:
        mode = self.mode.value()
        notes = {
            "pair": tr("assign.mode.pair.note"),
            "panel": tr("assign.mode.panel.note"),
            "panel_recuse": tr("assign.mode.panel_recuse.note"),
        }
        self._mode_note.setText(notes[mode])
        self.group.setEnabled(mode != "pair")
        self.floor.setEnabled(mode != "panel_recuse")
        if mode == "panel_recuse":
            # A reserve called for one application alone could fall below the floor.
            self.floor.setChecked(False)

    def options(self) -> AssignOptions:
        """What the card asks for."""
        least = self.min_load.value()
        return AssignOptions(
            seats=self.seats.value(),
            per_employer=self.per_employer.value(),
            per_province=self.per_province.value(),
            avoid_province=self.avoid.isChecked(),
            min_load=None if least < 0 else least,
            max_load=self.max_load.value(),
            words=self.words.text().strip(),
            mode=self.mode.value(),
            fair_floor=self.floor.isChecked(),
            group=self.group.value(),
        )
