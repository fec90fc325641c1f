"""催办: who has not sent everything, how many days are left, whose key is unconfirmed, and whom to call instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication

from ndb_desktop.services.assignment_desk import Reserve
from ndb_desktop.services.digest_words import spoken
from ndb_desktop.services.office_missing import Arrival, Outstanding
from ndb_desktop.services.reminders import arrival_words, days_words, named, reminder
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.fitting_table import FittingTable
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.tall_part import TallPart, fit_height
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.beside import Beside
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, holder, row
from ndb_desktop.ui.widgets.table import Column, DataTable

_ICONS: dict[Arrival, tuple[str, str]] = {
    "not_issued": ("circle-slash", "warning"),
    "nothing": ("circle", "muted"),
    "part": ("circle-dot", "muted"),
    "contradiction": ("triangle-alert", "warning"),
    "complete": ("circle-check", "accent"),
}
_SENT, _DUE, _LAST = 3, 4, 6
"""Columns that the card under the table tells as well."""
_FILTERS: dict[str, Callable[[Outstanding], bool]] = {
    "call": lambda r: r.needs_call,
    "missing": lambda r: bool(r.missing),
    "late": lambda r: r.late > 0,
    "key": lambda r: r.key_unconfirmed,
    "complete": lambda r: r.arrival == "complete",
}


@dataclass(frozen=True)
class Called:
    """A line of the reserve list, with the name."""

    reserve: Reserve
    name: str


class MissingPart(TallPart):
    """Signals: `export()`; `reserves(str)` an application whose reserve list is wanted; `keys()` leads to the people;
    `copied()`.
    """

    export = Signal()
    reserves = Signal(str)
    keys = Signal()
    copied = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[Outstanding, ...] = ()
        self._snapshot: Snapshot | None = None
        self._last = ""
        self._count = PlainLabel("", "heading")
        self._count.setObjectName("missing.count")
        self.filter = Choice(tr("inbox.filter"))
        self.filter.setObjectName("missing.filter")
        self.filter.chosen.connect(lambda _value: self._filter())
        self.search = LineEdit(tr("office.search"), "", tr("office.search"))
        self.search.setObjectName("missing.search")
        self.copy_all = Button(tr("missing.copy.all"), "quiet", "copy")
        self.copy_all.setObjectName("missing.copy.all")
        self.copy_all.clicked.connect(self._copy_all)
        self.export_button = Button(tr("missing.export"), "normal", "table-2")
        self.export_button.setObjectName("missing.export")
        self.export_button.clicked.connect(self.export)
        self.empty = EmptyState("users", tr("missing.none"), tr("missing.none.text"))
        self.table = FittingTable(tr("missing.title"), _columns(), (_LAST, _DUE, _SENT))
        self.table.setObjectName("missing.table")
        self.table.selectionModel().currentChanged.connect(lambda *_: self._choose())
        self.search.textChanged.connect(self.table.search)
        tools = Beside(self.filter, self.search, grows=1)
        self._tools = holder(column(tools, Flow(self.export_button, self.copy_all), gap=1))
        page = column(
            PlainLabel(tr("missing.text"), "muted"), self._count, self._tools, self.empty, self.table, self._card(),
            gap=1.5, margins=2,
        )  # fmt: skip
        page.addStretch(1)
        self.setLayout(page)

    def show_rows(self, rows: tuple[Outstanding, ...], snapshot: Snapshot) -> None:
        """Everybody who has something to review."""
        self._rows, self._snapshot = rows, snapshot
        counts = {name: sum(map(test, rows)) for name, test in _FILTERS.items()}
        self._count.setText(
            tr("missing.counts", missing=counts["missing"], late=counts["late"], keys=counts["key"], total=len(rows))
        )
        words = {
            "call": tr("missing.filter.call"), "missing": tr("missing.filter.missing"),
            "late": tr("missing.filter.late"), "key": tr("missing.filter.key"),
            "complete": tr("missing.filter.complete"),
        }  # fmt: skip
        every = [("", f"{tr('inbox.group.all')} {len(rows)}")]
        choices = [(name, f"{word} {counts[name]}") for name, word in words.items()]
        self.filter.set_choices([*every, *choices], self.filter.value())
        for part in (self._count, self._tools, self.table):
            part.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        self._filter()

    def shown(self) -> tuple[Outstanding, ...]:
        """The lines the filter leaves, in the order shown."""
        proxy, source = self.table.proxy, self.table.source
        return tuple(source.row_at(proxy.mapToSource(proxy.index(n, 0)).row()) for n in range(proxy.rowCount()))

    def _filter(self) -> None:
        test = _FILTERS.get(self.filter.value() or "")
        rows = [one for one in self._rows if test is None or test(one)]
        self.table.set_rows(rows)
        fit_height(self.table, 3, 8)
        place = next((n for n, one in enumerate(rows) if one.expert.id == self._last), 0)
        index = self.table.proxy.mapFromSource(self.table.source.index(place, 0))
        if index.isValid():
            self.table.selectRow(index.row())
        self._choose()

    # ----- one expert -----

    def _card(self) -> Card:
        self._name, self._state = PlainLabel("", "heading"), PlainLabel("", "body", selectable=True)
        self._state.setObjectName("missing.state")
        self._key = PlainLabel("", "body", selectable=True)
        self._key.setObjectName("missing.key")
        self.confirm = Button(tr("missing.confirm"), "normal", "shield-check")
        self.confirm.setObjectName("missing.confirm")
        self.confirm.clicked.connect(self.keys)
        self._reminder = PlainLabel("", "body", selectable=True)
        self._reminder.setObjectName("missing.reminder")
        self.copy = Button(tr("missing.copy"), "normal", "copy")
        self.copy.setObjectName("missing.copy")
        self.copy.clicked.connect(self._copy)
        message = Card(PlainLabel(tr("missing.reminder"), "muted"), self._reminder, kind="soft", gap=0.5, margins=1.5)
        message.box.addLayout(row(self.copy, None))
        self.application = Choice(tr("missing.reserve.application"))
        self.application.setObjectName("missing.application")
        self.application.chosen.connect(lambda _name: self._no_reserves())
        self.ask = Button(tr("missing.reserve"), "normal", "users")
        self.ask.setObjectName("missing.reserve")
        self.ask.clicked.connect(lambda: self.reserves.emit(self.application.value()))
        self._reserve_words = PlainLabel("", "muted")
        self._reserve_words.setObjectName("missing.reserve.words")
        self.called = DataTable(tr("missing.reserve"), _reserve_columns(), sortable=False)
        self.called.setObjectName("missing.reserve.table")
        line = Beside(self.application, self.ask)
        self._calling = holder(
            column(PlainLabel(tr("missing.reserve.text"), "muted"), line, self._reserve_words, self.called, gap=1)
        )
        self.card = Card(self._name, self._state, self._key, gap=1, margins=2)
        self.card.box.addLayout(row(self.confirm, None))
        self.card.box.addWidget(message)
        self.card.box.addWidget(self._calling)
        return self.card

    def _choose(self) -> None:
        chosen: Outstanding | None = self.table.selected() if self.table.source.rows else None
        self.card.setVisible(chosen is not None)
        if chosen is None or self._snapshot is None:
            return
        self._last, language = chosen.expert.id, i18n.language()
        self._name.setText(f"{chosen.expert.id} {chosen.expert.name} · {chosen.expert.employer}")
        lines = [f"{arrival_words(chosen.arrival, language)} · {_sent(chosen)}"]
        if chosen.due is not None:
            days = days_words(chosen, language)
            lines[0] += f" · {tr('missing.due', day=chosen.due.isoformat())}" + (f" · {days}" if days else "")
        if chosen.last_received:
            lines.append(tr("missing.last", at=i18n.local_time(chosen.last_received)))
        if chosen.missing:
            lines.append(tr("missing.names", names=named(chosen.missing, language)))
        if chosen.contradictions:
            lines.append(tr("missing.contradictions", names=named(chosen.contradictions, language)))
        self._state.setText("\n".join(lines))
        self._key.setVisible(chosen.key_unconfirmed)
        self.confirm.setVisible(chosen.key_unconfirmed)
        if chosen.key_unconfirmed:
            words = [tr("missing.key", fingerprint=chosen.key)]
            if chosen.payload:
                zh, en = (spoken(chosen.payload, one) for one in ("zh_CN", "en"))
                words.append(tr("verify.words", zh=zh, en=en))
            self._key.setText("\n".join(words))
        self._reminder.setText(self._message(chosen))
        applicants = {one.id: one.applicant for one in self._snapshot.applications}
        self.application.set_choices([(name, f"{name} {applicants.get(name, '')}") for name in chosen.missing])
        self._calling.setVisible(bool(chosen.missing))
        self._no_reserves()

    def _message(self, one: Outstanding) -> str:
        if self._snapshot is None:
            return ""
        language = i18n.language()
        return reminder(one, i18n.local(self._snapshot.batch.title), self._snapshot.name, language)

    def _copy(self) -> None:
        chosen: Outstanding | None = self.table.selected()
        if chosen is not None:
            QGuiApplication.clipboard().setText(self._message(chosen))
            self.copied.emit()

    def _copy_all(self) -> None:
        """The reminders of all who are shown and whom there is something to tell."""
        told = [self._message(one) for one in self.shown() if one.missing or one.contradictions or one.key_unconfirmed]
        QGuiApplication.clipboard().setText("\n\n".join(told))
        self.copied.emit()

    # ----- reserves -----

    def _no_reserves(self) -> None:
        self._reserve_words.hide()
        self.called.hide()
        self.called.set_rows(())

    def show_reserves(self, application: str, found: tuple[Reserve, ...]) -> None:
        """Answers `reserves`."""
        if application != self.application.value() or self._snapshot is None:
            return
        names = {one.id: one.name for one in self._snapshot.experts}
        self.called.set_rows([Called(one, names.get(one.expert, "")) for one in found])
        fit_height(self.called, 1, 6)
        self.called.setVisible(bool(found))
        self._say(tr("missing.reserve.found", count=len(found)) if found else tr("missing.reserve.none"))

    def show_no_reserves(self, words: str) -> None:
        """Why there is no reserve list."""
        self.called.hide()
        self._say(words)

    def _say(self, words: str) -> None:
        self._reserve_words.setText(words)
        self._reserve_words.show()


def _sent(one: Outstanding) -> str:
    return tr("missing.sent", sent=one.assigned - len(one.missing), assigned=one.assigned)


def _days_order(one: Outstanding) -> int:
    """The latest first, then who has least time left, then those who owe nothing."""
    if one.late:
        return -one.late
    return one.left if one.left is not None and one.missing else 1_000_000


def _columns() -> tuple[Column[Outstanding], ...]:
    return (
        Column(tr("column.expert"), lambda r: r.expert.id, width=96),
        Column(tr("column.name"), lambda r: r.expert.name, stretch=True),
        Column(
            tr("missing.column.arrival"), lambda r: arrival_words(r.arrival, i18n.language()), width=130,
            icon=lambda r: _ICONS[r.arrival],
        ),
        Column(
            tr("column.received"), lambda r: f"{r.assigned - len(r.missing)} / {r.assigned}", number=True, width=90,
            sort=lambda r: -len(r.missing),
        ),
        Column(tr("missing.column.due"), lambda r: r.due.isoformat() if r.due else "—", width=112),
        Column(
            tr("missing.column.days"), lambda r: days_words(r, i18n.language()) or "—", width=178, sort=_days_order,
            icon=lambda r: ("clock", "warning") if r.late else None,
        ),
        Column(tr("column.last"), lambda r: i18n.local_time(r.last_received) if r.last_received else "—", width=150),
        Column(
            tr("column.key"), lambda r: tr("missing.unconfirmed") if r.key_unconfirmed else "—", width=130,
            icon=lambda r: ("circle-question-mark", "warning") if r.key_unconfirmed else None,
        ),
    )  # fmt: skip


def _kind(kind: str) -> str:
    return {"field": tr("kind.field"), "finance": tr("kind.finance"), "policy": tr("kind.policy")}[kind]


def _reserve_columns() -> tuple[Column[Called], ...]:
    return (
        Column(tr("missing.reserve.place"), lambda c: str(c.reserve.place), number=True, width=72),
        Column(tr("column.expert"), lambda c: f"{c.reserve.expert} {c.name}", width=190),
        Column(tr("column.kind"), lambda c: _kind(c.reserve.kind), width=120),
        Column(tr("missing.reserve.load"), lambda c: f"{c.reserve.load} / {c.reserve.most}", number=True, width=110),
        Column(tr("missing.reserve.instead"), lambda c: " ".join(c.reserve.instead_of) or "—", stretch=True),
    )
