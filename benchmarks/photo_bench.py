"""Photos of an inspection: adding them against decoding and a plain encrypted write; memory and waits of thousands.

The floor reads each file once, decodes it in its own process, makes the same two small pictures and writes all three
into one encrypted database, a durable commit each: no checks, no digests, no order of time, no child process.
"""

from __future__ import annotations

import io
import os
import struct
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from benchmarks.harness import MEGABYTE, Figure, Setting, in_child, percentile, versus
from ndb_desktop.documents.port import PREVIEW_SIDE, THUMB_SIDE
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.services.photo_intake import take_photos
from ndb_desktop.storage.engine import open_database
from tests.support.photo_desk import KEY, Desk, make_file
from tests.support.photos import BEIJING, exif

LONGEST = 0.5
"""Seconds the window may ever be deaf while it adds photos: what takes longer is done in the background."""
LIMIT = 400.0
"""Megabytes a process may ever hold while it adds and reads 2,000 photos of 4 MB."""
SIZE = (4032, 3024)
SMALL = (1600, 1200)
"""Photos for the window unless all is asked for: thousands of these end in a minute or two."""
BATCH = 20
TICK = 0.005
"""Seconds between two looks whether the window still hears."""


def run(setting: Setting) -> Iterator[Figure]:
    """Photos of twelve megapixels and four megabytes, lying on their side, with time and position."""
    folder = setting.room("photos")
    count = setting.pick(4, 20, 40)
    original = _photo()
    files = photo_files(folder / "card", original, count)
    size = sum(path.stat().st_size for path in files)
    walls: list[float] = []

    def measured() -> float:
        record = _fresh(folder / "ours.ndbwork")
        make_file(record)
        desk = Desk(record)
        with RenderWorker() as worker:
            worker.start()
            begun, before = time.perf_counter(), _spent(worker)
            report = take_photos(desk, worker, [folder / "card"])
            spent = _spent(worker) - before
            walls.append(time.perf_counter() - begun)
        desk.close()
        if report.count("added") != count:
            raise RuntimeError(str(report.verdicts[:3]))
        return spent

    def floor() -> float:
        record = _fresh(folder / "floor.ndbwork")
        begun = time.process_time()
        _write(record, files)
        return time.process_time() - begun

    facts: dict[str, Any] = {"photos": count, "MB": round(size / MEGABYTE, 1)}
    figure = versus("add photos", measured, floor, budget=1.5, repeat=setting.pick(1, 3), facts=facts)
    facts["wall_ms_each"] = round(min(walls) / count * 1000)
    yield figure
    room = setting.room("many")
    (room / "original.jpg").write_bytes(original)
    told = in_child("photo_bench:many", folder=str(room), count=setting.pick(10, 100, 2_000))
    if told["peak_mb"] is not None:
        yield Figure("photos in a record, memory", told.pop("peak_mb"), LIMIT, 1.0, unit="MB", facts=told)
    yield from _window(setting)


def _window(setting: Setting) -> Iterator[Figure]:
    """The same through the window, with the renderer it starts itself."""
    room = setting.room("window")
    (room / "original.jpg").write_bytes(_photo(setting.pick(SMALL, SMALL, SIZE)))
    told = in_child("photo_bench:window", folder=str(room), count=setting.pick(20, 200, 2_000))
    longest, peak = told.pop("longest"), told.pop("peak_mb")
    yield Figure("photos in the window, longest wait", longest, LONGEST, 1.0, facts=told)
    if peak is not None:
        renderer = told["renderer_mb"]
        yield Figure("photos in the window, memory", peak, LIMIT, 1.0, unit="MB", facts={"renderer_mb": renderer})


def many(folder: str, count: int) -> dict[str, Any]:
    """In a process of its own, for its memory: adds `count` photos, then reads every byte and every small picture."""
    room = Path(folder)
    original = (room / "original.jpg").read_bytes()
    make_file(room / "many.ndbwork")
    desk = Desk(room / "many.ndbwork")
    with RenderWorker() as worker:
        for begun in range(0, count, BATCH):
            # As from a camera's card; the files go, so that the disk holds them once.
            files = photo_files(room / "card", original, min(BATCH, count - begun), begun)
            take_photos(desk, worker, files)
            for path in files:
                path.unlink()
        renderer = _peak(worker.pid)
    listed = _timed(desk.photos.listing)
    thumbs = [_timed(lambda name=photo.id: desk.photos.thumb(name)) for photo in desk.photos.listing()]
    previews = [_timed(lambda name=photo.id: desk.photos.preview(name)) for photo in desk.photos.listing()]
    begun_reading = time.perf_counter()
    for photo in desk.photos.listing():
        for _piece in desk.photos.open(photo.id).pieces():
            pass
    seconds = time.perf_counter() - begun_reading
    photos, size = desk.photos.total()
    desk.close()
    return {
        "photos": photos, "MB": round(size / MEGABYTE), "renderer_mb": renderer, "listing_ms": round(listed, 1),
        "thumb_p95_ms": round(percentile(thumbs, 0.95), 2), "preview_p95_ms": round(percentile(previews, 0.95), 2),
        "read_mb_per_s": round(size / MEGABYTE / seconds),
    }  # fmt: skip


def window(folder: str, count: int) -> dict[str, Any]:
    """In a process of its own: a folder of `count` photos is added on the page of photos, and how long it was deaf."""
    from PySide6.QtCore import QEventLoop, Qt, QTimer

    from ndb_desktop.services.inspect import open_inspection
    from ndb_desktop.ui import app
    from ndb_desktop.ui.inspection.photos_page import PhotosPage
    from ndb_desktop.ui.inspection.store import SiteStore
    from ndb_desktop.ui.inspection.view import SiteView
    from ndb_desktop.ui.settings import Settings
    from tests.support.site import TEAM, make_site_bundle
    from tests.support.travel import person

    room = Path(folder)
    made = app.make_application(Settings(room / "settings"), "light")
    photo_files(room / "card", (room / "original.jpg").read_bytes(), count)
    session = open_inspection(make_site_bundle(room / "visit").path, person(TEAM[0]), profile=room / "profile")
    session.declare()
    store = SiteStore(session)
    view = SiteView(store, "photos")
    view.resize(1_280, 800)
    view.show()
    made.processEvents()
    page = view.show_page("photos")
    if not isinstance(page, PhotosPage):
        raise TypeError("the page of photos")
    loop, heard, renderers = QEventLoop(), [time.perf_counter()], list[float]()

    def tick() -> None:
        heard.append(time.perf_counter())
        if len(heard) % 100 == 0:
            renderers.extend(filter(None, map(_peak, _children())))
        # A while longer than the work: what was added is shown and painted.
        if store.running is None:
            QTimer.singleShot(1_000, loop, loop.quit)
            ticking.stop()
            ending.start()

    ticking = QTimer(interval=round(TICK * 1000), timerType=Qt.TimerType.PreciseTimer)
    ticking.timeout.connect(tick)
    ending = QTimer(interval=round(TICK * 1000), timerType=Qt.TimerType.PreciseTimer)
    ending.timeout.connect(lambda: heard.append(time.perf_counter()))
    begun = time.perf_counter()
    page.add_files([room / "card"])
    ticking.start()
    loop.exec()
    gaps = [after - before for before, after in pairwise(heard)]
    if len(session.record.photos) != count:
        raise RuntimeError(f"{len(session.record.photos)} of {count} photos")
    size = round(sum(path.stat().st_size for path in (room / "card").iterdir()) / MEGABYTE)
    session.close()
    return {
        "longest": max(gaps), "photos": count, "MB": size, "wall_s": round(time.perf_counter() - begun, 1),
        "heard": len(gaps), "p99_ms": round(percentile(gaps, 0.99) * 1000, 1),
        "over_100_ms": sum(gap > 0.1 for gap in gaps), "renderer_mb": max(renderers, default=None),
    }  # fmt: skip


def photo_files(folder: Path, original: bytes, count: int, first: int = 0) -> list[Path]:
    """Files that differ in a comment alone, so that each is another photo and all are decoded alike."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for number in range(first, first + count):
        words = b"\xff\xfe" + struct.pack(">H", 10) + struct.pack(">Q", number)
        path = folder / f"IMG_{number:04d}.JPG"
        path.write_bytes(original[:2] + words + original[2:])
        files.append(path)
    return files


def _photo(size: tuple[int, int] = SIZE) -> bytes:
    grain = Image.effect_noise(size, 28).convert("RGB")
    light = Image.merge("RGB", [Image.linear_gradient("L").resize(size)] * 3)
    out = io.BytesIO()
    block = exif(orientation=6, taken="2026:11:22 11:05:00", offset="+08:00", place=BEIJING)
    Image.blend(light, grain, 0.5).save(out, "JPEG", quality=88, exif=block)
    return out.getvalue()


def _write(record: Path, files: list[Path]) -> None:
    with open_database(record, KEY, mode="create") as db:
        db.conn.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.conn.execute("PRAGMA synchronous = EXTRA")
        db.conn.execute("CREATE TABLE photo(name TEXT, data BLOB, preview BLOB, thumb BLOB)")
        for path in files:
            data = path.read_bytes()
            with Image.open(io.BytesIO(data)) as picture:
                picture.draft("RGB", (PREVIEW_SIDE, PREVIEW_SIDE * 3 // 4))
                picture.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.BICUBIC)
                preview = ImageOps.exif_transpose(picture)
            small = preview.copy()
            small.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.BICUBIC)
            db.conn.execute("INSERT INTO photo VALUES (?, ?, ?, ?)", (path.name, data, _jpeg(preview), _jpeg(small)))


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=82)
    return out.getvalue()


def _fresh(path: Path) -> Path:
    path.unlink(missing_ok=True)
    return path


def _timed(work: Any) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def _spent(worker: RenderWorker) -> float:
    """Processor seconds of this process and the renderer; where the system does not tell of others, by the clock."""
    if sys.platform != "linux" or worker.pid is None:
        return time.perf_counter()
    fields = Path(f"/proc/{worker.pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _children() -> list[int]:
    """Processes this one started that still run."""
    if sys.platform != "linux":
        return []
    lists = Path("/proc/self/task").glob("*/children")
    return [int(pid) for path in lists for pid in path.read_text().split()]


def _peak(pid: int | None) -> float | None:
    """The most memory another process ever had, in megabytes; None where nothing tells, or once it has ended."""
    if sys.platform != "linux" or pid is None:
        return None
    try:
        told = Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()
    except OSError:
        return None
    return round(int(told[0]) / 1024, 1) if told else None
