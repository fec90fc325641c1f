"""Sentences as data: the domain says *what* to say, `ndb_desktop.texts` says it in a language.

So an explanation (「3.1 % → 72.5：……」) is generated from the rule that computed it and cannot differ from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Union


@dataclass(frozen=True, slots=True)
class LocalText:
    """A text of a pack or batch in both languages."""

    zh_CN: str  # noqa: N815  (the language's name)
    en: str

    def get(self, language: str) -> str:
        """The text in `language`; raises `AttributeError` for a language that does not exist."""
        text: str = getattr(self, language)
        return text


PhraseValue = Union[str, "Phrase", "tuple[Phrase, ...]", LocalText]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text key (`rule.piecewise.between`) and what fills it; nested phrases are rendered first.

    A tuple of phrases is joined with the separator text `list.separator`. A value that is a `str` is used as it is;
    a `LocalText` (a label of a pack) gives its own text of the language.
    """

    key: str
    params: Mapping[str, PhraseValue] = field(default_factory=dict)
