"""归并现场检查记录: takes a team's signed records into the registry, apart from score files.

A record may hold gigabytes of photos: it is verified piece by piece, copied sealed as it came into a folder beside the
registry, and only then put on record, all files of a call at once. So it is no source of `merge_files`, which holds
every file in memory and the registry for its whole time. The promise is the same: order of the files, merging twice,
partial overlap lead to the same registry and the same result digest.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from ndb_desktop.crypto.identity import PublicKey
from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.domain.siterecord import Check
from ndb_desktop.formats.receipt import Verdict
from ndb_desktop.formats.sitefile import EXTENSION, OpenedRecord, SiteReader
from ndb_desktop.formats.siteparts import visit_record
from ndb_desktop.formats.sniff import FileKind, require_kind
from ndb_desktop.services.registry_copy import SITES, Stepper, copy_file, digest_of
from ndb_desktop.services.site_findings import effect_fits, rows_of
from ndb_desktop.services.stage_results import result_digest
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.services.visit_withdraw import check_not_withdrawn
from ndb_desktop.services.visits import visit_of
from ndb_desktop.storage.atomic import known_os_errors, sync_folder
from ndb_desktop.storage.holding import Hold
from ndb_desktop.storage.registry_rows import Refusal
from ndb_desktop.storage.registry_runs import MergeRun
from ndb_desktop.storage.registry_sites import SiteFileRow

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

_OURS = re.compile(r"[0-9a-f]{64}\.ndbsite|\.ndb-[0-9a-f]{16}\.part")


@dataclass(frozen=True, slots=True)
class SiteVerdict:
    """What became of one file; `fault` says why it was not simply accepted."""

    path: str
    verdict: Verdict
    fault: Fault | None = None
    visit: str = ""
    application: str = ""
    revision: int = 0
    payload_sha256: str = ""
    signed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteReport:
    """All verdicts. `result_digest` is that of the results afterwards, "" after a dry run."""

    verdicts: tuple[SiteVerdict, ...]
    result_digest: str
    dry_run: bool


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A file that was verified, and its sealed copy under a passing name; None in a dry run and for a known one."""

    name: str
    opened: OpenedRecord
    part: Path | None = None
    file_sha256: str = ""
    size: int = 0


def merge_sites(
    office: Office,
    paths: Sequence[Path],
    *,
    dry_run: bool = False,
    results: bool = True,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> SiteReport:
    """Takes signed records, files or folders of them; a bad file is a verdict, not an error.

    Cancelling, a failure or a killed program leave the registry as it was; what a killed one copied is removed by the
    next call.

    Raises:
        NdbError: E-SITE-BUSY (another program is merging records), E-OFFICE-RECOVERY, E-STORE-*.
        Cancelled: by `cancel`.
    """
    if not dry_run:
        office.signer()
    token = cancel or CancelToken()
    files = list(_files(paths))
    # Each byte is read twice: verified where it came from, and verified again in the copy that is kept.
    step = Stepper(progress, token, 3 * sum(_size(path) for path in files) or 1)
    verdicts: list[SiteVerdict | _Prepared] = []
    folder = office.folder / SITES
    if dry_run:
        verdicts = [_prepare(office, path, None, step) for path in files]
        return SiteReport(tuple(_Judge(office).each(verdicts)), "", True)
    with _holding(office, folder):
        try:
            verdicts.extend(_prepare(office, path, folder, step) for path in files)
            found = _keep(office, folder, verdicts)
        finally:
            for one in verdicts:
                if isinstance(one, _Prepared) and one.part is not None:
                    one.part.unlink(missing_ok=True)
    return SiteReport(tuple(found), result_digest(office) if results else "", False)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob(f"*{EXTENSION}") if p.is_file() and not p.is_symlink())
        else:
            yield path


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


# ----- verifying -----


def _prepare(office: Office, path: Path, folder: Path | None, step: Stepper) -> SiteVerdict | _Prepared:
    """Verifies a file in full; with `folder` keeps a sealed copy there, which is what was verified last."""
    opened: OpenedRecord | None = None
    part: Path | None = None
    try:
        require_kind(path, FileKind.SITE)
        with SiteReader(path, office.identity) as reader:
            opened = reader.opened
            _check(office, opened)
            if any(payload == opened.digest for payload, _, _ in office.registry.site_stored()):
                return _Prepared(path.name, opened)
            reader.check_photos(lambda count: step(count, path.name))
        if folder is None:
            return _Prepared(path.name, opened)
        part = folder / f".ndb-{token_hex(8)}.part"
        digest = copy_file(path, part, step)
        with SiteReader(part, office.identity) as copy:
            if copy.opened.envelope != opened.envelope:
                raise NdbError("E-SITE-CHANGED", place=path.name)
            copy.check_photos(lambda count: step(count, path.name))
        if digest_of(part) != digest:
            raise NdbError("E-SITE-CHANGED", place=path.name)
        return _Prepared(path.name, opened, part, digest, part.stat().st_size)
    except NdbError as error:
        if part is not None:
            part.unlink(missing_ok=True)
        if error.code in ("E-STORE-FULL", "E-STORE-READONLY"):
            raise
        fault = error.faults[0] if isinstance(error, FaultsError) else error.fault
        return _verdict(path.name, opened, "refused", fault)
    except BaseException:
        if part is not None:
            part.unlink(missing_ok=True)
        raise


def _check(office: Office, opened: OpenedRecord) -> None:
    """What a record must satisfy before it is taken; nothing in it is believed but its signatures.

    Raises:
        NdbError: E-TRIAL, E-TRIAL-REGISTRY, E-BATCH, E-VISIT-UNKNOWN, E-VISIT-OTHER (not the visit that was issued),
            E-VISIT-WITHDRAWN, E-VISIT-BUNDLE (no bundle of this visit), E-VISIT-REVOKED (a bundle out of force),
            E-SITE-PARTIAL (made for a fellow member to join), E-SITE-UNSIGNED (a required signature is missing),
            E-VISIT-KEY-REVOKED, E-SITE-CHECK (a datum nobody asked for), E-SITE-EFFECT (a figure is to be replaced and
            there is none).
    """
    payload = opened.payload
    if payload.trial != office.batch.trial:
        raise NdbError("E-TRIAL" if payload.trial else "E-TRIAL-REGISTRY")
    if payload.batch != office.batch.id:
        raise NdbError("E-BATCH", found=payload.batch, wanted=office.batch.id)
    visit, _ = visit_of(office, payload.visit.id)
    if visit_record(visit) != payload.visit:
        raise NdbError("E-VISIT-OTHER", visit=visit.id)
    check_not_withdrawn(office, visit.id)
    bundle = next((row for row in office.registry.visit_bundles(visit.id) if row.bundle_id == payload.bundle.id), None)
    if bundle is None or bundle.digest != payload.bundle.digest:
        raise NdbError("E-VISIT-BUNDLE", visit=visit.id, bundle=payload.bundle.id)
    if bundle.revoked_at:
        raise NdbError("E-VISIT-REVOKED", visit=visit.id, at=bundle.revoked_at)
    if payload.partial:
        raise NdbError("E-SITE-PARTIAL", visit=visit.id)
    _check_keys(office, opened)
    wanted = visit.wanted_by_id
    for part in opened.record.parts.values():
        if isinstance(part, Check):
            if part.id not in wanted:
                raise NdbError("E-SITE-CHECK", visit=visit.id, datum=part.id)
            if not effect_fits(part, wanted[part.id].kind == "number"):
                raise NdbError("E-SITE-EFFECT", visit=visit.id, datum=part.id)


def _check_keys(office: Office, opened: OpenedRecord) -> None:
    """Everybody signed who must, and with no key that was revoked since, or replaced after it was."""
    visit = opened.record.visit
    if opened.missing:
        names = visit.member_by_id
        raise NdbError("E-SITE-UNSIGNED", visit=visit.id, names=" / ".join(names[one].name for one in opened.missing))
    live = {row.keyid for row in office.registry.inspectors() if row.status != "revoked"}
    for member in visit.members:
        if member.id in opened.signed and PublicKey(member.key).keyid not in live:
            raise NdbError("E-VISIT-KEY-REVOKED", inspector=member.id)


# ----- deciding -----


class _Judge:
    """Compares records with those that are there, and with those of the same call before them."""

    def __init__(self, office: Office) -> None:
        self._known: dict[str, set[tuple[int, str]]] = {}
        for row in office.registry.site_files():
            self._known.setdefault(row.visit, set()).add((row.revision, row.payload_sha256))

    def each(self, found: Sequence[SiteVerdict | _Prepared]) -> Iterator[SiteVerdict]:
        """The verdict on every file, in the order they came."""
        for one in found:
            yield one if isinstance(one, SiteVerdict) else self.judge(one)

    def judge(self, one: _Prepared) -> SiteVerdict:
        """A record is new, known, older than one that is there, or contradicts one of the same number."""
        opened = one.opened
        visit, number = opened.record.visit.id, opened.payload.revision
        known = self._known.setdefault(visit, set())
        if (number, opened.digest) in known:
            return _verdict(one.name, opened, "duplicate")
        known.add((number, opened.digest))
        highest = max(revision for revision, _ in known)
        if number < highest:
            return _verdict(one.name, opened, "superseded")
        if sum(revision == number for revision, _ in known) > 1:
            return _verdict(
                one.name, opened, "conflict", Fault("E-SITE-REVISION", "", {"visit": visit, "revision": str(number)})
            )
        return _verdict(one.name, opened, "accepted")


def _verdict(name: str, opened: OpenedRecord | None, verdict: Verdict, fault: Fault | None = None) -> SiteVerdict:
    if opened is None:
        return SiteVerdict(name, verdict, fault)
    visit = opened.record.visit
    return SiteVerdict(
        name, verdict, fault, visit.id, visit.application, opened.payload.revision, opened.digest, opened.signed
    )


# ----- keeping -----


def _keep(office: Office, folder: Path, found: Sequence[SiteVerdict | _Prepared]) -> list[SiteVerdict]:
    """Names the copies and puts everything on record in one transaction; a failure takes the copies away again."""
    named: list[Path] = []
    try:
        with office.registry.transaction():
            judge, verdicts = _Judge(office), []
            mark, (first_file, first_refusal) = office.registry.site_mark(), office.registry.marks()
            refused = 0
            for one in found:
                verdict = one if isinstance(one, SiteVerdict) else judge.judge(one)
                verdicts.append(verdict)
                if isinstance(one, _Prepared) and one.part is not None and verdict.verdict != "duplicate":
                    target = site_path(office, one.opened.digest)
                    with known_os_errors(target.name):
                        one.part.replace(target)
                    named.append(target)
                    _add(office, one, verdict)
                if verdict.verdict == "refused" and verdict.fault is not None:
                    refused += _refuse(office, verdict, verdict.fault)
            with known_os_errors(folder.name):
                sync_folder(folder)
            office.registry.settle_sites()
            _finish(office, verdicts, mark, len(named), first_file, first_refusal, refused)
    except BaseException:
        for target in named:
            target.unlink(missing_ok=True)
        raise
    return verdicts


def _add(office: Office, one: _Prepared, verdict: SiteVerdict) -> None:
    opened = one.opened
    visit, row = visit_of(office, opened.record.visit.id)
    checks, vetoes = rows_of(opened.record, row.pack)
    office.registry.add_site_file(
        SiteFileRow(
            payload_sha256=opened.digest,
            envelope=opened.envelope,
            visit=visit.id,
            application=visit.application,
            bundle=opened.payload.bundle.id,
            revision=opened.payload.revision,
            signers=opened.signed,
            name=one.name,
            file_sha256=one.file_sha256,
            size=one.size,
            decided=office.registry.decision_count(),
            received_at=office.now(),
        ),
        checks,
        vetoes,
    )
    details = {
        "file": one.name, "file_sha256": one.file_sha256, "payload_sha256": opened.digest, "visit": visit.id,
        "revision": opened.payload.revision, "signed": list(opened.signed), "verdict": verdict.verdict,
    }  # fmt: skip
    office.log("visit.file", visit.application, details)


def _refuse(office: Office, verdict: SiteVerdict, fault: Fault) -> int:
    """Every refusal is on record; the same file refused again adds to the log only."""
    digest = verdict.payload_sha256
    known = {(row.name, row.file_sha256, row.code) for row in office.registry.refusals()}
    new = (verdict.path, digest, fault.code) not in known
    if new:
        office.registry.add_refusal(
            Refusal(office.now(), verdict.path, digest, fault.code, fault.place, fault.params, verdict.visit)
        )
    office.log("visit.refused", verdict.visit, {"file": verdict.path, "code": fault.code, "place": fault.place})
    return int(new)


def _finish(
    office: Office, verdicts: Sequence[SiteVerdict], mark: int, taken: int, file: int, refusal: int, refused: int
) -> None:
    counts: dict[str, int] = {}
    for one in verdicts:
        counts[one.verdict] = counts.get(one.verdict, 0) + 1
    office.log("visit.merge", office.batch.id, {"files": len(verdicts), **counts})
    if taken or refused:
        office.registry.add_run(
            MergeRun(
                at=office.now(),
                actor=office.identity.keyid,
                log_seq=office.registry.journal.head()[0],
                first_file=file,
                files=0,
                first_refusal=refusal,
                refusals=refused,
                keys=(),
                first_site=mark,
                sites=taken,
            )
        )


def site_path(office: Office, payload: str) -> Path:
    """Where the sealed file of a record lies: in a folder of the registry, named by the digest of what was signed."""
    return office.folder / SITES / f"{payload}{EXTENSION}"


@contextmanager
def _holding(office: Office, folder: Path) -> Iterator[None]:
    """Holds the folder for one merge, which begins with what a killed one left there."""
    with known_os_errors(folder.name):
        folder.mkdir(exist_ok=True, mode=0o700)
    hold = Hold.take(folder)
    if hold is None and os.access(folder, os.W_OK):
        raise NdbError("E-SITE-BUSY", place=office.folder.name)
    try:
        if hold is not None:
            sweep_sites(office)
        yield
    finally:
        if hold is not None:
            hold.release()


def sweep_sites(office: Office) -> None:
    """Removes copies the registry does not know: of a merge that was killed or undone. Call while nothing merges."""
    known = {f"{payload}{EXTENSION}" for payload, _, _ in office.registry.site_stored()}
    folder = office.folder / SITES
    found = sorted(p.name for p in folder.iterdir() if _OURS.fullmatch(p.name) and p.name not in known)
    if found:
        office.log("visit.leftovers", office.batch.id, {"count": len(found), "files": found[:100]})
        for name in found:
            with suppress(OSError):
                (folder / name).unlink()
