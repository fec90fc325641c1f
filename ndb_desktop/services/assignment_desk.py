"""调整分派 by hand: why somebody sits where, who could be called, and a swap that is checked before it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ndb_desktop import texts
from ndb_desktop.domain.batch import Assignment
from ndb_desktop.domain.codes import province_of
from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.services.assignment_floor import affinity_sums
from ndb_desktop.services.assignment_model import AssignmentProblem, AssignOptions, make_problem
from ndb_desktop.services.assignment_record import ProvedStage, Record, read_record
from ndb_desktop.services.assignment_seats import Reserve, Seating, Why, explain, reserves
from ndb_desktop.services.conflicts import kin_pairs
from ndb_desktop.services.issue_chain import in_force

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

__all__ = ["Finding", "Look", "Reserve", "Why", "check_swap", "look", "reserve_list", "swap", "why"]

_BLOCKS = {
    "member": "E-SWAP-MEMBER",
    "employer": "E-SWAP-EMPLOYER",
    "province": "E-SWAP-PROVINCE-CAP",
    "load": "E-SWAP-LOAD",
    "seats": "E-SWAP-SEATS",
    "kin": "E-SWAP-KIN",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a swap would do. `hard` findings refuse it (`key` is then an error code), the others warn or inform."""

    key: str
    hard: bool
    params: Mapping[str, str] = field(default_factory=dict)

    def words(self, language: str) -> str:
        """The finding as a sentence."""
        return texts.text(self.key, language, **self.params)


def _record(office: Office) -> Record | None:
    row = office.registry.proof()
    return None if row is None else read_record(row)


def _seating(office: Office, record: Record | None) -> Seating:
    """What is in force under today's lists and the options of the latest draw."""
    options = AssignOptions(seats=office.batch.panel_size) if record is None else record.problem.options
    problem = make_problem(
        office.applications(), office.experts(), office.conflicts(), options, batch=office.batch.id,
        cleared=office.cleared_conflicts(), kin=kin_pairs(office),
    )  # fmt: skip
    pairs = frozenset((pair.application, pair.expert) for pair in office.assignments())
    if record is not None:
        problem = replace(problem, given_seed=record.problem.seed)
        # The least load of the draw, not one worked out anew from lists that have changed.
        least = max(record.problem.lower.values(), default=0)
        problem = replace(problem, options=replace(options, min_load=least))
    return Seating(problem, pairs)


@dataclass(frozen=True)
class Look:
    """What is in force with all that questions about seats need: read once, for in a large batch that takes a while.

    It is true until the next entry in the log.
    """

    record: Record | None
    seating: Seating


def look(office: Office) -> Look:
    """Reads what is in force under today's lists. Raises NdbError `E-PROOF-RECORD`."""
    record = _record(office)
    return Look(record, _seating(office, record))


def _known(problem: AssignmentProblem, application: str, *experts: str) -> None:
    if application not in problem.case_by_id:
        raise NdbError("E-OFFICE-APPLICATION", application=application)
    for expert in experts:
        if expert not in problem.expert_by_id:
            raise NdbError("E-OFFICE-EXPERT", expert=expert)


def why(office: Office, application: str, expert: str, known: Look | None = None) -> Why:
    """为何是这位专家: what spoke for a pair in force, and the next best with its price.

    A pair put there by hand says so and with which reason; its figures are those of today.

    Raises:
        NdbError: `E-OFFICE-APPLICATION`, `E-OFFICE-EXPERT`, `E-SWAP-OUT` (the pair is not in force), `E-PROOF-NONE`,
            `E-PROOF-RECORD`.
    """
    known = known or look(office)
    record, seating = known.record, known.seating
    if record is None:
        raise NdbError("E-PROOF-NONE")
    _known(seating.problem, application, expert)
    if (application, expert) not in seating.pairs:
        raise NdbError("E-SWAP-OUT", application=application, expert=expert)
    for change in reversed(office.registry.changes()):
        if (application, expert) in change.added:
            found = explain(seating, _stage_of(record, application, expert).certificate, application, expert)
            return replace(found, caps=(), drawn=False, by_hand=change.reason)
    stage = _stage_of(record, application, expert)
    group = next((name for name, members in record.groups.items() if application in members), "")
    name = group if stage.name == "panel" else application
    drawn = Seating(stage.problem, frozenset(stage.pairs))
    found = explain(drawn, stage.certificate, name, expert)
    members = record.groups[group] if stage.name == "panel" else ()
    return replace(found, application=application, load=seating.loads[expert], group=members)


def _stage_of(record: Record, application: str, expert: str) -> ProvedStage:
    """The stage that put an expert on an application: a panel, unless a reserve was drawn for it alone."""
    for stage in record.stages:
        if stage.name == "panel":
            if any((name, expert) in stage.pairs for name, members in record.groups.items() if application in members):
                return stage
        elif (application, expert) in stage.pairs:
            return stage
    return record.stages[-1]


def reserve_list(office: Office, application: str, known: Look | None = None) -> tuple[Reserve, ...]:
    """候补名单 of an application, in drawn order.

    Raises:
        NdbError: `E-OFFICE-APPLICATION`, `E-PROOF-RECORD`.
    """
    seating = (known or look(office)).seating
    _known(seating.problem, application)
    return reserves(seating, application)


def check_swap(office: Office, application: str, out: str, in_: str, known: Look | None = None) -> tuple[Finding, ...]:
    """What it would mean to seat `in_` in place of `out` ("" fills an empty seat). Changes nothing.

    Raises:
        NdbError: `E-OFFICE-APPLICATION`, `E-OFFICE-EXPERT`, `E-PROOF-RECORD`.
    """
    known = known or look(office)
    record, seating = known.record, known.seating
    _known(seating.problem, application, in_, *([out] if out else []))
    hard = _hard(office, seating, application, out, in_)
    return (*hard, *_soft(office, record, seating, application, out, in_))


def swap(office: Office, application: str, out: str, in_: str, reason: str) -> tuple[Finding, ...]:
    """Seats `in_` in place of `out` and keeps the reason; returns what was found. Bundles are not touched.

    Raises:
        NdbError: `E-REASON`, as `check_swap`, and every hard finding: `E-SWAP-OUT`, `E-SWAP-MEMBER`,
            `E-SWAP-CONFLICT`, `E-SWAP-CATEGORY`, `E-SWAP-FIELD`, `E-SWAP-PROVINCE`, `E-SWAP-EMPLOYER`,
            `E-SWAP-PROVINCE-CAP`, `E-SWAP-LOAD`, `E-SWAP-SEATS`, `E-SWAP-KIN`.
    """
    if not reason.strip():
        raise NdbError("E-REASON")
    findings = check_swap(office, application, out, in_)
    refused = [Fault(finding.key, application, finding.params) for finding in findings if finding.hard]
    if len(refused) == 1:
        raise NdbError(refused[0].code, place=application, **refused[0].params)
    if refused:
        raise FaultsError(refused, place=application)
    rows = [pair for pair in office.assignments() if pair != Assignment(out, application)]
    note = {
        "swap": application, "out": out, "in": in_, "reason": reason.strip(),
        "findings": [finding.key for finding in findings],
    }  # fmt: skip
    office.replace_assignments([*rows, Assignment(in_, application)], note)
    return findings


def _hard(office: Office, seating: Seating, application: str, out: str, in_: str) -> list[Finding]:
    problem = seating.problem
    case, person = problem.case_by_id[application], problem.expert_by_id[in_]
    names = {"application": application, "expert": in_}
    found = []
    if out and (application, out) not in seating.pairs:
        found.append(Finding("E-SWAP-OUT", True, {"application": application, "expert": out}))
    if (application, in_) in problem.barred:
        codes = {row.code for row in office.conflicts() if (row.application, row.expert) == (application, in_)}
        found.append(Finding("E-SWAP-CONFLICT", True, {**names, "codes": " ".join(sorted(codes)) or "-"}))
    if case.category not in person.categories:
        found.append(Finding("E-SWAP-CATEGORY", True, names))
    if person.kind == "field" and person.fields.get(case.field, -1) < problem.options.min_affinity:
        found.append(Finding("E-SWAP-FIELD", True, {**names, "field": case.field}))
    if problem.options.avoid_province and person.province and province_of(person.province) == case.province:
        found.append(Finding("E-SWAP-PROVINCE", True, names))
    figures = {
        "load": str(seating.loads[in_]), "most": str(problem.upper[in_]), "seats": str(problem.options.seats),
        "employers": str(problem.options.per_employer), "provinces": str(problem.options.per_province),
    }  # fmt: skip
    found += [Finding(_BLOCKS[block], True, {**names, **figures}) for block in seating.blocks(application, in_, out)]
    return found


def _soft(
    office: Office, record: Record | None, seating: Seating, application: str, out: str, in_: str
) -> list[Finding]:
    problem = seating.problem
    found: list[Finding] = []
    if in_ in seating.panels[application] or (out and out not in seating.panels[application]):
        return found
    kinds = dict(seating.kinds(application, without=out))
    kind = problem.expert_by_id[in_].kind
    kinds[kind] = kinds.get(kind, 0) + 1
    for wanted, least in problem.composition.items():
        had = seating.kinds(application).get(wanted, 0)
        if kinds.get(wanted, 0) < least and kinds.get(wanted, 0) < had:
            params = {"has": str(kinds.get(wanted, 0)), "least": str(least)}
            found.append(Finding(_KIND_FINDINGS[wanted], False, params))
    if out and seating.loads[out] - 1 < problem.lower[out]:
        params = {"expert": out, "load": str(seating.loads[out] - 1), "least": str(problem.lower[out])}
        found.append(Finding("assignment.swap.low", False, params))
    found += _of_draw(record, seating, application, out, in_)
    found += _of_bundles(office, application, out)
    points = seating.points(application, out, in_)
    key = (
        "assignment.swap.dearer" if points > 0 else "assignment.swap.cheaper" if points < 0 else "assignment.swap.same"
    )
    found.append(Finding(key, False, {"points": str(abs(points))}))
    return found


_KIND_FINDINGS = {
    "field": "assignment.swap.field",
    "finance": "assignment.swap.finance",
    "policy": "assignment.swap.policy",
}


def _of_draw(record: Record | None, seating: Seating, application: str, out: str, in_: str) -> list[Finding]:
    """What the draw promised and a swap would break: the floor, the one panel of a group."""
    if record is None:
        return []
    found = []
    floors = [s.problem.floor for s in record.stages if application in s.problem.floor_cases]
    after = (seating.pairs - {(application, out)}) | {(application, in_)}
    reached = affinity_sums(seating.problem, tuple(after))[application]
    if floors and reached < max(floors):
        params = {"sum": str(reached), "floor": str(max(floors))}
        found.append(Finding("assignment.swap.floor", False, params))
    group = next((members for members in record.groups.values() if application in members), ())
    if len(group) > 1:
        found.append(Finding("assignment.swap.panel", False, {"count": str(len(group))}))
    return found


def _of_bundles(office: Office, application: str, out: str) -> list[Finding]:
    """What is on its way already."""
    found = []
    bundle = in_force(office.issued()).get(out)
    if bundle is not None and application in bundle.applications:
        found.append(Finding("assignment.swap.issued", False, {"expert": out}))
    if any((row.application, row.expert) == (application, out) for row in office.registry.standings()):
        found.append(Finding("assignment.swap.reviewed", False, {"expert": out}))
    return found
