"""现场检查记录 as a PDF: what the team found, who was there, who signed which version, and the photos as an annex.

A view of a signed file, not the signed thing itself: every page names the digest of what was signed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from reportlab.platypus import Flowable, KeepTogether, PageBreak, Spacer, Table

from ndb_desktop.reports import page, styles
from ndb_desktop.reports.late_images import LateImage, Sink, append_images
from ndb_desktop.reports.links import Target
from ndb_desktop.reports.page import Surround
from ndb_desktop.reports.score_sheet import grouped, marks
from ndb_desktop.reports.site_annex import annex, mentioned
from ndb_desktop.reports.site_drawing import DrawnSignature
from ndb_desktop.reports.site_tables import answer_table, check_table
from ndb_desktop.reports.site_values import SiteNote, SiteReport
from ndb_desktop.reports.text import Words

_WIDTH = styles.BODY_WIDTH
_SIGNATURE = (210.0, 70.0)
"""Points: the drawn signature, three to one as the pad it is drawn on."""


@dataclass(frozen=True, slots=True)
class PrintedRecord:
    """What was written: pages, photos shown, SHA-256 of the file, and the code points shown as □."""

    pages: int
    photos: int
    sha256: str
    missing: tuple[str, ...]


def site_record(
    report: SiteReport, language: str, out: Sink, begun: Callable[[int, int], None] = lambda _done, _total: None
) -> PrintedRecord:
    """Writes the record as a PDF in `language` to `out`; photos one at a time, none is kept.

    `begun` is told how many of how many photos are written; what it raises ends the work.
    """
    words = Words(language)
    album: list[LateImage] = []
    title = words.label("report.site.title")
    surround = Surround(title, marks(words, report.trial, report.proposal, internal=True), _footer(report, words))
    made = page.build(_story(report, words, album), surround, words)
    digest = append_images(made.data, album, out, lambda done: begun(done, len(album)))
    begun(len(album), len(album))
    return PrintedRecord(made.pages, len(album), digest, made.missing)


def _footer(report: SiteReport, words: Words) -> tuple[str, ...]:
    lines = [words.label("report.site.footer", record=report.record_id, version=report.version)]
    unsigned = words.label("report.site.footer.unsigned")
    lines.append(words.label("report.site.footer.digest", digest=report.digest) if report.digest else unsigned)
    if report.pack:
        lines.append(words.label("report.site.footer.pack", pack=report.pack))
    return tuple(lines)


def _story(report: SiteReport, words: Words, album: list[LateImage]) -> Iterator[Flowable]:
    style, title = styles.style, words.label("report.site.title")
    yield Target("record", words.line(report.applicant), 0)
    yield words.paragraph(title, style("title"))
    yield words.paragraph(report.version, style("subtitle"))
    yield page.facts(words, report.facts)
    yield Spacer(1, _GAP)
    yield words.paragraph(report.clock, style("note"))
    yield from _people(report, words)
    yield from _table("report.site.statements", ("member", "moment"), report.statements, (_WIDTH - 160, 160), words)
    yield Spacer(1, _GAP)
    for wording in report.wordings:
        yield words.paragraph(wording, style("note"))
    meetings = [(meeting.title, meeting.state, meeting.times, meeting.note) for meeting in report.meetings]
    yield from _table(
        "report.site.meetings", ("meeting", "state", "times", "note"), meetings, (84, 52, 148, 158), words
    )
    yield from _heading("report.site.checks", words, 170)
    yield from check_table(report, words)
    yield from _heading("report.site.answers", words, 120)
    yield from answer_table(report, words)
    yield from _heading("report.site.verdict", words)
    for line in report.verdict:
        yield words.paragraph(line, style("body"))
    yield from _notes("report.site.findings", report.findings, report, words)
    yield from _notes("report.site.vetoes", report.vetoes, report, words)
    yield from _notes("report.site.observations", report.observations, report, words)
    yield from _table("report.site.clock", ("moment", "elapsed", "event"), report.clock_notes, (160, 72, 210), words)
    yield PageBreak()
    yield from _closing(report, words)
    yield from _signatures(report, words)
    yield from annex(report, words, album)


def _heading(key: str, words: Words, room: float = 90) -> list[Flowable]:
    title = words.label(key)
    return page.heading(words, title, room=room, target=Target(key, words.line(title), 1))


def _table(
    key: str, columns: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], words: Words
) -> Iterator[Flowable]:
    """A heading and a table of plain texts; without rows a word that there is nothing."""
    yield from _heading(key, words)
    if not rows:
        yield words.paragraph(words.label("report.site.nothing"), styles.style("body"))
        return
    scale = _WIDTH / sum(widths)
    head, cell = styles.style("cell.head"), styles.style("cell")
    made: list[list[object]] = [[words.paragraph(words.label(_COLUMNS[name]), head) for name in columns]]
    made += [[words.paragraph(text, cell) for text in row] for row in rows]
    yield page.table(made, [width * scale for width in widths])


_COLUMNS = {
    "name": "report.site.column.name",
    "employer": "report.site.column.employer",
    "role": "report.site.column.role",
    "key": "report.site.column.key",
    "member": "report.site.column.member",
    "moment": "report.site.column.moment",
    "meeting": "report.site.column.meeting",
    "state": "report.site.column.state",
    "times": "report.site.column.times",
    "note": "report.site.column.note",
    "elapsed": "report.site.column.elapsed",
    "event": "report.site.column.event",
}


def _people(report: SiteReport, words: Words) -> Iterator[Flowable]:
    members = [(one.name, one.role, one.key, one.note) for one in report.members]
    columns = ("name", "employer", "key", "note")
    yield from _table("report.site.members", columns, members, (80, 130, 160, 72), words)
    hosts = [(one.name, one.role) for one in report.hosts]
    yield from _table("report.site.hosts", ("name", "role"), hosts, (160, 282), words)


def _notes(key: str, notes: Sequence[SiteNote], report: SiteReport, words: Words) -> Iterator[Flowable]:
    """Findings, veto leads or observations, each as text that may be as long as it is."""
    yield from _heading(key, words)
    if not notes:
        yield words.paragraph(words.label("report.site.nothing"), styles.style("body"))
    for note in notes:
        yield from page.heading(words, note.title, "subheading", 100)
        yield words.paragraph(note.text, styles.style("body"))
        if note.facts:
            yield page.facts(words, note.facts, columns=1)
            yield Spacer(1, _GAP)
        for line in note.chain:
            yield words.paragraph(line, styles.style("note"))
        yield from mentioned(note.photos, report, words)


def _closing(report: SiteReport, words: Words) -> Iterator[Flowable]:
    closing, style = report.closing, styles.style
    yield from _heading("report.site.closing", words)
    yield page.facts(words, closing.facts)
    yield from page.heading(words, words.label("report.site.opinion"), "subheading", 50)
    yield words.paragraph(closing.opinion or words.label("report.site.opinion.none"), style("body"))
    yield from page.heading(words, words.label("report.site.applicant_signature"), "subheading", 120)
    if closing.strokes:
        yield KeepTogether(
            [DrawnSignature(closing.strokes, *_SIGNATURE), words.paragraph(closing.signer, style("cell"))]
        )
    elif closing.refusal:
        refused = (words.label("report.site.refusal.reason"), closing.refusal)
        yield words.paragraph(words.label("report.site.refusal"), style("warning"))
        yield page.facts(words, (refused, (words.label("report.site.refusal.witness"), closing.witness)), columns=1)
    else:
        yield words.paragraph(words.label("report.site.applicant_signature.none"), style("warning"))


def _signatures(report: SiteReport, words: Words) -> Iterator[Flowable]:
    style = styles.style
    yield from _heading("report.site.signatures", words, 200)
    yield words.paragraph(report.version, style("body"))
    head = (_COLUMNS["member"], _COLUMNS["key"], "report.site.column.signature")
    rows: list[list[object]] = [[words.paragraph(words.label(key), style("cell.head")) for key in head]]
    look = {"signed": "cell", "waiting": "cell.quiet", "fallen": "cell.bold"}
    for signer in report.signers:
        who = [words.paragraph(signer.name, style("cell.bold")), words.paragraph(signer.employer, style("cell.quiet"))]
        key = words.paragraph(signer.key, style("cell.quiet"))
        rows.append([who, key, [words.paragraph(line, style(look[signer.state])) for line in signer.said]])
    yield page.table(rows, [124, 158, _WIDTH - 282])
    yield Spacer(1, 10)
    if not report.digest:
        yield words.paragraph(words.label("report.site.unsigned"), style("warning"))
        return
    pairs = [(words.label("report.signature.digest"), grouped(report.digest))]
    if report.words:
        pairs.append((words.label("report.signature.words"), report.words))
    block = page.facts(words, pairs, columns=1, width=_WIDTH - 92)
    side = Table([[block, page.QrCode(report.digest, 84)]], colWidths=[_WIDTH - 92, 92], style=_SIDE)
    yield KeepTogether([side, Spacer(1, 4), words.paragraph(words.label("report.site.signature.note"), style("note"))])


_GAP = 4.0
"""Points between a table and the words about it."""
_SIDE = [
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("ALIGN", (1, 0), (1, 0), "RIGHT"),
]
