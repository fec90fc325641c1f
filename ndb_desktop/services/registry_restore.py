"""恢复总库: from a safety copy to a new folder, never over an old one, checked file by file and chain by chain."""

from __future__ import annotations

from pathlib import Path

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.crypto.sealing import unseal
from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.formats.copyfile import CopyManifest, read_manifest
from ndb_desktop.services.office import KEY_FILE, Clock, Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.registry_copy import (
    RegistryCopy,
    Stepper,
    Unfinished,
    copy_file,
    described,
    digest_of,
    remove_killed,
)
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.atomic import known_os_errors


def look(copy: Path) -> RegistryCopy:
    """What a copy says of itself. Raises NdbError E-COPY-NONE, E-COPY-DAMAGED, `E-JSON-…`, E-STORE-*."""
    return described(copy, read_manifest(copy))


def check(copy: Path, *, progress: Progress = silent, cancel: CancelToken | None = None) -> tuple[Fault, ...]:
    """Reads every file of a copy and says which are not what the manifest names; needs no key.

    Raises:
        NdbError: as `look`.
        Cancelled: by `cancel`.
    """
    manifest = read_manifest(copy)
    step = Stepper(progress, cancel or CancelToken(), sum(row.size for row in manifest.files))
    faults = []
    for row in manifest.files:
        try:
            if digest_of(copy / row.path, step) != row.sha256:
                faults.append(Fault("E-COPY-DAMAGED", row.path))
        except NdbError as error:
            faults.append(Fault(error.code, row.path, error.params))
    return tuple(faults)


def restore(
    copy: Path,
    target: Path,
    identity: Identity,
    *,
    clock: Clock,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> Office:
    """Puts a copy into the new folder `target` and opens it; logged there. The copy stays as it is.

    Raises:
        NdbError: E-STORE-EXISTS (there is something at `target`), E-COPY-INSIDE, E-AGE-KEY (another key),
            E-COPY-DAMAGED (a file is not what was copied), E-COPY-CHAIN (the log or a decision does not verify),
            E-COPY-NONE, E-STORE-*; nothing is left behind then.
        Cancelled: by `cancel`; nothing is left.
    """
    token = cancel or CancelToken()
    manifest = read_manifest(copy)
    if target.exists():
        raise NdbError("E-STORE-EXISTS", place=target.name)
    if target.resolve().is_relative_to(copy.resolve()):
        raise NdbError("E-COPY-INSIDE", place=target.name)
    with known_os_errors(KEY_FILE):
        sealed = (copy / KEY_FILE).read_bytes()
    # The wrong key shows before anything is written.
    unseal(sealed, identity, max_size=64)
    with known_os_errors(target.parent.name):
        target.parent.mkdir(parents=True, exist_ok=True)
    remove_killed(target.parent)
    with Unfinished(target.parent) as part:
        _copy(copy, part.path, manifest, Stepper(progress, token, sum(row.size for row in manifest.files)))
        office = open_office(part.path, identity, clock=clock)
        try:
            _check(office, manifest)
        finally:
            office.close()
        token.check()
        part.finish(target)
    office = open_office(target, identity, clock=clock)
    office.log("restored", office.batch.id, {"copy": copy.name, "entries": manifest.entries, "head": manifest.head})
    return office


def _copy(copy: Path, part: Path, manifest: CopyManifest, step: Stepper) -> None:
    for row in manifest.files:
        if copy_file(copy / row.path, part / row.path, step) != row.sha256:
            raise NdbError("E-COPY-DAMAGED", place=f"{copy.name}/{row.path}")


def _check(office: Office, manifest: CopyManifest) -> None:
    if not office.registry.sound():
        raise NdbError("E-COPY-DAMAGED", place=office.registry.path.name)
    log = office.verify_log()
    if not log.ok or office.registry.journal.head() != (manifest.entries, manifest.head):
        raise NdbError("E-COPY-CHAIN", detail=f"log {log.broken or manifest.entries}")
    for fault in office.decided.check():
        raise NdbError("E-COPY-CHAIN", detail=f"{fault.code} {fault.params.get('number', '')}".strip())
