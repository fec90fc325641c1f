"""席位 of one application: who sits there and why, who could be called, and a swap checked before it can be pressed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal

from ndb_desktop.domain.batch import ExpertKind
from ndb_desktop.services.assignment_desk import Finding
from ndb_desktop.services.assignment_seats import Reserve, Seating
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, PlainLabel
from ndb_desktop.ui.widgets.beside import Beside
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, clear, column, row
from ndb_desktop.ui.widgets.table import Column, DataTable


@dataclass(frozen=True)
class Member:
    """A seat; `expert` is "" for an empty one."""

    expert: str
    name: str
    kind: ExpertKind | None
    affinity: int
    load: int
    most: int


@dataclass(frozen=True)
class _Offer:
    reserve: Reserve
    name: str


class SeatCard(Card):
    """Signals: `seat_chosen(str)` an expert or "" for an empty seat; `asked(str)` who is to come; `swapped(str)`
    reason.
    """

    seat_chosen = Signal(str)
    asked = Signal(str)
    swapped = Signal(str)

    def __init__(self) -> None:
        super().__init__(gap=1, margins=2)
        self.setObjectName("seat.card")
        self._names: Mapping[str, str] = {}
        self._may = False
        self.title = PlainLabel("", "heading")
        self.title.setObjectName("seat.title")
        self.members = DataTable(tr("seat.members"), _member_columns(), sortable=False)
        self.members.setObjectName("seat.members")
        self.members.selectionModel().currentChanged.connect(lambda *_: self._member_chosen())
        self.why = PlainLabel("", "body", selectable=True)
        self.why.setObjectName("seat.why")
        self.reserves = DataTable(tr("seat.reserves"), _reserve_columns(), sortable=False)
        self.reserves.setObjectName("seat.reserves")
        self.reserves.selectionModel().currentChanged.connect(lambda *_: self._reserve_chosen())
        self.reserves.on_activated(lambda _row: self.reason.setFocus(Qt.FocusReason.TabFocusReason))
        self._nobody = PlainLabel(tr("seat.nobody"), "muted")
        self._nobody.setObjectName("seat.nobody")
        self._make_swap()
        parts = (
            self.title, self.members, PlainLabel(tr("seat.why"), "small"), self.why,
            PlainLabel(tr("seat.reserves"), "small"), self.reserves, self._nobody,
        )  # fmt: skip
        for part in parts:
            self.box.addWidget(part)
        other = Beside(self.other, self.check)
        self.box.addWidget(other)
        self.box.addWidget(self._verdict)
        self.box.addLayout(self._findings)
        self.box.addWidget(self.reason)
        self.box.addLayout(Flow(self.swap))
        self.box.addWidget(self._lacks)
        self.box.addStretch(1)

    def _make_swap(self) -> None:
        self.other = LineEdit(tr("seat.other"), "", tr("seat.other"))
        self.other.setObjectName("seat.other")
        self.other.returnPressed.connect(self._ask_other)
        self.check = Button(tr("seat.check"), "quiet", "search")
        self.check.setObjectName("seat.check")
        self.check.clicked.connect(self._ask_other)
        self._verdict = PlainLabel("", "body")
        self._verdict.setObjectName("seat.verdict")
        self._findings = column(gap=0.5)
        self.reason = LineEdit(tr("seat.reason"), "", tr("seat.reason"))
        self.reason.setObjectName("seat.reason")
        self.reason.textChanged.connect(lambda _text: self._enable())
        self.swap = Button(tr("seat.swap.none"), "primary", "user-round-check")
        self.swap.setObjectName("seat.swap")
        self.swap.clicked.connect(lambda: self.swapped.emit(self.reason.text().strip()))
        self._lacks = PlainLabel("", "small")
        self._lacks.setObjectName("seat.lacks")

    # ----- showing -----

    def show_panel(self, seating: Seating, application: str, applicant: str, names: Mapping[str, str]) -> None:
        """The seats of an application; the first one is chosen."""
        self._names = names
        self.title.setText(f"{application}  {applicant}")
        problem = seating.problem
        case = problem.case_by_id[application]
        rows = [
            Member(
                name, names.get(name, ""), problem.expert_by_id[name].kind,
                problem.affinity(case, problem.expert_by_id[name]), seating.loads[name], problem.upper[name],
            )
            for name in sorted(seating.panels[application])
        ]  # fmt: skip
        rows += [Member("", "", None, 0, 0, 0)] * max(0, problem.options.seats - len(rows))
        self.members.setCurrentIndex(self.members.rootIndex())
        self.members.set_rows(rows)
        _fit(self.members, len(rows), 9)
        self.show_reserves(())
        self.forget()
        if rows:
            self.members.selectRow(0)

    def show_why(self, lines: Sequence[str]) -> None:
        """Why the chosen expert sits there."""
        self.why.setText("\n".join(lines))

    def show_reserves(self, rows: Sequence[Reserve]) -> None:
        """Who could be called for the chosen seat, in drawn order."""
        offers = [_Offer(one, self._names.get(one.expert, "")) for one in rows]
        self.reserves.setCurrentIndex(self.reserves.rootIndex())
        self.reserves.set_rows(offers)
        self.reserves.setVisible(bool(offers))
        self._nobody.setVisible(not offers)
        _fit(self.reserves, len(offers), 4)

    def show_findings(self, in_: str, findings: Sequence[Finding]) -> None:
        """What a swap would do; only one that breaks nothing hard can be pressed."""
        self._clear_findings()
        self._may = not any(one.hard for one in findings)
        out = self.seat()
        words = {"out": self._named(out), "in_": self._named(in_)}
        if not self._may:
            self._verdict.setText(tr("seat.refused", **words))
        else:
            self._verdict.setText(tr("seat.possible", **words) if out else tr("seat.possible.empty", **words))
        for finding in findings:
            mark = IconLabel(*(("circle-x", 16, "danger") if finding.hard else ("info", 16, "muted")))
            line = row(mark, PlainLabel(finding.words(i18n.language()), "body"))
            line.setStretch(1, 1)
            self._findings.addLayout(line)
        self.swap.set_text(tr("seat.swap", **words) if out else tr("seat.swap.empty", **words))
        self._enable()

    def show_refusal(self, words: str) -> None:
        """Why nothing can be said about a swap."""
        self._clear_findings()
        self._may = False
        self._verdict.setText(words)
        self._enable()

    def forget(self) -> None:
        """No swap is in question."""
        self._may = False
        self._clear_findings()
        self._verdict.setText("")
        self.swap.set_text(tr("seat.swap.none"))
        self._enable()

    def _clear_findings(self) -> None:
        clear(self._findings)

    def _named(self, expert: str) -> str:
        return f"{expert} {self._names.get(expert, '')}".strip()

    # ----- choosing -----

    def seat(self) -> str:
        """The expert of the chosen seat, "" for an empty one."""
        member: Member | None = self.members.selected()
        return "" if member is None else member.expert

    def _member_chosen(self) -> None:
        member: Member | None = self.members.selected()
        if member is not None:
            self.forget()
            self.seat_chosen.emit(member.expert)

    def _reserve_chosen(self) -> None:
        offer: _Offer | None = self.reserves.selected()
        if offer is not None:
            self.other.setText(offer.reserve.expert)
            self.asked.emit(offer.reserve.expert)

    def _ask_other(self) -> None:
        if self.other.text().strip():
            self.asked.emit(self.other.text().strip())

    def _enable(self) -> None:
        ready = self._may and bool(self.reason.text().strip())
        self.swap.setEnabled(ready)
        lacks = tr("seat.lacks.reason") if self._may and not ready else ""
        self._lacks.setText(lacks)
        self._lacks.setVisible(bool(lacks))


def _fit(table: DataTable, rows: int, most: int) -> None:
    height = table.verticalHeader().defaultSectionSize() * max(1, min(rows, most))
    table.setFixedHeight(height + table.horizontalHeader().sizeHint().height() + theme.pixels(6))


def kind_name(kind: ExpertKind | None) -> str:
    """类别 of an expert in words."""
    if kind is None:
        return "—"
    return {"field": tr("kind.field"), "finance": tr("kind.finance"), "policy": tr("kind.policy")}[kind]


def _member_columns() -> tuple[Column[Member], ...]:
    return (
        Column(
            tr("column.expert"), lambda r: f"{r.expert} {r.name}".strip() or tr("seat.empty"), stretch=True,
            icon=lambda r: None if r.expert else ("circle-alert", "warning"),
        ),
        Column(tr("column.kind"), lambda r: kind_name(r.kind), width=146),
        Column(tr("seat.affinity"), lambda r: str(r.affinity) if r.expert else "—", number=True, width=80),
        Column(tr("seat.load"), lambda r: f"{r.load}/{r.most}" if r.expert else "—", number=True, width=80),
    )  # fmt: skip


def _reserve_columns() -> tuple[Column[_Offer], ...]:
    return (
        Column(tr("column.number"), lambda r: str(r.reserve.place), number=True, width=56),
        Column(tr("column.expert"), lambda r: f"{r.reserve.expert} {r.name}".strip(), stretch=True),
        Column(tr("column.kind"), lambda r: kind_name(r.reserve.kind), width=146),
        Column(tr("seat.affinity"), lambda r: str(r.reserve.affinity), number=True, width=80),
        Column(tr("seat.load"), lambda r: f"{r.reserve.load}/{r.reserve.most}", number=True, width=80),
    )
