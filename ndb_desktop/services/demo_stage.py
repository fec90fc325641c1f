"""评估验收 of the sample (示例): the selection brought to its end, and a registry that follows it two years later.

Made only when it is asked for, from a finished sample, with the services a coordinator and experts use.
"""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.batch import Quota
from ndb_desktop.domain.errors import FaultsError
from ndb_desktop.domain.model import Actual, Application, Category, EvidenceRef
from ndb_desktop.domain.numbers import half_up
from ndb_desktop.domain.rulepack import LocalText
from ndb_desktop.domain.sheet import Declaration, ItemEntry
from ndb_desktop.formats.applications import actuals_json
from ndb_desktop.formats.batchplan import BatchFacts, BatchPlan
from ndb_desktop.paths import resource
from ndb_desktop.services.assign import AssignOptions, assign
from ndb_desktop.services.demo_people import FULL, make_batch, seeded
from ndb_desktop.services.demo_review import SampleClock
from ndb_desktop.services.disputes import decide, list_disputes
from ndb_desktop.services.flags import flag_cases, step
from ndb_desktop.services.identity import create_identity, unlock
from ndb_desktop.services.intake import import_applications, import_experts
from ndb_desktop.services.issue import issue_bundles
from ndb_desktop.services.lifecycle import Order
from ndb_desktop.services.lifecycle import decide as move
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.outcome import finalise
from ndb_desktop.services.results_compute import compute
from ndb_desktop.services.review import open_review
from ndb_desktop.services.stage_work import case_of
from ndb_desktop.services.succession import Followed, follow, read_predecessor
from ndb_desktop.services.succession_link import frozen_application, frozen_bytes
from ndb_desktop.services.tasks import CancelToken
from ndb_desktop.storage.registry_rows import IssuedBundle

YEAR = 2028
EXPERTS, SEATS, BASES = 6, 5, 3
"""So many experts in so many seats for the first bases, parks before enterprises; the others hand in nothing yet."""


@dataclass(frozen=True, slots=True)
class SampleStage:
    """The registry of the stage, and a bundle nobody reviewed yet with its secret."""

    registry: Path
    open_bundle: Path
    open_secret: Path


@cache
def words() -> Mapping[str, Any]:
    """The words of the sample's acceptance."""
    loaded: Mapping[str, Any] = json.loads(resource("samples", "demo_stage.json").read_text(encoding="utf-8"))
    return loaded


def make_acceptance(sample: Path, key: Path, recovery: Path, passphrase: str, cancel: CancelToken) -> SampleStage:
    """Makes `acceptance` in a finished sample; its own registry stays as it is, a copy of it is brought to its end.

    Raises:
        FaultsError, NdbError: what the services of the stage raise.
        Cancelled: by `cancel`.
    """
    folder, coordinator = sample / "acceptance", unlock(key, passphrase)
    folder.mkdir()
    _finish(Path(shutil.copytree(sample / "registry", folder / "selection")), coordinator, cancel)
    clock = SampleClock(f"{YEAR}-10-09T01:00:00Z")
    before = read_predecessor(folder / "selection", "acceptance", coordinator, clock=clock)
    quotas: dict[Category, Quota] = {"park": Quota(), "enterprise": Quota()}
    title = LocalText(words()["title"]["zh_CN"], words()["title"]["en"])
    batch = replace(make_batch(FULL), id=f"TRIAL-{YEAR}", title=title, year=YEAR, quotas=quotas, panel_size=SEATS)
    followed = follow(
        folder / "registry",
        predecessor=before,
        stage="acceptance",
        plan=BatchPlan(batch, BatchFacts()),
        identity=coordinator,
        name=words()["office"],
        recovery=unlock(recovery, passphrase).public,
        clock=clock,
    )
    office = followed.office
    try:
        _take_in(office, followed, sample, folder)
        cancel.check()
        issued = issue_bundles(office, folder / "bundles", expires_at=f"{YEAR}-12-30T16:00:00Z", cancel=cancel).issued
        left = max(issued, key=lambda bundle: bundle.expert)
        returned = folder / "returned"
        returned.mkdir()
        clock.leap(5)
        for bundle in issued:
            if bundle is not left:
                _review(bundle, passphrase, folder, returned, clock, cancel)
        clock.leap(10)
        merge_files(office, [returned], cancel=cancel)
    finally:
        office.close()
    secret = folder / "secret.txt"
    secret.write_text(left.opens + "\n", encoding="utf-8")
    return SampleStage(folder / "registry", Path(left.path), secret)


def _finish(registry: Path, coordinator: Identity, cancel: CancelToken) -> None:
    """Settles what is open in the selection, makes it final, and puts the selected on the list of bases (创建对象)."""
    clock = SampleClock("2026-06-01T01:00:00Z")
    office = open_office(registry, coordinator, clock=clock)
    said = words()["selection"]
    try:
        for dispute in list_disputes(office):
            if dispute.open:
                decide(office, dispute.place, "keep", reason=said["dispute"])
        for case in flag_cases(office, compute(office)):
            cancel.check()
            step(office, case, "explained", reason=said["explained"])
            step(office, replace(case, state="explained"), "closed", reason=said["closed"])
        finalise(office, compute(office), reason=said["final"])
        selected = tuple(sorted(compute(office).selection.of("selected")))
        move(office, Order("create", date(2026, 6, 1), selected, said["paper"]), reason=said["create"])
    finally:
        office.close()


def _take_in(office: Office, followed: Followed, sample: Path, folder: Path) -> None:
    """What the bases hand in, and the experts."""
    frozen = [frozen_application(office, ref.application) for ref in followed.link.bases]
    bases = sorted(frozen, key=lambda one: one.category != "park")[:BASES]
    handover = folder / "handover"
    handover.mkdir()
    lines = []
    for place, one in enumerate(bases):
        title = words()["document"]["title"]
        document = handover / "documents" / one.id / f"{title}.txt"
        document.parent.mkdir(parents=True)
        document.write_text(words()["document"]["text"].format(applicant=one.applicant), encoding="utf-8")
        declared = tuple(_actuals(office, followed, one, weakest=place == len(bases) - 1))
        documents = [{"id": "D1", "name": document.name, "title": title}]
        lines.append({"application": one.id, "actuals": actuals_json(declared), "documents": documents})
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (handover / "actuals.jsonl").write_text(text, encoding="utf-8")
    roster = folder / "roster.csv"
    with (sample / "people" / "roster.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))[: EXPERTS + 1]
    with roster.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(rows)
    taken = import_applications(office, handover)
    people = import_experts(office, roster, None)
    if taken.faults or people.faults:
        raise FaultsError((*taken.faults, *people.faults), place=folder.name)
    assign(office, AssignOptions(seats=SEATS, words=words()["draw"]))


def _actuals(office: Office, followed: Followed, one: Application, *, weakest: bool) -> Iterator[Actual]:
    """A value for every target, near it; the weakest base falls well short of some."""
    case = case_of(followed.packs[one.category], office.packs[one.category], frozen_bytes(office, one.id))
    chance = seeded(f"actual/{one.id}")
    for promise in case.promised:
        if promise.target is None:
            continue
        share = chance.uniform(0.55, 0.9) if weakest else chance.uniform(0.97, 1.08)
        value = half_up(promise.target * Fraction(round(share * 1000), 1000), 2)
        measured = promise.measured
        proof = (EvidenceRef("D1", 1),)
        yield Actual(
            measured.indicator, measured.measure, measured.unit, value, promise.target_year, proof, words()["said"]
        )


def _review(
    bundle: IssuedBundle, passphrase: str, folder: Path, returned: Path, clock: SampleClock, cancel: CancelToken
) -> None:
    """An expert confirms every target and finds every task done, but now and then one half done."""
    with tempfile.TemporaryDirectory(prefix=".expert-", dir=folder) as machine:
        made = create_identity(Path(machine), name=bundle.expert, passphrase=passphrase, trial=True)
        with open_review(
            Path(bundle.path), secret=bundle.opens, profile=Path(machine), clock=clock, cancel=cancel
        ) as session:
            for statement, _ in session.statements():
                session.agree(statement.id)
            for item in session.applications:
                cancel.check()
                chance = seeded(f"tasks/{bundle.expert}/{item.application.id}")
                session.declare(item.application.id, Declaration("clear"))
                for asked in item.form.items:
                    half = asked.part == "task" and chance.random() < 0.15
                    entry = (
                        ItemEntry(asked.id, "scored", confirm="confirmed")
                        if asked.part == "target"
                        else ItemEntry(asked.id, "scored", value=Decimal("0.5"), reason=words()["half"])
                        if half
                        else ItemEntry(asked.id, "scored", value=Decimal(1))
                    )
                    session.set_entry(item.application.id, entry)
            session.export(unlock(made.path, passphrase), returned)
