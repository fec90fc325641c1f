"""归档: one batch as a `.ndbarchive`: originals, views, digests, and the report of what was verified when it was filed.

The applicants' documents and the photos of inspections lie in volumes (分卷) beside it. Before any of these files gets
its name, the reader of `formats.archive` has gone through every byte of them, and the archive that names the volumes
gets its name last.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.archive import ArchiveCheck, check_stream
from ndb_desktop.formats.archive_set import fits, volume_path
from ndb_desktop.formats.archive_writing import EXTENSION, ArchiveHead, ArchiveWriter, Volume
from ndb_desktop.formats.filenames import TRIAL_PREFIX, fit_part
from ndb_desktop.services.archive_about import Lacking, kinds_of, lacking_of, metadata_node, report_node
from ndb_desktop.services.archive_documents import VOLUME_BYTES, DocumentsPlan, VolumeMaker, plan_documents
from ndb_desktop.services.archive_outcome import outcome_of
from ndb_desktop.services.archive_parts import PartMaker, log_head
from ndb_desktop.services.objections import check_none_open
from ndb_desktop.services.outcome import unblind
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.atomic import known_os_errors
from ndb_desktop.storage.nameless import write_new_set

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office


@dataclass(frozen=True, slots=True)
class FiledVolume:
    """A volume that was filed: file, size in bytes, how many documents, retention, SHA-256 of what was signed.

    One with `photos` of inspections holds no documents.
    """

    path: Path
    size: int
    documents: int
    retention: str
    digest: str
    photos: int = 0


@dataclass(frozen=True, slots=True)
class Archived:
    """What was filed: `digest` is the SHA-256 of what was signed; `missing` the code points a view shows as □.

    `members` and `size` are those of the archive without its `volumes`; `gone` are documents that only earlier
    versions of applications name.
    """

    path: Path
    digest: str
    members: int
    size: int
    filed_on: date
    kinds: Mapping[str, int]
    missing: Mapping[str, tuple[str, ...]]
    volumes: tuple[FiledVolume, ...] = ()
    gone: int = 0

    @property
    def documents(self) -> int:
        """How many of the applicants' documents were filed."""
        return sum(volume.documents for volume in self.volumes)

    @property
    def photos(self) -> int:
        """How many photos of inspections were filed."""
        return sum(volume.photos for volume in self.volumes)

    @property
    def whole_size(self) -> int:
        """Bytes of all files."""
        return self.size + sum(volume.size for volume in self.volumes)


def archive_name(office: Office, filed_on: date) -> str:
    """Such as `2026-1_archive_2026-11-22.ndbarchive`."""
    trial = f"{TRIAL_PREFIX}_" if office.batch.trial else ""
    return f"{trial}{fit_part(office.batch.id)}_archive_{filed_on.isoformat()}{EXTENSION}"


def preview(
    office: Office,
    *,
    documents: bool = True,
    periods: Mapping[str, str] | None = None,
    volume_bytes: int = VOLUME_BYTES,
) -> DocumentsPlan:
    """The volumes that `archive` would make now. Raises NdbError as `plan_documents`."""
    if not documents:
        return DocumentsPlan()
    return plan_documents(office, outcome_of(office).kept, periods or {}, volume_bytes)


def archive(
    office: Office,
    target: Path,
    *,
    filed_on: date | None = None,
    periods: Mapping[str, str] | None = None,
    documents: bool = True,
    volume_bytes: int = VOLUME_BYTES,
    language: str = "zh_CN",
    progress: Progress = silent,
    on_bytes: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Archived:
    """Files the batch to `target` (a new file, or a folder to name it in); logged. Not encrypted (R19).

    `filed_on` is the day of filing (today), `periods` overrides retention per kind. The same content and day give the
    same bytes. With `documents` the applicants' documents and the photos of inspections go into volumes of at most
    `volume_bytes` bytes of them; a larger one has a volume to itself. `on_bytes` is told of bytes written and read,
    `progress` of files made, and of both where there is no `on_bytes`.

    Raises:
        NdbError: E-FINAL-FIRST, E-FINAL-CHANGED (results not final, or not those), E-OBJECTION-OPEN, E-ARCHIVE-UNSOUND
            (the registry is not sound), E-ARCHIVE-PERIOD, E-ARCHIVE-MANY, E-ARCHIVE-SELFCHECK, E-ARCHIVE-DOCUMENT,
            E-ARCHIVE-PHOTO-LOST, E-ARCHIVE-VOLUME-SIZE, E-OFFICE-RECOVERY, E-REGISTRY-FILE, E-STORE-*, and as
            `unblind`.
        Cancelled: by `cancel`; nothing is left.
    """
    office.signer()
    token, told = cancel or CancelToken(), on_bytes or progress
    result = outcome_of(office, cancel=token)
    result.check()
    check_none_open(office)
    unblind(office)
    _check_sound(office)
    day = filed_on or office.clock().astimezone().date()
    path = target / archive_name(office, day) if target.is_dir() else target
    maker = PartMaker(office, result, language, periods or {})
    known = plan_documents(office, result.kept, periods or {}, volume_bytes)
    plan = known if documents else DocumentsPlan()
    if plan.bytes > free_bytes(path):
        # Said now, and not after hours of writing.
        raise NdbError("E-STORE-FULL", place=path.name)
    paths = (path, *(volume_path(path, volume.number) for volume in plan.volumes))
    head = ArchiveHead(
        office.batch.id, office.batch.trial, day.isoformat(), office.name, result.digest, log_head(maker.log)
    )
    with write_new_set(paths) as streams:
        volumes = _volumes(VolumeMaker(office, language, _counter(plan.bytes, told, token)), plan, streams[1:], head)
        head = replace(head, volumes=volumes)
        lacking = lacking_of(known, plan, language)
        kinds, digest = _main(streams[0], maker, head, lacking, progress, token)
        members = _self_check(streams, paths, digest, told, token)
        size = streams[0].seek(0, 2)
    _log(office, path.name, head, digest, members)
    filed = tuple(
        FiledVolume(file, one.size, one.documents, one.retention, one.sha256, len(planned.photos))
        for file, one, planned in zip(paths[1:], volumes, plan.volumes, strict=True)
    )
    return Archived(path, digest, members, size, day, kinds, maker.missing, filed, len(plan.gone))


def _log(office: Office, name: str, head: ArchiveHead, digest: str, members: int) -> None:
    details: dict[str, object] = {
        "file": name, "sha256": digest, "members": members, "result": head.result, "filed_on": head.filed_on
    }  # fmt: skip
    if head.volumes:
        details["documents"] = sum(one.documents for one in head.volumes)
        details["volumes"] = [one.sha256 for one in head.volumes]
    office.log("archive", office.batch.id, details)


def free_bytes(target: Path) -> int:
    """Bytes that are free where `target` (a folder, or a file in one) lies. Raises NdbError E-STORE-*."""
    with known_os_errors(target.name):
        return shutil.disk_usage(target if target.is_dir() else target.parent).free


def _main(
    stream: BinaryIO, maker: PartMaker, head: ArchiveHead, lacking: Lacking, progress: Progress,
    token: CancelToken,
) -> tuple[dict[str, int], str]:  # fmt: skip
    """Writes the archive itself: how many members of each kind there are, and the SHA-256 of what was signed."""
    writer, steps = ArchiveWriter(stream), maker.steps
    try:
        for number, part in enumerate(maker.parts(), 1):
            token.check()
            progress(min(number, steps), steps, part.title)
            writer.add(part.kind, part.suffix, part.data, retention=part.retention, title=part.title)
        writer.describe("metadata.xml", metadata_node(maker, writer, head))
        writer.describe("report.xml", report_node(maker, kinds_of(writer), head, lacking))
        return kinds_of(writer), writer.finish(head, maker.office.signer())
    finally:
        writer.close()


def _counter(total: int, told: Progress, token: CancelToken) -> Callable[[int, str], None]:
    """Adds up bytes, tells of them, and stops where it was cancelled."""
    done = 0

    def on_bytes(count: int, application: str) -> None:
        nonlocal done
        done += count
        token.check()
        told(min(done, total), total, application)

    return on_bytes


def _volumes(
    maker: VolumeMaker, plan: DocumentsPlan, streams: tuple[BinaryIO, ...], head: ArchiveHead
) -> tuple[Volume, ...]:
    """Writes every volume."""
    made: list[Volume] = []
    for volume, stream in zip(plan.volumes, streams, strict=True):
        writer = ArchiveWriter(stream)
        try:
            digest = maker.write(writer, volume, replace(head, volume=(volume.number, len(plan.volumes))))
        finally:
            writer.close()
        size = stream.seek(0, 2)
        made.append(Volume(volume.number, volume.retention, len(volume.documents), size, digest))
    return tuple(made)


def _check_sound(office: Office) -> None:
    log = office.verify_log()
    if not log.ok:
        raise NdbError("E-ARCHIVE-UNSOUND", detail=f"log {log.broken}")
    for fault in office.decided.check():
        raise NdbError("E-ARCHIVE-UNSOUND", detail=f"{fault.code} {fault.params.get('number', '')}".strip())


def _self_check(
    streams: tuple[BinaryIO, ...], paths: tuple[Path, ...], digest: str, progress: Progress, token: CancelToken
) -> int:
    """Reads what was written as a stranger would. Says how many members the main archive has."""
    sizes = [stream.seek(0, 2) for stream in streams]

    def read(number: int) -> ArchiveCheck:
        def on_bytes(done: int, _total: int, name: str) -> None:
            token.check()
            progress(min(sum(sizes[:number]) + done, sum(sizes)), sum(sizes), name)

        streams[number].flush()
        return check_stream(streams[number], paths[number].name, on_bytes)

    main = read(0)
    _found_sound(main, paths[0].name, fits=main.payload_sha256 == digest)
    for number, ref in enumerate(main.manifest.volumes, 1):
        found = read(number)
        _found_sound(found, paths[number].name, fits=fits(ref, found, sizes[number], main))
    return len(main.manifest.members)


def _found_sound(found: ArchiveCheck, place: str, *, fits: bool) -> None:
    if found.faults or not fits:
        first = found.faults[0].code if found.faults else "sha256"
        raise NdbError("E-ARCHIVE-SELFCHECK", place=place, detail=first, count=len(found.faults))
