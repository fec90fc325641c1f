"""回避核对: lists taken in after a look at what they would bring, all conflicts in one table, 待核 settled by keys."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSplitter, QWidget

from ndb_desktop.domain.conflict_detect import LIST_KINDS
from ndb_desktop.domain.conflict_ruling import Outcome, Pair, PairConflicts
from ndb_desktop.domain.kinship import Kin
from ndb_desktop.services.conflicts import Settled
from ndb_desktop.ui import theme
from ndb_desktop.ui.coordinator.conflict_card import ConflictCard
from ndb_desktop.ui.coordinator.conflict_rows import SEARCHED, ConflictTable, Draft, Listed, columns
from ndb_desktop.ui.coordinator.page import search_box
from ndb_desktop.ui.coordinator.report_card import ReportCard
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets import files, sight, splits
from ndb_desktop.ui.widgets.drop import local_files
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import column, holder, row

DRAFTS = "conflicts.drafts"
_READ = "conflicts.drafts.read"
TABLE = "table"
"""The kind of a table of conflicts that are known already, beside the six lists to check against."""
_BESIDE = 960
_NO_MOST = (1 << 24) - 1
"""Qt's own number for a widget that may be as large as it likes."""


@dataclass(frozen=True)
class Known:
    """What was read, and up to which entry of the log it holds."""

    entries: int
    pairs: tuple[PairConflicts, ...]
    kin: tuple[Kin, ...]
    drafts: tuple[Settled, ...] = ()


class ConflictsPart(TallPart):
    """Signals: `chosen(str, object)` kind and file to look at; `accepted()` take the file that was looked at;
    `detect()`; `sign(object)` a list of `Settled`; `drafted(object)` the same whenever the drafts have changed.
    """

    chosen = Signal(str, object)
    accepted = Signal()
    detect = Signal()
    sign = Signal(object)
    drafted = Signal(object)

    def __init__(self, store: OfficeStore) -> None:
        super().__init__()
        self._store = store
        self._known: Known | None = None
        self._file: Path | None = None
        self.setAcceptDrops(True)
        self.report = ReportCard("conflicts")
        self.report.accepted.connect(self.accepted)
        self.report.closed.connect(self.forget_file)
        self._make_table()
        box = column(
            PlainLabel(tr("screen.text"), "muted"), self._import_row(), self.report, self._tools, self.empty,
            self.split, gap=2, margins=2,
        )  # fmt: skip
        box.setStretch(5, 1)
        self.setLayout(box)
        self._show_rows()

    def _import_row(self) -> Flow:
        self.kind = Choice(tr("screen.kind"))
        self.kind.setObjectName("conflicts.kind")
        names = {
            "affiliates": tr("screen.kind.affiliates"),
            "aliases": tr("screen.kind.aliases"),
            "coauthors": tr("screen.kind.coauthors"),
            "former": tr("screen.kind.former"),
            "shares": tr("screen.kind.shares"),
            "spouses": tr("screen.kind.spouses"),
        }
        self.kind.set_choices([*((kind, names[kind]) for kind in LIST_KINDS), (TABLE, tr("screen.kind.table"))])
        self.kind.setMinimumContentsLength(14)
        self.kind.chosen.connect(lambda _kind: self._again())
        pick = Button(tr("screen.pick"), "normal", "folder-open")
        pick.setObjectName("conflicts.pick")
        pick.clicked.connect(self._pick)
        self.search = Button(tr("screen.detect"), "normal", "search")
        self.search.setObjectName("conflicts.detect")
        self.search.clicked.connect(self.detect)
        return Flow(self.kind, pick, self.search)

    def _make_table(self) -> None:
        self.filter = Choice(tr("screen.filter"))
        self.filter.setObjectName("conflicts.filter")
        self.filter.set_choices(
            [
                ("", tr("screen.all")), ("check", tr("conflict.state.check")), ("recuse", tr("conflict.state.recuse")),
                ("none", tr("conflict.state.none")), ("kin", tr("screen.state.kin")),
            ]
        )  # fmt: skip
        self.filter.chosen.connect(lambda _state: self._show_rows())
        self.table = ConflictTable(tr("screen.title"), columns())
        self.table.setObjectName("conflicts.table")
        self.table.setColumnHidden(SEARCHED, True)
        self.table.setMinimumSize(theme.pixels(340), theme.pixels(320))
        self.table.selectionModel().currentChanged.connect(lambda *_: self._show_row())
        self.card = ConflictCard()
        self.table.ruled.connect(self._rule)
        self.table.undone.connect(self._undo)
        self.table.on_activated(lambda _row: self.card.recuse.setFocus(Qt.FocusReason.TabFocusReason))
        self.card.settled.connect(self._settle)
        self.card.left.connect(self.table.setFocus)
        self.card.undone.connect(self._undo)
        self.card.signed.connect(self._sign)
        self.count = PlainLabel("", "body", wrap=False)
        self.count.setObjectName("conflicts.count")
        self.empty = EmptyState("user-x", tr("screen.empty"), tr("screen.empty.text"))
        self._tools = holder(row(self.filter, search_box("conflicts.search", self.table), self.count, None, gap=2))
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setObjectName("conflicts.split")
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.table)
        self.split.addWidget(self.card)
        self.split.setStretchFactor(0, 3)
        self.split.setStretchFactor(1, 2)
        self.split.setSizes([640, 360])
        splits.remember(self.split, "conflicts")

    # ----- files -----

    def _pick(self) -> None:
        path = files.pick_file(self, tr("screen.pick"), f"{tr('screen.files')} (*.csv *.xlsx)")
        if path is not None:
            self.take(path)

    def take(self, path: Path) -> None:
        """Looks at a list; a file name that tells its kind chooses it."""
        self._file = path
        self.chosen.emit(self.kind.value(), path)

    def _again(self) -> None:
        if self._file is not None:
            self.chosen.emit(self.kind.value(), self._file)

    def file(self) -> Path | None:
        """The file that was looked at."""
        return self._file

    def forget_file(self) -> None:
        """No list is about to be taken."""
        self._file = None
        self.report.hide()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if [path for path in local_files(event.mimeData()) if path.suffix.lower() in (".csv", ".xlsx")]:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [path for path in local_files(event.mimeData()) if path.suffix.lower() in (".csv", ".xlsx")]
        if paths:
            event.acceptProposedAction()
            self.take(paths[0])

    # ----- the table -----

    def show_known(self, known: Known | None) -> None:
        """What the registry holds; drafts on pairs that are gone or certain by now go too."""
        self._known = known
        if known is not None:
            if not self._store.kept.get(_READ):
                # Those of an earlier session; from now on what is in hand counts.
                self._store.kept[_READ] = True
                self._drafts().update(
                    {(one.expert, one.application): Draft(one.outcome, one.reason) for one in known.drafts}
                )
            pairs = {(pair.expert, pair.application): pair for pair in known.pairs}
            gone = [place for place in self._drafts() if place not in pairs]
            for place in gone:
                del self._drafts()[place]
            if gone:
                self._keep()
        self._show_rows()

    def _drafts(self) -> dict[Pair, Draft]:
        """What is not signed yet, in the order it was decided; a rebuild of the pages keeps it."""
        drafts: dict[Pair, Draft] = self._store.kept.setdefault(DRAFTS, {})
        return drafts

    def _stack(self) -> list[Settled]:
        return [Settled(*place, one.outcome, one.reason) for place, one in self._drafts().items()]

    def _keep(self) -> None:
        self.drafted.emit(self._stack())

    def _rows(self) -> list[Listed]:
        if self._known is None:
            return []
        snapshot, drafts = self._store.snapshot, self._drafts()
        people = {expert.id: expert.name for expert in snapshot.experts}
        applicants = {one.id: one.applicant for one in snapshot.applications}
        rows = [
            Listed(
                pair.expert, people.get(pair.expert, ""), pair.application, applicants.get(pair.application, ""), pair,
                drafts.get((pair.expert, pair.application)),
            )
            for pair in self._known.pairs
        ]  # fmt: skip
        rows += [
            Listed(kin.one, f"{people.get(kin.one, '')} / {kin.other} {people.get(kin.other, '')}", "", "", kin=kin)
            for kin in self._known.kin
        ]
        return rows

    def _show_rows(self, chosen: Pair | None = None) -> None:
        everything, wanted = self._rows(), self.filter.value()
        before: Listed | None = self.table.selected()
        place = chosen or (before.place if before is not None else None)
        rows = [one for one in everything if not wanted or wanted == _base(one)]
        waiting = sum(one.open for one in everything)
        self.table.set_rows(rows)
        self.empty.setVisible(self._known is not None and not everything)
        self.split.setVisible(bool(everything))
        self._tools.setVisible(bool(everything))
        self.count.setText(tr("screen.count", count=len(everything), open=waiting))
        self.card.show_stack(len(self._drafts()), may_sign=not self._store.snapshot.recovered)
        number = next((n for n, one in enumerate(rows) if one.place == place), -1)
        if number < 0:
            number = next((n for n, one in enumerate(rows) if one.open), 0 if rows else -1)
        self.table.choose(number)
        self._show_row()

    def _show_row(self) -> None:
        self.card.show_row(self.table.selected())

    # ----- settling -----

    def _rule(self, outcome: Outcome) -> None:
        self.card.rule(outcome)
        if self.card.list.isVisible():
            self._see(self.card.list)

    def _see(self, widget: QWidget) -> None:
        """Brings a part into sight where the card stands below the table."""
        area = self.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if area is not None:
            sight.into_sight(area, widget)

    def _settle(self, outcome: Outcome, reason: str) -> None:
        listed: Listed | None = self.table.selected()
        if listed is None:
            return
        drafts = self._drafts()
        drafts.pop(listed.place, None)
        drafts[listed.place] = Draft(outcome, reason)
        self._keep()
        self._show_rows(listed.place)
        number = self.table.next_open()
        if number >= 0:
            self.table.choose(number)
            self.table.setFocus(Qt.FocusReason.TabFocusReason)
            self._see(self.table)
        else:
            self.card.sign.setFocus(Qt.FocusReason.TabFocusReason)

    def _undo(self) -> None:
        drafts = self._drafts()
        if drafts:
            place, _ = drafts.popitem()
            self._keep()
            self._show_rows(place)
            self.table.setFocus(Qt.FocusReason.TabFocusReason)

    def _sign(self) -> None:
        self.sign.emit(self._stack())

    def signed(self) -> None:
        """The drafts are decisions now."""
        self._drafts().clear()

    def resizeEvent(self, event: QResizeEvent) -> None:
        beside = self.width() >= theme.pixels(_BESIDE)
        self.split.setOrientation(Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical)
        # With the card below it the table gives way, so that both are in sight.
        self.table.setMinimumHeight(theme.pixels(320 if beside else 220))
        self.table.setMaximumHeight(_NO_MOST if beside else theme.pixels(220))
        super().resizeEvent(event)


def _base(listed: Listed) -> str:
    """The state on record: what is only drafted stays where it waits."""
    return "kin" if listed.pair is None else listed.pair.state
