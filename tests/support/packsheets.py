"""Workbooks of a shipped pack with a few cells changed, as a person would change them."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from typing import Any

from openpyxl import Workbook, load_workbook

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.formats.packsheet import read_pack_xlsx, write_pack_xlsx
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


def places_of(data: bytes) -> list[tuple[str, str]]:
    """Place and code of every fault."""
    return [(fault.place, fault.code) for fault in faults_of(data)]
