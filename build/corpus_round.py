"""A trial round as small as a round can be: one park, three experts, the shipped park pack with all words cut short.

Everything goes through the services a user uses; only words and numbers are made up. See make_corpus.py.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.batch import Batch, FieldDef, Quota
from ndb_desktop.domain.model import Application, Document
from ndb_desktop.domain.packload import compose_pack, load_pack
from ndb_desktop.domain.rulepack import LocalText, RulePack
from ndb_desktop.domain.sheet import Challenge, Declaration, EvidenceLink, ItemEntry
from ndb_desktop.formats.applications import application_to_json
from ndb_desktop.formats.batchplan import BatchFacts, BatchPlan
from ndb_desktop.services.assign import AssignOptions, assign
from ndb_desktop.services.handing_over import hand_over
from ndb_desktop.services.identity import create_identity, unlock, write_card
from ndb_desktop.services.intake import confirm_key, import_applications, import_experts
from ndb_desktop.services.issue import issue_bundles, recover_secret
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import create_office, open_office
from ndb_desktop.services.outcome import unblind
from ndb_desktop.services.review import ReviewSession, open_review
from ndb_desktop.services.succession import Predecessor, follow
from tests.support.packs import pack_parts, sample_application

PASSPHRASE = "示例口令-corpus"  # the point of a test key: everybody may know it
BATCH, APPLICATION, EXPERTS = "TEST-CORPUS", "P001", ("E-01", "E-02", "E-03")
KEYED = EXPERTS[0]
"""Whose key is known beforehand, so that it opens the bundle."""
DOCUMENT = "示例申报书：本园区的数据均为示例，不代表任何真实单位。\n".encode()
WORDS = "示例：依据充分，目标明确，可以核查。"


class Clock:
    """Starts at a fixed moment and goes on by a second with each look."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment

    def seconds(self) -> float:
        """Seconds that only grow."""
        return self.moment.timestamp()


def small_pack() -> RulePack:
    """The shipped park pack with short words and panels of three."""
    parts = pack_parts("park")
    pack, vectors = parts[0], parts[3]
    pack["settings"] |= {"min_panel": 3, "trim_from": 7}
    short = {
        language: {name: f"{word}{number}" for number, name in enumerate(texts)}
        for language, texts, word in (("zh_CN", parts[1], "示例"), ("en", parts[2], "sample "))
    }
    return load_pack(compose_pack(pack, short["zh_CN"], short["en"], vectors))


def small_batch() -> Batch:
    """A trial batch with one field."""
    field = FieldDef("robotics", LocalText("示例领域", "Sample field"), Decimal(1))
    title = LocalText("示例批次（格式样本）", "Sample batch (format samples)")
    return Batch(BATCH, title, 2026, True, (field,), {"park": Quota(1)}, panel_size=3)


def small_application(data: bytes = DOCUMENT) -> Application:
    """The park, with a text for a document."""
    document = Document("D1", "示例.txt", "示例", "text/plain", len(data), hashlib.sha256(data).hexdigest(), 1)
    few = {"quality_firms": {"leader": 1, "hightech": 1}, "platforms": {"national_platform": 1}}
    few |= {"standards": {"national_led": 1}, "mechanisms": {"mechanism": 1}, "service_platforms": {"testing": 1}}
    return sample_application("park", 1, documents=(document,), values=few, tasks=())


def entry_for(pack: RulePack, name: str, shift: int = 0) -> ItemEntry:
    """A finished entry: confirmed where the program computes, else a mark in the middle of level L3."""
    item = pack.item_by_id[name]
    if item.computed:
        return ItemEntry(name, "scored", confirm="confirmed")
    # Marks that are all the same would be flagged.
    value = pack.band_of("L3").low + 2 + shift + sum(name.encode()) % 4
    return ItemEntry(name, "scored", "L3", value, reason=WORDS)


class Round:
    """The round on its way; `folder` is what stays, `scratch` what is thrown away."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self.folder, self.scratch, self.clock = folder, scratch, Clock()
        self.identities: dict[str, Identity] = {}
        self.second: Identity | None = None
        """The supervisor, once appointed."""
        self.secrets: dict[str, str] = {}
        self.bundles: dict[str, Path] = {}
        self.scores: dict[str, Path] = {}
        self.pack, self.batch = small_pack(), small_batch()

    # ----- people and what comes in -----

    def make_keys(self, names: tuple[str, ...]) -> None:
        """Trial keys, named after who has them."""
        target = self.folder / "keys"
        target.mkdir(parents=True, exist_ok=True)
        for name in names:
            made = create_identity(self.scratch / "keys" / name, name=f"示例{name}", passphrase=PASSPHRASE, trial=True)
            self.identities[name] = unlock(made.path, PASSPHRASE)
            for suffix in (".ndbkey", ".pub"):
                shutil.copyfile(made.path.with_suffix(suffix), target / f"{name}{suffix}")

    def card(self, name: str, target: Path) -> Path:
        """Somebody's card."""
        target.parent.mkdir(parents=True, exist_ok=True)
        return write_card(
            self.identities[name], name=f"示例{name}", employer="示例单位", target=target, trial=True,
            created_at=self.clock(),
        )  # fmt: skip

    def take_in(self) -> None:
        """Writes what the central system and the office hand over, and imports it into a new registry."""
        handover, people = self.scratch / "handover", self.scratch / "people"
        (handover / "documents" / APPLICATION).mkdir(parents=True)
        (handover / "documents" / APPLICATION / "示例.txt").write_bytes(DOCUMENT)
        (handover / "applications.jsonl").write_bytes(application_to_json(small_application()) + b"\n")
        self.card(KEYED, people / "cards" / f"{KEYED}.ndbcard")
        with (people / "roster.csv").open("w", encoding="utf-8-sig", newline="") as stream:
            rows = csv.writer(stream)
            rows.writerow(["id", "name", "employer", "employer_code", "province", "kind", "categories", "fields"])
            for number, name in enumerate(EXPERTS):
                place = ("310000", "320000", "330000")[number]
                rows.writerow(
                    [name, f"示例{name}", f"示例研究所{number + 1}", "", place, "field", "park", "robotics:1000"]
                )
        self.office = create_office(
            self.scratch / "registry", batch=self.batch, packs={"park": self.pack}, name="示例评审办",
            identity=self.identities["coordinator"], recovery=self.identities["recovery"].public, clock=self.clock,
        )  # fmt: skip
        reports = (
            import_applications(self.office, handover),
            import_experts(self.office, people / "roster.csv", people / "cards"),
        )
        assert not any(report.faults for report in reports), reports
        for key in self.office.expert_keys():
            confirm_key(self.office, key.expert, key.keyid)

    def hand_out(self) -> None:
        """Assigns everybody and issues the bundles."""
        signed = {"second": self.second} if self.second else {}
        made = assign(self.office, AssignOptions(seats=3, words="示例"), **signed)
        assert len(self.office.assignments()) == len(EXPERTS), made
        issued = issue_bundles(self.office, self.scratch / "bundles", expires_at="2036-12-31T16:00:00Z").issued
        self.keep_issued(issued)

    def keep_issued(self, issued: Any) -> None:
        """Notes path and secret of each bundle."""
        for row in issued:
            self.bundles[row.expert] = self.scratch / "bundles" / Path(row.path).name
            self.secrets[row.expert] = recover_secret(self.bundles[row.expert], self.identities["coordinator"])

    # ----- experts -----

    def profile(self, expert: str) -> Path:
        """An expert's machine."""
        folder = self.scratch / "profiles" / expert
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def open(self, expert: str, path: Path | None = None) -> ReviewSession:
        """Opens a bundle as an expert."""
        return open_review(
            path or self.bundles[expert], secret=self.secrets[expert], profile=self.profile(expert), clock=self.clock
        )

    def mark(self, expert: str) -> None:
        """Does a whole sheet; the first expert also cites a place, disputes a datum and notes something."""
        with self.open(expert) as session:
            for statement, _ in session.statements():
                session.agree(statement.id)
            session.declare(APPLICATION, Declaration("clear"))
            for item in self.pack.items:
                session.set_entry(APPLICATION, entry_for(self.pack, item.id, EXPERTS.index(expert)))
            session.set_opinion(APPLICATION, "示例意见：材料完整。")
            if expert == KEYED:
                judged = next(item.id for item in self.pack.items if not item.computed)
                link = EvidenceLink("e1", judged, "D1", 1, (0, 0, 500, 100), "示例引文", self.document_sha256)
                session.put_evidence(APPLICATION, link)
                session.put_challenge(APPLICATION, self._challenge(session))
                session.set_note(APPLICATION, "示例便笺：不外传。")

    document_sha256 = hashlib.sha256(DOCUMENT).hexdigest()

    def _challenge(self, session: ReviewSession) -> Challenge:
        """Disputes the first datum that has yearly values."""
        application = session.item(APPLICATION).application
        indicator, code = next(
            (one.id, datum.code) for one in self.pack.indicators for datum in one.data
            if one.kind == "quantitative" and any(application.data[datum.code].values)
        )  # fmt: skip
        year, value = max(application.data[code].values.items())
        session.set_entry(APPLICATION, ItemEntry(f"{indicator}.basis", "scored", confirm="challenged"))
        return Challenge("q1", indicator, code, year, value - 1, "D1", 1, WORDS, sha256=self.document_sha256)

    def sign(self, expert: str, folder: str = "score", path: Path | None = None) -> Path:
        """Signs and keeps the score file."""
        out = self.scratch / "out" / expert / folder
        out.mkdir(parents=True, exist_ok=True)
        with self.open(expert, path) as session:
            made = session.export(self.identities[expert], out).path
        return self.keep(made, f"{folder}/{expert}.ndbscore")

    # ----- keeping -----

    def keep(self, source: Path, name: str) -> Path:
        """Copies a file into the folder of the corpus."""
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        return target

    def keep_registry(self, folder: str = "registry") -> str:
        """The registry as it is now; document stores are left out, a bundle of the corpus holds one."""
        self.office.close()
        for name in ("registry.db", "registry.key.age"):
            self.keep(self.scratch / "registry" / name, f"{folder}/{name}")
        self.reopen()
        return f"{folder}/registry.db"

    def reopen(self) -> Office:
        """Opens the registry again."""
        self.office = open_office(self.scratch / "registry", self.identities["coordinator"], clock=self.clock)
        return self.office

    def set_aside(self) -> None:
        """Notes how the registry is now, for `back`."""
        self.office.close()
        shutil.copytree(self.scratch / "registry", self.scratch / "aside")
        self.reopen()

    def back(self) -> None:
        """The registry as it was set aside: what a part does with it is nothing to the next one."""
        self.office.close()
        shutil.rmtree(self.scratch / "registry")
        shutil.copytree(self.scratch / "aside", self.scratch / "registry")
        self.reopen()

    def merge(self, *experts: str, folder: str = "score") -> Any:
        """Merges score files."""
        report = merge_files(self.office, [self.folder / folder / f"{name}.ndbscore" for name in experts])
        assert {row.verdict for row in report.verdicts} == {"accepted"}, report
        return report

    @cached_property
    def corrected(self) -> Path:
        """A hand-over in which one number is another than before."""
        handover = self.scratch / "handover"
        path = handover / "applications.jsonl"
        value = json.loads(path.read_text(encoding="utf-8"))
        datum = next(row for row in value["data"].values() if row.get("values"))
        year = max(datum["values"])
        datum["values"][year] = str(Decimal(datum["values"][year]) + 1)
        path.write_text(json.dumps(value, ensure_ascii=False) + "\n", encoding="utf-8")
        return handover


class Later:
    """The acceptance that follows a round: its registry with what the base handed in, and a bundle."""

    def __init__(self, made: Round, before: Predecessor) -> None:
        self._made, self._folder = made, made.scratch / "acceptance"
        plan = BatchPlan(replace(made.batch, id=f"{made.batch.id}-3"), BatchFacts())
        office = follow(
            self._folder, predecessor=before, stage="acceptance", plan=plan, identity=made.identities["coordinator"],
            name="示例评审办", recovery=made.identities["recovery"].public, clock=made.clock,
        ).office  # fmt: skip
        people = made.scratch / "people"
        reports = (
            import_applications(office, self._handed_in(office)),
            import_experts(office, people / "roster.csv", people / "cards"),
        )
        assert not any(report.faults for report in reports), reports
        for key in office.expert_keys():
            confirm_key(office, key.expert, key.keyid)
        self.office = office

    def _handed_in(self, office: Office) -> Path:
        """The form of the base: half of what it was to reach of everything, nothing of one."""
        folder = self._made.scratch / "handed_in"
        (folder / "documents" / APPLICATION).mkdir(parents=True)
        (folder / "documents" / APPLICATION / "示例.txt").write_bytes(DOCUMENT)
        units = {one.id: one.unit for one in office.stage_packs["park"].measured}
        wanted = [one for one in small_application().targets if f"{one.indicator}.{one.measure}" in units]
        actuals = [
            {
                "indicator": one.indicator, "measure": one.measure, "unit": one.unit, "year": one.target_year,
                "value": "500" if number else None, "evidence": [{"document": "D1", "page": 1}],
            }
            for number, one in enumerate(wanted)
        ]  # fmt: skip
        documents = [{"id": "D1", "name": "示例.txt", "title": "示例"}]
        line = {"application": APPLICATION, "actuals": actuals, "documents": documents}
        (folder / "actuals.jsonl").write_text(json.dumps(line, ensure_ascii=False) + "\n", encoding="utf-8")
        return folder

    def issue(self) -> Path:
        """The bundle of the expert who has a key."""
        assign(self.office, AssignOptions(seats=3, words="示例"))
        issued = issue_bundles(self.office, self._folder / "bundles", expires_at="2036-12-31T16:00:00Z").issued
        return next(Path(row.path) for row in issued if row.expert == KEYED)

    def hand_over(self, target: Path) -> None:
        """The package of a stage in which no base has an outcome yet; the registry is closed afterwards."""
        unblind(self.office, reason="示例")
        target.parent.mkdir(exist_ok=True)
        hand_over(self.office, target)
        self.office.close()


def lowered(session: ReviewSession, pack: RulePack) -> Mapping[str, str]:
    """Another score for the first judged item, as an answer in a second round."""
    name = next(item.id for item in pack.items if not item.computed)
    entry = session.sheet(APPLICATION).items[name]
    assert entry.value is not None
    session.set_entry(APPLICATION, replace(entry, value=entry.value - 1))
    session.set_change_reason(APPLICATION, name, WORDS)
    return {name: str(entry.value - 1)}
