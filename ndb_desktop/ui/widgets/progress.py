"""Long work: what is being done, how far, and a way out."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QProgressBar

from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, ElidedLabel, PlainLabel
from ndb_desktop.ui.tasks import Task
from ndb_desktop.ui.widgets.layout import column, row


class ProgressPanel(QFrame):
    """Follows one task. Signal `cancel_asked()`."""

    cancel_asked = Signal()

    def __init__(self, title: str, *, cancellable: bool = True) -> None:
        super().__init__()
        self.setProperty("card", "card")
        self._title = PlainLabel(title, "heading")
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(title)
        self._what = ElidedLabel("", "muted", Qt.TextElideMode.ElideMiddle)
        self._what.setObjectName("progress.what")
        self._count = PlainLabel("", "number", wrap=False)
        self.cancel = Button(tr("action.cancel"))
        self.cancel.setObjectName("progress.cancel")
        if not cancellable:
            self.cancel.hide()
        self.cancel.clicked.connect(self._ask)
        below = row(self._what, self._count)
        below.setStretch(0, 1)
        self.setLayout(column(self._title, self._bar, below, row(None, self.cancel), gap=1.5, margins=3))
        self._task: Task | None = None

    def begin(self, title: str) -> None:
        """Stands as new, for another piece of work."""
        self.set_title(title)
        self._bar.setRange(0, 0)
        self._what.setText("")
        self._count.setText("")
        self.cancel.setEnabled(True)
        self._task = None

    def follow(self, task: Task) -> None:
        """Shows the progress of `task`; the button cancels it."""
        self._task = task
        task.progressed.connect(self.show_progress)

    def show_progress(self, done: int, total: int, what: str) -> None:
        """`done` of `total`; an unknown total shows a moving bar."""
        self._bar.setRange(0, max(total, 0))
        if total > 0:
            scale = max(1, total // 10_000)
            self._bar.setRange(0, total // scale)
            self._bar.setValue(min(done, total) // scale)
        self._count.setText(tr("progress.count", done=done, total=total) if 0 < total <= 100_000 else "")
        self._what.setText(what)

    def set_title(self, text: str) -> None:
        """Another stage of the work."""
        self._title.setText(text)
        self._bar.setAccessibleName(text)

    def _ask(self) -> None:
        self.cancel.setEnabled(False)
        self._title.setText(tr("progress.cancelling"))
        if self._task is not None:
            self._task.cancel()
        self.cancel_asked.emit()
