"""分派: conditions and seed, the best assignment with its proof, what is missing where, single seats, loads."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QTabWidget

from ndb_desktop.services.assign import AssignReport, assign, reassign
from ndb_desktop.services.assignment_desk import swap
from ndb_desktop.services.assignment_standing import Standing, standing
from ndb_desktop.services.assignment_verify import ProofReport, verify_assignment
from ndb_desktop.services.office import Office
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import tasks
from ndb_desktop.ui.coordinator.assign_options import OptionsCard
from ndb_desktop.ui.coordinator.assign_standing import Drawn, StandingCard, compare
from ndb_desktop.ui.coordinator.page import OfficePage
from ndb_desktop.ui.coordinator.proof_card import ProofCard
from ndb_desktop.ui.coordinator.seats_part import LoadsPart, SeatsPart
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import amp
from ndb_desktop.ui.widgets.layout import column, fill

DRAWN, STANDING = "assign.drawn", "assign.standing"


@dataclass(frozen=True)
class _Known:
    """What was read, and up to which entry of the log it holds."""

    entries: int
    standing: Standing


class AssignPage(OfficePage):
    """Three tabs: draw and proof, seats (`assign.seats`), loads (`assign.loads`)."""

    def __init__(self, store: OfficeStore) -> None:
        super().__init__("assign", tr("assign.title"), tr("assign.text"), store)
        self._reading: tasks.Task | None = None
        self.options_card = OptionsCard(store.snapshot)
        self.options_card.start.connect(lambda: self._draw(refill=False))
        self.options_card.refill.connect(lambda: self._draw(refill=True))
        self.standing_card = StandingCard()
        self.proof = ProofCard()
        self.proof.verify.connect(self._verify)
        draw = TallPart()
        draw.setLayout(column(self.standing_card, self.options_card, self.proof, None, gap=2, margins=2))
        self.seats = SeatsPart(store)
        self.seats.swap.connect(self._swap)
        self.loads = LoadsPart()
        self.tabs = QTabWidget()
        self.tabs.setObjectName("assign.tabs")
        self.tabs.setAccessibleName(tr("assign.title"))
        self.tabs.addTab(draw, amp(tr("assign.tab.draw")))
        self.tabs.addTab(self.seats, amp(tr("assign.tab.seats")))
        self.tabs.addTab(self.loads, amp(tr("assign.tab.loads")))
        fill(self.body, (self.tabs,))
        self.body.setStretch(0, 1)
        self._show_standing()
        self.options_card.show_snapshot(store.snapshot)

    def open_part(self, part: str) -> None:
        self.tabs.setCurrentIndex({"draw": 0, "seats": 1, "loads": 2}.get(part, 0))

    # ----- reading -----

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        self.options_card.show_snapshot(self.snapshot)
        known: _Known | None = self.store.kept.get(STANDING)
        if known is not None and known.entries == self.snapshot.status.log_entries:
            self._show_standing()
        elif self.isVisible() and self.store.running is None:
            self._read()

    def _read(self) -> None:
        """Reads what is in force; it stands in no snapshot, for it would make every job wait."""
        if self._reading is not None:
            self._reading.cancel()
        office, entries = self.store.office, self.snapshot.status.log_entries
        task = tasks.run(
            lambda _progress, _cancel: standing(office),
            done=lambda found: self._take(_Known(entries, found)),
            failed=self._unread,
            owner=self,
        )
        self._reading = task if task.running else None

    def _take(self, known: _Known) -> None:
        self._reading = None
        self.store.kept[STANDING] = known
        self.proof.forget_report()
        self._show_standing()

    def _unread(self, error: Exception) -> None:
        self._reading = None
        self.store.kept.pop(STANDING, None)
        self._show_standing()
        self.banner.show_error(error)

    def _show_standing(self) -> None:
        known: _Known | None = self.store.kept.get(STANDING)
        now = None if known is None else known.standing
        self.standing_card.show_standing(now, self.store.kept.get(DRAWN), self.snapshot)
        self.proof.show_proof(None if now is None else now.proof, assigned=bool(self.snapshot.assignments))
        self.seats.show_standing(now)
        self.loads.show_standing(now, {expert.id: expert.name for expert in self.snapshot.experts})

    # ----- doing -----

    def _draw(self, *, refill: bool) -> None:
        options, before = self.options_card.options(), self.snapshot.assignments

        def work(office: Office, progress: Progress, cancel: CancelToken) -> AssignReport:
            return (reassign if refill else assign)(office, options, progress, cancel)

        self.job(tr("assign.solving"), work, lambda report: self._drawn(compare(report, before, refill=refill)))

    def _drawn(self, drawn: Drawn) -> None:
        self.store.kept[DRAWN] = drawn
        self.refresh()
        report = drawn.report
        if drawn.refill:
            words = tr("assign.refilled", added=report.added, removed=report.removed, stayed=drawn.stayed)
        else:
            words = tr("assign.done", pairs=len(report.pairs))
        go = (tr("next.issue.button"), lambda: self.go.emit("issue"))
        if report.missing_seats:
            self.banner.warning(f"{words} {tr('assign.short.count', seats=report.missing_seats)}", "", *go)
        else:
            self.banner.info(words, "", *go)

    def _verify(self) -> None:
        self.job(tr("proof.verifying"), verify_assignment, self._verified)

    def _verified(self, report: ProofReport) -> None:
        self.refresh()
        self.proof.show_report(report)

    def _swap(self, application: str, out: str, in_: str, reason: str) -> None:
        self.job(
            tr("seat.swapping"),
            lambda office, _progress, _cancel: swap(office, application, out, in_, reason),
            lambda _findings: self._swapped(application, out, in_),
        )

    def _swapped(self, application: str, out: str, in_: str) -> None:
        self.seats.card.reason.clear()
        self.seats.card.other.clear()
        self.refresh()
        self.banner.info(
            tr("seat.swapped", application=application, out=out, in_=in_)
            if out
            else tr("seat.seated", application=application, in_=in_)
        )
        self.seats.table.setFocus()
