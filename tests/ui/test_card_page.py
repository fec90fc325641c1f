"""我的密钥与名片 in the window: a key and a card for somebody who has neither, without the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from ndb_desktop.services import identity as identities
from ndb_desktop.services.identity import create_identity, keys_folder, list_identities, read_card, unlock
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.shell.card_page import CardPage
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.banner import Banner
from tests.support.coordinator import Dialogs
from tests.support.site import make_site_bundle
from tests.support.window import PASSPHRASE, child, press, settle


@pytest.fixture
def dialogs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Dialogs:
    answers = Dialogs(monkeypatch)
    answers.target = tmp_path / "out" / "示例检查员.ndbcard"
    answers.target.parent.mkdir()
    return answers


def own_card(window: MainWindow) -> CardPage:
    page = window.over.page
    assert isinstance(page, CardPage)
    return page


def write(parent: QWidget, name: str, words: str) -> None:
    """Types into a field that is in sight."""
    field = child(parent, name)
    assert isinstance(field, QLineEdit)
    assert field.isVisible()
    field.clear()
    QTest.keyClicks(field, words) if words.isascii() else field.insert(words)


def make_key(window: MainWindow, name: str = "示例检查员", passphrase: str = PASSPHRASE) -> CardPage:
    page = own_card(window)
    write(page, "card.new.name", name)
    write(page, "card.new.passphrase", passphrase)
    write(page, "card.new.again", passphrase)
    press(page, "card.new.create")
    return page


def said(page: QWidget) -> str:
    message = page.findChild(Banner, "banner").message()
    return "" if message is None else message.text


def test_an_inspector_without_a_key_makes_one_and_saves_the_card(window: MainWindow, dialogs: Dialogs) -> None:
    window.enter("inspection")
    settle()
    press(window, "site.card.button")
    write(own_card(window), "card.new.employer", "示例检测中心")
    page = make_key(window)
    (stored,) = list_identities(keys_folder(window.profile))
    assert (stored.name, stored.trial) == ("示例检查员", False)
    assert not child(page, "card.new.create").isVisible(), "there is a key; nobody is asked for a second"
    # Name, employer and passphrase were typed a moment ago.
    press(page, "card.save")
    assert dialogs.target is not None
    card = read_card(dialogs.target)
    assert (card.payload.name, card.payload.employer, card.payload.trial) == ("示例检查员", "示例检测中心", False)
    assert card.key.keyid == stored.fingerprint
    assert card.payload.created_at == "2026-11-22T04:00:00Z"
    assert said(page) == tr("card.saved", name=dialogs.target.name)
    assert child(page, "banner.action").hasFocus(), "what shows the file"
    assert child(page, "passphrase").text() == "", "it is not kept"  # type: ignore[attr-defined]
    assert unlock(stored.path, PASSPHRASE).keyid == stored.fingerprint


def test_the_fingerprint_stands_in_groups_and_is_copied_whole(window: MainWindow) -> None:
    stored = create_identity(keys_folder(window.profile), name="示例", passphrase="x", trial=True)
    window.show_card()
    settle()
    shown = child(own_card(window), "card.fingerprint.0")
    assert isinstance(shown, QLabel)
    groups = shown.text().split("SHA256: ")[1].split(" ")
    assert {len(group) for group in groups[:-1]} == {4}
    assert identities.plain_fingerprint(" ".join(groups)) == stored.fingerprint
    press(own_card(window), "card.copy")
    assert QGuiApplication.clipboard().text() == stored.fingerprint


def test_a_wrong_passphrase_writes_nothing_and_the_right_one_then_does(window: MainWindow, dialogs: Dialogs) -> None:
    create_identity(keys_folder(window.profile), name="示例", passphrase="right", trial=True)
    window.show_card()
    settle()
    page = own_card(window)
    assert not child(page, "card.save").isEnabled()
    write(page, "passphrase", "wrong")
    press(page, "card.save")
    assert dialogs.target is not None
    assert not dialogs.target.exists()
    assert said(page) == i18n.tr("E-KEY-PASSPHRASE")
    write(page, "passphrase", "right")
    QTest.keyClick(child(page, "passphrase"), Qt.Key.Key_Return)
    settle()
    assert read_card(dialogs.target).payload.trial, "the card of a trial key is one"


def test_a_file_whose_name_was_completed_is_replaced_only_when_asked(window: MainWindow, dialogs: Dialogs) -> None:
    create_identity(keys_folder(window.profile), name="示例", passphrase="x", trial=True)
    window.show_card()
    settle()
    page = own_card(window)
    there = dialogs.target
    assert there is not None
    there.write_bytes(b"another card")
    dialogs.target = there.with_suffix("")
    write(page, "passphrase", "x")
    press(page, "card.save")
    assert there.read_bytes() == b"another card"
    assert said(page) == tr("card.there", name=there.name)
    press(page, "banner.action")
    assert read_card(there).payload.name == "示例"


def test_a_key_for_trials_may_have_a_short_passphrase_and_is_marked(window: MainWindow, dialogs: Dialogs) -> None:
    window.show_card()
    settle()
    page = own_card(window)
    write(page, "card.new.name", "示例")
    write(page, "card.new.passphrase", "x")
    write(page, "card.new.again", "x")
    assert not child(page, "card.new.create").isEnabled()
    press(page, "card.new.trial")
    press(page, "card.new.create")
    (stored,) = list_identities(keys_folder(window.profile))
    assert stored.trial
    assert tr("trial.mark") in child(page, "card.key.0").text()  # type: ignore[attr-defined]


def test_the_card_is_that_of_the_key_chosen(window: MainWindow, dialogs: Dialogs) -> None:
    folder = keys_folder(window.profile)
    keys = [create_identity(folder, name=name, passphrase="x", trial=True) for name in ("示例 A", "示例 B")]
    window.show_card()
    settle()
    page = own_card(window)
    press(page, "card.key.1")
    write(page, "card.name", "示例 B（更名）")
    write(page, "passphrase", "x")
    press(page, "card.save")
    assert dialogs.target is not None
    card = read_card(dialogs.target)
    assert (card.key.keyid, card.payload.name) == (keys[1].fingerprint, "示例 B（更名）")


def test_a_second_key_is_made_when_asked_and_a_weak_passphrase_is_refused(window: MainWindow) -> None:
    folder = keys_folder(window.profile)
    create_identity(folder, name="示例 A", passphrase="x", trial=True)
    (folder / "damaged.ndbkey").write_bytes(b"nothing")
    window.show_card()
    settle()
    page = own_card(window)
    assert any("damaged.ndbkey" in label.text() for label in page.findChildren(QLabel)), "it is not passed over"
    press(page, "card.another")
    make_key(window, "示例 B", "aaaaaaaaaaaa")
    assert said(page) == i18n.tr("E-PASSPHRASE-SIMPLE", least=5)
    assert len(list_identities(folder)) == 2
    make_key(window, "示例 B")
    assert {one.name for one in list_identities(folder) if one.fault is None} == {"示例 A", "示例 B"}


def test_a_key_made_over_a_page_is_among_its_keys_afterwards(window: MainWindow, tmp_path: Path) -> None:
    window.open_paths((make_site_bundle(tmp_path).path,))
    settle()
    assert child(window, "site.key").count() == 0  # type: ignore[attr-defined]
    window.show_card()
    settle()
    make_key(window)
    press(window, "card.close")
    assert window.over.page is None
    assert child(window, "site.key").count() == 1  # type: ignore[attr-defined]


def press_menu(window: MainWindow) -> None:
    action = window.header.findChild(QAction, "menu.card")
    assert action is not None
    action.trigger()


def press_office(window: MainWindow) -> None:
    window.enter("coordinator")
    settle()
    press(window, "office.card.button")


@pytest.mark.parametrize("way", [press_menu, press_office], ids=["settings", "coordinator"])
def test_it_is_reached_from_the_settings_and_from_the_coordinator_desk(
    window: MainWindow, way: Callable[[MainWindow], None]
) -> None:
    way(window)
    settle()
    page = own_card(window)
    assert page.close_button.hasFocus()
    QTest.keyClick(page.close_button, Qt.Key.Key_Return)
    settle()
    assert window.over.page is None


def test_every_step_is_done_by_keyboard(window: MainWindow, dialogs: Dialogs) -> None:
    window.show_card()
    settle()
    page = own_card(window)
    page.new.name.setFocus()
    for words in ("Sample", "", PASSPHRASE):
        QTest.keyClicks(window.focusWidget(), words)
        if words != PASSPHRASE:
            QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    QTest.keyClicks(window.focusWidget(), PASSPHRASE)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    settle()
    assert child(page, "card.save").hasFocus()
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    settle()
    assert dialogs.target is not None
    assert read_card(dialogs.target).payload.name == "Sample"
