"""Results: exact, digested, logged when looked at; and nothing of a score leaves the house (R06)."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.crypto.sealing import unseal
from ndb_desktop.domain.batch import Conflict
from ndb_desktop.domain.panel import PanelResult
from ndb_desktop.domain.selection import select
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.results import (
    BatchResult,
    compute,
    export_results,
    internal_results,
    public_bytes,
    public_results,
    record_veto,
    result_record,
)
from ndb_desktop.services.results_export import csv_bytes, neutral_cell
from ndb_desktop.storage.registry_rows import Veto
from tests.support.office import make_office, make_score_file, reopen
from tests.support.scored import MARKS, marked, scored_office
from tests.support.travel import person, refusal


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    office = scored_office(tmp_path_factory.mktemp("results"))
    yield office
    office.close()


@pytest.fixture
def office(made: Office) -> Office:
    return made


def public_files(office: Office, result: BatchResult) -> dict[str, bytes]:
    """Every public file there is."""
    public = public_results(office, result)
    return {
        f"{fmt}-{language}": public_bytes(public, fmt, language)  # type: ignore[arg-type]
        for fmt, language in itertools.product(("json", "csv"), ("zh_CN", "en"))
    }


def with_scores(office: Office, result: BatchResult, scores: Mapping[str, PanelResult]) -> BatchResult:
    """The batch with the results of applications exchanged, selected anew."""
    results = {
        name: replace(scores[name], application=name, field=result.applications[name].field) for name in result.results
    }
    selection = select(
        result.applications.values(), results, office.batch.quotas,
        {category: pack.settings for category, pack in office.packs.items()},
    )  # fmt: skip
    return replace(result, results=results, selection=selection)


def test_states_follow_threshold_and_quota(office: Office) -> None:
    result = compute(office)
    states = result.selection.states
    assert {name for name, state in states.items() if state == "selected"} == {"A-001", "A-002", "A-006"}
    assert states["A-003"] == "not_selected"
    assert states["A-004"] == "below"
    assert result.results["A-001"].n_valid == 5


def test_the_order_is_neutral_whatever_the_scores(office: Office) -> None:
    rows = public_results(office).rows
    keys = [(row.field, row.region, row.credit_code) for row in rows]
    assert keys == sorted(keys)
    assert {row.applicant for row in rows} == {"示例园区1", "示例园区2", "示例园区6"}


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_permuting_scores_inside_selected_and_rest_leaves_every_public_byte(made: Office, seed: int) -> None:
    chance = random.Random(seed)
    result = compute(made)
    before = public_files(made, result)
    # Quotas per field off: an exchange across fields must keep the same set selected.
    groups: dict[bool, list[str]] = {True: [], False: []}
    for name, state in result.selection.states.items():
        groups[state == "selected"].append(name)
    scores: dict[str, PanelResult] = {}
    for names in groups.values():
        shuffled = chance.sample(names, len(names))
        scores.update({name: result.results[other] for name, other in zip(names, shuffled, strict=True)})
    changed = replace(result, results={name: scores[name] for name in chance.sample(list(scores), len(scores))})
    states = dict(result.selection.states)
    rest = list(groups[False])
    kept = [states[name] for name in rest]
    chance.shuffle(kept)
    states.update(dict(zip(rest, kept, strict=True)))
    changed = replace(changed, selection=replace(result.selection, states=states))
    assert public_files(made, changed) == before


def test_selecting_anew_with_exchanged_scores_gives_the_same_files(office: Office) -> None:
    result = compute(office)
    before = public_files(office, result)
    chosen = [name for name, state in result.selection.states.items() if state == "selected"]
    count = 0
    for order in itertools.permutations(chosen):
        scores = {**result.results, **{name: result.results[other] for name, other in zip(chosen, order, strict=True)}}
        changed = with_scores(office, result, scores)
        if {n for n, s in changed.selection.states.items() if s == "selected"} == set(chosen):
            count += 1
            assert public_files(office, changed) == before
    assert count > 1


def test_no_score_stands_in_any_public_file(office: Office) -> None:
    result = compute(office)
    numbers = {f"{row.published:f}" for row in result.results.values() if row.published is not None}
    numbers |= {str(mark) for mark in MARKS.values() if mark > 60}
    for name, data in public_files(office, result).items():
        text = data.decode("utf-8-sig")
        # Codes of places and people hold digits too; a score would stand alone.
        assert not [number for number in numbers if re.search(rf"(?<![\w.]){re.escape(number)}(?![\w.])", text)], name
        assert "排名不分先后" in text or "implies no ranking" in text


def test_exports_are_written_and_logged(office: Office, tmp_path: Path) -> None:
    path = export_results(office, tmp_path, "csv")
    assert path.name == "TEST_T-2026_public.csv"
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    assert len(rows[-1]) == 6
    assert office.log_rows(newest=1)[0].action == "export.public"
    again = export_results(office, tmp_path / "again.csv", "csv")
    assert again.read_bytes() == path.read_bytes()
    data = json.loads(export_results(office, tmp_path, "json").read_text(encoding="utf-8"))
    assert data["trial"] is True
    assert data["proposal"] is True
    assert [entry["count"] for entry in data["lists"]] == [3, 0]


@pytest.mark.parametrize("fmt", ["json", "csv"])
def test_the_internal_file_is_sealed_to_coordinator_and_recovery(office: Office, tmp_path: Path, fmt: str) -> None:
    path = export_results(office, tmp_path, fmt, internal=True)  # type: ignore[arg-type]
    assert path.name.endswith(f".{fmt}.age")
    data = path.read_bytes()
    assert "示例园区".encode() not in data
    for who in ("组织方", "恢复"):
        plain = unseal(data, person(who), max_size=10**7)
        assert "示例园区1".encode() in plain
    assert refusal(lambda: unseal(data, person("外人"), max_size=10**7)) == "E-AGE-KEY"
    assert office.log_rows(newest=1)[0].action == "export.internal"


def test_each_look_at_scores_is_on_record(office: Office) -> None:
    internal_results(office)
    assert office.decided.of("unblind"), "that the scores were opened is a decision, once"
    before = len(office.log_rows())
    result = internal_results(office)
    assert result.digest == compute(office).digest
    assert [row.action for row in office.log_rows()[before:]] == ["results.viewed"]


def test_the_result_digest_is_that_of_the_documented_json(office: Office) -> None:
    result = compute(office)
    content = {
        "batch": office.batch.id,
        "packs": {category: pack.digest for category, pack in office.packs.items()},
        "results": {name: result_record(row) for name, row in result.results.items()},
        "states": dict(result.selection.states),
        "reasons": dict(result.selection.reasons),
    }
    assert result.digest == hashlib.sha256(canonical(content)).hexdigest()


def test_a_veto_is_a_decision_beside_the_score(tmp_path: Path) -> None:
    office = make_office(tmp_path / "office")
    for number in range(1, 6):
        sheets = [marked("A-001", 92), marked("A-002", 90)]
        make_score_file(office, tmp_path / f"in/{number}.ndbscore", f"E0{number}", sheets)
    merge_files(office, [tmp_path / "in"])
    before = compute(office)
    assert before.selection.states["A-001"] == "selected"
    incomplete: Sequence[Veto] = (
        Veto("A-001", "V9", "present", "x", "y", ""),
        Veto("A-001", "V1", "present", " ", "y", ""),
        Veto("A-001", "V1", "present", "x", "", ""),
        Veto("A-001", "V1", "maybe", "x", "y", ""),  # type: ignore[arg-type]
    )
    for veto in incomplete:
        assert refusal(lambda veto=veto: record_veto(office, veto)) == "E-OFFICE-VETO"  # type: ignore[misc]
    assert refusal(lambda: record_veto(office, Veto("A-9", "V1", "present", "x", "y", ""))) == "E-OFFICE-APPLICATION"
    record_veto(office, Veto("A-001", "V1", "present", "事故调查报告", "应急部门通报", ""))
    after = compute(office)
    assert after.selection.states["A-001"] == "invalid"
    assert after.selection.reasons["A-001"] == "veto"
    assert after.results["A-001"].published == before.results["A-001"].published
    record_veto(office, Veto("A-001", "V1", "check", "事故调查报告", "待核实", ""))
    assert compute(office).selection.reasons["A-001"] == "check"
    record_veto(office, Veto("A-001", "V1", "cleared", "事故调查报告", "不属实", ""))
    assert compute(office).digest == before.digest
    assert compute(reopen(office)).vetoes[0].status == "cleared"


def test_a_conflict_found_later_voids_the_sheet(tmp_path: Path) -> None:
    office = make_office(tmp_path / "office", experts=6)
    for number in range(1, 7):
        make_score_file(office, tmp_path / f"in/{number}.ndbscore", f"E0{number}", [marked("A-001", 80 + number)])
    merge_files(office, [tmp_path / "in"])
    office.add_conflicts([Conflict("E06", "A-001", "C1", "recuse", "举报")])
    result = compute(office)
    assert result.late_conflicts == (("A-001", "E06"),)
    assert result.results["A-001"].experts["E06"] == "void"
    assert result.results["A-001"].items["T1.2.basis"].value == 83
    office.close()


def test_sheets_of_people_no_longer_assigned_do_not_count(tmp_path: Path) -> None:
    office = make_office(tmp_path / "office")
    make_score_file(office, tmp_path / "1.ndbscore", "E01", [marked("A-001", 85)])
    merge_files(office, [tmp_path / "1.ndbscore"])
    office.replace_assignments([pair for pair in office.assignments() if pair.expert != "E01"])
    assert "E01" not in compute(office).results["A-001"].experts
    office.close()


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "＝1"])
def test_cells_cannot_become_formulas(cell: str) -> None:
    assert neutral_cell(cell) == f"'{cell}"
    assert neutral_cell("示例") == "示例"
    assert csv_bytes([[cell, 'a"b']]).startswith(b"\xef\xbb\xbf")
