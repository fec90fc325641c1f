"""What somebody meets who opens the program for the first time: messages that end, room, focus, ways back."""

from __future__ import annotations

from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.review import MadeReview
from tests.support.window import child, desk_of, make_key, press, review_of, settle


def refused(window: MainWindow, made: MadeReview) -> None:
    """Opens the bundle with a wrong secret."""
    window.open_paths((made.path,))
    settle()
    child(window, "open.secret").setText("0000-0000-0000-0000-0000")  # type: ignore[attr-defined]
    press(window, "open.button")
    assert window.banner.isVisible()


def test_an_error_ends_with_the_next_try_that_succeeds(window: MainWindow, made: MadeReview) -> None:
    refused(window, made)
    child(window, "open.secret").setText(made.secret)  # type: ignore[attr-defined]
    press(window, "open.button")
    assert review_of(window).step == "identity"
    assert not window.banner.isVisible()


def test_an_error_ends_with_another_step_or_file(window: MainWindow, made: MadeReview) -> None:
    refused(window, made)
    window.open_paths((made.path,))
    settle()
    assert not window.banner.isVisible()
    child(window, "open.secret").setText(made.secret)  # type: ignore[attr-defined]
    press(window, "open.button")
    make_key(window)
    desk_of(window).accept_files((made.path, made.path), "bundle")
    assert window.banner.isVisible()
    press(window, "identity.next")
    assert not window.banner.isVisible()
