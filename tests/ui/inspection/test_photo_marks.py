"""Marks over a photo: what is written near an edge stays within the picture, as it does on paper."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from ndb_desktop.domain.siterecord import PhotoMark
from ndb_desktop.ui.inspection import photo_marks

AREA = QRectF(100, 50, 400, 300)


def painted(text: str, at: tuple[int, int]) -> list[tuple[int, int]]:
    """The places with ink or with the edge of the letters."""
    picture = QImage(600, 400, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.black)
    painter = QPainter(picture)
    photo_marks.paint(painter, [PhotoMark("text", (at,), text)], AREA)
    painter.end()
    ground = picture.pixel(0, 0)
    return [(x, y) for x in range(600) for y in range(400) if picture.pixel(x, y) != ground]


@pytest.mark.parametrize("at", [(9800, 5000), (0, 0), (10_000, 10_000), (5000, 0)])
def test_a_text_near_an_edge_is_moved_in(qapp: object, at: tuple[int, int]) -> None:
    places = painted("占用安全出口", at)
    assert places
    assert all(AREA.contains(x, y) for x, y in places)


def test_of_a_text_wider_than_the_picture_the_beginning_stays(qapp: object) -> None:
    wide = painted("此处堆放物料" * 20, (9000, 5000))
    assert AREA.left() <= min(x for x, _ in wide) < AREA.left() + 20


def test_a_text_is_found_where_it_is_painted(qapp: object) -> None:
    mark = PhotoMark("text", ((9900, 5000),), "占用安全出口")
    places = painted(mark.text, mark.points[0])
    x, y = places[len(places) // 2]
    assert photo_marks.mark_at([mark], QRectF(x, y, 0, 0).topLeft(), AREA, 3) == mark
