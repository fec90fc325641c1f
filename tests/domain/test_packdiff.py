"""The difference of two packs: nothing for equal ones, every edit told in both languages with its path."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.packdiff import PackChange, pack_changes
from ndb_desktop.domain.packdiffwords import MEMBERS, WORDS
from ndb_desktop.domain.packload import compose_pack
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.texts import LANGUAGES, catalogue, phrase_text
from tests.support.packs import pack_for, pack_parts

Edit = Callable[[Any, Any, Any, Any], None]
OLD = pack_for("enterprise")


def edited(change: Edit) -> RulePack:
    """A pack after a change, as a file would bring it. Whether it is sound is no matter here, so it is not loaded."""
    parts = pack_parts("enterprise")
    change(*parts)
    raw = compose_pack(*parts)
    return RulePack(
        **{name: getattr(OLD, name) for name in RulePack.__dataclass_fields__} | {"raw": raw, "digest": "new"}
    )


def changes(change: Edit) -> list[PackChange]:
    """The differences of a change, and that they are those of its undoing the other way round."""
    new = edited(change)
    found = pack_changes(OLD, new)
    turned = {"added": "removed", "removed": "added", "changed": "changed", "moved": "moved"}
    back = {(turned[one.kind], str(one.after), str(one.before)) for one in pack_changes(new, OLD)}
    assert {(one.kind, str(one.before), str(one.after)) for one in found} == back
    for language in LANGUAGES:
        assert all(phrase_text(one.phrase, language).strip() for one in found)
    return list(found)


def told(change: Edit) -> list[tuple[str, str, str]]:
    return [(one.path, one.kind, phrase_text(one.phrase, "zh_CN")) for one in changes(change)]


def indicator(pack: Any, name: str) -> Any:
    return next(entry for entry in pack["indicators"] if entry["id"] == name)


def test_the_same_pack_has_no_difference() -> None:
    assert pack_changes(OLD, OLD) == ()
    assert len(pack_changes(OLD, pack_for("park"))) > 100


def weight(pack: Any, _zh: Any, _en: Any, _vectors: Any) -> None:
    indicator(pack, "E1.1")["weights"]["basis"] = "12"


def threshold(pack: Any, *_more: Any) -> None:
    pack["settings"]["threshold"] = "70"


def flag(pack: Any, *_more: Any) -> None:
    del pack["settings"]["flags"]["range"]


def point_score(pack: Any, *_more: Any) -> None:
    indicator(pack, "E1.1")["rule"]["score"]["points"][1][1] = "45"


def point_added(pack: Any, *_more: Any) -> None:
    indicator(pack, "E1.1")["rule"]["score"]["points"].insert(1, ["2.5", "20"])


def point_written_otherwise(pack: Any, *_more: Any) -> None:
    indicator(pack, "E1.1")["rule"]["score"]["points"][1][0] = "5.0"


def formula(pack: Any, *_more: Any) -> None:
    indicator(pack, "E2.1")["rule"]["measures"][0]["value"]["op"] = "ratio"


def branch(pack: Any, *_more: Any) -> None:
    indicator(pack, "E1.2")["rule"]["score"]["when"]["fields"].append("ai")
    indicator(pack, "E1.3")["rule"]["score"]["parts"][0]["weight"] = "0.6"


def kind_of_rule(pack: Any, *_more: Any) -> None:
    rule = indicator(pack, "E1.1")["rule"]
    rule["score"] = {"type": "bool_points", "code": "top_position", "yes": "100", "no": "0"}


def adjustment(pack: Any, *_more: Any) -> None:
    rule = indicator(pack, "E1.1")["rule"]
    rule["adjustments"][0]["value"] = "95"
    rule["adjustments"].append({"type": "gate", "when": {"op": "special_region"}})


def text(_pack: Any, zh: Any, _en: Any, _vectors: Any) -> None:
    zh["title"] = "新标题"


def vector(_pack: Any, _zh: Any, _en: Any, vectors: Any) -> None:
    vectors[0]["score"] = "81"


def class_removed(pack: Any, zh: Any, en: Any, _vectors: Any) -> None:
    standards = next(entry for entry in pack["data"] if entry["code"] == "standards")
    standards["classes"].remove("industry_joined")
    for texts in (zh, en):
        del texts["data.standards.class.industry_joined"]


def indicator_removed(pack: Any, zh: Any, en: Any, vectors: Any) -> None:
    pack["indicators"] = [entry for entry in pack["indicators"] if entry["id"] != "E4.3"]
    vectors[:] = [entry for entry in vectors if entry["indicator"] != "E4.3"]
    for texts in (zh, en):
        for key in [key for key in texts if key.startswith("E4.3.")]:
            del texts[key]


RD = "「研发投入强度」"
SUMS = "sum(rd_spending), sum(revenue)"
NAME = "指标 E1.1「标志性产品市场占有率」"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (weight, [("pack.indicators[E1.1].weights.basis", "changed", f"{NAME}：基本情况权重由「10」改为「12」")]),
        (threshold, [("pack.settings.threshold", "changed", "规则包设置：分数线由「75」改为「70」")]),
        (flag, [("pack.settings.flags.range", "removed", "规则包设置：提示界限（极差）不再填写，原为「30」")]),
        (
            point_score,
            [("pack.indicators[E1.1].rule.score.points[1].points", "changed",
              f"{NAME}的分段点 5：分值由「40」改为「45」")],
        ),
        (point_added, [("pack.indicators[E1.1].rule.score.points[1]", "added", f"新增：{NAME}的分段点（2.5，20）")]),
        (
            point_written_otherwise,
            [("pack.indicators[E1.1].rule.score.points[1].x", "changed",
              f"{NAME}的分段点 5.0：横坐标由「5」改为「5.0」")],
        ),
        (
            formula,
            [("pack.indicators[E2.1].rule.measures[rd_intensity].value", "changed",
              f"指标 E2.1{RD}的计分量 rd_intensity{RD}：算式或数值由「share({SUMS})」改为「ratio({SUMS})」")],
        ),
        (
            branch,
            [("pack.indicators[E1.2].rule.score.when", "changed",
              "指标 E1.2「产品附加值水平」：条件由「in_field(software)」改为「in_field(software, ai)」"),
             ("pack.indicators[E1.3].rule.score.parts[0].weight", "changed",
              "指标 E1.3「新兴领域主营业务收入与增长」（分支 1）：分支权重由「0.5」改为「0.6」")],
        ),
        (
            kind_of_rule,
            [("pack.indicators[E1.1].rule.score", "changed", f"{NAME}：计分规则由「分段线性」改为「按是否」")],
        ),
        (
            adjustment,
            [("pack.indicators[E1.1].rule.adjustments[1]", "added", f"新增：{NAME}的必备条件（special_region()）"),
             ("pack.indicators[E1.1].rule.adjustments[0].value", "changed",
              f"{NAME}的保底（flag(top_position)）：算式或数值由「90」改为「95」")],
        ),
        (
            text,
            [("texts.zh_CN[title]", "changed", "文字 title（中文）由「示范企业考评指标（建议稿）」改为「新标题」")],
        ),
        (
            vector,
            [("vectors[0]", "removed", "删去：指标 E1.1 的一个测试向量"),
             ("vectors[0]", "added", "新增：指标 E1.1 的一个测试向量")],
        ),
        (
            class_removed,
            [("pack.data[standards].classes[industry_joined]", "removed",
              "删去：数据项 standards「标准清单」的类别 industry_joined「行业标准（参与）」")],
        ),
    ],
)  # fmt: skip
def test_a_change_is_told_in_words_and_with_its_path(change: Edit, expected: list[tuple[str, str, str]]) -> None:
    found = told(change)
    assert [(path, kind) for path, kind, _ in sorted(found)] == [(path, kind) for path, kind, _ in sorted(expected)]
    assert {words for _, _, words in found} == {words for _, _, words in expected}


def test_what_comes_or_goes_with_an_indicator_is_not_told_again() -> None:
    found = told(indicator_removed)
    assert found[0][:2] == ("pack.indicators[E4.3]", "removed")
    assert not [path for path, _, _ in found if path.startswith("texts.")]
    assert {path.split("[")[0] for path, _, _ in found[1:]} == {"vectors"}


def test_an_order_that_changed_is_told_once() -> None:
    assert told(lambda pack, *_: pack["indicators"].reverse()) == [
        ("pack.indicators", "moved", "次序改变：二级指标"),
    ]
    assert [one[1] for one in told(lambda _p, _z, _e, vectors: vectors.append(vectors.pop(0)))] == ["moved"]
    moved = told(lambda pack, *_: indicator(pack, "E1.2")["rule"]["measures"].reverse())
    assert moved == [("pack.indicators[E1.2].rule.measures", "moved", "次序改变：pack.indicators[E1.2].rule.measures")]


def test_empty_and_not_given_are_told_apart() -> None:
    def empty(pack: Any, *_more: Any) -> None:
        indicator(pack, "E2.1")["rule"]["adjustments"] = []
        pack["data"][0]["classes"] = []

    assert sorted((path, kind) for path, kind, _ in told(empty)) == [
        ("pack.data[product_sales].classes", "added"),
        ("pack.indicators[E2.1].rule.adjustments", "added"),
    ]


def nodes(value: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Every place in a tree of JSON that can be changed: what holds it, and its key or number."""
    for key in value if isinstance(value, dict) else range(len(value)):
        if isinstance(value[key], dict | list):
            nodes(value[key], found)
        elif key not in ("id", "code", "op", "type", "level", "class", "indicator"):
            found.append((value, key))
    return found


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_no_edit_goes_untold(data: st.DataObject) -> None:
    """Whatever single value is changed: something is told, and it is the one thing."""

    def change(pack: Any, zh: Any, en: Any, _vectors: Any) -> None:
        del zh["title"], en["title"]  # so that there is a text on one side only
        places = nodes([pack["indicators"], pack["data"], pack["settings"], pack["bands"]], [])
        holder, key = places[data.draw(st.integers(0, len(places) - 1))]
        before = copy.deepcopy(holder[key])
        holder[key] = not before if isinstance(before, bool) else before + 1 if isinstance(before, int) else "7.125"

    found = [one for one in changes(change) if not one.path.startswith("texts.")]
    assert found
    assert len(found) <= 3  # an entry known by what was changed goes and comes


def test_every_word_is_in_the_catalogue_and_none_is_left_over() -> None:
    for prefix, names in (("packdiff.member.", MEMBERS), ("packdiff.word.", WORDS)):
        assert {key[len(prefix) :] for key in catalogue() if key.startswith(prefix)} == names
