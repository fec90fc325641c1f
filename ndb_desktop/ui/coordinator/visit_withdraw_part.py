"""撤销检查任务: a reason, then the question whether really and what follows; only then anything is signed."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QScrollArea, QWidget

from ndb_desktop.domain.siterecord import Visit
from ndb_desktop.ui.coordinator.visit_look import VisitLine
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.beside import Beside
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import column, holder
from ndb_desktop.ui.widgets.sight import into_sight


class VisitWithdrawPart(QWidget):
    """Signal `withdrawn(object, str)`: a visit and the reason. Another visit or another reason asks anew."""

    withdrawn = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self._line: VisitLine | None = None
        self._signing = True
        self.reason = LineEdit(tr("visits.withdraw.reason"), "", tr("visits.withdraw.reason"))
        self.reason.setObjectName("visits.withdraw.reason")
        self.reason.textChanged.connect(self._quiet)
        self.ask = Button(tr("visits.withdraw"), "danger", "ban")
        self.ask.setObjectName("visits.withdraw")
        self.ask.clicked.connect(self._ask)
        self._words = PlainLabel("", "warning")
        self._words.setObjectName("visits.withdraw.words")
        self.keep = Button(tr("visits.withdraw.no"), "normal")
        self.keep.setObjectName("visits.withdraw.no")
        self.keep.clicked.connect(self._kept)
        self.sure = Button(tr("visits.withdraw.yes"), "danger", "signature")
        self.sure.setObjectName("visits.withdraw.yes")
        self.sure.clicked.connect(self._withdraw)
        self._question = holder(column(self._words, holder(Flow(self.keep, self.sure)), gap=1))
        self.setLayout(column(Beside(self.reason, self.ask), self._question, gap=1))
        self._quiet()

    def show_line(self, line: VisitLine, *, signing: bool) -> None:
        """The visit in question; nothing is offered where it is withdrawn or its record came."""
        other = self._line is None or self._line.visit.id != line.visit.id
        changed = other or self._line is None or self._line.state != line.state
        self._line, self._signing = line, signing
        if other:
            self.reason.clear()
        if changed:
            self._quiet()
        self._enable()
        self.setVisible(line.state in ("planned", "issued"))

    def _quiet(self) -> None:
        self._question.hide()
        self._enable()

    def _enable(self) -> None:
        self.ask.setEnabled(self._signing and bool(self.reason.text().strip()))

    def _ask(self) -> None:
        line = self._line
        if line is None:
            return
        visit: Visit = line.visit
        key = "visits.withdraw.sure.issued" if line.state == "issued" else "visits.withdraw.sure"
        self._words.setText(tr(key, visit=visit.id, applicant=visit.applicant))
        self._question.show()
        self.keep.setFocus()
        # Once the tab has grown by the question, which it learns of in the next turn.
        QTimer.singleShot(0, self, self._in_sight)

    def _in_sight(self) -> None:
        area: QWidget | None = self
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if area is not None and self._question.isVisible():
            into_sight(area, self._question)

    def _kept(self) -> None:
        self._quiet()
        self.reason.setFocus()

    def _withdraw(self) -> None:
        if self._line is not None:
            self._question.hide()
            self.withdrawn.emit(self._line.visit, self.reason.text().strip())
