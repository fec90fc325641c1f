"""The calibration round through the window: pick, issue, merge, look; and what the expert sees all the while."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QTableView, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.crypto.identity import TRIAL_ROUNDS, new_identity
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.review import open_review
from ndb_desktop.storage.registry_rows import ExpertKey
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.fields import Choice
from tests.support.coordinator import Dialogs, open_sample, page_of, said
from tests.support.review import TestClock, complete
from tests.support.window import child, press, settle

AT = "2026-05-01T00:00:00Z"


def cell(table: QTableView, line: int, column: int) -> str:
    return str(table.model().index(line, column).data())


def pick(window: MainWindow, qtbot: QtBot, *lines: int) -> QTableView:
    """Clicks lines of the table of applications."""
    table = child(window, "calibration.table")
    assert isinstance(table, QTableView)
    table.clearSelection()
    for line in lines:
        table.scrollTo(table.model().index(line, 0))
        middle = table.visualRect(table.model().index(line, 0)).center()
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    settle()
    return table


def test_pick_issue_merge_and_look(
    window: MainWindow, qtbot: QtBot, sample: Path, tmp_path: Path, dialogs: Dialogs
) -> None:
    store = open_sample(window, sample, dialogs).store
    assert store is not None
    page = page_of(window, "issue")
    before = store.snapshot.issued
    tabs = child(window, "issue.tabs")
    assert isinstance(tabs, QTabWidget)
    tabs.setCurrentIndex(1)
    settle()
    table = pick(window, qtbot)
    assert not child(window, "calibration.issue").isEnabled()
    assert not child(window, "calibration.door").isEnabled()
    if table.model().rowCount() > 3:
        pick(window, qtbot, 0, 1, 2, 3)
        assert not child(window, "calibration.issue").isEnabled()
    pick(window, qtbot, 0)
    picked = cell(table, 0, 0)
    dialogs.folder = tmp_path / "out"
    child(window, "calibration.opening").set_value("slip")  # type: ignore[attr-defined]
    press(window, "calibration.issue")
    status = store.snapshot.calibration
    assert status is not None
    assert status.row.applications == (picked,)
    made = sorted(path.name for path in dialogs.folder.iterdir())
    assert len(made) == len(status.issued) > 1
    assert tr("calibration.done", count=len(made), folder="out") in said(window, "issue")
    assert store.snapshot.issued == before

    dialogs.target = tmp_path / "slips.pdf"
    press(window, "calibration.slips")
    assert dialogs.target.read_bytes().startswith(b"%PDF")

    # A lost bundle is issued anew from the same tab; who lost it is chosen by name.
    assert not child(window, "calibration.replace").isEnabled()
    assert not child(window, "calibration.receipts").isEnabled()
    lost = status.issued[0]
    chosen = child(window, "calibration.lost")
    assert isinstance(chosen, Choice)
    chosen.setCurrentIndex(chosen.findData(lost.expert))
    press(window, "calibration.replace")
    assert store.snapshot.calibration is not None
    now = store.snapshot.calibration.issued
    assert {row.expert for row in now} == {row.expert for row in status.issued}
    assert lost.bundle_id not in {row.bundle_id for row in now}
    assert len(list(dialogs.folder.iterdir())) == len(made) + 1
    assert chosen.value() is None

    bundle = next(row for row in now if row.expert == lost.expert)
    own = new_identity("x", "x", TRIAL_ROUNDS)[0]
    profile = tmp_path / "profile"
    profile.mkdir()
    with open_review(Path(bundle.path), secret=bundle.opens, profile=profile, clock=TestClock()) as session:
        complete(session)
        file = session.export(own, tmp_path).path

    def merge(office: Office, *_: object) -> None:
        with office.registry.transaction():
            office.registry.put_key(ExpertKey(bundle.expert, own.keyid, own.public.openssh, "active", "card", AT))
        assert [row.verdict for row in merge_files(office, [file]).verdicts] == ["accepted"]

    page.job("x", merge, lambda _none: None)
    settle()
    assert store.snapshot.calibration is not None
    assert store.snapshot.calibration.received == {bundle.expert}
    dialogs.folder = tmp_path / "receipts"
    press(window, "calibration.receipts")
    assert [path.suffix for path in dialogs.folder.iterdir()] == [".ndbreceipt"]
    press(window, "calibration.door")
    spread = child(window, "calibration.spread")
    assert isinstance(spread, QTableView)
    assert spread.isVisible()
    assert spread.model().rowCount() > 5
    assert {cell(spread, line, 2) for line in range(spread.model().rowCount())} == {"1"}
    words = [cell(spread, line, column) for line in range(spread.model().rowCount()) for column in range(7)]
    expert = next(one for one in store.snapshot.experts if one.id == bundle.expert)
    assert not any(expert.name in word or expert.id in word for word in words)
    # Leaving the page shuts the door.
    page_of(window, "merge")
    page_of(window, "issue")
    assert spread.model().rowCount() == 0
    assert child(window, "calibration.door").isVisible()


def test_the_expert_sees_everywhere_that_it_is_calibration(
    window: MainWindow, sample: Path, tmp_path: Path, dialogs: Dialogs, qtbot: QtBot
) -> None:
    store = open_sample(window, sample, dialogs).store
    assert store is not None
    view = page_of(window, "issue")
    view.open_part("calibration")
    pick(window, qtbot, 0)
    dialogs.folder = tmp_path / "out"
    child(window, "calibration.opening").set_value("slip")  # type: ignore[attr-defined]
    press(window, "calibration.issue")
    assert store.snapshot.calibration is not None
    bundle = store.snapshot.calibration.issued[0]
    assert not child(window, "header.calibration").isVisible()

    window.open_paths((Path(bundle.path),))
    settle()
    badge = child(window, "header.calibration")
    assert badge.isVisible()
    shown = [label.text() for label in window.findChildren(QLabel) if label.isVisible()]
    assert any(tr("calibration.mark.text") in text.replace("\u200b", "") for text in shown)
    child(window, "open.secret").setText(bundle.opens)  # type: ignore[attr-defined]
    press(window, "open.button")
    assert child(window, "header.calibration").isVisible()
    assert tr("calibration.mark") in [label.text() for label in badge.findChildren(QLabel) if label.isVisible()]
    assert isinstance(badge, QWidget)
    window.resize(900, 640)
    settle()
    assert tr("calibration.mark") in [label.text() for label in badge.findChildren(QLabel) if label.isVisible()]
