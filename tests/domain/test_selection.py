"""Selection: threshold, laminar quotas, ties pending, vetoes apart; best possible on small instances; no ranking."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.batch import Quota
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.selection import (
    Cap,
    Selection,
    choose,
    laminar_faults,
    neutral_key,
    quota_faults,
    select,
)
from tests.support import panels
from tests.support.panels import application, result

SETTINGS = {"park": panels.settings(), "enterprise": panels.settings()}


def run(scores: Mapping[str, tuple[str, str | None]], quota: Quota, *, margin: str = "0", **other: object) -> Selection:
    apps = [application(name, field=field) for name, (field, _) in scores.items()]
    results = {app.id: result(app, scores[app.id][1]) for app in apps}
    chosen = {"park": panels.settings(margin=panels.Decimal(margin))}
    return select(apps, results, {"park": quota}, chosen, **other)  # type: ignore[arg-type]


def test_threshold_then_quota_and_unfilled_seats_stay() -> None:
    scores = {"a": ("F1", "90"), "b": ("F1", "75"), "c": ("F1", "74.99"), "d": ("F1", None)}
    assert run(scores, Quota(total=5)).states == {"a": "selected", "b": "selected", "c": "below", "d": "invalid"}
    assert run(scores, Quota(total=1)).states["b"] == "not_selected"
    assert run(scores, Quota(total=0)).of("selected") == ()
    assert run(scores, Quota()).of("selected") == ("a", "b")


def test_a_veto_beats_any_score_and_frees_the_seat() -> None:
    scores = {"a": ("F1", "99"), "b": ("F1", "80"), "c": ("F1", "90")}
    found = run(scores, Quota(total=1), vetoes={"a"}, unchecked={"c"})
    assert found.states == {"a": "invalid", "b": "selected", "c": "invalid"}
    assert found.reasons == {"a": "veto", "c": "check"}
    assert run({"a": ("F1", None)}, Quota()).reasons == {"a": "reviewers"}


def test_a_field_quota_holds_inside_the_total() -> None:
    scores = {"a": ("F1", "99"), "b": ("F1", "98"), "c": ("F2", "80"), "d": ("F2", "79")}
    found = run(scores, Quota(total=2, fields={"F1": 1}))
    assert found.states == {"a": "selected", "b": "not_selected", "c": "selected", "d": "not_selected"}
    assert set(found.binding) == {"park", "park.F1"}


def test_ties_at_the_cut_are_pending_and_hold_their_seats() -> None:
    scores = {"a": ("F1", "90"), "b": ("F1", "80"), "c": ("F1", "80"), "d": ("F1", "79")}
    found = run(scores, Quota(total=2))
    assert found.states == {"a": "selected", "b": "pending", "c": "pending", "d": "not_selected"}
    # no tie at the cut: enough seats for both
    assert run(scores, Quota(total=3)).of("pending") == ()


def test_equal_as_published_is_equal() -> None:
    scores = {"a": ("F1", "80.001"), "b": ("F1", "80.004")}
    assert run(scores, Quota(total=1)).states == {"a": "pending", "b": "pending"}


def test_a_tie_inside_a_field_does_not_touch_the_others() -> None:
    scores = {"a": ("F1", "90"), "b": ("F1", "90"), "c": ("F2", "90"), "d": ("F2", "76")}
    found = run(scores, Quota(total=3, fields={"F1": 1}))
    assert found.states == {"a": "pending", "b": "pending", "c": "selected", "d": "selected"}
    tight = run(scores, Quota(total=2, fields={"F1": 1}))
    assert tight.states == {"a": "pending", "b": "pending", "c": "selected", "d": "not_selected"}
    tighter = run(scores, Quota(total=1, fields={"F1": 1}))
    assert tighter.states == {"a": "pending", "b": "pending", "c": "pending", "d": "not_selected"}


def test_a_margin_hands_both_sides_of_the_cut_to_the_panel() -> None:
    scores = {"a": ("F1", "95"), "b": ("F1", "80.50"), "c": ("F1", "79.60"), "d": ("F1", "79.49")}
    found = run(scores, Quota(total=2), margin="1")
    assert found.states == {"a": "selected", "b": "pending", "c": "pending", "d": "not_selected"}
    clear = run({"a": ("F1", "95"), "b": ("F1", "80"), "c": ("F1", "78.99")}, Quota(total=2), margin="1")
    assert clear.of("pending") == ()
    roomy = run({"a": ("F1", "80"), "b": ("F1", "79.99")}, Quota(total=2), margin="1")
    assert roomy.of("pending") == ()


def test_categories_never_share_seats() -> None:
    park = application("p")
    company = application("c", category="enterprise")
    found = select(
        [park, company],
        {app.id: result(app, "90") for app in (park, company)},
        {"park": Quota(total=0), "enterprise": Quota(total=1)},
        SETTINGS,  # type: ignore[arg-type]
    )
    assert found.states == {"p": "not_selected", "c": "selected"}


@pytest.mark.parametrize(
    ("quota", "code"),
    [
        (Quota(total=-1), "E-QUOTA-NEGATIVE"),
        (Quota(total=3, fields={"F1": -2}), "E-QUOTA-NEGATIVE"),
        (Quota(total=3, fields={"nope": 1}), "E-QUOTA-FIELD"),
        (Quota(total=3, fields={"F1": 4}), "E-QUOTA-TOTAL"),
    ],
)
def test_the_lint_of_quotas(quota: Quota, code: str) -> None:
    assert [fault.code for fault in quota_faults({"park": quota}, {"F1"})] == [code]


def test_sound_quotas_pass_the_lint() -> None:
    assert quota_faults({"park": Quota(total=3, fields={"F1": 3}), "enterprise": Quota(fields={"F1": 9})}, {"F1"}) == ()


def test_crossing_caps_are_refused() -> None:
    field, province = Cap("F1", frozenset("ab"), 1), Cap("44", frozenset("bc"), 1)
    assert [fault.code for fault in laminar_faults([field, province])] == ["E-QUOTA-CROSSING"]
    with pytest.raises(ValueError):
        choose(dict.fromkeys("abc", Fraction(80)), [field, province])
    nested = [Cap("all", frozenset("abc"), 2), field, Cap("c", frozenset("c"), 1)]
    assert laminar_faults(nested) == ()


def allowed(names: Sequence[str], caps: Sequence[Cap]) -> bool:
    return all(len(cap.members & set(names)) <= cap.limit for cap in caps)


@st.composite
def instances(draw: st.DrawFn, *, distinct: bool) -> tuple[dict[str, Fraction], list[Cap]]:
    """Up to 8 candidates in 3 fields with sub-fields: a tree of caps."""
    count = draw(st.integers(1, 8))
    names = [f"a{n}" for n in range(count)]
    values = draw(st.lists(st.integers(1, 30), min_size=count, max_size=count, unique=distinct))
    fields = draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
    parts = draw(st.lists(st.integers(0, 1), min_size=count, max_size=count))
    caps = [Cap("total", frozenset(names), draw(st.integers(0, 8)))]
    for field in range(3):
        members = frozenset(n for n, f in zip(names, fields, strict=True) if f == field)
        inner = frozenset(n for n, f, p in zip(names, fields, parts, strict=True) if f == field and p)
        caps.append(Cap(f"f{field}", members, draw(st.integers(0, 4))))
        caps.append(Cap(f"f{field}.1", inner, draw(st.integers(0, 3))))
    return {name: Fraction(value) for name, value in zip(names, values, strict=True)}, caps


def subsets(names: Sequence[str]) -> list[tuple[str, ...]]:
    return [chosen for size in range(len(names) + 1) for chosen in itertools.combinations(names, size)]


@settings(deadline=None, max_examples=120)
@given(instances(distinct=True))
def test_best_first_is_the_optimum_under_laminar_caps(instance: tuple[dict[str, Fraction], list[Cap]]) -> None:
    scores, caps = instance
    states, _ = choose(scores, caps)
    chosen = [name for name, state in states.items() if state == "selected"]
    assert "pending" not in states.values()
    assert allowed(chosen, caps)
    best = max(sum((scores[n] for n in names), Fraction(0)) for names in subsets(list(scores)) if allowed(names, caps))
    assert sum((scores[name] for name in chosen), Fraction(0)) == best


@settings(deadline=None, max_examples=120)
@given(instances(distinct=False))
def test_with_ties_selected_are_certain_and_left_out_are_certain(
    instance: tuple[dict[str, Fraction], list[Cap]],
) -> None:
    scores, caps = instance
    states, _ = choose(scores, caps)
    valid = [names for names in subsets(list(scores)) if allowed(names, caps)]
    best = max(sum((scores[n] for n in names), Fraction(0)) for names in valid)
    optima = [set(names) for names in valid if sum((scores[n] for n in names), Fraction(0)) == best]
    for name, state in states.items():
        if state == "selected":
            assert all(name in names for names in optima)
        elif state == "not_selected":
            assert all(name not in names for names in optima)


@settings(deadline=None, max_examples=120)
@given(instances(distinct=False), st.data(), st.integers(0, 3))
def test_raising_a_score_never_removes_its_owner(
    instance: tuple[dict[str, Fraction], list[Cap]], data: st.DataObject, margin: int
) -> None:
    scores, caps = instance
    states, _ = choose(scores, caps, Fraction(margin))
    selected = [name for name, state in states.items() if state == "selected"]
    if not selected:
        return
    name = data.draw(st.sampled_from(selected))
    higher = {**scores, name: scores[name] + data.draw(st.integers(1, 30))}
    assert choose(higher, caps, Fraction(margin))[0][name] == "selected"


@settings(deadline=None, max_examples=60)
@given(instances(distinct=False), st.randoms(use_true_random=False))
def test_order_and_names_decide_nothing(instance: tuple[dict[str, Fraction], list[Cap]], rng: random.Random) -> None:
    scores, caps = instance
    states, _ = choose(scores, caps)
    order = list(scores)
    rng.shuffle(order)
    renamed = {name: f"z{number}" for number, name in enumerate(order)}
    mixed = [Cap(cap.id, frozenset(renamed[m] for m in cap.members), cap.limit) for cap in caps]
    rng.shuffle(mixed)
    items = [(renamed[name], score) for name, score in scores.items()]
    rng.shuffle(items)
    again, _ = choose(dict(items), mixed)
    assert {renamed[name]: state for name, state in states.items()} == dict(again)


def crowd(rng: random.Random, count: int) -> list[Application]:
    return [
        application(
            f"A{n:03d}", field=f"F{rng.randrange(3)}", region=rng.choice(["110000", "440000", "310000"]),
            credit_code=f"9135010{n:04d}",
        )
        for n in range(count)
    ]  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(st.randoms(use_true_random=False), st.data())
def test_non_interference_of_scores_inside_the_selected_and_inside_the_rest(
    rng: random.Random, data: st.DataObject
) -> None:
    """What goes out is the neutral list of the selected: permuting scores within each side leaves it unchanged."""
    apps = crowd(rng, 12)
    scores = dict(zip((a.id for a in apps), rng.sample(range(7600, 9900), 12), strict=True))

    def public(known: Mapping[str, int], order: Sequence[Application]) -> list[tuple[str, str]]:
        results = {a.id: result(a, str(Fraction(known[a.id], 100))) for a in order}
        found = select(order, results, {"park": Quota(total=5)}, SETTINGS)  # type: ignore[arg-type]
        ordered = sorted(order, key=neutral_key)
        return [(a.field, a.id) for a in ordered if found.states[a.id] == "selected"]

    before = public(scores, apps)
    inside = [name for _, name in before]
    rest = [a.id for a in apps if a.id not in inside]
    mixed = dict(zip(inside, data.draw(st.permutations([scores[n] for n in inside])), strict=True))
    mixed |= dict(zip(rest, data.draw(st.permutations([scores[n] for n in rest])), strict=True))
    assert public(mixed, data.draw(st.permutations(apps))) == before


def test_neutral_order_knows_no_score_and_no_running_number() -> None:
    first = application("Z", field="F1", region="110000", credit_code="1")
    others = [
        replace(first, id="Y", credit_code="2"),
        replace(first, id="X", region="310000"),
        replace(first, id="W", field="F2"),
        replace(first, id="V", category="enterprise"),
    ]
    assert [a.id for a in sorted([*others, first], key=neutral_key)] == ["Z", "Y", "X", "W", "V"]
