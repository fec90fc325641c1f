"""一票否决 on what a visit found: a team reports, the coordinator decides, with evidence and never by a score (R09)."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup

from ndb_desktop.services.site_findings import VetoCandidate
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.plain_checks import PlainRadio
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, holder


class VisitVetoCard(Card):
    """Signal `decided(object, str, str, str)`: candidate, `present` or `cleared`, evidence, basis."""

    decided = Signal(object, str, str, str)

    def __init__(self) -> None:
        super().__init__(gap=1, margins=2)
        self.setObjectName("visits.veto")
        self._candidate: VetoCandidate | None = None
        self._signing = True
        self._words = PlainLabel("", selectable=True)
        self._words.setObjectName("visits.veto.words")
        self.present = PlainRadio(tr("visits.veto.present"))
        self.present.setObjectName("visits.veto.present")
        self.cleared = PlainRadio(tr("visits.veto.cleared"))
        self.cleared.setObjectName("visits.veto.cleared")
        self._choices = QButtonGroup(self)
        self.evidence = LineEdit(tr("visits.veto.evidence"))
        self.evidence.setObjectName("visits.veto.evidence")
        self.basis = LineEdit(tr("visits.veto.basis"))
        self.basis.setObjectName("visits.veto.basis")
        self.button = Button(tr("visits.veto.decide"), "primary", "signature")
        self.button.setObjectName("visits.veto.decide")
        self.button.clicked.connect(self._decide)
        for choice in (self.present, self.cleared):
            self._choices.addButton(choice)
            choice.toggled.connect(self._enable)
        for box in (self.evidence, self.basis):
            box.textChanged.connect(self._enable)
        self._form = (
            self.present, self.cleared, PlainLabel(tr("visits.veto.evidence")), self.evidence,
            PlainLabel(tr("visits.veto.basis")), self.basis, holder(Flow(self.button)),
        )  # fmt: skip
        for part in (PlainLabel(tr("visits.veto"), "heading"), self._words, *self._form):
            self.box.addWidget(part)
        self._enable()

    def set_signing(self, can: bool) -> None:
        """Whether decisions can be made with the key in use."""
        self._signing = can
        self._enable()

    def show_candidate(self, candidate: VetoCandidate | None) -> None:
        """What was found, and what was decided of it."""
        self.setVisible(candidate is not None)
        if candidate != self._candidate:
            self._candidate = candidate
            self.evidence.setText(candidate.evidence if candidate is not None and candidate.open else "")
            self.basis.clear()
            self._choices.setExclusive(False)
            for choice in (self.present, self.cleared):
                choice.setChecked(False)
            self._choices.setExclusive(True)
        if candidate is None:
            return
        lines = [f"{candidate.visit} · {ground_words(candidate)} · {candidate.words or candidate.id}"]
        if candidate.evidence:
            lines.append(tr("visits.veto.said.evidence", words=candidate.evidence))
        if candidate.reply:
            lines.append(tr("visits.veto.said.reply", words=candidate.reply))
        lines.append(candidate_state(candidate)[0])
        if candidate.veto is not None:
            lines.append(f"{candidate.veto.evidence} · {candidate.veto.decided_on}")
        self._words.setText("\n".join(lines))
        for part in self._form:
            part.setVisible(candidate.open)
        self._enable()

    def _enable(self) -> None:
        chosen = self.present.isChecked() or self.cleared.isChecked()
        written = bool(self.evidence.text().strip() and self.basis.text().strip())
        self.button.setEnabled(self._signing and chosen and written)

    def _decide(self) -> None:
        if self._candidate is not None:
            status = "present" if self.present.isChecked() else "cleared"
            self.decided.emit(self._candidate, status, self.evidence.text().strip(), self.basis.text().strip())


def ground_words(one: VetoCandidate) -> str:
    """The ground of a veto with its name: `V6 …`."""
    return one.ground if one.title is None else f"{one.ground} {i18n.local(one.title)}"


def candidate_state(one: VetoCandidate) -> tuple[str, str, str]:
    """Whether it was decided: word, icon, colour token."""
    if one.veto is None:
        return tr("visits.veto.open"), "circle-question-mark", "warning"
    if one.veto.status == "present":
        return tr("visits.veto.present"), "octagon-alert", "danger"
    return tr("visits.veto.cleared"), "circle-check", "accent"
