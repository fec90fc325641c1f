"""A miniature of every page, made while the reader reads: wherever the bar is dragged to, no page is blank."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap

MOST_BYTES = 4 * 1024 * 1024
"""For all miniatures of one document together, however many pages it has."""
MOST_SIDE = 112
"""Longest side of a miniature in pixels; a document of 300 pages gets 99, one of 3,000 gets 31."""


class Miniatures:
    """Pages count from 1. Two bytes a pixel: nobody reads them."""

    def __init__(self) -> None:
        self.side = 0
        self._pictures: dict[int, QImage] = {}
        self._missing: set[int] = set()

    def begin(self, sizes: Sequence[tuple[float, float]]) -> None:
        """Another document with pages of these sizes; none forgets all."""
        self._pictures.clear()
        self._missing = set(range(1, len(sizes) + 1))
        areas = sum(min(size) / max(size) for size in sizes)
        self.side = min(MOST_SIDE, max(1, math.isqrt(int(MOST_BYTES / (2 * areas))))) if areas else 0

    def put(self, page: int, picture: QImage) -> None:
        """Keeps a page's picture, made small."""
        if page in self._missing:
            self._missing.discard(page)
            self._pictures[page] = shrunk(picture, self.side).convertToFormat(QImage.Format.Format_RGB16)

    def give_up(self, page: int) -> None:
        """There will be none of this page."""
        self._missing.discard(page)

    def get(self, page: int) -> QPixmap | None:
        """The miniature of a page."""
        picture = self._pictures.get(page)
        return QPixmap.fromImage(picture) if picture is not None else None

    def next(self, around: int) -> int:
        """The page nearest to `around` that has none yet; 0 when all have."""
        return min(self._missing, key=lambda page: abs(page - around), default=0)

    def kept_bytes(self) -> int:
        """Memory of all of them."""
        return sum(picture.sizeInBytes() for picture in self._pictures.values())


def shrunk(picture: QImage, side: int) -> QImage:
    """The picture with a longest side of at most `side` pixels."""
    factor = min(1.0, side / max(picture.width(), picture.height(), 1))
    width, height = (max(1, round(side * factor)) for side in (picture.width(), picture.height()))
    how = (Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    return picture.scaled(width, height, *how)
