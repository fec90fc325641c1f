"""Copies of the worksheet, restoring, moving to another computer, cloud folders: through the window."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services import worksheet_backup as backups
from ndb_desktop.services.identity import keys_folder, list_identities
from ndb_desktop.services.review import worksheet_path
from ndb_desktop.ui.expert import safekeeping
from ndb_desktop.ui.expert.open_page import UnlockPage
from ndb_desktop.ui.expert.safekeeping import BackupKeeper
from ndb_desktop.ui.expert.safety_page import SafetyPage
from ndb_desktop.ui.settings import Settings
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets import files
from tests.support.review import MadeReview
from tests.support.safety import pull_out
from tests.support.window import child, desk_of, make_key, now, open_bundle, press, review_of, settle, start_review


def words(window: MainWindow, name: str) -> str:
    found = child(window, name)
    assert isinstance(found, QLabel)
    return found.text().replace("\u200b", "")


def said(window: MainWindow) -> str:
    message = window.banner.message()
    assert message is not None
    return f"{message.title} {message.text} {' '.join(message.details)}"


def keeper_of(window: MainWindow) -> BackupKeeper:
    keeper = desk_of(window).keeper
    assert keeper is not None
    return keeper


def opinion(window: MainWindow, made: MadeReview, text: str) -> None:
    store = desk_of(window).store
    assert store is not None
    store.apply(lambda session: session.set_opinion(made.ids[0], text))
    settle()


def opinion_of(window: MainWindow, made: MadeReview) -> str:
    store = desk_of(window).store
    assert store is not None
    return store.view.sheet(made.ids[0]).opinion


def safety(window: MainWindow) -> SafetyPage:
    page = desk_of(window).page
    assert isinstance(page, SafetyPage)
    return page


def copies(window: MainWindow, made: MadeReview) -> tuple[backups.Backup, ...]:
    return backups.list_backups(backups.backup_folder(window.profile, made.written.bundle_id))


# ----- copies by the clock -----


def test_a_copy_is_made_by_the_clock_and_at_the_end(qtbot: QtBot, window: MainWindow, made: MadeReview) -> None:
    start_review(window, made)
    keeper = keeper_of(window)
    assert keeper.timer.interval() == 15 * 60_000
    assert keeper.timer.isActive()
    with qtbot.waitSignal(keeper.made):
        keeper.timer.timeout.emit()
    assert len(copies(window, made)) == 1
    with qtbot.waitSignal(keeper.made) as again:
        keeper.timer.timeout.emit()
    assert again.args == [None]
    opinion(window, made, "later")
    window.go_start()
    settle()
    assert len(copies(window, made)) == 2


def test_a_copy_that_fails_is_said_quietly_and_never_disturbs(
    window: MainWindow, made: MadeReview, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_review(window, made)

    def full(*_args: object, **_more: object) -> None:
        raise NdbError("E-STORE-FULL", place="disk")

    monkeypatch.setattr(safekeeping, "back_up", full)
    keeper_of(window).back_up()
    settle()
    assert window.banner.message() is None
    assert window.header.note.isVisible()
    assert window.header.note.text() == "备份未成功"
    press(window, "review.safety")
    assert "磁盘已满" in words(window, "safety.trouble")
    monkeypatch.undo()
    press(window, "safety.copy.now")
    assert not window.header.note.isVisible()
    press(window, "safety.back")
    assert review_of(window).isVisible()


def test_the_folder_is_the_users_choice(
    window: MainWindow, made: MadeReview, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_review(window, made)
    press(window, "review.safety")
    stick = tmp_path / "stick"
    stick.mkdir()
    monkeypatch.setattr(files, "pick_folder", lambda *_a, **_k: stick)
    press(window, "safety.folder.change")
    press(window, "safety.copy.now")
    assert len(list((stick / made.written.bundle_id).glob("*.ndbwork"))) == 1
    assert copies(window, made) == ()
    assert Settings(window.profile).backup_folder == stick
    press(window, "safety.folder.usual")
    assert Settings(window.profile).backup_folder is None


# ----- restoring -----


def test_restoring_from_the_open_desk(window: MainWindow, made: MadeReview) -> None:
    start_review(window, made)
    opinion(window, made, "as it was")
    press(window, "review.safety")
    press(window, "safety.copy.now")
    page = safety(window)
    assert page.table.proxy.rowCount() == 1
    press(window, "safety.back")
    opinion(window, made, "as it is now")
    press(window, "review.safety")
    page = safety(window)
    page.table.selectRow(0)
    press(window, "safety.copy.look")
    assert "云岭生物制造示范园区：改回 1 处" in words(window, "safety.preview.changes")
    press(window, "safety.restore")
    assert opinion_of(window, made) == "as it was"
    assert [page.table.source.row_at(n).kind for n in range(2)].count("before") == 1
    press(window, "safety.back")
    assert opinion_of(window, made) == "as it was"


def test_a_copy_of_something_else_is_refused_in_words(
    window: MainWindow, made: MadeReview, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_review(window, made)
    press(window, "review.safety")
    monkeypatch.setattr(files, "pick_file", lambda *_a, **_k: made.path)
    press(window, "safety.copy.other")
    page = safety(window)
    message = page.banner.message()
    assert message is not None
    assert message.details[0].endswith("E-STORE-KEY")
    assert not page.preview.isVisible()


def test_restoring_from_the_page_where_the_bundle_is_unlocked(
    new_window: Callable[[], MainWindow], made: MadeReview
) -> None:
    window = new_window()
    start_review(window, made)
    opinion(window, made, "kept")
    window.go_start()
    settle()
    window.open_paths((made.path,))
    settle()
    page = desk_of(window).page
    assert isinstance(page, UnlockPage)
    assert not page.copies.isEnabled()
    page.secret.setText(made.secret)
    press(window, "open.copies")
    assert safety(window).table.proxy.rowCount() == 1
    press(window, "safety.back")
    assert opinion_of(window, made) == "kept"


def test_a_damaged_worksheet_is_kept_and_a_copy_brought_back(window: MainWindow, made: MadeReview) -> None:
    start_review(window, made)
    opinion(window, made, "in the copy")
    window.go_start()
    settle()
    path = worksheet_path(window.profile, made.written.bundle_id)
    data = bytearray(path.read_bytes())
    data[6000] ^= 1
    path.write_bytes(bytes(data))
    open_bundle(window, made)
    assert "工作稿读不出来" in said(window)
    press(window, "banner.action")
    assert opinion_of(window, made) == ""
    page = safety(window)
    kinds = [page.table.source.row_at(n).kind for n in range(page.table.proxy.rowCount())]
    assert sorted(kinds) == ["", "damaged"]
    page.table.selectRow(kinds.index(""))
    press(window, "safety.copy.look")
    press(window, "safety.restore")
    assert opinion_of(window, made) == "in the copy"


# ----- to another computer -----


def test_work_moves_to_another_computer(
    window: MainWindow, made: MadeReview, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_review(window, made)
    opinion(window, made, "on the way")
    monkeypatch.setattr(files, "pick_folder", lambda *_a, **_k: tmp_path)
    press(window, "review.safety")
    press(window, "safety.move")
    (sent,) = tmp_path.glob("*.ndbmove")
    # Here a worksheet of this bundle is there already.
    window.open_paths((sent,))
    settle()
    assert "没有覆盖" in said(window)
    press(window.banner, "banner.action")
    page = safety(window)
    assert "moved" in [page.table.source.row_at(n).kind for n in range(page.table.proxy.rowCount())]
    window.go_start()
    settle()
    other = tmp_path / "other computer"
    other.mkdir()
    there = MainWindow(Settings(other), other, now)
    there.show()
    try:
        there.open_paths((sent,))
        settle()
        assert "工作稿已就位" in said(there)
        assert len(list_identities(keys_folder(other))) == 1
        open_bundle(there, made)
        assert opinion_of(there, made) == "on the way"
        assert desk_of(there).key is not None
    finally:
        there.close()
        settle()
        there.deleteLater()


def test_the_same_bundle_under_another_letter_is_taken_up(window: MainWindow, made: MadeReview, tmp_path: Path) -> None:
    start_review(window, made)
    store = desk_of(window).store
    assert store is not None
    aside = pull_out(store.session, made.path)
    elsewhere = tmp_path / "E" / "review.ndbbundle"
    elsewhere.parent.mkdir()
    shutil.move(aside, elsewhere)
    review_of(window).score.reading.show_document("D2")
    with pytest.raises(NdbError):
        store.session.read_document(made.ids[1], "D2")
    settle()
    assert store.away
    window.open_paths((elsewhere,))
    settle()
    assert desk_of(window).store is store
    assert not store.away
    assert store.session.read_document(made.ids[1], "D2")


# ----- cloud folders -----


def test_a_bundle_in_a_cloud_folder_is_warned_of_once(window: MainWindow, made: MadeReview, tmp_path: Path) -> None:
    folder = tmp_path / "我的坚果云"
    folder.mkdir()
    path = folder / made.path.name
    shutil.copy(made.path, path)
    window.open_paths((path,))
    settle()
    assert "坚果云" in said(window)
    assert "外传" in said(window)
    window.banner.dismiss()
    window.open_paths((path,))
    settle()
    assert window.banner.message() is None


def test_a_profile_in_a_cloud_folder_is_warned_of(made: MadeReview, tmp_path: Path) -> None:
    profile = tmp_path / "OneDrive - 某某大学" / "ndb"
    profile.mkdir(parents=True)
    window = MainWindow(Settings(profile), profile, now)
    window.show()
    try:
        window.open_paths((made.path,))
        settle()
        assert "OneDrive" in said(window)
        assert str(profile) in said(window)
    finally:
        window.close()
        settle()
        window.deleteLater()


def test_a_folder_for_copies_in_a_cloud_is_warned_of_where_it_is_chosen_and_when_a_bundle_opens(
    window: MainWindow, made: MadeReview, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud, stick = tmp_path / "Dropbox", tmp_path / "stick"
    cloud.mkdir()
    stick.mkdir()
    start_review(window, made)
    press(window, "review.safety")
    banner = safety(window).banner
    for _ in range(2):
        monkeypatch.setattr(files, "pick_folder", lambda *_a, **_k: cloud)
        press(window, "safety.folder.change")
        message = banner.message()
        assert message is not None
        assert message.kind == "warning"
        assert "Dropbox" in message.title
        assert str(cloud) in message.text
        monkeypatch.setattr(files, "pick_folder", lambda *_a, **_k: stick)
        press(window, "safety.folder.change")
        assert banner.message() is None, "an ordinary folder is not spoken of"
    Settings(window.profile).backup_folder = cloud
    assert window.banner.message() is None
    window.open_paths((made.path,))
    settle()
    assert "Dropbox" in said(window)
    assert str(cloud) in said(window)


def test_an_ordinary_folder_is_not_spoken_of(window: MainWindow, made: MadeReview) -> None:
    open_bundle(window, made)
    make_key(window)
    assert window.banner.message() is None


def test_the_second_window_is_told_who_holds_the_worksheet(
    window: MainWindow, new_window: Callable[[], MainWindow], made: MadeReview
) -> None:
    open_bundle(window, made)
    second = new_window()
    open_bundle(second, made)
    message = second.banner.message()
    assert message is not None
    assert message.details[0].endswith("E-STORE-LOCKED")
    assert "计算机：" in message.text
    assert isinstance(desk_of(second).page, UnlockPage)
