"""结果: what may leave the house and, behind a door that is logged, the scores for the coordinator alone (R06)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QTabWidget, QWidget

from ndb_desktop.domain.finality import Ground
from ndb_desktop.domain.flaglife import FlagCase, FlagStep
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.numbers import plain, show
from ndb_desktop.domain.panel import standard_error
from ndb_desktop.domain.panelflags import flag_phrase
from ndb_desktop.services import flags
from ndb_desktop.services.office import Office
from ndb_desktop.services.outcome import Unsettled, finalise, reopen, unsettled
from ndb_desktop.services.report import notice_report, panel_report, panels_of
from ndb_desktop.services.results import (
    BatchResult,
    Format,
    PublicResults,
    compute,
    export_results,
    internal_results,
    public_results,
    state_text,
)
from ndb_desktop.services.round_views import CaseView, case_views
from ndb_desktop.services.rounds import all_rounds
from ndb_desktop.services.settlements import settle
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.services.whatif_threshold import ThresholdLook, look
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.final_part import FinalPart
from ndb_desktop.ui.coordinator.flags_part import FlagsPart
from ndb_desktop.ui.coordinator.page import OfficePage
from ndb_desktop.ui.coordinator.results_columns import (
    InternalRow,
    internal_columns,
    item_columns,
    public_columns,
    trimming_lines,
)
from ndb_desktop.ui.coordinator.rounds_actions import RoundActions
from ndb_desktop.ui.coordinator.rounds_part import RoundsPart
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.coordinator.votes_part import Settling, VotesPart
from ndb_desktop.ui.coordinator.whatif_part import WhatIfPart
from ndb_desktop.ui.coordinator.words import category_name
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel, amp
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.layout import Card, column, fill, holder, row
from ndb_desktop.ui.widgets.table import DataTable


@dataclass(frozen=True)
class _Opened:
    """What is seen behind the door."""

    result: BatchResult
    panels: tuple[tuple[str, str], ...]
    left: tuple[Unsettled, ...]
    rounds: Mapping[str, tuple[CaseView, ...]]


def _read(office: Office, result: BatchResult) -> _Opened:
    views = {one.id: case_views(office, one) for one in all_rounds(office)}
    return _Opened(result, panels_of(office), unsettled(office, result), views)


class ResultsPage(OfficePage):
    """Tabs: the public list; behind one door the internal view, 合议 (`results.votes`), flags and 定稿."""

    def __init__(self, store: OfficeStore) -> None:
        super().__init__("results", tr("results.title"), tr("results.text"), store)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("results.tabs")
        self.tabs.setAccessibleName(tr("results.title"))
        self.tabs.addTab(self._public_tab(), amp(tr("results.public")))
        self.tabs.addTab(self._internal_tab(), amp(tr("results.internal")))
        self.votes, self.flags, self.final, self.rounds = VotesPart(), FlagsPart(), FinalPart(), RoundsPart()
        RoundActions(self, self.rounds, lambda: self._result, _read, self._opened)
        self.whatif = WhatIfPart()
        self.whatif.look.connect(self._what_if)
        self.votes.settle.connect(self._settle)
        self.flags.step.connect(self._step)
        self.final.lead.connect(self._lead)
        self.final.finalise.connect(self._finalise)
        self.final.reopen.connect(self._reopen)
        self._doors: list[tuple[EmptyState, QWidget]] = [(self._door, self._inside)]
        self._parts: dict[str, QWidget] = {}
        for name, title, part in (
            ("votes", tr("votes.title"), self.votes), ("flags", tr("flags.title"), self.flags),
            ("rounds", tr("rounds.title"), self.rounds),
            ("final", tr("final.title"), self.final), ("whatif", tr("whatif.title"), self.whatif),
        ):  # fmt: skip
            door = self._make_door(f"results.{name}.door")
            self._doors.append((door, part))
            self._parts[name] = holder(column(door, part, gap=0))
            self.tabs.addTab(self._parts[name], amp(title))
        fill(self.body, (self.tabs,))
        self.body.setStretch(0, 1)
        # Scores are never kept: leaving the page or building it anew closes the internal view.
        self._result: BatchResult | None = None
        self.refresh()

    def refresh(self) -> None:
        self._hide_internal()
        self.public.set_rows(())
        self._public_count.setText(tr("results.public.press"))

    # ----- public -----

    def _public_tab(self) -> QWidget:
        show_list = Button(tr("results.public.show"), "primary", "list-checks")
        show_list.setObjectName("results.public.show")
        show_list.clicked.connect(self._show_public)
        as_json = Button(tr("results.export.json"), "normal", "download")
        as_json.setObjectName("results.export.json")
        as_json.clicked.connect(lambda: self._export("json", internal=False))
        as_csv = Button(tr("results.export.csv"), "normal", "table-2")
        as_csv.setObjectName("results.export.csv")
        as_csv.clicked.connect(lambda: self._export("csv", internal=False))
        notice = Button(tr("results.notice"), "normal", "printer")
        notice.setObjectName("results.notice")
        notice.clicked.connect(self._notice)
        self._public_count = PlainLabel("", "muted")
        self.public = DataTable(tr("results.public"), public_columns(), sortable=False)
        self.public.setObjectName("results.public.table")
        self.public.setMinimumHeight(320)
        page = column(
            PlainLabel(tr("results.public.text"), "muted"), row(show_list, as_json, as_csv, notice, None),
            self._public_count, self.public, gap=1.5, margins=2,
        )  # fmt: skip
        page.setStretch(3, 1)
        return holder(page)

    def _show_public(self) -> None:
        self.job(
            tr("results.computing"),
            lambda office, _progress, _cancel: public_results(office),
            self._public_shown,
        )

    def _public_shown(self, found: PublicResults) -> None:
        self.public.set_rows(found.rows)
        self._public_count.setText(tr("results.public.count", count=len(found.rows)))

    def _export(self, fmt: Format, *, internal: bool) -> None:
        folder = files.pick_folder(self, tr("results.folder"))
        if folder is None:
            return
        language = i18n.language()
        self.job(
            tr("results.exporting"),
            lambda office, _progress, _cancel: export_results(
                office, folder, fmt, internal=internal, language=language
            ),
            self._written,
        )

    def _notice(self) -> None:
        suggested = Path.home() / f"{self.snapshot.batch.id}-public.pdf"
        target = files.pick_target(self, tr("results.notice"), suggested, "PDF (*.pdf)")
        if target is not None:
            language = i18n.language()
            self.job(
                tr("results.notice"),
                lambda office, _progress, _cancel: notice_report(office, target, language),
                lambda _made: self._written(target),
            )

    def _written(self, path: Path) -> None:
        self.banner.info(
            tr("report.written", name=path.name),
            action=tr("action.show.folder"),
            act=lambda: self.banner.reveal(path),
        )

    # ----- internal -----

    def _internal_tab(self) -> QWidget:
        self._door = self._make_door("results.door")
        self.internal = DataTable(tr("results.internal"), internal_columns(), sortable=False)
        self.internal.setObjectName("results.internal.table")
        self.internal.setMinimumHeight(300)
        self.internal.selectionModel().currentChanged.connect(lambda *_: self._show_details())
        self._details = PlainLabel("", selectable=True)
        self._details.setObjectName("results.details")
        self.items = DataTable(tr("results.items"), item_columns(), sortable=False)
        self.items.setObjectName("results.items")
        self.items.setMinimumHeight(240)
        self.panel = Choice(tr("results.panel"))
        self.panel.setObjectName("results.panel")
        report = Button(tr("results.panel.pdf"), "normal", "printer")
        report.setObjectName("results.panel.pdf")
        report.clicked.connect(self._panel_report)
        sealed = Button(tr("results.export.internal"), "normal", "lock")
        sealed.setObjectName("results.export.internal")
        sealed.clicked.connect(lambda: self._export("json", internal=True))
        close = Button(tr("results.close"), "quiet", "eye-off")
        close.setObjectName("results.close")
        close.clicked.connect(self._hide_internal)
        tools = row(self.panel, report, sealed, None, close)
        tools.setStretch(0, 1)
        self._only = PlainLabel("", "body")
        self._every = Button(tr("results.only.all"), "quiet")
        self._every.setObjectName("results.only.all")
        self._every.clicked.connect(lambda: self._show_rows(frozenset()))
        only = row(self._only, self._every, None)
        self._notes = PlainLabel("", "warning")
        warning = Card(PlainLabel(tr("results.internal.text"), "warning"), kind="warning", margins=1.5)
        inside = column(warning, tools, self._notes, only, self.internal, self._details, self.items, gap=1.5)
        inside.setStretch(4, 1)
        self._inside = holder(inside)
        page = column(self._door, self._inside, gap=0, margins=2)
        return holder(page)

    def _make_door(self, name: str) -> EmptyState:
        door = EmptyState("eye", tr("results.door"), tr("results.door.text"), tr("results.door.button"))
        door.button.setObjectName(name)
        door.button.clicked.connect(self._show_internal)
        return door

    def _show_internal(self) -> None:
        def open_it(office: Office, progress: Progress, cancel: CancelToken) -> _Opened:
            result = internal_results(office, progress=progress, cancel=cancel)
            return _read(office, result)

        self.job(tr("results.computing"), open_it, self._opened)

    def _opened(self, opened: _Opened) -> None:
        self._result = result = opened.result
        fields = {field.id: i18n.local(field.name) for field in self.snapshot.batch.fields}
        self._show_rows(frozenset())
        self.panel.set_choices(
            [(pair, f"{category_name(pair[0])} · {fields.get(pair[1], pair[1])}") for pair in opened.panels]
        )
        notes = []
        if result.unconfirmed:
            notes.append(tr("results.unconfirmed", experts=tr("list.separator").join(result.unconfirmed)))
        if result.contradictions:
            notes.append(tr("results.contradictions", count=len(result.contradictions)))
        if result.late_conflicts:
            notes.append(tr("results.late", count=len(result.late_conflicts)))
        self._notes.setText("\n".join(notes))
        self._notes.setVisible(bool(notes))
        self.votes.show_result(result, self.snapshot)
        self.flags.show_result(result, self.snapshot)
        self.rounds.show_result(result, opened.rounds, self.snapshot)
        self.final.show_result(result, opened.left, self.snapshot)
        self.whatif.show_result(result, self.snapshot)
        for door, part in self._doors:
            door.hide()
            part.show()
        if self.internal.isVisible():
            self.internal.setFocus()

    def _show_rows(self, only: frozenset[str]) -> None:
        """All applications, or those that something leads to."""
        if self._result is None:
            return
        result, fields = self._result, {field.id: i18n.local(field.name) for field in self.snapshot.batch.fields}
        rows = [
            InternalRow(
                application.applicant,
                category_name(application.category),
                fields.get(application.field, application.field),
                state_text(result.selection.states[name], i18n.language()),
                result.results[name],
            )
            for name, application in result.applications.items()
            if not only or name in only
        ]
        self.internal.set_rows(rows)
        self._only.setText(tr("results.only", count=len(rows)))
        self._only.setVisible(bool(only))
        self._every.setVisible(bool(only))

    def _hide_internal(self) -> None:
        self._result = None
        self.internal.set_rows(())
        self.items.set_rows(())
        self.votes.show_result(None, self.snapshot)
        self.flags.show_result(None, self.snapshot)
        self.rounds.show_result(None, {}, self.snapshot)
        self.final.show_result(None, (), self.snapshot)
        self.whatif.show_result(None, self.snapshot)
        self._details.hide()
        for door, part in self._doors:
            part.hide()
            door.show()

    # ----- deciding -----

    def open_part(self, part: str) -> None:
        if part in self._parts:
            self.tabs.setCurrentWidget(self._parts[part])

    def _decide(self, title: str, work: Callable[[Office], object], said: str, *, same: BatchResult | None) -> None:
        """Signs a decision and shows what follows from it, for scores are in sight already.

        `same` are the results if the decision does not touch them.
        """

        def decided(office: Office, progress: Progress, cancel: CancelToken) -> _Opened:
            work(office)
            result = same or compute(office, progress=progress, cancel=cancel)
            return _read(office, result)

        def done(opened: _Opened) -> None:
            self._opened(opened)
            self.banner.info(said)

        self.job(title, decided, done)

    def _settle(self, wish: Settling) -> None:
        result = self._result
        if result is not None:
            self._decide(
                tr("votes.record"),
                lambda office: settle(
                    office, result, wish.application, wish.outcome, issue=wish.issue, votes=wish.votes,
                    reason=wish.reason,
                ),
                tr("votes.recorded", application=wish.application),
                same=None,
            )  # fmt: skip

    def _step(self, case: FlagCase, to: FlagStep, reason: str) -> None:
        said = tr("flags.explained.done") if to == "explained" else tr("flags.closed.done")
        work = partial(flags.step, case=case, to=to, reason=reason)
        self._decide(tr("flags.title"), work, said, same=self._result)

    def _finalise(self, reason: str) -> None:
        result = self._result
        if result is not None:
            work = partial(finalise, result=result, reason=reason)
            self._decide(tr("final.button"), work, tr("final.done"), same=result)

    def _reopen(self, ground: Ground, reason: str) -> None:
        work = partial(reopen, ground=ground, reason=reason)
        self._decide(tr("final.reopen"), work, tr("final.reopened"), same=self._result)

    def _what_if(self, thresholds: Mapping[Category, Decimal]) -> None:
        """Nothing of it is kept: the view that a job makes anew is opened again from what is in hand."""
        result = self._result
        if result is None:
            return

        def tried(office: Office, _progress: Progress, _cancel: CancelToken) -> tuple[_Opened, ThresholdLook]:
            found = look(office, result, thresholds)
            return _read(office, result), found

        def done(both: tuple[_Opened, ThresholdLook]) -> None:
            self._opened(both[0])
            for category, value in thresholds.items():
                self.whatif.fields[category].setText(f"{value:f}")
            self.whatif.show_look(both[1])

        self.job(tr("whatif.looking"), tried, done)

    def _lead(self, left: Unsettled) -> None:
        if left.kind == "dispute":
            self.go.emit("challenges")
        elif left.kind == "pending":
            self.open_part("votes")
            self.votes.choose()
        elif left.kind == "flag":
            self.open_part("flags")
        elif left.kind == "round":
            self.open_part("rounds")
        else:
            self.tabs.setCurrentIndex(1)
            self._show_rows(frozenset(left.subjects))
            self.internal.setFocus()

    def _show_details(self) -> None:
        chosen: InternalRow | None = self.internal.selected()
        if chosen is None or self._result is None:
            return
        result = chosen.result
        pack = self.snapshot.packs[result.category]
        lines = [chosen.applicant]
        if result.error_squared is not None:
            lines.append(tr("results.error", value=plain(standard_error(result.error_squared))))
        totals = [f"{e} {show(t)}" for e, t in sorted(result.expert_totals.items())]
        if totals:
            lines.append(tr("results.expert_totals", totals=tr("list.separator").join(totals)))
        lines += trimming_lines(result, pack.settings)
        lines += [i18n.phrase(flag_phrase(flag)) for flag in result.flags]
        self._details.setText("\n".join(lines))
        self._details.show()
        self.items.set_rows(
            [
                (
                    f"{item.indicator.id} {i18n.local(item.indicator.title)}",
                    item.part,
                    plain(item.weight),
                    result.items[item.id],
                )
                for item in pack.items
                if item.id in result.items
            ]
        )

    def _panel_report(self) -> None:
        pair = self.panel.value()
        if pair is None:
            return
        suggested = Path.home() / f"{self.snapshot.batch.id}-{pair[0]}-{pair[1]}.pdf"
        target = files.pick_target(self, tr("results.panel.pdf"), suggested, "PDF (*.pdf)")
        if target is not None:
            language = i18n.language()
            self.job(
                tr("results.panel.pdf"),
                lambda office, _progress, _cancel: panel_report(office, target, pair[0], pair[1], language),
                lambda _made: self._written(target),
            )
