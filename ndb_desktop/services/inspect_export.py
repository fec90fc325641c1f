"""定稿: freezing a record into a signed file that another member signs too.

What was frozen is kept in the working record, so a file that was lost with its medium is written again with the same
signed content.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ndb_desktop import __version__
from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sitelacks import missing
from ndb_desktop.domain.siterecord import Photo, SiteRecord, key_of
from ndb_desktop.formats import strictjson
from ndb_desktop.formats.filenames import travel_name
from ndb_desktop.formats.sitefile import EXTENSION, SiteReader, WrittenSite, freeze_site
from ndb_desktop.formats.siteparts import parts_of, parts_record
from ndb_desktop.services.inspect_record import edit_of
from ndb_desktop.services.inspect_standing import (
    ROLE,
    FrozenParts,
    FrozenRecord,
    SiteStanding,
    as_result,
    fallen_of,
    frozen_parts,
    newest,
    spelled,
)
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.sitesheet import SiteExport


class SiteFreezing(SiteStanding):
    """The part of a session from which its own files leave, signed."""

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
            return as_result(written, export.revision, fallen_of(export))

    # inside

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
            fallen=spelled(self._falls(rows)),
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
            fallen=fallen_of(export),
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
