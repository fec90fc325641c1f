"""A visit withdrawn in the window, and what the form says before a visit is planned."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QScrollArea

from ndb_desktop.services.inspectors import import_inspectors
from ndb_desktop.services.visit_issue import issue_visit
from ndb_desktop.services.visit_withdraw import visit_states, withdrawn_visits
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.sight import in_sight
from tests.support import supervised
from tests.support.coordinator import Dialogs, desk_of, page_of, said
from tests.support.travel import key_file
from tests.support.visits import planned, visited_office, with_inspectors, write_cards
from tests.support.window import child, press, settle
from tests.ui.coordinator.test_visits_page import cells, choose, label, pick_applicant, table, write

WITHDRAW = ("visits.withdraw", "visits.withdraw.yes")


def open_planned(
    window: MainWindow, folder: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch, *, visits: int = 1,
    issued: bool = False, waiting: bool = False,
) -> OfficeStore:  # fmt: skip
    """A registry with visits to A-001, the last of which may be issued, opened at the page; J03 may wait for a look."""
    office = visited_office(folder / "office")
    with_inspectors(office, folder / "cards")
    if waiting:
        import_inspectors(office, write_cards(folder / "more", ["J03"]))
    for _ in range(visits):
        visit = planned(office)
    if issued:
        issue_visit(office, visit.id, folder / "out")
    office.close()
    (folder / "组织方.ndbkey").write_bytes(key_file("组织方"))
    supervised.open_in(window, office.folder, dialogs, monkeypatch)
    store = desk_of(window).store
    assert store is not None
    page_of(window, "visits.tasks")
    settle()
    return store


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_visit_is_withdrawn_only_with_a_reason_and_after_a_second_look(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    i18n.set_language(language)
    store = open_planned(window, tmp_path, dialogs, monkeypatch, visits=2)
    choose(window, "visits.table", 0)
    ask, sure = (child(window, name) for name in WITHDRAW)
    assert not ask.isEnabled(), "no withdrawal without a reason"
    write(window, "visits.withdraw.reason", "建错了单位")
    press(window, "visits.withdraw")
    assert "S-001" in label(window, "visits.withdraw.words")
    assert child(window, "visits.withdraw.no").hasFocus(), "Enter keeps the visit"
    press(window, "visits.withdraw.no")
    assert not sure.isVisible()
    press(window, "visits.withdraw")
    choose(window, "visits.table", 1)
    assert not sure.isVisible(), "the question was about the other visit"
    assert not ask.isEnabled()
    assert withdrawn_visits(store.office) == {}

    choose(window, "visits.table", 0)
    write(window, "visits.withdraw.reason", " 建错了单位 ")
    for name in WITHDRAW:
        press(window, name)
    assert tr("cli.visit.withdrawn", visit="S-001") in said(window, "visits")
    assert cells(table(window, "visits.table"), 4) == [tr("cli.visit.state.withdrawn"), tr("cli.visit.state.planned")]
    choose(window, "visits.table", 0)
    assert "建错了单位" in label(window, "visits.facts")
    assert not ask.isVisible()
    assert not child(window, "visits.issue").isVisible()
    assert withdrawn_visits(store.office)["S-001"].reason == "建错了单位"


def test_of_an_issued_one_it_says_that_the_team_must_be_told(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_planned(window, tmp_path, dialogs, monkeypatch, issued=True)
    window.resize(1024, 640)
    choose(window, "visits.table", 0)
    write(window, "visits.withdraw.reason", "申报单位延期")
    press(window, "visits.withdraw")
    assert "通知检查组" in label(window, "visits.withdraw.words")
    areas = [one for one in window.findChildren(QScrollArea) if one.isAncestorOf(child(window, "visits.withdraw.yes"))]
    for name in ("visits.withdraw.words", "visits.withdraw.yes"):
        assert in_sight(areas[0], child(window, name)), "the question comes into sight, also in a low window"
    press(window, "visits.withdraw.yes")
    assert tr("cli.visit.withdrawn.bundle", visit="S-001") in said(window, "visits")
    assert visit_states(store.office) == {"S-001": "withdrawn"}


def test_the_form_says_what_is_odd_before_the_visit_is_planned(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_planned(window, tmp_path, dialogs, monkeypatch, waiting=True)
    pick_applicant(window, "A-001")
    waiting = tr("visits.unconfirmed", names="J03")
    assert label(window, "visits.notices") == waiting
    choose(window, "visits.team", 0, 1)
    empty, repeated = tr("visit.notice.empty"), tr("visit.notice.repeated", names="S-001")
    assert label(window, "visits.notices").split("\n") == [waiting, empty, repeated]
    choose(window, "visits.data", 0)
    assert label(window, "visits.notices").split("\n") == [waiting, repeated]
    press(window, "visits.make")
    assert visit_states(store.office) == {"S-001": "planned", "S-002": "planned"}
