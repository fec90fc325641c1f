"""Tables of applications come in: columns by heading, every fault at its cell, nothing by halves, what changed told."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ndb_desktop.services.intake import ImportReport, import_applications
from ndb_desktop.services.intake_tables import TablePreview, choose_column, preview_columns
from ndb_desktop.services.office import Office
from ndb_desktop.services.tasks import Cancelled, CancelToken
from tests.support.documents import text_page
from tests.support.office import issue, make_office, reopen
from tests.support.tables import CODES, HEAD, csv_bytes, handed_over, put, row, workbook
from tests.support.travel import refusal


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = make_office(tmp_path / "office", applications=0, experts=0, assigned=False)
    yield office
    assert office.verify_log().ok
    office.close()


def told(report: ImportReport) -> list[tuple[str, str]]:
    return [(fault.place, fault.code) for fault in report.faults]


def hints(report: ImportReport) -> list[tuple[str, str]]:
    return [(fault.place, fault.code) for fault in report.warnings]


def preview(office: Office, source: Path) -> TablePreview:
    found = preview_columns(office, source)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-bom"), ("gbk", "gb18030"), ("gb18030", "gb18030"), ("utf-16", "utf-16")],
)
def test_every_usual_encoding_is_read_and_said(office: Office, tmp_path: Path, encoding: str, said: str) -> None:
    source = handed_over(tmp_path / "in", encoding=encoding)
    assert preview(office, source).encodings == (("申报材料.csv", said),)
    report = import_applications(office, source)
    assert report.ok
    assert not report.warnings
    assert report.accepted == ("A-001", "A-002")
    taken = office.application("A-001")
    assert (taken.applicant, taken.category, taken.field, str(taken.data["rd"].values["2025"])) == (
        "示例园区1", "park", "ai", "2.37",
    )  # fmt: skip
    assert taken.data["rd"].unit == "percent"
    assert [d.name for d in taken.documents] == ["申报书.pdf"]


def test_a_workbook_a_zip_and_a_table_alone_give_the_same(office: Office, tmp_path: Path) -> None:
    folder = handed_over(tmp_path / "in")
    assert import_applications(office, folder).accepted == ("A-001", "A-002")
    book = put(tmp_path / "book", {"交来的表.xlsx": workbook({"Sheet1": [("汇总表",), (), HEAD, row(1), row(2)]})})
    (book / "documents").symlink_to(folder / "documents")
    alone = import_applications(office, book / "交来的表.xlsx", documents=folder / "documents")
    assert (alone.unchanged, alone.faults) == (("A-001", "A-002"), ())
    assert import_applications(office, folder / "申报材料.csv").unchanged == ("A-001", "A-002")
    packed = tmp_path / "in.zip"
    with zipfile.ZipFile(packed, "w") as box:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                box.write(path, path.relative_to(folder).as_posix())
    assert import_applications(office, packed).unchanged == ("A-001", "A-002")
    assert refusal(lambda: import_applications(office, folder / "申报材料.csv", documents=tmp_path / "none")) == (
        "E-HAND-NO-DOCUMENTS"
    )


def test_full_width_and_spelling_are_read_and_told_and_names_stay(office: Office, tmp_path: Path) -> None:
    wide = row(
        1, 申报编号="Ａ－００１", 统一社会信用代码="９１３５０１００ｍ０００１００Ｙ４３", 年度="２０２５年度",
        申报单位="示例园区Ａ（北）",
    )  # fmt: skip
    wide[-1] = "２．３７"
    report = import_applications(office, handed_over(tmp_path / "in", [HEAD, wide, row(2)]))
    assert report.ok
    taken = office.application("A-001")
    assert (taken.credit_code, taken.year, str(taken.data["rd"].values["2025"])) == (CODES[1], 2025, "2.37")
    assert taken.applicant == "示例园区Ａ（北）"
    assert hints(report) == [
        ("申报材料!A1", "E-TABLE-WIDTH"),
        ("申报材料!E1", "E-TABLE-WIDTH"),
        ("申报材料!H1", "E-TABLE-WIDTH"),
        ("申报材料!I1", "E-TABLE-WIDTH"),
        ("申报材料!D2", "E-IMPORT-NAME-WIDTH"),
    ]


BAD_CELLS: list[tuple[Mapping[str, str], str, str]] = [
    ({"申报编号": ""}, "A3", "E-TABLE-BLANK"),
    ({"申报单位": ""}, "D3", "E-TABLE-BLANK"),
    ({"类别": "村庄"}, "B3", "E-TABLE-WORD"),
    ({"重点领域": "航天"}, "C3", "E-TABLE-WORD"),
    ({"年度": "去年"}, "H3", "E-TABLE-WORD"),
    ({"申报编号": "../A"}, "A3", "E-RECORD-VALUE"),
    ({"区划代码": "11"}, "F3", "E-RECORD-VALUE"),
    ({"统一社会信用代码": "12345"}, "E3", "E-CREDIT-CODE"),
    ({"统一社会信用代码": "9.14403E+17"}, "E3", "E-TABLE-DIGITS"),
    ({"研发强度（%）2025": "约 2"}, "I3", "E-NUMBER"),
    ({"研发强度（%）2025": "=1+1"}, "I3", "E-TABLE-FORMULA"),
    ({"申报单位": '=HYPERLINK("http://x")'}, "D3", "E-TABLE-FORMULA"),
    ({"申报单位": "@SUM(A1)"}, "D3", "E-TABLE-FORMULA"),
    ({"申报单位": "长" * 20_001}, "D3", "E-TABLE-LONG"),
]


@pytest.mark.parametrize(("changes", "cell", "code"), BAD_CELLS)
def test_a_bad_cell_is_named_and_nothing_is_taken(
    office: Office, tmp_path: Path, changes: Mapping[str, str], cell: str, code: str
) -> None:
    source = handed_over(tmp_path / "in", [HEAD, row(1), row(2, **changes)])
    report = import_applications(office, source)
    assert (f"申报材料!{cell}", code) in told(report)
    assert report.accepted == ()
    assert office.applications() == ()
    assert list((office.folder / "attachments").iterdir()) == []
    partly = import_applications(office, source, skip_bad=True)
    assert partly.accepted == ("A-001",)


def test_all_faults_are_listed_at_once(office: Office, tmp_path: Path) -> None:
    rows = [HEAD, row(1, 类别="村庄", 年度="x"), row(2, 申报单位=""), row(1)]
    report = import_applications(office, handed_over(tmp_path / "in", rows), dry_run=True)
    assert told(report) == [
        ("申报材料!B2", "E-TABLE-WORD"),
        ("申报材料!H2", "E-TABLE-WORD"),
        ("申报材料!D3", "E-TABLE-BLANK"),
        ("申报材料:4", "E-IMPORT-TWICE"),
    ]
    assert [entry.state for entry in report.entries] == ["bad", "bad", "bad"]


def test_an_apostrophe_keeps_a_text_a_text_and_nothing_runs(office: Office, tmp_path: Path) -> None:
    report = import_applications(office, handed_over(tmp_path / "in", [HEAD, row(1, 申报单位="'=1+1"), row(2)]))
    assert report.ok
    assert office.application("A-001").applicant == "=1+1"


def test_a_formula_gives_its_saved_value_and_links_their_words(office: Office, tmp_path: Path) -> None:
    rows: list[list[object]] = [list(HEAD), list(row(1)), list(row(2))]
    rows[1][-1] = "=1.5+0.87"
    book = workbook({"申报材料": rows}, {"D3": "http://example.invalid/"})
    folder = handed_over(tmp_path / "in", more={"申报材料.xlsx": book})
    (folder / "申报材料.csv").unlink()
    assert told(import_applications(office, folder)) == [("申报材料!I2", "E-TABLE-FORMULA")]
    (folder / "申报材料.xlsx").write_bytes(with_saved(book, "1.5+0.87", "2.37"))
    report = import_applications(office, folder)
    assert report.ok
    assert hints(report) == [("申报材料!I2", "E-TABLE-FORMULA-VALUE"), ("申报材料!D3", "E-TABLE-LINK")]
    assert str(office.application("A-001").data["rd"].values["2025"]) == "2.37"
    assert office.application("A-002").applicant == "示例园区2"


def with_saved(book: bytes, formula: str, value: str) -> bytes:
    """The workbook as a spreadsheet program leaves it: the result beside the formula."""
    import io

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                old = f"<f>{formula}</f><v />".encode()
                assert old in part
                part = part.replace(old, f"<f>{formula}</f><v>{value}</v>".encode())
            target.writestr(name, part)
    return out.getvalue()


def test_codes_a_spreadsheet_rounded_and_percentages_are_refused(office: Office, tmp_path: Path) -> None:
    rows: list[list[object]] = [list(HEAD), list(row(1)), list(row(2))]
    rows[1][4] = 914403001922038216
    folder = handed_over(tmp_path / "in", more={"申报材料.xlsx": workbook({"申报材料": rows})})
    (folder / "申报材料.csv").unlink()
    assert ("申报材料!E2", "E-TABLE-DIGITS") in told(import_applications(office, folder))


def test_codes_twice_and_names_in_two_spellings_are_hints_with_both_places(office: Office, tmp_path: Path) -> None:
    rows = [
        HEAD,
        row(1, 申报单位="示例园区有限公司"),
        row(2, 申报单位="示例 园区（有限公司）"),
        row(3, 申报单位="另一园区", 统一社会信用代码=CODES[0]),
    ]
    report = import_applications(
        office, handed_over(tmp_path / "in", rows, more={"documents/A-003/a.pdf": text_page("c")})
    )
    assert report.ok
    found = {fault.code: (fault.place, fault.params["first"]) for fault in report.warnings}
    assert found == {
        "E-IMPORT-NAME-ALIKE": ("申报材料!D3", "申报材料:2"),
        "E-IMPORT-CREDIT-NAMES": ("申报材料!E4", "申报材料:3"),
    }
    again = import_applications(office, handed_over(tmp_path / "two", [HEAD, row(1), row(2)], more={}), dry_run=True)
    twice = [HEAD, row(5, 申报单位="示例园区有限公司"), row(7, 申报单位="示例园区有限公司")]
    files = {"documents/A-005/a.pdf": text_page("c"), "documents/A-007/a.pdf": text_page("d")}
    source = put(tmp_path / "three", {"申报材料.csv": csv_bytes(twice), **files})
    codes = [fault.code for fault in import_applications(office, source, dry_run=True).warnings]
    assert codes == ["E-IMPORT-CREDIT-TWICE", "E-IMPORT-CREDIT-TWICE"]
    assert again.gone == ("A-003",)


def test_documents_go_by_folders_of_any_usual_name(office: Office, tmp_path: Path) -> None:
    files = {
        "申报材料.csv": csv_bytes([HEAD, row(1), row(2), row(3, 统一社会信用代码="91440101MA59ABCD0X")]),
        f"documents/{CODES[1]}/申报书.pdf": text_page("one"),
        "documents/示例园区2/申报书.pdf": text_page("two"),
        "documents/A-003_补充材料/附件/照片说明.txt": "说明".encode(),
    }
    report = import_applications(office, put(tmp_path / "in", files))
    assert told(report) == []
    lines = [(line.application, line.name, line.state, line.pages, len(line.sha256)) for line in report.documents]
    assert lines == [
        ("A-001", "申报书.pdf", "matched", 1, 64),
        ("A-002", "申报书.pdf", "matched", 1, 64),
        ("A-003", "附件_照片说明.txt", "matched", 1, 64),
    ]


def test_missing_extra_and_unreadable_documents_are_found_now(office: Office, tmp_path: Path) -> None:
    listed = [
        ("申报编号", "文件", "标题"),
        ("A-001", "申报书.pdf", "申报书正本"),
        ("A-001", "散放.pdf", "散放的文件"),
        ("A-002", "申报书.pdf", ""),
        ("A-002", "没有.pdf", ""),
        ("A-009", "谁的.pdf", ""),
    ]
    more = {
        "文件清单.csv": csv_bytes(listed),
        "documents/散放.pdf": text_page("loose"),
        "documents/多余.pdf": text_page("extra"),
        "documents/A-002/申报书.pdf": b"%PDF-1.7\nbroken",
        "documents/A-002/未列.pdf": text_page("unlisted"),
        "documents/Z-1/x.pdf": text_page("nobody"),
    }
    report = import_applications(office, handed_over(tmp_path / "in", more=more), dry_run=True)
    assert {(line.application, line.name, line.state) for line in report.documents} == {
        ("A-001", "申报书.pdf", "matched"),
        ("A-001", "散放.pdf", "matched"),
        ("A-002", "申报书.pdf", "unreadable"),
        ("A-002", "没有.pdf", "missing"),
        ("A-002", "未列.pdf", "extra"),
        ("", "多余.pdf", "extra"),
        ("", "Z-1", "extra"),
    }
    assert sorted(told(report)) == sorted(
        [
            ("文件清单!A6", "E-TABLE-APPLICATION"),
            ("in", "E-IMPORT-ORPHAN"),
            ("in", "E-TABLE-STRAY"),
            ("申报材料:3", "E-IMPORT-UNLISTED"),
            ("文件清单:4", "E-DOC-CORRUPT"),
            ("文件清单:5", "E-IMPORT-ABSENT"),
        ]
    )
    taken = import_applications(office, handed_over(tmp_path / "in", more=more), skip_bad=True)
    assert taken.accepted == ("A-001",)
    assert [d.title for d in office.application("A-001").documents] == ["申报书正本", "散放的文件"]


def test_an_application_without_any_document_is_pointed_out(office: Office, tmp_path: Path) -> None:
    source = put(tmp_path / "in", {"申报材料.csv": csv_bytes([HEAD, row(1)])})
    report = import_applications(office, source)
    assert hints(report) == [("申报材料:2", "E-TABLE-NO-DOCUMENTS")]


def test_importing_again_tells_field_by_field_what_changed(office: Office, tmp_path: Path) -> None:
    folder = handed_over(tmp_path / "in")
    import_applications(office, folder)
    changed = row(2, 推荐单位="上海市")
    changed[-1] = "2.5"
    put(folder, {"申报材料.csv": csv_bytes([HEAD, changed]), "documents/A-003/a.pdf": text_page("c")})
    put(folder, {"申报材料.csv": csv_bytes([HEAD, changed, row(3, 统一社会信用代码="91440101MA59ABCD0X")])})
    for path in sorted((folder / "documents/A-001").iterdir()):
        path.unlink()
    (folder / "documents/A-001").rmdir()
    before = office.applications()
    report = import_applications(office, folder, dry_run=True)
    assert office.applications() == before
    assert [(entry.application, entry.state) for entry in report.entries] == [
        ("A-002", "changed"),
        ("A-003", "new"),
        ("A-001", "gone"),
    ]
    assert [(f.path, f.old, f.new) for f in report.entries[0].fields] == [
        ("data.rd.values.2025", '"2.37"', '"2.5"'),
        ("recommender", "北京市", "上海市"),
    ]
    taken = import_applications(office, folder)
    assert taken.replaced == ("A-002",)
    assert {a.id for a in office.applications()} == {"A-001", "A-002", "A-003"}, "an import removes nothing"


def test_what_experts_hold_is_refused_at_its_row(office: Office, tmp_path: Path) -> None:
    folder = handed_over(tmp_path / "in")
    import_applications(office, folder)
    issue(office, "E01", ["A-002"])
    put(folder, {"申报材料.csv": csv_bytes([HEAD, row(1), row(2, 推荐单位="上海市")])})
    assert told(import_applications(office, folder)) == [("申报材料:3", "E-IMPORT-ISSUED")]
    assert import_applications(office, folder, update=True).issued == ("A-002",)


def test_a_heading_nobody_knows_is_chosen_once_and_remembered(tmp_path: Path) -> None:
    office = make_office(tmp_path / "own", applications=0, experts=0, assigned=False)
    head = [{"推荐单位": "牵头部门"}.get(name, name) for name in HEAD] + ["备注"]
    rows = [head, [*row(1), "x"], [*row(2), ""]]
    source = handed_over(tmp_path / "in", rows)
    report = import_applications(office, source, skip_bad=True)
    assert [fault.code for fault in report.faults] == ["E-TABLE-NEEDED"]
    assert not report.whole
    assert report.accepted == (), "with a whole column in doubt not even the good ones are taken"
    sheet = preview(office, source).sheets[0]
    assert sheet.missing == ("recommender",)
    assert [(c.heading, c.how) for c in sheet.columns if c.how == "open"] == [("牵头部门", "open"), ("备注", "open")]
    assert sheet.columns[6].samples == ("北京市", "北京市")
    choose_column(office, sheet, 6, "recommender")
    office = reopen(office)
    sheet = preview(office, source).sheets[0]
    assert (sheet.columns[6].target, sheet.columns[6].how, sheet.missing) == ("recommender", "chosen", ())
    assert import_applications(office, source).accepted == ("A-001", "A-002")
    other = handed_over(tmp_path / "other", [[*head, "又一列"], [*row(1), "", ""]])
    assert preview(office, other).sheets[0].columns[6].how == "open", "another layout is another question"
    choose_column(office, sheet, 6, None)
    assert preview(office, source).sheets[0].missing == ("recommender",)
    assert refusal(lambda: choose_column(office, sheet, 6, "surprise")) == "E-TABLE-TARGET"
    assert refusal(lambda: choose_column(office, sheet, 99, "")) == "E-TABLE-TARGET"
    office.close()


def test_two_columns_for_one_thing_are_refused_until_one_is_ignored(office: Office, tmp_path: Path) -> None:
    head = [*HEAD, "单位名称"]
    source = handed_over(tmp_path / "in", [head, [*row(1), "甲"], [*row(2), "乙"]])
    assert told(import_applications(office, source)) == [("申报材料!J1", "E-TABLE-SAME")]
    sheet = preview(office, source).sheets[0]
    choose_column(office, sheet, 9, "applicant")
    sheet = preview(office, source).sheets[0]
    assert (sheet.columns[3].target, sheet.columns[9].target) == ("", "applicant")
    import_applications(office, source)
    assert office.application("A-001").applicant == "甲"


def test_more_sheets_hold_targets_tasks_data_and_evidence(office: Office, tmp_path: Path) -> None:
    book = workbook(
        {
            "申报材料": [HEAD[:-1], row(1)[:-1]],
            "数据": [
                ("编号", "数据项", "年份", "数值", "单位", "来源"),
                ("A-001", "研发强度", "2025年", "1,002.37", "%", "审计"),
            ],
            "目标": [
                ("编号", "指标", "测度", "单位", "基期值", "基期年", "目标值", "目标年"),
                ("A-001", "T1.1", "rd", "%", "2.37", "2025", "2.7", "2027"),
            ],
            "任务": [("编号", "任务编号", "指标", "任务名称", "权重"), ("A-001", "R1", "T1.1", "建平台", "40")],
            "佐证": [("编号", "数据项", "文件", "页码"), ("A-001", "rd", "申报书.pdf", "1")],
            "别的": [("随便",), ("写写",)],
        }
    )
    folder = handed_over(tmp_path / "in", more={"材料.xlsx": book})
    (folder / "申报材料.csv").unlink()
    for path in [folder / "documents/A-002/申报书.pdf", folder / "documents/A-002"]:
        path.unlink() if path.is_file() else path.rmdir()
    report = import_applications(office, folder)
    assert told(report) == []
    assert ("别的", "E-TABLE-SHEET") in hints(report)
    taken = office.application("A-001")
    assert (str(taken.data["rd"].values["2025"]), taken.data["rd"].source) == ("1002.37", "audit")
    assert (taken.targets[0].measure, str(taken.targets[0].target)) == ("rd", "2.7")
    assert (taken.tasks[0].title, str(taken.tasks[0].weight)) == ("建平台", "40")
    assert taken.data["rd"].evidence[0].document == taken.documents[0].id


def test_a_bad_cell_of_another_sheet_makes_its_application_bad(office: Office, tmp_path: Path) -> None:
    targets = [
        ("编号", "指标", "测度", "单位", "基期值", "基期年", "目标值", "目标年"),
        ("A-001", "T1.1", "rd", "%", "2.37", "2025", "=2+1", "2027"),
        ("A-002", "T1.1", "rd", "%", "2.37", "2025", "2.7", "2027"),
    ]
    source = handed_over(tmp_path / "in", more={"目标.csv": csv_bytes(targets)})
    report = import_applications(office, source, skip_bad=True)
    assert told(report) == [("目标!G2", "E-TABLE-FORMULA")]
    assert report.accepted == ("A-002",)


def test_doubtful_rows_and_filled_twice(office: Office, tmp_path: Path) -> None:
    data = [
        ("编号", "数据项", "年份", "数值", "单位"),
        ("A-001", "rd", "2025", "3", "%"),
        ("A-002", "rd", "2025", "3", "倍"),
    ]
    rows = [HEAD, row(1), [*row(2), "表头之外"]]
    source = handed_over(tmp_path / "in", rows, more={"数据.csv": csv_bytes(data)})
    found = told(import_applications(office, source))
    assert ("数据!D2", "E-TABLE-FILLED") in found
    assert ("数据!D3", "E-TABLE-UNITS") in found
    assert ("申报材料!J3", "E-TABLE-BEYOND") in found


HOSTILE: list[tuple[bytes, str]] = [
    (b"\xff\xff\xff", "E-TABLE-ENCODING"),
    (b'a,b\n"c,d', "E-TABLE-CSV"),
    (b"PK\x03\x04 nothing", "E-PACKSHEET-BROKEN"),
    (b"a" * (17 * 1024 * 1024), "E-TABLE-SIZE"),
    (b"," * 600, "E-TABLE-ROWS"),
]


@pytest.mark.parametrize(("data", "code"), HOSTILE)
def test_what_is_no_table_is_refused_in_words(office: Office, tmp_path: Path, data: bytes, code: str) -> None:
    source = put(tmp_path / "in", {"申报材料.csv": data})
    assert refusal(lambda: import_applications(office, source)) == code


@pytest.mark.parametrize("name", ["表.csv", "表.xlsx"])
def test_reading_a_long_table_says_how_far_it_is_and_can_be_stopped(office: Office, tmp_path: Path, name: str) -> None:
    lines = [list(HEAD), *(row(number) for number in range(1, 351))]
    source = tmp_path / name
    source.write_bytes(csv_bytes(lines) if name.endswith("csv") else workbook({"申报": lines}))
    heard: list[tuple[int, int, str]] = []
    preview_columns(office, source, None, lambda *said: heard.append(said))
    read = [done for done, _, _ in heard]
    assert read[:3] == [100, 200, 300], "while it is read, then while it is understood"
    assert all(done <= total <= 351 for done, total, _ in heard)
    assert all("100" in words for done, _, words in heard if done == 100)
    stop = CancelToken()
    with pytest.raises(Cancelled):
        import_applications(
            office, source, skip_bad=True, progress=lambda done, *_: stop.cancel() if done == 200 else None, cancel=stop
        )
    assert office.applications() == ()
