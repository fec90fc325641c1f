"""From foreign strings to page text: markup escaped, missing glyphs shown as □ and reported, never dropped (R20)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import Paragraph

from ndb_desktop import texts
from ndb_desktop.reports import fonts

BOX = "\u25a1"
_SPECIAL = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": "<br/>"}
_TOUCHED = frozenset((*_SPECIAL, "\r", "\t"))
_WIDE_FROM = 0x2E80
_NO_START = frozenset("，。、；：！？）」』》〉】〕”’…％%）,.;:!?)]}")
_NO_END = frozenset("（「『《〈【〔“‘([{￥$")


def code_point(character: str) -> str:
    """`U+20BB7`, the way a missing character is reported."""
    return f"U+{ord(character):04X}"


def wrap(text: str, font: str, size: float, rooms: Sequence[float], first: float = 0.0) -> list[str]:
    """Breaks Chinese text into lines: `rooms` are the widths of the lines in points, the last for all that follow.

    No closing mark begins a line (it may hang out by its own width), no opening mark ends one, and no figure or Latin
    word is cut unless it is longer than a line.
    """
    widths = pdfmetrics.getFont(font).face.charWidths
    unit = size / 1000
    lines: list[str] = []
    start, used = 0, first
    for index, character in enumerate(text):
        used += widths[ord(character)] * unit
        if used <= rooms[min(len(lines), len(rooms) - 1)] or character in _NO_START or index == start:
            continue
        cut = _cut(text, start, index)
        lines.append(text[start:cut])
        start = cut
        used = float(sum(widths[ord(kept)] for kept in text[start : index + 1])) * unit
    lines.append(text[start:])
    return lines


def _cut(text: str, start: int, index: int) -> int:
    """The best place in `text[start:index + 1]` to begin a new line."""
    cut = index
    while cut > start + 1 and _glued(text[cut - 1], text[cut]):
        cut -= 1
    return cut if cut > start + 1 else index


def _glued(left: str, right: str) -> bool:
    if right in _NO_START or left in _NO_END:
        return True
    return left.isascii() and right.isascii() and left != " "


class ChineseParagraph(Paragraph):  # type: ignore[misc]  # reportlab has no types
    """A paragraph whose Chinese lines are broken by `wrap`; reportlab's own breaking knows fewer of the rules."""

    def breakLinesCJK(self, maxWidths: float | list[float]) -> Any:  # noqa: N802, N803
        """Called by reportlab for styles with `wordWrap` CJK."""
        frags = self.frags
        if len(frags) != 1 or hasattr(frags[0], "cbDefn") or hasattr(frags[0], "lineBreak"):
            return super().breakLinesCJK(maxWidths)
        if getattr(self, "_splitpara", 0):
            return super().breakLinesCJK(maxWidths)
        frag = frags[0]
        text = frag.text if hasattr(frag, "text") else "".join(getattr(frag, "words", []))
        rooms = list(maxWidths) if isinstance(maxWidths, (list, tuple)) else [maxWidths]
        broken: tuple[list[float], Any] | None = getattr(self, "_broken", None)
        if broken is not None and broken[0] == rooms:
            # A table asks twice: for its heights and before it draws.
            self.height = 0
            return broken[1]
        size = frag.fontSize
        lines = [
            (rooms[min(number, len(rooms) - 1)] - pdfmetrics.stringWidth(line, frag.fontName, size), [line.rstrip(" ")])
            for number, line in enumerate(wrap(text, frag.fontName, size, rooms))
        ]
        self.height = 0
        self._broken = rooms, frag.clone(kind=0, lines=lines, ascent=size, descent=-0.2 * size)
        return self._broken[1]


class Words:
    """Makes the texts of one report in one language and remembers every character the fonts lack."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._missing: set[str] = set()

    @property
    def missing(self) -> tuple[str, ...]:
        """Code points shown as □ so far, sorted: `("U+20BB7",)`."""
        return tuple(code_point(character) for character in sorted(self._missing))

    def line(self, text: str) -> str:
        """`text` on one line of the regular font, for drawing directly (no markup is read there)."""
        if fonts.plain_characters().issuperset(text):
            return text
        return "".join(self._shown(character) for character in _tidy(text).replace("\n", " "))

    def markup(self, text: str, font: str = fonts.REGULAR) -> str:
        """`text` as reportlab markup that shows exactly `text`; a character `font` lacks comes from Regular."""
        have = fonts.characters(font)
        if _TOUCHED.isdisjoint(text) and fonts.plain_characters().issuperset(text) and have.issuperset(map(ord, text)):
            return text
        pieces: list[str] = []
        for character in _tidy(text):
            if character in _SPECIAL:
                pieces.append(_SPECIAL[character])
                continue
            shown = self._shown(character)
            if ord(shown) in have:
                pieces.append(shown)
            else:
                pieces.append(f'<font name="{fonts.REGULAR}">{shown}</font>')
        return "".join(pieces)

    def paragraph(self, text: str, style: ParagraphStyle) -> Paragraph:
        """A paragraph of `text`; Chinese breaks between characters, other languages between words."""
        return ChineseParagraph(self.markup(text, style.fontName), _wrapping(style, text))

    def label(self, key: str, **params: object) -> str:
        """Our own words from `resources/texts`, in the report's language."""
        return texts.text(key, self.language, **params)

    def _shown(self, character: str) -> str:
        if character in fonts.plain_characters():
            return character
        self._missing.add(character)
        return BOX


def _tidy(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")


def _wrapping(style: ParagraphStyle, text: str) -> ParagraphStyle:
    wide = sum(ord(character) >= _WIDE_FROM for character in text)
    if wide * 4 < len(text):
        return style
    name = f"{style.name}.cjk"
    return ParagraphStyle(name, parent=style, wordWrap="CJK")
