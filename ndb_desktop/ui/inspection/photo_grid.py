"""The photos of a record as a grid of thumbs, of which only those in sight are ever read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Union

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QIcon, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle

from ndb_desktop.documents.port import THUMB_SIDE
from ndb_desktop.domain.siterecord import Photo
from ndb_desktop.ui import icons, theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.photo_pictures import Thumbs
from ndb_desktop.ui.inspection.photo_words import PhotoWords
from ndb_desktop.ui.inspection.store import SiteStore

Index = Union[QModelIndex, QPersistentModelIndex]
SIDE, LEAST = 128, 80
"""Sides of a thumb in pixels at 100 %: as it is liked, and the least where two are to stand beside each other."""
_AROUND = 24
"""Between two thumbs, in pixels."""
ROWS = 2
"""So many rows of thumbs are in sight where the photo chosen stands below."""


class PhotoModel(QAbstractListModel):
    """Photos in their order; the picture of one is asked for when it is painted."""

    def __init__(self, store: SiteStore, words: PhotoWords) -> None:
        super().__init__()
        self.thumbs = Thumbs(store, self)
        self.thumbs.come.connect(self._come)
        self._words = words
        self.photos: tuple[Photo, ...] = ()
        self._side, self._ratio = theme.pixels(SIDE), 1.0
        self._cell = QSize()

    def show_as(self, side: int, ratio: float, cell: QSize) -> None:
        """Thumbs of a side in logical pixels, each with its name in a cell, on a screen of this pixel ratio."""
        self._side, self._ratio, self._cell = side, ratio, cell
        self.thumbs.read_for(round(side * ratio))

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
        return self._cell if role == Qt.ItemDataRole.SizeHintRole else None

    def _picture(self, photo: Photo) -> QIcon:
        image, side, ratio = self.thumbs.get(photo), self._side, self._ratio
        if image is None or image.isNull():
            return _square(icons.pixmap("image" if image is None else "file-x", side // 2, "muted", ratio), side, ratio)
        most = round(side * ratio)
        if max(image.width(), image.height()) > most:
            keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            image = image.scaled(most, most, keep, smooth)
        picture = QPixmap.fromImage(image)
        picture.setDevicePixelRatio(ratio)
        return _square(picture, side, ratio)

    def _come(self, names: frozenset[str]) -> None:
        for row, photo in enumerate(self.photos):
            if photo.id in names:
                self.dataChanged.emit(self.index(row), self.index(row), [Qt.ItemDataRole.DecorationRole])


def _square(picture: QPixmap, side: int, ratio: float) -> QIcon:
    """Each as large as the others, so that none moves when it comes; one that is chosen keeps its colours.

    Drawn in pixels of the screen: what falls between two of them would be blurred.
    """
    whole = round(side * ratio)
    square = QPixmap(whole, whole)
    square.fill(Qt.GlobalColor.transparent)
    painter = QPainter(square)
    left, top = (whole - picture.width()) // 2, (whole - picture.height()) // 2
    painter.drawPixmap(QRect(left, top, picture.width(), picture.height()), picture, picture.rect())
    painter.end()
    square.setDevicePixelRatio(ratio)
    icon = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
        icon.addPixmap(square, mode)
    return icon


class PhotoGrid(QListView):
    """Signals: `picked(object)` the photos chosen, the one last chosen first; `held()` a finger stayed on a photo, from
    now on several are to be chosen; `spread()` cells are of another size.
    """

    picked = Signal(object)
    held = Signal()
    spread = Signal()

    def __init__(self, store: SiteStore, words: PhotoWords) -> None:
        super().__init__()
        self.setObjectName("site.photos.grid")
        self.setAccessibleName(tr("site.photos"))
        self._shown = (0, 0.0)
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
        self.setMinimumWidth(theme.pixels(SIDE) + 64)
        self.selectionModel().selectionChanged.connect(self._changed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._spread()
        super().resizeEvent(event)

    def event(self, event: QEvent) -> bool:
        kinds = (QEvent.Type.DevicePixelRatioChange, QEvent.Type.FontChange, QEvent.Type.StyleChange)
        done = super().event(event)
        if event.type() in kinds:
            self._spread()
        return done

    def rows_high(self) -> int:
        """The height of the first rows, in pixels."""
        columns = max(self._room() // max(self.gridSize().width(), 1), 1)
        rows = min(-(-len(self.photos.photos) // columns), ROWS)
        return max(rows, 1) * self.gridSize().height() + 2 * self.frameWidth() + 2

    def _room(self) -> int:
        """The width of all columns; a bar that comes must not change what there is to scroll."""
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self.verticalScrollBar())
        return self.maximumViewportSize().width() - bar - 4

    def _spread(self) -> None:
        """As many columns as there is room for, at least two where that can be, and the whole width among them.

        A thumb is never drawn larger than it is stored, for it would be blurred.
        """
        room, ratio = self._room(), self.devicePixelRatioF()
        columns = max(room // (theme.pixels(SIDE) + _AROUND), 1)
        if columns == 1 and room // 2 >= theme.pixels(LEAST) + _AROUND:
            columns = 2
        wide = max(room // columns, theme.pixels(LEAST) + _AROUND)
        side = min(wide - _AROUND, int(THUMB_SIDE / ratio))
        cell = QSize(wide, side + _AROUND + self.fontMetrics().height())
        if cell == self.gridSize() and (side, ratio) == self._shown:
            return
        self._shown = (side, ratio)
        # The whole cell is the photo's: between two of them a finger would choose none.
        self.photos.show_as(side, ratio, cell)
        self.setIconSize(QSize(side, side))
        self.setGridSize(cell)
        self.spread.emit()

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
