"""The check page by mouse and keys: states, sorting, filters, search, jumps and the way back, comparing two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QTableView, QWidget

from ndb_desktop.domain.sheet import Challenge, Declaration, ItemEntry, Sheet
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.expert.check_model import SHOWN, MatrixModel
from ndb_desktop.ui.expert.check_page import CheckPage
from ndb_desktop.ui.expert.check_rows import FIRST, NAME, TOTAL, Cell
from ndb_desktop.ui.expert.store import ReviewStore
from tests.support import checking, review
from tests.support.checking import Store, many_session, many_view, marked
from tests.support.window import child, press, settle

Key, Left, Right = Qt.Key, Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
Roles = Qt.ItemDataRole
SPARED = "P4.2.plan"


@dataclass
class Desk:
    """A check page over an in-memory review, and what it asked for."""

    page: CheckPage
    session: Store
    store: ReviewStore
    went: list[tuple[str, str]]

    @property
    def model(self) -> MatrixModel:
        return self.page.model

    @property
    def ids(self) -> list[str]:
        return [row.id for row in self.model.shown]

    def text(self, row: int, column: int, role: Roles = Roles.DisplayRole) -> Any:
        return self.model.index(row, column).data(role)

    def cell(self, application: str, item: str) -> Cell:
        found = self.model.place(application, item).data(SHOWN)
        assert isinstance(found, Cell)
        return found

    def column(self, item: str) -> int:
        return next(number for number, known in enumerate(self.model.items) if known.id == item) + FIRST

    def put(self, sheet: Sheet) -> None:
        """The sheet changes, as after an edit elsewhere."""
        self.session.sheets[sheet.application] = sheet
        self.store.view.renew(sheet.application)
        self.store.changed.emit(None)
        settle()


@pytest.fixture
def open_desk(qtbot: Any) -> Iterator[Callable[..., Desk]]:
    opened: list[CheckPage] = []

    def make(count: int, *, enterprises: int = 0, filled: int | None = None) -> Desk:
        session = many_session(count, enterprises=enterprises)
        for number, found in enumerate(session.applications[: count if filled is None else filled]):
            session.sheets[found.application.id] = marked(session, found.application.id, number)
        view = many_view(session)
        store = ReviewStore(session, view)  # type: ignore[arg-type]
        page = CheckPage(store)
        went: list[tuple[str, str]] = []
        page.go.connect(lambda application, item: went.append((application, item)))
        page.resize(1320, 640)
        page.show()
        opened.append(page)
        settle()
        return Desk(page, session, store, went)

    yield make
    for page in opened:
        page.close()
        page.deleteLater()
    settle()


def click_head(desk: Desk, column: int) -> None:
    """Clicks the head of a column where it is in sight."""
    table: QTableView = desk.page.matrix.frozen if column < FIRST else desk.page.matrix
    header = table.horizontalHeader()
    if column >= FIRST:
        desk.page.matrix.scrollTo(desk.model.index(0, column))
    spot = QPoint(header.sectionViewportPosition(column) + 20, header.height() // 2)
    QTest.mouseClick(header.viewport(), Left, pos=spot)
    settle()


def click_cell(desk: Desk, row: int, column: int) -> None:
    """Clicks a cell."""
    table: QTableView = desk.page.matrix.frozen if column < FIRST else desk.page.matrix
    index = desk.model.index(row, column)
    desk.page.matrix.scrollTo(index)
    QTest.mouseClick(table.viewport(), Left, pos=table.visualRect(index).center())
    settle()


def type_key(widget: QWidget, *keys: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    for key in keys:
        QTest.keyClick(widget, key, modifier)
    settle()


def menu_at(desk: Desk, row: int, column: int) -> QMenu:
    """Opens the context menu of a cell with the menu key."""
    matrix = desk.page.matrix
    matrix.setFocus()
    matrix.setCurrentIndex(desk.model.index(row, column))
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(1, 1), QPoint(1, 1))
    QApplication.sendEvent(matrix, event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def choose(menu: QMenu, name: str) -> None:
    """Takes an entry of an open menu with the keyboard."""
    action = next(action for action in menu.actions() if action.objectName() == name)
    assert action.isEnabled(), name
    menu.setActiveAction(action)
    QTest.keyClick(menu, Key.Key_Return)
    settle()


# ----- the model -----


def test_two_hundred_applications_are_a_sound_model(open_desk: Callable[..., Desk], qtmodeltester: Any) -> None:
    desk = open_desk(200, filled=150)
    assert (desk.model.rowCount(), desk.model.columnCount()) == (200, 24)
    qtmodeltester.check(desk.model)
    qtmodeltester.check(desk.page.gaps.source)


def test_painting_asks_only_for_what_is_in_sight(
    open_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"count": 0}
    plain = MatrixModel.data

    def count(self: MatrixModel, index: QModelIndex, role: int = Roles.DisplayRole) -> Any:
        asked["count"] += 1
        return plain(self, index, role)

    monkeypatch.setattr(MatrixModel, "data", count)
    counts = []
    for many in (30, 200):
        desk = open_desk(many)
        for place in (0, many // 2):
            desk.page.matrix.scrollTo(desk.model.index(place, FIRST))
            settle()
            asked["count"] = 0
            desk.page.matrix.viewport().repaint()
            desk.page.matrix.frozen.viewport().repaint()
            counts.append(asked["count"])
    assert min(counts) > 20
    assert max(counts) - min(counts) <= 2 * desk.model.columnCount(), counts
    assert max(counts) < 200 * 24 // 10, counts


def test_only_the_changed_row_is_made_again(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(20)
    before = [desk.page.rows.row(name) for name in desk.ids]
    sheet = desk.session.sheets[desk.ids[3]]
    entries = {**sheet.items, "P4.1.basis": replace(sheet.items["P4.1.basis"], value=Decimal(99), level="L5")}
    desk.put(replace(sheet, items=entries))
    after = [desk.page.rows.row(name) for name in desk.ids]
    assert [number for number in range(20) if before[number] is not after[number]] == [3]
    assert desk.cell(desk.ids[3], "P4.1.basis").text == "99.00"


def test_a_page_nobody_sees_waits_until_it_is_looked_at(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(3)
    text = desk.cell(desk.ids[0], "P4.1.basis").text
    desk.page.hide()
    sheet = desk.session.sheets[desk.ids[0]]
    entry = replace(sheet.items["P4.1.basis"], value=Decimal(100), level="L5")
    desk.put(replace(sheet, items={**sheet.items, "P4.1.basis": entry}))
    assert desk.cell(desk.ids[0], "P4.1.basis").text == text != "100.00"
    desk.page.show()
    settle()
    assert desk.cell(desk.ids[0], "P4.1.basis").text == "100.00"


# ----- states -----


@pytest.fixture
def states(open_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch) -> Desk:
    """One application for every state, under a form in which one item may be not applicable."""
    packs = review.the_packs()
    park = packs["park"]
    indicators = tuple(replace(i, not_applicable=i.id == SPARED.partition(".plan")[0]) for i in park.indicators)
    monkeypatch.setattr(review, "the_packs", lambda: {**packs, "park": replace(park, indicators=indicators)})
    desk = open_desk(7, filled=3)
    first, second, third, fourth, fifth, _sixth, _seventh = desk.ids
    sheet = desk.session.sheets[first]
    entries = dict(sheet.items)
    entries["P4.1.basis"] = ItemEntry("P4.1.basis", "scored", "L1", Decimal(0), reason="材料没有任何依据，全部缺失。")
    entries["P4.2.basis"] = ItemEntry("P4.2.basis", "scored", "L5", Decimal(95), reason="好")
    entries["P1.1.plan"] = replace(entries["P1.1.plan"], flagged=True, note="再看一遍")
    entries["P2.1.basis"] = replace(entries["P2.1.basis"], confirm="challenged")
    del entries["P1.2.plan"]
    entries["P1.3.plan"] = ItemEntry("P1.3.plan", "scored", "L3")
    indicator = desk.model.rows.view.applications[0].pack.indicator_by_id["P2.1"]
    dispute = Challenge(
        "c1", "P2.1", indicator.data[0].code, "2025", Decimal(1), "D1", 1, "研发投入与年报不一致，请核实。"
    )
    desk.put(replace(sheet, items=entries, challenges=(dispute,)))
    desk.put(Sheet(second, Declaration("recused", ("C1",), "配偶任职")))
    desk.put(Sheet(third, Declaration("clear"), unable="材料损坏，无法打开，不能评分。"))
    desk.put(Sheet(fourth))
    reason = "园区没有这一类企业，本项不适用。"
    spared = ItemEntry(SPARED, "not_applicable", reason=reason)
    desk.put(Sheet(fifth, Declaration("clear"), {SPARED: spared}))
    return desk


def test_every_state_has_its_own_shape_and_word(states: Desk) -> None:
    first, second, third, fourth, fifth, *_ = states.ids
    nought, unwritten = states.cell(first, "P4.1.basis"), states.cell(first, "P4.2.basis")
    flagged, disputed = states.cell(first, "P1.1.plan"), states.cell(first, "P2.1.basis")
    open_, partly = states.cell(first, "P1.2.plan"), states.cell(first, "P1.3.plan")
    recused, unable = states.cell(second, "P4.1.basis"), states.cell(third, "P4.1.basis")
    undeclared, spared = states.cell(fourth, "P4.1.basis"), states.cell(fifth, SPARED)
    assert spared.text == "—"
    assert nought.text == "0.00"
    assert unwritten.text == "95.00"
    places = [(first, nought), (first, unwritten), (first, open_), (first, partly), (second, recused)]
    places += [(third, unable), (fourth, undeclared), (fifth, spared)]
    assert len({cell.state.icon for _, cell in places}) == len({cell.state.text for _, cell in places}) == 8
    assert flagged.flagged
    assert disputed.challenged
    assert states.cell(first, "P2.2.basis").quiet
    for application, cell in places:
        index = states.model.place(application, cell.item)
        assert cell.state.text in index.data(Roles.AccessibleTextRole)
        assert cell.state.text in index.data(Roles.ToolTipRole)
    legend = "，".join(states.page.legend.words())
    for word in (
        "未填",
        "待补充",
        "0 分",
        "不适用",
        "已回避",
        "无法评分",
        "已标记",
        "缺理由",
        "已质疑",
        "待声明",
        "建议再看",
    ):
        assert word in legend


def test_a_screen_reader_hears_applicant_item_score_and_marks(states: Desk) -> None:
    first = states.ids[0]
    spoken = states.model.place(first, "P1.1.plan").data(Roles.AccessibleTextRole)
    name = states.model.shown[0].applicant
    assert spoken.startswith(f"{name}, 创建工作方案 · P1.1 ")
    assert "分" in spoken
    assert "已标记" in spoken
    assert "已质疑" in states.model.place(first, "P2.1.basis").data(Roles.AccessibleTextRole)
    assert states.model.index(0, NAME).data(Roles.AccessibleTextRole).startswith(name)
    head = states.model.headerData(FIRST, Qt.Orientation.Horizontal, Roles.AccessibleTextRole)
    assert "基本情况 · P1.1" in head
    assert "最低" in head
    assert QAbstractItemModel.flags(states.model, states.model.index(0, 0)) & Qt.ItemFlag.ItemIsSelectable


def test_filters_count_and_keep_what_they_name(states: Desk) -> None:
    first, second, third, fourth, fifth, sixth, seventh = states.ids
    wanted = {
        "gaps": [first, fourth, fifth, sixth, seventh],
        "flagged": [first],
        "challenged": [first],
        "spared": [fifth],
        "unable": [third],
        "recused": [second],
        "hints": [],
        "all": [first, second, third, fourth, fifth, sixth, seventh],
    }
    for name, ids in wanted.items():
        button = child(states.page, f"check.filter.{name}")
        assert button.text().strip().endswith(f" {len(ids)}")  # type: ignore[attr-defined]
        QTest.mouseClick(button, Left)
        settle()
        assert states.ids == ids, name
        assert button.isChecked()  # type: ignore[attr-defined]
        assert states.page.empty.isVisible() is (not ids)
        texts = [gap.kind for gap in states.page.gaps.source.rows]
        if name in ("flagged", "challenged", "spared", "unable", "recused"):
            assert texts == [name]
    assert {gap.kind for gap in states.page.gaps.source.rows} == {"gap", "flagged"}


def test_what_is_not_scored_shows_why_and_leads_there(states: Desk) -> None:
    third, fifth = states.ids[2], states.ids[4]
    for name, words, place in (
        ("spared", "园区没有这一类企业", (fifth, SPARED)),
        ("unable", "材料损坏", (third, "overall")),
    ):
        QTest.mouseClick(child(states.page, f"check.filter.{name}"), Left)
        settle()
        (line,) = states.page.gaps.source.rows
        assert words in line.text
        states.page.gaps.setFocus()
        states.page.gaps.setCurrentIndex(states.page.gaps.source.find(*place))
        type_key(states.page.gaps, Key.Key_Return)
        assert states.went.pop() == place


def test_flags_show_the_private_note_and_recusals_their_grounds(states: Desk) -> None:
    QTest.mouseClick(child(states.page, "check.filter.flagged"), Left)
    settle()
    assert [gap.text for gap in states.page.gaps.source.rows] == ["再看一遍"]
    QTest.mouseClick(child(states.page, "check.filter.recused"), Left)
    settle()
    assert "配偶任职" in states.page.gaps.source.rows[0].text


# ----- sorting, searching -----


def test_a_click_on_a_head_sorts_within_the_own_scores_and_stores_nothing(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(9, filled=7)
    bundle, sheets = list(desk.ids), dict(desk.session.sheets)
    column = desk.column("P4.1.basis")

    def marks() -> list[str]:
        return [desk.text(row, column) for row in range(desk.model.rowCount())]

    original = marks()
    known = [mark for mark in original if mark]
    assert "不导出" in desk.page.caption.text()
    click_head(desk, column)
    assert marks() == [*sorted(known, key=Decimal, reverse=True), "", ""], "what has no mark stands last"
    assert desk.ids[-2:] == bundle[-2:]
    assert "仅本人评分的排序，不导出" in desk.page.caption.text()
    assert "从高到低" in desk.model.headerData(column, Qt.Orientation.Horizontal, Roles.AccessibleTextRole)
    click_head(desk, column)
    assert marks() == [*sorted(known, key=Decimal), "", ""]
    click_head(desk, column)
    assert (desk.ids, marks()) == (bundle, original)
    click_head(desk, TOTAL)
    totals = [row.total for row in desk.model.shown if row.total is not None]
    assert totals == sorted(totals, reverse=True)
    press(desk.page, "check.unsort")
    assert desk.ids == bundle
    click_head(desk, NAME)
    names = [row.applicant for row in desk.model.shown]
    assert names == sorted(names)
    assert desk.session.sheets == sheets
    assert not desk.went


def test_sorting_by_the_menu_key_keeps_the_current_cell(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(12)
    column = desk.column("P4.2.plan")
    application = desk.ids[5]
    choose(menu_at(desk, 5, column), "menu.up")
    values = [desk.model.shown[row].value(column) for row in range(12)]
    assert values == sorted(values)  # type: ignore[type-var]
    assert desk.model.target(desk.page.matrix.currentIndex()) == (application, "P4.2.plan")
    choose(menu_at(desk, 0, column), "menu.unsort")
    assert desk.model.sorting is None


def test_search_narrows_and_an_empty_result_says_what_to_do(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(24)
    field = child(desk.page, "check.search")
    field.setFocus()
    QTest.keyClicks(field, "a-012")
    settle()
    assert desk.ids == ["A-012"]
    field.setText("")  # type: ignore[attr-defined]
    field.setText("云岭")  # type: ignore[attr-defined]
    settle()
    assert desk.ids == ["A-001", "A-013"]
    field.setText("没有这样的单位")  # type: ignore[attr-defined]
    settle()
    assert desk.page.empty.isVisible()
    assert not desk.page.matrix.isVisible()
    press(desk.page, "check.show_all")
    assert len(desk.ids) == 24
    assert desk.page.matrix.isVisible()


def test_each_category_has_its_own_columns(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(4, enterprises=3)
    QTest.mouseClick(child(desk.page, "check.category.park"), Left)
    settle()
    assert desk.model.items[0].id.startswith("P")
    click_head(desk, desk.column("P4.1.basis"))
    QTest.mouseClick(child(desk.page, "check.category.enterprise"), Left)
    settle()
    assert desk.ids == ["B-001", "B-002", "B-003"]
    assert desk.model.items[0].id.startswith("E")
    assert desk.model.sorting is None, "another form, other columns"
    assert len(desk.page.gaps.source.rows) == 66, "gaps of both forms stay in sight"
    single = open_desk(2)
    assert not child(single.page, "check.category.park").isVisible()


def test_the_page_opens_on_the_form_that_has_a_gap(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(2, enterprises=2, filled=4)
    assert desk.ids == ["A-001", "A-002"], "nothing is missing: the first form"
    desk.page.hide()
    sheet = desk.session.sheets["B-002"]
    entries = {name: entry for name, entry in sheet.items.items() if name != "E2.1.basis"}
    desk.put(replace(sheet, items=entries))
    desk.page.show()
    desk.page.focus_start()
    settle()
    assert desk.ids == ["B-001", "B-002"]
    current = desk.page.matrix.currentIndex()
    assert desk.model.target(current) == ("B-002", "E2.1.basis")
    assert child(desk.page, "check.category.enterprise").isChecked()  # type: ignore[attr-defined]
    assert desk.page.matrix.isVisible()
    # The other form is one click away, and stays while one looks at one of its cells and comes back.
    QTest.mouseClick(child(desk.page, "check.category.park"), Left)
    settle()
    click_cell(desk, 0, FIRST)
    assert desk.went[-1][0] == "A-001"
    desk.page.hide()
    desk.page.show()
    settle()
    assert desk.ids == ["A-001", "A-002"]


# ----- jumping -----


def test_a_click_on_a_cell_or_applicant_jumps(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(30)
    click_cell(desk, 4, desk.column("P3.2.plan"))
    click_cell(desk, 20, NAME)
    click_cell(desk, 20, TOTAL)
    assert desk.went == [(desk.ids[4], "P3.2.plan"), (desk.ids[20], ""), (desk.ids[20], "")]


def test_arrows_walk_and_no_cell_hides_behind_the_frozen_columns(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(30)
    matrix = desk.page.matrix
    matrix.setFocus()
    matrix.setCurrentIndex(desk.model.index(0, FIRST))
    type_key(matrix, *[Key.Key_Right] * 21, *[Key.Key_Down] * 29)
    assert desk.model.target(matrix.currentIndex()) == (desk.ids[29], desk.model.items[-1].id)
    for _ in range(21):
        type_key(matrix, Key.Key_Left)
        assert matrix.visualRect(matrix.currentIndex()).left() >= matrix.frozen_width()
    assert matrix.currentIndex().column() == FIRST
    assert matrix.frozen.verticalScrollBar().value() == matrix.verticalScrollBar().value() > 0
    type_key(matrix, Key.Key_Up, Key.Key_Return)
    assert desk.went == [(desk.ids[28], desk.model.items[0].id)]


def test_a_line_of_the_list_jumps_by_click_and_by_enter(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(3, filled=2)
    gaps = desk.page.gaps
    assert [(name, len(lines)) for name, lines in gaps.source.groups] == [(desk.ids[2], 22)]
    index = gaps.source.find(desk.ids[2], "P3.1.basis")
    gaps.scrollTo(index)
    QTest.mouseClick(gaps.viewport(), Left, pos=gaps.visualRect(index).center())
    gaps.setFocus()
    type_key(gaps, Key.Key_Down, Key.Key_Return)
    assert desk.went == [(desk.ids[2], "P3.1.basis"), (desk.ids[2], "P3.2.basis")]
    head = gaps.source.index(0, 0)
    assert "22 处" in head.data(Roles.AccessibleTextRole)
    gaps.setCurrentIndex(head)
    type_key(gaps, Key.Key_Return)
    assert not gaps.isExpanded(head)
    assert len(desk.went) == 2


def test_what_was_mended_stays_in_sight_until_the_filter_changes(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(4, filled=2)
    QTest.mouseClick(child(desk.page, "check.filter.gaps"), Left)
    settle()
    third, fourth = desk.ids
    click_cell(desk, 0, FIRST)
    desk.put(marked(desk.session, third, 9))
    assert desk.ids == [third, fourth]
    assert desk.model.target(desk.page.matrix.currentIndex())[0] == third
    QTest.mouseClick(child(desk.page, "check.filter.gaps"), Left)
    settle()
    assert desk.ids == [fourth]


# ----- hints -----


def test_hints_are_listed_calmly_marked_and_never_in_the_way(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(3)
    first, second, _third = desk.ids
    judged = [item.id for item in desk.model.items if not item.computed]
    desk.put(marked(desk.session, first, 0, **dict.fromkeys(judged, Decimal(82))))
    desk.put(marked(desk.session, second, 1, **dict.fromkeys(judged, Decimal(100))))
    assert desk.model.hinted_rows == {first, second}
    kinds = [(gap.application, gap.kind, gap.partner) for gap in desk.page.gaps.source.rows]
    assert kinds == [(first, "hint", ""), (second, "hint", "")]
    texts = [gap.text for gap in desk.page.gaps.source.rows]
    assert "82" in texts[0]
    assert "最高" in texts[1]
    assert all("可以不改" in text for text in texts)
    assert desk.page.next.isEnabled(), "advice refuses nothing"
    QTest.mouseClick(child(desk.page, "check.filter.hints"), Left)
    settle()
    assert desk.ids == [first, second]


def test_the_same_mark_as_others_is_said_in_the_cell(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(6)
    for number, name in enumerate(desk.ids):
        desk.put(marked(desk.session, name, number, **{"P4.1.basis": Decimal(77)}))
    spoken = desk.model.place(desk.ids[2], "P4.1.basis").data(Roles.AccessibleTextRole)
    assert "与另外 5 份同分" in spoken
    head = desk.model.headerData(desk.column("P4.1.basis"), Qt.Orientation.Horizontal, Roles.ToolTipRole)
    assert "大多数" in head
    assert [gap.text for gap in desk.page.gaps.source.rows] == [
        "本项已评的 6 份中，6 份都是 77 分。如确实如此可以不改。"
    ]
    assert desk.page.gaps.source.groups[0][0] == "", "it belongs to several applications"


def test_rows_alike_offer_the_comparison(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(4)
    first, second = desk.ids[0], desk.ids[2]
    twin = marked(desk.session, second, 0)
    entries = {
        name: replace(entry, reason=f"另一份的第{place}条理由，依据各不相同。" if entry.reason else "")
        for place, (name, entry) in enumerate(twin.items.items())
    }
    desk.put(replace(twin, items=entries))
    (gap,) = desk.page.gaps.source.rows
    assert (gap.application, gap.partner) == (first, second)
    index = desk.page.gaps.source.find(first, gap.item)
    QTest.mouseClick(desk.page.gaps.viewport(), Left, pos=desk.page.gaps.visualRect(index).center())
    settle()
    assert desk.page.compare.isVisible()
    assert desk.page.compare.applications == [first, second]


# ----- comparing -----


def test_two_applications_side_by_side_and_back_to_the_same_cell(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(5)
    column = desk.column("P4.1.basis")
    choose(menu_at(desk, 1, column), "menu.pin")
    assert desk.model.shown[1].applicant in desk.page.caption.text()
    choose(menu_at(desk, 3, column), "menu.compare")
    compare = desk.page.compare
    assert compare.isVisible()
    assert compare.applications == [desk.ids[1], desk.ids[3]]
    assert compare.title.text().startswith("基本情况 · P4.1 ")
    for side in (1, 3):
        entry = desk.session.sheets[desk.ids[side]].items["P4.1.basis"]
        labels = {label.text() for label in texts_of(compare)}
        assert f"{entry.value}.00" in labels
        assert entry.reason in labels
    # A menu that closes leaves no active window behind where there is no window manager.
    desk.page.activateWindow()
    compare.edits[0].setFocus()
    settle()
    type_key(compare.edits[0], Key.Key_PageDown)
    assert compare.item == "P4.2.basis"
    type_key(compare.edits[0], Key.Key_PageUp, Key.Key_PageUp)
    assert compare.item == "P3.3.basis"
    type_key(compare.edits[0], Key.Key_Escape)
    assert not compare.isVisible()
    assert desk.model.target(desk.page.matrix.currentIndex()) == (desk.ids[1], "P3.3.basis")
    assert QApplication.focusWidget() is desk.page.matrix


def texts_of(widget: QWidget) -> list[Any]:
    from PySide6.QtWidgets import QLabel

    return [label for label in widget.findChildren(QLabel) if label.isVisible()]


def test_the_compare_button_takes_the_next_one_and_the_lists_take_any(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(5, enterprises=2, filled=7)
    desk.put(Sheet(desk.ids[2], Declaration("recused", ("C1",))))
    desk.page.matrix.setCurrentIndex(desk.model.index(1, desk.column("P2.1.plan")))
    press(desk.page, "check.compare")
    compare = desk.page.compare
    ids = [row.id for row in desk.model.rows.of("park")]
    assert compare.applications == [ids[1], ids[3]], "the recused one is closed"
    choice = compare.choices[1]
    offered = [choice.itemData(number) for number in range(choice.count())]
    assert offered == [ids[0], ids[3], ids[4]], "one category, neither closed nor the same twice"
    choice.setFocus()
    type_key(choice, Key.Key_Down)
    assert compare.applications == [ids[1], ids[4]]
    press(desk.page, "compare.edit.right")
    assert desk.went == [(ids[4], "P2.1.plan")]


def test_documents_open_from_the_comparison(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(2)
    places: list[tuple[object, ...]] = []
    desk.page.place.connect(lambda *place: places.append(place))
    desk.page.matrix.setCurrentIndex(desk.model.index(0, desk.column("P2.1.basis")))
    press(desk.page, "check.compare")
    chips = [chip for chip in desk.page.compare.findChildren(QWidget, "evidence.jump") if chip.isVisible()]
    assert len(chips) >= 2
    QTest.mouseClick(chips[-1], Left)
    settle()
    assert [place[:4] for place in places] == [(desk.ids[1], "P2.1.basis", "D1", 1)]


def test_a_recusal_closes_the_comparison(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(3)
    press(desk.page, "check.compare")
    assert desk.page.compare.isVisible()
    desk.put(Sheet(desk.page.compare.applications[1], Declaration("recused", ("C2",))))
    assert not desk.page.compare.isVisible()
    assert desk.page.matrix.isVisible()


def test_one_open_application_has_nothing_to_be_compared_with(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(2)
    assert child(desk.page, "check.compare").isEnabled()
    desk.put(Sheet(desk.ids[1], Declaration("recused", ("C2",))))
    assert not child(desk.page, "check.compare").isEnabled()
    menu = desk.page.make_menu(desk.model.index(1, FIRST))
    assert not next(action for action in menu.actions() if action.objectName() == "menu.pin").isEnabled()
    menu.deleteLater()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_legend_wraps_and_names_every_sign(open_desk: Callable[..., Desk], language: str) -> None:
    i18n.set_language(language)
    desk = open_desk(2)
    legend = desk.page.legend
    assert legend.accessibleName()
    assert legend.accessibleDescription().count(",") >= len(legend.words()) - 1
    wide = legend.heightForWidth(1800)
    assert legend.heightForWidth(420) >= 2 * wide
    assert len(set(legend.words())) == len(legend.words())


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_large_type_on_a_small_screen_clips_no_choice(
    open_desk: Callable[..., Desk], qapp: QApplication, language: str
) -> None:
    i18n.set_language(language)
    theme.apply(qapp, "light", 1.6)
    desk = open_desk(3, enterprises=2)
    desk.page.resize(1280, 620)
    settle()
    bar = desk.page.bar
    for button in (*bar.categories.values(), *bar.filters.values()):
        assert button.width() >= button.sizeHint().width() - 1, button.text()
        assert bar.rect().contains(button.geometry()), button.text()
    assert desk.page.width() == 1280, "nothing makes the page wider"
    assert not desk.page.legend.isVisible(), "rows are worth more"
    assert desk.page.matrix.height() > desk.page.matrix.horizontalHeader().height() + 60


def test_on_a_wide_screen_the_list_stands_beside_the_matrix(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(3)
    page = desk.page
    assert page.gaps.mapTo(page, QPoint(0, 0)).y() > page.matrix.mapTo(page, QPoint(0, 0)).y() + page.matrix.height()
    page.resize(1900, 900)
    settle()
    assert page.gaps.mapTo(page, QPoint(0, 0)).x() > page.matrix.mapTo(page, QPoint(0, 0)).x() + page.matrix.width()
    assert page.legend.isVisible()


def test_hostile_names_stay_plain_everywhere(open_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "<img src='file:///etc/passwd'><b>R&D</b>" + "长" * 60
    monkeypatch.setattr(checking, "name_of", lambda number: f"{hostile}{number}")
    desk = open_desk(3, filled=1)
    menu = menu_at(desk, 0, FIRST)
    choose(menu, "menu.pin")
    menu = menu_at(desk, 1, FIRST)
    named = [action.text() for action in menu.actions() if "R&" in action.text()]
    assert named
    assert all("R&&D" in text for text in named)
    choose(menu, "menu.compare")
    for widget in desk.page.findChildren(QWidget):
        assert not widget.toolTip() or (widget.toolTip().startswith("<span>") and "<img" not in widget.toolTip())
    for index in (desk.model.index(0, 0), desk.model.index(0, FIRST), desk.page.gaps.source.index(0, 0)):
        tooltip = index.data(Roles.ToolTipRole)
        assert tooltip.startswith("<span>")
        assert "&lt;img" in tooltip
    assert desk.page.width() == 1320, "a long name widens nothing"


# ----- flags, and what is left to say -----


def test_a_flag_is_listed_and_counted_but_blocks_nothing(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(2)
    first = desk.ids[0]
    assert desk.page.badge.text() == "全部完成，可以签名"
    entries = dict(desk.session.sheets[first].items)
    entries["P1.1.plan"] = replace(entries["P1.1.plan"], flagged=True)
    desk.put(replace(desk.session.sheets[first], items=entries))
    assert desk.page.badge.text() == "还有 1 处标记待看"
    lines = [gap for gap in desk.page.gaps.source.rows if gap.kind == "flagged"]
    assert [(gap.application, gap.item) for gap in lines] == [(first, "P1.1.plan")]
    assert not any(gap.kind == "gap" for gap in desk.page.gaps.source.rows)
    assert child(desk.page, "check.next").isEnabled()
    index = desk.page.gaps.source.find(first, "P1.1.plan")
    desk.page.gaps.scrollTo(index)
    QTest.mouseClick(desk.page.gaps.viewport(), Left, pos=desk.page.gaps.visualRect(index).center())
    assert desk.went == [(first, "P1.1.plan")]
