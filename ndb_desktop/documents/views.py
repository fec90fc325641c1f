"""What opens a document inside the renderer, and PDFs; `pictures` and `textpages` have the rest. Only in the child."""

from __future__ import annotations

import ctypes
import os
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from ndb_desktop.documents import port
from ndb_desktop.documents.pdflinks import FINE, SCANNED, has_active_content, read_links, read_outline
from ndb_desktop.documents.port import Rect
from ndb_desktop.documents.pulled import PulledFile
from ndb_desktop.documents.sniff import JPEG, PDF, PNG, TEXT
from ndb_desktop.documents.viewing import Picture, View, check_page_count, fitting_scale
from ndb_desktop.documents.words import unify
from ndb_desktop.domain.errors import NdbError

RENEW_AFTER = 50
"""Page turns after which a PDF is opened anew in the renderer, which takes a few milliseconds and frees its caches."""


def open_view(data: bytes | PulledFile, mime: str, *, shown: bool = True) -> View:
    """Opens a document, with `shown` False only to be read.

    Raises `NdbError` E-DOC-PASSWORD, E-DOC-CORRUPT, E-DOC-PAGES, E-DOC-LIMIT, E-DOC-TYPE.
    """
    if mime == PDF:
        return PdfView(data, shown=shown)
    if isinstance(data, PulledFile):
        data = data.read()
    # Pillow is loaded with the first document that needs it: a renderer mostly waits to be started, for PDFs.
    if mime in (PNG, JPEG):
        from ndb_desktop.documents.pictures import ImageView

        return ImageView(data, mime, shown=shown)
    if mime == TEXT:
        from ndb_desktop.documents.textpages import TextView

        return TextView(data)
    raise NdbError("E-DOC-TYPE", type=mime)


class PdfView:
    """A PDF through PDFium: no JavaScript in this build, forms not initialised, annotations drawn as they look."""

    def __init__(self, data: bytes | PulledFile, *, shown: bool = True) -> None:
        self._data = data
        self._pdf = self._opened()
        self._turned = 0
        check_page_count(len(self._pdf))
        self._loaded: tuple[int, Any] | None = None
        self.sizes = tuple(self._size(index) for index in range(len(self._pdf)))
        self.active = shown and has_active_content(self._pdf, _ends(data))

    def _opened(self) -> Any:
        try:
            return pdfium.PdfDocument(self._data)
        except pdfium.PdfiumError as error:
            code = "E-DOC-PASSWORD" if error.err_code == raw.FPDF_ERR_PASSWORD else "E-DOC-CORRUPT"
            raise NdbError(code) from None

    def _renew(self) -> None:
        """Opens the document anew after many pages: PDFium keeps what it read of each, in the end a second copy."""
        self._turned += 1
        if self._turned >= RENEW_AFTER:
            self._turned = 0
            self._pdf.close()
            self._pdf = self._opened()

    def _size(self, index: int) -> tuple[float, float]:
        try:
            width, height = self._pdf.get_page_size(index)
        except pdfium.PdfiumError:
            raise NdbError("E-DOC-CORRUPT") from None
        if not (0 < width <= port.MAX_PAGE_POINTS and 0 < height <= port.MAX_PAGE_POINTS):
            raise NdbError("E-DOC-LIMIT", width=f"{width:.0f}", height=f"{height:.0f}")
        return float(width), float(height)

    def _page(self, index: int) -> Any:
        if self._loaded is None or self._loaded[0] != index:
            if self._loaded is not None:
                self._loaded[1].close()
                self._loaded = None
                self._renew()
            try:
                self._loaded = (index, self._pdf[index])
            except pdfium.PdfiumError:
                raise NdbError("E-DOC-CORRUPT") from None
        return self._loaded[1]

    def render(self, page: int, scale: float) -> Picture:
        scale = fitting_scale(*self.sizes[page], scale)
        bitmap = self._page(page).render(
            scale=scale, may_draw_forms=False, rev_byteorder=True, prefer_bgrx=True, fill_color=(255, 255, 255, 255)
        )
        return Picture(bitmap.width, bitmap.height, bitmap.stride, scale, memoryview(bitmap.buffer).cast("B"))

    def text(self, page: int) -> str:
        textpage = self._page(page).get_textpage()
        try:
            count = min(textpage.count_chars(), port.MAX_TEXT)
            if count <= 0:
                return ""
            found: str = textpage.get_text_range(0, count, errors="replace")
        finally:
            textpage.close()
        return unify(found.replace("\r\n", "\n").replace("\x00", ""))

    def characters(self, page: int) -> tuple[str, list[Rect]]:
        pdf_page = self._page(page)
        textpage = pdf_page.get_textpage()
        try:
            count = min(max(textpage.count_chars(), 0), port.MAX_TEXT)
            return _boxed_characters(pdf_page.raw, textpage.raw, count, self.sizes[page])
        finally:
            textpage.close()

    def outline(self) -> tuple[port.OutlineEntry, ...]:
        return read_outline(self._pdf)

    def links(self, page: int) -> tuple[port.PageLink, ...]:
        return read_links(self._pdf, self._page(page).raw, self.sizes[page])

    def close(self) -> None:
        if self._loaded is not None:
            self._loaded[1].close()
            self._loaded = None
        self._pdf.close()


def _ends(data: bytes | PulledFile) -> tuple[bytes, bytes]:
    if isinstance(data, bytes):
        return data[:SCANNED], data[-SCANNED:]
    data.seek(0)
    head = data.read(SCANNED)
    data.seek(-SCANNED, os.SEEK_END)
    return head, data.read(SCANNED)


def _boxed_characters(page: Any, textpage: Any, count: int, size: tuple[float, float]) -> tuple[str, list[Rect]]:
    """One box per character, in points of the page as shown (page rotation and crop box applied by PDFium)."""
    text: list[str] = []
    boxes: list[Rect] = []
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    edges = tuple(ctypes.byref(value) for value in (left, right, bottom, top))
    x, y = ctypes.c_int(), ctypes.c_int()
    device = (0, 0, round(size[0] * FINE), round(size[1] * FINE), 0)
    x_out, y_out = ctypes.byref(x), ctypes.byref(y)
    high = 0
    for index in range(count):
        code = raw.FPDFText_GetUnicode(textpage, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) if high else 0xFFFD
        high = 0
        if code in (0, 0x0D) or code > 0x10FFFF:
            continue
        box = Rect(0.0, 0.0, 0.0, 0.0)
        if raw.FPDFText_GetCharBox(textpage, index, *edges):
            raw.FPDF_PageToDevice(page, *device, left.value, top.value, x_out, y_out)
            x0, y0 = x.value / FINE, y.value / FINE
            raw.FPDF_PageToDevice(page, *device, right.value, bottom.value, x_out, y_out)
            x1, y1 = x.value / FINE, y.value / FINE
            box = Rect(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
        text.append(unify(chr(code)))
        boxes.append(box)
    return "".join(text), boxes
