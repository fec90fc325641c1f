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
from ndb_desktop.services import flags
from ndb_desktop.services.office import Office
from ndb_desktop.services.outcome import Unsettled, finalise, reopen, unsettled
from ndb_desktop.services.report import panel_report, panels_of
from ndb_desktop.services.results import (
    BatchResult,
    PublicResults,
    compute,
    export_results,
    internal_results,
    public_results,
)
from ndb_desktop.services.round_views import CaseView, case_views
from ndb_desktop.services.rounds import all_rounds
from ndb_desktop.services.settlements import settle
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.services.whatif_threshold import ThresholdLook, look
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.final_part import FinalPart
from ndb_desktop.ui.coordinator.flags_part import FlagsPart
from ndb_desktop.ui.coordinator.internal_part import InternalPart
from ndb_desktop.ui.coordinator.page import OfficePage
from ndb_desktop.ui.coordinator.results_columns import public_columns
from ndb_desktop.ui.coordinator.rounds_actions import RoundActions
from ndb_desktop.ui.coordinator.rounds_part import RoundsPart
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.coordinator.votes_part import Settling, VotesPart
from ndb_desktop.ui.coordinator.whatif_part import WhatIfPart
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, LinkButton, PlainLabel, amp
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import column, fill, holder
from ndb_desktop.ui.widgets.table import DataTable


@dataclass(frozen=True)
class _Opened:
    """What is seen behind the door."""

    result: BatchResult
    panels: tuple[tuple[Category, str], ...]
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
        publish = LinkButton(tr("results.publish"), "arrow-right")
        publish.setObjectName("results.publish")
        publish.clicked.connect(lambda: self.go.emit("publish.notice"))
        self._public_count = PlainLabel("", "muted")
        self.public = DataTable(tr("results.public"), public_columns(), sortable=False)
        self.public.setObjectName("results.public.table")
        self.public.setMinimumHeight(320)
        page = column(
            PlainLabel(tr("results.public.text"), "muted"), Flow(show_list, publish),
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

    def _export(self) -> None:
        folder = files.pick_folder(self, tr("results.folder"))
        if folder is not None:
            language = i18n.language()
            self.job(
                tr("results.exporting"),
                lambda office, _progress, _cancel: export_results(
                    office, folder, "json", internal=True, language=language
                ),
                self._written,
            )

    def _written(self, path: Path) -> None:
        self.banner.made(tr("report.written", name=path.name), path)

    # ----- internal -----

    def _internal_tab(self) -> QWidget:
        self._door = self._make_door("results.door")
        self._inside = InternalPart()
        self._inside.summary.connect(self._panel_report)
        self._inside.export.connect(self._export)
        self._inside.behind.connect(lambda name: self.go.emit(f"analytics.{name}"))
        self._inside.close_asked.connect(self._hide_internal)
        self.internal, self.items, self.panel = self._inside.table, self._inside.items, self._inside.panel
        return holder(column(self._door, self._inside, gap=0, margins=2))

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
        self._inside.show_result(result, opened.panels, self.snapshot)
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

    def _hide_internal(self) -> None:
        self._result = None
        self._inside.show_result(None, (), self.snapshot)
        self.votes.show_result(None, self.snapshot)
        self.flags.show_result(None, self.snapshot)
        self.rounds.show_result(None, {}, self.snapshot)
        self.final.show_result(None, (), self.snapshot)
        self.whatif.show_result(None, self.snapshot)
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
            self._inside.show_rows(frozenset(left.subjects))
            self.internal.setFocus()

    def _panel_report(self, category: Category, field: str, head: str) -> None:
        result = self._result
        suggested = Path.home() / f"{self.snapshot.batch.id}-{category}-{field}.pdf"
        target = files.pick_target(self, tr("results.panel.pdf"), suggested, "PDF (*.pdf)")
        if target is None or result is None:
            return
        language = i18n.language()

        def work(office: Office, _progress: Progress, _cancel: CancelToken) -> _Opened:
            panel_report(office, target, category, field, language, head=head)
            return _read(office, result)

        def done(opened: _Opened) -> None:
            self._opened(opened)
            self._written(target)

        self.job(tr("results.panel.pdf"), work, done)
