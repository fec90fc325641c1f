"""The pages nobody wants to see: named for a screen reader, in both languages, clear of each other, nothing cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

from ndb_desktop.ui import i18n, tasks
from ndb_desktop.ui.settings import Settings
from ndb_desktop.ui.shell.crash_notice import report_exception
from ndb_desktop.ui.shell.crash_page import CrashPage
from ndb_desktop.ui.shell.last_run import LastRun
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets import files
from tests.support.review import MadeReview
from tests.support.safety import Disk, a_disk, pull_out
from tests.support.window import child, desk_of, now, press, review_of, settle, start_review
from tests.ui.test_everyone import focusable, foreign_words, unnamed


@pytest.fixture
def disk() -> Iterator[Disk]:
    with a_disk() as made:
        yield made


@pytest.fixture
def window_after_crash(own_profile: Path, made: MadeReview) -> Iterator[MainWindow]:
    """A window whose last run died with `made` open."""
    before = LastRun(own_profile / "logs")
    before.working_on(made.path)
    assert before._lock is not None
    # As a killed program leaves it: the file of a process that is no more.
    lock = own_profile / "logs" / "running-0.lock"
    told = lock.read_text()
    before._lock.unlock()
    lock.write_text(told.replace(told.splitlines()[0], "999999", 1))
    (own_profile / "logs" / "running-0.json").write_text(f'"{made.path}"', encoding="utf-8")
    window = MainWindow(Settings(own_profile), own_profile, now, (), LastRun(own_profile / "logs"))
    window.resize(1366, 768)
    window.show()
    settle()
    yield window
    window.close()
    settle()
    window.deleteLater()
    settle()


def sound(window: MainWindow, language: str) -> None:
    assert focusable(window)
    assert not unnamed(window)
    assert not foreign_words(window, language)
    for name in ("safety.copies", "trouble", "crash.text", "leave.text"):
        for widget in window.findChildren(QWidget, name):
            if widget.isVisible():
                assert widget.width() <= window.width()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_trouble_and_leaving(new_window: Callable[[], MainWindow], made: MadeReview, disk: Disk, language: str) -> None:
    i18n.set_language(language)
    window = new_window()
    window.resize(1366, 768)
    start_review(window, made)
    store = desk_of(window).store
    assert store is not None
    disk.fill(next((window.profile / "worksheets").glob("*.ndbwork")))
    store.apply(lambda session: session.set_opinion(made.ids[0], "满" * 1500))
    settle()
    pull_out(store.session, made.path)
    walk = desk_of(window).walk
    assert walk is not None
    walk.go(made.ids[1])
    review_of(window).score.reading.show_document("D2")
    settle()
    strip = review_of(window).trouble
    assert strip.unsaved.isVisible()
    assert strip.away.isVisible()
    assert strip.height() < window.height() // 3
    sound(window, language)
    lines = (strip.unsaved, strip.away)
    whole = [line.text() for line in lines]
    window.resize(911, 512)
    settle()
    assert all(len(line.text()) < len(said) for line, said in zip(lines, whole, strict=True)), "little room, few words"
    assert [line.accessibleDescription() for line in lines] == whole
    assert all(line.toolTip() for line in lines)
    window.resize(1366, 768)
    settle()
    assert [line.text() for line in lines] == whole
    assert not any(line.toolTip() or line.accessibleDescription() for line in lines)
    window.go_start()
    settle()
    sound(window, language)
    press(window, "leave.discard")


def test_the_card_after_a_crash_leads_on_and_can_be_put_away(window_after_crash: MainWindow) -> None:
    window = window_after_crash
    sound(window, "zh_CN")
    press(window, "crash.close")
    assert not [card for card in window.findChildren(QWidget, "crash.card") if card.isVisible()]


def test_the_report_is_read_and_then_saved_as_it_was_read(
    window_after_crash: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = window_after_crash
    press(window, "crash.show")
    page = window.over.page
    assert isinstance(page, CrashPage)
    sound(window, "zh_CN")
    target = tmp_path / "report.txt"
    monkeypatch.setattr(files, "pick_target", lambda *_a, **_k: target)
    press(window, "crash.save")
    assert target.read_text(encoding="utf-8") == page.text.toPlainText()
    assert str(tmp_path) not in page.text.toPlainText()
    press(window, "crash.back")
    press(window, "crash.go_on")
    assert child(window, "open.secret").isVisible()


def test_an_error_of_the_program_offers_the_report_and_holds_none_of_its_words(
    window: MainWindow, expected_warnings: pytest.LogCaptureFixture
) -> None:
    try:
        raise ValueError("云岭生物制造示范园区 3.1")
    except ValueError as error:
        report_exception(window, error)
    press(window, "banner.action")
    page = window.over.page
    assert isinstance(page, CrashPage)
    assert "ValueError" in page.text.toPlainText()
    assert "云岭" not in page.text.toPlainText()
    assert expected_warnings.records


def test_a_second_window_is_not_taken_for_a_crash(own_profile: Path) -> None:
    logs = own_profile / "logs"
    first = LastRun(logs)
    second = LastRun(logs)
    assert not first.interrupted
    assert not second.interrupted
    first.end()
    second.end()
    assert not LastRun(logs).interrupted
    assert not tasks.busy()
