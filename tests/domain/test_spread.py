"""Distributions: exact figures and bins that hold every mark once; and when figures should not be trusted."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop import texts
from ndb_desktop.domain.agreement import Ratings, one_way
from ndb_desktop.domain.overlap import components
from ndb_desktop.domain.spread import BINS, spread
from ndb_desktop.domain.trust import cautions

F = Fraction


def test_bins_hold_their_lower_end_and_the_last_one_both() -> None:
    found = spread([F(0), F(5), F(499, 100), F(95), F(100), F(9999, 100)])
    assert found is not None
    assert (found.bins[0], found.bins[1], found.bins[19]) == (2, 1, 3)
    assert spread([]) is None
    alone = spread([F(70)])
    assert alone is not None
    assert (alone.n, alone.mean, alone.variance, alone.error_squared) == (1, 70, None, None)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.fractions(0, 100, max_denominator=60), min_size=2, max_size=12))
def test_figures_agree_with_the_standard_library(values: list[Fraction]) -> None:
    found = spread(values)
    assert found is not None
    assert found.variance is not None
    assert found.mean == statistics.mean(values)
    assert found.median == statistics.median(values)
    assert found.variance == statistics.variance(values)
    assert found.error_squared == found.variance / len(values)
    assert (found.low, found.high) == (min(values), max(values))
    assert sum(found.bins) == len(values)
    for place, count in enumerate(found.bins):
        last = place == BINS - 1
        assert count == sum(5 * place <= value and (value < 5 * place + 5 or last) for value in values)


def keys(table: Ratings, seats: int = 0) -> dict[str, Mapping[str, object]]:
    marks = sum(map(len, table.values()))
    found = cautions(table, one_way(table), components(table), seats or marks, marks)
    for phrase in found:
        for language in texts.LANGUAGES:
            assert "{" not in texts.phrase_text(phrase, language)
    return {phrase.key: phrase.params for phrase in found}


def whole(applications: int, experts: int = 4) -> dict[str, dict[str, Fraction]]:
    return {f"A{n:02}": {f"E{e}": F(50 + 4 * n + (n * e) % 3) for e in range(experts)} for n in range(applications)}


def test_nothing_is_said_of_sound_figures() -> None:
    assert keys(whole(10)) == {}


def test_each_reason_not_to_trust() -> None:
    assert keys(whole(9))["trust.few_applications"] == {"count": "9", "least": "10"}
    assert keys(whole(4))["trust.few_common"] == {"count": "4", "least": "5"}
    apart = whole(12) | {f"B{n}": {"X": F(70 + n), "Y": F(71 + n)} for n in range(8)}
    assert keys(apart)["trust.islands"] == {"count": "2", "largest": "4"}
    assert keys(whole(10), seats=45)["trust.missing"] == {"missing": "5", "seats": "45"}
    assert "trust.missing" not in keys(whole(9), seats=40)
    uneven = whole(12)
    del uneven["A00"]["E0"]
    assert keys(uneven)["trust.unequal"]["low"] == "3"
    alike = {
        name: {expert: F(80 + (n * int(expert[1])) % 5) for expert in row}
        for n, (name, row) in enumerate(whole(12).items())
    }
    assert "trust.low" in keys(alike)
    assert "trust.few_common" not in keys({})
