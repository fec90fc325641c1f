"""One word for one thing, in both languages: what another word for it would be is not to be found in any text."""

from __future__ import annotations

import re

import pytest

from ndb_desktop import texts

EN = {
    r"\borgani[sz]ers?\b": "coordinator",
    r"\bcurrent situation\b": "present situation",
    r"\bdisputed? (?:figure|datum|data)\b": "challenge",
    r"\bunlock code\b": "secret",
}
"""Words that are not used, and the one that is."""

ZH = {
    "承诺": "评审声明",
    "开启口令": "开包密码",
    "总体评审意见": "总体意见",
    "评审意见": "总体意见",
    "无法评审": "无法评分",
    "标记的区域": "框选的区域",
    "异议": "质疑",
    "后再提交": "后重新导入",
    "重新提交": "重新导入",
}

OBJECTIONS = re.compile(r"objection|E-OBJECTION")
"""Where 异议 is what the public says against the list; an expert's doubt of a datum is a 质疑."""

SCORES = re.compile(r"\b[Mm]arks?\b")
NOT_SCORES = re.compile(
    r"viewer\.|keys\.(mark|cite)|challenge\.(marked|unmark)|evidence\.|E-REVIEW-RECT|E-EVIDENCE-DIGEST|undo\.state"
    r"|cli\.review\.news|news\.all|E-BUNDLE-MIMETYPE|curve\.marks|cli\.opt\.trial|start\.sample|create\.trial"
)
"""Where a mark is a sign, a frame on a page or a tick."""


@pytest.mark.parametrize("word", EN)
def test_english_has_one_word_for_it(word: str) -> None:
    found = [key for key, entry in texts.catalogue().items() if re.search(word, entry["en"], re.IGNORECASE)]
    assert not found, f"say {EN[word]}"


@pytest.mark.parametrize("word", ZH)
def test_chinese_has_one_word_for_it(word: str) -> None:
    found = [
        key
        for key, entry in texts.catalogue().items()
        if word in entry["zh_CN"] and not (word == "异议" and OBJECTIONS.search(key))
    ]
    assert not found, f"say {ZH[word]}"


def test_a_score_is_never_called_a_mark() -> None:
    wrong = []
    for key, entry in texts.catalogue().items():
        words = re.sub(r"\{\w+\}", "", entry["en"])
        if SCORES.search(words) and not NOT_SCORES.match(key):
            wrong.append(key)
    assert not wrong


def test_both_parts_have_one_name_each_long_and_short() -> None:
    said = {key: texts.text(key, "en", indicator="").strip() for key in PARTS}
    assert {said[key].lower() for key in PARTS if "basis" in key} == {"present situation", "present"}
    assert {said[key].lower() for key in PARTS if "plan" in key} == {"work plan", "plan"}
    said = {key: texts.text(key, "zh_CN", indicator="").strip() for key in PARTS}
    assert {said[key] for key in PARTS if "basis" in key} == {"基本情况", "基本"}
    assert {said[key] for key in PARTS if "plan" in key} == {"创建工作方案", "工作方案", "方案"}


PARTS = (
    "part.basis",
    "part.plan",
    "check.basis",
    "check.plan",
    "column.basis",
    "column.plan",
    "evidence.label.basis",
    "evidence.label.plan",
)


def test_the_secret_of_a_bundle_is_no_passphrase() -> None:
    """口令 is what a person chose for a key; 开包密码 (secret) came with the bundle."""
    for key, entry in texts.catalogue().items():
        if key.startswith(("report.slip", "open.secret")):
            assert "口令" not in entry["zh_CN"], key
            assert "passphrase" not in entry["en"].lower(), key


def test_only_a_form_is_submitted() -> None:
    """A file is imported, exported or handed in (交回); what is submitted is a form, until then a draft."""
    found = {key for key, entry in texts.catalogue().items() if "提交" in entry["zh_CN"]}
    assert found <= {"safety.draft", "sign.stays.drafts"}
