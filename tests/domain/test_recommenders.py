"""Who recommends for which region."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.recommenders import Recommender, Recommenders, is_city, list_faults
from ndb_desktop.services.batch_plan import builtin_recommenders, general_names
from ndb_desktop.services.calendars import regions
from ndb_desktop.texts import LANGUAGES, fault_text

CITIES = ("210200", "330200", "350200", "370200", "440300")


def test_the_shipped_list_has_every_province_the_corps_and_the_five_cities() -> None:
    shipped = builtin_recommenders()
    codes = [row.region for row in shipped.rows]
    assert len(codes) == len(set(codes)) == 37
    assert {code for code in codes if is_city(code)} == set(CITIES)
    assert "660000" in codes
    provinces = {code for code, row in regions().items() if row.kind == "province"}
    assert set(codes) - set(CITIES) - {"660000"} == provinces - {"710000", "810000", "820000"}
    assert list_faults(shipped, regions()) == ()
    assert general_names()


@pytest.mark.parametrize(
    ("cities", "region", "wanted"),
    [
        (False, "440300", "440000"),
        (True, "440300", "440300"),
        (True, "440305", "440300"),
        (False, "440305", "440000"),
        (True, "440100", "440000"),
        (True, "650100", "650000"),
        (False, "660000", "660000"),
        (False, "110101", "110000"),
        (True, "810000", None),
    ],
)
def test_a_city_with_a_plan_of_its_own_recommends_only_where_the_batch_says_so(
    cities: bool, region: str, wanted: str | None
) -> None:
    listed = Recommenders(builtin_recommenders().rows, cities)
    found = listed.of_region(region)
    assert (found.region if found else None) == wanted


@pytest.mark.parametrize(
    ("region", "name", "code"),
    [
        ("440100", "广东省工业和信息化厅", None),
        ("440100", " 广东省 工业和信息化厅 ", None),
        ("440100", "广东省工业和信息化主管部门", None),
        ("440300", "广东省工业和信息化厅", None),
        ("440300", "深圳市工业和信息化局", "E-IMPORT-RECOMMENDER-OTHER"),
        ("440100", "浙江省经济和信息化厅", "E-IMPORT-RECOMMENDER-OTHER"),
        ("440100", "某某协会", "E-IMPORT-RECOMMENDER"),
        ("820000", "澳门", "E-IMPORT-RECOMMENDER-REGION"),
    ],
)
def test_what_does_not_fit_between_region_and_body_is_told(region: str, name: str, code: str | None) -> None:
    doubt = builtin_recommenders().doubt(region, name, regions(), general_names())
    assert (doubt.code if doubt else None) == code
    if doubt:
        assert all(name in fault_text(doubt, language) for language in LANGUAGES)


def test_a_list_is_linted_at_its_rows() -> None:
    rows = (
        Recommender("440000", "甲"),
        Recommender("440000", "乙"),
        Recommender("999999", "丙"),
        Recommender("11", ""),
    )
    found = {(fault.code, fault.place) for fault in list_faults(Recommenders(rows), regions())}
    assert found == {
        ("E-APP-TWICE", "recommenders[1].region"),
        ("E-RECOMMENDERS-REGION", "recommenders[2].region"),
        ("E-RECOMMENDERS-REGION", "recommenders[3].region"),
        ("E-RECOMMENDERS-NAME", "recommenders[3].name"),
    }
    only_city = Recommenders((Recommender("440300", "深圳"),), cities=False)
    assert [fault.code for fault in list_faults(only_city, regions())] == ["E-RECOMMENDERS-NONE"]
    assert list_faults(Recommenders(only_city.rows, cities=True), regions()) == ()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(regions())), st.integers(0, 99), st.booleans())
def test_whoever_recommends_lies_in_the_same_province_and_fits_itself(region: str, county: int, cities: bool) -> None:
    listed = Recommenders(builtin_recommenders().rows, cities)
    code = f"{region[:4]}{county:02d}"
    found = listed.of_region(code)
    if found is not None:
        assert found.region[:2] == code[:2]
        assert found in listed.active
        assert listed.doubt(code, found.name, regions()) is None
