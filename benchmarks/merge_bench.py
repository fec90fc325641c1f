"""Merge: `merge_files` against unseal, verify, parse and insert of the same files into the same tables."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from benchmarks.harness import MEGABYTE, Figure, Setting, in_child
from benchmarks.round import load_coordinator, make_round, reopen
from ndb_desktop.crypto.sealing import unseal
from ndb_desktop.services.merge import merge_files
from ndb_desktop.storage.engine import RawKey, new_raw_key, open_database
from ndb_desktop.storage.registry_schema import DERIVED_DDL, run_ddl

_FILES = (
    "CREATE TABLE signed_file (id INTEGER PRIMARY KEY, payload_sha256 TEXT NOT NULL UNIQUE, envelope BLOB NOT NULL)"
)


def run(setting: Setting) -> Iterator[Figure]:
    """35 files of 60 sheets of 22 items; `--full`: 600 files, 5,000 applications x 7."""
    experts, count = setting.pick(5, 35, 600), setting.pick(10, 60, 5_000)
    seats = setting.pick(5, 35, 7)
    folder = setting.room("merge")
    made = make_round(folder, count=count, experts=experts, seats=seats)
    size = sum(path.stat().st_size for path in made.files.iterdir()) / MEGABYTE
    ours, floors, peaks = [], [], []
    for _ in range(setting.pick(2, 3, 1)):
        copy = folder / "copy"
        shutil.copytree(made.folder, copy)
        answer = in_child("merge_bench:ours", registry=str(copy), files=str(made.files))
        if answer["accepted"] != experts:
            raise RuntimeError(f"only {answer['accepted']} of {experts} files were accepted")
        ours.append(answer["seconds"])
        peaks.append(answer["peak_mb"])
        shutil.rmtree(copy)
        floor = in_child("merge_bench:floor", registry=str(made.folder), files=str(made.files), scratch=str(folder))
        if floor["sheets"] != made.sheets:
            raise RuntimeError("the floor saw other sheets")
        floors.append(floor["seconds"])
    facts = {
        "files": experts, "sheets": made.sheets, "items": made.sheets * 22, "MB": round(size, 1),
        "peak_mb": max(peaks, default=None), "sheets_per_s": round(made.sheets / statistics.median(ours)),
    }  # fmt: skip
    yield Figure(
        "merge", statistics.median(ours), statistics.median(floors), 1.5, runs=(tuple(ours), tuple(floors)), facts=facts
    )


def ours(registry: str, files: str) -> dict[str, Any]:
    """One merge into a fresh registry."""
    office = reopen(Path(registry))
    office.packs  # noqa: B018  (checking packs belongs to opening an office, not to merging)
    begun = time.perf_counter()
    report = merge_files(office, [Path(files)], results=False)
    seconds = time.perf_counter() - begun
    office.close()
    return {"seconds": seconds, "accepted": report.counts().get("accepted", 0)}


class _Item(msgspec.Struct):
    item: str
    state: str
    value: str | None
    level: str | None
    confirm: str
    computed: str | None
    reason: str


class _Declaration(msgspec.Struct):
    status: str
    codes: list[str]
    words: str
    at: str


class _Sheet(msgspec.Struct):
    application: str
    pack: str
    revision: int
    supersedes: str | None
    declaration: _Declaration
    items: list[_Item]
    opinion: str
    unable: str


class _Expert(msgspec.Struct):
    id: str
    key: str


class _Payload(msgspec.Struct):
    expert: _Expert
    sheets: list[msgspec.Raw]


def floor(registry: str, files: str, scratch: str) -> dict[str, Any]:
    """The same bytes through the same libraries and tables, with nothing decided about them."""
    identity = load_coordinator(Path(registry))
    target = Path(scratch) / "floor.db"
    begun = time.perf_counter()
    sheets = 0
    with open_database(target, RawKey(new_raw_key()), mode="create") as db:
        db.conn.execute("PRAGMA synchronous = FULL")
        with db.atomic():
            run_ddl(db, DERIVED_DDL.format(p=""))
            db.execute(_FILES)
            for path in sorted(Path(files).iterdir()):
                envelope = unseal(path.read_bytes(), identity, max_size=16 * MEGABYTE)
                sheets += _take(db.conn, envelope, sheets)
    seconds = time.perf_counter() - begun
    target.unlink()
    return {"seconds": seconds, "sheets": sheets}


def _take(conn: Any, envelope: bytes, number: int) -> int:
    outer = json.loads(envelope)
    content = base64.b64decode(outer["payload"])
    payload = msgspec.json.decode(content, type=_Payload)
    kind = outer["payloadType"].encode()
    signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(content), content)
    key: Any = load_ssh_public_key(payload.expert.key.encode())
    key.verify(base64.b64decode(outer["signatures"][0]["sig"]), signed)
    rows, items = [], []
    for raw in payload.sheets:
        number += 1
        sheet = msgspec.json.decode(raw, type=_Sheet)
        declared = sheet.declaration
        rows.append((
            number, sheet.application, payload.expert.id, sheet.revision, hashlib.sha256(raw).hexdigest(),
            sheet.supersedes, sheet.pack, declared.status, declared.status, json.dumps(declared.codes), declared.words,
            declared.at, sheet.opinion, sheet.unable,
        ))  # fmt: skip
        items.extend((number, *msgspec.structs.astuple(item)) for item in sheet.items)
    conn.execute("INSERT INTO signed_file VALUES (NULL, ?, ?)", (hashlib.sha256(content).hexdigest(), envelope))
    conn.executemany("INSERT INTO sheet VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    conn.executemany("INSERT INTO item VALUES (?, ?, ?, ?, ?, ?, ?, ?)", items)
    return len(rows)
