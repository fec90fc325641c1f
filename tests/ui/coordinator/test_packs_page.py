"""Rule packs in the window: read, tried, opened beside, compared, replaced, exported and frozen by its widgets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.packload import compose_pack, load_pack
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.strictload import strict_json
from ndb_desktop.services.office import Office
from ndb_desktop.services.rulepacks import load_pack_at, write_pack
from ndb_desktop.ui import i18n, tasks
from ndb_desktop.ui.coordinator.packs_page import PacksPage
from ndb_desktop.ui.coordinator.store import OfficeStore, take_snapshot
from ndb_desktop.ui.expert.indicator_panel import IndicatorPanel
from ndb_desktop.ui.i18n import tr
from tests.support import review
from tests.support.coordinator import Dialogs
from tests.support.office import make_office, small_batch
from tests.support.packs import pack_for, sample_application
from tests.support.packsheets import with_cells
from tests.support.pages import click, open_store, rest, shown_words
from tests.support.window import child


def edited(change: Callable[[dict], None]) -> RulePack:  # type: ignore[type-arg]
    """The shipped pack for parks after `change`."""
    pack = pack_for("park")
    value = strict_json(pack.raw, max_size=len(pack.raw))
    change(value)
    return load_pack(compose_pack(value["pack"], value["texts"]["zh_CN"], value["texts"]["en"], value["vectors"]))


def heavier(value: dict) -> None:  # type: ignore[type-arg]
    """Another version; the first indicator gives a point of weight to the second, and is asked for in other words."""
    first, second = value["pack"]["indicators"][:2]
    first["weights"]["basis"] = str(int(first["weights"]["basis"]) - 1)
    second["weights"]["basis"] = str(int(second["weights"]["basis"]) + 1)
    value["pack"]["version"] = "7.7"
    value["texts"]["zh_CN"]["P1.1.asks"] += "(修订)"
    value["vectors"] = value["vectors"][1:]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    quota = small_batch().quotas["park"]
    made = make_office(
        tmp_path / "office", batch=small_batch(quotas={"park": quota, "enterprise": quota}), experts=1, assigned=False,
        packs={"park": pack_for("park"), "enterprise": pack_for("enterprise")},
        applications=[replace(sample_application(), id="A-1", field="ai")],
    )  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def page(qtbot: QtBot, office: Office) -> Iterator[PacksPage]:
    with tasks.inline():
        store = OfficeStore(office, take_snapshot(office))
        shown = PacksPage(store)
        qtbot.addWidget(shown)
        shown.resize(1100, 900)
        shown.show()
        rest()
        yield shown
        rest()


def choose(qtbot: QtBot, page: PacksPage, row: int) -> None:
    """Clicks a row of the list of packs."""
    table = page.table
    qtbot.mouseClick(
        table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(table.proxy.index(row, 0)).center()
    )
    rest()


def tab(qtbot: QtBot, page: PacksPage, number: int) -> None:
    """Clicks a tab."""
    bar = page.tabs.tabBar()
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(number).center())
    rest()


def text_of(parent: QWidget, name: str) -> str:
    return child(parent, name).text()  # type: ignore[attr-defined, no-any-return]


def cells(page: PacksPage, name: str, column: int) -> list[str]:
    model = child(page, name).model()  # type: ignore[attr-defined]
    return [model.index(row, column).data() for row in range(model.rowCount())]


def go_to(qtbot: QtBot, page: PacksPage, item: str) -> None:
    """Goes on from item to item by the button."""
    for _ in range(page.preview.items.count()):
        if page.preview.items.value() == item:
            break
        click(qtbot, page, "packs.preview.after")
    assert page.preview.items.value() == item


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_form_tells_everything_of_an_indicator_and_is_searched(qtbot: QtBot, office: Office, language: str) -> None:
    i18n.set_language(language)
    with tasks.inline():
        page = PacksPage(OfficeStore(office, take_snapshot(office)))
    qtbot.addWidget(page)
    page.show()
    rest()
    assert len(cells(page, "packs.table", 0)) == 2
    choose(qtbot, page, 1)
    pack = pack_for("park")
    indicator = pack.indicators[0]
    search = child(page, "packs.form.search")
    qtbot.keyClicks(search, indicator.data[1].code)
    rest()
    tree = page.form.tree
    shown = [tree.topLevelItem(n) for n in range(tree.topLevelItemCount()) if not tree.topLevelItem(n).isHidden()]
    assert len(shown) == 1, "one group is left"
    details = shown_words(child(page, "packs.form.details"))
    assert i18n.local(indicator.title) in details
    for words in (indicator.asks, indicator.source_phrase, indicator.evidence, indicator.data[0].label):
        assert i18n.local(words) in details
    for level in indicator.levels["plan"].values():
        assert i18n.local(level) in details
    assert str(indicator.weights["basis"]) in details
    assert indicator.data[1].code in details
    search.clear()  # type: ignore[attr-defined]
    qtbot.keyClicks(search, "qqqq")
    rest()
    assert child(page, "packs.form.none").isVisible()


def test_what_is_tried_in_the_preview_is_computed_and_never_kept(qtbot: QtBot, page: PacksPage, office: Office) -> None:
    entries = len(office.log_rows())
    choose(qtbot, page, 1)
    tab(qtbot, page, 1)
    assert tr("packs.preview.text") in shown_words(child(page, "packs.preview"))
    assert text_of(page, "indicator.computed.score").startswith("80"), "the first vector of P1.1"
    box = child(page, "packs.sample.park_revenue.value")
    box.setFocus()
    box.selectAll()  # type: ignore[attr-defined]
    qtbot.keyClicks(box, "601")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    rest()
    assert text_of(page, "indicator.computed.score").startswith("70")
    assert child(page, "packs.sample").currentText() == tr("packs.sample.own")  # type: ignore[attr-defined]
    go_to(qtbot, page, "P4.1.basis")
    panel = page.preview.panel
    assert panel is not None
    qtbot.mouseClick(panel.levels.buttons["L5"], Qt.MouseButton.LeftButton)
    rest()
    assert panel.levels.buttons["L5"].isChecked()
    assert panel.levels.entry.isVisible()
    click(qtbot, page, "packs.preview.forget")
    assert not panel.levels.buttons["L5"].isChecked()
    assert len(office.log_rows()) == entries
    assert office.registry.standings() == ()


ITEMS = ("P1.1.basis", "P1.3.basis", "P4.1.basis", "P1.1.plan", "P4.2.plan")


def test_the_preview_shows_the_same_words_as_the_page_of_an_expert(
    qtbot: QtBot, page: PacksPage, made: review.MadeReview, own_profile: Path
) -> None:
    choose(qtbot, page, 1)
    tab(qtbot, page, 1)
    previewed = page.preview.panel
    assert previewed is not None
    with open_store(made, own_profile) as store:
        review.declare_all(store.session)
        store.view.renew()
        seen = store.view.item(made.ids[0])
        assert page.chosen is not None
        assert page.chosen.pack is not None
        assert page.chosen.pack.digest == seen.pack.digest
        panel = IndicatorPanel(store)
        qtbot.addWidget(panel)
        panel.live = True
        panel.resize(previewed.size())
        panel.show()
        for item in ITEMS:
            panel.show_item(made.ids[0], item)
            go_to(qtbot, page, item)
            page.preview.show_application(seen.application, seen.k)
            rest()
            expected = shown_words(panel)
            assert shown_words(previewed) == expected, item
            assert i18n.local(seen.pack.item_by_id[item].indicator.asks) in expected
        panel.hide()


def test_every_fault_is_listed_with_sheet_row_and_column_and_copied(
    qtbot: QtBot, page: PacksPage, tmp_path: Path, dialogs: Dialogs, office: Office
) -> None:
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(with_cells({"settings!B5": "x", "indicators!E3": "abc"}))
    dialogs.files = (bad,)
    click(qtbot, page, "packs.open")
    assert page.tabs.currentWidget() is page.check
    places = list(zip(*(cells(page, "packs.faults", column) for column in range(3)), strict=True))
    assert places == [("settings", "5", "B"), ("indicators", "3", "E")]
    assert all(cells(page, "packs.faults", 3))
    click(qtbot, page, "packs.faults.copy")
    copied = QGuiApplication.clipboard().text().splitlines()
    assert len(copied) == 2
    assert "E-PACK-CHOICE" in copied[0]
    assert "settings" in copied[0]
    assert not child(page, "packs.xlsx").isEnabled()
    tab(qtbot, page, 0)
    assert child(page, "packs.form.faulty").isVisible()
    assert office.packs["park"].digest == pack_for("park").digest
    click(qtbot, page, "packs.close")
    assert len(cells(page, "packs.table", 0)) == 2


def dropped(page: PacksPage, *paths: Path) -> bool:
    """Drags files onto the page and drops them where that is allowed."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    where, left, none = QPointF(40, 40), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where.toPoint(), Qt.DropAction.CopyAction, data, left, none)
    QApplication.sendEvent(page, enter)
    if enter.isAccepted():
        QApplication.sendEvent(page, QDropEvent(where, Qt.DropAction.CopyAction, data, left, none))
        rest()
    return enter.isAccepted()


def test_an_opened_pack_is_compared_shown_in_its_effect_and_put_in_place(
    qtbot: QtBot, page: PacksPage, tmp_path: Path, office: Office
) -> None:
    new = edited(heavier)
    folder = tmp_path / "new"
    write_pack(new, folder, csv=True)
    assert not dropped(page, tmp_path), "a folder without a pack is not for this page"
    assert dropped(page, folder)
    assert page.tabs.currentWidget() is page.compare
    groups = cells(page, "packs.compare.table", 0)
    assert groups[:3] == [tr("packs.group.weights"), tr("packs.group.weights"), tr("packs.group.vectors")]
    assert tr("packs.group.identity") in groups
    assert tr("packs.group.texts") in groups
    assert "5" in text_of(page, "packs.compare.summary")
    click(qtbot, page, "packs.replace.look")
    assert tr("packs.replace.scores", count=1, changed=0) in text_of(page, "packs.replace.text")
    assert not child(page, "packs.replace.button").isEnabled()
    qtbot.keyClicks(child(page, "packs.replace.reason"), "annex published")
    assert not child(page, "packs.replace.button").isEnabled(), "not before it was confirmed in words"
    qtbot.keyClick(child(page, "packs.replace.sure"), Qt.Key.Key_Space)
    before = office.packs["park"].digest
    click(qtbot, page, "packs.replace.button")
    assert office.packs["park"].digest == new.digest != before
    row = office.log_rows()[-1]
    assert (row.action, row.details["reason"]) == ("pack.replaced", "annex published")
    message = page.banner.message()
    assert message is not None
    assert "7.7" in message.text
    assert text_of(page, "packs.compare.summary") == tr("packs.compare.same")
    assert not child(page, "packs.replace").isVisible()


def test_frozen_by_the_button_a_pack_is_replaced_no_more(
    qtbot: QtBot, page: PacksPage, tmp_path: Path, office: Office
) -> None:
    tab(qtbot, page, 3)
    assert tr("packs.checked.weights", basis="100", plan="100") in text_of(page, "packs.check.facts")
    click(qtbot, page, "freeze.button")
    assert page.snapshot.frozen is not None
    assert all(tr("packs.state.frozen", state="").split("·")[0].strip() in one for one in cells(page, "packs.table", 2))
    target = tmp_path / "new.json"
    write_pack(edited(heavier), target)
    page.take((target,))
    click(qtbot, page, "packs.replace.look")
    message = page.banner.message()
    assert message is not None
    assert message.text == i18n.tr("E-PACKS-FROZEN", pack="park-selection")
    assert office.packs["park"].digest == pack_for("park").digest


def test_all_three_exports_hold_the_same_pack(qtbot: QtBot, page: PacksPage, tmp_path: Path, dialogs: Dialogs) -> None:
    choose(qtbot, page, 1)
    dialogs.target = tmp_path / "named without ending"
    click(qtbot, page, "packs.xlsx")
    dialogs.target = tmp_path / "pack.json"
    click(qtbot, page, "packs.json")
    dialogs.folder = tmp_path
    click(qtbot, page, "packs.csv")
    made = [tmp_path / "named without ending.xlsx", tmp_path / "pack.json", *tmp_path.glob("park-selection-*-csv")]
    assert len(made) == 3
    assert {load_pack_at(path).digest for path in made} == {pack_for("park").digest}
    click(qtbot, page, "packs.csv")
    message = page.banner.message()
    assert message is not None
    assert message.kind == "danger", "a folder that is there is never written over"
