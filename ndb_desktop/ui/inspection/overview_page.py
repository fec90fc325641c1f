"""The visit at a glance: who goes to whom, the statements to be made first, what is still missing, and the clock."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from ndb_desktop.domain.siterecord import ClockNote
from ndb_desktop.services.inspect import SiteSession
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.page import SitePage
from ndb_desktop.ui.inspection.store import Keys, SiteStore
from ndb_desktop.ui.inspection.words import joined, moment, page_of
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, clear, holder, row

_NAMED = 40
"""So many of what is missing are listed; the rest shows as these are done."""


class OverviewPage(SitePage):
    """What to do next; nothing is written before the member has made the statements."""

    def __init__(self, store: SiteStore) -> None:
        super().__init__("overview", tr("site.overview"), tr("site.overview.text"), store)
        visit = store.record.visit
        who = Card(PlainLabel(visit.applicant, "heading", selectable=True), gap=1, margins=2)
        members = joined([tr("site.member", name=one.name, employer=one.employer) for one in visit.members])
        who.box.addWidget(PlainLabel(tr("site.team", members=members), selectable=True))
        planned = tr("site.planned", date=visit.planned_on) if visit.planned_on else ""
        for text in (tr("site.wanted", count=len(visit.wanted)), planned):
            if text:
                who.box.addWidget(PlainLabel(text, "muted"))
        self._declare = self._statements()
        self._lines = QVBoxLayout()
        self._lines.setSpacing(8)
        self._left = Card(PlainLabel(tr("site.left"), "heading"), gap=1, margins=2)
        self._left.setObjectName("site.left")
        self._left.box.addLayout(self._lines)
        self._done = Card(margins=2)
        self._done.setObjectName("site.complete")
        empty = EmptyState("badge-check", tr("site.complete"), tr("site.complete.text"), tr("site.complete.sign"))
        empty.button.setObjectName("site.complete.sign")
        empty.button.clicked.connect(lambda: self.go.emit("sign"))
        self._done.box.addWidget(empty)
        self._clock = PlainLabel("", "muted", selectable=True)
        self._clock.setObjectName("site.clock")
        clock = Card(PlainLabel(tr("site.clock"), "heading"), self._clock, gap=1, margins=2)
        for part in (who, self._declare, self._left, self._done, clock):
            self.body.addWidget(part)
        self.body.addStretch(1)
        self.refresh(())

    def _statements(self) -> Card:
        card = Card(PlainLabel(tr("site.statements"), "heading"), kind="warning", gap=1, margins=2)
        card.setObjectName("site.statements")
        for statement in self.store.pack.statements:
            card.box.addWidget(PlainLabel(i18n.local(statement.text), selectable=True))
        button = Button(tr("site.statements.make"), "primary", "signature")
        button.setObjectName("site.statements.make")
        button.clicked.connect(self._make)
        card.box.addLayout(row(button, None))
        return card

    def _make(self) -> None:
        def work(session: SiteSession) -> Keys:
            session.declare()
            return (("head", ""),)

        self.store.apply(work)

    def refresh(self, keys: Keys) -> None:  # noqa: ARG002  (whatever changed, something else may lack now)
        declared = self.store.session.declared
        self._declare.setVisible(not declared)
        lacks = self.store.lacks
        self._left.setVisible(declared and bool(lacks))
        self._done.setVisible(declared and not lacks)
        clear(self._lines)
        for lack in lacks[:_NAMED]:
            link = Button(self.store.lack_words(lack), "link", "arrow-right")
            link.setObjectName(f"site.lack.{lack.kind}.{lack.key[1]}")
            link.clicked.connect(lambda _checked=False, key=lack.key: self.go.emit(page_of(key)))
            self._lines.addWidget(holder(Flow(link)))
        if len(lacks) > _NAMED:
            self._lines.addWidget(PlainLabel(tr("site.left.more", count=len(lacks) - _NAMED), "muted"))
        self._clock.setText("\n".join(_clock_line(note) for note in self.record.clock[-8:]) or tr("site.clock.none"))


def _clock_line(note: ClockNote) -> str:
    said = {
        "opened": tr("site.clock.opened", at=moment(note.at)),
        "closed": tr("site.clock.closed", at=moment(note.at)),
        "jump": tr("site.clock.jump", at=moment(note.at), seconds=note.jump),
        "zone": tr("site.clock.zone", at=moment(note.at)),
        "frozen": tr("site.clock.frozen", at=moment(note.at)),
    }
    return said[note.event]
