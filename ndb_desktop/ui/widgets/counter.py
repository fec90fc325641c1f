"""A whole number with buttons for one less and one more, and a date field, in the look of the other fields."""

from __future__ import annotations

from PySide6.QtCore import QDate, QLocale, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QDateEdit, QSpinBox, QTableView, QWidget

from ndb_desktop.ui import i18n, icons, theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import IconButton
from ndb_desktop.ui.widgets.layout import row


class _Number(QSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolling the page must not change a number that happens to lie under the pointer."""
        event.ignore()

    def sizeHint(self) -> QSize:
        """As high as the style sheet makes every field: Qt would like some pixels more in large type."""
        hint = super().sizeHint()
        return QSize(hint.width(), self.minimumHeight() or hint.height())

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(hint.width(), self.minimumHeight() or hint.height())


class Counter(QWidget):
    """`none`: what to show in place of the lowest number. The number itself is `self.number` (a `QSpinBox`)."""

    def __init__(self, name: str, low: int, high: int, value: int, *, step: int = 1, none: str = "") -> None:
        super().__init__()
        self.number = _Number()
        self.number.setAccessibleName(name)
        self.number.lineEdit().setTextMargins(8, 0, 8, 0)
        self.number.setRange(low, high)
        self.number.setSingleStep(step)
        self.number.setSpecialValueText(none)
        self.number.setValue(value)
        less, more = (
            IconButton("minus", tr("counter.less", name=name)),
            IconButton("plus", tr("counter.more", name=name)),
        )
        for button, steps in ((less, -1), (more, 1)):
            # The arrow keys do the same; two more tab stops per number would only be in the way.
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _c=False, steps=steps: self.number.stepBy(steps))
        line = row(self.number, less, more, gap=0.5)
        line.setStretch(0, 1)
        self.setLayout(line)
        self.setFocusProxy(self.number)
        # What takes the focus is the number, not what stands around it.
        self.objectNameChanged.connect(lambda called: self.number.setObjectName(f"{called}.number"))

    def value(self) -> int:
        """The number."""
        return self.number.value()

    def name(self) -> str:
        """What it counts."""
        return self.number.accessibleName()


class DateField(QDateEdit):
    """A day with a calendar to choose it from."""

    def __init__(self, name: str, day: QDate, earliest: QDate) -> None:
        super().__init__(day)
        self.setAccessibleName(name)
        # Months and weekdays in the language of the window, not of the computer.
        self.setLocale(QLocale(i18n.language()))
        self.setCalendarPopup(True)
        self.setDisplayFormat("yyyy-MM-dd")
        self.setMinimumDate(earliest)
        if theme.large():
            self._turn_by_finger()

    def _turn_by_finger(self) -> None:
        """A swipe over the calendar shows another month; else it would choose the day where the finger is lifted."""
        from ndb_desktop.ui.widgets.swipe import PopupFinger  # not before it is needed

        calendar = self.calendarWidget()
        days = calendar.findChild(QTableView)
        if days is not None:
            PopupFinger(days, lambda way: calendar.showNextMonth() if way > 0 else calendar.showPreviousMonth())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        arrow = icons.pixmap("chevron-down", 16, "text", self.devicePixelRatioF())
        painter.drawPixmap(self.width() - 24, (self.height() - 16) // 2, arrow)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
