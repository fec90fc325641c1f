"""PDF: score sheets against reportlab setting the same words in the same fonts, paragraph after paragraph."""

from __future__ import annotations

import dataclasses
import html
import io
from collections.abc import Iterator

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

from benchmarks.harness import Figure, Setting, versus
from ndb_desktop.reports import fonts
from ndb_desktop.reports.score_sheet import PartBlock, ScoreSheet, score_sheets
from tests.support.reports import sheet


def run(setting: Setting) -> Iterator[Figure]:
    """A document of many score sheets with 22 items each."""
    count = setting.pick(3, 40, 600)
    sheets = tuple(_sheet(number) for number in range(count))
    words = [list(_words(one)) for one in sheets]
    pages: dict[str, int] = {}

    def measured() -> None:
        pages["ours"] = score_sheets(sheets, "zh_CN").pages

    measured()
    style = ParagraphStyle("floor", fontName=fonts.REGULAR, fontSize=9.5, leading=14, wordWrap="CJK")

    def floor() -> None:
        story: list[object] = []
        for lines in words:
            story.extend(Paragraph(html.escape(line), style) for line in lines)
            story.append(PageBreak())
        SimpleDocTemplate(io.BytesIO(), pagesize=A4, invariant=1).build(story)

    yield versus(
        "PDF score sheets", measured, floor, budget=1.3, repeat=3, facts={"sheets": count, "pages": pages["ours"]}
    )


def _sheet(number: int) -> ScoreSheet:
    one = sheet(sheet_id=f"NDB-2026-01/P-{number:04d}/EX-012/1")
    basis, plan = one.parts
    # The example has five lines; a real sheet has eleven per part.
    full = (
        PartBlock(basis.title, basis.score, (basis.items * 4)[:11]),
        PartBlock(plan.title, plan.score, (plan.items * 6)[:11]),
    )
    return dataclasses.replace(one, parts=full)


def _words(thing: object) -> Iterator[str]:
    """Every text in a score sheet, in order."""
    if isinstance(thing, str):
        if thing:
            yield thing
    elif isinstance(thing, tuple):
        for part in thing:
            yield from _words(part)
    elif dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        for entry in dataclasses.fields(thing):
            yield from _words(getattr(thing, entry.name))
