"""佐证: the places in the documents that an item's mark rests on; each leads back to where it was marked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from ndb_desktop.domain.model import Application, Document
from ndb_desktop.domain.sheet import EvidenceLink
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.place_chip import Place, PlaceChip
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconButton, IconLabel, PlainLabel
from ndb_desktop.ui.shortcuts import keys_text
from ndb_desktop.ui.viewer import clipboard
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, clear, column, holder, row


def place_of(link: EvidenceLink) -> Place:
    """Where a link leads."""
    return Place(link.document, link.page, link.rect, link.quote)


class EvidenceCard(Card):
    """The links of one item as chips, in the order they were made.

    Signals: `jump(str, int, object)`; `beside(str, int, object)` show it in the other half; `remove(str)`;
    `put_back(object)` a removed `EvidenceLink` shall come back.
    """

    jump = Signal(str, int, object)
    beside = Signal(str, int, object)
    remove = Signal(str)
    put_back = Signal(object)

    def __init__(self) -> None:
        super().__init__(gap=0.75, margins=1.5)
        self.setObjectName("indicator.evidence")
        self.offers_beside = False
        self._shown: tuple[object, ...] = ()
        self._links: tuple[EvidenceLink, ...] = ()
        self._documents: tuple[Document, ...] = ()
        self._removed: EvidenceLink | None = None
        self._removed_in = ""
        self.count = PlainLabel("", "small", wrap=False)
        self.count.setObjectName("evidence.count")
        self.box.addLayout(Flow(PlainLabel(tr("expert.cited"), "heading"), None, self.count))
        self._list = column(gap=0.5)
        self.box.addLayout(self._list)
        self._gone = self._make_gone()
        self.box.addWidget(self._gone)
        self.note = PlainLabel("", "small")
        self.note.setObjectName("evidence.note")
        self.note.hide()
        self.box.addWidget(self.note)
        self._hint = self._make_hint()
        self.box.addWidget(self._hint)

    def _make_gone(self) -> QWidget:
        self._gone_text = PlainLabel("", "small")
        self._back = Button(tr("evidence.put_back"), "quiet", "undo-2")
        self._back.setObjectName("evidence.put_back")
        self._back.clicked.connect(self._bring_back)
        line = row(self._gone_text, self._back, gap=1)
        line.setStretch(0, 1)
        gone = holder(line)
        gone.hide()
        return gone

    @staticmethod
    def _make_hint() -> QWidget:
        line = row(
            IconLabel("bookmark-plus", 16, "muted"),
            PlainLabel(tr("evidence.none", keys=keys_text("cite")), "small"),
            gap=1,
        )
        line.setStretch(1, 1)
        return holder(line, "evidence.none")

    # ----- showing -----

    def show_links(
        self, application: Application, links: Sequence[EvidenceLink], editable: bool, item: str = ""
    ) -> None:
        """The links of one item of an application."""
        where = f"{application.id}/{item}"
        if self._removed is not None and (where != self._removed_in or self._removed in links or not editable):
            self._removed = None
        self._gone.setVisible(self._removed is not None)
        key = (where, tuple(links), editable, application.documents)
        if key == self._shown:
            # Shown again after every edit anywhere: what has the focus keeps it.
            return
        focused = self._focused()
        if self._shown and self._shown[0] != where:
            self.note.hide()
        self._shown, self._links, self._documents = key, tuple(links), application.documents
        clear(self._list)
        for link in links:
            self._list.addWidget(self._line(link, editable))
        self.count.setText(tr("evidence.count", count=len(links)) if links else "")
        self._hint.setVisible(not links and editable)
        if focused >= 0:
            self._focus_near(focused)

    def _line(self, link: EvidenceLink, editable: bool) -> QWidget:
        place = place_of(link)
        chip = PlaceChip(self._documents, place, removable=editable)
        chip.setObjectName(f"cited.{link.id}")
        chip.offers_beside = self.offers_beside
        chip.jump.connect(self.jump)
        chip.beside.connect(self.beside)
        chip.copied.connect(self._copy)
        chip.remove_asked.connect(lambda: self._remove(link))
        line = row(chip, gap=0.5)
        line.setStretch(0, 1)
        if editable:
            name = tr("evidence.remove", place=chip.accessibleName())
            drop = IconButton("x", name)
            drop.setObjectName(f"cited.remove.{link.id}")
            drop.clicked.connect(lambda: self._remove(link))
            line.addWidget(drop)
        return holder(line)

    def say(self, text: str) -> None:
        """A short word below the list, such as that a place is noted already."""
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def chips(self) -> list[PlaceChip]:
        """The chips in the order shown."""
        return [chip for line in self._lines() for chip in line.findChildren(PlaceChip)]

    def _lines(self) -> list[QWidget]:
        items = [self._list.itemAt(number) for number in range(self._list.count())]
        widgets = [item.widget() for item in items if item is not None]
        return [widget for widget in widgets if widget is not None]

    def _focused(self) -> int:
        """The place in the list of what has the focus, -1 for none."""
        widget = QGuiApplication.focusObject()
        for number, line in enumerate(self._lines()):
            if isinstance(widget, QWidget) and line.isAncestorOf(widget):
                return number
        return -1

    def _focus_near(self, number: int) -> None:
        lines, chips = self._lines(), self.chips()
        if chips:
            number = min(number, len(chips) - 1)
            # At once: what is not shown yet cannot take the focus.
            lines[number].show()
            chips[number].setFocus()
        elif not self._gone.isHidden():
            self._back.setFocus()

    # ----- acting -----

    def _remove(self, link: EvidenceLink) -> None:
        self._removed, self._removed_in = link, str(self._shown[0])
        title = words.document_title(self._documents, link.document)
        page = tr("expert.page", page=link.page) if link.page else tr("expert.whole")
        self._gone_text.setText(tr("evidence.removed", title=title, page=page))
        self.say("")
        self.remove.emit(link.id)

    def _bring_back(self) -> None:
        link, self._removed = self._removed, None
        self._gone.hide()
        if link is not None:
            self.put_back.emit(link)

    def _copy(self, text: str) -> None:
        clipboard.copy(text, notice=False)
        self.say(tr("evidence.copied"))
