"""遴选: who reaches the standard and gets a seat (R02 to R06, panel E.1, E.2). Never a ranking.

A veto is a separate decision, not a low score. A quota (创建数量) is a ceiling; seats may stay empty (宁缺毋滥). Quotas
are laminar (total, fields inside it), for which taking the best first is optimal. What is equal at a cut is 待合议: no
name, time or chance decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from ndb_desktop.domain.batch import Quota
from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.model import Application, Category
from ndb_desktop.domain.numbers import exact
from ndb_desktop.domain.panel import PanelResult, deciding, reached
from ndb_desktop.domain.rulepack import PackSettings

SelectionState = Literal["selected", "not_selected", "pending", "below", "invalid"]
"""达标并入选, 达标未入选(名额), 待合议, 未达标, 无效."""

InvalidReason = Literal["veto", "check", "reviewers"]

CATEGORY_ORDER: tuple[Category, ...] = ("park", "enterprise")


@dataclass(frozen=True, slots=True)
class Cap:
    """A ceiling (名额上限) on how many of `members` may be selected."""

    id: str
    members: frozenset[str]
    limit: int


@dataclass(frozen=True, slots=True)
class Selection:
    """The state of every application; why some are `invalid`; which caps left somebody out."""

    states: Mapping[str, SelectionState]
    reasons: Mapping[str, InvalidReason]
    binding: tuple[str, ...]

    def of(self, state: SelectionState) -> tuple[str, ...]:
        """The applications in a state, in the order they were given."""
        return tuple(name for name, known in self.states.items() if known == state)


def neutral_key(application: Application) -> tuple[int, str, str, str, str]:
    """中性顺序: category, field, region, 统一社会信用代码 by code point (R06); the id only to be total."""
    category = CATEGORY_ORDER.index(application.category)
    return category, application.field, application.region, application.credit_code, application.id


def quota_faults(quotas: Mapping[Category, Quota], fields: Collection[str]) -> tuple[Fault, ...]:
    """The lint of quotas: no negative number, only fields of the batch, no field above the total."""
    faults = []
    for category, quota in quotas.items():
        place = f"quotas.{category}"
        if quota.total is not None and quota.total < 0:
            faults.append(Fault("E-QUOTA-NEGATIVE", f"{place}.total", {"limit": str(quota.total)}))
        for name, limit in quota.fields.items():
            where = f"{place}.fields.{name}"
            if limit < 0:
                faults.append(Fault("E-QUOTA-NEGATIVE", where, {"limit": str(limit)}))
            if name not in fields:
                faults.append(Fault("E-QUOTA-FIELD", where, {"field": name}))
            if quota.total is not None and limit > quota.total:
                faults.append(
                    Fault("E-QUOTA-TOTAL", where, {"field": name, "limit": str(limit), "total": str(quota.total)})
                )
    return tuple(faults)


def laminar_faults(caps: Sequence[Cap]) -> tuple[Fault, ...]:
    """Crossing caps (such as field x province) are refused: taking the best first would lose seats and score."""
    faults = []
    for number, cap in enumerate(caps):
        for other in caps[number + 1 :]:
            shared = cap.members & other.members
            if shared and shared not in (cap.members, other.members):
                faults.append(Fault("E-QUOTA-CROSSING", cap.id, {"first": cap.id, "second": other.id}))
    return tuple(faults)


def select(
    applications: Iterable[Application],
    results: Mapping[str, PanelResult],
    quotas: Mapping[Category, Quota],
    settings: Mapping[Category, PackSettings],
    *,
    vetoes: Collection[str] = (),
    unchecked: Collection[str] = (),
) -> Selection:
    """States of all applications (遴选). `vetoes` are 一票否决, `unchecked` have an open 待核; both are ids.

    An application without a panel result is `invalid` with reason `reviewers`.
    """
    states: dict[str, SelectionState] = {}
    reasons: dict[str, InvalidReason] = {}
    scores: dict[Category, dict[str, Fraction]] = {}
    fields: dict[tuple[Category, str], set[str]] = {}
    for application in sorted(applications, key=neutral_key):
        result = results.get(application.id)
        reason = _invalid(application.id, result, vetoes, unchecked)
        if reason or result is None:
            states[application.id] = "invalid"
            reasons[application.id] = reason or "reviewers"
        elif not reached(result, settings[application.category]):
            states[application.id] = "below"
        else:
            states[application.id] = "not_selected"
            scores.setdefault(application.category, {})[application.id] = deciding(
                result, settings[application.category]
            )
            fields.setdefault((application.category, application.field), set()).add(application.id)
    binding: list[str] = []
    for category, known in scores.items():
        quota = quotas.get(category, Quota())
        total = [] if quota.total is None else [Cap(category, frozenset(known), quota.total)]
        caps = [
            Cap(f"{category}.{name}", frozenset(fields.get((category, name), ())), limit)
            for name, limit in sorted(quota.fields.items())
        ]
        chosen, bound = choose(known, [*total, *caps], exact(settings[category].margin))
        states.update(chosen)
        binding += bound
    return Selection(states, reasons, tuple(binding))


def _invalid(
    application: str, result: PanelResult | None, vetoes: Collection[str], unchecked: Collection[str]
) -> InvalidReason | None:
    if application in vetoes:
        return "veto"
    if application in unchecked:
        return "check"
    return "reviewers" if result is None or result.total is None else None


def choose(
    scores: Mapping[str, Fraction], caps: Sequence[Cap], margin: Fraction = Fraction(0)
) -> tuple[Mapping[str, SelectionState], tuple[str, ...]]:
    """Selects from those that reached the standard under laminar caps; also gives the caps that left somebody out.

    Equal scores are one group. A group that does not fit below a cap holds the seats that are left there and is
    `pending`; if none is left it is `not_selected`. With `margin` > 0 everybody within it on both sides of a cut is
    `pending` too.

    Raises:
        ValueError: for crossing caps; `laminar_faults` says which.
    """
    if laminar_faults(caps):
        raise ValueError("crossing caps")
    inner_first = sorted(caps, key=lambda cap: (len(cap.members), cap.id))
    left = {cap.id: cap.limit for cap in caps}
    states: dict[str, SelectionState] = {}
    stopped: dict[str, str] = {}
    for score in sorted(set(scores.values()), reverse=True):
        group = sorted(name for name, value in scores.items() if value == score)
        _seat(group, inner_first, left, states, stopped)
    _widen(scores, inner_first, states, stopped, margin)
    bound = {stopped[name] for name, state in states.items() if name in stopped and state != "selected"}
    return {name: states[name] for name in scores}, tuple(cap.id for cap in caps if cap.id in bound)


def _seat(
    group: list[str],
    inner_first: Sequence[Cap],
    left: dict[str, int],
    states: dict[str, SelectionState],
    stopped: dict[str, str],
) -> None:
    """Seats one group of equal scores. `held` are seats it takes: one each, or what a tie has kept for it."""
    held: dict[frozenset[str], int] = {frozenset({name}): 1 for name in group}
    tied: set[str] = set()
    for cap in inner_first:
        inside = [part for part in held if part <= cap.members]
        demand = sum(held[part] for part in inside)
        if demand <= left[cap.id]:
            continue
        names = frozenset().union(*inside)
        for part in inside:
            del held[part]
        stopped.update(dict.fromkeys(names, cap.id))
        if left[cap.id] <= 0:
            states.update(dict.fromkeys(names, "not_selected"))
            tied -= names
        else:
            held[names] = left[cap.id]
            tied |= names
    for part, seats in held.items():
        for cap in inner_first:
            if part <= cap.members:
                left[cap.id] -= seats
        for name in part:
            states[name] = "pending" if name in tied else "selected"


def _widen(
    scores: Mapping[str, Fraction],
    caps: Sequence[Cap],
    states: dict[str, SelectionState],
    stopped: Mapping[str, str],
    margin: Fraction,
) -> None:
    """合议 margin: at each cut, whoever is within `margin` of it on either side becomes `pending`."""
    if margin <= 0:
        return
    pending: set[str] = set()
    for cap in caps:
        left_out = {name for name in cap.members if stopped.get(name) == cap.id}
        inside = {name for name in cap.members if states[name] in ("selected", "pending")}
        if not left_out or not inside:
            continue
        cut = min(scores[name] for name in inside)
        close = {name for name in left_out | inside if abs(scores[name] - cut) <= margin}
        if close & left_out:
            pending |= close
    for name in pending:
        states[name] = "pending"
