"""Base of the coordinator's pages: title, a place for messages, one for progress, and jobs that use both.

A job that lacks a supervisor's signature asks for it in the page and is done again with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shiboken6
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QWidget

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.decision import SecondKeyError, Wanted
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.office import Office
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import messages
from ndb_desktop.ui.coordinator.second_key import SecondKeyCard
from ndb_desktop.ui.coordinator.store import OfficeJob, OfficeStore, Snapshot
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import column, holder, scroll
from ndb_desktop.ui.widgets.progress import ProgressPanel
from ndb_desktop.ui.widgets.table import DataTable


@dataclass(frozen=True)
class _Job:
    title: str
    work: OfficeJob
    done: Callable[[Any], None]
    cancelled: Callable[[], str]


class OfficePage(QWidget):
    """One step of the round. Subclasses fill `self.body`.

    Signals: `go(str)` asks for another page by id, perhaps with a part of it (`people.roles`).
    """

    go = Signal(str)

    def __init__(self, name: str, title: str, text: str, store: OfficeStore) -> None:
        super().__init__()
        self.setObjectName(f"office.{name}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(title)
        self.store = store
        self.banner = Banner()
        self.body = column(gap=2)
        self._work = holder(column(gap=2))
        self._working: ProgressPanel | None = None
        self._second: SecondKeyCard | None = None
        self._asking: _Job | None = None
        self._content = holder(self.body)
        inner = column(
            PlainLabel(title, "title"),
            PlainLabel(text, "muted"),
            self.banner,
            self._work,
            self._content,
            gap=2,
            margins=3,
        )
        inner.setStretch(4, 1)
        self.setLayout(column(scroll(holder(inner), title)))
        store.changed.connect(self._refresh)

    @property
    def snapshot(self) -> Snapshot:
        """What the registry holds now."""
        return self.store.snapshot

    def refresh(self) -> None:
        """Shows the snapshot; called after every job. Subclasses overwrite it."""

    def open_part(self, part: str) -> None:
        """Shows a part of the page; pages with parts overwrite it."""

    def _refresh(self) -> None:
        if shiboken6.isValid(self):
            self.refresh()

    def job(
        self,
        title: str,
        work: OfficeJob,
        done: Callable[[Any], None],
        cancelled: Callable[[], str] = lambda: tr("office.cancelled"),
    ) -> None:
        """Runs a job with progress and cancel above the page's content; errors stand in the page's banner.

        `cancelled` says what a cancelled job has left and what to do next. A job that fails for want of a
        supervisor's signature is done again, from its beginning, once the supervisor has signed; what it decides must
        not depend on chance or the clock, for only what was shown is signed.
        """
        if self.store.running is not None:
            self.banner.info(tr("office.busy"))
            return
        self._run(_Job(title, work, done, cancelled), work)

    def write_receipts(self, write: Callable[[Office, Path], Sized]) -> None:
        """Asks for a folder, has `write` put the receipts of what was merged there, and says how many there are."""
        folder = files.pick_folder(self, tr("merge.receipts"))
        if folder is None:
            return
        self.job(
            tr("merge.receipts"),
            lambda office, _progress, _cancel: write(office, folder),
            lambda written: self.banner.made(tr("merge.receipts.done", count=len(written)), folder),
        )

    def _run(self, job: _Job, work: OfficeJob) -> None:
        """Does `job`; `work` is its work, perhaps with a second signature."""
        self.banner.dismiss()
        if self._second is not None and self._asking is not None:
            self._second.close_card()
        # One for all jobs: making and deleting one for each has brought PySide down.
        panel = self._working
        if panel is None:
            panel = self._working = ProgressPanel(job.title)
            self._work.layout().addWidget(panel)  # type: ignore[union-attr]
        panel.begin(job.title)
        panel.show()
        self._content.setEnabled(False)
        task = self.store.run(
            work,
            lambda result: self._over(lambda: job.done(result)),
            lambda error: self._over(lambda: self._failed(error, job)),
            lambda: self._over(lambda: self.banner.info(job.cancelled())),
        )
        if task.running:
            panel.follow(task)
            panel.cancel.setFocus()

    def _failed(self, error: Exception, job: _Job) -> None:
        if isinstance(error, SecondKeyError):
            card = self._second_card()
            self._asking = job
            card.ask(error.wanted)
        elif isinstance(error, NdbError) and error.code == "E-DECISION-SUPERVISOR":
            words = messages.describe(error)
            self.banner.show_message(words, tr("second.appoint"), lambda: self.go.emit("people.roles"))
        else:
            self.banner.show_error(error)

    def _second_card(self) -> SecondKeyCard:
        if self._second is None:
            self._second = SecondKeyCard(self.store)
            self._second.signed.connect(self._signed)
            self._second.given_up.connect(self._given_up)
            self._work.layout().addWidget(self._second)  # type: ignore[union-attr]
        return self._second

    def _signed(self, second: Identity, wanted: Wanted) -> None:
        job, self._asking = self._asking, None
        if job is None:
            return
        if self.store.running is not None:
            self.banner.info(tr("office.busy"))
            return

        def signed(office: Office, progress: Progress, cancel: CancelToken) -> Any:
            with office.decided.countersigned(second, wanted):
                return job.work(office, progress, cancel)

        self._run(job, signed)

    def _given_up(self) -> None:
        self._asking = None
        self.setFocus()

    def _over(self, then: Callable[[], None]) -> None:
        if not shiboken6.isValid(self):
            return
        if self._working is not None:
            self._working.hide()
        self._content.setEnabled(True)
        self.setFocus()
        then()


def search_box(name: str, *tables: DataTable) -> LineEdit:
    """A field that filters tables as one types."""
    box = LineEdit(tr("office.search"), "", tr("office.search"))
    box.setObjectName(name)
    for table in tables:
        box.textChanged.connect(table.search)
    return box


class Figures(QFrame):
    """Counts with their names, side by side as far as there is room; `set_figures` replaces them."""

    def __init__(self) -> None:
        super().__init__()
        self._flow = Flow(gap=4)
        self.setLayout(self._flow)

    def set_figures(self, figures: list[tuple[str, str, str]]) -> None:
        """`(name, value, role)`; role is `number` or a warning role of the theme."""
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for name, value, role in figures:
            label = PlainLabel(value, role, wrap=False)
            label.setAccessibleName(f"{name}: {value}")
            self._flow.addWidget(holder(column(label, PlainLabel(name, "small", wrap=False), gap=0.5)))
