"""The list of cited places by itself: reached, opened, removed, put back and copied by mouse, keys and menu."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.model import Application, Datum, Document, EvidenceRef
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.sheet import EvidenceLink
from ndb_desktop.ui.expert.data_card import DataCard
from ndb_desktop.ui.expert.evidence_card import EvidenceCard
from ndb_desktop.ui.expert.place_chip import PlaceChip
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.viewer import clipboard
from tests.support.review import the_packs
from tests.support.travel import tiny_application
from tests.support.window import child

ITEM = "T1.1.basis"
LONG = "二〇二五年度审计报告（含研发费用专项审计与加计扣除汇总）" * 8
PAGE = EvidenceLink("e1", ITEM, "D1", 3)
AREA = EvidenceLink("e2", ITEM, "D1", 3, (100, 200, 300, 400))
WORDS = EvidenceLink("e3", ITEM, "D2", 1, (1, 2, 3, 4), "研发投入\n强度 3.1 %" + "很长" * 200)


@pytest.fixture
def application() -> Application:
    documents = (
        Document("D1", "report.pdf", LONG, "application/pdf", 9, "0" * 64, 9),
        Document("D2", "R&D <b>.txt", "", "text/plain", 9, "1" * 64, 9),
    )
    return replace(tiny_application(), documents=documents)


@pytest.fixture
def card(qtbot: QtBot, application: Application) -> Iterator[EvidenceCard]:
    card = EvidenceCard()
    qtbot.addWidget(card)
    card.offers_beside = True
    card.resize(420, 400)
    card.show_links(application, [PAGE, AREA, WORDS], True, ITEM)
    card.show()
    qtbot.waitExposed(card)
    # The store's part: what is to be removed is gone when the list is shown again.
    card.remove.connect(lambda name: show(card, application, [link for link in card._links if link.id != name]))
    card.put_back.connect(lambda link: show(card, application, [*card._links, link]))
    yield card
    clipboard.forget()


def show(card: EvidenceCard, application: Application, links: list[EvidenceLink], editable: bool = True) -> None:
    card.show_links(application, links, editable, ITEM)


def names(card: EvidenceCard) -> list[str]:
    return [chip.objectName() for chip in card.chips()]


def press(card: EvidenceCard, name: str) -> None:
    button = child(card, name)
    assert isinstance(button, QAbstractButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def actions(chip: PlaceChip) -> dict[str, QAction]:
    return {action.objectName(): action for action in chip.make_menu().actions()}


def test_each_kind_of_place_says_what_it_is(card: EvidenceCard) -> None:
    page, area, words = card.chips()
    assert page.accessibleName() == f"{LONG} · 第 3 页"
    assert area.accessibleName() == f"{LONG} · 第 3 页 · 框选的区域"
    assert words.accessibleName() == "R&D <b>.txt · 第 1 页 · 选中的文字"
    assert words.accessibleDescription().startswith("研发投入 强度 3.1 %")
    assert "整页" in page.toolTip()
    assert LONG in page.toolTip()
    assert "&lt;b&gt;" in words.toolTip()
    assert len(words.toolTip()) < 500, "a quotation of any length fits on the screen"
    assert all(chip.width() <= card.width() for chip in card.chips()), "a long title widens nothing"
    assert child(card, "evidence.count").text() == "3 处"  # type: ignore[attr-defined]


def test_a_click_and_enter_lead_to_the_place(qtbot: QtBot, card: EvidenceCard) -> None:
    with qtbot.waitSignal(card.jump) as signal:
        press(card, "cited.e2")
    assert signal.args == ["D1", 3, (100, 200, 300, 400)]
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
        with qtbot.waitSignal(card.jump) as signal:
            QTest.keyClick(child(card, "cited.e1"), key)
        assert signal.args == ["D1", 3, None]


def test_the_focus_stays_in_the_list_while_links_are_removed_and_put_back(card: EvidenceCard) -> None:
    first, second, third = card.chips()
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Tab)
    assert QGuiApplication.focusObject() is child(card, "cited.remove.e1")
    second.setFocus()
    QTest.keyClick(second, Qt.Key.Key_Delete)
    assert names(card) == ["cited.e1", "cited.e3"]
    assert QGuiApplication.focusObject() is card.chips()[1]
    press(card, "cited.remove.e3")
    QTest.keyClick(card.chips()[0], Qt.Key.Key_Delete)
    assert names(card) == []
    back = child(card, "evidence.put_back")
    assert QGuiApplication.focusObject() is back
    QTest.keyClick(back, Qt.Key.Key_Space)
    assert names(card) == ["cited.e1"]
    assert not back.isVisible()
    assert third not in card.chips()


def test_what_was_removed_is_offered_only_where_it_was(card: EvidenceCard, application: Application) -> None:
    press(card, "cited.remove.e1")
    assert child(card, "evidence.put_back").isVisible()
    card.show_links(application, [], True, "T1.2.basis")
    assert not child(card, "evidence.put_back").isVisible()
    assert child(card, "evidence.none").isVisible()
    show(card, application, [AREA, WORDS])
    assert not child(card, "evidence.put_back").isVisible()


def test_shown_again_unchanged_it_keeps_its_widgets(card: EvidenceCard, application: Application) -> None:
    before = card.chips()
    before[1].setFocus()
    show(card, application, [PAGE, AREA, WORDS])
    assert card.chips() == before
    assert before[1].hasFocus()


def test_the_menu_jumps_opens_beside_copies_and_removes(qtbot: QtBot, card: EvidenceCard) -> None:
    chip = card.chips()[1]
    menu = actions(chip)
    assert list(menu) == ["place.jump", "place.beside", "place.copy", "place.remove"]
    for name, signal in (("place.jump", card.jump), ("place.beside", card.beside)):
        with qtbot.waitSignal(signal) as caught:
            menu[name].trigger()
        assert caught.args == ["D1", 3, (100, 200, 300, 400)]
    actions(card.chips()[2])["place.copy"].trigger()
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("《R&D <b>.txt》第 1 页：“研发投入 强度 3.1 %")
    assert "复制" in child(card, "evidence.note").text()  # type: ignore[attr-defined]
    assert clipboard.forget(), "it is taken away when the bundle is closed"
    assert QGuiApplication.clipboard().text() == ""
    menu["place.remove"].trigger()
    assert names(card) == ["cited.e1", "cited.e3"]


def test_what_may_not_be_changed_still_leads_there(qtbot: QtBot, card: EvidenceCard, application: Application) -> None:
    show(card, application, [PAGE], editable=False)
    assert not card.findChildren(QWidget, "cited.remove.e1") or not child(card, "cited.remove.e1").isVisible()
    chip = card.chips()[0]
    assert "place.remove" not in actions(chip)
    QTest.keyClick(chip, Qt.Key.Key_Delete)
    assert names(card) == ["cited.e1"]
    with qtbot.waitSignal(card.jump):
        press(card, "cited.e1")
    show(card, application, [], editable=False)
    assert not child(card, "evidence.none").isVisible(), "no advice that cannot be followed"


# ----- declared data -----


@pytest.fixture(scope="module")
def pack() -> RulePack:
    return the_packs()["park"]


def labels(card: DataCard) -> list[str]:
    return [label.text() for label in card.findChildren(PlainLabel)]


def test_declared_data_say_unit_source_and_what_is_missing(
    qtbot: QtBot, application: Application, pack: RulePack
) -> None:
    indicator, item = next(
        (indicator, item)
        for indicator in pack.indicators
        for item in indicator.data
        if item.kind == "number" and item.years
    )
    years = [str(application.year - back) for back in range(item.years)]
    datum = Datum(item.code, item.unit, "audit", {years[0]: Decimal(0)}, evidence=(EvidenceRef("D1", 3),))
    card = DataCard(replace(application, data={item.code: datum}), indicator)
    qtbot.addWidget(card)
    said = labels(card)
    assert all(year in said for year in years)
    assert "0" in said
    assert said.count("未填报") == len(years) - 1, "a year without a figure is missing, not nought"
    assert "审计" in " ".join(said)
    others = len(indicator.data) - 1
    assert sum("缺" in text or "未" in text for text in said) >= others
    with qtbot.waitSignal(card.jump) as signal:
        card.findChildren(PlaceChip, "evidence.jump")[0].click()
    assert signal.args == ["D1", 3, None]


def test_a_datum_without_proof_says_so(qtbot: QtBot, application: Application, pack: RulePack) -> None:
    indicator = pack.indicators[0]
    item = indicator.data[0]
    datum = Datum(item.code, item.unit, "self", {"2025": Decimal(1)})
    card = DataCard(replace(application, data={item.code: datum}), indicator)
    qtbot.addWidget(card)
    assert "申报单位没有指明证明材料。" in labels(card)
    assert not card.findChildren(PlaceChip)
