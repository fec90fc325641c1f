"""A round of any size for the benchmarks: registry, people, complete sheets and sealed score files on real packs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

import msgspec

from ndb_desktop.crypto.identity import TRIAL_ROUNDS, Identity, load_identity, new_identity
from ndb_desktop.crypto.sealing import seal
from ndb_desktop.domain.batch import Assignment
from ndb_desktop.domain.model import Application, Category
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.sheet import Declaration, ItemEntry, Sheet
from ndb_desktop.formats.batchfile import expert_to_json
from ndb_desktop.formats.scorefile import build_score
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import create_office, open_office
from ndb_desktop.services.rulepacks import builtin_packs
from ndb_desktop.storage.registry_rows import ExpertRow
from tests.support.office import Clock, issue, make_expert, put_application, raw_sheet, score_payload
from tests.support.packs import sample_application, sample_batch
from tests.support.travel import AT

PASSPHRASE = "benchmark only"
KEY = "coordinator.key"
REASON = "任务清单完整，目标可衡量，责任单位与节点明确；保障措施略显笼统。"


@dataclass(frozen=True)
class Round:
    """A registry folder, the coordinator's key file in it, and the sealed score files."""

    folder: Path
    files: Path
    applications: int
    experts: int
    sheets: int


@cache
def packs() -> Mapping[Category, RulePack]:
    """The shipped selection packs."""
    return {pack.category: pack for pack in builtin_packs().values() if pack.stage == "selection"}


@cache
def person(name: str) -> Identity:
    """An identity with the cheapest key derivation."""
    return new_identity(name, PASSPHRASE, TRIAL_ROUNDS)[0]


def applications(count: int) -> list[Application]:
    """Complete applications with different figures, parks and enterprises in turns."""
    made = []
    for number in range(count):
        category: Category = "enterprise" if number % 2 else "park"
        spend = [str(9 + number % 7), str(11 + number % 5), f"{13 + number % 11}.6"]
        made.append(sample_application(category, number + 1, values={"rd_spending": spend}))
    return made


def full_sheet(application: Application, mark: int) -> Sheet:
    """Every item answered; judged ones with `mark` (0..9 within level 良好)."""
    pack = packs()[application.category]
    items = {}
    for number, item in enumerate(pack.items):
        if item.computed:
            items[item.id] = ItemEntry(item.id, "scored", confirm="confirmed")
        else:
            value = Decimal(80 + (mark + number) % 10)
            items[item.id] = ItemEntry(item.id, "scored", "L4", value, reason=REASON)
    return Sheet(application.id, Declaration("clear", (), "", AT), items, opinion="基础较好，方案可行，同意推荐。")


def make_office_of(folder: Path, listed: Sequence[Application], experts: int, seats: int) -> Office:
    """A registry whose applications have `seats` experts each, in turns; bundles are recorded as issued."""
    folder.mkdir(parents=True, exist_ok=True)
    coordinator = person("coordinator")
    (folder / KEY).write_bytes(coordinator.protect(PASSPHRASE, rounds=TRIAL_ROUNDS))
    office = create_office(
        folder, batch=sample_batch(), packs=packs(), identity=coordinator, name="示例评审办",
        recovery=person("recovery").public, clock=Clock(),
    )  # fmt: skip
    people = [make_expert(number + 1) for number in range(experts)]
    held: dict[str, list[str]] = {expert.id: [] for expert in people}
    turn = 0
    for application in listed:
        for _ in range(seats):
            held[people[turn % experts].id].append(application.id)
            turn += 1
    with office.registry.transaction():
        for application in listed:
            put_application(office, application)
        office.registry.put_experts(ExpertRow(e.id, expert_to_json(e), AT) for e in people)
    office.replace_assignments([Assignment(expert, name) for expert, names in held.items() for name in names])
    with office.registry.transaction():
        for expert, names in held.items():
            issue(office, expert, names)
    return office


def make_round(folder: Path, *, count: int, experts: int, seats: int) -> Round:
    """A registry in which nothing has come back yet, and one sealed score file per expert beside it."""
    listed = applications(count)
    by_id = {application.id: application for application in listed}
    office = make_office_of(folder / "registry", listed, experts, seats)
    files = folder / "files"
    files.mkdir()
    raws: dict[tuple[str, int], bytes] = {}
    held: dict[str, list[str]] = {}
    for pair in office.assignments():
        held.setdefault(pair.expert, []).append(pair.application)
    sheets = 0
    for expert, names in held.items():
        mark = int(hashlib.sha256(expert.encode()).hexdigest()[:4], 16) % 7
        for name in names:
            if (name, mark) not in raws:
                raws[name, mark] = raw_sheet(office, full_sheet(by_id[name], mark))
        own = person(expert)
        payload = score_payload(office, expert, [raws[name, mark] for name in names], identity=own)
        # The packs share their statements; a file names each once.
        agreed = tuple({statement.id: statement for statement in payload.statements}.values())
        signed = build_score(msgspec.structs.replace(payload, statements=agreed), own)
        (files / f"{expert}.ndbscore").write_bytes(seal(signed, [office.coordinator, office.recovery]))
        sheets += len(names)
    office.close()
    return Round(folder / "registry", files, count, experts, sheets)


def load_coordinator(folder: Path) -> Identity:
    """The coordinator, in another process."""
    return load_identity((folder / KEY).read_bytes(), PASSPHRASE, "coordinator")


def reopen(folder: Path) -> Office:
    """The registry of a round."""
    return open_office(folder, load_coordinator(folder), clock=Clock())
