"""A place in a document as a small button: which document, which page, what kind of place; pressing it goes there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QMenu,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QWidget,
)

from ndb_desktop.domain.model import Document
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import ElidedLabel, IconLabel, PlainLabel, amp, tip
from ndb_desktop.ui.widgets.layout import column, row

Rectangle = tuple[int, int, int, int]
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_TIP_QUOTE = 300


@dataclass(frozen=True, slots=True)
class Place:
    """Where a chip leads: `page` 0 = the whole document, `rect` in thousandths or None, `quote` may be empty."""

    document: str
    page: int
    rect: Rectangle | None = None
    quote: str = ""

    @property
    def kind(self) -> str:
        """`text` for selected words, `area` for a rectangle, `page` for a page, `whole` for a document."""
        if self.quote:
            return "text"
        if self.rect is not None:
            return "area"
        return "page" if self.page else "whole"


_ICONS = {"text": "quote", "area": "square-dashed-mouse-pointer", "page": "file", "whole": "file-text"}


def kind_name(place: Place) -> str:
    """What kind of place it is, in words."""
    names = {
        "text": tr("evidence.kind.text"),
        "area": tr("evidence.kind.area"),
        "page": tr("evidence.kind.page"),
        "whole": tr("expert.whole"),
    }
    return names[place.kind]


def reference(documents: Sequence[Document], place: Place) -> str:
    """The place as one line to be pasted into a reason: document, page and the words quoted."""
    title = words.document_title(tuple(documents), place.document)
    page = tr("expert.page", page=place.page) if place.page else tr("expert.whole")
    if place.quote:
        return tr("evidence.reference.quote", title=title, page=page, quote=" ".join(place.quote.split()))
    return tr("evidence.reference", title=title, page=page)


class PlaceChip(QAbstractButton):
    """Signals: `jump(str, int, object)`; `beside(str, int, object)` the same on the other side; `remove_asked()`;
    `copied(str)` the reference was asked for as text.

    A click or Enter jumps, Delete removes where that is allowed, the menu key opens what else there is.
    """

    jump = Signal(str, int, object)
    beside = Signal(str, int, object)
    copied = Signal(str)
    remove_asked = Signal()

    def __init__(self, documents: Sequence[Document], place: Place, *, removable: bool = False) -> None:
        super().__init__()
        self.place = place
        self.offers_beside = False
        self._removable = removable
        self._reference = reference(documents, place)
        title = words.document_title(tuple(documents), place.document)
        page = tr("expert.page", page=place.page) if place.page else tr("expert.whole")
        self.setProperty("choice", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        kind = kind_name(place)
        self.setAccessibleName(f"{title} · {page}" + ("" if place.kind in ("page", "whole") else f" · {kind}"))
        quote = " ".join(place.quote.split())
        self.setAccessibleDescription(quote)
        whole = f"{title} · {page} · {kind}" if place.page else f"{title} · {page}"
        cut = quote if len(quote) <= _TIP_QUOTE else quote[:_TIP_QUOTE] + "…"
        self.setToolTip(tip(whole + (f"\n{cut}" if cut else "")))
        name = ElidedLabel(title)
        name.setObjectName("place.title")
        name.setProperty("role", "link")
        number = PlainLabel(page, "small", wrap=False)
        head = row(name, number, gap=1)
        head.setStretch(0, 1)
        lines = column(head, gap=0)
        if quote:
            said = ElidedLabel(tr("evidence.quoted", quote=quote), "small")
            said.setObjectName("place.quote")
            lines.addWidget(said)
        mark = IconLabel(_ICONS[place.kind], 16, "accent")
        self._inner = row(gap=1, margins=(1, 0.625, 1, 0.625))
        self._inner.addWidget(mark, 0, Qt.AlignmentFlag.AlignVCenter)
        self._inner.addLayout(lines, 1)
        self.setLayout(self._inner)
        for part in self.findChildren(QWidget):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.clicked.connect(lambda: self.jump.emit(place.document, place.page, place.rect))

    def sizeHint(self) -> QSize:
        return self._inner.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._inner.minimumSize()

    def event(self, event: QEvent) -> bool:
        # Enter belongs to the form (next item); on a chip it means this place, as it does on any link.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _ENTER:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            self.click()
        elif event.key() == Qt.Key.Key_Delete and self._removable:
            self.remove_asked.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, _event: object) -> None:
        self.make_menu().popup(self.mapToGlobal(self.rect().bottomLeft()))

    def make_menu(self) -> QMenu:
        """What can be done with the place."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        place = (self.place.document, self.place.page, self.place.rect)
        entries = [("jump", tr("evidence.menu.jump"), lambda: self.jump.emit(*place))]
        if self.offers_beside:
            entries.append(("beside", tr("evidence.menu.beside"), lambda: self.beside.emit(*place)))
        entries.append(("copy", tr("evidence.menu.copy"), lambda: self.copied.emit(self._reference)))
        if self._removable:
            entries.append(("remove", tr("evidence.menu.remove"), self.remove_asked.emit))
        for name, text, slot in entries:
            action = QAction(amp(text), menu)
            action.setObjectName(f"place.{name}")
            action.triggered.connect(slot)
            menu.addAction(action)
        return menu

    def paintEvent(self, _event: object) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        option.initFrom(self)
        if self.isDown():
            option.state |= QStyle.StateFlag.State_Sunken
        painter.drawControl(QStyle.ControlElement.CE_PushButtonBevel, option)
        painter.end()
