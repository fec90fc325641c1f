"""A table and its card: beside each other on a wide screen, the table above on a tablet, with whole words in it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QTableView, QWidget

from ndb_desktop.domain.siterecord import Observation
from ndb_desktop.ui.inspection.list_and_card import ROWS
from ndb_desktop.ui.inspection.view import SiteView
from tests.support.clipping import settle_layouts
from tests.support.site_window import go
from tests.support.window import child, press, settle


def places(view: SiteView, page: str, card: str) -> tuple[QPoint, QPoint, QTableView]:
    """Where the table and something on the card begin."""
    table, part = child(view, f"site.{page}.table"), child(view, card)
    assert isinstance(table, QTableView)
    root = QWidget.window(view)
    return table.mapTo(root, QPoint(0, 0)), part.mapTo(root, QPoint(0, 0)), table


@pytest.mark.parametrize(
    ("page", "card"),
    [("checks", "site.check.title"), ("answers", "site.answer.title"), ("findings", "site.observation.text")],
)
def test_the_table_stands_above_its_card_where_there_is_no_room_beside_it(
    declared: SiteView, page: str, card: str
) -> None:
    if page == "findings":
        go(declared, page)
        press(declared, "site.observation.add")
    go(declared, page)
    declared.resize(1366, 800)
    settle_layouts()
    first, second, table = places(declared, page, card)
    assert second.x() > first.x() + table.width()
    assert table.height() > 200
    declared.resize(1024, 640)
    settle_layouts()
    first, second, table = places(declared, page, card)
    assert second.y() >= first.y() + table.height()
    assert table.horizontalScrollBar().maximum() == 0
    rows = table.model().rowCount()
    seen = table.viewport().height() // table.rowHeight(0)
    assert seen == min(rows, ROWS), "whole rows, and not more than a few"
    declared.resize(1366, 800)
    settle_layouts()
    first, second, table = places(declared, page, card)
    assert second.x() > first.x() + table.width(), "and back"


def test_rows_that_come_are_seen_above_the_card_too(declared: SiteView) -> None:
    go(declared, "findings")
    press(declared, "site.observation.add")
    declared.resize(1024, 640)
    settle_layouts()
    _, _, table = places(declared, "findings", "site.observation.text")
    low = table.height()
    declared.stack.currentWidget().store.put(Observation("O1-07", "x"), Observation("O1-08", "y"))
    settle()
    settle_layouts()
    assert table.height() == low + 2 * table.rowHeight(0)
