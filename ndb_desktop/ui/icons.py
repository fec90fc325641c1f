"""Lucide icons (ISC, `resources/icons`) recoloured by the theme."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from ndb_desktop.paths import resource
from ndb_desktop.ui import theme

_SIZES = (16, 20)
"""What buttons and lists ask for; larger pictures are drawn by `pixmap`."""
_WINDOW_SIZES = (16, 24, 32, 48, 64)
"""What task bars and title bars ask for."""


@cache
def _source(name: str) -> str:
    return (resource("icons") / f"{name}.svg").read_text(encoding="utf-8")


def pixmap(name: str, size: int, colour: str = "text", ratio: float = 1.0) -> QPixmap:
    """The icon at `size` logical pixels in a theme colour (a token's name)."""
    return _pixmap(name, size, getattr(theme.tokens(), colour), ratio)


@cache
def _pixmap(name: str, size: int, colour: str, ratio: float) -> QPixmap:
    return _drawn(_renderer(name, colour), size, ratio)


def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode("utf-8")))


def _drawn(renderer: QSvgRenderer, size: int, ratio: float) -> QPixmap:
    picture = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter, QRectF(picture.rect()))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


@cache
def icon(name: str, colour: str = "text") -> QIcon:
    """The icon for buttons and lists, sharp on every screen there is; disabled parts are drawn in the muted colour."""
    return _made(name, _SIZES, ((QIcon.Mode.Normal, colour), (QIcon.Mode.Disabled, "off")))


def window_icon(name: str, colour: str) -> QIcon:
    """The icon for task bars and title bars, where nothing is ever disabled."""
    return _made(name, _WINDOW_SIZES, ((QIcon.Mode.Normal, colour),))


def _made(name: str, sizes: tuple[int, ...], modes: tuple[tuple[QIcon.Mode, str], ...]) -> QIcon:
    made = QIcon()
    # Drawing is a good part of the time to the first window: nothing for screens that are not there.
    dense = any(screen.devicePixelRatio() > 1 for screen in QGuiApplication.screens())
    for mode, token in modes:
        renderer = _renderer(name, getattr(theme.tokens(), token))
        for size in sizes:
            for ratio in (1.0, 2.0) if dense else (1.0,):
                made.addPixmap(_drawn(renderer, size, ratio), mode)
    return made


def forget() -> None:
    """Drops icons in the colours of the last theme."""
    icon.cache_clear()
    _pixmap.cache_clear()
