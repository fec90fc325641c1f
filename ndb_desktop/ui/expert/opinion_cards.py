"""What the expert writes: the reason that travels, pages noted as evidence, and the note that never leaves."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.domain.model import Application
from ndb_desktop.domain.sheet import EvidenceLink
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import IconButton, IconLabel, LinkButton, PlainLabel
from ndb_desktop.ui.widgets.fields import TextBox
from ndb_desktop.ui.widgets.layout import Card, clear, column, row


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
        head = row(self.title, None, self.count)
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
        head = row(IconLabel("lock", 16, "muted"), PlainLabel(title, "heading", wrap=False), None)
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


class EvidenceCard(Card):
    """Pages noted as evidence for an item. Signals: `jump(str, int)`, `remove(str)`."""

    jump = Signal(str, int)
    remove = Signal(str)

    def __init__(self) -> None:
        super().__init__(gap=0.5, margins=1.5)

    def show_links(self, application: Application, links: Sequence[EvidenceLink], editable: bool) -> None:
        """The links of one item."""
        clear(self.box)
        self.box.addWidget(PlainLabel(tr("expert.cited"), "heading"))
        if not links:
            self.box.addWidget(PlainLabel(tr("expert.cited.none"), "small"))
        for link in links:
            title = words.document_title(application.documents, link.document)
            page = tr("expert.page", page=link.page) if link.page else tr("expert.whole")
            jump = LinkButton(f"{title} · {page}", "file-text")
            jump.setObjectName(f"cited.{link.id}")
            jump.clicked.connect(lambda _c=False, link=link: self.jump.emit(link.document, link.page))
            line = row(jump, None)
            if editable:
                drop = IconButton("x", tr("expert.cited.remove", title=title, page=page))
                drop.clicked.connect(lambda _c=False, link=link: self.remove.emit(link.id))
                line.addWidget(drop)
            self.box.addLayout(line)
