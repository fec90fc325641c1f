"""Conflicts of a batch: lists all or nothing, found again without change, settled once with a reason that stays."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ndb_desktop.domain.batch import Assignment, Conflict
from ndb_desktop.domain.conflict_detect import LIST_KINDS, ListKind
from ndb_desktop.domain.conflict_ruling import Outcome
from ndb_desktop.formats.batchfile import expert_to_json
from ndb_desktop.services.assignment_model import AssignOptions, make_problem
from ndb_desktop.services.conflicts import (
    Settled,
    decide,
    decide_all,
    detect,
    import_list,
    list_conflicts,
    preview_list,
)
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.results_compute import compute
from ndb_desktop.services.tasks import Cancelled, CancelToken
from ndb_desktop.storage.registry_rows import ExpertRow
from tests.support.office import make_expert, make_office, make_score_file, reopen, scored_sheet
from tests.support.travel import AT, refusal, tiny_application

NAME, OTHER = "A-001", "A-002"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Five experts; E01 works for the applicant of A-001 by code, E02 by name only."""
    codes = ("91330100799655058B", "91440300708461136T")
    applications = [replace(tiny_application(n + 1), credit_code=code) for n, code in enumerate(codes)]
    office = make_office(tmp_path / "office", applications=applications)
    code, name = office.application(NAME).credit_code, office.application(NAME).applicant
    people = [make_expert(1, employer_code=code), make_expert(2, employer=f"{name}有限公司")]
    office.registry.put_experts(ExpertRow(e.id, expert_to_json(e), AT) for e in people)
    yield office
    office.close()


def settle(
    office: Office, outcome: Outcome, expert: str = "E02", name: str = NAME, reason: str = "同名，已核实"
) -> str:
    return refusal(lambda: decide(office, expert, name, outcome, reason=reason))


def states(office: Office) -> dict[tuple[str, str], str]:
    return {(pair.expert, pair.application): pair.state for pair in list_conflicts(office)}


def barred(office: Office) -> set[tuple[str, str]]:
    options = AssignOptions(avoid_province=False)
    problem = make_problem(
        office.applications(), office.experts(), office.conflicts(), options, cleared=office.cleared_conflicts()
    )
    return {(expert, name) for name, expert in problem.barred}


def write(folder: Path, text: str, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_detecting_twice_changes_nothing_and_says_what_changed(office: Office) -> None:
    first = detect(office)
    assert {(row.expert, row.strength) for row in first.added} == {("E01", "recuse"), ("E02", "check")}
    assert (first.found, first.removed, first.changed, first.waiting) == (2, (), (), 1)
    assert first.assigned == ((NAME, "E01"),)
    assert office.status().conflicts == 2
    entries = len(office.log_rows())
    again = detect(office)
    assert (again.added, again.removed, again.changed) == ((), (), ())
    assert len(office.log_rows()) == entries
    office.registry.put_experts([ExpertRow("E01", expert_to_json(make_expert(1)), AT)])
    third = detect(office)
    assert [row.expert for row in third.removed] == ["E01"]
    assert states(office) == {("E02", NAME): "check"}


def test_a_question_bars_until_it_is_settled_and_a_decision_survives_reopening(office: Office) -> None:
    detect(office)
    assert barred(office) == {("E01", NAME), ("E02", NAME)}
    assert settle(office, "none") == ""
    assert [row.expert for row in office.conflicts()] == ["E01"]
    assert barred(office) == {("E01", NAME)}
    again = reopen(office)
    assert states(again) == {("E01", NAME): "recuse", ("E02", NAME): "none"}
    assert list_conflicts(again, waiting=True) == ()
    (pair,) = [pair for pair in list_conflicts(again) if pair.expert == "E02"]
    assert pair.ruling is not None
    assert pair.ruling.decision.reason == "同名，已核实"
    assert again.decided.check() == ()
    again.close()


def test_a_new_ground_opens_the_pair_again_and_a_certain_one_overrules(office: Office) -> None:
    detect(office)
    assert settle(office, "none") == ""
    office.add_conflicts([Conflict("E02", NAME, "C6", "check", "table", "检测合同")])
    assert states(office)["E02", NAME] == "check"
    assert ("E02", NAME) in barred(office)
    assert settle(office, "none", reason="合同早已结束") == ""
    assert states(office)["E02", NAME] == "none"
    office.add_conflicts([Conflict("E02", NAME, "C6", "recuse", "table", "检测合同")])
    assert states(office)["E02", NAME] == "recuse"
    assert settle(office, "none") == "E-CONFLICT-FIRM"


def test_a_late_recusal_voids_the_sheet_and_can_be_taken_back(office: Office, tmp_path: Path) -> None:
    detect(office)
    sheets = [scored_sheet(NAME), scored_sheet(OTHER)]
    merge_files(office, [make_score_file(office, tmp_path / "E03.ndbscore", "E03", sheets)])
    assert compute(office).results[NAME].experts["E03"] == "scored"
    assert settle(office, "recuse", "E03", reason="举报属实") == ""
    result = compute(office)
    assert result.results[NAME].experts["E03"] == "void"
    assert result.results[OTHER].experts["E03"] == "scored"
    assert result.late_conflicts == ((NAME, "E03"),)
    (row,) = [row for row in office.conflicts() if row.expert == "E03"]
    assert (row.code, row.strength, row.source, row.words) == ("C12", "recuse", "decision", "举报属实")
    assert refusal(lambda: office.replace_assignments([Assignment("E03", NAME)])) == "E-OFFICE-CONFLICT"
    assert settle(office, "none", "E03", reason="查无实据") == ""
    assert compute(office).late_conflicts == ()
    assert len(office.decided.all()) == 2


def test_what_cannot_be_decided_is_refused(office: Office) -> None:
    detect(office)
    assert settle(office, "none", "E03") == "E-CONFLICT-NOTHING"
    assert settle(office, "none", "E01") == "E-CONFLICT-FIRM"
    assert settle(office, "recuse", "E99") == "E-OFFICE-EXPERT"
    assert settle(office, "recuse", name="A-999") == "E-OFFICE-APPLICATION"
    assert settle(office, "none", reason=" ") == "E-REASON"
    assert office.decided.all() == ()


def test_lists_are_kept_whole_and_used(office: Office, tmp_path: Path) -> None:
    code = office.application(OTHER).credit_code
    table = write(tmp_path, f"专家编号,姓名,统一社会信用代码,年份\nE04,李四,{code},2025\nE05,王五,{code},2001\n")
    report = import_list(office, "coauthors", table)
    assert (report.ok, report.rows, report.added, report.removed) == (True, 2, 2, 0)
    detect(office)
    assert states(office)["E04", OTHER] == "recuse"
    assert ("E05", OTHER) not in states(office)
    shorter = write(tmp_path, f"id,person,organisation_code,year\nE05,王五,{code},2001\n")
    again = import_list(office, "coauthors", shorter)
    assert (again.added, again.removed) == (0, 1)
    detect(office)
    assert ("E04", OTHER) not in states(office)


def test_every_fault_of_a_list_has_its_row_and_nothing_is_taken(office: Office, tmp_path: Path) -> None:
    lines = [
        "id,organisation,organisation_code,year", "E99,甲,,2024", "E01,,,2024", "E01,甲,123,2024", "E01,甲,,24",
        "E01,甲,,2024", "E01,甲,,2024",
    ]  # fmt: skip
    report = import_list(office, "former", write(tmp_path, "\n".join(lines)))
    assert [(fault.code, fault.place) for fault in report.faults] == [
        ("E-CONFLICT-EXPERT", "list.csv:2"), ("E-LIST-ORGANISATION", "list.csv:3"), ("E-CREDIT-CODE", "list.csv:4"),
        ("E-LIST-YEAR", "list.csv:5"), ("E-LIST-TWICE", "list.csv:7"),
    ]  # fmt: skip
    assert office.registry.conflict_lists() == ()
    assert office.log_rows()[-1].action == "import.refused"
    affiliates = import_list(office, "affiliates", write(tmp_path, "application,organisation\nA-9,甲\n"))
    assert [fault.code for fault in affiliates.faults] == ["E-CONFLICT-APPLICATION"]
    assert [f.code for f in import_list(office, "shares", write(tmp_path, "id\n")).faults] == ["E-TABLE-EMPTY"]


def test_a_workbook_is_read_like_a_table_and_formulas_are_refused(office: Office, tmp_path: Path) -> None:
    from openpyxl import Workbook

    def workbook(*rows: list[str]) -> Path:
        book, stream = Workbook(), io.BytesIO()
        for row in rows:
            book.worksheets[0].append(row)
        book.save(stream)
        path = tmp_path / "list.xlsx"
        path.write_bytes(stream.getvalue())
        return path

    header = ["专家编号", "单位名称", "说明"]
    assert import_list(office, "shares", workbook(header, ["E01", "甲有限公司"], ["E02", "乙", "基金"])).rows == 2
    kept = office.registry.conflict_lists()
    bad = import_list(office, "shares", workbook(header, ["E01", "=A1"], ["E77", "乙"]))
    assert [(f.code, f.place) for f in bad.faults] == [
        ("E-PACKSHEET-CELL-FORMULA", "list.xlsx:Sheet!B2"), ("E-LIST-ORGANISATION", "list.xlsx:2"),
        ("E-CONFLICT-EXPERT", "list.xlsx:3"),
    ]  # fmt: skip
    assert office.registry.conflict_lists() == kept


@pytest.mark.parametrize("kind", LIST_KINDS)
def test_every_kind_of_list_has_its_columns(office: Office, tmp_path: Path, kind: ListKind) -> None:
    table = write(tmp_path, f"编号,申报编号,单位名称,别名,姓名\nE01,{NAME},甲,乙,丙\n")
    assert import_list(office, kind, table).rows == 1
    (row,) = office.registry.conflict_lists()
    assert (row.kind, row.organisation) == (kind, "甲")


def test_many_conflicts_are_read_at_the_cost_of_their_rows(tmp_path: Path) -> None:
    """The number of statements does not grow with applications, experts or decisions."""
    office = make_office(tmp_path / "many", applications=[replace(tiny_application(1))])
    rows = [Conflict(f"E{n:03d}", f"A-{m:04d}", "C1", "check", "employer:name") for n in range(60) for m in range(50)]
    office.registry.replace_found(rows)
    seen: list[str] = []
    connection: sqlite3.Connection = office.registry._db.conn
    office.conflicts()
    connection.set_trace_callback(seen.append)
    assert len(office.conflicts()) == 3000
    connection.set_trace_callback(None)
    # Conflicts, what was found, visits, and the decisions with their number.
    assert len([statement for statement in seen if statement.startswith("SELECT")]) <= 5
    office.close()


def test_a_list_is_looked_at_without_a_trace(office: Office, tmp_path: Path) -> None:
    good = write(tmp_path, "id,person,organisation\nE03,某人,某单位\n")
    before = office.registry.conflict_lists(), len(office.log_rows())
    assert (preview_list(office, "spouses", good).rows, preview_list(office, "spouses", good).added) == (1, 1)
    bad = write(tmp_path, "id,person,organisation\nE99,某人,某单位\n", "bad.csv")
    report = preview_list(office, "spouses", bad)
    assert [fault.code for fault in report.faults] == ["E-CONFLICT-EXPERT"]
    assert (office.registry.conflict_lists(), len(office.log_rows())) == before
    import_list(office, "spouses", good)
    other = write(tmp_path, "id,person,organisation\nE04,某人,某单位\n", "other.csv")
    look = preview_list(office, "spouses", other)
    assert (look.added, look.removed) == (1, 1)


def test_a_stack_is_signed_whole_or_not_at_all(office: Office) -> None:
    detect(office)
    good = Settled("E02", NAME, "none", "同名，已核实")
    firm = Settled("E01", NAME, "none", "不回避")
    before = len(office.decided.all())
    assert refusal(lambda: decide_all(office, [good, firm])) == "E-CONFLICT-FIRM"
    cancel = CancelToken()

    def stop(done: int, _total: int, _what: str) -> None:
        if done == 1:
            cancel.cancel()

    other = Settled("E03", NAME, "recuse", "本人请求")
    third = Settled("E04", NAME, "recuse", "本人请求")
    with pytest.raises(Cancelled):
        decide_all(office, [good, other, third], stop, cancel)
    assert len(office.decided.all()) == before
    assert states(office)["E02", NAME] == "check"

    made = decide_all(office, [good, other])
    assert [one.number for one in made] == [before + 1, before + 2]
    assert (states(office)["E02", NAME], states(office)["E03", NAME]) == ("none", "recuse")
    assert not office.decided.check()
    assert decide_all(office, []) == ()
