"""接续评审: the worksheet of an earlier bundle goes on in the one that follows it, with a list of what has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import msgspec

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.news import Impact, News, impact
from ndb_desktop.domain.sheet import ItemEntry, Sheet
from ndb_desktop.domain.sheetform import StageForm
from ndb_desktop.domain.stagenews import stage_impact
from ndb_desktop.formats.applications import application_from_json
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.formats.chain import META_CHAIN, ChainRecord, EarlierBundle, read_chain
from ndb_desktop.services import review_records as records
from ndb_desktop.services.review_export import JUDGE_ANEW, PENDING, judged_anew
from ndb_desktop.services.review_open import BundleContent, ReviewItem
from ndb_desktop.storage.coredb import CoreContent
from ndb_desktop.storage.worksheet import Binding, Edit, Worksheet
from ndb_desktop.storage.worksheet_chain import Sealed, Succession, succeed

CARRIED_FROM = "carried_from"
"""Worksheet fact: the bundle whose worksheet this one goes on from."""
SEEN = "seen"
"""Worksheet fact: the digest of every application in the bundles it went on from, the latest that was opened."""


def worksheet_path(profile: Path, bundle_id: str) -> Path:
    """Where the worksheet of a bundle lies."""
    return profile / "worksheets" / f"{bundle_id}.ndbwork"


def news_edits(news: Sequence[News], stored: Worksheet | None) -> Iterator[Edit]:
    """The lines as records, numbered on from what is stored."""
    known = stored.records("") if stored is not None else {}
    first = 1 + max((int(key) for kind, key in known if kind == records.NEWS and key.isdigit()), default=0)
    for number, line in enumerate(news, first):
        yield Edit("", records.NEWS, f"{number:06d}", msgspec.json.encode(asdict(line)).decode("utf-8"))


def carry_over(
    profile: Path, reader: BundleReader, core: CoreContent, content: BundleContent, secret: str, at: str
) -> tuple[News, ...]:
    """Makes the worksheet of a bundle from that of the newest earlier one that has any; what could not be, as news.

    Raises:
        NdbError: E-SUPPLEMENT-RECORD, E-SUPPLEMENT-CHAIN, E-STORE-LOCKED, E-STORE-*, E-WORKSHEET-*.
    """
    manifest, place = reader.manifest, reader.path.name
    if not manifest.chain:
        return ()
    record = read_chain(core.meta.get(META_CHAIN, ""), manifest.chain, place)
    found = [bundle for bundle in record.bundles if worksheet_path(profile, bundle.bundle_id).exists()]
    if not found:
        return ()
    last = found[-1]
    if not last.secret and manifest.kind == "replacement":
        return (News("not_carried", "", old=last.issued_at),)
    old = Sealed(
        worksheet_path(profile, last.bundle_id),
        last.secret or secret,
        Binding(last.bundle_id, last.digest, manifest.expert.id),
    )
    binding = Binding(manifest.bundle_id, reader.digest, manifest.expert.id)
    new = Sealed(worksheet_path(profile, manifest.bundle_id), secret, binding)
    comparison = _Comparison(record, last, content, place, replaced=manifest.kind == "replacement")
    try:
        succeed(old, new, comparison.of, at=at)
    except NdbError as error:
        if error.code not in ("E-WORKSHEET-OTHER", "E-STORE-KEY"):
            raise
        raise NdbError("E-SUPPLEMENT-CHAIN", place=place) from error
    return ()


class _Comparison:
    """What has changed for one worksheet between the bundle it was made for and the present one."""

    def __init__(
        self, record: ChainRecord, last: EarlierBundle, content: BundleContent, place: str, *, replaced: bool
    ) -> None:
        self._record, self._last, self._content, self._place = record, last, content, place
        self._replaced = replaced
        self._present = {hashlib.sha256(row.json).hexdigest(): row.json for row in content.rows.values()}
        self._digests = {row.id: digest for digest, row in zip(self._present, content.rows.values(), strict=True)}
        self._seen = dict(last.applications)

    def of(self, sheet: Worksheet) -> Succession:
        """The lines of news and what is put in place of the stored marks."""
        # Of an application that was withdrawn and comes back, the version marked then; a bundle between that was never
        # opened here says nothing of it.
        self._seen = {**msgspec.json.decode(sheet.meta(SEEN) or "{}", type=dict[str, str]), **self._seen}
        gone = [name for name in self._last.applications if name not in self._content.items]
        news = [News("application_gone", name) for name in gone]
        edits: list[Edit] = []
        # What is out of sight is not taken back by a keystroke either.
        forget = [*gone]
        for name, item in self._content.items.items():
            lines, changed = self._application(name, item, sheet)
            news += lines
            edits += [Edit(name, *place, text) for place, text in changed.items()]
            forget += [name] if changed else []
        facts = {CARRIED_FROM: self._last.bundle_id, SEEN: msgspec.json.encode(self._seen).decode("utf-8")}
        if again := sorted({*judged_anew(sheet), *self._moved()}):
            facts[JUDGE_ANEW] = msgspec.json.encode(again).decode("utf-8")
        if self._replaced and sheet.export_count:
            news.append(News("export_again", ""))
            # It was signed for a bundle whose files are refused now.
            facts[PENDING] = ""
        return Succession((*edits, *news_edits(news, sheet)), facts, forget)

    def _moved(self) -> Iterator[str]:
        """Bases of a later stage that handed in something else since they were judged."""
        for name, item in self._content.items.items():
            if item.stage is not None and self._seen.get(name, self._digests[name]) != self._digests[name]:
                yield name

    def _application(
        self, name: str, item: ReviewItem, sheet: Worksheet
    ) -> tuple[tuple[News, ...], dict[records.Place, str]]:
        """The lines of an application and the records that take the place of the stored ones."""
        known = self._seen.get(name)
        if known is None:
            return (News("application_new", name, new=item.application.applicant),), {}
        lines: tuple[News, ...] = ()
        if name not in self._last.applications:
            lines = (News("application_back", name, new=item.application.applicant),)
        if known == self._digests[name]:
            return lines, {}
        present = sheet.records(name)
        stored, kept = records.sheet_of(name, present), records.withdrawn(present)
        if stored.declaration.status != "clear":
            # Who has not declared yet, or is recused, is told nothing (R16); but what a recusal withdrew and may yet
            # come back is confirmed anew as well.
            if not kept:
                return lines, {}
            again = _entries(self._impact(name, item, known, records.sheet_of(name, kept)).reset)
            return lines, {(records.WITHDRAWN, ""): records.keep({**kept, **again})} if again else {}
        found = self._impact(name, item, known, stored)
        return (*lines, *found.news), _entries(found.reset)

    def _impact(self, name: str, item: ReviewItem, known: str, stored: Sheet) -> Impact:
        earlier = self._earlier(name, known)
        if isinstance(item.form, StageForm):
            return stage_impact(item.form, earlier, item.application, stored)
        return impact(item.pack, earlier, item.application, (item.k, item.k), stored)

    def _earlier(self, name: str, digest: str) -> Application:
        text = self._record.text_of(digest, self._present)
        if text is None:
            raise NdbError("E-SUPPLEMENT-RECORD", place=self._place)
        return replace(application_from_json(text, f"{self._place}/{name}"), id=name)


def _entries(reset: Sequence[ItemEntry]) -> dict[records.Place, str]:
    return {(records.ENTRY, entry.item): records.encode(entry) for entry in reset}
