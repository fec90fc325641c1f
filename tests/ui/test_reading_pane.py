"""The reading pane: one or two documents, back and forward, search in all documents, remembered places."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Document
from ndb_desktop.services.review import SearchHit
from ndb_desktop.services.review_places import PANE, document_key
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import tasks
from ndb_desktop.ui.viewer import clipboard
from ndb_desktop.ui.viewer.material import Material, PaneState
from ndb_desktop.ui.viewer.reading_pane import ReadingPane
from ndb_desktop.ui.viewer.reading_state import ReadingState
from ndb_desktop.ui.viewer.search_all import MAX_HITS
from tests.support.documents import jpeg, pdf, stream
from tests.support.window import child, settle

Key = Qt.Key
Shift, Ctrl, Alt = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


def book(words: str, pages: int = 10) -> bytes:
    """A PDF of small pages, each with its number and the words: drawn in no time."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d /MediaBox [0 0 240 320] >>" % (kids, pages),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number in range(pages):
        text = f"Page {number + 1}: {words}".encode("ascii")
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /Contents %d 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
            % (5 + 2 * number)
        )
        objects.append(stream(b"BT /F1 9 Tf 20 280 Td (%s) Tj ET" % text))
    return pdf(objects)


FILES = {
    "D1": (book("research intensity"), "application/pdf", 10),
    "D2": (book("leading enterprise"), "application/pdf", 10),
    "D3": (jpeg(64, 48), "image/jpeg", 1),
}
DOCUMENTS = tuple(
    Document(name, f"{name}.bin", f"材料 & {name}", mime, len(data), hashlib.sha256(data).hexdigest(), pages)
    for name, (data, mime, pages) in FILES.items()
)


class Case:
    """A pane with the documents of one application; searches are answered from `found`."""

    def __init__(self, qtbot: QtBot, worker: RenderWorker) -> None:
        self.worker = worker
        self.made: list[RenderWorker] = []
        self.kept: dict[str, str] = {}
        self.found: dict[str, tuple[SearchHit, ...]] = {}
        self.asked: list[str] = []
        self.textless: dict[str, int] = {"D3": 1}
        self.pane = ReadingPane(self.worker, self.make_worker)
        self.pane.bind_keys(self.pane)
        qtbot.addWidget(self.pane)
        self.pane.resize(980, 760)
        self.pane.show()
        self.pane.activateWindow()
        self.show()

    def make_worker(self) -> RenderWorker:
        self.made.append(RenderWorker())
        return self.made[-1]

    def load(self, wanted: Document, _progress: Progress, _cancel: CancelToken) -> bytes:
        return FILES[wanted.id][0]

    def search(self, query: str, limit: int, cancel: CancelToken) -> tuple[SearchHit, ...]:
        cancel.check()
        self.asked.append(query)
        return self.found.get(query, ())[:limit]

    def show(self, application: str = "A-001", documents: tuple[Document, ...] = DOCUMENTS) -> None:
        material = Material(
            application,
            documents,
            self.load,
            self.search,
            lambda: self.textless,
            dict(self.kept),
            self.kept.__setitem__,
        )
        self.pane.show_application(material)
        settle()

    def close(self) -> None:
        self.pane.forget()
        settle()


@pytest.fixture(scope="module")
def first_worker() -> Iterator[RenderWorker]:
    with RenderWorker() as worker:
        yield worker


@pytest.fixture
def case(qtbot: QtBot, first_worker: RenderWorker) -> Iterator[Case]:
    made = Case(qtbot, first_worker)
    yield made
    made.close()
    assert all(worker.pid is None for worker in made.made), "every renderer made here is ended"


@pytest.fixture
def pane(case: Case) -> ReadingPane:
    return case.pane


def press(pane: ReadingPane, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(QApplication.focusWidget() or pane, key, modifier)
    settle()


def click(widget: QWidget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
    settle()


def type_query(pane: ReadingPane, text: str) -> None:
    pane.search.field.setText(text)
    press(pane, Key.Key_Return)


def hit(document: str, page: int, snippet: str, words: str) -> SearchHit:
    first = snippet.index(words)
    return SearchHit(document, page, snippet, first, len(words), (first, first + len(words)))


# ----- two documents -----


def test_one_document_needs_no_heading_and_no_second_renderer(case: Case, pane: ReadingPane) -> None:
    assert pane.current == ("D1", 1)
    assert len(pane.sides) == 1
    assert not pane.active.strip.isVisible()
    assert case.made == []


def test_two_documents_side_by_side_by_key_and_back(qtbot: QtBot, case: Case, pane: ReadingPane) -> None:
    pane.viewer.view.setFocus()
    with qtbot.waitSignal(pane.split_changed) as signal:
        press(pane, Key.Key_F7)
    assert signal.args == [True]
    assert [side.viewer.current[0] for side in pane.sides] == ["D1", "D2"]
    assert len(case.made) == 1
    assert case.made[0].pid not in (None, case.worker.pid)
    left, right = pane.sides
    assert (left.name.text(), right.name.text()) == ("左侧", "右侧（当前）")
    assert right.viewer.view.hasFocus()
    assert all(side.strip.isVisible() for side in pane.sides)
    assert pane.split_button.accessibleName() == "取消并排"
    press(pane, Key.Key_F6)
    assert (left.name.text(), right.name.text()) == ("左侧（当前）", "右侧")
    assert pane.current[0] == "D1"
    press(pane, Key.Key_F7)
    assert len(pane.sides) == 1
    assert pane.current[0] == "D1"
    assert case.made[0].pid is None, "its renderer is ended"


def test_the_heading_closes_either_side(case: Case, pane: ReadingPane) -> None:
    click(pane.split_button)
    pane.show_document("D3")
    settle()
    click(pane.sides[0].close_button)
    assert [side.viewer.current[0] for side in pane.sides] == ["D3"]
    assert not pane.active.strip.isVisible()
    click(pane.split_button)
    assert [side.viewer.current[0] for side in pane.sides] == ["D3", "D1"]
    assert pane.sides[1].worker is case.worker, "the desk's own renderer is used again before another is made"
    assert len(case.made) == 1


def test_clicking_into_a_side_makes_it_the_active_one(qtbot: QtBot, pane: ReadingPane) -> None:
    click(pane.split_button)
    assert pane.active is pane.sides[1]
    with qtbot.waitSignal(pane.place) as signal:
        click(pane.sides[0].viewer.view.viewport())
    assert signal.args[0] == "D1"
    assert pane.active is pane.sides[0]
    pane.show_document("D2", 3)
    settle()
    assert [side.viewer.current for side in pane.sides] == [("D2", 3), ("D2", 1)]


def test_keys_go_to_the_active_side(pane: ReadingPane) -> None:
    click(pane.split_button)
    press(pane, Key.Key_PageDown, Alt)
    assert [side.viewer.current[1] for side in pane.sides] == [1, 2]
    press(pane, Key.Key_F6)
    press(pane, Key.Key_PageDown, Alt)
    press(pane, Key.Key_PageDown, Alt)
    assert [side.viewer.current[1] for side in pane.sides] == [3, 2]
    press(pane, Key.Key_F, Ctrl)
    assert pane.sides[0].viewer.search.isVisible()
    assert not pane.sides[1].viewer.search.isVisible()


def test_this_page_in_the_other_side_too(pane: ReadingPane) -> None:
    pane.show_document("D1", 4)
    settle()
    click(pane.other_button)
    assert [side.viewer.current for side in pane.sides] == [("D1", 4), ("D1", 4)]
    assert pane.active is pane.sides[0], "the reader stays where he is"


def test_a_link_with_ctrl_opens_in_the_other_side(monkeypatch: pytest.MonkeyPatch, pane: ReadingPane) -> None:
    pane.jump("D2", 2)
    settle()
    assert pane.current == ("D2", 2)
    monkeypatch.setattr(QApplication, "keyboardModifiers", lambda: Ctrl)
    pane.jump("D3", 1, (100, 100, 900, 200))
    settle()
    assert [side.viewer.current[0] for side in pane.sides] == ["D2", "D3"]
    assert pane.active is pane.sides[0]


def test_cite_and_evidence_come_from_either_side(qtbot: QtBot, pane: ReadingPane) -> None:
    click(pane.split_button)
    for side, document in zip(pane.sides, ("D1", "D2"), strict=True):
        with qtbot.waitSignal(pane.cite) as signal:
            click(side.viewer.cite_button)
        assert signal.args[:2] == [document, 1]


def test_nothing_to_open_when_nothing_may_be_shown(case: Case, pane: ReadingPane) -> None:
    click(pane.split_button)
    pane.show_reason("lock", "尚未声明", "请先声明")
    settle()
    assert len(pane.sides) == 1
    assert pane.current[0] == ""
    for key in (Key.Key_F7, Key.Key_F6):
        press(pane, key)
    press(pane, Key.Key_F6, Shift)
    press(pane, Key.Key_F, Ctrl | Shift)
    assert len(pane.sides) == 1
    assert pane.search.isHidden()
    assert not pane.search_button.isEnabled()
    assert not pane.split_button.isEnabled()


# ----- back and forward -----


def test_back_and_forward_over_jumps_not_over_scrolling(pane: ReadingPane) -> None:
    assert not pane.back_button.isEnabled()
    pane.viewer.view.go_to(3)
    assert not pane.back_button.isEnabled(), "scrolling is no jump"
    pane.show_document("D2", 5)
    settle()
    pane.viewer.view.go_to(6)
    box = child(pane, "viewer.page")
    box.setText("9")  # type: ignore[attr-defined]
    QTest.keyClick(box, Key.Key_Return)
    settle()
    assert pane.current == ("D2", 9)
    click(pane.back_button)
    assert pane.current == ("D2", 6)
    click(pane.back_button)
    assert pane.current == ("D1", 3)
    assert not pane.back_button.isEnabled()
    pane.viewer.view.setFocus()
    press(pane, Key.Key_Right, Alt)
    assert pane.current == ("D2", 6)
    press(pane, Key.Key_Right, Alt)
    assert pane.current == ("D2", 9)
    assert not pane.forward_button.isEnabled()
    assert not pane.step_forward()


def test_choosing_a_document_is_a_jump(pane: ReadingPane) -> None:
    pane.viewer.view.go_to(4)
    pane.viewer.chooser.chosen.emit("D2")
    settle()
    assert pane.current == ("D2", 1)
    assert pane.step_back()
    settle()
    assert pane.current == ("D1", 4)


def test_another_application_has_another_history(case: Case, pane: ReadingPane) -> None:
    pane.show_document("D2", 5)
    settle()
    assert pane.back_button.isEnabled()
    case.show("A-002", DOCUMENTS[:2])
    assert not pane.back_button.isEnabled()
    assert not pane.step_back()


# ----- remembered -----


def test_place_zoom_and_sides_come_back(case: Case, pane: ReadingPane) -> None:
    pane.show_document("D2", 4)
    settle()
    pane.viewer.view.set_zoom(1.5)
    click(pane.split_button)
    assert pane.sides[1].viewer.current[0] == "D3"
    press(pane, Key.Key_F6)
    first = dict(case.kept)
    case.kept = {}
    case.show("A-002", DOCUMENTS[:1])
    assert [side.viewer.current[0] for side in pane.sides] == ["D1"]
    assert ReadingState.from_text(first[document_key("D2")]).page == 4
    assert PaneState.from_text(first[PANE]) == PaneState(("D2", "D3"), 0)
    case.kept = first
    case.show("A-001")
    assert [side.viewer.current[0] for side in pane.sides] == ["D2", "D3"]
    assert pane.current == ("D2", 4)
    assert pane.viewer.view.zoom == 1.5
    assert pane.active is pane.sides[0]


def test_each_document_opens_where_it_was_left(pane: ReadingPane) -> None:
    pane.viewer.view.go_to(6)
    pane.viewer.chooser.chosen.emit("D2")
    settle()
    pane.viewer.view.go_to(3)
    pane.viewer.chooser.chosen.emit("D1")
    settle()
    assert pane.current == ("D1", 6)
    pane.viewer.chooser.chosen.emit("D2")
    settle()
    assert pane.current == ("D2", 3)


def test_scrolling_is_not_written_at_every_step(case: Case, pane: ReadingPane) -> None:
    writes: list[str] = []
    material = Material("A-009", DOCUMENTS, case.load, case.search, dict, {}, lambda key, _text: writes.append(key))
    pane.show_application(material)
    settle()
    writes.clear()
    bar = pane.viewer.view.verticalScrollBar()
    for value in range(0, min(2000, bar.maximum()), 10):
        bar.setValue(value)
    assert len(writes) <= 4


@pytest.mark.parametrize("stored", ["nonsense", '{"sides": ["gone", "D2"], "active": 1}'])
def test_a_pane_nobody_can_restore_shows_the_first_document(case: Case, pane: ReadingPane, stored: str) -> None:
    case.kept = {PANE: stored, document_key("D1"): "nonsense", document_key("D2"): "1 3 1.0000 width 0 continuous"}
    case.show("A-003")
    assert pane.sides[0].viewer.current == ("D1", 1)
    if len(pane.sides) == 2:
        assert pane.current == ("D2", 3)


# ----- search in all documents -----


def open_search(pane: ReadingPane, case: Case) -> None:
    case.found["研发"] = case.found["research"] = (
        hit("D1", 1, "Page 1: research intensity", "research"),
        hit("D1", 2, "Page 2: research intensity", "research"),
        hit("D2", 5, "引进研、发两类平台", "研、发"),
    )
    pane.viewer.view.setFocus()
    press(pane, Key.Key_F, Ctrl | Shift)
    assert pane.search.field.hasFocus()


def test_search_lists_hits_by_document_and_jumps(case: Case, pane: ReadingPane) -> None:
    open_search(pane, case)
    assert "输入词语" in pane.search.empty.text()
    type_query(pane, "research")
    panel = pane.search
    assert panel.count.text() == "共 3 处"
    rows = panel.hits.source.rows
    assert [row.head for row in rows] == ["材料 & D1（2 处）", "", "材料 & D2（1 处）"]
    assert [row.page for row in rows] == ["第 1 页", "第 2 页", "第 5 页"]
    assert rows[2].parts == ("引进", "研、发", "两类平台")
    assert "1 页无文字" in panel.note.text()
    assert panel.hits.currentIndex().row() == 0, "Enter goes to the first hit at once"
    assert pane.current == ("D1", 1)
    press(pane, Key.Key_F4)
    assert pane.current[0] == "D1"
    assert pane.viewer.search.field.text() == "research"
    assert pane.viewer.search.count.text() == "第 2 / 10 处"
    press(pane, Key.Key_F4)
    assert pane.current == ("D2", 5)
    assert pane.viewer.search.field.text() == "研、发", "what stands on the page is what is marked there"
    press(pane, Key.Key_F4)
    assert pane.current[0] == "D1"
    press(pane, Key.Key_F4, Shift)
    assert pane.current[0] == "D2"
    press(pane, Key.Key_Escape)
    assert panel.isHidden()
    assert pane.viewer.view.hasFocus(), "the focus is back where it was"


def test_hits_by_mouse_and_keys_in_the_list(case: Case, pane: ReadingPane) -> None:
    open_search(pane, case)
    type_query(pane, "研发")
    hits = pane.search.hits
    spot = hits.visualRect(hits.model().index(2, 0)).center() + QPoint(0, 8)
    QTest.mouseClick(hits.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    settle()
    assert pane.current == ("D2", 5)
    hits.setFocus()
    press(pane, Key.Key_Up)
    assert pane.current == ("D2", 5), "walking through the list shows nothing yet"
    press(pane, Key.Key_Return)
    assert pane.current[0] == "D1"
    press(pane, Key.Key_Down)
    press(pane, Key.Key_Return, Ctrl)
    assert [side.viewer.current for side in pane.sides] == [("D1", 2), ("D2", 5)]
    press(pane, Key.Key_Escape)
    assert pane.search.isHidden()


def test_hits_are_places_to_go_back_from(case: Case, pane: ReadingPane) -> None:
    open_search(pane, case)
    pane.viewer.view.go_to(7)
    type_query(pane, "研发")
    pane.search.following.click()
    pane.search.following.click()
    settle()
    assert pane.current == ("D2", 5)
    pane.step_back()
    settle()
    pane.step_back()
    settle()
    pane.step_back()
    settle()
    assert pane.current == ("D1", 7)


def test_nothing_found_and_too_many(case: Case, pane: ReadingPane) -> None:
    open_search(pane, case)
    type_query(pane, "没有<b>这个</b>词")
    assert pane.search.empty.isVisible()
    assert pane.search.empty.text() == "全部文档中没有找到“没有<b>这个</b>词”。"
    assert pane.search.empty.textFormat() == Qt.TextFormat.PlainText
    assert not pane.search.following.isEnabled()
    case.found["的"] = tuple(hit("D1", 1 + n // 30, f"第 {n} 行的", "的") for n in range(500))
    type_query(pane, "的")
    assert len(pane.search.hits.source.rows) == MAX_HITS
    assert pane.search.count.text() == "多于 200 处"
    assert pane.search.note.text().startswith("只列前 200 处")
    assert [row.number for row in pane.search.hits.source.rows[:32]] == [*range(30), 0, 1]


@pytest.mark.parametrize("signs", ["%", "，", "（ ）"])
def test_signs_alone_are_said_to_be_no_question_for_all_documents(case: Case, pane: ReadingPane, signs: str) -> None:
    """They may well stand in a document: that they were not found would be false."""
    open_search(pane, case)
    type_query(pane, signs)
    words = pane.search.empty.text()
    assert words.startswith(f"“{signs}”只有标点或符号")
    assert "文档内查找（Ctrl+F）" in words
    assert "没有找到" not in words
    assert "无文字" not in pane.search.note.text()
    type_query(pane, "3%")
    assert pane.search.empty.text() == "全部文档中没有找到“3%”。"


def test_an_older_search_ends_and_its_answer_is_not_shown(case: Case, pane: ReadingPane) -> None:
    open_search(pane, case)
    started, release, cancelled = threading.Event(), threading.Event(), threading.Event()

    def slow(query: str, limit: int, cancel: CancelToken) -> tuple[SearchHit, ...]:
        if query == "慢":
            started.set()
            assert release.wait(20)
            if cancel.cancelled:
                cancelled.set()
            return (hit("D3", 1, "慢", "慢"),)
        return case.search(query, limit, cancel)

    pane.show_application(Material("A-001", DOCUMENTS, case.load, slow, dict, {}, lambda _key, _text: None))
    settle()
    pane.search.field.setText("慢")
    pane.search.start()
    assert started.wait(20)
    pane.search.field.setText("研发")
    pane.search.start()
    release.set()
    settle()
    assert cancelled.is_set()
    assert [row.hit.document for row in pane.search.hits.source.rows] == ["D1", "D1", "D2"]


def test_typing_alone_searches_after_a_pause_but_not_while_composing(
    qtbot: QtBot, case: Case, pane: ReadingPane
) -> None:
    open_search(pane, case)
    field = pane.search.field
    QApplication.sendEvent(field, QInputMethodEvent("yan", []))
    field.setText("y")
    qtbot.wait(500)
    assert case.asked == []
    commit = QInputMethodEvent("", [])
    commit.setCommitString("研发")
    field.clear()
    QApplication.sendEvent(field, commit)
    qtbot.waitUntil(lambda: pane.search.count.text() == "共 3 处", timeout=10_000)
    assert case.asked == ["研发"]
    assert pane.current == ("D1", 1), "nothing moves before the reader asks for it"


def test_an_error_of_the_search_is_told_in_the_panel(case: Case, pane: ReadingPane) -> None:
    open_search(pane, case)

    def broken(_query: str, _limit: int, _cancel: CancelToken) -> tuple[SearchHit, ...]:
        raise NdbError("E-FILE-IO", name="review.ndbbundle")

    def nothing() -> Mapping[str, int]:
        return {}

    pane.show_application(Material("A-001", DOCUMENTS, case.load, broken, nothing, {}, lambda _key, _text: None))
    settle()
    type_query(pane, "研发")
    assert "review.ndbbundle" in pane.search.empty.text()
    assert pane.search.count.text() == ""


def test_a_disk_full_while_searching_is_not_said_to_have_lost_a_change(case: Case, pane: ReadingPane) -> None:
    open_search(pane, case)

    def full(_query: str, _limit: int, _cancel: CancelToken) -> tuple[SearchHit, ...]:
        raise NdbError("E-STORE-FULL", place="cache")

    pane.show_application(Material("A-001", DOCUMENTS, case.load, full, dict, {}, lambda _key, _text: None))
    settle()
    type_query(pane, "研发")
    assert "磁盘已满" in pane.search.empty.text()
    assert "没有保存" not in pane.search.empty.text()


def test_the_next_application_is_searched_for_the_same_words(case: Case, pane: ReadingPane) -> None:
    open_search(pane, case)
    type_query(pane, "研发")
    case.found["研发"] = (hit("D2", 1, "另一家的研发", "研发"),)
    case.show("A-002", DOCUMENTS[:2])
    assert [row.hit.document for row in pane.search.hits.source.rows] == ["D2"]


# ----- letting go -----


def test_forget_lets_go_of_everything(case: Case, pane: ReadingPane) -> None:
    open_search(pane, case)
    type_query(pane, "研发")
    pane.show_document("D2", 3)
    click(pane.split_button)
    clipboard.copy("机密文字")
    assert "机密文字" in QApplication.clipboard().text()
    pane.forget()
    settle()
    assert len(pane.sides) == 1
    viewer = pane.viewer
    assert viewer.pages.document is None
    assert viewer.pages.get(1, 1.0)[0] is None
    assert pane.search.isHidden()
    assert pane.search.hits.source.rows == []
    assert pane.search.field.text() == ""
    assert not pane.back_button.isEnabled()
    assert not pane.forward_button.isEnabled()
    assert "机密文字" not in QApplication.clipboard().text()
    assert case.made[0].pid is None
    press(pane, Key.Key_F4)
    assert pane.current[0] == ""


def test_a_pane_thrown_away_leaves_no_renderer_behind(qtbot: QtBot) -> None:
    worker = RenderWorker()
    made: list[RenderWorker] = []

    def make() -> RenderWorker:
        made.append(RenderWorker())
        return made[-1]

    pane = ReadingPane(worker, make)
    pane.show()
    pane.show_application(
        Material(
            "A-001", DOCUMENTS, lambda d, _p, _c: FILES[d.id][0], lambda _q, _n, _c: (), dict, {}, lambda _k, _t: None
        )
    )
    pane.toggle_split()
    settle()
    assert made[0].pid is not None
    pane.deleteLater()
    settle()
    assert not tasks.busy()
    assert made[0].pid is None
    worker.close()
