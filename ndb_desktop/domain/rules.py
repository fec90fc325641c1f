"""计分: what a quantitative indicator gives, now (基本情况) and by its target (创建工作方案), exactly and explained.

R12: the same verified datum gives the same score for every expert. 缺项 scores 0 and is flagged, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from ndb_desktop.domain.explain import quantity
from ndb_desktop.domain.explain_rule import rule_words
from ndb_desktop.domain.model import Application, Target
from ndb_desktop.domain.numbers import exact
from ndb_desktop.domain.phrase import Phrase, PhraseValue
from ndb_desktop.domain.plot import Mark, MarkKind, Plot, plot
from ndb_desktop.domain.rulepack import Indicator, LocalText, Rule, RulePack
from ndb_desktop.domain.rulescore import Leaf, Points, Working, curve_points, evaluate, leaves_of, rises
from ndb_desktop.domain.ruletree import Facts, NoValue
from ndb_desktop.domain.units import UNITS, convert


@dataclass(frozen=True, slots=True)
class Computed:
    """A computed score with its working.

    `status`: `ok`; `missing` (缺项), `undefined`, `zero_base`, `unit` (a part had no figure and scored 0); `gate` (a
    hard condition failed), `check` (待核); for targets also `below_base`; `judged` (no rule, `score` is None).
    `measures` are in their own units; `curve` and `point` are the first curve; `plots` are all, for drawing.
    """

    score: Fraction | None
    status: str
    measures: Mapping[str, Fraction | None] = field(default_factory=dict)
    curve: Points = ()
    point: tuple[Fraction, Fraction] | None = None
    explanation: Phrase = field(default_factory=lambda: Phrase("rule.text.level"))
    warnings: tuple[Phrase, ...] = ()
    plots: tuple[Plot, ...] = ()


def explain_rule(indicator: Indicator, k: Fraction) -> Phrase:
    """The rule in words, with breakpoints scaled by k; for a judged indicator that a level decides."""
    return rule_words(indicator, k)


def compute_basis(
    pack: RulePack,  # noqa: ARG001
    indicator: Indicator,
    application: Application,
    k: Fraction,
    *,
    explain: bool = True,
) -> Computed:
    """The score of an indicator in 基本情况 from the used data (verified else declared).

    Without `explain` the explanation is left out, for those who only want the number.
    """
    if indicator.rule is None:
        return Computed(None, "judged")
    facts = Facts(indicator, application, k, explain=explain)
    working = evaluate(indicator.rule.score, indicator.rule.adjustments, facts)
    explanation = Phrase("rule.explanation", {"parts": working.words})
    curve, point = _plot(working, k)
    return Computed(
        working.score,
        working.status,
        _measures(indicator.rule, facts),
        curve,
        point,
        explanation,
        working.warnings,
        _plots(facts, k, now=working) if explain else (),
    )


def compute_target(
    pack: RulePack, indicator: Indicator, application: Application, k: Fraction, *, explain: bool = True
) -> Computed:
    """The target score t = min(f(target), f(base) + target_bonus) of a quantitative indicator's plan.

    The base is the one stated with the target, else the figure from the data. A measure whose target is missing or
    worse than its base contributes 0, so an indicator with one measure then has t = 0.
    """
    rule = indicator.rule
    if rule is None:
        return Computed(None, "judged")
    now = Facts(indicator, application, k)
    directions = {leaf["x"]: rises(leaf) for leaf in leaves_of(rule.score) if "x" in leaf}
    planned: dict[str, Fraction | NoValue] = {}
    base: dict[str, Fraction | NoValue] = {}
    for measure in rule.measures:
        if not measure.target or measure.id not in directions:
            continue
        goal = next((t for t in application.targets if (t.indicator, t.measure) == (indicator.id, measure.id)), None)
        base[measure.id] = _base(goal, measure.unit, measure.id, now)
        planned[measure.id] = _planned(goal, measure.unit, measure.label, base[measure.id], directions[measure.id])
    goal_facts = Facts(indicator, application, k, planned, explain)
    goal_work = evaluate(rule.score, rule.adjustments, goal_facts)
    base_work = evaluate(rule.score, rule.adjustments, Facts(indicator, application, k, base, explain))
    bonus = exact(pack.settings.target_bonus)
    score = min(goal_work.score, base_work.score + bonus)
    curve, point = _plot(goal_work, k)
    return Computed(
        score,
        goal_work.status,
        _measures(rule, goal_facts),
        curve,
        point,
        _target_words(score, goal_work, base_work, bonus),
        goal_work.warnings,
        _plots(goal_facts, k, base=base_work, target=goal_work) if explain else (),
    )


def _base(goal: Target | None, unit: str, measure: str, now: Facts) -> Fraction | NoValue:
    if goal is not None and goal.base is not None:
        stated = convert(exact(goal.base), goal.unit, unit)
        if stated is not None:
            return stated * UNITS[unit].factor
    try:
        return now.measure(measure)
    except NoValue as error:
        return error


def _planned(
    goal: Target | None, unit: str, label: LocalText, base: Fraction | NoValue, upward: bool
) -> Fraction | NoValue:
    name = Phrase("rule.tree.name", {"name": label})
    if goal is None or goal.target is None:
        return NoValue("missing", Phrase("rule.target.missing", {"measure": name}))
    value = convert(exact(goal.target), goal.unit, unit)
    if value is None:
        return NoValue("unit", Phrase("rule.missing.unit", {"datum": name, "unit": goal.unit}))
    value *= UNITS[unit].factor
    if isinstance(base, Fraction) and (value < base if upward else value > base):
        return NoValue("below_base", Phrase("rule.target.below_base", {"measure": name}))
    return value


def _target_words(score: Fraction, goal: Working, base: Working, bonus: Fraction) -> Phrase:
    values: dict[str, PhraseValue] = {
        "score": quantity(score),
        "goal": quantity(goal.score),
        "base": quantity(base.score),
        "bonus": quantity(bonus),
        "parts": goal.words,
        "base_parts": base.words,
    }
    return Phrase("rule.target.capped" if base.score + bonus < goal.score else "rule.target.full", values)


def _measures(rule: Rule, facts: Facts) -> Mapping[str, Fraction | None]:
    values: dict[str, Fraction | None] = {}
    for measure in rule.measures:
        try:
            values[measure.id] = facts.measure_shown(measure.id)
        except NoValue:
            values[measure.id] = None
    return values


def _plot(working: Working, k: Fraction) -> tuple[Points, tuple[Fraction, Fraction] | None]:
    for leaf in working.leaves:
        points = curve_points(leaf.node, k) if leaf.measure else ()
        if points:
            return points, None if leaf.x is None else (leaf.x, leaf.score)
    return (), None


def _plots(facts: Facts, k: Fraction, **workings: Working) -> tuple[Plot, ...]:
    """Each curve that counted, with what every working (`now`, or `base` and `target`) marks on it."""
    kinds: tuple[MarkKind, ...] = ("now", "base", "target")
    found: dict[int, tuple[Leaf, list[Mark]]] = {}
    for kind in kinds:
        for leaf in workings[kind].leaves if kind in workings else ():
            if "x" in leaf.node:
                _, marks = found.setdefault(id(leaf.node), (leaf, []))
                if leaf.x is not None:
                    marks.append(Mark(kind, leaf.x, leaf.score))
    plots = []
    for leaf, marks in found.values():
        measure = facts.measure_def(leaf.node["x"])
        plots.append(plot(leaf, measure.label, measure.unit, tuple(marks), k))
    return tuple(drawn for drawn in plots if drawn is not None)
