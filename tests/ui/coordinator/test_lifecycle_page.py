"""The life cycle of bases through the widgets a coordinator touches: the list, one base's way, a move decided."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QWidget

from ndb_desktop.domain.lifecycle import DocumentRef, begun
from ndb_desktop.services import lifecycle
from ndb_desktop.services.lifecycle import Base
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.lifecycle_look import LivesLook, read_lives
from ndb_desktop.ui.coordinator.lifecycle_page import LifecyclePage
from ndb_desktop.ui.coordinator.lifecycle_wish import MoveWish, propose
from ndb_desktop.ui.coordinator.lifecycle_words import counts_words
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.table import DataTable
from tests.support import supervised
from tests.support.coordinator import Dialogs, desk_of, page_of, said
from tests.support.lives import finalised, followed, move, on, paper
from tests.support.stage_office import judged_office
from tests.support.travel import tiny_application
from tests.support.window import child, press, settle

OLD, LISTED = date(2024, 9, 17), date(2026, 9, 17)


@pytest.fixture(scope="module")
def final(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with final results and nobody listed yet, made once; nobody writes to it."""
    folder = tmp_path_factory.mktemp("lives")
    finalised(folder)
    return folder


@pytest.fixture
def folder(final: Path, tmp_path: Path) -> Path:
    """The test's own copy."""
    shutil.copytree(final / "office", tmp_path / "office")
    shutil.copy(final / "组织方.ndbkey", tmp_path)
    return tmp_path / "office"


Open = Callable[[Path], LifecyclePage]


@pytest.fixture
def go(window: MainWindow, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens a registry as a user does and goes to the page."""

    def open_it(made: Path) -> LifecyclePage:
        supervised.open_in(window, made, dialogs, monkeypatch)
        return here(window)

    return open_it


def here(window: MainWindow, part: str = "lifecycle") -> LifecyclePage:
    page = page_of(window, part)
    assert isinstance(page, LifecyclePage)
    return page


def store_of(window: MainWindow) -> OfficeStore:
    store = desk_of(window).store
    assert store is not None
    return store


def label(window: QWidget, name: str) -> str:
    found = child(window, name)
    assert isinstance(found, QLabel)
    return found.text()


def table(window: QWidget, name: str) -> DataTable:
    found = child(window, name)
    assert isinstance(found, DataTable)
    return found


def cells(view: DataTable, column: int) -> list[str]:
    model = view.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def names(view: DataTable, column: int = 0) -> list[str]:
    """The bases listed, by number."""
    return [cell.split()[0] for cell in cells(view, column)]


def write(window: QWidget, name: str, words: str) -> None:
    box = child(window, name)
    assert isinstance(box, LineEdit)
    box.setText(words)
    settle()


def choose(window: QWidget, name: str, value: object) -> None:
    box = child(window, name)
    assert isinstance(box, Choice)
    box.setCurrentIndex(box.findData(value))
    settle()


def shown(page: QWidget) -> str:
    """Every word in sight."""
    return "\n".join(one.text() for one in page.findChildren(QLabel) if one.isVisible())


def listed(made: Path, day: date = LISTED) -> Path:
    """Both selected applicants are 创建对象 since a day."""
    with on(made, 2026, 11, 20) as office:
        move(office, "create", day, "A-001", "A-002")
    return made


def drop(page: QWidget, *paths: Path) -> bool:
    """Drops files on the page; whether it takes them."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, buttons, keys)
    page.dragEnterEvent(enter)
    if enter.isAccepted():
        page.dropEvent(QDropEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, buttons, keys))
        settle()
    return enter.isAccepted()


# ----- the list -----


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh_CN", ["21 个园区、112 家企业：创建对象，尚未认定", "1 家企业：已认定"]),
        (
            "en",
            ["Building a base, not yet recognised (parks: 21, enterprises: 112)", "Recognised (enterprises: 1)"],
        ),
    ],
)
def test_a_first_batch_is_counted_from_its_bases_and_is_not_called_recognised(language: str, words: list[str]) -> None:
    i18n.set_language(language)
    park, firm = tiny_application(1, "2.9"), replace(tiny_application(2, "2.9"), category="enterprise")
    bases = [
        Base(one, begun(one.id, "creating", LISTED)) for one, count in ((park, 21), (firm, 112)) for _ in range(count)
    ]
    assert counts_words([*bases, Base(firm, begun(firm.id, "recognised", LISTED))]) == words


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh_CN", "1 个园区：未列入创建名单\n2 个园区：创建对象，尚未认定"),
        ("en", "Not selected (parks: 1)\nBuilding a base, not yet recognised (parks: 2)"),
    ],
)
def test_the_list_says_how_many_stand_where_and_what_is_due(
    window: MainWindow, folder: Path, go: Open, language: str, words: str
) -> None:
    i18n.set_language(language)
    go(listed(folder))
    assert label(window, "lifecycle.counts") == words
    view = table(window, "lifecycle.table")
    assert names(view) == ["A-001", "A-002", "A-003"]
    assert cells(view, 2)[::2] == [tr("lifecycle.state.creating"), tr("lifecycle.state.not_selected")]
    assert cells(view, 3) == ["2026-09-17", "2026-09-17", "—"]
    assert cells(view, 4) == [tr("lifecycle.due.acceptance", day="2028-09-17")] * 2 + ["—"]
    assert not child(window, "lifecycle.late").isVisible()
    assert not child(window, "lifecycle.link").isVisible()


def test_what_is_overdue_stands_first_in_words_and_the_list_is_filtered_as_one_types(
    window: MainWindow, folder: Path, go: Open
) -> None:
    with on(folder, 2026, 11, 20) as office:
        move(office, "create", LISTED, "A-001")
        move(office, "create", OLD, "A-002")
    go(folder)
    view = table(window, "lifecycle.table")
    assert names(view) == ["A-002", "A-001", "A-003"]
    due = tr("lifecycle.due.acceptance", day="2026-09-17")
    assert cells(view, 4)[0] == tr("lifecycle.due.past", due=due, days=66)
    icon = view.source.cells(0, [4])[0].icon
    assert icon == ("octagon-alert", "danger"), "a shape beside the colour"
    assert label(window, "lifecycle.late") == tr("lifecycle.late.count", count=1)
    choose(window, "lifecycle.which", "late")
    assert names(view) == ["A-002"]
    choose(window, "lifecycle.which", "creating")
    assert names(view) == ["A-002", "A-001"]
    choose(window, "lifecycle.which", "")
    for letter in "A-003":
        QTest.keyClicks(child(window, "lifecycle.search"), letter)
    assert names(view) == ["A-003"]


def test_a_registry_without_applications_says_what_to_do(window: MainWindow, tmp_path: Path, go: Open) -> None:
    office = supervised.make_office(tmp_path / "office", applications=0, experts=0, assigned=False)
    office.close()
    (tmp_path / "组织方.ndbkey").write_bytes(supervised.key_file("组织方"))
    page = go(office.folder)
    assert tr("lifecycle.empty.text") in shown(page)
    assert not child(window, "lifecycle.table").isVisible()


def test_reading_can_be_given_up_and_done_again(
    window: MainWindow, folder: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "ndb_desktop.ui.coordinator.lifecycle_page.read_lives"
    asked: list[object] = []

    def stopped(*args: object) -> LivesLook:
        asked.append(args)
        args[2].cancel()  # type: ignore[attr-defined]
        return read_lives(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(module, stopped)
    supervised.open_in(window, folder, dialogs, monkeypatch)
    here(window)
    assert len(asked) == 1
    assert tr("lifecycle.reading.cancelled") in said(window, "lifecycle")
    assert not child(window, "lifecycle.table").isVisible()
    monkeypatch.setattr(module, read_lives)
    press(window, "banner.action")
    assert names(table(window, "lifecycle.table")) == ["A-001", "A-002", "A-003"]


# ----- one base -----


def test_a_base_shows_its_way_with_every_decision_file_and_deadline_and_what_may_follow(
    window: MainWindow, folder: Path, go: Open
) -> None:
    with on(folder, 2026, 11, 20) as office:
        move(office, "create", OLD, "A-001", "A-002")
        move(office, "acceptance", LISTED, "A-001")
        move(office, "rectify", date(2026, 9, 20), "A-001", until=date(2026, 10, 20))
    page = go(folder)
    view = table(window, "lifecycle.table")
    assert names(view)[0] == "A-002", "two bases are overdue; the earlier day comes first"
    view.selectRow(names(view).index("A-001"))
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Return)
    settle()
    assert not view.isVisible()
    words = shown(page)
    for phase in ("lifecycle.state.applied", "lifecycle.phase.creating", "lifecycle.state.notice"):
        assert tr(phase) in words
    number = store_of(window).office.decided.all()[-1].number
    assert tr("lifecycle.state.rectifying") in words
    assert tr("lifecycle.step", number=number, day="2026-09-20", move=tr("lifecycle.move.rectify")) in words
    assert tr("lifecycle.step.paper", paper="工信部函〔2026〕9号") in words
    due = tr("lifecycle.due.rectification", day="2026-10-20")
    assert tr("lifecycle.base.due", due=tr("lifecycle.due.past", due=due, days=33)) in words
    assert tr("lifecycle.base.rectified") in words
    assert tr("lifecycle.step.others", count=2) in words
    assert child(window, "lifecycle.next.recheck").isEnabled()
    press(window, "lifecycle.next.end")
    box = child(window, "lifecycle.move")
    assert isinstance(box, Choice)
    assert box.value() == "end"
    assert label(window, "lifecycle.count") == tr("lifecycle.count", count=1)
    here(window, "lifecycle.bases")
    press(window, "lifecycle.back")
    assert view.isVisible()
    press(window, "lifecycle.open")
    assert not view.isVisible()
    QTest.keyClick(child(window, "lifecycle.back"), Qt.Key.Key_Escape)
    settle()
    assert view.isVisible()


# ----- a move -----


def test_a_move_is_prepared_previewed_told_in_words_and_signed(window: MainWindow, folder: Path, go: Open) -> None:
    page = go(folder)
    here(window, "lifecycle.move")
    assert label(window, "lifecycle.lacks") == tr("lifecycle.lacks.move")
    assert tr("lifecycle.picks.first") in shown(page)
    choose(window, "lifecycle.move", "create")
    assert label(window, "lifecycle.lacks") == tr("lifecycle.lacks.bases")
    picks = table(window, "lifecycle.picks")
    assert names(picks, 1) == ["A-001", "A-002"], "who was not selected is not offered"
    picks.selectRow(0)
    QTest.keyClick(picks, Qt.Key.Key_Return)
    settle()
    assert label(window, "lifecycle.count") == tr("lifecycle.count", count=1)
    press(window, "lifecycle.all")
    assert label(window, "lifecycle.count") == tr("lifecycle.count", count=2)
    write(window, "lifecycle.on", "17.9.2026")
    assert label(window, "lifecycle.lacks") == tr("lifecycle.lacks.day", words="17.9.2026")
    write(window, "lifecycle.on", "2026-09-17")
    assert label(window, "lifecycle.lacks") == tr("lifecycle.lacks.reason")
    assert not child(window, "lifecycle.preview").isEnabled()
    write(window, "lifecycle.reason", "按工作方案")
    write(window, "lifecycle.paper", "工信部函〔2026〕9号")
    before = store_of(window).office.decided.all()
    press(window, "lifecycle.preview")
    words = label(window, "lifecycle.words")
    assert tr("lifecycle.confirm.move", move=tr("lifecycle.move.create"), kinds="2 个园区") in words
    assert tr("lifecycle.confirm.create") in words
    assert tr("lifecycle.confirm.one") in words
    assert store_of(window).office.decided.all() == before, "a preview writes nothing"

    write(window, "lifecycle.paper", "工信部函〔2026〕10号")
    assert not child(window, "lifecycle.confirm").isVisible(), "what was previewed is not what stands there now"
    press(window, "lifecycle.preview")
    press(window, "lifecycle.sign")
    made = store_of(window).office.decided.all()[-1]
    assert (made.kind, made.content["paper"], made.reason) == ("lifecycle", "工信部函〔2026〕10号", "按工作方案")
    assert tr("lifecycle.decided", number=made.number, move=tr("lifecycle.move.create"), count=2) in said(
        window, "lifecycle"
    )
    assert "创建对象，尚未认定" in label(here(window, "lifecycle.bases"), "lifecycle.counts")
    assert label(here(window, "lifecycle.move"), "lifecycle.lacks") == tr("lifecycle.lacks.move"), "the form is empty"


def test_who_does_not_fit_is_named_with_the_reason_and_left_out(window: MainWindow, folder: Path, go: Open) -> None:
    with on(folder, 2026, 11, 20) as office:
        move(office, "create", OLD, "A-001")
        move(office, "create", LISTED, "A-002")
    go(folder)
    wish = MoveWish("acceptance", ("A-001", "A-002", "A-003"), reason="到期")
    here(window).prepare(wish)
    settle()
    assert label(window, "lifecycle.count") == tr("lifecycle.count", count=3)
    press(window, "lifecycle.preview")
    why = child(window, "lifecycle.why")
    assert isinstance(why, QPlainTextEdit)
    told = why.toPlainText()
    assert "2028-09-17" in told.splitlines()[0]
    assert tr("lifecycle.state.not_selected") in told.splitlines()[1]
    assert not child(window, "lifecycle.sign").isVisible(), "nothing is signed that does not fit everybody"
    press(window, "lifecycle.fewer")
    assert "A-001" in label(window, "lifecycle.fits")
    press(window, "lifecycle.sign")
    office_lives = lifecycle.all_lives(store_of(window).office).bases
    assert [office_lives[name].state for name in ("A-001", "A-002")] == ["acceptance", "creating"]


def test_recognition_takes_two_and_the_second_sees_everything_in_words(
    window: MainWindow, folder: Path, go: Open
) -> None:
    with on(folder, 2026, 11, 20) as office:
        move(office, "create", OLD, "A-001", "A-002")
        for what, day in (("acceptance", 17), ("accept", 18)):
            move(office, what, date(2026, 9, day), "A-001", "A-002")  # type: ignore[arg-type]
        move(office, "notice", date(2026, 9, 28), "A-001", "A-002")
    supervised.key_in_profile(window.profile)
    page = go(folder)
    assert tr("lifecycle.due.over", due=tr("lifecycle.due.notice", day="2026-10-10")) in cells(
        table(window, "lifecycle.table"), 4
    )
    page.prepare(MoveWish("recognise", ("A-001", "A-002"), paper="认定函1号", reason="公示无异议"))
    settle()
    press(window, "lifecycle.preview")
    assert tr("lifecycle.confirm.two") in label(window, "lifecycle.words")
    press(window, "lifecycle.sign")
    card = child(window, "second")
    words = shown(card)
    assert tr("lifecycle.move.recognise") in words
    assert "A-001" in words
    assert "认定函1号" in words
    assert "base.0001" not in words
    assert "recognise" not in words
    supervised.sign_second(window)
    made = store_of(window).office.decided.all()[-1]
    assert (made.kind, [role for role, _ in made.signers]) == ("recognition", ["coordinator", "supervisor"])
    view = table(here(window, "lifecycle.bases"), "lifecycle.table")
    assert cells(view, 2)[:2] == [tr("lifecycle.state.recognised")] * 2
    assert label(window, "lifecycle.counts").endswith("2 个园区：已认定")


def test_removal_shows_ground_and_file_to_whoever_signs_second(window: MainWindow, folder: Path, go: Open) -> None:
    with on(folder, 2026, 11, 20) as office:
        move(office, "create", OLD, "A-001")
        move(office, "acceptance", LISTED, "A-001")
        move(office, "accept", date(2026, 9, 18), "A-001")
        move(office, "notice", date(2026, 9, 28), "A-001")
        move(office, "recognise", date(2026, 10, 12), "A-001")
    supervised.key_in_profile(window.profile)
    page = go(folder)
    here(window, "lifecycle.move")
    choose(window, "lifecycle.move", "remove")
    table(window, "lifecycle.picks").selectRow(0)
    press(window, "lifecycle.turn")
    assert label(window, "lifecycle.lacks") == tr("lifecycle.lacks.ground")
    choose(window, "lifecycle.ground", "veto")
    assert label(window, "lifecycle.lacks") == tr("lifecycle.lacks.documents")
    record = paper(folder.parent, "通报.pdf")
    assert not drop(page, folder), "a folder is no file"
    assert drop(page, record)
    assert cells(table(window, "lifecycle.documents"), 0) == ["通报.pdf"]
    write(window, "lifecycle.reason", "重大事故")
    press(window, "lifecycle.preview")
    press(window, "lifecycle.sign")
    words = shown(child(window, "second"))
    assert tr("lifecycle.ground.veto") in words
    assert "通报.pdf" in words
    assert hashlib.sha256(b"record").hexdigest()[:32] in words
    press(window, "second.cancel")
    assert lifecycle.all_lives(store_of(window).office).bases["A-001"].state == "recognised"


def test_with_the_recovery_key_everything_is_seen_and_nothing_signed(
    window: MainWindow, folder: Path, go: Open
) -> None:
    listed(folder, OLD)
    (folder.parent / "组织方.ndbkey").write_bytes(supervised.key_file("恢复"))
    page = go(folder)
    page.open_base("A-001")
    settle()
    assert tr("issue.recovered") in label(window, "lifecycle.next")
    assert not child(window, "lifecycle.next.acceptance").isEnabled()
    page.prepare(MoveWish("acceptance", ("A-001",), reason="到期"))
    settle()
    press(window, "lifecycle.preview")
    assert tr("issue.recovered") in label(window, "lifecycle.words")
    assert not child(window, "lifecycle.sign").isEnabled()


# ----- files -----


def test_digests_are_made_as_a_task_that_can_be_given_up(
    window: MainWindow, folder: Path, go: Open, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = go(listed(folder))
    here(window, "lifecycle.move")
    choose(window, "lifecycle.move", "accept")
    dialogs.files = (paper(folder.parent, "甲.ndbsite"), paper(folder.parent, "乙.ndbsite"))
    dialogs.files[1].write_bytes(b"other")
    real = lifecycle.read_document
    seen: list[str] = []

    def stopped(path: Path, progress: object, cancel: object) -> DocumentRef:
        seen.append(path.name)
        cancel.cancel()  # type: ignore[attr-defined]
        return real(path, progress, cancel)  # type: ignore[arg-type]

    module = "ndb_desktop.ui.coordinator.lifecycle_page.read_document"
    monkeypatch.setattr(module, stopped)
    press(window, "lifecycle.documents.add")
    assert seen == ["甲.ndbsite"]
    assert tr("lifecycle.digesting.cancelled") in said(window, "lifecycle")
    assert not child(window, "lifecycle.documents").isVisible()
    monkeypatch.setattr(module, real)
    press(window, "lifecycle.documents.add")
    documents = table(window, "lifecycle.documents")
    assert cells(documents, 0) == ["甲.ndbsite", "乙.ndbsite"]
    assert cells(documents, 1)[0] == hashlib.sha256(b"record").hexdigest()[:16]
    press(window, "lifecycle.documents.add")
    assert documents.model().rowCount() == 2, "the same bytes twice are one file"
    documents.selectRow(0)
    settle()
    press(window, "lifecycle.documents.drop")
    assert cells(documents, 0) == ["乙.ndbsite"]
    dialogs.files = (folder.parent / "gone.pdf",)
    press(window, "lifecycle.documents.add")
    assert tr("lifecycle.documents.folder") in said(window, "lifecycle")
    assert page.banner.message() is not None


# ----- what other pages propose, and what is kept -----


def test_a_proposal_from_another_page_fills_the_form_and_survives_a_change_of_language(
    window: MainWindow, folder: Path, go: Open
) -> None:
    go(listed(folder, OLD))
    wish = MoveWish("acceptance", ("A-002",), paper="函3号", reason="到期")
    propose(page_of(window, "results"), wish)
    settle()
    assert child(window, "lifecycle.reason").isVisible()
    for language in ("zh_CN", "en"):
        i18n.set_language(language)
        window._apply_theme("light", 1.0)
        settle()
        here(window, "lifecycle.move")
        box = child(window, "lifecycle.move")
        assert isinstance(box, Choice)
        assert (box.value(), child(window, "lifecycle.paper").text()) == ("acceptance", "函3号")  # type: ignore[attr-defined]
        assert label(window, "lifecycle.count") == tr("lifecycle.count", count=1)
    press(window, "lifecycle.preview")
    assert "A-002" in label(window, "lifecycle.fits")


# ----- the registry before -----


def test_the_registry_before_is_named_and_its_link_checked(
    window: MainWindow, folder: Path, tmp_path: Path, go: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(folder, OLD)
    made = followed(tmp_path / "next/office", folder, "acceptance", monkeypatch)
    made.office.close()
    shutil.copy(tmp_path / "组织方.ndbkey", tmp_path / "next")
    page = go(tmp_path / "next/office")
    assert tr("lifecycle.link.sound") in shown(page)
    assert tr("lifecycle.link.text", batch="T-2026", stage=tr("lifecycle.state.acceptance")) in shown(page)
    view = table(window, "lifecycle.table")
    assert names(view) == ["A-001", "A-002"]
    view.selectRow(0)
    press(window, "lifecycle.open")
    digest = made.link.bases[0].decision
    assert tr("lifecycle.carried", batch="T-2026", day="2024-09-17", digest=digest) in shown(page)

    page.prepare(MoveWish("acceptance", ("A-001",), reason="到期"))
    settle()
    press(window, "lifecycle.preview")
    press(window, "lifecycle.sign")
    page.prepare(MoveWish("accept", ("A-001",), reason="通过"))
    settle()
    press(window, "lifecycle.preview")
    assert "E-LIFECYCLE-DOCUMENT" in str(page.banner.message()), "the outcome may be the file; there is none here"

    office = store_of(window).office
    with office.registry.transaction():
        office.registry.set_meta("predecessor.link", "{}")
        office.log("decision", "x", {"note": "touched"})
    page_of(window, "people").job("x", lambda *_: None, lambda _none: None)
    settle()
    words = shown(here(window, "lifecycle.bases"))
    assert tr("lifecycle.link.broken") in words
    assert "E-SUCCESSION-LINK" in words
    assert child(window, "lifecycle.stopped").isVisible()


def test_a_decision_that_does_not_fit_is_named_on_the_page(window: MainWindow, folder: Path, go: Open) -> None:
    with on(folder, 2026, 11, 20) as office:
        office.decided.record("lifecycle", "A-001", {"move": "retain", "on": "2026-11-01"}, reason="x")
        number = office.decided.all()[-1].number
    page = go(folder)
    assert tr("lifecycle.refused", number=number, why="")[:8] in shown(page)
    assert cells(table(window, "lifecycle.table"), 2)[0] == tr("lifecycle.state.assessing")


def test_from_the_outcome_of_an_acceptance_to_the_signed_move_that_rests_on_it(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged_office(tmp_path, {"P001": "1", "P002": "0"}).close()
    (tmp_path / "组织方.ndbkey").write_bytes(supervised.key_file("组织方"))
    monkeypatch.setattr(window, "now", lambda: datetime(2028, 12, 1, 4, tzinfo=UTC))
    window.enter("coordinator")
    settle()
    dialogs.folder, dialogs.file = tmp_path / "office", tmp_path / "组织方.ndbkey"
    press(window, "office.choose.button")
    press(window, "office.key.browse")
    child(window, "passphrase").setText(supervised.PASSPHRASE)  # type: ignore[attr-defined]
    press(window, "office.open")
    page_of(window, "results")
    press(window, "results.door")
    press(window, "stage.offer.accept")
    assert label(window, "lifecycle.count") == tr("lifecycle.count", count=1)
    write(window, "lifecycle.reason", "专家组一致同意")
    table(window, "lifecycle.picks").selectRow(1)
    press(window, "lifecycle.turn")
    press(window, "lifecycle.preview")
    why = child(window, "lifecycle.why")
    assert isinstance(why, QPlainTextEdit)
    assert "P002" in why.toPlainText()
    press(window, "lifecycle.fewer")
    assert "P001" in label(window, "lifecycle.words"), "the outcome is the file it rests on"
    press(window, "lifecycle.sign")
    lives = lifecycle.all_lives(store_of(window).office).bases
    assert (lives["P001"].state, lives["P002"].state) == ("accepted", "acceptance")
    (document,) = lives["P001"].steps[-1].act.documents
    page = here(window, "lifecycle.bases")
    page.open_base("P001")
    settle()
    assert tr("lifecycle.step.digest", digest=document.sha256) in shown(page)
