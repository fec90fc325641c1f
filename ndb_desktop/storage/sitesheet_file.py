"""The file of an inspection's working record (检查工作稿): its tables, and what is read from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ndb_desktop.storage.sitephotos import SCHEMA as PHOTO_SCHEMA
from ndb_desktop.storage.worksheet_file import WorkFile

USER_VERSION = 101
"""Far from the numbers of a worksheet of scores, so that neither is ever taken for the other."""

_SCHEMA = (
    "CREATE TABLE meta(k TEXT PRIMARY KEY, v TEXT NOT NULL) STRICT",
    (
        "CREATE TABLE part(kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, at TEXT NOT NULL,"
        " by TEXT NOT NULL, PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID"
    ),
    # Lines of one commit have one number in `grp`; nothing is ever taken out of it.
    (
        "CREATE TABLE change_log(seq INTEGER PRIMARY KEY, grp INTEGER NOT NULL, at TEXT NOT NULL, by TEXT NOT NULL,"
        " source TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, old TEXT, new TEXT) STRICT"
    ),
    "CREATE INDEX change_group ON change_log(grp)",
    # The commits that can be undone and redone.
    "CREATE TABLE step(grp INTEGER PRIMARY KEY, undone INTEGER NOT NULL) STRICT",
    # `digest` is "" while the file is being written; `own` says whether it was frozen here or came from elsewhere.
    (
        "CREATE TABLE export(number INTEGER PRIMARY KEY, at TEXT NOT NULL, revision INTEGER NOT NULL,"
        " digest TEXT NOT NULL, supersedes TEXT NOT NULL, fallen TEXT NOT NULL, name TEXT NOT NULL,"
        " own INTEGER NOT NULL, content TEXT NOT NULL, parts BLOB NOT NULL) STRICT"
    ),
    (
        "CREATE TABLE signature(number INTEGER NOT NULL, member TEXT NOT NULL, at TEXT NOT NULL,"
        " PRIMARY KEY (number, member)) STRICT, WITHOUT ROWID"
    ),
    *PHOTO_SCHEMA,
)

# Photos may be gigabytes: they are not read through at each opening, every page proves itself when it is read.
SITE_FILE = WorkFile(
    _SCHEMA,
    USER_VERSION,
    ("bundle_id", "bundle_digest", "visit_id"),
    "E-INSPECT-OTHER",
    checked=("meta", "part", "change_log", "step", "export", "signature"),
)

Source = Literal["edit", "undo", "redo", "join", "auto"]
"""Who made a change: a member, undo, redo, joining another's record, the program of itself."""


@dataclass(frozen=True, slots=True)
class SiteBinding:
    """What a working record belongs to."""

    bundle_id: str
    bundle_digest: str
    visit: str

    @property
    def facts(self) -> dict[str, str]:
        """The same as it lies in the file."""
        return {"bundle_id": self.bundle_id, "bundle_digest": self.bundle_digest, "visit_id": self.visit}


@dataclass(frozen=True, slots=True)
class PartEdit:
    """One part to store (`body` JSON text, None removes it)."""

    kind: str
    id: str
    body: str | None

    @property
    def key(self) -> tuple[str, str]:
        """Where the part stands."""
        return self.kind, self.id


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part as it lies there: JSON text, when it was changed last (the device's clock) and by which member."""

    kind: str
    id: str
    body: str
    at: str
    by: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A line of the change log; lines of one commit share `group`."""

    seq: int
    group: int
    at: str
    by: str
    source: Source
    kind: str
    id: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class SiteExport:
    """A frozen record that is known here: made here (`own`) or seen in a file of another member.

    `digest` is "" while nothing is known to have been written, `content` a digest of what was recorded, `parts` the
    frozen parts as they are signed, `fallen` JSON, `signed` the members whose signatures were seen.
    """

    number: int
    at: str
    revision: int
    digest: str
    supersedes: str
    fallen: str
    name: str
    own: bool
    content: str
    parts: bytes
    signed: tuple[str, ...] = ()
