"""Runs that died, with real processes: told of once, by whoever can be told, and never taken for the last run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel

from ndb_desktop.ui.settings import Settings
from ndb_desktop.ui.shell.last_run import LastRun
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.review import MadeReview
from tests.support.window import now, settle

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
from pathlib import Path
from ndb_desktop.ui.shell.last_run import LastRun
run = LastRun(Path(sys.argv[1]))
run.working_on(Path(sys.argv[2]))
print("told" if run.interrupted else "quiet", flush=True)
sys.stdin.readline()
run.end()
"""

STARTED = """
import sys
from PySide6.QtWidgets import QApplication, QPlainTextEdit
from ndb_desktop.ui import app
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.window import child, press, settle

def look(_app):
    settle()
    (window,) = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow)]
    assert child(window, "open.secret").isVisible()
    message = window.banner.message()
    print(message.title if message else "nothing")
    if message:
        press(window, "banner.action")
        report = child(window, "crash.text")
        assert isinstance(report, QPlainTextEdit) and report.isVisible()
        print(next(line for line in report.toPlainText().splitlines() if "没有正常结束" in line))
    window.close()
    settle()
    window.deleteLater()
    settle()
    return 0

QApplication.exec = look
sys.exit(app.main(sys.argv[1:]))
"""


class Run:
    """A process that holds a slot until it is killed or told to end."""

    def __init__(self, logs: Path, bundle: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(logs), bundle],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline().strip()

    def kill(self, *, reap: bool = True) -> None:
        self.process.kill()
        if reap:
            self.process.communicate()
        else:
            # Dead, and kept in the table of processes until the parent asks for it.
            os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT)

    def end(self) -> None:
        self.process.communicate("\n")
        assert self.process.returncode == 0


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Callable[[str], Run]]:
    made: list[Run] = []

    def start(bundle: str) -> Run:
        made.append(Run(tmp_path, bundle))
        return made[-1]

    yield start
    for run in made:
        if run.process.returncode is None:
            run.kill()


def look(logs: Path, *, tell: bool = True) -> LastRun:
    """A start that reads what happened, tells it, and ends well."""
    run = LastRun(logs)
    if tell:
        run.told()
    run.end()
    return run


def test_a_killed_run_is_told_once_and_its_slot_is_free_again(tmp_path: Path, runs: Callable[[str], Run]) -> None:
    runs("/usb/one.ndbbundle").kill()
    found = look(tmp_path)
    assert found.interrupted
    assert found.bundle == Path("/usb/one.ndbbundle")
    assert found.since is None
    assert not look(tmp_path).interrupted
    assert [path.name for path in tmp_path.iterdir()] == ["ended"]


def test_a_run_that_ends_by_itself_leaves_nothing_to_tell(tmp_path: Path, runs: Callable[[str], Run]) -> None:
    first = runs("/usb/one.ndbbundle")
    second = runs("/usb/two.ndbbundle")
    assert (first.said, second.said) == ("quiet", "quiet")
    assert not LastRun(tmp_path).interrupted
    first.end()
    second.end()
    assert not look(tmp_path).interrupted


def test_a_window_that_died_beside_one_that_ended_well_is_not_the_last_run(
    tmp_path: Path, runs: Callable[[str], Run]
) -> None:
    good, bad = runs("/usb/one.ndbbundle"), runs("/usb/two.ndbbundle")
    bad.kill()
    good.end()
    # Its slot was freed by the one that ended, what it left was not forgotten.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["died.json", "ended"]
    found = look(tmp_path)
    assert found.interrupted
    assert found.bundle == Path("/usb/two.ndbbundle")
    assert found.since is not None
    assert not look(tmp_path).interrupted


def test_what_nobody_was_told_is_told_by_the_next_start(tmp_path: Path, runs: Callable[[str], Run]) -> None:
    runs("/usb/one.ndbbundle").kill()
    second = runs("/usb/two.ndbbundle")
    assert second.said == "told"
    # It died before its window could be read, too.
    second.kill()
    third = look(tmp_path, tell=False)
    assert third.interrupted
    fourth = look(tmp_path)
    assert fourth.interrupted
    assert fourth.bundle == Path("/usb/two.ndbbundle")
    assert not look(tmp_path).interrupted


def test_a_dead_process_nobody_has_asked_for_yet_is_dead(tmp_path: Path, runs: Callable[[str], Run]) -> None:
    waiting = runs("/usb/one.ndbbundle")
    # Only there does a dead process wait for its parent.
    waiting.kill(reap=not sys.platform.startswith("linux"))
    assert look(tmp_path).bundle == Path("/usb/one.ndbbundle")
    waiting.process.communicate()
    assert not look(tmp_path).interrupted


def test_more_windows_than_slots_start_and_end_all_the_same(tmp_path: Path) -> None:
    open_ = [LastRun(tmp_path) for _ in range(10)]
    assert not any(run.interrupted for run in open_)
    for run in open_:
        run.working_on(Path("/usb/one.ndbbundle"))
        run.end()
    assert not look(tmp_path).interrupted


@pytest.mark.parametrize("junk", ["", "{", "[1]", '{"started": 1}', '[{"started": "x", "bundle": ""}]'])
def test_a_spoiled_note_is_no_hindrance(tmp_path: Path, junk: str) -> None:
    (tmp_path / "died.json").write_text(junk, encoding="utf-8")
    assert not look(tmp_path).interrupted


def test_the_window_names_the_run_that_died_and_only_once(own_profile: Path, runs_in_profile: Run) -> None:
    def titles() -> list[str]:
        window = MainWindow(Settings(own_profile), own_profile, now, (), last := LastRun(own_profile / "logs"))
        window.show()
        settle()
        shown = [label.text() for label in window.findChildren(QLabel) if "没有正常结束" in label.text()]
        window.close()
        settle()
        last.end()
        window.deleteLater()
        return shown

    well = LastRun(own_profile / "logs")
    runs_in_profile.kill()
    well.end()
    assert [title.endswith("打开的一次没有正常结束") for title in titles()] == [True]
    assert titles() == []


def test_a_start_by_a_double_click_on_the_bundle_says_it_at_once(own_profile: Path, made: MadeReview) -> None:
    dead = Run(own_profile / "logs", str(made.path))
    dead.kill()
    said = [
        subprocess.run(
            [sys.executable, "-c", STARTED, "--profile", str(own_profile), str(made.path)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            check=True,
        ).stdout.splitlines()
        for _ in range(2)
    ]
    assert said[0][0] == "上次没有正常结束"
    assert said[0][1].startswith("上次运行没有正常结束"), "its report is one click away"
    assert said[1] == ["nothing"], "told once"


@pytest.fixture
def runs_in_profile(own_profile: Path) -> Iterator[Run]:
    run = Run(own_profile / "logs", str(own_profile / "review.ndbbundle"))
    yield run
    if run.process.returncode is None:
        run.kill()
