"""专家与回避: roster, cards, conflicts, and the comparison of key fingerprints by another channel."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QTabWidget

from ndb_desktop.domain.batch import Expert
from ndb_desktop.domain.decision import Role
from ndb_desktop.services.intake_people import PeopleReport, confirm_key, import_experts, revoke_key
from ndb_desktop.storage.registry_rows import ExpertKey
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.conflict_jobs import ConflictJobs
from ndb_desktop.ui.coordinator.conflicts_part import ConflictsPart
from ndb_desktop.ui.coordinator.decision_words import role_name
from ndb_desktop.ui.coordinator.page import OfficePage, search_box
from ndb_desktop.ui.coordinator.report_card import ReportCard
from ndb_desktop.ui.coordinator.roles_part import RolesPart
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.coordinator.words import category_name, key_state
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel, amp
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.beside import Beside
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, fill, holder, row
from ndb_desktop.ui.widgets.table import Column, DataTable


class PeoplePage(OfficePage):
    """Three tabs: experts with the selected expert's key; conflicts (`people.conflicts`); roles (`people.roles`)."""

    def __init__(self, store: OfficeStore) -> None:
        super().__init__("people", tr("people.title"), tr("people.text"), store)
        self.report = ReportCard("people")
        self.report.closed.connect(self.report.hide)
        self.experts = DataTable(tr("people.experts"), self._expert_columns())
        self.experts.setObjectName("people.experts")
        self.experts.setMinimumHeight(300)
        self.experts.selectionModel().currentChanged.connect(lambda *_: self._show_key())
        search = search_box("people.search", self.experts)
        self._experts_title = PlainLabel("", "heading")
        parts = (
            self._buttons(), self.report, row(self._experts_title, None, search), self.experts, self._key_card(),
        )  # fmt: skip
        experts = column(*parts, gap=2, margins=2)
        experts.setStretch(3, 1)
        self.conflicts = ConflictsPart(store)
        self._conflict_jobs = ConflictJobs(self, self.conflicts)
        self.roles = RolesPart()
        self.roles.appoint.connect(self._appoint)
        self.roles.dismiss.connect(self._dismiss)
        self.roles.failed.connect(self.banner.show_error)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("people.tabs")
        self.tabs.setAccessibleName(tr("people.title"))
        self.tabs.addTab(holder(experts), amp(tr("people.tab.experts")))
        self.tabs.addTab(self.conflicts, amp(tr("screen.title")))
        self.tabs.addTab(self.roles, amp(tr("roles.title")))
        fill(self.body, (self.tabs,))
        self.body.setStretch(0, 1)
        self.refresh()

    def open_part(self, part: str) -> None:
        if part == "roles":
            self.tabs.setCurrentWidget(self.roles)
        elif part == "conflicts":
            self.tabs.setCurrentWidget(self.conflicts)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._conflict_jobs.refresh()

    def refresh(self) -> None:
        self._keys: dict[str, ExpertKey] = {}
        for key in self.snapshot.keys:
            if key.status != "revoked" or key.expert not in self._keys:
                self._keys[key.expert] = key
        self._experts_title.setText(tr("people.experts.count", count=len(self.snapshot.experts)))
        self.experts.set_rows(self.snapshot.experts)
        self._conflict_jobs.refresh()
        self.roles.show_snapshot(self.snapshot)
        self._show_key()

    # ----- roles -----

    def take_card(self, path: Path) -> None:
        """Shows whose card it is, ready for an appointment."""
        self.open_part("roles")
        self.roles.take(path)

    def _appoint(self, card: bytes, role: Role, reason: str) -> None:
        self.job(
            tr("roles.appoint"),
            lambda office, _progress, _cancel: office.decided.appoint(card, role, reason=reason),
            lambda made: self._changed(tr("roles.appointed", name=made.content["name"], role=role_name(role))),
        )

    def _dismiss(self, keyid: str, reason: str) -> None:
        self.job(
            tr("roles.dismiss"),
            lambda office, _progress, _cancel: office.decided.dismiss(keyid, reason=reason),
            lambda made: self._changed(tr("roles.dismissed", name=made.content["name"])),
        )

    def _changed(self, words: str) -> None:
        self.roles.clear()
        self.banner.info(words)

    # ----- import -----

    def _buttons(self) -> Flow:
        roster = Button(tr("people.roster"), "normal", "users")
        roster.setObjectName("people.roster")
        roster.clicked.connect(self._pick_roster)
        cards = Button(tr("people.cards"), "normal", "user-round-check")
        cards.setObjectName("people.cards")
        cards.clicked.connect(self._pick_cards)
        return Flow(roster, cards)

    def _pick_roster(self) -> None:
        path = files.pick_file(self, tr("people.roster"), "CSV (*.csv)")
        if path is not None:
            self.take_roster(path, None)

    def _pick_cards(self) -> None:
        folder = files.pick_folder(self, tr("people.cards"))
        if folder is None:
            return
        path = files.pick_file(self, tr("people.roster"), "CSV (*.csv)", folder)
        if path is not None:
            self.take_roster(path, folder)

    def take_roster(self, roster: Path, cards: Path | None) -> None:
        """Imports the roster, with the cards of a folder if there is one."""
        self.job(
            tr("people.importing"),
            lambda office, _progress, _cancel: import_experts(office, roster, cards),
            lambda report: self._imported(roster, report),
        )

    def _imported(self, source: Path, report: PeopleReport) -> None:
        if report.faults:
            self.report.show_report(
                tr("people.imported.faults", name=source.name), [tr("people.rows", count=report.rows)], report.faults
            )
        else:
            self.report.hide()
            self.banner.info(tr("people.imported", rows=report.rows, keys=report.keys))

    # ----- keys -----

    def _key_card(self) -> Card:
        self._key_text = PlainLabel(tr("people.key.choose"), "muted", selectable=True)
        self.fingerprint = LineEdit(tr("people.key.typed"), "", tr("people.key.typed.hint"))
        self.fingerprint.setObjectName("people.fingerprint")
        self.confirm = Button(tr("people.key.confirm"), "normal", "shield-check")
        self.confirm.setObjectName("people.confirm")
        self.confirm.clicked.connect(self._confirm)
        self.reason = LineEdit(tr("people.key.reason"), "", tr("people.key.reason.hint"))
        self.reason.setObjectName("people.reason")
        self.revoke = Button(tr("people.key.revoke"), "danger", "ban")
        self.revoke.setObjectName("people.revoke")
        self.revoke.clicked.connect(self._revoke)
        self.fingerprint.textChanged.connect(self._enable)
        self.reason.textChanged.connect(self._enable)
        card = Card(PlainLabel(tr("people.key"), "heading"), self._key_text, gap=1, margins=2)
        for parts in ((self.fingerprint, self.confirm), (self.reason, self.revoke)):
            line = Beside(*parts)
            card.box.addWidget(line)
        return card

    def _chosen_key(self) -> ExpertKey | None:
        expert = self.experts.selected()
        return self._keys.get(expert.id) if expert is not None else None

    def _show_key(self) -> None:
        expert, key = self.experts.selected(), self._chosen_key()
        if expert is None:
            self._key_text.setText(tr("people.key.choose"))
        elif key is None:
            self._key_text.setText(tr("people.key.none", name=expert.name))
        else:
            self._key_text.setText(
                tr("people.key.shown", name=expert.name, state=key_state(key.status)[0], fingerprint=key.keyid)
            )
        self._enable()

    def _enable(self) -> None:
        key = self._chosen_key()
        self.confirm.setEnabled(
            key is not None and key.status == "unconfirmed" and bool(self.fingerprint.text().strip())
        )
        self.revoke.setEnabled(key is not None and key.status != "revoked" and bool(self.reason.text().strip()))

    def _confirm(self) -> None:
        key = self._chosen_key()
        if key is None:
            return
        expert, typed = key.expert, self.fingerprint.text().strip()
        self.job(
            tr("people.key.confirm"),
            lambda office, _progress, _cancel: confirm_key(office, expert, typed),
            lambda _key: self._decided(tr("people.key.confirmed", expert=expert)),
        )

    def _revoke(self) -> None:
        key = self._chosen_key()
        if key is None:
            return
        expert, keyid, reason = key.expert, key.keyid, self.reason.text().strip()
        self.job(
            tr("people.key.revoke"),
            lambda office, _progress, _cancel: revoke_key(office, expert, keyid, reason),
            lambda _key: self._decided(tr("people.key.revoked", expert=expert)),
        )

    def _decided(self, text: str) -> None:
        self.fingerprint.clear()
        self.reason.clear()
        self.banner.info(text)

    # ----- columns -----

    def _expert_columns(self) -> tuple[Column[Expert], ...]:
        names = {field.id: i18n.local(field.name) for field in self.store.snapshot.batch.fields}
        gap = tr("list.separator")

        def state(expert: Expert) -> tuple[str, str, str]:
            key = self._keys.get(expert.id)
            return key_state(key.status if key else "none")

        return (
            Column(tr("column.expert"), lambda e: e.id, width=110),
            Column(tr("column.name"), lambda e: e.name, width=110),
            Column(tr("column.employer"), lambda e: e.employer, stretch=True),
            Column(tr("column.province"), lambda e: e.province),
            Column(tr("column.kind"), _kind, width=100),
            Column(tr("column.category"), lambda e: gap.join(category_name(c) for c in e.categories), width=150),
            Column(tr("column.fields"), lambda e: gap.join(names.get(f, f) for f in e.fields), width=150),
            Column(tr("column.key"), lambda e: state(e)[0], icon=lambda e: state(e)[1:]),
        )


def _kind(expert: Expert) -> str:
    return {"field": tr("kind.field"), "finance": tr("kind.finance"), "policy": tr("kind.policy")}[expert.kind]
