"""检查照片: photos go into a record one by one, bytes and part in one commit: none is ever half there or twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.siterecord import Photo
from ndb_desktop.services.inspect_parts import check_about, new_id
from ndb_desktop.services.inspect_record import SiteRecording
from ndb_desktop.services.photo_intake import PhotoIntake, TakenPhoto, take_photos
from ndb_desktop.services.tasks import CancelToken, Progress, silent

_MEGABYTE = 1024 * 1024


class SitePictures(SiteRecording):
    """The part of a session that photos go into."""

    def add_photos(
        self,
        paths: Sequence[Path],
        *,
        about: str = "",
        worker: RenderWorker | None = None,
        progress: Progress = silent,
        cancel: CancelToken | None = None,
    ) -> PhotoIntake:
        """Adds photos from files and folders, each stored by itself; a bad one costs itself alone.

        Raises:
            NdbError: E-INSPECT-DECLARE, E-INSPECT-ABOUT (belongs to nothing there), E-PHOTO-FOLDER; what befalls a
                single photo, or the disk, stands in the result.
        """
        with self._lock:
            self._may_write()
            check_about(about, self._record, self.pack, "photo")
        if worker is not None:
            return take_photos(self, worker, paths, about=about, progress=progress, cancel=cancel)
        with RenderWorker() as own:
            return take_photos(self, own, paths, about=about, progress=progress, cancel=cancel)

    def known(self, sha256: str) -> str | None:
        """The id of the photo in the record with these bytes, None when it has none."""
        return next((photo.id for photo in self._record.photos if photo.sha256 == sha256), None)

    def keep(self, taken: TakenPhoto) -> str:
        """Stores bytes and part of a photo in one commit; its id.

        Raises:
            NdbError: E-STORE-PHOTO-SIZE, E-STORE-PHOTO-COUNT (more or larger ones than the checklist allows),
                E-STORE-PHOTO-CHANGED, E-INSPECT-ABOUT, E-JSON-FIELD, E-STORE-*.
        """
        with self._lock:
            self._may_write()
            photo, policy = taken.photo, self.pack.photos
            if (there := self.known(photo.sha256)) is not None:
                return there
            if photo.size > policy.most_bytes:
                raise NdbError("E-STORE-PHOTO-SIZE", place=photo.name, limit=policy.most_bytes // _MEGABYTE)
            if len(self._record.photos) >= policy.most:
                raise NdbError("E-STORE-PHOTO-COUNT", place=photo.name, photos=policy.most)
            check_about(photo.about, self._record, self.pack, "photo")
            stored = {one.sha256: one.id for one in self.photos.listing()}
            # A photo that was taken out comes back under the id its bytes still lie under.
            name = stored.get(photo.sha256) or new_id(self._record, "photo", self.member.id, stored.values())
            self._store(
                [replace(photo, id=name)],
                also=lambda: self.photos.add(
                    name, [taken.content], photo.size, photo.sha256, taken.preview, taken.thumb
                ),
            )
            return name

    def preview(self, photo: Photo) -> bytes:
        """The small picture of a photo (JPEG, upright). Raises NdbError E-STORE-PHOTO-MISSING."""
        return self.photos.preview(self.photos.known(photo.sha256) or photo.id)

    def thumb(self, photo: Photo) -> bytes:
        """The smallest picture of a photo (JPEG, upright). Raises NdbError E-STORE-PHOTO-MISSING."""
        return self.photos.thumb(self.photos.known(photo.sha256) or photo.id)

    def original(self, photo: Photo) -> bytes:
        """The bytes of the camera, proven. Raises NdbError E-STORE-PHOTO-MISSING, E-STORE-PHOTO-DIGEST."""
        stored = self.photos.known(photo.sha256)
        return b"".join(self.photos.open(stored or photo.id).pieces())
