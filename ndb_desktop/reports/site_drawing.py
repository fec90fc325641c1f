"""Drawings of an inspection record as vectors: marks (标注) on a layer over a photo, and signatures by hand (手写签名).

Their points are ten-thousandths of width and height, counted from the upper left corner.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import atan2, cos, hypot, pi, sin
from typing import Any

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import Flowable

from ndb_desktop.domain.siterecord import SCALE, PhotoMark
from ndb_desktop.reports import fonts, glyphs, styles
from ndb_desktop.reports.late_images import LateImage
from ndb_desktop.reports.site_values import Preview, Strokes
from ndb_desktop.reports.text import Words

MARK: Color = HexColor("#D11A2A")
_UNDER: Color = HexColor("#FFFFFF")
_LINE, _CASING = 1.5, 3.2
"""Points: the line of a mark, and the white one below it, by which it shows on dark and on red ground."""
_HEAD = 9.0
_TEXT = 8.5
_KAPPA = 0.5523
"""How far the control points of a quarter of a circle stand off (Bézier)."""

Points = Sequence[tuple[float, float]]


class MarkedPhoto(LateImage):
    """A photo with its marks, within `room` (width and height in points); texts are cut at its edge."""

    def __init__(
        self,
        preview: Preview,
        room: tuple[float, float],
        marks: Sequence[PhotoMark],
        words: Words,
        album: list[LateImage],
    ) -> None:
        super().__init__(preview, *room, album)
        self._marks = [(mark, words.line(mark.text) if mark.kind == "text" else "") for mark in marks]

    def draw(self) -> None:
        """Called by reportlab when the page is made."""
        super().draw()
        if self.shown is None:
            return
        box = f"0 0 {self.width:.3f} {self.height:.3f} re"
        code = [f"q {box} W n 1 J 1 j"]
        for mark, said in self._marks:
            points = scaled(mark.points, self.width, self.height)
            if said and points:
                code.append(self._said(said, points[0]))
                continue
            path = " ".join(_path(mark, points))
            if path:
                code.append(f"{_CASING:g} w {_ink(_UNDER)} RG {path} S {_LINE:g} w {_ink(MARK)} RG {path} S")
        code.append(f"Q q 0.4 w {_ink(styles.RULE)} RG {box} S Q")
        self.canv.addLiteral(" ".join(code))

    def _said(self, said: str, at: tuple[float, float]) -> str:
        """A text with a white edge; near the right or lower edge it is moved in."""
        room = pdfmetrics.stringWidth(said, fonts.REGULAR, _TEXT)
        x = max(2.0, min(at[0], self.width - room - 2))
        y = max(3.0, min(at[1], self.height - _TEXT))
        shown = glyphs.of(self.canv).shown(said, fonts.REGULAR, f"{_TEXT:g}")
        place = f"1 0 0 1 {x:.2f} {y:.2f} Tm"
        return f"2.2 w {_ink(_UNDER)} RG BT 1 Tr {place} {shown} ET {_ink(MARK)} rg BT 0 Tr {place} {shown} ET"


class DrawnSignature(Flowable):  # type: ignore[misc]  # reportlab has no types
    """The strokes within `width` x `height` points over a thin line; a stroke of one point is a dot."""

    def __init__(self, strokes: Strokes, width: float, height: float) -> None:
        super().__init__()
        self.width, self.height = width, height
        self._strokes = strokes

    def draw(self) -> None:
        """Called by reportlab when the page is made."""
        code = [f"q 0.5 w {_ink(styles.RULE)} RG 0 0 m {self.width:.2f} 0 l S"]
        code.append(f"1 J 1 j 1.2 w {_ink(styles.INK)} RG")
        for stroke in self._strokes:
            points = scaled(stroke, self.width, self.height)
            if points:
                code.append(" ".join([*_line(points if len(points) > 1 else [points[0], points[0]]), "S"]))
        self.canv.addLiteral(" ".join([*code, "Q"]))


def scaled(points: Sequence[tuple[int, int]], width: float, height: float) -> list[tuple[float, float]]:
    """From ten-thousandths of a picture to points of the page, which counts from below."""
    return [(x * width / SCALE, height - y * height / SCALE) for x, y in points]


def _path(mark: PhotoMark, points: Points) -> Iterator[str]:
    if mark.kind == "pen" and points:
        yield from _line(points if len(points) > 1 else [points[0], points[0]])
    elif mark.kind in ("arrow", "box", "ellipse") and len(points) > 1:
        (x, y), (u, v) = points[0], points[-1]
        if mark.kind == "arrow":
            yield from _line([(x, y), (u, v)])
            yield from _arrow(x, y, u, v)
        elif mark.kind == "box":
            yield f"{min(x, u):.2f} {min(y, v):.2f} {abs(u - x):.2f} {abs(v - y):.2f} re"
        else:
            yield from _ellipse((x + u) / 2, (y + v) / 2, abs(u - x) / 2, abs(v - y) / 2)


def _line(points: Points) -> Iterator[str]:
    for number, (x, y) in enumerate(points):
        yield f"{x:.2f} {y:.2f} {'l' if number else 'm'}"


def _arrow(x: float, y: float, u: float, v: float) -> Iterator[str]:
    """The two short lines at the tip (u, v)."""
    size = min(_HEAD, hypot(u - x, v - y) / 2)
    angle = atan2(v - y, u - x)
    sides = [angle + pi - 0.45, angle + pi + 0.45]
    (a, b), (c, d) = [(u + size * cos(side), v + size * sin(side)) for side in sides]
    yield from _line([(a, b), (u, v), (c, d)])


def _ellipse(x: float, y: float, a: float, b: float) -> Iterator[str]:
    yield f"{x + a:.2f} {y:.2f} m"
    turns = [(1, 0), (0, 1), (-1, 0), (0, -1), (1, 0)]
    for (c, s), (d, t) in pairwise(turns):
        first = x + a * (c + _KAPPA * d), y + b * (s + _KAPPA * t)
        second = x + a * (d + _KAPPA * c), y + b * (t + _KAPPA * s)
        end = x + a * d, y + b * t
        yield " ".join(f"{place:.2f}" for pair in (first, second, end) for place in pair) + " c"


def _ink(colour: Any) -> str:
    return f"{colour.red:.4f} {colour.green:.4f} {colour.blue:.4f}"
