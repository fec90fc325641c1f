"""签名导出: what will be signed and what not, the passphrase, and what came of it; later, a revision with a reason."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.services import identity as identities
from ndb_desktop.services.review import ExportResult, ExportSummary, ReviewSession
from ndb_desktop.ui import i18n, tasks
from ndb_desktop.ui.expert.open_page import fact_grid
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, ElidedLabel, IconLabel, PlainLabel
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.fields import TextBox
from ndb_desktop.ui.widgets.layout import Card, centred, clear, column, holder, row, scroll
from ndb_desktop.ui.widgets.passphrase import PassphraseField
from ndb_desktop.ui.widgets.progress import ProgressPanel


class SignPage(QWidget):
    """Signals: `exported()`; `check()` go to the check page; `identity()` choose a key first."""

    exported = Signal()
    check = Signal()
    identity = Signal()

    def __init__(self, store: ReviewStore, key: Path | None, key_name: str, folder: Path) -> None:
        super().__init__()
        self.setObjectName("expert.sign")
        self._store, self._key, self._key_name, self._target = store, key, key_name, folder
        self._result: ExportResult | None = None
        self._busy = False
        self.banner = Banner()
        self._summary_box = column(gap=1.5)
        self._make_signing()
        self._make_revision()
        self.result = Card(kind="soft", gap=1.5, margins=2.5)
        self.result.setObjectName("sign.result")
        self.progress = ProgressPanel(tr("sign.running"), cancellable=False)
        page = column(PlainLabel(tr("sign.title"), "title"), gap=2, margins=4)
        summary = Card(gap=1.5, margins=2.5)
        summary.box.addLayout(self._summary_box)
        for part in (self.banner, self.result, self.revision, summary, self.signing, self.progress):
            page.addWidget(part)
        page.addStretch(1)
        self.area = scroll(centred(holder(page), 840), tr("sign.title"))
        self.setLayout(column(self.area))
        self.progress.hide()
        self.result.hide()
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
        self.signing = Card(PlainLabel(tr("sign.how"), "heading"), gap=1.5, margins=2.5)
        key = row(IconLabel("key-round", 20, "accent"), self.key_label, other)
        key.setStretch(1, 1)
        where = row(PlainLabel(tr("sign.folder"), wrap=False), self.folder, choose, gap=1.5)
        where.setStretch(1, 1)
        self.signing.box.addLayout(key)
        self.signing.box.addLayout(where)
        self.signing.box.addWidget(self.passphrase)
        self.signing.box.addWidget(PlainLabel(tr("sign.once"), "muted"))
        self.signing.box.addLayout(row(self.button, None))

    def _make_revision(self) -> None:
        self.reason = TextBox(tr("revision.reason"), placeholder=tr("revision.reason.hint"), lines=2)
        self.reason.setObjectName("revision.reason")
        self.reason.typed.connect(lambda _text: self._update())
        self.revise = Button(tr("revision.start"), "normal", "lock-open")
        self.revise.setObjectName("revision.start")
        self.revise.clicked.connect(self._revise)
        self.revision = Card(gap=1.5, margins=2.5)
        self.revision.box.addLayout(row(IconLabel("lock", 20, "accent"), PlainLabel(tr("revision.locked"), "heading")))
        self.revision.box.addWidget(PlainLabel(tr("revision.text"), "muted"))
        self.revision.box.addWidget(self.reason)
        self.revision.box.addLayout(row(self.revise, None))
        self._history = column(gap=0.5)
        self.revision.box.addLayout(self._history)

    # ----- showing -----

    def set_key(self, key: Path | None, name: str) -> None:
        """The key chosen on the identity page."""
        self._key, self._key_name = key, name
        self.refresh()

    def refresh(self) -> None:
        """Reads the summary afresh from the worksheet."""
        self.key_label.setText(tr("sign.key", name=self._key_name) if self._key else tr("sign.key.none"))
        tasks.run(
            lambda _p, _c: self._store.session.export_summary(),
            done=self._show_summary,
            failed=self.banner.show_error,
            owner=self,
        )
        self._show_history()
        self._update()

    def _show_summary(self, summary: ExportSummary) -> None:
        clear(self._summary_box)
        view = self._store.view
        self._summary = summary
        locked = view.locked
        self._summary_box.addWidget(PlainLabel(tr("sign.signed"), "heading"))
        facts = [
            (tr("sign.person"), view.expert.name),
            (tr("sign.batch"), i18n.local(view.batch.title)),
            (tr("sign.scored"), self._scored(summary)),
            (tr("sign.recused"), tr("sign.sheets", count=summary.sheets.get("recused", 0))),
            (tr("sign.unable"), tr("sign.sheets", count=summary.sheets.get("unable", 0))),
            (tr("sign.statements"), tr("sign.statements.count", count=len(view.statements))),
            (tr("sign.revision"), str(summary.revision)),
        ]
        if not summary.first:
            facts.append((tr("sign.changed"), tr("sign.sheets", count=len(summary.changed))))
        self._summary_box.addLayout(fact_grid(facts))
        self._summary_box.addWidget(PlainLabel(tr("sign.not_signed"), "heading"))
        self._summary_box.addWidget(PlainLabel(tr("sign.not_signed.text", count=summary.notes)))
        if summary.gaps and not locked:
            self._summary_box.addWidget(PlainLabel(tr("sign.gaps", count=len(summary.gaps)), "warning"))
            go = Button(tr("sign.to_check"), "normal", "list-checks")
            go.setObjectName("sign.to_check")
            go.clicked.connect(self.check)
            self._summary_box.addLayout(row(go, None))
        self.signing.setVisible(not self._busy and (not locked or bool(summary.pending)))
        self.revision.setVisible(locked and not summary.pending)
        if summary.pending:
            self.banner.warning(tr("sign.pending", name=summary.pending))
        self._update()

    @staticmethod
    def _scored(summary: ExportSummary) -> str:
        """How many sheets are scored, and how many of them are not finished."""
        scored = summary.sheets.get("scored", 0)
        open_sheets = len({gap.place.partition("/")[0] for gap in summary.gaps if "/" in gap.place})
        if not open_sheets:
            return tr("sign.sheets", count=scored)
        return tr("sign.sheets.open", count=scored, open=open_sheets)

    def _show_history(self) -> None:
        clear(self._history)
        for info in self._store.view.exports:
            text = tr("revision.past", revision=info.revision, at=i18n.local_time(info.at), name=info.name)
            line = row(PlainLabel(text, "muted"), gap=1)
            again = Button(tr("revision.copy"), "quiet")
            again.setObjectName(f"revision.copy.{info.revision}")
            again.clicked.connect(lambda _c=False, number=info.revision: self._copy(number))
            line.setStretch(0, 1)
            line.addWidget(again)
            self._history.addLayout(line)

    def _update(self) -> None:
        summary: ExportSummary | None = getattr(self, "_summary", None)
        complete = summary is not None and not summary.gaps
        self.button.setEnabled(complete and not self._busy and self._key is not None and bool(self.passphrase.text()))
        self.revise.setEnabled(bool(self.reason.toPlainText().strip()))

    # ----- acting -----

    def _choose_folder(self) -> None:
        chosen = files.pick_folder(self, tr("sign.folder.choose"), self._target)
        if chosen is not None:
            self._target = chosen
            self.folder.setText(str(chosen))

    def _sign(self) -> None:
        key = self._key
        if not self.button.isEnabled() or key is None:
            return
        passphrase, folder = self.passphrase.text(), self._target
        self._busy = True
        self.banner.dismiss()
        self.signing.hide()
        self.progress.show()
        self._update()

        def sign(session: ReviewSession) -> ExportResult:
            return session.export(identities.unlock(key, passphrase), folder)

        def work(_progress: object, _cancel: object) -> ExportResult:
            result = sign(self._store.session)
            self._store.view.renew()
            return result

        tasks.run(work, done=self._done, failed=self._failed, owner=self)

    def _done(self, result: ExportResult) -> None:
        self._busy = False
        self._result = result
        self.passphrase.clear()
        self.progress.hide()
        self._show_result(result)
        self._store.changed.emit(None)
        self.refresh()
        self.exported.emit()
        self.area.verticalScrollBar().setValue(0)

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self.progress.hide()
        self.signing.show()
        self.banner.show_error(error)
        self.passphrase.first.selectAll()
        self.passphrase.setFocus()
        self._update()

    def _show_result(self, result: ExportResult) -> None:
        clear(self.result.box)
        self.result.box.addLayout(
            row(IconLabel("circle-check", 24, "accent"), PlainLabel(tr("sign.done"), "heading"), gap=1.5)
        )
        sealed = tr("sign.sealed.yes") if result.sealed else tr("sign.sealed.no")
        facts = [
            (tr("sign.file"), result.path.name),
            (tr("sign.revision"), str(result.revision)),
            (tr("sign.digest"), _grouped(result.payload_sha256)),
            (tr("sign.sealed"), sealed),
        ]
        self.result.box.addLayout(fact_grid(facts))
        self.result.box.addWidget(PlainLabel(tr("sign.next")))
        self.show_file = Button(tr("sign.show"), "primary", "folder-open")
        self.show_file.setObjectName("sign.show")
        self.show_file.clicked.connect(lambda: files.show_in_folder(result.path))
        self.make_pdf = Button(tr("sign.pdf"), "normal", "printer")
        self.make_pdf.setObjectName("sign.pdf")
        self.make_pdf.clicked.connect(lambda: self._pdf(result))
        self.result.box.addLayout(row(self.show_file, self.make_pdf, None, gap=2))
        self.result.show()
        self.show_file.setFocus()

    def _pdf(self, result: ExportResult) -> None:
        from ndb_desktop.services.report import score_sheet_report

        target = files.pick_target(self, tr("sign.pdf"), result.path.with_suffix(".pdf"), "PDF (*.pdf)")
        if target is None:
            return
        session, language = self._store.session, i18n.language()
        self.make_pdf.setEnabled(False)

        def done(_made: object) -> None:
            self.make_pdf.setEnabled(True)
            self.banner.info(tr("sign.pdf.done", name=target.name), action=tr("sign.show"),
                             act=lambda: files.show_in_folder(target))  # fmt: skip

        def failed(error: Exception) -> None:
            self.make_pdf.setEnabled(True)
            self.banner.show_error(error)

        tasks.run(lambda _p, _c: score_sheet_report(session, target, language), done=done, failed=failed, owner=self)

    def _copy(self, revision: int) -> None:
        folder = files.pick_folder(self, tr("sign.folder.choose"), self._target)
        if folder is None:
            return
        tasks.run(
            lambda _p, _c: self._store.session.copy_export(revision, folder),
            done=self._show_result,
            failed=self.banner.show_error,
            owner=self,
        )

    def _revise(self) -> None:
        reason = self.reason.toPlainText().strip()

        def done(_result: object) -> None:
            self.reason.setPlainText("")
            self.result.hide()
            self.banner.info(tr("revision.started"))
            self.refresh()

        self._store.apply(lambda session: session.start_revision(reason), done)


def _grouped(digest: str) -> str:
    """A digest in groups of eight, to read aloud or compare."""
    return " ".join(digest[i : i + 8] for i in range(0, len(digest), 8))
