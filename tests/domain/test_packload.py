"""Every fault of a pack is refused with its path and code; random damage never gives anything but faults."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.errors import Fault, FaultsError
from ndb_desktop.domain.numbers import exact, half_up, parse_number
from ndb_desktop.domain.packload import compose_pack, load_pack
from ndb_desktop.domain.packstages import MAX_SIZE
from ndb_desktop.domain.packvectors import vectors_of
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.rules import compute_basis, compute_target
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.texts import LANGUAGES, fault_text
from tests.support.packs import pack_for, pack_parts

ROOT = Path(__file__).resolve().parents[2]
Change = Callable[[dict[str, Any]], Any]


@cache
def _whole() -> bytes:
    pack, zh, en, vectors = pack_parts("park")
    return compose_pack(pack, zh, en, vectors)


def whole() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(_whole())
    return value


def faults_of(raw: bytes) -> tuple[Fault, ...]:
    with pytest.raises(FaultsError) as caught:
        load_pack(raw)
    return tuple(caught.value.faults)


def put(path: str, value: Any) -> Change:
    """A change that sets (or with `...` removes) the member at `pack.groups[0]`."""

    def change(whole: dict[str, Any]) -> None:
        target: Any = whole
        steps: list[Any] = [
            int(n) if n else name for name, n in re.findall(r"([^.\[\]]+(?:\.[0-9][^.\[\]]*)*)|\[(\d+)\]", path)
        ]
        steps = [step if isinstance(step, int) else step.replace("|", ".") for step in steps]
        for step in steps[:-1]:
            target = target[step]
        if value is ...:
            del target[steps[-1]]
        elif isinstance(target, list) and steps[-1] == len(target):
            target.append(value)
        else:
            target[steps[-1]] = value

    return change


R = "pack.indicators[3].rule"
RD = {"op": "sum", "code": "rd_spending"}
X = {"type": "piecewise", "x": "rd_intensity", "points": [["0", "0"], ["1", "100"]]}


def tiers(*edges: tuple[str | None, str | None]) -> dict[str, Any]:
    bands = [{"from": low, "to": high, "points": str(10 * n)} for n, (low, high) in enumerate(edges)]
    return {"type": "tiers", "x": "rd_intensity", "boundary": "higher", "bands": bands}


def nested(depth: int) -> Any:
    return "1" if depth == 0 else {"op": "add", "args": [nested(depth - 1), "1"]}


WIDE = {"op": "add", "args": [{"op": "add", "args": ["1"] * 15} for _ in range(5)]}


def fifth_group(whole: dict[str, Any]) -> None:
    whole["pack"]["groups"].append("P5")
    for texts in whole["texts"].values():
        texts["group.P5"] = "x"


def twelfth_indicator(whole: dict[str, Any]) -> None:
    whole["pack"]["indicators"].append(copy.deepcopy(whole["pack"]["indicators"][0]))


def mostly_judged(whole: dict[str, Any]) -> None:
    for indicator in whole["pack"]["indicators"]:
        indicator["weights"]["basis"] = "30" if indicator["kind"] == "qualitative" else "1"


def level_without_a_number(whole: dict[str, Any]) -> None:
    whole["pack"]["settings"]["step"] = "10"
    whole["pack"]["bands"][1]["low"] = "81"
    whole["pack"]["bands"][2]["high"] = "80.99"


CASES: list[tuple[str, str, Change]] = [
    ("E-PACK-KEY-UNKNOWN", "pack", put("pack.colour", "red")),
    ("E-PACK-KEY-UNKNOWN", f"{R}.score", put(f"{R}.score.left", "zero")),
    ("E-PACK-KEY-MISSING", "pack.indicators[3]", put("pack.indicators[3].weights", ...)),
    ("E-PACK-KEY-MISSING", "texts", put("texts.en", ...)),
    ("E-PACK-TYPE", "pack.indicators[3].rule.score.points[2]", put(f"{R}.score.points[2]", "2")),
    ("E-PACK-TYPE", "pack.settings.reason_min", put("pack.settings.reason_min", True)),
    ("E-PACK-LENGTH", "pack.indicators[3].rule.score.points[2]", put(f"{R}.score.points[2]", ["2"])),
    ("E-PACK-LENGTH", "pack.bands", put("pack.bands[4]", ...)),
    ("E-PACK-ID", "pack.groups[0]", put("pack.groups[0]", "P 1")),
    ("E-PACK-CHOICE", "pack.category", put("pack.category", "town")),
    ("E-PACK-CHOICE", "pack.data[0].unit", put("pack.data[0].unit", "furlong")),
    ("E-PACK-CHOICE", f"{R}.score.scale", put(f"{R}.score.scale", "x")),
    ("E-PACK-NUMBER", f"{R}.score.points[2][0]", put(f"{R}.score.points[2][0]", "2e0")),
    ("E-PACK-RANGE", f"{R}.score.points[4][1]", put(f"{R}.score.points[4][1]", "101")),
    ("E-PACK-TWICE", "pack.groups[1]", put("pack.groups[1]", "P1")),
    ("E-PACK-TWICE", "pack.indicators[1]", put("pack.indicators[1].id", "P1.1")),
    ("E-PACK-TEXT-MISSING", "texts.en[P2.1.title]", lambda w: w["texts"]["en"].pop("P2.1.title")),
    ("E-PACK-TEXT-EMPTY", "texts.zh_CN[P2.1.source]", lambda w: w["texts"]["zh_CN"].update({"P2.1.source": "  "})),
    ("E-PACK-TEXT-UNUSED", "texts.en[extra]", lambda w: w["texts"]["en"].update(extra="word")),
    ("E-PACK-SHARE", "pack.share", put("pack.share.basis", "50")),
    ("E-PACK-VERSION", "pack.version", put("pack.version", " ")),
    ("E-PACK-STATUS", "pack.document_number", put("pack.status", "正式")),
    ("E-PACK-GROUPS", "pack.groups", fifth_group),
    ("E-PACK-INDICATORS", "pack.indicators", twelfth_indicator),
    ("E-PACK-GROUP-UNKNOWN", "pack.indicators[3].group", put("pack.indicators[3].group", "P9")),
    ("E-PACK-GROUP-EMPTY", "pack.groups[3]", lambda w: [i.update(group="P1") for i in w["pack"]["indicators"][9:]]),
    ("E-PACK-WEIGHTS", "pack.indicators", put("pack.indicators[3].weights.basis", "11")),
    ("E-PACK-WEIGHT", "pack.indicators[3].weights.plan", put("pack.indicators[3].weights.plan", "0")),
    ("E-PACK-QUANTITATIVE", "pack.indicators", mostly_judged),
    ("E-PACK-BANDS-GAP", "pack.bands", put("pack.bands[1].high", "89.98")),
    ("E-PACK-BANDS-GAP", "pack.bands", put("pack.bands[4].low", "1")),
    ("E-PACK-BANDS-OVERLAP", "pack.bands", put("pack.bands[1].high", "90")),
    ("E-PACK-BANDS-ORDER", "pack.bands", put("pack.bands[2].low", "79.99")),
    ("E-PACK-BANDS-EMPTY", "pack.bands", level_without_a_number),
    ("E-PACK-STEP", "pack.settings.step", put("pack.settings.step", "0.3")),
    ("E-PACK-STEP", "pack.settings.step", put("pack.settings.step", "0.001")),
    ("E-PACK-KEY-MISSING", "pack.settings", put("pack.settings.trim_level", ...)),
    ("E-PACK-CHOICE", "pack.settings.trim_level", put("pack.settings.trim_level", "panel")),
    ("E-PACK-PANEL", "pack.settings.trim_from", put("pack.settings.trim_from", 4)),
    (
        "E-PACK-WORDING",
        "texts.zh_CN[P4.1.evidence]",
        lambda w: w["texts"]["zh_CN"].update({"P4.1.evidence": "配套 资金承诺函"}),
    ),
    (
        "E-PACK-WORDING",
        "texts.en[P4.1.evidence]",
        lambda w: w["texts"]["en"].update({"P4.1.evidence": "A Matching  fund letter".replace("  ", " ")}),
    ),
    ("E-PACK-WORDING", "texts.zh_CN[title]", lambda w: w["texts"]["zh_CN"].update({"title": "园区排名指标"})),
    ("E-PACK-TARGET", f"{R}.measures", put(f"{R}.measures[0].target", False)),
    ("E-PACK-CLASSES", "pack.data[0]", put("pack.data[0].classes", ["a"])),
    ("E-PACK-CLASSES", "pack.data[2]", put("pack.data[2].classes", [])),
    ("E-PACK-DATA-UNKNOWN", "pack.indicators[3].data[0]", put("pack.indicators[3].data[0]", "nothing")),
    (
        "E-PACK-DATA-UNKNOWN",
        f"{R}.measures[0].value.code",
        put(f"{R}.measures[0].value", {"op": "sum", "code": "staff"}),
    ),
    (
        "E-PACK-DATA-KIND",
        f"{R}.score.code",
        put(f"{R}.score", {"type": "bool_points", "code": "rd_spending", "yes": "1", "no": "0"}),
    ),
    (
        "E-PACK-YEARS",
        "pack.indicators[0].rule.measures[1].value.args[1].year",
        put("pack.indicators[0].rule.measures[1].value.args[1].year", 0),
    ),
    (
        "E-PACK-YEARS",
        f"{R}.measures[0].value.code",
        lambda w: (
            w["pack"]["data"][4].update(years=2),
            put(
                f"{R}.measures[0].value",
                {
                    "op": "growth",
                    "code": "rd_spending",
                    "kind": "gaoqi",
                    "zero_policy": "gaoqi",
                    "negative_policy": "zero",
                },
            )(w),
        ),
    ),
    (
        "E-PACK-CLASS-UNKNOWN",
        "pack.indicators[2].rule.adjustments[0].when.args[0].left.classes[0]",
        put("pack.indicators[2].rule.adjustments[0].when.args[0].left.classes[0]", "giant"),
    ),
    ("E-PACK-MEASURE-UNKNOWN", f"{R}.score.x", put(f"{R}.score.x", "other")),
    (
        "E-PACK-MEASURE-UNKNOWN",
        f"{R}.measures[0].value.id",
        put(f"{R}.measures[0].value", {"op": "measure", "id": "rd_intensity"}),
    ),
    ("E-PACK-UNIT", f"{R}.measures[0].unit", put(f"{R}.measures[0].unit", "yi_yuan")),
    ("E-PACK-UNIT", f"{R}.measures[0].value", put(f"{R}.measures[0].value", {"op": "share", "args": [RD, "3"]})),
    ("E-PACK-OP", f"{R}.measures[0].value.op", put(f"{R}.measures[0].value.op", "eval")),
    (
        "E-PACK-OP",
        "pack.indicators[0].rule.adjustments[0].when.op",
        put("pack.indicators[0].rule.adjustments[0].when.op", "rank"),
    ),
    (
        "E-PACK-TREE-DEPTH",
        f"{R}.measures[0].value.args[0].args[0].args[0].args[0].args[0].args[0].args[0].args[0]",
        put(f"{R}.measures[0].value", nested(8)),
    ),
    ("E-PACK-TREE-NODES", f"{R}.measures[0].value.args[3].args[14]", put(f"{R}.measures[0].value", WIDE)),
    ("E-PACK-RULE-TYPE", f"{R}.score.type", put(f"{R}.score.type", "percentile")),
    ("E-PACK-RULE-KIND", f"{R}.score.type", put(f"{R}.score", {"type": "level"})),
    ("E-PACK-RULE-KIND", "pack.indicators[9].rule.type", put("pack.indicators[9].rule.type", "piecewise")),
    (
        "E-PACK-PART-WEIGHTS",
        f"{R}.score.parts",
        put(
            f"{R}.score", {"type": "weighted", "parts": [{"weight": "0.5", "score": X}, {"weight": "0.4", "score": X}]}
        ),
    ),
    ("E-PACK-POINTS-ORDER", f"{R}.score.points[2]", put(f"{R}.score.points[2][0]", "1")),
    ("E-PACK-POINTS-MONOTONE", f"{R}.score.points", put(f"{R}.score.points[2][1]", "20")),
    ("E-PACK-TIERS-GAP", f"{R}.score.bands[1]", put(f"{R}.score", tiers((None, "5"), ("6", None)))),
    ("E-PACK-TIERS-GAP", f"{R}.score.bands[0]", put(f"{R}.score", tiers(("0", "5"), ("5", None)))),
    ("E-PACK-TIERS-GAP", f"{R}.score.bands[1]", put(f"{R}.score", tiers((None, "5"), ("5", "9")))),
    ("E-PACK-TIERS-OVERLAP", f"{R}.score.bands[1]", put(f"{R}.score", tiers((None, "5"), ("4", None)))),
    ("E-PACK-TIERS-OVERLAP", f"{R}.score.bands[1]", put(f"{R}.score", tiers((None, None), (None, None)))),
    ("E-PACK-TIERS-ORDER", f"{R}.score.bands[1]", put(f"{R}.score", tiers((None, "5"), ("5", "5"), ("5", None)))),
    (
        "E-PACK-STANDARDS",
        f"{R}.score",
        put(
            f"{R}.score",
            {"type": "efficacy2", "x": "rd_intensity", "poor": "3", "good": "3", "floor": "0", "cap": "100"},
        ),
    ),
    (
        "E-PACK-STANDARDS",
        f"{R}.score.standards",
        put(f"{R}.score", {"type": "efficacy5", "x": "rd_intensity", "standards": ["5", "4", "4", "2", "1"]}),
    ),
    (
        "E-PACK-STANDARDS",
        f"{R}.score.unit",
        put(f"{R}.score", {"type": "per_unit", "x": "rd_intensity", "unit": "0", "points": "1", "cap": "5"}),
    ),
    ("E-PACK-VECTOR", "vectors[0]", put("vectors[0].score", "79.999999")),
    ("E-PACK-VECTOR", "vectors[0]", put(f"{'pack.indicators[0].rule'}.score.points[3][1]", "81")),
    ("E-PACK-VECTOR-FEW", "vectors", lambda w: w.update(vectors=[v for v in w["vectors"] if v["indicator"] != "P3.1"])),
    ("E-PACK-VECTOR-INDICATOR", "vectors[0].indicator", put("vectors[0].indicator", "P9.9")),
]


@pytest.mark.parametrize(("code", "place", "change"), CASES, ids=[f"{n}-{c[0]}" for n, c in enumerate(CASES)])
def test_every_fault_has_its_code_and_place(code: str, place: str, change: Change) -> None:
    value = whole()
    change(value)
    faults = faults_of(canonical(value))
    assert (code, place) in {(fault.code, fault.place) for fault in faults}
    for fault in faults:
        assert all(fault_text(fault, language) for language in LANGUAGES)


JSON_CASES = [
    ("E-PACK-SIZE", b" " * (MAX_SIZE + 1)),
    ("E-PACK-ENCODING", b'"\xff"'),
    ("E-PACK-ENCODING", b'"\\ud800"'),
    ("E-PACK-SYNTAX", b"{"),
    ("E-PACK-SYNTAX", b""),
    ("E-PACK-DEPTH", b"[" * 40 + b"]" * 40),
    ("E-PACK-DEPTH", b"[" * 100_000),
    ("E-PACK-DUPLICATE", b'{"a":1,"a":2}'),
    ("E-PACK-FLOAT", b'{"a":1.5}'),
    ("E-PACK-FLOAT", b'{"a":NaN}'),
    ("E-PACK-FLOAT", b'{"a":' + b"9" * 5000 + b"}"),
]


@pytest.mark.parametrize(("code", "raw"), JSON_CASES, ids=[f"{n}-{c[0]}" for n, c in enumerate(JSON_CASES)])
def test_what_is_not_strict_json(code: str, raw: bytes) -> None:
    faults = faults_of(raw)
    assert [fault.code for fault in faults] == [code]
    assert all(fault_text(faults[0], language) for language in LANGUAGES)


def test_every_code_of_packs_is_proven_here() -> None:
    sentences = json.loads((ROOT / "resources/texts/errors_rules.json").read_text(encoding="utf-8"))
    elsewhere = {"E-NUMBER", "E-PACK-FILE"}
    assert {code for code, *_ in [*CASES, *JSON_CASES]} == set(sentences) - elsewhere


def test_all_faults_of_a_stage_are_told_at_once() -> None:
    value = whole()
    value["pack"]["colour"] = 1
    value["pack"]["indicators"][0]["weights"]["basis"] = "x"
    value["texts"]["en"]["title"] = ""
    codes = [fault.code for fault in faults_of(canonical(value))]
    assert {"E-PACK-KEY-UNKNOWN", "E-PACK-NUMBER", "E-PACK-TEXT-EMPTY"} <= set(codes)


def test_the_bytes_are_the_identity_of_a_pack() -> None:
    raw = _whole()
    pack = load_pack(raw)
    assert pack.raw == raw
    assert load_pack(raw).digest == pack.digest
    value = whole()
    value["texts"]["en"]["title"] += "."
    assert load_pack(canonical(value)).digest != pack.digest


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.just([]),
    st.just({}),
    st.just(""),
    st.text(max_size=4),
    st.sampled_from(["-1", "0", "1e5", "999999999999999", "P1.1", "sum", "piecewise", {"op": "sum"}, [["1", "2"]]]),
)


def _members(value: Any, into: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        into.append((value, key))
        _members(value[key], into)
    return into


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_random_damage_gives_faults_or_a_pack_and_nothing_else(data: st.DataObject) -> None:
    value = whole()
    part = data.draw(st.sampled_from(["pack", "pack", "pack", "texts", "vectors", None]))
    for _ in range(data.draw(st.integers(1, 3))):
        members = _members(value[part] if part else value, [])
        if not members:
            break
        holder, key = members[data.draw(st.integers(0, len(members) - 1))]
        if data.draw(st.booleans()):
            # A copy: the next damage may go into it, and it is drawn again in other examples.
            holder[key] = copy.deepcopy(data.draw(JUNK))
        else:
            del holder[key]
        if part and not isinstance(value.get(part), (dict, list)):
            break
    outcome: RulePack | tuple[Fault, ...]
    try:
        outcome = load_pack(canonical(value))
    except FaultsError as error:
        outcome = error.faults
    if isinstance(outcome, RulePack):
        assert len(outcome.items) == 22
    else:
        assert all(fault_text(fault, language) for fault in outcome for language in LANGUAGES)


@settings(max_examples=80, deadline=None)
@given(
    st.recursive(
        JUNK, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    )
)
def test_any_json_gives_faults(value: Any) -> None:
    assert faults_of(canonical(value))


def test_vectors_are_given_as_applications_that_score_what_they_say() -> None:
    pack = pack_for("park")
    for indicator in pack.indicators:
        found = vectors_of(pack, indicator)
        assert bool(found) is (indicator.rule is not None)
        for vector in found:
            compute = compute_basis if vector.part == "basis" else compute_target
            result = compute(pack, indicator, vector.application, vector.k)
            assert half_up(result.score or Fraction(0), 6) == half_up(exact(parse_number(vector.score)), 6)
            assert result.status == vector.expected
