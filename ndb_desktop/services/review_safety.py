"""What keeps an expert's work safe while a bundle is open: changes held in memory, a medium that comes and goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.flow import progress
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.services import review_drafts as forms
from ndb_desktop.services import review_records as records
from ndb_desktop.services.review_documents import CacheFolder
from ndb_desktop.services.review_open import BundleContent
from ndb_desktop.services.review_reading import Clock, ReviewReading
from ndb_desktop.storage.worksheet import Edit, Worksheet


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a worksheet is: looked at (`at`) and last changed when, changes, items done of all, exports."""

    at: str
    last_at: str
    changes: int
    done: int
    total: int
    exports: int


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy of the worksheet holds."""

    standing: Standing
    records: Mapping[str, Mapping[tuple[str, str], str]]


class ReviewSafety(ReviewReading):
    """The part of a session that the window's safety net talks to."""

    def __init__(
        self, reader: BundleReader, content: BundleContent, worksheet: Worksheet, cache: CacheFolder, clock: Clock
    ) -> None:
        super().__init__(reader, content, worksheet, cache, clock)
        self._bundle_away = False
        self._tell_away: Callable[[], object] = lambda: None
        self._documents.on_gone = self._gone

    # the worksheet

    def hold_unsaved(self) -> None:
        """From now on a change that cannot be written is held in memory instead of refused: for a window, not a script.

        It is shown like any other, `unsaved` counts it, and the next write that succeeds stores it.
        """
        with self._lock:
            self._worksheet.hold = True

    @property
    def unsaved(self) -> int:
        """How many changes are in memory only."""
        return self._worksheet.unsaved

    @property
    def trouble(self) -> NdbError | None:
        """Why they are."""
        return self._worksheet.trouble

    def store_unsaved(self) -> None:
        """Tries again to store what is held. Raises NdbError E-STORE-*, E-WORKSHEET-CHANGED."""
        with self._lock:
            if self._worksheet.unsaved:
                self._worksheet.flush(at=self._now())
                self._known.clear()

    # what is not submitted yet

    def drafts(self, application: str) -> Mapping[str, forms.Draft]:
        """What stands in forms that are not submitted (草稿), by form; "" for those of the bundle."""
        with self._lock:
            return forms.drafts_of(self._worksheet.records(application))

    def keep_draft(self, application: str, form: str, values: forms.Draft) -> None:
        """Keeps what stands in a form that is not submitted; nothing in `values` takes it away.

        One durable commit, never undone, signed or exported. A form that is closed meanwhile (回避) keeps nothing.
        `ValueError` for a form there is not or for texts that are never used. Raises NdbError E-STORE-*.
        """
        items = self.item(application).form.item_by_id if application else {}
        known = forms.is_form(form, items) if application else form == forms.REVISION
        if not known or not forms.fits(values):
            raise ValueError("no draft")
        with self._lock:
            status = self.sheet(application).declaration.status if application else "clear"
            if values and (status == "recused" or (status == "none" and form != forms.DECLARATION)):
                return
            text = records.encode(dict(values)) if values else None
            if self._worksheet.get(application, records.DRAFT, form) != text:
                # The sheet is as it was: what was computed from it stays.
                edit = Edit(application, records.DRAFT, form, text)
                self._worksheet.put(edit, at=self._clock_says(), undoable=False)

    # copies

    def standing(self) -> Standing:
        """How far the worksheet is now."""
        with self._lock:
            sheet, (done, total) = self._worksheet, self.overall_progress()
            return Standing(self._now(), sheet.last_at, sheet.changes, done, total, sheet.export_count)

    def present_records(self) -> Mapping[str, Mapping[tuple[str, str], str]]:
        """All values of the worksheet by application; "" holds those of the bundle."""
        with self._lock:
            found = {name: self._worksheet.records(name) for name in ("", *self._content.items)}
        return {name: values for name, values in found.items() if values}

    def copy_worksheet(self, target: Path) -> None:
        """Writes an encrypted copy, with what is held in memory. Raises NdbError E-STORE-*."""
        with self._lock:
            self._worksheet.copy_to(target)

    def look_into(self, copy: Path) -> Copied:
        """What a copy holds. Raises NdbError E-STORE-KEY, E-STORE-CORRUPT, E-STORE-MISSING, E-WORKSHEET-*."""
        with self._lock:
            content, at = self._worksheet.look_into(copy), self._now()
        done = total = 0
        for name, item in self._content.items.items():
            sheet = records.sheet_of(name, content.records.get(name, {}))
            total += len(item.form.items)
            done += 0 if sheet.declaration.status == "none" else progress(item.form, sheet)[0]
        return Copied(Standing(at, content.last_at, content.changes, done, total, content.exports), content.records)

    def restore_worksheet(self, copy: Path) -> None:
        """Puts a copy in place of the worksheet. Raises as `look_into`, E-STORE-*; then all is as it was."""
        with self._lock:
            self._worksheet.replace_by(copy, at=self._now())
            self._known.clear()

    # the bundle's medium

    def on_bundle_away(self, tell: Callable[[], object]) -> None:
        """Has `tell` called, in whichever thread reads, when the medium of the bundle was taken out."""
        self._tell_away = tell

    @property
    def bundle_away(self) -> bool:
        """Whether the bundle could not be read when it was last tried; marks are saved all the same."""
        return self._bundle_away

    def _gone(self) -> None:
        self._bundle_away = True
        self._tell_away()

    def find_bundle(self, path: Path | None = None) -> None:
        """Takes up the bundle again where it was, or at `path`; it must be the same file to the last byte signed.

        Raises:
            NdbError: E-BUNDLE-GONE, E-BUNDLE-OTHER, E-BUNDLE-*.
        """
        with self._lock:
            self._reader.reopen(path)
            self._bundle_away = False
