from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from ndb_desktop.documents.port import Rect
from ndb_desktop.documents.views import PdfView
from ndb_desktop.documents.words import find_rects, flowing, merge_boxes, occurrences, unify
from ndb_desktop.paths import resource


def test_one_chinese_character_is_a_word() -> None:
    assert occurrences("示范园区与示范企业", "示") == [(0, 1), (5, 6)]


def test_line_ends_case_and_width_do_not_matter() -> None:
    assert occurrences("新兴产\n业发展", "产业") == [(2, 5)]
    assert occurrences("Ｒ＆Ｄ 经费", "r&d") == [(0, 3)]
    assert occurrences("abc", "") == []
    assert occurrences("abc", " \n") == []


def test_radical_forms_of_pdf_fonts_become_ordinary_characters() -> None:
    assert unify("a⼀⽅ﬁ𠔜") == "a一方ﬁ𠔜"


def test_a_word_over_two_lines_gives_two_rectangles() -> None:
    boxes = [Rect(0, 0, 10, 10), Rect(10, 0, 20, 10), Rect(0, 20, 10, 30), Rect(10, 20, 20, 30)]
    assert find_rects("示范园区", boxes, "示范园区") == [Rect(0, 0, 20, 10), Rect(0, 20, 20, 30)]
    assert merge_boxes([Rect(0, 0, 0, 0)]) == []


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.text(min_size=1, max_size=4))
def test_every_hit_is_inside_the_text_and_hits_do_not_overlap(text: str, query: str) -> None:
    end_before = 0
    for start, end in occurrences(text, query):
        assert end_before <= start < end <= len(text) or start == end_before - 1  # one ligature may serve two hits
        end_before = end


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="示范园区ab", max_size=30), st.text(alphabet="示范园区ab", min_size=1, max_size=3))
def test_finds_as_often_as_plain_counting(text: str, query: str) -> None:
    assert len(occurrences(text, query)) == text.count(query)


def row(text: str, width: float = 10.0, y: float = 0.0, x: float = 0.0) -> list[Rect]:
    """Boxes of a line as PDFium gives them: spaces and line ends have none."""
    boxes = []
    for character in text:
        empty = character.isspace()
        boxes.append(Rect(x, y, x, y) if empty else Rect(x + 0.5, y, x + width - 0.5, y + 10))
        x += 0 if empty else width
    return boxes


@pytest.mark.parametrize(
    ("text", "copied"),
    [
        ("主导产业\n营\n业收入", "主导产业营业收入"),
        ("主 导 产 业", "主导产业"),
        ("R&D 经费", "R&D 经费"),
        ("占\n5\n%", "占5%"),
        ("", ""),
        ("\n", "\n"),
    ],
)
def test_line_ends_inside_a_line_are_not_copied(text: str, copied: str) -> None:
    assert flowing(text, row(text)) == copied


def test_a_line_end_stays_where_the_line_changes_and_a_gap_where_there_is_one() -> None:
    two = row("第一行\n") + row("第二行", y=15)
    assert flowing("第一行\n第二行", two) == "第一行\n第二行"
    cells = row("营业收入\n") + row("万元\n", x=120) + row("46950", 6, x=240)
    assert flowing("营业收入\n万元\n46950", cells) == "营业收入 万元 46950"
    columns = row("左栏末行\n", y=300) + row("右栏首行", x=300)
    assert flowing("左栏末行\n右栏首行", columns) == "左栏末行\n右栏首行"
    turned = [Rect(0, 12 * at, 10, 12 * at + 10) for at in range(3)]
    assert flowing("直排字", turned) == "直排字"


def test_a_real_table_of_single_runs_is_copied_row_by_row() -> None:
    """Every run is written on its own and not in order of its place, as some office programs do."""
    pdfmetrics.registerFont(TTFont("Flow", str(resource("fonts", "NotoSansSC-Regular.ttf"))))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for y, cells in ((700, ("主导产业,营,业收入", "346.42", "审,计")), (680, ("全部产业营,业,收入。", "—", "说明"))):
        for x, cell in zip((72, 250, 400), cells, strict=True):
            for run in cell.split(","):
                begun = canvas.beginText(x, y + (0.4 if len(run) == 1 else 0))
                begun.setFont("Flow", 10)
                begun.textOut(run)
                canvas.drawText(begun)
                x += pdfmetrics.stringWidth(run, "Flow", 10)
    canvas.save()
    view = PdfView(out.getvalue())
    text, boxes = view.characters(0)
    view.close()
    assert flowing(text, boxes).split("\n") == ["主导产业营业收入 346.42 审计", "全部产业营业收入。 — 说明"]


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="示a1。 \n", max_size=30))
def test_no_character_is_lost_and_no_line_end_added(text: str) -> None:
    copied = flowing(text, row(text))
    assert "".join(copied.split()) == "".join(text.split())
    assert copied.count("\n") <= text.count("\n")
