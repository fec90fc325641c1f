"""冻结与会签: freezing a record into a signed file, signing another member's, and what an edit does to signatures.

What was frozen is kept in the working record, so a file that was lost with its medium is written again with the same
signed content. Any edit after a signature makes the next file a new revision, which names whose signatures fell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ndb_desktop import __version__
from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sitelacks import Lack, missing
from ndb_desktop.domain.siterecord import Photo, SiteRecord, key_of
from ndb_desktop.formats import strictjson
from ndb_desktop.formats.applications import application_from_json
from ndb_desktop.formats.batchfile import batch_from_json
from ndb_desktop.formats.filenames import travel_name
from ndb_desktop.formats.sitefile import EXTENSION, OpenedRecord, SiteReader, WrittenSite, co_sign, freeze_site
from ndb_desktop.formats.siteparts import PartsRecord, parts_of, parts_record, visit_record
from ndb_desktop.services.inspect_photos import SitePictures
from ndb_desktop.services.inspect_record import edit_of, without_clock
from ndb_desktop.services.report_site import SignatureState, SiteSubject, site_report
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.sitesheet import SiteExport

if TYPE_CHECKING:
    from ndb_desktop.reports.site_record import PrintedRecord

ROLE = "inspection"


class FrozenParts(msgspec.Struct, frozen=True):
    """What a frozen record is made of again: the parts as they are signed, and by which program."""

    app: str
    parts: PartsRecord


@dataclass(frozen=True, slots=True)
class Standing:
    """How a record stands to its signatures.

    `revision` is the newest that is known (0: none), `signed` are the members whose signatures on it were seen, and
    `missing` the required ones whose were not. `edited` says that the record is no longer what was signed; then
    `falls` are the signatures that fall once it is frozen again: member and revision.
    """

    revision: int
    digest: str
    signed: tuple[str, ...]
    missing: tuple[str, ...]
    edited: bool
    falls: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class FrozenRecord:
    """A file that was written or signed: see `sitefile.WrittenSite`; `fallen` are signatures that fell with it."""

    path: Path
    revision: int
    digest: str
    size: int
    signed: tuple[str, ...]
    missing: tuple[str, ...]
    fallen: tuple[tuple[str, int], ...]


class SiteSigning(SitePictures):
    """The part of a session from which files leave, signed, and to which they come back."""

    def lacks(self) -> tuple[Lack, ...]:
        """What keeps the record from being signed as a whole one, in the order in which a visit goes."""
        return missing(self.pack, self._record)

    def standing(self) -> Standing:
        """The signatures of this record as far as they were seen here, and what an edit does to them."""
        with self._lock:
            rows = self._sheet.exports()
            last = newest(rows)
            if last is None:
                return Standing(0, "", (), self.visit.required, edited=False, falls=())
            edited = last.content != self._content()
            unsigned = tuple(name for name in self.visit.required if name not in last.signed)
            falls = _falls(rows) if edited else ()
            return Standing(last.revision, last.digest, last.signed, unsigned, edited, falls)

    def signatures(self) -> SignatureState:
        """The same for a printed record: what is frozen, or a draft after it."""
        with self._lock:
            standing, last = self.standing(), newest(self._sheet.exports())
        if last is None or not last.digest:
            return SignatureState()
        if standing.edited:
            return SignatureState(fallen=standing.falls, after=standing.revision)
        signed = tuple((name, "") for name in standing.signed)
        return SignatureState(last.revision, last.digest, last.at, signed, _fallen(last))

    def print_record(
        self, target: Path, language: str, *, progress: Progress = silent, cancel: CancelToken | None = None
    ) -> PrintedRecord:
        """Writes the record as a PDF, whole or not at all: what was signed, or the draft since. As `site_report`."""
        application = application_from_json(self.application_json.encode("utf-8"), self.visit.application)
        batch = batch_from_json(self.batch_json.encode("utf-8"), self.visit.batch)
        subject = SiteSubject(
            batch.title.get(language),
            application.credit_code,
            {code: label.get(language) for code, label in self.labels.items()},
        )
        with self._lock:
            signing, last, record = self.signatures(), newest(self._sheet.exports()), self._record
        if signing.revision and last is not None:
            # The clock went on since: below a digest stands what that digest is of.
            record = SiteRecord(self.visit, parts_of(frozen_parts(last).parts))
        return site_report(
            record,
            self.pack,
            signing,
            target,
            language,
            previews=self._preview_or_none,
            subject=subject,
            progress=progress,
            cancel=cancel,
        )

    def frozen(self) -> tuple[SiteExport, ...]:
        """Every frozen record that is known here, oldest first."""
        with self._lock:
            return self._sheet.exports()

    def freeze(
        self,
        identity: Identity,
        folder: Path,
        *,
        partial: bool = False,
        progress: Progress = silent,
        cancel: CancelToken | None = None,
    ) -> FrozenRecord:
        """Signs the record as it is and writes it into `folder`; `partial` for one that another member joins to his.

        Where nothing changed since the newest revision, that one is written again, with the same signed content.

        Raises:
            NdbError: E-INSPECT-LACKS (something is missing and it is not `partial`), E-INSPECT-MEMBER (no member's
                key), E-INSPECT-FROZEN (unchanged, and the file is there),
                E-STORE-PHOTO-*, E-JSON-FIELD, E-SIZE, E-STORE-*.
            Cancelled: by `cancel`; no file is left then.
        """
        with self._lock:
            signer = self._member_of(identity)
            if (lacks := self.lacks()) and not partial:
                raise NdbError("E-INSPECT-LACKS", place=self.visit.id, count=len(lacks))
            self._settle(identity)
            export = self._unchanged() or self._begin(signer)
            target = Path(folder).absolute() / Path(export.name).name
            if target.exists():
                raise NdbError("E-INSPECT-FROZEN", place=target.name, revision=export.revision)
            if not export.digest:
                self._sheet.aim(export.number, str(target))
            written = self._write(export, target, identity, _Meter(self._record.photos, progress, cancel))
            self._sheet.written(export.number, written.digest, written.signed, at=export.at)
            self._sweep()
            return _result(written, export.revision, _fallen(export))

    def cosign(
        self, identity: Identity, source: Path, folder: Path, *, cancel: CancelToken | None = None
    ) -> FrozenRecord:
        """Signs the file of another member and writes it, with all signatures, into `folder`.

        Raises:
            NdbError: E-INSPECT-MEMBER, E-INSPECT-VISIT (of another visit), E-INSPECT-OLDER (a newer revision is known),
                E-SIGNER-TWICE, as `sitefile.SiteReader`, E-STORE-*.
        """
        with self._lock:
            self._member_of(identity)
            with SiteReader(source, identity) as reader:
                opened = self._ours(reader.opened, Path(source).name)
            known = max((row.revision for row in self._sheet.exports()), default=0)
            if opened.payload.revision < known:
                raise NdbError(
                    "E-INSPECT-OLDER", place=Path(source).name, revision=opened.payload.revision, known=known
                )
            written = sign_file(identity, source, folder, opened, cancel)
            number = self._notice(opened, written.path)
            self._sheet.written(number, written.digest, written.signed, at=self._now())
            fallen = tuple((one.member, one.revision) for one in opened.payload.fallen)
            return _result(written, opened.payload.revision, fallen)

    def take_back(self, identity: Identity, source: Path) -> Standing:
        """Notes whose signatures a file of this visit has; where it stands then.

        Raises:
            NdbError: E-INSPECT-VISIT, as `sitefile.SiteReader`, E-STORE-*.
        """
        with self._lock:
            with SiteReader(source, identity) as reader:
                opened = self._ours(reader.opened, Path(source).name)
            number = self._notice(opened, Path(source))
            self._sheet.written(number, opened.digest, opened.signed, at=self._now())
            return self.standing()

    # inside

    _digested: tuple[SiteRecord, str] | None = None

    def _content(self) -> str:
        """The digest of the record as it is; with thousands of photos worth keeping until something changes."""
        if self._digested is None or self._digested[0] is not self._record:
            self._digested = self._record, content_digest(self._record)
        return self._digested[1]

    def _preview_or_none(self, photo: Photo) -> bytes | None:
        return self.preview(photo) or None

    def _member_of(self, identity: Identity) -> str:
        for member in self.visit.members:
            if PublicKey(member.key) == identity.public:
                return member.id
        raise NdbError("E-INSPECT-MEMBER", place=self.visit.id, keyid=identity.keyid)

    def _ours(self, opened: OpenedRecord, place: str) -> OpenedRecord:
        if opened.payload.bundle != self._opened.bundle or opened.payload.visit != visit_record(self.visit):
            raise NdbError("E-INSPECT-VISIT", place=place, visit=opened.record.visit.id)
        return opened

    def _notice(self, opened: OpenedRecord, path: Path) -> int:
        """The number under which a signed record is known here; it is noted when it was not."""
        rows = self._sheet.exports()
        for row in rows:
            if row.digest == opened.digest:
                return row.number
        payload = opened.payload
        export = SiteExport(
            number=1 + max((row.number for row in rows), default=0),
            at=payload.frozen_at,
            revision=payload.revision,
            digest=opened.digest,
            supersedes=payload.supersedes or "",
            fallen=_spelled(tuple((one.member, one.revision) for one in payload.fallen)),
            name=str(path.absolute()),
            own=False,
            content=content_digest(opened.record),
            parts=strictjson.encode(FrozenParts(payload.app, payload.parts)),
            signed=opened.signed,
        )
        self._sheet.add_export(export)
        return export.number

    def _settle(self, identity: Identity) -> None:
        """A file whose writing was cut off before it was noted: noted now if it is there, else it never was."""
        for row in self._sheet.exports():
            if row.digest or not row.name or not Path(row.name).exists():
                continue
            with SiteReader(Path(row.name), identity) as reader:
                opened = self._ours(reader.opened, Path(row.name).name)
            self._sheet.written(row.number, opened.digest, opened.signed, at=row.at)

    def _unchanged(self) -> SiteExport | None:
        """The newest revision, if it was frozen here and the record is still what it was then."""
        last = newest(self._sheet.exports())
        if last is None or not last.own or last.content != self._content():
            return None
        # Another program would spell another content under the same number.
        return last if frozen_parts(last).app == __version__ else None

    def _begin(self, signer: str) -> SiteExport:
        """Keeps what is about to be signed, before anything is written."""
        known = self._sheet.exports()
        rows = [row for row in known if row.digest]
        last = newest(rows)
        reading = self._device.look()
        notes = [
            replace(note, member=signer) if note.event == "frozen" else note
            for note in self._clock_notes(reading, (("frozen", 0),))
        ]
        parts = {**self._record.parts, **{key_of(note): note for note in notes}}
        revision = 1 + (last.revision if last else 0)
        name = travel_name(
            EXTENSION,
            batch=self.visit.batch,
            role=ROLE,
            person=f"{self.visit.id}-{signer}",
            revision=revision,
            at=datetime.fromisoformat(reading.at),
            trial=self.visit.trial,
        )
        export = SiteExport(
            number=1 + max((row.number for row in known), default=0),
            at=reading.at,
            revision=revision,
            digest="",
            supersedes=last.digest if last else "",
            fallen=_spelled(_falls(rows)),
            name=name,
            own=True,
            content=self._content(),
            parts=strictjson.encode(FrozenParts(__version__, parts_record(parts.values()))),
        )
        try:
            self._learn(self._sheet.add_export(export, edits=[*map(edit_of, notes)], by=self.member.id))
        except NdbError:
            self._device.again(reading)
            raise
        self._noted = True
        return export

    def _write(self, export: SiteExport, target: Path, identity: Identity, meter: _Meter) -> WrittenSite:
        record = SiteRecord(self.visit, parts_of(frozen_parts(export).parts, place=target.name))
        return freeze_site(
            target,
            record,
            bundle=self._opened.bundle,
            revision=export.revision,
            supersedes=export.supersedes or None,
            fallen=_fallen(export),
            frozen_at=export.at,
            recipients=self._opened.return_to,
            photo=self.original,
            signer=identity,
            # From what it says and not from what was asked for: written again, it is the same record.
            partial=bool(missing(self.pack, record)),
            on_bytes=meter,
        )

    def _sweep(self) -> None:
        """Takes out the bytes of photos that are in no record any more: after freezing nothing brings them back."""
        wanted = {photo.sha256 for photo in self._record.photos}
        for stored in self.photos.listing():
            if stored.sha256 not in wanted:
                self.photos.remove(stored.id)


class _Meter:
    """Turns the bytes of photos into progress, and is where a cancel takes hold."""

    def __init__(self, photos: Sequence[Photo], progress: Progress, cancel: CancelToken | None) -> None:
        self._total, self._done = sum(photo.size for photo in photos), 0
        self._progress, self._cancel = progress, cancel or CancelToken()

    def __call__(self, count: int) -> None:
        self._cancel.check()
        self._done += count
        self._progress(min(self._done, self._total), self._total, "")


def sign_file(
    identity: Identity, source: Path, folder: Path, opened: OpenedRecord, cancel: CancelToken | None = None
) -> WrittenSite:
    """One more signature under a file that was opened before; whole or not at all. Raises as `sitefile.co_sign`."""
    visit, count = opened.record.visit, len(opened.signed) + 1
    name = travel_name(
        EXTENSION,
        batch=visit.batch,
        role=ROLE,
        person=f"{visit.id}-{count}of{len(visit.required)}",
        revision=opened.payload.revision,
        at=datetime.fromisoformat(opened.payload.frozen_at),
        trial=visit.trial,
    )
    token = cancel or CancelToken()
    return co_sign(Path(source), Path(folder) / name, identity, lambda _count: token.check())


def newest(rows: Iterable[SiteExport]) -> SiteExport | None:
    """The frozen record with the highest revision, the last of them; None where there is none."""
    return max(rows, key=lambda row: (row.revision, row.own, row.number), default=None)


def content_digest(record: SiteRecord) -> str:
    """SHA-256 (hex) of all that people wrote down: two records with the same one say the same."""
    return hashlib.sha256(strictjson.encode(parts_record(without_clock(record)))).hexdigest()


def _falls(rows: Sequence[SiteExport]) -> tuple[tuple[str, int], ...]:
    """Signatures that no later revision has let fall yet: those since the newest one that was frozen here."""
    own = max((row.number for row in rows if row.own and row.digest), default=0)
    return tuple(sorted({(name, row.revision) for row in rows if row.number >= own for name in row.signed}))


def frozen_parts(export: SiteExport) -> FrozenParts:
    """What was frozen, as it is kept."""
    return msgspec.json.decode(export.parts, type=FrozenParts)


def _spelled(fallen: tuple[tuple[str, int], ...]) -> str:
    return msgspec.json.encode(fallen).decode("utf-8")


def _fallen(export: SiteExport) -> tuple[tuple[str, int], ...]:
    return msgspec.json.decode(export.fallen, type=tuple[tuple[str, int], ...])


def _result(written: WrittenSite, revision: int, fallen: tuple[tuple[str, int], ...]) -> FrozenRecord:
    return FrozenRecord(written.path, revision, written.digest, written.size, written.signed, written.missing, fallen)
