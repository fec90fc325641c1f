"""What somebody meets who opens the program for the first time: messages that end, room, focus, ways back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ndb_desktop.ui.settings import Settings
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.review import MadeReview
from tests.support.window import (
    PASSPHRASE,
    child,
    desk_of,
    finish_by_service,
    make_key,
    now,
    press,
    review_of,
    settle,
    start_review,
)


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


def test_the_window_and_its_frame_fit_on_the_screen(
    new_window: Callable[[], MainWindow], own_profile: Path, qapp: QApplication
) -> None:
    room = qapp.primaryScreen().availableGeometry().size()
    before = Settings(own_profile)
    fresh = MainWindow(before, own_profile, now)
    assert fresh.height() <= room.height() - 40
    fresh.setMinimumSize(1, 1)
    fresh.resize(room)
    before.geometry = fresh.saveGeometry()
    again = MainWindow(before, own_profile, now)
    assert again.height() <= room.height() - 40
    assert again.minimumHeight() <= room.height() - 40
    for window in (fresh, again):
        window.close()
        window.deleteLater()
    settle()


def test_names_of_the_recent_list_are_not_cut(new_window: Callable[[], MainWindow], own_profile: Path) -> None:
    before = Settings(own_profile)
    for number in range(3):
        path = own_profile / f"示范单位评审专家包g{number}.ndbbundle"
        path.touch()
        before.remember(path)
    before.flush()
    link = child(new_window(), "recent.0")
    assert link.height() >= link.sizeHint().height()


def test_the_secret_is_in_sight_and_has_the_focus_in_large_type(
    window: MainWindow, made: MadeReview, qtbot: QtBot
) -> None:
    window.setMinimumSize(1, 1)
    window.resize(1024, 640)
    window.set_font(1.45)
    refused(window, made)
    qtbot.mouseClick(child(window, "banner.close"), Qt.MouseButton.LeftButton)
    settle()
    field = child(window, "open.secret")
    assert QApplication.focusWidget() is field
    assert field.visibleRegion().boundingRect().height() == field.height()
    field.setText(made.secret)  # type: ignore[attr-defined]
    qtbot.keyClick(field, Qt.Key.Key_Return)
    settle()
    assert review_of(window).step == "identity"


def test_a_signed_file_keeps_its_place_after_a_change_of_type(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    finish_by_service(window, made)
    page.go("sign")
    settle()
    page.sign.passphrase.first.setText(PASSPHRASE)
    press(window, "sign.button")
    assert child(window, "sign.show").isVisible()
    window.set_font(1.15)
    settle()
    assert child(window, "sign.show").isVisible()
    assert child(window, "sign.path").isVisible()


def test_a_recused_application_leads_to_taking_it_back(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    page.go("declare")
    settle()
    press(window, "recuse.0")
    press(window, "declare.C1")
    press(window, "declare.confirm")
    page.go("score")
    settle()
    press(window, "score.return")
    assert page.step == "declare"
    assert QApplication.focusWidget() is child(window, "return.0")
    press(window, "return.0")
    page.go("score")
    settle()
    assert not child(window, "score.return").isVisible()
    store = desk_of(window).store
    assert store is not None
    assert store.session.sheet(made.ids[0]).declaration.status == "none"
