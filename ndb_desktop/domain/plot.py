"""计分曲线: the drawing of a rule's curve, made by asking the rule itself, so that picture and score cannot differ.

Every curve of a rule is a straight line between its knots and may jump at one. The line between two knots is found
from two points inside, which the scoring function gives exactly; only where the knots lie is known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from ndb_desktop.domain.phrase import LocalText
from ndb_desktop.domain.rulescore import Leaf, leaf_score
from ndb_desktop.domain.ruletree import Node

MarkKind = Literal["now", "base", "target"]
MOST_STEPS = 40
"""A staircase with more steps than this says nothing in a small drawing."""
_MARGIN = Fraction(8, 100)
_REACH = Fraction(25, 100)
_EFFICACY_LOW, _EFFICACY_SPAN = 60, 40


@dataclass(frozen=True, slots=True)
class Segment:
    """A straight piece of the curve, from (`x0`, `y0`) to (`x1`, `y1`); x in the measure's unit, y in points."""

    x0: Fraction
    y0: Fraction
    x1: Fraction
    y1: Fraction


@dataclass(frozen=True, slots=True)
class Mark:
    """A point on the curve: `now` the declared figure (现值), `base` (基期值) and `target` (目标值) of a plan."""

    kind: MarkKind
    x: Fraction
    y: Fraction


@dataclass(frozen=True, slots=True)
class Plot:
    """One curve of a rule with the applicant's points on it; segments run from left to right without a gap."""

    measure: LocalText
    unit: str
    knots: tuple[Fraction, ...]
    segments: tuple[Segment, ...]
    marks: tuple[Mark, ...]

    @property
    def low(self) -> Fraction:
        """Where the drawing begins."""
        return self.segments[0].x0

    @property
    def high(self) -> Fraction:
        """Where the drawing ends; a point far beyond is drawn at the edge, so that the curve stays readable."""
        return self.segments[-1].x1


def plot(leaf: Leaf, measure: LocalText, unit: str, marks: tuple[Mark, ...], k: Fraction) -> Plot | None:
    """The plot of a leaf; None for one that has no curve (points lists, yes/no, very long staircases)."""
    knots = knots_of(leaf.node, k)
    if not knots:
        return None
    low, high = _window(knots, [mark.x for mark in marks])
    inside = [knot for knot in knots if low < knot < high]
    edges = [low, *inside, high]
    segments = tuple(_segment(leaf.node, x0, x1, k) for x0, x1 in pairwise(edges))
    return Plot(measure, unit, knots, segments, marks)


def knots_of(node: Node, k: Fraction) -> tuple[Fraction, ...]:
    """Where a curve bends or jumps, ascending, each once, scaled by k where the rule says so."""
    kind = node["type"]
    scale = k if node.get("scale") == "k" else Fraction(1)
    if kind == "piecewise":
        found = {x * scale for x, _ in node["points"]}
    elif kind == "tiers":
        found = {edge * scale for band in node["bands"] for edge in (band["from"], band["to"]) if edge is not None}
    elif kind == "efficacy2":
        poor, step = node["poor"] * scale, (node["good"] - node["poor"]) * scale / _EFFICACY_SPAN
        bounds = (max(Fraction(node["floor"]), Fraction(0)), min(Fraction(node["cap"]), Fraction(100)))
        found = {poor, node["good"] * scale, *(poor + (bound - _EFFICACY_LOW) * step for bound in bounds)}
    elif kind == "efficacy5":
        found = {x * scale for x in node["standards"]}
    elif kind == "per_unit":
        steps = -(-min(Fraction(node["cap"]), Fraction(100)) // node["points"]) if node["points"] > 0 else 0
        found = {node["unit"] * n for n in range(int(steps) + 1)} if 0 < steps <= MOST_STEPS else set()
    else:
        found = set()
    return tuple(sorted(Fraction(x) for x in found))


def _window(knots: tuple[Fraction, ...], marks: list[Fraction]) -> tuple[Fraction, Fraction]:
    span = knots[-1] - knots[0] or abs(knots[0]) or Fraction(1)
    reach = span * _REACH
    near = [x for x in marks if knots[0] - reach <= x <= knots[-1] + reach]
    low, high = min([knots[0], *near]), max([knots[-1], *near])
    margin = span * _MARGIN
    # Most figures cannot be negative; an axis that begins below zero would suggest they can.
    return (max(low - margin, Fraction(0)) if low > 0 else low - margin if low < 0 else low), high + margin


def _segment(node: Node, x0: Fraction, x1: Fraction, k: Fraction) -> Segment:
    third = (x1 - x0) / 3
    y1, y2 = leaf_score(node, x0 + third, k), leaf_score(node, x1 - third, k)
    return Segment(x0, 2 * y1 - y2, x1, 2 * y2 - y1)
