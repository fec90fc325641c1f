"""What a score file must satisfy before the registry takes it: each refusal has its own code.

Everything is compared with what this registry issued and decided; nothing in the file is believed but its signature.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from ndb_desktop.domain.batch import KeyStatus
from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.scoring import computed_values, sheet_findings
from ndb_desktop.domain.secondround import SecondRound, answer_faults, rounds
from ndb_desktop.domain.sheetcheck import evidence_findings
from ndb_desktop.formats.applications import application_from_own
from ndb_desktop.formats.scorefile import OpenedScore, OpenedSheet, computed_figure, kept_figure
from ndb_desktop.formats.sheetrecord import evidence_link, value_of
from ndb_desktop.services.issue_chain import ancestors
from ndb_desktop.services.merge_marks import KnownMarks
from ndb_desktop.services.merge_stage import StageSheets
from ndb_desktop.storage.registry_rows import ExpertKey, IssuedBundle

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

_APPLICATIONS = 8_192
_FIGURES = 16_384
"""More than any round has: files come expert by expert, so a smaller cache would forget each one before its next use.
The figures of an application take about 2 kB."""
_Version = tuple[str, str]
"""An application, and the digest of an earlier version of it, "" for the present one."""


@dataclass(frozen=True, slots=True)
class KeyFinding:
    """Whose key signed: `new` is the key an enrolment brought, to be kept with the file."""

    status: KeyStatus
    new: ExpertKey | None = None
    notes: tuple[Fault, ...] = ()
    """What does not speak against taking the file, but should be known: sheets about data that were corrected since."""


class Checker:
    """Checks score files against one registry; remembers what is asked again for every file."""

    def __init__(self, office: Office, calibration: Sequence[IssuedBundle] | None = None) -> None:
        """With `calibration` files must come from these bundles (校准), whatever was issued and assigned otherwise."""
        self._office = office
        self._batch = office.batch
        issued = office.issued() if calibration is None else calibration
        self._issued: Mapping[str, IssuedBundle] = {bundle.bundle_id: bundle for bundle in issued}
        self._issued_to = {bundle.bundle_id: frozenset(bundle.applications) for bundle in self._issued.values()}
        self._digests = office.registry.application_digests()
        self._withdrawn = _withdrawn(tuple(self._issued.values()))
        self._assigned = {(pair.application, pair.expert) for pair in office.assignments()}
        if calibration is not None:
            self._assigned = {(name, bundle.expert) for bundle in calibration for name in bundle.applications}
        self._keys: dict[str, list[ExpertKey]] = {}
        self._owner: dict[str, str] = {}
        for key in office.expert_keys():
            self._remember(key)
        # What the rules compute does not depend on the expert: once per application and item.
        self._computed: OrderedDict[_Version, dict[str, str]] = OrderedDict()
        self._applications: OrderedDict[_Version, Application] = OrderedDict()
        self._categories = office.registry.application_categories()
        self._marks = KnownMarks()
        self._stages = StageSheets(office) if office.stage != "selection" else None

    def _remember(self, key: ExpertKey) -> None:
        self._keys.setdefault(key.expert, []).append(key)
        self._owner[key.keyid] = key.expert

    @cached_property
    def _rounds(self) -> Mapping[str, SecondRound]:
        """Rounds by id. Decisions that do not verify stop the files of rounds, and no others."""
        return {one.id: one for one in rounds(self._office.decided.all())}

    def check(self, opened: OpenedScore) -> KeyFinding:
        """Refuses the file or says whose key signed it.

        Raises:
            NdbError: E-TRIAL, E-BATCH, E-BUNDLE-UNKNOWN, E-BUNDLE-REVOKED, E-BUNDLE-DIGEST, E-PERSON, E-KEY-REVOKED,
                E-KEY-UNKNOWN, E-STATEMENTS, E-NOT-ASSIGNED, E-PACK, E-COMPUTED, E-ROUND-CLOSED, E-ROUND-OTHER,
                E-ROUND-REASON, E-ROUND-ANSWER, and as `FaultsError` what
                `domain.scoring.sheet_findings` finds, or in a later stage `domain.stageform.stage_findings`.
        """
        self._check_round(opened)
        finding = self._check_person(opened)
        self._check_statements(opened)
        faults: list[Fault] = []
        for sheet in opened.sheets:
            faults.extend(self._sheet_faults(opened, sheet))
        if len(faults) == 1:
            raise NdbError(faults[0].code, place=faults[0].place, **faults[0].params)
        if faults:
            raise FaultsError(faults)
        return replace(finding, notes=tuple(self._notes(opened)))

    def accept(self, finding: KeyFinding) -> None:
        """The file was taken: its new key counts for the next file of the same call."""
        if finding.new is not None:
            self._remember(finding.new)

    def _check_round(self, opened: OpenedScore) -> None:
        payload = opened.payload
        if payload.trial != self._batch.trial:
            raise NdbError("E-TRIAL" if payload.trial else "E-TRIAL-REGISTRY")
        if payload.batch != self._batch.id:
            raise NdbError("E-BATCH", found=payload.batch, wanted=self._batch.id)
        bundle = self._issued.get(payload.bundle.id)
        if bundle is None:
            raise NdbError("E-BUNDLE-UNKNOWN", bundle=payload.bundle.id)
        if bundle.digest != payload.bundle.digest:
            raise NdbError("E-BUNDLE-DIGEST", bundle=payload.bundle.id)
        if bundle.expert != payload.expert.id:
            raise NdbError("E-PERSON", found=payload.expert.id, wanted=bundle.expert)
        if bundle.revoked_at:
            raise NdbError("E-BUNDLE-REVOKED", bundle=bundle.bundle_id, at=bundle.revoked_at)
        if bundle.round and not self._rounds[bundle.round].open:
            raise NdbError("E-ROUND-CLOSED", round=bundle.round)

    def _check_person(self, opened: OpenedScore) -> KeyFinding:
        """The expert's key: known, or brought by the first file of an expert who has none (key unconfirmed)."""
        expert, keyid = opened.payload.expert.id, opened.keyid
        owner = self._owner.get(keyid)
        if owner is not None and owner != expert:
            raise NdbError("E-PERSON", found=owner, wanted=expert)
        known = self._keys.get(expert, [])
        for key in known:
            if key.keyid == keyid:
                if key.status == "revoked":
                    raise NdbError("E-KEY-REVOKED", expert=expert, keyid=keyid)
                return KeyFinding(key.status)
        if any(key.status != "revoked" for key in known):
            raise NdbError("E-PERSON-KEY", expert=expert, keyid=keyid)
        if opened.enrolment is None:
            raise NdbError("E-KEY-UNKNOWN", expert=expert, keyid=keyid)
        source: Literal["enrolment"] = "enrolment"
        new = ExpertKey(expert, keyid, opened.key.openssh, "unconfirmed", source, self._office.now())
        return KeyFinding("unconfirmed", new)

    def _check_statements(self, opened: OpenedScore) -> None:
        """R16: every statement of every pack in the file must be agreed to, in the wording of the pack."""
        agreed = {statement.id: statement.sha256 for statement in opened.payload.statements}
        packs = {sheet.record.pack for sheet in opened.sheets}
        for pack in (self._office.stage_packs if self._stages else self._office.packs).values():
            if pack.digest not in packs:
                continue
            for statement in pack.statements:
                if agreed.get(statement.id) != statement.sha256:
                    raise NdbError("E-STATEMENTS", statement=statement.id)

    def _sheet_faults(self, opened: OpenedScore, sheet: OpenedSheet) -> list[Fault]:
        record, expert = sheet.record, opened.payload.expert.id
        place = record.application
        issued = self._issued_to[opened.payload.bundle.id]
        mine = (record.application, expert) in self._assigned or self._taken_away(opened, record.application)
        if record.application not in issued or not mine:
            return [Fault("E-NOT-ASSIGNED", place, {"expert": expert, "application": record.application})]
        if (answer := self._answer_faults(opened, sheet)) is not None:
            return answer
        version = (record.application, self._earlier(opened, record.application))
        if self._stages is not None:
            return self._stages.faults(sheet, self._application(version))
        pack = self._pack(version)
        if record.pack != pack.digest:
            return [Fault("E-PACK", place, {"found": record.pack[:12], "wanted": pack.digest[:12]})]
        if self._marks.in_order(pack, record, self._expected(version)):
            links = record.evidence
            findings = evidence_findings(pack, self._application(version), map(evidence_link, links)) if links else ()
            return [Fault(f.code, f"{place}/{f.place}", f.params) for f in findings]
        found = sheet_findings(pack, self._application(version), record.to_sheet())
        faults = [Fault(f.code, f"{place}/{f.place}", f.params) for f in found]
        if faults or record.status != "scored":
            return faults
        return self._computed_faults(version, sheet)

    def _answer_faults(self, opened: OpenedScore, sheet: OpenedSheet) -> list[Fault] | None:
        """复评: a sheet answers the round its bundle was issued for, and no other; None when nothing is wrong."""
        record, expert, name = sheet.record, opened.payload.expert.id, self._issued[opened.payload.bundle.id].round
        answer = value_of(record.answer, None)
        if answer is None and not name:
            return None
        case = self._rounds[name].case(record.application) if name else None
        first = case.first.get(expert, "") if case is not None else ""
        if answer is None or not first or (answer.round, answer.first) != (name, first):
            return [Fault("E-ROUND-OTHER", record.application, {"application": record.application})]
        known = next(
            row.sheet for row in self._office.registry.sheet_versions(record.application, expert) if row.digest == first
        )
        faults = answer_faults(known, record.to_sheet())
        return [Fault(f.code, f"{record.application}/{f.place}", f.params) for f in faults] or None

    def _pack(self, version: _Version) -> RulePack:
        name, digest = version
        category = self._categories.get(name)
        if digest or category is None:
            return self._office.pack_of(self._application(version))
        return self._office.packs[category]

    def _earlier(self, opened: OpenedScore, application: str) -> str:
        """The digest of the version the bundle held, "" when that is the present one (or nothing is known of it)."""
        held = self._issued[opened.payload.bundle.id].contents.get(application, "")
        return "" if held == self._digests.get(application) else held

    def _taken_away(self, opened: OpenedScore, application: str) -> bool:
        """Whether a later bundle of the chain no longer holds an application that this one held."""
        return (opened.payload.bundle.id, application) in self._withdrawn

    def _notes(self, opened: OpenedScore) -> Iterator[Fault]:
        """Sheets that are taken, though not as the expert might think."""
        expert = opened.payload.expert.id
        for sheet in opened.sheets:
            name = sheet.record.application
            if (name, expert) not in self._assigned:
                yield Fault("E-SUPPLEMENT-WITHDRAWN", name, {"application": name})
            elif sheet.record.status == "scored" and self._earlier(opened, name):
                yield Fault("E-SUPPLEMENT-STALE", name, {"application": name})

    def _computed_faults(self, version: _Version, sheet: OpenedSheet) -> list[Fault]:
        """R12: the score of an objective item is what the rule says of the data the bundle held, for everyone.

        Results never use the figure in the file: they compute from the present data.
        """
        expected = self._expected(version)
        faults = []
        for item in sheet.record.items:
            wanted = expected.get(item.item) if item.state == "scored" else None
            if item.computed != wanted:
                params = {"item": item.item, "found": item.computed or "-", "wanted": wanted or "-"}
                faults.append(Fault("E-COMPUTED", f"{version[0]}/{item.item}", params))
        return faults

    def _application(self, version: _Version) -> Application:
        """An application comes with each of its experts; reading it once a merge is enough, for nothing changes it."""
        known = self._applications.get(version)
        if known is None:
            name, digest = version
            body = self._office.registry.application_text(name, digest) if digest else None
            known = application_from_own(body) if body is not None else self._office.cover(name)
            self._applications[version] = known
            if len(self._applications) > _APPLICATIONS:
                self._applications.popitem(last=False)
        return known

    def _expected(self, version: _Version) -> dict[str, str]:
        known = self._computed.get(version)
        if known is None:
            known = self._computed[version] = self._compute(version)
            if len(self._computed) > _FIGURES:
                self._computed.popitem(last=False)
        return known

    def _compute(self, version: _Version) -> dict[str, str]:
        office, (name, digest) = self._office, version
        if not digest:
            kept = office.registry.computed(name, self._pack(version).digest, self._digests.get(name, ""))
            if kept is not None:
                return {item: kept_figure(score) for item, score in kept.items()}
        application = self._application(version)
        if digest:
            scores = computed_values(office.pack_of(application), application, office.factor_of(application))
        else:
            scores = office.computed(application)
        return {item: computed_figure(score) for item, score in scores.items()}


def _withdrawn(issued: tuple[IssuedBundle, ...]) -> frozenset[tuple[str, str]]:
    """Bundle and application where a bundle later in the chain no longer holds the application."""
    found: set[tuple[str, str]] = set()
    for later in issued:
        if later.kind == "supplement":
            for earlier in ancestors(issued, later):
                found.update((earlier.bundle_id, name) for name in set(earlier.applications) - set(later.applications))
    return frozenset(found)
