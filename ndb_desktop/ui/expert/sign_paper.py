"""评分表 PDF: one application, all in one file, or one file each into a folder, for signing by hand."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import i18n, tasks
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, PlainLabel
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.layout import Card, row
from ndb_desktop.ui.widgets.progress import ProgressPanel


class PaperCard(Card):
    """Before signing it makes drafts that say so."""

    def __init__(self, store: ReviewStore, banner: Banner, folder: Path) -> None:
        super().__init__(gap=1.5, margins=2.5)
        self.setObjectName("sign.paper")
        self._store, self._banner, self._folder = store, banner, folder
        self.box.addLayout(row(IconLabel("printer", 20, "accent"), PlainLabel(tr("paper.title"), "heading"), None))
        self._text = PlainLabel("", "muted")
        self.which = Choice(tr("paper.which"))
        self.which.setObjectName("paper.which")
        names = [(review.application.id, review.application.applicant) for review in store.view.applications]
        self.which.set_choices([("", tr("paper.together")), *names])
        self.make_one = Button(tr("paper.one"), "normal", "printer")
        self.make_one.setObjectName("sign.pdf")
        self.make_one.clicked.connect(self._one)
        self.make_all = Button(tr("paper.each"), "normal", "files")
        self.make_all.setObjectName("sign.pdf.each")
        self.make_all.clicked.connect(self._each)
        choosing = row(self.which, self.make_one, gap=1.5)
        choosing.setStretch(0, 1)
        self.progress = ProgressPanel(tr("paper.running"))
        self.progress.hide()
        self.box.addWidget(self._text)
        self.box.addLayout(choosing)
        self.box.addLayout(row(self.make_all, None))
        self.box.addWidget(self.progress)
        self.refresh()

    def refresh(self) -> None:
        """Says whether what is made now is a draft."""
        self._text.setText(tr("paper.text") if self._store.view.locked else tr("paper.draft"))

    def set_folder(self, folder: Path) -> None:
        """Where the dialogs begin."""
        self._folder = folder

    def _one(self) -> None:
        from ndb_desktop.services.report import score_sheet_name, score_sheet_report

        session, language, chosen = self._store.session, i18n.language(), self.which.value()
        name = score_sheet_name(session, chosen)
        target = files.pick_target(self, tr("paper.one"), self._folder / name, "PDF (*.pdf)")
        if target is None:
            return
        only = [chosen] if chosen else None

        def work(progress: Progress, cancel: CancelToken) -> object:
            return score_sheet_report(session, target, language, applications=only, progress=progress, cancel=cancel)

        def done(_made: object) -> None:
            self._show(tr("paper.done", name=target.name), target)

        self._run(work, done)

    def _each(self) -> None:
        from ndb_desktop.services.report import score_sheet_folder

        folder = files.pick_folder(self, tr("paper.each"), self._folder)
        if folder is None:
            return
        session, language = self._store.session, i18n.language()

        def work(progress: Progress, cancel: CancelToken) -> tuple[Path, ...]:
            return score_sheet_folder(session, folder, language, progress=progress, cancel=cancel)

        def done(made: tuple[Path, ...]) -> None:
            self._show(tr("paper.done.each", count=len(made)), made[0])

        self._run(work, done)

    def _run(self, work: tasks.Work, done: object) -> None:
        self._busy(True)

        def finished(result: object) -> None:
            self._busy(False)
            done(result)  # type: ignore[operator]

        def failed(error: Exception) -> None:
            self._busy(False)
            self._banner.show_error(error)

        def cancelled() -> None:
            self._busy(False)
            self._banner.info(tr("paper.cancelled"))

        task = tasks.run(work, done=finished, failed=failed, cancelled=cancelled, owner=self)
        if task.running:
            self.progress.follow(task)

    def _busy(self, on: bool) -> None:
        self.progress.set_title(tr("paper.running"))
        self.progress.cancel.setEnabled(True)
        self.progress.setVisible(on)
        buttons: tuple[QWidget, ...] = (self.make_one, self.make_all)
        for button in buttons:
            button.setEnabled(not on)

    def _show(self, text: str, path: Path) -> None:
        self._banner.info(text, action=tr("sign.show"), act=lambda: self._banner.reveal(path))
