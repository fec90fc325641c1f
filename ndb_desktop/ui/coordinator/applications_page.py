"""申报材料: import the hand-over, see every fault and change before anything is written, take it or leave it.

In a later stage it is 阶段材料: what the bases reached, beside the promises that were taken over.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from ndb_desktop.domain.batch import Batch
from ndb_desktop.domain.datacheck import data_items
from ndb_desktop.domain.model import Application
from ndb_desktop.formats.handover import TABLES
from ndb_desktop.formats.importmap import SheetMap
from ndb_desktop.services.dropped import holds_scores
from ndb_desktop.services.intake import ImportReport, import_applications
from ndb_desktop.services.intake_tables import choose_column, preview_columns
from ndb_desktop.services.office import Office
from ndb_desktop.services.stage_blank import blank_forms
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.import_part import Check, ImportPart
from ndb_desktop.ui.coordinator.page import OfficePage, search_box
from ndb_desktop.ui.coordinator.recommender_actions import RecommenderActions
from ndb_desktop.ui.coordinator.recommenders_part import RecommendersPart
from ndb_desktop.ui.coordinator.report_card import ReportCard
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.coordinator.words import category_name
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel, tip
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets import drop, files
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import column, fill, holder, row
from ndb_desktop.ui.widgets.table import Column, DataTable

KEPT = "applications.check"
NAMED = 5
"""So many corrected applications are named in the line of the report."""


class ApplicationsPage(OfficePage):
    """Choose or drop a folder, ZIP or table, look at the preview, import."""

    def __init__(self, store: OfficeStore) -> None:
        later = store.snapshot.stage != "selection"
        title = tr("applications.stage.title") if later else tr("applications.title")
        super().__init__("applications", title, tr("applications.stage.text" if later else "applications.text"), store)
        folder = Button(tr("applications.folder"), "normal", "folder-open")
        folder.setObjectName("applications.folder")
        folder.clicked.connect(self._pick_folder)
        archive = Button(tr("importing.table"), "normal", "package-open")
        archive.setObjectName("applications.zip")
        archive.clicked.connect(self._pick_zip)
        self.update_box = PlainCheckBox(tr("applications.update.stage" if later else "applications.update"))
        self.update_box.setObjectName("applications.update")
        self.update_box.setToolTip(tip(tr("applications.update.text")))
        self.report = ReportCard("applications")
        self.report.accepted.connect(lambda: self._import(skip_bad=False))
        self.report.partial.connect(lambda: self._import(skip_bad=True))
        self.report.closed.connect(self._forget)
        self.again = Button(tr("importing.again"), "primary", "refresh-cw")
        self.again.setObjectName("importing.again")
        self.again.clicked.connect(self._check_again)
        self.again.hide()
        self.preview = ImportPart(self._labels())
        self.preview.chosen.connect(self._choose_column)
        self.setAcceptDrops(True)
        self._count = PlainLabel("", "heading")
        self.table = DataTable(tr("applications.title"), application_columns(store.snapshot.batch))
        self.table.setObjectName("applications.table")
        self.table.setMinimumHeight(320)
        search = search_box("applications.search", self.table)
        # How to begin is not plain: the form comes from the bases, and they need a blank one first.
        self._none = PlainLabel(tr("applications.none.stage"), "muted")
        self._none.setObjectName("applications.none")
        known = column(row(self._count, None, search), self._none, self.table, None, gap=2)
        known.setStretch(2, 1)
        # Only where there is no table does the rest of the page take the room.
        known.setStretch(3, 0)
        self._known: QWidget = holder(known)
        listed = Button(tr("recommenders.open"), "normal", "landmark")
        listed.setObjectName("applications.recommenders")
        listed.clicked.connect(lambda: self.open_part("recommenders"))
        self.listed = RecommendersPart()
        RecommenderActions(self, self.listed)
        self.listed.left.connect(lambda: self._show_listed(False))
        blank = Button(tr("stageblank.write"), "normal", "file-text")
        blank.setObjectName("applications.blank")
        blank.setToolTip(tip(tr("stageblank.tip")))
        blank.clicked.connect(self._write_blank)
        if not later:
            blank.hide()
        hint = row(PlainLabel(tr("importing.drop"), "small"), blank)
        hint.setStretch(0, 1)
        importing = column(
            Flow(folder, archive, self.update_box, None, listed), hint, self.report, row(self.again, None),
            self.preview, self._known, gap=2,
        )  # fmt: skip
        importing.setStretch(5, 1)
        self._importing = holder(importing)
        fill(self.body, (self._importing, self.listed))
        self.body.setStretch(0, 1)
        self._show_listed(False)
        kept = store.kept.get(KEPT)
        if kept is not None:
            self._show_check(kept)
        self.refresh()

    def refresh(self) -> None:
        later = self.snapshot.stage != "selection"
        count = len(self.snapshot.applications)
        stage = tr("applications.count.stage.one") if count == 1 else tr("applications.count.stage", count=count)
        self._count.setText(stage if later else tr("applications.count", count=count))
        self._none.setVisible(later and not count)
        self.table.setVisible(bool(count) or not later)
        self.table.set_rows(self.snapshot.applications)
        self.listed.show_snapshot(self.snapshot)

    def open_part(self, part: str) -> None:
        """`recommenders` are the bodies that recommend; everything else is the import."""
        self._show_listed(part == "recommenders")

    def _show_listed(self, on: bool) -> None:
        self._importing.setVisible(not on)
        self.listed.setVisible(on)

    def take(self, source: Path) -> None:
        """Checks a hand-over folder, ZIP or table without importing it."""
        self._forget()
        self._show_listed(False)
        update = self.update_box.isChecked()

        def check(office: Office, progress: Progress, cancel: CancelToken) -> Check:
            report = import_applications(office, source, dry_run=True, update=update, progress=progress, cancel=cancel)
            return Check(source, update, report, report.columns)

        self.job(
            tr("applications.checking"),
            check,
            self._show_check,
            lambda: tr("applications.check.cancelled"),
        )

    def _check_again(self) -> None:
        check: Check = self.store.kept[KEPT]
        self.take(check.source)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _hand_over_of(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        source = _hand_over_of(event)
        if source is not None:
            event.acceptProposedAction()
            self.take(source)

    def _choose_column(self, sheet: SheetMap, number: int, target: str | None) -> None:
        """The choice is kept; what was checked before it no longer holds, and checking again may take long."""
        check: Check = self.store.kept[KEPT]

        def choose(office: Office, progress: Progress, cancel: CancelToken) -> Check:
            choose_column(office, sheet, number, target)
            preview = preview_columns(office, check.source, None, progress, cancel)
            return dataclasses.replace(check, preview=preview, stale=True)

        self.job(tr("applications.checking"), choose, self._show_check)

    def _pick_folder(self) -> None:
        folder = files.pick_folder(self, tr("applications.folder"))
        if folder is not None:
            self.take(folder)

    def _pick_zip(self) -> None:
        path = files.pick_file(self, tr("importing.table"), f"{tr('importing.table.files')} (*.zip *.xlsx *.csv)")
        if path is not None:
            self.take(path)

    def _write_blank(self) -> None:
        """Blank forms for all bases, each in a folder of its own."""
        target = files.pick_folder(self, tr("stageblank.write"))
        if target is None:
            return
        self.job(
            tr("stageblank.writing"),
            lambda office, progress, cancel: blank_forms(
                office, target, language=i18n.language(), progress=progress, cancel=cancel
            ),
            lambda made: self.banner.made(tr("stageblank.done", count=len(made)), target),
            lambda: tr("stageblank.cancelled"),
        )

    def _show_check(self, check: Check) -> None:
        self.store.kept[KEPT] = check
        report, states = check.report, [entry.state for entry in check.report.entries]
        facts = [
            tr("applications.new", count=states.count("new")),
            tr("applications.replaced", count=states.count("changed")),
            tr("applications.unchanged", count=len(report.unchanged)),
            tr("applications.faults", count=len(report.faults)),
            tr("applications.warnings", count=len(report.warnings)),
        ]
        if report.gone:
            facts.append(tr("importing.gone", count=len(report.gone)))
        if report.issued:
            facts.append(tr("applications.with_experts", count=len(report.issued)))
            facts += [
                tr("applications.changed", application=name, count=len(report.changes[name]))
                for name in report.issued[:NAMED]
            ]
        good, bad = states.count("new") + states.count("changed"), states.count("bad")
        if check.stale:
            facts = [tr("importing.stale")]
        elif report.faults and not report.whole:
            facts.append(tr("importing.wholesheet"))
        elif not good and not report.faults:
            facts.append(tr("importing.nothing"))
        partly = good and report.faults and report.whole and not check.stale
        self.report.show_report(
            tr("applications.checked", name=check.source.name),
            facts,
            (),
            accept=tr("applications.import") if good and not report.faults and not check.stale else "",
            partial=tr("importing.good", good=good, bad=bad) if partly else "",
        )
        self.again.setVisible(check.stale)
        self._known.hide()
        self.preview.show_check(check, stay=check.stale)
        if check.stale:
            self.preview.columns.table.setFocus()

    def _import(self, *, skip_bad: bool) -> None:
        check: Check = self.store.kept[KEPT]
        source, update = check.source, check.update
        self.job(
            tr("applications.importing"),
            lambda office, progress, cancel: import_applications(
                office, source, skip_bad=skip_bad, update=update, progress=progress, cancel=cancel
            ),
            self._imported,
            lambda: tr("applications.cancelled"),
        )

    def _imported(self, report: ImportReport) -> None:
        self._forget()
        self.banner.info(
            tr(
                "applications.done",
                new=len(report.accepted),
                replaced=len(report.replaced),
                skipped=len(report.skipped),
            ),
            action=tr("issue.supplement")
            if report.issued
            else ("" if self.snapshot.experts else tr("next.people.button")),
            act=lambda: self.go.emit("issue" if report.issued else "people"),
        )

    def _forget(self) -> None:
        self.store.kept.pop(KEPT, None)
        self.report.hide()
        self.again.hide()
        self.preview.hide()
        self._known.show()

    def _labels(self) -> dict[str, str]:
        """Data items by code, as the rule packs call them."""
        packs = self.store.snapshot.packs.values()
        return {code: i18n.local(item.label) for pack in packs for code, item in data_items(pack).items()}


def _hand_over_of(event: QDropEvent) -> Path | None:
    """What was dropped, if it is one table, or a folder or ZIP without score files."""
    dropped = drop.local_files(event.mimeData())
    if len(dropped) != 1:
        return None
    source = dropped[0]
    holds = source.is_dir() or source.suffix.lower() == ".zip"
    return source if source.suffix.lower() in TABLES or (holds and not holds_scores(source)) else None


def application_columns(batch: Batch) -> tuple[Column[Application], ...]:
    """The columns of the list of applications."""
    names = {field.id: i18n.local(field.name) for field in batch.fields}
    return (
        Column(tr("column.id"), lambda a: a.id, width=150),
        Column(tr("column.category"), lambda a: category_name(a.category)),
        Column(tr("column.field"), lambda a: names.get(a.field, a.field)),
        Column(tr("column.applicant"), lambda a: a.applicant, stretch=True),
        Column(tr("column.region"), lambda a: a.region),
        Column(tr("column.documents"), lambda a: str(len(a.documents)), number=True, sort=lambda a: len(a.documents)),
        Column(tr("column.pages"), lambda a: str(_pages(a)), number=True, sort=_pages),
    )


def _pages(application: Application) -> int:
    return sum(document.pages for document in application.documents)
