"""What the panel of an item shows: what is asked, what was declared, what it gives, and what is stored for it now."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.domain import flow
from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.rulepack import ItemDef
from ndb_desktop.domain.sheet import ItemEntry
from ndb_desktop.domain.sheetform import TASK, FormItem, StageForm, StageQuestion
from ndb_desktop.services.review import ReviewItem
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.data_card import DataCard, PlanCard
from ndb_desktop.ui.expert.item_parts import ItemParts
from ndb_desktop.ui.expert.stage_cards import StageCard
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr


class ItemView(ItemParts):
    """The parts filled from rule pack, application and sheet; `IndicatorPanel` acts on them.

    Signal `jump(str, int, object)`: show a document at a page, and a rectangle or None there.
    """

    jump = Signal(str, int, object)

    def __init__(self, store: ReviewStore, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self._store = store
        self._review: ReviewItem = store.view.applications[0]
        self._item: FormItem = store.view.first_item

    @property
    def _editable(self) -> bool:
        return self._store.view.scorable(self._review.application.id)

    # ----- what does not change while one answers -----

    def fill(self, application: str, item_id: str) -> None:
        """Puts an item of an application into the parts, from the top."""
        view = self._store.view
        self._review = view.item(application)
        form = self._review.form
        self._item = item = form.item_by_id[item_id]
        self.head.show_item(item)
        if isinstance(item, ItemDef):
            self._show_selection(application, item)
        elif isinstance(form, StageForm):
            self._show_stage(application, form, item_id)
        self.levels.setVisible(item.levelled)
        if item.levelled:
            self.levels.show_item(form, item)
        self.confirm.show_item(self._review, item)
        self.evidence.show_item(self._review, item)
        self.round.show_item(self._review, item_id)
        self.reason.forget()
        self.note.forget()
        self.refresh()
        self.area.verticalScrollBar().setValue(0)

    def _show_selection(self, application: str, item: ItemDef) -> None:
        """What is asked of an indicator, what was declared for it, and what that gives."""
        indicator = item.indicator
        self._show_asks(i18n.local(indicator.asks), i18n.local(indicator.source_phrase), i18n.local(indicator.evidence))
        self.data_fold.setVisible(bool(indicator.data))
        self.data_fold.set_summary(" · ".join(i18n.local(datum.label) for datum in indicator.data))
        self.data.show_key((application, indicator.id), lambda: self._make_data(item))
        self.plan.setVisible(item.part == "plan")
        if item.part == "plan":
            self.plan.show_key((application, indicator.id), lambda: self._make_plan(item))
        has_computed = item.computed or item.mixed
        self.computed.setVisible(has_computed)
        if has_computed:
            computed = self._store.view.computed(application, item.id)
            self.computed.show_computed(self._review.pack, item, computed, self._review.k)
        self.promise.hide()
        self.done.hide()

    def _show_stage(self, application: str, form: StageForm, item_id: str) -> None:
        """What a base promised for a target or task and what it came to; what a judged item asks."""
        item = form.item_by_id[item_id]
        self._show_asks(i18n.local(item.asks), "", i18n.local(item.evidence))
        for part in (self.data_fold, self.plan, self.computed):
            part.hide()
        promised = item.promise is not None or item.task is not None
        self.promise.setVisible(promised)
        if promised:
            self.promise.show_key((application, item_id), lambda: self._make_promise(form, item))
        self.done.setVisible(item.part == TASK)
        if item.part == TASK:
            self.done.show_form(form)

    def _show_asks(self, asks: str, quote: str, evidence: str) -> None:
        self.asks.setText(asks)
        self.asks.setVisible(bool(asks))
        self.asks_fold.set_summary(asks or evidence)
        self.quote.setText(quote)
        self.quote.setVisible(bool(quote))
        self.wanted.setText(tr("expert.evidence.wanted", text=evidence))
        self.wanted.setVisible(bool(evidence))
        self.asks_fold.setVisible(bool(asks or evidence))

    def _make_data(self, item: ItemDef) -> DataCard:
        card = DataCard(self._review.application, item.indicator)
        card.jump.connect(self.jump)
        return card

    def _make_promise(self, form: StageForm, item: StageQuestion) -> StageCard:
        card = StageCard(self._review, form, item)
        card.jump.connect(self.jump)
        return card

    def _make_plan(self, item: ItemDef) -> PlanCard:
        return PlanCard(self._review.application, item.indicator)

    # ----- what is stored -----

    def refresh(self) -> None:
        """Shows what is stored for the item now."""
        view, item, form = self._store.view, self._item, self._review.form
        application = self._review.application
        sheet = view.sheet(application.id)
        entry = view.entry(application.id, item.id)
        editable = self._editable
        done = flow.done(form, sheet, item.id)
        score = view.score(application.id, item.id) if done else None
        computed = (
            view.computed(application.id, item.id).status if isinstance(item, ItemDef) and item.computed else "ok"
        )
        self.head.show_state(words.item_state(entry, done, score, sheet=sheet.status, computed=computed), entry.flagged)
        self.confirm.refresh(entry, sheet, editable)
        skipped = entry.state == "not_applicable"
        self.not_applicable.setVisible(item.skippable)
        self.not_applicable.setChecked(skipped)
        if item.levelled:
            self.levels.setVisible(not skipped)
            self.levels.show_entry(form, self._store.entry(application.id, item.id), self._result(entry))
        if item.part == TASK:
            self.done.setVisible(not skipped)
            self.done.show_value(self._store.entry(application.id, item.id).value)
        self.reason.show_reason(entry.reason, self._reason_needed(entry), form.settings.reason_min)
        self.note.show_note(entry.note)
        self.round.refresh(self._review, editable)
        self.evidence.refresh()
        self._show_gaps(view.findings(application.id), entry)
        for widget in (self.levels, self.done, self.reason, self.note, self.not_applicable, self.flag):
            widget.setEnabled(editable)
        self.head.show_ways(self._ways)

    def _reason_needed(self, entry: ItemEntry) -> bool:
        """不适用, a level the pack names, and anything but done of a task."""
        if entry.state == "not_applicable":
            return True
        if self._item.part == TASK:
            return entry.value is not None and entry.value != 1
        return entry.level is not None and entry.level in self._review.form.settings.reason_levels

    def _result(self, entry: ItemEntry) -> str:
        """What a plan item gives from its computed and its judged half."""
        item, review = self._item, self._review
        if not item.mixed or entry.value is None:
            return ""
        value = self._store.view.score(review.application.id, item.id)
        target = self._store.view.computed(review.application.id, item.id).score
        settings = review.form.settings
        return tr(
            "expert.mixed",
            target=words.score(target, settings),
            level=f"{entry.value:f}",
            score=words.score(value, settings),
        )

    def _show_gaps(self, findings: tuple[Fault, ...], entry: ItemEntry) -> None:
        touched = entry.state != "open"
        mine = [f for f in findings if f.place == self._item.id] if touched else []
        self.gaps.setText("\n".join(i18n.fault(fault) for fault in mine))
        self.gaps.setVisible(bool(mine))
