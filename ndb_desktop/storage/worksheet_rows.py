"""What a worksheet (工作稿) holds, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Source = Literal["edit", "undo", "redo"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One value to store (`value` JSON text, None removes it)."""

    application: str
    kind: str
    key: str
    value: str | None

    @property
    def place(self) -> tuple[str, str, str]:
        """What it is the value of."""
        return self.application, self.kind, self.key


@dataclass(frozen=True, slots=True)
class LogRow:
    """A line of the change log. `clock` is what the computer said when it said less than the line before.

    `old` is what undo brings back: the value before, or, while one text is being typed, before the typing began.
    """

    seq: int
    at: str
    clock: str
    source: Source
    application: str
    kind: str
    key: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class ExportedSheet:
    """A sheet as it was signed: revision, SHA-256 (hex) and exact bytes of its record."""

    application: str
    revision: int
    digest: str
    record: bytes


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One export: running number, time, file name, reason of the revision, payload digest, the file's bytes."""

    number: int
    at: str
    name: str
    reason: str
    payload_sha256: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Binding:
    """What a worksheet belongs to."""

    bundle_id: str
    bundle_digest: str
    expert: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Edits that are stored together or not at all; `typing` names the text field they were typed in."""

    edits: tuple[Edit, ...]
    at: str
    undoable: bool = False
    forget: str | None = None
    typing: str = ""
