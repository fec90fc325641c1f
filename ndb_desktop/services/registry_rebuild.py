"""重建: every derived table of the registry made again from the stored signed files, and proof that nothing differs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.formats.scorefile import OpenedScore, open_score
from ndb_desktop.services.merge_rows import agreement_rows, sheet_rows
from ndb_desktop.services.site_rebuild import rebuild_sites
from ndb_desktop.services.succession_link import check_link
from ndb_desktop.services.tasks import CancelToken, Progress, silent

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office
    from ndb_desktop.storage.registry_rows import FileRow


@dataclass(frozen=True, slots=True)
class TableReport:
    """One derived table: rows and digest as kept, rows and digest as made again."""

    table: str
    kept_rows: int
    fresh_rows: int
    kept_digest: str
    fresh_digest: str

    @property
    def equal(self) -> bool:
        """Whether every row is the same."""
        return (self.kept_rows, self.kept_digest) == (self.fresh_rows, self.fresh_digest)


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a rebuild found. `faults`: stored files or decisions that no longer verify; then nothing was changed."""

    files: int
    tables: tuple[TableReport, ...]
    faults: tuple[Fault, ...]

    @property
    def differences(self) -> tuple[str, ...]:
        """Names of the tables that differed."""
        return tuple(row.table for row in self.tables if not row.equal)

    @property
    def equal(self) -> bool:
        """Whether the registry says exactly what the signed files say."""
        return not self.faults and not self.differences


def rebuild(office: Office, *, progress: Progress = silent, cancel: CancelToken | None = None) -> RebuildReport:
    """Reads every stored file, verifies its signature, fills fresh tables, compares row by row, all in one transaction.

    When tables differ and every file verifies, the fresh rows replace the old ones: the files are the truth.
    """
    registry = office.registry
    keys = {(key.expert, key.keyid): key for key in office.expert_keys()}
    faults: list[Fault] = []
    count, total = 0, registry.counts()["signed_file"]
    with registry.transaction(keeping=True):
        kept = registry.derived_digests()
        with registry.fresh_tables() as writer:
            for row in registry.files():
                if cancel is not None:
                    cancel.check()
                count += 1
                progress(count, total, row.name)
                try:
                    opened = read_stored(row)
                    key = keys[row.expert, row.keyid]
                except NdbError as error:
                    faults.append(Fault(error.code, f"{row.name}#{row.id}", error.params))
                    continue
                writer.add(row.id, sheet_rows(opened), agreement_rows(opened), live=key.status != "revoked")
        faults += office.decided.check()
        faults += check_link(office)
        faults += _check_outcomes(office)
        fresh = registry.derived_digests(fresh=True)
        scores = _computed(office, cancel)
        sites = rebuild_sites(office, faults)
        report = RebuildReport(count, (*_compare(kept, fresh), *_compare(*sites), scores), tuple(faults))
        if report.differences and not faults:
            registry.adopt_fresh()
        registry.drop_fresh()
        details = {"files": count, "differences": list(report.differences), "faults": len(faults)}
        office.log("rebuild", office.batch.id, details)
    return report


def _check_outcomes(office: Office) -> tuple[Fault, ...]:
    """What decisions of a later stage rest on is kept as texts, which no table follows from."""
    from ndb_desktop.services.stage_moves import check_records

    try:
        return check_records(office)
    except NdbError:
        return ()  # decisions or a link that do not hold are named above


def _computed(office: Office, cancel: CancelToken | None) -> TableReport:
    """The kept scores of the rules against the rules themselves; what differs is put right at once."""
    before, after = hashlib.sha256(), hashlib.sha256()
    rows = 0
    for row in office.registry.applications():
        if cancel is not None:
            cancel.check()
        application = office.application(row.id)
        kept = office.registry.computed(row.id, office.pack_of(application).digest)
        if kept is None:
            continue
        rows += 1
        pack = office.pack_of(application).digest
        before.update(canonical([row.id, dict(kept)]))
        office.keep_computed(application, row.sha256)
        after.update(canonical([row.id, dict(office.registry.computed(row.id, pack) or {})]))
    return TableReport("computed", rows, rows, before.hexdigest(), after.hexdigest())


def read_stored(row: FileRow) -> OpenedScore:
    """What a stored file says, after its signature was verified again; it must still be the file that was accepted.

    Raises:
        NdbError: E-REGISTRY-FILE, and as `open_score`.
    """
    opened = open_score(row.envelope, None)
    if (opened.payload_sha256, opened.payload.expert.id, opened.keyid) != (row.payload_sha256, row.expert, row.keyid):
        raise NdbError("E-REGISTRY-FILE")
    return opened


def _compare(kept: Mapping[str, tuple[int, str]], fresh: Mapping[str, tuple[int, str]]) -> Iterator[TableReport]:
    for table, (rows, digest) in kept.items():
        fresh_rows, fresh_digest = fresh[table]
        yield TableReport(table, rows, fresh_rows, digest, fresh_digest)
