"""A predecessor read from the archive it was filed as (`.ndbarchive`): no key opens it, for nothing in it is encrypted.

Signatures, digests and chains are proven first; who might sign which decision is checked here as the registry does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

from ndb_desktop.crypto.identity import PublicKey
from ndb_desktop.domain import decision as rules
from ndb_desktop.domain.batch import Batch
from ndb_desktop.domain.decision import Decision, Officer
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.finality import finality
from ndb_desktop.domain.lifecycle import Frozen, Life, begun, lives
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.objection import objections
from ndb_desktop.domain.packload import load_pack
from ndb_desktop.domain.packstages import kind_of
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.stageload import FORMAT
from ndb_desktop.formats.archive import ArchiveCheck, ArchiveManifest, LogHead, check_stream
from ndb_desktop.formats.batchfile import batch_from_json
from ndb_desktop.formats.decisionfile import open_decision
from ndb_desktop.formats.manifest import IssuerRef
from ndb_desktop.formats.succession import SuccessionPayload, open_link
from ndb_desktop.formats.zipcheck import StoredMember, read_directory
from ndb_desktop.storage.atomic import known_os_errors


@dataclass(frozen=True, slots=True)
class FiledRegistry:
    """What an archive says of its registry; `texts` are the applications by id, as they lie in it.

    `registry` is the digest of the first entry of its log, `carried` the decision that a base was taken over with,
    `accepted` its application as 评估验收 accepted it; `entries` are its log.
    """

    batch: Batch
    registry: str
    coordinator: IssuerRef
    packs: Mapping[Category, RulePack]
    result: str | None
    final: bool
    log: LogHead
    digest: str
    lives: Mapping[str, Life]
    texts: Mapping[str, bytes]
    officers: tuple[Officer, ...]
    carried: Mapping[str, str]
    accepted: Mapping[str, bytes]
    entries: tuple[FiledEntry, ...]


@dataclass(frozen=True, slots=True)
class FiledEntry:
    """A line of a filed log: moment, action, details, and the digest the line after it names."""

    at: str
    action: str
    details: Mapping[str, object]
    sha256: str


class _Members:
    """The members of an archive by kind, in their order."""

    def __init__(self, stream: BinaryIO, manifest: ArchiveManifest, place: str) -> None:
        self._stream = stream
        self._stored: dict[str, StoredMember] = {one.name: one for one in read_directory(stream, place)}
        self._manifest = manifest

    def of(self, kind: str) -> list[bytes]:
        return [self._read(one.name) for one in self._manifest.members if one.kind == kind]

    def _read(self, name: str) -> bytes:
        member = self._stored[name]
        self._stream.seek(member.offset)
        return self._stream.read(member.size)


def read_filed(path: Path) -> FiledRegistry:
    """Reads an archive through; its volumes (分卷) are not needed.

    Raises:
        NdbError: E-SUCCESSION-UNSOUND (a volume, or something in it is not as it was filed), E-OBJECTION-OPEN, what
            `archive.check_stream` raises, E-STORE-*.
    """
    with known_os_errors(path.name), path.open("rb") as stream:
        members, found = _proven(path, stream)
        return _read(members, found.manifest, found.payload_sha256)


def _proven(path: Path, stream: BinaryIO) -> tuple[_Members, ArchiveCheck]:
    found = check_stream(stream, path.name)
    if found.faults or found.manifest.volume is not None:
        detail = found.faults[0].code if found.faults else "volume"
        raise NdbError("E-SUCCESSION-UNSOUND", place=path.name, detail=detail)
    return _Members(stream, found.manifest, path.name), found


def read_log(path: Path) -> tuple[tuple[FiledEntry, ...], SuccessionPayload | None]:
    """Log and link of an archive, once it was read through. Raises NdbError as `read_filed`."""
    with known_os_errors(path.name), path.open("rb") as stream:
        members, found = _proven(path, stream)
        about = members.of("batch")
        return _entries(members), _link(about[1:], batch_from_json(about[0]), found.manifest.issuer)


def _entries(members: _Members) -> tuple[FiledEntry, ...]:
    found = []
    for line in (line for part in members.of("log") for line in part.split(b"\n")[:-1]):
        _number, at, _actor, action, _subject, details, _previous = json.loads(line)
        found.append(FiledEntry(at, action, json.loads(details), hashlib.sha256(line).hexdigest()))
    return tuple(found)


def _read(members: _Members, manifest: ArchiveManifest, digest: str) -> FiledRegistry:
    about = members.of("batch")
    batch = batch_from_json(about[0])
    decisions = _decisions(members.of("decision"), batch, PublicKey(manifest.issuer.key).keyid)
    link = _link(about[1:], batch, manifest.issuer)
    if left := [one.id for one in objections(decisions) if one.open]:
        raise NdbError("E-OBJECTION-OPEN", count=len(left), numbers=", ".join(left[:5]))
    texts, accepted = _texts(members.of("application"), link)
    final = finality(decisions)
    follows = link is not None and link.stage != "selection"
    refs = link.bases if link is not None and follows else ()
    bases = [begun(ref.application, ref.state, date.fromisoformat(ref.since)) for ref in refs]
    known = Frozen(tuple(bases) if follows else tuple(begun(name) for name in sorted(texts)))
    packs = [load_pack(raw) for raw in members.of("pack") if kind_of(raw) != FORMAT]
    return FiledRegistry(
        batch=batch,
        registry=hashlib.sha256(members.of("log")[0].split(b"\n", 1)[0]).hexdigest(),
        coordinator=IssuerRef(manifest.issuer.name, PublicKey(manifest.issuer.key).age_recipient),
        packs={pack.category: pack for pack in packs},
        result=final.digest or None,
        final=final.state == "final",
        log=manifest.log,
        digest=digest,
        lives=lives(known, decisions).bases,
        texts=texts,
        officers=rules.officers(decisions),
        carried={ref.application: ref.decision for ref in refs},
        accepted=accepted,
        entries=_entries(members),
    )


def _decisions(envelopes: list[bytes], batch: Batch, coordinator: str) -> tuple[Decision, ...]:
    """Every decision in order; the reader of archives has proven signatures and chain."""
    known: list[Decision] = []
    for envelope in envelopes:
        payload, made = open_decision(envelope)
        supervisors = {one.keyid for one in rules.officers(known) if one.role == "supervisor"}
        second = [keyid for _, keyid in made.signers[1:]]
        fits = (payload.batch, payload.trial) == (batch.id, batch.trial)
        fits = fits and made.signers[0] == ("coordinator", coordinator) and set(second) <= supervisors
        if not fits or (not second and rules.needs_supervisor(made.kind, known, trial=batch.trial)):
            raise NdbError("E-SUCCESSION-UNSOUND", detail=f"decision {made.number}")
        known.append(made)
    return tuple(known)


def _link(found: list[bytes], batch: Batch, issuer: IssuerRef) -> SuccessionPayload | None:
    if not found:
        return None
    opened = open_link(found[0])
    if opened.payload.batch != batch.id or opened.issuer != PublicKey(issuer.key):
        raise NdbError("E-SUCCESSION-UNSOUND", detail="link")
    return opened.payload


def _texts(found: list[bytes], link: SuccessionPayload | None) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The present version of each application, of a base taken over the one that was frozen; and what was accepted.

    Of a registry of 评估验收 the present version is what it accepted, of one of 成效评估 that which came along.
    """
    texts: dict[str, bytes] = {}
    by_digest = {hashlib.sha256(data).hexdigest(): data for data in found}
    for data in found:
        texts[str(json.loads(data)["id"])] = data
    accepted: dict[str, bytes] = {}
    for ref in link.bases if link is not None else ():
        if not {ref.sha256, ref.accepted or ref.sha256} <= by_digest.keys():
            raise NdbError("E-SUCCESSION-UNSOUND", detail=ref.application)
        if ref.accepted is not None:
            accepted[ref.application] = by_digest[ref.accepted]
        elif link is not None and link.stage == "acceptance" and texts[ref.application] != by_digest[ref.sha256]:
            accepted[ref.application] = texts[ref.application]
        texts[ref.application] = by_digest[ref.sha256]
    return texts, accepted
