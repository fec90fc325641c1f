"""比较与换用: what differs between two rule packs, in words and groups; an opened one put in place of the batch's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout

from ndb_desktop.domain.packdiff import PackChange, pack_changes
from ndb_desktop.domain.packgroups import ChangeGroup, grouped
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.services.pack_replace import Replacement
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.coordinator.pack_shelf import ShelfPack
from ndb_desktop.ui.coordinator.page import search_box
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, holder, row
from ndb_desktop.ui.widgets.table import Column, DataTable

_GROUPS: Mapping[ChangeGroup, str] = {
    "weights": "packs.group.weights",
    "vectors": "packs.group.vectors",
    "rules": "packs.group.rules",
    "levels": "packs.group.levels",
    "settings": "packs.group.settings",
    "indicators": "packs.group.indicators",
    "data": "packs.group.data",
    "statements": "packs.group.statements",
    "identity": "packs.group.identity",
    "texts": "packs.group.texts",
}
_NAMED = 8
"""So many applications are named; the rest is counted."""


@dataclass(frozen=True)
class _Line:
    group: ChangeGroup
    change: PackChange


class ComparePart(TallPart):
    """Signals: `weigh(object)` what replacing would do, for a `RulePack`; `replace(object, str)` do what a
    `Replacement` says, for a reason.
    """

    weigh = Signal(object)
    replace = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self._packs: dict[str, ShelfPack] = {}
        self._shown: tuple[str, str] = ("", "")
        self._lines: list[_Line] = []
        self._weighed: Replacement | None = None
        self._may = False
        self.old, self.new = Choice(tr("packs.compare.old")), Choice(tr("packs.compare.new"))
        for name, choice in (("old", self.old), ("new", self.new)):
            choice.setObjectName(f"packs.compare.{name}")
            choice.chosen.connect(lambda _key: self._compare())
        self.swap = Button(tr("packs.compare.swap"), "quiet", "move-horizontal")
        self.swap.setObjectName("packs.compare.swap")
        self.swap.clicked.connect(self._swap)
        choose = QGridLayout()
        choose.setHorizontalSpacing(12)
        choose.setColumnStretch(1, 1)
        for line, (name, choice) in enumerate(
            ((tr("packs.compare.from"), self.old), (tr("packs.compare.to"), self.new))
        ):
            choose.addWidget(PlainLabel(name, wrap=False), line, 0)
            choose.addWidget(choice, line, 1)
        choose.addWidget(self.swap, 1, 2)
        self._tools = holder(choose)
        self.empty = EmptyState("columns-2", tr("packs.compare.empty"), tr("packs.compare.empty.text"))
        self.empty.setObjectName("packs.compare.empty")
        self._summary = PlainLabel("", "body")
        self._summary.setObjectName("packs.compare.summary")
        self.table = DataTable(tr("packs.compare"), _columns(), sortable=False)
        self.table.setObjectName("packs.compare.table")
        self.table.setMinimumHeight(theme.pixels(220))
        self.table.setMaximumHeight(theme.pixels(420))
        self.table.selectionModel().currentChanged.connect(lambda *_: self._show_change())
        self.search = search_box("packs.compare.search", self.table)
        self._change = PlainLabel("", "muted", selectable=True)
        self._change.setObjectName("packs.compare.change")
        self.copy = Button(tr("packs.compare.copy"), "normal", "copy")
        self.copy.setObjectName("packs.compare.copy")
        self.copy.clicked.connect(self._copy)
        tools = row(self.search, self.copy)
        tools.setStretch(0, 1)
        self._results = holder(column(tools, self.table, self._change, gap=1))
        self.setLayout(
            column(
                self._tools, self.empty, self._summary, self._results, self._replace_card(), None, gap=1.5, margins=2
            )
        )

    def _replace_card(self) -> Card:
        self._replace_title = PlainLabel(tr("packs.replace"), "heading")
        self._replace_text = PlainLabel("", "muted")
        self._replace_text.setObjectName("packs.replace.text")
        self.look = Button(tr("packs.replace.look"), "normal", "eye")
        self.look.setObjectName("packs.replace.look")
        self.look.clicked.connect(self._look)
        self.reason = LineEdit(tr("packs.replace.reason"), "", tr("packs.replace.reason.hint"))
        self.reason.setObjectName("packs.replace.reason")
        self.reason.textChanged.connect(lambda _text: self._enable())
        self.sure = PlainCheckBox(tr("packs.replace.sure"))
        self.sure.setObjectName("packs.replace.sure")
        self.sure.toggled.connect(lambda _on: self._enable())
        self.button = Button(tr("packs.replace.button"), "danger", "refresh-cw")
        self.button.setObjectName("packs.replace.button")
        self.button.clicked.connect(self._replace)
        self._confirm = holder(column(self.reason, self.sure, row(self.button, None), gap=1))
        self.card = Card(self._replace_title, self._replace_text, gap=1, margins=2)
        self.card.setObjectName("packs.replace")
        self.card.box.addWidget(holder(Flow(self.look)))
        self.card.box.addWidget(self._confirm)
        return self.card

    # ----- choosing -----

    def show_packs(self, packs: Sequence[ShelfPack], chosen: ShelfPack, snapshot: Snapshot) -> None:
        """The packs at hand. An opened one that is chosen is compared with the batch's pack of its category."""
        self._packs = {one.key: one for one in packs if one.pack is not None}
        self._may = not snapshot.recovered
        choices: list[tuple[object, str]] = [(key, one.label) for key, one in self._packs.items()]
        before = (self.old.value(), self.new.value())
        self.old.set_choices(choices, before[0])
        self.new.set_choices(choices, before[1])
        other = next(
            (
                key
                for key, one in self._packs.items()
                if one.file is None and one.pack and chosen.pack and one.pack.category == chosen.pack.category
            ),
            "",
        )
        if chosen.file is not None and chosen.key in self._packs and other:
            self.old.set_value(other)
            self.new.set_value(chosen.key)
        enough = len(self._packs) > 1
        self.empty.setVisible(not any(one.file is not None for one in self._packs.values()))
        for part in (self._tools, self._summary, self._results):
            part.setVisible(enough)
        self._compare()

    def _swap(self) -> None:
        old, new = self.old.value(), self.new.value()
        self.old.set_value(new)
        self.new.set_value(old)
        self._compare()

    def _pair(self) -> tuple[ShelfPack, RulePack, ShelfPack, RulePack] | None:
        old, new = self._packs.get(str(self.old.value())), self._packs.get(str(self.new.value()))
        if old is None or new is None or old.pack is None or new.pack is None:
            return None
        return old, old.pack, new, new.pack

    def _compare(self) -> None:
        pair = self._pair()
        if pair is None:
            self._lines = []
            self.table.set_rows([])
            self.card.hide()
            return
        old, before, new, after = pair
        if (before.digest, after.digest) != self._shown:
            self._shown = (before.digest, after.digest)
            found = grouped(pack_changes(before, after))
            self._lines = [_Line(group, change) for group, changes in found.items() for change in changes]
            self.table.set_rows(self._lines)
            counts = tr("list.separator").join(
                tr("packs.compare.count", group=tr(_GROUPS[group]), count=len(changes))
                for group, changes in found.items()
            )
            total = len(self._lines)
            self._summary.setText(
                tr("packs.compare.total", count=total, groups=counts) if total else tr("packs.compare.same")
            )
            if self._lines:
                self.table.selectRow(0)
            self._change.setVisible(bool(self._lines))
        usable = old.file is None and new.file is not None and before.category == after.category
        self._weighed = None
        self.card.setVisible(usable and bool(self._lines))
        self._ask(before, after)

    def _show_change(self) -> None:
        line: _Line | None = self.table.selected()
        self._change.setText(f"{i18n.phrase(line.change.phrase)}\n{line.change.path}" if line is not None else "")

    def _copy(self) -> None:
        text = "\n".join(
            f"{tr(_GROUPS[line.group])}  {line.change.path}: {i18n.phrase(line.change.phrase)}" for line in self._lines
        )
        QGuiApplication.clipboard().setText(text)

    # ----- replacing -----

    def _ask(self, before: RulePack, after: RulePack) -> None:
        self._replace_text.setText(
            tr("packs.replace.text", old=f"{before.id} {before.version}", new=f"{after.id} {after.version}")
        )
        self._confirm.hide()
        self.look.show()
        self.look.setEnabled(self._may)

    def _look(self) -> None:
        pair = self._pair()
        if pair is not None:
            self.weigh.emit(pair[3])

    def show_replacement(self, found: Replacement) -> None:
        """What replacing does; from here it can be done."""
        self._weighed = found
        gap = tr("list.separator")
        lines = [
            tr("packs.replace.changes", count=len(found.changes)),
            tr("packs.replace.scores", count=found.applications, changed=len(found.rescored)),
        ]
        if found.unread:
            names = gap.join(found.unread[:_NAMED])
            lines.append(tr("packs.replace.unread", count=len(found.unread), names=names))
        lines.append(tr("packs.replace.log"))
        self._replace_text.setText("\n".join(lines))
        self.look.hide()
        self.reason.clear()
        self.sure.setChecked(False)
        self._confirm.show()
        self._enable()
        self.reason.setFocus()

    def _enable(self) -> None:
        ready = bool(self.reason.text().strip()) and self.sure.isChecked()
        self.button.setEnabled(self._may and self._weighed is not None and ready)

    def _replace(self) -> None:
        if self._weighed is not None:
            self.replace.emit(self._weighed, self.reason.text().strip())


def _columns() -> tuple[Column[_Line], ...]:
    return (
        Column(tr("packs.compare.group"), lambda line: tr(_GROUPS[line.group]), width=120),
        Column(tr("packs.compare.words"), lambda line: i18n.phrase(line.change.phrase), stretch=True),
        Column(tr("packs.compare.path"), lambda line: line.change.path, width=260),
    )
