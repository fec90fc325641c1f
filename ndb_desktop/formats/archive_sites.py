"""现场检查 in an archive, as a stranger reads it: records proven by their signatures and compared with their visits.

A record says in itself who must sign it, so it is compared with the visit that was filed as it was issued; a visit
names the records that came back and the digests of its bundles, and photos are named by records.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated

import msgspec
from msgspec import Meta

from ndb_desktop.crypto.identity import PublicKey
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats import strictjson
from ndb_desktop.formats.card import open_card
from ndb_desktop.formats.manifest import open_manifest
from ndb_desktop.formats.sitefile import MAX_REVISION, open_record
from ndb_desktop.formats.siteparts import MAX_MEMBERS, VisitRecord, visit_of
from ndb_desktop.formats.strictjson import Count, Id, Line, Sha256

SITE_KINDS = ("card", "checklist", "visit", "manifest", "record")
"""Kinds of members read here, in the order of the archive."""
MAX_VISIT = 16 * 1024 * 1024
_ANY_VERSION = "999999"
"""The signature of a manifest does not depend on the version of this program."""


class FiledPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a visit was planned: what was drawn by which seed, who was excused from a ground to check."""

    seed: str
    sample: Count
    drawn: tuple[str, ...]
    excused: dict[str, str]
    challenges: bool
    flags: bool


class FiledBundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bundle that was issued; `contents` are applications in it by digest."""

    id: Id
    digest: Sha256
    issued_at: Line
    expires_at: Line
    revoked_at: Line
    contents: dict[str, Sha256]


class FiledRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record that was taken: digest of what was signed, and of the sealed file it came in, which is not filed.

    `decided` is how many decisions there were when it came.
    """

    payload: Sha256
    revision: Annotated[int, Meta(ge=1, le=MAX_REVISION)]
    bundle: Id
    signed: Annotated[tuple[Id, ...], Meta(max_length=MAX_MEMBERS)]
    name: str
    sha256: Sha256
    size: Count
    decided: Count
    received_at: Line


class FiledVisit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member of kind `visit`."""

    visit: VisitRecord
    plan: FiledPlan
    planned_at: Line
    planned_by: Line
    bundles: tuple[FiledBundle, ...]
    records: tuple[FiledRecord, ...]


@dataclass
class SiteWork:
    """What was learnt of inspections; `photos` are (visit, name) by digest and size, of every record."""

    checklists: set[str] = field(default_factory=set)
    visits: dict[str, tuple[str, FiledVisit]] = field(default_factory=dict)
    manifests: dict[str, str] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)
    photos: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)

    def read(self, kind: str, name: str, data: bytes) -> list[str]:
        """Takes a member of one of `SITE_KINDS`; whose keys signed it.

        Raises:
            NdbError: E-ARCHIVE-CHAIN (a record that does not fit its visit), and as the readers of these files.
        """
        if kind == "card":
            return [open_card(data).key.keyid]
        if kind == "checklist":
            self.checklists.add(hashlib.sha256(data).hexdigest())
            return []
        if kind == "visit":
            self._visit(name, data)
            return []
        return self._manifest(name, data) if kind == "manifest" else self._record(name, data)

    def _visit(self, name: str, data: bytes) -> None:
        found = strictjson.decode(data, FiledVisit, max_size=MAX_VISIT)
        visit = visit_of(found.visit)
        if visit.id in self.visits:
            raise NdbError("E-ARCHIVE-CHAIN", name=name)
        self.visits[visit.id] = name, found

    def _manifest(self, name: str, data: bytes) -> list[str]:
        _manifest, payload, issuer = open_manifest(data, expected_issuer=None, app_version=_ANY_VERSION, place="")
        self.manifests[hashlib.sha256(payload).hexdigest()] = name
        return [issuer.keyid]

    def _record(self, name: str, data: bytes) -> list[str]:
        """A record whose every signature fits, by those who must and on the visit as it was issued."""
        opened = open_record(data)
        visit = opened.record.visit
        _name, filed = self.visits.get(visit.id, ("", None))
        known = {} if filed is None else {one.payload: one for one in filed.records}
        said = known.get(opened.digest)
        if filed is None or said is None or opened.payload.visit != filed.visit or opened.missing:
            raise NdbError("E-ARCHIVE-CHAIN", name=name)
        issued = {one.id: one.digest for one in filed.bundles}
        as_said = (said.revision, set(said.signed), said.bundle, issued.get(said.bundle))
        bundle = opened.payload.bundle
        if as_said != (opened.payload.revision, set(opened.signed), bundle.id, bundle.digest):
            raise NdbError("E-ARCHIVE-CHAIN", name=name)
        self.records[opened.digest] = name
        for photo in opened.record.photos:
            self.photos.setdefault((photo.sha256, photo.size), (visit.id, photo.name or photo.id))
        keys = {member.id: PublicKey(member.key).keyid for member in visit.members}
        return [keys[one] for one in opened.signed]

    def broken(self) -> Iterator[str]:
        """Names of members that do not belong together: a visit without its checklist or a record of it, and so on."""
        issued: set[str] = set()
        for name, filed in self.visits.values():
            issued.update(one.digest for one in filed.bundles)
            if filed.visit.pack not in self.checklists or {one.payload for one in filed.records} - self.records.keys():
                yield name
        for digest, name in self.manifests.items():
            if digest not in issued:
                yield name


def missing_photos(
    named: Mapping[tuple[str, int], tuple[str, str]], filed: set[tuple[str, int]]
) -> Iterator[tuple[str, str]]:
    """(visit, name) of every photo that a record names and no volume holds."""
    for photo, (visit, name) in named.items():
        if photo not in filed:
            yield visit, name
