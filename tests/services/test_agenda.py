"""What is still to be done, in order, with the count behind each step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ndb_desktop.domain.siterecord import Check
from ndb_desktop.services.agenda import Todo, agenda
from ndb_desktop.services.disputes import decide
from ndb_desktop.services.inspectors import revoke_inspector
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.site_merge import merge_sites
from ndb_desktop.services.visit_issue import issue_visit
from ndb_desktop.storage.registry import Registry
from tests.services.test_disputes import PLACE, disputing
from tests.support.office import issue, make_office, make_score_file, scored_sheet
from tests.support.travel import tiny_application
from tests.support.visits import frozen, planned, verified, visited_office, with_inspectors

EXPERTS = ("E01", "E02", "E03", "E04", "E05")


def todos(office: Office) -> dict[str, int]:
    return {todo.kind: todo.count for todo in agenda(office, office.status(), office.applications())}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = make_office(tmp_path / "office")
    yield office
    office.close()


def test_an_empty_registry_asks_for_applications_then_for_experts(tmp_path: Path) -> None:
    with_nothing = make_office(tmp_path / "nothing", applications=0, experts=0, assigned=False)
    assert agenda(with_nothing, with_nothing.status(), ()) == (Todo("applications"),)
    with_nothing.close()
    bare = replace(tiny_application(2), documents=())
    without_experts = make_office(
        tmp_path / "no-experts", applications=[tiny_application(1), bare], experts=0, assigned=False
    )
    assert list(todos(without_experts).items()) == [("documents", 1), ("experts", 0)]
    without_experts.close()


def test_assignment_comes_before_bundles_and_bundles_before_what_is_missing(office: Office, tmp_path: Path) -> None:
    fresh = make_office(tmp_path / "fresh", assigned=False)
    assert list(todos(fresh).items()) == [("unassigned", 2), ("not_final", 0)]
    fresh.replace_assignments(office.assignments())
    assert list(todos(fresh).items()) == [("unissued", 5), ("not_final", 0)]
    for expert in EXPERTS:
        issue(fresh, expert, ["A-001", "A-002"])
    assert list(todos(fresh).items()) == [("missing", 10), ("not_final", 0)]
    fresh.close()


def test_what_came_back_leaves_keys_challenges_and_the_end(office: Office, tmp_path: Path) -> None:
    paths = [
        make_score_file(
            office, tmp_path / f"{expert}.ndbscore", expert,
            [disputing("A-001", "2.1") if expert == "E01" else scored_sheet("A-001"), scored_sheet("A-002")],
        )
        for expert in EXPERTS
    ]  # fmt: skip
    merge_files(office, paths[:4])
    assert todos(office)["missing"] == 2
    merge_files(office, paths)
    assert list(todos(office).items()) == [("key", 5), ("challenge", 1), ("not_final", 0)]
    decide(office, PLACE, "keep", reason="as declared")
    assert list(todos(office).items()) == [("key", 5), ("not_final", 0)]


def test_site_checks_without_a_visit_and_held_records_are_named(tmp_path: Path) -> None:
    office = visited_office(tmp_path / "visited")
    with_inspectors(office, tmp_path / "cards")

    def told() -> tuple[int, int]:
        found = todos(office)
        return found.get("site", 0), found.get("held", 0)

    assert told() == (0, 0)
    decide(office, ("A-001", "rd", "2025"), "site", reason="须到现场")
    decide(office, ("A-002", "rd", "2025"), "site", reason="须到现场")
    assert told() == (2, 0)
    visit = planned(office, listed={})
    assert told() == (1, 0), "a visit that is only planned covers it"
    bundle = issue_visit(office, visit.id, tmp_path / "out")
    path = frozen(office, visit, bundle, tmp_path / "in/a.ndbsite", verified("1.5")).path
    merge_sites(office, [path], results=False)
    assert told() == (1, 0)
    revoke_inspector(office, "J01", "遗失")
    assert told() == (2, 1), "what was verified is open again and nobody goes there"
    decide(office, ("A-002", "rd", "2025"), "keep", reason="改为书面核对")
    assert told() == (1, 1)
    office.close()


def test_a_visit_that_left_a_datum_open_covers_it_no_more(tmp_path: Path) -> None:
    office = visited_office(tmp_path / "visited")
    with_inspectors(office, tmp_path / "cards")
    decide(office, ("A-001", "rd", "2025"), "site", reason="须到现场")
    visit = planned(office, listed={})
    bundle = issue_visit(office, visit.id, tmp_path / "out")
    nothing = Check("rd/2025", None, "unverifiable")
    path = frozen(office, visit, bundle, tmp_path / "in/a.ndbsite", nothing).path
    merge_sites(office, [path], results=False)
    assert todos(office)["site"] == 1
    office.close()


def test_decisions_that_do_not_verify_come_first(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    decide(office, PLACE, "site", reason="to be seen")
    (stored,) = office.registry.decisions(after=0)
    broken = stored[1].replace(b'"signatures"', b'"signatureS"')
    monkeypatch.setattr(Registry, "decisions", lambda _self, after=0: [(stored[0], broken)][after:])
    office.decided._forget()
    assert next(iter(todos(office))) == "decisions"
