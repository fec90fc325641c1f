"""From a settled selection to the effect evaluation: real bundles, real score files, each stage resting on the last."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

from ndb_desktop.domain.batch import Assignment, Quota
from ndb_desktop.domain.lifecycle import Move
from ndb_desktop.domain.stagepack import StageId
from ndb_desktop.formats.batchfile import expert_to_json
from ndb_desktop.formats.batchplan import BatchFacts, BatchPlan
from ndb_desktop.services.intake import import_applications
from ndb_desktop.services.issue import issue_bundles
from ndb_desktop.services.lifecycle import Order, all_lives, decide
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.review import open_review
from ndb_desktop.services.stage_results import compute_stage
from ndb_desktop.services.succession import follow, read_predecessor
from ndb_desktop.services.succession_link import link_of
from ndb_desktop.storage.registry_rows import ExpertRow
from tests.support.office import make_expert
from tests.support.review import declare_all
from tests.support.stage import (
    BASES,
    actuals_of,
    base,
    form_folder,
    form_line,
    settled_selection,
    stage_batch,
    stage_clock,
)
from tests.support.stage_review import fill_stage
from tests.support.travel import AT, person

EXPERTS = ("E01", "E02", "E03", "E04", "E05")
CREATED = date(2024, 9, 2)
DAYS: dict[Move, date] = {
    "acceptance": date(2026, 9, 2), "accept": date(2026, 9, 3), "notice": date(2026, 9, 18),
    "recognise": date(2026, 9, 25), "effect": date(2029, 9, 25), "retain": date(2029, 10, 8),
}  # fmt: skip
"""Notices are counted by a calendar, and those end with 2026."""


def following(folder: Path, before: Path, stage: StageId) -> Office:
    """The registry of a stage, read from the folder of the one before, with a panel's experts."""
    clock = stage_clock(stage)
    known = read_predecessor(before, stage, person("组织方"), clock=clock)
    plan = BatchPlan(replace(stage_batch(stage), quotas={"park": Quota()}), BatchFacts())
    office = follow(
        folder / "office", predecessor=known, stage=stage, plan=plan, identity=person("组织方"), name="示例评审办",
        recovery=person("恢复").public, clock=clock,
    ).office  # fmt: skip
    people = [make_expert(n + 1, fields={"robotics": 1000}) for n in range(len(EXPERTS))]
    office.registry.put_experts(ExpertRow(one.id, expert_to_json(one), AT) for one in people)
    return office


def reviewed(
    office: Office, folder: Path, stage: StageId, *, bases: tuple[str, ...] = BASES, failing: str = ""
) -> None:
    """Bundles out, every sheet answered and signed, score files merged; the tasks of `failing` were not done."""
    office.replace_assignments([Assignment(expert, name) for expert in EXPERTS for name in bases])
    issued = issue_bundles(office, folder / "out").issued
    (folder / "in").mkdir()
    for row in issued:
        path, profile = folder / "out" / Path(row.path).name, folder / row.expert
        session = open_review(path, secret=row.opens, profile=profile, clock=stage_clock(stage))
        with session:
            declare_all(session)
            for item in session.applications:
                name = item.application.id
                tasks = [one.id for one in item.form.items if one.part == "task"]
                fill_stage(session, name, dict.fromkeys(tasks, "0") if name == failing else None)
            session.export(person(row.expert), folder / "in")
    report = merge_files(office, [folder / "in"])
    assert {row.verdict for row in report.verdicts} == {"accepted"}, report.verdicts


def move(office: Office, what: Move, name: str) -> None:
    decide(office, Order(what, DAYS[what], (name,), "工信部函〔2028〕9号", ()), reason="按工作方案")


def test_each_stage_rests_on_the_one_before(tmp_path: Path) -> None:
    selection = settled_selection(tmp_path, CREATED)

    acceptance = following(tmp_path / "acceptance", selection, "acceptance")
    lines = [form_line(one, actuals_of(one, "118")) for one in (base(1), base(2))]
    assert import_applications(acceptance, form_folder(tmp_path / "handed", lines)).ok
    for name in BASES:
        move(acceptance, "acceptance", name)
    reviewed(acceptance, tmp_path / "acceptance", "acceptance", failing="P002")
    found = compute_stage(acceptance)
    assert found.of("passed") == ("P001",)
    assert "tasks" in found.bases["P002"].failed
    onwards: tuple[Move, ...] = ("accept", "notice", "recognise")
    for what in onwards:
        move(acceptance, what, "P001")
    assert all_lives(acceptance).bases["P001"].state == "recognised"
    assert acceptance.rebuild().equal
    acceptance.close()

    effect = following(tmp_path / "effect", tmp_path / "acceptance/office", "effect")
    work_of = form_line(base(1), actuals_of(base(1), "117"))
    assert import_applications(effect, form_folder(tmp_path / "later", [work_of], documents=("P001",))).ok
    work = effect.stage_work("P001")
    assert work is not None
    assert set(work.accepted_values.values()) == {Fraction(118)}
    assert set(work.values.values()) == {Fraction(117)}
    link = link_of(effect)
    assert link is not None
    assert [ref.application for ref in link.bases] == ["P001"], "who was not recognised is not here"
    move(effect, "effect", "P001")
    reviewed(effect, tmp_path / "effect", "effect", bases=("P001",))
    assert compute_stage(effect).of("passed") == ("P001",)
    move(effect, "retain", "P001")
    assert all_lives(effect).bases["P001"].state == "retained"
    effect.close()
