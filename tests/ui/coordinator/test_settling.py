"""From pending applications and flags to final results in the window, by clicks and keys alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from ndb_desktop.services.outcome import check_publishable
from ndb_desktop.services.results import compute, record_veto
from ndb_desktop.storage.registry_rows import Veto
from ndb_desktop.ui.coordinator.results_page import ResultsPage
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.fields import Choice
from tests.support import supervised
from tests.support.coordinator import Dialogs, page_of, said
from tests.support.supervised import EXPERTS, SUPERVISOR, open_in, sign_second
from tests.support.travel import person, refusal
from tests.support.window import child, press, settle


def opened(window: MainWindow) -> ResultsPage:
    page = page_of(window, "results")
    assert isinstance(page, ResultsPage)
    page.tabs.setCurrentIndex(1)
    press(window, "results.door")
    return page


def type_in(parent: QWidget, name: str, words: str) -> None:
    child(parent, name).setText(words)  # type: ignore[attr-defined]


def text_of(parent: QWidget, name: str) -> str:
    label = child(parent, name)
    assert isinstance(label, QLabel)
    return label.text().replace("\u200b", "")


def pick(parent: QWidget, name: str, value: object) -> None:
    """Takes a value of a list by the keyboard, as a user can."""
    choice = child(parent, name)
    assert isinstance(choice, Choice)
    number = next(n for n in range(choice.count()) if choice.itemData(n) == value)
    choice.setFocus()
    QTest.keyClick(choice, Qt.Key.Key_Home)
    for _ in range(number):
        QTest.keyClick(choice, Qt.Key.Key_Down)
    assert choice.value() == value


def vote(page: ResultsPage, row: int, ways: dict[str, str], dissent: str = "") -> None:
    page.open_part("votes")
    page.votes.table.selectRow(row)
    type_in(page, "votes.issue", "同分，名额不足")
    for name, way in ways.items():
        pick(page, f"votes.way.{name}", way)
    if dissent:
        type_in(page, f"votes.dissent.{EXPERTS[0]}", dissent)
    assert not child(page, "votes.record").isEnabled(), "a reason is needed"
    type_in(page, "votes.reason", "按多数意见")
    press(page, "votes.record")


FOR = dict.fromkeys(EXPERTS, "for")
SPLIT = {EXPERTS[0]: "for", EXPERTS[1]: "against", EXPERTS[2]: "against", EXPERTS[3]: "abstain"}


def vote_on_all(page: ResultsPage) -> None:
    vote(page, 0, FOR)
    vote(page, 1, SPLIT, "数据来源存疑")
    vote(page, 2, FOR)


def kinds(store: OfficeStore) -> list[str]:
    return [one.kind for one in store.snapshot.decisions]


def test_pending_applications_are_voted_on_and_the_results_become_final_in_a_trial(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_in(window, supervised.make_settled(tmp_path, trial=True), dialogs, monkeypatch).store
    assert store is not None
    page = opened(window)
    page.open_part("final")
    assert "尚未定稿" in text_of(page, "final.state")
    type_in(page, "final.reason", "评审完成")
    assert not child(page, "final.button").isEnabled(), "three wait for a vote"
    press(page, "final.lead.pending")
    assert page.votes.isVisible(), "the line leads there"
    assert "名额 2，已入选 0，剩余 2" in text_of(page, "votes.seats")
    assert not child(page, "votes.record").isEnabled()

    vote(page, 0, FOR)
    assert "名额 2，已入选 1，剩余 1" in text_of(page, "votes.seats")
    vote(page, 1, SPLIT, "数据来源存疑")
    page.votes.table.selectRow(1)
    settle()
    before = text_of(page, "votes.before")
    assert "不入选" in before
    assert "赞成 1，反对 2，弃权 1" in before
    assert "数据来源存疑" in before
    assert not child(page, "votes.issue").isVisible(), "it is decided"
    vote(page, 2, FOR)
    states = [page.votes.table.model().index(row, 3).data() for row in range(3)]
    assert states[0] == states[2] != states[1]

    page.open_part("final")
    assert not child(page, "final.left").isVisible()
    type_in(page, "final.reason", "评审完成")
    press(page, "final.button")
    assert "已于" in text_of(page, "final.state")
    assert "示例评审办" in text_of(page, "final.state")
    assert not child(page, "final.button").isVisible()
    assert kinds(store) == ["unblind", "settlement", "settlement", "settlement", "finalise"]


def test_no_more_are_selected_than_there_are_seats_and_what_was_typed_stays(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_in(window, supervised.make_settled(tmp_path, trial=True), dialogs, monkeypatch).store
    assert store is not None
    page = opened(window)
    vote(page, 0, FOR)
    vote(page, 1, FOR)
    vote(page, 2, FOR)
    assert "名额" in said(window, "results")
    assert kinds(store) == ["unblind", "settlement", "settlement"]
    assert child(page, "votes.issue").text() == "同分，名额不足"  # type: ignore[attr-defined]
    assert "赞成 5" in text_of(page, "votes.outcome")


def test_an_official_batch_is_finalised_and_reopened_by_two(
    window: MainWindow, tmp_path: Path, own_profile: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = supervised.make_settled(tmp_path, trial=False)
    supervised.appoint(folder)
    supervised.key_in_profile(own_profile)
    store = open_in(window, folder, dialogs, monkeypatch).store
    assert store is not None
    page = opened(window)
    sign_second(window)
    vote_on_all(page)
    page.open_part("final")
    type_in(page, "final.reason", "评审完成")
    press(page, "final.button")
    assert "尚未定稿" in text_of(page, "final.state")
    sign_second(window)
    assert SUPERVISOR in text_of(page, "final.state")
    made = store.snapshot.decisions[-1]
    assert (made.kind, made.reason) == ("finalise", "评审完成")
    assert made.keyids == (person("组织方").keyid, person(SUPERVISOR).keyid)
    assert refusal(lambda: check_publishable(store.office, compute(store.office))) == "", "it may leave the house"


def test_what_changed_since_is_said_and_reopened_on_one_of_four_grounds(
    window: MainWindow, tmp_path: Path, own_profile: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = supervised.make_settled(tmp_path, trial=True)
    supervised.appoint(folder)
    supervised.key_in_profile(own_profile)
    with supervised.opened(folder) as office:
        supervised.finish(office)
        record_veto(office, Veto("A-001", "V1", "present", "调查报告", "2026-11-20", ""))
    store = open_in(window, folder, dialogs, monkeypatch).store
    assert store is not None
    page = opened(window)
    sign_second(window)
    page.open_part("final")
    assert "结果发生了变化" in text_of(page, "final.text")
    type_in(page, "final.why", "核实后确有重大事故")
    assert not child(page, "final.reopen").isEnabled(), "a ground is needed"
    pick(page, "final.ground", "objective")
    press(page, "final.reopen")
    sign_second(window)
    assert "重新打开" in text_of(page, "final.state")
    assert "客观项不一致" in text_of(page, "final.history")
    assert store.snapshot.decisions[-1].content["ground"] == "objective"


def test_flags_are_explained_and_closed_with_a_reason(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = supervised.make_settled(tmp_path, trial=True, flags=True)
    store = open_in(window, folder, dialogs, monkeypatch).store
    assert store is not None
    page = opened(window)
    page.open_part("final")
    press(page, "final.lead.flag")
    table = page.flags.table
    total = table.model().rowCount()
    assert total == 1
    table.selectRow(0)
    type_in(page, "flags.reason", "各项水平相当")
    assert not child(page, "flags.close").isEnabled(), "an explanation comes first"
    press(page, "flags.explain")
    assert "各项水平相当" in text_of(page, "flags.said")
    pick(page, "flags.filter", "open")
    assert table.model().rowCount() == 0
    pick(page, "flags.filter", "explained")
    table.selectRow(0)
    type_in(page, "flags.reason", "说明成立")
    press(page, "flags.close")
    assert "0 条待说明" in text_of(page, "flags.count")
    page.open_part("final")
    with pytest.raises(AssertionError, match="no widget"):
        child(page, "final.lead.flag")
    assert kinds(store) == ["unblind", "flag", "flag"]


def test_scores_are_gone_once_the_page_is_left(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_in(window, supervised.make_settled(tmp_path, trial=True, flags=True), dialogs, monkeypatch)
    page = opened(window)
    assert page.flags.table.model().rowCount() == 1
    page_of(window, "people")
    page_of(window, "results")
    for part, table in (("votes", page.votes.table), ("flags", page.flags.table)):
        page.open_part(part)
        settle()
        assert table.model().rowCount() == 0
        assert child(page, f"results.{part}.door").isVisible()
    assert page.internal.model().rowCount() == 0


def test_the_rule_packs_are_frozen_by_two(
    window: MainWindow, tmp_path: Path, own_profile: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = supervised.make_settled(tmp_path, trial=False)
    supervised.appoint(folder)
    supervised.key_in_profile(own_profile)
    store = open_in(window, folder, dialogs, monkeypatch).store
    assert store is not None
    page = page_of(window, "issue")
    assert "尚未冻结" in text_of(page, "freeze.state")
    press(page, "freeze.button")
    assert any("冻结规则包" in label.text() for label in child(page, "second").findChildren(QLabel))
    sign_second(window)
    assert SUPERVISOR in text_of(page, "freeze.state")
    assert not child(page, "freeze.button").isVisible()
    assert store.snapshot.frozen is not None
