"""Nothing typed is lost and nothing is called saved that is not: through the window, with real failures of the disk."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.services.review import worksheet_path
from ndb_desktop.storage.worksheet import Worksheet
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets import fields
from ndb_desktop.ui.widgets.fields import TextBox
from tests.support.review import MadeReview, TestClock, declare_all, open_session
from tests.support.safety import Disk, a_disk, pull_out, type_into
from tests.support.window import (
    child,
    desk_of,
    make_key,
    now,
    open_bundle,
    press,
    review_of,
    settle,
    start_review,
)

AT = "2026-11-22T05:00:00Z"


@pytest.fixture
def disk() -> Iterator[Disk]:
    with a_disk() as made:
        yield made


def store_of(window: MainWindow) -> ReviewStore:
    store = desk_of(window).store
    assert store is not None
    return store


def saved(window: MainWindow) -> str:
    return window.header.saved.text()


def label(window: MainWindow, name: str) -> str:
    found = child(window, name)
    assert isinstance(found, QLabel)
    return found.text().replace("\u200b", "")


def at_judged_item(window: MainWindow, made: MadeReview) -> TextBox:
    """On an item with a reason, a level chosen."""
    start_review(window, made)
    walk = desk_of(window).walk
    assert walk is not None
    walk.go(made.ids[0], "P4.1.basis")
    settle()
    review_of(window).score.panel.choose_level("L5")
    settle()
    box = child(window, "item.reason")
    assert isinstance(box, TextBox)
    return box


def sheet_path(window: MainWindow) -> Path:
    return worksheet_path(window.profile, store_of(window).view.summary.bundle_id)


def reopened(window: MainWindow, made: MadeReview) -> Worksheet:
    """The worksheet as another program would find it now; the window's own must be closed."""
    return Worksheet.open(worksheet_path(window.profile, made.written.bundle_id), made.secret, None, at=AT)


# ----- what the header says -----


def test_the_header_says_saved_only_when_everything_typed_is(
    qtbot: QtBot, window: MainWindow, made: MadeReview, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Long enough for a look at the header before it is over, however busy the machine is.
    monkeypatch.setattr(fields, "PAUSE_MS", 3000)
    at_judged_item(window, made)
    assert saved(window).startswith("已保存")
    store, changes = store_of(window), store_of(window).session.changes
    box = type_into(window, "item.reason", "a")
    QApplication.processEvents()
    assert saved(window) == "正在保存…"
    assert store.session.changes == changes
    qtbot.waitUntil(lambda: store.session.changes > changes)
    qtbot.waitUntil(lambda: saved(window).startswith("已保存"))
    assert box.hasFocus()
    assert store.session.sheet(made.ids[0]).items["P4.1.basis"].reason == "a"


def test_every_kind_of_text_is_stored_when_typing_rests(qtbot: QtBot, window: MainWindow, made: MadeReview) -> None:
    at_judged_item(window, made)
    session, walk = store_of(window).session, desk_of(window).walk
    assert walk is not None
    number = child(window, "level.number")
    number.setFocus()
    number.clear()  # type: ignore[attr-defined]
    QTest.keyClicks(number, "95")
    type_into(window, "item.reason", "reason")
    type_into(window, "item.note", "note")
    entry = lambda: session.sheet(made.ids[0]).items["P4.1.basis"]  # noqa: E731
    qtbot.waitUntil(lambda: (entry().reason, entry().note, str(entry().value)) == ("reason", "note", "95"))
    walk.go(made.ids[0], "overall")
    settle()
    type_into(window, "overall.opinion", "opinion")
    type_into(window, "overall.note", "private")
    sheet = lambda: session.sheet(made.ids[0])  # noqa: E731
    qtbot.waitUntil(lambda: (sheet().opinion, sheet().note) == ("opinion", "private"))


def test_a_number_out_of_range_is_not_called_saved(qtbot: QtBot, window: MainWindow, made: MadeReview) -> None:
    at_judged_item(window, made)
    number = child(window, "level.number")
    number.setFocus()
    QTest.keyClicks(number, "999")
    qtbot.waitUntil(lambda: saved(window) == "未保存：内容不合要求")
    number.clear()  # type: ignore[attr-defined]
    QTest.keyClicks(number, "95")
    qtbot.waitUntil(lambda: saved(window).startswith("已保存"))


def test_a_form_that_waits_for_its_button_is_named_and_kept(qtbot: QtBot, window: MainWindow, made: MadeReview) -> None:
    at_judged_item(window, made)
    walk = desk_of(window).walk
    assert walk is not None
    walk.go(made.ids[0], "overall")
    settle()
    box = type_into(window, "overall.unable", "documents are missing, nothing can be judged here")
    settle()
    qtbot.waitUntil(lambda: saved(window).startswith("草稿已保存"))
    type_into(window, "overall.opinion", "an opinion")
    qtbot.waitUntil(lambda: store_of(window).session.sheet(made.ids[0]).opinion == "an opinion")
    settle()
    assert box.toPlainText().startswith("documents are missing")
    press(window, "overall.unable.save")
    assert saved(window).startswith("已保存")


def test_a_text_that_is_refused_stays_in_its_field(qtbot: QtBot, window: MainWindow, made: MadeReview) -> None:
    box = at_judged_item(window, made)
    box.setFocus()
    box.setPlainText("长" * 30_000)
    qtbot.waitUntil(lambda: window.banner.message() is not None)
    settle()
    assert len(box.toPlainText()) == 30_000
    assert saved(window) == "未保存：内容不合要求"
    box.setPlainText("短")
    qtbot.waitUntil(lambda: saved(window).startswith("已保存"))
    assert store_of(window).session.sheet(made.ids[0]).items["P4.1.basis"].reason == "短"


# ----- a clock that was set back -----


def worked_at(made: MadeReview, profile: Path, moment: datetime) -> None:
    """Everything declared and an opinion written when the clock said `moment`."""
    with open_session(made, profile, clock=TestClock(moment)) as session:
        declare_all(session)
        session.set_opinion(made.ids[0], "earlier")


def test_a_clock_set_back_is_said_and_the_save_state_goes_by_it(
    window: MainWindow, made: MadeReview, qtbot: QtBot
) -> None:
    worked_at(made, window.profile, now() + timedelta(hours=6))
    open_bundle(window, made)
    shown = window.banner.message()
    assert shown is not None
    assert (shown.kind, shown.title) == ("warning", "本机时间可能不准")
    assert window.header.note.isVisible()
    make_key(window)
    review_of(window).go("score")
    settle()
    desk_of(window).walk.go(made.ids[0], "overall")  # type: ignore[union-attr]
    settle()
    window.banner.dismiss()
    type_into(window, "overall.opinion", " and later")
    qtbot.waitUntil(lambda: store_of(window).session.sheet(made.ids[0]).opinion == "earlier and later")
    settle()
    assert saved(window) == f"已保存 {now().astimezone():%H:%M:%S}", "what the user's clock says, not the day's future"
    assert window.banner.message() is None, "said once"
    assert window.header.note.isVisible()
    assert "本机时间可能不准" in window.header.note.text()


def test_what_was_saved_on_another_day_is_shown_with_its_date(window: MainWindow, made: MadeReview) -> None:
    before = now() - timedelta(days=1)
    worked_at(made, window.profile, before)
    open_bundle(window, made)
    assert window.banner.message() is None
    assert window.header.note.isHidden()
    assert saved(window).startswith(f"已保存 {before.astimezone():%Y-%m-%d %H:%M:}")


# ----- a stick that is slow -----


def test_what_is_typed_is_stored_while_documents_are_copied(
    qtbot: QtBot, window: MainWindow, made: MadeReview, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_review(window, made)
    walk, session = desk_of(window).walk, store_of(window).session
    assert walk is not None
    reached, free = threading.Event(), threading.Event()
    copy = BundleReader.copy_member

    def slow(reader: BundleReader, *rest: object) -> Path:
        reached.set()
        assert free.wait(30)
        return copy(reader, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(BundleReader, "copy_member", slow)
    try:
        walk.go(made.ids[1], "P4.1.basis")
        qtbot.waitUntil(reached.is_set)
        type_into(window, "item.reason", "typed just after the switch")
        stored = lambda: session.sheet(made.ids[1]).items.get("P4.1.basis")  # noqa: E731
        qtbot.waitUntil(lambda: getattr(stored(), "reason", "") == "typed just after the switch")
        qtbot.waitUntil(lambda: saved(window).startswith("已保存"))
        assert not free.is_set()
    finally:
        free.set()
    settle()
    assert review_of(window).score.viewer.current == ("D1", 1)


# ----- a disk that is full -----


def test_a_full_disk_keeps_what_is_typed_and_says_so_until_it_is_stored(
    qtbot: QtBot, window: MainWindow, made: MadeReview, disk: Disk
) -> None:
    at_judged_item(window, made)
    disk.fill(sheet_path(window))
    text = "磁盘已满时写下的理由。" * 150
    box = child(window, "item.reason")
    box.setFocus()
    box.setPlainText(text)  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: store_of(window).unsaved > 0)
    settle()
    assert "处未保存" in saved(window)
    strip = review_of(window).trouble
    assert strip.isVisible()
    assert "磁盘已满" in label(window, "trouble.unsaved")
    assert window.banner.message() is None
    for name in ("score.undo", "score.redo"):
        button = child(window, name)
        assert not button.isEnabled()
        assert "存好之后才能撤销" in button.accessibleDescription(), "grey, but not without a reason"
        assert "存好之后才能撤销" in button.toolTip()
    said: list[str] = []
    review_of(window).score.undo_names.told.connect(said.append)
    window.activateWindow()
    child(window, "score.next").setFocus()
    QTest.keyClick(child(window, "score.next"), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(said) == 1
    assert "存好之后才能撤销" in said[0], "there is something to take back"
    # Elsewhere and back: the text is still there, and so are its consequences.
    walk = desk_of(window).walk
    assert walk is not None
    walk.go(made.ids[1])
    settle()
    walk.go(made.ids[0], "P4.1.basis")
    settle()
    assert child(window, "item.reason").toPlainText() == text  # type: ignore[attr-defined]
    press(window, "trouble.retry")
    assert strip.isVisible()
    disk.free()
    press(window, "trouble.retry")
    assert not strip.isVisible()
    assert saved(window).startswith("已保存")
    assert child(window, "score.undo").isEnabled()
    assert child(window, "score.undo").accessibleDescription() == ""
    assert "存好" not in child(window, "score.undo").toolTip()
    window.go_start()
    settle()
    with reopened(window, made) as sheet:
        assert text.strip() in sheet.records(made.ids[0])["entry", "P4.1.basis"]


def test_room_again_is_noticed_without_a_button(
    qtbot: QtBot, window: MainWindow, made: MadeReview, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_judged_item(window, made)
    store = store_of(window)
    store._again.setInterval(50)
    disk.fill(sheet_path(window))
    store.edit_item(made.ids[0], "P4.1.basis", reason="r" * 1900)
    qtbot.waitUntil(lambda: store.unsaved > 0)
    disk.free()
    qtbot.waitUntil(lambda: store.unsaved == 0)
    settle()
    assert saved(window).startswith("已保存")
    assert store.view.can_undo


def test_leaving_with_unsaved_changes_asks_plainly(
    qtbot: QtBot, window: MainWindow, made: MadeReview, disk: Disk
) -> None:
    at_judged_item(window, made)
    disk.fill(sheet_path(window))
    store_of(window).edit_item(made.ids[0], "P4.1.basis", reason="r" * 1900)
    qtbot.waitUntil(lambda: store_of(window).unsaved > 0)
    window.close()
    settle()
    assert window.isVisible()
    assert "1 处更改" in label(window, "leave.text")
    # A second click on the window's cross is no answer.
    window.close()
    settle()
    assert window.isVisible()
    press(window, "leave.stay")
    assert review_of(window).score.panel.reason.box.toPlainText() == "r" * 1900
    window.go_start()
    settle()
    press(window, "leave.retry")
    assert child(window, "leave.text").isVisible()
    disk.free()
    press(window, "leave.retry")
    assert window.desk is None
    with reopened(window, made) as sheet:
        assert "r" * 1900 in sheet.records(made.ids[0])["entry", "P4.1.basis"]


def test_unsaved_changes_are_given_up_only_when_the_user_says_so(
    qtbot: QtBot, window: MainWindow, made: MadeReview, disk: Disk
) -> None:
    at_judged_item(window, made)
    disk.fill(sheet_path(window))
    store_of(window).edit_item(made.ids[0], "P4.1.basis", reason="r" * 1900)
    qtbot.waitUntil(lambda: store_of(window).unsaved > 0)
    window.go_start()
    settle()
    press(window, "leave.discard")
    assert window.desk is None
    with reopened(window, made) as sheet:
        assert "rrrr" not in sheet.records(made.ids[0])["entry", "P4.1.basis"]


# ----- a stick that is pulled -----


def test_a_pulled_stick_stops_the_documents_and_nothing_else(
    qtbot: QtBot, window: MainWindow, made: MadeReview
) -> None:
    at_judged_item(window, made)
    store = store_of(window)
    aside = pull_out(store.session, made.path)
    walk = desk_of(window).walk
    assert walk is not None
    walk.go(made.ids[1])
    review_of(window).score.reading.show_document("D2")
    settle()
    qtbot.waitUntil(lambda: store.away)
    assert "已拔出" in label(window, "trouble.away")
    store.edit_item(made.ids[1], "P4.1.basis", reason="saved all the same")
    settle()
    assert store.session.sheet(made.ids[1]).items["P4.1.basis"].reason == "saved all the same"
    assert saved(window).startswith("已保存")
    press(window, "trouble.find")
    assert store.away
    assert window.banner.message() is not None
    window.banner.dismiss()
    aside.rename(made.path)
    press(window, "trouble.find")
    assert not store.away
    assert not review_of(window).trouble.isVisible()
    settle()
    assert review_of(window).score.reading.viewer.pages.document is not None


def test_a_stick_put_back_before_anyone_noticed_is_simply_read(window: MainWindow, made: MadeReview) -> None:
    at_judged_item(window, made)
    session = store_of(window).session
    pull_out(session, made.path).rename(made.path)
    assert session.read_document(made.ids[1], "D2")
    assert not session.bundle_away


def test_another_bundle_in_its_place_is_refused(
    qtbot: QtBot, window: MainWindow, made: MadeReview, tmp_path: Path
) -> None:
    from tests.support.review import make_bundle

    at_judged_item(window, made)
    store = store_of(window)
    pull_out(store.session, made.path)
    other = make_bundle(tmp_path / "other", bundle_id="00112233445566778899aabbccddee02")
    other.path.rename(made.path)
    walk = desk_of(window).walk
    assert walk is not None
    walk.go(made.ids[1])
    review_of(window).score.reading.show_document("D2")
    settle()
    qtbot.waitUntil(lambda: store.away)
    press(window, "trouble.find")
    message = window.banner.message()
    assert message is not None
    assert message.details[0].endswith("E-BUNDLE-OTHER")
    assert store.away


def test_the_bundle_leaves_nothing_beside_itself(window: MainWindow, made: MadeReview) -> None:
    open_bundle(window, made)
    assert [path.name for path in made.path.parent.iterdir()] == [made.path.name]
