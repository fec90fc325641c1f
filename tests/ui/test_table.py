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


def test_the_first_letter_finds_what_was_put_together_while_nothing_was_to_be_done(qtbot: QtBot) -> None:
    asked: list[str] = []
    rows = [(f"A-{number:04}", "x") for number in range(1_100)]
    table = made(qtbot, rows, asked)
    # Once for the widths, once for the words.
    qtbot.waitUntil(lambda: len(asked) >= 2 * len(rows))
    qtbot.wait(20)
    asked.clear()
    table.search("a-1099")
    assert shown(table) == ["A-1099"]
    assert len(asked) < 10
    table.set_rows([(name.replace("A", "B"), "y") for name, _ in rows])
    assert shown(table) == []
    table.search("b-0007")
    assert shown(table) == ["B-0007"]
    # Whatever was put together of the rows before is gone, and half of it stands in for nothing.
    qtbot.wait(600)
    table.search("b-1099")
    assert shown(table) == ["B-1099"]


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


def test_the_column_that_takes_what_is_left_keeps_how_its_words_begin(qtbot: QtBot) -> None:
    columns: tuple[Column[Row], ...] = (
        Column("Datum", lambda row: row[0], stretch=True), Column("Declared", lambda row: row[1]),
    )  # fmt: skip
    table = DataTable("rows", columns)
    qtbot.addWidget(table)
    table.resize(600, 200)
    table.show()
    table.set_rows([("Revenue of the leading industry", "475.12 ×100 million yuan")])
    assert table.horizontalScrollBar().maximum() == 0
    assert table.columnWidth(0) > 300
    table.resize(220, 200)
    assert table.columnWidth(0) == theme.pixels(120)
    assert table.horizontalScrollBar().maximum() > 0
    table.set_rows([("A", "475.12 ×100 million yuan")])
    assert table.columnWidth(0) < theme.pixels(120), "short words need no more than their heading"
    table.resize(600, 200)
    assert table.columnWidth(0) > 300


def test_every_pixel_behind_the_rows_is_painted(qtbot: QtBot) -> None:
    """The viewport says that it paints all of itself, so nothing may be left as it was."""
    table = made(qtbot, [("A", "x")])
    picture = table.grab().toImage()
    ratio = picture.devicePixelRatio()
    place = table.viewport().mapTo(table, table.viewport().rect().center())
    found = picture.pixelColor(int(place.x() * ratio), int((place.y() + 60) * ratio))
    assert found.name() == theme.color("surface").name()


def test_a_page_of_other_rows_asks_for_each_of_its_cells_once(qtbot: QtBot) -> None:
    asked: list[str] = []
    table = made(qtbot, [(f"A-{number:04d}", "x") for number in range(2_000)], asked)
    table.grab()
    qtbot.mouseClick(
        table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(table.proxy.index(0, 0)).center()
    )
    qtbot.keyClick(table, Qt.Key.Key_PageDown)
    qtbot.keyClick(table, Qt.Key.Key_PageDown)
    asked.clear()
    table.viewport().grab()
    first, last = table.rowAt(0), table.rowAt(table.viewport().height() - 1)
    assert first > 0
    assert asked == [f"A-{number:04d}" for number in range(first, last + 1)]


def ink(table: DataTable, line: int, column: int) -> dict[str, int]:
    """How many pixels of a cell have which colour."""
    picture = table.viewport().grab().toImage()
    ratio = picture.devicePixelRatio()
    cell = table.visualRect(table.proxy.index(line, column))
    found: dict[str, int] = {}
    for x in range(int(cell.left() * ratio), int((cell.right() + 1) * ratio)):
        for y in range(int(cell.top() * ratio), int(cell.bottom() * ratio)):
            name = picture.pixelColor(x, y).name()
            found[name] = found.get(name, 0) + 1
    return found


def test_the_chosen_row_has_another_ground_and_no_words_run_into_the_next_cell(qtbot: QtBot) -> None:
    columns: tuple[Column[Row], ...] = (
        Column("a", lambda row: row[0], width=60),
        Column("b", lambda row: row[1], width=60, colour=lambda row: "danger" if row[0] == "B" else ""),
        Column("c", lambda _row: "", width=60, icon=lambda row: ("flag", "warning") if row[0] == "B" else None),
        Column("d", lambda row: row[0], number=True, stretch=True),
    )
    table = DataTable("rows", columns)
    qtbot.addWidget(table)
    table.resize(500, 300)
    table.set_rows([("A", "x"), ("B", "words that are far too long for their cell"), ("C", "first\nsecond")])
    table.show()
    surface, soft = theme.color("surface").name(), theme.color("accent_soft").name()
    assert theme.color("danger").name() in ink(table, 1, 1)
    assert theme.color("warning").name() in ink(table, 1, 2), "the icon"
    assert set(ink(table, 0, 2)) == {surface}
    assert len(ink(table, 2, 1)) > 2
    qtbot.mouseClick(
        table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(table.proxy.index(0, 0)).center()
    )
    assert set(ink(table, 0, 2)) == {soft}
    assert soft not in ink(table, 1, 2)
    table.setColumnHidden(1, True)
    assert soft in ink(table, 0, 3), "a row is one piece with a column gone"
    right = table.visualRect(table.proxy.index(0, 3))
    picture = table.viewport().grab(right.adjusted(right.width() // 2, 0, 0, -1)).toImage()
    drawn = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
    assert theme.color("on_accent_soft").name() in drawn, "numbers stand right"
