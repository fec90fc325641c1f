"""Parts of an inspection record as JSON lines: `{"kind": "meeting", "id": "opening", "state": "held", …}`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from ndb_desktop.cli.lines import read_lines
from ndb_desktop.domain import siterecord as site
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.siterecord import Part, PartKey, PartKind
from ndb_desktop.formats.strictjson import ready

if TYPE_CHECKING:
    from ndb_desktop.services.inspect import SiteSession

KINDS: Mapping[PartKind, type[Part]] = {
    "head": site.Head, "meeting": site.Meeting, "check": site.Check, "answer": site.Answer, "finding": site.Finding,
    "veto": site.VetoFinding, "observation": site.Observation, "photo": site.Photo, "closing": site.Closing,
}  # fmt: skip
"""What can be written; notes of the clock are the program's."""


def read(source: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The lines of a file or of stdin, each with its place. Raises `NdbError` as `read_lines`."""
    return read_lines(source, dict[str, Any])


def apply(session: SiteSession, lines: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Writes all lines in one commit; what a line leaves out stays as it was.

    Raises:
        NdbError: E-CLI-LINE, and as `SiteSession.put_all`; nothing is stored then.
    """
    # Two lines about one part add up.
    record, changed = session.record, dict[PartKey, Part]()
    for place, given in lines:
        part = _part(record, dict(given), place)
        key = site.key_of(part)
        record, changed[key] = record.replaced(part), part
    session.put_all(changed.values())


def _part(record: site.SiteRecord, given: dict[str, Any], place: str) -> Part:
    said = given.pop("kind", None)
    found = [(word, one) for word, one in KINDS.items() if word == said]
    if not found:
        raise NdbError("E-CLI-LINE", place=place, reason="kind: " + ", ".join(KINDS))
    word, kind = found[0]
    names = {field.name for field in fields(kind)}
    if unknown := sorted(given.keys() - names):
        raise NdbError("E-CLI-LINE", place=place, reason=unknown[0])
    if any(isinstance(value, float) for value in given.values()):
        # A number of JSON may be no exact one; as text it is.
        raise NdbError("E-CLI-LINE", place=place, reason='"1.5"')
    name = str(given.get("item" if kind is site.Answer else "id", ""))
    known = record.parts.get((word, name))
    before = {field.name: getattr(known, field.name) for field in fields(kind)} if known is not None else {}
    try:
        return msgspec.convert({**msgspec.to_builtins(before), **given}, type=ready(kind))
    except msgspec.ValidationError as error:
        raise NdbError("E-CLI-LINE", place=place, reason=str(error)) from error


def part_key(word: str) -> PartKey:
    """The key in `finding/F1-01`, or `head` for what there is once. Raises `NdbError` E-CLI-VALUE."""
    kind, _, name = word.partition("/")
    for known in get_args(PartKind):
        if kind == known:
            return known, name
    raise NdbError("E-CLI-VALUE", place="KIND/ID", value=word)


def shown(part: Part | None) -> str | None:
    """A part as one line of JSON, None for none."""
    from ndb_desktop.formats.siteparts import encode_part

    return None if part is None else encode_part(part).decode("utf-8")
