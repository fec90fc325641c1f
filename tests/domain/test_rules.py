"""Scores of the shipped indicators and targets, with the published vectors, k, special regions and verified data."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.model import Application, Category, Target
from ndb_desktop.domain.rules import Computed, compute_basis, compute_target, explain_rule
from ndb_desktop.texts import LANGUAGES, phrase_text
from tests.support.packs import YEAR, pack_for, sample_application, sample_datum

ONE = Fraction(1)


def basis(indicator: str, application: Application, k: Fraction = ONE) -> Computed:
    pack = pack_for(application.category)
    return compute_basis(pack, pack.indicator_by_id[indicator], application, k)


def target(indicator: str, application: Application, *goals: Target) -> Computed:
    pack = pack_for(application.category)
    return compute_target(pack, pack.indicator_by_id[indicator], replace(application, targets=goals), ONE)


def goal(measure: str, base: str | None, value: str | None, unit: str = "percent", indicator: str = "P1.2") -> Target:
    numbers = [None if text is None else Decimal(text) for text in (base, value)]
    return Target(indicator, measure, unit, numbers[0], YEAR, numbers[1], YEAR + 2)


def test_growth_vectors() -> None:
    grown = sample_application("park", values={"leading_revenue": ["100", "120", "150"]})
    assert basis("P1.2", grown).measures == {"growth": Fraction(45, 2)}
    assert basis("P1.2", grown).score == Fraction("86.25")
    assert basis("P1.2", sample_application("park", values={"leading_revenue": ["100", "112", "125.44"]})).score == 66


def test_the_worked_explanation_of_r_and_d_intensity() -> None:
    values = {"rd_spending": ["3.1", "0", "0"], "above_scale_revenue": ["100", "0", "0"]}
    result = basis("P2.1", sample_application("park", values=values))
    assert result.score == Fraction("72.5")
    assert result.point == (Fraction("3.1"), Fraction("72.5"))
    assert (Fraction("4.2"), 85) in result.curve
    zh = "研发投入强度 3.1 % → 72.5 分：在 2 %（60 分）与 4.2 %（85 分）之间"
    assert phrase_text(result.explanation, "zh_CN") == zh
    assert phrase_text(result.explanation, "en") == "R&D intensity 3.1 % → 72.5: between 2 % = 60 and 4.2 % = 85"


@pytest.mark.parametrize(
    ("total", "special", "expected", "capped"),
    [
        ("600", False, "80", False),
        ("601", False, "70", True),
        ("600", True, "70", True),
        ("428.571428", True, "80", False),
    ],
)
def test_focus_decides_the_cap_and_special_regions_need_more(
    total: str, special: bool, expected: str, capped: bool
) -> None:
    values = {"leading_revenue": ["1", "1", "300"], "park_revenue": total}
    result = basis("P1.1", sample_application("park", values=values, special_region=special))
    assert result.score == int(expected)
    words = phrase_text(result.explanation, "zh_CN")
    assert ("上限：因 主导产业占比" in words) is capped
    if capped:
        assert ("< 70 %" if special else "< 50 %") in words


def test_scale_factor_of_the_field() -> None:
    values = {"leading_revenue": ["1", "1", "1200"], "park_revenue": "1300"}
    result = basis("P1.1", sample_application("park", values=values), Fraction(4))
    assert result.score == 80
    assert result.curve[3] == (1200, 80)


def test_missing_data_score_zero_and_say_which() -> None:
    result = basis("P2.1", sample_application("park", values={"rd_spending": None}))
    assert (result.score, result.status) == (0, "missing")
    assert result.measures == {"rd_intensity": None}
    assert "研发经费" in phrase_text(result.warnings[0], "zh_CN")
    assert basis("P4.1", sample_application("park")).score is None


def test_verified_data_replace_declared_ones() -> None:
    application = sample_application("park", values={"results_industrialised": "30"})
    datum = replace(application.data["results_industrialised"], verified={"": Decimal(0)})
    checked = replace(application, data={**application.data, datum.code: datum})
    before, after = basis("P2.3", application).score, basis("P2.3", checked).score
    assert before is not None
    assert after == before - 30


def test_targets() -> None:
    application = sample_application("park", values={"leading_revenue": ["100", "110", "121"]})
    assert target("P1.2", application, goal("growth", "10", "15")).score == 75
    assert target("P1.2", application, goal("growth", "5", "35")).score == 65
    assert target("P1.2", application, goal("growth", None, "35")).score == 85
    assert target("P1.2", application, goal("growth", "10", "10")).score == 60
    worse = target("P1.2", application, goal("growth", "10", "9.999999"))
    assert (worse.score, worse.status) == (0, "below_base")
    for goals in ((), (goal("growth", "10", None),), (goal("growth", "10", "15", indicator="P1.1"),)):
        assert (target("P1.2", application, *goals).score, target("P1.2", application, *goals).status) == (0, "missing")
    assert target("P1.2", application, goal("growth", "0.1", "0.15", "ratio")).score == 75
    assert target("P1.2", application, goal("growth", "10", "15", "person")).status == "unit"


def test_an_unknown_base_leaves_only_the_bonus() -> None:
    application = sample_application("park", values={"leading_revenue": None})
    assert target("P1.2", application, goal("growth", None, "35")).score == 25


def test_a_floor_does_not_pay_for_a_target_that_is_missing() -> None:
    application = sample_application("enterprise", values={"top_position": True})
    assert basis("E1.1", application).score == 90
    assert target("E1.1", application).score == 0


def test_loss_in_a_research_phase_field_is_judged_by_growth() -> None:
    loss = sample_application("enterprise", values={"profit": "-1"}, field="commercial-space")
    assert basis("E4.1", loss).score == 40
    ordinary = basis("E4.1", replace(loss, field="robotics"))
    productivity = ordinary.measures["productivity_ratio"]
    assert productivity is not None
    assert ordinary.score is not None
    assert ordinary.score < 50


@pytest.mark.parametrize("category", ["park", "enterprise"])
@pytest.mark.parametrize("k", [Fraction(3, 10), ONE, Fraction(4)])
def test_everything_is_explained_in_both_languages(category: Category, k: Fraction) -> None:
    pack = pack_for(category)
    for application in (sample_application(category), sample_application(category, data={}, targets=())):
        for indicator in pack.indicators:
            for result in (
                compute_basis(pack, indicator, application, k),
                compute_target(pack, indicator, application, k),
            ):
                assert (result.score is None) == (indicator.rule is None)
                assert result.score is None or 0 <= result.score <= 100
                for language in LANGUAGES:
                    words = [
                        phrase_text(result.explanation, language),
                        phrase_text(explain_rule(indicator, k), language),
                    ]
                    words += [phrase_text(warning, language) for warning in result.warnings]
                    assert all(text.strip() and "{" not in text for text in words)


NUMBERS = st.integers(-(10**6), 10**6).map(lambda n: str(Decimal(n) / 1000))


@settings(max_examples=40, deadline=None)
@given(values=st.lists(NUMBERS, min_size=3, max_size=3), code=st.sampled_from(["leading_revenue", "rd_spending"]))
def test_no_data_break_a_rule(values: list[str], code: str) -> None:
    application = sample_application("park", values={code: values})
    pack = pack_for("park")
    for indicator in pack.indicators:
        if any(item.code == code for item in indicator.data):
            for compute in (compute_basis, compute_target):
                result = compute(pack, indicator, application, ONE)
                assert result.score is not None
                assert 0 <= result.score <= 100


@settings(max_examples=40, deadline=None)
@given(amount=st.integers(0, 10**7))
def test_unit_of_the_declaration_does_not_matter(amount: int) -> None:
    value = str(Decimal(amount) / 10000)
    datum = sample_datum("park", "purchases_local", value)
    wan = replace(datum, unit="wan_yuan", values={"": Decimal(amount)})
    application = sample_application("park")
    here, there = (replace(application, data={**application.data, datum.code: d}) for d in (datum, wan))
    assert basis("P3.1", here).score == basis("P3.1", there).score


@pytest.mark.parametrize("category", ["park", "enterprise"])
def test_the_number_does_not_depend_on_being_explained(category: Category) -> None:
    pack, application = pack_for(category), sample_application(category)
    for indicator in pack.indicators:
        for compute in (compute_basis, compute_target):
            said, unsaid = (compute(pack, indicator, application, ONE, explain=explain) for explain in (True, False))
            assert (said.score, said.status, said.measures) == (unsaid.score, unsaid.status, unsaid.measures)
