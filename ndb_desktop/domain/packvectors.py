"""A pack's own test vectors: known data with known scores; they run at every load and one failure refuses the pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ndb_desktop.domain.model import Application, Datum, ListedObject, Target
from ndb_desktop.domain.numbers import brief, half_up, plain
from ndb_desktop.domain.packread import Reader
from ndb_desktop.domain.rulepack import DataItem, Indicator, Measure, RulePack
from ndb_desktop.domain.rules import Computed, compute_basis, compute_target
from ndb_desktop.domain.strictload import strict_json

YEAR = 2025
LEAST = 3
"""Vectors an indicator needs, and each part of a quantitative one."""

_OPTIONAL = ("part", "k", "field", "special_region", "data", "targets", "score", "status", "level", "value", "accepted")


@dataclass(frozen=True, slots=True)
class Vector:
    """A test vector (试算) of a quantitative indicator: declared data, and the score the pack says they give.

    `part` is `basis` or `plan`, `k` the scale factor, `score` and `expected` as the pack has them (`expected`: status).
    """

    part: str
    application: Application
    k: Fraction
    score: str
    expected: str


def vectors_of(pack: RulePack, indicator: Indicator) -> tuple[Vector, ...]:
    """The vectors of a quantitative indicator in the order of the pack; a judged one has no data and so none."""
    if indicator.rule is None:
        return ()
    found = []
    for record in strict_json(pack.raw, max_size=len(pack.raw))["vectors"]:
        if record["indicator"] == indicator.id:
            # The pack was loaded, so there is no fault to be found.
            application = _application(pack, indicator, record, "", reader := Reader())
            k = reader.number(record.get("k", "1"), "", 0)
            part, status = record.get("part", "basis"), record.get("status", "ok")
            found.append(Vector(part, application, k or Fraction(1), record.get("score", ""), status))
    return tuple(found)


def run_vectors(pack: RulePack, vectors: list[Any], reader: Reader) -> None:
    """Runs all vectors and notes failures, and indicators with too few."""
    counts: dict[tuple[str, str], int] = {}
    for n, raw in enumerate(vectors):
        path = f"vectors[{n}]"
        record = reader.record(raw, path, ("indicator",), _OPTIONAL)
        name = reader.text(record["indicator"], f"{path}.indicator")
        indicator = pack.indicator_by_id.get(name)
        if indicator is None:
            reader.fault("E-PACK-VECTOR-INDICATOR", f"{path}.indicator", id=name)
            continue
        if indicator.rule is None:
            _level(pack, record, path, reader)
            part = "level"
        else:
            part = reader.choice(record.get("part", "basis"), f"{path}.part", ("basis", "plan"))
            _score(pack, indicator, part, record, path, reader)
        counts[name, part] = counts.get((name, part), 0) + 1
    for indicator in pack.indicators:
        for part in ("basis", "plan") if indicator.rule else ("level",):
            if counts.get((indicator.id, part), 0) < LEAST:
                reader.fault("E-PACK-VECTOR-FEW", "vectors", indicator=indicator.id, part=part, least=LEAST)


def _level(pack: RulePack, record: dict[str, Any], path: str, reader: Reader) -> None:
    """For a judged indicator: whether a number may stand in a level."""
    level = reader.choice(record.get("level", ""), f"{path}.level", ("L1", "L2", "L3", "L4", "L5"))
    value = reader.number(record.get("value", ""), f"{path}.value")
    accepted = reader.boolean(record.get("accepted"), f"{path}.accepted")
    band = pack.band_of(level)  # type: ignore[arg-type]
    inside = band.low <= value <= band.high and value % Fraction(pack.settings.step) == 0
    if inside is not accepted:
        shown = str(inside).lower()
        reader.fault("E-PACK-VECTOR", path, expected=str(accepted).lower(), got=shown, status=level)


def _score(pack: RulePack, indicator: Indicator, part: str, record: dict[str, Any], path: str, reader: Reader) -> None:
    before = len(reader.faults)
    application = _application(pack, indicator, record, path, reader)
    k = reader.number(record.get("k", "1"), f"{path}.k", 0)
    expected = reader.number(record.get("score", ""), f"{path}.score", 0, 100)
    status = reader.text(record.get("status", "ok"), f"{path}.status")
    if len(reader.faults) > before:
        return
    compute = compute_basis if part == "basis" else compute_target
    result: Computed = compute(pack, indicator, application, k if k > 0 else Fraction(1), explain=False)
    score = result.score if result.score is not None else Fraction(0)
    if half_up(score, 6) != half_up(expected, 6) or result.status != status:
        reader.fault(
            "E-PACK-VECTOR",
            path,
            expected=f"{brief(expected, 6)} ({status})",
            got=f"{brief(score, 6)} ({result.status})",
            status=part,
        )


def _application(
    pack: RulePack, indicator: Indicator, record: dict[str, Any], path: str, reader: Reader
) -> Application:
    data: dict[str, Datum] = {}
    known = {item.code: item for item in indicator.data}
    given = record.get("data", {})
    for code, raw in (given if isinstance(given, dict) else reader.record(given, f"{path}.data", ())).items():
        here = f"{path}.data.{code}"
        if code not in known:
            reader.fault("E-PACK-DATA-UNKNOWN", here, code=code)
            continue
        datum = _datum(known[code], raw, here, reader)
        if datum is not None:
            data[code] = datum
    return Application(
        id="vector",
        category=pack.category,
        field=reader.text(record.get("field", "vector"), f"{path}.field"),
        applicant="",
        credit_code="",
        region="",
        recommender="",
        year=YEAR,
        special_region=reader.boolean(record.get("special_region", False), f"{path}.special_region"),
        data=data,
        targets=tuple(_targets(indicator, record.get("targets", {}), f"{path}.targets", reader)),
    )


def _datum(item: DataItem, raw: Any, path: str, reader: Reader) -> Datum | None:
    """A datum in short form: list of years (null = missing), one number, yes/no, or objects by class and number."""
    datum = Datum(item.code, item.unit, "statistics")
    if item.kind == "flag":
        return replace(datum, flag=reader.boolean(raw, path))
    if item.kind == "objects":
        counts = raw if isinstance(raw, dict) else reader.record(raw, path, ())
        objects = [
            ListedObject(cls, f"{cls} {n}", f"{cls}-{n}", f"{YEAR}-06-30")
            for cls, count in counts.items()
            for n in range(reader.whole(count, f"{path}.{cls}", 0, 1000))
        ]
        return replace(datum, objects=tuple(objects))
    if item.years == 0:
        return replace(datum, values={"": _value(raw, path, reader)})
    years = reader.array(raw, path, item.years, item.years)
    values = {
        str(YEAR - item.years + 1 + n): _value(value, f"{path}[{n}]", reader)
        for n, value in enumerate(years)
        if value is not None
    }
    return replace(datum, values=values)


def _value(raw: Any, path: str, reader: Reader) -> Decimal:
    return Decimal(plain(half_up(reader.number(raw, path), 6)))


def _targets(indicator: Indicator, raw: Any, path: str, reader: Reader) -> list[Target]:
    """Targets as `{"measure": ["base" or null, "target" or null]}` in the measure's own unit."""
    measures: Mapping[str, Measure] = {m.id: m for m in (indicator.rule.measures if indicator.rule else ())}
    targets: list[Target] = []
    for name, pair in (raw if isinstance(raw, dict) else reader.record(raw, path, ())).items():
        here = f"{path}.{name}"
        values = reader.array(pair, here, 2, 2)
        if name not in measures:
            reader.fault("E-PACK-MEASURE-UNKNOWN", here, id=name)
            continue
        if len(values) == 2:
            base, goal = (
                None if value is None else _value(value, f"{here}[{n}]", reader) for n, value in enumerate(values)
            )
            targets.append(Target(indicator.id, name, measures[name].unit, base, YEAR, goal, YEAR + 2))
    return targets
