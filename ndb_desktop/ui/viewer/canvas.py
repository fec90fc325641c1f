"""What the view shows, drawn in order: paper, pages, search hits, chosen text, evidence, places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPen

from ndb_desktop.ui import theme
from ndb_desktop.ui.viewer import painting

if TYPE_CHECKING:
    from ndb_desktop.ui.viewer.page_view import PageView


def paint(view: PageView) -> None:
    """Draws all that is in sight."""
    painter = QPainter(view.viewport())
    # Stretching a small picture smoothly takes half a frame, in which nobody who races past can see the difference.
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not view.pace.racing)
    painter.fillRect(view.viewport().rect(), theme.color("paper"))
    offset = view.offset()
    painter.translate(-offset)
    seen = view.viewport().rect().translated(offset.toPoint())
    for page in view.visible_pages():
        _paint_page(painter, view, page, seen)
    painter.resetTransform()
    if view.hasFocus():
        painter.setPen(QPen(theme.color("accent"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(view.viewport().rect().adjusted(1, 1, -1, -1))
    painter.end()


def _paint_page(painter: QPainter, view: PageView, page: int, seen: QRect) -> None:
    rect = view.sheet.rect(page)
    picture, _exact = view.pages.get(page, 0.0)
    if picture is not None:
        painting.paint_picture(painter, rect, picture, view.sheet.rotation)
    else:
        painting.paint_waiting(painter, rect, seen, page, view.pages.error(page))
    painting.paint_frame(painter, rect)
    way, overlay = view.sheet.transform(page), view.overlay
    painting.paint_hits(painter, way, overlay, page)
    painting.paint_chosen(painter, way, view.selection.rects(page))
    for mark, frame, label in view.hand.evidence_spots(page):
        painting.paint_evidence(painter, frame, label, mark)
    if overlay.place is not None and overlay.place[0] == page:
        painting.paint_place(painter, way, overlay.place[1], flashing=overlay.flashing)
    marked = view.marker.rect()
    if marked is not None and view.marker.place is not None and view.marker.place[0] == page:
        painting.paint_marking(painter, way, marked)
