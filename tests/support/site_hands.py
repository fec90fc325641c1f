"""A visit by hands at the window: planned and issued, recorded by two inspectors on their own machines, co-signed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QListWidget, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.siterecord import MEETINGS
from ndb_desktop.services.identity import keys_folder
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.desk import InspectionDesk
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import window as helper
from tests.support.coordinator import Dialogs, page_of
from tests.support.hands import cells, click_row, drop, label, opened, pick, write
from tests.support.photos import photo
from tests.support.site_window import LABELS
from tests.support.travel import PASSPHRASE, key_file, person
from tests.support.visits import TEAM, write_cards
from tests.support.window import child, press, settle

# ----- hands -----


def step(window: MainWindow, page: str) -> None:
    """Chooses a step of the visit at the left by mouse."""
    nav = child(window, "site.nav")
    assert isinstance(nav, QListWidget)
    spot = nav.visualItemRect(nav.item(LABELS.index(page))).center()
    QTest.mouseClick(nav.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    settle()
    assert child(window, f"site.{page}").isVisible()


def fill(window: MainWindow, name: str, text: str) -> None:
    """Types into a field, and leaves it with Tab."""
    field = child(window, name)
    write(field, text)
    QTest.keyClick(field, Qt.Key.Key_Tab)
    settle()


def draw(pad: QWidget, *spots: tuple[int, int]) -> None:
    """One stroke with the mouse."""
    first, *rest = (QPoint(x, y) for x, y in spots)
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, first)
    for spot in rest:
        QTest.mouseMove(pad, spot)
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, rest[-1])
    settle()


# ----- the coordinator -----


def plan_and_issue(window: MainWindow, folder: Path, dialogs: Dialogs, application: str) -> Path:
    """Refers the challenge in sight to a visit, takes two inspectors, plans and issues; the bundle."""
    page_of(window, "challenges")
    press(window, "challenge.site")
    write(child(window, "challenge.reason"), "专家质疑，须到现场核实")
    settle()
    press(window, "challenge.sign")
    page_of(window, "visits.people")
    dialogs.folder = write_cards(folder / "cards")
    press(window, "visits.cards.folder")
    for row, name in enumerate(TEAM):
        click_row(child(window, "visits.people.table"), row)
        fill(window, "visits.fingerprint", person(name).keyid)
        press(window, "visits.confirm")
    page_of(window, "visits.tasks")
    pick(child(window, "visits.applicant"), application)
    for row in range(len(TEAM)):
        click_row(child(window, "visits.team"), row)
    press(window, "visits.make")
    assert cells(child(window, "visits.wanted"), 0)
    dialogs.folder = folder / "out"
    press(window, "visits.issue")
    (bundle,) = (folder / "out").glob("*.ndbbundle")
    return bundle


def total(window: MainWindow, application: str) -> str:
    """What the internal results say of an application."""
    page = page_of(window, "results")
    page.tabs.setCurrentIndex(1)  # type: ignore[attr-defined]
    settle()
    if child(window, "results.door").isVisible():
        press(window, "results.door")
    table = child(window, "results.internal.table")
    return cells(table, 5)[cells(table, 0).index(application)]


# ----- the inspectors -----


@contextmanager
def at_visit(
    qtbot: QtBot, profile: Path, name: str, bundle: Path, now: Callable[[], datetime] = helper.now
) -> Iterator[MainWindow]:
    """An inspector's own machine with the open visit."""
    keys = keys_folder(profile)
    keys.mkdir(parents=True, exist_ok=True)
    (keys / "me.ndbkey").write_bytes(key_file(name))
    with opened(qtbot, profile, now) as window:
        drop(window, [bundle])
        write(child(child(window, "site.unlock"), "passphrase"), PASSPHRASE)
        press(window, "site.open")
        assert isinstance(window.desk, InspectionDesk)
        yield window


def verify(window: MainWindow, place: str, proof: str, found: str) -> None:
    """Finds another figure than the declared one, which takes its place."""
    step(window, "checks")
    press(window, "site.check.method.original")
    fill(window, "site.check.verified", found)
    press(window, "site.check.effect.replace")
    fill(window, "site.check.proof", proof)
    fill(window, "site.check.note", "台账与申报不一致")
    assert isinstance(window.desk, InspectionDesk)
    assert window.desk.store is not None
    assert window.desk.store.record.check(place).verified == Decimal(found)


def record_all(window: MainWindow, folder: Path, dialogs: Dialogs, place: str, found: str) -> None:
    """Everything a whole record needs, by the widgets of each page."""
    press(window, "site.statements.make")
    step(window, "head")
    fill(window, "site.place", "福州市示例路 1 号")
    press(window, "site.started.now")
    press(window, "site.ended.now")
    press(window, "site.host.add")
    fill(window, "site.host.0.name", "示例联系人")
    fill(window, "site.host.0.role", "总工程师")
    step(window, "meetings")
    for name in MEETINGS:
        press(window, f"site.meeting.{name}.held")
        press(window, f"site.meeting.{name}.started.now")
        press(window, f"site.meeting.{name}.ended.now")
    verify(window, place, "证 3-1", found)
    step(window, "answers")
    items = child(window, "site.answers.table").model().rowCount()  # type: ignore[attr-defined]
    for number in range(items):
        press(window, "site.answer.pass")
        if label(window, "site.answer.photo") and child(window, "site.answer.photo").isVisible():
            add_photo(window, folder, dialogs, number)
        press(window, "site.answer.next")
    step(window, "closing")
    press(window, "site.closing.read.yes")
    fill(window, "site.closing.signer", "林某")
    fill(window, "site.closing.role", "总经理")
    draw(child(window, "site.closing.pad"), (40, 120), (120, 40), (200, 120))
    draw(child(window, "site.closing.pad"), (240, 90), (320, 60))


def add_photo(window: MainWindow, folder: Path, dialogs: Dialogs, number: int) -> None:
    """A photo of the item in sight, if one is required; then back to the checklist."""
    if "须" not in label(window, "site.answer.photo"):
        return
    path = folder / f"IMG_{number:04d}.jpg"
    path.write_bytes(photo(64, 48, corner=(9 * number, 250 - 9 * number, 99)))
    dialogs.files = (path,)
    press(window, "site.photos.offer")
    fill(window, "site.photo.caption", "现场")
    step(window, "answers")


def sign(window: MainWindow, dialogs: Dialogs, folder: Path, button: str) -> Path:
    """Types the passphrase and signs into a folder; the file that came of it."""
    folder.mkdir(exist_ok=True)
    known = set(folder.iterdir())
    dialogs.folder = folder
    press(window, "site.sign.folder.choose")
    write(child(child(window, "site.sign"), "passphrase"), PASSPHRASE)
    settle()
    press(window, button)
    (made,) = set(folder.iterdir()) - known
    assert label(window, "site.sign.file") == made.name
    return made


def take(window: MainWindow, dialogs: Dialogs, path: Path) -> None:
    """Chooses a fellow member's file on the page of signatures."""
    step(window, "sign")
    dialogs.file = path
    press(window, "site.fellow.choose")


def record_by_two(
    qtbot: QtBot, folder: Path, dialogs: Dialogs, bundle: Path, place: str, found: str,
    now: Callable[[], datetime] = helper.now,
) -> tuple[Path, Path]:  # fmt: skip
    """One writes the record, the other adds to it and signs as well: the co-signed record, and the other's part."""
    with at_visit(qtbot, folder / "two", TEAM[1], bundle, now) as window:
        press(window, "site.statements.make")
        verify(window, place, "证 9", found)
        step(window, "findings")
        press(window, "site.observation.add")
        fill(window, "site.observation.text", "厂区外有一处在建工程")
        step(window, "sign")
        part = sign(window, dialogs, folder / "travel", "site.sign.button")

    with at_visit(qtbot, folder / "one", TEAM[0], bundle, now) as window:
        record_all(window, folder, dialogs, place, found)
        take(window, dialogs, part)
        assert "1" in label(window, "site.sign.left"), "the other member's statements"
        write(child(child(window, "site.sign"), "passphrase"), PASSPHRASE)
        settle()
        press(window, "site.join.compare")
        said = {one.text() for one in child(window, "site.join.0").findChildren(QLabel)}
        assert {"证 3-1", "证 9"} <= said, "both members wrote down another evidence"
        press(window, "site.join.0.mine")
        press(window, "site.join.button")
        assert label(window, "site.sign.left") == tr("site.complete")
        whole = sign(window, dialogs, folder / "travel", "site.sign.button")

    with at_visit(qtbot, folder / "two", TEAM[1], bundle, now) as window:
        take(window, dialogs, whole)
        back = sign(window, dialogs, folder / "back", "site.cosign")
        assert "可以交给组织方" in label(window, "site.sign.facts")
    return back, part
