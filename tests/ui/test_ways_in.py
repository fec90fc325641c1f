"""The pages by which a desk is entered: the button, and what was open lately."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.ui.coordinator.open_page import ChooseOfficePage
from ndb_desktop.ui.expert import open_page as expert
from ndb_desktop.ui.inspection import open_page as inspection
from ndb_desktop.ui.plain import LinkButton
from ndb_desktop.ui.widgets.opening import ChoosePage

WAYS = [
    pytest.param(ChooseOfficePage, "office.choose.button", "office.recent", id="coordinator"),
    pytest.param(expert.choose_page, "open.choose", "open.recent", id="expert"),
    pytest.param(inspection.ChooseVisitPage, "site.choose.button", "site.recent", id="inspection"),
]


def press(page: QWidget, name: str) -> None:
    button = page.findChild(QAbstractButton, name)
    assert button is not None
    button.click()


@pytest.mark.parametrize(("make", "button", "links"), WAYS)
def test_the_button_asks_and_each_recent_path_is_a_link(
    make: Callable[[Sequence[Path]], ChoosePage], button: str, links: str, qtbot: QtBot
) -> None:
    recent = [Path("one/first"), Path("one/second")]
    page = make(recent)
    qtbot.addWidget(page)
    with qtbot.waitSignal(page.choose):
        press(page, button)
    with qtbot.waitSignal(page.chosen) as told:
        press(page, f"{links}.1")
    assert told.args == [recent[1]]


@pytest.mark.parametrize(("make", "button", "links"), WAYS)
def test_nothing_was_open_lately(
    make: Callable[[Sequence[Path]], ChoosePage], button: str, links: str, qtbot: QtBot
) -> None:
    page = make([])
    qtbot.addWidget(page)
    assert page.findChild(LinkButton, f"{links}.0") is None
    assert page.focusProxy() is page.findChild(QAbstractButton, button)
