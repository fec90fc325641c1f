"""A round of five experts over a park and a firm with real bundles, all signed and merged, ready for a second look.

stage = staged(tmp_path)             # a copy: registry open, first bundles beside it
current = open_now(stage)            # opened over both applications
paths = bundles(stage)               # {expert: path of the second-round bundle}
with stage.open(paths["E-01"], "E-01") as session: ...
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from ndb_desktop.crypto import envelope
from ndb_desktop.domain.batch import Assignment
from ndb_desktop.domain.packload import load_pack
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.secondround import SecondRound
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.formats.scorefile import PAYLOAD_TYPE, open_score
from ndb_desktop.services import review_records as records
from ndb_desktop.services.demo_review import SampleClock
from ndb_desktop.services.intake import import_applications
from ndb_desktop.services.issue import issue_bundles
from ndb_desktop.services.merge import MergeReport, merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import create_office, open_office
from ndb_desktop.services.results import compute
from ndb_desktop.services.review import ReviewSession, open_review
from ndb_desktop.services.rounds import issue_round, open_round
from ndb_desktop.storage.registry_rows import ExpertRow
from ndb_desktop.storage.worksheet import Edit
from tests.support.review import declare_all, full_entry
from tests.support.sample import office_copy, small_sample
from tests.support.travel import AT, key_file, person

PARK, FIRM = "P-AI-01", "E-AI-01"
EXPERTS = ("E-01", "E-02", "E-03", "E-04", "E-05")
ITEM, OTHER = "P2.1.plan", "P1.1.plan"
"""Judged items of the park."""
WHY = "看了其他材料后，认为措施不够具体。"
REASON = "两项材料出入较大，请各位专家复看。"


@dataclass
class Stage:
    """A registry with everything of the first round in it."""

    folder: Path
    office: Office
    clock: SampleClock

    def open(self, path: Path, expert: str) -> ReviewSession:
        """Opens a bundle as its expert, with the secret that opened the first one."""
        home = self.folder / "profiles" / expert
        home.mkdir(parents=True, exist_ok=True)
        secret = next(row.opens for row in self.office.issued() if row.expert == expert)
        return open_review(path, secret=secret, profile=home, clock=self.clock)

    def sign(self, session: ReviewSession, expert: str) -> Path:
        """Signs and writes the score file."""
        out = self.folder / "out" / expert
        out.mkdir(parents=True, exist_ok=True)
        return session.export(person(expert), out).path

    def merge(self, *paths: Path) -> MergeReport:
        """Merges score files."""
        return merge_files(self.office, list(paths))


def showing(pack: RulePack, others: int) -> RulePack:
    """A pack that lets a second round show figures from so many others on."""
    value = json.loads(pack.raw)
    value["pack"]["settings"]["second_round_others"] = others
    return load_pack(canonical(value))


def mark(session: ReviewSession, application: str, number: int) -> None:
    """Scores everything in one commit; the judged scores of experts differ by some points."""
    pack, edits = session.item(application).pack, []
    for item in pack.items:
        entry = full_entry(pack, item.id)
        value = None if entry.value is None else entry.value + Decimal(number)
        edits.append(Edit(application, records.ENTRY, item.id, records.encode(replace(entry, value=value))))
    session._worksheet.put_all(edits, at=session._now())
    session._known.clear()


def _make(folder: Path) -> None:
    sample = office_copy(folder)
    packs = {name: showing(pack, 4) for name, pack in sample.packs.items()}
    batch, experts = sample.batch, [row for row in sample.registry.experts() if row.id <= "E-99"][:5]
    sample.close()
    shutil.rmtree(folder / "registry")
    office = create_office(
        folder / "registry", batch=batch, packs=packs, identity=person("组织方"), name="示例评审办",
        recovery=person("恢复").public, clock=SampleClock("2026-05-01T01:00:00Z"),
    )  # fmt: skip
    import_applications(office, small_sample().folder / "handover")
    rows = []
    for name, row in zip(EXPERTS, experts, strict=True):
        value = json.loads(row.json) | {"id": name}
        rows.append(ExpertRow(name, json.dumps(value, ensure_ascii=False).encode("utf-8"), AT))
    office.registry.put_experts(rows)
    office.replace_assignments([Assignment(name, one) for name in EXPERTS for one in (PARK, FIRM)])
    issued = issue_bundles(office, folder / "first").issued
    stage = Stage(folder, office, SampleClock("2026-05-02T01:00:00Z"))
    files = []
    for number, row in enumerate(issued):
        with stage.open(Path(row.path), row.expert) as session:
            declare_all(session)
            for one in (PARK, FIRM):
                mark(session, one, number)
            files.append(stage.sign(session, row.expert))
    report = stage.merge(*files)
    assert [one.verdict for one in report.verdicts] == ["accepted"] * 5, report
    office.close()


@cache
def _stage() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ndb-test-rounds-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _make(folder)
    return folder


def staged(folder: Path) -> Stage:
    """A copy of the stage with its registry open; its packs show figures from four others on."""
    made = _stage()
    for name in ("registry", "first", "profiles", "out"):
        shutil.copytree(made / name, folder / name)
    (folder / "组织方.ndbkey").write_bytes(key_file("组织方"))
    office = open_office(folder / "registry", person("组织方"), clock=SampleClock("2026-06-02T01:00:00Z"))
    return Stage(folder, office, SampleClock("2026-06-03T01:00:00Z"))


def open_now(stage: Stage, applications: Iterable[str] = (PARK, FIRM)) -> SecondRound:
    """Opens a round."""
    return open_round(stage.office, compute(stage.office), applications, reason=REASON)


def bundles(stage: Stage) -> Mapping[str, Path]:
    """Issues the bundles of the open round."""
    return {row.expert: Path(row.path) for row in issue_round(stage.office, stage.folder / "second").issued}


def lower(session: ReviewSession, item: str = ITEM, application: str = PARK, by: int = 2) -> None:
    """Another score for an item, with the reason for the change."""
    entry = session.sheet(application).items[item]
    assert entry.value is not None
    session.set_entry(application, replace(entry, value=entry.value - Decimal(by)))
    session.set_change_reason(application, item, WHY)


def resigned(
    stage: Stage,
    path: Path,
    expert: str,
    change: Callable[[dict[str, Any]], object],
    *,
    version: int | None = None,
    sheet: int = 0,
) -> Path:
    """A score file of which somebody with the expert's key has changed a sheet by hand."""
    opened = open_score(path.read_bytes(), stage.office.identity)
    payload = json.loads(opened.payload_bytes)
    change(payload["sheets"][sheet])
    payload["version"] = version or payload["version"]
    data = json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")
    target = stage.folder / f"changed-{len(list(stage.folder.glob('changed-*')))}.ndbscore"
    target.write_bytes(envelope.sign(data, PAYLOAD_TYPE, [person(expert)]))
    return target
