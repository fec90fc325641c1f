"""Between documents and item: what is cited goes to the item in hand, what is noted is drawn on its pages (佐证)."""

from __future__ import annotations

from PySide6.QtCore import QObject

from ndb_desktop.domain.sheet import EvidenceLink
from ndb_desktop.services.review import ReviewItem
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert.item_panels import ItemPanels
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.expert.walk import OVERALL, Walk
from ndb_desktop.ui.expert.words import part_short
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.viewer.marks import EvidenceMark
from ndb_desktop.ui.viewer.reading_pane import ReadingPane

_ABOUT = "evidence"


class EvidenceLinks(QObject):
    """Connects the item in hand with the reading pane beside it; lives as long as their page."""

    def __init__(
        self, store: ReviewStore, walk: Walk, panels: ItemPanels, reading: ReadingPane, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._store, self._walk, self._panels, self._reading = store, walk, panels, reading
        self._drawn: tuple[EvidenceMark, ...] = ()
        panels.jump.connect(reading.jump)
        panels.beside.connect(reading.show_in_other)
        panels.place_asked.connect(self._give_place)
        panels.told.connect(self._tell)
        reading.cite.connect(self._cite)
        reading.evidence_clicked.connect(self._clicked)
        store.changed.connect(self.draw)
        walk.application_changed.connect(self.draw)
        walk.item_changed.connect(self.draw)
        walk.item_changed.connect(self._hush)
        self.draw()

    def draw(self, _change: object = None) -> None:
        """Draws all evidence of the application in sight; that of the item in hand stands out."""
        application, item = self._walk.application, self._walk.item
        sheet, review = self._store.view.sheet(application), self._store.view.item(application)
        links = sheet.evidence if sheet.declaration.status == "clear" else ()
        marks = [_mark(review, link, link.item == item) for link in links if _same_file(review, link)]
        # What stands out is drawn last, over what lies below it.
        drawn = tuple(sorted(marks, key=lambda mark: mark.strong))
        if drawn != self._drawn:
            self._drawn = drawn
            self._reading.set_evidence(drawn)

    def _cite(self, document: str, page: int, rect: object, quote: str) -> None:
        if self._walk.item == OVERALL or self._panels.isHidden():
            # Documents of all applications have the same ids: without an item in hand nothing may be noted.
            self._tell(tr("evidence.no_item"))
            return
        self._panels.panel.evidence.cite(document, page, rect, quote)

    def _clicked(self, label: str) -> None:
        if label in self._store.view.item(self._walk.application).form.item_by_id:
            self._walk.go(self._walk.application, label)
            self._panels.panel.show_evidence()

    def _give_place(self) -> None:
        viewer = self._reading.viewer
        self._panels.panel.challenge.set_place(*viewer.citable)
        # It is taken: the tool is laid down, so that Enter does not note the same place as evidence as well.
        viewer.view.hand.clear()

    def _hush(self, _item: str) -> None:
        """What was said was about the item before."""
        for side in self._reading.sides:
            side.viewer.notice.drop(_ABOUT)

    def _tell(self, text: str) -> None:
        self._reading.viewer.notice.say(_ABOUT, text, "bookmark-plus", passing=True)


def _same_file(review: ReviewItem, link: EvidenceLink) -> bool:
    """Whether the document is the one that was cited: on a page of another version a frame would point at nothing."""
    known = next((document for document in review.application.documents if document.id == link.document), None)
    return known is not None and link.sha256 in ("", known.sha256)


def _mark(review: ReviewItem, link: EvidenceLink, strong: bool) -> EvidenceMark:
    item = review.form.item_by_id.get(link.item)
    words = link.item
    if item is not None:
        name = item.number or i18n.local(item.title)
        if item.part == "basis":
            words = tr("evidence.label.basis", indicator=name)
        elif item.part == "plan":
            words = tr("evidence.label.plan", indicator=name)
        else:
            words = tr("evidence.label.stage", item=name, part=part_short(item.part))
    return EvidenceMark(link.document, max(link.page, 1), link.rect, link.item, words, strong)
