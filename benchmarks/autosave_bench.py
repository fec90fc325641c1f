"""Autosave: one mark set and safe on the disk, against one fsynced commit of the same bytes in the same database.

And what the expert is promised: from the last key of a text to its durable commit, through the real window.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.harness import Figure, Setting, in_child, percentile, timed
from benchmarks.stores import make_bundle as make_documents
from benchmarks.walk_bench import Desk, declare
from ndb_desktop.domain.sheet import ItemEntry
from ndb_desktop.storage.engine import Secret, open_database
from tests.support.review import declare_all, make_bundle, open_session

REASON = "依据充分，目标明确，责任到人，可以核查。"
PROMISED = 0.300
"""Seconds after the last key."""
LONGEST = 10.0
SPAN, STEP = 0.3, 0.037
"""Seconds: keys fall at moments spread over the work that follows an edit."""


def run(setting: Setting) -> Iterator[Figure]:
    """Marks in turns with commits, then keys in windows: the first edit after opening is the slowest of a night."""
    yield _marks(setting)
    rooms = [setting.room(f"typing{number}") for number in range(setting.pick(3, 7))]
    told = [in_child("autosave_bench:typing", folder=str(room), keys=setting.pick(12, 30)) for room in rooms]
    later = [seconds for one in told for seconds in one["runs"][1:]]
    for name, runs, part in (("first edit", [one["runs"][0] for one in told], 1.0), ("later edit", later, 0.95)):
        facts = {"median_ms": _ms(median(runs)), "most_ms": _ms(max(runs)), "pause_ms": told[0]["pause_ms"]}
        words = "longest" if part == 1.0 else "p95"
        yield Figure(
            f"{name}, key to stored, {words}", percentile(runs, part), PROMISED, 1.0, runs=(runs, ()), facts=facts
        )


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def typing(folder: str, keys: int) -> dict[str, Any]:
    """In a process of its own: seconds from a key in a reason until the worksheet holds it, the pause included.

    A hand does not wait for the program: keys come from a thread, each at another moment after the edit before it, and
    what a key waits for work that goes on is part of its time.
    """
    from PySide6.QtCore import QCoreApplication, QEvent, Qt
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QApplication

    from ndb_desktop.ui.widgets.fields import PAUSE_MS, TextBox

    room = Path(folder)
    made = make_documents(room, [[0.0]] * 2)
    profile = room / "profile"
    profile.mkdir()
    declare(made, profile)
    desk = Desk(made, profile)
    walk, session = desk.page.score._walk, desk.page._store.session
    pack = session.applications[0].pack
    walk.go(session.applications[0].application.id, next(item.id for item in pack.items if not item.computed))
    desk.settle()
    box = desk.page.score.panel.findChild(TextBox, "item.reason")
    box.setFocus()

    def hit(letter: str, after: float, pressed: list[float]) -> None:
        time.sleep(after)
        event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, letter)
        pressed.append(time.perf_counter())
        QCoreApplication.postEvent(box, event)

    spent = []
    for number in range(keys):
        before, pressed, begun = session.changes, list[float](), time.perf_counter()
        after = number * STEP % SPAN
        hand = threading.Thread(target=hit, args=(chr(ord("a") + number % 26), after, pressed))
        hand.start()
        while session.changes == before:
            QApplication.processEvents()
            time.sleep(0.0005)
            if time.perf_counter() - begun > LONGEST:
                raise RuntimeError("what was typed is not stored")
        spent.append(time.perf_counter() - pressed[0])
        hand.join()
    desk.close()
    return {"runs": spent, "pause_ms": PAUSE_MS}


def _marks(setting: Setting) -> Figure:
    """Both journal as SQLite does by default and wait for the disk."""
    folder = setting.room("autosave")
    made = make_bundle(folder)
    profile = folder / "profile"
    profile.mkdir()
    session = open_session(made, profile)
    declare_all(session)
    name = session.applications[0].application.id
    items = [item.id for item in session.item(name).pack.items if not item.computed]
    database = open_database(folder / "floor.db", Secret(made.secret), mode="create")
    database.conn.execute("CREATE TABLE record(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID")
    entry = {"state": "scored", "level": "L4", "value": "85", "confirm": "", "reason": REASON}

    def measured(number: int) -> None:
        item = items[number % len(items)]
        session.set_entry(name, ItemEntry(item, "scored", "L4", Decimal(80 + number % 10), reason=REASON))

    def floor(number: int) -> None:
        with database.atomic():
            value = json.dumps({**entry, "value": str(80 + number % 10)}, ensure_ascii=False)
            database.conn.execute("INSERT OR REPLACE INTO record VALUES (?, ?)", (items[number % len(items)], value))

    ours, floors = [], []
    for number in range(setting.pick(40, 300)):
        ours.append(timed(lambda n=number: measured(n)))
        floors.append(timed(lambda n=number: floor(n)))
    session.close()
    database.close()
    facts = {
        "p95_ms": round(percentile(ours, 0.95) * 1000, 1),
        "floor_p95_ms": round(percentile(floors, 0.95) * 1000, 1),
    }
    return Figure(
        "autosave of one mark", median(ours), median(floors), 2.0, runs=(tuple(ours), tuple(floors)), facts=facts
    )
