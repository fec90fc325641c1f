"""The bounded arithmetic: growth, points lists, limits, three-valued conditions."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from ndb_desktop.domain.model import Application, Datum, ListedObject
from ndb_desktop.domain.rulepack import DataItem
from ndb_desktop.domain.ruletree import Facts, NoValue, holds
from tests.support.packs import (
    YEAR,
    bare_application,
    flag_item,
    made_indicator,
    number_item,
    objects_item,
    series,
    single,
)


def value(tree: Any, application: Application, *data: DataItem, unit: str = "ratio") -> Fraction:
    rule = {
        "measures": [{"id": "m", "unit": unit, "value": tree}],
        "score": {"type": "piecewise", "x": "m", "points": [["0", "0"], ["1", "100"]]},
    }
    indicator, faults = made_indicator(rule, *data)
    assert not faults
    return Facts(indicator, application, Fraction(1)).measure_shown("m")


def growth(*values: str, kind: str = "gaoqi", zero: str = "gaoqi", negative: str = "zero") -> Fraction:
    tree = {"op": "growth", "code": "r", "kind": kind, "zero_policy": zero, "negative_policy": negative}
    return value(tree, bare_application(series("r", *values)), number_item("r", years=len(values)), unit="percent")


def status_of(*values: str, **policies: str) -> str:
    with pytest.raises(NoValue) as caught:
        growth(*values, **policies)
    return caught.value.status


def test_growth_as_in_the_high_tech_recognition() -> None:
    assert growth("100", "120", "150") == Fraction(45, 2)
    assert growth("100", "112", "125.44") == 12
    assert growth("0", "100", "115") == 15
    assert growth("100", "90", "80") == 0
    assert status_of("100", "0", "50") == "zero_base"
    assert status_of("0", "0", "50") == "zero_base"


def test_growth_policies() -> None:
    assert status_of("0", "100", "115", zero="status") == "undefined"
    assert status_of("0", "100", "115", zero="score_zero") == "zero_base"
    assert growth("0", "100", "115", zero="skip_first_year", kind="mean_of_annual") == 15
    assert growth("100", "90", "81", negative="status") == -10
    assert status_of("-5", "10", "20") == "zero_base"
    assert status_of("-5", "10", "20", negative="status") == "undefined"
    assert status_of("100", "-10", "20", negative="status") == "undefined"
    assert growth("100", "100", "110", "121", kind="mean_of_annual") == Fraction(20, 3)


def test_compound_growth_is_exact_where_rational() -> None:
    assert growth("100", "150", "121", kind="cagr") == 10
    assert growth("8", "1", "1", "27", kind="cagr") == 50
    root = growth("100", "100", "200", kind="cagr") / 100 + 1
    assert abs(root**2 - 2) < Fraction(1, 10**29)
    assert status_of("100", "1", "-1", kind="cagr", negative="status") == "undefined"


LISTED = objects_item("l", "high", "low")
LIST = {
    "op": "points_list",
    "code": "l",
    "key": "name",
    "classes": [{"class": "high", "points": "5", "years": 3}, {"class": "low", "points": "0.5", "limit": 2}],
}


def points(*entries: ListedObject, **changes: Any) -> Fraction:
    return value(
        {**LIST, **changes}, bare_application(Datum("l", "none", "self", objects=entries)), LISTED, unit="points"
    )


def entry(cls: str, name: str, date: str = f"{YEAR}-01-01", number_: str = "N", *, valid: bool = True) -> ListedObject:
    return ListedObject(cls, name, number_, date, valid)


def test_an_object_counts_once_at_its_highest_class() -> None:
    assert points(entry("low", "甲 公司"), entry("high", "甲公司"), entry("low", "甲公司")) == 5
    assert points(entry("low", "A"), entry("low", "ａ")) == Fraction(1, 2)
    assert points(entry("low", "A", number_="1"), entry("low", "A", number_="2"), key="number") == 1


def test_what_does_not_count() -> None:
    assert points() == 0
    assert points(entry("high", "A", valid=False)) == 0
    assert points(entry("high", "A", date=f"{YEAR - 3}-12-31")) == 0
    assert points(entry("high", "A", date=f"{YEAR - 2}-01-01")) == 5
    assert points(entry("high", "A", date="")) == 0
    assert points(entry("high", "A", date="soon")) == 0
    assert points(entry("high", "A", number_="")) == 0
    assert points(entry("other", "A")) == 0
    assert points(entry("low", "A"), entry("low", "B"), entry("low", "C")) == 1
    assert points(entry("high", "A"), entry("high", "B"), cap="7") == 7


def test_arithmetic() -> None:
    application = bare_application(series("a", "1", "2", "6"), single("b", "4"))
    data = (number_item("a", years=3), number_item("b"))

    def run(tree: Any) -> Fraction:
        return value(tree, application, *data)

    b = {"op": "field", "code": "b"}
    assert run({"op": "sum", "code": "a"}) == 9
    assert run({"op": "avg", "code": "a"}) == 3
    assert run({"op": "min", "code": "a"}) == 1
    assert run({"op": "max", "args": [{"op": "field", "code": "a", "year": -1}, "3"]}) == 3
    assert run({"op": "sub", "args": ["1", b]}) == -3
    assert run({"op": "mul", "args": [b, "0.5", b]}) == 8
    assert run({"op": "powi", "arg": b, "n": -2}) == Fraction(1, 16)
    assert run({"op": "if", "when": {"op": "cmp", "left": b, "cmp": ">=", "right": "4"}, "then": "1", "else": "2"}) == 1
    assert run({"op": "avg", "args": [b, "5"]}) == Fraction(9, 2)
    for bad in ({"op": "div", "args": [b, "0"]}, {"op": "powi", "arg": "0", "n": -1}):
        with pytest.raises(NoValue) as caught:
            run(bad)
        assert caught.value.status == "undefined"


def test_numbers_have_a_limit() -> None:
    big = {"op": "powi", "arg": {"op": "const", "value": "999999999999999", "unit": "ratio"}, "n": 3}
    with pytest.raises(NoValue) as caught:
        value(big, bare_application())
    assert caught.value.why.key == "rule.undefined.large"


def test_used_value_is_verified_else_declared_year_by_year() -> None:
    datum = replace(series("a", "1", "2", "3"), verified={str(YEAR): Decimal(10)})
    application = bare_application(datum)
    assert value({"op": "sum", "code": "a"}, application, number_item("a", years=3)) == 13


def test_another_unit_of_the_same_kind_gives_the_same_figure() -> None:
    item = number_item("money", "yi_yuan")
    tree = {"op": "field", "code": "money"}
    here = value(tree, bare_application(single("money", "3.5", "yi_yuan")), item, unit="yi_yuan")
    there = value(tree, bare_application(single("money", "35000", "wan_yuan")), item, unit="yi_yuan")
    assert here == there == Fraction(7, 2)
    with pytest.raises(NoValue) as caught:
        value(tree, bare_application(single("money", "3", "person")), item, unit="yi_yuan")
    assert caught.value.status == "unit"


def condition(node: Any, application: Application) -> bool | None:
    data = (flag_item("yes"), flag_item("no"), flag_item("unknown"), number_item("n"))
    rule = {
        "measures": [],
        "score": {"type": "bool_points", "code": "yes", "yes": "1", "no": "0"},
        "adjustments": [{"type": "gate", "when": node}],
    }
    indicator, faults = made_indicator(rule, *data)
    assert not faults
    assert indicator.rule is not None
    try:
        return holds(indicator.rule.adjustments[0]["when"], Facts(indicator, application, Fraction(1)))
    except NoValue:
        return None


def test_conditions_know_three_answers() -> None:
    application = bare_application(
        Datum("yes", "none", "self", flag=True), Datum("no", "none", "self", flag=False), special_region=True
    )
    yes, no, unknown = ({"op": "flag", "code": code} for code in ("yes", "no", "unknown"))
    assert condition(yes, application) is True
    assert condition({"op": "not", "arg": no}, application) is True
    assert condition(unknown, application) is None
    assert condition({"op": "all", "args": [unknown, no]}, application) is False
    assert condition({"op": "all", "args": [unknown, yes]}, application) is None
    assert condition({"op": "any", "args": [unknown, yes]}, application) is True
    assert condition({"op": "any", "args": [unknown, no]}, application) is None
    assert condition({"op": "special_region"}, application) is True
    assert condition({"op": "in_field", "fields": ["f", "g"]}, application) is True
    assert condition({"op": "in_field", "fields": ["g"]}, application) is False
    for sign, expected in (("<", False), ("<=", True), (">", False), (">=", True), ("==", True)):
        assert condition({"op": "cmp", "left": "2", "cmp": sign, "right": "2"}, application) is expected
    assert condition({"op": "cmp", "left": {"op": "field", "code": "n"}, "cmp": "<", "right": "2"}, application) is None


def test_a_list_that_was_not_declared_is_missing_and_an_empty_one_is_not() -> None:
    tree = {"op": "count", "code": "l", "classes": ["high"]}
    assert value(tree, bare_application(Datum("l", "none", "self")), LISTED) == 0
    assert value(tree, bare_application(Datum("l", "none", "self", objects=(entry("high", "A"),))), LISTED) == 1
    with pytest.raises(NoValue) as caught:
        value(tree, bare_application(), LISTED)
    assert caught.value.status == "missing"


def test_a_number_of_the_wrong_kind_cannot_pass_for_a_list() -> None:
    with pytest.raises(NoValue):
        value(LIST, bare_application(single("l", "100")), LISTED, unit="points")
