"""公布名单 as a PDF: names in a neutral order, no scores or numbers, nothing like a ranking (R06, R10)."""

from __future__ import annotations

from dataclasses import dataclass

from reportlab.platypus import Flowable, Spacer

from ndb_desktop.reports import page, styles
from ndb_desktop.reports.page import MadeReport, Surround
from ndb_desktop.reports.score_sheet import marks
from ndb_desktop.reports.text import Words


@dataclass(frozen=True, slots=True)
class ListedApplicant:
    """One line: applicant, name of the base by the R10 pattern, recommending place."""

    applicant: str
    base_name: str
    recommender: str


@dataclass(frozen=True, slots=True)
class ListSection:
    """One category (R01: never mixed); `built`: what is listed are bases that were built, not those to be built."""

    title: str
    entries: tuple[ListedApplicant, ...]
    built: bool = False

    @property
    def columns(self) -> tuple[str, str, str]:
        """The keys of the headings."""
        name = "report.column.base_built" if self.built else "report.column.base_name"
        return "report.column.applicant", name, "report.column.recommender"


@dataclass(frozen=True, slots=True)
class PublicList:
    """A list for publication; the caller gives the neutral order (category, field, region, credit code)."""

    list_id: str
    title: str
    batch: str
    sections: tuple[ListSection, ...]
    notes: tuple[str, ...] = ()
    trial: bool = False
    proposal: bool = False


def public_list(public: PublicList, language: str) -> MadeReport:
    """The list as a PDF in `language`."""
    words = Words(language)
    style = styles.style
    story: list[Flowable] = [
        words.paragraph(public.title, style("title")),
        words.paragraph(public.batch, style("subtitle")),
        words.paragraph(words.label("report.list.no_order"), style("cell.centre")),
        Spacer(1, 4),
    ]
    for section in public.sections:
        story += page.heading(words, section.title)
        if not section.entries:
            story.append(words.paragraph(words.label("report.list.empty"), style("body")))
            continue
        rows = [[words.paragraph(words.label(key), style("cell.head")) for key in section.columns]]
        rows += [
            [words.paragraph(text, style("cell")) for text in (entry.applicant, entry.base_name, entry.recommender)]
            for entry in section.entries
        ]
        story.append(page.table(rows, [150, styles.BODY_WIDTH - 240, 90]))
    story.append(Spacer(1, 10))
    story += [words.paragraph(note, style("body")) for note in public.notes]
    footer = (words.label("report.footer.list", list=public.list_id),)
    return page.build(story, Surround(public.title, marks(words, public.trial, public.proposal), footer), words)
