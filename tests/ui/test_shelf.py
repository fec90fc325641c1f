"""The shelf: each widget built once, one shown."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.widgets.shelf import KEPT, Shelf


def test_what_was_shown_once_is_shown_again_without_building_it(qtbot: QtBot) -> None:
    shelf = Shelf()
    qtbot.addWidget(shelf)
    built: list[str] = []

    def card(name: str) -> QWidget:
        built.append(name)
        return PlainLabel(name)

    shelf.show()
    first = shelf.show_key("a", lambda: card("a"))
    second = shelf.show_key("b", lambda: card("b"))
    assert first.isHidden()
    assert [label.text() for label in shelf.findChildren(QLabel) if label.isVisible()] == ["b"]
    assert shelf.show_key("a", lambda: card("a again")) is first
    assert built == ["a", "b"]
    assert first.isVisible()
    assert second.isHidden()


def test_the_oldest_is_dropped_never_the_one_in_sight(qtbot: QtBot) -> None:
    shelf = Shelf()
    qtbot.addWidget(shelf)
    shelf.show()
    for number in range(KEPT + 5):
        shown = shelf.show_key(number, lambda number=number: PlainLabel(str(number)))
    built: list[int] = []
    shelf.show_key(KEPT + 4, lambda: built.append(0) or PlainLabel(""))
    assert not built
    assert shown.isVisible()
    assert shelf.show_key(0, lambda: built.append(1) or PlainLabel("0")) is not shown
    assert built == [1]
