"""推荐单位名单: what another list would change, in words, before it is taken."""

from __future__ import annotations

from collections.abc import Mapping

from ndb_desktop.domain.recommenders import Recommender, Recommenders
from ndb_desktop.texts import text


def changes(old: Recommenders | None, new: Recommenders, language: str) -> tuple[str, ...]:
    """Who comes, goes and is called otherwise, by region code, then the switch of the 计划单列市; empty if the same."""
    if old is None:
        return (text("recommenders.change.first", language, count=len(new.rows)), _cities(new, language))
    before, after = _by_region(old), _by_region(new)
    lines = []
    for region in sorted(before.keys() | after.keys()):
        was, now = before.get(region), after.get(region)
        if was is None and now is not None:
            lines.append(text("recommenders.change.added", language, region=region, name=now.name))
        elif now is None and was is not None:
            lines.append(text("recommenders.change.removed", language, region=region, name=was.name))
        elif was is not None and now is not None and was.name != now.name:
            lines.append(text("recommenders.change.named", language, region=region, old=was.name, new=now.name))
    if old.cities != new.cities:
        lines.append(_cities(new, language))
    if not lines and old.rows != new.rows:
        lines.append(text("recommenders.change.order", language))
    return tuple(lines)


def _by_region(listed: Recommenders) -> Mapping[str, Recommender]:
    return {row.region: row for row in listed.rows}


def _cities(listed: Recommenders, language: str) -> str:
    key = "recommenders.change.cities.yes" if listed.cities else "recommenders.change.cities.no"
    return text(key, language)
