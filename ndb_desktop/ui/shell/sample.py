"""A prepared sample round: what lies ready to open in its folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SampleEntry:
    """One thing to open: `secret` (a bundle's) or `passphrase` (a key's) are read from the sample's own files."""

    kind: str
    path: Path
    icon: str
    title: Callable[[], str]
    secret: str = ""
    key: Path | None = None
    passphrase: str = ""
