"""校准: rounds of calibration, their bundles and the score files that came back, in tables of their own.

Nothing that counts reads them: no sum, no panel, no report, no export. A calibration round changes none of these
because its tables are apart, not because every query leaves something out.
"""

# ruff: noqa: S608  (statements are put together from our own constants; every value is bound)
from __future__ import annotations

import json
from dataclasses import dataclass

from ndb_desktop.storage.registry_base import RegistryBase
from ndb_desktop.storage.registry_rows import FileRow, IssuedBundle

_BUNDLE = "bundle_id, expert, path, digest, secret, applications, issued_at, expires_at, opens, contents"
_REVOKED = "calibration.revoked"
"""Kept as a named text: a registry made before bundles of a calibration could be replaced has no column for it."""
_FILE = "payload_sha256, envelope, keyid, expert, bundle, revision, name, received_at"


@dataclass(frozen=True, slots=True)
class CalibrationRow:
    """A round of calibration (校准轮): the applications that everybody gets, in the order picked."""

    id: int
    at: str
    applications: tuple[str, ...]


class RegistryCalibration(RegistryBase):
    """Tables `calibration`, `calibration_bundle` and `calibration_file`."""

    def add_calibration(self, at: str, actor: str, applications: tuple[str, ...]) -> CalibrationRow:
        """Begins a round of calibration."""
        number = 1 + self._count("SELECT coalesce(max(id), 0) FROM calibration")
        values = (number, at, actor, json.dumps(applications))
        self._write("INSERT INTO calibration (id, at, actor, applications) VALUES (?, ?, ?, ?)", values)
        return CalibrationRow(number, at, applications)

    def calibrations(self) -> tuple[CalibrationRow, ...]:
        """All rounds of calibration, oldest first."""
        rows = self._rows("SELECT id, at, applications FROM calibration ORDER BY id")
        return tuple(CalibrationRow(row[0], row[1], tuple(json.loads(row[2]))) for row in rows)

    def put_calibration_bundle(self, calibration: int, bundle: IssuedBundle) -> None:
        """Records a bundle of a round of calibration."""
        values = (
            calibration, bundle.bundle_id, bundle.expert, bundle.path, bundle.digest, bundle.secret,
            json.dumps(bundle.applications), bundle.issued_at, bundle.expires_at, bundle.opens,
            json.dumps(dict(bundle.contents), sort_keys=True),
        )  # fmt: skip
        places = ", ".join("?" * len(values))
        self._write(f"INSERT INTO calibration_bundle (calibration, {_BUNDLE}) VALUES ({places})", values)

    def calibration_bundles(self, calibration: int | None = None) -> tuple[IssuedBundle, ...]:
        """The bundles of one round of calibration, or of all, oldest first."""
        rows = self._rows(
            f"SELECT {_BUNDLE} FROM calibration_bundle WHERE calibration = coalesce(?, calibration)"
            " ORDER BY issued_at, bundle_id",
            (calibration,),
        )
        revoked = self._revoked_calibration()
        return tuple(
            IssuedBundle(
                bundle_id=row[0], expert=row[1], path=row[2], digest=row[3], secret=row[4],
                applications=tuple(json.loads(row[5])), issued_at=row[6], expires_at=row[7], kind="calibration",
                opens=row[8], contents=json.loads(row[9]), revoked_at=revoked.get(row[0], ""),
            )
            for row in rows
        )  # fmt: skip

    def _revoked_calibration(self) -> dict[str, str]:
        """When bundles of a calibration were replaced, by id."""
        known = self.meta(_REVOKED)
        return {str(bundle): str(at) for bundle, at in json.loads(known).items()} if known else {}

    def revoke_calibration_bundle(self, bundle_id: str, at: str) -> None:
        """The bundle was replaced: its files are refused from now on."""
        self.set_meta(_REVOKED, json.dumps({**self._revoked_calibration(), bundle_id: at}, sort_keys=True))

    def add_calibration_file(self, file: FileRow) -> None:
        """Keeps a signed file made from a calibration bundle, apart from those that count."""
        values = (
            file.payload_sha256, file.envelope, file.keyid, file.expert, file.bundle, file.revision, file.name,
            file.received_at,
        )  # fmt: skip
        self._write(f"INSERT INTO calibration_file ({_FILE}) VALUES ({', '.join('?' * len(values))})", values)

    def calibration_files(self, calibration: int | None = None) -> tuple[FileRow, ...]:
        """The signed files of one round of calibration, or of all: by expert, later revisions behind earlier ones."""
        rows = self._rows(
            f"SELECT {_FILE} FROM calibration_file WHERE bundle IN"
            " (SELECT bundle_id FROM calibration_bundle WHERE calibration = coalesce(?, calibration))"
            " ORDER BY expert, revision, received_at, payload_sha256",
            (calibration,),
        )
        return tuple(FileRow(*row) for row in rows)

    def calibration_received_at(self, payload_sha256: str) -> str:
        """When a file of a calibration was accepted, "" when it was not."""
        row = self._one("SELECT received_at FROM calibration_file WHERE payload_sha256 = ?", (payload_sha256,))
        return str(row[0]) if row else ""
