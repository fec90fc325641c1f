"""移交包的核验: what is proven of the lines of a package beyond its signature, from the package alone."""

from __future__ import annotations

import hashlib

import msgspec
from msgspec import UnsetType

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.formats import strictjson
from ndb_desktop.formats.resultpackage import LINES, OpenedPackage
from ndb_desktop.formats.strictjson import Id, placed
from ndb_desktop.formats.succession import Stage

MAX_LINE = 16 * 1024 * 1024
_SETTLED = frozenset({"passed", "not_passed", "withdrawn"})


class _Line(msgspec.Struct):
    """What is looked at of a base; the digest of the member covers the rest."""

    application: Id
    stage: str
    decided: str
    waiting: tuple[str, ...]
    digest: str
    outcome: msgspec.Raw


def stage_of(opened: OpenedPackage) -> Stage:
    """The stage a package is of."""
    stage = opened.manifest.stage
    return "selection" if isinstance(stage, UnsetType) else stage


def count_lines(opened: OpenedPackage, place: str) -> tuple[int, int]:
    """How many lines there are, and how many bases of a later stage no signed decision settles.

    Raises:
        NdbError: E-PACKAGE-DAMAGED when the lines are not what the digest of the results says.
    """
    lines = opened.members[LINES].splitlines()
    with placed(place):
        if len(lines) != opened.manifest.lines:
            raise NdbError("E-PACKAGE-DAMAGED")
        return len(lines), 0 if stage_of(opened) == "selection" else _check_bases(opened, lines)


def _check_bases(opened: OpenedPackage, lines: list[bytes]) -> int:
    """Computes the digest of each outcome from its record and that of the results from these, as a stranger would."""
    manifest, left = opened.manifest, 0
    known: dict[str, list[object]] = {}
    for raw in lines:
        line = strictjson.decode(raw, _Line, max_size=MAX_LINE)
        record = bytes(line.outcome)
        digest = "" if record == b"null" else hashlib.sha256(record).hexdigest()
        if line.digest != digest or line.stage != manifest.stage or line.application in known:
            raise NdbError("E-PACKAGE-DAMAGED")
        known[line.application] = [digest, list(line.waiting)]
        left += line.decided not in _SETTLED
    content = {"batch": manifest.batch, "stage": manifest.stage, "packs": manifest.packs, "bases": known}
    if hashlib.sha256(canonical(content)).hexdigest() != manifest.result:
        raise NdbError("E-PACKAGE-DAMAGED")
    return left
