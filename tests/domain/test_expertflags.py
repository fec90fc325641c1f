"""Flags that need more than one panel: exact thresholds, both languages, and never a changed score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop import texts
from ndb_desktop.domain.agreement import Ratings
from ndb_desktop.domain.expertflags import (
    LEAST_ITEMS,
    key_flags,
    level_counts,
    narrow_flags,
    panel_ratios,
    pooled,
    residual_flags,
    row_flags,
    severity_flags,
    without_each,
)
from ndb_desktop.domain.expertflags import judged as judged_cells
from ndb_desktop.domain.numbers import exact, half_up, rounded
from ndb_desktop.domain.panel import PanelResult, panel_result, reached
from ndb_desktop.domain.panelflags import Flag, flag_phrase
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.severity import LEAST_SHEETS, severity
from ndb_desktop.domain.sheet import ItemEntry, Sheet
from tests.support.panels import JUDGED_ITEMS, REASON, K, application, judged, panel, sheet, small_pack

F = Fraction
APP = application()


def said(flag: Flag) -> tuple[str, str]:
    """The sentence in both languages, with every placeholder filled."""
    found = tuple(texts.phrase_text(flag_phrase(flag), language) for language in ("zh_CN", "en"))
    assert all(sentence and "{" not in sentence for sentence in found)
    return found[0], found[1]


def own_totals(spreads: Mapping[str, int], sheets: int = LEAST_SHEETS) -> dict[str, dict[str, Fraction]]:
    """Experts whose totals swing by +-spread around 80."""
    return {
        expert: {f"A{n:02}": F(80 + (spread if n % 2 else -spread)) for n in range(sheets)}
        for expert, spread in spreads.items()
    }


def test_a_spread_below_a_third_of_the_median_experts() -> None:
    (flag,) = narrow_flags(own_totals({"E1": 9, "E2": 9, "E3": 10, "E4": 2}))
    assert (flag.code, flag.expert, flag.action, flag.application) == ("narrow", "E4", "explain", "")
    assert flag.applications == tuple(f"A{n:02}" for n in range(LEAST_SHEETS))
    assert flag.numbers["count"] == LEAST_SHEETS
    # The sample standard deviation of four times +2 and four times -2.
    assert abs(float(flag.numbers["spread"]) - sqrt(32 / 7)) < 1e-6
    chinese, english = said(flag)
    assert "2.14" in chinese
    assert "2.14" in english


def test_exactly_a_third_raises_nothing() -> None:
    assert narrow_flags(own_totals({"E1": 9, "E2": 9, "E3": 3})) == ()
    # Even number of experts: the median is (6 + 12) / 2 = 9, an irrational multiple of nothing.
    assert narrow_flags(own_totals({"E1": 12, "E2": 6, "E3": 3, "E4": 15})) == ()
    found = narrow_flags(own_totals({"E1": 13, "E2": 6, "E3": 3, "E4": 15}))
    assert [flag.expert for flag in found] == ["E3"]


def test_too_few_sheets_make_no_spread() -> None:
    assert narrow_flags(own_totals({"E1": 9, "E2": 9, "E3": 0}, LEAST_SHEETS - 1)) == ()
    assert narrow_flags({}) == ()
    assert narrow_flags(own_totals({"E1": 0, "E2": 0, "E3": 0})) == ()


@settings(deadline=None, max_examples=80)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=8))
def test_no_square_root_is_needed(spreads: list[int]) -> None:
    """The same decision with rational roots: +-s has a standard deviation of s times a common factor."""
    named = {f"E{n}": spread for n, spread in enumerate(spreads)}
    ranked = sorted(spreads)
    median = F(ranked[(len(ranked) - 1) // 2] + ranked[len(ranked) // 2], 2)
    expected = [expert for expert, spread in sorted(named.items()) if 3 * spread < median]
    assert [flag.expert for flag in narrow_flags(own_totals(named))] == expected


def row_of(pack: RulePack, own: Sheet) -> object:
    return judged_cells(pack, own).row


def row_sheet(*values: str) -> Sheet:
    entries = {name: judged(name, value) for name, value in zip(JUDGED_ITEMS, values, strict=True)}
    return replace(sheet(), items={**sheet().items, **entries})


def test_equal_rows_for_different_applications() -> None:
    pack = small_pack()
    one, same, other = (
        row_sheet("80", "81", "82", "83", "84", "85", "86"),
        row_sheet("80.0", "81", "82", "83", "84", "85", "86"),
        row_sheet("80", "81", "82", "83", "84", "85", "87"),
    )
    rows = {"E1": {name: row_of(pack, own) for name, own in (("A2", same), ("A1", one), ("A3", other))}}
    assert all(row is not None for row in rows["E1"].values())
    known = {expert: {name: row for name, row in own.items() if row} for expert, own in rows.items()}
    (flag,) = row_flags(known)
    assert (flag.code, flag.expert, flag.applications) == ("same_rows", "E1", ("A1", "A2"))
    assert flag.numbers == {"count": 2, "items": 7}
    assert "7" in said(flag)[0]
    # Two experts with the same row are agreement, not a pattern.
    assert row_flags({"E1": {"A1": known["E1"]["A1"]}, "E2": {"A1": known["E1"]["A1"]}}) == ()


def test_a_row_has_all_its_marks_and_enough_of_them() -> None:
    pack = small_pack()
    whole = sheet("80")
    assert row_of(pack, replace(whole, items={**whole.items, "J.basis": ItemEntry("J.basis")})) is None
    missing = {name: entry for name, entry in whole.items.items() if name != "N.plan"}
    assert row_of(pack, replace(whole, items=missing)) is None
    spared = {name: ItemEntry(name, "not_applicable", reason=REASON) for name in JUDGED_ITEMS[LEAST_ITEMS:]}
    assert row_of(pack, replace(whole, items={**whole.items, **spared})) is not None
    spared[JUDGED_ITEMS[0]] = ItemEntry(JUDGED_ITEMS[0], "not_applicable", reason=REASON)
    assert row_of(pack, replace(whole, items={**whole.items, **spared})) is None
    # An item that does not apply is part of the row.
    na = replace(whole, items={**whole.items, "M.plan": ItemEntry("M.plan", "not_applicable", reason=REASON)})
    assert row_of(pack, na) != row_of(pack, whole)
    assert row_of(replace(pack, digest="1" * 64), whole) != row_of(pack, whole)


def test_levels_of_an_item_add_up_to_counts() -> None:
    pack = small_pack()
    sheets = [*panel(["10", "50", "65", "85", "95", "70"]).values()]
    spared = {**sheets[0].items, "M.plan": ItemEntry("M.plan", "not_applicable", reason=REASON)}
    sheets.append(replace(sheets[0], items=spared))
    columns = zip(*(judged_cells(pack, own).levels for own in sheets), strict=True)
    counts = dict(zip((item for item, _ in pack.judged_weights), map(level_counts, map(sum, columns)), strict=True))
    assert counts["J.basis"] == (2, 1, 2, 1, 1)
    assert counts["M.plan"] == (1, 1, 2, 1, 1)


def table(severe: int = 0, odd: int = 0) -> Ratings:
    """Ten applications by five experts; E0 is `severe` points below, one mark of E1 is `odd` points off."""
    return {
        f"A{n}": {
            f"E{e}": F(70 + 2 * n + (3 * e + 7 * n * e) % 5 - (0 if e else severe) + ((n, e) == (4, 1)) * odd)
            for e in range(5)
        }
        for n in range(10)
    }


def test_severe_and_lenient_experts() -> None:
    marks = table(severe=20)
    (flag,) = severity_flags(severity(marks), marks)
    assert (flag.code, flag.expert, flag.action) == ("severe", "E0", "explain")
    assert flag.applications == tuple(sorted(marks))
    assert flag.numbers["value"] > 5
    assert flag.numbers["count"] == 10
    said(flag)
    marks = table(severe=-20)
    (flag,) = severity_flags(severity(marks), marks)
    assert (flag.code, flag.expert) == ("lenient", "E0")
    assert flag.numbers["value"] > 0
    said(flag)
    assert severity_flags(severity(table()), table()) == ()


def test_a_mark_far_from_what_application_and_expert_suggest() -> None:
    marks = table(severe=20, odd=-25)
    fit = severity(marks)
    (flag,) = residual_flags(fit, marks)
    assert (flag.code, flag.application, flag.expert) == ("residual", "A4", "E1")
    numbers = flag.numbers
    assert numbers["value"] == marks["A4"]["E1"]
    assert numbers["expected"] - numbers["value"] == numbers["residual"] > numbers["limit"]
    robust = pooled(fit)
    assert robust is not None
    assert numbers["limit"] == robust.limit == 3 * robust.deviation
    said(flag)
    assert residual_flags(severity(table(severe=20)), table(severe=20)) == ()


def test_where_everybody_agrees_a_rounding_is_no_finding() -> None:
    marks = {f"A{n}": {f"E{e}": F(70 + n + e, 3) for e in range(5)} for n in range(10)}
    fit = severity(marks)
    robust = pooled(fit)
    assert robust is not None
    assert robust.limit == 1
    assert residual_flags(fit, marks) == ()
    assert pooled(severity({})) is None
    assert residual_flags(severity({}), {}) == ()
    # Two who differ: nobody can say which is off.
    pairs = {f"A{n}": {"E1": F(80), "E2": F(80 if n else 20)} for n in range(10)}
    assert residual_flags(severity(pairs), pairs) == ()


def fallback(pack: RulePack, sheets: Mapping[str, Sheet]) -> Callable[[str], Fraction | None]:
    """A whole new result without one expert, the least panel size lowered by one."""

    def again(expert: str) -> Fraction | None:
        least = min(pack.settings.min_panel, len(sheets) - 1)
        lower = replace(pack, settings=replace(pack.settings, min_panel=least))
        return panel_result(lower, APP, K, {name: own for name, own in sheets.items() if name != expert}).total

    return again


def never(expert: str) -> Fraction | None:
    raise AssertionError(f"{expert}: the long way was taken")


def result_of(pack: RulePack, sheets: Mapping[str, Sheet]) -> PanelResult:
    return panel_result(pack, APP, K, sheets)


WAYS = [("item", 7, True), ("item", 8, False), ("total", 7, True), ("total", 9, False), ("item", 5, True)]


@pytest.mark.parametrize(("level", "n", "short"), WAYS)
def test_without_each_by_the_short_and_the_long_way(level: str, n: int, short: bool) -> None:
    pack = small_pack(trim_level=level)
    sheets = {
        f"E{e}": row_sheet(*(str(60 + (7 * e + 11 * i * i + 3 * e * i) % 40) for i in range(len(JUDGED_ITEMS))))
        for e in range(n)
    }
    result = result_of(pack, sheets)
    again = fallback(pack, sheets)
    long = {expert: again(expert) for expert in sheets}
    assert without_each(result, pack.settings, never if short else again) == long


def test_an_item_that_does_not_apply_to_one_takes_the_long_way() -> None:
    pack = small_pack()
    sheets = dict(panel(["70", "75", "80", "85", "90", "95", "100"]))
    sheets["E2"] = replace(
        sheets["E2"], items={**sheets["E2"].items, "M.plan": ItemEntry("M.plan", "not_applicable", reason=REASON)}
    )
    result = result_of(pack, sheets)
    again = fallback(pack, sheets)
    with pytest.raises(AssertionError, match="long way"):
        without_each(result, pack.settings, never)
    found = without_each(result, pack.settings, again)
    assert found == {expert: again(expert) for expert in sheets}


def test_key_marks_turn_the_result_and_accuse_nobody() -> None:
    pack = small_pack(threshold=Decimal(70))
    sheets = panel(["70", "80", "80", "80", "100"])
    result = result_of(pack, sheets)
    assert result.total is not None
    totals = without_each(result, pack.settings, never)
    # The threshold between the total and the total without E4: only E4 turns it.
    between = (result.total + totals["E4"]) / 2
    for compare, threshold in (("published", Decimal(str(round(float(between), 2)))), ("exact", None)):
        changed = replace(
            pack.settings,
            compare_on=compare,  # type: ignore[arg-type]
            threshold=threshold or Decimal(between.numerator) / Decimal(between.denominator),
        )
        found = key_flags(result, changed, never)
        assert [(flag.code, flag.expert, flag.action) for flag in found] == [("key_mark", "E4", "list")]
        assert found[0].numbers["without"] == totals["E4"]
        said(found[0])
    assert key_flags(result, replace(pack.settings, threshold=Decimal(10)), never) == ()
    few = result_of(pack, panel(["70", "80", "80", "80"]))
    assert key_flags(few, pack.settings, never) == ()
    least = small_pack(min_panel=3)
    three = result_of(least, panel(["10", "80", "100"]))
    assert three.total is not None
    assert without_each(three, least.settings, never) == {}


def test_the_published_value_decides_as_it_does_for_the_result() -> None:
    """Without E6 the total is a fraction that is rounded up onto the threshold: as published it still passes."""
    pack = small_pack()
    result = result_of(pack, panel(["80", "80", "80", "80", "80", "82", "95"]))
    without = without_each(result, pack.settings, never)["E6"]
    line = half_up(without, 2)
    assert exact(line) > without
    published = replace(pack.settings, threshold=line)
    assert "E6" not in {flag.expert for flag in key_flags(result, published, never)}
    assert "E6" in {flag.expert for flag in key_flags(result, replace(published, compare_on="exact"), never)}
    above = replace(published, threshold=line + Decimal("0.01"))
    assert "E6" in {flag.expert for flag in key_flags(result, above, never)}


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(60, 100), min_size=5, max_size=7),
    st.integers(6_500, 9_500),
    st.sampled_from(["half_up", "half_even"]),
    st.sampled_from(["published", "exact"]),
)
def test_the_glance_overlooks_no_key_mark(values: list[int], line: int, rounding: str, compare: str) -> None:
    """Whatever the threshold: the experts found are those without whom the pack's own rule decides otherwise."""
    pack = small_pack(threshold=Decimal(line) / 100, rounding=rounding, compare_on=compare)
    result = result_of(pack, panel([str(value) for value in values]))
    passes = reached(result, pack.settings)
    expected = []
    for expert, total in without_each(result, pack.settings, never).items():
        published = rounded(total, pack.settings.digits, pack.settings.rounding)
        if reached(replace(result, total=total, published=published), pack.settings) != passes:
            expected.append(expert)
    assert [flag.expert for flag in key_flags(result, pack.settings, never)] == expected


def test_panel_ratios_are_a_report() -> None:
    found = panel_ratios({"b": {"A3": F(90)}, "a": {"A1": F(70), "A2": F(80)}, "empty": {}, "zero": {"A9": F(0)}})
    assert [(row.panel, row.applications, row.mean, row.ratio) for row in found] == [
        ("a", 2, 75, F(60, 75)),
        ("b", 1, 90, F(60, 90)),
        ("zero", 1, 0, None),
    ]
    assert {row.overall for row in found} == {60}
    assert panel_ratios({}) == ()
