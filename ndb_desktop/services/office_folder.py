"""总库文件夹: makes the registry folder of a batch, and opens it with the coordinator's or the recovery key."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.crypto.sealing import seal, unseal
from ndb_desktop.domain.batch import Batch
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.formats.batchfile import batch_to_json
from ndb_desktop.formats.batchplan import BatchFacts, facts_to_json
from ndb_desktop.formats.copyfile import NAME as COPY_MANIFEST
from ndb_desktop.services.calendars import load_calendar
from ndb_desktop.services.intake_leftovers import sweep
from ndb_desktop.services.office import ATTACHMENTS, KEY_FILE, REGISTRY_FILE, Clock, Office
from ndb_desktop.services.succession_link import check_link
from ndb_desktop.storage.atomic import atomic_write, known_os_errors
from ndb_desktop.storage.engine import new_raw_key
from ndb_desktop.storage.registry import Registry

FACTS = "facts"
"""Name of the text of a registry that holds the facts of its batch (see `formats.batchplan`)."""


@dataclass(frozen=True, slots=True)
class Inherited:
    """What a registry takes over from its predecessor: named texts, and what the log says of it."""

    texts: Mapping[str, str]
    details: Mapping[str, object]


def create_office(
    folder: Path,
    *,
    batch: Batch,
    packs: Mapping[Category, RulePack],
    identity: Identity,
    name: str,
    recovery: PublicKey,
    clock: Clock,
    facts: BatchFacts | None = None,
    inherited: Inherited | None = None,
) -> Office:
    """Makes a new registry for a batch in `folder`; `facts` None keeps none, as registries of older programs do.

    What is `inherited` stands in it from its first moment.

    Raises:
        NdbError: E-OFFICE-EXISTS, E-OFFICE-PACK (a pack does not fit its category), E-OFFICE-SAME-KEY (recovery key is
            the coordinator's own), E-CALENDAR-UNKNOWN (no such holiday calendar), E-STORE-*.
    """
    database = folder / REGISTRY_FILE
    if database.exists():
        raise NdbError("E-OFFICE-EXISTS", place=str(folder))
    _check_plan(batch, packs)
    if recovery == identity.public:
        raise NdbError("E-OFFICE-SAME-KEY")
    with known_os_errors(folder.name):
        (folder / ATTACHMENTS).mkdir(parents=True, exist_ok=True, mode=0o700)
    # The registry exists once it is complete and has its name; an interrupted start leaves nothing that opens.
    unfinished = folder / f".{REGISTRY_FILE}.part"
    with suppress(FileNotFoundError):
        unfinished.unlink()
    key = new_raw_key()
    registry = Registry.create(unfinished, key)
    office = Office(folder, identity, registry, clock)
    try:
        with registry.transaction():
            registry.put_batch(batch.id, batch_to_json(batch))
            for category, pack in packs.items():
                registry.put_pack(category, pack.digest, pack.raw)
            registry.set_meta("name", name)
            registry.set_meta("coordinator", identity.public.openssh)
            registry.set_meta("recovery", recovery.openssh)
            if facts is not None:
                registry.set_meta(FACTS, facts_to_json(facts).decode("utf-8"))
            office.log("created", batch.id, {"name": name, "trial": batch.trial})
            if inherited is not None:
                for key_name, kept in inherited.texts.items():
                    registry.set_meta(key_name, kept)
                office.log("succession", batch.id, inherited.details)
    finally:
        registry.close()
    with atomic_write(folder / KEY_FILE) as stream:
        stream.write(seal(key.encode("ascii"), [identity.public, recovery]))
    with known_os_errors(folder.name):
        unfinished.replace(database)
    return Office(folder, identity, Registry.open(database, key), clock)


def _check_plan(batch: Batch, packs: Mapping[Category, RulePack]) -> None:
    """Whether calendar and packs fit the batch. Raises NdbError E-CALENDAR-UNKNOWN, E-OFFICE-PACK."""
    load_calendar(batch.calendar)
    for category, pack in packs.items():
        if pack.category != category:
            raise NdbError("E-OFFICE-PACK", category=category, pack=pack.id)
    if not set(batch.quotas) <= set(packs) or not packs:
        raise NdbError("E-OFFICE-PACK", category=", ".join(sorted(set(batch.quotas) - set(packs))) or "-", pack="-")


def open_office(folder: Path, identity: Identity, *, clock: Clock) -> Office:
    """Opens a registry with the coordinator's or the recovery key; clears what a killed import left in it.

    With the recovery key every change is refused with E-OFFICE-RECOVERY; the log, copies and a rebuild go on.

    Raises:
        NdbError: E-OFFICE-MISSING, E-COPY-OPEN (a safety copy), E-AGE-KEY (sealed to somebody else), E-SUCCESSION-LINK
            and E-SUCCESSION-FROZEN (the link to its predecessor is not what was signed), E-STORE-*.
    """
    if (folder / COPY_MANIFEST).is_file():
        raise NdbError("E-COPY-OPEN", place=folder.name)
    database, key_file = folder / REGISTRY_FILE, folder / KEY_FILE
    if not database.is_file() or not key_file.is_file():
        raise NdbError("E-OFFICE-MISSING", place=str(folder))
    with known_os_errors(key_file.name):
        sealed = key_file.read_bytes()
    key = unseal(sealed, identity, max_size=64).decode("ascii", errors="replace")
    try:
        registry = Registry.open(database, key)
    except ValueError:
        raise NdbError("E-STORE-KEY", place=database.name) from None
    office = Office(folder, identity, registry, clock)
    try:
        for fault in check_link(office, log=False):
            raise NdbError(fault.code, **fault.params)
        if office.recovered:
            registry.ask_before_changes(office.signer)
        sweep(office, folder / ATTACHMENTS)
    except BaseException:
        office.close()
        raise
    return office
