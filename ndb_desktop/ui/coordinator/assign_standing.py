"""分派结果 of a draw and of today: guarantee, fairness, what the latest filling changed, shortages field by field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ndb_desktop.domain.batch import Assignment
from ndb_desktop.domain.numbers import brief
from ndb_desktop.services.assign import AssignReport, Shortage
from ndb_desktop.services.assignment_standing import Fairness, Standing
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.words import category_name
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.widgets.layout import Card
from ndb_desktop.ui.widgets.table import Column, DataTable

_MOST_NAMED = 6


@dataclass(frozen=True)
class Drawn:
    """A draw's report, and for one that only filled seats how many pairs it left as they were."""

    report: AssignReport
    refill: bool
    stayed: int
    added: tuple[Assignment, ...]
    removed: tuple[Assignment, ...]


def compare(report: AssignReport, before: Sequence[Assignment], *, refill: bool) -> Drawn:
    """What a draw changed against what was in force before it."""
    old, new = set(before), set(report.pairs)

    def order(pairs: set[Assignment]) -> tuple[Assignment, ...]:
        return tuple(sorted(pairs, key=lambda pair: (pair.application, pair.expert)))

    return Drawn(report, refill, len(old & new), order(new - old), order(old - new))


class StandingCard(Card):
    """How the assignment in force stands."""

    def __init__(self) -> None:
        super().__init__(gap=1, margins=2.5)
        self.setObjectName("assign.standing")
        self.lines = PlainLabel("", selectable=True)
        self.lines.setObjectName("assign.report")
        self.moved = PlainLabel("", "small", selectable=True)
        self.moved.setObjectName("assign.moved")
        self._short_title = PlainLabel("", "warning")
        self._short_title.setObjectName("assign.short.title")
        self.shortages = DataTable(tr("assign.short.table"), _columns(), sortable=False)
        self.shortages.setObjectName("assign.shortages")
        self.lacks = PlainLabel("", "small", selectable=True)
        self.lacks.setObjectName("assign.lacks")
        parts = (
            PlainLabel(tr("assign.report"), "heading"), self.lines, self.moved, self._short_title, self.shortages,
            self.lacks,
        )  # fmt: skip
        for part in parts:
            self.box.addWidget(part)

    def show_standing(self, standing: Standing | None, drawn: Drawn | None, snapshot: Snapshot) -> None:
        """Shows what is in force; `drawn` is the draw made in this session, if its result still is."""
        self.setVisible(standing is not None and bool(snapshot.assignments))
        if standing is None:
            return
        if drawn is not None and drawn.report.pairs != _ordered(snapshot.assignments):
            drawn = None
        lines = [tr("assign.count", pairs=len(snapshot.assignments), applications=_applications(snapshot))]
        if drawn is not None:
            lines.append(guarantee_words(drawn.report.guarantee))
            if drawn.report.groups:
                lines.append(tr("assign.groups", count=len(drawn.report.groups)))
            if drawn.report.floor is not None:
                floor = drawn.report.floor
                lines.append(tr("assignment.floor", before=floor.before, reached=floor.reached, limit=floor.limit))
        lines += fairness_lines(standing.fairness)
        self.lines.setText("\n".join(lines))
        self._show_moved(drawn)
        self._show_shortages(standing, drawn, snapshot)

    def _show_moved(self, drawn: Drawn | None) -> None:
        self.moved.setVisible(drawn is not None and drawn.refill)
        if drawn is None or not drawn.refill:
            return
        lines = [tr("assign.moved.none", count=drawn.stayed)]
        for pairs, key in ((drawn.removed, "removed"), (drawn.added, "added")):
            if pairs:
                names = tr("list.separator").join(f"{one.application} {one.expert}" for one in pairs[:_MOST_NAMED])
                more = tr("assign.moved.more", count=len(pairs) - _MOST_NAMED) if len(pairs) > _MOST_NAMED else ""
                words = {
                    "removed": tr("assign.moved.removed", count=len(pairs), names=names + more),
                    "added": tr("assign.moved.added", count=len(pairs), names=names + more),
                }
                lines.append(words[key])
        self.moved.setText("\n".join(lines))

    def _show_shortages(self, standing: Standing, drawn: Drawn | None, snapshot: Snapshot) -> None:
        rows = standing.shortages
        fields = {field.id: i18n.local(field.name) for field in snapshot.batch.fields}
        self._short_title.setVisible(bool(rows))
        self.shortages.setVisible(bool(rows))
        self._short_title.setText(tr("assign.short.count", seats=standing.empty_seats))
        self.shortages.set_rows([_Short(one, fields.get(one.field, one.field)) for one in rows])
        height = self.shortages.verticalHeader().defaultSectionSize() * min(len(rows), 6)
        self.shortages.setFixedHeight(height + self.shortages.horizontalHeader().sizeHint().height() + 4)
        lacks = drawn.report.lacks if drawn is not None else ()
        self.lacks.setText("\n".join(lack.words(i18n.language(), fields) for lack in lacks))
        self.lacks.setVisible(bool(lacks))


@dataclass(frozen=True)
class _Short:
    shortage: Shortage
    field: str


def guarantee_words(guarantee: str) -> str:
    """What a draw is proven to be."""
    return {
        "proved": tr("assign.guarantee.proved"),
        "proved_candidates": tr("assign.guarantee.candidates"),
        "solver": tr("assign.guarantee.solver"),
        "hurried": tr("assign.guarantee.hurried"),
    }[guarantee]


def fairness_lines(fair: Fairness) -> list[str]:
    """Loads and affinity sums, one line each."""
    mean = brief(fair.mean_load, 1)
    lines = [tr("assign.loads", least=fair.least_load, most=fair.most_load, mean=mean)]
    if fair.below:
        lines.append(tr("assign.loads.below", count=fair.below))
    if fair.full:
        lines.append(tr("assign.fair", poorest=fair.poorest, middle=fair.middle, richest=fair.richest))
    return lines


def _applications(snapshot: Snapshot) -> int:
    return len({pair.application for pair in snapshot.assignments})


def _ordered(pairs: Sequence[Assignment]) -> tuple[Assignment, ...]:
    return tuple(sorted(pairs, key=lambda pair: (pair.application, pair.expert)))


def _kind(shortage: Shortage) -> str:
    return {
        "": tr("assign.short.seats"),
        "field": tr("kind.field"),
        "finance": tr("kind.finance"),
        "policy": tr("kind.policy"),
    }[shortage.kind]


def _columns() -> tuple[Column[_Short], ...]:
    return (
        Column(tr("column.category"), lambda r: category_name(r.shortage.category), width=110),
        Column(tr("column.field"), lambda r: r.field, stretch=True),
        Column(tr("assign.short.what"), lambda r: _kind(r.shortage), width=150),
        Column(
            tr("assign.short.missing"), lambda r: str(r.shortage.missing), number=True, width=100,
            icon=lambda _r: ("triangle-alert", "warning"),
        ),
        Column(tr("assign.short.needed"), lambda r: str(r.shortage.needed), number=True, width=90),
        Column(tr("assign.short.eligible"), lambda r: str(r.shortage.eligible), number=True, width=120),
    )  # fmt: skip
