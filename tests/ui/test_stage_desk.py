"""Acceptance and effect evaluation through the window: targets confirmed or challenged, tasks found, sheets signed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QPlainTextEdit

from ndb_desktop.domain.sheet import ItemEntry
from ndb_desktop.domain.stagepack import StageId
from ndb_desktop.formats.scorefile import open_score
from ndb_desktop.services.review_steps import next_steps
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert.review_page import ReviewPage
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.expert.undo_names import step_words
from ndb_desktop.ui.expert.walk import OVERALL, Walk
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.stage import stage_round
from tests.support.stage_review import WHY, fill_stage
from tests.support.travel import person
from tests.support.window import PASSPHRASE, child, desk_of, press, settle, start_review

TARGET, TASK, JUDGED = "target:P1.1.revenue", "task:T1", "judged:adopted"
FIRST, SECOND = "P001", "P002"


@dataclass(frozen=True)
class Handed:
    """A bundle as an expert has it: the file and its secret."""

    path: Path
    secret: str


def begin(window: MainWindow, folder: Path, stage: StageId = "acceptance") -> ReviewPage:
    made = stage_round(folder, stage)
    window.resize(1366, 800)
    return start_review(window, Handed(made.bundle(), made.secret()))  # type: ignore[arg-type]


def store_of(window: MainWindow) -> ReviewStore:
    store = desk_of(window).store
    assert store is not None
    return store


def go(window: MainWindow, item: str, application: str = FIRST) -> Walk:
    walk = desk_of(window).walk
    assert walk is not None
    walk.go(application, item)
    settle()
    return walk


def shown(page: ReviewPage) -> str:
    """Everything the panel of the item says."""
    labels = page.score.panel.findChildren(PlainLabel)
    return "\n".join(label.text() for label in labels if label.isVisible())


def entry(window: MainWindow, item: str, application: str = FIRST) -> ItemEntry:
    return store_of(window).view.entry(application, item)


def test_a_target_shows_both_figures_and_is_confirmed_by_its_button(window: MainWindow, tmp_path: Path) -> None:
    page = begin(window, tmp_path)
    go(window, TARGET)
    said = shown(page)
    for words in ("P1.1 主导产业营业收入", "创建目标", "120 亿元", "118 亿元", "90.00 %", "98.33 %", "没有达到目标"):
        assert words in said, words
    assert page.score.panel.levels.isHidden()
    assert page.score.panel.computed.isHidden()
    press(window, "item.confirm")
    assert entry(window, TARGET).confirm == "confirmed"
    rows = {line.id: line for line in page.score.items.lines.lines}
    assert rows[TARGET].right == "90.00 %"
    assert (rows[TARGET].head, rows[TASK].head) == ("核对实际值", "重点任务")
    # Its evidence is one click away.
    press(page.score.panel, "evidence.jump")
    assert page.score.viewer.citable[0] == "D1"


def test_a_challenge_of_an_actual_value_previews_what_it_changes(window: MainWindow, tmp_path: Path) -> None:
    page = begin(window, tmp_path)
    go(window, TARGET)
    press(window, "item.challenge")
    form = page.score.panel.challenge
    assert (form.datum.value(), form.year.isEnabled(), form.unit.text()) == ("revenue", False, "亿元")
    assert form.declared.text().startswith("申报的实际值：118 亿元")
    form.proposed.setText("110")
    assert form.preview.text() == "按此值：90.00 % → 50.00 %"
    form.reason.setPlainText(WHY)
    press(window, "challenge.submit")
    sheet = store_of(window).view.sheet(FIRST)
    assert sheet.items[TARGET].confirm == "challenged"
    assert [(one.indicator, one.datum, one.key) for one in sheet.challenges] == [("P1.1", "revenue", "")]
    step = next_steps(store_of(window).session)[0]
    assert step is not None
    assert step_words(store_of(window).view, step, FIRST) == "P1.1 主导产业营业收入（核对实际值）的数据质疑"
    # The other measures of the base are as they were, and taking it back opens the item again.
    press(window, "challenge.remove.c1")
    assert entry(window, TARGET).state == "open"


def test_tasks_are_found_by_key_and_anything_but_done_asks_why(window: MainWindow, tmp_path: Path) -> None:
    page = begin(window, tmp_path)
    go(window, TASK)
    panel = page.score.panel
    assert panel.done.isVisible()
    assert child(panel, "evidence.jump").isVisible(), "the documents handed in stand beside the task"
    panel.focus_start()
    QTest.keyClick(panel.done.start(), Qt.Key.Key_3)
    settle()
    assert entry(window, TASK).value == 1
    QTest.keyClick(panel.done.start(), Qt.Key.Key_2)
    settle()
    assert entry(window, TASK).value == Decimal("0.5")
    assert panel.reason.box.hasFocus(), "partly done needs a reason, and one goes on there"
    assert not page.score.panel.accept(), "without it the item is not done"
    box = child(window, "item.reason")
    assert isinstance(box, QPlainTextEdit)
    box.setPlainText(WHY)
    page.score.commit()
    settle()
    assert page.score.panel.accept()
    assert entry(window, TASK).reason == WHY
    rows = {line.id: line for line in page.score.items.lines.lines}
    assert rows[TASK].right == "部分完成"
    # Not applicable hides the choice and still asks for a reason.
    press(window, "item.not_applicable")
    assert entry(window, TASK).state == "not_applicable"
    assert panel.done.isHidden()


def test_the_whole_acceptance_is_checked_and_signed(window: MainWindow, tmp_path: Path) -> None:
    page = begin(window, tmp_path)
    go(window, TARGET)
    press(window, "item.confirm")
    page.go("check")
    settle()
    assert not child(window, "check.next").isEnabled()
    model = page.check.model
    assert model.head(1).title == "重点任务完成率"
    assert [model.head(column).title for column in (2, 13)] == ["P1.1 目标", "T1 任务"]
    gaps = page.check.gaps.source
    assert gaps.top() == 2, "both bases have gaps"
    for name in (FIRST, SECOND):
        store_of(window).apply(partial(fill_stage, application=name))
    settle()
    assert child(window, "check.next").isEnabled()
    assert model.data(model.index(0, 1)) == "100.00 %"
    assert model.shown[0].total == 100
    assert model.data(model.index(0, 13)) == "完成"
    page.go("sign")
    settle()
    page.sign.passphrase.first.setText(PASSPHRASE)
    press(window, "sign.button")
    assert store_of(window).view.locked
    [path] = store_of(window).written.values()
    signed = open_score(path.read_bytes(), person("组织方"))
    items = {item.item: item for item in signed.sheets[0].record.items}
    assert (items[TARGET].confirm, items[TASK].value, items[TASK].level) == ("confirmed", "1", None)


def test_the_overall_page_and_bar_tell_own_shares_only(window: MainWindow, tmp_path: Path) -> None:
    page = begin(window, tmp_path)
    store_of(window).apply(lambda session: fill_stage(session, FIRST, {TASK: "0"}))
    settle()
    walk = go(window, TARGET)
    bar = child(window, "totals.shares")
    assert isinstance(bar, PlainLabel)
    assert bar.text().startswith("重点任务完成率 ")
    assert child(window, "totals.how").isHidden(), "there is no sum whose working could be shown"
    walk.go(FIRST, OVERALL)
    settle()
    summary = child(window, "overall.summary")
    assert isinstance(summary, PlainLabel)
    assert "结论由专家组的评议得出" in summary.text()
    assert page.score.panels.overall_shown


def test_the_effect_evaluation_judges_by_levels(window: MainWindow, tmp_path: Path) -> None:
    page = begin(window, tmp_path, "effect")
    go(window, TARGET)
    said = shown(page)
    assert "验收时的实际值" in said
    assert "应当保持的数值" in said
    assert "保持的比例（计入）" in said
    go(window, JUDGED)
    assert page.score.panel.levels.isVisible()
    assert page.score.panel.promise.isHidden()
    page.score.panel.choose_level("L4")
    page.score.panel.levels.number.setText("85")
    page.score.panel.levels.number.commit()
    settle()
    assert entry(window, JUDGED).level == "L4"
    assert entry(window, JUDGED).value == Decimal(85)
    rows = {line.id: line for line in page.score.items.lines.lines}
    assert rows[JUDGED].right == "85.00"


def test_two_bases_are_compared_on_what_both_promised(window: MainWindow, tmp_path: Path) -> None:
    page = begin(window, tmp_path)
    page.go("check")
    settle()
    press(window, "check.compare")
    compare = page.check.compare
    assert compare.applications == [FIRST, SECOND]
    assert compare.item == TARGET
    said = "\n".join(label.text() for label in compare.findChildren(PlainLabel) if label.isVisible())
    assert "118 亿元" in said, "the first base"
    assert "120 亿元" in said, "the second base, and both targets"
    items = compare._items()
    assert {item.part for item in items} == {"target"}, "tasks of two bases have nothing in common"
    for _ in items:
        compare.step(1)
    assert not compare.following.isEnabled()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("stage", ["acceptance", "effect"])
def test_every_part_of_an_item_has_a_name_and_lies_in_its_pane(
    new_window: Callable[[], MainWindow], tmp_path: Path, language: str, stage: StageId
) -> None:
    i18n.set_language(language)
    window = new_window()
    page = begin(window, tmp_path, stage)
    form = store_of(window).view.item(FIRST).form
    for item in (form.items[0].id, form.items[-1].id):
        go(window, item)
        panel = page.score.panel
        parts = [part for part in panel.findChildren(QAbstractButton) if part.isVisible()]
        assert parts
        assert all((part.accessibleName() or part.text()).strip() for part in parts)
        wide = panel.area.viewport().width()
        cut = [part.objectName() for part in parts if panel.area.isAncestorOf(part) and part.width() > wide]
        assert not cut, cut
