"""汇总与遴选: results of the whole batch from the sheets that count, exactly, with one digest over everything.

Scores are for the coordinator's desk alone, and each look is logged; what leaves the house is made by
`results_export` (R06).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.numbers import plain, ratio
from ndb_desktop.domain.panel import ExpertState, PanelResult, panel_result
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.selection import Selection, neutral_key, select
from ndb_desktop.domain.settlement import settled, settlements
from ndb_desktop.domain.sheet import Sheet
from ndb_desktop.domain.sitepack import VETO_GROUNDS as VETO_GROUNDS  # one list for registry, checklist and stages
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.services.disputes import Rulings
from ndb_desktop.services.outcome import unblind
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.registry_rows import StoredSheet, Veto

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office


@dataclass(frozen=True, slots=True)
class BatchResult:
    """Everything the batch comes to. `results` are in neutral order; nothing here is sorted by score.

    `contradictions` are (application, expert) pairs with two sheets of one revision, which do not count;
    `late_conflicts` pairs whose sheet is void because a conflict was found later (R16); `unconfirmed` experts whose
    key nobody has compared yet; `digests` the SHA-256 of each result, to which a 合议 is bound.
    """

    batch: str
    applications: Mapping[str, Application]
    results: Mapping[str, PanelResult]
    selection: Selection
    digest: str
    contradictions: tuple[tuple[str, str], ...]
    late_conflicts: tuple[tuple[str, str], ...]
    unconfirmed: tuple[str, ...]
    vetoes: tuple[Veto, ...]
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CountedPanel:
    """One application on its way: what its result was made of. `sheets` are those of assigned experts that stand."""

    pack: RulePack
    application: Application
    k: Fraction
    computed: Mapping[str, Fraction]
    sheets: Mapping[str, StoredSheet]
    result: PanelResult


Witness = Callable[[CountedPanel], None]


def _nobody(panel: CountedPanel) -> None:
    """Looks at nothing."""


def compute(
    office: Office,
    *,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
    witness: Witness = _nobody,
) -> BatchResult:
    """The results of the batch as the registry stands. Nothing is written, nothing is logged.

    `witness` sees every application while its sheets are in memory, so that nobody needs to read them twice.

    Raises:
        NdbError: E-STAGE-SELECTION in a registry of a later stage, where nothing is scored, ranked or selected.
    """
    batch = office.batch
    if office.stage != "selection" and office.registry.application_digests():
        raise NdbError("E-STAGE-SELECTION")
    applications = {row.id: row for row in sorted(office.applications(), key=neutral_key)}
    panels, sheets, rulings = _Panels(office), _Sheets(office), Rulings(office)
    waiting: set[str] = set()
    results: dict[str, PanelResult] = {}
    for number, (name, application) in enumerate(applications.items(), 1):
        if cancel is not None:
            cancel.check()
        progress(number, len(applications), application.applicant)
        stored = {expert: sheet for expert, sheet in sheets.of(name).items() if expert in panels.assigned(name)}
        mine = {expert: row.sheet for expert, row in stored.items()}
        pack = office.pack_of(application)
        k, computed = office.factor_of(application), rulings.computed(application)
        if rulings.waiting(application):
            waiting.add(name)
        applications[name] = application = rulings.settled(application)
        results[name] = panel_result(pack, application, k, mine, panels.states(name, mine), computed)
        witness(CountedPanel(pack, application, k, computed, stored, results[name]))
    vetoes = office.registry.vetoes()
    selection = select(
        applications.values(),
        results,
        batch.quotas,
        {category: pack.settings for category, pack in office.packs.items()},
        vetoes={row.application for row in vetoes if row.status == "present"},
        unchecked={row.application for row in vetoes if row.status == "check"} | waiting,
    )
    records = {name: canonical(result_record(row)) for name, row in results.items()}
    digests = {name: hashlib.sha256(record).hexdigest() for name, record in records.items()}
    selection = settled(selection, settlements(office.decided.all()), digests)
    return BatchResult(
        batch=batch.id,
        applications=applications,
        results=results,
        selection=selection,
        digest=_digest(office, records, selection),
        contradictions=panels.contradictions,
        late_conflicts=tuple(sorted(panels.late)),
        unconfirmed=tuple(sorted({key.expert for key in office.expert_keys() if key.status == "unconfirmed"})),
        vetoes=vetoes,
        digests=digests,
    )


class _Panels:
    """Who is assigned to what, and whose sheet does not count.

    `late` are (application, expert) whose sheet is void because of a conflict found since; `states` adds to it.
    """

    def __init__(self, office: Office) -> None:
        self._assigned: dict[str, list[str]] = {}
        for pair in office.assignments():
            self._assigned.setdefault(pair.application, []).append(pair.expert)
        self._barred = {(row.application, row.expert) for row in office.conflicts() if row.strength == "recuse"}
        self._standing = {(row.application, row.expert): row.state for row in office.registry.standings()}
        self.contradictions = tuple(sorted(pair for pair, state in self._standing.items() if state == "conflict"))
        self.late: list[tuple[str, str]] = []

    def assigned(self, application: str) -> Sequence[str]:
        """The experts of an application."""
        return self._assigned.get(application, ())

    def states(self, application: str, sheets: Mapping[str, Sheet]) -> dict[str, ExpertState]:
        """How each of them stands, with the sheets that are there."""
        found: dict[str, ExpertState] = {}
        for expert in self.assigned(application):
            pair = application, expert
            found[expert] = "scored" if expert in sheets else "absent"
            if self._standing.get(pair) == "void":
                found[expert] = "void"
            elif expert in sheets and pair in self._barred and sheets[expert].status != "recused":
                found[expert] = "void"
                self.late.append(pair)
        return found


class _Sheets:
    """The sheets that count, read one application at a time."""

    def __init__(self, office: Office) -> None:
        self._registry = office.registry

    def of(self, application: str) -> dict[str, StoredSheet]:
        return {stored.expert: stored for _, group in self._registry.current_sheets(application) for stored in group}


def _digest(office: Office, records: Mapping[str, bytes], selection: Selection) -> str:
    """SHA-256 of the canonical JSON of `{batch, packs, reasons, results, states}`; `records` are canonical already."""
    packs = {category: pack.digest for category, pack in office.packs.items()}
    results = b",".join(canonical(name) + b":" + records[name] for name in sorted(records))
    parts = {
        b"batch": canonical(office.batch.id),
        b"packs": canonical(packs),
        b"reasons": canonical(dict(selection.reasons)),
        b"results": b"{" + results + b"}",
        b"states": canonical(dict(selection.states)),
    }
    members = b",".join(b'"' + name + b'":' + parts[name] for name in sorted(parts))
    return hashlib.sha256(b"{" + members + b"}").hexdigest()


def result_record(result: PanelResult) -> dict[str, object]:
    """A result as plain data, exact; the order of experts is that of their ids."""
    return {
        "status": result.status,
        "n_valid": result.n_valid,
        "experts": dict(result.experts),
        "dropped": list(result.dropped),
        "expert_totals": {expert: ratio(total) for expert, total in result.expert_totals.items()},
        "items": {
            name: {"state": item.state, "value": ratio(item.value), "n": item.n_valid, "trimmed": item.trimmed}
            for name, item in result.items.items()
        },
        "groups": {
            part: {group: ratio(value) for group, value in groups.items()} for part, groups in result.groups.items()
        },
        "parts": {part: ratio(value) for part, value in result.parts.items()},
        "total": ratio(result.total),
        "published": None if result.published is None else plain(result.published),
        "flags": [
            {
                "code": flag.code, "action": flag.action, "expert": flag.expert, "item": flag.item,
                "numbers": {name: ratio(number) for name, number in flag.numbers.items()},
            }
            for flag in result.flags
        ],
    }  # fmt: skip


def internal_results(
    office: Office,
    *,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
    witness: Witness = _nobody,
) -> BatchResult:
    """The results with scores, for the coordinator's eyes, once they were opened; the look itself goes on record.

    Raises:
        NdbError: E-DECISION-SECOND, E-DECISION-SUPERVISOR until two have signed that the scores be opened (启封).
    """
    unblind(office)
    result = compute(office, progress=progress, cancel=cancel, witness=witness)
    office.log("results.viewed", office.batch.id, {"digest": result.digest})
    return result


def record_veto(office: Office, veto: Veto) -> None:
    """Records a veto finding (一票否决, R09): a decision of its own with evidence, never a low score.

    Raises:
        NdbError: E-OFFICE-APPLICATION, E-OFFICE-VETO (unknown status, a ground that is none in this stage, no evidence,
            no basis).
    """
    application = office.application(veto.application)
    complete = veto.evidence.strip() and veto.decided_on.strip()
    later = office.stage_packs.get(application.category)
    known = VETO_GROUNDS if later is None else tuple(later.grounds)
    if veto.ground not in known or veto.status not in ("present", "cleared", "check") or not complete:
        raise NdbError("E-OFFICE-VETO", ground=veto.ground)
    stamped = replace(veto, at=office.now(), actor=veto.actor or office.identity.keyid)
    with office.registry.transaction():
        office.registry.put_veto(stamped)
        details = {"ground": veto.ground, "status": veto.status, "evidence": veto.evidence, "on": veto.decided_on}
        office.log("veto", veto.application, details)
