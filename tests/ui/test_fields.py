"""Fields: exact numbers, nothing cut, one report per change, no key lost to an input method."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QInputMethodEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.ui import composing
from ndb_desktop.ui.expert.draft import DraftKeeper
from ndb_desktop.ui.shortcuts import bind
from ndb_desktop.ui.widgets import fields
from ndb_desktop.ui.widgets.fields import PAUSE_MS, Choice, LineEdit, NumberBox, TextBox
from ndb_desktop.ui.widgets.layout import column
from ndb_desktop.ui.widgets.passphrase import PassphraseField


def compose(widget: QWidget, preedit: str, commit: str = "") -> None:
    """What an input method sends while a word is typed."""
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(widget, event)


@pytest.fixture
def number(qtbot: QtBot) -> NumberBox:
    box = NumberBox("分数")
    qtbot.addWidget(box)
    box.set_bounds(Decimal(80), Decimal("89.99"), Decimal("0.5"))
    box.set_number(None)
    return box


def test_a_number_is_exact_and_reported_once(qtbot: QtBot, number: NumberBox) -> None:
    seen: list[object] = []
    number.decided.connect(seen.append)
    assert number.number() is None
    assert number.text() == ""
    number.setText("85.50")
    number.commit()
    number.commit()
    assert seen == [Decimal("85.5")]


@pytest.mark.parametrize("typed", ["79.99", "90", "85.3", "1e1", "９９", "８５²", "nan", "-85", "85,5", ""])
def test_what_is_no_number_in_the_band_is_not_taken(number: NumberBox, typed: str) -> None:
    seen: list[object] = []
    number.decided.connect(seen.append)
    number.setText(typed)
    number.commit()
    assert number.number() is None
    assert seen == []
    assert number.text() == typed
    assert bool(number.property("finding")) == bool(typed)


@pytest.mark.parametrize("typed", ["８５．５", "８5.５", " 85．5 "])
def test_the_wide_digits_of_chinese_input_are_digits(number: NumberBox, typed: str) -> None:
    seen: list[object] = []
    number.decided.connect(seen.append)
    number.setText(typed)
    number.commit()
    assert seen == [Decimal("85.5")]
    assert not number.property("finding")


def test_emptying_a_stored_number_is_reported(number: NumberBox) -> None:
    seen: list[object] = []
    number.decided.connect(seen.append)
    number.set_number(Decimal(85))
    assert number.text() == "85"
    number.clear()
    number.commit()
    assert seen == [None]


def test_a_step_from_empty_starts_at_the_lower_bound(number: NumberBox) -> None:
    number.step_by(1)
    assert number.number() == Decimal(80)
    number.step_by(1)
    assert number.number() == Decimal("80.5")


def test_leaving_an_empty_field_fills_in_nothing(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    number, line = NumberBox("分数"), LineEdit("说明")
    number.set_bounds(Decimal(80), Decimal("89.99"), Decimal("0.5"))
    host.setLayout(column(number, line))
    host.show()
    with qtbot.waitActive(host):
        host.activateWindow()
    seen: list[object] = []
    number.decided.connect(seen.append)
    number.setFocus()
    line.setFocus()
    assert seen == []
    assert number.text() == ""
    number.setFocus()
    QTest.keyClick(number, Qt.Key.Key_Up)
    QTest.keyClick(number, Qt.Key.Key_Up)
    QTest.keyClick(number, Qt.Key.Key_Down)
    assert seen == [Decimal(80), Decimal("80.5"), Decimal(80)]
    for _ in range(30):
        QTest.keyClick(number, Qt.Key.Key_Up)
    assert seen[-1] == Decimal("89.5")


def test_the_wheel_does_not_change_a_score(number: NumberBox) -> None:
    number.set_number(Decimal(85))
    number.show()
    event = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(0, 0), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(number, event)
    assert number.number() == Decimal(85)


def test_the_pause_leaves_time_to_store_what_was_typed() -> None:
    # Every edit is durable within 300 ms of the last key: what is left is for the lane and one commit to a slow disk,
    # which takes up to 100 ms (`benchmarks/autosave_bench.py` measures both together).
    assert 0 < PAUSE_MS <= 200
    for field in (TextBox("text"), LineEdit("line"), NumberBox("number")):
        assert field._timer.interval() == PAUSE_MS
    form = QWidget()
    assert DraftKeeper(form, dict)._timer.interval() == PAUSE_MS


def test_text_is_reported_after_a_pause_and_when_leaving(qtbot: QtBot) -> None:
    box = TextBox("理由")
    qtbot.addWidget(box)
    seen: list[str] = []
    box.edited.connect(seen.append)
    box.setPlainText("第一")
    assert seen == []
    qtbot.waitUntil(lambda: seen == ["第一"], timeout=PAUSE_MS * 4)
    box.setPlainText("第一第二")
    box.commit()
    assert seen == ["第一", "第一第二"]


def test_who_types_without_a_rest_is_stored_meanwhile(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "PAUSE_MS", 60_000)
    monkeypatch.setattr(fields, "LONGEST_MS", 30)
    box = TextBox("text")
    qtbot.addWidget(box)
    told: list[str] = []
    box.edited.connect(told.append)
    box.show()
    with qtbot.waitSignal(box.edited):
        QTest.keyClicks(box, "ab")
    assert told == ["ab"]
    with qtbot.waitSignal(box.edited):
        QTest.keyClicks(box, "c")
    assert told == ["ab", "abc"]


def test_composing_reports_nothing_until_committed(qtbot: QtBot) -> None:
    box = TextBox("理由")
    qtbot.addWidget(box)
    seen: list[str] = []
    box.edited.connect(seen.append)
    compose(box, "ping")
    box.commit()
    assert seen == []
    assert composing.active()
    compose(box, "", "评审")
    box.commit()
    assert seen == ["评审"]
    assert not composing.active()


def test_a_long_committed_phrase_is_not_cut(qtbot: QtBot) -> None:
    line = LineEdit("说明")
    qtbot.addWidget(line)
    compose(line, "", "字" * 5000)
    assert len(line.text()) == 5000


def test_what_is_stored_does_not_overwrite_what_is_being_typed(qtbot: QtBot) -> None:
    box = TextBox("理由", "旧")
    qtbot.addWidget(box)
    box.show()
    with qtbot.waitActive(box):
        box.activateWindow()
    box.setFocus()
    QTest.keyClicks(box, "abc")
    box.set_stored("旧")
    assert "abc" in box.toPlainText()
    box.drop_pending()
    box.set_stored("新")
    assert box.toPlainText() == "新"


def test_what_is_too_long_for_a_line_shows_how_it_begins(qtbot: QtBot) -> None:
    line = LineEdit("地点", "福建省厦门市" * 20)
    qtbot.addWidget(line)
    line.resize(120, 30)
    line.show()
    assert line.cursorPositionAt(QPoint(8, 15)) <= 1
    line.set_stored("集美区" * 40)
    assert line.cursorPositionAt(QPoint(8, 15)) <= 1


def test_no_shortcut_fires_while_a_word_is_composed(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    box, line = TextBox("理由"), LineEdit("说明")
    host.setLayout(column(box, line))
    fired: list[str] = []
    for action in ("item.next", "level.3", "item.done", "flag", "search"):
        bind(host, action, lambda action=action: fired.append(action))
    host.show()
    with qtbot.waitActive(host):
        host.activateWindow()
    for field in (box, line):
        field.setFocus()
        compose(field, "zhong")
        for key in (Qt.Key.Key_PageDown, Qt.Key.Key_3, Qt.Key.Key_F3):
            QTest.keyClick(field, key)
        QTest.keyClick(field, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
        assert fired == []
        compose(field, "", "中")
        QTest.keyClick(field, Qt.Key.Key_PageDown)
        QTest.keyClick(field, Qt.Key.Key_F3)
        assert fired == ["item.next", "flag"]
        fired.clear()


def test_digits_and_enter_belong_to_the_text_box(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    box = TextBox("理由")
    host.setLayout(column(box))
    fired: list[str] = []
    for action in ("level.3", "item.done"):
        bind(host, action, lambda action=action: fired.append(action))
    host.show()
    with qtbot.waitActive(host):
        host.activateWindow()
    box.setFocus()
    QTest.keyClicks(box, "3")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert fired == []
    assert box.toPlainText() == "3\n"
    QTest.keyClick(box, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert fired == ["item.done"]


def test_tab_leaves_a_text_box(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    box, line = TextBox("理由"), LineEdit("说明")
    host.setLayout(column(box, line))
    host.show()
    with qtbot.waitActive(host):
        host.activateWindow()
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Tab)
    assert line.hasFocus()
    assert box.toPlainText() == ""


def test_a_choice_keeps_its_value_when_scrolled_and_reports_only_the_user(qtbot: QtBot) -> None:
    choice = Choice("文档")
    qtbot.addWidget(choice)
    seen: list[object] = []
    choice.chosen.connect(seen.append)
    choice.set_choices([("a", "<b>甲&乙"), ("b", "丙")], "b")
    assert choice.value() == "b"
    assert seen == []
    choice.activated.emit(1)
    assert seen == ["b"]
    choice.set_value("zzz")
    assert choice.value() == "a"


def test_passphrase_must_be_long_enough_and_typed_twice(qtbot: QtBot) -> None:
    field = PassphraseField("口令", new=True, minimum=10)
    qtbot.addWidget(field)
    assert not field.ready()
    field.first.setText("short")
    assert not field.ready()
    assert "10" in field.hint.text()
    field.first.setText("long enough words")
    assert not field.ready()
    field.second.setText("long enough word")
    assert not field.ready()
    assert field.hint.text()
    field.second.setText("long enough words")
    assert field.ready()
    assert field.text() == "long enough words"
    field.clear()
    assert not field.ready()
    assert field.second.text() == ""


def test_a_least_length_of_one_is_not_worth_a_word(qtbot: QtBot) -> None:
    trial, formal = PassphraseField("口令", new=True, minimum=1), PassphraseField("口令", new=True, minimum=10)
    qtbot.addWidget(trial)
    qtbot.addWidget(formal)
    assert trial.hint.text() == ""
    assert trial.hint.isHidden()
    assert formal.hint.text() == "至少 10 个字符"


def test_passphrase_is_hidden_until_shown(qtbot: QtBot) -> None:
    field = PassphraseField("口令")
    qtbot.addWidget(field)
    assert field.first.echoMode() == LineEdit.EchoMode.Password
    field.show_button.click()
    assert field.first.echoMode() == LineEdit.EchoMode.Normal
    assert field.show_button.accessibleName() == "隐藏口令"


def test_caps_lock_is_noticed(qtbot: QtBot) -> None:
    field = PassphraseField("口令")
    qtbot.addWidget(field)
    field.show()
    QTest.keyClick(field.first, "A", Qt.KeyboardModifier.NoModifier)
    assert "大写锁定" in field.hint.text()
    QTest.keyClick(field.first, "a", Qt.KeyboardModifier.NoModifier)
    assert "大写锁定" not in field.hint.text()
