"""Tables of thousands of rows: searching as one types, widths that stay, scrolling that moves what is painted."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ndb_desktop.ui import theme
from ndb_desktop.ui.coordinator.page import search_box
from ndb_desktop.ui.widgets.table import Column, DataTable

Row = tuple[str, str]


def made(qtbot: QtBot, rows: list[Row], asked: list[str] | None = None) -> DataTable:
    def text(row: Row) -> str:
        if asked is not None:
            asked.append(row[0])
        return row[0]

    columns: tuple[Column[Row], ...] = (
        Column("ID", text), Column("Name", lambda row: row[1]), Column("", lambda _row: "", stretch=True),
    )  # fmt: skip
    table = DataTable("rows", columns)
    qtbot.addWidget(table)
    table.resize(600, 400)
    table.set_rows(rows)
    table.show()
    return table


def shown(table: DataTable) -> list[str]:
    return [str(table.proxy.index(line, 0).data()) for line in range(table.proxy.rowCount())]


def test_typing_shows_rows_with_the_words_in_any_cell(qtbot: QtBot) -> None:
    table = made(qtbot, [("A-1", "示范园区"), ("B-2", "Straße"), ("C-12", "园区 a-1")])
    box = search_box("search", table)
    qtbot.addWidget(box)
    qtbot.keyClicks(box, "a-1")
    assert shown(table) == ["A-1", "C-12"]
    box.setText("园区")
    assert shown(table) == ["A-1", "C-12"]
    box.setText("STRASSE")
    assert shown(table) == ["B-2"]
    box.setText("1.示")
    assert shown(table) == [], "a letter is a letter, not a pattern, and cells are not one text"
    box.clear()
    assert shown(table) == ["A-1", "B-2", "C-12"]


def test_what_was_searched_for_holds_for_rows_that_come_later(qtbot: QtBot) -> None:
    table = made(qtbot, [("A-1", "x")])
    table.search("b")
    assert shown(table) == []
    table.set_rows([("A-1", "x"), ("B-1", "y"), ("C-1", "b")])
    assert shown(table) == ["B-1", "C-1"]
    table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    assert shown(table) == ["C-1", "B-1"]
    chosen = table.proxy.mapToSource(table.proxy.index(0, 0)).row()
    assert table.source.row_at(chosen) == ("C-1", "b")


def test_each_letter_is_no_new_look_at_every_cell(qtbot: QtBot) -> None:
    asked: list[str] = []
    table = made(qtbot, [(f"A-{number:04d}", "x") for number in range(2_000)], asked)
    table.search("a")
    asked.clear()
    for text in ("a-", "a-1", "a-19", "a-199"):
        table.search(text)
    # Only what is painted is asked for again: a screen full of rows, not two thousand.
    assert len(asked) < 1_000
    assert shown(table) == [f"A-199{number}" for number in range(10)]


def test_a_column_is_as_wide_as_its_widest_cell_and_stays_so_while_one_searches(qtbot: QtBot) -> None:
    words = ["short", "iiiiiiiiiiiiiiiiiiii", "示范园区示范园区示范园区", "WWWWWWWWWWWWWWWWW"]
    table = made(qtbot, list(zip("ABCD", words, strict=True)))
    needed = [table.sizeHintForIndex(table.proxy.index(line, 1)).width() for line in range(4)]
    assert table.columnWidth(1) >= max(needed)
    before = table.columnWidth(1)
    table.search("short")
    assert shown(table) == ["A"]
    assert table.columnWidth(1) == before
    table.set_rows([("A", "short")])
    table.search("")
    assert table.columnWidth(1) < before


def test_every_pixel_behind_the_rows_is_painted(qtbot: QtBot) -> None:
    """The viewport says that it paints all of itself, so nothing may be left as it was."""
    table = made(qtbot, [("A", "x")])
    picture = table.grab().toImage()
    ratio = picture.devicePixelRatio()
    place = table.viewport().mapTo(table, table.viewport().rect().center())
    found = picture.pixelColor(int(place.x() * ratio), int((place.y() + 60) * ratio))
    assert found.name() == theme.color("surface").name()
