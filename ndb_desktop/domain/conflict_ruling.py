"""待核处理: the signed decision on one expert and one application (R16), and what it makes of the grounds.

`recuse` (回避) holds until decided otherwise. `none` (无) holds for the grounds that were known when it was made: a new
one opens the pair again, and the applicant's own code on record cannot be decided away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from ndb_desktop.domain.batch import Conflict
from ndb_desktop.domain.decision import Content, Decision

Outcome = Literal["recuse", "none"]
"""回避 or 无."""
OUTCOMES: tuple[Outcome, ...] = ("recuse", "none")
State = Literal["none", "recuse", "check"]
"""无, 回避, 待核 of a pair."""
Pair = tuple[str, str]
"""(expert id, application id)."""
DECIDED = "decision"
"""`Conflict.source` of a 回避 nobody but the coordinator knew of."""


@dataclass(frozen=True, slots=True)
class ConflictRuling:
    """What was decided about a pair, over which grounds."""

    outcome: Outcome
    grounds: frozenset[str]
    decision: Decision


@dataclass(frozen=True, slots=True)
class PairConflicts:
    """A pair with every ground known, and the ruling in force (None: nothing decided, or it no longer fits)."""

    expert: str
    application: str
    grounds: tuple[Conflict, ...]
    ruling: ConflictRuling | None

    @property
    def state(self) -> State:
        """无, 回避 or 待核."""
        if self.ruling is not None:
            return self.ruling.outcome
        return "recuse" if any(row.strength == "recuse" for row in self.grounds) else "check"


def ground_key(row: Conflict) -> str:
    """One ground as a decision names it: code, source and the start of the SHA-256 of its strength and words."""
    digest = hashlib.sha256(f"{row.strength}|{row.words}".encode()).hexdigest()
    return f"{row.code}/{row.source}/{digest[:16]}"


def content(expert: str, outcome: Outcome, grounds: Iterable[Conflict]) -> Content:
    """A ruling as the named texts of a decision on an application."""
    return {"expert": expert, "outcome": outcome, "grounds": "\n".join(sorted(map(ground_key, grounds)))}


def rulings(decisions: Iterable[Decision]) -> Mapping[Pair, ConflictRuling]:
    """The latest ruling on each pair."""
    found: dict[Pair, ConflictRuling] = {}
    for one in decisions:
        if one.kind == "conflict":
            outcome = next(outcome for outcome in OUTCOMES if outcome == one.content["outcome"])
            grounds = frozenset(one.content["grounds"].split("\n")) - {""}
            found[one.content["expert"], one.subject] = ConflictRuling(outcome, grounds, one)
    return found


def in_force(ruling: ConflictRuling | None, grounds: Iterable[Conflict]) -> ConflictRuling | None:
    """The ruling, if it still fits the grounds."""
    if ruling is None or ruling.outcome == "recuse":
        return ruling
    rows = tuple(grounds)
    known = all(row.strength == "check" and ground_key(row) in ruling.grounds for row in rows)
    return ruling if known else None


def pairs(rows: Iterable[Conflict], known: Mapping[Pair, ConflictRuling]) -> tuple[PairConflicts, ...]:
    """Every pair with a ground or a ruling in force, by expert and application."""
    groups: dict[Pair, list[Conflict]] = {pair: [] for pair, ruling in known.items() if ruling.outcome == "recuse"}
    for row in rows:
        groups.setdefault((row.expert, row.application), []).append(row)
    return tuple(
        PairConflicts(*pair, tuple(grounds), in_force(known.get(pair), grounds))
        for pair, grounds in sorted(groups.items())
    )


def applied(rows: tuple[Conflict, ...], known: Mapping[Pair, ConflictRuling]) -> tuple[Conflict, ...]:
    """The rows as they count: cleared ones gone, those decided upon firm; the same tuple if nothing was decided."""
    if not known:
        return rows
    touched: dict[Pair, list[Conflict]] = {pair: [] for pair in known}
    result = []
    for row in rows:
        group = touched.get((row.expert, row.application))
        if group is None:
            result.append(row)
        else:
            group.append(row)
    for pair, grounds in touched.items():
        ruling = in_force(known[pair], grounds)
        if ruling is None:
            result += grounds
        elif ruling.outcome == "recuse":
            result += [replace(row, strength="recuse") for row in grounds] or [
                Conflict(*pair, "C12", "recuse", DECIDED, ruling.decision.reason)
            ]
    return tuple(sorted(result, key=lambda row: (row.expert, row.application, row.code, row.source)))


def cleared(rows: Iterable[Conflict], known: Mapping[Pair, ConflictRuling]) -> frozenset[tuple[str, str, str]]:
    """(application, expert, code) of every ground that was decided to be none."""
    if not known:
        return frozenset()
    groups: dict[Pair, list[Conflict]] = {pair: [] for pair, ruling in known.items() if ruling.outcome == "none"}
    for row in rows:
        if (row.expert, row.application) in groups:
            groups[row.expert, row.application].append(row)
    return frozenset(
        (application, expert, row.code)
        for (expert, application), grounds in groups.items()
        if in_force(known[expert, application], grounds) is not None
        for row in grounds
    )
