"""回执: tells each expert, signed, what arrived, what it replaced and what was refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.filenames import travel_name
from ndb_desktop.formats.manifest import IssuerRef
from ndb_desktop.formats.receipt import EXTENSION, FileReceipt, ReceiptPayload, SheetReceipt, build_receipt
from ndb_desktop.storage.atomic import atomic_write, known_os_errors
from ndb_desktop.storage.registry_rows import ReceiptRow

if TYPE_CHECKING:
    from ndb_desktop.services.merge import FileVerdict, MergeReport
    from ndb_desktop.services.office import Office
    from ndb_desktop.services.site_merge import SiteReport


def write_receipts(office: Office, report: MergeReport, folder: Path) -> tuple[Path, ...]:
    """One signed receipt per expert whose files were in `report`; files that name nobody get none.

    Raises:
        NdbError: E-OFFICE-RECOVERY, E-MERGE-DRY (nothing was taken yet), E-STORE-*.
    """
    if report.dry_run:
        raise NdbError("E-MERGE-DRY")
    writer = ReceiptWriter(office, folder)
    known = {row.id for row in office.registry.experts()}
    by_expert: dict[str, list[FileVerdict]] = {}
    for verdict in report.verdicts:
        if verdict.expert in known and verdict.payload_sha256:
            by_expert.setdefault(verdict.expert, []).append(verdict)
    return tuple(
        writer.write(expert, [_file(office, verdict, writer.at) for verdict in verdicts])
        for expert, verdicts in sorted(by_expert.items())
    )


def write_site_receipts(office: Office, report: SiteReport, folder: Path) -> tuple[Path, ...]:
    """One signed receipt per visit whose records were in `report`, for its team; the visit stands where an expert does.

    Raises:
        NdbError: as `write_receipts`.
    """
    if report.dry_run:
        raise NdbError("E-MERGE-DRY")
    writer = ReceiptWriter(office, folder)
    received = {row.payload_sha256: row.received_at for row in office.registry.site_files()}
    known = {row.id for row in office.registry.visits()}
    by_visit: dict[str, list[FileReceipt]] = {}
    for one in report.verdicts:
        if one.visit in known and one.payload_sha256:
            at, code = received.get(one.payload_sha256, writer.at), one.fault.code if one.fault is not None else ""
            by_visit.setdefault(one.visit, []).append(FileReceipt(one.payload_sha256, at, (), one.verdict, code))
    return tuple(writer.write(visit, files) for visit, files in sorted(by_visit.items()))


class ReceiptWriter:
    """Writes signed receipts into a folder and puts each on record. Raises NdbError E-OFFICE-RECOVERY, E-STORE-*."""

    def __init__(self, office: Office, folder: Path) -> None:
        self._office, self._folder = office, folder
        self._issuer = office.signer()
        self.at, self._moment = office.now(), office.clock()
        with known_os_errors(folder.name):
            folder.mkdir(parents=True, exist_ok=True)

    def write(self, expert: str, files: Sequence[FileReceipt]) -> Path:
        """The receipt of one expert for `files`."""
        office = self._office
        payload = ReceiptPayload(
            trial=office.batch.trial,
            batch=office.batch.id,
            issuer=IssuerRef(office.name, self._issuer.public.age_recipient),
            expert=expert,
            issued_at=self.at,
            files=tuple(files),
        )
        name = travel_name(
            EXTENSION, batch=office.batch.id, role="receipt", person=expert, at=self._moment, trial=office.batch.trial
        )
        path = self._folder / name
        with atomic_write(path) as stream:
            stream.write(build_receipt(payload, self._issuer))
        with office.registry.transaction():
            digests = tuple(file.payload_sha256 for file in files)
            office.registry.add_receipt(ReceiptRow(expert, name, digests, self.at))
            office.log("receipt", expert, {"file": name, "files": len(digests)})
        return path


def _file(office: Office, verdict: FileVerdict, at: str) -> FileReceipt:
    received = office.registry.received_at(verdict.payload_sha256)
    received = received or office.registry.calibration_received_at(verdict.payload_sha256) or at
    sheets = tuple(
        SheetReceipt(sheet.application, sheet.revision, sheet.digest, sheet.verdict, sheet.replaced)
        for sheet in verdict.sheets
    )
    code = verdict.fault.code if verdict.fault is not None else ""
    return FileReceipt(verdict.payload_sha256, received, sheets, verdict.verdict, code)
