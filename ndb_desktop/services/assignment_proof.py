"""The proof that an assignment is lawful and the best: pure Python, exact integers, no solver needed (panel C.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

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
    pairs = list(chosen)
    experts = problem.expert_by_id
    seats = Counter(name for name, _ in pairs)
    loads = _loads(problem, pairs)
    kinds = Counter((name, experts[person].kind) for name, person in pairs)
    penalty = sum(max(0, least - loads[name]) for name, least in problem.lower.items()) * LOAD_PENALTY
    for name, case in problem.case_by_id.items():
        penalty += max(0, problem.options.seats - seats[name]) * SEAT_PENALTY * case.size
        for wanted, least in problem.composition.items():
            penalty += max(0, least - kinds[name, wanted]) * KIND_PENALTY * case.size
    people: dict[str, list[str]] = {}
    for name, person in pairs:
        people.setdefault(name, []).append(person)
    return sum(problem.prices(people)) + SCALE * penalty


def _loads(problem: AssignmentProblem, pairs: Iterable[Pair]) -> Counter[str]:
    loads: Counter[str] = Counter()
    if not problem.weighted and not problem.recusals:
        loads.update(person for _, person in pairs)
        return loads
    for pair in pairs:
        loads[pair[1]] += problem.weight(pair)
    return loads


def rule_breaks(problem: AssignmentProblem, chosen: Iterable[Pair]) -> tuple[str, ...]:
    """Every hard rule an assignment breaks, checked from the pairs alone and not from the model; empty = lawful."""
    pairs = list(chosen)
    cases, experts = problem.case_by_id, problem.expert_by_id
    broken = [] if len(set(pairs)) == len(pairs) else ["twice"]
    known: list[Pair] = []
    sums = dict.fromkeys(sorted(problem.floor_cases), 0)
    for pair in pairs:
        name, person = pair
        if name not in cases or person not in experts:
            broken.append(f"unknown|{name}|{person}")
            continue
        known.append(pair)
        if pair not in problem.kept and not problem.eligible(cases[name], experts[person]):
            broken.append(f"barred|{name}|{person}")
        if name in sums:
            sums[name] += problem.affinity(cases[name], experts[person])
    broken += _kin_breaks(problem, pairs)
    broken += [f"floor|{name}" for name, reached in sums.items() if reached < problem.floor]
    broken += [f"missing|{name}|{person}" for name, person in sorted(problem.kept - set(pairs))]
    return (*broken, *_cap_breaks(problem, known))


def _cap_breaks(problem: AssignmentProblem, pairs: Sequence[Pair]) -> list[str]:
    """Caps that are exceeded, and by more than the pairs that are kept."""
    options, counts = problem.options, _counts(problem, pairs)
    kept = _counts(problem, [pair for pair in pairs if pair in problem.kept])
    caps = {"employer": options.per_employer, "province": options.per_province, "seats": options.seats}
    broken = [
        (label, *group)
        for label, groups in counts.items()
        for group, number in groups.items()
        if number > (cap := problem.upper[group[0]] if label == "load" else caps[label])
        and number > kept[label][group]
        and (cap or label in ("load", "seats"))
    ]
    return ["|".join(group) for group in sorted(broken)]


def _counts(problem: AssignmentProblem, pairs: Sequence[Pair]) -> dict[str, Counter[tuple[str, str]]]:
    """What each cap limits, by what it is a cap of: (application, employer or province), or (expert, "")."""
    employers, provinces = problem.employers, problem.provinces
    return {
        "employer": Counter((name, key) for name, person in pairs if (key := employers[person])),
        "load": Counter({(name, ""): load for name, load in _loads(problem, pairs).items()}),
        "province": Counter((name, key) for name, person in pairs if (key := provinces[person])),
        "seats": Counter((name, "") for name, _ in pairs),
    }


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
    bound = least_cost(problem, certificate)
    pairs = list(chosen)
    lawful = not rule_breaks(problem, pairs)
    return Proof(lawful, total_cost(problem, pairs) if lawful else 0, bound)


def least_cost(problem: AssignmentProblem, certificate: Certificate) -> int:
    """What no assignment costs less than, by the prices of a certificate. Raises as `verify_certificate`."""
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
    return -(-bound // scale)


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
        first, last = model.starts[row], model.starts[row + 1]
        if model.factors is None:
            for column in model.members[first:last]:
                reduced[column] -= price
        else:
            for column, factor in zip(model.members[first:last], model.factors[first:last], strict=True):
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
