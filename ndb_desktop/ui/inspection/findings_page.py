"""检查发现: findings, veto findings and observations at the left, the chosen one at the right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

from ndb_desktop.domain.siterecord import Part, PartKey, key_of
from ndb_desktop.ui import theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.findings_card import FindingCard
from ndb_desktop.ui.inspection.findings_making import Then, add_finding, add_observation, add_veto, take_out
from ndb_desktop.ui.inspection.findings_part import TOUCH, PartCard, large
from ndb_desktop.ui.inspection.findings_words import part_icon, part_state, part_title
from ndb_desktop.ui.inspection.list_and_card import TableAndCard
from ndb_desktop.ui.inspection.observation_card import ObservationCard
from ndb_desktop.ui.inspection.page import SitePage
from ndb_desktop.ui.inspection.store import Keys, SiteStore
from ndb_desktop.ui.inspection.veto_card import VetoCard
from ndb_desktop.ui.plain import Button
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, holder
from ndb_desktop.ui.widgets.table import Column, DataTable

_SHOWN = frozenset({"finding", "veto", "observation", "check", "answer"})
_Add = Callable[[SiteStore, Then], None]


class FindingsPage(SitePage):
    """One list of three kinds; a button for each adds one. What was removed comes back from the banner."""

    def __init__(self, store: SiteStore) -> None:
        super().__init__("findings", tr("site.findings"), tr("site.findings.text"), store)
        self._filling = False
        self._removed: Part | None = None
        self._lacks: Counter[PartKey] = Counter()
        columns: tuple[Column[Part], ...] = (
            Column(tr("site.findings.part"), part_title, stretch=True, icon=part_icon),
            Column(tr("site.findings.state"), partial(part_state, store), width=176),
            Column(tr("site.findings.lacks"), self._lacking, width=64, number=True),
        )
        self.table = DataTable(tr("site.findings"), columns, sortable=False)
        self.table.setObjectName("site.findings.table")
        self.table.verticalHeader().setDefaultSectionSize(theme.pixels(TOUCH))
        self.table.selectionModel().currentRowChanged.connect(lambda _now, _before: self._show())
        self.cards: dict[str, PartCard] = {
            "finding": FindingCard(store), "veto": VetoCard(store), "observation": ObservationCard(store),
        }  # fmt: skip
        for card in self.cards.values():
            card.removing.connect(self._remove)
            card.hide()
        self._both = TableAndCard(self.table, holder(column(*self.cards.values(), None)))
        self._empty = Card(EmptyState("flag", tr("site.findings.none"), tr("site.findings.none.text")))
        self._empty.setObjectName("site.findings.none")
        self.body.addWidget(holder(self._adding()))
        self.body.addWidget(self._empty)
        self.body.addWidget(self._both, 1)
        self.refresh(())

    def _adding(self) -> Flow:
        buttons = []
        kinds: tuple[tuple[str, str, str, _Add, str], ...] = (
            ("finding", tr("site.finding.add"), "plus", add_finding, "text"),
            ("veto", tr("site.veto.add"), "plus", add_veto, "ground"),
            ("observation", tr("site.observation.add"), "plus", add_observation, "text"),
        )
        for kind, words, icon, add, first in kinds:
            button = large(Button(words, "normal", icon))
            button.setObjectName(f"site.{kind}.add")
            button.clicked.connect(partial(self._add, add, first))
            buttons.append(button)
        return Flow(*buttons)

    def _add(self, add: _Add, first: str, _checked: bool = False) -> None:
        add(self.store, lambda place: self._open(place.partition(".")[2], first))

    def _lacking(self, part: Part) -> str:
        return str(self._lacks[key_of(part)] or "—")

    def _rows(self) -> tuple[Part, ...]:
        record = self.record
        return (*record.findings, *record.vetoes, *record.observations)

    def _remove(self, key: PartKey) -> None:
        def gone(part: Part, back: Callable[[], None]) -> None:
            self._removed = part
            self.banner.info(tr("site.findings.removed", id=key[1]), action=tr("site.findings.undo"), act=back)

        take_out(self.store, key, gone)

    # ----- showing -----

    def refresh(self, keys: Keys) -> None:
        if keys and not any(kind in _SHOWN for kind, _ in keys):
            return
        self._lacks = Counter(lack.key for lack in self.store.lacks)
        if self._removed is not None and self.record.parts.get(key_of(self._removed)) == self._removed:
            # It came back by another way.
            self._removed = None
            self.banner.dismiss()
        chosen: Part | None = self.table.selected()
        rows = self._rows()
        if rows != self.table.source.rows:
            self._filling = True
            self.table.set_rows(rows)
            names = [key_of(part) for part in rows]
            if chosen is not None and key_of(chosen) in names:
                self.table.selectRow(names.index(key_of(chosen)))
            elif rows:
                self.table.selectRow(min(max(self.table.currentIndex().row(), 0), len(rows) - 1))
            self._filling = False
        self.table.viewport().update()
        self._empty.setVisible(not rows)
        self._both.setVisible(bool(rows))
        self._show()

    def _show(self) -> None:
        if self._filling:
            return
        part: Part | None = self.table.selected()
        kind = key_of(part)[0] if part is not None else ""
        for name, card in self.cards.items():
            if name == kind and part is not None:
                card.show_part(part)
            else:
                card.leave()
            card.setVisible(name == kind)

    def open_part(self, part: str) -> None:
        """Shows a part such as `finding:F1-01`, the cursor in the first field that lacks something."""
        lack = next((lack for lack in self.store.lacks if ":".join(lack.key) == part), None)
        self._open(part, lack.kind.partition("_")[2] if lack is not None else "text")

    def _open(self, part: str, field: str) -> None:
        names = [":".join(key_of(one)) for one in self._rows()]
        if part in names:
            self.table.selectRow(names.index(part))
            card = self.cards[part.partition(":")[0]]
            card.focus_on(field)
