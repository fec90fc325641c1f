"""定稿: results that were signed change only for four reasons, each on record (R14).

A sum error (合计错误), a score out of range (超出范围), an objective factor that is inconsistent (客观项不一致), a
score recognised as far too high or low (畸高畸低).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from ndb_desktop.domain.decision import Decision

Ground = Literal["sum", "range", "objective", "extreme"]
GROUNDS: tuple[Ground, ...] = get_args(Ground)
FinalState = Literal["open", "final", "reopened"]


@dataclass(frozen=True, slots=True)
class Finality:
    """How far the batch is: `digest` of the results that were finalised last, `decisions` that led there, in order."""

    state: FinalState
    digest: str = ""
    decisions: tuple[Decision, ...] = ()


def finality(decisions: Iterable[Decision]) -> Finality:
    """From the decisions in order."""
    state: FinalState = "open"
    digest = ""
    path: list[Decision] = []
    for one in decisions:
        if one.kind == "finalise":
            state, digest = "final", one.content["result"]
            path.append(one)
        elif one.kind == "override" and state == "final" and one.content.get("ground") in GROUNDS:
            state = "reopened"
            path.append(one)
    return Finality(state, digest, tuple(path))
