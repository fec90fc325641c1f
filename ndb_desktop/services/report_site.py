"""The PDF of an inspection record (现场检查记录): from its parts, its pack and who signed to ready strings and a file.

A view of the record: where something is missing it says so, a nought is a nought, and nothing is left out in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ndb_desktop.crypto.identity import PublicKey
from ndb_desktop.domain.siterecord import MEETINGS, Photo, SiteRecord
from ndb_desktop.reports.site_values import SiteClosing, SitePerson, SitePhoto, SiteReport, SiteSigner
from ndb_desktop.services.digest_words import spoken
from ndb_desktop.services.report_site_parts import PartWords
from ndb_desktop.services.report_site_photos import Numbered, in_order, moment, photo_facts
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.atomic import atomic_write
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.domain.sitepack import SitePack
    from ndb_desktop.formats.sitefile import OpenedRecord
    from ndb_desktop.reports.site_record import PrintedRecord

Previews = Callable[[Photo], bytes | None]
"""The preview of a photo as upright JPEG, None where there is none; asked for twice, the same bytes each time."""


@dataclass(frozen=True, slots=True)
class SiteSubject:
    """What a record does not say itself: title of the batch, the applicant's credit code, labels of data by code."""

    batch: str = ""
    code: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SignatureState:
    """Who signed: revision and digest of what is frozen (0 and "" = a draft), when it was, by which members.

    `signed` are member and the moment of signing where it is known; `fallen` member and revision of signatures that
    fell with a later edit (签名失效). A draft may be an edit of a frozen revision, `after`; its signatures fall then.
    """

    revision: int = 0
    digest: str = ""
    frozen_at: str = ""
    signed: tuple[tuple[str, str], ...] = ()
    fallen: tuple[tuple[str, int], ...] = ()
    after: int = 0


def signing_of(opened: OpenedRecord) -> SignatureState:
    """The state of signatures of a file that was opened and verified."""
    payload = opened.payload
    return SignatureState(
        payload.revision, opened.digest, payload.frozen_at, tuple((member, "") for member in opened.signed),
        tuple((one.member, one.revision) for one in payload.fallen),
    )  # fmt: skip


def site_report(
    record: SiteRecord,
    pack: SitePack,
    signing: SignatureState,
    target: Path,
    language: str = "zh_CN",
    *,
    previews: Previews,
    subject: SiteSubject | None = None,
    per_page: Literal[2, 4] = 4,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> PrintedRecord:
    """Writes the record as a PDF, whole or not at all.

    Raises:
        NdbError: E-STORE-* when the file cannot be written, and what `previews` raises.
        Cancelled: by `cancel`, between two photos; nothing is written.
    """
    from ndb_desktop.reports.site_record import site_record

    token = cancel or CancelToken()

    def looked(photo: Photo) -> bytes | None:
        token.check()
        return previews(photo)

    def begun(done: int, total: int) -> None:
        token.check()
        progress(done, total, "")

    view = site_view(record, pack, signing, language, previews=looked, subject=subject, per_page=per_page)
    with atomic_write(target) as stream:
        return site_record(view, language, stream, begun)


def site_view(
    record: SiteRecord,
    pack: SitePack,
    signing: SignatureState,
    language: str,
    *,
    previews: Previews,
    subject: SiteSubject | None = None,
    per_page: Literal[2, 4] = 4,
) -> SiteReport:
    """The record as ready strings in `language`; positions of photos only where the pack prints them."""
    known = subject or SiteSubject()
    photos = in_order(record, pack)
    parts = PartWords(record, pack, language, known.data, photos)
    maker = _Maker(record, pack, signing, language, known, parts)
    visit = record.visit
    return SiteReport(
        record_id=f"{visit.batch}/{visit.application}/{visit.id}",
        applicant=visit.applicant,
        version=maker.version(),
        facts=tuple(maker.facts()),
        clock=text("report.site.clock.note", language),
        members=tuple(maker.members()),
        hosts=tuple(maker.hosts()),
        statements=tuple(maker.statements()),
        wordings=tuple(statement.text.get(language) for statement in pack.statements),
        meetings=tuple(parts.meeting(record.meeting(name)) for name in MEETINGS),
        checks=tuple(parts.checks()),
        answers=tuple(parts.answers()),
        verdict=tuple(parts.verdict()),
        findings=tuple(parts.finding(finding) for finding in record.findings),
        vetoes=tuple(parts.veto(veto) for veto in record.vetoes),
        observations=tuple(parts.observation(one) for one in record.observations),
        clock_notes=tuple(parts.clock(note) for note in record.clock),
        closing=maker.closing(),
        signers=tuple(maker.signers()),
        photos=tuple(maker.photo(one, previews) for one in photos),
        pack=f"{pack.title.get(language)} {pack.version}  {pack.digest}",
        digest=signing.digest,
        words=spoken(signing.digest, language) if signing.digest else "",
        trial=visit.trial,
        proposal=pack.is_proposal,
        per_page=per_page,
    )


class _Maker:
    """Head, people, end and signatures; the parts between are `PartWords`'s."""

    def __init__(
        self,
        record: SiteRecord,
        pack: SitePack,
        signing: SignatureState,
        language: str,
        subject: SiteSubject,
        parts: PartWords,
    ) -> None:
        self._record, self._pack, self._signing, self._language = record, pack, signing, language
        self._subject, self._parts = subject, parts

    def _say(self, key: str, **params: object) -> str:
        return text(key, self._language, **params)

    def version(self) -> str:
        """Which revision this is, and when it was frozen."""
        signing = self._signing
        if not signing.revision:
            edited = self._say("report.site.draft.after", revision=signing.after)
            return edited if signing.after else self._say("report.site.draft")
        return self._say("report.site.revision", revision=signing.revision, at=self._clock(signing.frozen_at))

    def _clock(self, at: str) -> str:
        """A moment with its mark 未授时."""
        nothing = self._say("report.site.not_noted")
        return self._say("report.site.moment", at=moment(at)) if at else nothing

    def facts(self) -> Iterator[tuple[str, str]]:
        """Batch, applicant, code, place, times."""
        visit, head, subject = self._record.visit, self._record.head, self._subject
        nothing = self._say("report.site.not_noted")
        title = f"{subject.batch}  {visit.batch}" if subject.batch else visit.batch
        yield self._say("report.fact.batch"), title
        yield self._say("report.site.fact.visit"), visit.id
        yield self._say("report.site.fact.applicant"), visit.applicant
        yield self._say("report.site.fact.application"), visit.application
        yield self._say("report.site.fact.code"), subject.code or nothing
        yield self._say("report.site.fact.place"), head.place or nothing
        yield self._say("report.site.fact.started"), self._clock(head.started_at)
        yield self._say("report.site.fact.ended"), self._clock(head.ended_at)

    def members(self) -> Iterator[SitePerson]:
        """检查员, with those who must sign marked."""
        visit = self._record.visit
        for member in visit.members:
            note = self._say("report.site.must_sign") if member.id in visit.required else ""
            yield SitePerson(f"{member.name}  {member.id}", member.employer, PublicKey(member.key).keyid, note)

    def hosts(self) -> Iterator[SitePerson]:
        """陪同人员."""
        for host in self._record.head.hosts:
            yield SitePerson(host.name, host.role)

    def statements(self) -> Iterator[tuple[str, str]]:
        """Every member, and when the statements were made; one who made none is named as well."""
        made = dict(self._record.head.declared)
        for member in self._record.visit.members:
            at = made.pop(member.id, "")
            yield self._parts.member(member.id), self._clock(at) if at else self._say("report.site.not_declared")
        for name, at in made.items():
            yield name, self._clock(at)

    def closing(self) -> SiteClosing:
        """末次会议: read out, opinion, signature or refusal."""
        closing = self._record.closing
        read = {True: "report.site.read.yes", False: "report.site.read.no", None: "report.site.not_noted"}
        facts = ((self._say("report.site.read"), self._say(read[closing.read_out])),)
        signer = self._say("report.site.signer", name=closing.signer, role=closing.signer_role)
        return SiteClosing(
            facts, closing.opinion, signer if closing.signer or closing.signer_role else "", closing.strokes,
            closing.refusal, closing.witness or self._say("report.site.not_noted"),
        )  # fmt: skip

    def signers(self) -> Iterator[SiteSigner]:
        """Each member of the team: signed, not yet, or signed a version that was edited since."""
        signing, visit = self._signing, self._record.visit
        signed = dict(signing.signed)
        for member in visit.members:
            fallen = [revision for name, revision in signing.fallen if name == member.id]
            said = [self._say("report.site.fell", revision=revision) for revision in fallen]
            state: Literal["signed", "waiting", "fallen"] = "fallen" if fallen else "waiting"
            if member.id in signed:
                state, at = "signed", signed[member.id]
                said[:0] = [
                    self._say("report.site.signed", revision=signing.revision),
                    *([self._clock(at)] if at else []),
                ]
            elif member.id in visit.required:
                said.append(self._say("report.site.waiting"))
            else:
                said.append(self._say("report.site.need_not_sign"))
            name = f"{member.name}  {member.id}"
            yield SiteSigner(name, member.employer, PublicKey(member.key).keyid, state, tuple(said))

    def photo(self, one: Numbered, previews: Previews) -> SitePhoto:
        """A photo of the annex; its preview is asked for when it is drawn."""
        facts = photo_facts(one.photo, self._language, positions=self._pack.photos.gps_in_pdf)
        return SitePhoto(
            one.label(self._language), self._parts.subject(one.photo.about), one.photo.caption, facts,
            lambda: previews(one.photo), one.photo.marks,
        )  # fmt: skip
