"""签署: signs what a review came to, writes the score files, and notes the receipts that come back for them."""

from __future__ import annotations

from pathlib import Path

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sheet import Sheet
from ndb_desktop.formats.receipt import open_receipt
from ndb_desktop.services import review_checks as checks
from ndb_desktop.services import review_export as exporting
from ndb_desktop.services import review_records as records
from ndb_desktop.services.review_export import ExportResult, ExportSummary
from ndb_desktop.services.review_reading import ReviewReading
from ndb_desktop.services.review_receipts import Received, note_receipt
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.worksheet import ExportRow


class ReviewSigning(ReviewReading):
    """The part of a session from which files leave, signed, and to which receipts come back."""

    def export_summary(self) -> ExportSummary:
        """What would be signed now, read afresh from the worksheet."""
        with self._lock:
            return exporting.summarise(self._content, self._all(), self._agreed(), self._worksheet)

    def export(
        self,
        identity: Identity,
        folder: Path,
        *,
        reason: str = "",
        progress: Progress = silent,
        cancel: CancelToken | None = None,
    ) -> ExportResult:
        """Signs, seals and writes the score file into `folder`; afterwards the sheets are locked.

        The signed file is kept in the worksheet first. If it could not be written to `folder` (full or pulled stick),
        the next call writes that same file, to any folder. `reason` adds to a first export what `start_revision` says
        for later ones.

        Raises:
            FaultsError: everything that is missing.
            NdbError: E-REVIEW-LOCKED (nothing new), E-REVIEW-KEY, E-SHEET-*, E-SIZE, E-STORE-*.
            Cancelled: by `cancel`, until the signed file is kept; nothing is signed then.
        """
        checks.check_reason(reason, "")
        token = cancel or CancelToken()
        with self._lock:
            row = self._pending() if self.locked else None
            progress(0, 2, "")
            if row is None:
                self._unlocked()
                number = self._worksheet.export_count
                said = self._worksheet.get("", records.REVISION, str(number))
                reason = records.decode(said, str) if said else reason.strip()
                row = exporting.sign_export(
                    self._reader, self._content, self._all(), self._agreed(), self._worksheet, identity,
                    reason=reason, at=self._now(), check=token.check,
                )  # fmt: skip
            progress(1, 2, row.name)
            result = exporting.write_export(row, folder, sealed=self._reader.manifest.return_to.sealed)
            self._worksheet.set_meta(exporting.PENDING, "")
            progress(2, 2, row.name)
            return result

    def take_receipt(self, data: bytes, place: str = "") -> dict[int, Received]:
        """Notes what a receipt says of the exports made here, by number; no number when it names none of them.

        Raises:
            NdbError: as `receipt.open_receipt` (E-RECEIPT-ISSUER: not from the issuer of this bundle), E-RECEIPT-OTHER,
                E-STORE-*.
        """
        opened = open_receipt(data, expected_issuer=self._reader.issuer.keyid, place=place)
        with self._lock:
            batch, expert = self.batch.id, self.expert.id
            return note_receipt(self._worksheet, opened, batch=batch, expert=expert)

    def _pending(self) -> ExportRow | None:
        number = self._worksheet.meta(exporting.PENDING)
        if not number:
            return None
        return next((row for row in self._worksheet.exports() if str(row.number) == number), None)

    def _all(self) -> dict[str, Sheet]:
        return {name: self._stored(name) for name in self._content.items}

    def copy_export(self, revision: int, folder: Path) -> ExportResult:
        """Writes an export of the past again, byte for byte. Raises NdbError E-REVIEW-EXPORT, E-STORE-*."""
        with self._lock:
            row = next((row for row in self._worksheet.exports() if row.number == revision), None)
            if row is None:
                raise NdbError("E-REVIEW-EXPORT", place=str(revision))
            result = exporting.write_export(row, folder, sealed=self._reader.manifest.return_to.sealed)
            if self._worksheet.meta(exporting.PENDING) == str(revision):
                self._worksheet.set_meta(exporting.PENDING, "")
            return result
