"""评审分析: how experts marked, behind the logged door of the scores; every figure leads to the sheets behind it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import QScrollArea, QTabWidget, QWidget

from ndb_desktop.domain.flaglife import FlagCase, FlagStep, mark
from ndb_desktop.domain.panelflags import flag_phrase
from ndb_desktop.domain.spread import BINS, Spread, spread
from ndb_desktop.services import flags
from ndb_desktop.services.analytics import BatchAnalytics, TracedFlag, internal_analytics
from ndb_desktop.services.analytics_collect import SheetRef
from ndb_desktop.services.office import Office
from ndb_desktop.services.signed_file import SignedFile, signed_file
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.coordinator.analytics_rows import (
    Person,
    Range,
    SheetLine,
    Unit,
    expert_columns,
    expert_lines,
    range_columns,
    range_lines,
    ranges,
    sheet_columns,
    unit_columns,
    unit_lines,
    units,
)
from ndb_desktop.ui.coordinator.datum_words import names
from ndb_desktop.ui.coordinator.flags_part import FlagsPart
from ndb_desktop.ui.coordinator.page import OfficePage, search_box
from ndb_desktop.ui.coordinator.signed_file_card import SignedFileCard
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel, amp
from ndb_desktop.ui.widgets.bars import BarPlot
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.layout import Card, column, fill, holder, row
from ndb_desktop.ui.widgets.sight import into_sight
from ndb_desktop.ui.widgets.table import DataTable

_UNITS = 2
"""The tab of the applications."""


class AnalyticsPage(OfficePage):
    """Ranges, applications, experts and flags; below them plot, words and sheets of the row that is chosen."""

    def __init__(self, store: OfficeStore) -> None:
        super().__init__("analytics", tr("analytics.title"), tr("analytics.text"), store)
        self._found: BatchAnalytics | None = None
        self._traced: dict[str, TracedFlag] = {}
        self._wanted = ""
        self._sheets: tuple[SheetLine, ...] = ()
        self._door = EmptyState("eye", tr("analytics.door"), tr("analytics.door.text"), tr("analytics.door.button"))
        self._door.button.setObjectName("analytics.door")
        self._door.button.clicked.connect(self._open)
        self._inside = self._make_inside()
        fill(self.body, (self._door, self._inside))
        self.body.setStretch(1, 1)
        self.refresh()

    def _make_inside(self) -> QWidget:
        close = Button(tr("results.close"), "quiet", "eye-off")
        close.setObjectName("analytics.close")
        close.clicked.connect(self.refresh)
        warning = Card(PlainLabel(tr("analytics.inside"), "warning"), kind="warning", margins=1.5)
        self.ranges = self._table("analytics.ranges", DataTable(tr("analytics.ranges"), range_columns()))
        self.units = self._table(
            "analytics.units", DataTable(tr("analytics.units"), unit_columns(), sortable=False)
        )  # no list by score, not even inside (R06)
        self.experts = self._table("analytics.experts", DataTable(tr("analytics.experts"), expert_columns()))
        self.flags = FlagsPart("analytics.flags", tr("analytics.flags.text"))
        self.flags.step.connect(self._step)
        self.flags.picked.connect(self._show_chosen)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("analytics.tabs")
        self.tabs.setAccessibleName(tr("analytics.title"))
        people = column(row(None, search_box("analytics.search", self.experts)), self.experts, gap=1, margins=1)
        many = column(row(None, search_box("analytics.units.search", self.units)), self.units, gap=1, margins=1)
        self.tabs.addTab(self.ranges, amp(tr("analytics.ranges")))
        self.tabs.addTab(holder(people), amp(tr("analytics.experts")))
        self.tabs.addTab(holder(many), amp(tr("analytics.units")))
        self.tabs.addTab(self.flags, amp(tr("analytics.flags")))
        self.tabs.currentChanged.connect(lambda _number: self._show_chosen())
        self._heading = PlainLabel("", "heading")
        self._heading.setObjectName("analytics.heading")
        self._words = PlainLabel("", selectable=True)
        self._words.setObjectName("analytics.words")
        self.plot = BarPlot(tr("analytics.plot"))
        self.plot.setObjectName("analytics.plot")
        self.plot.chosen.connect(lambda _bar: self._show_sheets())
        self._behind = PlainLabel("", "small")
        self._behind.setObjectName("analytics.behind")
        self.sheets = DataTable(tr("analytics.sheets"), sheet_columns(), sortable=False)
        self.sheets.setObjectName("analytics.sheets")
        self.sheets.setMinimumHeight(theme.pixels(180))
        self.sheets.on_activated(self._open_sheet)
        self.sheets.selectionModel().currentChanged.connect(lambda *_: self._update())
        self.open_file = Button(tr("signed.open"), "normal", "file-check")
        self.open_file.setObjectName("analytics.signed")
        self.open_file.clicked.connect(lambda: self._open_sheet(self.sheets.selected()))
        self.signed = SignedFileCard()
        self.signed.other.connect(lambda digest: self._open_sheet(self.sheets.selected(), digest))
        self.signed.copied.connect(lambda: self.banner.info(tr("signed.copied")))
        self.signed.left.connect(self.sheets.setFocus)
        head = row(warning, close)
        head.setStretch(0, 1)
        inside = column(
            head, self.tabs, self._heading, self._words, self.plot, self._behind, self.sheets,
            row(self.open_file, None), self.signed, gap=1.5,
        )  # fmt: skip
        inside.setStretch(1, 1)
        return holder(inside)

    def _table(self, name: str, table: DataTable) -> DataTable:
        table.setObjectName(name)
        table.setMinimumHeight(theme.pixels(200))
        table.selectionModel().currentChanged.connect(lambda *_: self._show_chosen())
        return table

    # ----- the door -----

    def refresh(self) -> None:
        """Scores are never kept: leaving the page, another job or closing shuts the door."""
        self._found, self._sheets, self._traced = None, (), {}
        for table in (self.ranges, self.units, self.experts, self.sheets):
            table.set_rows(())
        self.signed.forget()
        self.flags.show_flags((), self.snapshot)
        self.plot.show_bins(())
        self._words.setText("")
        self._inside.hide()
        self._door.show()

    def open_part(self, part: str) -> None:
        """Opens the door and leads to the application `part` with the sheets behind its figures."""
        self._wanted = part
        self._open()

    def _open(self) -> None:
        self.job(
            tr("analytics.computing"),
            lambda office, progress, cancel: internal_analytics(office, progress=progress, cancel=cancel),
            self._opened,
        )

    def _opened(self, found: BatchAnalytics) -> None:
        self._found = found
        self._traced = {mark(one.flag): one for one in found.flags}
        fields = {field.id: i18n.local(field.name) for field in self.snapshot.batch.fields}
        people = {one.id: one.name for one in self.snapshot.experts}
        self._door.hide()
        self._inside.show()
        self.ranges.set_rows(ranges(found, fields))
        self.experts.set_rows([Person(people.get(name, ""), one) for name, one in found.experts.items()])
        self.units.set_rows(units(found, fields))
        self.flags.show_flags((one.flag for one in found.flags), self.snapshot)
        for table in (self.ranges, self.units, self.experts):
            table.selectRow(0)
        self._show_chosen()
        self.ranges.setFocus()
        wanted, self._wanted = self._wanted, ""
        if wanted in found.applications:
            self.tabs.setCurrentIndex(_UNITS)
            self.units.selectRow(list(found.applications).index(wanted))
            self.units.setFocus()

    # ----- the signed file itself -----

    def _update(self) -> None:
        """One file at a time: what is open belongs to the sheet that is chosen."""
        self.signed.forget()
        self.open_file.setEnabled(self.sheets.selected() is not None)

    def _open_sheet(self, line: SheetLine | None, digest: str = "") -> None:
        """Opens the newest signed file of a sheet, or the one of that digest; the look goes on record as this page's.

        Every job shuts the door, for the page is made anew; what was in sight comes back as it was.
        """
        found = self._found
        if found is None or line is None or not line.ref.files:
            return
        wanted, name = digest or line.ref.files[-1], line.ref.application
        tables = (self.ranges, self.experts, self.units, self.flags.table)
        places = [(table, table.currentIndex().row()) for table in tables]
        bar = self.plot.bar

        def opened(file: SignedFile) -> None:
            self._opened(found)
            for table, number in places:
                table.selectRow(number)
            self._show_chosen()
            self.plot.choose(bar)
            rows = [one.ref for one in self.sheets.source.rows]
            self.sheets.selectRow(rows.index(line.ref))
            self.signed.show_file(file, line.ref.files)
            area = self.findChild(QScrollArea)
            if area is not None:
                into_sight(area, self.signed)

        self.job(tr("signed.opening"), lambda office, _progress, _cancel: signed_file(office, wanted, name), opened)

    # ----- what stands behind a figure -----

    def _show_chosen(self) -> None:
        found = self._found
        if found is None:
            return
        table = (self.ranges, self.experts, self.units, self.flags.table)[self.tabs.currentIndex()]
        chosen: Range | Person | Unit | FlagCase | None = table.selected()
        if isinstance(chosen, Range):
            group = chosen.group
            self._show(chosen.name, range_lines(group), group.sheets)
        elif isinstance(chosen, Person):
            expert = chosen.expert
            name = f"{expert.expert} {chosen.name}".strip()
            self._show(name, expert_lines(expert, found.severity, names(self.snapshot)), expert.sheets)
        elif isinstance(chosen, Unit):
            one = chosen.application
            lines = unit_lines(one, names(self.snapshot))
            self._show(f"{one.result.application} {chosen.applicant}", lines, one.sheets)
        elif isinstance(chosen, FlagCase):
            traced = self._traced[mark(chosen.flag)]
            self._show(i18n.phrase(flag_phrase(traced.flag)), (), traced.sheets)
        else:
            self._show("", (), ())

    def _step(self, case: FlagCase, to: FlagStep, reason: str) -> None:
        """Signs a step; the figures stay as they are, for no score depends on it."""
        found = self._found
        said = tr("flags.explained.done") if to == "explained" else tr("flags.closed.done")
        if found is None:
            return

        def signed(office: Office, _progress: Progress, _cancel: CancelToken) -> BatchAnalytics:
            flags.step(office, case, to, reason=reason)
            return found

        self.job(tr("flags.title"), signed, partial(self._stepped, said))

    def _stepped(self, said: str, found: BatchAnalytics) -> None:
        self._opened(found)
        self.flags.table.setFocus()
        self.banner.info(said)

    def _show(self, name: str, lines: Sequence[str], refs: Sequence[SheetRef]) -> None:
        found = self._found
        if found is None:
            return
        self._heading.setText(name)
        self._words.setText("\n".join(lines))
        self._words.setVisible(bool(lines))
        results, applications = found.result.results, found.result.applications
        self._sheets = tuple(
            SheetLine(
                ref, applications[ref.application].applicant, results[ref.application].judged_totals.get(ref.expert)
            )
            for ref in refs
        )
        marks: Spread | None = spread([line.mark for line in self._sheets if line.mark is not None])
        self.plot.show_bins(marks.bins if marks is not None else ())
        self._show_sheets()

    def _show_sheets(self) -> None:
        """All sheets of the row, or those whose mark lies under the bar that is chosen."""
        bar = self.plot.bar
        shown = [line for line in self._sheets if bar < 0 or _bar_of(line) == bar]
        self.sheets.set_rows(shown)
        self._update()
        words = tr("analytics.behind", count=len(shown))
        if bar >= 0:
            words = tr("analytics.behind.band", count=len(shown), band=self.plot.band(bar))
        self._behind.setText(words)


def _bar_of(line: SheetLine) -> int:
    """The bar a sheet's mark is counted in; as `spread` does it."""
    if line.mark is None:
        return -2
    found = spread([line.mark])
    return found.bins.index(1) if found is not None else BINS
