"""拟定: rulings on 待核 that are not signed yet, kept in the encrypted registry until they are.

A draft decides nothing and is not logged; it only spares whoever closes the program thinking twice.
"""

from __future__ import annotations

import json
from collections.abc import Container, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from ndb_desktop.domain.conflict_ruling import OUTCOMES, Pair

if TYPE_CHECKING:
    from ndb_desktop.services.conflicts import Settled
    from ndb_desktop.services.office import Office

_META = "conflicts.drafts"


def keep_drafts(office: Office, drafts: Sequence[Settled]) -> None:
    """Keeps these drafts, in the order they were made, and no others."""
    rows = [[one.expert, one.application, one.outcome, one.reason] for one in drafts]
    office.registry.set_meta(_META, json.dumps(rows, ensure_ascii=False) if rows else "")


def kept_drafts(office: Office) -> tuple[Settled, ...]:
    """The drafts that were kept, oldest first; what a newer program wrote otherwise is left out."""
    from ndb_desktop.services.conflicts import Settled

    known = office.registry.meta(_META)
    found = []
    for row in json.loads(known) if known else ():
        with suppress(ValueError, StopIteration):
            expert, application, said, reason = map(str, row)
            found.append(Settled(expert, application, next(one for one in OUTCOMES if one == said), reason))
    return tuple(found)


def forget_drafts(office: Office, pairs: Container[Pair]) -> None:
    """These pairs were decided."""
    before = kept_drafts(office)
    left = [one for one in before if (one.expert, one.application) not in pairs]
    if len(left) != len(before):
        keep_drafts(office, left)
