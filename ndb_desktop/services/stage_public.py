"""What leaves the house of a later stage: the names of bases that passed, in neutral order, and nothing else (R06).

Who passed is what was signed: a decision of the life cycle that names the outcome. The list depends on this set alone,
on no share, no score and no order in which anything came.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.lifecycle import Move
from ndb_desktop.domain.stagepack import StageId
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.services.stage_moves import changed, kept_record, signed_records
from ndb_desktop.services.stage_results import BaseResult, StageResult

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

_AFTER: Mapping[StageId, frozenset[str]] = {
    "acceptance": frozenset({"accepted", "notice", "recognised"}),
    "effect": frozenset({"retained"}),
}
"""States that such a decision led to and nothing took back since."""


def passed(result: StageResult) -> tuple[str, ...]:
    """The bases whose passing was signed, in neutral order.

    Raises:
        NdbError: E-STAGE-CHANGED when the outcome that was signed is not the one of today: something that counts
            changed since, and the move has to be looked at again.
    """
    found = []
    for name, base in result.bases.items():
        if base.life.state not in _AFTER[result.stage]:
            continue
        if changed(base):
            raise NdbError("E-STAGE-CHANGED", place=name, base=name)
        found.append(name)
    return tuple(found)


def internal_record(office: Office, result: StageResult) -> bytes:
    """Everything behind the outcomes, exact, in neutral order, with the records that decisions name; for inside."""
    content = {
        "format": "ndb-internal-stage",
        "version": 1,
        "batch": result.batch,
        "stage": result.stage,
        "trial": office.batch.trial,
        "digest": result.digest,
        "packs": {category: pack.digest for category, pack in office.stage_packs.items()},
        "bases": [_base(office, base) for base in result.bases.values()],
        "contradictions": [list(pair) for pair in result.contradictions],
        "late_conflicts": [list(pair) for pair in result.late_conflicts],
        "unconfirmed_keys": list(result.unconfirmed),
        "vetoes": [[row.application, row.ground, row.status, row.evidence, row.decided_on] for row in result.vetoes],
    }
    return canonical(content)


def _base(office: Office, base: BaseResult) -> dict[str, object]:
    moves: Iterable[Move] = ("rectify", "accept", "retain", "end", "remove")
    digests = signed_records(base, tuple(moves))
    return {
        "application": base.application.id,
        "applicant": base.application.applicant,
        "verdict": base.verdict,
        "waiting": list(base.waiting),
        "digest": base.digest,
        "outcome": json.loads(base.record) if base.record else None,
        "signed": [json.loads(record) for digest in digests if (record := kept_record(office, digest))],
    }
