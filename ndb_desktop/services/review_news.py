"""有何变化: what a supplement or replacement brought, and what of it the expert has dealt with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

import msgspec

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.news import News
from ndb_desktop.domain.sheet import Challenge, EvidenceLink
from ndb_desktop.services import review_records as records
from ndb_desktop.services.review_carry import CARRIED_FROM
from ndb_desktop.services.review_reading import ReviewReading
from ndb_desktop.storage.worksheet import Edit


@dataclass(frozen=True, slots=True)
class NewsLine:
    """One line of the list: `done` when ticked or dealt with on the sheet, `blocks` while nothing can be signed."""

    key: str
    news: News
    done: bool
    blocks: bool


class ReviewNews(ReviewReading):
    """The part of a session about what has changed since an earlier bundle."""

    @property
    def carried_from(self) -> str:
        """The bundle whose worksheet this one goes on from, "" when it was begun new."""
        with self._lock:
            return self._worksheet.meta(CARRIED_FROM)

    def news(self) -> tuple[NewsLine, ...]:
        """Every line, oldest first."""
        with self._lock:
            stored = self._worksheet.records("")
            lines = ((key, records.decode(text, News)) for (kind, key), text in stored.items() if kind == records.NEWS)
            return tuple(self._line(key, news) for key, news in sorted(lines, key=lambda line: line[0]))

    def _line(self, key: str, news: News) -> NewsLine:
        done, blocks = bool(news.done), False
        if news.kind == "confirm":
            done = self._confirmed(news)
            blocks = not done
        elif news.kind in ("link", "challenge"):
            stale = self._stale(news)
            done = done or stale is None
            blocks = not done and bool(stale and stale.sha256)
        return NewsLine(key, news, done, blocks)

    def _confirmed(self, news: News) -> bool:
        if news.application not in self._content.items:
            return True
        sheet = self.sheet(news.application)
        entry = sheet.items.get(news.item)
        return sheet.status != "scored" or (entry is not None and entry.state != "open")

    def _stale(self, news: News) -> EvidenceLink | Challenge | None:
        """The link or challenge a line is about, while it points into a document that was exchanged or is gone."""
        if news.application not in self._content.items:
            return None
        sheet = self.sheet(news.application)
        if sheet.status != "scored":
            return None
        cited: Iterable[EvidenceLink | Challenge] = sheet.evidence if news.kind == "link" else sheet.challenges
        found = next((item for item in cited if item.id == news.subject and item.document == news.old), None)
        documents = {d.id: d.sha256 for d in self.item(news.application).application.documents}
        return None if found is None or found.sha256 == documents.get(news.old) else found

    def tick_news(self, key: str) -> News:
        """Ticks a line off. For a cited place that means: it still fits, and cites the document of now.

        Raises:
            NdbError: E-NEWS-UNKNOWN, E-NEWS-CONFIRM (the item itself has to be confirmed), E-NEWS-PLACE (the document
                or its page is gone), E-REVIEW-LOCKED (a cited place, after an export).
        """
        with self._lock:
            line = next((line for line in self.news() if line.key == key), None)
            if line is None:
                raise NdbError("E-NEWS-UNKNOWN", place=key)
            if line.done:
                return line.news
            if line.news.kind == "confirm":
                raise NdbError("E-NEWS-CONFIRM", place=line.news.application, item=line.news.item)
            edits = [self._tick(line)]
            if line.news.kind in ("link", "challenge") and (stale := self._stale(line.news)) is not None:
                edits.append(self._cite_anew(line.news, stale))
            self._worksheet.put_all(edits, at=self._clock_says())
            self._known.pop(line.news.application, None)
            return line.news

    def tick_all_news(self, application: str | None = None) -> int:
        """Ticks every line that only tells something, of one application or of all; says how many."""
        with self._lock:
            lines = [
                line
                for line in self.news()
                if not line.done
                and line.news.kind not in ("confirm", "link", "challenge")
                and application in (None, line.news.application)
            ]
            self._worksheet.put_all([self._tick(line) for line in lines], at=self._clock_says())
            return len(lines)

    def _tick(self, line: NewsLine) -> Edit:
        ticked = asdict(replace(line.news, done=self._now()))
        return Edit("", records.NEWS, line.key, msgspec.json.encode(ticked).decode("utf-8"))

    def _cite_anew(self, news: News, stale: EvidenceLink | Challenge) -> Edit:
        if self.locked:
            raise NdbError("E-REVIEW-LOCKED")
        documents = {d.id: d for d in self.item(news.application).application.documents}
        present = documents.get(stale.document)
        if present is None or stale.page > present.pages:
            raise NdbError("E-NEWS-PLACE", place=news.application, document=stale.document, page=stale.page)
        kind = records.EVIDENCE if news.kind == "link" else records.CHALLENGE
        return Edit(news.application, kind, stale.id, records.encode(replace(stale, sha256=present.sha256)))
