"""检查员: who may go on a visit, known by the card each sent; and who of them may not go to whom (R17).

Inspectors record facts, experts score: whoever ever got an application of the same applicant to score, under whatever
id or key, does not inspect it. The grounds of 回避 hold for inspectors as for experts, as far as a card shows them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.crypto.identity import PublicKey
from ndb_desktop.domain.batch import Conflict, Expert
from ndb_desktop.domain.conflicts import detect, name_key
from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.model import Application
from ndb_desktop.formats.card import EXTENSION, OpenedCard, open_card
from ndb_desktop.formats.siteparts import decode_visit
from ndb_desktop.formats.sniff import MAX_CARD_FILE, read_limited
from ndb_desktop.services.identity import plain_fingerprint
from ndb_desktop.services.intake_people import PeopleReport, log_refused_import
from ndb_desktop.services.visit_withdraw import withdrawn_visits
from ndb_desktop.storage.atomic import known_os_errors
from ndb_desktop.storage.registry_visits import InspectorRow

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,39}")
_PREFIX = "J"
VISIT = "visit"
"""`Conflict.source` of a ground that a visit gives."""
CARD = "inspector.card."
"""Name of the text with a card as it came, followed by its key id; cards taken over before were not kept."""


def import_inspectors(office: Office, cards: Path) -> PeopleReport:
    """Takes the cards of inspectors, a folder of them or one; all or nothing.

    The id is what the file name begins with (`J07.ndbcard`, `J07_name.ndbcard`) where that is letters and digits, and
    the next free one (`J01`, `J02` …) otherwise. A key counts once its fingerprint was confirmed by another channel.

    Raises:
        NdbError: E-OFFICE-RECOVERY, E-STORE-* when a folder cannot be read; faults stand in the report,
            E-INSPECTOR-NONE, -TAKEN, -OTHER, -KEY, -TRIAL among them.
    """
    office.signer()
    with known_os_errors(cards.name):
        paths = sorted(p for p in cards.iterdir() if p.suffix.lower() == EXTENSION) if cards.is_dir() else [cards]
    known = {row.id: row for row in office.registry.inspectors()}
    found: list[InspectorRow] = []
    cards_of: dict[str, str] = {}
    faults: list[Fault] = [] if paths else [Fault("E-INSPECTOR-NONE", cards.name)]
    for path in paths:
        try:
            card = open_card(read_limited(path, MAX_CARD_FILE), place=path.name)
            row = _row(office, path, card, known)
        except NdbError as error:
            faults.extend(error.faults)
            continue
        if row is not None:
            found.append(row)
            known[row.id] = row
            cards_of[row.keyid] = card.envelope.decode("utf-8")
    if faults:
        log_refused_import(office, cards.name, faults)
        return PeopleReport(0, 0, tuple(faults))
    with office.registry.transaction():
        for row in found:
            office.registry.put_inspector(row)
            office.registry.set_meta(CARD + row.keyid, cards_of[row.keyid])
        details = {"inspectors": [row.id for row in found], "keys": [row.keyid for row in found]}
        office.log("visit.inspectors", office.batch.id, details)
    return PeopleReport(len(paths), len(found), ())


def _row(office: Office, path: Path, card: OpenedCard, known: Mapping[str, InspectorRow]) -> InspectorRow | None:
    """What a card says, None when it is on record already."""
    if card.payload.trial != office.batch.trial:
        raise NdbError("E-INSPECTOR-TRIAL", place=path.name)
    keyid = card.key.keyid
    owner = next((row for row in known.values() if row.keyid == keyid), None)
    if owner is not None:
        if owner.status == "revoked" or (owner.name, owner.employer) != (card.payload.name, card.payload.employer):
            raise NdbError("E-INSPECTOR-TAKEN", place=path.name, inspector=owner.id)
        return None
    if keyid in {office.coordinator.keyid, office.recovery.keyid}:
        raise NdbError("E-INSPECTOR-KEY", place=path.name)
    name = _id_of(path, card, known)
    before = known.get(name)
    if before is not None and (before.status != "revoked" or before.name != card.payload.name):
        raise NdbError("E-INSPECTOR-OTHER", place=path.name, inspector=name)
    return InspectorRow(
        name, card.payload.name, card.payload.employer, keyid, card.key.openssh.strip(), "unconfirmed", office.now()
    )


def _id_of(path: Path, card: OpenedCard, known: Mapping[str, InspectorRow]) -> str:
    first = path.stem.split("_", 1)[0]
    if _ID.fullmatch(first) and any(letter.isdigit() for letter in first):
        return first
    mine = [row.id for row in known.values() if (row.name, row.employer) == (card.payload.name, card.payload.employer)]
    if mine:
        return mine[0]
    return next(name for n in range(1, 10_000) if (name := f"{_PREFIX}{n:02d}") not in known)


def find_inspector(office: Office, name: str) -> InspectorRow:
    """One inspector. Raises NdbError E-INSPECTOR-UNKNOWN."""
    for row in office.registry.inspectors():
        if row.id == name:
            return row
    raise NdbError("E-INSPECTOR-UNKNOWN", inspector=name)


def confirm_inspector(office: Office, name: str, fingerprint: str) -> InspectorRow:
    """The coordinator compared the fingerprint by another channel: the key counts.

    Raises:
        NdbError: E-INSPECTOR-UNKNOWN, E-INSPECTOR-FINGERPRINT (not this key, or it was revoked), E-OFFICE-RECOVERY.
    """
    row = find_inspector(office, name)
    wanted = plain_fingerprint(fingerprint)
    if row.keyid != wanted or row.status == "revoked":
        raise NdbError("E-INSPECTOR-FINGERPRINT", inspector=name)
    return _changed(office, replace(row, status="active", changed_at=office.now()), "key.confirmed", {"key": row.keyid})


def revoke_inspector(office: Office, name: str, reason: str) -> InspectorRow:
    """The key is lost or no longer trusted: it opens no new bundle, and records with it are refused from now on.

    As with an expert's key, what it signed before counts no more. Such a record is kept and held (待核): figures it
    settled are open again until the coordinator decides or another visit settles them, and its leads for a veto stay.

    Raises:
        NdbError: E-INSPECTOR-UNKNOWN, E-REASON, E-OFFICE-RECOVERY.
    """
    if not reason.strip():
        raise NdbError("E-REASON")
    row = find_inspector(office, name)
    gone = replace(row, status="revoked", changed_at=office.now(), reason=reason.strip())
    with office.registry.transaction():
        office.registry.put_inspector(gone)
        office.registry.settle_sites()
        details = {"key": row.keyid, "reason": reason.strip(), "held": list(held_by(office, name))}
        office.log("key.revoked", row.id, details)
    return gone


def held_by(office: Office, name: str) -> tuple[str, ...]:
    """Visits whose record is held and was signed by this inspector."""
    found = []
    for one in office.registry.site_standings():
        rows = office.registry.site_files(one.visit) if one.state == "held" else ()
        if any(name in row.signers for row in rows if row.payload_sha256 in one.digests):
            found.append(one.visit)
    return tuple(found)


def _changed(office: Office, row: InspectorRow, action: str, details: Mapping[str, object]) -> InspectorRow:
    with office.registry.transaction():
        office.registry.put_inspector(row)
        office.log(action, row.id, details)
    return row


def check_team(
    office: Office, application: Application, team: Sequence[InspectorRow], excused: Mapping[str, str]
) -> None:
    """Refuses a team with somebody who may not inspect this applicant.

    A ground a person has to look at (待核) is passed over for whom `excused` gives a reason; a certain one never is.

    Raises:
        NdbError: E-VISIT-EXPERT (scores, or was ever given, an application of this applicant), E-VISIT-CONFLICT.
    """
    experts = {expert.id: expert for expert in scoring_experts(office, application)}
    keys = {key.keyid: key.expert for key in office.expert_keys() if key.expert in experts}
    people = {(name_key(one.name), name_key(one.employer)): one.id for one in experts.values()}
    for row in team:
        same = keys.get(row.keyid) or (row.id if row.id in experts else None)
        same = same or people.get((name_key(row.name), name_key(row.employer)))
        if same:
            raise NdbError("E-VISIT-EXPERT", place=application.id, inspector=row.id, expert=same)
        for ground in detect(_as_expert(row), application):
            if ground.strength == "recuse" or not excused.get(row.id, "").strip():
                raise NdbError("E-VISIT-CONFLICT", place=application.id, inspector=row.id, code=ground.code)


def scoring_experts(office: Office, application: Application) -> tuple[Expert, ...]:
    """Everybody who has or ever had an application of this applicant to score, a recusal and a recalled bundle too."""
    same = same_applicant(office, application)
    names = {expert for name, expert in office.registry.ever_seen() if name in same}
    return tuple(expert for expert in office.experts() if expert.id in names)


def same_applicant(office: Office, application: Application) -> frozenset[str]:
    """Every application of the same applicant: one credit code, or one name."""
    return frozenset(
        cover.id
        for cover in office.covers()
        if cover.id == application.id
        or (cover.credit_code and cover.credit_code == application.credit_code)
        or name_key(cover.applicant) == name_key(application.applicant)
    )


def visit_conflicts(office: Office) -> tuple[Conflict, ...]:
    """Who may not score an applicant because of a visit: the members, under whatever id or key they are experts too.

    A visit withdrawn before it was issued bars nobody.
    """
    rows = office.registry.visits()
    if not rows:
        return ()
    never = _never_seen(office)
    keys = {key.keyid: key.expert for key in office.expert_keys()}
    people = {(name_key(one.name), name_key(one.employer)): one.id for one in office.experts()}
    ids = {one.id for one in office.experts()}
    found: set[tuple[str, str, str]] = set()
    for row in (row for row in rows if row.id not in never):
        visit = decode_visit(row.json)
        same = same_applicant(office, office.cover(row.application))
        for one in visit.members:
            known = {keys.get(PublicKey(one.key).keyid), people.get((name_key(one.name), name_key(one.employer)))}
            for expert in (known | ({one.id} & ids)) - {None}:
                found.update((str(expert), name, f"{one.id} {row.id}") for name in same)
    return tuple(Conflict(expert, name, "C12", "recuse", VISIT, words) for expert, name, words in sorted(found))


def _never_seen(office: Office) -> frozenset[str]:
    """Visits that were withdrawn and of which no bundle ever went out."""
    try:
        gone = withdrawn_visits(office)
    except NdbError:
        return frozenset()  # decisions that do not hold free nobody; the status says what is wrong with them
    return frozenset(gone) - {bundle.visit for bundle in office.registry.visit_bundles()}


def _as_expert(row: InspectorRow) -> Expert:
    """As much of an expert as a card shows, for the rules of 回避."""
    return Expert(row.id, row.name, row.employer, "", "", "field", (), {})
