"""归并: takes experts' score files into the registry.

The promise (design): the order of the files, merging twice, partial overlap: the same registry, the same result digest.
One transaction per call; a verdict per file; a dry run decides the same and writes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.domain.batch import KeyStatus
from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.formats.receipt import Verdict
from ndb_desktop.formats.scorefile import OpenedScore, open_score
from ndb_desktop.services.contradiction import resolve_conflict
from ndb_desktop.services.merge_checks import Checker, KeyFinding
from ndb_desktop.services.merge_rows import agreement_rows, sheet_rows
from ndb_desktop.services.merge_sources import Source, candidates, sources
from ndb_desktop.services.merge_verdicts import SheetVerdict, judge, overall
from ndb_desktop.services.stage_results import result_digest
from ndb_desktop.services.tasks import CancelToken, Progress, silent, without_collector
from ndb_desktop.storage.registry_rows import FileRow, Refusal
from ndb_desktop.storage.registry_runs import MergeRun

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office
    from ndb_desktop.storage.registry_derived import DerivedWriter

__all__ = ["FileVerdict", "MergeReport", "merge_files", "resolve_conflict"]


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """What became of one file. `path` is its name (`FILE` or `ZIP/MEMBER`), `fault` the first of `faults`."""

    path: str
    verdict: Verdict
    file_sha256: str
    faults: tuple[Fault, ...] = ()
    expert: str = ""
    expert_name: str = ""
    revision: int = 0
    payload_sha256: str = ""
    key_status: KeyStatus = "none"
    sheets: tuple[SheetVerdict, ...] = ()

    @property
    def fault(self) -> Fault | None:
        """Why it was not simply accepted."""
        return self.faults[0] if self.faults else None


@dataclass(frozen=True, slots=True)
class MergeReport:
    """All verdicts. `result_digest` is that of the results afterwards, "" after a dry run."""

    verdicts: tuple[FileVerdict, ...]
    result_digest: str
    dry_run: bool

    def counts(self) -> Mapping[Verdict, int]:
        """How many files got which verdict."""
        found: dict[Verdict, int] = {}
        for row in self.verdicts:
            found[row.verdict] = found.get(row.verdict, 0) + 1
        return found


def merge_files(
    office: Office,
    paths: Sequence[Path],
    *,
    dry_run: bool = False,
    results: bool = True,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> MergeReport:
    """Takes files, folders or ZIPs of score files; sealed or not.

    Cancelling leaves the registry as it was. `results=False` spares computing the result digest.

    Raises:
        NdbError: E-OFFICE-RECOVERY, E-STORE-* when the registry itself cannot be written; a bad file is a verdict, no
            error.
    """
    registry = office.registry
    with nullcontext(registry.reader()) if dry_run else registry.writer() as writer:
        merge = _Merge(office, writer, dry_run)
        total = len(candidates(paths))
        for number, source in enumerate(sources(paths), 1):
            progress(number, max(total, number), source.name)
            if cancel is not None:
                cancel.check()
            # What a file becomes stays until it is written: looking through it for garbage would find none.
            with without_collector():
                merge.take(source)
        if not dry_run:
            merge.finish()
    digest = result_digest(office) if results and not dry_run else ""
    return MergeReport(tuple(merge.verdicts), digest, dry_run)


class _Merge:
    """One call of `merge_files`."""

    def __init__(self, office: Office, writer: DerivedWriter, dry_run: bool) -> None:
        self._office = office
        self._writer = writer
        self._dry = dry_run
        self._checker = Checker(office)
        self._apart = frozenset(bundle.bundle_id for bundle in office.registry.calibration_bundles())
        self._calibrated = {file.payload_sha256 for file in office.registry.calibration_files()}
        self._known = set(office.registry.file_digests())
        self._refused = {(row.file_sha256, row.code) for row in office.registry.refusals()}
        self._at = office.now()
        self._first_file, self._first_refusal = office.registry.marks()
        self._files = self._refusals = 0
        self._new_keys: list[str] = []
        self.verdicts: list[FileVerdict] = []

    def take(self, source: Source) -> None:
        """Decides about one file and, unless it is a dry run, keeps what was decided."""
        file_sha256, opened = "", None
        try:
            data = source.read()
            file_sha256 = hashlib.sha256(data).hexdigest()
            opened = open_score(data, self._office.identity)
            verdict = self._judge(source.name, file_sha256, opened)
        except NdbError as error:
            faults = _faults(error)
            verdict = _verdict(source.name, "refused", file_sha256, opened, faults)
            self._refuse(verdict)
        self.verdicts.append(verdict)

    @cached_property
    def _calibration(self) -> Checker:
        return Checker(self._office, self._office.registry.calibration_bundles())

    def _calibrate(self, name: str, file_sha256: str, opened: OpenedScore) -> FileVerdict:
        """A file from a calibration bundle (校准): kept apart, where nothing that counts looks; it enrols no key."""
        if opened.payload_sha256 in self._calibrated:
            return _verdict(name, "duplicate", file_sha256, opened, (), ())
        finding = self._calibration.check(opened)
        self._calibrated.add(opened.payload_sha256)
        if not self._dry:
            self._office.registry.add_calibration_file(self._row(name, opened))
            details = {"file": name, "file_sha256": file_sha256, "payload_sha256": opened.payload_sha256}
            self._office.log("calibration.file", opened.payload.expert.id, details)
        notes = (Fault("E-CALIBRATION-APART", Path(name).name), *finding.notes)
        return _verdict(name, "accepted", file_sha256, opened, notes, (), finding.status)

    def _judge(self, name: str, file_sha256: str, opened: OpenedScore) -> FileVerdict:
        if opened.payload.bundle.id in self._apart:
            return self._calibrate(name, file_sha256, opened)
        if opened.payload_sha256 in self._known:
            sheets = tuple(
                SheetVerdict(s.record.application, s.record.revision, s.digest, "duplicate") for s in opened.sheets
            )
            return _verdict(name, "duplicate", file_sha256, opened, (), sheets)
        finding = self._checker.check(opened)
        expert = opened.payload.expert.id
        sheets = tuple(judge(sheet, self._writer.versions(sheet.record.application, expert)) for sheet in opened.sheets)
        verdict, faults = overall(sheets)
        self._known.add(opened.payload_sha256)
        self._checker.accept(finding)
        number = 0
        if not self._dry:
            if finding.new is not None:
                self._office.registry.put_key(finding.new)
                self._new_keys.append(finding.new.keyid)
            number = self._keep(name, file_sha256, opened, verdict, finding)
        self._writer.add(number, sheet_rows(opened), agreement_rows(opened), live=True)
        return _verdict(name, verdict, file_sha256, opened, (*faults, *finding.notes), sheets, finding.status)

    def _keep(self, name: str, file_sha256: str, opened: OpenedScore, verdict: Verdict, finding: KeyFinding) -> int:
        payload = opened.payload
        number = self._office.registry.add_file(self._row(name, opened))
        self._files += 1
        details = {
            "file": name, "file_sha256": file_sha256, "payload_sha256": opened.payload_sha256, "key": opened.keyid,
            "key_status": finding.status, "sheets": len(opened.sheets), "verdict": verdict,
            "notes": [f"{note.code} {note.place}" for note in finding.notes],
        }  # fmt: skip
        self._office.log("merge.file", payload.expert.id, details)
        return number

    def _row(self, name: str, opened: OpenedScore) -> FileRow:
        payload = opened.payload
        return FileRow(
            payload_sha256=opened.payload_sha256,
            envelope=opened.envelope,
            keyid=opened.keyid,
            expert=payload.expert.id,
            bundle=payload.bundle.id,
            revision=payload.revision,
            name=Path(name).name,
            received_at=self._at,
        )

    def _refuse(self, verdict: FileVerdict) -> None:
        """Every refusal is on record with the digest of the file; the same file refused again adds to the log only."""
        if self._dry or verdict.fault is None:
            return
        fault = verdict.fault
        if (verdict.file_sha256, fault.code) not in self._refused:
            self._refused.add((verdict.file_sha256, fault.code))
            self._refusals += 1
            self._office.registry.add_refusal(
                Refusal(
                    self._at, verdict.path, verdict.file_sha256, fault.code, fault.place, fault.params, verdict.expert
                )
            )
        details = {
            "file": verdict.path, "file_sha256": verdict.file_sha256, "code": fault.code, "place": fault.place,
            "faults": len(verdict.faults),
        }  # fmt: skip
        self._office.log("merge.refused", verdict.expert, details)

    def finish(self) -> None:
        """One entry in the log for the whole call, and what it brought, so that it can be undone."""
        counts: dict[str, int] = {}
        for row in self.verdicts:
            counts[row.verdict] = counts.get(row.verdict, 0) + 1
        office = self._office
        office.log("merge", office.batch.id, {"files": len(self.verdicts), **counts})
        if not self._files and not self._refusals:
            # Nothing but what was here before: the merge before this one stays the last.
            return
        office.registry.add_run(
            MergeRun(
                at=self._at,
                actor=office.identity.keyid,
                log_seq=office.registry.journal.head()[0],
                first_file=self._first_file,
                files=self._files,
                first_refusal=self._first_refusal,
                refusals=self._refusals,
                keys=tuple(self._new_keys),
            )
        )


def _faults(error: NdbError) -> tuple[Fault, ...]:
    return error.faults if isinstance(error, FaultsError) else (error.fault,)


def _verdict(
    name: str,
    verdict: Verdict,
    file_sha256: str,
    opened: OpenedScore | None,
    faults: tuple[Fault, ...],
    sheets: tuple[SheetVerdict, ...] = (),
    key_status: KeyStatus = "none",
) -> FileVerdict:
    if opened is None:
        return FileVerdict(name, verdict, file_sha256, faults)
    payload = opened.payload
    return FileVerdict(
        path=name,
        verdict=verdict,
        file_sha256=file_sha256,
        faults=faults,
        expert=payload.expert.id,
        expert_name=payload.expert.name,
        revision=payload.revision,
        payload_sha256=opened.payload_sha256,
        key_status=key_status,
        sheets=sheets,
    )
