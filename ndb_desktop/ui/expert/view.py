"""What the window shows of a review: a copy of what is stored, renewed in the lane after each write.

Reading it never waits for the database, so a slow stick or a large document cannot freeze the window. Everything
derived (totals, findings, progress) comes from the same domain functions the session and the merge use.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction

from ndb_desktop.domain import flow
from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.numbers import exact
from ndb_desktop.domain.rulepack import Statement
from ndb_desktop.domain.rules import Computed
from ndb_desktop.domain.scoring import Totals, combine, computed_values, sheet_totals
from ndb_desktop.domain.sheet import ItemEntry, Sheet
from ndb_desktop.domain.sheetform import FormItem, StageForm
from ndb_desktop.services import stage_sheet_words as stage_words
from ndb_desktop.services.review import ExportInfo, NewsLine, ReviewItem, ReviewSession
from ndb_desktop.services.review_drafts import Draft
from ndb_desktop.services.review_round import findings_of
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert import words


class ReviewView:
    """Sheets and standing of an open review. `renew` runs in the database lane, everything else anywhere."""

    def __init__(self, session: ReviewSession) -> None:
        self._session = session
        self.applications: tuple[ReviewItem, ...] = session.applications
        self.batch, self.expert, self.packs = session.batch, session.expert, session.packs
        self.summary = session.summary
        self._sheets: dict[str, Sheet] = {}
        self._values: dict[str, Mapping[str, Fraction]] = {}
        # Each with the sheet it was made from: the lane may bring a new sheet in the middle of a computation.
        self._findings: dict[str, tuple[Sheet, tuple[Fault, ...]]] = {}
        self._totals: dict[str, tuple[Sheet, Totals]] = {}
        self._progress: dict[str, tuple[Sheet, tuple[int, int]]] = {}
        self.statements: tuple[tuple[Statement, str], ...] = ()
        self.exports: tuple[ExportInfo, ...] = ()
        self.locked = self.can_undo = self.can_redo = self.clock_behind = False
        self.last_saved: datetime | None = None
        self.final_recusals: frozenset[str] = frozenset()
        self.opened_at: tuple[str, str] = session.last_place
        """Application and item one stood at when it was closed, or lost, before this opening."""
        self.news: tuple[NewsLine, ...] = ()
        self._drafts: dict[str, Mapping[str, Draft]] = {}
        self.carried_from = session.carried_from
        self.checked = session.checked
        """Whether the check page was seen with everything complete, at this opening or an earlier one."""
        self.renew()

    def renew(self, application: str = "") -> None:
        """Copies what is stored; of the sheets only that of `application`, or all ("")."""
        session = self._session
        for review in self.applications:
            name = review.application.id
            if not application or name == application:
                self._sheets[name], self._drafts[name] = session.sheet(name), session.drafts(name)
        self._drafts[""] = session.drafts("")
        self.statements = session.statements()
        self.locked = session.locked
        self.news = session.news()
        self.last_saved, self.clock_behind = session.last_saved, session.clock_behind
        try:
            self.exports = session.exports()
            self.final_recusals = session.final_recusals
            self.can_undo, self.can_redo = session.can_undo, session.can_redo
        except NdbError:
            # The worksheet's medium is away: all this stays as it was, and the marks are held in memory.
            if not session.unsaved:
                raise

    @property
    def first_item(self) -> FormItem:
        """Any item at all, for what is made before there is one to show. A bundle without one cannot be scored."""
        items = [item for review in self.applications for item in review.form.items[:1]]
        return items[0] if items else self.applications[0].pack.items[0]

    @property
    def later(self) -> bool:
        """Whether bases of a later stage are judged, and no applications scored."""
        return any(review.stage is not None for review in self.applications)

    def item(self, application: str) -> ReviewItem:
        """An application with its pack."""
        return self._session.item(application)

    def sheet(self, application: str) -> Sheet:
        """The sheet as stored at the last renewal."""
        return self._sheets[application]

    @property
    def drafts(self) -> tuple[tuple[str, str], ...]:
        """Application and form of every draft, in the order of the bundle."""
        return tuple((r.application.id, form) for r in self.applications for form in self._drafts[r.application.id])

    def draft(self, application: str, form: str) -> Draft:
        """What stands in a form that is not submitted (草稿), nothing when there is none."""
        return self._drafts[application].get(form, {})

    def scorable(self, application: str) -> bool:
        """Whether items may be answered: declared, neither recused nor given back, and not signed."""
        sheet = self.sheet(application)
        return not self.locked and sheet.status == "scored" and sheet.declaration.status == "clear"

    def entry(self, application: str, item: str) -> ItemEntry:
        """The entry of an item; an untouched item has an open one."""
        return self._sheets[application].items.get(item, ItemEntry(item))

    def computed(self, application: str, item: str) -> Computed:
        """What the rule gives for an item, with its working."""
        return self._session.computed(application, item)

    def values(self, application: str) -> Mapping[str, Fraction]:
        """All computed values of an application."""
        if application not in self._values:
            review = self.item(application)
            self._values[application] = computed_values(review.pack, review.application, review.k)
        return self._values[application]

    def score(self, application: str, item_id: str) -> Fraction | None:
        """An item's score as entered; None while it is open or does not apply."""
        entry = self.entry(application, item_id)
        if entry.state != "scored":
            return None
        review = self.item(application)
        if review.stage is not None:
            # Of a target and a task a word says more than a number: see `shown`.
            return exact(entry.value) if entry.value is not None and entry.level is not None else None
        item = review.pack.item_by_id[item_id]
        if item.computed and not entry.confirm:
            return None
        judged = None if entry.value is None else exact(entry.value)
        return combine(item, self.values(application).get(item_id), judged)

    def shown(self, application: str, item_id: str) -> str:
        """What stands beside an item in a list: its score, 完成 of a task, what a target comes to; "" for nothing."""
        form = self.item(application).form
        if isinstance(form, StageForm):
            item = form.item_by_id[item_id]
            if item.promise is not None:
                return stage_words.target_short(form, item, i18n.language())
            if item.task is not None:
                return stage_words.done_word(self.entry(application, item_id).value, i18n.language())
        value = self.score(application, item_id)
        return "" if value is None else words.score(value, form.settings)

    def own_shares(self, application: str) -> list[tuple[str, str]]:
        """What the marks of a later stage alone come to, as name and figure; nothing in selection."""
        form = self.item(application).form
        if not isinstance(form, StageForm):
            return []
        return stage_words.own_shares(form, self.sheet(application), i18n.language())

    def own_total(self, application: str) -> tuple[str, Fraction | None, str] | None:
        """The one figure the marks of a later stage alone come to: its name, itself and as text; None in selection."""
        form = self.item(application).form
        if not isinstance(form, StageForm):
            return None
        return stage_words.own_total(form, self.sheet(application), i18n.language())

    def reckon(self, application: str) -> None:
        """Computes what the pages will ask for; away from the window."""
        form = self.item(application).form
        if isinstance(form, StageForm):
            _rows = form.rows
        else:
            self.totals(application)

    def totals(self, application: str) -> Totals:
        """All sums of a sheet of selection."""
        sheet, review = self.sheet(application), self.item(application)
        known = self._totals.get(application)
        if known is None or known[0] is not sheet:
            values = self.values(application)
            known = (sheet, sheet_totals(review.pack, review.application, sheet, review.k, values))
            self._totals[application] = known
        return known[1]

    def findings(self, application: str) -> tuple[Fault, ...]:
        """What keeps a sheet from being signed."""
        sheet, review = self.sheet(application), self.item(application)
        known = self._findings.get(application)
        if known is None or known[0] is not sheet:
            known = (sheet, findings_of(review, sheet))
            self._findings[application] = known
        return known[1]

    def progress(self, application: str) -> tuple[int, int]:
        """Done and all items; nothing is done before the declaration."""
        sheet = self.sheet(application)
        known = self._progress.get(application)
        if known is None or known[0] is not sheet:
            form = self.item(application).form
            none = sheet.declaration.status == "none"
            # Asked for every row of the list at every step from one application to the next.
            known = (sheet, (0, len(form.items)) if none else flow.progress(form, sheet))
            self._progress[application] = known
        return known[1]

    def overall_progress(self) -> tuple[int, int]:
        """Done and all items of all applications; where the expert recused (回避) there is no work to count."""
        names = [review.application.id for review in self.applications]
        pairs = [self.progress(name) for name in names if self.sheet(name).status != "recused"]
        return sum(done for done, _ in pairs), sum(total for _, total in pairs)

    @property
    def agreed(self) -> bool:
        """Whether every statement is agreed to (R16)."""
        return all(at for _, at in self.statements)
