"""A finger on a tablet: it moves the page wherever it is put down, a tap presses, what is drawn by hand stays put."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDateEdit,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QScrollArea,
    QTableView,
    QToolTip,
    QWidget,
)

from ndb_desktop.domain.siterecord import Finding
from ndb_desktop.services import inspect_photos
from ndb_desktop.ui import theme
from ndb_desktop.ui.inspection.closing_pad import SignaturePad
from ndb_desktop.ui.inspection.photos_page import PhotosPage
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.table import DataTable
from tests.support import rooms, site_rooms
from tests.support.coordinator import Dialogs
from tests.support.fingers import area_of, centre, hold, rest, screen, swipe, tap, touch
from tests.support.photo_desk import QuickWorker
from tests.support.photos import photo
from tests.support.site import MadeSite
from tests.support.window import child, press, settle

TABLET = QSize(1024, 640)


@pytest.fixture
def own(window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: MadeSite) -> site_rooms.Visit:
    return site_rooms.Visit(window, tmp_path, Dialogs(monkeypatch), made)


def opened(own: site_rooms.Visit, page: str, *, large: bool = True, size: QSize = TABLET) -> None:
    """A page of a visit that may be written, on a tablet."""
    own.window.settings.large_targets = large
    site_rooms.open_visit(own)
    press(own.window, "site.statements.make")
    own.page(page)
    rooms.fit(own.window, size)
    settle()


def closing(own: site_rooms.Visit, *, large: bool) -> QScrollArea:
    """The page where the applicant signs; the area it scrolls in."""
    opened(own, "closing", large=large)
    pad = child(own.window, "site.closing.pad")
    area = area_of(pad)
    assert area.verticalScrollBar().maximum() > 100, "the page is longer than the screen"
    centre(pad)
    return area


class Presses(QObject):
    """Counts what a widget hears of a mouse."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.seen: list[QEvent.Type] = []
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
            self.seen.append(event.type())
        return super().eventFilter(watched, event)


def moved_by(widget: QWidget, down: int = -100) -> int:
    """How far the page moved by a swipe that begins in the middle of a widget; it is then brought back."""
    bar = area_of(widget).verticalScrollBar()
    before = bar.value()
    swipe(widget, widget.rect().center(), 0, down)
    moved = bar.value() - before
    rest(widget)
    bar.setValue(before)
    settle()
    return moved


@pytest.mark.parametrize("large", [True, False])
def test_a_finger_moves_the_page_where_all_is_large(own: site_rooms.Visit, large: bool) -> None:
    area = closing(own, large=large)
    bar = area.verticalScrollBar()
    bar.setValue(0)
    swipe(area.viewport(), QPoint(6, area.viewport().height() - 40), 0, -100)
    moved = bar.value()
    rest(area)
    assert (moved > 20) == large


def test_a_name_is_signed_by_finger_and_the_page_stays(own: site_rooms.Visit) -> None:
    area = closing(own, large=True)
    bar, pad = area.verticalScrollBar(), child(own.window, "site.closing.pad")
    assert isinstance(pad, SignaturePad)
    before, start = bar.value(), pad.rect().center()
    swipe(pad, start, 0, -min(40, start.y() - 2))
    settle()
    assert bar.value() == before
    assert len(pad.strokes()) == 1
    assert len(pad.strokes()[0]) > 3
    # Once the hand is lifted the page can be moved again.
    bar.setValue(0)
    assert moved_by(child(area, "site.closing.opinion")) > 20


def test_the_palm_of_the_hand_signs_nothing(own: site_rooms.Visit) -> None:
    """Another finger on the pad is neither followed nor a stroke, also when the first one is lifted before it."""
    closing(own, large=True)
    window, pad = own.window, child(own.window, "site.closing.pad")
    assert isinstance(pad, SignaturePad)

    def at(x: int, y: int) -> QPoint:
        return pad.mapTo(window, QPoint(x, y))

    QTest.touchEvent(window, screen()).press(0, at(60, 60), window).commit()
    QTest.touchEvent(window, screen()).stationary(0).press(1, at(200, 90), window).commit()
    QTest.touchEvent(window, screen()).move(0, at(90, 60), window).move(1, at(210, 90), window).commit()
    QTest.touchEvent(window, screen()).release(0, at(90, 60), window).stationary(1).commit()
    QTest.touchEvent(window, screen()).move(1, at(260, 95), window).commit()
    QTest.touchEvent(window, screen()).release(1, at(260, 95), window).commit()
    settle()
    (stroke,) = pad.strokes()
    sheet = pad.sheet()
    assert [round(x * sheet.width() / 10_000 + sheet.x()) for x, _ in stroke] == pytest.approx([60, 90], abs=2)


def test_a_button_is_pressed_by_a_tap_once_and_never_by_a_swipe(own: site_rooms.Visit) -> None:
    area = closing(own, large=True)
    pressed: list[str] = []
    for button in area.findChildren(QAbstractButton):
        button.clicked.connect(lambda *_args, button=button: pressed.append(button.objectName()))
    target = child(area, "site.closing.read.yes")
    centre(target)
    assert moved_by(target) > 20
    assert not target.isDown()  # type: ignore[attr-defined]
    assert pressed == []
    mouse = Presses(target)
    tap(target)
    assert pressed == [target.objectName()]
    assert mouse.seen == [QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease], "no second mouse is made up"
    assert own.store.record.closing.read_out is True


def test_a_second_finger_presses_nothing_and_the_next_touch_is_a_tap_again(own: site_rooms.Visit) -> None:
    area = closing(own, large=True)
    window, target = own.window, child(area, "site.closing.read.yes")
    centre(target)
    spot = target.mapTo(window, target.rect().center())
    QTest.touchEvent(window, screen()).press(0, spot, window).commit()
    QTest.touchEvent(window, screen()).stationary(0).press(1, spot + QPoint(60, 0), window).commit()
    QTest.touchEvent(window, screen()).release(0, spot, window).release(1, spot + QPoint(60, 0), window).commit()
    settle()
    assert own.store.record.closing.read_out is None
    tap(target)
    assert own.store.record.closing.read_out is True


def test_a_tap_presses_what_the_finger_was_put_on_though_the_page_moves_under_it(own: site_rooms.Visit) -> None:
    """What is stored or laid out meanwhile may make the page longer or shorter."""
    area = closing(own, large=True)
    window, target = own.window, child(area, "site.closing.read.yes")
    centre(target)
    bar, spot = area.verticalScrollBar(), target.mapTo(window, target.rect().center())
    QTest.touchEvent(window, screen()).press(0, spot, window).commit()
    before = bar.value()
    bar.setValue(before + 2 * target.height() if before == 0 else 0)
    assert bar.value() != before
    QTest.touchEvent(window, screen()).release(0, spot, window).commit()
    settle()
    assert own.store.record.closing.read_out is True


def test_a_finger_stops_a_page_that_glides_and_presses_nothing(own: site_rooms.Visit) -> None:
    area = closing(own, large=True)
    bar = area.verticalScrollBar()
    bar.setValue(0)
    settle()
    port = area.viewport()
    swipe(port, QPoint(6, port.height() - 40), 0, -200)
    target = child(area, "site.closing.read.yes")
    spot = port.rect().center()
    under = own.window.childAt(port.mapTo(own.window, spot))
    mouse = Presses(under)
    touch(port, spot)
    stands = bar.value()
    QTest.qWait(120)
    assert bar.value() == stands
    assert mouse.seen == []
    assert own.store.record.closing.read_out is None
    assert target.isVisible()


def test_over_fields_and_lists_a_swipe_moves_the_page_and_changes_nothing(own: site_rooms.Visit) -> None:
    """Drop-downs, a day, texts, numbers, tables: whatever is put in the way of a finger."""
    opened(own, "findings")
    own.put(Finding("F1-01", "minor", "原文", "", "", "2027-01-31"))
    own.page("findings.finding:F1-01")
    before = own.store.record
    for name in ("site.finding.about", "site.finding.due", "site.finding.text", "site.finding.minor"):
        widget = child(own.window, name)
        area = area_of(widget)
        centre(widget)
        down = -100 if area.verticalScrollBar().value() < area.verticalScrollBar().maximum() - 20 else 100
        assert abs(moved_by(widget, down)) > 20, name
    about = child(own.window, "site.finding.about")
    assert isinstance(about, Choice)
    assert not about.view().isVisible()
    own.page("checks")
    for name in ("site.check.verified", "site.check.proof", "site.check.note", "site.checks.table"):
        widget = child(own.window, name)
        centre(widget)
        bar = area_of(widget).verticalScrollBar()
        assert abs(moved_by(widget, -100 if bar.value() < bar.maximum() - 20 else 100)) > 20, name
    assert own.store.record == before


def test_a_text_that_is_longer_than_its_field_moves_in_it_first(own: site_rooms.Visit) -> None:
    closing(own, large=True)
    opinion = child(own.window, "site.closing.opinion")
    assert isinstance(opinion, QPlainTextEdit)
    opinion.setPlainText("\n".join(map(str, range(40))))
    centre(opinion)
    bar = opinion.verticalScrollBar()
    assert moved_by(opinion, -60) == 0
    assert 1 <= bar.value() <= 6, "lines, not pixels"
    bar.setValue(bar.maximum())
    assert moved_by(opinion, -60) > 20, "at its end the page goes on"


def test_a_table_longer_than_its_place_moves_by_swipe_and_chooses_by_tap(own: site_rooms.Visit) -> None:
    opened(own, "answers")
    table = child(own.window, "site.answers.table")
    assert isinstance(table, DataTable)
    area_of(table).verticalScrollBar().setValue(0)
    settle()
    bar = table.verticalScrollBar()
    assert bar.maximum() > 60
    swipe(table.viewport(), QPoint(60, table.viewport().height() - 30), 0, -100)
    assert bar.value() > 20
    rest(table)
    assert table.currentIndex().row() == 0, "what lay under the finger is not chosen"
    spot = QPoint(60, table.viewport().height() // 2)
    row = table.rowAt(spot.y())
    assert row > 0
    tap(table.viewport(), spot)
    assert table.currentIndex().row() == row
    assert child(own.window, "site.answer.title").text().startswith(own.store.pack.items[row].id)  # type: ignore[attr-defined]


def test_the_steps_at_the_side_move_and_are_chosen_by_tap(own: site_rooms.Visit) -> None:
    opened(own, "overview", size=QSize(1024, 560))
    nav = own.desk.view.nav  # type: ignore[union-attr]
    bar = nav.verticalScrollBar()
    if bar.maximum():
        swipe(nav.viewport(), QPoint(40, nav.viewport().height() - 30), 0, -100)
        rest(nav)
        assert bar.value() > 0
        assert nav.currentRow() == 0
    item = own.desk.view.item("closing")  # type: ignore[union-attr]
    tap(nav.viewport(), nav.visualItemRect(item).center())
    assert child(own.window, "site.closing.pad").isVisible()


def test_a_tap_opens_a_list_a_swipe_in_it_moves_it_and_a_tap_chooses(own: site_rooms.Visit) -> None:
    opened(own, "findings")
    own.put(Finding("F1-01", "minor", "原文"))
    own.page("findings.finding:F1-01")
    about = child(own.window, "site.finding.about")
    assert isinstance(about, Choice)
    assert about.count() > 12
    centre(about)
    tap(about)
    view = about.view()
    assert view.isVisible()
    # Qt ignores the mouse that opened the list for so long.
    QTest.qWait(QApplication.doubleClickInterval() + 50)
    bar = view.verticalScrollBar()
    assert bar.maximum() > 0
    swipe(view.viewport(), QPoint(80, view.viewport().height() - 40), 0, -150)
    rest(view)
    assert bar.value() > 20
    assert view.isVisible(), "a swipe chooses nothing"
    assert own.store.record.findings[0].about == ""
    spot = QPoint(80, view.viewport().height() // 2)
    wanted = view.indexAt(spot).data(Qt.ItemDataRole.UserRole)
    assert wanted
    tap(view.viewport(), spot)
    assert not view.isVisible()
    assert own.store.record.findings[0].about == wanted


def test_a_day_is_chosen_by_tap_and_a_swipe_shows_another_month(own: site_rooms.Visit) -> None:
    opened(own, "findings")
    own.put(Finding("F1-01", "minor", "原文", "", "", "2027-01-31"))
    own.page("findings.finding:F1-01")
    field = child(own.window, "site.finding.due")
    assert isinstance(field, QDateEdit)
    centre(field)
    tap(field, QPoint(field.width() - 12, field.height() // 2))
    calendar = field.calendarWidget()
    assert calendar.isVisible()
    assert calendar.monthShown() == 1
    days = calendar.findChild(QTableView)
    assert days is not None
    middle = days.viewport().rect().center()
    swipe(days.viewport(), middle + QPoint(60, 0), -120, 0)
    settle()
    assert calendar.isVisible(), "a swipe chooses no day"
    assert calendar.monthShown() == 2
    swipe(days.viewport(), middle - QPoint(60, 0), 120, 0)
    swipe(days.viewport(), middle - QPoint(0, 60), 0, 120)
    assert calendar.monthShown() == 12
    swipe(days.viewport(), middle + QPoint(0, 60), 0, -120)
    spot = next(
        days.visualRect(days.model().index(row, column)).center()
        for row in range(days.model().rowCount())
        for column in range(days.model().columnCount())
        if str(days.model().index(row, column).data()) == "15"
    )
    tap(days.viewport(), spot)
    assert not calendar.isVisible()
    assert own.store.record.findings[0].due == "2027-01-15"


def grid_page(own: site_rooms.Visit, monkeypatch: pytest.MonkeyPatch, count: int) -> PhotosPage:
    """The page of photos with some."""
    monkeypatch.setattr(inspect_photos, "RenderWorker", QuickWorker)
    opened(own, "photos")
    shots = own.folder / "DCIM"
    shots.mkdir()
    for number in range(count):
        (shots / f"IMG_{number:04d}.jpg").write_bytes(photo(64, 48) + f"{number}".encode())
    page = own.page("photos")
    assert isinstance(page, PhotosPage)
    page.add_files([shots])
    settle()
    press(page, "site.photos.result.close")
    centre(page.grid)
    return page


def test_the_photos_move_by_swipe_and_are_chosen_by_tap(own: site_rooms.Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    page = grid_page(own, monkeypatch, 30)
    grid, port = page.grid, page.grid.viewport()
    bar = grid.verticalScrollBar()
    first = grid.chosen()
    middle = port.visibleRegion().boundingRect().center()
    swipe(port, middle, 0, -120)
    rest(grid)
    assert bar.value() > 20
    assert grid.chosen() == first
    index = grid.indexAt(middle)
    if not index.isValid():
        middle += QPoint(0, theme.pixels(40))
        index = grid.indexAt(middle)
    tap(port, middle)
    assert [photo.id for photo in grid.chosen()] == [page.grid.photos.photos[index.row()].id]


def test_several_photos_are_chosen_with_one_finger(own: site_rooms.Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    page = grid_page(own, monkeypatch, 6)
    own.put(Finding("F1-01", "minor", "原文"))
    grid, port = page.grid, page.grid.viewport()
    place = [grid.visualRect(grid.photos.index(row)).center() for row in (1, 2, 3)]
    tap(port, place[0])
    hold(port, place[1])
    assert [photo.id for photo in grid.chosen()] == ["P1-0003", "P1-0002"]
    assert child(page, "site.photos.choose").isChecked()  # type: ignore[attr-defined]
    tap(port, place[2])
    assert len(grid.chosen()) == 3
    tap(port, place[0])
    assert {photo.id for photo in grid.chosen()} == {"P1-0003", "P1-0004"}
    about = child(page, "site.photo.about")
    assert isinstance(about, Choice)
    number = next(n for n in range(about.count()) if about.itemData(n) == "finding:F1-01")
    about.setCurrentIndex(number)
    about.activated.emit(number)
    settle()
    assert {photo.id for photo in own.store.record.photos_of("finding:F1-01")} == {"P1-0003", "P1-0004"}
    several = child(page, "site.photos.choose")
    centre(several)
    tap(several)
    centre(grid)
    tap(port, place[0])
    assert [photo.id for photo in grid.chosen()] == ["P1-0002"]


def test_a_longer_press_shows_what_a_right_click_or_a_resting_mouse_would(own: site_rooms.Visit) -> None:
    opened(own, "head")
    place = child(own.window, "site.place")
    assert isinstance(place, QLineEdit)
    place.setText("示例路 1 号")
    hold(place)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu), "cut, copy and paste"
    assert min(menu.actionGeometry(one).height() for one in menu.actions() if not one.isSeparator()) >= theme.TARGET
    menu.close()
    settle()
    undo = child(own.window, "site.undo")
    hold(undo)
    assert QToolTip.isVisible()
    assert QToolTip.text() == undo.toolTip()
    QToolTip.hideText()
    assert own.store.can_undo, "held, not pressed"
    table = own.page("checks").table  # type: ignore[attr-defined]
    area_of(table).verticalScrollBar().setValue(0)
    settle()
    hold(table.viewport(), table.visualRect(table.model().index(1, 0)).center())
    assert table.model().index(1, 0).data() in QToolTip.text()
    QToolTip.hideText()


def test_two_taps_choose_a_word(own: site_rooms.Visit) -> None:
    opened(own, "head")
    place = child(own.window, "site.place")
    assert isinstance(place, QLineEdit)
    place.setText("Fuzhou Road")
    settle()
    tap(place, QPoint(30, place.height() // 2))
    assert place.hasFocus() or own.window.focusWidget() is place
    tap(place, QPoint(30, place.height() // 2))
    assert place.selectedText().strip() == "Fuzhou"
