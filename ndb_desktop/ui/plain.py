"""The only labels and push buttons for foreign text: plain text always, `&` never a shortcut, long text elided.

Qt guesses rich text (`<img src=…>` in an applicant's name would be drawn) and turns `R&D` into a keyboard shortcut;
these widgets do neither, nor do those of `ui.plain_checks`. `tests/ui/test_plain.py` bans bare `QLabel(` and friends
everywhere else.
"""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QIcon, QKeyEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QToolButton,
    QWidget,
)

from ndb_desktop.ui import icons

# As `html.escape` does it, whose module brings two thousand names of characters to every start.
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})


def amp(text: str) -> str:
    """Text for a button, menu or tab, in which `&` is only an ampersand."""
    return text.replace("&", "&&")


def tip(text: str) -> str:
    """Text for a tooltip: escaped inside a `span`, so that Qt's guess about rich text is always right and harmless."""
    return f"<span>{text.translate(_ESCAPED)}</span>" if text else ""


def restyle(widget: QWidget) -> None:
    """Applies the style sheet again after a dynamic property changed."""
    if not widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        return  # it will be looked at when first shown
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()


class PlainLabel(QLabel):
    """A label that shows exactly the characters given. `role`: title, heading, body, muted, small, number, mono."""

    def __init__(
        self,
        text: str = "",
        role: str = "body",
        *,
        wrap: bool = True,
        selectable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setWordWrap(wrap)
        self._selectable = selectable
        if selectable:
            self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        if wrap:
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Shows `text`; breaks between any two characters are allowed in very long words."""
        free = self.wordWrap() and not self._selectable
        super().setText(_breakable(text) if free else text)

    def set_role(self, role: str) -> None:
        """Another look."""
        if role != self.property("role"):
            self.setProperty("role", role)
            restyle(self)


def _breakable(text: str) -> str:
    """Lets a word of more than 24 characters without a gap wrap (a hostile name must not widen the window)."""
    words = text.split(" ")
    if all(len(word) <= 24 or not word.isascii() for word in words):
        return text
    return " ".join(
        "\u200b".join(w[i : i + 12] for i in range(0, len(w), 12)) if len(w) > 24 and w.isascii() else w for w in words
    )


def in_pieces(text: str) -> str:
    """Lets a run of more than 24 letters without a gap wrap also where other words stand against it, as a path may."""
    return re.sub(r"[!-~]{25,}", lambda run: "\u200b".join(re.findall(".{1,12}", run[0])), text)


class ElidedLabel(QLabel):
    """One line that ends in 「…」 when there is no room; the whole text is the tooltip and the accessible name."""

    def __init__(
        self,
        text: str = "",
        role: str = "body",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self._mode = mode
        self._full = ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Shows as much of `text` as fits."""
        self._full = " ".join(text.split())
        super().setText(self._full)
        self.setAccessibleName(self._full)
        self._explain()

    def full_text(self) -> str:
        """The text before eliding."""
        return self._full

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), self.fontMetrics().averageCharWidth() * 6), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._explain()

    def _explain(self) -> None:
        cut = self.fontMetrics().horizontalAdvance(self._full) > self.contentsRect().width()
        self.setToolTip(tip(self._full) if cut else "")

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect = self.contentsRect()
        line = self.fontMetrics().elidedText(self._full, self._mode, rect.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(rect, int(self.alignment()) | Qt.TextFlag.TextSingleLine, line)
        painter.end()


class IconLabel(QLabel):
    """A picture of the icon set; decoration beside a text that says the same."""

    def __init__(self, name: str, size: int = 20, colour: str = "text", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.set_icon(name, size, colour)

    def set_icon(self, name: str, size: int = 20, colour: str = "text") -> None:
        """Shows another icon."""
        self.setPixmap(icons.pixmap(name, size, colour, max(1.0, self.devicePixelRatioF())))
        self.setFixedSize(size, size)


class _PressedByEnter(QPushButton):
    """Enter presses it as Space does; where Enter has a meaning of its own on a page, that comes first."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)


_ICON_COLOURS = {"primary": "on_accent", "danger": "danger", "quiet": "accent", "link": "accent"}


class Button(_PressedByEnter):
    """A push button. `kind`: primary (at most one on a page), normal, quiet, danger, link (long words in a `Flow`).

    In a row it is as wide as its words. In a `Flow`, where there is less room, the words go on in the next line.
    """

    def __init__(self, text: str, kind: str = "normal", icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", kind)
        self.setAutoDefault(False)
        self._gap = " " if icon else ""
        self._words = ""
        self._size: QSize | None = None
        self.set_text(text)
        if icon:
            self.setIcon(icons.icon(icon, _ICON_COLOURS.get(kind, "text")))

    def set_text(self, text: str) -> None:
        """Another text; an icon gets a little room before it, which a screen reader need not hear."""
        self._words, self._size = text, None
        self.setText(self._gap + amp(text))
        self.setAccessibleName(text)

    def least_width(self) -> int:
        """The width of its longest word, or of a short line where words may be broken anywhere."""
        metrics, whole = self.fontMetrics(), self.whole_size().width()
        pieces = [self._gap + piece.rstrip() for piece in _pieces(self._words)]
        words = max(metrics.horizontalAdvance(piece) for piece in pieces)
        return min(max(words, metrics.averageCharWidth() * 12) + self._around(), whole)

    def whole_size(self) -> QSize:
        """What it needs with all words in one line."""
        if self._size is None:
            self._size = self._measure()
        return self._size

    def setIcon(self, icon: QIcon | QPixmap) -> None:
        """A picture before the words."""
        self._size = None
        super().setIcon(icon)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._size = None
        super().changeEvent(event)

    def _measure(self) -> QSize:
        self.ensurePolished()
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = self._gap + amp(self._words)
        picture = 0 if self.icon().isNull() else self.iconSize().width() + 4
        metrics = self.fontMetrics()
        inside = QSize(metrics.horizontalAdvance(self._gap + self._words) + picture + 2, metrics.height())
        if picture:
            inside.setHeight(max(inside.height(), self.iconSize().height()))
        return self.style().sizeFromContents(QStyle.ContentsType.CT_PushButton, option, inside, self)

    def _around(self) -> int:
        """What it needs beside its words: picture, padding and border."""
        return self.whole_size().width() - self.fontMetrics().horizontalAdvance(self._gap + self._words)

    def _lines(self, width: int) -> list[str]:
        """The words in as few lines as fit into `width` pixels of the whole button."""
        room, metrics, lines = width - self._around(), self.fontMetrics(), [self._gap]
        for piece in _pieces(self._words):
            longer = lines[-1] + piece
            if lines[-1].strip() and metrics.horizontalAdvance(longer.rstrip()) > room:
                lines.append(self._gap + piece)
            else:
                lines[-1] = longer
        return [line.rstrip() or line for line in lines]

    def height_in(self, width: int) -> int:
        """The height it needs at a width (asked by `Flow` only: asked by every layout it would cost each of them)."""
        whole = self.whole_size()
        more = 0 if width >= whole.width() else len(self._lines(width)) - 1
        return whole.height() + more * self.fontMetrics().lineSpacing()

    def break_words(self, width: int) -> None:
        """Shows the words in the lines that `height_in` counted."""
        whole = width >= self.whole_size().width()
        text = amp(self._gap + self._words if whole else "\n".join(self._lines(width)))
        if text != self.text():
            self.setText(text)


class ShrinkingButton(Button):
    """A button with an icon that gives up its words where there is no room; they stay its name and become its tip."""

    def set_text(self, text: str) -> None:
        """Another text."""
        self._words = self._gap + amp(text)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setText(self._words)
        self.ensurePolished()
        self._wanted = super().sizeHint()
        self.setAccessibleName(text)
        if not self.toolTip():
            self.setToolTip(tip(text))
        self._fit()

    def setIcon(self, icon: QIcon | QPixmap) -> None:
        """The icon takes room of its own, and comes after the words."""
        super().setIcon(icon)
        self.setText(self._words)
        self._wanted = super().sizeHint()
        self._fit()

    def sizeHint(self) -> QSize:
        return self._wanted

    def minimumSizeHint(self) -> QSize:
        least = self._wanted.width() - self.fontMetrics().horizontalAdvance(self._words)
        return QSize(min(least, self._wanted.width()), self._wanted.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        text = self._words if self.width() >= self._wanted.width() or not self.isVisible() else self._short()
        if text != self.text():
            self.setText(text)

    def _short(self) -> str:
        return ""


class ElidingButton(ShrinkingButton):
    """A button named after data, whose words end in 「…」 where there is no room.

    They stay its name and become its tip. Not for words of ours: those go on in the next line of a `Flow`.
    """

    def _short(self) -> str:
        metrics = self.fontMetrics()
        room = self.width() - (self._wanted.width() - metrics.horizontalAdvance(self._words))
        return metrics.elidedText(self._words, Qt.TextElideMode.ElideRight, max(room, 0))


_FIRST_WIDE, _LAST_WIDE = 0x2E80, 0x9FFF


def _pieces(text: str) -> list[str]:
    """Where a line may be broken: after spaces, and around each Chinese character."""
    pieces = [""]
    for place, sign in enumerate(text):
        pieces[-1] += sign
        following = text[place + 1 : place + 2]
        wide = any(_FIRST_WIDE <= ord(one) <= _LAST_WIDE for one in sign + following)
        if following and (sign == " " or (wide and following != " ")):
            pieces.append("")
    return pieces


class IconButton(QToolButton):
    """A button that shows only an icon; its name is spoken by a screen reader and shown as a tooltip."""

    def __init__(self, icon: str, name: str, *, checkable: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setIcon(icons.icon(icon))
        self.setIconSize(QSize(20, 20))
        self.setCheckable(checkable)
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.set_name(name)

    def set_name(self, name: str) -> None:
        """What it does, in words."""
        self.setAccessibleName(name)
        self.setToolTip(tip(name))


class LinkButton(_PressedByEnter):
    """A line of text that does something when clicked."""

    def __init__(self, text: str, icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__((" " if icon else "") + amp(text), parent)
        self.setAccessibleName(text)
        self.setProperty("kind", "link")
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        if icon:
            self.setIcon(icons.icon(icon, "accent"))
