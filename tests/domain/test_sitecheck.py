"""Inspections computed: exact deviations, verdicts, what a record lacks, and two records put together."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sitecheck import (
    COMPUTED,
    FAILING,
    Joined,
    Split,
    conclude,
    deviation,
    join,
    missing,
    verdict,
)
from ndb_desktop.domain.siterecord import (
    Answer,
    Check,
    Finding,
    Grade,
    Head,
    Host,
    Meeting,
    Observation,
    Part,
    SiteRecord,
    Wanted,
    key_of,
)
from ndb_desktop.texts import LANGUAGES, phrase_text
from tests.support.sitepacks import clock, complete_record, photo_of, site_pack, veto_finding

PACK = site_pack()
WHOLE = complete_record()
STARRED = [item.id for item in PACK.items if item.starred]
PLAIN = [item.id for item in PACK.items if not item.starred]
Change = Callable[[SiteRecord], SiteRecord]
amounts = st.decimals(Decimal(-1000000), Decimal(1000000), places=3)


def wanted(declared: str | None, kind: Any = "number") -> Wanted:
    return Wanted("d", "", "", "none", kind, None if declared is None else Decimal(declared), ())


@pytest.mark.parametrize(
    ("declared", "verified", "away", "conclusion"),
    [
        ("3", "3.15", Fraction(1, 20), "consistent"),
        ("3", "3.150001", Fraction("0.05") + Fraction(1, 3_000_000), "deviation"),
        ("3", "2.4", Fraction(-1, 5), "deviation"),
        ("3", "2.399999", Fraction(-1, 5) - Fraction(1, 3_000_000), "major"),
        ("-10", "-10.5", Fraction(-1, 20), "consistent"),
        ("0", "0", Fraction(0), "consistent"),
        ("0", "0.001", None, "major"),
        (None, "5", None, None),
        ("5", None, None, None),
    ],
)
def test_deviation_and_its_conclusion(
    declared: str | None, verified: str | None, away: Fraction | None, conclusion: str | None
) -> None:
    found = None if verified is None else Decimal(verified)
    assert deviation(None if declared is None else Decimal(declared), found) == away
    assert conclude(PACK, wanted(declared), found) == conclusion


@pytest.mark.parametrize("kind", ["objects", "flag"])
def test_only_a_number_has_a_computed_conclusion(kind: str) -> None:
    assert conclude(PACK, wanted("1", kind), Decimal(1)) is None


@settings(max_examples=80, deadline=None)
@given(declared=amounts, verified=amounts, scale=st.integers(1, 1000))
def test_a_conclusion_follows_the_deviation_and_no_unit(declared: Decimal, verified: Decimal, scale: int) -> None:
    away = deviation(declared, verified)
    conclusion = conclude(PACK, wanted(str(declared)), verified)
    if away is None:
        assert (declared, conclusion) == (0, "major")
    else:
        share = abs(away) * 100
        assert conclusion == ("consistent" if share <= 5 else "deviation" if share <= 20 else "major")
        assert deviation(declared * scale, verified * scale) == away
    assert conclude(PACK, wanted(str(declared * scale)), verified * scale) == conclusion


def grades(**given: Grade | None) -> dict[str, Grade | None]:
    return {**{item.id: "pass" for item in PACK.items}, **given}  # type: ignore[return-value]


def test_verdicts_at_their_borders() -> None:
    def plain(severe: int, minor: int) -> dict[str, Grade | None]:
        failed: list[Grade] = ["severe"] * severe + ["minor"] * minor
        return grades(**dict(zip(PLAIN, failed, strict=False)))

    assert verdict(PACK, grades()).state == "passed"
    assert [verdict(PACK, plain(0, n)).state for n in (10, 11)] == ["passed", "failed"]
    assert [verdict(PACK, plain(1, n)).state for n in (8, 9)] == ["passed", "failed"]
    assert verdict(PACK, plain(2, 0)).state == "failed"
    assert verdict(PACK, {}).state == "open"
    found = verdict(PACK, grades(S19="minor", S05="severe", S04="not_applicable", S06=None))
    assert (found.state, found.vetoes, found.open_items) == ("failed", ("S19",), ("S06",))
    assert (found.passed, found.minor, found.severe, found.not_applicable) == (20, 1, 1, 1)
    assert verdict(PACK, {**grades(), "S99": "severe"}).state == "passed"


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_verdict_never_gets_better_by_more_failures(data: st.DataObject) -> None:
    one = st.sampled_from(["pass", "minor", "severe", "not_applicable", None])
    given: dict[str, Grade | None] = {item.id: data.draw(one) for item in PACK.items}
    before = verdict(PACK, given)
    name = data.draw(st.sampled_from([item.id for item in PACK.items]))
    after = verdict(PACK, {**given, name: "severe"})
    order = {"passed": 0, "open": 1, "failed": 2}
    if before.state == "failed" or given[name] is not None:
        assert order[after.state] >= order[before.state]
    if before.state == "failed" and not before.open_items:
        assert before.vetoes or before.severe or before.minor
    every = before.passed + before.minor + before.severe + before.not_applicable + len(before.open_items)
    assert every == len(PACK.items)
    if before.state == "failed":
        graded: dict[str, Grade | None] = {n: g or "pass" for n, g in given.items()}
        assert verdict(PACK, graded).state == "failed", "what is failed stays failed however the rest turns out"


def test_a_whole_record_lacks_nothing() -> None:
    assert missing(PACK, WHOLE) == ()
    assert verdict(PACK, {item.id: WHOLE.answer(item.id).grade for item in PACK.items}).state == "passed"


def test_an_empty_record_lacks_everything_in_the_order_of_a_visit() -> None:
    lacks = missing(PACK, SiteRecord(WHOLE.visit))
    kinds = [lack.kind for lack in lacks]
    assert kinds[:6] == ["statement", "statement", "place", "started", "ended", "hosts"]
    assert kinds.count("meeting_open") == 6
    assert kinds.count("check_open") == len(WHOLE.visit.wanted)
    assert kinds.count("answer_open") == len(PACK.items)
    assert kinds[-2:] == ["read_out", "signature"]
    assert lacks[0].phrase.params["name"] == "检查员1"


def head(**values: Any) -> Change:
    return lambda record: record.replaced(replace(record.head, **values))


def closing(**values: Any) -> Change:
    return lambda record: record.replaced(replace(record.closing, **values))


def check(name: str, **values: Any) -> Change:
    return lambda record: record.replaced(replace(record.check(name), **values))


def answer(name: str, **values: Any) -> Change:
    return lambda record: record.replaced(replace(record.answer(name), **values))


def meeting(name: Any, **values: Any) -> Change:
    return lambda record: record.replaced(replace(record.meeting(name), **values))


def part(value: Part) -> Change:
    return lambda record: record.replaced(value)


def finding(**values: Any) -> Change:
    return lambda record: record.replaced(replace(record.findings[0], **values))


def required(*names: str) -> Change:
    return lambda record: SiteRecord(replace(record.visit, required=names), record.parts)


def crowded(record: SiteRecord) -> SiteRecord:
    photos = [photo_of(f"Z{n:05}") for n in range(PACK.photos.most)]
    return SiteRecord(record.visit, {**record.parts, **{key_of(photo): photo for photo in photos}})


def failed_star(record: SiteRecord) -> SiteRecord:
    about = Finding("F1-02", "severe", "事故", "answer:S19", "整改", "2026-12-31")
    return answer("S19", grade="severe", note="有事故")(record).replaced(about)


REV, PLATFORMS = "revenue/2025", "platforms"
LACKS: list[tuple[Change, str, tuple[str, str]]] = [
    (required("I1"), "members", ("head", "")),
    (required("I1", "I2", "I3"), "statement", ("head", "")),
    (head(declared=(("I1", clock("08:00")),)), "statement", ("head", "")),
    (head(place=" "), "place", ("head", "")),
    (head(started_at=""), "started", ("head", "")),
    (head(ended_at=""), "ended", ("head", "")),
    (head(ended_at="2026-11-22T08:59:59+08:00"), "order", ("head", "")),
    (head(hosts=(Host(" ", ""),)), "hosts", ("head", "")),
    (meeting("opening", state="open"), "meeting_open", ("meeting", "opening")),
    (meeting("opening", state="skipped", reason="忙"), "meeting_required", ("meeting", "opening")),
    (meeting("communication", reason=""), "meeting_reason", ("meeting", "communication")),
    (meeting("closing", ended_at=""), "meeting_times", ("meeting", "closing")),
    (meeting("closing", ended_at=clock("08:00")), "meeting_order", ("meeting", "closing")),
    (check(REV, conclusion=None, effect=None), "check_open", ("check", REV)),
    (check(REV, conclusion="consistent"), "check_conclusion", ("check", REV)),
    (check("staff", verified=None), "check_value", ("check", "staff")),
    (check(REV, methods=()), "check_method", ("check", REV)),
    (check(REV, note=""), "check_note", ("check", REV)),
    (check(REV, effect=None), "check_effect", ("check", REV)),
    (check(PLATFORMS, effect="replace", proof="1"), "check_replace", ("check", PLATFORMS)),
    (check(REV, effect="refer"), "check_refer", ("check", REV)),
    (check(REV, proof=""), "check_proof", ("check", REV)),
    (answer("S06", grade=None), "answer_open", ("answer", "S06")),
    (answer("S06", grade="not_applicable", note="无"), "answer_not_applicable", ("answer", "S06")),
    (answer("S04", note=""), "answer_note", ("answer", "S04")),
    (answer("S07", grade="severe"), "answer_finding", ("answer", "S07")),
    (failed_star, "answer_veto", ("answer", "S19")),
    (lambda record: record.without(("photo", "P-S05")), "answer_photo", ("answer", "S05")),
    (finding(text=""), "finding_text", ("finding", "F1-01")),
    (finding(measure=""), "finding_measure", ("finding", "F1-01")),
    (finding(due=""), "finding_due", ("finding", "F1-01")),
    (part(Finding("F1-09", "minor", "x", "check:none", "x", "2026-12-31")), "finding_about", ("finding", "F1-09")),
    (part(Observation("O1-01", "")), "observation_text", ("observation", "O1-01")),
    (part(replace(veto_finding(), ground="V9")), "veto_ground", ("veto", "X1-01")),
    (part(replace(veto_finding(), text="")), "veto_text", ("veto", "X1-01")),
    (part(replace(veto_finding(), evidence="")), "veto_evidence", ("veto", "X1-01")),
    (part(replace(veto_finding(), reply="")), "veto_reply", ("veto", "X1-01")),
    (crowded, "photo_most", ("photo", f"Z{PACK.photos.most - 1:05}")),
    (part(replace(photo_of("P9"), size=PACK.photos.most_bytes + 1)), "photo_bytes", ("photo", "P9")),
    (part(photo_of("P9", "finding:gone")), "photo_about", ("photo", "P9")),
    (part(Check("other")), "stray_check", ("check", "other")),
    (part(Answer("S99")), "stray_answer", ("answer", "S99")),
    (closing(read_out=None), "read_out", ("closing", "")),
    (closing(strokes=()), "signature", ("closing", "")),
    (closing(refusal="不同意"), "signed_and_refused", ("closing", "")),
    (closing(signer_role=""), "signer", ("closing", "")),
    (closing(strokes=(), refusal="不同意"), "witness", ("closing", "")),
]


@pytest.mark.parametrize(("change", "kind", "key"), LACKS)
def test_each_lack_is_found_alone_and_said_in_both_languages(change: Change, kind: str, key: tuple[str, str]) -> None:
    lacks = missing(PACK, change(WHOLE))
    assert [(lack.kind, lack.key) for lack in lacks] == [(kind, key)]
    for language in LANGUAGES:
        assert "{" not in phrase_text(lacks[0].phrase, language)


def test_every_sentence_of_a_lack_can_come_up() -> None:
    path = Path(__file__).resolve().parents[2] / "resources/texts/site_check.json"
    known = {key.removeprefix("site_lack.") for key in json.loads(path.read_text(encoding="utf-8"))}
    assert known == {kind for _, kind, _ in LACKS}


@pytest.mark.parametrize(
    "change",
    [
        closing(strokes=(), refusal="不同意", witness="见证人", signer="", signer_role=""),
        closing(read_out=False),
        lambda record: check(REV, effect="refer")(record).replaced(veto_finding()),
        lambda record: failed_star(record).replaced(veto_finding("V1")),
        lambda record: check(REV, proof="")(record).replaced(photo_of("P9", f"check:{REV}")),
        lambda record: (
            record.without(("photo", "P-S05"))
            .replaced(photo_of("P9", "finding:F1-09"))
            .replaced(Finding("F1-09", "minor", "x", "answer:S05", "x", "2026-12-31"))
        ),
        check(PLATFORMS, conclusion="not_applicable", methods=(), note="没有平台"),
        part(photo_of("P9", "meeting:opening")),
        part(photo_of("P9", "closing:")),
        head(started_at="2026-11-22T01:00:00Z"),
    ],
)
def test_these_records_lack_nothing(change: Change) -> None:
    assert missing(PACK, change(WHOLE)) == ()


parts = st.one_of(
    st.builds(Meeting, st.sampled_from(["opening", "closing"]), st.just("held"), note=st.sampled_from("ab")),
    st.builds(Check, st.sampled_from(["staff", PLATFORMS]), st.sampled_from([None, Decimal(1)])),
    st.builds(Answer, st.sampled_from(["S01", "S02"]), st.sampled_from(["pass", "minor", None])),
    st.builds(Finding, st.sampled_from(["F1-01", "F2-01"]), st.just("minor"), st.sampled_from("ab")),
    st.builds(Observation, st.sampled_from(["O1-01", "O2-01"]), st.sampled_from("ab")),
    st.builds(
        Head,
        place=st.sampled_from("ab"),
        started_at=st.sampled_from(["", clock("09:00")]),
        declared=st.sampled_from([(), (("I1", "1"),), (("I2", "1"),), (("I1", "2"), ("I2", "1"))]),
    ),
)
records = st.lists(parts, max_size=6).map(lambda found: SiteRecord(WHOLE.visit, {key_of(one): one for one in found}))


def turned(joined: Joined) -> Joined:
    turned_round = tuple(Split(one.key, one.base, one.theirs, one.mine) for one in joined.conflicts)
    return Joined(joined.record, turned_round)


@settings(max_examples=200, deadline=None)
@given(base=st.none() | records, mine=records, theirs=records)
def test_joining_is_commutative_idempotent_and_loses_nothing(
    base: SiteRecord | None, mine: SiteRecord, theirs: SiteRecord
) -> None:
    joined = join(base, mine, theirs)
    assert join(base, theirs, mine) == turned(joined)
    assert join(base, mine, mine) == Joined(SiteRecord(mine.visit, mine.parts), ())
    if base is not None:
        assert join(base, base, mine) == Joined(mine, ())
    if not joined.conflicts:
        assert join(base, joined.record, theirs) == joined
        assert join(base, mine, joined.record) == joined
    before = base.parts if base is not None else {}
    split = {one.key for one in joined.conflicts}
    for key in {*mine.parts, *theirs.parts, *before} - split - {("head", "")}:
        sides = before.get(key), mine.parts.get(key), theirs.parts.get(key)
        got = joined.record.parts.get(key)
        assert got in sides[1:]
        assert sides[1] == sides[2] or sides[0] in sides[1:]
    for one in joined.conflicts:
        assert one.mine != one.theirs
        assert (one.mine, one.theirs) != (one.base, one.base)


def test_a_conflict_names_the_part_with_both_values_and_is_settled_by_choice() -> None:
    mine = check(REV, verified=Decimal(91))(WHOLE)
    theirs = answer("S01", note="甲")(check(REV, verified=Decimal(92))(WHOLE))
    joined = join(WHOLE, mine, theirs)
    (conflict,) = joined.conflicts
    assert (conflict.key, conflict.base) == (("check", REV), WHOLE.check(REV))
    assert [one.verified for one in (conflict.mine, conflict.theirs) if isinstance(one, Check)] == [91, 92]
    assert joined.record.check(REV) == WHOLE.check(REV)
    assert joined.record.answer("S01").note == "甲"
    assert joined.settled({conflict.key: conflict.theirs}).check(REV).verified == 92
    assert conflict.key not in joined.settled({conflict.key: None}).parts
    for chosen in ({}, {("check", "staff"): None}):
        with pytest.raises(ValueError, match="once for each"):
            joined.settled(chosen)  # type: ignore[arg-type]


def test_findings_of_two_members_are_both_kept_and_a_removal_stands() -> None:
    mine = WHOLE.replaced(Finding("F1-02", "minor", "甲")).without(("answer", "S02"))
    theirs = WHOLE.replaced(Finding("F2-01", "minor", "乙")).replaced(photo_of("P2-0001"))
    joined = join(WHOLE, mine, theirs)
    assert joined.conflicts == ()
    assert [one.id for one in joined.record.findings] == ["F1-01", "F1-02", "F2-01"]
    assert ("answer", "S02") not in joined.record.parts
    assert ("photo", "P2-0001") in joined.record.parts
    changed = answer("S02", note="改")(theirs)
    assert [one.key for one in join(WHOLE, mine, changed).conflicts] == [("answer", "S02")]


def test_statements_made_on_two_machines_add_up() -> None:
    visit = WHOLE.visit
    mine = SiteRecord(visit).replaced(Head("甲地", declared=(("I1", "1"),)))
    theirs = SiteRecord(visit).replaced(Head("", started_at="2", declared=(("I2", "2"),)))
    joined = join(None, mine, theirs)
    assert joined.conflicts == ()
    assert joined.record.head == Head("甲地", started_at="2", declared=(("I1", "1"), ("I2", "2")))
    other = theirs.replaced(replace(theirs.head, place="乙地"))
    (conflict,) = join(None, mine, other).conflicts
    chosen = join(None, mine, other).settled({conflict.key: conflict.theirs})
    assert chosen.head == Head("乙地", started_at="2", declared=(("I1", "1"), ("I2", "2")))


def test_records_of_two_visits_are_not_joined() -> None:
    other = SiteRecord(replace(WHOLE.visit, id="V2"), {})
    for base, theirs in ((None, other), (other, WHOLE)):
        with pytest.raises(NdbError) as caught:
            join(base, WHOLE, theirs)
        assert caught.value.code == "E-SITE-JOIN"


def test_words_are_those_of_the_record() -> None:
    assert set(COMPUTED) | {"unverifiable", "not_applicable"} == {
        "consistent", "deviation", "major", "unverifiable", "not_applicable",
    }  # fmt: skip
    assert FAILING == ("minor", "severe")
    assert STARRED == ["S01", "S03", "S10", "S19", "S20", "S21", "S22", "S23"]
