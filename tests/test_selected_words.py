"""Who is selected is a 创建对象 for two years: no text calls a selected applicant 认定, or a demonstration base."""

from __future__ import annotations

import re

from ndb_desktop import texts

CHOSEN = {
    "zh_CN": re.compile(r"入选|列入名单|创建对象|遴选结果|第一批"),
    "en": re.compile(r"\bselected\b|\bselection\b|building a base"),
}
RECOGNISED = {"zh_CN": re.compile(r"认定|授牌"), "en": re.compile(r"\brecogni[sz]|\bplaque\b", re.IGNORECASE)}
LATER = {
    "zh_CN": re.compile(r"方可认定|尚未认定|不是认定|不能.{0,8}认定|须已认定"),
    "en": re.compile(r"\bonly after\b|\bnot (?:yet )?recogni|\bcannot\b|takes those|recognised only", re.IGNORECASE),
}
BASES = re.compile(r"示范(?:基地|园区|企业)(?:公示)?名单")
"""A list of bases; what a selection publishes is a list of 创建对象."""


def test_no_text_says_of_a_selected_applicant_that_it_is_recognised() -> None:
    wrong = [
        (key, language)
        for key, entry in texts.catalogue().items()
        for language in ("zh_CN", "en")
        if CHOSEN[language].search(entry[language])
        and RECOGNISED[language].search(entry[language])
        and not LATER[language].search(entry[language])
    ]
    assert wrong == []


def test_no_published_list_is_called_one_of_bases() -> None:
    assert [key for key, entry in texts.catalogue().items() if BASES.search(entry["zh_CN"])] == []


def test_the_words_of_the_states_are_apart() -> None:
    known = texts.catalogue()
    assert "创建对象" in known["lifecycle.state.creating"]["zh_CN"]
    recognising = {
        key for key, entry in known.items()
        if key.startswith("lifecycle.") and RECOGNISED["zh_CN"].search(entry["zh_CN"].replace("终止", ""))
    }  # fmt: skip
    assert {"lifecycle.state.recognised", "lifecycle.move.recognise"} <= recognising
    assert not {"lifecycle.state.creating", "lifecycle.move.create", "lifecycle.state.accepted"} & recognising


def test_the_check_would_find_it() -> None:
    for said in ("第一批已认定21个园区", "入选单位获授牌"):
        assert CHOSEN["zh_CN"].search(said), said
        assert RECOGNISED["zh_CN"].search(said), said
        assert not LATER["zh_CN"].search(said), said
    assert BASES.search("国家新兴产业发展示范基地名单")
