"""A registry of a later stage without a predecessor on disk: signed link, frozen applications, bundles and sheets."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec

from ndb_desktop.domain.batch import Assignment, Quota
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.sheet import Challenge, Declaration, ItemEntry, Sheet
from ndb_desktop.domain.sheetform import StageForm
from ndb_desktop.domain.stagecase import Actual
from ndb_desktop.domain.stagepack import AcceptancePack, StageId
from ndb_desktop.formats.applications import application_to_json
from ndb_desktop.formats.archive import LogHead
from ndb_desktop.formats.batchfile import expert_to_json
from ndb_desktop.formats.card import build_card
from ndb_desktop.formats.manifest import IssuerRef
from ndb_desktop.formats.scorefile import BundleRef, PersonRef, ScorePayload, StatementRef, build_score, form_record
from ndb_desktop.formats.succession import BaseRef, PredecessorRef, SuccessionPayload, build_link
from ndb_desktop.services.lifecycle import Order, decide
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import Inherited, create_office, open_office
from ndb_desktop.services.stage_work import PACK
from ndb_desktop.services.succession_link import FROZEN, LINK
from ndb_desktop.storage.registry_rows import ExpertRow
from tests.support.office import Clock, bundle_digest, bundle_id, issue, make_expert, put_application
from tests.support.packs import YEAR, pack_for, sample_batch
from tests.support.stages import acceptance_pack, effect_pack, promising
from tests.support.travel import AT, person

STARTED, LISTED = datetime(2028, 9, 20, 4, 0, 0, tzinfo=UTC), "2026-09-17"
TARGET, WORSE = "P1.1.revenue", "P2.1.rd_intensity"
BASES, EXPERTS = ("P001", "P002"), ("E01", "E02", "E03", "E04", "E05")
SHA = "0" * 64


def base_application(number: int, **changes: object) -> Application:
    """A base that promised 120 on 100 for everything."""
    changes = {"credit_code": f"9135010{number}M000100Y43", **changes}
    return replace(promising(), id=f"P{number:03}", applicant=f"示例园区{number}", **changes)  # type: ignore[arg-type]


def reached(
    application: Application, value: str | None = "120", others: Mapping[str, str | None] | None = None
) -> Application:
    """What a base hands in: every promise at one figure; `others` by id, None for a missing one."""
    given = dict(others or {})
    pack = acceptance_pack(application.category)
    figures = {one.id: given.get(one.id, value) for one in pack.measured if one.applies(application.field)}
    actuals = tuple(
        Actual(*name.rsplit(".", 1), pack.measured_by_id[name].unit, Decimal(figure), YEAR + 2)
        for name, figure in figures.items()
        if figure is not None
    )
    return replace(application, actuals=actuals)


def stage_office(
    folder: Path,
    stage: StageId = "acceptance",
    *,
    bases: Sequence[Application] | None = None,
    handed: Sequence[Application] | None = None,
    experts: int = 5,
    trial: bool = True,
) -> Office:
    """A registry of the stage with its bases, `handed` in, everybody assigned to everything and bundles recorded.

    The bases are in the stage by a signed decision of that day.
    """
    frozen = bases if bases is not None else [base_application(n + 1) for n in range(2)]
    brought = handed if handed is not None else [reached(one) for one in frozen]
    identity, clock = person("组织方"), Clock(STARTED)
    batch = replace(sample_batch(trial=trial, batch_id="2028-a"), quotas={"park": Quota()})
    pack = acceptance_pack() if stage == "acceptance" else effect_pack()
    texts = {FROZEN + one.id: application_to_json(one).decode() for one in frozen}
    link = _link(batch.id, stage, texts, trial=trial)
    office = create_office(
        folder, batch=batch, packs={"park": pack_for("park")}, identity=identity, name="示例评审办",
        recovery=person("恢复").public, clock=clock,
        inherited=Inherited(
            {**texts, LINK: build_link(link, identity).decode(), PACK + "park": pack.raw.decode()}, {"stage": stage}
        ),
    )  # fmt: skip
    for one in brought:
        put_application(office, one)
    people = [make_expert(n + 1) for n in range(experts)]
    office.registry.put_experts(ExpertRow(one.id, expert_to_json(one), AT) for one in people)
    if brought:
        office.replace_assignments([Assignment(one.id, base.id) for one in people for base in brought])
        for one in people:
            issue(office, one.id, [base.id for base in brought])
    decide(office, Order(stage, STARTED.date(), tuple(sorted(one.id for one in frozen))), reason="按工作方案启动")
    return office


def _link(batch: str, stage: StageId, texts: Mapping[str, str], *, trial: bool) -> SuccessionPayload:
    issuer = IssuerRef("示例评审办", person("组织方").public.age_recipient)
    state = "creating" if stage == "acceptance" else "recognised"
    since = LISTED if stage == "acceptance" else "2025-09-17"
    return SuccessionPayload(
        trial=trial, batch=batch, stage=stage,
        predecessor=PredecessorRef(
            registry=SHA, batch="2026-1", coordinator=issuer, result=SHA, final=True, log=LogHead(1, SHA), archive=None,
            packs={"park": pack_for("park").digest},
        ),
        bases=tuple(
            BaseRef(name.removeprefix(FROZEN), hashlib.sha256(text.encode()).hexdigest(), state, since, SHA)
            for name, text in sorted(texts.items())
        ),
        issuer=issuer, at="2028-09-20T04:00:00Z",
    )  # fmt: skip


def again(office: Office) -> Office:
    """Closed and opened again."""
    office.close()
    return open_office(office.folder, person("组织方"), clock=office.clock)


def stage_sheet(
    office: Office,
    base: str,
    *,
    tasks: Mapping[str, str] | str = "1",
    judged: str = "85",
    challenged: Mapping[str, str | None] | None = None,
) -> Sheet:
    """A complete sheet: one value for all tasks or by id, every target confirmed but those `challenged`.

    A challenge proposes a figure, or none.
    """
    work = office.stage_work(base)
    assert work is not None
    disputed = dict(challenged or {})
    items: dict[str, ItemEntry] = {}
    for item in work.items:
        if item.kind == "target":
            entry = ItemEntry(item.id, "scored", confirm="challenged" if item.about in disputed else "confirmed")
        elif item.kind == "task":
            value = tasks if isinstance(tasks, str) else tasks.get(item.about, "1")
            reason = "" if value == "1" else "证明材料不足，未见验收报告。"
            entry = ItemEntry(item.id, "scored", value=Decimal(value), reason=reason)
        else:
            entry = ItemEntry(item.id, "scored", "L4", Decimal(judged))
        items[item.id] = entry
    challenges = tuple(
        Challenge(
            f"c{n}", *name.rsplit(".", 1), "", None if value is None else Decimal(value), "", 0,
            "与审计报告中的数额不符。",
        )
        for n, (name, value) in enumerate(disputed.items(), 1)
    )  # fmt: skip
    return Sheet(base, Declaration("clear", (), "", AT), items, challenges=challenges)


def raw_stage_sheet(office: Office, sheet: Sheet, revision: int = 1, supersedes: str | None = None) -> bytes:
    """The signed bytes of a sheet."""
    work = office.stage_work(sheet.application)
    assert work is not None
    return form_record(sheet, StageForm(work), revision, supersedes)


def stage_file(
    office: Office, target: Path, expert: str, sheets: Sequence[Sheet | bytes], *, revision: int = 1,
    enrol: bool = True,
) -> Path:  # fmt: skip
    """An expert's score file, signed."""
    own, name = person(expert), bundle_id(expert)
    names = {row.id: row.name for row in office.experts()}
    card = build_card(own, name=names[expert], employer="示例", trial=office.batch.trial, created_at=AT)
    raws = [one if isinstance(one, bytes) else raw_stage_sheet(office, one) for one in sheets]
    payload = ScorePayload(
        trial=office.batch.trial,
        batch=office.batch.id,
        bundle=BundleRef(name, bundle_digest(name)),
        expert=PersonRef(expert, names[expert], own.public.age_recipient),
        statements=tuple(
            StatementRef(one.id, one.sha256, AT) for pack in office.stage_packs.values() for one in pack.statements
        ),
        sheets=tuple(msgspec.Raw(raw) for raw in raws),
        revision=revision,
        reason="" if revision == 1 else "整改后重新评议",
        signed_at=AT,
        enrolment=base64.b64encode(card).decode() if enrol else None,
    )
    target.write_bytes(build_score(payload, own))
    return target


def judged_office(folder: Path, values: Mapping[str, str], stage: StageId = "acceptance", **made: object) -> Office:
    """A registry in which five experts found one value for every task (or judged item) of each base, merged."""
    from ndb_desktop.services.merge import merge_files

    folder.mkdir(parents=True, exist_ok=True)
    office = stage_office(folder / "office", stage, **made)  # type: ignore[arg-type]
    paths = []
    for expert in EXPERTS:
        sheets = [stage_sheet(office, base, tasks=value, judged=value) for base, value in values.items()]
        paths.append(stage_file(office, folder / f"{expert}.ndbscore", expert, sheets))
    found = merge_files(office, paths)
    assert set(found.counts()) == {"accepted"}, found.verdicts
    return office


def acceptance_of(office: Office) -> AcceptancePack:
    """The acceptance pack of parks."""
    pack = office.stage_packs["park"]
    assert isinstance(pack, AcceptancePack)
    return pack
