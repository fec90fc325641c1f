"""Errors in words: what happened and what to do; the code behind a fold; never a traceback or a value in the log."""

from __future__ import annotations

import errno
import logging

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.ui import i18n, messages
from ndb_desktop.ui.messages import Message
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.layout import column, holder, scroll
from tests.support.review import MadeReview
from tests.support.window import child, press, review_of, settle, start_review


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_known_error_is_a_sentence_with_its_code_in_the_details(language: str) -> None:
    i18n.set_language(language)
    message = messages.describe(NdbError("E-FILE-IO", place="盘:1", name="甲.ndbscore"))
    assert "甲.ndbscore" in message.text
    assert "E-FILE-IO" not in message.text
    assert message.details == ("盘:1 · E-FILE-IO",)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FileNotFoundError(errno.ENOENT, "x", "/a/b.txt"), "E-FILE-MISSING"),
        (PermissionError(errno.EACCES, "x", "/a/b.txt"), "E-FILE-DENIED"),
        (OSError(errno.EROFS, "x", "/a/b.txt"), "E-FILE-DENIED"),
        (OSError(errno.ENOSPC, "x", "/a/b.txt"), "E-FILE-FULL"),
        (OSError(errno.EIO, "x", "C:\\a\\b.txt"), "E-FILE-IO"),
    ],
)
def test_system_errors_become_words(error: OSError, code: str) -> None:
    message = messages.describe(error)
    assert message.details == (code,)
    assert "b.txt" in message.text
    assert "/a/" not in message.text


def test_all_faults_are_listed_up_to_a_limit() -> None:
    faults = [Fault("E-FILE-IO", f"行 {n}", {"name": str(n)}) for n in range(300)]
    message = messages.describe(FaultsError(faults))
    assert message.open_details
    assert len(message.details) == messages.SHOWN_FAULTS + 1
    assert message.details[0].startswith("行 0  ")
    assert "100" in message.details[-1]


def test_a_mistake_of_ours_is_logged_without_values(expected_warnings: pytest.LogCaptureFixture) -> None:
    def secret() -> None:
        raise KeyError("某某申报单位")

    with pytest.raises(KeyError) as caught:
        secret()
    with expected_warnings.at_level(logging.ERROR):
        message = messages.describe(caught.value)
    assert "KeyError" in message.details[0]
    assert "某某" not in expected_warnings.text
    assert "某某" not in str(message)
    assert "secret" in expected_warnings.text


def test_banner_shows_folds_and_goes(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    assert banner.isHidden()
    banner.show_error(NdbError("E-FILE-IO", name="<img src=x>"))
    assert not banner.isHidden()
    assert "<img src=x>" in banner._text.text()
    assert banner._details.isHidden()
    banner._more.click()
    assert not banner._details.isHidden()
    assert "E-FILE-IO" in banner._details.toPlainText()
    banner._close.click()
    assert banner.isHidden()
    assert banner.message() is None


def test_a_banner_with_something_to_do(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    done: list[int] = []
    banner.info("正文", action="去做", act=lambda: done.append(1))
    banner._action.click()
    assert done == [1]
    assert banner.isHidden()
    banner.show_message(Message("warning", "标题", "正文"))
    assert banner._action.isHidden()


def test_a_message_of_the_window_lies_over_the_page_and_moves_nothing(window: MainWindow) -> None:
    before = window.stack.geometry()
    window.say(Message("danger", "标题", "很长的一句话。" * 60, tuple("细节" for _ in range(8)), open_details=True))
    settle()
    assert window.stack.geometry() == before
    banner = window.banner
    assert banner.isVisible()
    assert before.contains(banner.geometry())
    assert banner.width() < before.width()
    details = child(banner, "banner.details")
    assert banner.rect().contains(details.geometry()), "the details are within the banner"
    tall = banner.height()
    press(banner, "banner.more")
    assert banner.height() < tall
    left = banner.x()
    window.resize(window.width() - 200, window.height())
    settle()
    assert banner.x() < left, "it stays in the middle"
    press(banner, "banner.close")
    assert banner.isHidden()


def test_a_message_in_a_narrow_page_is_as_high_as_its_words(qtbot: QtBot) -> None:
    banner, words = Banner(), PlainLabel("")
    page = scroll(holder(column(banner, words, None)), "page")
    qtbot.addWidget(page)
    page.resize(460, 600)
    page.show()
    banner.show_message(Message("danger", "标题", "很长的一句话。" * 40, ("细节",)))
    settle()
    area = banner.findChild(QScrollArea)
    assert area is not None
    assert not area.verticalScrollBar().isVisible()
    assert banner.height() == banner.heightForWidth(banner.width())
    banner.info("一句话。")
    settle()
    assert banner.height() < 100


def on_window(widget: QWidget) -> QRect:
    return QRect(widget.mapTo(widget.window(), QPoint(0, 0)), widget.size())


@pytest.mark.parametrize("size", [(1440, 900), (1366, 728), (700, 640)])
def test_a_message_leaves_the_title_of_the_item_to_be_read_and_the_field_to_be_typed_in(
    window: MainWindow, made: MadeReview, qtbot: QtBot, size: tuple[int, int]
) -> None:
    page = start_review(window, made)
    window.setMinimumSize(1, 1)
    window.resize(*size)
    settle()
    window.activateWindow()
    page.score.panel.bring("note")
    field = child(window, "item.note")
    field.setFocus()
    head, stood = page.score.panel.head, on_window(field)
    window.say(Message("warning", "标题", "很长的一句话。" * 12), "去做", lambda: None)
    settle()
    lies = on_window(window.banner)
    assert window.banner.isVisible()
    assert head.isVisible()
    assert not lies.intersects(on_window(head))
    assert not lies.intersects(on_window(field))
    assert on_window(field) == stood, "nothing moves below it"
    assert window.rect().contains(lies)
    page.go("check")
    settle()
    lay = on_window(window.banner)
    page.go("score")
    settle()
    if not window.banner.isVisible():
        window.say(Message("info", "", "一句话。"))
    assert not on_window(window.banner).intersects(on_window(review_of(window).score.panel.head)), lay
    qtbot.mouseClick(child(window.banner, "banner.close"), Qt.MouseButton.LeftButton)
    assert window.banner.isHidden()


def test_what_the_button_of_a_message_says_is_not_cut_beside_a_title(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    window.setMinimumSize(1, 1)
    window.resize(911, 512)
    settle()
    page.score.panes.show_pane("lists")
    settle()
    for count in range(2, 30):
        window.say(Message("warning", "标题", "一句话。"), "回" * count, lambda: None)
        settle()
        button = child(window.banner, "banner.action")
        area = window.banner.findChild(QScrollArea)
        assert area is not None
        inside = area.viewport().rect()
        assert inside.contains(QRect(button.mapTo(area.viewport(), QPoint(0, 0)), button.size())), count
        assert button.minimumSizeHint().width() <= inside.width(), count
