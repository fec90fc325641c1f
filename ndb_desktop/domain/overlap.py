"""评审关联: which experts can be compared at all, because applications link them (panel B.3).

Two experts can only be compared if a chain of common applications leads from one to the other. Many-facet Rasch
measurement says the same: disjoint subsets need further assumptions, and none is made here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median_low

from ndb_desktop.domain.agreement import Ratings


@dataclass(frozen=True, slots=True)
class Component:
    """连通分量: experts and applications that hang together, and how many marks link them."""

    experts: tuple[str, ...]
    applications: tuple[str, ...]
    marks: int


def components(ratings: Ratings) -> tuple[Component, ...]:
    """The connected components of the expert-application graph, the one with most experts first."""
    held: dict[str, list[str]] = {}
    for target in sorted(ratings):
        for rater in ratings[target]:
            held.setdefault(rater, []).append(target)
    seen: set[str] = set()
    found = []
    for start in sorted(held):
        if start in seen:
            continue
        experts, targets = _reached(start, held, ratings)
        seen |= experts
        marks = sum(len(ratings[target]) for target in targets)
        found.append(Component(tuple(sorted(experts)), tuple(sorted(targets)), marks))
    return tuple(sorted(found, key=lambda part: (-len(part.experts), part.experts)))


def _reached(start: str, held: Mapping[str, Sequence[str]], ratings: Ratings) -> tuple[set[str], set[str]]:
    """Everybody a chain of common applications leads to, and those applications."""
    experts, targets, waiting = {start}, set[str](), [start]
    while waiting:
        for target in held[waiting.pop()]:
            if target not in targets:
                targets.add(target)
                new = ratings[target].keys() - experts
                experts |= new
                waiting += new
    return experts, targets


def common_applications(raters: Iterable[Iterable[str]]) -> Mapping[tuple[str, str], int]:
    """For every two experts who met: how many applications both marked. `raters` are those of each application."""
    return Counter(_pairs(raters))


def _pairs(raters: Iterable[Iterable[str]]) -> Iterator[tuple[str, str]]:
    for names in raters:
        yield from combinations(sorted(names), 2)


def typical_common(raters: Iterable[Iterable[str]]) -> int:
    """How many applications two experts who met typically share (the lower median); 0 where none met."""
    counts = common_applications(raters)
    return median_low(counts.values()) if counts else 0
