"""六个环节: preparation, opening, verification, communication, closing, hand-over; each held, left out or open."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QButtonGroup

from ndb_desktop.domain.sitepack import SiteMeeting
from ndb_desktop.domain.siterecord import Meeting, MeetingId, MeetingState, SiteRecord
from ndb_desktop.services.inspect_clock import device_now
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.moment_field import MomentField
from ndb_desktop.ui.inspection.page import SitePage
from ndb_desktop.ui.inspection.store import Keys, SiteStore
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.plain_checks import PlainRadio
from ndb_desktop.ui.widgets.fields import TextBox
from ndb_desktop.ui.widgets.layout import Card, column, holder, row


class MeetingCard(Card):
    """One step of the visit."""

    def __init__(self, known: SiteMeeting, number: int, store: SiteStore) -> None:
        super().__init__(gap=1, margins=2)
        self._id: MeetingId = known.id
        self._store = store
        name = f"site.meeting.{known.id}"
        self.setObjectName(name)
        self.box.addWidget(PlainLabel(f"{number}  {i18n.local(known.title)}", "heading"))
        self.box.addWidget(PlainLabel(i18n.local(known.task), "muted"))
        self._states: dict[MeetingState, PlainRadio] = {}
        self._group = QButtonGroup(self)
        words: dict[MeetingState, str] = {"open": tr("meeting.open"), "held": tr("meeting.held")}
        if known.optional:
            words["skipped"] = tr("meeting.skipped")
        for state, text in words.items():
            button = PlainRadio(text)
            button.setObjectName(f"{name}.{state}")
            button.setAccessibleName(tr("meeting.state", meeting=i18n.local(known.title), state=text))
            button.clicked.connect(partial(self._edit, state=state))
            self._group.addButton(button)
            self._states[state] = button
        self.box.addLayout(row(*self._states.values(), None, gap=2))
        self.started = MomentField(f"{name}.started", tr("meeting.started"), device_now)
        self.started.edited.connect(lambda at: self._edit(started_at=at))
        self.ended = MomentField(f"{name}.ended", tr("meeting.ended"), device_now)
        self.ended.edited.connect(lambda at: self._edit(ended_at=at))
        self._times = holder(row(self.started, self.ended, gap=2))
        self.note = TextBox(tr("meeting.note"), lines=2)
        self.note.setObjectName(f"{name}.note")
        self.note.edited.connect(lambda text: self._edit(note=text))
        self._held = holder(column(self._times, PlainLabel(tr("meeting.note")), self.note, gap=0.5))
        self.reason = TextBox(tr("meeting.reason"), lines=2)
        self.reason.setObjectName(f"{name}.reason")
        self.reason.edited.connect(lambda text: self._edit(reason=text))
        self._why = holder(column(PlainLabel(tr("meeting.reason")), self.reason, gap=0.5))
        self.box.addWidget(self._held)
        self.box.addWidget(self._why)

    def _edit(self, _checked: bool = False, **values: object) -> None:
        self._store.edit(self._part, **values)

    def _part(self, record: SiteRecord) -> Meeting:
        return record.meeting(self._id)

    def show_meeting(self, meeting: Meeting) -> None:
        """Shows what is stored."""
        state = meeting.state if meeting.state in self._states else "open"
        self._states[state].setChecked(True)
        self._held.setVisible(state == "held")
        self._why.setVisible(state == "skipped")
        self.started.show_moment(meeting.started_at)
        self.ended.show_moment(meeting.ended_at)
        for field, text in ((self.note, meeting.note), (self.reason, meeting.reason)):
            field.set_stored(text)


class MeetingsPage(SitePage):
    """The steps one below the other."""

    def __init__(self, store: SiteStore) -> None:
        super().__init__("meetings", tr("site.meetings"), tr("site.meetings.text"), store)
        self.cards: dict[str, MeetingCard] = {}
        for number, known in enumerate(store.pack.meetings, 1):
            card = MeetingCard(known, number, store)
            self.cards[known.id] = card
            self.body.addWidget(card)
        self.body.addStretch(1)
        self.refresh(())

    def refresh(self, keys: Keys) -> None:
        wanted = {name for kind, name in keys if kind == "meeting"}
        for known in self.store.pack.meetings:
            if not keys or known.id in wanted:
                self.cards[known.id].show_meeting(self.record.meeting(known.id))

    def open_part(self, part: str) -> None:
        name = part.partition(":")[2]
        if name in self.cards:
            self.cards[name].setFocus()
