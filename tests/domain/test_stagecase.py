"""The case of a base: promises from the frozen application, never typed again; actual values as declared."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from ndb_desktop.domain.errors import FaultsError, NdbError
from ndb_desktop.domain.model import Actual, Application, Target
from ndb_desktop.domain.stagecase import actual_values, stage_case
from tests.support.packs import YEAR, pack_for, sample_application
from tests.support.stages import acceptance_pack, actual, case_of, changed_acceptance, effect_pack, promising


def with_target(target: Target) -> Application:
    application = promising()
    key = (target.indicator, target.measure)
    others = tuple(one for one in application.targets if (one.indicator, one.measure) != key)
    return replace(application, targets=(*others, target))


def revenue(**changes: object) -> Target:
    target = Target("P1.1", "revenue", "yi_yuan", Decimal(420), YEAR, Decimal(500), YEAR + 2, "稳步增长")
    return replace(target, **changes)  # type: ignore[arg-type]


def test_promises_are_those_of_the_frozen_application() -> None:
    application = with_target(revenue())
    case = case_of(application)
    promise = case.promise_by_id["P1.1.revenue"]
    assert (promise.base, promise.target, promise.base_from) == (420, 500, "stated")
    assert (promise.base_year, promise.target_year, promise.statement) == (YEAR, YEAR + 2, "稳步增长")
    assert case.tasks == application.tasks
    assert len(case.promised) == len(acceptance_pack().measured)


def test_a_unit_of_the_same_kind_is_converted() -> None:
    case = case_of(with_target(revenue(unit="wan_yuan", base=Decimal(4_200_000), target=Decimal(5_000_000))))
    assert (case.promise_by_id["P1.1.revenue"].base, case.promise_by_id["P1.1.revenue"].target) == (420, 500)


def test_a_base_that_was_not_stated_follows_from_the_frozen_data() -> None:
    case = case_of(with_target(revenue(base=None)))
    promise = case.promise_by_id["P1.1.revenue"]
    assert (promise.base, promise.base_from) == (Fraction("420.67"), "data")
    intensity = replace(revenue(base=None), indicator="P2.1", measure="rd_intensity", unit="percent", target=Decimal(5))
    ratio = case_of(with_target(intensity)).promise_by_id["P2.1.rd_intensity"]
    assert ratio.base == Fraction("33.9") / Fraction("1041.1") * 100


def test_without_data_there_is_no_base_and_none_is_made_up() -> None:
    application = sample_application(targets=(revenue(base=None),), values={"leading_revenue": None})
    promise = case_of(application).promise_by_id["P1.1.revenue"]
    assert (promise.base, promise.base_from, promise.target) == (None, "none", 500)


def test_what_was_not_promised_and_what_does_not_apply_are_two_things() -> None:
    application = replace(promising("enterprise"), targets=(), field="robotics")
    states = {promise.id: promise.state for promise in case_of(application).promises}
    assert states["E1.2.gross_margin"] == "not_applicable"
    assert {state for name, state in states.items() if name not in ("E1.2.gross_margin", "E4.1.growth")} == {
        "not_promised"
    }
    empty = case_of(with_target(revenue(target=None))).promise_by_id["P1.1.revenue"]
    assert (empty.state, empty.target, empty.statement) == ("not_promised", None, "稳步增长")


def test_the_digest_binds_application_and_packs() -> None:
    application = promising()
    digest = case_of(application).digest
    assert digest == case_of(promising()).digest
    assert len(digest) == 64
    others = [
        case_of(replace(application, summary="其他")),
        case_of(application, effect_pack()),
        replace(case_of(application), selection="0" * 64),
    ]
    assert len({digest, *(other.digest for other in others)}) == 4


def test_wrong_packs_and_units_are_refused() -> None:
    application = promising()
    with pytest.raises(FaultsError) as unfit:
        stage_case(changed_acceptance(measured=()), pack_for("park"), application, "0" * 64)
    assert {fault.code for fault in unfit.value.faults} == {"E-STAGE-FIT-MISSING"}
    with pytest.raises(NdbError) as category:
        stage_case(acceptance_pack(), pack_for("park"), promising("enterprise"), "0" * 64)
    assert category.value.code == "E-STAGE-CATEGORY"
    with pytest.raises(NdbError) as unit:
        case_of(with_target(revenue(unit="person")))
    assert (unit.value.code, unit.value.fault.place) == ("E-STAGE-TARGET-UNIT", "P1.1.revenue")


def test_missing_actual_values_stay_missing() -> None:
    case = case_of(promising())
    values = actual_values(case, [actual("P1.1.revenue", "0", "yi_yuan"), actual("P1.2.growth", None, "percent")])
    assert values["P1.1.revenue"] == 0
    assert values["P1.2.growth"] is None
    assert values["P1.3.firm_points"] is None
    assert values.keys() == {promise.id for promise in case.promised}


def test_a_verified_value_replaces_the_declared_one() -> None:
    case = case_of(promising())
    declared = actual("P1.1.revenue", "130", "yi_yuan", verified=Decimal(1_100_000))
    assert actual_values(case, [declared])["P1.1.revenue"] == 1_100_000
    assert actual_values(case, [replace(declared, unit="wan_yuan")])["P1.1.revenue"] == 110


@pytest.mark.parametrize(
    ("declared", "codes"),
    [
        ([actual("P1.1.profit", "1", "yi_yuan")], ["E-STAGE-ACTUAL-UNKNOWN"]),
        ([actual("P1.1.revenue", "1", "yi_yuan")] * 2, ["E-STAGE-ACTUAL-TWICE"]),
        ([actual("P1.1.revenue", "1", "percent")], ["E-STAGE-ACTUAL-UNIT"]),
        ([actual("P1.1.revenue", "1", "acre")], ["E-STAGE-ACTUAL-UNIT"]),
        ([actual("P1.1.revenue", "1", "person", year=2020)], ["E-STAGE-ACTUAL-YEAR", "E-STAGE-ACTUAL-UNIT"]),
    ],
)
def test_wrong_actual_values_are_all_told(declared: list[Actual], codes: list[str]) -> None:
    with pytest.raises(FaultsError) as error:
        actual_values(case_of(promising()), declared)
    assert [fault.code for fault in error.value.faults] == codes


def test_an_effect_evaluation_takes_a_later_year() -> None:
    case = case_of(promising(), effect_pack())
    later = [actual("P1.1.revenue", "1", "yi_yuan", year=YEAR + 5)]
    assert actual_values(case, later, in_target_year=False)["P1.1.revenue"] == 1


def test_nothing_can_be_declared_for_what_was_not_promised() -> None:
    case = case_of(with_target(revenue(target=None)))
    with pytest.raises(FaultsError) as error:
        actual_values(case, [actual("P1.1.revenue", "1", "yi_yuan")])
    assert error.value.faults[0].code == "E-STAGE-ACTUAL-UNKNOWN"
