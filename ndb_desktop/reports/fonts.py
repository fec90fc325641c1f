"""The two fonts every PDF embeds: Noto Sans SC Regular (whole) and Bold (GB 2312, for headings)."""

from __future__ import annotations

from functools import cache

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from ndb_desktop.paths import resource

REGULAR = "NotoSansSC"
BOLD = "NotoSansSC-Bold"
_FILES = {REGULAR: "NotoSansSC-Regular.ttf", BOLD: "NotoSansSC-Bold-subset.ttf"}


@cache
def register() -> None:
    """Makes both fonts known to reportlab, once per process (about 0.1 s)."""
    # Text encoding of streams would cost a fifth more bytes and, in pure Python, a tenth more time.
    rl_config.useA85 = 0
    for name, file in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(resource("fonts", file))))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


@cache
def characters(font: str) -> frozenset[int]:
    """The code points a font has a glyph for."""
    register()
    return frozenset(pdfmetrics.getFont(font).face.charToGlyph)


@cache
def plain_characters() -> frozenset[str]:
    """The characters Regular can show as they are, control characters left out."""
    controls = {*range(0x20), *range(0x7F, 0xA0)}
    return frozenset(map(chr, characters(REGULAR) - controls))
