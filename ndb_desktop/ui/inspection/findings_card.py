"""不合格项: its severity, what is wrong, what it is about, what has to be put right until when, and the looks since."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QButtonGroup

from ndb_desktop.domain.siteagree import disagreement
from ndb_desktop.domain.siterecord import Finding, Part, Severity
from ndb_desktop.services.inspect_clock import device_now, moment
from ndb_desktop.ui import theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.choosing import check_one
from ndb_desktop.ui.inspection.findings_due import DueField
from ndb_desktop.ui.inspection.findings_making import add_recheck
from ndb_desktop.ui.inspection.findings_part import TOUCH, PartCard
from ndb_desktop.ui.inspection.findings_rechecks import Rechecks
from ndb_desktop.ui.inspection.findings_words import about_choices, about_words, severity_words
from ndb_desktop.ui.inspection.store import SiteStore
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.plain_checks import PlainRadio
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import holder


class FindingCard(PartCard):
    """One finding."""

    def __init__(self, store: SiteStore) -> None:
        super().__init__(store, "finding")
        self._group = QButtonGroup(self)
        self._severity: dict[Severity, PlainRadio] = {}
        for name, word in severity_words().items():
            button = PlainRadio(word)
            button.setObjectName(f"site.finding.{name}")
            button.clicked.connect(partial(self._choose, name))
            self._group.addButton(button)
            self._severity[name] = button
        self._other = PlainLabel("", "danger")
        self._other.setObjectName("site.finding.other")
        grades = holder(Flow(*self._severity.values(), gap=2))
        self._field("severity", tr("site.finding.severity"), grades, self._other, focus=self._severity["minor"])
        self.about = Choice(tr("site.finding.about"))
        self.about.setObjectName("site.finding.about")
        self.about.setMinimumHeight(theme.pixels(TOUCH))
        self.about.chosen.connect(lambda about: self._edit(about=about))
        self._field("about", tr("site.finding.about"), self.about, focus=self.about)
        self._text("text", tr("site.finding.text"), tr("site.finding.text.hint"))
        self._text("measure", tr("site.finding.measure"), tr("site.finding.measure.hint"), lines=2)
        self.due = DueField("site.finding.due", tr("site.finding.due"))
        self.due.edited.connect(lambda day: self._edit(due=day))
        self._field("due", tr("site.finding.due"), self.due, focus=self.due)
        self.rechecks = Rechecks(store)
        self.rechecks.looked.connect(self._look)
        self._field("rechecks", tr("site.rechecks"), self.rechecks, focus=self.rechecks)

    def _choose(self, name: Severity, _checked: bool = False) -> None:
        self._edit(severity=name)

    def _look(self, passed: bool, note: str) -> None:
        if self._key is not None:
            add_recheck(self._store, self._key, moment(device_now()), note, passed=passed)

    def leave(self) -> None:
        super().leave()
        self.due.commit()

    def show_part(self, part: Part) -> None:
        super().show_part(part)
        if not isinstance(part, Finding):
            return
        self.title.setText(tr("site.finding.title", id=part.id))
        check_one(self._group, self._severity[part.severity])
        other = disagreement(self._store.record, part)
        self._other.setVisible(other is not None)
        if other is not None:
            about = about_words(self._store, part.about)
            wanted = other.wanted and severity_words()[other.wanted]
            self._other.setText(
                tr("site.finding.other", about=about, grade=wanted)
                if wanted
                else tr("site.finding.other.none", about=about)
            )
        self.about.set_choices(about_choices(self._store, part.about), part.about)
        self.due.show_day(part.due, settled=part.settled)
        self.rechecks.show_finding(part)
