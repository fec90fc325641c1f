"""Workbooks (`.xlsx`) as plain cells: hostile ones looked through before they are opened, ours always the same bytes.

No formula is ever taken and none is written. A number becomes the shortest text that gives the same number, a date its
ISO text.
"""

from __future__ import annotations

import io
import re
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.formats.packcells import MAX_COLUMNS, MAX_ROWS, letter
from ndb_desktop.formats.packrows import RawSheet

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

MAX_SIZE = 8 * 1024 * 1024
MAX_MEMBERS = 300
MAX_UNFOLDED = 8 * 1024 * 1024
"""Bytes of all parts together; the packs that are shipped unfold to half a megabyte."""
MAX_SHEETS = 40
MAX_CELLS = 2_000_000
"""Cells looked at in all, with the empty ones up to the last of each row; ours have ten thousand."""
MAX_FAULTS = 1_000
_ACTIVE = re.compile(
    r"vbaproject|vbadata|/activex/|/ctrlprops/|/embeddings/|/macrosheets/|/dialogsheets/|/chartsheets/|customui/",
    re.IGNORECASE,
)
_FETCHING = re.compile(r"/externallinks/|/connections\.xml|/querytables/|/webextensions/", re.IGNORECASE)
_SHEET = re.compile(rb"<(?:\w+:)?sheet[\s/>]")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>", re.IGNORECASE)
_EXTERNAL = re.compile(rb"TargetMode\s*=\s*[\"']External", re.IGNORECASE)
_HYPERLINK = re.compile(rb"/hyperlink[\"']", re.IGNORECASE)
_MOMENT = datetime(2000, 1, 1)  # noqa: DTZ001  (a workbook's properties have no zone)
_MEMBER_TIME = (2000, 1, 1, 0, 0, 0)
_WIDEST = 60
"""Characters of half width in the widest column."""
_LINE, _HIGHEST = 15, 400
"""Height of a line and of the highest row, in points."""


def check_workbook(data: bytes, place: str, unfolded: int = MAX_UNFOLDED) -> None:
    """Looks through a workbook before anything opens it; its parts may come to `unfolded` bytes together.

    Raises:
        NdbError: `E-PACKSHEET-SIZE`, `-UNFOLDS`, `-BROKEN`, `-MACRO`, `-LINKED`.
    """
    if len(data) > MAX_SIZE:
        raise NdbError("E-PACKSHEET-SIZE", place=place, most=MAX_SIZE // (1024 * 1024))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as box:
            members = box.infolist()
            if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > unfolded:
                raise NdbError("E-PACKSHEET-UNFOLDS", place=place)
            for member in members:
                name = f"/{member.filename}"
                if _ACTIVE.search(name):
                    raise NdbError("E-PACKSHEET-MACRO", place=place, name=member.filename[:80])
                if _FETCHING.search(name):
                    raise NdbError("E-PACKSHEET-LINKED", place=place, name=member.filename[:80])
            for member in members:
                if member.filename.lower().endswith((".xml", ".rels", ".vml")):
                    _check_part(box.read(member), member.filename, place)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError):
        raise NdbError("E-PACKSHEET-BROKEN", place=place) from None


def _check_part(part: bytes, name: str, place: str) -> None:
    # A part in UTF-16 would hide all that is looked for here; spreadsheet programs write UTF-8.
    if b"\x00" in part or b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise NdbError("E-PACKSHEET-BROKEN", place=place)
    if len(_SHEET.findall(part)) > MAX_SHEETS:
        raise NdbError("E-PACKSHEET-UNFOLDS", place=place)
    if name == "[Content_Types].xml" and b"macroenabled" in part.lower():
        raise NdbError("E-PACKSHEET-MACRO", place=place, name=name)
    for relation in _RELATION.findall(part) if name.endswith(".rels") else ():
        if _EXTERNAL.search(relation) and not _HYPERLINK.search(relation):
            raise NdbError("E-PACKSHEET-LINKED", place=place, name=name[:80])


def read_workbook(
    data: bytes, place: str, wanted: Callable[[str], bool] = lambda _title: True
) -> tuple[list[RawSheet], list[Fault]]:
    """The sheets of a workbook as texts, and the cells that hold what is never taken, such as formulas.

    Of a sheet whose title is not `wanted` only that title is read.

    Raises:
        NdbError: as `check_workbook`.
        FaultsError: when there are so many such cells that the rest is not read.
    """
    check_workbook(data, place)
    from openpyxl import load_workbook

    reading = _Reading(place)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it cannot keep of a workbook is of no interest here
            book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            sheets = [
                RawSheet(sheet.title, reading.rows(sheet) if wanted(sheet.title) else {}) for sheet in book.worksheets
            ]
    except NdbError:
        raise
    except Exception as error:  # openpyxl fails in any way on a workbook made to break it
        raise NdbError("E-PACKSHEET-BROKEN", place=place) from error
    if len(reading.faults) > MAX_FAULTS:
        # The rest was not read, so nothing else can be told.
        raise FaultsError(reading.faults)
    return sheets, reading.faults


class _Reading:
    """Takes the sheets of one workbook row by row, until it has looked at more cells than it may."""

    def __init__(self, place: str) -> None:
        self.faults: list[Fault] = []
        self._place = place
        self._left = MAX_CELLS

    def rows(self, sheet: Any) -> dict[int, list[str]]:
        """The texts of a sheet by row number."""
        found: dict[int, list[str]] = {}
        # The size a sheet claims for itself may be a lie; cells outside it would be left out.
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows(), 1):
            if number > MAX_ROWS:
                self.faults.append(Fault("E-PACKSHEET-ROWS", f"{sheet.title}!A{number}", {"most": str(MAX_ROWS)}))
            if number > MAX_ROWS or len(self.faults) > MAX_FAULTS:
                break
            self._left -= len(row) + 1
            if self._left < 0:
                raise NdbError("E-PACKSHEET-UNFOLDS", place=self._place)
            texts = self._texts(row, number, sheet.title)
            if any(texts):
                found[number] = texts
        return found

    def _texts(self, row: Sequence[Any], number: int, title: str) -> list[str]:
        texts: list[str] = []
        for column, cell in enumerate(row):
            if cell.value is None:
                texts.append("")
                continue
            place = f"{title}!{letter(column)}{number}"
            if column >= MAX_COLUMNS:
                self.faults.append(Fault("E-PACKSHEET-STRAY", place))
                break
            text, code = _cell_text(cell)
            texts.append(text)
            if code:
                self.faults.append(Fault(code, place))
        return texts


def _cell_text(cell: Any) -> tuple[str, str]:
    """What a cell says, and the code of what is wrong with it."""
    value, kind = cell.value, cell.data_type
    if kind == "f":
        return "", "E-PACKSHEET-CELL-FORMULA"
    if kind == "e":
        return "", "E-PACKSHEET-CELL-ERROR"
    if isinstance(value, bool):
        return str(value).lower(), ""
    if isinstance(value, int | float):
        if "%" in cell.number_format:
            return "", "E-PACKSHEET-CELL-PERCENT"
        return f"{Decimal(repr(value)):f}" if isinstance(value, float) else str(value), ""
    if isinstance(value, datetime):
        return (value.date() if value.time() == time() else value).isoformat(), ""
    if isinstance(value, date | time):
        return value.isoformat(), ""
    if isinstance(value, timedelta):
        return str(value), ""
    return str(value), ""


def write_workbook(
    sheets: Mapping[str, Sequence[Sequence[str]]],
    choices: Mapping[str, Mapping[int, Sequence[str]]],
    notes: tuple[str, Sequence[Sequence[str]]],
) -> bytes:
    """A workbook of text cells, the first row of each sheet its heading; the same cells give the same bytes.

    `choices` offers, by sheet and column from 0, the words a cell may hold. `notes` is a sheet for people, put first.
    """
    from openpyxl import Workbook
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    book.remove(book.worksheets[0])
    title, lines = notes
    _fill(book.create_sheet(title), lines)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        _fill(sheet, rows)
        for column, words in choices.get(name, {}).items():
            offer = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True)
            offer.add(f"{letter(column)}2:{letter(column)}{MAX_ROWS}")
            sheet.add_data_validation(offer)
    return _bytes_of(book)


def _fill(sheet: Worksheet, rows: Sequence[Sequence[str]]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    wrapped, head, tint = Alignment(wrap_text=True, vertical="top"), Font(bold=True), PatternFill("solid", "E7ECF3")
    widths: dict[int, int] = {}
    for number, row in enumerate(rows, 1):
        for column, text in enumerate(row):
            cell = sheet.cell(number, column + 1)
            # As text whatever it looks like, so that a program neither computes nor reformats it, even when edited.
            cell.number_format = "@"
            cell.alignment = wrapped
            if text:
                cell.value = text
                cell.data_type = "s"  # else `=1` would be a formula and `#N/A` an error
            if number == 1:
                cell.font, cell.fill = head, tint
            widths[column] = max(widths.get(column, 8), *(_width(line) for line in text.split("\n")))
    widths = {column: min(width + 2, _WIDEST) for column, width in widths.items()}
    for column, width in widths.items():
        sheet.column_dimensions[letter(column)].width = width
    for number, row in enumerate(rows, 1):
        # Said outright, because not every program fits the height of wrapped text by itself.
        lines = max(_lines(text, widths[column]) for column, text in enumerate(row))
        sheet.row_dimensions[number].height = min(_LINE * lines, _HIGHEST)
    sheet.freeze_panes = "B2"


def _lines(text: str, width: int) -> int:
    return sum(max(1, -(-_width(line) // (width - 2))) for line in text.split("\n"))


def _width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


def _bytes_of(book: Workbook) -> bytes:
    """The workbook without the clock in it: fixed properties, and a ZIP of fixed times. Nothing touches the disk."""
    from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
    from openpyxl.worksheet._writer import WorksheetWriter
    from openpyxl.writer.excel import ExcelWriter

    class InMemory(ExcelWriter):  # type: ignore[misc]  # openpyxl has no types
        """openpyxl itself writes each sheet, in plain text, to a file in the system's temporary folder first."""

        def write_worksheet(self, ws: Any) -> None:
            ws._drawing = SpreadsheetDrawing()  # noqa: SLF001  (as openpyxl does)
            out = io.BytesIO()
            writer = WorksheetWriter(ws, out)
            writer.write()
            ws._rels = writer._rels  # noqa: SLF001
            self._archive.writestr(ws.path[1:], out.getvalue())
            self.manifest.append(ws)

    book.properties.creator = "NDB Desktop"
    book.properties.created = book.properties.modified = _MOMENT
    draft, result = io.BytesIO(), io.BytesIO()
    InMemory(book, zipfile.ZipFile(draft, "w")).save()
    with zipfile.ZipFile(draft) as source, zipfile.ZipFile(result, "w") as target:
        for name in source.namelist():
            info = zipfile.ZipInfo(name, _MEMBER_TIME)
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 0, 0
            target.writestr(info, source.read(name))
    return result.getvalue()
