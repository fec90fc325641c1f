"""A base of a later stage by hands at the window: followed, ruled on, accepted, recognised, evaluated, retained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QListWidget, QWidget

from ndb_desktop.domain.lifecycle import State
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.stagepack import StageId
from ndb_desktop.services.lifecycle import all_lives
from ndb_desktop.services.stage_results import base_result
from ndb_desktop.services.succession_link import link_of
from ndb_desktop.ui.coordinator.wizard.follow import LATER
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import supervised
from tests.support.all_stages import declared
from tests.support.coordinator import Dialogs, page_of
from tests.support.hands import cells, click_row, enter, label, type_passphrase, write
from tests.support.pages import shown_words
from tests.support.stage import actuals_of, form_folder, form_line
from tests.support.stage_window import office_of, sign_move, state
from tests.support.travel import PASSPHRASE
from tests.support.window import child, press, review_of, settle
from tests.support.window import desk_of as expert_desk

PASSES, FAILS = "P001", "P002"


@dataclass(frozen=True)
class Wanted:
    """What the follower of `before` (a batch) is to be: its stage, its batch, the bases that go on and their state."""

    before: str
    stage: StageId
    batch: str
    bases: Sequence[Application]
    state: State


def handed_in(folder: Path, bases: Sequence[Application], **changes: str) -> Path:
    """阶段材料: 120 reached for everything promised but the `changes`, each proven by a document."""
    lines = declared([form_line(one, actuals_of(one, "120", **changes)) for one in bases])
    return form_folder(folder, lines, documents=[one.id for one in bases])


# ----- 接续 -----


def step(window: MainWindow, name: str) -> None:
    """Goes down the list of steps by the arrow key."""
    nav = child(window, "wizard.nav")
    assert isinstance(nav, QListWidget)
    nav.setFocus()
    QTest.keyClick(nav, Qt.Key.Key_Home)
    for _ in range(LATER.index(name)):
        QTest.keyClick(nav, Qt.Key.Key_Down)
    settle()
    assert child(window, f"wizard.{name}").isVisible()


def follow_on(window: MainWindow, before: Path, dialogs: Dialogs, wanted: Wanted) -> None:
    """接续一个总库: what goes on is seen, then the registry of the next stage is made and stands open."""
    enter(window, "coordinator")
    press(window, "office.follow.button")
    dialogs.folder = before
    press(window, "follow.folder")
    press(window, f"follow.stage.{wanted.stage}")
    write(child(child(window, "follow.unlock"), "passphrase"), PASSPHRASE)
    press(window, "follow.open")
    names = [one.id for one in wanted.bases]
    assert label(window, "follow.bases.0").startswith(f"进入 {len(names)} 个基地")
    table = child(window, "follow.table")
    assert [cells(table, column) for column in (0, 1, 3)] == [
        names, [one.applicant for one in wanted.bases], [tr(f"lifecycle.state.{wanted.state}")] * len(names),
    ]  # fmt: skip
    press(window, "follow.note")
    step(window, "batch")
    assert child(window, "create.id").text() == wanted.batch  # type: ignore[attr-defined]
    named = tr(f"follow.title.{wanted.stage}", title="")
    assert child(window, "create.zh").text().endswith(named)  # type: ignore[attr-defined]
    step(window, "rules")
    assert named.strip("（）") in label(window, "wizard.pack.park")
    step(window, "keys")
    type_passphrase(child(window, "create.recovery"), twice=True)
    step(window, "check")
    press(window, "create.button")
    said = shown_words(window)
    assert "导入阶段材料" in said
    assert "导入申报材料" not in said, "the applications were taken over"
    link = link_of(office_of(window))
    assert link is not None
    assert (link.stage, link.predecessor.batch, [one.application for one in link.bases]) == (
        wanted.stage, wanted.before, names,
    )  # fmt: skip


# ----- 评估验收 -----


def rule(window: MainWindow) -> None:
    """The disputed figure: the proposed one takes the place of the declared one."""
    page_of(window, "challenges")
    assert label(window, "challenge.title").count("主导产业营业收入")
    press(window, "challenge.replace")
    figure = child(window, "challenge.figure")
    figure.selectAll()  # type: ignore[attr-defined]
    write(figure, "119")
    write(child(window, "challenge.reason"), "以审计报告为准")
    settle()
    press(window, "challenge.sign")


def decide(window: MainWindow) -> None:
    """From the outcome to 验收通过, and from there to 公示, each looked at and signed."""
    office = office_of(window)
    digest = base_result(office, PASSES).digest
    click_row(child(window, "stage.bases"), 1)
    assert label(window, "stage.base.title").endswith("不通过")
    assert not [one for one in window.findChildren(QWidget, "stage.offer.accept") if one.isVisible()]
    click_row(child(window, "stage.bases"), 0)
    press(window, "stage.offer.accept")
    assert digest[:16] in child(window, "lifecycle.reason").text()  # type: ignore[attr-defined]
    sign_move(window)
    press(window, "banner.action")
    assert state(window) == tr("lifecycle.state.accepted")
    lives = all_lives(office).bases
    assert (lives[PASSES].state, lives[FAILS].state) == ("accepted", "acceptance")
    assert [one.sha256 for one in lives[PASSES].steps[-1].act.documents] == [digest]
    press(window, "lifecycle.next.notice")
    write(child(window, "lifecycle.reason"), "按工作方案公示")
    sign_move(window)
    press(window, "banner.action")
    assert state(window) == tr("lifecycle.state.notice")
    # 29 and 30 September, 8, 9 and, made up for, Saturday 10 October.
    assert "2026-10-10" in label(window, "lifecycle.base.facts")
    life = all_lives(office).bases[PASSES]
    assert life.state == "notice"
    assert life.due is not None
    assert life.due.day == date(2026, 10, 10)


def recognise(window: MainWindow) -> None:
    """认定 from the page of the base, by the coordinator and, in the same page, the supervisor."""
    page_of(window, "lifecycle.bases")
    click_row(child(window, "lifecycle.table"), 0)
    press(window, "lifecycle.open")
    assert state(window) == tr("lifecycle.state.notice")
    press(window, "lifecycle.next.recognise")
    write(child(window, "lifecycle.reason"), "公示无异议")
    sign_move(window)
    assert all_lives(office_of(window)).bases[PASSES].state == "notice", "one signature is not enough"
    supervised.sign_second(window)
    press(window, "banner.action")
    assert state(window) == tr("lifecycle.state.recognised")
    assert "2029-10-12" in label(window, "lifecycle.base.facts")
    made = office_of(window).decided.all()[-1]
    assert (made.kind, [role for role, _ in made.signers]) == ("recognition", ["coordinator", "supervisor"])


# ----- 成效评估 -----


def evaluate_all(window: MainWindow) -> list[str]:
    """Targets confirmed, everything judged given a level by its key and a number; the items in their order."""
    page, walk, seen = review_of(window), expert_desk(window).walk, []
    assert walk is not None
    while page.step == "score":
        seen.append(walk.item)
        panel = page.score.panel
        if child(panel, "item.confirm").isVisible():
            press(window, "item.confirm")
        else:
            child(window, "level.L3").setFocus()
            QTest.keyClick(window.focusWidget(), Qt.Key.Key_4)
            settle()
            number = child(window, "level.number")
            number.selectAll()  # type: ignore[attr-defined]
            QTest.keyClicks(number, "82")
            settle()
        press(window, "score.next_open")
    return seen


def retain(window: MainWindow) -> None:
    """From the outcome to 保留, looked at and signed."""
    digest = base_result(office_of(window), PASSES).digest
    assert label(window, "stage.base.title").endswith("合格")
    press(window, "stage.offer.retain")
    assert digest[:16] in child(window, "lifecycle.reason").text()  # type: ignore[attr-defined]
    assert all_lives(office_of(window)).bases[PASSES].state == "effect", "prepared is not signed"
    sign_move(window)
    press(window, "banner.action")
    assert state(window) == tr("lifecycle.state.retained")
    life = all_lives(office_of(window)).bases[PASSES]
    assert (life.state, [one.sha256 for one in life.steps[-1].act.documents]) == ("retained", [digest])
