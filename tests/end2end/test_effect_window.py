"""From 公示 to 保留 through the window: recognised by two, followed three years on, evaluated, retained."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest
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
from ndb_desktop.services.lifecycle import Order, decide
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.stage_results import compute_stage
from ndb_desktop.services.succession import follow
from ndb_desktop.services.succession_followers import followers
from ndb_desktop.storage.registry_rows import ExpertRow
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import supervised
from tests.support.all_stages import ROSTER, SUPERVISOR, base
from tests.support.coordinator import Dialogs, page_of
from tests.support.hands import cells, label, opened
from tests.support.office import make_expert
from tests.support.pages import shown_words
from tests.support.stage import predecessor, stage_batch
from tests.support.stage_hands import Wanted, evaluate_all, follow_on, handed_in, recognise, retain
from tests.support.stage_window import (
    COORDINATOR,
    issue_all,
    merge,
    office_of,
    open_registry,
    open_to_score,
    outcomes,
    review_by_service,
    sign_sheets,
    start,
)
from tests.support.tables import csv_bytes, put
from tests.support.travel import AT, key_file, person
from tests.support.window import child, press
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
    assert import_applications(office, handed_in(folder / "form-acceptance", [base(1)])).ok
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


# ----- the coordinator -----


def issue(window: MainWindow, folder: Path, dialogs: Dialogs) -> dict[str, tuple[Path, str]]:
    """The form is handed in, the evaluation started, bundles go out."""
    dialogs.folder = handed_in(folder / "form-effect", [base(1)], revenue="118")
    page_of(window, "applications")
    press(window, "applications.folder")
    assert cells(child(window, "importing.entries"), 1) == [BASE]
    press(window, "applications.accept")
    assert cells(child(window, "applications.table"), 0) == [BASE]
    work = office_of(window).stage_work(BASE)
    assert work is not None
    assert set(work.accepted_values.values()) == {Fraction(120)}, "what the acceptance accepted"
    start(window, "effect", "认定满三年")
    roster = put(folder / "people", {"专家.csv": csv_bytes(ROSTER)}) / "专家.csv"
    return issue_all(window, folder, roster, dialogs)


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
        follow_on(window, before, dialogs, Wanted(BEFORE, "effect", NEW, [base(1)], "recognised"))
        bundles = issue(window, tmp_path, dialogs)
    assert sorted(bundles) == MEMBERS
    office = open_office(before, person(COORDINATOR), clock=years_on)
    assert [(one.stage, one.batch) for one in followers(office.log_rows())] == [("effect", NEW)]
    office.close()

    (name, (bundle, secret)), *others = sorted(bundles.items())
    with opened(qtbot, tmp_path / "own", years_on) as window:
        open_to_score(window, bundle, secret, 1, dialogs)
        seen = evaluate_all(window)
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
