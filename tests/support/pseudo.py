"""A language for tests only: every English sentence of ours lengthened by 40 %, accented and in brackets.

What the window then shows without brackets was never translated, and what is cut would be cut in a wordier language.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping

from ndb_desktop import texts

OPEN, CLOSE = "«", "»"
_VOWELS = dict(zip("aeiouyAEIOUY", "áéíóúýÁÉÍÓÚÝ", strict=True))
_PADDING = " ãnd ôné mõré ãnd twò mõré"


def stretched(template: str) -> str:
    """A text of the catalogue in the test language; placeholders stay."""
    parts = []
    plain = 0
    added = 0
    for literal, name, _spec, _conversion in string.Formatter().parse(template):
        plain += len(literal)
        for character in literal:
            accented = _VOWELS.get(character, character)
            twice = accented.islower() and accented != character and added < 0.4 * plain
            added += twice
            parts.append({"{": "{{", "}": "}}"}.get(character, accented) + (accented if twice else ""))
        if name is not None:
            parts.append("{" + name + "}")
    missing = int(0.4 * plain) - added
    return OPEN + "".join(parts) + (_PADDING * (missing // len(_PADDING) + 1))[: max(missing, 0)].rstrip() + CLOSE


def catalogue() -> Mapping[str, Mapping[str, str]]:
    """All texts, the English ones stretched."""
    return {key: {"zh_CN": entry["zh_CN"], "en": stretched(entry["en"])} for key, entry in texts.catalogue().items()}


def outside(text: str) -> str:
    """What of a shown text stands in no brackets."""
    before = None
    while before != text:
        before, text = text, re.sub(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", "", text)
    return text.replace("\u200b", "")


def words(text: str) -> set[str]:
    """Words of three letters and more, in small letters."""
    return {word.casefold() for word in re.findall(r"[^\W\d_]{3,}", text)}
