"""The grid of photos: its columns fill the pane at every width and size of type, and its thumbs are sharp."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QApplication

from ndb_desktop.documents.port import THUMB_SIDE
from ndb_desktop.domain.siterecord import Photo
from ndb_desktop.services import inspect_photos
from ndb_desktop.services.inspect import SiteSession
from ndb_desktop.ui import theme
from ndb_desktop.ui.inspection.photo_grid import LEAST, PhotoGrid
from ndb_desktop.ui.inspection.photo_words import PhotoWords
from ndb_desktop.ui.inspection.photos_page import PhotosPage
from ndb_desktop.ui.inspection.store import SiteStore
from ndb_desktop.ui.inspection.view import SiteView
from tests.support.clipping import settle_layouts
from tests.support.photo_desk import QuickWorker
from tests.support.photos import photo
from tests.support.site_window import go
from tests.support.window import child, settle


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No child process, and thumbs as large as they are stored: stripes as thin as a pixel."""
    striped = Image.new("L", (THUMB_SIDE, THUMB_SIDE // 4 * 3), 255)
    for x in range(0, striped.width, 2):
        striped.paste(0, (x, 0, x + 1, striped.height))
    buffer = io.BytesIO()
    striped.save(buffer, "JPEG", quality=100)
    monkeypatch.setattr(inspect_photos, "RenderWorker", QuickWorker)
    monkeypatch.setattr(SiteSession, "thumb", lambda _self, _photo: buffer.getvalue())


@pytest.fixture
def page(declared: SiteView, tmp_path: Path) -> PhotosPage:
    go(declared, "photos")
    shown = declared.stack.currentWidget()
    assert isinstance(shown, PhotosPage)
    return shown


def added(page: PhotosPage, folder: Path, count: int) -> None:
    folder.mkdir()
    for number in range(count):
        (folder / f"IMG_{number:04d}.jpg").write_bytes(photo(64, 48) + f"{number}".encode())
    page.add_files([folder])
    settle()
    settle_layouts()


def first_row(grid: PhotoGrid) -> list[int]:
    """Where the cells of the first row begin."""
    places = [grid.visualRect(grid.photos.index(row)) for row in range(grid.photos.rowCount())]
    return [place.left() for place in places if place.top() == places[0].top()]


@pytest.mark.parametrize("factor", [1.0, 1.5])
def test_the_columns_fill_the_pane_at_every_width(session: SiteSession, tmp_path: Path, factor: float) -> None:
    session.declare()
    shots = tmp_path / "DCIM"
    shots.mkdir()
    for number in range(12):
        (shots / f"{number}.jpg").write_bytes(photo(64, 48) + f"{number}".encode())
    session.add_photos([shots])
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, "light", factor)
    store = SiteStore(session)
    grid = PhotoGrid(store, PhotoWords(store))
    try:
        grid.show_photos(session.record.photos)
        grid.show()
        for width in range(round(260 * factor), 1500, 77):
            grid.resize(width, 500)
            settle()
            starts, cell = first_row(grid), grid.gridSize().width()
            assert len(starts) >= 2, width
            assert all(later - one == cell for one, later in pairwise(starts))
            if len(starts) < grid.photos.rowCount():
                free = grid.viewport().width() - len(starts) * cell
                assert 0 <= free < len(starts) + 24, (width, "a strip is left empty, or the last column is cut")
            assert theme.pixels(LEAST) <= grid.iconSize().width() <= THUMB_SIDE
    finally:
        theme.apply(app, "light", 1.0)
        grid.close()
        grid.deleteLater()
        settle()


def shown_picture(icon: QIcon, side: int, ratio: float) -> QPixmap:
    return icon.pixmap(QSize(side, side), ratio, QIcon.Mode.Normal)


@pytest.mark.parametrize(("side", "ratio"), [(160, 1.5), (120, 2.0), (240, 1.0)])
def test_a_thumb_has_every_pixel_of_the_screen(page: PhotosPage, tmp_path: Path, side: int, ratio: float) -> None:
    added(page, tmp_path / "a", 1)
    model = page.grid.photos
    model.show_as(side, ratio, QSize(side, side))
    index = model.index(0)
    model.data(index, Qt.ItemDataRole.DecorationRole)
    settle()
    icon = model.data(index, Qt.ItemDataRole.DecorationRole)
    image = shown_picture(icon, side, ratio).toImage()
    assert image.size() == QSize(THUMB_SIDE, THUMB_SIDE)
    line = [image.pixelColor(x, THUMB_SIDE // 2).lightness() for x in range(THUMB_SIDE)]
    assert max(line[::2]) < 40, "blurred"
    assert min(line[1::2]) > 215, "blurred"


def test_a_larger_thumb_is_read_anew_and_a_smaller_one_is_not(
    page: PhotosPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added(page, tmp_path / "a", 3)
    model, read = page.grid.photos, list[str]()
    whole = SiteSession.thumb

    def thumb(own: SiteSession, one: Photo) -> bytes:
        read.append(one.id)
        return whole(own, one)

    monkeypatch.setattr(SiteSession, "thumb", thumb)

    def shown(side: int) -> int:
        model.show_as(side, 1.0, QSize(side, side))
        for _ in range(2):
            icon = model.data(model.index(0), Qt.ItemDataRole.DecorationRole)
            settle()
        image = shown_picture(icon, side, 1.0).toImage()
        return sum(image.pixelColor(x, side // 2).alpha() == 255 for x in range(side))

    assert shown(THUMB_SIDE) == THUMB_SIDE
    assert "P1-0001" in read
    read.clear()
    assert shown(120) == 120
    assert read == []


def test_the_photos_stand_above_the_one_chosen_on_a_tablet_and_beside_it_on_a_wide_screen(
    declared: SiteView, page: PhotosPage, tmp_path: Path
) -> None:
    added(page, tmp_path / "a", 20)
    for size, beside in ((QSize(1366, 800), True), (QSize(1024, 640), False), (QSize(1366, 800), True)):
        declared.resize(size)
        settle_layouts()
        grid, card = page.grid, page.card
        end = grid.mapTo(declared, grid.rect().bottomRight())
        begin = card.mapTo(declared, QPoint(0, 0))
        if beside:
            assert begin.x() > end.x()
            assert grid.height() > 300
        else:
            assert begin.y() > end.y()
            assert len(first_row(grid)) >= 4
            assert 2 <= grid.viewport().height() / grid.gridSize().height() < 2.2, "two rows, and whole ones"


def test_nothing_is_torn_apart_while_there_are_no_photos(declared: SiteView, page: PhotosPage) -> None:
    declared.resize(1366, 900)
    settle_layouts()
    above, below = page.add, page.goes_to
    gap = below.mapTo(page, QPoint(0, 0)).y() - above.mapTo(page, QPoint(0, above.height())).y()
    assert 0 <= gap <= 2 * theme.GRID
    none = child(page, "site.photos.none")
    assert 0 <= none.mapTo(page, QPoint(0, 0)).y() - below.mapTo(page, QPoint(0, below.height())).y() <= 4 * theme.GRID
