"""归并: the inbox with its dry run, contradictions to be decided, and who is missing. Nothing is merged by itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtGui import QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QTabWidget, QWidget

from ndb_desktop.services.assignment_desk import Reserve, reserve_list
from ndb_desktop.services.contradiction import Settled, compare, settle
from ndb_desktop.services.inbox import NewFiles, dealt_with, look, watch
from ndb_desktop.services.merge import MergeReport, merge_files
from ndb_desktop.services.merge_receipts import write_receipts
from ndb_desktop.services.merge_undo import LastMerge, last_merge, undo_merge
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_missing import Outstanding, outstanding
from ndb_desktop.services.reminders import write_missing
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import i18n, messages, tasks
from ndb_desktop.ui.coordinator.conflict_part import ConflictPart
from ndb_desktop.ui.coordinator.folder_watch import FolderWatch
from ndb_desktop.ui.coordinator.inbox_part import InboxPart, counts, droppable
from ndb_desktop.ui.coordinator.missing_part import MissingPart
from ndb_desktop.ui.coordinator.page import OfficePage
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import amp
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.drop import local_files, welcome
from ndb_desktop.ui.widgets.layout import fill

KEPT = "merge.plan"
FROM_FOLDER = "merge.from_folder"
"""What of the watched folder the plan is about."""
READ = "merge.read"
_Read = tuple[int, LastMerge | None, tuple[Outstanding, ...]]


class MergePage(OfficePage):
    """Three tabs: `merge.inbox`, `merge.conflicts`, `merge.missing`. The dry run comes first, always."""

    def __init__(self, store: OfficeStore) -> None:
        super().__init__("merge", tr("merge.title"), tr("merge.text"), store)
        self.setAcceptDrops(True)
        self._reading: tasks.Task | None = None
        self.watch = folder_watch(store)
        self.watch.changed.connect(self._show_watch)
        self.inbox, self.conflicts, self.missing = InboxPart(), ConflictPart(), MissingPart()
        self._connect()
        self.tabs = QTabWidget()
        self.tabs.setObjectName("merge.tabs")
        self.tabs.setAccessibleName(tr("merge.title"))
        self._parts: dict[str, QWidget] = {
            "inbox": self.inbox, "conflicts": self.conflicts, "missing": self.missing,
        }  # fmt: skip
        for part, title in zip(self._parts.values(), self._titles(), strict=True):
            self.tabs.addTab(part, amp(title))
        fill(self.body, (self.tabs,))
        self.body.setStretch(0, 1)
        self._show_watch()
        self.refresh()

    def _connect(self) -> None:
        self.inbox.files.connect(self._pick_files)
        self.inbox.folder.connect(self._pick_folder)
        self.inbox.watch.connect(self._pick_watched)
        self.inbox.unwatch.connect(lambda: self._watch(None))
        self.inbox.look.connect(self._look_at_new)
        self.inbox.put_aside.connect(self._put_aside)
        self.inbox.merge.connect(self._merge)
        self.inbox.receipts.connect(self._receipts)
        self.inbox.undo.connect(self._undo)
        self.inbox.copied.connect(self._copied)
        self.conflicts.chosen.connect(self._compare)
        self.conflicts.decide.connect(self._decide)
        self.missing.export.connect(self._export)
        self.missing.reserves.connect(self._reserves)
        self.missing.keys.connect(lambda: self.go.emit("people"))
        self.missing.copied.connect(self._copied)

    def _titles(self) -> tuple[str, str, str]:
        waiting = sum(row.state == "conflict" for row in self.snapshot.standings)
        return (
            tr("inbox.title"),
            tr("conflicts.title.count", count=waiting) if waiting else tr("conflicts.title"),
            tr("missing.title"),
        )

    def open_part(self, part: str) -> None:
        if part in self._parts:
            self.tabs.setCurrentWidget(self._parts[part])

    # ----- showing -----

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read()

    def refresh(self) -> None:
        kept = self.store.kept.get(KEPT)
        self.inbox.show_plan(kept[1] if kept else None, self.snapshot)
        for number, title in enumerate(self._titles()):
            self.tabs.setTabText(number, amp(title))
        self.conflicts.show_snapshot(self.snapshot)
        self._show_read()
        if self.isVisible():
            self._read()

    def _read(self) -> None:
        """What takes a look at the log and the calendar is read apart, and only for who looks at this page."""
        known: _Read | None = self.store.kept.get(READ)
        if known is not None and known[0] == self.snapshot.status.log_entries:
            self._show_read()
            return
        if self.store.running is not None or (self._reading is not None and self._reading.running):
            return
        office, entries = self.store.office, self.snapshot.status.log_entries
        self._reading = tasks.run(
            lambda _progress, _cancel: (entries, last_merge(office), outstanding(office)),
            done=self._take_read, failed=self.banner.show_error, owner=self,
        )  # fmt: skip

    def _take_read(self, read: _Read) -> None:
        self.store.kept[READ] = read
        self._show_read()

    def _show_read(self) -> None:
        known: _Read | None = self.store.kept.get(READ)
        if known is not None:
            self.inbox.show_last(known[1])
            self.missing.show_rows(known[2], self.snapshot)

    def _show_watch(self) -> None:
        self.inbox.show_watch(self.watch)

    def _copied(self) -> None:
        self.banner.info(tr("inbox.copied"))

    # ----- the plan -----

    def take(self, paths: Sequence[Path], found: NewFiles | None = None) -> None:
        """Judges files, folders or ZIPs without writing anything; `found` when they are those of the watched folder."""
        chosen = tuple(paths)
        self.open_part("inbox")
        self.job(
            tr("merge.checking"),
            lambda office, progress, cancel: look(office, chosen, progress=progress, cancel=cancel),
            lambda report: self._planned(chosen, report, found),
            lambda: tr("merge.check.cancelled"),
        )

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        welcome(event, droppable(event.mimeData()))

    def dropEvent(self, event: QDropEvent) -> None:
        if droppable(event.mimeData()):
            event.acceptProposedAction()
            self.take(local_files(event.mimeData()))

    def _pick_files(self) -> None:
        patterns = f"{tr('files.scores')} (*.ndbscore *.zip);;{tr('files.all')} (*)"
        chosen = files.pick_files(self, tr("merge.files"), patterns)
        if chosen:
            self.take(chosen)

    def _pick_folder(self) -> None:
        folder = files.pick_folder(self, tr("merge.folder"))
        if folder is not None:
            self.take((folder,))

    def _planned(self, paths: tuple[Path, ...], report: MergeReport, found: NewFiles | None) -> None:
        self.store.kept[KEPT] = (paths, report)
        self.store.kept[FROM_FOLDER] = found
        self.refresh()
        (self.inbox.accept if self.inbox.accept.isEnabled() else self.inbox.table).setFocus()

    def _merge(self) -> None:
        paths, _report = self.store.kept[KEPT]
        found: NewFiles | None = self.store.kept.get(FROM_FOLDER)

        def work(office: Office, progress: Progress, cancel: CancelToken) -> MergeReport:
            report = merge_files(office, paths, progress=progress, cancel=cancel)
            if found is not None:
                dealt_with(office, found)
            return report

        self.job(
            tr("merge.running"), work, lambda report: self._merged(paths, report, found), lambda: tr("merge.cancelled")
        )

    def _merged(self, paths: tuple[Path, ...], report: MergeReport, found: NewFiles | None) -> None:
        self.store.kept[KEPT] = (paths, report)
        self.refresh()
        if found is not None:
            self.watch.renew()
        self.banner.info(counts(report), tr("merge.done"))

    def _receipts(self) -> None:
        _paths, report = self.store.kept[KEPT]
        self.write_receipts(lambda office, folder: write_receipts(office, report, folder))

    def _undo(self, reason: str) -> None:
        last = self.inbox.last
        if last is not None:
            self.job(
                tr("inbox.undo"), lambda office, _progress, _cancel: undo_merge(office, reason, last.run), self._undone
            )

    def _undone(self, undone: LastMerge) -> None:
        self.store.kept.pop(KEPT, None)
        self.refresh()
        self.watch.renew()
        facts = {"files": undone.files, "sites": undone.sites, "refusals": undone.refusals, "keys": undone.keys}
        self.banner.info(tr("inbox.undone.text", **facts), tr("inbox.undone"))

    # ----- the watched folder -----

    def _pick_watched(self) -> None:
        folder = files.pick_folder(self, tr("inbox.watch"))
        if folder is not None:
            self._watch(folder)

    def _watch(self, folder: Path | None) -> None:
        said = tr("inbox.watch.off") if folder is None else tr("inbox.watch.on")
        self.job(
            tr("inbox.watch"), lambda office, _progress, _cancel: watch(office, folder),
            lambda _none: self.banner.info(said),
        )  # fmt: skip

    def _look_at_new(self) -> None:
        found = self.watch.found
        if found is not None:
            self.take(found.files, found)

    def _put_aside(self) -> None:
        found = self.watch.found
        if found is not None:
            self.job(
                tr("inbox.aside"), lambda office, _progress, _cancel: dealt_with(office, found),
                lambda _none: self.watch.renew(),
            )  # fmt: skip

    # ----- contradictions -----

    def _compare(self, application: str, expert: str) -> None:
        office = self.store.office
        tasks.run(
            lambda _progress, _cancel: compare(office, application, expert),
            done=self.conflicts.show_comparison, failed=self.banner.show_error, owner=self.conflicts,
        )  # fmt: skip

    def _decide(self, application: str, expert: str, digest: str, reason: str) -> None:
        self.job(
            tr("merge.conflict.decide"),
            lambda office, _progress, _cancel: settle(office, application, expert, digest, reason),
            self._decided,
        )

    def _decided(self, settled: Settled) -> None:
        self.conflicts.show_settled(settled)
        self.banner.info(tr("merge.conflict.decided"))

    # ----- who is missing -----

    def _reserves(self, application: str) -> None:
        office = self.store.office

        def done(found: tuple[Reserve, ...]) -> None:
            self.missing.show_reserves(application, found)

        def failed(error: Exception) -> None:
            self.missing.show_no_reserves(messages.describe(error).text)

        tasks.run(
            lambda _progress, _cancel: reserve_list(office, application), done=done, failed=failed, owner=self.missing
        )

    def _export(self) -> None:
        suggested = Path.home() / f"{self.snapshot.batch.id}-{tr('missing.file')}.xlsx"
        target = files.pick_target(self, tr("missing.export"), suggested, "XLSX (*.xlsx);;CSV (*.csv)")
        if target is None:
            return
        write = partial(
            write_missing, self.missing.shown(), target, i18n.local(self.snapshot.batch.title), i18n.language()
        )
        self.job(tr("missing.export"), lambda _office, _progress, _cancel: write(), self._written)

    def _written(self, path: Path) -> None:
        self.banner.made(tr("report.written", name=path.name), path)


def folder_watch(store: OfficeStore) -> FolderWatch:
    """The one that watches for this registry, made on first use; it outlives the pages."""
    known = store.findChild(FolderWatch)
    return known if known is not None else FolderWatch(store)
