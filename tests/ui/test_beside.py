"""A field and its button: side by side, or below each other where the window is narrow."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.ui.plain import Button
from ndb_desktop.ui.widgets.beside import Beside
from ndb_desktop.ui.widgets.fields import LineEdit
from tests.support.clipping import settle_layouts


def test_parts_go_below_each_other_where_the_hint_would_be_cut(qtbot: QtBot) -> None:
    field, button = LineEdit("name", "", "words that say what is to be typed here"), Button("Say so")
    host, line = QWidget(), Beside(field, button)
    qtbot.addWidget(host)
    box = QVBoxLayout(host)
    box.addWidget(line)
    box.addStretch(1)
    needed = field.fontMetrics().horizontalAdvance(field.placeholderText())
    host.resize(needed + 400, 200)
    host.show()
    settle_layouts()
    assert field.y() + field.height() // 2 == button.y() + button.height() // 2
    assert field.width() > needed
    assert field.geometry().right() < button.x()
    host.resize(needed + 60, 200)
    settle_layouts()
    assert host.width() == needed + 60, "it may be narrower than side by side"
    assert button.y() > field.geometry().bottom()
    assert field.width() > needed
    assert button.width() < field.width(), "a button stays as wide as its words"
    host.resize(needed + 400, 200)
    settle_layouts()
    assert button.x() > field.geometry().right()


def test_what_is_hidden_takes_no_room(qtbot: QtBot) -> None:
    field, button = LineEdit("name"), Button("A button of some width")
    line = Beside(field, button, least=150)
    qtbot.addWidget(line)
    button.hide()
    assert line.minimumSizeHint().width() < button.sizeHint().width()
    line.resize(160, 40)
    line.show()
    settle_layouts()
    assert field.width() == 160
