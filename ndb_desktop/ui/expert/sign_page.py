"""签名导出: what will be signed and what not, the passphrase, and what came of it; later, a revision with a reason."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.services import identity as identities
from ndb_desktop.services.review import ExportResult, ExportSummary
from ndb_desktop.services.review_drafts import REVISION
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import tasks
from ndb_desktop.ui.expert.draft import FormCard
from ndb_desktop.ui.expert.sign_history import HistoryCard
from ndb_desktop.ui.expert.sign_paper import PaperCard
from ndb_desktop.ui.expert.sign_result import ResultCard
from ndb_desktop.ui.expert.sign_summary import SummaryCard
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, ElidedLabel, IconLabel, PlainLabel
from ndb_desktop.ui.widgets import files, sight
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.fields import TextBox
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, centred, column, holder, row, scroll
from ndb_desktop.ui.widgets.passphrase import PassphraseField
from ndb_desktop.ui.widgets.progress import ProgressPanel

REASON_MINIMUM = 4
"""Characters of a reason that says anything; it is read by the coordinator beside the old and the new scores."""


class SignPage(QWidget):
    """Signals: `check()` go to the check page; `identity()` choose a key first."""

    check = Signal()
    identity = Signal()

    def __init__(self, store: ReviewStore, key: Path | None, key_name: str, folder: Path) -> None:
        super().__init__()
        self.setObjectName("expert.sign")
        self._store, self._key, self._key_name, self._target = store, key, key_name, folder
        self._summary: ExportSummary | None = None
        self._busy = self._just_signed = self._again = False
        self.banner = Banner()
        self.trouble = Banner()
        self.summary = SummaryCard()
        self.summary.check.connect(self.check)
        self.result = ResultCard(store.view.summary.issuer_name)
        self.result.copy_asked.connect(self._copy)
        self.result.show_asked.connect(self.banner.reveal)
        self.result.copied.connect(lambda: self.banner.info(tr("sign.path.done")))
        self.paper = PaperCard(store, self.banner, folder)
        self.history = HistoryCard()
        self.history.copy_asked.connect(self._copy)
        self._make_signing()
        self._make_revision()
        self._make_pending()
        self.progress = ProgressPanel(tr("sign.unlocking"))
        page = column(PlainLabel(tr("sign.title"), "title"), gap=2, margins=4)
        for part in (
            self.banner, self.pending, self.result, self.summary, self.signing, self.progress, self.paper,
            self.revision, self.history,
        ):  # fmt: skip
            page.addWidget(part)
        page.addStretch(1)
        self.area = scroll(centred(holder(page), 840), tr("sign.title"))
        self.setLayout(column(self.area))
        for part in (self.progress, self.result, self.pending, self.signing, self.revision):
            part.hide()
        store.changed.connect(self._changed)
        self.refresh()

    # ----- parts -----

    def _make_signing(self) -> None:
        self.passphrase = PassphraseField(tr("sign.passphrase"))
        self.passphrase.changed.connect(self._update)
        self.passphrase.confirmed.connect(self._sign)
        self.folder = ElidedLabel(str(self._target), "muted", Qt.TextElideMode.ElideMiddle)
        self.folder.setObjectName("sign.folder")
        choose = Button(tr("sign.folder.choose"), "normal", "folder-open")
        choose.setObjectName("sign.folder.choose")
        choose.clicked.connect(self._choose_folder)
        self.key_label = PlainLabel("")
        other = Button(tr("sign.key.other"), "quiet")
        other.setObjectName("sign.key.other")
        other.clicked.connect(self.identity)
        self.button = Button(tr("sign.button"), "primary", "signature")
        self.button.setObjectName("sign.button")
        self.button.clicked.connect(self._sign)
        self.why_not = PlainLabel("", "small")
        self.why_not.setObjectName("sign.why_not")
        self.signing = Card(PlainLabel(tr("sign.how"), "heading"), gap=1.5, margins=2.5)
        key = row(IconLabel("key-round", 20, "accent"), self.key_label, other)
        key.setStretch(1, 1)
        where = row(PlainLabel(tr("sign.folder"), wrap=False), self.folder, choose, gap=1.5)
        where.setStretch(1, 1)
        self.signing.box.addLayout(key)
        self.signing.box.addLayout(where)
        # Why it was not signed stands where one tries again, not at the top of a page that is higher than the screen.
        self.signing.box.addWidget(self.trouble)
        self.signing.box.addWidget(self.passphrase)
        self.signing.box.addWidget(PlainLabel(tr("sign.once"), "muted"))
        self.signing.box.addLayout(Flow(self.button, self.why_not, gap=1.5))

    def _make_revision(self) -> None:
        self.reason = TextBox(tr("revision.reason"), placeholder=tr("revision.reason.hint"), lines=2)
        self.reason.setObjectName("revision.reason")
        self.reason.typed.connect(self._typed)
        self.reason_count = PlainLabel("", "small")
        self.revise = Button(tr("revision.start"), "normal", "lock-open")
        self.revise.setObjectName("revision.start")
        self.revise.clicked.connect(self._revise)
        self.revision = FormCard()
        self.draft = self.revision.keep(lambda: {"reason": text} if (text := self.reason.toPlainText()) else {})
        kept = self._store.draft("", REVISION)
        self.draft.fill(lambda: self.reason.setPlainText(kept.get("reason", "")), kept)
        self.draft.kept.connect(lambda values: self._store.keep_draft("", REVISION, values))
        self.revision.box.addLayout(row(IconLabel("lock", 20, "accent"), PlainLabel(tr("revision.locked"), "heading")))
        self.revision.box.addWidget(PlainLabel(tr("revision.text"), "muted"))
        self.revision.box.addWidget(PlainLabel(tr("revision.reason")))
        self.revision.box.addWidget(self.reason)
        self.revision.box.addWidget(self.reason_count)
        self.revision.box.addLayout(Flow(self.revise))

    def _make_pending(self) -> None:
        self.pending = Card(kind="warning", gap=1.5, margins=2.5)
        self.pending.setObjectName("sign.pending")
        head = row(IconLabel("triangle-alert", 20, "warning"), PlainLabel(tr("sign.pending.title"), "heading"), gap=1.5)
        head.setStretch(1, 1)
        self._pending_text = PlainLabel("")
        self.write = Button(tr("sign.pending.write"), "primary", "download")
        self.write.setObjectName("sign.pending.write")
        self.write.clicked.connect(lambda: self._copy(self._store.view.exports[-1].revision))
        self.pending.box.addLayout(head)
        self.pending.box.addWidget(self._pending_text)
        self.pending.box.addLayout(Flow(self.write))

    # ----- showing -----

    def set_key(self, key: Path | None, name: str) -> None:
        """The key chosen on the identity page."""
        self._key, self._key_name = key, name
        self.refresh()

    def refresh(self) -> None:
        """Reads the summary afresh from the worksheet."""
        self.key_label.setText(tr("sign.key", name=self._key_name) if self._key else tr("sign.key.none"))
        session = self._store.session
        tasks.run(
            lambda _p, _c: (session.export_summary(), session.overdue),
            done=lambda found: self._show_summary(*found),
            failed=self.banner.show_error,
            owner=self,
        )
        self._update()

    def _changed(self, _change: object) -> None:
        """Something was stored elsewhere: a recusal, a receipt. While the page is not in sight it can wait."""
        if self.isVisible() and not self._busy:
            self.refresh()

    def _show_summary(self, summary: ExportSummary, late: bool) -> None:
        view = self._store.view
        self._summary = summary
        self.summary.show_summary(view, summary, late=late)
        pending = bool(summary.pending) and view.locked
        self._pending_text.setText(tr("sign.pending", name=summary.pending))
        self.pending.setVisible(pending)
        self.signing.setVisible(not self._busy and not view.locked)
        self.revision.setVisible(view.locked and not pending)
        self.result.setVisible(view.locked and not pending)
        if view.locked and not pending:
            last = view.exports[-1]
            path = self._store.written.get(last.revision)
            self.result.show_export(last, path if path is not None and path.is_file() else None)
        self.history.show_exports(view.exports)
        self.paper.refresh()
        self._update()
        if self._just_signed:
            # Only now are the buttons there that the focus belongs to.
            self._just_signed = False
            self.focus_start()
            self.area.verticalScrollBar().setValue(0)
        elif self._again:
            # What stands above it was made anew.
            self._again = False
            self._bring_trouble()

    def _update(self) -> None:
        summary = self._summary
        complete = summary is not None and not summary.gaps
        why = ""
        if not complete:
            why = tr("sign.why.gaps")
        elif self._key is None:
            why = tr("sign.why.key")
        elif not self.passphrase.text():
            why = tr("sign.why.passphrase")
        self.why_not.setText(why)
        self.button.setEnabled(not why and not self._busy)
        length = len(self.reason.toPlainText().strip())
        self.reason_count.setText(tr("revision.count", length=length, minimum=REASON_MINIMUM))
        self.revise.setEnabled(length >= REASON_MINIMUM)

    def focus_start(self) -> None:
        """Puts the focus on what is to be done first."""
        if not self._store.view.locked:
            self.passphrase.setFocus()
        elif not self.pending.isHidden():
            self.write.setFocus()
        else:
            self.result.focus_start()

    # ----- acting -----

    def _choose_folder(self) -> None:
        chosen = files.pick_folder(self, tr("sign.folder.choose"), self._target)
        if chosen is not None:
            self._aim(chosen)

    def _aim(self, folder: Path) -> None:
        self._target = folder
        self.folder.setText(files.told(folder))
        self.paper.set_folder(folder)

    def _sign(self) -> None:
        key = self._key
        if not self.button.isEnabled() or key is None:
            return
        passphrase, folder, session, view = self.passphrase.text(), self._target, self._store.session, self._store.view
        self._busy = True
        self.banner.dismiss()
        self.trouble.dismiss()
        self.signing.hide()
        self.progress.set_title(tr("sign.unlocking"))
        self.progress.cancel.setEnabled(True)
        self.progress.show()
        self.progress.cancel.setFocus()
        self._update()

        def work(progress: Progress, cancel: CancelToken) -> ExportResult:
            identity = identities.unlock(key, passphrase)
            cancel.check()
            try:
                return session.export(identity, folder, progress=progress, cancel=cancel)
            finally:
                # Also after a failure: a file that is signed and could not be written has locked the sheets.
                view.renew()

        task = tasks.run(work, done=self._done, failed=self._failed, cancelled=self._cancelled, owner=self)
        if task.running:
            self.progress.follow(task)
            task.progressed.connect(self._stage)

    def _stage(self, done: int, _total: int, _what: str) -> None:
        """0: signing; from 1 on the signed file is kept and there is no way back."""
        if self.progress.cancel.isEnabled() or done:
            self.progress.set_title(tr("sign.writing") if done else tr("sign.running"))
        if done:
            self.progress.cancel.setEnabled(False)

    def _done(self, result: ExportResult) -> None:
        self._store.note_written(result.revision, result.path)
        self.passphrase.clear()
        self._just_signed = True
        self._end()

    def _failed(self, error: Exception) -> None:
        self._end()
        if self._store.view.locked:
            self.passphrase.clear()
            self.banner.show_error(error)
            self.write.setFocus()
            self.area.verticalScrollBar().setValue(0)
        else:
            self.trouble.show_error(error)
            self._try_again()

    def _cancelled(self) -> None:
        self._end()
        self.trouble.info(tr("sign.cancelled"))
        self._try_again()

    def _try_again(self) -> None:
        """The passphrase stands ready to be typed anew, below what was said of the last try; both are in sight."""
        self.passphrase.first.selectAll()
        self.passphrase.setFocus()
        self._again = self.isVisible()
        self._bring_trouble()

    def _bring_trouble(self) -> None:
        sight.into_sight(self.area, self.trouble)
        # Last, for it is the one that is typed in where the screen is too low for both.
        sight.into_sight(self.area, self.passphrase)

    def _end(self) -> None:
        self._busy = False
        self.progress.hide()
        self.signing.setVisible(not self._store.view.locked)
        self._store.changed.emit(None)
        if not self.isVisible():
            self.refresh()

    def _copy(self, revision: int) -> None:
        folder = files.pick_folder(self, tr("sign.folder.choose"), self._target)
        if folder is None:
            return

        def done(result: ExportResult) -> None:
            self._aim(folder)
            self._store.note_written(revision, result.path)
            self.banner.info(
                tr("revision.copied", name=result.path.name),
                action=tr("sign.show"), act=lambda: self.banner.reveal(result.path),
            )  # fmt: skip
            self.refresh()

        tasks.run(
            lambda _p, _c: self._store.session.copy_export(revision, folder),
            done=done,
            failed=self.banner.show_error,
            owner=self,
        )

    def _typed(self, _text: str) -> None:
        self.draft.touched()
        self._update()

    def commit(self) -> None:
        """Stores what is typed but not yet reported."""
        self.draft.commit()

    def _revise(self) -> None:
        reason = self.reason.toPlainText().strip()
        self.commit()

        def done(_result: object) -> None:
            self.draft.fill(lambda: self.reason.setPlainText(""), {})
            self.banner.info(tr("revision.started"))
            self.refresh()
            self.area.verticalScrollBar().setValue(0)

        self._store.submit("", REVISION, lambda session: session.start_revision(reason), done)
