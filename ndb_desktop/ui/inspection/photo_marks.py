"""标注: drawing the marks of a photo over its picture, and finding the one under a finger.

A mark lies on a layer of its own, in ten-thousandths of the upright picture; no pixel of a photo is ever changed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen, QPolygonF

from ndb_desktop.domain.siterecord import SCALE, PhotoMark
from ndb_desktop.ui import theme

MOST_MARKS = 100
"""Most marks of a photo, as a record takes them."""
_MOST_POINTS = 2_000
_CLEAR = 3.0
"""Pixels between a text and the edge of the picture: its white edge is painted there."""
_LEAST_STEP = 12
"""Points of the pen nearer to each other than this (ten-thousandths) say nothing new."""

INK, EDGE = theme.THEMES["light"].danger, theme.THEMES["light"].on_danger
"""The same in every theme: a photo has none, and colleagues speak of the red arrow."""

Spot = tuple[int, int]


def to_scale(at: QPointF, area: QRectF) -> Spot:
    """A place on the screen in ten-thousandths of the picture, which fills `area`; outside it, the nearest within."""
    x = (at.x() - area.left()) / max(area.width(), 1.0)
    y = (at.y() - area.top()) / max(area.height(), 1.0)
    return _within(x), _within(y)


def to_screen(spot: Spot, area: QRectF) -> QPointF:
    """A place in the picture on the screen."""
    return QPointF(area.left() + spot[0] / SCALE * area.width(), area.top() + spot[1] / SCALE * area.height())


def _within(part: float) -> int:
    return min(max(round(part * SCALE), 0), SCALE)


def thinned(points: Sequence[Spot]) -> tuple[Spot, ...]:
    """A stroke of the pen without points too near to each other, and never more than a record takes."""
    kept: list[Spot] = list(points[:1])
    for point in points[1:]:
        if math.dist(point, kept[-1]) >= _LEAST_STEP:
            kept.append(point)
    if len(points) > 1 and kept[-1] != points[-1]:
        kept.append(points[-1])
    while len(kept) > _MOST_POINTS:
        kept = [*kept[:-1:2], kept[-1]]
    return tuple(kept)


def paint(painter: QPainter, marks: Iterable[PhotoMark], area: QRectF) -> None:
    """Draws marks over the picture that fills `area`, each with an edge that shows on light and dark alike."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    width = max(2.5, min(area.width(), area.height()) / 150)
    for colour, wide in ((EDGE, width * 2.2), (INK, width)):
        pen = QPen(QColor(colour), wide)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        for mark in marks:
            _paint(painter, mark, area, outline=colour == EDGE, width=width)
    painter.restore()


def _paint(painter: QPainter, mark: PhotoMark, area: QRectF, *, outline: bool, width: float) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if mark.kind == "text":
        path = _letters(mark, area)
        if outline:
            painter.drawPath(path)
        else:
            painter.fillPath(path, QColor(INK))
        return
    painter.drawPath(_shape(mark, area, width))


def _letters(mark: PhotoMark, area: QRectF) -> QPainterPath:
    font = QFont(theme.FAMILY)
    font.setPixelSize(max(13, round(area.height() / 22)))
    font.setBold(True)
    path = QPainterPath()
    path.addText(to_screen(mark.points[0], area), font, mark.text)
    # Near an edge it is moved in, as on paper; of one that is wider than the picture the beginning stays.
    said, edge = path.boundingRect(), area.adjusted(_CLEAR, _CLEAR, -_CLEAR, -_CLEAR)
    right = max(min(edge.right() - said.right(), 0.0), edge.left() - said.left())
    down = max(min(edge.bottom() - said.bottom(), 0.0), edge.top() - said.top())
    return path.translated(right, down)


def _shape(mark: PhotoMark, area: QRectF, width: float) -> QPainterPath:
    points = [to_screen(point, area) for point in mark.points]
    first, last = points[0], points[-1]
    path = QPainterPath()
    if mark.kind == "box":
        path.addRect(QRectF(first, last).normalized())
    elif mark.kind == "ellipse":
        path.addEllipse(QRectF(first, last).normalized())
    elif mark.kind == "arrow":
        path.moveTo(first)
        path.lineTo(last)
        _add_head(path, first, last, width * 6)
    else:
        path.addPolygon(QPolygonF(points))
        if len(points) == 1 or first == last:
            path.addEllipse(first, 0.5, 0.5)
    return path


def _add_head(path: QPainterPath, first: QPointF, last: QPointF, size: float) -> None:
    angle = math.atan2(last.y() - first.y(), last.x() - first.x())
    for turn in (math.radians(150), math.radians(-150)):
        path.moveTo(last)
        path.lineTo(last + QPointF(math.cos(angle + turn), math.sin(angle + turn)) * size)


def mark_at(marks: Sequence[PhotoMark], at: QPointF, area: QRectF, reach: float) -> PhotoMark | None:
    """The newest mark whose line runs within `reach` pixels of a place, None where there is none."""
    near = QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach)
    for mark in reversed(marks):
        if mark.kind == "text":
            touched = _letters(mark, area).boundingRect().intersects(near)
        else:
            touched = _line_meets(_shape(mark, area, 2.5), near)
        if touched:
            return mark
    return None


def _line_meets(path: QPainterPath, near: QRectF) -> bool:
    """Whether the line itself, not what it encloses, comes into a square."""
    for polygon in path.toSubpathPolygons():
        points = polygon.toList()
        for one, other in zip(points, points[1:] or points, strict=False):
            if _segment_meets(one, other, near):
                return True
    return False


def _segment_meets(one: QPointF, other: QPointF, near: QRectF) -> bool:
    way, to = other - one, near.center() - one
    length = QPointF.dotProduct(way, way)
    along = min(max(QPointF.dotProduct(to, way) / length, 0.0), 1.0) if length else 0.0
    away = to - way * along
    return math.hypot(away.x(), away.y()) <= near.width() / 2
