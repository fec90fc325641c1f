"""What a screen reader is told without being asked: what is missing, what was undone, what is not saved."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.services.review import worksheet_path
from ndb_desktop.ui import spoken
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.messages import Message
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.slider import StepSlider
from tests.support.review import MadeReview
from tests.support.safety import a_disk, type_into
from tests.support.window import child, desk_of, press, review_of, settle, start_review

JUDGED, COMPUTED = "P4.1.basis", "P2.1.basis"


class Heard:
    """Everything announced, in order: the words, and whether they were urgent."""

    def __init__(self) -> None:
        self.events: list[QAccessibleEvent] = []
        self.said: list[tuple[str, bool]] = []

    def __call__(self, event: QAccessibleEvent) -> None:
        self.events.append(event)
        if event.type() == QAccessible.Event.Announcement:
            urgent = event.politeness() == QAccessible.AnnouncementPoliteness.Assertive  # type: ignore[attr-defined]
            self.said.append((event.message(), urgent))  # type: ignore[attr-defined]

    def words(self) -> list[str]:
        return [words for words, _ in self.said]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    heard = Heard()
    monkeypatch.setattr(spoken, "deliver", heard)
    return heard


def store_of(window: MainWindow) -> ReviewStore:
    store = desk_of(window).store
    assert store is not None
    return store


def at(window: MainWindow, made: MadeReview, item: str) -> None:
    start_review(window, made)
    walk = desk_of(window).walk
    assert walk is not None
    walk.go(made.ids[0], item)
    settle()


@pytest.fixture
def active(qtbot: QtBot, window: MainWindow) -> MainWindow:
    with qtbot.waitActive(window):
        window.activateWindow()
    return window


def enter(window: MainWindow) -> None:
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, Qt.Key.Key_Return)
    settle()


def test_enter_on_an_unfinished_item_says_what_is_missing(active: MainWindow, made: MadeReview, heard: Heard) -> None:
    at(active, made, JUDGED)
    panel = review_of(active).score.panel
    panel.focus_start()
    enter(active)
    assert ("还没有选档。", True) in heard.said
    heard.said.clear()
    panel.choose_level("L5")
    settle()
    enter(active)
    (said,) = heard.said
    assert said[0].startswith("还没有填分数：")
    assert said[1]
    heard.said.clear()
    QTest.keyClicks(child(active, "level.number"), "95")
    enter(active)
    assert heard.said[-1] == ("还缺理由。", True)
    assert child(active, "item.gaps").isVisible()
    assert child(active, "item.reason").hasFocus()


def test_the_flag_is_said(window: MainWindow, made: MadeReview, heard: Heard) -> None:
    at(window, made, JUDGED)
    heard.said.clear()
    panel = review_of(window).score.panel
    panel.toggle_flag()
    settle()
    panel.toggle_flag()
    settle()
    assert heard.words() == ["已标记，稍后再看", "已取消标记"]


def notice(window: MainWindow) -> str:
    shown = child(review_of(window).score.viewer, "viewer.notice.text")
    assert isinstance(shown, QLabel)
    return shown.text() if shown.isVisible() else ""


def test_undo_and_redo_say_what_they_did_on_screen_and_aloud(
    window: MainWindow, made: MadeReview, heard: Heard
) -> None:
    at(window, made, JUDGED)
    press(window, "level.L4")
    walk = desk_of(window).walk
    assert walk is not None
    walk.go(made.ids[1], JUDGED)
    settle()
    press(window, "item.flag")
    heard.said.clear()
    press(window, "score.undo")
    assert notice(window).startswith("已撤销：P4.1")
    assert notice(window).endswith("的标记")
    press(window, "score.undo")
    assert notice(window).startswith(f"已撤销：{made.applications[0].applicant}：P4.1"), "it was another application"
    assert notice(window).endswith("的评分档")
    press(window, "score.redo")
    assert notice(window).startswith("已重做：P4.1")
    assert [words.replace("\u200b", "").split("：")[0] for words in heard.words()] == ["已撤销", "已撤销", "已重做"]
    assert notice(window) == heard.words()[-1]
    press(window, "item.flag")
    assert notice(window) == "", "another change: what was undone before is no news any more"


def test_quick_undos_each_say_their_own_change(active: MainWindow, made: MadeReview, heard: Heard) -> None:
    at(active, made, JUDGED)
    press(active, "level.L4")
    press(active, "item.flag")
    heard.said.clear()
    undo = child(active, "score.undo")
    assert isinstance(undo, QAbstractButton)
    # Both before the first is through the lane.
    undo.click()
    undo.click()
    settle()
    assert [words.rpartition("的")[2] for words in heard.words()] == ["标记", "评分档"]


def test_with_nothing_to_undo_that_is_said(active: MainWindow, made: MadeReview, heard: Heard) -> None:
    at(active, made, JUDGED)
    child(active, "level.L4").setFocus()
    heard.said.clear()
    for key in (Qt.Key.Key_Z, Qt.Key.Key_Y):
        QTest.keyClick(QApplication.focusWidget(), key, Qt.KeyboardModifier.ControlModifier)
        settle()
    assert heard.words() == ["没有可以撤销的修改。", "没有可以重做的修改。"]


def test_a_challenge_is_undone_in_one_step_and_named(window: MainWindow, made: MadeReview, heard: Heard) -> None:
    at(window, made, COMPUTED)
    press(window, "item.challenge")
    box = child(window, "challenge.reason")
    box.setFocus()
    QTest.keyClicks(box, "The audited figure differs from the declared one")
    press(window, "challenge.submit")
    view = store_of(window).view
    assert view.entry(made.ids[0], COMPUTED).confirm == "challenged"
    assert len(view.sheet(made.ids[0]).challenges) == 1
    assert "数据质疑" in child(window, "score.undo").accessibleName()
    heard.said.clear()
    press(window, "score.undo")
    assert view.entry(made.ids[0], COMPUTED).confirm == ""
    assert view.sheet(made.ids[0]).challenges == ()
    assert [words.rpartition("的")[2] for words in heard.words()] == ["数据质疑"]
    assert not child(window, "score.undo").isEnabled()
    press(window, "score.redo")
    assert view.entry(made.ids[0], COMPUTED).confirm == "challenged"
    assert len(view.sheet(made.ids[0]).challenges) == 1


def test_not_saved_is_said_at_once_and_saved_again_too(
    qtbot: QtBot, window: MainWindow, made: MadeReview, heard: Heard
) -> None:
    at(window, made, JUDGED)
    press(window, "level.L4")
    store = store_of(window)
    heard.said.clear()
    type_into(window, "item.note", "x")
    settle()
    assert heard.said == [], "an ordinary save is not worth an interruption"
    with a_disk() as disk:
        disk.fill(worksheet_path(window.profile, store.view.summary.bundle_id))
        store.edit_item(made.ids[0], JUDGED, reason="r" * 1900)
        settle()
        store.edit_item(made.ids[0], JUDGED, reason="s" * 1900)
        settle()
        assert store.unsaved
    alarms = [said for said in heard.said if said[1]]
    assert alarms[0][0].endswith("处未保存")
    assert len([words for words, _ in alarms if words.endswith("处未保存")]) == 1
    heard.said.clear()
    store.retry()
    qtbot.waitUntil(lambda: any(words.startswith("已保存") and not urgent for words, urgent in heard.said))


def test_messages_below_the_header_are_read(window: MainWindow, heard: Heard) -> None:
    window.say(Message("info", "", "甲"))
    window.say(Message("danger", "乙", "丙"))
    assert heard.said == [("甲", False), ("乙 丙", True)]


def test_a_slider_says_the_number_and_not_the_step(qtbot: QtBot, heard: Heard) -> None:
    from decimal import Decimal

    from ndb_desktop.domain.steps import Steps

    slider = StepSlider("分数")
    qtbot.addWidget(slider)
    slider.set_steps(Steps(Decimal(80), Decimal("89.99"), Decimal("0.5")))
    slider.show()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_End):
        qtbot.keyClick(slider, key)
    assert heard.words() == ["80", "80.5", "89.5"]
    slider.show_number(Decimal(81))
    assert heard.words()[-1] == "89.5", "what the program sets by itself is not said"


def test_without_announcements_an_alert_leads_to_the_words(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, heard: Heard
) -> None:
    monkeypatch.delattr("PySide6.QtGui.QAccessibleAnnouncementEvent", raising=False)
    label = QLabel("还缺理由。")
    qtbot.addWidget(label)
    spoken.say(label, label.text(), urgent=True)
    spoken.say(label, " ")
    assert [event.type() for event in heard.events] == [QAccessible.Event.Alert]


def test_the_bridge_takes_what_is_said(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    for _ in range(50):
        spoken.say(widget, "还缺理由。")
        spoken.say(widget, "还缺理由。", urgent=True)
    assert QAccessible.queryAccessibleInterface(widget) is not None
