"""The test vectors (试算) of a pack of a later stage: known promises and findings with known results.

They run at every load. One is a single target (`target`) or a whole base (`expect`); a pack needs some of each kind of
result, so that no limit of it was never tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from ndb_desktop.domain.acceptance import DONE_VALUES, target_result
from ndb_desktop.domain.effect import effect_outcome
from ndb_desktop.domain.model import Task
from ndb_desktop.domain.numbers import brief, half_up
from ndb_desktop.domain.packparts import as_decimal
from ndb_desktop.domain.packread import Reader
from ndb_desktop.domain.panel import ItemMark
from ndb_desktop.domain.stagecase import Promise, StageCase
from ndb_desktop.domain.stagepack import AcceptancePack, AnyStagePack, EffectPack
from ndb_desktop.domain.stageresult import acceptance_outcome

LEAST = 3
"""Vectors of single targets for every direction the pack uses."""
_CASE = ("field", "all", "targets", "grounds", "expect")


def run_stage_vectors(pack: AnyStagePack, vectors: list[Any], reader: Reader) -> None:
    """Runs all vectors and notes failures, and kinds of results that none of them has."""
    counts: dict[str, int] = {}
    for n, raw in enumerate(vectors):
        path = f"vectors[{n}]"
        if isinstance(raw, dict) and "target" in raw:
            kinds = [_target(raw, path, reader)]
        elif isinstance(pack, EffectPack):
            kinds = _effect(pack, raw, path, reader)
        else:
            kinds = _acceptance(pack, raw, path, reader)
        for kind in kinds:
            counts[kind] = counts.get(kind, 0) + 1
    judged = isinstance(pack, EffectPack)
    wanted: dict[str, int] = {str(one.direction): LEAST for one in pack.measured}
    for kind in ("passed", "veto", "score") if judged else ("passed", "veto", "tasks", "targets"):
        wanted[kind] = 1
    if not judged:
        wanted |= {group.id: 1 for group in pack.groups}
    for kind, least in wanted.items():
        if counts.get(kind, 0) < least:
            reader.fault("E-STAGE-VECTOR-FEW", "vectors", kind=kind, least=least)


def _target(raw: Any, path: str, reader: Reader) -> str:
    """`{"target": [base, target, actual], "direction": …, "progress": …, "level": … or null, "met": …}`."""
    record = reader.record(raw, path, ("target", "direction", "progress", "level", "met"))
    direction = reader.choice(record["direction"], f"{path}.direction", ("up", "down"))
    values = [
        reader.number(value, f"{path}.target[{n}]")
        for n, value in enumerate(reader.array(record["target"], f"{path}.target", 3, 3))
    ]
    if len(values) != 3:
        return direction
    base, goal, actual = values
    if (goal > base) if direction == "down" else (goal < base):
        reader.fault("E-STAGE-VECTOR-EASIER", f"{path}.target")
        return direction
    found = target_result(base, goal, actual, "down" if direction == "down" else "up")
    _same(record["progress"], found.progress, f"{path}.progress", reader)
    _same(record["level"], found.level, f"{path}.level", reader)
    met = reader.boolean(record["met"], f"{path}.met")
    if met is not found.met:
        _differ(f"{path}.met", str(met).lower(), str(found.met).lower(), reader)
    return direction


def _acceptance(pack: AcceptancePack, raw: Any, path: str, reader: Reader) -> list[str]:
    record = reader.record(raw, path, (*_CASE, "tasks"))
    triples = _rows(pack, record, path, 3, reader)
    tasks, marks = _tasks(record["tasks"], f"{path}.tasks", reader)
    expect = reader.record(record["expect"], f"{path}.expect", ("tasks", "targets", "groups", "failed"))
    groups = reader.record(expect["groups"], f"{path}.expect.groups", [group.id for group in pack.groups])
    grounds = _names(record["grounds"], f"{path}.grounds", reader)
    failed = _names(expect["failed"], f"{path}.expect.failed", reader)
    if reader.faults:
        return []
    case = _case(pack, record["field"], {name: row and (row[0], row[1]) for name, row in triples.items()}, tasks)
    actuals = {name: row[2] if row else None for name, row in triples.items()}
    found = acceptance_outcome(pack, case, actuals, marks, vetoes=grounds)
    _same(expect["tasks"], found.task_share, f"{path}.expect.tasks", reader)
    _same(expect["targets"], found.target_share, f"{path}.expect.targets", reader)
    for group, share in found.groups.items():
        _same(groups[group], share, f"{path}.expect.groups.{group}", reader)
    if failed != list(found.failed):
        _differ(f"{path}.expect.failed", ", ".join(failed), ", ".join(found.failed), reader)
    return list(found.failed) or ["passed"]


def _effect(pack: EffectPack, raw: Any, path: str, reader: Reader) -> list[str]:
    record = reader.record(raw, path, (*_CASE, "scores"))
    triples = _rows(pack, record, path, 3, reader)
    scores = reader.record(record["scores"], f"{path}.scores", [item.id for item in pack.judged])
    marks = {item: _marks(values, f"{path}.scores.{item}", reader) for item, values in scores.items()}
    expect = reader.record(record["expect"], f"{path}.expect", ("parts", "total", "failed"))
    parts = reader.record(expect["parts"], f"{path}.expect.parts", [part.id for part in pack.parts])
    grounds = _names(record["grounds"], f"{path}.grounds", reader)
    failed = _names(expect["failed"], f"{path}.expect.failed", reader)
    if reader.faults:
        return []
    case = _case(pack, record["field"], {name: row and (row[0], row[0]) for name, row in triples.items()}, ())
    accepted = {name: row[1] if row else None for name, row in triples.items()}
    actuals = {name: row[2] if row else None for name, row in triples.items()}
    found = effect_outcome(pack, case, accepted, actuals, marks, vetoes=grounds)
    for part, score in found.parts.items():
        _same(parts[part], None if score is None else score / 100, f"{path}.expect.parts.{part}", reader)
    _same(expect["total"], None if found.total is None else found.total / 100, f"{path}.expect.total", reader)
    if failed != list(found.failed):
        _differ(f"{path}.expect.failed", ", ".join(failed), ", ".join(found.failed), reader)
    return list(found.failed) or ["passed"]


Row = tuple[Fraction | None, ...]


def _rows(
    pack: AnyStagePack, record: Mapping[str, Any], path: str, size: int, reader: Reader
) -> Mapping[str, Row | None]:
    """Figures per measure: `all` for every one, `targets` for single ones; null for one that was not promised."""
    reader.ident(record["field"], f"{path}.field")
    named = record["targets"]
    if not isinstance(named, dict):
        named = reader.record(named, f"{path}.targets", ())
    for name in sorted(named.keys() - pack.measured_by_id.keys()):
        reader.fault("E-PACK-MEASURE-UNKNOWN", f"{path}.targets", id=name)
    common = _row(record["all"], f"{path}.all", size, reader)
    return {
        one.id: _row(named[one.id], f"{path}.targets.{one.id}", size, reader) if one.id in named else common
        for one in pack.measured
    }


def _row(raw: Any, path: str, size: int, reader: Reader) -> Row | None:
    if raw is None:
        return None
    values = reader.array(raw, path, size, size)
    row = tuple(None if value is None and n else reader.number(value, f"{path}[{n}]") for n, value in enumerate(values))
    return row if len(row) == size else None


def _tasks(raw: Any, path: str, reader: Reader) -> tuple[tuple[Task, ...], Mapping[str, list[ItemMark]]]:
    """`[indicator, weight, [done, …]]`, a finding per expert."""
    tasks, marks = [], {}
    for n, entry in enumerate(reader.array(raw, path, 0, 200)):
        here, name = f"{path}[{n}]", f"T{n + 1}"
        row = reader.array(entry, here, 3, 3)
        if len(row) != 3:
            continue
        weight = as_decimal(reader.number(row[1], f"{here}[1]", 0, 100))
        tasks.append(Task(name, reader.ident(row[0], f"{here}[0]"), "", "", "", "", "", weight))
        marks[name] = _marks(row[2], f"{here}[2]", reader)
        for m, mark in enumerate(marks[name]):
            if mark.value not in DONE_VALUES:
                reader.fault("E-PACK-CHOICE", f"{here}[2][{m}]", value=mark.value, allowed="0, 0.5, 1")
    return tuple(tasks), marks


def _marks(raw: Any, path: str, reader: Reader) -> list[ItemMark]:
    values = reader.array(raw, path, 0, 99)
    return [ItemMark("scored", reader.number(value, f"{path}[{n}]", 0, 100)) for n, value in enumerate(values)]


def _names(raw: Any, path: str, reader: Reader) -> list[str]:
    return [reader.text(name, f"{path}[{n}]") for n, name in enumerate(reader.array(raw, path, 0, 50))]


def _case(pack: AnyStagePack, field: str, promised: Mapping[str, Row | None], tasks: tuple[Task, ...]) -> StageCase:
    promises = []
    for one in pack.measured:
        row = promised[one.id]
        if not one.applies(field):
            promises.append(Promise(one, "not_applicable"))
        elif row is None or row[1] is None:
            promises.append(Promise(one, "not_promised"))
        else:
            promises.append(Promise(one, "promised", row[0], "stated", 0, row[1]))
    return StageCase("vector", pack.category, field, "", "", "", "", pack.digest, tuple(promises), tasks)


def _same(raw: Any, found: Fraction | None, path: str, reader: Reader) -> None:
    """A share in percent with six decimals, or null."""
    shown = "null" if found is None else brief(found * 100, 6)
    if raw is None:
        if found is not None:
            _differ(path, "null", shown, reader)
        return
    wanted = reader.number(raw, path)
    if found is None or half_up(found * 100, 6) != half_up(wanted, 6):
        _differ(path, brief(wanted, 6), shown, reader)


def _differ(path: str, expected: str, got: str, reader: Reader) -> None:
    reader.fault("E-STAGE-VECTOR", path, expected=expected or "-", got=got or "-")
