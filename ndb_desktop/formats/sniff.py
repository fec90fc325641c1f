"""What a file is, judged by its content; its name is only for people."""

from __future__ import annotations

import enum
import os
import re
import stat
import zipfile
from pathlib import Path

from ndb_desktop.crypto import envelope, sealing
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats import archive, bundle, card, manifest, movefile, receipt, scorefile, sitefile
from ndb_desktop.storage.atomic import known_os_errors

_HEAD = 4096
_TAIL = 64 * 1024
_TYPE = re.compile(rb'"payloadType"\s*:\s*"([^"]{1,100})"')


class FileKind(enum.Enum):
    """Kinds of files and folders a person may drop on the window; the value is a short stable name."""

    BUNDLE = "bundle"
    SCORE = "score"
    SEALED = "sealed"
    CARD = "card"
    RECEIPT = "receipt"
    KEY = "key"
    PUBLIC_KEY = "public-key"
    MOVE = "move"
    ARCHIVE = "archive"
    SITE = "site"
    MANIFEST = "manifest"
    REGISTRY = "registry"
    HANDOVER = "handover"
    PDF = "pdf"
    ZIP = "zip"
    FOLDER = "folder"
    EMPTY = "empty"
    UNKNOWN = "unknown"


_HANDED_OVER = ("applications.jsonl", "actuals.jsonl")
"""What leads a hand-over: of a selection, of a later stage."""
_PAYLOADS = {
    scorefile.PAYLOAD_TYPE: FileKind.SCORE,
    card.PAYLOAD_TYPE: FileKind.CARD,
    receipt.PAYLOAD_TYPE: FileKind.RECEIPT,
    manifest.PAYLOAD_TYPE: FileKind.MANIFEST,
}


def identify(path: Path) -> FileKind:
    """The kind of a file or folder, from its first and last bytes; nothing is verified.

    A sealed file (age) shows nothing of its content, so it is `SEALED`: in a round only score files travel that way.
    Raises `E-STORE-MISSING`, `E-STORE-IO` and the like when it cannot be read, `E-FILE-SPECIAL` for a device or pipe.
    """
    path = Path(path)
    with known_os_errors(path.name):
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return _folder(path)
        if not stat.S_ISREG(mode):
            raise NdbError("E-FILE-SPECIAL", place=path.name)
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
            stream.seek(max(0, stream.seek(0, os.SEEK_END) - _TAIL))
            tail = stream.read(_TAIL)
    if not head:
        return FileKind.EMPTY
    if head.startswith(b"PK\x03\x04"):
        return _archive(path, head)
    if sealing.is_sealed(head):
        return FileKind.SEALED
    if head.startswith(b"%PDF-"):
        return FileKind.PDF
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----"):
        return FileKind.KEY
    if text.startswith(b"ssh-ed25519 "):
        return FileKind.PUBLIC_KEY
    return _signed(head, tail) if text.startswith(b"{") else FileKind.UNKNOWN


def _folder(path: Path) -> FileKind:
    if (path / "registry.db").is_file():
        return FileKind.REGISTRY
    return FileKind.HANDOVER if any((path / name).is_file() for name in _HANDED_OVER) else FileKind.FOLDER


def _archive(path: Path, head: bytes) -> FileKind:
    # The first member of a bundle is `mimetype`, stored: name at 30, content behind it.
    if head[30:38] == b"mimetype":
        kinds = {
            bundle.MIMETYPE: FileKind.BUNDLE, movefile.MIMETYPE: FileKind.MOVE, archive.MIMETYPE: FileKind.ARCHIVE,
            sitefile.MIMETYPE: FileKind.SITE,
        }  # fmt: skip
        return next((kind for told, kind in kinds.items() if told in head[38:160]), FileKind.ZIP)
    try:
        with zipfile.ZipFile(path) as opened:
            names = {name.rpartition("/")[2] for name in opened.namelist()[:20_000]}
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, EOFError, OSError):
        return FileKind.ZIP
    return FileKind.HANDOVER if any(name in names for name in _HANDED_OVER) else FileKind.ZIP


def _signed(head: bytes, tail: bytes) -> FileKind:
    found = _TYPE.search(tail) or _TYPE.search(head)
    return _PAYLOADS.get(found.group(1).decode("ascii", "replace"), FileKind.UNKNOWN) if found else FileKind.UNKNOWN


def require_kind(path: Path, *wanted: FileKind) -> FileKind:
    """The kind of `path` if it is one of `wanted`; otherwise says in words what it is instead.

    Raises:
        NdbError: `E-FILE-IS-…` for a file of ours that belongs elsewhere, `E-FILE-UNKNOWN` for anything else.
    """
    kind = identify(path)
    if kind in wanted:
        return kind
    extensions = ", ".join(dict.fromkeys(_EXTENSIONS.get(k, k.value) for k in wanted))
    raise NdbError(_WRONG.get(kind, "E-FILE-UNKNOWN"), place=Path(path).name, wanted=extensions)


_EXTENSIONS = {
    FileKind.BUNDLE: ".ndbbundle",
    FileKind.SCORE: ".ndbscore",
    FileKind.SEALED: ".ndbscore",
    FileKind.CARD: ".ndbcard",
    FileKind.RECEIPT: ".ndbreceipt",
    FileKind.KEY: ".ndbkey",
    FileKind.PUBLIC_KEY: ".pub",
    FileKind.MOVE: ".ndbmove",
    FileKind.ARCHIVE: ".ndbarchive",
    FileKind.SITE: ".ndbsite",
    FileKind.REGISTRY: "registry.db",
    FileKind.HANDOVER: "applications.jsonl",
}
_WRONG = {
    FileKind.BUNDLE: "E-FILE-IS-BUNDLE",
    FileKind.SCORE: "E-FILE-IS-SCORE",
    FileKind.SEALED: "E-FILE-IS-SEALED",
    FileKind.CARD: "E-FILE-IS-CARD",
    FileKind.RECEIPT: "E-FILE-IS-RECEIPT",
    FileKind.KEY: "E-FILE-IS-KEY",
    FileKind.PUBLIC_KEY: "E-FILE-IS-PUBLIC-KEY",
    FileKind.MOVE: "E-FILE-IS-MOVE",
    FileKind.ARCHIVE: "E-FILE-IS-ARCHIVE",
    FileKind.SITE: "E-FILE-IS-SITE",
    FileKind.MANIFEST: "E-FILE-IS-MANIFEST",
    FileKind.REGISTRY: "E-FILE-IS-REGISTRY",
    FileKind.HANDOVER: "E-FILE-IS-HANDOVER",
    FileKind.PDF: "E-FILE-IS-PDF",
    FileKind.ZIP: "E-FILE-IS-ZIP",
    FileKind.FOLDER: "E-FILE-IS-FOLDER",
    FileKind.EMPTY: "E-FILE-IS-EMPTY",
}


def read_limited(path: Path, most: int) -> bytes:
    """A whole file of ours after a look at its size. Raises `E-SIZE` and the `E-STORE-…` codes."""
    path = Path(path)
    with known_os_errors(path.name), path.open("rb") as stream:
        data = stream.read(most + 1)
        size = os.fstat(stream.fileno()).st_size
    if len(data) > most:
        raise NdbError("E-SIZE", place=path.name, size=size, most=most)
    return data


# A card or receipt is never larger than its envelope; callers pass these to `read_limited`.
MAX_CARD_FILE = envelope.envelope_limit(card.MAX_PAYLOAD)
MAX_RECEIPT_FILE = envelope.envelope_limit(receipt.MAX_PAYLOAD)
MAX_SCORE_FILE = scorefile.MAX_FILE
