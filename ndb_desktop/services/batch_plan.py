"""批次方案: the facts of a batch in its registry, the shipped list of 推荐单位, and making a registry after a plan."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path

from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain.decision import Role
from ndb_desktop.domain.errors import FaultsError, NdbError
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.recommenders import Recommender, Recommenders, list_faults
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.formats.batchplan import BatchFacts, BatchPlan, facts_from_json, facts_to_json, plan_from_json
from ndb_desktop.formats.card import OpenedCard, open_card
from ndb_desktop.formats.recommenderfile import read_recommenders, write_recommenders
from ndb_desktop.formats.sniff import MAX_CARD_FILE, FileKind, read_limited, require_kind
from ndb_desktop.formats.tables import MAX_SIZE as MAX_TABLE
from ndb_desktop.paths import resource
from ndb_desktop.services.calendars import regions
from ndb_desktop.services.office import Clock, Office
from ndb_desktop.services.office_folder import FACTS, Inherited, create_office
from ndb_desktop.storage.atomic import atomic_write, known_os_errors
from ndb_desktop.texts import text

MAX_PLAN = 2 * 1024 * 1024
# Once there is a supervisor, one must sign further appointments: the others come before.
_ORDER: tuple[Role, ...] = ("archivist", "supervisor")


@cache
def builtin_recommenders() -> Recommenders:
    """The shipped list (31 provinces, 兵团, five 计划单列市): a beginning, to be compared with the batch's notice."""
    data = json.loads(resource("recommenders.json").read_text(encoding="utf-8"))
    return Recommenders(tuple(Recommender(row["region"], row["name"]) for row in data["rows"]), data["cities"])


@cache
def general_names() -> tuple[str, ...]:
    """What every recommending body may be called after the name of its place."""
    data = json.loads(resource("recommenders.json").read_text(encoding="utf-8"))
    return tuple(data["general"])


def facts_of(office: Office) -> BatchFacts:
    """The facts of a registry; the usual ones for one made before they were kept. Raises NdbError `E-RECORD-…`."""
    kept = office.registry.meta(FACTS)
    return _read(kept) if kept else BatchFacts()


@lru_cache(maxsize=4)
def _read(text: str) -> BatchFacts:
    """Asked for every application of an import, and hardly ever changed."""
    return facts_from_json(text.encode("utf-8"), FACTS)


def plan_of(office: Office) -> BatchPlan:
    """What the next batch can be made after."""
    return BatchPlan(office.batch, facts_of(office))


def set_recommenders(office: Office, listed: Recommenders, *, reason: str) -> None:
    """Replaces the list of 推荐单位, which goes into the log; what was imported stays as it is.

    Raises:
        NdbError: E-REASON, E-OFFICE-RECOVERY.
        FaultsError: what is wrong with the list, at its rows.
    """
    if not reason.strip():
        raise NdbError("E-REASON")
    office.signer()
    if faults := list_faults(listed, regions()):
        raise FaultsError(faults)
    changed = replace(facts_of(office), recommenders=listed)
    with office.registry.transaction():
        office.registry.set_meta(FACTS, facts_to_json(changed).decode("utf-8"))
        details = {"rows": len(listed.rows), "cities": listed.cities, "reason": reason.strip()}
        office.log("recommenders", office.batch.id, details)


def read_recommender_table(path: Path) -> tuple[Recommender, ...]:
    """The rows of a CSV or `.xlsx` file. Raises NdbError as `read_recommenders`; E-STORE-*."""
    return read_recommenders(_bytes(path, MAX_TABLE), path.name)


def write_recommender_table(listed: Recommenders, target: Path, language: str) -> None:
    """The list as a CSV file that `read_recommender_table` reads back. Raises NdbError E-STORE-*."""
    header = (text("recommenders.column.region", language), text("recommenders.column.name", language))
    with atomic_write(target, mode=0o644) as stream:
        stream.write(write_recommenders(listed.rows, header))


def read_plan(path: Path) -> BatchPlan:
    """A batch plan or a bare batch file. Raises NdbError as `plan_from_json`; E-STORE-*."""
    return plan_from_json(_bytes(path, MAX_PLAN), path.name)


def _bytes(path: Path, most: int) -> bytes:
    """A file, or one byte more than it may have: its reader then says that it is too large."""
    with known_os_errors(path.name), path.open("rb") as stream:
        return stream.read(most + 1)


def read_card_file(path: Path) -> tuple[bytes, OpenedCard]:
    """A card (名片) as bytes and as what it says; read once. Raises NdbError for anything else."""
    require_kind(path, FileKind.CARD)
    data = read_limited(path, MAX_CARD_FILE)
    return data, open_card(data, place=path.name)


def start_office(
    folder: Path,
    *,
    plan: BatchPlan,
    packs: Mapping[Category, RulePack],
    identity: Identity,
    name: str,
    recovery: PublicKey,
    officers: Sequence[tuple[Role, bytes]] = (),
    reason: str = "",
    clock: Clock,
    inherited: Inherited | None = None,
) -> Office:
    """Makes a registry after a plan and appoints those whose cards (名片) are at hand, each with `reason`.

    Nothing is made when a card would not be taken.

    Raises:
        NdbError: as `create_office` and `DecisionBook.appoint`.
        FaultsError: what is wrong with the list of 推荐单位.
    """
    check_officers(officers, trial=plan.batch.trial, taken=(identity.public, recovery))
    listed = plan.facts.recommenders
    if listed is not None and (faults := list_faults(listed, regions())):
        raise FaultsError(faults)
    office = create_office(
        folder,
        batch=plan.batch,
        packs=packs,
        identity=identity,
        name=name,
        recovery=recovery,
        clock=clock,
        facts=plan.facts,
        inherited=inherited,
    )
    try:
        for role, card in sorted(officers, key=lambda one: _ORDER.index(one[0])):
            office.decided.appoint(card, role, reason=reason)
    except BaseException:
        office.close()
        raise
    return office


def check_officers(officers: Sequence[tuple[Role, bytes]], *, trial: bool, taken: Sequence[PublicKey] = ()) -> None:
    """Whether all cards can be taken. Raises NdbError: E-OFFICER-KEY, E-OFFICER-TRIAL, as `open_card`."""
    keys = {key.keyid for key in taken}
    for role, card in officers:
        opened = open_card(card)
        if opened.key.keyid in keys or role not in _ORDER:
            raise NdbError("E-OFFICER-KEY", name=opened.payload.name)
        if opened.payload.trial != trial:
            raise NdbError("E-OFFICER-TRIAL", name=opened.payload.name)
        keys.add(opened.key.keyid)
