"""Thirty applications: found by a word, by state and by order; what one stands on is always shown."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from ndb_desktop.ui.expert.lists import Line
from ndb_desktop.ui.expert.pace_line import duration
from ndb_desktop.ui.expert.side_lists import MANY, ApplicationsPart, matches
from ndb_desktop.ui.expert.words import State

STATE = State("circle", "未填", "quiet", "muted")


def lines() -> list[Line]:
    names = [("云岭", "生物制造"), ("滨江", "人工智能"), ("星河", "机器人")]
    made = []
    for number in range(30):
        name, field = names[number % 3]
        line = Line(
            f"A-{number:03d}", f"{name}{number:02d}园区", field, "", STATE,
            done=number % 2 == 0, flagged=number % 10 == 0,
        )  # fmt: skip
        made.append(line)
    return made


@pytest.fixture
def part(qtbot: QtBot) -> ApplicationsPart:
    part = ApplicationsPart(30)
    qtbot.addWidget(part)
    part.resize(260, 600)
    part.show()
    part.asked.connect(lambda: part.show_lines(lines(), "A-001"))
    part.show_lines(lines(), "A-001")
    return part


def choose(part: ApplicationsPart, box: str, value: str) -> None:
    choice = getattr(part, box)
    choice.setCurrentIndex(choice.findData(value))
    choice.activated.emit(choice.currentIndex())


def shown(part: ApplicationsPart) -> list[str]:
    return [line.id for line in part.list.lines.lines]


def test_a_word_finds_names_and_fields(part: ApplicationsPart, qtbot: QtBot) -> None:
    assert len(shown(part)) == 30
    part.finder.setFocus()
    part.finder.setText("星河")
    assert len(shown(part)) == 11, "ten, and the one it stands on"
    assert part.list.currentIndex().data() == "滨江01园区"
    part.finder.setText("人工智能")
    assert len(shown(part)) == 10
    part.finder.setText("没有这样的")
    assert shown(part) == ["A-001"]
    assert part.none.isVisible()
    part.finder.setText("")
    assert len(shown(part)) == 30
    assert part.none.isHidden()


def test_filters_and_orders_combine(part: ApplicationsPart) -> None:
    choose(part, "filter", "open")
    assert shown(part) == [f"A-{n:03d}" for n in range(1, 30, 2)]
    choose(part, "filter", "flagged")
    assert shown(part) == ["A-000", "A-001", "A-010", "A-020"]
    choose(part, "filter", "all")
    choose(part, "order", "open")
    assert shown(part)[:2] == ["A-001", "A-003"]
    assert shown(part)[-1] == "A-028"
    choose(part, "order", "name")
    assert shown(part) == [line.id for line in sorted(lines(), key=lambda line: line.first)]
    choose(part, "order", "bundle")
    assert shown(part) == [f"A-{n:03d}" for n in range(30)]


def test_few_applications_need_no_tools(qtbot: QtBot) -> None:
    part = ApplicationsPart(MANY - 1)
    qtbot.addWidget(part)
    part.show()
    assert part.finder.isHidden() or not part.finder.isVisible()
    assert part.filter.isHidden()


def test_a_filter_asks_for_what_it_says() -> None:
    done = Line("a", "甲", "", "", STATE, done=True)
    flagged = Line("b", "乙", "", "", STATE, flagged=True)
    assert [matches(done, state) for state in ("all", "open", "flagged")] == [True, False, False]
    assert [matches(flagged, state) for state in ("all", "open", "flagged")] == [True, True, True]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1, "1 分钟"),
        (61, "2 分钟"),
        (3540, "59 分钟"),
        (3541, "1 小时"),
        (3660, "1 小时 5 分钟"),
        (7200, "2 小时"),
        (7201, "2 小时 5 分钟"),
    ],
)
def test_an_estimate_is_said_as_roughly_as_it_is_known(seconds: int, said: str) -> None:
    assert duration(seconds) == said


def test_the_view_hears_only_of_rows_that_look_different(part: ApplicationsPart) -> None:
    heard: list[tuple[int, int]] = []
    part.list.lines.dataChanged.connect(lambda first, last: heard.append((first.row(), last.row())))
    part.show_lines(lines(), "A-002")
    assert heard == []
    changed = lines()
    changed[4].right, changed[7].flagged = "3 / 22", True
    part.show_lines(changed, "A-002")
    assert heard == [(4, 7)]
    assert part.list.lines.lines[4].right == "3 / 22"
