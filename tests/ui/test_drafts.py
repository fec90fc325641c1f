"""草稿 through the window: a form that is not submitted is kept, named so in the header, and goes when it should."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from ndb_desktop import texts
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.review import ReviewSession
from ndb_desktop.ui.expert.review_page import ReviewPage
from ndb_desktop.ui.expert.sign_page import SignPage
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets import sight
from tests.support.pages import click, open_store, rest
from tests.support.review import MadeReview, complete
from tests.support.safety import Disk, a_disk, type_into
from tests.support.travel import person
from tests.support.window import child, desk_of, open_bundle, press, review_of, settle, start_review

ITEM = "P2.1.basis"
FORM = f"challenge:{ITEM}"
REASON = "the audit report says otherwise on page one"
KEPT = texts.text("safety.draft", "zh_CN")


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


def words(window: MainWindow, name: str) -> str:
    box = child(window, name)
    assert isinstance(box, QPlainTextEdit)
    return box.toPlainText()


def go(window: MainWindow, application: str, item: str) -> None:
    walk = desk_of(window).walk
    assert walk is not None
    walk.go(application, item)
    settle()


def begin(window: MainWindow, made: MadeReview) -> ReviewPage:
    """A challenge with a figure and a reason, typed a moment ago."""
    page = start_review(window, made)
    go(window, made.ids[0], ITEM)
    press(window, "item.challenge")
    figure = child(window, "challenge.proposed")
    assert isinstance(figure, QLineEdit)
    QTest.keyClicks(figure, "30.5")
    type_into(window, "challenge.reason", REASON)
    return page


def shown(window: MainWindow) -> bool:
    return review_of(window).score.panel.challenge.isVisible()


def close_and_open(window: MainWindow, new_window: Callable[[], MainWindow], made: MadeReview) -> MainWindow:
    window.close()
    settle()
    again = new_window()
    open_bundle(again, made)
    return again


def test_a_challenge_is_stored_while_it_is_typed(qtbot: QtBot, window: MainWindow, made: MadeReview) -> None:
    begin(window, made)
    session = store_of(window).session
    qtbot.waitUntil(lambda: saved(window) in ("正在保存…", KEPT))
    qtbot.waitUntil(lambda: session.drafts(made.ids[0]).get(FORM, {}).get("reason") == REASON)
    qtbot.waitUntil(lambda: saved(window) == KEPT)
    assert child(window, "challenge.reason").hasFocus()
    assert not session.sheet(made.ids[0]).challenges


def test_a_challenge_half_written_is_there_again(
    window: MainWindow, new_window: Callable[[], MainWindow], made: MadeReview
) -> None:
    page = begin(window, made)
    box = child(window, "challenge.reason")
    QTest.keyClick(box, Qt.Key.Key_PageDown)
    settle()
    assert desk_of(window).walk.item != ITEM  # type: ignore[union-attr]
    assert not shown(window)
    assert saved(window).startswith("已保存"), "the form is not in sight"
    QTest.keyClick(page.score, Qt.Key.Key_PageUp)
    settle()
    assert desk_of(window).walk.item == ITEM  # type: ignore[union-attr]
    form = page.score.panel.challenge
    assert shown(window)
    assert (words(window, "challenge.reason"), form.proposed.text()) == (REASON, "30.5")
    assert (form.document.value(), form.page.text()) == ("D1", "1")
    assert not form.reason.visibleRegion().isEmpty(), "where one goes on, not below the edge"
    assert saved(window) == KEPT
    type_into(window, "challenge.reason", " and two")
    again = close_and_open(window, new_window, made)
    page = review_of(again)
    go(again, made.ids[0], ITEM)
    assert shown(again)
    assert words(again, "challenge.reason") == f"{REASON} and two"
    press(again, "challenge.submit")
    session = store_of(again).session
    (challenge,) = session.sheet(made.ids[0]).challenges
    assert (challenge.reason, str(challenge.proposed)) == (f"{REASON} and two", "30.5")
    assert session.drafts(made.ids[0]) == {}
    press(again, "score.next")
    press(again, "score.previous")
    assert not shown(again), "it was submitted"
    press(again, "score.undo")
    assert not session.sheet(made.ids[0]).challenges
    assert not shown(again), "and drafts are no steps"


def heading_top(window: MainWindow) -> int:
    """Pixels between the upper edge of the pane and the form's heading."""
    panel = review_of(window).score.panel
    heading = next(label for label in panel.challenge.findChildren(PlainLabel) if label.property("role") == "heading")
    return heading.mapTo(panel.area.viewport(), QPoint(0, 0)).y()


def focused(window: MainWindow) -> str:
    widget = window.focusWidget()
    assert widget is not None
    assert sight.in_sight(review_of(window).score.panel.area, widget)
    return widget.objectName()


def test_a_challenge_begins_at_its_heading_and_is_left_and_met_there_again(
    window: MainWindow, new_window: Callable[[], MainWindow], made: MadeReview, qtbot: QtBot
) -> None:
    start_review(window, made)
    window.resize(1366, 728)
    go(window, made.ids[0], ITEM)
    qtbot.mouseClick(child(window, "item.challenge"), Qt.MouseButton.LeftButton)
    settle()
    assert 0 <= heading_top(window) < 40
    assert focused(window) == "challenge.datum"
    type_into(window, "challenge.reason", "half")
    window.activateWindow()
    press(window, "score.next")
    assert not shown(window)
    press(window, "score.previous")
    assert shown(window)
    assert 0 <= heading_top(window) < 40
    child(window, "item.state").setFocus()
    review_of(window).score.focus_item()
    assert focused(window) == "challenge.proposed", "the first field that is still empty"
    QTest.keyClicks(child(window, "challenge.proposed"), "30.5")
    # By keys alone: the focus goes with one from item to item.
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_PageDown)
    settle()
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_PageUp)
    settle()
    assert 0 <= heading_top(window) < 40
    assert focused(window) == "challenge.datum", "the reason is the only one left, and below the edge"
    again = close_and_open(window, new_window, made)
    assert shown(again), "it stands where one left it"
    again.resize(1366, 728)
    go(again, made.ids[0], "P1.1.basis")
    go(again, made.ids[0], ITEM)
    assert 0 <= heading_top(again) < 40
    again.set_font(1.5)
    settle()
    assert 0 <= heading_top(again) < 60, "also where the page is made anew"


def test_a_challenge_that_was_given_up_is_gone(window: MainWindow, made: MadeReview, qtbot: QtBot) -> None:
    begin(window, made)
    session = store_of(window).session
    qtbot.waitUntil(lambda: FORM in session.drafts(made.ids[0]))
    press(window, "challenge.cancel")
    assert session.drafts(made.ids[0]) == {}
    press(window, "score.next")
    press(window, "score.previous")
    assert not shown(window)
    press(window, "item.challenge")
    assert words(window, "challenge.reason") == ""
    press(window, "score.next")
    press(window, "score.previous")
    assert not shown(window), "a form nobody typed in is no draft"


def test_a_challenge_that_is_refused_stands_there_again(
    window: MainWindow, made: MadeReview, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(window, made)

    def refuse(*_: object, **__: object) -> None:
        raise NdbError("E-REVIEW-LOCKED")

    monkeypatch.setattr(ReviewSession, "put_mark", refuse)
    press(window, "challenge.submit")
    assert window.banner.message() is not None
    assert shown(window)
    assert words(window, "challenge.reason") == REASON


def test_a_full_disk_holds_a_draft_as_it_holds_marks(
    qtbot: QtBot, window: MainWindow, made: MadeReview, disk: Disk
) -> None:
    begin(window, made)
    store = store_of(window)
    qtbot.waitUntil(lambda: saved(window) == KEPT)
    disk.fill(store.session._worksheet.path)
    type_into(window, "challenge.reason", " again" * 2000)
    qtbot.waitUntil(lambda: store.unsaved > 0)
    assert "未保存" in saved(window)
    disk.free()
    store.retry()
    settle()
    assert store.session.drafts(made.ids[0])[FORM]["reason"].endswith("again")


def test_the_overall_page_in_hand_is_never_made_ready_for_another_application(
    window: MainWindow, made: MadeReview, qtbot: QtBot
) -> None:
    page = start_review(window, made)
    go(window, made.ids[1], "overall")
    go(window, made.ids[0], "overall")
    # Ctrl+Down would lead to the other overall page, where one was: longer than the work ahead takes to begin.
    qtbot.wait(600)
    assert page.score.overall.isVisible()
    type_into(window, "overall.opinion", REASON)
    session = store_of(window).session
    qtbot.waitUntil(lambda: REASON in [session.sheet(name).opinion for name in made.ids])
    assert (session.sheet(made.ids[0]).opinion, session.sheet(made.ids[1]).opinion) == (REASON, "")


def test_why_nothing_can_be_scored_waits_for_its_button(
    window: MainWindow, new_window: Callable[[], MainWindow], made: MadeReview
) -> None:
    start_review(window, made)
    go(window, made.ids[0], "overall")
    type_into(window, "overall.unable", REASON)
    press(window, "score.previous")
    press(window, "score.next")
    assert words(window, "overall.unable") == REASON
    assert saved(window) == KEPT
    go(window, made.ids[1], "overall")
    assert words(window, "overall.unable") == ""
    assert saved(window).startswith("已保存")
    again = close_and_open(window, new_window, made)
    go(again, made.ids[0], "overall")
    assert words(again, "overall.unable") == REASON
    session = store_of(again).session
    assert session.sheet(made.ids[0]).unable == ""
    press(again, "overall.unable.save")
    assert session.sheet(made.ids[0]).unable == REASON
    assert session.drafts(made.ids[0]) == {}
    assert saved(again).startswith("已保存")


def test_words_of_a_recusal_are_kept_on_both_pages(window: MainWindow, made: MadeReview, qtbot: QtBot) -> None:
    page = start_review(window, made)
    session = store_of(window).session
    press(window, "score.recuse")
    QTest.keyClick(child(window, "declare.C1"), Qt.Key.Key_1)
    type_into(window, "declare.words", "we worked together")
    go(window, made.ids[1], ITEM)
    go(window, made.ids[0], ITEM)
    assert session.drafts(made.ids[0]) == {"declaration": {"codes": "C1", "words": "we worked together"}}
    press(window, "score.recuse")
    assert words(window, "declare.words") == "we worked together"
    page.go("declare")
    settle()
    assert words(window, "declare.words") == "we worked together"
    assert saved(window) == KEPT
    box = child(window, "declare.C1")
    assert isinstance(box, PlainCheckBox)
    assert box.isChecked()
    type_into(window, "declare.words", " in 2024")
    qtbot.waitUntil(lambda: session.drafts(made.ids[0])["declaration"]["words"].endswith("2024"))
    press(window, "declare.confirm")
    sheet = session.sheet(made.ids[0])
    assert (sheet.declaration.status, sheet.declaration.words) == ("recused", "we worked together in 2024")
    assert session.drafts(made.ids[0]) == {}


def test_a_recusal_that_was_given_up_is_gone(window: MainWindow, made: MadeReview, qtbot: QtBot) -> None:
    page = start_review(window, made)
    session = store_of(window).session
    press(window, "score.recuse")
    type_into(window, "declare.words", "not so")
    qtbot.waitUntil(lambda: "declaration" in session.drafts(made.ids[0]))
    settle()
    press(window, "declare.cancel")
    assert session.drafts(made.ids[0]) == {}
    press(window, "score.recuse")
    assert words(window, "declare.words") == ""
    page.go("declare")
    settle()
    assert not child(window, "declare.words").isVisible()


def test_the_reason_of_a_revision_is_kept(made: MadeReview, tmp_path: Path, qtbot: QtBot) -> None:
    with open_store(made, tmp_path / "profile") as store:
        complete(store.session)
        store.session.export(person("expert"), tmp_path)
        store.view.renew()
        for typed in ("two marks were ", "exchanged"):
            page = SignPage(store, None, "", tmp_path)
            qtbot.addWidget(page)
            page.resize(1000, 1200)
            page.show()
            qtbot.waitExposed(page)
            rest()
            assert page.reason.toPlainText() in ("", "two marks were ")
            page.reason.moveCursor(page.reason.textCursor().MoveOperation.End)
            QTest.keyClicks(page.reason, typed)
            page.commit()
        assert store.session.drafts("") == {"revision": {"reason": "two marks were exchanged"}}
        click(qtbot, page, "revision.start")
        assert store.session.drafts("") == {}
        assert not store.session.locked


def test_data_are_not_confirmed_in_passing_while_a_challenge_is_half_written(
    window: MainWindow, made: MadeReview, qtbot: QtBot
) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    begin(window, made)
    settle()
    view, walk = store_of(window).view, desk_of(window).walk
    assert walk is not None
    confirm = child(window, "item.confirm")
    assert isinstance(confirm, QAbstractButton)
    assert not child(window, "item.confirm.waits").isVisible()
    confirm.setFocus()
    qtbot.keyClick(confirm, Qt.Key.Key_Return)
    settle()
    panel, said = review_of(window).score.panel, child(window, "item.confirm.waits")
    assert said.isVisible()
    assert sight.in_sight(panel.area, said)
    assert isinstance(said, PlainLabel)
    assert "提出质疑" in said.text()
    assert "取消" in said.text(), "both ways on are named"
    assert walk.item == ITEM
    assert panel.challenge.isAncestorOf(QApplication.focusWidget()), "on where it is written"
    assert view.entry(made.ids[0], ITEM).confirm == ""
    assert words(window, "challenge.reason") == REASON, "nothing of it is gone"
    # The button says the same.
    qtbot.mouseClick(confirm, Qt.MouseButton.LeftButton)
    settle()
    assert view.entry(made.ids[0], ITEM).confirm == ""
    assert not confirm.isChecked()
    press(window, "challenge.cancel")
    assert not said.isVisible()
    confirm.setFocus()
    qtbot.keyClick(confirm, Qt.Key.Key_Return)
    settle()
    assert view.entry(made.ids[0], ITEM).confirm == "confirmed"
    assert walk.item != ITEM


def test_a_challenge_in_which_nothing_was_written_goes_when_the_data_are_confirmed(
    window: MainWindow, made: MadeReview
) -> None:
    start_review(window, made)
    go(window, made.ids[0], ITEM)
    press(window, "item.challenge")
    press(window, "item.confirm")
    assert store_of(window).view.entry(made.ids[0], ITEM).confirm == "confirmed"
    assert not shown(window)
    assert child(window, "item.challenge").isEnabled()
