"""A small drawing of a scoring curve with the applicant's points on it; its description says the same in words.

Coordinates become floats here, for pixels only; every number written beside the curve is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from ndb_desktop.domain.numbers import brief
from ndb_desktop.domain.plot import Mark, Plot
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.i18n import tr

LINES = (0, 60, 100)
"""Scores with a line across: the ends, and where a pass begins."""
HEIGHT = 148
_DIGITS = 4
_DISC, _DIAMOND = 5.0, 8.0
"""The diamond is the larger: a disc drawn upon it must not hide it."""
_MOST_CORNERS = 12


def figure(x: Fraction, unit: str) -> str:
    """A figure of the x axis with its unit: `3.1 %`."""
    name = unit_name(unit)
    return f"{brief(x, _DIGITS)} {name}" if name else brief(x, _DIGITS)


def unit_name(unit: str) -> str:
    """The name of a unit, "" for none."""
    return tr(f"unit.{unit}") if unit and unit != "none" else ""


def mark_words(mark: Mark, unit: str) -> str:
    """A marked point in words: `目标 4 %，82.5 分`."""
    values = {"x": figure(mark.x, unit), "score": brief(mark.y)}
    if mark.kind == "now":
        return tr("curve.now", **values)
    return tr("curve.base", **values) if mark.kind == "base" else tr("curve.target", **values)


def description(plot: Plot) -> str:
    """The whole drawing in words."""
    corners = []
    for left, right in pairwise(plot.segments):
        x = figure(right.x0, plot.unit)
        if left.y1 == right.y0:
            corners.append(tr("curve.corner", x=x, score=brief(right.y0)))
        else:
            corners.append(tr("curve.corner.jump", x=x, below=brief(left.y1), above=brief(right.y0)))
    marks = [mark_words(mark, plot.unit) for mark in plot.marks]
    separator = "；" if i18n.language() == "zh_CN" else "; "
    said = tr("curve.marks", marks=separator.join(marks)) if marks else tr("curve.marks.none")
    if not corners:
        return said
    return tr("curve.corners", corners=separator.join(corners[:_MOST_CORNERS])) + " " + said


class CurvePlot(QWidget):
    """One `Plot`: 0 to 100 points upwards, the measure with its unit to the right, knots named on the axis."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("curve")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.plot: Plot | None = None
        self._picture: tuple[tuple[object, ...], QPixmap] | None = None

    def sizeHint(self) -> QSize:
        return QSize(240, theme.pixels(HEIGHT))

    def show_plot(self, plot: Plot | None) -> None:
        """Shows a curve; without one there is nothing to see."""
        self.plot = plot
        self.setVisible(plot is not None)
        if plot is not None:
            name = tr("curve.name", measure=i18n.local(plot.measure))
            if name != self.accessibleName() or description(plot) != self.accessibleDescription():
                self.setAccessibleName(name)
                self.setAccessibleDescription(description(plot))
        self.update()

    def picture(self) -> QPixmap:
        """The drawing, kept until something about it changes; asked for ahead, it is there when it is painted."""
        ratio = self.devicePixelRatioF()
        made_of = (self.plot, self.size(), ratio, self.font(), theme.tokens())
        if self._picture is None or self._picture[0] != made_of:
            drawn = QPixmap(self.size() * ratio)
            drawn.setDevicePixelRatio(ratio)
            drawn.fill(Qt.GlobalColor.transparent)
            painter = QPainter(drawn)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            font = self.font()
            font.setPointSizeF(theme.points("small"))
            painter.setFont(font)
            if self.plot is not None:
                _Drawing(painter, QRectF(self.rect()), self.plot).paint()
            painter.end()
            self._picture = (made_of, drawn)
        return self._picture[1]

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.plot is None:
            return
        picture = self.picture()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, picture)
        painter.end()


class _Drawing:
    """One painting of a plot into a rectangle."""

    def __init__(self, painter: QPainter, rect: QRectF, plot: Plot) -> None:
        self.painter, self.plot = painter, plot
        self.metrics = QFontMetricsF(painter.fontMetrics())
        line = self.metrics.height()
        left = self.metrics.horizontalAdvance("100") + 8
        self.area = rect.adjusted(left, line + 6, -12, -(2 * line + 6))
        self.low, self.width = float(plot.low), float(plot.high - plot.low)

    def at(self, x: Fraction, y: Fraction) -> QPointF:
        """Where a point lies on the screen; one beyond the drawing lies on its edge."""
        part = min(max((float(x) - self.low) / self.width, 0.0), 1.0)
        return QPointF(
            self.area.left() + part * self.area.width(), self.area.bottom() - float(y) / 100 * self.area.height()
        )

    def paint(self) -> None:
        """Frame, curve, axis, points."""
        self._frame()
        self._curve()
        self._axis()
        self._marks()

    def _frame(self) -> None:
        painter, area, half = self.painter, self.area, self.metrics.height() / 2
        for score in LINES:
            y = area.bottom() - score / 100 * area.height()
            painter.setPen(QPen(theme.color("line"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(theme.color("muted"))
            box = QRectF(0, y - half, area.left() - 4, 2 * half)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(score))
        painter.drawText(QPointF(0, self.metrics.ascent()), tr("curve.points"))

    def _curve(self) -> None:
        painter = self.painter
        solid, dashed = QPen(theme.color("accent"), 2), QPen(theme.color("accent"), 1, Qt.PenStyle.DotLine)
        for segment in self.plot.segments:
            painter.setPen(solid)
            ends = [self.at(segment.x0, segment.y0), self.at(segment.x1, segment.y1)]
            painter.drawPolyline(QPolygonF(ends))
        for left, right in pairwise(self.plot.segments):
            if left.y1 != right.y0:
                # A jump is no line: no figure has a score in between.
                painter.setPen(dashed)
                painter.drawLine(self.at(left.x1, left.y1), self.at(right.x0, right.y0))

    def _axis(self) -> None:
        painter, area, line = self.painter, self.area, self.metrics.height()
        taken = area.left() - 1000.0
        for knot in self.plot.knots:
            text, x = brief(knot, _DIGITS), self.at(knot, Fraction(0)).x()
            half = self.metrics.horizontalAdvance(text) / 2
            painter.setPen(QPen(theme.color("edge"), 1))
            painter.drawLine(QPointF(x, area.bottom()), QPointF(x, area.bottom() + 3))
            if x - half > taken + 6:
                painter.setPen(theme.color("muted"))
                painter.drawText(QPointF(x - half, area.bottom() + 4 + self.metrics.ascent()), text)
                taken = x + half
        name, unit = i18n.local(self.plot.measure), unit_name(self.plot.unit)
        title = tr("curve.axis", measure=name, unit=unit) if unit else name
        title = self.metrics.elidedText(title, Qt.TextElideMode.ElideRight, area.width())
        painter.setPen(theme.color("muted"))
        box = QRectF(area.left(), area.bottom() + line + 4, area.width(), line + 2)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, title)

    def _marks(self) -> None:
        spots = [self.at(mark.x, mark.y) for mark in self.plot.marks]
        for mark, spot in zip(self.plot.marks, spots, strict=True):
            self._mark(mark, spot)
        taken = [QRectF(spot.x() - 7, spot.y() - 7, 14, 14) for spot in spots]
        taken.append(QRectF(0, 0, self.metrics.horizontalAdvance(tr("curve.points")) + 4, self.metrics.height()))
        for mark, spot in zip(self.plot.marks, spots, strict=True):
            text = mark_words(mark, self.plot.unit)
            box = self._room(spot, self.metrics.horizontalAdvance(text) + 8, taken)
            taken.append(box)
            ground = theme.color("surface")
            ground.setAlphaF(0.85)
            self.painter.fillRect(box, ground)
            self.painter.setPen(theme.color("text"))
            self.painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _mark(self, mark: Mark, spot: QPointF) -> None:
        """Base is a hollow diamond, what counts (now or target) a full disc: told apart without colour."""
        painter = self.painter
        painter.setPen(QPen(theme.color("edge"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(spot, QPointF(spot.x(), self.area.bottom()))
        if mark.kind == "base":
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.setBrush(theme.color("surface"))
            steps = ((0, -1), (1, 0), (0, 1), (-1, 0))
            painter.drawPolygon(QPolygonF([spot + QPointF(x * _DIAMOND, y * _DIAMOND) for x, y in steps]))
        else:
            painter.setPen(QPen(theme.color("surface"), 2))
            painter.setBrush(theme.color("accent"))
            painter.drawEllipse(spot, _DISC, _DISC)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _room(self, spot: QPointF, width: float, taken: Sequence[QRectF]) -> QRectF:
        """The first place beside a point where its words cover no other, and no score of the axis at the left."""
        height, gap, area = self.metrics.height(), 9.0, self.area
        left = min(max(spot.x() - width / 2, area.left()), area.right() + 10 - width)
        choices = [
            QRectF(left, spot.y() - gap - height, width, height),
            QRectF(spot.x() - gap - width, spot.y() - height / 2, width, height),
            QRectF(spot.x() + gap, spot.y() - height / 2, width, height),
            QRectF(left, spot.y() + gap, width, height),
            QRectF(left, spot.y() - gap - 2 * height, width, height),
        ]
        frame = QRectF(area.left() - 2, 0, area.right() + 14 - area.left(), area.bottom())
        fitting = [box for box in choices if frame.contains(box)]
        free = (box for box in fitting if not any(box.intersects(other) for other in taken))
        return next(free, (fitting or choices)[0])
