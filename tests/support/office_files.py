"""Word and Excel files made by hand, small enough to see what is in them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from xml.sax.saxutils import escape

_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>{parts}</Types>'
)
_PART = '<Override PartName="/{part}" ContentType="application/vnd.openxmlformats-officedocument.{kind}+xml"/>'
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MODE = {False: "", True: 'TargetMode="External"'}
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_CELL = '<c t="inlineStr"><is><t>{}</t></is></c>'
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def relations(*rows: tuple[str, str, bool]) -> str:
    """A part of relations: (kind, target, external)."""
    lines = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{escape(target)}" {_MODE[outside]}/>'
        for n, (kind, target, outside) in enumerate(rows, 1)
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="{_RELATIONS}">{lines}</Relationships>'


def _pack(members: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as box:
        for name, content in members.items():
            box.writestr(name, content)
    return buffer.getvalue()


def docx(*paragraphs: str, body: str = "", extra: Mapping[str, str | bytes] | None = None) -> bytes:
    """A Word file of paragraphs; `body` is WordprocessingML put behind them, `extra` adds or replaces members."""
    text = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in paragraphs)
    main = f'{_HEAD}<w:document xmlns:w="{_WORD}"><w:body>{text}{body}</w:body></w:document>'
    part = _PART.format(part="word/document.xml", kind="wordprocessingml.document.main")
    return _pack(
        {
            "[Content_Types].xml": _TYPES.format(parts=part),
            "_rels/.rels": relations(("officeDocument", "word/document.xml", False)),
            "word/document.xml": main,
            **(extra or {}),
        }
    )


def page_break() -> str:
    """A new page, for `docx(body=…)`."""
    return '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'


def xlsx(*rows: tuple[str, ...], formula: str = "") -> bytes:
    """An Excel file of one sheet with words in cells; `formula` stands in a row of its own."""
    lines = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in row) + "</row>"
        for row in rows
    )
    if formula:
        lines += f"<row><c><f>{escape(formula)}</f></c></row>"
    sheet = f'{_HEAD}<worksheet xmlns="{_SHEET}"><sheetData>{lines}</sheetData></worksheet>'
    book = (
        f'<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="数据" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    parts = _PART.format(part="xl/workbook.xml", kind="spreadsheetml.sheet.main")
    parts += _PART.format(part="xl/worksheets/sheet1.xml", kind="spreadsheetml.worksheet")
    return _pack(
        {
            "[Content_Types].xml": _TYPES.format(parts=parts),
            "_rels/.rels": relations(("officeDocument", "xl/workbook.xml", False)),
            "xl/workbook.xml": book,
            "xl/_rels/workbook.xml.rels": relations(("worksheet", "worksheets/sheet1.xml", False)),
            "xl/worksheets/sheet1.xml": sheet,
        }
    )
