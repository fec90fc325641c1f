"""One page of the expert desk on a real session, every task run at once: quick, and nothing happens behind the test.

with open_store(made, profile) as store:
    page = SignPage(store, ...); page.show(); click(qtbot, page, "sign.button")
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.services.review import ReviewSession
from ndb_desktop.ui import tasks
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.expert.view import ReviewView
from ndb_desktop.ui.plain import PlainLabel
from tests.support.review import MadeReview, open_session
from tests.support.window import child


@contextlib.contextmanager
def open_store(made: MadeReview, profile: Path) -> Iterator[ReviewStore]:
    """The store of a session on `made`; inside the block every task runs in the calling thread."""
    with tasks.inline(), open_session(made, profile) as session:
        store = ReviewStore(session, ReviewView(session))
        yield store
        store.deleteLater()
        rest()


def write(store: ReviewStore, *works: object) -> ReviewSession:
    """Does work on the session behind the page's back and tells the views."""
    for work in works:
        work(store.session)  # type: ignore[operator]
    store.view.renew()
    store.changed.emit(None)
    rest()
    return store.session


def rest() -> None:
    """Lets what was added be shown and what was deleted go."""
    QApplication.processEvents()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def click(qtbot: QtBot, parent: QWidget, name: str) -> None:
    """Clicks with the mouse what a user could click."""
    button = child(parent, name)
    assert button.isVisible(), f"{name} is not on screen"
    assert button.isEnabled(), f"{name} cannot be pressed"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    rest()


def shown_words(widget: QWidget) -> str:
    """Every label of `widget` that is on screen, without the marks that let long words break."""
    labels = [label for label in widget.findChildren(PlainLabel) if label.isVisible()]
    return "\n".join(label.text().replace("\u200b", "") for label in labels)
