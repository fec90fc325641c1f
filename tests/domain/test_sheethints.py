"""Hints of the check page: exact, symmetric, blind to order and to how a number is written, and never a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.scoring import sheet_findings
from ndb_desktop.domain.sheet import Declaration, ItemEntry, LevelId, Sheet
from ndb_desktop.domain.sheethints import LEAST_SAME, Hint, OwnSheet, hints, missing_reasons, same_values
from tests.support.packs import sample_application
from tests.support.review import the_packs

PACKS = the_packs()
PARK = PACKS["park"]
JUDGED = [item.id for item in PARK.items if not item.computed]
SPREAD = [Decimal(61 + number) for number in range(len(JUDGED))]


def level_of(value: Decimal) -> LevelId:
    return next(band.level for band in PARK.bands if band.low <= value <= band.high)


def own(name: str, marks: Mapping[str, Decimal | None], reasons: Mapping[str, str] | None = None) -> OwnSheet:
    """A park's sheet with these judged marks (None: not applicable) and reasons."""
    entries = {}
    for item, value in marks.items():
        reason = (reasons or {}).get(item, f"{name} {item}")
        if value is None:
            entries[item] = ItemEntry(item, "not_applicable", reason=reason)
        else:
            entries[item] = ItemEntry(item, "scored", level_of(value), value, reason=reason)
    return OwnSheet(name, PARK, Sheet(name, Declaration("clear"), entries))


def spread(name: str, by: int = 0, **changes: Decimal) -> OwnSheet:
    """Marks that differ from item to item, all moved by `by`."""
    return own(name, {item: value + by for item, value in zip(JUDGED, SPREAD, strict=True)} | changes)


def kinds(*sheets: OwnSheet) -> list[str]:
    return [hint.kind for hint in hints(sheets)]


def test_different_marks_need_no_second_look() -> None:
    assert kinds(spread("A"), spread("B", 1)) == []
    assert kinds() == []


def test_one_mark_for_everything_is_pointed_out_only_when_the_row_is_complete() -> None:
    same = dict.fromkeys(JUDGED, Decimal(82))
    (hint,) = hints([own("A", same)])
    assert (hint.kind, hint.value, hint.application, hint.item) == ("same_all", Decimal(82), "A", JUDGED[0])
    assert [item for _, item in hint.cells] == JUDGED
    assert kinds(own("A", {item: same[item] for item in JUDGED[:-1]})) == []
    assert kinds(own("A", {**same, JUDGED[4]: None})) == ["same_all"], "what does not apply is no mark"
    assert kinds(own("A", {**same, JUDGED[4]: Decimal(83)})) == []
    two = {item: (Decimal(82) if place < 2 else None) for place, item in enumerate(JUDGED)}
    assert kinds(own("A", two)) == [], "two marks are alike by chance"


def test_a_number_is_the_same_however_it_is_written() -> None:
    marks = {item: Decimal("82.0") if place % 2 else Decimal(82) for place, item in enumerate(JUDGED)}
    assert kinds(own("A", marks)) == ["same_all"]


def test_all_at_the_maximum_says_everything_and_the_highest_band_only_that() -> None:
    top = PARK.band_of("L5")
    assert kinds(own("A", dict.fromkeys(JUDGED, top.high))) == ["top_all"]
    mixed = {item: top.low + place % 3 for place, item in enumerate(JUDGED)}
    assert kinds(own("A", mixed)) == ["top_band"]
    assert kinds(own("A", {**mixed, JUDGED[0]: top.low - 1})) == []
    assert kinds(own("A", dict.fromkeys(JUDGED, top.low))) == ["same_all", "top_band"]


def test_the_same_row_for_two_applications_names_all_of_them() -> None:
    (hint,) = hints([spread("A"), spread("B", 1), spread("C"), spread("D")])
    assert (hint.kind, hint.application, hint.others, hint.of) == ("same_row", "A", ("C", "D"), 3)
    assert {name for name, _ in hint.cells} == {"A", "C", "D"}
    assert len(hint.cells) == 3 * len(JUDGED)
    nearly = spread("B", **{JUDGED[7]: Decimal(99)})
    assert kinds(spread("A"), nearly) == []
    assert kinds(spread("A"), own("B", {JUDGED[0]: SPREAD[0]})) == [], "an unfinished row is like no other"


def test_rows_are_compared_under_the_same_pack_only() -> None:
    other = replace(PARK, digest="f" * 64)
    first, second = spread("A"), replace(spread("B"), form=other)
    assert kinds(first, second) == []
    assert same_values([first, second]) == {}


def test_one_item_alike_in_nearly_every_application() -> None:
    item = JUDGED[3]
    alike = [spread(f"A{number}", number, **{item: Decimal(77)}) for number in range(1, LEAST_SAME + 1)]
    (hint,) = hints(alike)
    assert (hint.kind, hint.item, hint.value, hint.of) == ("same_value", item, Decimal(77), LEAST_SAME)
    assert hint.others == tuple(sheet.application for sheet in alike[1:])
    assert kinds(*alike[:-1]) == [], "four are too few"
    apart = [spread(f"B{number}", number, **{item: Decimal(90 + number)}) for number in (6, 7)]
    assert kinds(*alike, apart[0]) == ["same_value"], "five of six"
    assert kinds(*alike, *apart) == [], "five of seven are less than four fifths"


def test_same_value_counts_the_others_exactly() -> None:
    a, b, c = spread("A"), spread("B", 1), spread("C", 1, **{JUDGED[0]: SPREAD[0]})
    counts = same_values([a, b, c])
    assert counts["A", JUDGED[0]] == 1
    assert counts["C", JUDGED[0]] == 1
    assert ("B", JUDGED[0]) not in counts
    assert counts["B", JUDGED[1]] == counts["C", JUDGED[1]] == 1
    assert ("A", JUDGED[1]) not in counts


def test_the_same_reason_twice_whatever_its_spaces() -> None:
    reasons = {JUDGED[0]: "目标明确，责任到人。", JUDGED[5]: " 目标明确，\n责任到人。"}
    marks = dict(zip(JUDGED, SPREAD, strict=True))
    (hint,) = hints([own("A", marks, reasons)])
    assert (hint.kind, hint.cells, hint.others) == ("same_reason", (("A", JUDGED[0]), ("A", JUDGED[5])), ())
    (hint,) = hints([own("A", marks, reasons), spread("B", 1), own("C", {JUDGED[0]: Decimal(95)}, reasons)])
    assert (hint.others, hint.of) == (("C",), 3)
    empty = dict.fromkeys(JUDGED, "  ")
    assert kinds(own("A", marks, empty)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"declaration": Declaration("recused", ("C1",))},
        {"declaration": Declaration()},
        {"unable": "材料无法打开，不能评分。"},
    ],
)
def test_what_is_not_asked_gives_no_hint(change: dict[str, object]) -> None:
    same = own("A", dict.fromkeys(JUDGED, Decimal(82)))
    assert kinds(replace(same, sheet=replace(same.sheet, **change))) == []


def test_missing_reasons_are_those_the_form_asks_for() -> None:
    marks = {JUDGED[0]: PARK.band_of("L5").high, JUDGED[1]: PARK.band_of("L3").low, JUDGED[2]: None}
    reasons = dict.fromkeys(JUDGED, "")
    assert "L5" in PARK.settings.reason_levels
    assert "L3" not in PARK.settings.reason_levels
    sheet = own("A", marks, reasons).sheet
    faults = sheet_findings(PARK, sample_application(), sheet)
    assert list(missing_reasons(PARK, sheet)) == [f.place for f in faults if f.code == "E-ITEM-REASON"]
    assert missing_reasons(PARK, sheet)[0] == JUDGED[0]


rows = st.lists(
    st.lists(st.sampled_from([70, 82, 100]), min_size=len(JUDGED), max_size=len(JUDGED)), min_size=1, max_size=7
)


def made(table: list[list[int]]) -> list[OwnSheet]:
    return [
        own(f"A{number}", dict(zip(JUDGED, map(Decimal, row), strict=True)), dict.fromkeys(JUDGED, ""))
        for number, row in enumerate(table)
    ]


@settings(max_examples=20, deadline=None)
@given(rows)
def test_same_values_agrees_with_counting_by_hand(table: list[list[int]]) -> None:
    counts = same_values(made(table))
    for number, row in enumerate(table):
        for place, value in enumerate(row):
            others = sum(other[place] == value for other in table) - 1
            assert counts.get((f"A{number}", JUDGED[place]), 0) == others


@settings(max_examples=20, deadline=None)
@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_applications_changes_no_hint(table: list[list[int]], random: object) -> None:
    sheets = made(table)
    mixed = list(sheets)
    random.shuffle(mixed)  # type: ignore[attr-defined]

    def said(found: tuple[Hint, ...]) -> set[tuple[str, frozenset[tuple[str, str]], Decimal | None, int]]:
        return {(hint.kind, frozenset(hint.cells), hint.value, hint.of) for hint in found}

    assert said(hints(mixed)) == said(hints(sheets))


@settings(max_examples=20, deadline=None)
@given(rows)
def test_every_hint_holds_of_the_marks_it_names(table: list[list[int]]) -> None:
    value = {(f"A{n}", JUDGED[place]): mark for n, row in enumerate(table) for place, mark in enumerate(row)}
    found = hints(made(table))
    for hint in found:
        marks = [value[cell] for cell in hint.cells]
        if hint.value is not None:
            assert set(marks) == {int(hint.value)}
        if hint.kind == "same_row":
            size = len(JUDGED)
            assert {tuple(marks[i : i + size]) for i in range(0, len(marks), size)} == {tuple(marks[:size])}
    equal = {n for n, row in enumerate(table) if len(set(row)) == 1}
    assert {int(h.application[1:]) for h in found if h.kind in ("same_all", "top_all")} == equal
