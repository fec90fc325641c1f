"""The calendar of a day: all its weeks are in sight, at every size of letters."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QDate, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTableView, QToolButton

from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.counter import DateField
from tests.support.window import settle


@pytest.mark.parametrize("letters", [0.9, 1.0, 1.6])
def test_the_last_week_is_whole(new_window: Callable[[], MainWindow], letters: float) -> None:
    window = new_window()
    window.set_font(letters)
    settle()
    field = DateField("日期", QDate(2026, 8, 14), QDate(2020, 1, 1))
    field.resize(240, 48)
    field.show()
    arrow = QPoint(field.width() - 12, field.height() // 2)
    QTest.mouseClick(field, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, arrow)
    settle()
    calendar = field.calendarWidget()
    days = calendar.findChild(QTableView)
    assert calendar.isVisible()
    assert days is not None
    heights = [days.rowHeight(row) for row in range(days.model().rowCount())]
    assert min(heights) >= days.fontMetrics().height(), "a day is not cut either"
    assert sum(heights) <= days.viewport().height()
    assert days.geometry().bottom() < calendar.height() <= calendar.window().height()
    month = calendar.findChild(QToolButton, "qt_calendar_monthbutton")
    assert month is not None
    assert month.text() == "八月", "in the language of the window"
    calendar.window().close()
    field.close()
