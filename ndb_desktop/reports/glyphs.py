"""Text operators of a page: the same that reportlab writes, with what it looks up anew for each line kept.

A font is embedded in subsets of 256 glyphs (reportlab's `TTFont`), so a line of Chinese changes subset every few
characters. Which subset holds a character, and its escaped code there, is asked once per document and font.
"""

from __future__ import annotations

from typing import Any

from reportlab.lib.rl_accel import escapePDF
from reportlab.pdfbase import pdfmetrics

_KEPT = "ndb_glyphs"

Glyph = tuple[str, str]
"""The name of the subset among the page's fonts, and the escaped code of the character in it."""


class Glyphs:
    """What is known of the fonts in the document of one canvas."""

    def __init__(self, canvas: Any) -> None:
        self._document = canvas._doc  # noqa: SLF001  (reportlab's fonts ask for it)
        self._known: dict[str, dict[str, Glyph]] = {}

    def shown(self, text: str, font: str, size: str) -> str:
        """The operators that show `text` at the place set before; `size` in points, as written in the file."""
        known = self._known.setdefault(font, {})
        try:
            glyphs = [known[character] for character in text]
        except KeyError:
            self._learn(known, text, font)
            glyphs = [known[character] for character in text]
        pieces: list[str] = []
        last = ""
        for subset, code in glyphs:
            if subset == last:
                pieces.append(code)
                continue
            pieces.append(f") Tj {subset} {size} Tf ({code}" if last else f"{subset} {size} Tf ({code}")
            last = subset
        if last:
            pieces.append(") Tj")
        return "".join(pieces)

    def _learn(self, known: dict[str, Glyph], text: str, font: str) -> None:
        face = pdfmetrics.getFont(font)
        for character in text:
            if character not in known:
                ((subset, code),) = face.splitString(character, self._document)
                known[character] = face.getSubsetInternalName(subset, self._document), escapePDF(code)


def of(canvas: Any) -> Glyphs:
    """The one of `canvas`, made when first asked for."""
    kept: Glyphs | None = canvas.__dict__.get(_KEPT)
    if kept is None:
        kept = canvas.__dict__[_KEPT] = Glyphs(canvas)
    return kept
