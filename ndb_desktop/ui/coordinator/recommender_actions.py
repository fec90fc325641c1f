"""What the list of 推荐单位 does in the window: read a table, write one, take a list with a reason."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from ndb_desktop.domain.recommenders import Recommenders
from ndb_desktop.services.batch_plan import read_recommender_table, set_recommenders, write_recommender_table
from ndb_desktop.ui import i18n, tasks
from ndb_desktop.ui.coordinator.recommenders_part import RecommendersPart
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.widgets import files

if TYPE_CHECKING:
    from ndb_desktop.ui.coordinator.page import OfficePage


class RecommenderActions(QObject):
    """Joins the part to its page."""

    def __init__(self, page: OfficePage, part: RecommendersPart) -> None:
        super().__init__(page)
        self._page, self._part = page, part
        part.read.connect(self._read)
        part.write.connect(self._write)
        part.take.connect(self._take)

    def _read(self) -> None:
        patterns = f"{tr('wizard.tables')} (*.csv *.xlsx);;{tr('files.all')} (*)"
        path = files.pick_file(self._page, tr("wizard.recommenders.file"), patterns)
        if path is not None:
            self._page.banner.dismiss()
            tasks.run(
                lambda _progress, _cancel: read_recommender_table(path),
                done=self._part.propose, failed=self._page.banner.show_error, lane="pool", owner=self,
            )  # fmt: skip

    def _write(self) -> None:
        page, listed = self._page, self._part.known()
        suggested = Path.home() / f"{page.snapshot.batch.id}-{tr('recommenders.file')}.csv"
        target = files.pick_target(page, tr("recommenders.write"), suggested, "CSV (*.csv)")
        if target is None or listed is None:
            return
        write = partial(write_recommender_table, listed, target, i18n.language())

        def done(_none: object) -> None:
            page.banner.made(tr("report.written", name=target.name), target)

        tasks.run(lambda _progress, _cancel: write(), done=done, failed=page.banner.show_error, lane="pool", owner=self)

    def _take(self, listed: Recommenders, reason: str) -> None:
        work = partial(set_recommenders, listed=listed, reason=reason)

        def done(_none: object) -> None:
            self._part.forget()
            self._page.banner.info(tr("recommenders.taken"))

        self._page.job(tr("recommenders.take"), lambda office, _progress, _cancel: work(office), done)
