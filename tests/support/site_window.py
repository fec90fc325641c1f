"""An open visit as its member sees it: pages, fields and counts, reached as a hand reaches them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListWidget, QPlainTextEdit
from pytestqt.qtbot import QtBot

from ndb_desktop.ui.inspection.view import STEPS, SiteView
from tests.support.window import child, settle

LABELS = [step.id for step in STEPS]


def go(view: SiteView, page: str) -> None:
    """Chooses a step at the left."""
    nav = child(view, "site.nav")
    assert isinstance(nav, QListWidget)
    nav.setCurrentRow(LABELS.index(page))
    settle()


def write(view: SiteView, qtbot: QtBot, name: str, text: str) -> None:
    """Writes over what stands in a field, and leaves it with Tab."""
    field = child(view, name)
    assert isinstance(field, QLineEdit | QPlainTextEdit)
    field.setFocus()
    field.selectAll()
    # As an input method hands it over: keys of a test know no Chinese.
    if isinstance(field, QLineEdit):
        field.insert(text)
    else:
        field.insertPlainText(text)
    qtbot.keyClick(field, Qt.Key.Key_Tab)  # type: ignore[no-untyped-call]
    settle()


def counts(view: SiteView) -> dict[str, str]:
    """What stands beside each step."""
    nav = child(view, "site.nav")
    assert isinstance(nav, QListWidget)
    return {page: nav.item(row).text() for row, page in enumerate(LABELS)}
