"""Blank forms of 阶段材料: unfilled every value is missing, filled in they are taken, nothing is promised."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from ndb_desktop.documents.office import find_soffice
from ndb_desktop.services.intake import import_applications
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.stage_blank import BlankFormat, blank_forms
from ndb_desktop.services.stage_work import stage_work
from ndb_desktop.services.tasks import Cancelled, CancelToken
from tests.support.office import make_office
from tests.support.stage import BASES, TARGET_YEAR, accepted_of, base, document_of, stage_clock, start_stage
from tests.support.stages import acceptance_pack
from tests.support.travel import person, refusal

MEASURES = [one.id for one in acceptance_pack().measured]
TITLES = {"zh_CN": "实际值", "en": "Actual values"}
HOSTILE = '=HYPERLINK("https://example.org","示例")'


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("begun")
    start_stage(folder / "office", [base(1), replace(base(2), applicant=HOSTILE)]).office.close()
    return folder / "office"


@pytest.fixture
def office(begun: Path, tmp_path: Path) -> Iterator[Office]:
    """The registry of an acceptance into which nothing was imported yet."""
    shutil.copytree(begun, tmp_path / "office")
    opened = open_office(tmp_path / "office", person("组织方"), clock=stage_clock())
    yield opened
    opened.close()


def rows_of(folder: Path, language: str) -> list[list[str]]:
    """The cells of the form."""
    path = folder / f"{TITLES[language]}.xlsx"
    if path.exists():
        found = load_workbook(path)[TITLES[language]].iter_rows(values_only=True)
        return [[str(cell or "") for cell in row] for row in found]
    return list(csv.reader(io.StringIO((folder / f"{TITLES[language]}.csv").read_text("utf-8-sig"))))


def in_workbook(folder: Path, value: str, language: str) -> None:
    path = folder / f"{TITLES[language]}.xlsx"
    book = load_workbook(path)
    sheet = book[TITLES[language]]
    column = [cell.value for cell in sheet[1]].index("实际值" if language == "zh_CN" else "Actual value") + 1
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, column).value = value
    book.save(path)


def in_csv(folder: Path, value: str, language: str) -> None:
    rows = rows_of(folder, language)
    column = rows[0].index("实际值" if language == "zh_CN" else "Actual value")
    for row in rows[1:]:
        row[column] = value
    with (folder / f"{TITLES[language]}.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(rows)


FILL: dict[BlankFormat, Callable[[Path, str, str], None]] = {"xlsx": in_workbook, "csv": in_csv}


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("fmt", ["xlsx", "csv"])
def test_it_imports_as_it_is_and_filled_in(office: Office, tmp_path: Path, fmt: BlankFormat, language: str) -> None:
    made = blank_forms(office, tmp_path / "out", fmt, language=language)
    assert [(one.application, one.rows) for one in made] == [(name, len(MEASURES)) for name in BASES]
    first = made[0].folder
    assert (first / "documents" / "P001").is_dir()

    dry = import_applications(office, first, dry_run=True)
    assert not dry.faults
    assert {(hint.code, hint.params.get("count", "")) for hint in dry.warnings} == {
        ("E-STAGE-ACTUAL-MISSING", str(len(MEASURES))), ("E-STAGE-ABSENT", ""), ("E-TABLE-NO-DOCUMENTS", ""),
    }  # fmt: skip
    assert [hint.params["application"] for hint in dry.warnings if hint.code == "E-STAGE-ABSENT"] == ["P002"]

    FILL[fmt](first, "118.5", language)
    (first / "documents" / "P001" / "验收自评报告.txt").write_bytes(document_of("P001"))
    done = import_applications(office, first)
    assert not done.faults
    assert [hint.code for hint in done.warnings] == ["E-STAGE-ABSENT"]
    work = stage_work(office, "P001")
    assert work is not None
    assert work.missing == ()
    assert {one.value for one in work.actuals} == {Decimal("118.5")}
    assert [(one.id, one.unit) for one in work.actuals] == [(one.id, one.unit) for one in acceptance_pack().measured]


def test_nothing_of_what_was_promised_is_in_it_and_no_cell_is_a_formula_or_a_link(
    office: Office, tmp_path: Path
) -> None:
    (made,) = blank_forms(office, tmp_path / "out", bases=["P002"])
    rows = rows_of(made.folder, "zh_CN")
    assert rows[0] == [
        "基地编号", "基地名称", "统一社会信用代码", "考核指标", "考核内容", "实际值", "计量单位", "年份",
        "情况说明", "佐证文件", "页码",
    ]  # fmt: skip
    assert {row[5] for row in rows[1:]} == {""}
    assert {row[7] for row in rows[1:]} == {str(TARGET_YEAR)}
    assert [row[3] for row in rows[1:]] == MEASURES
    assert "120" not in {cell for row in rows[1:] for cell in row}, "no target"
    assert {row[1] for row in rows[1:]} == {HOSTILE}, "as text, word for word"
    for sheet in load_workbook(made.folder / "实际值.xlsx"):
        for line in sheet.iter_rows():
            for cell in line:
                assert cell.data_type != "f"
                assert cell.hyperlink is None
                assert cell.number_format == "@"
    assert "HYPERLINK" in made.folder.name, "the name of a folder is no way out"
    assert made.folder.parent == tmp_path / "out"
    (table,) = blank_forms(office, tmp_path / "csv", "csv", bases=["P002"])
    assert {row[1] for row in rows_of(table.folder, "zh_CN")[1:]} == {f"'{HOSTILE}"}


def test_the_effect_evaluation_asks_for_the_last_whole_year(tmp_path: Path) -> None:
    from ndb_desktop.formats.applications import application_to_json
    from ndb_desktop.services.stage_work import stage_application

    before = {base(1).id: application_to_json(stage_application(base(1), (), accepted_of(base(1))))}
    office = start_stage(tmp_path / "office", [base(1)], "effect", accepted=before).office
    (made,) = blank_forms(office, tmp_path / "out")
    assert {row[7] for row in rows_of(made.folder, "zh_CN")[1:]} == {str(office.batch.year - 1)}
    dry = import_applications(office, made.folder, dry_run=True)
    assert not dry.faults
    assert {hint.code for hint in dry.warnings} == {"E-STAGE-ACTUAL-MISSING", "E-TABLE-NO-DOCUMENTS"}
    office.close()


def test_what_lies_there_is_never_written_over(office: Office, tmp_path: Path) -> None:
    (made,) = blank_forms(office, tmp_path / "out", bases=["P001"])
    before = (made.folder / "实际值.xlsx").read_bytes()
    assert refusal(lambda: blank_forms(office, tmp_path / "out")) == "E-STORE-EXISTS"
    assert [path.name for path in (tmp_path / "out").iterdir()] == [made.folder.name], "nor is half of them written"
    assert (made.folder / "实际值.xlsx").read_bytes() == before
    (again,) = blank_forms(office, tmp_path / "again", bases=["P001"])
    assert (again.folder / "实际值.xlsx").read_bytes() == before, "the same bytes each time"


def test_a_selection_and_a_stranger_have_no_form(office: Office, tmp_path: Path) -> None:
    assert refusal(lambda: blank_forms(office, tmp_path / "out", bases=["P009"])) == "E-OFFICE-APPLICATION"
    selection = make_office(tmp_path / "selection")
    assert refusal(lambda: blank_forms(selection, tmp_path / "out")) == "E-STAGE-BLANK"
    selection.close()
    assert not (tmp_path / "out").exists()


def test_cancelled_between_two_bases_it_leaves_whole_forms(office: Office, tmp_path: Path) -> None:
    cancel = CancelToken()

    def second(done: int, _total: int, _what: str) -> None:
        if done == 0:
            cancel.cancel()

    with pytest.raises(Cancelled):
        blank_forms(office, tmp_path / "out", progress=second, cancel=cancel)
    (left,) = (tmp_path / "out").iterdir()
    assert len(rows_of(left, "zh_CN")) == len(MEASURES) + 1


@pytest.mark.skipif(find_soffice() is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_it_without_a_word_and_what_it_saves_imports(office: Office, tmp_path: Path) -> None:
    (made,) = blank_forms(office, tmp_path / "out", bases=["P001"])
    in_workbook(made.folder, "118", "zh_CN")
    saved = tmp_path / "saved"
    shutil.copytree(made.folder, saved)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    run = subprocess.run(
        [str(find_soffice()), profile, "--headless", "--convert-to", "xlsx", "--outdir", str(saved),
         str(made.folder / "实际值.xlsx")],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    said = (run.stdout + run.stderr).lower().replace("javaldx", "")
    assert "error" not in said
    assert "warn" not in said.replace("warning: failed to launch", "")
    report = import_applications(office, saved, dry_run=True)
    assert not report.faults
    assert {hint.code for hint in report.warnings} == {"E-STAGE-ABSENT", "E-TABLE-NO-DOCUMENTS"}
