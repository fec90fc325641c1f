"""回避 from codes, names and lists: a code is certain, a name is a question, what is long past is neither."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.batch import Expert
from ndb_desktop.domain.codes import ALPHABET
from ndb_desktop.domain.conflict_detect import ListRow, Screening
from ndb_desktop.domain.conflicts import detect
from ndb_desktop.domain.org_names import Aliases, beginnings, code_key, full_key
from ndb_desktop.formats.conflictlists import legal_forms
from tests.support.panels import application

OWN, GROUP, OTHER = "91330100799655058B", "91440300708461136T", "12100000400000000A"
APP = application(
    applicant="苏州星云（工业园区）科技股份有限公司", credit_code=OWN, affiliates=(GROUP, "星云控股集团有限公司"),
    region="320500", recommender="江苏省工业和信息化厅",
)  # fmt: skip
EXPERT = Expert("E1", "张三", "某某大学", OTHER, "310000", "field", ("park",), {"F1": 900})
FORMS = legal_forms()


def found(*rows: ListRow, province: bool = False, **changes: Any) -> set[tuple[str, str, str]]:
    screening = Screening([APP], rows, forms=FORMS, year=2026)
    people = [replace(EXPERT, **changes)]
    return {(row.code, row.strength, row.source) for row in screening.find(people, avoid_province=province)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, set()),
        ({"employer": "", "employer_code": ""}, set()),
        ({"employer_code": OWN}, {("C1", "recuse", "employer:code")}),
        ({"employer_code": OWN.lower()}, {("C1", "recuse", "employer:code")}),
        ({"employer": " 苏州星云(工业园区)科技股份有限公司 "}, {("C1", "check", "employer:name")}),
        ({"employer": "苏州星云工业园区科技有限公司"}, {("C1", "check", "employer:name")}),
        ({"employer": "苏州星云（工业园区）科技股份有限公司研究院"}, {("C1", "check", "employer:name")}),
        ({"employer": "苏州星云"}, {("C1", "check", "employer:name")}),
        ({"employer": "苏州星辰科技有限公司"}, set()),
        ({"employer_code": GROUP}, {("C8", "recuse", "employer:code")}),
        ({"employer": "星云控股"}, {("C8", "check", "employer:name")}),
        ({"former_employers": (OWN,)}, {("C1", "recuse", "former:code")}),
        ({"former_employers": (GROUP,)}, {("C8", "check", "former:code")}),
        ({"former_employers": ("星云控股集团",)}, {("C8", "check", "former:name")}),
        ({"employer": "江苏省工业和信息化厅"}, {("C9", "check", "recommender:name")}),
        ({"former_employers": ("江苏省工业和信息化厅",)}, set()),
    ],
)
def test_what_the_roster_shows(changes: dict[str, Any], expected: set[tuple[str, str, str]]) -> None:
    assert found(**changes) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (ListRow("former", "E1", "", OWN, year=2023), {("C1", "recuse", "former:code")}),
        (ListRow("former", "E1", "", OWN, year=2022), set()),
        (ListRow("former", "E1", "", OWN), {("C1", "recuse", "former:code")}),
        (ListRow("coauthors", "E1", "", OWN, "李四", 2025), {("C5", "recuse", "coauthors:code")}),
        (ListRow("coauthors", "E1", "", OWN, "李四"), {("C5", "check", "coauthors:code")}),
        (ListRow("coauthors", "E1", "", OWN, "李四", 2020), set()),
        (ListRow("shares", "E1", "", OWN), {("C3", "recuse", "shares:code")}),
        (ListRow("shares", "E1", "", GROUP), {("C3", "recuse", "shares:code")}),
        (ListRow("shares", "E1", APP.applicant, ""), {("C3", "check", "shares:name")}),
        (ListRow("spouses", "E1", "", OWN, "王五"), {("C2", "recuse", "spouses:code")}),
        (ListRow("spouses", "E1", "", GROUP, "王五"), {("C2", "check", "spouses:code")}),
        (ListRow("spouses", "E9", "", OWN, "王五"), set()),
        (ListRow("affiliates", APP.id, "", OTHER), {("C8", "recuse", "employer:code")}),
        (ListRow("affiliates", APP.id, "某某大学", ""), {("C8", "check", "employer:name")}),
        (ListRow("aliases", "", "星云控股集团有限公司", "", "某某大学"), {("C8", "check", "employer:alias")}),
        (ListRow("aliases", "", "某某大学", OWN, "某大"), {("C1", "check", "employer:alias")}),
    ],
)
def test_what_the_lists_show(row: ListRow, expected: set[tuple[str, str, str]]) -> None:
    assert found(row) == expected


def test_province_is_a_switch_and_unknown_provinces_match_nothing() -> None:
    assert found(province="320100") == set()
    assert found(province="320100") == set()
    screening = Screening([APP, replace(APP, id="N", region="")], (), forms=FORMS, year=2026)
    near, nowhere = replace(EXPERT, province="320100"), replace(EXPERT, id="E2", province="")
    rows = screening.find([near, nowhere], avoid_province=True)
    assert [(row.expert, row.application, row.code, row.source) for row in rows] == [
        ("E1", APP.id, "C12", "province:code")
    ]


def test_several_rows_of_one_ground_become_one_with_the_words_of_all() -> None:
    rows = [ListRow("coauthors", "E1", "", OWN, name, 2025) for name in ("李四", "王五")]
    (row,) = Screening([APP], rows, forms=FORMS, year=2026).find([EXPERT])
    assert row.words == f"李四 {OWN} 2025; 王五 {OWN} 2025"


def test_aliases_join_into_groups() -> None:
    known = Aliases([("甲公司", "", "乙"), ("乙", OWN, ""), ("丙", "", "丁")], FORMS)
    assert set(known.others("甲公司", "")) == {"乙", OWN}
    assert known.others("戊", "") == ()


def test_keys() -> None:
    assert full_key("ＡＢ（Ｃ）·d 公司") == "abcd公司"
    assert FORMS.core_key("某某集团股份有限公司") == "某某"
    assert FORMS.core_key("公司") == "公司"
    assert list(beginnings("一二三四五六")) == ["一二三四", "一二三四五"]
    assert code_key("９1330100799655058b ") == OWN
    assert code_key("91330100799655058I") == ""


_NAMES = st.sampled_from(
    ["甲乙科技有限公司", "甲乙科技", "（甲）乙科技", "丙丁集团", "丙丁", "戊己庚辛", "戊己庚辛研究院", ""]
)
_CODES = st.sampled_from([OWN, GROUP, OTHER, ""])


@st.composite
def _people(draw: st.DrawFn) -> list[Expert]:
    return [
        replace(
            EXPERT, id=f"E{n}", employer=draw(_NAMES), employer_code=draw(_CODES),
            former_employers=tuple(draw(st.lists(st.one_of(_NAMES, _CODES), max_size=2))),
        )
        for n in range(3)
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(_people(), st.lists(st.tuples(_NAMES, _CODES, _NAMES, _NAMES), min_size=1, max_size=3), st.randoms())
def test_order_means_nothing_and_nothing_the_simple_screening_sees_is_missed(
    people: list[Expert], listed: list[tuple[str, str, str, str]], random: Any
) -> None:
    apps = [
        replace(APP, id=f"A{n}", applicant=a, credit_code=c, affiliates=(b,) if b else (), recommender=d)
        for n, (a, c, b, d) in enumerate(listed)
    ]
    rows = Screening(apps, (), forms=FORMS, year=2026).find(people)
    simple = {(r.expert, r.application, r.code) for e in people for a in apps for r in detect(e, a)}
    assert simple <= {(row.expert, row.application, row.code) for row in rows}
    firm = {(r.expert, r.application) for e in people for a in apps for r in detect(e, a) if r.strength == "recuse"}
    assert firm <= {(row.expert, row.application) for row in rows if row.strength == "recuse"}
    random.shuffle(apps)
    random.shuffle(people)
    assert Screening(apps, (), forms=FORMS, year=2026).find(people) == rows


def test_codes_of_the_alphabet_alone_are_codes() -> None:
    assert all(code_key(character * 18) == character * 18 for character in ALPHABET)
