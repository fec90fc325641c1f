"""A round of a later stage, made once per test process: two bases that follow a selection, three experts, bundles.

round = stage_round(tmp_path)                      # acceptance, in a folder of its own
with round.office() as office: ...
session = round.session("E01", profile)            # the expert's side, opened with the secret
"""

from __future__ import annotations

import atexit
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from ndb_desktop.domain.batch import Assignment, Batch, FieldDef, Quota
from ndb_desktop.domain.lifecycle import State, begun
from ndb_desktop.domain.model import Actual, Application, Category, Document, EvidenceRef
from ndb_desktop.domain.rulepack import LocalText, RulePack
from ndb_desktop.domain.sheet import Declaration, ItemEntry, Sheet
from ndb_desktop.domain.stagepack import StageId
from ndb_desktop.formats.applications import actuals_json, application_to_json
from ndb_desktop.formats.archive import LogHead
from ndb_desktop.formats.batchfile import expert_to_json
from ndb_desktop.formats.batchplan import BatchFacts, BatchPlan
from ndb_desktop.formats.manifest import IssuerRef
from ndb_desktop.formats.succession import PredecessorRef
from ndb_desktop.services.issue import issue_bundles
from ndb_desktop.services.lifecycle import Order, decide
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import ATTACHMENTS, Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.outcome import finalise
from ndb_desktop.services.results_compute import compute
from ndb_desktop.services.review import ReviewSession, open_review
from ndb_desktop.services.stage_work import stage_application
from ndb_desktop.services.succession import Followed, Predecessor, follow
from ndb_desktop.storage.docwriter import DocumentStoreWriter
from ndb_desktop.storage.engine import RawKey, new_raw_key
from ndb_desktop.storage.registry_rows import ApplicationRow, AttachmentRow, ExpertRow, IssuedBundle
from tests.support.office import Clock, documented, make_expert, make_office, make_score_file, store_documents
from tests.support.packs import YEAR, pack_for
from tests.support.stages import acceptance_pack, promising
from tests.support.tables import CODES, put
from tests.support.travel import AT, person

BASES = ("P001", "P002")
EXPERTS = ("E01", "E02", "E03")
TARGET_YEAR = YEAR + 2
DOCUMENT = "验收自评报告：示例基地"
"""How the document of each base begins."""
STARTS = {"acceptance": (2028, 10, 1), "effect": (2031, 10, 1)}
_STATES: Mapping[StageId, State] = {"acceptance": "creating", "effect": "recognised"}


def stage_batch(stage: StageId = "acceptance", *, trial: bool = True) -> Batch:
    """The batch of a later stage."""
    title = LocalText("示例后续阶段", "Sample later stage")
    fields = (FieldDef("robotics", LocalText("机器人", "Robotics"), Decimal(1)),)
    quotas: dict[Category, Quota] = {"park": Quota(), "enterprise": Quota()}
    return Batch(f"T-2028-{stage}", title, STARTS[stage][0], trial, fields, quotas)


def base(number: int, category: Category = "park") -> Application:
    """A base as it was frozen: 120 promised for every measure on a base of 100, a task per indicator."""
    return promising(category, number=number, credit_code=CODES[number % 2])


def actuals_of(application: Application, value: str | None = "118", **others: str | None) -> tuple[Actual, ...]:
    """One value declared for every promise, each proven on the first page; `others` None for a missing one."""
    units = {one.id: one.unit for one in acceptance_pack(application.category).measured}
    found = []
    for target in application.targets:
        name = f"{target.indicator}.{target.measure}"
        if name in units:
            said = others.get(target.measure, value)
            number = None if said is None else Decimal(said)
            proof = (EvidenceRef("D1", 1),)
            found.append(
                Actual(target.indicator, target.measure, units[name], number, TARGET_YEAR, proof, "按统计口径")
            )
    return tuple(found)


def accepted_of(application: Application, value: str | None = "120", **others: str | None) -> tuple[Actual, ...]:
    """As `actuals_of`, as 评估验收 left them: its documents are not here."""
    return tuple(replace(one, evidence=()) for one in actuals_of(application, value, **others))


def document_of(name: str) -> bytes:
    """The bytes of the document a base hands in for the stage."""
    return f"{DOCUMENT} {name}\n".encode()


def form_line(application: Application, declared: Sequence[Actual], **changes: object) -> dict[str, object]:
    """A line of `actuals.jsonl`; `changes` are members put in beside or instead."""
    documents = [{"id": "D1", "name": "验收自评报告.txt", "title": "验收自评报告"}]
    said = {"application": application.id, "actuals": actuals_json(declared), "documents": documents}
    return {**said, **changes}


def form_folder(folder: Path, lines: Sequence[Mapping[str, object]], *, documents: Sequence[str] = BASES) -> Path:
    """阶段材料 as a folder: `actuals.jsonl` and a document for each of these bases."""
    files = {f"documents/{name}/验收自评报告.txt": document_of(name) for name in documents}
    said = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return put(folder, {"actuals.jsonl": said.encode("utf-8"), **files})


def predecessor(
    bases: Sequence[Application], stage: StageId = "acceptance", *, trial: bool = True,
    accepted: Mapping[str, bytes] | None = None,
) -> Predecessor:  # fmt: skip
    """What reading a settled registry with these bases would give."""
    identity = person("组织方")
    categories = {one.category for one in bases}
    ref = PredecessorRef(
        registry="a" * 64, batch="T-2026", coordinator=IssuerRef("示例评审办", identity.public.age_recipient),
        result="b" * 64, final=True, log=LogHead(9, "c" * 64), archive=None,
        packs={category: pack_for(category).digest for category in sorted(categories)},
    )  # fmt: skip
    day = date(2026, 9, 17)
    return Predecessor(
        ref=ref,
        trial=trial,
        packs={category: pack_for(category) for category in sorted(categories)},
        lives={one.id: begun(one.id, _STATES[stage], day) for one in bases},
        texts={one.id: application_to_json(one) for one in bases},
        recommenders=None,
        officers=(),
        carried={one.id: "d" * 64 for one in bases},
        accepted=accepted or {},
    )


def start_stage(
    folder: Path, bases: Sequence[Application] | None = None, stage: StageId = "acceptance", *, trial: bool = True,
    accepted: Mapping[str, bytes] | None = None,
) -> Followed:  # fmt: skip
    """A registry of a later stage right after it was made: nothing is imported yet."""
    listed = [base(1), base(2)] if bases is None else bases
    known = predecessor(listed, stage, trial=trial, accepted=accepted)
    batch = stage_batch(stage, trial=trial)
    quotas = {category: Quota() for category in known.packs}
    return follow(
        folder, predecessor=known, stage=stage, plan=BatchPlan(replace(batch, quotas=quotas), BatchFacts()),
        identity=person("组织方"), name="示例评审办", recovery=person("恢复").public, clock=stage_clock(stage),
    )  # fmt: skip


def stage_clock(stage: StageId = "acceptance") -> Clock:
    """A clock that begins when the stage does."""
    year, month, day = STARTS[stage]
    return Clock(datetime(year, month, day, 4, 0, 0, tzinfo=UTC))


def put_base(office: Office, frozen: Application, actuals: Iterable[Actual]) -> None:
    """What an import of the stage leaves: the application with this stage's document and the declared values."""
    data = document_of(frozen.id)
    digest = hashlib.sha256(data).hexdigest()
    document = Document("D1", "验收自评报告.txt", "验收自评报告", "text/plain", len(data), digest, 1)
    row = application_to_json(stage_application(frozen, (document,), tuple(actuals)))
    key, path = new_raw_key(), office.folder / ATTACHMENTS / f"{frozen.id}.stored.db"
    writer = DocumentStoreWriter(path, RawKey(key))
    text = data.decode("utf-8")
    writer.add(document.id, [data], len(data), document.mime, [text], name=document.name, title=document.title)
    facts = writer.close()
    sha256 = hashlib.sha256(row).hexdigest()
    with office.registry.transaction():
        office.registry.put_application(
            ApplicationRow(frozen.id, frozen.category, frozen.field, row, sha256, AT),
            AttachmentRow(frozen.id, path.name, key, facts.sha256, facts.size),
        )
        office.keep_computed(office.application(frozen.id), sha256)


def settled_selection(folder: Path, created: date = date(2026, 9, 17)) -> Path:
    """A settled registry of a selection by the shipped pack: both bases selected, and created on a day."""
    listed = [documented(base(1)), documented(base(2))]
    pack, fields = pack_for("park"), stage_batch().fields
    batch = Batch("T-2026", LocalText("示例批次", "Sample batch"), 2026, True, fields, {"park": Quota(total=2)})
    people = [make_expert(n + 1, fields={"robotics": 1000}) for n in range(5)]
    office = make_office(folder / "selection", applications=listed, experts=people, batch=batch, packs={"park": pack})
    store_documents(office)
    # Marks that are all the same would have to be looked into first.
    entries = {item.id: _entry(pack, item.id, 94 + n % 3) for n, item in enumerate(pack.items)}
    sheets = [Sheet(one.id, Declaration("clear", (), "", AT), entries, opinion="目标清楚。") for one in listed]
    for expert in people:
        make_score_file(office, folder / f"in/{expert.id}.ndbscore", expert.id, sheets)
    merge_files(office, [folder / "in"])
    finalise(office, compute(office), reason="评审完成")
    decide(office, Order("create", created, BASES, "工信部函〔2026〕9号", ()), reason="按工作方案")
    office.close()
    return folder / "selection"


def _entry(pack: RulePack, name: str, mark: int) -> ItemEntry:
    if pack.item_by_id[name].computed:
        return ItemEntry(name, "scored", confirm="confirmed")
    return ItemEntry(name, "scored", "L5", Decimal(mark), reason="依据充分，目标明确，责任到人，可以核查。")


def make_stage(folder: Path, stage: StageId = "acceptance", *, trial: bool = True) -> tuple[IssuedBundle, ...]:
    """The whole round in `folder`: `office`, and the bundles in `out`."""
    bases = [base(1), base(2)]
    rows = {one.id: application_to_json(stage_application(one, (), accepted_of(one))) for one in bases}
    office = start_stage(
        folder / "office", bases, stage, trial=trial, accepted=rows if stage == "effect" else None
    ).office
    put_base(office, bases[0], actuals_of(bases[0]))
    put_base(office, bases[1], actuals_of(bases[1], "120"))
    people = [make_expert(n + 1, fields={"robotics": 1000}) for n in range(len(EXPERTS))]
    office.registry.put_experts(ExpertRow(e.id, expert_to_json(e), AT) for e in people)
    office.replace_assignments([Assignment(e.id, one.id) for e in people for one in bases])
    report = issue_bundles(office, folder / "out")
    office.close()
    return report.issued


@cache
def _template(stage: StageId) -> tuple[Path, Mapping[str, IssuedBundle]]:
    folder = Path(tempfile.mkdtemp(prefix="ndb-test-stage-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    issued = make_stage(folder, stage)
    return folder, {bundle.expert: bundle for bundle in issued}


@dataclass(frozen=True)
class StageRound:
    """A round in a folder of its own; `issued` by expert."""

    folder: Path
    stage: StageId
    issued: Mapping[str, IssuedBundle]

    @contextmanager
    def office(self) -> Iterator[Office]:
        """The registry, opened by the coordinator."""
        office = open_office(self.folder / "office", person("组织方"), clock=stage_clock(self.stage))
        try:
            yield office
        finally:
            office.close()

    def bundle(self, expert: str = "E01") -> Path:
        """An expert's bundle."""
        return self.folder / "out" / Path(self.issued[expert].path).name

    def secret(self, expert: str = "E01") -> str:
        """What opens it."""
        return self.issued[expert].opens

    def session(self, expert: str, profile: Path) -> ReviewSession:
        """The expert's side; to be closed by the caller."""
        return open_review(
            self.bundle(expert), secret=self.secret(expert), profile=profile, clock=stage_clock(self.stage)
        )


def stage_round(folder: Path, stage: StageId = "acceptance") -> StageRound:
    """A copy of the round in `folder`."""
    template, issued = _template(stage)
    shutil.copytree(template, folder / "stage")
    return StageRound(folder / "stage", stage, issued)
