"""核对提示: what in an expert's own marks is worth a second look. Advice only: nothing here refuses anything.

All of it is exact comparison of what one expert entered; no other expert's marks are known here. Only sheets that are
scored and declared free of conflict count, and values are compared only under the same rule pack.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from ndb_desktop.domain.packparts import LEVELS
from ndb_desktop.domain.sheet import ItemEntry, Sheet
from ndb_desktop.domain.sheetform import Form, FormItem, item_findings

HintKind = Literal["same_all", "top_all", "top_band", "same_row", "same_value", "same_reason"]
Cell = tuple[str, str]
"""Application and item."""

LEAST_JUDGED = 3
"""So many judged marks make a pattern; fewer are alike by chance."""
LEAST_SAME = 5
"""So many equal marks of one item, and `SAME_SHARE` of all its marks, make a hint."""
SAME_SHARE = (4, 5)


@dataclass(frozen=True, slots=True)
class OwnSheet:
    """One application with its form and the expert's own sheet."""

    application: str
    form: Form
    sheet: Sheet

    @property
    def asked(self) -> bool:
        """Whether marks are asked for: declared without conflict, and scoring was possible."""
        return self.sheet.declaration.status == "clear" and self.sheet.status == "scored"


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing to look at again.

    `same_all` 全部判断项同分; `top_all` 全部满分; `top_band` 全部最高档; `same_row` 与另一份逐项同分; `same_value`
    同一项多份同分; `same_reason` 理由雷同. `cells` are the marks concerned, in the order of the form; `value` is the
    common mark if there is one; `others` are the applications concerned besides the first, `of` how many have a mark
    there.
    """

    kind: HintKind
    cells: tuple[Cell, ...]
    value: Decimal | None = None
    others: tuple[str, ...] = ()
    of: int = 0

    @property
    def application(self) -> str:
        """The first application concerned."""
        return self.cells[0][0]

    @property
    def item(self) -> str:
        """The first item concerned."""
        return self.cells[0][1]


def hints(sheets: Sequence[OwnSheet]) -> tuple[Hint, ...]:
    """Every hint: first those of one application, then rows alike, then items, then reasons."""
    asked = [own for own in sheets if own.asked]
    return (
        *(hint for own in asked for hint in _row_hints(own)),
        *_same_rows(asked),
        *_same_columns(asked),
        *_same_reasons(asked),
    )


def missing_reasons(form: Form, sheet: Sheet) -> tuple[str, ...]:
    """The items whose reason is missing or too short, in the order of the form."""
    return tuple(
        item.id
        for item in form.items
        if any(fault.code == "E-ITEM-REASON" for fault in item_findings(form, sheet, item))
    )


def same_values(sheets: Sequence[OwnSheet]) -> Mapping[Cell, int]:
    """For each judged mark: how many *other* applications have exactly the same on that item; none is left out."""
    counts: dict[Cell, int] = {}
    for groups in _by_value(own for own in sheets if own.asked).values():
        for applications in groups.values():
            if len(applications) > 1:
                counts |= {(name, item): len(applications) - 1 for name, item in applications}
    return counts


def _judged(own: OwnSheet) -> list[FormItem]:
    """Those with a level and a number; that many tasks are done says nothing of a hand."""
    return [item for item in own.form.items if item.levelled]


def _mark(entry: ItemEntry | None) -> Decimal | None:
    return entry.value if entry is not None and entry.state == "scored" else None


def _marks(own: OwnSheet) -> dict[str, Decimal] | None:
    """The judged marks of a complete row; None while one is missing. Items that do not apply are left out."""
    marks = {}
    for item in _judged(own):
        entry = own.sheet.items.get(item.id)
        if entry is not None and entry.state == "not_applicable":
            continue
        value = _mark(entry)
        if value is None:
            return None
        marks[item.id] = value
    return marks


def _row_hints(own: OwnSheet) -> Iterator[Hint]:
    marks = _marks(own)
    if marks is None or len(marks) < LEAST_JUDGED:
        return
    cells = tuple((own.application, item) for item in marks)
    values = set(marks.values())
    top = max((own.form.band_of(level) for level in LEVELS), key=lambda band: band.high)
    if values == {top.high}:
        # Says it all: they are then also equal, and in the highest band.
        yield Hint("top_all", cells, top.high)
        return
    if len(values) == 1:
        yield Hint("same_all", cells, next(iter(values)))
    if all(own.sheet.items[item].level == top.level for item in marks):
        yield Hint("top_band", cells)


def _same_rows(asked: Sequence[OwnSheet]) -> Iterator[Hint]:
    groups: dict[tuple[str, tuple[tuple[str, Decimal], ...]], list[OwnSheet]] = defaultdict(list)
    for own in asked:
        marks = _marks(own)
        if marks is not None and len(marks) >= LEAST_JUDGED:
            groups[own.form.digest, tuple(marks.items())].append(own)
    for (_, row), alike in groups.items():
        if len(alike) > 1:
            names = [own.application for own in alike]
            cells = tuple((name, item) for name in names for item, _ in row)
            yield Hint("same_row", cells, others=tuple(names[1:]), of=len(names))


def _by_value(asked: Iterator[OwnSheet]) -> Mapping[tuple[str, str], Mapping[Decimal, list[Cell]]]:
    """Per pack and judged item: the cells by mark. Equal numbers are one, however they were written (80 and 80.0)."""
    found: dict[tuple[str, str], dict[Decimal, list[Cell]]] = {}
    for own in asked:
        for item in _judged(own):
            value = _mark(own.sheet.items.get(item.id))
            if value is not None:
                groups = found.setdefault((own.form.digest, item.id), {})
                groups.setdefault(value, []).append((own.application, item.id))
    return found


def _same_columns(asked: Sequence[OwnSheet]) -> Iterator[Hint]:
    above, below = SAME_SHARE
    for groups in _by_value(iter(asked)).values():
        total = sum(len(cells) for cells in groups.values())
        for value, cells in groups.items():
            if len(cells) >= LEAST_SAME and len(cells) * below >= total * above:
                yield Hint("same_value", tuple(cells), value, tuple(name for name, _ in cells[1:]), total)


def _same_reasons(asked: Sequence[OwnSheet]) -> Iterator[Hint]:
    groups: dict[str, list[Cell]] = defaultdict(list)
    for own in asked:
        for item in own.form.items:
            entry = own.sheet.items.get(item.id)
            # Spaces and line breaks make no other reason.
            words = "".join(entry.reason.split()).casefold() if entry is not None and entry.state != "open" else ""
            if words:
                groups[words].append((own.application, item.id))
    for cells in groups.values():
        if len(cells) > 1:
            others = dict.fromkeys(name for name, _ in cells if name != cells[0][0])
            yield Hint("same_reason", tuple(cells), others=tuple(others), of=len(cells))
