"""Panels: trimming per item or by total, five states apart, one rounding, flags that never touch a score."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop import texts
from ndb_desktop.domain.model import PartId
from ndb_desktop.domain.numbers import half_up, show
from ndb_desktop.domain.panel import (
    ItemMark,
    PanelResult,
    error_squared,
    panel_item,
    panel_mean,
    panel_result,
    reached,
    standard_error,
)
from ndb_desktop.domain.panelflags import CV, DEVIATION, FROM_MEDIAN, RANGE, flag_phrase, mean_and_variance
from ndb_desktop.domain.rulepack import PARTS, RulePack
from ndb_desktop.domain.sheet import Declaration, ItemEntry, Sheet
from ndb_desktop.services.rulepacks import builtin_packs
from tests.support import panels
from tests.support.panels import REASON, K, application, judged, panel, sheet, small_pack

PACK = small_pack()
APP = application()
SETTINGS = PACK.settings
Values = st.lists(st.integers(0, 200).map(lambda n: Fraction(n, 2)), min_size=5, max_size=11)


def marks(*values: int | str) -> list[ItemMark]:
    return [ItemMark("scored", Fraction(value)) for value in values]


def test_seven_experts_drop_one_highest_and_one_lowest() -> None:
    item = panel_item(marks(70, 82, 85, 85, 88, 90, 97), SETTINGS)
    assert show(item.value or Fraction(0)) == "86.00"
    assert item.trimmed
    assert item.n_valid == 7


def test_ties_at_the_ends_lose_only_one_each() -> None:
    assert panel_item(marks(60, 60, 80, 80, 80, 100, 100), SETTINGS).value == 80
    assert panel_item(marks(*[90] * 7), SETTINGS).value == 90


def test_five_and_six_take_the_plain_mean_and_four_give_nothing() -> None:
    assert panel_item(marks(0, 80, 80, 80, 80), SETTINGS).value == 64
    assert panel_item(marks(0, 80, 80, 80, 80, 100), SETTINGS).value == 70
    few = panel_item(marks(80, 80, 80, 80), SETTINGS)
    assert (few.value, few.state, few.trimmed) == (None, "needs_more_reviewers", False)


def two_item_pack(**changes: Any) -> RulePack:
    """Two judged items of equal weight in both parts."""
    pack = small_pack(**changes)
    half: dict[PartId, Decimal] = {"basis": Decimal(50), "plan": Decimal(50)}
    first, second = (replace(pack.indicator_by_id[name], weights=half) for name in "JM")
    return replace(pack, indicators=(replace(first, not_applicable=True), second), groups=pack.groups[:2])


def two_item_sheets(first: list[int], second: list[int]) -> dict[str, Sheet]:
    sheets = {}
    for n, (one, other) in enumerate(zip(first, second, strict=True)):
        entries = [judged(f"{name}.{part}", str(mark)) for name, mark in (("J", one), ("M", other)) for part in PARTS]
        sheets[f"E{n}"] = replace(sheet(), items={entry.item: entry for entry in entries})
    return sheets


def test_trimming_per_item_differs_from_trimming_totals() -> None:
    """The published pair: one sheet of five experts and two items gives 71.17 by item and 72.00 by total.

    Only the two results are published, not the marks; these give exactly them. Shipped packs trim from 7 on.
    """
    sheets = two_item_sheets([85, 65, 81, 96, 70], [85, 70, 59, 61, 60])
    by_item = panel_result(two_item_pack(trim_from=5), APP, K, sheets)
    by_total = panel_result(two_item_pack(trim_from=5, trim_level="total"), APP, K, sheets)
    assert (by_item.published, by_total.published) == (Decimal("71.17"), Decimal("72.00"))
    assert by_item.total == Fraction(427, 6)
    assert (by_item.dropped, by_total.dropped) == ((), ("E4", "E0"))
    # The parts and items of the second are those of the three sheets that stay.
    assert by_total.items["J.basis"].value == Fraction(65 + 81 + 96, 3)
    assert by_total.items["M.plan"].value == Fraction(70 + 59 + 61, 3)
    assert all(item.trimmed and item.n_valid == 5 for item in by_total.items.values())
    plain_mean = panel_result(two_item_pack(), APP, K, sheets)
    assert plain_mean.total == panel_result(two_item_pack(trim_level="total"), APP, K, sheets).total
    assert not any(item.trimmed for item in plain_mean.items.values())


def test_equal_totals_lose_one_sheet_at_each_end_and_never_by_name() -> None:
    pack = two_item_pack(trim_from=5, trim_level="total")
    marks_of_j = [90, 60, 80, 70, 75]
    first = panel_result(pack, APP, K, two_item_sheets(marks_of_j, [150 - mark for mark in marks_of_j]))
    assert set(first.expert_totals.values()) == {Fraction(75)}
    assert first.dropped == ("E1", "E0")
    assert (first.total, first.items["J.basis"].value) == (75, 75)
    turned = panel_result(pack, APP, K, two_item_sheets(marks_of_j[::-1], [150 - mark for mark in marks_of_j[::-1]]))
    assert turned.dropped == ("E3", "E4")
    assert turned.items == first.items
    same = panel_result(pack, APP, K, two_item_sheets([80] * 5, [70] * 5))
    assert (same.total, len(set(same.dropped))) == (75, 2)


def test_by_total_the_whole_panel_counts_for_its_size() -> None:
    pack = two_item_pack(trim_from=5, trim_level="total")
    sheets = two_item_sheets([85, 65, 81, 96, 70], [85, 70, 59, 61, 60])
    # The one who calls an item not applicable has a total too, and may be left out with it.
    sheets["E0"] = replace(
        sheets["E0"],
        items={**sheets["E0"].items, "J.basis": ItemEntry("J.basis", "not_applicable", reason=REASON)},
    )
    result = panel_result(pack, APP, K, sheets)
    assert result.items["J.basis"].marks == {"scored": 4, "not_applicable": 1}
    assert result.items["J.basis"].state == "needs_more_reviewers"
    assert result.total is None
    wider = panel_result(pack, APP, K, {**sheets, "E5": two_item_sheets([80], [80])["E0"]})
    assert wider.items["J.basis"].n_valid == 5
    assert wider.items["J.basis"].state == "scored"
    assert wider.status == "ok"
    few = panel_result(pack, APP, K, dict(list(sheets.items())[:4]))
    assert (few.status, few.dropped, few.total) == ("needs_more_reviewers", (), None)


def relabelled(result: PanelResult) -> tuple[object, ...]:
    """What a panel says apart from who said it."""
    return result.items, result.groups, result.parts, result.total, result.published, result.error_squared


panels_of_two = st.integers(5, 9).flatmap(
    lambda n: st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=n, max_size=n)
)


@settings(deadline=None, max_examples=60)
@given(panels_of_two, st.sampled_from(["item", "total"]), st.randoms(use_true_random=False))
def test_which_expert_gave_which_sheet_never_matters(
    rows: list[tuple[int, int]], level: str, rng: random.Random
) -> None:
    pack = two_item_pack(trim_level=level)
    before = panel_result(pack, APP, K, two_item_sheets(*map(list, zip(*rows, strict=True))))
    rng.shuffle(rows)
    after = panel_result(pack, APP, K, two_item_sheets(*map(list, zip(*rows, strict=True))))
    assert relabelled(after) == relabelled(before)
    if level == "total":
        totals = sorted(before.expert_totals.values())
        kept = totals[1:-1] if len(totals) >= SETTINGS.trim_from else totals
        assert before.total == sum(kept) / len(kept)
        assert len(before.dropped) == len(totals) - len(kept)


def test_the_five_states_stay_apart_and_only_scores_count() -> None:
    item = panel_item(
        [*marks(0, 0, 0, 0, 0), ItemMark("absent"), ItemMark("recused"), ItemMark("void"), ItemMark("not_applicable")],
        SETTINGS,
    )
    assert item.value == 0
    assert item.n_valid == 5
    assert item.marks == {"scored": 5, "absent": 1, "recused": 1, "void": 1, "not_applicable": 1}
    for state in ("absent", "recused", "void", "not_applicable"):
        with pytest.raises(ValueError):
            ItemMark(state, Fraction(0))  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        ItemMark("scored")


def test_not_applicable_for_the_panel_only_if_all_who_answer_say_so() -> None:
    assert panel_item([ItemMark("not_applicable")] * 5 + [ItemMark("absent")], SETTINGS).state == "not_applicable"
    mixed = panel_item([ItemMark("not_applicable")] * 6 + marks(80), SETTINGS)
    assert mixed.state == "needs_more_reviewers"
    assert panel_item([ItemMark("absent")] * 7, SETTINGS).state == "needs_more_reviewers"


@settings(deadline=None, max_examples=60)
@given(Values, st.randoms(use_true_random=False))
def test_order_of_experts_does_not_matter_and_the_mean_lies_between(values: list[Fraction], rng: random.Random) -> None:
    mean = panel_mean(values, SETTINGS)
    shuffled = values[:]
    rng.shuffle(shuffled)
    assert panel_mean(shuffled, SETTINGS) == mean
    assert mean is not None
    assert min(values) <= mean <= max(values)


@given(st.lists(st.integers(0, 100).map(Fraction), min_size=5, max_size=5))
def test_adding_the_mean_keeps_a_plain_mean(values: list[Fraction]) -> None:
    mean = panel_mean(values, SETTINGS)
    assert mean is not None
    assert panel_mean([*values, mean], SETTINGS) == mean


def test_a_panel_result_by_hand_with_one_rounding() -> None:
    result = panel_result(PACK, APP, K, panel(["70", "82", "85", "85", "88", "90", "97"]))
    # judged items 86; Q.basis 50; Q.plan (75 + 86) / 2 = 80.5
    basis, plan = Fraction(50 * 30 + 86 * 70, 100), (Fraction("80.5") * 40 + 86 * 60) / 100
    assert result.parts == {"basis": basis, "plan": plan}
    assert result.total == Fraction(6, 10) * basis + Fraction(4, 10) * plan
    assert result.published == half_up(result.total)
    assert (result.status, result.n_valid) == ("ok", 7)
    assert result.items["Q.basis"].computed
    assert result.items["Q.basis"].value == 50
    assert not result.items["Q.basis"].trimmed
    assert set(result.expert_totals) == {f"E{n}" for n in range(7)}


def test_the_published_value_decides_unless_the_pack_says_exact() -> None:
    # 74.995 prints as 75.00 and passes.
    result = replace(panels.result(APP, "74.995"), published=half_up(Fraction("74.995")))
    assert result.published == Decimal("75.00")
    assert reached(result, SETTINGS)
    assert not reached(result, panels.settings(compare_on="exact"))
    assert not reached(panels.result(APP, "74.99"), SETTINGS)
    assert not reached(panels.result(APP, None), SETTINGS)


def test_half_even_is_a_choice_of_the_pack() -> None:
    # The whole panel at 72.0125 x ... : pick marks whose exact total ends in 5 at the third decimal.
    even = small_pack(rounding="half_even")
    values = ["80", "80", "80", "80", "80.5"]
    up, down = (panel_result(pack, APP, K, panel(values)) for pack in (PACK, even))
    assert up.total == down.total
    assert up.published == half_up(up.total or 0)
    assert down.published == Decimal(round((up.total or 0) * 100)) / 100


def test_recused_absent_and_void_experts_do_not_count() -> None:
    sheets = dict(panel(["70", "82", "85", "85", "88", "90", "97"]))
    sheets["E0"] = replace(sheets["E0"], declaration=Declaration("recused", ("C1",)))
    result = panel_result(PACK, APP, K, sheets, {"E6": "void", "E9": "absent"})
    assert result.experts == {
        "E0": "recused", "E1": "scored", "E2": "scored", "E3": "scored", "E4": "scored", "E5": "scored",
        "E6": "void", "E9": "absent",
    }  # fmt: skip
    assert result.n_valid == 5
    assert result.items["J.basis"].value == Fraction(82 + 85 + 85 + 88 + 90, 5)
    assert result.items["J.basis"].marks == {"recused": 1, "scored": 5, "void": 1, "absent": 1}
    assert "E6" not in result.expert_totals


def test_too_few_valid_sheets_give_no_number_at_all() -> None:
    sheets = dict(panel(["80"] * 4))
    sheets["E4"] = replace(sheet(), unable="因病无法完成本次评审工作")
    result = panel_result(PACK, APP, K, sheets)
    assert result.status == "needs_more_reviewers"
    assert (result.total, result.published) == (None, None)
    assert result.parts == {"basis": None, "plan": None}
    assert result.experts["E4"] == "unable"
    assert panel_result(PACK, APP, K, {}).status == "needs_more_reviewers"


def test_an_item_the_whole_panel_calls_not_applicable_gives_its_weight_to_its_group() -> None:
    spared = {
        f"E{n}": sheet(
            "80", M_basis=ItemEntry("M.basis", "not_applicable", reason=REASON), N_basis=judged("N.basis", "40")
        )
        for n in range(5)
    }
    result = panel_result(PACK, APP, K, spared)
    assert result.groups["basis"]["G2"] == 40
    assert result.items["M.basis"].state == "not_applicable"
    assert result.status == "ok"


def test_a_hole_in_a_sheet_is_nobodys_score() -> None:
    sheets = dict(panel(["80"] * 5))
    sheets["E4"] = replace(sheets["E4"], items={k: v for k, v in sheets["E4"].items.items() if k != "J.basis"})
    result = panel_result(PACK, APP, K, sheets)
    assert result.items["J.basis"].marks == {"scored": 4, "absent": 1}
    assert result.total is None


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 200).map(lambda n: str(Decimal(n) / 2)), min_size=5, max_size=9), st.randoms())
def test_order_of_sheets_leaves_the_result_equal(values: list[str], rng: random.Random) -> None:
    sheets = list(panel(values).items())
    before = panel_result(PACK, APP, K, dict(sheets))
    rng.shuffle(sheets)
    assert panel_result(PACK, APP, K, dict(sheets)) == before


def flags(values: list[str], **changes: object) -> list[tuple[str, str, str]]:
    pack = small_pack(**changes)
    return [(f.code, f.expert, f.item) for f in panel_result(pack, APP, K, panel(values)).flags if f.code != "all_same"]


def test_no_flag_exactly_on_a_threshold() -> None:
    # total exactly 20 from the median, range exactly 30
    assert ("from_median", "E0", "") not in flags(["60", "80", "80", "80", "80"])
    assert ("from_median", "E0", "") in flags(["59.5", "80", "80", "80", "80"])
    assert ("range", "", "") not in flags(["60", "75", "75", "75", "90"])
    assert ("range", "", "") in flags(["59.5", "75", "75", "75", "90"])


def test_deviation_of_one_item_names_expert_and_item() -> None:
    values = ["80", "80", "80", "80", "80"]
    sheets = dict(panel(values))
    sheets["E3"] = sheet("80", J_plan=judged("J.plan", "40"))
    # mean of J.plan is 72, the deviation 32 is above 30 % of it
    found = [f for f in panel_result(PACK, APP, K, sheets).flags if f.code == "deviation"]
    assert [(f.expert, f.item, f.action) for f in found] == [("E3", "J.plan", "explain")]
    assert found[0].numbers == {"value": 40, "mean": 72, "limit": 30}
    assert "72" in texts.phrase_text(flag_phrase(found[0]), "zh_CN")


def test_wide_spread_raises_cv_and_range_goes_to_the_panel() -> None:
    result = panel_result(PACK, APP, K, panel(["40", "60", "75", "90", "95"]))
    by_code = {flag.code: flag for flag in result.flags}
    assert by_code["range"].action == "settle"
    assert by_code["cv"].numbers["limit"] == 15
    for flag in result.flags:
        for language in texts.LANGUAGES:
            assert texts.phrase_text(flag_phrase(flag), language)


def test_all_same_and_all_highest() -> None:
    result = panel_result(PACK, APP, K, panel(["80", "81", "82", "83", "100"]))
    patterns = {(f.expert, f.code) for f in result.flags if f.code.startswith("all_")}
    assert patterns == {
        ("E0", "all_same"),
        ("E1", "all_same"),
        ("E2", "all_same"),
        ("E3", "all_same"),
        ("E4", "all_max"),
    }
    varied = {f"E{n}": sheet("80", J_basis=judged("J.basis", "85")) for n in range(5)}
    assert panel_result(PACK, APP, K, varied).flags == ()


def test_flags_never_change_a_score() -> None:
    values = ["0", "60", "75", "90", "100"]
    with_flags = panel_result(PACK, APP, K, panel(values))
    without = panel_result(small_pack(flags={}), APP, K, panel(values))
    assert with_flags.flags
    assert with_flags.total == without.total


def test_no_flag_at_exactly_thirty_percent_or_a_cv_of_exactly_fifteen() -> None:
    assert not [row for row in flags(["49", "77", "77", "77", "70"]) if row[0] == "deviation"]
    assert ("deviation", "E0", "J.basis") in flags(["48.5", "77", "77", "77", "70"])
    # mean 80, standard deviation 12
    assert ("cv", "", "") not in flags(["68", "68", "80", "92", "92"])
    assert ("cv", "", "") in flags(["67.5", "68", "80", "92", "92"])


def farthest(values: list[Fraction]) -> Fraction:
    """The square of the largest |x - mean| / s."""
    mean, variance = mean_and_variance(values)
    return max((value - mean) ** 2 for value in values) / variance


@pytest.mark.parametrize(("n", "bound"), [(5, "1.79"), (7, "2.27")])
def test_the_bound_why_no_flag_counts_standard_deviations(n: int, bound: str) -> None:
    """|x - mean| / s is at most (n - 1) / sqrt(n), however far one mark lies."""
    alone = farthest([Fraction(0)] + [Fraction(100)] * (n - 1))
    assert alone == Fraction((n - 1) ** 2, n)
    assert standard_error(alone) == Decimal(bound)


@given(st.lists(st.integers(0, 100).map(Fraction), min_size=2, max_size=12).filter(lambda v: len(set(v)) > 1))
def test_two_sigma_needs_six_experts_and_three_sigma_eleven(values: list[Fraction]) -> None:
    n = len(values)
    assert farthest(values) <= Fraction((n - 1) ** 2, n)
    assert n > 5 or farthest(values) < 4
    assert n > 10 or farthest(values) < 9


@pytest.mark.parametrize(("n", "shown"), [(7, "2.73"), (5, "3.22")])
def test_standard_error_of_a_panel_mean_at_the_usual_spread(n: int, shown: str) -> None:
    """Severity 4 and error 6 points: variance 16 + 36, over n experts."""
    assert standard_error(Fraction(16 + 36, n)) == Decimal(shown)


def test_standard_error_is_exact_until_shown() -> None:
    squared = error_squared([Fraction(70), Fraction(80), Fraction(90)])
    assert squared == Fraction(100, 3)
    assert standard_error(squared) == Decimal("5.77")
    assert error_squared([Fraction(70)]) is None
    assert standard_error(Fraction(0)) == Decimal("0.00")


def test_the_shipped_packs_switch_every_flag_on() -> None:
    for pack in builtin_packs().values():
        assert set(pack.settings.flags) >= {DEVIATION, FROM_MEDIAN, RANGE, CV}
