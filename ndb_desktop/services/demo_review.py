"""An expert of the sample round (示例) at work: opens the bundle, agrees, declares, scores, signs, exports.

Everything goes through `services.review`, as the window and the command line do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.rulepack import ItemDef
from ndb_desktop.domain.sheet import Challenge, Declaration, ItemEntry, Sheet, item_id
from ndb_desktop.services.demo_marks import band_of, marks, opinion, sentences, snapped
from ndb_desktop.services.demo_people import Applicant, Reviewer, words
from ndb_desktop.services.review import ExportResult, ReviewItem, ReviewSession, open_review
from ndb_desktop.services.tasks import CancelToken

Clock = Callable[[], datetime]


class SampleClock:
    """A clock for the sample: starts where it is told and goes on by a second at each look."""

    def __init__(self, start: str) -> None:
        self._now = datetime.strptime(start, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now

    def leap(self, days: int) -> None:
        """Lets days pass."""
        self._now += timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Job:
    """One expert's bundle and how to open it; `secret` is None when the own key opens it."""

    reviewer: Reviewer
    bundle: Path
    secret: str | None
    identity: Identity
    profile: Path
    clock: Clock
    recuse: bool = False
    challenge: bool = False
    revise: bool = False


def review(
    job: Job, applicants: Mapping[str, Applicant], folder: Path, first_folder: Path, cancel: CancelToken
) -> tuple[ExportResult, ...]:
    """Reviews the whole bundle and exports it into `folder`.

    With `job.revise` a first version goes to `first_folder`, then one mark is corrected and exported again.
    """
    session = open_review(
        job.bundle,
        secret=job.secret,
        identity=None if job.secret else job.identity,
        profile=job.profile,
        clock=job.clock,
        cancel=cancel,
    )
    with session:
        for statement, _ in session.statements():
            session.agree(statement.id)
        for place, item in enumerate(session.applications):
            cancel.check()
            if job.recuse and place == 0:
                said = Declaration("recused", ("C6",), words()["recusal_words"])
                session.declare(item.application.id, said)
                continue
            session.declare(item.application.id, Declaration("clear"))
            _score(session, item, job, applicants[item.application.id], challenge=job.challenge and place == 0)
        if not job.revise:
            return (session.export(job.identity, folder),)
        first = session.export(job.identity, first_folder)
        session.start_revision(sentences()["revision"])
        _correct(session, session.applications[-1])
        return first, session.export(job.identity, folder)


def _score(session: ReviewSession, item: ReviewItem, job: Job, applicant: Applicant, *, challenge: bool) -> None:
    name = item.application.id
    for entry in marks(item.pack, applicant, job.reviewer):
        session.set_entry(name, entry)
    session.set_opinion(name, opinion(applicant))
    # Reading belongs to the work: one document is opened as the viewer would do it.
    session.read_document(name, session.documents(name)[0].id)
    if challenge:
        _challenge(session, item)


def _challenge(session: ReviewSession, item: ReviewItem) -> None:
    """Disputes the first datum of three years whose proof is named (质疑)."""
    for indicator in item.pack.indicators:
        for wanted in indicator.data:
            datum = item.application.data.get(wanted.code)
            if indicator.kind != "quantitative" or datum is None or not datum.evidence or wanted.years != 3:
                continue
            year = max(datum.values)
            proof = datum.evidence[0]
            session.put_challenge(
                item.application.id,
                Challenge(
                    id="q1",
                    indicator=indicator.id,
                    datum=wanted.code,
                    key=year,
                    proposed=(datum.values[year] * 9 / 10).quantize(datum.values[year]),
                    document=proof.document,
                    page=proof.page,
                    reason=sentences()["challenge"],
                ),
            )
            disputed = ItemEntry(item_id(indicator.id, "basis"), state="scored", confirm="challenged")
            session.set_entry(item.application.id, disputed)
            return


def _correct(session: ReviewSession, item: ReviewItem) -> None:
    """Lowers one judged mark by two points."""
    sheet = session.sheet(item.application.id)
    wanted = _first_judged(item.pack.items, sheet)
    entry = sheet.items[wanted.id]
    value = snapped(item.pack, float(entry.value or 0) - 2)
    band = band_of(item.pack, value)
    reason = entry.reason or sentences()["reasons"][band.level][0]
    session.set_entry(item.application.id, replace(entry, value=value, level=band.level, reason=reason))


def _first_judged(items: Sequence[ItemDef], sheet: Sheet) -> ItemDef:
    return next(item for item in items if not item.computed and item.id in sheet.items)
