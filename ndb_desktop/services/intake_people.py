"""Experts and what is known of them: roster and cards, keys confirmed or revoked, conflicts from a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.domain.batch import Expert
from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.formats.batchfile import expert_to_json
from ndb_desktop.formats.card import EXTENSION, OpenedCard, open_card
from ndb_desktop.formats.tables import read_conflicts, read_roster
from ndb_desktop.services.identity import plain_fingerprint
from ndb_desktop.storage.atomic import known_os_errors
from ndb_desktop.storage.registry_rows import ExpertKey, ExpertRow

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

MAX_CARD_FILE = 64 * 1024
MAX_TABLE_FILE = 17 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PeopleReport:
    """What was taken: `rows` of the table, `keys` new public keys; `faults` name what was left out."""

    rows: int
    keys: int
    faults: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was wrong."""
        return not self.faults


def _read(path: Path, most: int) -> bytes:
    with known_os_errors(path.name), path.open("rb") as stream:
        return stream.read(most)


def import_experts(office: Office, roster: Path, cards: Path | None = None) -> PeopleReport:
    """Takes the roster (CSV) and, if given, a folder of `.ndbcard` files; all or nothing.

    A card belongs to the expert whose id its file name carries (`E07.ndbcard`, `E07_name.ndbcard`), else to the only
    expert with its name. Its key counts as unconfirmed until the fingerprint was compared by another channel.

    Raises:
        NdbError: E-OFFICE-RECOVERY, E-STORE-* when a file cannot be read or the registry not be written; faults stand
            in the report.
    """
    office.signer()
    try:
        experts = read_roster(_read(roster, MAX_TABLE_FILE), roster.name, office.batch)
    except NdbError as error:
        return _refused(office, roster, error.faults)
    known = {expert.id: expert for expert in office.experts()} | {expert.id: expert for expert in experts}
    found: list[ExpertKey] = []
    faults: list[Fault] = []
    if cards is not None:
        _match_cards(office, cards, list(known.values()), found, faults)
    if faults:
        return _refused(office, roster, tuple(faults))
    at = office.now()
    with office.registry.transaction():
        office.registry.put_experts(ExpertRow(expert.id, expert_to_json(expert), at) for expert in experts)
        for key in found:
            office.registry.put_key(key)
        office.log("import.experts", office.batch.id, {"experts": len(experts), "keys": [key.keyid for key in found]})
    return PeopleReport(len(experts), len(found), ())


def log_refused_import(office: Office, source: str, faults: Sequence[Fault]) -> None:
    """Puts an import that was refused on record: from where, how many faults, the first of them."""
    first = faults[0]
    details = {"source": source, "faults": len(faults), "code": first.code, "place": first.place}
    office.log("import.refused", office.batch.id, details)


def _refused(office: Office, source: Path, faults: tuple[Fault, ...]) -> PeopleReport:
    log_refused_import(office, source.name, faults)
    return PeopleReport(0, 0, faults)


def _match_cards(
    office: Office, folder: Path, experts: Sequence[Expert], found: list[ExpertKey], faults: list[Fault]
) -> None:
    on_record = {key.keyid: key for key in office.expert_keys()}
    valid = {key.expert: key for key in on_record.values() if key.status != "revoked"}
    with known_os_errors(folder.name):
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == EXTENSION and not path.is_symlink())
    for path in paths:
        try:
            card = open_card(_read(path, MAX_CARD_FILE), place=path.name)
            expert = _owner(path, card, experts)
            key = _new_key(office, card, expert, path.name, on_record, valid)
        except NdbError as error:
            faults.extend(error.faults)
            continue
        if key is not None:
            found.append(key)
            on_record[key.keyid] = valid[expert.id] = key


def _owner(path: Path, card: OpenedCard, experts: Sequence[Expert]) -> Expert:
    """Whose card it is. Raises NdbError E-CARD-NOBODY, E-CARD-NAMESAKE, E-CARD-NAME."""
    by_id = {expert.id: expert for expert in experts}
    stem = path.stem
    expert = by_id.get(stem) or by_id.get(stem.split("_", 1)[0])
    if expert is not None:
        if expert.name != card.payload.name:
            raise NdbError("E-CARD-NAME", place=path.name, expert=expert.id, name=card.payload.name)
        return expert
    named = [expert for expert in experts if expert.name == card.payload.name]
    if len(named) > 1:
        named = [expert for expert in named if expert.employer == card.payload.employer] or named
    if not named:
        raise NdbError("E-CARD-NOBODY", place=path.name, name=card.payload.name)
    if len(named) > 1:
        raise NdbError("E-CARD-NAMESAKE", place=path.name, name=card.payload.name)
    return named[0]


def _new_key(
    office: Office,
    card: OpenedCard,
    expert: Expert,
    place: str,
    on_record: dict[str, ExpertKey],
    valid: dict[str, ExpertKey],
) -> ExpertKey | None:
    """The key to keep, None when it is on record already. Raises NdbError E-TRIAL-CARD, E-CARD-TAKEN, E-CARD-OTHER."""
    if card.payload.trial != office.batch.trial:
        raise NdbError("E-TRIAL-CARD", place=place)
    known = on_record.get(card.key.keyid)
    if known is not None:
        if known.expert != expert.id or known.status == "revoked":
            raise NdbError("E-CARD-TAKEN", place=place, expert=known.expert)
        return None
    if expert.id in valid:
        raise NdbError("E-CARD-OTHER", place=place, expert=expert.id)
    return ExpertKey(expert.id, card.key.keyid, card.key.openssh, "unconfirmed", "card", office.now())


def confirm_key(office: Office, expert: str, fingerprint: str) -> ExpertKey:
    """The coordinator compared the fingerprint by another channel: the key is active.

    Raises:
        NdbError: E-OFFICE-KEY (no such key of this expert), E-KEY-REVOKED.
    """
    key = _find(office.expert_keys(expert), expert, fingerprint)
    if key.status == "revoked":
        raise NdbError("E-KEY-REVOKED", expert=expert, keyid=key.keyid)
    with office.registry.transaction():
        office.registry.set_key_status(expert, key.keyid, "active", office.now(), "")
        office.log("key.confirmed", expert, {"key": key.keyid})
    return _find(office.expert_keys(expert), expert, fingerprint)


def revoke_key(office: Office, expert: str, fingerprint: str, reason: str) -> ExpertKey:
    """The key no longer counts: sheets that only it signed are void, new files with it are refused.

    Raises:
        NdbError: E-OFFICE-KEY, E-REASON.
    """
    if not reason.strip():
        raise NdbError("E-REASON")
    key = _find(office.expert_keys(expert), expert, fingerprint)
    with office.registry.transaction():
        office.registry.set_key_status(expert, key.keyid, "revoked", office.now(), reason)
        office.registry.resettle()
        office.log("key.revoked", expert, {"key": key.keyid, "reason": reason})
    return _find(office.expert_keys(expert), expert, fingerprint)


def _find(keys: Iterable[ExpertKey], expert: str, fingerprint: str) -> ExpertKey:
    wanted = plain_fingerprint(fingerprint)
    for key in keys:
        if key.keyid == wanted:
            return key
    raise NdbError("E-OFFICE-KEY", expert=expert, keyid=wanted[:80])


def import_conflicts(office: Office, table: Path) -> PeopleReport:
    """Takes known conflicts (CSV), all or nothing; `rows` counts those that are new or changed.

    Raises:
        NdbError: E-OFFICE-RECOVERY, E-STORE-*; faults stand in the report.
    """
    office.signer()
    experts = frozenset(row.id for row in office.registry.experts())
    applications = frozenset(office.registry.application_digests())
    try:
        conflicts = read_conflicts(_read(table, MAX_TABLE_FILE), table.name, experts, applications)
    except NdbError as error:
        return _refused(office, table, error.faults)
    return PeopleReport(office.add_conflicts(conflicts), 0, ())
