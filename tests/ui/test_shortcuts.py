"""Keys as data: layouts read strictly, keys changed by pressing them, conflicts refused in words, all of it kept."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.paths import resource
from ndb_desktop.ui import key_layouts, shortcuts
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.settings import Settings
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.shortcuts import TABLE
from ndb_desktop.ui.widgets.fields import TextBox
from tests.support.review import MadeReview
from tests.support.window import child, press, review_of, settle, start_review

Key, Held = Qt.Key, Qt.KeyboardModifier
ACTIONS = tuple(TABLE)
UI = Path(__file__).resolve().parents[2] / "ndb_desktop/ui"


def tap(key: Qt.Key, held: Qt.KeyboardModifier = Held.NoModifier) -> None:
    widget = QApplication.focusWidget()
    assert widget is not None
    QTest.keyClick(widget, key, held)
    settle()


def keys_page(qtbot: QtBot, window: MainWindow) -> QWidget:
    with qtbot.waitActive(window):
        window.activateWindow()
    window.over.show_keys()
    settle()
    assert window.over.page is not None
    return window.over.page


def says(page: QWidget, action: str) -> str:
    label = page.findChild(PlainLabel, f"keys.says.{action}")
    return label.text() if label.isVisible() else ""


# ----- the table and the layouts -----


@pytest.mark.parametrize("name", key_layouts.names())
def test_every_shipped_layout_is_whole_and_no_key_stands_twice(name: str) -> None:
    layout = key_layouts.layout(name, ACTIONS)
    assert set(layout.keys) == set(TABLE)
    # Every scope is open while one scores, so a key may stand once in the whole layout.
    keys = [QKeySequence(key).toString() for listed in layout.keys.values() for key in listed]
    assert len(keys) == len(set(keys))
    assert layout.title.zh_CN != layout.title.en


def test_the_usual_layout_comes_first() -> None:
    assert key_layouts.names()[0] == key_layouts.DEFAULT
    assert len(key_layouts.names()) > 1


def test_every_action_bound_anywhere_is_in_the_table_and_every_action_is_bound(
    window: MainWindow, made: MadeReview
) -> None:
    start_review(window, made)
    bound = {
        shortcut.property("action")
        for shortcut in window.findChildren(shortcuts.QShortcut)
        if shortcut.property("action")
    }
    assert bound == set(TABLE)


def test_no_shortcut_is_made_beside_the_table() -> None:
    for path in UI.rglob("*.py"):
        if path.name == "shortcuts.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                assert name not in ("QShortcut", "setShortcut", "setShortcuts"), path


def layout_file(tmp_path: Path, change: Callable[[dict[str, object]], object]) -> Path:
    content = json.loads((resource("shortcuts") / "default.json").read_text(encoding="utf-8"))
    change(content)
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c["keys"].pop("flag"),
        lambda c: c["keys"].update(fly=["F12"]),
        lambda c: c["keys"].update(flag=[]),
        lambda c: c["keys"].update(flag="F3"),
        lambda c: c["keys"].update(flag=["F1"]),
        lambda c: c["keys"].update(flag=["F99"]),
        lambda c: c["keys"].update(flag=["Ctrl+K, Ctrl+B"]),
        lambda c: c["keys"].update(flag=["g"]),
        lambda c: c["keys"].update(flag=["Tab"]),
        lambda c: c["keys"].update(flag=["Ctrl+C"]),
        lambda c: c["keys"].update(flag=["ctrl+k"]),
        lambda c: c["keys"].update(flag=["F11", "F12", "Ctrl+K", "Ctrl+L"]),
        lambda c: c.update(title="x"),
        lambda c: c.update(title={"zh_CN": "x", "en": " "}),
        lambda c: c.update(note="x"),
    ],
)
def test_a_layout_that_is_not_as_it_should_be_is_refused(
    tmp_path: Path, change: Callable[[dict[str, object]], object]
) -> None:
    with pytest.raises(ValueError, match=r"mine\.json"):
        key_layouts.read(layout_file(tmp_path, change), ACTIONS)


def test_a_layout_with_another_free_key_is_read(tmp_path: Path) -> None:
    path = layout_file(tmp_path, lambda content: content["keys"].update(flag=["F11"]))  # type: ignore[attr-defined]
    assert key_layouts.read(path, ACTIONS).keys["flag"] == ("F11",)


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{"title": {}, "title": {}, "keys": {}}', encoding="utf-8")
    with pytest.raises(ValueError, match="twice"):
        key_layouts.read(path, ACTIONS)


# ----- changing them -----


def test_keys_are_changed_by_pressing_them_and_work_at_once(
    qtbot: QtBot, window: MainWindow, new_window: Callable[[], MainWindow]
) -> None:
    page = keys_page(qtbot, window)
    button = child(page, "keys.help")
    button.setFocus()
    tap(Key.Key_Space)
    assert button.text() == "请按新的按键"  # type: ignore[attr-defined]
    tap(Key.Key_F12, Held.ShiftModifier)
    assert button.text() == "Shift+F12"  # type: ignore[attr-defined]
    assert "Shift+F12" in button.accessibleName()
    assert Settings(window.profile).keys == {"help": ("Shift+F12",)}
    tap(Key.Key_Left, Held.AltModifier)
    assert window.over.page is None
    child(window, "header.help").setFocus()
    assert "Shift+F12" in child(window, "header.help").accessibleName()
    tap(Key.Key_F1)
    assert window.over.page is None, "the old key is free"
    tap(Key.Key_F12, Held.ShiftModifier)
    assert window.over.page is not None
    assert any(label.text() == "Shift+F12" for label in window.over.page.findChildren(PlainLabel))
    window.over.close()
    shortcuts.use(key_layouts.DEFAULT)
    again = new_window()
    with qtbot.waitActive(again):
        again.activateWindow()
    assert shortcuts.keys_of("help") == ("Shift+F12",), "kept for the next start"


def test_a_key_another_action_has_is_refused_with_words(qtbot: QtBot, window: MainWindow) -> None:
    page = keys_page(qtbot, window)
    child(page, "keys.flag").setFocus()
    tap(Key.Key_Space)
    tap(Key.Key_F1)
    assert "F1" in says(page, "flag")
    assert "打开本页" in says(page, "flag")
    tap(Key.Key_X, Held.ControlModifier)
    assert "Ctrl+X" in says(page, "flag")
    tap(Key.Key_G)
    assert "输入框" in says(page, "flag")
    tap(Key.Key_Tab)
    assert "Tab" in says(page, "flag")
    assert QApplication.focusWidget() is child(page, "keys.flag"), "Tab is refused, not obeyed"
    assert shortcuts.own() == {}
    tap(Key.Key_Escape)
    assert says(page, "flag") == ""
    assert child(page, "keys.flag").text() == "F3"  # type: ignore[attr-defined]


def test_a_level_may_have_a_letter(qtbot: QtBot, window: MainWindow) -> None:
    page = keys_page(qtbot, window)
    child(page, "keys.level.1").setFocus()
    tap(Key.Key_Space)
    tap(Key.Key_Q)
    assert shortcuts.keys_of("level.1") == ("Q",)


def test_one_and_all_are_reset(qtbot: QtBot, window: MainWindow) -> None:
    page = keys_page(qtbot, window)
    for action, key in (("flag", Key.Key_F8), ("help", Key.Key_F3)):
        child(page, f"keys.{action}").setFocus()
        tap(Key.Key_Space)
        tap(key)
    assert shortcuts.own() == {"flag": ("F8",), "help": ("F3",)}
    press(page, "keys.reset.flag")
    assert "打开本页" in says(page, "flag"), "F3 is the help key now"
    assert shortcuts.keys_of("flag") == ("F8",)
    press(page, "keys.reset.help")
    press(page, "keys.reset.flag")
    assert shortcuts.own() == {}
    assert not child(page, "keys.reset.all").isEnabled()
    child(page, "keys.menu").setFocus()
    tap(Key.Key_Space)
    tap(Key.Key_F12)
    press(page, "keys.reset.all")
    assert shortcuts.own() == {}
    assert child(page, "keys.menu").text() == "F10"  # type: ignore[attr-defined]
    assert Settings(window.profile).keys == {}


def test_another_layout_is_chosen_with_the_keyboard(qtbot: QtBot, window: MainWindow) -> None:
    page = keys_page(qtbot, window)
    child(page, "keys.layout").setFocus()
    tap(Key.Key_Down)
    tap(Key.Key_Return)
    assert shortcuts.layout() == key_layouts.names()[1]
    assert Settings(window.profile).layout == key_layouts.names()[1]
    assert child(page, "keys.item.next").text() == "Alt+D"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "own",
    ["[]", "{", '{"flag": 3}', '{"flag": ["F1"]}', '{"nothing": ["F12"]}', '{"flag": []}', '{"flag": ["Ctrl+C"]}'],
)
def test_nonsense_in_the_settings_does_no_harm(own_profile: Path, own: str) -> None:
    settings = Settings(own_profile)
    settings._ini.setValue("keys/own", own)
    settings._ini.setValue("keys/layout", "none")
    shortcuts.use(settings.layout, settings.keys)
    assert shortcuts.own() == {}
    assert shortcuts.layout() == key_layouts.DEFAULT


def test_keys_two_actions_swapped_are_kept() -> None:
    shortcuts.use(key_layouts.DEFAULT, {"flag": ("F1",), "help": ("F3",)})
    assert shortcuts.keys_of("flag") == ("F1",)
    assert shortcuts.keys_of("help") == ("F3",)


# ----- fields -----


def test_a_text_field_keeps_its_editing_keys_and_lets_the_others_pass(
    qtbot: QtBot, window: MainWindow, made: MadeReview, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl+E ends a line on this system, but only where nothing is bound to it: the action wins, in every field."""
    start_review(window, made)
    page = review_of(window)
    with qtbot.waitActive(window):
        window.activateWindow()
    page.score.items.setFocus()
    kept = {"undo", "redo", "level.1", "level.2", "level.3", "level.4", "level.5"}
    for field in (TextBox("many", "words"), QLineEdit("one")):
        field.setParent(page)
        field.show()
        for action in TABLE:
            if isinstance(field, TextBox) and action in ("undo", "redo"):
                # Its own only as long as it has something to undo (see `test_keyboard`).
                continue
            fired: list[str] = []
            ours = shortcuts.bind(field, action, lambda fired=fired, action=action: fired.append(action))
            for key in shortcuts.keys_of(action):
                if key in ("Return", "Enter"):
                    continue
                field.setFocus()
                combination = QKeySequence(key)[0]
                # The shortcut of the page itself must not make this one ambiguous.
                for other in window.findChildren(shortcuts.QShortcut):
                    other.setEnabled(other in ours)
                QTest.keyClick(field, combination.key(), combination.keyboardModifiers())
                assert bool(fired) == (action not in kept), (action, key)
                fired.clear()
            ours[0].setEnabled(False)
        field.hide()
    settle()


def test_keys_of_one_name_are_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chinese Qt calls Return and Enter the same."""
    named = {"Return": "回车", "Enter": "回车", "Ctrl+Return": "Ctrl+回车"}
    monkeypatch.setattr(shortcuts, "keys_of", lambda _action: tuple(named))
    monkeypatch.setattr(shortcuts, "key_text", named.__getitem__)
    assert shortcuts.keys_text("next") == "回车 / Ctrl+回车"
