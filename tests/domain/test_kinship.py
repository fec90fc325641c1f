"""Who of two experts may not sit together: by id, by name and employer, by name alone, and nobody with himself."""

from __future__ import annotations

from dataclasses import replace

from ndb_desktop.domain.conflict_detect import ListRow
from ndb_desktop.domain.kinship import Kin, kin_among
from tests.support.office import make_expert

CODE = "91330100799655058B"
PEOPLE = [
    make_expert(1, name="甲"),
    make_expert(2, name="乙", employer="示例大学"),
    make_expert(3, name="乙", employer="别处研究院", employer_code=CODE),
    make_expert(4, name="丙"),
]


def found(*rows: ListRow) -> list[tuple[str, str, str]]:
    return [(kin.one, kin.other, kin.strength) for kin in kin_among(PEOPLE, rows)]


def row(subject: str, other: str, organisation: str = "", code: str = "") -> ListRow:
    return ListRow("spouses", subject, organisation, code, other)


def test_an_id_or_the_employers_code_is_certain_and_a_name_is_not() -> None:
    assert found(row("E04", "E01", "示例研究所01")) == [("E01", "E04", "recuse")]
    assert found(row("E01", "乙", code=CODE)) == [("E01", "E03", "recuse")]
    assert found(row("E01", "乙", "示例大学")) == [("E01", "E02", "check")], "the namesake works elsewhere"
    assert found(row("E01", "乙", "第三家")) == [("E01", "E02", "check"), ("E01", "E03", "check")]


def test_both_directions_make_one_pair_and_the_surer_one_counts() -> None:
    assert found(row("E01", "丙", "x"), row("E04", "E01", "x")) == [("E01", "E04", "recuse")]
    assert found(row("E04", "E01", "x"), row("E01", "丙", "x")) == [("E01", "E04", "recuse")]


def test_who_is_no_expert_or_oneself_or_of_another_list_ties_nobody() -> None:
    other_list = replace(row("E01", "丙", "x"), kind="coauthors")
    assert not found(row("E01", "外人", "x"), row("E01", "甲", "x"), row("E01", "", "x"), other_list)
    assert not kin_among([], [row("E01", "丙", "x")])


def test_a_pair_says_where_it_comes_from() -> None:
    (kin,) = kin_among(PEOPLE, [ListRow("spouses", "E01", "单位甲", "", "丙", None, "配偶")])
    assert kin == Kin("E01", "E04", "check", "丙 单位甲 配偶")
    assert kin.pair == ("E01", "E04")
