"""Two signatures in the window: what is signed is shown first, the supervisor's key is asked for in the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from ndb_desktop.ui.coordinator.results_page import ResultsPage
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.banner import Banner
from tests.support import supervised
from tests.support.coordinator import Dialogs, page_of, said
from tests.support.supervised import SUPERVISOR, open_in, sign_second
from tests.support.travel import key_file, person
from tests.support.window import child, press, settle


def words(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible()).replace("\u200b", "")


def door(window: MainWindow) -> ResultsPage:
    page = page_of(window, "results")
    assert isinstance(page, ResultsPage)
    page.tabs.setCurrentIndex(1)
    press(window, "results.door")
    return page


def drop(window: MainWindow, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(200, 200), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    window.dropEvent(event)
    settle()


def test_an_official_batch_from_no_supervisor_to_open_scores(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = supervised.make_settled(tmp_path, trial=False)
    store = open_in(window, folder, dialogs, monkeypatch).store
    assert store is not None
    page = door(window)
    assert "尚未任命监督人员" in said(window, "results")
    press(page.banner, "banner.action")
    people = page_of(window, "people")
    assert child(people, "roles.none").isVisible(), "it says why a supervisor is needed"

    drop(window, supervised.card_file(tmp_path, trial=False))
    assert person(SUPERVISOR).keyid in child(people, "roles.card.shown").text()  # type: ignore[attr-defined]
    assert not child(people, "roles.appoint").isEnabled(), "a reason is needed"
    QTest.keyClicks(child(people, "roles.reason"), "as arranged")
    press(people, "roles.appoint")
    assert [one.name for one in store.snapshot.supervisors] == [SUPERVISOR]
    assert not child(people, "roles.none").isVisible()
    assert SUPERVISOR in said(window, "people")

    page = door(window)
    card = child(page, "second")
    assert card.isVisible()
    shown = words(card)
    assert "启封分数" in shown
    assert "示例批次" in shown
    assert SUPERVISOR in shown
    assert "评审结束" in child(card, "second.reason").text()  # type: ignore[attr-defined]
    assert page.internal.model().rowCount() == 0
    assert not child(card, "second.sign").isEnabled(), "there is no key yet"

    dialogs.file = supervised.key_on_stick(tmp_path)
    press(card, "second.browse")
    child(card, "second.reason").setText("评审期满")  # type: ignore[attr-defined]
    sign_second(window, "not the passphrase")
    assert card.isVisible()
    assert "口令" in child(card, "second.wrong").text()  # type: ignore[attr-defined]
    assert child(card, "second.reason").text() == "评审期满", "the rest stays"  # type: ignore[attr-defined]
    sign_second(window)
    assert not card.isVisible()
    assert child(card, "passphrase").text() == ""  # type: ignore[attr-defined]
    assert page.internal.model().rowCount() == 3
    (made,) = [one for one in store.snapshot.decisions if one.kind == "unblind"]
    assert made.keyids == (person("组织方").keyid, person(SUPERVISOR).keyid)
    assert made.reason == "评审期满"

    press(window, "results.close")
    press(window, "results.door")
    assert page.internal.model().rowCount() == 3, "once is enough"
    assert not card.isVisible()


def test_in_a_trial_the_coordinator_signs_alone_until_somebody_is_appointed(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = supervised.make_settled(tmp_path, trial=True)
    store = open_in(window, folder, dialogs, monkeypatch).store
    assert store is not None
    page = door(window)
    assert page.internal.model().rowCount() == 3
    assert not page.findChildren(QWidget, "second")
    assert store.snapshot.decisions[-1].keyids == (person("组织方").keyid,)


def test_the_key_of_somebody_else_is_refused_and_giving_up_changes_nothing(
    window: MainWindow, tmp_path: Path, own_profile: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = supervised.make_settled(tmp_path, trial=True)
    supervised.appoint(folder)
    supervised.key_in_profile(own_profile)
    supervised.key_in_profile(own_profile, "路人")
    store = open_in(window, folder, dialogs, monkeypatch).store
    assert store is not None
    page = door(window)
    card = child(page, "second")
    keys = child(card, "second.key")
    assert keys.count() == 1, "only a supervisor's key is offered"  # type: ignore[attr-defined]
    dialogs.file = tmp_path / "other.ndbkey"
    dialogs.file.write_bytes(key_file("路人"))
    press(card, "second.browse")
    sign_second(window)
    assert person("路人").keyid in child(card, "second.wrong").text()  # type: ignore[attr-defined]
    assert card.isVisible()
    press(card, "second.cancel")
    assert not card.isVisible()
    assert child(card, "passphrase").text() == ""  # type: ignore[attr-defined]
    assert page.internal.model().rowCount() == 0
    assert [one.kind for one in store.snapshot.decisions] == ["appoint"]


def test_what_changed_while_the_supervisor_read_it_is_shown_anew_and_not_signed(
    window: MainWindow, tmp_path: Path, own_profile: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = supervised.make_settled(tmp_path, trial=True)
    supervised.appoint(folder)
    supervised.key_in_profile(own_profile)
    store = open_in(window, folder, dialogs, monkeypatch).store
    assert store is not None
    page = door(window)
    card = child(page, "second")
    assert "15" in words(card).splitlines()
    failures: list[Exception] = []
    store.run(
        lambda office, _progress, _cancel: office.replace_assignments(office.assignments()[1:]),
        lambda _none: None,
        failures.append,
    )
    settle()
    assert failures == []
    sign_second(window)
    assert card.isVisible(), "it is asked for again"
    assert "14" in words(card).splitlines()
    assert "15" not in words(card).splitlines()
    assert [one.kind for one in store.snapshot.decisions] == ["appoint"]
    sign_second(window)
    assert store.snapshot.decisions[-1].content["assigned"] == "14"


def test_roles_change_with_two_signatures_once_there_is_a_supervisor(
    window: MainWindow, tmp_path: Path, own_profile: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = supervised.make_settled(tmp_path, trial=False)
    supervised.appoint(folder)
    supervised.key_in_profile(own_profile)
    store = open_in(window, folder, dialogs, monkeypatch).store
    assert store is not None
    people = page_of(window, "people")
    people.open_part("roles")
    dialogs.file = supervised.card_file(tmp_path, "档案乙", trial=False)
    press(people, "roles.card")
    role = child(people, "roles.role")
    role.setCurrentIndex(1)  # type: ignore[attr-defined]
    child(people, "roles.reason").setText("保管档案")  # type: ignore[attr-defined]
    press(people, "roles.appoint")
    card = child(people, "second")
    assert all(part in words(card) for part in ("任命", "档案乙", "示例监督处", person("档案乙").keyid))
    sign_second(window)
    assert [(one.name, one.role) for one in store.snapshot.officers] == [
        (SUPERVISOR, "supervisor"), ("档案乙", "archivist"),
    ]  # fmt: skip

    table = child(people, "roles.table")
    table.selectRow(0)  # type: ignore[attr-defined]
    child(people, "roles.why").setText("调离")  # type: ignore[attr-defined]
    assert not child(people, "roles.dismiss").isEnabled(), "the coordinator cannot be dismissed"
    table.selectRow(2)  # type: ignore[attr-defined]
    press(people, "roles.dismiss")
    sign_second(window)
    assert [one.name for one in store.snapshot.officers] == [SUPERVISOR]
    assert "档案乙" in said(window, "people")
    assert store.snapshot.decisions[-1].reason == "调离"


def test_a_card_that_cannot_be_used_says_why_and_keeps_what_was_typed(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = supervised.make_settled(tmp_path, trial=False)
    open_in(window, folder, dialogs, monkeypatch)
    people = page_of(window, "people")
    people.open_part("roles")
    child(people, "roles.reason").setText("按分工")  # type: ignore[attr-defined]
    dialogs.file = tmp_path / "broken.ndbcard"
    dialogs.file.write_bytes(b"{}")
    press(people, "roles.card")
    banner = people.findChild(Banner)
    assert banner is not None
    assert banner.message() is not None
    dialogs.file = supervised.card_file(tmp_path, trial=True)
    press(people, "roles.card")
    press(people, "roles.appoint")
    assert "试用名片" in said(window, "people")
    assert child(people, "roles.reason").text() == "按分工"  # type: ignore[attr-defined]
