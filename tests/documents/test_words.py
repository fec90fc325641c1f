from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.documents.port import Rect
from ndb_desktop.documents.words import find_rects, merge_boxes, occurrences, unify


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
