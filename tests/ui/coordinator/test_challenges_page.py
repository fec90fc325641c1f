"""Challenges through the widgets a coordinator touches: see who says what, see what it changes, decide, sign."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.challenges_page import ChallengesPage
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.fields import TextBox
from ndb_desktop.ui.widgets.figure_box import FigureBox
from ndb_desktop.ui.widgets.table import DataTable
from tests.support.coordinator import Dialogs, desk_of, open_sample, page_of, said
from tests.support.window import child, press, settle


def cells(table: DataTable, column: int) -> list[str]:
    model = table.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def label(window: MainWindow, name: str) -> str:
    found = child(window, name)
    assert isinstance(found, QLabel)
    return found.text()


def page(window: MainWindow, sample: Path, dialogs: Dialogs) -> ChallengesPage:
    open_sample(window, sample, dialogs)
    shown = page_of(window, "challenges")
    assert isinstance(shown, ChallengesPage)
    return shown


def write_reason(qtbot: object, shown: ChallengesPage, words: str) -> None:
    box = child(shown, "challenge.reason")
    assert isinstance(box, TextBox)
    box.setFocus()
    qtbot.keyClicks(box, words)  # type: ignore[attr-defined]
    settle()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_figure_is_replaced_with_the_effect_seen_before_the_signature(
    window: MainWindow, sample: Path, dialogs: Dialogs, qtbot: object, language: str
) -> None:
    i18n.set_language(language)
    shown = page(window, sample, dialogs)
    assert shown.table.model().rowCount() == 1
    dispute = shown.table.selected().dispute
    (raised,) = dispute.raised
    said_of_it = "\n".join(one.text() for one in shown.card.findChildren(QLabel))
    assert raised.challenge.reason in said_of_it
    assert raised.expert in said_of_it
    assert not child(window, "challenge.sign").isEnabled()

    press(window, "challenge.take.0")
    assert shown.card.value() == raised.challenge.proposed
    assert child(window, "challenge.replace").isChecked()  # type: ignore[attr-defined]
    assert not child(window, "challenge.sign").isEnabled(), "no decision without a reason"
    changes = child(window, "challenge.changes")
    assert isinstance(changes, DataTable)
    now, kept, replaced = (cells(changes, column) for column in (1, 2, 3))
    assert now == kept
    assert replaced != now
    write_reason(qtbot, shown, "audit report")
    press(window, "challenge.sign")

    store = desk_of(window).store
    assert store is not None
    number = shown.table.selected().dispute.ruling.decision.number
    assert i18n.tr("challenges.done", number=number, open=0) in said(window, "challenges")
    assert not shown.table.selected().dispute.open
    assert "audit report" in label(window, "challenge.past")
    assert cells(changes, 1) == replaced, "what was announced is what counts now"
    declared = store.office.application(dispute.application).data[dispute.datum]
    assert declared.values[dispute.key] == dispute.declared, "what was declared stays on record"


def test_a_later_decision_takes_over_and_the_earlier_one_stays_in_sight(
    window: MainWindow, sample: Path, dialogs: Dialogs, qtbot: object
) -> None:
    shown = page(window, sample, dialogs)
    for action, words in (("site", "first"), ("keep", "second")):
        child(window, f"challenge.{action}").setFocus()
        qtbot.keyClick(child(window, f"challenge.{action}"), Qt.Key.Key_Space)  # type: ignore[attr-defined]
        write_reason(qtbot, shown, words)
        press(window, "challenge.sign")
        assert shown.table.selected().dispute.open == (action == "site")
    past = label(window, "challenge.past")
    assert past.index("second") < past.index("first"), "the newest stands first"
    assert not child(window, "challenge.sign").isEnabled(), "the form is empty for the next decision"


def test_the_table_is_filtered_by_state_and_words_and_enter_leads_to_the_decision(
    window: MainWindow, sample: Path, dialogs: Dialogs, qtbot: object
) -> None:
    shown = page(window, sample, dialogs)
    shown.table.setFocus()
    qtbot.keyClick(shown.table, Qt.Key.Key_Return)  # type: ignore[attr-defined]
    assert child(window, "challenge.keep").hasFocus()
    search = child(window, "challenges.search")
    qtbot.keyClicks(search, "no such word")  # type: ignore[attr-defined]
    assert shown.table.model().rowCount() == 0
    search.clear()  # type: ignore[attr-defined]
    assert shown.table.model().rowCount() == 1
    shown.state.setFocus()
    for _ in range(2):
        qtbot.keyClick(shown.state, Qt.Key.Key_Down)  # type: ignore[attr-defined]
    settle()
    assert shown.state.value() == "decided"
    assert shown.table.model().rowCount() == 0
    assert label(window, "challenge.title") == i18n.tr("challenges.choose")


def test_what_is_no_number_cannot_be_signed(window: MainWindow, sample: Path, dialogs: Dialogs, qtbot: object) -> None:
    shown = page(window, sample, dialogs)
    box = child(window, "challenge.figure")
    assert isinstance(box, FigureBox)
    qtbot.keyClicks(box, "12,5")  # type: ignore[attr-defined]
    child(window, "challenge.replace").click()  # type: ignore[attr-defined]
    write_reason(qtbot, shown, "x")
    assert not child(window, "challenge.sign").isEnabled()
    assert label(window, "challenge.lacks") == i18n.tr("challenges.lacks.figure")
    box.clear()
    box.setText("１２．５")
    qtbot.keyClick(box, Qt.Key.Key_Return)  # type: ignore[attr-defined]
    settle()
    assert child(window, "challenge.sign").isEnabled(), "figures of a Chinese input method are figures"
