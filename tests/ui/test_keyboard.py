"""One application reviewed without a mouse: every step by keys a user has."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.sheet import ItemEntry
from ndb_desktop.formats.scorefile import open_score
from ndb_desktop.ui import shortcuts
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets import fields, files, sight
from tests.support.review import MadeReview
from tests.support.window import PASSPHRASE, child, desk_of, press, review_of, settle, start_review

REASON = "依据充分，目标明确，责任到人，可以核查，但带动作用有待加强。"
Key, Held = Qt.Key, Qt.KeyboardModifier


def tap(key: Qt.Key, modifier: Qt.KeyboardModifier = Held.NoModifier, times: int = 1) -> None:
    for _ in range(times):
        QTest.keyClick(focus(), key, modifier)
        settle()


def focus() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def type_text(text: str) -> None:
    widget = focus()
    if text.isascii():
        QTest.keyClicks(widget, text)
    else:
        widget.insertPlainText(text)  # type: ignore[attr-defined]  # what an input method commits
    settle()


def tab_to(name: str) -> None:
    for _ in range(120):
        if focus().objectName() == name:
            return
        tap(Key.Key_Tab)
    raise AssertionError(f"Tab does not reach {name}; it is at {focus().objectName()!r}")


def test_a_review_by_keys_alone(
    qtbot: QtBot, window: MainWindow, made: MadeReview, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the first page to the exported file; only the system's own dialog for files is answered for the user."""
    monkeypatch.setattr(files, "pick_files", lambda *_args: (made.path,))
    with qtbot.waitActive(window):
        window.activateWindow()
    assert focus().objectName().startswith("door.")
    tap(Key.Key_O, Held.ControlModifier)
    assert focus().objectName() == "open.secret"
    type_text(made.secret)
    tap(Key.Key_Return)
    page = review_of(window)
    assert page.step == "identity"
    assert focus().objectName() == "passphrase"
    type_text(PASSPHRASE)
    tap(Key.Key_Return)
    assert focus().objectName() == "passphrase.again"
    type_text(PASSPHRASE)
    tap(Key.Key_Return)
    assert focus().objectName() == "identity.next"
    tap(Key.Key_Space)
    assert page.step == "declare"
    tab_to("statements.all")
    tap(Key.Key_Space)
    assert focus().objectName() == "clear.0"
    tap(Key.Key_Space)
    tab_to("recuse.1")
    tap(Key.Key_Space)
    assert focus().objectName() == "declare.C1"
    tap(Key.Key_Space)
    tab_to("declare.confirm")
    tap(Key.Key_Space)
    tab_to("recuse.2")
    tap(Key.Key_Space)
    tap(Key.Key_Space)
    tab_to("declare.confirm")
    tap(Key.Key_Space)
    tab_to("declare.next")
    tap(Key.Key_Space)
    assert page.step == "score"
    score_by_keys(window, made)
    back_to("step.check")
    tap(Key.Key_Space)
    assert page.step == "check"
    tab_to("check.next")
    tap(Key.Key_Space)
    assert page.step == "sign"
    assert focus().objectName() == "passphrase"
    type_text(PASSPHRASE)
    tap(Key.Key_Return)
    signed = list(made.path.parent.glob("*.ndbscore"))
    assert len(signed) == 1
    payload = open_score(signed[0].read_bytes(), made.issuer).payload
    assert len(payload.sheets) == 3


def back_to(name: str) -> None:
    for _ in range(120):
        if focus().objectName() == name:
            return
        tap(Key.Key_Backtab, Held.ShiftModifier)
    raise AssertionError(name)


def score_by_keys(window: MainWindow, made: MadeReview) -> None:
    """Enter, Enter for computed scores; a digit, a number, Enter for judged ones; Tab to the reason where it is due."""
    desk = desk_of(window)
    walk, store = desk.walk, desk.store
    assert walk is not None
    assert store is not None
    pack = store.view.item(made.ids[0]).pack
    assert walk.application == made.ids[0]
    for item in pack.items:
        assert walk.item == item.id
        if item.computed:
            assert focus().objectName() == "item.confirm", item.id
            panel = desk.page.score.panel
            seen = sight.in_sight(panel.area, panel.confirm_button)
            tap(Key.Key_Return)
            if not seen:
                # What was never on the screen is not confirmed: the first Enter only shows it.
                assert store.view.entry(made.ids[0], item.id).confirm == ""
                tap(Key.Key_Return)
            assert store.view.entry(made.ids[0], item.id).confirm == "confirmed"
            continue
        low = item.id == "P4.2.plan"
        tap(Key.Key_2 if low else Key.Key_3)
        assert focus().objectName() == "level.number"
        type_text("45" if low else "70.5")
        if low:
            tap(Key.Key_Tab)
            tab_to("item.reason")
            type_text(REASON)
        tap(Key.Key_Return, Held.ControlModifier if low else Held.NoModifier)
        entry = store.view.entry(made.ids[0], item.id)
        assert (entry.level, entry.value) == ("L2" if low else "L3", Decimal(45) if low else Decimal("70.5")), item.id
    assert store.view.progress(made.ids[0]) == (22, 22)


def test_page_keys_flag_and_applications(qtbot: QtBot, window: MainWindow, made: MadeReview) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    page = start_review(window, made)
    walk, store = desk_of(window).walk, desk_of(window).store
    assert walk is not None
    assert store is not None
    page.score.items.setFocus()
    first = walk.item
    tap(Key.Key_PageDown)
    assert walk.item != first
    tap(Key.Key_PageUp)
    assert walk.item == first
    tap(Key.Key_F3)
    assert store.view.entry(made.ids[0], first).flagged
    tap(Key.Key_Down, Held.ControlModifier)
    assert walk.application == made.ids[1]
    tap(Key.Key_Up, Held.ControlModifier)
    assert walk.application == made.ids[0]
    walk.go(made.ids[0], "P4.1.basis")
    settle()
    page.score.items.setFocus()
    tap(Key.Key_4)
    assert store.view.entry(made.ids[0], "P4.1.basis").level == "L4"
    # Where one is after a digit: in the field for the number inside the level, which has nothing to undo.
    assert focus().objectName() == "level.number"
    tap(Key.Key_Z, Held.ControlModifier)
    assert store.view.entry(made.ids[0], "P4.1.basis").level is None
    tap(Key.Key_Y, Held.ControlModifier)
    assert store.view.entry(made.ids[0], "P4.1.basis").level == "L4"
    tap(Key.Key_F, Held.ControlModifier)
    assert focus().objectName() == "viewer.search"
    tap(Key.Key_Escape)
    tap(Key.Key_F1)
    assert window.over.page is not None
    tap(Key.Key_Left, Held.AltModifier)
    assert window.over.page is None


def test_undo_in_a_text_takes_back_typing_first_and_then_what_was_done_on_the_page(
    window: MainWindow, made: MadeReview
) -> None:
    start_review(window, made)
    walk, store = desk_of(window).walk, desk_of(window).store
    assert walk is not None
    assert store is not None
    application, item = made.ids[0], "P4.1.basis"
    walk.go(application, item)
    settle()
    child(window, "list.items").setFocus()
    tap(Key.Key_F3)
    assert store.view.entry(application, item).flagged
    reason = child(window, "item.reason")
    reason.setFocus()
    QTest.keyClicks(reason, "abc")
    tap(Key.Key_Z, Held.ControlModifier)
    assert child(window, "item.reason").toPlainText() != "abc"
    assert store.view.entry(application, item).flagged, "it was the text that was meant"
    # Back at the item, its text is as it was found.
    store.edit_item(application, item, reason="")
    walk.step_item(1)
    settle()
    tap(Key.Key_F3)
    walk.step_item(-1)
    settle()
    child(window, "item.reason").setFocus()
    following = store.view.applications[0].pack.items
    after = following[[one.id for one in following].index(item) + 1].id
    assert store.view.entry(application, after).flagged
    tap(Key.Key_Z, Held.ControlModifier)
    assert not store.view.entry(application, after).flagged


def test_enter_never_confirms_in_passing(qtbot: QtBot, window: MainWindow, made: MadeReview) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    page = start_review(window, made)
    store, walk = desk_of(window).store, desk_of(window).walk
    assert store is not None
    assert walk is not None
    page.score.items.setFocus()
    first = walk.item
    tap(Key.Key_Return)
    assert store.view.entry(made.ids[0], first).confirm == ""
    assert focus().objectName() == "item.confirm"


def test_enter_in_the_viewer_stays_in_the_viewer(qtbot: QtBot, window: MainWindow, made: MadeReview) -> None:
    """Stepping through what was found, or typing a page number, must not answer items (R12: confirmed on purpose)."""
    with qtbot.waitActive(window):
        window.activateWindow()
    page = start_review(window, made)
    store, walk = desk_of(window).store, desk_of(window).walk
    assert store is not None
    assert walk is not None
    first = walk.item
    page.score.viewer.search.ask()
    for _ in range(3):
        tap(Key.Key_Return)
    box = child(window, "viewer.page")
    box.setFocus()
    box.setText("1")  # type: ignore[attr-defined]
    tap(Key.Key_Return)
    assert walk.item == first
    assert all(entry.confirm == "" for entry in store.view.sheet(made.ids[0]).items.values())


def test_a_number_outside_its_level_keeps_the_item(qtbot: QtBot, window: MainWindow, made: MadeReview) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    page = start_review(window, made)
    store, walk = desk_of(window).store, desk_of(window).walk
    assert store is not None
    assert walk is not None
    pack = store.view.item(made.ids[0]).pack
    judged = [item.id for item in pack.items if not item.computed]
    walk.go(made.ids[0], judged[0])
    settle()
    page.score.panel.focus_start()
    tap(Key.Key_4)
    tap(Key.Key_Return)
    assert walk.item == judged[0], "a level without a number is not an answer"
    field = child(window, "level.number")
    field.setText("44")  # type: ignore[attr-defined]
    tap(Key.Key_Return)
    assert walk.item == judged[0], "44 is not in level 4"
    assert field.text() == "44"  # type: ignore[attr-defined]
    tap(Key.Key_PageDown)
    assert walk.item != judged[0]
    assert store.view.entry(made.ids[0], judged[0]).value is None
    following = store.view.entry(made.ids[0], walk.item)
    assert following.value is None
    assert child(window, "level.number").text() == ""  # type: ignore[attr-defined]


def code(window: MainWindow) -> str:
    """The code that stands in the details of the banner."""
    message = window.banner.message()
    return " ".join(message.details) if message is not None else ""


def told(window: MainWindow) -> str:
    """What the banner says, or nothing."""
    message = window.banner.message() if window.banner.isVisible() else None
    return message.text if message is not None else ""


def test_leaving_a_number_that_was_not_taken_says_so(qtbot: QtBot, window: MainWindow, made: MadeReview) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    page = start_review(window, made)
    store, walk = desk_of(window).store, desk_of(window).walk
    assert store is not None
    assert walk is not None
    judged = [item.id for item in store.view.item(made.ids[0]).pack.items if not item.computed]
    walk.go(made.ids[0], judged[0])
    settle()
    page.score.panel.focus_start()
    tap(Key.Key_4)
    title = page.score.panel.head.title.text()
    rows = page.score.items
    first = rows.visualRect(rows.model().index(0, 0)).center()
    ways: dict[str, Callable[[], object]] = {
        "key": lambda: tap(Key.Key_PageDown),
        "list": lambda: QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=first),
        "overall": lambda: walk.go(made.ids[0], "overall"),
        "application": lambda: tap(Key.Key_Down, Held.ControlModifier),
    }
    for way, leave in ways.items():
        field = child(window, "level.number")
        field.setFocus()
        QTest.keyClicks(field, "44")
        leave()
        settle()
        assert (walk.application, walk.item) != (made.ids[0], judged[0]), way
        words = told(window)
        assert words.startswith(f"{title}：填写的“44”未采用，分数须在 80 至 89.99 之间"), way
        assert "仍未完成" in words
        assert "E-MARK-NOT-TAKEN" in code(window)
        assert store.view.entry(made.ids[0], judged[0]).value is None
        window.banner.dismiss()
        walk.go(made.ids[0], judged[0])
        settle()
        assert child(window, "level.number").text() == "", way  # type: ignore[attr-defined]
    wide = QInputMethodEvent()
    wide.setCommitString("８５")
    QApplication.sendEvent(child(window, "level.number"), wide)
    tap(Key.Key_PageDown)
    assert store.view.entry(made.ids[0], judged[0]).value == 85
    assert told(window) == ""
    walk.go(made.ids[0], judged[0])
    settle()
    field = child(window, "level.number")
    field.setFocus()
    field.selectAll()  # type: ignore[attr-defined]
    QTest.keyClicks(field, "99")
    tap(Key.Key_PageDown)
    assert "仍是原来的 85" in told(window)
    assert "E-MARK-NOT-CHANGED" in code(window)
    assert store.view.entry(made.ids[0], judged[0]).value == 85


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_message_leads_back_to_a_number_that_was_not_taken(
    qtbot: QtBot, window: MainWindow, made: MadeReview, language: str
) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    page = start_review(window, made)
    window.set_language(language)
    page = review_of(window)
    store, walk = desk_of(window).store, desk_of(window).walk
    assert store is not None
    assert walk is not None
    judged = next(item.id for item in store.view.item(made.ids[0]).pack.items if not item.computed)
    walk.go(made.ids[0], judged)
    settle()
    page.score.panel.focus_start()
    tap(Key.Key_4)
    ways: dict[str, Callable[[], object]] = {
        "next item": lambda: tap(Key.Key_PageDown),
        "other application": lambda: tap(Key.Key_Down, Held.ControlModifier),
        "totals, and back": lambda: (press(window, "totals.how"), press(window, "working.back")),
        "larger type after it": lambda: (tap(Key.Key_PageDown), window.set_font(1.3), settle()),
    }
    for way, leave in ways.items():
        child(window, "level.number").setFocus()
        type_text("844")
        leave()
        back = child(window, "banner.action")
        assert back.text() == {"zh_CN": "回到这一项改正", "en": "Go back and correct it"}[language], way  # type: ignore[attr-defined]
        QTest.mouseClick(back, Qt.MouseButton.LeftButton)
        settle()
        assert told(window) == "", way
        assert (walk.application, walk.item) == (made.ids[0], judged), way
        field = child(window, "level.number")
        assert isinstance(field, fields.NumberBox)
        assert field.isVisible(), way
        assert focus() is field, way
        row = review_of(window).score.panel.levels.entry
        assert row.visibleRegion().boundingRect() == row.rect(), way
        assert (field.text(), field.selectedText()) == ("844", "844"), way
        assert field.property("finding"), way
        assert child(window, "level.limits").property("role") == "danger", way
        assert store.view.entry(made.ids[0], judged).value is None, way
        # Emptied, the field is as it was before the next way is tried.
        tap(Key.Key_Backspace)
    child(window, "level.number").setFocus()
    type_text("844")
    tap(Key.Key_PageDown)
    QTest.mouseClick(child(window, "banner.action"), Qt.MouseButton.LeftButton)
    settle()
    type_text("84")
    tap(Key.Key_PageDown)
    assert store.view.entry(made.ids[0], judged).value == Decimal(84)
    assert told(window) == ""


def test_the_way_back_to_a_number_ends_at_the_levels_where_its_level_was_taken_back(
    qtbot: QtBot, window: MainWindow, made: MadeReview
) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    page = start_review(window, made)
    store, walk = desk_of(window).store, desk_of(window).walk
    assert store is not None
    assert walk is not None
    judged = next(item.id for item in store.view.item(made.ids[0]).pack.items if not item.computed)
    walk.go(made.ids[0], judged)
    settle()
    page.score.panel.focus_start()
    tap(Key.Key_4)
    type_text("7")
    tap(Key.Key_PageDown)
    store.change_item(made.ids[0], judged, lambda old: ItemEntry(old.item))
    settle()
    QTest.mouseClick(child(window, "banner.action"), Qt.MouseButton.LeftButton)
    settle()
    assert walk.item == judged
    assert focus() is page.score.panel.levels.buttons["L3"]
    assert not page.score.panel.levels.entry.isVisible()


def test_undo_goes_to_what_it_undid(qtbot: QtBot, window: MainWindow, made: MadeReview) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    page = start_review(window, made)
    store, walk = desk_of(window).store, desk_of(window).walk
    assert store is not None
    assert walk is not None
    judged = next(item.id for item in store.view.item(made.ids[0]).pack.items if not item.computed)
    walk.go(made.ids[0], judged)
    settle()
    page.score.panel.focus_start()
    tap(Key.Key_3)
    assert store.view.entry(made.ids[0], judged).level == "L3"
    walk.go(made.ids[1])
    settle()
    child(window, "score.undo").click()  # type: ignore[attr-defined]
    settle()
    assert (walk.application, walk.item) == (made.ids[0], judged)
    assert store.view.entry(made.ids[0], judged).level is None
    child(window, "score.redo").click()  # type: ignore[attr-defined]
    settle()
    assert store.view.entry(made.ids[0], judged).level == "L3"


def compose(widget: QWidget, pinyin: str = "", committed: str = "") -> None:
    """What an input method does: characters in composition, or a word taken over."""
    event = QInputMethodEvent(pinyin, [])
    event.setCommitString(committed)
    QApplication.sendEvent(widget, event)


COMPOSED_IN = (
    ("P4.1.basis", "level.number"),
    ("P4.1.basis", "item.reason"),
    ("P4.1.basis", "item.note"),
    ("P4.1.basis", "viewer.search"),
    ("P4.1.basis", "viewer.page"),
    ("P4.1.basis", "reading.search"),
    ("P2.1.basis", "challenge.reason"),
    ("overall", "overall.opinion"),
)


@pytest.mark.parametrize(("item", "name"), COMPOSED_IN)
def test_no_key_of_the_table_does_anything_while_a_word_is_composed(
    qtbot: QtBot, window: MainWindow, made: MadeReview, monkeypatch: pytest.MonkeyPatch, item: str, name: str
) -> None:
    # Here the taps reach the field as characters, which an input method would take; nothing of it is to be stored.
    monkeypatch.setattr(fields, "PAUSE_MS", 600_000)
    with qtbot.waitActive(window):
        window.activateWindow()
    page = start_review(window, made)
    desk = desk_of(window)
    walk, store = desk.walk, desk.store
    assert walk is not None
    assert store is not None
    walk.go(made.ids[0], item)
    settle()
    opening = {
        "viewer.search": page.score.viewer.search.ask,
        "reading.search": page.score.reading.search.ask,
        "challenge.reason": lambda: press(window, "item.challenge"),
    }
    opening.get(name, lambda: None)()
    settle()
    field = child(window, name)
    field.setFocus()
    assert field.hasFocus()

    def state() -> tuple[object, ...]:
        viewer = page.score.viewer
        return (
            (walk.application, walk.item, page.step, window.over.page, desk.heading().subject),
            [store.view.sheet(application) for application in made.ids],
            (viewer.current, viewer.reading_state().to_text(), len(page.score.reading.sides)),
            page.score.right.currentWidget(),
            focus(),
        )

    compose(field, "yi ju")
    before = state()
    for action in shortcuts.TABLE:
        for key in shortcuts.keys_of(action):
            combination = QKeySequence(key)[0]
            tap(combination.key(), combination.keyboardModifiers())
            assert state() == before, (action, key)
            compose(field, "yi ju")
    compose(field, "", "依据")
    tap(Key.Key_F1)
    assert window.over.page is not None, "once the word is taken over the keys work again"


def test_enter_stays_on_an_unanswered_item_and_says_what_is_missing(
    qtbot: QtBot, window: MainWindow, made: MadeReview
) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    page = start_review(window, made)
    store, walk = desk_of(window).store, desk_of(window).walk
    assert store is not None
    assert walk is not None
    judged = next(item.id for item in store.view.item(made.ids[0]).pack.items if not item.computed)
    walk.go(made.ids[0], judged)
    settle()
    page.score.panel.focus_start()
    tap(Key.Key_Return)
    assert walk.item == judged
    said = child(window, "item.gaps")
    assert said.isVisible()
    assert said.text() == "还没有选档。"  # type: ignore[attr-defined]
    entry = ItemEntry(judged, "scored", "L1", Decimal(0))
    store.apply(lambda session: session.set_entry(made.ids[0], entry))
    settle()
    page.score.panel.focus_start()
    tap(Key.Key_Return)
    assert walk.item == judged
    assert said.text() == "还缺理由。"  # type: ignore[attr-defined]
    assert child(window, "item.reason").hasFocus()
    tap(Key.Key_PageDown)
    assert walk.item != judged
