"""One word for one thing, in both languages: what another word for it would be is not to be found in any text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ndb_desktop import texts
from ndb_desktop.domain.errors import Fault

ROOT = Path(__file__).resolve().parents[1]

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
    "登记库": "总库",
    "遴选总库": "考评总库",
    "遴选规则包": "考评规则包",
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


@pytest.mark.parametrize("word", ["登记库", "遴选总库", "遴选规则包"])
def test_the_guides_have_the_same_word_for_it(word: str) -> None:
    pages = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "forms").rglob("*.md")]
    assert not [page.name for page in pages if word in page.read_text(encoding="utf-8")], f"say {ZH[word]}"


OPTION = re.compile(r"(?<![\w-])--[a-z]|\bndb [a-z]")
ONLY_COMMANDS = re.compile(r"E-CLI-|E-INBOX-NONE$|E-VERIFY-SITE$")
"""Errors of which the window knows nothing."""


def test_what_the_window_says_too_is_no_riddle_of_the_command_line() -> None:
    """What is to be done is said in words; an option may follow, called one of the command line."""
    wrong = [
        (key, language)
        for key, entry in texts.catalogue().items()
        for language, called in (("zh_CN", "命令行"), ("en", "command line"))
        if key.startswith("E-") and not ONLY_COMMANDS.match(key)
        if OPTION.search(entry[language]) and called not in entry[language]
    ]
    assert not wrong


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


@pytest.mark.parametrize(("language", "name"), [("zh_CN", "示范园区"), ("en", "Demonstration park")])
def test_a_category_in_an_error_is_called_by_its_name(language: str, name: str) -> None:
    said = texts.fault_text(Fault("E-STAGE-PACK-NONE", "P001", {"category": "park"}), language)
    assert name in said
    typed = texts.fault_text(Fault("E-IMPORT-CATEGORY", "", {"category": "parks"}), language)
    assert "parks" in typed, "what was typed wrongly stays as it was typed"
