"""代码: 统一社会信用代码 (GB 32100-2015) and region codes (GB/T 2260).

A wrong alphabet or length cannot be a code at all and is refused. A wrong check character is a warning that asks for
the licence: codes that fail it were really issued.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.phrase import Phrase

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""31 characters, without I, O, S, V, Z; the value of a character is its place."""

LENGTH = 18
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_CHECKS = "0123456789X"
_PREFIXES: dict[Category, tuple[str, ...]] = {"park": ("11", "12", "91"), "enterprise": ("91",)}
"""Registrar and type expected of applicants: 管委会 (机关, 事业单位) or an operating company; a company (建议)."""

RegionKind = Literal["province", "city_plan", "corps"]


@dataclass(frozen=True, slots=True)
class RegionRow:
    """A row of the table of recommending places: province, 计划单列市 or 兵团."""

    code: str
    zh: str
    en: str
    kind: RegionKind


def check_character(first: str) -> str:
    """The 18th character for the first 17: (31 - sum of value x 3^(i-1) mod 31) mod 31."""
    total = sum(ALPHABET.index(character) * weight for character, weight in zip(first, _WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def organisation_check(body: str) -> str:
    """The 9th character of an organisation code (组织机构代码, GB 11714): 11 - sum mod 11; 10 is X, 11 is 0."""
    total = sum(int(character, 36) * weight for character, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    return _ORGANISATION_CHECKS[(11 - total % 11) % 11]


def check_credit_code(code: str, category: Category | None = None) -> tuple[Phrase, ...]:
    """Warnings about a 统一社会信用代码; none means that everything fits.

    Raises:
        NdbError: `E-CREDIT-CODE` for a wrong length or a character outside the alphabet.
    """
    if len(code) != LENGTH or any(character not in ALPHABET for character in code):
        raise NdbError("E-CREDIT-CODE", code=code[:40])
    warnings = []
    expected = check_character(code[:17])
    if code[17] != expected:
        warnings.append(Phrase("code.check", {"code": code, "expected": expected, "found": code[17]}))
    elif code[16] != organisation_check(code[8:16]):
        warnings.append(Phrase("code.organisation", {"code": code}))
    if category is not None and not code.startswith(_PREFIXES[category]):
        prefixes = " / ".join(_PREFIXES[category])
        warnings.append(Phrase("code.prefix", {"code": code, "prefixes": prefixes}))
    return tuple(warnings)


def is_region_code(code: str) -> bool:
    """Whether `code` has the shape of GB/T 2260: six ASCII digits, 2+2+2."""
    return len(code) == 6 and code.isascii() and code.isdigit()


def province_of(code: str) -> str:
    """The province a region code lies in, as its first two digits; "" for an empty code. 兵团 (66) is its own."""
    return code[:2]
