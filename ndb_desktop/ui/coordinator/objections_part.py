"""异议: the register of what people say against the list: received, decided with a reason, and what hangs on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout

from ndb_desktop.domain.objection import RESULTS, Objection, ObjectionResult, objections
from ndb_desktop.services.notice_period import working_days_since
from ndb_desktop.services.publication import Publication
from ndb_desktop.ui import theme
from ndb_desktop.ui.coordinator.decision_words import signer_names
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, LinkButton, PlainLabel
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.layout import Card, column, row
from ndb_desktop.ui.widgets.table import Column, DataTable

_RESULTS: dict[ObjectionResult, str] = {
    "upheld": "objection.result.upheld",
    "rejected": "objection.result.rejected",
    "withdrawn": "objection.result.withdrawn",
}


@dataclass(frozen=True)
class Received:
    """An objection as typed."""

    sender: str
    contact: str
    matter: str
    evidence: str
    received: date
    application: str


@dataclass(frozen=True)
class Closing:
    """How an objection ended, as typed."""

    number: str
    result: ObjectionResult
    handling: str


@dataclass(frozen=True)
class _Row:
    one: Objection
    applicant: str
    time: str
    waiting: str


class ObjectionsPart(TallPart):
    """Signals: `receive(object)` a `Received`; `decide(object)` a `Closing`; `change()` results have to change."""

    receive = Signal(object)
    decide = Signal(object)
    change = Signal()

    def __init__(self, snapshot: Snapshot, today: date) -> None:
        super().__init__()
        self._today, self._snapshot = today, snapshot
        self._effect = PlainLabel("", "heading")
        self._effect.setObjectName("objections.effect")
        self.empty = EmptyState("inbox", tr("objections.empty"), tr("objections.empty.text"))
        self.table = DataTable(tr("objections.title"), _columns())
        self.table.setObjectName("objections.table")
        self.table.setFixedHeight(theme.pixels(220))
        self.table.selectionModel().currentChanged.connect(lambda *_: self._choose())
        page = column(self._effect, self.empty, self.table, self._decide_card(), self._receive_card(), gap=2, margins=2)
        page.addStretch(1)
        self.setLayout(page)
        self.show_snapshot(snapshot)

    def _decide_card(self) -> Card:
        self._title = PlainLabel("", "heading")
        self._title.setObjectName("objections.chosen")
        self._facts = PlainLabel("", "body", selectable=True)
        self._facts.setObjectName("objections.facts")
        self.result = Choice(tr("objections.result"))
        self.result.setObjectName("objections.result")
        self.result.setMinimumContentsLength(20)
        self.result.setMinimumWidth(theme.pixels(176))
        self.result.set_choices(
            [(None, tr("objections.result.choose")), *((one, tr(_RESULTS[one])) for one in RESULTS)]
        )
        self.result.currentIndexChanged.connect(lambda _index: self._update())
        self.handling = LineEdit(tr("objections.handling"), "", tr("objections.handling.hint"))
        self.handling.setObjectName("objections.handling")
        self.handling.textChanged.connect(lambda _text: self._update())
        self.close_button = Button(tr("objections.close"), "primary", "signature")
        self.close_button.setObjectName("objections.close")
        self.close_button.clicked.connect(self._close)
        self._closing = row(self.result, self.handling, self.close_button)
        self._closing.setStretch(1, 1)
        self._upheld = LinkButton(tr("objections.change"), "arrow-right")
        self._upheld.setObjectName("objections.change")
        self._upheld.clicked.connect(self.change)
        self._card = Card(self._title, self._facts, gap=1, margins=2)
        self._card.box.addLayout(self._closing)
        self._card.box.addLayout(row(self._upheld, None))
        return self._card

    def _receive_card(self) -> Card:
        self.raised_by = LineEdit(tr("objections.sender"), "", tr("objections.sender.hint"))
        self.contact = LineEdit(tr("objections.contact"))
        self.matter = LineEdit(tr("objections.matter"))
        self.evidence = LineEdit(tr("objections.evidence"))
        self.received = LineEdit(tr("objections.received"), self._today.isoformat())
        self.about = Choice(tr("objections.about"))
        self.about.setObjectName("objections.about")
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        for number, (name, label, field) in enumerate((
            ("sender", tr("objections.sender"), self.raised_by), ("contact", tr("objections.contact"), self.contact),
            ("matter", tr("objections.matter"), self.matter), ("evidence", tr("objections.evidence"), self.evidence),
            ("received", tr("objections.received"), self.received),
        )):  # fmt: skip
            field.setObjectName(f"objections.{name}")
            field.textChanged.connect(lambda _text: self._update())
            grid.addLayout(column(PlainLabel(label), field, gap=0.5), number // 2, number % 2)
        grid.addLayout(column(PlainLabel(tr("objections.about")), self.about, gap=0.5), 2, 1)
        self.enter_button = Button(tr("objections.enter"), "normal", "plus")
        self.enter_button.setObjectName("objections.enter")
        self.enter_button.clicked.connect(self._enter)
        card = Card(
            PlainLabel(tr("objections.new"), "heading"),
            PlainLabel(tr("objections.new.text"), "muted"),
            gap=1,
            margins=2,
        )
        card.box.addLayout(grid)
        card.box.addLayout(row(self.enter_button, None))
        return card

    # ----- showing -----

    def show_snapshot(self, snapshot: Snapshot, chosen: str = "") -> None:
        """The register as it stands, perhaps with another entry chosen; what is typed stays."""
        self._snapshot = snapshot
        names = {one.id: one.applicant for one in snapshot.applications}
        known = objections(snapshot.decisions)
        rows = [
            _Row(one, names.get(one.application, ""), _in_time(one, snapshot.publication), self._waiting(one))
            for one in known
        ]
        before = self.about.value()
        self.about.set_choices(
            [
                ("", tr("objections.about.all")),
                *((one.id, f"{one.id} {one.applicant}") for one in snapshot.applications),
            ],
            before,
        )
        left = sum(one.open for one in known)
        self._effect.setText(tr("objections.blocks", count=left) if left else tr("objections.free"))
        self.empty.setVisible(not known)
        self.table.setVisible(bool(known))
        self.table.set_rows(rows)
        numbers = [one.one.id for one in rows]
        if chosen in numbers:
            self._select(numbers.index(chosen))
        elif rows and self.table.selected() is None:
            self._select(next((n for n, one in enumerate(rows) if one.one.open), 0))
        self._choose()

    def _select(self, number: int) -> None:
        self.table.selectRow(self.table.proxy.mapFromSource(self.table.source.index(number, 0)).row())

    def _waiting(self, one: Objection) -> str:
        """How many working days it has been open, "" once closed or in a year without a calendar."""
        if not one.open:
            return ""
        days = working_days_since(self._snapshot.batch.calendar, one.received, self._today, self._snapshot.calendars)
        return "" if days is None else tr("objections.waiting", days=days)

    def _choose(self) -> None:
        row: _Row | None = self.table.selected()
        self._card.setVisible(row is not None)
        self._update()
        if row is None:
            return
        one = row.one
        about = f"{one.application} {row.applicant}".strip() or tr("objections.about.all")
        self._title.setText(tr("objections.number", number=one.id, about=about))
        lines = [
            tr("objections.fact.sender", sender=one.sender, contact=one.contact),
            tr("objections.fact.matter", matter=one.matter),
            tr("objections.fact.evidence", evidence=one.evidence),
            tr("objections.fact.received", date=one.received.isoformat(), time=row.time),
        ]
        if one.result is not None and one.closed is not None:
            who = signer_names(one.decisions[-1], self._snapshot)
            lines.append(
                tr("objections.fact.closed", result=tr(_RESULTS[one.result]), date=one.closed.isoformat(), names=who)
            )
            lines.append(tr("objections.fact.handling", handling=one.handling))
        self._facts.setText("\n".join(lines))
        for widget in (self.result, self.handling, self.close_button):
            widget.setVisible(one.open)
        self._upheld.setVisible(one.result == "upheld")
        self._update()

    def forget(self) -> None:
        """Empties the forms after what was typed is on record."""
        for field in (self.raised_by, self.contact, self.matter, self.evidence, self.handling):
            field.clear()
        self.result.set_value(None)
        self.about.set_value("")

    # ----- acting -----

    def _date(self) -> date | None:
        try:
            return date.fromisoformat(self.received.text().strip())
        except ValueError:
            return None

    def _update(self) -> None:
        can_sign = not self._snapshot.recovered
        fields = (self.raised_by, self.contact, self.matter, self.evidence)
        complete = all(field.text().strip() for field in fields) and self._date() is not None
        self.enter_button.setEnabled(can_sign and complete)
        self.close_button.setEnabled(
            can_sign and self.result.value() is not None and bool(self.handling.text().strip())
        )

    def _enter(self) -> None:
        received = self._date()
        if received is not None:
            self.receive.emit(
                Received(
                    self.raised_by.text(), self.contact.text(), self.matter.text(), self.evidence.text(), received,
                    self.about.value() or "",
                )
            )  # fmt: skip

    def _close(self) -> None:
        row: _Row | None = self.table.selected()
        if row is not None:
            self.decide.emit(Closing(row.one.id, self.result.value(), self.handling.text().strip()))


def _in_time(one: Objection, published: Publication | None) -> str:
    """Whether it came within the period of the notice."""
    if published is None:
        return tr("objections.time.none")
    if one.received < published.start:
        return tr("objections.time.before")
    return tr("objections.time.in") if one.received <= published.end else tr("objections.time.late")


def _columns() -> tuple[Column[_Row], ...]:
    return (
        Column(
            tr("column.state"), lambda r: tr(_RESULTS[r.one.result]) if r.one.result else tr("objection.result.open"),
            width=110, icon=lambda r: ("circle-alert", "warning") if r.one.open else ("circle-check", "accent"),
        ),
        Column(tr("objections.column.number"), lambda r: r.one.id, width=80),
        Column(tr("objections.received"), lambda r: r.one.received.isoformat(), width=104),
        Column(tr("objections.column.time"), lambda r: r.time, width=112),
        Column(tr("objections.matter"), lambda r: r.one.matter, stretch=True),
        Column(tr("objections.column.waiting"), lambda r: r.waiting, width=108),
    )  # fmt: skip
