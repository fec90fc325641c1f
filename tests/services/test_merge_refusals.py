"""Every reason for which the merge refuses a file has its own code, and leaves the registry as it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ndb_desktop.domain.sheet import Challenge, Declaration, ItemEntry, Sheet
from ndb_desktop.formats.scorefile import BundleRef, PersonRef, ScorePayload, StatementRef
from ndb_desktop.services.merge import FileVerdict, merge_files
from ndb_desktop.services.office import Office
from tests.support.office import (
    bundle_id,
    issue,
    make_office,
    make_score_file,
    raw_sheet,
    recused_sheet,
    score_payload,
    scored_sheet,
    small_batch,
)
from tests.support.tampering import SPOILT
from tests.support.travel import AT, person, refusal, signed_json, tiny_pack


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = make_office(tmp_path / "office")
    yield office
    before = dict(office.registry.derived_digests())
    assert office.rebuild().equal
    assert dict(office.registry.derived_digests()) == before
    assert office.verify_log().ok
    office.close()


def refused(office: Office, path: Path) -> FileVerdict:
    """The verdict on a file that must be refused; nothing of it may be kept."""
    before = dict(office.registry.derived_digests())
    (verdict,) = merge_files(office, [path]).verdicts
    assert verdict.verdict == "refused"
    assert dict(office.registry.derived_digests()) == before
    assert office.status().files == 0
    assert verdict.fault is not None
    assert office.refusals()[-1].code == verdict.fault.code
    return verdict


def code(office: Office, path: Path) -> str:
    fault = refused(office, path).fault
    assert fault is not None
    return fault.code


def changed(office: Office, tmp_path: Path, **fields: object) -> Path:
    """A file of E01 whose payload has other fields, correctly signed."""
    return make_score_file(
        office, tmp_path / "x.ndbscore", "E01", [scored_sheet("A-001")],
        change=lambda payload: msgspec.structs.replace(payload, **fields),
    )  # fmt: skip


def altered(office: Office, tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A file of E01 whose sheet was changed by hand before it was signed."""
    record = json.loads(raw_sheet(office, scored_sheet("A-001")))
    change(record)
    raw = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
    return make_score_file(office, tmp_path / "x.ndbscore", "E01", [raw])


def with_item(item: str, **fields: object) -> Sheet:
    sheet = scored_sheet("A-001")
    return replace(sheet, items={**sheet.items, item: replace(sheet.items[item], **fields)})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"trial": False, "enrolment": None}, "E-TRIAL-REGISTRY"),
        ({"batch": "T-2028"}, "E-BATCH"),
        ({"bundle": BundleRef("9" * 32, "9" * 64)}, "E-BUNDLE-UNKNOWN"),
        ({"bundle": BundleRef(bundle_id("E01"), "9" * 64)}, "E-BUNDLE-DIGEST"),
        ({"statements": ()}, "E-STATEMENTS"),
        ({"statements": (StatementRef("S1", "6" * 64, AT),)}, "E-STATEMENTS"),
        ({"enrolment": None}, "E-KEY-UNKNOWN"),
    ],
)
def test_what_the_file_says_of_itself(office: Office, tmp_path: Path, fields: dict[str, object], expected: str) -> None:
    assert code(office, changed(office, tmp_path, **fields)) == expected


def test_a_trial_file_stays_out_of_an_official_registry(tmp_path: Path) -> None:
    trial = make_office(tmp_path / "trial")

    official = make_office(tmp_path / "official", batch=small_batch(trial=False))
    path = make_score_file(trial, tmp_path / "x.ndbscore", "E01", [scored_sheet("A-001")])
    assert code(official, path) == "E-TRIAL"
    trial.close()
    official.close()


def test_somebody_elses_bundle(office: Office, tmp_path: Path) -> None:
    def other(payload: ScorePayload) -> ScorePayload:
        who = PersonRef("E02", "专家02", payload.expert.key)
        return msgspec.structs.replace(payload, expert=who)

    path = make_score_file(office, tmp_path / "x.ndbscore", "E01", [scored_sheet("A-001")], change=other)
    assert code(office, path) == "E-PERSON"


def test_somebody_elses_key(office: Office, tmp_path: Path) -> None:
    first = make_score_file(office, tmp_path / "1.ndbscore", "E01", [scored_sheet("A-001")])
    merge_files(office, [first])
    path = make_score_file(office, tmp_path / "2.ndbscore", "E02", [scored_sheet("A-001")], identity=person("E01"))
    (verdict,) = merge_files(office, [path]).verdicts
    assert verdict.fault is not None
    assert verdict.fault.code == "E-PERSON"


def test_a_withdrawn_or_replaced_bundle(office: Office, tmp_path: Path) -> None:
    path = make_score_file(office, tmp_path / "x.ndbscore", "E01", [scored_sheet("A-001")])
    issue(office, "E01", ["A-001", "A-002"], number=2, replaces=bundle_id("E01"))
    assert code(office, path) == "E-BUNDLE-REVOKED"
    again = make_score_file(office, tmp_path / "y.ndbscore", "E01", [scored_sheet("A-001")], bundle=2)
    assert merge_files(office, [again]).verdicts[0].verdict == "accepted"


def test_an_application_that_was_not_in_the_bundle(office: Office, tmp_path: Path) -> None:
    issue(office, "E01", ["A-001"], number=3)
    path = make_score_file(office, tmp_path / "x.ndbscore", "E01", [scored_sheet("A-002")], bundle=3)
    verdict = refused(office, path)
    assert verdict.fault is not None
    assert (verdict.fault.code, verdict.fault.place) == ("E-NOT-ASSIGNED", "A-002")


def test_an_application_taken_away_since(office: Office, tmp_path: Path) -> None:
    path = make_score_file(office, tmp_path / "x.ndbscore", "E01", [scored_sheet("A-001"), scored_sheet("A-002")])
    office.replace_assignments([pair for pair in office.assignments() if pair.application == "A-002"])
    assert code(office, path) == "E-NOT-ASSIGNED"


def test_another_rule_pack(office: Office, tmp_path: Path) -> None:
    other = replace(tiny_pack(), digest="d" * 64)
    office.__dict__["packs"] = {"park": other}
    path = make_score_file(office, tmp_path / "x.ndbscore", "E01", [scored_sheet("A-001")])
    office.__dict__["packs"] = {"park": tiny_pack()}
    assert code(office, path) == "E-PACK"


def test_a_recused_sheet_with_marks(office: Office, tmp_path: Path) -> None:
    marks = json.loads(raw_sheet(office, scored_sheet("A-001")))["items"]
    record = json.loads(raw_sheet(office, recused_sheet("A-001"))) | {"items": marks}

    payload = json.loads(msgspec.json.encode(score_payload(office, "E01", [raw_sheet(office, recused_sheet("A-001"))])))
    payload["sheets"] = [record]
    path = tmp_path / "x.ndbscore"
    path.write_bytes(signed_json(payload, "application/vnd.ndb.score.v1+json", person("E01")))
    assert code(office, path) == "E-SHEET-RECUSED"


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        (with_item("T1.2.basis", value=Decimal(95)), "E-ITEM-RANGE"),
        (with_item("T1.2.basis", value=Decimal(-1)), "E-ITEM-RANGE"),
        (with_item("T1.2.basis", value=Decimal("85.5")), "E-ITEM-STEP"),
        (with_item("T1.2.basis", level=None), "E-ITEM-LEVEL"),
        (with_item("T1.2.basis", value=None), "E-ITEM-VALUE"),
        (with_item("T1.2.plan", level="L5", value=Decimal(95)), "E-ITEM-REASON"),
        (with_item("T1.1.basis", confirm=""), "E-ITEM-CONFIRM"),
        (with_item("T1.1.basis", value=Decimal(90)), "E-ITEM-COMPUTED"),
        (with_item("T1.1.basis", confirm="challenged"), "E-CHALLENGE-MISSING"),
        (with_item("T1.2.plan", state="not_applicable", level=None, value=None), "E-ITEM-NA"),
        (with_item("T1.2.plan", state="absent", level=None, value=None), "E-ITEM-STATE"),
        (
            replace(
                with_item("T1.1.basis", confirm="challenged"),
                challenges=(Challenge("q", "T1.1", "nope", "2025", None, "D1", 1, "不符合审计报告所载数字"),),
            ),
            "E-CHALLENGE-DATUM",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_marks_the_rules_do_not_allow(office: Office, tmp_path: Path, sheet: Sheet, expected: str) -> None:
    path = make_score_file(office, tmp_path / "x.ndbscore", "E01", [sheet])
    assert code(office, path) == expected


def test_an_item_left_out_or_made_up(office: Office, tmp_path: Path) -> None:
    assert code(office, altered(office, tmp_path, lambda r: r["items"].pop())) == "E-ITEM-OPEN"
    path = altered(office, tmp_path, lambda r: r["items"].append(r["items"][0] | {"item": "T9.9.plan"}))
    assert code(office, path) == "E-ITEM-UNKNOWN"


def test_several_faults_are_all_told(office: Office, tmp_path: Path) -> None:
    def spoil(record: dict[str, Any]) -> None:
        record["items"][1]["value"] = "12"
        record["items"][3]["value"] = "13"

    verdict = refused(office, altered(office, tmp_path, spoil))
    assert [fault.code for fault in verdict.faults] == ["E-ITEM-RANGE", "E-ITEM-RANGE"]
    assert [fault.place for fault in verdict.faults] == ["A-001/T1.2.basis", "A-001/T1.2.plan"]


@pytest.mark.parametrize(("item", "computed"), [(0, "99"), (0, None), (2, "12.5"), (1, "80")])
def test_a_computed_score_that_is_not_the_rules(
    office: Office, tmp_path: Path, item: int, computed: str | None
) -> None:
    def spoil(record: dict[str, Any]) -> None:
        record["items"][item]["computed"] = computed

    assert code(office, altered(office, tmp_path, spoil)) == "E-COMPUTED"


def test_one_bad_sheet_refuses_the_whole_signed_file(office: Office, tmp_path: Path) -> None:
    bad = with_item("T1.2.basis", value=Decimal(95))
    path = make_score_file(office, tmp_path / "x.ndbscore", "E01", [scored_sheet("A-002"), bad])
    assert code(office, path) == "E-ITEM-RANGE"
    assert office.registry.standings() == ()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "E-ENVELOPE-JSON"),
        (b"[" * 100_000, "E-ENVELOPE-DEPTH"),
        (b'{"payload":"","payload":"","payloadType":"","signatures":[]}', "E-ENVELOPE-NAMES"),
        (b"x" * (9 * 1024 * 1024), "E-SIZE"),
        (b"age-encryption.org/v1\n-> X25519 x\n", "E-AGE-HEADER"),
    ],
    ids=["empty", "deep", "twice", "huge", "age"],
)
def test_files_that_are_not_ours(office: Office, tmp_path: Path, data: bytes, expected: str) -> None:
    path = tmp_path / "x.ndbscore"
    path.write_bytes(data)
    assert code(office, path) == expected


def test_deep_json_behind_a_good_signature(office: Office, tmp_path: Path) -> None:

    path = tmp_path / "x.ndbscore"
    deep = b'{"format":"ndb-score","version":1,"x":' + b"[" * 50 + b"]" * 50 + b"}"
    path.write_bytes(signed_json(deep, "application/vnd.ndb.score.v1+json", person("E01")))
    assert code(office, path) == "E-JSON-DEPTH"


def test_one_flipped_byte_anywhere(office: Office, tmp_path: Path) -> None:
    data = make_score_file(office, tmp_path / "x.ndbscore", "E01", [scored_sheet("A-001")]).read_bytes()
    path = tmp_path / "y.ndbscore"
    found = set()
    for place in range(0, len(data), max(1, len(data) // 120)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        (verdict,) = merge_files(office, [path], dry_run=True).verdicts
        assert verdict.verdict == "refused", place
        assert verdict.fault is not None
        assert verdict.fault.code in SPOILT, place
        found.add(verdict.fault.code)
    # Most of the file is what was signed: there the signature says no.
    assert "E-SIGNATURE" in found


def test_a_bundle_or_a_missing_file_is_told(office: Office, tmp_path: Path) -> None:
    (verdict,) = merge_files(office, [tmp_path / "gone.ndbscore"]).verdicts
    assert verdict.fault is not None
    assert verdict.fault.code == "E-STORE-MISSING"


def test_a_sheet_without_declaration_cannot_exist(office: Office) -> None:

    sheet = replace(scored_sheet("A-001"), declaration=Declaration())
    assert refusal(lambda: raw_sheet(office, sheet)) == "E-SHEET-UNDECLARED"
    empty = replace(scored_sheet("A-001"), items={"T1.2.plan": ItemEntry("T1.2.plan")})
    assert refusal(lambda: raw_sheet(office, empty)) == "E-SHEET-OPEN"
