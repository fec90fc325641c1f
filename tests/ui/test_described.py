"""Drawings and numbers in words: what stands on the screen as a line, a bar or a place is said to those who listen."""

from __future__ import annotations

from fractions import Fraction

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.phrase import LocalText
from ndb_desktop.domain.plot import Mark, Plot, Segment
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert.check_rows import FIRST, NAME, TOTAL
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.curve import CurvePlot
from tests.support import access
from tests.support.review import MadeReview
from tests.support.window import child, finish_by_service, review_of, settle, start_review

LINE = Plot(
    LocalText("研发投入强度", "R&D intensity"),
    "percent",
    (Fraction(2), Fraction(4)),
    (
        Segment(Fraction(0), Fraction(0), Fraction(2), Fraction(60)),
        Segment(Fraction(2), Fraction(60), Fraction(4), Fraction(100)),
    ),
    (Mark("now", Fraction(3), Fraction(80)),),
)


def test_a_curve_says_which_figure_gives_how_many_points_of_how_many(qtbot: QtBot) -> None:
    curve = CurvePlot()
    qtbot.addWidget(curve)
    curve.show_plot(LINE)
    curve.show()
    assert access.said(curve) == "计分曲线：研发投入强度"
    said = access.said(curve, QAccessible.Text.Description)
    assert "2 % 得 60 分" in said
    assert "满分 100 分" in said
    assert "现值 3 %，80 分" in said
    i18n.set_language("en")
    curve.show_plot(LINE)
    said = access.said(curve, QAccessible.Text.Description)
    assert "out of 100 points: present 3 %: 80" in said


def test_every_cell_of_the_matrix_says_application_item_value_and_state(window: MainWindow, made: MadeReview) -> None:
    start_review(window, made)
    finish_by_service(window, made)
    page = review_of(window)
    page.go("check")
    settle()
    model, matrix = page.check.model, child(window, "check.matrix")
    assert access.interface(matrix).role() == access.Role.Table
    role = Qt.ItemDataRole.AccessibleTextRole
    applicants = [application.applicant for application in made.applications]
    for row in range(model.rowCount()):
        for column in range(model.columnCount()):
            index = model.index(row, column)
            said = str(model.data(index, role))
            assert said.split(",")[0] in applicants
            cell = model.cell(index)
            if column == NAME:
                assert "已完成" in said
            elif column == TOTAL:
                assert "总分" in said
                assert said.endswith(" 分")
            else:
                assert cell is not None
                # The bar below the number is the number.
                assert f"{cell.text} 分" in said
                assert cell.name in said
                assert cell.state.text in said
    heads = [str(model.headerData(n, Qt.Orientation.Horizontal, role)) for n in range(model.columnCount())]
    assert all(head.strip() for head in heads)
    assert all("最低" in head and "最高" in head for head in heads[FIRST:])
