"""归并: a verdict per file before anything is written; merge, receipts, contradictions decided with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ndb_desktop.services.digest_words import spoken
from ndb_desktop.services.merge import FileVerdict, MergeReport, merge_files, resolve_conflict
from ndb_desktop.services.merge_receipts import write_receipts
from ndb_desktop.storage.registry_rows import Standing
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.page import OfficePage
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.coordinator.words import key_state, verdict_state
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.layout import Card, fill, row
from ndb_desktop.ui.widgets.table import Column, DataTable

KEPT = "merge.plan"
_FIRST = ("refused", "conflict", "accepted", "superseded", "duplicate")


class MergePage(OfficePage):
    """The dry run comes first, always."""

    def __init__(self, store: OfficeStore) -> None:
        super().__init__("merge", tr("merge.title"), tr("merge.text"), store)
        pick = Button(tr("merge.files"), "normal", "inbox")
        pick.setObjectName("merge.files")
        pick.clicked.connect(self._pick_files)
        folder = Button(tr("merge.folder"), "normal", "folder-open")
        folder.setObjectName("merge.folder")
        folder.clicked.connect(self._pick_folder)
        self.accept = Button(tr("merge.accept"), "primary", "git-merge")
        self.accept.setObjectName("merge.accept")
        self.accept.clicked.connect(self._merge)
        self.receipts = Button(tr("merge.receipts"), "normal", "file-check")
        self.receipts.setObjectName("merge.receipts")
        self.receipts.clicked.connect(self._receipts)
        self._title = PlainLabel("", "heading")
        self._summary = PlainLabel("", "muted")
        self._reason = PlainLabel("", "muted", selectable=True)
        self.empty = EmptyState("inbox", tr("merge.empty"), tr("merge.empty.text"))
        self.table = DataTable(tr("merge.title"), _columns())
        self.table.setObjectName("merge.table")
        self.table.setMinimumHeight(300)
        self.table.selectionModel().currentChanged.connect(lambda *_: self._explain())
        buttons = row(pick, folder, None, self.receipts, self.accept)
        heading = row(self._title, self._summary, None, gap=2)
        fill(self.body, (buttons, heading, self.empty, self.table, self._reason, self._conflict_card()))
        self.body.setStretch(3, 1)
        self.refresh()

    def refresh(self) -> None:
        self._show_plan()
        self._show_conflicts()

    # ----- the plan -----

    def take(self, paths: Sequence[Path]) -> None:
        """Judges files, folders or ZIPs without writing anything."""
        chosen = tuple(paths)
        self.job(
            tr("merge.checking"),
            lambda office, progress, cancel: merge_files(
                office, chosen, dry_run=True, progress=progress, cancel=cancel
            ),
            lambda report: self._planned(chosen, report),
            lambda: tr("merge.check.cancelled"),
        )

    def _pick_files(self) -> None:
        patterns = f"{tr('files.scores')} (*.ndbscore *.zip);;{tr('files.all')} (*)"
        chosen = files.pick_files(self, tr("merge.files"), patterns)
        if chosen:
            self.take(chosen)

    def _pick_folder(self) -> None:
        folder = files.pick_folder(self, tr("merge.folder"))
        if folder is not None:
            self.take((folder,))

    def _planned(self, paths: tuple[Path, ...], report: MergeReport) -> None:
        self.store.kept[KEPT] = (paths, report)
        self.refresh()
        (self.accept if self.accept.isEnabled() else self.table).setFocus()

    def _merge(self) -> None:
        paths, _report = self.store.kept[KEPT]
        self.job(
            tr("merge.running"),
            lambda office, progress, cancel: merge_files(office, paths, progress=progress, cancel=cancel),
            lambda report: self._merged(paths, report),
            lambda: tr("merge.cancelled"),
        )

    def _merged(self, paths: tuple[Path, ...], report: MergeReport) -> None:
        self.store.kept[KEPT] = (paths, report)
        self.refresh()
        self.banner.info(_counts(report), tr("merge.done"))

    def _receipts(self) -> None:
        _paths, report = self.store.kept[KEPT]
        folder = files.pick_folder(self, tr("merge.receipts"))
        if folder is None:
            return
        self.job(
            tr("merge.receipts"),
            lambda office, _progress, _cancel: write_receipts(office, report, folder),
            lambda written: self.banner.info(
                tr("merge.receipts.done", count=len(written)),
                action=tr("action.show.folder"),
                act=lambda: self.banner.reveal(folder),
            ),
        )

    def _show_plan(self) -> None:
        kept = self.store.kept.get(KEPT)
        report: MergeReport | None = kept[1] if kept else None
        self.empty.setVisible(report is None)
        self.table.setVisible(report is not None)
        self._title.setVisible(report is not None)
        self._summary.setVisible(report is not None)
        planned = report is not None and report.dry_run
        self.accept.setEnabled(planned and any(v.verdict != "duplicate" for v in report.verdicts))  # type: ignore[union-attr]
        self.receipts.setEnabled(report is not None and not report.dry_run and not self.snapshot.recovered)
        if report is not None:
            self._title.setText(tr("merge.plan") if report.dry_run else tr("merge.after"))
            self._summary.setText(_counts(report))
            self.table.set_rows(sorted(report.verdicts, key=lambda row: _FIRST.index(row.verdict)))
        self._explain()

    def _explain(self) -> None:
        verdict: FileVerdict | None = self.table.selected() if self.table.isVisibleTo(self) else None
        self._reason.setVisible(verdict is not None)
        if verdict is None:
            return
        lines = [f"{verdict.path} · {verdict_state(verdict.verdict)[0]}"]
        lines += [f"{i18n.fault(fault)}  [{fault.code}]" for fault in verdict.faults[:20]]
        if verdict.payload_sha256:
            zh, en = (spoken(verdict.payload_sha256, language) for language in ("zh_CN", "en"))
            lines.append(tr("verify.words", zh=zh, en=en))
        if verdict.file_sha256:
            lines.append(f"SHA-256 {verdict.file_sha256}")
        self._reason.setText("\n".join(lines))

    # ----- contradictions -----

    def _conflict_card(self) -> Card:
        self.pair = Choice(tr("merge.conflict.pair"))
        self.pair.setObjectName("merge.conflict.pair")
        self.pair.chosen.connect(lambda _pair: self._show_versions())
        self.version = Choice(tr("merge.conflict.version"))
        self.version.setObjectName("merge.conflict.version")
        self.reason = LineEdit(tr("merge.conflict.reason"), "", tr("merge.conflict.reason.hint"))
        self.reason.setObjectName("merge.conflict.reason")
        self.decide = Button(tr("merge.conflict.decide"), "normal", "check")
        self.decide.setObjectName("merge.conflict.decide")
        self.decide.clicked.connect(self._decide)
        self.reason.textChanged.connect(lambda text: self.decide.setEnabled(bool(text.strip())))
        self.decide.setEnabled(False)
        card = Card(
            PlainLabel(tr("merge.conflict"), "heading"), PlainLabel(tr("merge.conflict.text"), "muted"), kind="warning"
        )
        for part in (self.pair, self.version, self.reason):
            card.box.addWidget(part)
        card.box.addLayout(row(self.decide, None))
        self._conflicts = card
        return card

    def _show_conflicts(self) -> None:
        open_now = [row for row in self.snapshot.standings if row.state == "conflict"]
        self._conflicts.setVisible(bool(open_now))
        names = {a.id: a.applicant for a in self.snapshot.applications}
        self.pair.set_choices([(r, f"{r.expert} · {r.application} {names.get(r.application, '')}") for r in open_now])
        self._show_versions()

    def _show_versions(self) -> None:
        pair: Standing | None = self.pair.value()
        choices = [(d, tr("merge.conflict.digest", digest=d[:16])) for d in pair.digests] if pair else []
        self.version.set_choices(choices)

    def _decide(self) -> None:
        pair: Standing = self.pair.value()
        digest, reason = self.version.value(), self.reason.text().strip()
        self.job(
            tr("merge.conflict.decide"),
            lambda office, _progress, _cancel: resolve_conflict(office, pair.application, pair.expert, digest, reason),
            lambda _none: self._decided(),
        )

    def _decided(self) -> None:
        self.reason.clear()
        self.banner.info(tr("merge.conflict.decided"))


def _counts(report: MergeReport) -> str:
    counts = report.counts()
    return tr("list.separator").join(
        f"{verdict_state(name)[0]} {counts[name]}"
        for name in ("accepted", "duplicate", "superseded", "conflict", "refused")
        if name in counts
    )


def _columns() -> tuple[Column[FileVerdict], ...]:
    return (
        Column(
            tr("column.verdict"), lambda v: verdict_state(v.verdict)[0], icon=lambda v: verdict_state(v.verdict)[1:],
        ),
        Column(tr("column.expert"), lambda v: f"{v.expert} {v.expert_name}".strip(), width=150),
        Column(tr("column.revision"), lambda v: str(v.revision or ""), number=True, sort=lambda v: v.revision),
        Column(tr("column.sheets"), lambda v: str(len(v.sheets) or ""), number=True, sort=lambda v: len(v.sheets)),
        Column(tr("column.key"), lambda v: key_state(v.key_status)[0] if v.key_status != "none" else ""),
        Column(tr("column.why"), lambda v: i18n.fault(v.fault) if v.fault else "", stretch=True),
        Column(tr("column.file"), lambda v: v.path, width=280),
    )  # fmt: skip
