"""提示处理: what was said to a flag and who closed it, as signed decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.decision import Decision
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.flaglife import ALL, STEPS, FlagCase, FlagStep, cases, content
from ndb_desktop.domain.panelflags import Flag

if TYPE_CHECKING:
    from ndb_desktop.services.analytics import BatchAnalytics
    from ndb_desktop.services.office import Office
    from ndb_desktop.services.results_compute import BatchResult


def flag_cases(office: Office, result: BatchResult) -> tuple[FlagCase, ...]:
    """Every flag of every panel, on which final results wait, with its state, in neutral order of the applications."""
    return cases((flag for row in result.results.values() for flag in row.flags), office.decided.all())


def all_cases(office: Office, found: BatchAnalytics) -> tuple[FlagCase, ...]:
    """Those of the panels and those from comparing across applications, as the analytics list them."""
    return cases((one.flag for one in found.flags), office.decided.all())


def step(office: Office, case: FlagCase, to: FlagStep, *, reason: str, second: Identity | None = None) -> Decision:
    """Takes a flag a step on: `explained` with the expert's words, then `closed` with the head's.

    Raises:
        NdbError: E-FLAG-STEP (closed before anything was said to it, or closed already), and as `DecisionBook.record`.
    """
    fits = to == "explained" if case.state == "open" else case.state == "explained"
    if to not in STEPS or not fits:
        raise NdbError("E-FLAG-STEP", code=case.flag.code, application=subject(case.flag))
    return office.decided.record("flag", subject(case.flag), content(case.flag, to), reason=reason, second=second)


def subject(flag: Flag) -> str:
    """What a decision on the flag is filed under."""
    return flag.application or ALL
