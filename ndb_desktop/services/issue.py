"""发放评审包: one encrypted bundle per expert with that expert's applications and nothing of anybody else's.

Documents were encrypted once at import; here their databases are copied byte for byte and only the small `core.db` is
made new for each expert. A bundle counts as issued only after the ordinary reader has opened it with its secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.services.issue_orders import Opening, first_orders, supplement_orders
from ndb_desktop.services.issue_run import STAMP, IssueFailure, carry_out
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.registry_rows import IssuedBundle

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

__all__ = ["IssueFailure", "IssueReport", "Opening", "issue_bundles", "issue_supplements", "recover_secret"]


@dataclass(frozen=True, slots=True)
class IssueReport:
    """What a run did. `skipped` are experts whose bundle in force already holds exactly what is assigned to them.

    `failed` are those whose bundle could not be made; all others have theirs.
    """

    folder: Path
    issued: tuple[IssuedBundle, ...]
    skipped: tuple[str, ...]
    failed: tuple[IssueFailure, ...] = ()


def issue_bundles(
    office: Office,
    folder: Path,
    *,
    experts: Sequence[str] | None = None,
    expires_at: str | None = None,
    opening: Opening = "auto",
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> IssueReport:
    """Issues bundles into `folder`, one per expert, in the order of expert ids.

    `opening` says what opens them: unless told otherwise the key of an expert whose key is confirmed, and for
    everybody else a secret that travels by another channel. Without `experts` everybody gets one who is assigned and
    has no valid bundle with exactly these applications. An expert named in `experts` gets a new bundle in any case; the
    old one is replaced (补发) and its score files are refused from then on, while the worksheet goes on in the new one.
    When cancelled, the bundles issued so far stay issued and nothing half-written is left.

    Raises:
        NdbError: E-ISSUE-NONE (nobody is assigned), E-ISSUE-NOT-ASSIGNED, E-ISSUE-EXPIRY (not an ISO moment, or past),
            E-OFFICE-EXPERT, E-OFFICE-RECOVERY, E-STORE-*; when no bundle could be made, why: E-ISSUE-DOCUMENTS (stored
            documents are damaged), E-ISSUE-TEST (the bundle did not open again), E-ISSUE-KEY (no confirmed key);
            E-DECISION-SECOND, E-DECISION-SUPERVISOR until the rule packs were frozen by two.
        Cancelled: by `cancel`.
    """
    token = cancel or CancelToken()
    check_expiry(expires_at, office.clock())
    orders, skipped = first_orders(office, experts, opening)
    report = carry_out(office, folder, orders, expires_at, progress, token)
    return IssueReport(folder, report.issued, skipped, report.failed)


def issue_supplements(
    office: Office,
    folder: Path,
    *,
    experts: Sequence[str] | None = None,
    expires_at: str | None = None,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> IssueReport:
    """Issues supplements (补充评审包) to experts whose bundle no longer says what the registry says.

    A supplement is a whole bundle of its own that opens with the secret or key of the one before, which stays valid.

    Raises:
        NdbError: E-SUPPLEMENT-NONE (a named expert has no bundle in force), E-SUPPLEMENT-EMPTY (nothing is assigned to
            a named expert any more), E-SUPPLEMENT-SECRET (its secret is not known any more), and as `issue_bundles`.
        Cancelled: by `cancel`.
    """
    token = cancel or CancelToken()
    check_expiry(expires_at, office.clock())
    orders, skipped = supplement_orders(office, experts)
    report = carry_out(office, folder, orders, expires_at, progress, token)
    return IssueReport(folder, report.issued, skipped, report.failed)


def recover_secret(path: Path, identity: Identity) -> str:
    """The secret of a bundle for its coordinator or the holder of the recovery key (恢复密钥).

    Raises:
        NdbError: E-BUNDLE-KEY (no slot for this key) and every refusal of the bundle's reader.
    """
    with BundleReader(path) as reader:
        return reader.unlock(identity)


def check_expiry(expires_at: str | None, now: datetime) -> None:
    """Refuses a deadline that is none or past. Raises NdbError E-ISSUE-EXPIRY."""
    if expires_at is None:
        return
    try:
        moment = datetime.strptime(expires_at, STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise NdbError("E-ISSUE-EXPIRY", place=expires_at) from None
    if moment <= now:
        raise NdbError("E-ISSUE-EXPIRY", place=expires_at)
