"""What the part on conflicts asks for, as jobs of its page: look at a list, take it, find conflicts, sign rulings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ndb_desktop.domain.decision import Decision
from ndb_desktop.services.conflict_drafts import keep_drafts, kept_drafts
from ndb_desktop.services.conflicts import (
    DetectReport,
    ListReport,
    Settled,
    decide_all,
    detect,
    import_list,
    list_conflicts,
    list_kin,
    preview_list,
)
from ndb_desktop.services.intake_people import PeopleReport, import_conflicts
from ndb_desktop.services.office import Office
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import tasks
from ndb_desktop.ui.coordinator.conflicts_part import TABLE, ConflictsPart, Known
from ndb_desktop.ui.coordinator.page import OfficePage
from ndb_desktop.ui.i18n import tr

KEPT = "conflicts.known"
_MOST_NAMED = 4


class ConflictJobs:
    """Between a `ConflictsPart` and the page it stands in."""

    def __init__(self, page: OfficePage, part: ConflictsPart) -> None:
        self._page, self._part = page, part
        self._reading: tasks.Task | None = None
        part.chosen.connect(self._look)
        part.accepted.connect(self._take)
        part.detect.connect(self._detect)
        part.sign.connect(self._sign)
        part.drafted.connect(self._keep)

    # ----- reading -----

    def refresh(self) -> None:
        """Shows what the registry holds, read anew if it changed."""
        store = self._page.store
        known: Known | None = store.kept.get(KEPT)
        if known is not None and known.entries == store.snapshot.status.log_entries:
            self._part.show_known(known)
        elif self._page.isVisible() and store.running is None:
            self._read()

    def _read(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        office, entries = self._page.store.office, self._page.snapshot.status.log_entries
        task = tasks.run(
            lambda _progress, _cancel: Known(entries, list_conflicts(office), list_kin(office), kept_drafts(office)),
            done=self._read_done,
            failed=self._page.banner.show_error,
            owner=self._part,
        )
        self._reading = task if task.running else None

    def _read_done(self, known: Known) -> None:
        self._reading = None
        self._page.store.kept[KEPT] = known
        self._part.show_known(known)

    # ----- lists -----

    def _look(self, kind: str, path: Path) -> None:
        """What a list would bring; a table of conflicts is taken all or nothing at once, and nothing goes for it."""
        if kind == TABLE:
            self._page.job(
                tr("people.importing"),
                lambda office, _progress, _cancel: import_conflicts(office, path),
                lambda report: self._table_taken(path, report),
            )
            return
        self._page.job(
            tr("screen.looking"),
            lambda office, _progress, _cancel: preview_list(office, kind, path),  # type: ignore[arg-type]
            lambda report: self._looked(path, report),
        )

    def _looked(self, path: Path, report: ListReport) -> None:
        name = self._part.kind.currentText()
        if report.faults:
            title = tr("screen.list.faults", name=path.name, kind=name, count=len(report.faults))
            self._part.report.show_report(title, [], report.faults)
            return
        facts = [
            tr("screen.list.rows", count=report.rows), tr("screen.list.added", count=report.added),
            tr("screen.list.removed", count=report.removed),
        ]  # fmt: skip
        title = tr("screen.list.look", name=path.name, kind=name)
        self._part.report.show_report(title, facts, (), accept=tr("screen.list.take"))

    def _table_taken(self, path: Path, report: PeopleReport) -> None:
        if report.faults:
            title = tr("people.imported.faults", name=path.name)
            self._part.report.show_report(title, [tr("people.rows", count=report.rows)], report.faults)
        else:
            self._part.forget_file()
            self._page.banner.info(tr("screen.table.taken", rows=report.rows))

    def _take(self) -> None:
        path, kind = self._part.file(), self._part.kind.value()
        if path is None:
            return

        def work(office: Office, _progress: Progress, _cancel: CancelToken) -> tuple[ListReport, DetectReport | None]:
            report = import_list(office, kind, path)
            return report, detect(office) if report.ok else None

        self._page.job(tr("screen.taking"), work, lambda both: self._taken(path, *both))

    def _taken(self, path: Path, report: ListReport, found: DetectReport | None) -> None:
        if found is None:
            self._looked(path, report)
            return
        self._part.forget_file()
        self._tell(found)

    def _detect(self) -> None:
        self._page.job(tr("screen.detecting"), lambda office, _progress, _cancel: detect(office), self._tell)

    def _tell(self, found: DetectReport) -> None:
        self.refresh()
        words = tr(
            "screen.found", found=found.found, added=len(found.added), removed=len(found.removed),
            changed=len(found.changed), waiting=found.waiting,
        )  # fmt: skip
        broken = [f"{application} {expert}" for application, expert in found.assigned]
        broken += [f"{application} {one} / {other}" for application, one, other in found.together]
        if not broken:
            self._page.banner.info(words)
            return
        names = tr("list.separator").join(broken[:_MOST_NAMED])
        again = tr("screen.assigned", count=len(broken), names=names)
        self._page.banner.warning(
            f"{words} {again}", action=tr("screen.to_assign"), act=lambda: self._page.go.emit("assign")
        )

    # ----- signing -----

    def _keep(self, drafts: Sequence[Settled]) -> None:
        """Into the registry at once: the lane does it before it closes the registry."""
        office, stack = self._page.store.office, tuple(drafts)
        tasks.run(
            lambda _progress, _cancel: keep_drafts(office, stack),
            failed=self._page.banner.show_error, owner=self._page.store,
        )  # fmt: skip

    def _sign(self, rulings: Sequence[Settled]) -> None:
        self._page.job(
            tr("screen.signing"),
            lambda office, progress, cancel: decide_all(office, rulings, progress, cancel),
            self._signed,
            lambda: tr("screen.sign.cancelled"),
        )

    def _signed(self, made: Sequence[Decision]) -> None:
        self._part.signed()
        self.refresh()
        first, last = made[0].number, made[-1].number
        self._page.banner.info(tr("screen.signed", count=len(made), first=first, last=last))
        self._part.table.setFocus()
