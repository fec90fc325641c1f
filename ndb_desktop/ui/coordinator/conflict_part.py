"""矛盾裁定: versions that contradict each other side by side, field by field, without what stands in them.

The values come with the signed decision and not before: nothing here could show them earlier. They are forgotten when
the page is left.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QAbstractItemView, QGridLayout

from ndb_desktop.domain.decision import Decision
from ndb_desktop.services.contradiction import Comparison, Difference, Settled, VersionFacts
from ndb_desktop.services.digest_words import spoken
from ndb_desktop.services.merge_words import FIELDS
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.datum_words import item_label
from ndb_desktop.ui.coordinator.decision_words import signer_names
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.tall_part import TallPart, fit_height
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.layout import Card, clear, column, holder, row
from ndb_desktop.ui.widgets.table import Column, DataTable

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Case:
    """A contradiction: waiting, or decided by `decision`."""

    application: str
    applicant: str
    expert: str
    name: str
    decision: Decision | None

    @property
    def pair(self) -> tuple[str, str]:
        """Application and expert."""
        return self.application, self.expert


@dataclass(frozen=True)
class _Line:
    """A field in which versions differ: its name, and what is shown of each version."""

    what: str
    cells: tuple[str, ...]
    hidden: bool


class ConflictPart(TallPart):
    """Signals: `chosen(str, str)` a pair whose comparison is wanted; `decide(str, str, str, str)` application, expert,
    digest and reason.
    """

    chosen = Signal(str, str)
    decide = Signal(str, str, str, str)

    def __init__(self) -> None:
        super().__init__()
        self._snapshot: Snapshot | None = None
        self._comparison: Comparison | None = None
        self._settled: Settled | None = None
        self._wanted: tuple[str, str] | None = None
        self._widths = 0
        self._count = PlainLabel("", "heading")
        self._count.setObjectName("conflicts.count")
        self.empty = EmptyState("circle-check", tr("conflicts.none"), tr("conflicts.none.text"))
        self.cases = DataTable(tr("merge.conflict"), _case_columns())
        self.cases.setObjectName("conflicts.table")
        self.cases.selectionModel().currentChanged.connect(lambda *_: self._choose())
        page = column(
            PlainLabel(tr("merge.conflict.text"), "muted"), self._count, self.empty, self.cases, self._case_card(),
            gap=1.5, margins=2,
        )  # fmt: skip
        page.addStretch(1)
        self.setLayout(page)

    # ----- the list -----

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Everything that waits, then what was decided."""
        self._snapshot = snapshot
        applicants = {one.id: one.applicant for one in snapshot.applications}
        people = {one.id: one.name for one in snapshot.experts}

        def case(application: str, expert: str, decision: Decision | None) -> Case:
            return Case(application, applicants.get(application, ""), expert, people.get(expert, ""), decision)

        waiting = [case(r.application, r.expert, None) for r in snapshot.standings if r.state == "conflict"]
        open_pairs = {one.pair for one in waiting}
        latest = {one.subject: one for one in snapshot.decisions if one.kind == "contradiction"}
        decided = [case(one.content["application"], one.content["expert"], one) for one in latest.values()]
        cases = waiting + [one for one in decided if one.pair not in open_pairs]
        self._count.setText(tr("conflicts.count", open=len(waiting), decided=len(cases) - len(waiting)))
        self._count.setVisible(bool(cases))
        self.empty.setVisible(not cases)
        self.cases.setVisible(bool(cases))
        self.cases.set_rows(cases)
        fit_height(self.cases, 2, 5)
        place = next((n for n, one in enumerate(cases) if one.pair == self._wanted), 0)
        if cases:
            self.cases.selectRow(self.cases.proxy.mapFromSource(self.cases.source.index(place, 0)).row())
        self._choose()

    def open_count(self) -> int:
        """How many wait for a decision."""
        return sum(one.decision is None for one in self.cases.source.rows)

    # ----- one case -----

    def _case_card(self) -> Card:
        self._about = PlainLabel("", "heading")
        self._files = QGridLayout()
        self._files.setHorizontalSpacing(24)
        self._hidden = PlainLabel(tr("conflicts.hidden.text"), "muted")
        self._holder = column(gap=0)
        self._table_box = holder(self._holder)
        self.differences: DataTable | None = None
        self._full = QGridLayout()
        self._full.setHorizontalSpacing(24)
        self._full_box = holder(self._full)
        self.version = Choice(tr("merge.conflict.version"))
        self.version.setObjectName("merge.conflict.version")
        self.version.chosen.connect(lambda _digest: self._update())
        self.reason = LineEdit(tr("merge.conflict.reason"), "", tr("merge.conflict.reason.hint"))
        self.reason.setObjectName("merge.conflict.reason")
        self.reason.textChanged.connect(lambda _text: self._update())
        self.button = Button(tr("merge.conflict.decide"), "primary", "signature")
        self.button.setObjectName("merge.conflict.decide")
        self.button.clicked.connect(self._decide)
        self._lacks = PlainLabel("", "muted")
        self._lacks.setObjectName("conflicts.lacks")
        self._said = PlainLabel("", "body", selectable=True)
        self._said.setObjectName("conflicts.said")
        choice = PlainLabel(tr("merge.conflict.version"), "muted")
        reason = PlainLabel(tr("merge.conflict.reason"), "muted")
        self._form = holder(
            column(choice, self.version, reason, self.reason, self._lacks, row(self.button, None), gap=0.75)
        )
        card = Card(self._about, self._said, holder(self._files), self._hidden, gap=1.25, margins=2)
        card.box.addWidget(self._table_box)
        card.box.addWidget(self._full_box)
        card.box.addWidget(self._form)
        card.setAccessibleName(tr("merge.conflict.pair"))
        self.card = card
        return card

    def _choose(self) -> None:
        case: Case | None = self.cases.selected() if self.cases.source.rows else None
        self.card.setVisible(case is not None)
        if case is None:
            self._forget()
            return
        if self._settled is not None and self._pair(self._settled.comparison) != case.pair:
            self._forget()
        if case.pair != self._wanted:
            self.reason.clear()
        self._wanted = case.pair
        self._about.setText(f"{case.application} {case.applicant} · {case.expert} {case.name}")
        if case.decision is not None:
            self._show_decided(case.decision)
        else:
            self._settled = None
            self._show(None)
            self.chosen.emit(*case.pair)

    @staticmethod
    def _pair(comparison: Comparison) -> tuple[str, str]:
        return comparison.application, comparison.expert

    def show_comparison(self, comparison: Comparison) -> None:
        """Where the versions differ; answers `chosen`."""
        if self._pair(comparison) == self._wanted and self._settled is None:
            self._show(comparison)

    def show_settled(self, settled: Settled) -> None:
        """The values of a decision that was just signed; until the page is left."""
        self._settled = settled
        self.reason.clear()
        self._wanted = self._pair(settled.comparison)
        self._choose()

    def _show_decided(self, decision: Decision) -> None:
        settled = self._settled
        comparison = settled.comparison if settled is not None else None
        self._show(comparison)
        names = signer_names(decision, self._snapshot) if self._snapshot is not None else ""
        number = 0
        if settled is not None:
            number = [one.digest for one in settled.comparison.versions].index(settled.chosen) + 1
        after = tr("conflicts.after.number", number=number) if number else tr("conflicts.after")
        digest = decision.content["chosen"]
        self._said.setText(
            "\n".join((
                tr("conflicts.decided.line", at=i18n.local_time(decision.at), names=names, reason=decision.reason),
                tr("conflicts.before", count=len(decision.content["versions"].split())),
                f"{after} SHA-256 {digest}",
                "" if settled is not None else tr("conflicts.values.gone"),
            )).strip()
        )  # fmt: skip
        self._said.show()
        self._form.hide()

    def _show(self, comparison: Comparison | None) -> None:
        """The versions with where they came from, and the fields in which they differ."""
        self._comparison = comparison
        self._said.hide()
        self._form.setVisible(comparison is not None and self._settled is None)
        self._hidden.setVisible(comparison is not None and self._settled is None)
        clear(self._files)
        clear(self._full)
        self._full_box.hide()
        if comparison is None:
            if self.differences is not None:
                self.differences.set_rows(())
                self.differences.hide()
            return
        for number, version in enumerate(comparison.versions, 1):
            self._files.addWidget(PlainLabel(_version_name(number, version), "body"), 0, number)
            self._files.addWidget(PlainLabel(_origin(version), "small", selectable=True), 1, number)
            self._files.setColumnStretch(number, 1)
        table = self._table(len(comparison.versions))
        values = self._settled.values if self._settled is not None else None
        table.set_rows(
            [self._line(d, values[n] if values is not None else None) for n, d in enumerate(comparison.differences)]
        )
        fit_height(table, 2, 8)
        table.show()
        self.version.set_choices(
            [
                (version.digest, _version_name(number, version))
                for number, version in enumerate(comparison.versions, 1)
                if version.candidate
            ]
        )
        self.version.setCurrentIndex(-1)
        self._update()

    def _table(self, versions: int) -> DataTable:
        """The table has a column for each version; one for another number of them is made anew."""
        if self.differences is None or self._widths != versions:
            clear(self._holder)
            table = DataTable(tr("conflicts.differences"), _difference_columns(versions), sortable=False)
            table.setObjectName("conflicts.differences")
            table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
            table.selectionModel().currentChanged.connect(lambda *_: self._show_full())
            self._holder.addWidget(table)
            self.differences, self._widths = table, versions
        return self.differences

    def _line(self, difference: Difference, values: tuple[str, ...] | None) -> _Line:
        what = tr(FIELDS[difference.field])
        if difference.item:
            what = f"{item_label(self._snapshot, difference.item)} · {what}"
        if values is None:
            marks = (_LETTERS[group % len(_LETTERS)] for group in difference.groups)
            return _Line(what, tuple(tr("conflicts.hidden", mark=mark) for mark in marks), hidden=True)
        return _Line(what, tuple(value or "—" for value in values), hidden=False)

    def _show_full(self) -> None:
        """Once they may be seen, the whole texts of the field in hand beside each other."""
        clear(self._full)
        line: _Line | None = self.differences.selected() if self.differences is not None else None
        self._full_box.setVisible(line is not None and not line.hidden)
        if line is None or line.hidden:
            return
        for number, value in enumerate(line.cells):
            self._full.addWidget(PlainLabel(value, "body", selectable=True), 0, number)
            self._full.setColumnStretch(number, 1)

    # ----- deciding -----

    def _update(self) -> None:
        lacks = ""
        if self._snapshot is not None and self._snapshot.recovered:
            lacks = tr("conflicts.lacks.key")
        elif self.version.value() is None:
            lacks = tr("conflicts.lacks.version")
        elif not self.reason.text().strip():
            lacks = tr("conflicts.lacks.reason")
        self._lacks.setText(lacks)
        self._lacks.setVisible(bool(lacks))
        self.button.setEnabled(not lacks)

    def _decide(self) -> None:
        comparison = self._comparison
        if comparison is not None:
            self.decide.emit(*self._pair(comparison), self.version.value(), self.reason.text().strip())

    def _forget(self) -> None:
        """Values that were shown are gone."""
        if self._settled is not None:
            self._settled = None
            self._show(None)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous() and self._settled is not None:
            self._forget()
            self._choose()


def _version_name(number: int, version: VersionFacts) -> str:
    name = version.files[0].name if version.files else tr("merge.conflict.digest", digest=version.digest[:16])
    key = "conflicts.version" if version.candidate else "conflicts.version.old"
    return tr(key, number=number, revision=version.revision, name=name)


def _origin(version: VersionFacts) -> str:
    """The files that brought it: name, moment, and the words the expert can read out."""
    language = i18n.language()
    lines = [
        tr(
            "conflicts.origin", name=one.name, at=i18n.local_time(one.received_at),
            words=spoken(one.payload_sha256, language),
        )
        for one in version.files
    ]  # fmt: skip
    return "\n".join(lines)


def _case_columns() -> tuple[Column[Case], ...]:
    return (
        Column(
            tr("column.state"), lambda c: tr("conflicts.waits") if c.decision is None else tr("conflicts.decided"),
            icon=lambda c: ("triangle-alert", "warning") if c.decision is None else ("circle-check", "accent"),
            sort=lambda c: (c.decision is not None, c.pair), width=130,
        ),
        Column(tr("column.id"), lambda c: c.application, width=120),
        Column(tr("column.applicant"), lambda c: c.applicant, stretch=True),
        Column(tr("column.expert"), lambda c: f"{c.expert} {c.name}", width=180),
    )  # fmt: skip


def _difference_columns(versions: int) -> tuple[Column[_Line], ...]:
    def cell(number: int) -> Column[_Line]:
        return Column(
            tr("conflicts.column", number=number + 1), lambda line: line.cells[number], width=180,
            icon=lambda line: ("eye-off", "muted") if line.hidden else None,
        )  # fmt: skip

    field = Column[_Line](tr("conflicts.field"), lambda line: line.what, stretch=True)
    return (field, *(cell(number) for number in range(versions)))
