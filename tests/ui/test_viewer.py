"""The viewer: real pages drawn by the child process; zoom, page, search; a calm word for what cannot be shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Document
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui.viewer.viewer import DocumentViewer
from tests.support.documents import jpeg, text_page
from tests.support.window import settle

LONG = "\n".join(f"第 {n} 行：示范园区创建工作方案。" + ("研发投入强度" if n % 50 == 0 else "") for n in range(400))
FILES = {
    "D1": (text_page("Annual report research intensity"), "application/pdf", 1),
    "D2": (LONG.encode(), "text/plain", 10),
    "D3": (jpeg(640, 480), "image/jpeg", 1),
    "D4": (b"%PDF-1.7\nbroken", "application/pdf", 1),
}


def document(name: str) -> Document:
    data, mime, pages = FILES[name]
    return Document(name, f"{name}.bin", f"材料 & {name}", mime, len(data), hashlib.sha256(data).hexdigest(), pages)


def load(wanted: Document, _progress: Progress, _cancel: CancelToken) -> bytes:
    if wanted.id == "D5":
        raise NdbError("E-FILE-IO", name=wanted.name)
    return FILES[wanted.id][0]


@pytest.fixture
def viewer(qtbot: QtBot) -> Iterator[DocumentViewer]:
    worker = RenderWorker()
    widget = DocumentViewer(worker)
    widget.bind_keys(widget)
    qtbot.addWidget(widget)
    widget.resize(700, 800)
    widget.show()
    yield widget
    settle()
    worker.close()


def shown(viewer: DocumentViewer) -> bool:
    return viewer.stack.currentWidget() is viewer.view


def colours(viewer: DocumentViewer) -> int:
    image = viewer.view.viewport().grab().toImage()
    return len({image.pixel(x, y) for x in range(0, image.width(), 5) for y in range(0, image.height(), 5)})


def test_a_pdf_page_is_drawn(viewer: DocumentViewer) -> None:
    viewer.set_documents([document("D1"), document("D2")], load)
    settle()
    assert shown(viewer)
    assert viewer.view.count == 1
    assert viewer.current == ("D1", 1)
    picture, exact = viewer.pages.get(1, viewer.view._scale())
    assert picture is not None
    assert exact
    assert colours(viewer) > 5


def test_image_and_text_are_drawn_too(viewer: DocumentViewer) -> None:
    viewer.set_documents([document("D3"), document("D2")], load)
    settle()
    assert shown(viewer)
    assert viewer.view.count == 1
    viewer.show_document("D2")
    settle()
    assert viewer.view.count > 5
    assert viewer.toolbar.page_count.text() == f"/ {viewer.view.count}"


def test_a_broken_document_says_so_and_the_next_one_opens(viewer: DocumentViewer) -> None:
    viewer.set_documents([document("D4"), document("D1")], load)
    settle()
    assert not shown(viewer)
    assert viewer.empty.title.text() == "这份文档无法显示"
    assert viewer.empty.text.text()
    assert not viewer.toolbar.search.isEnabled()
    assert viewer.chooser.isEnabled()
    viewer.show_document("D1")
    settle()
    assert shown(viewer)


def test_a_document_that_cannot_be_read_says_why(viewer: DocumentViewer) -> None:
    viewer.set_documents([Document("D5", "e.pdf", "e", "application/pdf", 1, "", 1)], load)
    settle()
    assert not shown(viewer)
    assert "e.pdf" in viewer.empty.text.text()


def test_closed_until_declared(viewer: DocumentViewer) -> None:
    viewer.set_documents([document("D1")], load)
    settle()
    viewer.show_reason("lock", "尚未声明", "请先声明")
    assert not shown(viewer)
    assert viewer.current[0] == ""
    assert viewer.pages.document is None
    assert viewer.pages.get(1, viewer.view._scale())[0] is None
    assert not viewer.chooser.isEnabled()


def test_pages_by_number_and_keys(viewer: DocumentViewer) -> None:
    viewer.set_documents([document("D2")], load)
    settle()
    viewer.page_box.setText("4")
    viewer.page_box.returnPressed.emit()
    settle()
    assert viewer.view.page == 4
    assert viewer.page_box.text() == "4"
    viewer.activateWindow()
    viewer.view.setFocus()
    QTest.keyClick(viewer.view, Qt.Key.Key_PageDown, Qt.KeyboardModifier.AltModifier)
    assert viewer.view.page == 5
    QTest.keyClick(viewer.view, Qt.Key.Key_Home)
    assert viewer.view.page == 1
    QTest.keyClick(viewer.view, Qt.Key.Key_End)
    assert viewer.view.page == viewer.view.count
    viewer.page_box.setText("99")
    viewer.page_box.returnPressed.emit()
    assert viewer.page_box.text() == str(viewer.view.count)


def test_only_pages_near_the_window_are_drawn(viewer: DocumentViewer) -> None:
    viewer.set_documents([document("D2")], load)
    settle()
    scale = viewer.view._scale()
    assert viewer.pages.get(1, scale)[1]
    assert not viewer.pages.get(viewer.view.count, scale)[1]


def test_zoom_by_buttons_wheel_and_fit(viewer: DocumentViewer) -> None:
    viewer.set_documents([document("D2")], load)
    settle()
    fitted = viewer.view.zoom
    viewer.toolbar.zoom_in.click()
    assert viewer.view.zoom > fitted
    event = QWheelEvent(
        QPointF(50, 50), QPointF(50, 50), QPoint(0, 0), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    before = viewer.view.zoom
    QApplication.sendEvent(viewer.view.viewport(), event)
    assert viewer.view.zoom < before
    viewer.toolbar.fit_page.click()
    whole = viewer.view.page_rect(1)
    assert whole.height() <= viewer.view.viewport().height()
    viewer.toolbar.fit_width.click()
    viewer.resize(500, 600)
    settle()
    assert viewer.view.page_rect(1).width() <= viewer.view.viewport().width()
    for _ in range(30):
        viewer.view.zoom_in()
    assert viewer.view.zoom == 4.0
    assert viewer.toolbar.zoom_label.text() == "400 %"


def test_zooming_keeps_the_place(viewer: DocumentViewer) -> None:
    viewer.set_documents([document("D2")], load)
    settle()
    viewer.view.go_to(5)
    viewer.view.zoom_in()
    viewer.view.zoom_in()
    assert viewer.view.page == 5


def test_search_finds_highlights_and_steps(viewer: DocumentViewer) -> None:
    viewer.set_documents([document("D2")], load)
    settle()
    viewer.search.ask()
    viewer.search.field.setText("研发投入")
    viewer.search.field.commit()
    settle()
    assert viewer.search.count.text() == "第 1 / 8 处"
    first = viewer.view.page
    viewer.search.following.click()
    viewer.search.following.click()
    assert viewer.search.count.text() == "第 3 / 8 处"
    assert viewer.view.page > first
    viewer.search.previous.click()
    assert viewer.search.count.text() == "第 2 / 8 处"
    viewer.search.field.setText("没有这个词")
    viewer.search.field.commit()
    settle()
    assert viewer.search.count.text() == "没有找到"
    QTest.keyClick(viewer.search, Qt.Key.Key_Escape)
    assert viewer.search.isHidden()
    assert viewer.view.overlay.hits == {}


def test_changing_the_document_in_mid_search_mixes_nothing(viewer: DocumentViewer) -> None:
    viewer.set_documents([document("D2"), document("D1")], load)
    settle()
    viewer.search.ask()
    viewer.search.start("研发")
    viewer.show_document("D1")
    settle()
    assert viewer.current[0] == "D1"
    assert viewer.view.overlay.hits == {} or all(page == 1 for page in viewer.view.overlay.hits)


def test_equal_ids_of_two_applications_are_two_documents(viewer: DocumentViewer) -> None:
    """Every applicant calls its form D1; another applicant's form must never stay on the screen."""
    opened: list[str] = []

    def others(wanted: Document, _progress: Progress, _cancel: CancelToken) -> bytes:
        opened.append(wanted.sha256)
        return FILES["D2"][0]

    viewer.set_documents([document("D1")], load)
    settle()
    data, mime, pages = FILES["D2"]
    twin = Document("D1", "D1.bin", "材料", mime, len(data), hashlib.sha256(data).hexdigest(), pages)
    viewer.set_documents([twin], others)
    assert not shown(viewer), "the old document must leave at once"
    settle()
    assert opened == [twin.sha256]
    assert viewer.pages.document is not None
    assert viewer.pages.document.pages == pages
    assert viewer.toolbar.page_count.text() == f"/ {pages}"


def test_a_page_is_cited(qtbot: QtBot, viewer: DocumentViewer) -> None:
    viewer.set_documents([document("D2")], load)
    settle()
    viewer.view.go_to(3)
    with qtbot.waitSignal(viewer.cite) as signal:
        viewer.cite_button.click()
    assert signal.args == ["D2", 3, None, ""]
