"""成效评估的结论: 辐射带动, what was reached and still stands, upkeep of the plan and compliance (panel E.4).

合格 at the pass mark of the pack and without a veto; there are no grades. What stands is measured against the lesser of
target and accepted actual value: more than was promised is no new promise, and a missing actual value counts 0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from ndb_desktop.domain.numbers import exact, rounded, weighted_sum
from ndb_desktop.domain.panel import ItemMark, PanelItem, PanelStatus, panel_item
from ndb_desktop.domain.stagecase import Promise, StageCase
from ndb_desktop.domain.stagepack import EffectPack, EffectPart, HeldAgainst
from ndb_desktop.domain.stageresult import TargetRow, shares, target_row


@dataclass(frozen=True, slots=True)
class EffectOutcome:
    """成效评估结论. `parts` are 0..100, None where experts are too few or, in `held`, nothing was promised.

    `failed` names `veto` and `score`; `passed` is None while the panel is too small.
    """

    application: str
    case: str
    pack: str
    status: PanelStatus
    passed: bool | None
    failed: tuple[str, ...]
    items: Mapping[str, PanelItem]
    held: tuple[TargetRow, ...]
    parts: Mapping[str, Fraction | None]
    total: Fraction | None
    published: Decimal | None
    vetoes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def to_hold(promise: Promise, accepted: Fraction | None, against: HeldAgainst) -> Promise:
    """The promise as one to keep: base and target are what was reached.

    Without an accepted actual value the target stands: what is missing lowers no bar.
    """
    target = promise.target
    if target is None:
        return promise
    if against == "reached" and accepted is not None:
        target = max(target, accepted) if promise.measured.direction == "down" else min(target, accepted)
    return replace(promise, base=target, target=target)


def effect_outcome(
    pack: EffectPack,
    case: StageCase,
    accepted: Mapping[str, Fraction | None],
    actuals: Mapping[str, Fraction | None],
    marks: Mapping[str, Iterable[ItemMark]],
    *,
    vetoes: Collection[str] = (),
) -> EffectOutcome:
    """The result of one base. `accepted` are the actual values at acceptance, `actuals` those of today.

    `marks` are the experts' scores (0..100) per judged item; they take the mean of selection, trimmed as the pack says.
    """
    items = {item.id: panel_item(marks.get(item.id, ()), pack.settings) for item in pack.judged}
    rows = tuple(
        target_row(to_hold(promise, accepted.get(promise.id), pack.held_against), actuals.get(promise.id), "progress")
        for promise in case.promises
    )
    standing, _ = shares(rows)
    parts = {part.id: _part(part, items, standing) for part in pack.parts}
    enough = all(item.value is not None for item in items.values())
    total = None
    if enough:
        # What nothing was promised for cannot be held: it counts 0 and is shown as empty.
        total = weighted_sum([(exact(part.weight) / 100, parts[part.id] or Fraction(0)) for part in pack.parts])
    settings = pack.settings
    published = None if total is None else rounded(total, settings.digits, settings.rounding)
    failed = ["veto"] if vetoes else []
    if total is not None and published is not None:
        deciding = exact(published) if settings.compare_on == "published" else total
        failed += ["score"] if deciding < exact(pack.pass_mark) else []
    return EffectOutcome(
        application=case.application,
        case=case.digest,
        pack=pack.digest,
        status="ok" if enough else "needs_more_reviewers",
        passed=not failed if enough else None,
        failed=tuple(failed) if enough else (),
        items=items,
        held=rows,
        parts=parts,
        total=total,
        published=published,
        vetoes=tuple(sorted(vetoes)),
        missing=tuple(row.id for row in rows if row.state == "missing"),
    )


def _part(part: EffectPart, items: Mapping[str, PanelItem], standing: Fraction | None) -> Fraction | None:
    if part.kind == "held":
        return None if standing is None else standing * 100
    pairs = [(exact(item.weight), items[item.id].value) for item in part.items]
    if any(value is None for _, value in pairs):
        return None
    total = sum((weight for weight, _ in pairs), Fraction(0))
    return weighted_sum([(weight / total, value or Fraction(0)) for weight, value in pairs])
