"""Small pictures of all pages in a strip (缩略图); only those in sight are drawn, when nothing more urgent is to do."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ndb_desktop.ui import theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.viewer import painting
from ndb_desktop.ui.viewer.pages import Pages

_WIDTH, _HEIGHT = 104, 132
_PAD = 8

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class _Model(QAbstractListModel):
    """One row per page; the picture is asked for by the delegate."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.count = 0

    def show(self, count: int) -> None:
        """Another document."""
        self.beginResetModel()
        self.count = count
        self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else self.count

    def data(self, index: _Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return tr("viewer.page.waiting", page=index.row() + 1)
        return None


class _Delegate(QStyledItemDelegate):
    def __init__(self, strip: ThumbnailStrip) -> None:
        super().__init__(strip)
        self._strip = strip

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(_WIDTH, _HEIGHT + theme.pixels(18) + 2 * _PAD)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        page = index.row() + 1
        rect: QRect = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        room = rect.adjusted(0, _PAD, 0, -_PAD - theme.pixels(18))
        place = self._strip.place(page, room)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if chosen:
            painter.fillRect(rect, theme.color("accent_soft"))
        picture = self._strip.picture(page)
        if picture is not None:
            painting.paint_picture(painter, place, picture, self._strip.rotation)
        else:
            painter.fillRect(place, painting.WAITING)
        painter.setPen(QPen(theme.color("accent" if chosen else "line"), 2 if chosen else 1))
        painter.drawRect(place.adjusted(-1, -1, 0, 0))
        painter.setPen(theme.color("on_accent_soft" if chosen else "muted"))
        words = QRect(rect.left(), rect.bottom() - _PAD - theme.pixels(18) + 4, rect.width(), theme.pixels(18))
        painter.drawText(words, int(Qt.AlignmentFlag.AlignCenter), str(page))
        self._strip.paint_marks(painter, place, page)
        painter.restore()


class ThumbnailStrip(QListView):
    """Signal `page_chosen(int)`: by mouse or keys."""

    page_chosen = Signal(int)

    def __init__(self, pages: Pages, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("viewer.thumbnails")
        self.setAccessibleName(tr("viewer.thumbnails"))
        self.setProperty("side", "true")
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._pages = pages
        self._model = _Model(self)
        self._sizes: tuple[tuple[float, float], ...] = ()
        self._marked: frozenset[int] = frozenset()
        self.rotation = 0
        self._following = False
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(self))
        self.selectionModel().currentChanged.connect(self._moved)
        self.verticalScrollBar().valueChanged.connect(self._ask)
        pages.previewed.connect(self._came)

    def show_document(self, sizes: tuple[tuple[float, float], ...]) -> None:
        """Pages of these sizes; none empties the strip."""
        self._sizes, self._marked = sizes, frozenset()
        self._following = True
        self._model.show(len(sizes))
        self._following = False
        self._ask()

    def show_page(self, page: int) -> None:
        """Follows the page that is read."""
        if not 1 <= page <= self._model.count or self.currentIndex().row() == page - 1:
            return
        self._following = True
        self.setCurrentIndex(self._model.index(page - 1))
        self._following = False

    def set_rotation(self, rotation: int) -> None:
        """Turned like the pages."""
        self.rotation = rotation
        self.viewport().update()

    def set_marked(self, pages: frozenset[int]) -> None:
        """Pages with evidence on them get a corner."""
        self._marked = pages
        self.viewport().update()

    def picture(self, page: int) -> QPixmap | None:
        """The small picture of a page, if it is there."""
        return self._pages.preview(page)

    def place(self, page: int, room: QRect) -> QRect:
        """Where the picture of a page lies in the room of its row."""
        width, height = self._sizes[page - 1]
        if self.rotation % 180:
            width, height = height, width
        factor = min(_WIDTH / width, room.height() / height)
        size = QSize(max(4, round(width * factor)), max(4, round(height * factor)))
        made = QRect(0, 0, size.width(), size.height())
        made.moveCenter(room.center())
        return made

    def paint_marks(self, painter: QPainter, place: QRect, page: int) -> None:
        """A corner that says: something on this page is noted as evidence."""
        if page in self._marked:
            painter.fillRect(place.right() - 9, place.top(), 10, 10, QColor(painting.INK.accent))

    def in_sight(self) -> range:
        """The pages whose thumbnails are in sight."""
        if not self._model.count or not self.isVisible():
            return range(0)
        first = self.indexAt(QPoint(self.viewport().width() // 2, 1))
        height = max(self.sizeHintForRow(0), 1)
        start = max(first.row(), 0)
        return range(start + 1, min(start + 2 + self.viewport().height() // height, self._model.count) + 1)

    def _ask(self) -> None:
        self._pages.want_previews(list(self.in_sight()))

    def _came(self, page: int) -> None:
        if page in self.in_sight():
            self.viewport().update()

    def _moved(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid() and not self._following:
            self.page_chosen.emit(current.row() + 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._ask()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self.viewport())
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))
            painter.end()
