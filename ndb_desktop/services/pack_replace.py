"""换用规则包: another pack for a category of the batch, all or nothing, while no expert holds anything made with it.

From the decision that freezes the packs on (冻结规则包, R11), and once a bundle was issued, a pack stays as it is.
What would change is told first (`weigh`); the replacement is done only to the pack that was shown then.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ndb_desktop.domain.datacheck import data_faults
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.packdiff import PackChange, pack_changes
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.scoring import computed_values
from ndb_desktop.services.tasks import CancelToken, Progress, silent

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

_UNREAD = "packs.unread"


@dataclass(frozen=True, slots=True)
class Replacement:
    """What replacing `old` by `new` does: the differences, how many applications there are, which of them get other
    computed scores, and which hold data that `new` cannot read and must be imported again.
    """

    old: RulePack
    new: RulePack
    changes: tuple[PackChange, ...]
    applications: int
    rescored: tuple[str, ...]
    unread: tuple[str, ...]


def weigh(
    office: Office, new: RulePack, *, progress: Progress = silent, cancel: CancelToken | None = None
) -> Replacement:
    """What would change; nothing is written.

    Raises:
        NdbError: E-PACKS-CATEGORY, E-PACKS-STAGE, E-PACKS-FROZEN, E-PACKS-ISSUED, E-PACKS-SAME, E-PACKS-STATEMENT,
            E-OFFICE-RECOVERY.
        Cancelled: by `cancel`.
    """
    old = _replaceable(office, new)
    token, rescored, unread, count = cancel or CancelToken(), [], [], 0
    total = sum(category == new.category for category in office.registry.application_categories().values())
    for count, (application, _) in enumerate(_concerned(office, new), 1):
        token.check()
        progress(count, total, application.applicant)
        if any(True for _ in data_faults(new, application)):
            unread.append(application.id)
        k = office.factor_of(application)
        if computed_values(new, application, k) != computed_values(old, application, k):
            rescored.append(application.id)
    return Replacement(old, new, pack_changes(old, new), count, tuple(rescored), tuple(unread))


def replace_pack(
    office: Office,
    new: RulePack,
    *,
    shown: str,
    reason: str,
    unread: tuple[str, ...] = (),
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> RulePack:
    """Puts `new` in the place of the pack of its category, computes the scores of its applications anew, and logs it.

    `shown` is the digest of the pack that was to be replaced when the changes were shown, `unread` the applications
    that were named then as not readable by `new`.

    Raises:
        NdbError: as `weigh`; E-PACKS-REASON (none given), E-PACKS-CHANGED (another pack, or other applications, than
            were shown), E-STORE-*.
        Cancelled: by `cancel`; then, as after any error, everything is as it was.
    """
    reason = reason.strip()
    if not reason:
        raise NdbError("E-PACKS-REASON")
    old = _replaceable(office, new)
    if old.digest != shown:
        raise NdbError("E-PACKS-CHANGED", pack=old.id)
    token = cancel or CancelToken()
    rows = tuple(_concerned(office, new))
    found = tuple(application.id for application, _ in rows if any(True for _ in data_faults(new, application)))
    if found != unread:
        raise NdbError("E-PACKS-CHANGED", pack=old.id)
    with office.registry.transaction():
        office.registry.put_pack(new.category, new.digest, new.raw)
        for number, (application, sha256) in enumerate(rows, 1):
            token.check()
            progress(number, len(rows), application.applicant)
            office.keep_computed(application, sha256, new)
        details = {
            "before": old.digest, "before_version": f"{old.id} {old.version}", "after": new.digest,
            "after_version": f"{new.id} {new.version}", "reason": reason, "applications": len(rows),
            "unread": list(unread),
        }  # fmt: skip
        office.log("pack.replaced", new.category, details)
        office.registry.set_meta(_UNREAD, json.dumps(sorted({*_named(office), *unread})))
    office.__dict__.pop("packs", None)
    return new


def unreadable(office: Office) -> tuple[str, ...]:
    """Applications that a pack put in place since cannot read (需重新导入), by id; those imported anew are none."""
    categories = office.registry.application_categories()
    return tuple(
        name
        for name in _named(office)
        if name in categories
        and any(True for _ in data_faults(office.packs[categories[name]], office.application(name)))
    )


def _named(office: Office) -> list[str]:
    """Those that were named at a replacement; whether they still cannot be read is asked anew."""
    known = office.registry.meta(_UNREAD)
    return [str(name) for name in json.loads(known)] if known else []


def fixed(office: Office) -> str:
    """Why packs cannot be replaced any more: "frozen", "issued", or "" while they can.

    In a later stage they are those by which the bases made their plans.
    """
    if office.stage != "selection" or office.decided.of("pack_freeze"):
        return "frozen"
    return "issued" if office.issued() else ""


def _replaceable(office: Office, new: RulePack) -> RulePack:
    """The pack that `new` would replace."""
    office.signer()
    old = office.packs.get(new.category)
    if old is None:
        raise NdbError("E-PACKS-CATEGORY", category=new.category)
    if new.stage != old.stage:
        raise NdbError("E-PACKS-STAGE", found=new.stage, wanted=old.stage)
    why = fixed(office)
    if why:
        raise NdbError("E-PACKS-FROZEN" if why == "frozen" else "E-PACKS-ISSUED", pack=old.id)
    if new.digest == old.digest:
        raise NdbError("E-PACKS-SAME", pack=old.id)
    for other in office.packs.values():
        if other.category != new.category:
            _same_statements(other, new)
    return old


def _same_statements(other: RulePack, new: RulePack) -> None:
    """Who reviews both categories signs a statement once: one id cannot stand for two texts (R16)."""
    known = {statement.id: statement.sha256 for statement in other.statements}
    for statement in new.statements:
        if known.get(statement.id, statement.sha256) != statement.sha256:
            raise NdbError("E-PACKS-STATEMENT", id=statement.id, pack=other.id)


def _concerned(office: Office, new: RulePack) -> Iterator[tuple[Application, str]]:
    """The applications of the category, each with the digest of its content."""
    digests = office.registry.application_digests()
    for name, category in sorted(office.registry.application_categories().items()):
        if category == new.category:
            yield office.application(name), digests[name]
