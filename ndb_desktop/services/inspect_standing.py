"""签名状态: what was frozen of a record and who signed it, as far as it was seen here; and the record in print.

What was frozen is kept in the working record. Any edit after a signature makes the next file a new revision, which
names whose signatures fell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sitelacks import Lack, missing
from ndb_desktop.domain.siterecord import Photo, SiteRecord
from ndb_desktop.formats import strictjson
from ndb_desktop.formats.applications import application_from_json
from ndb_desktop.formats.batchfile import batch_from_json
from ndb_desktop.formats.sitefile import OpenedRecord, WrittenSite
from ndb_desktop.formats.siteparts import PartsRecord, parts_of, parts_record, visit_record
from ndb_desktop.services.inspect_photos import SitePictures
from ndb_desktop.services.inspect_record import without_clock
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
    `falls` are the signatures that fall once it is frozen again: member and revision; never one on a partial record.
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


class SiteStanding(SitePictures):
    """The part of a session that knows the frozen records of its visit and whose signatures they have."""

    def lacks(self) -> tuple[Lack, ...]:
        """What keeps the record from being signed as a whole one, in the order in which a visit goes."""
        return missing(self.pack, self._record)

    def standing(self) -> Standing:
        """The signatures of this record as far as they were seen here, and what an edit does to them."""
        with self._lock:
            rows = self._signed_rows()
            last = newest(rows)
            if last is None:
                return Standing(0, "", (), self.visit.required, edited=False, falls=())
            edited = last.content != self._content()
            unsigned = tuple(name for name in self.visit.required if name not in last.signed)
            falls = self._falls(rows) if edited else ()
            return Standing(last.revision, last.digest, last.signed, unsigned, edited, falls)

    def signatures(self) -> SignatureState:
        """The same for a printed record: what is frozen, or a draft after it."""
        with self._lock:
            standing, last = self.standing(), newest(self._signed_rows())
        if last is None:
            return SignatureState()
        if standing.edited:
            return SignatureState(fallen=standing.falls, after=standing.revision)
        signed = tuple((name, "") for name in standing.signed)
        return SignatureState(last.revision, last.digest, last.at, signed, fallen_of(last))

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
            signing, last, record = self.signatures(), newest(self._signed_rows()), self._record
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

    # inside

    def _signed_rows(self) -> tuple[SiteExport, ...]:
        """Those that became a file: what was begun and cancelled, or failed, was never signed."""
        return tuple(row for row in self._sheet.exports() if row.digest)

    def _falls(self, rows: Iterable[SiteExport]) -> tuple[tuple[str, int], ...]:
        """Signatures that an edit lets fall. One on a partial record says only whose it is: there nothing falls."""
        return falls_of([row for row in rows if self._whole(row)])

    def _whole(self, row: SiteExport) -> bool:
        if row.digest not in self._wholes:
            record = SiteRecord(self.visit, parts_of(frozen_parts(row).parts))
            self._wholes = {**self._wholes, row.digest: not missing(self.pack, record)}
        return self._wholes[row.digest]

    _wholes: Mapping[str, bool] = {}
    """Whether the frozen record of a digest lacked nothing: reading thousands of photos again takes a moment."""

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
            fallen=spelled(tuple((one.member, one.revision) for one in payload.fallen)),
            name=str(path.absolute()),
            own=False,
            content=content_digest(opened.record),
            parts=strictjson.encode(FrozenParts(payload.app, payload.parts)),
            signed=opened.signed,
        )
        self._sheet.add_export(export)
        return export.number


def newest(rows: Iterable[SiteExport]) -> SiteExport | None:
    """The frozen record with the highest revision, the last of them; None where there is none."""
    return max(rows, key=lambda row: (row.revision, row.own, row.number), default=None)


def content_digest(record: SiteRecord) -> str:
    """SHA-256 (hex) of all that people wrote down: two records with the same one say the same."""
    return hashlib.sha256(strictjson.encode(parts_record(without_clock(record)))).hexdigest()


def falls_of(rows: Sequence[SiteExport]) -> tuple[tuple[str, int], ...]:
    """Signatures on whole records that no later one has let fall yet: those since the newest one frozen here."""
    own = max((row.number for row in rows if row.own and row.digest), default=0)
    return tuple(sorted({(name, row.revision) for row in rows if row.number >= own for name in row.signed}))


def frozen_parts(export: SiteExport) -> FrozenParts:
    """What was frozen, as it is kept."""
    return msgspec.json.decode(export.parts, type=strictjson.ready(FrozenParts))


def spelled(fallen: tuple[tuple[str, int], ...]) -> str:
    return msgspec.json.encode(fallen).decode("utf-8")


def fallen_of(export: SiteExport) -> tuple[tuple[str, int], ...]:
    return msgspec.json.decode(export.fallen, type=tuple[tuple[str, int], ...])


def as_result(written: WrittenSite, revision: int, fallen: tuple[tuple[str, int], ...]) -> FrozenRecord:
    return FrozenRecord(written.path, revision, written.digest, written.size, written.signed, written.missing, fallen)
