"""What can be undone in a worksheet: one step for each commit, and one only for a text typed with short pauses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ndb_desktop.storage.worksheet_rows import Batch, LogRow

UNDONE, JOINED = 1, 2
"""Bits of a line of `step`: it was taken back; it is one step with the line before it."""
TYPING_SECONDS = 15
"""Pauses in typing up to this long do not begin another step."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The newest step, if it was typed: further typing in the same field within a while belongs to it."""

    place: tuple[str, str, str]
    field: str
    seq: int
    at: str


def keep_steps(connection: Any, batch: Batch, rows: Sequence[LogRow], typed: Typed | None) -> Typed | None:
    """Keeps the steps of a batch just applied, inside its transaction; returns what further typing may be joined to."""
    execute = connection.execute
    if batch.forget is not None:
        execute("DELETE FROM step WHERE seq IN (SELECT seq FROM change_log WHERE application = ?)", (batch.forget,))
    if not batch.undoable:
        return typed
    execute("DELETE FROM step WHERE undone & 1")
    if not batch.typing or len(rows) != 1:
        lines = [(row.seq, JOINED if place else 0) for place, row in enumerate(rows)]
        connection.executemany("INSERT INTO step VALUES (?, ?)", lines)
        return None
    row, place, old = rows[0], batch.edits[0].place, rows[0].old
    (newest,) = execute("SELECT max(seq) FROM step").fetchone()
    if typed is not None and typed == Typed(place, batch.typing, newest, typed.at) and _soon(typed.at, row.at):
        (old,) = execute("SELECT old FROM change_log WHERE seq = ?", (typed.seq,)).fetchone()
        execute("UPDATE change_log SET old = ? WHERE seq = ?", (old, row.seq))
        execute("DELETE FROM step WHERE seq = ?", (typed.seq,))
    if old == row.new:
        # Typed and deleted again: there is nothing to take back.
        return None
    execute("INSERT INTO step VALUES (?, 0)", (row.seq,))
    return Typed(place, batch.typing, row.seq, row.at)


def step_lines(connection: Any, *, undone: bool) -> list[int]:
    """The lines of the log that `redo` (`undone`) or `undo` takes next, in the order in which it takes them."""
    order = "ASC" if undone else "DESC"
    asked = f"SELECT seq, undone FROM step WHERE undone & 1 = ? ORDER BY seq {order}"  # noqa: S608
    rows = connection.execute(asked, (int(undone),))
    found: list[int] = []
    for seq, bits in rows:
        if undone and found and not bits & JOINED:
            break
        found.append(int(seq))
        if not undone and not bits & JOINED:
            break
    rows.close()
    return found


def turn(connection: Any, seq: int, *, undone: bool) -> None:
    """Notes that a line was taken back, or done again."""
    connection.execute("UPDATE step SET undone = (undone & ?) | ? WHERE seq = ?", (JOINED, int(undone), seq))


def _soon(before: str, after: str) -> bool:
    gap = datetime.fromisoformat(after) - datetime.fromisoformat(before)
    return gap.total_seconds() <= TYPING_SECONDS
