"""工作稿备份与转移: the copies of the worksheet, what one would bring back, and the way to another computer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.services import worksheet_backup as backups
from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.services.sync_folders import SyncService, sync_service
from ndb_desktop.services.worksheet_backup import Backup, Difference, Preview
from ndb_desktop.services.worksheet_move import send
from ndb_desktop.ui import i18n, tasks, theme
from ndb_desktop.ui.expert.safekeeping import BackupKeeper
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, ElidedLabel, IconLabel, PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.settings import Settings
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, centred, column, holder, row, scroll
from ndb_desktop.ui.widgets.table import Column, DataTable


class SafetyPage(QWidget):
    """Signal `closed()`: back to the review."""

    closed = Signal()

    def __init__(
        self,
        store: ReviewStore,
        keeper: BackupKeeper,
        settings: Settings,
        key: StoredIdentity | None,
        now: Callable[[], Any],
    ) -> None:
        super().__init__()
        self.setObjectName("expert.safety")
        self._store, self._keeper, self._settings, self._key, self._now = store, keeper, settings, key, now
        self._chosen: Path | None = None
        self.banner = Banner()
        self.back = Button(tr("safety.back"), "normal", "arrow-left")
        self.back.setObjectName("safety.back")
        self.back.clicked.connect(self.closed)
        head = Flow(PlainLabel(tr("safety.title"), "title"), None, self.back)
        page = column(head, self.banner, self._make_copies(), self._make_preview(), self._make_move(), gap=3, margins=4)
        page.addStretch(1)
        self.setLayout(column(scroll(centred(holder(page), 960), tr("safety.title"))))
        # Store and keeper outlive this page: only bound methods end with it.
        keeper.made.connect(self._made)
        keeper.standing_changed.connect(self._look)
        self.reload()
        self._look()

    def focus_start(self) -> None:
        """Puts the focus on the copies."""
        self.table.setFocus()

    # ----- parts -----

    def _make_copies(self) -> Card:
        self.table = DataTable(tr("safety.copies"), _columns(), sortable=False)
        self.table.setObjectName("safety.copies")
        self.table.setMinimumHeight(theme.pixels(36) * 6)
        self.table.selectionModel().currentRowChanged.connect(lambda _now, _before: self._select())
        self.table.on_activated(lambda backup: self._look_into(backup.path))
        self.place = ElidedLabel("", "muted")
        self.place.setObjectName("safety.folder")
        change = Button(tr("safety.folder.change"), "normal", "folder-open")
        change.setObjectName("safety.folder.change")
        change.clicked.connect(self._change_folder)
        self.usual = Button(tr("safety.folder.usual"))
        self.usual.setObjectName("safety.folder.usual")
        self.usual.clicked.connect(lambda: self._set_folder(None))
        now = Button(tr("safety.copy.now"), "normal", "copy")
        now.setObjectName("safety.copy.now")
        now.clicked.connect(self._keeper.back_up)
        other = Button(tr("safety.copy.other"), "normal", "folder-open")
        other.setObjectName("safety.copy.other")
        other.clicked.connect(self._choose_other)
        self.look = Button(tr("safety.copy.look"), "normal", "eye")
        self.look.setObjectName("safety.copy.look")
        self.look.clicked.connect(self._look_at_selected)
        where = row(PlainLabel(tr("safety.folder"), "muted", wrap=False), self.place, change, self.usual, gap=1.5)
        where.setStretch(1, 1)
        card = Card(
            PlainLabel(tr("safety.copies"), "heading"),
            PlainLabel(tr("safety.copies.text", minutes=backups.EVERY_MINUTES, kept=backups.KEPT), "muted"),
            gap=1.5,
        )
        card.box.addLayout(where)
        self.trouble = PlainLabel("", "warning")
        self.trouble.setObjectName("safety.trouble")
        card.box.addWidget(self.trouble)
        card.box.addWidget(self.table)
        card.box.addLayout(Flow(self.look, now, other, gap=1.5))
        return card

    def _make_preview(self) -> Card:
        self.found = PlainLabel("")
        self.found.setObjectName("safety.preview")
        self.changes = PlainLabel("", "muted")
        self.changes.setObjectName("safety.preview.changes")
        self.restore = Button(tr("safety.restore"), "primary", "rotate-ccw")
        self.restore.setObjectName("safety.restore")
        self.restore.clicked.connect(self._restore)
        leave = Button(tr("action.cancel"))
        leave.setObjectName("safety.restore.cancel")
        leave.clicked.connect(self._forget)
        head = row(IconLabel("rotate-ccw", 24, "accent"), PlainLabel(tr("safety.preview"), "heading"), None, gap=1.5)
        self.preview = Card(gap=1.5)
        self.preview.setObjectName("safety.preview.card")
        self.preview.box.addLayout(head)
        for part in (self.found, self.changes, PlainLabel(tr("safety.preview.kept"), "small")):
            self.preview.box.addWidget(part)
        self.preview.box.addLayout(Flow(self.restore, leave, gap=1.5))
        self.preview.hide()
        return self.preview

    def _make_move(self) -> Card:
        self.with_key = PlainCheckBox(tr("safety.move.key", name=self._key.path.name if self._key else ""))
        self.with_key.setObjectName("safety.move.key")
        self.with_key.setChecked(self._key is not None)
        export = Button(tr("safety.move.button"), "normal", "send")
        export.setObjectName("safety.move")
        export.clicked.connect(self._send)
        card = Card(PlainLabel(tr("safety.move"), "heading"), PlainLabel(tr("safety.move.text"), "muted"), gap=1.5)
        card.box.addWidget(self.with_key)
        if self._key is None:
            self.with_key.hide()
            card.box.addWidget(PlainLabel(tr("safety.move.keyless"), "small"))
        card.box.addLayout(Flow(export))
        return card

    # ----- copies -----

    def reload(self) -> None:
        """Lists the copies anew."""
        folder = self._keeper.folder
        self.place.setText(files.told(folder.parent))
        self.usual.setVisible(self._settings.backup_folder is not None)
        tasks.run(lambda _p, _c: backups.list_backups(folder), done=self._listed, lane="pool", owner=self)

    def _listed(self, found: tuple[Backup, ...]) -> None:
        self.table.set_rows(found)
        self._select()

    def _select(self) -> None:
        selected = self.table.selected()
        self.look.setEnabled(selected is not None and selected.kind != "damaged")

    def _look(self) -> None:
        trouble = self._keeper.trouble
        words = i18n.fault(trouble) if hasattr(trouble, "fault") else tr("message.unexpected")  # type: ignore[arg-type]
        self.trouble.setText(tr("safety.trouble", why=words) if trouble is not None else "")
        self.trouble.setVisible(trouble is not None)

    def _made(self, backup: Backup | None) -> None:
        self.banner.info(tr("safety.copy.made") if backup is not None else tr("safety.copy.same"))
        self.reload()

    def _change_folder(self) -> None:
        folder = files.pick_folder(self, tr("safety.folder.change"))
        if folder is not None:
            self._set_folder(folder)

    def _set_folder(self, folder: Path | None) -> None:
        self._settings.backup_folder = folder
        self._forget()
        self.reload()
        self.banner.dismiss()
        if folder is not None:
            # Whoever chooses a folder is told each time, not once: it is a choice, and it can still be another.
            tasks.run(
                lambda _p, _c: sync_service(folder),
                done=lambda found: self._warn(folder, found),
                lane="pool",
                owner=self,
            )

    def _warn(self, folder: Path, found: SyncService | None) -> None:
        if found is not None and self._settings.backup_folder == folder:
            title = tr("sync.copies", service=found.names[i18n.language()])
            self.banner.warning(tr("sync.copies.text", folder=folder), title)

    # ----- restoring -----

    def _look_at_selected(self) -> None:
        selected = self.table.selected()
        if selected is not None:
            self._look_into(selected.path)

    def _choose_other(self) -> None:
        path = files.pick_file(self, tr("safety.copy.other"), f"{tr('safety.copies')} (*{backups.EXTENSION})")
        if path is not None:
            self._look_into(path)

    def _look_into(self, path: Path) -> None:
        session = self._store.session
        self.banner.dismiss()
        tasks.run(
            lambda _p, _c: backups.preview(session, path),
            done=lambda found: self._show(path, found),
            failed=self._refused,
            owner=self,
        )

    def _refused(self, error: Exception) -> None:
        self._forget()
        self.banner.show_error(error)

    def _show(self, path: Path, found: Preview) -> None:
        self._chosen = path
        now, then = found.present, found.backup
        self.found.setText(
            tr(
                "safety.preview.text",
                name=path.name,
                then=i18n.local_time(then.last_at),
                then_done=then.done,
                now=i18n.local_time(now.last_at),
                now_done=now.done,
                total=now.total,
            )
        )
        names = {item.application.id: item.application.applicant for item in self._store.view.applications}
        lines = [
            tr(
                "safety.preview.line",
                name=names.get(d.application, d.application) or tr("safety.preview.bundle"),
                what=tr("list.separator").join(_what(d)),
            )
            for d in found.differences
        ]
        if found.newer:
            lines.insert(0, tr("safety.preview.newer"))
        self.changes.setText("\n".join(lines) if lines else tr("safety.preview.same"))
        self.restore.setEnabled(bool(found.differences))
        self.preview.show()
        (self.restore if found.differences else self.back).setFocus()

    def _forget(self) -> None:
        self._chosen = None
        self.preview.hide()

    def _restore(self) -> None:
        path, session, folder, view = self._chosen, self._store.session, self._keeper.folder, self._store.view
        if path is None:
            return

        def work() -> None:
            backups.restore(session, path, folder)
            view.renew()

        def done(_result: object) -> None:
            self._forget()
            self.reload()
            self.banner.info(tr("safety.restored"))
            self._store.look_again()

        tasks.run(lambda _p, _c: work(), done=done, failed=self._refused, owner=self)

    # ----- to another computer -----

    def _send(self) -> None:
        folder = files.pick_folder(self, tr("safety.move.button"))
        if folder is None:
            return
        session, now = self._store.session, self._now
        key = self._key.path if self._key is not None and self.with_key.isChecked() else None
        tasks.run(
            lambda _p, _c: send(session, folder, key, now),
            done=lambda path: self.banner.made(
                tr("safety.moved.with" if key else "safety.moved.without", name=path.name), path
            ),
            failed=self.banner.show_error,
            owner=self,
        )


def _what(difference: Difference) -> list[str]:
    """Only what really happens to an application."""
    return [
        words
        for count, words in (
            (difference.added, tr("safety.preview.added", count=difference.added)),
            (difference.removed, tr("safety.preview.removed", count=difference.removed)),
            (difference.changed, tr("safety.preview.changed", count=difference.changed)),
        )
        if count
    ]


def _columns() -> list[Column[Backup]]:
    kinds = {
        "": lambda: tr("safety.kind.copy"),
        "before": lambda: tr("safety.kind.before"),
        "moved": lambda: tr("safety.kind.moved"),
        "damaged": lambda: tr("safety.kind.damaged"),
    }
    return [
        Column(tr("safety.column.at"), lambda b: i18n.local_time(b.at), width=160),
        Column(tr("safety.column.done"), lambda b: f"{b.done} / {b.total}" if b.total else "—", number=True, width=116),
        Column(tr("safety.column.size"), lambda b: i18n.file_size(b.size), number=True, width=110),
        Column(tr("safety.column.kind"), lambda b: kinds[b.kind](), stretch=True, brief=True),
    ]
