"""A fast pen for the sample round's documents: pages of Chinese text and tables in about three milliseconds each.

Platypus would take five times as long, and the sample round has about a thousand such pages.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from ndb_desktop.reports import fonts, styles
from ndb_desktop.reports.page import MadeReport
from ndb_desktop.reports.paragraph import wrap
from ndb_desktop.reports.text import Words

_TOP, _BOTTOM, _LEFT = styles.PAGE[1] - 32 * mm, 30 * mm, styles.LEFT
_WIDTH = styles.BODY_WIDTH
_PALE = HexColor("#E9EDF3")


class Pen:
    """Writes one document from top to bottom; `page` is the 1-based number of the page being written."""

    def __init__(self, title: str, words: Words, *, watermark: str, footer: str, page_label: str) -> None:
        fonts.register()
        self._words = words
        self._watermark, self._footer, self._page_label = watermark, words.line(footer), page_label
        self._out = io.BytesIO()
        self._canvas = Canvas(self._out, pagesize=styles.PAGE, invariant=1, pageCompression=1, lang="zh-CN")
        self._canvas.setTitle(words.line(title))
        self._canvas.setAuthor("NDB Desktop")
        self._widths = pdfmetrics.getFont(fonts.REGULAR).face.charWidths
        self._head = words.line(title)
        self.page = 0
        self._y = 0.0
        self.new_page()

    def new_page(self) -> None:
        """Begins a page with head, foot and the watermark that says what it is."""
        if self.page:
            self._canvas.showPage()
        self.page += 1
        canvas = self._canvas
        canvas.saveState()
        canvas.setFillColor(_PALE)
        canvas.setFont(fonts.BOLD, 58)
        canvas.translate(styles.PAGE[0] / 2, styles.PAGE[1] / 2)
        canvas.rotate(38)
        canvas.drawCentredString(0, 0, self._watermark)
        canvas.restoreState()
        canvas.setFillColor(styles.QUIET)
        canvas.setFont(fonts.REGULAR, 8)
        canvas.drawString(_LEFT, styles.PAGE[1] - 22 * mm, self._head)
        canvas.drawString(_LEFT, 17 * mm, self._footer)
        canvas.drawRightString(_LEFT + _WIDTH, 17 * mm, self._page_label.replace("{page}", str(self.page)))
        canvas.setStrokeColor(styles.RULE)
        canvas.setLineWidth(0.5)
        canvas.line(_LEFT, styles.PAGE[1] - 24 * mm, _LEFT + _WIDTH, styles.PAGE[1] - 24 * mm)
        self._y = _TOP

    def room(self, height: float) -> None:
        """Begins a new page unless `height` points are left."""
        if self._y - height < _BOTTOM:
            self.new_page()

    def space(self, height: float) -> None:
        """Leaves `height` points free."""
        self._y -= height

    def title(self, text: str, subtitle: str = "") -> None:
        """The centred title of a document."""
        self._y -= 26
        for line in self._wrap(text, 20, _WIDTH):
            self._centred(line, fonts.BOLD, 20, 30)
        if subtitle:
            self._centred(self._words.line(subtitle), fonts.REGULAR, 12, 26)
        self._y -= 8

    def heading(self, text: str, level: int = 1) -> None:
        """A heading; level 1 is a chapter."""
        size = 15.0 if level == 1 else 12.0
        self.room(90 if level == 1 else 60)
        self._y -= size * 1.9
        self._show(_LEFT, self._words.line(text), fonts.BOLD, size)
        self._y -= 8

    def paragraph(self, text: str, size: float = 11.5, indent: bool = True) -> None:
        """A paragraph with two characters of indent."""
        leading = size * 1.75
        first = 2 * size if indent else 0.0
        for number, line in enumerate(self._wrap(text, size, _WIDTH, first)):
            self.room(leading)
            self._y -= leading
            self._show(_LEFT + (first if number == 0 else 0.0), line, fonts.REGULAR, size)
        self._y -= 3

    def table(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        shares: Sequence[float],
        right: frozenset[int] = frozenset(),
    ) -> list[int]:
        """A table whose head repeats on each page; returns the page on which each row begins."""
        total = sum(shares)
        widths = [_WIDTH * share / total for share in shares]
        places: list[int] = []
        self.room(60)
        self._y -= 6
        self._row(head, widths, right, head=True)
        for row in rows:
            height = self._row_height(row, widths)
            if self._y - height < _BOTTOM:
                self.new_page()
                self._row(head, widths, right, head=True)
            places.append(self.page)
            self._row(row, widths, right)
        self._y -= 10
        return places

    def bars(self, labels: Sequence[str], values: Sequence[float], caption: str) -> None:
        """A small bar chart with its values written on it."""
        self.room(120)
        base, most = self._y - 92, max([*values, 1e-9])
        canvas, step = self._canvas, 90.0
        left = _LEFT + (_WIDTH - step * len(values)) / 2
        for number, (label, value) in enumerate(zip(labels, values, strict=True)):
            height = 70 * max(value, 0) / most
            canvas.setFillColor(styles.ACCENT)
            canvas.rect(left + number * step + 25, base, 40, height, stroke=0, fill=1)
            canvas.setFillColor(styles.INK)
            canvas.setFont(fonts.REGULAR, 8)
            canvas.drawCentredString(left + number * step + 45, base + height + 4, f"{value:g}")
            canvas.drawCentredString(left + number * step + 45, base - 11, self._words.line(label))
        canvas.setStrokeColor(styles.QUIET)
        canvas.line(_LEFT + 40, base, _LEFT + _WIDTH - 40, base)
        self._y = base - 14
        self._centred(self._words.line(caption), fonts.REGULAR, 9, 15)

    def finish(self) -> MadeReport:
        """The finished document."""
        self._canvas.save()
        return MadeReport(self._out.getvalue(), self.page, self._words.missing)

    def _row_height(self, row: Sequence[str], widths: Sequence[float]) -> float:
        lines = max(len(self._wrap(text, 9, width - 10)) for text, width in zip(row, widths, strict=True))
        return lines * 14 + 7

    def _row(self, row: Sequence[str], widths: Sequence[float], right: frozenset[int], head: bool = False) -> None:
        height = self._row_height(row, widths)
        canvas = self._canvas
        canvas.setStrokeColor(styles.RULE)
        canvas.setLineWidth(0.5)
        if head:
            canvas.setFillColor(styles.SHADE)
            canvas.rect(_LEFT, self._y - height, sum(widths), height, stroke=0, fill=1)
        x = _LEFT
        for column, (text, width) in enumerate(zip(row, widths, strict=True)):
            canvas.rect(x, self._y - height, width, height, stroke=1, fill=0)
            for number, line in enumerate(self._wrap(text, 9, width - 10)):
                y = self._y - 14 * (number + 1) + 1
                start = x + width - 5 - self._length(line, 9) if column in right and not head else x + 5
                self._show(start, line, fonts.BOLD if head else fonts.REGULAR, 9, y)
            x += width
        self._y -= height

    def _centred(self, line: str, font: str, size: float, leading: float) -> None:
        self._y -= leading
        self._show(_LEFT + (_WIDTH - self._length(line, size)) / 2, line, font, size)

    def _show(self, x: float, line: str, font: str, size: float, y: float | None = None) -> None:
        if font == fonts.BOLD and not fonts.characters(fonts.BOLD).issuperset(map(ord, line)):
            font = fonts.REGULAR
        self._canvas.setFillColor(styles.INK)
        self._canvas.setFont(font, size)
        self._canvas.drawString(x, self._y if y is None else y, line)

    def _length(self, line: str, size: float) -> float:
        widths = self._widths
        return float(sum(widths[ord(character)] for character in line)) * size / 1000

    def _wrap(self, text: str, size: float, room: float, first: float = 0.0) -> list[str]:
        return wrap(self._words.line(text), fonts.REGULAR, size, (room,), first)
