"""复查: the looks at a finding since, one below the other; another is put behind them, none is changed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.domain.siterecord import Finding
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.findings_part import large
from ndb_desktop.ui.inspection.store import SiteStore
from ndb_desktop.ui.inspection.words import moment
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.fields import TextBox
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import column


class Rechecks(QWidget):
    """Signal `looked(bool, str)`: it was put right or not, and the note. A note not used yet stays with its finding."""

    looked = Signal(bool, str)

    def __init__(self, store: SiteStore) -> None:
        super().__init__()
        self._store = store
        self._id = ""
        self._drafts: dict[str, str] = {}
        self.lines = PlainLabel("", selectable=True)
        self.lines.setObjectName("site.finding.rechecks")
        self.note = TextBox(tr("site.recheck.note"), "", tr("site.recheck.note.hint"), lines=2)
        self.note.setObjectName("site.recheck.note")
        self.passed = large(Button(tr("site.recheck.passed"), "normal", "circle-check"))
        self.passed.setObjectName("site.recheck.passed")
        self.passed.clicked.connect(lambda: self._look(passed=True))
        self.failed = large(Button(tr("site.recheck.failed"), "normal", "circle-x"))
        self.failed.setObjectName("site.recheck.failed")
        self.failed.clicked.connect(lambda: self._look(passed=False))
        self.setLayout(column(self.lines, self.note, Flow(self.passed, self.failed)))
        self.setFocusProxy(self.note)

    def _look(self, *, passed: bool) -> None:
        note = self.note.toPlainText().strip()
        self._show_draft("")
        self.looked.emit(passed, note)

    def _show_draft(self, text: str) -> None:
        self.note.setPlainText(text)

    def show_finding(self, finding: Finding) -> None:
        """Shows the looks at a finding."""
        if finding.id != self._id:
            self._drafts[self._id] = self.note.toPlainText()
            self._id = finding.id
            self._show_draft(self._drafts.pop(finding.id, ""))
        names = {member.id: member.name for member in self._store.record.visit.members}
        said = []
        for number, look in enumerate(finding.rechecks, 1):
            facts = {"number": number, "at": moment(look.at), "by": names.get(look.by, look.by)}
            words = (
                tr("report.site.recheck.passed", **facts) if look.passed else tr("report.site.recheck.failed", **facts)
            )
            said.append(tr("site.recheck.said", words=words, note=look.note) if look.note else words)
        # Looks of several lines each would run into one another.
        self.lines.setText("\n\n".join(said) or tr("site.rechecks.none"))
