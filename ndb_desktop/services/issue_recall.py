"""撤回评审包: a signed notice takes a whole bundle back, or a supplement takes some applications out of it.

Nobody can take back what lies on another's desk: the notice closes the bundle in the expert's program, and the registry
refuses score files made from it. Marks made so far stay in the expert's worksheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.issue import issue_supplements
from ndb_desktop.services.issue_orders import assigned_to, recall_order
from ndb_desktop.services.issue_run import carry_out
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.registry_rows import IssuedBundle

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office


def recall_bundle(
    office: Office,
    folder: Path,
    expert: str,
    reason: str,
    *,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> IssuedBundle:
    """Writes the notice that takes an expert's bundle back; its score files are refused from now on.

    Raises:
        NdbError: E-REASON (none given), E-OFFICE-EXPERT, E-SUPPLEMENT-NONE (no bundle in force), as `issue_bundles`.
    """
    if not reason.strip():
        raise NdbError("E-REASON")
    order = recall_order(office, expert, reason.strip())
    (notice,) = carry_out(office, folder, [order], None, progress, cancel or CancelToken()).issued
    return notice


def withdraw_applications(
    office: Office,
    folder: Path,
    expert: str,
    applications: Sequence[str],
    reason: str,
    *,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> IssuedBundle:
    """Takes applications from an expert: out of the assignment, and by a supplement out of the bundle.

    Raises:
        NdbError: E-REASON, E-OFFICE-EXPERT, E-SUPPLEMENT-NONE, E-RECALL-APPLICATION (not assigned to this expert),
            E-SUPPLEMENT-EMPTY (nothing would be left: recall the bundle instead), and as `issue_bundles`.
    """
    if not reason.strip():
        raise NdbError("E-REASON")
    recall_order(office, expert, reason)
    mine, gone = set(assigned_to(office).get(expert, ())), set(applications)
    if not gone or not gone <= mine:
        name = min(gone - mine, default="-")
        raise NdbError("E-RECALL-APPLICATION", expert=expert, application=name)
    if gone == mine:
        raise NdbError("E-SUPPLEMENT-EMPTY", place=expert)
    rows = [pair for pair in office.assignments() if pair.expert != expert or pair.application not in gone]
    note = {"withdrawn": sorted(gone), "expert": expert, "reason": reason.strip()}
    office.replace_assignments(rows, note)
    # If the bundle cannot be made now, the assignment already says so and the next supplement takes them out.
    report = issue_supplements(office, folder, experts=[expert], progress=progress, cancel=cancel)
    return report.issued[0]
