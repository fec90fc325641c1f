"""Many applications without a bundle: an in-memory session behind a real `ReviewView`, for the check page.

view = many_view(60); store = store_of(view)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from ndb_desktop.domain.batch import Batch, FieldDef
from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.rulepack import LocalText, RulePack
from ndb_desktop.domain.rules import Computed, compute_basis, compute_target
from ndb_desktop.domain.sheet import Declaration, ItemEntry, Sheet
from ndb_desktop.services.review_open import ReviewItem
from ndb_desktop.ui.expert.view import ReviewView
from tests.support import review

PLACES = ("云岭", "滨江", "星河", "海州", "东湖", "秦岭", "珠江", "松山", "岳麓", "天府", "钱塘", "嘉陵")
FIELDS = ("生物制造", "人工智能", "低空装备", "新型储能", "量子信息", "先进材料")


@dataclass
class Store:
    """What a `ReviewView` asks a session for, with sheets that a test sets itself."""

    applications: tuple[ReviewItem, ...]
    batch: Batch
    packs: Mapping[str, RulePack]
    sheets: dict[str, Sheet] = field(default_factory=dict)
    expert: Any = field(default_factory=lambda: SimpleNamespace(name="陈评审"))
    summary: Any = None
    last_place: tuple[str, str] = ("", "")
    locked: bool = False
    can_undo: bool = False
    can_redo: bool = False
    clock_behind: bool = False
    last_saved: Any = None
    unsaved: int = 0
    trouble: Any = None
    bundle_away: bool = False
    checked: bool = False
    carried_from: str = ""
    final_recusals: frozenset[str] = frozenset()

    def item(self, application: str) -> ReviewItem:
        return next(found for found in self.applications if found.application.id == application)

    def sheet(self, application: str) -> Sheet:
        return self.sheets.setdefault(application, Sheet(application))

    def statements(self) -> tuple[object, ...]:
        return ()

    def exports(self) -> tuple[object, ...]:
        return ()

    def news(self) -> tuple[object, ...]:
        return ()

    def drafts(self, _application: str) -> dict[str, Mapping[str, str]]:
        return {}

    def findings(self, _application: str) -> tuple[Fault, ...]:
        return ()

    def hold_unsaved(self) -> None:
        """Nothing is stored here."""

    def on_bundle_away(self, _call: object) -> None:
        """There is no bundle."""

    def computed(self, application: str, item: str) -> Computed:
        found = self.item(application)
        definition = found.pack.item_by_id[item]
        compute = compute_basis if definition.part == "basis" else compute_target
        return compute(found.pack, definition.indicator, found.application, found.k)


def name_of(number: int) -> str:
    """A different, plausible applicant for each number."""
    place, field_ = PLACES[number % len(PLACES)], FIELDS[number // len(PLACES) % len(FIELDS)]
    return f"{place}{field_}示范园区第{number + 1}号"


def many_session(count: int, *, enterprises: int = 0) -> Store:
    """A session of `count` parks and some enterprises, all declared clear, nothing marked."""
    packs, documents = review.the_packs(), review._documents()
    parks = review._application(0, packs, documents)
    firm = review._application(2, packs, documents)
    made: list[Application] = [replace(parks, id=f"A-{n + 1:03d}", applicant=name_of(n)) for n in range(count)]
    made += [replace(firm, id=f"B-{n + 1:03d}", applicant=f"星河机器人股份有限公司{n + 1}") for n in range(enterprises)]
    batch = Batch(
        "2026-pilot",
        LocalText("示例批次", "Trial batch"),
        review.YEAR,
        True,
        (FieldDef("bio", LocalText("生物制造", "Biomanufacturing"), Decimal(1)),),
        {},
    )
    items = tuple(ReviewItem(application, packs[application.category], Fraction(1)) for application in made)
    store = Store(items, batch, {pack.digest: pack for pack in packs.values()})
    for application in made:
        store.sheets[application.id] = Sheet(application.id, Declaration("clear"))
    return store


def many_view(session: Store) -> ReviewView:
    """A view of it."""
    return ReviewView(session)  # type: ignore[arg-type]


def marked(session: Store, application: str, seed: int = 0, **values: Decimal) -> Sheet:
    """A complete sheet whose judged marks differ from item to item and from `seed` to `seed`."""
    pack = session.item(application).pack
    entries = {}
    for place, item in enumerate(pack.items):
        if item.computed:
            entries[item.id] = ItemEntry(item.id, "scored", confirm="confirmed")
            continue
        value = values.get(item.id, Decimal(61 + (place * 7 + seed * 5) % 38))
        level = next(band.level for band in pack.bands if band.low <= value <= band.high)
        reason = f"第{seed + 1}份材料第{place + 1}项的依据充分，目标明确，可以核查。"
        entries[item.id] = ItemEntry(item.id, "scored", level, value, reason=reason)
    return Sheet(application, Declaration("clear"), entries)
