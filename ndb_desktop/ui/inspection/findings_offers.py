"""Beside an item that failed or a datum that deviates: one press records its finding, one more its veto finding."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.domain.siteagree import severity_of
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.findings_making import (
    finding_about,
    ground_of,
    record_finding,
    record_veto,
    veto_on,
)
from ndb_desktop.ui.inspection.findings_part import large
from ndb_desktop.ui.inspection.store import SiteStore
from ndb_desktop.ui.plain import Button
from ndb_desktop.ui.widgets.fields import LineEdit, TextBox
from ndb_desktop.ui.widgets.flow import Flow


class FindingOffers(QWidget):
    """`fields` hold what a finding begins with and are stored first. Signal `go(str)`: the page and part to show."""

    go = Signal(str)

    def __init__(self, store: SiteStore, *fields: LineEdit | TextBox) -> None:
        super().__init__()
        self._store, self._fields, self._about = store, fields, ""
        self.finding = large(Button("", "normal", "flag"))
        self.finding.setObjectName("site.offer.finding")
        self.finding.clicked.connect(self._finding)
        self.veto = large(Button("", "danger", "octagon-alert"))
        self.veto.setObjectName("site.offer.veto")
        self.veto.clicked.connect(self._veto)
        self.setLayout(Flow(self.finding, self.veto))
        store.changed.connect(lambda _keys: self.refresh())

    def show_about(self, about: str) -> None:
        """Offers what follows from a datum or an item, such as `answer:S02`."""
        self._about = about
        self.refresh()

    def refresh(self) -> None:
        """Offers what is still to be recorded, or the way to what is."""
        if not shiboken6.isValid(self):
            return
        record = self._store.record
        known = finding_about(record, self._about)
        ground = ground_of(self._store.pack, record, self._about)
        veto = veto_on(record, ground)
        self.finding.set_text(tr("site.offer.finding.see", id=known.id) if known else tr("site.offer.finding"))
        self.veto.set_text(
            tr("site.offer.veto.see", id=veto.id) if veto else tr("site.offer.veto", ground=ground or "—")
        )
        fails = severity_of(record, self._about) is not None
        self.finding.setVisible(bool(self._about) and (fails or known is not None))
        self.veto.setVisible(bool(ground))
        self.setVisible(not (self.finding.isHidden() and self.veto.isHidden()))

    def _finding(self) -> None:
        self._first()
        record_finding(self._store, self._about, self.go.emit)

    def _veto(self) -> None:
        self._first()
        record_veto(self._store, self._about, self.go.emit)

    def _first(self) -> None:
        for field in self._fields:
            field.commit()
