"""Applications as JSON: round trip, canonical bytes, and every refusal with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.formats.applicationrecord import MAX_SIZE
from ndb_desktop.formats.applications import application_from_json, application_to_json, cover_from_own
from ndb_desktop.texts import LANGUAGES, fault_text
from tests.support.packs import sample_application

ROOT = Path(__file__).resolve().parents[2]
Change = Callable[[dict[str, Any]], Any]


def whole() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(application_to_json(sample_application("park")))
    return value


def refused(raw: bytes) -> set[tuple[str, str]]:
    with pytest.raises(NdbError) as caught:
        application_from_json(raw, "applications.jsonl:12")
    for fault in caught.value.faults:
        assert fault.place.startswith("applications.jsonl:12")
        assert all(fault_text(fault, language) for language in LANGUAGES)
    return {(f.code, f.place.removeprefix("applications.jsonl:12").removeprefix(": ")) for f in caught.value.faults}


@pytest.mark.parametrize("category", ["park", "enterprise"])
def test_a_cover_is_the_application_without_its_data(category: Any) -> None:
    application = sample_application(category)
    assert all((application.data, application.targets, application.documents))
    cover = cover_from_own(application_to_json(application))
    assert cover == replace(application, data={}, targets=(), tasks=())


@pytest.mark.parametrize("category", ["park", "enterprise"])
def test_round_trip_is_exact_and_canonical(category: Any) -> None:
    application = sample_application(category, special_region=True)
    datum = application.data["staff"]
    checked = replace(datum, verified={"": Decimal("12.5")})
    application = replace(application, data={**application.data, "staff": checked})
    raw = application_to_json(application)
    assert application_from_json(raw) == application
    assert application_to_json(application_from_json(raw)) == raw
    shuffled = json.dumps(json.loads(raw), indent=4, ensure_ascii=True).encode()
    assert application_to_json(application_from_json(b"\xef\xbb\xbf" + shuffled)) == raw


def data(code: str, **changes: Any) -> Change:
    def change(value: dict[str, Any]) -> None:
        for name, new in changes.items():
            if new is ...:
                del value["data"][code][name]
            else:
                value["data"][code][name] = new

    return change


CASES: list[tuple[str, str, Change]] = [
    ("E-RECORD-UNKNOWN", "", lambda v: v.update(slides="x")),
    ("E-RECORD-UNKNOWN", "tasks[0]", lambda v: v["tasks"][0].update(x=1)),
    ("E-RECORD-MISSING", "", lambda v: v.pop("region")),
    ("E-RECORD-TYPE", "year", lambda v: v.update(year="2025")),
    ("E-RECORD-TYPE", "special_region", lambda v: v.update(special_region=1)),
    ("E-RECORD-VALUE", "region", lambda v: v.update(region="35010")),
    ("E-RECORD-VALUE", "id", lambda v: v.update(id="A1\n")),
    ("E-RECORD-VALUE", "id", lambda v: v.update(id="../A1")),
    ("E-RECORD-VALUE", "category", lambda v: v.update(category="town")),
    ("E-RECORD-VALUE", "applicant", lambda v: v.update(applicant="")),
    ("E-RECORD-CONTROL", "applicant", lambda v: v.update(applicant="甲\u202e乙")),
    ("E-RECORD-CONTROL", "summary", lambda v: v.update(summary="a\x00b")),
    ("E-RECORD-CONTROL", "tasks[0].owner", lambda v: v["tasks"][0].update(owner="\x1b[31m")),
    ("E-NUMBER", "data.staff.values[]", data("staff", values={"": "1e5"})),
    ("E-NUMBER", "data.staff.values[]", data("staff", values={"": "１"})),
    ("E-NUMBER", "targets[0].target", lambda v: v["targets"][0].update(target="NaN")),
    ("E-NUMBER", "tasks[0].weight", lambda v: v["tasks"][0].update(weight="1_0")),
    ("E-APP-WEIGHT", "tasks[0].weight", lambda v: v["tasks"][0].update(weight="101")),
    ("E-APP-DATUM", "data.staff", data("staff", flag=True)),
    ("E-APP-DATUM", "data.staff", data("staff", values=...)),
    ("E-APP-DATUM", "data.staff", data("staff", values={})),
    ("E-APP-VERIFIED", "data.mechanisms", data("mechanisms", verified={"": "1"})),
    ("E-APP-YEARS", "data.staff.values", data("staff", values={"": "1", "2025": "2"})),
    ("E-APP-YEAR", "data.staff.values", data("staff", values={"2026": "2"})),
    ("E-APP-YEAR", "data.staff.values", data("staff", values={"last": "2"})),
    ("E-APP-YEAR", "data.staff.verified", data("staff", verified={"٢٠٢٥": "2"})),
    (
        "E-APP-DATE",
        "data.mechanisms.objects[0]",
        lambda v: v["data"]["mechanisms"]["objects"][0].update(date="2025-02-30"),
    ),
    (
        "E-APP-DATE",
        "data.mechanisms.objects[0]",
        lambda v: v["data"]["mechanisms"]["objects"][0].update(date="20250101"),
    ),
    ("E-APP-EVIDENCE", "data.staff.evidence[0]", data("staff", evidence=[{"document": "D9"}])),
    ("E-APP-NAME", "documents[0].name", lambda v: v["documents"][0].update(name="../../etc/passwd")),
    ("E-APP-NAME", "documents[0].name", lambda v: v["documents"][0].update(name="..")),
    (
        "E-APP-TWICE",
        "documents[1]",
        lambda v: v["documents"].append({"id": "D2", "name": "基本情况.PDF", "title": "x"}),
    ),
    ("E-APP-TWICE", "tasks[1]", lambda v: v["tasks"][1].update(id="T1")),
    ("E-APP-TWICE", "targets[1]", lambda v: v["targets"].insert(1, v["targets"][0])),
]


@pytest.mark.parametrize(("code", "place", "change"), CASES, ids=[f"{n}-{c[0]}" for n, c in enumerate(CASES)])
def test_every_refusal_has_its_code_and_place(code: str, place: str, change: Change) -> None:
    value = whole()
    change(value)
    assert (code, place) in refused(canonical(value))


@pytest.mark.parametrize(
    ("code", "raw"),
    [
        ("E-RECORD-SIZE", b" " * (MAX_SIZE + 1)),
        ("E-RECORD-JSON", b"{"),
        ("E-RECORD-JSON", b"\xb9\xe3"),
        ("E-RECORD-JSON", b"[" * 50000),
        ("E-RECORD-DUPLICATE", b'{"id":"A","id":"B"}'),
        ("E-RECORD-FLOAT", b'{"id":1.5}'),
        ("E-RECORD-FLOAT", b'{"id":NaN}'),
        ("E-RECORD-TYPE", b"[]"),
    ],
)
def test_what_is_not_a_record(code: str, raw: bytes) -> None:
    assert {found for found, _ in refused(raw)} == {code}


def test_all_faults_of_a_record_are_told_at_once() -> None:
    value = whole()
    value["data"]["staff"]["values"] = {"": "x"}
    value["documents"][0]["name"] = "a/b"
    assert {"E-NUMBER", "E-APP-NAME"} <= {code for code, _ in refused(canonical(value))}


def test_hand_over_documents_need_only_id_name_and_title() -> None:
    value = whole()
    value["documents"] = [{"id": "D1", "name": "a.pdf", "title": "材料"}]
    document = application_from_json(canonical(value)).documents[0]
    assert (document.sha256, document.size, document.pages) == ("", 0, 0)


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
        lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=5), x, max_size=3),
    ),
    st.data(),
)
def test_damaged_records_are_refused_or_read_and_nothing_else(junk: Any, draw: st.DataObject) -> None:
    value = whole()
    value[draw.draw(st.sampled_from(sorted(value)))] = junk
    try:
        application = application_from_json(canonical(value))
    except NdbError as error:
        faults = error.faults
    else:
        faults = ()
        assert application_from_json(application_to_json(application)) == application
    assert all(fault_text(fault, "en") for fault in faults)


def test_the_published_schemas_are_current() -> None:
    import importlib.util

    spec = importlib.util.spec_from_file_location("make_schema", ROOT / "build/make_schema.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.schemas()
    assert set(made) == {path.name for path in (ROOT / "docs").glob("*.schema.json")}
    for name, text in made.items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == text, name
