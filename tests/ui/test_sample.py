"""The sample round behind `--sample`: made once with a window that can be closed, then offered on the start page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from ndb_desktop.services.demo import is_sample
from ndb_desktop.ui.expert.open_page import UnlockPage
from ndb_desktop.ui.settings import Settings
from ndb_desktop.ui.shell import sample_maker
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.shell.sample_maker import SampleWindow, prepare_sample
from tests.support import window as helper
from tests.support.window import desk_of, press, review_of, settle


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sample") / "round"


def test_it_is_made_once_and_opens_with_one_click(
    qapp: QApplication,
    folder: Path,
    own_profile: Path,
    new_window: Callable[[], MainWindow],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entries, problem = prepare_sample(folder, "small")
    assert problem is None
    assert is_sample(folder)
    assert [entry.kind for entry in entries] == ["bundle", "registry"]

    def again(*_args: object, **_options: object) -> None:
        raise AssertionError("the sample is made only once")

    monkeypatch.setattr(sample_maker, "make_demo", again)
    entries, problem = prepare_sample(folder, "small")
    assert problem is None
    window = MainWindow(Settings(own_profile), own_profile, helper.now, entries)
    window.show()
    settle()
    press(window, "sample.0")
    page = desk_of(window).page
    assert isinstance(page, UnlockPage)
    assert page.secret.text() == entries[0].secret
    press(window, "open.button")
    assert review_of(window).step == "identity"
    window.close()
    settle()


def test_closing_the_progress_window_cancels_and_leaves_nothing(qapp: QApplication, tmp_path: Path) -> None:
    target = tmp_path / "cancelled"

    def close() -> None:
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, SampleWindow):
                widget.close()

    QTimer.singleShot(300, close)
    entries, problem = prepare_sample(target, "small")
    assert entries == ()
    assert problem is None
    assert not is_sample(target)


def test_a_foreign_folder_is_named_and_left_alone(qapp: QApplication, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    entries, problem = prepare_sample(tmp_path, "small")
    assert entries == ()
    assert problem is not None
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"
