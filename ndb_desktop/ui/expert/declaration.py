"""回避声明 for one application: nothing stands in the way, or recusal with its grounds explained one by one."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.domain.sheet import CONFLICT_CODES, Declaration
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, PlainCheckBox, PlainLabel
from ndb_desktop.ui.widgets.fields import TextBox
from ndb_desktop.ui.widgets.layout import Card, column, row


class DeclarationForm(Card):
    """Signal `declared(object)`: a `Declaration` without its time (the service sets that)."""

    declared = Signal(object)
    cancelled = Signal()

    def __init__(
        self,
        applicant: str,
        current: Declaration,
        *,
        recusing: bool = False,
        cancellable: bool = False,
        embedded: bool = False,
    ) -> None:
        super().__init__(kind="flat" if embedded else "card", gap=1.5, margins=0 if embedded else 3)
        self.setObjectName("declaration")
        if not embedded:
            head = row(IconLabel("shield-check", 24, "accent"), PlainLabel(applicant, "title"), gap=1.5)
            head.setStretch(1, 1)
            self.box.addLayout(head)
            self.box.addWidget(PlainLabel(tr("declare.ask")))
        self.clear_button = Button(tr("declare.clear"), "primary", "check")
        self.clear_button.setObjectName("declare.clear")
        self.clear_button.clicked.connect(lambda: self.declared.emit(Declaration("clear")))
        self.recuse_button = Button(tr("declare.recuse"), "normal", "ban")
        self.recuse_button.setObjectName("declare.recuse")
        self.recuse_button.clicked.connect(self.open_grounds)
        self.buttons = QWidget()
        self.buttons.setLayout(row(self.clear_button, self.recuse_button, None, gap=2))
        self.box.addWidget(self.buttons)
        self.grounds = self._make_grounds(current)
        self.box.addWidget(self.grounds)
        self._cancellable = cancellable
        self.grounds.setVisible(recusing)
        self.buttons.setVisible(not recusing)

    def _make_grounds(self, current: Declaration) -> QWidget:
        self.checks: dict[str, PlainCheckBox] = {}
        rows = column(PlainLabel(tr("declare.grounds"), "heading"), gap=0.25)
        for code in CONFLICT_CODES:
            check = PlainCheckBox(f"{code}  {tr(f'conflict.{code}')}")
            explained = PlainLabel(tr(f"conflict.{code}.explain"), "small")
            explained.setContentsMargins(32, 0, 0, 4)
            check.setAccessibleDescription(explained.text())
            check.setObjectName(f"declare.{code}")
            check.setChecked(code in current.codes)
            check.toggled.connect(self._check)
            self.checks[code] = check
            rows.addWidget(check)
            rows.addWidget(explained)
        self.words = TextBox(tr("declare.words"), current.words, tr("declare.words.hint"), lines=2)
        self.words.setObjectName("declare.words")
        self.words.typed.connect(lambda _text: self._check())
        self.hint = PlainLabel("", "small")
        self.confirm = Button(tr("declare.confirm"), "danger", "ban")
        self.confirm.setObjectName("declare.confirm")
        self.confirm.clicked.connect(self._confirm)
        self.back = Button(tr("action.cancel"))
        self.back.setObjectName("declare.cancel")
        self.back.clicked.connect(self._back)
        rows.addSpacing(8)
        rows.addWidget(PlainLabel(tr("declare.words")))
        rows.addWidget(self.words)
        rows.addWidget(PlainLabel(tr("declare.consequence"), "muted"))
        rows.addWidget(self.hint)
        rows.addLayout(row(self.confirm, self.back, None, gap=2))
        holder = QWidget()
        holder.setLayout(rows)
        self._check()
        return holder

    def open_grounds(self) -> None:
        """Shows the grounds of recusal."""
        self.grounds.show()
        self.buttons.hide()
        self.checks[CONFLICT_CODES[0]].setFocus()

    def _back(self) -> None:
        if self._cancellable:
            self.cancelled.emit()
        else:
            self.grounds.hide()
            self.buttons.show()
            self.clear_button.setFocus()

    def _codes(self) -> tuple[str, ...]:
        return tuple(code for code, check in self.checks.items() if check.isChecked())

    def _check(self) -> None:
        codes, said = self._codes(), bool(self.words.toPlainText().strip())
        if not codes:
            self.hint.setText(tr("declare.need.ground"))
        elif "C12" in codes and not said:
            self.hint.setText(tr("declare.need.words"))
        else:
            self.hint.setText("")
        self.hint.setVisible(bool(self.hint.text()))
        self.confirm.setEnabled(not self.hint.text())

    def _confirm(self) -> None:
        self.declared.emit(Declaration("recused", self._codes(), self.words.toPlainText().strip()))
