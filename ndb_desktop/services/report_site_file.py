"""The PDF of an inspection record made from the signed file itself (`.ndbsite`): what was signed, and its photos.

Such a file holds original photos alone, so each preview is made from plain pixels in the renderer when it is wanted.
"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ndb_desktop.documents.photos import inspect_photo
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sitepack import SitePack
from ndb_desktop.domain.siterecord import Photo
from ndb_desktop.formats.sitefile import SiteReader
from ndb_desktop.services.report_site import SiteSubject, signing_of, site_report
from ndb_desktop.services.tasks import CancelToken, Progress, silent

if TYPE_CHECKING:
    from ndb_desktop.reports.site_record import PrintedRecord

KEPT = 48 * 1024 * 1024
"""Bytes of previews that are kept between laying out and writing, so that most records decode each photo once."""
_UNFIT = frozenset(
    {
        "E-PHOTO-EMPTY", "E-PHOTO-SIZE", "E-PHOTO-TYPE", "E-PHOTO-LIMIT", "E-PHOTO-DAMAGED", "E-PHOTO-HEIC",
        "E-PHOTO-ANIMATED", "E-PHOTO-POLYGLOT", "E-PHOTO-EXIF",
    }
)  # fmt: skip
"""The photo's own fault; anything else may go better a moment later, or is worse than a missing view."""


class FilePreviews:
    """Previews of the photos in a file; None for one that cannot be shown, which the report says in its place."""

    def __init__(self, reader: SiteReader, worker: RenderWorker) -> None:
        self._reader, self._worker = reader, worker
        self._kept: dict[str, bytes | None] = {}
        self._room = KEPT

    def __call__(self, photo: Photo) -> bytes | None:
        """The preview, upright and without camera data.

        Raises:
            NdbError: E-SITE-PHOTO (not the bytes that were signed), E-AGE-*, E-PHOTO-SLOW, E-PHOTO-MEMORY,
                E-PHOTO-CRASH.
        """
        if photo.sha256 in self._kept:
            return self._kept[photo.sha256]
        made = self._made(self._reader.photo(photo.sha256))
        size = len(made or b"")
        if size <= self._room:
            self._kept[photo.sha256] = made
            self._room -= size
        return made

    def _made(self, data: bytes) -> bytes | None:
        try:
            return inspect_photo(self._worker, data).preview
        except NdbError as error:
            if error.code in _UNFIT:
                return None
            raise


def site_file_report(
    reader: SiteReader,
    pack: SitePack,
    target: Path,
    language: str = "zh_CN",
    *,
    subject: SiteSubject | None = None,
    per_page: Literal[2, 4] = 4,
    worker: RenderWorker | None = None,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> PrintedRecord:
    """Writes the record of an open, verified file as a PDF, whole or not at all; `pack` is the checklist of its visit.

    Raises:
        NdbError: E-REPORT-SITE-PACK (another checklist than the visit's), as `FilePreviews`, E-STORE-*.
        Cancelled: by `cancel`, between two photos; nothing is written.
    """
    wanted = reader.record.visit.pack
    if pack.digest != wanted:
        raise NdbError("E-REPORT-SITE-PACK", place=reader.path.name, found=pack.digest[:12], wanted=wanted[:12])
    with nullcontext(worker) if worker is not None else RenderWorker() as renderer:
        return site_report(
            reader.record, pack, signing_of(reader.opened), target, language, previews=FilePreviews(reader, renderer),
            subject=subject, per_page=per_page, progress=progress, cancel=cancel,
        )  # fmt: skip
