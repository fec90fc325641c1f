"""From 公示 to 保留 through the window: recognised by two, followed three years on, evaluated, retained."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QListWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.batch import Assignment, Quota
from ndb_desktop.domain.lifecycle import begun
from ndb_desktop.formats.batchfile import expert_to_json
from ndb_desktop.formats.batchplan import BatchFacts, BatchPlan
from ndb_desktop.formats.card import build_card
from ndb_desktop.formats.scorefile import open_score
from ndb_desktop.services.identity import keys_folder, list_identities
from ndb_desktop.services.intake import import_applications
from ndb_desktop.services.issue import issue_bundles
from ndb_desktop.services.lifecycle import Order, all_lives, decide
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.stage_results import base_result, compute_stage
from ndb_desktop.services.succession import follow
from ndb_desktop.services.succession_followers import followers
from ndb_desktop.services.succession_link import link_of
from ndb_desktop.storage.registry_rows import ExpertRow
from ndb_desktop.ui.coordinator.wizard.follow import LATER
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import supervised
from tests.support.all_stages import ROSTER, SUPERVISOR, base, declared
from tests.support.coordinator import Dialogs, page_of
from tests.support.hands import cells, click_row, enter, label, opened, pick, type_passphrase, write
from tests.support.office import make_expert
from tests.support.pages import shown_words
from tests.support.stage import actuals_of, form_folder, form_line, predecessor, stage_batch
from tests.support.stage_window import (
    COORDINATOR,
    issue_all,
    merge,
    office_of,
    open_registry,
    open_to_score,
    outcomes,
    review_by_service,
    sign_move,
    sign_sheets,
    state,
)
from tests.support.tables import csv_bytes, put
from tests.support.travel import AT, PASSPHRASE, key_file, person
from tests.support.window import child, press, review_of, settle
from tests.support.window import desk_of as expert_desk
from tests.ui.conftest import plain_start  # noqa: F401  (the same language, theme and fonts as every window test)

BASE = "P001"
BEFORE, NEW = "T-2026-A", "T-2026-A-effect"
MEMBERS = ["E01", "E02", "E03", "E04", "E05"]
JUDGED = ["adopted", "shared", "training", "matching", "plan_upkeep", "conduct"]
REVENUE = "target:P1.1.revenue"


def noticed() -> datetime:
    """The day 公示 begins, before the National Day of the only official calendar."""
    return datetime(2026, 9, 28, 4, 0, 0, tzinfo=UTC)


def unopposed() -> datetime:
    """The first day on which nothing was said against it in time."""
    return datetime(2026, 10, 12, 4, 0, 0, tzinfo=UTC)


def years_on() -> datetime:
    """Three years after the base was recognised."""
    return datetime(2029, 10, 12, 4, 0, 0, tzinfo=UTC)


# ----- 评估验收, as another walk through the window made it -----


def accepted(folder: Path) -> Path:
    """The registry of an acceptance with a base at 公示: 120 reached everywhere, found by five; it has a supervisor."""
    one = base(1)
    known = predecessor([one])
    known = replace(known, lives={BASE: begun(BASE, "creating", date(2024, 9, 2))})
    plan = BatchPlan(replace(stage_batch(), id=BEFORE, year=2026, quotas={"park": Quota()}), BatchFacts())
    office = follow(
        folder / "acceptance", predecessor=known, stage="acceptance", plan=plan, identity=person(COORDINATOR),
        name="示例评审办", recovery=person("恢复").public, clock=noticed,
    ).office  # fmt: skip
    assert import_applications(office, handed_in(folder / "form-acceptance", "120")).ok
    move(office, "acceptance")
    people = [make_expert(n + 1, fields={"robotics": 1000}) for n in range(len(MEMBERS))]
    office.registry.put_experts(ExpertRow(expert.id, expert_to_json(expert), AT) for expert in people)
    office.replace_assignments([Assignment(expert, BASE) for expert in MEMBERS])
    (folder / "in").mkdir()
    for row in issue_bundles(office, folder / "out").issued:
        found = folder / "out" / Path(row.path).name, row.opens
        review_by_service(row.expert, found, profile=folder / f"then-{row.expert}", target=folder / "in", clock=noticed)
    merge_files(office, [folder / "in"])
    assert compute_stage(office).of("passed") == (BASE,)
    move(office, "accept")
    move(office, "notice")
    card = build_card(person(SUPERVISOR), name=SUPERVISOR, employer="示例监督处", trial=True, created_at=AT)
    office.decided.appoint(card, "supervisor", reason="按分工")
    office.close()
    return office.folder


def move(office: Office, what: str) -> None:
    decide(office, Order(what, noticed().date(), (BASE,), "", ()), reason="按工作方案")  # type: ignore[arg-type]


def handed_in(folder: Path, revenue: str) -> Path:
    """阶段材料 of the base: 120 for everything but the revenue, each proven by a document."""
    one = base(1)
    lines = declared([form_line(one, actuals_of(one, "120", revenue=revenue))])
    return form_folder(folder, lines, documents=(BASE,))


# ----- the coordinator -----


def recognise(window: MainWindow) -> None:
    """认定 from the page of the base, by the coordinator and, in the same page, the supervisor."""
    page_of(window, "lifecycle.bases")
    click_row(child(window, "lifecycle.table"), 0)
    press(window, "lifecycle.open")
    assert state(window) == tr("lifecycle.state.notice")
    press(window, "lifecycle.next.recognise")
    write(child(window, "lifecycle.reason"), "公示无异议")
    sign_move(window)
    assert all_lives(office_of(window)).bases[BASE].state == "notice", "one signature is not enough"
    supervised.sign_second(window)
    press(window, "banner.action")
    assert state(window) == tr("lifecycle.state.recognised")
    assert "2029-10-12" in label(window, "lifecycle.base.facts")
    made = office_of(window).decided.all()[-1]
    assert (made.kind, [role for role, _ in made.signers]) == ("recognition", ["coordinator", "supervisor"])


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


def follow_on(window: MainWindow, before: Path, dialogs: Dialogs) -> None:
    """接续一个总库: what goes on is seen, then the registry of the evaluation is made and stands open."""
    enter(window, "coordinator")
    press(window, "office.follow.button")
    dialogs.folder = before
    press(window, "follow.folder")
    press(window, "follow.stage.effect")
    write(child(child(window, "follow.unlock"), "passphrase"), PASSPHRASE)
    press(window, "follow.open")
    assert label(window, "follow.bases.0").startswith("进入 1 个基地")
    table = child(window, "follow.table")
    assert [cells(table, column) for column in (0, 1, 3)] == [
        [BASE], [base(1).applicant], [tr("lifecycle.state.recognised")],
    ]  # fmt: skip
    press(window, "follow.note")
    step(window, "batch")
    assert child(window, "create.id").text() == NEW  # type: ignore[attr-defined]
    assert child(window, "create.zh").text() == "示例后续阶段（成效评估）"  # type: ignore[attr-defined]
    step(window, "rules")
    assert "成效评估" in label(window, "wizard.pack.park")
    step(window, "keys")
    type_passphrase(child(window, "create.recovery"), twice=True)
    step(window, "check")
    press(window, "create.button")
    said = shown_words(window)
    assert "导入阶段材料" in said
    assert "导入申报材料" not in said, "the applications were taken over"
    link = link_of(office_of(window))
    assert link is not None
    assert (link.stage, link.predecessor.batch, [one.application for one in link.bases]) == ("effect", BEFORE, [BASE])


def issue(window: MainWindow, folder: Path, dialogs: Dialogs) -> dict[str, tuple[Path, str]]:
    """The form is handed in, the evaluation started, bundles go out."""
    dialogs.folder = handed_in(folder / "form-effect", "118")
    page_of(window, "applications")
    press(window, "applications.folder")
    assert cells(child(window, "importing.entries"), 1) == [BASE]
    press(window, "applications.accept")
    assert cells(child(window, "applications.table"), 0) == [BASE]
    work = office_of(window).stage_work(BASE)
    assert work is not None
    assert set(work.accepted_values.values()) == {Fraction(120)}, "what the acceptance accepted"
    page_of(window, "lifecycle.move")
    pick(child(window, "lifecycle.move"), "effect")
    press(window, "lifecycle.all")
    write(child(window, "lifecycle.reason"), "认定满三年")
    sign_move(window)
    assert all_lives(office_of(window)).bases[BASE].state == "effect"
    roster = put(folder / "people", {"专家.csv": csv_bytes(ROSTER)}) / "专家.csv"
    return issue_all(window, folder, roster, dialogs)


def retain(window: MainWindow) -> None:
    """From the outcome to 保留, looked at and signed."""
    digest = base_result(office_of(window), BASE).digest
    assert label(window, "stage.base.title").endswith("合格")
    press(window, "stage.offer.retain")
    assert digest[:16] in child(window, "lifecycle.reason").text()  # type: ignore[attr-defined]
    assert all_lives(office_of(window)).bases[BASE].state == "effect", "prepared is not signed"
    sign_move(window)
    press(window, "banner.action")
    assert state(window) == tr("lifecycle.state.retained")
    life = all_lives(office_of(window)).bases[BASE]
    assert (life.state, [one.sha256 for one in life.steps[-1].act.documents]) == ("retained", [digest])


# ----- the experts -----


def answer_all(window: MainWindow) -> list[str]:
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


# ----- all of it -----


def test_an_evaluation_through_the_window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dialogs = Dialogs(monkeypatch)
    before, returned, machine = accepted(tmp_path), tmp_path / "returned", tmp_path / "machine"
    returned.mkdir()
    (keys_folder(machine) / "me.ndbkey").write_bytes(key_file(COORDINATOR))
    supervisor = supervised.key_in_profile(machine)
    with opened(qtbot, machine, unopposed) as window:
        open_registry(window, before, dialogs)
        recognise(window)
    supervisor.unlink()  # carried away again

    with opened(qtbot, machine, years_on) as window:
        follow_on(window, before, dialogs)
        bundles = issue(window, tmp_path, dialogs)
    assert sorted(bundles) == MEMBERS
    office = open_office(before, person(COORDINATOR), clock=years_on)
    assert [(one.stage, one.batch) for one in followers(office.log_rows())] == [("effect", NEW)]
    office.close()

    (name, (bundle, secret)), *others = sorted(bundles.items())
    with opened(qtbot, tmp_path / "own", years_on) as window:
        open_to_score(window, bundle, secret, 1, dialogs)
        seen = answer_all(window)
        sign_sheets(window, returned, dialogs)
    (path,) = returned.iterdir()
    (sheet,) = [one.record for one in open_score(path.read_bytes(), person(COORDINATOR)).sheets]
    items = {one.item: one for one in sheet.items}
    assert sorted(seen) == sorted(items)
    assert {one.confirm for one in items.values() if one.item.startswith("target:")} == {"confirmed"}
    judged = {one.item: (one.level, one.value) for one in items.values() if not one.item.startswith("target:")}
    assert judged == {f"judged:{one}": ("L4", "82") for one in JUDGED}
    keys = {name: list_identities(tmp_path / "own" / "keys")[0].fingerprint}
    for expert, found in others:
        review_by_service(expert, found, profile=tmp_path / expert, target=returned, clock=years_on)
        keys[expert] = person(expert).public.keyid

    with opened(qtbot, machine, years_on) as window:
        open_registry(window, before.parent / NEW, dialogs)
        merge(window, returned, keys)
        assert {name: verdict for name, (verdict, _) in outcomes(window).items()} == {BASE: "合格"}
        row = cells(child(window, "stage.targets"), 0).index("P1.1 主导产业营业收入（亿元）")
        figures = [cells(child(window, "stage.targets"), column)[row] for column in (2, 3, 4, 6)]
        assert figures == ["120", "120", "118", "98.33 %"]
        found = child(window, "stage.found")
        assert cells(found, 2) == ["84.4"] * len(JUDGED), "82 and four times 85"
        assert cells(found, 3)[0].startswith(f"{name} 82"), "the marks typed in the window"
        # 84.4 at 60 in 100; at 40 in 100 what still stands, 12 hundredths of which lack a sixtieth: 50.64 and 39.92.
        assert "综合得分 90.56" in label(window, "stage.base.facts")
        retain(window)
        page_of(window, "results")
        child(window, "results.tabs").setCurrentIndex(1)  # type: ignore[attr-defined]
        press(window, "results.public.show")
        assert cells(child(window, "results.public.table"), 3) == [base(1).applicant]
        assert "目前没有待办事项" in shown_words(page_of(window, "overview"))
        assert office_of(window).rebuild().equal
