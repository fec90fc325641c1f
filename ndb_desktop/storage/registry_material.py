"""What was brought in and decided: batch, packs, applications, experts and keys, conflicts, assignment, bundles."""

# ruff: noqa: S608  (statements are put together from our own constants; every value is bound)
from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from ndb_desktop.domain.batch import Assignment, Conflict, KeyStatus
from ndb_desktop.domain.model import Category
from ndb_desktop.storage.covers import cover_of
from ndb_desktop.storage.registry_base import RegistryBase, Row
from ndb_desktop.storage.registry_rows import (
    ApplicationRow,
    AttachmentRow,
    ExpertKey,
    ExpertRow,
    IssuedBundle,
    ReceiptRow,
    Refusal,
    Resolution,
    Veto,
)

_ISSUED = (
    "bundle_id, expert, path, digest, secret, applications, issued_at, expires_at, replaces, revoked_at, reason,"
    " kind, previous, opens, contents, round"
)
_KEY = "expert, keyid, openssh, status, source, since, changed_at, reason"


class RegistryMaterial(RegistryBase):
    """Tables that are not derived."""

    # batch and packs

    def put_batch(self, batch_id: str, data: bytes) -> None:
        """Keeps the batch; there is exactly one."""
        with self.transaction():
            self._write("DELETE FROM batch")
            self._write("INSERT INTO batch VALUES (?, ?)", (batch_id, data))

    def batch(self) -> bytes:
        """The batch as it was kept."""
        row = self._one("SELECT json FROM batch")
        return bytes(row[0]) if row else b""

    def put_pack(self, category: Category, digest: str, raw: bytes) -> None:
        """Keeps the rule pack of a category."""
        self._write("INSERT OR REPLACE INTO pack VALUES (?, ?, ?)", (category, digest, raw))

    def packs(self) -> Mapping[Category, bytes]:
        """Canonical bytes of the pack per category."""
        return {row[0]: bytes(row[1]) for row in self._rows("SELECT category, raw FROM pack ORDER BY category")}

    # applications and their documents

    def put_application(self, row: ApplicationRow, attachment: AttachmentRow) -> None:
        """Adds or replaces an application together with its document store."""
        with self.transaction():
            self._write(
                "INSERT OR REPLACE INTO application VALUES (?, ?, ?, ?, ?, ?)",
                (row.id, row.category, row.field, row.json, row.sha256, row.imported_at),
            )
            self._write("INSERT OR REPLACE INTO cover VALUES (?, ?)", (row.id, cover_of(row.json)))
            self._write(
                "INSERT OR REPLACE INTO attachment VALUES (?, ?, ?, ?, ?)",
                (attachment.application, attachment.path, attachment.key, attachment.sha256, attachment.size),
            )

    def put_computed(self, application: str, sha256: str, pack: str, scores: Mapping[str, str]) -> None:
        """Keeps what the rules compute for an application (exact, `n/d`), for this content and this pack."""
        self._write("INSERT OR REPLACE INTO computed VALUES (?, ?, ?, ?)", (application, sha256, pack, _json(scores)))

    def computed(self, application: str, pack: str, sha256: str = "") -> Mapping[str, str] | None:
        """What was kept for exactly the present content and this pack; `sha256` of the content, if it is at hand.

        Otherwise it is looked up, past the whole text of the application.
        """
        row = self._one("SELECT sha256, scores FROM computed WHERE application = ? AND pack = ?", (application, pack))
        if row is None:
            return None
        present = sha256 or self._one("SELECT sha256 FROM application WHERE id = ?", (application,))
        if row[0] != (present[0] if isinstance(present, tuple) else present):
            return None
        return {str(item): str(score) for item, score in json.loads(row[1]).items()}

    def applications(self) -> tuple[ApplicationRow, ...]:
        """All applications by id."""
        rows = self._rows("SELECT id, category, field, json, sha256, imported_at FROM application ORDER BY id")
        return tuple(ApplicationRow(*row) for row in rows)

    def covers(self) -> tuple[bytes, ...]:
        """All applications by id, each without data, targets and tasks."""
        return tuple(row[0] for row in self._rows("SELECT json FROM cover ORDER BY application"))

    def application(self, application: str) -> ApplicationRow | None:
        """One application."""
        row = self._one(
            "SELECT id, category, field, json, sha256, imported_at FROM application WHERE id = ?", (application,)
        )
        return ApplicationRow(*row) if row else None

    def application_digests(self) -> Mapping[str, str]:
        """SHA-256 of every application by id."""
        return self.once("digests", lambda: dict(self._rows("SELECT id, sha256 FROM application")))

    def application_categories(self) -> Mapping[str, Category]:
        """The category of every application by id."""
        return dict(self._rows("SELECT id, category FROM application"))

    def attachment(self, application: str) -> AttachmentRow | None:
        """The document store of an application."""
        row = self._one(
            "SELECT application, path, key, sha256, size FROM attachment WHERE application = ?", (application,)
        )
        return AttachmentRow(*row) if row else None

    def attachment_paths(self) -> frozenset[str]:
        """File names of all document stores in use."""
        return frozenset(row[0] for row in self._rows("SELECT path FROM attachment"))

    def attachment_files(self) -> tuple[tuple[str, int, str], ...]:
        """(file name, size, SHA-256) of every document store in use, by name."""
        rows = self._rows("SELECT DISTINCT path, size, sha256 FROM attachment ORDER BY path")
        return tuple((row[0], row[1], row[2]) for row in rows)

    def put_past(self, row: ApplicationRow) -> None:
        """Keeps a version of an application that bundles hold and that is replaced now."""
        self._write(
            "INSERT OR REPLACE INTO application_past VALUES (?, ?, ?, ?)",
            (row.sha256, row.id, row.json, row.imported_at),
        )

    @property
    def has_past(self) -> bool:
        """Whether any application was corrected after bundles held it."""
        return self._one("SELECT 1 FROM application_past LIMIT 1") is not None

    def application_text(self, application: str, sha256: str) -> bytes | None:
        """The JSON of the present or an earlier version of an application."""
        row = self._one(
            "SELECT json FROM application WHERE id = ?1 AND sha256 = ?2"
            " UNION ALL SELECT json FROM application_past WHERE sha256 = ?2 AND application = ?1",
            (application, sha256),
        )
        return bytes(row[0]) if row else None

    # experts and keys

    def put_experts(self, rows: Iterable[ExpertRow]) -> None:
        """Adds or replaces experts."""
        self._write_many(
            "INSERT OR REPLACE INTO expert VALUES (?, ?, ?)", [(row.id, row.json, row.imported_at) for row in rows]
        )

    def experts(self) -> tuple[ExpertRow, ...]:
        """All experts by id."""
        return tuple(ExpertRow(*row) for row in self._rows("SELECT id, json, imported_at FROM expert ORDER BY id"))

    def put_key(self, key: ExpertKey) -> None:
        """Keeps a key of an expert or changes its status."""
        self._write(
            f"INSERT INTO expert_key ({_KEY}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (expert, keyid)"
            " DO UPDATE SET status = excluded.status, changed_at = excluded.changed_at, reason = excluded.reason",
            (key.expert, key.keyid, key.openssh, key.status, key.source, key.since, key.changed_at, key.reason),
        )

    def set_key_status(self, expert: str, keyid: str, status: KeyStatus, at: str, reason: str) -> None:
        """Confirms or revokes a key."""
        self._write(
            "UPDATE expert_key SET status = ?, changed_at = ?, reason = ? WHERE expert = ? AND keyid = ?",
            (status, at, reason, expert, keyid),
        )

    def keys(self, expert: str | None = None) -> tuple[ExpertKey, ...]:
        """Keys of one expert or of all, oldest first."""
        where = "" if expert is None else "WHERE expert = ?"
        rows = self._rows(
            f"SELECT {_KEY} FROM expert_key {where} ORDER BY expert, since, keyid",
            () if expert is None else (expert,),
        )
        return tuple(ExpertKey(*row) for row in rows)

    # conflicts and assignment

    def add_conflicts(self, rows: Iterable[Conflict]) -> int:
        """Adds conflicts; says how many are new or changed."""
        with self.transaction():
            before = set(self.conflicts())
            self._write_many(
                "INSERT OR REPLACE INTO conflict VALUES (?, ?, ?, ?, ?, ?)",
                [(c.expert, c.application, c.code, c.strength, c.source, c.words) for c in rows],
            )
            return len(set(self.conflicts()) - before)

    def conflicts(self) -> tuple[Conflict, ...]:
        """All conflicts."""
        rows = self._rows(
            "SELECT expert, application, code, strength, source, words FROM conflict"
            " ORDER BY expert, application, code, source"
        )
        return tuple(Conflict(*row) for row in rows)

    def replace_assignments(self, rows: Iterable[Assignment]) -> None:
        """Puts a whole new assignment in place of the old one."""
        with self.transaction():
            self._write("DELETE FROM assignment")
            self._write_many("INSERT INTO assignment VALUES (?, ?)", sorted({(a.application, a.expert) for a in rows}))

    def assignments(self) -> tuple[Assignment, ...]:
        """The assignment in force."""

        def read() -> tuple[Assignment, ...]:
            rows = self._rows("SELECT expert, application FROM assignment ORDER BY application, expert")
            return tuple(map(Assignment._make, rows))

        return self.once("assignments", read)

    # issued bundles

    def put_issued(self, bundle: IssuedBundle) -> None:
        """Records an issued bundle."""
        values = (
            bundle.bundle_id, bundle.expert, bundle.path, bundle.digest, bundle.secret,
            json.dumps(sorted(bundle.applications)), bundle.issued_at, bundle.expires_at, bundle.replaces,
            bundle.revoked_at, bundle.reason, bundle.kind, bundle.previous, bundle.opens, _json(bundle.contents),
            bundle.round,
        )  # fmt: skip
        self._write(f"INSERT INTO issued ({_ISSUED}) VALUES ({', '.join('?' * len(values))})", values)

    def revoke_issued(self, bundle_id: str, at: str, reason: str) -> None:
        """Marks a bundle as revoked: files made with it are refused from now on."""
        self._write("UPDATE issued SET revoked_at = ?, reason = ? WHERE bundle_id = ?", (at, reason, bundle_id))

    def issued(self) -> tuple[IssuedBundle, ...]:
        """All bundles ever issued, oldest first."""
        query = f"SELECT {_ISSUED} FROM issued ORDER BY issued_at, bundle_id"
        return self.once("issued", lambda: tuple(_issued(row) for row in self._rows(query)))

    # decisions

    def put_resolution(self, row: Resolution) -> None:
        """Keeps which of two contradicting sheets counts."""
        self._write(
            "INSERT OR REPLACE INTO resolution VALUES (?, ?, ?, ?, ?, ?)",
            (row.application, row.expert, row.digest, row.reason, row.at, row.actor),
        )

    def resolutions(self) -> Mapping[tuple[str, str], str]:
        """Chosen digest by (application, expert)."""
        return {(row[0], row[1]): row[2] for row in self._rows("SELECT application, expert, digest FROM resolution")}

    def put_veto(self, row: Veto) -> None:
        """Keeps a veto finding; a later one on the same ground replaces it (the log keeps both)."""
        self._write(
            "INSERT OR REPLACE INTO veto VALUES (?, ?, ?, ?, ?, ?, ?)",
            (row.application, row.ground, row.status, row.evidence, row.decided_on, row.actor, row.at),
        )

    def vetoes(self) -> tuple[Veto, ...]:
        """All veto findings."""
        rows = self._rows(
            "SELECT application, ground, status, evidence, decided_on, actor, at FROM veto ORDER BY application, ground"
        )
        return tuple(Veto(*row) for row in rows)

    def add_decision(self, number: int, payload_sha256: str, envelope: bytes, kind: str, subject: str, at: str) -> None:
        """Keeps a signed decision whole."""
        values = (number, payload_sha256, envelope, kind, subject, at)
        self._write("INSERT INTO decision VALUES (?, ?, ?, ?, ?, ?)", values)

    def decisions(self, *, after: int = 0) -> tuple[tuple[int, bytes], ...]:
        """(number, envelope) of every decision with a number above `after`, in order."""
        rows = self._rows("SELECT number, envelope FROM decision WHERE number > ? ORDER BY number", (after,))
        return tuple((row[0], bytes(row[1])) for row in rows)

    def decision_count(self) -> int:
        """How many decisions there are."""
        return self._count("SELECT count(*) FROM decision")

    # refusals and receipts

    def add_refusal(self, row: Refusal) -> None:
        """Keeps that a file was not taken, and why."""
        self._write(
            "INSERT INTO refusal (at, name, file_sha256, code, place, params, expert) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (row.at, row.name, row.file_sha256, row.code, row.place, _json(row.params), row.expert),
        )

    def refusals(self) -> tuple[Refusal, ...]:
        """All refusals, oldest first."""
        rows = self._rows("SELECT at, name, file_sha256, code, place, params, expert FROM refusal ORDER BY id")
        return tuple(Refusal(r[0], r[1], r[2], r[3], r[4], json.loads(r[5]), r[6]) for r in rows)

    def add_receipt(self, row: ReceiptRow) -> None:
        """Keeps that a receipt was made."""
        self._write(
            "INSERT INTO receipt (expert, path, files, at) VALUES (?, ?, ?, ?)",
            (row.expert, row.path, _json(row.files), row.at),
        )

    def receipts(self) -> tuple[ReceiptRow, ...]:
        """All receipts, oldest first."""
        rows = self._rows("SELECT expert, path, files, at FROM receipt ORDER BY id")
        return tuple(ReceiptRow(row[0], row[1], tuple(json.loads(row[2])), row[3]) for row in rows)


def _json(value: Mapping[str, str] | Sequence[str]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _issued(row: Row) -> IssuedBundle:
    bundle_id, expert, path, digest, secret, applications, issued_at, expires_at, replaces = row[:9]
    revoked_at, reason, kind, previous, opens, contents, second = row[9:]
    return IssuedBundle(
        bundle_id, expert, path, digest, secret, tuple(json.loads(applications)), issued_at, expires_at, replaces,
        revoked_at, reason, kind, previous, opens, json.loads(contents or "{}"), second,
    )  # fmt: skip
