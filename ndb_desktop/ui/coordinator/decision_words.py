"""决定 in words: kind, subject and content of what two people sign, as they are shown before and after."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType

from ndb_desktop.domain.decision import Decision, DecisionKind, Role, Wanted
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.finality import Ground
from ndb_desktop.domain.lifecycle import RULES, Act, read_act
from ndb_desktop.services.digest_words import spoken
from ndb_desktop.services.log_names import KIND_WORDS
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.lifecycle_words import ground_word, move_name, notice_words
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.words import category_name
from ndb_desktop.ui.i18n import tr

_FIELDS: Mapping[str, str] = {
    "role": "decision.field.role",
    "name": "decision.field.name",
    "employer": "decision.field.employer",
    "card": "decision.field.card",
    "assigned": "decision.field.assigned",
    "files": "decision.field.files",
    "ground": "decision.field.ground",
    "result": "decision.field.result",
    "selected": "decision.field.selected",
    "seed": "decision.field.seed",
    "inputs": "decision.field.inputs",
    "words": "decision.field.words",
}
_ROLES: Mapping[str, str] = {
    "coordinator": "role.coordinator",
    "supervisor": "role.supervisor",
    "archivist": "role.archivist",
}
_GROUNDS: Mapping[str, str] = {
    "sum": "ground.sum",
    "range": "ground.range",
    "objective": "ground.objective",
    "extreme": "ground.extreme",
}
_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEY = "key"
NAMES = "lifecycle.names"
"""Where the page of the life cycle keeps the names of bases: those of a later stage may have no application yet."""
_LIFE: frozenset[DecisionKind] = frozenset(rule.kind for rule in RULES.values())


def kind_name(kind: DecisionKind) -> str:
    """What is decided."""
    return tr(KIND_WORDS[kind])


def role_name(role: Role) -> str:
    """组织方, 监督, 档案."""
    return tr(_ROLES[role])


def ground_name(ground: Ground) -> str:
    """One of the four reasons of R14."""
    return tr(_GROUNDS[ground])


def subject_name(subject: str, snapshot: Snapshot, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """The batch by its title, an application by its applicant, a person by name; else as it is."""
    if subject == snapshot.batch.id:
        return i18n.local(snapshot.batch.title)
    applicant = next((a.applicant for a in snapshot.applications if a.id == subject), names.get(subject, ""))
    if applicant:
        return f"{subject}  {applicant}"
    name = next((one.name for one in snapshot.officers if one.keyid == subject), "")
    return f"{name}  {subject}" if name else subject


def rows(wanted: Wanted, snapshot: Snapshot, names: Mapping[str, str] = MappingProxyType({})) -> list[tuple[str, str]]:
    """Everything that is signed but the reason, as name and value; a digest as its words (校验词).

    `names` are applicants by id beside those of the snapshot.
    """
    found = [
        (tr("decision.field.kind"), kind_name(wanted.kind)),
        (tr("decision.field.subject"), subject_name(wanted.subject, snapshot, names)),
    ]
    if wanted.kind in _LIFE:
        with suppress(NdbError):
            return [*found, *_life_rows(read_act(wanted.content), snapshot, names)]
    # A person's key is named by its fingerprint, the subject.
    shown = {name: value for name, value in wanted.content.items() if name != _KEY or wanted.kind != "appoint"}
    return [*found, *((_field(wanted.kind, name), _value(name, value)) for name, value in shown.items())]


def _life_rows(act: Act, snapshot: Snapshot, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """A move of the life cycle: every base and every file of it, for nothing may be signed unseen."""
    found = [
        (tr("lifecycle.move"), move_name(act.move)),
        (
            tr("lifecycle.sign.bases", count=len(act.bases)),
            tr("list.separator").join(subject_name(one, snapshot, names) for one in act.bases),
        ),
        (tr("lifecycle.on"), act.on.isoformat()),
    ]
    if act.paper:
        found.append((tr("lifecycle.paper"), act.paper))
    if act.until is not None:
        found.append((tr("lifecycle.until"), act.until.isoformat()))
    if act.start is not None and act.end is not None:
        found.append((tr("lifecycle.state.notice"), notice_words(act.start, act.end, act.days)))
    if act.ground is not None:
        found.append((tr("lifecycle.ground"), ground_word(act.ground)))
    if act.result:
        found.append((tr("decision.field.result"), _value("result", act.result)))
    found += [(tr("lifecycle.column.document"), f"{one.name}\n{_value('doc', one.sha256)}") for one in act.documents]
    return found


_STAGE = "stage."
"""Begins the category of a pack of a later stage where packs are frozen."""


def _field(kind: DecisionKind, name: str) -> str:
    if kind == "pack_freeze" and name.startswith(_STAGE):
        return tr("decision.field.stage_pack", category=category_name(name.removeprefix(_STAGE)))
    if kind == "pack_freeze":
        return tr("decision.field.pack", category=category_name(name))
    return tr(_FIELDS[name]) if name in _FIELDS else name


def _value(name: str, value: str) -> str:
    if name == "role" and value in _ROLES:
        return tr(_ROLES[value])
    if name == "ground" and value in _GROUNDS:
        return tr(_GROUNDS[value])
    if _DIGEST.fullmatch(value):
        half = len(value) // 2
        return f"{spoken(value, i18n.language())}\n{value[:half]}\n{value[half:]}"
    return value


def signer_names(decision: Decision, snapshot: Snapshot) -> str:
    """Who signed, by name; also those who have left since."""
    names = {one.subject: one.content["name"] for one in snapshot.decisions if one.kind == "appoint"}
    names[snapshot.coordinator] = snapshot.name
    return tr("list.separator").join(names.get(keyid, keyid) for keyid in decision.keyids)
