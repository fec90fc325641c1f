"""Small pictures of photos, read apart from the window's thread: only what is in sight, and few kept in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageReader

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.siterecord import Photo
from ndb_desktop.services.inspect import SiteSession
from ndb_desktop.ui import tasks
from ndb_desktop.ui.inspection.store import SiteStore

KEPT = 240
"""So many thumbs are kept: some screens full."""
_AT_ONCE = 24
_MOST_ASKED = 96
"""What was asked for before these has long been scrolled away."""
_STEP = 48
_LARGEST = 4_000
"""Sides of a picture that was made for looking at are shorter, in pixels."""


def decoded(data: bytes, longest: int = 0) -> QImage:
    """A JPEG that was made for looking at, no side longer than `longest`; a null image for anything else."""
    bytes_, buffer = QByteArray(data), QBuffer()
    buffer.setData(bytes_)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(b"jpeg"))
    size = reader.size()
    if not size.isValid() or max(size.width(), size.height()) > _LARGEST:
        return QImage()
    if longest and max(size.width(), size.height()) > longest:
        reader.setScaledSize(size.scaled(QSize(longest, longest), Qt.AspectRatioMode.KeepAspectRatio))
    return reader.read()


class Thumbs(QObject):
    """Signal `come(object)`: the ids of photos whose picture is there now. A null image stands for one that is gone."""

    come = Signal(object)

    def __init__(self, store: SiteStore, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._side = store.session, 0
        self._kept: OrderedDict[str, QImage] = OrderedDict()
        self._asked: OrderedDict[str, Photo] = OrderedDict()
        self._task: tasks.Task | None = None
        self._over = False
        store.closing.connect(self._stop)

    def __len__(self) -> int:
        return len(self._kept)

    def read_for(self, side: int) -> None:
        """Pictures are wanted this large from now on, in pixels of the screen; smaller ones are read again.

        In steps, so that a window being drawn larger does not read all of them at every width.
        """
        side = -(-side // _STEP) * _STEP
        if side > self._side:
            self._side = side
            self._kept.clear()

    def get(self, photo: Photo) -> QImage | None:
        """The picture, or None while it is read."""
        found = self._kept.get(photo.sha256)
        if found is not None:
            self._kept.move_to_end(photo.sha256)
            return found
        self._asked[photo.sha256] = photo
        self._asked.move_to_end(photo.sha256)
        while len(self._asked) > _MOST_ASKED:
            self._asked.popitem(last=False)
        self._read()
        return None

    def forget_gone(self) -> None:
        """Asks again for pictures that were not there."""
        for name in [name for name, image in self._kept.items() if image.isNull()]:
            del self._kept[name]

    def _stop(self) -> None:
        self._over = True
        self._asked.clear()

    def _read(self) -> None:
        if self._over or self._task is not None or not self._asked:
            return
        batch = [self._asked.popitem(last=True)[1] for _ in range(min(_AT_ONCE, len(self._asked)))]
        session, side = self._session, self._side
        self._task = tasks.run(
            lambda _progress, _cancel: [(photo, _thumb(session, photo, side)) for photo in batch],
            done=lambda read: self._take(read, side), failed=lambda _error: self._done(), lane="pool", owner=self,
        )  # fmt: skip
        if not self._task.running:
            self._done()

    def _take(self, read: Sequence[tuple[Photo, QImage]], side: int) -> None:
        for photo, image in read:
            # Larger ones may have been asked for meanwhile: whoever paints it will ask again.
            if side == self._side:
                self._kept[photo.sha256] = image
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        self.come.emit(frozenset(photo.id for photo, _ in read))
        self._done()

    def _done(self) -> None:
        self._task = None
        self._read()


def _thumb(session: SiteSession, photo: Photo, side: int) -> QImage:
    try:
        return decoded(session.thumb(photo), side)
    except NdbError:
        # It says so in its place; the others are read all the same.
        return QImage()


def read_preview(
    store: SiteStore, photo: Photo, done: Callable[[QImage], None], failed: Callable[[Exception], None], owner: QObject
) -> None:
    """Reads the larger picture of a photo; `failed` gets E-STORE-PHOTO-MISSING where it is gone."""
    session = store.session
    tasks.run(
        lambda _progress, _cancel: decoded(session.preview(photo)),
        done=done, failed=failed, lane="pool", owner=owner,
    )  # fmt: skip
