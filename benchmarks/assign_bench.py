"""Assignment: model, solution, check and proof against HiGHS alone on the finished arrays."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from benchmarks.harness import Figure, Setting, in_child, percentile
from ndb_desktop.domain.batch import Expert
from ndb_desktop.services.assign import AssignmentProblem, AssignOptions, solve
from ndb_desktop.services.assignment_model import Case
from ndb_desktop.services.assignment_proof import verify_certificate
from ndb_desktop.services.assignment_solver import Program

FIELDS = tuple(f"F{number}" for number in range(10))
PROVINCES = tuple(str(code) for code in (11, 12, 13, 21, 31, 32, 33, 34, 35, 37, 41, 42, 43, 44, 51, 61))


def run(setting: Setting) -> Iterator[Figure]:
    """500 x 80 x 5 and 600 x 120 x 7; `--full` also 5,000 x 600 x 7. Processor time, not the clock's."""
    sizes = [(120, 40, 5)] if setting.quick else [(500, 80, 5), (600, 120, 7)]
    if setting.full:
        sizes.append((5_000, 600, 7))
    for count, experts, seats in sizes:
        runs = [
            in_child("assign_bench:once", count=count, experts=experts, seats=seats)
            for _ in range(1 if count > 1_000 else setting.pick(1, 3))
        ]
        ours, floors = [run["seconds"] for run in runs], [run["solver"] for run in runs]
        facts = {name: runs[0][name] for name in ("pairs", "guarantee", "gap", "missing", "verify")}
        yield Figure(
            f"assign {count} x {experts} x {seats}",
            percentile(ours, 0.5),
            percentile(floors, 0.5),
            1.5,
            runs=(tuple(ours), tuple(floors)),
            facts={**facts, "peak_mb": max(run["peak_mb"] or 0 for run in runs)},
        )
        if any(run["integers"] for run in runs):
            whole = [run["solver"] + run["integers"] for run in runs]
            yield Figure(
                f"assign {count} x {experts} x {seats}, whole",
                percentile(ours, 0.5),
                percentile(whole, 0.5),
                1.5,
                runs=(tuple(ours), tuple(whole)),
            )


def problem(count: int, experts: int, seed: int = 7) -> AssignmentProblem:
    """A round with fields, provinces, employers, kinds and one conflict in fifty; loads leave a tenth of slack."""
    chance = random.Random(seed)
    load = -(-count * 7 * 11 // (10 * experts)) + 2
    people = []
    for number in range(experts):
        fields = {field: chance.randrange(300, 1001, 50) for field in chance.sample(FIELDS, 4)}
        kind: Any = chance.choices(("field", "finance", "policy"), (70, 15, 15))[0]
        people.append(
            Expert(
                id=f"E{number:03d}",
                name=f"专家{number}",
                employer=f"单位{chance.randrange(experts // 2)}",
                employer_code="",
                province=f"{chance.choice(PROVINCES)}0000",
                kind=kind,
                categories=("park", "enterprise"),
                fields=fields,
                max_load=load,
            )
        )
    cases = tuple(
        Case(f"A{n:04d}", chance.choice(("park", "enterprise")), chance.choice(FIELDS), chance.choice(PROVINCES))
        for n in range(count)
    )
    barred = {(case.id, chance.choice(people).id) for case in cases for _ in range(experts // 50)}
    return AssignmentProblem(cases, tuple(people), frozenset(barred), AssignOptions(), "bench")


def once(count: int, experts: int, seats: int) -> dict[str, Any]:
    """One solution from nothing, the solver alone on the finished arrays, and the check of the proof without it."""
    Program(problem(2, 7).model, 1.0)  # both sides need the solver loaded; that is not what is compared
    begun = time.process_time()
    task = replace(problem(count, experts), options=AssignOptions(seats=seats, time_limit=3_600.0))
    report = solve(task)
    seconds = time.process_time() - begun
    program = Program(task.model, task.options.time_limit)
    begun = time.process_time()
    relaxed = program.relaxed()
    solver = time.process_time() - begun
    integers = 0.0
    if relaxed is not None and not relaxed.whole:
        # No assignment yet: it divides experts between seats.
        begun = time.process_time()
        program.integers(relaxed.prices)
        integers = time.process_time() - begun
    stage = report.stages[0]
    begun = time.process_time()
    verify_certificate(task, stage.pairs, stage.certificate)
    return {
        "seconds": seconds, "solver": solver, "integers": integers, "verify": time.process_time() - begun,
        "pairs": len(report.pairs), "guarantee": report.guarantee, "gap": report.gap,
        "missing": report.missing_seats,
    }  # fmt: skip
