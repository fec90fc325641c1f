"""What a change means for marks: only a computed score on new data is open again; the rest is named and stays."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.model import Application, EvidenceRef, Task
from ndb_desktop.domain.news import Impact, impact
from ndb_desktop.domain.sheet import Challenge, EvidenceLink, ItemEntry, Sheet
from tests.support.office import scored_sheet
from tests.support.travel import tiny_application, tiny_pack

ONE = (Fraction(1), Fraction(1))
BASE = tiny_application()
SHEET = scored_sheet(BASE.id)
EXCHANGED = replace(BASE, documents=(replace(BASE.documents[0], sha256="1" * 64),))


def after(
    new: Application, sheet: Sheet = SHEET, old: Application = BASE, k: tuple[Fraction, Fraction] = ONE
) -> Impact:
    return impact(tiny_pack(), old, new, k, sheet)


def kinds(found: Impact) -> list[tuple[str, str]]:
    return [(news.kind, news.item) for news in found.news]


def test_nothing_changed_nothing_said() -> None:
    assert after(BASE) == Impact((), ())


def test_a_corrected_datum_asks_for_the_computed_item_and_names_the_plan_item() -> None:
    found = after(tiny_application(rd="2.40"))
    assert kinds(found) == [
        ("datum", "T1.1.basis"),
        ("target", "T1.1.plan"),
        ("confirm", "T1.1.basis"),
        ("look", "T1.1.plan"),
    ]
    assert found.reset == (replace(SHEET.items["T1.1.basis"], state="open", confirm=""),)
    confirm = next(news for news in found.news if news.kind == "confirm")
    assert {news.item: news.subject for news in found.news if news.kind in ("confirm", "look")} == {
        "T1.1.basis": "datum:rd",
        "T1.1.plan": "datum:rd\ntarget:T1.1",
    }
    # 2.37 / 3 and 2.40 / 3 of a hundred.
    assert (confirm.old, confirm.new) == ("79", "80")


def test_flag_note_and_reason_survive_the_reset() -> None:
    marked = ItemEntry("T1.1.basis", "scored", confirm="challenged", reason="存疑", note="私人", flagged=True)
    found = after(tiny_application(rd="2.40"), replace(SHEET, items={**SHEET.items, "T1.1.basis": marked}))
    assert found.reset == (ItemEntry("T1.1.basis", "open", confirm="", reason="存疑", note="私人", flagged=True),)


def test_what_was_not_marked_need_not_be_looked_at_again() -> None:
    empty = Sheet(BASE.id, SHEET.declaration)
    found = after(tiny_application(rd="2.40"), empty)
    assert found.reset == ()
    assert {news.kind for news in found.news} == {"datum", "target", "score"}


def test_an_exchanged_document_names_what_rests_on_it_and_resets_nothing() -> None:
    link = EvidenceLink("e1", "T1.2.basis", "D1", 3, sha256="0" * 64)
    challenge = Challenge("q1", "T1.1", "rd", "2025", Decimal(2), "D1", 1, "理由理由理由理由理由", sha256="0" * 64)
    found = after(EXCHANGED, replace(SHEET, evidence=(link,), challenges=(challenge,)))
    assert found.reset == ()
    assert kinds(found) == [
        ("document_changed", ""),
        ("look", "T1.2.basis"),
        ("link", "T1.2.basis"),
        ("challenge", "T1.1.basis"),
    ]
    places = [(news.subject, news.part, news.old) for news in found.news if news.kind in ("link", "challenge")]
    assert places == [("e1", "3", "D1"), ("q1", "1", "D1")]
    assert causes(found) == ["document:D1"]


def causes(found: Impact) -> list[str]:
    return [news.subject for news in found.news if news.kind == "look"]


def test_a_document_taken_out_is_named_by_its_title() -> None:
    link = EvidenceLink("e1", "T1.2.basis", "D1", 3, sha256="0" * 64)
    found = after(replace(BASE, documents=()), replace(SHEET, evidence=(link,)))
    gone = BASE.documents[0]
    assert causes(found) == [f"gone:{gone.title or gone.name}"]


def test_the_applicants_own_evidence_counts_as_well() -> None:
    proven = replace(BASE, data={"rd": replace(BASE.data["rd"], evidence=(EvidenceRef("D1", 1),))})
    found = after(replace(proven, documents=EXCHANGED.documents), old=proven)
    assert {item for kind, item in kinds(found) if kind == "look"} == {"T1.1.basis", "T1.1.plan"}
    assert found.reset == ()


def test_a_task_concerns_the_plan_item_of_its_indicator_alone() -> None:
    task = Task("K1", "T1.2", "任务", "甲", "2026", "乙", "丙", Decimal(1))
    found = after(replace(BASE, tasks=(task,)))
    assert kinds(found) == [("task", ""), ("look", "T1.2.plan")]
    assert causes(found) == ["task:K1"]


def test_a_new_document_and_the_cover_ask_for_nothing() -> None:
    added = replace(BASE, documents=(*BASE.documents, replace(BASE.documents[0], id="D2")), summary="新简介")
    assert kinds(after(added)) == [("document_new", ""), ("cover", "")]


@given(st.decimals("0.1", "5", places=2), st.decimals("0.1", "5", places=2))
@settings(max_examples=50, deadline=None)
def test_reset_exactly_when_the_datum_differs_and_judged_marks_never(old: Decimal, new: Decimal) -> None:
    found = after(tiny_application(rd=str(new)), old=tiny_application(rd=str(old)))
    assert [entry.item for entry in found.reset] == (["T1.1.basis"] if old != new else [])
    assert {entry.item for entry in found.reset} == {news.item for news in found.news if news.kind == "confirm"}
