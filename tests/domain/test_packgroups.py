"""Differences in groups: those that move scores come first, and none is lost."""

from __future__ import annotations

import pytest

from ndb_desktop.domain.packdiff import PackChange
from ndb_desktop.domain.packgroups import GROUPS, group_of, grouped
from ndb_desktop.domain.phrase import Phrase


def change(path: str) -> PackChange:
    return PackChange("changed", path, "1", "2", Phrase("packdiff.pack"))


@pytest.mark.parametrize(
    ("path", "group"),
    [
        ("pack.indicators[P1.1].weights.basis", "weights"),
        ("pack.share.plan", "weights"),
        ("vectors[12]", "vectors"),
        ("vectors", "vectors"),
        ("pack.indicators[P1.1].rule.score.points[100]", "rules"),
        ("pack.bands[L3].low", "levels"),
        ("texts.en[P4.1.basis.L3]", "levels"),
        ("pack.settings.flags.range", "settings"),
        ("pack.indicators[P1.1]", "indicators"),
        ("pack.groups", "indicators"),
        ("pack.data[a].unit", "data"),
        ("texts.zh_CN[data.a.label]", "data"),
        ("pack.statements[secrecy]", "statements"),
        ("texts.zh_CN[statement.secrecy]", "statements"),
        ("pack.version", "identity"),
        ("texts.en[title]", "identity"),
        ("texts.en[P1.1.asks]", "texts"),
        ("somewhere.new", "texts"),
    ],
)
def test_each_path_has_its_group(path: str, group: str) -> None:
    assert group_of(change(path)) == group


def test_groups_come_in_order_and_hold_every_difference_once() -> None:
    given = [change(path) for path in ("pack.version", "vectors[1]", "pack.share.plan", "vectors[2]", "odd")]
    found = grouped(given)
    assert list(found) == [group for group in GROUPS if group in found] == ["weights", "vectors", "identity", "texts"]
    assert sorted(one.path for group in found.values() for one in group) == sorted(one.path for one in given)
