"""评审声明 as a PDF: the wording of every statement in full, its digest, and when the expert agreed to it (R16)."""

from __future__ import annotations

from dataclasses import dataclass

from reportlab.platypus import Flowable, Spacer

from ndb_desktop.reports import page, styles
from ndb_desktop.reports.page import MadeReport, Surround
from ndb_desktop.reports.score_sheet import marks
from ndb_desktop.reports.text import Words


@dataclass(frozen=True, slots=True)
class StatementSheet:
    """Facts of the head, then (wording, agreed at, SHA-256 of the wording) of each statement."""

    facts: tuple[tuple[str, str], ...]
    statements: tuple[tuple[str, str, str], ...]
    trial: bool = False
    proposal: bool = False


def statement_sheet(sheet: StatementSheet, language: str) -> MadeReport:
    """The statements as a PDF in `language`."""
    words, style = Words(language), styles.style
    title = words.label("report.statements.title")
    story: list[Flowable] = [words.paragraph(title, style("title")), page.facts(words, sheet.facts), Spacer(1, 8)]
    for number, (wording, agreed_at, digest) in enumerate(sheet.statements, 1):
        story += page.heading(words, words.label("report.statements.number", number=number))
        story.append(words.paragraph(wording, style("body")))
        story.append(words.paragraph(words.label("report.statements.agreed", at=agreed_at), style("note")))
        story.append(words.paragraph(words.label("report.statements.digest", digest=digest), style("note")))
    story.append(Spacer(1, 24))
    story.append(words.paragraph(words.label("report.statements.hand"), style("body")))
    return page.build(story, Surround(title, marks(words, sheet.trial, sheet.proposal)), words)
