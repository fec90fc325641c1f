"""Signed records of 现场检查 in the registry, what follows from each of them, and what counts of every visit.

`site_file` is truth, as `signed_file` is; `site_check`, `site_veto` and `site_standing` follow from it alone and can be
made again. The sealed files themselves lie in a folder beside the registry, by the digest of what was signed.
"""

# ruff: noqa: S608  (statements are put together from our own constants; every value is bound)
from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ndb_desktop.storage.registry_base import RegistryBase, Row

SiteState = Literal["current", "conflict", "held"]
"""作数, 冲突, 待核."""

_DERIVED = ("site_check", "site_veto", "site_standing")
"""Tables that follow from `site_file` alone."""

_FILE = (
    "payload_sha256, envelope, visit, application, bundle, revision, signers, name, file_sha256, size, decided,"
    " received_at"
)


@dataclass(frozen=True, slots=True)
class SiteFileRow:
    """An accepted record: its envelope whole, where the sealed file's digest and size; `decided` counts decisions then.

    A decision made since then on a datum goes before what this record says of it.
    """

    payload_sha256: str
    envelope: bytes = field(repr=False)
    visit: str
    application: str
    bundle: str
    revision: int
    signers: tuple[str, ...]
    name: str
    file_sha256: str
    size: int
    decided: int
    received_at: str
    id: int = 0


@dataclass(frozen=True, slots=True)
class SiteCheckRow:
    """A verified datum as signed: numbers as their strings, None where there is none."""

    datum: str
    year: str
    declared: str | None
    verified: str | None
    unit: str
    conclusion: str | None
    effect: str | None


@dataclass(frozen=True, slots=True)
class SiteVetoRow:
    """一票否决线索 as signed."""

    id: str
    ground: str
    words: str
    evidence: str
    reply: str


@dataclass(frozen=True, slots=True)
class SiteStanding:
    """What counts of one visit: the highest revision; `conflict` when two different ones bear that number.

    `held` (待核) when a key it was signed with counts no more: then nothing in it counts, and what it said is open.
    """

    visit: str
    application: str
    state: SiteState
    revision: int
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CurrentSite:
    """A record that counts, with what follows from it; or one that is held, where these were asked for too."""

    visit: str
    application: str
    payload_sha256: str
    revision: int
    decided: int
    received_at: str
    checks: tuple[SiteCheckRow, ...]
    vetoes: tuple[SiteVetoRow, ...]
    held: bool = False


class RegistrySites(RegistryBase):
    """Tables of what was signed on site."""

    def site_mark(self) -> int:
        """The number the next record will get."""
        return self._count("SELECT coalesce(max(id), 0) + 1 FROM site_file")

    def add_site_file(self, row: SiteFileRow, checks: Sequence[SiteCheckRow], vetoes: Sequence[SiteVetoRow]) -> None:
        """Keeps a signed record whole, and what follows from it; call `settle_sites` behind."""
        with self.transaction():
            values = (
                row.payload_sha256, row.envelope, row.visit, row.application, row.bundle, row.revision,
                json.dumps(row.signers), row.name, row.file_sha256, row.size, row.decided, row.received_at,
            )  # fmt: skip
            self._write(f"INSERT INTO site_file ({_FILE}) VALUES ({', '.join('?' * len(values))})", values)
            self._add_site_rows(row.payload_sha256, checks, vetoes)

    def _add_site_rows(self, payload: str, checks: Iterable[SiteCheckRow], vetoes: Iterable[SiteVetoRow]) -> None:
        self._write_many(
            "INSERT INTO site_check VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [(payload, *_fields(one)) for one in checks]
        )
        self._write_many(
            "INSERT INTO site_veto VALUES (?, ?, ?, ?, ?, ?)", [(payload, *_fields(one)) for one in vetoes]
        )

    def settle_sites(self) -> None:
        """Computes what counts of every visit from the records that are there, in whatever order they came.

        Call it as well when the key of an inspector was revoked.
        """
        found: dict[str, list[Row]] = {}
        for row in self._rows("SELECT visit, application, revision, payload_sha256, signers FROM site_file"):
            found.setdefault(row[0], []).append(row)
        void = self._void_members() if found else {}
        rows = []
        for visit, files in sorted(found.items()):
            newest = max(file[2] for file in files)
            last = sorted((file[3], file[4]) for file in files if file[2] == newest)
            signers = {name for _, signed in last for name in json.loads(signed)}
            state: SiteState = "held" if signers & void.get(visit, frozenset()) else "current"
            state = "conflict" if len(last) > 1 else state
            rows.append((visit, files[0][1], state, newest, json.dumps([payload for payload, _ in last])))
        with self.transaction():
            self._write("DELETE FROM site_standing")
            self._write_many("INSERT INTO site_standing VALUES (?, ?, ?, ?, ?)", rows)

    def _void_members(self) -> Mapping[str, frozenset[str]]:
        """Members of each visit whose key, as it stands in the visit, was revoked, or replaced by a newer card."""
        lines = self._rows("SELECT openssh FROM inspector WHERE status <> 'revoked'")
        live = {_key_of(row[0]) for row in lines}
        return {
            name: frozenset(one["id"] for one in json.loads(body)["members"] if _key_of(one["key"]) not in live)
            for name, body in self._rows("SELECT id, json FROM visit")
        }

    def site_files(self, visit: str | None = None) -> tuple[SiteFileRow, ...]:
        """Every record that was taken, or those of one visit, in the order of arrival."""
        where = "visit = coalesce(?, visit)"
        rows = self._rows(f"SELECT {_FILE}, id FROM site_file WHERE {where} ORDER BY id", (visit,))
        return tuple(SiteFileRow(*[*row[:6], tuple(json.loads(row[6])), *row[7:]]) for row in rows)

    def site_stored(self) -> tuple[tuple[str, int, str], ...]:
        """(payload digest, size, SHA-256 of the file) of every sealed file that lies beside the registry."""
        rows = self._rows("SELECT payload_sha256, size, file_sha256 FROM site_file ORDER BY payload_sha256")
        return tuple((row[0], row[1], row[2]) for row in rows)

    def site_standings(self) -> tuple[SiteStanding, ...]:
        """What counts of every visit that a record came of."""
        rows = self._rows(
            "SELECT visit, application, state, revision, digests FROM site_standing ORDER BY length(visit), visit"
        )
        return tuple(SiteStanding(*[*row[:4], tuple(json.loads(row[4]))]) for row in rows)

    def current_sites(self, *, held: bool = False) -> tuple[CurrentSite, ...]:
        """The records that count, in the order of their visits: a later visit goes before an earlier one.

        With `held` also those that count no more because a key was revoked.
        """
        found = []
        for one in self.site_standings():
            if one.state == "conflict" or (one.state == "held" and not held):
                continue
            (payload,) = one.digests
            row = self._one("SELECT decided, received_at FROM site_file WHERE payload_sha256 = ?", (payload,))
            if row is not None:
                checks, vetoes = self.site_rows(payload)
                about = one.visit, one.application, payload, one.revision, row[0], row[1]
                found.append(CurrentSite(*about, checks, vetoes, one.state == "held"))
        return tuple(found)

    def site_rows(self, payload: str) -> tuple[tuple[SiteCheckRow, ...], tuple[SiteVetoRow, ...]]:
        """What follows from one record."""
        checks = self._rows(
            "SELECT datum, year, declared, verified, unit, conclusion, effect FROM site_check"
            " WHERE payload_sha256 = ? ORDER BY datum, year",
            (payload,),
        )
        vetoes = self._rows(
            "SELECT id, ground, words, evidence, reply FROM site_veto WHERE payload_sha256 = ? ORDER BY id", (payload,)
        )
        return tuple(SiteCheckRow(*row) for row in checks), tuple(SiteVetoRow(*row) for row in vetoes)

    def site_run_payloads(self, first: int, count: int) -> tuple[str, ...]:
        """Payload digests of the records a merge brought."""
        rows = self._rows(
            "SELECT payload_sha256 FROM site_file WHERE id >= ? AND id < ? ORDER BY id", (first, first + count)
        )
        return tuple(str(row[0]) for row in rows)

    def remove_sites(self, payloads: Iterable[str]) -> None:
        """Takes records out again, with all that follows."""
        with self.transaction():
            for payload in payloads:
                for table in ("site_file", "site_check", "site_veto"):
                    self._write(f"DELETE FROM {table} WHERE payload_sha256 = ?", (payload,))
            self.settle_sites()

    # rebuild

    def site_digests(self) -> Mapping[str, tuple[int, str]]:
        """Rows and digest of every table that follows from the records."""
        keys = {
            "site_check": "payload_sha256, datum, year",
            "site_veto": "payload_sha256, id",
            "site_standing": "visit",
        }
        found = {}
        for table in _DERIVED:
            digest, rows = hashlib.sha256(), self._rows(f"SELECT * FROM {table} ORDER BY {keys[table]}")
            for row in rows:
                digest.update(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8"))
            found[table] = (len(rows), digest.hexdigest())
        return found

    def refill_sites(self, rows: Mapping[str, tuple[Sequence[SiteCheckRow], Sequence[SiteVetoRow]]]) -> None:
        """Makes every table that follows from the records again, from `rows` by payload digest."""
        with self.transaction():
            for table in _DERIVED:
                self._write(f"DELETE FROM {table}")
            for payload, (checks, vetoes) in rows.items():
                self._add_site_rows(payload, checks, vetoes)
            self.settle_sites()


def _fields(row: SiteCheckRow | SiteVetoRow) -> tuple[str | None, ...]:
    return tuple(getattr(row, name) for name in row.__slots__)


def _key_of(line: str) -> str:
    """A public key without its comment."""
    return " ".join(line.split()[:2])
