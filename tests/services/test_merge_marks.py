"""The short way through a sheet says "in order" exactly where the long way finds nothing."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.scoring import computed_values, sheet_findings
from ndb_desktop.formats.scorefile import computed_figure, kept_figure, sheet_record
from ndb_desktop.formats.sheetrecord import ChallengeRecord, ItemRecord, SheetRecord, parse_sheet
from ndb_desktop.services import merge_marks
from ndb_desktop.services.merge_marks import KnownMarks
from tests.support.office import scored_sheet
from tests.support.travel import K, tiny_application, tiny_pack

PACK, APPLICATION = tiny_pack(), tiny_application(1)
EXPECTED = {item: computed_figure(score) for item, score in computed_values(PACK, APPLICATION, K).items()}
RECORD = parse_sheet(sheet_record(scored_sheet("A-001"), PACK, APPLICATION, K, 1, None))
JUDGED = [item.id for item in PACK.items if not item.computed]


def long_way(record: SheetRecord) -> bool:
    if sheet_findings(PACK, APPLICATION, record.to_sheet()):
        return False
    return all(item.computed == EXPECTED.get(item.item) for item in record.items)


def with_items(*changed: ItemRecord) -> SheetRecord:
    by_id = {item.item: item for item in changed}
    return msgspec.structs.replace(RECORD, items=tuple(by_id.get(item.item, item) for item in RECORD.items))


def item(name: str) -> ItemRecord:
    return next(item for item in RECORD.items if item.item == name)


def test_a_complete_sheet_is_in_order_the_first_and_the_second_time() -> None:
    known = KnownMarks()
    assert long_way(RECORD)
    assert known.in_order(PACK, RECORD, EXPECTED)
    assert known.in_order(PACK, RECORD, EXPECTED)


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from([item.id for item in PACK.items]),
    level=st.sampled_from([None, "L1", "L2", "L3", "L4", "L5"]),
    value=st.none() | st.integers(0, 1050).map(lambda tenth: str(Decimal(tenth) / 10)),
    confirm=st.sampled_from(["", "confirmed"]),
    reason=st.sampled_from(["", " ", "短", "理由" * 20]),
    wrong=st.booleans(),
)
def test_both_ways_agree(
    name: str, level: str | None, value: str | None, confirm: str, reason: str, wrong: bool
) -> None:
    figure = "1.5" if wrong else item(name).computed
    changed = msgspec.structs.replace(
        item(name), level=level, value=value, confirm=confirm, reason=reason, computed=figure
    )
    record = with_items(changed)
    known = KnownMarks()
    known.in_order(PACK, RECORD, EXPECTED)
    for _ in range(2):
        assert known.in_order(PACK, record, EXPECTED) == long_way(record)


@pytest.mark.parametrize("state", ["not_applicable", "absent", "recused", "void"])
def test_what_is_not_simply_scored_goes_the_long_way(state: str) -> None:
    odd = msgspec.structs.replace(item(JUDGED[0]), state=state, value=None, level=None)
    assert not KnownMarks().in_order(PACK, with_items(odd), EXPECTED)


@pytest.mark.parametrize("state", ["not_applicable", "absent", "recused", "void"])
def test_a_known_mark_in_another_state_is_not_known(state: str) -> None:
    known = KnownMarks()
    assert known.in_order(PACK, RECORD, EXPECTED)
    odd = with_items(msgspec.structs.replace(item(JUDGED[0]), state=state))
    assert not known.in_order(PACK, odd, EXPECTED)
    assert not known.in_order(PACK, odd, EXPECTED)


def test_a_computed_score_may_be_neither_missing_nor_added() -> None:
    known = KnownMarks()
    computed = next(one for one in RECORD.items if one.computed is not None)
    without = with_items(msgspec.structs.replace(computed, computed=None))
    judged = next(one for one in RECORD.items if one.computed is None)
    added = with_items(msgspec.structs.replace(judged, computed="1"))
    assert not known.in_order(PACK, without, EXPECTED)
    assert not known.in_order(PACK, added, EXPECTED)
    assert known.in_order(PACK, RECORD, EXPECTED)


def test_a_missing_or_a_strange_item_goes_the_long_way() -> None:
    known = KnownMarks()
    assert known.in_order(PACK, RECORD, EXPECTED)
    fewer = msgspec.structs.replace(RECORD, items=RECORD.items[1:])
    strange = msgspec.structs.replace(item(JUDGED[0]), item="X9")
    other = msgspec.structs.replace(RECORD, items=(*(i for i in RECORD.items if i.item != JUDGED[0]), strange))
    for record in (fewer, other):
        assert not known.in_order(PACK, record, EXPECTED)
        assert not long_way(record)


def test_a_challenge_goes_the_long_way() -> None:
    challenge = ChallengeRecord("q1", "T1.1", "rd", "2025", None, "", 0, "理由")
    record = msgspec.structs.replace(RECORD, challenges=(challenge,))
    assert not KnownMarks().in_order(PACK, record, EXPECTED)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merge_marks, "_MOST", 1)
    known = KnownMarks()
    assert known.in_order(PACK, RECORD, EXPECTED)
    assert known.in_order(PACK, RECORD, EXPECTED)


@settings(deadline=None)
@given(st.fractions(min_value=-200, max_value=200))
def test_a_kept_score_is_the_figure_in_the_file(score: Fraction) -> None:
    assert kept_figure(f"{score.numerator}/{score.denominator}") == computed_figure(score)
