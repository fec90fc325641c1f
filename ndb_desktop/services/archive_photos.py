"""现场照片归档: the original bytes of every photo of every record that was taken, in volumes (分卷) of their own.

They come out of the sealed files one at a time and are compared with what was signed; no record is ever in memory as a
whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.siterecord import Photo
from ndb_desktop.formats.archive_writing import ArchiveWriter
from ndb_desktop.formats.sitefile import SiteReader
from ndb_desktop.services.archive_visits import record_rows
from ndb_desktop.services.site_merge import site_path
from ndb_desktop.services.site_rebuild import read_record
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

_PIECE = 1024 * 1024
_SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/heic": "heic", "image/heif": "heic"}


@dataclass(frozen=True, slots=True)
class FiledPhoto:
    """A photo of a visit and the record (digest of its payload) whose file it is taken from."""

    visit: str
    application: str
    record: str
    photo: Photo


@dataclass(frozen=True, slots=True)
class Inspected:
    """What of inspections there is to file: records that were taken, their photos, and the bytes of these."""

    records: int = 0
    photos: int = 0
    size: int = 0


def inspected(office: Office) -> Inspected:
    """Raises NdbError as `plan_photos`."""
    photos = [one.photo.size for one in plan_photos(office)]
    return Inspected(len(office.registry.site_stored()), len(photos), sum(photos))


def plan_photos(office: Office) -> Iterator[FiledPhoto]:
    """Every photo once per visit, by visit, record and id; later revisions name the same bytes again.

    Raises:
        NdbError: as `site_rebuild.read_record`.
    """
    seen: set[tuple[str, str]] = set()
    for row in record_rows(office):
        for photo in sorted(read_record(row).record.photos, key=lambda one: one.id):
            if (row.visit, photo.sha256) not in seen:
                seen.add((row.visit, photo.sha256))
                yield FiledPhoto(row.visit, row.application, row.payload_sha256, photo)


def write_photos(
    office: Office, writer: ArchiveWriter, photos: Iterable[FiledPhoto], retention: str, language: str,
    check: Callable[[int, str], object],
) -> None:  # fmt: skip
    """Adds `photos` to a volume; `check` is called with the bytes of each piece and the visit, and may raise.

    Raises:
        NdbError: E-ARCHIVE-PHOTO-LOST (a sealed file is missing, damaged or another), and as the writer.
    """
    for record, group in groupby(photos, key=lambda one: one.record):
        listed = list(group)
        visit = listed[0].visit
        with _reading(office, visit, record) as reader:
            for one in listed:
                plain = _plain(reader, visit, one.photo)
                title = text("archive.title.photo", language, name=visit, photo=one.photo.name or one.photo.id)
                writer.add_pieces(
                    "photo", _SUFFIXES.get(one.photo.mime, "bin"), _pieces(plain), len(plain), retention=retention,
                    title=title, more=_facts(one), check=lambda count, visit=visit: check(count, visit),  # type: ignore[misc]
                )  # fmt: skip


def _reading(office: Office, visit: str, record: str) -> SiteReader:
    try:
        reader = SiteReader(site_path(office, record), office.identity)
    except NdbError as error:
        raise _lost(visit, "-", error.code) from None
    if reader.opened.digest != record:
        reader.close()
        raise _lost(visit, "-", "sha256")
    return reader


def _plain(reader: SiteReader, visit: str, photo: Photo) -> bytes:
    try:
        return reader.photo(photo.sha256)
    except NdbError as error:
        raise _lost(visit, photo.name or photo.id, error.code) from None


def _lost(visit: str, name: str, detail: str) -> NdbError:
    return NdbError("E-ARCHIVE-PHOTO-LOST", place=visit, name=name, detail=detail)


def _pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _PIECE):
        yield data[start : start + _PIECE]


def _facts(one: FiledPhoto) -> dict[str, str]:
    """What the metadata says of a photo beside what every member has."""
    return {
        "visit": one.visit, "application": one.application, "photo": one.photo.id, "original_name": one.photo.name,
        "mime": one.photo.mime,
    }  # fmt: skip
