"""Score files and sheet records: exact bytes, closed fields, nothing private, refusals by code."""

from __future__ import annotations

import base64
import dataclasses
import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.crypto import envelope
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sheet import Declaration, ItemEntry
from ndb_desktop.formats import scorefile
from ndb_desktop.formats.card import build_card
from ndb_desktop.formats.scorefile import (
    PAYLOAD_TYPE,
    build_score,
    computed_text,
    open_score,
    parse_sheet,
    seal_score,
    sheet_digest,
    sheet_record,
)
from ndb_desktop.formats.sheetrecord import MAX_REASON
from tests.support.travel import (
    AT,
    K,
    full_sheet,
    person,
    record,
    refusal,
    score_file,
    score_payload,
    signed_json,
    tiny_application,
    tiny_pack,
)


def plain_payload(**changes: Any) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.json.decode(envelope.peek(score_file(), 10**7).payload)
    return content | changes


def code_of(content: object, signer: str = "expert", payload_type: str = PAYLOAD_TYPE) -> str:
    return refusal(lambda: open_score(signed_json(content, payload_type, person(signer)), None))


def sheet_with(**changes: Any) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.json.decode(record())
    return content | changes


def test_a_score_file_comes_back_as_it_was() -> None:
    opened = open_score(score_file(), None)
    assert opened.payload == score_payload()
    assert opened.key == person("expert").public
    assert opened.keyid == person("expert").keyid
    assert not opened.sealed
    assert opened.enrolment is None
    assert [sheet.raw for sheet in opened.sheets] == [record(1), record(2)]
    assert [sheet.digest for sheet in opened.sheets] == [sheet_digest(record(1)), sheet_digest(record(2))]
    assert record(1) in opened.payload_bytes


def test_sealed_for_the_organiser_and_the_recovery_key_only() -> None:
    sealed = seal_score(score_file(), [person("issuer").public, person("recovery").public])
    for name in ("issuer", "recovery"):
        opened = open_score(sealed, person(name))
        assert opened.sealed
        assert opened.envelope == score_file()
    assert refusal(lambda: open_score(sealed, None)) == "E-SCORE-SEALED"
    assert refusal(lambda: open_score(sealed, person("expert"))) == "E-AGE-KEY"
    assert "总体较好".encode() not in sealed


def test_the_domain_sheet_survives_without_its_private_half() -> None:
    sheet = full_sheet()
    back = parse_sheet(record()).to_sheet()
    public = {name: dataclasses.replace(entry, note="", flagged=False) for name, entry in sheet.items.items()}
    assert back == dataclasses.replace(sheet, items=public, note="")
    assert b"PRIVATE" not in record()


def test_computed_values_are_rounded_half_up_to_six_digits() -> None:
    items = {item.item: item for item in parse_sheet(record()).items}
    assert items["T1.1.basis"].computed == "79"
    assert items["T1.1.plan"].computed == "90"
    assert items["T1.2.basis"].computed is None
    assert items["T1.1.plan"].value == "72.5"
    pack = tiny_pack()
    third = tiny_application(rd="2.35")
    assert computed_text(pack, pack.items[0], "scored", third, K) == "78.333333"
    assert computed_text(pack, pack.items[0], "scored", tiny_application(rd="2.36"), Fraction(1)) == "78.666667"
    assert computed_text(pack, pack.items[0], "not_applicable", third, K) is None


def test_the_same_sheet_gives_the_same_bytes() -> None:
    assert record() == record()
    assert record() != record(revision=2, supersedes=sheet_digest(record()))


def test_a_later_export_repeats_the_other_sheets_byte_for_byte() -> None:
    first = open_score(score_file(), None)
    kept = first.sheets[1].raw
    changed = record(1, 2, first.sheets[0].digest)
    second = open_score(score_file(sheets=(changed, kept), revision=2, reason="更正"), None)
    assert second.sheets[1].digest == first.sheets[1].digest
    assert second.sheets[0].record.supersedes == first.sheets[0].digest


def test_bytes_that_another_program_wrote_are_kept_too() -> None:
    loose = json.dumps(msgspec.json.decode(record(1)), indent=1, ensure_ascii=True).encode()
    opened = open_score(score_file(sheets=(loose,)), None)
    assert opened.sheets[0].digest == sheet_digest(opened.sheets[0].raw)
    assert opened.sheets[0].record == parse_sheet(record(1))
    again = open_score(score_file(sheets=(opened.sheets[0].raw,)), None)
    assert again.sheets[0].digest == opened.sheets[0].digest


def test_a_recused_sheet_carries_no_marks() -> None:
    sheet = dataclasses.replace(full_sheet(), declaration=Declaration("recused", ("C1",), "同单位", AT), unable="x")
    read = parse_sheet(sheet_record(sheet, tiny_pack(), tiny_application(), K, 1, None))
    assert (read.status, read.items, read.challenges, read.evidence, read.opinion, read.unable) == (
        "recused",
        (),
        (),
        (),
        "",
        "",
    )


def test_an_unable_sheet_says_why_and_no_more() -> None:
    sheet = dataclasses.replace(full_sheet(), unable="材料打不开，无法评审。")
    read = parse_sheet(sheet_record(sheet, tiny_pack(), tiny_application(), K, 1, None))
    assert (read.status, read.items, read.unable) == ("unable", (), "材料打不开，无法评审。")


def test_what_cannot_be_signed() -> None:
    def code(**changes: Any) -> str:
        sheet = dataclasses.replace(full_sheet(), **changes)
        return refusal(lambda: sheet_record(sheet, tiny_pack(), tiny_application(), K, 1, None))

    items = dict(full_sheet().items)
    assert code() == ""
    assert code(declaration=Declaration()) == "E-SHEET-UNDECLARED"
    assert code(items={k: v for k, v in items.items() if k != "T1.2.plan"}) == "E-SHEET-OPEN"
    assert code(items=items | {"T1.2.plan": ItemEntry("T1.2.plan")}) == "E-SHEET-OPEN"
    long = ItemEntry("T1.2.plan", "scored", "L4", Decimal(80), reason="长" * (MAX_REASON + 1))
    assert code(items=items | {"T1.2.plan": long}) == "E-SHEET-LONG"
    assert code(opinion="x" * 20_001) == "E-SHEET-LONG"
    assert code(declaration=Declaration("clear", ("C1",), "", AT)) == "E-SHEET-CODES"
    assert code(opinion="broken paste \ud83d") == ""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"revision": 0}, "E-JSON-FIELD"),
        ({"revision": 2}, "E-SHEET-CHAIN"),
        ({"supersedes": "0" * 64}, "E-SHEET-CHAIN"),
        ({"supersedes": "x"}, "E-JSON-FIELD"),
        ({"pack": "x"}, "E-JSON-FIELD"),
        ({"note": "x"}, "E-JSON-FIELD"),
        ({"items": []}, "E-SHEET-EMPTY"),
        ({"declaration": {"status": "recused", "codes": ["C1"], "words": "", "at": AT}}, "E-SHEET-RECUSED"),
        ({"declaration": {"status": "clear", "codes": ["C1"], "words": "", "at": AT}}, "E-SHEET-CODES"),
        ({"declaration": {"status": "clear", "codes": [], "words": "", "at": "now"}}, "E-JSON-FIELD"),
        ({"declaration": {"status": "none", "codes": [], "words": "", "at": AT}}, "E-JSON-FIELD"),
        ({"declaration": {"status": "recused", "codes": ["C13"], "words": "", "at": AT}}, "E-JSON-FIELD"),
        ({"unable": "reason"}, "E-SHEET-RECUSED"),
        ({"opinion": "x" * 20_001}, "E-JSON-FIELD"),
        ({"opinion": None}, "E-JSON-FIELD"),
    ],
)
def test_sheets_with_a_fault(changes: dict[str, Any], expected: str) -> None:
    data = json.dumps(sheet_with(**changes)).encode()
    assert refusal(lambda: parse_sheet(data)) == expected
    assert code_of(plain_payload(sheets=[sheet_with(**changes)])) == expected


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("state", "open"),
        ("state", "ranked"),
        ("value", 85),
        ("value", "85,0"),
        ("value", "1e2"),
        ("value", "NaN"),
        ("value", "８５"),
        ("value", "+85"),
        ("value", "85\n"),
        ("value", "1" * 16),
        ("value", "1.1234567"),
        ("level", "L6"),
        ("confirm", "maybe"),
        ("computed", ""),
        ("reason", "x" * (MAX_REASON + 1)),
        ("note", "private"),
        ("item", ""),
    ],
)
def test_items_with_a_fault(field: str, value: object) -> None:
    sheet = sheet_with()
    sheet["items"][0][field] = value
    assert code_of(plain_payload(sheets=[sheet])) == "E-JSON-FIELD"
    assert refusal(lambda: parse_sheet(json.dumps(sheet).encode())) == "E-JSON-FIELD"


@pytest.mark.parametrize("which", ["items", "challenges", "evidence"])
def test_nothing_stands_twice(which: str) -> None:
    sheet = sheet_with()
    sheet[which].append(sheet[which][0])
    assert code_of(plain_payload(sheets=[sheet])) == "E-SHEET-TWICE"
    # What was found of these items once is remembered; it is no better the second time.
    assert refusal(lambda: parse_sheet(json.dumps(sheet).encode())) == "E-SHEET-TWICE"


@pytest.mark.parametrize("which", ["items", "challenges", "evidence"])
def test_lists_are_bounded(which: str) -> None:
    sheet = sheet_with()
    sheet[which] = sheet[which][:1] * 1001
    assert code_of(plain_payload(sheets=[sheet])) == "E-JSON-FIELD"


def first_version() -> dict[str, Any]:
    """A payload as a program that knows version 1 alone wrote it."""
    content = plain_payload(version=1)
    for sheet in content["sheets"]:
        for cited in (*sheet["evidence"], *sheet["challenges"]):
            del cited["sha256"]
        for challenge in sheet["challenges"]:
            del challenge["rect"]
    return content


@pytest.mark.parametrize("spaces", [None, 1])
def test_files_of_version_1_are_read(spaces: int | None) -> None:
    data = json.dumps(first_version(), ensure_ascii=False, indent=spaces, separators=(",", ":")).encode()
    opened = open_score(signed_json(data, PAYLOAD_TYPE, person("expert")), None)
    assert opened.payload.version == 1
    back = opened.sheets[0].record.to_sheet()
    assert [link.sha256 for link in back.evidence] == [""]
    assert [(challenge.rect, challenge.sha256) for challenge in back.challenges] == [(None, "")]


def test_a_sheet_of_version_1_keeps_its_bytes_in_a_later_export() -> None:
    old = json.dumps(first_version()["sheets"][0], ensure_ascii=False, separators=(",", ":")).encode()
    opened = open_score(score_file(sheets=(old, record(2)), revision=2), None)
    assert opened.payload.version == 2
    assert [sheet.raw for sheet in opened.sheets] == [old, record(2)]
    sheet = parse_sheet(old).to_sheet()
    again = sheet_record(sheet, tiny_pack(), tiny_application(), K, 1, None)
    assert again == old, "what was never looked at again must not get a new digest"


@pytest.mark.parametrize(("which", "name"), [("evidence", "sha256"), ("challenges", "sha256"), ("challenges", "rect")])
def test_a_later_member_in_an_earlier_version_is_refused(which: str, name: str) -> None:
    value = [0, 0, 9, 9] if name == "rect" else "0" * 64
    content = first_version()
    content["sheets"][0][which][0][name] = value
    assert code_of(content) == "E-JSON-FIELD"
    assert code_of(content | {"version": 2}) == ""
    content["sheets"][0][which][0][name] = None
    assert code_of(content | {"version": 2}) == "E-JSON-FIELD"


@pytest.mark.parametrize("rect", [[0, 0, 0], [0, 0, 0, 1001], [-1, 0, 0, 0], [0, 0, 0, "1"], {}])
def test_rectangles_are_thousandths(rect: object) -> None:
    sheet = sheet_with()
    sheet["evidence"][0]["rect"] = rect
    assert code_of(plain_payload(sheets=[sheet])) == "E-JSON-FIELD"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"version": 4}, "E-VERSION"),
        ({"version": 0}, "E-VERSION"),
        ({"version": 1}, "E-JSON-FIELD"),
        ({"format": "ndb-card"}, "E-FORMAT"),
        ({"critical": ["site"]}, "E-CRITICAL"),
        ({"extra": 1}, "E-JSON-FIELD"),
        ({"trial": "yes"}, "E-JSON-FIELD"),
        ({"trial": 1}, "E-JSON-FIELD"),
        ({"sheets": []}, "E-JSON-FIELD"),
        ({"sheets": [1]}, "E-JSON-FIELD"),
        ({"revision": -1}, "E-JSON-FIELD"),
        ({"revision": 1.0}, "E-JSON-NUMBER"),
        ({"bundle": {"id": "x", "digest": "a" * 64}}, "E-JSON-FIELD"),
        ({"signed_at": "yesterday"}, "E-JSON-FIELD"),
        ({"statements": [{"id": "S1", "sha256": "5" * 64, "agreed_at": AT}] * 2}, "E-SCORE-TWICE"),
        ({"enrolment": "!!!"}, "E-SCORE-ENROLMENT"),
        ({"enrolment": ""}, "E-SCORE-ENROLMENT"),
        ({"reason": "x" * (MAX_REASON + 1)}, "E-JSON-FIELD"),
    ],
)
def test_payloads_with_a_fault(changes: dict[str, Any], expected: str) -> None:
    assert code_of(plain_payload(**changes)) == expected


def test_one_application_twice() -> None:
    sheet = sheet_with()
    assert code_of(plain_payload(sheets=[sheet, sheet])) == "E-SCORE-TWICE"


def test_ambiguous_json_inside_a_sheet_is_found() -> None:
    def with_sheet(sheet: bytes) -> str:
        whole = msgspec.json.encode(plain_payload(sheets=["HERE"]))
        return code_of(whole.replace(b'"HERE"', sheet))

    good = record()
    assert with_sheet(good) == ""
    assert with_sheet(good[:-1] + b',"unable":""}') == "E-JSON-NAMES"
    assert with_sheet(good.replace(b'"revision":1', b'"revision":1.0')) == "E-JSON-NUMBER"
    assert with_sheet(b"[" * 100_000 + b"]" * 100_000) == "E-JSON-DEPTH"
    assert with_sheet(b"[" * 100_000) == "E-JSON-DEPTH"


def test_every_missing_field_is_missed() -> None:
    whole = plain_payload()
    for name in whole:
        shorter = {key: value for key, value in whole.items() if key != name}
        expected = {"format": "E-FORMAT", "version": "E-VERSION"}.get(name, "E-JSON-FIELD")
        allowed = name in ("critical", "app", "enrolment")
        assert code_of(shorter) == ("" if allowed else expected), name


def test_who_signs_must_be_who_is_named() -> None:
    assert code_of(plain_payload(), signer="stranger") == "E-SIGNER"
    assert code_of(plain_payload(), payload_type="application/vnd.ndb.card.v1+json") == "E-PAYLOAD-TYPE"
    with pytest.raises(ValueError, match="signer"):
        build_score(score_payload(), person("stranger"))


def test_a_changed_score_breaks_the_signature() -> None:
    document = json.loads(score_file())
    body = base64.b64decode(document["payload"]).replace(b'"value":"85"', b'"value":"86"')
    document["payload"] = base64.b64encode(body).decode()
    assert refusal(lambda: open_score(json.dumps(document).encode(), None)) == "E-SIGNATURE"


def test_the_card_inside_must_be_the_signers_own() -> None:
    assert open_score(score_file(enrol=True), None).enrolment is not None
    for who, trial in (("stranger", True), ("expert", False)):
        card = build_card(person(who), name="x", employer="", trial=trial, created_at=AT)
        assert code_of(plain_payload(enrolment=base64.b64encode(card).decode())) == "E-SCORE-ENROLMENT"


def test_sizes_are_capped_for_writer_and_reader() -> None:
    many = [record(n) for n in range(1, 3)]
    long = sheet_with(opinion="长" * 20_000)
    sheets = [json.dumps(long | {"application": f"A{n}"}, ensure_ascii=False).encode() for n in range(75)]
    assert (
        code_of(json.dumps(plain_payload() | {"sheets": []}).encode()[:-1] + b" " * 4 * 1024 * 1024 + b"}") == "E-SIZE"
    )
    with pytest.raises(NdbError) as caught:
        score_file(sheets=[*many, *sheets])
    assert caught.value.code == "E-SIZE"
    assert refusal(lambda: open_score(b"x" * (scorefile.MAX_FILE + 1), None)) == "E-SIZE"


CONTENT = plain_payload()


def paths(value: object, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, part in inner for path in paths(part, (*at, key)))]


PATHS = [path for path in paths(CONTENT) if path]
junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
    st.sampled_from(["", "0", "L1", "scored", "recused", "A-001", AT, "0" * 64, "T1.1.basis"]),
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PATHS), junk, st.sampled_from(["set", "drop", "add"]))
def test_any_mutation_is_read_or_refused(path: tuple[Any, ...], value: object, how: str) -> None:
    content = msgspec.json.decode(msgspec.json.encode(CONTENT))
    holder = content
    for step in path[:-1]:
        holder = holder[step]
    if how == "drop":
        del holder[path[-1]]
    elif how == "add" and isinstance(holder, dict):
        holder[f"{path[-1]}x"] = value
    else:
        holder[path[-1]] = value
    code = code_of(json.dumps(content).encode("utf-8", "surrogatepass"))
    assert not code or code.startswith(
        ("E-JSON", "E-SHEET-", "E-SCORE-", "E-SIGN", "E-KEY-PUBLIC", "E-F", "E-V", "E-C")
    )


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_changed_byte_of_a_signed_payload_is_read_or_refused(data: st.DataObject) -> None:
    body = bytearray(msgspec.json.encode(CONTENT))
    at = data.draw(st.integers(0, len(body) - 1))
    body[at] = data.draw(st.integers(0, 255))
    code_of(bytes(body))
