"""JSON lines of a file or of stdin, as the verbs read them that write many things at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from ndb_desktop.cli.office import existing
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.strictjson import ready

MAX_LINES_FILE = 16 * 1024 * 1024

Line = TypeVar("Line")


def read_lines(source: str, kind: type[Line]) -> Iterator[tuple[str, Line]]:
    """The lines of a file or of stdin (`-`), each with its place; empty ones are passed over.

    Raises:
        NdbError: E-CLI-NO-FILE, E-CLI-LINE.
    """
    if source == "-":
        raw = sys.stdin.buffer.read(MAX_LINES_FILE + 1)
    else:
        with existing(Path(source)).open("rb") as stream:
            raw = stream.read(MAX_LINES_FILE + 1)
    if len(raw) > MAX_LINES_FILE:
        raise NdbError("E-CLI-LINE", place=source, reason=f"> {MAX_LINES_FILE}")
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        if not line.strip():
            continue
        place = f"{Path(source).name}:{number}"
        try:
            yield place, msgspec.json.decode(line, type=ready(kind))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise NdbError("E-CLI-LINE", place=place, reason=str(error)) from error
