"""The check page of a later stage in values: every base has its own form, and the matrix holds them all together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from ndb_desktop.domain.model import Application
from ndb_desktop.domain.sheet import ItemEntry
from ndb_desktop.services.review import ReviewSession
from ndb_desktop.ui.expert.check_rows import Rows, column_title
from ndb_desktop.ui.expert.view import ReviewView
from ndb_desktop.ui.expert.walk import Walk
from tests.support import stage_review
from tests.support.stage_review import WHY, fill_stage, open_stage

FIRST, SECOND = "A-001", "A-002"


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Iterator[ReviewSession]:
    known = stage_review.promised

    def other(application: Application) -> Application:
        """The second base promised one target less and a task more."""
        made = known(application)
        if made.id != SECOND:
            return made
        extra = replace(made.tasks[0], id="T4", title="建设展示中心", weight=Decimal(10))
        return replace(made, targets=made.targets[1:], tasks=(*made.tasks, extra))

    monkeypatch.setattr(stage_review, "promised", other)
    with open_stage(tmp_path, monkeypatch) as opened:
        yield opened


def test_columns_are_those_of_all_bases_and_a_cell_may_be_nobodys(session: ReviewSession) -> None:
    rows = Rows(ReviewView(session))
    columns = rows.columns("park")
    assert [column_title(item) for item in columns][:2] == ["P1.1 目标", "P1.2 目标"]
    assert [item.id for item in columns][-4:] == ["task:T1", "task:T2", "task:T3", "task:T4"]
    first, second = rows.of("park")
    assert len(first.cells) == len(second.cells) == len(columns) == 15
    assert [(cell.state.text, cell.gap) for cell in (second.cells[0], first.cells[-1])] == [
        ("该基地没有这一项", False),
        ("该基地没有这一项", False),
    ]
    assert second.cells[-1].gap, "its own task is still open"


def test_a_cell_of_another_base_leads_to_the_application_alone(session: ReviewSession) -> None:
    walk = Walk(ReviewView(session))
    walk.go(SECOND, "target:P1.1.revenue")
    assert (walk.application, walk.item) == (SECOND, "target:P1.2.growth")


def test_rows_say_findings_in_words_and_own_completion_as_a_number(session: ReviewSession) -> None:
    fill_stage(session, FIRST, {"task:T1": "0"})
    session.set_entry(FIRST, ItemEntry("task:T2", "not_applicable", reason=WHY))
    row = Rows(ReviewView(session)).row(FIRST)
    shown = {cell.item: cell for cell in row.cells}
    assert (shown["task:T1"].text, shown["task:T3"].text) == ("未完成", "完成")
    assert shown["task:T2"].spared
    assert shown["target:P2.2.innovation_points"].text == "缺报"
    # T1 weighs 50 and T3 20; what does not apply counts on neither side.
    assert row.total_text == "28.57 %"
    assert row.has("spared", hinted=False)
