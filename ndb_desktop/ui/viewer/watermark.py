"""Words laid over or under a page (水印): they reach across lines that are meant when a pointer stands there.

A watermark is told by how it stands, not by what it says: it climbs or falls across another line, or it is written
larger than several lines that it covers. A slanting name in a diagram covers nothing and stays what it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from ndb_desktop.documents.port import Rect

STEEP = 0.95
"""From this correlation of across and down on, characters stand on one slanting line; three stairs reach 0.94."""
LARGER = 1.4
"""How much larger than what it covers a level or upright watermark is written."""
MOST_LOOKED_AT = 200
"""Slanting or large runs compared with the lines of a page: hostile pages have thousands."""


def across(runs: Sequence[Sequence[Rect]], lines: Sequence[Sequence[Rect]]) -> list[bool]:
    """For each run of characters (what lies between two line ends) whether it reaches across lines of other runs.

    `runs` hold the boxes of the visible characters, `lines` those of the lines each run falls into.
    """
    sizes = [max((_size(box) for box in run), default=0.0) for run in runs]
    slants = [_slants(run, size) for run, size in zip(runs, sizes, strict=True)]
    usual = median(sizes) if sizes else 0.0
    odd = [place for place, size in enumerate(sizes) if slants[place] or size > LARGER * usual]
    odd.sort(key=lambda place: -sizes[place])
    level = [line for place, own in enumerate(lines) if not slants[place] for line in own]
    found = [False] * len(runs)
    for place in odd[:MOST_LOOKED_AT]:
        box, size = _union(runs[place]), sizes[place]
        found[place] = bool(_inside(box, level)) if slants[place] else _covers(box, size, level)
    return found


def _size(box: Rect) -> float:
    return max(box.x1 - box.x0, box.y1 - box.y0)


def _union(boxes: Sequence[Rect]) -> Rect:
    return Rect(
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )


def _slants(run: Sequence[Rect], size: float) -> bool:
    """Whether a run leaves its line: both sides of its box are long, and its characters stand on one slope."""
    if len(run) < 3:
        return False
    box = _union(run)
    if min(box.x1 - box.x0, box.y1 - box.y0) <= 2 * size:
        return False
    xs = [each.x0 + each.x1 for each in run]
    ys = [each.y0 + each.y1 for each in run]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    both = sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True))
    wide, high = sum((a - x) ** 2 for a in xs), sum((b - y) ** 2 for b in ys)
    return both * both >= STEEP * STEEP * wide * high


def _inside(box: Rect, lines: Sequence[Rect]) -> list[Rect]:
    """The lines that go through a box."""
    return [
        line
        for line in lines
        if box.y0 < (line.y0 + line.y1) / 2 < box.y1 and min(box.x1, line.x1) - max(box.x0, line.x0) > 2
    ]


def _covers(box: Rect, size: float, lines: Sequence[Rect]) -> bool:
    """Whether at least two lines below each other, in smaller writing, go through a box."""
    smaller = [line for line in _inside(box, lines) if LARGER * (line.y1 - line.y0) < size]
    middles = sorted((line.y0 + line.y1) / 2 for line in smaller)
    return any(low - high > size / 10 for high, low in pairwise(middles))
