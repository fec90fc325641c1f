"""Room and access on the page of rule packs: nothing cut in any of its parts, everything named, in one order."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSize

from ndb_desktop.ui.coordinator.packs_page import PacksPage
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.access import against_the_reader, called, focusable, tab_stops, wrong_roles
from tests.support.clipping import findings, name_of, settle_layouts
from tests.support.coordinator import Dialogs, open_sample, page_of
from tests.support.packsheets import with_cells
from tests.support.rooms import fit
from tests.support.window import settle

LOOKS = (("zh_CN", 1.0, QSize(1366, 768)), ("en", 1.0, QSize(1366, 768)), ("en", 1.5, QSize(1440, 900)))


@pytest.mark.parametrize(("language", "factor", "size"), LOOKS)
def test_nothing_is_cut_and_everything_has_a_name(
    window: MainWindow, sample: Path, tmp_path: Path, dialogs: Dialogs, language: str, factor: float, size: QSize
) -> None:
    window.set_language(language)
    if factor != 1.0:
        window.set_font(factor)
    fit(window, size)
    open_sample(window, sample, dialogs)
    page = page_of(window, "packs")
    assert isinstance(page, PacksPage)
    found: dict[str, list[object]] = {}

    def look(name: str, part: str) -> None:
        page.open_part(part)
        page.banner.dismiss()
        window.activateWindow()
        settle()
        # A panel that was just made is placed with the next frame.
        settle_layouts()
        nameless = [name_of(widget) for widget in focusable(page) if not called(widget)]
        found[name] = [*findings(window), *nameless, *wrong_roles(page)]
        # Within a tab widget Qt keeps the page before its tabs.
        order = against_the_reader(tab_stops(window), window)
        found[name] += [one for one in order if not one.startswith("qt_tabwidget_tabbar")]

    for part in ("form", "preview", "compare", "check"):
        look(part, part)
    good, bad = tmp_path / "other-park.xlsx", tmp_path / "faulty.xlsx"
    good.write_bytes(with_cells({"settings!B3": "9.9"}, "park"))
    bad.write_bytes(with_cells({"indicators!E3": "abc"}, "park"))
    page.take((good,))
    settle()
    look("two to compare", "compare")
    page.take((bad,))
    settle()
    look("faults", "check")
    look("nothing to show", "form")
    assert {name: what for name, what in found.items() if what} == {}
