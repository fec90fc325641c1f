"""What the expert writes: the reason that travels, and the note that never leaves."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import IconLabel, PlainLabel
from ndb_desktop.ui.widgets.fields import TextBox
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, row


class ReasonBox(QWidget):
    """The reason for a mark, with a live count. Signal `edited(str)`."""

    edited = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.title = PlainLabel(tr("expert.reason"), "heading")
        self.count = PlainLabel("", "small", wrap=False)
        self.count.setObjectName("reason.count")
        self.box = TextBox(tr("expert.reason"), placeholder=tr("expert.reason.hint"), lines=4)
        self.box.setObjectName("item.reason")
        self.box.edited.connect(self.edited)
        self.box.typed.connect(lambda _text: self._count())
        self._needed, self._minimum = False, 0
        head = Flow(self.title, None, self.count)
        self.setLayout(column(head, self.box, gap=0.5))

    def show_reason(self, text: str, needed: bool, minimum: int) -> None:
        """What is stored, and whether a reason of `minimum` characters is required here."""
        self._needed, self._minimum = needed, max(1, minimum)
        self.title.setText(tr("expert.reason.needed") if needed else tr("expert.reason"))
        self.box.set_stored(text)
        self._count()

    def _count(self) -> None:
        length = len(self.box.toPlainText().strip())
        if self._needed and length < self._minimum:
            self.count.setText(tr("expert.reason.short", length=length, minimum=self._minimum))
            self.count.set_role("warning")
        else:
            self.count.setText(tr("expert.reason.count", length=length))
            self.count.set_role("small")

    def forget(self) -> None:
        """Another item: the old text is committed already and must not hold the field."""
        self.box.drop_pending()

    def commit(self) -> None:
        """Reports what is typed."""
        self.box.commit()


class NoteCard(Card):
    """A private note, visibly never exported. Signal `edited(str)`."""

    edited = Signal(str)

    def __init__(self, title: str, name: str) -> None:
        super().__init__(kind="raised", gap=0.75, margins=1.5)
        self.box_text = TextBox(title, placeholder=tr("expert.note.hint"), lines=2)
        self.box_text.setObjectName(name)
        self.box_text.edited.connect(self.edited)
        head = row(IconLabel("lock", 16, "muted"), PlainLabel(title, "heading"))
        head.setStretch(1, 1)
        self.box.addLayout(head)
        self.box.addWidget(PlainLabel(tr("expert.note.private"), "small"))
        self.box.addWidget(self.box_text)

    def show_note(self, text: str) -> None:
        """What is stored."""
        self.box_text.set_stored(text)

    def forget(self) -> None:
        """Another item: nothing pending may hold the field."""
        self.box_text.drop_pending()

    def commit(self) -> None:
        """Reports what is typed."""
        self.box_text.commit()
