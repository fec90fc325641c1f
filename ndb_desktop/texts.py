"""Every sentence the program says, in both languages, from `resources/texts/*.json`.

One mechanism for the window, the command line, the reports and the errors: a file maps a key to
`{"zh_CN": …, "en": …}` with `{name}` placeholders. `tests/test_texts.py` proves that both languages are complete,
that placeholders agree, that every key used in the code exists and that none is left over.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Literal, get_args

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.phrase import LocalText, Phrase, PhraseValue
from ndb_desktop.paths import resource

Language = Literal["zh_CN", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT_LANGUAGE: Language = "zh_CN"

UNKNOWN = "?"
"""Value of a fault's parameter that nobody knows."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """All texts by key; a key that stands in two files is a mistake of ours and raises `ValueError`."""
    merged: dict[str, Mapping[str, str]] = {}
    for path in sorted(resource("texts").glob("*.json")):
        entries = json.loads(path.read_bytes())
        twice = merged.keys() & entries.keys()
        if twice:
            raise ValueError(f"{path.name}: already defined elsewhere: {sorted(twice)}")
        merged.update(entries)
    return merged


class _Lenient(string.Formatter):
    """Fills `{name}` from the parameters; conversions, attributes and indexes are not part of our texts."""

    def get_field(self, field_name: str, _args: object, kwargs: Mapping[str, object]) -> tuple[object, str]:
        return kwargs[field_name], field_name


_FORMATTER = _Lenient()


def text(key: str, language: str, /, **params: object) -> str:
    """The sentence `key` in `language` with `params` filled in. Raises `KeyError` for an unknown key or language."""
    template = catalogue()[key][language]
    return _FORMATTER.vformat(template, (), params) if "{" in template or "}" in template else template


def phrase_text(phrase: Phrase, language: str) -> str:
    """A `Phrase` of the domain as a sentence."""
    return text(phrase.key, language, **{name: _value(value, language) for name, value in phrase.params.items()})


def _value(value: PhraseValue, language: str) -> str:
    if isinstance(value, Phrase):
        return phrase_text(value, language)
    if isinstance(value, tuple):
        return text("list.separator", language).join(phrase_text(part, language) for part in value)
    if isinstance(value, LocalText):
        return value.get(language)
    return value


def fault_text(fault: Fault | NdbError, language: str) -> str:
    """The plain sentence of a fault or error, without its place and code."""
    fault = fault.fault if isinstance(fault, NdbError) else fault
    return text(fault.code, language, **{name: _in_words(value, language) for name, value in fault.params.items()})


def _in_words(value: str, language: str) -> str:
    """Moments as the reader's own clock shows them, and a word where nothing is known."""
    if value == UNKNOWN:
        return text("value.unknown", language)
    if not _MOMENT.fullmatch(value):
        return value
    try:
        moment = datetime.fromisoformat(value).astimezone()
    except (ValueError, OverflowError, OSError):
        return value
    date = {"year": moment.year, "month": moment.month, "day": moment.day}
    return text("moment.local", language, **date, time=moment.strftime("%H:%M"))


def fault_line(fault: Fault | NdbError, language: str) -> str:
    """`place: CODE: sentence`, the form the command line prints."""
    fault = fault.fault if isinstance(fault, NdbError) else fault
    place = f"{fault.place}: " if fault.place else ""
    return f"{place}{fault.code}: {fault_text(fault, language)}"
