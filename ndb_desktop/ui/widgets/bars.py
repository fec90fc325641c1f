"""分布图: how many marks lie in which band of five points, as small bars; a bar can be chosen by mouse or arrow keys.

Heights become floats here, for pixels only; the counts are in the description.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ndb_desktop.ui import theme
from ndb_desktop.ui.i18n import tr

HEIGHT = 132
BEST = 100


class BarPlot(QWidget):
    """Counts over 0 to 100. Signal `chosen(int)`: a bar was taken, -1 for none; the same bar again gives it up."""

    chosen = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.bins: tuple[int, ...] = ()
        self.bar = -1

    def sizeHint(self) -> QSize:
        return QSize(280, theme.pixels(HEIGHT))

    def show_bins(self, bins: Sequence[int]) -> None:
        """Shows other counts, none of them chosen."""
        self.bins, self.bar = tuple(bins), -1
        held = [f"{self.band(number)}: {count}" for number, count in enumerate(self.bins) if count]
        self.setAccessibleDescription(tr("list.separator").join(held) or tr("bars.none"))
        self.update()

    def band(self, number: int) -> str:
        """The marks a bar stands for: `60–65`."""
        step = BEST // len(self.bins)
        return tr("bars.band", low=number * step, high=(number + 1) * step)

    def choose(self, number: int) -> None:
        """Takes a bar, or gives up the one that is chosen; empty ones cannot be taken."""
        held = 0 <= number < len(self.bins) and self.bins[number]
        self.bar = number if held and number != self.bar else -1
        self.update()
        self.chosen.emit(self.bar)

    # ----- hands -----

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.bins and event.button() == Qt.MouseButton.LeftButton:
            area = self._area()
            self.choose(int((event.position().x() - area.left()) * len(self.bins) // area.width()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Escape and self.bar >= 0:
            self.choose(self.bar)
        elif step is None or not any(self.bins):
            super().keyPressEvent(event)
        else:
            count = len(self.bins)
            at = self.bar if self.bar >= 0 else (-1 if step > 0 else 0)
            order = ((at + step * far) % count for far in range(1, count + 1))
            number = next(number for number in order if self.bins[number])
            if number != self.bar:
                self.choose(number)

    # ----- drawing -----

    def _area(self) -> QRectF:
        line = QFontMetricsF(self._small()).height()
        return QRectF(self.rect()).adjusted(8, line + 4, -8, -(line + 6))

    def _small(self) -> QFont:
        font = self.font()
        font.setPointSizeF(theme.points("small"))
        return font

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._small())
        area, metrics = self._area(), QFontMetricsF(self._small())
        if not any(self.bins):
            painter.setPen(theme.color("muted"))
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, tr("bars.none"))
        else:
            self._bars(painter, area, metrics)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def _bars(self, painter: QPainter, area: QRectF, metrics: QFontMetricsF) -> None:
        most, width = max(self.bins), area.width() / len(self.bins)
        painter.setPen(QPen(theme.color("edge"), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        for number, count in enumerate(self.bins):
            if not count:
                continue
            height = max(area.height() * count / most, 2.0)
            bar = QRectF(area.left() + number * width + 1, area.bottom() - height, width - 2, height)
            painter.fillRect(bar, theme.color("accent" if self.bar in (-1, number) else "edge"))
            words = str(count)
            if metrics.horizontalAdvance(words) <= width + 4:
                painter.setPen(theme.color("text" if self.bar in (-1, number) else "muted"))
                above = QRectF(bar.left() - 6, bar.top() - metrics.height(), bar.width() + 12, metrics.height())
                painter.drawText(above, Qt.AlignmentFlag.AlignCenter, words)
        painter.setPen(theme.color("muted"))
        for mark in range(0, BEST + 1, 20):
            x = area.left() + area.width() * mark / BEST
            half = metrics.horizontalAdvance(str(mark)) / 2
            left = min(max(x - half, 0.0), self.width() - 2 * half)
            painter.drawText(QRectF(left, area.bottom() + 3, 2 * half + 2, metrics.height()), str(mark))
