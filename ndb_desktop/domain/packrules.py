"""Reading the score part of a rule: closed types, no gaps, no overlaps, monotone curves (panel D.1, lint of 5.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

from ndb_desktop.domain.numbers import brief
from ndb_desktop.domain.packread import MISSING, Reader, Texts
from ndb_desktop.domain.packtree import Scope, read_condition, read_number, read_points_list
from ndb_desktop.domain.rulepack import DataItem, Measure, Rule
from ndb_desktop.domain.units import UNITS

_NOTHING: Mapping[str, Any] = {"type": "bool_points", "code": "", "yes": Fraction(0), "no": Fraction(0)}
ADJUSTMENTS = ("cap_if", "floor_if", "factor_if", "gate")


def read_rule(raw: Any, path: str, indicator: str, data: Mapping[str, DataItem], texts: Texts, reader: Reader) -> Rule:
    """The rule of a quantitative indicator."""
    record = reader.record(raw, path, ("measures", "score"), ("adjustments",))
    scope = Scope(reader, texts, data)
    measures = [
        _measure(entry, f"{path}.measures[{n}]", indicator, scope, texts)
        for n, entry in enumerate(reader.array(record["measures"], f"{path}.measures", 0, 12))
    ]
    scope.nodes = 0
    score = _score(record["score"], f"{path}.score", scope, 1)
    adjustments = tuple(
        _adjustment(entry, f"{path}.adjustments[{n}]", scope)
        for n, entry in enumerate(reader.array(record.get("adjustments", []), f"{path}.adjustments", 0, 8))
    )
    return Rule(tuple(measures), score, adjustments)


def _measure(raw: Any, path: str, indicator: str, scope: Scope, texts: Texts) -> Measure:
    reader = scope.reader
    record = reader.record(raw, path, ("id", "unit", "value"), ("target",))
    name = reader.ident(record["id"], f"{path}.id")
    unit = reader.choice(record["unit"], f"{path}.unit", tuple(UNITS))
    scope.nodes = 0
    tree, dimension = read_number(record["value"], f"{path}.value", scope)
    if dimension is not None and dimension != UNITS[unit].dimension:
        reader.fault("E-PACK-UNIT", f"{path}.unit", op=unit)
    if name in scope.measures:
        reader.fault("E-PACK-TWICE", f"{path}.id", name=name)
    if name:
        scope.measures[name] = unit
    target = reader.boolean(record.get("target", True), f"{path}.target")
    return Measure(name, unit, texts.get(f"{indicator}.measure.{name}"), tree, target)


def _score(raw: Any, path: str, scope: Scope, depth: int) -> Mapping[str, Any]:
    reader = scope.reader
    if not scope.enter(path, depth) or not isinstance(raw, dict):
        if not isinstance(raw, dict):
            reader.record(raw, path, ())
        return _NOTHING
    kind = reader.text(raw.get("type", MISSING), f"{path}.type")
    if kind in ("weighted", "choose"):
        return _weighted(raw, path, scope, depth) if kind == "weighted" else _choose(raw, path, scope, depth)
    read = _LEAVES.get(kind)
    if read is None:
        reader.fault("E-PACK-RULE-KIND" if kind == "level" else "E-PACK-RULE-TYPE", f"{path}.type", type=kind)
        return _NOTHING
    return read(raw, path, scope)


def _weighted(raw: dict[str, Any], path: str, scope: Scope, depth: int) -> Mapping[str, Any]:
    reader = scope.reader
    record = reader.record(raw, path, ("type", "parts"))
    parts: list[Mapping[str, Any]] = []
    for n, entry in enumerate(reader.array(record["parts"], f"{path}.parts", 2, 8)):
        here = f"{path}.parts[{n}]"
        part = reader.record(entry, here, ("weight", "score"))
        weight = reader.number(part["weight"], f"{here}.weight", 0, 1)
        parts.append({"weight": weight, "score": _score(part["score"], f"{here}.score", scope, depth + 1)})
    total = sum((part["weight"] for part in parts), Fraction(0))
    if total != 1:
        reader.fault("E-PACK-PART-WEIGHTS", f"{path}.parts", sum=_words(total))
    return {"type": "weighted", "parts": parts}


def _choose(raw: dict[str, Any], path: str, scope: Scope, depth: int) -> Mapping[str, Any]:
    record = scope.reader.record(raw, path, ("type", "when", "then", "else"))
    return {
        "type": "choose",
        "when": read_condition(record["when"], f"{path}.when", scope, depth + 1),
        "then": _score(record["then"], f"{path}.then", scope, depth + 1),
        "else": _score(record["else"], f"{path}.else", scope, depth + 1),
    }


def _x(record: dict[str, Any], path: str, scope: Scope) -> str:
    name = scope.reader.text(record["x"], f"{path}.x")
    if record["x"] is not MISSING and name not in scope.measures:
        scope.reader.fault("E-PACK-MEASURE-UNKNOWN", f"{path}.x", id=name)
    return name


def _scaled(record: dict[str, Any], path: str, scope: Scope) -> str:
    return "" if "scale" not in record else scope.reader.choice(record["scale"], f"{path}.scale", ("k",))


def _piecewise(raw: dict[str, Any], path: str, scope: Scope) -> Mapping[str, Any]:
    reader = scope.reader
    record = reader.record(raw, path, ("type", "x", "points"), ("scale",))
    points: list[tuple[Fraction, Fraction]] = []
    for n, entry in enumerate(reader.array(record["points"], f"{path}.points", 2, 30)):
        here = f"{path}.points[{n}]"
        pair = reader.array(entry, here, 2, 2)
        if len(pair) == 2:
            points.append((reader.number(pair[0], f"{here}[0]"), reader.number(pair[1], f"{here}[1]", 0, 100)))
    for n, ((x0, _), (x1, _)) in enumerate(pairwise(points)):
        if x1 <= x0:
            reader.fault("E-PACK-POINTS-ORDER", f"{path}.points[{n + 1}]", x=_words(x1), before=_words(x0))
    _monotone([s for _, s in points], f"{path}.points", reader)
    if len(points) < 2:
        points = [(Fraction(0), Fraction(0)), (Fraction(1), Fraction(0))]
    node = {"type": "piecewise", "x": _x(record, path, scope), "points": tuple(points)}
    return {**node, "scale": _scaled(record, path, scope)}


def _monotone(scores: list[Fraction], path: str, reader: Reader) -> None:
    ups = [b - a for a, b in pairwise(scores)]
    if any(step > 0 for step in ups) and any(step < 0 for step in ups):
        reader.fault("E-PACK-POINTS-MONOTONE", path)


def _words(value: Fraction) -> str:
    return brief(value, 6)


def _tiers(raw: dict[str, Any], path: str, scope: Scope) -> Mapping[str, Any]:
    reader = scope.reader
    record = reader.record(raw, path, ("type", "x", "bands", "boundary"), ("scale",))
    reader.choice(record["boundary"], f"{path}.boundary", ("higher",))
    bands: list[Mapping[str, Any]] = []
    for n, entry in enumerate(reader.array(record["bands"], f"{path}.bands", 1, 30)):
        here = f"{path}.bands[{n}]"
        band = reader.record(entry, here, ("from", "to", "points"))
        bands.append(
            {
                "from": None if band["from"] is None else reader.number(band["from"], f"{here}.from"),
                "to": None if band["to"] is None else reader.number(band["to"], f"{here}.to"),
                "points": reader.number(band["points"], f"{here}.points", 0, 100),
            }
        )
    _check_tiers(bands, path, reader)
    _monotone([band["points"] for band in bands], f"{path}.bands", reader)
    node = {"type": "tiers", "x": _x(record, path, scope), "bands": tuple(bands)}
    return {**node, "scale": _scaled(record, path, scope)}


def _check_tiers(bands: list[Mapping[str, Any]], path: str, reader: Reader) -> None:
    """Every figure falls into a band: open at both ends, each band starts where the one before it ends."""
    for n, band in enumerate(bands):
        here = f"{path}.bands[{n}]"
        if band["from"] is not None and band["to"] is not None and band["from"] >= band["to"]:
            reader.fault("E-PACK-TIERS-ORDER", here, low=_words(band["from"]), high=_words(band["to"]))
        if n == 0:
            if band["from"] is not None:
                reader.fault("E-PACK-TIERS-GAP", here, end="-∞", start=_words(band["from"]))
            continue
        end, start = bands[n - 1]["to"], band["from"]
        if end is None or start is None or start < end:
            reader.fault("E-PACK-TIERS-OVERLAP", here, end=_open(end), start=_open(start))
        elif start > end:
            reader.fault("E-PACK-TIERS-GAP", here, end=_words(end), start=_words(start))
    if bands and bands[-1]["to"] is not None:
        last = f"{path}.bands[{len(bands) - 1}]"
        reader.fault("E-PACK-TIERS-GAP", last, end=_words(bands[-1]["to"]), start="+∞")


def _open(edge: Fraction | None) -> str:
    return "∞" if edge is None else _words(edge)


def _per_unit(raw: dict[str, Any], path: str, scope: Scope) -> Mapping[str, Any]:
    reader = scope.reader
    record = reader.record(raw, path, ("type", "x", "unit", "points", "cap"))
    unit = reader.number(record["unit"], f"{path}.unit", 0)
    if unit <= 0:
        reader.fault("E-PACK-STANDARDS", f"{path}.unit")
    return {
        "type": "per_unit",
        "x": _x(record, path, scope),
        "unit": unit if unit > 0 else Fraction(1),
        "points": reader.number(record["points"], f"{path}.points", 0, 100),
        "cap": reader.number(record["cap"], f"{path}.cap", 0, 100),
    }


def _points_list(raw: dict[str, Any], path: str, scope: Scope) -> Mapping[str, Any]:
    record = scope.reader.record(raw, path, ("type", "code", "key", "classes", "cap"))
    members = read_points_list(record, path, scope)
    scope.reader.number(record["cap"], f"{path}.cap", 0, 100)
    return _NOTHING if members is None else {"type": "points_list", **members}


def _efficacy2(raw: dict[str, Any], path: str, scope: Scope) -> Mapping[str, Any]:
    reader = scope.reader
    record = reader.record(raw, path, ("type", "x", "poor", "good", "floor", "cap"), ("scale",))
    poor = reader.number(record["poor"], f"{path}.poor")
    good = reader.number(record["good"], f"{path}.good")
    if poor == good:
        reader.fault("E-PACK-STANDARDS", path)
        good = poor + 1
    return {
        "type": "efficacy2",
        "x": _x(record, path, scope),
        "poor": poor,
        "good": good,
        "floor": reader.number(record["floor"], f"{path}.floor", 0, 60),
        "cap": reader.number(record["cap"], f"{path}.cap", 60, 100),
        "scale": _scaled(record, path, scope),
    }


def _efficacy5(raw: dict[str, Any], path: str, scope: Scope) -> Mapping[str, Any]:
    reader = scope.reader
    record = reader.record(raw, path, ("type", "x", "standards"), ("scale",))
    raws = reader.array(record["standards"], f"{path}.standards", 5, 5)
    values = [reader.number(value, f"{path}.standards[{n}]") for n, value in enumerate(raws)]
    falling = all(a > b for a, b in pairwise(values))
    if len(values) != 5 or not (falling or all(a < b for a, b in pairwise(values))):
        if len(values) == 5:
            reader.fault("E-PACK-STANDARDS", f"{path}.standards")
        values = [Fraction(n) for n in (5, 4, 3, 2, 1)]
    node = {"type": "efficacy5", "x": _x(record, path, scope), "standards": tuple(values)}
    return {**node, "scale": _scaled(record, path, scope)}


def _bool_points(raw: dict[str, Any], path: str, scope: Scope) -> Mapping[str, Any]:
    reader = scope.reader
    record = reader.record(raw, path, ("type", "code", "yes", "no"))
    item = scope.item(record["code"], f"{path}.code", "flag")
    return {
        "type": "bool_points",
        "code": item.code if item else "",
        "yes": reader.number(record["yes"], f"{path}.yes", 0, 100),
        "no": reader.number(record["no"], f"{path}.no", 0, 100),
    }


_LEAVES: Mapping[str, Callable[[dict[str, Any], str, Scope], Mapping[str, Any]]] = {
    "piecewise": _piecewise,
    "tiers": _tiers,
    "per_unit": _per_unit,
    "points_list": _points_list,
    "efficacy2": _efficacy2,
    "efficacy5": _efficacy5,
    "bool_points": _bool_points,
}
SCORE_TYPES = (*_LEAVES, "weighted", "choose", "level")


def _adjustment(raw: Any, path: str, scope: Scope) -> Mapping[str, Any]:
    reader = scope.reader
    kind = raw.get("type") if isinstance(raw, dict) else None
    needed = ("type", "when") if kind == "gate" else ("type", "when", "value")
    record = reader.record(raw, path, needed)
    kind = reader.choice(record["type"], f"{path}.type", ADJUSTMENTS)
    scope.nodes = 0
    node: dict[str, Any] = {"type": kind, "when": read_condition(record["when"], f"{path}.when", scope)}
    if "value" in record:
        node["value"] = reader.number(record["value"], f"{path}.value", 0, 1 if kind == "factor_if" else 100)
    elif kind != "gate":
        node["value"] = Fraction(0)
    return node
