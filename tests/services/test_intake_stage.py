"""阶段材料 into a registry of a later stage: actual values and documents beside frozen promises, or nothing at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ndb_desktop.domain.model import EvidenceRef
from ndb_desktop.formats.applications import actuals_json, application_to_json
from ndb_desktop.services.intake import ImportReport, import_applications
from ndb_desktop.services.intake_tables import choose_column, preview_columns
from ndb_desktop.services.issue import issue_supplements
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.succession_link import frozen_application
from ndb_desktop.texts import text
from tests.support.office import make_office
from tests.support.stage import (
    BASES,
    TARGET_YEAR,
    actuals_of,
    base,
    document_of,
    form_folder,
    form_line,
    stage_clock,
    stage_round,
    start_stage,
)
from tests.support.stages import acceptance_pack
from tests.support.tables import csv_bytes, put, workbook
from tests.support.travel import person, refusal

MEASURES = [one.id for one in acceptance_pack().measured]
HEAD = ("申报编号", "指标", "实际值", "计量单位", "年份", "说明", "佐证文件", "页码")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("begun")
    start_stage(folder / "office").office.close()
    return folder / "office"


@pytest.fixture
def office(begun: Path, tmp_path: Path) -> Iterator[Office]:
    """The registry of an acceptance into which nothing was imported yet."""
    shutil.copytree(begun, tmp_path / "office")
    opened = open_office(tmp_path / "office", person("组织方"), clock=stage_clock())
    yield opened
    assert opened.verify_log().ok
    opened.close()


def told(report: ImportReport) -> list[tuple[str, str]]:
    return [(fault.place, fault.code) for fault in report.faults]


def hints(report: ImportReport) -> list[tuple[str, str]]:
    return [(fault.place, fault.code) for fault in report.warnings]


def nothing_taken(office: Office) -> bool:
    stores = [path.name for path in (office.folder / "attachments").iterdir() if path.suffix == ".db"]
    return not office.registry.application_digests() and not stores


def table_row(name: str, measure: str, value: str, *more: str) -> list[str]:
    unit = next((one.unit for one in acceptance_pack().measured if one.id == measure), "")
    return [name, measure, value, *(more or (unit, str(TARGET_YEAR), "按统计口径", "验收自评报告", "1"))]


def table_rows(name: str, value: str = "118", **others: str) -> list[list[str]]:
    return [table_row(name, one.id, others.get(one.measure, value)) for one in acceptance_pack().measured]


def table_folder(
    folder: Path, rows: Sequence[Sequence[str]], head: Sequence[str] = HEAD, *, bases: Sequence[str] = BASES
) -> Path:
    files = {f"documents/{name}/验收自评报告.txt": document_of(name) for name in bases}
    return put(folder, {"实际值.csv": csv_bytes([head, *rows]), **files})


# ----- what comes in -----


def test_a_form_becomes_rows_beside_the_frozen_promises(office: Office, tmp_path: Path) -> None:
    bases = [base(1), base(2)]
    source = form_folder(tmp_path / "in", [form_line(one, actuals_of(one)) for one in bases])
    report = import_applications(office, source)
    assert report.ok
    assert report.accepted == BASES
    assert hints(report) == []
    for one in bases:
        kept = office.application(one.id)
        assert kept.targets == frozen_application(office, one.id).targets == one.targets
        assert (kept.tasks, kept.applicant, kept.field) == (one.tasks, one.applicant, one.field)
        assert kept.actuals == actuals_of(one)
        assert [(d.name, d.pages) for d in kept.documents] == [("验收自评报告.txt", 1)]
        work = office.stage_work(one.id)
        assert work is not None
        assert set(work.values.values()) == {118}
    again = import_applications(office, source)
    assert again.ok
    assert again.unchanged == BASES


def test_a_table_says_the_same_as_a_form(office: Office, begun: Path, tmp_path: Path) -> None:
    rows = [*table_rows("P001"), *table_rows("P002")]
    report = import_applications(office, table_folder(tmp_path / "in", rows))
    assert told(report) == []
    assert report.accepted == BASES
    shutil.copytree(begun, tmp_path / "other")
    other = open_office(tmp_path / "other", person("组织方"), clock=stage_clock())
    document = office.application("P001").documents[0]
    listed = [{"id": document.id, "name": document.name, "title": document.title}]
    proof = (EvidenceRef(document.id, 1),)
    lines = [
        form_line(one, [replace(actual, evidence=proof) for actual in actuals_of(one)], documents=listed)
        for one in (base(1), base(2))
    ]
    assert import_applications(other, form_folder(tmp_path / "lines", lines)).ok
    assert office.registry.application_digests() == other.registry.application_digests()
    other.close()


def test_a_workbook_by_names_and_credit_codes(office: Office, tmp_path: Path) -> None:
    """Headings and measures as people write them, the unit in the heading, bases by their credit code."""
    pack = acceptance_pack()
    first = next(one for one in pack.measured if one.id == "P1.1.revenue")
    head = ["统一社会信用代码", "二级指标", "指标名称", "2027年实际值（亿元）"]
    rows = [[base(2).credit_code, first.title.zh_CN, first.label.zh_CN, 96.5]]
    files = [["编号", "文件名", "标题"], ["P002", "P002/验收自评报告.txt", "自评报告"]]
    book = workbook({"实际值": [head, *rows], "文件清单": files})
    source = put(tmp_path / "in", {"阶段材料.xlsx": book, "documents/P002/验收自评报告.txt": document_of("P002")})
    report = import_applications(office, source)
    assert told(report) == []
    (actual,) = office.application("P002").actuals
    assert (actual.id, actual.value, actual.unit, actual.year) == ("P1.1.revenue", Decimal("96.5"), "yi_yuan", 2027)
    assert office.application("P002").documents[0].title == "自评报告"


def test_nothing_and_zero_are_told_apart(office: Office, tmp_path: Path) -> None:
    rows = [*table_rows("P001", revenue="0", growth="缺报"), *table_rows("P002")]
    rows = [row for row in rows if row[:2] != ["P001", "P2.1.rd_intensity"]]
    rows[2][2] = ""
    report = import_applications(office, table_folder(tmp_path / "in", rows))
    assert told(report) == []
    work = office.stage_work("P001")
    assert work is not None
    assert work.values["P1.1.revenue"] == 0
    assert work.actual_by_id["P1.1.revenue"].value == 0
    (hint,) = report.warnings
    assert hint.code == "E-STAGE-ACTUAL-MISSING"
    assert hint.params["ids"] == ", ".join(work.missing)
    assert "P1.1.revenue" not in work.missing
    assert all(work.values[name] is None for name in work.missing)
    assert work.missing == ("P1.2.growth", "P1.3.firm_points", "P2.1.rd_intensity")
    assert str(len(work.missing)) in text("E-STAGE-ACTUAL-MISSING", "zh_CN", **hint.params)


def test_a_dry_run_tells_and_takes_nothing(office: Office, tmp_path: Path) -> None:
    source = form_folder(tmp_path / "in", [form_line(base(1), actuals_of(base(1), revenue=None))], documents=("P001",))
    report = import_applications(office, source, dry_run=True)
    assert report.accepted == ("P001",)
    assert hints(report) == [("in", "E-STAGE-ABSENT"), ("actuals.jsonl:1", "E-STAGE-ACTUAL-MISSING")]
    assert report.warnings[0].params["application"] == "P002"
    assert nothing_taken(office)


# ----- what does not -----


def test_every_fault_is_told_with_its_row_and_nothing_is_taken(office: Office, tmp_path: Path) -> None:
    rows = [
        *table_rows("P002"),
        table_row("P001", MEASURES[0], "九十"),
        table_row("P001", MEASURES[1], "118", "yi_yuan", "2027", "", "", ""),
        table_row("P001", "P1.1.turnover", "118", "yi_yuan", "2027", "", "", ""),
        table_row("P009", "P1.1.revenue", "118"),
    ]
    at = len(table_rows("P002")) + 2
    report = import_applications(office, table_folder(tmp_path / "in", rows))
    assert set(told(report)) >= {
        (f"实际值!B{at + 2}", "E-STAGE-ACTUAL-UNKNOWN"),
        (f"实际值!A{at + 3}", "E-SUCCESSION-STRANGER"),
    }
    assert nothing_taken(office)
    fewer = [row for row in rows if row[0] != "P009" and "turnover" not in row[1]]
    report = import_applications(office, table_folder(tmp_path / "again", fewer))
    assert told(report) == [(f"实际值!C{at}", "E-NUMBER")]
    fewer[-2][2] = "90"
    report = import_applications(office, table_folder(tmp_path / "third", fewer))
    assert told(report) == [(f"实际值!D{at + 1}", "E-STAGE-ACTUAL-UNIT")]
    assert nothing_taken(office)


def test_year_twice_and_pages_are_checked(office: Office, tmp_path: Path) -> None:
    rows = table_rows("P001")
    rows[0][4] = "2026"
    rows[1][7] = "9"
    report = import_applications(office, table_folder(tmp_path / "in", [*rows, rows[2]], bases=("P001",)))
    assert told(report) == [(f"实际值!C{len(rows) + 2}", "E-APP-TWICE")]
    rows[1][7] = "1"
    report = import_applications(office, table_folder(tmp_path / "again", rows, bases=("P001",)))
    assert told(report) == [("实际值!E2", "E-STAGE-ACTUAL-YEAR")]
    rows[1][7] = "9"
    rows[0][4] = "2027"
    report = import_applications(office, table_folder(tmp_path / "next", rows, bases=("P001",)))
    assert told(report) == [("实际值!G3", "E-IMPORT-PAGE")]
    assert nothing_taken(office)


def test_unit_and_year_are_never_guessed(office: Office, tmp_path: Path) -> None:
    rows = table_rows("P001")
    rows[0][3] = ""
    rows[1][4] = ""
    report = import_applications(office, table_folder(tmp_path / "in", rows))
    assert ("实际值:2", "E-STAGE-ACTUAL-BLANK") in told(report)
    assert ("实际值:3", "E-STAGE-ACTUAL-BLANK") in told(report)


@pytest.mark.parametrize("heading", ["目标值", "2027年目标值（亿元）", "基期值", "重点任务", "target", "权重"])
def test_no_column_says_a_promise_anew(office: Office, tmp_path: Path, heading: str) -> None:
    rows = [[*row, "1"] for row in table_rows("P001")]
    source = table_folder(tmp_path / "in", rows, (*HEAD, heading))
    report = import_applications(office, source, skip_bad=True)
    assert told(report)[0] == ("实际值!I1", "E-STAGE-PROMISED")
    assert nothing_taken(office), "not even when the bad ones may be left out"
    preview = preview_columns(office, source)
    assert preview is not None
    choose_column(office, preview.sheets[0], 8, "")
    assert ("实际值!I1", "E-STAGE-PROMISED") in told(import_applications(office, source)), "nor by leaving it out"


@pytest.mark.parametrize("name", ["targets", "tasks", "base", "data"])
def test_no_member_says_a_promise_anew(office: Office, tmp_path: Path, name: str) -> None:
    line = form_line(base(1), actuals_of(base(1)), **{name: []})
    report = import_applications(office, form_folder(tmp_path / "in", [line], documents=("P001",)))
    assert ("actuals.jsonl:1", "E-STAGE-PROMISED") in told(report)
    declared = [{**entry, "target": "10"} for entry in actuals_json(actuals_of(base(1)))]
    line = form_line(base(1), (), actuals=declared)
    report = import_applications(office, form_folder(tmp_path / "in", [line], documents=("P001",)))
    assert told(report)[0][1] == "E-STAGE-PROMISED"
    assert nothing_taken(office)


def test_only_bases_that_were_taken_over(office: Office, tmp_path: Path) -> None:
    stranger = form_line(base(3), actuals_of(base(3)))
    other = form_line(base(1), actuals_of(base(1)), credit_code=base(2).credit_code)
    nobody = {**form_line(base(2), actuals_of(base(2))), "application": None, "credit_code": "110000000000000000"}
    source = form_folder(tmp_path / "in", [stranger, other, nobody], documents=("P001", "P003"))
    report = import_applications(office, source)
    assert [code for _, code in told(report)].count("E-SUCCESSION-STRANGER") == 3
    by_code = {**form_line(base(2), actuals_of(base(2))), "application": None, "credit_code": base(2).credit_code}
    report = import_applications(office, form_folder(tmp_path / "next", [by_code], documents=("P002",)))
    assert report.accepted == ("P002",)


def test_an_application_is_not_imported_twice(office: Office, tmp_path: Path) -> None:
    """What belongs to the selection is named for what it is, both ways."""
    whole = application_to_json(base(1))
    source = put(tmp_path / "in", {"applications.jsonl": whole + b"\n"})
    assert refusal(lambda: import_applications(office, source)) == "E-STAGE-FORM"
    selection = make_office(tmp_path / "selection", applications=0, experts=0, assigned=False)
    early = replace(base(1), actuals=actuals_of(base(1)))
    lines = put(tmp_path / "early", {"applications.jsonl": application_to_json(early) + b"\n"})
    assert ("applications.jsonl:1", "E-IMPORT-ACTUALS") in told(import_applications(selection, lines))
    selection.close()


def test_without_a_pack_of_the_stage_nothing_comes_in(office: Office, tmp_path: Path) -> None:
    office.registry.set_meta("stage.pack.park", "")
    source = form_folder(tmp_path / "in", [form_line(base(1), actuals_of(base(1)))], documents=("P001",))
    assert ("actuals.jsonl:1", "E-STAGE-PACK-NONE") in told(import_applications(office, source))
    assert nothing_taken(office)


# ----- after bundles were issued -----


def test_a_corrected_value_reaches_experts_by_a_supplement(tmp_path: Path) -> None:
    made = stage_round(tmp_path)
    line = form_line(base(1), actuals_of(base(1), revenue="119"))
    source = form_folder(tmp_path / "in", [line], documents=("P001",))
    with made.office() as office:
        assert "E-IMPORT-ISSUED" in {code for _, code in told(import_applications(office, source))}
        report = import_applications(office, source, update=True)
        assert report.replaced == ("P001",)
        assert report.issued == ("P001",)
        assert [field.path for field in report.entries[0].fields if "actuals" in field.path]
        known = office.stage_work("P001")
        issued = issue_supplements(office, made.folder / "out").issued
        assert [bundle.expert for bundle in issued] == ["E01", "E02", "E03"]
        fresh = replace(made, issued={bundle.expert: bundle for bundle in issued})
    assert known is not None
    session = fresh.session("E01", tmp_path / "profile")
    try:
        work = session.applications[0].stage
        assert work is not None
        assert work.digest == known.digest
        assert work.actual_by_id["P1.1.revenue"].value == 119
    finally:
        session.close()
