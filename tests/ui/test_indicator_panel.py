"""Scoring one item after another through the widgets: reach, levels, curve, states, undo, working, pace, lists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.sheet import Declaration, ItemEntry
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert.level_cards import LevelCards
from ndb_desktop.ui.expert.pace_line import PaceLine
from ndb_desktop.ui.expert.review_page import ReviewPage
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.expert.walk import Walk
from ndb_desktop.ui.expert.words import legend
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets import fold
from tests.support.review import MadeReview, the_packs
from tests.support.window import child, desk_of, finish_by_service, open_bundle, press, review_of, settle, start_review

JUDGED = "P4.1.basis"


@pytest.fixture
def page(window: MainWindow, made: MadeReview) -> ReviewPage:
    window.resize(1366, 768)
    return start_review(window, made)


def store_of(window: MainWindow) -> ReviewStore:
    store = desk_of(window).store
    assert store is not None
    return store


def go(window: MainWindow, application: str, item: str = "") -> Walk:
    walk = desk_of(window).walk
    assert walk is not None
    walk.go(application, item)
    settle()
    return walk


def in_sight(page: ReviewPage, widget: QWidget) -> bool:
    port = page.score.panel.area.viewport()
    top = widget.mapTo(port, QPoint(0, 0)).y()
    return 0 <= top < port.height()


# ----- reach -----


def test_name_and_state_stay_in_sight_and_every_part_is_one_click_away(
    window: MainWindow, page: ReviewPage, made: MadeReview
) -> None:
    go(window, made.ids[0], "P2.1.plan")
    panel = page.score.panel
    for part, widget in (
        ("note", panel.note),
        ("data", panel.data_fold),
        ("levels", panel.levels),
        ("reason", panel.reason),
        ("evidence", panel.evidence),
        ("score", panel.computed),
    ):
        press(window, f"item.to.{part}")
        assert in_sight(page, widget), part
        assert panel.head.title.isVisible()
        assert panel.head.title.text() == "P2.1 研发投入强度"
        assert panel.state.text() == "未填"
    chip = panel.head.chips["reason"]
    chip.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    go(window, made.ids[0], JUDGED)
    assert not chip.underMouse(), "the way taken in the item before stays lit"
    assert panel.head.chips["score"].isHidden(), "a judged item has no computed score to go to"


def test_what_is_folded_stays_folded_for_the_next_item_and_the_next_day(
    new_window: Callable[[], MainWindow], made: MadeReview
) -> None:
    first = new_window()
    page = start_review(first, made)
    go(first, made.ids[0], "P2.1.basis")
    panel = page.score.panel
    press(first, "fold.data.head")
    assert panel.data.isHidden() or not panel.data.isVisible()
    go(first, made.ids[0], "P2.2.basis")
    panel = page.score.panel
    assert not panel.data.isVisible()
    press(first, "item.to.data")
    assert panel.data.isVisible(), "asked for, it unfolds"
    press(first, "fold.asks.head")
    first.close()
    settle()
    second = new_window()
    open_bundle(second, made)
    review_of(second).go("score")
    settle()
    panel = review_of(second).score.panel
    assert not panel.asks.isVisible()
    assert panel.data.isVisible()
    fold.forget()


# ----- levels and number -----


def test_levels_stand_side_by_side_when_there_is_room_and_fold_to_tiles(
    window: MainWindow, page: ReviewPage, made: MadeReview
) -> None:
    go(window, made.ids[0], JUDGED)
    levels = page.score.panel.levels
    assert levels.shape == "columns", "on an office laptop too"
    assert len({button.y() for button in levels.buttons.values()}) == 1
    page.score.split.setSizes([340, 700, 320])
    settle()
    assert levels.shape == "list"
    tops = {button.y() for button in levels.buttons.values()}
    assert len(tops) == 5
    window.resize(1920, 1080)
    page.score.split.setSizes([240, 700, 980])
    settle()
    assert levels.shape == "columns"
    assert len({button.y() for button in levels.buttons.values()}) == 1
    assert len({button.height() for button in levels.buttons.values()}) == 1
    press(window, "fold.levels.head")
    assert levels.shape == "tiles"
    press(window, "level.L4")
    words = child(window, "level.words")
    assert words.isVisible()
    assert words.text() == levels.buttons["L4"].descriptor  # type: ignore[attr-defined]
    assert levels.buttons["L4"].isChecked()
    press(window, "fold.levels.head")
    assert levels.shape == "columns"
    assert not words.isVisible()


@pytest.mark.parametrize(
    ("language", "item", "width", "shape"),
    [
        ("zh_CN", "P2.3.plan", 475, "columns"),
        ("zh_CN", "P2.3.plan", 440, "list"),
        ("en", "P2.3.plan", 540, "list"),
        ("en", "P4.1.basis", 475, "list"),
        ("en", "P4.1.basis", 540, "columns"),
        ("en", "P2.3.plan", 660, "columns"),
    ],
)
def test_what_a_narrow_column_cannot_say_readably_stays_a_list(
    qtbot: QtBot, language: str, item: str, width: int, shape: str
) -> None:
    """About a hundred 汉字 read well in a narrow column; three hundred letters, or a word wider than it, do not."""
    i18n.set_language(language)  # type: ignore[arg-type]
    pack = the_packs()["park"]
    levels = LevelCards()
    qtbot.addWidget(levels)
    levels.resize(width, 600)
    levels.show()
    levels.show_item(pack, pack.item_by_id[item])
    settle()
    assert levels.width() == width
    assert levels.shape == shape


def test_the_slider_stores_an_exact_number_by_keys(
    window: MainWindow, page: ReviewPage, made: MadeReview, qtbot: QtBot
) -> None:
    go(window, made.ids[0], JUDGED)
    press(window, "level.L4")
    slider = child(window, "level.slider")
    assert in_sight(page, slider), "the number comes into sight with its level"
    slider.setFocus()
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right):
        qtbot.keyClick(slider, key)
    view = store_of(window).view
    qtbot.waitUntil(lambda: view.entry(made.ids[0], JUDGED).value == Decimal("81.5"), timeout=5000)
    assert child(window, "level.number").text() == "81.5"  # type: ignore[attr-defined]


def test_the_plan_shows_base_and_target_on_one_curve(window: MainWindow, page: ReviewPage, made: MadeReview) -> None:
    view = store_of(window).view
    plots = {item.id: view.computed(made.ids[0], item.id).plots for item in made.packs["park"].items if item.mixed}
    both = next(item for item, shown in plots.items() if shown and len(shown[0].marks) == 2)
    go(window, made.ids[0], both)
    curve = next(curve for curve in page.score.panel.computed.curves if not curve.isHidden())
    assert curve.plot is not None
    assert [mark.kind for mark in curve.plot.marks] == ["base", "target"]
    assert "基期" in curve.accessibleDescription()
    assert "目标 50" in curve.accessibleDescription()


# ----- states -----


def test_nought_no_data_recused_and_open_are_never_alike(
    window: MainWindow, page: ReviewPage, made: MadeReview
) -> None:
    states = legend()
    assert len({state.icon for state in states}) == len(states)
    assert len({state.text for state in states}) == len(states)
    store = store_of(window)
    entry = ItemEntry(JUDGED, "scored", "L1", Decimal(0), reason="没有任何可核查的机制和成效材料。")
    store.apply(lambda session: session.set_entry(made.ids[0], entry))
    settle()
    go(window, made.ids[0], JUDGED)
    lines = {line.id: line for line in page.score.items.lines.lines}
    assert (lines[JUDGED].icon, lines[JUDGED].right) == ("circle-zero", "0.00")
    assert "0 分" in lines[JUDGED].spoken
    assert page.score.panel.state.text() == "0 分"
    assert lines["P4.2.basis"].icon == "circle"
    store.apply(lambda session: session.declare(made.ids[1], Declaration("recused", ("C1",))))
    settle()
    go(window, made.ids[1])
    assert {line.icon for line in page.score.items.lines.lines[:-1]} == {"ban"}
    press(window, "list.key")
    legend_shown = child(window, "list.legend")
    assert legend_shown.isVisible()
    press(window, "list.key")
    assert not legend_shown.isVisible()


# ----- undo -----


def test_undo_says_what_it_takes_back_and_lives_over_a_restart(
    new_window: Callable[[], MainWindow], made: MadeReview
) -> None:
    first = new_window()
    start_review(first, made)
    go(first, made.ids[0], JUDGED)
    press(first, "level.L4")
    assert "P4.1" in child(first, "score.undo").accessibleName()
    assert "评分档" in child(first, "score.undo").accessibleName()
    go(first, made.ids[1], JUDGED)
    assert made.applications[0].applicant in child(first, "score.undo").accessibleName()
    press(first, "item.flag")
    assert "标记" in child(first, "score.undo").accessibleName()
    first.close()
    settle()
    second = new_window()
    open_bundle(second, made)
    review_of(second).go("score")
    settle()
    press(second, "score.undo")
    press(second, "score.undo")
    view = store_of(second).view
    assert not view.entry(made.ids[1], JUDGED).flagged
    assert view.entry(made.ids[0], JUDGED).level is None
    assert not child(second, "score.undo").isEnabled()
    walk = desk_of(second).walk
    assert walk is not None
    assert (walk.application, walk.item) == (made.ids[0], JUDGED), "undo goes to what it undid"
    assert "评分档" in child(second, "score.redo").accessibleName()
    press(second, "score.redo")
    assert view.entry(made.ids[0], JUDGED).level == "L4"


def test_a_number_that_was_not_taken_stays_in_its_field_while_something_else_is_stored(
    window: MainWindow, page: ReviewPage, made: MadeReview, qtbot: QtBot
) -> None:
    go(window, made.ids[0], JUDGED)
    panel, view = page.score.panel, store_of(window).view
    panel.choose_level("L4")
    settle()
    field = panel.levels.number
    field.setFocus()
    qtbot.keyClicks(field, "844")
    panel.reason.box.setFocus()
    qtbot.keyClicks(panel.reason.box, "beside it")
    qtbot.waitUntil(lambda: view.entry(made.ids[0], JUDGED).reason == "beside it")
    settle()
    assert field.text() == "844"
    assert field.property("finding")
    # Another level has another range: the number is selected, to be given anew.
    panel.choose_level("L3")
    settle()
    assert field.selectedText() == "844"
    # Its own item again, without what was never taken.
    go(window, made.ids[0], "P4.2.basis")
    go(window, made.ids[0], JUDGED)
    assert page.score.panel.levels.number.text() == ""


# ----- totals, pace, lists -----


def test_the_working_opens_adds_up_and_closes(
    window: MainWindow, page: ReviewPage, made: MadeReview, qtbot: QtBot
) -> None:
    finish_by_service(window, made)
    go(window, made.ids[0], JUDGED)
    press(window, "totals.how")
    working = page.score.working
    assert working.isVisible()
    total = store_of(window).session.totals(made.ids[0]).total
    assert total is not None
    words = [label.text() for label in working.findChildren(QWidget) if hasattr(label, "text")]
    assert any(f"{float(total):.2f}" in text and "四舍五入" in text for text in words)
    assert sum("P4.1" in text for text in words) == 2, "once in each part"
    qtbot.keyClick(working, Qt.Key.Key_Escape)
    assert page.score.right.currentWidget() is page.score.panels
    assert page.score.totals.group.text() != "—"


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_all_sums_stand_in_one_line_on_a_usual_screen(window: MainWindow, made: MadeReview, language: str) -> None:
    start_review(window, made)
    window.set_language(language)
    assert window.size().toTuple() == (1440, 900)
    for filled in (False, True):
        if filled:
            finish_by_service(window, made)
        bar = review_of(window).score.totals
        names = set()
        for item in store_of(window).view.item(made.ids[0]).pack.items:
            go(window, made.ids[0], item.id)
            cells = [label.parentWidget() for label in (bar.progress, bar.group, *bar.values.values(), bar.total)]
            middles = [cell.geometry().center().y() for cell in cells if cell is not None and cell.isVisible()]
            assert len(middles) == 5, item.id
            assert max(middles) - min(middles) <= 2, item.id
            name = bar.group_name
            names.add(name.full_text())
            assert name.accessibleName() == name.full_text()
            cut = name.fontMetrics().horizontalAdvance(name.full_text()) > name.contentsRect().width()
            assert bool(name.toolTip()) == cut, "a name that is cut is said whole"
            assert name.width() >= 6 * name.fontMetrics().averageCharWidth() or not cut
        assert len(names) == 4


@pytest.mark.parametrize("factor", [1.45, 1.5])
def test_in_large_english_type_the_sums_take_one_line(window: MainWindow, made: MadeReview, factor: float) -> None:
    start_review(window, made)
    window.set_language("en")
    window.set_font(factor)
    finish_by_service(window, made)
    go(window, made.ids[0], JUDGED)
    bar = review_of(window).score.totals
    for width, height in ((1366, 768), (1440, 900), (1920, 1080)):
        window.resize(width, height - 60)
        settle()
        assert bar.isVisible()
        cells = [label.parentWidget() for label in (bar.progress, *bar.values.values(), bar.total)]
        middles = [cell.geometry().center().y() for cell in cells if cell is not None and cell.isVisible()]
        assert max(middles) - min(middles) <= 2, (width, height)
        assert bar.how.text().strip(), f"at {width} the way to the working has no words"
    # Narrower than that, its words go before a second line is begun, and stay its name.
    needed = sum(cell.sizeHint().width() for cell in cells if cell is not None) + 3 * 14 + 32
    bar.setFixedWidth(needed - 8)
    settle()
    assert not bar.how.text().strip()
    assert bar.how.accessibleName() in bar.how.toolTip()
    middles = [cell.geometry().center().y() for cell in cells if cell is not None and cell.isVisible()]
    assert max(middles) - min(middles) <= 2


def test_the_time_left_is_told_only_after_enough_was_done(
    window: MainWindow, page: ReviewPage, made: MadeReview, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, line = child(window, "pace.words"), child(window, "pace")
    outside: list[bool] = []
    told = PaceLine._show

    def show(self: PaceLine, seconds: int | None) -> None:
        told(self, seconds)
        if words.isVisible():
            outside.append(not line.parentWidget().rect().contains(line.geometry()))

    monkeypatch.setattr(PaceLine, "_show", show)
    settle()
    assert words.isHidden()
    store = store_of(window)
    pack = made.packs["park"]
    # Both sorts are still to do, so the pace of both must be known.
    some = [item for kind in (True, False) for item in [one for one in pack.items if one.computed is kind][:6]]
    session = store.session
    moment = [session._clock()]
    session._clock = lambda: moment[0]  # the expert takes two minutes for each
    for item in some:
        moment[0] += timedelta(minutes=2)
        judged = ItemEntry(item.id, "scored", "L3", Decimal(70))
        entry = ItemEntry(item.id, "scored", confirm="confirmed") if item.computed else judged
        store.apply(lambda session, entry=entry: session.set_entry(made.ids[0], entry))
        settle()
    qtbot.waitUntil(words.isVisible, timeout=8000)
    assert "约还需 1 小时 50 分钟" in words.text()  # type: ignore[attr-defined]
    assert outside
    assert not any(outside), "never over the edge of its column, not even for one event"


def test_items_are_filtered_by_state_and_what_one_stands_on_stays(
    window: MainWindow, page: ReviewPage, made: MadeReview
) -> None:
    go(window, made.ids[0], JUDGED)
    press(window, "item.flag")
    part = page.score.items_part
    part.filter.setCurrentIndex(part.filter.findData("flagged"))
    part.filter.activated.emit(part.filter.currentIndex())
    assert [line.id for line in page.score.items.lines.lines] == [JUDGED, "overall"]
    assert page.score.items.lines.lines[0].head == "基本情况"
    assert ", 基本, " in page.score.items.lines.lines[0].spoken
    go(window, made.ids[0], "P1.1.plan")
    assert [line.id for line in page.score.items.lines.lines] == [JUDGED, "P1.1.plan", "overall"]
    press(window, "item.flag")
    press(window, "item.flag")
    go(window, made.ids[0], JUDGED)
    press(window, "item.flag")
    assert child(window, "list.items.none").isVisible()
    part.filter.setCurrentIndex(part.filter.findData("all"))
    part.filter.activated.emit(part.filter.currentIndex())
    assert len(page.score.items.lines.lines) == 23
    lines = {line.id: line for line in page.score.items.lines.lines}
    assert (lines["P1.1.plan"].short, lines["overall"].short) == ("方案", "")


def test_typing_in_the_list_goes_to_the_row_that_holds_it(
    window: MainWindow, page: ReviewPage, made: MadeReview, qtbot: QtBot
) -> None:
    walk = go(window, made.ids[0], "P1.1.basis")
    page.score.items.setFocus()
    qtbot.keyClicks(page.score.items, "p")
    settle()
    assert walk.item == "P1.2.basis", "the next row that holds it"
    qtbot.keyClicks(page.score.items, "xy")
    settle()
    assert walk.item == "P1.2.basis", "no row holds these characters"
    page.score.items._typing.invalidate()
    page.score.items.keyboardSearch("公共服务")
    settle()
    assert walk.item == "P4.2.basis"
