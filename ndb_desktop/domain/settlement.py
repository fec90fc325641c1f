"""合议: what a panel's vote decides where equal scores or the margin leave it open; never a score.

A vote fits the result it was taken on. If that result changes later (another sheet, another figure), the case is open
again. Nothing is adjusted automatically (panel E.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from ndb_desktop.domain.batch import Quota
from ndb_desktop.domain.decision import Content, Decision
from ndb_desktop.domain.model import Application, Category
from ndb_desktop.domain.selection import Selection

Outcome = Literal["selected", "not_selected"]
Choice = Literal["for", "against", "abstain"]
CHOICES: tuple[Choice, ...] = ("for", "against", "abstain")
_VOTE, _DISSENT = "vote.", "dissent."


@dataclass(frozen=True, slots=True)
class Vote:
    """表决 of one member, by id; `dissent` is a different opinion (保留意见) in words, "" for none."""

    member: str
    choice: Choice
    dissent: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """合议记录 on one application: the issue, the votes, the outcome; `result` is the digest of the result then."""

    application: str
    outcome: Outcome
    issue: str
    votes: tuple[Vote, ...]
    result: str
    decision: Decision

    def count(self, choice: Choice) -> int:
        """How many voted so."""
        return sum(vote.choice == choice for vote in self.votes)


@dataclass(frozen=True, slots=True)
class Seats:
    """名额 below one cap: the category's total (`field` "") or a field's; `taken` are selected already."""

    category: Category
    field: str
    limit: int
    taken: int

    @property
    def left(self) -> int:
        """Seats nobody has; negative if too many were selected."""
        return self.limit - self.taken


def content(outcome: Outcome, issue: str, votes: Iterable[Vote], result: str) -> Content:
    """A settlement as the named texts of a decision on an application."""
    texts = {"outcome": outcome, "issue": issue, "result": result}
    for vote in votes:
        # Ids may hold what a name of a text may not; the value carries the id.
        number = f"{len(texts):03d}"
        texts[_VOTE + number] = f"{vote.choice} {vote.member}"
        if vote.dissent.strip():
            texts[_DISSENT + number] = vote.dissent.strip()
    return texts


def settlements(decisions: Iterable[Decision]) -> Mapping[str, Settlement]:
    """The latest settlement on each application."""
    found = {}
    for one in decisions:
        if one.kind == "settlement":
            texts = one.content
            outcome: Outcome = "selected" if texts["outcome"] == "selected" else "not_selected"
            votes = tuple(_vote(texts, name) for name in sorted(texts) if name.startswith(_VOTE))
            found[one.subject] = Settlement(one.subject, outcome, texts["issue"], votes, texts["result"], one)
    return found


def _vote(texts: Content, name: str) -> Vote:
    said, _, member = texts[name].partition(" ")
    choice = next(choice for choice in CHOICES if choice == said)
    return Vote(member, choice, texts.get(_DISSENT + name.removeprefix(_VOTE), ""))


def carried(votes: Iterable[Vote]) -> bool:
    """Whether more voted for than against; abstentions do not count."""
    choices = [vote.choice for vote in votes]
    return choices.count("for") > choices.count("against")


def settled(selection: Selection, known: Mapping[str, Settlement], results: Mapping[str, str]) -> Selection:
    """The selection with every settlement applied that fits; `results` are digests of the results now."""
    states = {
        name: known[name].outcome
        for name in selection.of("pending")
        if name in known and known[name].result == results[name]
    }
    return replace(selection, states={**selection.states, **states}) if states else selection


def seats(
    selection: Selection, applications: Mapping[str, Application], quotas: Mapping[Category, Quota]
) -> tuple[Seats, ...]:
    """What every cap has left."""
    chosen = [applications[name] for name in selection.of("selected")]
    found = []
    for category, quota in quotas.items():
        mine = [one for one in chosen if one.category == category]
        if quota.total is not None:
            found.append(Seats(category, "", quota.total, len(mine)))
        for field, limit in sorted(quota.fields.items()):
            found.append(Seats(category, field, limit, sum(one.field == field for one in mine)))
    return tuple(found)
