"""专家评分表 as a PDF: every item with its grounds, totals, challenges, statements, declaration and signature block.

A view of a signed file, not the signed thing itself: the block at the end names signer, key and digest of the payload.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from reportlab.platypus import Flowable, KeepTogether, PageBreak, Spacer, Table

from ndb_desktop.reports import page, styles
from ndb_desktop.reports.evidence_annex import EvidenceLine, annex, cited
from ndb_desktop.reports.links import Target
from ndb_desktop.reports.page import MadeReport, Surround
from ndb_desktop.reports.text import Words


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item. `score` is what counts; `declared`, `explanation`, `level`, `reason`, `evidence` are empty if none.

    `group` names the 一级指标 the item belongs to, for the side bar of the reader.
    """

    id: str
    title: str
    weight: str
    score: str
    state: str = ""
    declared: tuple[str, ...] = ()
    explanation: str = ""
    confirmation: str = ""
    level: str = ""
    entered: str = ""
    reason: str = ""
    evidence: tuple[EvidenceLine, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class PartBlock:
    """A part of the form with its items and what they come to.

    `column` and `sum_name` name the column of results and its last line where these are no scores.
    """

    title: str
    score: str
    items: tuple[ItemLine, ...]
    column: str = ""
    sum_name: str = ""


@dataclass(frozen=True, slots=True)
class ChallengeLine:
    """质疑: a datum the expert disputes."""

    datum: str
    declared: str
    proposed: str
    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class SignatureBlock:
    """Who signed what: name, key fingerprint, SHA-256 of the signed payload, time, file name.

    `words` are the digest's words to read aloud (校验词), `sending` says what to hand in to whom.
    """

    name: str
    fingerprint: str
    payload_sha256: str
    signed_at: str
    file_name: str = ""
    key_status: str = ""
    words: str = ""
    sending: str = ""


@dataclass(frozen=True, slots=True)
class ScoreSheet:
    """Everything on one expert's sheet for one application, as ready strings; `signature` None = a draft.

    `name` is the applicant, by which the side bar of the reader names the sheet. `totals_name` and `totals_note` name
    and explain what stands in place of the totals where nothing is scored.
    """

    sheet_id: str
    pack_digest: str
    facts: tuple[tuple[str, str], ...]
    status: str
    declaration: tuple[str, ...]
    parts: tuple[PartBlock, ...]
    totals: tuple[tuple[str, str], ...]
    challenges: tuple[ChallengeLine, ...] = ()
    opinion: str = ""
    unable: str = ""
    statements: tuple[tuple[str, str], ...] = ()
    signature: SignatureBlock | None = None
    trial: bool = False
    proposal: bool = False
    rounding: str = ""
    name: str = ""
    totals_name: str = ""
    totals_note: str = ""


def score_sheet(sheet: ScoreSheet, language: str) -> MadeReport:
    """The sheet as a PDF in `language`."""
    return score_sheets((sheet,), language)


def score_sheets(
    sheets: Iterable[ScoreSheet], language: str, begun: Callable[[int], None] = lambda _number: None
) -> MadeReport:
    """Several sheets of one expert and pack in one PDF, each beginning on a new page and named in its footers.

    Sheets are taken one by one as their turn comes, and `begun` is told the number of each (from 0); what it raises
    ends the work.
    """
    words = Words(language)
    rest = iter(sheets)
    first = next(rest)
    surround = Surround(words.label("report.sheet.title"), marks(words, first.trial, first.proposal))
    return page.build(_told(chain([first], rest), words, begun), surround, words)


def _told(sheets: Iterable[ScoreSheet], words: Words, begun: Callable[[int], None]) -> Iterator[Flowable]:
    for number, sheet in enumerate(sheets):
        begun(number)
        if number:
            yield PageBreak()
        yield page.FooterMark(_footer(sheet, words))
        yield from _story(sheet, words, number)


def _footer(sheet: ScoreSheet, words: Words) -> tuple[str, ...]:
    lines = [
        words.label("report.footer.sheet", sheet=sheet.sheet_id),
        words.label("report.footer.pack", digest=sheet.pack_digest),
    ]
    if sheet.signature is not None:
        lines.append(words.label("report.footer.signer", name=sheet.signature.name, at=sheet.signature.signed_at))
    return tuple(words.line(line) for line in lines)


def marks(words: Words, trial: bool, proposal: bool, internal: bool = False) -> tuple[str, ...]:
    """The boxed words in the page head."""
    shown = []
    if internal:
        shown.append(words.label("report.mark.internal"))
    if proposal:
        shown.append(words.label("pack.proposal"))
    if trial:
        shown.append(words.label("trial.mark"))
    return tuple(shown)


def _story(sheet: ScoreSheet, words: Words, number: int) -> Iterator[Flowable]:
    style = styles.style
    yield Target(f"sheet-{number}", words.line(sheet.name or sheet.sheet_id), 0)
    yield words.paragraph(words.label("report.sheet.title"), style("title"))
    yield words.paragraph(sheet.status, style("subtitle"))
    yield page.facts(words, sheet.facts)
    yield from page.heading(words, words.label("report.sheet.declaration"))
    for line in sheet.declaration:
        yield words.paragraph(line, style("body"))
    if sheet.unable:
        yield from page.heading(words, words.label("report.sheet.unable"))
        yield words.paragraph(sheet.unable, style("body"))
    if sheet.totals:
        yield from page.heading(words, sheet.totals_name or words.label("report.sheet.totals"))
        yield _totals(sheet, words)
        if sheet.totals_note:
            yield words.paragraph(sheet.totals_note, style("note"))
    for place, part in enumerate(sheet.parts):
        yield from page.heading(words, part.title, target=Target(f"part-{number}-{place}", words.line(part.title), 1))
        yield _items(part, words, number, place)
    if sheet.challenges:
        yield from page.heading(words, words.label("report.sheet.challenges"))
        yield _challenges(sheet.challenges, words)
    if sheet.opinion:
        yield from page.heading(words, words.label("report.sheet.opinion"))
        yield words.paragraph(sheet.opinion, style("body"))
    if sheet.statements:
        yield from page.heading(words, words.label("report.sheet.statements"))
        yield _statements(sheet.statements, words)
    yield Spacer(1, 8)
    yield KeepTogether([words.paragraph(words.label("report.sheet.signature"), style("heading")), *_sign(sheet, words)])
    yield from annex([line for part in sheet.parts for item in part.items for line in item.evidence], number, words)


def _totals(sheet: ScoreSheet, words: Words) -> Flowable:
    rows = [
        [
            words.paragraph(label, styles.style("cell.bold" if last else "cell")),
            words.paragraph(value, styles.style("cell.right.bold" if last else "cell.right")),
        ]
        for last, (label, value) in ((n == len(sheet.totals) - 1, pair) for n, pair in enumerate(sheet.totals))
    ]
    return page.table(rows, [styles.BODY_WIDTH - 90, 90], head=0)


def _items(part: PartBlock, words: Words, sheet: int, place: int) -> Flowable:
    cell = styles.style
    head = [
        words.paragraph(words.label("report.column.item"), cell("cell.head")),
        words.paragraph(words.label("report.column.weight"), cell("cell.head.right")),
        words.paragraph(words.label("report.column.grounds"), cell("cell.head")),
        words.paragraph(part.column or words.label("report.column.score"), cell("cell.head.right")),
    ]
    rows: list[list[object]] = [head]
    group = ""
    for row, item in enumerate(part.items):
        name: list[Flowable] = []
        if item.group and item.group != group:
            name.append(Target(f"group-{sheet}-{place}-{row}", words.line(item.group), 2))
        group = item.group
        name += [words.paragraph(item.id, cell("cell.quiet")), words.paragraph(item.title, cell("cell"))]
        score = [words.paragraph(item.score, cell("cell.right.bold"))]
        if item.state:
            score.append(words.paragraph(item.state, cell("cell.quiet.right")))
        rows.append([name, words.paragraph(item.weight, cell("cell.right")), _grounds(item, words, sheet), score])
    rows.append(
        [
            words.paragraph(part.sum_name or words.label("report.sheet.part_score"), cell("cell.bold")), "", "",
            words.paragraph(part.score, cell("cell.right.bold")),
        ]
    )  # fmt: skip
    last = len(rows) - 1
    widths = [112, 44, styles.BODY_WIDTH - 112 - 44 - 54, 54]
    return page.table(rows, widths, ("SPAN", (0, last), (2, last)), ("BACKGROUND", (0, last), (-1, last), styles.SHADE))


def _grounds(item: ItemLine, words: Words, sheet: int) -> list[Flowable]:
    """What the score rests on: declared data, the rule's explanation, level and number, reason, evidence."""
    cell, quiet = styles.style("cell"), styles.style("cell.quiet")
    lines: list[Flowable] = [words.paragraph(line, cell) for line in item.declared]
    if item.explanation:
        lines.append(words.paragraph(item.explanation, cell))
    if item.level:
        lines.append(words.paragraph(words.label("report.sheet.level", level=item.level, value=item.entered), cell))
    if item.confirmation:
        lines.append(words.paragraph(item.confirmation, quiet))
    if item.reason:
        lines.append(words.paragraph(words.label("report.sheet.reason", reason=item.reason), cell))
    lines.extend(cited(item.evidence, sheet, words))
    return lines


def _challenges(challenges: tuple[ChallengeLine, ...], words: Words) -> Flowable:
    cell, head = styles.style("cell"), styles.style("cell.head")
    keys = ("report.column.datum", "report.column.declared", "report.column.proposed", "report.column.challenge_reason")
    rows = [[words.paragraph(words.label(key), head) for key in keys]]
    for entry in challenges:
        grounds = [words.paragraph(entry.reason, cell)]
        if entry.place:
            grounds.append(words.paragraph(entry.place, styles.style("cell.quiet")))
        rows.append(
            [*(words.paragraph(value, cell) for value in (entry.datum, entry.declared, entry.proposed)), grounds]
        )
    return page.table(rows, [110, 72, 72, styles.BODY_WIDTH - 254])


def _statements(statements: tuple[tuple[str, str], ...], words: Words) -> Flowable:
    rows = [
        [words.paragraph(text, styles.style("cell")), words.paragraph(at, styles.style("cell.right"))]
        for text, at in statements
    ]
    return page.table(rows, [styles.BODY_WIDTH - 110, 110], head=0)


def _sign(sheet: ScoreSheet, words: Words) -> list[Flowable]:
    if sheet.signature is None:
        return [words.paragraph(words.label("report.sheet.unsigned"), styles.style("warning"))]
    signed = sheet.signature
    pairs = [
        (words.label("report.signature.signer"), signed.name),
        (words.label("report.signature.key"), signed.fingerprint),
        (words.label("report.signature.digest"), grouped(signed.payload_sha256)),
        *([(words.label("report.signature.words"), signed.words)] if signed.words else []),
        (words.label("report.signature.at"), signed.signed_at),
    ]
    if signed.key_status:
        pairs.append((words.label("report.signature.key_status"), signed.key_status))
    if signed.file_name:
        pairs.append((words.label("report.signature.file"), signed.file_name))
    block = page.facts(words, pairs, columns=1, width=styles.BODY_WIDTH - 92)
    code = page.QrCode(signed.payload_sha256, 84)
    look = [
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("ALIGN", (1, 0), (1, 0), "RIGHT"),
    ]
    side = Table([[block, code]], colWidths=[styles.BODY_WIDTH - 92, 92], style=look)
    notes = [words.label("report.signature.note")]
    if signed.sending:
        notes.insert(0, signed.sending)
    if sheet.rounding:
        notes.append(sheet.rounding)
    return [side, Spacer(1, 4), *(words.paragraph(note, styles.style("note")) for note in notes)]


def grouped(digest: str) -> str:
    """A hex digest in two lines of groups of eight, so that people can compare it."""
    groups = [digest[start : start + 8] for start in range(0, len(digest), 8)]
    return "\n".join(" ".join(groups[start : start + 4]) for start in range(0, len(groups), 4))
