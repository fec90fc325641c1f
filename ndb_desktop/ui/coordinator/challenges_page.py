"""质疑处理: every disputed datum of the batch, and one signed decision on each that holds for all experts (R12)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSplitter

from ndb_desktop.domain.dispute import Dispute, DisputeAction, Place
from ndb_desktop.services.disputes import decide, history, list_disputes, preview
from ndb_desktop.services.office import Office
from ndb_desktop.ui import tasks, theme
from ndb_desktop.ui.coordinator.challenge_card import ChallengeCard, Listed, Look, figure, ruling_words
from ndb_desktop.ui.coordinator.fitting_table import FittingTable
from ndb_desktop.ui.coordinator.page import OfficePage, search_box
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.widgets import splits
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.layout import fill, holder, row
from ndb_desktop.ui.widgets.table import Column

KEPT = "challenges"
_GIVE_WAY, _LEAST = (5, 4, 1), 150
"""Who, what was declared and whose it is stand in the card of the chosen datum as well."""
_BESIDE = 980
"""From this width on, in pixels of normal type size, the decision stands beside the table."""


@dataclass(frozen=True)
class _Known:
    """What was read, and up to which entry of the log it holds."""

    entries: int
    rows: tuple[Dispute, ...]


class ChallengesPage(OfficePage):
    """Table at the left, the chosen datum at the right: who said what, what each decision changes, sign."""

    def __init__(self, store: OfficeStore) -> None:
        super().__init__("challenges", tr("challenges.title"), tr("challenges.text"), store)
        self._wanted: Place | None = None
        self._reading = False
        self._preview: tasks.Task | None = None
        self.state = Choice(tr("challenges.filter"))
        self.state.setObjectName("challenges.filter")
        self.state.set_choices(
            [("", tr("challenges.all")), ("open", tr("challenges.open")), ("decided", tr("challenges.decided"))]
        )
        self.state.chosen.connect(lambda _state: self._show_rows())
        self._count = PlainLabel("", "muted", wrap=False)
        self._count.setObjectName("challenges.count")
        self.empty = EmptyState("message-square-warning", tr("challenges.empty"), tr("challenges.empty.text"))
        self.table = FittingTable(tr("challenges.title"), _columns(), _GIVE_WAY, _LEAST)
        self.table.setObjectName("challenges.table")
        self.table.setMinimumHeight(theme.pixels(220))
        self.table.selectionModel().currentChanged.connect(lambda *_: self._chosen())
        self.search = search_box("challenges.search", self.table)
        self.card = ChallengeCard()
        self.card.figure_typed.connect(lambda _value: self._look())
        self.card.signed.connect(self._decide)
        self.table.on_activated(lambda _row: self.card.begin())
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setObjectName("challenges.split")
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.table)
        self.split.addWidget(self.card)
        self.split.setStretchFactor(0, 3)
        self.split.setStretchFactor(1, 2)
        self.split.setSizes([560, 440])
        splits.remember(self.split, "challenges")
        line = row(self.state, self.search, self._count, None, gap=2)
        line.setStretch(1, 1)
        self._tools = holder(line)
        fill(self.body, (self._tools, self.empty, self.split))
        self.body.setStretch(2, 1)
        self._show_rows()

    # ----- reading -----

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        if self._reading or not self.isVisible() or self.store.running is not None:
            return
        known: _Known | None = self.store.kept.get(KEPT)
        if known is None or known.entries != self.snapshot.status.log_entries:
            self._read()
        else:
            self._show_rows()

    def _read(self) -> None:
        self._reading = True
        self.job(tr("challenges.reading"), lambda office, _progress, _cancel: list_disputes(office), self._take)
        if self.store.running is None:
            self._reading = False

    def _take(self, rows: tuple[Dispute, ...]) -> None:
        self._reading = False
        self.store.kept[KEPT] = _Known(self.snapshot.status.log_entries, rows)
        self._show_rows()

    def _show_rows(self) -> None:
        known: _Known | None = self.store.kept.get(KEPT)
        everything = known.rows if known is not None else ()
        wanted = self.state.value()
        shown = [one for one in everything if not wanted or one.open == (wanted == "open")]
        names = {one.id: one for one in self.snapshot.applications}
        people = {one.id: one.name for one in self.snapshot.experts}
        packs = self.snapshot.packs
        later = {pack.category: pack for pack in self.snapshot.stage_packs}
        rows = [
            Listed(one, base, packs[base.category], people, later.get(base.category))
            for one in shown
            if (base := names.get(one.application)) is not None
        ]
        self.empty.setVisible(known is not None and not everything)
        self.split.setVisible(bool(everything))
        self._tools.setVisible(bool(everything))
        open_now = sum(one.open for one in everything)
        self._count.setText(tr("challenges.count", count=len(everything), open=open_now))
        self.table.set_rows(rows)
        self._select(rows)

    def _select(self, rows: list[Listed]) -> None:
        """The datum that was chosen stays chosen; else the first open one."""
        places = [listed.dispute.place for listed in rows]
        number = places.index(self._wanted) if self._wanted in places else -1
        if number < 0:
            number = next((n for n, listed in enumerate(rows) if listed.dispute.open), 0 if rows else -1)
        index = self.table.proxy.mapFromSource(self.table.source.index(number, 0))
        if index.isValid():
            self.table.selectRow(index.row())
        self._chosen()

    # ----- one datum -----

    def _chosen(self) -> None:
        listed: Listed | None = self.table.selected()
        if listed is not None:
            self._wanted = listed.dispute.place
        self.card.show_dispute(listed, can_sign=not self.snapshot.recovered)
        self._look()

    def _look(self) -> None:
        """Reads what each decision would change; a later question makes an earlier one void."""
        if self._preview is not None:
            self._preview.cancel()
        listed = self.card.listed
        if listed is None:
            return
        office, dispute, value = self.store.office, listed.dispute, self.card.value()
        self._preview = tasks.run(
            lambda _progress, _cancel: _look(office, dispute, value),
            done=self.card.show_look,
            failed=self.banner.show_error,
            owner=self.card,
        )

    def _decide(self, action: DisputeAction, value: Decimal | None, reason: str) -> None:
        listed = self.card.listed
        if listed is None:
            return
        place = listed.dispute.place

        def work(office: Office, _progress: object, _cancel: object) -> tuple[int, tuple[Dispute, ...]]:
            made = decide(office, place, action, reason=reason, value=value)
            return made.number, list_disputes(office)

        self._reading = True
        self.job(tr("challenges.signing"), work, lambda both: self._decided(*both))
        if self.store.running is None:
            self._reading = False

    def _decided(self, number: int, rows: tuple[Dispute, ...]) -> None:
        self.card.forget()
        self._take(rows)
        left = sum(one.open for one in rows)
        self.banner.info(tr("challenges.done", number=number, open=left))
        self.table.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self.width() >= theme.pixels(_BESIDE)
        self.split.setOrientation(Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical)


def _look(office: Office, dispute: Dispute, value: Decimal | None) -> Look:
    replaced = {} if value is None else preview(office, dispute, value)
    return Look(dispute.place, value, preview(office, dispute, None), replaced, history(office, dispute.place))


def _state(dispute: Dispute) -> str:
    """As short as the column; the card of the chosen datum says why it is held."""
    ruling = dispute.ruling
    held = ruling is not None and ruling.visit and ruling.action == "site"
    return tr("challenges.held.short", visit=ruling.visit) if ruling is not None and held else ruling_words(dispute)


def _columns() -> tuple[Column[Listed], ...]:
    return (
        Column(
            tr("column.state"), lambda r: _state(r.dispute), width=132,
            icon=lambda r: ("circle-alert", "warning") if r.dispute.open else ("circle-check", "accent"),
            sort=lambda r: (not r.dispute.open, ruling_words(r.dispute)),
        ),
        Column(tr("column.id"), lambda r: r.dispute.application, width=104),
        Column(tr("challenges.datum"), lambda r: r.label, stretch=True),
        Column(tr("challenges.year"), lambda r: r.dispute.key or "—", number=True, width=56),
        Column(
            tr("challenges.declared"), lambda r: figure(r.dispute.declared, r.dispute.unit), number=True,
            width=150,
            sort=lambda r: r.dispute.declared or Decimal(0),
        ),
        Column(
            tr("challenges.who"),
            # The unit is that of the declared figure beside it.
            lambda r: tr("list.separator").join(
                f"{one.expert} {figure(one.challenge.proposed, '')}" for one in r.dispute.raised
            ),
            sort=lambda r: len(r.dispute.raised), width=170,
        ),
    )  # fmt: skip
