"""复评前后: each case of a second round by seat letter: first score, second score, reason, spread before and after.

Read from the signed files; the letters are dealt anew for each case, in an order that nothing else follows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from ndb_desktop.domain.model import Application
from ndb_desktop.domain.panel import PanelResult, panel_result
from ndb_desktop.domain.scoring import sheet_totals
from ndb_desktop.domain.secondround import RoundCase, SecondRound, changed_items
from ndb_desktop.domain.sheet import ItemEntry, Sheet
from ndb_desktop.domain.spread import Spread, spread
from ndb_desktop.formats.scorefile import open_score
from ndb_desktop.formats.sheetrecord import SheetRecord, value_of
from ndb_desktop.services.disputes import Rulings
from ndb_desktop.services.outcome import unblind
from ndb_desktop.services.rounds import first_sheets

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

Standing = Literal["waiting", "upheld", "changed", "withdrawn"]
"""未交, 维持, 改动, 回避或无法评分."""


@dataclass(frozen=True, slots=True)
class ChangedMark:
    """A changed item of one expert, with the reason as signed."""

    item: str
    before: ItemEntry
    after: ItemEntry
    reason: str


@dataclass(frozen=True, slots=True)
class Seat:
    """席位: one expert in one case. Totals are None where a sheet has none; `after` is None until an answer came."""

    letter: str
    expert: str
    standing: Standing
    before: Fraction | None
    after: Fraction | None
    changes: tuple[ChangedMark, ...] = ()
    digest: str = ""
    signed_at: str = ""
    keyid: str = ""


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case before and after. `first` and `now` are the panel's results of the sheets then and now."""

    application: Application
    case: RoundCase
    seats: tuple[Seat, ...]
    before: Spread | None
    after: Spread | None
    first: PanelResult
    now: PanelResult

    @property
    def answered(self) -> int:
        """How many have answered."""
        return sum(seat.standing != "waiting" for seat in self.seats)


_Total = Callable[[Sheet], Fraction | None]


@dataclass(frozen=True, slots=True)
class _Answer:
    record: SheetRecord
    sheet: Sheet
    digest: str
    signed_at: str
    keyid: str


def seat_letters(round_id: str, application: str, experts: Collection[str]) -> Mapping[str, str]:
    """A letter for each expert of a case: A, B, … in an order drawn from digests, which follows no id and no score."""

    def lot(expert: str) -> str:
        return hashlib.sha256(f"{round_id}/{application}/{expert}".encode()).hexdigest()

    letters = {}
    for number, expert in enumerate(sorted(experts, key=lot)):
        turn, place = divmod(number, 26)
        letters[expert] = chr(ord("A") + place) + (str(turn + 1) if turn else "")
    return letters


def case_views(office: Office, current: SecondRound) -> tuple[CaseView, ...]:
    """Every case of a round, in its order. Raises NdbError E-ROUND-SHEET (a first sheet is not there any more)."""
    answers = {expert: _answers(office, current, expert) for expert in current.experts}
    rulings = Rulings(office)
    return tuple(_case(office, rulings, current, case, answers) for case in current.cases)


def inside_views(office: Office, current: SecondRound) -> tuple[CaseView, ...]:
    """`case_views` for whoever looks: scores are opened (启封) and the look is logged.

    Raises:
        NdbError: E-ROUND-SHEET, and as `outcome.unblind`.
    """
    unblind(office)
    views = case_views(office, current)
    office.log("round.viewed", current.id, {"cases": len(views)})
    return views


def _answers(office: Office, current: SecondRound, expert: str) -> dict[str, list[_Answer]]:
    """What an expert answered, by application, oldest revision first, each as it stands in a signed file."""
    bundles = {row.bundle_id for row in office.issued() if row.round == current.id and row.expert == expert}
    found: dict[str, dict[str, _Answer]] = {}
    for row in office.registry.files(expert):
        if row.bundle not in bundles:
            continue
        opened = open_score(row.envelope, None)
        for sheet in opened.sheets:
            answer = value_of(sheet.record.answer, None)
            if answer is not None and answer.round == current.id:
                known = _Answer(
                    sheet.record, sheet.record.to_sheet(), sheet.digest, opened.payload.signed_at, row.keyid
                )
                found.setdefault(sheet.record.application, {}).setdefault(sheet.digest, known)
    return {name: sorted(rows.values(), key=lambda one: one.record.revision) for name, rows in found.items()}


def _case(
    office: Office,
    rulings: Rulings,
    current: SecondRound,
    case: RoundCase,
    answers: Mapping[str, Mapping[str, list[_Answer]]],
) -> CaseView:
    application = rulings.settled(office.application(case.application))
    pack, k = office.pack_of(application), office.factor_of(application)
    computed = rulings.computed(office.application(case.application))
    first = first_sheets(office, case)
    counted = _counted(office, case)
    letters = seat_letters(current.id, case.application, case.first)

    def total(sheet: Sheet) -> Fraction | None:
        return sheet_totals(pack, application, sheet, k, computed).total if sheet.status == "scored" else None

    seats = []
    second: dict[str, Sheet] = {}
    for expert in sorted(case.first, key=lambda name: (len(letters[name]), letters[name])):
        # Only what counts: an answer that contradicts another one waits for a decision.
        mine = [one for one in answers[expert].get(case.application, []) if one.digest == counted.get(expert)]
        if not mine:
            second[expert] = first[expert]
            seats.append(Seat(letters[expert], expert, "waiting", total(first[expert]), None))
            continue
        answer = mine[-1]
        second[expert] = answer.sheet
        seats.append(_seat(letters[expert], expert, first[expert], answer, total))
    return CaseView(
        application=application,
        case=case,
        seats=tuple(seats),
        before=_spread(total(sheet) for sheet in first.values()),
        after=_spread(total(sheet) for sheet in second.values()),
        first=panel_result(pack, application, k, first, None, computed),
        now=panel_result(pack, application, k, second, None, computed),
    )


def _seat(letter: str, expert: str, first: Sheet, answer: _Answer, total: _Total) -> Seat:
    sheet = answer.sheet
    standing: Standing = "withdrawn" if sheet.status != "scored" else "upheld" if sheet.upheld else "changed"
    changes = tuple(
        ChangedMark(
            item, first.items.get(item, ItemEntry(item)), sheet.items.get(item, ItemEntry(item)),
            sheet.changes.get(item, ""),
        )
        for item in (changed_items(first, sheet) if standing == "changed" else ())
    )  # fmt: skip
    return Seat(
        letter, expert, standing, total(first), total(sheet), changes, answer.digest, answer.signed_at, answer.keyid
    )


def _counted(office: Office, case: RoundCase) -> Mapping[str, str]:
    return {
        stored.expert: stored.digest
        for _, group in office.registry.current_sheets(case.application)
        for stored in group
    }


def _spread(totals: Iterable[Fraction | None]) -> Spread | None:
    return spread([value for value in totals if value is not None])
