"""评审包链: which bundle of an expert is in force, what came before it, and what it no longer says rightly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.formats.chain import ChainRecord, EarlierBundle
from ndb_desktop.formats.manifest import EarlierRef
from ndb_desktop.storage.registry_rows import IssuedBundle

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office


@dataclass(frozen=True, slots=True)
class Outdated:
    """An expert whose bundle in force no longer says what the registry says: applications by what became of them."""

    expert: str
    bundle: IssuedBundle
    changed: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]


def ancestors(issued: Iterable[IssuedBundle], bundle: IssuedBundle) -> tuple[IssuedBundle, ...]:
    """The bundles a bundle follows, oldest first."""
    known = {row.bundle_id: row for row in issued}
    found: list[IssuedBundle] = []
    while bundle.previous in known and known[bundle.previous] not in found:
        bundle = known[bundle.previous]
        found.insert(0, bundle)
    return tuple(found)


def in_force(issued: Iterable[IssuedBundle]) -> Mapping[str, IssuedBundle]:
    """The newest bundle of each expert: not revoked, and followed by none that is in force.

    A bundle of a second round (复评) stands beside it and changes nothing of this.
    """
    valid = [row for row in issued if not row.revoked_at and row.kind != "second_round"]
    followed = {row.previous for row in valid}
    return {row.expert: row for row in valid if row.bundle_id not in followed}


def outdated(office: Office) -> tuple[Outdated, ...]:
    """Experts whose bundle holds other versions than the registry, or other applications than are assigned."""
    digests = office.registry.application_digests()
    assigned: dict[str, set[str]] = {}
    for expert_id, application in office.assignments():
        assigned.setdefault(expert_id, set()).add(application)
    found = []
    for expert, bundle in sorted(in_force(office.issued()).items()):
        mine = assigned.get(expert, set())
        held = set(bundle.applications)
        if held == mine and bundle.contents.items() <= digests.items():
            # Nearly always: everything it holds is what is assigned, in the present version.
            continue
        # A bundle recorded by other means says nothing about versions.
        changed = sorted(
            name for name in held & mine if bundle.contents.get(name, digests.get(name)) != digests.get(name)
        )
        added, removed = sorted(mine - held), sorted(held - mine)
        if changed or added or removed:
            found.append(Outdated(expert, bundle, tuple(changed), tuple(added), tuple(removed)))
    return tuple(found)


def secret_of(office: Office, bundle: IssuedBundle) -> str:
    """The secret of an issued bundle: kept, or read from its file; "" when neither is there."""
    if bundle.opens or bundle.secret:
        return bundle.opens or bundle.secret or ""
    try:
        with BundleReader(Path(bundle.path)) as reader:
            return reader.unlock(office.identity) if reader.digest == bundle.digest else ""
    except NdbError:
        return ""


def chain_refs(chain: Sequence[IssuedBundle]) -> tuple[EarlierRef, ...]:
    """What the manifest says of a chain."""
    return tuple(EarlierRef(row.bundle_id, row.digest) for row in chain)


def chain_record(office: Office, chain: Sequence[IssuedBundle], applications: Iterable[str]) -> ChainRecord:
    """What the core of the next bundle says of a chain: what each held, how it opens, the texts that changed since.

    Of applications that were withdrawn it says no more than their id.
    """
    present = office.registry.application_digests()
    versions: dict[str, str] = {}
    for name in applications:
        for digest in {row.contents.get(name, "") for row in chain} - {"", present.get(name)}:
            body = office.registry.application_text(name, digest)
            if body is not None:
                versions[digest] = body.decode("utf-8")
    bundles = tuple(
        EarlierBundle(
            row.bundle_id,
            row.digest,
            row.kind,
            row.issued_at,
            secret_of(office, row),
            dict(sorted(row.contents.items())),
        )
        for row in chain
    )
    return ChainRecord(bundles, versions)


@dataclass(frozen=True, slots=True)
class Stale:
    """基于旧数据: a sheet that counts but was made before its application changed."""

    application: str
    expert: str


def stale_sheets(office: Office) -> tuple[Stale, ...]:
    """Scored sheets that count and of which no signed file came from a bundle with the present application."""
    digests = office.registry.application_digests()
    contents = {row.bundle_id: row.contents for row in office.issued()}
    fresh: dict[tuple[str, str], bool] = {}
    for application, expert, bundle in office.registry.current_sources():
        held = contents.get(bundle, {}).get(application)
        # A bundle recorded by other means says nothing about versions.
        now = held is None or held == digests.get(application)
        fresh[application, expert] = fresh.get((application, expert), False) or now
    return tuple(Stale(*pair) for pair, now in sorted(fresh.items()) if not now)
