"""残留附件: stores of documents that belong to nothing, because the import (导入) that made them was killed.

Their keys died with the import, so nobody can ever read them. They are removed when the registry is opened next, and
before the next import: only files with a name that an import gives, that the registry does not know, while no import
is under way anywhere; the log tells which.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.holding import Hold

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

_OURS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\.[0-9a-f]{8}\.db|\.ndb-[0-9a-f]{16}\.part(-journal)?")
"""A finished store (`<application>.<8 hex digits>.db`), and one that was being written."""
_LOGGED = 100


@contextmanager
def importing(office: Office, folder: Path) -> Iterator[None]:
    """Holds the registry for one import that puts stores into `folder`; begins with what a killed one left there.

    Raises:
        NdbError: E-IMPORT-BUSY (another import is under way), E-STORE-*.
    """
    hold = Hold.take(office.folder)
    # Where nothing can be written there is nothing to hold either, and the first store says so in better words.
    if hold is None and os.access(office.folder, os.W_OK):
        raise NdbError("E-IMPORT-BUSY", place=office.folder.name)
    try:
        if hold is not None:
            _remove(office, folder)
        yield
    finally:
        if hold is not None:
            hold.release()


def sweep(office: Office, folder: Path) -> None:
    """Removes leftovers in `folder` when no import is under way; a registry opens whether or not this succeeds."""
    with suppress(NdbError):
        hold = Hold.take(office.folder) if _found(office, folder) else None
        if hold is not None:
            try:
                _remove(office, folder)
            finally:
                hold.release()


def _found(office: Office, folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            ours = {e.name for e in entries if _OURS.fullmatch(e.name) and e.is_file(follow_symlinks=False)}
    except OSError:
        return []
    return sorted(ours - office.registry.attachment_paths()) if ours else []


def _remove(office: Office, folder: Path) -> None:
    """Call while holding: then what the registry does not know now is nobody's."""
    found = _found(office, folder)
    if not found:
        return
    # On record first: a removal that nobody could look up would be worse than one that is told twice.
    office.log("import.leftovers", office.batch.id, {"count": len(found), "files": found[:_LOGGED]})
    for name in found:
        with suppress(OSError):
            (folder / name).unlink()
