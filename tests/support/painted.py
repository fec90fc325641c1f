"""Contrast of words as they are painted: the ink of a text against the ground it stands on, from the window's picture.

Palettes and style sheets say which colours are meant; here is what came of them, whoever set them last.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)

from ndb_desktop.ui import theme
from tests.support.clipping import name_of, shown

AA = 4.5
"""WCAG 2.1, 1.4.3: the least contrast of text."""
SCALE = 2
"""Painted so many times as large: thin strokes then have a core of pure ink."""
ENOUGH = QSize(260, 40)
"""So much of a text tells its colours, unless it begins further on."""
ROWS = 3
"""So many rows of a table or list are looked at."""


def pale(window: QWidget) -> list[str]:
    """Texts in sight that are paler than WCAG AA; what is disabled is exempt, as the standard has it."""
    picture = QImage(window.size() * SCALE, QImage.Format.Format_RGB32)
    picture.setDevicePixelRatio(SCALE)
    window.render(picture)
    pixels = _pixels(picture)
    found = []
    for widget in shown(window):
        for rect, words in _texts(widget) if widget.isEnabled() else ():
            seen = rect & widget.visibleRegion().boundingRect()
            # What is scrolled away, even in part, is not painted whole.
            if not words.strip() or seen != rect:
                continue
            place = QRect(widget.mapTo(window, seen.topLeft()), seen.size())
            contrast = _contrast(pixels, QRect(place.topLeft(), place.size().boundedTo(ENOUGH)))
            if contrast < AA:
                contrast = _contrast(pixels, place)
            if contrast < AA:
                found.append(f"pale {contrast:.2f}: {name_of(widget)} {words[:30]!r}")
    return found


def _texts(widget: QWidget) -> list[tuple[QRect, str]]:
    """Where a widget writes what."""
    if isinstance(widget, QLabel):
        return [] if widget.pixmap().width() > 0 else [(widget.rect(), widget.text())]
    if isinstance(widget, QAbstractButton):
        return [(widget.rect(), widget.text())]
    if isinstance(widget, QComboBox):
        return [(widget.rect(), widget.currentText())]
    if isinstance(widget, QLineEdit):
        return [(widget.rect().adjusted(3, 3, -3, -3), widget.text() or widget.placeholderText())]
    if isinstance(widget, QTabBar):
        return [(widget.tabRect(n), widget.tabText(n)) for n in range(widget.count()) if widget.isTabEnabled(n)]
    if isinstance(widget, QPlainTextEdit):
        return [(widget.rect().adjusted(3, 3, -3, -3), widget.toPlainText() or widget.placeholderText())]
    parent = widget.parentWidget()
    if isinstance(parent, QAbstractItemView) and parent.viewport() is widget:
        return _heads(parent) if isinstance(parent, QHeaderView) else _cells(parent)
    return []


def _cells(view: QAbstractItemView) -> list[tuple[QRect, str]]:
    model = view.model()
    if model is None:
        return []
    # A list's model keeps the number of its columns to itself.
    columns = 1 if isinstance(view, QListView) else model.columnCount()
    cells = [model.index(line, column) for line in range(min(ROWS, model.rowCount())) for column in range(columns)]
    return [(view.visualRect(index), str(index.data() or "")) for index in cells]


def _heads(header: QHeaderView) -> list[tuple[QRect, str]]:
    if header.orientation() != Qt.Orientation.Horizontal or header.model() is None:
        return []
    parts = [number for number in range(header.count()) if not header.isSectionHidden(number)]
    places = [(header.sectionViewportPosition(number), header.sectionSize(number)) for number in parts]
    words = [str(header.model().headerData(number, Qt.Orientation.Horizontal) or "") for number in parts]
    return [(QRect(left, 0, wide, header.height()), said) for (left, wide), said in zip(places, words, strict=True)]


def _pixels(picture: QImage) -> npt.NDArray[np.uint32]:
    raw = np.frombuffer(picture.constBits(), dtype=np.uint32)
    return raw.reshape(picture.height(), picture.bytesPerLine() // 4)[:, : picture.width()] & np.uint32(0xFFFFFF)


def _contrast(pixels: npt.NDArray[np.uint32], place: QRect) -> float:
    """Of the commonest colour, which is the ground, and the one that stands out most from it."""
    top, left = max(place.top() * SCALE, 0), max(place.left() * SCALE, 0)
    part = pixels[top : top + place.height() * SCALE, left : left + place.width() * SCALE]
    colours, counts = np.unique(part, return_counts=True)
    if not len(colours):
        return 21.0
    ground = _name(colours[int(np.argmax(counts))])
    return max(theme.contrast(_name(colour), ground) for colour in colours)


def _name(colour: np.uint32) -> str:
    return f"#{int(colour):06X}"


__all__ = ["AA", "pale"]
