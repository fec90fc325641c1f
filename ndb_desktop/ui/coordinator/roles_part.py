"""角色: who is coordinator, supervisor and archivist, with which key and since when; appointing and dismissing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal

from ndb_desktop.domain.decision import Role
from ndb_desktop.formats.card import OpenedCard, open_card
from ndb_desktop.formats.sniff import MAX_CARD_FILE, FileKind, read_limited, require_kind
from ndb_desktop.ui import i18n, tasks, theme
from ndb_desktop.ui.coordinator.decision_words import role_name
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.beside import Beside
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.layout import Card, column
from ndb_desktop.ui.widgets.table import Column, DataTable


@dataclass(frozen=True)
class _Row:
    role: Role
    name: str
    keyid: str
    since: str


class RolesPart(TallPart):
    """Signals: `appoint(bytes, str, str)` card, role and reason; `dismiss(str, str)` fingerprint and reason;
    `failed(object)` a card that cannot be read.
    """

    appoint = Signal(object, str, str)
    dismiss = Signal(str, str)
    failed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._data = b""
        self._read: OpenedCard | None = None
        self._may = True
        self._empty = Card(EmptyState("users", tr("roles.none"), tr("roles.none.text")), kind="soft", margins=0)
        self._empty.setObjectName("roles.none")
        self.table = DataTable(tr("roles.title"), _columns(), sortable=False)
        self.table.setObjectName("roles.table")
        self.table.setFixedHeight(theme.pixels(190))
        self.table.selectionModel().currentChanged.connect(lambda *_: self._enable())
        page = column(PlainLabel(tr("roles.text"), "muted"), self._empty, self.table, gap=2, margins=2)
        page.addWidget(self._appoint_card())
        page.addWidget(self._dismiss_card())
        page.addStretch(1)
        self.setLayout(page)

    def _appoint_card(self) -> Card:
        self.pick = Button(tr("roles.card.pick"), "normal", "folder-open")
        self.pick.setObjectName("roles.card")
        self.pick.clicked.connect(self._pick)
        self._shown = PlainLabel(tr("roles.card.none"), "muted", selectable=True)
        self._shown.setObjectName("roles.card.shown")
        self.role = Choice(tr("roles.role"))
        self.role.setObjectName("roles.role")
        roles: tuple[Role, ...] = ("supervisor", "archivist")
        self.role.set_choices([(role, role_name(role)) for role in roles])
        self.reason = LineEdit(tr("roles.reason"), "", tr("roles.reason.hint"))
        self.reason.setObjectName("roles.reason")
        self.reason.textChanged.connect(self._enable)
        self.button = Button(tr("roles.appoint"), "primary", "user-round-check")
        self.button.setObjectName("roles.appoint")
        self.button.clicked.connect(
            lambda: self.appoint.emit(self._data, self.role.value(), self.reason.text().strip())
        )
        card = Card(PlainLabel(tr("roles.appoint.heading"), "heading"), gap=1, margins=2)
        line = Beside(self._shown, self.pick)
        card.box.addWidget(line)
        line = Beside(self.role, self.reason, self.button, grows=1)
        card.box.addWidget(line)
        return card

    def _dismiss_card(self) -> Card:
        self.why = LineEdit(tr("roles.why"), "", tr("roles.why.hint"))
        self.why.setObjectName("roles.why")
        self.why.textChanged.connect(self._enable)
        self.gone = Button(tr("roles.dismiss"), "danger", "user-x")
        self.gone.setObjectName("roles.dismiss")
        self.gone.clicked.connect(self._dismiss)
        self._whom = PlainLabel("", "muted")
        line = Beside(self.why, self.gone)
        card = Card(PlainLabel(tr("roles.dismiss.heading"), "heading"), self._whom, gap=1, margins=2)
        card.box.addWidget(line)
        return card

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Who is in office now."""
        self._may = not snapshot.recovered
        self.table.set_rows(
            [
                _Row("coordinator", snapshot.name, snapshot.coordinator, ""),
                *(_Row(one.role, one.name, one.keyid, one.since) for one in snapshot.officers),
            ]
        )
        self._empty.setVisible(not snapshot.supervisors)
        self._enable()

    def clear(self) -> None:
        """The decision is made: what was typed for it goes."""
        self.reason.clear()
        self.why.clear()
        self._no_card()

    def _no_card(self) -> None:
        self._data, self._read = b"", None
        self._shown.setText(tr("roles.card.none"))
        self._enable()

    def _enable(self) -> None:
        self.button.setEnabled(self._read is not None and bool(self.reason.text().strip()) and self._may)
        chosen = self._chosen()
        self._whom.setText(
            tr("roles.dismiss.choose")
            if chosen is None
            else tr("roles.dismiss.whom", name=chosen.name, role=role_name(chosen.role), fingerprint=chosen.keyid)
        )
        self.gone.setEnabled(chosen is not None and bool(self.why.text().strip()) and self._may)

    def _chosen(self) -> _Row | None:
        """The person to dismiss; the coordinator is none."""
        found: _Row | None = self.table.selected()
        return None if found is None or found.role == "coordinator" else found

    def _dismiss(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.dismiss.emit(chosen.keyid, self.why.text().strip())

    # ----- the card -----

    def _pick(self) -> None:
        path = files.pick_file(self, tr("roles.card.pick"), f"{tr('roles.cards')} (*.ndbcard);;{tr('files.all')} (*)")
        if path is not None:
            self.take(path)

    def take(self, path: Path) -> None:
        """Reads a card and shows whose it is; nobody is appointed yet."""

        def work(_progress: object, _cancel: object) -> tuple[bytes, OpenedCard]:
            # Read once: what is shown is what the appointment rests on.
            require_kind(path, FileKind.CARD)
            data = read_limited(path, MAX_CARD_FILE)
            return data, open_card(data, place=path.name)

        tasks.run(work, done=lambda both: self._taken(*both), failed=self._unreadable, lane="pool", owner=self)

    def _taken(self, data: bytes, opened: OpenedCard) -> None:
        self._data, self._read = data, opened
        words = tr(
            "roles.card.shown", name=opened.payload.name, employer=opened.payload.employer, fingerprint=opened.key.keyid
        )
        self._shown.setText(words)
        self._enable()
        self.reason.setFocus()

    def _unreadable(self, error: Exception) -> None:
        self._no_card()
        self.failed.emit(error)


def _columns() -> tuple[Column[_Row], ...]:
    icons = {"coordinator": "landmark", "supervisor": "shield-check", "archivist": "files"}
    return (
        Column(tr("roles.role"), lambda r: role_name(r.role), icon=lambda r: (icons[r.role], "accent")),
        Column(tr("column.name"), lambda r: r.name),
        Column(tr("roles.fingerprint"), lambda r: r.keyid, stretch=True),
        Column(tr("roles.since"), lambda r: i18n.local_time(r.since) if r.since else tr("roles.since.start")),
    )
