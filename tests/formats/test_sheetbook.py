"""Hostile workbooks are refused before they are opened; ours hold text only and open elsewhere."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from ndb_desktop.documents.office import XLSX, check_office, find_soffice
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats import sheetbook
from ndb_desktop.formats.packcells import MAX_ROWS, SHEETS
from ndb_desktop.formats.sheetbook import check_workbook, read_workbook, write_workbook
from tests.support.office_files import relations
from tests.support.packs import pack_for
from tests.support.packsheets import faults_of, read, workbook_of

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def with_members(members: Mapping[str, str | bytes], base: bytes | None = None) -> bytes:
    """The workbook with members added or replaced."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(base or workbook_of())) as source, zipfile.ZipFile(stream, "w", 8) as target:
        for name in source.namelist():
            if name not in members:
                target.writestr(name, source.read(name))
        for name, content in members.items():
            target.writestr(name, content)
    return stream.getvalue()


def member(name: str, data: bytes | None = None) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data or workbook_of())) as box:
        return box.read(name)


def code_of(data: bytes) -> str:
    try:
        check_workbook(data, "pack.xlsx")
    except NdbError as error:
        return error.code
    return ""


SHEET = member("xl/worksheets/sheet3.xml")
MACROS = member("[Content_Types].xml").replace(b"sheet.main", b"sheet.macroEnabled")
LINK = relations(("hyperlink", "https://a.example", True))
EXTERNAL = relations(("externalLinkPath", "file:///etc/passwd", True))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (workbook_of(), ""),
        (b"", "E-PACKSHEET-BROKEN"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "E-PACKSHEET-BROKEN"),  # with a password, or an old .xls
        (workbook_of()[:-400], "E-PACKSHEET-BROKEN"),
        (bytes(8 * 1024 * 1024 + 1), "E-PACKSHEET-SIZE"),
        (with_members({"xl/media/a.bin": bytes(9 * 1024 * 1024)}), "E-PACKSHEET-UNFOLDS"),
        (with_members({f"xl/media/{n}": b"" for n in range(300)}), "E-PACKSHEET-UNFOLDS"),
        (with_members({"xl/workbook.xml": b"<a>" + b"<x:sheet />" * 41 + b"</a>"}), "E-PACKSHEET-UNFOLDS"),
        (with_members({"xl/vbaProject.bin": b"x"}), "E-PACKSHEET-MACRO"),
        (with_members({"xl/embeddings/oleObject1.bin": b"x"}), "E-PACKSHEET-MACRO"),
        (with_members({"xl/chartsheets/sheet1.xml": b"x"}), "E-PACKSHEET-MACRO"),
        (with_members({"[Content_Types].xml": MACROS}), "E-PACKSHEET-MACRO"),
        (with_members({"xl/externalLinks/externalLink1.xml": b"x"}), "E-PACKSHEET-LINKED"),
        (with_members({"xl/connections.xml": b"x"}), "E-PACKSHEET-LINKED"),
        (with_members({"xl/worksheets/_rels/sheet1.xml.rels": EXTERNAL}), "E-PACKSHEET-LINKED"),
        (with_members({"xl/worksheets/_rels/sheet1.xml.rels": LINK}), ""),
        (with_members({"xl/styles.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "E-PACKSHEET-BROKEN"),
        (with_members({"xl/styles.xml": "<a/>".encode("utf-16")}), "E-PACKSHEET-BROKEN"),
    ],
)  # fmt: skip
def test_what_is_hostile_is_refused_before_it_is_opened(data: bytes, code: str) -> None:
    assert code_of(data) == code
    if code:
        with pytest.raises(NdbError) as caught:
            read_workbook(data, "pack.xlsx")
        assert (caught.value.code, caught.value.fault.place) == (code, "pack.xlsx")


@pytest.mark.parametrize(
    "members",
    [
        {"xl/workbook.xml": b"<not xml"},
        {"[Content_Types].xml": b"<a/>"},
        {"xl/worksheets/sheet3.xml": SHEET.replace(b'r="A2"', b'r="??"')},
        {
            "xl/worksheets/sheet3.xml": SHEET.replace(b't="inlineStr"', b't="s"').replace(
                b"<is><t>", b"<v>99</v><is><t>"
            )
        },
        {"xl/worksheets/sheet3.xml": SHEET.replace(b"<sheetData>", b'<sheetData><row r="x"/>')},
    ],
)
def test_a_workbook_that_is_none_inside_is_refused(members: dict[str, bytes]) -> None:
    with pytest.raises(NdbError) as caught:
        read_workbook(with_members(members), "pack.xlsx")
    assert caught.value.code == "E-PACKSHEET-BROKEN"


def cell(place: str, inner: str, kind: str = "") -> bytes:
    row = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return f'<row r="{row}"><c r="{place}" {kind}>{inner}</c></row></sheetData>'.encode()


def found_in(cells: bytes) -> list[tuple[str, str]]:
    """Faults of the sheet of groups with rows of XML at its end."""
    sheet = SHEET.replace(b"</sheetData>", cells)
    assert sheet != SHEET
    return [(fault.place, fault.code) for fault in faults_of(with_members({"xl/worksheets/sheet3.xml": sheet}))]


def test_cells_out_of_reach_are_told_and_cost_nothing() -> None:
    far = "<v>1</v>"
    assert found_in(cell("ZZ7", far)) == [("groups!ZZ7", "E-PACKSHEET-STRAY")]
    assert found_in(cell("E9", far)) == [("groups!E9", "E-PACKSHEET-STRAY")]
    assert found_in(cell(f"A{10**9}", far)) == [(f"groups!A{MAX_ROWS + 1}", "E-PACKSHEET-ROWS")]


def test_a_workbook_of_more_cells_than_a_pack_can_have_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f'<row r="{n}"><c r="ZZZ{n}"/></row>' for n in range(7, 400))
    sheet = SHEET.replace(b"</sheetData>", f"{rows}</sheetData>".encode())
    with pytest.raises(NdbError) as caught:
        read_workbook(with_members({"xl/worksheets/sheet3.xml": sheet}), "pack.xlsx")
    assert (caught.value.code, caught.value.fault.place) == ("E-PACKSHEET-UNFOLDS", "pack.xlsx")
    monkeypatch.setattr(sheetbook, "MAX_FAULTS", 3)
    rows = "".join(f'<row r="{n}"><c r="A{n}"><f>1</f></c></row>' for n in range(7, 400))
    assert len(found_in(f"{rows}</sheetData>".encode())) == 4


def test_no_formula_is_taken_whatever_it_is_written_as() -> None:
    for formula in ("<f>1+1</f><v>2</v>", '<f t="array" ref="A7">1</f>', '<f t="shared" si="0">A1</f>', "<f/>"):
        assert found_in(cell("A7", formula)) == [("groups!A7", "E-PACKSHEET-CELL-FORMULA")]
    assert found_in(cell("A7", "<v>#REF!</v>", 't="e"')) == [("groups!A7", "E-PACKSHEET-CELL-ERROR")]


def test_a_size_a_sheet_claims_does_not_hide_its_cells() -> None:
    sheet = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:A1"', SHEET)
    sheets, faults = read_workbook(with_members({"xl/worksheets/sheet3.xml": sheet}), "pack.xlsx")
    assert faults == []
    assert next(sheet for sheet in sheets if sheet.title == "groups").rows[2][0] == "E1"


def test_numbers_keep_their_shortest_text_and_long_ones_break_nothing() -> None:
    sheets, _ = read_workbook(
        with_members({"xl/worksheets/sheet3.xml": SHEET.replace(b"</sheetData>", cell("A7", "<v>0.1</v>"))}), "a"
    )
    assert next(sheet for sheet in sheets if sheet.title == "groups").rows[7][0] == "0.1"
    tiny = SHEET.replace(b"</sheetData>", cell("A7", "<v>1e-7</v>"))
    sheets, _ = read_workbook(with_members({"xl/worksheets/sheet3.xml": tiny}), "a")
    assert next(sheet for sheet in sheets if sheet.title == "groups").rows[7][0] == "0.0000001"
    huge = SHEET.replace(b"</sheetData>", cell("A7", f"<v>{'9' * 5000}</v>"))
    with pytest.raises(NdbError) as caught:
        read_workbook(with_members({"xl/worksheets/sheet3.xml": huge}), "a")
    assert caught.value.code == "E-PACKSHEET-BROKEN"


def test_what_we_write_is_text_without_formula_filter_clock_or_link() -> None:
    data = workbook_of()
    check_office(data, "pack.xlsx", XLSX)
    with zipfile.ZipFile(io.BytesIO(data)) as box:
        assert {info.date_time for info in box.infolist()} == {(2000, 1, 1, 0, 0, 0)}
        names = box.namelist()
        parts = {name: ET.fromstring(box.read(name)) for name in names if name.endswith((".xml", ".rels"))}
    sheets = [part for name, part in parts.items() if name.startswith("xl/worksheets/")]
    assert len(sheets) == len(SHEETS) + 1
    for sheet in sheets:
        kinds = {entry.get("t") for entry in sheet.iter(f"{MAIN}c") if len(entry)}
        assert kinds == {"inlineStr"}
        assert sheet.find(f".//{MAIN}f") is None
        assert sheet.find(f"{MAIN}autoFilter") is None
        widths = [float(column.get("width", "0")) for column in sheet.iter(f"{MAIN}col")]
        assert widths
        assert all(8 <= width <= 62 for width in widths)
    assert b"20" + b"26" not in member("docProps/core.xml")
    offers = [offer for sheet in sheets for offer in sheet.iter(f"{MAIN}dataValidation")]
    assert len(offers) > 15
    assert all(len(offer.findtext(f"{MAIN}formula1") or "") <= 255 for offer in offers)


def test_text_that_looks_like_a_formula_or_an_error_stays_text() -> None:
    words = ["=1+1", "#N/A", "+1", "-1", "@x", "TRUE", "2026-01-02", "1e5"]
    data = write_workbook({"texts": [["key"], *([word] for word in words)]}, {}, ("notes", [["a"]]))
    sheets, faults = read_workbook(data, "a")
    assert faults == []
    assert [sheets[1].rows[n + 2][0] for n in range(len(words))] == words


@pytest.mark.skipif(find_soffice() is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_and_saves_it_without_changing_the_pack(tmp_path: Path) -> None:
    source = tmp_path / "pack.xlsx"
    source.write_bytes(workbook_of())
    program = find_soffice()
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    run = subprocess.run(
        [str(program), profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "out"), str(source)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "error" not in (run.stdout + run.stderr).lower().replace("javaldx", "")
    saved = (tmp_path / "out" / "pack.xlsx").read_bytes()
    assert saved != workbook_of()
    assert read(saved).digest == pack_for("enterprise").digest


def test_limits_are_those_the_documents_name() -> None:
    assert sheetbook.MAX_UNFOLDED == 8 * 1024 * 1024
    assert MAX_ROWS == 10_000


def test_no_sheet_is_ever_written_to_a_temporary_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Internal workbooks hold scores: before they are sealed nothing of them may touch the disk."""
    import tempfile

    def refuse(*_args: object, **_names: object) -> None:
        raise AssertionError("a temporary file")

    for name in ("NamedTemporaryFile", "TemporaryFile", "mkstemp", "SpooledTemporaryFile"):
        monkeypatch.setattr(tempfile, name, refuse)
    monkeypatch.setattr("openpyxl.worksheet._writer.create_temporary_file", refuse)
    data = write_workbook({"a": [["x", "1"], ["y", "2"]]}, {}, ("notes", [["n"]]))
    sheets, faults = read_workbook(data, "x.xlsx")
    assert "y" in str(sheets)
    assert not faults
