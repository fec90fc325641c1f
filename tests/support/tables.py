"""Tables of applications for tests: as CSV in any encoding, as workbooks with formulas and links, with documents."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook

from tests.support.documents import text_page

HEAD = (
    "申报编号", "类别", "重点领域", "申报单位", "统一社会信用代码", "区划代码", "推荐单位", "年度", "研发强度（%）2025",
)  # fmt: skip
CODES = ("914403001922038216", "91350100M000100Y43")


def row(number: int, **changes: str) -> list[str]:
    """A sound application; changes go by heading."""
    values = [
        f"A-{number:03d}", "园区", "人工智能", f"示例园区{number}", CODES[number % 2], "110000", "北京市",
        "2025", "2.37",
    ]  # fmt: skip
    return [changes.get(name, value) for name, value in zip(HEAD, values, strict=True)]


def csv_bytes(rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> bytes:
    """Rows as a CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(encoding)


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]], links: Mapping[str, str] | None = None) -> bytes:
    """A workbook; a text that begins with `=` is a formula, `links` lays links on cells of the first sheet."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for cells in rows:
            sheet.append(list(cells))
    for cell, address in (links or {}).items():
        book.worksheets[0][cell].hyperlink = address
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def put(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Writes files below a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def handed_over(
    folder: Path,
    rows: Sequence[Sequence[str]] | None = None,
    *,
    encoding: str = "utf-8",
    more: Mapping[str, bytes] = {},
) -> Path:
    """A folder with a table of two applications and a document for each, unless told otherwise."""
    files = {
        "申报材料.csv": csv_bytes(rows if rows is not None else [HEAD, row(1), row(2)], encoding),
        "documents/A-001/申报书.pdf": text_page("battery 1"),
        "documents/A-002/申报书.pdf": text_page("battery 2"),
    }
    return put(folder, {**files, **more})
