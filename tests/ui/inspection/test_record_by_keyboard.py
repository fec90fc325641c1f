"""A whole visit by keys alone: Tab and Shift+Tab, arrows, Space, Enter and the shortcuts, never a mouse."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QListWidget, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.siterecord import MEETINGS, Check, Closing, Host
from ndb_desktop.formats.sitefile import SiteReader
from ndb_desktop.services import inspect_photos
from ndb_desktop.services.inspect_clock import device_now
from ndb_desktop.ui.inspection.desk import InspectionDesk
from ndb_desktop.ui.inspection.photo_grid import PhotoGrid
from ndb_desktop.ui.inspection.view import STEPS
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import site_rooms
from tests.support.coordinator import Dialogs
from tests.support.photo_desk import QuickWorker
from tests.support.photos import photo
from tests.support.site import TEAM, MadeSite, open_site
from tests.support.travel import PASSPHRASE, person
from tests.support.window import settle

Key, Held = Qt.Key, Qt.KeyboardModifier
STARRED, FAILED = "S03", "S02"


def focus() -> QWidget:
    """Where the keys go."""
    widget = QApplication.focusWidget()
    assert widget is not None, "the keys go nowhere"
    return widget


def key(code: Qt.Key, held: Qt.KeyboardModifier = Held.NoModifier) -> None:
    QTest.keyClick(focus(), code, held)
    settle()


def reach(name: str, *, back: bool = False) -> None:
    """Tab, or Shift+Tab, until it is there; of radio buttons that belong together one is a stop, arrows go on."""
    seen = []
    for _ in range(160):
        here = focus()
        seen.append(here.objectName())
        if here.objectName() == name or (isinstance(here, QRadioButton) and _by_arrows(here, name)):
            return
        key(*((Key.Key_Backtab, Held.ShiftModifier) if back else (Key.Key_Tab,)))
    raise AssertionError(f"Tab does not reach {name}: {list(dict.fromkeys(seen))}")


def _by_arrows(here: QRadioButton, name: str) -> bool:
    group = here.group()
    names = [one.objectName() for one in group.buttons() if one.isVisible()] if group is not None else []
    if name not in names:
        return False
    for _ in names:
        if focus().objectName() == name:
            break
        key(Key.Key_Right if names.index(name) > names.index(focus().objectName()) else Key.Key_Left)
    assert focus().objectName() == name, f"arrows do not reach {name}"
    return True


def press(name: str, *, back: bool = False) -> None:
    """Goes to a button and presses it with Space, unless the arrows chose it already."""
    reach(name, back=back)
    button = focus()
    assert isinstance(button, QAbstractButton)
    if not (isinstance(button, QRadioButton) and button.isChecked()):
        key(Key.Key_Space)


def write(name: str, text: str, *, back: bool = False) -> None:
    """Goes to a field and types: by keys, or as an input method hands over Chinese."""
    reach(name, back=back)
    if text.isascii():
        QTest.keyClicks(focus(), text)
    else:
        event = QInputMethodEvent()
        event.setCommitString(text)
        QApplication.sendEvent(focus(), event)
    settle()


def step(page: str) -> None:
    """Goes to the list of steps and along it."""
    reach("site.nav", back=True)
    nav = focus()
    assert isinstance(nav, QListWidget)
    wanted = [one.id for one in STEPS].index(page)
    while nav.currentRow() != wanted:
        key(Key.Key_Down if nav.currentRow() < wanted else Key.Key_Up)


@pytest.fixture
def own(window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: MadeSite) -> site_rooms.Visit:
    monkeypatch.setattr(inspect_photos, "RenderWorker", QuickWorker)
    return site_rooms.Visit(window, tmp_path, Dialogs(monkeypatch), made)


def enter(own: site_rooms.Visit) -> None:
    """From the first page to the open visit, and its statements."""
    site_rooms.with_key(own.window)
    own.dialogs.file = own.made.path
    press("door.inspection")
    press("site.choose.button")
    write("passphrase", PASSPHRASE)
    key(Key.Key_Return)
    assert isinstance(own.window.desk, InspectionDesk)
    press("site.statements.make")
    assert own.store.session.declared


def head_and_meetings(own: site_rooms.Visit) -> None:
    step("head")
    write("site.place", "福州市示例路 1 号")
    press("site.started.now")
    press("site.ended.now")
    press("site.host.add")
    write("site.host.0.name", "示例联系人", back=True)
    write("site.host.0.role", "总工程师")
    step("meetings")
    for name in MEETINGS:
        if name == "communication":
            press("site.meeting.communication.skipped")
            write("site.meeting.communication.reason", "各方意见一致")
            continue
        press(f"site.meeting.{name}.held")
        press(f"site.meeting.{name}.started.now")
        press(f"site.meeting.{name}.ended.now")
        write(f"site.meeting.{name}.note", f"记录 {name}")
    step("checks")
    record = own.store.record
    assert (record.head.place, record.head.hosts) == ("福州市示例路 1 号", (Host("示例联系人", "总工程师"),))
    assert record.head.started_at <= record.head.ended_at
    assert [record.meeting(name).state for name in MEETINGS] == ["held"] * 3 + ["skipped"] + ["held"] * 2
    assert record.meeting("handover").note == "记录 handover"
    assert record.meeting("communication").reason == "各方意见一致"


def data(own: site_rooms.Visit) -> None:
    """A figure that is another, one that is right, one without papers, and a yes or no; the first makes a finding."""
    write("site.check.verified", "2.4")
    press("site.check.method.original")
    press("site.check.method.interview")
    press("site.check.effect.replace")
    write("site.check.proof", "证 3-1")
    write("site.check.note", "台账与申报不一致")
    press("site.offer.finding")
    assert focus().objectName().startswith("site.finding.")
    write("site.finding.measure", "补提台账")
    press("site.finding.due.15")
    step("checks")
    press("site.check.next")
    press("site.check.same")
    press("site.check.method.sampling")
    press("site.check.next")
    press("site.check.unverifiable")
    write("site.check.note", "凭证未在现场")
    press("site.check.next")
    press("site.check.consistent")
    press("site.check.method.system")
    record = own.store.record
    proof, note = "证 3-1", "台账与申报不一致"
    assert [record.check(one.id) for one in own.made.wanted] == [
        Check("rd_spending/2025", Decimal("2.4"), "major", "replace", ("original", "interview"), proof, note),
        Check("accidents", Decimal(0), "consistent", None, ("sampling",)),
        Check("patents", None, "unverifiable", "keep", (), "", "凭证未在现场"),
        Check("certified", None, "consistent", None, ("system",)),
    ]


def checklist(own: site_rooms.Visit) -> None:
    """Every item; one fails, a starred one badly, with what follows from them."""
    step("answers")
    items = own.store.pack.items
    for item in items:
        if item.id == STARRED:
            press("site.answer.severe", back=True)
            write("site.answer.note", "原件与复印件不符")
            press("site.offer.finding")
            write("site.finding.measure", "提交原件")
            press("site.finding.due.7")
            step("answers")
            press("site.offer.veto")
            write("site.veto.evidence", "复印件 4 页")
            write("site.veto.reply", "认可")
            step("answers")
        elif item.id == FAILED:
            press("site.answer.minor", back=True)
            write("site.answer.note", "台账不全")
            press("site.offer.finding")
            write("site.finding.measure", "补齐台账")
            press("site.finding.due.30")
            step("answers")
        elif item.not_applicable:
            press("site.answer.not_applicable", back=True)
            write("site.answer.note", "园区没有这一项")
        else:
            press("site.answer.pass", back=True)
            if item.photo == "needed":
                photos(own, item.id)
                step("answers")
        if item is not items[-1]:
            press("site.answer.next")
    grades = {item.id: own.store.record.answer(item.id).grade for item in items}
    others = {item.id: "not_applicable" if item.not_applicable else "pass" for item in items}
    assert grades == {**others, STARRED: "severe", FAILED: "minor"}


def photos(own: site_rooms.Visit, item: str) -> None:
    """Two photos of an item; each is chosen in the grid by an arrow and gets its words."""
    made = [own.folder / f"{item}_{number}.jpg" for number in (1, 2)]
    for number, path in enumerate(made):
        path.write_bytes(photo(64, 48, corner=(90 * number, 9, 9)) + item.encode())
    own.dialogs.files = tuple(made)
    press("site.photos.offer")
    first, second = own.store.record.photos_of(f"answer:{item}")
    for one, way in ((first, None), (second, Key.Key_Right)):
        reach("site.photos.grid", back=one is second)
        grid = focus()
        assert isinstance(grid, PhotoGrid)
        if way is not None:
            key(way)
        assert [chosen.id for chosen in grid.chosen()] == [one.id]
        write("site.photo.caption", f"{item} 现场 {one.id}")
    key(Key.Key_Tab)
    said = [one.caption for one in own.store.record.photos_of(f"answer:{item}")]
    assert said == [f"{item} 现场 {one.id}" for one in (first, second)]


def findings(own: site_rooms.Visit) -> None:
    """One more that no datum and no item led to, of another severity than it began with."""
    step("findings")
    press("site.finding.add")
    write("site.finding.text", "配电间门未锁")
    press("site.finding.severe", back=True)
    write("site.finding.measure", "当日加锁")
    press("site.finding.due.7")
    press("site.observation.add", back=True)
    write("site.observation.text", "厂区外有一处在建工程")
    step("closing")
    record = own.store.record
    assert [(one.severity, one.about, one.text, one.measure) for one in record.findings] == [
        ("severe", "check:rd_spending/2025", "台账与申报不一致", "补提台账"),
        ("minor", f"answer:{FAILED}", "台账不全", "补齐台账"),
        ("severe", f"answer:{STARRED}", "原件与复印件不符", "提交原件"),
        ("severe", "", "配电间门未锁", "当日加锁"),
    ]
    today = device_now().date()
    assert [(date.fromisoformat(one.due) - today).days for one in record.findings] == [15, 30, 7, 7]
    (veto,) = record.vetoes
    assert (veto.ground, veto.text) == (own.store.pack.item_by_id[STARRED].ground, "原件与复印件不符")
    assert (veto.evidence, veto.reply) == ("复印件 4 页", "认可")
    assert [one.text for one in record.observations] == ["厂区外有一处在建工程"]


def closing(own: site_rooms.Visit) -> None:
    """The applicant refuses; a step taken back by its shortcut is done again."""
    press("site.closing.read.yes")
    write("site.closing.opinion", "无意见")
    write("site.closing.refusal", "负责人不在场")
    write("site.closing.witness", "示例联系人")
    step("sign")
    said = Closing(read_out=True, opinion="无意见", refusal="负责人不在场", witness="示例联系人")
    assert own.store.record.closing == said
    key(Key.Key_Z, Held.ControlModifier)
    assert own.store.record.closing != said
    key(Key.Key_Y, Held.ControlModifier)
    assert own.store.record.closing == said


def sign(own: site_rooms.Visit) -> None:
    """The other member's statements are joined, the whole is signed; what is signed is what was written."""
    with open_site(own.made, own.folder / "other", TEAM[1]) as session:
        session.declare()
        folder = own.folder / "fellow"
        folder.mkdir()
        own.dialogs.file = session.freeze(person(TEAM[1]), folder, partial=True).path
    assert [(lack.kind, lack.key) for lack in own.store.lacks] == [("statement", ("head", ""))]
    press("site.fellow.choose")
    write("passphrase", PASSPHRASE)
    press("site.join.compare")
    press("site.join.button")
    assert own.store.lacks == ()
    own.dialogs.folder = own.folder / "out"
    own.dialogs.folder.mkdir()
    press("site.sign.folder.choose")
    write("passphrase", PASSPHRASE)
    press("site.sign.button")
    (written,) = own.dialogs.folder.glob("*.ndbsite")
    standing = own.store.session.standing()
    assert (standing.signed, standing.missing) == ((TEAM[0],), (TEAM[1],))
    with SiteReader(written, person(TEAM[1])) as reader:
        assert reader.record == own.store.record
        reader.check_photos()


def test_a_whole_record_by_keys_alone(qtbot: QtBot, own: site_rooms.Visit) -> None:
    with qtbot.waitActive(own.window):
        own.window.activateWindow()
    enter(own)
    head_and_meetings(own)
    data(own)
    checklist(own)
    findings(own)
    closing(own)
    sign(own)


def test_tab_comes_to_a_choice_after_one_that_cannot_be_taken_here(qtbot: QtBot, own: site_rooms.Visit) -> None:
    """What was chosen of the item or datum before may not be open to the next: Tab stops at another one then."""
    with qtbot.waitActive(own.window):
        own.window.activateWindow()
    enter(own)
    own.page("checks.check:accidents")
    press("site.check.same")
    reach("site.check.consistent")
    own.page("checks.check:rd_spending/2025")
    press("site.check.unverifiable")
    own.page("answers.answer:S04")
    press("site.answer.not_applicable")
    own.page("answers.answer:S05")
    press("site.answer.minor")
    assert own.store.record.check("rd_spending/2025").conclusion == "unverifiable"
    assert own.store.record.answer("S05").grade == "minor"
