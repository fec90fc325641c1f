"""启封与定稿: opening the scores, finalising the results, reopening them (R06, R14), each as a signed decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.decision import Decision
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.finality import GROUNDS, Finality, Ground, finality
from ndb_desktop.domain.phrase import Phrase
from ndb_desktop.domain.secondround import open_round_of, rounds
from ndb_desktop.services.disputes import list_disputes
from ndb_desktop.services.flags import flag_cases, subject
from ndb_desktop.services.objections import open_objections
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office
    from ndb_desktop.services.results_compute import BatchResult


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What keeps the results from being final: `kind` says what, `subjects` which applications."""

    kind: str
    phrase: Phrase
    subjects: tuple[str, ...]


def unblind(office: Office, *, reason: str = "", second: Identity | None = None) -> Decision:
    """启封: from now on scores may be looked at inside; once is enough. Raises NdbError as `DecisionBook.record`."""
    known = office.decided.of("unblind").get(office.batch.id)
    if known is not None:
        return known
    content = {"assigned": str(len(office.assignments())), "files": str(office.registry.counts()["signed_file"])}
    reason = reason.strip() or text("outcome.unblind.reason", office.language)
    return office.decided.record("unblind", office.batch.id, content, reason=reason, second=second)


def standing(office: Office) -> Finality:
    """Whether the results are final."""
    return finality(office.decided.all())


def unsettled(office: Office, result: BatchResult) -> tuple[Unsettled, ...]:
    """What has to be settled before the results can be final."""
    disputed = {one.application for one in list_disputes(office) if one.open}
    found = [
        ("dispute", "outcome.open.dispute", tuple(sorted(disputed))),
        ("contradiction", "outcome.open.contradiction", tuple(sorted({name for name, _ in result.contradictions}))),
        ("pending", "outcome.open.pending", tuple(sorted(result.selection.of("pending")))),
    ]
    checks = tuple(sorted(name for name, why in result.selection.reasons.items() if why == "check"))
    found.append(("check", "outcome.open.check", checks))
    # One against the list as a whole stands under the batch.
    objected = tuple(sorted({one.application or office.batch.id for one in open_objections(office)}))
    found.append(("objection", "outcome.open.objection", objected))
    current = open_round_of(rounds(office.decided.all()))
    found.append(("round", "outcome.open.round", () if current is None else (current.id,)))
    flagged = {subject(case.flag) for case in flag_cases(office, result) if case.state != "closed"}
    found.append(("flag", "outcome.open.flag", tuple(sorted(flagged))))
    return tuple(Unsettled(kind, Phrase(key, {"count": str(len(names))}), names) for kind, key, names in found if names)


def finalise(office: Office, result: BatchResult, *, reason: str, second: Identity | None = None) -> Decision:
    """定稿: signs the digest of the results; what may be published depends on it from now on.

    Raises:
        NdbError: E-FINAL-OPEN (something is unsettled), E-FINAL-DONE (final already; `reopen` first), and as
            `DecisionBook.record`.
    """
    if standing(office).state == "final":
        raise NdbError("E-FINAL-DONE")
    left = unsettled(office, result)
    if left:
        names = sorted({name for one in left for name in one.subjects})
        raise NdbError("E-FINAL-OPEN", count=len(names), applications=", ".join(names[:5]))
    content = {"result": result.digest, "selected": str(len(result.selection.of("selected")))}
    return office.decided.record("finalise", office.batch.id, content, reason=reason, second=second)


def reopen(office: Office, ground: Ground, *, reason: str, second: Identity | None = None) -> Decision:
    """更改: final results may be worked on again, for one of the four reasons of R14.

    Raises:
        NdbError: E-FINAL-NOT (nothing is final), E-FINAL-GROUND (another reason), and as `DecisionBook.record`.
    """
    if standing(office).state != "final":
        raise NdbError("E-FINAL-NOT")
    if ground not in GROUNDS:
        raise NdbError("E-FINAL-GROUND")
    content = {"ground": ground, "result": standing(office).digest}
    return office.decided.record("override", office.batch.id, content, reason=reason, second=second)


def check_publishable(office: Office, result: BatchResult) -> None:
    """What leaves the house must be what was finalised; a trial may show its list before.

    Raises:
        NdbError: E-FINAL-FIRST (not final yet), E-FINAL-CHANGED (something that counts changed since).
    """
    known = standing(office)
    if known.state == "final":
        if known.digest != result.digest:
            raise NdbError("E-FINAL-CHANGED")
    elif office.decided.needs_supervisor("finalise") or known.state == "reopened":
        raise NdbError("E-FINAL-FIRST")
