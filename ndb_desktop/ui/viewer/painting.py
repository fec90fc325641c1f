"""How a page and what is marked on it are drawn. Paper is paper in every theme; marks keep one colour on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPixmap, QTransform

from ndb_desktop.documents.port import Rect
from ndb_desktop.ui import theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.viewer.geometry import PageLayout
from ndb_desktop.ui.viewer.marks import EvidenceMark, to_points
from ndb_desktop.ui.viewer.refusal import why

INK = theme.THEMES["light"]
"""Marks lie on paper, which is light in every theme."""
WAITING = QColor("#FAFAF8")
"""Paper before its picture has come: near enough to white that nothing flashes when it does."""
_HIT = QColor(255, 200, 40, 110)
_CHOSEN = QColor(29, 78, 145, 70)
_FLASH = QColor(168, 32, 26, 60)
LABEL_HEIGHT = 18
_SLACK = 1.5
"""Pixels by which a renderer rounds a page's size otherwise than the screen."""


@dataclass
class Overlay:
    """What lies on the pages: search hits, chosen text, evidence, the place jumped to, the place being marked."""

    hits: dict[int, tuple[Rect, ...]] = field(default_factory=dict)
    current_hit: tuple[int, int] | None = None
    evidence: tuple[EvidenceMark, ...] = ()
    place: tuple[int, Rect] | None = None
    flashing: bool = False

    def evidence_on(self, page: int) -> list[EvidenceMark]:
        """The evidence noted on a page."""
        return [mark for mark in self.evidence if mark.page == page]


def paint_picture(painter: QPainter, rect: QRect, picture: QPixmap, rotation: int) -> None:
    """The drawn page, turned; a picture made for this size is not stretched, which would blur it."""
    wide, high = (rect.height(), rect.width()) if rotation % 180 else (rect.width(), rect.height())
    ratio = painter.device().devicePixelRatioF()
    source = QRectF(0, 0, wide * ratio, high * ratio)
    if abs(picture.width() - source.width()) > _SLACK or abs(picture.height() - source.height()) > _SLACK:
        source = QRectF(picture.rect())
    painter.save()
    # Whole pixels: turned about its middle, a page of odd size would fall between them.
    corners = {
        90: (rect.left() + rect.width(), rect.top()),
        180: (rect.left() + rect.width(), rect.top() + rect.height()),
        270: (rect.left(), rect.top() + rect.height()),
    }
    painter.translate(*corners.get(rotation, (rect.left(), rect.top())))
    painter.rotate(rotation)
    painter.drawPixmap(QRectF(0, 0, wide, high), picture, source)
    painter.restore()


def paint_waiting(painter: QPainter, rect: QRect, seen: QRect, page: int, error: Exception | None) -> None:
    """A page that is not there yet, or the calm reason why it never will be, where it can be seen."""
    painter.fillRect(rect, WAITING)
    text = tr("viewer.page.waiting", page=page)
    if error is not None:
        text = tr("viewer.page.failed", page=page) + "\n" + why(error)
    painter.setPen(QColor(INK.muted))
    inner = rect.intersected(seen).adjusted(24, 24, -24, -24)
    painter.drawText(inner, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), text)


def paint_frame(painter: QPainter, rect: QRect) -> None:
    """The hairline around a page."""
    painter.setPen(QPen(theme.color("line"), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(rect.adjusted(-1, -1, 0, 0))


def paint_hits(painter: QPainter, way: QTransform, overlay: Overlay, page: int) -> None:
    """What was searched for; the hit one stands at has a frame."""
    for number, hit in enumerate(overlay.hits.get(page, ())):
        current = (page, number) == overlay.current_hit
        painter.setPen(QPen(QColor(INK.danger), 2) if current else Qt.PenStyle.NoPen)
        painter.setBrush(_HIT)
        painter.drawRect(_spot(way, hit).adjusted(-1, -1, 1, 1))


def paint_chosen(painter: QPainter, way: QTransform, rects: Sequence[Rect]) -> None:
    """Chosen text."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_CHOSEN)
    for rect in rects:
        painter.drawRect(_spot(way, rect))


def paint_place(painter: QPainter, way: QTransform, rect: Rect, *, flashing: bool) -> None:
    """The place jumped to: outlined, filled while it flashes."""
    painter.setPen(QPen(QColor(INK.danger), 2))
    painter.setBrush(_FLASH if flashing else Qt.BrushStyle.NoBrush)
    painter.drawRect(_spot(way, rect).adjusted(-3, -3, 3, 3))


def paint_marking(painter: QPainter, way: QTransform, rect: Rect) -> None:
    """The place being marked: dashed, with corners, so that it is not taken for something stored."""
    spot = _spot(way, rect)
    painter.setPen(QPen(QColor(INK.accent), 2, Qt.PenStyle.DashLine))
    painter.setBrush(QColor(29, 78, 145, 30))
    painter.drawRect(spot)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(INK.accent))
    for corner in (spot.topLeft(), spot.topRight(), spot.bottomLeft(), spot.bottomRight()):
        painter.drawRect(QRectF(corner - QPointF(3, 3), corner + QPointF(3, 3)))


def evidence_spot(layout: PageLayout, mark: EvidenceMark, order: int) -> tuple[QRectF | None, QRectF]:
    """Where a mark's frame (None for a whole page) and its label lie on the sheet.

    A label stands in the margin beside its frame, where it covers nothing, else above it. Labels of whole pages stand
    side by side at the page's upper edge: `order` counts them.
    """
    width = _label_width(mark.words or mark.label)
    if mark.rect is None:
        corner = layout.rect(mark.page)
        right = corner.right() - 4 - order * (width + 4)
        return None, QRectF(right - width, corner.top() + 4, width, LABEL_HEIGHT)
    frame = layout.spot(mark.page, to_points(mark.rect, layout.sizes[mark.page - 1]))
    corner = layout.rect(mark.page)
    if frame.left() - width - 4 >= corner.left():
        return frame, QRectF(frame.left() - width - 2, frame.top(), width, LABEL_HEIGHT)
    top = max(frame.top() - LABEL_HEIGHT, corner.top() + 0.0)
    return frame, QRectF(frame.left(), top, width, LABEL_HEIGHT)


def paint_evidence(painter: QPainter, frame: QRectF | None, label: QRectF, mark: EvidenceMark) -> None:
    """A place noted as evidence: a frame and a small label; thin and light unless it is to stand out."""
    strong, accent = mark.strong, QColor(INK.accent)
    if frame is not None:
        painter.setPen(QPen(accent, 2) if strong else QPen(accent, 1, Qt.PenStyle.DotLine))
        painter.setBrush(QColor(29, 78, 145, 24) if strong else Qt.BrushStyle.NoBrush)
        painter.drawRect(frame)
    painter.setPen(Qt.PenStyle.NoPen if strong else QPen(accent, 1))
    painter.setBrush(accent if strong else QColor(INK.surface))
    painter.drawRoundedRect(label, 3, 3)
    painter.setPen(QColor(INK.on_accent) if strong else accent)
    words = mark.words or mark.label
    font = painter.font()
    font.setPixelSize(12)
    painter.setFont(font)
    text = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, int(label.width()) - 8)
    painter.drawText(label, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine), text)


def _label_width(words: str) -> float:
    # Wide characters count double: measuring with a font for every mouse move would be dear.
    return min(12 + sum(12 if ord(each) > 0x2E80 else 7 for each in words), 220)


def _spot(way: QTransform, rect: Rect) -> QRectF:
    return way.mapRect(QRectF(rect.x0, rect.y0, rect.x1 - rect.x0, rect.y1 - rect.y0))
