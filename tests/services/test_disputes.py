"""Disputed data: one decision for everybody, scores computed anew, earlier decisions and figures kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from ndb_desktop.domain.dispute import DisputeAction
from ndb_desktop.domain.sheet import Challenge, ItemEntry, Sheet
from ndb_desktop.formats.applications import application_to_json
from ndb_desktop.services.disputes import count_open, decide, history, list_disputes, preview
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.results_compute import compute
from ndb_desktop.storage.registry_rows import ApplicationRow, AttachmentRow
from tests.support.office import make_office, make_score_file, reopen, scored_sheet
from tests.support.travel import AT, refusal

NAME, OTHER = "A-001", "A-002"
PLACE = (NAME, "rd", "2025")
EXPERTS = ("E01", "E02", "E03", "E04", "E05")
BASIS = "T1.1.basis"


def disputing(application: str, proposed: str | None) -> Sheet:
    """A sheet that disputes the figure of T1.1."""
    sheet = scored_sheet(application)
    figure = None if proposed is None else Decimal(proposed)
    challenge = Challenge("q1", "T1.1", "rd", "2025", figure, "D1", 1, "与审计报告所载数据不符", None, "0" * 64)
    items = {**sheet.items, BASIS: ItemEntry(BASIS, "scored", confirm="challenged")}
    return replace(sheet, items=items, challenges=(challenge,))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Five experts; E01 and E03 dispute the figure 2.37 of A-001, with different proposals."""
    office = make_office(tmp_path / "office")
    wanted = {"E01": "2.1", "E03": "1.8"}
    paths = []
    for expert in EXPERTS:
        first = disputing(NAME, wanted[expert]) if expert in wanted else scored_sheet(NAME)
        paths.append(make_score_file(office, tmp_path / f"{expert}.ndbscore", expert, [first, scored_sheet(OTHER)]))
    report = merge_files(office, paths)
    assert {row.verdict for row in report.verdicts} == {"accepted"}, report
    yield office
    office.close()


def rule(office: Office, action: DisputeAction, value: str | None = None, reason: str = "以审计报告为准") -> str:
    figure = None if value is None else Decimal(value)
    return refusal(lambda: decide(office, PLACE, action, reason=reason, value=figure))


def basis(office: Office, name: str = NAME) -> Fraction | None:
    return compute(office).results[name].items[BASIS].value


def test_a_disputed_datum_is_listed_once_with_everybody_who_raised_it(office: Office) -> None:
    (one,) = list_disputes(office)
    assert one.place == PLACE
    assert (one.declared, one.unit, one.indicator, one.open) == (Decimal("2.37"), "percent", "T1.1", True)
    assert [(r.expert, r.challenge.proposed) for r in one.raised] == [("E01", Decimal("2.1")), ("E03", Decimal("1.8"))]
    assert {len(r.sheet) for r in one.raised} == {64}


def test_a_replaced_figure_counts_for_every_expert_and_the_declared_one_stays_on_record(office: Office) -> None:
    before = basis(office)
    assert before == Fraction(237, 300) * 100
    assert rule(office, "replace", "1.8") == ""
    assert basis(office) == Fraction(60)
    assert basis(office, OTHER) == before, "nothing else changes"
    assert office.application(NAME).data["rd"].values == {"2025": Decimal("2.37")}
    assert not office.application(NAME).data["rd"].verified
    (one,) = list_disputes(office)
    assert one.ruling is not None
    assert (one.open, one.ruling.value, one.declared) == (False, Decimal("1.8"), Decimal("2.37"))
    assert compute(office).applications[NAME].data["rd"].verified == {"2025": Decimal("1.8")}


def test_later_decisions_take_the_place_of_earlier_ones_and_all_stay(office: Office) -> None:
    before = compute(office)
    assert rule(office, "replace", "1.8") == ""
    first = compute(office)
    assert rule(office, "replace", "2.1") == ""
    assert basis(office) == Fraction(70)
    assert rule(office, "keep") == ""
    assert compute(office).digest == before.digest
    assert rule(office, "replace", "1.8") == ""
    assert compute(office).digest == first.digest
    assert len(office.decided.all()) == 4
    again = reopen(office)
    assert compute(again).digest == first.digest
    assert again.decided.check() == ()
    again.close()


def test_until_somebody_has_looked_on_site_the_application_cannot_be_selected(office: Office) -> None:
    assert rule(office, "site") == ""
    selection = compute(office).selection
    assert (selection.states[NAME], selection.reasons[NAME]) == ("invalid", "check")
    assert selection.states[OTHER] != "invalid"
    assert list_disputes(office)[0].open
    assert rule(office, "replace", "2.4") == ""
    assert compute(office).selection.states[NAME] != "invalid"
    assert not list_disputes(office)[0].open


def test_material_that_comes_with_another_figure_is_open_again(office: Office) -> None:
    assert rule(office, "replace", "1.8") == ""
    old = office.application(NAME)
    new = replace(old, data={"rd": replace(old.data["rd"], values={"2025": Decimal("2.2")})})
    data = application_to_json(new)
    row = ApplicationRow(NAME, "park", "ai", data, hashlib.sha256(data).hexdigest(), AT)
    with office.registry.transaction():
        office.registry.put_application(row, AttachmentRow(NAME, f"{NAME}.db", "0" * 64, "0" * 64, 1))
        office.keep_computed(new, row.sha256)
    assert basis(office) == Fraction(22, 30) * 100
    (one,) = list_disputes(office)
    assert (one.declared, one.ruling, len(one.raised)) == (Decimal("2.2"), None, 2)


def test_what_a_figure_would_change_is_known_before_it_is_decided(office: Office) -> None:
    (one,) = list_disputes(office)
    digest = compute(office).digest
    assert preview(office, one, Decimal("1.8"))[BASIS] == (Fraction(79), Fraction(60))
    assert preview(office, one, Decimal("2.37")) == {}
    assert compute(office).digest == digest
    assert office.decided.all() == ()


def test_what_cannot_be_decided_is_refused_and_changes_nothing(office: Office) -> None:
    assert rule(office, "replace") == "E-DISPUTE-VALUE"
    assert rule(office, "keep", "2.1") == "E-DISPUTE-VALUE"
    assert rule(office, "keep", reason=" ") == "E-REASON"
    assert refusal(lambda: decide(office, (NAME, "xx", ""), "keep", reason="x")) == "E-DISPUTE-DATUM"
    assert refusal(lambda: decide(office, ("A-999", "rd", "2025"), "keep", reason="x")) == "E-OFFICE-APPLICATION"
    assert office.decided.all() == ()


def test_going_back_to_the_declared_figure_is_previewed_too(office: Office) -> None:
    (one,) = list_disputes(office)
    assert preview(office, one, None) == {}
    assert rule(office, "replace", "1.8") == ""
    (one,) = list_disputes(office)
    assert preview(office, one, None)[BASIS] == (Fraction(60), Fraction(79))


def test_open_ones_are_counted_as_the_list_shows_them(office: Office) -> None:
    assert count_open(office) == sum(one.open for one in list_disputes(office)) == 1
    for action, value, left in (("site", None, 1), ("replace", "1.8", 0), ("keep", None, 0)):
        assert rule(office, action, value) == ""  # type: ignore[arg-type]
        assert count_open(office) == sum(one.open for one in list_disputes(office)) == left


def test_every_decision_about_a_datum_stays_in_its_history(office: Office) -> None:
    assert history(office, PLACE) == ()
    assert rule(office, "replace", "1.8", "一") == ""
    assert rule(office, "keep", None, "二") == ""
    assert [(one.content["action"], one.reason) for one in history(office, PLACE)] == [
        ("replace", "一"),
        ("keep", "二"),
    ]
    assert history(office, (OTHER, "rd", "2025")) == history(office, (NAME, "rd", "2024")) == ()
