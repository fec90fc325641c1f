"""固定评审组: similar applications that one panel reads (panel C.5), as a round of groups for the same program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ndb_desktop.services.assignment_model import AssignmentProblem, Case, Pair

Groups = Mapping[str, tuple[str, ...]]
"""Group id -> its applications."""


def make_groups(problem: AssignmentProblem) -> Groups:
    """Groups of one category and field, at most `options.group` large and as even as can be.

    Applications of one province stay together: the fewer provinces a group has, the more experts are free of them.
    """
    areas: dict[tuple[str, str], list[Case]] = {}
    for case in sorted(problem.cases, key=lambda case: (case.category, case.field, case.province, case.id)):
        areas.setdefault((case.category, case.field), []).append(case)
    groups: dict[str, tuple[str, ...]] = {}
    for cases in areas.values():
        count = -(-len(cases) // max(1, problem.options.group))
        for number in range(count):
            members = cases[number * len(cases) // count : (number + 1) * len(cases) // count]
            groups[f"#{len(groups) + 1:04d}"] = tuple(case.id for case in members)
    return groups


def group_problem(problem: AssignmentProblem, groups: Groups) -> AssignmentProblem:
    """The same round with groups for applications; it draws by the same seed.

    In mode `panel` an expert who is barred from one application is barred from its group; in mode `panel_recuse` each
    recusal costs, and only who is barred from all of them stays away.
    """
    cases, barred, recusals = [], set(), {}
    for name, members in groups.items():
        known = [problem.case_by_id[member] for member in members]
        cases.append(Case(name, known[0].category, known[0].field, "", len(known)))
        for expert in problem.experts:
            away = sum(not problem.eligible(case, expert) for case in known)
            if away == len(known) or (away and problem.options.mode == "panel"):
                barred.add((name, expert.id))
            elif away:
                recusals[name, expert.id] = away
    return replace(
        problem, cases=tuple(cases), barred=frozenset(barred), recusals=recusals, kept=frozenset(), floor=0,
        floor_cases=frozenset(), given_seed=problem.seed,
    )  # fmt: skip


def spread(problem: AssignmentProblem, groups: Groups, pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """The pairs of applications and experts that follow from panels; who must recuse does."""
    return tuple(
        sorted(
            (member, expert)
            for name, expert in pairs
            for member in groups[name]
            if problem.eligible(problem.case_by_id[member], problem.expert_by_id[expert])
        )
    )
