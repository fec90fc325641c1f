"""Reading the parts of a rule pack: every reader notes a fault with its path and goes on.

So all faults are told at once. A reader never raises: for a wrong value it notes why and returns a harmless one of
the right type.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.numbers import parse_number
from ndb_desktop.domain.rulepack import LocalText

MISSING: Final = object()
"""Stands for a member that is not there and was already reported."""

LANGUAGES = ("zh_CN", "en")
_IDENT = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}(\.[0-9]{1,3})?", re.ASCII)


class Reader:
    """Faults found so far, and readers for each kind of value."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, code: str, path: str, /, **params: object) -> None:
        """Notes a fault."""
        self.faults.append(Fault(code, path, {name: str(value)[:200] for name, value in params.items()}))

    def record(
        self, value: Any, path: str, required: Collection[str], optional: Collection[str] = ()
    ) -> dict[str, Any]:
        """An object with exactly these members; missing ones read as `MISSING`."""
        if not isinstance(value, dict):
            self._type(value, path, "object")
            value = dict.fromkeys(required, MISSING)
        for key in value:
            if key not in required and key not in optional:
                self.fault("E-PACK-KEY-UNKNOWN", path, key=key)
        result = {key: value[key] for key in value if key in required or key in optional}
        for key in required:
            if key not in result:
                self.fault("E-PACK-KEY-MISSING", path, key=key)
                result[key] = MISSING
        return result

    def array(self, value: Any, path: str, least: int = 0, most: int = 1000) -> list[Any]:
        """A list with `least` to `most` members."""
        if not isinstance(value, list):
            self._type(value, path, "list")
            return []
        if not least <= len(value) <= most:
            self.fault("E-PACK-LENGTH", path, count=len(value), least=least, most=most)
            return value[:most]
        return value

    def text(self, value: Any, path: str) -> str:
        """Any string."""
        if isinstance(value, str):
            return value
        self._type(value, path, "string")
        return ""

    def ident(self, value: Any, path: str) -> str:
        """An id: letters, digits, `_`, `-`, as in `P1.1`."""
        text = self.text(value, path)
        if isinstance(value, str) and not _IDENT.fullmatch(text):
            self.fault("E-PACK-ID", path, id=text)
            return ""
        return text

    def choice(self, value: Any, path: str, allowed: Sequence[str]) -> str:
        """One of a closed list."""
        text = self.text(value, path)
        if text in allowed:
            return text
        if isinstance(value, str):
            self.fault("E-PACK-CHOICE", path, value=text, allowed=", ".join(allowed))
        return allowed[0]

    def number(self, value: Any, path: str, low: int | None = None, high: int | None = None) -> Fraction:
        """A number as a strict string, within closed limits."""
        text = self.text(value, path)
        if not isinstance(value, str):
            return Fraction(low or 0)
        try:
            number = Fraction(parse_number(text))
        except NdbError:
            self.fault("E-PACK-NUMBER", path, value=text)
            return Fraction(low or 0)
        if (low is not None and number < low) or (high is not None and number > high):
            self.fault("E-PACK-RANGE", path, value=text, low=_limit(low), high=_limit(high))
        return number

    def whole(self, value: Any, path: str, low: int, high: int) -> int:
        """A whole number (JSON integer) within closed limits."""
        if isinstance(value, bool) or not isinstance(value, int):
            self._type(value, path, "integer")
            return low
        if not low <= value <= high:
            self.fault("E-PACK-RANGE", path, value=value, low=low, high=high)
            return low
        return value

    def boolean(self, value: Any, path: str) -> bool:
        """true or false."""
        if isinstance(value, bool):
            return value
        self._type(value, path, "boolean")
        return False

    def unique(self, names: Sequence[str], path: str) -> None:
        """Notes every name that stands twice."""
        seen: set[str] = set()
        for n, name in enumerate(names):
            if name and name in seen:
                self.fault("E-PACK-TWICE", f"{path}[{n}]", name=name)
            seen.add(name)

    def _type(self, value: Any, path: str, expected: str) -> None:
        if value is not MISSING:
            self.fault("E-PACK-TYPE", path, expected=expected)


def _limit(limit: int | None) -> str:
    return "∞" if limit is None else str(limit)


class Texts:
    """The texts of a pack in both languages; notes missing and empty ones, and in the end the unused."""

    def __init__(self, value: Any, reader: Reader) -> None:
        self._reader = reader
        self._used: set[str] = set()
        record = reader.record(value, "texts", LANGUAGES)
        self._by_language: dict[str, dict[str, str]] = {}
        for language in LANGUAGES:
            texts = record[language]
            if not isinstance(texts, dict):
                reader.record(texts, f"texts.{language}", ())
                texts = {}
            self._by_language[language] = {
                key: reader.text(text, f"texts.{language}[{key}]") for key, text in texts.items()
            }

    def get(self, key: str) -> LocalText:
        """The text `key` in both languages."""
        self._used.add(key)
        found: dict[str, str] = {}
        for language, texts in self._by_language.items():
            text = texts.get(key)
            if text is None:
                self._reader.fault("E-PACK-TEXT-MISSING", f"texts.{language}[{key}]", key=key)
            elif not text.strip():
                self._reader.fault("E-PACK-TEXT-EMPTY", f"texts.{language}[{key}]", key=key)
            found[language] = text or ""
        return LocalText(found["zh_CN"], found["en"])

    def note_unused(self) -> None:
        """Notes texts that nothing asks for."""
        for language, texts in self._by_language.items():
            for key in sorted(texts.keys() - self._used):
                self._reader.fault("E-PACK-TEXT-UNUSED", f"texts.{language}[{key}]", key=key)

    def all(self) -> Mapping[str, str]:
        """Every text by its path."""
        return {
            f"texts.{language}[{key}]": text
            for language, texts in self._by_language.items()
            for key, text in texts.items()
        }
