"""开包密码单 as a PDF, one page per expert: the secret in big type, to be printed, sealed, and sent by another way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reportlab.platypus import Flowable, PageBreak, Spacer

from ndb_desktop.reports import page, styles
from ndb_desktop.reports.page import MadeReport, Surround
from ndb_desktop.reports.score_sheet import marks
from ndb_desktop.reports.text import Words


@dataclass(frozen=True, slots=True)
class SecretSlip:
    """What one expert gets: the bundle it opens, the secret (5 groups of 4), and how to check who issued it."""

    expert: str
    bundle_id: str
    file_name: str
    batch: str
    secret: str
    issuer: str
    issuer_fingerprint: str
    issued_at: str
    expires_at: str = ""
    trial: bool = False


def secret_slips(slips: tuple[SecretSlip, ...], language: str) -> MadeReport:
    """All slips in one PDF, one page each."""
    if not slips:
        raise ValueError("a slip is needed")
    words = Words(language)
    story: list[Flowable] = []
    for number, slip in enumerate(slips):
        if number:
            story.append(PageBreak())
        story.extend(_slip(slip, words))
    surround = Surround(words.label("report.slip.title"), marks(words, slips[0].trial, proposal=False, internal=True))
    return page.build(story, surround, words)


def _slip(slip: SecretSlip, words: Words) -> Iterator[Flowable]:
    style = styles.style
    yield words.paragraph(words.label("report.slip.title"), style("title"))
    yield words.paragraph(slip.batch, style("subtitle"))
    pairs = [
        (words.label("report.slip.expert"), slip.expert),
        (words.label("report.slip.file"), slip.file_name),
        (words.label("report.slip.bundle"), slip.bundle_id),
        (words.label("report.slip.issued_at"), slip.issued_at),
        (words.label("report.slip.issuer"), slip.issuer),
        (words.label("report.slip.fingerprint"), slip.issuer_fingerprint),
    ]
    if slip.expires_at:
        pairs.append((words.label("report.slip.expires_at"), slip.expires_at))
    yield page.facts(words, pairs, columns=1)
    yield Spacer(1, 24)
    yield words.paragraph(words.label("report.slip.secret"), style("subtitle"))
    frame = [[words.paragraph(slip.secret, style("secret"))]]
    yield page.table(
        frame, [styles.BODY_WIDTH], ("BOX", (0, 0), (-1, -1), 1.2, styles.ACCENT),
        ("TOPPADDING", (0, 0), (-1, -1), 16), ("BOTTOMPADDING", (0, 0), (-1, -1), 24), head=0,
    )  # fmt: skip
    yield Spacer(1, 8)
    yield words.paragraph(words.label("report.slip.letters"), style("note"))
    yield words.paragraph(words.label("report.slip.how"), style("heading"))
    for key in ("report.slip.step1", "report.slip.step2", "report.slip.step3", "report.slip.step4"):
        yield words.paragraph(words.label(key), style("body"))
    yield words.paragraph(words.label("report.slip.warning"), style("warning"))
