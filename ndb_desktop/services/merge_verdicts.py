"""What a newly arrived sheet means beside the versions already here; told per sheet, then for the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ndb_desktop.domain.errors import Fault
from ndb_desktop.formats.receipt import Verdict
from ndb_desktop.formats.scorefile import OpenedSheet
from ndb_desktop.storage.registry_rows import Version


@dataclass(frozen=True, slots=True)
class SheetVerdict:
    """One sheet of a file; `replaced` is the digest it took the place of, if any."""

    application: str
    revision: int
    digest: str
    verdict: Verdict
    replaced: str | None = None


def judge(sheet: OpenedSheet, known: Mapping[str, Version]) -> SheetVerdict:
    """The verdict on a sheet; which version counts is decided apart, from the whole set (`storage.standing`)."""
    record = sheet.record
    if not known:
        return SheetVerdict(record.application, record.revision, sheet.digest, "accepted")
    live = [version for version in known.values() if version.live]
    newest = max((version.revision for version in live), default=0)
    verdict: Verdict = "accepted"
    replaced: str | None = None
    if sheet.digest in {version.digest for version in live}:
        verdict = "duplicate"
    elif record.revision < newest:
        verdict = "superseded"
    elif record.revision == newest or _forked(sheet, live):
        verdict = "conflict"
    else:
        replaced = next((version.digest for version in live if version.revision == newest), None)
    return SheetVerdict(record.application, record.revision, sheet.digest, verdict, replaced)


def _forked(sheet: OpenedSheet, live: Sequence[Version]) -> bool:
    before = {version.digest for version in live if version.revision == sheet.record.revision - 1}
    return bool(before) and sheet.record.supersedes not in before


def overall(sheets: Sequence[SheetVerdict]) -> tuple[Verdict, tuple[Fault, ...]]:
    """The file's verdict: any contradiction makes it one; only old news makes it superseded."""
    contradictions = [sheet for sheet in sheets if sheet.verdict == "conflict"]
    if contradictions:
        return "conflict", tuple(_fault("E-REVISION-CONFLICT", sheet) for sheet in contradictions)
    old = [sheet for sheet in sheets if sheet.verdict == "superseded"]
    if old and not any(sheet.verdict == "accepted" for sheet in sheets):
        return "superseded", tuple(_fault("E-REVISION-OLD", sheet) for sheet in old)
    return "accepted", ()


def _fault(code: str, sheet: SheetVerdict) -> Fault:
    return Fault(code, sheet.application, {"application": sheet.application, "revision": str(sheet.revision)})
