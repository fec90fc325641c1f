"""What the steps above say after the bundle was closed and opened again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QAbstractButton

from ndb_desktop.ui import icons
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.review import MadeReview
from tests.support.window import (
    PASSPHRASE,
    child,
    desk_of,
    finish_by_service,
    open_bundle,
    press,
    review_of,
    settle,
    start_review,
)


def ticked(window: MainWindow, step: str) -> bool:
    button = child(window, f"step.{step}")
    assert isinstance(button, QAbstractButton)
    image = button.icon().pixmap(16, 16).toImage()
    shown = bool(image == icons.icon("circle-check", "accent").pixmap(16, 16).toImage())
    assert (button.accessibleDescription() == "已完成") == shown, "what is seen is said as well"
    return shown


def reopen(window: MainWindow, new_window: Callable[[], MainWindow], made: MadeReview) -> MainWindow:
    window.close()
    settle()
    later = new_window()
    open_bundle(later, made)
    return later


def test_what_was_checked_stays_checked_over_a_restart_until_something_is_open_again(
    new_window: Callable[[], MainWindow], made: MadeReview
) -> None:
    first = new_window()
    start_review(first, made)
    finish_by_service(first, made)
    assert not ticked(first, "check")
    press(first, "step.check")
    press(first, "step.score")
    assert ticked(first, "check")
    second = reopen(first, new_window, made)
    assert ticked(second, "check"), "it was looked over before the restart"
    store = desk_of(second).store
    assert store is not None
    store.edit_item(made.ids[0], "P4.1.basis", state="open", level=None, value=None)
    settle()
    assert not ticked(second, "check")
    finish_by_service(second, made)
    assert ticked(second, "score")
    assert not ticked(second, "check"), "it is to be looked over again"
    third = reopen(second, new_window, made)
    assert not ticked(third, "check")


def test_signed_and_checked_are_both_ticked_after_a_restart_and_after_a_revision_began(
    new_window: Callable[[], MainWindow], made: MadeReview
) -> None:
    first = new_window()
    page = start_review(first, made)
    finish_by_service(first, made)
    press(first, "step.sign")
    page.sign.passphrase.first.setText(PASSPHRASE)
    press(first, "sign.button")
    second = reopen(first, new_window, made)
    assert ticked(second, "check")
    assert ticked(second, "sign")
    store = desk_of(second).store
    assert store is not None
    store.apply(lambda session: session.start_revision("更正一处"))
    settle()
    assert not ticked(second, "sign")
    third = reopen(second, new_window, made)
    assert review_of(third).step != "sign"
    assert ticked(third, "check"), "nothing was changed since it was signed"
