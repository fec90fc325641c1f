"""A registry of a later stage through the window: opened, a move signed, score files merged, an outcome looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from ndb_desktop.domain.batch import Quota
from ndb_desktop.domain.lifecycle import RULES, Move, begun, moves_from
from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.formats.batchplan import BatchFacts, BatchPlan
from ndb_desktop.services.lifecycle import all_lives
from ndb_desktop.services.office import Office
from ndb_desktop.services.review import open_review
from ndb_desktop.services.succession import follow
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.badge import Badge
from tests.support.all_stages import WHY, base
from tests.support.coordinator import Dialogs, desk_of, page_of
from tests.support.hands import cells, click_row, drop, enter, on_slips, pick, type_passphrase, write
from tests.support.review import agree_all
from tests.support.stage import predecessor, stage_batch
from tests.support.stage_review import fill_stage
from tests.support.travel import PASSPHRASE, person
from tests.support.window import child, press, review_of, settle
from tests.support.window import desk_of as expert_desk

COORDINATOR = "组织方"
DISPUTED = "target:P1.1.revenue"


def today() -> datetime:
    """Two years after the bases were listed, before the National Day of the only official calendar."""
    return datetime(2026, 9, 28, 4, 0, 0, tzinfo=UTC)


def begin(folder: Path) -> None:
    """The registry of the acceptance as it was made: two bases follow, nothing is handed in yet."""
    bases = [base(1), base(2)]
    known = predecessor(bases)
    known = replace(known, lives={one.id: begun(one.id, "creating", date(2024, 9, 2)) for one in bases})
    batch = replace(stage_batch(), id="T-2026-A", year=2026, quotas={"park": Quota()})
    follow(
        folder, predecessor=known, stage="acceptance", plan=BatchPlan(batch, BatchFacts()),
        identity=person(COORDINATOR), name="示例评审办", recovery=person("恢复").public, clock=today,
    ).office.close()  # fmt: skip


# ----- the coordinator -----


def office_of(window: MainWindow) -> Office:
    store = desk_of(window).store
    assert store is not None
    return store.office


def open_registry(window: MainWindow, folder: Path, dialogs: Dialogs) -> None:
    """The coordinator at the own machine, with the own key."""
    enter(window, "coordinator")
    dialogs.folder = folder
    press(window, "office.choose.button")
    write(child(child(window, "office.unlock"), "passphrase"), PASSPHRASE)
    press(window, "office.open")
    assert desk_of(window).store is not None


def start(window: MainWindow, move: Move = "acceptance", reason: str = "创建期满") -> None:
    """Moves on all bases that the form offers for the move, such as by 启动评估验收, by a signed decision."""
    page_of(window, "lifecycle.move")
    pick(child(window, "lifecycle.move"), move)
    press(window, "lifecycle.all")
    write(child(window, "lifecycle.reason"), reason)
    offered = {name for name, life in all_lives(office_of(window)).bases.items() if move in moves_from(life)}
    assert len(cells(child(window, "lifecycle.picks"), 1)) == len(offered) > 0
    sign_move(window)
    lives = all_lives(office_of(window)).bases
    assert {lives[name].state for name in offered} == {RULES[move].after}


def sign_move(window: MainWindow) -> None:
    """A look first, then the signature."""
    settle()
    press(window, "lifecycle.preview")
    assert child(window, "lifecycle.fits").isVisible()
    press(window, "lifecycle.sign")


def issue_all(window: MainWindow, folder: Path, roster: Path, dialogs: Dialogs) -> dict[str, tuple[Path, str]]:
    """Experts, the draw, bundles and slips; each expert's bundle and the secret printed on the slip."""
    dialogs.file = roster
    page_of(window, "people")
    press(window, "people.roster")
    page_of(window, "assign")
    write(child(window, "assign.words"), "公开抽签")
    child(window, "assign.seats").number.setValue(5)  # type: ignore[attr-defined]
    press(window, "assign.start")
    dialogs.folder = folder / "bundles"
    page_of(window, "issue")
    press(window, "issue.all")
    dialogs.target = folder / "slips.pdf"
    press(window, "issue.slips")
    return {expert: (path, secret) for expert, path, secret in on_slips(dialogs.target, folder / "bundles")}


def merge(window: MainWindow, returned: Path, keys: Mapping[str, str]) -> None:
    """A look at what is dropped, then the merge; the keys are confirmed."""
    drop(window, sorted(returned.iterdir()))
    assert cells(child(window, "merge.table"), 0) == ["接收"] * len(keys)
    press(window, "merge.accept")
    page_of(window, "people")
    table = child(window, "people.experts")
    for expert, fingerprint in keys.items():
        click_row(table, cells(table, 0).index(expert))
        write(child(window, "people.fingerprint"), fingerprint)
        press(window, "people.confirm")
    store = desk_of(window).store
    assert store is not None
    assert {key.status for key in store.snapshot.keys} == {"active"}


def outcomes(window: MainWindow) -> dict[str, tuple[str, str]]:
    """The verdict of each base and its reasons, as the page says them."""
    page_of(window, "results")
    press(window, "results.door")
    table = child(window, "stage.bases")
    return dict(zip(cells(table, 0), zip(cells(table, 2), cells(table, 3), strict=True), strict=True))


def state(window: MainWindow) -> str:
    """Where the base in sight stands."""
    badge = child(window, "lifecycle.base.state")
    assert isinstance(badge, Badge)
    return badge.text()


# ----- the experts -----


def open_to_score(window: MainWindow, bundle: Path, secret: str, bases: int, dialogs: Dialogs) -> None:
    """An expert opens a bundle, makes a key, agrees and declares; the first item is in sight."""
    enter(window, "expert")
    dialogs.file = bundle
    press(window, "open.choose")
    write(child(window, "open.secret"), secret)
    press(window, "open.button")
    type_passphrase(review_of(window).identity, twice=True)
    press(window, "identity.create")
    press(window, "identity.next")
    press(window, "statements.all")
    for number in range(bases):
        press(window, f"clear.{number}")
    press(window, "declare.next")


def answer_all(window: MainWindow, *, done: bool, disputing: str = DISPUTED) -> tuple[str, int]:
    """Goes through one base item by item to the next open one; the base, and how many items it had."""
    page = review_of(window)
    walk = expert_desk(window).walk
    assert walk is not None
    application, number = walk.application, 0
    while page.step == "score" and walk.application == application:
        answer(window, disputed=done and walk.item == disputing, done=done)
        number += 1
        press(window, "score.next_open")
    return application, number


def answer(window: MainWindow, *, disputed: bool, done: bool) -> None:
    """What is in sight says which item it is."""
    panel = review_of(window).score.panel
    if disputed:
        press(window, "item.challenge")
        write(child(window, "challenge.proposed"), "119")
        write(child(window, "challenge.reason"), WHY)
        press(window, "challenge.submit")
    elif child(panel, "item.confirm").isVisible():
        press(window, "item.confirm")
    else:
        assert child(panel, "item.done").isVisible()
        QTest.keyClick(panel.done.start(), Qt.Key.Key_3 if done else Qt.Key.Key_1)
        settle()
        if not done:
            write(child(window, "item.reason"), WHY)
            settle()


def sign_sheets(window: MainWindow, target: Path, dialogs: Dialogs) -> None:
    """From the check to the signed file in a folder."""
    page = review_of(window)
    assert page.step == "check"
    press(window, "check.next")
    dialogs.folder = target
    press(window, "sign.folder.choose")
    type_passphrase(page.sign)
    press(window, "sign.button")
    assert child(window, "sign.result").isVisible()


def review_by_service(
    expert: str, bundle: tuple[Path, str], *, profile: Path, target: Path, clock: Callable[[], datetime],
    failing: str = "",
) -> None:  # fmt: skip
    """Another expert's score file, made without a window: of the base `failing` nothing was done."""
    path, secret = bundle
    session = open_review(path, secret=secret, profile=profile, clock=clock)
    agree_all(session)
    for item in session.applications:
        name = item.application.id
        session.declare(name, Declaration("clear"))
        tasks = {one.id: "0" for one in item.form.items if one.part == "task"} if name == failing else {}
        fill_stage(session, name, tasks)
    session.export(person(expert), target)
    session.close()
