"""回执登记: which exports of this worksheet have arrived, as the coordinator's signed receipts say."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.receipt import FileReceipt, OpenedReceipt, Verdict
from ndb_desktop.services import review_records as records
from ndb_desktop.storage.worksheet import Worksheet

_KEY = "received:"


@dataclass(frozen=True, slots=True)
class Received:
    """An export the coordinator says arrived (已收到) or was refused (拒收, with the error code in `code`)."""

    at: str
    verdict: Verdict
    code: str
    issued_at: str

    @property
    def refused(self) -> bool:
        """Whether the file has to be sent again."""
        return self.verdict == "refused"


def received(worksheet: Worksheet, payload_sha256: str) -> Received | None:
    """What is known about an export; None before its receipt. Raises NdbError E-REVIEW-RECORD."""
    text = worksheet.meta(_KEY + payload_sha256)
    return records.decode(text, Received) if text else None


def note_receipt(worksheet: Worksheet, opened: OpenedReceipt, *, batch: str, expert: str) -> dict[int, Received]:
    """Notes a receipt whose issuer was compared; returns what it says of this worksheet's exports, by number.

    A later receipt replaces an earlier one, but "already here" never hides how a file was first taken.

    Raises:
        NdbError: E-RECEIPT-OTHER (for another batch or person), E-STORE-*.
    """
    payload = opened.payload
    if (payload.batch, payload.expert) != (batch, expert):
        raise NdbError("E-RECEIPT-OTHER", found=f"{payload.batch} / {payload.expert}", wanted=f"{batch} / {expert}")
    files = {file.payload_sha256: file for file in payload.files}
    found: dict[int, Received] = {}
    for row in worksheet.exports():
        file = files.get(row.payload_sha256)
        if file is None:
            continue
        known = received(worksheet, row.payload_sha256)
        new = _merged(known, file, payload.issued_at)
        if new != known:
            worksheet.set_meta(_KEY + row.payload_sha256, msgspec.json.encode(new).decode("utf-8"))
        found[row.number] = new
    return found


def _merged(known: Received | None, file: FileReceipt, issued_at: str) -> Received:
    new = Received(file.received_at, file.verdict, file.code, issued_at)
    if known is None:
        return new
    repeated = new.verdict == "duplicate" and not known.refused
    return known if repeated or new.issued_at < known.issued_at else new
