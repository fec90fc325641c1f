"""Choosing text, copying it, marking a place and citing it, with a real mouse and real keys on real pages."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.paths import resource
from ndb_desktop.ui.viewer import clipboard
from ndb_desktop.ui.viewer.marks import EvidenceMark, checked
from ndb_desktop.ui.viewer.viewer import DocumentViewer
from tests.support.documents import jpeg
from tests.support.viewer import at, book, click, drag, move, show
from tests.support.window import settle

FILES = {"D1": (book(), "application/pdf"), "D2": ("甲乙丙，丁戊己。\n第二行 words".encode(), "text/plain")}
NOTICE = "【评审材料，保密；仅供本次评审使用】"


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
    show(widget, FILES)
    widget.view.setFocus()
    yield widget
    settle()
    clipboard.forget()


def clipped() -> str:
    return QGuiApplication.clipboard().text()


def test_text_is_dragged_over_and_copied_with_the_notice(viewer: DocumentViewer) -> None:
    drag(viewer, at(viewer, 1, 70, 137), at(viewer, 1, 500, 137))
    assert viewer.view.selection.text() == "Page 1 research intensity 3.15 percent"
    assert viewer.view.selection.rects(1)
    QTest.keyClick(viewer.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipped() == f"Page 1 research intensity 3.15 percent\n{NOTICE}"
    assert not viewer.notice.isHidden()
    assert "剪贴板会被清空" in viewer.notice.label.text()


def test_the_notice_about_copies_comes_once_a_session(viewer: DocumentViewer) -> None:
    QTest.keyClick(viewer.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(viewer.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    viewer.notice.close_button.click()
    assert viewer.notice.isHidden()
    QTest.keyClick(viewer.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert viewer.notice.isHidden()
    assert clipped().startswith("Page 1 research")
    assert clipboard.forget()
    QTest.keyClick(viewer.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert not viewer.notice.isHidden()


def test_the_clipboard_is_emptied_only_of_what_was_put_there(viewer: DocumentViewer) -> None:
    QTest.keyClick(viewer.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(viewer.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert NOTICE in clipped()
    assert clipboard.forget()
    assert clipped() == ""
    QTest.keyClick(viewer.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    QGuiApplication.clipboard().setText("something of the user's own")
    assert not clipboard.forget()
    assert clipped() == "something of the user's own"


def test_nothing_chosen_copies_nothing(viewer: DocumentViewer) -> None:
    QGuiApplication.clipboard().setText("before")
    QTest.keyClick(viewer.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipped() == "before"


def test_a_double_click_takes_a_word_and_shift_extends(viewer: DocumentViewer) -> None:
    spot = at(viewer, 1, 150, 137)
    QTest.mouseDClick(viewer.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    assert viewer.view.selection.text() == "research"
    QTest.keyClick(viewer.view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(viewer.view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert viewer.view.selection.text() == "research i"
    QTest.keyClick(viewer.view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert viewer.view.selection.text() == "research"
    click(viewer, at(viewer, 1, 500, 177), Qt.KeyboardModifier.ShiftModifier)
    assert viewer.view.selection.text().startswith("research intensity")
    assert viewer.view.selection.text().endswith("Second line of words")
    QTest.keyClick(viewer.view, Qt.Key.Key_Escape)
    assert not viewer.view.selection


def test_a_double_click_takes_a_run_of_chinese_up_to_its_stop(viewer: DocumentViewer) -> None:
    viewer.show_document("D2")
    settle()
    spot = at(viewer, 1, 70, 62)
    QTest.mouseDClick(viewer.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    assert viewer.view.selection.text() == "甲乙丙"


def test_a_selection_goes_on_over_the_next_page(viewer: DocumentViewer) -> None:
    viewer.view.set_zoom(0.5)
    settle()
    drag(viewer, at(viewer, 1, 70, 177), at(viewer, 2, 500, 137))
    text = viewer.view.selection.text()
    assert text.startswith("Second line of words\n")
    assert text.endswith("Page 2 research intensity 3.15 percent")
    assert viewer.view.selection.rects(1)
    assert viewer.view.selection.rects(2)


def test_chosen_text_follows_a_turned_page(viewer: DocumentViewer) -> None:
    viewer.toolbar.turn_right.click()
    settle()
    drag(viewer, at(viewer, 1, 70, 137), at(viewer, 1, 500, 137))
    assert viewer.view.selection.text() == "Page 1 research intensity 3.15 percent"


def test_a_cited_selection_brings_place_and_words(qtbot: QtBot, viewer: DocumentViewer) -> None:
    drag(viewer, at(viewer, 1, 70, 137), at(viewer, 1, 500, 137))
    assert "引用选中文字" in viewer.cite_button.accessibleName()
    with qtbot.waitSignal(viewer.cite) as signal:
        viewer.cite_button.click()
    name, page, rect, quote = signal.args
    assert (name, page, quote) == ("D1", 1, "Page 1 research intensity 3.15 percent")
    x0, y0, x1, y1 = checked(rect)  # type: ignore[misc]
    assert 115 < x0 < 125
    assert 500 < x1 < 700
    assert 145 < y0 < y1 < 180
    assert not viewer.view.selection
    assert "引用本页" in viewer.cite_button.accessibleName()


def test_a_long_quotation_is_cut(qtbot: QtBot, viewer: DocumentViewer) -> None:
    show(viewer, {"D9": (("长" * 3000).encode(), "text/plain")})
    QTest.keyClick(viewer.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(viewer.cite) as signal:
        QTest.keyClick(viewer.view, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert len(signal.args[3]) == 500


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_place_is_marked_with_the_mouse_and_cited(qtbot: QtBot, viewer: DocumentViewer, turns: int) -> None:
    for _ in range(turns):
        viewer.toolbar.turn_right.click()
    viewer.toolbar.fit_page.click()
    settle()
    viewer.toolbar.mark.click()
    assert "拖动" in viewer.notice.label.text()
    drag(viewer, at(viewer, 1, 119, 168.4), at(viewer, 1, 297.5, 421))
    assert "Enter" in viewer.notice.label.text()
    with qtbot.waitSignal(viewer.cite) as signal:
        viewer.cite_button.click()
    name, page, rect, quote = signal.args
    assert (name, page, quote) == ("D1", 1, "")
    assert all(abs(found - meant) <= 4 for found, meant in zip(rect, (200, 200, 500, 500), strict=True))
    assert not viewer.toolbar.mark.isChecked()
    assert viewer.notice.isHidden()


def test_a_marked_place_is_cited_or_let_go_with_buttons_and_no_page_moves(qtbot: QtBot, viewer: DocumentViewer) -> None:
    notice, before = viewer.notice, viewer.view.geometry()
    viewer.toolbar.mark.click()
    settle()
    assert notice.isVisible()
    assert not notice.cite_button.isVisible()
    drag(viewer, at(viewer, 1, 100, 120), at(viewer, 1, 300, 200))
    settle()
    assert viewer.view.geometry() == before
    assert notice.cite_button.isVisible()
    assert notice.y() > notice.parentWidget().height() / 2
    QTest.mouseClick(notice.cancel_button, Qt.MouseButton.LeftButton)
    assert notice.isHidden()
    assert viewer.view.marker.place is None
    viewer.toolbar.mark.click()
    drag(viewer, at(viewer, 1, 100, 500), at(viewer, 1, 300, 540))
    settle()
    assert notice.y() < notice.parentWidget().height() / 2, "the line would cover the place"
    with qtbot.waitSignal(viewer.cite) as signal:
        QTest.mouseClick(notice.cite_button, Qt.MouseButton.LeftButton)
    assert signal.args[2] is not None
    assert notice.isHidden()
    viewer.toolbar.mark.click()
    settle()
    assert viewer.view.geometry() == before


def test_a_mark_stays_on_its_page(viewer: DocumentViewer) -> None:
    viewer.toolbar.fit_page.click()
    settle()
    viewer.toolbar.mark.click()
    drag(viewer, at(viewer, 1, 300, 600), at(viewer, 1, 900, 1200))
    place = viewer.view.marker.place
    assert place is not None
    assert place[0] == 1
    assert place[1][2:] == (1000, 1000)


def test_a_slip_marks_nothing_and_escape_lays_the_tool_down(viewer: DocumentViewer) -> None:
    viewer.toolbar.mark.click()
    click(viewer, at(viewer, 1, 200, 200))
    assert viewer.view.marker.place is None
    assert viewer.toolbar.mark.isChecked()
    move(viewer, at(viewer, 1, 210, 210))
    assert viewer.view.viewport().cursor().shape() == Qt.CursorShape.CrossCursor
    viewer.view.setFocus()
    QTest.keyClick(viewer.view, Qt.Key.Key_Escape)
    assert not viewer.toolbar.mark.isChecked()


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_place_is_marked_and_cited_by_keys_alone(qtbot: QtBot, viewer: DocumentViewer, turns: int) -> None:
    for _ in range(turns):
        viewer.toolbar.turn_right.click()
    settle()
    QTest.keyClick(viewer.view, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    before = viewer.view.marker.place
    assert before is not None
    shown = viewer.view.sheet.spot(1, viewer.view.marker.rect())  # type: ignore[arg-type]
    QTest.keyClick(viewer.view, Qt.Key.Key_Down)
    QTest.keyClick(viewer.view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    now = viewer.view.sheet.spot(1, viewer.view.marker.rect())  # type: ignore[arg-type]
    assert now.top() > shown.top()
    assert abs(now.left() - shown.left()) < 0.01
    assert now.width() > shown.width()
    assert abs(now.height() - shown.height()) < 0.01
    with qtbot.waitSignal(viewer.cite) as signal:
        QTest.keyClick(viewer.view, Qt.Key.Key_Return)
    assert checked(signal.args[2]) is not None
    assert viewer.view.marker.place is None


def test_a_marked_place_never_leaves_the_page(viewer: DocumentViewer) -> None:
    QTest.keyClick(viewer.view, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Up):
        for _ in range(120):
            QTest.keyClick(viewer.view, key)
    place = viewer.view.marker.place
    assert place is not None
    assert place[1][:2] == (0, 0)
    for _ in range(120):
        QTest.keyClick(viewer.view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert viewer.view.marker.place[1][2] == 1000  # type: ignore[index]
    QTest.keyClick(viewer.view, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert viewer.view.marker.place is None


def test_marking_after_choosing_text_proposes_the_text(viewer: DocumentViewer) -> None:
    drag(viewer, at(viewer, 1, 70, 137), at(viewer, 1, 500, 137))
    bounds = viewer.view.selection.bounds(1)
    assert bounds is not None
    QTest.keyClick(viewer.view, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    rect = viewer.view.marker.rect()
    assert rect is not None
    assert rect.x0 <= bounds.x0 < bounds.x1 <= rect.x1
    assert abs(rect.y0 - bounds.y0) < 2


def menu_actions(viewer: DocumentViewer) -> dict[str, object]:
    spot = viewer.view.viewport().rect().center()
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, spot, viewer.view.viewport().mapToGlobal(spot), Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(viewer.view.viewport(), event)
    (menu,) = [
        each for each in viewer.view.findChildren(QMenu) if each.objectName() == "viewer.menu" and each.isVisible()
    ]
    return {action.objectName(): action for action in menu.actions()} | {"menu": menu}


def test_the_context_menu_copies_and_cites(qtbot: QtBot, viewer: DocumentViewer) -> None:
    actions = menu_actions(viewer)
    assert not actions["viewer.menu.copy"].isEnabled()  # type: ignore[attr-defined]
    actions["viewer.menu.choose"].trigger()  # type: ignore[attr-defined]
    actions["menu"].close()  # type: ignore[attr-defined]
    assert "Second line" in viewer.view.selection.text()
    actions = menu_actions(viewer)
    actions["viewer.menu.copy"].trigger()  # type: ignore[attr-defined]
    assert NOTICE in clipped()
    assert "引用选中文字" in actions["viewer.menu.cite"].text()  # type: ignore[attr-defined]
    with qtbot.waitSignal(viewer.cite) as signal:
        actions["viewer.menu.cite"].trigger()  # type: ignore[attr-defined]
    actions["menu"].close()  # type: ignore[attr-defined]
    assert signal.args[3].startswith("Page 1")


def test_evidence_is_drawn_and_pressed(qtbot: QtBot, viewer: DocumentViewer) -> None:
    plain = viewer.view.viewport().grab().toImage()
    viewer.set_evidence(
        [
            EvidenceMark("D1", 1, (100, 300, 500, 400), "依据 1"),
            EvidenceMark("D1", 1, None, "依据 2"),
            EvidenceMark("D2", 1, (0, 0, 9, 9), "依据 3"),
            EvidenceMark("D1", 99, (0, 0, 9, 9), "依据 4"),
        ]
    )
    settle()
    assert viewer.view.viewport().grab().toImage() != plain
    with qtbot.waitSignal(viewer.evidence_clicked) as signal:
        click(viewer, at(viewer, 1, 0.3 * 595, 0.3 * 842))
    assert signal.args == ["依据 1"]
    corner = viewer.view.page_rect(1).topRight()
    with qtbot.waitSignal(viewer.evidence_clicked) as signal:
        click(viewer, corner + QPoint(-12, 12))
    assert signal.args == ["依据 2"]


def test_text_inside_a_noted_place_can_still_be_chosen(viewer: DocumentViewer) -> None:
    viewer.set_evidence([EvidenceMark("D1", 1, (50, 100, 950, 300), "依据 1")])
    drag(viewer, at(viewer, 1, 70, 137), at(viewer, 1, 500, 137))
    assert viewer.view.selection.text() == "Page 1 research intensity 3.15 percent"


def test_a_jump_to_a_place_flashes_and_stays_outlined(qtbot: QtBot, viewer: DocumentViewer) -> None:
    viewer.show_document("D1", 5, (100, 800, 300, 850))
    assert viewer.view.page in (4, 5)
    assert viewer.view.overlay.flashing
    assert 5 in viewer.view.visible_pages()
    spot = viewer.view.sheet.spot(5, viewer.view.overlay.place[1])  # type: ignore[index]
    assert viewer.view.viewport().rect().contains((spot.center() - viewer.view.offset()).toPoint())
    qtbot.waitUntil(lambda: not viewer.view.overlay.flashing)
    assert viewer.view.overlay.place is not None
    viewer.show_document("D1", 6)
    assert viewer.view.overlay.place is None


def test_a_picture_has_no_text_but_a_place_can_be_marked(qtbot: QtBot, viewer: DocumentViewer) -> None:
    show(viewer, {"D3": (jpeg(640, 480), "image/jpeg")})
    QTest.keyClick(viewer.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert viewer.view.selection.text() == ""
    viewer.toolbar.mark.click()
    drag(viewer, at(viewer, 1, 48, 36), at(viewer, 1, 240, 180))
    with qtbot.waitSignal(viewer.cite) as signal:
        viewer.cite_button.click()
    assert signal.args[1] == 1
    assert abs(signal.args[2][0] - 100) < 5


def stamped(mark: str, size: int, turn: int) -> bytes:
    """A page of ordinary lines with large grey words across it, drawn first as most programs do."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), invariant=1)
    # A font in the file: not every machine has one that writes Chinese.
    pdfmetrics.registerFont(TTFont("NotoSansSC", str(resource("fonts") / "NotoSansSC-Regular.ttf")))
    canvas.saveState()
    canvas.translate(297, 421)
    canvas.rotate(turn)
    canvas.setFont("NotoSansSC", size)
    canvas.setFillGray(0.8)
    canvas.drawCentredString(0, 0, mark)
    canvas.restoreState()
    canvas.setFont("Helvetica", 12)
    for line in range(30):
        canvas.drawString(72, 760 - 22 * line, f"Line {line:02} research intensity 3.15 percent of the base")
    canvas.save()
    return out.getvalue()


@pytest.mark.parametrize(
    ("mark", "size", "turn"),
    [("示例 TRIAL", 70, 55), ("示例 TRIAL", 70, 45), ("示例 TRIAL", 12, 30), ("样本", 120, 45), ("机密", 90, 0)],
)
def test_a_watermark_does_not_draw_the_hand_away_from_the_line_meant(
    viewer: DocumentViewer, mark: str, size: int, turn: int
) -> None:
    show(viewer, {"D1": (stamped(mark, size, turn), "application/pdf")})
    viewer.view.fit("page")
    for line in range(8, 22):
        for off in (-6, 0):
            height = 842 - (760 - 22 * line) - 4 + off
            drag(viewer, at(viewer, 1, 60, height), at(viewer, 1, 500, height))
            expected = f"Line {line:02} research intensity 3.15 percent of the base"
            assert viewer.view.selection.text() == expected, off
