"""收件: drop or choose files, a watched folder, what a merge would do, and the last merge with its undoing.

Shows and asks; what is done is done by the page that holds it.
"""

from __future__ import annotations

from PySide6.QtCore import QMimeData, Qt, Signal, SignalInstance
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QScrollArea, QWidget

from ndb_desktop.services.digest_words import spoken
from ndb_desktop.services.dropped import holds_scores
from ndb_desktop.services.merge import MergeReport
from ndb_desktop.services.merge_undo import LastMerge
from ndb_desktop.services.merge_words import file_words, sheet_words
from ndb_desktop.ui import i18n, messages
from ndb_desktop.ui import spoken as aloud
from ndb_desktop.ui.coordinator.folder_watch import FolderWatch
from ndb_desktop.ui.coordinator.inbox_tree import GROUPS, VerdictTable
from ndb_desktop.ui.coordinator.log_words import action_name
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.coordinator.words import key_state, verdict_state
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, ElidedLabel, IconLabel, PlainLabel
from ndb_desktop.ui.widgets.beside import Beside
from ndb_desktop.ui.widgets.drop import local_files
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, holder, row
from ndb_desktop.ui.widgets.sight import into_sight

SCORE_ENDINGS = (".ndbscore", ".zip")
MOST_FAULTS = 20


class InboxPart(TallPart):
    """Signals say which button was pressed; `undo(str)` with the reason, `put_aside()` for what is new."""

    files = Signal()
    folder = Signal()
    watch = Signal()
    unwatch = Signal()
    look = Signal()
    put_aside = Signal()
    merge = Signal()
    receipts = Signal()
    undo = Signal(str)
    copied = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._names: dict[str, str] = {}
        self._last: LastMerge | None = None
        self._told = 0
        self.empty = EmptyState("inbox", tr("merge.empty"), tr("merge.empty.text"))
        page = column(
            self._buttons(), self._watch_line(), self._new_card(), self.empty, self._plan(), self._last_card(),
            gap=1.5, margins=2,
        )  # fmt: skip
        page.addStretch(1)
        self.setLayout(page)

    def _button(self, name: str, text: str, kind: str, icon: str, signal: SignalInstance) -> Button:
        button = Button(text, kind, icon)
        button.setObjectName(name)
        button.clicked.connect(signal)
        return button

    def _buttons(self) -> QWidget:
        pick = self._button("merge.files", tr("merge.files"), "normal", "inbox", self.files)
        folder = self._button("merge.folder", tr("merge.folder"), "normal", "folder-open", self.folder)
        self.receipts_button = self._button(
            "merge.receipts", tr("merge.receipts"), "normal", "file-check", self.receipts
        )
        self.accept = self._button("merge.accept", tr("merge.accept"), "primary", "git-merge", self.merge)
        return holder(Flow(pick, folder, None, self.receipts_button, self.accept))

    # ----- the watched folder -----

    def _watch_line(self) -> QWidget:
        self._watched = ElidedLabel("", "muted", Qt.TextElideMode.ElideMiddle)
        self._watched.setObjectName("inbox.watched")
        self.watch_button = self._button("inbox.watch", tr("inbox.watch"), "quiet", "eye", self.watch)
        self.unwatch_button = self._button("inbox.unwatch", tr("inbox.unwatch"), "quiet", "eye-off", self.unwatch)
        self._no_watch = PlainLabel("", "muted")
        self._no_watch.setObjectName("inbox.unwatched")
        line = row(self._watched, self._no_watch, self.watch_button, self.unwatch_button)
        line.setStretch(0, 1)
        line.setStretch(1, 1)
        return holder(line)

    def _new_card(self) -> Card:
        self._new = PlainLabel("", "body")
        self._new.setObjectName("inbox.new.text")
        self.look_button = self._button("inbox.look", tr("inbox.look"), "normal", "list-checks", self.look)
        self.aside = self._button("inbox.aside", tr("inbox.aside"), "quiet", "minus", self.put_aside)
        line = row(IconLabel("inbox", 20, "accent"), self._new, self.look_button, self.aside)
        line.setStretch(1, 1)
        self.new_card = Card(kind="soft", margins=1.5)
        self.new_card.setObjectName("inbox.new")
        self.new_card.box.addLayout(line)
        self.new_card.hide()
        return self.new_card

    def show_watch(self, watch: FolderWatch) -> None:
        """The folder, what is new in it, or why it cannot be read."""
        folder, found = watch.folder, watch.found
        self.unwatch_button.setVisible(folder is not None)
        self.watch_button.set_text(tr("inbox.watch") if folder is None else tr("inbox.watch.other"))
        words = tr("inbox.watch.none") if folder is None else ""
        if watch.problem is not None:
            words = messages.describe(watch.problem).text
        self._no_watch.setText(words)
        self._no_watch.setVisible(bool(words))
        self._watched.setText(tr("inbox.watched", folder=str(folder)))
        self._watched.setVisible(not words)
        new, arriving = watch.count(), len(found.arriving) if found is not None else 0
        lines = [tr("inbox.new", count=new)] if new else []
        if arriving:
            lines.append(tr("inbox.arriving", count=arriving))
        self._new.setText(" ".join(lines))
        self.new_card.setVisible(bool(lines))
        self.look_button.setVisible(bool(new))
        self.aside.setVisible(bool(new))
        if new > self._told:
            aloud.say(self._new, lines[0])
        self._told = new

    # ----- the plan -----

    def _plan(self) -> QWidget:
        self._title, self._summary = PlainLabel("", "heading"), PlainLabel("", "muted")
        self._summary.setObjectName("inbox.summary")
        self.filter = Choice(tr("inbox.filter"))
        self.filter.setObjectName("inbox.filter")
        self.filter.chosen.connect(lambda _group: self._choose())
        self.search = LineEdit(tr("office.search"), "", tr("office.search"))
        self.search.setObjectName("inbox.search")
        self.search.textChanged.connect(lambda _text: self._choose())
        self.copy = Button(tr("inbox.copy"), "quiet", "copy")
        self.copy.setObjectName("inbox.copy")
        self.copy.clicked.connect(self._copy)
        self.table = VerdictTable(self._applicant)
        self.table.selectionModel().currentChanged.connect(lambda *_: self._explain())
        self._reason = PlainLabel("", "muted", selectable=True)
        self._reason.setObjectName("inbox.reason")
        tools = Beside(self.filter, self.search, self.copy, grows=1)
        self._planned = holder(column(self._title, self._summary, tools, self.table, self._reason, gap=1))
        self._planned.hide()
        return self._planned

    def _applicant(self, application: str) -> str:
        return self._names.get(application, "")

    def show_plan(self, report: MergeReport | None, snapshot: Snapshot) -> None:
        """What merging would do, or did; None when nothing was looked at."""
        self._names = {one.id: one.applicant for one in snapshot.applications}
        self.empty.setVisible(report is None)
        self._planned.setVisible(report is not None)
        planned = report is not None and report.dry_run and any(v.verdict != "duplicate" for v in report.verdicts)
        self.accept.setEnabled(planned)
        merged = report is not None and not report.dry_run
        self.receipts_button.setEnabled(merged and not snapshot.recovered)
        rows = report.verdicts if report is not None else ()
        self.table.source.set_rows(rows)
        if report is not None:
            self._title.setText(tr("merge.plan") if report.dry_run else tr("merge.after"))
            self.table.setAccessibleName(self._title.text())
            self._summary.setText(counts(report) or tr("inbox.nothing"))
            self.filter.set_choices(
                [(group, f"{_group_name(group)} {self.table.source.count(group)}") for group in ("", *GROUPS)],
                self.filter.value(),
            )
        self._choose()

    def _choose(self) -> None:
        self.table.source.choose(self.filter.value() or "", self.search.text())
        self._explain()

    def _copy(self) -> None:
        lines = self.table.source.lines()
        QGuiApplication.clipboard().setText("\n".join("\t".join(" ".join(c.split()) for c in line) for line in lines))
        self.copied.emit()

    def _explain(self) -> None:
        verdict, sheet = self.table.current_file(), self.table.current_sheet()
        self._reason.setVisible(verdict is not None)
        if verdict is None:
            return
        lines = [f"{verdict.path} · {verdict_state(verdict.verdict)[0]}"]
        if verdict.verdict != "refused":
            facts = {
                "revision": verdict.revision,
                "sheets": len(verdict.sheets),
                "state": key_state(verdict.key_status)[0],
            }
            lines += [i18n.phrase(file_words(verdict)), tr("inbox.facts", **facts)]
        if sheet is not None:
            name = f"{sheet.application} {self._applicant(sheet.application)}".strip()
            lines = [f"{name} · {verdict_state(sheet.verdict)[0]}", i18n.phrase(sheet_words(sheet))]
        lines += [f"{i18n.fault(fault)}  [{fault.code}]" for fault in verdict.faults[:MOST_FAULTS]]
        if verdict.payload_sha256:
            zh, en = (spoken(verdict.payload_sha256, language) for language in ("zh_CN", "en"))
            lines.append(tr("verify.words", zh=zh, en=en))
        if verdict.file_sha256:
            lines.append(f"SHA-256 {verdict.file_sha256}")
        self._reason.setText("\n".join(lines))

    # ----- the last merge -----

    def _last_card(self) -> Card:
        self._last_text = PlainLabel("", "body")
        self._last_text.setObjectName("inbox.last")
        self.ask_button = Button(tr("inbox.undo"), "normal", "undo-2")
        self.ask_button.setObjectName("inbox.undo")
        self.ask_button.clicked.connect(self._ask)
        self._question = PlainLabel("", "warning")
        self._question.setObjectName("inbox.undo.question")
        self.reason = LineEdit(tr("inbox.undo.reason"), "", tr("inbox.undo.reason.hint"))
        self.reason.setObjectName("inbox.undo.reason")
        self.undo_button = Button(tr("inbox.undo.now"), "danger", "undo-2")
        self.reason.textChanged.connect(lambda text: self.undo_button.setEnabled(bool(text.strip())))
        self.undo_button.setObjectName("inbox.undo.now")
        self.undo_button.setEnabled(False)
        self.undo_button.clicked.connect(lambda: self.undo.emit(self.reason.text().strip()))
        keep = Button(tr("inbox.undo.keep"), "quiet")
        keep.setObjectName("inbox.undo.keep")
        keep.clicked.connect(self._keep)
        line = row(self._last_text, self.ask_button)
        line.setStretch(0, 1)
        self._form = holder(column(self._question, self.reason, Flow(self.undo_button, keep), gap=1))
        self.last_card = Card(margins=1.5)
        self.last_card.box.addLayout(line)
        self.last_card.box.addWidget(self._form)
        self.last_card.hide()
        return self.last_card

    @property
    def last(self) -> LastMerge | None:
        """The merge that would be undone."""
        return self._last

    def show_last(self, last: LastMerge | None) -> None:
        """The last merge, and why it cannot be undone if so."""
        self._last = last
        self.last_card.setVisible(last is not None)
        self._form.hide()
        self.reason.clear()
        if last is None:
            return
        facts = {"files": last.files, "sites": last.sites, "refusals": last.refusals, "keys": last.keys}
        words = tr("inbox.last", at=i18n.local_time(last.at), **facts)
        fault = last.blocked
        if fault is not None:
            if "action" in fault.params:
                fault = type(fault)(
                    fault.code, fault.place, {**fault.params, "action": _action(fault.params["action"])}
                )
            words = f"{words}\n{i18n.fault(fault)}"
        self._last_text.setText(words)
        self.ask_button.setVisible(fault is None)
        self._question.setText(tr("inbox.undo.question", **facts))

    def _ask(self) -> None:
        self._form.show()
        self.ask_button.hide()
        aloud.say(self._question, self._question.text())
        self.reason.setFocus()
        page = self.parentWidget()
        while page is not None and not isinstance(page, QScrollArea):
            page = page.parentWidget()
        if page is not None:
            into_sight(page, self.last_card)

    def _keep(self) -> None:
        self._form.hide()
        self.reason.clear()
        self.ask_button.show()
        self.ask_button.setFocus()


def droppable(data: QMimeData) -> bool:
    """Whether a drop is score files, or ZIPs or folders with some; the window knows where everything else goes."""
    paths = local_files(data)
    return bool(paths) and all(
        (path.is_dir() or path.suffix.lower() in SCORE_ENDINGS) and holds_scores(path) for path in paths
    )


def counts(report: MergeReport) -> str:
    """How many files got which verdict."""
    found = report.counts()
    return tr("list.separator").join(
        f"{verdict_state(name)[0]} {found[name]}"
        for name in ("accepted", "duplicate", "superseded", "conflict", "refused")
        if name in found
    )


def _group_name(group: str) -> str:
    return {
        "": tr("inbox.group.all"), "merge": tr("inbox.group.merge"), "there": tr("inbox.group.there"),
        "refused": tr("inbox.group.refused"), "conflict": tr("inbox.group.conflict"),
    }[group]  # fmt: skip


def _action(action: object) -> str:
    return action_name(str(action))
