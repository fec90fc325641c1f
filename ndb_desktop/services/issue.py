"""发放评审包: one encrypted bundle per expert with that expert's applications and nothing of anybody else's.

Documents were encrypted once at import; here their databases are copied byte for byte and only the small `core.db` is
made new for each expert. A bundle counts as issued only after the ordinary reader has opened it with its secret.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.crypto.sealing import new_secret
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.rulepack import RulePack
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
from ndb_desktop.services.issue_orders import Order, first_orders, supplement_orders
from ndb_desktop.services.office import AttachmentRef, Office
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.atomic import known_os_errors, sync_folder
from ndb_desktop.storage.coredb import CoreApplication, CoreContent, read_core, write_core
from ndb_desktop.storage.registry_rows import IssuedBundle

EXTENSION = ".ndbbundle"
META_EXPERT = "expert"
META_RECIPIENTS = "coordinator_recipient"
_CHUNK = 1024 * 1024
_STAMP = "%Y-%m-%dT%H:%M:%SZ"
_WORKERS = max(2, min(6, 1 + (os.cpu_count() or 1)))
"""One more than processors: some always wait for the disk."""
_AHEAD = 2 * _WORKERS
"""Bundles begun before the oldest of them is recorded; bounds what a cancelled run throws away."""


@dataclass(frozen=True, slots=True)
class IssueReport:
    """What a run did. `skipped` are experts whose bundle in force already holds exactly what is assigned to them."""

    folder: Path
    issued: tuple[IssuedBundle, ...]
    skipped: tuple[str, ...]


def issue_bundles(
    office: Office,
    folder: Path,
    *,
    experts: Sequence[str] | None = None,
    expires_at: str | None = None,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> IssueReport:
    """Issues bundles into `folder`, one per expert, in the order of expert ids.

    An expert whose key is confirmed opens it with that key; everybody else gets a secret by another channel. Without
    `experts` everybody gets one who is assigned and has no valid bundle with exactly these applications. An
    expert named in `experts` gets a new bundle in any case; the old one is replaced (补发) and its score files are
    refused from then on, while the worksheet goes on in the new one. When cancelled, the bundles issued so far stay
    issued and nothing half-written is left.

    Raises:
        NdbError: E-ISSUE-NONE (nobody is assigned), E-ISSUE-NOT-ASSIGNED, E-ISSUE-EXPIRY (not an ISO moment, or past),
            E-ISSUE-DOCUMENTS (stored documents are damaged), E-ISSUE-TEST (the bundle did not open again),
            E-OFFICE-EXPERT, E-OFFICE-RECOVERY, E-STORE-*; E-DECISION-SECOND, E-DECISION-SUPERVISOR until the rule
            packs were frozen by two.
        Cancelled: by `cancel`.
    """
    token = cancel or CancelToken()
    _check_expiry(expires_at, office.clock())
    orders, skipped = first_orders(office, experts)
    return IssueReport(folder, carry_out(office, folder, orders, expires_at, progress, token), skipped)


def issue_supplements(
    office: Office,
    folder: Path,
    *,
    experts: Sequence[str] | None = None,
    expires_at: str | None = None,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> IssueReport:
    """Issues supplements (补充评审包) to experts whose bundle no longer says what the registry says.

    A supplement is a whole bundle of its own that opens with the secret or key of the one before, which stays valid.

    Raises:
        NdbError: E-SUPPLEMENT-NONE (a named expert has no bundle in force), E-SUPPLEMENT-EMPTY (nothing is assigned to
            a named expert any more), E-SUPPLEMENT-SECRET (its secret is not known any more), and as `issue_bundles`.
        Cancelled: by `cancel`.
    """
    token = cancel or CancelToken()
    _check_expiry(expires_at, office.clock())
    orders, skipped = supplement_orders(office, experts)
    return IssueReport(folder, carry_out(office, folder, orders, expires_at, progress, token), skipped)


def carry_out(
    office: Office,
    folder: Path,
    orders: Sequence[Order],
    expires_at: str | None,
    progress: Progress,
    token: CancelToken,
) -> tuple[IssuedBundle, ...]:
    """Makes, tests and records the bundles ordered. Raises what `issue_bundles` raises."""
    issuer = office.signer()
    freeze(office)
    with known_os_errors(folder.name):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".ndb-issue-", dir=folder, ignore_cleanup_errors=True) as workshop:
        run = _Run(office, folder, Path(workshop), issuer, expires_at, progress, token, orders)
        return run.all(orders)


def recover_secret(path: Path, identity: Identity) -> str:
    """The secret of a bundle for its coordinator or the holder of the recovery key (恢复密钥).

    Raises:
        NdbError: E-BUNDLE-KEY (no slot for this key) and every refusal of the bundle's reader.
    """
    with BundleReader(path) as reader:
        return reader.unlock(identity)


def _check_expiry(expires_at: str | None, now: datetime) -> None:
    if expires_at is None:
        return
    try:
        moment = datetime.strptime(expires_at, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise NdbError("E-ISSUE-EXPIRY", place=expires_at) from None
    if moment <= now:
        raise NdbError("E-ISSUE-EXPIRY", place=expires_at)


def _confirmed_key(office: Office, expert: str) -> PublicKey | None:
    """The key a bundle may be sealed to: a card alone could have been swapped on its way, so it must be confirmed."""
    active = [key for key in office.expert_keys(expert) if key.status == "active"]
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
    ) -> None:
        self._office = office
        self._folder = folder
        self._workshop = workshop
        self._issuer = issuer
        self._expires_at = expires_at
        self._progress = progress
        self._token = token
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

    def all(self, orders: Sequence[Order]) -> tuple[IssuedBundle, ...]:
        """Makes, tests, names and records every bundle."""
        issued = []
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
                    issued.append(self._record(plan, future.result()))
            except BaseException:
                self._halt.cancel()
                raise
        self._progress(self._total, self._total, "")
        return tuple(issued)

    def _plan(self, order: Order) -> _Plan:
        content = self._content(order)
        key = _confirmed_key(self._office, order.expert)
        return _Plan(
            order, content, order.secret or new_secret(), self._spec(order, content, key, self._office.clock())
        )

    def _make(self, plan: _Plan) -> WrittenBundle:
        """In a worker: writes the bundle and opens it as its reader would."""
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
            _test_unlock(written, self._issuer, plan.secret, plan.content, Path(bench))
        return written

    def _record(self, plan: _Plan, written: WrittenBundle) -> IssuedBundle:
        """Gives a tested bundle its name and writes it into the registry."""
        office, order, spec = self._office, plan.order, plan.spec
        target = self._folder / travel_name(
            EXTENSION,
            batch=office.batch.id,
            role="expert",
            person=order.expert,
            revision=order.number,
            at=datetime.strptime(spec.issued_at, _STAMP).replace(tzinfo=UTC),
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
        )
        with known_os_errors(target.name):
            written.path.replace(target)
            sync_folder(self._folder)
        try:
            office.record_issue(bundle)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        return bundle

    def _content(self, order: Order) -> CoreContent:
        office = self._office
        # A recall holds no application; its manifest still names the packs of the batch.
        packs: Mapping[Category, RulePack] = {
            item.category: office.pack_of(item) for item in order.applications
        } or office.packs
        names = [item.id for item in order.applications]
        recipients = (self._issuer.public.age_recipient, office.recovery.age_recipient)
        return CoreContent(
            meta={
                META_EXPERT: self._experts[order.expert].decode("utf-8"),
                META_RECIPIENTS: "\n".join(recipients),
                **({META_CHAIN: write_chain(chain_record(office, order.chain, names))} if order.chain else {}),
            },
            batch_json=office.registry.batch(),
            packs={pack.digest: pack.raw for pack in packs.values()},
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
        packs = [pack for pack in office.packs.values() if pack.digest in content.packs]
        return BundleSpec(
            bundle_id=new_bundle_id(),
            batch_id=office.batch.id,
            trial=office.batch.trial,
            issuer_name=office.name,
            expert_id=order.expert,
            expert_key=key,
            issued_at=moment.astimezone(UTC).strftime(_STAMP),
            # Who is sent something new keeps the time that was given, unless a new one is set.
            expires_at=self._expires_at or order.expires_at or None,
            packs=[PackRef(pack.id, pack.version, pack.digest) for pack in packs],
            recovery=office.recovery,
            replaces=order.replaces or None,
            kind=order.kind,
            chain=chain_refs(order.chain),
        )

    def _attachment(self, item: CoreApplication) -> Attachment:
        """The stored documents of an application; the first copy of a run proves that they are what was imported."""
        ref = self._refs[item.id]
        with self._checked[item.id]:
            if item.id not in self._proven:
                self._proven[item.id] = self._prove(item.id, ref)
        return Attachment(item.member, ref.path, ref.size, ref.sha256, self._proven[item.id])

    def _prove(self, application: str, ref: AttachmentRef) -> int:
        """Compares the digest; returns the checksum that every copy in a ZIP carries."""
        digest, checksum = hashlib.sha256(), 0
        with known_os_errors(ref.path.name), ref.path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                checksum = zlib.crc32(chunk, checksum)
                self._check()
        if digest.hexdigest() != ref.sha256:
            raise NdbError("E-ISSUE-DOCUMENTS", place=application)
        return checksum

    def _check(self) -> None:
        """Stops a worker when the user cancelled or another bundle failed."""
        self._token.check()
        self._halt.check()

    def _on_bytes(self, count: int) -> None:
        self._check()
        with self._lock:
            self._done = min(self._done + count, self._total)


def _test_unlock(written: WrittenBundle, issuer: Identity, secret: str, content: CoreContent, bench: Path) -> None:
    """Opens the finished file the way its reader will: signature, slot, secret, `core.db`, listed digests."""
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
