"""One QApplication with the shipped fonts; a window per test, closed and at rest afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from ndb_desktop.ui import composing, i18n, shortcuts, tasks, theme
from ndb_desktop.ui.settings import Settings
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import review
from tests.support import window as helper

_fonts: list[tuple[str, ...]] = []


@pytest.fixture(autouse=True)
def plain_start(qapp: QApplication) -> Iterator[None]:
    """Chinese, light, normal size; nothing left over from another test."""
    if not _fonts:
        _fonts.append(theme.load_fonts())
    i18n.set_language("zh_CN")
    if (theme.current(), theme.factor()) != ("light", 1.0) or not qapp.styleSheet():
        theme.apply(qapp, "light", 1.0)
    composing._field.clear()
    shortcuts.use(shortcuts.key_layouts.DEFAULT)
    if QApplication.keyboardModifiers():
        # After `keyClick` with Ctrl the application goes on believing that Ctrl is held, and links open elsewhere.
        QTest.keyRelease(QWidget(), Qt.Key.Key_Control)
    yield
    i18n.set_language("zh_CN")
    assert tasks.shutdown(), "a task did not end"
    tasks.on_unhandled(tasks._raise)


@pytest.fixture
def new_window(qtbot: object, own_profile: Path) -> Iterator[Callable[[], MainWindow]]:
    """Opens windows on the test's own profile; closes them at the end, and no dialog may be left open."""
    opened: list[MainWindow] = []

    def make() -> MainWindow:
        window = MainWindow(Settings(own_profile), own_profile, helper.now)
        window.resize(1440, 900)
        window.show()
        opened.append(window)
        helper.settle()
        return window

    yield make
    for window in opened:
        window.close()
        helper.settle()
        assert window.desk is None
        assert not window.isVisible()
        window.deleteLater()
    assert QApplication.activeModalWidget() is None
    helper.settle()


@pytest.fixture
def window(new_window: Callable[[], MainWindow]) -> MainWindow:
    """An open window."""
    return new_window()


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> review.MadeReview:
    """A real bundle of three applications, made once; nobody writes to it."""
    return review.make_bundle(tmp_path_factory.mktemp("bundle") / "made")


@pytest.fixture
def made(made_once: review.MadeReview, tmp_path: Path) -> review.MadeReview:
    """The test's own copy of the bundle, in a folder of its own."""
    folder = tmp_path / "made"
    folder.mkdir()
    shutil.copy(made_once.path, folder)
    return replace(made_once, path=folder / made_once.path.name)
