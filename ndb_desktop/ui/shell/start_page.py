"""Start page: the doors that work, a prepared sample round, recent work, and a hint that files may be dropped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QSizePolicy,
    QWidget,
)

from ndb_desktop.ui import theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, ElidedLabel, IconLabel, LinkButton, PlainLabel
from ndb_desktop.ui.shell.desks import DESKS, DeskEntry
from ndb_desktop.ui.shell.sample import SampleEntry
from ndb_desktop.ui.widgets.layout import Card, centred, column, holder, row, scroll


class Door(QAbstractButton):
    """A large button: icon, name, one sentence."""

    def __init__(self, icon: str, title: str, text: str) -> None:
        super().__init__()
        self.setProperty("door", True)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        # The style sheet draws all there is to draw.
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        picture = IconLabel(icon, 40, "accent")
        head = PlainLabel(title, "title")
        words = PlainLabel(text, "muted")
        arrow = IconLabel("arrow-right", 24, "accent")
        inner = column(head, words, gap=1)
        inner.addStretch(1)
        layout = row(gap=3, margins=(4, 4, 3, 4))
        layout.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(inner, 1)
        layout.addWidget(arrow, 0, Qt.AlignmentFlag.AlignVCenter)
        self.setLayout(layout)
        self._inner = layout
        for part in (picture, head, words, arrow):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        return self._inner.sizeHint().expandedTo(QSize(320, theme.pixels(144)))

    def paintEvent(self, _event: object) -> None:
        """Nothing of its own; Qt asks every abstract button for it."""


class Doors(QWidget):
    """The doors side by side and equally wide where each has room for its words, else below each other."""

    def __init__(self, *doors: Door) -> None:
        super().__init__()
        self._doors = doors
        self._line = row(*doors, gap=3)
        for number in range(len(doors)):
            self._line.setStretch(number, 1)
        # The narrower way to stand decides how narrow this may be.
        self._line.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        self.setLayout(self._line)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._least(), self._line.minimumSize().height())

    def _least(self) -> int:
        return max(door.minimumSizeHint().width() for door in self._doors)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        count = len(self._doors)
        beside = count * self._least() + (count - 1) * self._line.spacing() <= self.width()
        direction = QHBoxLayout.Direction.LeftToRight if beside else QHBoxLayout.Direction.TopToBottom
        if direction != self._line.direction():
            self._line.setDirection(direction)
            self.updateGeometry()


class StartPage(QWidget):
    """Signals: `door(str)` a desk's id; `files(object)` paths; `sample(object)` a `SampleEntry`; `browse()`;
    `forget()` the recent list.
    """

    door = Signal(str)
    files = Signal(object)
    sample = Signal(object)
    browse = Signal()
    forget = Signal()

    def __init__(self, recent: Sequence[Path], samples: Sequence[SampleEntry]) -> None:
        super().__init__()
        self.setObjectName("start")
        page = column(gap=3, margins=(3, 5, 3, 3))
        words = column(PlainLabel(tr("start.title"), "title"), PlainLabel(tr("start.subtitle"), "muted"), gap=1)
        page.addLayout(words)
        page.addWidget(self._doors())
        if samples:
            page.addWidget(self._samples(samples))
        page.addWidget(self._recent(recent))
        page.addWidget(self._drop_hint())
        page.addStretch(1)
        body = holder(page)
        self._page = page
        outer = column(scroll(centred(body, 1040), tr("start.title")))
        self.setLayout(outer)

    def show_first(self, widget: QWidget) -> None:
        """Puts something above the doors."""
        self._page.insertWidget(1, widget)

    def _doors(self) -> QWidget:
        doors = []
        for entry in DESKS:
            button = Door(entry.icon, entry.title(), entry.text())
            button.setObjectName(f"door.{entry.id}")
            button.clicked.connect(lambda _checked=False, entry=entry: self._enter(entry))
            doors.append(button)
            self.setFocusProxy(self.focusProxy() or button)
        return Doors(*doors)

    def _enter(self, entry: DeskEntry) -> None:
        self.door.emit(entry.id)

    def _samples(self, samples: Sequence[SampleEntry]) -> QWidget:
        card = Card(PlainLabel(tr("start.sample"), "heading"), PlainLabel(tr("start.sample.text"), "muted"), gap=1)
        for number, entry in enumerate(samples):
            button = Button(entry.title(), "normal", entry.icon)
            button.setObjectName(f"sample.{number}")
            button.clicked.connect(lambda _checked=False, entry=entry: self.sample.emit(entry))
            name = ElidedLabel(entry.path.name, "muted", Qt.TextElideMode.ElideMiddle)
            name.setObjectName("start.sample.name")
            line = row(button, name, gap=2)
            line.setStretch(1, 1)
            card.box.addLayout(line)
        return card

    def _recent(self, recent: Sequence[Path]) -> QWidget:
        card = Card(gap=1)
        head = row(PlainLabel(tr("start.recent"), "heading"), None)
        card.box.addLayout(head)
        if not recent:
            card.box.addWidget(PlainLabel(tr("start.recent.none"), "muted"))
            return card
        clear = LinkButton(tr("start.recent.clear"))
        clear.setObjectName("recent.clear")
        clear.clicked.connect(self.forget)
        head.addWidget(clear)
        for number, path in enumerate(recent):
            link = LinkButton(path.name, "folder" if path.is_dir() else "file-text")
            link.setObjectName(f"recent.{number}")
            link.clicked.connect(lambda _checked=False, path=path: self.files.emit((path,)))
            folder = ElidedLabel(path.parent.name, "muted")
            folder.setObjectName("start.recent.folder")
            line = row(link, folder, gap=2)
            line.setStretch(1, 1)
            # The lower of the two must not decide how high the line is: the name would lose its foot.
            line.setAlignment(folder, Qt.AlignmentFlag.AlignVCenter)
            card.box.addLayout(line)
        return card

    def _drop_hint(self) -> QWidget:
        browse = Button(tr("start.browse"), "normal", "folder-open")
        browse.setObjectName("start.browse")
        browse.clicked.connect(self.browse)
        line = row(IconLabel("download", 24, "muted"), PlainLabel(tr("start.drop"), "muted"), browse, gap=2)
        line.setStretch(1, 1)
        card = Card(kind="dashed")
        card.box.addLayout(line)
        return card
