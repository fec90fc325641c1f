"""检查记录: signed records looked through and merged; what each changed; what it found for a veto to be decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from PySide6.QtCore import Signal

from ndb_desktop.domain.numbers import brief, plain
from ndb_desktop.services.site_effects import SiteEffects, VerifiedDatum
from ndb_desktop.services.site_findings import VetoCandidate
from ndb_desktop.services.site_merge import SiteReport, SiteVerdict
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.datum_words import item_label, place_label
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.tall_part import TallPart, fit_height
from ndb_desktop.ui.coordinator.visit_look import RecordLine
from ndb_desktop.ui.coordinator.visit_veto_card import VisitVetoCard, candidate_state, ground_words
from ndb_desktop.ui.coordinator.words import verdict_state
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.words import conclusion_words, effect_words, joined, unit_words
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import column, holder
from ndb_desktop.ui.widgets.table import Column, DataTable

_CHANGES = ("replace", "refer")
"""Effects after which something stands that did not stand before."""


@dataclass(frozen=True, slots=True)
class _Verified:
    """A verified datum with its name in words; `current` says whether its record counts."""

    label: str
    one: VerifiedDatum
    current: bool


class VisitRecordsPart(TallPart):
    """Signals: `files()`, `folder()` choose records; `merge()`, `receipts()`; `printed(object)` a `RecordLine`."""

    files = Signal()
    folder = Signal()
    merge = Signal()
    receipts = Signal()
    printed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._effects: Mapping[str, SiteEffects] = {}
        self._snapshot: Snapshot | None = None
        self.empty = EmptyState("inbox", tr("visits.records.empty"), tr("visits.records.empty.text"))
        self.veto = VisitVetoCard()
        page = column(self._buttons(), self._plan(), self.empty, self._records(), gap=2, margins=2)
        page.addStretch(1)
        self.setLayout(page)
        self.show_plan(None, recovered=False)

    def _buttons(self) -> Flow:
        pick = Button(tr("visits.files"), "normal", "inbox")
        pick.setObjectName("visits.files")
        pick.clicked.connect(self.files)
        folder = Button(tr("merge.folder"), "normal", "folder-open")
        folder.setObjectName("visits.folder")
        folder.clicked.connect(self.folder)
        self.receipts_button = Button(tr("merge.receipts"), "normal", "file-check")
        self.receipts_button.setObjectName("visits.receipts")
        self.receipts_button.clicked.connect(self.receipts)
        self.accept = Button(tr("merge.accept"), "primary", "git-merge")
        self.accept.setObjectName("visits.merge")
        self.accept.clicked.connect(self.merge)
        return Flow(pick, folder, None, self.receipts_button, self.accept)

    # ----- the dry run -----

    def _plan(self) -> TallPart:
        self._title = PlainLabel("", "heading")
        self._summary = PlainLabel("", "muted")
        self._summary.setObjectName("visits.summary")
        self.verdicts = DataTable(tr("merge.plan"), _verdict_columns())
        self.verdicts.setObjectName("visits.verdicts")
        self.verdicts.selectionModel().currentChanged.connect(lambda *_: self._explain())
        self._why = PlainLabel("", "muted", selectable=True)
        self._why.setObjectName("visits.why")
        self._planned = TallPart()
        self._planned.setLayout(column(self._title, self._summary, self.verdicts, self._why, gap=1))
        return self._planned

    def show_plan(self, report: SiteReport | None, *, recovered: bool) -> None:
        """What merging would do, or did; None when nothing was looked at."""
        self._planned.setVisible(report is not None)
        planned = report is not None and report.dry_run and any(v.verdict != "duplicate" for v in report.verdicts)
        self.accept.setEnabled(planned)
        merged = report is not None and not report.dry_run and any(one.visit for one in report.verdicts)
        self.receipts_button.setEnabled(merged and not recovered)
        if report is not None:
            self._title.setText(tr("merge.plan") if report.dry_run else tr("merge.after"))
            self._summary.setText(verdict_counts(report.verdicts) or tr("visits.nothing"))
            if report.verdicts != self.verdicts.source.rows:
                self.verdicts.set_rows(report.verdicts)
                fit_height(self.verdicts, 2, 8)
        self._explain()

    def _explain(self) -> None:
        one: SiteVerdict | None = self.verdicts.selected()
        self._why.setVisible(one is not None)
        if one is not None:
            lines = [f"{one.path} · {verdict_words(one)}"]
            if one.fault is not None:
                lines.append(f"[{one.fault.code}]")
            if one.payload_sha256:
                lines.append(f"SHA-256 {one.payload_sha256}")
            self._why.setText("\n".join(lines))

    # ----- records on file -----

    def _records(self) -> TallPart:
        self.table = DataTable(tr("visits.records"), _record_columns())
        self.table.setObjectName("visits.records")
        self.table.selectionModel().currentChanged.connect(lambda *_: self._chosen())
        self.print_button = Button(tr("visits.print"), "normal", "printer")
        self.print_button.setObjectName("visits.print")
        self.print_button.clicked.connect(self._print)
        self.data = DataTable(tr("visits.effects"), _data_columns())
        self.data.setObjectName("visits.effects")
        self._items = PlainLabel("", selectable=True)
        self._items.setObjectName("visits.items")
        self._candidates_title = PlainLabel(tr("visits.candidates"), "heading")
        self._candidates_text = PlainLabel(tr("visits.candidates.text"), "muted")
        self.candidates = DataTable(tr("visits.candidates"), _candidate_columns())
        self.candidates.setObjectName("visits.candidates")
        self.candidates.selectionModel().currentChanged.connect(lambda *_: self._candidate())
        self._one = TallPart()
        self._one.setLayout(
            column(
                holder(Flow(self.print_button)), PlainLabel(tr("visits.effects"), "heading"), self.data, self._items,
                self._candidates_title, self._candidates_text, self.candidates, self.veto, gap=1.5,
            )
        )  # fmt: skip
        self._some = TallPart()
        self._some.setLayout(column(PlainLabel(tr("visits.records"), "heading"), self.table, self._one, gap=1.5))
        return self._some

    def show_records(
        self, lines: tuple[RecordLine, ...], effects: Mapping[str, SiteEffects], snapshot: Snapshot
    ) -> None:
        """The records on file and what they changed."""
        self._effects, self._snapshot = effects, snapshot
        self.empty.setVisible(not lines and self._planned.isHidden())
        self._some.setVisible(bool(lines))
        self.veto.set_signing(not snapshot.recovered)
        if lines != self.table.source.rows:
            self.table.set_rows(lines)
            fit_height(self.table, 2, 6)
        self._chosen()

    def _chosen(self) -> None:
        line: RecordLine | None = self.table.selected()
        self._one.setVisible(line is not None)
        if line is None or self._snapshot is None:
            return
        found = self._effects.get(line.file.application)
        visit, shown = line.file.visit, line.counts or line.held
        data = tuple(
            _Verified(place_label(self._snapshot, line.file.application, one.datum, one.key), one, line.counts)
            for one in (found.data if found is not None and shown else ())
            if one.visit == visit
        )
        _fill(self.data, data)
        self.data.setVisible(bool(data))
        self._items.setText(_item_words(found, line, self._snapshot))
        vetoes = tuple(one for one in found.candidates if one.visit == visit) if found and shown else ()
        _fill(self.candidates, vetoes)
        for part in (self._candidates_title, self._candidates_text, self.candidates):
            part.setVisible(bool(vetoes))
        self._candidate()

    def _candidate(self) -> None:
        shown = self.table.selected() is not None and not self.candidates.isHidden()
        self.veto.show_candidate(self.candidates.selected() if shown else None)

    def _print(self) -> None:
        line: RecordLine | None = self.table.selected()
        if line is not None:
            self.printed.emit(line)


def verdict_counts(verdicts: Sequence[SiteVerdict]) -> str:
    """How many files got which verdict."""
    found = [one.verdict for one in verdicts]
    names = ("accepted", "duplicate", "superseded", "conflict", "refused")
    return joined([f"{verdict_state(name)[0]} {found.count(name)}" for name in names if name in found])


def verdict_words(one: SiteVerdict) -> str:
    """Why a file got its verdict, in a sentence."""
    if one.fault is not None:
        return i18n.fault(one.fault)
    return {
        "accepted": tr("visits.why.accepted"), "duplicate": tr("visits.why.duplicate"),
        "superseded": tr("visits.why.superseded"), "conflict": tr("verdict.conflict"), "refused": tr("verdict.refused"),
    }[one.verdict]  # fmt: skip


def _fill(table: DataTable, rows: tuple[_Verified, ...] | tuple[VetoCandidate, ...]) -> None:
    if rows != table.source.rows:
        table.set_rows(rows)
        fit_height(table, 1, 6)


def _item_words(found: SiteEffects | None, line: RecordLine, snapshot: Snapshot) -> str:
    if line.held:
        return tr("visits.effects.held")
    if not line.counts:
        return tr("visits.effects.other")
    if found is None or not found.items:
        return tr("visits.effects.none")
    lines = [
        tr("visits.effects.item", item=item_label(snapshot, item), before=_score(before), after=_score(after))
        for item, (before, after) in found.items.items()
    ]
    return "\n".join([tr("visits.effects.items"), *lines])


def _score(value: Fraction | None) -> str:
    return "—" if value is None else brief(value)


def _verdict_columns() -> tuple[Column[SiteVerdict], ...]:
    return (
        Column(
            tr("column.verdict"), lambda one: verdict_state(one.verdict)[0],
            icon=lambda one: verdict_state(one.verdict)[1:],
        ),
        Column(tr("visits.column.why"), verdict_words, stretch=True),
        Column(tr("column.file"), lambda one: one.path, width=200),
        Column(tr("visits.column.visit"), lambda one: one.visit or "—", width=80),
    )  # fmt: skip


def _record_columns() -> tuple[Column[RecordLine], ...]:
    return (
        Column(tr("visits.column.visit"), lambda one: one.file.visit),
        Column(tr("column.applicant"), lambda one: f"{one.file.application} {one.applicant}", stretch=True),
        Column(tr("column.revision"), lambda one: str(one.file.revision), number=True),
        Column(tr("visits.column.signed"), lambda one: joined(list(one.file.signers))),
        Column(tr("visits.column.received"), lambda one: i18n.local_time(one.file.received_at)),
        Column(tr("column.state"), lambda one: _standing(one)[0], icon=lambda one: _standing(one)[1:]),
    )  # fmt: skip


def _standing(one: RecordLine) -> tuple[str, str, str]:
    """Whether a record counts: word, icon, colour token."""
    if one.held:
        return tr("cli.visit.held"), "triangle-alert", "warning"
    if one.counts:
        return tr("cli.visit.counts"), "circle-check", "accent"
    return tr("cli.visit.counts_not"), "circle-slash", "muted"


def _data_columns() -> tuple[Column[_Verified], ...]:
    conclusions = {str(code): words for code, words in conclusion_words().items()}
    effects = {str(code): words for code, words in effect_words().items()}
    return (
        Column(tr("visits.column.datum"), lambda row: row.label, stretch=True),
        Column(tr("visits.column.declared"), lambda row: _figure(row.one, verified=False), number=True),
        Column(tr("visits.column.verified"), lambda row: _figure(row.one, verified=True), number=True),
        Column(tr("column.verdict"), lambda row: conclusions.get(row.one.conclusion, "—")),
        Column(tr("visits.column.effect"), lambda row: effects.get(row.one.effect, "—")),
        Column(tr("column.state"), lambda row: _outcome(row)[0], icon=lambda row: _outcome(row)[1:]),
    )  # fmt: skip


def _outcome(row: _Verified) -> tuple[str, str, str]:
    """What became of a verified datum: word, icon, colour token. Where nothing was to be changed it says so."""
    if row.one.counts:
        return tr("cli.visit.counts"), "circle-check", "accent"
    if not row.current or row.one.effect in _CHANGES:
        return tr("cli.visit.counts_not"), "circle-slash", "muted"
    if row.one.conclusion == "consistent":
        return tr("visits.outcome.agrees"), "circle-check", "muted"
    return tr("visits.outcome.same"), "circle-minus", "muted"


def _figure(one: VerifiedDatum, *, verified: bool) -> str:
    value = one.verified if verified else one.declared
    return "—" if value is None else f"{plain(value)} {unit_words(one.unit)}".strip()


def _candidate_columns() -> tuple[Column[VetoCandidate], ...]:
    return (
        Column(tr("decision.field.ground"), ground_words, width=240),
        Column(tr("visits.column.finding"), lambda one: joined([one.id, one.words]), stretch=True),
        Column(tr("column.state"), lambda one: candidate_state(one)[0], icon=lambda one: candidate_state(one)[1:]),
    )
