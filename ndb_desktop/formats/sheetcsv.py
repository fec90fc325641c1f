"""Sheets as CSV files, one each: UTF-8 with a mark, so that spreadsheet programs on Chinese Windows read them; GB 18030
is read too, and so are semicolons and tabs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence

from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.formats.packcells import MAX_ROWS, NOTES, lookup
from ndb_desktop.formats.packrows import RawSheet
from ndb_desktop.formats.tables import read_text

SUFFIX = ".csv"
_STEERING = re.compile("'*[=+@\t\uff1d\uff0b\uff0d\uff20-]")
"""First characters that a spreadsheet takes for a formula."""
_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?", re.ASCII)
_MARK = "\ufeff"


def write_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """A sheet as a CSV file, first row first; no cell of it is taken for a formula."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([_guarded(cell) for cell in row] for row in rows)
    return (_MARK + text.getvalue()).encode("utf-8")


def _guarded(cell: str) -> str:
    return f"'{cell}" if _STEERING.match(cell) and not _NUMBER.fullmatch(cell) else cell


def _unguarded(cell: str) -> str:
    # Line ends inside a cell are the spreadsheet program's; those of the pack are written as escapes.
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    return cell[1:] if cell.startswith("'") and _STEERING.match(cell) else cell


def read_csv_files(files: Mapping[str, bytes]) -> list[RawSheet]:
    """The sheets in files by name; the name without `.csv` is the sheet's.

    Raises:
        FaultsError: every file that cannot be read: `E-TABLE-SIZE`, `-ENCODING`, `-CSV`, `E-PACKSHEET-ROWS`.
    """
    sheets: list[RawSheet] = []
    faults: list[Fault] = []
    for name, data in sorted(files.items()):
        title = name[: -len(SUFFIX)]
        if lookup("sheets", title) == NOTES:
            continue
        try:
            sheets.append(RawSheet(title, _rows(data, name, title)))
        except NdbError as error:
            faults.extend(error.faults)
    if faults:
        raise FaultsError(faults)
    return sheets


def _rows(data: bytes, name: str, title: str) -> dict[int, list[str]]:
    text = read_text(data, name)
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    rows: dict[int, list[str]] = {}
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if number > MAX_ROWS:
                raise NdbError("E-PACKSHEET-ROWS", place=f"{title}!A{number}", most=MAX_ROWS)
            if any(cells):
                rows[number] = [_unguarded(cell) for cell in cells]
    except csv.Error as error:
        raise NdbError("E-TABLE-CSV", place=f"{title}!A{number + 1}", reason=error) from None
    return rows
