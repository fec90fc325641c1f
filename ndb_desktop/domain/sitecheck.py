"""现场检查 in pure functions: what is computed, what is missing, and how two records of one visit become one (R17).

Everything whoever works with a record asks for, by one name; the parts are `sitemath`, `sitelacks` and `sitejoin`.
"""

from __future__ import annotations

from ndb_desktop.domain.sitejoin import Joined, Split, join
from ndb_desktop.domain.sitelacks import Lack, missing
from ndb_desktop.domain.sitemath import (
    COMPUTED,
    FAILING,
    FALSE_DATA,
    Verdict,
    VerdictState,
    conclude,
    deviation,
    verdict,
)

__all__ = [
    "COMPUTED",
    "FAILING",
    "FALSE_DATA",
    "Joined",
    "Lack",
    "Split",
    "Verdict",
    "VerdictState",
    "conclude",
    "deviation",
    "join",
    "missing",
    "verdict",
]
