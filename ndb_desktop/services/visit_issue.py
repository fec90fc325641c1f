"""发放检查包: one encrypted bundle for the team of a visit, with the applicant's documents as they were imported.

What is issued opens with the key of every member. It counts as issued only after the ordinary reader has opened it.
"""

from __future__ import annotations

import hashlib
import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.crypto.identity import PublicKey
from ndb_desktop.crypto.sealing import new_secret
from ndb_desktop.domain.dispute import declared
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.siterecord import Visit, Wanted
from ndb_desktop.formats.bundle_writing import (
    Attachment,
    BundleSpec,
    WrittenBundle,
    attachment_member,
    new_bundle_id,
    write_bundle,
)
from ndb_desktop.formats.filenames import travel_name
from ndb_desktop.formats.manifest import PackRef
from ndb_desktop.formats.siteparts import MemberRecord
from ndb_desktop.services.freezing import freeze
from ndb_desktop.services.inspectors import check_team
from ndb_desktop.services.issue import check_expiry
from ndb_desktop.services.issue_leftovers import clear_leftovers, intend, workshop
from ndb_desktop.services.issue_run import EXTENSION, META_RECIPIENTS, STAMP, prove_documents, prove_opens
from ndb_desktop.services.stage_rulings import declared as declared_actual
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.services.visit_withdraw import check_not_withdrawn
from ndb_desktop.services.visits import visit_of
from ndb_desktop.storage.atomic import known_os_errors, sync_folder
from ndb_desktop.storage.coredb import CoreApplication, CoreContent, write_core
from ndb_desktop.storage.registry_rows import IssuedBundle
from ndb_desktop.storage.registry_visits import VisitBundle, VisitRow

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

META_VISIT = "visit"
META_SITE_PACK = "site_pack"
ROLE = "visit"
MANIFEST = "visit.manifest."
"""Name of the text with the signed manifest of a bundle, followed by its id; of earlier ones it was not kept."""


def issue_visit(
    office: Office,
    name: str,
    folder: Path,
    *,
    slip: bool = False,
    expires_at: str | None = None,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> VisitBundle:
    """Issues the bundle of a visit into `folder`; one issued before is out of force, and so are records made from it.

    With `slip` its secret may be printed too; without, only the keys of the team open it. Nothing is left when it is
    cancelled or fails.

    Raises:
        NdbError: E-VISIT-UNKNOWN, E-VISIT-WITHDRAWN, E-VISIT-KEY (a member's key is not confirmed, or another one by
            now), E-VISIT-EXPERT, E-VISIT-CHANGED (the application was corrected since the visit was planned),
            E-ISSUE-EXPIRY, E-ISSUE-DOCUMENTS, E-ISSUE-TEST, E-OFFICE-RECOVERY, E-STORE-*, E-DECISION-SECOND,
            E-DECISION-SUPERVISOR.
        Cancelled: by `cancel`.
    """
    token = cancel or CancelToken()
    check_expiry(expires_at, office.clock())
    visit, row = visit_of(office, name)
    check_not_withdrawn(office, name)
    _check(office, visit, row)
    office.signer()
    freeze(office)
    with known_os_errors(folder.name):
        folder.mkdir(parents=True, exist_ok=True)
    clear_leftovers(office, folder)
    secret, moment = new_secret(), office.clock()
    content = _content(office, visit, row)
    spec = BundleSpec(
        bundle_id=new_bundle_id(),
        batch_id=office.batch.id,
        trial=office.batch.trial,
        issuer_name=office.name,
        expert_id=visit.id,
        expert_key=None,
        issued_at=moment.astimezone(UTC).strftime(STAMP),
        expires_at=expires_at,
        packs=[PackRef(pack.id, pack.version, pack.digest) for pack in _packs(office, visit)],
        recovery=office.recovery,
        kind="site",
        team=[MemberRecord(one.id, one.name, one.employer, one.key) for one in visit.members],
    )
    with workshop(folder) as bench:
        steps = _Steps(visit, office.attachments(visit.application).size, progress, token)
        written = _make(office, spec, content, secret, bench, steps)
        target = folder / travel_name(
            EXTENSION, batch=office.batch.id, role=ROLE, person=visit.id,
            revision=1 + len(office.registry.visit_bundles(visit.id)),
            at=datetime.strptime(spec.issued_at, STAMP).replace(tzinfo=UTC), trial=office.batch.trial,
        )  # fmt: skip
        bundle = VisitBundle(
            spec.bundle_id, visit.id, str(target), written.digest, secret if slip else None, secret, spec.issued_at,
            expires_at or "", "", {one.id: hashlib.sha256(one.json).hexdigest() for one in content.applications},
        )  # fmt: skip
        intend(bench, office.batch.id, bundle.bundle_id, target.name)
        with known_os_errors(target.name):
            written.path.replace(target)
            sync_folder(folder)
        try:
            _record(office, visit, bundle, written.envelope)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
    return bundle


def _declared(office: Office, application: Application, wanted: Wanted) -> Decimal | None:
    work = office.stage_work(application.id)
    return declared(application, wanted.datum, wanted.key) if work is None else declared_actual(work, wanted.datum)


def _check(office: Office, visit: Visit, row: VisitRow) -> None:
    """What may have changed since the visit was planned."""
    known = {one.id: one for one in office.registry.inspectors()}
    team = []
    for member in visit.members:
        inspector = known.get(member.id)
        if inspector is None or inspector.status != "active" or PublicKey(inspector.openssh) != PublicKey(member.key):
            raise NdbError("E-VISIT-KEY", place=visit.id, inspector=member.id)
        team.append(inspector)
    application = office.application(visit.application)
    excused = row.plan.get("excused")
    check_team(office, application, team, excused if isinstance(excused, dict) else {})
    for wanted in visit.wanted:
        if wanted.kind == "number" and _declared(office, application, wanted) != wanted.declared:
            raise NdbError("E-VISIT-CHANGED", place=visit.id, datum=wanted.id)


def _packs(office: Office, visit: Visit) -> tuple[RulePack, ...]:
    return (office.pack_of(office.cover(visit.application)),)


def _content(office: Office, visit: Visit, row: VisitRow) -> CoreContent:
    application = office.registry.application(visit.application)
    if application is None:
        raise NdbError("E-OFFICE-APPLICATION", application=visit.application)
    ref = office.attachments(visit.application)
    recipients = (office.coordinator.age_recipient, office.recovery.age_recipient)
    return CoreContent(
        meta={
            META_VISIT: row.json.decode("utf-8"),
            META_SITE_PACK: row.pack.decode("utf-8"),
            META_RECIPIENTS: "\n".join(recipients),
        },
        batch_json=office.registry.batch(),
        packs={pack.digest: pack.raw for pack in _packs(office, visit)},
        applications=(
            CoreApplication(
                id=application.id, ord=0, json=application.json, member=attachment_member(0), key=ref.key,
                sha256=ref.sha256,
            ),
        ),
    )  # fmt: skip


class _Steps:
    """Bytes done for a `Progress`, and a cancel heard between two pieces."""

    def __init__(self, visit: Visit, total: int, progress: Progress, token: CancelToken) -> None:
        self._name, self._total, self._progress, self._token = visit.applicant, max(1, total), progress, token
        self._done = 0

    def __call__(self, count: int) -> None:
        self._token.check()
        self._done = min(self._done + count, self._total)
        self._progress(self._done, self._total, self._name)


def _make(
    office: Office, spec: BundleSpec, content: CoreContent, secret: str, bench: Path, steps: _Steps
) -> WrittenBundle:
    """Writes the bundle and opens it as its reader would."""
    (item,) = content.applications
    ref = office.attachments(item.id)
    checksum = prove_documents(item.id, ref, lambda: steps(0))
    with tempfile.TemporaryDirectory(dir=bench, ignore_cleanup_errors=True) as inner:
        core = Path(inner) / "core.db"
        write_core(core, secret, content, durable=False)
        written = write_bundle(
            bench / f"{spec.bundle_id}.part",
            spec,
            core=core,
            secret=secret,
            attachments=[Attachment(item.member, ref.path, ref.size, ref.sha256, checksum)],
            issuer=office.signer(),
            on_bytes=steps,
        )
        prove_opens(written, office.signer(), secret, content, Path(inner))
    return written


def _record(office: Office, visit: Visit, bundle: VisitBundle, manifest: bytes) -> None:
    with office.registry.transaction():
        revoked = office.registry.revoke_visit_bundles(visit.id, bundle.issued_at)
        office.registry.put_visit_bundle(bundle)
        office.registry.set_meta(MANIFEST + bundle.bundle_id, manifest.decode("utf-8"))
        details = {
            "bundle": bundle.bundle_id, "digest": bundle.digest, "application": visit.application,
            "team": [one.id for one in visit.members], "file": Path(bundle.path).name, "revoked": list(revoked),
        }  # fmt: skip
        office.log("visit.issued", visit.id, details)


def as_issued(bundle: VisitBundle) -> IssuedBundle:
    """A bundle of a visit where one of an expert is asked for, such as the slip; the visit stands for the expert."""
    return IssuedBundle(
        bundle_id=bundle.bundle_id, expert=bundle.visit, path=bundle.path, digest=bundle.digest, secret=bundle.secret,
        issued_at=bundle.issued_at, expires_at=bundle.expires_at, kind="site",
    )  # fmt: skip
