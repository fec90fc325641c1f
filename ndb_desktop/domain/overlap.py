"""评审关联: which experts can be compared at all, because applications link them (panel B.3).

Two experts can only be compared if a chain of common applications leads from one to the other. Many-facet Rasch
measurement says the same: disjoint subsets need further assumptions, and none is made here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
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
    parent: dict[str, str] = {}
    first: dict[str, str] = {}
    for target in sorted(ratings):
        raters = iter(ratings[target])
        head = next(raters, None)
        if head is None:
            continue
        first[target] = head
        root = _root(parent, head)
        for rater in raters:
            other = _root(parent, rater)
            parent[other] = root
    experts: dict[str, list[str]] = {}
    for rater in sorted(parent):
        experts.setdefault(_root(parent, rater), []).append(rater)
    targets: dict[str, list[str]] = {}
    for target, head in first.items():
        targets.setdefault(_root(parent, head), []).append(target)
    found = [
        Component(tuple(names), tuple(targets[root]), sum(len(ratings[target]) for target in targets[root]))
        for root, names in experts.items()
    ]
    return tuple(sorted(found, key=lambda part: (-len(part.experts), part.experts)))


def _root(parent: dict[str, str], name: str) -> str:
    way = [name]
    while (above := parent.setdefault(way[-1], way[-1])) != way[-1]:
        way.append(above)
    for passed in way:
        parent[passed] = way[-1]
    return way[-1]


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
