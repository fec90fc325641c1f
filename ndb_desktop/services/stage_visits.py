"""现场核实实际值: what a visit of a later stage verifies: actual values by target, never the data of the selection.

In a visit a target stands where a datum of selection does: `P1.1.revenue`, without a year. So a signed record settles
it for every expert as it settles a datum there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.siterecord import Wanted, Why
from ndb_desktop.domain.stagework import StageWork
from ndb_desktop.services.disputes import list_disputes
from ndb_desktop.services.stage_rulings import YEAR, declared, unit_of

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

Place = tuple[str, str]


def sent_to_site(office: Office, base: str) -> tuple[Place, ...]:
    """Actual values of which it was decided that somebody has to go and look."""
    return tuple(
        (one.datum, one.key)
        for one in list_disputes(office)
        if one.application == base and one.ruling is not None and one.ruling.action == "site"
    )


def declared_places(work: StageWork) -> tuple[Place, ...]:
    """Every actual value that was declared: what a random sample is drawn from."""
    return tuple((one.id, YEAR) for one in work.actuals if one.value is not None)


def wanted_targets(
    work: StageWork, whys: Mapping[Place, Iterable[Why]], notes: Mapping[Place, str]
) -> Iterator[Wanted]:
    """The targets a team is to verify. Raises NdbError E-VISIT-DATUM for one that the base has not set."""
    for (target, year), reasons in sorted(whys.items()):
        promise = work.case.promise_by_id.get(target)
        if promise is None or promise.state != "promised" or year != YEAR:
            name = f"{target}/{year}" if year else target
            raise NdbError("E-VISIT-DATUM", place=work.case.application, datum=name)
        yield Wanted(
            datum=target,
            key=YEAR,
            indicator=promise.measured.indicator,
            unit=unit_of(work, target),
            kind="number",
            declared=declared(work, target),
            whys=tuple(reasons),
            note=notes.get((target, year), ""),
        )
