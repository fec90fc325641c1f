"""中断的发放: what a run of the issue that was killed left in the folder it issued into.

A bundle gets its name a moment before it is on record. One that was killed between the two has a file that looks like
any other and whose score files would be refused; so the run writes down beforehand which name it is about to give, and
the next run removes that file unless the registry knows its bundle.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.storage.atomic import known_os_errors
from ndb_desktop.storage.holding import Hold

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

_PREFIX = ".ndb-issue-"
_INTENT = "going.json"
_MAX_INTENT = 4096


@contextmanager
def workshop(folder: Path) -> Iterator[Path]:
    """A hidden folder in `folder` for unfinished bundles, held for as long as it is used. Raises NdbError E-STORE-*."""
    with known_os_errors(folder.name):
        bench = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
    hold = Hold.take(bench)
    try:
        yield bench
    finally:
        if hold is not None:
            hold.release()
        shutil.rmtree(bench, ignore_errors=True)


def intend(bench: Path, batch: str, bundle_id: str, name: str) -> None:
    """Writes down that `name` in the folder is about to be this bundle. Raises NdbError E-STORE-*."""
    text = json.dumps({"batch": batch, "bundle": bundle_id, "name": name}).encode("utf-8")
    with known_os_errors(name), (bench / _INTENT).open("wb") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def clear_leftovers(office: Office, folder: Path) -> None:
    """Removes the workshops of killed runs of this batch, and a bundle that was named but never put on record."""
    for bench in sorted(folder.glob(f"{_PREFIX}*")):
        hold = Hold.take(bench) if bench.is_dir() and not bench.is_symlink() else None
        if hold is None:
            # Another program is at work there, or it is none of ours.
            continue
        try:
            mine = _clear(office, folder, bench)
        finally:
            hold.release()
        if mine:
            shutil.rmtree(bench, ignore_errors=True)


def _clear(office: Office, folder: Path, bench: Path) -> bool:
    """Whether the workshop may go; one of another batch is left to that batch."""
    intent = _read(bench / _INTENT)
    if intent is None:
        return True
    batch, bundle_id, name = intent
    if batch != office.batch.id:
        return False
    target = folder / Path(name).name
    if not _known(office, bundle_id) and _holds(target, bundle_id):
        # On record first: a removal that nobody could look up would be worse than one that is told twice.
        office.log("issue.leftovers", office.batch.id, {"bundle": bundle_id, "file": target.name})
        with suppress(OSError):
            target.unlink()
    return True


def _known(office: Office, bundle_id: str) -> bool:
    known = {bundle.bundle_id for bundle in (*office.issued(), *office.registry.calibration_bundles())}
    return bundle_id in known | {bundle.bundle_id for bundle in office.registry.visit_bundles()}


def _holds(path: Path, bundle_id: str) -> bool:
    try:
        with BundleReader(path) as reader:
            return reader.manifest.bundle_id == bundle_id
    except NdbError:
        return False


def _read(path: Path) -> tuple[str, str, str] | None:
    try:
        with path.open("rb") as stream:
            known = json.loads(stream.read(_MAX_INTENT))
        return str(known["batch"]), str(known["bundle"]), str(known["name"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
