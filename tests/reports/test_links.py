"""Links inside a score sheet as another program reads them: from an item to its evidence and back, and the side bar."""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest

from ndb_desktop.reports import links as places
from ndb_desktop.reports.panel_summary import PanelSource, panel_summary
from ndb_desktop.reports.score_sheet import ItemLine, PartBlock, score_sheet, score_sheets
from tests.support import reports as make

Spot = tuple[int, float, float]
"""Page (from 0), left, top."""


def links(pdf: bytes) -> Iterator[tuple[Spot, Spot, str]]:
    """Where each link stands, where it leads, and the words under it."""
    document = pdfium.PdfDocument(pdf)
    try:
        for number in range(len(document)):
            page, place = document[number], ctypes.c_int(0)
            link = raw.FPDF_LINK()
            words = page.get_textpage()
            while raw.FPDFLink_Enumerate(page, place, ctypes.byref(link)):
                box = raw.FS_RECTF()
                assert raw.FPDFLink_GetAnnotRect(link, box)
                dest = raw.FPDFLink_GetDest(document, link)
                assert dest, "a link that leads nowhere"
                target = raw.FPDFDest_GetDestPageIndex(document, dest)
                has = [raw.FPDF_BOOL() for _ in range(3)]
                at = [raw.FS_FLOAT() for _ in range(3)]
                assert raw.FPDFDest_GetLocationInPage(dest, *has, *at)
                text = words.get_text_bounded(box.left, box.bottom, box.right, box.top)
                yield (number, box.left, box.top), (target, at[0].value, at[1].value), make.spaceless(text)
    finally:
        document.close()


def words_at(pdf: bytes, spot: Spot, height: float = 24) -> str:
    document = pdfium.PdfDocument(pdf)
    try:
        page = document[spot[0]]
        return make.spaceless(page.get_textpage().get_text_bounded(0, spot[2] - height, page.get_width(), spot[2]))
    finally:
        document.close()


def outline(pdf: bytes) -> list[tuple[int, str, int]]:
    document = pdfium.PdfDocument(pdf)
    try:
        return [
            (entry.level, entry.get_title(), entry.get_dest().get_index()) for entry in document.get_toc(max_depth=5)
        ]
    finally:
        document.close()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_item_leads_to_its_line_of_the_annex_and_back(language: str) -> None:
    made = score_sheet(make.sheet(), language)
    found = list(links(made.data))
    assert len(found) == 6, "three places, each there and back"
    there = [entry for entry in found if entry[2].startswith(("佐证", "Evidence"))]
    back = [entry for entry in found if entry not in there]
    assert len(there) == len(back) == 3
    for number, (_, target, words) in enumerate(there, 1):
        assert words.startswith((f"佐证{number}：三年统计表", f"Evidence{number}:三年统计表")), words
        assert words_at(made.data, target).startswith(str(number)), "the line of that number, not the one above"
        assert "三年统计表" in words_at(made.data, target)
    for number, (_, target, words) in enumerate(back, 1):
        assert words.startswith("P1.1主导产业营业收入")
        landed = words_at(made.data, target)
        assert f"佐证{number}：" in landed or f"Evidence{number}:" in landed


def test_the_annex_says_document_page_place_words_and_digest() -> None:
    text = make.spaceless(make.read(score_sheet(make.sheet(), "zh_CN").data))
    annex = text[text.index("佐证清单") :]
    for words in (
        "三年统计表",
        "附件3_统计表.pdf",
        f"SHA-256{make.DIGEST[:16]}…",
        "第3页",
        "自左10%–30%",
        "“营业收入421.8亿元”",
    ):
        assert words in annex, words
    assert "佐证清单" not in make.read(score_sheet(make.sheet(parts=()), "zh_CN").data)


def test_links_of_several_sheets_do_not_mix() -> None:
    pdf = score_sheets((make.sheet(name="甲园区"), make.sheet(name="乙园区")), "zh_CN").data
    found = list(links(pdf))
    assert len(found) == 12
    pages = sorted({spot[0] for spot, _, _ in found})
    half = outline(pdf)
    start = next(page for level, title, page in half if title == "乙园区")
    assert any(page < start for page in pages)
    for spot, target, _ in found:
        assert (spot[0] < start) == (target[0] < start)


def test_the_side_bar_names_sheets_parts_groups_and_the_annex() -> None:
    entries = outline(score_sheet(make.sheet(name="云栖 & <示例>"), "zh_CN").data)
    assert [(level, title) for level, title, _ in entries] == [
        (0, "云栖 & <示例>"),
        (1, "基本情况（60 %）"),
        (2, "P1 一级指标"),
        (2, "P2 一级指标"),
        (1, "创建工作方案（40 %）"),
        (1, "佐证清单"),
    ]
    assert [page for _, _, page in entries] == sorted(page for _, _, page in entries)


def test_hundreds_of_places_over_many_pages_and_a_quote_longer_than_a_page() -> None:
    lines = tuple(make.evidence(n, quote="很长的引文，" * (900 if n == 5 else 3)) for n in range(1, 301))
    items = tuple(
        ItemLine(f"P{n}.1.basis", "名" * 30, "4", "50.00", evidence=lines[n * 10 : n * 10 + 10]) for n in range(30)
    )
    made = score_sheet(make.sheet(parts=(PartBlock("基本情况", "50", items),)), "zh_CN")
    found = list(links(made.data))
    targets = {words: target for _, target, words in found if words.startswith("佐证")}
    assert len(targets) == 300
    assert "300" in words_at(made.data, targets["佐证300：三年统计表，第3页"])
    assert make.spaceless(make.read(made.data)).count("很长的引文，") > 1500


def test_another_program_takes_the_file_without_complaint() -> None:
    pdf = score_sheets((make.sheet(name="甲"), make.sheet(name="乙")), "zh_CN").data
    done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    assert done.stderr == b""
    assert score_sheets((make.sheet(name="甲"), make.sheet(name="乙")), "zh_CN").data == pdf


def test_every_figure_of_a_panel_summary_leads_to_its_signed_files_and_back() -> None:
    """A member's figures lead to that member's line, all others to the heading; without sources nothing is linked."""
    plain = make.panel(3)
    one = plain.applicants[0]
    sources = tuple(PanelSource(plain.members[n], n + 1, f"{n}a" * 32, (f"{n}b" * 32,)) for n in (0, 2))
    traced = replace(plain, applicants=tuple(replace(one, name=f"甲{n}", sources=sources) for n in range(2)))
    pdf = panel_summary(traced, "en").data
    assert not list(links(panel_summary(plain, "en").data))
    found = list(links(pdf))
    applicant = [[link for link in found if link[0][0] in pages] for pages in _pages_of(pdf)]
    rows, facts, findings = len(one.rows), len(one.facts), len(one.findings)
    assert [len(links_) for links_ in applicant] == [rows * 4 + facts + findings + 2 * 4] * 2
    for number, own in enumerate(applicant):
        forward = [link for link in own if "甲" not in words_at(pdf, link[1])]
        back = [link for link in own if link not in forward]
        assert len(back) == 2 * 4
        assert all(f"甲{number}" in words_at(pdf, target) for _, target, _ in back)
        lines = [words_at(pdf, target) for _, target, said in forward if said.strip("()[]") in ("70.00", "72.00")]
        assert len(lines) == 2 * rows
        for _, target, said in forward:
            heading = "Signedfilesbehindthefigures" in words_at(pdf, target)
            member = {"70.00": 0, "72.00": 2}.get(said)
            assert heading == (member is None), said
            assert member is None or f"{member}a" * 2 in words_at(pdf, target, 40)
    assert "71.00" not in {said for _, _, said in found}, "nothing stands behind a sheet that did not count"


def _pages_of(pdf: bytes) -> list[set[int]]:
    """The pages of each applicant, from the side bar."""
    starts = [page for level, _, page in outline(pdf) if level == 0]
    document = pdfium.PdfDocument(pdf)
    try:
        ends = [*starts[1:], len(document)]
    finally:
        document.close()
    return [set(range(first, after)) for first, after in zip(starts, ends, strict=True)]


def test_links_change_no_word_and_no_place_of_a_panel_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = make.panel(5)
    sources = tuple(PanelSource(name, 1, "0a" * 32, ("0b" * 32,)) for name in plain.members)
    summary = replace(plain, applicants=(replace(plain.applicants[0], sources=sources),))
    linked = panel_summary(summary, "zh_CN").data
    assert list(links(linked))
    monkeypatch.setattr(places, "note", lambda *_: None)
    bare = panel_summary(summary, "zh_CN").data
    assert not list(links(bare))
    assert make.read(linked) == make.read(bare)
