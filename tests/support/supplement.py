"""A round in which an application is corrected after its bundles went out: the small sample, its expert E-06 at work.

case = staged(tmp_path)              # everything marked, then corrected, the supplement is issued and not yet opened
with case.open(case.newer) as session: session.news()
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.sheet import EvidenceLink
from ndb_desktop.services.demo_review import SampleClock
from ndb_desktop.services.intake import ImportReport, import_applications
from ndb_desktop.services.issue import issue_supplements
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.review import ReviewSession, open_review
from tests.support.review import declare_all, fill, full_entry
from tests.support.sample import coordinator, office_copy, small_sample
from tests.support.travel import person

EXPERT = "E-06"
PARK, FIRM = "P-AI-01", "E-AI-01"
COMPUTED = "P1.1.basis"
"""The item whose score hangs on the datum `correct` changes."""
DATUM = "leading_revenue"
CITED = "D3"
"""The document `correct` exchanges."""
ADDED = "D9"


@dataclass
class Case:
    """A registry, its hand-over to change, and the bundle of E-06 as first issued."""

    folder: Path
    office: Office
    handover: Path
    bundle: Path
    secret: str
    profile: Path
    clock: SampleClock
    newer: Path = Path()
    """The supplement."""
    score: Path = Path()
    """The score file made before it."""

    def open(self, path: Path, *, secret: str | None = None, profile: Path | None = None) -> ReviewSession:
        """Opens a bundle as E-06."""
        home = profile or self.profile
        home.mkdir(exist_ok=True)
        return open_review(path, secret=secret or self.secret, profile=home, clock=self.clock)

    def update(self, change: Callable[[dict[str, dict[str, Any]]], None], **options: Any) -> ImportReport:
        """Changes the hand-over's applications (by id) and imports it as an update."""
        _rewrite(self.handover, change)
        return import_applications(self.office, self.handover, **{"update": True} | options)

    def correct(self, value: str = "600.00", **options: Any) -> ImportReport:
        """Corrects one datum of the park, exchanges D3 and adds D9."""
        corrected_handover(self.handover, value)
        return import_applications(self.office, self.handover, **{"update": True} | options)

    def again(self, value: str) -> ImportReport:
        """Corrects the datum once more."""
        return self.update(lambda rows: _set(rows[PARK], value))

    def supplement(self) -> Path:
        """Issues the supplement of E-06."""
        (made,) = issue_supplements(self.office, self.folder / "supplements", experts=[EXPERT]).issued
        return Path(made.path)


def corrected_handover(handover: Path, value: str = "600.00") -> None:
    """What `Case.correct` imports: a hand-over with another datum, another D3 and a new D9."""
    documents = handover / "documents"
    other = next((documents / FIRM).glob("D3*"))
    shutil.copyfile(other, next((documents / PARK).glob("D3*")))
    shutil.copyfile(next((documents / PARK).glob("D2*")), documents / PARK / "D9_补充说明.pdf")
    _rewrite(handover, lambda rows: _corrected(rows[PARK], value))


def _rewrite(handover: Path, change: Callable[[dict[str, dict[str, Any]]], None]) -> None:
    lines = handover / "applications.jsonl"
    rows = {row["id"]: row for row in map(json.loads, lines.read_text(encoding="utf-8").splitlines())}
    change(rows)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows.values())
    lines.write_text(text, encoding="utf-8")


def _set(row: dict[str, Any], value: str) -> None:
    row["data"][DATUM]["values"]["2025"] = value


def _corrected(row: dict[str, Any], value: str) -> None:
    _set(row, value)
    added = {
        "id": ADDED,
        "mime": "",
        "name": "D9_补充说明.pdf",
        "pages": 0,
        "sha256": "",
        "size": 0,
        "title": "补充说明",
    }
    row["documents"] = [*row["documents"], added]


def make_case(folder: Path) -> Case:
    """The sample before any correction."""
    sample = small_sample()
    office = office_copy(folder)
    handover = folder / "handover"
    shutil.copytree(sample.folder / "handover", handover)
    secret = sample.open_secret.read_text(encoding="utf-8").strip()
    clock = SampleClock("2026-05-02T01:00:00Z")
    return Case(folder, office, handover, sample.open_bundle, secret, folder / "profile", clock)


@cache
def _stage() -> Case:
    """Made once: a profile where all is marked, another where it is signed as well, the registry corrected."""
    folder = Path(tempfile.mkdtemp(prefix="ndb-test-supplement-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    case = make_case(folder)
    with case.open(case.bundle) as session:
        mark_all(session)
    shutil.copytree(case.profile, folder / "signed")
    with case.open(case.bundle, profile=folder / "signed") as session:
        case.score = session.export(signer(), folder).path
    case.correct()
    case.newer = case.supplement()
    case.office.close()
    return case


def staged(folder: Path, *, signed: bool = False) -> Case:
    """A copy of the stage with its registry open; `signed`: the expert has exported before."""
    stage = _stage()
    for name in ("registry", "handover"):
        shutil.copytree(stage.folder / name, folder / name)
    shutil.copytree(stage.folder / ("signed" if signed else "profile"), folder / "profile")
    clock = SampleClock("2026-06-02T01:00:00Z")
    office = open_office(folder / "registry", coordinator(), clock=SampleClock("2026-06-02T01:00:00Z"))
    return Case(
        folder, office, folder / "handover", stage.bundle, stage.secret, folder / "profile", clock, stage.newer,
        stage.score,
    )  # fmt: skip


def deal_with(session: ReviewSession) -> None:
    """Does everything the news ask for."""
    if session.locked:
        session.start_revision("补充包")
    for line in session.news():
        if line.news.kind == "confirm" and not line.done:
            session.set_entry(line.news.application, full_entry(session.item(PARK).pack, line.news.item))
        elif not line.done:
            session.tick_news(line.key)


def signer() -> Identity:
    """The key E-06 signs with."""
    return person(EXPERT)


def mark_all(session: ReviewSession) -> None:
    """Declares and marks everything, with one place cited in the document that is going to be exchanged."""
    declare_all(session)
    for review in session.applications:
        fill(session, review.application.id)
    session.put_evidence(PARK, EvidenceLink("e1", "P4.1.basis", CITED, 1, (0, 0, 500, 100), "引文"))
