"""The proof that an assignment is lawful and the best: pure Python, exact integers, no solver needed (panel C.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ndb_desktop.domain.codes import province_of
from ndb_desktop.services.assignment_model import (
    KIND_PENALTY,
    LOAD_PENALTY,
    SCALE,
    SEAT_PENALTY,
    AssignmentProblem,
    Pair,
)
from ndb_desktop.services.assignment_program import Model


def total_cost(problem: AssignmentProblem, chosen: Iterable[Pair]) -> int:
    """The whole cost of an assignment in the model's scale: pairs plus penalties; soft gaps follow from the pairs."""
    seats = dict.fromkeys(problem.case_by_id, 0)
    loads = dict.fromkeys(problem.expert_by_id, 0)
    kinds: dict[tuple[str, str], int] = {}
    total = 0
    for pair in chosen:
        name, person = pair
        kind = problem.expert_by_id[person].kind
        total += problem.price(pair)
        seats[name] += 1
        loads[person] += problem.weight(pair)
        kinds[name, kind] = kinds.get((name, kind), 0) + 1
    penalty = sum(max(0, problem.lower[name] - number) for name, number in loads.items()) * LOAD_PENALTY
    for name, case in problem.case_by_id.items():
        penalty += max(0, problem.options.seats - seats[name]) * SEAT_PENALTY * case.size
        for wanted, least in problem.composition.items():
            penalty += max(0, least - kinds.get((name, wanted), 0)) * KIND_PENALTY * case.size
    return total + SCALE * penalty


def rule_breaks(problem: AssignmentProblem, chosen: Iterable[Pair]) -> tuple[str, ...]:
    """Every hard rule an assignment breaks, checked from the pairs alone and not from the model; empty = lawful."""
    pairs = list(chosen)
    cases = problem.case_by_id
    broken = [] if len(set(pairs)) == len(pairs) else ["twice"]
    counts: dict[tuple[str, str, str], int] = {}
    kept_counts: dict[tuple[str, str, str], int] = {}
    sums = dict.fromkeys(sorted(problem.floor_cases), 0)
    for name, person in pairs:
        if name not in cases or person not in problem.expert_by_id:
            broken.append(f"unknown|{name}|{person}")
            continue
        expert = problem.expert_by_id[person]
        kept = (name, person) in problem.kept
        if not kept and not problem.eligible(cases[name], expert):
            broken.append(f"barred|{name}|{person}")
        groups = [("seats", name, ""), ("load", person, "")]
        groups += [("employer", name, key)] if (key := problem.employers[person]) else []
        groups += [("province", name, key)] if (key := province_of(expert.province)) else []
        for group in groups:
            number = problem.weight((name, person)) if group[0] == "load" else 1
            counts[group] = counts.get(group, 0) + number
            kept_counts[group] = kept_counts.get(group, 0) + kept * number
        if name in sums:
            sums[name] += problem.affinity(cases[name], expert)
    broken += _kin_breaks(problem, pairs)
    broken += [f"floor|{name}" for name, reached in sums.items() if reached < problem.floor]
    broken += [f"missing|{name}|{person}" for name, person in sorted(problem.kept - set(pairs))]
    caps = {
        "seats": problem.options.seats,
        "employer": problem.options.per_employer,
        "province": problem.options.per_province,
    }
    for group, number in sorted(counts.items()):
        label, subject, key = group
        cap = problem.upper[subject] if label == "load" else caps[label]
        if number > max(cap, kept_counts[group]) and (cap or label in ("load", "seats")):
            broken.append(f"{label}|{subject}|{key}")
    return tuple(broken)


def _kin_breaks(problem: AssignmentProblem, pairs: Iterable[Pair]) -> list[str]:
    """Relatives on one panel, where not both were kept."""
    if not problem.kin:
        return []
    seated = set(pairs)
    return [
        f"kin|{name}|{one}|{other}"
        for one, other in sorted(problem.kin)
        for name in sorted(problem.case_by_id)
        if (name, one) in seated and (name, other) in seated and not {(name, one), (name, other)} <= problem.kept
    ]


@dataclass(frozen=True, slots=True)
class Certificate:
    """最优性证明: a price (dual value) per row, in units of 1/`denominator`; rows without one have price 0."""

    denominator: int
    prices: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Proof:
    """What a certificate proves: lawful or not, the cost, and that no assignment costs less than `bound`.

    Both are exact integers in the model's scale.
    """

    lawful: bool
    cost: int
    bound: int

    @property
    def optimal(self) -> bool:
        """Whether the assignment is proven to be the best."""
        return self.lawful and self.cost == self.bound


def verify_certificate(problem: AssignmentProblem, chosen: Iterable[Pair], certificate: Certificate) -> Proof:
    """Checks an assignment against its certificate without a solver, by weak duality in integers.

    Any prices give a lower bound: sum of price x row limit plus, per column, its reduced cost at the cheaper bound.
    If that equals the cost there is nothing better among the problem's candidate pairs.

    Raises:
        ValueError: for a denominator below 1.
    """
    scale = certificate.denominator
    if scale < 1:
        raise ValueError("the denominator of a certificate is at least 1")
    model = problem.model
    prices = _sound_prices(model, certificate)
    bound = 0
    for row, price in enumerate(prices):
        limit = model.row_low[row] if price > 0 else model.row_high[row]
        bound += price * limit if limit is not None else 0
    ends = zip(_reduced(model, prices, scale), model.low, model.high, strict=True)
    bound += sum(reduced * (low if reduced >= 0 else high) for reduced, low, high in ends)
    pairs = list(chosen)
    lawful = not rule_breaks(problem, pairs)
    cost = total_cost(problem, pairs) if lawful else 0
    return Proof(lawful, cost, -(-bound // scale))


def _sound_prices(model: Model, certificate: Certificate) -> list[int]:
    """The price per row; one of the wrong sign for its row proves nothing and counts as 0."""
    prices = [certificate.prices.get(key, 0) for key in model.row_keys]
    limits = zip(prices, model.row_low, model.row_high, strict=True)
    return [price if (low if price > 0 else high) is not None else 0 for price, low, high in limits]


def _reduced(model: Model, prices: Sequence[int], scale: int) -> list[int]:
    """What each column costs beside its rows, in units of 1/`scale`; most rows have no price and take no time."""
    reduced = [cost * scale for cost in model.cost]
    for row, price in enumerate(prices):
        if not price:
            continue
        if model.factors is None:
            for column in model.members[row]:
                reduced[column] -= price
        else:
            for column, factor in zip(model.members[row], model.factors[row], strict=True):
                reduced[column] -= price * factor
    return reduced


def reduced_costs(problem: AssignmentProblem, certificate: Certificate) -> Mapping[Pair, Fraction]:
    """影子差价 of every candidate pair, in points of affinity, exact from the prices.

    No assignment with a pair costs less than `bound` plus its reduced cost where that is positive; none without the
    pair costs less than `bound` minus its reduced cost where that is negative.
    """
    model, scale = problem.model, certificate.denominator
    prices = _sound_prices(model, certificate)
    return {
        pair: Fraction(reduced, scale * SCALE)
        # Pairs are the first columns, penalties follow.
        for pair, reduced in zip(model.pairs, _reduced(model, prices, scale), strict=False)
    }
