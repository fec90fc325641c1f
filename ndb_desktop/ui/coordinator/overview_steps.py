"""What is to be done, in words: a line for each step, with the count behind it and the page where it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ndb_desktop.formats.succession import Stage
from ndb_desktop.services.agenda import Todo, TodoKind
from ndb_desktop.services.outcome import Unsettled
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.widgets.table import Column


@dataclass(frozen=True)
class Line:
    """One step: page, what, what to do about it, the words of the button that leads there, and how serious it is."""

    page: str
    title: str
    text: str
    button: str
    count: int
    warns: bool


_STEPS: Mapping[TodoKind, tuple[str, str, str, str]] = {
    "recommenders": (
        "applications.recommenders",
        "todo.recommenders",
        "todo.recommenders.text",
        "next.recommenders.button",
    ),
    "decisions": ("log", "todo.decisions", "todo.decisions.text", "next.log.button"),
    "applications": ("applications", "todo.applications", "next.applications.text", "next.applications.button"),
    "unread": ("applications", "todo.unread", "todo.unread.text", "next.documents.button"),
    "documents": ("applications", "todo.documents", "todo.documents.text", "next.documents.button"),
    "experts": ("people", "todo.experts", "next.people.text", "next.people.button"),
    "unassigned": ("assign", "todo.unassigned", "next.assign.text", "next.assign.button"),
    "unissued": ("issue", "todo.unissued", "next.issue.text", "next.issue.button"),
    "supplement": ("issue", "todo.supplement", "next.supplement.text", "next.issue.button"),
    "contradiction": ("merge.conflicts", "todo.contradiction", "next.conflict.text", "next.conflict.button"),
    "overdue": ("merge.missing", "todo.overdue", "todo.overdue.text", "next.merge.button"),
    "missing": ("merge.missing", "todo.missing", "next.merge.text", "next.merge.button"),
    "stale": ("merge", "todo.stale", "next.stale.text", "next.merge.button"),
    "key": ("people", "todo.key", "todo.key.text", "next.key.button"),
    "held": ("visits.records", "todo.held", "todo.held.text", "next.visits.button"),
    "site": ("visits.tasks", "todo.site", "todo.site.text", "next.visits.button"),
    "challenge": ("challenges", "todo.challenge", "todo.challenge.text", "next.challenge.button"),
    "not_final": ("results", "todo.not_final", "todo.not_final.text", "next.results.button"),
    "undecided": ("results", "todo.undecided", "todo.undecided.text", "next.results.button"),
    "done": ("results", "todo.done", "todo.done.text", "next.results.button"),
}
_LATER: Mapping[TodoKind, tuple[str, str, str, str]] = {
    "applications": (
        "applications", "todo.applications.stage", "next.applications.stage.text", "next.applications.button",
    ),
    "unread": ("applications", "todo.unread", "todo.unread.text", "next.documents.stage.button"),
    "documents": ("applications", "todo.documents", "todo.documents.text", "next.documents.stage.button"),
    "done": ("results", "todo.done.stage", "todo.done.text", "next.results.button"),
}  # fmt: skip
"""In a later stage: applications were taken over, forms come in, and there is no list of results to be final."""
_WARNS: frozenset[TodoKind] = frozenset({"decisions", "unread", "documents", "contradiction", "overdue", "key", "held"})


def step_line(todo: Todo, stage: Stage) -> Line:
    """A step of the agenda in words."""
    steps = _STEPS if stage == "selection" else {**_STEPS, **_LATER}
    page, title, text, button = steps[todo.kind]
    return Line(page, tr(title, count=todo.count), tr(text), tr(button), todo.count, todo.kind in _WARNS)


def scored_line(found: Unsettled) -> Line:
    """What scores leave open, in words."""
    count = len(found.subjects)
    return Line("results", i18n.phrase(found.phrase), tr("todo.scored.text"), tr("next.results.button"), count, False)


def step_columns() -> tuple[Column[Line], ...]:
    """What, and what to do about it."""
    return (
        Column(
            tr("todo.column"), lambda r: r.title,
            icon=lambda r: ("triangle-alert", "warning") if r.warns else ("circle", "muted"),
        ),
        Column(tr("todo.column.where"), lambda r: r.button),
        Column(tr("todo.column.how"), lambda r: r.text, stretch=True),
    )  # fmt: skip
