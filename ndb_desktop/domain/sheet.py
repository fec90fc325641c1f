"""评分表: one expert's marks for one application, as immutable values.

An item is an indicator in a part; its id is `<indicator>.<part>`, e.g. `P1.1.basis`, `E4.3.plan`.
Item states are never confused: `open` exists only in a worksheet, never in a signed file; 0 is a score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

ItemState = Literal["open", "scored", "not_applicable", "absent", "recused", "void"]
SheetStatus = Literal["scored", "recused", "unable"]
LevelId = Literal["L1", "L2", "L3", "L4", "L5"]
Confirmation = Literal["", "confirmed", "challenged"]
DeclarationStatus = Literal["none", "clear", "recused"]

CONFLICT_CODES = tuple(f"C{n}" for n in range(1, 13))
"""回避情形 C1 to C12; their explanations are texts `conflict.C1` and so on."""


def item_id(indicator: str, part: str) -> str:
    """The id of an item: `item_id("P1.1", "basis") == "P1.1.basis"`."""
    return f"{indicator}.{part}"


def split_item(item: str) -> tuple[str, str]:
    """Indicator and part of an item id."""
    indicator, _, part = item.rpartition(".")
    return indicator, part


@dataclass(frozen=True, slots=True)
class ItemEntry:
    """What the expert entered for one item.

    A computed item (quantitative, part `basis`) has no `level` or `value`: its score comes from the rule, the expert
    sets `confirm` (R12). A judged item has `level` and `value` (a number inside the level's band). `reason` travels;
    `note` and `flagged` are private and never exported.
    """

    item: str
    state: ItemState = "open"
    level: LevelId | None = None
    value: Decimal | None = None
    confirm: Confirmation = ""
    reason: str = ""
    note: str = ""
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class Challenge:
    """质疑: the expert disputes a datum (`datum`, `key` = year or "") with a proposed value, a place and a reason.

    `rect` and `sha256` as in `EvidenceLink`.
    """

    id: str
    indicator: str
    datum: str
    key: str
    proposed: Decimal | None
    document: str
    page: int
    reason: str
    rect: tuple[int, int, int, int] | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceLink:
    """佐证: a marked place in a document that supports a mark; `rect` = x0, y0, x1, y1 in page thousandths (0..1000).

    `quote` is the text selected there. `sha256` is the digest of the document looked at, "" in a link made before
    digests were kept (format version 1).
    """

    id: str
    item: str
    document: str
    page: int
    rect: tuple[int, int, int, int] | None = None
    quote: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Declaration:
    """回避声明 for one application: `clear`, or `recused` with conflict codes and words."""

    status: DeclarationStatus = "none"
    codes: tuple[str, ...] = ()
    words: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """All of one expert's entries for one application.

    In a second round (复评) `changes` gives a reason per item whose mark is changed, and `upheld` says that the marks
    of the first round stand; both are empty otherwise.
    """

    application: str
    declaration: Declaration = Declaration()
    items: Mapping[str, ItemEntry] = field(default_factory=dict)
    challenges: tuple[Challenge, ...] = ()
    evidence: tuple[EvidenceLink, ...] = ()
    opinion: str = ""
    note: str = ""
    unable: str = ""
    changes: Mapping[str, str] = field(default_factory=dict)
    upheld: bool = False

    @property
    def status(self) -> SheetStatus:
        """`recused` by declaration, `unable` when a reason for not scoring is given, else `scored`."""
        if self.declaration.status == "recused":
            return "recused"
        return "unable" if self.unable else "scored"
