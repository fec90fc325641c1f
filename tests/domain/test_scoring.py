"""Scores of one sheet: exact sums, weights spread, what is open, and every finding that keeps a sheet unsigned."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop import texts
from ndb_desktop.domain.scoring import computed_values, item_score, sheet_findings, sheet_totals
from ndb_desktop.domain.sheet import Challenge, Declaration, EvidenceLink, ItemEntry, Sheet
from tests.support.panels import JUDGED_ITEMS, REASON, K, application, judged, sheet, small_pack

PACK = small_pack()
APP = application()


def codes(found: Sheet, app=APP) -> list[tuple[str, str]]:
    return [(fault.code, fault.place) for fault in sheet_findings(PACK, app, found)]


def test_totals_of_a_full_sheet_by_hand() -> None:
    totals = sheet_totals(PACK, APP, sheet("80"), K)
    # basis: Q 50 x 30, the rest 80 x 70; plan: Q half 75 half 80 = 77.5 x 40, the rest 80 x 60
    assert totals.parts == {"basis": Fraction(71), "plan": Fraction(79)}
    assert totals.total == Fraction(60, 100) * 71 + Fraction(40, 100) * 79
    assert totals.groups["basis"] == {"G1": Fraction(65), "G2": Fraction(80)}
    assert totals.so_far == totals.parts
    assert totals.open_items == 0
    assert "74.20" in texts.phrase_text(totals.explanation, "zh_CN")


def test_zero_is_a_score_and_open_is_not() -> None:
    pack_item = PACK.item_by_id["J.basis"]
    assert item_score(PACK, pack_item, judged("J.basis", "0"), APP, K) == 0
    assert item_score(PACK, pack_item, ItemEntry("J.basis"), APP, K) is None
    assert item_score(PACK, pack_item, None, APP, K) is None
    for state in ("not_applicable", "absent", "recused", "void"):
        assert item_score(PACK, pack_item, ItemEntry("J.basis", state), APP, K) is None
    assert sheet_totals(PACK, APP, sheet("0"), K).total is not None


def test_a_computed_item_takes_its_score_from_the_rule_and_needs_a_confirmation() -> None:
    item = PACK.item_by_id["Q.basis"]
    assert item_score(PACK, item, ItemEntry("Q.basis", "scored", confirm="confirmed"), APP, K) == 50
    assert item_score(PACK, item, ItemEntry("Q.basis", "scored", confirm="challenged"), APP, K) == 50
    assert item_score(PACK, item, ItemEntry("Q.basis", "scored"), APP, K) is None
    # A typed number never reaches the score.
    typed = ItemEntry("Q.basis", "scored", "L5", Decimal(100), "confirmed")
    assert item_score(PACK, item, typed, APP, K) == 50


def test_the_plan_of_a_quantitative_indicator_is_half_target_half_level() -> None:
    item = PACK.item_by_id["Q.plan"]
    assert item_score(PACK, item, judged("Q.plan", "90"), APP, K) == Fraction(75 + 90, 2)
    bold = application(target="4")
    assert item_score(PACK, item, judged("Q.plan", "90"), bold, K) == Fraction(75 + 90, 2), "bonus is capped at 25"
    for hopeless in (application(target="1.9"), application(target=None)):
        assert item_score(PACK, item, judged("Q.plan", "90"), hopeless, K) == 45


def test_verified_data_replace_declared_for_everyone() -> None:
    datum = replace(APP.data["rd"], verified={"2025": Decimal(1)})
    assert computed_values(PACK, replace(APP, data={"rd": datum}), K)["Q.basis"] == 25


def test_a_part_stays_without_score_until_complete() -> None:
    half = replace(sheet(), items={k: v for k, v in sheet().items.items() if k != "N.plan"})
    totals = sheet_totals(PACK, APP, half, K)
    assert totals.total is None
    assert totals.parts == {"basis": Fraction(71), "plan": None}
    assert totals.groups["plan"]["G1"] is not None
    assert totals.groups["plan"]["G2"] is None
    assert totals.so_far["plan"] == Fraction(79) - 16
    assert totals.open_items == 1
    assert "1" in texts.phrase_text(totals.explanation, "en")


def test_weight_of_what_does_not_apply_goes_to_its_own_group() -> None:
    spared = sheet("80", M_basis=ItemEntry("M.basis", "not_applicable", reason=REASON), N_basis=judged("N.basis", "40"))
    totals = sheet_totals(PACK, APP, spared, K)
    assert totals.groups["basis"] == {"G1": Fraction(65), "G2": Fraction(40)}
    assert totals.parts["basis"] == (65 * 60 + 40 * 40) / Fraction(100)
    assert totals.open_items == 0


def test_a_group_in_which_nothing_applies_has_no_score_and_is_found() -> None:
    gone = {f"{name}_basis": ItemEntry(f"{name}.basis", "not_applicable", reason=REASON) for name in "MN"}
    empty = sheet("80", **gone)
    assert sheet_totals(PACK, APP, empty, K).total is None
    assert codes(empty) == [("E-ITEM-NA-GROUP", "M.basis")]


@settings(deadline=None, max_examples=40)
@given(st.dictionaries(st.sampled_from(JUDGED_ITEMS), st.integers(0, 200)), st.integers(1, 40))
def test_raising_a_mark_never_lowers_the_total(marks: dict[str, int], more: int) -> None:
    entries = {name.replace(".", "_"): judged(name, Decimal(mark) / 2) for name, mark in marks.items()}
    before = sheet_totals(PACK, APP, sheet("70", **entries), K).total
    raised = {name: judged(e.item, min(Decimal(100), (e.value or 0) + more)) for name, e in entries.items()}
    after = sheet_totals(PACK, APP, sheet("70", **raised), K).total
    assert before is not None
    assert after is not None
    assert 0 <= before <= after <= 100


def test_a_complete_sheet_has_no_findings() -> None:
    assert codes(sheet()) == []
    assert codes(sheet("95")) == []


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (ItemEntry("J.basis"), "E-ITEM-OPEN"),
        (ItemEntry("J.basis", "scored"), "E-ITEM-LEVEL"),
        (ItemEntry("J.basis", "scored", "L3"), "E-ITEM-VALUE"),
        (ItemEntry("J.basis", "scored", "L3", Decimal(80)), "E-ITEM-RANGE"),
        (ItemEntry("J.basis", "scored", "L3", Decimal("59.99")), "E-ITEM-RANGE"),
        (ItemEntry("J.basis", "scored", "L3", Decimal("60.25")), "E-ITEM-STEP"),
        (ItemEntry("J.basis", "scored", "L5", Decimal("100.5"), reason=REASON), "E-ITEM-RANGE"),
        (ItemEntry("J.basis", "scored", "L1", Decimal(-1), reason=REASON), "E-ITEM-RANGE"),
        (judged("J.basis", "95", ""), "E-ITEM-REASON"),
        (judged("J.basis", "45", "         短   "), "E-ITEM-REASON"),
        (judged("J.basis", "0", "九个字的理由不够用"), "E-ITEM-REASON"),
        (ItemEntry("J.basis", "not_applicable", reason=REASON), "E-ITEM-NA"),
        (ItemEntry("J.basis", "absent"), "E-ITEM-STATE"),
        (ItemEntry("J.basis", "void"), "E-ITEM-STATE"),
        (ItemEntry("J.basis", "recused"), "E-ITEM-STATE"),
        (ItemEntry("J.basis", "scored", "L3", Decimal(70), "confirmed"), "E-ITEM-STATE"),
    ],
)
def test_each_fault_of_a_judged_item(entry: ItemEntry, code: str) -> None:
    assert codes(sheet(J_basis=entry)) == [(code, "J.basis")]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (ItemEntry("M.basis", "not_applicable"), "E-ITEM-REASON"),
        (ItemEntry("M.basis", "not_applicable", value=Decimal(0), reason=REASON), "E-ITEM-STATE"),
    ],
)
def test_not_applicable_needs_a_reason_and_no_number(entry: ItemEntry, code: str) -> None:
    assert codes(sheet(M_basis=entry)) == [(code, "M.basis")]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (ItemEntry("Q.basis", "scored"), "E-ITEM-CONFIRM"),
        (ItemEntry("Q.basis", "scored", confirm="challenged"), "E-CHALLENGE-MISSING"),
        (ItemEntry("Q.basis", "scored", value=Decimal(90), confirm="confirmed"), "E-ITEM-COMPUTED"),
        (ItemEntry("Q.basis", "scored", "L5", confirm="confirmed"), "E-ITEM-COMPUTED"),
    ],
)
def test_each_fault_of_a_computed_item(entry: ItemEntry, code: str) -> None:
    assert codes(sheet(Q_basis=entry)) == [(code, "Q.basis")]


GOOD = Challenge("c1", "Q", "rd", "2025", Decimal(1), "D1", 12, "审计报告中的数字不同")


def challenged(challenge: Challenge) -> Sheet:
    entry = ItemEntry("Q.basis", "scored", confirm="challenged")
    return replace(sheet(Q_basis=entry), challenges=(replace(challenge, reason=challenge.reason * 2),))


def test_a_good_challenge_passes_and_contradicts_a_confirmation() -> None:
    assert codes(challenged(GOOD)) == []
    confirmed = replace(challenged(GOOD), items=sheet().items)
    assert codes(confirmed) == [("E-CHALLENGE-CONFIRMED", "Q.basis")]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"datum": "nope"}, "E-CHALLENGE-DATUM"),
        ({"key": "2024"}, "E-CHALLENGE-KEY"),
        ({"key": ""}, "E-CHALLENGE-KEY"),
        ({"reason": "短"}, "E-CHALLENGE-REASON"),
        ({"document": "D9"}, "E-EVIDENCE-DOCUMENT"),
        ({"page": 13}, "E-EVIDENCE-PAGE"),
    ],
)
def test_each_fault_of_a_challenge(change: dict[str, object], code: str) -> None:
    assert codes(challenged(replace(GOOD, **change))) == [(code, "challenge:c1")]  # type: ignore[arg-type]


def test_a_challenge_of_an_unknown_indicator() -> None:
    found = codes(replace(sheet(), challenges=(replace(GOOD, indicator="X"),)))
    assert found == [("E-CHALLENGE-INDICATOR", "challenge:c1")]


def test_evidence_must_exist() -> None:
    links = (EvidenceLink("e1", "J.basis", "D1", 12), EvidenceLink("e2", "X.basis", "D2", 1))
    assert codes(replace(sheet(), evidence=links)) == [
        ("E-ITEM-UNKNOWN", "evidence:e2"),
        ("E-EVIDENCE-DOCUMENT", "evidence:e2"),
    ]


def test_evidence_of_a_document_that_was_replaced_since() -> None:
    same = replace(GOOD, sha256=APP.documents[0].sha256)
    links = (EvidenceLink("e1", "J.basis", "D1", 12, sha256="f" * 64),)
    assert codes(replace(sheet(), evidence=links)) == [("E-EVIDENCE-DIGEST", "evidence:e1")]
    found = codes(replace(sheet(), challenges=(same, replace(GOOD, id="c2", sha256="f" * 64))))
    assert ("E-EVIDENCE-DIGEST", "challenge:c2") in found
    assert ("E-EVIDENCE-DIGEST", "challenge:c1") not in found


def test_an_item_of_another_pack_is_found() -> None:
    assert codes(sheet(X_basis=judged("X.basis", "70"))) == [("E-ITEM-UNKNOWN", "X.basis")]


def test_declarations() -> None:
    assert codes(replace(sheet(), declaration=Declaration())) == [("E-DECLARATION", "declaration")]
    recused = replace(sheet(), items={}, declaration=Declaration("recused", ("C5",)))
    assert codes(recused) == []
    assert codes(replace(recused, declaration=Declaration("recused"))) == [("E-DECLARATION-CODE", "declaration")]
    assert codes(replace(recused, declaration=Declaration("recused", ("C99",)))) == [
        ("E-DECLARATION-CODE", "declaration")
    ]
    assert codes(replace(recused, declaration=Declaration("recused", ("C12",)))) == [
        ("E-DECLARATION-WORDS", "declaration")
    ]


def test_unable_needs_words_and_nothing_else() -> None:
    assert codes(replace(sheet(), items={}, unable="因病无法完成本次评审工作")) == []
    assert codes(replace(sheet(), items={}, unable="病")) == [("E-UNABLE-REASON", "unable")]


def test_every_finding_has_its_words_in_both_languages() -> None:
    broken = replace(sheet(), items={"Q.basis": ItemEntry("Q.basis", "scored", confirm="challenged")})
    for fault in sheet_findings(PACK, APP, broken):
        for language in texts.LANGUAGES:
            assert texts.fault_text(fault, language)
