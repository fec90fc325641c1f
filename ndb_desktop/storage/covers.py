"""The cover (封面) of an application: who and which documents, without what fills most of it."""

from __future__ import annotations

import msgspec

_EMPTY = {name: msgspec.Raw(b"{}" if name == "data" else b"[]") for name in ("data", "targets", "tasks", "actuals")}


def cover_of(body: bytes) -> bytes:
    """The JSON of an application with empty data, targets, tasks and actual values; everything else byte for byte."""
    parts = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    return msgspec.json.encode({name: _EMPTY.get(name, part) for name, part in parts.items()})
