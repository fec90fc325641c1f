"""复评 (second round): opens it by a signed decision, issues its bundles, closes it, and shows before and after.

Nothing is adjusted: an expert's second sheet is a new signed revision, and the panel's result follows by the old rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.decision import Decision
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.finality import finality
from ndb_desktop.domain.numbers import exact, plain_ratio
from ndb_desktop.domain.scoring import sheet_totals
from ndb_desktop.domain.secondround import (
    CLOSING,
    TOTAL,
    RoundCase,
    SecondRound,
    Why,
    candidates,
    open_round_of,
    opening,
    others_spread,
    rounds,
)
from ndb_desktop.domain.selection import neutral_key
from ndb_desktop.domain.sheet import Sheet
from ndb_desktop.formats.roundrecord import META_ROUND, AgreedRecord, CaseRecord, RoundRecord, SpreadRecord, write_round
from ndb_desktop.formats.scorefile import open_score
from ndb_desktop.services.issue_chain import in_force, secret_of
from ndb_desktop.services.issue_orders import Order
from ndb_desktop.services.issue_run import carry_out
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.registry_rows import IssuedBundle

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office
    from ndb_desktop.services.results_compute import BatchResult

__all__ = ["all_rounds", "candidates", "close_round", "current_round", "issue_round", "open_round", "round_of"]

_DIGITS = 2


def all_rounds(office: Office) -> tuple[SecondRound, ...]:
    """All rounds, oldest first."""
    return rounds(office.decided.all())


def current_round(office: Office) -> SecondRound | None:
    """The round that is open, if any."""
    return open_round_of(all_rounds(office))


def round_of(office: Office, name: str) -> SecondRound:
    """A round by its id, "" for the latest. Raises NdbError E-ROUND-UNKNOWN."""
    known = all_rounds(office)
    found = next((one for one in known if one.id == name), None) if name else (known[-1] if known else None)
    if found is None:
        raise NdbError("E-ROUND-UNKNOWN", place=name or "-")
    return found


def open_round(
    office: Office, result: BatchResult, applications: Iterable[str], *, reason: str, second: Identity | None = None
) -> SecondRound:
    """Opens a round over some applications, for exactly the experts whose sheets count there now.

    Raises:
        NdbError: E-ROUND-FINAL (the results are final: R14), E-ROUND-BUSY (one is open), E-ROUND-CASES (none chosen, or
            one nobody has scored), E-REASON, and as `DecisionBook.record`.
    """
    if finality(office.decided.all()).state == "final":
        raise NdbError("E-ROUND-FINAL")
    known = all_rounds(office)
    if (busy := open_round_of(known)) is not None:
        raise NdbError("E-ROUND-BUSY", round=busy.id)
    possible = {one.application: one for one in candidates(result.results, result.selection)}
    wanted = dict.fromkeys(applications)
    if not wanted or (strange := wanted.keys() - possible.keys()):
        raise NdbError("E-ROUND-CASES", application=min(strange) if wanted else "-")
    cases = []
    for application in sorted((result.applications[name] for name in wanted), key=neutral_key):
        name = application.id
        states = result.results[name].experts
        first = {
            stored.expert: stored.digest
            for _, group in office.registry.current_sheets(name)
            for stored in group
            if states.get(stored.expert) == "scored"
        }
        why: tuple[Why, ...] = possible[name].why or ("chosen",)
        cases.append(RoundCase(name, why, first))
    decision = office.decided.record("round", f"R{len(known) + 1}", opening(cases), reason=reason, second=second)
    return SecondRound(decision.subject, tuple(cases), decision)


def close_round(office: Office, *, reason: str, second: Identity | None = None) -> Decision:
    """Closes the open round: files made for it are refused from now on.

    Raises:
        NdbError: E-ROUND-NONE (none is open), E-REASON, and as `DecisionBook.record`.
    """
    current = current_round(office)
    if current is None:
        raise NdbError("E-ROUND-NONE")
    return office.decided.record("round", current.id, CLOSING, reason=reason, second=second)


# ----- bundles -----


@dataclass(frozen=True, slots=True)
class RoundIssue:
    """What an issue of round bundles made: `skipped` had theirs already, `failed` are (expert, error code)."""

    round: SecondRound
    folder: Path
    issued: tuple[IssuedBundle, ...]
    skipped: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]


def issue_round(
    office: Office,
    folder: Path,
    *,
    experts: Sequence[str] | None = None,
    expires_at: str | None = None,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> RoundIssue:
    """Issues a small bundle to every expert of the open round who has none, or anew to those named.

    A bundle issued anew takes the place of the one before, whose files are refused from then on. What opened the first
    bundle, a key or a secret, opens this one.

    Raises:
        NdbError: E-ROUND-NONE (none is open), E-ROUND-EXPERT (named, but not part of it), E-ROUND-SHEET (a first sheet
            is not there as it was signed), and as `issue_bundles`.
        Cancelled: by `cancel`; what was issued stays issued.
    """
    current = current_round(office)
    if current is None:
        raise NdbError("E-ROUND-NONE")
    members = current.experts
    for expert in experts or ():
        if expert not in members:
            raise NdbError("E-ROUND-EXPERT", place=expert, round=current.id)
    issued = office.issued()
    have = {row.expert for row in issued if row.round == current.id and not row.revoked_at}
    wanted = [name for name in members if (name in experts if experts else name not in have)]
    records = round_records(office, current, wanted)
    maker = _Orders(office, current, issued)
    orders = [maker.order(expert, records[expert]) for expert in wanted]
    made = carry_out(office, folder, orders, expires_at, progress, cancel or CancelToken())
    renewed = {row.expert for row in made.issued}
    for row in issued:
        if row.round == current.id and row.expert in renewed and not row.revoked_at:
            office.revoke_bundle(row.bundle_id, "replaced")
    skipped = tuple(name for name in members if name not in wanted)
    return RoundIssue(current, folder, made.issued, skipped, tuple((one.expert, one.fault.code) for one in made.failed))


class _Orders:
    def __init__(self, office: Office, current: SecondRound, issued: Sequence[IssuedBundle]) -> None:
        self._office, self._round, self._issued = office, current, issued
        self._names = {expert.id: expert.name for expert in office.experts()}
        self._valid = in_force(issued)
        self._covers = {name: office.cover(name) for name in current.applications}

    def order(self, expert: str, record: RoundRecord) -> Order:
        """The bundle of one expert; it opens with what is in the expert's hands already, where that is known."""
        first = self._valid.get(expert)
        return Order(
            expert=expert,
            name=self._names.get(expert, expert),
            applications=tuple(sorted((self._covers[case.application] for case in record.cases), key=neutral_key)),
            number=1 + sum(bundle.expert == expert for bundle in self._issued),
            kind="second_round",
            secret=secret_of(self._office, first) if first is not None else "",
            round=self._round.id,
            meta={META_ROUND: write_round(record)},
        )


def round_records(office: Office, current: SecondRound, experts: Iterable[str]) -> Mapping[str, RoundRecord]:
    """What the bundle of each expert says: own first sheets, and of the others figures where the pack allows them.

    Raises:
        NdbError: E-ROUND-SHEET.
    """
    wanted = list(experts)
    panels = {case.application: _Panel(office, case) for case in current.cases}
    found = {}
    for expert in wanted:
        own = _OwnSheets(office, expert)
        found[expert] = RoundRecord(
            round=current.id,
            agreed=own.agreed(),
            cases=tuple(
                CaseRecord(
                    case.application,
                    case.why,
                    own.text(case.application, case.first[expert]),
                    panels[case.application].spreads(expert),
                )
                for case in current.of(expert)
            ),
        )
    return found


class _OwnSheets:
    """The signed files of one expert, read once."""

    def __init__(self, office: Office, expert: str) -> None:
        self._expert = expert
        self._texts: dict[str, bytes] = {}
        self._agreed: dict[str, AgreedRecord] = {}
        for row in office.registry.files(expert):
            opened = open_score(row.envelope, None)
            self._texts.update((sheet.digest, sheet.raw) for sheet in opened.sheets)
            for one in opened.payload.statements:
                self._agreed[one.id] = AgreedRecord(one.id, one.sha256, one.agreed_at)

    def text(self, application: str, digest: str) -> str:
        """A sheet by its digest, byte for byte."""
        raw = self._texts.get(digest)
        if raw is None:
            raise NdbError("E-ROUND-SHEET", place=application, expert=self._expert)
        return raw.decode("utf-8")

    def agreed(self) -> tuple[AgreedRecord, ...]:
        """The statements agreed to, as in the newest file."""
        return tuple(self._agreed[name] for name in sorted(self._agreed))


class _Panel:
    """The first marks of one case, by item and expert."""

    def __init__(self, office: Office, case: RoundCase) -> None:
        application = office.application(case.application)
        pack, k = office.pack_of(application), office.factor_of(application)
        self._least = pack.settings.second_round_others
        self._marks: dict[str, dict[str, Fraction]] = {TOTAL: {}}
        if not self._least:
            return
        judged = [item.id for item in pack.items if not item.computed]
        for expert, sheet in first_sheets(office, case).items():
            total = sheet_totals(pack, application, sheet, k).total
            if total is not None:
                self._marks[TOTAL][expert] = total
            for item in judged:
                entry = sheet.items.get(item)
                if entry is not None and entry.state == "scored" and entry.value is not None:
                    self._marks.setdefault(item, {})[expert] = exact(entry.value)

    def spreads(self, expert: str) -> tuple[SpreadRecord, ...]:
        """Figures of everybody else's marks, by item; none where too few others marked it."""
        found = []
        for item, marks in self._marks.items():
            others = [value for name, value in marks.items() if name != expert]
            known = others_spread(item, others, self._least)
            if known is not None:
                found.append(
                    SpreadRecord(item, known.n, _figure(known.low), _figure(known.median), _figure(known.high))
                )
        return tuple(sorted(found, key=lambda row: row.item))


def _figure(value: Fraction) -> str:
    return plain_ratio(value.numerator, value.denominator, _DIGITS)


def first_sheets(office: Office, case: RoundCase) -> Mapping[str, Sheet]:
    """The sheet each expert of a case had signed when the round was opened. Raises NdbError E-ROUND-SHEET."""
    found = {}
    for expert, digest in case.first.items():
        versions = {row.digest: row.sheet for row in office.registry.sheet_versions(case.application, expert)}
        if digest not in versions:
            raise NdbError("E-ROUND-SHEET", place=case.application, expert=expert)
        found[expert] = versions[digest]
    return found
