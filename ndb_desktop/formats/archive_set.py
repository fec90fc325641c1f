"""An archive and its volumes (分卷) as one set: whoever checks the main file learns which volume is missing or another.

Volumes are found by name beside the main archive (`x_v01.ndbarchive` for `x.ndbarchive`), and believed by digest only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.formats.archive import ArchiveCheck, OnBytes, VolumeRef, check_stream, read_manifest
from ndb_desktop.formats.archive_sites import missing_photos
from ndb_desktop.storage.atomic import known_os_errors

_EXTENSION = ".ndbarchive"
_VOLUME = re.compile(r"(?P<stem>.+)_v[0-9]{2,3}")
_YEARS: Mapping[str, int] = {"D10": 10, "D30": 30}


def volume_path(main: Path, number: int) -> Path:
    """Where volume `number` (from 1) of an archive lies: `x_v01.ndbarchive` beside `x.ndbarchive`."""
    return main.with_name(f"{main.name.removesuffix(_EXTENSION)}_v{number:02d}{_EXTENSION}")


def retention_over(filed_on: str, retention: str, today: date) -> bool:
    """Whether what was filed on a day may be gone: its years count from the January after (保管期限自次年起算)."""
    years = _YEARS.get(retention)
    return years is not None and today.year > int(filed_on[:4]) + years


def check_archive(path: Path, on_bytes: OnBytes | None = None, *, today: date | None = None) -> ArchiveCheck:
    """Reads an archive through, and every volume it names. What is wrong inside is reported, all of it.

    A volume by itself is checked too, and it is reported when its main archive does not lie beside it. One that is
    missing is a fault, unless its retention is over on `today`: then it stands in `ended`.

    Raises:
        NdbError: as `archive.check_stream`, `E-STORE-*`.
    """
    path = Path(path)
    with known_os_errors(path.name), path.open("rb") as stream:
        own = stream.seek(0, 2)
        rest = sum(ref.size for ref in read_manifest(stream, path.name)[0].volumes)
        found = check_stream(stream, path.name, _from(on_bytes, 0, own + rest))
    faults = list(found.faults)
    if found.manifest.volume is not None and not is_listed(path):
        main = main_of(path)
        faults.append(Fault("E-ARCHIVE-ALONE", path.name, {"name": main.name if main else "-"}))
    before = own
    ended = [
        ref
        for ref in found.manifest.volumes
        if today is not None
        and retention_over(found.manifest.filed_on, ref.retention, today)
        and not volume_path(path, ref.number).exists()
    ]
    photos: set[tuple[str, int]] = set()
    for ref in found.manifest.volumes:
        if ref not in ended:
            faults += _volume(path, ref, found, photos, _from(on_bytes, before, own + rest))
        before += ref.size
    if found.manifest.volumes and not ended and not faults:
        # Without volumes photos were left out as a whole; with a fault they are missing for another reason.
        lacking = missing_photos(found.photos, photos)
        faults += [Fault("E-ARCHIVE-PHOTO", path.name, {"visit": visit, "name": name}) for visit, name in lacking]
    if on_bytes is not None:
        on_bytes(own + rest, own + rest, path.name)
    return replace(found, faults=tuple(faults), ended=tuple(ended))


def main_of(path: Path) -> Path | None:
    """Where the main archive of a volume should lie, by the volume's name."""
    named = _VOLUME.fullmatch(path.name.removesuffix(_EXTENSION))
    return path.with_name(named["stem"] + _EXTENSION) if named else None


def is_listed(path: Path) -> bool:
    """Whether the main archive beside `path` names exactly this volume; only the two manifests are read."""
    main = main_of(path)
    try:
        if main is None or not main.is_file():
            return False
        with known_os_errors(main.name), main.open("rb") as stream:
            listed = {ref.number: ref.sha256 for ref in read_manifest(stream, main.name)[0].volumes}
        with known_os_errors(path.name), path.open("rb") as stream:
            own, digest = read_manifest(stream, path.name)
    except NdbError:
        return False
    return own.volume is not None and listed.get(own.volume.number) == digest


def _volume(
    place: Path, ref: VolumeRef, main: ArchiveCheck, photos: set[tuple[str, int]], on_bytes: OnBytes | None
) -> list[Fault]:
    """What is wrong with one volume of the archive at `place`; adds the photos it holds, digest and size."""
    path = volume_path(place, ref.number)
    if not path.is_file():
        params = {"name": path.name, "number": str(ref.number), "documents": str(ref.documents)}
        return [Fault("E-ARCHIVE-VOLUME", place.name, params)]
    try:
        with known_os_errors(path.name), path.open("rb") as stream:
            found = check_stream(stream, path.name, on_bytes)
            size = stream.seek(0, 2)
    except NdbError as error:
        return list(error.faults)
    faults = list(found.faults)
    photos.update((one.sha256, one.size) for one in found.manifest.members if one.kind == "photo")
    if not fits(ref, found, size, main):
        faults.append(Fault("E-ARCHIVE-OTHER", path.name, {"name": path.name}))
    return faults


def fits(ref: VolumeRef, found: ArchiveCheck, size: int, main: ArchiveCheck) -> bool:
    """Whether a volume that was read is the one the main archive names."""
    said, volume = (ref.number, ref.documents, ref.size, ref.sha256), found.manifest.volume
    if volume is None or volume.of != len(main.manifest.volumes):
        return False
    return said == (volume.number, found.count("document"), size, found.payload_sha256)


def _from(on_bytes: OnBytes | None, before: int, total: int) -> OnBytes | None:
    """`on_bytes` for a part of the set."""
    if on_bytes is None:
        return None
    return lambda done, _total, name: on_bytes(min(before + done, total), total, name)
