"""回避核对: lists taken in, conflicts found and kept, 待核 settled by signed decisions (R16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain import conflict_ruling as ruled
from ndb_desktop.domain.batch import Conflict
from ndb_desktop.domain.conflict_detect import ListKind, ListRow, Screening
from ndb_desktop.domain.conflict_ruling import ConflictRuling, Outcome, PairConflicts
from ndb_desktop.domain.decision import Content, Decision
from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.domain.kinship import Kin, kin_among
from ndb_desktop.formats.applications import cover_from_own
from ndb_desktop.formats.conflictlists import legal_forms, read_list
from ndb_desktop.services.conflict_drafts import forget_drafts
from ndb_desktop.services.intake_people import MAX_TABLE_FILE, log_refused_import
from ndb_desktop.services.tasks import CancelToken, Progress, silent
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
    now, `assigned` are (application, expert) pairs that are assigned and must be avoided by now. `kin` are experts who
    must not sit on one panel, `together` the applications where two of them do: (application, expert, expert).
    """

    found: int
    added: tuple[Conflict, ...]
    removed: tuple[Conflict, ...]
    changed: tuple[Conflict, ...]
    waiting: int
    assigned: tuple[tuple[str, str], ...]
    kin: tuple[Kin, ...] = ()
    together: tuple[tuple[str, str, str], ...] = ()


def import_list(office: Office, kind: ListKind, table: Path) -> ListReport:
    """Takes a list (CSV or XLSX) in place of the one of its kind, all or nothing. `detect` uses it from then on.

    Raises:
        NdbError: E-OFFICE-RECOVERY, E-STORE-*; faults stand in the report.
    """
    office.signer()
    try:
        rows = _read(office, kind, table)
    except FaultsError as error:
        log_refused_import(office, table.name, error.faults)
        return ListReport(kind, 0, 0, 0, error.faults)
    with office.registry.transaction():
        added, removed = office.registry.replace_list(kind, rows)
        if added or removed:
            details = {"kind": kind, "rows": len(rows), "added": added, "removed": removed}
            office.log("conflicts.list", office.batch.id, details)
    return ListReport(kind, len(rows), added, removed, ())


def preview_list(office: Office, kind: ListKind, table: Path) -> ListReport:
    """What `import_list` would bring. Nothing is written, not even to the log.

    Raises:
        NdbError: E-STORE-*; faults stand in the report.
    """
    try:
        rows = _read(office, kind, table)
    except FaultsError as error:
        return ListReport(kind, 0, 0, 0, error.faults)
    before = {row for row in office.registry.conflict_lists() if row.kind == kind}
    return ListReport(kind, len(rows), len(set(rows) - before), len(before - set(rows)), ())


def _read(office: Office, kind: ListKind, table: Path) -> tuple[ListRow, ...]:
    experts = frozenset(row.id for row in office.registry.experts())
    applications = frozenset(office.registry.application_digests())
    with known_os_errors(table.name), table.open("rb") as stream:
        data = stream.read(MAX_TABLE_FILE)
    try:
        return read_list(data, table.name, kind, experts, applications)
    except FaultsError:
        raise
    except NdbError as error:
        raise FaultsError(error.faults, place=table.name) from error


def list_kin(office: Office) -> tuple[Kin, ...]:
    """亲属专家: experts whom the list of spouses ties together; assignment keeps them off one panel (C11)."""
    return kin_among(office.experts(), office.registry.conflict_lists())


def kin_pairs(office: Office) -> tuple[tuple[str, str], ...]:
    """`list_kin` as pairs of ids."""
    return tuple(kin.pair for kin in list_kin(office))


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
    kin, places = list_kin(office), sorted({application for application, _ in assigned})
    together = tuple(
        (place, *pair.pair) for place in places for pair in kin if {(place, pair.one), (place, pair.other)} <= assigned
    )
    waiting = len(list_conflicts(office, waiting=True))
    return DetectReport(len(after), added, removed, changed, waiting, tuple(sorted(barred & assigned)), kin, together)


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
    known = _known(office)
    content = _settled(office, Settled(expert, application, outcome, reason), *known)
    return office.decided.record("conflict", application, content, reason=reason, second=second)


@dataclass(frozen=True, slots=True)
class Settled:
    """待核处理结果: what is to be signed on one pair."""

    expert: str
    application: str
    outcome: Outcome
    reason: str


def decide_all(
    office: Office, rulings: Sequence[Settled], progress: Progress = silent, cancel: CancelToken | None = None
) -> tuple[Decision, ...]:
    """Signs a stack of rulings, each a decision of its own, all or none of them.

    Raises:
        NdbError: as `decide`, for the first that is refused.
        Cancelled: when `cancel` was set; then none is signed.
    """
    made = []
    with office.registry.transaction():
        known = _known(office)
        contents = [_settled(office, one, *known) for one in rulings]
        for done, (one, content) in enumerate(zip(rulings, contents, strict=True)):
            if cancel:
                cancel.check()
            progress(done, len(rulings), one.application)
            made.append(office.decided.record("conflict", one.application, content, reason=one.reason))
        forget_drafts(office, {(one.expert, one.application) for one in rulings})
    progress(len(rulings), len(rulings), "")
    return tuple(made)


_Grounds = Mapping[ruled.Pair, Sequence[Conflict]]


def _known(office: Office) -> tuple[_Grounds, Mapping[ruled.Pair, ConflictRuling]]:
    grounds: dict[ruled.Pair, list[Conflict]] = {}
    for row in office.known_conflicts():
        grounds.setdefault((row.expert, row.application), []).append(row)
    return grounds, ruled.rulings(office.decided.all())


def _settled(office: Office, one: Settled, known: _Grounds, before: Mapping[ruled.Pair, ConflictRuling]) -> Content:
    """What is signed for a ruling, once it is sure that it may be made."""
    office.expert(one.expert)
    office.cover(one.application)
    pair = (one.expert, one.application)
    grounds = known.get(pair, ())
    if one.outcome == "none":
        earlier = before.get(pair)
        if not grounds and (earlier is None or earlier.outcome == "none"):
            raise NdbError("E-CONFLICT-NOTHING", expert=one.expert, application=one.application)
        firm = [row for row in grounds if row.strength == "recuse"]
        if firm:
            raise NdbError(
                "E-CONFLICT-FIRM", expert=one.expert, application=one.application, code=firm[0].code,
                source=firm[0].source,
            )  # fmt: skip
    return ruled.content(one.expert, one.outcome, grounds)
