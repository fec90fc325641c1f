"""Severity and what can be compared: a case by hand, the linear algebra it stands for, and its invariances."""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.agreement import Ratings
from ndb_desktop.domain.overlap import Component, common_applications, components, typical_common
from ndb_desktop.domain.severity import LEAST_SHEETS, SHRINK, UNIT, Severity, severity

F = Fraction
NEAR = F(1, 1_000)
"""The iteration rests when nothing moves by more than a millionth; slow graphs stop a little before their limit."""


def points(fit: Severity) -> dict[str, Fraction]:
    return {expert: row.points for expert, row in fit.experts.items()}


def near(one: Fraction, other: Fraction | float) -> bool:
    return abs(float(one) - float(other)) < NEAR


BY_HAND = {"A": {"X": F(80), "Y": F(70)}, "B": {"X": F(90), "Y": F(80)}}


def test_two_experts_two_applications_by_hand() -> None:
    # f = 75 - (x + y) / 2 and so on; the normal equations give x = 10 / (2 + shrink), y = -x.
    for shrink, expected in ((F(0), F(5)), (F(2), F(5, 2)), (F(4), F(10, 6))):
        fit = severity(BY_HAND, shrink)
        assert near(fit.experts["X"].points, expected)
        assert fit.experts["X"].points == -fit.experts["Y"].points
    exactly = severity(BY_HAND, F(0))
    assert (exactly.variance, exactly.freedom, exactly.settled) == (0, 1, True)


def test_the_standard_error_by_hand() -> None:
    # Residuals without shrinking are +-1 around b = +-5: four of them, one degree of freedom.
    fit = severity({"A": {"X": F(81), "Y": F(69)}, "B": {"X": F(89), "Y": F(81)}}, F(0))
    assert near(fit.experts["X"].points, 5)
    assert fit.variance == 4
    # n (1 - 1/k) = 2 x 1/2.
    assert fit.experts["X"].error_squared == 4
    three = severity({"A": {"X": F(81), "Y": F(69), "Z": F(70)}, "B": {"X": F(89), "Y": F(81)}}, F(0))
    assert three.variance is not None
    assert three.experts["X"].error_squared == three.variance / (F(2, 3) + F(1, 2))
    assert three.experts["Z"].error_squared == three.variance / F(2, 3)


def panel_of(severe: int, applications: int) -> Ratings:
    """Five experts; E0 is `severe` points below the others, who differ by one point in turns."""
    return {
        f"A{n:02}": {f"E{e}": F(80 + (n + e) % 2 - (severe if not e else 0)) for e in range(5)}
        for n in range(applications)
    }


def test_the_flag_needs_sheets_points_and_errors() -> None:
    def flagged(table: Ratings) -> set[str]:
        return {row.expert for row in severity(table).experts.values() if row.flagged}

    assert flagged(panel_of(20, LEAST_SHEETS)) == {"E0"}
    assert flagged(panel_of(20, LEAST_SHEETS - 1)) == set()
    # Five points and not more: nobody.
    assert flagged(panel_of(6, LEAST_SHEETS)) == set()
    assert flagged(panel_of(20, 40)) == {"E0"}
    # The same distance drowned in noise: three standard errors are more than it.
    noisy = {
        name: {
            expert: mark + (45 if (place + number) % 3 == 0 else -22)
            for number, (expert, mark) in enumerate(row.items())
        }
        for place, (name, row) in enumerate(panel_of(20, LEAST_SHEETS).items())
    }
    found = severity(noisy).experts["E0"]
    assert abs(found.points) > 5
    assert not found.flagged


def test_marks_alone_say_nothing_about_experts() -> None:
    with_one = {**BY_HAND, "C": {"X": F(10)}, "D": {"Z": F(99)}}
    fit = severity(with_one)
    assert points(fit) == {**points(severity(BY_HAND)), "Z": 0}
    assert (fit.experts["X"].sheets, fit.experts["Z"].sheets) == (2, 0)
    assert fit.experts["Z"].error_squared is None
    assert fit.freedom == 1
    nothing = severity({})
    assert (nothing.experts, nothing.components, nothing.variance, nothing.comparable) == ({}, (), None, True)
    with pytest.raises(ValueError):
        severity(BY_HAND, F(-1))


def test_islands_have_their_own_zero_and_are_not_comparable() -> None:
    far = {"C": {"U": F(20), "V": F(30)}, "D": {"U": F(40), "V": F(50)}, "E": {}}
    fit = severity({**BY_HAND, **far})
    assert fit.components == (
        Component(("U", "V"), ("C", "D"), 4),
        Component(("X", "Y"), ("A", "B"), 4),
    )
    assert not fit.comparable
    assert fit.experts["U"].component == 0
    assert fit.experts["X"].points == -fit.experts["Y"].points == fit.experts["V"].points
    bridged = severity({**BY_HAND, **far, "E": {"Y": F(1), "U": F(1)}})
    assert [len(part.experts) for part in bridged.components] == [4]
    assert bridged.comparable


def test_how_many_applications_two_experts_share() -> None:
    raters = [("X", "Y", "Z"), ("X", "Y"), ("Y", "X"), ("Z",)]
    assert common_applications(raters) == {("X", "Y"): 3, ("X", "Z"): 1, ("Y", "Z"): 1}
    assert typical_common(raters) == 1
    assert typical_common([("X",), ()]) == 0


experts = st.integers(0, 7)
tables = st.dictionaries(
    st.integers(0, 11).map(lambda n: f"A{n:02}"),
    st.dictionaries(experts.map(lambda n: f"E{n}"), st.integers(0, 200).map(lambda n: F(n, 2)), max_size=5),
    min_size=1,
    max_size=12,
)
quick = settings(deadline=None, max_examples=30)


def solved(table: Ratings, shrink: Fraction) -> Mapping[str, float]:
    """The normal equations, dense: the least-squares solution of smallest norm where they leave a freedom."""
    used = {name: row for name, row in table.items() if len(row) > 1}
    names = sorted({expert for row in table.values() for expert in row})
    place = {expert: number for number, expert in enumerate(names)}
    matrix, right = np.eye(len(names)) * float(shrink), np.zeros(len(names))
    for row in used.values():
        mean = float(sum(row.values())) / len(row)
        for one, mark in row.items():
            right[place[one]] += float(mark) - mean
            matrix[place[one], place[one]] += 1
            for other in row:
                matrix[place[one], place[other]] -= 1 / len(row)
    answer = np.linalg.lstsq(matrix, right, rcond=1e-9)[0]
    return {expert: float(answer[number]) for expert, number in place.items()}


@quick
@given(tables)
def test_the_iteration_solves_the_normal_equations(table: Ratings) -> None:
    fit, expected = severity(table), solved(table, SHRINK)
    assert fit.settled
    assert all(near(row.points, expected[expert]) for expert, row in fit.experts.items())


@quick
@given(tables)
def test_without_shrinking_differences_are_those_of_least_squares(table: Ratings) -> None:
    fit, expected = severity(table, F(0)), solved(table, F(0))
    paired = {name: row for name, row in table.items() if len(row) > 1}
    for part in components(paired):
        head = part.experts[0]
        for expert in part.experts:
            ours = fit.experts[expert].points - fit.experts[head].points
            assert near(ours, expected[expert] - expected[head])


@quick
@given(tables)
def test_every_component_adds_up_to_nothing(table: Ratings) -> None:
    fit = severity(table)
    for part in fit.components:
        assert near(sum((fit.experts[expert].points for expert in part.experts), F(0)), 0)
    assert {expert for part in fit.components for expert in part.experts} == set(fit.experts)


@quick
@given(tables, st.integers(-40, 40).map(lambda n: F(n, 2)), experts)
def test_a_constant_added_to_one_expert_moves_only_that_expert(table: Ratings, plus: Fraction, who: int) -> None:
    moved = {
        name: {expert: mark + plus if expert == f"E{who}" else mark for expert, mark in row.items()}
        for name, row in table.items()
    }
    before, after = points(severity(table)), points(severity(moved))
    # Shrinking holds the moved one back a little and lets the others give way a little, all to the other side.
    for expert in before:
        step = (after[expert] - before[expert]) * (1 if plus >= 0 else -1)
        if expert == f"E{who}":
            assert -NEAR <= step <= abs(plus) + NEAR
        else:
            assert step <= NEAR
    before, after = points(severity(table, F(0))), points(severity(moved, F(0)))
    paired = {name: row for name, row in table.items() if len(row) > 1}
    for part in components(paired):
        others = [expert for expert in part.experts if expert != f"E{who}"]
        for expert in others:
            assert near(after[expert] - after[others[0]], before[expert] - before[others[0]])
        if len(others) < len(part.experts) and others:
            gap = (after[f"E{who}"] - after[others[0]]) - (before[f"E{who}"] - before[others[0]])
            assert near(gap, plus)


@quick
@given(tables, st.randoms(use_true_random=False))
def test_names_and_order_do_not_matter_to_the_last_digit(table: Ratings, rng: random.Random) -> None:
    names, applications = [f"E{n}" for n in range(8)], sorted(table)
    new_names, new_applications = names[:], applications[:]
    rng.shuffle(new_names)
    rng.shuffle(new_applications)
    called = dict(zip(names, new_names, strict=True))
    filed = dict(zip(applications, new_applications, strict=True))
    rows = list(table.items())
    rng.shuffle(rows)
    before = severity(table)
    after = severity({filed[name]: {called[expert]: mark for expert, mark in row.items()} for name, row in rows})
    assert {called[expert]: value for expert, value in points(before).items()} == points(after)
    assert (before.variance, before.freedom, before.sweeps) == (after.variance, after.freedom, after.sweeps)
    assert sorted(len(part.experts) for part in before.components) == sorted(
        len(part.experts) for part in after.components
    )


@quick
@given(tables)
def test_residuals_of_an_application_add_up_to_rounding(table: Ratings) -> None:
    for row in severity(table).residuals.values():
        assert abs(sum(row.values())) <= len(row)
        assert all(isinstance(number, int) for number in row.values())


def test_true_severity_is_found_again() -> None:
    rng = random.Random(20261122)
    truth = [rng.gauss(0, 4) for _ in range(60)]
    table: dict[str, dict[str, Fraction]] = {}
    for number in range(300):
        level = rng.gauss(75, 6)
        table[f"A{number}"] = {
            f"E{e}": F(round(2 * (level + truth[e] + rng.gauss(0, 6))), 2) for e in rng.sample(range(60), 7)
        }
    fit = severity(table)
    found = [float(fit.experts[f"E{e}"].points) for e in range(60)]
    assert np.corrcoef(found, truth)[0, 1] > 0.93
    assert fit.variance is not None
    assert 33 < fit.variance < 39
    assert max(abs(sum(row.values())) for row in fit.residuals.values()) < UNIT // 1000
