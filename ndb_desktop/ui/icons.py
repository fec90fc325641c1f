"""Lucide icons (ISC, `resources/icons`) recoloured by the theme."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from ndb_desktop.paths import resource
from ndb_desktop.ui import theme

_SIZES = (16, 20, 24, 32, 40, 48)


@cache
def _source(name: str) -> str:
    return (resource("icons") / f"{name}.svg").read_text(encoding="utf-8")


def pixmap(name: str, size: int, colour: str = "text", ratio: float = 1.0) -> QPixmap:
    """The icon at `size` logical pixels in a theme colour (a token's name)."""
    svg = _source(name).replace("currentColor", getattr(theme.tokens(), colour))
    picture = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(svg.encode("utf-8"))).render(painter, QRectF(picture.rect()))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


@cache
def icon(name: str, colour: str = "text") -> QIcon:
    """The icon for buttons and lists, sharp at 1x and 2x; disabled parts are drawn in the muted colour."""
    made = QIcon()
    for size in _SIZES:
        for ratio in (1.0, 2.0):
            made.addPixmap(pixmap(name, size, colour, ratio), QIcon.Mode.Normal)
            made.addPixmap(pixmap(name, size, "edge", ratio), QIcon.Mode.Disabled)
    return made


def forget() -> None:
    """Drops icons in the colours of the last theme."""
    icon.cache_clear()
