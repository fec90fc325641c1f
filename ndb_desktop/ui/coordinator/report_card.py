"""What a check found, before anything is written: counts, every fault with its place, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit

from ndb_desktop.domain.errors import Fault
from ndb_desktop.ui.coordinator.words import fault_lines
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.layout import Card, row


class ReportCard(Card):
    """Signals: `accepted()` do it, `partial()` do only the good part, `closed()` put the report away."""

    accepted = Signal()
    partial = Signal()
    closed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__(gap=1.5, margins=2.5)
        self.setObjectName(f"{name}.report")
        self._title = PlainLabel("", "heading")
        self._facts = PlainLabel("")
        self._lines = QPlainTextEdit()
        self._lines.setObjectName(f"{name}.faults")
        self._lines.setReadOnly(True)
        self._lines.setTabChangesFocus(True)
        self._lines.setAccessibleName(tr("report.faults"))
        self.accept_button = Button("", "primary", "check")
        self.accept_button.setObjectName(f"{name}.accept")
        self.accept_button.clicked.connect(self.accepted)
        self.partial_button = Button("", "normal")
        self.partial_button.setObjectName(f"{name}.partial")
        self.partial_button.clicked.connect(self.partial)
        self.close_button = Button(tr("report.close"), "quiet", "x")
        self.close_button.setObjectName(f"{name}.close")
        self.close_button.clicked.connect(self.closed)
        for part in (self._title, self._facts, self._lines):
            self.box.addWidget(part)
        self.box.addLayout(row(self.accept_button, self.partial_button, None, self.close_button))
        self.hide()

    def show_report(
        self,
        title: str,
        facts: Sequence[str],
        faults: Sequence[Fault],
        warnings: Sequence[Fault] = (),
        *,
        accept: str = "",
        partial: str = "",
    ) -> None:
        """Shows a report; an empty button text hides that button."""
        self._title.setText(title)
        self._facts.setText(" · ".join(facts))
        parts = [fault_lines(faults)] if faults else []
        if warnings:
            parts.append(tr("report.warnings") + "\n" + fault_lines(warnings))
        self._lines.setPlainText("\n\n".join(parts))
        lines = min(10, 1 + len(faults) + (2 + len(warnings) if warnings else 0))
        self._lines.setFixedHeight(self.fontMetrics().lineSpacing() * lines + 20)
        self._lines.setVisible(bool(faults or warnings))
        for button, text in ((self.accept_button, accept), (self.partial_button, partial)):
            button.set_text(text)
            button.setVisible(bool(text))
        self.show()
        (self.accept_button if accept else self.close_button).setFocus()
