"""基地生命周期: where every base stands, by which decisions and files, and what is due; moves are signed decisions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.decision import Decision, DecisionKind
from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.lifecycle import (
    MOST_BASES,
    NOTICE_LEAST,
    RULES,
    Act,
    DocumentRef,
    Frozen,
    Ground,
    Life,
    Lives,
    Move,
    State,
    act_content,
    begun,
    lives,
    misfits,
)
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.selection import neutral_key
from ndb_desktop.services.batch_plan import facts_of
from ndb_desktop.services.notice_period import notice_period
from ndb_desktop.services.outcome import standing
from ndb_desktop.services.results_compute import compute
from ndb_desktop.services.succession_link import frozen_application, is_follow_up, link_of
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.atomic import known_os_errors
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

STATE_WORDS: Mapping[State, str] = {
    "applied": "lifecycle.state.applied", "assessing": "lifecycle.state.assessing",
    "not_selected": "lifecycle.state.not_selected", "creating": "lifecycle.state.creating",
    "acceptance": "lifecycle.state.acceptance", "rectifying": "lifecycle.state.rectifying",
    "accepted": "lifecycle.state.accepted", "notice": "lifecycle.state.notice",
    "recognised": "lifecycle.state.recognised", "effect": "lifecycle.state.effect",
    "retained": "lifecycle.state.retained", "ended": "lifecycle.state.ended", "removed": "lifecycle.state.removed",
}  # fmt: skip
MOVE_WORDS: Mapping[Move, str] = {
    "create": "lifecycle.move.create", "acceptance": "lifecycle.move.acceptance",
    "rectify": "lifecycle.move.rectify", "recheck": "lifecycle.move.recheck", "accept": "lifecycle.move.accept",
    "notice": "lifecycle.move.notice", "reassess": "lifecycle.move.reassess",
    "recognise": "lifecycle.move.recognise", "effect": "lifecycle.move.effect", "retain": "lifecycle.move.retain",
    "end": "lifecycle.move.end", "remove": "lifecycle.move.remove",
}  # fmt: skip
_NO_VETO: frozenset[Move] = frozenset({"accept", "recognise", "retain"})
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Base:
    """A base with whom it is about; `application` is a cover, or what the predecessor froze."""

    application: Application
    life: Life


@dataclass(frozen=True, slots=True)
class Order:
    """变动: what is to be decided; `documents` are files whose digests go into the decision, or known digests."""

    move: Move
    on: date
    bases: tuple[str, ...]
    paper: str = ""
    documents: tuple[Path | DocumentRef, ...] = ()
    until: date | None = None
    ground: Ground | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """预览: what would be signed, for which bases it fits, why not for the others (by id), and by how many."""

    act: Act
    kind: DecisionKind
    fits: tuple[str, ...]
    refused: Mapping[str, Fault]
    two: bool


def frozen(office: Office, *, progress: Progress = silent, cancel: CancelToken | None = None) -> Frozen:
    """The bases at their beginning; of final results, who is selected. Raises NdbError E-SUCCESSION-LINK; Cancelled."""
    link = link_of(office)
    if link is not None and is_follow_up(office):
        return Frozen(tuple(begun(ref.application, ref.state, date.fromisoformat(ref.since)) for ref in link.bases))
    bases = tuple(begun(name) for name in sorted(office.registry.application_digests()))
    if standing(office).state != "final":
        return Frozen(bases)
    result = compute(office, progress=progress, cancel=cancel)
    return Frozen(bases, result.digest, frozenset(result.selection.of("selected")))


def all_lives(office: Office) -> Lives:
    """Every base by id, and the decisions that did not fit."""
    return lives(frozen(office), office.decided.all())


def bases(office: Office) -> tuple[Base, ...]:
    """Every base in neutral order (R06)."""
    return looked_over(office)[0]


def looked_over(
    office: Office, *, progress: Progress = silent, cancel: CancelToken | None = None
) -> tuple[tuple[Base, ...], Mapping[int, Fault]]:
    """Every base in neutral order, and by number the decisions that did not fit, from one look at the results."""
    link = link_of(office)
    found = lives(frozen(office, progress=progress, cancel=cancel), office.decided.all())
    if link is not None and is_follow_up(office):
        listed = [frozen_application(office, ref.application) for ref in link.bases]
    else:
        listed = list(office.covers())
    ordered = sorted(listed, key=neutral_key)
    return tuple(Base(one, found.bases[one.id]) for one in ordered), found.refused


def base(office: Office, name: str) -> Base:
    """One base. Raises NdbError E-LIFECYCLE-BASE."""
    for one in bases(office):
        if one.application.id == name:
            return one
    raise NdbError("E-LIFECYCLE-BASE", place=name, base=name)


def by_deadline(listed: Sequence[Base]) -> tuple[Base, ...]:
    """The next deadlines first; what waits for no day comes last, in the order it had."""
    return tuple(sorted(listed, key=lambda one: one.life.due.day if one.life.due else date.max))


def decide(
    office: Office,
    order: Order,
    *,
    reason: str,
    second: Identity | None = None,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> Decision:
    """Signs a move of one or more bases; what does not fit every one of them is not signed at all.

    Raises:
        NdbError: E-LIFECYCLE-… and E-OBJECTION-OPEN when it does not fit (see `domain.lifecycle`), E-LIFECYCLE-FUTURE
            (a day to come), E-LIFECYCLE-VETO (一票否决 stands or is being looked into), E-LIFECYCLE-MANY,
            E-CALENDAR-YEAR (公示 runs into a year without an official calendar), E-STAGE-… (its outcome does not bear
            it out, see `stage_moves`), E-STORE-*, and as `DecisionBook.record`.
    """
    from ndb_desktop.services.stage_moves import evidence, keep

    known = frozen(office, progress=progress, cancel=cancel)
    found, unproven = evidence(office, order)
    act = _act(office, order, known, found.documents)
    for fault in unproven.values():
        raise NdbError(fault.code, place=fault.place, **fault.params)
    _check_fits(office, act, known)
    for fault in _vetoed(office, act).values():
        raise NdbError(fault.code, place=fault.place, **fault.params)
    subject = act.bases[0] if len(act.bases) == 1 else office.batch.id
    kind = RULES[act.move].kind
    with office.registry.transaction():
        keep(office, found)
        return office.decided.record(kind, subject, act_content(act), reason=reason, second=second)


def preview(office: Office, order: Order, *, progress: Progress = silent, cancel: CancelToken | None = None) -> Preview:
    """What `decide` would sign, tried for each base by itself; nothing is written.

    Raises:
        NdbError: E-LIFECYCLE-FUTURE, E-LIFECYCLE-MANY, E-LIFECYCLE-DOCUMENT, E-CALENDAR-YEAR, E-SUCCESSION-LINK,
            E-STORE-*: what is wrong with the move whatever the base.
    """
    from ndb_desktop.services.stage_moves import evidence

    known = frozen(office, progress=progress, cancel=cancel)
    found, unproven = evidence(office, order)
    act = _act(office, order, known, found.documents)
    rule = RULES[act.move]
    if rule.document and not act.documents and not unproven:
        raise NdbError("E-LIFECYCLE-DOCUMENT", move=text(MOVE_WORDS[act.move], office.language))
    decisions = office.decided.all()
    faults = misfits(lives(known, decisions).bases, act, decisions)
    unfit = {one.place: in_words(one, office.language) for one in faults}
    refused = {**unproven, **_vetoed(office, act), **unfit}
    fits = tuple(base for base in act.bases if base not in refused)
    return Preview(act, rule.kind, fits, refused, office.decided.needs_supervisor(rule.kind))


def _act(office: Office, order: Order, known: Frozen, outcomes: Sequence[DocumentRef] = ()) -> Act:
    """What is to be signed. Raises NdbError E-LIFECYCLE-FUTURE, E-LIFECYCLE-MANY, E-CALENDAR-YEAR, E-STORE-*."""
    if order.on > office.clock().astimezone().date():
        raise NdbError("E-LIFECYCLE-FUTURE", day=order.on.isoformat())
    if len(order.bases) > MOST_BASES:
        raise NdbError("E-LIFECYCLE-MANY", count=len(order.bases), most=MOST_BASES)
    start, end, days = None, None, 0
    if order.move == "notice":
        facts = facts_of(office)
        wanted = max(NOTICE_LEAST, facts.notice_days)
        period = notice_period(office, order.on, wanted, count_start_day=facts.count_start_day)
        start, end, days = period.start, period.end, period.days
    return Act(
        order.move,
        order.on,
        tuple(sorted(order.bases)),
        order.paper.strip(),
        (*outcomes, *(one if isinstance(one, DocumentRef) else read_document(one) for one in order.documents)),
        order.until if order.move == "rectify" else None,
        start,
        end,
        days,
        order.ground if order.move in ("end", "remove") else None,
        known.result if order.move == "create" else "",
    )


def read_document(path: Path, progress: Progress = silent, cancel: CancelToken | None = None) -> DocumentRef:
    """Name and SHA-256 of a file. Raises NdbError E-STORE-*; Cancelled."""
    digest, done = hashlib.sha256(), 0
    with known_os_errors(path.name), path.open("rb") as stream:
        size = path.stat().st_size
        while piece := stream.read(_CHUNK):
            if cancel is not None:
                cancel.check()
            digest.update(piece)
            done += len(piece)
            progress(done, size, path.name)
    return DocumentRef(digest.hexdigest(), path.name)


def _check_fits(office: Office, act: Act, known: Frozen) -> None:
    """Tries the decision before it is signed, by the very rules that will read it."""
    decisions = office.decided.all()
    number = len(decisions) + 1
    candidate = Decision(number, "", "", RULES[act.move].kind, "", act_content(act), "", office.now())
    fault = lives(known, (*decisions, candidate)).refused.get(number)
    if fault is not None:
        worded = in_words(fault, office.language)
        raise NdbError(worded.code, place=worded.place, **worded.params)


def in_words(fault: Fault, language: str) -> Fault:
    """A fault of the life cycle whose states and moves are words."""
    said = dict(fault.params)
    words: dict[str, Callable[[str], str | None]] = {
        "state": lambda name: next((key for state, key in STATE_WORDS.items() if state == name), None),
        "move": lambda name: next((key for move, key in MOVE_WORDS.items() if move == name), None),
    }
    for name, key_of in words.items():
        key = key_of(said.get(name, ""))
        if key is not None:
            said[name] = text(key, language)
    return Fault(fault.code, fault.place, said)


def _vetoed(office: Office, act: Act) -> Mapping[str, Fault]:
    """The bases of an act that a veto keeps from it, and the veto."""
    if act.move not in _NO_VETO:
        return {}
    return {
        veto.application: Fault("E-LIFECYCLE-VETO", veto.application, {"base": veto.application, "ground": veto.ground})
        for veto in office.registry.vetoes()
        if veto.application in act.bases and veto.status != "cleared"
    }
