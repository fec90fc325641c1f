"""Paragraphs of our own look: Chinese rules for breaking lines, and text without markup laid out and drawn directly.

reportlab reads every paragraph as markup, copies its style several times, measures it up to three times in a table and
draws it in a coordinate system of its own. Nearly all of ours are one run of one font, for which one measuring and one
piece of page text do; anything else (several fonts, breaks, indents) is left to reportlab.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from reportlab.lib.enums import TA_CENTER, TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import Paragraph

from ndb_desktop.reports import glyphs

_NO_START = frozenset("，。、；：！？）」』》〉】〕”’…％%）,.;:!?)]}")
_NO_END = frozenset("（「『《〈【〔“‘([{￥$")


class ChineseParagraph(Paragraph):  # type: ignore[misc]  # reportlab has no types
    """A paragraph whose Chinese lines are broken by `wrap`; reportlab's own breaking knows fewer of the rules.

    `plain` says that `text` holds no markup.
    """

    width: float
    height: float
    style: ParagraphStyle
    _wrapWidths: list[float]  # noqa: N815  (the name is reportlab's)

    def __init__(
        self, text: str | None, style: ParagraphStyle | None = None, *args: Any, plain: bool = False, **kwargs: Any
    ) -> None:
        self._face: _Face | None = None
        self._rooms: list[float] | None = None
        face = _face(style) if plain and text and style is not None else None
        tidy = " ".join(text.split()) if text else ""
        if face is None or not tidy or text is None or "\xa0" in text or "\xad" in text:
            super().__init__(text, style, *args, **kwargs)
            return
        self._face = face
        self.caseSensitive, self.encoding = 1, "utf8"
        self.text, self.style, self.bulletText, self.debug = tidy, style, None, 0
        self.frags = [_copy(face.run, text=tidy)]

    def wrap(self, availWidth: float, availHeight: float) -> tuple[float, float]:  # noqa: N803
        """Called by reportlab: the room it takes, measured once for a width."""
        face = self._face
        if face is None:
            size: tuple[float, float] = super().wrap(availWidth, availHeight)
            return size
        if self._rooms == [availWidth, availWidth] and hasattr(self, "blPara"):
            return self.width, self.height
        text = self.text
        extra = availWidth - face.length(text)
        if extra < 0:
            if self.style.wordWrap != "CJK":
                size = super().wrap(availWidth, availHeight)
                self._rooms = self._wrapWidths
                return size
            lines = [
                (availWidth - face.length(line), [line.rstrip(" ")])
                for line in wrap(text, face.font, face.size, [availWidth])
            ]
        else:
            lines = [(extra, [text] if self.style.wordWrap == "CJK" else text.split())]
        self._rooms = self._wrapWidths = [availWidth, availWidth]
        self.blPara = _copy(face.run, kind=0, lines=lines, ascent=face.size, descent=-0.2 * face.size)
        self.width, self.height = availWidth, len(lines) * face.leading
        return self.width, self.height

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

    def drawOn(self, canvas: Any, x: float, y: float, _sW: float = 0) -> None:  # noqa: N802, N803
        """Called by reportlab: puts the lines where they belong on the page."""
        face, broken = self._face, getattr(self, "blPara", None)
        if face is None or broken is None or broken.kind != 0:
            super().drawOn(canvas, x, y, _sW)
            return
        known = glyphs.of(canvas)
        place = y + self.height - face.size
        code = [face.begin]
        for extra, words in broken.lines:
            # Latin words a little too long for the line are set closer together, as reportlab means it.
            tight = extra < -1e-8 and len(words) > 1
            left = x if tight else x + face.shift * extra
            said = known.shown(" ".join(words), face.font, face.points)
            spread = f"{extra / (len(words) - 1):.4f} Tw {said} 0 Tw" if tight else said
            code.append(f"1 0 0 1 {left:.5f} {place:.5f} Tm {spread}")
            place -= face.leading
        code.append("ET Q")
        canvas.addLiteral(" ".join(code))


@dataclass(frozen=True, slots=True)
class _Face:
    """What drawing a style takes: `run` is reportlab's description of text in it, `shift` of the room left goes before
    a line, `points` is the size and `begin` the beginning of the text as written in the file."""

    run: Any
    font: str
    size: float
    leading: float
    shift: float
    points: str
    begin: str
    widths: dict[int, float]

    def length(self, text: str) -> float:
        """Of a line, in points."""
        widths = self.widths
        return 0.001 * self.size * sum([widths[ord(character)] for character in text])


_SHIFTS = {TA_LEFT: 0.0, TA_CENTER: 0.5, TA_RIGHT: 1.0}


@lru_cache(maxsize=256)
def _face(style: ParagraphStyle) -> _Face | None:
    """None for a style with anything beyond font, size, leading, colour and alignment."""
    indents = style.leftIndent or style.rightIndent or style.firstLineIndent
    boxes = style.backColor or style.borderWidth or style.endDots
    if indents or boxes or style.textTransform or style.alignment not in _SHIFTS:
        return None
    (run,) = Paragraph("x", style).frags
    ink = style.textColor
    return _Face(
        run=run,
        font=run.fontName,
        size=run.fontSize,
        leading=style.leading,
        shift=_SHIFTS[style.alignment],
        points=f"{run.fontSize:g}",
        begin=f"q {ink.red:.4f} {ink.green:.4f} {ink.blue:.4f} rg BT",
        widths=pdfmetrics.getFont(run.fontName).face.charWidths,
    )


def _copy(run: Any, **more: Any) -> Any:
    """As `run.clone(**more)`, which looks at every name anew."""
    made = run.__class__.__new__(run.__class__)
    made.__dict__.update(run.__dict__, **more)
    return made


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
