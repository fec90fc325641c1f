"""A slider over exact numbers: it counts steps, so no float ever stands between the hand and the mark."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider

from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.steps import Steps
from ndb_desktop.ui import spoken
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import restyle

_MOVES = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End)


class StepSlider(QSlider):
    """Empty at first. Signals: `moved(object)` the user went to a `Decimal`; `rested()` the hand left it."""

    moved = Signal(object)
    rested = Signal()

    def __init__(self, name: str) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._name = name
        self._steps = Steps(Decimal(0), Decimal(100), Decimal(1))
        self._quiet = False
        self.empty = True
        self.setProperty("empty", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.valueChanged.connect(self._changed)
        self.sliderReleased.connect(self.rested)
        self._speak()

    def set_steps(self, steps: Steps) -> None:
        """The numbers to choose from."""
        if steps != self._steps:
            self._steps = steps
            self._quietly(0, steps)
        self.setVisible(steps.count > 1)

    def show_number(self, value: Decimal | None) -> None:
        """Shows a number without a signal; `None` leaves the handle hollow at the lower end."""
        self._quietly(0 if value is None else self._steps.place(value), self._steps)
        self._fill(value is None)

    def number(self) -> Decimal | None:
        """The number it stands at."""
        return None if self.empty or not self._steps.count else self._steps.value(self.value())

    def _quietly(self, place: int, steps: Steps) -> None:
        self._quiet = True
        self.setRange(0, max(steps.count - 1, 0))
        self.setPageStep(max(1, steps.count // 5))
        self.setValue(place)
        self._quiet = False

    def _fill(self, empty: bool) -> None:
        if empty != self.empty:
            self.empty = empty
            self.setProperty("empty", empty)
            restyle(self)
        self._speak()

    def _speak(self) -> None:
        # A screen reader would read the number of steps, which means nothing to anybody.
        value = self.number()
        said = tr("slider.empty") if value is None else plain(value)
        self.setAccessibleName(tr("slider.at", name=self._name, value=said))

    def _changed(self, _place: int) -> None:
        if not self._quiet:
            self._take()

    def _begin(self) -> None:
        """The first touch counts even where it does not move the handle."""
        if self.empty and self._steps.count:
            self._take()

    def _take(self) -> None:
        self._fill(False)
        number = self.number()
        if number is not None:
            # Qt itself tells of the step, a number nobody knows.
            spoken.say(self, plain(number))
        self.moved.emit(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.empty and event.key() in _MOVES:
            if event.key() == Qt.Key.Key_End:
                self._quietly(self.maximum(), self._steps)
            self._begin()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Where one clicks is where it goes; the base class would only go one page nearer."""
        if event.button() == Qt.MouseButton.LeftButton and self._steps.count:
            self.setSliderDown(True)
            self._go_to(event)
            self._begin()
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._go_to(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(False)

    def _go_to(self, event: QMouseEvent) -> None:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_SliderHandle
        handle = self.style().subControlRect(QStyle.ComplexControl.CC_Slider, option, part, self).width()
        spot, room = round(event.position().x() - handle / 2), max(self.width() - handle, 1)
        self.setValue(QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), spot, room))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolling the page must not change a score."""
        event.ignore()
