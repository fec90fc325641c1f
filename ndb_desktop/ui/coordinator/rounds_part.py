"""复评: choose the cases of a second round, open it, issue its bundles, and see each case before and after by seat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import Signal

from ndb_desktop.domain.model import Category
from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.rulepack import PackSettings, RulePack
from ndb_desktop.domain.secondround import Candidate, SecondRound, Why, candidates, open_round_of, rounds
from ndb_desktop.domain.sheet import ItemEntry
from ndb_desktop.domain.spread import Spread
from ndb_desktop.services.report_sheet import score_text
from ndb_desktop.services.results import BatchResult
from ndb_desktop.services.round_views import CaseView, Seat, Standing
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.coordinator.decision_words import signer_names
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.coordinator.words import head_choices
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.beside import Beside
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, row
from ndb_desktop.ui.widgets.table import Column, DataTable

_WHYS: Mapping[Why, str] = {"flagged": "round.why.flagged", "tied": "round.why.tied", "chosen": "round.why.chosen"}
_STANDINGS: Mapping[Standing, tuple[str, str, str]] = {
    "waiting": ("round.standing.waiting", "circle", "muted"),
    "upheld": ("round.standing.upheld", "circle-check", "accent"),
    "changed": ("round.standing.changed", "pen-line", "warning"),
    "withdrawn": ("round.standing.withdrawn", "ban", "text"),
}


@dataclass(frozen=True)
class _Pick:
    """An application that may be chosen."""

    candidate: Candidate
    applicant: str
    reasons: str
    chosen: bool


@dataclass(frozen=True)
class _SeatRow:
    """A seat of a case."""

    view: CaseView
    seat: Seat
    before: str
    after: str


class RoundsPart(TallPart):
    """Signals: `open_round(object, str)` applications, reason; `issue()`; `close_round(str)`;
    `minutes(str, str)` round and head ("" for none).
    """

    open_round = Signal(object, str)
    issue = Signal()
    close_round = Signal(str)
    minutes = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._packs: Mapping[Category, RulePack] = {}
        self._result: BatchResult | None = None
        self._snapshot: Snapshot | None = None
        self._views: Mapping[str, tuple[CaseView, ...]] = {}
        self._chosen: set[str] = set()
        page = column(
            PlainLabel(tr("rounds.text"), "muted"), self._open_card(), self._running_card(), self._shown_card(),
            gap=2, margins=2,
        )  # fmt: skip
        page.addStretch(1)
        self.setLayout(page)

    # ----- choosing -----

    def _open_card(self) -> Card:
        self.picks = DataTable(tr("rounds.choose"), _pick_columns(), sortable=False)
        self.picks.setObjectName("rounds.picks")
        self.picks.setFixedHeight(theme.pixels(230))
        self.picks.on_activated(self._turn)
        self.picks.selectionModel().currentChanged.connect(lambda *_: self._update())
        self._none = EmptyState("list-checks", tr("rounds.none"), tr("rounds.none.text"))
        self.turn = Button(tr("rounds.take"), "normal", "plus")
        self.turn.setObjectName("rounds.turn")
        self.turn.clicked.connect(lambda: self._turn(self.picks.selected()))
        self.suggested = Button(tr("rounds.suggested"), "normal", "flag")
        self.suggested.setObjectName("rounds.suggested")
        self.suggested.clicked.connect(self._take_suggested)
        self._reasons = PlainLabel("", "small", selectable=True)
        self._reasons.setObjectName("rounds.reasons")
        self._count = PlainLabel("", "heading")
        self._count.setObjectName("rounds.count")
        self.reason = LineEdit(tr("rounds.reason"), "", tr("rounds.reason.hint"))
        self.reason.setObjectName("rounds.reason")
        self.reason.textChanged.connect(self._update)
        self.button = Button(tr("rounds.open"), "primary", "signature")
        self.button.setObjectName("rounds.open")
        self.button.clicked.connect(lambda: self.open_round.emit(self.chosen(), self.reason.text().strip()))
        self._choose = Card(PlainLabel(tr("rounds.choose"), "heading"), gap=1, margins=2)
        self._choose.setObjectName("rounds.choose")
        for part in (self._none, self.picks, self._reasons):
            self._choose.box.addWidget(part)
        self._choose.box.addLayout(Flow(self.turn, self.suggested, None, self._count))
        line = Beside(self.reason, self.button)
        self._choose.box.addWidget(line)
        return self._choose

    def chosen(self) -> tuple[str, ...]:
        """The applications chosen, in neutral order."""
        return tuple(one.candidate.application for one in self.picks.source.rows if one.chosen)

    def _turn(self, pick: _Pick | None) -> None:
        if pick is not None:
            self._chosen ^= {pick.candidate.application}
            self._show_picks()

    def _take_suggested(self) -> None:
        self._chosen |= {one.candidate.application for one in self.picks.source.rows if one.candidate.why}
        self._show_picks()

    def _show_picks(self) -> None:
        result = self._result
        rows: list[_Pick] = []
        if result is not None:
            rows = [
                _Pick(
                    one, result.applications[one.application].applicant,
                    " ".join(dict.fromkeys(i18n.phrase(phrase) for phrase in one.reasons)) or "—",
                    one.application in self._chosen,
                )
                for one in candidates(result.results, result.selection)
            ]  # fmt: skip
        self.picks.set_rows(rows)
        self._none.setVisible(not rows)
        for part in (self.picks, self.turn, self.suggested, self.reason, self.button):
            part.setVisible(bool(rows))
        self._update()

    def _update(self) -> None:
        pick: _Pick | None = self.picks.selected()
        count = len(self.chosen())
        self._reasons.setText("" if pick is None else f"{pick.candidate.application}  {pick.reasons}")
        self._reasons.setVisible(pick is not None)
        self.turn.setEnabled(pick is not None)
        self.turn.set_text(tr("rounds.leave") if pick is not None and pick.chosen else tr("rounds.take"))
        self.suggested.setEnabled(any(one.candidate.why and not one.chosen for one in self.picks.source.rows))
        self._count.setText(tr("rounds.count", count=count))
        self.button.setEnabled(bool(count and self.reason.text().strip()))
        self.end.setEnabled(bool(self.why.text().strip()))

    # ----- the open round -----

    def _running_card(self) -> Card:
        self._running_title = PlainLabel("", "heading")
        self._running_title.setObjectName("rounds.running")
        self._running_text = PlainLabel("", "body", selectable=True)
        self._running_text.setObjectName("rounds.running.text")
        self.issue_button = Button(tr("rounds.issue"), "primary", "send")
        self.issue_button.setObjectName("rounds.issue")
        self.issue_button.clicked.connect(self.issue)
        self.why = LineEdit(tr("rounds.why"), "", tr("rounds.why.hint"))
        self.why.setObjectName("rounds.why")
        self.why.textChanged.connect(self._update)
        self.end = Button(tr("rounds.close"), "normal", "signature")
        self.end.setObjectName("rounds.close")
        self.end.clicked.connect(lambda: self.close_round.emit(self.why.text().strip()))
        self._running = Card(self._running_title, self._running_text, gap=1, margins=2)
        self._running.setObjectName("rounds.running.card")
        self._running.box.addLayout(row(self.issue_button, None))
        line = Beside(self.why, self.end)
        self._running.box.addWidget(line)
        return self._running

    def _show_running(self, current: SecondRound | None, snapshot: Snapshot) -> None:
        self._running.setVisible(current is not None)
        self._choose.setVisible(current is None)
        if current is None:
            return
        have = {bundle.expert for bundle in snapshot.issued if bundle.round == current.id and not bundle.revoked_at}
        views = self._views.get(current.id, ())
        answered, wanted = sum(view.answered for view in views), sum(len(view.seats) for view in views)
        self._running_title.setText(tr("rounds.running", round=current.id))
        self._running_text.setText(
            tr(
                "rounds.running.text", cases=len(current.cases), experts=len(current.experts), issued=len(have),
                answered=answered, wanted=wanted, at=i18n.local_time(current.opened.at), reason=current.opened.reason,
                names=signer_names(current.opened, snapshot),
            )
        )  # fmt: skip
        self.issue_button.setEnabled(len(have) < len(current.experts))

    # ----- before and after -----

    def _shown_card(self) -> Card:
        self.which = Choice(tr("rounds.which"))
        self.which.setObjectName("rounds.which")
        self.which.setMinimumWidth(theme.pixels(230))
        self.which.currentIndexChanged.connect(lambda _index: self._show_round())
        self.head = Choice(tr("results.head"))
        self.head.setObjectName("rounds.head")
        self.head.setMinimumWidth(theme.pixels(200))
        self.pdf = Button(tr("rounds.minutes"), "normal", "printer")
        self.pdf.setObjectName("rounds.minutes")
        self.pdf.clicked.connect(lambda: self.minutes.emit(str(self.which.value() or ""), str(self.head.value() or "")))
        self.seats = DataTable(tr("rounds.before_after"), _seat_columns(), sortable=False)
        self.seats.setObjectName("rounds.seats")
        self.seats.setFixedHeight(theme.pixels(280))
        self.seats.selectionModel().currentChanged.connect(lambda *_: self._show_details())
        self._details = PlainLabel("", "body", selectable=True)
        self._details.setObjectName("rounds.details")
        self._shown = Card(PlainLabel(tr("rounds.before_after"), "heading"), gap=1, margins=2)
        self._shown.setObjectName("rounds.shown")
        self._shown.box.addWidget(PlainLabel(tr("rounds.before_after.text"), "muted"))
        self._shown.box.addLayout(Flow(self.which, PlainLabel(tr("results.head")), self.head, self.pdf))
        for part in (self.seats, self._details):
            self._shown.box.addWidget(part)
        return self._shown

    def show_result(
        self, result: BatchResult | None, views: Mapping[str, tuple[CaseView, ...]], snapshot: Snapshot
    ) -> None:
        """Candidates and rounds with their cases; None forgets everything."""
        self._packs, self._result, self._views = snapshot.packs, result, views
        self._snapshot = snapshot
        known = rounds(snapshot.decisions) if result is not None else ()
        current = open_round_of(known)
        if result is None or current is not None:
            self._chosen = set()
            self.reason.clear()
        if current is None:
            self.why.clear()
        self._show_picks()
        self._show_running(current, snapshot)
        self._shown.setVisible(bool(known))
        self.which.set_choices(
            [
                (one.id, tr("rounds.which.open" if one.open else "rounds.which.closed", round=one.id))
                for one in reversed(known)
            ],
            self.which.value(),
        )
        self._show_round()

    def _show_round(self) -> None:
        """The round in hand: who may head its minutes, and its seats."""
        name, snapshot = str(self.which.value() or ""), self._snapshot
        current = next((one for one in rounds(snapshot.decisions) if one.id == name), None) if snapshot else None
        members = () if current is None else current.experts
        known = "" if snapshot is None else snapshot.heads.get(name, "")
        self.head.set_choices(head_choices(members, () if snapshot is None else snapshot.experts), known)
        self._show_seats()

    def _show_seats(self) -> None:
        views = self._views.get(str(self.which.value() or ""), ())
        rows: list[_SeatRow] = []
        for view in views:
            settings = self._packs[view.application.category].settings
            rows += [
                _SeatRow(view, seat, score_text(seat.before, settings), score_text(seat.after, settings))
                for seat in view.seats
            ]
        self.seats.set_rows(rows)
        if rows and self.seats.selected() is None:
            self.seats.selectRow(0)
        self._show_details()

    def _show_details(self) -> None:
        chosen: _SeatRow | None = self.seats.selected()
        self._details.setVisible(chosen is not None)
        if chosen is None:
            return
        view, seat = chosen.view, chosen.seat
        pack = self._packs[view.application.category]
        settings = pack.settings
        why = tr("list.separator").join(tr(_WHYS[one]) for one in view.case.why)
        lines = [
            tr("rounds.case", application=view.application.id, name=view.application.applicant, why=why),
            tr("rounds.case.before", figures=_figures(view.first.published, view.before, settings)),
            tr("rounds.case.after", figures=_figures(view.now.published, view.after, settings)),
            tr("rounds.seat", seat=seat.letter, standing=_standing(seat)),
        ]
        for change in seat.changes:
            item = pack.item_by_id[change.item]
            lines.append(
                tr(
                    "rounds.change", item=f"{item.indicator.id} {i18n.local(item.indicator.title)}",
                    before=_entry(change.before), after=_entry(change.after), reason=change.reason,
                )
            )  # fmt: skip
        self._details.setText("\n".join(lines))


def _figures(total: Decimal | None, spread: Spread | None, settings: PackSettings) -> str:
    if spread is None:
        return "—"
    low, median, high = (score_text(value, settings) for value in (spread.low, spread.median, spread.high))
    return tr("rounds.figures", total="—" if total is None else total, low=low, median=median, high=high)


def _entry(entry: ItemEntry) -> str:
    if entry.state == "not_applicable":
        return tr("state.not_applicable")
    return "—" if entry.value is None else plain(entry.value)


def _standing(seat: Seat) -> str:
    return tr(_STANDINGS[seat.standing][0])


def _pick_columns() -> Sequence[Column[_Pick]]:
    return (
        Column(
            tr("rounds.column.chosen"), lambda r: tr("rounds.chosen") if r.chosen else "—",
            icon=lambda r: ("circle-check", "accent") if r.chosen else ("circle", "muted"),
        ),
        Column(tr("column.id"), lambda r: r.candidate.application),
        Column(tr("column.applicant"), lambda r: r.applicant),
        Column(tr("rounds.column.reasons"), lambda r: r.reasons, stretch=True),
        Column(tr("rounds.column.scored"), lambda r: str(r.candidate.scored), number=True),
    )  # fmt: skip


def _seat_columns() -> Sequence[Column[_SeatRow]]:
    return (
        Column(tr("column.id"), lambda r: r.view.application.id),
        Column(tr("column.applicant"), lambda r: r.view.application.applicant, stretch=True),
        Column(tr("rounds.column.seat"), lambda r: r.seat.letter),
        Column(
            tr("column.state"), lambda r: _standing(r.seat), icon=lambda r: _STANDINGS[r.seat.standing][1:],
        ),
        Column(tr("rounds.column.before"), lambda r: r.before, number=True),
        Column(tr("rounds.column.after"), lambda r: r.after, number=True),
        Column(tr("rounds.column.changes"), lambda r: str(len(r.seat.changes)), number=True),
    )  # fmt: skip
