"""Every page for a screen reader and a keyboard: names, roles, and one order for eye, Tab and reader."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.ui import i18n
from ndb_desktop.ui.settings import Settings
from ndb_desktop.ui.shell.last_run import LastRun
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets import order
from tests.support import access, review
from tests.support.supplement import staged
from tests.support.window import child, desk_of, every_page, now, press, review_of, settle, start_review


@pytest.fixture
def listened() -> Iterator[None]:
    """As if a screen reader were running."""
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


def sound(qtbot: QtBot, window: MainWindow, page: str) -> int:
    """Nothing on the page is without a name or a telling role, and its three orders are one; how many stops it has."""
    with qtbot.waitActive(window):
        window.activateWindow()
    # The first picture does not wait for what only a screen reader needs.
    qtbot.waitUntil(lambda: window.findChild(order.ReadingOrder) is not None)
    root = window.centralWidget()
    assert root is not None
    stops = access.focusable(root)
    assert stops, page
    assert not [access.called(widget) for widget in stops if not access.said(widget).strip()], page
    assert not access.wrong_roles(root), page
    by_tab = access.tab_stops(window)
    settle()
    assert not [access.called(widget) for widget in stops if not reached(widget, by_tab)], page
    assert not access.against_the_eye(by_tab, root), page
    assert not access.against_the_reader(by_tab, root), page
    return len(stops)


def reached(widget: QWidget, by_tab: list[QWidget]) -> bool:
    """Whether Tab comes there, or to another choice of the same group, from where the arrow keys go on."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    others = group.buttons() if group is not None and group.exclusive() else []
    return any(stop is widget or stop in others for stop in by_tab)


@pytest.mark.usefixtures("listened")
def test_every_page_is_named_and_read_in_one_order(
    qtbot: QtBot, new_window: Callable[[], MainWindow], made: review.MadeReview
) -> None:
    window = new_window()
    pages = [page for page in every_page(window, made) if sound(qtbot, window, page)]
    assert len(pages) > 25


def further_pages(window: MainWindow, made: review.MadeReview) -> Iterator[str]:
    """Pages the usual walk does not come to."""
    window.over.show_keys()
    settle()
    yield "keys"
    window.over.close()
    window.over.show_guide()
    settle()
    yield "guide"
    window.over.close()
    page = start_review(window, made)
    walk = desk_of(window).walk
    assert walk is not None
    walk.go(made.ids[0], "P2.1.basis")
    settle()
    press(window, "viewer.side.button")
    yield "thumbnails"
    side = child(window, "viewer.side")
    assert isinstance(side, QTabWidget)
    for number in range(1, side.count()):
        side.setCurrentIndex(number)
        settle()
        yield f"side panel {number}"
    press(window, "viewer.side.button")
    press(window, "item.challenge")
    yield "challenge form"
    press(window, "challenge.cancel")
    press(window, "score.recuse")
    yield "late recusal"
    press(window, "declare.cancel")
    page.go("check")
    settle()
    page.check.matrix.setCurrentIndex(page.check.model.place(made.ids[0], "P2.1.basis"))
    press(window, "check.compare")
    yield "compare"
    press(window, "compare.back")
    press(window, "review.safety")
    yield "copies"
    press(window, "safety.back")
    # The page was made anew.
    review_of(window).go("sign")
    settle()
    press(window, "sign.each.show")
    press(window, f"sign.each.{made.ids[0]}")
    yield "sheet by sheet"


@pytest.mark.usefixtures("listened")
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_pages_beside_the_usual_way_too(
    qtbot: QtBot, new_window: Callable[[], MainWindow], made: review.MadeReview, language: str
) -> None:
    i18n.set_language(language)
    window = new_window()
    pages = [page for page in further_pages(window, made) if sound(qtbot, window, page)]
    assert len(pages) >= 9


@pytest.mark.usefixtures("listened")
def test_the_notice_of_a_crash_and_its_report(qtbot: QtBot, own_profile: Path, made: review.MadeReview) -> None:
    logs = own_profile / "logs"
    logs.mkdir(exist_ok=True)
    (logs / "died.json").write_text(json.dumps([{"started": 1.0, "bundle": str(made.path)}]), encoding="utf-8")
    last = LastRun(logs)
    window = MainWindow(Settings(own_profile), own_profile, now, (), last)
    window.resize(1366, 768)
    window.show()
    settle()
    assert child(window, "crash.go_on").isVisible()
    sound(qtbot, window, "crash notice")
    press(window, "crash.show")
    sound(qtbot, window, "crash report")
    window.close()
    settle()
    last.end()
    window.deleteLater()
    settle()


@pytest.mark.usefixtures("listened")
def test_what_is_new_in_a_supplement(
    qtbot: QtBot, tmp_path: Path, own_profile: Path, new_window: Callable[[], MainWindow]
) -> None:
    case = staged(tmp_path)
    try:
        shutil.copytree(case.profile, own_profile, dirs_exist_ok=True)
        window = new_window()
        window.open_paths((case.newer,))
        settle()
        child(window, "open.secret").setText(case.secret)  # type: ignore[attr-defined]
        press(window, "open.button")
        page = review_of(window)
        page.go("news")
        settle()
        assert sound(qtbot, window, "news") > 5
    finally:
        case.office.close()


def test_every_choice_of_the_menu_is_named(window: MainWindow) -> None:
    """The settings: language, colours, size of type, keys, about."""
    menu = window.header.menu_button.menu()
    assert menu is not None
    assert access.interface(window.header.menu_button).role() in (access.Role.ButtonMenu, access.Role.Button)
    seen = []
    for action in menu.actions():
        inner = action.menu()
        seen += [action, *(inner.actions() if inner is not None else ())]  # type: ignore[attr-defined]
    named = [action for action in seen if not action.isSeparator()]
    assert len(named) > 12
    assert all(action.text().strip() for action in named)
    assert sum(action.isChecked() for action in named) == 3, "one language, one theme, one size"


def test_tab_and_back_go_the_same_way(qtbot: QtBot, window: MainWindow, made: review.MadeReview) -> None:
    start_review(window, made)
    walk = desk_of(window).walk
    assert walk is not None
    walk.go(made.ids[0], "P4.1.basis")
    settle()
    with qtbot.waitActive(window):
        window.activateWindow()
    panel = review_of(window).score.panel
    panel.focus_start()
    there = []
    for _ in range(8):
        there.append(QApplication.focusWidget())
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    back = []
    for _ in range(8):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
        back.append(QApplication.focusWidget())
    assert back[::-1] == there
    assert len({id(widget) for widget in there}) == 8


# ----- the order itself -----


def stops_of(host: QWidget) -> list[str]:
    return [widget.objectName() for widget in order.walk(host) if order.is_stop(widget)]


def test_a_part_made_later_is_read_where_it_stands(qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout

    def button(name: str) -> QPushButton:
        made = QPushButton(name)
        made.setObjectName(name)
        return made

    host, splitter, left = QWidget(), QSplitter(), QWidget()
    qtbot.addWidget(host)
    first, last = button("first"), button("last")
    line = QHBoxLayout()
    line.addWidget(first)
    line.addWidget(last)
    left.setLayout(line)
    splitter.addWidget(left)
    splitter.addWidget(button("right"))
    outer = QVBoxLayout(host)
    outer.addWidget(splitter)
    floating = button("floating")
    floating.setParent(host)
    line.insertWidget(1, button("between"))
    host.show()
    assert stops_of(host) == ["first", "between", "last", "right", "floating"]
    assert order.next_stop(host, first, forward=True).objectName() == "between"  # type: ignore[union-attr]
    assert order.next_stop(host, first, forward=False) is floating
    assert order.next_stop(host, None, forward=True) is first
    right = splitter.widget(1)
    inner = access.interface(splitter)
    assert inner.indexOfChild(access.interface(left)) > inner.indexOfChild(access.interface(right)), "as Qt has it"
    order.restack(host)
    assert inner.indexOfChild(access.interface(left)) < inner.indexOfChild(access.interface(right))
    handle = splitter.handle(1)
    assert splitter.children().index(handle) > splitter.children().index(right), "a thin handle must stay on top"


def test_nothing_to_go_to_is_nothing(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    host.show()
    assert order.next_stop(host, None, forward=True) is None
    assert not isinstance(host, QAbstractButton)
