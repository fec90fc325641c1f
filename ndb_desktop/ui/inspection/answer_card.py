"""One item of the checklist: what is looked at, its grade, what was seen; starred ones lead to a veto (一票否决)."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QButtonGroup

from ndb_desktop.domain.sitepack import SiteItem
from ndb_desktop.domain.siterecord import Grade
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.choosing import check_one
from ndb_desktop.ui.inspection.findings_offers import FindingOffers
from ndb_desktop.ui.inspection.photo_offer import PhotoOffer
from ndb_desktop.ui.inspection.store import SiteStore
from ndb_desktop.ui.inspection.words import grade_words
from ndb_desktop.ui.plain import IconLabel, PlainLabel
from ndb_desktop.ui.plain_checks import PlainRadio
from ndb_desktop.ui.widgets.fields import TextBox
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, holder, row


class AnswerCard(Card):
    """Shows the item it is told to; every edit is stored by itself."""

    def __init__(self, store: SiteStore) -> None:
        super().__init__(gap=1.5, margins=2)
        self._store = store
        self._item: SiteItem | None = None
        self.title = PlainLabel("", "heading", selectable=True)
        self.title.setObjectName("site.answer.title")
        self._checks = PlainLabel("", selectable=True)
        self._checks.setObjectName("site.answer.checks")
        self._basis = PlainLabel("", "muted", selectable=True)
        star = IconLabel("octagon-alert", 20, "danger")
        self._ground = PlainLabel("", "danger")
        self._ground.setObjectName("site.answer.ground")
        starred = row(star, self._ground)
        starred.setStretch(1, 1)
        self._starred = holder(starred)
        self._photo = PlainLabel("", "muted")
        self._photo.setObjectName("site.answer.photo")
        self._group = QButtonGroup(self)
        self._grades: dict[Grade, PlainRadio] = {}
        for name, word in grade_words().items():
            button = PlainRadio(word)
            button.setObjectName(f"site.answer.{name}")
            button.clicked.connect(partial(self._choose, name))
            self._group.addButton(button)
            self._grades[name] = button
        self.note = TextBox(tr("site.answer.note"), lines=4)
        self.note.setObjectName("site.answer.note")
        self.note.edited.connect(lambda text: self._edit(note=text))
        for part in (self.title, self._checks, self._basis, self._starred, self._photo):
            self.box.addWidget(part)
        grades = holder(Flow(*self._grades.values(), gap=2))
        self.box.addLayout(column(PlainLabel(tr("site.answer.grade")), grades, gap=0.5))
        self.box.addLayout(column(PlainLabel(tr("site.answer.note")), self.note, gap=0.5))
        self.photos = PhotoOffer(store)
        self.box.addWidget(holder(Flow(self.photos)))
        self.offers = FindingOffers(store, self.note)
        self.box.addWidget(self.offers)

    def _edit(self, **values: object) -> None:
        if self._item is not None:
            # Which item it is about is settled now: when the lane comes to it, another may be shown.
            name = self._item.id
            self._store.edit(lambda record: record.answer(name), **values)

    def _choose(self, name: Grade, _checked: bool = False) -> None:
        self._edit(grade=name)

    def show_item(self, item: SiteItem) -> None:
        """Shows an item; what is being typed about the one before is stored first."""
        if self._item != item:
            self.note.commit()
            self.note.drop_pending()
            self._item = item
        self.title.setText(f"{item.id}  {i18n.local(item.title)}")
        self._checks.setText(i18n.local(item.checks))
        group = next(group for group in self._store.pack.groups if group.id == item.group)
        self._basis.setText(tr("site.answer.basis", group=i18n.local(group.title), basis=i18n.local(item.basis)))
        self._starred.setVisible(item.starred)
        if item.starred:
            ground = self._store.pack.ground_by_id[item.ground]
            self._ground.setText(tr("site.answer.ground", ground=item.ground, words=i18n.local(ground.text)))
        wishes = {"none": "", "wanted": tr("site.answer.photo.wanted"), "needed": tr("site.answer.photo.needed")}
        self._photo.setText(wishes[item.photo])
        self._photo.setVisible(item.photo != "none")
        self._grades["not_applicable"].setVisible(item.not_applicable)
        self.refresh()

    def refresh(self) -> None:
        """Shows what is stored of the item."""
        if self._item is None:
            return
        answer = self._store.record.answer(self._item.id)
        check_one(self._group, self._grades.get(answer.grade) if answer.grade else None)
        self.note.set_stored(answer.note)
        self.photos.show_about(f"answer:{self._item.id}")
        self.offers.show_about(f"answer:{self._item.id}")
