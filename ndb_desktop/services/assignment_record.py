"""分派证明 as it is kept: everything a draw was made from, its prices and its pairs, to be checked without a solver.

Canonical JSON (sorted keys, no spaces), compressed; names of experts and applicants are not in it.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from ndb_desktop.domain.batch import Expert
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.assignment_groups import Groups, group_problem, make_groups, spread
from ndb_desktop.services.assignment_model import (
    AssignmentProblem,
    AssignOptions,
    Case,
    Pair,
    employer_key,
    with_kept,
)
from ndb_desktop.services.assignment_proof import Certificate
from ndb_desktop.services.assignment_stage import Guarantee, Stage, StageName
from ndb_desktop.storage.registry_assignment import ProofRow

FORMAT = "ndb/assignment-proof/1"
_MOST = 512 * 1024 * 1024


@dataclass(frozen=True)
class ProvedStage:
    """A stage as it was kept: `cost` and `bound` as they were said to be."""

    name: StageName
    problem: AssignmentProblem
    pairs: tuple[Pair, ...]
    certificate: Certificate
    cost: int
    bound: int


@dataclass(frozen=True)
class Record:
    """What a proof holds: the problem as it was, its stages, and the pairs put in force (application, expert)."""

    problem: AssignmentProblem
    stages: tuple[ProvedStage, ...]
    groups: Groups
    pairs: tuple[Pair, ...]
    guarantee: Guarantee


def pairs_digest(pairs: Iterable[Pair]) -> str:
    """SHA-256 (hex) of pairs (application, expert)."""
    rows = [list(pair) for pair in sorted(pairs)]
    return hashlib.sha256(json.dumps(rows, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def proof_row(
    kind: str,
    problem: AssignmentProblem,
    stages: Iterable[Stage],
    groups: Groups,
    pairs: Iterable[Pair],
    guarantee: Guarantee,
) -> ProofRow:
    """The proof of a draw, ready to be kept."""
    found = sorted(pairs)
    options = asdict(problem.options)
    options["composition"] = dict(problem.composition)
    content = {
        "format": FORMAT,
        "batch": problem.batch,
        "options": options,
        "cases": sorted([c.id, c.category, c.field, c.province] for c in problem.cases),
        "experts": sorted(
            [e.id, employer_key(e), e.province, e.kind, sorted(e.categories), dict(e.fields), e.max_load]
            for e in problem.experts
        ),
        "barred": sorted(problem.barred),
        "kept": sorted(problem.kept),
        "groups": {name: list(members) for name, members in groups.items()},
        "stages": [_stage(stage) for stage in stages],
        "pairs": found,
        "guarantee": guarantee,
    }
    if problem.kin:
        content["kin"] = sorted(problem.kin)
    data = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return ProofRow(
        kind=kind,
        seed=problem.seed,
        inputs_digest=problem.inputs_digest,
        guarantee=guarantee,
        pairs_digest=pairs_digest(found),
        sha256=hashlib.sha256(data).hexdigest(),
        record=zlib.compress(data, 6),
    )


def _stage(stage: Stage) -> Mapping[str, Any]:
    return {
        "name": stage.name,
        "denominator": stage.certificate.denominator,
        "prices": dict(stage.certificate.prices),
        "pairs": stage.pairs,
        "cost": stage.cost,
        "bound": stage.bound,
        "floor": stage.problem.floor,
        "floor_cases": sorted(stage.problem.floor_cases),
    }


def read_record(row: ProofRow) -> Record:
    """The proof as it was kept. Groups, panels and seed are made anew from the inputs, never taken from it.

    Raises:
        NdbError: `E-PROOF-RECORD` when its digest is wrong or it cannot be read.
    """
    try:
        unpack = zlib.decompressobj()
        data = unpack.decompress(row.record, _MOST)
        if unpack.unconsumed_tail or hashlib.sha256(data).hexdigest() != row.sha256:
            raise NdbError("E-PROOF-RECORD", at=row.at)
        content = json.loads(data)
        if content["format"] != FORMAT:
            raise NdbError("E-PROOF-RECORD", at=row.at)
        problem = _problem(content)
        return _record(content, problem)
    except (zlib.error, ValueError, KeyError, TypeError, IndexError) as error:
        raise NdbError("E-PROOF-RECORD", at=row.at) from error


def _problem(content: Mapping[str, Any]) -> AssignmentProblem:
    known = {entry.name for entry in fields(AssignOptions)}
    options = AssignOptions(**{name: value for name, value in content["options"].items() if name in known})
    experts = tuple(
        Expert(name, "", employer, employer, province, kind, tuple(categories), levels, (), load)
        for name, employer, province, kind, categories, levels, load in content["experts"]
    )
    return AssignmentProblem(
        cases=tuple(Case(*case) for case in content["cases"]),
        experts=experts,
        barred=frozenset(_pairs(content["barred"])),
        options=options,
        batch=content["batch"],
        kept=frozenset(_pairs(content["kept"])),
        kin=frozenset(_pairs(content.get("kin", ()))),
    )


def _record(content: Mapping[str, Any], problem: AssignmentProblem) -> Record:
    panels = any(stage["name"] == "panel" for stage in content["stages"])
    groups = make_groups(problem) if panels else {}
    stages: list[ProvedStage] = []
    for stage in content["stages"]:
        of_stage = problem
        if stage["name"] == "panel":
            of_stage = group_problem(problem, groups)
        elif stage["name"] == "reserve":
            kept = spread(problem, groups, stages[-1].pairs)
            of_stage = replace(with_kept(problem, kept), given_seed=problem.seed)
        if stage["floor_cases"]:
            of_stage = replace(
                of_stage, floor=stage["floor"], floor_cases=frozenset(stage["floor_cases"]), given_seed=problem.seed
            )
        stages.append(
            ProvedStage(
                stage["name"], of_stage, tuple(_pairs(stage["pairs"])),
                Certificate(stage["denominator"], stage["prices"]), stage["cost"], stage["bound"],
            )
        )  # fmt: skip
    return Record(problem, tuple(stages), groups, tuple(_pairs(content["pairs"])), content["guarantee"])


def _pairs(rows: Iterable[Iterable[str]]) -> list[Pair]:
    return [(str(application), str(expert)) for application, expert in rows]
