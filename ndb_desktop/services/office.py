"""组织方工作台: one batch's registry folder, opened with the coordinator's key.

The folder holds `registry.db` (SQLCipher, random key), `registry.key.age` (that key, sealed to the coordinator and the
recovery key), and `attachments/` (documents, encrypted once per application). Nothing in it is readable without a key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain import conflict_ruling
from ndb_desktop.domain.batch import Assignment, Batch, Conflict, Expert
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Application, Category
from ndb_desktop.domain.numbers import exact
from ndb_desktop.domain.packload import load_pack
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.scoring import computed_values
from ndb_desktop.domain.stagepack import AnyStagePack
from ndb_desktop.domain.stagework import StageWork
from ndb_desktop.formats.applications import application_from_own, cover_from_own
from ndb_desktop.formats.batchfile import batch_from_json, expert_from_json
from ndb_desktop.formats.succession import Stage
from ndb_desktop.services.decisions import DecisionBook
from ndb_desktop.services.inspectors import visit_conflicts
from ndb_desktop.services.issue_chain import ancestors
from ndb_desktop.services.office_status import ExpertProgress, OfficeStatus, expert_progress, office_status
from ndb_desktop.services.registry_rebuild import RebuildReport, rebuild
from ndb_desktop.services.stage_work import stage_of, stage_packs, stage_work
from ndb_desktop.services.succession_link import frozen_digests
from ndb_desktop.storage.registry import Registry
from ndb_desktop.storage.registry_assignment import ProofRow
from ndb_desktop.storage.registry_rows import ApplicationRow, ExpertKey, IssuedBundle, LogCheck, LogRow, Refusal

__all__ = [
    "ATTACHMENTS",
    "KEY_FILE",
    "REGISTRY_FILE",
    "AttachmentRef",
    "Clock",
    "ExpertProgress",
    "Office",
    "OfficeStatus",
    "iso",
]

Clock = Callable[[], datetime]

REGISTRY_FILE = "registry.db"
KEY_FILE = "registry.key.age"
ATTACHMENTS = "attachments"
_CACHED_APPLICATIONS = 1_024


def iso(moment: datetime) -> str:
    """A moment as `2026-11-22T03:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class AttachmentRef:
    """Where the documents of an application lie, encrypted, and with which key."""

    path: Path
    key: str
    sha256: str
    size: int


class Office:
    """The coordinator's view of one batch; made or opened by `office_folder`, closed by `close`."""

    def __init__(self, folder: Path, identity: Identity, registry: Registry, clock: Clock) -> None:
        self.folder = folder
        self.identity = identity
        self.registry = registry
        self.clock = clock
        self.language = "zh_CN"
        """What the program writes on record of its own accord is in the language of whoever works with it now."""
        self._applications: dict[str, tuple[str, Application]] = {}
        self._covers: tuple[Mapping[str, str], tuple[Application, ...]] | None = None

    @cached_property
    def batch(self) -> Batch:
        """The batch."""
        return batch_from_json(self.registry.batch())

    @cached_property
    def packs(self) -> Mapping[Category, RulePack]:
        """The rule pack of each category."""
        return {category: load_pack(raw) for category, raw in self.registry.packs().items()}

    @cached_property
    def stage(self) -> Stage:
        """Selection, 评估验收 or 成效评估. Raises NdbError E-SUCCESSION-LINK."""
        return stage_of(self)

    @cached_property
    def frozen(self) -> Mapping[str, str]:
        """SHA-256 of the frozen application of each base taken over, by id. Raises NdbError E-SUCCESSION-LINK."""
        return frozen_digests(self)

    @cached_property
    def stage_packs(self) -> Mapping[Category, AnyStagePack]:
        """The pack of each category in a later stage; none in selection."""
        return stage_packs(self)

    def stage_work(self, application: str) -> StageWork | None:
        """What a later stage examines of a base, None in selection. Raises NdbError as `stage_work`."""
        return stage_work(self, application)

    @cached_property
    def name(self) -> str:
        """What the coordinating office calls itself."""
        return self.registry.meta("name")

    @cached_property
    def recovery(self) -> PublicKey:
        """The key that can open every bundle and this registry if all else is lost (恢复密钥)."""
        return PublicKey(self.registry.meta("recovery"))

    @cached_property
    def coordinator(self) -> PublicKey:
        """The coordinator's public key, which signs bundles and receipts."""
        return PublicKey(self.registry.meta("coordinator"))

    @cached_property
    def decided(self) -> DecisionBook:
        """The signed decisions of this batch (决定)."""
        return DecisionBook(self)

    @property
    def recovered(self) -> bool:
        """Whether this office was opened with the recovery key: reading and copies work, nothing else does."""
        return self.identity.keyid != self.coordinator.keyid

    def signer(self) -> Identity:
        """The coordinator's identity. Raises NdbError E-OFFICE-RECOVERY when opened with the recovery key."""
        if self.recovered:
            raise NdbError("E-OFFICE-RECOVERY")
        return self.identity

    def now(self) -> str:
        """The present moment as text."""
        return iso(self.clock())

    # reading

    def _decoded(self, row: ApplicationRow) -> Application:
        known = self._applications.get(row.id)
        if known and known[0] == row.sha256:
            return known[1]
        application = application_from_own(row.json)
        if len(self._applications) >= _CACHED_APPLICATIONS:
            self._applications.pop(next(iter(self._applications)))
        self._applications[row.id] = (row.sha256, application)
        return application

    def applications(self) -> tuple[Application, ...]:
        """All applications, by id."""
        return tuple(self._decoded(row) for row in self.registry.applications())

    def application(self, application: str) -> Application:
        """One application. Raises NdbError E-OFFICE-APPLICATION."""
        row = self.registry.application(application)
        if row is None:
            raise NdbError("E-OFFICE-APPLICATION", application=application)
        return self._decoded(row)

    def covers(self) -> tuple[Application, ...]:
        """All applications by id without their data, targets and tasks: who and which documents, for lists."""
        digests = self.registry.application_digests()
        if self._covers is None or self._covers[0] != digests:
            self._covers = digests, tuple(application_from_own(body) for body in self.registry.covers())
        return self._covers[1]

    def cover(self, application: str) -> Application:
        """An application without its data: enough to check score sheets. Raises NdbError E-OFFICE-APPLICATION."""
        row = self.registry.application(application)
        if row is None:
            raise NdbError("E-OFFICE-APPLICATION", application=application)
        known = self._applications.get(row.id)
        return known[1] if known and known[0] == row.sha256 else cover_from_own(row.json)

    def pack_of(self, application: Application) -> RulePack:
        """The rule pack an application is scored with."""
        return self.packs[application.category]

    def factor_of(self, application: Application) -> Fraction:
        """The scale factor k of the application's field."""
        return exact(self.batch.field_def(application.field).k)

    def computed(self, application: Application) -> Mapping[str, Fraction]:
        """What the rules compute for an application, item by item; kept at import because it never changes (R12)."""
        pack = self.pack_of(application)
        kept = self.registry.computed(application.id, pack.digest)
        if kept is None:
            # Read anew: what was passed may be a cover.
            return computed_values(pack, self.application(application.id), self.factor_of(application))
        return {item: Fraction(score) for item, score in kept.items()}

    def keep_computed(self, application: Application, sha256: str, pack: RulePack | None = None) -> None:
        """Computes and keeps, by the batch's pack or one that replaces it; call in the transaction that keeps it."""
        pack = pack or self.pack_of(application)
        self.registry.put_computed(application.id, sha256, pack.digest, self.exact_scores(application, pack))

    def exact_scores(self, application: Application, pack: RulePack) -> dict[str, str]:
        """What the rules compute, item by item, as the registry keeps it: exact, `n/d`."""
        scores = computed_values(pack, application, self.factor_of(application))
        return {item: f"{score.numerator}/{score.denominator}" for item, score in scores.items()}

    def attachments(self, application: str) -> AttachmentRef:
        """The encrypted document store of an application. Raises NdbError E-OFFICE-APPLICATION."""
        row = self.registry.attachment(application)
        if row is None:
            raise NdbError("E-OFFICE-APPLICATION", application=application)
        return AttachmentRef(self.folder / ATTACHMENTS / row.path, row.key, row.sha256, row.size)

    def experts(self) -> tuple[Expert, ...]:
        """The pool, by id."""
        return self.registry.once(
            "people", lambda: tuple(expert_from_json(row.json) for row in self.registry.experts())
        )

    def expert(self, expert: str) -> Expert:
        """One expert. Raises NdbError E-OFFICE-EXPERT."""
        for row in self.registry.experts():
            if row.id == expert:
                return expert_from_json(row.json)
        raise NdbError("E-OFFICE-EXPERT", expert=expert)

    def expert_keys(self, expert: str | None = None) -> tuple[ExpertKey, ...]:
        """Keys of one expert or of all, with their status."""
        return self.registry.keys(expert)

    def key_of(self, expert: str) -> PublicKey | None:
        """The key a bundle for this expert can be sealed to: the newest that is not revoked, if any."""
        valid = [key for key in self.registry.keys(expert) if key.status != "revoked"]
        return PublicKey(valid[-1].openssh) if valid else None

    def conflicts(self) -> tuple[Conflict, ...]:
        """Conflicts as they count (回避情形): declared and found, and what was decided on them."""
        return conflict_ruling.applied(self.known_conflicts(), conflict_ruling.rulings(self.decided.all()))

    def known_conflicts(self) -> tuple[Conflict, ...]:
        """Every ground on record, declared or found, whatever was decided."""
        return self.registry.conflicts() + self.registry.found_conflicts() + visit_conflicts(self)

    def cleared_conflicts(self) -> frozenset[tuple[str, str, str]]:
        """(application, expert, code) of grounds that were looked into and decided to be none (无)."""
        return conflict_ruling.cleared(self.known_conflicts(), conflict_ruling.rulings(self.decided.all()))

    def assignments(self) -> tuple[Assignment, ...]:
        """The assignment in force."""
        return self.registry.assignments()

    def issued(self) -> tuple[IssuedBundle, ...]:
        """Every bundle ever issued."""
        return self.registry.issued()

    def refusals(self) -> tuple[Refusal, ...]:
        """Every file that was not taken, with the reason."""
        return self.registry.refusals()

    def log_rows(self, *, newest: int | None = None) -> tuple[LogRow, ...]:
        """The log, or its latest entries, in order."""
        return self.registry.log_rows(newest=newest)

    def status(self) -> OfficeStatus:
        """The round at a glance."""
        return office_status(self)

    def expert_progress(self) -> tuple[ExpertProgress, ...]:
        """Per expert: assigned, issued, received."""
        return expert_progress(self)

    # deciding

    def log(self, action: str, subject: str, details: Mapping[str, object] | None = None) -> None:
        """Adds an entry to the hash-chained log; also of what the recovery key looks at."""
        with self.registry.transaction(keeping=True):
            self.registry.journal.append(self.now(), self.identity.keyid, action, subject, details or {})

    def replace_assignments(
        self, rows: Sequence[Assignment], note: Mapping[str, object] | None = None, proof: ProofRow | None = None
    ) -> None:
        """Puts a new assignment in force; `note` (seed, reason, …) goes into the log.

        A draw comes with its `proof`; without one what differs is kept as a change after the latest draw.

        Raises:
            NdbError: E-OFFICE-APPLICATION or E-OFFICE-EXPERT for an unknown id, E-OFFICE-CONFLICT for a pair that must
                be avoided (回避).
        """
        applications, experts = set(self.registry.application_digests()), {row.id for row in self.registry.experts()}
        barred = {(c.expert, c.application) for c in self.conflicts() if c.strength == "recuse"}
        for row in rows:
            if row.application not in applications:
                raise NdbError("E-OFFICE-APPLICATION", application=row.application)
            if row.expert not in experts:
                raise NdbError("E-OFFICE-EXPERT", expert=row.expert)
            if (row.expert, row.application) in barred:
                raise NdbError("E-OFFICE-CONFLICT", expert=row.expert, application=row.application)
        before = {(pair.application, pair.expert) for pair in self.assignments()}
        after = {(row.application, row.expert) for row in rows}
        at, actor = self.now(), self.identity.keyid
        with self.registry.transaction():
            self.registry.replace_assignments(rows)
            if proof is not None:
                self.registry.add_proof(proof, at, actor)
            elif before != after:
                reason = str((note or {}).get("reason", ""))
                self.registry.add_change(reason, sorted(before - after), sorted(after - before), at, actor)
            self.log("assign", self.batch.id, {"pairs": len(rows), **(note or {})})

    def add_conflicts(self, rows: Sequence[Conflict]) -> int:
        """Adds conflicts; says how many were new or changed."""
        with self.registry.transaction():
            added = self.registry.add_conflicts(rows)
            if added:
                self.log("conflicts.added", self.batch.id, {"rows": added})
        return added

    def record_issue(self, bundle: IssuedBundle) -> None:
        """Records an issued bundle. The log never holds the secret.

        A replacement (补发) or recall (撤回) revokes the bundle before it and all before that one, for one secret opens
        them; a supplement revokes nothing.
        """
        with self.registry.transaction():
            revoked: tuple[str, ...] = ()
            taken = bundle.replaces or (bundle.previous if bundle.kind == "recall" else "")
            if taken:
                issued = self.issued()
                last = next(row for row in issued if row.bundle_id == taken)
                revoked = tuple(row.bundle_id for row in (*ancestors(issued, last), last) if not row.revoked_at)
            self.registry.put_issued(bundle)
            for bundle_id in revoked:
                reason = "replaced" if bundle.replaces else bundle.reason
                self.registry.revoke_issued(bundle_id, bundle.issued_at, reason)
            details = {
                "bundle": bundle.bundle_id, "digest": bundle.digest, "replaces": bundle.replaces, "kind": bundle.kind,
                "previous": bundle.previous, "applications": len(bundle.applications), "file": Path(bundle.path).name,
                "revoked": list(revoked), "reason": bundle.reason,
            }  # fmt: skip
            self.log("issue", bundle.expert, details)

    def revoke_bundle(self, bundle_id: str, reason: str) -> None:
        """Files made with this bundle are refused from now on. Raises NdbError E-OFFICE-BUNDLE."""
        if bundle_id not in {bundle.bundle_id for bundle in self.issued()}:
            raise NdbError("E-OFFICE-BUNDLE", bundle=bundle_id)
        with self.registry.transaction():
            self.registry.revoke_issued(bundle_id, self.now(), reason)
            self.log("bundle.revoked", bundle_id, {"reason": reason})

    # keeping

    def verify_log(self) -> LogCheck:
        """Checks the chain of the log from its first entry."""
        return self.registry.verify_log()

    def rebuild(self) -> RebuildReport:
        """Makes every derived table again from the signed files and compares; what differs is put right and logged."""
        return rebuild(self)

    def close(self) -> None:
        """Closes the registry; calling it twice is fine."""
        self.registry.close()
