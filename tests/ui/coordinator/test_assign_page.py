"""Assignment through the widgets: conditions, seed and signatures, shortage, proof, single seats, loads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.batch import Conflict
from ndb_desktop.services.assign import AssignOptions
from ndb_desktop.ui import i18n, tasks, theme
from ndb_desktop.ui.coordinator.assign_page import AssignPage
from ndb_desktop.ui.coordinator.store import OfficeStore, take_snapshot
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.table import DataTable
from tests.support import access, supervised
from tests.support.clipping import findings
from tests.support.coordinator import Dialogs, desk_of, open_sample, page_of, said
from tests.support.office import make_office
from tests.support.rooms import fit
from tests.support.supervised import open_in, sign_second
from tests.support.window import child, press, settle


def words(window: QWidget, name: str) -> str:
    found = child(window, name)
    assert isinstance(found, QLabel)
    return found.text().replace("\u200b", "")


def table(window: QWidget, name: str) -> DataTable:
    found = child(window, name)
    assert isinstance(found, DataTable)
    return found


def column(of: DataTable, number: int) -> list[str]:
    model = of.model()
    return [model.index(row, number).data() for row in range(model.rowCount())]


def store_of(window: MainWindow) -> OfficeStore:
    store = desk_of(window).store
    assert store is not None
    return store


def opened(window: MainWindow, sample: Path, dialogs: Dialogs) -> AssignPage:
    open_sample(window, sample, dialogs)
    page = page_of(window, "assign")
    assert isinstance(page, AssignPage)
    return page


def change(window: MainWindow, work: Callable[..., object]) -> None:
    """Something happened to the registry elsewhere, and the window learned of it."""
    store = store_of(window)
    failures: list[Exception] = []
    store.run(lambda office, _progress, _cancel: work(office), lambda _done: None, failures.append)
    settle()
    assert not failures


def test_a_sample_that_was_drawn_shows_how_it_stands_and_proves_it_again(
    window: MainWindow, sample: Path, dialogs: Dialogs
) -> None:
    page = opened(window, sample, dialogs)
    store = store_of(window)
    shown = words(window, "assign.report")
    loads = [sum(pair.expert == one.id for pair in store.snapshot.assignments) for one in store.snapshot.experts]
    assert str(len(store.snapshot.assignments)) in shown
    assert i18n.tr("assign.loads", least=min(loads), most=max(loads), mean="@").split("@")[0] in shown
    proof = words(window, "assign.proof.digests").replace(" ", "")
    row = store.office.registry.proof()
    assert row is not None
    assert row.seed in proof
    assert row.sha256 in proof
    assert not child(window, "assign.proof.verdict").isVisible()
    press(window, "assign.proof.verify")
    assert words(window, "assign.proof.verdict") == i18n.tr("proof.holds")
    assert row.inputs_digest in words(window, "assign.proof.lines")
    page.open_part("loads")
    assert sorted(int(one) for one in column(table(window, "assign.loads"), 2)) == sorted(loads)


def test_a_pair_put_in_by_the_back_door_breaks_the_proof(window: MainWindow, sample: Path, dialogs: Dialogs) -> None:
    opened(window, sample, dialogs)
    gone = store_of(window).snapshot.assignments[0]
    where = (gone.expert, gone.application)
    change(
        window,
        lambda office: office.registry._write("DELETE FROM assignment WHERE expert = ? AND application = ?", where),
    )
    press(window, "assign.proof.verify")
    assert words(window, "assign.proof.verdict") == i18n.tr("proof.broken")
    assert "E-PROOF-FORCE" in words(window, "assign.proof.lines")


def test_modes_and_their_options_go_together(window: MainWindow, sample: Path, dialogs: Dialogs) -> None:
    page = opened(window, sample, dialogs)
    card = page.options_card
    assert card.options() == AssignOptions(seats=page.snapshot.batch.panel_size)
    assert not card.group.isEnabled()
    card.floor.click()
    assert card.options().fair_floor
    QTest.keyClick(card.mode, Qt.Key.Key_End)
    card.mode.activated.emit(card.mode.currentIndex())
    assert card.options().mode == "panel_recuse"
    assert card.group.isEnabled()
    assert not card.floor.isEnabled()
    assert not card.options().fair_floor, "a floor and single recusals do not go together"
    card.min_load.number.setValue(2)
    card.max_load.number.setValue(3)
    card.group.number.setValue(4)
    assert (card.options().min_load, card.options().max_load, card.options().group) == (2, 3, 4)
    assert i18n.tr("assign.log.none") == words(window, "assign.log_note")
    QTest.keyClicks(card.words, "headline")
    assert "headline" in words(window, "assign.log_note"), "what goes into the log is seen before"
    assert i18n.tr("assign.sign.one") == words(window, "assign.sign_note")


def test_a_seat_is_explained_and_swapped_only_when_nothing_breaks(
    window: MainWindow, sample: Path, dialogs: Dialogs
) -> None:
    page = opened(window, sample, dialogs)
    away = page.snapshot.assignments[0]
    change(
        window,
        lambda office: office.replace_assignments(
            [pair for pair in office.assignments() if pair != away], {"reason": "x"}
        ),
    )
    page.open_part("seats")
    settle()
    store, members, reserves = store_of(window), table(window, "seat.members"), table(window, "seat.reserves")
    shown = table(window, "assign.table")
    shown.selectRow(column(shown, 0).index(away.application))
    settle()
    name = shown.selected().application
    seated = {pair.expert for pair in store.snapshot.assignments if pair.application == name}
    assert [one.split()[0] for one in column(members, 0)] == [*sorted(seated), i18n.tr("seat.empty")]
    assert members.selected().expert in words(window, "seat.why")
    assert not child(window, "seat.swap").isEnabled()

    other = min(seated - {members.selected().expert})
    field = child(window, "seat.other")
    QTest.keyClicks(field, other)
    QTest.keyClicks(child(window, "seat.reason"), "asked to leave")
    press(window, "seat.check")
    assert other in words(window, "seat.verdict")
    assert any(one.text().startswith(other) or other in one.text() for one in page.seats.card.findChildren(PlainLabel))
    assert not child(window, "seat.swap").isEnabled(), "somebody who sits there already"
    field.clear()  # type: ignore[attr-defined]
    QTest.keyClicks(field, "E-99")
    QTest.keyClick(field, Qt.Key.Key_Return)
    settle()
    assert "E-99" in words(window, "seat.verdict")
    assert not child(window, "seat.swap").isEnabled()

    # Somebody whom the one who went may replace: the empty seat is the last of the rows.
    out = next(row for row in range(len(seated)) if _offers(members, reserves, row))
    members.selectRow(out)
    settle()
    gone = members.selected().expert
    before = set(store.snapshot.assignments)
    reserves.selectRow(0)
    settle()
    come = reserves.selected().reserve.expert
    assert words(window, "seat.verdict") == i18n.tr("seat.possible", out=_named(page, gone), in_=_named(page, come))
    assert child(window, "seat.swap").isEnabled()
    child(window, "seat.reason").clear()  # type: ignore[attr-defined]
    assert not child(window, "seat.swap").isEnabled()
    assert words(window, "seat.lacks") == i18n.tr("seat.lacks.reason")
    QTest.keyClicks(child(window, "seat.reason"), "asked to leave")
    press(window, "seat.swap")
    after = set(store.snapshot.assignments)
    assert {(one.application, one.expert) for one in before ^ after} == {(name, gone), (name, come)}
    assert i18n.tr("seat.swapped", application=name, out=gone, in_=come) in said(window, "assign")
    row = next(n for n, one in enumerate(column(members, 0)) if one.startswith(come))
    members.selectRow(row)
    settle()
    assert "asked to leave" in words(window, "seat.why")


def _offers(members: DataTable, reserves: DataTable, row: int) -> bool:
    members.selectRow(row)
    settle()
    return reserves.isVisible() and reserves.model().rowCount() > 0


def _named(page: AssignPage, expert: str) -> str:
    return f"{expert} {next(one.name for one in page.snapshot.experts if one.id == expert)}"


def test_filling_after_a_recusal_shows_that_nothing_else_moved(
    window: MainWindow, sample: Path, dialogs: Dialogs
) -> None:
    opened(window, sample, dialogs)
    store = store_of(window)
    before = set(store.snapshot.assignments)
    gone = store.snapshot.assignments[0]

    def recuse(office: object) -> None:
        conflict = Conflict(gone.expert, gone.application, "C7", "recuse", "table", "纠纷")
        with office.registry.transaction():  # type: ignore[attr-defined]
            office.registry.add_conflicts([conflict])  # type: ignore[attr-defined]
            office.log("conflicts.import", "x", {})  # type: ignore[attr-defined]

    change(window, recuse)
    press(window, "assign.refill")
    after = set(store.snapshot.assignments)
    assert before - after == {gone}
    moved = words(window, "assign.moved")
    assert i18n.tr("assign.moved.none", count=len(before) - 1) in moved
    assert f"{gone.application} {gone.expert}" in moved
    for one in after - before:
        assert f"{one.application} {one.expert}" in moved
    press(window, "assign.proof.verify")
    assert words(window, "assign.proof.verdict") == i18n.tr("proof.holds")


def test_a_shortage_names_the_field_and_the_number(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, sample: Path
) -> None:
    page = opened(window, sample, dialogs)

    def free(office: object) -> None:
        for bundle in office.registry.issued():  # type: ignore[attr-defined]
            if not bundle.revoked_at:
                office.registry.revoke_issued(bundle.bundle_id, "2026-11-22T04:00:00Z", "x")  # type: ignore[attr-defined]
        office.log("bundle.revoke", "x", {})  # type: ignore[attr-defined]

    change(window, free)
    child(window, "assign.seats").number.setValue(7)  # type: ignore[attr-defined]
    press(window, "assign.start")
    store = store_of(window)
    lacking = 7 * len(store.snapshot.applications) - len(store.snapshot.assignments)
    assert lacking > 0
    rows = table(window, "assign.shortages")
    seats = i18n.tr("assign.short.seats")
    missing = [int(n) for n, what in zip(column(rows, 3), column(rows, 2), strict=True) if what == seats]
    assert sum(missing) == lacking
    assert set(column(rows, 1)) <= {i18n.local(field.name) for field in store.snapshot.batch.fields}
    assert i18n.tr("assign.short.count", seats=lacking) in said(window, "assign")
    assert words(window, "assign.lacks")
    page.open_part("seats")
    settle()
    members = table(window, "seat.members")
    assert column(members, 0)[-1] == i18n.tr("seat.empty")
    members.selectRow(members.model().rowCount() - 1)
    settle()
    assert words(window, "seat.why") == i18n.tr("seat.why.empty")


def test_a_supervisor_is_named_before_the_draw_and_signs_it(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = supervised.make_settled(tmp_path, trial=True)
    supervised.appoint(folder)
    supervised.key_in_profile(window.profile)
    store = open_in(window, folder, dialogs, monkeypatch).store
    assert store is not None
    page_of(window, "assign")
    name = store.snapshot.supervisors[0].name
    assert words(window, "assign.sign_note") == i18n.tr("assign.sign.two", names=name)
    press(window, "assign.refill")
    assert child(window, "second").isVisible()
    sign_second(window)
    drawn = [one for one in store.snapshot.decisions if one.kind == "draw"]
    assert len(drawn) == 1
    assert len(drawn[0].keyids) == 2


def test_a_draw_can_be_stopped(
    window: MainWindow, sample: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ndb_desktop.services import assign as service

    opened(window, sample, dialogs)
    before = store_of(window).snapshot.assignments
    real = service.solve

    def slow(problem, progress, cancel):  # type: ignore[no-untyped-def]
        cancel.cancel()
        return real(problem, progress, cancel)

    monkeypatch.setattr(service, "solve", slow)
    press(window, "assign.refill")
    assert i18n.tr("office.cancelled") in said(window, "assign")
    assert store_of(window).snapshot.assignments == before


def test_an_empty_registry_says_what_comes_first(qtbot: QtBot, tmp_path: Path) -> None:
    office = make_office(tmp_path / "office", applications=0, experts=0, assigned=False)
    with tasks.inline():
        page = AssignPage(OfficeStore(office, take_snapshot(office)))
        qtbot.addWidget(page)
        page.show()
        assert not child(page, "assign.start").isEnabled()
        assert words(page, "assign.log_note") == i18n.tr("assign.log.none")
        assert not child(page, "assign.proof").isVisible()
        assert not child(page, "assign.standing").isVisible()
        shown = "\n".join(label.text() for label in page.findChildren(PlainLabel) if label.isVisible())
        assert i18n.tr("assign.not_ready") in shown
        page.store.deleteLater()
    office.close()


@pytest.mark.parametrize(
    ("language", "factor", "size"),
    [
        ("zh_CN", 1.0, QSize(1366, 768)), ("en", 1.0, QSize(1366, 768)), ("en", 1.6, QSize(1440, 900)),
        ("zh_CN", 1.45, QSize(1440, 900)),
    ],
)  # fmt: skip
def test_nothing_is_cut_on_small_screens_and_in_large_type(
    new_window: Callable[[], MainWindow],
    qapp: QApplication,
    sample: Path,
    dialogs: Dialogs,
    language: str,
    factor: float,
    size: QSize,
) -> None:
    i18n.set_language(language)
    theme.apply(qapp, "light", factor)
    window = new_window()
    opened(window, sample, dialogs)
    press(window, "assign.proof.verify")
    found: dict[str, str] = {}
    for part in ("draw", "seats", "loads"):
        page_of(window, f"assign.{part}")
        fit(window, size)
        for finding in findings(window):
            found.setdefault(finding, part)
        shown = page_of(window, "assign")
        for finding in access.wrong_roles(shown):
            found.setdefault(finding, part)
        for stop in access.focusable(shown):
            # A number is called as the counter is in which it stands.
            if not access.said(stop) or not (stop.objectName() or stop.parentWidget().objectName()):
                found.setdefault(f"no name: {access.called(stop)}", part)
    assert not found
