"""What the verbs of `ndb visit` say of a visit, for people and for machines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ndb_desktop.cli.context import Context, table
from ndb_desktop.cli.office import names_of
from ndb_desktop.domain.numbers import plain

if TYPE_CHECKING:
    from ndb_desktop.domain.siterecord import Visit
    from ndb_desktop.services.office import Office
    from ndb_desktop.services.visit_withdraw import VisitState

WHYS: Mapping[str, str] = {
    "challenge": "cli.visit.why.challenge",
    "flag": "cli.visit.why.flag",
    "sample": "cli.visit.why.sample",
    "coordinator": "cli.visit.why.coordinator",
}
STANDINGS: Mapping[VisitState, str] = {
    "planned": "cli.visit.state.planned",
    "issued": "cli.visit.state.issued",
    "withdrawn": "cli.visit.state.withdrawn",
    "current": "cli.visit.state.current",
    "conflict": "cli.visit.state.conflict",
    "held": "cli.visit.state.held",
}


def visit_facts(office: Office, visit: Visit, state: VisitState) -> dict[str, Any]:
    """A visit for machines; never a secret."""
    from ndb_desktop.services.visit_withdraw import withdrawn_visits

    bundles, gone = office.registry.visit_bundles(visit.id), withdrawn_visits(office).get(visit.id)
    standing = next((one for one in office.registry.site_standings() if one.visit == visit.id), None)
    return {
        "visit": visit.id,
        "application": visit.application,
        "applicant": visit.applicant,
        "state": state,
        "withdrawn": None if gone is None else {"at": gone.at, "reason": gone.reason, "decision": gone.number},
        "revision": standing.revision if standing else 0,
        "team": [{"id": one.id, "name": one.name, "employer": one.employer} for one in visit.members],
        "required": list(visit.required),
        "planned_on": visit.planned_on,
        "wanted": [
            {
                "datum": one.datum, "year": one.key, "indicator": one.indicator, "unit": one.unit, "kind": one.kind,
                "declared": None if one.declared is None else plain(one.declared), "whys": list(one.whys),
                "note": one.note,
            }
            for one in visit.wanted
        ],
        "bundles": [
            {"bundle": one.bundle_id, "issued_at": one.issued_at, "revoked_at": one.revoked_at, "path": one.path}
            for one in bundles
        ],
    }  # fmt: skip


def datum_id(datum: str, year: str) -> str:
    """As it is typed after `--datum`."""
    return f"{datum}/{year}" if year else datum


def wanted_lines(context: Context, office: Office, visit: Visit) -> list[str]:
    names, category = names_of(context, office), office.registry.application_categories()[visit.application]
    return table(
        [context.words(f"cli.column.{name}") for name in ("datum", "title", "declared", "reason")],
        [
            (one.id, names.datum(category, one.datum, one.key),
             "-" if one.declared is None else f"{plain(one.declared)} {context.words(f'unit.{one.unit}')}",
             " / ".join(context.words(WHYS[why]) for why in one.whys))
            for one in visit.wanted
        ],
    )  # fmt: skip
