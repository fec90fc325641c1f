"""CSV tables people make in spreadsheets: roster of experts (专家名册) and known conflicts (回避情形).

Header names may be Chinese or English (`resources/tables/roster.json`); UTF-8 with or without a mark and GB 18030 are
both read, because spreadsheets on Chinese Windows write the latter.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import cast

from ndb_desktop.domain.batch import Batch, Conflict, ConflictStrength, Expert, ExpertKind
from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.sheet import CONFLICT_CODES
from ndb_desktop.formats.batchfile import expert_from_json, expert_to_json
from ndb_desktop.paths import resource

MAX_SIZE = 16 * 1024 * 1024
MAX_ROWS = 50_000
MAX_CELL = 2_000
DEFAULT_AFFINITY = 1_000
DEFAULT_LOAD = 40

_ROSTER = ("id", "name", "employer", "employer_code", "province", "kind", "categories", "fields")
_ROSTER_MORE = ("former_employers", "max_load")
_CONFLICTS = ("id", "application", "code", "strength")
_CONFLICTS_MORE = ("source", "words")


@cache
def _names() -> Mapping[str, Mapping[str, list[str]]]:
    table: Mapping[str, Mapping[str, list[str]]] = json.loads(
        resource("tables", "roster.json").read_text(encoding="utf-8")
    )
    return table


def lookup_word(table: str, word: str) -> str | None:
    """The English name of a column or closed value, whatever language it was written in."""
    wanted = word.strip().casefold()
    for name, spellings in _names()[table].items():
        if wanted in spellings:
            return name
    return None


def read_text(data: bytes, place: str) -> str:
    """The text of a table. Raises NdbError E-TABLE-SIZE, E-TABLE-ENCODING."""
    if len(data) > MAX_SIZE:
        raise NdbError("E-TABLE-SIZE", place=place, most=MAX_SIZE // (1024 * 1024))
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NdbError("E-TABLE-ENCODING", place=place)


def table_rows(
    data: bytes, place: str, needed: tuple[str, ...], more: tuple[str, ...], names: str = "columns"
) -> Iterator[tuple[str, dict[str, str]]]:
    """`place:line` and the cells of every row by English column name.

    Raises:
        NdbError: `E-TABLE-*` when the table as a whole cannot be read on.
    """
    text = read_text(data, place)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = table_header(next(reader, []), place, needed, more, names)
        for count, cells in enumerate(reader, 1):
            if count > MAX_ROWS:
                raise NdbError("E-TABLE-ROWS", place=place, most=MAX_ROWS)
            if any(cell.strip() for cell in cells):
                # Longer rows are as wrong as shorter ones: cells would land under the wrong name.
                where = f"{place}:{reader.line_num}"
                if len(cells) != len(header) or any(len(cell) > MAX_CELL for cell in cells):
                    raise NdbError("E-TABLE-ROW", place=where, wanted=len(header), found=len(cells))
                pairs = zip(header, cells, strict=True)
                yield where, {name: plain_cell(cell) for name, cell in pairs if name in needed + more}
    except csv.Error as error:
        raise NdbError("E-TABLE-CSV", place=f"{place}:{reader.line_num}", reason=error) from None


def table_header(
    cells: Iterable[str], place: str, needed: tuple[str, ...], more: tuple[str, ...], names: str = "columns"
) -> list[str | None]:
    """The English column names of a header. Raises NdbError E-TABLE-COLUMN, E-TABLE-COLUMN-TWICE."""
    header = [lookup_word(names, cell) for cell in cells]
    known = [name for name in header if name in needed + more]
    if missing := [name for name in needed if name not in known]:
        wanted = ", ".join("/".join(_names()[names][name][:2]) for name in missing)
        raise NdbError("E-TABLE-COLUMN", place=place, columns=wanted)
    if twice := {name for name in known if known.count(name) > 1}:
        raise NdbError("E-TABLE-COLUMN-TWICE", place=place, column=min(twice))
    return header


def plain_cell(cell: str) -> str:
    """A cell without the apostrophe that an export put before what a spreadsheet would take for a formula."""
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@") else cell


def _list(cell: str) -> list[str]:
    for separator in (";", "\uff1b", "\u3001", "|"):
        cell = cell.replace(separator, "\n")
    return [part.strip() for part in cell.split("\n") if part.strip()]


def read_roster(data: bytes, place: str, batch: Batch) -> tuple[Expert, ...]:
    """The experts of a roster.

    `fields` lists field ids or names, each with an optional affinity 0..1000 after a colon (`ai:900;nev`); `categories`
    may be left empty for both.

    Raises:
        FaultsError: every faulty row at its line (`E-TABLE-*`, `E-RECORD-*`, `E-ROSTER-*`).
    """
    experts: list[Expert] = []
    faults: list[Fault] = []
    seen: dict[str, str] = {}
    try:
        for where, row in table_rows(data, place, _ROSTER, _ROSTER_MORE):
            try:
                expert = _expert(row, where, batch)
            except NdbError as error:
                faults.extend(error.faults)
                continue
            if expert.id in seen:
                faults.append(Fault("E-ROSTER-TWICE", where, {"expert": expert.id, "first": seen[expert.id]}))
            seen[expert.id] = where
            experts.append(expert)
    except NdbError as error:
        faults.extend(error.faults)
    if not experts and not faults:
        faults.append(Fault("E-TABLE-EMPTY", place))
    if faults:
        raise FaultsError(faults, place=place)
    return tuple(experts)


def _expert(row: Mapping[str, str], where: str, batch: Batch) -> Expert:
    kind = lookup_word("kind", row["kind"])
    if kind is None:
        raise NdbError("E-ROSTER-KIND", place=where, value=row["kind"])
    categories: list[Category] = []
    for word in _list(row["categories"]) or ["park", "enterprise"]:
        category = lookup_word("category", word)
        if category is None:
            raise NdbError("E-ROSTER-CATEGORY", place=where, value=word)
        categories.append(cast(Category, category))
    load = row.get("max_load", "") or str(DEFAULT_LOAD)
    if not (load.isascii() and load.isdigit() and len(load) <= 4):
        raise NdbError("E-ROSTER-LOAD", place=where, value=load)
    expert = Expert(
        id=row["id"],
        name=row["name"],
        employer=row["employer"],
        employer_code=row["employer_code"],
        province=row["province"],
        kind=cast(ExpertKind, kind),
        categories=tuple(categories),
        fields=dict(_affinity(word, where, batch) for word in _list(row["fields"])),
        former_employers=tuple(_list(row.get("former_employers", ""))),
        max_load=int(load),
    )
    # One strict reader for all experts, wherever they come from.
    return expert_from_json(expert_to_json(expert), where)


def _affinity(word: str, where: str, batch: Batch) -> tuple[str, int]:
    name, _, number = word.replace("\uff1a", ":").partition(":")
    name, number = name.strip(), number.strip() or str(DEFAULT_AFFINITY)
    for known in batch.fields:
        if name in (known.id, known.name.zh_CN, known.name.en):
            if not (number.isascii() and number.isdigit() and int(number[:5]) <= DEFAULT_AFFINITY):
                raise NdbError("E-ROSTER-AFFINITY", place=where, value=word)
            return known.id, int(number)
    raise NdbError("E-ROSTER-FIELD", place=where, value=name)


def read_conflicts(
    data: bytes, place: str, experts: frozenset[str], applications: frozenset[str]
) -> tuple[Conflict, ...]:
    """Known conflicts: expert, application, code C1 to C12, strength (回避 or 待核), source and words.

    Raises:
        FaultsError: every faulty row at its line (`E-TABLE-*`, `E-CONFLICT-*`).
    """
    conflicts: list[Conflict] = []
    faults: list[Fault] = []
    try:
        for where, row in table_rows(data, place, _CONFLICTS, _CONFLICTS_MORE):
            strength = lookup_word("strength", row["strength"])
            code = row["code"].upper()
            if row["id"] not in experts:
                faults.append(Fault("E-CONFLICT-EXPERT", where, {"expert": row["id"]}))
            elif row["application"] not in applications:
                faults.append(Fault("E-CONFLICT-APPLICATION", where, {"application": row["application"]}))
            elif code not in CONFLICT_CODES:
                faults.append(Fault("E-CONFLICT-CODE", where, {"code": row["code"]}))
            elif strength is None:
                faults.append(Fault("E-CONFLICT-STRENGTH", where, {"value": row["strength"]}))
            else:
                source = row.get("source", "") or "table"
                kind = cast(ConflictStrength, strength)
                words = row.get("words", "")
                conflicts.append(Conflict(row["id"], row["application"], code, kind, source, words))
    except NdbError as error:
        faults.extend(error.faults)
    if faults:
        raise FaultsError(faults, place=place)
    return tuple(conflicts)
