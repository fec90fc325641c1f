"""接续 as a form: what is known before anything is made, what the form begins with, its faults; and the making."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.decision import Role
from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.lifecycle import STATES, State
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.stagepack import AcceptancePack, AnyStagePack, EffectPack
from ndb_desktop.formats.applications import application_from_own
from ndb_desktop.formats.batchplan import BatchPlan
from ndb_desktop.formats.succession import Stage
from ndb_desktop.services.batch_form import BatchForm, take_over
from ndb_desktop.services.calendars import builtin_calendars
from ndb_desktop.services.identity import create_identity, public_path, unlock
from ndb_desktop.services.office import Clock
from ndb_desktop.services.rulepacks import load_any_pack
from ndb_desktop.services.stage_packs import chosen_packs
from ndb_desktop.services.succession import Followed, Predecessor, follow
from ndb_desktop.services.succession_followers import check_free, note_followed
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.texts import text

MAX_ID = 64
TITLES: Mapping[Stage, str] = {
    "selection": "follow.title.selection", "acceptance": "follow.title.acceptance", "effect": "follow.title.effect",
}  # fmt: skip
"""The text that makes the title of a batch from that of the batch before."""


@dataclass(frozen=True, slots=True)
class GoingOn:
    """A base that goes on into the stage."""

    id: str
    applicant: str
    category: Category
    field: str
    state: State


@dataclass(frozen=True)
class Following:
    """A predecessor that was read from `path` for a stage, with the key that is to be the new coordinator's."""

    path: Path
    stage: Stage
    identity: Identity
    known: Predecessor


@dataclass(frozen=True)
class FollowOrder:
    """A registry that is to be made in `folder`; `packs` for the next batch alone, `stage_packs` for later stages."""

    following: Following
    folder: Path
    plan: BatchPlan
    name: str
    recovery_passphrase: str
    officers: Sequence[tuple[Role, bytes]]
    reason: str
    packs: Mapping[Category, RulePack]
    stage_packs: Sequence[AnyStagePack]
    again: bool
    note: bool


def going_on(known: Predecessor) -> tuple[GoingOn, ...]:
    """The bases that go on, by the number of their application, which says nothing of their worth."""
    found = []
    for name in sorted(known.texts):
        one = application_from_own(known.texts[name])
        found.append(GoingOn(name, one.applicant, one.category, one.field, known.lives[name].state))
    return tuple(found)


def staying(known: Predecessor) -> Mapping[State, int]:
    """How many do not go on, by their state, in the order of a base's life."""
    counted = Counter(life.state for name, life in known.lives.items() if name not in known.texts)
    return {state: counted[state] for state in STATES if counted[state]}


def prefill(form: BatchForm, following: Following, place: Path) -> None:
    """Puts into a fresh form of this year what the predecessor's plan says; `place` is where its folder will lie."""
    known, stage = following.known, following.stage
    if known.plan is None:
        return
    take_over(form, known.plan)
    before = known.plan.batch
    if stage != "selection":
        form.id = f"{before.id}-{stage}"[-MAX_ID:].lstrip("._-")
        # Ceilings are for choosing among applicants; here every base is judged by itself.
        form.totals = {}
        for row in form.fields:
            row.quotas = {}
        form.checked_list = known.plan.facts.recommenders is not None
    elif form.id == before.id:
        form.id = f"{before.id[: MAX_ID - 2]}-2"
    form.zh = text(TITLES[stage], "zh_CN", year=form.year, title=before.title.zh_CN)
    form.en = text(TITLES[stage], "en", year=form.year, title=before.title.en)
    form.name = known.ref.coordinator.name
    if f"cn-{form.year}" in builtin_calendars():
        form.calendar = f"cn-{form.year}"
    form.folder = str(place / form.id)


def follow_faults(form: BatchForm, following: Following, *, again: bool) -> tuple[Fault, ...]:
    """What of a form does not fit its predecessor, each at the field it stands in; a base's field at `follow.bases`."""
    known, stage = following.known, following.stage
    found = []
    if form.trial != known.trial:
        found.append(Fault("E-SUCCESSION-TRIAL", "batch.kind"))
    if form.id.strip() == known.ref.batch:
        found.append(Fault("E-SUCCESSION-BATCH", "batch.id", {"batch": known.ref.batch}))
    if stage != "selection" and not known.texts:
        found.append(Fault("E-SUCCESSION-EMPTY", "follow.bases", {"batch": known.ref.batch}))
    fields = {row.id.strip() for row in form.fields}
    for base in going_on(known):
        if base.field not in fields or base.category not in form.takes_part():
            said = {"application": base.id, "field": base.field, "category": base.category}
            found.append(Fault("E-SUCCESSION-FIELD", "follow.bases", said))
            break
    if not again:
        try:
            check_free(known.followers, stage)
        except NdbError as error:
            found.append(Fault(error.code, "follow.again", error.params))
    return tuple(found)


def is_followed(following: Following) -> bool:
    """Whether the predecessor's log says that another registry follows it for this stage."""
    return any(one.stage == following.stage for one in following.known.followers)


def read_stage_pack(path: Path, following: Following, category: Category) -> AnyStagePack:
    """An own pack for a category of the stage.

    Raises:
        NdbError: E-STAGE-PACK for one of another kind, stage or category; as `load_any_pack`.
        FaultsError: one that does not fit the pack the bases were selected by.
    """
    found = load_any_pack(path)
    if not isinstance(found, AcceptancePack | EffectPack):
        raise NdbError("E-STAGE-PACK", place=path.name, pack=found.id, stage="-", category="-")
    if found.category != category:
        raise NdbError("E-STAGE-PACK", place=path.name, pack=found.id, stage=found.stage, category=found.category)
    chosen_packs(following.stage, following.known.packs, [found])
    return found


def make_follow_up(
    order: FollowOrder, *, clock: Clock, progress: Progress, cancel: CancelToken
) -> tuple[Followed, NdbError | None]:
    """Makes the registry with a recovery key beside it; the error is why the predecessor could not be told of it.

    Cancelled or refused, it leaves nothing: the recovery key is taken away again. Once made, the registry stands.

    Raises:
        NdbError, FaultsError: as `follow` and `create_identity`.
        Cancelled: before the registry was made.
    """
    progress(0, 3, order.folder.name)
    known, identity = order.following.known, order.following.identity
    fresh = not order.folder.exists()
    order.folder.mkdir(parents=True, exist_ok=True)
    recovery: Path | None = None
    try:
        recovery = create_identity(
            order.folder, name=f"{order.name}-recovery", passphrase=order.recovery_passphrase,
            trial=order.plan.batch.trial,
        ).path  # fmt: skip
        progress(1, 3, order.folder.name)
        cancel.check()
        made = follow(
            order.folder, predecessor=known, stage=order.following.stage, plan=order.plan, identity=identity,
            name=order.name, recovery=unlock(recovery, order.recovery_passphrase).public, officers=order.officers,
            reason=order.reason, packs=order.packs, stage_packs=order.stage_packs, again=order.again, clock=clock,
        )  # fmt: skip
    except BaseException:
        _take_away(order.folder if fresh else None, recovery)
        raise
    progress(2, 3, order.folder.name)
    failed = _note(order, made, clock) if order.note and known.source == "registry" else None
    progress(3, 3, order.folder.name)
    return made, failed


def _take_away(folder: Path | None, recovery: Path | None) -> None:
    if recovery is not None:
        for path in (recovery, public_path(recovery)):
            with suppress(OSError):
                path.unlink(missing_ok=True)
    if folder is not None:
        # What somebody else put into it stays.
        with suppress(OSError):
            folder.rmdir()


def _note(order: FollowOrder, made: Followed, clock: Clock) -> NdbError | None:
    following = order.following
    try:
        note_followed(following.path, following.identity, made.office, made.link, clock=clock)
    except NdbError as error:
        return error
    return None
