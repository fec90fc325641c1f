"""What a score sheet of a later stage must satisfy: the form of its own base, and nothing that only a rule computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.stageform import stage_findings
from ndb_desktop.domain.stagework import StageWork
from ndb_desktop.formats.scorefile import OpenedSheet

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office


class StageSheets:
    """Checks sheets against what each base promised; what a base promised is read once a merge."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._known: dict[str, StageWork | None] = {}

    def faults(self, sheet: OpenedSheet, application: Application) -> list[Fault]:
        """What is wrong with a sheet; `application` is the version its bundle held, of which the documents count."""
        record, place = sheet.record, sheet.record.application
        if place not in self._known:
            self._known[place] = self._office.stage_work(place)
        work = self._known[place]
        wanted = "-" if work is None else work.pack.digest
        if work is None or record.pack != wanted:
            return [Fault("E-PACK", place, {"found": record.pack[:12], "wanted": wanted[:12]})]
        found = stage_findings(work.pack, work.case, application.documents, record.to_sheet())
        faults = [Fault(f.code, f"{place}/{f.place}", f.params) for f in found]
        # Nothing of a later stage is computed item by item: a figure in the file would be somebody's own.
        return faults + [
            Fault("E-COMPUTED", f"{place}/{item.item}", {"item": item.item, "found": item.computed, "wanted": "-"})
            for item in record.items
            if item.computed is not None
        ]
