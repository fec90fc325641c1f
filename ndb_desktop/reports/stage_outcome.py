"""评估验收或成效评估的汇总表 as a PDF, internal: per base outcome, targets, tasks, sheets; lines to sign by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reportlab.platypus import Flowable, KeepTogether, PageBreak, Spacer

from ndb_desktop.reports import page, styles
from ndb_desktop.reports.page import MadeReport, Surround
from ndb_desktop.reports.panel_summary import PanelSource
from ndb_desktop.reports.score_sheet import grouped, marks
from ndb_desktop.reports.text import Words


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A target: label, weight, base, target, actual, progress, level, what counts, and a note in words."""

    label: str
    weight: str
    base: str
    target: str
    actual: str
    progress: str
    level: str
    counted: str
    note: str


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A task or judged item: label, weight, what the panel found, and what each expert did, by column."""

    label: str
    weight: str
    found: str
    experts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BaseOutcome:
    """One base: facts, the outcome, why, what is to be known besides, its tables, the sheets behind them."""

    name: str
    facts: tuple[tuple[str, str], ...]
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    targets: tuple[TargetLine, ...]
    found: tuple[FoundLine, ...]
    experts: tuple[str, ...] = ()
    sources: tuple[PanelSource, ...] = ()


@dataclass(frozen=True, slots=True)
class StageSummary:
    """All bases of one panel in neutral order. `title` names stage, batch and panel, `rule` how a task is settled."""

    summary_id: str
    pack_digest: str
    heading: str
    title: str
    bases: tuple[BaseOutcome, ...]
    rule: str
    result_digest: str
    signers: tuple[str, ...]
    trial: bool = False
    proposal: bool = False


_WIDTH = styles.WIDE_WIDTH
_FIGURE, _SHARE, _WEIGHT = 84.0, 58.0, 40.0


def stage_summary(summary: StageSummary, language: str) -> MadeReport:
    """The summary as a PDF in `language`, bases in the order given (neutral, never by a share)."""
    words = Words(language)
    footer = (
        words.label("report.footer.summary", summary=summary.summary_id),
        words.label("report.footer.pack", digest=summary.pack_digest),
    )
    surround = Surround(
        summary.heading, marks(words, summary.trial, summary.proposal, internal=True), footer, wide=True
    )
    return page.build(list(_story(summary, words)), surround, words)


def _story(summary: StageSummary, words: Words) -> Iterator[Flowable]:
    style = styles.style
    for number, base in enumerate(summary.bases):
        if number:
            yield PageBreak()
        else:
            yield words.paragraph(summary.heading, style("title"))
            yield words.paragraph(summary.title, style("subtitle"))
            yield words.paragraph(words.label("report.stage.neutral"), style("note"))
        yield from page.heading(words, base.name)
        yield page.facts(words, base.facts, columns=3, width=_WIDTH)
        yield from _lines("report.stage.reasons", base.reasons, words)
        yield from _lines("report.panel.findings", base.notes, words)
        if base.targets:
            yield from page.heading(words, words.label("report.stage.targets"), "subheading", 120)
            yield _targets(base.targets, words)
        if base.found:
            yield from page.heading(words, words.label("report.stage.found"), "subheading", 120)
            yield _found(base, words)
        yield from _sources(base.sources, words)
    yield Spacer(1, 8)
    yield words.paragraph(summary.rule, style("note"))
    yield words.paragraph(words.label("report.panel.digest", digest=summary.result_digest), style("note"))
    yield KeepTogether(
        [words.paragraph(words.label("report.panel.signatures"), style("heading")), _signatures(summary, words)]
    )


def _lines(title: str, lines: tuple[str, ...], words: Words) -> Iterator[Flowable]:
    if lines:
        yield from page.heading(words, words.label(title), "subheading", 40)
        for line in lines:
            yield words.paragraph(line, styles.style("body"))


def _targets(lines: tuple[TargetLine, ...], words: Words) -> Flowable:
    style = styles.style
    keys = (
        "stageresult.column.item", "stageresult.column.weight", "stageresult.column.base_value",
        "stageresult.column.target", "stageresult.column.actual", "stageresult.column.progress",
        "stageresult.column.level", "stageresult.column.counted", "stageresult.column.note",
    )  # fmt: skip
    sides = {0, len(keys) - 1}
    rows: list[list[object]] = [
        [words.paragraph(words.label(key), style("cell.head" if n in sides else "cell.head.right")) for n, key in
         enumerate(keys)]
    ]  # fmt: skip
    for line in lines:
        figures = (line.weight, line.base, line.target, line.actual, line.progress, line.level)
        rows.append(
            [
                words.paragraph(line.label, style("cell")),
                *(words.paragraph(figure, style("cell.right")) for figure in figures),
                words.paragraph(line.counted, style("cell.right.bold")),
                words.paragraph(line.note, style("cell.quiet")),
            ]
        )
    figures_wide = _WEIGHT + 3 * _FIGURE + 3 * _SHARE
    label = (_WIDTH - figures_wide) * 0.55
    widths = [label, _WEIGHT, *[_FIGURE] * 3, *[_SHARE] * 3, _WIDTH - figures_wide - label]
    return page.table(rows, widths)


def _found(base: BaseOutcome, words: Words) -> Flowable:
    style = styles.style
    rows: list[list[object]] = [
        [
            words.paragraph(words.label("stageresult.column.item"), style("cell.head")),
            words.paragraph(words.label("stageresult.column.weight"), style("cell.head.right")),
            *(words.paragraph(expert, style("cell.head.centre")) for expert in base.experts),
            words.paragraph(words.label("report.stage.panel"), style("cell.head.right")),
        ]
    ]
    rows += [
        [
            words.paragraph(line.label, style("cell")),
            words.paragraph(line.weight, style("cell.right")),
            *(words.paragraph(said, style("cell.right")) for said in line.experts),
            words.paragraph(line.found, style("cell.right.bold")),
        ]
        for line in base.found
    ]
    panel = 96.0
    expert = min(60.0, (_WIDTH - 200 - panel - _WEIGHT) / max(1, len(base.experts)))
    first = _WIDTH - panel - _WEIGHT - expert * len(base.experts)
    return page.table(rows, [first, _WEIGHT, *[expert] * len(base.experts), panel])


def _sources(sources: tuple[PanelSource, ...], words: Words) -> Iterator[Flowable]:
    """Which signed files the findings stand on, by whole digests, so that each can be found and verified."""
    if not sources:
        return
    quiet, head = styles.style("cell.quiet"), styles.style("cell.head")
    keys = ("report.fact.expert", "report.fact.revision", "report.panel.source.sheet", "report.panel.source.file")
    rows: list[list[object]] = [[words.paragraph(words.label(key), head) for key in keys]]
    for one in sources:
        cells = (one.member, str(one.revision), grouped(one.sheet), "\n".join(map(grouped, one.files)))
        rows.append([words.paragraph(cell, quiet) for cell in cells])
    yield from page.heading(words, words.label("report.panel.sources"), "subheading", 90)
    digests = (_WIDTH - 150) / 2
    yield page.table(rows, [100, 50, digests, digests])


def _signatures(summary: StageSummary, words: Words) -> Flowable:
    cell, quiet = styles.style("cell"), styles.style("cell.quiet")
    rows = [
        [
            words.paragraph(signer, cell),
            words.paragraph(words.label("report.panel.sign_here"), quiet),
            words.paragraph(words.label("report.panel.dissent"), quiet),
            words.paragraph(words.label("report.panel.date"), quiet),
        ]
        for signer in summary.signers
    ]
    return page.table(rows, [130, 160, _WIDTH - 410, 120], ("BOTTOMPADDING", (0, 0), (-1, -1), 16), head=0)
