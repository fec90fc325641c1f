"""The desks that exist, which files each takes, and how each is made. A desk stands here only when it works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.shell.desk import Desk, Shell


@dataclass(frozen=True)
class DeskEntry:
    """`kinds`: names of `formats.sniff.FileKind` this desk takes; `registry` stands for a registry folder."""

    id: str
    icon: str
    title: Callable[[], str]
    text: Callable[[], str]
    make: Callable[[Shell], Desk]
    kinds: frozenset[str]


def _expert(shell: Shell) -> Desk:
    from ndb_desktop.ui.expert.desk import ExpertDesk

    return ExpertDesk(shell)


def _inspection(shell: Shell) -> Desk:
    from ndb_desktop.ui.inspection.desk import InspectionDesk

    return InspectionDesk(shell)


def _coordinator(shell: Shell) -> Desk:
    from ndb_desktop.ui.coordinator.desk import CoordinatorDesk

    return CoordinatorDesk(shell)


DESKS: tuple[DeskEntry, ...] = (
    DeskEntry(
        "expert",
        "clipboard-check",
        lambda: tr("desk.expert"),
        lambda: tr("desk.expert.text"),
        _expert,
        frozenset({"bundle", "receipt", "move"}),
    ),
    DeskEntry(
        "inspection",
        "list-checks",
        lambda: tr("desk.inspection"),
        lambda: tr("desk.inspection.text"),
        _inspection,
        frozenset({"visit", "site"}),
    ),
    DeskEntry(
        "coordinator",
        "landmark",
        lambda: tr("desk.coordinator"),
        lambda: tr("desk.coordinator.text"),
        _coordinator,
        frozenset({"registry", "handover", "score", "sealed"}),
    ),
)


def desk_for(kind: str) -> DeskEntry | None:
    """The desk that takes files of this kind."""
    return next((entry for entry in DESKS if kind in entry.kinds), None)
