"""Autosave: one mark set and safe on the disk, against one fsynced commit of the same bytes in the same database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from statistics import median

from benchmarks.harness import Figure, Setting, percentile, timed
from ndb_desktop.domain.sheet import ItemEntry
from ndb_desktop.storage.engine import Secret, open_database
from tests.support.review import declare_all, make_bundle, open_session

REASON = "依据充分，目标明确，责任到人，可以核查。"


def run(setting: Setting) -> Iterator[Figure]:
    """Marks in turns with commits; both journal as SQLite does by default and wait for the disk."""
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
    yield Figure(
        "autosave of one mark", median(ours), median(floors), 2.0, runs=(tuple(ours), tuple(floors)), facts=facts
    )
