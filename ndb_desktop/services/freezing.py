"""冻结规则包: from the first bundle on the rules are fixed, by a signed decision on their digests (R11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.decision import Decision
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office


def frozen(office: Office) -> Decision | None:
    """The decision that froze exactly the rule packs of this batch."""
    known = office.decided.of("pack_freeze").get(office.batch.id)
    return known if known is not None and dict(known.content) == _digests(office) else None


def freeze(office: Office, *, reason: str = "", second: Identity | None = None) -> Decision:
    """Freezes the rule packs as they are; once is enough.

    Raises:
        NdbError: as `DecisionBook.record`: E-DECISION-SECOND, E-DECISION-SUPERVISOR where two have to sign.
    """
    known = frozen(office)
    if known is not None:
        return known
    reason = reason.strip() or text("freezing.reason", office.language)
    return office.decided.record("pack_freeze", office.batch.id, _digests(office), reason=reason, second=second)


def _digests(office: Office) -> dict[str, str]:
    digests = {str(category): pack.digest for category, pack in office.packs.items()}
    return digests | {f"stage.{category}": pack.digest for category, pack in office.stage_packs.items()}
