"""States in words and shapes, for the coordinator's tables."""

from __future__ import annotations

from collections.abc import Iterable

from ndb_desktop.domain.batch import Expert, KeyStatus
from ndb_desktop.domain.errors import Fault
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr


def key_state(status: KeyStatus) -> tuple[str, str, str]:
    """A key's status: word, icon, colour token."""
    return {
        "none": (tr("key.none"), "minus", "muted"),
        "unconfirmed": (tr("key.unconfirmed"), "circle-question-mark", "warning"),
        "active": (tr("key.active"), "shield-check", "accent"),
        "revoked": (tr("key.revoked"), "ban", "danger"),
    }[status]


def verdict_state(verdict: str) -> tuple[str, str, str]:
    """A merge verdict: word, icon, colour token."""
    return {
        "accepted": (tr("verdict.accepted"), "circle-check", "accent"),
        "duplicate": (tr("verdict.duplicate"), "files", "muted"),
        "superseded": (tr("verdict.superseded"), "clock", "muted"),
        "conflict": (tr("verdict.conflict"), "triangle-alert", "warning"),
        "refused": (tr("verdict.refused"), "circle-x", "danger"),
    }[verdict]


def category_name(category: str) -> str:
    """类别 in words."""
    return tr("category.park") if category == "park" else tr("category.enterprise")


def head_choices(members: Iterable[str], experts: Iterable[Expert]) -> list[tuple[str, str]]:
    """Who may be named head (组长) of a panel: nobody, or one of its members."""
    names = {one.id: one.name for one in experts}
    people = [(member, f"{member} {names.get(member, '')}".strip()) for member in sorted(members)]
    return [("", tr("results.head.none")), *people]


def fault_lines(faults: Iterable[Fault]) -> str:
    """All faults, one a line: place, sentence, code."""
    return "\n".join("  ".join(p for p in (f.place, i18n.fault(f), f"[{f.code}]") if p) for f in faults)
