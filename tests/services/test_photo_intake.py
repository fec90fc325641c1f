"""Photos by the dozen: a verdict for each file, none twice, in the order they were taken, whatever lies beside them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.siteparts import decode_part, encode_part
from ndb_desktop.services import photo_intake
from ndb_desktop.services.photo_intake import PhotoIntake, TakenPhoto, take_photos
from ndb_desktop.services.tasks import CancelToken
from ndb_desktop.storage import sitephotos
from tests.support import photos as make
from tests.support.photo_desk import Desk, QuickWorker, make_file


@pytest.fixture(scope="module")
def worker() -> Iterator[RenderWorker]:
    with RenderWorker(time_limit=60) as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    make_file(tmp_path / "visit.ndbwork")
    desk = Desk(tmp_path / "visit.ndbwork")
    yield desk
    desk.close()


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A camera's card: three photos, and what else lies on such a card."""
    folder = tmp_path / "DCIM"
    for name, hour, side in (("100APPLE/IMG_3.JPG", 9, 41), ("100APPLE/IMG_1.JPG", 11, 42), ("101/IMG_2.jpeg", 10, 43)):
        put(folder / name, make.photo(side, 30, block=make.exif(taken=f"2026:11:22 {hour:02d}:05:00")))
    put(folder / "100APPLE/.hidden.JPG", b"never meant")
    put(folder / "100APPLE/Thumbs.db", b"never meant")
    put(folder / ".Trashes/IMG_9.JPG", make.photo())
    return folder


def put(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def told(report: PhotoIntake) -> list[tuple[str, str, str]]:
    return [(one.name, one.state, one.fault.code if one.fault else one.id) for one in report.verdicts]


def test_a_folder_is_taken_in_the_order_of_time(desk: Desk, worker: RenderWorker, card: Path) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in card.rglob("*") if path.is_file()}
    report = take_photos(desk, worker, [card], about="finding:F1-01")
    assert told(report) == [
        ("100APPLE/IMG_3.JPG", "added", "P1-0001"),
        ("101/IMG_2.jpeg", "added", "P1-0002"),
        ("100APPLE/IMG_1.JPG", "added", "P1-0003"),
    ]
    photo = desk.parts["P1-0002"]
    assert (photo.name, photo.about, photo.width, photo.taken_at) == (
        "IMG_2.jpeg", "finding:F1-01", 43, "2026-11-22T10:05:00",
    )  # fmt: skip
    assert b"".join(desk.photos.open("P1-0002").pieces()) == (card / "101/IMG_2.jpeg").read_bytes()
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in before} == before


def test_what_is_in_already_is_skipped(desk: Desk, worker: RenderWorker, card: Path) -> None:
    take_photos(desk, worker, [card / "101"])
    twin = put(card / "copy/IMG_2 (1).jpeg", (card / "101/IMG_2.jpeg").read_bytes())
    again = put(card / "copy/IMG_1 (1).jpg", (card / "100APPLE/IMG_1.JPG").read_bytes())
    report = take_photos(desk, worker, [card, twin, again, card / "101/IMG_2.jpeg"])
    assert {(one.name, one.state, one.id) for one in report.verdicts} == {
        ("100APPLE/IMG_3.JPG", "added", "P1-0002"),
        ("101/IMG_2.jpeg", "known", "P1-0001"),
        ("copy/IMG_2 (1).jpeg", "known", "P1-0001"),
        ("100APPLE/IMG_1.JPG", "added", "P1-0003"),
        ("copy/IMG_1 (1).jpg", "known", "P1-0003"),
    }
    assert desk.photos.total()[0] == 3


def test_bad_files_cost_themselves_alone(desk: Desk, worker: RenderWorker, card: Path) -> None:
    put(card / "a.jpg", make.photo()[:-300])
    put(card / "b.jpg", b"")
    put(card / "c.mov", b"\0\0\0\x14ftypqt  " + bytes(99))
    put(card / "d.jpg", make.png_bomb(60_000, 60_000))
    put(card / "e.png", make.photo(61, 50))  # named wrongly, and a photo all the same
    os.mkfifo(card / "f.jpg")
    put(card / "g.jpg", make.photo(62, 50)).chmod(0)
    (card / "h.jpg").symlink_to(card / "a.jpg")
    put(card / "i.heic", make.HEIC_FILE.read_bytes())
    report = take_photos(desk, worker, [card, card / "gone.jpg"])
    ends = {one.name: one.fault.code if one.fault else one.state for one in report.verdicts}
    root = os.geteuid() == 0
    assert ends == {
        "100APPLE/IMG_1.JPG": "added",
        "100APPLE/IMG_3.JPG": "added",
        "101/IMG_2.jpeg": "added",
        "a.jpg": "E-PHOTO-DAMAGED",
        "b.jpg": "E-PHOTO-EMPTY",
        "c.mov": "E-PHOTO-TYPE",
        "d.jpg": "E-PHOTO-LIMIT",
        "e.png": "added",
        "f.jpg": "E-FILE-SPECIAL",
        "g.jpg": "added" if root else "E-PHOTO-READ",
        "gone.jpg": "E-PHOTO-READ",
        "i.heic": "added",
    }
    refused = [one for one in report.verdicts if one.state == "refused"]
    assert all(one.fault is not None and one.fault.place == one.name for one in refused)
    assert desk.photos.total()[0] == report.count("added") == len(desk.names())


def test_a_file_too_large_is_never_read(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "film.jpg"
    with path.open("wb") as stream:
        stream.truncate(sitephotos.MAX_PHOTO_BYTES + 1)
    assert told(take_photos(desk, QuickWorker(), [path])) == [("film.jpg", "refused", "E-PHOTO-SIZE")]


def test_odd_names_and_what_the_camera_said_fit_the_record(desk: Desk, worker: RenderWorker, tmp_path: Path) -> None:
    """What is kept can be written into a record and read back, and a name stays one line."""
    block = make.exif(orientation=8, taken="2026:11:22 11:05:00", offset="+08:00", place=make.BEIJING)
    put(tmp_path / "in/现场\n照片\x1b[31m .jpg", make.photo(44, 30, block=block))
    put(tmp_path / f"in/{'长' * 80}.jpg", make.photo(45, 30))
    take_photos(desk, worker, [tmp_path / "in"])
    assert [photo.name for photo in desk.parts.values()] == ["现场 照片 [31m .jpg", "长" * 80 + ".jpg"]
    for photo in desk.parts.values():
        assert decode_part("photo", encode_part(photo), place="x") == photo


def test_cancelled_keeps_what_was_added(desk: Desk, worker: RenderWorker, card: Path) -> None:
    cancel = CancelToken()
    steps: list[tuple[int, int, str]] = []

    def progress(done: int, total: int, what: str) -> None:
        steps.append((done, total, what))
        if done == 4:
            cancel.cancel()

    report = take_photos(desk, worker, [card], progress=progress, cancel=cancel)
    assert [one.state for one in report.verdicts] == ["added", "added", "left"]
    assert (report.cancelled, report.stopped) == (True, None)
    assert desk.photos.total()[0] == 2
    rest = take_photos(desk, worker, [card])
    assert [one.state for one in rest.verdicts] == ["known", "known", "added"]
    assert [step[:2] for step in steps] == [(0, 6), (1, 6), (2, 6), (3, 6), (4, 6), (6, 6)]
    cancel = CancelToken()
    cancel.cancel()
    assert take_photos(desk, worker, [card], cancel=cancel).count("left") == 3


class FullDesk(Desk):
    """Its disk is full after the first photo."""

    code = "E-STORE-FULL"

    def keep(self, taken: TakenPhoto) -> str:
        if self.photos.total()[0]:
            raise NdbError(self.code, place="visit.ndbwork")
        return super().keep(taken)


def test_a_full_disk_ends_it_and_says_what_is_left(tmp_path: Path, worker: RenderWorker, card: Path) -> None:
    make_file(tmp_path / "full.ndbwork")
    desk = FullDesk(tmp_path / "full.ndbwork")
    report = take_photos(desk, worker, [card])
    assert [one.state for one in report.verdicts] == ["added", "left", "left"]
    assert report.stopped is not None
    assert (report.stopped.code, report.cancelled) == ("E-STORE-FULL", False)
    # A fault of one photo is no reason to leave the others.
    desk.code = "E-STORE-PHOTO-CHANGED"
    report = take_photos(desk, worker, [card])
    assert told(report)[1:] == [
        ("101/IMG_2.jpeg", "refused", "E-STORE-PHOTO-CHANGED"),
        ("100APPLE/IMG_1.JPG", "refused", "E-STORE-PHOTO-CHANGED"),
    ]
    desk.close()


def test_a_whole_disk_is_not_meant(desk: Desk, card: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo_intake, "MAX_FILES", 2)
    with pytest.raises(NdbError) as error:
        take_photos(desk, QuickWorker(), [card])
    assert error.value.code == "E-PHOTO-FOLDER"
    assert desk.photos.total() == (0, 0)


def test_without_a_time_a_photo_comes_last_by_name(desk: Desk, worker: RenderWorker, card: Path) -> None:
    put(card / "b.png", make.photo(51, 40, "PNG"))
    put(card / "a.jpg", make.photo(52, 40))
    put(card / "early.heic", make.HEIC_FILE.read_bytes())
    names = [one.name for one in take_photos(desk, worker, [card]).verdicts]
    assert names == ["100APPLE/IMG_3.JPG", "101/IMG_2.jpeg", "100APPLE/IMG_1.JPG", "early.heic", "a.jpg", "b.png"]
