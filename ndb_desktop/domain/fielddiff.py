"""逐项变化: two versions of a record as the fields that differ, each with its old and its new value.

Exact in both directions: `applied(old, changes)` is the new version, whatever the record holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field: its path (`data.revenue.values.2024`, `documents.D1.title`); None where it was or is not there."""

    path: str
    old: str | None
    new: str | None


Flat = Mapping[str, str]
"""Every leaf of a record: path -> its value, as text for a text, as JSON for anything else."""


def flat(value: Any, path: str = "") -> dict[str, str]:
    """The leaves of a JSON value. Items of a list go by their `id` where each has one of its own, else by number.

    Two versions of a record have the same leaves only if they say the same, but for the order of items with an `id`;
    an empty list or object is a leaf, too.
    """
    if isinstance(value, Mapping) and value:
        found: dict[str, str] = {}
        for name, part in value.items():
            found |= flat(part, f"{path}.{_safe(str(name))}" if path else _safe(str(name)))
        return found
    if isinstance(value, list) and value:
        found = {}
        names = _names(value)
        for name, part in zip(names, value, strict=True):
            found |= flat(part, f"{path}.{_safe(name)}")
        return found
    return {path: value if isinstance(value, str) and not _odd(value) else json.dumps(value, ensure_ascii=False)}


def _names(items: list[Any]) -> list[str]:
    ids = [item["id"] for item in items if isinstance(item, Mapping) and isinstance(item.get("id"), str)]
    if len(ids) == len(items) == len(set(ids)):
        return ids
    return [f"[{number}]" for number in range(len(items))]


def _safe(name: str) -> str:
    """A name as one part of a path, whatever it holds."""
    return name.replace("~", "~0").replace(".", "~1") or "~2"


def _odd(value: str) -> bool:
    """Whether a text could be mistaken for the JSON of something else."""
    return value in ("null", "true", "false", "[]", "{}") or value[:1] in '"-0123456789'


def changes(old: Flat, new: Flat) -> tuple[FieldChange, ...]:
    """Every path whose value differs, those of the new version first, in its order."""
    paths = [*new, *(path for path in old if path not in new)]
    return tuple(FieldChange(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path))


def applied(old: Flat, differing: Iterable[FieldChange]) -> dict[str, str]:
    """The new version: what `changes` tells, done to the old one."""
    result = dict(old)
    for change in differing:
        if change.new is None:
            result.pop(change.path, None)
        else:
            result[change.path] = change.new
    return result
