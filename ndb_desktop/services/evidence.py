"""佐证: places noted as evidence for an item. Built from what is stored, inside the database lane, and never twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ndb_desktop.domain.sheet import EvidenceLink, Sheet
from ndb_desktop.services.review import Change, ReviewSession

Rectangle = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class CitedPlace:
    """A place to cite: `rect` in thousandths of the page, None = the whole page; `quote` is the text selected there."""

    document: str
    page: int
    rect: Rectangle | None = None
    quote: str = ""


def evidence_count(sheet: Sheet, item: str) -> int:
    """How many places are noted for an item."""
    return sum(link.item == item for link in sheet.evidence)


def find(links: Sequence[EvidenceLink], item: str, place: CitedPlace) -> EvidenceLink | None:
    """The link that notes this very place for the item already; several places on one page are different ones."""
    wanted = (item, place.document, place.page, place.rect)
    return next((link for link in links if (link.item, link.document, link.page, link.rect) == wanted), None)


def cite(session: ReviewSession, application: str, item: str, place: CitedPlace) -> Change | None:
    """Notes a place for an item; None if it is noted already.

    Raises:
        NdbError: as `ReviewSession.put_evidence`; E-REVIEW-MANY when the sheet is full.
    """
    links = session.sheet(application).evidence
    if find(links, item, place) is not None:
        return None
    link = EvidenceLink(_free(links), item, place.document, place.page, place.rect, place.quote)
    return session.put_evidence(application, link)


def put_back(session: ReviewSession, application: str, link: EvidenceLink) -> Change | None:
    """Notes a removed link again, under a new id if its own is taken; None if its place was noted anew meanwhile."""
    links = session.sheet(application).evidence
    if find(links, link.item, CitedPlace(link.document, link.page, link.rect)) is not None:
        return None
    taken = any(known.id == link.id for known in links)
    return session.put_evidence(application, replace(link, id=_free(links)) if taken else link)


def _free(links: Sequence[EvidenceLink]) -> str:
    """An id no link has had while a higher one lives, so that undoing a removal never meets a stranger."""
    numbers = [int(link.id[1:]) for link in links if link.id[:1] == "e" and link.id[1:].isdecimal()]
    return f"e{max(numbers, default=0) + 1}"
