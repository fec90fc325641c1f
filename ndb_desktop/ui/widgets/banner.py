"""A message in the page itself: what happened, what to do, details behind a fold, perhaps a button."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QScrollArea, QSizePolicy, QWidget

from ndb_desktop.ui import messages, spoken
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.messages import Message
from ndb_desktop.ui.plain import Button, IconButton, IconLabel, LinkButton, PlainLabel, in_pieces, restyle
from ndb_desktop.ui.widgets import float_place
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import column, holder, row

ICONS = {"danger": ("octagon-alert", "danger"), "warning": ("triangle-alert", "warning"), "info": ("info", "accent")}


class _Words(QScrollArea):
    """The words of a banner; they scroll where the page below is too low for all of them."""

    def __init__(self, words: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(words)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """More or fewer words: the banner around them takes another height."""
        taken = super().eventFilter(watched, event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return taken

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        words = self.widget()
        if words is None:
            return 0
        return words.heightForWidth(width) if words.hasHeightForWidth() else words.sizeHint().height()

    def sizeHint(self) -> QSize:
        words = self.widget()
        return words.sizeHint() if words is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 20, self.fontMetrics().lineSpacing() * 3)


class Banner(QFrame):
    """Hidden until it has something to say. Signals: `closed()`; `put_away()` by its cross; `acting()` its button was
    pressed, and what it does comes next.
    """

    closed = Signal()
    put_away = Signal()
    acting = Signal()

    def __init__(self, *, closable: bool = True) -> None:
        super().__init__()
        self.setObjectName("banner")
        self._message: Message | None = None
        self._page: QWidget | None = None
        self._action_text = ""
        self._act: Callable[[], object] | None = None
        self._closable = closable
        # Not at most what it asks for: that is the height of its words in one line each, and here they break.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.hide()

    def _make_parts(self) -> None:
        """When there is something to say for the first time: every page has a banner, and few ever speak."""
        self._icon = IconLabel("info", 24, "accent")
        self._title = PlainLabel("", "heading")
        self._text = PlainLabel("", "body")
        self._more = LinkButton(tr("message.details"))
        self._more.setObjectName("banner.more")
        self._more.clicked.connect(self._fold)
        self._action = Button("")
        self._action.setObjectName("banner.action")
        self._action.clicked.connect(self._acted)
        self._close = IconButton("x", tr("message.close"))
        self._close.setObjectName("banner.close")
        self._close.clicked.connect(self._put_away)
        if not self._closable:
            self._close.hide()
        self._words = column(self._title, self._text, Flow(self._action, self._more), gap=0.5)
        self._area = _Words(holder(self._words))
        layout = row(gap=1.5, margins=(2, 1.5, 1.5, 1.5))
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._area, 1)
        layout.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self.setLayout(layout)

    @cached_property
    def _details(self) -> QPlainTextEdit:
        """Made when first needed: an editor is dear, and the window has a banner before it has anything to say."""
        details = QPlainTextEdit()
        details.setObjectName("banner.details")
        details.setReadOnly(True)
        details.setTabChangesFocus(True)
        details.setAccessibleName(tr("message.details"))
        self._words.addWidget(details)
        return details

    def float_over(self, page: QWidget) -> None:
        """Lies over the top of `page`, a sibling, instead of pushing it down under the reader's hand.

        It is narrower than a wide page, so that lists and steps at the side stay within reach (see `float_place`).
        """
        self._page = page
        self.setProperty("floating", "true")
        self.setParent(page.parentWidget())
        page.installEventFilter(self)
        float_place.when_moved(self._place)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follows the page it lies over."""
        if watched is self._page and event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self._place()
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        """Takes the height that its words need now."""
        taken = super().event(event)
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self._place()
        return taken

    def _place(self) -> None:
        if self._page is None or self.isHidden():
            return
        # The words may scroll downwards, but what their button says is not cut.
        words = self._words.minimumSize().width() - self._area.minimumSizeHint().width()
        least = self.minimumSizeHint().width() + max(words, 0)
        self.setGeometry(float_place.spot(self._page, self._height_in, least))
        self.raise_()

    def _height_in(self, width: int) -> int:
        return self.heightForWidth(width) if self.hasHeightForWidth() else self.sizeHint().height()

    def show_message(self, message: Message, action: str = "", act: Callable[[], object] | None = None) -> None:
        """Shows a message, with a button `action` that calls `act`."""
        if self.layout() is None:
            self._make_parts()
        self._message = message
        name, colour = ICONS[message.kind]
        self._icon.set_icon(name, 24, colour)
        self._title.setText(message.title)
        self._title.setVisible(bool(message.title))
        self._text.setText(in_pieces(message.text))
        self._text.setVisible(bool(message.text))
        self._more.setVisible(bool(message.details))
        if message.details or "_details" in self.__dict__:
            self._details.setPlainText("\n".join(message.details))
            self._details.setFixedHeight(self.fontMetrics().lineSpacing() * min(max(len(message.details), 1), 8) + 28)
            self._details.setVisible(bool(message.details) and message.open_details)
        self._action.setVisible(bool(action))
        self._action.set_text(action)
        self._action_text, self._act = action, act
        self.setProperty("banner", message.kind)
        self.setAccessibleName(f"{message.title} {message.text}".strip())
        restyle(self)
        self.show()
        spoken.say(self, f"{message.title} {message.text}", urgent=message.kind != "info")

    def show_error(self, error: Exception) -> None:
        """Shows an error in words."""
        self.show_message(messages.describe(error))

    def info(self, text: str, title: str = "", action: str = "", act: Callable[[], object] | None = None) -> None:
        """Shows a quiet note."""
        self.show_message(Message("info", title, text), action, act)

    def warning(self, text: str, title: str = "", action: str = "", act: Callable[[], object] | None = None) -> None:
        """Shows a warning."""
        self.show_message(Message("warning", title, text), action, act)

    def made(self, text: str, path: Path) -> None:
        """Something was written to `path`; the button shows the folder it lies in."""
        self.info(text, action=tr("action.show.folder"), act=lambda: self.reveal(path))

    def reveal(self, path: Path) -> None:
        """Shows a file of ours in the file manager; where none answers, says where it is."""
        from ndb_desktop.ui.widgets import files  # the first window should not wait for the file dialog

        if not files.show_in_folder(path):
            self.tell_place(path)

    def open_file(self, path: Path) -> None:
        """Opens a file of ours with the program the system has for it; where there is none, says where it is."""
        from ndb_desktop.ui.widgets import files

        if not files.open_file(path):
            self.tell_place(path)

    def tell_place(self, path: Path) -> None:
        """Where a file is, to be selected or copied."""
        message = Message("warning", tr("files.place"), tr("files.place.text"), (str(path),), open_details=True)
        self.show_message(message, tr("files.place.copy"), lambda: QGuiApplication.clipboard().setText(str(path)))

    def message(self) -> Message | None:
        """What is shown; `None` when hidden."""
        return self._message

    def said(self) -> tuple[Message, str, Callable[[], object] | None] | None:
        """What is shown, with its button, to be shown again by `show_message` in another banner."""
        if self._message is None:
            return None
        return self._message, self._action_text, self._act

    def dismiss(self) -> None:
        """Hides the banner."""
        self._message = None
        self.hide()
        self.closed.emit()

    def _put_away(self) -> None:
        self.dismiss()
        self.put_away.emit()

    def _fold(self) -> None:
        self._details.setVisible(self._details.isHidden())

    def _acted(self) -> None:
        act = self._act
        self.dismiss()
        if act is not None:
            self.acting.emit()
            act()
