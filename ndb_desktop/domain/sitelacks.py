"""What keeps an inspection record from being signed, as values with a sentence for each (R17)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ndb_desktop.domain.phrase import Phrase, PhraseValue
from ndb_desktop.domain.sitemath import COMPUTED, FAILING, FALSE_DATA, conclude
from ndb_desktop.domain.siterecord import Check, Finding, PartKey, SiteRecord, Wanted

if TYPE_CHECKING:
    from ndb_desktop.domain.sitepack import SiteItem, SitePack

HEAD: PartKey = ("head", "")
CLOSING: PartKey = ("closing", "")
PREFIX = "site_lack."


@dataclass(frozen=True, slots=True)
class Lack:
    """缺项: one thing that is missing or contradicts itself, the part to go to, and the sentence that says so."""

    key: PartKey
    phrase: Phrase

    @property
    def kind(self) -> str:
        """What is missing, a word such as `check_effect`; a closed list, the texts `site_lack.*`."""
        return self.phrase.key.removeprefix(PREFIX)


def missing(pack: SitePack, record: SiteRecord) -> tuple[Lack, ...]:
    """Everything that keeps the record from being signed, in the order in which a visit goes; empty when nothing does.

    Starred items that failed and data that are referred need a 一票否决线索; what failed, a finding of its severity.
    """
    # Looked through once: a record may hold thousands of photos.
    shown = frozenset(photo.about for photo in record.photos)
    return (
        *_team(pack, record),
        *_head(record),
        *_meetings(pack, record),
        *_checks(pack, record, shown),
        *_answers(pack, record, shown),
        *_findings(pack, record),
        *_vetoes(pack, record),
        *_photos(pack, record),
        *_strays(pack, record),
        *_closing(record),
    )


def _lack(key: PartKey, phrase_key: str, **params: PhraseValue) -> Lack:
    return Lack(key, Phrase(phrase_key, params))


def _team(pack: SitePack, record: SiteRecord) -> Iterator[Lack]:
    visit = record.visit
    if len(visit.required) < pack.least_members:
        yield _lack(HEAD, "site_lack.members", least=str(pack.least_members))
    made = {member for member, at in record.head.declared if at}
    for name in visit.required:
        if name not in made:
            member = visit.member_by_id.get(name)
            yield _lack(HEAD, "site_lack.statement", name=member.name if member else name)


def _head(record: SiteRecord) -> Iterator[Lack]:
    head = record.head
    if not head.place.strip():
        yield _lack(HEAD, "site_lack.place")
    if not head.started_at:
        yield _lack(HEAD, "site_lack.started")
    if not head.ended_at:
        yield _lack(HEAD, "site_lack.ended")
    if _backwards(head.started_at, head.ended_at):
        yield _lack(HEAD, "site_lack.order")
    if not any(host.name.strip() for host in head.hosts):
        yield _lack(HEAD, "site_lack.hosts")


def _backwards(started: str, ended: str) -> bool:
    return bool(started and ended) and datetime.fromisoformat(ended) < datetime.fromisoformat(started)


def _meetings(pack: SitePack, record: SiteRecord) -> Iterator[Lack]:
    for known in pack.meetings:
        key: PartKey = ("meeting", known.id)
        meeting = record.meeting(known.id)
        if meeting.state == "open":
            yield _lack(key, "site_lack.meeting_open", title=known.title)
        elif meeting.state == "skipped":
            if not known.optional:
                yield _lack(key, "site_lack.meeting_required", title=known.title)
            elif not meeting.reason.strip():
                yield _lack(key, "site_lack.meeting_reason", title=known.title)
        elif not (meeting.started_at and meeting.ended_at):
            yield _lack(key, "site_lack.meeting_times", title=known.title)
        elif _backwards(meeting.started_at, meeting.ended_at):
            yield _lack(key, "site_lack.meeting_order", title=known.title)


def _checks(pack: SitePack, record: SiteRecord, shown: frozenset[str]) -> Iterator[Lack]:
    for wanted in record.visit.wanted:
        key: PartKey = ("check", wanted.id)
        check = record.check(wanted.id)
        if check.conclusion is None:
            yield _lack(key, "site_lack.check_open", datum=wanted.id)
            continue
        if check.conclusion != (conclude(pack, wanted, check.verified) or check.conclusion):
            yield _lack(key, "site_lack.check_conclusion", datum=wanted.id)
        if check.conclusion in COMPUTED:
            if wanted.kind == "number" and check.verified is None:
                yield _lack(key, "site_lack.check_value", datum=wanted.id)
            if not {method.id for method in pack.methods}.issuperset(check.methods) or not check.methods:
                yield _lack(key, "site_lack.check_method", datum=wanted.id)
        if check.conclusion in pack.note_conclusions and not check.note.strip():
            yield _lack(key, "site_lack.check_note", datum=wanted.id)
        yield from _effect(record, wanted, check, shown)


def _effect(record: SiteRecord, wanted: Wanted, check: Check, shown: frozenset[str]) -> Iterator[Lack]:
    """A deviation has to lead somewhere, and what changes a figure or accuses needs evidence."""
    key: PartKey = ("check", wanted.id)
    if check.effect is None and check.conclusion in ("deviation", "major"):
        yield _lack(key, "site_lack.check_effect", datum=wanted.id)
    if check.effect == "replace" and check.verified is None:
        yield _lack(key, "site_lack.check_replace", datum=wanted.id)
    if check.effect == "refer" and not any(veto.ground == FALSE_DATA for veto in record.vetoes):
        yield _lack(key, "site_lack.check_refer", datum=wanted.id, ground=FALSE_DATA)
    proven = check.proof.strip() or f"check:{wanted.id}" in shown
    if check.effect in ("replace", "refer") and not proven:
        yield _lack(key, "site_lack.check_proof", datum=wanted.id)


def _answers(pack: SitePack, record: SiteRecord, shown: frozenset[str]) -> Iterator[Lack]:
    findings = record.findings
    for item in pack.items:
        key: PartKey = ("answer", item.id)
        answer = record.answer(item.id)
        if answer.grade is None:
            yield _lack(key, "site_lack.answer_open", item=item.id, title=item.title)
            continue
        if answer.grade == "not_applicable" and not item.not_applicable:
            yield _lack(key, "site_lack.answer_not_applicable", item=item.id, title=item.title)
        if answer.grade in pack.note_grades and not answer.note.strip():
            yield _lack(key, "site_lack.answer_note", item=item.id, title=item.title)
        about = [finding for finding in findings if finding.about == f"answer:{item.id}"]
        if answer.grade in FAILING:
            yield from _failed(record, item, any(finding.severity == answer.grade for finding in about))
        if item.photo == "needed" and answer.grade != "not_applicable" and not _pictured(shown, item, about):
            yield _lack(key, "site_lack.answer_photo", item=item.id, title=item.title)


def _failed(record: SiteRecord, item: SiteItem, found: bool) -> Iterator[Lack]:
    key: PartKey = ("answer", item.id)
    if not found:
        yield _lack(key, "site_lack.answer_finding", item=item.id, title=item.title)
    if item.starred and not any(veto.ground == item.ground for veto in record.vetoes):
        yield _lack(key, "site_lack.answer_veto", item=item.id, title=item.title, ground=item.ground)


def _pictured(shown: frozenset[str], item: SiteItem, findings: list[Finding]) -> bool:
    """Whether a photo shows the item, or a finding about it."""
    return not shown.isdisjoint({f"answer:{item.id}", *(f"finding:{finding.id}" for finding in findings)})


def _findings(pack: SitePack, record: SiteRecord) -> Iterator[Lack]:
    for finding in record.findings:
        key: PartKey = ("finding", finding.id)
        if not finding.text.strip():
            yield _lack(key, "site_lack.finding_text", id=finding.id)
        if not finding.measure.strip():
            yield _lack(key, "site_lack.finding_measure", id=finding.id)
        if not finding.due:
            yield _lack(key, "site_lack.finding_due", id=finding.id)
        if not _belongs(pack, record, finding.about):
            yield _lack(key, "site_lack.finding_about", id=finding.id)
    for observation in record.observations:
        if not observation.text.strip():
            yield _lack(("observation", observation.id), "site_lack.observation_text", id=observation.id)


def _vetoes(pack: SitePack, record: SiteRecord) -> Iterator[Lack]:
    for veto in record.vetoes:
        key: PartKey = ("veto", veto.id)
        if veto.ground not in pack.ground_by_id:
            yield _lack(key, "site_lack.veto_ground", id=veto.id, ground=veto.ground)
        if not veto.text.strip():
            yield _lack(key, "site_lack.veto_text", id=veto.id)
        if not veto.evidence.strip():
            yield _lack(key, "site_lack.veto_evidence", id=veto.id)
        if not veto.reply.strip():
            yield _lack(key, "site_lack.veto_reply", id=veto.id)


def _photos(pack: SitePack, record: SiteRecord) -> Iterator[Lack]:
    photos = record.photos
    if len(photos) > pack.photos.most:
        yield _lack(
            ("photo", photos[-1].id), "site_lack.photo_most", count=str(len(photos)), most=str(pack.photos.most)
        )
    for photo in photos:
        if photo.size > pack.photos.most_bytes:
            yield _lack(("photo", photo.id), "site_lack.photo_bytes", name=photo.name)
        if not _belongs(pack, record, photo.about):
            yield _lack(("photo", photo.id), "site_lack.photo_about", name=photo.name)


def _belongs(pack: SitePack, record: SiteRecord, about: str) -> bool:
    """Whether what something is about is there: nothing at all, or a part or place of this visit."""
    kind, _, name = about.partition(":")
    return (
        not about
        or (kind == "check" and name in record.visit.wanted_by_id)
        or (kind == "answer" and name in pack.item_by_id)
        or (kind == "meeting" and name in pack.meeting_by_id)
        or (kind in ("head", "closing") and not name)
        or (kind in ("finding", "veto", "observation") and (kind, name) in record.parts)
    )


def _strays(pack: SitePack, record: SiteRecord) -> Iterator[Lack]:
    """Parts of another visit or another checklist."""
    for key in sorted(record.parts):
        kind, name = key
        if kind == "check" and name not in record.visit.wanted_by_id:
            yield _lack(key, "site_lack.stray_check", datum=name)
        if kind == "answer" and name not in pack.item_by_id:
            yield _lack(key, "site_lack.stray_answer", item=name)


def _closing(record: SiteRecord) -> Iterator[Lack]:
    closing = record.closing
    if closing.read_out is None:
        yield _lack(CLOSING, "site_lack.read_out")
    signed, refused = any(closing.strokes), bool(closing.refusal.strip())
    if signed and refused:
        yield _lack(CLOSING, "site_lack.signed_and_refused")
    elif signed:
        if not (closing.signer.strip() and closing.signer_role.strip()):
            yield _lack(CLOSING, "site_lack.signer")
    elif not refused:
        yield _lack(CLOSING, "site_lack.signature")
    elif not closing.witness.strip():
        yield _lack(CLOSING, "site_lack.witness")
