"""The sample round behind `--sample`: made once with a window that can be closed, then offered on the start page."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from ndb_desktop.services.demo import MARKER, is_sample
from ndb_desktop.services.demo_review import SampleClock
from ndb_desktop.services.demo_round import PASSPHRASE
from ndb_desktop.services.demo_visit import make_visits
from ndb_desktop.services.identity import unlock
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.tasks import CancelToken
from ndb_desktop.ui.expert.open_page import UnlockPage
from ndb_desktop.ui.inspection.desk import InspectionDesk
from ndb_desktop.ui.settings import Settings
from ndb_desktop.ui.shell import sample_maker
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.shell.sample_maker import SampleWindow, prepare_sample, sample_entries
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


def test_an_inspection_bundle_of_the_sample_opens_with_one_click(
    qapp: QApplication, folder: Path, own_profile: Path, new_window: Callable[[], MainWindow], tmp_path: Path
) -> None:
    prepare_sample(folder, "small")
    (tmp_path / "sample").mkdir()
    marker = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    office = open_office(
        shutil.copytree(folder / marker["places"]["registry"], tmp_path / "sample" / "registry"),
        unlock(folder / marker["places"]["coordinator_key"], PASSPHRASE),
        clock=SampleClock("2026-05-06T01:00:00Z"),
    )
    visits = make_visits(office, tmp_path / "sample", PASSPHRASE, SampleClock("2026-05-06T01:00:00Z"), CancelToken())
    office.close()
    marker["places"] = {
        **{name: str(folder / place) for name, place in marker["places"].items()},
        "open_visit": str(visits.open_visit),
        "inspector_key": str(visits.inspector_key),
    }
    (tmp_path / "sample" / MARKER).write_text(json.dumps(marker), encoding="utf-8")
    entries = sample_entries(tmp_path / "sample")
    assert [entry.kind for entry in entries] == ["bundle", "visit", "registry"]
    window = MainWindow(Settings(own_profile), own_profile, helper.now, entries)
    window.show()
    settle()
    press(window, "sample.1")
    press(window, "site.open")
    settle()
    desk = window.desk
    assert isinstance(desk, InspectionDesk)
    assert desk.store is not None
    assert desk.store.record.visit.applicant.startswith("示例")
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
