"""试算: who would be selected at another threshold; shown inside, on record as a look, never kept or exported."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.selection import SelectionState, select
from ndb_desktop.domain.settlement import settled, settlements
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.services.outcome import unblind
from ndb_desktop.services.results_compute import result_record

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office
    from ndb_desktop.services.results_compute import BatchResult

STATES: tuple[SelectionState, ...] = ("selected", "not_selected", "pending", "below", "invalid")
_TOP = Decimal(100)


@dataclass(frozen=True, slots=True)
class Change:
    """An application whose state would be another."""

    application: str
    before: SelectionState
    after: SelectionState


@dataclass(frozen=True, slots=True)
class ThresholdLook:
    """`before` and `after`: by category how many are in each state; `changes` in neutral order."""

    thresholds: Mapping[Category, Decimal]
    before: Mapping[Category, Mapping[SelectionState, int]]
    after: Mapping[Category, Mapping[SelectionState, int]]
    changes: tuple[Change, ...]


def look(
    office: Office, result: BatchResult, thresholds: Mapping[Category, Decimal], *, second: Identity | None = None
) -> ThresholdLook:
    """What selection would say at other thresholds (达标线); the packs and the results stay as they are. Logged.

    Raises:
        NdbError: E-WHATIF-THRESHOLD (not from 0 to 100), and as `unblind` while the scores are not opened.
    """
    for category, value in thresholds.items():
        if not 0 <= value <= _TOP:
            raise NdbError("E-WHATIF-THRESHOLD", value=f"{value:f}", category=category)
    unblind(office, second=second)
    settings = {
        category: replace(pack.settings, threshold=thresholds.get(category, pack.settings.threshold))
        for category, pack in office.packs.items()
    }
    reasons = result.selection.reasons
    found = select(
        result.applications.values(), result.results, office.batch.quotas, settings,
        vetoes={name for name, why in reasons.items() if why == "veto"},
        unchecked={name for name, why in reasons.items() if why == "check"},
    )  # fmt: skip
    digests = {name: hashlib.sha256(canonical(result_record(row))).hexdigest() for name, row in result.results.items()}
    found = settled(found, settlements(office.decided.all()), digests)
    # The look goes on record, what it showed does not.
    office.log("results.whatif", office.batch.id, {name: f"{value:f}" for name, value in sorted(thresholds.items())})
    before = result.selection.states
    changes = tuple(Change(name, before[name], state) for name, state in found.states.items() if state != before[name])
    return ThresholdLook(thresholds, _counts(result, before), _counts(result, found.states), changes)


def _counts(
    result: BatchResult, states: Mapping[str, SelectionState]
) -> Mapping[Category, Mapping[SelectionState, int]]:
    counts: dict[Category, dict[SelectionState, int]] = {}
    for name, state in states.items():
        mine = counts.setdefault(result.applications[name].category, dict.fromkeys(STATES, 0))
        mine[state] += 1
    return counts
