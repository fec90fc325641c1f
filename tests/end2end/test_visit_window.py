"""A visit from end to end through the window: a challenge, a visit, two inspectors on two machines, the merge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QListWidget, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.dispute import data_item
from ndb_desktop.domain.numbers import brief
from ndb_desktop.domain.rules import compute_basis
from ndb_desktop.domain.siterecord import MEETINGS
from ndb_desktop.services.disputes import list_disputes
from ndb_desktop.services.identity import keys_folder
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.desk import InspectionDesk
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.coordinator import Dialogs, open_sample, page_of, sample_copy
from tests.support.hands import cells, click_row, drop, label, opened, pick, write
from tests.support.photos import photo
from tests.support.sample import office_copy
from tests.support.site_window import LABELS
from tests.support.travel import PASSPHRASE, key_file, person
from tests.support.visits import TEAM, write_cards
from tests.support.window import child, press, settle
from tests.ui.conftest import plain_start  # noqa: F401  (the same language, theme and fonts as every window test)

FOUND = "0.01"
"""What the inspectors find, far from what was declared."""


@dataclass(frozen=True)
class Expected:
    """The disputed datum by code and in words, and the computed scores it decides: as declared and as verified."""

    application: str
    place: str
    named: str
    items: Mapping[str, tuple[Fraction, Fraction]]


def expected(folder: Path) -> Expected:
    """Read from a copy of the registry that nobody else sees."""
    office = office_copy(folder)
    (dispute,) = list_disputes(office)
    application = office.application(dispute.application)
    pack, k = office.pack_of(application), office.factor_of(application)
    datum = application.data[dispute.datum]
    changed = replace(datum, values={**datum.values, dispute.key: Decimal(FOUND)})
    verified = replace(application, data={**application.data, dispute.datum: changed})
    items = {}
    for indicator in pack.indicators:
        if indicator.rule is not None:
            before, after = (compute_basis(pack, indicator, one, k).score for one in (application, verified))
            if before is not None and after is not None and before != after:
                items[f"{indicator.id} {i18n.local(indicator.title)} · {tr('part.basis')}"] = (before, after)
    office.close()
    assert items
    named = tr("site.check.year", datum=i18n.local(data_item(pack, dispute.datum).label), year=dispute.key)
    return Expected(dispute.application, f"{dispute.datum}/{dispute.key}", named, items)


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


# ----- the coordinator, before -----


def issue(window: MainWindow, folder: Path, dialogs: Dialogs, wanted: Expected) -> Path:
    """Refers the challenge to a visit, takes two inspectors, plans and issues; the bundle."""
    open_sample(window, folder / "sample", dialogs)
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
    pick(child(window, "visits.applicant"), wanted.application)
    for row in range(len(TEAM)):
        click_row(child(window, "visits.team"), row)
    press(window, "visits.make")
    assert cells(child(window, "visits.wanted"), 0)
    dialogs.folder = folder / "out"
    press(window, "visits.issue")
    (bundle,) = (folder / "out").glob("*.ndbbundle")
    return bundle


# ----- the inspectors -----


@contextmanager
def at_visit(qtbot: QtBot, profile: Path, name: str, bundle: Path) -> Iterator[MainWindow]:
    """An inspector's own machine with the open visit."""
    keys = keys_folder(profile)
    keys.mkdir(parents=True, exist_ok=True)
    (keys / "me.ndbkey").write_bytes(key_file(name))
    with opened(qtbot, profile) as window:
        drop(window, [bundle])
        write(child(child(window, "site.unlock"), "passphrase"), PASSPHRASE)
        press(window, "site.open")
        assert isinstance(window.desk, InspectionDesk)
        yield window


def verify(window: MainWindow, place: str, proof: str) -> None:
    """Finds another figure than the declared one, which takes its place."""
    step(window, "checks")
    press(window, "site.check.method.original")
    fill(window, "site.check.verified", FOUND)
    press(window, "site.check.effect.replace")
    fill(window, "site.check.proof", proof)
    fill(window, "site.check.note", "台账与申报不一致")
    assert isinstance(window.desk, InspectionDesk)
    assert window.desk.store is not None
    assert window.desk.store.record.check(place).verified == Decimal(FOUND)


def record_all(window: MainWindow, folder: Path, dialogs: Dialogs, wanted: Expected) -> None:
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
    verify(window, wanted.place, "证 3-1")
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


# ----- the round -----


def test_a_visit_through_the_window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dialogs = Dialogs(monkeypatch)
    wanted = expected(tmp_path / "read")
    sample_copy(tmp_path / "sample")
    with opened(qtbot, tmp_path / "office") as window:
        bundle = issue(window, tmp_path, dialogs, wanted)

    with at_visit(qtbot, tmp_path / "two", TEAM[1], bundle) as window:
        press(window, "site.statements.make")
        verify(window, wanted.place, "证 9")
        step(window, "findings")
        press(window, "site.observation.add")
        fill(window, "site.observation.text", "厂区外有一处在建工程")
        step(window, "sign")
        part = sign(window, dialogs, tmp_path / "travel", "site.sign.button")

    with at_visit(qtbot, tmp_path / "one", TEAM[0], bundle) as window:
        record_all(window, tmp_path, dialogs, wanted)
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
        whole = sign(window, dialogs, tmp_path / "travel", "site.sign.button")

    with at_visit(qtbot, tmp_path / "two", TEAM[1], bundle) as window:
        take(window, dialogs, whole)
        back = sign(window, dialogs, tmp_path / "back", "site.cosign")
        assert "可以交给组织方" in label(window, "site.sign.facts")

    with opened(qtbot, tmp_path / "office") as window:
        open_sample(window, tmp_path / "sample", dialogs)
        merge(window, back, part, wanted)


def merge(window: MainWindow, back: Path, part: Path, wanted: Expected) -> None:
    """The coordinator takes the record in: a look first, then the figures and scores before and after."""
    drop(window, [back, part])
    assert cells(child(window, "visits.verdicts"), 0) == ["接收", "拒收"], "a partial record is for fellow members"
    declared = total(window, wanted.application)
    page_of(window, "visits.records")
    press(window, "visits.merge")
    assert total(window, wanted.application) != declared, "every expert's sheet counts with the verified figure"
    page_of(window, "visits.records")
    click_row(child(window, "visits.records"), 0)
    effects = child(window, "visits.effects")
    row = cells(effects, 0).index(wanted.named)
    assert cells(effects, 2)[row].startswith(FOUND)
    assert cells(effects, 5)[row] == "计入"
    lines = label(window, "visits.items").split("\n")
    for item, scores in wanted.items.items():
        (shown,) = [line for line in lines if item in line]
        assert all(brief(score) in half for score, half in zip(scores, shown.split("→"), strict=True)), shown


def total(window: MainWindow, application: str) -> str:
    """What the internal results say of an application."""
    page = page_of(window, "results")
    page.tabs.setCurrentIndex(1)  # type: ignore[attr-defined]
    settle()
    if child(window, "results.door").isVisible():
        press(window, "results.door")
    table = child(window, "results.internal.table")
    return cells(table, 5)[cells(table, 0).index(application)]
