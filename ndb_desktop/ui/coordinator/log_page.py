"""记录与保管: the hash-chained log with filters, refusals, rebuild from the signed files, backup."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from ndb_desktop.domain.errors import Fault
from ndb_desktop.services.log_view import Entry, LogBook, LogFormat, chosen, export_log, read_log
from ndb_desktop.services.registry_copy import RegistryCopy, back_up
from ndb_desktop.services.registry_rebuild import RebuildReport
from ndb_desktop.storage.registry_rows import LogCheck, Refusal
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.coordinator.log_words import action_name, actor_name, entry_lines, log_columns
from ndb_desktop.ui.coordinator.page import OfficePage
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.beside import Beside
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import fill, holder, row
from ndb_desktop.ui.widgets.table import Column, DataTable

KEPT = "log"


class LogPage(OfficePage):
    """What happened, proof that nobody rewrote it, and copies."""

    def __init__(self, store: OfficeStore) -> None:
        super().__init__("log", tr("log.title"), tr("log.text"), store)
        self._reading = False
        self._actors: dict[str, str] = {}
        self.table = DataTable(tr("log.title"), log_columns(self._actors), sortable=False)
        self.table.setObjectName("log.table")
        self.table.setMinimumHeight(theme.pixels(260))
        self.table.selectionModel().currentChanged.connect(lambda *_: self._show_entry())
        self._count = PlainLabel("", "muted")
        self._count.setObjectName("log.count")
        self.entry = QPlainTextEdit()
        self.entry.setObjectName("log.entry")
        self.entry.setAccessibleName(tr("log.entry"))
        self.entry.setReadOnly(True)
        self.entry.setTabChangesFocus(True)
        self.entry.setFixedHeight(self.entry.fontMetrics().lineSpacing() * 8 + 20)
        self.refusals = DataTable(tr("log.refusals"), _refusal_columns())
        self.refusals.setObjectName("log.refusals")
        self.refusals.setMinimumHeight(theme.pixels(150))
        self._refusals_title = PlainLabel("", "heading")
        fill(
            self.body,
            (
                self._tools(), self._filters(), self._count, self.table, self.entry, self._refusals_title,
                self.refusals,
            ),
        )  # fmt: skip
        self.body.setStretch(3, 3)
        self.body.setStretch(6, 1)
        self.refresh()

    def _tools(self) -> QWidget:
        buttons = []
        for name, text, icon, act in (
            ("log.show", tr("log.show"), "refresh-cw", self._read),
            ("log.check", tr("log.check"), "shield-check", self._check),
            ("log.export.csv", tr("log.export.csv"), "table-2", lambda: self._export("csv")),
            ("log.export.json", tr("log.export.json"), "download", lambda: self._export("json")),
            ("log.rebuild", tr("log.rebuild"), "rotate-ccw", self._rebuild),
            ("log.backup", tr("log.backup"), "download", self._backup),
        ):
            button = Button(text, "normal", icon)
            button.setObjectName(name)
            button.clicked.connect(act)
            buttons.append(button)
        return holder(Flow(*buttons))

    def _filters(self) -> QWidget:
        self.action = Choice(tr("log.filter.action"))
        self.action.setObjectName("log.filter.action")
        self.action.chosen.connect(lambda _action: self._filter())
        self.actor = Choice(tr("log.filter.actor"))
        self.actor.setObjectName("log.filter.actor")
        self.actor.chosen.connect(lambda _actor: self._filter())
        self.subject = LineEdit(tr("log.filter.subject"), "", tr("log.filter.subject"))
        self.subject.setObjectName("log.filter.subject")
        self.subject.textChanged.connect(lambda _text: self._filter())
        self.search = LineEdit(tr("log.filter.words"), "", tr("log.filter.words"))
        self.search.setObjectName("log.search")
        self.search.textChanged.connect(lambda _text: self._filter())
        for choice in (self.action, self.actor):
            choice.setMinimumContentsLength(12)
        for field in (self.subject, self.search):
            field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            # What may be typed is said in the empty field, and nowhere else.
            field.setMinimumWidth(field.fontMetrics().horizontalAdvance(field.placeholderText()) + theme.pixels(32))
        return Beside(holder(row(self.action, self.actor)), holder(row(self.subject, self.search)), grows=1)

    # ----- reading -----

    @property
    def _book(self) -> LogBook | None:
        kept: LogBook | None = self.store.kept.get(KEPT)
        return kept

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        self._refusals_title.setText(tr("log.refusals.count", count=len(self.snapshot.refusals)))
        self.refusals.set_rows(self.snapshot.refusals)
        if self._reading or not self.isVisible() or self.store.running is not None:
            return
        book = self._book
        if book is None or len(book.entries) != self.snapshot.status.log_entries:
            self._read()
        elif not self.action.count():
            self._show_book()

    def _read(self) -> None:
        known = self._book
        self._reading = True
        self.job(tr("log.reading"), lambda office, _progress, _cancel: read_log(office, known), self._take)
        self._reading = self.store.running is not None

    def _take(self, book: LogBook) -> None:
        self._reading = False
        self.store.kept[KEPT] = book
        self._show_book()

    def _show_book(self) -> None:
        book = self._book
        if book is None:
            return
        self._actors.clear()
        self._actors.update(book.actors)
        actions = Counter(one.row.action for one in book.entries)
        actors = Counter(one.row.actor for one in book.entries)
        every = [(action, f"{action_name(action)} ({count})") for action, count in actions.items()]
        self.action.set_choices(
            [("", tr("log.filter.action.all")), *sorted(every, key=lambda one: one[1])], self.action.value()
        )
        people = [(actor, f"{actor_name(actor, self._actors)} ({count})") for actor, count in actors.items()]
        self.actor.set_choices([("", tr("log.filter.actor.all")), *people], self.actor.value())
        self._filter()

    def _filter(self) -> None:
        book = self._book
        if book is None:
            return
        shown = chosen(
            book.entries,
            action=self.action.value() or "",
            actor=self.actor.value() or "",
            subject=self.subject.text(),
            words=self.search.text(),
        )
        self.table.set_rows(shown)
        count = tr("log.count", shown=len(shown), all=len(book.entries))
        self._count.setText(count if shown else tr("log.nothing"))
        self._show_entry()

    def _show_entry(self) -> None:
        entry: Entry | None = self.table.selected()
        self.entry.setPlainText(tr("log.entry.none") if entry is None else entry_lines(entry, self._actors))

    # ----- acting -----

    def _export(self, fmt: LogFormat) -> None:
        rows = [entry.row for entry in self.table.source.rows]
        suggested = Path.home() / f"{self.snapshot.batch.id}-log.{fmt}"
        pattern = "CSV (*.csv)" if fmt == "csv" else "JSON (*.json)"
        target = files.pick_target(self, tr("log.export.csv"), suggested, pattern)
        if target is None:
            return
        language = i18n.language()
        self.job(
            tr("log.exporting"),
            lambda office, _progress, _cancel: export_log(office, rows, target, fmt, language),
            lambda path: self.banner.made(tr("log.exported", count=len(rows), name=path.name), path),
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
        self.job(
            tr("log.backing"),
            lambda office, progress, cancel: back_up(office, folder, progress=progress, cancel=cancel),
            self._backed,
        )

    def _backed(self, made: RegistryCopy) -> None:
        self.banner.made(tr("log.backed", name=made.path.name), made.path)


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
