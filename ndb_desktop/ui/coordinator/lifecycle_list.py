"""一览: every base with its state, since when and what is due; how many stand where; the registry before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Signal

from ndb_desktop.domain.lifecycle import STATES, State
from ndb_desktop.domain.lifepath import days_past
from ndb_desktop.formats.succession import Stage, SuccessionPayload
from ndb_desktop.services.lifecycle import Base, in_words
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.coordinator.fitting_table import FittingTable
from ndb_desktop.ui.coordinator.lifecycle_look import LivesLook
from ndb_desktop.ui.coordinator.lifecycle_words import (
    counts_words,
    due_look,
    due_words,
    short_category,
    state_look,
)
from ndb_desktop.ui.coordinator.page import search_box
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.coordinator.words import fault_lines
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.badge import Badge
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, holder, row
from ndb_desktop.ui.widgets.table import Column

_ALL, _LATE = "", "late"
_STAGES: dict[Stage, str] = {
    "selection": "lifecycle.stage.selection", "acceptance": "lifecycle.state.acceptance",
    "effect": "lifecycle.state.effect",
}  # fmt: skip


@dataclass(frozen=True)
class LifeRow:
    """A base on a day."""

    base: Base
    today: date

    @property
    def late(self) -> bool:
        """Whether its deadline is over."""
        return days_past(self.base.life.due, self.today) > 0


class LivesPart(TallPart):
    """Signals: `opened(str)` a base by id; `prepare(str)` a move of it."""

    opened = Signal(str)
    prepare = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[LifeRow, ...] = ()
        self.link = _LinkCard()
        self._stopped = PlainLabel("", "warning", selectable=True)
        self._stopped.setObjectName("lifecycle.stopped")
        self._refused = PlainLabel("", "warning", selectable=True)
        self._refused.setObjectName("lifecycle.refused")
        self._counts = PlainLabel("", "heading")
        self._counts.setObjectName("lifecycle.counts")
        self._late = PlainLabel("", "warning")
        self._late.setObjectName("lifecycle.late")
        self.empty = EmptyState("landmark", tr("lifecycle.reading"), tr("lifecycle.reading.text"))
        self.which = Choice(tr("lifecycle.which"))
        self.which.setObjectName("lifecycle.which")
        self.which.setMinimumWidth(theme.pixels(200))
        self.which.currentIndexChanged.connect(lambda _index: self._show_rows())
        self.table = FittingTable(tr("lifecycle.bases"), columns(), way=(1, 3), least=160)
        self.table.setObjectName("lifecycle.table")
        self.table.setMinimumHeight(theme.pixels(260))
        self.table.on_activated(lambda one: self.opened.emit(one.base.application.id))
        self.table.selectionModel().currentChanged.connect(lambda *_: self._update())
        self.open_button = Button(tr("lifecycle.open"), "primary", "eye")
        self.open_button.setObjectName("lifecycle.open")
        self.open_button.clicked.connect(lambda: self._say(self.opened))
        self.prepare_button = Button(tr("lifecycle.prepare"), "normal", "pen-line")
        self.prepare_button.setObjectName("lifecycle.prepare")
        self.prepare_button.clicked.connect(lambda: self._say(self.prepare))
        search = search_box("lifecycle.search", self.table)
        search.setMinimumWidth(theme.pixels(200))
        some = column(
            Card(self._counts, self._late, gap=0.5, margins=2),
            Flow(self.which, search, None, self.open_button, self.prepare_button), self.table, gap=1.5,
        )  # fmt: skip
        some.setStretch(2, 1)
        self._some = holder(some)
        page = column(self._stopped, self._refused, self.empty, self._some, self.link, gap=2, margins=2)
        page.setStretch(3, 1)
        self.setLayout(page)
        self.show_look(None)

    def show_look(self, look: LivesLook | None) -> None:
        """What was read; None while nothing is known yet."""
        self.link.show_link(None if look is None else look.link, () if look is None else look.faults)
        stopped = None if look is None else look.stopped
        refused = {} if look is None or look.refused is None else look.refused
        self._stopped.setText("" if stopped is None else tr("lifecycle.stopped", why=i18n.fault(stopped)))
        self._stopped.setVisible(stopped is not None)
        self._refused.setText(
            "\n".join(
                tr("lifecycle.refused", number=number, why=i18n.fault(in_words(fault, i18n.language())))
                for number, fault in refused.items()
            )
        )
        self._refused.setVisible(bool(refused))
        if look is not None:
            self.empty.say("landmark", tr("lifecycle.empty"), tr("lifecycle.empty.text"))
        bases = () if look is None else look.bases
        self.empty.setVisible(not bases and stopped is None)
        self._some.setVisible(bool(bases))
        self._rows = () if look is None else tuple(LifeRow(one, look.today) for one in bases)
        self._count(bases)
        self._show_rows()

    def _count(self, bases: tuple[Base, ...]) -> None:
        self._counts.setText("\n".join(counts_words(bases)))
        late = sum(one.late for one in self._rows)
        self._late.setText(tr("lifecycle.late.count", count=late))
        self._late.setVisible(bool(late))
        known = [state for state in STATES if any(one.life.state == state for one in bases)]
        choices: list[tuple[object, str]] = [(_ALL, tr("lifecycle.which.all"))]
        if late:
            choices.append((_LATE, tr("lifecycle.which.late")))
        before = self.which.value()
        self.which.blockSignals(True)
        self.which.set_choices([*choices, *((state, state_look(state)[0]) for state in known)], before)
        self.which.blockSignals(False)

    def _show_rows(self) -> None:
        which: State | str = self.which.value() or _ALL
        rows = [one for one in self._rows if which in (_ALL, one.base.life.state) or (which == _LATE and one.late)]
        if rows != list(self.table.source.rows):
            self.table.set_rows(rows)
        if rows and self.table.selected() is None:
            self.table.selectRow(0)
        self._update()

    def _update(self) -> None:
        chosen = self.table.selected() is not None
        self.open_button.setEnabled(chosen)
        self.prepare_button.setEnabled(chosen)

    def _say(self, signal: object) -> None:
        chosen: LifeRow | None = self.table.selected()
        if chosen is not None:
            signal.emit(chosen.base.application.id)  # type: ignore[attr-defined]


class _LinkCard(Card):
    """前一总库, and whether the link to it verifies."""

    def __init__(self) -> None:
        super().__init__(gap=0.5, margins=2)
        self.setObjectName("lifecycle.link")
        self._state = Badge("")
        self._state.setObjectName("lifecycle.link.state")
        self._text = PlainLabel("", "body", selectable=True)
        self._text.setObjectName("lifecycle.link.text")
        self.box.addWidget(PlainLabel(tr("lifecycle.link"), "heading"))
        self.box.addLayout(row(self._state, None))
        self.box.addWidget(self._text)

    def show_link(self, link: SuccessionPayload | None, faults: tuple[object, ...]) -> None:
        """Hidden for a registry that follows none."""
        self.setVisible(link is not None or bool(faults))
        if faults:
            self._state.show_state(tr("lifecycle.link.broken"), "octagon-alert", "danger")
        else:
            self._state.show_state(tr("lifecycle.link.sound"), "shield-check", "accent")
        lines = []
        if link is not None:
            before = link.predecessor
            lines.append(tr("lifecycle.link.text", batch=before.batch, stage=tr(_STAGES[link.stage])))
            lines.append(
                tr("lifecycle.link.bases", count=len(link.bases), name=link.issuer.name, at=i18n.local_time(link.at))
            )
            lines.append(tr("lifecycle.link.registry", digest=before.registry))
        if faults:
            lines.append(fault_lines(faults))  # type: ignore[arg-type]
        self._text.setText("\n".join(lines))


def columns() -> tuple[Column[LifeRow], ...]:
    """Who, where it stands since when, and what is due."""
    return (
        Column(tr("column.applicant"), lambda r: name_words(r.base), stretch=True),
        Column(tr("column.category"), lambda r: short_category(r.base.application.category), width=96),
        Column(
            tr("column.state"), lambda r: state_look(r.base.life.state)[0],
            icon=lambda r: state_look(r.base.life.state)[1:], sort=lambda r: STATES.index(r.base.life.state),
            width=176,
        ),
        Column(tr("lifecycle.since"), lambda r: since_words(r.base), width=104),
        Column(
            tr("lifecycle.due"), lambda r: due_words(r.base.life.due, r.today),
            icon=lambda r: due_look(r.base.life, r.today), colour=lambda r: "danger" if r.late else "",
            sort=lambda r: (r.base.life.due.day if r.base.life.due else date.max).isoformat(), width=270,
        ),
    )  # fmt: skip


def name_words(base: Base) -> str:
    """A base by number and name."""
    return f"{base.application.id}  {base.application.applicant}"


def since_words(base: Base) -> str:
    """The day of the last move, "—" before any."""
    return "—" if base.life.since is None else base.life.since.isoformat()
