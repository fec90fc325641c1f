"""复评 in the coordinator's window: choose, open, issue, see before and after, write the minutes, close; by clicks."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from ndb_desktop.services.merge import merge_files
from ndb_desktop.ui.coordinator.results_page import ResultsPage
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.fields import Choice
from tests.support.coordinator import Dialogs, desk_of
from tests.support.rounds import FIRM, ITEM, PARK, WHY, lower, open_now, staged
from tests.support.travel import PASSPHRASE
from tests.support.window import child, press, settle


def open_in(window: MainWindow, folder: Path, dialogs: Dialogs) -> ResultsPage:
    """Opens the registry and the inside of its results, as a user does."""
    window.resize(1440, 900)
    window.enter("coordinator")
    settle()
    dialogs.folder = folder / "registry"
    press(window, "office.choose.button")
    dialogs.file = folder / "组织方.ndbkey"
    press(window, "office.key.browse")
    child(window, "passphrase").setText(PASSPHRASE)  # type: ignore[attr-defined]
    press(window, "office.open")
    view = desk_of(window).view
    assert view is not None
    page = view.show_page("results.rounds")
    assert isinstance(page, ResultsPage)
    settle()
    return page


def text_of(page: ResultsPage, name: str) -> str:
    return child(page, name).text()  # type: ignore[attr-defined,no-any-return]


def cells(page: ResultsPage, column: int) -> list[str]:
    model = page.rounds.seats.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def test_a_round_from_choosing_its_cases_to_its_minutes(window: MainWindow, tmp_path: Path, dialogs: Dialogs) -> None:
    stage = staged(tmp_path)
    stage.office.close()
    page = open_in(window, tmp_path, dialogs)
    assert not page.rounds.isVisible()
    press(page, "results.rounds.door")
    rounds = page.rounds
    assert text_of(page, "rounds.count") == tr("rounds.count", count=0)
    assert not rounds._running.isVisible()
    assert not child(page, "rounds.open").isEnabled()
    # Enter on a row chooses it, and once more leaves it out; the button does the same.
    rounds.picks.selectRow(0)
    rounds.picks.setFocus()
    QTest.keyClick(rounds.picks, Qt.Key.Key_Return)
    settle()
    assert rounds.chosen() == (PARK,)
    press(page, "rounds.turn")
    assert rounds.chosen() == ()
    press(page, "rounds.suggested")
    assert rounds.chosen() == (PARK, FIRM)
    assert not child(page, "rounds.suggested").isEnabled()
    rounds.picks.selectRow(1)
    press(page, "rounds.turn")
    QTest.keyClicks(child(page, "rounds.reason"), "two far apart")
    press(page, "rounds.open")
    store = desk_of(window).store
    assert store is not None
    assert [one.kind for one in store.snapshot.decisions][-2:] == ["unblind", "round"]
    assert text_of(page, "rounds.running") == tr("rounds.running", round="R1")
    assert not child(page, "rounds.picks").isVisible()

    dialogs.folder = tmp_path / "second"
    press(page, "rounds.issue")
    bundles = {row.expert: row for row in store.snapshot.issued if row.round == "R1"}
    assert len(bundles) == 5
    assert not child(page, "rounds.issue").isEnabled(), "everybody has one"
    stage.office = store.office
    with stage.open(Path(bundles["E-03"].path), "E-03") as session:
        lower(session)
        answer = stage.sign(session, "E-03")
    store.run(lambda office, _p, _c: merge_files(office, [answer]), lambda _r: None, lambda _e: None)
    settle()
    # Whatever came in, the door closes; behind it stands what counts now.
    if child(page, "results.rounds.door").isVisible():
        press(page, "results.rounds.door")
    assert sorted(set(cells(page, 3))) == sorted({tr("round.standing.changed"), tr("round.standing.waiting")})
    assert cells(page, 2) == ["A", "B", "C", "D", "E"]
    assert not [one for row in range(7) for one in cells(page, row) if "E-0" in one]
    rounds.seats.selectRow(cells(page, 3).index(tr("round.standing.changed")))
    settle()
    assert WHY in text_of(page, "rounds.details")
    assert ITEM.split(".plan")[0] in text_of(page, "rounds.details")

    head = child(page, "rounds.head")
    assert isinstance(head, Choice)
    assert [head.itemData(number) for number in range(head.count())] == ["", "E-01", "E-02", "E-03", "E-04", "E-05"]
    head.setCurrentIndex(1)
    dialogs.target = tmp_path / "minutes.pdf"
    press(page, "rounds.minutes")
    assert (tmp_path / "minutes.pdf").read_bytes().startswith(b"%PDF")
    assert dict(store.snapshot.heads) == {"R1": "E-01"}
    assert head.value() == "E-01"
    assert not child(page, "rounds.close").isEnabled()
    QTest.keyClicks(child(page, "rounds.why"), "all have answered")
    press(page, "rounds.close")
    assert not rounds._running.isVisible()
    assert child(page, "rounds.picks").isVisible()
    assert child(page, "rounds.seats").isVisible(), "what was, stays in sight"
    assert "R1" in child(page, "rounds.which").currentText()  # type: ignore[attr-defined]


def test_an_open_round_keeps_results_from_being_final_and_the_line_leads_to_it(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs
) -> None:
    stage = staged(tmp_path)
    open_now(stage, [PARK])
    stage.office.close()
    page = open_in(window, tmp_path, dialogs)
    press(page, "results.rounds.door")
    page.open_part("final")
    settle()
    press(page, "final.lead.round")
    assert page.rounds.isVisible()
