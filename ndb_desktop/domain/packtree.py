"""Reading the arithmetic and the conditions of rules: closed operations, limits, dimensions (panel D.1).

Turns JSON nodes into the nodes `domain.ruletree` evaluates: numbers become `Fraction`, constants get base units.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ndb_desktop.domain.packread import MISSING, Reader, Texts
from ndb_desktop.domain.rulepack import DataItem
from ndb_desktop.domain.units import NONE, UNITS, Dimension, power, times

MAX_DEPTH = 8
MAX_NODES = 64
MAX_POWER = 4

Typed = tuple[Mapping[str, Any], Dimension | None]
"""A node and its dimension; None when a fault was already noted."""

ZERO: Mapping[str, Any] = {"op": "const", "value": Fraction(0), "base": Fraction(0), "unit": "none"}
_FALSE: Mapping[str, Any] = {"op": "any", "args": []}


@dataclass
class Scope:
    """What a rule may name: the indicator's data and the measures defined so far (with their units)."""

    reader: Reader
    texts: Texts
    data: Mapping[str, DataItem]
    measures: dict[str, str] = field(default_factory=dict)
    nodes: int = 0

    def enter(self, path: str, depth: int) -> bool:
        """Counts a node; False (and one fault) when the rule is too deep or too large."""
        self.nodes += 1
        if depth > MAX_DEPTH:
            self.reader.fault("E-PACK-TREE-DEPTH", path, limit=MAX_DEPTH)
            return False
        if self.nodes == MAX_NODES + 1:
            self.reader.fault("E-PACK-TREE-NODES", path, limit=MAX_NODES)
        return self.nodes <= MAX_NODES

    def item(self, code: Any, path: str, kind: str) -> DataItem | None:
        """A data item of the indicator of the given kind."""
        name = self.reader.text(code, path)
        item = self.data.get(name)
        if item is None:
            if code is not MISSING:
                self.reader.fault("E-PACK-DATA-UNKNOWN", path, code=name)
            return None
        if item.kind != kind:
            self.reader.fault("E-PACK-DATA-KIND", path, code=name, kind=item.kind, expected=kind)
            return None
        return item


def read_number(raw: Any, path: str, scope: Scope, depth: int = 1) -> Typed:
    """An arithmetic node."""
    if not scope.enter(path, depth):
        return ZERO, None
    if isinstance(raw, str):
        value = scope.reader.number(raw, path)
        return {"op": "const", "value": value, "base": value, "unit": "none"}, NONE
    if not isinstance(raw, dict):
        scope.reader.record(raw, path, ())
        return ZERO, None
    op = scope.reader.text(raw.get("op", MISSING), f"{path}.op")
    read = _READERS.get(op)
    if read is None:
        scope.reader.fault("E-PACK-OP", f"{path}.op", op=op)
        return ZERO, None
    return read(raw, path, scope, depth)


def _const(raw: dict[str, Any], path: str, scope: Scope, _depth: int) -> Typed:
    record = scope.reader.record(raw, path, ("op", "value", "unit"))
    value = scope.reader.number(record["value"], f"{path}.value")
    unit = scope.reader.choice(record["unit"], f"{path}.unit", tuple(UNITS))
    node = {"op": "const", "value": value, "base": value * UNITS[unit].factor, "unit": unit}
    return node, UNITS[unit].dimension


def _field(raw: dict[str, Any], path: str, scope: Scope, _depth: int) -> Typed:
    record = scope.reader.record(raw, path, ("op", "code"), ("year",))
    item = scope.item(record["code"], f"{path}.code", "number")
    if item is None:
        return ZERO, None
    year = record.get("year")
    if item.years == 0 and year is not None:
        scope.reader.fault("E-PACK-YEARS", f"{path}.year", code=item.code, years=0)
        return ZERO, None
    if item.years:
        year = scope.reader.whole(record.get("year", 0), f"{path}.year", 1 - item.years, 0)
    return {"op": "field", "code": item.code, "year": year}, UNITS[item.unit].dimension


def _series_or_args(raw: dict[str, Any], path: str, scope: Scope, depth: int) -> Typed:
    if "code" not in raw:
        return _same_dimension(raw, path, scope, depth)
    record = scope.reader.record(raw, path, ("op", "code"))
    item = scope.item(record["code"], f"{path}.code", "number")
    if item is None:
        return ZERO, None
    return {"op": raw["op"], "code": item.code}, UNITS[item.unit].dimension


def _arguments(raw: dict[str, Any], path: str, scope: Scope, depth: int, exactly: int | None = None) -> list[Typed]:
    record = scope.reader.record(raw, path, ("op", "args"))
    least, most = (exactly, exactly) if exactly else (2, 16)
    args = scope.reader.array(record["args"], f"{path}.args", least, most)
    return [read_number(arg, f"{path}.args[{n}]", scope, depth + 1) for n, arg in enumerate(args)]


def _node(raw: dict[str, Any], typed: list[Typed], count: int = 1) -> Mapping[str, Any]:
    args = [node for node, _ in typed]
    return {"op": raw["op"], "args": args + [ZERO] * (count - len(args))}


def _same_dimension(raw: dict[str, Any], path: str, scope: Scope, depth: int) -> Typed:
    two = raw["op"] in ("sub", "ratio", "share")
    typed = _arguments(raw, path, scope, depth, 2 if two else None)
    found = {dimension for _, dimension in typed if dimension is not None}
    if len(found) > 1:
        scope.reader.fault("E-PACK-UNIT", path, op=raw["op"])
    known = found.pop() if len(found) == 1 else None
    return _node(raw, typed, 2 if two else 1), NONE if raw["op"] in ("ratio", "share") else known


def _mul(raw: dict[str, Any], path: str, scope: Scope, depth: int) -> Typed:
    typed = _arguments(raw, path, scope, depth)
    result: Dimension | None = NONE
    for _, dimension in typed:
        result = None if result is None or dimension is None else times(result, dimension)
    return _node(raw, typed), result


def _div(raw: dict[str, Any], path: str, scope: Scope, depth: int) -> Typed:
    typed = _arguments(raw, path, scope, depth, 2)
    dimensions = [dimension for _, dimension in typed]
    result = None
    if len(dimensions) == 2 and dimensions[0] is not None and dimensions[1] is not None:
        result = times(dimensions[0], power(dimensions[1], -1))
    return _node(raw, typed, 2), result


def _powi(raw: dict[str, Any], path: str, scope: Scope, depth: int) -> Typed:
    record = scope.reader.record(raw, path, ("op", "arg", "n"))
    node, dimension = read_number(record["arg"], f"{path}.arg", scope, depth + 1)
    n = scope.reader.whole(record["n"], f"{path}.n", -MAX_POWER, MAX_POWER)
    return {"op": "powi", "arg": node, "n": n}, None if dimension is None else power(dimension, n)


def _if(raw: dict[str, Any], path: str, scope: Scope, depth: int) -> Typed:
    record = scope.reader.record(raw, path, ("op", "when", "then", "else"))
    when = read_condition(record["when"], f"{path}.when", scope, depth + 1)
    then, one = read_number(record["then"], f"{path}.then", scope, depth + 1)
    other_node, other = read_number(record["else"], f"{path}.else", scope, depth + 1)
    if one is not None and other is not None and one != other:
        scope.reader.fault("E-PACK-UNIT", path, op="if")
    return {"op": "if", "when": when, "then": then, "else": other_node}, one


def _measure(raw: dict[str, Any], path: str, scope: Scope, _depth: int) -> Typed:
    record = scope.reader.record(raw, path, ("op", "id"))
    name = scope.reader.text(record["id"], f"{path}.id")
    if name not in scope.measures:
        if record["id"] is not MISSING:
            scope.reader.fault("E-PACK-MEASURE-UNKNOWN", f"{path}.id", id=name)
        return ZERO, None
    return {"op": "measure", "id": name}, UNITS[scope.measures[name]].dimension


def _count(raw: dict[str, Any], path: str, scope: Scope, _depth: int) -> Typed:
    record = scope.reader.record(raw, path, ("op", "code", "classes"))
    item = scope.item(record["code"], f"{path}.code", "objects")
    classes = [
        read_class(cls, f"{path}.classes[{n}]", item, scope.reader)
        for n, cls in enumerate(scope.reader.array(record["classes"], f"{path}.classes", 1, 50))
    ]
    if item is None:
        return ZERO, None
    return {"op": "count", "code": item.code, "classes": classes}, NONE


def read_class(raw: Any, path: str, item: DataItem | None, reader: Reader) -> str:
    """A class of a points list that the data item declares."""
    cls = reader.text(raw, path)
    if item is not None and isinstance(raw, str) and cls not in item.classes:
        reader.fault("E-PACK-CLASS-UNKNOWN", path, name=cls, code=item.code)
    return cls


def read_points_list(record: dict[str, Any], path: str, scope: Scope) -> Mapping[str, Any] | None:
    """The members of a points list: code, what makes two objects the same, classes with points, cap."""
    reader = scope.reader
    item = scope.item(record["code"], f"{path}.code", "objects")
    key = reader.choice(record["key"], f"{path}.key", ("name", "number"))
    cap = reader.number(record["cap"], f"{path}.cap", 0, 10**6) if record.get("cap") is not None else None
    classes: dict[str, Mapping[str, Any]] = {}
    for n, raw in enumerate(reader.array(record["classes"], f"{path}.classes", 1, 50)):
        here = f"{path}.classes[{n}]"
        entry = reader.record(raw, here, ("class", "points"), ("years", "limit"))
        cls = read_class(entry["class"], f"{here}.class", item, reader)
        if cls in classes:
            reader.fault("E-PACK-TWICE", here, name=cls)
        classes[cls] = {
            "points": reader.number(entry["points"], f"{here}.points", 0, 10**6),
            "years": reader.whole(entry.get("years", 0), f"{here}.years", 0, 10),
            "limit": reader.whole(entry.get("limit", 0), f"{here}.limit", 0, 1000),
        }
    if item is None:
        return None
    return {"code": item.code, "key": key, "cap": cap, "classes": classes}


def _points_list(raw: dict[str, Any], path: str, scope: Scope, _depth: int) -> Typed:
    record = scope.reader.record(raw, path, ("op", "code", "key", "classes"), ("cap",))
    members = read_points_list(record, path, scope)
    return (ZERO, None) if members is None else ({"op": "points_list", **members}, NONE)


def _growth(raw: dict[str, Any], path: str, scope: Scope, _depth: int) -> Typed:
    reader = scope.reader
    record = reader.record(raw, path, ("op", "code", "kind", "zero_policy", "negative_policy"))
    item = scope.item(record["code"], f"{path}.code", "number")
    kind = reader.choice(record["kind"], f"{path}.kind", ("gaoqi", "mean_of_annual", "cagr"))
    policies = ("gaoqi", "status", "skip_first_year", "score_zero")
    zero = reader.choice(record["zero_policy"], f"{path}.zero_policy", policies)
    negative = reader.choice(record["negative_policy"], f"{path}.negative_policy", ("zero", "status"))
    if item is None:
        return ZERO, None
    if item.years < 2 or (kind == "gaoqi" and item.years != 3):
        reader.fault("E-PACK-YEARS", f"{path}.code", code=item.code, years=item.years)
        return ZERO, None
    node = {"op": "growth", "code": item.code, "kind": kind, "zero_policy": zero, "negative_policy": negative}
    return node, NONE


_READERS: Mapping[str, Callable[[dict[str, Any], str, Scope, int], Typed]] = {
    "const": _const,
    "field": _field,
    "measure": _measure,
    "sum": _series_or_args,
    "avg": _series_or_args,
    "min": _series_or_args,
    "max": _series_or_args,
    "add": _same_dimension,
    "sub": _same_dimension,
    "ratio": _same_dimension,
    "share": _same_dimension,
    "mul": _mul,
    "div": _div,
    "powi": _powi,
    "if": _if,
    "count": _count,
    "points_list": _points_list,
    "growth": _growth,
}

OPS = tuple(_READERS)
CONDITIONS = ("cmp", "flag", "in_field", "special_region", "not", "all", "any")


def read_condition(raw: Any, path: str, scope: Scope, depth: int = 1) -> Mapping[str, Any]:
    """A condition over declared data."""
    reader = scope.reader
    if not scope.enter(path, depth):
        return _FALSE
    if not isinstance(raw, dict):
        reader.record(raw, path, ())
        return _FALSE
    op = reader.text(raw.get("op", MISSING), f"{path}.op")
    if op == "cmp":
        return _cmp(raw, path, scope, depth)
    if op == "flag":
        record = reader.record(raw, path, ("op", "code"))
        item = scope.item(record["code"], f"{path}.code", "flag")
        return _FALSE if item is None else {"op": "flag", "code": item.code}
    if op == "in_field":
        record = reader.record(raw, path, ("op", "fields"))
        fields = reader.array(record["fields"], f"{path}.fields", 1, 50)
        names = [reader.ident(name, f"{path}.fields[{n}]") for n, name in enumerate(fields)]
        return {"op": op, "fields": names, "labels": [scope.texts.get(f"field.{name}") for name in names if name]}
    if op == "special_region":
        reader.record(raw, path, ("op",))
        return {"op": op}
    if op == "not":
        record = reader.record(raw, path, ("op", "arg"))
        return {"op": op, "arg": read_condition(record["arg"], f"{path}.arg", scope, depth + 1)}
    if op in ("all", "any"):
        record = reader.record(raw, path, ("op", "args"))
        args = reader.array(record["args"], f"{path}.args", 2, 16)
        return {
            "op": op,
            "args": [read_condition(a, f"{path}.args[{n}]", scope, depth + 1) for n, a in enumerate(args)],
        }
    reader.fault("E-PACK-OP", f"{path}.op", op=op)
    return _FALSE


def _cmp(raw: dict[str, Any], path: str, scope: Scope, depth: int) -> Mapping[str, Any]:
    record = scope.reader.record(raw, path, ("op", "left", "cmp", "right"))
    sign = scope.reader.choice(record["cmp"], f"{path}.cmp", ("<", "<=", ">", ">=", "=="))
    left, one = read_number(record["left"], f"{path}.left", scope, depth + 1)
    right, other = read_number(record["right"], f"{path}.right", scope, depth + 1)
    if one is not None and other is not None and one != other:
        scope.reader.fault("E-PACK-UNIT", path, op="cmp")
    return {"op": "cmp", "left": left, "cmp": sign, "right": right}
