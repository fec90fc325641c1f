"""接续: a new registry made from its predecessor, for the next stage of the same bases or for the next batch.

What was frozen there is taken over byte for byte, and a signed link says from where. The predecessor is only read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain.decision import Officer, Role
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.lifecycle import Life, State
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.recommenders import Recommenders
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.stagepack import AnyStagePack
from ndb_desktop.formats.applications import application_from_own
from ndb_desktop.formats.archive import LogHead
from ndb_desktop.formats.batchplan import BatchFacts, BatchPlan
from ndb_desktop.formats.manifest import IssuerRef
from ndb_desktop.formats.succession import BaseRef, PredecessorRef, Stage, SuccessionPayload, build_link
from ndb_desktop.services.archive_parts import log_head, logged
from ndb_desktop.services.batch_plan import facts_of, plan_of, start_office
from ndb_desktop.services.lifecycle import all_lives
from ndb_desktop.services.objections import check_none_open
from ndb_desktop.services.office import Clock, Office, iso
from ndb_desktop.services.office_folder import Inherited, open_office
from ndb_desktop.services.outcome import check_publishable, standing, unsettled
from ndb_desktop.services.results_compute import compute
from ndb_desktop.services.stage_accepted import accepted_bytes
from ndb_desktop.services.stage_packs import chosen_packs
from ndb_desktop.services.stage_work import PACK
from ndb_desktop.services.succession_archive import FiledRegistry, read_filed
from ndb_desktop.services.succession_followers import Follower, check_free, followers
from ndb_desktop.services.succession_link import (
    ACCEPTED,
    FROZEN,
    LINK,
    SOURCE,
    check_link,
    frozen_bytes,
    is_follow_up,
    link_of,
)

STAGES: Mapping[Stage, frozenset[State]] = {
    "selection": frozenset(), "acceptance": frozenset({"creating"}), "effect": frozenset({"recognised", "retained"}),
}  # fmt: skip
"""Bases in which states go on into a stage; into the next batch none."""


@dataclass(frozen=True, slots=True)
class Predecessor:
    """A registry as far as another may follow it; `texts` are applications by id, of those taken over only.

    `carried` names for a base that it took over itself the decision that came with it, `accepted` its application with
    what 评估验收 accepted, if there was one; `followers` are registries its log notes as following it.
    """

    ref: PredecessorRef
    trial: bool
    packs: Mapping[Category, RulePack]
    lives: Mapping[str, Life]
    texts: Mapping[str, bytes]
    recommenders: Recommenders | None
    officers: tuple[Officer, ...]
    carried: Mapping[str, str]
    accepted: Mapping[str, bytes] = field(default_factory=dict)
    followers: tuple[Follower, ...] = ()
    source: Literal["registry", "archive"] = "registry"
    """Where it was read from: an archive holds no recommending bodies, so none are taken over from one."""
    plan: BatchPlan | None = None
    """What the form of the next registry begins with; the facts around the batch are not in an archive."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A registry that was made, the link in it, and who was in office before: a proposal, nobody is appointed by it.

    `packs` are those of the later stage; a category without one takes in nothing.
    """

    office: Office
    link: SuccessionPayload
    officers: tuple[Officer, ...]
    packs: Mapping[Category, AnyStagePack] = field(default_factory=dict)


def read_predecessor(path: Path, stage: Stage, identity: Identity, *, clock: Clock) -> Predecessor:
    """A settled registry: its folder, opened with `identity`, or the archive it was filed as.

    Raises:
        NdbError: E-SUCCESSION-OPEN (something is unsettled), E-FINAL-FIRST, E-FINAL-CHANGED, E-OBJECTION-OPEN,
            E-SUCCESSION-UNSOUND (its log, decisions or link do not fit), as `open_office` and `read_filed`.
    """
    if path.is_dir():
        office = open_office(path, identity, clock=clock)
        try:
            return _from_office(office, stage)
        finally:
            office.close()
    return _from_filed(read_filed(path), stage)


def _from_office(office: Office, stage: Stage) -> Predecessor:
    if not office.verify_log().ok:
        raise NdbError("E-SUCCESSION-UNSOUND", detail="log")
    for fault in (*office.decided.check(), *check_link(office)):
        raise NdbError("E-SUCCESSION-UNSOUND", detail=fault.code)
    _check_settled(office)
    final = standing(office)
    rows = logged(office)
    entries, head = log_head(rows)
    filed = [str(row.details["sha256"]) for row in office.log_rows() if row.action == "archive"]
    found = all_lives(office).bases
    read = _reader(office)
    taken = [name for name, life in found.items() if life.state in STAGES[stage]]
    ref = PredecessorRef(
        registry=rows[0].sha256,
        batch=office.batch.id,
        coordinator=IssuerRef(office.name, office.coordinator.age_recipient),
        result=final.digest or None,
        final=final.state == "final",
        log=LogHead(entries, head),
        archive=filed[-1] if filed else None,
        packs={category: pack.digest for category, pack in office.packs.items()},
    )
    texts = {name: read(name) for name in taken}
    officers = office.decided.officers()
    listed = facts_of(office).recommenders
    link = link_of(office)
    carried = {} if link is None else {one.application: one.decision for one in link.bases}
    accepted = {name: data for name in taken if stage == "effect" and (data := accepted_bytes(office, name))}
    return Predecessor(
        ref, office.batch.trial, dict(office.packs), found, texts, listed, officers, carried, accepted,
        followers(office.log_rows()), plan=plan_of(office),
    )  # fmt: skip


def _check_settled(office: Office) -> None:
    if is_follow_up(office):
        # Its moves are signed one by one, and there is no list of selected applicants to be final.
        check_none_open(office)
        return
    result = compute(office)
    left = sorted({name for one in unsettled(office, result) for name in one.subjects})
    if left:
        raise NdbError("E-SUCCESSION-OPEN", count=len(left), applications=", ".join(left[:5]))
    check_publishable(office, result)


def _reader(office: Office) -> Callable[[str], bytes]:
    def read(name: str) -> bytes:
        if is_follow_up(office):
            return frozen_bytes(office, name)
        row = office.registry.application(name)
        return b"" if row is None else row.json

    return read


def _from_filed(filed: FiledRegistry, stage: Stage) -> Predecessor:
    ref = PredecessorRef(
        registry=filed.registry,
        batch=filed.batch.id,
        coordinator=filed.coordinator,
        result=filed.result,
        final=filed.final,
        log=filed.log,
        archive=filed.digest,
        packs={category: pack.digest for category, pack in filed.packs.items()},
    )
    taken = [name for name, life in filed.lives.items() if life.state in STAGES[stage]]
    texts = {name: filed.texts[name] for name in taken}
    accepted = {name: filed.accepted[name] for name in taken if name in filed.accepted}
    return Predecessor(
        ref, filed.batch.trial, filed.packs, filed.lives, texts, None, filed.officers, filed.carried, accepted,
        followers(filed.entries), "archive", BatchPlan(filed.batch, BatchFacts()),
    )  # fmt: skip


def follow(
    folder: Path,
    *,
    predecessor: Predecessor,
    stage: Stage,
    plan: BatchPlan,
    identity: Identity,
    name: str,
    recovery: PublicKey,
    officers: Sequence[tuple[Role, bytes]] = (),
    reason: str = "",
    packs: Mapping[Category, RulePack] | None = None,
    stage_packs: Iterable[AnyStagePack] = (),
    again: bool = False,
    clock: Clock,
) -> Followed:
    """Makes the registry. Later stages keep the packs that were frozen; `packs` are for the next batch alone.

    `stage_packs` take the place of the shipped packs of the stage. The recommending bodies are taken over where the
    plan names none. A predecessor that another registry follows for the same stage, as far as its log says, is followed
    only `again` on purpose.

    Raises:
        NdbError: E-SUCCESSION-FOLLOWED, E-SUCCESSION-TRIAL (one is a trial, the other is not), E-SUCCESSION-BATCH (the
            same batch id), E-SUCCESSION-EMPTY (no base is in the state for this stage), E-SUCCESSION-FIELD (a base's
            field or category is not in the plan), E-STAGE-PACK, and as `start_office`.
        FaultsError: an own pack of the stage that does not fit.
    """
    batch = plan.batch
    if batch.trial != predecessor.trial:
        raise NdbError("E-SUCCESSION-TRIAL")
    if batch.id == predecessor.ref.batch:
        raise NdbError("E-SUCCESSION-BATCH", batch=batch.id)
    if not again:
        check_free(predecessor.followers, stage)
    _check_bases(predecessor, stage, plan)
    used = dict(packs or {}) if stage == "selection" else dict(predecessor.packs)
    staged = {} if stage == "selection" else chosen_packs(stage, used, stage_packs)
    if plan.facts.recommenders is None and predecessor.recommenders is not None:
        plan = replace(plan, facts=replace(plan.facts, recommenders=predecessor.recommenders))
    link = SuccessionPayload(
        trial=batch.trial,
        batch=batch.id,
        stage=stage,
        predecessor=predecessor.ref,
        bases=tuple(_base(predecessor, base, stage) for base in sorted(predecessor.texts)),
        issuer=IssuerRef(name, identity.public.age_recipient),
        at=iso(clock()),
    )
    signed = build_link(link, identity)
    texts = {LINK: signed.decode("utf-8"), SOURCE: predecessor.source}
    texts.update({FROZEN + base: data.decode("utf-8") for base, data in predecessor.texts.items()})
    texts.update({PACK + category: pack.raw.decode("utf-8") for category, pack in staged.items()})
    if stage == "effect":
        texts.update({ACCEPTED + base: data.decode("utf-8") for base, data in predecessor.accepted.items()})
    details = {
        "stage": stage, "predecessor": predecessor.ref.batch, "registry": predecessor.ref.registry,
        "head": predecessor.ref.log.head, "bases": len(link.bases), "final": predecessor.ref.final,
        "link": hashlib.sha256(signed).hexdigest(), "packs": {name: pack.digest for name, pack in staged.items()},
    }  # fmt: skip
    office = start_office(
        folder,
        plan=plan,
        packs={category: used[category] for category in batch.quotas if category in used},
        identity=identity,
        name=name,
        recovery=recovery,
        officers=officers,
        reason=reason,
        clock=clock,
        inherited=Inherited(texts, details),
    )
    return Followed(office, link, predecessor.officers, staged)


def _check_bases(predecessor: Predecessor, stage: Stage, plan: BatchPlan) -> None:
    if stage != "selection" and not predecessor.texts:
        raise NdbError("E-SUCCESSION-EMPTY", batch=predecessor.ref.batch)
    fields = {one.id for one in plan.batch.fields}
    for base, data in predecessor.texts.items():
        known = application_from_own(data)
        if known.field not in fields or known.category not in plan.batch.quotas:
            raise NdbError("E-SUCCESSION-FIELD", application=base, field=known.field, category=known.category)


def _base(predecessor: Predecessor, base: str, stage: Stage) -> BaseRef:
    life = predecessor.lives[base]
    since = "" if life.since is None else life.since.isoformat()
    # One that was taken over and not moved since has no step of its own: then the old decision stands.
    decision = life.steps[-1].decision.digest if life.steps else predecessor.carried[base]
    digest = hashlib.sha256(predecessor.texts[base]).hexdigest()
    reached = predecessor.accepted.get(base) if stage == "effect" else None
    accepted = None if reached is None else hashlib.sha256(reached).hexdigest()
    for state in ("creating", "recognised", "retained"):
        if state == life.state:
            return BaseRef(base, digest, state, since, decision, accepted)
    raise ValueError(life.state)
