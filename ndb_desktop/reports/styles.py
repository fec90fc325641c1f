"""One look for all reports: A4 with the frame of GB/T 9704 (版心 156 x 225 mm), three text sizes, one accent."""

from __future__ import annotations

from functools import cache

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm

from ndb_desktop.reports import fonts

PAGE = A4
LEFT, TOP = 28 * mm, 37 * mm
BODY_WIDTH, BODY_HEIGHT = 156 * mm, 225 * mm
WIDE_WIDTH, WIDE_HEIGHT = 245 * mm, 150 * mm
"""The frame of a landscape page."""

INK: Color = HexColor("#1B2430")
QUIET: Color = HexColor("#5A6675")
ACCENT: Color = HexColor("#1F4E8C")
RULE: Color = HexColor("#C3CAD4")
SHADE: Color = HexColor("#F2F5F9")
WARNING: Color = HexColor("#9A5B00")


@cache
def style(name: str) -> ParagraphStyle:
    """A paragraph style by name; raises `KeyError` for a name that is not in the list."""
    return _styles()[name]


@cache
def _styles() -> dict[str, ParagraphStyle]:
    fonts.register()

    def make(name: str, size: float, leading: float, **more: object) -> ParagraphStyle:
        settings: dict[str, object] = {"fontName": fonts.REGULAR, "textColor": INK, **more}
        return ParagraphStyle(name, fontSize=size, leading=leading, **settings)

    all_styles = [
        make("title", 18, 27, fontName=fonts.BOLD, alignment=TA_CENTER, spaceAfter=4),
        make("subtitle", 10.5, 17, alignment=TA_CENTER, textColor=QUIET, spaceAfter=10),
        make("heading", 12, 19, fontName=fonts.BOLD, textColor=ACCENT, spaceBefore=13, spaceAfter=6),
        make("subheading", 10.5, 16, fontName=fonts.BOLD, spaceBefore=8, spaceAfter=4),
        make("body", 9.5, 15.5, spaceAfter=4),
        make("indented", 10.5, 19, firstLineIndent=21, spaceAfter=3),
        make("note", 8, 12.5, textColor=QUIET, spaceAfter=2),
        make("warning", 8.5, 13.5, textColor=WARNING, spaceAfter=4),
        make("cell", 8.5, 13),
        make("cell.quiet", 7.5, 11.5, textColor=QUIET),
        make("cell.quiet.right", 7.5, 11.5, textColor=QUIET, alignment=TA_RIGHT),
        make("cell.link", 7.5, 11.5, textColor=ACCENT),
        make("cell.head", 8.5, 13, fontName=fonts.BOLD),
        make("cell.bold", 8.5, 13, fontName=fonts.BOLD),
        make("cell.right", 8.5, 13, alignment=TA_RIGHT),
        make("cell.right.bold", 8.5, 13, alignment=TA_RIGHT, fontName=fonts.BOLD),
        make("cell.centre", 8.5, 13, alignment=TA_CENTER),
        make("cell.head.centre", 8.5, 13, alignment=TA_CENTER, fontName=fonts.BOLD),
        make("cell.head.right", 8.5, 13, alignment=TA_RIGHT, fontName=fonts.BOLD),
        make("secret", 27, 36, alignment=TA_CENTER, fontName=fonts.BOLD, textColor=ACCENT),
    ]
    return {entry.name: entry for entry in all_styles}
