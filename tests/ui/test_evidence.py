"""Evidence links through the window: mark, note, jump, remove, put back, sign; and the same places in the challenge."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from ndb_desktop.formats.scorefile import open_score
from ndb_desktop.services.report import score_sheet_report
from ndb_desktop.ui.expert.evidence_card import EvidenceCard
from ndb_desktop.ui.expert.review_page import ReviewPage
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.expert.walk import OVERALL
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.viewer.viewer import DocumentViewer
from tests.support.reports import read, spaceless
from tests.support.review import REASON, MadeReview
from tests.support.viewer import at, click, drag
from tests.support.window import (
    PASSPHRASE,
    child,
    desk_of,
    finish_by_service,
    press,
    settle,
    start_review,
)

ITEM, OTHER, COMPUTED = "P4.1.basis", "P4.2.basis", "P2.1.basis"
RECT = (200, 200, 500, 500)


def store_of(window: MainWindow) -> ReviewStore:
    store = desk_of(window).store
    assert store is not None
    return store


def links(window: MainWindow, application: str) -> list[tuple[str, str, int, object, str]]:
    sheet = store_of(window).session.sheet(application)
    return [(link.item, link.document, link.page, link.rect, link.quote) for link in sheet.evidence]


def go(window: MainWindow, application: str, item: str) -> None:
    walk = desk_of(window).walk
    assert walk is not None
    walk.go(application, item)
    settle()


def card(page: ReviewPage) -> EvidenceCard:
    return page.score.panel.evidence


def mark(viewer: DocumentViewer) -> None:
    """Draws a rectangle on the first page, with the mouse."""
    viewer.toolbar.fit_page.click()
    settle()
    viewer.toolbar.mark.click()
    drag(viewer, at(viewer, 1, 119, 168.4), at(viewer, 1, 297.5, 421))


def sign(window: MainWindow, page: ReviewPage, made: MadeReview) -> None:
    finish_by_service(window, made)
    page.go("sign")
    settle()
    page.sign.passphrase.first.setText(PASSPHRASE)
    press(window, "sign.button")


def label(window: MainWindow, name: str) -> PlainLabel:
    found = child(window, name)
    assert isinstance(found, PlainLabel)
    return found


@pytest.fixture
def page(window: MainWindow, made: MadeReview) -> ReviewPage:
    page = start_review(window, made)
    go(window, made.ids[0], ITEM)
    return page


def test_a_rectangle_becomes_a_chip_that_leads_back_and_is_signed(
    window: MainWindow, made: MadeReview, page: ReviewPage, tmp_path: Path
) -> None:
    app, viewer = made.ids[0], page.score.viewer
    hint = child(window, "evidence.none")
    assert hint.isVisible()
    assert "Ctrl+E" in " ".join(label.text() for label in hint.findChildren(PlainLabel))
    mark(viewer)
    press(window, "viewer.cite")
    [(item, document, number, rect, quote)] = links(window, app)
    assert (item, document, number, quote) == (ITEM, "D1", 1, "")
    assert isinstance(rect, tuple)
    assert all(abs(found - meant) <= 4 for found, meant in zip(rect, RECT, strict=True))
    assert hint.isHidden()
    assert "P4.1" in viewer.notice.label.text()
    viewer.show_document("D2")
    settle()
    press(window, "cited.e1")
    assert page.score.viewer.current == ("D1", 1)
    assert page.score.viewer.view.overlay.place is not None, "the place itself is shown, not only its page"
    press(window, "cited.remove.e1")
    assert links(window, app) == []
    assert page.score.viewer.view.overlay.place is None, "no frame stays where nothing is noted any more"
    press(window, "score.undo")
    assert [link[3] for link in links(window, app)] == [rect]
    sign(window, page, made)
    written = store_of(window).session.copy_export(1, tmp_path).path
    link = open_score(written.read_bytes(), made.recovery).sheets[0].record.to_sheet().evidence[0]
    digest = next(known.sha256 for known in made.applications[0].documents if known.id == "D1")
    assert (link.item, link.document, link.page, link.rect, link.sha256) == (ITEM, "D1", 1, rect, digest)
    pdf = tmp_path / "sheet.pdf"
    score_sheet_report(store_of(window).session, pdf, applications=[app])
    text = spaceless(read(pdf.read_bytes()))
    assert f"SHA-256{digest[:16]}…" in text
    assert "自左" in text
    page.go("score")
    go(window, app, ITEM)
    assert not window.findChildren(QWidget, "cited.remove.e1")
    press(window, "viewer.cite")
    assert len(links(window, app)) == 1
    assert "不能修改" in page.score.viewer.notice.label.text()
    page.score.viewer.show_document("D2")
    settle()
    press(window, "cited.e1")
    assert page.score.viewer.current[0] == "D1"


def test_words_pages_and_the_same_place_again(window: MainWindow, made: MadeReview, page: ReviewPage) -> None:
    app, viewer = made.ids[0], page.score.viewer
    viewer.toolbar.fit_page.click()
    settle()
    drag(viewer, at(viewer, 1, 70, 137), at(viewer, 1, 590, 137))
    QTest.keyClick(viewer.view, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    settle()
    [(item, _document, _page, rect, quote)] = links(window, app)
    assert item == ITEM
    assert "research intensity" in quote
    assert isinstance(rect, tuple)
    assert card(page).chips()[0].place.kind == "text"
    for _ in range(2):
        press(window, "viewer.cite")
    assert [link[3] for link in links(window, app)] == [rect, None], "the page is noted once beside the words on it"
    assert "没有重复添加" in label(window, "evidence.note").text()
    assert label(window, "evidence.count").text() == "2 处"
    chip = card(page).chips()[1]
    chip.setFocus()
    viewer.show_document("D2")
    settle()
    QTest.keyClick(chip, Qt.Key.Key_Return)
    settle()
    walk = desk_of(window).walk
    assert walk is not None
    assert (page.score.viewer.current[0], walk.item) == ("D1", ITEM), "Enter on a chip is not Enter on the form"
    chip.beside.emit("D2", 1, None)
    settle()
    assert [side.viewer.current[0] for side in page.score.reading.sides] == ["D1", "D2"]
    # Both are on their way before either is stored: neither may take the other's number.
    go(window, made.ids[1], ITEM)
    page.score.panel.evidence.cite("D1", 1)
    page.score.panel.evidence.cite("D2", 1)
    settle()
    assert sorted(link[1] for link in links(window, made.ids[1])) == ["D1", "D2"]


def test_what_is_noted_is_drawn_and_pressing_it_shows_its_item(
    window: MainWindow, made: MadeReview, page: ReviewPage
) -> None:
    viewer = page.score.viewer
    mark(viewer)
    press(window, "viewer.cite")
    go(window, made.ids[0], OTHER)
    press(window, "viewer.cite")
    drawn = {(mark.label, mark.strong) for mark in viewer.view.overlay.evidence}
    assert drawn == {(ITEM, False), (OTHER, True)}
    click(viewer, at(viewer, 1, 0.2 * 595, 0.3 * 842))
    walk = desk_of(window).walk
    assert walk is not None
    assert walk.item == ITEM
    assert {(mark.label, mark.strong) for mark in viewer.view.overlay.evidence} == {(ITEM, True), (OTHER, False)}
    go(window, made.ids[1], OVERALL)
    assert page.score.viewer.view.overlay.evidence == (), "documents of all applications have the same ids"
    press(window, "viewer.cite")
    assert not links(window, made.ids[1])
    assert len(links(window, made.ids[0])) == 2
    assert "选择一个指标" in page.score.viewer.notice.label.text()


# ----- challenge -----


def test_a_challenge_takes_the_marked_place_and_shows_what_would_change(
    window: MainWindow, made: MadeReview, page: ReviewPage
) -> None:
    app = made.ids[0]
    go(window, app, COMPUTED)
    press(window, "item.challenge")
    form = page.score.panel.challenge
    mark(page.score.viewer)
    press(window, "challenge.here")
    assert "第 1 页" in label(window, "challenge.marked").text()
    assert not page.score.viewer.view.marker.active
    assert page.score.viewer.view.marker.place is None
    before = store_of(window).view.computed(app, COMPUTED).score
    form.proposed.setText("0.5")
    assert "按此值" in label(window, "challenge.preview").text()
    assert store_of(window).view.computed(app, COMPUTED).score == before, "shown, not stored"
    form.reason.setPlainText(REASON)
    press(window, "challenge.submit")
    challenge = store_of(window).session.sheet(app).challenges[0]
    assert challenge.proposed == Decimal("0.5")
    assert (challenge.document, challenge.page) == ("D1", 1)
    assert challenge.rect is not None
    assert all(abs(found - meant) <= 4 for found, meant in zip(challenge.rect, RECT, strict=True))
    assert len(challenge.sha256) == 64
    page.score.viewer.show_document("D2")
    settle()
    press(window, f"challenge.jump.{challenge.id}")
    assert page.score.viewer.current == ("D1", 1)
    assert page.score.viewer.view.overlay.place is not None
