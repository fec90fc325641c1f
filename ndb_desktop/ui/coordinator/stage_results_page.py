"""结果 in a registry of a later stage: names that may leave the house, and behind a door the outcome of each base."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QScrollArea, QTabWidget, QWidget

from ndb_desktop.domain.model import Category
from ndb_desktop.services.office import Office
from ndb_desktop.services.report import panel_report, panels_of
from ndb_desktop.services.results import PublicResults, export_results, public_results
from ndb_desktop.services.signed_file import SignedFile, signed_file
from ndb_desktop.services.stage_moves import Offer, offers
from ndb_desktop.services.stage_results import StageResult, internal_stage_results
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.lifecycle_wish import MoveWish, propose
from ndb_desktop.ui.coordinator.page import OfficePage
from ndb_desktop.ui.coordinator.results_columns import public_columns
from ndb_desktop.ui.coordinator.results_page import ResultsPage
from ndb_desktop.ui.coordinator.stage_results_part import Inside, StagePart
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, LinkButton, PlainLabel, amp
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import column, fill, holder
from ndb_desktop.ui.widgets.sight import into_sight
from ndb_desktop.ui.widgets.table import DataTable


def results_page(store: OfficeStore) -> OfficePage:
    """The page of the registry's stage: a later one knows no scores, quotas, ties and votes."""
    return ResultsPage(store) if store.snapshot.stage == "selection" else StageResultsPage(store)


def _read(office: Office, result: StageResult) -> Inside:
    today = office.clock().astimezone().date()
    return Inside(result, panels_of(office), offers(result, today), dict(office.registry.current_files()), today)


class StageResultsPage(OfficePage):
    """Tabs: the public list; the outcomes behind a door, closed again by whoever leaves the page."""

    def __init__(self, store: OfficeStore) -> None:
        super().__init__("results", tr("results.title"), tr("stageresult.page.text"), store)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("results.tabs")
        self.tabs.setAccessibleName(tr("results.title"))
        self._parts = {"public": self._public_tab(), "outcomes": self._inside_tab()}
        self.tabs.addTab(self._parts["outcomes"], amp(tr("stageresult.bases")))
        self.tabs.addTab(self._parts["public"], amp(tr("results.public")))
        fill(self.body, (self.tabs,))
        self.body.setStretch(0, 1)
        self._inside: Inside | None = None
        self.refresh()

    def refresh(self) -> None:
        self._show(None)
        self.public.set_rows(())
        self._public_count.setText(tr("results.public.press"))

    def open_part(self, part: str) -> None:
        if part in self._parts:
            self.tabs.setCurrentWidget(self._parts[part])

    # ----- public -----

    def _public_tab(self) -> QWidget:
        make = Button(tr("results.public.show"), "primary", "list-checks")
        make.setObjectName("results.public.show")
        make.clicked.connect(self._show_public)
        publish = LinkButton(tr("results.publish"), "arrow-right")
        publish.setObjectName("results.publish")
        publish.clicked.connect(lambda: self.go.emit("publish.notice"))
        self._public_count = PlainLabel("", "muted")
        self._public_count.setObjectName("results.public.count")
        self.public = DataTable(tr("results.public"), public_columns(), sortable=False)
        self.public.setObjectName("results.public.table")
        self.public.setMinimumHeight(320)
        page = column(
            PlainLabel(tr("stageresult.public.text"), "muted"), Flow(make, publish), self._public_count, self.public,
            gap=1.5, margins=2,
        )  # fmt: skip
        page.setStretch(3, 1)
        return holder(page)

    def _show_public(self) -> None:
        self.job(tr("results.computing"), lambda office, _p, _c: public_results(office), self._public_shown)

    def _public_shown(self, found: PublicResults) -> None:
        self.public.set_rows(found.rows)
        count = tr("stageresult.public.count", count=len(found.rows))
        self._public_count.setText(count if found.rows else tr("stageresult.none_signed"))

    # ----- inside -----

    def _inside_tab(self) -> QWidget:
        self._door = EmptyState("eye", tr("stageresult.door"), tr("results.door.text"), tr("results.door.button"))
        self._door.button.setObjectName("results.door")
        self._door.button.clicked.connect(self._open)
        self.part = StagePart()
        self.part.close_asked.connect(lambda: self._show(None))
        self.part.summary.connect(self._panel_report)
        self.part.export.connect(self._export)
        self.part.offered.connect(self._prepare)
        self.part.traced.connect(self._trace)
        return holder(column(self._door, self.part, gap=0, margins=2))

    def _open(self) -> None:
        def work(office: Office, progress: Progress, cancel: CancelToken) -> Inside:
            return _read(office, internal_stage_results(office, progress=progress, cancel=cancel))

        self.job(tr("results.computing"), work, self._show)

    def _show(self, inside: Inside | None) -> None:
        self._inside = inside
        self.part.show_inside(inside, self.snapshot)
        self._door.setVisible(inside is None)
        self.part.setVisible(inside is not None)
        if inside is not None and self.part.isVisible():
            self.part.table.setFocus()

    def _prepare(self, offer: Offer) -> None:
        """The form of the life cycle, filled; nothing is signed before it was looked at there."""
        inside = self._inside
        base = None if inside is None else inside.result.bases.get(offer.base)
        if base is None:
            return
        reason = tr("stageresult.reason", name=base.application.applicant, digest=base.digest[:16])
        propose(self, MoveWish(move=offer.move, bases=(offer.base,), ground=offer.ground, reason=reason))

    def _trace(self, digest: str, application: str) -> None:
        inside = self._inside
        if inside is None:
            return

        def opened(found: SignedFile) -> None:
            self._show(inside)
            brought = inside.files.get((application, found.expert), (digest,))
            self.part.signed.show_file(found, brought)
            area = self.findChild(QScrollArea)
            if area is not None:
                into_sight(area, self.part.signed)

        self.job(tr("signed.opening"), lambda office, _p, _c: signed_file(office, digest, application), opened)

    def _export(self) -> None:
        folder, inside, language = files.pick_folder(self, tr("results.folder")), self._inside, i18n.language()
        if folder is None:
            return

        def done(path: Path) -> None:
            self._show(inside)
            self._written(path)

        self.job(
            tr("results.exporting"),
            lambda office, _p, _c: export_results(office, folder, "json", internal=True, language=language),
            done,
        )

    def _panel_report(self, category: Category, field: str, head: str) -> None:
        inside, language = self._inside, i18n.language()
        suggested = Path.home() / f"{self.snapshot.batch.id}-{category}-{field}.pdf"
        target = files.pick_target(self, tr("results.panel.pdf"), suggested, "PDF (*.pdf)")
        if target is None or inside is None:
            return

        def done(_made: object) -> None:
            self._show(inside)
            self._written(target)

        self.job(
            tr("results.panel.pdf"),
            lambda office, _p, _c: panel_report(office, target, category, field, language, head=head),
            done,
        )

    def _written(self, path: Path) -> None:
        self.banner.made(tr("report.written", name=path.name), path)
