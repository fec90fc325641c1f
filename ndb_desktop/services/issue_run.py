"""One run of the issue (发放): bundles made several at a time, tested, named and recorded in a fixed order.

What fails for one expert leaves the others; what a killed run left in the folder is cleared by the next.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.crypto.sealing import new_secret
from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.stagepack import AnyStagePack
from ndb_desktop.formats.bundle import CORE_MEMBER, BundleReader
from ndb_desktop.formats.bundle_writing import (
    Attachment,
    BundleSpec,
    WrittenBundle,
    attachment_member,
    new_bundle_id,
    write_bundle,
)
from ndb_desktop.formats.chain import META_CHAIN, write_chain
from ndb_desktop.formats.filenames import travel_name
from ndb_desktop.formats.manifest import PackRef
from ndb_desktop.services.freezing import freeze
from ndb_desktop.services.issue_chain import chain_record, chain_refs
from ndb_desktop.services.issue_leftovers import clear_leftovers, intend, workshop
from ndb_desktop.services.issue_orders import Order
from ndb_desktop.services.stage_bundle import stage_texts
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.storage.atomic import known_os_errors, sync_folder
from ndb_desktop.storage.coredb import CoreApplication, CoreContent, read_core, write_core
from ndb_desktop.storage.registry_rows import IssuedBundle

if TYPE_CHECKING:
    from ndb_desktop.services.office import AttachmentRef, Office

EXTENSION = ".ndbbundle"
META_EXPERT = "expert"
META_RECIPIENTS = "coordinator_recipient"
_CHUNK = 1024 * 1024
STAMP = "%Y-%m-%dT%H:%M:%SZ"
_WORKERS = max(2, min(6, 1 + (os.cpu_count() or 1)))
"""One more than processors: some always wait for the disk."""
_AHEAD = 2 * _WORKERS
"""Bundles begun before the oldest of them is recorded; bounds what a cancelled run throws away."""
_FOR_ALL = frozenset({"E-STORE-FULL", "E-STORE-READONLY"})
"""What speaks of the medium and not of one bundle: going on would fail for everybody."""

Record = Callable[[IssuedBundle], None]
"""Puts a finished bundle on record."""


@dataclass(frozen=True, slots=True)
class IssueFailure:
    """An expert whose bundle could not be made, and why; nothing of it was left or recorded."""

    expert: str
    name: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run made, and what it could not make; both in the order of the orders."""

    issued: tuple[IssuedBundle, ...]
    failed: tuple[IssueFailure, ...]


def carry_out(
    office: Office,
    folder: Path,
    orders: Sequence[Order],
    expires_at: str | None,
    progress: Progress,
    token: CancelToken,
    record: Record | None = None,
) -> RunReport:
    """Makes, tests and records the bundles ordered, each with `record` (usually `office.record_issue`).

    Raises what `issue_bundles` raises; the failure of single bundles only when none was made.
    """
    issuer = office.signer()
    freeze(office)
    with known_os_errors(folder.name):
        folder.mkdir(parents=True, exist_ok=True)
    clear_leftovers(office, folder)
    with workshop(folder) as bench:
        run = _Run(office, folder, bench, issuer, expires_at, progress, token, orders, record or office.record_issue)
        report = run.all(orders)
    if report.failed and not report.issued:
        faults = [one.fault for one in report.failed]
        if len(faults) > 1:
            raise FaultsError(faults)
        raise NdbError(faults[0].code, place=faults[0].place, **faults[0].params)
    return report


def _key_for(office: Office, order: Order) -> PublicKey | None:
    """The key a bundle is sealed to: a card alone could have been swapped on its way, so it must be confirmed."""
    if order.opening == "slip":
        return None
    active = [key for key in office.expert_keys(order.expert) if key.status == "active"]
    return PublicKey(active[-1].openssh) if active else None


@dataclass(frozen=True, slots=True)
class _Plan:
    """Everything a worker needs to make one bundle, read from the registry beforehand."""

    order: Order
    content: CoreContent
    secret: str
    spec: BundleSpec


class _Run:
    """One call of `issue_bundles`.

    Two key derivations per bundle (writing and test-opening `core.db`) take longer than copying a small bundle, and
    SQLCipher does them without holding the interpreter; so several bundles are made at a time. The registry is only
    touched by the caller's thread, in the order of the experts.
    """

    def __init__(
        self,
        office: Office,
        folder: Path,
        workshop: Path,
        issuer: Identity,
        expires_at: str | None,
        progress: Progress,
        token: CancelToken,
        orders: Sequence[Order],
        keep: Record,
    ) -> None:
        self._office = office
        self._folder = folder
        self._workshop = workshop
        self._issuer = issuer
        self._expires_at = expires_at
        self._progress = progress
        self._token = token
        self._keep = keep
        self._rows = {row.id: row.json for row in office.registry.applications()}
        self._experts = {row.id: row.json for row in office.registry.experts()}
        names = dict.fromkeys(item.id for order in orders for item in order.applications)
        self._refs = {name: office.attachments(name) for name in names}
        self._total = sum(self._refs[item.id].size for order in orders for item in order.applications) or 1
        self._done = 0
        self._lock = threading.Lock()
        self._checked: dict[str, threading.Lock] = {name: threading.Lock() for name in self._refs}
        self._proven: dict[str, int] = {}
        self._halt = CancelToken()

    def all(self, orders: Sequence[Order]) -> RunReport:
        """Makes, tests, names and records every bundle; what fails for one expert leaves the others."""
        issued: list[IssuedBundle] = []
        failed: list[IssueFailure] = []
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="issue") as pool:
            running: list[tuple[_Plan, Future[WrittenBundle]]] = []
            waiting = list(orders)
            try:
                while waiting or running:
                    self._token.check()
                    while waiting and len(running) < _AHEAD:
                        plan = self._plan(waiting.pop(0))
                        running.append((plan, pool.submit(self._make, plan)))
                    plan, future = running.pop(0)
                    self._progress(self._done, self._total, f"{plan.order.expert} {plan.order.name}")
                    self._token.check()
                    try:
                        issued.append(self._record(plan, future.result()))
                    except NdbError as error:
                        if error.code in _FOR_ALL:
                            raise
                        self._discard(plan)
                        failed.append(IssueFailure(plan.order.expert, plan.order.name, error.fault))
            except BaseException:
                self._halt.cancel()
                raise
        self._progress(self._total, self._total, "")
        return RunReport(tuple(issued), tuple(failed))

    def _discard(self, plan: _Plan) -> None:
        with suppress(OSError):
            (self._workshop / f"{plan.spec.bundle_id}.part").unlink(missing_ok=True)

    def _plan(self, order: Order) -> _Plan:
        content = self._content(order)
        key = _key_for(self._office, order)
        return _Plan(
            order, content, order.secret or new_secret(), self._spec(order, content, key, self._office.clock())
        )

    def _make(self, plan: _Plan) -> WrittenBundle:
        """In a worker: writes the bundle and opens it as its reader would."""
        if plan.order.opening == "key" and plan.spec.expert_key is None:
            raise NdbError("E-ISSUE-KEY", place=plan.order.expert)
        with tempfile.TemporaryDirectory(dir=self._workshop, ignore_cleanup_errors=True) as bench:
            core = Path(bench) / "core.db"
            write_core(core, plan.secret, plan.content, durable=False)
            written = write_bundle(
                self._workshop / f"{plan.spec.bundle_id}.part",
                plan.spec,
                core=core,
                secret=plan.secret,
                attachments=[self._attachment(item) for item in plan.content.applications],
                issuer=self._issuer,
                on_bytes=self._on_bytes,
            )
            self._check()
            prove_opens(written, self._issuer, plan.secret, plan.content, Path(bench))
        return written

    def _record(self, plan: _Plan, written: WrittenBundle) -> IssuedBundle:
        """Gives a tested bundle its name and writes it into the registry."""
        office, order, spec = self._office, plan.order, plan.spec
        target = self._folder / travel_name(
            EXTENSION,
            batch=office.batch.id,
            role="calibration" if order.kind == "calibration" else "expert",
            person=order.expert,
            revision=order.number,
            at=datetime.strptime(spec.issued_at, STAMP).replace(tzinfo=UTC),
            trial=office.batch.trial,
        )
        bundle = IssuedBundle(
            bundle_id=spec.bundle_id,
            expert=order.expert,
            path=str(target),
            digest=written.digest,
            secret=None if spec.expert_key else plan.secret,
            applications=tuple(item.id for item in order.applications),
            issued_at=spec.issued_at,
            expires_at=spec.expires_at or "",
            replaces=order.replaces,
            # A notice is no bundle to work on.
            revoked_at=spec.issued_at if order.kind == "recall" else "",
            reason=order.reason,
            kind=order.kind,
            previous=order.chain[-1].bundle_id if order.chain else "",
            opens=plan.secret,
            contents={item.id: hashlib.sha256(item.json).hexdigest() for item in plan.content.applications},
            round=order.round,
        )
        intend(self._workshop, office.batch.id, bundle.bundle_id, target.name)
        with known_os_errors(target.name):
            written.path.replace(target)
            sync_folder(self._folder)
        try:
            self._keep(bundle)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        return bundle

    def _content(self, order: Order) -> CoreContent:
        office = self._office
        # A recall holds no application; its manifest still names the packs of the batch.
        categories = {item.category for item in order.applications} or office.packs.keys()
        packs: list[RulePack | AnyStagePack] = [office.packs[name] for name in office.packs if name in categories]
        packs += [pack for name, pack in office.stage_packs.items() if name in categories]
        names = [item.id for item in order.applications]
        recipients = (self._issuer.public.age_recipient, office.recovery.age_recipient)
        return CoreContent(
            meta={
                META_EXPERT: self._experts[order.expert].decode("utf-8"),
                META_RECIPIENTS: "\n".join(recipients),
                **({META_CHAIN: write_chain(chain_record(office, order.chain, names))} if order.chain else {}),
                **stage_texts(office, names),
                **order.meta,
            },
            batch_json=office.registry.batch(),
            packs={pack.digest: pack.raw for pack in packs},
            applications=tuple(
                CoreApplication(
                    id=item.id,
                    ord=number,
                    json=self._rows[item.id],
                    member=attachment_member(number),
                    key=self._refs[item.id].key,
                    sha256=self._refs[item.id].sha256,
                )
                for number, item in enumerate(order.applications)
            ),
        )

    def _spec(self, order: Order, content: CoreContent, key: PublicKey | None, moment: datetime) -> BundleSpec:
        office = self._office
        known = (*office.packs.values(), *office.stage_packs.values())
        packs = [pack for pack in known if pack.digest in content.packs]
        return BundleSpec(
            bundle_id=new_bundle_id(),
            batch_id=office.batch.id,
            trial=office.batch.trial,
            issuer_name=office.name,
            expert_id=order.expert,
            expert_key=key,
            issued_at=moment.astimezone(UTC).strftime(STAMP),
            # Who is sent something new keeps the time that was given, unless a new one is set.
            expires_at=self._expires_at or order.expires_at or None,
            packs=[PackRef(pack.id, pack.version, pack.digest) for pack in packs],
            recovery=office.recovery,
            replaces=order.replaces or None,
            kind=order.kind,
            chain=chain_refs(order.chain),
            stage=None if office.stage == "selection" else office.stage,
        )

    def _attachment(self, item: CoreApplication) -> Attachment:
        """The stored documents of an application; the first copy of a run proves that they are what was imported."""
        ref = self._refs[item.id]
        with self._checked[item.id]:
            if item.id not in self._proven:
                self._proven[item.id] = prove_documents(item.id, ref, self._check)
        return Attachment(item.member, ref.path, ref.size, ref.sha256, self._proven[item.id])

    def _check(self) -> None:
        """Stops a worker when the user cancelled or another bundle failed."""
        self._token.check()
        self._halt.check()

    def _on_bytes(self, count: int) -> None:
        self._check()
        with self._lock:
            self._done = min(self._done + count, self._total)


def prove_documents(application: str, ref: AttachmentRef, check: Callable[[], None]) -> int:
    """Compares the digest of stored documents; returns the checksum that every copy in a ZIP carries.

    Raises:
        NdbError: E-ISSUE-DOCUMENTS, E-STORE-*; and what `check` raises, asked between two pieces.
    """
    digest, checksum = hashlib.sha256(), 0
    with known_os_errors(ref.path.name), ref.path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            checksum = zlib.crc32(chunk, checksum)
            check()
    if digest.hexdigest() != ref.sha256:
        raise NdbError("E-ISSUE-DOCUMENTS", place=application)
    return checksum


def prove_opens(written: WrittenBundle, issuer: Identity, secret: str, content: CoreContent, bench: Path) -> None:
    """Opens the finished file the way its reader will: signature, slot, secret, `core.db`, listed digests.

    Raises:
        NdbError: E-ISSUE-TEST.
    """
    copy = bench / "test.db"
    try:
        with BundleReader(written.path, expected_issuer=issuer.keyid) as reader:
            reader.copy_member(CORE_MEMBER, copy)
            found = read_core(copy, reader.unlock(issuer))
            digests = {member.name: member.sha256 for member in reader.members}
            sound = (
                reader.digest == written.digest
                and reader.unlock(issuer) == secret
                and found == replace(content, packs=dict(content.packs), meta=dict(content.meta))
                and all(digests.get(item.member) == item.sha256 for item in found.applications)
            )
    except NdbError as error:
        raise NdbError("E-ISSUE-TEST", place=written.manifest.expert.id, reason=error.code) from error
    finally:
        copy.unlink(missing_ok=True)
    if not sound:
        raise NdbError("E-ISSUE-TEST", place=written.manifest.expert.id, reason="-")
