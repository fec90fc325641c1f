"""The coordinator desk through the widgets a user touches, on a real sample round."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLabel, QListWidget, QWidget

from ndb_desktop.services.digest_words import spoken
from ndb_desktop.ui.coordinator.results_page import ResultsPage
from ndb_desktop.ui.coordinator.view import STEPS
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.table import DataTable
from tests.support.coordinator import Dialogs, create_registry, desk_of, open_sample, page_of, said
from tests.support.window import child, press, settle


def cells(table: QWidget, column: int) -> list[str]:
    assert isinstance(table, QAbstractItemView)
    model = table.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def test_a_round_from_an_empty_folder_to_issued_bundles(
    window: MainWindow, sample: Path, tmp_path: Path, dialogs: Dialogs
) -> None:
    create_registry(window, tmp_path / "batch", dialogs)
    store = desk_of(window).store
    assert store is not None
    assert store.snapshot.batch.trial
    assert "R&D" in child(window, "office.overview").findChildren(QLabel)[1].text()
    assert list((tmp_path / "batch").glob("*recovery*.ndbkey"))

    dialogs.folder = sample / "handover"
    press(window, "overview.next")
    press(window, "applications.folder")
    assert not store.snapshot.applications, "the check must not write"
    press(window, "applications.accept")
    assert len(store.snapshot.applications) == 2

    dialogs.file = sample / "people/roster.csv"
    page_of(window, "people")
    press(window, "people.roster")
    assert len(store.snapshot.experts) == 6

    page_of(window, "assign")
    child(window, "assign.words").setText("监督员说的话")  # type: ignore[attr-defined]
    child(window, "assign.seats").number.setValue(5)  # type: ignore[attr-defined]
    press(window, "assign.start")
    pairs = {(pair.application, pair.expert) for pair in store.snapshot.assignments}
    assert len(pairs) == 10

    dialogs.folder = tmp_path / "bundles"
    page_of(window, "issue")
    press(window, "issue.all")
    issued = sorted((tmp_path / "bundles").glob("*.ndbbundle"))
    assert len(issued) == len({expert for _, expert in pairs}) == store.snapshot.status.issued
    dialogs.target = tmp_path / "slips.pdf"
    press(window, "issue.slips")
    assert dialogs.target.read_bytes().startswith(b"%PDF")

    page_of(window, "assign")
    assert not child(window, "assign.start").isEnabled(), "with bundles out, nothing may start again"
    window.open_paths(tuple((sample / "returned").glob("*E-02*.ndbscore")))
    settle()
    assert cells(child(window, "merge.table"), 0) == ["拒收"], "a file of another registry's bundle"


def test_merge_shows_verdicts_before_it_writes_and_receipts_follow(
    window: MainWindow, sample: Path, tmp_path: Path, dialogs: Dialogs
) -> None:
    desk = open_sample(window, sample, dialogs)
    assert desk.store is not None
    before = desk.store.snapshot.status
    page = page_of(window, "merge")
    assert not child(window, "merge.accept").isEnabled()
    dialogs.folder = sample / "returned"
    press(window, "merge.folder")
    assert sorted(cells(child(window, "merge.table"), 0)) == ["拒收", *["重复"] * 5]
    assert desk.store.snapshot.status == before, "a dry run writes nothing"
    _paths, report = desk.store.kept["merge.plan"]
    table = child(window, "merge.table")
    assert isinstance(table, QAbstractItemView)
    shown = set()
    for number in range(6):
        table.setCurrentIndex(table.model().index(number, 0))
        shown.add("\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisible()))
    known = [verdict for verdict in report.verdicts if verdict.verdict == "duplicate"]
    assert len(known) == 5
    for verdict in known:
        # What the coordinator reads out by telephone is what the expert sees beside the signed file.
        for language in ("zh_CN", "en"):
            assert any(spoken(verdict.payload_sha256, language) in text for text in shown)
    press(window, "merge.accept")
    assert desk.store.snapshot.status.complete == before.complete
    assert desk.store.snapshot.status.log_entries > before.log_entries, "refusals and duplicates are on record"
    dialogs.folder = tmp_path / "receipts"
    press(window, "merge.receipts")
    assert len(list((tmp_path / "receipts").glob("*.ndbreceipt"))) == 5


def test_scores_are_shown_only_behind_the_logged_door_and_leave_with_the_page(
    window: MainWindow, sample: Path, tmp_path: Path, dialogs: Dialogs
) -> None:
    desk = open_sample(window, sample, dialogs)
    assert desk.store is not None
    page = page_of(window, "results")
    assert isinstance(page, ResultsPage)
    press(window, "results.public.show")
    page.tabs.setCurrentIndex(1)
    assert page.internal.model().rowCount() == 0
    entries = desk.store.snapshot.status.log_entries
    press(window, "results.door")
    assert page.internal.model().rowCount() == 2
    assert desk.store.snapshot.status.log_entries == entries + 1
    page.internal.selectRow(0)
    settle()
    assert page.items.model().rowCount() == 22
    dialogs.folder = tmp_path
    press(window, "results.export.internal")
    sealed = next(tmp_path.glob("*.json.age")).read_bytes()
    assert sealed.startswith(b"age-encryption.org/v1")
    page_of(window, "overview")
    assert page.internal.model().rowCount() == 0, "leaving the page must close the internal view"


def test_the_public_list_leaves_by_one_way_and_holds_no_score(
    window: MainWindow, sample: Path, tmp_path: Path, dialogs: Dialogs
) -> None:
    open_sample(window, sample, dialogs)
    page = page_of(window, "results")
    offered = {button.objectName() for button in page.findChildren(QAbstractButton)}
    assert "results.publish" in offered
    assert not offered & {"results.export.json", "results.export.csv", "results.notice"}
    press(window, "results.publish")
    assert child(window, "office.publish").isVisible()
    assert child(window, "notice.write").isVisible()
    dialogs.folder = tmp_path
    press(window, "notice.write")
    public = json.loads(next(tmp_path.rglob("*.json")).read_text(encoding="utf-8"))
    assert "score" not in json.dumps(public)
    assert next(tmp_path.rglob("*.pdf")).read_bytes().startswith(b"%PDF")


def test_the_head_of_a_panel_is_chosen_remembered_and_printed(
    window: MainWindow, sample: Path, tmp_path: Path, dialogs: Dialogs
) -> None:
    store = open_sample(window, sample, dialogs).store
    assert store is not None
    page = page_of(window, "results")
    assert isinstance(page, ResultsPage)
    page.tabs.setCurrentIndex(1)
    press(window, "results.door")
    panel, head = child(window, "results.panel"), child(window, "results.head")
    assert isinstance(panel, Choice)
    assert isinstance(head, Choice)
    assert head.value() == "", "nobody is named unasked"
    dialogs.target = tmp_path / "blank.pdf"
    press(window, "results.panel.pdf")
    assert "组长：签字" in words_of(dialogs.target)
    assert page.internal.model().rowCount() == 2, "making a summary leaves the view open"

    chosen = head.itemData(2)
    head.setCurrentIndex(2)
    dialogs.target = tmp_path / "named.pdf"
    press(window, "results.panel.pdf")
    assert f"组长：{chosen}" in words_of(dialogs.target)
    category, field = panel.value()
    assert store.snapshot.heads == {f"{category}/{field}": chosen}

    page_of(window, "overview")
    page_of(window, "results")
    press(window, "results.door")
    assert head.value() == chosen
    panel.setCurrentIndex(1 - panel.currentIndex())
    settle()
    assert head.value() == "", "another panel has its own head"


def test_a_key_is_confirmed_only_by_typing_the_right_fingerprint(
    window: MainWindow, sample: Path, dialogs: Dialogs
) -> None:
    desk = open_sample(window, sample, dialogs)
    assert desk.store is not None
    doubtful = next(key for key in desk.store.snapshot.keys if key.status == "unconfirmed")
    page_of(window, "people")
    table = child(window, "people.experts")
    assert isinstance(table, DataTable)
    table.selectRow(cells(table, 0).index(doubtful.expert))
    assert not child(window, "people.confirm").isEnabled()
    field = child(window, "people.fingerprint")
    field.setText("SHA256:" + "A" * 43)  # type: ignore[attr-defined]
    press(window, "people.confirm")
    assert said(window, "people")
    assert next(k for k in desk.store.snapshot.keys if k.keyid == doubtful.keyid).status == "unconfirmed"
    field.setText(doubtful.keyid)  # type: ignore[attr-defined]
    press(window, "people.confirm")
    assert next(k for k in desk.store.snapshot.keys if k.keyid == doubtful.keyid).status == "active"


def test_log_is_checked_rebuilt_and_backed_up(
    window: MainWindow, sample: Path, tmp_path: Path, dialogs: Dialogs
) -> None:
    open_sample(window, sample, dialogs)
    page_of(window, "log")
    press(window, "log.show")
    assert child(window, "log.table").model().rowCount() > 20  # type: ignore[attr-defined]
    press(window, "log.check")
    assert "日志完整" in said(window, "log")
    press(window, "log.rebuild")
    assert "逐行一致" in said(window, "log")
    dialogs.folder = tmp_path
    press(window, "log.backup")
    assert next(tmp_path.glob("*backup*/registry.db")).is_file()


def test_a_wrong_passphrase_is_told_in_words(window: MainWindow, sample: Path, dialogs: Dialogs) -> None:
    window.enter("coordinator")
    settle()
    dialogs.folder = sample / "registry"
    press(window, "office.choose.button")
    dialogs.file = next((sample / "keys").glob("*组织方*.ndbkey"))
    press(window, "office.key.browse")
    child(window, "passphrase").setText("not the passphrase")  # type: ignore[attr-defined]
    press(window, "office.open")
    banner = child(window, "office.unlock").findChild(Banner)
    assert banner is not None
    message = banner.message()
    assert message is not None
    assert "E-KEY-PASSPHRASE" in message.details[0]


def test_every_fault_of_a_hand_over_is_listed_and_nothing_is_taken(
    window: MainWindow, sample: Path, dialogs: Dialogs
) -> None:
    lines = (sample / "handover/applications.jsonl").read_text(encoding="utf-8").splitlines()
    broken = json.loads(lines[1])
    broken["category"] = "village"
    text = "\n".join([lines[0], json.dumps(broken, ensure_ascii=False), "{"]) + "\n"
    (sample / "handover/applications.jsonl").write_text(text, encoding="utf-8")
    desk = open_sample(window, sample, dialogs)
    page_of(window, "applications")
    dialogs.folder = sample / "handover"
    press(window, "applications.folder")
    shown = child(window, "importing.faults").source.rows  # type: ignore[attr-defined]
    assert [(one.sheet, one.row) for one in shown if one.stops][:2] == [
        ("applications.jsonl", "2"),
        ("applications.jsonl", "3"),
    ]
    assert not child(window, "applications.accept").isVisible()
    assert desk.store is not None
    assert len(desk.store.snapshot.applications) == 2


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_everything_focusable_has_a_name(window: MainWindow, sample: Path, dialogs: Dialogs, language: str) -> None:
    window.set_language(language)
    open_sample(window, sample, dialogs)
    for step in STEPS:
        page = page_of(window, step.id)
        nameless = [
            widget.objectName() or type(widget).__name__
            for widget in page.findChildren(QWidget)
            if widget.isVisible()
            and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
            and not widget.objectName().startswith("qt_")
            and not QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
        ]
        assert not nameless, f"{step.id}: {nameless}"


def test_steps_by_keyboard_and_pages_survive_a_change_of_language(
    window: MainWindow, sample: Path, dialogs: Dialogs
) -> None:
    open_sample(window, sample, dialogs)
    nav = child(window, "office.nav")
    assert isinstance(nav, QListWidget)
    nav.setCurrentRow([step.id for step in STEPS].index("issue"))
    settle()
    assert desk_of(window)._page == "issue"
    window.set_language("en")
    settle()
    assert desk_of(window)._page == "issue"
    assert child(window, "office.issue").isVisible()
    assert child(window, "office.nav").currentItem().text() == "Issue"  # type: ignore[attr-defined]


def words_of(pdf: Path) -> str:
    """The text of a PDF as another program reads it."""
    found = subprocess.run(["pdftotext", "-raw", pdf, "-"], capture_output=True, check=True).stdout.decode()
    # A long name may stand on two lines.
    return "".join(found.split())


def test_every_pdf_button_makes_a_pdf_that_other_programs_read(
    window: MainWindow, sample: Path, tmp_path: Path, dialogs: Dialogs
) -> None:
    store = open_sample(window, sample, dialogs).store
    assert store is not None
    page_of(window, "issue")
    dialogs.target = tmp_path / "slips.pdf"
    press(window, "issue.slips")
    slips = words_of(dialogs.target)
    with_secret = [bundle for bundle in store.snapshot.issued if bundle.secret]
    assert with_secret
    for bundle in with_secret:
        assert str(bundle.secret) in slips
        assert bundle.expert in slips

    page = page_of(window, "results")
    assert isinstance(page, ResultsPage)
    page.tabs.setCurrentIndex(1)
    press(window, "results.door")
    panels = page.panel.count()
    for number in range(panels):
        if page.internal.model().rowCount() == 0:
            press(window, "results.door")
        page.panel.setCurrentIndex(number)
        category, field = page.panel.value()
        dialogs.target = tmp_path / f"{category}-{field}.pdf"
        press(window, "results.panel.pdf")
        found = words_of(dialogs.target)
        mine = [a for a in store.snapshot.applications if (a.category, a.field) == (category, field)]
        assert mine
        for application in mine:
            assert application.applicant in found
        others = [a.applicant for a in store.snapshot.applications if a not in mine]
        assert not [name for name in others if name in found]
    assert panels == 2
