"""发放: one encrypted bundle per expert, tested before it counts, and the slips with the secrets."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QDate
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QAbstractItemView, QTabWidget, QWidget

from ndb_desktop.services.freezing import freeze
from ndb_desktop.services.issue import IssueReport, issue_bundles, issue_supplements
from ndb_desktop.services.issue_chain import in_force
from ndb_desktop.services.issue_recall import recall_bundle
from ndb_desktop.services.report import secret_slips
from ndb_desktop.storage.registry_rows import IssuedBundle
from ndb_desktop.texts import fault_line
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.calibration_actions import CalibrationActions
from ndb_desktop.ui.coordinator.calibration_part import CalibrationPart
from ndb_desktop.ui.coordinator.freeze_card import FreezeCard
from ndb_desktop.ui.coordinator.page import OfficePage
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel, amp
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.beside import Beside
from ndb_desktop.ui.widgets.counter import DateField
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, fill, row
from ndb_desktop.ui.widgets.table import Column, DataTable

KEPT = "issue.latest"
FAILED = "issue.failed"
_SHOWN = 12
"""Failures named on the page; a run in which more fail has one cause."""


@dataclass(frozen=True)
class _Line:
    expert: str
    name: str
    applications: int
    bundle: IssuedBundle | None
    has_key: bool
    outdated: bool


class IssuePage(OfficePage):
    """Issue to all who wait, or anew to those selected."""

    def __init__(self, store: OfficeStore) -> None:
        super().__init__("issue", tr("issue.title"), tr("issue.text"), store)
        card = self._issue_card()
        self._refused = PlainLabel("", "warning")
        self._refused.setObjectName("issue.failed")
        self.table = DataTable(tr("issue.title"), _columns())
        self.table.setObjectName("issue.table")
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setMinimumHeight(340)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        self.frozen = FreezeCard()
        self.frozen.freeze.connect(self._freeze)
        issue = column(self.frozen, card, self.table, self._recall_card(), gap=2, margins=2)
        issue.setStretch(2, 1)
        self.calibration = CalibrationPart(later=store.snapshot.stage != "selection")
        CalibrationActions(self, self.calibration)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("issue.tabs")
        self.tabs.setAccessibleName(tr("issue.title"))
        part = TallPart()
        part.setLayout(issue)
        self.tabs.addTab(part, amp(tr("issue.title")))
        self.tabs.addTab(self.calibration, amp(tr("calibration.title")))
        self.tabs.currentChanged.connect(lambda _number: self.calibration.shut())
        fill(self.body, (self._refused, self.tabs))
        self.body.setStretch(1, 1)
        self.refresh()

    def _issue_card(self) -> Card:
        """How the bundles open and for how long, and whom they are issued to."""
        self.all = Button(tr("issue.all"), "primary", "send")
        self.all.setObjectName("issue.all")
        self.all.clicked.connect(lambda: self._issue(None))
        self.again = Button(tr("issue.again"), "normal", "refresh-cw")
        self.again.setObjectName("issue.again")
        self.again.clicked.connect(lambda: self._issue(self._chosen()))
        self.supplement = Button(tr("issue.supplement"), "normal", "package-open")
        self.supplement.setObjectName("issue.supplement")
        self.supplement.clicked.connect(self._supplement)
        self.slips = Button(tr("issue.slips"), "normal", "printer")
        self.slips.setObjectName("issue.slips")
        self.slips.clicked.connect(self._slips)
        self.expires = PlainCheckBox(tr("issue.expires"))
        self.expires.setObjectName("issue.expires")
        today = QDate.currentDate()
        self.date = DateField(tr("issue.expires"), today.addDays(30), today)
        self.date.setObjectName("issue.date")
        self.date.setEnabled(False)
        self.expires.toggled.connect(self.date.setEnabled)
        card = Card(gap=1.5, margins=2.5)
        card.box.addWidget(PlainLabel(tr("issue.how"), "muted"))
        self.opening = Choice(tr("issue.opening"))
        self.opening.setObjectName("issue.opening")
        self.opening.set_choices(
            [("auto", tr("issue.opening.auto")), ("key", tr("issue.opening.key")), ("slip", tr("issue.opening.slip"))]
        )
        opening = row(PlainLabel(tr("issue.opening"), wrap=False), self.opening)
        opening.setStretch(1, 1)
        card.box.addLayout(opening)
        card.box.addLayout(row(self.expires, self.date, None))
        card.box.addLayout(Flow(self.all, self.again, self.supplement, self.slips))
        for note in self._notes():
            card.box.addWidget(note)
        return card

    def _notes(self) -> tuple[QWidget, ...]:
        """What is said of those selected."""
        self._note = PlainLabel("", "small")
        self._changed = PlainLabel("", "warning")
        self._changed.setObjectName("issue.changed")
        self._replaced = PlainLabel("", "small")
        self._replaced.setObjectName("issue.replaced")
        # Its place stays when nobody is selected: tabs do not grow with what stands in them.
        kept = self._replaced.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self._replaced.setSizePolicy(kept)
        return self._note, self._changed, self._replaced

    def open_part(self, part: str) -> None:
        if part == "calibration":
            self.tabs.setCurrentWidget(self.calibration)

    def _recall_card(self) -> Card:
        self.reason = LineEdit(tr("issue.recall.reason"), "", tr("issue.recall.reason.hint"))
        self.reason.setObjectName("issue.recall.reason")
        self.reason.textChanged.connect(self._enable)
        self.recall = Button(tr("issue.recall"), "danger", "ban")
        self.recall.setObjectName("issue.recall")
        self.recall.clicked.connect(self._recall)
        line = Beside(self.reason, self.recall)
        head, text = PlainLabel(tr("issue.recall.heading"), "heading"), PlainLabel(tr("issue.recall.text"), "muted")
        card = Card(head, text, gap=1, margins=2)
        card.box.addWidget(line)
        return card

    def hideEvent(self, event: QHideEvent) -> None:
        """Scores are not left standing behind another page."""
        super().hideEvent(event)
        self.calibration.shut()

    def _freeze(self) -> None:
        self.job(
            tr("freeze.button"),
            lambda office, _progress, _cancel: freeze(office),
            lambda _made: self.banner.info(tr("freeze.made")),
        )

    def refresh(self) -> None:
        snapshot = self.snapshot
        self.frozen.show_snapshot(snapshot)
        self.calibration.show_snapshot(snapshot)
        names = {expert.id: expert.name for expert in snapshot.experts}
        # A key that nobody confirmed may be anybody's, so nothing is sealed to it.
        with_key = {key.expert for key in snapshot.keys if key.status == "active"}
        current = in_force(snapshot.issued)
        late = {row.expert for row in snapshot.outdated}
        counts: dict[str, int] = {}
        for pair in snapshot.assignments:
            counts[pair.expert] = counts.get(pair.expert, 0) + 1
        self._lines = [
            _Line(expert, names.get(expert, ""), count, current.get(expert), expert in with_key, expert in late)
            for expert, count in sorted(counts.items())
        ]
        self.table.set_rows(self._lines)
        self._enable()

    def _enable(self) -> None:
        waiting = sum(line.bundle is None for line in self._lines)
        signing = not self.snapshot.recovered
        self.all.setEnabled(bool(self._lines) and signing)
        self.again.setEnabled(bool(self._chosen()) and signing)
        late = len(self.snapshot.outdated)
        self.supplement.setEnabled(bool(late) and signing)
        self._changed.setText(tr("issue.supplement.waiting", count=late))
        self._changed.setVisible(bool(late))
        chosen = set(self._chosen())
        held = [line for line in self._lines if line.bundle and line.expert in chosen]
        self._replaced.setText(tr("issue.replaced", count=len(held) or 1))
        self._replaced.setVisible(bool(held))
        self._show_failures()
        self.recall.setEnabled(len(held) == len(chosen) == 1 and bool(self.reason.text().strip()) and signing)
        self.slips.setEnabled(any(line.bundle and line.bundle.secret for line in self._lines))
        if not self._lines:
            self._note.setText(tr("issue.none"))
        elif self.snapshot.recovered:
            self._note.setText(tr("issue.recovered"))
        else:
            self._note.setText(tr("issue.waiting", waiting=waiting, total=len(self._lines)))

    def _show_failures(self) -> None:
        """Those whose bundle could not be made stay on the page until one was issued to them."""
        done = {line.expert for line in self._lines if line.bundle and line.bundle.issued_at > self._failed_at()}
        failed = [one for one in self.store.kept.get(FAILED, ((), ""))[0] if one.expert not in done]
        language = i18n.language()
        lines = [f"{one.expert} {one.name}：{fault_line(one.fault, language)}" for one in failed[:_SHOWN]]
        more = [tr("issue.failed.more", count=len(failed) - _SHOWN)] if len(failed) > _SHOWN else []
        self._refused.setText("\n".join([tr("issue.failed", count=len(failed)), *lines, *more]) if failed else "")
        self._refused.setVisible(bool(failed))

    def _failed_at(self) -> str:
        at: str = self.store.kept.get(FAILED, ((), ""))[1]
        return at

    def _chosen(self) -> tuple[str, ...]:
        rows = self.table.selectionModel().selectedRows()
        return tuple(self.table.source.row_at(self.table.proxy.mapToSource(index).row()).expert for index in rows)

    def _expiry(self) -> str | None:
        if not self.expires.isChecked():
            return None
        day = self.date.date()
        # The end of that day on the coordinator's own clock.
        end = datetime(day.year(), day.month(), day.day(), 23, 59, 59).astimezone(UTC)
        return end.strftime("%Y-%m-%dT%H:%M:%SZ")

    def _issue(self, experts: tuple[str, ...] | None) -> None:
        folder = files.pick_folder(self, tr("issue.folder"))
        if folder is None:
            return
        expires, opening = self._expiry(), self.opening.value()
        before = {bundle.bundle_id for bundle in self.snapshot.issued}
        self.job(
            tr("issue.running"),
            lambda office, progress, cancel: issue_bundles(
                office, folder, experts=experts, expires_at=expires, opening=opening, progress=progress, cancel=cancel
            ),
            self._issued,
            lambda: self._cancelled(before),
        )

    def _issued(self, report: IssueReport) -> None:
        self.store.kept[KEPT] = report.issued
        self._keep_failures(report)
        if not report.issued:
            self.banner.info(tr("issue.nothing"))
            return
        secrets = sum(bundle.secret is not None for bundle in report.issued)
        self.banner.made(
            tr("issue.done", count=len(report.issued), folder=report.folder.name, secrets=secrets), report.folder
        )

    def _keep_failures(self, report: IssueReport) -> None:
        newest = max((bundle.issued_at for bundle in report.issued), default="")
        self.store.kept[FAILED] = (report.failed, newest)
        self._show_failures()

    def _supplement(self) -> None:
        folder = files.pick_folder(self, tr("issue.folder"))
        if folder is None:
            return
        expires = self._expiry()
        before = {bundle.bundle_id for bundle in self.snapshot.issued}
        self.job(
            tr("issue.supplement.running"),
            lambda office, progress, cancel: issue_supplements(
                office, folder, expires_at=expires, progress=progress, cancel=cancel
            ),
            self._supplemented,
            lambda: self._cancelled(before),
        )

    def _supplemented(self, report: IssueReport) -> None:
        self._keep_failures(report)
        self.banner.made(
            tr("issue.supplement.done", count=len(report.issued), folder=report.folder.name), report.folder
        )

    def _recall(self) -> None:
        (expert,), reason = self._chosen(), self.reason.text().strip()
        folder = files.pick_folder(self, tr("issue.folder"))
        if folder is None:
            return
        self.job(
            tr("issue.recall.running"),
            lambda office, progress, cancel: recall_bundle(
                office, folder, expert, reason, progress=progress, cancel=cancel
            ),
            self._recalled,
        )

    def _recalled(self, notice: IssuedBundle) -> None:
        self.reason.clear()
        path = Path(notice.path)
        self.banner.made(tr("issue.recall.done", name=path.name), path.parent)

    def _cancelled(self, before: Set[str]) -> str:
        made = tuple(bundle for bundle in self.snapshot.issued if bundle.bundle_id not in before)
        if not made:
            return tr("issue.cancelled.none")
        # Their slips are as much wanted as those of a run that came to its end.
        self.store.kept[KEPT] = made
        return tr("issue.cancelled.some", count=len(made))

    def _slips(self) -> None:
        latest: tuple[IssuedBundle, ...] = self.store.kept.get(KEPT, ())
        bundles = [bundle for bundle in latest if bundle.secret] or [
            line.bundle for line in self._lines if line.bundle and line.bundle.secret
        ]
        suggested = Path.home() / f"{self.snapshot.batch.id}-slips.pdf"
        target = files.pick_target(self, tr("issue.slips"), suggested, "PDF (*.pdf)")
        if target is not None:
            self._write_slips(bundles, target)

    def _write_slips(self, bundles: Sequence[IssuedBundle], target: Path) -> None:
        language = i18n.language()
        self.job(
            tr("issue.slips"),
            lambda office, _progress, _cancel: secret_slips(office, bundles, target, language=language),
            lambda _made: self.banner.info(
                tr("report.written", name=target.name),
                action=tr("action.open"),
                act=lambda: self.banner.open_file(target),
            ),
        )


def _state(line: _Line) -> str:
    if line.bundle is None:
        return "issue.state.waiting"
    if line.outdated:
        return "issue.state.outdated"
    return {"supplement": "issue.state.supplement", "replacement": "issue.state.replacement"}.get(
        line.bundle.kind, "issue.state.issued"
    )


def _columns() -> tuple[Column[_Line], ...]:
    return (
        Column(tr("column.expert"), lambda r: r.expert, width=110),
        Column(tr("column.name"), lambda r: r.name, width=160),
        Column(tr("column.applications"), lambda r: str(r.applications), number=True, sort=lambda r: r.applications),
        Column(
            tr("column.opens"), lambda r: tr("issue.by.key") if r.has_key else tr("issue.by.secret"),
            icon=lambda r: ("key-round", "accent") if r.has_key else ("lock", "text"),
        ),
        Column(
            tr("column.state"), lambda r: tr(_state(r)),
            icon=lambda r: ("circle", "muted") if not r.bundle
            else (("circle-alert", "warning") if r.outdated else ("circle-check", "accent")),
        ),
        Column(tr("column.issued"), lambda r: i18n.local_time(r.bundle.issued_at) if r.bundle else "—"),
        Column(tr("column.file"), lambda r: Path(r.bundle.path).name if r.bundle else "—", stretch=True),
    )  # fmt: skip
