"""推荐单位: who recommends in this batch, and another list from a table, compared before it is taken."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal

from ndb_desktop.domain.recommenders import Recommender, Recommenders, is_city
from ndb_desktop.services.batch_plan import builtin_recommenders
from ndb_desktop.services.calendars import regions
from ndb_desktop.services.recommender_changes import changes
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.coordinator.page import search_box
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets.beside import Beside
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, row
from ndb_desktop.ui.widgets.table import Column, DataTable

_NAMED = 12
"""So many differences are named; more of them mean another list altogether."""


@dataclass(frozen=True)
class _Row:
    region: str
    place: str
    name: str
    active: bool


class RecommendersPart(TallPart):
    """Signals: `read()` a table is wanted; `write()` the list as a table; `take(object, str)` list and reason;
    `left()` back to the applications.
    """

    read = Signal()
    write = Signal()
    take = Signal(object, str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._known: Recommenders | None = None
        self._wanted: Recommenders | None = None
        self._may = True
        self._filling = False
        self._count = PlainLabel("", "muted")
        self._count.setObjectName("recommenders.count")
        self.cities = PlainCheckBox(tr("wizard.cities"))
        self.cities.setObjectName("recommenders.cities")
        self.cities.toggled.connect(self._switch)
        self.table = DataTable(tr("wizard.recommenders"), _columns(), sortable=False)
        self.table.setObjectName("recommenders.table")
        self.table.setMinimumHeight(theme.pixels(280))
        self.empty = EmptyState("list-checks", tr("recommenders.none"), tr("recommenders.none.text"))
        self._search = search_box("recommenders.search", self.table)
        back = self._button("back", tr("recommenders.back"), "arrow-left", "quiet")
        back.clicked.connect(self.left)
        read = self._button("file", tr("wizard.recommenders.file"), "folder-open")
        read.clicked.connect(self.read)
        self.out = self._button("write", tr("recommenders.write"), "download")
        self.out.clicked.connect(self.write)
        shipped = self._button("shipped", tr("wizard.recommenders.shipped"), "undo-2", "quiet")
        shipped.clicked.connect(lambda: self.propose(builtin_recommenders().rows))
        page = column(
            row(PlainLabel(tr("wizard.recommenders"), "heading"), None, back),
            PlainLabel(tr("recommenders.text"), "muted"), Flow(read, self.out, shipped), self._change_card(),
            self.cities, PlainLabel(tr("wizard.cities.text"), "small"), Beside(self._count, self._search),
            self.empty, self.table, gap=1.5,
        )  # fmt: skip
        page.addStretch(1)
        self.setLayout(page)

    @staticmethod
    def _button(name: str, text: str, icon: str, kind: str = "normal") -> Button:
        made = Button(text, kind, icon)
        made.setObjectName(f"recommenders.{name}")
        return made

    def _change_card(self) -> Card:
        self._changes = PlainLabel("", "body", selectable=True)
        self._changes.setObjectName("recommenders.changes")
        self.reason = LineEdit(tr("recommenders.reason"), "", tr("recommenders.reason.hint"))
        self.reason.setObjectName("recommenders.reason")
        self.reason.textChanged.connect(lambda _text: self._enable())
        self.button = Button(tr("recommenders.take"), "primary", "check")
        self.button.setObjectName("recommenders.take")
        self.button.clicked.connect(lambda: self.take.emit(self._wanted, self.reason.text().strip()))
        drop = Button(tr("recommenders.drop"), "quiet", "x")
        drop.setObjectName("recommenders.drop")
        drop.clicked.connect(self.forget)
        line = Beside(self.reason, self.button, drop)
        self._card = Card(PlainLabel(tr("recommenders.changes"), "heading"), self._changes, gap=1, margins=2)
        self._card.setObjectName("recommenders.card")
        self._card.box.addWidget(line)
        return self._card

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """The list of the batch; one that was only proposed stays."""
        self._may = not snapshot.recovered
        if snapshot.from_archive:
            self.empty.say("list-checks", tr("recommenders.none"), tr("recommenders.none.archive"))
        if snapshot.facts.recommenders != self._known or self._wanted is None:
            self._known = snapshot.facts.recommenders
            self.forget()
        self._enable()

    def known(self) -> Recommenders | None:
        """The list on record."""
        return self._known

    def propose(self, rows: tuple[Recommender, ...]) -> None:
        """Compares another list with the one on record; nothing is taken."""
        self._propose(Recommenders(rows, self.cities.isChecked()))

    def _switch(self, on: bool) -> None:
        if not self._filling:
            base = self._wanted or self._known or builtin_recommenders()
            self._propose(Recommenders(base.rows, on))

    def _propose(self, listed: Recommenders) -> None:
        self._wanted = listed
        lines = changes(self._known, listed, i18n.language())
        if not lines:
            self.forget()
            self._changes.setText(tr("recommenders.same"))
            self._card.show()
            self._enable()
            return
        shown = [*lines[:_NAMED]]
        if len(lines) > _NAMED:
            shown.append(tr("recommenders.more", count=len(lines) - _NAMED))
        self._changes.setText("\n".join(shown))
        self._card.show()
        self._show_rows(listed)
        self._enable()
        self.reason.setFocus()

    def forget(self) -> None:
        """Back to the list on record."""
        self._wanted = None
        self._card.hide()
        self.reason.clear()
        self._show_rows(self._known)
        self._enable()

    def _show_rows(self, listed: Recommenders | None) -> None:
        self._filling = True
        self.cities.setChecked(listed is not None and listed.cities)
        self._filling = False
        places, chinese = regions(), i18n.language() == "zh_CN"
        rows = []
        for one in listed.rows if listed is not None else ():
            place = places.get(one.region)
            name = "" if place is None else (place.zh if chinese else place.en)
            rows.append(_Row(one.region, name, one.name, listed.cities or not is_city(one.region)))  # type: ignore[union-attr]
        self.table.set_rows(rows)
        active = len(listed.active) if listed is not None else 0
        self._count.setText(tr("wizard.recommenders.count", active=active, all=len(rows)))
        self.empty.setVisible(listed is None)
        for part in (self.table, self._count, self._search):
            part.setVisible(listed is not None)
        self.out.setEnabled(self._known is not None)

    def _enable(self) -> None:
        self.button.setEnabled(self._may and self._wanted is not None and bool(self.reason.text().strip()))
        self.reason.setEnabled(self._wanted is not None)


def _columns() -> tuple[Column[_Row], ...]:
    return (
        Column(tr("wizard.region"), lambda r: r.region, width=116),
        Column(tr("wizard.place.name"), lambda r: r.place, width=150),
        Column(tr("wizard.recommender"), lambda r: r.name, stretch=True),
        Column(
            tr("wizard.state"), lambda r: tr("wizard.recommends") if r.active else tr("wizard.recommends.not"),
            icon=lambda r: ("circle-check", "accent") if r.active else ("minus", "muted"), width=190,
        ),
    )  # fmt: skip
