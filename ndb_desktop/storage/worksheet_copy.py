"""Copies of a worksheet (工作稿备份): taken while it is open, looked into, and put back in its place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ndb_desktop.storage.atomic import known_os_errors, sync_folder, temporary_beside
from ndb_desktop.storage.engine import Secret, known_errors, open_database
from ndb_desktop.storage.worksheet_file import check
from ndb_desktop.storage.worksheet_rows import Binding, ExportedSheet, ExportRow


@dataclass(frozen=True, slots=True)
class CopyContent:
    """What a copy holds: number and time of its newest change, number of exports, values by application."""

    changes: int
    last_at: str
    exports: int
    records: dict[str, dict[tuple[str, str], str]]


def write_copy(connection: Any, place: str, target: Path) -> None:
    """Writes a consistent copy under the same key to `target`, whole or not at all.

    Raises:
        NdbError: E-STORE-FULL, E-STORE-READONLY, E-STORE-MISSING, E-STORE-IO.
    """
    target = Path(target)
    part = temporary_beside(target)
    try:
        with known_os_errors(target.name):
            # SQLite takes an empty file; one of its own making everybody could read.
            part.touch(mode=0o600, exist_ok=False)
        with known_errors(place, part):
            connection.execute("VACUUM INTO ?", (str(part),))
        _finish(part, target)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def read_copy(path: Path, secret: str, binding: Binding) -> CopyContent:
    """Looks into a copy without changing it.

    Raises:
        NdbError: E-STORE-KEY (another bundle's, or damaged at its head), E-STORE-CORRUPT, E-STORE-MISSING,
            E-WORKSHEET-VERSION, E-WORKSHEET-OTHER.
    """
    path = Path(path)
    with open_database(path, Secret(secret), mode="read") as db, known_errors(path.name):
        check(db, path.name, binding)
        ask = db.conn.execute
        records: dict[str, dict[tuple[str, str], str]] = {}
        for application, kind, key, value in ask("SELECT application, kind, key, value FROM record"):
            records.setdefault(application, {})[kind, key] = value
        (changes,) = ask("SELECT coalesce(max(seq), 0) FROM change_log").fetchone()
        row = ask("SELECT at FROM change_log ORDER BY seq DESC LIMIT 1").fetchone()
        (exports,) = ask("SELECT coalesce(max(number), 0) FROM export").fetchone()
        return CopyContent(changes, row[0] if row else "", exports, records)


Signed = tuple[ExportRow, Sequence[ExportedSheet]]


def put_in_place(copy: Path, path: Path, secret: str, binding: Binding, newer: Sequence[Signed]) -> None:
    """Puts a copy where the worksheet (closed) is, whole or not at all; exports it does not know yet come along.

    What was signed and sent stays known whatever is restored: no revision may ever exist in two versions. `newer` are
    those exports with their sheets.

    Raises what `read_copy` raises, and E-STORE-FULL, E-STORE-READONLY, E-STORE-IO.
    """
    part = temporary_beside(path)
    try:
        with known_os_errors(path.name):
            shutil.copyfile(copy, part)
            part.chmod(0o600)
        with open_database(part, Secret(secret), mode="write") as db, known_errors(path.name, part):
            check(db, copy.name, binding)
            with db.atomic():
                for export, sheets in newer:
                    db.conn.execute(
                        "INSERT INTO export VALUES (?, ?, ?, ?, ?, ?)",
                        (export.number, export.at, export.name, export.reason, export.payload_sha256, export.content),
                    )
                    db.conn.executemany(
                        "INSERT INTO export_sheet VALUES (?, ?, ?, ?, ?)",
                        [(export.number, s.application, s.revision, s.digest, s.record) for s in sheets],
                    )
                if newer:
                    # What was signed in between is not taken back by a keystroke.
                    db.conn.execute("DELETE FROM step")
        _finish(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _finish(part: Path, target: Path) -> None:
    with known_os_errors(target.name):
        with part.open("rb+") as stream:
            os.fsync(stream.fileno())
        part.replace(target)
        sync_folder(target.parent)
