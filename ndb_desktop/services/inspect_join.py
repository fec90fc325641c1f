"""合并两人的记录: what another member wrote down at the same visit comes into this record, conflict by conflict."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.documents.photos import inspect_photo
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sitejoin import Joined, Split, join
from ndb_desktop.domain.siterecord import (
    Finding,
    Observation,
    Part,
    PartKey,
    Photo,
    SiteRecord,
    VetoFinding,
    key_of,
)
from ndb_desktop.formats.sitefile import SiteReader
from ndb_desktop.formats.siteparts import parts_of
from ndb_desktop.services.inspect_cosign import SiteSigning
from ndb_desktop.services.inspect_parts import new_id
from ndb_desktop.services.inspect_standing import frozen_parts
from ndb_desktop.services.tasks import CancelToken, Progress, silent

Choice = Literal["mine", "theirs", "both"]
"""Of a conflict: what stands here, what the other member wrote, or (of findings and remarks) both, under two ids."""
CHOICES: tuple[Choice, ...] = get_args(Choice)
JOINED = "joined."
"""What facts are called that say of a frozen record that it came into this one."""
_FREE = (Finding, VetoFinding, Observation)


@dataclass(frozen=True, slots=True)
class JoinPlan:
    """What joining a file does: parts that change here by themselves, and conflicts to be chosen for, each by key."""

    revision: int
    digest: str
    signed: tuple[str, ...]
    taken: tuple[PartKey, ...]
    conflicts: tuple[Split, ...]


class SiteJoining(SiteSigning):
    """The part of a session that takes in what another member wrote down."""

    def compare(self, identity: Identity, source: Path) -> JoinPlan:
        """What joining a file of another member would do; nothing is changed.

        Raises:
            NdbError: E-INSPECT-VISIT (of another visit), as `sitefile.SiteReader`.
        """
        with self._lock, SiteReader(source, identity) as reader:
            return self._plan(reader)[0]

    def join(
        self,
        identity: Identity,
        source: Path,
        choices: Mapping[PartKey, Choice] | None = None,
        *,
        worker: RenderWorker | None = None,
        progress: Progress = silent,
        cancel: CancelToken | None = None,
    ) -> JoinPlan:
        """Takes in a file of another member, with a choice for every conflict; one step of undo.

        Photos come first, one by one: cut off in the middle, joining again goes on from there.

        Raises:
            NdbError: E-INSPECT-DECLARE, E-INSPECT-CONFLICT (something has to be chosen, or no longer), as `compare`,
                E-STORE-*.
            Cancelled: by `cancel`; the record then is as it was.
        """
        with self._lock, SiteReader(source, identity) as reader:
            self._may_write()
            plan, joined = self._plan(reader)
            chosen = choices or {}
            open_keys = [split.key for split in plan.conflicts if split.key not in chosen]
            wrong = [key for key in chosen if key not in {split.key for split in plan.conflicts}]
            if open_keys or wrong:
                kind, name = (open_keys or wrong)[0]
                raise NdbError("E-INSPECT-CONFLICT", place=f"{kind}/{name}", count=len(open_keys))
            record = self._settled(joined, chosen)
            self._fetch(reader, record, worker, progress, cancel or CancelToken())
            self._notice(reader.opened, Path(source))
            parts = [part for key, part in record.parts.items() if self._record.parts.get(key) != part]
            gone = [key for key in self._record.parts if key not in record.parts]
            self._store(parts, gone=gone, source="join")
            self._sheet.set_meta(JOINED + plan.digest, "1")
            return plan

    def _plan(self, reader: SiteReader) -> tuple[JoinPlan, Joined]:
        opened = self._ours(reader.opened, reader.path.name)
        here, theirs = _same_names(self._record, self._same_photos(reader.record))
        base = self._base(opened.digest, opened.payload.supersedes or "")
        base = base and _same_names(base, here)[0]
        # Notes of the clock are nobody's to choose: all of both sides stay.
        joined = join(base and _without_clock(base), _without_clock(here), _without_clock(theirs))
        joined = Joined(self._with_clocks(joined.record, theirs), joined.conflicts)
        keys = {split.key for split in joined.conflicts}
        mine, then = self._record.parts, joined.record.parts
        taken = tuple(key for key in sorted({*mine, *then}) if key not in keys and mine.get(key) != then.get(key))
        return JoinPlan(opened.payload.revision, opened.digest, opened.signed, taken, joined.conflicts), joined

    def _base(self, *digests: str) -> SiteRecord | None:
        """The frozen record both sides come from, where it is known here."""
        rows = {row.digest: row for row in self._sheet.exports()}
        for digest in filter(None, digests):
            # One that was only signed here is nothing this record comes from.
            if digest in rows and (rows[digest].own or self._sheet.meta(JOINED + digest)):
                return self._same_photos(SiteRecord(self.visit, parts_of(frozen_parts(rows[digest]).parts)))
        return None

    def _same_photos(self, record: SiteRecord) -> SiteRecord:
        """The same bytes are the same photo, whatever id either side gave them."""
        ids = {photo.sha256: photo.id for photo in self._record.photos}
        for photo in record.photos:
            if ids.get(photo.sha256, photo.id) != photo.id:
                record = record.without(key_of(photo)).replaced(replace(photo, id=ids[photo.sha256]))
        return record

    def _with_clocks(self, record: SiteRecord, theirs: SiteRecord) -> SiteRecord:
        """The notes of both sides; one of theirs whose id means something else here gets another."""
        for note in self._record.clock:
            record = record.replaced(note)
        for note in theirs.clock:
            if any(replace(one, id=note.id) == note for one in self._record.clock):
                continue
            if key_of(note) in record.parts:
                note = replace(note, id=new_id(record, "clock", note.member or self.member.id))
            record = record.replaced(note)
        return record

    def _settled(self, joined: Joined, chosen: Mapping[PartKey, Choice]) -> SiteRecord:
        parts: dict[PartKey, Part | None] = {}
        more: list[Finding | VetoFinding | Observation] = []
        for split in joined.conflicts:
            choice = chosen[split.key]
            parts[split.key] = split.theirs if choice == "theirs" else split.mine
            if choice == "both" and isinstance(split.theirs, _FREE) and split.mine is not None:
                more.append(split.theirs)
            elif choice == "both":
                raise NdbError("E-INSPECT-CONFLICT", place="/".join(split.key), count=1)
        record = joined.settled(parts)
        for part in more:
            kind, name = key_of(part)
            fresh = replace(part, id=new_id(record, kind, self.member.id))
            record = record.replaced(fresh)
            for photo in record.photos_of(f"{kind}:{name}"):
                # What belonged to theirs goes with theirs; what stood here before stays.
                if key_of(photo) not in self._record.parts:
                    record = record.replaced(replace(photo, about=f"{kind}:{key_of(fresh)[1]}"))
        return record

    def _fetch(
        self,
        reader: SiteReader,
        record: SiteRecord,
        worker: RenderWorker | None,
        progress: Progress,
        cancel: CancelToken,
    ) -> None:
        """The bytes of photos that are not here yet, each proven and stored by itself."""
        wanted = [photo for photo in record.photos if self.photos.known(photo.sha256) is None]
        with ExitStack() as stack:
            for number, photo in enumerate(wanted):
                cancel.check()
                progress(number, len(wanted), photo.name)
                worker = worker or stack.enter_context(RenderWorker())
                self._fetch_one(reader, photo, worker)
        progress(len(wanted), len(wanted), "")

    def _fetch_one(self, reader: SiteReader, photo: Photo, worker: RenderWorker) -> None:
        content = reader.photo(photo.sha256)
        try:
            facts = inspect_photo(worker, content)
            preview, thumb = facts.preview, facts.thumb
        except NdbError:
            # It was looked at when it was taken; that it cannot be shown here is no reason to lose it.
            preview = thumb = b""
        taken = {stored.id for stored in self.photos.listing()}
        name = photo.id if photo.id not in taken else photo.sha256[:40]
        with self._sheet.commit():
            self.photos.add(name, [content], photo.size, photo.sha256, preview, thumb)


def _without_clock(record: SiteRecord) -> SiteRecord:
    return SiteRecord(record.visit, {key: part for key, part in record.parts.items() if key[0] != "clock"})


def _same_names(one: SiteRecord, other: SiteRecord) -> tuple[SiteRecord, SiteRecord]:
    """Both records with one file name for each photo they share, the first in order of characters on either side.

    What a photo is called depends on how it came off the camera: nobody wrote it, and nobody should have to choose.
    """
    names: dict[str, str] = {}
    for photo in (*one.photos, *other.photos):
        names[photo.sha256] = min(names.get(photo.sha256, photo.name), photo.name)
    records = []
    for record in (one, other):
        for photo in record.photos:
            if photo.name != names[photo.sha256]:
                record = record.replaced(replace(photo, name=names[photo.sha256]))
        records.append(record)
    return records[0], records[1]
