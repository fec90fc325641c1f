"""重建现场核实: what follows from stored inspection records, made again from their envelopes and compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.formats.sitefile import OpenedRecord, open_record
from ndb_desktop.services.site_findings import rows_of
from ndb_desktop.services.visits import visit_of
from ndb_desktop.storage.registry_sites import SiteFileRow

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

Digests = Mapping[str, tuple[int, str]]
"""Rows and digest of each table."""


def rebuild_sites(office: Office, faults: list[Fault]) -> tuple[Digests, Digests]:
    """The tables as kept and as made again, which stand there afterwards; call inside the transaction of a rebuild.

    A record that does not verify any more is added to `faults`; then the tables stay as they were.
    """
    registry = office.registry
    kept = registry.site_digests()
    rows, broken = {}, len(faults)
    for row in registry.site_files():
        try:
            opened = read_record(row)
            visit, planned = visit_of(office, row.visit)
            if visit != opened.record.visit:
                raise NdbError("E-REGISTRY-FILE")
        except NdbError as error:
            faults.append(Fault(error.code, f"{row.name}#{row.visit}", error.params))
            continue
        rows[row.payload_sha256] = rows_of(opened.record, planned.pack)
    if len(faults) == broken:
        registry.refill_sites(rows)
    return kept, registry.site_digests()


def read_record(row: SiteFileRow) -> OpenedRecord:
    """What a stored record says, after its signatures were verified again.

    Raises:
        NdbError: E-REGISTRY-FILE (not what was taken), and as `open_record`.
    """
    opened = open_record(row.envelope)
    if (opened.digest, opened.record.visit.id, opened.payload.revision) != (
        row.payload_sha256, row.visit, row.revision,
    ) or opened.missing:  # fmt: skip
        raise NdbError("E-REGISTRY-FILE")
    return opened
