"""专家组汇总表 as a PDF, internal: values per member, trimmed marks, mean, spread, findings, signature lines (R13)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reportlab.platypus import Flowable, KeepTogether, PageBreak, Paragraph, Spacer

from ndb_desktop.reports import page, styles
from ndb_desktop.reports.links import Linked, Target
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
        trace = _Trace(number, applicant.members or summary.members, applicant.sources)
        yield from page.heading(words, applicant.name, target=Target(trace.figures, words.line(applicant.name), 0))
        yield page.facts(words, applicant.facts, columns=3, width=_WIDTH, leads=trace.files)
        yield Spacer(1, 8)
        yield _matrix(trace, applicant.rows, words)
        yield from _lines("report.panel.findings", applicant.findings, words, trace.files)
        yield from _lines("report.minutes.vote", applicant.vote, words)
        yield from _lines("report.minutes.dissent", applicant.dissent, words)
        yield from _sources(trace, words)
    yield Spacer(1, 8)
    yield words.paragraph(summary.rule, style("note"))
    if summary.result_digest:
        yield words.paragraph(words.label("report.panel.digest", digest=summary.result_digest), style("note"))
    for line in summary.final:
        yield words.paragraph(line, style("note"))
    yield KeepTogether(
        [words.paragraph(words.label("report.panel.signatures"), style("heading")), _signatures(summary, words)]
    )


class _Trace:
    """Where the figures of an applicant lead: to the lines below that name the signed files, and from there back."""

    def __init__(self, number: int, members: tuple[str, ...], sources: tuple[PanelSource, ...]) -> None:
        self.members, self.sources = members, sources
        self.figures = f"figures-{number}"
        self.files = f"files-{number}" if sources else ""
        self.lines = [f"files-{number}-{line}" for line in range(len(sources))]
        self._line = {source.member: line for source, line in zip(sources, self.lines, strict=True)}

    def of(self, member: int) -> str:
        """The line of the sheet in the column `member`, "" where none counted; two of one name share the heading."""
        name = self.members[member] if member < len(self.members) else ""
        line = self._line.get(name, "")
        return self.files if line and self.members.count(name) > 1 else line


def _lines(title: str, lines: tuple[str, ...], words: Words, leads: str = "") -> Iterator[Flowable]:
    if lines:
        yield from page.heading(words, words.label(title), "subheading", 40)
        for line in lines:
            made = words.paragraph(line, styles.style("body"))
            yield Linked(made, leads) if leads else made


def _sources(trace: _Trace, words: Words) -> Iterator[Flowable]:
    """Which signed files the figures above stand on, by whole digests, so that each can be found and verified."""
    if not trace.sources:
        return
    quiet, head = styles.style("cell.quiet"), styles.style("cell.head")
    keys = ("report.fact.expert", "report.fact.revision", "report.panel.source.sheet", "report.panel.source.file")
    rows: list[list[object]] = [[words.paragraph(words.label(key), head) for key in keys]]
    for one, line in zip(trace.sources, trace.lines, strict=True):
        cells = (one.member, str(one.revision), grouped(one.sheet), "\n".join(map(grouped, one.files)))
        back = [Linked(words.paragraph(cell, quiet), trace.figures) for cell in cells]
        rows.append([[Target(line), back[0]], *back[1:]])
    title = words.label("report.panel.sources")
    yield from page.heading(words, title, "subheading", 90, Target(trace.files))
    digests = (_WIDTH - 150) / 2
    yield page.table(rows, [100, 50, digests, digests])


def _matrix(trace: _Trace, rows: tuple[PanelRow, ...], words: Words) -> Flowable:
    style, members = styles.style, trace.members
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
            line.append(_figure(words.paragraph(shown, number_style), trace.of(column - 1)))
            if value.trimmed:
                look.append(("BACKGROUND", (column, number), (column, number), styles.SHADE))
        line.append(_figure(words.paragraph(row.mean, style("cell.right.bold")), trace.files))
        line.append(_figure(words.paragraph(row.spread, right), trace.files))
        body.append(line)
        if row.strong:
            look.append(("LINEABOVE", (0, number), (-1, number), 0.8, styles.QUIET))
    figures = 54.0
    member = min(60.0, (_WIDTH - 150 - 2 * figures) / max(1, len(members)))
    first = _WIDTH - 2 * figures - member * len(members)
    return page.table(body, [first, *[member] * len(members), figures, figures], *look)


def _figure(made: Paragraph, leads: str) -> Flowable:
    return Linked(made, leads) if leads else made


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
