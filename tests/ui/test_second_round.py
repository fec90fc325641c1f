"""复评 in the expert's window: the first score beside the form, a reason for each change, or the first scores stand."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.formats.filenames import TRIAL_PREFIX
from ndb_desktop.services.identity import keys_folder
from ndb_desktop.ui.expert.open_page import UnlockPage
from ndb_desktop.ui.expert.walk import OVERALL
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.coordinator import Dialogs
from tests.support.rounds import FIRM, ITEM, PARK, WHY, Stage, bundles, open_now, staged
from tests.support.travel import PASSPHRASE, key_file
from tests.support.window import child, desk_of, press, review_of, settle

EXPERT = "E-02"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = staged(tmp_path)
    open_now(made)
    yield made
    made.office.close()


@pytest.fixture
def window(stage: Stage, own_profile: Path, new_window: Callable[[], MainWindow]) -> MainWindow:
    keys = keys_folder(own_profile)
    keys.mkdir(parents=True, exist_ok=True)
    (keys / f"{TRIAL_PREFIX}_own.ndbkey").write_bytes(key_file(EXPERT))
    shown = new_window()
    shown.resize(1440, 900)
    settle()
    shown.open_paths((bundles(stage)[EXPERT],))
    settle()
    assert isinstance(desk_of(shown).page, UnlockPage)
    assert tr("open.kind.second_round") in words_on(shown)
    secret = next(row.opens for row in stage.office.issued() if row.expert == EXPERT)
    child(shown, "open.secret").setText(secret)  # type: ignore[attr-defined]
    press(shown, "open.button")
    return shown


def words_on(window: QWidget) -> str:
    return "\n".join(label.text() for label in window.findChildren(PlainLabel) if label.isVisible())


def seen(window: MainWindow, name: str) -> bool:
    return child(window, name).isVisible()


def number(window: MainWindow, typed: str) -> None:
    """Types a number for the item in hand, as a user does."""
    field = child(window, "level.number")
    field.selectAll()  # type: ignore[attr-defined]
    QTest.keyClicks(field, typed)
    QTest.keyClick(field, Qt.Key.Key_Tab)
    settle()


def test_a_second_look_from_the_bundle_to_the_signed_file(
    window: MainWindow, stage: Stage, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    review, walk = review_of(window), desk_of(window).walk
    assert review.step != "identity", "the own key lies on this machine"
    # Statements and declarations are those of the first round; nothing is to be typed again.
    review.go("score")
    walk.go(PARK, ITEM)
    settle()
    assert "分" in child(window, "round.first").text()  # type: ignore[attr-defined]
    assert child(window, "round.others").text().startswith("其他 4 位专家")  # type: ignore[attr-defined]
    assert not seen(window, "round.reason")
    view = desk_of(window).store.view  # type: ignore[union-attr]
    before = view.entry(PARK, ITEM).value
    number(window, f"{before - 1:f}")
    # What is typed is stored a moment later.
    qtbot.waitUntil(lambda: seen(window, "round.reason"))
    assert tr("round.card.changed") in words_on(review.score.panel)
    box = child(window, "round.reason")
    box.setFocus()
    QApplication.clipboard().setText(WHY)
    qtbot.keyClick(box, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    # Whoever goes on without leaving the field loses nothing.
    walk.go(PARK, OVERALL)
    settle()
    assert view.sheet(PARK).changes == {ITEM: WHY}
    said = child(window, "round.changes").text()  # type: ignore[attr-defined]
    assert WHY in said
    assert f"{before}" in said
    assert not seen(window, "round.uphold")
    assert not view.findings(PARK)

    walk.go(FIRM, OVERALL)
    settle()
    assert [fault.code for fault in view.findings(FIRM)] == ["E-ROUND-ANSWER"]
    assert child(window, "round.changes").text() == tr("round.upheld.no")  # type: ignore[attr-defined]
    press(window, "round.uphold")
    assert child(window, "round.changes").text() == tr("round.upheld.yes")  # type: ignore[attr-defined]
    assert QApplication.focusWidget() is child(window, "round.uphold.undo")
    press(window, "round.uphold.undo")
    assert [fault.code for fault in view.findings(FIRM)] == ["E-ROUND-ANSWER"]
    # The check page names what is missing and leads to the page where it is answered.
    review.go("check")
    settle()
    assert not child(window, "check.next").isEnabled() or view.findings(FIRM)
    review.go("score")
    walk.go(FIRM, OVERALL)
    settle()
    press(window, "round.uphold")
    # Undo takes the answer back, and says what it was.
    press(window, "score.undo")
    assert not view.sheet(FIRM).upheld
    press(window, "score.redo")
    assert view.sheet(FIRM).upheld

    review.go("check")
    settle()
    press(window, "check.next")
    dialogs = Dialogs(monkeypatch)
    dialogs.folder = tmp_path
    press(window, "sign.folder.choose")
    child(review.sign, "passphrase").setText(PASSPHRASE)  # type: ignore[attr-defined]
    press(window, "sign.button")
    assert seen(window, "sign.result")
    (made,) = tmp_path.glob("*.ndbscore")
    (verdict,) = stage.merge(made).verdicts
    assert (verdict.verdict, {sheet.verdict for sheet in verdict.sheets}) == ("accepted", {"accepted"})
    assert not child(window, "round.uphold.undo").isEnabled()


def test_a_first_bundle_shows_nothing_of_all_this(
    stage: Stage, own_profile: Path, new_window: Callable[[], MainWindow]
) -> None:
    shutil.copytree(stage.folder / "profiles" / EXPERT, own_profile, dirs_exist_ok=True)
    shown = new_window()
    shown.open_paths((next((stage.folder / "first").glob("*E-02*")),))
    settle()
    secret = next(row.opens for row in stage.office.issued() if row.expert == EXPERT)
    child(shown, "open.secret").setText(secret)  # type: ignore[attr-defined]
    press(shown, "open.button")
    review, walk = review_of(shown), desk_of(shown).walk
    review.go("score")
    for item in (ITEM, OVERALL):
        walk.go(PARK, item)
        settle()
        assert not seen(shown, "round.card")
        assert not seen(shown, "round.uphold.card")
