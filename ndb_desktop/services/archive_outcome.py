"""What of a batch its archive says it came to: the results of selection, or the outcomes of a later stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ndb_desktop.domain.model import Category
from ndb_desktop.services.outcome import check_publishable
from ndb_desktop.services.results_compute import BatchResult, compute
from ndb_desktop.services.results_export import internal_bytes
from ndb_desktop.services.stage_public import internal_record
from ndb_desktop.services.stage_results import StageResult, compute_stage
from ndb_desktop.services.tasks import CancelToken

if TYPE_CHECKING:
    from ndb_desktop.reports.page import MadeReport
    from ndb_desktop.services.office import Office


@dataclass(frozen=True, slots=True)
class FiledOutcome:
    """One of the two. `kept` are applications whose documents are kept for ever: selected, or passed."""

    office: Office
    result: BatchResult | StageResult

    @property
    def digest(self) -> str:
        """The digest of the results."""
        return self.result.digest

    @property
    def kept(self) -> tuple[str, ...]:
        """Whose documents are permanent."""
        if isinstance(self.result, StageResult):
            return self.result.of("passed")
        return self.result.selection.of("selected")

    def inside(self) -> bytes:
        """Everything behind the results, as canonical JSON."""
        if isinstance(self.result, StageResult):
            return internal_record(self.office, self.result)
        return internal_bytes(self.office, self.result, "json")

    def check(self) -> None:
        """Whether it may be filed.

        Raises:
            NdbError: E-FINAL-FIRST, E-FINAL-CHANGED for results of selection; outcomes are decided on base by base.
        """
        if isinstance(self.result, BatchResult):
            check_publishable(self.office, self.result)

    def panel(self, category: Category, field: str, language: str) -> MadeReport:
        """The summary of one panel, members by name."""
        from ndb_desktop.reports.panel_summary import panel_summary
        from ndb_desktop.reports.stage_outcome import stage_summary
        from ndb_desktop.services.report_panel import panel_view
        from ndb_desktop.services.report_stage import stage_view

        if isinstance(self.result, StageResult):
            return stage_summary(stage_view(self.office, self.result, category, field, language, names=True), language)
        return panel_summary(panel_view(self.office, self.result, category, field, language, names=True), language)


def outcome_of(office: Office, *, cancel: CancelToken | None = None) -> FiledOutcome:
    """What the registry comes to now. Raises NdbError E-STAGE-RECORD, E-SUCCESSION-*."""
    later = office.stage != "selection" and bool(office.registry.application_digests())
    return FiledOutcome(office, compute_stage(office, cancel=cancel) if later else compute(office, cancel=cancel))
