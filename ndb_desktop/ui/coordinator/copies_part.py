"""总库备份: the copies in the chosen folder, one more now, a check of them all, and the way back to a new folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal

from ndb_desktop.services.registry_copy import KEPT, RegistryCopy
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, holder
from ndb_desktop.ui.widgets.table import Column, DataTable


@dataclass(frozen=True)
class CopyList:
    """The copies of this registry in a folder; `folder` None before the first."""

    folder: Path | None
    copies: tuple[RegistryCopy, ...]


class CopiesPart(TallPart):
    """Signals: `now()` into the known folder, `choose()` another, `check(object)` and `restore(object)` a copy."""

    now = Signal()
    choose = Signal()
    check = Signal(object)
    restore = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._folder = PlainLabel("", "heading")
        self._folder.setObjectName("copies.folder")
        self.now_button = Button(tr("copies.now"), "primary", "download")
        self.choose_button = Button(tr("copies.choose"), "normal", "folder-open")
        self.check_button = Button(tr("copies.check"), "normal", "shield-check")
        self.restore_button = Button(tr("copies.restore"), "normal", "rotate-ccw")
        for name, button, act in (
            ("now", self.now_button, self.now.emit), ("choose", self.choose_button, self.choose.emit),
            ("check", self.check_button, lambda: self._with_chosen(self.check)),
            ("restore", self.restore_button, lambda: self._with_chosen(self.restore)),
        ):  # fmt: skip
            button.setObjectName(f"copies.{name}")
            button.clicked.connect(lambda _checked=False, act=act: act())
        self.empty = EmptyState("download", tr("copies.empty"), tr("copies.empty.text"))
        self.table = DataTable(tr("copies.title"), _columns(), sortable=False)
        self.table.setObjectName("copies.table")
        self.table.setFixedHeight(theme.pixels(300))
        self.table.selectionModel().currentChanged.connect(lambda *_: self._update())
        card = Card(self._folder, PlainLabel(tr("copies.text", kept=KEPT), "muted"), gap=1, margins=2)
        card.box.addWidget(holder(Flow(self.now_button, self.choose_button, self.check_button, self.restore_button)))
        page = column(card, self.empty, self.table, PlainLabel(tr("copies.restore.text"), "muted"), gap=2, margins=2)
        page.addStretch(1)
        self.setLayout(page)
        self.show_copies(CopyList(None, ()))

    def show_copies(self, listed: CopyList) -> None:
        """The copies that were found."""
        folder = listed.folder
        self._folder.setText(tr("copies.none") if folder is None else tr("copies.folder", folder=files.told(folder)))
        self.now_button.setVisible(folder is not None)
        self.empty.setVisible(not listed.copies)
        self.table.setVisible(bool(listed.copies))
        self.table.set_rows(listed.copies)
        if listed.copies and self.table.selected() is None:
            self.table.selectRow(0)
        self._update()

    def _update(self) -> None:
        chosen = self.table.selected() is not None
        self.check_button.setEnabled(chosen)
        self.restore_button.setEnabled(chosen)

    def _with_chosen(self, signal: object) -> None:
        chosen: RegistryCopy | None = self.table.selected()
        if chosen is not None:
            signal.emit(chosen)  # type: ignore[attr-defined]


def _columns() -> Sequence[Column[RegistryCopy]]:
    return (
        Column(tr("copies.column.time"), lambda r: i18n.local_time(r.made_at), width=180),
        Column(tr("copies.column.entries"), lambda r: str(r.entries), number=True),
        Column(tr("copies.column.size"), lambda r: megabytes(r.size), number=True),
        Column(tr("copies.column.name"), lambda r: r.path.name, stretch=True),
    )


def megabytes(size: int) -> str:
    """A size in MB with one place."""
    tenths = (size * 10 + 500_000) // 1_000_000
    return tr("copies.size", size=f"{tenths // 10}.{tenths % 10}")
