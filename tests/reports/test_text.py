"""Foreign strings stay strings: no markup is obeyed, no character is lost, every missing glyph is named."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.platypus import Paragraph

from ndb_desktop.reports import fonts, styles
from ndb_desktop.reports.text import BOX, Words

HOSTILE = [
    '<img src="/etc/passwd" width="10" height="10"/>',
    "<b>unclosed",
    "</para><para>",
    "&lt;b&gt; &amp; &#65; &nope;",
    '<a href="file:///etc/passwd">x</a>',
    '<font name="Courier" size="99">big</font>',
    "<!-- -->", "<![CDATA[ x ]]>", "<?xml?>", "{curly} %s $x",
]  # fmt: skip


def shown(paragraph: Paragraph) -> str:
    """What the paragraph will draw, spaces aside."""
    pieces = []
    for piece in paragraph.frags:
        assert getattr(piece, "cbDefn", None) is None, "an image or other callback came from text"
        assert not getattr(piece, "link", None)
        pieces.append("\n" if hasattr(piece, "lineBreak") else piece.text)
    return "".join("".join(pieces).split())


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["body", "title"])
def test_markup_is_shown_not_obeyed(text: str, name: str) -> None:
    words = Words("zh_CN")
    assert shown(words.paragraph(text, styles.style(name))) == "".join(text.split())
    assert words.missing == ()


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=80), st.text(alphabet="<>&;/\"'=abimgsrc #\n示范", max_size=80)))
def test_any_string_is_shown_whole(text: str) -> None:
    words = Words("en")
    paragraph = words.paragraph(text, styles.style("title"))
    have = fonts.characters(fonts.REGULAR)
    controls = set(map(chr, [*range(0x20), *range(0x7F, 0xA0)])) - set("\n\r\t")
    expected = "".join(c if c in "\n\r\t" or (ord(c) in have and c not in controls) else BOX for c in text)
    assert shown(paragraph) == "".join(expected.split())
    lacking = {c for c in text if c not in "\n\r\t" and (ord(c) not in have or c in controls)}
    assert set(words.missing) == {f"U+{ord(c):04X}" for c in lacking}
    paragraph.wrap(200, 10_000)


def test_missing_glyph_becomes_a_box_with_its_code_point() -> None:
    words = Words("zh_CN")
    assert words.line("𠮷林䶮㐂") == "□林䶮㐂"
    words.paragraph("\x07𠮷\ud800", styles.style("body"))
    assert words.missing == ("U+0007", "U+D800", "U+20BB7")


def test_a_character_bold_lacks_comes_from_regular() -> None:
    words = Words("zh_CN")
    assert ord("龘") not in fonts.characters(fonts.BOLD)
    markup = words.markup("龘园", fonts.BOLD)
    assert re.search(r'<font name="NotoSansSC">龘</font>园', markup)
    assert words.missing == ()


def test_chinese_and_latin_wrap_differently() -> None:
    words = Words("zh_CN")
    chinese = words.paragraph("示范园区建设" * 30, styles.style("body"))
    latin = words.paragraph("demonstration base " * 30, styles.style("body"))
    assert chinese.style.wordWrap == "CJK"
    assert latin.style.wordWrap != "CJK"
    for paragraph in (chinese, latin):
        paragraph.wrap(150, 10_000)
        assert len(paragraph.blPara.lines) > 5


def test_line_breaks_follow_the_rules_of_chinese_print() -> None:
    words = Words("zh_CN")
    text = "目标得分 41.82 分：主导产业营业收入（不含税）增长，未超过基期；按“中性情形”测算，研发强度达到 12.5%，稳定。"
    for width in range(60, 240, 7):
        paragraph = words.paragraph(text, styles.style("cell"))
        paragraph.wrap(width, 10_000)
        lines = [line[1][0] for line in paragraph.blPara.lines]
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        for line in lines[1:]:
            assert line[0] not in "，。；：）”%"
        for line in lines[:-1]:
            assert line[-1] not in "（“"
            assert not re.search(r"\d\.$", line)


def test_a_word_longer_than_the_line_is_cut_all_the_same() -> None:
    words = Words("zh_CN")
    paragraph = words.paragraph("中文" + "x" * 300 + "中文" * 60, styles.style("cell"))
    paragraph.wrap(100, 10_000)
    lines = [line[1][0] for line in paragraph.blPara.lines]
    assert "".join(lines) == "中文" + "x" * 300 + "中文" * 60
    assert len(lines) > 20
