"""The checklist pack of inspections: values, every fault with its path and code, its own vectors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.errors import Fault, FaultsError
from ndb_desktop.domain.packload import compose_pack
from ndb_desktop.domain.packstages import MAX_SIZE
from ndb_desktop.domain.sitepack import FALSE_DATA, VETO_GROUNDS, load_site_pack
from ndb_desktop.domain.siterecord import MEETINGS
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.texts import LANGUAGES, fault_text
from tests.support.sitepacks import site_pack, site_pack_whole

Change = Callable[[dict[str, Any]], Any]


@cache
def _whole() -> bytes:
    return canonical(site_pack_whole())


def faults_of(raw: bytes) -> tuple[Fault, ...]:
    with pytest.raises(FaultsError) as caught:
        load_site_pack(raw)
    return tuple(caught.value.faults)


def changed(change: Change) -> bytes:
    value: dict[str, Any] = json.loads(_whole())
    change(value)
    return canonical(value)


def member(name: str, value: Any) -> Change:
    """Sets a member of the definition, with `...` removes it."""

    def change(whole: dict[str, Any]) -> None:
        if value is ...:
            del whole["pack"][name]
        else:
            whole["pack"][name] = value

    return change


def item(number: int, **values: Any) -> Change:
    return lambda whole: whole["pack"]["items"][number].update(values)


def text(key: str, value: str) -> Change:
    return lambda whole: whole["texts"]["zh_CN"].update({key: value})


def vector(number: int, **values: Any) -> Change:
    return lambda whole: whole["vectors"][number].update(values)


def verdicts_only(whole: dict[str, Any]) -> None:
    whole["vectors"] = [row for row in whole["vectors"] if row["kind"] == "verdict" and row["verdict"] != "open"]


def without_integrity(whole: dict[str, Any]) -> None:
    whole["pack"]["statements"].remove("integrity")
    for texts in whole["texts"].values():
        del texts["statement.integrity"]


def rows(*pairs: tuple[int, int]) -> list[dict[str, int]]:
    return [{"severe": severe, "minor": minor} for severe, minor in pairs]


def test_what_a_pack_holds() -> None:
    pack = site_pack()
    assert (pack.id, pack.stage, pack.is_proposal, pack.categories) == (
        "site-check",
        "site",
        True,
        ("park", "enterprise"),
    )
    assert tuple(meeting.id for meeting in pack.meetings) == MEETINGS == tuple(pack.meeting_by_id)
    assert (pack.bands.consistent, pack.bands.deviation) == (Fraction(5), Fraction(20))
    assert tuple(ground.id for ground in pack.grounds) == VETO_GROUNDS
    assert [(row.severe, row.minor) for row in pack.verdict] == [(0, 10), (1, 8)]
    assert pack.photos.gps_in_pdf is False
    assert pack.least_members == 2
    assert {pack.item_by_id[name].ground for name in ("S10", "S19")} == {FALSE_DATA, "V1"}
    assert not pack.item_by_id["S05"].starred
    assert pack.ground_by_id["V6"].text.en.endswith("false")
    assert pack.digest == hashlib.sha256(pack.raw).hexdigest() == load_site_pack(pack.raw).digest
    assert pack.raw == _whole() == compose_pack(*_parts())


def _parts() -> tuple[Any, Any, Any, list[Any]]:
    whole = site_pack_whole()
    return whole["pack"], whole["texts"]["zh_CN"], whole["texts"]["en"], whole["vectors"]


def test_positions_stay_out_of_a_pdf_unless_the_pack_says_otherwise() -> None:
    def silent(whole: dict[str, Any]) -> None:
        del whole["pack"]["photos"]["gps_in_pdf"]

    assert load_site_pack(changed(silent)).photos.gps_in_pdf is False
    said = changed(lambda whole: whole["pack"]["photos"].update(gps_in_pdf=True))
    assert load_site_pack(said).photos.gps_in_pdf is True


FAULTS: list[tuple[Change, str, str]] = [
    (member("format", "ndb-rulepack/1"), "E-PACK-CHOICE", "pack.format"),
    (member("stage", "selection"), "E-PACK-CHOICE", "pack.stage"),
    (member("sample", ...), "E-PACK-KEY-MISSING", "pack"),
    (member("colour", "red"), "E-PACK-KEY-UNKNOWN", "pack"),
    (member("id", "1 2"), "E-PACK-ID", "pack.id"),
    (member("version", " "), "E-PACK-VERSION", "pack.version"),
    (member("status", "正式"), "E-PACK-STATUS", "pack.document_number"),
    (member("categories", []), "E-PACK-LENGTH", "pack.categories"),
    (member("categories", ["park", "park"]), "E-PACK-TWICE", "pack.categories[1]"),
    (member("categories", ["city"]), "E-PACK-CHOICE", "pack.categories[0]"),
    (member("least_members", 1), "E-PACK-RANGE", "pack.least_members"),
    (member("sample", "5"), "E-PACK-TYPE", "pack.sample"),
    (member("meetings", []), "E-PACK-LENGTH", "pack.meetings"),
    (lambda whole: whole["pack"]["meetings"].reverse(), "E-PACK-CHOICE", "pack.meetings[0].id"),
    (lambda whole: whole["pack"]["meetings"][0].update(optional="no"), "E-PACK-TYPE", "pack.meetings[0].optional"),
    (member("methods", ["guess"]), "E-PACK-CHOICE", "pack.methods[0]"),
    (member("bands", {"consistent": 5, "deviation": "20"}), "E-PACK-TYPE", "pack.bands.consistent"),
    (member("bands", {"consistent": "5 %", "deviation": "20"}), "E-PACK-NUMBER", "pack.bands.consistent"),
    (member("bands", {"consistent": "-1", "deviation": "20"}), "E-PACK-RANGE", "pack.bands.consistent"),
    (member("bands", {"consistent": "20", "deviation": "20"}), "E-PACK-SITE-BANDS", "pack.bands"),
    (member("notes", {"conclusions": ["wrong"], "grades": []}), "E-PACK-CHOICE", "pack.notes.conclusions[0]"),
    (member("groups", ["identity", "identity"]), "E-PACK-TWICE", "pack.groups[1]"),
    (item(0, group="nowhere"), "E-PACK-CHOICE", "pack.items[0].group"),
    (item(23, group="data"), "E-PACK-SITE-GROUP", "pack.groups[5]"),
    (item(0, veto="V9"), "E-PACK-CHOICE", "pack.items[0].veto"),
    (item(0, photo="many"), "E-PACK-CHOICE", "pack.items[0].photo"),
    (item(0, not_applicable=True), "E-PACK-SITE-STAR", "pack.items[0].not_applicable"),
    (item(1, id="S01"), "E-PACK-TWICE", "pack.items[1]"),
    (member("grounds", ["V1", "V2", "V3", "V4", "V5", "V8"]), "E-PACK-CHOICE", "pack.items[9].veto"),
    (member("verdict", []), "E-PACK-LENGTH", "pack.verdict"),
    (member("verdict", rows((0, 8), (1, 10))), "E-PACK-SITE-VERDICT", "pack.verdict[1]"),
    (member("verdict", rows((1, 8), (1, 8))), "E-PACK-SITE-VERDICT", "pack.verdict[1]"),
    (without_integrity, "E-PACK-SITE-STATEMENT", "pack.statements"),
    (member("photos", {"most": 0, "most_bytes": 100_000}), "E-PACK-RANGE", "pack.photos.most"),
    (member("photos", {"most": 9, "most_bytes": 10**9}), "E-PACK-RANGE", "pack.photos.most_bytes"),
    (text("S01.title", " "), "E-PACK-TEXT-EMPTY", "texts.zh_CN[S01.title]"),
    (text("S99.title", "多余"), "E-PACK-TEXT-UNUSED", "texts.zh_CN[S99.title]"),
    (text("S01.title", "汇报幻灯 片"), "E-PACK-WORDING", "texts.zh_CN[S01.title]"),
    (lambda whole: whole["texts"]["en"].pop("S01.title"), "E-PACK-TEXT-MISSING", "texts.en[S01.title]"),
    (lambda whole: whole["texts"]["en"].update(title="A slide deck"), "E-PACK-WORDING", "texts.en[title]"),
    (vector(1, conclusion="deviation"), "E-PACK-VECTOR", "vectors[1]"),
    (vector(1, percent="6"), "E-PACK-VECTOR", "vectors[1]"),
    (vector(11, percent="0"), "E-PACK-VECTOR", "vectors[11]"),
    (vector(1, declared="x"), "E-PACK-NUMBER", "vectors[1].declared"),
    (vector(15, verdict="failed"), "E-PACK-VECTOR", "vectors[15]"),
    (vector(15, kind="score"), "E-PACK-CHOICE", "vectors[15].kind"),
    (vector(15, minor=12, open=12), "E-PACK-RANGE", "vectors[15]"),
    (vector(15, failed=["S05"]), "E-PACK-CHOICE", "vectors[15].failed[0]"),
    (lambda whole: whole["vectors"].append(7), "E-PACK-TYPE", "vectors[26]"),
    (verdicts_only, "E-PACK-SITE-VECTORS", "vectors"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code", "place"), FAULTS)
def test_every_fault_is_told_with_its_path(change: Change, code: str, place: str) -> None:
    faults = faults_of(changed(change))
    assert (code, place) in {(fault.code, fault.place) for fault in faults}
    assert all(fault_text(fault, language) for fault in faults for language in LANGUAGES)


def test_all_faults_of_a_stage_are_told_at_once() -> None:
    def change(whole: dict[str, Any]) -> None:
        member("least_members", 0)(whole)
        member("verdict", "none")(whole)
        item(3, veto="V0")(whole)

    places = {fault.place for fault in faults_of(changed(change))}
    assert places == {"pack.least_members", "pack.verdict", "pack.items[3].veto"}


def test_conclusions_without_a_vector_are_each_named() -> None:
    faults = faults_of(changed(verdicts_only))
    named = {fault.params["expected"] for fault in faults if fault.code == "E-PACK-SITE-VECTORS"}
    assert named == {"consistent", "deviation", "major", "open"}


def test_the_ground_of_false_data_is_needed() -> None:
    def change(whole: dict[str, Any]) -> None:
        whole["pack"]["grounds"].remove(FALSE_DATA)
        whole["pack"]["items"][9]["veto"] = "V5"
        for texts in whole["texts"].values():
            del texts[f"ground.{FALSE_DATA}"]

    assert [(fault.code, fault.place) for fault in faults_of(changed(change))] == [
        ("E-PACK-SITE-GROUND", "pack.grounds")
    ]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "E-PACK-SYNTAX"),
        (b'{"a":1,"a":2}', "E-PACK-DUPLICATE"),
        (b'{"a":0.5}', "E-PACK-FLOAT"),
        (b"\xff", "E-PACK-ENCODING"),
        (b"[" * 40 + b"]" * 40, "E-PACK-DEPTH"),
        (b" " * (MAX_SIZE + 1), "E-PACK-SIZE"),
    ],
)
def test_what_is_no_strict_json_is_refused(raw: bytes, code: str) -> None:
    assert [fault.code for fault in faults_of(raw)] == [code]


def test_a_pack_of_another_kind_is_refused() -> None:
    assert faults_of(b"[]")
    assert faults_of(b'{"pack":[],"texts":[],"vectors":{}}')


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_damage_gives_faults_or_a_sound_pack(data: st.DataObject) -> None:
    value: Any = json.loads(_whole())
    target: Any = value
    while isinstance(target, dict | list) and target:
        steps = sorted(target) if isinstance(target, dict) else list(range(len(target)))
        step = data.draw(st.sampled_from(steps))
        if not isinstance(target[step], dict | list) or data.draw(st.integers(0, 3)) == 0:
            odd = st.sampled_from([None, True, -1, 0, 10**9, "", "正式", "V7", "1e5", [], {}, [[]], {"a": "b"}])
            target[step] = data.draw(odd)
            break
        target = target[step]
    raw = canonical(value)
    found: tuple[Fault, ...] = ()
    try:
        assert load_site_pack(raw).raw == raw
    except FaultsError as error:
        found = tuple(error.faults)
    assert all(fault_text(fault, language) for fault in found for language in LANGUAGES)
