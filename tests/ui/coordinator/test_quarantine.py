"""Contradictions in the window: where versions differ, no value anywhere before the decision is signed, then all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QLabel, QLineEdit, QTableView, QTabWidget, QWidget

from ndb_desktop.ui.coordinator.merge_page import MergePage
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.coordinator import Dialogs, page_of
from tests.support.returned import SCORES, SECRETS, make_returned
from tests.support.supervised import open_in, sign_second
from tests.support.window import child, press, settle

ROLES = (
    Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.UserRole,
    Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.AccessibleDescriptionRole, Qt.ItemDataRole.StatusTipRole,
    Qt.ItemDataRole.WhatsThisRole,
)  # fmt: skip


def cells(model: QAbstractItemModel, parent: QModelIndex | None = None) -> Iterator[str]:
    parent = parent or QModelIndex()
    # Of a list Qt hides how many columns it has.
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)
    for row in range(model.rowCount(parent)):
        for column in range(columns):
            index = model.index(row, column, parent)
            yield from (str(index.data(role)) for role in ROLES)
        yield from cells(model, model.index(row, 0, parent))


def told(window: QWidget) -> str:
    """Everything any widget says, shows, or would say or show, and what lies on the clipboard; no digest or moment."""
    return re.sub(r"[0-9a-f]{12,}|SHA256:\S+|\d{4}-\d\d-\d\dT[\d:]+Z|\d\d:\d\d", "", "\n".join(_told(window)))


def leaks(window: QWidget) -> list[str]:
    """Which words or scores of the versions are there."""
    words = told(window)
    return [one for one in SECRETS if one in words] + [
        one for one in SCORES if re.search(rf"(?<![\d.A-Z-]){one}(?![\d%])", words)
    ]


def _told(window: QWidget) -> list[str]:
    found = [QGuiApplication.clipboard().text(), window.windowTitle()]
    for widget in (window, *window.findChildren(QWidget)):
        found += [widget.accessibleName(), widget.accessibleDescription(), widget.toolTip(), widget.statusTip()]
        found += [widget.whatsThis(), widget.objectName()]
        if isinstance(widget, (QLabel, QLineEdit)):
            found.append(widget.text())
        if isinstance(widget, QComboBox):
            found += [str(widget.itemData(n, role)) for n in range(widget.count()) for role in ROLES]
        if isinstance(widget, QTabWidget):
            found += [widget.tabText(n) + widget.tabToolTip(n) for n in range(widget.count())]
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            found += cells(widget.model())
    found += [str(name) for name in (thing.objectName() for thing in window.findChildren(QObject))]
    return found


def opened(window: MainWindow, folder: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch) -> MergePage:
    open_in(window, folder, dialogs, monkeypatch)
    page_of(window, "overview")
    steps = child(window, "overview.steps")
    assert isinstance(steps, QTableView)
    model = steps.model()
    (line,) = [n for n in range(model.rowCount()) if "矛盾" in model.index(n, 0).data()]
    steps.setFocus()
    steps.setCurrentIndex(model.index(line, 0))
    QTest.keyClick(steps, Qt.Key.Key_Return)
    settle()
    page = page_of(window, "merge")
    assert isinstance(page, MergePage)
    assert page.conflicts.isVisible(), "the overview leads there"
    return page


def copy_everything(table: QTableView) -> None:
    table.setFocus()
    for row in range(table.model().rowCount()):
        for column in range(table.model().columnCount()):
            table.setCurrentIndex(table.model().index(row, column))
            QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
            assert not any(one in QGuiApplication.clipboard().text() for one in (*SECRETS, *SCORES))


def test_no_value_is_anywhere_before_the_decision_is_signed_and_all_are_after(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(window, make_returned(tmp_path), dialogs, monkeypatch)
    settle()
    table = page.conflicts.differences
    assert table is not None
    names = [table.model().index(row, 0).data() for row in range(table.model().rowCount())]
    assert len(names) == 3
    assert any("分数" in name for name in names)
    assert [table.model().index(0, column).data() for column in (1, 2)] == ["已隐藏 · A", "已隐藏 · B"]
    copy_everything(table)
    assert leaks(window) == []
    assert "e01.ndbscore" in told(page.conflicts)
    assert "e01-b.ndbscore" in told(page.conflicts)
    assert not child(page, "merge.conflict.decide").isEnabled()
    assert child(page, "conflicts.lacks").text() == "还要选择计入哪一份。"  # type: ignore[attr-defined]
    choice = child(page, "merge.conflict.version")
    choice.setFocus()
    QTest.keyClick(choice, Qt.Key.Key_Down)
    assert choice.value() is not None  # type: ignore[attr-defined]
    assert not child(page, "merge.conflict.decide").isEnabled(), "a reason is needed"
    child(page, "merge.conflict.reason").setText("电话核实，以第一份为准")  # type: ignore[attr-defined]
    assert leaks(window) == []

    press(page, "merge.conflict.decide")
    assert set(leaks(page.conflicts)) == {*SECRETS, *SCORES}, "the values come with the decision"
    said = child(page, "conflicts.said").text()  # type: ignore[attr-defined]
    assert "电话核实" in said
    assert "裁定前：2 份都不计入" in said
    assert "裁定后计入第 1 份" in said
    assert not child(page, "merge.conflict.decide").isVisible()
    QTest.keyClick(table, Qt.Key.Key_Home)
    page.conflicts.differences.selectRow(0)  # type: ignore[union-attr]
    settle()

    page.open_part("inbox")
    settle()
    page.open_part("conflicts")
    settle()
    assert leaks(window) == [], "they are gone with the page"
    assert "电话核实" in child(page, "conflicts.said").text()  # type: ignore[attr-defined]
    store = page.store
    assert [one.kind for one in store.snapshot.decisions] == ["contradiction"]
    assert not [row for row in store.snapshot.standings if row.state == "conflict"]


def test_a_supervisor_is_asked_where_the_rule_wants_it(
    window: MainWindow, tmp_path: Path, own_profile: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ndb_desktop.domain import decision
    from tests.support import supervised

    folder = make_returned(tmp_path, trial=False)
    supervised.appoint(folder)
    supervised.key_in_profile(own_profile)
    monkeypatch.setattr(decision, "TWO_PERSON", decision.TWO_PERSON | {"contradiction"})
    page = opened(window, folder, dialogs, monkeypatch)
    choice = child(page, "merge.conflict.version")
    choice.setFocus()
    QTest.keyClick(choice, Qt.Key.Key_Down)
    child(page, "merge.conflict.reason").setText("电话核实")  # type: ignore[attr-defined]
    press(page, "merge.conflict.decide")
    assert child(window, "second").isVisible()
    assert leaks(window) == []
    sign_second(window)
    assert set(leaks(page.conflicts)) == {*SECRETS, *SCORES}
    assert len(page.store.snapshot.decisions[-1].keyids) == 2


def test_without_contradictions_the_page_says_so(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_in(window, make_returned(tmp_path, quarrel=False), dialogs, monkeypatch)
    page = page_of(window, "merge")
    assert isinstance(page, MergePage)
    page.open_part("conflicts")
    assert page.conflicts.empty.isVisible()
    assert not page.conflicts.card.isVisible()
