"""接续工作稿: a worksheet goes on under another bundle: a whole copy, bound anew; the old file stays as it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.atomic import known_os_errors, sync_folder, temporary_beside
from ndb_desktop.storage.engine import Secret, known_errors, open_database
from ndb_desktop.storage.worksheet import Worksheet
from ndb_desktop.storage.worksheet_file import open_file
from ndb_desktop.storage.worksheet_rows import Binding, Edit


@dataclass(frozen=True, slots=True)
class Sealed:
    """Where a worksheet lies, how it opens, what it belongs to."""

    path: Path
    secret: str = field(repr=False)
    binding: Binding


@dataclass(frozen=True, slots=True)
class Succession:
    """What the copy gets: values, facts, and applications whose steps can no longer be undone."""

    edits: Sequence[Edit] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    forget: Sequence[str] = ()


def succeed(old: Sealed, new: Sealed, change: Callable[[Worksheet], Succession], *, at: str) -> None:
    """Makes the worksheet `new` from all that is in `old`, with what `change` says of it; whole or not at all.

    Raises:
        NdbError: E-STORE-EXISTS, E-STORE-KEY, E-STORE-LOCKED (somebody works in the old one), E-STORE-*,
            E-WORKSHEET-OTHER, E-WORKSHEET-VERSION.
    """
    if new.path.exists():
        raise NdbError("E-STORE-EXISTS", place=new.path.name)
    temporary = temporary_beside(new.path)
    try:
        succession = _copy(old, temporary, change, at)
        _change(temporary, old.secret, new.binding, succession, at)
        if new.secret != old.secret:
            _rekey(temporary, old.secret, new.secret)
        with known_os_errors(new.path.name):
            temporary.replace(new.path)
            sync_folder(new.path.parent)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _copy(old: Sealed, target: Path, change: Callable[[Worksheet], Succession], at: str) -> Succession:
    """Copies while the old worksheet is held alone, so that nothing can be added to it unseen."""
    key = Secret(old.secret)
    db = open_file(old.path, key, old.binding, at)
    try:
        succession = change(Worksheet(old.path, db, key))
        with known_errors(target.name, target):
            # Encrypted with the same key; nothing of it is ever written in the clear.
            db.conn.execute("VACUUM INTO ?", (str(target),))
    finally:
        with known_errors(old.path.name):
            db.close()
    with known_os_errors(target.name):
        target.chmod(0o600)
    return succession


def _change(path: Path, secret: str, binding: Binding, succession: Succession, at: str) -> None:
    with Worksheet.open(path, secret, None, at=at) as sheet:
        sheet.put_all(succession.edits, at=at)
        for application in succession.forget:
            sheet.put_all((), at=at, forget=application)
        facts = {"bundle_id": binding.bundle_id, "bundle_digest": binding.bundle_digest, **succession.facts}
        for name, value in facts.items():
            sheet.set_meta(name, value)


def _rekey(path: Path, old: str, new: str) -> None:
    db = open_database(path, Secret(old), mode="write")
    try:
        with known_errors(path.name, path):
            db.conn.execute(f"PRAGMA rekey = '{Secret(new).value}'")
    finally:
        db.close()
