"""The short way through a sheet at the merge: marks that were found in order once are in order again.

A round has hundreds of thousands of marks but few different ones: whether item, level and value of a judged mark obey
the pack depends on nothing else. What is remembered was found by `sheetcheck` itself; whatever is not remembered,
challenged or not simply scored goes the long way and gets its reason there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from operator import attrgetter

from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.sheet import Declaration, ItemEntry, Sheet
from ndb_desktop.domain.sheetcheck import item_findings
from ndb_desktop.formats.sheetrecord import ItemRecord, SheetRecord, item_entry

_Mark = tuple[str, str, str | None, str | None, str]
"""Item, state, value, level, confirmation."""
_MARK: Callable[[ItemRecord], _Mark] = attrgetter("item", "state", "value", "level", "confirm")

_MOST = 100_000
"""Marks to remember: packs have a few thousand; a file that spells numbers oddly must not fill the memory."""


class KnownMarks:
    """Remembers, pack by pack, which marks are in order and how long a reason they need."""

    def __init__(self) -> None:
        self._known: dict[str, dict[_Mark, int]] = {}

    def in_order(self, pack: RulePack, record: SheetRecord, expected: Mapping[str, str]) -> bool:
        """Whether no mark of the sheet has a finding and the computed scores are the `expected` ones (R12).

        False says nothing yet: the long way decides. Declaration, challenges and evidence are not looked at.
        """
        items = record.items
        if record.challenges or record.status != "scored" or len(items) != len(pack.items):
            # No item stands twice in a record, so as many known items as the pack has are all of them.
            return False
        known = self._known.setdefault(pack.digest, {})
        wanted = list(map(known.get, map(_MARK, items)))
        if None in wanted:
            pairs = zip(items, wanted, strict=True)
            wanted = [self._learn(pack, item) if least is None else least for item, least in pairs]
        if any(wanted):
            for item, least in zip(items, wanted, strict=True):
                if least and (least < 0 or len(item.reason.strip()) < least):
                    return False
        return {item.item: item.computed for item in items if item.computed is not None} == expected

    def _learn(self, pack: RulePack, item: ItemRecord) -> int:
        """The signs a reason for this mark must have (0: none is needed), -1 when the mark has findings anyway."""
        definition = pack.item_by_id.get(item.item)
        if definition is None or item.state != "scored":
            return -1
        least = max(1, pack.settings.reason_min)
        entry = item_entry(item)

        def fine(reason: str) -> bool:
            entries: dict[str, ItemEntry] = {item.item: replace(entry, reason=reason)}
            return not item_findings(pack, Sheet("", Declaration("clear", (), "", ""), entries), definition)

        wanted = 0 if fine("") else least if fine("x" * least) else -1
        known = self._known[pack.digest]
        if wanted >= 0 and len(known) < _MOST:
            known[_MARK(item)] = wanted
        return wanted
