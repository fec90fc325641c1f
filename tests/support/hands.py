"""A person at the window on a machine of their own: files dropped, texts typed by keys or an input method."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QComboBox, QLabel, QTableView, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.ui.settings import Settings
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import window as helper
from tests.support.window import child, press, settle

PASSPHRASE = "correct horse battery"
SECRET = re.compile(r"\b[0-9a-hjkmnp-tv-z]{4}(?:-[0-9a-hjkmnp-tv-z]{4}){4}\b")


@contextmanager
def opened(qtbot: QtBot, profile: Path, now: Callable[[], datetime] = helper.now) -> Iterator[MainWindow]:
    """A window on a person's own machine, closed at the end as a user closes it."""
    profile.mkdir(exist_ok=True)
    window = MainWindow(Settings(profile), profile, now)
    window.resize(1440, 900)
    window.show()
    with qtbot.waitActive(window):
        window.activateWindow()
    settle()
    try:
        yield window
    finally:
        window.close()
        settle()
        closed = window.desk is None and not window.isVisible()
        window.deleteLater()
        QApplication.processEvents()
    assert closed


def drop(window: MainWindow, paths: Iterable[Path]) -> None:
    """Drops files from a file manager on the window."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    where, copy, left = window.rect().center(), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where, copy, data, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(where), copy, data, left, none))
    settle()


def write(widget: QWidget, text: str) -> None:
    """Types a text: by keys, or as an input method commits Chinese."""
    widget.setFocus()
    if text.isascii():
        QTest.keyClicks(widget, text)
    else:
        event = QInputMethodEvent()
        event.setCommitString(text)
        QApplication.sendEvent(widget, event)
    QApplication.processEvents()


def type_passphrase(box: QWidget, *, twice: bool = False) -> None:
    for name in ("passphrase", "passphrase.again") if twice else ("passphrase",):
        write(child(box, name), PASSPHRASE)


def cells(table: QWidget, column: int) -> list[str]:
    assert isinstance(table, QAbstractItemView)
    model = table.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def enter(window: MainWindow, desk: str) -> None:
    press(window, f"door.{desk}")


def label(inside: QWidget, name: str) -> str:
    found = child(inside, name)
    assert isinstance(found, QLabel)
    return found.text().replace("\u200b", "")


def pick(box: QWidget, value: object) -> None:
    """Goes down a list with the arrow key until `value` is chosen."""
    assert isinstance(box, QComboBox)
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Home)
    while box.currentData() != value:
        place = box.currentIndex()
        QTest.keyClick(box, Qt.Key.Key_Down)
        assert box.currentIndex() > place, "not among the choices"
    settle()


def click_row(table: QWidget, row: int) -> None:
    assert isinstance(table, QTableView)
    table.scrollTo(table.model().index(row, 0))
    spot = table.visualRect(table.model().index(row, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    settle()


def on_slips(slips: Path, bundles: Path) -> Iterator[tuple[str, Path, str]]:
    """Expert, bundle and secret as a reader of the printed slips sees them."""
    printed = subprocess.run(["pdftotext", "-layout", slips, "-"], capture_output=True, check=True).stdout.decode()
    pages = [text for text in printed.split("\f") if text.strip()]
    for path in sorted(bundles.iterdir()):
        (expert,) = re.findall(r"E-?\d\d(?!\d)", path.name)
        (text,) = [text for text in pages if re.search(rf"\b{expert}\b", text)]
        (secret,) = SECRET.findall(text.lower())
        yield expert, path, secret
