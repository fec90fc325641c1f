"""汇总结果: one door to what `results_compute` works out and `results_export` lets out of the house."""

from __future__ import annotations

from ndb_desktop.domain.numbers import ratio
from ndb_desktop.services.results_compute import (
    VETO_GROUNDS,
    BatchResult,
    compute,
    internal_results,
    record_veto,
    result_record,
)
from ndb_desktop.services.results_export import (
    Format,
    PublicResults,
    PublicRow,
    export_results,
    internal_bytes,
    public_bytes,
    public_results,
    state_text,
)

__all__ = [
    "VETO_GROUNDS",
    "BatchResult",
    "Format",
    "PublicResults",
    "PublicRow",
    "compute",
    "export_results",
    "internal_bytes",
    "internal_results",
    "public_bytes",
    "public_results",
    "ratio",
    "record_veto",
    "result_record",
    "state_text",
]
