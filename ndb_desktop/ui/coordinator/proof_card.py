"""分派证明: what was proven, from which seed, with which digests, and checking it all again without a solver."""

from __future__ import annotations

from PySide6.QtCore import Signal

from ndb_desktop.services.assignment_verify import ProofReport
from ndb_desktop.storage.registry_assignment import ProofRow
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.assign_standing import guarantee_words
from ndb_desktop.ui.coordinator.words import fault_lines
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, PlainLabel
from ndb_desktop.ui.widgets.layout import Card, row


class ProofCard(Card):
    """Signal `verify()`: check the assignment in force against its proof."""

    verify = Signal()

    def __init__(self) -> None:
        super().__init__(gap=1, margins=2.5)
        self.setObjectName("assign.proof")
        self._row: ProofRow | None = None
        self._checked: tuple[str, ProofReport] | None = None
        self.facts = PlainLabel("", "body", selectable=True)
        self.facts.setObjectName("assign.proof.facts")
        self.digests = PlainLabel("", "mono", selectable=True)
        self.digests.setObjectName("assign.proof.digests")
        self.button = Button(tr("proof.verify"), "normal", "shield-check")
        self.button.setObjectName("assign.proof.verify")
        self.button.clicked.connect(self.verify)
        self._mark = IconLabel("circle-check", 20, "accent")
        self._verdict = PlainLabel("", "body")
        self._verdict.setObjectName("assign.proof.verdict")
        self._lines = PlainLabel("", "small", selectable=True)
        self._lines.setObjectName("assign.proof.lines")
        verdict = row(self._mark, self._verdict)
        verdict.setStretch(1, 1)
        for part in (PlainLabel(tr("proof.title"), "heading"), self.facts, self.digests):
            self.box.addWidget(part)
        self.box.addLayout(row(self.button, None))
        self.box.addLayout(verdict)
        self.box.addWidget(self._lines)

    def show_proof(self, proof: ProofRow | None, *, assigned: bool) -> None:
        """The proof of the latest draw; what was checked stays in sight as long as nothing was drawn anew."""
        self._row = proof
        self.setVisible(assigned)
        self.button.setEnabled(proof is not None)
        if proof is None:
            self.facts.setText(tr("proof.none"))
            self.digests.hide()
        else:
            at = i18n.local_time(proof.at)
            what = tr("proof.refill", at=at) if proof.kind == "refill" else tr("proof.assign", at=at)
            self.facts.setText(f"{what}\n{guarantee_words(proof.guarantee)}")
            self.digests.setText(
                "\n".join(
                    tr("proof.digest", name=name, digest=" ".join(_groups(digest)))
                    for name, digest in (
                        (tr("proof.seed"), proof.seed),
                        (tr("proof.inputs"), proof.inputs_digest),
                        (tr("proof.pairs"), proof.pairs_digest),
                        (tr("proof.certificate"), proof.sha256),
                    )
                )
            )
            self.digests.show()
        if self._checked is not None and (proof is None or self._checked[0] != proof.sha256):
            self._checked = None
        self._show_checked()

    def show_report(self, report: ProofReport) -> None:
        """What checking found."""
        if self._row is not None:
            self._checked = (self._row.sha256, report)
        self._show_checked()
        self.button.setFocus()

    def forget_report(self) -> None:
        """Something changed: what was checked before says nothing any more."""
        self._checked = None
        self._show_checked()

    def _show_checked(self) -> None:
        for widget in (self._mark, self._verdict, self._lines):
            widget.setVisible(self._checked is not None)
        if self._checked is None:
            return
        report = self._checked[1]
        self._mark.set_icon(*(("circle-check", 20, "accent") if report.ok else ("circle-x", 20, "danger")))
        self._verdict.setText(tr("proof.holds") if report.ok else tr("proof.broken"))
        lines = list(report.lines(i18n.language()))
        self._lines.setText("\n".join([*lines, *([fault_lines(report.faults)] if report.faults else [])]))


def _groups(digest: str) -> list[str]:
    return [digest[start : start + 8] for start in range(0, len(digest), 8)]
