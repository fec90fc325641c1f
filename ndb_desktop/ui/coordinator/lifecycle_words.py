"""基地生命周期 in words and shapes: states, phases, deadlines, grounds, and how many stand where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from ndb_desktop.domain.batch import Batch
from ndb_desktop.domain.lifecycle import STATES, Due, DueKind, Ground, Life, Move, State
from ndb_desktop.domain.lifepath import LegStanding, Phase, days_past
from ndb_desktop.domain.model import Category
from ndb_desktop.services.lifecycle import MOVE_WORDS, STATE_WORDS, Base
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr

SOON = 30
"""So many days before a deadline it is said how many are left."""

_STATE_LOOKS: Mapping[State, tuple[str, str]] = {
    "applied": ("circle", "muted"), "assessing": ("circle-dot", "muted"), "not_selected": ("circle-minus", "muted"),
    "creating": ("circle-dot", "accent"), "acceptance": ("clipboard-check", "accent"),
    "rectifying": ("triangle-alert", "warning"), "accepted": ("circle-check", "accent"),
    "notice": ("scroll-text", "accent"), "recognised": ("badge-check", "accent"), "effect": ("calculator", "accent"),
    "retained": ("badge-check", "accent"), "ended": ("circle-slash", "muted"), "removed": ("ban", "danger"),
}  # fmt: skip
_COUNTED: Mapping[State, str] = {
    "applied": "lifecycle.counted.applied", "assessing": "lifecycle.counted.assessing",
    "not_selected": "lifecycle.counted.not_selected", "creating": "lifecycle.counted.creating",
    "acceptance": "lifecycle.counted.acceptance", "rectifying": "lifecycle.counted.rectifying",
    "accepted": "lifecycle.counted.accepted", "notice": "lifecycle.counted.notice",
    "recognised": "lifecycle.counted.recognised", "effect": "lifecycle.counted.effect",
    "retained": "lifecycle.counted.retained", "ended": "lifecycle.counted.ended",
    "removed": "lifecycle.counted.removed",
}  # fmt: skip
_DUES: Mapping[DueKind, str] = {
    "acceptance": "lifecycle.due.acceptance", "rectification": "lifecycle.due.rectification",
    "notice": "lifecycle.due.notice", "effect": "lifecycle.due.effect",
}  # fmt: skip
_GROUNDS: Mapping[Ground, str] = {
    "failed": "lifecycle.ground.failed", "veto": "lifecycle.ground.veto", "withdrawn": "lifecycle.ground.withdrawn",
}  # fmt: skip
_PHASES: Mapping[Phase, str] = {
    "applied": "lifecycle.state.applied", "assessing": "lifecycle.state.assessing",
    "creating": "lifecycle.phase.creating", "acceptance": "lifecycle.state.acceptance",
    "notice": "lifecycle.state.notice", "recognised": "lifecycle.state.recognised",
    "effect": "lifecycle.state.effect", "kept": "lifecycle.phase.kept",
}  # fmt: skip
_LEGS: Mapping[LegStanding, tuple[str, str, str]] = {
    "done": ("lifecycle.leg.done", "circle-check", "accent"), "now": ("lifecycle.leg.now", "circle-dot", "accent"),
    "stopped": ("lifecycle.leg.stopped", "ban", "danger"), "ahead": ("lifecycle.leg.ahead", "circle", "muted"),
}  # fmt: skip


def state_look(state: State) -> tuple[str, str, str]:
    """A state: word, icon, colour token."""
    return tr(STATE_WORDS[state]), *_STATE_LOOKS[state]


def move_name(move: Move) -> str:
    """What is decided."""
    return tr(MOVE_WORDS[move])


def ground_word(ground: Ground) -> str:
    """Why a base is ended or removed."""
    return tr(_GROUNDS[ground])


def phase_name(phase: Phase) -> str:
    """A part of the way."""
    return tr(_PHASES[phase])


def leg_look(standing: LegStanding) -> tuple[str, str, str]:
    """How far a part of the way is: word, icon, colour token."""
    key, icon, colour = _LEGS[standing]
    return tr(key), icon, colour


def field_name(batch: Batch, field: str) -> str:
    """领域 by its name, where the batch knows it."""
    return next((i18n.local(one.name) for one in batch.fields if one.id == field), field)


def short_category(category: Category) -> str:
    """园区, 企业."""
    return tr("lifecycle.park") if category == "park" else tr("lifecycle.enterprise")


def due_words(due: Due | None, today: date | None) -> str:
    """下一期限 in words, on a day with how many days it is overdue or, in the last month, are left; "—" for none."""
    if due is None:
        return "—"
    words = tr(_DUES[due.kind], day=due.day.isoformat())
    if today is None:
        return words
    past, left = days_past(due, today), (due.day - today).days
    if past:
        return tr("lifecycle.due.past", due=words, days=past)
    if left < 0:
        return tr("lifecycle.due.over", due=words)
    return tr("lifecycle.due.left", due=words, days=left) if left <= SOON else words


def due_look(life: Life, today: date) -> tuple[str, str] | None:
    """Icon and colour of a deadline, None where there is none."""
    if life.due is None:
        return None
    return ("octagon-alert", "danger") if days_past(life.due, today) else ("clock", "muted")


def notice_words(start: date, end: date, days: int) -> str:
    """公示期."""
    return tr("lifecycle.step.notice", start=start.isoformat(), end=end.isoformat(), days=days)


def kinds_words(categories: Iterable[Category]) -> str:
    """How many parks and enterprises: `21 个园区、112 家企业`."""
    known = list(categories)
    parks = sum(one == "park" for one in known)
    enterprises = len(known) - parks
    if parks and enterprises:
        return tr("lifecycle.both", parks=parks, enterprises=enterprises)
    return tr("lifecycle.parks", count=parks) if parks else tr("lifecycle.enterprises", count=enterprises)


def counts_words(bases: Iterable[Base]) -> list[str]:
    """A line for each state somebody is in: how many, and what that means (R05)."""
    groups: dict[State, list[Category]] = {}
    for one in bases:
        groups.setdefault(one.life.state, []).append(one.application.category)
    return [
        tr("lifecycle.counted", kinds=kinds_words(groups[state]), what=tr(_COUNTED[state]))
        for state in STATES
        if state in groups
    ]
