"""On-site inspections through the widgets a coordinator touches: keys, a visit planned and issued, records merged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QLabel, QTableView, QWidget

from ndb_desktop.domain.sitepack import load_site_pack
from ndb_desktop.domain.siterecord import Check, VetoFinding
from ndb_desktop.services.visit_issue import issue_visit
from ndb_desktop.services.visits import visit_of
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.table import DataTable
from tests.support import supervised
from tests.support.coordinator import Dialogs, desk_of, page_of, said
from tests.support.travel import key_file, person
from tests.support.visits import (
    TEAM,
    frozen,
    planned,
    verified,
    visited_office,
    with_inspectors,
    write_cards,
)
from tests.support.window import child, press, settle


def open_office(
    window: MainWindow, folder: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch, *, inspectors: bool = True
) -> OfficeStore:
    """Opens a registry with two applicants and perhaps two inspectors, and goes to the page."""
    office = visited_office(folder / "office")
    if inspectors:
        with_inspectors(office, folder / "cards")
    office.close()
    (folder / "组织方.ndbkey").write_bytes(key_file("组织方"))
    supervised.open_in(window, office.folder, dialogs, monkeypatch)
    store = desk_of(window).store
    assert store is not None
    page_of(window, "visits")
    return store


def table(window: MainWindow, name: str) -> DataTable:
    found = child(window, name)
    assert isinstance(found, DataTable)
    return found


def cells(view: QTableView, column: int) -> list[str]:
    model = view.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def write(window: MainWindow, name: str, words: str) -> None:
    box = child(window, name)
    assert isinstance(box, LineEdit)
    box.setText(words)
    settle()


def label(window: MainWindow, name: str) -> str:
    found = child(window, name)
    assert isinstance(found, QLabel)
    return found.text()


def choose(window: MainWindow, name: str, *rows: int) -> None:
    for row in rows:
        table(window, name).selectRow(row)
    settle()


def pick_applicant(window: MainWindow, name: str) -> None:
    box = child(window, "visits.applicant")
    assert isinstance(box, Choice)
    box.setCurrentIndex(box.findData(name))
    box.activated.emit(box.currentIndex())
    settle()


def drop(page: QWidget, paths: Sequence[Path]) -> bool:
    """Drops files on a page; whether it takes them."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, buttons, keys)
    page.dragEnterEvent(enter)
    if enter.isAccepted():
        page.dropEvent(QDropEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, buttons, keys))
        settle()
    return enter.isAccepted()


def test_cards_are_taken_a_fingerprint_confirmed_and_a_key_revoked_with_a_reason(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_office(window, tmp_path, dialogs, monkeypatch, inspectors=False)
    page = page_of(window, "visits.people")
    assert tr("visits.people.empty") in "\n".join(one.text() for one in page.findChildren(QLabel) if one.isVisible())
    cards = write_cards(tmp_path / "cards")
    assert drop(page, [cards / "J01.ndbcard"])
    dialogs.folder = cards
    press(window, "visits.cards.folder")
    assert cells(table(window, "visits.people.table"), 0) == ["J01", "J02"]

    choose(window, "visits.people.table", 0)
    assert person("J01").keyid in label(window, "visits.key")
    assert not child(window, "visits.confirm").isEnabled()
    write(window, "visits.fingerprint", person("J02").keyid)
    press(window, "visits.confirm")
    assert "E-INSPECTOR-FINGERPRINT" in str(page.banner.message())
    write(window, "visits.fingerprint", person("J01").keyid)
    press(window, "visits.confirm")
    assert tr("visits.key.confirmed", inspector="J01") in said(window, "visits")
    assert "检查员" in child(window, "visits.fingerprint").placeholderText()  # type: ignore[attr-defined]
    assert not [one.text() for one in page.findChildren(QLabel) if one.isVisible() and "专家" in one.text()]
    assert store.office.registry.inspectors()[0].status == "active"

    assert not child(window, "visits.revoke").isEnabled(), "no revocation without a reason"
    write(window, "visits.reason", "电脑遗失")
    press(window, "visits.revoke")
    assert said(window, "visits").endswith(tr("visits.key.revoked", inspector="J01"))
    (row, _other) = store.office.registry.inspectors()
    assert (row.status, row.reason) == ("revoked", "电脑遗失")

    bad = tmp_path / "bad.ndbcard"
    bad.write_bytes(b"{}")
    dialogs.files = (bad,)
    press(window, "visits.cards")
    assert child(window, "visits.cards.report").isVisible()
    assert len(store.office.registry.inspectors()) == 2


def test_a_visit_is_planned_with_its_refusals_in_sight_then_issued_and_issued_anew(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_office(window, tmp_path, dialogs, monkeypatch)
    page_of(window, "visits.tasks")
    pick_applicant(window, "A-001")
    assert label(window, "visits.lacks") == tr("visits.lacks.team", least=2)
    choose(window, "visits.team", 0, 1)
    assert label(window, "visits.notices") == tr("visit.notice.empty")
    assert child(window, "visits.make").isEnabled(), "a visit for the checklist alone may be planned"
    rows = cells(table(window, "visits.data"), 1)
    choose(window, "visits.data", rows.index("2023"), rows.index("2025"))
    write(window, "visits.note", "增长过快")
    child(window, "visits.sample.number").setValue(1)  # type: ignore[attr-defined]
    settle()
    assert label(window, "visits.lacks") == tr("visits.lacks.seed")
    assert not child(window, "visits.notices").isVisible()
    assert not child(window, "visits.make").isEnabled()
    write(window, "visits.seed", "长风破浪")
    press(window, "visits.make")
    visit, row = visit_of(store.office, "S-001")
    assert tuple(one.id for one in visit.members) == TEAM
    assert {one.key for one in visit.wanted if one.note == "增长过快"} == {"2023", "2025"}
    assert row.plan["seed"] == "长风破浪"
    assert cells(table(window, "visits.table"), 4) == [tr("cli.visit.state.planned")]
    assert "S-001" in label(window, "visits.facts"), "the new visit is the one in sight"

    dialogs.folder, dialogs.target = tmp_path / "out", tmp_path / "slip.pdf"
    child(window, "visits.slip").setChecked(True)  # type: ignore[attr-defined]
    press(window, "visits.issue")
    assert len(list((tmp_path / "out").glob("*.ndbbundle"))) == len(store.office.registry.visit_bundles()) == 1
    assert (tmp_path / "slip.pdf").read_bytes().startswith(b"%PDF")
    assert cells(table(window, "visits.table"), 4) == [tr("cli.visit.state.issued")]
    assert label(window, "visits.again") == tr("visits.issue.again.text")
    child(window, "visits.slip").setChecked(False)  # type: ignore[attr-defined]
    press(window, "visits.issue")
    assert sorted(bool(one.revoked_at) for one in store.office.registry.visit_bundles()) == [False, True]


def test_who_was_given_the_applicant_to_score_is_refused_before_the_visit_is_planned(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_office(window, tmp_path, dialogs, monkeypatch, inspectors=False)
    with_inspectors(store.office, tmp_path / "cards", ("J01", "E01"))
    page_of(window, "log")
    page_of(window, "visits.tasks").job("x", lambda *_: None, lambda _none: None)
    settle()
    pick_applicant(window, "A-001")
    fits = dict(zip(cells(table(window, "visits.team"), 0), cells(table(window, "visits.team"), 3), strict=True))
    assert fits == {"E01": tr("visits.fit.no"), "J01": tr("visits.fit.yes")}
    choose(window, "visits.team", 0, 1)
    assert "E01" in label(window, "visits.refused")
    assert label(window, "visits.lacks") == tr("visits.lacks.refused")
    assert not child(window, "visits.make").isEnabled()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_records_are_judged_merged_printed_and_a_possible_veto_is_decided(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    i18n.set_language(language)
    store = open_office(window, tmp_path, dialogs, monkeypatch)
    office = store.office
    visit = planned(office)
    bundle = issue_visit(office, visit.id, tmp_path / "out")
    veto = VetoFinding("V-1", "V6", "两套账", "复印件", "否认")
    good, lone = tmp_path / "in/good.ndbsite", tmp_path / "lone/lone.ndbsite"
    frozen(office, visit, bundle, good, verified("1.5"), veto)
    good.with_name("good-1.ndbsite").unlink()
    frozen(office, visit, bundle, lone, verified("9"), signers=("J01",))

    page = page_of(window, "log")
    window.open_paths((good, lone))
    settle()
    assert page_of(window, "visits").isVisible(), "records dropped on any page come here"
    assert not page.isVisible()
    verdicts = table(window, "visits.verdicts")
    assert cells(verdicts, 0) == [tr("verdict.accepted"), tr("verdict.refused")]
    assert cells(verdicts, 1)[0] == tr("visits.why.accepted")
    choose(window, "visits.verdicts", 1)
    assert "E-SITE-UNSIGNED" in label(window, "visits.why")
    assert not office.registry.site_files(), "a look writes nothing"

    press(window, "visits.merge")
    assert tr("merge.done") in said(window, "visits")
    dialogs.folder = tmp_path / "receipts"
    press(window, "visits.receipts")
    assert len(list((tmp_path / "receipts").glob("*.ndbreceipt"))) == 1

    choose(window, "visits.records", 0)
    data = table(window, "visits.effects")
    name = tr("site.check.year", datum="研发强度", year="2025")
    assert (cells(data, 0), cells(data, 4)) == ([name], [tr("effect.replace")])
    changed = label(window, "visits.items")
    assert "→" in changed, "the computed score before and after"
    assert tr("part.basis") in changed
    assert ".basis" not in changed
    dialogs.target = tmp_path / "record.pdf"
    press(window, "visits.print")
    assert dialogs.target.read_bytes().startswith(b"%PDF")

    choose(window, "visits.candidates", 0)
    assert "两套账" in label(window, "visits.veto.words")
    ground = load_site_pack(office.registry.visits()[0].pack).ground_by_id["V6"].text
    assert cells(table(window, "visits.candidates"), 0) == [f"V6 {i18n.local(ground)}"]
    assert i18n.local(ground) in label(window, "visits.veto.words")
    assert not child(window, "visits.veto.decide").isEnabled()
    child(window, "visits.veto.present").setChecked(True)  # type: ignore[attr-defined]
    write(window, "visits.veto.basis", "2026-11-22 会议")
    press(window, "visits.veto.decide")
    (decided,) = office.registry.vetoes()
    assert (decided.ground, decided.status, decided.evidence) == ("V6", "present", "复印件")
    assert cells(table(window, "visits.candidates"), 2) == [tr("visits.veto.present")]


def test_a_datum_that_was_found_as_declared_is_not_said_to_be_left_out(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = open_office(window, tmp_path, dialogs, monkeypatch).office
    visit = planned(office)
    bundle = issue_visit(office, visit.id, tmp_path / "out")
    (wanted,) = (one for one in visit.wanted if one.id == "rd/2025")
    agrees = Check(wanted.id, wanted.declared, "consistent", None, ("original",), "J-1", "原件")
    frozen(office, visit, bundle, tmp_path / "in/good.ndbsite", agrees)
    (tmp_path / "in/good-1.ndbsite").unlink()
    assert drop(page_of(window, "visits"), [tmp_path / "in"])
    press(window, "visits.merge")
    choose(window, "visits.records", 0)
    assert cells(table(window, "visits.effects"), 0) == ["研发强度（2025 年）"]
    assert cells(table(window, "visits.effects"), 5) == [tr("visits.outcome.agrees")]
    page_of(window, "visits.tasks")
    choose(window, "visits.table", 0)
    assert cells(table(window, "visits.wanted"), 0) == [f"研发强度（{one.key} 年）" for one in visit.wanted]


def test_a_revoked_key_holds_what_it_signed_and_says_so_everywhere(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_office(window, tmp_path, dialogs, monkeypatch)
    visit = planned(store.office)
    bundle = issue_visit(store.office, visit.id, tmp_path / "out")
    (tmp_path / "one").mkdir()
    frozen(store.office, visit, bundle, tmp_path / "in/good.ndbsite", verified("1.5"))
    (tmp_path / "in/good.ndbsite").rename(tmp_path / "one/good.ndbsite")
    page = page_of(window, "visits")
    assert drop(page, [tmp_path / "one"])
    press(window, "visits.merge")
    choose(window, "visits.records", 0)
    assert cells(table(window, "visits.records"), 5) == [tr("cli.visit.counts")]
    page_of(window, "visits.tasks")
    assert not child(window, "visits.uncovered").isVisible()

    page_of(window, "visits.people")
    choose(window, "visits.people.table", 1)
    write(window, "visits.reason", "私钥外泄")
    press(window, "visits.revoke")
    assert tr("visits.key.revoked.held", visits="S-001") in said(window, "visits")
    page_of(window, "visits.records")
    choose(window, "visits.records", 0)
    assert cells(table(window, "visits.records"), 5) == [tr("cli.visit.held")]
    assert label(window, "visits.items") == tr("visits.effects.held")
    assert cells(table(window, "visits.effects"), 5) == [tr("cli.visit.counts_not")]
    page_of(window, "visits.tasks")
    assert cells(table(window, "visits.table"), 4) == [tr("cli.visit.state.held")]
    assert label(window, "visits.uncovered") == tr("visits.uncovered", count=1, names="A-001 研发强度（2025 年）")
    assert child(window, "visits.uncovered").isVisible()

    overview = page_of(window, "overview")
    told = "\n".join(text for view in overview.findChildren(DataTable) for text in cells(view, 0))
    assert "1 份现场检查记录待核" in told
    assert "1 项数据须现场检查，还没有检查任务" in told
    page_of(window, "challenges")
    listed = table(window, "challenges.table")
    assert tr("challenges.held.short", visit="S-001") in cells(listed, 0)
    listed.setCurrentIndex(listed.model().index(cells(listed, 0).index(tr("challenges.held.short", visit="S-001")), 0))
    settle()
    told = "\n".join(one.text() for one in window.findChildren(PlainLabel))
    assert tr("challenges.held", visit="S-001") in told


def test_taking_back_the_last_merge_says_that_records_go_back_too(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_office(window, tmp_path, dialogs, monkeypatch)
    visit = planned(store.office)
    bundle = issue_visit(store.office, visit.id, tmp_path / "out")
    frozen(store.office, visit, bundle, tmp_path / "in/good.ndbsite", verified("1.5"))
    (tmp_path / "in/good-1.ndbsite").unlink()
    page = page_of(window, "visits")
    assert drop(page, [tmp_path / "in"]), "a folder of records"
    press(window, "visits.merge")
    page_of(window, "merge.inbox")
    assert "检查记录 1 份" in label(window, "inbox.last")
    press(window, "inbox.undo")
    assert "1 份现场检查记录" in label(window, "inbox.undo.question")
    write(window, "inbox.undo.reason", "归并错了")
    press(window, "inbox.undo.now")
    assert "检查记录 1 份" in said(window, "merge")
    assert not store.office.registry.site_files()
    page_of(window, "visits.records")
    assert child(window, "visits.records").model().rowCount() == 0  # type: ignore[attr-defined]
