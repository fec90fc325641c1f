"""What the tab of second rounds (复评) does: opens, issues, closes, writes the minutes; each as a job of the page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from ndb_desktop.services.office import Office
from ndb_desktop.services.report_round import minutes_report
from ndb_desktop.services.results import BatchResult
from ndb_desktop.services.rounds import RoundIssue, close_round, issue_round, open_round
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.rounds_part import RoundsPart
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.widgets import files

if TYPE_CHECKING:
    from ndb_desktop.ui.coordinator.page import OfficePage

Look = Callable[[Office, BatchResult], Any]
"""Reads anew what the page shows of a result; in the database lane."""


class RoundActions(QObject):
    """Joins the part to its page. `result` says what is shown, `shown` shows what `look` read."""

    def __init__(
        self,
        page: OfficePage,
        part: RoundsPart,
        result: Callable[[], BatchResult | None],
        look: Look,
        shown: Callable[[Any], None],
    ) -> None:
        super().__init__(page)
        self._page, self._result, self._look, self._shown = page, result, look, shown
        part.open_round.connect(self._open)
        part.issue.connect(self._issue)
        part.close_round.connect(self._close)
        part.minutes.connect(self._minutes)

    def _do(self, title: str, work: Callable[[Office], object], said: str) -> None:
        """Signs a decision; what counts does not change by it."""
        result = self._result()
        if result is None:
            return

        def job(office: Office, _progress: Progress, _cancel: CancelToken) -> Any:
            work(office)
            return self._look(office, result)

        def done(opened: Any) -> None:
            self._shown(opened)
            self._page.banner.info(said)

        self._page.job(title, job, done)

    def _open(self, applications: tuple[str, ...], reason: str) -> None:
        result = self._result()
        if result is not None:
            work = partial(open_round, result=result, applications=applications, reason=reason)
            self._do(tr("rounds.open"), work, tr("rounds.opened"))

    def _close(self, reason: str) -> None:
        self._do(tr("rounds.close"), partial(close_round, reason=reason), tr("rounds.closed"))

    def _issue(self) -> None:
        folder, result = files.pick_folder(self._page, tr("rounds.issue.folder")), self._result()
        if folder is None or result is None:
            return

        def job(office: Office, progress: Progress, cancel: CancelToken) -> tuple[RoundIssue, Any]:
            made = issue_round(office, folder, progress=progress, cancel=cancel)
            return made, self._look(office, result)

        def done(both: tuple[RoundIssue, Any]) -> None:
            made, opened = both
            self._shown(opened)
            said = tr("rounds.issued", count=len(made.issued))
            if made.failed:
                names = tr("list.separator").join(f"{name} {code}" for name, code in made.failed)
                said = tr("rounds.issued.failed", count=len(made.issued), names=names)
            banner = self._page.banner
            banner.made(said, folder)

        self._page.job(tr("rounds.issue"), job, done)

    def _minutes(self, round_id: str, head: str) -> None:
        result = self._result()
        suggested = Path.home() / f"{self._page.snapshot.batch.id}-{round_id}.pdf"
        target = files.pick_target(self._page, tr("rounds.minutes"), suggested, "PDF (*.pdf)")
        if target is None or result is None:
            return
        language = i18n.language()

        def job(office: Office, _progress: Progress, _cancel: CancelToken) -> Any:
            minutes_report(office, target, language, round_id=round_id, head=head)
            return self._look(office, result)

        def done(opened: Any) -> None:
            self._shown(opened)
            banner = self._page.banner
            said = tr("report.written", name=target.name)
            banner.made(said, target)

        self._page.job(tr("rounds.minutes"), job, done)
