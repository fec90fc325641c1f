"""须复看: what a change of an application means for marks an expert has already made.

Marks are never taken away. A computed score the expert had confirmed is confirmed again when its data or the score
itself changed (R12); judged marks stay and are named to be looked at again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from ndb_desktop.domain.changes import Difference, DifferenceKind, differences
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.rulepack import ItemDef, RulePack
from ndb_desktop.domain.scoring import computed_values
from ndb_desktop.domain.sheet import ItemEntry, Sheet, item_id

NewsKind = Literal[
    DifferenceKind,
    "application_new",
    "application_back",
    "application_gone",
    "score",
    "confirm",
    "look",
    "link",
    "challenge",
    "export_again",
    "not_carried",
]
"""`confirm` an item to be confirmed again, `look` one to be looked at again; `link` and `challenge` a cited place in a
document that was exchanged or is gone; `export_again`: signed files of the bundle before are refused; `not_carried`: an
earlier worksheet could not be opened; `actual` an actual value of a later stage (`domain.stagenews`)."""

_OF_BASIS = frozenset({"datum", "verified", "object", "origin"})
_GONE = frozenset({"document_changed", "document_gone"})


@dataclass(frozen=True, slots=True)
class News:
    """One line of 有何变化. `old` and `new` of `score` and `confirm` are exact ratios; `done` is when the expert ticked
    it, "" before; `item` the score item it concerns. `subject` of `confirm` and `look` is what changed under the item,
    a `Cause` a line: `kind:name`.
    """

    kind: NewsKind
    application: str
    subject: str = ""
    part: str = ""
    old: str = ""
    new: str = ""
    item: str = ""
    done: str = ""


Cause = Literal["datum", "target", "task", "document", "gone", "proof"]
"""Why an item must be looked at again: a datum (`name` its code), the target or a task of its plan, a document that was
exchanged (`name` its id) or taken out (`name` its title), in a later stage the proof of an actual value."""


@dataclass(frozen=True, slots=True)
class Impact:
    """What happened to one application: the lines, and the entries that take the place of the stored ones."""

    news: tuple[News, ...]
    reset: tuple[ItemEntry, ...]


def impact(pack: RulePack, old: Application, new: Application, k: tuple[Fraction, Fraction], sheet: Sheet) -> Impact:
    """The change from `old` to `new` on a sheet; `k` are the field's scale factors before and now."""
    found = differences(old, new)
    name = new.id
    news = [News(item.kind, name, item.subject, item.part, item.old, item.new, _item_of(pack, item)) for item in found]
    before, after = computed_values(pack, old, k[0]), computed_values(pack, new, k[1])
    moved = [item for item in pack.items if before.get(item.id) != after.get(item.id)]
    causes = {item.id: [_cause(change) for change in _touching(item, found, old, new)] for item in pack.items}
    touched = {item for item, why in causes.items() if why} | {item.id for item in moved}
    scores = {item.id: (str(before.get(item.id, "")), str(after.get(item.id, ""))) for item in pack.items}
    reset = []
    cited = {item.subject for item in found if _paper(item)}
    for item in pack.items:
        entry = sheet.items.get(item.id)
        if entry is None or entry.state == "open":
            continue
        papers = cited & _documents_of(item, old, sheet)
        why = [*causes[item.id], *(_cause(change) for change in found if change.subject in papers and _paper(change))]
        if item.computed and entry.confirm and item.id in touched:
            reset.append(replace(entry, state="open", confirm=""))
            news.append(News("confirm", name, _one_each(why), "", *scores[item.id], item.id))
        elif item.id in touched or papers:
            news.append(News("look", name, _one_each(why), item=item.id))
    again = {entry.item for entry in reset}
    news += [News("score", name, "", "", *scores[item.id], item.id) for item in moved if item.id not in again]
    news += _cited_places(name, cited, sheet)
    return Impact(tuple(news), tuple(reset))


def _item_of(pack: RulePack, found: Difference) -> str:
    """The item a difference belongs to first of all; "" when to none alone."""
    if found.kind == "target":
        return item_id(found.subject, "plan")
    if found.kind in _OF_BASIS or found.kind == "evidence":
        for indicator in pack.indicators:
            if any(datum.code == found.subject for datum in indicator.data):
                return item_id(indicator.id, "basis")
    return ""


def _touching(item: ItemDef, found: Sequence[Difference], old: Application, new: Application) -> Iterator[Difference]:
    """What of an item's own has changed: its data, or in the plan its target and tasks."""
    codes, tasks = {datum.code for datum in item.indicator.data}, _tasks_of(item, old, new)
    for change in found:
        of_plan = item.part == "plan" and (
            (change.kind == "target" and change.subject == item.indicator.id)
            or (change.kind == "task" and change.subject in tasks)
        )
        if of_plan or (change.kind in _OF_BASIS and change.subject in codes):
            yield change


def _paper(change: Difference) -> bool:
    return change.kind in _GONE


def _cause(change: Difference) -> tuple[Cause, str]:
    if change.kind == "document_gone":
        return "gone", change.old
    if change.kind == "document_changed":
        return "document", change.subject
    if change.kind in ("target", "task"):
        return ("target" if change.kind == "target" else "task"), change.subject
    return "datum", change.subject


def _one_each(causes: Sequence[tuple[Cause, str]]) -> str:
    return "\n".join(dict.fromkeys(f"{kind}:{name}" for kind, name in causes))


def _tasks_of(item: ItemDef, *versions: Application) -> set[str]:
    return {task.id for version in versions for task in version.tasks if task.indicator == item.indicator.id}


def _documents_of(item: ItemDef, application: Application, sheet: Sheet) -> set[str]:
    """Documents the item rests on: where its data are proven, what the expert cited."""
    data = [application.data[d.code] for d in item.indicator.data if d.code in application.data]
    return {ref.document for datum in data for ref in datum.evidence} | {
        link.document for link in sheet.evidence if link.item == item.id
    }


def _cited_places(application: str, cited: set[str], sheet: Sheet) -> Iterator[News]:
    for link in sheet.evidence:
        if link.document in cited:
            yield News("link", application, link.id, str(link.page), link.document, item=link.item)
    for challenge in sheet.challenges:
        if challenge.document in cited:
            item = item_id(challenge.indicator, "basis")
            yield News("challenge", application, challenge.id, str(challenge.page), challenge.document, item=item)
