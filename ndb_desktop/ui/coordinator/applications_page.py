"""申报材料: import the hand-over, see every fault by file and line, take it or leave it."""

from __future__ import annotations

from pathlib import Path

from ndb_desktop.domain.model import Application
from ndb_desktop.services.intake import ImportReport, import_applications
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.page import OfficePage, search_box
from ndb_desktop.ui.coordinator.report_card import ReportCard
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.coordinator.words import category_name
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel, tip
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.layout import fill, row
from ndb_desktop.ui.widgets.table import Column, DataTable

KEPT = "applications.check"
NAMED = 5
"""So many corrected applications are named in the line of the report."""


class ApplicationsPage(OfficePage):
    """Choose a folder or ZIP, look at the check, import."""

    def __init__(self, store: OfficeStore) -> None:
        super().__init__("applications", tr("applications.title"), tr("applications.text"), store)
        folder = Button(tr("applications.folder"), "normal", "folder-open")
        folder.setObjectName("applications.folder")
        folder.clicked.connect(self._pick_folder)
        archive = Button(tr("applications.zip"), "normal", "package-open")
        archive.setObjectName("applications.zip")
        archive.clicked.connect(self._pick_zip)
        self.update_box = PlainCheckBox(tr("applications.update"))
        self.update_box.setObjectName("applications.update")
        self.update_box.setToolTip(tip(tr("applications.update.text")))
        self.report = ReportCard("applications")
        self.report.accepted.connect(lambda: self._import(skip_bad=False))
        self.report.partial.connect(lambda: self._import(skip_bad=True))
        self.report.closed.connect(self._forget)
        self._count = PlainLabel("", "heading")
        self.table = DataTable(tr("applications.title"), self._columns())
        self.table.setObjectName("applications.table")
        self.table.setMinimumHeight(320)
        search = search_box("applications.search", self.table)
        fill(
            self.body,
            (row(folder, archive, self.update_box, None), self.report, row(self._count, None, search), self.table),
        )
        self.body.setStretch(3, 1)
        kept = store.kept.get(KEPT)
        if kept is not None:
            self._show_check(*kept)
        self.refresh()

    def refresh(self) -> None:
        self._count.setText(tr("applications.count", count=len(self.snapshot.applications)))
        self.table.set_rows(self.snapshot.applications)

    def take(self, source: Path) -> None:
        """Checks a hand-over folder or ZIP without importing it."""
        self._forget()
        update = self.update_box.isChecked()
        self.job(
            tr("applications.checking"),
            lambda office, progress, cancel: import_applications(
                office, source, dry_run=True, update=update, progress=progress, cancel=cancel
            ),
            lambda report: self._show_check(source, report, update),
            lambda: tr("applications.check.cancelled"),
        )

    def _pick_folder(self) -> None:
        folder = files.pick_folder(self, tr("applications.folder"))
        if folder is not None:
            self.take(folder)

    def _pick_zip(self) -> None:
        path = files.pick_file(self, tr("applications.zip"), "ZIP (*.zip)")
        if path is not None:
            self.take(path)

    def _show_check(self, source: Path, report: ImportReport, update: bool) -> None:
        self.store.kept[KEPT] = (source, report, update)
        new = len(report.accepted)
        facts = [
            tr("applications.new", count=new),
            tr("applications.replaced", count=len(report.replaced)),
            tr("applications.unchanged", count=len(report.unchanged)),
            tr("applications.faults", count=len(report.faults)),
            tr("applications.warnings", count=len(report.warnings)),
        ]
        if report.issued:
            facts.append(tr("applications.with_experts", count=len(report.issued)))
            facts += [
                tr("applications.changed", application=name, count=len(report.changes[name]))
                for name in report.issued[:NAMED]
            ]
        good = bool(new or report.replaced)
        self.report.show_report(
            tr("applications.checked", name=source.name),
            facts,
            report.faults,
            report.warnings,
            accept=tr("applications.import") if good and not report.faults else "",
            partial=tr("applications.import.good") if good and report.faults else "",
        )

    def _import(self, *, skip_bad: bool) -> None:
        source, _report, update = self.store.kept[KEPT]
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

    def _columns(self) -> tuple[Column[Application], ...]:
        batch = self.store.snapshot.batch
        names = {field.id: i18n.local(field.name) for field in batch.fields}
        return (
            Column(tr("column.id"), lambda a: a.id, width=150),
            Column(tr("column.category"), lambda a: category_name(a.category)),
            Column(tr("column.field"), lambda a: names.get(a.field, a.field)),
            Column(tr("column.applicant"), lambda a: a.applicant, stretch=True),
            Column(tr("column.region"), lambda a: a.region),
            Column(
                tr("column.documents"), lambda a: str(len(a.documents)), number=True, sort=lambda a: len(a.documents)
            ),
            Column(tr("column.pages"), lambda a: str(_pages(a)), number=True, sort=_pages),
        )


def _pages(application: Application) -> int:
    return sum(document.pages for document in application.documents)
