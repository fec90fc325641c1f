"""复评: an expert's second look at a few cases, beside what the same expert marked first; a reason for every change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.secondround import Why, answer_faults, changed_items
from ndb_desktop.domain.sheet import Sheet
from ndb_desktop.domain.sheetform import form_findings
from ndb_desktop.formats.roundrecord import META_ROUND, SpreadRecord, read_round
from ndb_desktop.formats.sheetrecord import ChangeRecord, RoundAnswer
from ndb_desktop.services import review_records as records
from ndb_desktop.services.review_open import BundleContent, ReviewItem
from ndb_desktop.services.review_records import Agreement, Place
from ndb_desktop.storage.coredb import CoreContent
from ndb_desktop.storage.worksheet import Edit, ExportedSheet, Worksheet

__all__ = ["findings_of", "known_sheets", "round_answer", "second_look", "seed"]


@dataclass(frozen=True, slots=True)
class FirstMarks:
    """第一轮评分 of one case: the own sheet as it was signed, why the case is here, figures of the others if any.

    `spread` is by item, "" for the total; empty where the pack shows none.
    """

    round: str
    why: tuple[Why, ...]
    sheet: Sheet
    signed: ExportedSheet
    spread: Mapping[str, SpreadRecord]


def second_look(core: CoreContent, content: BundleContent, place: str) -> BundleContent:
    """The content with the first marks of every case.

    Raises:
        NdbError: E-ROUND-RECORD (no record, or it is about other applications).
    """
    record, sheets = read_round(core.meta.get(META_ROUND, ""), place)
    if sheets.keys() != content.items.keys():
        raise NdbError("E-ROUND-RECORD", place=place)
    items: dict[str, ReviewItem] = {}
    for case in record.cases:
        first, digest, raw = sheets[case.application]
        item = content.items[case.application]
        if first.pack != item.form.digest or first.status != "scored":
            raise NdbError("E-ROUND-RECORD", place=place)
        marks = FirstMarks(
            round=record.round,
            why=case.why,
            sheet=first.to_sheet(),
            signed=ExportedSheet(case.application, first.revision, digest, raw),
            spread={row.item: row for row in case.spread},
        )
        items[case.application] = replace(item, first=marks)
    agreed = {row.id: Agreement(row.sha256, row.agreed_at) for row in record.agreed}
    return replace(content, items={name: items[name] for name in content.items}, agreed=agreed)


def seed(worksheet: Worksheet, content: BundleContent, at: str) -> None:
    """Fills a new worksheet with the first marks: one confirms them or changes them, nothing is typed again.

    Statements and declarations are those of the first round; a conflict found since is declared as ever.
    """
    if worksheet.changes:
        return
    edits = [Edit("", records.STATEMENT, name, records.encode(one)) for name, one in content.agreed.items()]
    for name, item in content.items.items():
        if item.first is not None:
            edits += [Edit(name, *place, text) for place, text in _records(item.first.sheet)]
    worksheet.put_all(edits, at=at)


def _records(first: Sheet) -> Iterator[tuple[Place, str]]:
    yield (records.DECLARATION, ""), records.encode(first.declaration)
    for entry in first.items.values():
        yield (records.ENTRY, entry.item), records.encode(entry)
    for challenge in first.challenges:
        yield (records.CHALLENGE, challenge.id), records.encode(challenge)
    for link in first.evidence:
        yield (records.EVIDENCE, link.id), records.encode(link)
    if first.opinion:
        yield (records.OPINION, ""), records.encode(first.opinion)


def findings_of(item: ReviewItem, sheet: Sheet) -> tuple[Fault, ...]:
    """What keeps a sheet from being signed; in a second round a missing reason or answer as well."""
    found = form_findings(item.form, item.application, sheet)
    return found if item.first is None else (*found, *answer_faults(item.first.sheet, sheet))


def known_sheets(content: BundleContent, worksheet: Worksheet) -> dict[str, ExportedSheet]:
    """Each application's sheet as it was signed last: here, or in the first round."""
    first = {name: item.first.signed for name, item in content.items.items() if item.first is not None}
    return {**first, **worksheet.last_sheets()}


def round_answer(item: ReviewItem, sheet: Sheet) -> RoundAnswer | None:
    """What the sheet answers, None outside of a second round. Reasons of marks changed back stay behind."""
    if item.first is None:
        return None
    first = item.first
    scored = sheet.status == "scored"
    changed = changed_items(first.sheet, sheet) if scored else ()
    return RoundAnswer(
        round=first.round,
        first=first.signed.digest,
        changes=tuple(ChangeRecord(name, sheet.changes[name]) for name in changed),
        upheld=scored and not changed,
    )
