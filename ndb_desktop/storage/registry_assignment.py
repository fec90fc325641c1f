"""How the assignment in force came about: a proof for each draw, a line for each change after it, none removed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from ndb_desktop.storage.registry_base import RegistryBase, Row

Pair = tuple[str, str]
_PROOF = "id, at, actor, kind, seed, inputs_digest, guarantee, pairs_digest, sha256"


@dataclass(frozen=True, slots=True)
class ProofRow:
    """分派证明: `record` holds inputs, prices and pairs (zlib over canonical JSON), `sha256` the digest of that JSON.

    `kind` is `assign` or `refill`; `id`, `at` and `actor` are filled when it is kept. `record` may be left unread.
    """

    kind: str
    seed: str
    inputs_digest: str
    guarantee: str
    pairs_digest: str
    sha256: str
    record: bytes = field(default=b"", repr=False)
    id: int = 0
    at: str = ""
    actor: str = ""


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """分派变动 after a draw: pairs (application, expert) taken away and added, by whom and why.

    `proof` is the draw it follows, 0 for none.
    """

    proof: int
    at: str
    actor: str
    reason: str
    removed: tuple[Pair, ...]
    added: tuple[Pair, ...]
    id: int = 0


class RegistryAssignment(RegistryBase):
    """Tables `assignment_proof` and `assignment_change`."""

    def add_proof(self, row: ProofRow, at: str, actor: str) -> None:
        """Keeps the proof of a draw."""
        values = (at, actor, row.kind, row.seed, row.inputs_digest, row.guarantee, row.pairs_digest, row.sha256)
        self._write(
            f"INSERT INTO assignment_proof ({_PROOF.removeprefix('id, ')}, record)"  # noqa: S608  (our own names)
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, row.record),
        )

    def add_change(self, reason: str, removed: list[Pair], added: list[Pair], at: str, actor: str) -> None:
        """Keeps what was changed since the latest draw."""
        values = (at, actor, reason, json.dumps(sorted(removed)), json.dumps(sorted(added)))
        self._write(
            "INSERT INTO assignment_change (proof, at, actor, reason, removed, added)"
            " VALUES ((SELECT coalesce(max(id), 0) FROM assignment_proof), ?, ?, ?, ?, ?)",
            values,
        )

    def proof(self) -> ProofRow | None:
        """The proof of the latest draw, whole."""
        row = self._one(f"SELECT {_PROOF}, record FROM assignment_proof ORDER BY id DESC LIMIT 1")  # noqa: S608
        return _proof(row) if row else None

    def proofs(self) -> tuple[ProofRow, ...]:
        """Every draw in order, without its record."""
        return tuple(map(_proof, self._rows(f"SELECT {_PROOF}, x'' FROM assignment_proof ORDER BY id")))  # noqa: S608

    def changes(self) -> tuple[ChangeRow, ...]:
        """What was changed since the latest draw, in order."""
        rows = self._rows(
            "SELECT proof, at, actor, reason, removed, added, id FROM assignment_change"
            " WHERE proof = (SELECT coalesce(max(id), 0) FROM assignment_proof) ORDER BY id"
        )
        return tuple(
            ChangeRow(proof, at, actor, reason, _pairs(removed), _pairs(added), number)
            for proof, at, actor, reason, removed, added, number in rows
        )


def _pairs(text: str) -> tuple[Pair, ...]:
    return tuple((str(application), str(expert)) for application, expert in json.loads(text))


def _proof(row: Row) -> ProofRow:
    number, at, actor, kind, seed, inputs, guarantee, pairs, sha256, record = row
    return ProofRow(kind, seed, inputs, guarantee, pairs, sha256, bytes(record), number, at, actor)
