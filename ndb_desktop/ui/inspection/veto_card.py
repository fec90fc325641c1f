"""一票否决线索: its ground with the words of the checklist, facts, evidence, what the applicant says (R09)."""

from __future__ import annotations

from ndb_desktop.domain.siterecord import Part, VetoFinding
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.findings_part import TOUCH, PartCard
from ndb_desktop.ui.inspection.store import SiteStore
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.widgets.fields import Choice


class VetoCard(PartCard):
    """One veto finding; the decision is the coordinator's."""

    def __init__(self, store: SiteStore) -> None:
        super().__init__(store, "veto")
        self.box.addWidget(PlainLabel(tr("site.veto.decided"), "muted"))
        self.ground = Choice(tr("site.veto.ground"))
        self.ground.setObjectName("site.veto.ground")
        self.ground.setMinimumHeight(theme.pixels(TOUCH))
        self.ground.chosen.connect(lambda ground: self._edit(ground=ground))
        self._strange = PlainLabel(tr("site.veto.ground.unknown"), "danger")
        self._strange.setObjectName("site.veto.unknown")
        self._field("ground", tr("site.veto.ground"), self.ground, self._strange, focus=self.ground)
        self._text("text", tr("site.veto.text"), tr("site.veto.text.hint"))
        self._text("evidence", tr("site.veto.evidence"), tr("site.veto.evidence.hint"), lines=2)
        self._text("reply", tr("site.veto.reply"), tr("site.veto.reply.hint"))

    def show_part(self, part: Part) -> None:
        super().show_part(part)
        if not isinstance(part, VetoFinding):
            return
        self.title.setText(tr("site.veto.title", id=part.id))
        pack = self._store.pack
        choices: list[tuple[object, str]] = [
            (ground.id, tr("site.veto.ground.words", ground=ground.id, words=i18n.local(ground.text)))
            for ground in pack.grounds
        ]
        strange = part.ground not in pack.ground_by_id
        if strange:
            choices.append((part.ground, part.ground))
        self.ground.set_choices(choices, part.ground)
        self._strange.setVisible(strange)
