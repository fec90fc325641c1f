"""The coordinator's desk at the sizes of the design: tables of 5,000 rows, and the overview of 5,000 x 7 sheets.

A frame is one step of the wheel with all that follows from it up to the painted table; a page is a frame in which every
row is another; a key is one more letter in the
search field up to the painted table. Both are the thread's own work (`thread_time`), whatever else the machine does;
`wall_ms` stands beside it. Their floors are one frame of a 60 Hz screen, and what people take for at once.

The overview is opened in a process of its own that has done nothing before: registry, snapshot, page, first painting.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.harness import Figure, Setting, in_child, percentile
from benchmarks.round import applications, full_sheet, make_round, packs, reopen

FRAME, AT_ONCE, SHOWN, MEMORY = 0.016, 0.1, 1.0, 700.0
ROWS, SEATS = 5_000, 7
WHEEL, PAGE = 108, 1_512
"""Pixels: three rows, as a notch of the wheel moves; and so far that nothing of what stood there stays."""
LETTERS = "示范园区", "P-0", "企业", "0042"
"""What is typed into the search field, letter by letter, each word into an empty field."""


def run(setting: Setting) -> Iterator[Figure]:
    """Both tables, then the overview."""
    told = in_child("desk_bench:tables", folder=str(setting.room("tables")), frames=setting.pick(120, 600))
    for name, one in told["tables"].items():
        for what, floor in (("frame", FRAME), ("page", FRAME), ("key", AT_ONCE)):
            runs, wall = one[what], one[f"{what}_wall"]
            facts = {
                "rows": ROWS, "p50_ms": _ms(percentile(runs, 0.5)), "most_ms": _ms(max(runs)),
                "wall_ms": _ms(percentile(wall, 0.95)),
            }  # fmt: skip
            yield Figure(f"{name}, {what} p95", percentile(runs, 0.95), floor, 1.0, runs=(tuple(runs), ()), facts=facts)
        yield Figure(f"{name}, rows set", one["set"], AT_ONCE, 1.0, facts={"rows": ROWS})
    count, experts = setting.pick(60, 600, ROWS), setting.pick(14, 120, 600)
    room = setting.room("overview")
    built = in_child("desk_bench:build", folder=str(room), count=count, experts=experts)
    facts = {"applications": count, "sheets": built["sheets"]}
    told = in_child("desk_bench:overview", folder=str(room), profile=str(setting.room("profile")))
    parts = {f"{name}_ms": _ms(told[name]) for name in ("open", "snapshot", "painted")}
    yield Figure("overview shown, own work", told["cpu"], SHOWN, 1.0, facts={**facts, **parts, "wall_s": told["wall"]})
    if told["peak_mb"] is not None:
        yield Figure("overview, memory", told["peak_mb"], MEMORY, 1.0, unit="MB", facts=facts)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def tables(folder: str, frames: int) -> dict[str, Any]:
    """In a process of its own: the tables as the pages make them, with synthetic rows."""
    from ndb_desktop.ui import app
    from ndb_desktop.ui.coordinator.applications_page import application_columns
    from ndb_desktop.ui.coordinator.results_columns import internal_columns
    from ndb_desktop.ui.settings import Settings
    from tests.support.packs import sample_batch

    made = app.make_application(Settings(Path(folder)), "light")
    few = applications(40)
    listed = [replace(few[n % len(few)], id=f"P-{n:04d}", applicant=f"示范单位{n:04d}") for n in range(ROWS)]
    found = {
        "applications": _measure(application_columns(sample_batch()), listed, frames),
        "results": _measure(internal_columns(), _results(listed), frames),
    }
    del made
    return {"tables": found}


def _results(listed: Sequence[Any]) -> list[Any]:
    from ndb_desktop.domain.panel import panel_result
    from ndb_desktop.domain.scoring import computed_values
    from ndb_desktop.ui.coordinator.results_columns import InternalRow

    made = []
    for application in listed[:40]:
        pack = packs()[application.category]
        sheets = {f"X{seat}": full_sheet(application, seat) for seat in range(SEATS)}
        values = computed_values(pack, application, Fraction(1))
        made.append(panel_result(pack, application, Fraction(1), sheets, None, values))
    return [
        InternalRow(one.applicant, one.category, one.field, "-", replace(made[n % 40], application=one.id))
        for n, one in enumerate(listed)
    ]


def _measure(columns: Any, rows: Sequence[Any], frames: int) -> dict[str, Any]:
    from PySide6.QtWidgets import QApplication

    from ndb_desktop.ui.coordinator.page import search_box
    from ndb_desktop.ui.widgets.table import DataTable

    table = DataTable("x", columns)
    table.resize(1_100, 640)
    table.show()
    box = search_box("x", table)
    table.set_rows(rows[:1])
    _settle()

    def timed(step: Callable[[], object]) -> tuple[float, float]:
        wall, own = time.perf_counter(), time.thread_time()
        step()
        QApplication.processEvents()
        return time.thread_time() - own, time.perf_counter() - wall

    set_rows = timed(lambda: table.set_rows(rows))[0]
    _settle()
    bar = table.verticalScrollBar()
    frame = [timed(lambda: bar.setValue(bar.value() + WHEEL)) for _ in range(frames)]
    page = [timed(lambda: bar.setValue((bar.value() + PAGE) % bar.maximum())) for _ in range(frames)]
    keys = []
    for word in LETTERS:
        box.clear()
        _settle()
        typed = [word[:end] for end in range(1, len(word) + 1)]
        keys += [timed(partial(box.setText, text)) for text in (*typed, "")]
    return {
        "set": set_rows, "frame": [own for own, _ in frame], "frame_wall": [wall for _, wall in frame],
        "page": [own for own, _ in page], "page_wall": [wall for _, wall in page],
        "key": [own for own, _ in keys], "key_wall": [wall for _, wall in keys],
    }  # fmt: skip


def _settle() -> None:
    from PySide6.QtWidgets import QApplication

    for _ in range(5):
        QApplication.processEvents()


def build(folder: str, count: int, experts: int) -> dict[str, Any]:
    """In a process of its own, so that its memory is not counted: a round in which everything came back."""
    from ndb_desktop.services.merge import merge_files

    made = make_round(Path(folder), count=count, experts=experts, seats=SEATS)
    with_all = reopen(made.folder)
    merge_files(with_all, [made.files], results=False)
    with_all.close()
    return {"sheets": made.sheets}


def overview(folder: str, profile: str) -> dict[str, Any]:
    """In a process of its own: from the folder to the painted overview."""
    from PySide6.QtWidgets import QApplication

    from benchmarks.round import load_coordinator
    from ndb_desktop import texts
    from ndb_desktop.services.office_folder import open_office
    from ndb_desktop.ui import app
    from ndb_desktop.ui.coordinator.store import OfficeStore, take_snapshot
    from ndb_desktop.ui.coordinator.view import OfficeView
    from ndb_desktop.ui.settings import Settings
    from tests.support.office import Clock

    made = app.make_application(Settings(Path(profile)), "light")
    # Whoever opens a registry has seen the start page: its words are read.
    texts.catalogue()
    identity = load_coordinator(Path(folder) / "registry")
    wall, own = time.perf_counter(), time.process_time()
    office = open_office(Path(folder) / "registry", identity, clock=Clock())
    opened = time.process_time()
    store = OfficeStore(office, take_snapshot(office))
    taken = time.process_time()
    view = OfficeView(store, "overview")
    view.resize(1_440, 900)
    view.show()
    QApplication.processEvents()
    view.repaint()
    end = time.process_time()
    told = {
        "cpu": end - own, "wall": round(time.perf_counter() - wall, 2), "open": opened - own,
        "snapshot": taken - opened, "painted": end - taken,
    }  # fmt: skip
    office.close()
    del made
    return told
