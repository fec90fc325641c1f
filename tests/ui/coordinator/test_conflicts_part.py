"""Conflicts through the widgets: lists looked at and taken, found and filtered, settled by keys, signed once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.batch import Conflict
from ndb_desktop.domain.conflict_detect import ListRow
from ndb_desktop.domain.conflict_ruling import PairConflicts
from ndb_desktop.services.conflict_drafts import kept_drafts
from ndb_desktop.services.conflicts import Settled
from ndb_desktop.services.office import Office
from ndb_desktop.ui import i18n, tasks, theme
from ndb_desktop.ui.coordinator.conflict_card import reasons
from ndb_desktop.ui.coordinator.conflicts_part import ConflictsPart, Known
from ndb_desktop.ui.coordinator.people_page import PeoplePage
from ndb_desktop.ui.coordinator.store import OfficeStore, take_snapshot
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.sight import in_sight
from ndb_desktop.ui.widgets.table import DataTable
from tests.support import access
from tests.support.clipping import findings
from tests.support.coordinator import Dialogs
from tests.support.office import make_office
from tests.support.pages import rest
from tests.support.rooms import settle_layouts
from tests.support.travel import tiny_application
from tests.support.window import child

A, B = "A-001", "A-002"
WAITING = [("E02", A), ("E03", A), ("E03", B), ("E04", B)]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Four pairs wait, one is certain, and E01 and E05 are on the list of spouses."""
    office = make_office(tmp_path / "office", applications=[tiny_application(1), tiny_application(2)])
    rows = [Conflict(*pair, "C1", "check", "employer:name", f"研究院{n}") for n, pair in enumerate(WAITING)]
    office.add_conflicts([*rows, Conflict("E05", A, "C7", "recuse", "table", "纠纷")])
    with office.registry.transaction():
        office.registry.replace_list("spouses", [ListRow("spouses", "E01", "x", "", "E05", None, "配偶")])
        office.log("conflicts.list", "x", {})
    yield office
    office.close()


@pytest.fixture
def page(qtbot: QtBot, office: Office) -> Iterator[PeoplePage]:
    with tasks.inline():
        made = PeoplePage(OfficeStore(office, take_snapshot(office)))
        qtbot.addWidget(made)
        made.resize(1180, 860)
        made.open_part("conflicts")
        made.show()
        rest()
        yield made
        made.store.deleteLater()


def part(page: PeoplePage) -> ConflictsPart:
    return page.conflicts


def words(page: QWidget, name: str) -> str:
    found = child(page, name)
    assert isinstance(found, QLabel)
    return found.text().replace("\u200b", "")


def column(of: DataTable, number: int) -> list[str]:
    model = of.model()
    return [model.index(row, number).data() for row in range(model.rowCount())]


def press(page: QWidget, name: str) -> None:
    button = child(page, name)
    assert isinstance(button, QPushButton)
    assert button.isVisible(), f"{name} is not on screen"
    assert button.isEnabled(), f"{name} cannot be pressed"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    rest()


def key(widget: QWidget, *keys: Qt.Key) -> None:
    for one in keys:
        QTest.keyClick(widget, one)
        rest()


def told(page: PeoplePage) -> str:
    message = page.findChild(Banner).message()
    return "" if message is None else f"{message.title} {message.text}"


def chosen(page: PeoplePage) -> tuple[str, str]:
    return part(page).table.selected().place


def choose(page: PeoplePage, value: str) -> None:
    kind = child(page, "conflicts.filter")
    kind.set_value(value)  # type: ignore[attr-defined]
    kind.chosen.emit(value)  # type: ignore[attr-defined]
    rest()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_everything_known_is_listed_in_words_and_what_is_open_is_counted(
    qtbot: QtBot, office: Office, language: str
) -> None:
    i18n.set_language(language)
    with tasks.inline():
        page = PeoplePage(OfficeStore(office, take_snapshot(office)))
        qtbot.addWidget(page)
        page.open_part("conflicts")
        page.show()
        rest()
        assert words(page, "conflicts.count") == i18n.tr("screen.count", count=6, open=4)
        table = part(page).table
        assert sorted(column(table, 0)) == sorted(
            [i18n.tr("conflict.state.check")] * 4 + [i18n.tr("conflict.state.recuse"), i18n.tr("screen.state.kin")]
        )
        assert f"{i18n.tr('conflict.C1')} (C1)" in column(table, 3)
        assert f"{i18n.tr('conflict.from.employer')} · {i18n.tr('conflict.way.name')}" in column(table, 4)
        assert chosen(page) == WAITING[0], "the first that waits is chosen"
        assert "研究院0" in words(page, "conflict.grounds")
        page.store.deleteLater()


def test_filters_by_strength_and_as_one_types(page: PeoplePage) -> None:
    table = part(page).table
    for value, count in (("check", 4), ("recuse", 1), ("none", 0), ("kin", 1), ("", 6)):
        choose(page, value)
        assert table.model().rowCount() == count, value
    child(page, "conflicts.search").setText("研究院3")  # type: ignore[attr-defined]
    rest()
    assert [one.split()[0] for one in column(table, 1)] == ["E04"], "the search sees the words too"


def test_two_keys_settle_one_and_the_next_comes_by_itself(page: PeoplePage, office: Office) -> None:
    table, before = part(page).table, len(office.decided.all())
    table.setFocus()
    key(table, Qt.Key.Key_2)
    key(child(page, "conflict.reasons"), Qt.Key.Key_1)
    assert chosen(page) == WAITING[1]
    key(table, Qt.Key.Key_1)
    key(child(page, "conflict.reasons"), Qt.Key.Key_Down, Qt.Key.Key_Return)
    assert chosen(page) == WAITING[2]
    assert i18n.tr("screen.state.draft_recuse") in column(table, 0)
    assert words(page, "conflicts.count") == i18n.tr("screen.count", count=6, open=2)
    assert len(office.decided.all()) == before, "nothing is signed yet"

    press(page, "conflict.undo")
    assert chosen(page) == WAITING[1], "what was taken back is in sight again"
    key(table, Qt.Key.Key_1)
    own = child(page, "conflict.own")
    QTest.keyClicks(own, "abc")
    assert not child(page, "conflict.take").isEnabled()
    key(own, Qt.Key.Key_Return)
    assert chosen(page) == WAITING[1], "too short a reason is none"
    QTest.keyClicks(own, "d")
    key(own, Qt.Key.Key_Return)
    assert chosen(page) == WAITING[2]
    press(page, "conflict.sign")
    made = office.decided.all()[before:]
    assert [(one.content["expert"], one.subject, one.content["outcome"], one.reason) for one in made] == [
        (*WAITING[0], "none", reasons("none")[0]),
        (*WAITING[1], "recuse", "abcd"),
    ]
    assert i18n.tr("screen.signed", count=2, first=before + 1, last=before + 2) in told(page)
    assert words(page, "conflict.stack") == i18n.tr("screen.stack.none")
    assert not child(page, "conflict.sign").isEnabled()
    choose(page, "none")
    assert column(table, 1)[0].startswith("E02")
    assert reasons("none")[0] in words(page, "conflict.grounds")


def test_the_last_one_leads_to_the_signature_and_undo_works_by_keys(page: PeoplePage) -> None:
    table = part(page).table
    for _ in WAITING:
        key(table, Qt.Key.Key_2)
        key(child(page, "conflict.reasons"), Qt.Key.Key_3)
    assert QApplication.focusWidget() in (child(page, "conflict.sign"), None)
    assert words(page, "conflict.stack") == i18n.tr("screen.stack", count=4)
    QTest.keyClick(table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    rest()
    assert words(page, "conflict.stack") == i18n.tr("screen.stack", count=3)
    assert chosen(page) == WAITING[3]
    key(table, Qt.Key.Key_1)
    key(child(page, "conflict.reasons"), Qt.Key.Key_Escape)
    assert not child(page, "conflict.reasons").isVisible()


def test_what_is_certain_cannot_be_decided_away_and_kin_needs_nothing(page: PeoplePage) -> None:
    choose(page, "recuse")
    assert not child(page, "conflict.none").isEnabled()
    assert child(page, "conflict.firm").isVisible()
    key(part(page).table, Qt.Key.Key_2)
    assert not child(page, "conflict.reasons").isVisible()
    choose(page, "kin")
    assert not child(page, "conflict.recuse").isVisible()
    assert i18n.tr("screen.kin.text") in words(page, "conflict.grounds")
    assert {"E01", "E05"} <= set(words(page, "conflict.title").replace("/", " ").split())


def test_drafts_outlive_the_pages_but_not_what_they_were_about(qtbot: QtBot, page: PeoplePage, office: Office) -> None:
    key(part(page).table, Qt.Key.Key_2)
    key(child(page, "conflict.reasons"), Qt.Key.Key_1)
    again = PeoplePage(page.store)
    qtbot.addWidget(again)
    again.open_part("conflicts")
    again.show()
    rest()
    assert words(again, "conflict.stack") == i18n.tr("screen.stack", count=1)
    again.conflicts.show_known(Known(0, (), ()))
    assert words(again, "conflict.stack") == i18n.tr("screen.stack.none")


def test_drafts_outlive_the_program_in_the_registry_alone_until_they_are_signed(
    qtbot: QtBot, page: PeoplePage, office: Office
) -> None:
    key(part(page).table, Qt.Key.Key_2)
    QTest.keyClicks(child(page, "conflict.own"), "reason of my own")
    key(child(page, "conflict.own"), Qt.Key.Key_Return)
    key(part(page).table, Qt.Key.Key_1)
    key(child(page, "conflict.reasons"), Qt.Key.Key_1)
    kept = [Settled(*WAITING[0], "none", "reason of my own"), Settled(*WAITING[1], "recuse", reasons("recuse")[0])]
    assert list(kept_drafts(office)) == kept
    for path in office.folder.rglob("*"):
        if path.is_file():
            assert b"reason of my own" not in path.read_bytes(), path.name
    # Another session of the program: nothing is in hand but what the registry kept.
    store = OfficeStore(office, take_snapshot(office))
    again = PeoplePage(store)
    qtbot.addWidget(again)
    again.open_part("conflicts")
    again.show()
    rest()
    assert words(again, "conflict.stack") == i18n.tr("screen.stack", count=2)
    press(again, "conflict.undo")
    assert list(kept_drafts(office)) == kept[:1]
    press(again, "conflict.sign")
    assert kept_drafts(office) == ()
    assert office.registry.meta("conflicts.drafts") == ""
    assert [one.reason for one in office.decided.all()][-1:] == ["reason of my own"]
    store.deleteLater()


def test_a_list_is_looked_at_before_it_is_taken(
    page: PeoplePage, office: Office, dialogs: Dialogs, tmp_path: Path
) -> None:
    applicant = office.application(A).applicant
    dialogs.file = tmp_path / "former.csv"
    dialogs.file.write_text(f"id,organisation\nE01,{applicant}\nE77,某单位\n", encoding="utf-8")
    kind = child(page, "conflicts.kind")
    kind.set_value("former")  # type: ignore[attr-defined]
    press(page, "conflicts.pick")
    faults = child(page, "conflicts.faults")
    assert isinstance(faults, QPlainTextEdit)
    assert "E-CONFLICT-EXPERT" in faults.toPlainText()
    assert "former.csv:3" in faults.toPlainText()
    assert not child(page, "conflicts.accept").isVisible()

    dialogs.file.write_text(f"id,organisation\nE01,{applicant}\n", encoding="utf-8")
    press(page, "conflicts.pick")
    before = office.registry.conflict_lists()
    assert child(page, "conflicts.accept").isVisible()
    press(page, "conflicts.accept")
    assert len(office.registry.conflict_lists()) == len(before) + 1
    assert not child(page, "conflicts.report").isVisible()
    assert "E01" in {one.split()[0] for one in column(part(page).table, 1)}
    assert i18n.tr("screen.found", found=1, added=1, removed=0, changed=0, waiting=5) in told(page)


def test_another_kind_looks_at_the_same_file_anew(page: PeoplePage, dialogs: Dialogs, tmp_path: Path) -> None:
    dialogs.file = tmp_path / "x.csv"
    dialogs.file.write_text("id,person,organisation\nE01,某人,某单位\n", encoding="utf-8")
    kind = child(page, "conflicts.kind")
    kind.set_value("affiliates")  # type: ignore[attr-defined]
    press(page, "conflicts.pick")
    assert not child(page, "conflicts.accept").isVisible(), "it names no application"
    kind.set_value("coauthors")  # type: ignore[attr-defined]
    kind.chosen.emit("coauthors")  # type: ignore[attr-defined]
    rest()
    assert child(page, "conflicts.accept").isVisible()
    press(page, "conflicts.close")
    assert not child(page, "conflicts.report").isVisible()


def test_a_list_may_be_dropped_and_a_table_of_known_conflicts_too(
    page: PeoplePage, office: Office, tmp_path: Path
) -> None:
    table = tmp_path / "known.csv"
    table.write_text(f"expert,application,code,strength,words\nE04,{A},C7,recuse,x\n", encoding="utf-8")
    child(page, "conflicts.kind").set_value("table")  # type: ignore[attr-defined]
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "x.pdf")), QUrl.fromLocalFile(str(table))])
    where, no_keys = QPointF(20, 20), Qt.KeyboardModifier.NoModifier
    event = QDropEvent(where, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, no_keys)
    part(page).dropEvent(event)
    rest()
    assert event.isAccepted()
    assert ("E04", A) in {(one.expert, one.application) for one in office.conflicts()}, told(page)
    assert words(page, "conflicts.count").startswith(i18n.tr("screen.count", count=7, open="@").split("@")[0])


def test_finding_anew_tells_what_is_assigned_and_must_not_be(page: PeoplePage, office: Office) -> None:
    press(page, "conflicts.detect")
    pairs = {(one.application, one.expert) for one in office.assignments()}
    together = [name for name in (A, B) if {(name, "E01"), (name, "E05")} <= pairs]
    assert together == [A, B], "everybody reads everything here"
    assert f"{A} E01 / E05" in told(page)
    went: list[str] = []
    page.go.connect(went.append)
    press(page, "banner.action")
    assert went == ["assign"]


def test_nothing_known_says_what_to_do(qtbot: QtBot, tmp_path: Path) -> None:
    office = make_office(tmp_path / "office", applications=1, experts=1)
    with tasks.inline():
        page = PeoplePage(OfficeStore(office, take_snapshot(office)))
        qtbot.addWidget(page)
        page.open_part("conflicts")
        page.show()
        rest()
        assert page.conflicts.empty.isVisible()
        assert not page.conflicts.split.isVisible()
        page.store.deleteLater()
    office.close()


def test_five_thousand_pairs_are_a_table_that_only_makes_what_is_in_sight(page: PeoplePage) -> None:
    pairs = tuple(
        PairConflicts(f"E{n:04d}", A, (Conflict(f"E{n:04d}", A, "C1", "check", "employer:name", f"x{n}"),), None)
        for n in range(5_000)
    )
    seen = part(page)
    read: list[int] = []
    model = seen.table.source
    real = model.data
    model.data = lambda index, role=0: (read.append(index.row()), real(index, role))[1]  # type: ignore[method-assign]
    seen.show_known(Known(0, pairs, ()))
    rest()
    assert seen.table.model().rowCount() == 5_000
    assert len(set(read)) < 500
    assert words(page, "conflicts.count") == i18n.tr("screen.count", count=5_000, open=5_000)


@pytest.mark.parametrize(("language", "factor"), [("zh_CN", 1.0), ("en", 1.0), ("en", 1.45), ("zh_CN", 1.6)])
def test_nothing_is_cut(qapp: QApplication, qtbot: QtBot, office: Office, language: str, factor: float) -> None:
    i18n.set_language(language)
    theme.apply(qapp, "light", factor)
    with tasks.inline():
        page = PeoplePage(OfficeStore(office, take_snapshot(office)))
        qtbot.addWidget(page)
        # What is left of a window of 1366x768 beside the rail, and of 1440x900 in large type.
        page.resize(QSize(1150, 690) if factor == 1.0 else QSize(1100, 800))
        page.open_part("conflicts")
        page.show()
        rest()
        key(part(page).table, Qt.Key.Key_1)
        settle_layouts()
        assert not findings(page)
        assert not access.wrong_roles(page)
        assert [access.called(one) for one in access.focusable(page) if not access.said(one)] == []
        assert [one for one in access.focusable(page.conflicts) if not one.objectName()] == []
        reasons_list, area = child(page, "conflict.reasons"), page.findChild(QScrollArea)
        assert in_sight(area, reasons_list), "the next key is for something that can be seen"
        page.store.deleteLater()


def test_names_are_those_of_the_roster(page: PeoplePage, office: Office) -> None:
    expected = {one.id: one.name for one in office.experts()}
    assert column(part(page).table, 1)[0] == f"E02 {expected['E02']}"
    assert replace(office.experts()[0]).name in "".join(column(part(page).table, 1))
