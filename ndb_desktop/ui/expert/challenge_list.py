"""质疑: the challenges made on an indicator or target, each with its place, and the way to withdraw it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.domain.model import Application
from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.rulepack import Indicator
from ndb_desktop.domain.sheet import Challenge, Sheet
from ndb_desktop.domain.sheetform import StageQuestion
from ndb_desktop.ui.expert.challenge_subject import datum_name, datum_unit, disputed
from ndb_desktop.ui.expert.place_chip import Place, PlaceChip
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, clear, column


class ChallengeList(QWidget):
    """The challenges made on an indicator or target. Signals: `jump(str, int, object)`, `remove(str)`."""

    jump = Signal(str, int, object)
    remove = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._box = column(gap=1)
        self._shown: tuple[object, ...] = ()
        self.setLayout(self._box)

    def show_challenges(
        self, application: Application, what: Indicator | StageQuestion, sheet: Sheet, editable: bool
    ) -> None:
        """All challenges on this indicator or target."""
        mine = disputed(sheet, what)
        self.setVisible(bool(mine))
        key = (application.id, what.id, mine, editable)
        if key == self._shown:
            return
        self._shown = key
        clear(self._box)
        for challenge in mine:
            self._box.addWidget(self._card(application, what, challenge, editable))

    def _card(
        self, application: Application, what: Indicator | StageQuestion, challenge: Challenge, editable: bool
    ) -> Card:
        name = datum_name(what, challenge.datum)
        head = " · ".join(part for part in (tr("challenge.one"), name, challenge.key) if part)
        card = Card(PlainLabel(head, "heading"), PlainLabel(challenge.reason), kind="warning", gap=0.5, margins=1.5)
        if challenge.proposed is not None:
            unit = datum_unit(application, what, challenge.datum)
            figure = f"{plain(challenge.proposed)} {unit}".strip()
            card.box.addWidget(PlainLabel(tr("challenge.proposes", value=figure), "number"))
        if challenge.document:
            place = Place(challenge.document, challenge.page, challenge.rect)
            chip = PlaceChip(application.documents, place)
            chip.setObjectName(f"challenge.jump.{challenge.id}")
            chip.jump.connect(self.jump)
            card.box.addWidget(chip)
        if editable:
            drop = Button(tr("challenge.remove"), "quiet")
            drop.setObjectName(f"challenge.remove.{challenge.id}")
            drop.clicked.connect(lambda: self.remove.emit(challenge.id))
            card.box.addLayout(Flow(None, drop))
        return card
