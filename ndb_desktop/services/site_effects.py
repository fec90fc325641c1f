"""核实前后: what the visits of a batch changed, per application: figures before and after, computed scores, vetoes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from ndb_desktop.domain.dispute import Place, Ruling, in_force, settled
from ndb_desktop.domain.numbers import parse_number
from ndb_desktop.domain.scoring import computed_values
from ndb_desktop.services.disputes import known_rulings
from ndb_desktop.services.site_findings import VetoCandidate, veto_candidates
from ndb_desktop.services.stage_rulings import YEAR, changed_targets, fitting

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office


@dataclass(frozen=True, slots=True)
class VerifiedDatum:
    """One datum a record speaks of. `counts` says whether this record decides what stands now.

    It does not when nothing follows from it, the coordinator decided since, a later visit did, or the material came
    with another figure since.
    """

    datum: str
    key: str
    unit: str
    declared: Decimal | None
    verified: Decimal | None
    conclusion: str
    effect: str
    visit: str
    counts: bool


@dataclass(frozen=True, slots=True)
class SiteEffects:
    """What visits changed of one application: data, computed items (before, after), candidates for a veto.

    `conflicts` are visits of which two different records bear the same number, so that neither counts; `held` those
    whose record was signed with a key that was revoked since, so that what it settled is open again.
    """

    application: str
    data: tuple[VerifiedDatum, ...]
    items: Mapping[str, tuple[Fraction | None, Fraction | None]]
    candidates: tuple[VetoCandidate, ...]
    conflicts: tuple[str, ...]
    held: tuple[str, ...] = ()


def site_effects(office: Office) -> tuple[SiteEffects, ...]:
    """Every application that a record came of, by id."""
    standings = office.registry.site_standings()
    if not standings:
        return ()
    known, candidates = known_rulings(office), veto_candidates(office)
    sites = office.registry.current_sites(held=True)
    found = []
    for name in sorted({one.application for one in standings}):
        mine, items = _changes(office, name, known)
        data = []
        for site in (site for site in sites if site.application == name):
            for row in site.checks:
                ruling = mine.get((row.datum, row.year))
                data.append(
                    VerifiedDatum(
                        row.datum,
                        row.year,
                        row.unit,
                        _number(row.declared),
                        _number(row.verified),
                        row.conclusion or "",
                        row.effect or "",
                        site.visit,
                        ruling is not None and ruling.visit == site.visit and not site.held,
                    )
                )
        found.append(
            SiteEffects(
                name,
                tuple(data),
                items,
                tuple(one for one in candidates if one.application == name),
                tuple(one.visit for one in standings if one.application == name and one.state == "conflict"),
                tuple(one.visit for one in standings if one.application == name and one.state == "held"),
            )
        )
    return tuple(found)


def _changes(
    office: Office, name: str, known: Mapping[Place, Ruling]
) -> tuple[Mapping[tuple[str, str], Ruling], Mapping[str, tuple[Fraction | None, Fraction | None]]]:
    """What is in force on an application, and what visits changed: computed items, or targets of a later stage."""
    work = office.stage_work(name)
    if work is not None:
        fits = fitting(work, known)
        unseen = {target: ruling for target, ruling in fits.items() if not ruling.visit}
        return {(target, YEAR): ruling for target, ruling in fits.items()}, changed_targets(work, unseen, fits)
    application = office.application(name)
    mine = in_force(application, known)
    pack, k = office.pack_of(application), office.factor_of(application)
    others = {place: ruling for place, ruling in mine.items() if not ruling.visit}
    before = computed_values(pack, settled(application, pack, others), k)
    after = computed_values(pack, settled(application, pack, mine), k)
    changed = sorted(item for item in {*before, *after} if before.get(item) != after.get(item))
    return mine, {item: (before.get(item), after.get(item)) for item in changed}


def _number(text: str | None) -> Decimal | None:
    return None if text is None else parse_number(text)
