"""Formulas as one line: what is written reads as the same node; what cannot be understood says where."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.packformula import (
    figures_text,
    formula_text,
    parse_condition,
    parse_figures,
    parse_formula,
)
from ndb_desktop.domain.packtree import CONDITIONS, OPS
from ndb_desktop.domain.strictload import canonical

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,6}(\.[0-9]{1,3})?", fullmatch=True)
NUMBERS = st.from_regex(r"-?[0-9]{1,5}(\.[0-9]{1,6})?", fullmatch=True)
WHOLE = st.integers(-9, 9)


def node(op: str, **members: Any) -> Any:
    return st.fixed_dictionaries({"op": st.just(op), **members})


CLASS = st.fixed_dictionaries(
    {"class": NAMES, "points": NUMBERS}, optional={"years": st.integers(0, 9), "limit": st.integers(0, 99)}
)
LEAVES = st.one_of(
    NUMBERS,
    node("const", value=NUMBERS, unit=NAMES),
    st.fixed_dictionaries({"op": st.just("field"), "code": NAMES}, optional={"year": st.integers(-4, 0)}),
    node("measure", id=NAMES),
    node("sum", code=NAMES),
    node("count", code=NAMES, classes=st.lists(NAMES, max_size=3)),
    node("growth", code=NAMES, kind=NAMES, zero_policy=NAMES, negative_policy=NAMES),
    st.fixed_dictionaries(
        {"op": st.just("points_list"), "code": NAMES, "key": NAMES, "classes": st.lists(CLASS, max_size=3)},
        optional={"cap": NUMBERS},
    ),
)
LEAF_CONDITIONS = st.one_of(
    node("flag", code=NAMES),
    node("in_field", fields=st.lists(NAMES, min_size=1, max_size=3)),
    node("special_region"),
    node("cmp", left=LEAVES, cmp=st.sampled_from(["<", "<=", ">", ">=", "=="]), right=LEAVES),
)


def deeper(values: Any) -> Any:
    many = st.lists(values, min_size=2, max_size=3)
    return st.one_of(
        *(node(op, args=many) for op in ("sum", "avg", "min", "max", "add", "mul", "sub", "div", "ratio", "share")),
        node("powi", arg=values, n=WHOLE),
    )


VALUES = st.recursive(LEAVES, deeper, max_leaves=8)
TREES = st.one_of(
    VALUES,
    node("if", when=LEAF_CONDITIONS, then=VALUES, **{"else": VALUES}),
    LEAF_CONDITIONS,
    node("not", arg=LEAF_CONDITIONS),
    node("all", args=st.lists(LEAF_CONDITIONS, min_size=2, max_size=3)),
    node("any", args=st.lists(LEAF_CONDITIONS, min_size=2, max_size=3)),
)


@settings(max_examples=50, deadline=None)
@given(TREES)
def test_every_node_has_a_line_that_reads_as_the_same_node(tree: Any) -> None:
    line = formula_text(tree)
    assert line is not None
    assert canonical(parse_condition(line)) == canonical(tree)


def test_every_operation_and_condition_there_is_can_be_written() -> None:
    lines = {
        "const(0.5, yi_yuan)", "field(a, -1)", "measure(m)", "sum(a)", "avg(a)", "min(a)", "max(a)", "add(1, 2)",
        "sub(1, 2)", "ratio(1, 2)", "share(1, 2)", "mul(1, 2)", "div(1, 2)", "powi(1, 2)", "if(flag(b), 1, 2)",
        "count(a, x, y)", "points_list(a, name, cap 60, x: 5 years 3 limit 2)", "growth(a, cagr, status, zero)",
        "1 < 2", "flag(a)", "in_field(ai, software)", "special_region()", "not(flag(a))", "all(flag(a), flag(b))",
        "any(flag(a), 1 >= 2)",
    }  # fmt: skip
    assert {parse_condition(line)["op"] for line in lines} == {*OPS, *CONDITIONS}
    assert {formula_text(parse_condition(line)) for line in lines} == lines


def test_full_width_signs_are_the_same_and_full_width_digits_are_not() -> None:
    assert parse_formula("share（sum（a）， sum（b））") == parse_formula("share(sum(a), sum(b))")
    assert parse_condition("measure(m) ≥ 5") == parse_condition("measure(m)>=5")
    assert parse_condition("measure(m) = 5") == parse_condition("measure(m) == 5")
    with pytest.raises(NdbError) as caught:
        parse_formula("add(１, 2)")
    assert (caught.value.code, caught.value.params["position"]) == ("E-PACKSHEET-FORMULA", "5")


@pytest.mark.parametrize(
    ("line", "position", "found"),
    [
        ("share(sum(a), sum(b)", "21", "…"),
        ("share(sum(a), sum(b)))", "22", ")"),
        ("", "1", "…"),
        ("sum", "1", "sum"),
        ("1 + 2", "3", "+ 2"),
        ("field(a, 1.5)", "10", "1.5"),
        ("=SUM(A1)", "1", "="),
        ("points_list(a, name, x 5)", "24", "5"),
        ("cmp(1)", "", ""),
        ("if(flag(a), 1)", "14", ")"),
        ("const(a, yuan)", "7", "a"),
        ("f(" * 40, "65", "f"),
    ],
)
def test_what_is_not_understood_says_where(line: str, position: str, found: str) -> None:
    if not position:
        # Shaped well; that there is no such operation is for the pack's own reader to say.
        assert parse_formula(line) == {"op": "cmp", "args": ["1"]}
        return
    with pytest.raises(NdbError) as caught:
        parse_formula(line)
    assert caught.value.code == "E-PACKSHEET-FORMULA"
    assert (caught.value.params["position"], caught.value.params["found"]) == (position, found)


@pytest.mark.parametrize(
    "tree",
    [
        {"op": "field", "code": "a", "year": True},
        {"op": "field", "code": "名"},
        {"op": "sum", "code": "a", "args": []},
        {"op": "const", "value": 5, "unit": "yuan"},
        {"op": "points_list", "code": "a", "key": "name", "classes": [], "cap": None},
        {"op": "if"},
        {},
        7,
        None,
    ],
)
def test_what_no_line_can_say_has_none(tree: Any) -> None:
    assert formula_text(tree) is None


FIGURES = st.dictionaries(
    NAMES,
    st.one_of(
        NUMBERS,
        st.booleans(),
        st.lists(st.one_of(NUMBERS, st.none()), min_size=1, max_size=3),
        st.dictionaries(NAMES, st.integers(0, 999), max_size=3),
    ),
    max_size=4,
)


@settings(max_examples=50, deadline=None)
@given(FIGURES)
def test_figures_of_a_vector_read_as_written(figures: Any) -> None:
    line = figures_text(figures)
    assert line is not None
    assert canonical(parse_figures(line)) == canonical(figures)


@pytest.mark.parametrize(
    "line", ["", "a", "a = ", "a = b", "a = [1", "a = {x: 1, x: 2}", "a = 1; a = 2", "a = {x: 1.5}"]
)
def test_wrong_figures_are_refused(line: str) -> None:
    with pytest.raises(NdbError) as caught:
        parse_figures(line)
    assert caught.value.code == "E-PACKSHEET-FORMULA"


def test_figures_that_no_line_can_say_have_none() -> None:
    assert figures_text({"a": []}) is None
    assert figures_text({"a": None}) is None
    assert figures_text([]) is None
