"""Names and codes of organisations (单位名称) made comparable, for the screening of 回避情形.

Two written forms of a name are one when they differ in width, case, spaces, brackets and other marks only; they are
alike when they also differ in the legal form (有限公司, 公司) at their end. Both are a reason to look, never a proof.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ndb_desktop.domain.codes import ALPHABET, LENGTH

SHORTEST = 4
"""Characters a name must have before it is looked for at the start of longer ones."""


def code_key(code: str) -> str:
    """A 统一社会信用代码 without width, case and spaces; "" for anything that cannot be one."""
    bare = "".join(unicodedata.normalize("NFKC", code).upper().split())
    return bare if len(bare) == LENGTH and all(character in ALPHABET for character in bare) else ""


def full_key(name: str) -> str:
    """Letters, digits and ideographs of a name alone, in half width and lower case."""
    bare = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in bare if unicodedata.category(character)[0] in "LN")


@dataclass(frozen=True, slots=True)
class LegalForms:
    """法律形式 at the end of names, as they are written; `core_key` leaves them out."""

    forms: tuple[str, ...] = ()
    _keys: tuple[str, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        """Longest first: of 有限责任公司 nothing may stay."""
        keys = sorted({full_key(form) for form in self.forms} - {""}, key=lambda key: (-len(key), key))
        object.__setattr__(self, "_keys", tuple(keys))

    def core_key(self, name: str) -> str:
        """`full_key` without legal forms at its end, unless less than two characters would stay."""
        key = full_key(name)
        while form := next((form for form in self._keys if key.endswith(form) and len(key) - len(form) >= 2), ""):
            key = key[: -len(form)]
        return key


def beginnings(key: str) -> Iterator[str]:
    """Every proper beginning of a name that is long enough to mean something."""
    return (key[:length] for length in range(SHORTEST, len(key)))


class Aliases:
    """别名表: names and codes that mean one organisation. Names are compared by their core."""

    def __init__(self, groups: Iterable[Iterable[str]], forms: LegalForms) -> None:
        self._forms = forms
        self._group: dict[str, set[str]] = {}
        for members in groups:
            joined = {key for member in members if (key := code_key(member) or forms.core_key(member))}
            for key in tuple(joined):
                joined |= self._group.get(key, set())
            for key in joined:
                self._group[key] = joined

    def others(self, name: str, code: str) -> tuple[str, ...]:
        """Keys of all that mean the same organisation as this name or code, without these two."""
        own = {self._forms.core_key(name), code_key(code)} - {""}
        found: set[str] = set()
        for key in own:
            found |= self._group.get(key, set())
        return tuple(sorted(found - own))
