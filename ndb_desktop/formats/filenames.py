"""Names of files that travel: `batch_role_person_revN_UTC`, marked when the round is a trial.

A name is for people. Identity is always taken from the signed content, never from here.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

TRIAL_PREFIX = "TEST"
MAX_PART = 60
# What Windows, FAT and shells do not bear in a name, blanks and control characters.
_UNFIT = re.compile(r"[\x00-\x20\x7f<>:\"/\\|?*'`$&;#%~\u2028\u2029]+")


def fit_part(text: str) -> str:
    """`text` as a part of a file name on any system: no separators, no dots at the ends, at most `MAX_PART` long."""
    cleaned = "".join(c if c.isprintable() else "-" for c in _UNFIT.sub("-", text))
    return cleaned.replace("_", "-").strip("-. ")[:MAX_PART].rstrip("-. ") or "x"


def travel_name(
    extension: str, *, batch: str, role: str, person: str, revision: int = 0, at: datetime, trial: bool
) -> str:
    """Such as `TEST_2026-pilot_expert_E-07_rev2_20261122T030000Z.ndbscore`."""
    parts = [TRIAL_PREFIX] if trial else []
    parts += [fit_part(batch), fit_part(role), fit_part(person)]
    if revision:
        parts.append(f"rev{revision}")
    parts.append(at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ"))
    return "_".join(parts) + extension
