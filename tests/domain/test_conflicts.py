"""回避 that codes and names show; every ground has its words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ndb_desktop import texts
from ndb_desktop.domain.batch import Expert
from ndb_desktop.domain.conflicts import detect, detect_all, same_province
from ndb_desktop.domain.sheet import CONFLICT_CODES
from tests.support.panels import application

APP = application(affiliates=("91330100799655058B", "集团公司"), region="440300", recommender="某省工信厅")
EXPERT = Expert("E1", "张三", "某大学", "12100000400000000A", "310000", "field", ("park",), {"F1": 900})


def grounds(**changes: object) -> set[tuple[str, str]]:
    return {(row.code, row.strength) for row in detect(replace(EXPERT, **changes), APP)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, set()),
        ({"employer_code": APP.credit_code}, {("C1", "recuse")}),
        ({"employer": " 园区Ａ1 ", "employer_code": ""}, {("C1", "check")}),
        ({"employer": "园区A1"}, {("C1", "check")}),
        ({"former_employers": ("园区A1",)}, {("C1", "check")}),
        ({"former_employers": (APP.credit_code,)}, {("C1", "recuse")}),
        ({"employer_code": "91330100799655058B"}, {("C8", "recuse")}),
        ({"employer": "集团公司", "employer_code": ""}, {("C8", "check")}),
        ({"former_employers": ("集团公司",)}, {("C8", "check")}),
        ({"employer": "某省工信厅"}, {("C9", "check")}),
        ({"employer": "", "employer_code": ""}, set()),
    ],
)
def test_grounds(changes: dict[str, object], found: set[tuple[str, str]]) -> None:
    assert grounds(**changes) == found


def test_the_stronger_ground_of_one_code_wins() -> None:
    assert grounds(employer_code="91330100799655058B", former_employers=("集团公司",)) == {("C8", "recuse")}
    assert grounds(employer="园区A1", former_employers=(APP.credit_code,)) == {("C1", "recuse")}


def test_province_is_a_switch_and_the_corps_is_its_own() -> None:
    near = replace(EXPERT, province="440000")
    assert same_province(near, APP)
    assert detect(near, APP) == ()
    assert [row.code for row in detect(near, APP, avoid_province=True)] == ["C12"]
    assert not same_province(replace(EXPERT, province=""), replace(APP, region=""))
    assert not same_province(replace(EXPERT, province="660000"), replace(APP, region="650000"))


def test_detect_all_is_ordered_and_independent_of_input_order() -> None:
    experts = [replace(EXPERT, id=name, employer_code=APP.credit_code) for name in ("E2", "E1")]
    apps = [replace(APP, id=name) for name in ("B", "A")]
    rows = detect_all(experts, apps)
    assert [(row.expert, row.application) for row in rows] == [("E1", "A"), ("E1", "B"), ("E2", "A"), ("E2", "B")]
    assert detect_all(experts[::-1], apps[::-1]) == rows


def test_every_ground_has_title_and_explanation() -> None:
    for code in CONFLICT_CODES:
        for language in texts.LANGUAGES:
            assert texts.text(f"conflict.{code}", language) != texts.text(f"conflict.{code}.explain", language)
