"""Plain text as pages, inside the renderer. Runs only in the child process."""

from __future__ import annotations

import math

from PIL import Image, ImageDraw, ImageFont

from ndb_desktop.documents import port
from ndb_desktop.documents.port import Rect
from ndb_desktop.documents.sniff import decode_text
from ndb_desktop.documents.viewing import A4, Picture, Plain, check_page_count, fitting_scale
from ndb_desktop.paths import resource

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


class TextView(Plain):
    """Plain text laid out on A4 pages with the shipped font, so that search and evidence marks work as in a PDF."""

    SIZE = 10.5
    LINE = 17.0
    MARGIN = 54.0

    def __init__(self, data: bytes) -> None:
        self._fonts: dict[float, ImageFont.FreeTypeFont] = {}
        self._widths: dict[str, float] = {}
        lines = self._wrapped(decode_text(data))
        per_page = int((A4[1] - 2 * self.MARGIN) // self.LINE)
        check_page_count(max(1, math.ceil(len(lines) / per_page)))
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
