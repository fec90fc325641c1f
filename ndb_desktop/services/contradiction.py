"""矛盾处理: two versions of one sheet that contradict each other, compared field by field without their values.

Who decides sees which fields differ and where each version came from, no mark: it must not be the higher one that wins.
The values come with the record of the signed decision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.decision import Decision
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.sheet import ItemEntry, Sheet
from ndb_desktop.storage.registry_rows import Resolution, StoredSheet

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

FieldName = Literal[
    "pack", "supersedes", "declaration", "state", "value", "level", "confirm", "computed", "reason", "challenges",
    "evidence", "opinion", "unable",
]  # fmt: skip
_ITEM: Mapping[FieldName, Callable[[ItemEntry], str]] = {
    "state": lambda entry: entry.state,
    "value": lambda entry: "" if entry.value is None else plain(entry.value),
    "level": lambda entry: entry.level or "",
    "confirm": lambda entry: entry.confirm,
    "reason": lambda entry: entry.reason,
}


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that brought a version: its name, when it was accepted, the digest of its payload."""

    name: str
    received_at: str
    payload_sha256: str


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """Where a version came from. `candidate`: it may be chosen; the others are only there to compare."""

    digest: str
    revision: int
    files: tuple[Arrived, ...]
    candidate: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which versions differ, of an item or ("") of the sheet.

    `groups` has a number per version, equal for equal contents; numbers say nothing of what is in it.
    """

    item: str
    field: FieldName
    groups: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two or more versions, and where they differ; no value of any."""

    application: str
    expert: str
    versions: tuple[VersionFacts, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """A decided contradiction: the signed decision, and now the values, one per version for each difference."""

    comparison: Comparison
    chosen: str
    decision: Decision
    values: tuple[tuple[str, ...], ...] = field(repr=False)


def contradictions(office: Office) -> tuple[tuple[str, str], ...]:
    """(application, expert) of every contradiction that waits for a decision."""
    return tuple((row.application, row.expert) for row in office.registry.standings() if row.state == "conflict")


def compare(office: Office, application: str, expert: str) -> Comparison:
    """Which fields of contradicting versions differ. Raises NdbError E-RESOLVE (there is no such contradiction)."""
    return _comparison(office, application, expert)[0]


def settle(
    office: Office, application: str, expert: str, digest: str, reason: str, *, second: Identity | None = None
) -> Settled:
    """Decides which version counts, signed; all stay on record. The marks of all are in what is returned.

    Raises:
        NdbError: E-RESOLVE (no such contradiction, or not one of its versions), E-REASON, E-OFFICE-RECOVERY,
            E-DECISION-*, E-STORE-*.
    """
    if not reason.strip():
        raise NdbError("E-REASON")
    registry = office.registry
    with registry.transaction():
        comparison, values = _comparison(office, application, expert)
        if digest not in {version.digest for version in comparison.versions if version.candidate}:
            raise NdbError("E-RESOLVE", application=application, expert=expert)
        content = {
            "application": application, "expert": expert, "chosen": digest,
            "versions": " ".join(version.digest for version in comparison.versions),
        }  # fmt: skip
        subject = f"{application}/{expert}"
        decision = office.decided.record("contradiction", subject, content, reason=reason, second=second)
        kept = Resolution(application, expert, digest, reason, decision.at, office.identity.keyid)
        registry.put_resolution(kept)
        registry.resettle()
        details = {"expert": expert, "digest": digest, "reason": reason, "decision": decision.digest}
        office.log("conflict.resolved", application, details)
    return Settled(comparison, digest, decision, values)


def resolve_conflict(office: Office, application: str, expert: str, digest: str, reason: str) -> None:
    """`settle` for who does not ask for the values."""
    settle(office, application, expert, digest, reason)


def _comparison(office: Office, application: str, expert: str) -> tuple[Comparison, tuple[tuple[str, ...], ...]]:
    """The comparison, and apart from it the values of each difference."""
    standing = next(
        (row for row in office.registry.standings() if (row.application, row.expert) == (application, expert)), None
    )
    if standing is None or standing.state != "conflict":
        raise NdbError("E-RESOLVE", application=application, expert=expert)
    stored = _to_compare(office.registry.sheet_versions(application, expert), standing.digests)
    brought = office.registry.brought_by(application, expert)
    versions = tuple(
        VersionFacts(
            sheet.digest,
            sheet.revision,
            tuple(Arrived(*row) for row in brought.get(sheet.digest, ())),
            sheet.digest in standing.digests,
        )
        for sheet in stored
    )
    differences, values = [], []
    for item, name, found in _fields(stored):
        if len(set(found)) > 1:
            order = list(dict.fromkeys(found))
            differences.append(Difference(item, name, tuple(order.index(value) for value in found)))
            values.append(tuple(found))
    return Comparison(application, expert, versions, tuple(differences)), tuple(values)


def _to_compare(stored: Sequence[StoredSheet], candidates: Sequence[str]) -> list[StoredSheet]:
    """The candidates by digest; a lone one (it names a predecessor nobody sent) beside those it did not follow."""
    chosen = [sheet for sheet in stored if sheet.digest in candidates]
    if len(chosen) > 1:
        return chosen
    before = [sheet for sheet in stored if chosen and sheet.revision == chosen[0].revision - 1]
    return before + chosen


def _fields(stored: Sequence[StoredSheet]) -> list[tuple[str, FieldName, list[str]]]:
    sheets = [one.sheet for one in stored]
    found: list[tuple[str, FieldName, list[str]]] = [
        ("", "pack", [one.pack for one in stored]),
        ("", "supersedes", [one.supersedes or "" for one in stored]),
        ("", "declaration", [_declaration(sheet) for sheet in sheets]),
    ]
    for item in dict.fromkeys(name for sheet in sheets for name in sheet.items):
        entries = [sheet.items.get(item, ItemEntry(item)) for sheet in sheets]
        found += [(item, name, [read(entry) for entry in entries]) for name, read in _ITEM.items()]
        found.append((item, "computed", [one.computed.get(item) or "" for one in stored]))
    found += [
        ("", "challenges", [_challenges(sheet) for sheet in sheets]),
        ("", "evidence", [_evidence(sheet) for sheet in sheets]),
        ("", "opinion", [sheet.opinion for sheet in sheets]),
        ("", "unable", [sheet.unable for sheet in sheets]),
    ]
    return found


def _declaration(sheet: Sheet) -> str:
    declared = sheet.declaration
    return " ".join(filter(None, (declared.status, *declared.codes, declared.words)))


def _challenges(sheet: Sheet) -> str:
    rows = (
        " ".join((c.indicator, c.datum, c.key, "" if c.proposed is None else plain(c.proposed), c.reason))
        for c in sheet.challenges
    )
    return "\n".join(sorted(rows))


def _evidence(sheet: Sheet) -> str:
    rows = (f"{link.item} {link.document} {link.page} {link.rect or ''} {link.quote}" for link in sheet.evidence)
    return "\n".join(sorted(rows))
