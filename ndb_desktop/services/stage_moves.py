"""从结论到变动: the moves of the life cycle that follow from an outcome, and the outcome as evidence of each.

Nothing moves by itself: a move is offered, and whoever signs it signs the digest of the outcome with it. A move that
the outcome does not bear out is refused, for bases that were judged in this registry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.lifecycle import DocumentRef, Ground, Move, moves_from, read_act
from ndb_desktop.domain.rectification import Course, rectify
from ndb_desktop.domain.stagepack import AcceptancePack
from ndb_desktop.domain.stageresult import AcceptanceOutcome
from ndb_desktop.domain.stageverdict import digest_of
from ndb_desktop.services.stage_results import RECORD, SUFFIX, BaseResult, StageResult, base_result, record_name

if TYPE_CHECKING:
    from ndb_desktop.services.lifecycle import Order
    from ndb_desktop.services.office import Office

_PASSING: frozenset[Move] = frozenset({"accept", "retain"})
_ENDING: frozenset[Move] = frozenset({"end", "remove"})
_RESTING: frozenset[Move] = frozenset({"notice", "recognise"})
"""Moves that rest on a passing that was signed, and on the outcome it named."""
_MOVING = frozenset({"lifecycle", "removal"})


@dataclass(frozen=True, slots=True)
class Offer:
    """A move that could be signed now for a base, with the ground it would have."""

    base: str
    move: Move
    ground: Ground | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The outcomes a move rests on: what the decision names, and the records behind it, by digest."""

    documents: tuple[DocumentRef, ...] = ()
    records: Mapping[str, bytes] | None = None


def offers(result: StageResult, today: date) -> tuple[Offer, ...]:
    """What the outcomes allow, base by base in neutral order; nothing for a base that waits."""
    return tuple(one for base in result.bases.values() for one in _offers(base, today))


def _offers(base: BaseResult, today: date) -> Iterator[Offer]:
    life, name = base.life, base.application.id
    ending: Move = "end" if life.stage == "acceptance" else "remove"
    if life.state == "rectifying":
        yield Offer(name, "recheck")
        if life.due is not None and today > life.due.day:
            yield Offer(name, ending, "failed")
    elif life.state in ("acceptance", "effect"):
        if base.verdict == "passed":
            yield Offer(name, "accept" if life.state == "acceptance" else "retain")
        elif base.verdict == "not_passed":
            veto = "veto" in base.failed
            if not life.rectified and not veto:
                yield Offer(name, "rectify")
            yield Offer(name, ending, "veto" if veto else "failed")
    elif "reassess" in moves_from(life) and changed(base):
        yield Offer(name, "reassess")


def changed(base: BaseResult) -> bool:
    """Whether the base passed by a signed decision on another outcome than that of today."""
    signed = signed_records(base, tuple(_PASSING))
    return bool(signed) and base.digest != signed[-1]


def evidence(office: Office, order: Order) -> tuple[Evidence, Mapping[str, Fault]]:
    """What an order rests on, and for each base whose outcome does not bear it out, why."""
    rests = order.move in (*_PASSING, *_RESTING, "rectify") or (order.move in _ENDING and order.ground != "withdrawn")
    if office.stage == "selection" or not rests:
        return Evidence(), {}
    known = office.registry.application_digests()
    documents, records, faults = [], {}, {}
    for name in sorted(order.bases):
        if name not in known:
            continue  # judged on paper: then the files of the order are the evidence
        base = base_result(office, name)
        if order.move not in moves_from(base.life):
            continue  # the life cycle itself says why not
        try:
            _check(base, order)
        except NdbError as error:
            faults[name] = Fault(error.code, name, error.params)
            continue
        record, digest = _record(base)
        # What a notice rests on is named by the decision before it.
        if record and order.move not in _RESTING:
            documents.append(DocumentRef(digest, record_name(name)))
            records[digest] = record
    return Evidence(tuple(documents), records), faults


def _record(base: BaseResult) -> tuple[bytes, str]:
    """While a rectification runs, the judgement it was decided on still stands."""
    if base.life.state == "rectifying":
        return (b"", "") if base.first is None else (base.first.record, base.first.digest)
    return base.record, base.digest


def _check(base: BaseResult, order: Order) -> None:
    name = base.application.id
    if order.move in _RESTING:
        if changed(base):
            raise NdbError("E-STAGE-CHANGED", base=name)
        return
    if order.move in _ENDING and base.life.state == "rectifying":
        if base.life.due is not None and order.ground == "failed" and order.on <= base.life.due.day:
            raise NdbError("E-STAGE-RECTIFY-RUNS", base=name, until=base.life.due.day.isoformat())
        return
    if order.ground == "veto":
        if base.outcome is None or not base.outcome.vetoes:
            raise NdbError("E-STAGE-MOVE-VETO", base=name)
        return
    if base.verdict == "waiting":
        raise NdbError("E-STAGE-MOVE-WAITING", base=name)
    if (base.verdict == "passed") != (order.move in _PASSING):
        raise NdbError("E-STAGE-MOVE-PASSED" if base.verdict == "passed" else "E-STAGE-MOVE-FAILED", base=name)
    if order.move == "rectify":
        _check_rectify(base, order)


def _check_rectify(base: BaseResult, order: Order) -> None:
    """The same rules as `domain.rectification`; that there is only one, the life cycle itself sees to."""
    outcome, work = base.outcome, base.work
    if work is None or base.life.rectified or order.until is None:
        return
    if isinstance(outcome, AcceptanceOutcome) and isinstance(work.pack, AcceptancePack):
        rectify(work.pack, Course(outcome), order.on.isoformat(), order.until.isoformat())
    elif outcome is not None and outcome.vetoes:
        raise NdbError("E-STAGE-RECTIFY-VETO", grounds=", ".join(outcome.vetoes))


def keep(office: Office, found: Evidence) -> None:
    """Keeps the records a decision names, so that each can be shown as it was; in the transaction of the decision."""
    for digest, record in (found.records or {}).items():
        office.registry.set_meta(RECORD + digest, record.decode("utf-8"))


def kept_record(office: Office, digest: str) -> bytes:
    """The record a decision names, b"" when this registry does not have it."""
    return office.registry.meta(RECORD + digest).encode("utf-8")


def check_records(office: Office) -> tuple[Fault, ...]:
    """E-STAGE-RECORD for each outcome that a decision of this registry names and that is gone or was changed."""
    if office.stage == "selection":
        return ()
    faults = []
    for one in office.decided.all():
        if one.kind in _MOVING:
            act = read_act(one.content)
            for ref in act.documents:
                known = ref.name in {record_name(base) for base in act.bases}
                if known and digest_of(kept_record(office, ref.sha256)) != ref.sha256:
                    base = ref.name.removesuffix(SUFFIX)
                    faults.append(Fault("E-STAGE-RECORD", base, {"application": base}))
    return tuple(faults)


def signed_records(base: BaseResult, moves: Sequence[Move]) -> tuple[str, ...]:
    """Digests of the outcomes that decisions of these moves name for a base, oldest first."""
    name = record_name(base.application.id)
    steps = (step.act for step in base.life.steps if step.act.move in moves)
    return tuple(ref.sha256 for act in steps for ref in act.documents if ref.name == name)
