"""第六步: 推荐单位名单, edited in a table or read from one, and whether the 计划单列市 recommend by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout

from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.recommenders import Recommender, is_city
from ndb_desktop.services.batch_form import BatchForm, RecommenderForm
from ndb_desktop.services.batch_plan import builtin_recommenders, read_recommender_table
from ndb_desktop.services.calendars import regions
from ndb_desktop.ui import i18n, tasks, theme
from ndb_desktop.ui.coordinator.wizard.step import WizardStep
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, holder
from ndb_desktop.ui.widgets.table import Column, DataTable


@dataclass(frozen=True)
class _Row:
    number: int
    region: str
    place: str
    name: str
    active: bool
    fault: str


class RecommendersStep(WizardStep):
    """Signals: `failed(object)` a table that cannot be read; `said(str)` what was read."""

    failed = Signal(object)
    said = Signal(str)
    name = "recommenders"

    def __init__(self, form: BatchForm) -> None:
        super().__init__(tr("wizard.recommenders"), tr("wizard.recommenders.text"), form)
        self._faults: Mapping[str, Fault] = {}
        self._filling = False
        self.body.addWidget(self._switches())
        self.body.addWidget(self._list_card())
        self._show_rows()

    def _switches(self) -> Card:
        self.checked = PlainCheckBox(tr("wizard.recommenders.check"))
        self.checked.setObjectName("wizard.recommenders.check")
        self.checked.setChecked(self.form.checked_list)
        self.checked.toggled.connect(self._check)
        self.cities = PlainCheckBox(tr("wizard.cities"))
        self.cities.setObjectName("wizard.cities")
        self.cities.setChecked(self.form.cities)
        self.cities.toggled.connect(self._cities)
        return Card(self.checked, self.cities, PlainLabel(tr("wizard.cities.text"), "small"), gap=1)

    def _list_card(self) -> Card:
        self.table = DataTable(tr("wizard.recommenders"), _columns(), sortable=False)
        self.table.setObjectName("wizard.recommenders.table")
        self.table.setMinimumHeight(theme.pixels(220))
        self.table.selectionModel().currentChanged.connect(lambda *_: self._show_chosen())
        search = LineEdit(tr("office.search"), "", tr("office.search"))
        search.setObjectName("wizard.recommenders.search")
        search.textChanged.connect(self.table.search)
        self._count = PlainLabel("", "muted")
        self.region = LineEdit(tr("wizard.region"))
        self.region.setObjectName("wizard.recommenders.region")
        self.body_name = LineEdit(tr("wizard.recommender"))
        self.body_name.setObjectName("wizard.recommenders.name")
        for box in (self.region, self.body_name):
            box.textChanged.connect(lambda _text: self._typed())
        edit = QGridLayout()
        edit.setHorizontalSpacing(12)
        edit.addWidget(holder(column(PlainLabel(tr("wizard.region")), self.region, gap=0.5)), 0, 0)
        edit.addWidget(holder(column(PlainLabel(tr("wizard.recommender")), self.body_name, gap=0.5)), 0, 1)
        edit.setColumnStretch(0, 1)
        edit.setColumnStretch(1, 3)
        self._rownote = self.noted("recommenders.row", self.region, tr("wizard.region"))
        self._card = Card(search, self.table, self._count, gap=1)
        self._card.box.addLayout(edit)
        self._card.box.addWidget(self._rownote)
        self._card.box.addLayout(self._buttons())
        return self._card

    def _buttons(self) -> Flow:
        def button(name: str, text: str, icon: str, act: object, kind: str = "normal") -> Button:
            made = Button(text, kind, icon)
            made.setObjectName(f"wizard.recommenders.{name}")
            made.clicked.connect(act)
            return made

        self.add = button("add", tr("wizard.recommenders.add"), "plus", self._add)
        self.remove = button("remove", tr("wizard.recommenders.remove"), "trash-2", self._remove)
        take = button("file", tr("wizard.recommenders.file"), "folder-open", self._pick)
        shipped = button("shipped", tr("wizard.recommenders.shipped"), "undo-2", self._shipped, "quiet")
        self._card.box.addWidget(self.noted("recommenders.add", self.add, tr("wizard.recommenders")))
        return Flow(self.add, self.remove, take, shipped)

    # ----- the list -----

    def _show_rows(self, chosen: int | None = None) -> None:
        known, places = self.form.listed(), regions()
        rows = []
        for number, row in enumerate(known.rows):
            place = places.get(row.region)
            fault = self._row_fault(number)
            rows.append(
                _Row(
                    number,
                    row.region,
                    "" if place is None else (place.zh if i18n.language() == "zh_CN" else place.en),
                    row.name,
                    known.cities or not is_city(row.region),
                    "" if fault is None else i18n.fault(fault),
                )
            )
        self._filling = True
        self.table.set_rows(rows)
        self._filling = False
        self._count.setText(tr("wizard.recommenders.count", active=len(known.active), all=len(known.rows)))
        if chosen is not None:
            self._choose(chosen)
        self._card.setEnabled(self.form.checked_list)
        self.cities.setEnabled(self.form.checked_list)

    def _row_fault(self, number: int) -> Fault | None:
        start = f"recommenders[{number}]."
        return self._faults.get(f"{start}region") or self._faults.get(f"{start}name")

    def _choose(self, number: int) -> None:
        for line in range(self.table.proxy.rowCount()):
            row = self.table.source.row_at(self.table.proxy.mapToSource(self.table.proxy.index(line, 0)).row())
            if row.number == number:
                self.table.selectRow(line)
                self.table.scrollTo(self.table.proxy.index(line, 0))
        self._show_chosen()

    def _chosen(self) -> RecommenderForm | None:
        row: _Row | None = self.table.selected()
        return None if row is None or row.number >= len(self.form.recommenders) else self.form.recommenders[row.number]

    def _show_chosen(self) -> None:
        if self._filling:
            return
        chosen = self._chosen()
        self._filling = True
        self.region.setText("" if chosen is None else chosen.region)
        self.body_name.setText("" if chosen is None else chosen.name)
        self._filling = False
        for widget in (self.region, self.body_name, self.remove):
            widget.setEnabled(chosen is not None)
        self._say_row()

    def _say_row(self) -> None:
        row: _Row | None = self.table.selected()
        fault = None if row is None else self._row_fault(row.number)
        self._rownote.say("" if fault is None else i18n.fault(fault))

    def _typed(self) -> None:
        chosen = self._chosen()
        if self._filling or chosen is None:
            return
        chosen.region, chosen.name = self.region.text(), self.body_name.text()
        self.changed.emit()

    def show_faults(self, faults: Mapping[str, Fault]) -> None:
        """Faults of rows stand in the table and below the boxes of the row chosen."""
        super().show_faults(faults)
        self._faults = faults
        self._show_rows()
        self._say_row()

    def go_to(self, place: str) -> None:
        """Chooses the row a fault stands in."""
        start, _, part = place.partition("].")
        number = start.removeprefix("recommenders[")
        if part and number.isdecimal():
            self.table.search("")
            self._choose(int(number))
            (self.region if part == "region" else self.body_name).setFocus()
        else:
            super().go_to(place)

    def name_of(self, place: str) -> str:
        """The rows of the list have one name together."""
        return super().name_of(place) or tr("wizard.recommender")

    def renew(self) -> None:
        """Nothing is chosen yet."""
        self._show_chosen()

    def _check(self, on: bool) -> None:
        self.form.checked_list = on
        self._edited()

    def _cities(self, on: bool) -> None:
        self.form.cities = on
        self._edited()

    def _edited(self, chosen: int | None = None) -> None:
        self._show_rows(chosen)
        self.changed.emit()

    def _add(self) -> None:
        self.form.recommenders.append(RecommenderForm())
        self._edited(len(self.form.recommenders) - 1)
        self.region.setFocus()

    def _remove(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.form.recommenders = [one for one in self.form.recommenders if one is not chosen]
            self._edited()
            self._show_chosen()

    def _shipped(self) -> None:
        self._take(builtin_recommenders().rows)

    def _pick(self) -> None:
        patterns = f"{tr('wizard.tables')} (*.csv *.xlsx);;{tr('files.all')} (*)"
        path = files.pick_file(self, tr("wizard.recommenders.file"), patterns)
        if path is not None:
            self.take(path)

    def take(self, path: Path) -> None:
        """Reads a table; it replaces the whole list, or nothing of it is taken."""
        tasks.run(
            lambda _progress, _cancel: read_recommender_table(path),
            done=self._take,
            failed=self.failed.emit,
            lane="pool",
            owner=self,
        )

    def _take(self, rows: tuple[Recommender, ...]) -> None:
        self.form.recommenders = [RecommenderForm(row.region, row.name) for row in rows]
        self._edited()
        self._show_chosen()
        self.said.emit(tr("wizard.recommenders.taken", count=len(rows)))


def _columns() -> tuple[Column[_Row], ...]:
    return (
        Column(tr("wizard.region"), lambda r: r.region, width=116),
        Column(tr("wizard.place.name"), lambda r: r.place, width=150),
        Column(tr("wizard.recommender"), lambda r: r.name, stretch=True),
        Column(
            tr("wizard.state"),
            lambda r: r.fault or (tr("wizard.recommends") if r.active else tr("wizard.recommends.not")),
            icon=lambda r: (
                ("triangle-alert", "warning")
                if r.fault
                else (("circle-check", "accent") if r.active else ("minus", "muted"))
            ),
            width=190,
        ),
    )
