"""The three kinds of document inside the renderer: PDF, image, plain text. Runs only in the child process."""

from __future__ import annotations

import ctypes
import io
import math
import warnings
from typing import Any, Protocol

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image, ImageDraw, ImageFont, ImageOps

from ndb_desktop.documents import port
from ndb_desktop.documents.pdflinks import FINE, has_active_content, read_links, read_outline
from ndb_desktop.documents.port import Rect
from ndb_desktop.documents.sniff import JPEG, PDF, PNG, TEXT, decode_text
from ndb_desktop.documents.words import unify
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.paths import resource

A4 = (595.0, 842.0)
RENEW_AFTER = 50
"""Page turns after which a PDF is opened anew in the renderer, which takes a few milliseconds and frees its caches."""
HELD_PIXELS = 20_000_000
"""Most pixels of a picture kept while it is shown; more than that no zoom of the viewer shows."""


class Picture:
    """A drawn page: RGBA pixels row by row, and the scale really used."""

    def __init__(self, width: int, height: int, stride: int, scale: float, pixels: bytes | memoryview) -> None:
        self.width, self.height, self.stride, self.scale, self.pixels = width, height, stride, scale, pixels


class View(Protocol):
    """An open document; pages count from 0 here."""

    sizes: tuple[tuple[float, float], ...]
    active: bool

    def render(self, page: int, scale: float) -> Picture:
        """The page drawn on white."""
        ...

    def text(self, page: int) -> str:
        """The text of the page."""
        ...

    def characters(self, page: int) -> tuple[str, list[Rect]]:
        """The text of the page with a box per character."""
        ...

    def outline(self) -> tuple[port.OutlineEntry, ...]:
        """The bookmarks."""
        ...

    def links(self, page: int) -> tuple[port.PageLink, ...]:
        """The links on the page."""
        ...

    def close(self) -> None:
        """Frees what the document holds."""
        ...


class _Plain:
    """What pictures and plain text have not: bookmarks, links, scripts."""

    active = False

    def outline(self) -> tuple[port.OutlineEntry, ...]:
        return ()

    def links(self, page: int) -> tuple[port.PageLink, ...]:  # noqa: ARG002
        return ()


def open_view(data: bytes, mime: str, *, shown: bool = True) -> View:
    """Opens a document, with `shown` False only to be read.

    Raises `NdbError` E-DOC-PASSWORD, E-DOC-CORRUPT, E-DOC-PAGES, E-DOC-LIMIT, E-DOC-TYPE.
    """
    if mime == PDF:
        return PdfView(data)
    if mime in (PNG, JPEG):
        return ImageView(data, mime, shown=shown)
    if mime == TEXT:
        return TextView(data)
    raise NdbError("E-DOC-TYPE", type=mime)


def fitting_scale(width: float, height: float, scale: float) -> float:
    """`scale`, or the largest smaller one at which the picture stays within `port.MAX_PIXELS`."""
    most = math.sqrt(port.MAX_PIXELS / max(width * height, 1.0)) * 0.999
    return min(scale, most)


def _check_page_count(pages: int) -> None:
    if pages < 1:
        raise NdbError("E-DOC-CORRUPT")
    if pages > port.MAX_PAGES:
        raise NdbError("E-DOC-PAGES", pages=pages, limit=port.MAX_PAGES)


class PdfView:
    """A PDF through PDFium: no JavaScript in this build, forms not initialised, annotations drawn as they look."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._pdf = self._opened()
        self._turned = 0
        _check_page_count(len(self._pdf))
        self._loaded: tuple[int, Any] | None = None
        self.sizes = tuple(self._size(index) for index in range(len(self._pdf)))
        self.active = has_active_content(self._pdf, data)

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


class ImageView(_Plain):
    """A PNG or JPEG as one page: upright by its EXIF orientation, on white, at most A4 large on screen."""

    def __init__(self, data: bytes, mime: str, *, shown: bool = True) -> None:
        Image.MAX_IMAGE_PIXELS = port.MAX_IMAGE_PIXELS
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data), formats=("PNG",) if mime == PNG else ("JPEG",)) as picture:
                if picture.width * picture.height > port.MAX_IMAGE_PIXELS:
                    raise NdbError("E-DOC-LIMIT", width=picture.width, height=picture.height)
                if not shown:
                    # All bytes are still decoded, which finds damage, but into an eighth of the pixels (JPEG only).
                    picture.draft(None, (picture.width // 8, picture.height // 8))
                    picture.load()
                original = picture.size
                if shown and original[0] * original[1] > HELD_PIXELS:
                    # More than any zoom shows would only be held in memory (only JPEG knows how to draw less).
                    shrink = math.sqrt(original[0] * original[1] / HELD_PIXELS)
                    picture.draft(None, (int(original[0] / shrink), int(original[1] / shrink)))
                ImageOps.exif_transpose(picture, in_place=True)
                self._image = _shrunk(_on_white(picture)) if shown else picture
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise NdbError("E-DOC-LIMIT", width="?", height="?") from None
        except (
            OSError,
            ValueError,
            SyntaxError,
            EOFError,
            IndexError,
            KeyError,
            TypeError,
            ZeroDivisionError,
            OverflowError,
        ):
            # Pillow's decoders raise all of these on damaged files.
            raise NdbError("E-DOC-CORRUPT") from None
        width, height = self._image.size
        longest = max(width, height) * 0.75  # 96 pixels per inch
        self._per_pixel = 0.75 * min(1.0, A4[1] / longest)
        self.sizes: tuple[tuple[float, float], ...] = ((width * self._per_pixel, height * self._per_pixel),)

    def render(self, page: int, scale: float) -> Picture:
        scale = fitting_scale(*self.sizes[page], scale)
        width = max(1, round(self.sizes[page][0] * scale))
        height = max(1, round(self.sizes[page][1] * scale))
        shown = self._image
        if (width, height) != shown.size:
            shown = shown.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
        return Picture(width, height, width * 4, scale, shown.convert("RGBA").tobytes())

    def text(self, page: int) -> str:  # noqa: ARG002
        return ""

    def characters(self, page: int) -> tuple[str, list[Rect]]:  # noqa: ARG002
        return "", []

    def close(self) -> None:
        self._image.close()


def _shrunk(picture: Image.Image) -> Image.Image:
    factor = math.ceil(math.sqrt(picture.width * picture.height / HELD_PIXELS))
    return picture.reduce(factor) if factor > 1 else picture


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I;16") or picture.mode == "I":
        return picture.point(lambda value: value / 256).convert("L").convert("RGB")
    if "A" in picture.getbands() or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        white = Image.new("RGB", layered.size, "white")
        white.paste(layered, mask=layered.getchannel("A"))
        return white
    return picture.convert("RGB")


_HANGING = frozenset(" 、。，．；：？！）》〉」』】’”…")
_HANGS_AT_MOST = 4


def _break_before(text: str, start: int, index: int) -> int:
    """Where the line `text[start:index]` should end: between words, or at `index` when it is one long word."""
    cut = index
    while cut > start and _is_word(text[cut - 1]) and _is_word(text[cut]):
        cut -= 1
    return cut if cut > start else index


def _is_word(character: str) -> bool:
    """Whether no line may end after this character when another such follows (Latin words and figures)."""
    return character.isascii() and not character.isspace()


class TextView(_Plain):
    """Plain text laid out on A4 pages with the shipped font, so that search and evidence marks work as in a PDF."""

    SIZE = 10.5
    LINE = 17.0
    MARGIN = 54.0

    def __init__(self, data: bytes) -> None:
        self._fonts: dict[float, ImageFont.FreeTypeFont] = {}
        self._widths: dict[str, float] = {}
        lines = self._wrapped(decode_text(data))
        per_page = int((A4[1] - 2 * self.MARGIN) // self.LINE)
        _check_page_count(max(1, math.ceil(len(lines) / per_page)))
        self._pages = [lines[start : start + per_page] for start in range(0, max(len(lines), 1), per_page)]
        self.sizes = (A4,) * len(self._pages)

    def _font(self, pixels: float) -> ImageFont.FreeTypeFont:
        if pixels not in self._fonts:
            if len(self._fonts) > 8:
                self._fonts.clear()
            path = resource("fonts", "NotoSansSC-Regular.ttf")
            self._fonts[pixels] = ImageFont.truetype(str(path), pixels, layout_engine=ImageFont.Layout.BASIC)
        return self._fonts[pixels]

    def _width(self, character: str) -> float:
        """Advance in points, measured at a large size so that it does not depend on the zoom."""
        if character not in self._widths:
            self._widths[character] = self._font(200).getlength(character) * self.SIZE / 200
        return self._widths[character]

    def _wrapped(self, text: str) -> list[str]:
        room = A4[0] - 2 * self.MARGIN
        lines: list[str] = []
        limit = port.MAX_PAGES * 60
        for paragraph in text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").expandtabs(4).split("\n"):
            start, used = 0, 0.0
            for index, character in enumerate(paragraph):
                width = self._width(character)
                # A space or a Chinese full stop may hang into the margin, so that no line begins with one.
                hangs = character in _HANGING and used < room + _HANGS_AT_MOST * self.SIZE
                if used + width > room and index > start and not hangs:
                    cut = _break_before(paragraph, start, index)
                    lines.append(paragraph[start:cut])
                    used = sum(map(self._width, paragraph[cut:index]))
                    start = cut
                used += width
            lines.append(paragraph[start:])
            if len(lines) > limit:
                break
        return lines

    def render(self, page: int, scale: float) -> Picture:
        scale = fitting_scale(*A4, scale)
        image = Image.new("RGB", (round(A4[0] * scale), round(A4[1] * scale)), "white")
        draw = ImageDraw.Draw(image)
        font = self._font(max(1.0, self.SIZE * scale))  # a rounded size would not fit the advances
        for row, line in enumerate(self._pages[page]):
            x, y = self.MARGIN, self.MARGIN + row * self.LINE
            for character in line:
                if not character.isspace():
                    draw.text(
                        (x * scale, (y + self.SIZE * 1.1) * scale), character, fill="black", font=font, anchor="ls"
                    )
                x += self._width(character)
        return Picture(image.width, image.height, image.width * 4, scale, image.convert("RGBA").tobytes())

    def text(self, page: int) -> str:
        return "\n".join(self._pages[page])

    def characters(self, page: int) -> tuple[str, list[Rect]]:
        text: list[str] = []
        boxes: list[Rect] = []
        for row, line in enumerate(self._pages[page]):
            x, y = self.MARGIN, self.MARGIN + row * self.LINE
            for character in line:
                width = self._width(character)
                text.append(character)
                boxes.append(Rect(x, y, x + width, y + self.SIZE * 1.4))
                x += width
            text.append("\n")
            boxes.append(Rect(x, y, x, y))
        return "".join(text), boxes

    def close(self) -> None:
        self._pages = []
