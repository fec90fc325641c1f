"""推荐单位 in the coordinator's window: read a table, see what would change in words, take it; by clicks."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit

from ndb_desktop.domain.recommenders import Recommender
from ndb_desktop.services.batch_plan import builtin_recommenders, read_recommender_table
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.table import DataTable
from tests.support.coordinator import Dialogs, open_sample, page_of, said
from tests.support.window import child, press, settle

ROWS = "地区代码,推荐单位\n440000,广东省工业和信息化厅\n440300,深圳市工业和信息化局\n"


def text_of(window: MainWindow, name: str) -> str:
    label = child(window, name)
    assert isinstance(label, QLabel)
    return label.text()


def type_reason(window: MainWindow, words: str) -> None:
    field = child(window, "recommenders.reason")
    assert isinstance(field, QLineEdit)
    field.setText(words)


def test_a_list_is_compared_in_words_taken_with_a_reason_and_written_out(
    window: MainWindow, sample: Path, tmp_path: Path, dialogs: Dialogs
) -> None:
    store = open_sample(window, sample, dialogs).store
    assert store is not None
    page_of(window, "applications")
    assert not child(window, "recommenders.table").isVisible()
    press(window, "applications.recommenders")
    assert not child(window, "applications.table").isVisible()
    table = child(window, "recommenders.table")
    assert isinstance(table, DataTable)

    # The sample has no list: the empty state says so, and the one supplied is a first list.
    press(window, "recommenders.shipped")
    assert child(window, "recommenders.card").isVisible()
    supplied = builtin_recommenders()
    assert text_of(window, "recommenders.changes").startswith(
        tr("recommenders.change.first", count=len(supplied.rows))
    )  # fmt: skip
    assert table.model().rowCount() == len(supplied.rows)
    assert not child(window, "recommenders.take").isEnabled(), "not without a reason"
    assert store.snapshot.facts.recommenders is None, "looking changes nothing"
    type_reason(window, "按本批次通知")
    press(window, "recommenders.take")
    assert store.snapshot.facts.recommenders is not None
    assert store.snapshot.facts.recommenders.rows == supplied.rows
    assert tr("recommenders.taken") in said(window, "applications")

    # The switch of the 计划单列市 is a change like any other.
    cities = child(window, "recommenders.cities")
    assert isinstance(cities, QCheckBox)
    assert not cities.isChecked()
    cities.click()
    settle()
    assert text_of(window, "recommenders.changes") == tr("recommenders.change.cities.yes")
    press(window, "recommenders.drop")
    assert not cities.isChecked()
    assert not child(window, "recommenders.card").isVisible()

    dialogs.file = tmp_path / "list.csv"
    dialogs.file.write_text(ROWS, encoding="gbk")
    press(window, "recommenders.file")
    settle()
    words = text_of(window, "recommenders.changes")
    gone = next(row for row in supplied.rows if not row.region.startswith("44"))
    assert tr("recommenders.change.removed", region=gone.region, name=gone.name) in words
    assert tr("recommenders.more", count=len(supplied.rows) - 2 - 12) in words
    cities.click()
    settle()
    type_reason(window, "名单有误")
    press(window, "recommenders.take")
    listed = store.snapshot.facts.recommenders
    assert [row.region for row in listed.rows] == ["440000", "440300"]
    assert listed.cities
    assert [row.details["reason"] for row in store.office.registry.journal.rows(action="recommenders")] == [
        "按本批次通知", "名单有误",
    ]  # fmt: skip

    dialogs.target = tmp_path / "out.csv"
    press(window, "recommenders.write")
    settle()
    assert read_recommender_table(dialogs.target) == (
        Recommender("440000", "广东省工业和信息化厅"), Recommender("440300", "深圳市工业和信息化局"),
    )  # fmt: skip
    dialogs.file = dialogs.target
    press(window, "recommenders.file")
    settle()
    assert text_of(window, "recommenders.changes") == tr("recommenders.same")
    assert not child(window, "recommenders.take").isEnabled()
    press(window, "recommenders.back")
    assert child(window, "applications.table").isVisible()


def test_a_faulty_table_changes_nothing_and_is_told_at_its_rows(
    window: MainWindow, sample: Path, tmp_path: Path, dialogs: Dialogs
) -> None:
    store = open_sample(window, sample, dialogs).store
    assert store is not None
    page_of(window, "applications").open_part("recommenders")
    dialogs.file = tmp_path / "list.csv"
    dialogs.file.write_text(ROWS + "44,名称\n", encoding="utf-8")
    press(window, "recommenders.file")
    settle()
    banner = page_of(window, "applications").findChild(Banner)
    assert banner is not None
    message = banner.message()
    assert message is not None
    assert any("list.csv" in line and "E-RECOMMENDERS-REGION" in line for line in message.details)
    assert not child(window, "recommenders.card").isVisible()
    assert store.snapshot.facts.recommenders is None
