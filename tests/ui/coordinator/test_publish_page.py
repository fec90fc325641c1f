"""Publishing and keeping through the widgets: notice, objections, copies and the way back from one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pypdfium2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QTabWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.crypto.sealing import unseal
from ndb_desktop.domain.siterecord import Photo
from ndb_desktop.formats.archive_set import check_archive
from ndb_desktop.services.demo import read_sample
from ndb_desktop.services.outcome import unblind
from ndb_desktop.services.registry_copy import list_copies
from ndb_desktop.services.site_merge import merge_sites
from ndb_desktop.services.visit_issue import issue_visit
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.copies_part import megabytes
from ndb_desktop.ui.coordinator.publish_page import PublishPage
from ndb_desktop.ui.coordinator.results_page import ResultsPage
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.coordinator import Dialogs, desk_of, open_sample, page_of, said
from tests.support.supervised import SUPERVISOR, appoint, card_file, finish, make_settled, open_in, opened
from tests.support.travel import key_file, person
from tests.support.visits import frozen, planned, verified, visited_office, with_inspectors
from tests.support.window import child, press, settle


def words(window: MainWindow, name: str) -> str:
    label = child(window, name)
    assert isinstance(label, QLabel)
    return label.text().replace("\u200b", "")


def part(window: MainWindow, name: str) -> PublishPage:
    page = page_of(window, "publish")
    assert isinstance(page, PublishPage)
    page.open_part(name)
    settle()
    return page


def choose(window: MainWindow, name: str, value: object) -> None:
    """As with the arrow keys: one step down until `value` stands there."""
    box = child(window, name)
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(0)
    while box.currentData() != value:
        before = box.currentIndex()
        QTest.keyClick(box, Qt.Key.Key_Down)
        assert box.currentIndex() > before, value


def fill(window: MainWindow, **fields: str) -> None:
    for name, text in fields.items():
        child(window, f"objections.{name}").setText(text)  # type: ignore[attr-defined]


@pytest.fixture
def settled(window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An official batch with a supervisor, not final yet, open in the window."""
    folder = make_settled(tmp_path, trial=False)
    appoint(folder)
    open_in(window, folder, dialogs, monkeypatch)
    return folder


@pytest.fixture
def final(window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, final."""
    folder = make_settled(tmp_path, trial=False)
    appoint(folder)
    with opened(folder) as office:
        unblind(office, second=person(SUPERVISOR))
        finish(office)
    open_in(window, folder, dialogs, monkeypatch)
    return folder


@pytest.mark.usefixtures("settled")
def test_nothing_can_be_published_before_it_is_final_and_the_page_says_what_is_missing(window: MainWindow) -> None:
    part(window, "notice")
    assert words(window, "notice.state") == i18n.tr("notice.open")
    assert not child(window, "notice.write").isEnabled()
    press(window, "notice.settle")
    view = desk_of(window).view
    assert view is not None
    shown = view.stack.currentWidget()
    assert isinstance(shown, ResultsPage)
    assert shown.tabs.currentWidget() is shown._parts["final"]


@pytest.mark.usefixtures("final")
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_notice_and_lists_are_written_by_one_button(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, language: str
) -> None:
    i18n.set_language(language)
    part(window, "notice")
    child(window, "notice.start").setText("2026-09-30")  # type: ignore[attr-defined]
    settle()
    # The days of the national holiday are not among those named, the last one named is the end.
    assert "10-0" in words(window, "notice.workdays")
    assert "10-01" not in words(window, "notice.workdays")
    child(window, "notice.contact").setText("电话 000-0000")  # type: ignore[attr-defined]
    out = tmp_path / "out"
    out.mkdir()
    dialogs.folder = out
    press(window, "notice.write")
    assert i18n.tr("notice.done", count=4) in said(window, "publish")
    assert sorted(path.suffix for path in out.iterdir()) == [".csv", ".json", ".pdf", ".xlsx"]
    (pdf,) = out.glob("*.pdf")
    text = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded()
    assert "000-0000" in text
    assert pdf.name in words(window, "notice.made")
    assert i18n.tr("notice.none") not in words(window, "notice.why")


@pytest.mark.usefixtures("final")
def test_a_day_that_cannot_be_counted_is_said_and_stops_the_notice(window: MainWindow) -> None:
    part(window, "notice")
    for text in ("", "18.9.2026", "2031-01-01"):
        child(window, "notice.start").setText(text)  # type: ignore[attr-defined]
        settle()
        assert not child(window, "notice.write").isEnabled()
        assert words(window, "notice.dates")
    child(window, "notice.start").setText("2026-09-18")  # type: ignore[attr-defined]
    child(window, "notice.issuer").setText(" ")  # type: ignore[attr-defined]
    settle()
    assert not child(window, "notice.write").isEnabled()


@pytest.mark.usefixtures("settled")
def test_an_objection_is_entered_blocks_and_is_closed_with_a_reason(window: MainWindow) -> None:
    page = part(window, "objections")
    assert words(window, "objections.effect") == i18n.tr("objections.free")
    assert not child(window, "objections.enter").isEnabled()
    fill(window, sender="王某", contact="信箱 1 号", matter="专利归属有争议", evidence="判决书复印件")
    page.objections.about.set_value("A-002")
    press(window, "objections.enter")
    assert words(window, "objections.effect") == i18n.tr("objections.blocks", count=1)
    assert "王某" in words(window, "objections.facts")
    assert i18n.tr("objections.time.none") in words(window, "objections.facts")
    assert child(window, "objections.sender").text() == ""  # type: ignore[attr-defined]
    assert not child(window, "objections.close").isEnabled()
    page.objections.result.set_value("upheld")
    child(window, "objections.handling").setText("经核查，判决书属实")  # type: ignore[attr-defined]
    press(window, "objections.close")
    assert words(window, "objections.effect") == i18n.tr("objections.free")
    assert "判决书属实" in words(window, "objections.facts")
    assert child(window, "objections.change").isVisible()
    assert not child(window, "objections.close").isVisible()


@pytest.mark.usefixtures("final")
def test_an_objection_in_the_period_is_said_to_be_in_time(window: MainWindow, tmp_path: Path, dialogs: Dialogs) -> None:
    part(window, "notice")
    child(window, "notice.start").setText("2026-11-20")  # type: ignore[attr-defined]
    dialogs.folder = tmp_path
    press(window, "notice.write")
    part(window, "objections")
    for received, key in (("2026-11-19", "before"), ("2026-11-22", "in")):
        fill(window, sender="王某", contact="信箱", matter="事项", evidence="材料", received=received)
        press(window, "objections.enter")
        rows = desk_of(window).view.stack.currentWidget().objections.table.source.rows  # type: ignore[union-attr]
        assert rows[-1].time == i18n.tr("objections.time.before" if key == "before" else "objections.time.in")


def test_copies_are_made_checked_restored_and_damage_is_told(
    window: MainWindow, sample: Path, tmp_path: Path, dialogs: Dialogs
) -> None:
    open_sample(window, sample, dialogs)
    part(window, "copies")
    assert not child(window, "copies.check").isEnabled()
    dialogs.folder = tmp_path / "stick"
    press(window, "copies.choose")
    (first,) = list_copies(tmp_path / "stick")
    assert i18n.tr("copies.done", name=first.path.name) in said(window, "publish")
    press(window, "copies.now")
    settle()
    copies = list_copies(tmp_path / "stick")
    assert len(copies) == 2
    table = child(window, "copies.table")
    assert table.model().rowCount() == 2  # type: ignore[attr-defined]
    press(window, "copies.check")
    assert i18n.tr("copies.sound") in said(window, "publish")
    dialogs.folder = tmp_path / "back"
    dialogs.folder.mkdir()
    press(window, "copies.restore")
    target = tmp_path / "back" / copies[0].path.stem
    assert (target / "registry.db").is_file()
    assert target.name in said(window, "publish")
    store = next((copies[0].path / "attachments").iterdir())
    store.write_bytes(store.read_bytes()[:-1])
    press(window, "copies.check")
    assert store.name in said(window, "publish")
    press(window, "copies.restore")
    assert "restor" not in said(window, "publish")
    assert not [path for path in (tmp_path / "back").iterdir() if path != target]


@pytest.mark.parametrize("damaged", [False, True])
def test_a_copy_chosen_where_registries_are_opened_is_restored_first(
    window: MainWindow, sample: Path, tmp_path: Path, dialogs: Dialogs, damaged: bool
) -> None:

    desk = open_sample(window, sample, dialogs)
    part(window, "copies")
    dialogs.folder = tmp_path / "stick"
    press(window, "copies.choose")
    (copy,) = list_copies(tmp_path / "stick")
    window.enter("coordinator")
    settle()
    desk = desk_of(window)
    if damaged:
        (copy.path / "copy.json").write_bytes(b"{")
    desk.accept_files((copy.path / "registry.db",), "registry")
    settle()
    if damaged:
        banner = child(window, "office.unlock").findChildren(QLabel)
        assert any("copy.json" in label.text() or "JSON" in label.text() for label in banner)
        return
    assert copy.batch in "".join(label.text() for label in child(window, "restore.card").findChildren(QLabel))
    dialogs.folder = tmp_path / "new"
    dialogs.folder.mkdir()
    press(window, "restore.choose")
    places = read_sample(sample)
    dialogs.file = Path(places["coordinator_key"])
    press(window, "office.key.browse")
    passphrase = Path(places["passphrase_file"]).read_text(encoding="utf-8").strip().splitlines()[0]
    child(window, "passphrase").setText(passphrase)  # type: ignore[attr-defined]
    press(window, "office.open")
    assert desk.store is not None
    assert desk.store.snapshot.folder == tmp_path / "new" / copy.path.stem


@pytest.mark.usefixtures("settled")
def test_every_tab_is_reached_by_the_keyboard(window: MainWindow, qtbot: object) -> None:
    page = part(window, "notice")
    tabs = child(page, "publish.tabs")
    assert isinstance(tabs, QTabWidget)
    bar = tabs.tabBar()
    bar.setFocus()
    seen = [tabs.currentIndex()]
    for _ in range(tabs.count() - 1):
        qtbot.keyClick(bar, Qt.Key.Key_Right)  # type: ignore[attr-defined]
        seen.append(tabs.currentIndex())
    assert seen == list(range(tabs.count()))


@pytest.mark.usefixtures("final")
def test_a_package_is_made_for_another_key_too_and_checked(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs
) -> None:
    part(window, "handover")
    dialogs.file = card_file(tmp_path, "中央系统", trial=False)
    press(window, "handover.card")
    assert person("中央系统").public.keyid in words(window, "handover.known")
    dialogs.folder = tmp_path / "out"
    dialogs.folder.mkdir()
    press(window, "handover.write")
    (made,) = dialogs.folder.iterdir()
    assert made.name in said(window, "publish")
    assert unseal(made.read_bytes(), person("中央系统"), max_size=1 << 24)
    dialogs.file = made
    press(window, "handover.check")
    found = hashlib.sha256(made.read_bytes()).hexdigest()
    assert i18n.tr("handover.sound", name=made.name, lines=3, sha256=found) in said(window, "publish")
    data = bytearray(made.read_bytes())
    data[-1] ^= 1
    made.write_bytes(data)
    press(window, "handover.check")
    banner = page_of(window, "publish").banner.message()
    assert banner is not None
    assert "E-AGE-BROKEN" in banner.details[0]


@pytest.mark.usefixtures("final")
def test_documents_can_all_be_kept_for_ever_in_volumes_of_a_chosen_size(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs
) -> None:
    page = part(window, "filing")
    assert page.filing.periods["document"].value() is None
    choose(window, "filing.period.document", "Y")
    choose(window, "filing.volume", 700_000_000)
    assert "700 MB" in words(window, "filing.documents.told")
    dialogs.folder = tmp_path / "out"
    dialogs.folder.mkdir()
    press(window, "filing.write")
    main = next(path for path in dialogs.folder.iterdir() if "_v0" not in path.name)
    volumes = check_archive(main).manifest.volumes
    assert [(ref.retention, ref.documents) for ref in volumes] == [("Y", 3)]


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_page_says_what_of_inspections_is_filed(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    i18n.set_language(language)
    office = visited_office(tmp_path / "office")
    with_inspectors(office, tmp_path / "cards")
    visit = planned(office)
    bundle = issue_visit(office, visit.id, tmp_path / "bundles")
    data = b"\xff\xd8" + bytes(2_000_000)
    photo = Photo("P1-01", hashlib.sha256(data).hexdigest(), len(data), "image/jpeg", "1.jpg", 8, 6)
    record = frozen(office, visit, bundle, tmp_path / "in/a.ndbsite", verified("1.5"), photos=[(photo, data)])
    merge_sites(office, [record.path], results=False)
    office.close()
    (tmp_path / "组织方.ndbkey").write_bytes(key_file("组织方"))
    open_in(window, office.folder, dialogs, monkeypatch)
    page = part(window, "filing")
    told = {"records": 1, "photos": 1, "size": megabytes(len(data))}
    assert words(window, "filing.inspected") == i18n.tr("filing.inspected", **told)
    assert child(window, "filing.inspected").isVisible()
    page.filing.documents.setChecked(False)
    assert words(window, "filing.inspected") == i18n.tr("filing.inspected.left", **told)
    page.filing.documents.setChecked(True)
    choose(window, "filing.period.record", "Y")
    dialogs.folder = tmp_path / "out"
    dialogs.folder.mkdir()
    press(window, "filing.write")
    assert i18n.tr("filing.visits", visits=1, records=1, photos=1) in said(window, "publish")
    (dialogs.file,) = [path for path in dialogs.folder.iterdir() if "_v0" not in path.name]
    kept = {one.kind: one.retention for one in check_archive(dialogs.file).manifest.members}
    assert (kept["record"], kept["visit"]) == ("Y", "D30")
    press(window, "filing.check")
    assert i18n.tr("filing.sound.records", records=1, photos=1) in said(window, "publish")
    for path in dialogs.folder.glob("*_v0*"):
        path.unlink()
    press(window, "filing.check")
    assert i18n.tr("filing.sound.records", records=1, photos=1) not in said(window, "publish")


@pytest.mark.usefixtures("final")
def test_no_word_of_inspections_where_nobody_inspected(window: MainWindow) -> None:
    part(window, "filing")
    assert not child(window, "filing.inspected").isVisible()


@pytest.mark.usefixtures("final")
def test_a_volume_whose_time_is_over_may_be_gone(window: MainWindow, tmp_path: Path, dialogs: Dialogs) -> None:
    part(window, "filing")
    child(window, "filing.date").setText("2010-11-30")  # type: ignore[attr-defined]
    choose(window, "filing.period.document", "D10")
    dialogs.folder = tmp_path / "out"
    dialogs.folder.mkdir()
    press(window, "filing.write")
    volume = next(path for path in dialogs.folder.iterdir() if "_v01" in path.name)
    volume.unlink()
    (dialogs.file,) = dialogs.folder.iterdir()
    press(window, "filing.check")
    assert i18n.tr("filing.sound.ended", count=1) in said(window, "publish")


@pytest.mark.usefixtures("final")
def test_a_batch_is_filed_with_its_retention_and_checked(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, qtbot: QtBot
) -> None:
    page = part(window, "filing")
    child(window, "filing.date").setText("30.11.2026")  # type: ignore[attr-defined]
    assert not child(window, "filing.write").isEnabled()
    child(window, "filing.date").setText("2026-11-30")  # type: ignore[attr-defined]
    page.filing.periods["score"].set_value("Y")
    box = child(window, "filing.documents")
    assert isinstance(box, QCheckBox)
    assert box.isChecked()
    assert words(window, "filing.documents.told").startswith("原件 3 份")
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert words(window, "filing.documents.told") == i18n.tr("filing.documents.left")
    dialogs.folder = tmp_path / "out"
    dialogs.folder.mkdir()
    press(window, "filing.write")
    (made,) = dialogs.folder.iterdir()
    assert made.name in said(window, "publish")
    kept = {(member.kind, member.retention) for member in check_archive(made).manifest.members}
    assert ("score", "Y") in kept
    assert ("sheetview", "D30") in kept
    dialogs.file = made
    press(window, "filing.check")
    assert i18n.tr("filing.sound", name=made.name, members=len(check_archive(made).manifest.members)) in said(
        window, "publish"
    )
    data = bytearray(made.read_bytes())
    data[len(data) // 2] ^= 1
    made.write_bytes(data)
    press(window, "filing.check")
    assert made.name in said(window, "publish")
    assert page.banner.message().kind != "info"  # type: ignore[union-attr]


@pytest.mark.usefixtures("final")
def test_documents_are_filed_in_volumes_and_a_missing_one_is_named(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs
) -> None:
    part(window, "filing")
    dialogs.folder = tmp_path / "out"
    dialogs.folder.mkdir()
    press(window, "filing.write")
    made, *volumes = sorted(dialogs.folder.iterdir(), key=lambda path: (len(path.name), path.name))
    assert len(volumes) == 2
    size = megabytes(sum(path.stat().st_size for path in (made, *volumes)))
    assert i18n.tr("filing.volumes", count=2, documents=3, size=size) in said(window, "publish")
    dialogs.file = made
    press(window, "filing.check")
    assert i18n.tr("filing.sound.set", count=2, documents=3) in said(window, "publish")
    volumes[1].unlink()
    press(window, "filing.check")
    assert volumes[1].name in said(window, "publish")
    dialogs.file = volumes[0]
    made.unlink()
    press(window, "filing.check")
    assert f"“{made.name}”" in said(window, "publish")


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("name", ["handover", "filing"])
def test_what_is_not_final_is_neither_handed_over_nor_filed(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, name: str
) -> None:
    part(window, name)
    dialogs.folder = tmp_path / "out"
    dialogs.folder.mkdir()
    press(window, f"{name}.write")
    message = page_of(window, "publish").banner.message()
    assert message is not None
    assert "E-FINAL-FIRST" in message.details[0]
    assert list(dialogs.folder.iterdir()) == []
