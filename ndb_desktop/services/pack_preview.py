"""预览: a review of one made-up application in memory: a rule pack shown by the experts' own widgets.

Every check and every sum is that of a real review (`ReviewSession`); only the bundle and the worksheet are missing, and
nothing is ever written.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import cast

from ndb_desktop.domain.batch import Batch, Expert
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.services import review_records as records
from ndb_desktop.services.review import ExportInfo, ReviewSession
from ndb_desktop.services.review_open import BundleContent, BundleSummary, ReviewItem
from ndb_desktop.services.review_reading import Clock
from ndb_desktop.storage.worksheet import Edit, LogRow, Worksheet

_NAME = "preview"
_NOBODY = Expert(_NAME, "", "", "", "", "field", (), {})


class MemorySheet:
    """What a `Worksheet` holds, for one application and in memory: no file, no undo, no export."""

    export_count = changes = 0
    unsaved = 0
    trouble: NdbError | None = None
    can_undo = can_redo = False
    last_at = last_clock = ""

    def __init__(self) -> None:
        self.hold = False
        self._records: dict[tuple[str, str], str] = {}
        self._meta: dict[str, str] = {}

    def clear(self) -> None:
        """Forgets every mark."""
        self._records.clear()

    def records(self, application: str) -> dict[tuple[str, str], str]:
        """All values of the application; the bundle ("") has none."""
        return dict(sorted(self._records.items())) if application else {}

    def get(self, application: str, kind: str, key: str) -> str | None:
        """The JSON text of a value, None when there is none."""
        return self._records.get((kind, key)) if application else None

    def put(self, edit: Edit, **_how: object) -> None:
        """Keeps a value."""
        self.put_all([edit])

    def put_all(self, edits: Iterable[Edit], **_how: object) -> None:
        """Keeps values."""
        for edit in edits:
            if edit.value is None:
                self._records.pop((edit.kind, edit.key), None)
            else:
                self._records[edit.kind, edit.key] = edit.value

    def meta(self, key: str) -> str:
        """A fact, "" when it was never set."""
        return self._meta.get(key, "")

    def set_meta(self, key: str, value: str) -> None:
        """Keeps a fact."""
        self._meta[key] = value

    def log(self, _after: int = 0) -> tuple[LogRow, ...]:
        """Nothing is logged."""
        return ()

    def last_sheets(self) -> Mapping[str, object]:
        """Nothing was signed."""
        return {}


class PreviewSession(ReviewSession):
    """A review of one application that `show` exchanges while the marks stay; it is declared clear (无回避情形)."""

    def __init__(self, batch: Batch, pack: RulePack, application: Application, clock: Clock) -> None:
        # Not the session's own beginning: that opens a bundle, a worksheet and a cache on the disk.
        self._sheet = MemorySheet()
        self._worksheet = cast("Worksheet", self._sheet)
        self._clock, self._lock, self._closed = clock, threading.RLock(), False
        self._bundle_away, self._tell_away = False, lambda: None
        self._known, self._computed, self._values = {}, {}, {}
        self._shown, self._pack, self._turn = application, pack, 0
        self.batch, self.expert, self.packs = batch, _NOBODY, {pack.digest: pack}
        self.summary = BundleSummary(
            Path(_NAME), _NAME, "", batch.id, batch.trial, "", "", _NAME, 1, "", None, frozenset(), 0
        )
        self._content = BundleContent(batch, _NOBODY, self.packs, pack.statements, {}, {})
        self.show(application, Fraction(1))

    def show(self, application: Application, k: Fraction) -> ReviewItem:
        """Puts another application in the place of the one before; what was marked stays. Each has an id of its own."""
        with self._lock:
            self._turn += 1
            item = ReviewItem(replace(application, id=f"{_NAME}-{self._turn}"), self._pack, k)
            self._item = item
            self.applications = (item,)
            self._content = replace(self._content, items={item.application.id: item})
            self._known.clear()
            self._computed.clear()
            self._values.clear()
            if (records.DECLARATION, "") not in self._sheet.records(item.application.id):
                clear = records.encode(Declaration("clear"))
                edit = Edit(item.application.id, records.DECLARATION, "", clear)
                self._sheet.put(edit)
        return item

    def forget(self) -> None:
        """Every mark is taken off."""
        with self._lock:
            self._sheet.clear()
            self.show(self._item.application, self._item.k)

    def item(self, _application: str) -> ReviewItem:
        """The application shown, whatever it was called when a write was begun."""
        return self._item

    def exports(self) -> tuple[ExportInfo, ...]:
        """Nothing is signed."""
        return ()

    def close(self) -> None:
        """Nothing was opened."""
        self._closed = True
