"""校准轮, what a stick may lose: a bundle anew for one that is gone (替换), and receipts (回执) for what came back.

As in the round that counts, files made from a bundle that was replaced are refused from then on. A bundle of a
calibration follows none: whatever the lost one's worksheet held is scored anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.selection import neutral_key
from ndb_desktop.formats.receipt import FileReceipt, SheetReceipt
from ndb_desktop.formats.scorefile import open_score
from ndb_desktop.services.calibration import CalibrationReport
from ndb_desktop.services.issue import check_expiry
from ndb_desktop.services.issue_orders import Opening, Order
from ndb_desktop.services.issue_run import carry_out
from ndb_desktop.services.merge_receipts import ReceiptWriter
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.registry_rows import FileRow, IssuedBundle

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office


def replace_calibration(
    office: Office,
    folder: Path,
    experts: Sequence[str],
    *,
    expires_at: str | None = None,
    opening: Opening = "auto",
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> CalibrationReport:
    """Issues the bundles of the newest round of calibration anew to `experts`; the old ones are revoked.

    Raises:
        NdbError: E-CALIBRATION-NO-BUNDLE (no round yet, or no bundle in force for one of them), E-OFFICE-EXPERT, and
            as `issue_bundles`.
        Cancelled: by `cancel`; what was issued until then stays.
    """
    check_expiry(expires_at, office.clock())
    rounds = office.registry.calibrations()
    current = rounds[-1] if rounds else None
    bundles = office.registry.calibration_bundles(current.id) if current is not None else ()
    lost = {bundle.expert: bundle for bundle in bundles if not bundle.revoked_at}
    names = {expert.id: expert.name for expert in office.experts()}
    for expert in experts:
        office.expert(expert)
        if expert not in lost:
            raise NdbError("E-CALIBRATION-NO-BUNDLE", place=expert)
    if current is None or not experts:
        raise NdbError("E-CALIBRATION-NO-BUNDLE", place="-")
    office.signer()
    number, covers = current.id, tuple(sorted(map(office.cover, current.applications), key=neutral_key))
    known = [bundle.expert for bundle in office.registry.calibration_bundles()]
    orders = [
        Order(
            expert=expert, name=names[expert], applications=covers, number=1 + known.count(expert), kind="calibration",
            expires_at=lost[expert].expires_at, opening=opening,
        )
        for expert in sorted(set(experts))
    ]  # fmt: skip

    def keep(bundle: IssuedBundle) -> None:
        old = lost[bundle.expert]
        with office.registry.transaction():
            office.registry.revoke_calibration_bundle(old.bundle_id, bundle.issued_at)
            office.registry.put_calibration_bundle(number, replace(bundle, replaces=old.bundle_id))
            details = {
                "bundle": bundle.bundle_id, "digest": bundle.digest, "round": number, "file": Path(bundle.path).name,
                "replaces": old.bundle_id,
            }  # fmt: skip
            office.log("calibration.issue", bundle.expert, details)

    report = carry_out(office, folder, orders, expires_at, progress, cancel or CancelToken(), keep)
    return CalibrationReport(folder, report.issued, (), (), report.failed)


def calibration_receipts(office: Office, folder: Path) -> tuple[Path, ...]:
    """One signed receipt per expert for all files that came back in the newest round of calibration.

    Raises:
        NdbError: E-CALIBRATION-NO-FILE (nothing came back yet), E-OFFICE-RECOVERY, E-STORE-*.
    """
    rounds = office.registry.calibrations()
    files = office.registry.calibration_files(rounds[-1].id) if rounds else ()
    if not files:
        raise NdbError("E-CALIBRATION-NO-FILE")
    by_expert: dict[str, list[FileRow]] = {}
    for file in files:
        by_expert.setdefault(file.expert, []).append(file)
    writer = ReceiptWriter(office, folder)
    return tuple(writer.write(expert, [_told(row) for row in rows]) for expert, rows in sorted(by_expert.items()))


def _told(file: FileRow) -> FileReceipt:
    sheets = tuple(
        SheetReceipt(sheet.record.application, sheet.record.revision, sheet.digest, "accepted", None)
        for sheet in open_score(file.envelope, None).sheets
    )
    return FileReceipt(file.payload_sha256, file.received_at, sheets, "accepted", "E-CALIBRATION-APART")
