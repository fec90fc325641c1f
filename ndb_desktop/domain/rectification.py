"""整改: a failed acceptance may be put right once, until a date; then the same promises are judged again.

A veto cannot be put right. The second result is final, and so is a first one without rectification (domain rule R05).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.stagepack import AcceptancePack
from ndb_desktop.domain.stageresult import AcceptanceOutcome

Standing = Literal["open", "passed", "rectify", "failed"]
"""未出结论, 通过, 整改中, 不通过."""


@dataclass(frozen=True, slots=True)
class Rectification:
    """整改 as decided: the `conditions` to put right (as in `failed`), decided `on`, done `until` (ISO dates)."""

    conditions: tuple[str, ...]
    on: str
    until: str


@dataclass(frozen=True, slots=True)
class Course:
    """验收进程 of one base: the first result, the rectification if there was one, the second result."""

    first: AcceptanceOutcome
    rectification: Rectification | None = None
    second: AcceptanceOutcome | None = None

    @property
    def standing(self) -> Standing:
        """Where the base stands; a rectification that is under way is neither passed nor failed."""
        last = self.second or self.first
        if last.passed is None:
            return "rectify" if self.rectification else "open"
        if last.passed:
            return "passed"
        return "rectify" if self.rectification and self.second is None else "failed"

    def overdue(self, today: str) -> bool:
        """Whether the date of the rectification is over and nothing was judged since."""
        return self.standing == "rectify" and self.rectification is not None and today > self.rectification.until


def rectify(pack: AcceptancePack, course: Course, on: str, until: str) -> Course:
    """The course with a rectification decided on one day and due on another.

    Raises:
        NdbError: `E-STAGE-RECTIFY-TWICE` for a second one, `E-STAGE-RECTIFY-VETO` after a veto,
            `E-STAGE-RECTIFY-PASSED` unless the first result is a failed one, `E-STAGE-RECTIFY-DATE` for a date that is
            none, not after the decision, or later than the pack allows.
    """
    first = course.first
    if course.rectification is not None:
        raise NdbError("E-STAGE-RECTIFY-TWICE", place=first.application)
    if first.passed is not False:
        raise NdbError("E-STAGE-RECTIFY-PASSED", place=first.application)
    if "veto" in first.failed:
        raise NdbError("E-STAGE-RECTIFY-VETO", place=first.application, grounds=", ".join(first.vetoes))
    try:
        start, end = date.fromisoformat(on), date.fromisoformat(until)
        fine = start < end <= start + timedelta(days=pack.rectify_days)
    except (ValueError, OverflowError):
        fine = False
    if not fine:
        raise NdbError("E-STAGE-RECTIFY-DATE", place=first.application, until=until, days=pack.rectify_days)
    return Course(first, Rectification(first.failed, on, until))


def judge_again(course: Course, second: AcceptanceOutcome) -> Course:
    """The course with its second and last result.

    Raises:
        NdbError: `E-STAGE-AGAIN` without a rectification, for another case, or when there is a second result already.
    """
    if course.rectification is None or course.second is not None or second.case != course.first.case:
        raise NdbError("E-STAGE-AGAIN", place=course.first.application)
    return Course(course.first, course.rectification, second)
