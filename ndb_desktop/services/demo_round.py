"""The sample round (示例) step by step: hand-over, people, assignment, bundles, reviews, merge, results."""

from __future__ import annotations

import base64
import csv
import json
import shutil
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.crypto.sealing import seal, unseal
from ndb_desktop.domain.errors import FaultsError
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.formats.applications import application_to_json
from ndb_desktop.formats.scorefile import MAX_FILE
from ndb_desktop.reports.samples import SampleSubject
from ndb_desktop.services.assign import AssignOptions, assign
from ndb_desktop.services.demo_data import field_name, make_application, with_documents
from ndb_desktop.services.demo_documents import write_documents
from ndb_desktop.services.demo_people import (
    SEED,
    Size,
    make_applicants,
    make_batch,
    make_conflicts,
    make_reviewers,
    provinces,
    roster_row,
    words,
)
from ndb_desktop.services.demo_review import Job, SampleClock, review
from ndb_desktop.services.demo_visit import SampleVisits, make_visits
from ndb_desktop.services.identity import create_identity, unlock, write_card
from ndb_desktop.services.intake import confirm_key, import_applications, import_conflicts, import_experts
from ndb_desktop.services.issue import issue_bundles, recover_secret
from ndb_desktop.services.merge import MergeReport, merge_files
from ndb_desktop.services.merge_receipts import write_receipts
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import create_office
from ndb_desktop.services.report import (
    notice_report,
    office_sheet_report,
    panel_report,
    panels_of,
    secret_slips,
)
from ndb_desktop.services.results import compute, export_results
from ndb_desktop.services.rulepacks import builtin_packs
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.storage.registry_rows import IssuedBundle
from ndb_desktop.texts import text

PASSPHRASE = "trial-sample"  # noqa: S105  (the point of a sample: everybody may know it)
START = "2026-04-20T01:00:00Z"
_TOTAL = 1000
_WORKERS = 2
_LATE_KEYS = 2
"""So many keys stay unconfirmed, for the coordinator to compare."""


@dataclass
class Round:
    """Makes one sample round in an empty folder."""

    folder: Path
    size: Size
    progress: Progress
    cancel: CancelToken
    clock: SampleClock = field(default_factory=lambda: SampleClock(START))

    def run(self) -> dict[str, Any]:
        """All steps; returns what `DemoReport` tells."""
        self.batch = make_batch(self.size)
        self.packs: dict[Category, RulePack] = {
            pack.category: pack for pack in builtin_packs().values() if pack.stage == "selection"
        }
        self.applicants = {applicant.id: applicant for applicant in make_applicants(self.size)}
        self.reviewers = {r.expert.id: r for r in make_reviewers(self.size, tuple(self.applicants.values()))}
        self._keys()
        documents = self._hand_over()
        office = self._office()
        try:
            self._take_in(office)
            issued = self._issue(office)
            with tempfile.TemporaryDirectory(prefix=".experts-", dir=self.folder) as desks:
                sheets, late = self._review(issued, Path(desks))
                merged = self._merge(office, late)
            self.visited = self._visit(office)
            self._finish(office)
            digest = compute(office).digest
            opened = self._open_me(issued)
        finally:
            office.close()
        verdicts: dict[str, int] = {}
        for report in merged:
            for verdict, count in report.counts().items():
                verdicts[verdict] = verdicts.get(verdict, 0) + count
        self.progress(_TOTAL, _TOTAL, "")
        return {
            "applications": len(self.applicants),
            "documents": documents,
            "experts": len(self.reviewers),
            "bundles": len(issued),
            "sheets": sheets,
            "verdicts": verdicts,
            "result_digest": digest,
            "registry": self.folder / "registry",
            "coordinator_key": self.coordinator_path,
            "passphrase_file": self.folder / "keys" / "passphrase.txt",
            "open_bundle": opened[0],
            "open_secret": opened[1],
            "visits": self.visited.visits if self.visited else 0,
            "open_visit": self.visited.open_visit if self.visited else None,
            "inspector_key": self.visited.inspector_key if self.visited else None,
        }

    def _stage(self, first: int, last: int) -> Progress:
        """A part of the whole progress, in thousandths."""

        def show(done: int, total: int, what: str) -> None:
            self.cancel.check()
            self.progress(first + (last - first) * done // max(total, 1), _TOTAL, what)

        return show

    # people and their keys

    def _keys(self) -> None:
        folder = self.folder / "keys"
        made = create_identity(folder, name=words()["coordinator"], passphrase=PASSPHRASE, trial=True)
        spare = create_identity(folder, name=words()["recovery"], passphrase=PASSPHRASE, trial=True)
        self.coordinator_path = made.path
        self.coordinator = unlock(made.path, PASSPHRASE)
        self.recovery = unlock(spare.path, PASSPHRASE)
        (folder / "passphrase.txt").write_text(PASSPHRASE + "\n", encoding="utf-8")

    def _expert_keys(self, cards: Path) -> dict[str, Identity]:
        """Keys the experts made on their own machines; some sent their card beforehand."""
        identities: dict[str, Identity] = {}
        with tempfile.TemporaryDirectory(prefix=".keys-", dir=self.folder) as machines:
            for name, reviewer in self.reviewers.items():
                machine = Path(machines) / name
                stored = create_identity(machine, name=reviewer.expert.name, passphrase=PASSPHRASE, trial=True)
                identities[name] = unlock(stored.path, PASSPHRASE)
                if reviewer.sends_card:
                    write_card(
                        identities[name],
                        name=reviewer.expert.name,
                        employer=reviewer.expert.employer,
                        target=cards / f"{name}.ndbcard",
                        trial=True,
                        created_at=self.clock(),
                    )
        return identities

    # what the central system hands over

    def _hand_over(self) -> int:
        """Writes the hand-over folder; says how many documents it holds."""
        folder = self.folder / "handover"
        folder.mkdir()
        show, lines, count = self._stage(0, 250), [], 0
        for serial, applicant in enumerate(self.applicants.values()):
            show(serial, len(self.applicants), applicant.name)
            pack, k = self.packs[applicant.category], self.batch.field_def(applicant.field).k
            application = make_application(applicant, pack, k)
            region = provinces()[applicant.region]
            subject = SampleSubject(application, pack, field_name(applicant), region, SEED)
            made = write_documents(
                application,
                applicant,
                subject,
                folder / "documents" / applicant.id,
                serial=serial,
                plan_pages=_plan_pages(serial) if self.size.per_group > 1 else 8,
            )
            count += len(made.documents)
            lines.append(application_to_json(with_documents(application, made.documents, made.evidence)))
        (folder / "applications.jsonl").write_bytes(b"\n".join(lines) + b"\n")
        return count

    def _people(self) -> tuple[Path, Path, Path]:
        """The roster, the known conflicts, and the cards that came in."""
        folder = self.folder / "people"
        cards = folder / "cards"
        cards.mkdir(parents=True)
        self.identities = self._expert_keys(cards)
        roster, conflicts = folder / "roster.csv", folder / "conflicts.csv"
        with roster.open("w", encoding="utf-8-sig", newline="") as stream:
            table = csv.writer(stream)
            table.writerow(
                ["id", "name", "employer", "employer_code", "province", "kind", "categories", "fields",
                 "former_employers", "max_load"]
            )  # fmt: skip
            for reviewer in self.reviewers.values():
                table.writerow(roster_row(reviewer))
        with conflicts.open("w", encoding="utf-8-sig", newline="") as stream:
            table = csv.writer(stream)
            table.writerow(["expert", "application", "code", "strength", "source", "words"])
            for row in make_conflicts(tuple(self.reviewers.values()), tuple(self.applicants.values())):
                table.writerow([row.expert, row.application, row.code, row.strength, row.source, row.words])
        return roster, conflicts, cards

    # the coordinator's desk

    def _office(self) -> Office:
        return create_office(
            self.folder / "registry",
            batch=self.batch,
            packs=self.packs,
            identity=self.coordinator,
            name=words()["office"],
            recovery=self.recovery.public,
            clock=self.clock,
        )

    def _take_in(self, office: Office) -> None:
        report = import_applications(
            office, self.folder / "handover", progress=self._stage(250, 480), cancel=self.cancel
        )
        if report.faults:
            raise FaultsError(report.faults, place="handover")
        roster, conflicts, cards = self._people()
        for taken in (import_experts(office, roster, cards), self._conflicts(office, conflicts)):
            if taken is not None and taken.faults:
                raise FaultsError(taken.faults, place="people")
        for key in office.expert_keys():
            confirm_key(office, key.expert, key.keyid)
        options = AssignOptions(seats=self.batch.panel_size, words=str(SEED))
        self.assigned = assign(office, options, self._stage(480, 500), self.cancel)
        self.clock.leap(1)

    def _conflicts(self, office: Office, table: Path) -> Any:
        known = make_conflicts(tuple(self.reviewers.values()), tuple(self.applicants.values()))
        return import_conflicts(office, table) if known else None

    def _issue(self, office: Office) -> dict[str, IssuedBundle]:
        report = issue_bundles(
            office,
            self.folder / "bundles",
            expires_at="2026-06-30T16:00:00Z",
            progress=self._stage(500, 540),
            cancel=self.cancel,
        )
        self.clock.leap(2)
        return {bundle.expert: bundle for bundle in report.issued}

    # the experts' desks

    def _review(self, issued: Mapping[str, IssuedBundle], desks: Path) -> tuple[int, Path]:
        """Everybody reviews but the one whose bundle is left to open; returns sheets and the folder of late files."""
        returned, late = self.folder / "returned", self.folder / "returned-late"
        returned.mkdir()
        late.mkdir()
        self.left_open = self._who_stays_open(issued)
        jobs = self._jobs(issued, desks)
        show, sheets = self._stage(540, 900), 0
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="sample") as pool:
            running = [pool.submit(review, job, self.applicants, returned, late, self.cancel) for job in jobs]
            try:
                for done, (job, future) in enumerate(zip(jobs, running, strict=True)):
                    show(done, len(jobs), job.reviewer.expert.name)
                    future.result()
                    sheets += len(issued[job.reviewer.expert.id].applications)
            except BaseException:
                self.cancel.cancel()
                raise
        self._tamper(returned)
        self.clock.leap(12)
        return sheets, late

    def _who_stays_open(self, issued: Mapping[str, IssuedBundle]) -> str:
        """The last expert who needs a secret: an own key would have to be carried along."""
        return max(name for name, bundle in issued.items() if bundle.secret)

    def _jobs(self, issued: Mapping[str, IssuedBundle], desks: Path) -> list[Job]:
        large = self.size.per_group > 1
        names = [name for name in issued if name != self.left_open]
        special = {"challenge": names[1], "recuse": names[3] if large else "", "revise": names[2]}
        jobs = []
        for place, name in enumerate(names):
            clock = SampleClock("2026-04-25T01:00:00Z")
            clock.leap(place % 9)
            jobs.append(
                Job(
                    reviewer=self.reviewers[name],
                    bundle=Path(issued[name].path),
                    secret=issued[name].secret,
                    identity=self.identities[name],
                    profile=desks / name,
                    clock=clock,
                    **{what: name == who for what, who in special.items()},
                )
            )
            jobs[-1].profile.mkdir()
        return jobs

    def _tamper(self, returned: Path) -> None:
        """A copy of a score file with one mark raised by somebody who could unseal it but not sign it."""
        victim = min(returned.glob("*.ndbscore"))
        envelope = json.loads(unseal(victim.read_bytes(), self.coordinator, max_size=MAX_FILE))
        payload = base64.b64decode(envelope["payload"])
        changed = payload.replace(b'"level":"L3","confirm"', b'"level":"L4","confirm"', 1)
        if changed == payload:
            changed = payload.replace(b'"status":"scored"', b'"status":"recused"', 1)
        envelope["payload"] = base64.b64encode(changed).decode("ascii")
        sealed = seal(json.dumps(envelope).encode("utf-8"), [self.coordinator.public])
        victim.with_name(f"{victim.stem}_tampered{victim.suffix}").write_bytes(sealed)

    # and back

    def _merge(self, office: Office, late: Path) -> tuple[MergeReport, ...]:
        """A dry run, the merge, then files that came late: a superseded version replayed and one file again."""
        returned = self.folder / "returned"
        before = compute(office).digest
        trial = merge_files(office, [returned], dry_run=True, progress=self._stage(900, 930), cancel=self.cancel)
        first = merge_files(office, [returned], progress=self._stage(930, 960), cancel=self.cancel)
        verdicts = [row.verdict for row in first.verdicts]
        if [row.verdict for row in trial.verdicts] != verdicts or before == first.result_digest:
            raise AssertionError("a dry run must tell what the merge does, and change nothing")
        again = max(returned.glob("*.ndbscore"))
        shutil.copyfile(again, late / again.name)
        self.clock.leap(1)
        second = merge_files(office, [late], cancel=self.cancel)
        for key in [key for key in office.expert_keys() if key.status == "unconfirmed"][:-_LATE_KEYS]:
            confirm_key(office, key.expert, key.keyid)
        receipts = self.folder / "receipts"
        receipts.mkdir()
        write_receipts(office, first, receipts)
        return first, second

    def _visit(self, office: Office) -> SampleVisits | None:
        """What comes between the scores and the result: on-site inspections."""
        if not self.size.visits:
            return None
        self._stage(960, 970)(0, 1, words()["visits"])
        return make_visits(office, self.folder, PASSPHRASE, self.clock, self.cancel)

    def _finish(self, office: Office) -> None:
        exports = self.folder / "exports"
        exports.mkdir()
        export_results(office, exports, "json")
        export_results(office, exports, "csv")
        export_results(office, exports, "json", internal=True)
        reports = self.folder / "reports"
        reports.mkdir()
        notice_report(office, reports / "notice.pdf")
        # One panel of each category shows what a summary looks like; the others are one command away.
        first = self.batch.fields[0].id
        show, panels = self._stage(970, 1000), [panel for panel in panels_of(office) if panel[1] == first]
        for number, (category, name) in enumerate(panels):
            show(number, len(panels), f"{category}-{name}")
            panel_report(office, reports / f"panel_{category}_{name}.pdf", category, name)
        reviewed = min(name for name in self.reviewers if name != self.left_open)
        office_sheet_report(office, reviewed, reports / f"score-sheets_{reviewed}.pdf")
        secret_slips(office, office.issued(), reports / "secret-slips.pdf")

    def _open_me(self, issued: Mapping[str, IssuedBundle]) -> tuple[Path, Path]:
        """One bundle with its secret, not reviewed yet."""
        folder = self.folder / "open-me"
        folder.mkdir()
        source = Path(issued[self.left_open].path)
        bundle, secret = folder / source.name, folder / "secret.txt"
        shutil.copyfile(source, bundle)
        secret.write_text(recover_secret(bundle, self.recovery) + "\n", encoding="utf-8")
        for name in ("README.txt", "open-me/README.txt", *(["open-visit/README.txt"] if self.visited else [])):
            self._readme(self.folder / name, bundle.name)
        return bundle, secret

    def _readme(self, path: Path, bundle: str) -> None:
        values = {"bundle": bundle, "passphrase": PASSPHRASE, "expert": self.left_open}
        keys = ["demo.readme"]
        if self.visited is not None:
            keys.append("demo.readme.visits")
            values |= {"visit": self.visited.open_visit.name, "key": self.visited.inspector_key.name}
        parts = [text(key, language, **values) for language in ("zh_CN", "en") for key in keys]
        path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _plan_pages(serial: int) -> int:
    """Most work plans have about ten pages, every twelfth nearly forty."""
    return 38 if serial % 12 == 5 else 8 + serial * 7 % 9
