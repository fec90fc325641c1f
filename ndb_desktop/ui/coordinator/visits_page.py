"""现场检查: inspectors and their keys, visits planned and issued, signed records merged, what they changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QTabWidget, QWidget

from ndb_desktop.domain.decision import Decision
from ndb_desktop.domain.siterecord import Visit
from ndb_desktop.services.dropped import holds_records
from ndb_desktop.services.inspectors import confirm_inspector, held_by, import_inspectors, revoke_inspector
from ndb_desktop.services.intake_people import PeopleReport
from ndb_desktop.services.merge_receipts import write_site_receipts
from ndb_desktop.services.office import Office
from ndb_desktop.services.report import secret_slips
from ndb_desktop.services.report_site_office import office_site_report
from ndb_desktop.services.results import record_veto
from ndb_desktop.services.rulepacks import builtin_site_packs
from ndb_desktop.services.site_findings import VetoCandidate
from ndb_desktop.services.site_merge import SiteReport, merge_sites, site_path
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.services.visit_issue import as_issued, issue_visit
from ndb_desktop.services.visit_withdraw import withdraw_visit
from ndb_desktop.services.visits import VisitPlan, plan_visit
from ndb_desktop.storage.registry_rows import Veto
from ndb_desktop.storage.registry_visits import VisitBundle
from ndb_desktop.ui import i18n, tasks
from ndb_desktop.ui.coordinator.page import OfficePage
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.coordinator.visit_look import RecordLine, VisitsLook, look_plan, read_visits
from ndb_desktop.ui.coordinator.visit_people_part import VisitPeoplePart
from ndb_desktop.ui.coordinator.visit_records_part import VisitRecordsPart, verdict_counts
from ndb_desktop.ui.coordinator.visit_tasks_part import VisitTasksPart
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import amp
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.drop import local_files, welcome
from ndb_desktop.ui.widgets.layout import fill

KEPT = "visits.look"
PLAN = "visits.plan"
"""The records that were looked through or merged last: paths and report."""
PACK = "site-check"
_CARD, _SITE = ".ndbcard", ".ndbsite"


class VisitsPage(OfficePage):
    """Three tabs: `visits.people`, `visits.tasks`, `visits.records`. The dry run comes first, always."""

    def __init__(self, store: OfficeStore) -> None:
        super().__init__("visits", tr("visits.title"), tr("visits.text"), store)
        self.setAcceptDrops(True)
        self._reading: tasks.Task | None = None
        self._looking: tasks.Task | None = None
        self.people, self.tasks, self.records = VisitPeoplePart(), VisitTasksPart(), VisitRecordsPart()
        self._connect()
        self.tabs = QTabWidget()
        self.tabs.setObjectName("visits.tabs")
        self.tabs.setAccessibleName(tr("visits.title"))
        self._parts: dict[str, QWidget] = {"people": self.people, "tasks": self.tasks, "records": self.records}
        titles = (tr("visits.people"), tr("visits.tasks"), tr("visits.records"))
        for part, title in zip(self._parts.values(), titles, strict=True):
            self.tabs.addTab(part, amp(title))
        fill(self.body, (self.tabs,))
        self.body.setStretch(0, 1)
        self._show()

    def _connect(self) -> None:
        self.people.files.connect(self._pick_cards)
        self.people.folder.connect(self._pick_card_folder)
        self.people.confirm.connect(self._confirm)
        self.people.revoke.connect(self._revoke)
        self.tasks.issue.connect(self._issue)
        self.tasks.withdrawing.withdrawn.connect(self._withdraw)
        self.tasks.card.asked.connect(self._look)
        self.tasks.card.planned.connect(self._plan)
        self.records.files.connect(self._pick_records)
        self.records.folder.connect(self._pick_record_folder)
        self.records.merge.connect(self._merge)
        self.records.receipts.connect(self._receipts)
        self.records.printed.connect(self._print)
        self.records.veto.decided.connect(self._veto)

    def open_part(self, part: str) -> None:
        if part in self._parts:
            self.tabs.setCurrentWidget(self._parts[part])

    # ----- reading -----

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """What is shown here is read apart from the snapshot, and only for who looks at this page."""
        known: VisitsLook | None = self.store.kept.get(KEPT)
        if known is not None and known.entries == self.snapshot.status.log_entries:
            self._show()
        elif self.isVisible() and self.store.running is None and not (self._reading and self._reading.running):
            office = self.store.office
            self._reading = tasks.run(
                lambda _progress, _cancel: read_visits(office), done=self._take, failed=self.banner.show_error,
                owner=self,
            )  # fmt: skip

    def _take(self, look: VisitsLook) -> None:
        self.store.kept[KEPT] = look
        self._show()

    def _show(self) -> None:
        known: VisitsLook | None = self.store.kept.get(KEPT)
        plan: tuple[tuple[Path, ...], SiteReport] | None = self.store.kept.get(PLAN)
        self.records.show_plan(plan[1] if plan else None, recovered=self.snapshot.recovered)
        if known is not None:
            self.people.show_inspectors(known.inspectors)
            self.tasks.show_visits(known.visits, known.uncovered, self.snapshot)
            self.records.show_records(known.records, known.effects, self.snapshot)

    # ----- inspectors -----

    def _pick_cards(self) -> None:
        paths = files.pick_files(self, tr("visits.cards"), f"*{_CARD}")
        if paths:
            self.take_cards(paths)

    def _pick_card_folder(self) -> None:
        folder = files.pick_folder(self, tr("visits.cards.folder"))
        if folder is not None:
            self.take_cards((folder,))

    def take_cards(self, paths: Sequence[Path]) -> None:
        """Takes cards, files or folders of them, one after the other; the first that is refused ends it."""
        chosen = tuple(paths)
        self.open_part("people")

        def work(office: Office, _progress: Progress, cancel: CancelToken) -> PeopleReport:
            rows = keys = 0
            for path in chosen:
                cancel.check()
                report = import_inspectors(office, path)
                rows, keys = rows + report.rows, keys + report.keys
                if report.faults:
                    return PeopleReport(rows, keys, report.faults)
            return PeopleReport(rows, keys, ())

        self.job(tr("people.importing"), work, lambda report: self._imported(chosen, report))

    def _imported(self, paths: tuple[Path, ...], report: PeopleReport) -> None:
        if report.faults:
            title = tr("people.imported.faults", name=paths[0].name)
            self.people.report.show_report(title, [tr("visits.cards.done", keys=report.keys)], report.faults)
        else:
            self.people.report.hide()
            self.banner.info(tr("visits.cards.done", keys=report.keys))

    def _confirm(self, inspector: str, fingerprint: str) -> None:
        self.job(
            tr("people.key.confirm"),
            lambda office, _progress, _cancel: confirm_inspector(office, inspector, fingerprint),
            lambda _row: self._decided(tr("visits.key.confirmed", inspector=inspector)),
        )

    def _revoke(self, inspector: str, reason: str) -> None:
        def work(office: Office, _progress: Progress, _cancel: CancelToken) -> tuple[str, ...]:
            revoke_inspector(office, inspector, reason)
            return held_by(office, inspector)

        self.job(tr("people.key.revoke"), work, lambda held: self._revoked(inspector, held))

    def _revoked(self, inspector: str, held: tuple[str, ...]) -> None:
        self.people.clear()
        words = tr("visits.key.revoked", inspector=inspector)
        if held:
            visits = tr("list.separator").join(held)
            self.banner.warning(f"{words} {tr('visits.key.revoked.held', visits=visits)}")
        else:
            self.banner.info(words)

    def _decided(self, words: str) -> None:
        self.people.clear()
        self.banner.info(words)

    # ----- visits -----

    def _look(self, application: str, flags: bool) -> None:
        """A later question makes an earlier one void."""
        if self._looking is not None:
            self._looking.cancel()
        office = self.store.office
        self._looking = tasks.run(
            lambda _progress, cancel: look_plan(office, application, flags, cancel),
            done=self.tasks.card.show_look, failed=self.banner.show_error, owner=self,
        )  # fmt: skip

    def _plan(self, plan: VisitPlan) -> None:
        pack = builtin_site_packs()[PACK]
        self.job(
            tr("visits.plan.make"), lambda office, _progress, _cancel: plan_visit(office, plan, pack), self._planned
        )

    def _planned(self, visit: Visit) -> None:
        self.tasks.card.clear()
        self.tasks.choose(visit.id)
        self.banner.info(tr("visits.planned", visit=visit.id, count=len(visit.wanted)))

    def _issue(self, visit: Visit, slip: bool) -> None:
        folder = files.pick_folder(self, tr("visits.issue.folder"))
        if folder is None:
            return
        target: Path | None = None
        if slip:
            target = files.pick_target(self, tr("issue.slips"), Path.home() / f"{visit.id}-slip.pdf", "PDF (*.pdf)")
            if target is None:
                return
        language = i18n.language()

        def work(office: Office, progress: Progress, cancel: CancelToken) -> VisitBundle:
            bundle = issue_visit(office, visit.id, folder, slip=target is not None, progress=progress, cancel=cancel)
            if target is not None:
                secret_slips(office, [as_issued(bundle)], target, language=language)
            return bundle

        self.job(tr("visits.issue.running"), work, self._issued, lambda: tr("visits.issue.cancelled"))

    def _issued(self, bundle: VisitBundle) -> None:
        path = Path(bundle.path)
        self.banner.made(tr("visits.issued", visit=bundle.visit, name=path.name), path)

    def _withdraw(self, visit: Visit, reason: str) -> None:
        self.job(
            tr("visits.withdraw.running"),
            lambda office, _progress, _cancel: withdraw_visit(office, visit.id, reason),
            self._withdrawn,
        )

    def _withdrawn(self, made: Decision) -> None:
        if made.content["bundles"]:
            self.banner.warning(tr("cli.visit.withdrawn.bundle", visit=made.subject))
        else:
            self.banner.info(tr("cli.visit.withdrawn", visit=made.subject))

    # ----- records -----

    def _pick_records(self) -> None:
        paths = files.pick_files(self, tr("visits.files"), f"*{_SITE}")
        if paths:
            self.take(paths)

    def _pick_record_folder(self) -> None:
        folder = files.pick_folder(self, tr("merge.folder"))
        if folder is not None:
            self.take((folder,))

    def take(self, paths: Sequence[Path]) -> None:
        """Judges signed records, files or folders of them, without writing anything."""
        chosen = tuple(paths)
        self.open_part("records")
        self.job(
            tr("merge.checking"),
            lambda office, progress, cancel: merge_sites(
                office, chosen, dry_run=True, progress=progress, cancel=cancel
            ),
            lambda report: self._judged(chosen, report),
            lambda: tr("visits.check.cancelled"),
        )

    def _judged(self, paths: tuple[Path, ...], report: SiteReport) -> None:
        self.store.kept[PLAN] = (paths, report)
        self.refresh()
        self._show()
        (self.records.accept if self.records.accept.isEnabled() else self.records.verdicts).setFocus()

    def _merge(self) -> None:
        paths, _report = self.store.kept[PLAN]
        self.job(
            tr("merge.running"),
            lambda office, progress, cancel: merge_sites(
                office, paths, results=False, progress=progress, cancel=cancel
            ),
            lambda report: self._merged(paths, report),
            lambda: tr("merge.cancelled"),
        )

    def _merged(self, paths: tuple[Path, ...], report: SiteReport) -> None:
        self.store.kept[PLAN] = (paths, report)
        self._show()
        self.banner.info(verdict_counts(report.verdicts), tr("merge.done"))

    def _receipts(self) -> None:
        _paths, report = self.store.kept[PLAN]
        self.write_receipts(lambda office, folder: write_site_receipts(office, report, folder))

    def _print(self, line: RecordLine) -> None:
        name = f"{line.file.visit}-{line.file.revision}.pdf"
        target = files.pick_target(self, tr("visits.print"), Path.home() / name, "PDF (*.pdf)")
        if target is None:
            return
        language = i18n.language()

        def work(office: Office, progress: Progress, cancel: CancelToken) -> object:
            source = site_path(office, line.file.payload_sha256)
            return office_site_report(office, source, target, language, progress=progress, cancel=cancel)

        self.job(
            tr("visits.print"), work,
            lambda _printed: self.banner.info(
                tr("report.written", name=target.name), action=tr("action.open"),
                act=lambda: self.banner.open_file(target),
            ),
        )  # fmt: skip

    def _veto(self, one: VetoCandidate, status: Literal["present", "cleared"], evidence: str, basis: str) -> None:
        veto = Veto(one.application, one.ground, status, evidence, basis, "")
        self.job(
            tr("visits.veto.decide"),
            lambda office, _progress, _cancel: record_veto(office, veto),
            lambda _none: self.banner.info(tr("visits.veto.done", application=one.application, ground=one.ground)),
        )

    # ----- files dropped here -----

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        welcome(event, droppable(event.mimeData()))

    def dropEvent(self, event: QDropEvent) -> None:
        paths = local_files(event.mimeData())
        event.acceptProposedAction()
        if all(path.suffix.lower() == _CARD for path in paths):
            self.take_cards(paths)
        else:
            self.take(paths)


def droppable(data: QMimeData) -> bool:
    """Whether a drop is cards of inspectors alone, or signed records and folders of them alone."""
    paths = local_files(data)
    cards = bool(paths) and all(path.suffix.lower() == _CARD for path in paths)
    return cards or (bool(paths) and all(holds_records(path) for path in paths))
