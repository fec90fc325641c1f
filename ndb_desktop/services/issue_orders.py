"""Which bundles a run of the issue makes: first ones, replacements, supplements, recalls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.selection import neutral_key
from ndb_desktop.formats.manifest import MAX_CHAIN, BundleKind
from ndb_desktop.services.issue_chain import ancestors, in_force, outdated, secret_of
from ndb_desktop.storage.registry_rows import IssuedBundle

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office


Opening = Literal["auto", "key", "slip"]
"""What opens a bundle: the expert's own key where it is confirmed and a slip (密码单) otherwise; the key only, so that
whoever has none confirmed gets no bundle; or a slip only, though there is a key."""


@dataclass(frozen=True, slots=True)
class Order:
    """One bundle to make. `chain` are the bundles it follows, oldest first; `secret` "" asks for a new one.

    The applications come without their data. `round` is the second round it is for, `meta` what its core says beside.
    """

    expert: str
    name: str
    applications: tuple[Application, ...]
    number: int
    kind: BundleKind = "full"
    chain: tuple[IssuedBundle, ...] = ()
    secret: str = field(default="", repr=False)
    expires_at: str = ""
    reason: str = ""
    opening: Opening = "auto"
    round: str = ""
    meta: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def replaces(self) -> str:
        """The bundle whose files are refused from now on, "" if none."""
        return self.chain[-1].bundle_id if self.kind == "replacement" else ""


def assigned_to(office: Office) -> Mapping[str, list[str]]:
    """Application ids by expert."""
    assigned: dict[str, list[str]] = {}
    for pair in office.assignments():
        assigned.setdefault(pair.expert, []).append(pair.application)
    return assigned


def first_orders(
    office: Office, wanted: Sequence[str] | None, opening: Opening = "auto"
) -> tuple[list[Order], tuple[str, ...]]:
    """Bundles for experts who have none, or anew for those named; and the experts who need none."""
    assigned = assigned_to(office)
    if not assigned:
        raise NdbError("E-ISSUE-NONE")
    make = _Maker(office)
    for expert in wanted or ():
        make.known(expert)
        if expert not in assigned:
            raise NdbError("E-ISSUE-NOT-ASSIGNED", place=expert)
    orders, skipped = [], []
    for expert in sorted(set(wanted) if wanted else assigned):
        old = make.valid.get(expert)
        if not wanted and old and sorted(old.applications) == sorted(assigned[expert]):
            skipped.append(expert)
            continue
        orders.append(make.order(expert, assigned[expert], "replacement" if old else "full", opening=opening))
    return orders, tuple(skipped)


def supplement_orders(office: Office, wanted: Sequence[str] | None) -> tuple[list[Order], tuple[str, ...]]:
    """Supplements for experts whose bundle is outdated; and the experts whose bundle is not.

    Raises:
        NdbError: E-OFFICE-EXPERT, E-SUPPLEMENT-NONE, E-SUPPLEMENT-EMPTY, E-SUPPLEMENT-SECRET.
    """
    assigned, make = assigned_to(office), _Maker(office)
    for expert in wanted or ():
        make.known(expert)
        if expert not in make.valid:
            raise NdbError("E-SUPPLEMENT-NONE", place=expert)
    changed = {row.expert for row in outdated(office)}
    orders, skipped = [], []
    for expert in sorted(set(wanted) if wanted else make.valid):
        if expert not in changed or (not wanted and not assigned.get(expert)):
            skipped.append(expert)
            continue
        if not assigned.get(expert):
            raise NdbError("E-SUPPLEMENT-EMPTY", place=expert)
        orders.append(make.order(expert, assigned[expert], "supplement"))
    return orders, tuple(skipped)


def recall_order(office: Office, expert: str, reason: str) -> Order:
    """The notice that takes an expert's bundle back. Raises NdbError E-OFFICE-EXPERT, E-SUPPLEMENT-NONE."""
    make = _Maker(office)
    make.known(expert)
    if expert not in make.valid:
        raise NdbError("E-SUPPLEMENT-NONE", place=expert)
    return make.order(expert, (), "recall", reason)


class _Maker:
    """Puts orders together from what was issued before."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._issued = office.issued()
        self._names = {expert.id: expert.name for expert in office.experts()}
        self.valid = in_force(self._issued)
        self._applications: dict[str, Application] = {}

    def _application(self, name: str) -> Application:
        """Every expert's order shares it, without its data: a large round would hold each seven times over."""
        known = self._applications.get(name)
        if known is None:
            known = self._applications[name] = self._office.cover(name)
        return known

    def known(self, expert: str) -> None:
        if expert not in self._names:
            raise NdbError("E-OFFICE-EXPERT", expert=expert)

    def order(
        self, expert: str, names: Sequence[str], kind: BundleKind, reason: str = "", opening: Opening = "auto"
    ) -> Order:
        old = self.valid.get(expert)
        chain = (*ancestors(self._issued, old), old)[-MAX_CHAIN:] if old else ()
        secret = ""
        if old and kind == "supplement":
            # The slip and the key in the expert's hands go on opening what follows.
            secret = secret_of(self._office, old)
            if not secret:
                raise NdbError("E-SUPPLEMENT-SECRET", place=expert, name=old.path)
        return Order(
            expert=expert,
            name=self._names.get(expert, expert),
            # A neutral order says nothing about quality (R06).
            applications=tuple(sorted(map(self._application, names), key=neutral_key)),
            number=1 + sum(bundle.expert == expert for bundle in self._issued),
            kind=kind,
            chain=chain,
            secret=secret,
            expires_at=old.expires_at if old and kind == "supplement" else "",
            reason=reason,
            opening=opening,
        )
