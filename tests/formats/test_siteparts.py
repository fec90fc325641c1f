"""Parts of an inspection record as JSON: whatever can be said comes back the same, whatever must not is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.siterecord import SCALE, Check, Closing, Finding, Part, Photo, PhotoMark, VetoFinding, key_of
from ndb_desktop.formats.siteparts import (
    MAX_PHOTO,
    decode_part,
    decode_visit,
    encode_part,
    encode_visit,
    parts_of,
    parts_record,
)
from tests.support.siterecords import TEAM, member, parts, photo, visit
from tests.support.travel import refusal

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
exact = st.decimals(min_value=-(10**14), max_value=10**14, places=6).filter(lambda n: n == n)
strokes = st.lists(
    st.lists(st.tuples(st.integers(0, SCALE), st.integers(0, SCALE)), max_size=5).map(tuple), max_size=5
).map(tuple)


@pytest.mark.parametrize("part", parts(), ids=lambda part: "/".join(key_of(part)))
def test_every_kind_of_part_comes_back_the_same(part: Part) -> None:
    data = encode_part(part)
    assert decode_part(key_of(part)[0], data) == part
    assert encode_part(decode_part(key_of(part)[0], data)) == data


@given(words, exact, st.sampled_from([None, "consistent", "unverifiable"]))
@settings(deadline=None)
def test_values_and_words_are_exact(note: str, value: Decimal, conclusion: Any) -> None:
    check = Check("rd/2025", value, conclusion, "replace", ("system",), "", note)
    found = decode_part("check", encode_part(check))
    assert found == check
    assert isinstance(found, Check)
    assert isinstance(found.verified, Decimal)


@given(strokes, words)
@settings(deadline=None)
def test_a_drawn_signature_comes_back_stroke_by_stroke(drawn: Any, opinion: str) -> None:
    closing = Closing(True, opinion, strokes=drawn)
    assert decode_part("closing", encode_part(closing)) == closing


def test_nought_and_nothing_are_two_things() -> None:
    nought, nothing = Check("a", Decimal(0)), Check("a", None)
    assert encode_part(nought) != encode_part(nothing)
    assert decode_part("check", encode_part(nothing)).verified is None  # type: ignore[union-attr]
    assert decode_part("check", encode_part(nought)).verified == 0  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "part",
    [
        Check("a", note="x" * 4_001),
        Check("a", Decimal("1.0000001")),
        Check("a", Decimal(10) ** 15),
        Finding("F 1", "minor", "blank in an id"),
        Finding("F1", "minor", "x", due="2026-13-01"),
        VetoFinding("X", "V9", "a", "b"),
        replace(photo(1), orientation=9),
        replace(photo(1), size=MAX_PHOTO + 1),
        replace(photo(1), sha256="A" * 64),
        replace(photo(1), taken_at="2026-11-22 10:00:00"),
        replace(photo(1), marks=(PhotoMark("box", ((0, SCALE + 1),)),)),
        replace(photo(1), marks=(PhotoMark("box", ()),)),
        Closing(strokes=(((-1, 0),),)),
    ],
    ids=str,
)
def test_what_is_too_long_or_misspelled_is_never_written(part: Part) -> None:
    assert refusal(lambda: encode_part(part)) == "E-JSON-FIELD"


@pytest.mark.parametrize("value", ["NaN", "1e5", "１", "1_0", "", " 1", "+1", "1."])
def test_numbers_have_one_spelling(value: str) -> None:
    said = json.loads(encode_part(Check("a", Decimal(1))))
    said["verified"] = value
    assert refusal(lambda: decode_part("check", json.dumps(said).encode())) == "E-JSON-FIELD"


def test_unknown_words_are_refused() -> None:
    said = json.loads(encode_part(Check("a")))
    assert refusal(lambda: decode_part("check", json.dumps({**said, "more": 1}).encode())) == "E-JSON-FIELD"
    assert refusal(lambda: decode_part("check", b'{"id":"a","id":"b"}')) == "E-JSON-NAMES"
    assert refusal(lambda: decode_part("answer", json.dumps(said).encode())) == "E-JSON-FIELD"


@given(st.permutations(parts()))
@settings(deadline=None, max_examples=30)
def test_the_order_in_which_parts_were_written_down_does_not_show(order: list[Part]) -> None:
    assert parts_record(order) == parts_record(parts())
    assert parts_of(parts_record(order)) == {key_of(part): part for part in parts()}


def test_one_part_or_one_photo_twice_is_refused() -> None:
    twice = parts_record([*parts(), *parts()])
    assert refusal(lambda: parts_of(twice)) == "E-SITE-TWICE"
    same = parts_record([photo(1), replace(photo(1), id="P0002")])
    assert refusal(lambda: parts_of(same)) == "E-SITE-TWICE"


def test_a_visit_comes_back_the_same() -> None:
    assert decode_visit(encode_visit(visit())) == visit()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"members": (member(TEAM[0]),)}, "E-JSON-FIELD"),
        ({"required": (TEAM[0],)}, "E-JSON-FIELD"),
        ({"required": (TEAM[0], "E-09")}, "E-SITE-TEAM"),
        ({"required": (TEAM[0], TEAM[0])}, "E-SITE-TEAM"),
        ({"members": (member(TEAM[0]), member(TEAM[0]))}, "E-SITE-TEAM"),
        ({"members": (member(TEAM[0]), replace(member(TEAM[0]), id=TEAM[1]))}, "E-SITE-TEAM"),
        ({"members": (member(TEAM[0]), replace(member(TEAM[1]), key="ssh-ed25519 AAAA"))}, "E-KEY-PUBLIC"),
        ({"wanted": (visit().wanted[0], visit().wanted[0])}, "E-SITE-TWICE"),
    ],
    ids=[
        "one member",
        "one signature",
        "stranger",
        "required twice",
        "member twice",
        "one key",
        "no key",
        "datum twice",
    ],
)
def test_a_team_that_makes_no_sense_is_refused(changes: dict[str, object], code: str) -> None:
    assert refusal(lambda: encode_visit(visit(**changes))) == code


def test_a_photo_says_where_its_time_and_place_come_from() -> None:
    found = decode_part("photo", encode_part(photo(3)))
    assert isinstance(found, Photo)
    assert (found.taken_source, found.position_source) == ("camera", "camera")
    assert found.position == (Decimal("26.0745"), Decimal("119.2965"))
