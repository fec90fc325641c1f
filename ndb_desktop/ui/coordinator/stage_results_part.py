"""各基地结论: passed, not passed or waiting with the reasons; one base opens to its targets, tasks and signed sheets.

Nothing of it is kept: whoever leaves the page leaves no share behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.domain.model import Category
from ndb_desktop.services.lifecycle import MOVE_WORDS
from ndb_desktop.services.panel_heads import panel_place
from ndb_desktop.services.stage_moves import Offer
from ndb_desktop.services.stage_results import BaseResult, StageResult
from ndb_desktop.services.stage_words import (
    ItemWords,
    first_text,
    item_words,
    missing_text,
    reasons,
    shares_text,
    verdict_text,
)
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.signed_file_card import SignedFileCard
from ndb_desktop.ui.coordinator.stage_results_columns import (
    BaseLine,
    SheetLine,
    base_columns,
    found_columns,
    in_full,
    said,
    sheet_columns,
    target_columns,
)
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.tall_part import fit_height
from ndb_desktop.ui.coordinator.words import category_name, head_choices
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, clear, column, holder, row
from ndb_desktop.ui.widgets.table import DataTable


@dataclass(frozen=True)
class Inside:
    """What is seen behind the door, read at one moment; `files` are those of each pair, by application and expert."""

    result: StageResult
    panels: tuple[tuple[Category, str], ...]
    offers: tuple[Offer, ...]
    files: dict[tuple[str, str], tuple[str, ...]]
    today: date


class StagePart(QWidget):
    """Signals: `summary(str, str, str)` category, field and head; `export()`; `close_asked()`; `offered(object)` an
    `Offer` that is to be prepared; `traced(str, str)` a signed file and the application to see in it.
    """

    summary = Signal(str, str, str)
    export = Signal()
    close_asked = Signal()
    offered = Signal(object)
    traced = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._inside: Inside | None = None
        self._snapshot: Snapshot | None = None
        self._base = ""
        self.table = DataTable(tr("stageresult.bases"), base_columns(), sortable=False)
        self.table.setObjectName("stage.bases")
        self.table.selectionModel().currentChanged.connect(lambda *_: self._chosen())
        self._counts = PlainLabel("", "body")
        self._counts.setObjectName("stage.counts")
        self._notes = PlainLabel("", "warning")
        page = column(
            self._warning(), self._notes, self._counts, self.table, self._base_card(), self._summary_card(), gap=1.5
        )
        self.setLayout(page)

    def _warning(self) -> Card:
        warning = Card(PlainLabel(tr("results.internal.text"), "warning"), kind="warning", margins=1.5)
        sealed = Button(tr("results.export.internal"), "normal", "lock")
        sealed.setObjectName("stage.export")
        sealed.clicked.connect(self.export)
        close = Button(tr("results.close"), "quiet", "eye-off")
        close.setObjectName("stage.close")
        close.clicked.connect(self.close_asked)
        warning.box.addLayout(Flow(sealed, None, close))
        return warning

    def _summary_card(self) -> Card:
        self.panel = Choice(tr("results.panel"))
        self.panel.setObjectName("stage.panel")
        self.panel.currentIndexChanged.connect(lambda _index: self._show_heads())
        self.head = Choice(tr("results.head"))
        self.head.setObjectName("stage.head")
        report = Button(tr("results.panel.pdf"), "normal", "printer")
        report.setObjectName("stage.panel.pdf")
        report.clicked.connect(self._summary)
        card = Card(PlainLabel(tr("results.panel.pdf"), "heading"), gap=1, margins=2)
        # One below the other: side by side neither has room for its words on a small screen.
        card.box.addLayout(column(PlainLabel(tr("results.panel")), self.panel, gap=0.5))
        card.box.addLayout(column(PlainLabel(tr("results.head")), self.head, gap=0.5))
        card.box.addLayout(row(report, None))
        return card

    def _base_card(self) -> Card:
        self._title = PlainLabel("", "heading")
        self._title.setObjectName("stage.base.title")
        self._facts = PlainLabel("", "body", selectable=True)
        self._facts.setObjectName("stage.base.facts")
        self._offers = Flow()
        self.targets = DataTable(tr("report.stage.targets"), target_columns(), sortable=False)
        self.targets.setObjectName("stage.targets")
        self.targets.selectionModel().currentChanged.connect(lambda *_: self._explain())
        self._line = PlainLabel("", "body", selectable=True)
        self._line.setObjectName("stage.line")
        self.found = DataTable(tr("report.stage.found"), found_columns(), sortable=False)
        self.found.setObjectName("stage.found")
        self.found.selectionModel().currentChanged.connect(lambda *_: self._explain())
        self._found_line = PlainLabel("", "body", selectable=True)
        self._found_line.setObjectName("stage.found.line")
        self.sheets = DataTable(tr("report.panel.sources"), sheet_columns(), sortable=False)
        self.sheets.setObjectName("stage.sheets")
        self.sheets.on_activated(self._trace)
        self.trace = Button(tr("stageresult.trace"), "normal", "file-text")
        self.trace.setObjectName("stage.trace")
        self.trace.clicked.connect(lambda: self._trace(self.sheets.selected()))
        self.signed = SignedFileCard(later=True)
        self.signed.left.connect(self.sheets.setFocus)
        self.signed.other.connect(lambda digest: self.traced.emit(digest, self._base))
        self.card = Card(self._title, gap=1, margins=2)
        self.card.setObjectName("stage.base")
        self.card.box.addWidget(self._facts)
        self.card.box.addWidget(holder(self._offers))
        self._tables = (
            (PlainLabel(tr("report.stage.targets"), "subheading"), self.targets),
            (PlainLabel(tr("report.stage.found"), "subheading"), self.found),
            (PlainLabel(tr("report.panel.sources"), "subheading"), self.sheets),
        )
        for title, table in self._tables:
            self.card.box.addWidget(title)
            self.card.box.addWidget(table)
            for other, line in ((self.targets, self._line), (self.found, self._found_line)):
                if table is other:
                    self.card.box.addWidget(line)
        self.card.box.addLayout(row(self.trace, None))
        self.card.box.addWidget(self.signed)
        self.card.hide()
        return self.card

    # ----- showing -----

    def show_inside(self, inside: Inside | None, snapshot: Snapshot) -> None:
        """The outcomes as computed; None forgets them."""
        self._inside, self._snapshot = inside, snapshot
        self.signed.forget()
        if inside is None:
            for table in (self.table, self.targets, self.found, self.sheets):
                table.set_rows(())
            self._title.setText("")
            self._facts.setText("")
            clear(self._offers)
            self.card.hide()
            return
        result, language = inside.result, i18n.language()
        lines = [
            BaseLine(
                name, base.application.applicant, base.verdict, verdict_text(base.verdict, result.stage, language),
                tr("list.separator").join(filter(None, self._why(base, inside))),
            )
            for name, base in result.bases.items()
        ]  # fmt: skip
        self._counts.setText(
            tr(
                "stageresult.counts", passed=len(result.of("passed")), failed=len(result.of("not_passed")),
                waiting=len(result.of("waiting")),
            )
        )  # fmt: skip
        fields = {field.id: i18n.local(field.name) for field in snapshot.batch.fields}
        self.panel.set_choices(
            [(pair, f"{category_name(pair[0])} · {fields.get(pair[1], pair[1])}") for pair in inside.panels],
            self.panel.value(),
        )
        self._show_heads()
        self._show_notes(result)
        wanted = self._base
        self.table.set_rows(lines)
        fit_height(self.table, 3, 12)
        number = next((n for n, line in enumerate(lines) if line.id == wanted), 0)
        if lines:
            self.table.selectRow(number)
        self._chosen()

    @staticmethod
    def _why(base: BaseResult, inside: Inside) -> tuple[str, ...]:
        language = i18n.language()
        return (*reasons(base, language, inside.today), missing_text(base, language), first_text(base, language))

    def _show_notes(self, result: StageResult) -> None:
        notes = []
        if result.unconfirmed:
            notes.append(tr("results.unconfirmed", experts=tr("list.separator").join(result.unconfirmed)))
        if result.contradictions:
            notes.append(tr("results.contradictions", count=len(result.contradictions)))
        if result.late_conflicts:
            notes.append(tr("results.late", count=len(result.late_conflicts)))
        self._notes.setText("\n".join(notes))
        self._notes.setVisible(bool(notes))

    def _show_heads(self) -> None:
        pair, snapshot, inside = self.panel.value(), self._snapshot, self._inside
        if pair is None or inside is None or snapshot is None:
            self.head.clear()
            return
        mine = [
            base for base in inside.result.bases.values()
            if (base.application.category, base.application.field) == pair
        ]  # fmt: skip
        members = {expert for base in mine for expert in base.experts}
        self.head.set_choices(head_choices(members, snapshot.experts), snapshot.heads.get(panel_place(*pair), ""))

    def _chosen(self) -> None:
        """One base in full."""
        line: BaseLine | None = self.table.selected()
        inside, snapshot = self._inside, self._snapshot
        if line is None or inside is None or snapshot is None:
            self.card.hide()
            return
        base, language = inside.result.bases[line.id], i18n.language()
        if self._base != line.id:
            self.signed.forget()
        self._base = line.id
        self._title.setText(tr("stageresult.base.title", name=line.applicant, verdict=line.words))
        facts = [*self._why(base, inside), shares_text(base, language)]
        facts.append(tr("stageresult.digest", digest=base.digest) if base.digest else "")
        self._facts.setText("\n".join(filter(None, facts)))
        self._show_offers([one for one in inside.offers if one.base == line.id], can=not snapshot.recovered)
        items = item_words(base, language)
        self.targets.set_rows([one for one in items if not one.item or one.item.startswith("target:")])
        self.found.set_rows([one for one in items if one.item and not one.item.startswith("target:")])
        names = {one.id: one.name for one in snapshot.experts}
        self.sheets.set_rows(
            [
                SheetLine(
                    expert, names.get(expert, ""), stored.revision, stored.digest,
                    inside.files.get((line.id, expert), ()),
                )
                for expert, stored in sorted(base.sheets.items())
            ]
        )  # fmt: skip
        for title, table in self._tables:
            there = bool(table.source.rows)
            title.setVisible(there)
            table.setVisible(there)
            fit_height(table, 3, 14)
        self._explain()
        self.trace.setVisible(bool(base.sheets))
        self.card.show()

    def _show_offers(self, mine: Sequence[Offer], *, can: bool) -> None:
        clear(self._offers)
        for one in mine if can else ():
            words = tr("stageresult.prepare", move=tr(MOVE_WORDS[one.move]))
            button = Button(words, "normal", "arrow-right")
            button.setObjectName(f"stage.offer.{one.move}")
            button.clicked.connect(lambda _checked=False, offer=one: self.offered.emit(offer))
            self._offers.addWidget(button)

    def _explain(self) -> None:
        """The chosen target and task in full: columns are narrow for their names and for all there is to know."""
        target: ItemWords | None = self.targets.selected()
        task: ItemWords | None = self.found.selected()
        self._line.setText("" if target is None else "\n".join(filter(None, (in_full(target), target.note))))
        self._line.setVisible(target is not None)
        self._found_line.setText("" if task is None else "\n".join(filter(None, (task.label, said(task)))))
        self._found_line.setVisible(task is not None)

    # ----- asking -----

    def _trace(self, line: SheetLine | None) -> None:
        if line is None and self.sheets.source.rows:
            line = self.sheets.source.rows[0]
        if line is not None and line.files:
            self.traced.emit(line.files[-1], self._base)

    def _summary(self) -> None:
        pair = self.panel.value()
        if pair is not None:
            self.summary.emit(*pair, self.head.value() or "")
