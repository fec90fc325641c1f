"""撤销归并: takes the last merge back, whole or not at all, as long as nothing was built on it.

What the merge brought (signed files or records, all that follows from them, refusals, keys) goes; the log keeps both
the merge and its undoing. Merging the same files again then gives the same registry as before.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.services.inbox import forget_inbox
from ndb_desktop.services.site_merge import site_path
from ndb_desktop.storage.registry_runs import MergeRun

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office
    from ndb_desktop.storage.registry_rows import LogRow

_HARMLESS = frozenset({
    "backup", "calibration", "calibration.file", "calibration.issue", "calibration.viewed", "import.leftovers",
    "import.refused", "issue.leftovers", "merge", "merge.refused", "rebuild", "report.slips", "results.viewed",
    "visit.leftovers", "visit.merge", "visit.refused",
})  # fmt: skip
"""What may stand in the log behind a merge: nothing of it says anything about what the merge brought."""
_DECISIONS = frozenset({"conflict.resolved", "decision", "key.confirmed", "key.revoked", "veto"})


@dataclass(frozen=True, slots=True)
class LastMerge:
    """The last merge that brought something. `blocked` says why it cannot be undone, None when it can."""

    run: int
    at: str
    files: int
    refusals: int
    keys: int
    blocked: Fault | None = None
    sites: int = 0


def last_merge(office: Office) -> LastMerge | None:
    """The merge that `undo_merge` would take back; None when there is none, or it was undone already."""
    run = office.registry.last_run()
    if run is None or run.undone_at:
        return None
    return LastMerge(run.id, run.at, run.files, run.refusals, len(run.keys), _blocked(office, run), run.sites)


def undo_merge(office: Office, reason: str, run: int | None = None) -> LastMerge:
    """Takes the last merge back, all or nothing; `run` is the merge the person saw, to be sure it is still the last.

    Raises:
        NdbError: E-REASON, E-UNDO-NONE (nothing to undo), E-UNDO-LATER (not the last any more), E-UNDO-RECEIPT (a
            receipt was handed out since), E-UNDO-DECISION (something was decided since), E-UNDO-SINCE (something else
            followed that may rest on it), E-STORE-*.
    """
    if not reason.strip():
        raise NdbError("E-REASON")
    registry = office.registry
    with registry.transaction():
        last = registry.last_run()
        if last is None or last.undone_at:
            raise NdbError("E-UNDO-NONE")
        if run is not None and run != last.id:
            raise NdbError("E-UNDO-LATER", at=last.at)
        if fault := _blocked(office, last):
            raise NdbError(fault.code, **fault.params)
        at = office.now()
        records = registry.site_run_payloads(last.first_site, last.sites)
        payloads = registry.run_payloads(last) + records
        registry.take_back(last, at)
        registry.remove_sites(records)
        forget_inbox(office)
        details = {
            "merge": last.log_seq, "at": last.at, "files": list(payloads), "refusals": last.refusals,
            "keys": list(last.keys), "reason": reason.strip(),
        }  # fmt: skip
        office.log("merge.undone", office.batch.id, details)
    for payload in records:
        # What cannot be removed now goes with the next merge of records: the registry does not know it any more.
        with suppress(OSError):
            site_path(office, payload).unlink()
    return LastMerge(last.id, last.at, last.files, last.refusals, len(last.keys), sites=last.sites)


def _blocked(office: Office, run: MergeRun) -> Fault | None:
    """The first thing in the log behind a merge that rests on it, or may."""
    behind = office.registry.journal.head()[0] - run.log_seq
    for row in office.log_rows(newest=behind) if behind > 0 else ():
        if row.action not in _HARMLESS:
            return _fault(row)
    return None


def _fault(row: LogRow) -> Fault:
    if row.action == "receipt":
        return Fault("E-UNDO-RECEIPT", "", {"at": row.at, "expert": row.subject})
    if row.action in _DECISIONS:
        return Fault("E-UNDO-DECISION", "", {"at": row.at, "subject": row.subject})
    return Fault("E-UNDO-SINCE", "", {"at": row.at, "action": row.action})
