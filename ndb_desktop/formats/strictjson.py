"""JSON as strictly as a signed file deserves: size, depth, names, numbers and encoding before anything is believed.

`msgspec` validates types and refuses a BOM, NaN and lone surrogates, but takes the last of two equal names and
recurses as deep as the input asks; the checks here close that.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from ndb_desktop.domain.errors import FaultsError, NdbError

MAX_DEPTH = 16
"""Deeper than any file of ours; the deepest, a score file, has 7 levels."""
MAX_INTEGER = 2**53 - 1
"""What every JSON implementation can hold exactly."""

_ID = r"\A[^\x00-\x20\x7f\u2028\u2029]+\Z"
_NUMBER = r"\A-?[0-9]{1,15}(\.[0-9]{1,6})?\Z"
_MAX_ID = 100
_REMEMBERED = 16_384

Id = Annotated[str, Meta(min_length=1, max_length=_MAX_ID, pattern=_ID)]
"""An id of our data: no blanks, no control characters."""
Line = Annotated[str, Meta(max_length=200, pattern=r"\A[^\x00-\x1f\x7f\u2028\u2029]*\Z")]
"""One line of text."""
Text = Annotated[str, Meta(max_length=20_000)]
"""Free text."""
Sha256 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Hex128 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
Stamp = Annotated[
    str,
    Meta(pattern=r"\A[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z\Z"),
]
"""A moment in UTC, to the second: `2026-11-22T03:00:00Z`."""
Number = Annotated[str, Meta(pattern=_NUMBER)]
"""An exact number as a string."""
IdText = Annotated[str, Meta(max_length=_MAX_ID)]
"""Bounded text that `is_id` will look at."""
NumberText = Annotated[str, Meta(max_length=24)]
"""Bounded text that `is_number` will look at."""
Count = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
KeyLine = Annotated[str, Meta(min_length=1, max_length=400)]
"""A public key as an OpenSSH line; checked in full by `crypto.identity.PublicKey`."""

_STRING = re.compile(rb'"[^"]*"?')
_NO_STRUCTURE = bytes(b for b in range(256) if b not in b'"[]{}')

T = TypeVar("T")

_ready: set[object] = set()
_preparing = threading.Lock()


def ready(kind: type[T]) -> type[T]:
    """`kind`, once `msgspec` knows all of it; whatever is read into a type of our own is read as `type=ready(kind)`.

    `msgspec` learns a type when it is first asked for, and shows what it knows half way to other threads, which then
    end the whole program.
    """
    if kind not in _ready:
        with _preparing:
            msgspec.json.Decoder(kind)
            _ready.add(kind)
    return kind


@lru_cache(maxsize=_REMEMBERED)
def is_id(text: str) -> bool:
    """Whether `text` is an `Id`; for fields that repeat so often that a pattern for each costs more than reading it."""
    return re.search(_ID, text) is not None


@lru_cache(maxsize=_REMEMBERED)
def is_number(text: str) -> bool:
    """Whether `text` is a `Number`."""
    return re.search(_NUMBER, text) is not None


class Header(msgspec.Struct):
    """What every payload begins with; anything else in it is looked at only when these three are known."""

    format: str = ""
    version: int = 0
    critical: tuple[str, ...] = ()


@contextmanager
def placed(place: str) -> Iterator[None]:
    """Gives errors from inside the block their place, where they have none yet."""
    try:
        yield
    except NdbError as error:
        if error.fault.place or not place or isinstance(error, FaultsError):
            raise
        raise NdbError(error.code, place=place, **error.params) from None


def check(data: bytes, *, max_size: int, max_depth: int = MAX_DEPTH, place: str = "") -> None:
    """Refuses JSON that two readers could understand differently or that is made to exhaust one.

    Raises:
        NdbError: `E-SIZE`, `E-JSON-DEPTH`, `E-JSON-NAMES` (one name twice), `E-JSON-NUMBER` (fraction, exponent, NaN or
            over 2^53), `E-JSON-ENCODING` (not UTF-8, or a BOM), `E-JSON`.
    """
    with placed(place):
        if len(data) > max_size:
            raise NdbError("E-SIZE", size=len(data), most=max_size)
        if depth_over(data, max_depth):
            raise NdbError("E-JSON-DEPTH", most=max_depth)
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            raise NdbError("E-JSON-ENCODING") from None
        if text.startswith("\ufeff"):
            raise NdbError("E-JSON-ENCODING")
        try:
            _SCAN.decode(text)
        except RecursionError:
            # Only what is no JSON can get here: brackets that the count above took for a part of a string.
            raise NdbError("E-JSON-DEPTH", most=max_depth) from None
        except ValueError as error:
            raise NdbError("E-JSON", reason=_printable(str(error))) from None


def depth_over(data: bytes, most: int) -> bool:
    """Whether brackets outside strings nest deeper than `most`; iterative, so depth itself cannot hurt."""
    if b"\\" in data:
        # Escaped backslashes first: what then stands before a quote escapes it.
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    structure = data.translate(None, _NO_STRUCTURE)
    brackets = structure.replace(b'""', b"")
    if b'"' in brackets:
        # Some string holds brackets.
        brackets = _STRING.sub(b"", structure)
    depth = 0
    for bracket in brackets:
        if bracket in b"[{":
            depth += 1
            if depth > most:
                return True
        else:
            depth -= 1
    return False


def _unique_names(pairs: list[tuple[str, object]]) -> None:
    if len(dict(pairs)) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise NdbError("E-JSON-NAMES", name=_printable(twice))


def _no_number(text: str) -> None:
    raise NdbError("E-JSON-NUMBER", value=text[:40])


def _bounded_integer(text: str) -> None:
    if len(text) > 17 or abs(int(text)) > MAX_INTEGER:
        raise NdbError("E-JSON-NUMBER", value=text[:40])


_SCAN = json.JSONDecoder(
    object_pairs_hook=_unique_names,
    parse_float=_no_number,
    parse_constant=_no_number,
    parse_int=_bounded_integer,
)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:100])


def convert(data: bytes, kind: type[T], *, place: str = "") -> T:
    """`data`, already checked, as the typed value; unknown or missing fields and wrong types are refused.

    Raises:
        NdbError: `E-JSON-FIELD` with what does not fit and where.
    """
    try:
        return msgspec.json.decode(data, type=ready(kind))
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise NdbError("E-JSON-FIELD", place=place, reason=_printable(str(error))) from None


def as_we_write(data: bytes, kind: type[T]) -> T | None:
    """The typed value if `data` is byte for byte what `encode` makes of it, else None.

    Then `check` has nothing left to find: no name can stand twice, no number or depth beyond the types. It is the short
    way for files of our own program; all others go the long one and get their reason.
    """
    try:
        value = msgspec.json.decode(data, type=ready(kind))
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None
    return value if msgspec.json.encode(value) == data else None


def decode(data: bytes, kind: type[T], *, max_size: int, place: str = "") -> T:
    """`check`, then `convert`."""
    check(data, max_size=max_size, place=place)
    return convert(data, kind, place=place)


def check_header(
    data: bytes, *, form: str, version: int, earlier: Collection[int] = (), known_critical: Collection[str] = ()
) -> None:
    """Looks at format, version and `critical` first: a newer file must be called newer, not faulty.

    `earlier` are versions read beside `version`.

    Raises:
        NdbError: `E-FORMAT`, `E-VERSION`, `E-CRITICAL`.
    """
    header = convert(data, Header)
    if header.format != form:
        raise NdbError("E-FORMAT", found=_printable(header.format) or "?", wanted=form)
    if header.version != version and header.version not in earlier:
        raise NdbError("E-VERSION", found=header.version, known=version)
    if unknown := [name for name in header.critical if name not in known_critical]:
        raise NdbError("E-CRITICAL", name=_printable(unknown[0]))


def open_payload(data: bytes, kind: type[T], *, form: str, version: int, max_size: int, place: str = "") -> T:
    """A payload as the typed value, once its header is understood; raises what the three steps raise."""
    with placed(place):
        check(data, max_size=max_size)
        check_header(data, form=form, version=version)
        return convert(data, kind)


def encode(value: object) -> bytes:
    """Compact UTF-8 JSON of our own values, members in the order of their definition."""
    return msgspec.json.encode(value)
