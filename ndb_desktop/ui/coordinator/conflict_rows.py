"""回避核对 as a table: one row per expert and application, or per two experts who must not sit together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence

from ndb_desktop.domain.batch import Conflict
from ndb_desktop.domain.conflict_ruling import Outcome, Pair, PairConflicts
from ndb_desktop.domain.kinship import CODE, Kin
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.widgets.table import Column, DataTable

RowState = Literal["check", "recuse", "none", "kin", "draft_recuse", "draft_none"]
_SOURCES = frozenset(
    {"employer", "former", "coauthors", "shares", "spouses", "recommender", "province", "decision", "table", "visit"}
)
_WAYS = frozenset({"code", "name", "alias"})


@dataclass(frozen=True)
class Draft:
    """拟定: a ruling that is not signed yet."""

    outcome: Outcome
    reason: str


@dataclass(frozen=True)
class Listed:
    """A row: what is known of a pair and what is about to be signed on it, or two experts who are kin."""

    expert: str
    expert_name: str
    application: str
    applicant: str
    pair: PairConflicts | None = None
    draft: Draft | None = None
    kin: Kin | None = None

    @property
    def place(self) -> Pair:
        """(expert, application)."""
        return self.expert, self.application

    @property
    def state(self) -> RowState:
        """Where it stands; what is drafted comes first."""
        if self.draft is not None:
            return "draft_recuse" if self.draft.outcome == "recuse" else "draft_none"
        return "kin" if self.pair is None else self.pair.state

    @property
    def open(self) -> bool:
        """Whether it waits for somebody (待核, nothing drafted)."""
        return self.state == "check"

    @property
    def firm(self) -> bool:
        """Whether it is certain, so that 无 is not possible."""
        return self.pair is not None and any(row.strength == "recuse" for row in self.pair.grounds)


def state_words(state: RowState) -> tuple[str, str, str]:
    """A state: word, icon, colour token."""
    return {
        "check": (tr("conflict.state.check"), "circle-question-mark", "warning"),
        "recuse": (tr("conflict.state.recuse"), "ban", "danger"),
        "none": (tr("conflict.state.none"), "circle-check", "accent"),
        "kin": (tr("screen.state.kin"), "users", "muted"),
        "draft_recuse": (tr("screen.state.draft_recuse"), "pen-line", "danger"),
        "draft_none": (tr("screen.state.draft_none"), "pen-line", "accent"),
    }[state]


def code_words(code: str) -> str:
    """A ground in plain words with its code."""
    return f"{tr(f'conflict.{code}')} ({code})"


def source_words(row: Conflict) -> str:
    """Where a ground comes from and how it was met."""
    source, _, way = row.source.partition(":")
    words = tr(f"conflict.from.{source}") if source in _SOURCES else row.source
    return f"{words} · {tr(f'conflict.way.{way}')}" if way in _WAYS else words


def ground_words(row: Conflict) -> str:
    """One ground as a line: what, where from, in which words."""
    strength = state_words("recuse" if row.strength == "recuse" else "check")[0]
    parts = [code_words(row.code), source_words(row), row.words, strength]
    return tr("list.separator").join(part for part in parts if part)


def kin_words(kin: Kin) -> str:
    """Why two experts must not sit together."""
    return tr("screen.kin.line", one=kin.one, other=kin.other, words=kin.words)


def _codes(row: Listed) -> str:
    if row.pair is None:
        return code_words(CODE)
    codes = sorted({ground.code for ground in row.pair.grounds})
    return tr("list.separator").join(map(code_words, codes)) or code_words("C12")


def _sources(row: Listed) -> str:
    if row.pair is None:
        return tr("conflict.from.spouses")
    sources = dict.fromkeys(map(source_words, row.pair.grounds))
    return tr("list.separator").join(sources) or tr("conflict.from.decision")


def _said(row: Listed) -> str:
    if row.draft is not None:
        return row.draft.reason
    if row.kin is not None:
        return row.kin.words
    if row.pair is not None and row.pair.ruling is not None:
        return row.pair.ruling.decision.reason
    words = dict.fromkeys(ground.words for ground in row.pair.grounds if ground.words) if row.pair is not None else {}
    return tr("list.separator").join(words)


_ORDER: tuple[RowState, ...] = ("check", "draft_recuse", "draft_none", "recuse", "kin", "none")


SEARCHED = 5
"""The column that only the search sees."""


def columns() -> tuple[Column[Listed], ...]:
    """The columns of the table."""
    return (
        Column(
            tr("column.strength"), lambda r: state_words(r.state)[0], width=132,
            icon=lambda r: state_words(r.state)[1:], sort=lambda r: (_ORDER.index(r.state), r.expert, r.application),
        ),
        Column(tr("column.expert"), lambda r: f"{r.expert} {r.expert_name}".strip(), width=134),
        Column(
            tr("column.id"), lambda r: f"{r.application} {r.applicant}".strip() or tr("screen.kin.any"), stretch=True,
        ),
        Column(tr("column.ground"), _codes, width=120),
        Column(tr("column.source"), _sources, width=112),
        # Looked for, not looked at: the card beside shows it whole.
        Column(tr("column.words"), _said),
    )  # fmt: skip


class ConflictTable(DataTable):
    """Signals: `ruled(str)` key 1 (`recuse`) or 2 (`none`) on the chosen row; `undone()` Ctrl+Z."""

    ruled = Signal(str)
    undone = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        outcome = {Qt.Key.Key_1: "recuse", Qt.Key.Key_2: "none"}.get(Qt.Key(event.key()))
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undone.emit()
        elif outcome is not None and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self.ruled.emit(outcome)
        else:
            super().keyPressEvent(event)

    def choose(self, number: int) -> None:
        """Chooses the row with this number in the list and brings it into sight."""
        index = self.proxy.mapFromSource(self.source.index(number, 0))
        if index.isValid():
            self.selectRow(index.row())
            self.scrollTo(index)

    def next_open(self) -> int:
        """The next row in sight that waits, from the chosen one on and around; -1 if none does."""
        count, start = self.proxy.rowCount(), self.currentIndex().row()
        for step in range(1, count + 1):
            number = self.proxy.mapToSource(self.proxy.index((start + step) % count, 0)).row()
            if self.source.row_at(number).open:
                return number
        return -1
