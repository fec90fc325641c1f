"""其他观察: a free remark."""

from __future__ import annotations

from ndb_desktop.domain.siterecord import Part, key_of
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.findings_part import PartCard
from ndb_desktop.ui.inspection.store import SiteStore


class ObservationCard(PartCard):
    """One observation."""

    def __init__(self, store: SiteStore) -> None:
        super().__init__(store, "observation")
        self._text("text", tr("site.observation.text"), tr("site.observation.hint"), lines=6)

    def show_part(self, part: Part) -> None:
        super().show_part(part)
        self.title.setText(tr("site.observation.title", id=key_of(part)[1]))
