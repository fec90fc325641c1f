"""何时不可轻信: what keeps a figure of agreement from meaning what it seems to mean, as sentences (panel B.1, B.2)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ndb_desktop.domain.agreement import OneWay, Ratings
from ndb_desktop.domain.numbers import brief
from ndb_desktop.domain.overlap import Component, typical_common
from ndb_desktop.domain.phrase import Phrase

LEAST_APPLICATIONS = 10
LEAST_COMMON = 5
MISSING_SHARE = Fraction(1, 10)
LOW = Fraction(3, 10)
"""Below this ICC(1,1) is often seen where reviewers do their duty (Pier 2018: none at all); no gate lies above it."""


def cautions(
    ratings: Ratings, figures: OneWay, parts: Sequence[Component], seats: int, marks: int
) -> tuple[Phrase, ...]:
    """When not to trust the figures over `ratings`: `marks` came in for `seats` assigned, `parts` hang together."""
    rated = [marks_of for marks_of in ratings.values() if len(marks_of) > 1]
    found = []
    if len(rated) < LEAST_APPLICATIONS:
        found.append(Phrase("trust.few_applications", {"count": str(len(rated)), "least": str(LEAST_APPLICATIONS)}))
    common = typical_common(rated)
    if rated and common < LEAST_COMMON:
        found.append(Phrase("trust.few_common", {"count": str(common), "least": str(LEAST_COMMON)}))
    if len(parts) > 1:
        found.append(Phrase("trust.islands", {"count": str(len(parts)), "largest": str(len(parts[0].experts))}))
    if seats and Fraction(seats - marks, seats) > MISSING_SHARE:
        found.append(Phrase("trust.missing", {"missing": str(seats - marks), "seats": str(seats)}))
    sizes = {len(marks_of) for marks_of in rated}
    if len(sizes) > 1 and figures.size is not None:
        sizes_said = {"low": str(min(sizes)), "high": str(max(sizes)), "mean": brief(figures.size)}
        found.append(Phrase("trust.unequal", sizes_said))
    if figures.single.value is not None and figures.single.value < LOW:
        found.append(Phrase("trust.low", {"value": brief(figures.single.value)}))
    return tuple(found)
