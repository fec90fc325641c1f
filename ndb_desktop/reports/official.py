"""公文版式 (GB/T 9704-2012): a public notice on a page of 22 lines of 28 characters, its list as an attachment.

A4, 天头 37 mm, 订口 28 mm, 版心 156 x 225 mm; title 2 号 (22 pt), text 3 号 (16 pt), page number 4 号 (14 pt) between
dashes 7 mm below the 版心, odd pages right, even pages left, one character in. 仿宋 and 小标宋 are not shipped: Noto
Sans SC stands for both. Everything is drawn on the grid, so that the measures can be read back from the file.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.colors import black
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from ndb_desktop.reports import fonts, styles
from ndb_desktop.reports.page import MadeReport
from ndb_desktop.reports.paragraph import wrap
from ndb_desktop.reports.public_list import ListSection
from ndb_desktop.reports.text import Words

LINES, CHARACTERS = 22, 28
PITCH = styles.BODY_HEIGHT / LINES
CELL = styles.BODY_WIDTH / CHARACTERS
TITLE, BODY, NUMBER, TABLE = 22.0, 16.0, 14.0, 12.0
_LEFT, _RIGHT = styles.LEFT, styles.LEFT + styles.BODY_WIDTH
_TOP = styles.PAGE[1] - styles.TOP
_BOTTOM = _TOP - styles.BODY_HEIGHT
_DATE_IN = 4
"""成文日期 ends so many characters before the right edge, where a seal is put (7.3.5.1)."""
_SEAL_LINES = 2
_TABLE_LEADING = 17.0
_COLUMNS = (56 * mm, 67 * mm, 33 * mm)


@dataclass(frozen=True, slots=True)
class OfficialNotice:
    """What a notice says. `recipients` (主送机关) and `attachment` (附件说明) may be ""; `marks` stand above."""

    title: str
    recipients: str
    paragraphs: tuple[str, ...]
    attachment: str
    issuer: str
    date: str
    list_title: str
    sections: tuple[ListSection, ...]
    notes: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of text at `x` points from the left edge of the 版心, `size` points high."""

    text: str
    x: float = 0.0
    size: float = BODY
    bold: bool = False


def official_notice(notice: OfficialNotice, language: str) -> MadeReport:
    """The notice as a PDF; the same content gives the same bytes."""
    fonts.register()
    words = Words(language)
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=styles.PAGE, invariant=1, pageCompression=1, lang=language.replace("_", "-"))
    canvas.setTitle(words.line(notice.title.replace("\n", "")))
    canvas.setAuthor("NDB Desktop")
    canvas.setCreator("NDB Desktop")
    sheet = _Sheet(canvas, tuple(words.line(mark) for mark in notice.marks))
    _letter(sheet, notice, words)
    sheet.close()
    _list(sheet, notice, words)
    sheet.close()
    canvas.save()
    return MadeReport(out.getvalue(), sheet.number, words.missing)


class _Sheet:
    """The page being drawn: `line` counts lines of the grid, `y` points from the top of the 版心."""

    def __init__(self, canvas: Canvas, marks: tuple[str, ...]) -> None:
        self.canvas, self._marks = canvas, marks
        self.number = 0
        self.y = 0.0
        self._open = False

    def begin(self) -> None:
        """A new page, with the marks above and the number below."""
        self.close()
        self.number += 1
        self.y, self._open = 0.0, True
        self.canvas.setFillColor(black)
        self.canvas.setStrokeColor(black)
        said = f"\u2014 {self.number} \u2014"
        width = _width(said, fonts.REGULAR, NUMBER)
        x = _RIGHT - NUMBER - width if self.number % 2 else _LEFT + NUMBER
        self.canvas.setFont(fonts.REGULAR, NUMBER)
        # The dash runs 7 mm below the frame; it stands about a third of the size above the base line.
        self.canvas.drawString(x, _BOTTOM - 7 * mm - NUMBER * 0.35, said)
        self.canvas.setFont(fonts.REGULAR, 10.5)
        if self._marks:
            self.canvas.drawRightString(_RIGHT, _TOP + 6 * mm, "  ".join(self._marks))

    def close(self) -> None:
        """Ends the page."""
        if self._open:
            self.canvas.showPage()
            self._open = False

    def draw(self, line: _Line) -> None:
        """A line on the grid; a full page is followed by a new one."""
        if not self._open or self.y + PITCH > styles.BODY_HEIGHT + 0.01:
            self.begin()
        if line.text:
            put = self.canvas.beginText(_LEFT + line.x, _TOP - self.y - PITCH / 2 - line.size * 0.36)
            put.setFont(fonts.BOLD if line.bold else fonts.REGULAR, line.size)
            put.setCharSpace(_spacing(line.size))
            put.textOut(line.text)
            self.canvas.drawText(put)
        self.y += PITCH

    @property
    def left(self) -> int:
        """Lines of the grid left on this page."""
        return LINES if not self._open else int((styles.BODY_HEIGHT - self.y + 0.01) / PITCH)


def _spacing(size: float) -> float:
    """3 号 characters are a hair wider than a 28th of the line: they stand a hair closer."""
    return CELL - BODY if size == BODY else 0.0


def _width(text: str, font: str, size: float) -> float:
    return float(pdfmetrics.stringWidth(text, font, size)) + len(text) * _spacing(size)


def _centred(text: str, size: float, bold: bool, words: Words) -> list[_Line]:
    """A title in the middle; a line break in it stands where a break keeps words whole."""
    lines = []
    for part in text.split("\n"):
        shown = words.line(part)
        font = fonts.BOLD if bold and set(map(ord, shown)) <= fonts.characters(fonts.BOLD) else fonts.REGULAR
        whole = _width(shown, font, size)
        count = int(whole // styles.BODY_WIDTH) + 1
        # Lines of nearly equal length.
        room = min(whole / count + size, styles.BODY_WIDTH) if count > 1 else styles.BODY_WIDTH
        for line in (one.strip() for one in wrap(shown, font, size, [room])):
            x = (styles.BODY_WIDTH - _width(line, font, size)) / 2
            lines.append(_Line(line, x, size, font == fonts.BOLD))
    return lines


def _paragraph(text: str, words: Words, indent: int = 2) -> list[_Line]:
    """A paragraph whose first line begins two characters in."""
    first = indent * CELL
    rooms = [styles.BODY_WIDTH - first, styles.BODY_WIDTH]
    # A character is as wide as a cell, so a line holds 28.
    lines = wrap(words.line(text), fonts.REGULAR, CELL, rooms)
    return [_Line(part.rstrip(" "), 0.0 if number else first) for number, part in enumerate(lines)]


def _letter(sheet: _Sheet, notice: OfficialNotice, words: Words) -> None:
    lines = [*_centred(notice.title, TITLE, True, words), _Line("")]
    if notice.recipients:
        lines += _paragraph(notice.recipients, words, 0)
    for paragraph in notice.paragraphs:
        lines += _paragraph(paragraph, words)
    text_ends = len(lines)
    if notice.attachment:
        lines += [_Line(""), *_paragraph(notice.attachment, words)]
    closing = [*[_Line("")] * _SEAL_LINES, *_signed(words.line(notice.issuer), words.line(notice.date))]
    # Names and date never stand on a page without text (no 此页无正文).
    used = len(lines) % LINES
    alone = used == 0 or used + len(closing) > LINES or used <= len(lines) - text_ends
    turn = text_ends - 2 if alone else -1
    for number, line in enumerate(lines):
        if number == turn and sheet.y > 0:
            sheet.begin()
        sheet.draw(line)
    for line in closing:
        sheet.draw(line)


def _signed(issuer: str, date: str) -> list[_Line]:
    """署名 and 成文日期: the date four characters in from the right, the name above it in its middle."""
    width, name = _width(date, fonts.REGULAR, BODY), _width(issuer, fonts.REGULAR, BODY)
    right = styles.BODY_WIDTH - _DATE_IN * CELL
    middle = min(right - width / 2, styles.BODY_WIDTH - name / 2)
    return [_Line(issuer, max(0.0, middle - name / 2)), _Line(date, middle - width / 2)]


def _list(sheet: _Sheet, notice: OfficialNotice, words: Words) -> None:
    sheet.begin()
    sheet.draw(_Line(words.label("official.attachment.head"), bold=True))
    sheet.draw(_Line(""))
    for line in _centred(notice.list_title, TITLE, True, words):
        sheet.draw(line)
    for section in notice.sections:
        if sheet.left < 4:
            sheet.begin()
        sheet.draw(_Line(""))
        sheet.draw(_Line(words.line(section.title), bold=True))
        if not section.entries:
            sheet.draw(_Line(words.label("report.list.empty"), 2 * CELL))
            continue
        rows = [(entry.applicant, entry.base_name, entry.recommender) for entry in section.entries]
        columns = tuple(words.label(key) for key in section.columns)
        _table(sheet, columns, [tuple(words.line(cell) for cell in row) for row in rows])
    sheet.draw(_Line(""))
    for note in notice.notes:
        for line in _paragraph(note, words):
            sheet.draw(line)


def _table(sheet: _Sheet, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A plain table; its head stands again on every page."""
    _row(sheet, head)
    for row in rows:
        if sheet.y + _height(row) > styles.BODY_HEIGHT:
            sheet.begin()
            _row(sheet, head)
        _row(sheet, row)
    # Back to the grid.
    sheet.y = PITCH * -(-sheet.y // PITCH)


def _cells(row: Sequence[str]) -> list[list[str]]:
    return [wrap(cell, fonts.REGULAR, TABLE, [width - 10]) for cell, width in zip(row, _COLUMNS, strict=True)]


def _height(row: Sequence[str]) -> float:
    return max(len(lines) for lines in _cells(row)) * _TABLE_LEADING + 7


def _row(sheet: _Sheet, row: Sequence[str]) -> None:
    canvas, height, x = sheet.canvas, _height(row), _LEFT
    top = _TOP - sheet.y
    canvas.setLineWidth(0.5)
    canvas.setFont(fonts.REGULAR, TABLE)
    for lines, width in zip(_cells(row), _COLUMNS, strict=True):
        canvas.rect(x, top - height, width, height)
        for number, line in enumerate(lines):
            canvas.drawString(x + 5, top - 3.5 - _TABLE_LEADING * (number + 0.78), line.strip())
        x += width
    sheet.y += height
