"""定稿: what still has to be settled, finalising by two, and reopening for one of four reasons (R14)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout

from ndb_desktop.domain.finality import GROUNDS, Finality, Ground, finality
from ndb_desktop.services.digest_words import spoken
from ndb_desktop.services.outcome import Unsettled
from ndb_desktop.services.results import BatchResult
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.decision_words import ground_name, signer_names
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, LinkButton, PlainLabel
from ndb_desktop.ui.widgets.beside import Beside
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.layout import Card, clear, column, row

_NAMED = 5
"""So many applications are named in a line; the rest is a click away."""


class FinalPart(TallPart):
    """Signals: `lead(object)` an `Unsettled` to be looked at; `finalise(str)`; `reopen(str, str)` ground, reason."""

    lead = Signal(object)
    finalise = Signal(str)
    reopen = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._ready = False
        self._icon = IconLabel("circle", 24, "muted")
        self._title = PlainLabel("", "heading")
        self._title.setObjectName("final.state")
        self._text = PlainLabel("", "body", selectable=True)
        self._text.setObjectName("final.text")
        head = row(self._icon, column(self._title, self._text, gap=0.5), gap=1.5)
        head.setStretch(1, 1)
        state = Card(gap=1, margins=2)
        state.box.addLayout(head)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(8)
        self._left = Card(PlainLabel(tr("final.left"), "heading"), kind="warning", gap=1, margins=2)
        self._left.setObjectName("final.left")
        self._left.box.addLayout(self._lines)
        self._history = PlainLabel("", "muted", selectable=True)
        self._history.setObjectName("final.history")
        page = column(state, self._left, self._final_card(), self._reopen_card(), self._history, gap=2, margins=2)
        page.addStretch(1)
        self.setLayout(page)

    def _final_card(self) -> Card:
        self.reason = LineEdit(tr("final.reason"), "", tr("final.reason.hint"))
        self.reason.setObjectName("final.reason")
        self.reason.textChanged.connect(self._update)
        self.button = Button(tr("final.button"), "primary", "signature")
        self.button.setObjectName("final.button")
        self.button.clicked.connect(lambda: self.finalise.emit(self.reason.text().strip()))
        line = Beside(self.reason, self.button)
        self._final = Card(PlainLabel(tr("final.heading"), "heading"), gap=1, margins=2)
        self._final.box.addWidget(PlainLabel(tr("final.how"), "muted"))
        self._final.box.addWidget(line)
        return self._final

    def _reopen_card(self) -> Card:
        self.ground = Choice(tr("final.ground"))
        self.ground.setObjectName("final.ground")
        self.ground.set_choices([(None, tr("final.ground.choose")), *((one, ground_name(one)) for one in GROUNDS)])
        self.ground.currentIndexChanged.connect(lambda _index: self._update())
        self.why = LineEdit(tr("final.why"), "", tr("final.why.hint"))
        self.why.setObjectName("final.why")
        self.why.textChanged.connect(self._update)
        self.again = Button(tr("final.reopen"), "danger", "lock-open")
        self.again.setObjectName("final.reopen")
        self.again.clicked.connect(lambda: self.reopen.emit(self.ground.value(), self.why.text().strip()))
        line = Beside(self.ground, self.why, self.again, grows=1)
        self._reopen = Card(PlainLabel(tr("final.reopen.heading"), "heading"), gap=1, margins=2)
        self._reopen.box.addWidget(PlainLabel(tr("final.reopen.text"), "muted"))
        self._reopen.box.addWidget(line)
        return self._reopen

    def show_result(self, result: BatchResult | None, left: Sequence[Unsettled], snapshot: Snapshot) -> None:
        """How far the results are; None forgets them."""
        clear(self._lines)
        self.reason.clear()
        self.why.clear()
        self.ground.set_value(None)
        if result is None:
            return
        known = finality(snapshot.decisions)
        self._say(known, result, snapshot)
        for one in left:
            self._lines.addLayout(self._line(one))
        self._ready = not left and known.state != "final" and not snapshot.recovered
        self._left.setVisible(bool(left))
        self._final.setVisible(known.state != "final")
        self._reopen.setVisible(known.state == "final")
        self._history.setText("\n".join(_told(known, snapshot)))
        self._history.setVisible(bool(known.decisions))
        self._update()

    def _say(self, known: Finality, result: BatchResult, snapshot: Snapshot) -> None:
        words = spoken(result.digest, i18n.language())
        if known.state != "final":
            self._icon.set_icon("lock-open", 24, "muted" if known.state == "open" else "warning")
            self._title.setText(tr("final.state.open") if known.state == "open" else tr("final.state.reopened"))
            self._text.setText(tr("final.words", words=words))
            return
        last = known.decisions[-1]
        self._title.setText(tr("final.state.final", at=i18n.local_time(last.at), names=signer_names(last, snapshot)))
        if known.digest == result.digest:
            self._icon.set_icon("badge-check", 24, "accent")
            self._text.setText(tr("final.words", words=words))
        else:
            self._icon.set_icon("triangle-alert", 24, "danger")
            before = spoken(known.digest, i18n.language())
            self._text.setText(tr("final.changed", before=before, now=words))

    def _line(self, one: Unsettled) -> QVBoxLayout:
        names = tr("list.separator").join(one.subjects[:_NAMED])
        if len(one.subjects) > _NAMED:
            names = tr("final.more", names=names, count=len(one.subjects))
        link = LinkButton(i18n.phrase(one.phrase), "arrow-right")
        link.setObjectName(f"final.lead.{one.kind}")
        link.clicked.connect(lambda: self.lead.emit(one))
        return column(row(link, None), PlainLabel(names, "small"), gap=0.25)

    def _update(self) -> None:
        self.button.setEnabled(self._ready and bool(self.reason.text().strip()))
        self.again.setEnabled(self.ground.value() is not None and bool(self.why.text().strip()))


def _told(known: Finality, snapshot: Snapshot) -> list[str]:
    lines = []
    for one in known.decisions:
        at, names = i18n.local_time(one.at), signer_names(one, snapshot)
        if one.kind == "finalise":
            lines.append(tr("final.told", at=at, names=names, reason=one.reason))
        else:
            ground: Ground = next(ground for ground in GROUNDS if ground == one.content["ground"])
            lines.append(tr("final.told.reopened", at=at, names=names, reason=one.reason, ground=ground_name(ground)))
    return lines
