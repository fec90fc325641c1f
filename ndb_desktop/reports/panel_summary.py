"""专家组汇总表 as a PDF, internal: values per member, trimmed marks, mean, spread, findings, signature lines (R13)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reportlab.platypus import Flowable, KeepTogether, PageBreak, Spacer

from ndb_desktop.reports import page, styles
from ndb_desktop.reports.page import MadeReport, Surround
from ndb_desktop.reports.score_sheet import grouped, marks
from ndb_desktop.reports.text import Words


@dataclass(frozen=True, slots=True)
class PanelCell:
    """One member's value for one item; `trimmed` = left out as highest or lowest."""

    text: str
    trimmed: bool = False


@dataclass(frozen=True, slots=True)
class PanelRow:
    """One item, group, part or total over all members. `strong` rows are sums."""

    label: str
    values: tuple[PanelCell, ...]
    mean: str
    spread: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class PanelSource:
    """A sheet the figures stand on: whose, which revision, its digest and those of the signed files that brought it."""

    member: str
    revision: int
    sheet: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PanelApplicant:
    """One applicant's results: head facts, rows, findings, the panel's vote and dissent (保留意见) in words.

    `members` are the column heads of its rows, () for all of the panel: where each application has its own experts,
    a column for everybody of the field would leave a number no room. `sources` are the sheets behind the figures, for
    whoever wants to see what was signed.
    """

    name: str
    facts: tuple[tuple[str, str], ...]
    rows: tuple[PanelRow, ...]
    findings: tuple[str, ...] = ()
    vote: tuple[str, ...] = ()
    dissent: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    sources: tuple[PanelSource, ...] = ()


@dataclass(frozen=True, slots=True)
class PanelSummary:
    """One panel = batch x field x category (R01, R03). `members` are all its experts (names or codes).

    `signers` sign by hand, the head (组长) first; `final` says who made the results final or reopened them (R14).
    """

    summary_id: str
    pack_digest: str
    title: str
    members: tuple[str, ...]
    applicants: tuple[PanelApplicant, ...]
    rule: str
    result_digest: str = ""
    signers: tuple[str, ...] = ()
    final: tuple[str, ...] = ()
    trial: bool = False
    proposal: bool = False


_WIDTH = styles.WIDE_WIDTH


def panel_summary(summary: PanelSummary, language: str) -> MadeReport:
    """The summary as a PDF in `language`, applicants in the order given (neutral, never by score)."""
    words = Words(language)
    story = list(_story(summary, words))
    footer = (
        words.label("report.footer.summary", summary=summary.summary_id),
        words.label("report.footer.pack", digest=summary.pack_digest),
    )
    surround = Surround(
        words.label("report.panel.title"),
        marks(words, summary.trial, summary.proposal, internal=True),
        footer,
        wide=True,
    )
    return page.build(story, surround, words)


def _story(summary: PanelSummary, words: Words) -> Iterator[Flowable]:
    style = styles.style
    for number, applicant in enumerate(summary.applicants):
        if number:
            yield PageBreak()
        else:
            yield words.paragraph(words.label("report.panel.title"), style("title"))
            yield words.paragraph(summary.title, style("subtitle"))
            yield words.paragraph(words.label("report.panel.neutral"), style("note"))
        yield from page.heading(words, applicant.name)
        yield page.facts(words, applicant.facts, columns=3, width=_WIDTH)
        yield Spacer(1, 8)
        yield _matrix(applicant.members or summary.members, applicant.rows, words)
        yield from _lines("report.panel.findings", applicant.findings, words)
        yield from _lines("report.minutes.vote", applicant.vote, words)
        yield from _lines("report.minutes.dissent", applicant.dissent, words)
        yield from _sources(applicant.sources, words)
    yield Spacer(1, 8)
    yield words.paragraph(summary.rule, style("note"))
    if summary.result_digest:
        yield words.paragraph(words.label("report.panel.digest", digest=summary.result_digest), style("note"))
    for line in summary.final:
        yield words.paragraph(line, style("note"))
    yield KeepTogether(
        [words.paragraph(words.label("report.panel.signatures"), style("heading")), _signatures(summary, words)]
    )


def _lines(title: str, lines: tuple[str, ...], words: Words) -> Iterator[Flowable]:
    if lines:
        yield from page.heading(words, words.label(title), "subheading", 40)
        for line in lines:
            yield words.paragraph(line, styles.style("body"))


def _sources(sources: tuple[PanelSource, ...], words: Words) -> Iterator[Flowable]:
    """Which signed files the figures above stand on, by whole digests, so that each can be found and verified."""
    if not sources:
        return
    quiet, head = styles.style("cell.quiet"), styles.style("cell.head")
    keys = ("report.fact.expert", "report.fact.revision", "report.panel.source.sheet", "report.panel.source.file")
    rows = [[words.paragraph(words.label(key), head) for key in keys]]
    rows += [
        [
            words.paragraph(cell, quiet)
            for cell in (one.member, str(one.revision), grouped(one.sheet), "\n".join(map(grouped, one.files)))
        ]
        for one in sources
    ]
    yield from page.heading(words, words.label("report.panel.sources"), "subheading", 40)
    digests = (_WIDTH - 150) / 2
    yield page.table(rows, [100, 50, digests, digests])


def _matrix(members: tuple[str, ...], rows: tuple[PanelRow, ...], words: Words) -> Flowable:
    style = styles.style
    centre, right = style("cell.head.centre"), style("cell.right")
    head = [words.paragraph(words.label("report.column.item"), style("cell.head"))]
    head += [words.paragraph(member, centre) for member in members]
    head += [
        words.paragraph(words.label(key), style("cell.head.right"))
        for key in ("report.column.mean", "report.column.spread")
    ]
    body: list[list[object]] = [list(head)]
    look: list[tuple[object, ...]] = []
    for number, row in enumerate(rows, 1):
        number_style = style("cell.right.bold") if row.strong else right
        line: list[object] = [words.paragraph(row.label, style("cell.bold" if row.strong else "cell"))]
        for column, value in enumerate(row.values, 1):
            # The brackets say it without colour as well.
            shown = words.label("report.panel.trimmed", value=value.text) if value.trimmed else value.text
            line.append(words.paragraph(shown, number_style))
            if value.trimmed:
                look.append(("BACKGROUND", (column, number), (column, number), styles.SHADE))
        line += [words.paragraph(row.mean, style("cell.right.bold")), words.paragraph(row.spread, right)]
        body.append(line)
        if row.strong:
            look.append(("LINEABOVE", (0, number), (-1, number), 0.8, styles.QUIET))
    figures = 54.0
    member = min(60.0, (_WIDTH - 150 - 2 * figures) / max(1, len(members)))
    first = _WIDTH - 2 * figures - member * len(members)
    return page.table(body, [first, *[member] * len(members), figures, figures], *look)


def _signatures(summary: PanelSummary, words: Words) -> Flowable:
    cell = styles.style("cell")
    rows = [
        [
            words.paragraph(signer, cell),
            words.paragraph(words.label("report.panel.sign_here"), styles.style("cell.quiet")),
            words.paragraph(words.label("report.panel.dissent"), styles.style("cell.quiet")),
            words.paragraph(words.label("report.panel.date"), styles.style("cell.quiet")),
        ]
        for signer in (summary.signers or summary.members)
    ]
    return page.table(rows, [130, 160, _WIDTH - 410, 120], ("BOTTOMPADDING", (0, 0), (-1, -1), 16), head=0)
