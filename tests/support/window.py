"""The window in tests: opened on a profile, waited for, walked page by page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.ui import tasks
from ndb_desktop.ui.expert.desk import ExpertDesk
from ndb_desktop.ui.expert.review_page import ReviewPage
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.review import MadeReview

PASSPHRASE = "correct horse battery"


def now() -> datetime:
    """A clock for windows in tests."""
    return datetime(2026, 11, 22, 4, 0, 0, tzinfo=UTC)


def settle(limit: float = 20.0) -> None:
    """Lets every task and event come to an end."""
    end = time.monotonic() + limit
    quiet = 0
    while quiet < 3:
        QApplication.processEvents()
        # Without an event loop running, nobody else carries out `deleteLater`.
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        quiet = 0 if tasks.busy() else quiet + 1
        if tasks.busy():
            time.sleep(0.002)
        if time.monotonic() > end:
            raise AssertionError("the window did not come to rest")


def child(parent: QWidget, name: str) -> QWidget:
    """The widget of that object name which is on screen, else the only one."""
    found = parent.findChildren(QWidget, name)
    shown = [widget for widget in found if widget.isVisible()]
    assert shown or found, f"no widget is called {name}"
    return (shown or found)[0]


def press(parent: QWidget, name: str) -> None:
    """Clicks a button that a user could click, and waits."""
    button = child(parent, name)
    assert isinstance(button, QAbstractButton)
    assert button.isVisible(), f"{name} is not on screen"
    assert button.isEnabled(), f"{name} cannot be pressed"
    button.click()
    settle()


def desk_of(window: MainWindow) -> ExpertDesk:
    """The expert desk that is open."""
    assert isinstance(window.desk, ExpertDesk)
    return window.desk


def review_of(window: MainWindow) -> ReviewPage:
    """The open review's page."""
    page = desk_of(window).page
    assert isinstance(page, ReviewPage)
    return page


def open_bundle(window: MainWindow, made: MadeReview) -> None:
    """Drops the bundle on the window and types its secret."""
    window.open_paths((made.path,))
    settle()
    field = child(window, "open.secret")
    field.setText(made.secret)  # type: ignore[attr-defined]
    press(window, "open.button")


def make_key(window: MainWindow) -> None:
    """Makes a key on the identity page."""
    page = review_of(window)
    page.identity.passphrase.first.setText(PASSPHRASE)
    page.identity.passphrase.second.setText(PASSPHRASE)
    press(window, "identity.create")


def start_review(window: MainWindow, made: MadeReview) -> ReviewPage:
    """Opens, makes a key, agrees, declares everything clear, and goes to the scoring page."""
    open_bundle(window, made)
    make_key(window)
    page = review_of(window)
    page.go("declare")
    settle()
    press(window, "statements.all")
    press(window, "declare.all.clear")
    press(window, "declare.all.confirm")
    press(window, "declare.next")
    return page


def finish_by_service(window: MainWindow, made: MadeReview) -> None:
    """Fills every item through the session, as if another day had been spent on it."""
    from tests.support.review import fill

    store = desk_of(window).store
    assert store is not None
    for application in made.ids:
        store.apply(lambda session, application=application: fill(session, application))
    settle()


def every_page(window: MainWindow, made: MadeReview) -> Iterator[str]:
    """Walks through all pages of shell and expert desk; yields each page's name while it is shown."""
    yield from _shell_pages(window)
    window.enter("expert")
    settle()
    yield "choose"
    window.open_paths((made.path,))
    settle()
    yield "unlock"
    child(window, "open.secret").setText(made.secret)  # type: ignore[attr-defined]
    press(window, "open.button")
    yield "identity"
    make_key(window)
    yield "identity with a key"
    page = review_of(window)
    page.go("declare")
    settle()
    yield "statements"
    press(window, "statements.all")
    press(window, "recuse.2")
    yield "grounds"
    press(window, "declare.cancel")
    page.go("score")
    settle()
    yield "closed application"
    for application in made.ids[:2]:
        page.score.middle.declare(application, Declaration("clear"))
    settle()
    yield from _score_pages(window, page, made)
    page.go("check")
    settle()
    yield "check"
    page.score.middle.declare(made.ids[2], Declaration("clear"))
    finish_by_service(window, made)
    page.go("check")
    settle()
    yield "check complete"
    page.go("sign")
    settle()
    yield "sign"
    page.sign.passphrase.first.setText(PASSPHRASE)
    press(window, "sign.button")
    yield "signed"
    page.go("score")
    settle()
    yield "locked"
    press(window, "review.safety")
    yield "copies"
    press(window, "safety.back")


def _shell_pages(window: MainWindow) -> Iterator[str]:
    settle()
    yield "start"
    window.over.show_help()
    settle()
    yield "help"
    window.over.close()


def _score_pages(window: MainWindow, page: ReviewPage, made: MadeReview) -> Iterator[str]:
    walk = desk_of(window).walk
    assert walk is not None
    steps: list[tuple[str, Callable[[], object]]] = [
        ("computed item", lambda: walk.go(made.ids[0], "P2.1.basis")),
        ("challenge form", partial(press, window, "item.challenge")),
        ("judged item", lambda: walk.go(made.ids[0], "P4.1.basis")),
        ("level chosen", lambda: page.score.panel.choose_level("L5")),
        ("page cited", lambda: child(window, "viewer.cite").click()),  # type: ignore[attr-defined]
        ("plan item", lambda: walk.go(made.ids[0], "P2.1.plan")),
        ("totals", page.score.totals.how.click),
        ("search", page.score.viewer.search.ask),
        ("search in all documents", partial(search_all, page, "研")),
        ("two documents", page.score.reading.toggle_split),
        ("one document", page.score.reading.toggle_split),
        ("overall", lambda: walk.go(made.ids[0], "overall")),
        ("other application", lambda: walk.go(made.ids[1])),
    ]
    for name, step in steps:
        step()
        settle()
        yield name


def search_all(page: ReviewPage, words: str) -> None:
    """Looks for words in all documents of the application in sight, and goes to the first hit."""
    search = page.score.reading.search
    search.ask()
    search.field.setText(words)
    search.field.returnPressed.emit()


def drop_focus() -> None:
    """No widget has the focus, so that fields report what was typed."""
    focused = QApplication.focusWidget()
    if focused is not None:
        focused.clearFocus()


def tab_order(window: QWidget, limit: int = 400) -> list[QWidget]:
    """The widgets Tab reaches, in order, starting from the one that has the focus."""
    order: list[QWidget] = []
    widget = window.nextInFocusChain()
    while widget is not window and len(order) < limit:
        reachable = widget.isVisibleTo(window) and widget.isEnabled()
        if reachable and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            order.append(widget)
        widget = widget.nextInFocusChain()
    return order


def profile_of(window: MainWindow) -> Path:
    """The folder of keys and worksheets."""
    return window.profile
