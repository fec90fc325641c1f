"""Rosters and conflict tables as people's spreadsheets write them."""

from __future__ import annotations

import pytest

from ndb_desktop.domain.errors import FaultsError
from ndb_desktop.formats import tables
from ndb_desktop.formats.tables import read_conflicts, read_roster
from tests.support.office import small_batch

ENGLISH = (
    "id,name,employer,employer_code,province,kind,categories,fields,former_employers,max_load\n"
    "E01,张𠮷,示例大学,,110000,field,park;enterprise,ai:900;nev,甲公司;乙公司,30\n"
    "E02,李四,示例所,,310000,finance,,ai,,\n"
)
CHINESE = (
    "专家编号;姓名;单位;单位代码;省份;专家类别;类别;领域;备用\r\n"
    "E01;张三;示例大学;;110000;领域;园区、企业;人工智能:900;x\r\n"
)


def codes(data: bytes) -> list[str]:
    with pytest.raises(FaultsError) as caught:
        read_roster(data, "roster.csv", small_batch())
    return [fault.code for fault in caught.value.faults]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_three_encodings_read_the_same(encoding: str) -> None:
    first, second = read_roster(ENGLISH.encode(encoding), "r.csv", small_batch())
    assert first.name == "张𠮷"
    assert first.fields == {"ai": 900, "nev": 1000}
    assert first.former_employers == ("甲公司", "乙公司")
    assert first.max_load == 30
    assert (second.categories, second.kind, second.max_load) == (("park", "enterprise"), "finance", 40)


def test_chinese_headers_and_semicolons() -> None:
    (expert,) = read_roster(CHINESE.encode("gb18030"), "名册.csv", small_batch())
    assert expert.kind == "field"
    assert expert.categories == ("park", "enterprise")
    assert expert.fields == {"ai": 900}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (",field,", ",wizard,", ["E-ROSTER-KIND"]),
        ("park;enterprise", "zoo", ["E-ROSTER-CATEGORY"]),
        ("ai:900", "xx:900", ["E-ROSTER-FIELD"]),
        ("ai:900", "ai:1001", ["E-ROSTER-AFFINITY"]),
        ("ai:900", "ai:９00", ["E-ROSTER-AFFINITY"]),
        (",30\n", ",-3\n", ["E-ROSTER-LOAD"]),
        ("E02", "E01", ["E-ROSTER-TWICE"]),
        ("E02", "E 2", ["E-RECORD-VALUE"]),
        (",310000,", ",31,", ["E-RECORD-VALUE"]),
        ("id,name", "id,nam", ["E-TABLE-COLUMN"]),
        ("former_employers", "name", ["E-TABLE-COLUMN-TWICE"]),
        (",ai,,\n", ",ai,\n", ["E-TABLE-ROW"]),
        ("李四", "李" * 3000, ["E-TABLE-ROW"]),
        ("李四", '"李', ["E-TABLE-CSV"]),
    ],
)
def test_every_faulty_row_is_named(old: str, new: str, expected: list[str]) -> None:
    assert codes(ENGLISH.replace(old, new, 1).encode()) == expected


def test_all_faults_are_told_with_their_lines() -> None:
    data = ENGLISH.replace("field,park", "x,park").replace("finance", "y")
    with pytest.raises(FaultsError) as caught:
        read_roster(data.encode(), "r.csv", small_batch())
    assert [fault.place for fault in caught.value.faults] == ["r.csv:2", "r.csv:3"]


def test_tables_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert codes(b"") == ["E-TABLE-COLUMN"]
    assert codes(ENGLISH.split("\n")[0].encode()) == ["E-TABLE-EMPTY"]
    assert codes(b"\xff\xff\xff") == ["E-TABLE-ENCODING"]
    monkeypatch.setattr(tables, "MAX_ROWS", 1)
    assert codes(ENGLISH.encode()) == ["E-TABLE-ROWS"]
    monkeypatch.setattr(tables, "MAX_SIZE", 10)
    assert codes(ENGLISH.encode()) == ["E-TABLE-SIZE"]


def test_conflicts_are_read_and_checked() -> None:
    head = "expert,application,code,strength,words\n"
    experts, applications = frozenset({"E01"}), frozenset({"A-001"})
    data = f"{head}E01,A-001,c4,回避,'=SUM(A1)\n".encode()
    (row,) = read_conflicts(data, "c.csv", experts, applications)
    assert (row.code, row.strength, row.source, row.words) == ("C4", "recuse", "table", "=SUM(A1)")
    bad = f"{head}E09,A-001,C4,回避,\nE01,A-9,C4,回避,\nE01,A-001,C13,回避,\nE01,A-001,C4,也许,\n".encode()
    with pytest.raises(FaultsError) as caught:
        read_conflicts(bad, "c.csv", experts, applications)
    assert [fault.code for fault in caught.value.faults] == [
        "E-CONFLICT-EXPERT",
        "E-CONFLICT-APPLICATION",
        "E-CONFLICT-CODE",
        "E-CONFLICT-STRENGTH",
    ]
