"""评审: an expert's work on one bundle, from opening to the signed score file; the only way desk and command line use.

Every setter validates, makes one durable commit, and says what changed. Everything shown comes from what is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.secondround import changed_items
from ndb_desktop.domain.sheet import Challenge, Declaration, EvidenceLink, ItemEntry, Sheet
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.formats.sniff import FileKind, require_kind
from ndb_desktop.services import review_checks as checks
from ndb_desktop.services import review_drafts as forms
from ndb_desktop.services import review_records as records
from ndb_desktop.services.review_carry import worksheet_path
from ndb_desktop.services.review_chain import Chains, honour, take_recall
from ndb_desktop.services.review_documents import CacheFolder
from ndb_desktop.services.review_export import ExportInfo, ExportResult, ExportSummary
from ndb_desktop.services.review_news import NewsLine, ReviewNews
from ndb_desktop.services.review_open import BundleSummary, Issuers, ReviewItem, inspect_bundle, no_visit, secret_for
from ndb_desktop.services.review_reading import Clock
from ndb_desktop.services.review_safety import ReviewSafety
from ndb_desktop.services.review_signing import ReviewSigning
from ndb_desktop.services.review_worksheet import content_and_worksheet
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.docstore import SearchHit
from ndb_desktop.storage.worksheet import Edit, LogRow, lock_holder

__all__ = [
    "BundleSummary",
    "Change",
    "ExportInfo",
    "ExportResult",
    "ExportSummary",
    "NewsLine",
    "ReviewItem",
    "ReviewSession",
    "SearchHit",
    "inspect_bundle",
    "open_review",
    "take_recall",
    "worksheet_path",
]

_STEPS = 4
_SILENT_KINDS = frozenset({records.NOTE})


@dataclass(frozen=True, slots=True)
class Change:
    """What a setter, undo or redo changed: kind `entry`, `challenge`, `evidence`, `opinion`, `note`, `unable`, …"""

    application: str
    kind: str
    key: str


def open_review(
    path: Path,
    *,
    secret: str | None = None,
    identity: Identity | None = None,
    profile: Path,
    clock: Clock,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> ReviewSession:
    """Opens a bundle with its secret or the expert's own key; makes or continues the worksheet.

    A supplement or replacement goes on from the worksheet of the bundle before it (`ReviewSession.news`).

    Raises:
        NdbError: E-FILE-IS-*, E-BUNDLE-* (E-BUNDLE-ISSUER: another issuer than the first time), E-SECRET-FORMAT,
            E-BUNDLE-SITE, E-REVIEW-SECRET, E-REVIEW-BUNDLE, E-REVIEW-ISSUERS, E-STORE-LOCKED, E-STORE-*,
            E-WORKSHEET-*, E-SUPPLEMENT-OLDER, E-SUPPLEMENT-CHAIN, E-SUPPLEMENT-RECORD, E-BUNDLE-RECALLED,
            E-CHAINS-FILE.
        Cancelled: by `cancel`; nothing is left but a worksheet that was there before.
    """
    path, token = Path(path), cancel or CancelToken()
    progress(0, _STEPS, path.name)
    require_kind(path, FileKind.BUNDLE)
    issuers, chains = Issuers(profile), Chains(profile)
    with ExitStack() as opened:
        # What is open so far is closed again, the last first, whatever goes wrong.
        reader = BundleReader(path)
        opened.callback(reader.close)
        _admit(reader, issuers, chains, path.name)
        token.check()
        progress(1, _STEPS, path.name)
        unlocked = secret_for(reader, secret, identity)
        cache = CacheFolder.take(profile, reader.manifest.bundle_id)
        if cache is None:
            holder = lock_holder(worksheet_path(profile, reader.manifest.bundle_id))
            raise NdbError("E-STORE-LOCKED", place=path.name, **holder)
        opened.callback(cache.close)

        def proven() -> None:
            token.check()
            progress(2, _STEPS, path.name)

        content, worksheet = content_and_worksheet(profile, reader, unlocked, cache.path, clock, proven)
        opened.callback(worksheet.close)
        issuers.pin(reader.manifest.batch.id, reader.issuer.keyid)
        chains.remember(reader.manifest)
        session = ReviewSession(reader, content, worksheet, cache, clock)
        opened.pop_all()
    progress(_STEPS, _STEPS, path.name)
    return session


def _admit(reader: BundleReader, issuers: Issuers, chains: Chains, name: str) -> None:
    """Whether this bundle may be worked on here; a recall (召回) is taken note of and says so. Raises NdbError."""
    no_visit(reader)
    manifest = reader.manifest
    if (expected := issuers.expected(manifest.batch.id)) not in {None, reader.issuer.keyid}:
        raise NdbError("E-BUNDLE-ISSUER", place=name, found=reader.issuer.keyid, wanted=expected)
    if manifest.kind == "recall":
        honour(reader, issuers, chains)
        raise NdbError("E-BUNDLE-RECALLED", place=name, name=manifest.issuer.name, at=manifest.issued_at)
    chains.check(manifest, name)


class ReviewSession(ReviewSafety, ReviewNews, ReviewSigning):
    """An open bundle with its worksheet. Made by `open_review`; safe to use from several threads; `close` it."""

    # statements and declarations

    def agree(self, statement_id: str) -> Change:
        """Agrees to a statement (R16). Raises NdbError E-REVIEW-STATEMENT, E-REVIEW-LOCKED."""
        statement = next((item for item in self._content.statements if item.id == statement_id), None)
        if statement is None:
            raise NdbError("E-REVIEW-STATEMENT", place=statement_id)
        change = Change("", records.STATEMENT, statement_id)
        with self._lock:
            if statement_id in self._agreed():
                return change
            self._unlocked()
            return self._put(change, records.Agreement(statement.sha256, self._now()), undoable=False)

    def declare(self, application: str, declaration: Declaration) -> Change:
        """Stores the declaration (回避声明); its moment is now. A recusal withdraws what was scored.

        A recusal is taken back by an empty declaration: the application is undeclared again (尚未声明), not clear.
        What was withdrawn comes back once it is clear.

        Raises:
            NdbError: E-NOT-AGREED, E-DECLARATION*, E-REVIEW-RECUSED (an exported recusal is final), E-REVIEW-LOCKED,
                E-REVIEW-RECORD.
        """
        with self._lock:
            self._unlocked()
            before = self.sheet(application).declaration
            missing = [item.id for item, at in self.statements() if not at]
            if missing:
                raise NdbError("E-NOT-AGREED", place=application, statement=missing[0])
            codes = declaration.codes if declaration.status == "recused" else ()
            declaration = replace(declaration, codes=tuple(codes), at=self._now())
            withdrawn = before.status == "recused" and declaration.status == "none"
            if not withdrawn:
                checks.check_declaration(declaration, application)
            if before.status == "recused" and declaration.status != "recused" and application in self.final_recusals:
                raise NdbError("E-REVIEW-RECUSED", place=application)
            change = Change(application, records.DECLARATION, "")
            if replace(before, at=declaration.at) == declaration:
                return change
            stored = self._worksheet.records(application)
            values: dict[records.Place, str | None] = {
                (change.kind, ""): None if withdrawn else records.encode(declaration)
            }
            if (records.DRAFT, forms.DECLARATION) in stored:
                values[records.DRAFT, forms.DECLARATION] = None
            if declaration.status == "recused":
                values |= records.withdrawal(stored)
            elif declaration.status == "clear" and (records.WITHDRAWN, "") in stored:
                values |= records.withdrawn(stored)
                values[records.WITHDRAWN, ""] = None
            edits = [Edit(application, *place, text) for place, text in values.items()]
            self._worksheet.put_all(edits, at=self._clock_says(), forget=application)
            self._known.pop(application, None)
            if declaration.status == "recused":
                self._documents.close_store(application)
            return change

    # marks

    def set_entry(self, application: str, entry: ItemEntry, *, typing: str = "") -> Change:
        """Stores a mark; pieces of one text typed without long pauses (`typing` names its field) are undone as one.

        Raises:
            NdbError: E-NOT-DECLARED, E-RECUSED, E-REVIEW-LOCKED, E-ITEM-*, E-SHEET-LONG.
        """
        with self._lock:
            sheet = self._open_sheet(application)
            checks.check_entry(self.item(application).form, sheet, entry)
            return self._put(Change(application, records.ENTRY, entry.item), entry, typing=typing)

    def put_challenge(self, application: str, challenge: Challenge) -> Change:
        """Adds or changes a challenge (质疑). Raises as `set_entry`, E-CHALLENGE-*, E-EVIDENCE-*, E-REVIEW-*."""
        with self._lock:
            sheet, review = self._open_sheet(application), self.item(application)
            challenge = checks.with_digest(review.application, challenge)
            checks.check_challenge(review.form, review.application, sheet, challenge)
            return self._put(Change(application, records.CHALLENGE, challenge.id), challenge)

    def put_mark(
        self,
        application: str,
        entry: ItemEntry,
        *,
        challenge: Challenge | None = None,
        withdrawn: Iterable[str] = (),
    ) -> Change:
        """A mark with the challenges it goes with: one is added, some are withdrawn; one commit and one step of undo.

        Raises:
            NdbError: as `set_entry` and `put_challenge`; then nothing is stored.
        """
        with self._lock:
            sheet, review = self._open_sheet(application), self.item(application)
            checks.check_entry(review.form, sheet, entry)
            values: dict[tuple[str, str], object] = {(records.CHALLENGE, name): None for name in withdrawn}
            if challenge is not None:
                challenge = checks.with_digest(review.application, challenge)
                checks.check_challenge(review.form, review.application, sheet, challenge)
                values[records.CHALLENGE, challenge.id] = challenge
            values[records.ENTRY, entry.item] = entry
            texts = {place: None if value is None else records.encode(value) for place, value in values.items()}
            edits = [
                Edit(application, *place, text)
                for place, text in texts.items()
                if self._worksheet.get(application, *place) != text
            ]
            if edits:
                self._worksheet.put_all(edits, at=self._clock_says(), undoable=True)
                self._known.pop(application, None)
            return Change(application, records.ENTRY, entry.item)

    def remove_challenge(self, application: str, challenge_id: str) -> Change:
        """Takes a challenge back."""
        return self._remove(application, records.CHALLENGE, challenge_id)

    def put_evidence(self, application: str, link: EvidenceLink) -> Change:
        """Adds or changes an evidence link. Raises as `set_entry`, E-EVIDENCE-*, E-REVIEW-*."""
        with self._lock:
            sheet, review = self._open_sheet(application), self.item(application)
            link = checks.with_digest(review.application, link)
            checks.check_evidence(review.form, review.application, sheet, link)
            return self._put(Change(application, records.EVIDENCE, link.id), link)

    def remove_evidence(self, application: str, link_id: str) -> Change:
        """Removes an evidence link."""
        return self._remove(application, records.EVIDENCE, link_id)

    def set_opinion(self, application: str, opinion: str) -> Change:
        """Stores the overall opinion (评审意见); it travels."""
        checks.check_opinion(opinion, application)
        return self._text(application, records.OPINION, opinion)

    def set_change_reason(self, application: str, item: str, reason: str) -> Change:
        """Says why the mark of an item is another than in the first round (复评); "" takes the words back.

        Raises:
            NdbError: E-ROUND-NOT (this is no second round), E-ITEM-UNKNOWN, E-SHEET-LONG, and as `set_entry`.
        """
        checks.check_reason(reason, application)
        review = self._second_look(application)
        if item not in review.form.item_by_id:
            raise NdbError("E-ITEM-UNKNOWN", place=application, item=item)
        with self._lock:
            self._open_sheet(application)
            change = Change(application, records.CHANGE, item)
            return self._put(change, reason.strip() or None, typing=f"{records.CHANGE}.{item}")

    def uphold(self, application: str, upheld: bool = True) -> Change:
        """Confirms that the marks of the first round stand (维持原评分), or takes that back.

        Raises:
            NdbError: E-ROUND-NOT (this is no second round), E-ROUND-CHANGED (a mark is another), as `set_entry`.
        """
        review = self._second_look(application)
        with self._lock:
            sheet = self._open_sheet(application)
            if upheld and review.first is not None and changed_items(review.first.sheet, sheet):
                raise NdbError("E-ROUND-CHANGED", place=application)
            return self._put(Change(application, records.UPHELD, ""), upheld or None)

    def _second_look(self, application: str) -> ReviewItem:
        review = self.item(application)
        if review.first is None:
            raise NdbError("E-ROUND-NOT", place=application)
        return review

    def set_unable(self, application: str, reason: str) -> Change:
        """Says why this application cannot be scored ("" takes it back); marks stay in the worksheet unsigned."""
        checks.check_reason(reason, application)
        return self._text(application, records.UNABLE, reason)

    def set_note(self, application: str, note: str) -> Change:
        """Stores the private note; it is never exported, so it may be written after an export as well."""
        checks.check_opinion(note, application)
        return self._text(application, records.NOTE, note)

    def _text(self, application: str, kind: str, text: str) -> Change:
        with self._lock:
            self._open_sheet(application, locked_too=kind in _SILENT_KINDS)
            return self._put(Change(application, kind, ""), text or None, typing=kind)

    def _remove(self, application: str, kind: str, key: str) -> Change:
        with self._lock:
            self._open_sheet(application)
            return self._put(Change(application, kind, key), None)

    def _put(self, change: Change, value: object, *, undoable: bool = True, typing: str = "") -> Change:
        text = None if value is None else records.encode(value)
        if self._worksheet.get(change.application, change.kind, change.key) != text:
            edit = Edit(change.application, change.kind, change.key, text)
            # While the sheets are locked nothing is undone, and a note written then is not waiting for it later.
            steps = undoable and (change.kind not in _SILENT_KINDS or not self.locked)
            self._worksheet.put(edit, at=self._clock_says(), undoable=steps, typing=typing)
            self._known.pop(change.application, None)
        return change

    def _open_sheet(self, application: str, *, locked_too: bool = False) -> Sheet:
        """The sheet, once it may be written on."""
        sheet = self._readable(application)
        if not locked_too:
            self._unlocked()
        return sheet

    # undo

    def undo(self) -> Change | None:
        """Takes the newest mark back. Raises NdbError E-REVIEW-LOCKED."""
        return self._step(self._worksheet.undo)

    def redo(self) -> Change | None:
        """Does again what was taken back last."""
        return self._step(self._worksheet.redo)

    def _step(self, action: Callable[..., LogRow | None]) -> Change | None:
        with self._lock:
            self._unlocked()
            row = action(at=self._clock_says())
            if row is None:
                return None
            self._known.pop(row.application, None)
            return Change(row.application, row.kind, row.key)

    # after an export

    def start_revision(self, reason: str) -> None:
        """Opens the sheets again after an export; the reason travels with the next one.

        Raises:
            NdbError: E-REVIEW-REASON (none given), E-REVIEW-NOT-LOCKED, E-SHEET-LONG.
        """
        checks.check_reason(reason, "")
        if not reason.strip():
            raise NdbError("E-REVIEW-REASON")
        with self._lock:
            if not self.locked:
                raise NdbError("E-REVIEW-NOT-LOCKED")
            number = str(self._worksheet.export_count)
            self._put(Change("", records.REVISION, number), reason.strip(), undoable=False)
