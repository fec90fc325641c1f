"""Workbooks of a shipped pack with a few cells changed, as a person would change them."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.utils import coordinate_to_tuple

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.formats.packrows import RawSheet
from ndb_desktop.formats.packsheet import pack_of, read_pack_xlsx, write_pack_xlsx
from ndb_desktop.formats.sheetbook import read_workbook
from tests.support.packs import pack_for


@cache
def workbook_of(category: Category = "enterprise") -> bytes:
    """The workbook the program writes of a shipped pack."""
    return write_pack_xlsx(pack_for(category))


def changed(change: Callable[[Workbook], None], category: Category = "enterprise") -> bytes:
    """That workbook after `change`, saved by openpyxl as another program would save it."""
    book = load_workbook(io.BytesIO(workbook_of(category)))
    change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_cells(cells: dict[str, Any], category: Category = "enterprise") -> bytes:
    """That workbook with cells such as `rules!C12` set."""

    def change(book: Workbook) -> None:
        for place, value in cells.items():
            sheet, _, cell = place.partition("!")
            book[sheet][cell] = value

    return changed(change, category)


def read(data: bytes) -> RulePack:
    """The pack in a workbook."""
    return read_pack_xlsx(data, "pack.xlsx")


def faults_of(data: bytes) -> list[Fault]:
    """Every fault of a workbook; none when it is fine."""
    try:
        read(data)
    except NdbError as error:
        return list(error.faults)
    return []


def faults_with(cells: dict[str, Any]) -> list[Fault]:
    """Every fault of that workbook with cells set; what is plain text is set in what was read, which is much faster."""
    if any(str(value).startswith(("=", "#")) for value in cells.values()):
        return faults_of(with_cells(cells))
    sheets = {sheet.title: {n: list(row) for n, row in sheet.rows.items()} for sheet in _read_once()}
    for place, value in cells.items():
        title, _, cell = place.partition("!")
        row, column = coordinate_to_tuple(cell)
        texts = sheets[title][row]
        texts.extend([""] * (column - len(texts)))
        texts[column - 1] = value or ""
    try:
        pack_of([RawSheet(title, rows) for title, rows in sheets.items()])
    except NdbError as error:
        return list(error.faults)
    return []


@cache
def _read_once() -> list[RawSheet]:
    return read_workbook(workbook_of(), "pack.xlsx")[0]


def places_of(data: bytes) -> list[tuple[str, str]]:
    """Place and code of every fault."""
    return [(fault.place, fault.code) for fault in faults_of(data)]
