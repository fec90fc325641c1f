"""检查员: cards taken over, a key confirmed by its fingerprint, a key revoked with a reason."""

from __future__ import annotations

from PySide6.QtCore import Signal

from ndb_desktop.storage.registry_visits import InspectorRow
from ndb_desktop.ui import theme
from ndb_desktop.ui.coordinator.page import search_box
from ndb_desktop.ui.coordinator.report_card import ReportCard
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.coordinator.words import key_state
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.beside import Beside
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, holder, row
from ndb_desktop.ui.widgets.table import Column, DataTable


class VisitPeoplePart(TallPart):
    """Signals: `files()`, `folder()` choose cards; `confirm(str, str)` inspector, fingerprint; `revoke(str, str)`."""

    files = Signal()
    folder = Signal()
    confirm = Signal(str, str)
    revoke = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        pick = Button(tr("visits.cards"), "normal", "user-round-check")
        pick.setObjectName("visits.cards")
        pick.clicked.connect(self.files)
        folder = Button(tr("visits.cards.folder"), "normal", "folder-open")
        folder.setObjectName("visits.cards.folder")
        folder.clicked.connect(self.folder)
        self.report = ReportCard("visits.cards")
        self.report.closed.connect(self.report.hide)
        self.empty = EmptyState("users", tr("visits.people.empty"), tr("visits.people.empty.text"))
        self.table = DataTable(tr("visits.people"), _columns())
        self.table.setObjectName("visits.people.table")
        self.table.setMinimumHeight(theme.pixels(240))
        self.table.selectionModel().currentChanged.connect(lambda *_: self._show_key())
        self._some = holder(
            column(row(None, search_box("visits.people.search", self.table)), self.table, self._key_card(), gap=2)
        )
        page = column(holder(Flow(pick, folder)), self.report, self.empty, self._some, gap=2, margins=2)
        page.addStretch(1)
        self.setLayout(page)

    def _key_card(self) -> Card:
        self._words = PlainLabel("", "muted", selectable=True)
        self._words.setObjectName("visits.key")
        self.fingerprint = LineEdit(tr("visits.key.typed"), "", tr("visits.key.typed.hint"))
        self.fingerprint.setObjectName("visits.fingerprint")
        self.confirm_button = Button(tr("people.key.confirm"), "normal", "shield-check")
        self.confirm_button.setObjectName("visits.confirm")
        self.confirm_button.clicked.connect(self._confirm)
        self.reason = LineEdit(tr("people.key.reason"), "", tr("people.key.reason.hint"))
        self.reason.setObjectName("visits.reason")
        self.revoke_button = Button(tr("people.key.revoke"), "danger", "ban")
        self.revoke_button.setObjectName("visits.revoke")
        self.revoke_button.clicked.connect(self._revoke)
        self.fingerprint.textChanged.connect(self._enable)
        self.reason.textChanged.connect(self._enable)
        return Card(
            PlainLabel(tr("people.key"), "heading"), self._words, Beside(self.fingerprint, self.confirm_button),
            Beside(self.reason, self.revoke_button), PlainLabel(tr("visits.key.revoke.text"), "muted"),
            gap=1, margins=2,
        )  # fmt: skip

    def show_inspectors(self, rows: tuple[InspectorRow, ...]) -> None:
        """The inspectors on record."""
        self.empty.setVisible(not rows)
        self._some.setVisible(bool(rows))
        if rows != self.table.source.rows:
            self.table.set_rows(rows)
        self._show_key()

    def clear(self) -> None:
        """What was typed is done."""
        self.fingerprint.clear()
        self.reason.clear()

    def _show_key(self) -> None:
        chosen: InspectorRow | None = self.table.selected()
        if chosen is None:
            words = tr("visits.key.choose")
        else:
            facts = {"state": key_state(chosen.status)[0], "fingerprint": chosen.keyid}
            words = tr("people.key.shown", name=f"{chosen.id} {chosen.name}", **facts)
            if chosen.reason:
                words = f"{words}\n{chosen.reason}"
        self._words.setText(words)
        self._enable()

    def _enable(self) -> None:
        chosen: InspectorRow | None = self.table.selected()
        status = chosen.status if chosen is not None else "revoked"
        self.confirm_button.setEnabled(status == "unconfirmed" and bool(self.fingerprint.text().strip()))
        self.revoke_button.setEnabled(status != "revoked" and bool(self.reason.text().strip()))

    def _confirm(self) -> None:
        chosen: InspectorRow | None = self.table.selected()
        if chosen is not None:
            self.confirm.emit(chosen.id, self.fingerprint.text().strip())

    def _revoke(self) -> None:
        chosen: InspectorRow | None = self.table.selected()
        if chosen is not None:
            self.revoke.emit(chosen.id, self.reason.text().strip())


def _columns() -> tuple[Column[InspectorRow], ...]:
    return (
        Column(tr("visits.column.inspector"), lambda one: one.id, width=90),
        Column(tr("column.name"), lambda one: one.name, width=120),
        Column(tr("column.employer"), lambda one: one.employer, stretch=True),
        Column(tr("column.key"), lambda one: key_state(one.status)[0], icon=lambda one: key_state(one.status)[1:]),
    )
