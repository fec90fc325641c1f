"""Tables in the house style, laid out once and drawn in page coordinates.

reportlab's `Table` measures each cell twice more before it draws, when it is split too, and draws each in a coordinate
system of its own. A `Grid` knows just what our tables need: widths given, rows that stay whole, heads that repeat,
cells over several columns, shades, and lines between rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from reportlab.lib.colors import Color
from reportlab.platypus import Flowable

from ndb_desktop.reports import styles

SIDE, TOP, BOTTOM = 5.0, 3.5, 4.5
"""Points between the text and the edge of its cell."""
BELOW = (0.4, styles.RULE)
ABOVE = (0.8, styles.ACCENT)
"""The line below each row and the one above the first: weight in points, colour."""
_EMPTY = 12.0


@dataclass(frozen=True, slots=True)
class Padding:
    """Above and below the text of each cell; `middle` sets it in the middle of its row, not at the top."""

    top: float = TOP
    bottom: float = BOTTOM
    middle: bool = False


@dataclass(slots=True)
class Cell:
    """What stands in columns `first` to `after` (not included), with its height; the parts keep no space between."""

    parts: tuple[tuple[Flowable, float], ...]
    first: int
    after: int
    height: float


@dataclass(slots=True)
class Row:
    """`shades` are (first column, column after the last, colour), `above` the lines over it."""

    cells: list[Cell]
    height: float
    shades: list[tuple[int, int, Color]] = field(default_factory=list)
    above: list[tuple[float, Color]] = field(default_factory=list)


def measured(
    cells: Sequence[Any], widths: Sequence[float], padding: Padding, spans: dict[int, int] | None = None
) -> Row:
    """A row of `cells`, each a flowable, a list of them or "". `spans` leads from a column to its last one."""
    edges = [0.0, *accumulate(widths)]
    made: list[Cell] = []
    column = 0
    for number, cell in enumerate(cells):
        if number < column:
            continue
        column = (spans or {}).get(number, number) + 1
        room = edges[column] - edges[number] - 2 * SIDE
        parts = cell if isinstance(cell, list) else [cell] if cell else []
        sized = tuple((part, part.wrap(room, 72_000)[1]) for part in parts)
        height = sum([tall for _, tall in sized]) if sized else _EMPTY
        made.append(Cell(sized, number, column, height))
    return Row(made, max(cell.height for cell in made) + padding.top + padding.bottom)


class Grid(Flowable):  # type: ignore[misc]  # reportlab has no types
    """A table of `rows`, the first `head` of which repeat on every page."""

    def __init__(self, rows: list[Row], widths: Sequence[float], padding: Padding, head: int, align: str) -> None:
        super().__init__()
        self._rows, self._widths, self._padding, self._head = rows, widths, padding, head
        self._edges = [0.0, *accumulate(widths)]
        self.width, self.height = self._edges[-1], sum(row.height for row in rows)
        self.hAlign = align
        self._under: list[tuple[float, Color]] = []

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        """Called by reportlab: known since it was made."""
        return self.width, self.height

    def split(self, _width: float, height: float) -> list[Flowable]:
        """Called by reportlab: as many rows as fit, and the others with the head again; none if only the head fits."""
        rows, head = self._rows, self._head
        count = sum(used <= height for used in accumulate(row.height for row in rows))
        if count == len(rows):
            return [self]
        if count <= head:
            return []
        first = self._part(rows[:count])
        first._under = rows[count].above  # noqa: SLF001  (same class)
        return [first, self._part([*rows[:head], *rows[count:]])]

    def _part(self, rows: list[Row]) -> Grid:
        return Grid(rows, self._widths, self._padding, self._head, self.hAlign)

    def drawOn(self, canvas: Any, x: float, y: float, _sW: float = 0) -> None:  # noqa: N802, N803
        """Called by reportlab: shades, then what stands on them, then the lines."""
        left = self._hAlignAdjust(x, _sW)
        tops = [y + self.height]
        for row in self._rows:
            tops.append(tops[-1] - row.height)
        shades = " ".join(self._shaded(left, tops))
        canvas.addLiteral(f"q {shades}" if shades else "q")
        for row, top, bottom in zip(self._rows, tops, tops[1:], strict=False):
            self._fill(canvas, row, left, top, bottom)
        canvas.addLiteral(" ".join(["1 J", *self._ruled(left, tops), "Q"]))

    def _fill(self, canvas: Any, row: Row, left: float, top: float, bottom: float) -> None:
        padding, edges = self._padding, self._edges
        for cell in row.cells:
            place = top - padding.top
            if padding.middle:
                place = bottom + (row.height + padding.bottom - padding.top + cell.height) / 2
            for part, tall in cell.parts:
                place -= tall
                part.drawOn(canvas, left + edges[cell.first] + SIDE, place)

    def _shaded(self, left: float, tops: list[float]) -> Iterator[str]:
        for number, row in enumerate(self._rows):
            for first, after, colour in row.shades:
                x, width = left + self._edges[first], self._edges[after] - self._edges[first]
                box = f"{x:.4f} {tops[number + 1]:.4f} {width:.4f} {row.height:.4f}"
                yield f"{_parts(colour)} rg {box} re f"

    def _ruled(self, left: float, tops: list[float]) -> Iterator[str]:
        right = left + self.width

        def line(y: float) -> str:
            return f"{left:.4f} {y:.4f} m {right:.4f} {y:.4f} l S"

        weight, colour = BELOW
        yield f"{weight:g} w {_parts(colour)} RG"
        for y in tops[1:]:
            yield line(y)
        for row, y in zip(self._rows, tops, strict=False):
            for weight, colour in row.above:
                yield f"{weight:g} w {_parts(colour)} RG {line(y)}"
        for weight, colour in self._under:
            yield f"{weight:g} w {_parts(colour)} RG {line(tops[-1])}"


def _parts(colour: Color) -> str:
    return f"{colour.red:.4f} {colour.green:.4f} {colour.blue:.4f}"
