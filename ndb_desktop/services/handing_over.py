"""移交: the results with everything behind them as one signed and sealed package, opened again after writing.

In a later stage these are the outcomes of its bases (`stage_package`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.crypto.identity import PublicKey
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.formats.card import OpenedCard, open_card
from ndb_desktop.formats.filenames import travel_name
from ndb_desktop.formats.resultpackage import (
    BOOK,
    EXTENSION,
    LINE_SCHEMA,
    LINES,
    MAX_PACKAGE,
    SCHEMA,
    PackageManifest,
    build_package,
    open_package,
    seal_package,
)
from ndb_desktop.formats.succession import Stage
from ndb_desktop.services.outcome import check_publishable, unblind
from ndb_desktop.services.package_check import count_lines, stage_of
from ndb_desktop.services.results_compute import BatchResult, compute, result_record
from ndb_desktop.services.results_export import internal_bytes
from ndb_desktop.services.stage_package import stage_content
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.atomic import atomic_write, known_os_errors

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

MAX_CARD = 256 * 1024


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A package as it was found when it was opened again: `lines` applications, digest of the results and the file.

    In a later `stage` the lines are bases, of which `open` are not settled by a signed decision.
    """

    path: Path
    size: int
    sha256: str
    lines: int
    result: str
    stage: Stage = "selection"
    open: int = 0


def hand_over(
    office: Office,
    target: Path,
    *,
    also: PublicKey | None = None,
    language: str = "zh_CN",
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> HandedOver:
    """Writes the package to `target` (a file, or a folder to name it in), opens it again, and logs it.

    Sealed to the coordinator and the recovery key, and to `also`, the central system's.

    Raises:
        NdbError: E-FINAL-FIRST, E-FINAL-CHANGED, E-STAGE-CHANGED in a later stage, E-OFFICE-RECOVERY (nobody can sign),
            E-PACKAGE-DAMAGED (read back it is not what was written), E-STORE-*, and as `unblind`.
        Cancelled: by `cancel`; nothing is left.
    """
    token, signer = cancel or CancelToken(), office.signer()
    make = _selection_content if office.stage == "selection" else stage_content
    manifest, members = make(office, language, progress, token)
    batch = office.batch
    recipients = [office.coordinator, office.recovery, *(() if also is None else (also,))]
    data = seal_package(build_package(manifest, members, signer), recipients)
    name = travel_name(
        EXTENSION, batch=batch.id, role="results", person="package", at=office.clock(), trial=batch.trial
    )
    path = target / name if target.is_dir() else target
    with atomic_write(path) as stream:
        stream.write(data)
    try:
        found = check(office, path)
    except NdbError:
        path.unlink(missing_ok=True)
        raise
    details = {"file": path.name, "sha256": found.sha256, "result": found.result, "lines": found.lines}
    office.log("export.package", batch.id, details)
    return found


def recipient_card(office: Office, path: Path) -> OpenedCard:
    """The card of who else is to open a package; whose it is, only another channel can tell (R13).

    Raises:
        NdbError: E-PACKAGE-CARD (a trial card in an official batch, or the other way round), as `open_card`, E-STORE-*.
    """
    with known_os_errors(path.name), path.open("rb") as stream:
        card = open_card(stream.read(MAX_CARD + 1), place=path.name)
    if card.payload.trial != office.batch.trial:
        raise NdbError("E-PACKAGE-CARD", place=path.name)
    return card


def _selection_content(
    office: Office, language: str, progress: Progress, token: CancelToken
) -> tuple[PackageManifest, Mapping[str, bytes]]:
    """The manifest, without its members, and these. Raises NdbError, Cancelled as `hand_over`."""
    result = compute(office, progress=progress, cancel=token)
    check_publishable(office, result)
    unblind(office)
    members = {
        LINES: _lines(result, progress, token),
        SCHEMA: json.dumps(LINE_SCHEMA, indent=1).encode("ascii") + b"\n",
        BOOK: internal_bytes(office, result, "xlsx", language),
    }
    token.check()
    manifest = PackageManifest(
        batch=office.batch.id, trial=office.batch.trial, result=result.digest, lines=len(result.results),
        made_at=office.now(), members=(),
    )  # fmt: skip
    return manifest, members


def check(office: Office, path: Path) -> HandedOver:
    """Opens a package of this batch with the coordinator's key and verifies signature, digests, and every line.

    Raises:
        NdbError: E-PACKAGE-BATCH (of another batch or stage, a trial's in an official one), as `open_package`,
            E-STORE-*.
    """
    with known_os_errors(path.name), path.open("rb") as stream:
        data = stream.read(2 * MAX_PACKAGE)
    opened = open_package(data, office.identity, office.coordinator, place=path.name)
    manifest, stage = opened.manifest, stage_of(opened)
    if (manifest.batch, manifest.trial, stage) != (office.batch.id, office.batch.trial, office.stage):
        raise NdbError("E-PACKAGE-BATCH", place=path.name, batch=manifest.batch)
    lines, left = count_lines(opened, path.name)
    return HandedOver(path, len(data), hashlib.sha256(data).hexdigest(), lines, manifest.result, stage, left)


def _lines(result: BatchResult, progress: Progress, token: CancelToken) -> bytes:
    """One application per line, in neutral order."""
    states, total = result.selection.states, len(result.results)
    lines = []
    for number, (name, row) in enumerate(result.results.items(), 1):
        token.check()
        progress(number, total, name)
        application = result.applications[name]
        lines.append(
            canonical(
                {
                    "application": name, "applicant": application.applicant, "credit_code": application.credit_code,
                    "category": application.category, "field": application.field, "region": application.region,
                    "recommender": application.recommender, "state": states[name],
                    "reason": result.selection.reasons.get(name, ""), **result_record(row),
                }
            )
        )  # fmt: skip
    return b"".join(line + b"\n" for line in lines)
