"""复评: the own first score beside the item in hand, figures of the others where there are any, and why it changed."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.secondround import TOTAL, changed_items
from ndb_desktop.domain.sheet import ItemEntry
from ndb_desktop.formats.roundrecord import SpreadRecord
from ndb_desktop.services.review import ReviewItem
from ndb_desktop.services.review_round import FirstMarks
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, PlainLabel
from ndb_desktop.ui.widgets.fields import TextBox
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, row


class RoundCard(Card):
    """Part of an item's panel, shown in a second round only."""

    def __init__(self, store: ReviewStore) -> None:
        super().__init__(kind="raised", gap=0.75, margins=1.5)
        self.setObjectName("round.card")
        self._store = store
        self._place = ("", "")
        self._first = PlainLabel("", "body")
        self._first.setObjectName("round.first")
        self._others = PlainLabel("", "small")
        self._others.setObjectName("round.others")
        self._changed = PlainLabel(tr("round.card.changed"), "warning")
        self.reason = TextBox(tr("round.card.reason"), placeholder=tr("round.card.reason.hint"), lines=2)
        self.reason.setObjectName("round.reason")
        self.reason.edited.connect(self._write)
        head = row(IconLabel("rotate-ccw", 16, "muted"), PlainLabel(tr("round.card.title"), "heading"))
        head.setStretch(1, 1)
        self.box.addLayout(head)
        for part in (self._first, self._others, self._changed, self.reason):
            self.box.addWidget(part)
        self.hide()

    def show_item(self, review: ReviewItem, item: str) -> None:
        """Another item: what is typed for the one before is committed already."""
        self._place = (review.application.id, item)
        self.reason.drop_pending()

    def refresh(self, review: ReviewItem, editable: bool) -> None:
        """Shows what is stored for the item in hand."""
        first, (application, item) = review.first, self._place
        self.setVisible(first is not None)
        if first is None:
            return
        sheet = self._store.view.sheet(application)
        changed = item in changed_items(first.sheet, sheet)
        self._first.setText(tr("round.card.first", score=entry_words(first.sheet.items.get(item, ItemEntry(item)))))
        known = first.spread.get(item)
        self._others.setText(spread_words(known) if known is not None else "")
        self._others.setVisible(known is not None)
        self._changed.setVisible(changed and not sheet.changes.get(item, ""))
        self.reason.setVisible(changed)
        self.reason.set_stored(sheet.changes.get(item, ""))
        self.reason.setEnabled(editable)

    def commit(self) -> None:
        """Stores what is typed but not yet reported."""
        self.reason.commit()

    def _write(self, text: str) -> None:
        application, item = self._place
        if application and not self._store.view.locked:
            self._store.apply(lambda session: session.set_change_reason(application, item, text))


class UpholdCard(Card):
    """Part of the overall page, shown in a second round only: what changed, or that the first scores stand."""

    def __init__(self, store: ReviewStore) -> None:
        super().__init__(PlainLabel(tr("round.uphold.title"), "heading"))
        self.setObjectName("round.uphold.card")
        self._store = store
        self._application = ""
        self._why = PlainLabel("", "small")
        self._why.setObjectName("round.why")
        self._others = PlainLabel("", "small")
        self._others.setObjectName("round.total.others")
        self._list = PlainLabel("", "body")
        self._list.setObjectName("round.changes")
        self.uphold = Button(tr("round.uphold"), "primary", "check")
        self.uphold.setObjectName("round.uphold")
        self.uphold.clicked.connect(lambda: self._set(True))
        self.undo = Button(tr("round.uphold.undo"), "normal", "undo-2")
        self.undo.setObjectName("round.uphold.undo")
        self.undo.clicked.connect(lambda: self._set(False))
        for part in (self._why, self._others, self._list):
            self.box.addWidget(part)
        self.box.addLayout(Flow(self.uphold, self.undo, gap=1.5))
        self.hide()

    def show_application(self, application: str) -> None:
        """Another application."""
        self._application = application

    def refresh(self, editable: bool) -> None:
        """Shows what is stored."""
        view = self._store.view
        review = view.item(self._application)
        first = review.first
        self.setVisible(first is not None)
        if first is None:
            return
        sheet = view.sheet(self._application)
        changed = changed_items(first.sheet, sheet)
        self._why.setText(why_words(first))
        known = first.spread.get(TOTAL)
        self._others.setText(spread_words(known, total=True) if known is not None else "")
        self._others.setVisible(known is not None)
        if changed:
            lines = [
                tr(
                    "round.changed.line", item=words.item_place(review.form, item),
                    before=entry_words(first.sheet.items.get(item, ItemEntry(item))),
                    after=entry_words(sheet.items.get(item, ItemEntry(item))),
                    reason=sheet.changes.get(item, "") or tr("round.card.changed"),
                )
                for item in changed
            ]  # fmt: skip
            self._list.setText("\n".join([tr("round.changed.count", count=len(changed)), *lines]))
        else:
            self._list.setText(tr("round.upheld.yes") if sheet.upheld else tr("round.upheld.no"))
        self._list.set_role("body" if changed or sheet.upheld else "warning")
        self.uphold.setVisible(not changed and not sheet.upheld)
        self.undo.setVisible(not changed and sheet.upheld)
        for button in (self.uphold, self.undo):
            button.setEnabled(editable)

    def _set(self, upheld: bool) -> None:
        application = self._application
        other: QWidget = self.undo if upheld else self.uphold
        self._store.apply(lambda session: session.uphold(application, upheld), lambda _change: other.setFocus())


def entry_words(entry: ItemEntry) -> str:
    """A score in a few words: level and number, confirmed or challenged data, not applicable."""
    if entry.state == "not_applicable":
        return tr("state.not_applicable")
    if entry.value is not None:
        level = words.level_short(entry.level) if entry.level else ""
        return tr("round.entry", level=level, value=plain(entry.value))
    if entry.confirm:
        return tr("round.entry.challenged") if entry.confirm == "challenged" else tr("round.entry.confirmed")
    return "—"


def spread_words(known: SpreadRecord, *, total: bool = False) -> str:
    """What others marked, without a name."""
    params = {"count": known.n, "low": known.low, "median": known.median, "high": known.high}
    return tr("round.others.total", **params) if total else tr("round.others", **params)


def why_words(first: FirstMarks) -> str:
    """Why the case is looked at once more."""
    said = {
        "flagged": tr("round.why.flagged.long"),
        "tied": tr("round.why.tied.long"),
        "chosen": tr("round.why.chosen.long"),
    }
    return tr("round.why", round=first.round, why=tr("list.separator").join(said[one] for one in first.why))
