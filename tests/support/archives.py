"""Archives made and unmade: a small batch filed, members taken apart and put together, the manifest signed anew."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ndb_desktop.crypto import envelope
from ndb_desktop.crypto.digests import Sm3
from ndb_desktop.crypto.identity import Identity
from ndb_desktop.services.archive import archive
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from tests.support.office import (
    documented,
    make_office,
    make_score_file,
    raw_sheet,
    scored_sheet,
    small_batch,
    store_documents,
)
from tests.support.travel import person, tiny_application

DAY = date(2026, 11, 30)
MANIFEST = "manifest.dsse.json"


def filed_batch(folder: Path, *, trial: bool = True, backwards: bool = False, pages: int = 1, lead: str = "") -> Office:
    """Two applications, five experts, one of whom sent a second revision; `backwards` lets the files arrive so.

    The marks of the application `lead` are higher than the other's.
    """
    listed = [documented(tiny_application(number), pages=pages) for number in (1, 2)]
    office = make_office(folder / "office", batch=small_batch(trial=trial), applications=listed)
    store_documents(office)
    names = [row.id for row in office.applications()]

    def mark(name: str, number: int) -> int:
        return 80 + number + (4 if name == lead else 0)

    files = [
        make_score_file(
            office, folder / f"in/{n}.ndbscore", f"E0{n}", [scored_sheet(name, mark(name, n)) for name in names]
        )
        for n in range(1, 6)
    ]
    first = {name: hashlib.sha256(raw_sheet(office, scored_sheet(name, mark(name, 1)))).hexdigest() for name in names}
    again = [raw_sheet(office, scored_sheet(name, mark(name, 2)), 2, first[name]) for name in names]
    files.append(make_score_file(office, folder / "in/again.ndbscore", "E01", again, revision=2))
    for path in reversed(files) if backwards else files:
        assert merge_files(office, [path]).verdicts[0].verdict in ("accepted", "superseded")
    return office


def file_it(office: Office, target: Path, *, documents: bool = True) -> Path:
    return archive(office, target, filed_on=DAY, documents=documents).path


def members_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as box:
        return {name: box.read(name) for name in box.namelist()}


def put_together(path: Path, members: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as box:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o600 << 16
            box.writestr(info, data)
    return path


def manifest_of(members: Mapping[str, bytes]) -> dict[str, Any]:
    found = json.loads(base64.b64decode(json.loads(members[MANIFEST])["payload"]))
    assert isinstance(found, dict)
    return found


def signed_anew(
    members: dict[str, bytes], change: Callable[[dict[str, Any]], None] | None = None, identity: Identity | None = None
) -> dict[str, bytes]:
    """The members under a manifest that names them as they are: what somebody with the key could make."""
    said = manifest_of(members)
    for row in said["members"]:
        if row["name"] in members:
            data = members[row["name"]]
            row |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "sm3": Sm3(data).hexdigest()}
    if change:
        change(said)
    payload = json.dumps(said, ensure_ascii=False).encode()
    signed = envelope.sign(payload, "application/vnd.ndb.archive.v1+json", [identity or person("组织方")])
    return {**{name: data for name, data in members.items() if name != MANIFEST}, MANIFEST: signed}
