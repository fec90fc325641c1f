"""Rule packs as workbooks and CSV files: the same pack both ways, and every fault at its cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from ndb_desktop.domain.errors import FaultsError
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.packload import compose_pack, load_pack
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.formats.packcells import NOTES, SHEETS, decode, encode, heading, letter
from ndb_desktop.formats.packsheet import read_pack_csv, write_pack_csv, write_pack_xlsx
from ndb_desktop.texts import LANGUAGES, catalogue, fault_text
from tests.support.packs import pack_for, pack_parts
from tests.support.packsheets import changed, faults_of, faults_with, places_of, read, with_cells, workbook_of

CATEGORIES: tuple[Category, ...] = ("park", "enterprise")


def both_ways(pack: RulePack) -> None:
    assert read(write_pack_xlsx(pack)).raw == pack.raw
    assert read_pack_csv(write_pack_csv(pack)).raw == pack.raw


def edited(change: Callable[[Any, Any, Any, Any], None], category: Category = "enterprise") -> RulePack:
    parts = pack_parts(category)
    change(*parts)
    return load_pack(compose_pack(*parts))


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_shipped_pack_comes_back_with_its_digest(category: Category) -> None:
    pack = pack_for(category)
    assert read(workbook_of(category)).digest == pack.digest
    assert read_pack_csv(write_pack_csv(pack)).digest == pack.digest
    assert read(changed(lambda _book: None, category)).digest == pack.digest  # saved again by another program


def test_the_same_pack_is_written_in_the_same_bytes() -> None:
    assert write_pack_xlsx(pack_for("enterprise")) == workbook_of()


def every_kind_of_rule(pack: Any, zh: Any, en: Any, vectors: Any) -> None:
    """One judged pack turned into one that uses every type, every list and every member that may be left out."""
    first = next(entry for entry in pack["indicators"] if entry["id"] == "E1.1")
    x = first["rule"]["measures"][0]["id"]
    branch = {"type": "tiers", "x": x, "boundary": "higher", "scale": "k", "bands": [
        {"from": None, "to": "10", "points": "20"}, {"from": "10", "to": None, "points": "80"},
    ]}  # fmt: skip
    between = {"type": "efficacy2", "x": x, "poor": "0", "good": "9"}
    first["rule"]["measures"][0]["target"] = True
    first["rule"]["adjustments"] = []
    first["not_applicable"] = False
    for datum in pack["data"]:
        datum["required"] = datum["code"] != "staff"
    pack["data"][0]["classes"] = []
    first["rule"]["score"] = {"type": "choose", "when": {"op": "special_region"}, "then": branch, "else": {
        "type": "weighted", "parts": [
            {"weight": "0.25", "score": {"type": "per_unit", "x": x, "unit": "2", "points": "5", "cap": "100"}},
            {"weight": "0.25", "score": {**between, "floor": "0", "cap": "99"}},
            {"weight": "0.25", "score": {"type": "efficacy5", "x": x, "standards": ["50", "40", "30", "20", "10"]}},
            {"weight": "0.25", "score": {"type": "choose", "when": {"op": "flag", "code": "top_position"},
                "then": {"type": "bool_points", "code": "top_position", "yes": "100", "no": "0"},
                "else": {"type": "piecewise", "x": x, "points": [["0", "0"], ["100", "100.000"]]}}},
        ]}}  # fmt: skip
    vectors[:] = [vector for vector in vectors if vector["indicator"] != "E1.1"]
    missing = {"score": "0", "status": "missing"}
    vectors.extend({"indicator": "E1.1", "data": {}, **missing} for _ in range(3))
    vectors.extend({"indicator": "E1.1", "part": "plan", "targets": {}, "k": "1", **missing} for _ in range(3))
    vectors[-1] |= {"field": "", "special_region": False, "level": 3}
    zh["E1.1.asks"], en["E1.1.asks"] = "=1+1\r\n@前后 空格 \t", " '=cmd|' /C calc'!A0 \\u0041 _x000D_ x005F_ \x07\ufffe"
    pack["version"] = " 0.50 "


def test_every_kind_of_rule_and_every_odd_text_comes_back() -> None:
    pack = edited(every_kind_of_rule)
    both_ways(pack)
    assert read(changed(lambda _book: None)).digest != pack.digest


@st.composite
def edits(draw: st.DrawFn) -> Callable[[Any, Any, Any, Any], None]:
    texts = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12).filter(str.strip)
    words = draw(st.lists(texts, min_size=1, max_size=4))
    number = draw(st.sampled_from(["75", "75.0", "075", "60.125"]))
    required = draw(st.lists(st.booleans(), min_size=3, max_size=3))

    def change(pack: Any, zh: Any, en: Any, _vectors: Any) -> None:
        pack["settings"]["threshold"] = number
        pack["version"] = words[0]
        pack["document_number"] = words[-1]
        for datum, value in zip(pack["data"], required, strict=False):
            datum["required"] = value
        for key, word in zip(("title", "E1.1.title", "group.E1", "E1.1.plan.L5"), words, strict=False):
            zh[key], en[key] = word, word[::-1]

    return change


@settings(max_examples=3, deadline=None)
@given(edits())
def test_any_edited_pack_comes_back(change: Callable[[Any, Any, Any, Any], None]) -> None:
    try:
        pack = edited(change)
    except FaultsError:  # a word the lint forbids, an empty version
        reject()
    both_ways(pack)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["text", "word", "whole", "truth", "list", "formula", "condition", "figures"]), st.data())
def test_a_cell_holds_any_value_of_json(kind: str, data: st.DataObject) -> None:
    leaves = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text(st.characters(exclude_categories=("Cs",))))
    value = data.draw(
        st.one_of(leaves, st.lists(leaves, max_size=3), st.dictionaries(st.text("ab1"), leaves, max_size=2))
    )
    cell = encode(value, kind)
    found = decode(cell, kind)
    assert cell
    assert (type(found), found) == (type(value), value)


def test_headings_are_in_both_languages_and_columns_may_change_places() -> None:
    book = load_workbook(io.BytesIO(workbook_of()))
    assert book.sheetnames == [NOTES, *SHEETS]
    assert [cell.value for cell in book["bands"][1]] == ["评分档 / level", "下限 / low", "上限 / high"]

    def change(book: Workbook) -> None:
        book["bands"].move_range("A1:A6", cols=5)
        book["bands"]["F1"] = "评分档"
        book["bands"]["B1"] = "low"
        book["groups"].title = "一级指标"
        book.move_sheet("vectors", -10)
        del book[NOTES]

    assert read(changed(change)).digest == pack_for("enterprise").digest


def test_numbers_dates_and_truth_typed_in_a_spreadsheet_are_taken_as_they_read() -> None:
    pack = read(with_cells({"bands!B2": 90, "settings!B8": datetime(2026, 3, 17), "data!E2": True, "data!E3": "否"}))
    assert pack.document_number == "2026-03-17"
    first, second = pack.indicators[0].data[:2]
    assert (first.required, second.required) == (True, False)
    # More decimals than a pack has are told, not rounded.
    assert places_of(with_cells({"settings!B20": 0.1 + 2**-30})) == [("settings!B20", "E-PACK-NUMBER")]
    assert read(with_cells({"settings!B20": 75.5})).settings.threshold * 2 == 151


CELL_FAULTS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"rules!C12": "=1+1"}, [("rules!C12", "E-PACKSHEET-CELL-FORMULA")]),
    ({"texts!B2": "#N/A"}, [("texts!B2", "E-PACKSHEET-CELL-ERROR")]),
    ({"points!F3": None}, [("points!F3", "E-PACKSHEET-EMPTY")]),
    ({"points!F3": "４０"}, [("points!F3", "E-PACK-NUMBER")]),
    ({"points!C2": "x"}, [("points!C2", "E-PACKSHEET-UNUSED")]),
    ({"points!B3": "1"}, [("points!B3", "E-PACKSHEET-BRANCH")]),
    ({"rules!B4": "then.then.1.2.3.4.5.6.7"}, [("rules!A3", "E-PACK-KEY-MISSING"), ("rules!B4", "E-PACKSHEET-BRANCH")]),
    ({"rules!B4": "else"}, [("rules!A3", "E-PACK-KEY-MISSING"), ("rules!B5", "E-PACKSHEET-TWICE")]),
    ({"rules!C2": "curve"}, [("rules!C2", "E-PACK-RULE-TYPE")]),
    ({"rules!M2": "5"}, [("rules!M2", "E-PACK-KEY-UNKNOWN")]),
    ({"rules!D7": "0.4"}, [("rules!A6", "E-PACK-PART-WEIGHTS")]),
    ({"measures!D3": "share(sum(value_added), sum(output)"}, [("measures!D3", "E-PACKSHEET-FORMULA")]),
    ({"measures!C2": "person"}, [("measures!C2", "E-PACK-UNIT")]),
    ({"measures!E2": "maybe"}, [("measures!E2", "E-PACKSHEET-TRUTH")]),
    ({"adjustments!C2": "flag(nothing)"}, [("adjustments!C2", "E-PACK-DATA-UNKNOWN")]),
    ({"indicators!E2": "9"}, [("indicators!E1", "E-PACK-WEIGHTS")]),
    ({"indicators!I2": None}, [("indicators!I2", "E-PACK-TEXT-MISSING")]),
    ({"classes!A3": "none"}, [("classes!A3", "E-PACKSHEET-OWNER"), ("measures!D13", "E-PACK-CLASS-UNKNOWN")]),
    ({"classes!B3": None}, [("measures!D13", "E-PACK-CLASS-UNKNOWN"), ("classes!B3", "E-PACKSHEET-EMPTY")]),
    ({"levels!D5": None}, [("levels!D5", "E-PACK-TEXT-MISSING")]),
    ({"levels!A5": None}, [("levels!A1", "E-PACK-TEXT-MISSING"), ("levels!A5", "E-PACKSHEET-EMPTY")]),
    ({"levels!F9": "x"}, [("levels!F9", "E-PACKSHEET-STRAY")]),
    ({"settings!A5": "colour"}, [("settings!A1", "E-PACK-KEY-MISSING"), ("settings!A5", "E-PACKSHEET-SETTING")]),
    ({"settings!A5": "id"}, [("settings!A1", "E-PACK-KEY-MISSING"), ("settings!A5", "E-PACKSHEET-TWICE")]),
    ({"settings!B13": "seven"}, [("settings!B13", "E-PACKSHEET-WHOLE")]),
    ({"vectors!K2": "81"}, [("vectors!A2", "E-PACK-VECTOR")]),
    ({"vectors!I3": "\\j{"}, [("vectors!I3", "E-PACKSHEET-JSON")]),
    ({"statements!C2": "Only with slides."}, [("statements!C2", "E-PACK-WORDING")]),
    ({"groups!D1": "colour"}, [("groups!D1", "E-PACKSHEET-COLUMN-UNKNOWN")]),
    ({"groups!D1": "中文"}, [("groups!D1", "E-PACKSHEET-COLUMN-TWICE")]),
    ({"groups!B1": None}, [("groups!A1", "E-PACKSHEET-COLUMN-MISSING")]),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "expected"), CELL_FAULTS)
def test_every_fault_is_at_its_cell(cells: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    found = faults_with(cells)
    assert sorted((fault.place, fault.code) for fault in found) == sorted(expected)
    for language in LANGUAGES:
        assert all(fault_text(fault, language) for fault in found)


def test_all_faults_are_told_at_once_in_the_order_of_the_sheets() -> None:
    places = places_of(
        with_cells({"vectors!I3": "\\j{", "points!F3": None, "rules!C12": "=1", "data!D2": "x", "indicators!B2": "E9"})
    )
    assert [place for place, _ in places] == [
        "indicators!B2", "data!D2", "measures!D2", "rules!C12", "points!F3", "vectors!I3",
    ]  # fmt: skip


def test_a_percentage_is_not_guessed() -> None:
    def change(book: Workbook) -> None:
        book["points"]["D3"] = 0.05
        book["points"]["D3"].number_format = "0%"

    assert places_of(changed(change)) == [("points!D3", "E-PACKSHEET-CELL-PERCENT")]


def test_sheets_that_lack_or_are_too_many_are_told_alone() -> None:
    def change(book: Workbook) -> None:
        del book["bands"]
        book.create_sheet("备注")
        book.create_sheet("设置")
        book["rules"]["C2"] = "=1"

    assert sorted(places_of(changed(change))) == [
        ("bands", "E-PACKSHEET-SHEET-MISSING"),
        ("rules!C2", "E-PACKSHEET-CELL-FORMULA"),
        ("备注!A1", "E-PACKSHEET-SHEET-UNKNOWN"),
        ("设置!A1", "E-PACKSHEET-SHEET-TWICE"),
    ]


def test_a_text_that_no_cell_holds_is_told_before_anything_is_written() -> None:
    def change(_pack: Any, zh: Any, _en: Any, _vectors: Any) -> None:
        zh["title"] = "长" * 40_000

    pack = edited(change)
    for write in (write_pack_xlsx, write_pack_csv):
        with pytest.raises(FaultsError) as caught:
            write(pack)  # type: ignore[operator]
        assert [(fault.code, fault.place) for fault in caught.value.faults] == [("E-PACKSHEET-LONG", "texts!B5")]
    files = write_pack_csv(pack_for("enterprise"))
    files["groups.csv"] = files["groups.csv"].replace("产品开发".encode(), ("长" * 40_000).encode())
    with pytest.raises(FaultsError) as caught:
        read_pack_csv(files)
    assert ("E-PACKSHEET-LONG", "groups!B2") in {(fault.code, fault.place) for fault in caught.value.faults}


def test_csv_of_a_chinese_windows_with_semicolons_reads_the_same() -> None:
    files = write_pack_csv(pack_for("park"))
    for name, data in files.items():
        rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=";").writerows(rows)
        files[name] = text.getvalue().encode("gb18030")
    assert read_pack_csv(files).digest == pack_for("park").digest


def test_no_cell_of_a_csv_file_is_taken_for_a_formula() -> None:
    def change(_pack: Any, zh: Any, en: Any, _vectors: Any) -> None:
        zh["title"], en["title"] = "=1+1", "@SUM(A1)"
        zh["E1.1.title"], en["E1.1.title"] = "＝cmd", "'=quoted"
        zh["E1.1.asks"], en["E1.1.asks"] = "-5", "\t+5"

    pack = edited(change)
    files = write_pack_csv(pack)
    cells = [
        cell for data in files.values() for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))) for cell in row
    ]
    assert [cell for cell in cells if cell[:1] in ("=", "@", "+", "-", "\t", "＝")] == [
        "-5"
    ]  # a number computes nothing
    assert {"'=1+1", "'@SUM(A1)", "'＝cmd", "''=quoted"} <= set(cells)
    both_ways(pack)


def test_faults_of_csv_files_name_the_file_or_the_cell() -> None:
    files = write_pack_csv(pack_for("park"))
    broken = {
        **files,
        "bands.csv": b"\xff\xff\x00",
        "groups.csv": files["groups.csv"] + b'"open',
        "data.csv": files["data.csv"] + b"\r\nx" * 10_001,
    }
    with pytest.raises(FaultsError) as caught:
        read_pack_csv(broken)
    assert [(fault.code, fault.place) for fault in caught.value.faults] == [
        ("E-TABLE-ENCODING", "bands.csv"),
        ("E-PACKSHEET-ROWS", "data!A10001"),
        ("E-TABLE-CSV", "groups!A6"),
    ]
    with pytest.raises(FaultsError) as caught:
        read_pack_csv({**files, "points.csv": files["points.csv"].replace(b"P1.1,,,", b"P9.9,,,", 1)})
    assert {fault.place for fault in caught.value.faults} >= {"points!A2"}
    assert read_pack_csv({**files, "notes.csv": b"\xff"}).digest == pack_for("park").digest


def test_a_fault_in_hostile_bytes_is_always_one_of_ours() -> None:
    data = bytearray(workbook_of())
    for at in range(0, len(data), 257):
        broken = bytes(data[:at] + bytes([data[at] ^ 0x41]) + data[at + 1 :])
        found = faults_of(broken)
        assert all(fault.code.startswith("E-PACK") for fault in found)
        assert found or read(broken).digest == pack_for("enterprise").digest


def test_every_code_has_a_sentence_in_both_languages() -> None:
    codes = [code for code in catalogue() if code.startswith("E-PACKSHEET-")]
    assert len(codes) > 25
    assert all(set(catalogue()[code]) == set(LANGUAGES) for code in codes)


def test_columns_have_letters_and_headings_that_are_all_different() -> None:
    assert [letter(n) for n in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
    for sheet, columns in SHEETS.items():
        headings = {heading(sheet, column).split(" / ")[0] for column in columns}
        assert len(headings) == len(columns)
