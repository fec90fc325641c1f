"""Reading: one page at a time, turning, zoom about the pointer, thumbnails, outline, links, what is kept and drawn."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from reportlab.pdfgen.canvas import Canvas

from ndb_desktop.documents.answers import RenderedPage
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Document
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import theme
from ndb_desktop.ui.viewer import pages as pages_module
from ndb_desktop.ui.viewer.reading_state import ReadingState
from ndb_desktop.ui.viewer.viewer import DocumentViewer
from tests.support import documents as make
from tests.support.viewer import at, book, click, document, show
from tests.support.window import settle

BOOK = (book(), "application/pdf")


@pytest.fixture(scope="module")
def worker() -> Iterator[RenderWorker]:
    with RenderWorker() as shared:
        yield shared


@pytest.fixture
def viewer(qtbot: QtBot, worker: RenderWorker) -> Iterator[DocumentViewer]:
    widget = DocumentViewer(worker)
    widget.bind_keys(widget)
    qtbot.addWidget(widget)
    widget.resize(760, 700)
    widget.show()
    widget.activateWindow()
    show(widget, {"D1": BOOK, "D2": (make.text_page("other"), "application/pdf")})
    widget.view.setFocus()
    yield widget
    settle()


def wheel(viewer: DocumentViewer, delta: int, spot: QPointF, modifiers: Qt.KeyboardModifier) -> None:
    event = QWheelEvent(
        spot, spot, QPoint(0, 0), QPoint(0, delta), Qt.MouseButton.NoButton, modifiers,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(viewer.view.viewport(), event)


PLAIN, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


def test_one_page_at_a_time(viewer: DocumentViewer) -> None:
    viewer.toolbar.fit_page.click()
    viewer.toolbar.single.click()
    settle()
    assert list(viewer.view.visible_pages()) == [1]
    assert viewer.view.verticalScrollBar().maximum() == 0
    wheel(viewer, -120, QPointF(50, 50), PLAIN)
    assert viewer.current == ("D1", 2)
    QTest.keyClick(viewer.view, Qt.Key.Key_Space)
    assert viewer.current == ("D1", 3)
    QTest.keyClick(viewer.view, Qt.Key.Key_PageDown, Qt.KeyboardModifier.AltModifier)
    assert viewer.current == ("D1", 4)
    wheel(viewer, 120, QPointF(50, 50), PLAIN)
    assert viewer.current == ("D1", 3)
    QTest.keyClick(viewer.view, Qt.Key.Key_End)
    assert viewer.current == ("D1", 12)
    wheel(viewer, -120, QPointF(50, 50), PLAIN)
    assert viewer.current == ("D1", 12)
    viewer.toolbar.single.click()
    settle()
    assert viewer.current == ("D1", 12)
    assert viewer.view.mode == "continuous"


def test_a_page_higher_than_the_window_scrolls_before_it_turns(viewer: DocumentViewer) -> None:
    viewer.toolbar.single.click()
    settle()
    bar = viewer.view.verticalScrollBar()
    assert bar.maximum() > 0
    wheel(viewer, -120, QPointF(50, 50), PLAIN)
    assert viewer.current[1] == 1
    bar.setValue(bar.maximum())
    wheel(viewer, -120, QPointF(50, 50), PLAIN)
    assert viewer.current[1] == 2
    assert bar.value() == 0
    wheel(viewer, 120, QPointF(50, 50), PLAIN)
    assert viewer.current[1] == 1
    assert bar.value() == bar.maximum()


def red_share(image: QImage, left: bool) -> float:
    across = range(image.width() // 2) if left else range(image.width() // 2, image.width())
    spots = [image.pixelColor(x, y) for x in list(across)[::7] for y in range(0, image.height(), 7)]
    return sum(colour.red() > 150 and colour.blue() < 100 for colour in spots) / len(spots)


def test_turning_turns_what_is_drawn(viewer: DocumentViewer) -> None:
    show(viewer, {"D3": (make.jpeg(400, 400), "image/jpeg")})
    image = viewer.view.viewport().grab(viewer.view.page_rect(1)).toImage()
    assert red_share(image, left=True) > 0.9
    viewer.toolbar.turn_right.click()
    viewer.toolbar.turn_right.click()
    settle()
    image = viewer.view.viewport().grab(viewer.view.page_rect(1)).toImage()
    assert red_share(image, left=True) < 0.1
    assert red_share(image, left=False) > 0.9


def test_turning_swaps_width_and_height_and_comes_back(viewer: DocumentViewer) -> None:
    before = viewer.view.page_rect(1)
    QTest.keyClick(viewer.view, Qt.Key.Key_R, CONTROL)
    settle()
    turned = viewer.view.page_rect(1)
    assert turned.width() > turned.height()
    QTest.keyClick(viewer.view, Qt.Key.Key_R, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    settle()
    assert viewer.view.page_rect(1).size() == before.size()


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_wheel_enlarges_about_the_pointer(viewer: DocumentViewer, turn: int) -> None:
    viewer.view.rotate(turn)
    viewer.view.go_to(3)
    settle()
    spot = QPointF(viewer.view.page_rect(3).center())
    before = viewer.view.sheet.point(3, spot + viewer.view.offset())
    for _ in range(3):
        wheel(viewer, 120, spot, CONTROL)
    settle()
    after = viewer.view.sheet.point(3, spot + viewer.view.offset())
    assert before == pytest.approx(after, abs=2)
    assert viewer.view.fitted == ""


def test_state_is_told_and_comes_back(qtbot: QtBot, viewer: DocumentViewer) -> None:
    viewer.toolbar.single.click()
    viewer.toolbar.turn_left.click()
    viewer.view.set_zoom(1.5)
    with qtbot.waitSignal(viewer.state_changed):
        viewer.view.go_to(6)
    state = viewer.reading_state()
    assert state == ReadingState(6, 1.5, "", 270, "single")
    viewer.show_reason("lock", "尚未声明")
    show(viewer, {"D1": BOOK}, "D1", states={"D1": ReadingState.from_text(state.to_text())})
    assert viewer.reading_state() == state
    assert viewer.toolbar.single.isChecked()
    assert viewer.toolbar.zoom_label.text() == "150 %"
    viewer.show_reason("lock", "尚未声明")
    show(viewer, {"D1": BOOK}, "D1", states={"D1": ReadingState(page=9_999)})
    assert viewer.current == ("D1", 12)


def test_every_document_keeps_its_own_state(viewer: DocumentViewer) -> None:
    viewer.view.go_to(5)
    viewer.view.set_zoom(2.0)
    viewer.chooser.set_value("D2")
    viewer.chooser.chosen.emit("D2")
    settle()
    assert viewer.reading_state().fit == "width"
    viewer.chooser.set_value("D1")
    viewer.chooser.chosen.emit("D1")
    settle()
    assert viewer.current == ("D1", 5)
    assert viewer.view.zoom == 2.0


# --- the panel beside the pages --------------------------------------------------------------------------------------


def test_thumbnails_follow_and_lead(viewer: DocumentViewer) -> None:
    assert viewer.side.isHidden()
    QTest.keyClick(viewer.view, Qt.Key.Key_B, CONTROL)
    settle()
    strip = viewer.side.thumbnails
    assert strip.isVisible()
    assert strip.model().rowCount() == 12
    seen = strip.in_sight()
    assert seen[0] == 1
    assert all(strip.picture(page) is not None for page in seen)
    viewer.view.go_to(9)
    settle()
    assert strip.currentIndex().row() == 8
    strip.setFocus()
    QTest.keyClick(strip, Qt.Key.Key_Up)
    settle()
    assert viewer.current == ("D1", 8)
    rect = strip.visualRect(strip.model().index(6, 0))
    QTest.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, PLAIN, rect.center())
    settle()
    assert viewer.current == ("D1", 7)
    assert strip.model().index(6, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "第 7 页"
    viewer.toolbar.side_button.click()
    assert viewer.side.isHidden()


def test_only_thumbnails_in_sight_are_drawn(viewer: DocumentViewer) -> None:
    show(viewer, {"D9": (book(200), "application/pdf")})
    viewer.toolbar.side_button.click()
    settle()
    drawn = [page for page in range(1, 201) if viewer.pages.preview(page) is not None]
    assert 3 <= len(drawn) <= 25
    assert max(drawn) < 25
    viewer.side.thumbnails.verticalScrollBar().setValue(viewer.side.thumbnails.verticalScrollBar().maximum())
    settle()
    assert viewer.pages.preview(200) is not None
    assert viewer.pages.preview(120) is None


def test_the_outline_is_read_when_asked_for_and_leads(qtbot: QtBot, viewer: DocumentViewer) -> None:
    viewer.toolbar.side_button.click()
    settle()
    assert viewer.pages.outline is None
    viewer.side.setCurrentIndex(1)
    settle()
    tree = viewer.side.outline
    assert [tree.topLevelItem(row).text(0) for row in range(3)] == ["Chapter 1", "Chapter 2", "Chapter 3"]
    section = tree.topLevelItem(1).child(0)
    assert section.text(0) == "Section 2.1"
    spot = tree.visualItemRect(tree.topLevelItem(4)).center()
    with qtbot.waitSignal(viewer.leaving) as signal:
        QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, PLAIN, spot)
    assert signal.args[0] == "D1"
    assert signal.args[1].page == 1
    assert viewer.current == ("D1", 5)
    tree.setFocus()
    QTest.keyClick(tree, Qt.Key.Key_Down)
    QTest.keyClick(tree, Qt.Key.Key_Return)
    settle()
    assert viewer.current == ("D1", 6)
    viewer.view.go_to(10)
    assert tree.currentItem().text(0) == "Chapter 10"


def test_a_document_without_outline_says_so(viewer: DocumentViewer) -> None:
    viewer.toolbar.side_button.click()
    viewer.side.setCurrentIndex(1)
    settle()
    viewer.show_document("D2")
    settle()
    assert viewer.side.note.isVisible()
    assert not viewer.side.outline.isVisible()


def test_the_panel_leaves_with_the_document(viewer: DocumentViewer) -> None:
    viewer.toolbar.side_button.click()
    settle()
    viewer.show_reason("lock", "尚未声明", "请先声明")
    settle()
    assert viewer.side.isHidden()
    assert viewer.pages.kept_bytes() == 0
    assert viewer.side.thumbnails.model().rowCount() == 0


# --- links and active content ----------------------------------------------------------------------------------------


def test_a_link_inside_leads_and_can_be_taken_back(qtbot: QtBot, viewer: DocumentViewer) -> None:
    viewer.view.set_zoom(0.5)
    settle()
    with qtbot.waitSignal(viewer.leaving) as signal:
        click(viewer, at(viewer, 1, 100, 842 - 520))
    assert signal.args[1].page == 1
    assert viewer.current == ("D1", 7)


def test_an_address_is_only_told(viewer: DocumentViewer, monkeypatch: pytest.MonkeyPatch) -> None:
    from PySide6.QtGui import QDesktopServices

    opened: list[object] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    viewer.view.set_zoom(0.5)
    settle()
    click(viewer, at(viewer, 1, 100, 842 - 420))
    assert viewer.current == ("D1", 1)
    assert "https://example.org/report" in viewer.notice.label.text()
    assert "不会打开" in viewer.notice.label.text()
    assert opened == []


def test_scripts_are_ignored_with_a_word(viewer: DocumentViewer) -> None:
    script = make.pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        ]
    )
    show(viewer, {"D8": (script, "application/pdf"), "D1": BOOK})
    assert viewer.notice.isVisible()
    assert "脚本" in viewer.notice.label.text()
    assert viewer.view.count == 1
    viewer.show_document("D1")
    settle()
    assert viewer.notice.isHidden()


# --- what is drawn and kept ------------------------------------------------------------------------------------------


def test_pictures_kept_have_a_limit(viewer: DocumentViewer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages_module, "KEEP_BYTES", 12 * 1024 * 1024)
    monkeypatch.setattr(pages_module, "KEEP_PREVIEWS", 1024 * 1024)
    viewer.view.set_zoom(1.5)
    for page in range(1, 13):
        viewer.view.go_to(page)
        settle()
        seen = list(viewer.view.visible_pages())
        assert all(viewer.pages.get(each, viewer.view._scale())[1] for each in seen)
        room = max(12 * 1024 * 1024, len(seen) * 8.2 * 1024 * 1024)
        assert viewer.pages.kept_bytes() <= room + 1024 * 1024


def test_an_enormous_zoom_asks_for_no_enormous_picture(viewer: DocumentViewer) -> None:
    show(viewer, {"D9": (book(1, (3000, 3000)), "application/pdf")})
    viewer.view.set_zoom(4.0)
    settle()
    picture, exact = viewer.pages.get(1, viewer.view._scale())
    assert exact
    assert picture is not None
    assert picture.width() * picture.height() <= pages_module.MOST_PIXELS * 1.01


def test_pages_ahead_are_ready_before_they_are_reached(viewer: DocumentViewer) -> None:
    scale = viewer.view._scale()
    assert all(viewer.pages.get(page, scale)[1] for page in (1, 2, 3))
    assert not viewer.pages.get(8, scale)[1]
    viewer.view.go_to(8)
    settle()
    viewer.view.go_to(7)
    settle()
    assert all(viewer.pages.get(page, scale)[1] for page in (5, 6, 7))


def test_an_empty_page_is_paper_with_its_number_never_white_then_dark(
    viewer: DocumentViewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not there yet looks nearly like what will come, in every theme."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, "dark", 1.0)
    try:
        monkeypatch.setattr(viewer.pages, "get", lambda _page, _scale: (None, False))
        image = viewer.view.viewport().grab(viewer.view.page_rect(1)).toImage()
        assert min(image.pixelColor(20, 20).getRgb()) > 240
    finally:
        theme.apply(app, "light", 1.0)


def test_zooming_shows_the_old_picture_stretched_until_the_new_one_comes(viewer: DocumentViewer) -> None:
    viewer.view.zoom_in()
    picture, exact = viewer.pages.get(1, viewer.view._scale())
    assert picture is not None
    assert not exact
    settle()
    assert viewer.pages.get(1, viewer.view._scale())[1]


def test_a_page_that_cannot_be_drawn_says_why_and_others_show(viewer: DocumentViewer, worker: RenderWorker) -> None:
    assert worker.pid is not None
    broken = make.pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R 9 0 R] /Count 2 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] >>",
        ]
    )
    show(viewer, {"D7": (broken, "application/pdf"), "D1": BOOK})
    stood = viewer.stack.currentWidget() is viewer.empty or viewer.pages.error(2) is not None
    assert stood
    viewer.show_document("D1")
    settle()
    assert viewer.view.count == 12


# --- the tool bar ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [1.0, 1.6])
def test_the_tool_bar_fits_a_narrow_pane_and_loses_nothing(viewer: DocumentViewer, factor: float) -> None:
    viewer.resize(500, 600)
    for part in (viewer.toolbar.page_box, viewer.toolbar.chooser):
        font = part.font()
        font.setPointSizeF(theme.BASE_POINTS * factor)
        part.setFont(font)
    viewer.toolbar.fit()
    settle()
    assert viewer.toolbar.minimumSizeHint().width() <= 500
    shown = [tool.button for tool in viewer.toolbar._tools if not tool.button.isHidden()]
    assert viewer.cite_button in shown
    assert viewer.toolbar.mark in shown
    assert all(button.geometry().right() <= viewer.toolbar.width() for button in [*shown, viewer.toolbar.more])
    hidden = viewer.toolbar.hidden_tools()
    assert viewer.toolbar.turn_left in hidden
    viewer.toolbar.menu.aboutToShow.emit()
    named = {action.text() for action in viewer.toolbar.menu.actions()}
    assert named == {button.accessibleName().replace("&", "&&") for button in hidden}
    next(action for action in viewer.toolbar.menu.actions() if "向左旋转" in action.text()).trigger()
    assert viewer.reading_state().rotation == 270
    viewer.resize(1200, 600)
    settle()
    assert viewer.toolbar.hidden_tools() == []
    assert viewer.toolbar.more.isHidden()


def test_everything_has_a_name(viewer: DocumentViewer) -> None:
    viewer.toolbar.side_button.click()
    settle()
    from PySide6.QtWidgets import QWidget

    for widget in viewer.findChildren(QWidget):
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            assert widget.accessibleName(), widget
            assert widget.objectName(), widget


def locked() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, encrypt="word")
    canvas.drawString(72, 700, "secret")
    canvas.save()
    return out.getvalue()


ENDLESS = make.page_pdf(
    b"/X Do",
    more=[
        make.stream(
            b"/X Do /X Do /X Do",
            b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 6 0 R >> >>",
        )
    ],
)


@pytest.mark.parametrize(
    ("data", "mime", "word"),
    [
        (locked(), "application/pdf", "密码"),
        (b"%PDF-1.7\nnothing", "application/pdf", "损坏"),
        (make.text_page("x", box=b"0 0 99999 99999"), "application/pdf", "尺寸过大"),
        (make.png(20_000, 20_000, b""), "image/png", "尺寸过大"),
        (make.jpeg(64, 64)[:200], "image/jpeg", "损坏"),
        (b"", "application/pdf", "损坏"),
        (b"x", "application/x-msdownload", "不接受"),
    ],
)
def test_what_cannot_be_shown_says_why_and_the_desk_lives_on(
    viewer: DocumentViewer, data: bytes, mime: str, word: str
) -> None:
    show(viewer, {"D9": (data, mime), "D1": BOOK})
    assert viewer.stack.currentWidget() is viewer.empty
    reason, advice = viewer.empty.text.text().split("\n")
    assert word in reason
    assert "提供" not in reason, "what the applicant should do helps no expert"
    assert "未知" not in reason
    assert advice == "请阅读其余文档，照常评分；在总体意见中注明这份文档未能阅读，并告知组织方。"
    assert viewer.empty.button.isVisible()
    assert not viewer.toolbar.mark.isEnabled()
    QTest.keyClick(viewer, Qt.Key.Key_M, CONTROL)
    QTest.keyClick(viewer, Qt.Key.Key_E, CONTROL)
    QTest.keyClick(viewer, Qt.Key.Key_R, CONTROL)
    assert viewer.view.marker.place is None
    viewer.show_document("D1")
    settle()
    assert viewer.view.count == 12
    viewer.show_reason("lock", "closed")
    assert not viewer.empty.button.isVisible(), "there is nothing to try again"


def test_a_full_disk_while_reading_speaks_of_reading_and_lets_one_try_again(viewer: DocumentViewer) -> None:
    full = [True]

    def load(wanted: Document, _progress: Progress, _cancel: CancelToken) -> bytes:
        if full[0]:
            raise NdbError("E-STORE-FULL", place="cache")
        return BOOK[0]

    viewer.set_documents([document("D5", *BOOK)], load)
    viewer.show_document("D5", 4)
    settle()
    words = viewer.empty.text.text()
    assert "磁盘已满" in words
    assert "没有保存" not in words, "nothing was typed"
    assert "总体意见" not in words, "the document is sound"
    again = viewer.empty.button
    again.setFocus()
    QTest.keyClick(again, Qt.Key.Key_Space)
    settle()
    assert again.isVisible()
    assert again.hasFocus(), "the same key tries a third time"
    full[0] = False
    QTest.keyClick(again, Qt.Key.Key_Space)
    settle()
    assert viewer.current == ("D5", 4), "at the place that was asked for"
    assert viewer.view.hasFocus()
    assert not again.isVisible()


def test_a_page_without_end_costs_only_itself(qtbot: QtBot) -> None:
    with RenderWorker(time_limit=1) as impatient:
        viewer = DocumentViewer(impatient)
        qtbot.addWidget(viewer)
        viewer.show()
        show(viewer, {"D9": (ENDLESS, "application/pdf"), "D1": BOOK})
        error = viewer.pages.error(1)
        assert isinstance(error, NdbError)
        assert error.code == "E-DOC-TIMEOUT"
        viewer.show_document("D1")
        settle()
        assert viewer.pages.get(1, viewer.view._scale())[1]


def test_a_renderer_that_dies_on_a_page_is_asked_no_second_time(
    viewer: DocumentViewer, worker: RenderWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    draw = worker.render

    def render(page: int, scale: float) -> RenderedPage:
        asked.append(page)
        if page == 5:
            raise NdbError("E-DOC-TIMEOUT", seconds="20")
        return draw(page, scale)

    monkeypatch.setattr(worker, "render", render)
    viewer.view.go_to(5)
    settle()
    for zoom in (0.8, 1.2, 0.6):
        viewer.view.set_zoom(zoom)
        settle()
    assert asked.count(5) == 1
    error = viewer.pages.error(5)
    assert isinstance(error, NdbError)
    assert error.code == "E-DOC-TIMEOUT"
    assert viewer.pages.words(5) is None
    assert viewer.pages.get(4, viewer.view._scale())[1]
