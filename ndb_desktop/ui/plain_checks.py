"""The only check boxes and radio buttons: plain text as in `ui.plain`, and long words wrap, which Qt's own do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QRadioButton, QSizePolicy, QWidget

from ndb_desktop.ui import icons, theme
from ndb_desktop.ui.plain import amp


def _paint_choice(button: QAbstractButton, text: str, on: str, off: str) -> None:
    """Draws mark and words of a check box or radio button in the theme's colours, wrapped to the width there is."""
    painter = QPainter(button)
    size, enabled = _mark_size(), button.isEnabled()
    colour = "accent" if button.isChecked() else "edge"
    line = max(button.fontMetrics().height(), size)
    # Larger than its words need it is where a finger has to hit it.
    top = max(button.height() - _words_height(button, text, button.width()), 0) // 2 if theme.large() else 0
    picture = icons.pixmap(on if button.isChecked() else off, size, colour, button.devicePixelRatioF())
    painter.drawPixmap(4, top + 4 + (line - size) // 2, picture)
    painter.setPen(theme.color("text" if enabled else "muted"))
    room = button.rect().adjusted(size + 12, top + 4 + (line - button.fontMetrics().height()) // 2, -4, -4)
    how = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
    painter.drawText(room, int(how), text)
    if button.hasFocus():
        painter.setPen(QPen(theme.color("accent"), 2))
        painter.drawRoundedRect(button.rect().adjusted(1, 1, -2, -2), 4, 4)
    painter.end()


def _mark_size() -> int:
    return theme.pixels(20)


def _choice_height(button: QAbstractButton, text: str, width: int) -> int:
    return max(_words_height(button, text, width), theme.target())


def _words_height(button: QAbstractButton, text: str, width: int) -> int:
    room = QRect(0, 0, max(width - _mark_size() - 16, 40), 10_000)
    words = button.fontMetrics().boundingRect(room, int(Qt.TextFlag.TextWordWrap), text)
    return max(words.height(), _mark_size()) + 8


def _choice_hint(button: QAbstractButton, text: str) -> QSize:
    width = button.fontMetrics().horizontalAdvance(text) + _mark_size() + 18
    return QSize(min(width, 640), _choice_height(button, text, min(width, 640)))


# Only the Qt class behind it is a Qt object; to the type checker the mixin is a button as well.
if TYPE_CHECKING:
    _ButtonBase = QCheckBox
else:
    _ButtonBase = object


class _Wrapped(_ButtonBase):
    """What check box and radio button share: long words wrap, `&` is an ampersand, a click anywhere counts.

    A mixin before the Qt class; `_marks` are the icons for on and off.
    """

    _marks = ("", "")

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(amp(text), parent)
        self._words = text
        self.setAccessibleName(text)
        _let_wrap(self)

    def sizeHint(self) -> QSize:
        return _choice_hint(self, self._words)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return _choice_height(self, self._words, width)

    def hitButton(self, spot: QPoint) -> bool:
        return self.rect().contains(spot)

    def paintEvent(self, _event: QPaintEvent) -> None:
        _paint_choice(self, self._words, *self._marks)


class PlainCheckBox(_Wrapped, QCheckBox):
    """A check box for text that may be foreign."""

    _marks = ("square-check", "square")


class PlainRadio(_Wrapped, QRadioButton):
    """A radio button for text that may be foreign."""

    _marks = ("circle-dot", "circle")


def _let_wrap(button: QWidget) -> None:
    policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
    policy.setHeightForWidth(True)
    button.setSizePolicy(policy)
