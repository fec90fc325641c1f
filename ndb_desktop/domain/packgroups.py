"""Differences between two rule packs in groups (分类的差异), those that move scores first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, Literal, get_args

from ndb_desktop.domain.packdiff import PackChange

ChangeGroup = Literal[
    "weights", "vectors", "rules", "levels", "settings", "indicators", "data", "statements", "identity", "texts"
]
"""权重, 试算, 计分规则, 评分档, 汇总设置, 指标, 数据项, 承诺, 名称与状态, 其他文字."""
GROUPS: Final[tuple[ChangeGroup, ...]] = get_args(ChangeGroup)

_PLACES: Final[tuple[tuple[ChangeGroup, re.Pattern[str]], ...]] = (
    ("weights", re.compile(r"pack\.share\..*|pack\.indicators\[[^]]*\]\.weights\..*")),
    ("vectors", re.compile(r"vectors.*")),
    ("rules", re.compile(r"pack\.indicators\[[^]]*\]\.rule.*")),
    ("levels", re.compile(r"pack\.bands.*|texts\.\w+\[[^]]*\.(basis|plan)\.L[1-5]\]")),
    ("settings", re.compile(r"pack\.settings.*")),
    ("indicators", re.compile(r"pack\.(indicators|groups).*")),
    ("data", re.compile(r"pack\.data.*|texts\.\w+\[data\..*")),
    ("statements", re.compile(r"pack\.statements.*|texts\.\w+\[statement\..*")),
    ("identity", re.compile(r"pack\.\w+|texts\.\w+\[title\]")),
)


def group_of(change: PackChange) -> ChangeGroup:
    """The group a difference belongs to, by its path."""
    return next((group for group, places in _PLACES if places.fullmatch(change.path)), "texts")


def grouped(changes: Iterable[PackChange]) -> Mapping[ChangeGroup, tuple[PackChange, ...]]:
    """The differences by group, in the order of `GROUPS`; groups without any are left out."""
    found: dict[ChangeGroup, list[PackChange]] = {}
    for change in changes:
        found.setdefault(group_of(change), []).append(change)
    return {group: tuple(found[group]) for group in GROUPS if group in found}
