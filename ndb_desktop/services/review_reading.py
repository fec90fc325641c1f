"""The reading half of a review session: what is in the bundle, what is stored, what follows from it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Self, TypeVar

from ndb_desktop.documents.source import Source
from ndb_desktop.domain.batch import Batch, Expert
from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.flow import progress as flow_progress
from ndb_desktop.domain.model import Document
from ndb_desktop.domain.rulepack import RulePack, Statement
from ndb_desktop.domain.rules import Computed, compute_basis, compute_target
from ndb_desktop.domain.scoring import Totals, computed_values, sheet_totals
from ndb_desktop.domain.sheet import Sheet
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.services import review_places as places
from ndb_desktop.services import review_records as records
from ndb_desktop.services.document_source import document_source
from ndb_desktop.services.review_documents import CacheFolder, DocumentCache
from ndb_desktop.services.review_export import SIGNED_WITH, ExportInfo
from ndb_desktop.services.review_open import BundleContent, BundleSummary, ReviewItem, named, summary_of
from ndb_desktop.services.review_receipts import received
from ndb_desktop.services.review_round import findings_of, known_sheets
from ndb_desktop.services.tasks import CancelToken
from ndb_desktop.storage import wordindex
from ndb_desktop.storage.docstore import DocumentStore, SearchHit
from ndb_desktop.storage.worksheet import LogRow, Worksheet

T = TypeVar("T")
Clock = Callable[[], datetime]
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_CHECKED = "checked"


def stamp(moment: datetime) -> str:
    """A moment as our data write it."""
    return moment.astimezone(UTC).strftime(_FORMAT)


def searchable(query: str) -> bool:
    """Whether the index of all documents can be asked for this: it knows words and numbers, no signs alone."""
    return bool(wordindex.parse(query).words)


class ReviewReading:
    """An open bundle with its worksheet, for reading; `review.ReviewSession` adds everything that changes it."""

    def __init__(
        self, reader: BundleReader, content: BundleContent, worksheet: Worksheet, cache: CacheFolder, clock: Clock
    ) -> None:
        self._reader, self._content, self._worksheet, self._cache = reader, content, worksheet, cache
        self._clock = clock
        self._lock = threading.RLock()
        self._closed = False
        self._documents = DocumentCache(reader, content.rows, cache.path)
        self._known: dict[str, Sheet] = {}
        self._computed: dict[tuple[str, str], Computed] = {}
        self._values: dict[str, Mapping[str, Fraction]] = {}
        self.summary: BundleSummary = named(summary_of(reader), content.expert)
        self.batch: Batch = content.batch
        self.expert: Expert = content.expert
        self.packs: Mapping[str, RulePack] = content.packs
        self.applications: tuple[ReviewItem, ...] = tuple(content.items.values())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes everything and wipes the cache; the worksheet remains. Closing twice is fine."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._documents.close()
            self._worksheet.close()
            self._cache.close()
            self._reader.close()

    # what is there

    def item(self, application: str) -> ReviewItem:
        """An application with its pack. Raises NdbError E-REVIEW-APPLICATION."""
        found = self._content.items.get(application)
        if found is None:
            raise NdbError("E-REVIEW-APPLICATION", place=application)
        return found

    def sheet(self, application: str) -> Sheet:
        """The sheet as stored."""
        self.item(application)
        with self._lock:
            if application not in self._known:
                self._known[application] = self._stored(application)
            return self._known[application]

    def _stored(self, application: str) -> Sheet:
        return records.sheet_of(application, self._worksheet.records(application))

    def computed(self, application: str, item: str) -> Computed:
        """What the rule gives for an item: its score, or for a plan item the target's half, with the working."""
        review = self.item(application)
        definition = review.pack.item_by_id.get(item)
        if definition is None:
            raise NdbError("E-ITEM-UNKNOWN", place=application, item=item)
        known = self._computed.get((application, item))
        if known is None:
            compute = compute_basis if definition.part == "basis" else compute_target
            known = compute(review.pack, definition.indicator, review.application, review.k)
            self._computed[application, item] = known
        return known

    def totals(self, application: str) -> Totals:
        """All scores of the sheet."""
        review = self.item(application)
        values = self._values.get(application)
        if values is None:
            values = self._values[application] = computed_values(review.pack, review.application, review.k)
        return sheet_totals(review.pack, review.application, self.sheet(application), review.k, values)

    def findings(self, application: str) -> tuple[Fault, ...]:
        """What keeps this sheet from being signed."""
        review = self.item(application)
        return findings_of(review, self.sheet(application))

    def progress(self, application: str) -> tuple[int, int]:
        """Done and all items; nothing is done before the declaration."""
        sheet = self.sheet(application)
        form = self.item(application).form
        return (0, len(form.items)) if sheet.declaration.status == "none" else flow_progress(form, sheet)

    def overall_progress(self) -> tuple[int, int]:
        """Done and all items of all applications; where the expert recused (回避) there is no work to count."""
        names = [review.application.id for review in self.applications]
        pairs = [self.progress(name) for name in names if self.sheet(name).status != "recused"]
        return sum(done for done, _ in pairs), sum(total for _, total in pairs)

    @property
    def overdue(self) -> bool:
        """Whether the moment by which the bundle asks for the signed file has passed."""
        until = self.summary.expires_at
        return bool(until) and stamp(self._clock()) > (until or "")

    def statements(self) -> tuple[tuple[Statement, str], ...]:
        """The statements to sign and when each was agreed to ("" = not yet)."""
        agreed = self._agreed()
        return tuple((item, agreed[item.id].at if item.id in agreed else "") for item in self._content.statements)

    def _agreed(self) -> dict[str, records.Agreement]:
        with self._lock:
            stored = self._worksheet.records("")
        return {
            key: records.decode(text, records.Agreement)
            for (kind, key), text in stored.items()
            if kind == records.STATEMENT
        }

    def _readable(self, application: str) -> Sheet:
        sheet = self.sheet(application)
        if sheet.declaration.status == "none":
            raise NdbError("E-NOT-DECLARED", place=application)
        if sheet.declaration.status == "recused":
            raise NdbError("E-RECUSED", place=application)
        return sheet

    @property
    def locked(self) -> bool:
        """Whether what was signed stands: after an export, until `start_revision`."""
        with self._lock:
            number = self._worksheet.export_count
            return number > 0 and self._worksheet.get("", records.REVISION, str(number)) is None

    def _unlocked(self) -> None:
        if self.locked:
            raise NdbError("E-REVIEW-LOCKED")

    @property
    def signed_with(self) -> str:
        """The fingerprint of the key the newest export was signed with, "" before the first."""
        with self._lock:
            return self._worksheet.meta(SIGNED_WITH)

    def sheet_revision(self, application: str) -> int:
        """The revision of the sheet as it was last signed, 1 before that."""
        with self._lock:
            known = known_sheets(self._content, self._worksheet).get(application)
        return known.revision if known is not None else 1

    @property
    def can_undo(self) -> bool:
        """Whether `undo` has something to take back."""
        with self._lock:
            return self._worksheet.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether `redo` has something to do again."""
        with self._lock:
            return self._worksheet.can_redo

    def next_step(self, *, undone: bool) -> LogRow | None:
        """The change that `redo` (`undone`) or `undo` would take next, None when there is none."""
        with self._lock:
            return self._worksheet.next_step(undone=undone)

    @property
    def changes(self) -> int:
        """How many changes are safely stored."""
        with self._lock:
            return self._worksheet.changes

    @property
    def last_place(self) -> tuple[str, str]:
        """Application and item one stood at last; "" for the item means the overall page, two "" that there is none."""
        with self._lock:
            return places.last_place(self._worksheet, self._content.items)

    def keep_place(self, application: str, item: str) -> None:
        """Remembers where one stands ("" for the item: the overall page): no change, never signed, also after signing.

        Raises:
            NdbError: E-REVIEW-APPLICATION, E-STORE-*, E-WORKSHEET-CHANGED.
        """
        self.item(application)
        with self._lock:
            places.keep_place(self._worksheet, application, item)

    @property
    def final_recusals(self) -> frozenset[str]:
        """Applications whose recusal was signed and exported, so that it cannot be taken back any more."""
        with self._lock:
            last = self._worksheet.last_sheets()
        return frozenset(name for name, sheet in last.items() if b'"status":"recused"' in sheet.record)

    @property
    def last_saved(self) -> datetime | None:
        """When the newest change was stored, as this computer's clock said then; None before the first."""
        with self._lock:
            at = self._worksheet.last_clock
        return datetime.strptime(at, _FORMAT).replace(tzinfo=UTC) if at else None

    @property
    def clock_behind(self) -> bool:
        """Whether the computer's clock stands before the newest change (it was set back, or is wrong)."""
        with self._lock:
            return stamp(self._clock()) < self._worksheet.last_at

    def history(self, after: int = 0) -> tuple[LogRow, ...]:
        """The change log of the worksheet."""
        with self._lock:
            return self._worksheet.log(after)

    def _clock_says(self) -> str:
        """For the log of changes, which keeps its own order and notes a clock that was set back."""
        return stamp(self._clock())

    def _now(self) -> str:
        """Now, but never before the newest change: a clock that was set back must not reorder the log."""
        return max(stamp(self._clock()), self._worksheet.last_at)

    # documents

    def documents(self, application: str) -> tuple[Document, ...]:
        """The documents, once declared `clear`. Raises NdbError E-NOT-DECLARED, E-RECUSED."""
        self._readable(application)
        return self.item(application).application.documents

    def read_document(self, application: str, document_id: str) -> bytes:
        """A document, into memory only, checked against the digest in the signed application.

        Raises:
            NdbError: E-NOT-DECLARED, E-RECUSED, E-STORE-DOC-*, E-BUNDLE-DAMAGED, E-STORE-*.
        """
        found = self._found(application, document_id)
        return self._ask(application, lambda store: store.read(document_id, sha256=found.sha256))

    def document_source(self, application: str, document_id: str) -> Source:
        """As `read_document`, but passed on in pieces or parts, each time under the same conditions and checks.

        The last piece, or any part, comes only once all fit the signed digest. Raises as `read_document`, now and
        later.
        """
        found = self._found(application, document_id)
        self._store(application)

        def store() -> DocumentStore:
            self._found(application, document_id)
            return self._store(application)

        return document_source(found, store)

    def _store(self, application: str) -> DocumentStore:
        """The documents of an application. Copying them takes seconds: it holds nothing that an edit waits for."""
        try:
            return self._documents.store(application)
        finally:
            try:
                self._readable(application)
            except NdbError:
                # Recused (回避) while it was opened.
                self._documents.close_store(application)
                raise

    def _ask(self, application: str, question: Callable[[DocumentStore], T]) -> T:
        self._readable(application)
        try:
            return question(self._store(application))
        except NdbError as error:
            if error.code != "E-STORE-MISSING":
                raise
            # It had to make room for another just now.
            return question(self._store(application))

    def _found(self, application: str, document_id: str) -> Document:
        found = next((item for item in self.documents(application) if item.id == document_id), None)
        if found is None:
            raise NdbError("E-STORE-DOC-MISSING", place=document_id)
        return found

    def page_text(self, application: str, document_id: str, page: int) -> str:
        """The text of a page (1-based), "" where there is none. Raises as `read_document`."""
        return self._ask(application, lambda store: store.page_text(document_id, page))

    def search(
        self,
        application: str,
        query: str,
        document: str | None = None,
        limit: int = 200,
        cancel: CancelToken | None = None,
    ) -> tuple[SearchHit, ...]:
        """Where a phrase stands in the documents of an application. Raises as `read_document`, Cancelled."""
        token = cancel or CancelToken()
        return self._ask(application, lambda store: store.search(query, document, limit, token.check))

    def pages_without_text(self, application: str) -> Mapping[str, int]:
        """Pages no search can find (scans, pictures) by document. Raises as `read_document`."""
        return self._ask(application, lambda store: store.pages_without_text())

    # what was looked over

    @property
    def checked(self) -> bool:
        """Whether everything was looked over (核对) once it was complete, at this opening or an earlier one."""
        with self._lock:
            return self._worksheet.meta(_CHECKED) == "1"

    def keep_checked(self, on: bool) -> None:
        """Keeps that; no change of marks, never undone or exported. Raises NdbError as `Worksheet.put_all`."""
        with self._lock:
            if on != self.checked:
                self._worksheet.set_meta(_CHECKED, "1" if on else "")

    # where the expert read

    def reading(self, application: str) -> Mapping[str, str]:
        """How the documents were last read (阅读位置), by `review_places` key. Raises E-NOT-DECLARED, E-RECUSED."""
        names = [document.id for document in self.documents(application)]
        with self._lock:
            return places.read(self._worksheet, application, names)

    def set_reading(self, application: str, key: str, text: str) -> None:
        """Keeps one reading state; raises as `set_readings`."""
        self.set_readings(application, {key: text})

    def set_readings(self, application: str, values: Mapping[str, str]) -> None:
        """Keeps reading states in one durable commit: no change of marks, never undone or exported, also after signing.

        Raises:
            NdbError: E-NOT-DECLARED, E-RECUSED, E-STORE-*.
        """
        names = [document.id for document in self.documents(application)]
        with self._lock:
            places.keep(self._worksheet, application, names, values)

    def exports(self) -> tuple[ExportInfo, ...]:
        """The exports so far, oldest first, each with what a receipt said of it."""
        count, sealed = len(self._content.items), self._reader.manifest.return_to.sealed
        with self._lock:
            return tuple(
                ExportInfo(
                    r.number, r.at, r.name, r.reason, r.payload_sha256, count, len(r.content), sealed,
                    received(self._worksheet, r.payload_sha256),
                )
                for r in self._worksheet.exports()
            )  # fmt: skip
