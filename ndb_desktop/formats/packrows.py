"""Rows of a rule pack's sheets by column, the cell each member came from, and every fault with that cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.formats.packcells import MAX_CELL, NOTES, SHEETS, column_of, decode, heading, kind_of, letter, lookup

_LEVEL = re.compile(r"\.(?:basis|plan)\.L[1-5]\]$", re.ASCII)
_CELL = re.compile(r"(.*)!([A-Z]+)([0-9]+)", re.DOTALL)
_FRAME = frozenset(
    {
        "E-PACKSHEET-SHEET-MISSING",
        "E-PACKSHEET-SHEET-UNKNOWN",
        "E-PACKSHEET-SHEET-TWICE",
        "E-PACKSHEET-COLUMN-MISSING",
        "E-PACKSHEET-COLUMN-UNKNOWN",
        "E-PACKSHEET-COLUMN-TWICE",
    }
)
"""With one of these nothing in the sheets can be told: whatever else is found would be its consequence."""


@dataclass(frozen=True, slots=True)
class RawSheet:
    """A sheet as it was found: its title and, by row number from 1, the texts of its cells."""

    title: str
    rows: Mapping[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that is not empty: its number, and the texts of its cells by column."""

    number: int
    cells: Mapping[str, str]

    def word(self, column: str) -> str:
        """A cell without spaces around it."""
        return self.cells.get(column, "").strip()


@dataclass
class Sheets:
    """All sheets of a pack, what was found wrong, and the cell of every path of `domain.packload`."""

    faults: list[Fault] = field(default_factory=list)
    rows: dict[str, list[SheetRow]] = field(default_factory=dict)
    _titles: dict[str, str] = field(default_factory=dict)
    _letters: dict[str, dict[str, str]] = field(default_factory=dict)
    _places: dict[str, str] = field(default_factory=dict)

    def cell(self, sheet: str, row: SheetRow | None = None, column: str = "") -> str:
        """The place of a cell such as `rules!C12`; without a row that of the heading."""
        found = self._letters.get(sheet, {}).get(column or SHEETS[sheet][0], "A")
        return f"{self._titles.get(sheet, sheet)}!{found}{row.number if row else 1}"

    def fault(self, code: str, sheet: str, row: SheetRow | None, column: str, **params: str) -> None:
        """Notes a fault at a cell, unless that has one already."""
        place = self.cell(sheet, row, column)
        if all(fault.place != place for fault in self.faults):
            self.faults.append(Fault(code, place, params))

    def mark(self, path: str, sheet: str, row: SheetRow | None = None, column: str = "") -> None:
        """Says which cell a path of the pack's own reader came from; the first one said holds."""
        self._places.setdefault(path, self.cell(sheet, row, column))

    def value(self, sheet: str, row: SheetRow, column: str, kind: str = "") -> Any:
        """The value of a cell that is not empty; None when it cannot be read, and then the fault is noted."""
        try:
            return decode(row.cells[column], kind or kind_of(sheet, column))
        except NdbError as error:
            self.fault(error.code, sheet, row, column, **error.params)
            return None

    def members(self, sheet: str, row: SheetRow, path: str, columns: Iterable[str]) -> dict[str, Any]:
        """The filled cells among `columns` as members of an object at `path`; each cell is marked, filled or not."""
        self.mark(path, sheet, row)
        found: dict[str, Any] = {}
        for column in columns:
            self.mark(f"{path}.{column}", sheet, row, column)
            if row.cells.get(column):
                value = self.value(sheet, row, column)
                if value is not None:
                    found[column] = value
        return found

    def take(self, raw: Sequence[RawSheet]) -> None:
        """Takes the sheets in.

        Raises:
            FaultsError: for sheets and columns that are missing, unknown or there twice.
        """
        for sheet in raw:
            name = lookup("sheets", sheet.title)
            if name == NOTES:
                continue
            if name is None:
                self.faults.append(Fault("E-PACKSHEET-SHEET-UNKNOWN", f"{sheet.title[:40]}!A1"))
            elif name in self.rows:
                self.faults.append(Fault("E-PACKSHEET-SHEET-TWICE", f"{sheet.title}!A1", {"other": self._titles[name]}))
            else:
                self._take_sheet(name, sheet)
        for name in SHEETS:
            if name not in self.rows:
                self.faults.append(Fault("E-PACKSHEET-SHEET-MISSING", name, {"sheet": name}))
        if any(fault.code in _FRAME for fault in self.faults):
            self.faults = [fault for fault in self.faults if fault.code != "E-PACKSHEET-STRAY"]
            self.stop()

    def _take_sheet(self, name: str, sheet: RawSheet) -> None:
        self._titles[name] = sheet.title
        self.rows[name] = []
        columns = self._heading(name, sheet)
        self._letters[name] = {column: letter(at) for at, column in columns.items()}
        for number in sorted(sheet.rows):
            if number == 1:
                continue
            cells: dict[str, str] = {}
            for at, text in enumerate(sheet.rows[number]):
                place = f"{sheet.title}!{letter(at)}{number}"
                if len(text) > MAX_CELL:
                    self.faults.append(Fault("E-PACKSHEET-LONG", place, {"most": str(MAX_CELL)}))
                elif at in columns:
                    cells[columns[at]] = text if kind_of(name, columns[at]) == "text" or text.strip() else ""
                elif text.strip():
                    self.faults.append(Fault("E-PACKSHEET-STRAY", place))
            if any(cells.values()):
                self.rows[name].append(SheetRow(number, cells))

    def _heading(self, name: str, sheet: RawSheet) -> dict[int, str]:
        columns: dict[int, str] = {}
        for at, text in enumerate(sheet.rows.get(1, ())):
            if not text.strip():
                continue
            column = column_of(name, text)
            place = f"{sheet.title}!{letter(at)}1"
            if column is None:
                self.faults.append(Fault("E-PACKSHEET-COLUMN-UNKNOWN", place, {"column": text.strip()[:40]}))
            elif column in columns.values():
                self.faults.append(Fault("E-PACKSHEET-COLUMN-TWICE", place, {"column": heading(name, column)}))
            else:
                columns[at] = column
        for column in SHEETS[name]:
            if column not in columns.values():
                place = f"{sheet.title}!A1"
                self.faults.append(Fault("E-PACKSHEET-COLUMN-MISSING", place, {"column": heading(name, column)}))
        return columns

    def place_of(self, fault: Fault) -> Fault:
        """A fault of the pack's own reader at the cell it comes from, or the nearest above it."""
        key, part = fault.params.get("key", ""), fault.params.get("part", "")
        tries = [f"{fault.place}.{key}", f"{fault.place}.weights.{part}"]
        if fault.code == "E-PACK-QUANTITATIVE":
            tries.append(f"{fault.place}.weights.basis")
        level = _LEVEL.search(fault.place)
        for path in (*tries, *_upwards(fault.place)):
            if path in self._places:
                found = self._places[path]
                # A level that no row describes has its home, if no cell.
                return Fault(fault.code, self.cell("levels") if path == "texts" and level else found, fault.params)
        return Fault(fault.code, self.cell("settings"), fault.params)

    def stop(self, more: Iterable[Fault] = ()) -> None:
        """Raises all faults in the order of sheets, rows and columns; nothing when there are none.

        A fault in `more` at a cell that already has one, or at a whole row with such a cell, is its consequence and
        left out; so are test vectors that fail on what is not there, and what would be told twice.
        """
        taken = {fault.place for fault in self.faults}
        rows = {_row_of(place) for place in taken}
        found = list(self.faults)
        for fault in more:
            whole_row = self._starts_row(fault.place) and _row_of(fault.place) in rows
            follows = fault.place in taken or whole_row or (taken and fault.code == "E-PACK-VECTOR")
            if not follows and fault not in found:
                found.append(fault)
        if found:
            raise FaultsError(sorted(found, key=self._order))

    def _starts_row(self, place: str) -> bool:
        cell = _CELL.fullmatch(place)
        if cell is None:
            return False
        return any(
            title == cell[1] and self._letters.get(name, {}).get(SHEETS[name][0]) == cell[2]
            for name, title in self._titles.items()
        )

    def _order(self, fault: Fault) -> tuple[int, int, int, str]:
        cell = _CELL.fullmatch(fault.place)
        if not cell:
            return -1, 0, 0, ""
        names = list(SHEETS)
        own = next((name for name, title in self._titles.items() if title == cell[1]), "")
        return (names.index(own) if own else -1), int(cell[3]), len(cell[2]), cell[2]


def _row_of(place: str) -> str:
    cell = _CELL.fullmatch(place)
    return f"{cell[1]}!{cell[3]}" if cell else place


def _upwards(path: str) -> Iterator[str]:
    """A path, and what it lies in, from near to far: `a.b[2].c`, `a.b[2]`, `a.b`, `a`."""
    while path:
        yield path
        cut = max(path.rfind("."), path.rfind("["))
        # A text key may contain points and stands in brackets as one name.
        if path.endswith("]"):
            cut = path.find("[") if path.startswith("texts.") else path.rfind("[")
        path = path[: max(cut, 0)]
