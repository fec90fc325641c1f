"""整改: once, with a date, never after a veto; the second result is final."""

from __future__ import annotations

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.rectification import Course, judge_again, rectify
from ndb_desktop.domain.stageresult import AcceptanceOutcome, acceptance_outcome
from tests.support.stages import acceptance_pack, all_actuals, case_of, promising, task_marks


def result(value: str = "120", *, veto: bool = False, experts: int = 5, summary: str = "") -> AcceptanceOutcome:
    case = case_of(promising(summary=summary))
    return acceptance_outcome(
        acceptance_pack(),
        case,
        all_actuals(case, value),
        task_marks(case, ("1",) * experts),
        vetoes=["V1"] if veto else [],
    )


def given_time(course: Course, until: str = "2028-06-30") -> Course:
    return rectify(acceptance_pack(), course, "2028-03-01", until)


def code_of(course: Course, until: str = "2028-06-30") -> str:
    with pytest.raises(NdbError) as error:
        given_time(course, until)
    return error.value.code


def test_a_base_that_passed_needs_nothing_more() -> None:
    course = Course(result())
    assert course.standing == "passed"
    assert code_of(course) == "E-STAGE-RECTIFY-PASSED"


def test_a_panel_too_small_leaves_the_result_open() -> None:
    course = Course(result(experts=4))
    assert course.standing == "open"
    assert code_of(course) == "E-STAGE-RECTIFY-PASSED"


def test_a_failed_base_may_put_it_right_once() -> None:
    course = Course(result("110"))
    assert course.standing == "failed"
    started = given_time(course)
    assert started.rectification is not None
    assert (started.standing, started.rectification.conditions) == ("rectify", ("targets", "P1", "P2", "P3"))
    assert (started.overdue("2028-06-30"), started.overdue("2028-07-01")) == (False, True)
    assert code_of(started) == "E-STAGE-RECTIFY-TWICE"
    assert judge_again(started, result()).standing == "passed"
    assert judge_again(started, result(experts=4)).standing == "rectify"
    ended = judge_again(started, result("110"))
    assert (ended.standing, ended.overdue("2099-01-01")) == ("failed", False)
    assert code_of(ended) == "E-STAGE-RECTIFY-TWICE"


def test_a_veto_cannot_be_put_right() -> None:
    assert code_of(Course(result(veto=True))) == "E-STAGE-RECTIFY-VETO"


@pytest.mark.parametrize("until", ["2028-03-01", "2028-02-29", "2028-08-29", "soon", "2028-13-01", ""])
def test_the_date_is_later_and_within_180_days(until: str) -> None:
    assert code_of(Course(result("110")), until) == "E-STAGE-RECTIFY-DATE"


def test_the_last_day_is_allowed() -> None:
    assert given_time(Course(result("110")), "2028-08-28").standing == "rectify"


def test_the_second_result_is_about_the_same_case_and_the_last() -> None:
    started = given_time(Course(result("110")))
    for course, second in [
        (Course(result("110")), result()),
        (started, result(summary="另一份")),
        (judge_again(started, result()), result()),
    ]:
        with pytest.raises(NdbError) as error:
            judge_again(course, second)
        assert error.value.code == "E-STAGE-AGAIN"
