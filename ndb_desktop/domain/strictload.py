"""Strict JSON for data that others wrote: duplicate names, NaN, decimal points outside strings are all refused.

Numbers with a point or an exponent are refused because they would be read as floats: amounts travel as strings.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

MAX_INTEGER = 10**15


class StrictJsonFault(ValueError):  # noqa: N818  (a finding about a file)
    """Why a text is not strict JSON.

    `kind` is `size`, `encoding`, `syntax`, `depth`, `duplicate`, `float` or `integer`.
    """

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail


def strict_json(raw: bytes, *, max_size: int, max_depth: int = 32) -> Any:
    """The value of a JSON text; raises `StrictJsonFault`."""
    if len(raw) > max_size:
        raise StrictJsonFault("size", str(max_size))
    try:
        text = raw.decode("utf-8-sig")
        value = json.loads(
            text,
            object_pairs_hook=_pairs,
            parse_float=lambda number: _refuse("float", number),
            parse_constant=lambda name: _refuse("float", name),
            parse_int=_integer,
        )
    except UnicodeDecodeError as error:
        raise StrictJsonFault("encoding", str(error.start)) from error
    except RecursionError as error:
        raise StrictJsonFault("depth", str(max_depth)) from error
    except json.JSONDecodeError as error:
        raise StrictJsonFault("syntax", f"{error.lineno}:{error.colno}") from error
    _check_depth(value, max_depth)
    if "\\u" in text:
        _check_pairs(value)
    return value


def canonical(value: object) -> bytes:
    """One value, one byte string: sorted names, no spaces, UTF-8."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


def _refuse(kind: str, detail: str) -> NoReturn:
    raise StrictJsonFault(kind, detail[:40])


def _integer(digits: str) -> int:
    if len(digits) > 16 or abs(int(digits)) > MAX_INTEGER:
        _refuse("integer", digits)
    return int(digits)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in pairs:
        if name in result:
            _refuse("duplicate", name)
        result[name] = value
    return result


def _check_depth(value: Any, max_depth: int) -> None:
    level = [value]
    for _ in range(max_depth):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        if not inner:
            return
        level = inner
    raise StrictJsonFault("depth", str(max_depth))


def _check_pairs(value: Any) -> None:
    """Lone surrogates (`\\ud800`), which only an escape can bring in: no UTF-8 file can hold them."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise StrictJsonFault("encoding", str(error.start)) from error
