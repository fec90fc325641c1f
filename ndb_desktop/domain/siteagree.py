"""Whether the severity (程度) of a finding agrees with its item or datum; that is said, never forced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ndb_desktop.domain.siterecord import Conclusion, Finding, Severity, SiteRecord

_SEVERITIES: Mapping[Conclusion, Severity] = {"deviation": "minor", "unverifiable": "minor", "major": "severe"}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A finding and what it would be by its item or datum; `wanted` None where that says that nothing is wrong."""

    finding: Finding
    wanted: Severity | None


def severity_of(record: SiteRecord, about: str) -> Severity | None:
    """How bad it is that a datum deviates or an item failed; None while neither is the case."""
    kind, _, name = about.partition(":")
    if kind == "answer":
        grade = record.answer(name).grade
        return grade if grade == "minor" or grade == "severe" else None
    conclusion = record.check(name).conclusion if kind == "check" else None
    return _SEVERITIES.get(conclusion) if conclusion else None


def disagreement(record: SiteRecord, finding: Finding) -> Disagreement | None:
    """How a finding disagrees; None where it agrees, is about nothing, or about something still open."""
    kind, _, name = finding.about.partition(":")
    said = record.answer(name).grade if kind == "answer" else record.check(name).conclusion if kind == "check" else None
    wanted = severity_of(record, finding.about)
    return None if said is None or wanted == finding.severity else Disagreement(finding, wanted)


def disagreements(record: SiteRecord) -> tuple[Disagreement, ...]:
    """Those of all findings, in their order."""
    return tuple(found for finding in record.findings if (found := disagreement(record, finding)) is not None)
