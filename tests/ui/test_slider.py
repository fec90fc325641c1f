"""The number of a level by slider, spin and digits: one exact value, and typing wins."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.rulepack import Band
from ndb_desktop.domain.steps import Steps
from ndb_desktop.ui.expert.number_row import NumberRow
from ndb_desktop.ui.widgets.fields import PAUSE_MS
from ndb_desktop.ui.widgets.slider import StepSlider

BAND = Band("L4", Decimal(80), Decimal("89.99"))


@pytest.fixture
def number_row(qtbot: QtBot) -> NumberRow:
    row = NumberRow()
    qtbot.addWidget(row)
    row.resize(480, 120)
    row.show()
    row.show_band(BAND, Decimal("0.5"))
    row.show_number(None)
    return row


@pytest.fixture
def decided(number_row: NumberRow) -> list[object]:
    seen: list[object] = []
    number_row.decided.connect(seen.append)
    return seen


def test_an_untouched_slider_stands_for_no_number(number_row: NumberRow) -> None:
    slider = number_row.slider
    assert slider.number() is None
    assert slider.property("empty")
    assert "未选" in slider.accessibleName()


def test_keys_on_the_slider_go_by_exact_steps(number_row: NumberRow, decided: list[object], qtbot: QtBot) -> None:
    slider, field = number_row.slider, number_row.number
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert field.text() == "80", "the first key takes the lower end"
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert field.text() == "80.5"
    qtbot.keyClick(slider, Qt.Key.Key_End)
    assert field.text() == "89.5"
    assert slider.accessibleName().endswith("89.5")
    qtbot.waitUntil(lambda: bool(decided), timeout=PAUSE_MS * 10)
    assert decided == [Decimal("89.5")], "held keys are one decision, made when the hand rests"


def test_end_on_an_empty_slider_takes_the_upper_end(number_row: NumberRow, qtbot: QtBot) -> None:
    qtbot.keyClick(number_row.slider, Qt.Key.Key_End)
    assert number_row.number.text() == "89.5"


def test_a_click_goes_where_it_points_and_dragging_stores_once(
    number_row: NumberRow, decided: list[object], qtbot: QtBot
) -> None:
    slider = number_row.slider
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() // 2, slider.height() // 2))
    assert Decimal(84) <= Decimal(number_row.number.text()) <= Decimal("85.5")
    assert decided == []
    end = QPointF(slider.width() - 2, slider.height() / 2)
    left = Qt.MouseButton.LeftButton
    move = QMouseEvent(QEvent.Type.MouseMove, end, slider.mapToGlobal(end), left, left, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(slider, move)
    assert decided == []
    qtbot.mouseRelease(slider, left, pos=end.toPoint())
    assert decided == [Decimal("89.5")]


def test_the_slider_follows_what_is_typed_and_never_overwrites_it(number_row: NumberRow, qtbot: QtBot) -> None:
    field, slider = number_row.number, number_row.slider
    field.setFocus()
    qtbot.keyClicks(field, "8")
    assert slider.number() is None, "8 is no number of this level"
    assert field.text() == "8"
    qtbot.keyClicks(field, "7.5")
    assert slider.number() == Decimal("87.5")
    qtbot.keyClicks(field, "5")
    assert slider.number() is None, "87.55 is no multiple of the step"
    assert field.text() == "87.55"


def test_what_is_stored_meanwhile_does_not_take_a_moving_slider_back(number_row: NumberRow, qtbot: QtBot) -> None:
    qtbot.keyClick(number_row.slider, Qt.Key.Key_Right)
    qtbot.keyClick(number_row.slider, Qt.Key.Key_Right)
    number_row.show_number(None)
    assert number_row.number.text() == "80.5"
    number_row.number.commit()
    number_row.show_number(Decimal(82))
    assert (number_row.number.text(), number_row.slider.number()) == ("82", Decimal(82))


def test_the_spin_buttons_step_and_stop_at_the_ends(number_row: NumberRow, decided: list[object], qtbot: QtBot) -> None:
    qtbot.mouseClick(number_row.more, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(number_row.more, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(number_row.less, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(number_row.less, Qt.MouseButton.LeftButton)
    assert decided == [Decimal(80), Decimal("80.5"), Decimal(80)]


def test_the_wheel_changes_nothing(number_row: NumberRow) -> None:
    number_row.show_number(Decimal(84))
    slider = number_row.slider
    centre = QPointF(slider.rect().center())
    event = QWheelEvent(
        centre, slider.mapToGlobal(centre), QPoint(0, 0), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(slider, event)
    assert not event.isAccepted()
    assert slider.number() == Decimal(84)


def test_a_band_without_room_to_slide_has_no_slider(qtbot: QtBot) -> None:
    slider = StepSlider("分数")
    qtbot.addWidget(slider)
    slider.set_steps(Steps(Decimal(80), Decimal("80.4"), Decimal("0.5")))
    assert slider.isHidden()
    slider.set_steps(Steps(Decimal("80.1"), Decimal("80.4"), Decimal("0.5")))
    slider.show_number(None)
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert slider.number() is None
