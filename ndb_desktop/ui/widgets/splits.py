"""Where the user drew the line between two panes stays there for the next days, languages and type sizes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter

from ndb_desktop.ui.settings import Settings

_state: dict[str, Settings] = {}


def remember_in(settings: Settings) -> None:
    """From now on, the lines are remembered in these settings (names of panes and pixels, nothing from a bundle)."""
    _state["settings"] = settings


def forget() -> None:
    """Remembers nothing any more."""
    _state.clear()


def remember(splitter: QSplitter, name: str) -> None:
    """Draws the lines of `splitter` where they were left, and keeps every one the user draws.

    Its parts must be there already. Nothing is kept while one of them is hidden or they stand the other way round:
    that is another arrangement, for which these sizes mean nothing.
    """
    settings = _state.get("settings")
    usual = splitter.orientation()
    if settings is not None:
        sizes = settings.split(name)
        if len(sizes) == splitter.count():
            splitter.setSizes(list(sizes))
    splitter.splitterMoved.connect(lambda _place, _number: _keep(splitter, name, usual))


def _keep(splitter: QSplitter, name: str, usual: Qt.Orientation) -> None:
    settings = _state.get("settings")
    parts = [splitter.widget(number) for number in range(splitter.count())]
    whole = all(part is not None and not part.isHidden() for part in parts)
    if settings is not None and whole and splitter.orientation() == usual:
        settings.set_split(name, splitter.sizes())
