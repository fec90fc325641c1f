"""列对应: which column of a table holds what, found by its heading and corrected by the coordinator.

Words for sheets, columns and units are data (`resources/tables/importing.json`); data items go by the code and the
names the rule packs give them, with a year and a unit out of the heading (`研发费用（万元）2024`). Nothing is guessed:
a heading that could mean two things stays open.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from ndb_desktop.domain.batch import Batch
from ndb_desktop.domain.datacheck import data_items
from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.rulepack import DataItem, LocalText, RulePack
from ndb_desktop.domain.units import UNITS
from ndb_desktop.formats.tablefile import TableSheet, cell_place
from ndb_desktop.paths import resource

SheetKind = Literal["applications", "data", "targets", "tasks", "objects", "evidence", "documents", "actuals", ""]
How = Literal["heading", "chosen", "open"]
"""By its heading, by the coordinator, or not at all."""
_HEADING_ROWS = 10
_SAMPLES = 3
_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_YEAR = re.compile(r"(?<![0-9])(20[0-9]{2})(?![0-9])(\u5e74\u5ea6?)?")
_DROPPED = re.compile(r"[\s_*:,;/\u3001\u00b7.-]+")


@cache
def words() -> Mapping[str, Any]:
    """The table of words."""
    table: Mapping[str, Any] = json.loads(resource("tables", "importing.json").read_text(encoding="utf-8"))
    return table


def bare(text: str) -> str:
    """A word without width, case, spaces and marks, as headings and closed values are compared."""
    return _DROPPED.sub("", unicodedata.normalize("NFKC", text).casefold())


@cache
def _lookup(table: str, part: str = "") -> Mapping[str, str]:
    entries = words()[table][part] if part else words()[table]
    found: dict[str, str] = {}
    for name, spellings in entries.items():
        for spelling in (name, *spellings):
            found.setdefault(bare(spelling), name)
    return found


def unit_of(text: str) -> str:
    """The unit id a text names, "" for none."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    return plain if plain in UNITS else _units().get(plain, "")


@cache
def _units() -> Mapping[str, str]:
    return {spelling: unit for unit, spellings in words()["units"].items() for spelling in spellings}


def yes_or_no(text: str) -> bool | None:
    """A closed yes or no; None for anything else."""
    name = _lookup("words").get(bare(text))
    return None if name is None else name == "yes"


def spoken_flags() -> str:
    """The words for yes and no that `yes_or_no` knows."""
    return ", ".join(word for spellings in words()["words"].values() for word in spellings)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading taken apart: name, unit id and year, "" where it says none."""

    name: str
    unit: str = ""
    year: str = ""


def heading(text: str) -> Heading:
    """Takes `研发费用（万元）2024年` apart."""
    plain = unicodedata.normalize("NFKC", text)
    unit = year = ""
    for inside in _BRACKETS.findall(plain):
        if found := unit_of(inside):
            unit, plain = unit or found, plain.replace(f"({inside})", "").replace(f"[{inside}]", "")
    match = _YEAR.search(plain)
    if match is not None:
        year, plain = match.group(1), plain[: match.start()] + plain[match.end() :]
    return Heading(bare(_BRACKETS.sub(r"\1", plain)), unit, year)


@dataclass(frozen=True, slots=True)
class Target:
    """Something a column can hold: its id (`credit_code`, `data.revenue.2024`), and of a datum its item and year."""

    id: str
    item: DataItem | None = None
    year: str = ""


class Vocabulary:
    """What the columns of a batch's tables can hold."""

    kinds: tuple[SheetKind, ...] = ("applications", "data", "targets", "tasks", "objects", "evidence", "documents")
    """What its sheets can be about; the first is the one every table needs."""

    def __init__(self, batch: Batch, packs: Mapping[Any, RulePack]) -> None:
        self.batch = batch
        self.items: dict[str, DataItem] = {}
        names: dict[str, set[str]] = {}
        for pack in packs.values():
            for code, item in data_items(pack).items():
                kept = self.items.get(code)
                self.items[code] = item if kept is None or item.years > kept.years else kept
                for name in (code, item.label.zh_CN, item.label.en):
                    names.setdefault(heading(name).name, set()).add(code)
        self._names = {name: min(codes) for name, codes in names.items() if len(codes) == 1}

    def targets(self, kind: SheetKind) -> tuple[Target, ...]:
        """Everything a column of such a sheet can hold, in the order to offer it."""
        if not kind:
            return ()
        found = [Target(name) for name in words()["columns"][kind]]
        if kind == "applications":
            for item in self.items.values():
                if item.kind != "objects":
                    found += [Target(f"data.{item.code}{f'.{y}' if y else ''}", item, y) for y in self._years(item)]
        return tuple(found)

    def _years(self, item: DataItem) -> list[str]:
        if item.kind != "number" or not item.years:
            return [""]
        # The figures end with the year of the call or the year before.
        return [str(year) for year in range(self.batch.year - item.years, self.batch.year + 1)]

    def target(self, kind: SheetKind, text: str) -> str:
        """The id that a heading means, "" where it means none or could mean two."""
        if not kind:
            return ""
        found = heading(text)
        plain = _lookup("columns", kind).get(found.name)
        if plain is not None and not found.year:
            return plain
        code = self._names.get(found.name.removeprefix("data")) or self._names.get(found.name)
        if kind != "applications" or code is None:
            return ""
        target = f"data.{code}.{found.year}" if found.year and self.items[code].years else f"data.{code}"
        return target if any(target == offered.id for offered in self.targets(kind)) else ""

    def code(self, text: str) -> str:
        """The code of a data item by code or name; the text itself where it is none."""
        return self._names.get(heading(text).name, text)

    def label(self, code: str) -> LocalText | None:
        """What the rule pack calls a data item."""
        item = self.items.get(code)
        return None if item is None else item.label


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """One column: number from 0, heading, what it holds ("" = ignored), unit of the heading, how it was found."""

    number: int
    heading: str
    target: str
    unit: str
    how: How
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetMap:
    """A sheet: what it is about, in which row its headings stand, its columns, and needed columns it lacks."""

    title: str
    kind: SheetKind
    heading_row: int
    columns: tuple[ColumnMap, ...]
    missing: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def key(self) -> str:
        """The layout: the same for every table with these headings in this order."""
        value = [self.kind, [column.heading for column in self.columns]]
        return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()[:32]


Chosen = Mapping[str, Mapping[int, str]]
"""What the coordinator chose: by layout key, column number -> target ("" = ignore)."""


def map_sheets(sheets: Sequence[TableSheet], vocabulary: Vocabulary, chosen: Chosen) -> tuple[SheetMap, ...]:
    """What every sheet is and what its columns hold."""
    said = [_lookup("sheets").get(bare(sheet.title), "") for sheet in sheets]
    kinds: list[SheetKind] = [next((kind for kind in vocabulary.kinds if kind == name), "") for name in said]
    main = vocabulary.kinds[0]
    if main not in kinds and (free := next((n for n, name in enumerate(said) if not name), None)) is not None:
        # Whatever it is called: the first sheet that is nothing else.
        kinds[free] = main
    seen: set[SheetKind] = set()
    found = []
    for sheet, kind in zip(sheets, kinds, strict=True):
        # A second sheet of a kind would be taken for more of the same; it is told apart and left out.
        found.append(_map_sheet(sheet, "" if kind in seen else kind, vocabulary, chosen))
        seen.add(kind)
    return tuple(found)


def _map_sheet(sheet: TableSheet, kind: SheetKind, vocabulary: Vocabulary, chosen: Chosen) -> SheetMap:
    row = _heading_row(sheet, kind, vocabulary)
    cells = sheet.rows.get(row, ())
    draft = [
        ColumnMap(
            n, cell.strip(), vocabulary.target(kind, cell), heading(cell).unit, "heading", _samples(sheet, row, n)
        )
        for n, cell in enumerate(cells)
    ]
    mine = chosen.get(SheetMap(sheet.title, kind, row, tuple(draft)).key, {})
    columns: list[ColumnMap] = []
    faults: list[Fault] = []
    taken: dict[str, str] = {}
    known = {target.id for target in vocabulary.targets(kind)}
    for column in draft:
        target, how = column.target, "heading" if column.target else "open"
        if column.number in mine and (mine[column.number] in known or not mine[column.number]):
            target, how = mine[column.number], "chosen"
        place = cell_place(sheet.title, row, column.number)
        if target in taken and target:
            faults.append(Fault("E-TABLE-SAME", place, {"column": column.heading, "first": taken[target]}))
        elif target:
            taken[target] = place
        columns.append(ColumnMap(column.number, column.heading, target, column.unit, how, column.samples))  # type: ignore[arg-type]
    needed = words()["needed"][kind] if kind else []
    missing = tuple(name for name in needed if name not in taken)
    if missing:
        faults.append(Fault("E-TABLE-NEEDED", f"{sheet.title}:{row}", {"columns": _spoken(kind, missing)}))
    return SheetMap(sheet.title, kind, row, tuple(columns), missing, tuple(faults))


def _spoken(kind: SheetKind, names: Sequence[str]) -> str:
    """Missing columns by the headings people write."""
    spellings = words()["columns"][kind]
    chinese = (next((s for s in spellings[name] if not s.isascii()), name) for name in names)
    return ", ".join(f"{word} ({name})" for word, name in zip(chinese, names, strict=True))


def _heading_row(sheet: TableSheet, kind: SheetKind, vocabulary: Vocabulary) -> int:
    """Above the headings a title may stand; they are the row that is understood best."""
    best, row = 0, next(iter(sheet.rows), 1)
    for number in list(sheet.rows)[:_HEADING_ROWS]:
        known = sum(1 for cell in sheet.rows[number] if cell and vocabulary.target(kind, cell))
        if known > best:
            best, row = known, number
    return row


def _samples(sheet: TableSheet, heading_row: int, column: int) -> tuple[str, ...]:
    found: list[str] = []
    for number, cells in sheet.rows.items():
        if number > heading_row and column < len(cells) and cells[column]:
            found.append(cells[column][:80])
            if len(found) == _SAMPLES:
                break
    return tuple(found)
