"""One 待核: every ground in words, a ruling by one key, a reason by another, and the stack that waits to be signed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget

from ndb_desktop.domain.conflict_ruling import Outcome
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.coordinator.conflict_rows import Listed, ground_words, kin_words, state_words
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, PlainLabel
from ndb_desktop.ui.widgets.beside import Beside
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, holder, row

REASON_MINIMUM = 4
"""Characters of a reason in own words."""


def reasons(outcome: Outcome) -> tuple[str, ...]:
    """The usual reasons for a ruling, by the key that takes them."""
    if outcome == "recuse":
        return (
            tr("screen.recuse.work"), tr("screen.recuse.tie"), tr("screen.recuse.asked"), tr("screen.recuse.unclear"),
        )  # fmt: skip
    return tr("screen.none.code"), tr("screen.none.person"), tr("screen.none.years"), tr("screen.none.fair")


class _Reasons(QListWidget):
    """Signals: `taken(int)` Enter, a double click or the reason's digit; `left()` Escape."""

    taken = Signal(int)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("conflict.reasons")
        self.setAccessibleName(tr("screen.reasons"))
        self.setWordWrap(True)
        self.itemDoubleClicked.connect(lambda item: self.taken.emit(self.row(item)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        number = event.key() - Qt.Key.Key_1
        if 0 <= number < self.count():
            self.taken.emit(number)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentRow() >= 0:
            self.taken.emit(self.currentRow())
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class ConflictCard(Card):
    """Signals: `settled(str, str)` outcome and reason of the row in sight; `left()` back to the table; `undone()`;
    `signed()`.
    """

    settled = Signal(str, str)
    left = Signal()
    undone = Signal()
    signed = Signal()

    def __init__(self) -> None:
        super().__init__(gap=1, margins=2)
        self.setObjectName("conflict.card")
        self._listed: Listed | None = None
        self._outcome: Outcome | None = None
        self.title = PlainLabel("", "heading")
        self.title.setObjectName("conflict.title")
        self._mark = IconLabel("circle", 20, "muted")
        self.state = PlainLabel("", "body")
        self.state.setObjectName("conflict.state")
        self.grounds = PlainLabel("", "body", selectable=True)
        self.grounds.setObjectName("conflict.grounds")
        state = row(self._mark, self.state)
        state.setStretch(1, 1)
        self.box.addWidget(self.title)
        self.box.addLayout(state)
        self.box.addWidget(self.grounds)
        self._make_ruling()
        self._make_stack()
        self.box.addStretch(1)

    def _make_ruling(self) -> None:
        self.recuse = Button(tr("screen.recuse"), "normal", "ban")
        self.recuse.setObjectName("conflict.recuse")
        self.recuse.clicked.connect(lambda: self.rule("recuse"))
        self.none = Button(tr("screen.none"), "normal", "circle-check")
        self.none.setObjectName("conflict.none")
        self.none.clicked.connect(lambda: self.rule("none"))
        self._firm = PlainLabel(tr("screen.firm"), "small")
        self._firm.setObjectName("conflict.firm")
        self._why = PlainLabel("", "body")
        self._why.setObjectName("conflict.why")
        self.list = _Reasons()
        self.list.taken.connect(self._take)
        self.list.left.connect(self._leave)
        self.own = LineEdit(tr("screen.own"), "", tr("screen.own.hint", least=REASON_MINIMUM))
        self.own.setObjectName("conflict.own")
        self.own.textChanged.connect(lambda _text: self._enable())
        self.own.returnPressed.connect(self._take_own)
        self.take = Button(tr("screen.take"), "normal", "check")
        self.take.setObjectName("conflict.take")
        self.take.clicked.connect(self._take_own)
        own = Beside(self.own, self.take)
        self._ruling = holder(column(Flow(self.recuse, self.none), self._firm, gap=1))
        self._reasons = holder(column(self._why, self.list, own, gap=1))
        self.box.addWidget(self._ruling)
        self.box.addWidget(self._reasons)

    def _make_stack(self) -> None:
        self.stack = PlainLabel("", "body")
        self.stack.setObjectName("conflict.stack")
        self.undo = Button(tr("screen.undo"), "quiet", "undo-2")
        self.undo.setObjectName("conflict.undo")
        self.undo.clicked.connect(self.undone)
        self.sign = Button(tr("screen.sign", count=0), "primary", "signature")
        self.sign.setObjectName("conflict.sign")
        self.sign.clicked.connect(self.signed)
        self.box.addWidget(self.stack)
        self.box.addLayout(Flow(self.sign, self.undo))

    # ----- showing -----

    def show_row(self, listed: Listed | None) -> None:
        """The row to look at; what was chosen for another one is forgotten."""
        self._listed, self._outcome = listed, None
        self.own.clear()
        self._reasons.hide()
        for widget in (self._mark, self.state, self.grounds):
            widget.setVisible(listed is not None)
        may = listed is not None and listed.kin is None
        self._ruling.setVisible(may)
        if listed is None:
            self.title.setText(tr("screen.choose"))
            return
        who = f"{listed.expert} {listed.expert_name}".strip()
        self.title.setText(f"{who} × {listed.application} {listed.applicant}" if listed.application else who)
        word, icon, colour = state_words(listed.state)
        self._mark.set_icon(icon, 20, colour)
        self.state.setText(f"{word}: {listed.draft.reason}" if listed.draft is not None else word)
        self.grounds.setText("\n".join(self._ground_lines(listed)))
        self.none.setEnabled(may and not listed.firm)
        self._firm.setVisible(may and listed.firm)

    @staticmethod
    def _ground_lines(listed: Listed) -> list[str]:
        if listed.kin is not None:
            return [kin_words(listed.kin), tr("screen.kin.text")]
        if listed.pair is None:
            return []
        lines = [ground_words(ground) for ground in listed.pair.grounds]
        if listed.pair.ruling is not None:
            made = listed.pair.ruling.decision
            lines.append(tr("screen.decided", number=made.number, at=i18n.local_time(made.at), reason=made.reason))
        return lines

    def show_stack(self, count: int, *, may_sign: bool) -> None:
        """How many rulings wait for the signature."""
        self.stack.setText(tr("screen.stack", count=count) if count else tr("screen.stack.none"))
        self.sign.set_text(tr("screen.sign", count=count))
        self.sign.setEnabled(bool(count) and may_sign)
        self.undo.setEnabled(bool(count))

    # ----- ruling -----

    def rule(self, outcome: Outcome) -> None:
        """Chooses a ruling for the row in sight; the reason comes next."""
        listed = self._listed
        if listed is None or listed.kin is not None or (outcome == "none" and listed.firm):
            return
        self._outcome = outcome
        word = state_words("recuse" if outcome == "recuse" else "none")[0]
        self._why.setText(tr("screen.why", outcome=word))
        self.list.clear()
        for number, reason in enumerate(reasons(outcome), 1):
            self.list.addItem(f"{number}  {reason}")
        self.list.setCurrentRow(0)
        self._reasons.show()
        height = sum(max(self.list.sizeHintForRow(n), theme.pixels(28)) for n in range(self.list.count()))
        self.list.setFixedHeight(height + theme.pixels(12))
        self._enable()
        self.list.setFocus(Qt.FocusReason.TabFocusReason)

    def _take(self, number: int) -> None:
        if self._outcome is not None:
            self.settled.emit(self._outcome, reasons(self._outcome)[number])

    def _take_own(self) -> None:
        words = self.own.text().strip()
        if self._outcome is not None and len(words) >= REASON_MINIMUM:
            self.settled.emit(self._outcome, words)

    def _leave(self) -> None:
        self._outcome = None
        self._reasons.hide()
        self.left.emit()

    def _enable(self) -> None:
        self.take.setEnabled(self._outcome is not None and len(self.own.text().strip()) >= REASON_MINIMUM)
