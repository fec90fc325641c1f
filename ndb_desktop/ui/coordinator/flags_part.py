"""提示: every flag that asks for words, with its state; the expert's explanation, then the head's closing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Signal

from ndb_desktop.domain.flaglife import FlagCase, FlagState, cases, counts, mark
from ndb_desktop.domain.panelflags import Flag, flag_phrase
from ndb_desktop.services.results import BatchResult
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.coordinator.datum_words import item_label
from ndb_desktop.ui.coordinator.decision_words import signer_names
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.beside import Beside
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column
from ndb_desktop.ui.widgets.table import Column, DataTable

_STATES: tuple[tuple[FlagState, str], ...] = (
    ("open", "flags.open"),
    ("explained", "flags.explained"),
    ("closed", "flags.closed"),
)


class FlagsPart(TallPart):
    """Signals: `step(object, str, str)` a `FlagCase`, `explained` or `closed`, and the words; `picked()` another row.

    `name` begins the names of its widgets; `hint` says above the table what its flags are about.
    """

    step = Signal(object, str, str)
    picked = Signal()

    def __init__(self, name: str = "flags", hint: str = "") -> None:
        super().__init__()
        self._cases: tuple[FlagCase, ...] = ()
        self._snapshot: Snapshot | None = None
        self._last = ""
        self.filter = Choice(tr("flags.filter"))
        self.filter.setObjectName(f"{name}.filter")
        self.filter.chosen.connect(lambda _value: self._filter())
        self._count = PlainLabel("", "heading")
        self._count.setObjectName(f"{name}.count")
        self._none = EmptyState("flag", tr("flags.none"), tr("flags.none.text"))
        self.table = DataTable(tr("flags.title"), _columns(self._item))
        self.table.setObjectName(f"{name}.table")
        self.table.setFixedHeight(theme.pixels(260))
        self.table.selectionModel().currentChanged.connect(lambda *_: self._choose())
        self._flag = PlainLabel("", "heading")
        self._said = PlainLabel("", "muted", selectable=True)
        self._said.setObjectName(f"{name}.said")
        self.reason = LineEdit(tr("flags.reason"), "", tr("flags.reason.hint"))
        self.reason.setObjectName(f"{name}.reason")
        self.reason.textChanged.connect(self._update)
        self.explain = Button(tr("flags.explain"), "normal", "quote")
        self.explain.setObjectName(f"{name}.explain")
        self.explain.clicked.connect(lambda: self._step("explained"))
        self.close_flag = Button(tr("flags.close"), "normal", "check")
        self.close_flag.setObjectName(f"{name}.close")
        self.close_flag.clicked.connect(lambda: self._step("closed"))
        self._form = Card(self._flag, self._said, gap=1, margins=2)
        line = Beside(self.reason, self.explain, self.close_flag)
        self._form.box.addWidget(line)
        page = column(
            PlainLabel(hint or tr("flags.text"), "muted"), Flow(self._count, None, self.filter), self._none, self.table,
            self._form, gap=1.5, margins=2,
        )  # fmt: skip
        page.addStretch(1)
        self.setLayout(page)

    def show_result(self, result: BatchResult | None, snapshot: Snapshot) -> None:
        """The flags of a result; None forgets them."""
        self.show_flags(
            () if result is None else (flag for row in result.results.values() for flag in row.flags), snapshot
        )

    def show_flags(self, flags: Iterable[Flag], snapshot: Snapshot) -> None:
        """These flags with their state, as far as they ask for words."""
        wanted, self._snapshot = self._last, snapshot
        self._cases = cases(flags, snapshot.decisions)
        number = counts(self._cases)
        self._count.setText(
            tr("flags.count", count=len(self._cases), open=number["open"], explained=number["explained"])
        )
        every = ("", tr("flags.all"))
        states = [(state, f"{tr(words)} {number[state]}") for state, words in _STATES]
        self.filter.set_choices([every, *states], self.filter.value())
        self._filter()
        place = next((n for n, one in enumerate(self.table.source.rows) if mark(one.flag) == wanted), None)
        if place is not None:
            self.table.selectRow(self.table.proxy.mapFromSource(self.table.source.index(place, 0)).row())
            self._choose()

    def _filter(self) -> None:
        state = self.filter.value()
        rows = [case for case in self._cases if not state or case.state == state]
        self.table.set_rows(rows)
        self._none.setVisible(not rows)
        self.table.setVisible(bool(rows))
        self._choose()

    def _choose(self) -> None:
        case: FlagCase | None = self.table.selected()
        self._form.setVisible(case is not None)
        self.reason.clear()
        self.picked.emit()
        if case is None or self._snapshot is None:
            return
        self._last = mark(case.flag)
        self._flag.setText(f"{self._about(case)}  {i18n.phrase(flag_phrase(case.flag))}")
        lines = [
            tr(
                "flags.said", at=i18n.local_time(one.at), words=one.reason, names=signer_names(one, self._snapshot),
                step=tr("flags.explained") if one.content["step"] == "explained" else tr("flags.closed"),
            )
            for one in case.steps
        ]  # fmt: skip
        self._said.setText("\n".join(lines) or tr("flags.said.none"))
        self._update()

    def _item(self, case: FlagCase) -> str:
        return item_label(self._snapshot, case.flag.item)

    def _about(self, case: FlagCase) -> str:
        return "  ".join(part for part in (case.flag.application, case.flag.expert, self._item(case)) if part)

    def _update(self) -> None:
        case: FlagCase | None = self.table.selected()
        typed = bool(self.reason.text().strip())
        self.explain.setEnabled(case is not None and case.state != "closed" and typed)
        self.close_flag.setEnabled(case is not None and case.state == "explained" and typed)
        self.reason.setEnabled(case is not None and case.state != "closed")

    def _step(self, to: str) -> None:
        case: FlagCase | None = self.table.selected()
        if case is not None:
            self.step.emit(case, to, self.reason.text().strip())


def _state(case: FlagCase) -> tuple[str, str, str]:
    words = {state: tr(key) for state, key in _STATES}[case.state]
    icon, colour = {
        "open": ("flag", "warning"), "explained": ("quote", "accent"), "closed": ("circle-check", "muted"),
    }[case.state]  # fmt: skip
    return words, icon, colour


def _columns(item: Callable[[FlagCase], str]) -> tuple[Column[FlagCase], ...]:
    return (
        Column(tr("column.id"), lambda c: c.flag.application or "—"),
        Column(tr("column.expert"), lambda c: c.flag.expert or "—"),
        Column(tr("column.item"), lambda c: item(c) or "—", width=220),
        Column(tr("flags.title"), lambda c: i18n.phrase(flag_phrase(c.flag)), stretch=True),
        Column(tr("column.state"), lambda c: _state(c)[0], icon=lambda c: _state(c)[1:]),
    )
