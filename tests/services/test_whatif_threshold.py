"""Another threshold tried: what selection itself would say, on record as a look, and nothing changes by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.selection import select
from ndb_desktop.services.office import Office
from ndb_desktop.services.results import compute
from ndb_desktop.services.whatif_threshold import look
from tests.support.scored import scored_office
from tests.support.travel import refusal


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    office = scored_office(tmp_path_factory.mktemp("whatif"))
    yield office
    office.close()


@settings(max_examples=25, deadline=None)
@given(tenths=st.integers(0, 1000))
def test_it_says_what_selection_would_say_and_changes_nothing(made: Office, tenths: int) -> None:
    value = Decimal(tenths) / 10
    result = compute(made)
    found = look(made, result, {"park": value})
    packs = {category: replace(pack.settings, threshold=value) for category, pack in made.packs.items()}
    anew = select(result.applications.values(), result.results, made.batch.quotas, packs)
    after = {one.application: one.after for one in found.changes}
    assert {**result.selection.states, **after} == dict(anew.states)
    assert all(one.before != one.after for one in found.changes)
    assert sum(found.after["park"].values()) == sum(found.before["park"].values()) == len(result.applications)
    assert compute(made).digest == result.digest


def test_the_look_is_on_record_with_the_threshold_and_nothing_that_was_seen(made: Office) -> None:
    result = compute(made)
    found = look(made, result, {"park": Decimal("61.5")})
    row = made.log_rows()[-1]
    assert (row.action, dict(row.details)) == ("results.whatif", {"park": "61.5"})
    assert not any(one.application in str(row.details) for one in found.changes)


@pytest.mark.parametrize("value", ["-0.1", "100.1"])
def test_a_threshold_beyond_the_scale_is_refused_and_not_on_record(made: Office, value: str) -> None:
    count = len(made.log_rows())
    assert refusal(lambda: look(made, compute(made), {"park": Decimal(value)})) == "E-WHATIF-THRESHOLD"
    assert len(made.log_rows()) == count
