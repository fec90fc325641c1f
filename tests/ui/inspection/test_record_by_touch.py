"""A whole visit with one finger on a tablet: nothing but taps, swipes and what an on-screen keyboard types."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QLabel, QListWidget, QWidget

from ndb_desktop.domain.sitepack import SiteItem
from ndb_desktop.domain.siterecord import MEETINGS, Check, Closing, Host
from ndb_desktop.formats.sitefile import SiteReader
from ndb_desktop.services import inspect_photos
from ndb_desktop.services.inspect_clock import device_now
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.desk import InspectionDesk
from ndb_desktop.ui.inspection.photos_page import PhotosPage
from ndb_desktop.ui.inspection.view import STEPS
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import rooms, site_rooms
from tests.support.coordinator import Dialogs
from tests.support.fingers import reach, rest, swipe, tap, touch
from tests.support.photo_desk import QuickWorker
from tests.support.photos import photo
from tests.support.site import TEAM, MadeSite, open_site
from tests.support.travel import PASSPHRASE, person
from tests.support.window import child, settle

TABLET = QSize(1024, 640)
STARRED, FAILED = "S03", "S02"


class Hand:
    """One finger, which brings what it wants into sight by swipes and then taps it."""

    def __init__(self, own: site_rooms.Visit) -> None:
        self.own, self.window, self._shots = own, own.window, 0

    def tap(self, name: str) -> QWidget:
        """Taps what is called that."""
        widget = child(self.window, name)
        assert widget.isVisible(), f"{name} is not on screen"
        assert widget.isEnabled(), f"{name} cannot be tapped"
        tap(widget, reach(widget, QPoint(min(24, widget.width() // 2), widget.height() // 2)))
        return widget

    def type(self, name: str, text: str) -> None:
        """Taps a field; the keyboard on the screen types into what has the focus then."""
        field = self.tap(name)
        assert QApplication.focusWidget() is field, f"a tap on {name} puts the cursor elsewhere"
        event = QInputMethodEvent()
        event.setCommitString(text)
        QApplication.sendEvent(field, event)
        settle()

    def step(self, page: str) -> None:
        """Taps a step at the side."""
        nav = child(self.window, "site.nav")
        assert isinstance(nav, QListWidget)
        item = nav.item([step.id for step in STEPS].index(page))
        port = nav.viewport()
        for _ in range(8):
            at = nav.visualItemRect(item).center()
            if 16 <= at.y() <= port.height() - 16:
                break
            swipe(port, port.rect().center(), 0, -80 if at.y() > 0 else 80)
            rest(nav)
        tap(port, nav.visualItemRect(item).center())
        assert child(self.window, f"site.{page}").isVisible()

    def photos(self, count: int) -> tuple[Path, ...]:
        """Files that the camera wrote, none like another."""
        made = []
        for _ in range(count):
            self._shots += 1
            path = self.own.folder / f"IMG_{self._shots:04d}.jpg"
            path.write_bytes(photo(64, 48, corner=(20 * self._shots, 9, 9)) + str(self._shots).encode())
            made.append(path)
        self.own.dialogs.files = tuple(made)
        return tuple(made)


@pytest.fixture
def own(window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: MadeSite) -> site_rooms.Visit:
    monkeypatch.setattr(inspect_photos, "RenderWorker", QuickWorker)
    return site_rooms.Visit(window, tmp_path, Dialogs(monkeypatch), made)


def enter(hand: Hand) -> None:
    """From the first page to the open visit, and its statements."""
    own = hand.own
    own.window.settings.large_targets = True
    rooms.fit(own.window, TABLET)
    site_rooms.with_key(own.window)
    own.dialogs.file = own.made.path
    hand.tap("door.inspection")
    hand.tap("site.choose.button")
    hand.type("passphrase", PASSPHRASE)
    hand.tap("site.open")
    assert isinstance(own.window.desk, InspectionDesk)
    hand.tap("site.statements.make")
    assert own.store.session.declared


def head_and_meetings(hand: Hand) -> None:
    hand.step("head")
    hand.type("site.place", "福州市示例路 1 号")
    hand.tap("site.started.now")
    hand.tap("site.ended.now")
    hand.tap("site.host.add")
    hand.type("site.host.0.name", "示例联系人")
    hand.type("site.host.0.role", "总工程师")
    hand.step("meetings")
    for name in MEETINGS:
        if name == "communication":
            hand.tap("site.meeting.communication.skipped")
            hand.type("site.meeting.communication.reason", "各方意见一致")
            continue
        hand.tap(f"site.meeting.{name}.held")
        hand.tap(f"site.meeting.{name}.started.now")
        hand.type(f"site.meeting.{name}.note", f"记录 {name}")
        hand.tap(f"site.meeting.{name}.ended.now")
    record = hand.own.store.record
    assert (record.head.place, record.head.hosts) == ("福州市示例路 1 号", (Host("示例联系人", "总工程师"),))
    assert record.head.started_at <= record.head.ended_at
    assert [record.meeting(name).state for name in MEETINGS] == ["held"] * 3 + ["skipped"] + ["held"] * 2
    assert record.meeting("opening").note == "记录 opening"
    assert all(record.meeting(name).started_at for name in MEETINGS if name != "communication")
    assert record.meeting("communication").reason == "各方意见一致"


def data(hand: Hand) -> None:
    """A figure that is another, one that is right, one without papers, and a yes or no; the first makes a finding."""
    hand.step("checks")
    hand.type("site.check.verified", "2.4")
    hand.tap("site.check.method.original")
    hand.tap("site.check.method.interview")
    hand.tap("site.check.effect.replace")
    hand.type("site.check.proof", "证 3-1")
    hand.type("site.check.note", "台账与申报不一致")
    hand.tap("site.offer.finding")
    hand.type("site.finding.measure", "补提台账")
    hand.tap("site.finding.due.15")
    hand.step("checks")
    hand.tap("site.check.next")
    hand.tap("site.check.same")
    hand.tap("site.check.method.sampling")
    hand.tap("site.check.next")
    hand.tap("site.check.unverifiable")
    hand.type("site.check.note", "凭证未在现场")
    hand.tap("site.check.next")
    hand.tap("site.check.consistent")
    hand.tap("site.check.method.system")
    record = hand.own.store.record
    proof, note = "证 3-1", "台账与申报不一致"
    assert [record.check(one.id) for one in hand.own.made.wanted] == [
        Check("rd_spending/2025", Decimal("2.4"), "major", "replace", ("original", "interview"), proof, note),
        Check("accidents", Decimal(0), "consistent", None, ("sampling",)),
        Check("patents", None, "unverifiable", "keep", (), "", "凭证未在现场"),
        Check("certified", None, "consistent", None, ("system",)),
    ]


def checklist(hand: Hand) -> None:
    """Every item; one fails, a starred one badly, with what follows from them."""
    hand.step("answers")
    items = hand.own.store.pack.items
    for item in items:
        shown = child(hand.window, "site.answer.title")
        assert isinstance(shown, QLabel)
        assert shown.text().startswith(item.id)
        answer(hand, item)
        if item is not items[-1]:
            hand.tap("site.answer.next")
    grades = {item.id: hand.own.store.record.answer(item.id).grade for item in items}
    others = {item.id: "not_applicable" if item.not_applicable else "pass" for item in items}
    assert grades == {**others, STARRED: "severe", FAILED: "minor"}


def answer(hand: Hand, item: SiteItem) -> None:
    if item.id == STARRED:
        hand.tap("site.answer.severe")
        hand.type("site.answer.note", "原件与复印件不符")
        hand.tap("site.offer.finding")
        hand.type("site.finding.measure", "提交原件")
        hand.tap("site.finding.due.7")
        hand.step("answers")
        hand.tap("site.offer.veto")
        hand.type("site.veto.evidence", "复印件 4 页")
        hand.type("site.veto.reply", "认可")
        hand.step("answers")
    elif item.id == FAILED:
        hand.tap("site.answer.minor")
        hand.type("site.answer.note", "台账不全")
        hand.tap("site.offer.finding")
        hand.type("site.finding.measure", "补齐台账")
        hand.tap("site.finding.due.30")
        hand.step("answers")
    else:
        hand.tap("site.answer.not_applicable" if item.not_applicable else "site.answer.pass")
        if item.not_applicable:
            hand.type("site.answer.note", "园区没有这一项")
        if item.photo == "needed" and not item.not_applicable:
            hand.photos(2)
            hand.tap("site.photos.offer")
            captions(hand, item)


def captions(hand: Hand, item: SiteItem) -> None:
    """Each of the photos just added is chosen in the grid and gets its words."""
    page = child(hand.window, "site.photos")
    assert isinstance(page, PhotosPage)
    own = hand.own.store.record.photos_of(f"answer:{item.id}")
    assert len(own) == 2
    for one in reversed(own):
        grid = page.grid
        place = reach(grid.viewport(), grid.visualRect(grid.photos.index(grid.photos.photos.index(one))).center())
        tap(grid.viewport(), place)
        assert [chosen.id for chosen in grid.chosen()] == [one.id]
        hand.type("site.photo.caption", f"{item.id} 现场 {one.id}")
    hand.step("answers")
    said = {one.caption for one in hand.own.store.record.photos_of(f"answer:{item.id}")}
    assert said == {f"{item.id} 现场 {one.id}" for one in own}


def findings(hand: Hand) -> None:
    """One more that no datum and no item led to, and another severity for it; what is read back holds all of them."""
    hand.step("findings")
    hand.tap("site.finding.add")
    hand.type("site.finding.text", "配电间门未锁")
    hand.tap("site.finding.severe")
    hand.type("site.finding.measure", "当日加锁")
    hand.tap("site.finding.due.7")
    hand.tap("site.observation.add")
    hand.type("site.observation.text", "厂区外有一处在建工程")
    hand.step("closing")
    record = hand.own.store.record
    found = [(one.severity, one.about, one.text, one.measure) for one in record.findings]
    assert found == [
        ("severe", "check:rd_spending/2025", "台账与申报不一致", "补提台账"),
        ("minor", f"answer:{FAILED}", "台账不全", "补齐台账"),
        ("severe", f"answer:{STARRED}", "原件与复印件不符", "提交原件"),
        ("severe", "", "配电间门未锁", "当日加锁"),
    ]
    today = device_now().date()
    due = [(date.fromisoformat(one.due) - today).days for one in record.findings]
    assert due == [15, 30, 7, 7]
    (veto,) = record.vetoes
    assert (veto.ground, veto.text) == (hand.own.store.pack.item_by_id[STARRED].ground, "原件与复印件不符")
    assert (veto.evidence, veto.reply) == ("复印件 4 页", "认可")
    assert [one.text for one in record.observations] == ["厂区外有一处在建工程"]


def closing(hand: Hand) -> None:
    """The applicant signs with a finger; a stroke too many is taken back."""
    hand.tap("site.closing.read.yes")
    hand.type("site.closing.opinion", "无意见")
    hand.type("site.closing.signer", "林某")
    hand.type("site.closing.role", "总经理")
    pad = child(hand.window, "site.closing.pad")
    start = reach(pad)
    touch(pad, start - QPoint(150, 0), start - QPoint(110, 40), start - QPoint(70, -30), start)
    settle()
    touch(pad, start + QPoint(30, -20), start + QPoint(60, 20))
    settle()
    touch(pad, start + QPoint(90, -20), start + QPoint(120, 20))
    settle()
    assert len(hand.own.store.record.closing.strokes) == 3
    hand.tap("site.closing.last")
    said = hand.own.store.record.closing
    assert [len(stroke) for stroke in said.strokes] == [4, 2]
    assert said == Closing(True, "无意见", "林某", "总经理", said.strokes)


def sign(hand: Hand) -> None:
    """The other member's statements are joined, the whole is signed; what is signed is what was written."""
    own = hand.own
    with open_site(own.made, own.folder / "other", TEAM[1]) as session:
        session.declare()
        folder = own.folder / "fellow"
        folder.mkdir()
        own.dialogs.file = session.freeze(person(TEAM[1]), folder, partial=True).path
    assert [(lack.kind, lack.key) for lack in own.store.lacks] == [("statement", ("head", ""))]
    hand.step("sign")
    hand.tap("site.fellow.choose")
    hand.type("passphrase", PASSPHRASE)
    hand.tap("site.join.compare")
    hand.tap("site.join.button")
    assert own.store.lacks == ()
    own.dialogs.folder = own.folder / "out"
    own.dialogs.folder.mkdir()
    hand.tap("site.sign.folder.choose")
    hand.type("passphrase", PASSPHRASE)
    hand.tap("site.sign.button")
    (written,) = own.dialogs.folder.glob("*.ndbsite")
    left = child(own.window, "site.sign.left")
    assert isinstance(left, QLabel)
    assert left.text() == tr("site.complete")
    standing = own.store.session.standing()
    assert (standing.signed, standing.missing) == ((TEAM[0],), (TEAM[1],))
    with SiteReader(written, person(TEAM[1])) as reader:
        assert reader.record == own.store.record
        reader.check_photos()


def test_a_whole_record_with_one_finger(own: site_rooms.Visit) -> None:
    hand = Hand(own)
    enter(hand)
    head_and_meetings(hand)
    data(hand)
    checklist(hand)
    findings(hand)
    closing(hand)
    sign(hand)
