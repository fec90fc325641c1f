"""推荐单位名单 as a table kept in a spreadsheet: CSV or `.xlsx`, region code and name of the body in each row."""

from __future__ import annotations

from collections.abc import Iterator

from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.domain.recommenders import Recommender
from ndb_desktop.formats.batchplan import MAX_RECOMMENDERS
from ndb_desktop.formats.sheetbook import read_workbook
from ndb_desktop.formats.sheetcsv import write_csv
from ndb_desktop.formats.tables import plain_cell, table_header, table_rows

_COLUMNS = ("region", "recommender")
_NAMES = "recommender_columns"
_ZIP = b"PK\x03\x04"


def read_recommenders(data: bytes, place: str) -> tuple[Recommender, ...]:
    """The rows of a table, in its order; header names may be Chinese or English.

    Raises:
        NdbError: `E-TABLE-…`, and for a workbook what it is refused for (`E-PACKSHEET-…`).
        FaultsError: every faulty row at its line or cell: no code of six digits, no name, a code twice.
    """
    rows: list[Recommender] = []
    faults: list[Fault] = []
    seen: set[str] = set()
    for where, row in _rows(data, place):
        region, name = row["region"], row["recommender"]
        if len(rows) >= MAX_RECOMMENDERS:
            raise NdbError("E-TABLE-ROWS", place=place, most=MAX_RECOMMENDERS)
        if len(region) != 6 or not (region.isascii() and region.isdigit()):
            faults.append(Fault("E-RECOMMENDERS-REGION", where, {"region": region[:20]}))
        elif region in seen:
            faults.append(Fault("E-APP-TWICE", where, {"name": region}))
        if not name:
            faults.append(Fault("E-RECOMMENDERS-NAME", where, {"region": region[:20]}))
        seen.add(region)
        rows.append(Recommender(region, name))
    if not rows:
        faults.append(Fault("E-TABLE-EMPTY", place))
    if faults:
        raise FaultsError(faults, place=place)
    return tuple(rows)


def write_recommenders(rows: tuple[Recommender, ...], header: tuple[str, str]) -> bytes:
    """The list as CSV, to be edited in a spreadsheet and read back."""
    return write_csv([header, *((row.region, row.name) for row in rows)])


def _rows(data: bytes, place: str) -> Iterator[tuple[str, dict[str, str]]]:
    if not data.startswith(_ZIP):
        yield from table_rows(data, place, _COLUMNS, (), _NAMES)
        return
    sheets, faults = read_workbook(data, place)
    if faults:
        raise FaultsError(faults, place=place)
    # The first sheet that has anything in it; notes may lie behind it.
    sheet = next((one for one in sheets if one.rows), None)
    if sheet is None:
        raise NdbError("E-TABLE-EMPTY", place=place)
    numbers = sorted(number for number, cells in sheet.rows.items() if any(cell.strip() for cell in cells))
    header = table_header(sheet.rows[numbers[0]], f"{place}: {sheet.title}", _COLUMNS, (), _NAMES)
    for number in numbers[1:]:
        texts = sheet.rows[number]
        cells = {name: plain_cell(text) for name, text in zip(header, texts, strict=False) if name}
        yield f"{place}: {sheet.title}!{number}", {name: cells.get(name, "") for name in _COLUMNS}
