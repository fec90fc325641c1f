"""Every page, in both languages: names for a screen reader, hostile names as plain text, nothing clipped or lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QApplication, QLabel, QScrollBar, QWidget

from ndb_desktop.ui import i18n
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import review
from tests.support.window import child, desk_of, every_page, review_of, settle, tab_order

HOSTILE = (
    "<img src='file:///etc/passwd'><b>园区</b>",
    "R&D && 𠮷野䶮" + "超长名称" * 30,
    "A" * 120 + "<script>alert(1)</script>",
)


def focusable(window: QWidget) -> list[QWidget]:
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
        and not isinstance(widget, QScrollBar)
    ]


def unnamed(window: QWidget) -> list[str]:
    found = []
    for widget in focusable(window):
        interface = QAccessible.queryAccessibleInterface(widget)
        name = interface.text(QAccessible.Text.Name) if interface is not None else ""
        if not name.strip():
            found.append(f"{type(widget).__name__} {widget.objectName()} in {widget.parent().objectName()}")
    return found


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_everything_focusable_has_a_name_on_every_page(
    new_window: Callable[[], MainWindow], made: review.MadeReview, language: str
) -> None:
    i18n.set_language(language)
    window = new_window()
    pages = []
    for page in every_page(window, made):
        pages.append(page)
        assert focusable(window), page
        assert not unnamed(window), page
        assert not foreign_words(window, language), page
    assert len(pages) > 20


def foreign_words(window: QWidget, language: str) -> list[str]:
    """Words of ours in the other language: in English no Chinese may stand in a button."""
    if language != "en":
        return []
    data = {"云岭", "滨江", "星河", "陈评审", "年度报告", "方案", "照片", "中文", "示例"}
    texts = [button.text() for button in window.findChildren(QAbstractButton) if button.isVisible()]
    return [
        text
        for text in texts
        if any("\u4e00" <= character <= "\u9fff" for character in text) and not any(word in text for word in data)
    ]


def test_hostile_names_are_plain_text_on_every_page(
    new_window: Callable[[], MainWindow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "NAMES", HOSTILE)
    made = review.make_bundle(tmp_path / "hostile")
    window = new_window()
    seen = 0
    for page in every_page(window, made):
        for label in window.findChildren(QLabel):
            assert label.textFormat() == Qt.TextFormat.PlainText or label.pixmap().width() > 0, (page, label.text())
            seen += any(name[:20] in label.text().replace("\u200b", "") for name in HOSTILE)
        for button in window.findChildren(QAbstractButton):
            assert "R&D" not in button.text().replace("&&", ""), page
        for widget in window.findChildren(QWidget):
            tooltip = widget.toolTip()
            assert not tooltip or (tooltip.startswith("<span>") and "<img" not in tooltip), page
        assert window.width() == 1440, page
        assert window.minimumSizeHint().width() <= 1440, page
    assert seen > 20


def test_the_smallest_window_and_the_largest_font_clip_no_button(
    new_window: Callable[[], MainWindow], made: review.MadeReview
) -> None:
    window = new_window()
    window.set_font(1.3)
    window.resize(1280, 800)
    for page in every_page(window, made):
        for button in window.findChildren(QAbstractButton):
            if not button.isVisible() or not button.text():
                continue
            inner = button.parentWidget()
            assert button.width() >= button.minimumSizeHint().width() - 1, (page, button.text())
            assert QRect(0, 0, inner.width(), inner.height()).contains(button.geometry()), (page, button.text())


def test_tab_reaches_everything_on_the_scoring_page(window: MainWindow, made: review.MadeReview) -> None:
    from tests.support.window import start_review

    start_review(window, made)
    desk_of(window).walk.go(made.ids[0], "P4.1.basis")  # type: ignore[union-attr]
    settle()
    reached = {widget.objectName() for widget in tab_order(window)}
    assert {
        "list.applications",
        "list.items",
        "viewer.document",
        "viewer.pages",
        "level.L5",
        "item.reason",
        "item.note",
        "score.next_open",
        "step.check",
    } <= reached


def test_scroll_areas_show_their_whole_width(window: MainWindow, made: review.MadeReview) -> None:
    from tests.support.window import start_review

    start_review(window, made)
    page = review_of(window)
    for item in ("P1.3.basis", "P4.1.basis", "P2.1.plan", "overall"):
        desk_of(window).walk.go(made.ids[0], item)  # type: ignore[union-attr]
        settle()
        for area in page.score.right.currentWidget().findChildren(QAbstractScrollArea):
            if area.isVisible() and area.findChild(QWidget, "qt_scrollarea_viewport") is not None:
                assert area.horizontalScrollBar().maximum() == 0, item


def test_names_of_the_screen_reader_follow_the_state(window: MainWindow, made: review.MadeReview) -> None:
    from tests.support.window import press, start_review

    start_review(window, made)
    page = review_of(window)
    model = page.score.items.lines
    role = Qt.ItemDataRole.AccessibleTextRole
    assert "未填" in model.data(model.index(0), role)
    press(window, "item.confirm")
    assert "已完成" in model.data(model.index(0), role)
    assert child(window, "item.confirm").accessibleName() == "数据已确认"
    assert QApplication.activeModalWidget() is None


class Windows(QObject):
    """Notices every top-level window that appears."""

    def __init__(self) -> None:
        super().__init__()
        self.strays: set[str] = set()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        shown = event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow()
        if shown and not isinstance(watched, MainWindow):
            self.strays.add(f"{type(watched).__name__} {watched.objectName()}")
        return False


def test_one_window_and_nothing_flashes_up_beside_it(
    qapp: QApplication, new_window: Callable[[], MainWindow], made: review.MadeReview
) -> None:
    """A part shown before it has a parent is a window for a moment, and takes the focus from the real one."""
    filter_ = Windows()
    qapp.installEventFilter(filter_)
    try:
        window = new_window()
        for _page in every_page(window, made):
            pass
        window.go_start()
        settle()
    finally:
        qapp.removeEventFilter(filter_)
    assert not filter_.strays
