"""导入预览: what an import would do, looked at before it does anything. Tabs: columns, faults, changes, documents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLayout, QTabWidget, QVBoxLayout, QWidget

from ndb_desktop.formats.importmap import ColumnMap, SheetMap
from ndb_desktop.formats.packcells import letter
from ndb_desktop.services.intake import ImportReport
from ndb_desktop.services.intake_lines import DocumentLine, ImportEntry
from ndb_desktop.services.intake_tables import TablePreview
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.coordinator.import_rows import (
    Trouble,
    column_columns,
    document_columns,
    entry_columns,
    field_columns,
    state_name,
    target_names,
    trouble_columns,
    trouble_line,
    troubles,
)
from ndb_desktop.ui.coordinator.page import search_box
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel, amp
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.layout import column, row
from ndb_desktop.ui.widgets.table import DataTable

_TABLE_HEIGHT = 260
_BY_HEADING = "\0"
"""The choice that gives a column back to its heading; no target has this id."""


@dataclass(frozen=True)
class Check:
    """A hand-over that was looked at: where it lies, how its tables were understood, what an import would do."""

    source: Path
    update: bool
    report: ImportReport
    preview: TablePreview | None
    stale: bool = False


class ImportPart(QTabWidget):
    """Signal `chosen(object, int, object)`: for a `SheetMap` and column the target, None for what the heading says."""

    chosen = Signal(object, int, object)

    def __init__(self, labels: dict[str, str]) -> None:
        super().__init__()
        self.setObjectName("importing.tabs")
        self.setAccessibleName(tr("importing.title"))
        self.columns = ColumnsPart()
        self.columns.chosen.connect(self.chosen)
        self.faults = FaultsPart()
        self.entries = EntriesPart(labels)
        self.documents = DocumentsPart()
        for part in (self.columns, self.faults, self.entries, self.documents):
            self.addTab(part, "")
        self.hide()

    def show_check(self, check: Check, *, stay: bool = False) -> None:
        """Shows a check; unless told to stay, in the tab that has most to say."""
        report = check.report
        self.columns.show_preview(check.preview)
        self.setTabVisible(0, check.preview is not None)
        found = troubles(report)
        self.faults.show_troubles(found)
        self.entries.show_entries(report.entries)
        self.documents.show_documents(report.documents)
        titles = (
            tr("importing.tab.columns"),
            tr("importing.tab.faults", count=len(found)),
            tr("importing.tab.entries", count=len(report.entries)),
            tr("importing.tab.documents", count=len(report.documents)),
        )
        for number, title in enumerate(titles):
            self.setTabText(number, amp(title))
        if not stay:
            incomplete = check.preview is not None and any(sheet.faults for sheet in check.preview.sheets)
            self.setCurrentIndex(0 if incomplete else 1 if found else 2)
        self.show()


class ColumnsPart(TallPart):
    """列对应: how files were read, what each column was taken for, with samples; the coordinator may say otherwise."""

    chosen = Signal(object, int, object)

    def __init__(self) -> None:
        super().__init__()
        self._preview: TablePreview | None = None
        self._read = PlainLabel("", "muted", selectable=True)
        self._read.setObjectName("importing.read")
        self.sheet = Choice(tr("importing.sheet"))
        self.sheet.setObjectName("importing.sheet")
        self.sheet.chosen.connect(lambda _value: self._show_sheet())
        self._state = PlainLabel("")
        self._state.setObjectName("importing.complete")
        # What its columns can hold in words; the table reads it anew for every sheet.
        self._names: dict[str, str] = {}
        self.table = DataTable(tr("importing.tab.columns"), column_columns(self._names), sortable=False)
        self.table.setObjectName("importing.columns")
        self.table.setFixedHeight(theme.pixels(_TABLE_HEIGHT))
        self.table.selectionModel().currentChanged.connect(lambda *_: self._show_column())
        self._what = PlainLabel("")
        self._what.setObjectName("importing.choose.words")
        self.target = Choice(tr("importing.column.taken"))
        self.target.setObjectName("importing.target")
        self.target.setMinimumContentsLength(24)
        self.target.chosen.connect(self._choose)
        top = row(self._read, self.sheet)
        top.setStretch(0, 1)
        choosing = row(self._what, self.target)
        choosing.setStretch(0, 1)
        self.setLayout(_page(top, self._state, choosing, self.table))

    def show_preview(self, preview: TablePreview | None) -> None:
        """Shows how tables were understood; the sheet and column in sight stay."""
        wanted = self.sheet.value()
        self._preview = preview
        if preview is None:
            return
        words = (tr("importing.read", name=name, encoding=_encoding(how)) for name, how in preview.encodings)
        self._read.setText(tr("list.separator").join(words))
        self.sheet.set_choices(
            [
                (number, sheet.title if sheet.kind else tr("importing.sheet.unknown", title=sheet.title))
                for number, sheet in enumerate(preview.sheets)
            ],
            wanted,
        )
        self.sheet.setVisible(len(preview.sheets) > 1)
        self._show_sheet()

    def _sheet(self) -> SheetMap | None:
        number = self.sheet.value()
        return None if self._preview is None or number is None else self._preview.sheets[number]

    def _show_sheet(self) -> None:
        sheet, preview = self._sheet(), self._preview
        if sheet is None or preview is None:
            return
        self._names.clear()
        self._names.update(target_names(preview.targets.get(sheet.kind, ())))
        if sheet.missing:
            names = tr("list.separator").join(self._names[name] for name in sheet.missing)
            self._state.setText(tr("importing.missing", columns=names))
        else:
            self._state.setText(tr("importing.complete"))
        self.table.set_rows(sheet.columns)
        if sheet.missing and self.table.selected() is None:
            # Among those nobody knows is, most of the time, the one that is missed.
            self.table.selectRow(next((one.number for one in sheet.columns if one.how == "open"), 0))
        self._show_column()

    def _show_column(self) -> None:
        sheet, chosen = self._sheet(), self.table.selected()
        can = isinstance(chosen, ColumnMap) and sheet is not None and bool(sheet.kind)
        self.target.setVisible(can)
        if not can or sheet is None or chosen is None:
            self._what.setText(tr("importing.choose.none"))
            return
        self._what.setText(tr("importing.choose", letter=letter(chosen.number), heading=chosen.heading))
        taken = {other.target for other in sheet.columns if other.number != chosen.number}
        free = [(name, words) for name, words in self._names.items() if name not in taken]
        others = [(name, words) for name, words in self._names.items() if name in taken]
        first = [(_BY_HEADING, tr("importing.by_heading")), ("", tr("importing.ignored"))]
        self.target.set_choices([*first, *free, *others], chosen.target)

    def _choose(self, target: str) -> None:
        sheet, chosen = self._sheet(), self.table.selected()
        if sheet is not None and chosen is not None and target != chosen.target:
            self.chosen.emit(sheet, chosen.number, None if target == _BY_HEADING else target)


class FaultsPart(TallPart):
    """Every fault and warning at its row and column; filtered, searched, copied."""

    def __init__(self) -> None:
        super().__init__()
        self._found: tuple[Trouble, ...] = ()
        self.filter = Choice(tr("importing.filter"))
        self.filter.setObjectName("importing.faults.filter")
        self.filter.set_choices(
            [("", tr("importing.all")), ("stops", tr("importing.fault")), ("warns", tr("importing.warning"))]
        )
        self.filter.chosen.connect(lambda _value: self._show())
        self.table = DataTable(tr("report.faults"), trouble_columns())
        self.table.setObjectName("importing.faults")
        self.table.setFixedHeight(theme.pixels(_TABLE_HEIGHT))
        self.table.selectionModel().currentChanged.connect(lambda *_: self._explain())
        self.copy = Button(tr("importing.copy"), "normal", "copy")
        self.copy.setObjectName("importing.copy")
        self.copy.clicked.connect(self._copy)
        self._words = PlainLabel("", selectable=True)
        self._words.setObjectName("importing.faults.words")
        top = row(self.filter, search_box("importing.faults.search", self.table), None, self.copy)
        self.setLayout(_page(top, self.table, self._words))

    def show_troubles(self, found: tuple[Trouble, ...]) -> None:
        self._found = found
        self._show()

    def _show(self) -> None:
        wanted = self.filter.value()
        shown = [trouble for trouble in self._found if not wanted or trouble.stops == (wanted == "stops")]
        self.table.set_rows(shown)
        self.copy.setEnabled(bool(shown))
        self._explain()

    def _explain(self) -> None:
        trouble = self.table.selected()
        if trouble is None:
            self._words.setText("" if self._found else tr("importing.clean"))
        else:
            self._words.setText(" · ".join(filter(None, trouble_line(trouble).split("\t"))))

    def _copy(self) -> None:
        """What is in sight, in the order it is in sight."""
        proxy = self.table.proxy
        lines = [
            trouble_line(self.table.source.row_at(proxy.mapToSource(proxy.index(line, 0)).row()))
            for line in range(proxy.rowCount())
        ]
        QGuiApplication.clipboard().setText("\n".join(lines))
        self._words.setText(tr("importing.copied", count=len(lines)))


class EntriesPart(TallPart):
    """What becomes of every application; of a changed one each field before and after."""

    def __init__(self, labels: dict[str, str]) -> None:
        super().__init__()
        self._entries: tuple[ImportEntry, ...] = ()
        self.filter = _state_filter("importing.entries.filter", ("new", "changed", "unchanged", "bad", "gone"))
        self.filter.chosen.connect(lambda _value: self._show())
        self.table = DataTable(tr("importing.title"), entry_columns())
        self.table.setObjectName("importing.entries")
        self.table.setFixedHeight(theme.pixels(_TABLE_HEIGHT))
        self.table.selectionModel().currentChanged.connect(lambda *_: self._choose())
        self._heading = PlainLabel("", "muted")
        self._heading.setObjectName("importing.fields.heading")
        self.fields = DataTable(tr("importing.column.what"), field_columns(labels), sortable=False)
        self.fields.setObjectName("importing.fields")
        self.fields.setFixedHeight(theme.pixels(180))
        top = row(self.filter, search_box("importing.entries.search", self.table), None)
        self.setLayout(_page(top, self.table, self._heading, self.fields))

    def show_entries(self, entries: tuple[ImportEntry, ...]) -> None:
        self._entries = entries
        self._show()

    def _show(self) -> None:
        wanted = self.filter.value()
        self.table.set_rows([entry for entry in self._entries if not wanted or entry.state == wanted])
        self._choose()

    def _choose(self) -> None:
        entry = self.table.selected()
        fields = entry.fields if entry is not None else ()
        self.fields.setVisible(bool(fields))
        self.fields.set_rows(fields)
        changed = any(one.fields for one in self._entries)
        if entry is not None and fields:
            words = tr("importing.fields", application=entry.application, applicant=entry.applicant)
        else:
            words = tr("importing.fields.choose") if changed else ""
        self._heading.setText(words)


class DocumentsPart(TallPart):
    """Every document: matched with digest and pages, missing, extra, unreadable."""

    def __init__(self) -> None:
        super().__init__()
        self._documents: tuple[DocumentLine, ...] = ()
        self.filter = _state_filter("importing.documents.filter", ("matched", "missing", "extra", "unreadable"))
        self.filter.chosen.connect(lambda _value: self._show())
        self._counts = PlainLabel("", "muted")
        self._counts.setObjectName("importing.documents.counts")
        self.table = DataTable(tr("column.documents"), document_columns())
        self.table.setObjectName("importing.documents")
        self.table.setFixedHeight(theme.pixels(_TABLE_HEIGHT))
        self.table.selectionModel().currentChanged.connect(lambda *_: self._explain())
        self._words = PlainLabel("", selectable=True)
        self._words.setObjectName("importing.documents.words")
        top = row(self.filter, search_box("importing.documents.search", self.table), None)
        self.setLayout(_page(top, self._counts, self.table, self._words))

    def show_documents(self, documents: tuple[DocumentLine, ...]) -> None:
        # What is wrong first: of a thousand documents the three that cannot be read are what one looks for.
        self._documents = tuple(sorted(documents, key=lambda line: line.state == "matched"))
        states = [line.state for line in documents]
        told = [f"{state_name(state)} {states.count(state)}" for state in ("matched", "missing", "extra", "unreadable")]
        self._counts.setText(" · ".join(told))
        self._show()

    def _show(self) -> None:
        wanted = self.filter.value()
        self.table.set_rows([line for line in self._documents if not wanted or line.state == wanted])
        self._explain()

    def _explain(self) -> None:
        line = self.table.selected()
        if line is None:
            self._words.setText("")
            return
        why = i18n.fault(line.fault) if line.fault is not None else ""
        parts = (line.application, line.name, state_name(line.state), line.sha256, why)
        self._words.setText(" · ".join(part for part in parts if part))


def _page(*parts: QWidget | QLayout) -> QVBoxLayout:
    """The parts of a tab, at its top however tall the other tabs are."""
    page = column(*parts, gap=1.5, margins=2)
    page.addStretch(1)
    return page


def _state_filter(name: str, states: tuple[str, ...]) -> Choice:
    choice = Choice(tr("importing.filter"))
    choice.setObjectName(name)
    choice.set_choices([("", tr("importing.all")), *((state, state_name(state)) for state in states)])
    return choice


def _encoding(name: str) -> str:
    return {
        "utf-8": tr("importing.encoding.utf8"),
        "utf-8-bom": tr("importing.encoding.bom"),
        "utf-16": tr("importing.encoding.utf16"),
        "gb18030": tr("importing.encoding.gb"),
        "xlsx": tr("importing.encoding.xlsx"),
    }[name]
