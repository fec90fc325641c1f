"""The notice measured on the page with pdfplumber-like means: margins, grid, sizes, places of signature and number."""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

import pypdfium2
import pypdfium2.raw as raw
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ndb_desktop.reports.official import CELL, LINES, PITCH, OfficialNotice, official_notice
from ndb_desktop.reports.public_list import ListedApplicant, ListSection

MM = 72 / 25.4
LEFT, RIGHT, TOP, BOTTOM = 28 * MM, (28 + 156) * MM, (297 - 37) * MM, 35 * MM
ENTRIES = tuple(
    ListedApplicant(
        f"示例申报单位{n:03d}高新技术产业开发区管理委员会", "国家新兴产业发展示范基地（人工智能示范园区）", "示例省"
    )
    for n in range(40)
)
NOTICE = OfficialNotice(
    title="关于国家新兴产业发展示范基地\n创建对象名单的公示",
    recipients="各省、自治区、直辖市有关部门：",
    paragraphs=("经申报、推荐、专家评审和遴选，现将名单予以公示，" * 3, "公示期：2026年9月18日至2026年9月25日。"),
    attachment="附件：国家新兴产业发展示范基地创建对象名单",
    issuer="示例部办公厅",
    date="2026年9月18日",
    list_title="国家新兴产业发展示范基地创建对象名单",
    sections=(ListSection("示范园区", ENTRIES), ListSection("示范企业", ())),
    notes=("名单排名不分先后。",),
)


@dataclass(frozen=True)
class Sign:
    """A character as it stands on a page: point of origin and size in points."""

    text: str
    x: float
    y: float
    right: float
    size: float


def signs(page: pypdfium2.PdfPage) -> list[Sign]:
    text = page.get_textpage()
    found = []
    for number in range(text.count_chars()):
        x, y = ctypes.c_double(), ctypes.c_double()
        raw.FPDFText_GetCharOrigin(text, number, x, y)
        box = text.get_charbox(number, loose=True)
        character = chr(raw.FPDFText_GetUnicode(text, number))
        if character.isprintable() and character.strip():
            found.append(Sign(character, x.value, y.value, box[2], raw.FPDFText_GetFontSize(text, number)))
    return found


def lines(page: pypdfium2.PdfPage) -> list[list[Sign]]:
    """The lines of a page from top to bottom."""
    ordered = sorted(signs(page), key=lambda one: (-round(one.y, 1), one.x))
    return [list(group) for _, group in groupby(ordered, key=lambda one: round(one.y, 1))]


def said(line: list[Sign]) -> str:
    return "".join(one.text for one in line)


def opened(notice: OfficialNotice, language: str = "zh_CN") -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(official_notice(notice, language).data)


def test_the_page_is_a4_with_the_frame_and_the_grid_of_the_standard() -> None:
    document = opened(NOTICE)
    assert [round(side / MM, 1) for side in document[0].get_size()] == [210.0, 297.0]
    body = [line for line in lines(document[0]) if line[0].size == 16]
    assert pytest.approx(225 * MM / 22) == PITCH
    gaps = [upper[0].y - lower[0].y for upper, lower in pairwise(body)]
    assert all(gap / PITCH == pytest.approx(round(gap / PITCH), abs=0.02) for gap in gaps)
    full = next(line for line in body if len(line) >= 28)
    assert full[0].x == pytest.approx(LEFT, abs=0.1)
    steps = [after.x - before.x for before, after in pairwise(full)]
    assert steps == pytest.approx([156 * MM / 28] * len(steps), abs=0.05)
    for page in document:
        for one in (one for one in signs(page) if one.size != 14):
            # A closing mark may hang out by its own width.
            assert LEFT - 0.1 <= one.x <= RIGHT + 0.1, one
            assert BOTTOM <= one.y <= TOP, one


def test_sizes_are_those_of_title_text_and_number() -> None:
    document = opened(NOTICE)
    first = lines(document[0])
    assert {one.size for one in first[0]} == {22.0}
    assert [said(line) for line in first[:2]] == NOTICE.title.split("\n")
    middle = (first[0][0].x + first[0][-1].right) / 2
    assert middle == pytest.approx((LEFT + RIGHT) / 2, abs=1)
    assert {one.size for line in first[2:] for one in line} == {16.0, 14.0}


def test_first_lines_are_two_characters_in_and_those_addressed_begin_at_the_edge() -> None:
    body = [line for line in lines(opened(NOTICE)[0]) if line[0].size == 16]
    starts = {said(line): line[0].x for line in body}
    assert next(x for words, x in starts.items() if words.startswith("各省")) == pytest.approx(LEFT, abs=0.1)
    for begin in ("经申报", "公示期", "附件"):
        x = next(x for words, x in starts.items() if words.startswith(begin))
        assert x == pytest.approx(LEFT + 2 * CELL, abs=0.1), begin


def test_the_date_ends_four_characters_in_and_the_name_stands_over_its_middle() -> None:
    body = [line for line in lines(opened(NOTICE)[0]) if line[0].size == 16]
    name, date = body[-2], body[-1]
    assert (said(name), said(date)) == ("示例部办公厅", "2026年9月18日")
    assert date[-1].x + CELL == pytest.approx(RIGHT - 4 * CELL, abs=0.5)
    middle = (date[0].x + RIGHT - 4 * CELL) / 2
    assert (name[0].x + name[-1].x + CELL) / 2 == pytest.approx(middle, abs=0.5)
    assert body[-3][0].y - name[0].y == pytest.approx(3 * PITCH, abs=0.1)


def test_a_long_name_stays_inside_the_frame_with_the_date_in_its_middle() -> None:
    long = replace(NOTICE, issuer="示例部国家新兴产业发展示范基地建设工作领导小组办公室")
    body = [line for line in lines(opened(long)[0]) if line[0].size == 16]
    name, date = body[-2], body[-1]
    assert name[-1].x + CELL <= RIGHT + 0.5
    assert (name[0].x + name[-1].x + CELL) / 2 == pytest.approx((date[0].x + date[-1].x + CELL) / 2, abs=0.5)


def test_page_numbers_stand_between_dashes_outside_below_the_frame() -> None:
    document = opened(NOTICE)
    assert len(document) > 3
    for number, page in enumerate(document, 1):
        foot = [line for line in lines(page) if line[0].y < BOTTOM]
        assert [said(line) for line in foot] == [f"\u2014{number}\u2014"]
        assert {one.size for one in foot[0]} == {14.0}
        dash = foot[0][0].y + 14 * 0.35
        assert pytest.approx(7 * MM, abs=0.5) == BOTTOM - dash
        if number % 2:
            assert foot[0][-1].right == pytest.approx(RIGHT - 14, abs=1)
        else:
            assert foot[0][0].x == pytest.approx(LEFT + 14, abs=1)


def test_the_list_is_an_attachment_whole_and_in_order() -> None:
    made = official_notice(NOTICE, "zh_CN")
    document = pypdfium2.PdfDocument(made.data)
    words = ["".join(said(line) for line in lines(page)) for page in document]
    assert words[1].startswith("附件")
    found = re.findall(r"示例申报单位(\d{3})", "".join(words))
    assert found == [f"{n:03d}" for n in range(40)]
    assert sum("申报单位" in page for page in words) == len(words) - 1
    assert (made.pages, made.missing) == (len(document), ())


@settings(max_examples=25, deadline=None)
@given(count=st.integers(1, 30), length=st.integers(1, 90))
@example(count=19, length=1)  # the text fills its page to the last line
def test_no_page_bears_the_signature_alone(count: int, length: int) -> None:
    notice = replace(NOTICE, paragraphs=("字" * length,) * count, recipients="", sections=())
    document = opened(notice)
    for page in document:
        body = [said(line) for line in lines(page) if line[0].size == 16]
        if NOTICE.date in body:
            # 署名 and date on one page, with text above them.
            assert body[-2] == NOTICE.issuer
            assert any(line.startswith("字") for line in body[:-2])
        assert len(body) <= LINES


def test_english_stays_inside_too() -> None:
    notice = replace(
        NOTICE, title="Public notice of the applicants to build national demonstration bases",
        paragraphs=("After application, recommendation and review the list is made public. " * 6,),
        recipients="", issuer="Sample office of the national programme", date="2026-09-18",
    )  # fmt: skip
    for page in opened(notice, "en"):
        for one in signs(page):
            assert LEFT - 0.1 <= one.x <= RIGHT + 0.1


def test_a_character_no_font_has_is_shown_as_a_box_and_told() -> None:
    made = official_notice(replace(NOTICE, issuer="示例\U00020bb7部"), "zh_CN")
    assert made.missing == ("U+20BB7",)
