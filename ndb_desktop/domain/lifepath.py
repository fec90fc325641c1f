"""The way of one base (R05) as it is drawn: 申报 → 考评 → 创建 → 评估验收 → 公示 → 认定 → 成效评估 → 保留 or 摘牌.

A base may go a part of it twice: a notice is taken back, 成效评估 comes every three years.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, get_args

from ndb_desktop.domain.lifecycle import Due, Life, State, Step

Phase = Literal["applied", "assessing", "creating", "acceptance", "notice", "recognised", "effect", "kept"]
"""申报, 考评, 创建, 评估验收, 公示, 认定, 成效评估, 保留或摘牌."""
PHASES: tuple[Phase, ...] = get_args(Phase)

LegStanding = Literal["done", "now", "stopped", "ahead"]
"""已完成, 所处环节, 到此为止, 尚未到达."""

_PHASE_OF: dict[State, Phase] = {
    "applied": "applied", "assessing": "assessing", "not_selected": "assessing", "creating": "creating",
    "acceptance": "acceptance", "accepted": "acceptance", "notice": "notice", "recognised": "recognised",
    "effect": "effect", "retained": "kept", "removed": "kept",
}  # fmt: skip
_TERMINAL: frozenset[State] = frozenset({"not_selected", "ended", "removed"})


@dataclass(frozen=True, slots=True)
class Leg:
    """A phase of the way and the decisions in it, in their order."""

    phase: Phase
    standing: LegStanding
    steps: tuple[Step, ...] = ()


def path(life: Life) -> tuple[Leg, ...]:
    """The whole way: what lies behind, where the base stands, and what comes next unless it ends here."""
    start = _phase(life.steps[0].before if life.steps else life.state, life)
    legs = [Leg(phase, "done") for phase in PHASES[: PHASES.index(start) + 1]]
    for step in life.steps:
        phase = legs[-1].phase if step.after == "ended" else _phase_after(step, legs[-1].phase)
        if phase == legs[-1].phase:
            legs[-1] = replace(legs[-1], steps=(*legs[-1].steps, step))
        else:
            legs.append(Leg(phase, "done", (step,)))
    last = legs[-1]
    if life.state in _TERMINAL:
        return (*legs[:-1], replace(last, standing="stopped"))
    ahead = PHASES[PHASES.index(last.phase) + 1 :] or PHASES[PHASES.index("effect") :]
    return (*legs[:-1], replace(last, standing="now"), *(Leg(phase, "ahead") for phase in ahead))


def _phase_after(step: Step, now: Phase) -> Phase:
    """整改 belongs to the phase it was asked for in."""
    return now if step.after == "rectifying" else _PHASE_OF[step.after]


def _phase(state: State, life: Life) -> Phase:
    if state in _PHASE_OF:
        return _PHASE_OF[state]
    return "effect" if life.stage == "effect" else "acceptance"


def days_past(due: Due | None, today: date) -> int:
    """How many days ago a deadline was; 0 when it is today or to come, or there is none.

    The end of a notice is no deadline: nobody is late when it is over.
    """
    return 0 if due is None or due.kind == "notice" else max((today - due.day).days, 0)
