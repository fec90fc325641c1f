"""Background work: results, errors, progress and cancel come back to the window's thread; the lane is one thread."""

from __future__ import annotations

import threading
import time

import pytest
import shiboken6
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import tasks
from tests.support.window import settle


def test_the_result_comes_to_the_main_thread(qtbot: QtBot) -> None:
    seen: list[tuple[object, int]] = []
    worked: list[int] = []

    def work(_progress: Progress, _cancel: CancelToken) -> str:
        worked.append(threading.get_ident())
        return "made"

    tasks.run(work, done=lambda value: seen.append((value, threading.get_ident())))
    settle()
    assert seen == [("made", threading.get_ident())]
    assert worked != [threading.get_ident()]


def test_the_database_lane_is_one_thread_and_keeps_order(qtbot: QtBot) -> None:
    threads: list[int] = []
    order: list[int] = []

    def work(number: int) -> None:
        threads.append(threading.get_ident())
        time.sleep(0.002 * (5 - number))
        order.append(number)

    for number in range(5):
        tasks.run(lambda _p, _c, number=number: work(number))
    settle()
    assert order == [0, 1, 2, 3, 4]
    assert len(set(threads)) == 1


def test_errors_are_delivered_or_shown_by_the_window(qtbot: QtBot) -> None:
    def work(_progress: Progress, _cancel: CancelToken) -> None:
        raise NdbError("E-FILE-IO", name="x")

    failed: list[Exception] = []
    tasks.run(work, failed=failed.append)
    settle()
    assert isinstance(failed[0], NdbError)
    shown: list[Exception] = []
    tasks.on_unhandled(shown.append)
    tasks.run(work)
    settle()
    assert isinstance(shown[0], NdbError)


def test_cancel_stops_at_the_next_step(qtbot: QtBot) -> None:
    started = threading.Event()
    outcome: list[str] = []

    def work(_progress: Progress, cancel: CancelToken) -> None:
        started.set()
        while True:
            cancel.check()
            time.sleep(0.001)

    task = tasks.run(work, done=lambda _v: outcome.append("done"), cancelled=lambda: outcome.append("cancelled"))
    assert started.wait(5)
    task.cancel()
    settle()
    assert outcome == ["cancelled"]
    assert not task.running


def test_progress_is_thinned_but_the_last_step_comes(qtbot: QtBot) -> None:
    seen: list[tuple[int, int, str]] = []

    def work(progress: Progress, _cancel: CancelToken) -> None:
        for number in range(1, 1001):
            progress(number, 1000, "甲")

    tasks.run(work, progress=lambda done, total, what: seen.append((done, total, what)), lane="pool")
    settle()
    assert seen[-1] == (1000, 1000, "甲")
    assert len(seen) < 1000


def test_no_callback_after_the_owner_is_gone(qtbot: QtBot) -> None:
    owner = QObject()
    gate = threading.Event()
    seen: list[object] = []
    tasks.run(lambda _p, _c: gate.wait(5), done=seen.append, owner=owner)
    shiboken6.delete(owner)
    gate.set()
    settle()
    assert seen == []


def test_inline_runs_everything_at_once(qtbot: QtBot) -> None:
    seen: list[object] = []
    with tasks.inline():
        task = tasks.run(
            lambda progress, _c: progress(1, 1, "x") or 7, done=seen.append, progress=lambda *a: seen.append(a)
        )
    assert seen == [(1, 1, "x"), 7]
    assert not task.running
    assert not tasks.busy()


def test_shutdown_cancels_what_runs(qtbot: QtBot) -> None:
    started = threading.Event()

    def work(_progress: Progress, cancel: CancelToken) -> None:
        started.set()
        while True:
            cancel.check()
            time.sleep(0.001)

    tasks.run(work, lane="pool")
    assert started.wait(5)
    assert tasks.shutdown(5000)
    assert not tasks.busy()


def test_an_error_without_handler_is_not_swallowed(qtbot: QtBot) -> None:
    with pytest.raises(ValueError, match="mine"), tasks.inline():
        tasks.run(lambda _p, _c: (_ for _ in ()).throw(ValueError("mine")))


def test_more_bytes_than_a_signal_holds_are_told_in_larger_steps() -> None:
    """32 bits of a signal are 2 GiB; documents of a round are more."""
    seen: list[tuple[int, int, str]] = []
    with tasks.inline():
        for done, total in ((6_000_000_000, 8_000_000_000), (2**31 - 2, 2**31 - 2)):
            tasks.run(
                lambda progress, _cancel, at=(done, total): progress(*at, "甲"),
                progress=lambda *told: seen.append(told),
            )
    assert [done / total for done, total, _ in seen] == [0.75, 1.0]
    assert max(total for _, total, _ in seen) < 2**31
