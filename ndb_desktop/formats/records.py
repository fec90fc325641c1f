"""Reading records that others wrote into strict Structs, with one code and one place per fault."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.domain.numbers import parse_number
from ndb_desktop.domain.strictload import StrictJsonFault, strict_json
from ndb_desktop.formats.strictjson import ready

T = TypeVar("T")

_PATH = re.compile(r" - at (?:key in )?`([^`]*)`$")
_NAMED = re.compile(r"`([^`]*)`")


def decode(raw: bytes, kind: type[T], *, max_size: int, place: str = "") -> T:
    """One record of type `kind`; raises `NdbError` with an `E-RECORD-…` code at its place."""
    try:
        value = strict_json(raw, max_size=max_size)
    except StrictJsonFault as error:
        if error.kind == "size":
            raise NdbError("E-RECORD-SIZE", place=place, limit=error.detail) from error
        if error.kind == "duplicate":
            raise NdbError("E-RECORD-DUPLICATE", place=place, name=error.detail) from error
        if error.kind in ("float", "integer"):
            raise NdbError("E-RECORD-FLOAT", place=place, value=error.detail) from error
        raise NdbError("E-RECORD-JSON", place=place, where=error.detail) from error
    return convert(value, kind, place=place)


def convert(value: Any, kind: type[T], *, place: str = "") -> T:
    """A parsed JSON value as a record; raises `NdbError`."""
    try:
        return msgspec.convert(value, ready(kind), strict=True)
    except msgspec.ValidationError as error:
        raise _named(str(error), place) from error


def _named(message: str, place: str) -> NdbError:
    path = _PATH.search(message)
    where = path_of(place, path.group(1).removeprefix("$").removeprefix(".")) if path else place
    message = _PATH.sub("", message)
    names = _NAMED.findall(message)
    if "unknown field" in message:
        return NdbError("E-RECORD-UNKNOWN", place=where, name=names[0])
    if "missing required field" in message:
        return NdbError("E-RECORD-MISSING", place=where, name=names[0])
    if message.startswith("Expected") and len(names) == 2 and ", got " in message:
        return NdbError("E-RECORD-TYPE", place=where, expected=names[0], got=names[1])
    return NdbError("E-RECORD-VALUE", place=where, detail=message)


def path_of(place: str, path: str) -> str:
    """`applications.jsonl:12` and `data.revenue` as one place."""
    return f"{place}: {path}" if place and path else place or path


class Findings:
    """Collects the faults of one record, so that all are told at once."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._faults: list[Fault] = []

    def add(self, code: str, path: str, /, **params: object) -> None:
        """Notes a fault."""
        values = {name: str(value) for name, value in params.items()}
        self._faults.append(Fault(code, path_of(self._place, path), values))

    def number(self, text: str, path: str) -> Decimal:
        """A strict number; a wrong one is noted and read as 0."""
        try:
            return parse_number(text)
        except NdbError as error:
            self.add("E-NUMBER", path, **error.params)
            return Decimal(0)

    def plain_text(self, text: str, path: str) -> None:
        """Refuses control characters and bidirectional overrides, which could make a name read as another."""
        if bad := _CONTROL.search(text):
            self.add("E-RECORD-CONTROL", path, point=f"U+{ord(bad.group()):04X}")

    def done(self) -> None:
        """Raises what was found."""
        if self._faults:
            raise FaultsError(self._faults, place=self._place)


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Category Cc without tab and line feed, and the marks of direction."""
