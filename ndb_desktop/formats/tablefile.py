"""Tables of others (`.csv`, `.xlsx`) as plain texts by row and cell, with every doubtful cell told (表格导入).

Nothing is computed and nothing followed: of a formula only the value its program saved is taken, and told; of a link
only its words. How the bytes were read (编码) is said, not hidden.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from pathlib import PurePosixPath
from typing import Any, Literal

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.formats.packcells import letter
from ndb_desktop.formats.sheetbook import check_workbook
from ndb_desktop.formats.tables import MAX_ROWS, MAX_SIZE, plain_cell

Tell = Callable[[int, int, str], None]
"""Told now and then: rows read, how many there seem to be (0 when nobody knows), the sheet. What it raises ends it."""
TOLD_EVERY = 100
_At = tuple[str, int, int]
"""Title, row, column from 0: what `cell_place` makes a place of, once it is needed."""
Encoding = Literal["utf-8", "utf-8-bom", "utf-16", "gb18030", "xlsx"]
"""How a table was read; `utf-8-bom` begins with a mark, `xlsx` has no encoding of its own."""
MAX_COLUMNS = 500
MAX_CELLS = 4_000_000
MAX_UNFOLDED = 96 * 1024 * 1024
MAX_FAULTS = 2_000
LONGEST = 20_000
"""Characters of a cell; a summary may be long (`formats.applications.Long`)."""
_FORMULA = re.compile(r"[=\uff1d]|[+@\uff0b\uff20-](?=[A-Za-z(])")
_LOST = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]{2}", re.ASCII | re.IGNORECASE)
_LINKED = re.compile(rb"<(?:\w+:)?hyperlink\b[^>]*\bref\s*=\s*[\"']([A-Z]{1,3}[0-9]{1,7})")
_DIGITS = 10**15
"""From here on a spreadsheet has rounded a number that was meant as a code."""


@dataclass(frozen=True, slots=True)
class TableSheet:
    """A sheet: its title (of a CSV file the name without suffix) and the cells of every row that says anything."""

    title: str
    rows: Mapping[int, tuple[str, ...]]


@dataclass
class TableFile:
    """A table as read. `faults` stand at their cells (`sheet!C12`), `warnings` do not stop anything."""

    name: str
    encoding: Encoding
    sheets: tuple[TableSheet, ...] = ()
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)


_letter = cache(letter)


def cell_place(title: str, row: int, column: int) -> str:
    """`sheet!C12`; `column` counts from 0."""
    return f"{title}!{_letter(column)}{row}"


def decode_table(data: bytes, place: str) -> tuple[str, Encoding]:
    """The text of a table and how it was read. Raises NdbError E-TABLE-SIZE, E-TABLE-ENCODING."""
    if len(data) > MAX_SIZE:
        raise NdbError("E-TABLE-SIZE", place=place, most=MAX_SIZE // (1024 * 1024))
    guesses: tuple[tuple[str, Encoding], ...] = (("utf-8", "utf-8"), ("gb18030", "gb18030"))
    if data.startswith(b"\xef\xbb\xbf"):
        guesses = (("utf-8-sig", "utf-8-bom"),)
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        guesses = (("utf-16", "utf-16"),)
    for codec, name in guesses:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, name
    raise NdbError("E-TABLE-ENCODING", place=place)


def untold(_done: int, _total: int, _sheet: str) -> None:
    """A `Tell` that says nothing."""


def read_table(data: bytes, name: str, tell: Tell = untold) -> TableFile:
    """A table by its content; `name` is the file's.

    Raises:
        NdbError: E-TABLE-SIZE, -ENCODING, -CSV, -ROWS, E-PACKSHEET-… when nothing of it can be read.
    """
    if data.startswith(b"PK\x03\x04"):
        return _workbook(data, name, tell)
    return _csv(data, name, tell)


def _csv(data: bytes, name: str, tell: Tell) -> TableFile:
    text, encoding = decode_table(data, name)
    table = TableFile(name, encoding)
    first = text.split("\n", 1)[0]
    title = PurePosixPath(name).stem
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    rows: dict[int, tuple[str, ...]] = {}
    number, likely = 0, text.count("\n")
    try:
        for number, cells in enumerate(reader, 1):
            if number % TOLD_EVERY == 0:
                tell(number, max(likely, number), title)
            if number > MAX_ROWS or len(cells) > MAX_COLUMNS:
                raise NdbError("E-TABLE-ROWS", place=f"{title}:{number}", most=MAX_ROWS)
            texts = tuple(_csv_cell(table, cell, (title, number, n)) if cell else "" for n, cell in enumerate(cells))
            if any(texts):
                rows[number] = texts
    except csv.Error as error:
        raise NdbError("E-TABLE-CSV", place=f"{title}:{number + 1}", reason=error) from None
    table.sheets = (TableSheet(title, rows),)
    return table


def _csv_cell(table: TableFile, cell: str, at: _At) -> str:
    bare = cell.strip()
    plain = plain_cell(bare)
    if plain == bare and _FORMULA.match(bare):
        # A CSV file has no saved value beside the formula: there is nothing that could be taken.
        _note(table, "E-TABLE-FORMULA", at, formula=bare[:40])
        return ""
    return _checked(table, plain, at)


def _checked(table: TableFile, text: str, at: _At) -> str:
    if len(text) > LONGEST:
        _note(table, "E-TABLE-LONG", at, most=str(LONGEST))
        return ""
    if _LOST.fullmatch(text):
        _note(table, "E-TABLE-DIGITS", at, value=text)
        return ""
    return text


def _note(table: TableFile, code: str, at: _At, **params: str) -> None:
    if len(table.faults) < MAX_FAULTS:
        table.faults.append(Fault(code, cell_place(*at), params))


def _workbook(data: bytes, name: str, tell: Tell) -> TableFile:
    check_workbook(data, name, MAX_UNFOLDED)
    from openpyxl import load_workbook

    table = TableFile(name, "xlsx")
    reading = _Reading(table, data, tell)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it cannot keep of a workbook is of no interest here
            book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            table.sheets = tuple(reading.sheet(sheet) for sheet in book.worksheets)
            reading.links(book)
    except NdbError:
        raise
    except Exception as error:  # openpyxl fails in any way on a workbook made to break it
        if error is reading.ended:
            raise
        raise NdbError("E-PACKSHEET-BROKEN", place=name) from error
    return table


class _Reading:
    """Takes the sheets of one workbook until it has looked at more cells than it may."""

    ended: Exception | None = None
    """What `tell` raised: the wish to stop, which is no fault of the workbook."""

    def __init__(self, table: TableFile, data: bytes, tell: Tell) -> None:
        self._table, self._data, self._tell = table, data, tell
        self._left = MAX_CELLS
        self._saved: Any = None

    def sheet(self, sheet: Any) -> TableSheet:
        """The texts of a sheet; formulas are looked up in what the spreadsheet program saved beside them."""
        rows: dict[int, tuple[str, ...]] = {}
        formulas: dict[int, dict[int, str]] = {}
        # The size a sheet claims for itself may be a lie; cells outside it would be left out.
        likely = min(sheet.max_row or 0, MAX_ROWS)
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(), 1):
            if number % TOLD_EVERY == 0:
                self._told(number, likely if number <= likely else 0, sheet.title)
            self._left -= len(cells) + 1
            if number > MAX_ROWS or self._left < 0 or len(cells) > MAX_COLUMNS:
                raise NdbError("E-TABLE-ROWS", place=f"{sheet.title}:{number}", most=MAX_ROWS)
            texts = []
            for column, cell in enumerate(cells):
                if cell.data_type == "f":
                    formulas.setdefault(number, {})[column] = str(getattr(cell.value, "text", cell.value))[:40]
                    texts.append("")
                else:
                    texts.append(self._text(cell, (sheet.title, number, column)))
            if any(texts) or number in formulas:
                rows[number] = tuple(texts)
        for number, values in self._cached(sheet.title, formulas).items():
            rows[number] = tuple(values.get(n, text) for n, text in enumerate(rows[number]))
        return TableSheet(sheet.title, rows)

    def _told(self, done: int, total: int, title: str) -> None:
        try:
            self._tell(done, total, title)
        except Exception as error:
            self.ended = error
            raise

    def _text(self, cell: Any, at: _At) -> str:
        if cell.value is None:
            return ""
        text, code = _cell_text(cell)
        if code:
            _note(self._table, code, at, value=str(cell.value)[:40])
            return ""
        return _checked(self._table, plain_cell(text), at)

    def _cached(self, title: str, formulas: Mapping[int, Mapping[int, str]]) -> dict[int, dict[int, str]]:
        if not formulas:
            return {}
        if self._saved is None:
            from openpyxl import load_workbook

            self._saved = load_workbook(io.BytesIO(self._data), read_only=True, keep_links=False, data_only=True)
        sheet = self._saved[title]
        sheet.reset_dimensions()
        found: dict[int, dict[int, str]] = {}
        for number, cells in enumerate(sheet.iter_rows(max_row=max(formulas)), 1):
            if number % TOLD_EVERY == 0:
                self._told(number, max(formulas), title)
            for column, formula in formulas.get(number, {}).items():
                at = (title, number, column)
                text = self._text(cells[column], at) if column < len(cells) else ""
                if text:
                    told = {"formula": formula, "value": text[:40]}
                    if len(self._table.warnings) < MAX_FAULTS:
                        self._table.warnings.append(Fault("E-TABLE-FORMULA-VALUE", cell_place(*at), told))
                else:
                    _note(self._table, "E-TABLE-FORMULA", at, formula=formula)
                found.setdefault(number, {})[column] = text
        return found

    def links(self, book: Any) -> None:
        """Tells which cells carried a link: only their words were taken."""
        with zipfile.ZipFile(io.BytesIO(self._data)) as box:
            for sheet in book.worksheets:
                path = sheet._worksheet_path.lstrip("/")  # noqa: SLF001  (openpyxl tells it no other way)
                for ref in _LINKED.findall(box.read(path))[:MAX_FAULTS]:
                    place = f"{sheet.title}!{ref.decode()}"
                    if len(self._table.warnings) < MAX_FAULTS:
                        self._table.warnings.append(Fault("E-TABLE-LINK", place))


def _cell_text(cell: Any) -> tuple[str, str]:
    """What a cell says, and the code of what is wrong with it."""
    value = cell.value
    if cell.data_type == "e":
        return "", "E-PACKSHEET-CELL-ERROR"
    if isinstance(value, bool):
        return str(value).lower(), ""
    if isinstance(value, int | float):
        if "%" in (cell.number_format or ""):
            return "", "E-PACKSHEET-CELL-PERCENT"
        if abs(value) >= _DIGITS:
            return "", "E-TABLE-DIGITS"
        text = f"{Decimal(repr(value)):f}"
        return text.removesuffix(".0"), ""
    if isinstance(value, datetime):
        return (value.date() if value.time() == time() else value).isoformat(), ""
    if isinstance(value, date | time):
        return value.isoformat(), ""
    return str(value).strip(), ""
