"""The challenges made on an indicator: what each says, where it points, and that it can be withdrawn."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from pytestqt.qtbot import QtBot

from ndb_desktop.domain.model import Document
from ndb_desktop.domain.sheet import Challenge, Declaration, Sheet
from ndb_desktop.ui.expert.challenge_list import ChallengeList
from ndb_desktop.ui.expert.place_chip import PlaceChip
from ndb_desktop.ui.plain import PlainLabel
from tests.support.travel import tiny_application, tiny_pack
from tests.support.window import child

REASON = "审计报告中的数字不同，见第 1 页"
RECT = (100, 200, 300, 400)


def test_a_challenge_made_shows_figure_unit_and_place(qtbot: QtBot) -> None:
    made = Challenge("c1", "T1.1", "rd", "2025", Decimal("2.1"), "D1", 2, REASON, RECT)
    other = replace(made, id="c2", indicator="T1.2")
    shown = ChallengeList()
    qtbot.addWidget(shown)
    sheet = Sheet("A-001", Declaration("clear"), challenges=(made, other))
    document = Document("D1", "申报书.txt", "申报书", "text/plain", 9, "0" * 64, 4)
    application = replace(tiny_application(), documents=(document,))
    indicator = tiny_pack().indicator_by_id["T1.1"]
    shown.show_challenges(application, indicator, sheet, True)
    assert any("2.1 %" in label.text() for label in shown.findChildren(PlainLabel))
    [chip] = shown.findChildren(PlaceChip)
    with qtbot.waitSignal(shown.jump) as signal:
        chip.click()
    assert signal.args == ["D1", 2, RECT]
    with qtbot.waitSignal(shown.remove) as signal:
        child(shown, "challenge.remove.c1").click()  # type: ignore[attr-defined]
    assert signal.args == ["c1"]
