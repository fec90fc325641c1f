"""不适用: offered only where the pack allows it, never without a reason, unlike every other state, and undone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from ndb_desktop.domain.packload import load_pack
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.ui.expert.review_page import ReviewPage
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.expert.walk import Walk
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import review
from tests.support.review import MadeReview
from tests.support.window import child, desk_of, press, settle, start_review

ALLOWED = "P4.2"
REASON = "该园区没有这一类企业，本项不适用于申报单位。"


def allowing(pack: RulePack, indicator: str) -> RulePack:
    """The pack with one indicator that may be not applicable."""
    raw: dict[str, Any] = json.loads(pack.raw)
    next(each for each in raw["pack"]["indicators"] if each["id"] == indicator)["not_applicable"] = True
    made = load_pack(json.dumps(raw, ensure_ascii=False).encode("utf-8"))
    assert [each.id for each in made.indicators if each.not_applicable] == [indicator]
    return made


@pytest.fixture(scope="module")
def bundle_with_it(tmp_path_factory: pytest.TempPathFactory) -> MadeReview:
    packs = dict(review.the_packs())
    return review.make_bundle(tmp_path_factory.mktemp("spared"), packs={"park": allowing(packs["park"], ALLOWED)})


class Case:
    """A review in which only `ALLOWED` may be not applicable."""

    def __init__(self, window: MainWindow, made: MadeReview) -> None:
        self.window, self.made = window, made
        self.page: ReviewPage = start_review(window, made)
        store, walk = desk_of(window).store, desk_of(window).walk
        assert store is not None
        assert walk is not None
        self.store: ReviewStore = store
        self.walk: Walk = walk
        self.application = made.ids[0]

    def go(self, item: str) -> None:
        self.walk.go(self.application, item)
        settle()

    @property
    def panel(self) -> Any:
        return self.page.score.panel

    def codes(self, item: str) -> set[str]:
        return {fault.code for fault in self.store.view.findings(self.application) if fault.place == item}


@pytest.fixture
def case(window: MainWindow, bundle_with_it: MadeReview) -> Case:
    window.activateWindow()
    return Case(window, bundle_with_it)


def tap(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, key, modifier)
    settle()


def test_it_is_offered_only_where_the_pack_allows_it(case: Case) -> None:
    offered = []
    for item in case.made.packs["park"].items:
        case.go(item.id)
        assert case.panel.head.title.text().startswith(item.indicator.id)
        if case.panel.not_applicable.isVisible():
            offered.append(item.id)
    assert offered == [f"{ALLOWED}.basis", f"{ALLOWED}.plan"]
    case.walk.go(case.application, "overall")
    settle()


def test_it_takes_a_reason_looks_like_nothing_else_and_is_undone(case: Case) -> None:
    item, view = f"{ALLOWED}.basis", case.store.view
    case.go(item)
    press(case.window, "level.L4")
    number = child(case.window, "level.number")
    QTest.keyClicks(number, "85")
    tap(Qt.Key.Key_Tab)
    assert view.entry(case.application, item).value == 85
    before = case.panel.state.text()

    press(case.window, "item.not_applicable")
    entry = view.entry(case.application, item)
    assert (entry.state, entry.level, entry.value) == ("not_applicable", None, None)
    assert not case.panel.levels.isVisible(), "there is nothing to choose"
    assert "必填" in case.panel.reason.title.text()
    assert case.codes(item) == {"E-ITEM-REASON"}
    assert case.panel.state.text() == "待补充", "without its reason it is not done"
    case.panel.not_applicable.setFocus()
    tap(Qt.Key.Key_Return)
    assert case.walk.item == item, "Enter stays until there is a reason"
    assert case.panel.gaps.isVisible()
    assert case.panel.reason.box.hasFocus()

    case.panel.reason.box.insertPlainText(REASON)
    case.panel.reason.box.commit()
    settle()
    assert case.codes(item) == set()
    assert case.panel.state.text() == "不适用"
    assert case.panel.state.text() != before
    row = next(line for line in case.page.score.items.lines.lines if line.id == item)
    assert row.icon == "circle-slash"
    assert "不适用" in row.spoken

    case.panel.not_applicable.setFocus()
    for _ in range(2):
        tap(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    entry = view.entry(case.application, item)
    assert (entry.state, entry.level, entry.value, entry.reason) == ("scored", "L4", 85, "")
    assert case.panel.levels.isVisible()
    assert not case.panel.not_applicable.isChecked()
    assert child(case.window, "level.number").text() == "85"  # type: ignore[attr-defined]
    for _ in range(2):
        tap(Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert view.entry(case.application, item).reason == REASON
    assert case.panel.state.text() == "不适用"


def test_taken_back_by_its_box_the_item_is_open_again(case: Case) -> None:
    item = f"{ALLOWED}.plan"
    case.go(item)
    press(case.window, "item.not_applicable")
    press(case.window, "item.not_applicable")
    assert case.store.view.entry(case.application, item).state == "open"
    assert case.panel.levels.isVisible()
    assert case.panel.state.text() == "未填"
    assert "必填" not in case.panel.reason.title.text()
