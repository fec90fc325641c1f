"""Photos at the inspection desk: adding many, the grid, what people say of one, and marks on a layer of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QListWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.siterecord import SCALE, Finding, Observation, Photo, PhotoMark
from ndb_desktop.services import inspect_photos
from ndb_desktop.services.inspect import SiteSession
from ndb_desktop.ui.inspection import photo_pictures
from ndb_desktop.ui.inspection.photo_canvas import PhotoCanvas
from ndb_desktop.ui.inspection.photos_page import PhotosPage
from ndb_desktop.ui.inspection.view import SiteView
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.fields import Choice
from tests.support.photo_desk import QuickWorker
from tests.support.photos import photo
from tests.support.site_window import go, write
from tests.support.window import child, press, settle


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No child process: what it does is tested elsewhere."""
    monkeypatch.setattr(inspect_photos, "RenderWorker", QuickWorker)


@pytest.fixture
def page(declared: SiteView) -> PhotosPage:
    go(declared, "photos")
    shown = declared.stack.currentWidget()
    assert isinstance(shown, PhotosPage)
    return shown


def camera(folder: Path, count: int) -> Path:
    """A camera's folder with different photos."""
    folder.mkdir()
    for number in range(count):
        (folder / f"IMG_{number:04d}.jpg").write_bytes(photo(64, 48) + f"{number}".encode())
    return folder


def added(page: PhotosPage, folder: Path, count: int) -> PhotosPage:
    page.add_files([camera(folder, count)])
    settle()
    return page


def words(page: PhotosPage, name: str) -> str:
    label = child(page, name)
    assert isinstance(label, QLabel)
    return label.text().replace("\u200b", "")


def choose(page: PhotosPage, name: str, value: str) -> None:
    """Takes a value as somebody does who opens the list."""
    choice = child(page, name)
    assert isinstance(choice, Choice)
    number = next(n for n in range(choice.count()) if choice.itemData(n) == value)
    choice.setCurrentIndex(number)
    choice.activated.emit(number)
    settle()


def verdicts(page: PhotosPage) -> list[str]:
    shown = child(page, "site.photos.verdicts")
    assert isinstance(shown, QListWidget)
    return [shown.item(row).text() for row in range(shown.count())]


def at(page: PhotosPage, x: float, y: float) -> QPoint:
    """A place in the picture, in parts of its width and height."""
    area = page.card.canvas.area()
    return QPointF(area.left() + x * area.width(), area.top() + y * area.height()).toPoint()


def drag(page: PhotosPage, *way: tuple[float, float]) -> None:
    canvas, points = page.card.canvas, [at(page, *spot) for spot in way]
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=points[0])
    for point in points[1:]:
        QTest.mouseMove(canvas, point)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=points[-1])
    settle()


def test_a_folder_comes_with_the_bad_ones_named_and_the_rest_stored(
    page: PhotosPage, session: SiteSession, tmp_path: Path
) -> None:
    assert child(page, "site.photos.none").isVisible()
    folder = camera(tmp_path / "DCIM", 3)
    (folder / "leer.jpg").write_bytes(b"")
    session.add_photos([folder / "IMG_0001.jpg"])
    page.add_files([folder])
    settle()
    assert len(session.record.photos) == 3
    listed = verdicts(page)
    assert listed[0].startswith("未予添加：leer.jpg。这个文件是空的")
    assert listed[1] == "已有同一张照片：IMG_0001.jpg（P1-0001）"
    assert words(page, "site.photos.result") == "添加 2 张，已有 1 张，未予添加 1 个，未处理 0 个"
    assert not child(page, "site.photos.none").isVisible()
    press(page, "site.photos.result.close")
    assert not child(page, "site.photos.verdicts").isVisible()


def test_photos_come_by_dropping_and_other_files_are_left_to_the_window(
    page: PhotosPage, session: SiteSession, tmp_path: Path
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(camera(tmp_path / "a", 2)))])
    none = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(9, 9), *none)
    QApplication.sendEvent(page, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(page, QDropEvent(QPointF(9, 9), *none))
    settle()
    assert len(session.record.photos) == 2
    other = QMimeData()
    other.setUrls([QUrl.fromLocalFile(str(tmp_path / "visit.ndbbundle"))])
    stranger = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, other, none[2], none[3])
    QApplication.sendEvent(page, stranger)
    assert not stranger.isAccepted()


def test_a_cancelled_addition_keeps_what_came_and_names_the_rest(
    page: PhotosPage, session: SiteSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = SiteSession.keep
    held: list[object] = []

    def keep(self: SiteSession, taken: object) -> str:
        held.append(taken)
        if len(held) == 2:
            assert page.store.running is not None
            page.store.running.cancel()
        return whole(self, taken)  # type: ignore[arg-type]

    monkeypatch.setattr(SiteSession, "keep", keep)
    added(page, tmp_path / "a", 5)
    assert len(session.record.photos) == 2
    assert [line.partition("：")[0] for line in verdicts(page)] == ["未处理"] * 3 + ["已添加"] * 2
    assert page.isEnabled()


def test_only_thumbs_in_sight_are_read_and_few_are_kept(
    page: PhotosPage, session: SiteSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    monkeypatch.setattr(photo_pictures, "KEPT", 30)
    whole = SiteSession.thumb

    def thumb(self: SiteSession, one: Photo) -> bytes:
        read.append(one.id)
        return whole(self, one)

    monkeypatch.setattr(SiteSession, "thumb", thumb)
    # So high that the whole grid is in sight, to its last row.
    page.window().resize(1280, 1400)
    added(page, tmp_path / "a", 150)
    seen = len(set(read))
    assert 0 < seen < 60
    bar = page.grid.verticalScrollBar()
    bar.setValue(bar.maximum())
    settle()
    assert session.record.photos[-1].id in read
    for step in range(0, bar.maximum(), 200):
        bar.setValue(step)
        settle()
    assert len(set(read)) > 100
    assert len(page.grid.photos.thumbs) <= 30


def test_what_is_said_of_a_photo_is_stored_as_plain_text(
    page: PhotosPage, session: SiteSession, tmp_path: Path, qtbot: QtBot, declared: SiteView
) -> None:
    session.put_all([Finding("F1-01", "minor", "墙面渗水"), Observation("O1-01", "门卫室无人")])
    added(page, tmp_path / "a", 3)
    page.grid.choose("P1-0002")
    write(declared, qtbot, "site.photo.caption", "东墙 <b>R&D</b> 𠮷")
    choose(page, "site.photo.about", "finding:F1-01")
    chosen = session.record.photos[1]
    assert (chosen.caption, chosen.about) == ("东墙 <b>R&D</b> 𠮷", "finding:F1-01")
    assert chosen.sha256 == words(page, "site.photo.sha256").replace("\n", "")
    facts = words(page, "site.photo.facts")
    assert "2026-11-22 11:05:00（相机时钟，未授时）" in facts
    assert "拍摄位置：未定位" in facts
    choose(page, "site.photos.filter", "finding")
    assert [one.id for one in page.grid.photos.photos] == ["P1-0002"]
    choose(page, "site.photos.filter", "")
    assert [one.id for one in page.grid.photos.photos] == ["P1-0001", "P1-0003"]
    choose(page, "site.photos.filter", "observation")
    assert child(page, "site.photos.none.here").isVisible()


def test_several_photos_are_given_to_an_item_in_one_step(
    page: PhotosPage, session: SiteSession, tmp_path: Path
) -> None:
    added(page, tmp_path / "a", 3)
    page.grid.setFocus()
    page.grid.selectAll()
    settle()
    assert "3" in words(page, "site.photo.several")
    choose(page, "site.photo.about", "answer:S02")
    assert {one.about for one in session.record.photos} == {"answer:S02"}
    assert len(page.grid.chosen()) == 3
    page.store.undo()
    settle()
    assert {one.about for one in session.record.photos} == {""}


def test_a_photo_is_taken_out_and_comes_back(page: PhotosPage, session: SiteSession, tmp_path: Path) -> None:
    added(page, tmp_path / "a", 2)
    press(page, "site.photo.remove")
    assert [one.id for one in session.record.photos] == ["P1-0002"]
    press(page, "banner.action")
    assert [one.id for one in session.record.photos] == ["P1-0001", "P1-0002"]
    assert page.banner.message() is None


def test_undo_is_offered_only_while_it_would_bring_the_photo_back(
    page: PhotosPage, session: SiteSession, tmp_path: Path
) -> None:
    added(page, tmp_path / "a", 2)
    press(page, "site.photo.remove")
    page.store.put(Observation("O1-01", "另一处"))
    settle()
    assert page.banner.message() is None


def test_marks_are_drawn_with_each_tool_and_stored_one_by_one(
    page: PhotosPage, session: SiteSession, tmp_path: Path
) -> None:
    added(page, tmp_path / "a", 1)
    before = session.original(session.record.photos[0])
    for tool in ("arrow", "box", "ellipse", "pen"):
        press(page, f"site.photo.{tool}")
        drag(page, (0.25, 0.25), (0.5, 0.3), (0.75, 0.5))
    marks = session.record.photos[0].marks
    assert [mark.kind for mark in marks] == ["arrow", "box", "ellipse", "pen"]
    assert [len(mark.points) for mark in marks] == [2, 2, 2, 3]
    for mark in marks:
        for spot, (x, y) in ((mark.points[0], (0.25, 0.25)), (mark.points[-1], (0.75, 0.5))):
            assert abs(spot[0] - x * SCALE) < 60
            assert abs(spot[1] - y * SCALE) < 60
    assert session.original(session.record.photos[0]) == before
    press(page, "site.photo.back")
    assert [mark.kind for mark in session.record.photos[0].marks] == ["arrow", "box", "ellipse"]
    page.store.undo()
    settle()
    assert len(session.record.photos[0].marks) == 4


def test_words_are_put_on_a_photo_and_one_mark_is_erased(
    page: PhotosPage, session: SiteSession, tmp_path: Path
) -> None:
    added(page, tmp_path / "a", 1)
    press(page, "site.photo.box")
    drag(page, (0.1, 0.1), (0.4, 0.4))
    drag(page, (0.6, 0.6), (0.9, 0.9))
    press(page, "site.photo.text")
    drag(page, (0.2, 0.8))
    child(page, "site.photo.text.words").insert("渗漏 <i>")  # type: ignore[attr-defined]
    press(page, "site.photo.text.put")
    assert session.record.photos[0].marks[-1].text == "渗漏 <i>"
    press(page, "site.photo.erase")
    drag(page, (0.25, 0.25))
    assert len(session.record.photos[0].marks) == 3, "inside a box is not on it"
    drag(page, (0.1, 0.25))
    assert [mark.kind for mark in session.record.photos[0].marks] == ["box", "text"]
    drag(page, (0.21, 0.79))
    assert [mark.kind for mark in session.record.photos[0].marks] == ["box"]


def test_a_finger_draws(qtbot: QtBot) -> None:
    """On a canvas that is a window of its own: made-up fingers find no widget inside a page."""
    canvas, drawn = PhotoCanvas(), list[PhotoMark]()
    qtbot.addWidget(canvas)
    canvas.resize(400, 300)
    canvas.show_picture(photo_pictures.decoded(photo(64, 48)))
    canvas.set_tool("pen")
    canvas.show()
    canvas.drawn.connect(drawn.append)
    screen = QTest.createTouchDevice()
    for kind, place in (("press", QPoint(40, 30)), ("move", QPoint(200, 150)), ("release", QPoint(200, 150))):
        finger = QTest.touchEvent(canvas, screen, False)
        getattr(finger, kind)(0, place, canvas)
        finger.commit()
    assert drawn == [PhotoMark("pen", ((1000, 1000), (5000, 5000)))]


def test_keys_draw_and_take_back(page: PhotosPage, session: SiteSession, tmp_path: Path, qtbot: QtBot) -> None:
    added(page, tmp_path / "a", 1)
    canvas = page.card.canvas
    canvas.setFocus()
    for key in (Qt.Key.Key_R, Qt.Key.Key_Left, Qt.Key.Key_Space, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Space):
        qtbot.keyClick(canvas, key)  # type: ignore[no-untyped-call]
    settle()
    assert session.record.photos[0].marks[-1] == PhotoMark("box", ((4800, 5000), (5000, 5200)))
    qtbot.keyClick(canvas, Qt.Key.Key_Backspace)  # type: ignore[no-untyped-call]
    settle()
    assert session.record.photos[0].marks == ()


def test_no_more_marks_than_a_record_takes(page: PhotosPage, session: SiteSession, tmp_path: Path) -> None:
    added(page, tmp_path / "a", 1)
    mark = PhotoMark("arrow", ((1, 1), (9, 9)))
    page.store.put(replace(session.record.photos[0], marks=(mark,) * 100))
    settle()
    press(page, "site.photo.pen")
    drag(page, (0.2, 0.2), (0.5, 0.6))
    assert len(session.record.photos[0].marks) == 100
    message = page.banner.message()
    assert message is not None
    assert "100" in message.text


def test_a_photo_whose_picture_is_gone_says_so(page: PhotosPage, session: SiteSession, tmp_path: Path) -> None:
    added(page, tmp_path / "a", 2)
    session.photos.remove("P1-0002")
    page.grid.choose("P1-0002")
    settle()
    assert not page.card.canvas.showing
    assert "没有这张照片" in page.card.canvas.words
    press(page, "site.photo.pen")
    drag(page, (0.2, 0.2), (0.5, 0.6))
    assert session.record.photos[1].marks == ()


@pytest.mark.parametrize(("step", "about"), [("checks", "check:rd_spending/2025"), ("answers", "answer:S01")])
def test_a_card_leads_to_adding_photos_of_its_part(
    declared: SiteView,
    session: SiteSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    about: str,
) -> None:
    paths = tuple(sorted(camera(tmp_path / "a", 2).iterdir()))
    answer: Callable[..., tuple[Path, ...]] = lambda *_args, **_named: paths  # noqa: E731
    monkeypatch.setattr(files, "pick_files", answer)
    go(declared, step)
    if step == "answers":
        about = f"answer:{session.pack.items[0].id}"
    press(declared, "site.photos.offer")
    settle()
    assert isinstance(declared.stack.currentWidget(), PhotosPage)
    assert [one.about for one in session.record.photos] == [about, about]
    go(declared, step)
    assert "2" in child(declared, "site.photos.offer").accessibleName()


def test_a_folder_is_chosen_by_its_button(
    page: PhotosPage, session: SiteSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = camera(tmp_path / "a", 2)
    monkeypatch.setattr(files, "pick_folder", lambda *_args, **_named: folder)
    choose(page, "site.photos.goes_to", "answer:S02")
    press(page, "site.photos.folder")
    assert {one.about for one in session.record.photos} == {"answer:S02"}
