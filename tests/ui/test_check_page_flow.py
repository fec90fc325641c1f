"""From the check page to the scoring page and back, in the real window on a real bundle."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from ndb_desktop.ui.expert.check_page import CheckPage
from ndb_desktop.ui.expert.check_rows import FIRST
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.review import MadeReview
from tests.support.window import child, desk_of, finish_by_service, press, review_of, settle, start_review

Key, Left = Qt.Key, Qt.MouseButton.LeftButton


def check_of(window: MainWindow) -> CheckPage:
    press(window, "step.check")
    return review_of(window).check


def place_of(window: MainWindow) -> tuple[str, str]:
    walk = desk_of(window).walk
    assert walk is not None
    return walk.application, walk.item


def test_a_cell_leads_to_its_item_and_the_way_back_to_the_cell(window: MainWindow, made: MadeReview) -> None:
    review = start_review(window, made)
    check = check_of(window)
    index = check.model.place(made.ids[1], "P3.2.basis")
    check.matrix.scrollTo(index)
    QTest.mouseClick(check.matrix.viewport(), Left, pos=check.matrix.visualRect(index).center())
    settle()
    assert (review.step, place_of(window)) == ("score", (made.ids[1], "P3.2.basis"))
    press(window, "review.back_to_check")
    assert review.step == "check"
    assert check.model.target(check.matrix.currentIndex()) == (made.ids[1], "P3.2.basis")
    assert QApplication.focusWidget() is check.matrix
    QTest.keyClick(check.matrix, Key.Key_Right)
    QTest.keyClick(check.matrix, Key.Key_Return)
    settle()
    assert (review.step, place_of(window)) == ("score", (made.ids[1], "P3.3.basis"))
    press(window, "step.check")
    assert check.model.target(check.matrix.currentIndex()) == (made.ids[1], "P3.3.basis")
    press(window, "step.score")
    assert not child(window, "review.back_to_check").isVisible(), "not come from there this time"


def test_the_scores_follow_while_one_works_and_the_order_is_never_kept(window: MainWindow, made: MadeReview) -> None:
    start_review(window, made)
    check = check_of(window)
    header = check.matrix.horizontalHeader()
    spot = QPoint(header.sectionViewportPosition(FIRST) + 20, 20)
    QTest.mouseClick(header.viewport(), Left, pos=spot)
    settle()
    assert check.model.sorting == (FIRST, True)
    press(window, "step.score")
    finish_by_service(window, made)
    check = check_of(window)
    assert all(cell.value is not None for row in check.model.shown for cell in row.cells)
    assert check.next.isEnabled()
    window.set_theme("dark")
    settle()
    again = review_of(window).check
    assert again is not check
    settle()
    assert again.model.sorting is None
    assert [row.id for row in again.model.shown] == list(made.ids[:2]), "built anew, nothing was kept"


def test_a_document_opens_from_the_comparison_and_the_comparison_is_still_there(
    window: MainWindow, made: MadeReview
) -> None:
    review = start_review(window, made)
    check = check_of(window)
    check.matrix.setCurrentIndex(check.model.place(made.ids[0], "P2.1.basis"))
    press(window, "check.compare")
    assert check.compare.applications == [made.ids[0], made.ids[1]]
    chips = [chip for chip in check.compare.findChildren(QWidget, "evidence.jump") if chip.isVisible()]
    right = [chip for chip in chips if chip.mapTo(check, QPoint(0, 0)).x() > check.width() // 2]
    check.compare.area.ensureWidgetVisible(right[0])
    QTest.mouseClick(right[0], Left)
    settle()
    assert (review.step, place_of(window)) == ("score", (made.ids[1], "P2.1.basis"))
    assert review.score.viewer.current == ("D1", 1)
    press(window, "review.back_to_check")
    assert check.compare.isVisible()
    press(window, "compare.back")
    assert check.matrix.isVisible()
