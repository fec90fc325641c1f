"""The right side: one item, driven by the rule pack, and what you say of it.

The widgets are made once and filled anew for each item, so that going to the next one costs one frame.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import cast

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from ndb_desktop.domain.sheet import ItemEntry, Sheet
from ndb_desktop.domain.sheetform import TASK
from ndb_desktop.services.review_drafts import Draft, challenge
from ndb_desktop.ui import spoken
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.done_choice import VALUES
from ndb_desktop.ui.expert.item_view import ItemView
from ndb_desktop.ui.expert.store import LeftMark, ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.widgets import sight


class IndicatorPanel(ItemView):
    """Signals: `beside(str, int, object)` as `jump`, but in the other half; `place_asked()` a challenge form wants the
    place in sight.

    `live`: it is the one the user sees; others are made ready for what comes next (see `ItemPanels`).
    """

    beside = Signal(str, int, object)
    place_asked = Signal()

    def __init__(self, store: ReviewStore, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.live = self._to_bring = False
        self.made_from: tuple[tuple[str, str], Sheet, bool, Draft] | None = None
        self._connect()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._to_bring:
            QTimer.singleShot(0, self, self.bring_draft)

    def _connect(self) -> None:
        for part in (self.confirm, self.evidence):
            part.jump.connect(self.jump)
        self.head.flagged.connect(lambda on: self._edit(flagged=on))
        self.head.asked.connect(self.bring)
        self.confirm.place_asked.connect(self.place_asked)
        self.confirm.opened.connect(lambda: sight.to_top(self.area, self.challenge))
        self.confirm.held_up.connect(self._held_up)
        self.levels.level_chosen.connect(self.choose_level)
        self.done.chosen.connect(self._choose_done)
        self.levels.number_decided.connect(lambda value: self._edit(value=value))
        self.reason.edited.connect(lambda text: self._edit(reason=text))
        self.note.edited.connect(lambda text: self._edit(note=text))
        self.not_applicable.clicked.connect(self._set_not_applicable)
        self.evidence.beside.connect(self.beside)
        self._store.changed.connect(self._stored)

    # ----- showing -----

    def show_item(self, application: str, item_id: str) -> None:
        """Shows an item of an application from the top."""
        self.fill(application, item_id)
        if self.live:
            self.bring_draft()
        view = self._store.view
        self.made_from = ((application, item_id), view.sheet(application), view.locked, self.confirm.kept)

    def ready_for(self, place: tuple[str, str]) -> bool:
        """Whether an item of an application stands here as it is stored now; no longer once it was the live one."""
        if self.made_from is None or self.live:
            return False
        made_for, sheet, locked, kept = self.made_from
        view = self._store.view
        if kept != self._store.draft(place[0], challenge(place[1])):
            return False
        return made_for == place and sheet == view.sheet(place[0]) and locked == view.locked

    def stays_at_top(self) -> bool:
        """Whether `bring_draft` has nothing to bring."""
        return self.challenge.isHidden()

    def bring_draft(self) -> None:
        """A challenge that was left half written is where one goes on."""
        # Of a page that is not shown yet, nobody knows how wide its lines will be.
        self._to_bring = not self.stays_at_top() and not self.isVisible()
        if not self.stays_at_top() and not self._to_bring:
            # From its heading on: it may be higher than the pane.
            sight.to_top(self.area, self.challenge)

    def take_focus(self, name: str) -> None:
        """The focus comes from another panel: to the part of the same name, else to where the item is answered.

        Not to a part below the edge: a digit meant for the level would be written into a reason nobody sees.
        """
        sight.settle(self.area)
        part = self.findChild(QWidget, name) if name else None
        if part is not None and part.isVisible() and part.isEnabled() and self._seen(part):
            part.setFocus()
        else:
            self.focus_start()

    def _stored(self, _change: object) -> None:
        # While another write is on its way, what is stored is older than what the fields show.
        if self.live and not self._store.waiting:
            self.refresh()

    # ----- editing -----

    def commit(self) -> None:
        """Stores what is typed but not yet reported."""
        self.confirm.commit()
        self.round.commit()
        self.reason.commit()
        self.note.commit()
        self.levels.number.commit()

    def let_go(self) -> LeftMark | None:
        """A number that was typed and not taken, once the item is left."""
        left = None if not self._item.levelled else self.levels.entry.let_go(words.item_title(self._item))
        return LeftMark(self._review.application.id, self._item.id, *left) if left is not None else None

    def take_up(self, mark: LeftMark) -> None:
        """What was typed here and not taken stands in its field again; without a level the levels come first.

        Where the level was not stored either, both are stored once more.
        """
        if (mark.application, mark.item) != (self._review.application.id, self._item.id) or not self._editable:
            return
        if mark.level:
            self.choose_level(mark.level)
        if self.levels.entry.isHidden():
            self.focus_start()
        else:
            self.levels.entry.take_up(mark.typed)
            sight.into_sight(self.area, self.levels.entry)

    def _edit(self, **values: object) -> None:
        if self._editable:
            self._store.edit_item(self._review.application.id, self._item.id, **values)

    def choose_level(self, level: str) -> None:
        """Takes a level; a number that does not lie in it is emptied, and the number field waits."""
        item, form = self._item, self._review.form
        if item.part == TASK and level[1:] in VALUES:
            self._choose_done(VALUES[level[1:]])
            return
        if not self._editable or not item.levelled or level not in self.levels.buttons:
            self.refresh()
            return
        fits = self.levels.fits

        def change(old: ItemEntry) -> ItemEntry:
            return replace(old, state="scored", level=level, value=fits(form, level, old.value))

        application = self._review.application.id
        self._store.change_item(application, item.id, change)
        # At once: the next keys are a number, which is measured by this level, and Enter.
        coming = self._store.entry(application, item.id)
        if coming.level != self._store.view.entry(application, item.id).level:
            self.levels.show_entry(form, coming, "")
        self.levels.entry.show()
        self.levels.entry.start()
        sight.into_sight(self.area, self.levels.entry)

    def _choose_done(self, value: Decimal) -> None:
        """What was found of a task; where that takes a reason, one goes on there."""
        if not self._editable or self._item.part != TASK:
            self.refresh()
            return
        application, item = self._review.application.id, self._item.id
        self._store.change_item(application, item, lambda old: replace(old, state="scored", level=None, value=value))
        self.done.show_value(value)
        coming = self._store.entry(application, item)
        if self._reason_needed(coming):
            self.reason.show_reason(coming.reason, True, self._review.form.settings.reason_min)
            self.reason.box.setFocus()
            sight.into_sight(self.area, self.reason)

    def accept(self) -> bool:
        """Enter: whether to go on.

        A computed score is confirmed by Enter only on its own button and only when that button is on the screen; a
        level without a number inside it keeps the item.
        """
        # With what is on its way: who is quicker than the disk is not held up, and what is typed next goes where it is
        # meant to go.
        entry = self._store.entry(self._review.application.id, self._item.id)
        if self._item.computed and not entry.confirm and self._editable and self.confirm.holds_up():
            return False
        if self._item.computed and not entry.confirm and self._editable:
            if not self.confirm_button.hasFocus() or not sight.in_sight(self.area, self.confirm_button):
                self.confirm_button.setFocus()
                self.area.ensureWidgetVisible(self.confirm_button)
                return False
            self.confirm.accept()
        if self._item.levelled and self._editable and not self.levels.settled():
            return False
        if not self._item.computed and self._editable and not self._answered(entry):
            return False
        self.commit()
        return True

    def _answered(self, entry: ItemEntry) -> bool:
        """Whether a judged item has its level, and the reason it needs; else says what is missing and goes there."""
        settings, skipped = self._review.form.settings, entry.state == "not_applicable"
        needed = self._reason_needed(entry)
        if self._item.part == TASK and not skipped and entry.value is None:
            missing, field = tr("expert.missing.done"), cast("QWidget", self.done.start())
        elif self._item.levelled and not skipped and entry.level is None:
            missing, field = tr("expert.missing.level"), cast("QWidget", self.levels.buttons["L3"])
        elif needed and len(self.reason.box.toPlainText().strip()) < max(1, settings.reason_min):
            missing, field = tr("expert.missing.reason"), self.reason.box
        else:
            return True
        self.gaps.setText(missing)
        self.gaps.show()
        spoken.say(self.gaps, missing, urgent=True)
        field.setFocus()
        sight.into_sight(self.area, field)
        return False

    def focus_start(self) -> None:
        """Puts the focus where this item is answered."""
        entry = self._store.view.entry(self._review.application.id, self._item.id)
        if not self.challenge.isHidden():
            self._focus_challenge()
        elif self._item.computed:
            self.confirm_button.setFocus()
        elif self._item.part == TASK:
            (self.reason.box if self.done.isHidden() else self.done.start()).setFocus()
        else:
            self.levels.buttons[entry.level or "L3"].setFocus()

    def _focus_challenge(self) -> None:
        """On in a challenge half written: to the first empty field, but none below the edge of the pane."""
        seen = next((field for field in self.challenge.open_fields() if self._seen(field)), None)
        if seen is None:
            self.bring_draft()
        (seen or self.challenge.datum).setFocus()

    def _held_up(self) -> None:
        """What keeps the data from being confirmed at the top, and on where the challenge is written."""
        sight.to_top(self.area, self.confirm.waits)
        self._focus_challenge()

    def toggle_flag(self) -> None:
        """Flags the item for a later look, or takes the flag off."""
        entry = self._store.entry(self._review.application.id, self._item.id)
        self._edit(flagged=not entry.flagged)
        spoken.say(self.flag, tr("expert.flag.off") if entry.flagged else tr("expert.flag.on"))

    def _set_not_applicable(self, on: bool) -> None:
        values = {"state": "not_applicable", "level": None, "value": None} if on else {"state": "open"}
        self._edit(**values)

    def show_evidence(self) -> None:
        """Scrolls to what is noted for this item."""
        sight.into_sight(self.area, self.evidence)
