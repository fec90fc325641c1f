"""核对 in values: what each cell, row and column of the matrix says. No widget; everything is the expert's own marks.

A row is made again only when its sheet changed, so a page of 200 applications is renewed by one row at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from ndb_desktop.domain.numbers import brief
from ndb_desktop.domain.sheet import ItemEntry, Sheet
from ndb_desktop.domain.sheetform import TARGET, TASK, FormItem, challenged_item
from ndb_desktop.domain.sheethints import Hint, OwnSheet, hints, missing_reasons, same_values
from ndb_desktop.services.review_open import ReviewItem
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.view import ReviewView
from ndb_desktop.ui.expert.words import State
from ndb_desktop.ui.i18n import tr

Wanted = Literal["all", "gaps", "flagged", "challenged", "hints", "spared", "unable", "recused"]
FILTERS: tuple[Wanted, ...] = ("all", "gaps", "flagged", "challenged", "hints", "spared", "unable", "recused")
"""`spared`: items that do not apply (不适用); `unable`: applications the expert cannot score (无法评分)."""
NAME, TOTAL, FIRST = 0, 1, 2
"""Columns: the applicant, the total, then the items from `FIRST` on."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One mark: its state as a shape and a word, its score, and what else is to be seen on it."""

    item: str
    name: str
    state: State
    value: Fraction | None
    text: str
    gap: bool = False
    flagged: bool = False
    challenged: bool = False
    spared: bool = False

    @property
    def quiet(self) -> bool:
        """Whether what is written says enough: a score that is not nought, or a finding in words; nothing missing."""
        worded = self.value is None and bool(self.text) and not self.spared
        return (worded or (self.value is not None and self.value != 0)) and not self.gap

    @property
    def words(self) -> list[str]:
        """Everything there is to say, in words."""
        found = [self.state.text]
        if self.value is not None:
            found.insert(0, tr("check.points", score=self.text))
        if self.flagged:
            found.append(tr("expert.flagged"))
        if self.challenged:
            found.append(tr("check.state.challenged"))
        return found


@dataclass(frozen=True, slots=True)
class Row:
    """One application."""

    id: str
    applicant: str
    about: str
    state: State
    total: Fraction | None
    total_text: str
    cells: tuple[Cell, ...]
    asked: bool
    recused: bool
    unable: bool
    other_gap: bool
    """A gap that belongs to no item: the declaration, a reason for not scoring, a cited page."""

    def has(self, wanted: Wanted, hinted: bool) -> bool:
        """Whether a filter keeps this row."""
        if wanted == "gaps":
            return self.other_gap or any(cell.gap for cell in self.cells)
        if wanted == "flagged":
            return any(cell.flagged for cell in self.cells)
        if wanted == "challenged":
            return any(cell.challenged for cell in self.cells)
        if wanted == "hints":
            return hinted
        if wanted == "spared":
            return any(cell.spared for cell in self.cells)
        if wanted == "unable":
            return self.unable
        return self.recused if wanted == "recused" else True

    def value(self, column: int) -> Fraction | None:
        """The number a column sorts by."""
        return self.total if column == TOTAL else self.cells[column - FIRST].value


@dataclass(frozen=True, slots=True)
class Span:
    """The expert's own marks in one column: lowest, highest, how many."""

    low: Fraction
    high: Fraction
    count: int

    @property
    def text(self) -> str:
        """`60–92.5`."""
        low, high = brief(self.low, 1), brief(self.high, 1)
        return low if low == high else f"{low}–{high}"


def span_of(values: Sequence[Fraction | None]) -> Span | None:
    """The span of the marks there are."""
    known = [value for value in values if value is not None]
    return Span(min(known), max(known), len(known)) if known else None


@dataclass
class Rows:
    """All rows of a review, each made once per sheet; `renew` brings them up to date."""

    view: ReviewView
    _known: dict[str, tuple[Sheet, Row]] = field(default_factory=dict)
    _columns: dict[str, tuple[FormItem, ...]] = field(default_factory=dict)
    _hints: tuple[tuple[Sheet, ...], tuple[Hint, ...], Mapping[tuple[str, str], int]] = ((), (), {})

    def row(self, application: str) -> Row:
        """The row of an application as its sheet is now."""
        sheet = self.view.sheet(application)
        known = self._known.get(application)
        if known is None or known[0] is not sheet:
            review = self.view.item(application)
            known = (sheet, make_row(self.view, review, sheet, self.columns(review.application.category)))
            self._known[application] = known
        return known[1]

    def of(self, category: str) -> list[Row]:
        """The rows of a category in bundle order."""
        found = self.view.applications
        return [self.row(r.application.id) for r in found if r.application.category == category]

    def categories(self) -> list[str]:
        """The categories of this bundle, in the order they first appear."""
        return list(dict.fromkeys(review.application.category for review in self.view.applications))

    def columns(self, category: str) -> tuple[FormItem, ...]:
        """The items of a category: those of its pack; in a later stage those of all its bases together."""
        if category not in self._columns:
            self._columns[category] = _columns(
                [r for r in self.view.applications if r.application.category == category]
            )
        return self._columns[category]

    def hints(self) -> tuple[Hint, ...]:
        """What is worth a second look, over all applications."""
        return self._looked()[1]

    def alike(self, application: str, item: str) -> int:
        """How many other applications have exactly this mark on this item."""
        return self._looked()[2].get((application, item), 0)

    def _looked(self) -> tuple[tuple[Sheet, ...], tuple[Hint, ...], Mapping[tuple[str, str], int]]:
        sheets = tuple(self.view.sheet(review.application.id) for review in self.view.applications)
        if len(sheets) != len(self._hints[0]) or any(a is not b for a, b in zip(sheets, self._hints[0], strict=True)):
            pairs = zip(self.view.applications, sheets, strict=True)
            own = [OwnSheet(review.application.id, review.form, sheet) for review, sheet in pairs]
            self._hints = (sheets, hints(own), same_values(own))
        return self._hints


def _columns(reviews: Sequence[ReviewItem]) -> tuple[FormItem, ...]:
    """Every item once. Targets stand in the order of their pack, tasks as the first base that has them names them."""
    first = reviews[0]
    if first.stage is None:
        return tuple(first.form.items)
    places = {measured.id: place for place, measured in enumerate(first.stage.pack.measured)}
    found = {item.id: item for review in reviews for item in review.form.items}
    targets = [item for item in found.values() if item.part == TARGET]
    targets.sort(key=lambda item: places[item.id.partition(":")[2]])
    return (*targets, *(item for item in found.values() if item.part != TARGET))


def make_row(view: ReviewView, review: ReviewItem, sheet: Sheet, items: Sequence[FormItem]) -> Row:
    """What one application shows below `items`, of which its form may lack some."""
    application, form = review.application, review.form
    done, total = view.progress(application.id)
    asked = sheet.declaration.status == "clear" and sheet.status == "scored"
    faults = {fault.place for fault in view.findings(application.id)}
    cell = _cell_maker(view, review, sheet, faults if asked else set())
    sums = view.totals(application.id) if asked and review.stage is None else None
    own = view.own_total(application.id) if asked else None
    whole = sums.total if sums else own[1] if own else None
    return Row(
        application.id,
        application.applicant,
        words.about(view.batch, application),
        words.sheet_state(sheet, done, total),
        whole,
        words.score(whole, form.settings) if sums else own[2] if own else "",
        tuple(cell(item) for item in items),
        asked,
        sheet.status == "recused",
        sheet.status == "unable",
        any(place not in form.item_by_id for place in faults),
    )


def _cell_maker(view: ReviewView, review: ReviewItem, sheet: Sheet, gaps: set[str]) -> Callable[[FormItem], Cell]:
    application, form = review.application.id, review.form
    asked = sheet.declaration.status == "clear" and sheet.status == "scored"
    unwritten = set(missing_reasons(form, sheet)) if gaps else set()
    disputed = {challenged_item(form, challenge) for challenge in sheet.challenges}

    def make(item: FormItem) -> Cell:
        if item.id not in form.item_by_id:
            return Cell(item.id, _cell_name(item), not_asked_state(), None, "")
        entry = sheet.items.get(item.id, ItemEntry(item.id))
        gap = item.id in gaps
        value = view.score(application, item.id) if asked else None
        if sheet.declaration.status == "none":
            state = State("lock", tr("expert.state.undeclared"), "quiet", "muted")
        elif item.id in unwritten and not (item.id not in sheet.items):
            state = reason_state()
        else:
            nought = value == 0 and item.computed and not gap and review.stage is None
            status = view.computed(application, item.id).status if nought else "ok"
            # A challenge has a sign of its own in a cell.
            state = words.item_state(entry, not gap, value, sheet=sheet.status, computed=status, disputed=False)
        text = view.shown(application, item.id) if asked and entry.state == "scored" else ""
        if review.stage is None and value is None:
            text = ""
        spared = asked and entry.state == "not_applicable"
        if spared:
            text = "—"
        challenged = asked and item.computed and item.id in disputed
        flagged = asked and entry.flagged
        return Cell(item.id, words.item_place(form, item.id), state, value, text, gap, flagged, challenged, spared)

    return make


def _cell_name(item: FormItem) -> str:
    """An item that is not in an application's own form."""
    return f"{words.part_name(item.part)} · {column_title(item)}"


def not_asked_state() -> State:
    """A target or task that only other bases promised."""
    return State("minus", tr("check.not_asked"), "quiet", "muted")


def reason_state() -> State:
    """缺理由: the mark is there, its reason is missing or too short."""
    return State("pen-line", tr("check.state.reason"), "warning", "warning")


def challenged_state() -> State:
    """已质疑: a datum behind the computed score is disputed."""
    return State("message-square-warning", tr("check.state.challenged"), "warning", "warning")


def arranged(rows: Sequence[Row], column: int, descending: bool) -> list[Row]:
    """Rows in the order of a column; what has no number stands last either way, equal ones in bundle order."""
    if column == NAME:
        return sorted(rows, key=lambda row: row.applicant, reverse=descending)
    known = [row for row in rows if row.value(column) is not None]
    open_ = [row for row in rows if row.value(column) is None]
    return sorted(known, key=lambda row: row.value(column) or Fraction(0), reverse=descending) + open_


def column_title(item: FormItem) -> str:
    """`P1.1 基本`."""
    return f"{item.number} {words.part_short(item.part)}".strip()


def column_name(item: FormItem) -> str:
    """What an item is called above its column; tasks with one number are other tasks in every base."""
    return tr("check.task.own") if item.part == TASK else i18n.local(item.title)


def span_words(span: Span | None) -> str:
    """A column's own marks in a sentence."""
    if span is None:
        return tr("check.span.none")
    return tr("check.span", low=brief(span.low), high=brief(span.high), count=span.count)


def hint_words(hint: Hint, view: ReviewView) -> str:
    """What a hint says, calmly."""
    score = brief(hint.value) if hint.value is not None else ""
    if hint.kind == "same_all":
        return tr("check.all_same", score=score)
    if hint.kind == "top_all":
        return tr("check.top_all", score=score)
    if hint.kind == "top_band":
        return tr("check.top_band")
    if hint.kind == "same_value":
        return tr("check.same_value", count=len(hint.cells), of=hint.of, score=score)
    if hint.kind == "same_reason":
        return tr("check.same_reason", count=len(hint.cells))
    names = [view.item(name).application.applicant for name in hint.others]
    shown = i18n_list(names[:3])
    return (
        tr("check.same_row", names=shown)
        if len(names) <= 3
        else tr("check.same_row.more", names=shown, count=len(names))
    )


def i18n_list(names: Sequence[str]) -> str:
    """Names one after the other."""
    return ("、" if i18n.language() == "zh_CN" else ", ").join(names)
