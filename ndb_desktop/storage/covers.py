"""The cover (封面) of an application: who and which documents, without what fills most of it."""

from __future__ import annotations

import msgspec

_EMPTY = {"data": msgspec.Raw(b"{}"), "targets": msgspec.Raw(b"[]"), "tasks": msgspec.Raw(b"[]")}


def cover_of(body: bytes) -> bytes:
    """The JSON of an application with empty data, targets and tasks; everything else byte for byte."""
    parts = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    return msgspec.json.encode({name: _EMPTY.get(name, part) for name, part in parts.items()})
