"""评估验收: level and progress, keep targets, thresholds; over-achievement offsets nothing."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ndb_desktop.domain.acceptance import accept, target_result, task_completion, weighted_targets
from ndb_desktop.domain.numbers import show

D = Decimal
F = Fraction


def test_level_and_progress_of_the_worked_example() -> None:
    found = target_result(D(100), D(120), D(118))
    assert not found.met
    assert found.level is not None
    assert (show(found.level * 100), show(found.progress * 100)) == ("98.33", "90.00")


@pytest.mark.parametrize(
    ("base", "target", "actual", "direction", "met", "progress"),
    [
        ("100", "120", "130", "up", True, "1"),
        ("100", "120", "90", "up", False, "0"),
        ("50", "40", "45", "down", False, "0.5"),
        ("50", "40", "38", "down", True, "1"),
        ("50", "40", "60", "down", False, "0"),
        ("100", "100", "90", "up", False, "0.9"),
        ("100", "100", "100", "up", True, "1"),
        ("10", "10", "12.5", "down", False, "0.8"),
        ("0", "0", "0", "up", True, "1"),
        ("0", "0", "3", "down", False, "0"),
        ("-10", "0", "-5", "up", False, "0.5"),
    ],
)
def test_progress(base: str, target: str, actual: str, direction: str, met: bool, progress: str) -> None:
    found = target_result(D(base), D(target), D(actual), direction)  # type: ignore[arg-type]
    assert (found.met, found.progress) == (met, F(progress))


def test_a_target_easier_than_its_base_has_no_progress() -> None:
    with pytest.raises(ValueError):
        target_result(D(100), D(90), D(95))
    with pytest.raises(ValueError):
        target_result(D(100), D(110), D(95), "down")


numbers = st.decimals(-1000, 1000, places=2)


@given(numbers, numbers, numbers, numbers, st.sampled_from(["up", "down"]))
def test_a_worse_actual_never_raises_progress(a: D, b: D, first: D, second: D, direction: str) -> None:
    base, target = sorted((a, b), reverse=direction == "down")
    worse, better = sorted((first, second), reverse=direction == "down")
    low, high = (target_result(base, target, x, direction) for x in (worse, better))  # type: ignore[arg-type]
    assert 0 <= low.progress <= high.progress <= 1
    assert low.met <= high.met


def test_task_completion_weighs_evidence() -> None:
    assert task_completion([(D(2), F(1)), (D(1), F(1, 2)), (D(1), F(0))]) == F(5, 8)
    for bad in ([], [(D(0), F(1))], [(D(1), F(1, 3))], [(D(-1), F(1)), (D(2), F(1))]):
        with pytest.raises(ValueError):
            task_completion(bad)


def test_targets_are_weighted_and_over_achievement_is_clipped() -> None:
    overall, groups = weighted_targets([("G1", D(60), F(3)), ("G1", D(20), F(1, 2)), ("G2", D(20), F(0))])
    assert overall == F(70, 100)
    assert groups == {"G1": F(70, 80), "G2": F(0)}
    with pytest.raises(ValueError):
        weighted_targets([("G1", D(0), F(1))])


@pytest.mark.parametrize(
    ("tasks", "targets", "group", "veto", "failed"),
    [
        ("0.8", "0.8", "0.6", False, ()),
        ("0.7999", "0.8", "0.6", False, ("tasks",)),
        ("0.8", "0.7999", "0.6", False, ("targets",)),
        ("0.8", "0.8", "0.5999", False, ("G1",)),
        ("1", "1", "1", True, ("veto",)),
        ("0", "0", "0", True, ("veto", "tasks", "targets", "G1")),
    ],
)
def test_passing_needs_everything(tasks: str, targets: str, group: str, veto: bool, failed: tuple[str, ...]) -> None:
    found = accept(F(tasks), F(targets), {"G1": F(group)}, veto=veto)
    assert (found.passed, found.failed) == (not failed, failed)
