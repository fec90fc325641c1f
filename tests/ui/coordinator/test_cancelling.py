"""Cancel pressed in the middle of an import, an issue and a merge, by the button a user presses.

The job waits inside its own call of `progress` until the button was pressed; from there on everything is the real way:
the button, the token, the service that looks at it, the transaction rolled back, the page that says so.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QTableView, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.services.demo import read_sample
from ndb_desktop.services.identity import create_identity, unlock
from ndb_desktop.services.office import ATTACHMENTS, Office
from ndb_desktop.services.outcome import unblind
from ndb_desktop.services.review import open_review
from ndb_desktop.ui.coordinator.publish_page import PublishPage
from ndb_desktop.ui.coordinator.store import OfficeStore, Snapshot
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.tasks import Task
from tests.support.coordinator import Dialogs, create_registry, desk_of, open_sample, page_of, said
from tests.support.review import TestClock, complete
from tests.support.supervised import SUPERVISOR, appoint, finish, make_settled, open_in, opened
from tests.support.travel import person
from tests.support.window import PASSPHRASE, child, press, settle

LIMIT = 30.0


class Gate:
    """Holds a job at its `number`th report of progress until the test lets it go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
        self.reached, self._open = threading.Event(), threading.Event()
        self._left = number
        report = Task.report

        def held(task: Task, done: int, total: int, what: str) -> None:
            report(task, done, total, what)
            self._left -= 1
            if self._left == 0:
                self.reached.set()
                assert self._open.wait(LIMIT)

        monkeypatch.setattr(Task, "report", held)

    def let_go(self) -> None:
        self._open.set()


def start_and_cancel(window: MainWindow, qtbot: QtBot, button: str, gate: Gate) -> None:
    """Starts a job by its button, waits until it stands in the middle of its work, and presses Cancel."""
    starter = child(window, button)
    assert isinstance(starter, QAbstractButton)
    qtbot.mouseClick(starter, Qt.MouseButton.LeftButton)
    end = time.monotonic() + LIMIT
    while not gate.reached.is_set():
        QApplication.processEvents()
        assert time.monotonic() < end, "the job never came to its gate"
        time.sleep(0.002)
    cancel = child(window, "progress.cancel")
    assert cancel.isVisible()
    assert not starter.isEnabled(), "while a job runs nothing else can be started"
    qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    assert not cancel.isEnabled(), "asked once"
    gate.let_go()
    settle()


def give_up(error: Exception) -> None:
    raise error


def seen(store: OfficeStore) -> Snapshot:
    """The registry read afresh, not what the pages remember."""
    store.run(lambda _office, _progress, _cancel: None, lambda _none: None, give_up)
    settle()
    return store.snapshot


def everything(store: OfficeStore) -> dict[str, list[Any]]:
    """Every row of every table, and the encrypted documents on the disk."""
    kept: dict[str, list[Any]] = {}

    def read(office: Office, _progress: object, _cancel: object) -> None:
        conn = office.registry._db.conn
        names = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in sorted(names):
            kept[name] = sorted(map(repr, conn.execute(f'SELECT * FROM "{name}"')))
        kept["attachments"] = sorted(path.name for path in (office.folder / ATTACHMENTS).iterdir())

    store.run(read, lambda _none: None, give_up)
    settle()
    return kept


def nothing_runs(window: MainWindow, store: OfficeStore) -> bool:
    bars = [panel for panel in window.findChildren(QWidget, "progress.cancel") if panel.isVisible()]
    return store.running is None and not bars


def test_a_cancelled_import_leaves_nothing(
    window: MainWindow, qtbot: QtBot, sample: Path, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_registry(window, tmp_path / "batch", dialogs)
    store = desk_of(window).store
    assert store is not None
    before = everything(store)
    page_of(window, "applications")
    dialogs.folder = sample / "handover"
    with monkeypatch.context() as patch:
        start_and_cancel(window, qtbot, "applications.folder", Gate(patch, 2))
    assert said(window, "applications").strip() == tr("applications.check.cancelled")
    assert not child(window, "applications.report").isVisible()

    press(window, "applications.folder")
    with monkeypatch.context() as patch:
        # At the second report the documents of the first application are encrypted on the disk already.
        start_and_cancel(window, qtbot, "applications.accept", Gate(patch, 2))
    assert nothing_runs(window, store)
    assert said(window, "applications").strip() == tr("applications.cancelled")
    assert everything(store) == before
    press(window, "applications.accept")
    assert len(seen(store).applications) == 2, "the same button imports when pressed again"
    assert len(everything(store)["attachments"]) == 2


@pytest.mark.parametrize("finished", [0, 1])
def test_a_cancelled_issue_keeps_only_whole_bundles(
    window: MainWindow,
    qtbot: QtBot,
    sample: Path,
    tmp_path: Path,
    dialogs: Dialogs,
    monkeypatch: pytest.MonkeyPatch,
    finished: int,
) -> None:
    store = open_sample(window, sample, dialogs).store
    assert store is not None
    before, rows = seen(store), everything(store)
    page_of(window, "issue")
    table = child(window, "issue.table")
    assert isinstance(table, QTableView)
    table.selectAll()
    dialogs.folder = tmp_path / "again"
    with monkeypatch.context() as patch:
        start_and_cancel(window, qtbot, "issue.again", Gate(patch, finished + 1))
    assert nothing_runs(window, store)
    assert len(list(dialogs.folder.iterdir())) == finished, "no half-written file and no workshop"
    if finished:
        assert said(window, "issue").strip() == tr("issue.cancelled.some", count=1)
        # The page knows it at once, without having been told anew.
        assert len(store.snapshot.issued) == len(before.issued) + 1
        press(window, "issue.slips")
    else:
        assert said(window, "issue").strip() == tr("issue.cancelled.none")
        assert everything(store) == rows
    table.selectAll()
    press(window, "issue.again")
    experts = {bundle.expert for bundle in before.issued}
    assert len(list(dialogs.folder.glob("*.ndbbundle"))) == finished + len(experts)


def one_more_file(sample: Path, folder: Path) -> None:
    """The expert whose sheets are missing reviews, signs and exports; the file is named so that it comes first."""
    places = read_sample(sample)
    secret = Path(places["open_secret"]).read_text(encoding="utf-8").split()[0]
    clock = TestClock()
    session = open_review(Path(places["open_bundle"]), secret=secret, profile=folder / "profile", clock=clock)
    try:
        complete(session)
        stored = create_identity(folder, name="E", passphrase=PASSPHRASE, trial=True)
        made = session.export(unlock(stored.path, PASSPHRASE), folder)
    finally:
        session.close()
    made.path.rename(sample / "returned" / "0.ndbscore")


def test_a_cancelled_merge_takes_no_file(
    window: MainWindow, qtbot: QtBot, sample: Path, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_more_file(sample, tmp_path)
    store = open_sample(window, sample, dialogs).store
    assert store is not None
    before, rows = seen(store), everything(store)
    page_of(window, "merge")
    dialogs.folder = sample / "returned"
    with monkeypatch.context() as patch:
        start_and_cancel(window, qtbot, "merge.folder", Gate(patch, 3))
    assert said(window, "merge").strip() == tr("merge.check.cancelled")
    assert everything(store) == rows

    press(window, "merge.folder")
    with monkeypatch.context() as patch:
        # The new file is the first; at the third report it is written, but not yet committed.
        start_and_cancel(window, qtbot, "merge.accept", Gate(patch, 3))
    assert nothing_runs(window, store)
    assert said(window, "merge").strip() == tr("merge.cancelled")
    assert everything(store) == rows
    press(window, "merge.accept")
    after = seen(store)
    assert after.status.files == before.status.files + 1
    assert after.status.missing < before.status.missing


def test_a_cancelled_filing_leaves_neither_archive_nor_volume(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_settled(tmp_path, trial=False)
    appoint(folder)
    with opened(folder) as office:
        unblind(office, second=person(SUPERVISOR))
        finish(office)
    store = open_in(window, folder, dialogs, monkeypatch).store
    assert store is not None
    page = page_of(window, "publish")
    assert isinstance(page, PublishPage)
    page.open_part("filing")
    settle()
    before = everything(store)
    dialogs.folder = tmp_path / "out"
    dialogs.folder.mkdir()
    # In the first document, between two documents, and when all volumes are written and the archive itself is made.
    for number in (1, 2, 6):
        with monkeypatch.context() as patch:
            start_and_cancel(window, qtbot, "filing.write", Gate(patch, number))
        assert nothing_runs(window, store)
        assert said(window, "publish").strip() == tr("filing.cancelled")
        assert list(dialogs.folder.iterdir()) == []
        assert everything(store) == before
    press(window, "filing.write")
    assert len(list(dialogs.folder.iterdir())) == 3, "the archive and two volumes"
