"""From foreign strings to page text: markup escaped, missing glyphs shown as □ and reported, never dropped (R20)."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph

from ndb_desktop import texts
from ndb_desktop.reports import fonts
from ndb_desktop.reports.paragraph import ChineseParagraph

BOX = "\u25a1"
_SPECIAL = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": "<br/>"}
_MARKS = frozenset("&<>")
_TOUCHED = frozenset((*_SPECIAL, "\r", "\t"))
_WIDE = re.compile("[\u2e80-\U0010ffff]")


def code_point(character: str) -> str:
    """`U+20BB7`, the way a missing character is reported."""
    return f"U+{ord(character):04X}"


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
        if _TOUCHED.isdisjoint(text) and _as_they_are(font).issuperset(text):
            return text
        have = fonts.characters(font)
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
        markup = self.markup(text, style.fontName)
        return ChineseParagraph(markup, _wrapping(style, text), plain=_MARKS.isdisjoint(markup))

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
    if text.isascii() or len(_WIDE.findall(text)) * 4 < len(text):
        return style
    return _chinese(style)


@lru_cache(maxsize=256)
def _chinese(style: ParagraphStyle) -> ParagraphStyle:
    return ParagraphStyle(f"{style.name}.cjk", parent=style, wordWrap="CJK")


@cache
def _as_they_are(font: str) -> frozenset[str]:
    """The characters that need neither markup nor another font."""
    have = fonts.characters(font)
    return frozenset(character for character in fonts.plain_characters() if ord(character) in have)
