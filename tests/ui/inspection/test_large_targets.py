"""大按钮: the whole inspection desk large enough for a finger, by button and key, remembered, nothing cut by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDateEdit, QTableView, QToolButton
from pytestqt.qtbot import QtBot

from ndb_desktop.ui import i18n, shortcuts, theme
from ndb_desktop.ui.settings import Settings
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.shell.start_page import StartPage
from tests.support import rooms, site_rooms
from tests.support.coordinator import Dialogs
from tests.support.looks import cut
from tests.support.review import MadeReview
from tests.support.site import MadeSite
from tests.support.targets import small, targets
from tests.support.window import child, press, settle

TABLET = QSize(1024, 640)


@pytest.fixture
def own(window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: MadeSite) -> site_rooms.Visit:
    return site_rooms.Visit(window, tmp_path, Dialogs(monkeypatch), made)


@pytest.mark.parametrize(("language", "factor"), [("zh_CN", 1.5), ("en", 1.0)])
@pytest.mark.parametrize("stage", site_rooms.STAGES, ids=lambda stage: stage.__name__)
def test_every_target_of_every_page_is_large_enough_and_nothing_is_cut(
    own: site_rooms.Visit,
    stage: Callable[[site_rooms.Visit], Iterator[rooms.Room]],
    language: str,
    factor: float,
) -> None:
    window = own.window
    window.settings.large_targets = True
    i18n.set_language(language)
    window._apply_theme("light", factor)
    rooms.fit(window, TABLET)
    found: dict[str, str] = {}
    seen = 0
    for room in stage(own):
        room.show()
        rooms.fit(window, TABLET)
        assert window.size() == TABLET, (room.name, window.minimumSizeHint().toTuple())
        for trouble in (*small(window, theme.target()), *cut(window)):
            found.setdefault(trouble, room.name)
        seen += sum(1 for _ in targets(window))
    window._apply_theme("light", 1.0)
    assert not found, "\n".join(f"{where}: {what}" for what, where in found.items())
    assert seen > 60


def test_a_button_and_a_key_switch_it_and_it_is_remembered(
    own: site_rooms.Visit, new_window: Callable[[], MainWindow], own_profile: Path
) -> None:
    window = own.window
    assert not child(window, "header.large").isVisible()
    site_rooms.open_visit(own)
    own.page("head")
    assert small(window, theme.TARGET)
    press(window, "header.large")
    assert not small(window, theme.TARGET)
    assert child(window, "header.large").isChecked()  # type: ignore[attr-defined]
    assert child(window, "site.head").isVisible(), "the same page"
    window.close()
    settle()
    again = new_window()
    assert Settings(own_profile).large_targets
    own = site_rooms.Visit(again, own.folder, own.dialogs, own.made)
    site_rooms.open_visit(own)
    assert not small(again, theme.TARGET)
    key = QKeySequence(shortcuts.keys_of("large")[0])[0]
    QTest.keyClick(child(again, "site.nav"), key.key(), key.keyboardModifiers())  # type: ignore[attr-defined]
    settle()
    assert small(again, theme.TARGET)
    assert not Settings(own_profile).large_targets


def test_what_is_typed_is_not_lost_by_switching(own: site_rooms.Visit, qtbot: QtBot) -> None:
    site_rooms.open_visit(own)
    press(own.window, "site.statements.make")
    own.page("head")
    with qtbot.waitActive(own.window):
        own.window.activateWindow()
    field = child(own.window, "site.place")
    field.setFocus()
    QTest.keyClicks(field, "Fuzhou")
    QTest.keyClick(field, Qt.Key.Key_F9)
    settle()
    assert own.store.record.head.place == "Fuzhou"
    assert child(own.window, "site.place").text() == "Fuzhou"  # type: ignore[attr-defined]


def test_other_desks_stay_as_they_are(window: MainWindow, made_review: MadeReview) -> None:
    window.settings.large_targets = True
    window.open_paths((made_review.path,))
    settle()
    assert not theme.large()
    assert not child(window, "header.large").isVisible()
    window.set_large()
    assert window.settings.large_targets, "where it is not offered the key does nothing"
    window.enter("inspection")
    settle()
    assert theme.large()
    assert window.header.help_button.height() >= theme.TARGET
    press(window, "header.back")
    assert isinstance(window.page, StartPage)
    assert not theme.large()
    assert min(one.height() for one in window.header.findChildren(QAbstractButton) if one.isVisible()) < theme.TARGET


def test_a_list_to_choose_from_opens_with_large_lines(own: site_rooms.Visit) -> None:
    own.window.settings.large_targets = True
    site_rooms.open_visit(own)
    press(own.window, "site.statements.make")
    own.page("photos")
    box = child(own.window, "site.photos.goes_to")
    box.showPopup()  # type: ignore[attr-defined]
    QApplication.processEvents()
    view = box.view()  # type: ignore[attr-defined]
    assert view.visualRect(view.model().index(1, 0)).height() >= theme.TARGET
    box.hidePopup()  # type: ignore[attr-defined]
    settle()


def test_sizes_grow_with_the_type_and_never_shrink_below_a_finger(own: site_rooms.Visit) -> None:
    own.window.settings.large_targets = True
    own.window.enter("inspection")
    settle()
    for factor, least in ((0.9, 44), (1.0, 44), (1.6, 70)):
        own.window._apply_theme("light", factor)
        assert theme.target() == least
        assert "$" not in theme.large_sheet()
        assert not small(own.window, least)
    own.window._apply_theme("light", 1.0)


def test_the_calendar_of_a_day_to_put_right_has_large_days(own: site_rooms.Visit) -> None:
    own.window.settings.large_targets = True
    site_rooms.open_visit(own)
    press(own.window, "site.statements.make")
    own.page("findings")
    press(own.window, "site.finding.add")
    press(own.window, "site.finding.due.7")
    field = child(own.window, "site.finding.due")
    assert isinstance(field, QDateEdit)
    arrow = QPoint(field.width() - 12, field.height() // 2)
    QTest.mouseClick(field, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, arrow)
    QApplication.processEvents()
    calendar = field.calendarWidget()
    assert calendar.isVisible()
    days = calendar.findChild(QTableView)
    assert days is not None
    last = days.model().index(days.model().rowCount() - 1, days.model().columnCount() - 1)
    assert days.visualRect(last).bottom() <= days.viewport().height(), "all weeks of the month are in sight"
    assert days.geometry().bottom() <= calendar.height()
    widths = [days.columnWidth(column) for column in range(days.model().columnCount())]
    heights = [days.rowHeight(row) for row in range(days.model().rowCount())]
    assert min(*widths, *heights) >= theme.TARGET
    shown = [one for one in calendar.findChildren(QToolButton) if one.isVisible()]
    assert shown
    assert min(min(one.width(), one.height()) for one in shown) >= theme.TARGET
    calendar.window().close()
    settle()
