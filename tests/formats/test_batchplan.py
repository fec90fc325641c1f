"""批次方案 as JSON, and the list of recommending bodies as a table."""

from __future__ import annotations

import io
import json
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.recommenders import Recommender, Recommenders
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.formats.batchfile import batch_to_json
from ndb_desktop.formats.batchplan import (
    BatchFacts,
    BatchPlan,
    facts_from_json,
    facts_to_json,
    plan_from_json,
    plan_to_json,
)
from ndb_desktop.formats.recommenderfile import read_recommenders, write_recommenders
from ndb_desktop.texts import LANGUAGES, fault_text
from tests.support.packs import sample_batch

LISTED = Recommenders(
    (Recommender("440000", "广东省工业和信息化厅"), Recommender("440300", "深圳市工业和信息化局")), True
)
HEADER = ("地区代码", "推荐单位")


def codes(work: Any, *arguments: Any) -> set[str]:
    with pytest.raises(NdbError) as caught:
        work(*arguments)
    for fault in caught.value.faults:
        assert all(fault_text(fault, language) for language in LANGUAGES)
    return {fault.code for fault in caught.value.faults}


def listed(*rows: dict[str, str]) -> dict[str, Any]:
    """Facts with a list."""
    return {"recommenders": {"cities": True, "rows": rows}}


def workbook(rows: list[list[str]]) -> bytes:
    """As a spreadsheet program saves it."""
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_plan_comes_back_as_it_was_written() -> None:
    plan = BatchPlan(sample_batch(), BatchFacts(LISTED, 2, 3, False, 7, True))
    assert plan_from_json(plan_to_json(plan)) == plan
    assert plan_to_json(plan_from_json(plan_to_json(plan))) == plan_to_json(plan)


def test_a_bare_batch_file_is_a_plan_with_the_usual_facts() -> None:
    assert plan_from_json(batch_to_json(sample_batch())) == BatchPlan(sample_batch(), BatchFacts())


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("E-PLAN-VERSION", {"version": 2}),
        ("E-PLAN-FORMAT", {"format": "ndb-other"}),
        ("E-RECORD-UNKNOWN", {"secret": "x"}),
        ("E-RECORD-MISSING", {"facts": ...}),
        ("E-RECORD-VALUE", {"facts": {"notice_days": 0}}),
        ("E-RECORD-VALUE", {"facts": listed({"region": "44", "name": "x"})}),
        ("E-RECORD-CONTROL", {"facts": listed({"region": "440000", "name": "\u202e"})}),
        ("E-APP-TWICE", {"facts": listed(*[{"region": "440000", "name": "x"}] * 2)}),
        ("E-RECORD-VALUE", {"batch": {"panel_size": 0}}),
    ],
)  # fmt: skip
def test_plans_that_are_refused(code: str, change: dict[str, Any]) -> None:
    value = json.loads(plan_to_json(BatchPlan(sample_batch(), BatchFacts(LISTED))))
    if "batch" in change:
        value["batch"] |= change["batch"]
    else:
        value |= {name: part for name, part in change.items() if part is not ...}
        for name in [name for name, part in change.items() if part is ...]:
            del value[name]
    assert code in codes(plan_from_json, canonical(value), "plan.json")


def test_what_is_no_json_is_refused_as_a_batch_file_is() -> None:
    assert codes(plan_from_json, b"PK\x03\x04", "plan.json") == {"E-RECORD-JSON"}


@settings(max_examples=40, deadline=None)
@given(
    st.builds(
        BatchFacts,
        st.none() | st.just(LISTED) | st.just(Recommenders((), False)),
        st.integers(0, 99),
        st.integers(0, 99),
        st.booleans(),
        st.integers(1, 60),
        st.booleans(),
    )
)
def test_facts_come_back(facts: BatchFacts) -> None:
    assert facts_from_json(facts_to_json(facts)) == facts


@pytest.mark.parametrize("kind", ["csv", "gbk", "xlsx"])
def test_the_same_list_in_every_kind_of_table(kind: str) -> None:
    rows = LISTED.rows
    plain = [list(HEADER), *([row.region, row.name] for row in rows)]
    made = {
        "csv": write_recommenders(rows, HEADER),
        "gbk": "\r\n".join(",".join(row) for row in plain).encode("gbk"),
        "xlsx": workbook(plain),
    }[kind]
    assert read_recommenders(made, f"list.{kind}") == rows


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("E-RECOMMENDERS-REGION", ["region,recommender", "4400,x"]),
        ("E-RECOMMENDERS-NAME", ["region,recommender", "440000,"]),
        ("E-APP-TWICE", ["region,recommender", "440000,x", "440000,y"]),
        ("E-TABLE-COLUMN", ["region,body", "440000,x"]),
        ("E-TABLE-EMPTY", ["region,recommender"]),
        ("E-TABLE-ROWS", ["region,recommender", *(f"{n:06d},x" for n in range(501))]),
    ],
)
def test_tables_that_are_refused(code: str, lines: list[str]) -> None:
    assert code in codes(read_recommenders, "\n".join(lines).encode(), "list.csv")


def test_faults_of_a_table_name_every_line() -> None:
    with pytest.raises(NdbError) as caught:
        read_recommenders(b"region,recommender\n4400,x\n110000,\n", "list.csv")
    assert [fault.place for fault in caught.value.faults] == ["list.csv:2", "list.csv:3"]


def test_an_empty_workbook_and_a_formula_are_refused() -> None:
    assert codes(read_recommenders, workbook([]), "list.xlsx") == {"E-TABLE-EMPTY"}
    formula = workbook([list(HEADER), ["440000", "=A1"]])
    assert codes(read_recommenders, formula, "list.xlsx") == {"E-PACKSHEET-CELL-FORMULA"}
