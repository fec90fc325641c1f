"""The preview of a photo with its marks, drawn on by mouse, finger or keys.

The arrow keys move a cross, Space sets the first and then the last point; a finger draws like a mouse.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QTouchEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ndb_desktop.domain.siterecord import SCALE, PhotoMark
from ndb_desktop.ui import icons, theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection import photo_marks
from ndb_desktop.ui.inspection.photo_marks import Spot

Tool = Literal["look", "pen", "arrow", "box", "ellipse", "text", "erase"]
_REACH = 14.0
"""A finger is no needle: this near is on it, in pixels."""
_STEP = SCALE // 50
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}  # fmt: skip


class PhotoCanvas(QWidget):
    """Signals: `drawn(object)` a finished mark; `erased(object)` the mark to take away; `writing(object)` a text is
    wanted at a place.
    """

    drawn = Signal(object)
    erased = Signal(object)
    writing = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("site.photo.canvas")
        self.setAccessibleName(tr("site.photo.canvas"))
        self.setAccessibleDescription(tr("site.photo.canvas.keys"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.tool: Tool = "look"
        self.marks: tuple[PhotoMark, ...] = ()
        self._picture = QImage()
        self._words = ""
        self._points: list[Spot] = []
        self._cross: Spot | None = None
        self.keys: dict[Qt.Key, Callable[[], object]] = {}
        """What else a key does while the focus is on the picture."""

    def sizeHint(self) -> QSize:
        return QSize(480, theme.pixels(360))

    # ----- what is shown -----

    def show_picture(self, picture: QImage) -> None:
        """Another picture; what was being drawn on the one before is dropped."""
        self._picture, self._words = picture, ""
        self.setAccessibleDescription(tr("site.photo.canvas.keys"))
        self._drop()

    def show_words(self, words: str) -> None:
        """Words in place of a picture: it is on its way, or gone."""
        self._picture, self._words = QImage(), words
        self.setAccessibleDescription(words)
        self._drop()

    def show_marks(self, marks: tuple[PhotoMark, ...]) -> None:
        """The marks over the picture."""
        self.marks = marks
        self.update()

    def set_tool(self, tool: Tool) -> None:
        """What a stroke will be."""
        self.tool = tool
        self.setCursor(Qt.CursorShape.ArrowCursor if tool == "look" else Qt.CursorShape.CrossCursor)
        self._drop()

    @property
    def words(self) -> str:
        """What stands in place of a picture."""
        return self._words

    @property
    def showing(self) -> bool:
        """Whether there is a picture to draw on."""
        return not self._picture.isNull()

    def area(self) -> QRectF:
        """Where the picture lies: as large as fits, in the middle."""
        size = self._picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        return QRectF((self.width() - size.width()) / 2, (self.height() - size.height()) / 2, *size.toTuple())

    def _drop(self) -> None:
        self._points, self._cross = [], None
        self.update()

    # ----- drawing -----

    def event(self, event: QEvent) -> bool:
        # With "look only" a finger scrolls the page.
        if isinstance(event, QTouchEvent) and self.showing and self.tool != "look" and event.points():
            self._touch(event)
            return True
        return super().event(event)

    def _touch(self, event: QTouchEvent) -> None:
        at = photo_marks.to_scale(event.points()[0].position(), self.area())
        event.accept()
        if event.type() == QEvent.Type.TouchBegin:
            self._cross = None
            self._begin(at)
        elif event.type() == QEvent.Type.TouchCancel or len(event.points()) > 1:
            # A second finger means something else.
            self._drop()
        elif self._points:
            self._go_on(at)
            if event.type() == QEvent.Type.TouchEnd:
                self._end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.showing:
            self._cross = None
            self._begin(photo_marks.to_scale(event.position(), self.area()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._points:
            self._go_on(photo_marks.to_scale(event.position(), self.area()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._points and event.button() == Qt.MouseButton.LeftButton:
            self._go_on(photo_marks.to_scale(event.position(), self.area()))
            self._end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        drawing = self.showing and self.tool != "look"
        if key in _ARROWS and drawing and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            x, y = self._cross or (SCALE // 2, SCALE // 2)
            step = 1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 5
            across, down = _ARROWS[key]
            self._cross = (_bounded(x + across * step * _STEP // 5), _bounded(y + down * step * _STEP // 5))
            if self._points:
                self._go_on(self._cross)
            self.update()
        elif key == Qt.Key.Key_Space and drawing:
            self._by_key(self._cross or (SCALE // 2, SCALE // 2))
        elif key == Qt.Key.Key_Escape and (self._points or self._cross):
            self._drop()
        elif key in self.keys and not event.modifiers():
            self.keys[key]()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._drop()
        super().focusOutEvent(event)

    def _by_key(self, at: Spot) -> None:
        self._cross = at
        if self._points:
            self._end()
        else:
            self._begin(at)

    def _begin(self, at: Spot) -> None:
        if self.tool == "text":
            self.writing.emit(at)
        elif self.tool == "erase":
            place = photo_marks.to_screen(at, self.area())
            mark = photo_marks.mark_at(self.marks, place, self.area(), _REACH)
            if mark is not None:
                self.erased.emit(mark)
        elif self.tool != "look":
            self._points = [at]
        self.update()

    def _go_on(self, at: Spot) -> None:
        self._points = [*self._points, at] if self.tool == "pen" else [self._points[0], at]
        self.update()

    def _end(self) -> None:
        mark = self._mark()
        self._points = []
        if mark is not None and (mark.kind == "pen" or mark.points[0] != mark.points[-1]):
            self.drawn.emit(mark)
        self.update()

    def _mark(self) -> PhotoMark | None:
        if not self._points or self.tool in {"look", "text", "erase"}:
            return None
        return PhotoMark(self.tool, photo_marks.thinned(self._points))  # type: ignore[arg-type]

    # ----- painting -----

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("paper"))
        if self.showing:
            area = self.area()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(area, self._picture)
            now = self._mark()
            painter.setClipRect(area)
            photo_marks.paint(painter, [*self.marks, *([now] if now else [])], area)
            painter.setClipping(False)
            self._paint_cross(painter, area)
        else:
            self._paint_words(painter)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_cross(self, painter: QPainter, area: QRectF) -> None:
        if self._cross is None:
            return
        at = photo_marks.to_screen(self._cross, area)
        for colour, width in ((photo_marks.EDGE, 4), (photo_marks.INK, 2)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawLine(at - QPointF(12, 0), at + QPointF(12, 0))
            painter.drawLine(at - QPointF(0, 12), at + QPointF(0, 12))

    def _paint_words(self, painter: QPainter) -> None:
        middle = self.rect().center()
        painter.drawPixmap(
            middle.x() - 20, middle.y() - 56, icons.pixmap("image", 40, "muted", self.devicePixelRatioF())
        )
        painter.setPen(theme.color("muted"))
        area = self.rect().adjusted(24, self.height() // 2, -24, -8)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(area, int(flags), self._words)


def _bounded(place: int) -> int:
    return min(max(place, 0), SCALE)
