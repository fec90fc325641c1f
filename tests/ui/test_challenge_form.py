"""The challenge form by itself: data and years to choose from, exact figures, the place, the preview, the keyboard."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.model import Document
from ndb_desktop.domain.sheet import Challenge
from ndb_desktop.services.review_open import ReviewItem
from ndb_desktop.ui.expert.challenge_form import ChallengeForm
from ndb_desktop.ui.plain import PlainLabel
from tests.support.travel import K, tiny_application, tiny_pack
from tests.support.window import child

REASON = "审计报告中的数字不同，见第 1 页"
RECT = (100, 200, 300, 400)


def review(**changes: object) -> ReviewItem:
    document = Document("D1", "申报书.txt", "申报书", "text/plain", 9, "0" * 64, 4)
    application = replace(tiny_application(), documents=(document,), **changes)  # type: ignore[arg-type]
    return ReviewItem(application, tiny_pack(), K)


@pytest.fixture
def form(qtbot: QtBot) -> ChallengeForm:
    form = ChallengeForm()
    qtbot.addWidget(form)
    form.resize(460, 700)
    form.show()
    qtbot.waitExposed(form)
    form.start(review(), tiny_pack().indicator_by_id["T1.1"], "c1")
    return form


def text(form: ChallengeForm, name: str) -> str:
    label = child(form, name)
    assert isinstance(label, PlainLabel)
    return label.text()


def press(form: ChallengeForm, name: str) -> None:
    button = child(form, name)
    assert isinstance(button, QAbstractButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_what_was_declared_stands_beside_what_is_proposed(form: ChallengeForm) -> None:
    assert form.year.value() == "2025"
    assert text(form, "challenge.declared") == "申报值：2.37 %（审计）"
    assert text(form, "challenge.unit") == "%"
    assert child(form, "challenge.preview").isHidden()
    form.proposed.setText("2.35")
    assert text(form, "challenge.preview") == "按此值：79.00 → 78.33"
    form.proposed.setText("2.370")
    assert text(form, "challenge.preview") == "按此值得分不变：79.00"


def test_a_missing_and_a_verified_figure_are_named_as_such(form: ChallengeForm) -> None:
    indicator = tiny_pack().indicator_by_id["T1.1"]
    form.start(review(data={}), indicator, "c1")
    assert text(form, "challenge.declared") == "申报值：未填报"
    form.proposed.setText("2.37")
    assert text(form, "challenge.preview") == "按此值：0.00 → 79.00"
    datum = replace(tiny_application().data["rd"], verified={"2025": Decimal("2.35")})
    form.start(review(data={"rd": datum}), indicator, "c1")
    assert text(form, "challenge.declared") == "核实值：2.35 %"


@pytest.mark.parametrize("typed", ["三十", "1e3", "1,5", "1" * 16, "0.1234567", "②"])
def test_only_figures_a_file_can_carry(form: ChallengeForm, typed: str) -> None:
    form.reason.setPlainText(REASON)
    assert form.submit.isEnabled()
    form.proposed.setText(typed)
    assert not form.submit.isEnabled()
    assert "数字" in text(form, "challenge.hint")


def test_wide_digits_of_chinese_input_are_figures(form: ChallengeForm) -> None:
    form.reason.setPlainText(REASON)
    form.proposed.setText("２．５")
    assert form.submit.isEnabled()
    made = []
    form.made.connect(made.append)
    form.submit.click()
    assert [one.proposed for one in made] == [Decimal("2.5")]


def test_the_count_of_the_reason_lives(form: ChallengeForm) -> None:
    assert text(form, "challenge.count").startswith("0") or "0" in text(form, "challenge.count")
    QTest.keyClicks(form.reason, "short")
    assert "5" in text(form, "challenge.count")
    assert "10" in text(form, "challenge.count"), "the least there must be"
    assert form.count.property("role") == "warning"
    form.reason.setPlainText(REASON)
    assert form.count.property("role") == "small"
    assert form.submit.isEnabled()


def test_the_place_is_taken_with_its_rectangle_and_let_go(qtbot: QtBot, form: ChallengeForm) -> None:
    form.place_asked.connect(lambda: form.set_place("D1", 2, RECT, "words"))
    press(form, "challenge.here")
    assert (form.document.value(), form.page.text()) == ("D1", "2")
    assert text(form, "challenge.marked") == "已选取第 2 页上框选的区域"
    form.reason.setPlainText(REASON)
    with qtbot.waitSignal(form.made) as signal:
        press(form, "challenge.submit")
    assert signal.args[0] == Challenge("c1", "T1.1", "rd", "2025", None, "D1", 2, REASON, RECT)
    press(form, "challenge.unmark")
    assert not child(form, "challenge.marked").isVisible()
    press(form, "challenge.here")
    form.page.setFocus()
    form.page.selectAll()
    QTest.keyClicks(form.page, "3")
    with qtbot.waitSignal(form.made) as signal:
        press(form, "challenge.submit")
    assert (signal.args[0].page, signal.args[0].rect) == (3, None), "a page typed by hand is another place"


def test_a_page_needs_its_document_and_must_be_there(form: ChallengeForm) -> None:
    form.reason.setPlainText(REASON)
    form.page.setText("1")
    assert "先选择文件" in text(form, "challenge.hint")
    form.document.set_value("D1")
    for typed, fits in (("4", True), ("5", False), ("0", False), ("x", False), ("", True)):
        form.page.setText(typed)
        assert form.submit.isEnabled() == fits, typed


def test_by_keys_alone(qtbot: QtBot, form: ChallengeForm) -> None:
    form.proposed.setFocus()
    QTest.keyClick(form.proposed, Qt.Key.Key_Up)
    assert form.proposed.text() == "0"
    QTest.keyClick(form.proposed, Qt.Key.Key_Up)
    assert form.proposed.text() == "1"
    for _ in range(3):
        QTest.keyClick(form.proposed, Qt.Key.Key_Down)
    assert form.proposed.text() == "-2"
    QTest.keyClick(form.proposed, Qt.Key.Key_Return)
    assert form.document.hasFocus(), "Enter leaves a field for the next"
    form.reason.setFocus()
    QTest.keyClicks(form.reason, "the audited report says otherwise")
    with qtbot.waitSignal(form.made) as signal:
        QTest.keyClick(form.reason, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert signal.args[0].proposed == Decimal(-2)
    form.reason.setPlainText("")
    with qtbot.assertNotEmitted(form.made):
        QTest.keyClick(form.reason, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(form.cancelled):
        QTest.keyClick(form.reason, Qt.Key.Key_Escape)
    form.cancel.setFocus()
    with qtbot.waitSignal(form.cancelled):
        QTest.keyClick(form.cancel, Qt.Key.Key_Return)
