"""The bounded arithmetic of rules (panel D.1): figures and conditions over an application's data, exactly.

A tree is data that `packrules` has checked; nothing is evaluated as code. Every figure is a `Fraction` in base units
(see `domain.units`). What has no value (缺项, zero base, division by zero, numbers beyond 10^40) raises `NoValue`
with a status; nothing here guesses.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from math import isqrt
from typing import Any

from ndb_desktop.domain.model import Application, ListedObject
from ndb_desktop.domain.numbers import brief
from ndb_desktop.domain.phrase import Phrase
from ndb_desktop.domain.rulepack import DataItem, Indicator, Measure
from ndb_desktop.domain.units import UNITS, convert

LIMIT = 10**40
_CAGR_DIGITS = 30

Node = Mapping[str, Any]


class NoValue(Exception):  # noqa: N818  (an outcome, not a fault of the program)
    """A figure that does not exist: `status` is `missing`, `undefined`, `zero_base` or `unit`; `why` says it."""

    def __init__(self, status: str, why: Phrase) -> None:
        super().__init__(status)
        self.status = status
        self.why = why


@dataclass
class Facts:
    """What a rule may look at: one application, the indicator's data items, the field's scale factor k.

    `overrides` (base units) replace measures by planned values; without `explain` no words are made for the leaves;
    `notes` collects remarks for the expert.
    """

    indicator: Indicator
    application: Application
    k: Fraction
    overrides: Mapping[str, Fraction | NoValue] = field(default_factory=dict)
    explain: bool = True
    notes: list[Phrase] = field(default_factory=list)
    _measures: dict[str, Fraction | NoValue] = field(default_factory=dict)

    def item(self, code: str) -> DataItem:
        """The definition of a data item."""
        return next(item for item in self.indicator.data if item.code == code)

    def measure_def(self, measure: str) -> Measure:
        """The definition of a measure."""
        rule = self.indicator.rule
        return next(item for item in (rule.measures if rule else ()) if item.id == measure)

    def measure(self, measure: str) -> Fraction:
        """A measure in base units; raises `NoValue`."""
        if measure not in self._measures:
            try:
                value = self.overrides.get(measure)
                self._measures[measure] = number(self.measure_def(measure).tree, self) if value is None else value
            except NoValue as error:
                self._measures[measure] = error
        value = self._measures[measure]
        if isinstance(value, NoValue):
            raise value
        return value

    def measure_shown(self, measure: str) -> Fraction:
        """A measure in its own unit; raises `NoValue`."""
        return self.measure(measure) / UNITS[self.measure_def(measure).unit].factor

    def figure(self, code: str, offset: int | None) -> Fraction:
        """The used value (verified else declared) of a number, in base units; `offset` from year Y, None = single."""
        item, datum = self.item(code), self.application.data.get(code)
        key = "" if offset is None else str(self.application.year + offset)
        value = None if datum is None else datum.verified.get(key, datum.values.get(key))
        if datum is None or value is None:
            if key:
                raise NoValue("missing", Phrase("rule.missing.year", {"datum": item.label, "year": key}))
            raise NoValue("missing", Phrase("rule.missing.datum", {"datum": item.label}))
        base = convert(Fraction(value), datum.unit, item.unit)
        if base is None:
            raise NoValue("unit", Phrase("rule.missing.unit", {"datum": item.label, "unit": datum.unit}))
        return base * UNITS[item.unit].factor

    def series(self, code: str) -> list[Fraction]:
        """All years of a number, the oldest first; a single figure gives a list of one."""
        years = self.item(code).years
        offsets: Iterable[int | None] = range(1 - years, 1) if years else (None,)
        return [self.figure(code, offset) for offset in offsets]

    def flag(self, code: str) -> bool:
        """A yes/no datum; raises `NoValue` when it is not declared."""
        datum = self.application.data.get(code)
        if datum is None or datum.flag is None:
            raise NoValue("missing", Phrase("rule.missing.datum", {"datum": self.item(code).label}))
        return datum.flag

    def objects(self, code: str) -> tuple[ListedObject, ...]:
        """The objects of a points list; an empty list is a declared nothing, no list at all is 缺项."""
        datum = self.application.data.get(code)
        if datum is None or datum.values or datum.flag is not None:
            raise NoValue("missing", Phrase("rule.missing.datum", {"datum": self.item(code).label}))
        return datum.objects


def number(node: Node, facts: Facts) -> Fraction:
    """The value of an arithmetic node in base units; raises `NoValue`."""
    value = _OPS[node["op"]](node, facts)
    if abs(value.numerator) > LIMIT or value.denominator > LIMIT:
        raise NoValue("undefined", Phrase("rule.undefined.large"))
    return value


def holds(node: Node, facts: Facts) -> bool:
    """Whether a condition is true; raises `NoValue` when its data do not say."""
    op = node["op"]
    if op == "cmp":
        return _COMPARE[node["cmp"]](number(node["left"], facts), number(node["right"], facts))
    if op == "flag":
        return facts.flag(node["code"])
    if op == "in_field":
        return facts.application.field in node["fields"]
    if op == "special_region":
        return facts.application.special_region
    if op == "not":
        return not holds(node["arg"], facts)
    return _combined(node, facts)


def _combined(node: Node, facts: Facts) -> bool:
    """`all` and `any` in three values: an unknown part counts only if the known ones do not decide."""
    decisive = node["op"] == "any"
    unknown: NoValue | None = None
    for part in node["args"]:
        try:
            if holds(part, facts) is decisive:
                return decisive
        except NoValue as error:
            unknown = unknown or error
    if unknown:
        raise unknown
    return not decisive


_COMPARE: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
}


def _args(node: Node, facts: Facts) -> list[Fraction]:
    return facts.series(node["code"]) if "code" in node else [number(part, facts) for part in node["args"]]


def _div(node: Node, facts: Facts) -> Fraction:
    above, below = (number(part, facts) for part in node["args"])
    if below == 0:
        raise NoValue("undefined", Phrase("rule.undefined.division"))
    return above / below


def _product(node: Node, facts: Facts) -> Fraction:
    result = Fraction(1)
    for value in _args(node, facts):
        result *= value
    return result


def _avg(node: Node, facts: Facts) -> Fraction:
    values = _args(node, facts)
    return sum(values, Fraction(0)) / len(values)


def _sub(node: Node, facts: Facts) -> Fraction:
    a, b = (number(part, facts) for part in node["args"])
    return a - b


def _powi(node: Node, facts: Facts) -> Fraction:
    value, n = number(node["arg"], facts), int(node["n"])
    if value == 0 and n < 0:
        raise NoValue("undefined", Phrase("rule.undefined.division"))
    return value**n


def _if(node: Node, facts: Facts) -> Fraction:
    return number(node["then"] if holds(node["when"], facts) else node["else"], facts)


def object_key(entry: ListedObject, key: str) -> str:
    """What makes two listed objects the same one: its name or its document number, without case and spacing."""
    text = entry.name if key == "name" else entry.number
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def counted_objects(entries: Iterable[ListedObject], classes: Mapping[str, Node], key: str, year: int) -> list[str]:
    """The classes that count, each object once at its highest class.

    An object needs a name, a document number and a date, must be valid, and must lie in its class's window of years.
    """
    best: dict[str, str] = {}
    for entry in entries:
        rule = classes.get(entry.cls)
        if rule is None or not entry.valid or not (entry.name and entry.number and entry.date):
            continue
        if rule["years"] and not (entry.date[:4].isdecimal() and year - rule["years"] < int(entry.date[:4])):
            continue
        mark = object_key(entry, key)
        if mark not in best or classes[best[mark]]["points"] < rule["points"]:
            best[mark] = entry.cls
    kept: list[str] = []
    for cls, rule in classes.items():
        found = sum(1 for value in best.values() if value == cls)
        kept.extend([cls] * (min(found, rule["limit"]) if rule["limit"] else found))
    return kept


def _points_list(node: Node, facts: Facts) -> Fraction:
    entries = facts.objects(node["code"])
    kept = counted_objects(entries, node["classes"], node["key"], facts.application.year)
    if len(kept) < len(entries):
        note = {"left": str(len(entries) - len(kept)), "all": str(len(entries))}
        facts.notes.append(Phrase("rule.note.left_out", note))
    total = sum((node["classes"][cls]["points"] for cls in kept), Fraction(0))
    return total if node["cap"] is None else min(total, node["cap"])


def _count(node: Node, facts: Facts) -> Fraction:
    classes = {cls: {"points": Fraction(1), "years": 0, "limit": 0} for cls in node["classes"]}
    return Fraction(len(counted_objects(facts.objects(node["code"]), classes, "name", facts.application.year)))


def _growth(node: Node, facts: Facts) -> Fraction:
    values, kind = facts.series(node["code"]), node["kind"]
    if values[0] == 0 and node["zero_policy"] in ("skip_first_year", "gaoqi"):
        values = values[1:]
        facts.notes.append(Phrase("rule.note.skipped_year"))
    bases = values[:-1] if kind != "cagr" else values[:1]
    if any(base < 0 for base in bases):
        turned = "profit" if values[-1] > 0 else "less" if values[-1] > values[0] else "more"
        status = "zero_base" if node["negative_policy"] == "zero" else "undefined"
        raise NoValue(status, Phrase("rule.undefined.negative_base", {"case": Phrase(_TURN[turned])}))
    if len(values) < 2 or any(base == 0 for base in bases):
        status = "undefined" if node["zero_policy"] == "status" else "zero_base"
        raise NoValue(status, Phrase("rule.undefined.zero_base"))
    if kind == "cagr":
        growth = _root(values[-1] / values[0], len(values) - 1) - 1
    else:
        ratios = [after / before for before, after in pairwise(values)]
        growth = sum(ratios, Fraction(0)) / len(ratios) - 1
    if growth < 0 and node["negative_policy"] == "zero":
        facts.notes.append(Phrase("rule.note.negative_growth", {"growth": brief(growth * 100)}))
        return Fraction(0)
    return growth


_TURN = {"profit": "rule.turn.profit", "less": "rule.turn.less", "more": "rule.turn.more"}


def _root(value: Fraction, n: int) -> Fraction:
    """The n-th root: exact where it is rational, else to 30 decimals (it then lies on no threshold)."""
    if value < 0:
        raise NoValue("undefined", Phrase("rule.undefined.root"))
    if n == 1:
        return value
    top, bottom = _integer_root(value.numerator, n), _integer_root(value.denominator, n)
    if top**n == value.numerator and bottom**n == value.denominator:
        return Fraction(top, bottom)
    with localcontext() as context:
        context.prec = 60
        root = (Decimal(value.numerator) / Decimal(value.denominator)) ** (Decimal(1) / n)
    return Fraction(round(Fraction(root) * 10**_CAGR_DIGITS), 10**_CAGR_DIGITS)


def _integer_root(value: int, n: int) -> int:
    if n == 2:
        return isqrt(value)
    low, high = 0, 1 << (value.bit_length() // n + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**n <= value else (low, middle - 1)
    return low


_OPS: Mapping[str, Callable[[Node, Facts], Fraction]] = {
    "const": lambda node, _facts: node["base"],
    "field": lambda node, facts: facts.figure(node["code"], node["year"]),
    "measure": lambda node, facts: facts.measure(node["id"]),
    "sum": lambda node, facts: sum(_args(node, facts), Fraction(0)),
    "add": lambda node, facts: sum(_args(node, facts), Fraction(0)),
    "avg": _avg,
    "min": lambda node, facts: min(_args(node, facts)),
    "max": lambda node, facts: max(_args(node, facts)),
    "sub": _sub,
    "mul": _product,
    "div": _div,
    "ratio": _div,
    "share": _div,
    "powi": _powi,
    "if": _if,
    "count": _count,
    "points_list": _points_list,
    "growth": _growth,
}
