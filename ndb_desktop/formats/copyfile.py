"""`copy.json` (备份说明): what a copy of a registry says of itself: whose, when, how far, and each file's digest.

It tells accidents (a flipped bit, half a file); it is not signed. That nobody wrote into the registry itself shows when
its key opens it and its chains are checked.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats import strictjson
from ndb_desktop.formats.strictjson import Count, Id, Sha256, Stamp
from ndb_desktop.storage.atomic import known_os_errors

NAME = "copy.json"
FORMAT = "ndb-registry-copy"
VERSION = 1
MAX_SIZE = 64 * 1024 * 1024

FilePath = Annotated[str, Meta(max_length=200, pattern=r"\A((attachments|sites)/)?[A-Za-z0-9][A-Za-z0-9._-]*\Z")]
"""A file of a copy, relative to it: never outside, never hidden."""


class CopiedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file: size in bytes and SHA-256 of its bytes."""

    path: FilePath
    size: Count
    sha256: Sha256


class CopyManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is in a copy. `registry` is the same for all copies of one registry; `head` ends the chain of its log."""

    format: str = FORMAT
    version: int = VERSION
    critical: tuple[str, ...] = ()
    registry: Sha256
    batch: Id
    trial: bool
    made_at: Stamp
    entries: Count
    head: Sha256
    files: tuple[CopiedFile, ...]


def read_manifest(folder: Path) -> CopyManifest:
    """The manifest of the copy in `folder`.

    Raises:
        NdbError: E-COPY-NONE (no safety copy), E-STORE-*, `E-SIZE`, the `E-JSON-…` codes, `E-FORMAT`, `E-VERSION`.
    """
    path = folder / NAME
    if not path.is_file():
        raise NdbError("E-COPY-NONE", place=folder.name)
    with known_os_errors(path.name), path.open("rb") as stream:
        data = stream.read(MAX_SIZE + 1)
    found = strictjson.open_payload(
        data, CopyManifest, form=FORMAT, version=VERSION, max_size=MAX_SIZE, place=f"{folder.name}/{NAME}"
    )
    names = [row.path for row in found.files]
    if len(set(names)) != len(names):
        raise NdbError("E-COPY-DAMAGED", place=f"{folder.name}/{NAME}")
    return found
