"""Without the collector of garbage: it runs again afterwards, whatever happened, and only if it ran before."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from ndb_desktop.services.tasks import without_collector


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    yield
    gc.enable()


@pytest.mark.parametrize("running", [True, False])
def test_the_collector_runs_afterwards_as_it_did_before(running: bool) -> None:
    if not running:
        gc.disable()
    with without_collector():
        assert not gc.isenabled()
        with without_collector():
            pass
        assert not gc.isenabled()
    assert gc.isenabled() is running


def test_the_collector_runs_again_after_a_failure() -> None:
    with pytest.raises(ValueError, match="bad"), without_collector():
        raise ValueError("bad")
    assert gc.isenabled()


def test_what_was_made_meanwhile_counts_as_old_and_is_not_looked_through_again() -> None:
    with without_collector():
        stays = [[number] for number in range(50_000)]
        assert gc.get_count()[0] > 40_000
    assert gc.get_count()[0] < 1_000
    assert len(stays) == 50_000
    # Old, but not out of sight: what becomes garbage later is still found.
    assert gc.get_freeze_count() == 0
