"""Every sentence the program says, in both languages, from `resources/texts/*.json`.

One mechanism for the window, the command line, the reports and the errors: a file maps a key to
`{"zh_CN": …, "en": …}` with `{name}` placeholders. `tests/test_texts.py` proves that both languages are complete,
that placeholders agree, that every key used in the code exists and that none is left over.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from threading import Lock
from typing import Literal, get_args

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.phrase import LocalText, Phrase, PhraseValue
from ndb_desktop.paths import resource

Language = Literal["zh_CN", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT_LANGUAGE: Language = "zh_CN"

UNKNOWN = "?"
"""Value of a fault's parameter that nobody knows."""
_NAMES: Mapping[tuple[str, str], str] = {
    ("category", "park"): "category.park",
    ("category", "enterprise"): "category.enterprise",
    ("stage", "acceptance"): "stageresult.stage.acceptance",
    ("stage", "effect"): "stageresult.stage.effect",
}
"""Parameters of faults that are codes of the program, and what a person calls them."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


FIRST_READ = ("common.json", "ui_shortcuts.json", "ui_shell.json")
"""The files with all that the first picture says, the last of them read first."""


class Catalogue(Mapping[str, Mapping[str, str]]):
    """All texts by key. A file is read when a key is asked for that stands in none of those read before it.

    The first window says forty sentences out of some thousands; it should not wait for the others.
    A key that stands in two files is a mistake of ours and raises `ValueError`.
    """

    def __init__(self) -> None:
        files = sorted(resource("texts").glob("*.json"), reverse=True)
        early = [path for name in FIRST_READ for path in files if path.name == name]
        self._unread = [*(path for path in files if path not in early), *early]
        self._read: dict[str, Mapping[str, str]] = {}
        # Work in the background also speaks.
        self._reading = Lock()

    def __getitem__(self, key: str) -> Mapping[str, str]:
        found = self._read.get(key)
        while found is None and self._read_next():
            found = self._read.get(key)
        # Another thread may have read the last file between the two looks.
        return self._read[key] if found is None else found

    def __iter__(self) -> Iterator[str]:
        while self._read_next():
            pass
        return iter(self._read)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _read_next(self) -> bool:
        with self._reading:
            if not self._unread:
                return False
            path = self._unread[-1]
            entries = json.loads(path.read_bytes())
            twice = self._read.keys() & entries.keys()
            if twice:
                raise ValueError(f"{path.name}: already defined elsewhere: {sorted(twice)}")
            self._read.update(entries)
            self._unread.pop()
            return True


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """All texts by key, the same for the whole run."""
    return Catalogue()


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
    """The plain sentence of a fault or error, without its code; without its place too, unless it asks for `{place}`."""
    fault = fault.fault if isinstance(fault, NdbError) else fault
    values = {name: _in_words(name, value, language) for name, value in fault.params.items()}
    return text(fault.code, language, **{"place": fault.place, **values})


def _in_words(name: str, value: str, language: str) -> str:
    """Categories and stages by name, moments as the reader's own clock shows them, a word where nothing is known."""
    key = _NAMES.get((name, value))
    if key is not None:
        return text(key, language)
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
