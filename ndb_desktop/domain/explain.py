"""The working of a score in words (计算说明), generated from the same nodes that computed it.

So 「研发投入强度 3.1 % → 72.5 分：在 2 %（60 分）与 4.2 %（85 分）之间」 cannot differ from the calculation.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise

from ndb_desktop.domain.numbers import brief
from ndb_desktop.domain.phrase import Phrase, PhraseValue
from ndb_desktop.domain.rulepack import Indicator, LocalText
from ndb_desktop.domain.ruletree import Facts, Node, NoValue, holds
from ndb_desktop.domain.units import UNITS

_X_DIGITS = 4


def quantity(value: Fraction) -> str:
    """Points as a sentence prints them: at most two decimals."""
    return brief(value)


def amount(value: Fraction, unit: str) -> Phrase:
    """A figure with its unit: `3.1 %`."""
    if unit == "none" or unit not in UNITS:
        return Phrase("rule.plain", {"value": brief(value, _X_DIGITS)})
    return Phrase("rule.amount", {"value": brief(value, _X_DIGITS), "unit": Phrase(f"unit.{unit}")})


def joined(key: str, parts: list[Phrase]) -> Phrase:
    """Folds phrases with a two-place text (`rule.tree.add`: `{a} + {b}`)."""
    result = parts[0]
    for part in parts[1:]:
        result = Phrase(key, {"a": result, "b": part})
    return result


def score_words(why: Phrase, score: Fraction) -> Phrase:
    """Why a part has no figure, and the points it gets for that."""
    return Phrase("rule.leaf.no_value", {"why": why, "score": quantity(score)})


def leaf_words(
    node: Node,
    facts: Facts,
    x: Fraction | None,
    score: Fraction,
    points: tuple[tuple[Fraction, Fraction], ...],
    *,
    answer: bool = False,
) -> Phrase:
    """One leaf: the figure, the points, and where on the rule they lie."""
    kind = node["type"]
    if kind == "bool_points":
        key = "rule.leaf.yes" if answer else "rule.leaf.no"
        return Phrase(key, {"datum": facts.item(node["code"]).label, "score": quantity(score)})
    if x is None or kind == "points_list":
        return Phrase("rule.leaf.points_list", {"datum": facts.item(node["code"]).label, "score": quantity(score)})
    measure = facts.measure_def(node["x"])
    head: dict[str, PhraseValue] = {
        "measure": measure.label,
        "x": amount(x, measure.unit),
        "score": quantity(score),
    }
    if kind in ("piecewise", "efficacy5"):
        return Phrase("rule.leaf.head", {**head, "place": _on_curve(x, measure.unit, points)})
    return Phrase("rule.leaf.head", {**head, "place": _PLACES[kind](node, x, measure.unit, facts.k)})


def _on_curve(x: Fraction, unit: str, points: tuple[tuple[Fraction, Fraction], ...]) -> Phrase:
    for px, ps in points:
        if x == px:
            return Phrase("rule.place.at", {"x": amount(px, unit), "s": quantity(ps)})
    if x < points[0][0]:
        return Phrase("rule.place.below", {"x": amount(points[0][0], unit), "s": quantity(points[0][1])})
    for (x0, s0), (x1, s1) in pairwise(points):
        if x < x1:
            place: dict[str, PhraseValue] = {
                "x0": amount(x0, unit),
                "s0": quantity(s0),
                "x1": amount(x1, unit),
                "s1": quantity(s1),
            }
            return Phrase("rule.place.between", place)
    return Phrase("rule.place.above", {"x": amount(points[-1][0], unit), "s": quantity(points[-1][1])})


def _scale(node: Node, k: Fraction) -> Fraction:
    return k if node.get("scale") == "k" else Fraction(1)


def _tier_place(node: Node, x: Fraction, unit: str, k: Fraction) -> Phrase:
    scale = _scale(node, k)
    best = max(
        (
            band
            for band in node["bands"]
            if (band["from"] is None or x >= band["from"] * scale) and (band["to"] is None or x <= band["to"] * scale)
        ),
        key=lambda band: band["points"],
    )
    return Phrase("rule.place.tier", {"range": tier_range(best, unit, scale), "s": quantity(best["points"])})


def tier_range(band: Mapping[str, Fraction | None], unit: str, scale: Fraction) -> Phrase:
    """A band's range with explicit signs: `5 % ≤ x ≤ 10 %`."""
    low, high = band["from"], band["to"]
    if low is None and high is None:
        return Phrase("rule.range.all")
    if low is None:
        return Phrase("rule.range.to", {"high": amount((high or 0) * scale, unit)})
    if high is None:
        return Phrase("rule.range.from", {"low": amount(low * scale, unit)})
    return Phrase("rule.range.both", {"low": amount(low * scale, unit), "high": amount(high * scale, unit)})


def _efficacy2_place(node: Node, _x: Fraction, unit: str, k: Fraction) -> Phrase:
    scale = _scale(node, k)
    edges = {"poor": amount(node["poor"] * scale, unit), "good": amount(node["good"] * scale, unit)}
    return Phrase("rule.place.efficacy2", edges)


def _per_unit_place(node: Node, _x: Fraction, unit: str, _k: Fraction) -> Phrase:
    values: dict[str, PhraseValue] = {
        "unit": amount(node["unit"], unit),
        "points": quantity(node["points"]),
        "cap": quantity(node["cap"]),
    }
    return Phrase("rule.place.per_unit", values)


_PLACES = {"tiers": _tier_place, "efficacy2": _efficacy2_place, "per_unit": _per_unit_place}


def choice_taken(condition: Node, taken: bool, facts: Facts) -> Phrase:
    """Which branch of a `choose` counted and why."""
    words = condition_words(condition, facts.indicator, facts)
    return Phrase("rule.choice.taken" if taken else "rule.choice.not_taken", {"condition": words})


def adjustment_words(node: Node, facts: Facts, before: Fraction, after: Fraction, *, unknown: bool = False) -> Phrase:
    """What a cap, floor, factor or gate did."""
    kind = node["type"]
    if unknown:
        condition = Phrase("rule.condition.unknown", {"condition": condition_words(node["when"], facts.indicator)})
    else:
        condition = condition_words(node["when"], facts.indicator, facts)
    values: dict[str, PhraseValue] = {"condition": condition, "before": quantity(before), "after": quantity(after)}
    if kind == "gate":
        return Phrase("rule.adjusted.gate", values)
    values["value"] = brief(node["value"], _X_DIGITS)
    if kind == "factor_if":
        return Phrase("rule.adjusted.factor", values)
    if kind == "cap_if":
        return Phrase("rule.adjusted.cap" if after != before else "rule.adjusted.cap_idle", values)
    return Phrase("rule.adjusted.floor" if after != before else "rule.adjusted.floor_idle", values)


_COMPARE_KEYS = {"<": "rule.cmp.lt", "<=": "rule.cmp.le", ">": "rule.cmp.gt", ">=": "rule.cmp.ge", "==": "rule.cmp.eq"}


def condition_words(node: Node, indicator: Indicator, facts: Facts | None = None) -> Phrase:
    """A condition with explicit signs, with the applicant's figures when `facts` are given."""
    op = node["op"]
    if op == "cmp":
        left = _with_figure(node["left"], indicator, facts)
        return Phrase(_COMPARE_KEYS[node["cmp"]], {"a": left, "b": _side(node["right"], indicator, facts)})
    if op == "flag":
        return Phrase("rule.condition.flag", {"datum": _label(indicator, node["code"])})
    if op == "in_field":
        names = [Phrase("rule.tree.name", {"name": label}) for label in node["labels"]]
        return Phrase("rule.condition.in_field", {"fields": joined("rule.tree.or", names)})
    if op == "special_region":
        return Phrase("rule.condition.special_region")
    if op == "not":
        return Phrase("rule.condition.not", {"condition": condition_words(node["arg"], indicator, facts)})
    parts = [condition_words(part, indicator, facts) for part in node["args"]]
    return joined("rule.condition.all" if op == "all" else "rule.condition.any", parts)


def _side(node: Node, indicator: Indicator, facts: Facts | None) -> Phrase:
    """The right side; a switch inside (特殊类型地区 70 %) shows the value that counted for this applicant."""
    if facts is not None and node["op"] == "if":
        try:
            return _side(node["then"] if holds(node["when"], facts) else node["else"], indicator, facts)
        except NoValue:
            pass
    return _bracketed(node, indicator)


def _with_figure(node: Node, indicator: Indicator, facts: Facts | None) -> Phrase:
    words = tree_words(node, indicator)
    if facts is None or node["op"] != "measure":
        return words
    try:
        shown = amount(facts.measure_shown(node["id"]), facts.measure_def(node["id"]).unit)
    except NoValue:
        return words
    return Phrase("rule.tree.with_figure", {"a": words, "figure": shown})


def _label(indicator: Indicator, code: str) -> LocalText:
    return next(item.label for item in indicator.data if item.code == code)


def measure_label(indicator: Indicator, measure: str) -> LocalText:
    """The name of a measure."""
    rule = indicator.rule
    return next(item.label for item in (rule.measures if rule else ()) if item.id == measure)


_TWO_PLACE = {
    "add": "rule.tree.add",
    "sub": "rule.tree.sub",
    "mul": "rule.tree.mul",
    "div": "rule.tree.div",
    "ratio": "rule.tree.div",
    "share": "rule.tree.div",
    "sum": "rule.tree.add",
}
_YEARS = {0: "rule.tree.year0", -1: "rule.tree.year1", -2: "rule.tree.year2"}
_SERIES = {"sum": "rule.tree.sum", "avg": "rule.tree.avg", "min": "rule.tree.min", "max": "rule.tree.max"}
_LISTS = {"avg": "rule.tree.avg", "min": "rule.tree.min", "max": "rule.tree.max"}
_NESTED = ("add", "sub", "mul", "div", "ratio", "share", "if", "sum")


def tree_words(node: Node, indicator: Indicator) -> Phrase:
    """An arithmetic tree as a formula over the labels of the data."""
    op = node["op"]
    if op == "const":
        return amount(node["value"], node["unit"])
    if op == "measure":
        return Phrase("rule.tree.name", {"name": measure_label(indicator, node["id"])})
    if op == "if":
        branches: dict[str, PhraseValue] = {
            "condition": condition_words(node["when"], indicator),
            "then": tree_words(node["then"], indicator),
            "else": tree_words(node["else"], indicator),
        }
        return Phrase("rule.tree.if", branches)
    if op == "powi":
        return Phrase("rule.tree.power", {"a": _bracketed(node["arg"], indicator), "n": str(node["n"])})
    if "code" in node:
        return _data_words(node, indicator)
    if op in _LISTS:
        parts = [tree_words(part, indicator) for part in node["args"]]
        return Phrase(_LISTS[op], {"a": joined("rule.tree.comma", parts)})
    return joined(_TWO_PLACE[op], [_bracketed(part, indicator) for part in node["args"]])


def _bracketed(node: Node, indicator: Indicator) -> Phrase:
    words = tree_words(node, indicator)
    return Phrase("rule.tree.bracket", {"a": words}) if node["op"] in _NESTED and "code" not in node else words


def _data_words(node: Node, indicator: Indicator) -> Phrase:
    op = node["op"]
    name = Phrase("rule.tree.name", {"name": _label(indicator, node["code"])})
    if op == "field":
        return name if node["year"] is None else Phrase(_YEARS[node["year"]], {"a": name})
    if op == "growth":
        return Phrase(_GROWTH[node["kind"]], {"a": name})
    if op == "points_list":
        return Phrase("rule.tree.points_list", {"a": name, "classes": class_points(node, indicator)})
    if op == "count":
        item = next(item for item in indicator.data if item.code == node["code"])
        names = [Phrase("rule.tree.name", {"name": item.class_labels[cls]}) for cls in node["classes"]]
        return Phrase("rule.tree.count", {"a": name, "classes": joined("rule.tree.comma", names)})
    return Phrase(_SERIES[op], {"a": name})


_GROWTH = {
    "gaoqi": "rule.tree.growth.gaoqi",
    "mean_of_annual": "rule.tree.growth.mean_of_annual",
    "cagr": "rule.tree.growth.cagr",
}


def class_points(node: Node, indicator: Indicator) -> tuple[Phrase, ...]:
    """The classes of a points list with their points, window and limit."""
    item = next(item for item in indicator.data if item.code == node["code"])
    parts: list[Phrase] = []
    for cls, rule in node["classes"].items():
        words = Phrase("rule.class", {"name": item.class_labels[cls], "points": quantity(rule["points"])})
        if rule["years"]:
            words = Phrase("rule.class.years", {"a": words, "years": str(rule["years"])})
        if rule["limit"]:
            words = Phrase("rule.class.limit", {"a": words, "limit": str(rule["limit"])})
        parts.append(words)
    return tuple(parts)
