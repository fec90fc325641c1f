"""The lint of a pack of a later stage: its own weights and parts, and whether it fits the selection pack it follows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.packlint import lint_bands, lint_panel, lint_status
from ndb_desktop.domain.packread import Reader
from ndb_desktop.domain.rulepack import Indicator, RulePack
from ndb_desktop.domain.rulescore import leaves_of, rises
from ndb_desktop.domain.stagepack import AcceptancePack, AnyStagePack, EffectPack
from ndb_desktop.domain.units import UNITS

OTHER_FIELDS = "*"
"""Stands for every field that the pack does not name."""


def lint_stage(pack: AnyStagePack, reader: Reader) -> None:
    """What a well-formed pack may still get wrong."""
    lint_status(pack.status, pack.document_number, pack.version, reader)
    _weights(pack, reader)
    groups = {group.id for group in pack.groups}
    used = {one.group for one in pack.measured}
    if isinstance(pack, EffectPack):
        lint_bands(pack.bands, pack.settings, reader)
        lint_panel(pack.settings, reader)
        _parts(pack, reader)
    else:
        used |= {one.group for one in pack.by_tasks}
        for group in sorted(groups - used):
            reader.fault("E-PACK-GROUP-EMPTY", "pack.groups", group=group)
    for group in sorted(used - groups):
        reader.fault("E-PACK-GROUP-UNKNOWN", "pack.targets", group=group)


def _weights(pack: AnyStagePack, reader: Reader) -> None:
    """In each field the weights of what applies there sum to 100."""
    others = pack.by_tasks if isinstance(pack, AcceptancePack) else ()
    for n, one in enumerate(pack.measured):
        if one.weight <= 0:
            reader.fault("E-PACK-WEIGHT", f"pack.targets[{n}].weight")
    for n, other in enumerate(others):
        if other.weight <= 0:
            reader.fault("E-PACK-WEIGHT", f"pack.by_tasks[{n}].weight")
    named = {name for one in pack.measured for name in (*one.only, *one.never)}
    for field in (OTHER_FIELDS, *sorted(named)):
        total = sum((one.weight for one in pack.measured if one.applies(field)), Decimal(0))
        total += sum((other.weight for other in others), Decimal(0))
        if total != 100:
            reader.fault("E-STAGE-WEIGHTS", "pack.targets", field=field, sum=plain(total))


def _parts(pack: EffectPack, reader: Reader) -> None:
    total = sum((part.weight for part in pack.parts), Decimal(0))
    if total != 100:
        reader.fault("E-STAGE-PARTS", "pack.parts", sum=plain(total))
    if sum(part.kind == "held" for part in pack.parts) != 1:
        reader.fault("E-STAGE-HELD", "pack.parts")
    for n, part in enumerate(pack.parts):
        inside = sum((item.weight for item in part.items), Decimal(0))
        if part.kind == "judged" and (inside != part.weight or any(item.weight <= 0 for item in part.items)):
            reader.fault(
                "E-STAGE-PART-ITEMS",
                f"pack.parts[{n}].items",
                part=part.id,
                sum=plain(inside),
                weight=plain(part.weight),
            )


def misfits(pack: AnyStagePack, selection: RulePack) -> tuple[Fault, ...]:
    """Where a stage's pack does not speak of what the selection pack asked the base to promise; empty when it does."""
    return tuple(_misfits(pack, selection))


def _misfits(pack: AnyStagePack, selection: RulePack) -> Iterator[Fault]:
    if (pack.follows, pack.category) != (selection.id, selection.category):
        yield Fault("E-STAGE-FIT-PACK", "pack.follows", {"wanted": pack.follows, "found": selection.id})
        return
    if [group.id for group in pack.groups] != [group.id for group in selection.groups]:
        names = ", ".join(group.id for group in selection.groups)
        yield Fault("E-STAGE-FIT-GROUPS", "pack.groups", {"wanted": names})
    wanted = {
        f"{indicator.id}.{measure.id}"
        for indicator in selection.indicators
        for measure in (indicator.rule.measures if indicator.rule else ())
        if measure.target
    }
    for name in sorted(wanted - pack.measured_by_id.keys()):
        yield Fault("E-STAGE-FIT-MISSING", "pack.targets", {"id": name})
    for n, one in enumerate(pack.measured):
        indicator = selection.indicator_by_id.get(one.indicator)
        if one.id not in wanted or indicator is None:
            yield Fault("E-STAGE-FIT-MEASURE", f"pack.targets[{n}]", {"id": one.id})
            continue
        if one.group != indicator.group:
            yield Fault("E-STAGE-FIT-GROUP", f"pack.targets[{n}].group", {"id": one.id, "wanted": indicator.group})
        unit, down = _figure(indicator, one.measure)
        if UNITS[unit].dimension != UNITS[one.unit].dimension:
            yield Fault("E-STAGE-FIT-UNIT", f"pack.targets[{n}].unit", {"id": one.id, "wanted": unit})
        if down is not None and down != (one.direction == "down"):
            yield Fault("E-STAGE-FIT-DIRECTION", f"pack.targets[{n}].direction", {"id": one.id})
    if isinstance(pack, AcceptancePack):
        yield from _judged_by_tasks(pack, selection)


def _figure(indicator: Indicator, measure: str) -> tuple[str, bool | None]:
    """The unit of a measure, and whether less of it is better; None when no curve says so."""
    if indicator.rule is None:
        return "none", None
    unit = next(one.unit for one in indicator.rule.measures if one.id == measure)
    found = [rises(leaf) for leaf in leaves_of(indicator.rule.score) if leaf.get("x") == measure]
    return unit, not found[0] if found else None


def _judged_by_tasks(pack: AcceptancePack, selection: RulePack) -> Iterator[Fault]:
    wanted = {indicator.id: indicator.group for indicator in selection.indicators if indicator.rule is None}
    found = {one.indicator: one.group for one in pack.by_tasks}
    for name in sorted(wanted.keys() | found.keys()):
        if wanted.get(name) != found.get(name):
            yield Fault("E-STAGE-FIT-INDICATOR", "pack.by_tasks", {"indicator": name})
