"""The working shown is the total computed: every line adds up exactly, whatever is open or does not apply."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.rulepack import PART_SHARE, RulePack
from ndb_desktop.domain.scoring import computed_values, sheet_totals
from ndb_desktop.domain.sheet import Declaration, ItemEntry, Sheet
from ndb_desktop.domain.working import TotalWorking, total_working
from tests.support.packs import pack_for, sample_application

PACK = pack_for("park")
APPLICATION = sample_application("park")
COMPUTED = computed_values(PACK, APPLICATION, Fraction(1))
STATES = st.lists(
    st.sampled_from(["open", "scored", "scored", "scored", "not_applicable"]),
    min_size=len(PACK.items),
    max_size=len(PACK.items),
)
VALUES = st.lists(st.integers(0, 79), min_size=len(PACK.items), max_size=len(PACK.items))


def sheet_of(states: list[str], values: list[int]) -> Sheet:
    entries = {}
    for item, state, half in zip(PACK.items, states, values, strict=True):
        entry = ItemEntry(item.id, state)  # type: ignore[arg-type]
        if state == "scored":
            confirm = "confirmed" if item.computed else ""
            entry = replace(entry, confirm=confirm)  # type: ignore[arg-type]
            if not item.computed:
                entry = replace(entry, level="L2", value=Decimal(half) / 2)
        entries[item.id] = entry
    return Sheet("A-1", Declaration("clear"), entries)


def working_of(pack: RulePack, sheet: Sheet) -> TotalWorking:
    return total_working(pack, sheet, COMPUTED)


@given(STATES, VALUES)
@settings(max_examples=80, deadline=None)
def test_every_line_adds_up_to_the_totals(states: list[str], values: list[int]) -> None:
    sheet = sheet_of(states, values)
    totals = sheet_totals(PACK, APPLICATION, sheet, Fraction(1), COMPUTED)
    working = working_of(PACK, sheet)
    assert working.total == totals.total
    assert working.spared == states.count("not_applicable")
    for part in working.parts:
        assert part.score == totals.parts[part.part]
        for group in part.groups:
            assert group.score == totals.groups[part.part][group.group.id]
            if group.score is not None:
                assert group.points == group.score * group.weight / 100
            if any(line.applies for line in group.items):
                assert sum(line.weight for line in group.items) == group.weight
        if part.score is not None:
            assert sum(group.points for group in part.groups) == part.score
            assert part.points == PART_SHARE[part.part] * part.score
    if working.total is not None:
        assert sum(part.points or 0 for part in working.parts) == working.total


def test_every_item_of_the_pack_stands_in_it_once() -> None:
    working = working_of(PACK, sheet_of(["open"] * len(PACK.items), [0] * len(PACK.items)))
    lines = [line.item.id for part in working.parts for group in part.groups for line in group.items]
    assert sorted(lines) == sorted(item.id for item in PACK.items)
    assert working.total is None
    assert all(line.points is None for part in working.parts for group in part.groups for line in group.items)


def test_nought_is_a_score_and_open_is_none() -> None:
    states = ["scored"] * len(PACK.items)
    judged = next(n for n, item in enumerate(PACK.items) if not item.computed and not item.mixed)
    sheet = sheet_of(states, [0] * len(PACK.items))
    line = next(
        line
        for part in working_of(PACK, sheet).parts
        for group in part.groups
        for line in group.items
        if line.item.id == PACK.items[judged].id
    )
    assert (line.score, line.points) == (0, 0)
