"""The drawing of a curve is the rule: everywhere between the knots the line gives what the rule gives."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.model import Target
from ndb_desktop.domain.phrase import LocalText, Phrase
from ndb_desktop.domain.plot import MOST_STEPS, Mark, Plot, knots_of, plot
from ndb_desktop.domain.rules import compute_basis, compute_target
from ndb_desktop.domain.rulescore import Leaf, leaf_score
from tests.support.packs import YEAR, made_indicator, number_item, pack_for, sample_application

X = [{"id": "x", "unit": "ratio", "value": {"op": "field", "code": "x"}}]
NAME = LocalText("某值", "Some figure")
ONE = Fraction(1)
TIERS = {
    "type": "tiers",
    "x": "x",
    "boundary": "higher",
    "bands": [
        {"from": None, "to": "5", "points": "0"},
        {"from": "5", "to": "10", "points": "40"},
        {"from": "10", "to": None, "points": "100"},
    ],
}
CURVES: list[dict[str, Any]] = [
    {"type": "piecewise", "x": "x", "points": [["0", "0"], ["10", "60"], ["15", "75"], ["25", "90"]]},
    {"type": "piecewise", "x": "x", "points": [["-5", "100"], ["5", "60"], ["8", "0"]]},
    TIERS,
    {"type": "per_unit", "x": "x", "unit": "2", "points": "10", "cap": "50"},
    {"type": "efficacy2", "x": "x", "poor": "6", "good": "12", "floor": "20", "cap": "90"},
    {"type": "efficacy2", "x": "x", "poor": "12", "good": "6", "floor": "0", "cap": "100"},
    {"type": "efficacy5", "x": "x", "standards": ["10", "8", "6", "4", "2"]},
    {"type": "efficacy5", "x": "x", "standards": ["2", "4", "6", "8", "10"]},
]


def node_of(shape: dict[str, Any]) -> Any:
    indicator, _ = made_indicator({"measures": X, "score": shape}, number_item("x"))
    assert indicator.rule is not None
    return indicator.rule.score


def drawn(shape: dict[str, Any], k: Fraction, *figures: Fraction) -> tuple[Any, Plot]:
    node = node_of(shape)
    marks = tuple(Mark("now", x, leaf_score(node, x, k)) for x in figures)
    made = plot(Leaf(node, "x", None, Fraction(0), "ok", Phrase("rule.text.level")), NAME, "ratio", marks, k)
    assert made is not None
    return node, made


@pytest.mark.parametrize("shape", CURVES, ids=lambda shape: shape["type"])
@given(part=st.fractions(0, 1), k=st.sampled_from(["0.3", "1", "4"]), figure=st.fractions(-40, 60, max_denominator=9))
@settings(max_examples=40, deadline=None)
def test_the_line_is_the_rule(shape: dict[str, Any], part: Fraction, k: str, figure: Fraction) -> None:
    scale = Fraction(k)
    scaled = shape if shape["type"] == "per_unit" else {**shape, "scale": "k"}
    node, made = drawn(scaled, scale, figure)
    x = made.low + part * (made.high - made.low)
    for segment in made.segments:
        if segment.x0 < x < segment.x1:
            line = segment.y0 + (x - segment.x0) / (segment.x1 - segment.x0) * (segment.y1 - segment.y0)
            assert line == leaf_score(node, x, scale)
    assert all(left.x1 == right.x0 for left, right in pairwise(made.segments))
    assert all(0 <= y <= 100 for segment in made.segments for y in (segment.y0, segment.y1))


def test_a_jump_stays_a_jump() -> None:
    _, made = drawn(TIERS, ONE, Fraction(7))
    first, second, third = made.segments
    assert (first.y0, first.y1, second.y0, second.y1, third.y0, third.y1) == (0, 0, 40, 40, 100, 100)
    assert made.knots == (5, 10)


def test_a_point_far_away_does_not_squeeze_the_curve() -> None:
    _, near = drawn(CURVES[0], ONE, Fraction(30))
    _, far = drawn(CURVES[0], ONE, Fraction(3000))
    assert near.high == 32, "a point just behind the last knot is inside"
    assert far.high == 27
    assert (near.low, far.low) == (0, 0), "an axis that starts at nought does not go below it"


def test_what_has_no_curve_has_no_plot() -> None:
    long = {"type": "per_unit", "x": "x", "unit": "1", "points": "2", "cap": "100"}
    assert knots_of(node_of(long), ONE) == ()
    assert len(knots_of(node_of({**long, "points": "2.5"}), ONE)) == MOST_STEPS + 1
    leaf = Leaf(node_of(long), "x", None, Fraction(0), "ok", Phrase("rule.text.level"))
    assert plot(leaf, NAME, "ratio", (), ONE) is None


def test_the_present_figure_stands_on_its_curve() -> None:
    pack = pack_for("park")
    values = {"rd_spending": ["3.1", "0", "0"], "above_scale_revenue": ["100", "0", "0"]}
    application = sample_application("park", values=values)
    (made,) = compute_basis(pack, pack.indicator_by_id["P2.1"], application, ONE).plots
    assert made.marks == (Mark("now", Fraction("3.1"), Fraction("72.5")),)
    assert made.unit == "percent"
    assert Fraction("4.2") in made.knots


def test_a_rule_of_two_curves_gives_two_plots() -> None:
    pack = pack_for("park")
    computed = compute_basis(pack, pack.indicator_by_id["P2.3"], sample_application("park"), ONE)
    assert len(computed.plots) == 2


def test_base_and_target_stand_on_the_same_curve() -> None:
    pack = pack_for("park")
    goal = Target("P1.2", "growth", "percent", Decimal(10), YEAR, Decimal(20), YEAR + 2)
    application = replace(sample_application("park"), targets=(goal,))
    indicator = pack.indicator_by_id["P1.2"]
    (made,) = compute_target(pack, indicator, application, ONE).plots
    base, target = made.marks
    assert (base.kind, base.x, target.kind, target.x) == ("base", 10, "target", 20)
    assert indicator.rule is not None
    assert target.y == leaf_score(indicator.rule.score, Fraction(20), ONE)
    assert compute_target(pack, indicator, application, ONE, explain=False).plots == ()


def test_a_target_that_is_missing_leaves_only_the_base() -> None:
    pack = pack_for("park")
    goal = Target("P1.2", "growth", "percent", Decimal(10), YEAR, None, YEAR + 2)
    application = replace(sample_application("park"), targets=(goal,))
    (made,) = compute_target(pack, pack.indicator_by_id["P1.2"], application, ONE).plots
    assert [mark.kind for mark in made.marks] == ["base"]
