"""回避核对: lists taken in, conflicts found and kept, 待核 settled by signed decisions (R16)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain import conflict_ruling as ruled
from ndb_desktop.domain.batch import Conflict
from ndb_desktop.domain.conflict_detect import ListKind, Screening
from ndb_desktop.domain.conflict_ruling import Outcome, PairConflicts
from ndb_desktop.domain.decision import Decision
from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.formats.applications import cover_from_own
from ndb_desktop.formats.conflictlists import legal_forms, read_list
from ndb_desktop.services.intake_people import MAX_TABLE_FILE, log_refused_import
from ndb_desktop.storage.atomic import known_os_errors

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office


@dataclass(frozen=True, slots=True)
class ListReport:
    """What a list brought: `rows` of it, `added` and `removed` against the one before; `faults` mean: nothing."""

    kind: ListKind
    rows: int
    added: int
    removed: int
    faults: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was wrong."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class DetectReport:
    """What was found, and how that differs from the last time.

    `changed` are rows of the same ground with another strength or other words; `waiting` counts pairs that are 待核
    now, `assigned` are (application, expert) pairs that are assigned and must be avoided by now.
    """

    found: int
    added: tuple[Conflict, ...]
    removed: tuple[Conflict, ...]
    changed: tuple[Conflict, ...]
    waiting: int
    assigned: tuple[tuple[str, str], ...]


def import_list(office: Office, kind: ListKind, table: Path) -> ListReport:
    """Takes a list (CSV or XLSX) in place of the one of its kind, all or nothing. `detect` uses it from then on.

    Raises:
        NdbError: E-STORE-*; faults stand in the report.
    """
    experts = frozenset(row.id for row in office.registry.experts())
    applications = frozenset(office.registry.application_digests())
    with known_os_errors(table.name), table.open("rb") as stream:
        data = stream.read(MAX_TABLE_FILE)
    try:
        rows = read_list(data, table.name, kind, experts, applications)
    except NdbError as error:
        log_refused_import(office, table.name, error.faults)
        return ListReport(kind, 0, 0, 0, error.faults)
    with office.registry.transaction():
        added, removed = office.registry.replace_list(kind, rows)
        if added or removed:
            details = {"kind": kind, "rows": len(rows), "added": added, "removed": removed}
            office.log("conflicts.list", office.batch.id, details)
    return ListReport(kind, len(rows), added, removed, ())


def detect(office: Office, *, avoid_province: bool = False) -> DetectReport:
    """Finds conflicts anew from roster, applications and lists, and keeps them. Running it twice changes nothing.

    `avoid_province` keeps a row for every pair of one province. Assignment avoids these by itself, without any row.
    """
    covers = (cover_from_own(row.json) for row in office.registry.applications())
    screening = Screening(covers, office.registry.conflict_lists(), forms=legal_forms(), year=office.batch.year)
    after = screening.find(office.experts(), avoid_province=avoid_province)
    before = office.registry.found_conflicts()
    was, now = {_place(row): row for row in before}, {_place(row): row for row in after}
    added = tuple(row for place, row in now.items() if place not in was)
    removed = tuple(row for place, row in was.items() if place not in now)
    changed = tuple(row for place, row in now.items() if place in was and was[place] != row)
    if added or removed or changed:
        with office.registry.transaction():
            office.registry.replace_found(after)
            details = {"found": len(after), "added": len(added), "removed": len(removed), "changed": len(changed)}
            office.log("conflicts.detected", office.batch.id, details)
    barred = {(row.application, row.expert) for row in office.conflicts() if row.strength == "recuse"}
    assigned = {(pair.application, pair.expert) for pair in office.assignments()}
    return DetectReport(
        len(after), added, removed, changed, len(list_conflicts(office, waiting=True)), tuple(sorted(barred & assigned))
    )


def _place(row: Conflict) -> tuple[str, str, str, str]:
    return row.expert, row.application, row.code, row.source


def list_conflicts(office: Office, *, waiting: bool = False) -> tuple[PairConflicts, ...]:
    """Every pair with its grounds and what was decided, by expert and application; `waiting`: those 待核 alone."""
    pairs = ruled.pairs(office.known_conflicts(), ruled.rulings(office.decided.all()))
    return tuple(pair for pair in pairs if not waiting or pair.state == "check")


def decide(
    office: Office, expert: str, application: str, outcome: Outcome, *, reason: str, second: Identity | None = None
) -> Decision:
    """Settles a pair: 回避, which voids a sheet that came already (R16), or 无. A later decision replaces an earlier.

    Raises:
        NdbError: E-OFFICE-EXPERT, E-OFFICE-APPLICATION, E-CONFLICT-NOTHING (无 where nothing is known),
            E-CONFLICT-FIRM (无 against a ground that is certain), and as `DecisionBook.record`.
    """
    office.expert(expert)
    office.cover(application)
    grounds = [row for row in office.known_conflicts() if (row.expert, row.application) == (expert, application)]
    if outcome == "none":
        before = ruled.rulings(office.decided.all()).get((expert, application))
        if not grounds and (before is None or before.outcome == "none"):
            raise NdbError("E-CONFLICT-NOTHING", expert=expert, application=application)
        firm = [row for row in grounds if row.strength == "recuse"]
        if firm:
            raise NdbError(
                "E-CONFLICT-FIRM", expert=expert, application=application, code=firm[0].code, source=firm[0].source
            )
    return office.decided.record(
        "conflict", application, ruled.content(expert, outcome, grounds), reason=reason, second=second
    )
