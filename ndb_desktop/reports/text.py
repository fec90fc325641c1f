"""From foreign strings to page text: markup escaped, missing glyphs shown as □ and reported, never dropped (R20)."""

from __future__ import annotations

from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph

from ndb_desktop import texts
from ndb_desktop.reports import fonts

BOX = "\u25a1"
_SPECIAL = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": "<br/>"}
_WIDE_FROM = 0x2E80


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
        return "".join(self._shown(character) for character in _tidy(text).replace("\n", " "))

    def markup(self, text: str, font: str = fonts.REGULAR) -> str:
        """`text` as reportlab markup that shows exactly `text`; a character `font` lacks comes from Regular."""
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
        return Paragraph(self.markup(text, style.fontName), _wrapping(style, text))

    def label(self, key: str, **params: object) -> str:
        """Our own words from `resources/texts`, in the report's language."""
        return texts.text(key, self.language, **params)

    def _shown(self, character: str) -> str:
        if ord(character) in fonts.characters(fonts.REGULAR) and not _is_control(character):
            return character
        self._missing.add(character)
        return BOX


def _tidy(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")


def _is_control(character: str) -> bool:
    return ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0


def _wrapping(style: ParagraphStyle, text: str) -> ParagraphStyle:
    wide = sum(ord(character) >= _WIDE_FROM for character in text)
    if wide * 4 < len(text):
        return style
    name = f"{style.name}.cjk"
    return ParagraphStyle(name, parent=style, wordWrap="CJK")
