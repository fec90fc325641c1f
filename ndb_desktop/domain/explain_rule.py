"""A rule in words (计分规则说明), generated from the rule itself, in the order in which it is computed."""

from __future__ import annotations

from fractions import Fraction

from ndb_desktop.domain.explain import (
    amount,
    class_points,
    condition_words,
    joined,
    quantity,
    tier_range,
    tree_words,
)
from ndb_desktop.domain.numbers import brief
from ndb_desktop.domain.phrase import Phrase, PhraseValue
from ndb_desktop.domain.rulepack import Indicator, Measure, Rule
from ndb_desktop.domain.rulescore import curve_points
from ndb_desktop.domain.ruletree import Node


def rule_words(indicator: Indicator, k: Fraction) -> Phrase:
    """How an indicator is scored; judged indicators say that a level decides."""
    rule = indicator.rule
    if rule is None:
        return Phrase("rule.text.level")
    parts = [_measure_words(measure, indicator) for measure in rule.measures]
    parts.extend(_score_words(rule.score, indicator, rule, k))
    parts.extend(_adjustment(node, indicator) for node in rule.adjustments)
    if k != 1 and _uses_k(rule.score):
        parts.append(Phrase("rule.text.k", {"k": brief(k, 4)}))
    return Phrase("rule.text", {"parts": tuple(parts)})


def _uses_k(node: Node) -> bool:
    if node["type"] == "weighted":
        return any(_uses_k(part["score"]) for part in node["parts"])
    if node["type"] == "choose":
        return _uses_k(node["then"]) or _uses_k(node["else"])
    return node.get("scale") == "k"


def _measure_words(measure: Measure, indicator: Indicator) -> Phrase:
    return Phrase("rule.text.measure", {"name": measure.label, "formula": tree_words(measure.tree, indicator)})


def _score_words(node: Node, indicator: Indicator, rule: Rule, k: Fraction) -> list[Phrase]:
    kind = node["type"]
    if kind == "weighted":
        parts = []
        for part in node["parts"]:
            inner = Phrase("rule.inner", {"parts": tuple(_score_words(part["score"], indicator, rule, k))})
            parts.append(Phrase("rule.text.weighted", {"weight": quantity(part["weight"]), "inner": inner}))
        return parts
    if kind == "choose":
        branches: dict[str, PhraseValue] = {
            "condition": condition_words(node["when"], indicator),
            "then": Phrase("rule.inner", {"parts": tuple(_score_words(node["then"], indicator, rule, k))}),
            "else": Phrase("rule.inner", {"parts": tuple(_score_words(node["else"], indicator, rule, k))}),
        }
        return [Phrase("rule.text.choose", branches)]
    return [_leaf(node, indicator, rule, k)]


def _leaf(node: Node, indicator: Indicator, rule: Rule, k: Fraction) -> Phrase:
    kind = node["type"]
    if kind == "bool_points":
        label = next(item.label for item in indicator.data if item.code == node["code"])
        values: dict[str, PhraseValue] = {"datum": label, "yes": quantity(node["yes"]), "no": quantity(node["no"])}
        return Phrase("rule.text.bool_points", values)
    if kind == "points_list":
        label = next(item.label for item in indicator.data if item.code == node["code"])
        cap = quantity(node["cap"] if node["cap"] is not None else Fraction(100))
        return Phrase("rule.text.points_list", {"datum": label, "classes": class_points(node, indicator), "cap": cap})
    measure = next(item for item in rule.measures if item.id == node["x"])
    scale = k if node.get("scale") == "k" else Fraction(1)
    if kind == "tiers":
        bands = tuple(
            Phrase("rule.tier", {"range": tier_range(band, measure.unit, scale), "s": quantity(band["points"])})
            for band in node["bands"]
        )
        return Phrase("rule.text.tiers", {"measure": measure.label, "bands": bands})
    if kind == "per_unit":
        words: dict[str, PhraseValue] = {
            "unit": amount(node["unit"], measure.unit),
            "points": quantity(node["points"]),
            "cap": quantity(node["cap"]),
        }
        return Phrase("rule.text.per_unit", {"measure": measure.label, **words})
    if kind == "efficacy2":
        edges: dict[str, PhraseValue] = {
            "poor": amount(node["poor"] * scale, measure.unit),
            "good": amount(node["good"] * scale, measure.unit),
            "floor": quantity(node["floor"]),
            "cap": quantity(node["cap"]),
        }
        return Phrase("rule.text.efficacy2", {"measure": measure.label, **edges})
    points = [Phrase("rule.point", {"x": amount(x, measure.unit), "s": quantity(s)}) for x, s in curve_points(node, k)]
    key = "rule.text.piecewise" if kind == "piecewise" else "rule.text.efficacy5"
    return Phrase(key, {"measure": measure.label, "points": joined("rule.tree.comma", points)})


def _adjustment(node: Node, indicator: Indicator) -> Phrase:
    condition = condition_words(node["when"], indicator)
    if node["type"] == "gate":
        return Phrase("rule.text.gate", {"condition": condition})
    key = _ADJUSTMENTS[node["type"]]
    return Phrase(key, {"condition": condition, "value": brief(node["value"], 4)})


_ADJUSTMENTS = {"cap_if": "rule.text.cap_if", "floor_if": "rule.text.floor_if", "factor_if": "rule.text.factor_if"}
