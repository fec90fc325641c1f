"""What a rule could not read is a fault before anyone scores; what looks like a slip is pointed out, exactly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.datacheck import JUMP, data_faults, data_warnings
from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.model import Application, Category, Datum, Target
from ndb_desktop.domain.rules import compute_basis
from tests.support.packs import YEAR, made_indicator, number_item, pack_for, sample_application, series, single

PARK = pack_for("park")


def changed(code: str, **values: Any) -> Application:
    """The complete park with one datum changed."""
    application = sample_application()
    return replace(application, data={**application.data, code: replace(application.data[code], **values)})


def spending(unit: str = "yi_yuan", verified: dict[str, Decimal] | None = None, **years: str) -> Application:
    """The park without targets, which spent this on research: `y2023="9.1", …`."""
    values = {year.removeprefix("y"): Decimal(value) for year, value in years.items()}
    return replace(changed("rd_spending", values=values, unit=unit, verified=verified or {}), targets=())


def targeted(**values: Any) -> Application:
    """The complete park with its target for revenue changed."""
    application = sample_application()
    first = replace(application.targets[0], **values)
    return replace(application, targets=(first, *application.targets[1:]))


def told(found: Iterable[Fault]) -> list[tuple[str, str]]:
    return [(fault.place, fault.code) for fault in found]


@pytest.mark.parametrize("category", ["park", "enterprise"])
def test_a_complete_application_has_nothing_to_tell(category: Category) -> None:
    application = sample_application(category)
    assert told(data_faults(pack_for(category), application)) == []
    assert told(data_warnings(pack_for(category), application)) == []


UNKNOWN = Datum("staf", "person", "statistics", {"": Decimal(10)})
ROBOT = sample_application().data["platforms"].objects[0]


@pytest.mark.parametrize(
    ("application", "place", "code"),
    [
        (replace(sample_application(), data={"staf": UNKNOWN}), "data.staf", "E-IMPORT-DATUM"),
        (changed("staff", values={}, flag=True), "data.staff", "E-IMPORT-KIND"),
        (changed("platforms", values={"": Decimal(1)}, objects=()), "data.platforms", "E-IMPORT-KIND"),
        (changed("staff", unit="wan_yuan"), "data.staff", "E-IMPORT-UNIT"),
        (changed("staff", unit="people"), "data.staff", "E-IMPORT-UNIT"),
        (
            changed("platforms", objects=(ROBOT, replace(ROBOT, cls="city_platform"))),
            "data.platforms.objects[1]",
            "E-IMPORT-CLASS",
        ),
        (changed("rd_spending", values={"2022": Decimal(1)}), "data.rd_spending", "E-IMPORT-YEARS"),
        (changed("rd_spending", values={"": Decimal(1)}), "data.rd_spending", "E-IMPORT-YEARS"),
        (changed("rd_spending", verified={"2021": Decimal(1)}), "data.rd_spending", "E-IMPORT-YEARS"),
        (changed("staff", values={str(YEAR): Decimal(10)}), "data.staff", "E-IMPORT-SINGLE"),
        (targeted(indicator="P9.9"), "targets[0]", "E-IMPORT-INDICATOR"),
        (targeted(measure="turnover"), "targets[0]", "E-IMPORT-MEASURE"),
        (targeted(indicator="P4.1"), "targets[0]", "E-IMPORT-MEASURE"),
        (targeted(unit="percent"), "targets[0]", "E-IMPORT-UNIT"),
        (
            replace(sample_application(), tasks=(replace(sample_application().tasks[0], indicator="E1.1"),)),
            "tasks[0]",
            "E-IMPORT-INDICATOR",
        ),
    ],
)
def test_what_no_rule_could_read_is_a_fault_at_its_place(application: Application, place: str, code: str) -> None:
    assert told(data_faults(PARK, application)) == [(place, code)]


def test_a_fault_says_what_was_wanted() -> None:
    (fault,) = data_faults(
        PARK, changed("rd_spending", values={"2022": Decimal(1), "2025": Decimal(1), "": Decimal(2)})
    )
    assert fault.params == {"code": "rd_spending", "found": '"", 2022', "wanted": "2023, 2024, 2025"}
    (fault,) = data_faults(PARK, changed("platforms", objects=(replace(ROBOT, cls="x"),)))
    assert "national_platform" in fault.params["classes"]


def test_another_unit_of_the_same_kind_and_an_empty_list_are_fine() -> None:
    assert told(data_faults(PARK, changed("rd_spending", unit="wan_yuan"))) == []
    assert told(data_faults(PARK, changed("platforms", objects=()))) == []


def test_missing_data_are_named_once_but_not_those_that_may_be_left_out() -> None:
    values = {"staff": None, "mechanisms": None, "open_instruments": None}
    (warning,) = data_warnings(PARK, sample_application(values=values))
    assert (warning.code, warning.params["codes"]) == ("E-IMPORT-DATA-MISSING", "mechanisms, staff")
    (warning,) = data_warnings(PARK, changed("rd_spending", values={"2024": Decimal(9), "2025": Decimal(10)}))
    assert warning.params["codes"] == "rd_spending"


def test_a_wrong_unit_in_one_year_is_noticed_with_datum_and_years() -> None:
    first, second = data_warnings(PARK, spending(y2023="9.1", y2024="112000", y2025="13.6"))
    assert (first.place, first.code) == ("data.rd_spending", "E-IMPORT-LEAP")
    wanted = {"before": "2023", "old": "9.1", "after": "2024", "new": "112000", "code": "rd_spending"}
    assert wanted.items() <= first.params.items()
    assert (second.params["before"], second.params["after"]) == ("2024", "2025")


def test_a_verified_value_mends_the_leap() -> None:
    checked = {"2024": Decimal("11.2")}
    assert not told(data_warnings(PARK, spending(verified=checked, y2023="9.1", y2024="112000", y2025="13.6")))


@pytest.mark.parametrize(
    ("old", "new", "leap"),
    [
        ("1", "50", False),
        ("1", "50.000001", True),
        ("50", "1", False),
        ("50.000001", "1", True),
        ("0", "100000", False),
        ("100000", "0", False),
        ("-1", "80", False),
        ("-1", "-80", True),
    ],
)
def test_the_leap_is_drawn_exactly(old: str, new: str, leap: bool) -> None:
    assert told(data_warnings(PARK, spending(y2023=old, y2024=old, y2025=new))) == (
        [("data.rd_spending", "E-IMPORT-LEAP")] if leap else []
    )


@settings(max_examples=60, deadline=None)
@given(st.decimals("0.000001", "1000000", places=6), st.decimals("0.000001", "1000000", places=6))
def test_a_leap_is_one_in_either_direction_and_in_any_unit(one: Decimal, other: Decimal) -> None:
    def leaps(old: Decimal, new: Decimal, unit: str) -> int:
        first, last = f"{old:f}", f"{new:f}"
        return len(told(data_warnings(PARK, spending(unit, y2023=first, y2024=first, y2025=last))))

    expected = int(max(one, other) > JUMP * min(one, other))
    assert leaps(one, other, "yi_yuan") == leaps(other, one, "yuan") == expected


def test_a_target_below_its_base_is_pointed_out() -> None:
    assert told(data_warnings(PARK, targeted(target=Decimal("420.67")))) == []
    (warning,) = data_warnings(PARK, targeted(target=Decimal("420.66")))
    assert (warning.place, warning.code) == ("targets[0]", "E-IMPORT-TARGET-EASY")
    assert (warning.params["target"], warning.params["base"], warning.params["unit"]) == ("420.66", "420.67", "yi_yuan")
    # In 万元 the same base has another number.
    (warning,) = data_warnings(PARK, targeted(target=Decimal(4206600), unit="wan_yuan"))
    assert warning.params["base"] == "4206700"
    stated = targeted(target=Decimal(430), base=Decimal(431))
    assert told(data_warnings(PARK, stated)) == [("targets[0]", "E-IMPORT-TARGET-EASY")]


def test_no_target_and_no_base_are_not_called_easy() -> None:
    assert told(data_warnings(PARK, targeted(target=None))) == []
    bare = sample_application(values={"leading_revenue": None})
    assert told(data_warnings(PARK, bare)) == [("", "E-IMPORT-DATA-MISSING")]


def test_where_less_is_better_a_higher_target_is_the_easy_one() -> None:
    rule = {
        "measures": [{"id": "waste", "unit": "ratio", "value": {"op": "field", "code": "waste"}}],
        "score": {"type": "piecewise", "x": "waste", "points": [["0", "100"], ["10", "0"]]},
    }
    indicator, faults = made_indicator(rule, number_item("waste"))
    assert not faults
    pack = replace(PARK, indicators=(indicator,))
    base = replace(sample_application(), data={"waste": single("waste", "4")}, tasks=())

    def found(target: str) -> list[tuple[str, str]]:
        goal = Target("X1", "waste", "ratio", None, YEAR, Decimal(target), YEAR + 2)
        return told(data_warnings(pack, replace(base, targets=(goal,))))

    assert compute_basis(pack, indicator, base, Decimal(1)).score == 60  # type: ignore[arg-type]
    assert found("3.9") == found("4") == []
    assert found("4.1") == [("targets[0]", "E-IMPORT-TARGET-EASY")]


def test_a_series_helper_of_three_years_is_what_the_pack_asks() -> None:
    application = replace(sample_application(), data={"rd_spending": series("rd_spending", "1", "2", "3", unit="yuan")})
    assert told(data_faults(PARK, application)) == []
