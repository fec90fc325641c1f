"""The applicant's side through the widgets: strokes of mouse, pen and finger, and that signed and refused exclude."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.siterecord import SCALE, Closing
from ndb_desktop.services.inspect import SiteSession
from ndb_desktop.ui.inspection.closing_pad import MOST_POINTS, SignaturePad
from ndb_desktop.ui.inspection.view import SiteView
from ndb_desktop.ui.widgets.badge import Badge
from tests.support.site_window import go, write
from tests.support.window import child, press, settle


@pytest.fixture
def closing(declared: SiteView) -> SiteView:
    # High enough for the whole page: a finger touches only what is on screen.
    declared.resize(1280, 1400)
    go(declared, "closing")
    return declared


def pad_of(view: SiteView) -> SignaturePad:
    pad = child(view, "site.closing.pad")
    assert isinstance(pad, SignaturePad)
    return pad


def at(pad: SignaturePad, x: int, y: int) -> QPoint:
    """The pixel of a place in ten-thousandths."""
    sheet = pad.sheet()
    return QPointF(sheet.x() + sheet.width() * x / SCALE, sheet.y() + sheet.height() * y / SCALE).toPoint()


def draw(pad: SignaturePad, *places: tuple[int, int]) -> None:
    """One stroke with the mouse; not settled, as a hand is quicker than a disk."""
    spots = [at(pad, *place) for place in places]
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=spots[0])
    for spot in spots[1:]:
        QTest.mouseMove(pad, spot)
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=spots[-1])


def near(stroke: tuple[tuple[int, int], ...], *places: tuple[int, int]) -> bool:
    """Whether the ends of a stroke are where the hand was, to the pixel."""
    ends = (stroke[0], stroke[-1])
    return all(
        abs(a - b) < 120 for end, place in zip(ends, places, strict=True) for a, b in zip(end, place, strict=True)
    )


def enabled(view: SiteView, name: str) -> bool:
    return child(view, name).isEnabled()


def test_what_is_read_out_and_said_is_stored(closing: SiteView, session: SiteSession, qtbot: QtBot) -> None:
    press(closing, "site.closing.read.no")
    assert session.record.closing.read_out is False
    press(closing, "site.closing.read.yes")
    write(closing, qtbot, "site.closing.opinion", "对 3 项偏差有意见")
    write(closing, qtbot, "site.closing.signer", "O'Neil 𠮷田")
    write(closing, qtbot, "site.closing.role", "总工")
    assert session.record.closing == Closing(True, "对 3 项偏差有意见", "O'Neil 𠮷田", "总工")


def test_each_stroke_of_the_mouse_is_one_stored_step(closing: SiteView, session: SiteSession) -> None:
    pad = pad_of(closing)
    assert pad.width() >= 300
    draw(pad, (1000, 1000), (5000, 9000), (9000, 1000))
    draw(pad, (2000, 5000), (8000, 5000))
    settle()
    first, second = session.record.closing.strokes
    assert near(first, (1000, 1000), (9000, 1000))
    assert near(second, (2000, 5000), (8000, 5000))
    assert pad.strokes() == (first, second)
    assert all(isinstance(number, int) for stroke in (first, second) for place in stroke for number in place)
    session.undo()
    assert session.record.closing.strokes == (first,)


def test_a_hand_that_leaves_the_pad_stays_on_its_edge(closing: SiteView, session: SiteSession) -> None:
    draw(pad_of(closing), (5000, 5000), (SCALE + 900, SCALE + 2000))
    settle()
    ((_, end),) = session.record.closing.strokes
    assert end == (SCALE, SCALE)


def test_a_finger_signs_and_a_touch_is_a_dot(qtbot: QtBot) -> None:
    """On a pad that is a window of its own: made-up fingers find no widget inside a page."""
    pad, drawn = SignaturePad(), list[tuple[tuple[int, int], ...]]()
    qtbot.addWidget(pad)
    pad.resize(600, 200)
    pad.show()
    pad.drawn.connect(drawn.append)
    screen = QTest.createTouchDevice()
    for kind, place in (("press", 1000), ("move", 6000), ("release", 6000), ("press", 8000), ("release", 8000)):
        finger = QTest.touchEvent(pad, screen, False)
        getattr(finger, kind)(0, at(pad, place, 5000), pad)
        finger.commit()
    line, dot = drawn
    assert near(line, (1000, 5000), (6000, 5000))
    assert len(dot) == 1


def test_a_pen_signs_once_and_no_mouse_is_made_of_it(closing: SiteView, session: SiteSession) -> None:
    pad = pad_of(closing)
    pen = QPointingDevice(
        "pen", 7, QInputDevice.DeviceType.Stylus, QPointingDevice.PointerType.Pen,
        QInputDevice.Capability.Position, 1, 1,
    )  # fmt: skip
    for kind, place in (
        (QEvent.Type.TabletPress, (1000, 2000)),
        (QEvent.Type.TabletMove, (7000, 2000)),
        (QEvent.Type.TabletRelease, (7000, 2000)),
    ):
        spot = QPointF(at(pad, *place))
        event = QTabletEvent(
            kind, pen, spot, QPointF(pad.mapToGlobal(spot.toPoint())), 0.5, 0.0, 0.0, 0.0, 0.0, 0.0,
            Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton,
        )  # fmt: skip
        QApplication.sendEvent(pad, event)
        assert event.isAccepted()
    settle()
    (stroke,) = session.record.closing.strokes
    assert near(stroke, (1000, 2000), (7000, 2000))


def test_a_stroke_without_end_goes_on_as_another(closing: SiteView, session: SiteSession) -> None:
    pad = pad_of(closing)
    there = [(1000, 1000), (9000, 9000)] * (MOST_POINTS // 2)
    draw(pad, *there, (5000, 5000))
    settle()
    first, second = session.record.closing.strokes
    assert len(first) == MOST_POINTS
    assert second[0] == first[-1]


def test_cleared_is_brought_back(closing: SiteView, session: SiteSession) -> None:
    pad = pad_of(closing)
    draw(pad, (1000, 1000), (9000, 9000))
    draw(pad, (9000, 1000), (1000, 9000))
    settle()
    before = session.record.closing.strokes
    press(closing, "site.closing.last")
    assert session.record.closing.strokes == before[:1]
    press(closing, "site.closing.clear")
    assert session.record.closing.strokes == pad.strokes() == ()
    assert not enabled(closing, "site.closing.clear")
    press(closing, "banner.action")
    assert session.record.closing.strokes == pad.strokes() == before[:1]


def test_signed_closes_the_refusal_and_refused_closes_the_pad(
    closing: SiteView, session: SiteSession, qtbot: QtBot
) -> None:
    names = ("site.closing.pad", "site.closing.refusal")
    assert [enabled(closing, name) for name in names] == [True, True]
    draw(pad_of(closing), (1000, 1000), (9000, 9000))
    settle()
    assert [enabled(closing, name) for name in names] == [True, False]
    assert child(closing, "site.closing.refusal.closed").isVisible()
    press(closing, "site.closing.clear")
    write(closing, qtbot, "site.closing.refusal", "负责人不同意结论")
    write(closing, qtbot, "site.closing.witness", "示例联系人")
    assert [enabled(closing, name) for name in names] == [False, True]
    assert child(closing, "site.closing.pad.closed").isVisible()
    draw(pad_of(closing), (1000, 1000), (9000, 9000))
    settle()
    assert session.record.closing == Closing(refusal="负责人不同意结论", witness="示例联系人")


def test_both_after_joining_may_each_be_taken_away(closing: SiteView, session: SiteSession) -> None:
    closing.show_page("closing").store.put(Closing(strokes=(((1, 1), (9, 9)),), refusal="x"))
    settle()
    assert enabled(closing, "site.closing.pad")
    assert enabled(closing, "site.closing.refusal")
    badge = child(closing, "site.closing.signed")
    assert isinstance(badge, Badge)
    assert "矛盾" in badge.text()
    press(closing, "site.closing.clear")
    assert session.record.closing == Closing(refusal="x")
