"""佐证: what is noted for the item in hand; places are cited here, removed and put back."""

from __future__ import annotations

from PySide6.QtCore import Signal

from ndb_desktop.domain.sheet import EvidenceLink
from ndb_desktop.domain.sheetform import FormItem
from ndb_desktop.services import evidence
from ndb_desktop.services.evidence import CitedPlace
from ndb_desktop.services.review import ReviewItem
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.evidence_card import EvidenceCard
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.viewer.marks import checked


class EvidencePart(EvidenceCard):
    """The links of the item in hand, as they are stored.

    Signal `told(str)`: what became of a citation, to be read beside the document.
    """

    told = Signal(str)

    def __init__(self, store: ReviewStore) -> None:
        super().__init__()
        self._store = store
        self._review: ReviewItem = store.view.applications[0]
        self._item: FormItem = store.view.first_item
        self.remove.connect(self._drop)
        self.put_back.connect(self._restore)

    def show_item(self, review: ReviewItem, item: FormItem) -> None:
        """Another item; `refresh` shows what is noted for it."""
        self._review, self._item = review, item

    def refresh(self) -> None:
        """What is stored for the item now."""
        application = self._review.application
        links = [link for link in self._store.view.sheet(application.id).evidence if link.item == self._item.id]
        self.show_links(application, links, self._store.view.scorable(application.id), self._item.id)

    def cite(self, document: str, page: int, rect: object = None, quote: str = "") -> None:
        """Notes a place for the item: words, a rectangle or a page; one that is noted stays once."""
        application, item = self._review.application.id, self._item.id
        if not self._store.view.scorable(application):
            self.told.emit(tr("evidence.locked"))
            return
        place = CitedPlace(document, page, checked(rect), quote)
        self.say("")
        self._store.apply(
            lambda session: evidence.cite(session, application, item, place),
            lambda change: self._cited(application, item, change is not None),
        )

    def _cited(self, application: str, item: str, new: bool) -> None:
        """Says what became of it, beside the document as well: the list may be out of sight."""
        count = evidence.evidence_count(self._store.view.sheet(application), item)
        name = words.item_title(self._store.view.item(application).form.item_by_id[item])
        self.told.emit(tr("evidence.noted", item=name, count=count) if new else tr("evidence.twice"))
        if not new and (application, item) == (self._review.application.id, self._item.id):
            self.say(tr("evidence.twice"))

    def _restore(self, link: EvidenceLink) -> None:
        application = self._review.application.id
        self._store.apply(lambda session: evidence.put_back(session, application, link))

    def _drop(self, link: str) -> None:
        application = self._review.application.id
        self._store.apply(lambda session: session.remove_evidence(application, link))
