"""总库概况: the round at a glance, and who has what and what came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ndb_desktop.domain.batch import Expert, KeyStatus
from ndb_desktop.services.issue_chain import Outdated, in_force, outdated, stale_sheets

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office
    from ndb_desktop.storage.registry_rows import StandingState


@dataclass(frozen=True, slots=True)
class OfficeStatus:
    """The round at a glance. `complete` counts assigned pairs whose sheet counts; `missing` those without one.

    `outdated` are experts whose bundle holds what was corrected since, `stale` sheets made before a correction.
    """

    batch_id: str
    trial: bool
    applications: int
    experts: int
    conflicts: int
    assignments: int
    issued: int
    files: int
    complete: int
    missing: int
    contradictions: int
    unconfirmed_keys: int
    refusals: int
    log_entries: int
    outdated: int = 0
    stale: int = 0


@dataclass(frozen=True, slots=True)
class ExpertProgress:
    """Who has what and what came back. `issued_at` is "" before the first bundle."""

    expert: Expert
    assigned: int
    received: int
    contradictions: int
    issued_at: str
    last_received: str
    key_status: KeyStatus


def office_status(office: Office, behind: Sequence[Outdated] | None = None) -> OfficeStatus:
    """Counts the round. `behind` are those whose bundles are outdated, where that is known already."""
    counts = office.registry.counts()
    standing = office.registry.states()
    pairs = office.assignments()
    none: Mapping[str, StandingState] = {}
    states = [standing.get(expert, none).get(application) for expert, application in pairs]
    return OfficeStatus(
        batch_id=office.batch.id,
        trial=office.batch.trial,
        applications=counts["application"],
        experts=counts["expert"],
        conflicts=counts["conflict"] + counts["conflict_found"],
        assignments=len(pairs),
        issued=len(in_force(office.issued())),
        files=counts["signed_file"],
        complete=states.count("current"),
        missing=states.count(None),
        contradictions=sum(list(mine.values()).count("conflict") for mine in standing.values()),
        unconfirmed_keys=sum(key.status == "unconfirmed" for key in office.expert_keys()),
        refusals=counts["refusal"],
        log_entries=counts["log"],
        outdated=len(outdated(office) if behind is None else behind),
        stale=len(stale_sheets(office)) if office.registry.has_past else 0,
    )


def expert_progress(office: Office) -> tuple[ExpertProgress, ...]:
    """Per expert: assigned, issued, received; by id."""
    standing = office.registry.states()
    assigned: dict[str, list[str]] = {}
    for expert_id, application in office.assignments():
        assigned.setdefault(expert_id, []).append(application)
    none: Mapping[str, StandingState] = {}
    issued = {expert: bundle.issued_at for expert, bundle in in_force(office.issued()).items()}
    received = office.registry.last_received()
    keys: dict[str, KeyStatus] = {key.expert: key.status for key in office.expert_keys()}
    rows = []
    for expert in office.experts():
        states = list(map(standing.get(expert.id, none).get, assigned.get(expert.id, ())))
        rows.append(
            ExpertProgress(
                expert=expert,
                assigned=len(states),
                received=len(states) - states.count(None),
                contradictions=states.count("conflict"),
                issued_at=issued.get(expert.id, ""),
                last_received=received.get(expert.id, ""),
                key_status=keys.get(expert.id, "none"),
            )
        )
    return tuple(rows)
