"""有何变化 in the window: a supplement dropped on the running review, its changes ticked off, a recall honoured."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QScrollBar, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.services.issue import issue_bundles
from ndb_desktop.services.issue_recall import recall_bundle, withdraw_applications
from ndb_desktop.services.review import worksheet_path
from ndb_desktop.texts import Language
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert.news_lines import Line
from ndb_desktop.ui.expert.news_page import NewsPage
from ndb_desktop.ui.expert.open_page import UnlockPage
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.review import full_entry
from tests.support.supplement import ADDED, CITED, EXPERT, FIRM, PARK, Case, deal_with, staged
from tests.support.window import child, desk_of, press, review_of, settle


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    made = staged(tmp_path)
    yield made
    made.office.close()


@pytest.fixture
def window(case: Case, own_profile: Path, new_window: Callable[[], MainWindow]) -> MainWindow:
    return at_home(case, own_profile, new_window)


def at_home(case: Case, profile: Path, new_window: Callable[[], MainWindow]) -> MainWindow:
    """A window of the size of an office laptop on the expert's profile."""
    shutil.copytree(case.profile, profile, dirs_exist_ok=True)
    case.profile = profile
    shown = new_window()
    shown.resize(1366, 768)
    settle()
    return shown


def open_file(window: MainWindow, path: Path, secret: str) -> None:
    window.open_paths((path,))
    settle()
    child(window, "open.secret").setText(secret)  # type: ignore[attr-defined]
    press(window, "open.button")


def page_of(window: MainWindow) -> NewsPage:
    page = review_of(window)
    if page.step != "news":
        page.go("news")
        settle()
    return page.news


def words_on(window: MainWindow) -> str:
    return "\n".join(label.text() for label in window.findChildren(PlainLabel) if label.isVisible())


def boxes(page: NewsPage) -> list[PlainCheckBox]:
    return [box for box in page.findChildren(PlainCheckBox) if box.isVisible()]


def test_dropped_on_the_running_review_it_goes_on_from_there(window: MainWindow, case: Case, qtbot: QtBot) -> None:
    open_file(window, case.bundle, case.secret)
    store = desk_of(window).store
    assert store is not None
    store.apply(lambda session: session.set_opinion(PARK, "写到一半"))
    settle()
    window.open_paths((case.newer,))
    settle()
    # The open review was saved and closed; the file says what it is before it asks for the secret.
    assert isinstance(desk_of(window).page, UnlockPage)
    assert tr("open.kind.supplement") in words_on(window)
    open_file(window, case.newer, case.secret)
    view = desk_of(window).store.view  # type: ignore[union-attr]
    assert view.sheet(PARK).opinion == "写到一半"
    page = page_of(window)
    assert page.badge.text() == tr("news.blocking", count=5)
    assert "81.42 → 81.71" in words_on(window)
    assert not page.table.isVisible()  # one application: nothing to choose from
    assert page.heading.full_text() == view.item(PARK).application.applicant

    # Ticking one line by mouse keeps the place and moves on to the next line.
    told = next(box for box in boxes(page) if "D9" in box.text())
    told.setFocus()
    qtbot.mouseClick(told, Qt.MouseButton.LeftButton)
    settle()
    assert told.isChecked()
    assert not told.isEnabled()
    focus = QApplication.focusWidget()
    assert isinstance(focus, PlainCheckBox)
    assert focus.isEnabled()
    qtbot.keyClick(focus, Qt.Key.Key_Space)
    settle()
    assert not focus.isEnabled()

    press(window, "news.all")
    assert not child(window, "news.all").isEnabled()
    left = [line for line in view.news if not line.done]
    assert {line.news.kind for line in left} == {"confirm", "link"}


def test_what_must_be_confirmed_is_one_click_away_and_the_strip_leads_back(window: MainWindow, case: Case) -> None:
    open_file(window, case.newer, case.secret)
    page = page_of(window)
    view = desk_of(window).store.view  # type: ignore[union-attr]
    again = next(line for line in view.news if line.news.kind == "confirm")
    press(page, f"news.go.{again.key}")
    review = review_of(window)
    assert review.step == "score"
    walk = desk_of(window).walk
    assert walk is not None
    assert (walk.application, walk.item) == (PARK, again.news.item)
    assert review.strip.isVisible()
    assert review.strip.property("banner") == "warning"
    assert not review.back_to_check.isVisible()
    for step in ("check", "sign", "declare"):
        review.go(step)
        settle()
        assert review.strip.isVisible(), step
    press(window, "news.open")
    assert review.step == "news"
    assert not review.strip.isVisible()
    # Confirmed on the scoring page, the line is done here.
    store = desk_of(window).store
    assert store is not None
    entry = full_entry(view.item(PARK).pack, again.news.item)
    store.apply(lambda session: session.set_entry(PARK, entry))
    settle()
    line = next(line for line in page.findChildren(Line) if line.key == again.key)
    assert line.mark.accessibleName() == tr("news.confirmed")
    assert page.badge.text() == tr("news.blocking", count=4)


def test_what_is_new_is_marked_in_the_chooser_and_named_where_to_look_again(window: MainWindow, case: Case) -> None:
    open_file(window, case.newer, case.secret)
    looks = [line for line in page_of(window).lines.lines.values() if isinstance(line, Line)]
    again = [line.box.text() for line in looks if line.box is not None and "复看" in line.box.text()]
    assert again
    assert all("有变化：" in words for words in again), again
    page = review_of(window)
    desk_of(window).walk.go(PARK)  # type: ignore[union-attr]
    page.go("score")
    settle()
    viewer = page.score.viewer
    titles = {viewer.chooser.itemData(n): viewer.chooser.itemText(n) for n in range(viewer.chooser.count())}
    assert titles[ADDED].startswith("【新】补充说明")
    assert titles[CITED].startswith("【已更换】")
    assert not [name for name, title in titles.items() if "【" in title and name not in (ADDED, CITED)]
    page.score.reading.toggle_split()
    settle()
    other = page.score.reading.sides[1].viewer.chooser
    assert other.itemText(other.findData(ADDED)).startswith("【新】")
    desk_of(window).walk.go(FIRM)  # type: ignore[union-attr]
    settle()
    firm = page.score.viewer.chooser
    assert not [n for n in range(firm.count()) if "【" in firm.itemText(n)]


def test_a_cited_place_is_looked_at_and_kept(window: MainWindow, case: Case) -> None:
    open_file(window, case.newer, case.secret)
    page = page_of(window)
    store = desk_of(window).store
    assert store is not None
    link = next(line for line in store.view.news if line.news.kind == "link")
    press(page, f"news.go.{link.key}")
    review = review_of(window)
    assert review.step == "score"
    assert review.score.reading.current[0] == CITED
    press(window, "news.open")
    box = child(page, f"news.tick.{link.key}")
    assert isinstance(box, QAbstractButton)
    box.click()
    settle()
    assert not box.isEnabled()
    assert "E-EVIDENCE-DIGEST" not in {fault.code for fault in store.view.findings(PARK)}


def test_all_dealt_with_the_strip_is_gone_and_it_stays_so_at_the_next_opening(window: MainWindow, case: Case) -> None:
    open_file(window, case.newer, case.secret)
    store = desk_of(window).store
    assert store is not None
    page = page_of(window)
    press(window, "news.all")
    store.apply(deal_with)
    settle()
    assert page.badge.text() == tr("news.done")
    press(window, "news.next")
    assert review_of(window).step == "score"
    assert not review_of(window).strip.isVisible()
    open_file(window, case.newer, case.secret)
    assert not review_of(window).strip.isVisible()


def test_signed_before_one_strip_says_both(
    tmp_path: Path, own_profile: Path, new_window: Callable[[], MainWindow]
) -> None:
    case = staged(tmp_path / "signed", signed=True)
    window = at_home(case, own_profile, new_window)
    open_file(window, case.newer, case.secret)
    review = review_of(window)
    review.go("score")
    settle()
    assert review.strip.isVisible()
    assert not child(window, "review.locked").isVisible()
    assert tr("news.strip.locked", count=23, blocking=5) == review.strip.words.text()
    press(window, "news.revise")
    assert review.step == "sign"
    case.office.close()


def test_several_applications_stand_in_a_list(window: MainWindow, case: Case) -> None:
    made = withdraw_applications(case.office, case.folder / "less", EXPERT, [FIRM], "转他人评审")
    open_file(window, Path(made.path), case.secret)
    page = page_of(window)
    assert page.table.isVisible()
    assert [row.application for row in page.table.source.rows] == [PARK, FIRM]
    index = page.table.proxy.index(1, 0)
    page.table.setCurrentIndex(index)
    settle()
    (box,) = boxes(page)
    assert FIRM in box.text()
    box.click()
    settle()
    assert [row.waiting for row in page.table.source.rows][1] == 0
    # What was undoable in the withdrawn application is out of reach, and scoring goes on without it.
    for step in ("score", "check"):
        review_of(window).go(step)
        settle()
    assert [item.application.id for item in desk_of(window).store.view.applications] == [PARK]  # type: ignore[union-attr]


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_everything_on_the_page_has_a_name_and_nothing_is_clipped_by_large_type(
    window: MainWindow, case: Case, language: Language
) -> None:
    i18n.set_language(language)
    window.set_font(1.6)
    open_file(window, case.newer, case.secret)
    page = page_of(window)
    window.resize(1366, 768)
    settle()
    shown = [widget for widget in page.findChildren(QWidget) if widget.isVisible()]
    for widget in shown:
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isEnabled() and not isinstance(widget, QScrollBar):
            interface = QAccessible.queryAccessibleInterface(widget)
            assert interface.text(QAccessible.Text.Name).strip(), widget.objectName()
            assert widget.objectName(), type(widget).__name__
    for button in shown:
        if isinstance(button, QAbstractButton) and button.text():
            inner = button.parentWidget()
            assert button.width() >= button.minimumSizeHint().width() - 1, button.text()
            assert QRect(0, 0, inner.width(), inner.height()).contains(button.geometry()), button.text()
    assert window.width() == 1366
    if language == "en":
        words = "".join(label.text() for label in shown if isinstance(label, PlainLabel))
        assert "{" not in words
        assert "评审" not in words


def test_a_replacement_opens_with_its_new_secret(window: MainWindow, case: Case) -> None:
    (made,) = issue_bundles(case.office, case.folder / "again", experts=[EXPERT]).issued
    window.open_paths((Path(made.path),))
    settle()
    assert tr("open.kind.replacement") in words_on(window)
    open_file(window, Path(made.path), made.secret or "")
    assert page_of(window).badge.text() == tr("news.blocking", count=5)


def test_a_recall_closes_the_running_review_and_says_so(window: MainWindow, case: Case) -> None:
    notice = Path(recall_bundle(case.office, case.folder / "recall", EXPERT, "材料有误").path)
    open_file(window, case.bundle, case.secret)
    kept = worksheet_path(case.profile, desk_of(window).summary.bundle_id)  # type: ignore[union-attr]
    window.open_paths((notice,))
    settle()
    assert desk_of(window).store is None
    assert tr("news.recalled") in words_on(window)
    assert kept.exists()
    # Opening it again is refused with the reason.
    open_file(window, case.bundle, case.secret)
    assert desk_of(window).store is None
    assert "撤回" in words_on(window)
