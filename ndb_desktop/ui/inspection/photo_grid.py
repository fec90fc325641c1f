"""The photos of a record as a grid of thumbs, of which only those in sight are ever read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Union

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QListView

from ndb_desktop.domain.siterecord import Photo
from ndb_desktop.ui import icons, theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.photo_pictures import Thumbs
from ndb_desktop.ui.inspection.photo_words import PhotoWords
from ndb_desktop.ui.inspection.store import SiteStore

Index = Union[QModelIndex, QPersistentModelIndex]
SIDE = 128


class PhotoModel(QAbstractListModel):
    """Photos in their order; the picture of one is asked for when it is painted."""

    def __init__(self, store: SiteStore, words: PhotoWords) -> None:
        super().__init__()
        self.thumbs = Thumbs(store, theme.pixels(SIDE), self)
        self.thumbs.come.connect(self._come)
        self._words = words
        self.photos: tuple[Photo, ...] = ()

    def show_photos(self, photos: Sequence[Photo]) -> None:
        """Other photos; where only what is said of them changed, the grid stays where it is."""
        same = [photo.id for photo in self.photos] == [photo.id for photo in photos]
        if same:
            self.photos = tuple(photos)
            if self.photos:
                self.dataChanged.emit(self.index(0), self.index(len(self.photos) - 1))
            return
        self.beginResetModel()
        self.photos = tuple(photos)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's signature)
        return 0 if parent.isValid() else len(self.photos)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self.photos):
            return None
        photo = self.photos[index.row()]
        if role == Qt.ItemDataRole.DecorationRole:
            return self._picture(photo)
        if role == Qt.ItemDataRole.DisplayRole:
            return photo.caption or photo.id
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._words.spoken(photo)
        return None

    def _picture(self, photo: Photo) -> QIcon:
        image = self.thumbs.get(photo)
        side = theme.pixels(SIDE)
        if image is None or image.isNull():
            return _square(icons.pixmap("image" if image is None else "file-x", side // 2, "muted"), side)
        return _square(QPixmap.fromImage(image), side)

    def _come(self, names: frozenset[str]) -> None:
        for row, photo in enumerate(self.photos):
            if photo.id in names:
                self.dataChanged.emit(self.index(row), self.index(row), [Qt.ItemDataRole.DecorationRole])


def _square(picture: QPixmap, side: int) -> QIcon:
    """Each as large as the others, so that none moves when it comes; one that is chosen keeps its colours."""
    square = QPixmap(side, side)
    square.fill(Qt.GlobalColor.transparent)
    painter = QPainter(square)
    size = picture.deviceIndependentSize().toSize()
    painter.drawPixmap((side - size.width()) // 2, (side - size.height()) // 2, picture)
    painter.end()
    icon = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
        icon.addPixmap(square, mode)
    return icon


class PhotoGrid(QListView):
    """Signals: `picked(object)` the photos chosen, the one last chosen first; `held()` a finger stayed on a photo, from
    now on several are to be chosen.
    """

    picked = Signal(object)
    held = Signal()

    def __init__(self, store: SiteStore, words: PhotoWords) -> None:
        super().__init__()
        self.setObjectName("site.photos.grid")
        self.setAccessibleName(tr("site.photos"))
        self.photos = PhotoModel(store, words)
        self.photos.setParent(self)
        self.setModel(self.photos)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        side = theme.pixels(SIDE)
        self.setIconSize(QSize(side, side))
        self.setGridSize(QSize(side + 24, side + 24 + self.fontMetrics().height()))
        self.setMinimumWidth(side + 64)
        self.selectionModel().selectionChanged.connect(self._changed)

    def choose_several(self, on: bool) -> None:
        """Whether a press chooses one more photo or puts it back, as with Ctrl; else it chooses that one only."""
        mode = QAbstractItemView.SelectionMode
        self.setSelectionMode(mode.MultiSelection if on else mode.ExtendedSelection)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """A longer press of a finger, which is no button of a mouse (see `swipe`)."""
        index = self.indexAt(event.pos())
        if event.reason() != QContextMenuEvent.Reason.Other or not index.isValid():
            super().contextMenuEvent(event)
            return
        self.held.emit()
        flag = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flag.NoUpdate)
        self.selectionModel().select(index, flag.Toggle)
        event.accept()

    def chosen(self) -> tuple[Photo, ...]:
        """The photos chosen, the present one first."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        now = self.currentIndex().row()
        order = [now, *(row for row in rows if row != now)] if now in rows else rows
        return tuple(self.photos.photos[row] for row in order)

    def show_photos(self, photos: Sequence[Photo]) -> None:
        """Other photos; those chosen that are still there stay chosen, else the first is."""
        names = [photo.id for photo in photos]
        kept, here = {photo.id for photo in self.chosen()}, max(self.currentIndex().row(), 0)
        first = self.chosen()[0].id if kept else ""
        self.blockSignals(True)
        self.photos.show_photos(photos)
        if names and not self.selectedIndexes():
            rows = [row for row, name in enumerate(names) if name in kept]
            row = names.index(first) if first in names else min(here, len(names) - 1)
            self._choose(row, rows or [row])
        self.blockSignals(False)
        self._changed()

    def choose(self, name: str) -> bool:
        """Chooses one photo; False where it is not in the grid."""
        for row, photo in enumerate(self.photos.photos):
            if photo.id == name:
                self._choose(row, [row])
                self.scrollTo(self.photos.index(row))
                return True
        return False

    def _choose(self, row: int, rows: Sequence[int]) -> None:
        picked = QItemSelection()
        for one in rows:
            picked.select(self.photos.index(one), self.photos.index(one))
        self.selectionModel().setCurrentIndex(self.photos.index(row), QItemSelectionModel.SelectionFlag.NoUpdate)
        self.selectionModel().select(picked, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _changed(self, *_: object) -> None:
        if not self.signalsBlocked():
            self.picked.emit(self.chosen())
