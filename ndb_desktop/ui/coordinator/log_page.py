"""记录与保管: the hash-chained log, refusals, rebuild from the signed files, backup."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtGui import QShowEvent

from ndb_desktop.domain.errors import Fault
from ndb_desktop.services.registry_rebuild import RebuildReport
from ndb_desktop.storage.registry_rows import LogCheck, LogRow, Refusal
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.page import OfficePage, search_box
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.layout import fill, row
from ndb_desktop.ui.widgets.table import Column, DataTable

LATEST = 2_000


class LogPage(OfficePage):
    """What happened, proof that nobody rewrote it, and copies."""

    def __init__(self, store: OfficeStore) -> None:
        super().__init__("log", tr("log.title"), tr("log.text"), store)
        show = Button(tr("log.show"), "normal", "scroll-text")
        show.setObjectName("log.show")
        show.clicked.connect(self._show_log)
        check = Button(tr("log.check"), "normal", "shield-check")
        check.setObjectName("log.check")
        check.clicked.connect(self._check)
        rebuild = Button(tr("log.rebuild"), "normal", "refresh-cw")
        rebuild.setObjectName("log.rebuild")
        rebuild.clicked.connect(self._rebuild)
        backup = Button(tr("log.backup"), "normal", "download")
        backup.setObjectName("log.backup")
        backup.clicked.connect(self._backup)
        self.table = DataTable(tr("log.title"), _log_columns(), sortable=False)
        self.table.setObjectName("log.table")
        self.table.setMinimumHeight(300)
        search = search_box("log.search", self.table)
        self.refusals = DataTable(tr("log.refusals"), _refusal_columns())
        self.refusals.setObjectName("log.refusals")
        self.refusals.setMinimumHeight(180)
        self._refusals_title = PlainLabel("", "heading")
        fill(
            self.body,
            (row(show, check, rebuild, backup, None, search), self.table, self._refusals_title, self.refusals),
        )
        self.body.setStretch(1, 2)
        self.body.setStretch(3, 1)
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.table.source.rows and self.store.running is None:
            self._show_log()

    def refresh(self) -> None:
        self._refusals_title.setText(tr("log.refusals.count", count=len(self.snapshot.refusals)))
        self.refusals.set_rows(self.snapshot.refusals)

    def _show_log(self) -> None:
        self.job(
            tr("log.reading"),
            lambda office, _progress, _cancel: office.log_rows(newest=LATEST),
            lambda rows: self.table.set_rows(tuple(reversed(rows))),
        )

    def _check(self) -> None:
        self.job(tr("log.checking"), lambda office, _progress, _cancel: office.verify_log(), self._checked)

    def _checked(self, check: LogCheck) -> None:
        if check.ok:
            self.banner.info(tr("log.sound", entries=check.entries))
        else:
            self.banner.warning(tr("log.broken", entry=check.broken))

    def _rebuild(self) -> None:
        self.job(tr("log.rebuilding"), lambda office, _progress, _cancel: office.rebuild(), self._rebuilt)

    def _rebuilt(self, report: RebuildReport) -> None:
        if report.equal:
            self.banner.info(tr("log.equal", files=report.files, tables=len(report.tables)))
        else:
            self.banner.warning(tr("log.differs", tables=tr("list.separator").join(report.differences)))

    def _backup(self) -> None:
        folder = files.pick_folder(self, tr("log.backup"))
        if folder is None:
            return
        stamp = self.store.office.clock().strftime("%Y%m%dT%H%M%SZ")
        target = folder / f"{self.snapshot.folder.name}-backup-{stamp}"
        self.job(tr("log.backing"), lambda office, _progress, _cancel: office.backup(target), self._backed)

    def _backed(self, target: Path) -> None:
        self.banner.info(
            tr("log.backed", name=target.name),
            action=tr("action.show.folder"),
            act=lambda: self.banner.reveal(target),
        )


def _log_columns() -> tuple[Column[LogRow], ...]:
    return (
        Column(tr("column.number"), lambda r: str(r.seq), number=True),
        Column(tr("column.time"), lambda r: i18n.local_time(r.at)),
        Column(tr("column.action"), lambda r: r.action),
        Column(tr("column.subject"), lambda r: r.subject, width=200),
        Column(tr("column.details"), lambda r: json.dumps(dict(r.details), ensure_ascii=False), stretch=True),
        Column(tr("column.digest"), lambda r: r.sha256[:16]),
    )


def _refusal_columns() -> tuple[Column[Refusal], ...]:
    return (
        Column(tr("column.time"), lambda r: i18n.local_time(r.at)),
        Column(tr("column.file"), lambda r: r.name, width=280),
        Column(tr("column.expert"), lambda r: r.expert, width=110),
        Column(tr("column.code.error"), lambda r: r.code),
        Column(tr("column.why"), _sentence, stretch=True),
    )


def _sentence(refusal: Refusal) -> str:

    return i18n.fault(Fault(refusal.code, refusal.place, refusal.params))
