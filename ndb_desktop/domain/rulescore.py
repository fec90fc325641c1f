"""Scores (计分): from measures to 0..100 by the closed list of score types, with the working shown.

A score tree has leaves (`piecewise`, `tiers`, `per_unit`, `points_list`, `efficacy2`, `efficacy5`, `bool_points`) and
two ways to join them (`weighted`, `choose`). A leaf without a value scores 0 and says why; the others still count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from ndb_desktop.domain.explain import adjustment_words, choice_taken, leaf_words, quantity, score_words
from ndb_desktop.domain.phrase import Phrase
from ndb_desktop.domain.ruletree import Facts, Node, NoValue, holds, number

FULL = Fraction(100)
_UNSAID = Phrase("rule.text.level")
"""Stands for the words of a leaf where nobody will read them (panel statistics, merge)."""
_EFFICACY_BASES = tuple(Fraction(n) for n in (100, 80, 60, 40, 20))
Points = tuple[tuple[Fraction, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """What one leaf gave: its measure (or ""), the figure, the points, `ok` or why there is no figure."""

    node: Node
    measure: str
    x: Fraction | None
    score: Fraction
    status: str
    words: Phrase


@dataclass(frozen=True, slots=True)
class Working:
    """The whole calculation of a rule: score, leaves in order, sentences, and what to look at."""

    score: Fraction
    status: str
    leaves: tuple[Leaf, ...]
    words: tuple[Phrase, ...]
    warnings: tuple[Phrase, ...]


def curve_points(node: Node, k: Fraction) -> Points:
    """The corner points of a leaf for a plot, x scaled by k where the rule says so; empty if it has no curve."""
    kind, scale = node["type"], k if node.get("scale") == "k" else Fraction(1)
    if kind == "piecewise":
        points: Points = node["points"]
        return points if scale == 1 else tuple((x * scale, s) for x, s in points)
    if kind == "tiers":
        corners: list[tuple[Fraction, Fraction]] = []
        for band in node["bands"]:
            corners.extend((edge * scale, band["points"]) for edge in (band["from"], band["to"]) if edge is not None)
        return tuple(corners)
    if kind == "efficacy2":
        edges = sorted((Fraction(x) * scale, s) for x, s in ((node["poor"], Fraction(60)), (node["good"], FULL)))
        return tuple((x, min(max(s, node["floor"]), node["cap"])) for x, s in edges)
    if kind == "efficacy5":
        return tuple(sorted((x * scale, s) for x, s in zip(node["standards"], _EFFICACY_BASES, strict=True)))
    return ()


def rises(node: Node) -> bool:
    """Whether a larger figure is the better one; decides what "below the base" means for a target."""
    if node["type"] == "piecewise":
        return bool(node["points"][0][1] <= node["points"][-1][1])
    if node["type"] == "tiers":
        return bool(node["bands"][0]["points"] <= node["bands"][-1]["points"])
    if node["type"] == "efficacy2":
        return bool(node["good"] > node["poor"])
    if node["type"] == "efficacy5":
        return bool(node["standards"][0] > node["standards"][-1])
    return True


def leaves_of(node: Node) -> list[Node]:
    """All leaves of a score tree, in order."""
    if node["type"] == "weighted":
        return [leaf for part in node["parts"] for leaf in leaves_of(part["score"])]
    if node["type"] == "choose":
        return leaves_of(node["then"]) + leaves_of(node["else"])
    return [node]


def piecewise(points: Points, x: Fraction) -> Fraction:
    """Continuous linear through `points`, constant outside; a corner belongs to the upper piece."""
    if x <= points[0][0]:
        return points[0][1]
    for (x0, s0), (x1, s1) in pairwise(points):
        if x < x1:
            return s0 + (x - x0) / (x1 - x0) * (s1 - s0)
    return points[-1][1]


def _tiers(node: Node, x: Fraction, k: Fraction) -> Fraction:
    scale = k if node.get("scale") == "k" else Fraction(1)
    found = [
        band["points"]
        for band in node["bands"]
        if (band["from"] is None or x >= band["from"] * scale) and (band["to"] is None or x <= band["to"] * scale)
    ]
    # On a shared border both bands match and the higher score counts (以上 includes the number).
    return Fraction(max(found))


def _efficacy5(node: Node, x: Fraction, k: Fraction) -> Fraction:
    points = curve_points(node, k)
    outside = x < points[0][0] if rises(node) else x > points[-1][0]
    return Fraction(0) if outside else piecewise(points, x)


def _efficacy2(node: Node, x: Fraction, k: Fraction) -> Fraction:
    scale = k if node.get("scale") == "k" else Fraction(1)
    poor, good = node["poor"] * scale, node["good"] * scale
    return Fraction(min(max((x - poor) / (good - poor) * 40 + 60, node["floor"]), node["cap"]))


def _per_unit(node: Node, x: Fraction, _k: Fraction) -> Fraction:
    return Fraction(min(max(Fraction(x // node["unit"]), Fraction(0)) * node["points"], node["cap"]))


_CURVES: Mapping[str, Callable[[Node, Fraction, Fraction], Fraction]] = {
    "piecewise": lambda node, x, k: piecewise(curve_points(node, k), x),
    "tiers": _tiers,
    "efficacy2": _efficacy2,
    "efficacy5": _efficacy5,
    "per_unit": _per_unit,
}


def leaf_score(node: Node, x: Fraction, k: Fraction) -> Fraction:
    """The points of a curve leaf at `x` (in the measure's own unit), within 0..100."""
    return min(max(_CURVES[node["type"]](node, x, k), Fraction(0)), FULL)


def evaluate(rule_score: Node, adjustments: tuple[Node, ...], facts: Facts) -> Working:
    """Runs a rule: score tree, then adjustments in their order."""
    leaves: list[Leaf] = []
    words: list[Phrase] = []
    score, formula = _score(rule_score, facts, leaves, words)
    if len(leaves) > 1 and formula is not None:
        words.insert(0, formula)
    words.extend(leaf.words for leaf in leaves)
    status = next((leaf.status for leaf in leaves if leaf.status != "ok"), "ok")
    warnings: list[Phrase] = [
        Phrase("rule.warning.no_value", {"why": leaf.words}) for leaf in leaves if leaf.status != "ok"
    ]
    for adjustment in adjustments:
        score, status = _adjust(adjustment, facts, score, status, words, warnings)
    return Working(score, status, tuple(leaves), tuple(words), (*warnings, *facts.notes))


def _score(node: Node, facts: Facts, leaves: list[Leaf], words: list[Phrase]) -> tuple[Fraction, Phrase | None]:
    if node["type"] == "weighted":
        return _weighted(node, facts, leaves, words)
    if node["type"] == "choose":
        try:
            taken = holds(node["when"], facts)
        except NoValue as error:
            leaves.append(Leaf(node, "", None, Fraction(0), error.status, score_words(error.why, Fraction(0))))
            return Fraction(0), None
        words.append(choice_taken(node["when"], taken, facts))
        return _score(node["then"] if taken else node["else"], facts, leaves, words)
    leaf = _leaf(node, facts)
    leaves.append(leaf)
    return leaf.score, None


def _weighted(node: Node, facts: Facts, leaves: list[Leaf], words: list[Phrase]) -> tuple[Fraction, Phrase]:
    total = Fraction(0)
    terms: list[Phrase] = []
    for part in node["parts"]:
        score, _ = _score(part["score"], facts, leaves, words)
        total += part["weight"] * score
        terms.append(Phrase("rule.weighted.term", {"weight": quantity(part["weight"]), "score": quantity(score)}))
    return total, Phrase("rule.weighted.sum", {"score": quantity(total), "terms": _plus(terms)})


def _plus(terms: list[Phrase]) -> Phrase:
    joined = terms[0]
    for term in terms[1:]:
        joined = Phrase("rule.tree.add", {"a": joined, "b": term})
    return joined


def _leaf(node: Node, facts: Facts) -> Leaf:
    kind = node["type"]
    measure = node.get("x", "")
    try:
        if kind == "bool_points":
            answer = facts.flag(node["code"])
            score = node["yes"] if answer else node["no"]
            return Leaf(node, "", None, score, "ok", leaf_words(node, facts, None, score, (), answer=answer))
        if kind == "points_list":
            x = number({**node, "op": "points_list"}, facts)
            return Leaf(node, "", x, min(x, FULL), "ok", leaf_words(node, facts, x, min(x, FULL), ()))
        x = facts.measure_shown(measure)
        score = leaf_score(node, x, facts.k)
        if not facts.explain:
            return Leaf(node, measure, x, score, "ok", _UNSAID)
        return Leaf(node, measure, x, score, "ok", leaf_words(node, facts, x, score, curve_points(node, facts.k)))
    except NoValue as error:
        return Leaf(node, measure, None, Fraction(0), error.status, score_words(error.why, Fraction(0)))


def _adjust(
    node: Node, facts: Facts, score: Fraction, status: str, words: list[Phrase], warnings: list[Phrase]
) -> tuple[Fraction, str]:
    """One cap, floor, factor or gate. Unknown conditions count against the applicant: a gap must never pay."""
    unknown: NoValue | None = None
    kind = node["type"]
    try:
        met = holds(node["when"], facts)
    except NoValue as error:
        unknown, met = error, kind in ("cap_if", "factor_if")
        warnings.append(Phrase("rule.warning.condition_unknown", {"why": error.why}))
    if kind == "gate":
        if unknown:
            return score, "check" if status == "ok" else status
        if met:
            return score, status
        words.append(adjustment_words(node, facts, score, Fraction(0)))
        return Fraction(0), "gate"
    if not met or (kind == "floor_if" and status != "ok"):
        return score, status
    after = _ADJUST[kind](score, node["value"])
    words.append(adjustment_words(node, facts, score, after, unknown=unknown is not None))
    return after, status


_ADJUST: Mapping[str, Callable[[Fraction, Any], Fraction]] = {
    "cap_if": min,
    "floor_if": max,
    "factor_if": lambda score, factor: score * factor,
}
