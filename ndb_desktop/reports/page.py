"""The page around a report: running head, marks (示例, 建议稿, 内部), page x of y, reproducible bytes."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.lib.pagesizes import landscape
from reportlab.lib.units import mm
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    PageTemplate,
    Spacer,
    Table,
)

from ndb_desktop.reports import fonts, links, styles
from ndb_desktop.reports.grid import ABOVE, BELOW, BOTTOM, SIDE, TOP, Grid, Padding, measured
from ndb_desktop.reports.numbered import Feed, Numbered
from ndb_desktop.reports.text import Words


@dataclass(frozen=True, slots=True)
class MadeReport:
    """A finished PDF; `missing` lists the code points shown as □ (each also named on the last page)."""

    data: bytes
    pages: int
    missing: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """SHA-256 (hex) of the bytes; the same input gives the same one."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Surround:
    """What stands on every page: running title, marks in the head, and the left part of the footer (lines)."""

    title: str
    marks: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    wide: bool = False


class FooterMark(Flowable):  # type: ignore[misc]  # reportlab has no types
    """Takes no room; from its page on the left part of the footer says `lines` (already tidied by `Words.line`)."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        super().__init__()
        self.width = self.height = 0
        self._lines = lines

    def draw(self) -> None:
        """Called by reportlab when the page is made."""
        self.canv.footer_lines = self._lines


def build(story: Iterable[Flowable], surround: Surround, words: Words) -> MadeReport:
    """Lays the story out and returns the bytes, the same for the same input in every process.

    The story is told page break by page break, so a long one need never be in memory as a whole.
    """
    fonts.register()
    head = words.line(surround.title)
    marks = tuple(words.line(mark) for mark in surround.marks)
    footer = tuple(words.line(part) for part in surround.footer)
    out = io.BytesIO()
    size = landscape(styles.PAGE) if surround.wide else styles.PAGE
    wide, upright = (styles.WIDE_WIDTH, styles.WIDE_HEIGHT), (styles.BODY_WIDTH, styles.BODY_HEIGHT)
    width, height = wide if surround.wide else upright
    left = (size[0] - width) / 2 if surround.wide else styles.LEFT
    bottom = (size[1] - height) / 2 if surround.wide else size[1] - styles.TOP - height
    document = BaseDocTemplate(
        out, pagesize=size, title=head, author="NDB Desktop", creator="NDB Desktop", subject="", keywords=(),
        lang=words.language.replace("_", "-"), invariant=1, pageCompression=1,
    )  # fmt: skip
    frame = Frame(left, bottom, width, height, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
    document.addPageTemplates([PageTemplate("page", [frame])])
    box = (left, bottom, width, height)

    def around(canvas: Any) -> None:
        _surround(canvas, box, head, marks, getattr(canvas, "footer_lines", footer))

    def number(canvas: Any, page: int, pages: int) -> None:
        canvas.setFillColor(styles.QUIET)
        canvas.setFont(fonts.REGULAR, 8)
        line = words.label("report.page", page=page, pages=pages)
        canvas.drawRightString(left + width, bottom - _FOOTER, line)

    document.build(Feed(_ended(story, words)), canvasmaker=partial(Numbered, around=around, number=number))
    return MadeReport(out.getvalue(), document.canv.pages, words.missing)


def _ended(story: Iterable[Flowable], words: Words) -> Iterator[Flowable]:
    """With a word about the characters that no font has, which are known when all has been told."""
    yield from story
    if words.missing:
        yield Spacer(1, 10)
        note = words.label("report.missing_glyphs", codes=", ".join(words.missing))
        yield words.paragraph(note, styles.style("warning"))


_FOOTER = 7 * mm
"""From the text to the line below it."""


def _surround(
    canvas: Any, box: tuple[float, float, float, float], head: str, marks: tuple[str, ...], footer: tuple[str, ...]
) -> None:
    left, bottom, width, height = box
    right, top = left + width, bottom + height + 5 * mm
    canvas.setFont(fonts.REGULAR, 8)
    canvas.setFillColor(styles.QUIET)
    canvas.drawString(left, top, head)
    x = right
    for mark in reversed(marks):
        length = canvas.stringWidth(mark, fonts.REGULAR, 8) + 10
        x -= length
        canvas.setStrokeColor(styles.WARNING)
        canvas.setLineWidth(0.6)
        canvas.roundRect(x, top - 3.6, length, 13, 2)
        canvas.setFillColor(styles.WARNING)
        canvas.drawString(x + 5, top, mark)
        x -= 5
    canvas.setStrokeColor(styles.RULE)
    canvas.setLineWidth(0.5)
    canvas.line(left, top - 7, right, top - 7)
    y = bottom - _FOOTER
    canvas.line(left, y + 11, right, y + 11)
    canvas.setFillColor(styles.QUIET)
    canvas.setFont(fonts.REGULAR, 7)
    for row, part in enumerate(footer):
        canvas.drawString(left, y - row * 10, part)


def heading(
    words: Words, text: str, style: str = "heading", room: float = 90, target: links.Target | None = None
) -> list[Flowable]:
    """A heading that begins a new page when less than `room` points are left, so that it never stands alone."""
    return [CondPageBreak(room), *([target] if target is not None else []), words.paragraph(text, styles.style(style))]


@lru_cache(maxsize=64)
def qr_rows(content: str) -> tuple[tuple[tuple[int, int], ...], ...]:
    """The dark runs (first column, length) of each row of a QR code, level M."""
    widget = QrCodeWidget(content, barLevel="M")
    widget.qr.make()
    size = widget.qr.getModuleCount()
    rows = []
    for row in range(size):
        runs: list[tuple[int, int]] = []
        for column in range(size):
            if not widget.qr.isDark(row, column):
                continue
            if runs and sum(runs[-1]) == column:
                runs[-1] = (runs[-1][0], runs[-1][1] + 1)
            else:
                runs.append((column, 1))
        rows.append(tuple(runs))
    return tuple(rows)


@lru_cache(maxsize=16)
def _qr_path(content: str, side: float) -> str:
    """The code as page text: every sheet of a signed file bears the same one."""
    rows = qr_rows(content)
    step = side / (len(rows) + 2 * _QUIET_ZONE)
    pieces = ["n"]
    for number, runs in enumerate(rows):
        y = side - (_QUIET_ZONE + number + 1) * step
        for column, length in runs:
            pieces.append(f"{(_QUIET_ZONE + column) * step:.4f} {y:.4f} {length * step:.4f} {step:.4f} re")
    return " ".join([*pieces, "f"])


_QUIET_ZONE = 4
"""In modules, on each side (ISO/IEC 18004)."""


class QrCode(Flowable):  # type: ignore[misc]  # reportlab has no types
    """A QR code of `content` with its quiet zone, `side` points wide, drawn as one path."""

    def __init__(self, content: str, side: float) -> None:
        super().__init__()
        self.width = self.height = side
        self._path = _qr_path(content, side)

    def draw(self) -> None:
        """Called by reportlab when the page is made."""
        self.canv.setFillColor(styles.INK)
        self.canv.addLiteral(self._path)


GRID: tuple[tuple[Any, ...], ...] = (
    ("LINEBELOW", (0, 0), (-1, -1), *BELOW),
    ("LINEABOVE", (0, 0), (-1, 0), *ABOVE),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), SIDE),
    ("RIGHTPADDING", (0, 0), (-1, -1), SIDE),
    ("TOPPADDING", (0, 0), (-1, -1), TOP),
    ("BOTTOMPADDING", (0, 0), (-1, -1), BOTTOM),
)
"""The same look for a table of reportlab's."""
HEAD_ROW: tuple[Any, ...] = ("BACKGROUND", (0, 0), (-1, 0), styles.SHADE)


_SHAPED = frozenset(("BACKGROUND", "LINEABOVE", "SPAN", "VALIGN", "TOPPADDING", "BOTTOMPADDING"))
"""What a `Grid` can do; a table that asks for more is reportlab's own."""


def table(
    rows: Sequence[Sequence[Any]],
    widths: Sequence[float],
    *commands: tuple[Any, ...],
    head: int = 1,
    align: str = "LEFT",
) -> Flowable:
    """A table in the house style; `head` rows repeat on every page, and only a very long row breaks over pages."""
    padding = Padding()
    for name, _, _, value in (command for command in commands if command[0] in _PADDINGS):
        padding = replace(padding, **{_PADDINGS[name]: value == "MIDDLE" if name == "VALIGN" else value})
    made = [measured(row, widths, padding, _spans(commands, number)) for number, row in enumerate(rows)]
    long = any(row.height > styles.WIDE_HEIGHT * 0.7 for row in made)
    if long or not _SHAPED.issuperset(command[0] for command in commands):
        look = [*GRID, *([HEAD_ROW] if head else []), *commands]
        return Table(rows, colWidths=list(widths), repeatRows=head, style=look, hAlign=align, splitInRow=int(long))
    made[0].above.append(ABOVE)
    columns = len(widths)
    for name, (first, top), (last, bottom), *values in [*([HEAD_ROW] if head else []), *commands]:
        for row in made[top : (bottom % len(made)) + 1]:
            if name == "BACKGROUND":
                row.shades.append((first, last % columns + 1, values[0]))
            elif name == "LINEABOVE":
                row.above.append((values[0], values[1]))
    return Grid(made, widths, padding, head, align)


_PADDINGS = {"VALIGN": "middle", "TOPPADDING": "top", "BOTTOMPADDING": "bottom"}


def _spans(commands: Sequence[tuple[Any, ...]], row: int) -> dict[int, int]:
    """From the first to the last column of each cell over several columns in `row`."""
    return {command[1][0]: command[2][0] for command in commands if command[0] == "SPAN" and command[1][1] == row}


def facts(
    words: Words, pairs: Sequence[tuple[str, str]], columns: int = 2, width: float = styles.BODY_WIDTH, leads: str = ""
) -> Flowable:
    """Label and value pairs in two columns, for the head of a report. `leads` is the target every value leads to."""
    cell, quiet = styles.style("cell"), styles.style("cell.quiet")
    rows: list[list[Any]] = []
    for start in range(0, len(pairs), columns):
        row: list[Any] = []
        for label, value in pairs[start : start + columns]:
            made = words.paragraph(value, cell)
            row += [words.paragraph(label, quiet), links.Linked(made, leads) if leads else made]
        rows.append(row + [""] * (2 * columns - len(row)))
    label_width = 76.0
    value_width = width / columns - label_width
    return table(rows, [label_width, value_width] * columns, ("VALIGN", (0, 0), (-1, -1), "MIDDLE"), head=0)
