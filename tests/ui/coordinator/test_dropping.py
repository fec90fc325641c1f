"""Dropped anywhere on the coordinator's window: scores to the inbox, a hand-over to the import, the rest in words."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.coordinator import Dialogs, open_sample, page_of
from tests.support.window import child, settle

BUTTONS, KEYS, COPY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction


def drop(widget: QWidget, *paths: Path) -> None:
    """Drops files on a widget; who does not take the drag leaves it to what is around it, as Qt does."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    taker: QWidget | None = widget
    while taker is not None:
        enter = QDragEnterEvent(QPoint(9, 9), COPY, data, BUTTONS, KEYS)
        enter.ignore()
        if taker.acceptDrops():
            QApplication.sendEvent(taker, enter)
            if enter.isAccepted():
                break
        taker = taker.parentWidget()
    assert taker is not None, "somebody takes every drop"
    QApplication.sendEvent(taker, QDropEvent(QPointF(9, 9), COPY, data, BUTTONS, KEYS))
    settle()


def told(window: MainWindow) -> str:
    message = window.banner.message()
    return "" if message is None else " ".join((message.text, *message.details))


def test_what_is_dropped_on_any_page_finds_its_own(
    window: MainWindow, sample: Path, tmp_path: Path, dialogs: Dialogs
) -> None:
    store = open_sample(window, sample, dialogs).store
    assert store is not None
    before = store.snapshot.status
    returned = sample / "returned"
    scores = sorted(returned.glob("*.ndbscore"))
    assert len(scores) > 1
    packed = tmp_path / "mail.zip"
    with zipfile.ZipFile(packed, "w") as made:
        made.write(scores[0], scores[0].name)
    for page, source in (("log", returned), ("applications", packed), ("applications", returned), ("people", packed)):
        store.kept.pop("merge.plan", None)
        drop(page_of(window, page), source)
        assert child(window, "office.merge").isVisible(), page
        assert store.kept["merge.plan"][0] == (source,)
        assert child(window, "merge.table").model().rowCount() > 0  # type: ignore[attr-defined]
    store.kept.pop("merge.plan", None)
    drop(page_of(window, "issue"), *scores[:2])
    assert store.kept["merge.plan"][0] == tuple(scores[:2])

    handover = sample / "handover"
    copy = tmp_path / "with-table"
    shutil.copytree(handover, copy)
    for page in ("results", "merge", "applications"):
        store.kept.pop("applications.check", None)
        drop(page_of(window, page), copy)
        assert child(window, "office.applications").isVisible(), page
        assert child(window, "applications.report").isVisible(), page
    assert store.snapshot.status == before, "a look writes nothing"


def test_anything_else_is_named_in_a_sentence_and_the_page_stays(
    window: MainWindow, sample: Path, tmp_path: Path, dialogs: Dialogs
) -> None:
    open_sample(window, sample, dialogs)
    page = page_of(window, "log")
    (tmp_path / "empty").mkdir()
    (tmp_path / "list.csv").write_bytes(b"a,b\n")
    (tmp_path / "note.txt").write_bytes(b"hello")
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.4\n")
    score = next((sample / "returned").glob("*.ndbscore"))
    for names, code in (
        ((tmp_path / "empty",), "E-DROP-NOTHING"), ((tmp_path / "list.csv",), "E-DROP-TABLE"),
        ((tmp_path / "note.txt",), "E-FILE-UNKNOWN"), ((tmp_path / "paper.pdf",), "E-FILE-IS-PDF"),
        ((score, tmp_path / "note.txt"), "E-FILE-MIXED"),
        ((sample / "handover", sample / "handover"), "E-DROP-ONE"),
    ):  # fmt: skip
        drop(page, *names)
        assert code in told(window), code
        assert page.isVisible()
