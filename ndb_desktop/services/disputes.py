"""质疑处理: the coordinator's list of disputed data, and the one signed decision on each (R12)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.decision import Decision
from ndb_desktop.domain.dispute import (
    ACTIONS,
    Dispute,
    DisputeAction,
    Place,
    Raised,
    Ruling,
    content,
    data_item,
    declared,
    disputes,
    in_force,
    rulings,
    settled,
    with_visits,
)
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.scoring import computed_values
from ndb_desktop.services.site_findings import verified_on_site, veto_candidates
from ndb_desktop.services.stage_rulings import (
    changed_targets,
    check_target,
    fitting,
    stage_disputes,
)
from ndb_desktop.services.stage_rulings import declared as declared_actual

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office


def known_rulings(office: Office) -> Mapping[Place, Ruling]:
    """The latest ruling on each datum: decided by the coordinator, or settled by a signed record of a visit."""
    return with_visits(rulings(office.decided.all()), verified_on_site(office))


class Rulings:
    """The rulings of a batch at one moment, and what they make of its applications."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._known = known_rulings(office)
        self._suspected = {one.application for one in veto_candidates(office) if one.open}
        self.touched = {name for name, _, _ in self._known} | self._suspected

    def settled(self, application: Application) -> Application:
        """The application with every replaced figure in place."""
        if application.id not in self.touched:
            return application
        return settled(application, self._office.pack_of(application), in_force(application, self._known))

    def computed(self, application: Application) -> Mapping[str, Fraction]:
        """What the rules compute for the application as it counts; `application` is the one of the registry."""
        counts = self.settled(application)
        if counts is application:
            return self._office.computed(application)
        return computed_values(self._office.pack_of(application), counts, self._office.factor_of(application))

    def waiting(self, application: Application) -> bool:
        """Whether a figure waits for a site check, or what one found for a decision on a veto (一票否决)."""
        if application.id not in self.touched:
            return False
        if application.id in self._suspected:
            return True
        return any(ruling.action == "site" for ruling in in_force(application, self._known).values())

    def of(self, application: Application, raised: tuple[Raised, ...]) -> tuple[Dispute, ...]:
        """Every disputed datum of an application."""
        return disputes(application, self._office.pack_of(application), raised, self._known)


def list_disputes(office: Office) -> tuple[Dispute, ...]:
    """Every disputed datum of the batch from the sheets that count, by application, datum and year.

    In a later stage these are actual values, by base and target.
    """
    if office.stage != "selection":
        return stage_disputes(office, known_rulings(office))
    known = Rulings(office)
    raised: dict[str, list[Raised]] = {name: [] for name in known.touched}
    for name, expert, sheet, challenge in office.registry.current_challenges():
        raised.setdefault(name, []).append(Raised(expert, sheet, challenge))
    return tuple(one for name in sorted(raised) for one in known.of(office.application(name), tuple(raised[name])))


def count_open(office: Office) -> int:
    """How many disputed data wait for a decision or a site check; reads only applications decided about before."""
    if office.stage != "selection":
        return sum(one.open for one in list_disputes(office))
    known = Rulings(office)
    raised: dict[str, list[Raised]] = {name: [] for name in known.touched}
    untouched: set[Place] = set()
    for name, expert, sheet, challenge in office.registry.current_challenges():
        if name in raised:
            raised[name].append(Raised(expert, sheet, challenge))
        else:
            untouched.add((name, challenge.datum, challenge.key))
    decided = (one for name, mine in raised.items() for one in known.of(office.application(name), tuple(mine)))
    return len(untouched) + sum(one.open for one in decided)


def history(office: Office, place: Place) -> tuple[Decision, ...]:
    """Every decision ever made about a datum, oldest first; the last one is in force if the material still fits."""
    name, datum, key = place
    return tuple(
        one
        for one in office.decided.all()
        if one.kind == "challenge"
        and one.subject == name
        and (one.content["datum"], one.content["key"]) == (datum, key)
    )


def preview(
    office: Office, dispute: Dispute, value: Decimal | None
) -> Mapping[str, tuple[Fraction | None, Fraction | None]]:
    """Which computed scores would change with `value` (None: the declared figure): item -> (now, then)."""
    if office.stage != "selection":
        return _preview_actual(office, dispute, value)
    application = office.application(dispute.application)
    pack, k = office.pack_of(application), office.factor_of(application)
    known = {**in_force(application, known_rulings(office))}
    now = computed_values(pack, settled(application, pack, known), k)
    known.pop((dispute.datum, dispute.key), None)
    if value is not None:
        known[dispute.datum, dispute.key] = _ruling(dispute, value)
    then = computed_values(pack, settled(application, pack, known), k)
    items = sorted({*now, *then})
    return {item: (now.get(item), then.get(item)) for item in items if now.get(item) != then.get(item)}


def _preview_actual(
    office: Office, dispute: Dispute, value: Decimal | None
) -> Mapping[str, tuple[Fraction | None, Fraction | None]]:
    work = check_target(office.stage_work(dispute.application), dispute.place)
    now = fitting(work, known_rulings(office))
    then = {target: ruling for target, ruling in now.items() if target != dispute.datum}
    if value is not None:
        then[dispute.datum] = _ruling(dispute, value)
    return changed_targets(work, now, then)


def _ruling(dispute: Dispute, value: Decimal) -> Ruling:
    trial = Decision(1, "", "", "challenge", dispute.application, {}, "", "")
    return Ruling("replace", value, dispute.declared, trial)


def decide(
    office: Office,
    place: Place,
    action: DisputeAction,
    *,
    reason: str,
    value: Decimal | None = None,
    second: Identity | None = None,
) -> Decision:
    """Decides about a datum once for all experts; a later decision takes the place of an earlier one, both stay.

    Raises:
        NdbError: E-OFFICE-APPLICATION, E-DISPUTE-DATUM (no such figure in the rule pack), E-DISPUTE-VALUE (a figure is
            missing where one replaces the declared, or given where none does), and as `DecisionBook.record`.
    """
    name, datum, key = place
    was = _figure(office, place)
    if action not in ACTIONS or (value is not None) != (action == "replace"):
        raise NdbError("E-DISPUTE-VALUE", application=name, datum=datum)
    return office.decided.record(
        "challenge", name, content(datum, key, action, value, was), reason=reason, second=second
    )


def _figure(office: Office, place: Place) -> Decimal | None:
    """The figure a decision would be about. Raises NdbError E-OFFICE-APPLICATION, E-DISPUTE-DATUM."""
    name, datum, key = place
    application = office.application(name)
    if office.stage != "selection":
        return declared_actual(check_target(office.stage_work(name), place), datum)
    try:
        item = data_item(office.pack_of(application), datum)
    except KeyError:
        raise NdbError("E-DISPUTE-DATUM", application=name, datum=datum) from None
    if item.kind != "number":
        raise NdbError("E-DISPUTE-DATUM", application=name, datum=datum)
    return declared(application, datum, key)
