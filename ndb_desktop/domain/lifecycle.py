"""基地生命周期 (R05): 申报 → 考评 → 创建 → 评估验收 → 公示 → 认定 → 成效评估 → 保留 or 取消并摘牌.

A base is an application once it has been received. Its state follows from signed decisions alone: whoever reads them in
whatever order comes to the same states, and one that does not fit is named and changes nothing. Being selected makes
an applicant a 创建对象; 认定 comes years later, by a decision of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, get_args

from ndb_desktop.domain.decision import Content, Decision, DecisionKind
from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.finality import Finality, finality
from ndb_desktop.domain.objection import objections

State = Literal[
    "applied", "assessing", "not_selected", "creating", "acceptance", "rectifying", "accepted", "notice", "recognised",
    "effect", "retained", "ended", "removed",
]  # fmt: skip
"""申报, 考评, 未列入创建名单, 创建, 评估验收, 整改, 验收通过, 公示, 认定, 成效评估, 保留, 终止创建, 取消并摘牌."""
STATES: tuple[State, ...] = get_args(State)

Move = Literal[
    "create", "acceptance", "rectify", "recheck", "accept", "notice", "reassess", "recognise", "effect", "retain",
    "end", "remove",
]  # fmt: skip
"""列为创建对象, 启动验收, 限期整改, 复核, 验收通过, 公示, 撤回, 认定, 启动成效评估, 保留, 终止创建, 取消并摘牌."""
MOVES: tuple[Move, ...] = get_args(Move)

Ground = Literal["failed", "veto", "withdrawn"]
"""未通过, 一票否决 (R09), 自愿退出."""
GROUNDS: tuple[Ground, ...] = get_args(Ground)

DueKind = Literal["acceptance", "rectification", "notice", "effect"]
"""What comes next: 验收, 整改期限, 公示截止, 成效评估."""

CREATION_YEARS = 2
EFFECT_YEARS = 3
NOTICE_LEAST = 5
"""Working days of a 公示, at the least."""
MOST_BASES = 2_000
_BASE, _DOCUMENT = "base.", "doc."
_KINDS: tuple[DecisionKind, ...] = ("lifecycle", "recognition", "removal")
_RUNNING = frozenset({"creating", "acceptance", "rectifying", "accepted", "notice"})
_STANDING = frozenset({"recognised", "effect", "retained"})


@dataclass(frozen=True, slots=True)
class Rule:
    """From which states a move leads where, by which kind of decision; `document`: it rests on a file of ours."""

    kind: DecisionKind
    before: frozenset[str]
    after: State
    document: bool = False


RULES: Mapping[Move, Rule] = {
    "create": Rule("lifecycle", frozenset({"assessing"}), "creating"),
    "acceptance": Rule("lifecycle", frozenset({"creating"}), "acceptance"),
    "rectify": Rule("lifecycle", frozenset({"acceptance", "effect"}), "rectifying"),
    # Back to where the rectification was asked for.
    "recheck": Rule("lifecycle", frozenset({"rectifying"}), "acceptance"),
    "accept": Rule("lifecycle", frozenset({"acceptance"}), "accepted", document=True),
    "notice": Rule("lifecycle", frozenset({"accepted"}), "notice"),
    # What was passed on is not what counts any more. Back to where it was passed.
    "reassess": Rule("lifecycle", frozenset({"accepted", "notice", "retained"}), "acceptance"),
    "recognise": Rule("recognition", frozenset({"notice"}), "recognised"),
    "effect": Rule("lifecycle", frozenset({"recognised", "retained"}), "effect"),
    "retain": Rule("lifecycle", frozenset({"effect"}), "retained", document=True),
    "end": Rule("lifecycle", _RUNNING, "ended", document=True),
    "remove": Rule("removal", _STANDING | {"rectifying"}, "removed", document=True),
}
"""The closed list. Only 认定 and 摘牌 are of kinds that take two signatures wherever the two-person rule holds."""


@dataclass(frozen=True, slots=True)
class Due:
    """下一期限: what is next, and on which day."""

    kind: DueKind
    day: date


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """A file that a decision rests on: SHA-256 (hex) and its name."""

    sha256: str
    name: str


@dataclass(frozen=True, slots=True)
class Act:
    """What a decision says: the move, its day `on`, the paper's number (文号, may be ""), the bases and files."""

    move: Move
    on: date
    bases: tuple[str, ...]
    paper: str = ""
    documents: tuple[DocumentRef, ...] = ()
    until: date | None = None
    """整改期限."""
    start: date | None = None
    end: date | None = None
    days: int = 0
    """公示: first and last day, and how many working days were counted."""
    ground: Ground | None = None
    result: str = ""
    """Digest of the final results (定稿) a list of 创建对象 rests on."""


@dataclass(frozen=True, slots=True)
class Step:
    """One signed decision on a base: from which state to which, what was due then."""

    decision: Decision
    act: Act
    before: State
    after: State
    due: Due | None


@dataclass(frozen=True, slots=True)
class Life:
    """A base: `state` since the day `since` (None before any move), what is due, `stage` a rectification belongs to."""

    base: str
    state: State
    since: date | None = None
    due: Due | None = None
    stage: State = "acceptance"
    rectified: bool = False
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Frozen:
    """What is known beside the decisions: the bases at their beginning, and whom the results `result` select."""

    bases: tuple[Life, ...]
    result: str = ""
    selected: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lives:
    """Every base by id, and for each decision that did not fit: its number and why, with the base as place."""

    bases: Mapping[str, Life]
    refused: Mapping[int, Fault] = field(default_factory=dict)


def begun(base: str, state: State = "applied", since: date | None = None) -> Life:
    """A base at its beginning, or as a predecessor left it; what is due follows from state and day."""
    return Life(base, state, since, _due_of(state, since))


def years_after(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes the 28th (the month has no such day)."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _due_of(state: State, since: date | None) -> Due | None:
    if since is None:
        return None
    if state == "creating":
        return Due("acceptance", years_after(since, CREATION_YEARS))
    if state in ("recognised", "retained"):
        return Due("effect", years_after(since, EFFECT_YEARS))
    return None


# ----- what a decision says -----


def act_content(act: Act) -> Content:
    """The content of the decision."""
    said = {"move": act.move, "on": act.on.isoformat(), "paper": act.paper}
    days = {"until": act.until, "start": act.start, "end": act.end}
    said.update({name: day.isoformat() for name, day in days.items() if day is not None})
    if act.days:
        said["days"] = str(act.days)
    if act.ground is not None:
        said["ground"] = act.ground
    if act.result:
        said["result"] = act.result
    said.update({f"{_BASE}{number:04d}": base for number, base in enumerate(act.bases, 1)})
    said.update({f"{_DOCUMENT}{n:04d}": f"{row.sha256} {row.name}" for n, row in enumerate(act.documents, 1)})
    return said


def read_act(content: Content) -> Act:
    """The act a decision says. Raises NdbError E-LIFECYCLE-MOVE when it says none of the closed list."""
    try:
        move = next(one for one in MOVES if one == content["move"])
        ground = next((one for one in GROUNDS if one == content.get("ground")), None)
        if "ground" in content and ground is None:
            raise ValueError(content["ground"])
        return Act(
            move=move,
            on=date.fromisoformat(content["on"]),
            bases=_numbered(content, _BASE),
            paper=content.get("paper", ""),
            documents=tuple(_document(row) for row in _numbered(content, _DOCUMENT)),
            until=_day(content, "until"),
            start=_day(content, "start"),
            end=_day(content, "end"),
            days=int(content.get("days", "0")),
            ground=ground,
            result=content.get("result", ""),
        )
    except (KeyError, ValueError, StopIteration):
        raise NdbError("E-LIFECYCLE-MOVE", move=content.get("move", "-")[:40]) from None


def _numbered(content: Content, prefix: str) -> tuple[str, ...]:
    return tuple(content[name] for name in sorted(content) if name.startswith(prefix))


def _document(row: str) -> DocumentRef:
    digest, _, name = row.partition(" ")
    return DocumentRef(digest, name)


def _day(content: Content, name: str) -> date | None:
    return date.fromisoformat(content[name]) if name in content else None


# ----- the machine -----


def lives(frozen: Frozen, decisions: Iterable[Decision]) -> Lives:
    """Where every base stands after `decisions`, whatever order they come in: their own numbers say what was first."""
    ordered = sorted(decisions, key=lambda one: one.number)
    known = {life.base: life for life in frozen.bases}
    refused: dict[int, Fault] = {}
    for place, one in enumerate(ordered):
        if one.kind in _KINDS:
            try:
                known.update(_moved(known, one, ordered[:place]))
            except NdbError as error:
                refused[one.number] = error.fault
        elif one.kind in ("pack_freeze", "finalise", "override"):
            _selection(known, one, finality(ordered[: place + 1]), frozen)
    return Lives(known, refused)


def _selection(known: dict[str, Life], one: Decision, standing: Finality, frozen: Frozen) -> None:
    """考评 begins when the rules are frozen; whom the final results do not select waits for nothing more."""
    for base, life in known.items():
        state = life.state
        if one.kind == "pack_freeze" and state == "applied":
            state = "assessing"
        elif one.kind == "finalise" and state in ("applied", "assessing"):
            out = frozen.result == standing.digest and base not in frozen.selected
            state = "not_selected" if out else "assessing"
        elif one.kind == "override" and standing.state == "reopened" and state == "not_selected":
            state = "assessing"
        known[base] = replace(life, state=state)


def _moved(known: Mapping[str, Life], one: Decision, before: Sequence[Decision]) -> dict[str, Life]:
    """All bases of a decision after it: either it fits each of them, or it moves none. Raises NdbError."""
    act = read_act(one.content)
    rule = RULES[act.move]
    if one.kind != rule.kind:
        raise NdbError("E-LIFECYCLE-KIND", move=act.move, kind=one.kind)
    if not act.bases or len(set(act.bases)) != len(act.bases):
        raise NdbError("E-LIFECYCLE-BASE", base=next(iter(act.bases), "-"))
    if rule.document and not act.documents:
        raise NdbError("E-LIFECYCLE-DOCUMENT", move=act.move)
    return {base: _after(_checked(known, base, act, before), act, one) for base in act.bases}


def moves_from(life: Life) -> tuple[Move, ...]:
    """The moves that follow from where a base stands, whatever else each of them needs."""
    return tuple(move for move in MOVES if _follows(life, move))


def misfits(known: Mapping[str, Life], act: Act, before: Sequence[Decision]) -> tuple[Fault, ...]:
    """For each base an act does not fit, why not, with the base as place; `before` are all decisions by number."""
    found = []
    for base in act.bases:
        try:
            _checked(known, base, act, before)
        except NdbError as error:
            found.append(error.fault)
    return tuple(found)


def _follows(life: Life, move: Move) -> bool:
    if life.state == "rectifying" and move in ("end", "remove"):
        return life.stage == ("acceptance" if move == "end" else "effect")
    if life.state == "retained" and move == "reassess":
        # Only what was decided here: an earlier evaluation is over.
        return bool(life.steps) and life.steps[-1].act.move == "retain"
    return life.state in RULES[move].before


def _checked(known: Mapping[str, Life], base: str, act: Act, before: Sequence[Decision]) -> Life:
    """The base, if the act fits it. Raises NdbError."""
    life = known.get(base)
    if life is None:
        raise NdbError("E-LIFECYCLE-BASE", place=base, base=base)
    if not _follows(life, act.move):
        raise NdbError("E-LIFECYCLE-STATE", place=life.base, base=life.base, state=life.state, move=act.move)
    if life.since is not None and act.on < life.since:
        raise NdbError("E-LIFECYCLE-ORDER", place=life.base, base=life.base, day=life.since.isoformat())
    check = _NEEDS.get(act.move)
    if check is not None:
        check(life, act, before)
    return life


def _final(life: Life, act: Act, before: Sequence[Decision]) -> None:
    standing = finality(before)
    if standing.state != "final" or not act.result or act.result != standing.digest:
        raise NdbError("E-LIFECYCLE-FINAL", place=life.base, base=life.base)


def _in_time(life: Life, act: Act, _before: Sequence[Decision]) -> None:
    if life.due is not None and act.on < life.due.day:
        raise NdbError("E-LIFECYCLE-EARLY", place=life.base, base=life.base, day=life.due.day.isoformat())


def _once(life: Life, act: Act, _before: Sequence[Decision]) -> None:
    if life.rectified:
        raise NdbError("E-LIFECYCLE-RECTIFIED", place=life.base, base=life.base)
    if act.until is None or act.until <= act.on:
        raise NdbError("E-LIFECYCLE-UNTIL", place=life.base, base=life.base)


def _period(life: Life, act: Act, _before: Sequence[Decision]) -> None:
    if act.start != act.on or act.end is None or act.end <= act.on or act.days < NOTICE_LEAST:
        raise NdbError("E-LIFECYCLE-NOTICE", place=life.base, base=life.base, least=NOTICE_LEAST)


def _over(life: Life, act: Act, before: Sequence[Decision]) -> None:
    if life.due is None or act.on <= life.due.day:
        day = "-" if life.due is None else life.due.day.isoformat()
        raise NdbError("E-LIFECYCLE-NOTICE-OPEN", place=life.base, base=life.base, day=day)
    left = [one.id for one in objections(before) if one.open and one.application in ("", life.base)]
    if left:
        raise NdbError("E-OBJECTION-OPEN", place=life.base, count=len(left), numbers=", ".join(left[:5]))


def _grounded(life: Life, act: Act, _before: Sequence[Decision]) -> None:
    """未通过 is said only of what was examined: in 验收 or 成效评估, or when a rectification led to nothing."""
    examined = life.state in ("acceptance", "effect", "rectifying")
    if act.ground is None or (act.ground == "failed" and not examined):
        raise NdbError("E-LIFECYCLE-GROUND", place=life.base, base=life.base)


_NEEDS: Mapping[Move, Callable[[Life, Act, Sequence[Decision]], None]] = {
    "create": _final, "acceptance": _in_time, "rectify": _once, "notice": _period, "recognise": _over,
    "effect": _in_time, "end": _grounded, "remove": _grounded,
}  # fmt: skip


def _after(life: Life, act: Act, one: Decision) -> Life:
    state: State = life.stage if act.move in ("recheck", "reassess") else RULES[act.move].after
    due = _due_of(state, act.on)
    stage, rectified = life.stage, life.rectified
    if act.move == "rectify" and act.until is not None:
        stage, rectified, due = life.state, True, Due("rectification", act.until)
    elif act.move == "notice" and act.end is not None:
        due = Due("notice", act.end)
    elif act.move in ("acceptance", "effect"):
        stage, rectified = state, False
    step = Step(one, act, life.state, state, due)
    return Life(life.base, state, act.on, due, stage, rectified, (*life.steps, step))
