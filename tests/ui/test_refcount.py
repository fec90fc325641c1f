"""Guard against a Qt that miscounts references: PySide6 6.12 on Python 3.11 loses one `None` with every call."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

CALLS = 1000
SLACK = 100


class Emitter(QObject):
    said = Signal()


def test_none_is_not_lost_by_calls_that_return_nothing(qtbot: QtBot) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        label.setText("甲")
    assert abs(sys.getrefcount(None) - before) < SLACK


def test_true_is_not_lost_by_signals(qtbot: QtBot) -> None:
    emitter = Emitter()
    before = sys.getrefcount(True)
    for _ in range(CALLS):
        emitter.said.emit()
    assert abs(sys.getrefcount(True) - before) < SLACK
