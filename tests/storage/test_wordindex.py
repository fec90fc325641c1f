"""Words for the index and places of a query in the original text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.storage import wordindex


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("生物制造GDP增长3.1%", ["生", "物", "制", "造", "gdp", "增", "长", "3", "1"]),
        ("ＧＤＰ ２０２５年", ["gdp", "2025", "年"]),
        ("⽅案", ["方", "案"]),  # Kangxi radical from a PDF
        ("inno\u00advation_x", ["innovation", "x"]),
        ("\U0002a6d6龘\ue123", ["\U0002a6d6", "龘", "\ue123"]),
        ("", []),
        ('"; DROP * ', ["drop"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert wordindex.words(text) == expected


def as_fts5(text: str) -> list[str]:
    """What FTS5's `ascii` tokenizer makes of a text: ASCII letters and figures, and every sign beyond ASCII."""
    return re.findall("[0-9A-Za-z\x80-\U0010ffff]+", text)


_TRICKY = (
    "中文。，ＡａbZ09 _-\n\0éÉ\u0301ßﬁ①²½㎡ｶﾞ\u3099한"
    "\u1112\u1161\u11ab⼀豈\u00ad\u200bΣςİ\u2044ａ\u0345\U0002a6d6\U0001f600"
)


@settings(max_examples=400, deadline=None)
@given(st.text(st.one_of(st.sampled_from(_TRICKY), st.characters(exclude_categories=["Cs"])), max_size=60))
def test_the_index_gets_exactly_the_words(text: str) -> None:
    assert as_fts5(wordindex.index_text(text)) == wordindex.words(text)


@pytest.mark.parametrize("first", range(0, 0x20000, 0x4000))
def test_every_sign_is_indexed_as_its_word(first: int) -> None:
    signs = [chr(code) for code in range(first, first + 0x4000) if not 0xD800 <= code < 0xE000]
    wanted = [wordindex.words(f"a{sign}文{sign}9") for sign in signs]
    assert [as_fts5(wordindex.index_text(f"a{sign}文{sign}9")) for sign in signs] == wanted


@pytest.mark.parametrize(
    ("text", "query", "places"),
    [
        ("发展生物制造与生\n物医药", "生物", [(2, 4), (7, 10)]),
        ("物生", "生物", []),
        ("category cat CAT2 cat", '"cat"', [(9, 12), (18, 21)]),
        ("category cat CAT2 concat", "cat", [(0, 3), (9, 12), (13, 16)]),
        ("annual reports report", "annual report", [(0, 13)]),
        ("annual reports", "\u201cannual report\u201d", []),
        ("13.1 3.15 3.1 3,1", "3.1", [(10, 13), (14, 17)]),
        ("生物、医药；生物——医药", "生物医药", [(0, 5), (6, 12)]),
        ("研发\n投入 强\u200b度", "研发投入强度", [(0, 9)]),
        ("研发\r\n\u3000投入", "「研发投入」", [(0, 7)]),
        ("ＡＩ 人工智能…①期", "ai人工智能 1期", [(0, 10)]),
        ("丁", "丁", [(0, 1)]),
        ("。，、", "，", []),
        ("GDP增长", "gdp", [(0, 3)]),
        ("ＧＤＰ增长", "gdp增", [(0, 4)]),
        ("年⽅案", "方案", [(1, 3)]),
        ("ﬁnal ﬁnal", "final", [(0, 4), (5, 9)]),
        ("强度 3.1 %", "3.1%", [(3, 6)]),
    ],
)
def test_places(text: str, query: str, places: list[tuple[int, int]]) -> None:
    assert wordindex.find_all(text, query, 10) == places


@pytest.mark.parametrize(
    ("text", "query", "places"),
    [
        ("2168 16800 1,680 a168b", "168", [(1, 4), (5, 8), (18, 21)]),
        ("３１６８万元", "168", [(1, 4)]),
        ("13.15 3.15 3.1", "3.1", [(1, 4), (6, 9), (11, 14)]),
        ("占168家 168家", "8家", [(3, 5), (8, 10)]),
        ("reports 2025", "report 20", []),
        ("category", "cat", [(0, 3)]),
        ("concat", "cat", []),
    ],
)
def test_a_number_may_be_a_part_of_one_where_asked_for(text: str, query: str, places: list[tuple[int, int]]) -> None:
    assert wordindex.find_all(text, query, 10, within=True) == places


@pytest.mark.parametrize(
    ("query", "may"),
    [("168", True), ("3.1%", True), ("168家", True), ("共168", True), ("第8期", False), ("\u201c168\u201d", False),
     ("cat", False), ("h2", False), ("%", False), ("", False)],
)  # fmt: skip
def test_which_queries_may_go_on(query: str, may: bool) -> None:
    assert wordindex.parts(query) is may


def test_snippet_is_one_line_and_marks_the_place() -> None:
    text, first, last = wordindex.snippet("前\n\n文" * 30 + "生\n物" + "后文" * 30, 120, 123)
    assert "\n" not in text
    assert text[first:last] == "生物"
    assert len(text) < 100


@pytest.mark.parametrize(
    ("text", "query", "shown", "words"),
    [
        ("性 能 指 标 经\n检测", "指标", "性能指标经检测", "指标"),
        ("性能 指标\n经，\n检测", "指标", "性能指标经，检测", "指标"),
        ("达到 3.1 %  以上", "3.1", "达到 3.1 % 以上", "3.1"),
        ("the AI\nbase 园区", "base", "the AI base 园区", "base"),
        ("建设 AI 基地", "AI基", "建设 AI 基地", "AI 基"),
        ("指标", "指标", "指标", "指标"),
    ],
)
def test_a_snippet_closes_the_gaps_in_chinese_and_keeps_others(text: str, query: str, shown: str, words: str) -> None:
    ((start, end),) = wordindex.find_all(text, query, 2)
    line, first, last = wordindex.snippet(text, start, end)
    assert line == shown
    assert line[first:last] == words


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.text(max_size=20))
def test_nothing_a_user_types_becomes_syntax(text: str, query: str) -> None:
    expression = wordindex.phrase(query)
    if expression is not None:
        assert expression.count('"') == 2
        assert expression.removesuffix(" *")[1:-1].split(" ") == wordindex.words(query)
    for start, end in wordindex.find_all(text, query, 5):
        assert 0 <= start < end <= len(text)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="生物制造ab1 ，\n", min_size=1, max_size=40), st.data())
def test_every_stretch_between_words_is_found(text: str, data: st.DataObject) -> None:
    found = wordindex.words(text)
    if found:
        first = data.draw(st.integers(0, len(found) - 1))
        last = data.draw(st.integers(first, len(found) - 1))
        query = " ".join(found[first : last + 1])
        assert wordindex.find_all(text, query, 5)
        exact = wordindex.find_all(text, f'"{query}"', 50)
        assert exact
        assert set(exact) <= {(start, end) for start, end in wordindex.find_all(text, query, 50)}


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="生物制造aAＡﬁ…①\u00ad\u200b2. ，\n", max_size=40), st.text(alphabet="生物aAﬁ2 ，", max_size=6))
def test_the_places_are_those_of_the_words(text: str, query: str) -> None:
    """What is marked holds exactly the words asked for, at every place where they follow each other."""
    wanted = wordindex.words(query)
    for start, end in wordindex.find_all(text, f'"{query}"', 50):
        assert wordindex.words(text[start:end]) == wanted


@given(st.lists(st.characters(), max_size=200))
@settings(max_examples=50, deadline=None)
def test_any_sign_keeps_its_offset(signs: list[str]) -> None:
    text = "".join(signs) + "标记"
    assert wordindex.find_all(text, "标记", 500)[-1] == (len(text) - 2, len(text))
