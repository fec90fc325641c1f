"""合议: the panel's vote on what scores leave open: issue, one vote per member, seats left, earlier votes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout

from ndb_desktop.domain import settlement
from ndb_desktop.domain.settlement import Choice as Way
from ndb_desktop.domain.settlement import Outcome, Settlement, Vote
from ndb_desktop.services.results import BatchResult, state_text
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.coordinator.decision_words import signer_names
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.coordinator.words import category_name
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.beside import Beside
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.layout import Card, clear, column
from ndb_desktop.ui.widgets.table import Column, DataTable

_WAYS: tuple[tuple[Way, str], ...] = (
    ("for", "vote.for"),
    ("against", "vote.against"),
    ("abstain", "vote.abstain"),
)


@dataclass(frozen=True)
class _Row:
    application: str
    applicant: str
    panel: str
    state: str
    pending: bool
    votes: str


@dataclass(frozen=True)
class Settling:
    """What a panel decided, as typed."""

    application: str
    outcome: Outcome
    issue: str
    votes: tuple[Vote, ...]
    reason: str


class VotesPart(TallPart):
    """Signal `settle(object)` a `Settling`."""

    settle = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._result: BatchResult | None = None
        self._snapshot: Snapshot | None = None
        self._last = ""
        self._choices: dict[str, tuple[Choice, LineEdit]] = {}
        self._seats = PlainLabel("", "body")
        self._seats.setObjectName("votes.seats")
        self._none = EmptyState("circle-check", tr("votes.none"), tr("votes.none.text"))
        self.table = DataTable(tr("votes.title"), _columns(), sortable=False)
        self.table.setObjectName("votes.table")
        self.table.setFixedHeight(theme.pixels(190))
        self.table.selectionModel().currentChanged.connect(lambda *_: self._choose())
        page = column(PlainLabel(tr("votes.text"), "muted"), self._seats, self._none, self.table, gap=1.5, margins=2)
        page.addWidget(self._card())
        page.addStretch(1)
        self.setLayout(page)

    def _card(self) -> Card:
        self._subject = PlainLabel("", "heading")
        self._before = PlainLabel("", "muted", selectable=True)
        self._before.setObjectName("votes.before")
        self.issue = LineEdit(tr("votes.issue"), "", tr("votes.issue.hint"))
        self.issue.setObjectName("votes.issue")
        self.issue.textChanged.connect(self._update)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(2, 4)
        self.outcome = PlainLabel("", "heading")
        self.outcome.setObjectName("votes.outcome")
        self.reason = LineEdit(tr("votes.reason"), "", tr("votes.reason.hint"))
        self.reason.setObjectName("votes.reason")
        self.reason.textChanged.connect(self._update)
        self.button = Button(tr("votes.record"), "primary", "signature")
        self.button.setObjectName("votes.record")
        self.button.clicked.connect(self._record)
        self._form = Card(self._subject, self._before, gap=1.5, margins=2)
        self._form.setObjectName("votes.form")
        self._form.box.addWidget(self.issue)
        self._form.box.addLayout(self._grid)
        self._form.box.addWidget(self.outcome)
        line = Beside(self.reason, self.button)
        self._form.box.addWidget(line)
        return self._form

    def show_result(self, result: BatchResult | None, snapshot: Snapshot) -> None:
        """The pending applications of a result and those voted on; None forgets everything."""
        wanted = self._last
        self._result, self._snapshot = result, snapshot
        self._before.setText("")
        if result is None:
            self.table.set_rows(())
            self._choose()
            return
        rows = _rows(result, snapshot)
        self.table.set_rows(rows)
        self._none.setVisible(not rows)
        self.table.setVisible(bool(rows))
        self._seats.setText("\n".join(_seat_lines(result, snapshot)))
        self._seats.setVisible(bool(self._seats.text()))
        self.choose(wanted)

    def choose(self, application: str = "") -> None:
        """Selects an application; "" or an unknown one the first that is pending."""
        rows: Sequence[_Row] = self.table.source.rows
        names = [one.application for one in rows if one.application == application or (not application and one.pending)]
        if names:
            self.table.selectRow(next(n for n, one in enumerate(rows) if one.application == names[0]))
        self._choose()

    # ----- the form -----

    def _choose(self) -> None:
        chosen, result, snapshot = self.table.selected(), self._result, self._snapshot
        self._form.setVisible(chosen is not None and result is not None)
        clear(self._grid)
        self._choices = {}
        if chosen is None or result is None or snapshot is None:
            return
        self._last = chosen.application
        self._subject.setText(f"{chosen.application}  {chosen.applicant}  {chosen.panel}")
        earlier = [
            _told(known, snapshot)
            for one in snapshot.decisions
            if one.kind == "settlement" and one.subject == chosen.application
            for known in settlement.settlements([one]).values()
        ]
        self._before.setText("\n\n".join(earlier))
        self._before.setVisible(bool(earlier))
        names = {expert.id: expert.name for expert in snapshot.experts}
        for part in (self.issue, self.reason, self.button, self.outcome):
            part.setVisible(chosen.pending)
        self.issue.setText("")
        self.reason.setText("")
        if chosen.pending:
            for member, state in sorted(result.results[chosen.application].experts.items()):
                if state not in ("recused", "void"):
                    self._member(member, names.get(member, ""))
        self._update()

    def _member(self, member: str, name: str) -> None:
        number = len(self._choices)
        way = Choice(tr("votes.of", name=f"{member} {name}".strip()))
        way.setObjectName(f"votes.way.{member}")
        way.set_choices([("", tr("vote.none")), *((value, tr(words)) for value, words in _WAYS)])
        way.currentIndexChanged.connect(lambda _index: self._update())
        dissent = LineEdit(tr("votes.dissent.of", name=f"{member} {name}".strip()), "", tr("votes.dissent"))
        dissent.setObjectName(f"votes.dissent.{member}")
        self._choices[member] = (way, dissent)
        self._grid.addWidget(PlainLabel(f"{member}  {name}", wrap=False), number, 0, Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(way, number, 1)
        self._grid.addWidget(dissent, number, 2)

    def votes(self) -> tuple[Vote, ...]:
        """The votes as chosen, of those who voted."""
        return tuple(
            Vote(member, way.value(), dissent.text().strip())
            for member, (way, dissent) in self._choices.items()
            if way.value()
        )

    def _update(self) -> None:
        votes = self.votes()
        if votes:
            known = [vote.choice for vote in votes]
            words = tr("vote.selected") if settlement.carried(votes) else tr("vote.not_selected")
            counts = {way: known.count(way) for way, _ in _WAYS}
            self.outcome.setText(
                tr("votes.outcome", yes=counts["for"], no=counts["against"], abstained=counts["abstain"], outcome=words)
            )
        else:
            self.outcome.setText(tr("votes.outcome.none"))
        self.button.setEnabled(bool(votes and self.issue.text().strip() and self.reason.text().strip()))

    def _record(self) -> None:
        chosen, votes = self.table.selected(), self.votes()
        if chosen is not None and votes:
            outcome: Outcome = "selected" if settlement.carried(votes) else "not_selected"
            issue, reason = self.issue.text().strip(), self.reason.text().strip()
            self.settle.emit(Settling(chosen.application, outcome, issue, votes, reason))


def _rows(result: BatchResult, snapshot: Snapshot) -> list[_Row]:
    fields = {field.id: i18n.local(field.name) for field in snapshot.batch.fields}
    known = settlement.settlements(snapshot.decisions)
    found = []
    for name, application in result.applications.items():
        state = result.selection.states[name]
        if state == "pending" or name in known:
            panel = f"{category_name(application.category)} · {fields.get(application.field, application.field)}"
            found.append(
                _Row(
                    name, application.applicant, panel, state_text(state, i18n.language()), state == "pending",
                    _counts(known[name]) if name in known else "—",
                )
            )  # fmt: skip
    return found


def _counts(known: Settlement) -> str:
    return tr("votes.counts", yes=known.count("for"), no=known.count("against"), abstained=known.count("abstain"))


def _told(known: Settlement, snapshot: Snapshot) -> str:
    outcome = tr("vote.selected") if known.outcome == "selected" else tr("vote.not_selected")
    at, names = i18n.local_time(known.decision.at), signer_names(known.decision, snapshot)
    lines = [
        tr("votes.earlier", at=at, outcome=outcome, counts=_counts(known), names=names),
        tr("votes.earlier.issue", issue=known.issue, reason=known.decision.reason),
    ]
    lines += [tr("votes.earlier.dissent", name=vote.member, words=vote.dissent) for vote in known.votes if vote.dissent]
    return "\n".join(lines)


def _seat_lines(result: BatchResult, snapshot: Snapshot) -> list[str]:
    fields = {field.id: i18n.local(field.name) for field in snapshot.batch.fields}
    lines = []
    for cap in settlement.seats(result.selection, result.applications, snapshot.batch.quotas):
        name = category_name(cap.category)
        if cap.field:
            name = f"{name} · {fields.get(cap.field, cap.field)}"
        lines.append(tr("votes.seats", name=name, limit=cap.limit, taken=cap.taken, left=cap.left))
    return lines


def _columns() -> tuple[Column[_Row], ...]:
    return (
        Column(tr("column.id"), lambda r: r.application),
        Column(tr("column.applicant"), lambda r: r.applicant, stretch=True),
        Column(tr("votes.title"), lambda r: r.votes),
        Column(
            tr("column.state"), lambda r: r.state,
            icon=lambda r: ("circle-question-mark", "warning") if r.pending else ("circle-check", "accent"),
        ),
    )  # fmt: skip
