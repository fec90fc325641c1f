"""用时估计: what is left of a review at the expert's own pace, from the change log of the worksheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from ndb_desktop.domain import flow
from ndb_desktop.domain.pace import Moment, seconds_left, spent
from ndb_desktop.services import review_records as records
from ndb_desktop.services.review_reading import ReviewReading
from ndb_desktop.storage.worksheet import LogRow

MOST_LINES = 4000
"""So many lines of the log are looked at; the newest tell the pace better than the first evening's."""


def moments(rows: Iterable[LogRow]) -> Iterator[Moment]:
    """The changes of a log as moments; a line written under a clock that stood behind is doubtful."""
    for row in rows:
        at = None if row.clock else int(datetime.fromisoformat(row.at).timestamp())
        yield Moment(at, f"{row.application}/{row.key}" if row.kind == records.ENTRY else "")


class PaceKeeper:
    """Reads the log once and then only what is new. Made for one session; `read` runs where the database may be."""

    def __init__(self, session: ReviewReading) -> None:
        self._session = session
        self._seen = max(0, session.changes - MOST_LINES)
        self._moments: list[Moment] = []

    def read(self) -> int | None:
        """Seconds left for everything that is not done, or None while there is too little to go by."""
        rows = self._session.history(self._seen)
        if rows:
            self._seen = rows[-1].seq
            self._moments.extend(moments(rows))
        return self._left(spent(self._moments))

    def _left(self, seconds: Mapping[str, int]) -> int | None:
        finished: dict[str, list[int]] = {}
        left: dict[str, int] = {}
        for review in self._session.applications:
            name = review.application.id
            sheet = self._session.sheet(name)
            if sheet.status != "scored":
                continue
            for item in review.form.items:
                sort = "computed" if item.computed else "judged"
                if sheet.declaration.status != "none" and flow.done(review.form, sheet, item.id):
                    known = seconds.get(f"{name}/{item.id}")
                    if known is not None:
                        finished.setdefault(sort, []).append(known)
                else:
                    left[sort] = left.get(sort, 0) + 1
        return seconds_left(finished, left)
