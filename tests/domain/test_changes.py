"""What differs between two versions of an application, and nothing else."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.changes import Difference, differences
from ndb_desktop.domain.model import Actual, Application, Datum, Document, EvidenceRef, ListedObject, Target, Task
from tests.support.travel import tiny_application

BASE = tiny_application()
RD = BASE.data["rd"]
TASK = Task("K1", "T1.1", "建成中试平台", "园区", "2026", "平台", "验收", Decimal(5))
ACTUAL = Actual("T1.1", "rd", "percent", Decimal("2.5"), 2027)
OBJECT = ListedObject("patent", "专利甲", "ZL1", "2024-01-02")


def with_rd(**changes: object) -> Application:
    return replace(BASE, data={"rd": replace(RD, **changes)})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (BASE, with_rd(values={"2025": Decimal("2.50")}), Difference("datum", "rd", "2025", "2.37", "2.5")),
        (BASE, with_rd(values={}), Difference("datum", "rd", "2025", "2.37", "")),
        (BASE, with_rd(verified={"2025": Decimal(2)}), Difference("verified", "rd", "2025", "", "2")),
        (BASE, with_rd(flag=True), Difference("datum", "rd", "", "", "True")),
        (BASE, with_rd(unit="ratio"), Difference("origin", "rd", "", "percent / audit", "ratio / audit")),
        (BASE, with_rd(evidence=(EvidenceRef("D1", 2),)), Difference("evidence", "rd", "", "", "D1:2")),
        (BASE, with_rd(objects=(OBJECT,)), Difference("object", "rd", "", "", "patent · 专利甲 · ZL1 · 2024-01-02")),
        (
            with_rd(objects=(OBJECT,)),
            with_rd(objects=()),
            Difference("object", "rd", "", "patent · 专利甲 · ZL1 · 2024-01-02", ""),
        ),
        (BASE, replace(BASE, documents=()), Difference("document_gone", "D1", "", "申报书", "")),
        (replace(BASE, documents=()), BASE, Difference("document_new", "D1", "", "", "申报书")),
        (
            BASE,
            replace(BASE, documents=(replace(BASE.documents[0], sha256="1" * 64, title="新版"),)),
            Difference("document_changed", "D1", "", "申报书", "新版"),
        ),
        (
            BASE,
            replace(BASE, targets=()),
            Difference("target", "T1.1", "rd", "2.37 (2025) … 2.7 (2027) percent", ""),
        ),
        (
            BASE,
            replace(BASE, tasks=(TASK,)),
            Difference("task", "K1", "", "", "建成中试平台 · 园区 · 2026 · 平台 · 验收 · 5"),
        ),
        (
            replace(BASE, actuals=(ACTUAL,)),
            replace(BASE, actuals=(replace(ACTUAL, value=Decimal(0)),)),
            Difference("actual", "T1.1.rd", "", "2.5 percent", "0 percent"),
        ),
        (
            replace(BASE, actuals=(replace(ACTUAL, value=None),)),
            replace(BASE, actuals=(replace(ACTUAL, value=Decimal(0)),)),
            Difference("actual", "T1.1.rd", "", "", "0 percent"),
        ),
        (
            replace(BASE, actuals=(ACTUAL,)),
            replace(BASE, actuals=(replace(ACTUAL, year=2030, evidence=(EvidenceRef("D1", 4),), statement="年报"),)),
            Difference("actual_proof", "T1.1.rd", "", str(ACTUAL.year), "2030 · D1:4 · 年报"),
        ),
        (
            BASE,
            replace(BASE, affiliates=("甲", "乙")),
            Difference("cover", "affiliates", "", "", "甲, 乙"),
        ),
        (BASE, replace(BASE, special_region=True), Difference("cover", "special_region", "", "False", "True")),
    ],
)
def test_one_thing_at_a_time(old: Application, new: Application, found: Difference) -> None:
    assert differences(old, new) == (found,)


def test_spelling_and_order_are_no_changes() -> None:
    other = Document("D2", "b.txt", "乙", "text/plain", 1, "2" * 64, 1)
    two = replace(BASE, documents=(*BASE.documents, other))
    assert differences(two, replace(two, documents=(other, *BASE.documents))) == ()
    assert differences(BASE, with_rd(values={"2025": Decimal("2.370")})) == ()
    # A new title of the same bytes is no other document.
    assert differences(BASE, replace(BASE, documents=(replace(BASE.documents[0], title="别名"),))) == ()


def test_every_field_of_an_application_is_compared() -> None:
    """A field added one day must not be forgotten here."""
    others = {
        "applicant": "乙", "credit_code": "x", "region": "310000", "recommender": "沪", "field": "nev", "year": 2024,
        "special_region": True, "affiliates": ("x",), "summary": "x", "data": {}, "targets": (), "tasks": (TASK,),
        "documents": (), "actuals": (ACTUAL,),
    }  # fmt: skip
    assert {field.name for field in fields(Application)} - {"id", "category"} == set(others)
    for name, value in others.items():
        assert differences(BASE, replace(BASE, **{name: value})), name  # type: ignore[arg-type]


values = st.dictionaries(
    st.sampled_from(["2023", "2024", "2025"]), st.decimals(0, 999, places=2), min_size=0, max_size=3
)


@given(values, values)
@settings(max_examples=60, deadline=None)
def test_there_and_back_is_the_mirror_image(old: dict[str, Decimal], new: dict[str, Decimal]) -> None:
    a = replace(BASE, data={"rd": Datum("rd", "percent", "audit", old)})
    b = replace(BASE, data={"rd": Datum("rd", "percent", "audit", new)})
    there, back = differences(a, b), differences(b, a)
    assert [(d.part, d.old, d.new) for d in there] == [(d.part, d.new, d.old) for d in back]
    assert {d.part for d in there} == {key for key in {*old, *new} if old.get(key) != new.get(key)}
    assert differences(a, a) == ()


def test_a_target_that_moves_names_both_figures() -> None:
    moved = Target("T1.1", "rd", "percent", Decimal("2.37"), 2025, Decimal(3), 2027, "提高到3")
    (found,) = differences(BASE, replace(BASE, targets=(moved,)))
    assert (found.old, found.new) == ("2.37 (2025) … 2.7 (2027) percent", "2.37 (2025) … 3 (2027) percent 提高到3")
