"""核对: what is still missing or wrong on a score sheet; the same check before signing and at the merge.

The place of a finding is the item id, `declaration`, `unable`, `challenge:<id>` or `evidence:<id>`, so that a window
can jump there. A recused sheet, or one whose expert was unable, needs no marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.model import Application, Document
from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.rulepack import PARTS, Band, ItemDef, PackSettings, RulePack
from ndb_desktop.domain.sheet import CONFLICT_CODES, Challenge, EvidenceLink, ItemEntry, LevelId, Sheet

DECLARATION = "declaration"
UNABLE = "unable"


def findings(pack: RulePack, application: Application, sheet: Sheet) -> tuple[Fault, ...]:
    """All findings of a sheet, in the order of the form."""
    found = list(declaration_findings(sheet))
    if sheet.status == "recused":
        return tuple(found)
    if sheet.status == "unable":
        if _short(sheet.unable, pack):
            found.append(Fault("E-UNABLE-REASON", UNABLE, {"least": str(pack.settings.reason_min)}))
        return tuple(found)
    for item in pack.items:
        found += item_findings(pack, sheet, item)
    found += [Fault("E-ITEM-UNKNOWN", name, {"item": name}) for name in sheet.items if name not in pack.item_by_id]
    found += _empty_groups(pack, sheet)
    for challenge in sheet.challenges:
        found += _challenge(pack, application, challenge)
    found += evidence_findings(pack, application, sheet.evidence)
    return tuple(found)


def evidence_findings(pack: RulePack, application: Application, links: Iterable[EvidenceLink]) -> Iterator[Fault]:
    """The findings of the marked places (佐证)."""
    for link in links:
        yield from _evidence(pack, application, link)


def declaration_findings(sheet: Sheet) -> Iterator[Fault]:
    """回避声明: made, with a known ground if recused, and with words for 其他 (C12)."""
    declared = sheet.declaration
    if declared.status == "none":
        yield Fault("E-DECLARATION", DECLARATION)
    elif declared.status == "recused":
        if not declared.codes or any(code not in CONFLICT_CODES for code in declared.codes):
            yield Fault("E-DECLARATION-CODE", DECLARATION)
        if "C12" in declared.codes and not declared.words.strip():
            yield Fault("E-DECLARATION-WORDS", DECLARATION)


def item_findings(pack: RulePack, sheet: Sheet, item: ItemDef) -> tuple[Fault, ...]:
    """The findings of one item; none means the item is done."""
    entry = sheet.items.get(item.id)
    if entry is None or entry.state == "open":
        return (Fault("E-ITEM-OPEN", item.id),)
    if entry.state == "not_applicable":
        return tuple(_not_applicable(pack, item, entry))
    if entry.state != "scored":
        return (Fault("E-ITEM-STATE", item.id, {"state": entry.state}),)
    return tuple(_computed(sheet, item, entry) if item.computed else judged_findings(pack, item.id, entry))


class Judging(Protocol):
    """What a pack of any stage has to know about a judged item."""

    @property
    def settings(self) -> PackSettings:
        """Step, levels that need a reason, its least length."""

    def band_of(self, level: LevelId) -> Band:
        """The band of a level."""


def too_short(words: str, settings: PackSettings) -> bool:
    """Whether a reason has fewer characters than the pack asks for."""
    return len(words.strip()) < max(1, settings.reason_min)


def reason_missing(settings: PackSettings, place: str) -> Fault:
    """The finding that a reason is missing or too short."""
    return Fault("E-ITEM-REASON", place, {"least": str(max(1, settings.reason_min))})


def _short(words: str, pack: RulePack) -> bool:
    return too_short(words, pack.settings)


def _reason(pack: RulePack, place: str) -> Fault:
    return reason_missing(pack.settings, place)


def _not_applicable(pack: RulePack, item: ItemDef, entry: ItemEntry) -> Iterator[Fault]:
    if not item.indicator.not_applicable:
        yield Fault("E-ITEM-NA", item.id)
    elif entry.value is not None or entry.level is not None or entry.confirm:
        yield Fault("E-ITEM-STATE", item.id, {"state": entry.state})
    elif _short(entry.reason, pack):
        yield _reason(pack, item.id)


def _computed(sheet: Sheet, item: ItemDef, entry: ItemEntry) -> Iterator[Fault]:
    if entry.value is not None or entry.level is not None:
        yield Fault("E-ITEM-COMPUTED", item.id)
    challenged = any(challenge.indicator == item.indicator.id for challenge in sheet.challenges)
    if not entry.confirm:
        yield Fault("E-ITEM-CONFIRM", item.id)
    elif entry.confirm == "challenged" and not challenged:
        yield Fault("E-CHALLENGE-MISSING", item.id)
    elif entry.confirm == "confirmed" and challenged:
        yield Fault("E-CHALLENGE-CONFIRMED", item.id)


def judged_findings(pack: Judging, item: str, entry: ItemEntry) -> Iterator[Fault]:
    """The findings of an item judged by level and value."""
    if entry.confirm:
        yield Fault("E-ITEM-STATE", item, {"state": entry.confirm})
    if entry.level is None:
        yield Fault("E-ITEM-LEVEL", item)
    elif entry.value is None:
        yield Fault("E-ITEM-VALUE", item)
    else:
        band = pack.band_of(entry.level)
        if not band.low <= entry.value <= band.high:
            value, low, high = plain(entry.value), plain(band.low), plain(band.high)
            yield Fault("E-ITEM-RANGE", item, {"value": value, "level": entry.level, "low": low, "high": high})
        elif entry.value % pack.settings.step:  # exact: in its band it has few digits
            yield Fault("E-ITEM-STEP", item, {"value": plain(entry.value), "step": plain(pack.settings.step)})
        if entry.level in pack.settings.reason_levels and too_short(entry.reason, pack.settings):
            yield reason_missing(pack.settings, item)


def _empty_groups(pack: RulePack, sheet: Sheet) -> Iterator[Fault]:
    if all(entry.state != "not_applicable" for entry in sheet.items.values()):
        return
    for part in PARTS:
        for group in pack.groups:
            items = [i for i in pack.items if i.part == part and i.indicator.group == group.id and i.weight]
            entries = [sheet.items.get(item.id) for item in items]
            if items and all(entry is not None and entry.state == "not_applicable" for entry in entries):
                yield Fault("E-ITEM-NA-GROUP", items[0].id)


def _challenge(pack: RulePack, application: Application, challenge: Challenge) -> Iterator[Fault]:
    place = f"challenge:{challenge.id}"
    indicator = pack.indicator_by_id.get(challenge.indicator)
    if indicator is None:
        yield Fault("E-CHALLENGE-INDICATOR", place, {"indicator": challenge.indicator})
        return
    datum = next((item for item in indicator.data if item.code == challenge.datum), None)
    if datum is None:
        yield Fault("E-CHALLENGE-DATUM", place, {"datum": challenge.datum, "indicator": indicator.id})
    else:
        keys = {str(application.year - back) for back in range(datum.years)} or {""}
        if challenge.key not in keys:
            yield Fault("E-CHALLENGE-KEY", place, {"key": challenge.key})
    if _short(challenge.reason, pack):
        yield Fault("E-CHALLENGE-REASON", place, {"least": str(max(1, pack.settings.reason_min))})
    if challenge.document or challenge.page:
        yield from page_findings(application.documents, challenge, place)


def _evidence(pack: RulePack, application: Application, link: EvidenceLink) -> Iterator[Fault]:
    place = f"evidence:{link.id}"
    if link.item not in pack.item_by_id:
        yield Fault("E-ITEM-UNKNOWN", place, {"item": link.item})
    yield from page_findings(application.documents, link, place)


def page_findings(documents: Iterable[Document], cited: EvidenceLink | Challenge, place: str) -> Iterator[Fault]:
    """Whether the cited page is one of a document that is there, with the bytes the expert saw."""
    document, page = cited.document, cited.page
    known = next((item for item in documents if item.id == document), None)
    if known is None:
        yield Fault("E-EVIDENCE-DOCUMENT", place, {"document": document})
    elif cited.sha256 and cited.sha256 != known.sha256:
        # The same id, another file: whatever the expert saw on that page need not be there any more.
        yield Fault("E-EVIDENCE-DIGEST", place, {"document": document})
    elif not 0 <= page <= known.pages:
        yield Fault("E-EVIDENCE-PAGE", place, {"page": str(page), "pages": str(known.pages), "document": document})
