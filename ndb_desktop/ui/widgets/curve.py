"""A small drawing of a scoring curve with the applicant's point on it; the sentence beside it says the same."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from ndb_desktop.domain.numbers import brief
from ndb_desktop.ui import theme

Point = tuple[Fraction, Fraction]


class CurvePlot(QWidget):
    """Breakpoints joined by lines, 0 to 100 points upwards. Coordinates are floats only for drawing."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._curve: tuple[Point, ...] = ()
        self._point: Point | None = None

    def sizeHint(self) -> QSize:
        return QSize(240, theme.pixels(112))

    def show_curve(self, curve: Sequence[Point], point: Point | None) -> None:
        """Shows a curve; `point` is marked."""
        self._curve, self._point = tuple(curve), point
        self.setVisible(len(self._curve) > 1)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if len(self._curve) < 2:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPointSizeF(theme.points("small"))
        painter.setFont(font)
        metrics = painter.fontMetrics()
        left, bottom = metrics.horizontalAdvance("100") + 8, metrics.height() + 4
        area = QRectF(self.rect()).adjusted(left, 8, -12, -bottom)
        first, last = self._curve[0][0], self._curve[-1][0]
        seen = [point for point in (self._point,) if point is not None]
        low = float(min([first, *(x for x, _ in seen)]))
        # A point far beyond the last breakpoint is drawn at the edge, so that the curve stays readable.
        high = min(float(max([last, *(x for x, _ in seen)])), float(last) + 0.25 * float(last - first))
        width = high - low or 1.0

        def at(x: Fraction, y: Fraction) -> QPointF:
            return QPointF(
                area.left() + min((float(x) - low) / width, 1.0) * area.width(),
                area.bottom() - float(y) / 100 * area.height(),
            )

        self._paint_frame(painter, area, left)
        painter.setPen(QPen(theme.color("accent"), 2))
        line = [at(x, y) for x, y in self._curve]
        line.insert(0, QPointF(area.left(), line[0].y()))
        line.append(QPointF(area.right(), line[-1].y()))
        painter.drawPolyline(QPolygonF(line))
        painter.setPen(theme.color("muted"))
        for x in (first, last):
            spot = QRectF(at(x, Fraction(0)).x() - 60, area.bottom() + 2, 120, bottom)
            painter.drawText(spot, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, brief(x))
        if self._point is not None:
            self._paint_point(painter, area, at(*self._point))
        painter.end()

    def _paint_frame(self, painter: QPainter, area: QRectF, left: int) -> None:
        painter.setPen(QPen(theme.color("line"), 1))
        for score in (0, 60, 100):
            y = area.bottom() - score / 100 * area.height()
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        painter.setPen(theme.color("muted"))
        for score in (0, 60, 100):
            y = area.bottom() - score / 100 * area.height()
            box = QRectF(0, y - 10, left - 4, 20)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(score))

    @staticmethod
    def _paint_point(painter: QPainter, area: QRectF, spot: QPointF) -> None:
        painter.setPen(QPen(theme.color("edge"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(spot, QPointF(spot.x(), area.bottom()))
        painter.setPen(QPen(theme.color("surface"), 2))
        painter.setBrush(theme.color("accent"))
        painter.drawEllipse(spot, 6, 6)
