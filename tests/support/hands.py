"""A person at the window on a machine of their own: files dropped, texts typed by keys or an input method."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.ui.settings import Settings
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import window as helper
from tests.support.window import child, press, settle

PASSPHRASE = "correct horse battery"


@contextmanager
def opened(qtbot: QtBot, profile: Path) -> Iterator[MainWindow]:
    """A window on a person's own machine, closed at the end as a user closes it."""
    profile.mkdir(exist_ok=True)
    window = MainWindow(Settings(profile), profile, helper.now)
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
