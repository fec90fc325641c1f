"""合议纪要: what a second round came to, with votes, dissent and signatures, as ready strings and as a PDF.

The votes are those of the settlements (合议) on its cases; who signed what is read from the signed files and decisions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.domain.decision import Decision
from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.rulepack import PackSettings
from ndb_desktop.domain.secondround import SecondRound, Why
from ndb_desktop.domain.settlement import Settlement, settlements
from ndb_desktop.domain.sheet import ItemEntry
from ndb_desktop.domain.spread import Spread
from ndb_desktop.services.digest_words import spoken
from ndb_desktop.services.panel_heads import head_for, remember_head
from ndb_desktop.services.report_sheet import NOTHING, score_text
from ndb_desktop.services.report_votes import dissent_lines, officer_names, vote_lines
from ndb_desktop.services.round_views import CaseView, Seat, Standing, inside_views
from ndb_desktop.services.rounds import round_of
from ndb_desktop.storage.atomic import atomic_write
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.reports.page import MadeReport
    from ndb_desktop.reports.round_minutes import MinutesCase, RoundMinutes, SignedBy
    from ndb_desktop.services.office import Office

STANDINGS: Mapping[Standing, str] = {
    "waiting": "round.standing.waiting",
    "upheld": "round.standing.upheld",
    "changed": "round.standing.changed",
    "withdrawn": "round.standing.withdrawn",
}
WHYS: Mapping[Why, str] = {
    "flagged": "round.why.flagged", "tied": "round.why.tied", "chosen": "round.why.chosen",
}  # fmt: skip


def minutes_report(
    office: Office, target: Path, language: str = "zh_CN", *, round_id: str = "", head: str | None = None
) -> MadeReport:
    """The minutes of a round ("" for the latest) as a PDF. The look is logged.

    `head` (组长) is the expert who signs first and is remembered; None is the one remembered, "" nobody in particular.

    Raises:
        NdbError: E-ROUND-UNKNOWN, E-ROUND-EXPERT (the head is no member), E-ROUND-SHEET, E-STORE-*, as `unblind`.
    """
    from ndb_desktop.domain.errors import NdbError
    from ndb_desktop.reports.round_minutes import round_minutes

    current = round_of(office, round_id)
    first = head_for(office, current.id, current.experts, head)
    if first and first not in current.experts:
        raise NdbError("E-ROUND-EXPERT", place=first, round=current.id)
    made = round_minutes(minutes_view(office, current, inside_views(office, current), language, first), language)
    with atomic_write(target) as stream:
        stream.write(made.data)
    remember_head(office, current.id, first)
    office.log("report.minutes", current.id, {"file": target.name, "sha256": made.sha256, "head": first})
    return made


def minutes_view(
    office: Office, current: SecondRound, views: Sequence[CaseView], language: str, head: str = ""
) -> RoundMinutes:
    """The minutes as ready strings."""
    from ndb_desktop.reports.round_minutes import RoundMinutes

    maker = _Maker(office, language)
    members = sorted(current.experts, key=lambda name: (name != head, name))
    return RoundMinutes(
        minutes_id=f"{office.batch.id}/{current.id}",
        facts=tuple(maker.facts(current)),
        cases=tuple(maker.case(view) for view in views),
        signed=tuple(maker.signed(current, views)),
        members=tuple(maker.member(name, is_head=name == head) for name in members),
        trial=office.batch.trial,
        proposal=any(pack.is_proposal for pack in office.packs.values()),
    )


class _Maker:
    def __init__(self, office: Office, language: str) -> None:
        self._office, self._language = office, language
        self._names = {expert.id: expert.name for expert in office.experts()}
        self._votes: Mapping[str, Settlement] = settlements(office.decided.all())
        self._officers = officer_names(office)

    def _say(self, key: str, **params: object) -> str:
        return text(key, self._language, **params)

    def member(self, expert: str, *, is_head: bool) -> str:
        """A member as the signature line has it."""
        name = f"{self._names.get(expert, '')}  {expert}".strip()
        return self._say("report.minutes.head", name=name) if is_head else name

    def facts(self, current: SecondRound) -> Iterator[tuple[str, str]]:
        """Batch, round, when it was opened and closed, and why."""
        yield self._say("report.fact.batch"), self._office.batch.title.get(self._language)
        yield self._say("report.minutes.round"), current.id
        yield self._say("report.minutes.opened"), f"{current.opened.at}  {current.opened.reason}"
        closed = self._say("report.minutes.still_open")
        if current.closed is not None:
            closed = f"{current.closed.at}  {current.closed.reason}"
        yield self._say("report.minutes.closed"), closed

    def case(self, view: CaseView) -> MinutesCase:
        """A case in words; seats by letter, votes by number."""
        from ndb_desktop.reports.round_minutes import MinutesCase

        settings = self._office.pack_of(view.application).settings
        known = self._votes.get(view.application.id)
        why = self._say("list.separator").join(self._say(WHYS[one]) for one in view.case.why)
        return MinutesCase(
            name=f"{view.application.id}  {view.application.applicant}",
            facts=(
                (self._say("report.minutes.why"), why),
                (self._say("report.minutes.answers"), f"{view.answered} / {len(view.seats)}"),
                (self._say("report.minutes.before"), self._figures(view.first.total, view.before, settings)),
                (self._say("report.minutes.after"), self._figures(view.now.total, view.after, settings)),
            ),
            seats=tuple(self._seat(view, seat, settings) for seat in view.seats),
            vote=() if known is None else tuple(vote_lines(known, self._language)),
            dissent=() if known is None else tuple(dissent_lines(known, self._names, self._language)),
        )

    def _figures(self, total: Fraction | None, spread: Spread | None, settings: PackSettings) -> str:
        if spread is None:
            return NOTHING
        return self._say(
            "report.minutes.figures", total=score_text(total, settings), low=score_text(spread.low, settings),
            median=score_text(spread.median, settings), high=score_text(spread.high, settings),
        )  # fmt: skip

    def _seat(self, view: CaseView, seat: Seat, settings: PackSettings) -> tuple[str, str, str, str, str]:
        pack = self._office.pack_of(view.application)
        lines = []
        for change in seat.changes:
            item = pack.item_by_id[change.item]
            title = f"{item.indicator.id} {item.indicator.title.get(self._language)}"
            lines.append(
                self._say(
                    "report.minutes.change", item=title, before=self._entry(change.before),
                    after=self._entry(change.after), reason=change.reason,
                )
            )  # fmt: skip
        return (
            seat.letter,
            self._say(STANDINGS[seat.standing]),
            score_text(seat.before, settings),
            score_text(seat.after, settings),
            "\n".join(lines) or NOTHING,
        )

    def _entry(self, entry: ItemEntry) -> str:
        if entry.state == "not_applicable":
            return self._say("state.not_applicable")
        return NOTHING if entry.value is None else plain(entry.value)

    def signed(self, current: SecondRound, views: Sequence[CaseView]) -> Iterator[SignedBy]:
        """Everybody who signed: decisions first, then the experts by id; the digest is that of what was signed."""
        from ndb_desktop.reports.round_minutes import SignedBy

        decisions = [(current.opened, "report.minutes.signed.opened")]
        if current.closed is not None:
            decisions.append((current.closed, "report.minutes.signed.closed"))
        votes = [self._votes.get(view.application.id) for view in views]
        decisions += [(known.decision, "report.minutes.signed.vote") for known in votes if known is not None]
        for decision, key in decisions:
            yield from self._decision(decision, key)
        seats = [(seat, view) for view in views for seat in view.seats if seat.digest]
        for seat, view in sorted(seats, key=lambda pair: (pair[0].expert, pair[1].application.id)):
            what = self._say("report.minutes.signed.sheet", application=view.application.id, at=seat.signed_at)
            who = self.member(seat.expert, is_head=False)
            yield SignedBy(who, what, seat.keyid, seat.digest, spoken(seat.digest, self._language))

    def _decision(self, decision: Decision, key: str) -> Iterator[SignedBy]:
        from ndb_desktop.reports.round_minutes import SignedBy

        what = self._say(key, subject=decision.subject, at=decision.at)
        for _, keyid in decision.signers:
            who = self._officers.get(keyid, keyid)
            yield SignedBy(who, what, keyid, decision.digest, spoken(decision.digest, self._language))
