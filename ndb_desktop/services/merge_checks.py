"""What a score file must satisfy before the registry takes it: each refusal has its own code.

Everything is compared with what this registry issued and decided; nothing in the file is believed but its signature.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ndb_desktop.domain.batch import KeyStatus
from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.scoring import sheet_findings
from ndb_desktop.formats.scorefile import OpenedScore, OpenedSheet, computed_figure
from ndb_desktop.storage.registry_rows import ExpertKey, IssuedBundle

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

_CACHE = 4_096


@dataclass(frozen=True, slots=True)
class KeyFinding:
    """Whose key signed: `new` is the key an enrolment brought, to be kept with the file."""

    status: KeyStatus
    new: ExpertKey | None = None


class Checker:
    """Checks score files against one registry; remembers what is asked again for every file."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._batch = office.batch
        self._issued: Mapping[str, IssuedBundle] = {bundle.bundle_id: bundle for bundle in office.issued()}
        self._issued_to = {bundle.bundle_id: frozenset(bundle.applications) for bundle in self._issued.values()}
        self._assigned = {(pair.application, pair.expert) for pair in office.assignments()}
        self._keys: dict[str, list[ExpertKey]] = {}
        self._owner: dict[str, str] = {}
        for key in office.expert_keys():
            self._remember(key)
        # What the rules compute does not depend on the expert: once per application and item.
        self._computed: OrderedDict[str, dict[str, str]] = OrderedDict()
        self._applications: OrderedDict[str, Application] = OrderedDict()

    def _remember(self, key: ExpertKey) -> None:
        self._keys.setdefault(key.expert, []).append(key)
        self._owner[key.keyid] = key.expert

    def check(self, opened: OpenedScore) -> KeyFinding:
        """Refuses the file or says whose key signed it.

        Raises:
            NdbError: E-TRIAL, E-BATCH, E-BUNDLE-UNKNOWN, E-BUNDLE-REVOKED, E-BUNDLE-DIGEST, E-PERSON, E-KEY-REVOKED,
                E-KEY-UNKNOWN, E-STATEMENTS, E-NOT-ASSIGNED, E-PACK, E-COMPUTED, and as `FaultsError` what
                `domain.scoring.sheet_findings` finds.
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
        return finding

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
        for pack in self._office.packs.values():
            if pack.digest not in packs:
                continue
            for statement in pack.statements:
                if agreed.get(statement.id) != statement.sha256:
                    raise NdbError("E-STATEMENTS", statement=statement.id)

    def _sheet_faults(self, opened: OpenedScore, sheet: OpenedSheet) -> list[Fault]:
        record, expert = sheet.record, opened.payload.expert.id
        place = record.application
        issued = self._issued_to[opened.payload.bundle.id]
        if record.application not in issued or (record.application, expert) not in self._assigned:
            return [Fault("E-NOT-ASSIGNED", place, {"expert": expert, "application": record.application})]
        application = self._application(record.application)
        pack = self._office.pack_of(application)
        if record.pack != pack.digest:
            return [Fault("E-PACK", place, {"found": record.pack[:12], "wanted": pack.digest[:12]})]
        findings = sheet_findings(pack, application, record.to_sheet())
        faults = [Fault(f.code, f"{place}/{f.place}", f.params) for f in findings]
        if faults or record.status != "scored":
            return faults
        return self._computed_faults(application, sheet)

    def _computed_faults(self, application: Application, sheet: OpenedSheet) -> list[Fault]:
        """R12: the score of an objective item is what the rule says, for everyone."""
        expected = self._expected(application)
        faults = []
        for item in sheet.record.items:
            wanted = expected.get(item.item) if item.state == "scored" else None
            if item.computed != wanted:
                params = {"item": item.item, "found": item.computed or "-", "wanted": wanted or "-"}
                faults.append(Fault("E-COMPUTED", f"{application.id}/{item.item}", params))
        return faults

    def _application(self, name: str) -> Application:
        """An application comes with each of its experts; reading it once a merge is enough, for nothing changes it."""
        known = self._applications.get(name)
        if known is None:
            known = self._applications[name] = self._office.cover(name)
            if len(self._applications) > _CACHE:
                self._applications.popitem(last=False)
        return known

    def _expected(self, application: Application) -> dict[str, str]:
        known = self._computed.get(application.id)
        if known is None:
            known = {item: computed_figure(score) for item, score in self._office.computed(application).items()}
            self._computed[application.id] = known
            if len(self._computed) > _CACHE:
                self._computed.popitem(last=False)
        return known
