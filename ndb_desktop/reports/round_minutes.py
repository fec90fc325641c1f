"""合议纪要 as a PDF, internal: cases before and after, votes by number, dissent, who signed, lines to sign by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reportlab.platypus import Flowable, KeepTogether, Spacer

from ndb_desktop.reports import page, styles
from ndb_desktop.reports.page import MadeReport, Surround
from ndb_desktop.reports.score_sheet import marks
from ndb_desktop.reports.text import Words


@dataclass(frozen=True, slots=True)
class MinutesCase:
    """One case: facts, a row per seat (letter, answer, first, second, reasons), the vote and dissent in words."""

    name: str
    facts: tuple[tuple[str, str], ...]
    seats: tuple[tuple[str, str, str, str, str], ...]
    vote: tuple[str, ...]
    dissent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignedBy:
    """Somebody who signed: who, what and when, key id, the digest of what was signed and its words (校验词)."""

    who: str
    what: str
    key: str
    digest: str
    words: str


@dataclass(frozen=True, slots=True)
class RoundMinutes:
    """Everything the minutes say. `members` are those who sign by hand, the head first."""

    minutes_id: str
    facts: tuple[tuple[str, str], ...]
    cases: tuple[MinutesCase, ...]
    signed: tuple[SignedBy, ...]
    members: tuple[str, ...]
    trial: bool = False
    proposal: bool = False


def round_minutes(minutes: RoundMinutes, language: str) -> MadeReport:
    """The minutes as a PDF in `language`; cases in neutral order, seats by letter."""
    words = Words(language)
    surround = Surround(
        words.label("report.minutes.title"),
        marks(words, minutes.trial, minutes.proposal, internal=True),
        (words.label("report.footer.minutes", minutes=minutes.minutes_id),),
    )
    return page.build(list(_story(minutes, words)), surround, words)


def _story(minutes: RoundMinutes, words: Words) -> Iterator[Flowable]:
    style = styles.style
    yield words.paragraph(words.label("report.minutes.title"), style("title"))
    yield words.paragraph(words.label("report.minutes.nothing"), style("note"))
    yield Spacer(1, 6)
    yield page.facts(words, minutes.facts, columns=1)
    for case in minutes.cases:
        yield from page.heading(words, case.name, room=150)
        yield page.facts(words, case.facts)
        yield Spacer(1, 6)
        yield _seats(case, words)
        yield from _paragraphs(words, "report.minutes.vote", case.vote)
        yield from _paragraphs(words, "report.minutes.dissent", case.dissent)
    if minutes.signed:
        yield from page.heading(words, words.label("report.minutes.signed"), room=120)
        yield words.paragraph(words.label("report.minutes.signed.note"), style("note"))
        yield _signed(minutes, words)
    yield KeepTogether(
        [words.paragraph(words.label("report.minutes.by_hand"), style("heading")), _by_hand(minutes, words)]
    )


def _paragraphs(words: Words, title: str, lines: tuple[str, ...]) -> Iterator[Flowable]:
    if lines:
        yield Spacer(1, 4)
        yield words.paragraph(words.label(title), styles.style("subheading"))
        for line in lines:
            yield words.paragraph(line, styles.style("body"))


def _seats(case: MinutesCase, words: Words) -> Flowable:
    style = styles.style
    keys = (
        "report.minutes.column.seat", "report.minutes.column.answer", "report.minutes.column.first",
        "report.minutes.column.second", "report.minutes.column.reason",
    )  # fmt: skip
    head = [words.paragraph(words.label(key), style("cell.head")) for key in keys]
    rows = [[words.paragraph(cell, style("cell")) for cell in seat] for seat in case.seats]
    widths = [34.0, 60.0, 50.0, 50.0]
    return page.table([head, *rows], [*widths, styles.BODY_WIDTH - sum(widths)])


def _signed(minutes: RoundMinutes, words: Words) -> Flowable:
    style = styles.style
    keys = ("report.minutes.column.who", "report.minutes.column.what", "report.minutes.column.words")
    head = [words.paragraph(words.label(key), style("cell.head")) for key in keys]
    rows = [
        [
            [words.paragraph(one.who, style("cell")), words.paragraph(one.key, style("cell.quiet"))],
            words.paragraph(one.what, style("cell")),
            [words.paragraph(one.words, style("cell")), words.paragraph(one.digest, style("cell.quiet"))],
        ]
        for one in minutes.signed
    ]
    return page.table([head, *rows], [150.0, 120.0, styles.BODY_WIDTH - 270.0])


def _by_hand(minutes: RoundMinutes, words: Words) -> Flowable:
    quiet = styles.style("cell.quiet")
    rows = [
        [
            words.paragraph(member, styles.style("cell")),
            words.paragraph(words.label("report.panel.sign_here"), quiet),
            words.paragraph(words.label("report.panel.dissent"), quiet),
            words.paragraph(words.label("report.panel.date"), quiet),
        ]
        for member in minutes.members
    ]
    return page.table(rows, [120, 120, styles.BODY_WIDTH - 330, 90], ("BOTTOMPADDING", (0, 0), (-1, -1), 16), head=0)
