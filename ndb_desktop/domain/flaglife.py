"""提示处理: a flag is open until the expert has said why and the head has closed it (panel B.4). No score is touched.

Open (待说明) -> explained (已说明: a reason for a mark that is maintained) -> closed (已关闭). After a signed
revision the flag is gone or another one. Words fit the numbers they were said about: when these change, the
flag is open again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from ndb_desktop.domain.decision import Content, Decision
from ndb_desktop.domain.panelflags import Flag
from ndb_desktop.domain.strictload import canonical

FlagState = Literal["open", "explained", "closed"]
FlagStep = Literal["explained", "closed"]
STEPS: tuple[FlagStep, ...] = ("explained", "closed")

ALL = "-"
"""The subject of a decision on a flag about an expert as a whole, which belongs to no one application."""


@dataclass(frozen=True, slots=True)
class FlagCase:
    """A flag with what was said to it, oldest first."""

    flag: Flag
    state: FlagState
    steps: tuple[Decision, ...]


def mark(flag: Flag) -> str:
    """What a decision on a flag is bound to: SHA-256 (hex) of the flag with all its numbers."""
    numbers = {name: f"{value.numerator}/{value.denominator}" for name, value in flag.numbers.items()}
    who = [flag.code, flag.application, flag.expert, flag.item, list(flag.applications)]
    return hashlib.sha256(canonical([who, numbers])).hexdigest()


def content(flag: Flag, step: FlagStep) -> Content:
    """A step as the named texts of a decision on an application."""
    return {"code": flag.code, "expert": flag.expert, "item": flag.item, "step": step, "flag": mark(flag)}


def cases(flags: Iterable[Flag], decisions: Iterable[Decision]) -> tuple[FlagCase, ...]:
    """Every flag that asks for something with its state, in the order of the flags."""
    said: dict[str, list[Decision]] = {}
    for one in decisions:
        if one.kind == "flag" and "flag" in one.content:
            said.setdefault(one.content["flag"], []).append(one)
    return tuple(_case(flag, tuple(said.get(mark(flag), ()))) for flag in flags if flag.action != "list")


def _case(flag: Flag, steps: tuple[Decision, ...]) -> FlagCase:
    state: FlagState = "open"
    for one in steps:
        state = "closed" if one.content["step"] == "closed" else "explained"
    return FlagCase(flag, state, steps)


def counts(found: Iterable[FlagCase]) -> Mapping[FlagState, int]:
    """How many are in each state."""
    known: dict[FlagState, int] = {"open": 0, "explained": 0, "closed": 0}
    for one in found:
        known[one.state] += 1
    return known
