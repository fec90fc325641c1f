"""复评 (second round): which cases a panel looks at once more, what each expert marked first, and what came of it.

A round is opened and closed by signed decisions. It adjusts nothing: what counts afterwards is what the experts signed,
by the rules that held before. Everything about the others is shown without names, and only where the pack allows it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

from ndb_desktop.domain.decision import Content, Decision
from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.panel import PanelResult
from ndb_desktop.domain.panelflags import flag_phrase
from ndb_desktop.domain.phrase import Phrase
from ndb_desktop.domain.selection import Selection
from ndb_desktop.domain.sheet import ItemEntry, Sheet

Why = Literal["flagged", "tied", "chosen"]
"""有提示, 名额边界待合议, 人工选定. An expert is told no more than this."""
WHYS: tuple[Why, ...] = get_args(Why)
LEAST_OTHERS = 3
"""Below this many others a spread would tell who marked what, whatever a pack says."""
TOTAL = ""
"""Stands for the total where spreads are named by item."""
_CASE, _WHY, _FIRST = "case.", "why.", "first."


@dataclass(frozen=True, slots=True)
class RoundCase:
    """An application of a round: why, and the digest of the sheet each expert had signed when it was opened."""

    application: str
    why: tuple[Why, ...]
    first: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SecondRound:
    """复评轮次: `opened` and, once it is over, `closed` are the signed decisions."""

    id: str
    cases: tuple[RoundCase, ...]
    opened: Decision
    closed: Decision | None = None

    @property
    def open(self) -> bool:
        """Whether its score files are taken."""
        return self.closed is None

    @property
    def applications(self) -> tuple[str, ...]:
        """The applications in it."""
        return tuple(case.application for case in self.cases)

    @property
    def experts(self) -> tuple[str, ...]:
        """Who takes part: whoever had scored one of the cases, by id."""
        return tuple(sorted({expert for case in self.cases for expert in case.first}))

    def case(self, application: str) -> RoundCase | None:
        """The case of an application, None when it is not in this round."""
        return next((case for case in self.cases if case.application == application), None)

    def of(self, expert: str) -> tuple[RoundCase, ...]:
        """The cases an expert looks at once more."""
        return tuple(case for case in self.cases if expert in case.first)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An application that may go into a round, with everything that speaks for it in words; none for most."""

    application: str
    why: tuple[Why, ...]
    reasons: tuple[Phrase, ...]
    scored: int


@dataclass(frozen=True, slots=True)
class OthersSpread:
    """他人评分分布: figures of what `n` others marked, the same whoever of them marked what."""

    item: str
    n: int
    low: Fraction
    median: Fraction
    high: Fraction


def candidates(results: Mapping[str, PanelResult], selection: Selection) -> tuple[Candidate, ...]:
    """Every application with at least one scored sheet, in the order of the results, and why it is suggested.

    Flags that ask for words or for 合议 speak for it, and so do equal scores at a cut or within the margin.
    """
    found = []
    for name, row in results.items():
        scored = sum(state == "scored" for state in row.experts.values())
        if not scored:
            continue
        flags = [flag for flag in row.flags if flag.action != "list"]
        tied = selection.states.get(name) == "pending"
        reasons = [flag_phrase(flag) for flag in flags]
        if tied:
            reasons.append(Phrase("round.reason.tied"))
        why: list[Why] = [*(["flagged"] if flags else []), *(["tied"] if tied else [])]  # type: ignore[list-item]
        found.append(Candidate(name, tuple(why), tuple(reasons), scored))
    return tuple(found)


# ----- the decisions -----


def opening(cases: Iterable[RoundCase]) -> Content:
    """What the decision that opens a round says."""
    texts = {"step": "open"}
    for number, case in enumerate(cases, 1):
        texts[f"{_CASE}{number:04d}"] = case.application
        texts[f"{_WHY}{number:04d}"] = " ".join(case.why)
        texts[f"{_FIRST}{number:04d}"] = " ".join(f"{expert}={case.first[expert]}" for expert in sorted(case.first))
    return texts


CLOSING: Content = {"step": "close"}
"""What the decision that closes a round says."""


def rounds(decisions: Iterable[Decision]) -> tuple[SecondRound, ...]:
    """All rounds, oldest first."""
    found: dict[str, SecondRound] = {}
    for one in decisions:
        if one.kind != "round":
            continue
        if one.content["step"] == "open":
            found[one.subject] = SecondRound(one.subject, _cases(one.content), one)
        elif one.subject in found:
            known = found[one.subject]
            found[one.subject] = SecondRound(known.id, known.cases, known.opened, one)
    return tuple(found.values())


def _cases(texts: Content) -> tuple[RoundCase, ...]:
    made = []
    for key in sorted(name for name in texts if name.startswith(_CASE)):
        number = key.removeprefix(_CASE)
        said = texts[_WHY + number].split()
        # An id holds no blank; a digest holds no sign of equality.
        pairs = (pair.rpartition("=") for pair in texts[_FIRST + number].split())
        first = {expert: digest for expert, _, digest in pairs}
        made.append(RoundCase(texts[key], tuple(why for why in WHYS if why in said), first))
    return tuple(made)


def open_round_of(known: Iterable[SecondRound]) -> SecondRound | None:
    """The round that is open, if any; there is never more than one."""
    return next((one for one in known if one.open), None)


# ----- marks -----


def changed_items(first: Sheet, second: Sheet) -> tuple[str, ...]:
    """The items whose mark is another: state, level, value or confirmation. Words beside a mark do not count."""
    names = dict.fromkeys((*first.items, *second.items))
    return tuple(
        name
        for name in names
        if _mark(first.items.get(name, ItemEntry(name))) != _mark(second.items.get(name, ItemEntry(name)))
    )


def _mark(entry: ItemEntry) -> tuple[object, ...]:
    return entry.state, entry.level, entry.value, entry.confirm


def answer_faults(first: Sheet, second: Sheet) -> tuple[Fault, ...]:
    """What keeps a sheet of a second round from being signed or merged.

    E-ROUND-REASON: a changed mark without a reason. E-ROUND-ANSWER: neither a change nor a confirmation (维持原评分).
    A sheet that is withdrawn by a recusal, or given back as unable, has words of its own.
    """
    if second.status != "scored" or second.declaration.status != "clear":
        return ()
    changed = changed_items(first, second)
    faults = [Fault("E-ROUND-REASON", item, {"item": item}) for item in changed if not second.changes.get(item, "")]
    if not changed and not second.upheld:
        faults.append(Fault("E-ROUND-ANSWER", "round", {}))
    return tuple(faults)


def others_spread(item: str, values: Collection[Fraction], least: int) -> OthersSpread | None:
    """The figures of what others marked; None for fewer than the pack's minimum, or where it allows none (0)."""
    n = len(values)
    if not least or n < max(least, LEAST_OTHERS):
        return None
    ordered: Sequence[Fraction] = sorted(values)
    median = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    return OthersSpread(item, n, ordered[0], median, ordered[-1])
