"""Room and access on the inbox, the contradictions and the list of who is missing: nothing cut, everything named."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QScrollArea

from ndb_desktop.ui.coordinator.fitting_table import to_hide
from ndb_desktop.ui.coordinator.merge_page import MergePage
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.sight import in_sight, to_top
from tests.support.access import against_the_reader, called, focusable, tab_stops, wrong_roles
from tests.support.clipping import findings, name_of
from tests.support.coordinator import Dialogs, page_of
from tests.support.returned import make_returned
from tests.support.rooms import fit
from tests.support.supervised import open_in
from tests.support.window import child, press, settle

LOOKS = (("zh_CN", 1.0, QSize(1366, 768)), ("en", 1.0, QSize(1366, 768)), ("en", 1.5, QSize(1440, 900)))


def show(window: MainWindow, part: str) -> MergePage:
    page = page_of(window, "merge")
    assert isinstance(page, MergePage)
    page.banner.dismiss()
    page.open_part(part)
    settle()
    return page


@pytest.mark.parametrize(("language", "factor", "size"), LOOKS)
def test_nothing_is_cut_and_everything_has_a_name(
    window: MainWindow,
    tmp_path: Path,
    dialogs: Dialogs,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    factor: float,
    size: QSize,
) -> None:
    window.set_language(language)
    if factor != 1.0:
        window.set_font(factor)
    fit(window, size)
    open_in(window, make_returned(tmp_path), dialogs, monkeypatch)
    found: dict[str, list[object]] = {}

    def look(name: str, page: MergePage) -> None:
        window.activateWindow()
        nameless = [name_of(widget) for widget in focusable(page) if not called(widget) or not widget.objectName()]
        found[name] = [*findings(window), *nameless, *wrong_roles(page)]
        # Within a tab widget Qt keeps the page before its tabs.
        order = against_the_reader(tab_stops(window), window)
        found[name] += [one for one in order if not one.startswith("qt_tabwidget_tabbar")]

    look("empty", show(window, "inbox"))
    dialogs.folder = tmp_path / "in"
    press(window, "merge.folder")
    page = show(window, "inbox")
    page.inbox.table.setCurrentIndex(page.inbox.table.model().index(1, 0))
    settle()
    look("plan", page)
    press(window, "merge.accept")
    press(window, "inbox.undo")
    look("undo", show(window, "inbox"))
    (area,) = [one for one in page.findChildren(QScrollArea) if one.isAncestorOf(page.tabs)]
    press(window, "inbox.undo.keep")
    to_top(area, page.tabs)
    press(window, "inbox.undo")
    assert in_sight(area, page.inbox.last_card), "the question is there when it is asked"
    look("contradiction", show(window, "conflicts"))
    page = show(window, "missing")
    page.missing.table.selectRow(1)
    settle()
    look("missing", page)
    assert child(page, "missing.copy").isVisible()
    assert {name: what for name, what in found.items() if what} == {}


def test_columns_give_way_in_their_order() -> None:
    widths = {0: 100, 1: 80, 3: 60, 4: 50}
    assert to_hide(widths, (4, 3), 400) == frozenset()
    assert to_hide(widths, (4, 3), 250) == {4}
    assert to_hide(widths, (4, 3), 200) == {4, 3}
    assert to_hide(widths, (4, 3), 10) == {4, 3}, "the others stay"
