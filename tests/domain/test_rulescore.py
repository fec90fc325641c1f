"""Every score type: its points, its borders, its words, and monotony."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.explain_rule import rule_words
from ndb_desktop.domain.model import Datum, ListedObject
from ndb_desktop.domain.rulescore import Working, curve_points, evaluate, leaf_score, rises
from ndb_desktop.domain.ruletree import Facts
from ndb_desktop.texts import LANGUAGES, phrase_text
from tests.support.packs import (
    YEAR,
    bare_application,
    flag_item,
    made_indicator,
    number_item,
    objects_item,
    series,
    single,
)

X = [{"id": "x", "unit": "ratio", "value": {"op": "field", "code": "x"}}]
PIECEWISE = {"type": "piecewise", "x": "x", "points": [["0", "0"], ["10", "60"], ["15", "75"], ["25", "90"]]}
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
# 专精特新中小企业: share of main business (80 % 5 points, 70 3, 60 1), two-year growth (10 % 10, 8 8, 6 6, 4 4, 0 2).
SHARE_BANDS = {
    "type": "tiers",
    "x": "x",
    "boundary": "higher",
    "bands": [
        {"from": None, "to": "60", "points": "0"},
        {"from": "60", "to": "70", "points": "1"},
        {"from": "70", "to": "80", "points": "3"},
        {"from": "80", "to": None, "points": "5"},
    ],
}
_STEPS = ("0", "4", "6", "8", "10")
GROWTH_BANDS = {
    "type": "tiers",
    "x": "x",
    "boundary": "higher",
    "bands": [{"from": None, "to": "0", "points": "0"}]
    + [
        {"from": low, "to": high, "points": points}
        for low, high, points in zip(_STEPS, (*_STEPS[1:], None), ("2", "4", "6", "8", "10"), strict=True)
    ],
}
PER_UNIT = {"type": "per_unit", "x": "x", "unit": "2", "points": "1", "cap": "5"}
EFFICACY2 = {"type": "efficacy2", "x": "x", "poor": "6", "good": "12", "floor": "0", "cap": "100"}
# 央企综合绩效评价: own base + (x - own) / (upper - own) x (upper base - own base), bases 100, 80, 60, 40, 20.
EFFICACY5 = {"type": "efficacy5", "x": "x", "standards": ["10", "8", "6", "4", "2"]}
FALLING5 = {"type": "efficacy5", "x": "x", "standards": ["2", "4", "6", "8", "10"]}
POINTS = {"type": "points_list", "code": "l", "key": "name", "classes": [{"class": "a", "points": "30"}], "cap": "80"}
BOOL = {"type": "bool_points", "code": "f", "yes": "100", "no": "20"}
CURVES = [PIECEWISE, TIERS, PER_UNIT, EFFICACY2, EFFICACY5, FALLING5]
DATA = (number_item("x"), flag_item("f"), objects_item("l", "a"))


def run(score: Any, *data: Datum, adjustments: Any = (), k: str = "1", special_region: bool = False) -> Working:
    rule = {"measures": X, "score": score, "adjustments": list(adjustments)}
    indicator, faults = made_indicator(rule, *DATA)
    assert not faults
    assert indicator.rule is not None
    application = bare_application(*data, special_region=special_region)
    working = evaluate(indicator.rule.score, indicator.rule.adjustments, Facts(indicator, application, Fraction(k)))
    for language in LANGUAGES:
        for words in (*working.words, *working.warnings, rule_words(indicator, Fraction(k))):
            assert phrase_text(words, language).strip()
    return working


def score(node: Any, x: str, **options: Any) -> Fraction:
    return run(node, single("x", x), **options).score


@pytest.mark.parametrize(
    ("node", "x", "expected"),
    [
        (PIECEWISE, "-3", "0"),
        (PIECEWISE, "12", "66"),
        (PIECEWISE, "22.5", "86.25"),
        (PIECEWISE, "15", "75"),
        (PIECEWISE, "99", "90"),
        (TIERS, "4.999999", "0"),
        (TIERS, "5", "40"),
        (TIERS, "10", "100"),
        (TIERS, "-999", "0"),
        (SHARE_BANDS, "80", "5"),
        (SHARE_BANDS, "79.999999", "3"),
        (SHARE_BANDS, "70", "3"),
        (SHARE_BANDS, "60", "1"),
        (SHARE_BANDS, "59.999999", "0"),
        (GROWTH_BANDS, "10", "10"),
        (GROWTH_BANDS, "9.999999", "8"),
        (GROWTH_BANDS, "4", "4"),
        (GROWTH_BANDS, "0", "2"),
        (GROWTH_BANDS, "-0.000001", "0"),
        (PER_UNIT, "1.999999", "0"),
        (PER_UNIT, "2", "1"),
        (PER_UNIT, "7.9", "3"),
        (PER_UNIT, "100", "5"),
        (PER_UNIT, "-4", "0"),
        (EFFICACY2, "6", "60"),
        (EFFICACY2, "12", "100"),
        (EFFICACY2, "30", "100"),
        (EFFICACY2, "-6", "0"),
        (EFFICACY5, "10", "100"),
        (EFFICACY5, "9", "90"),
        (EFFICACY5, "5.5", "55"),
        (EFFICACY5, "2", "20"),
        (EFFICACY5, "1.999999", "0"),
        (FALLING5, "2", "100"),
        (FALLING5, "3", "90"),
        (FALLING5, "10", "20"),
        (FALLING5, "10.000001", "0"),
    ],
)
def test_points_and_borders(node: Any, x: str, expected: str) -> None:
    assert score(node, x) == Fraction(expected)


def test_the_plain_efficacy_coefficient_vector() -> None:
    assert round(score(EFFICACY2, "5.81"), 2) == Fraction("58.73")


@pytest.mark.parametrize("node", CURVES, ids=lambda node: node["type"])
@given(a=st.integers(-2000, 4000), b=st.integers(-2000, 4000), k=st.sampled_from(["0.3", "1", "4"]))
@settings(max_examples=60, deadline=None)
def test_curves_are_monotone_and_within_0_to_100(node: Any, a: int, b: int, k: str) -> None:
    scaled = node if node["type"] == "per_unit" else {**node, "scale": "k"}
    indicator, _ = made_indicator({"measures": X, "score": scaled}, *DATA)
    assert indicator.rule is not None
    leaf = indicator.rule.score
    low, high = (leaf_score(leaf, Fraction(n, 100), Fraction(k)) for n in sorted((a, b)))
    assert 0 <= low <= 100
    assert low <= high if rises(leaf) else low >= high


@given(x=st.integers(-500, 4000), k=st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_the_scale_factor_only_stretches_the_x_axis(x: int, k: int) -> None:
    indicator, _ = made_indicator({"measures": X, "score": {**PIECEWISE, "scale": "k"}}, *DATA)
    assert indicator.rule is not None
    leaf = indicator.rule.score
    assert leaf_score(leaf, Fraction(x * k), Fraction(k)) == leaf_score(leaf, Fraction(x), Fraction(1))
    assert curve_points(leaf, Fraction(k))[1] == (10 * k, 60)


def test_a_piecewise_curve_has_no_cliff() -> None:
    for corner in (10, 15, 25):
        below = score(PIECEWISE, f"{corner - 1}.999999")
        assert abs(score(PIECEWISE, str(corner)) - below) < Fraction(1, 10**5) * 2


def test_lists_and_answers() -> None:
    listed = [ListedObject("a", f"n{n}", "N", f"{YEAR}-01-01") for n in range(4)]
    assert run(POINTS, Datum("l", "none", "self", objects=tuple(listed[:2]))).score == 60
    assert run(POINTS, Datum("l", "none", "self", objects=tuple(listed))).score == 80
    assert run(BOOL, Datum("f", "none", "self", flag=True)).score == 100
    assert run(BOOL, Datum("f", "none", "self", flag=False)).score == 20
    for node in (POINTS, BOOL):
        missing = run(node)
        assert (missing.score, missing.status) == (0, "missing")


def test_joined_scores_count_what_there_is() -> None:
    joined = {"type": "weighted", "parts": [{"weight": "0.7", "score": PIECEWISE}, {"weight": "0.3", "score": BOOL}]}
    both = run(joined, single("x", "10"), Datum("f", "none", "self", flag=True))
    assert (both.score, both.status) == (72, "ok")
    half = run(joined, single("x", "10"))
    assert (half.score, half.status, len(half.warnings)) == (42, "missing", 1)


def test_choose_takes_one_branch_and_needs_to_know_which() -> None:
    node = {"type": "choose", "when": {"op": "flag", "code": "f"}, "then": EFFICACY2, "else": PIECEWISE}
    assert run(node, single("x", "12"), Datum("f", "none", "self", flag=True)).score == 100
    assert run(node, single("x", "12"), Datum("f", "none", "self", flag=False)).score == 66
    assert run(node, single("x", "12")).status == "missing"


def adjusted(kind: str, flag: bool | None, value: str = "50", x: str | None = "12") -> Working:
    when = {"op": "flag", "code": "f"}
    node = {"type": kind, "when": when} if kind == "gate" else {"type": kind, "when": when, "value": value}
    data = [single("x", x)] if x else []
    if flag is not None:
        data.append(Datum("f", "none", "self", flag=flag))
    return run(PIECEWISE, *data, adjustments=[node])


def test_caps_floors_factors() -> None:
    assert adjusted("cap_if", True).score == 50
    assert adjusted("cap_if", True, "70").score == 66
    assert adjusted("cap_if", False).score == 66
    assert adjusted("floor_if", True, "90").score == 90
    assert adjusted("floor_if", True, "50").score == 66
    assert adjusted("floor_if", False, "90").score == 66
    assert adjusted("factor_if", True, "0.5").score == 33


def test_a_gap_never_pays() -> None:
    assert adjusted("cap_if", None).score == 50
    assert adjusted("factor_if", None, "0.5").score == 33
    assert adjusted("floor_if", None, "90").score == 66
    assert adjusted("floor_if", True, "90", x=None).score == 0
    assert adjusted("cap_if", None).warnings


def test_gates() -> None:
    assert (adjusted("gate", True).score, adjusted("gate", True).status) == (66, "ok")
    assert (adjusted("gate", False).score, adjusted("gate", False).status) == (0, "gate")
    assert (adjusted("gate", None).score, adjusted("gate", None).status) == (66, "check")


def test_the_explanation_reads_as_promised() -> None:
    rule = {
        "measures": [
            {
                "id": "m",
                "unit": "percent",
                "value": {"op": "share", "args": [{"op": "sum", "code": "a"}, {"op": "sum", "code": "b"}]},
            }
        ],
        "score": {"type": "piecewise", "x": "m", "points": [["2", "60"], ["4.2", "85"]]},
    }
    data = (number_item("a", "yi_yuan", 3), number_item("b", "yi_yuan", 3))
    indicator, faults = made_indicator(rule, *data)
    assert not faults
    assert indicator.rule is not None
    facts = Facts(
        indicator,
        bare_application(series("a", "1", "1", "1.1", unit="yi_yuan"), series("b", "0", "0", "100", unit="yi_yuan")),
        Fraction(1),
    )
    words = evaluate(indicator.rule.score, (), facts).words[0]
    assert phrase_text(words, "en") == "X1.measure.m 3.1 % → 72.5: between 2 % = 60 and 4.2 % = 85"
    assert phrase_text(words, "zh_CN") == "X1.measure.m 3.1 % → 72.5 分：在 2 %（60 分）与 4.2 %（85 分）之间"
