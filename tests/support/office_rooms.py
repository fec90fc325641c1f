"""Every page of the coordinator desk, as `rooms.Room`s: found from the desk's own list of steps, tab by tab.

A page or tab that is added is walked without being named here; what only a certain state of a batch or a pressed button
shows (cards, questions, a form that is filled) is added by name. A stage leads an open window through such states; the
window may be built anew, in another language or size, before each `Room.show`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLineEdit, QTableView, QTabWidget, QTreeView, QWidget

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.lifecycle import DocumentRef
from ndb_desktop.domain.siterecord import VetoFinding
from ndb_desktop.services.outcome import unblind
from ndb_desktop.services.registry_copy import back_up
from ndb_desktop.services.site_merge import merge_sites
from ndb_desktop.services.visit_issue import issue_visit
from ndb_desktop.ui import tasks
from ndb_desktop.ui.coordinator.applications_page import ApplicationsPage
from ndb_desktop.ui.coordinator.lifecycle_page import LifecyclePage
from ndb_desktop.ui.coordinator.lifecycle_wish import MoveWish
from ndb_desktop.ui.coordinator.packs_page import PacksPage
from ndb_desktop.ui.coordinator.page import OfficePage
from ndb_desktop.ui.coordinator.people_page import PeoplePage
from ndb_desktop.ui.coordinator.view import STEPS
from ndb_desktop.ui.coordinator.wizard.frame import ORDER
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.fields import Choice
from tests.support import lives, supervised, visits
from tests.support.coordinator import Dialogs, desk_of, open_sample, page_of, sample_copy, wizard_step
from tests.support.office import make_office
from tests.support.packs import pack_for
from tests.support.packsheets import with_cells
from tests.support.returned import make_returned
from tests.support.rooms import Room
from tests.support.tables import HEAD, handed_over, row
from tests.support.travel import key_file, person
from tests.support.window import child, press, settle

OPENED = ("assign.proof.verify", "results.public.show", "seat.check", "missing.reserve", "whatif.look")
"""Buttons that only show more; a page is looked at with that in sight."""
TINY = frozenset({"packs"})
"""The pack of small registries is too small to be read on the page of packs."""


@dataclass(frozen=True)
class Round:
    """What a stage works with."""

    window: MainWindow
    folder: Path
    dialogs: Dialogs
    monkeypatch: pytest.MonkeyPatch


# ----- stages -----


def entrance(own: Round) -> Iterator[Room]:
    """Before a registry is open: choosing, unlocking, restoring a copy, waiting, every step of a new batch."""
    folder = make_returned(own.folder)
    with supervised.opened(folder) as office:
        copy = back_up(office, own.folder).path
    window, dialogs = own.window, own.dialogs
    window.settings.remember(folder)
    window.enter("coordinator")
    settle()
    yield Room("choose", settle)
    dialogs.folder = folder
    press(window, "office.choose.button")
    yield Room("unlock", settle)
    yield Room("waiting", partial(_opening, window))
    press(window, "progress.cancel")
    dialogs.folder = copy
    press(window, "office.other")
    yield Room("restore", settle)
    window.go_start()
    settle()
    window.enter("coordinator")
    settle()
    press(window, "office.create.button")
    for step in ORDER:
        yield Room(f"new batch: {step}", partial(_wizard, window, step))
    yield Room("new batch: faults", partial(_faulty, window))
    for name in ("help", "guide", "keys"):
        yield Room(name, partial(_over, window, name))


def empty(own: Round) -> Iterator[Room]:
    """A registry that was just made: what every page says when there is nothing in it."""
    packs = {"park": pack_for("park")}
    office = make_office(own.folder / "office", applications=0, experts=0, assigned=False, packs=packs)
    office.close()
    _open(own, office.folder)
    yield from every_tab(own.window)


def planned(own: Round) -> Iterator[Room]:
    """The sample: real packs, people with keys, seats that were drawn, bundles issued, scores returned."""
    window, sample = own.window, sample_copy(own.folder / "sample")
    open_sample(window, sample, own.dialogs)
    # Results and their publication are walked where there are some.
    yield from every_tab(window, frozenset({"results", "publish"}))
    good, bad = own.folder / "other-park.xlsx", own.folder / "faulty.xlsx"
    good.write_bytes(with_cells({"settings!B3": "9.9"}, "park"))
    bad.write_bytes(with_cells({"indicators!E3": "abc"}, "park"))
    packs = page_of(window, "packs")
    assert isinstance(packs, PacksPage)
    packs.take((good, bad))
    settle()
    for name in ("compare", "check", "form", "preview"):
        yield Room(f"packs opened: {name}", partial(_pack, window, name))
    faulty = handed_over(own.folder / "in", [HEAD, row(1), row(2, 推荐单位=""), row(3, 推荐单位="?")])
    applications = page_of(window, "applications")
    assert isinstance(applications, ApplicationsPage)
    applications.take(faulty)
    settle()
    yield from tabs_of(window, "applications", "import: ")
    roster = own.folder / "roster.csv"
    roster.write_text("expert,name\nE-X,?\n", encoding="utf-8")
    yield Room("roster with faults", partial(_roster, window, roster))
    supervised.card_file(own.folder, trial=True)
    yield Room("card of somebody", partial(_card, window, own.folder / f"{supervised.SUPERVISOR}.ndbcard"))
    yield Room("error", partial(_error, window))
    yield Room("at work", partial(_at_work, window))


def returned(own: Round) -> Iterator[Room]:
    """Files came back: looked through, taken over, taken back; two versions contradict; some are missing."""
    window = own.window
    supervised.open_in(window, make_returned(own.folder), own.dialogs, own.monkeypatch)
    own.dialogs.folder = own.folder / "in"
    page_of(window, "merge")
    press(window, "merge.folder")
    yield from tabs_of(window, "merge", "looked through: ")
    page_of(window, "merge.inbox")
    press(window, "merge.accept")
    yield from tabs_of(window, "merge", "taken over: ")
    yield Room("taking back is asked", partial(_undo, window))
    for step in ("overview", "people", "issue", "log"):
        yield from tabs_of(window, step, "returned: ")


def deciding(own: Round) -> Iterator[Room]:
    """An official batch with everything merged: the second key is asked for, then votes, flags, rounds, what-if."""
    window = own.window
    folder = supervised.make_settled(own.folder, trial=False, flags=True)
    supervised.appoint(folder)
    supervised.key_in_profile(window.profile)
    supervised.open_in(window, folder, own.dialogs, own.monkeypatch)
    yield Room("second key", partial(_second, window))
    yield Room("second key: wrong", partial(_second_wrong, window))
    store = desk_of(window).store
    assert store is not None
    page_of(window, "log").job("x", lambda office, *_: unblind(office, second=person(supervised.SUPERVISOR)), _none)
    settle()
    yield from every_tab(window, TINY | {"applications", "issue", "merge", "publish"})
    yield Room("what if", partial(_what_if, window))


def final(own: Round) -> Iterator[Room]:
    """A final batch: published, objected to, copied; its bases on their way, one overdue."""
    window = own.window
    folder = supervised.make_settled(own.folder, trial=False)
    supervised.appoint(folder)
    with supervised.opened(folder) as office:
        unblind(office, second=person(supervised.SUPERVISOR))
        supervised.finish(office)
    with lives.on(folder, 2026, 11, 20) as office:
        lives.move(office, "create", date(2024, 9, 17), *lives.CHOSEN)
        lives.move(office, "acceptance", date(2026, 9, 17))
        lives.move(office, "accept", date(2026, 9, 26))
    supervised.open_in(window, folder, own.dialogs, own.monkeypatch)
    own.dialogs.folder = own.folder
    page_of(window, "publish")
    press(window, "notice.write")
    page_of(window, "publish.objections")
    for name in ("sender", "contact", "matter", "evidence"):
        _type(window, f"objections.{name}", "某某")
    press(window, "objections.enter")
    page_of(window, "publish.copies")
    press(window, "copies.choose")
    for step in ("publish", "results", "overview", "lifecycle"):
        yield from tabs_of(window, step, "final: ")
    yield Room("life of a base", partial(_life, window))
    yield Room("move: who does not fit", partial(_move, window, MoveWish("acceptance", lives.CHOSEN, reason="x")))
    paper = (DocumentRef("ab" * 32, "评估验收专家组意见（第二批）.pdf"),)
    ended = MoveWish("end", lives.CHOSEN, documents=paper, ground="withdrawn", reason="x")
    yield Room("move: to be signed", partial(_move, window, ended))


def visited(own: Round) -> Iterator[Room]:
    """A visit was planned, issued, its record merged; another record is looked through; the form for the next one."""
    window = own.window
    office = visits.visited_office(own.folder / "office")
    visits.with_inspectors(office, own.folder / "cards")
    visit = visits.planned(office)
    bundle = issue_visit(office, visit.id, own.folder / "out")
    veto = VetoFinding("V-1", "V6", "两套账", "复印件", "否认")
    before: str | None = None
    for name, number in (("first", 1), ("second", 2)):
        record = own.folder / f"{name}/{name}.ndbsite"
        before = visits.frozen(
            office, visit, bundle, record, visits.verified("1.5"), veto, revision=number, supersedes=before
        ).digest
    merge_sites(office, [own.folder / "first/first.ndbsite"])
    office.close()
    (own.folder / "组织方.ndbkey").write_bytes(key_file("组织方"))
    supervised.open_in(window, office.folder, own.dialogs, own.monkeypatch)
    yield Room("visits: who and what", partial(_visit_form, window))
    own.dialogs.folder = own.folder / "second"
    page_of(window, "visits.records")
    press(window, "visits.folder")
    yield from tabs_of(window, "visits", "visited: ")


STAGES = (entrance, empty, planned, returned, deciding, final, visited)


# ----- pages and tabs -----


def every_tab(window: MainWindow, but: frozenset[str] = frozenset()) -> Iterator[Room]:
    """Each page of the open registry, each of its tabs at every depth, doors opened and a row chosen in every table."""
    for step in STEPS:
        if step.id not in but:
            yield from tabs_of(window, step.id)


def tabs_of(window: MainWindow, step: str, before: str = "") -> Iterator[Room]:
    """The tabs of one page, as the registry stands now."""
    for way in list(_ways(page_of(window, step))):
        yield Room(f"{before}{'.'.join((step, *map(str, way)))}", partial(show_tab, window, step, way))


def _ways(inside: QWidget, way: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    tabs = _tabs(inside)
    if not tabs:
        yield way
        return
    for number in range(tabs[0].count()):
        part = tabs[0].widget(number)
        if part is not None and tabs[0].isTabVisible(number):
            yield from _ways(part, (*way, number))


def show_tab(window: MainWindow, step: str, way: tuple[int, ...] = ()) -> OfficePage:
    """Goes to a page and down its tabs, opens the door that is there and chooses the first row of every table."""
    page = page_of(window, step)
    page.banner.dismiss()
    _inside(page, way)
    for _ in range(2):
        for button in page.findChildren(QAbstractButton):
            if button.isVisible() and button.isEnabled() and _opens(button.objectName()):
                button.click()
                settle()
        choose_rows(page)
    return page


def choose_rows(page: QWidget) -> None:
    """The first row of every table and tree in sight, again for those that come to be shown by that."""
    done: set[QAbstractItemView] = set()
    for _ in range(3):
        views: list[QAbstractItemView] = [*page.findChildren(QTableView), *page.findChildren(QTreeView)]
        fresh = {view for view in views if view.isVisible() and view.isEnabled()} - done
        for view in fresh:
            if not view.currentIndex().isValid():
                view.setCurrentIndex(view.model().index(0, 0))
        settle()
        done |= fresh


def _opens(name: str) -> bool:
    return name.endswith(".door") or name in OPENED


def _inside(page: OfficePage, way: tuple[int, ...]) -> QWidget:
    inside: QWidget = page
    for number in way:
        tabs = _tabs(inside)[0]
        tabs.setCurrentIndex(number)
        settle()
        inside = tabs.currentWidget() or page
    return inside


def _tabs(inside: QWidget) -> list[QTabWidget]:
    """The tab widgets directly inside, not those within another."""
    found = [tabs for tabs in inside.findChildren(QTabWidget) if tabs.isVisibleTo(inside)]
    return [tabs for tabs in found if not any(other is not tabs and other.isAncestorOf(tabs) for other in found)]


# ----- rooms that need more than going there -----


def _open(own: Round, folder: Path) -> None:
    """Opens a registry made with a real pack."""
    own.window.enter("coordinator")
    settle()
    own.dialogs.folder = folder
    press(own.window, "office.choose.button")
    key = own.folder / "组织方.ndbkey"
    key.write_bytes(key_file("组织方"))
    own.dialogs.file = key
    press(own.window, "office.key.browse")
    _type(own.window, "passphrase", supervised.PASSPHRASE)
    press(own.window, "office.open")


def _held(work: Callable[[], object]) -> None:
    """Presses something whose work is held back, or the page would be gone before anybody saw it."""
    with patch.object(tasks, "run", lambda _work, **then: tasks.Task(then["done"], None, None, then["owner"])):
        work()


def _opening(window: MainWindow) -> None:
    desk = desk_of(window)
    _held(lambda: desk._start(tr("office.opening"), lambda *_: None, back="unlock"))
    assert desk._task is not None
    desk._task.progressed.emit(2, 4, "第二批-生物制造与人工智能-总库-示例评审办/registry.db")
    settle()


def _wizard(window: MainWindow, step: str) -> None:
    wizard_step(window, step)
    if step == "fields":
        press(window, "create.field.add")
    choose_rows(child(window, "office.create"))


def _faulty(window: MainWindow) -> None:
    wizard_step(window, "batch")
    _type(window, "create.zh", "")
    wizard_step(window, "check")


def _over(window: MainWindow, name: str) -> None:
    if window.over.page is not None:
        window.over.close()
    show = {
        "help": partial(window.over.show_help, "coordinator"),
        "guide": partial(window.over.show_guide, "coordinator"),
        "keys": window.over.show_keys,
    }
    show[name]()
    settle()


def _pack(window: MainWindow, part: str) -> None:
    """The faulty file for its faults and where there is nothing to show, the sound one for the rest."""
    page = page_of(window, "packs")
    assert isinstance(page, PacksPage)
    rows = page.table.model().rowCount()
    page.table.setCurrentIndex(page.table.model().index(rows - (2 if part == "compare" else 1), 0))
    page.open_part(part)
    settle()
    choose_rows(page)


def _roster(window: MainWindow, path: Path) -> None:
    page = page_of(window, "people")
    assert isinstance(page, PeoplePage)
    page.take_roster(path, None)
    settle()
    choose_rows(page)


def _card(window: MainWindow, path: Path) -> None:
    page = page_of(window, "people")
    assert isinstance(page, PeoplePage)
    page.take_card(path)
    settle()


def _error(window: MainWindow) -> None:
    page_of(window, "issue").banner.show_error(NdbError("E-COPY-INSIDE", place="x" * 60))
    settle()


def _at_work(window: MainWindow) -> None:
    page = page_of(window, "merge")
    _held(lambda: page.job(tr("merge.checking"), lambda *_: None, _none))
    assert page._working is not None
    page._working.show_progress(3, 12, "E01-第二批-生物制造与人工智能-评分文件.ndbscore")
    settle()


def _visit_form(window: MainWindow) -> None:
    show_tab(window, "visits", (1,))
    box = child(window, "visits.applicant")
    assert isinstance(box, Choice)
    box.setCurrentIndex(1)
    box.activated.emit(1)
    settle()
    child(window, "visits.sample.number").setValue(1)  # type: ignore[attr-defined]
    settle()


def _life(window: MainWindow) -> None:
    page = page_of(window, "lifecycle.bases")
    assert isinstance(page, LifecyclePage)
    page.open_base("A-001")
    settle()


def _move(window: MainWindow, wish: MoveWish) -> None:
    page = page_of(window, "lifecycle")
    assert isinstance(page, LifecyclePage)
    page.prepare(wish)
    settle()
    press(window, "lifecycle.preview")


def _undo(window: MainWindow) -> None:
    page_of(window, "merge.inbox")
    press(window, "inbox.undo")


def _second(window: MainWindow) -> None:
    page_of(window, "results.votes")
    press(window, "results.votes.door")
    assert child(window, "second").isVisible()


def _second_wrong(window: MainWindow) -> None:
    _second(window)
    supervised.sign_second(window, "not this one")
    settle()


def _what_if(window: MainWindow) -> None:
    page_of(window, "results.whatif")
    press(window, "results.whatif.door")
    _type(window, "whatif.threshold.park", "99")
    press(window, "whatif.look")


def _type(window: MainWindow, name: str, words: str) -> None:
    field = child(window, name)
    assert isinstance(field, QLineEdit)
    field.setText(words)


def _none(_result: object) -> None:
    """A job whose result nobody needs."""


__all__ = ["STAGES", "Round", "choose_rows", "every_tab", "show_tab", "tabs_of"]
