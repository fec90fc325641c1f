"""The matrix on screen: a virtual table whose first two columns stay in place while the items move by below them."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from ndb_desktop.ui import theme
from ndb_desktop.ui.expert.check_model import MatrixModel
from ndb_desktop.ui.expert.check_paint import ROW_HEIGHT, MatrixDelegate, MatrixHeader, cell_width, heading_width
from ndb_desktop.ui.expert.check_rows import FIRST, NAME, TOTAL
from ndb_desktop.ui.i18n import tr

Index = QModelIndex | QPersistentModelIndex
NAME_SHARE = 5
"""The applicant gets one part in so many of the width, within bounds."""


def _prepare(table: QTableView, model: MatrixModel, delegate: MatrixDelegate) -> MatrixHeader:
    """What both halves have in common."""
    table.setModel(model)
    table.setItemDelegate(delegate)
    header = MatrixHeader(model, table)
    table.setHorizontalHeader(header)
    table.setProperty("dense", True)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setMouseTracking(True)
    table.setTabKeyNavigation(False)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    side = table.verticalHeader()
    side.hide()
    side.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    side.setDefaultSectionSize(theme.pixels(ROW_HEIGHT))
    return header


class MatrixView(QTableView):
    """Signals: `opened(str, str)` application and item (or ""); `sorting_asked(int)`; `menu_asked(object, QPoint)`."""

    opened = Signal(str, str)
    sorting_asked = Signal(int)
    menu_asked = Signal(object, QPoint)

    def __init__(self, model: MatrixModel) -> None:
        super().__init__()
        self.setObjectName("check.matrix")
        self.setAccessibleName(tr("check.matrix"))
        self._matrix = model
        self.delegate = MatrixDelegate(self, model)
        head = _prepare(self, model, self.delegate)
        self.frozen = QTableView(self)
        frozen_head = _prepare(self.frozen, model, self.delegate)
        self._freeze()
        # Without one, the style frames the empty corner between the scroll bars.
        self.setCornerWidget(QWidget())
        for header in (head, frozen_head):
            header.sectionClicked.connect(self.sorting_asked)
        for table in (self, self.frozen):
            table.clicked.connect(self._open)
        self.frozen.pressed.connect(lambda _index: self.setFocus(Qt.FocusReason.MouseFocusReason))
        self.selectionModel().currentChanged.connect(self._repaint)
        model.modelReset.connect(self._place_columns)
        self._place_columns()

    def _freeze(self) -> None:
        frozen = self.frozen
        frozen.setObjectName("check.frozen")
        frozen.setAccessibleName(tr("check.matrix"))
        frozen.setSelectionModel(self.selectionModel())
        frozen.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        frozen.setFrameShape(QFrame.Shape.NoFrame)
        frozen.setStyleSheet("QTableView { border: none; border-radius: 0; }")
        frozen.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        frozen.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().stackUnder(frozen)
        self.verticalScrollBar().valueChanged.connect(frozen.verticalScrollBar().setValue)
        frozen.verticalScrollBar().valueChanged.connect(self.verticalScrollBar().setValue)

    # ----- columns -----

    def _place_columns(self) -> None:
        metrics = QFontMetrics(self.font())
        width = cell_width(metrics, self._matrix.longest)
        name = min(max(self.width() // NAME_SHARE, theme.pixels(190)), theme.pixels(340))
        for table in (self, self.frozen):
            table.horizontalHeader().setDefaultSectionSize(width)
            table.setColumnWidth(NAME, name)
            table.setColumnWidth(TOTAL, max(width - 8, heading_width(self.font(), self._matrix.head(TOTAL).title)))
        for column in range(self._matrix.columnCount()):
            self.frozen.setColumnHidden(column, column >= FIRST)
        self._place_frozen()

    def frozen_width(self) -> int:
        """How much of the left never moves."""
        return self.columnWidth(NAME) + self.columnWidth(TOTAL)

    def _place_frozen(self) -> None:
        inner, head = self.viewport().geometry(), self.horizontalHeader().height()
        self.frozen.setGeometry(QRect(inner.left(), inner.top() - head, self.frozen_width(), inner.height() + head))
        self.frozen.verticalScrollBar().setValue(self.verticalScrollBar().value())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_columns()

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        bar = self.horizontalScrollBar()
        before = bar.value()
        super().scrollTo(index, hint)
        if index.column() < FIRST:
            bar.setValue(before)
            return
        hidden = self.frozen_width() - self.visualRect(index).left()
        if hidden > 0:
            bar.setValue(bar.value() - hidden)

    # ----- acting -----

    def _repaint(self) -> None:
        # The whole row of the current cell is marked.
        self.viewport().update()
        self.frozen.viewport().update()

    def pin(self, application: str) -> None:
        """Marks an application as one half of a comparison ("" for none)."""
        self.delegate.pinned = application
        self._repaint()

    def go_to(self, application: str, item: str) -> None:
        """Makes a cell current and brings it into sight; without it, the first cell."""
        index = self._matrix.place(application, item)
        if not index.isValid() and self._matrix.rowCount():
            index = self._matrix.index(0, FIRST)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(*self._matrix.target(index))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
            spot = self.viewport().mapToGlobal(self.visualRect(index).center())
        else:
            spot = event.globalPos()
            inside = self.frozen.viewport().mapFromGlobal(spot)
            table: QTableView = self.frozen if self.frozen.viewport().rect().contains(inside) else self
            index = table.indexAt(table.viewport().mapFromGlobal(spot))
            self.setFocus(Qt.FocusReason.PopupFocusReason)
        if index.isValid():
            self.setCurrentIndex(index)
            self.menu_asked.emit(index, spot)
        event.accept()
