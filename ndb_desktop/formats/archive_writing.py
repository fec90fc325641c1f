"""Writing an archive (归档包, `.ndbarchive`): a plain ZIP for any program, described by XML and a signed manifest.

Not encrypted and not compressed, because both are faults of 可用性 (DA/T 70-2018). One content and one filing date
always give the same bytes: members have a fixed order, fixed times and numbers without gaps. The reader in `archive`
shares nothing with this module but the page that describes the format.

Documents lie in volumes (分卷) beside the archive, each an archive of its own, named by the main one.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.sax.saxutils import quoteattr

from ndb_desktop import __version__
from ndb_desktop.crypto import envelope
from ndb_desktop.crypto.digests import Sm3
from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.errors import NdbError

EXTENSION = ".ndbarchive"
NAMESPACE = "urn:ndb:archive:1"
_MOST = 19_990
"""Members a reader takes, less those that describe the others."""


@dataclass(frozen=True, slots=True)
class Described:
    """A finished member: number within its kind (件号), retention (`Y`, `D30`, `D10`), 题名, size and digests."""

    name: str
    kind: str
    number: int
    retention: str
    title: str
    size: int
    sha256: str
    sm3: str
    more: Mapping[str, str] = field(default_factory=dict)
    """What else its element in the metadata says."""


@dataclass(frozen=True, slots=True)
class Volume:
    """A finished volume, as the main archive names it: `sha256` is that of what was signed, `size` that of the file."""

    number: int
    retention: str
    documents: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Node:
    """An XML element: attributes, children. Texts stand in attributes only."""

    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: Sequence[Node] = ()


@dataclass(frozen=True, slots=True)
class ArchiveHead:
    """What the manifest says beside the members; `filed_on` is the day of filing, `log` its length and last digest.

    `volumes` are those of a main archive; `volume` is the number of a volume and how many there are.
    """

    batch: str
    trial: bool
    filed_on: str
    issuer: str
    result: str
    log: tuple[int, str]
    volumes: tuple[Volume, ...] = ()
    volume: tuple[int, int] = (0, 0)


class ArchiveWriter:
    """Adds one member after the other to `stream`; none but the one at hand is held in memory."""

    def __init__(self, stream: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED)
        self._all: list[Described] = []
        self._counts: dict[str, int] = {}
        self._put("mimetype", "", 0, "", "", b"application/vnd.ndb.archive+zip")

    @property
    def described(self) -> tuple[Described, ...]:
        """The numbered members so far."""
        return tuple(one for one in self._all if one.kind)

    def add(self, kind: str, suffix: str, data: bytes, *, retention: str, title: str) -> Described:
        """Adds the next member of a kind: `score/000001.json`. Raises `E-ARCHIVE-MANY`."""
        number = self._next(kind)
        return self._put(f"{kind}/{number:06d}.{suffix}", kind, number, retention, title, data)

    def add_pieces(
        self, kind: str, suffix: str, pieces: Iterable[bytes], size: int, *, retention: str, title: str,
        more: Mapping[str, str], check: Callable[[int], object],
    ) -> Described:  # fmt: skip
        """As `add`, for what is too large to hold; `check` is called with the bytes of each piece and may raise."""
        number = self._next(kind)
        name = f"{kind}/{number:06d}.{suffix}"
        sha256, sm3, written = hashlib.sha256(), Sm3(), 0
        info = _info(name)
        info.file_size = size
        with self._zip.open(info, "w") as member:
            for piece in pieces:
                member.write(piece)
                sha256.update(piece)
                sm3.update(piece)
                written += len(piece)
                check(len(piece))
        made = Described(name, kind, number, retention, title, written, sha256.hexdigest(), sm3.hexdigest(), dict(more))
        self._all.append(made)
        return made

    def _next(self, kind: str) -> int:
        if len(self._all) >= _MOST:
            raise NdbError("E-ARCHIVE-MANY", most=_MOST)
        number = self._counts[kind] = self._counts.get(kind, 0) + 1
        return number

    def describe(self, name: str, root: Node) -> None:
        """Adds an XML document that describes the archive."""
        self._put(name, "", 0, "", "", xml_bytes(root))

    def finish(self, head: ArchiveHead, issuer: Identity) -> str:
        """Adds the list of digests and the signed manifest; the SHA-256 of what was signed."""
        lines = "".join(f"{one.sha256}  {one.name}\n" for one in self._all)
        self._put("sha256sums.txt", "", 0, "", "", lines.encode("ascii"))
        payload = json.dumps(self._manifest(head, issuer), ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        signed = envelope.sign(payload, "application/vnd.ndb.archive.v1+json", [issuer])
        self._write("manifest.dsse.json", signed)
        self._zip.close()
        return hashlib.sha256(payload).hexdigest()

    def close(self) -> None:
        """Lets go of an archive that was not finished."""
        self._zip.close()

    def _put(self, name: str, kind: str, number: int, retention: str, title: str, data: bytes) -> Described:
        self._write(name, data)
        sha256 = hashlib.sha256(data).hexdigest()
        made = Described(name, kind, number, retention, title, len(data), sha256, Sm3(data).hexdigest())
        self._all.append(made)
        return made

    def _write(self, name: str, data: bytes) -> None:
        self._zip.writestr(_info(name), data)

    def _manifest(self, head: ArchiveHead, issuer: Identity) -> dict[str, object]:
        return {
            "format": "ndb-archive",
            "version": 1,
            # A reader that does not know volumes must not call a set whole.
            "critical": ["volumes"] if head.volumes or head.volume[0] else [],
            "trial": head.trial,
            "batch": head.batch,
            "filed_on": head.filed_on,
            "issuer": {"name": head.issuer, "key": issuer.public.age_recipient},
            "result": head.result,
            "log": {"entries": head.log[0], "head": head.log[1]},
            "members": [
                {
                    "name": one.name, "kind": one.kind, "number": one.number, "retention": one.retention,
                    "size": one.size, "sha256": one.sha256, "sm3": one.sm3,
                }
                for one in self._all
            ],
            "app": __version__,
            **_volumes(head),
        }  # fmt: skip


def _info(name: str) -> zipfile.ZipInfo:
    # A fixed time and owner: nothing of when and where it was made.
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.create_system, info.external_attr = 3, 0o600 << 16
    return info


def _volumes(head: ArchiveHead) -> dict[str, object]:
    """What is said only where there are volumes: archives without any stay as they always were."""
    if head.volume[0]:
        return {"volume": {"number": head.volume[0], "of": head.volume[1]}}
    named = [
        {
            "number": one.number, "retention": one.retention, "documents": one.documents, "size": one.size,
            "sha256": one.sha256,
        }
        for one in head.volumes
    ]  # fmt: skip
    return {"volumes": named} if named else {}


def file_nodes(described: Iterable[Described]) -> tuple[Node, ...]:
    """One `file` element per member, as `metadata.xml` lists them."""
    return tuple(
        Node(
            "file",
            {
                "name": one.name, "kind": one.kind, "number": str(one.number), "retention": one.retention,
                "title": one.title, "size": str(one.size), "sha256": one.sha256, "sm3": one.sm3, **one.more,
            },
        )
        for one in described
    )  # fmt: skip


def xml_bytes(root: Node) -> bytes:
    """The document in UTF-8, two blanks a level. What XML cannot hold becomes U+FFFD."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    _element(root, f' xmlns="{NAMESPACE}"', "", lines)
    return ("\n".join(lines) + "\n").encode("utf-8")


def _element(node: Node, namespace: str, indent: str, lines: list[str]) -> None:
    attributes = "".join(f" {name}={_quoted(value)}" for name, value in node.attributes.items())
    if not node.children:
        lines.append(f"{indent}<{node.tag}{namespace}{attributes}/>")
        return
    lines.append(f"{indent}<{node.tag}{namespace}{attributes}>")
    for child in node.children:
        _element(child, "", indent + "  ", lines)
    lines.append(f"{indent}</{node.tag}>")


def _quoted(value: str) -> str:
    held = "".join(sign if _allowed(sign) else "\ufffd" for sign in value)
    return quoteattr(held, {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _allowed(sign: str) -> bool:
    """Char of XML 1.0."""
    return sign in "\t\n\r" or " " <= sign <= "\ud7ff" or "\ue000" <= sign <= "\ufffd" or sign >= "\U00010000"
