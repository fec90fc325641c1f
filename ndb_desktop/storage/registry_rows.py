"""What the registry (总库) keeps, as plain values: services see these, never a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ndb_desktop.domain.batch import KeyStatus
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.sheet import Sheet, SheetStatus

StandingState = Literal["current", "conflict", "void"]
"""What counts for one expert x application: one sheet, two that contradict each other, or none (key revoked)."""


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An imported application: canonical JSON and its SHA-256, and what is asked for often."""

    id: str
    category: Category
    field: str
    json: bytes
    sha256: str
    imported_at: str


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """The encrypted document store of an application: file name below `attachments/`, own key, digest of the file."""

    application: str
    path: str
    key: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class ExpertRow:
    """An expert of the pool: canonical JSON."""

    id: str
    json: bytes
    imported_at: str


@dataclass(frozen=True, slots=True)
class ExpertKey:
    """A public key of an expert. `source`: `card` (came first) or `enrolment` (came with a score file)."""

    expert: str
    keyid: str
    openssh: str
    status: KeyStatus
    source: Literal["card", "enrolment"]
    since: str
    changed_at: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class IssuedBundle:
    """评审包 as issued: `digest` binds the file, `secret` is None when only the expert's own key opens it.

    `previous` is the bundle it follows (`kind`), `opens` the secret in any case, kept for the bundles that follow it,
    "" when issued by a program that did not keep it; `contents` the digest of each application's JSON in it. A
    `second_round` bundle (复评) follows none, stands beside the one in force and names its `round`.
    """

    bundle_id: str
    expert: str
    path: str
    digest: str
    secret: str | None = field(repr=False)
    applications: tuple[str, ...] = ()
    issued_at: str = ""
    expires_at: str = ""
    replaces: str = ""
    revoked_at: str = ""
    reason: str = ""
    kind: Literal["full", "supplement", "replacement", "recall", "second_round", "calibration", "site"] = "full"
    previous: str = ""
    opens: str = field(default="", repr=False)
    contents: Mapping[str, str] = field(default_factory=dict)
    round: str = ""


@dataclass(frozen=True, slots=True)
class FileRow:
    """An accepted signed file: the envelope whole, as it came (the truth everything else is derived from)."""

    payload_sha256: str
    envelope: bytes = field(repr=False)
    keyid: str
    expert: str
    bundle: str
    revision: int
    name: str
    received_at: str
    id: int = 0


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One version of a score sheet as read from a signed file; numbers as the strings that were signed.

    `items`: (item, state, value, level, confirm, computed, reason). `challenges`: (id, indicator, datum, key, proposed,
    document, page, reason, rect, sha256). `evidence`: (id, item, document, page, rect, quote, sha256). A rectangle is
    JSON or None.
    """

    application: str
    expert: str
    revision: int
    digest: str
    supersedes: str | None
    pack: str
    status: SheetStatus
    declared: str
    codes: tuple[str, ...]
    words: str
    declared_at: str
    opinion: str
    unable: str
    items: tuple[tuple[str, str, str | None, str | None, str, str | None, str], ...] = ()
    challenges: tuple[tuple[str, str, str, str, str | None, str, int, str, str | None, str], ...] = ()
    evidence: tuple[tuple[str, str, str, int, str | None, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """What decides which sheet counts: revision, own digest, superseded digest, and whether its key still counts."""

    revision: int
    digest: str
    supersedes: str | None
    live: bool = True


class Standing(NamedTuple):
    """What counts for one pair: `digests` has one entry when `current`, the contradicting ones when `conflict`."""

    application: str
    expert: str
    state: StandingState
    revision: int
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredSheet:
    """A sheet version read back from the registry."""

    expert: str
    application: str
    revision: int
    digest: str
    supersedes: str | None
    pack: str
    sheet: Sheet
    computed: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Resolution:
    """The coordinator's decision which of two contradicting sheets counts."""

    application: str
    expert: str
    digest: str
    reason: str
    at: str
    actor: str


@dataclass(frozen=True, slots=True)
class Veto:
    """一票否决 finding (R09): ground V1 to V8; `status` present (有), cleared (无) or check (待核)."""

    application: str
    ground: str
    status: Literal["present", "cleared", "check"]
    evidence: str
    decided_on: str
    actor: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that was not taken: why, and its digest so that it can be found again."""

    at: str
    name: str
    file_sha256: str
    code: str
    place: str
    params: Mapping[str, str]
    expert: str = ""


@dataclass(frozen=True, slots=True)
class LogRow:
    """One entry of the log: `sha256` covers the entry and `prev`, the digest of the entry before."""

    seq: int
    at: str
    actor: str
    action: str
    subject: str
    details: Mapping[str, object]
    prev: str
    sha256: str


@dataclass(frozen=True, slots=True)
class LogCheck:
    """Outcome of checking the chain: `broken` is the first bad sequence number, 0 when all is well."""

    entries: int
    broken: int

    @property
    def ok(self) -> bool:
        """Whether no entry was changed, added or taken away."""
        return self.broken == 0


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """回执 made for an expert."""

    expert: str
    path: str
    files: tuple[str, ...]
    at: str
