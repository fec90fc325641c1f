"""规则包: those of the batch and files opened beside them; read, previewed, compared, exported, replaced and frozen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QStackedWidget, QTabWidget, QWidget

from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.services.freezing import freeze
from ndb_desktop.services.pack_files import PackFile, open_packs
from ndb_desktop.services.pack_replace import Replacement, replace_pack, weigh
from ndb_desktop.services.rulepacks import PackForm, write_pack
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.coordinator.pack_check import CheckPart
from ndb_desktop.ui.coordinator.pack_compare import ComparePart
from ndb_desktop.ui.coordinator.pack_form import FormPart
from ndb_desktop.ui.coordinator.pack_preview import PreviewPart
from ndb_desktop.ui.coordinator.pack_shelf import ShelfPack, shelf, shelf_columns
from ndb_desktop.ui.coordinator.page import OfficePage
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, amp
from ndb_desktop.ui.widgets import drop, files
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import fill, holder
from ndb_desktop.ui.widgets.table import DataTable

KEPT = "packs"
_MOST = 5
"""So many packs are in sight at once; more scroll."""


class PacksPage(OfficePage):
    """The list above, four parts about the chosen pack below (`packs.compare`, `packs.check`)."""

    def __init__(self, store: OfficeStore) -> None:
        super().__init__("packs", tr("packs.title"), _about(store), store)
        self.setAcceptDrops(True)
        self._chosen_key = ""
        self.table = DataTable(tr("packs.title"), shelf_columns(), sortable=False)
        self.table.setObjectName("packs.table")
        self.form = FormPart()
        self.preview = PreviewPart(self.snapshot.batch, self.banner.show_error)
        self.compare = ComparePart()
        self.compare.weigh.connect(self._weigh)
        self.compare.replace.connect(self._replace)
        self.check = CheckPart()
        self.check.freeze.connect(self._freeze)
        self._readable = _or_empty(self.form, "packs.form.faulty")
        self._shown = _or_empty(self.preview, "packs.preview.faulty")
        self.tabs = QTabWidget()
        self.tabs.setObjectName("packs.tabs")
        self.tabs.setAccessibleName(tr("packs.title"))
        for part, title in (
            (self._readable, tr("packs.tab.form")),
            (self._shown, tr("packs.tab.preview")),
            (self.compare, tr("packs.tab.compare")),
            (self.check, tr("packs.tab.check")),
        ):
            self.tabs.addTab(part, amp(title))
        self.tabs.currentChanged.connect(lambda _tab: self._show_chosen())
        self.table.selectionModel().currentChanged.connect(lambda *_: self._choose())
        fill(self.body, (self._tools(), self.table, self.tabs))
        self.body.setStretch(2, 1)
        self.refresh()

    def _tools(self) -> QWidget:
        self.buttons: dict[str, Button] = {}
        for name, text, icon, act in (
            ("open", tr("packs.open"), "file", self._pick_files),
            ("folder", tr("packs.open.folder"), "folder-open", self._pick_folder),
            ("xlsx", tr("packs.export.xlsx"), "table-2", lambda: self._export("xlsx")),
            ("csv", tr("packs.export.csv"), "folder", lambda: self._export("csv")),
            ("json", tr("packs.export.json"), "download", lambda: self._export("json")),
            ("close", tr("packs.close"), "x", self._close),
        ):
            button = Button(text, "normal", icon)
            button.setObjectName(f"packs.{name}")
            button.clicked.connect(act)
            self.buttons[name] = button
        return holder(Flow(*self.buttons.values()))

    def open_part(self, part: str) -> None:
        shown = {"form": self._readable, "preview": self._shown, "compare": self.compare, "check": self.check}
        if part in shown:
            self.tabs.setCurrentWidget(shown[part])

    # ----- the list -----

    @property
    def opened(self) -> tuple[PackFile, ...]:
        """The files that were opened beside the packs of the batch."""
        kept: tuple[PackFile, ...] = self.store.kept.get(KEPT, ())
        return kept

    @property
    def chosen(self) -> ShelfPack | None:
        """The pack the parts are about."""
        found: ShelfPack | None = self.table.selected()
        return found

    def refresh(self) -> None:
        rows, wanted = shelf(self.snapshot, self.opened), self._chosen_key
        self.table.source.set_rows(rows)
        height = self.table.verticalHeader().defaultSectionSize() * min(max(len(rows), 2), _MOST)
        self.table.setFixedHeight(height + self.table.horizontalHeader().sizeHint().height() + 4)
        self.table.selectRow(next((n for n, one in enumerate(rows) if one.key == wanted), 0))
        self._show_chosen()

    def _choose(self) -> None:
        chosen = self.chosen
        if chosen is not None and chosen.key != self._chosen_key:
            self._chosen_key = chosen.key
            self._show_chosen()

    def _show_chosen(self) -> None:
        """Only the part in sight is filled: the preview alone is as much as a page."""
        chosen = self.chosen
        if chosen is None:
            return
        for name in ("xlsx", "csv", "json"):
            self.buttons[name].setEnabled(chosen.pack is not None)
        self.buttons["close"].setEnabled(chosen.file is not None)
        shown = self.tabs.currentWidget()
        for stack, part in ((self._readable, self.form), (self._shown, self.preview)):
            stack.setCurrentIndex(0 if chosen.pack is not None else 1)
            if shown is stack and chosen.pack is not None:
                part.show_pack(chosen.pack)
        if shown is self.compare:
            self.compare.show_packs(self.table.source.rows, chosen, self.snapshot)
        elif shown is self.check:
            self.check.show_pack(chosen, self.snapshot)

    # ----- opening -----

    def _pick_files(self) -> None:
        patterns = tr("packs.open.patterns", patterns="*.xlsx *.json *.csv")
        self.take(files.pick_files(self, tr("packs.open"), patterns))

    def _pick_folder(self) -> None:
        folder = files.pick_folder(self, tr("packs.open.folder"))
        if folder is not None:
            self.take((folder,))

    def take(self, paths: tuple[Path, ...]) -> None:
        """Opens files or folders beside the packs of the batch."""
        if paths:
            self.job(
                tr("packs.opening"),
                lambda _office, progress, cancel: open_packs(paths, progress=progress, cancel=cancel),
                self._opened,
            )

    def _opened(self, found: tuple[PackFile, ...]) -> None:
        new = {one.path: one for one in found}
        self.store.kept[KEPT] = (*(one for one in self.opened if one.path not in new), *new.values())
        last = found[-1]
        self._chosen_key = f"file:{last.path}"
        self.refresh()
        bad = [one for one in found if one.faults]
        if bad:
            self._chosen_key = f"file:{bad[0].path}"
            self.refresh()
            self.open_part("check")
            self.banner.warning(tr("packs.opened.faults", count=sum(len(one.faults) for one in bad)))
        else:
            self.open_part("compare")
            self.banner.info(tr("packs.opened", count=len(found)))
        self.table.setFocus()

    def _close(self) -> None:
        chosen = self.chosen
        if chosen is not None and chosen.file is not None:
            self.store.kept[KEPT] = tuple(one for one in self.opened if one.path != chosen.file.path)
            self.refresh()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        drop.welcome(event, any(_looks_like_pack(path) for path in drop.local_files(event.mimeData())))

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.take(tuple(path for path in drop.local_files(event.mimeData()) if _looks_like_pack(path)))

    # ----- exporting -----

    def _export(self, form: PackForm) -> None:
        chosen = self.chosen
        if chosen is None or chosen.pack is None:
            return
        pack, name = chosen.pack, f"{chosen.pack.id}-{chosen.pack.version}"
        target = self._target(form, name)
        if target is None:
            return
        self.job(
            tr("packs.exporting"),
            lambda _office, progress, cancel: write_pack(
                pack, target, csv=form == "csv", replace=True, progress=progress, cancel=cancel
            ),
            lambda _none: self.banner.made(tr("packs.exported", name=target.name), target),
        )

    def _target(self, form: PackForm, name: str) -> Path | None:
        if form == "csv":
            folder = files.pick_folder(self, tr("packs.export.csv"))
            return folder / f"{name}-csv" if folder is not None else None
        title = tr("packs.export.xlsx") if form == "xlsx" else tr("packs.export.json")
        suggested = files.writable(Path.home()) / f"{name}.{form}"
        target = files.pick_target(self, title, suggested, f"{form.upper()} (*.{form})")
        # Without its ending the file would become a folder.
        return target.with_name(f"{target.name}.{form}") if target and target.suffix.lower() != f".{form}" else target

    # ----- replacing and freezing -----

    def _weigh(self, new: RulePack) -> None:
        self.job(
            tr("packs.replace.looking"),
            lambda office, progress, cancel: weigh(office, new, progress=progress, cancel=cancel),
            self.compare.show_replacement,
        )

    def _replace(self, found: Replacement, reason: str) -> None:
        self.job(
            tr("packs.replace.running"),
            lambda office, progress, cancel: replace_pack(
                office, found.new, shown=found.old.digest, reason=reason, unread=found.unread,
                progress=progress, cancel=cancel,
            ),
            lambda new: self.banner.info(tr("packs.replaced", name=f"{new.id} {new.version}")),
            lambda: tr("packs.replace.cancelled"),
        )  # fmt: skip

    def _freeze(self) -> None:
        self.job(
            tr("freeze.button"),
            lambda office, _progress, _cancel: freeze(office),
            lambda _made: self.banner.info(tr("freeze.made")),
        )


def _about(store: OfficeStore) -> str:
    """What the page is about; in a later stage also by which packs its bases are judged."""
    snapshot = store.snapshot
    if snapshot.stage == "selection":
        return tr("packs.text")
    if not snapshot.stage_packs:
        return tr("packs.stage.none")
    names = (f"{i18n.local(pack.title)} {pack.version}" for pack in snapshot.stage_packs)
    return tr("packs.stage.text", packs=tr("list.separator").join(names))


def _or_empty(part: QWidget, name: str) -> QStackedWidget:
    """The part, or what to do where the chosen pack could not be read."""
    stack = QStackedWidget()
    stack.addWidget(part)
    empty = EmptyState("file-x", tr("packs.faulty"), tr("packs.faulty.text"))
    empty.setObjectName(name)
    stack.addWidget(empty)
    stack.setMinimumHeight(theme.pixels(320))
    return stack


def _looks_like_pack(path: Path) -> bool:
    """Whether a dropped file may be a rule pack."""
    if path.is_dir():
        return any((path / name).is_file() for name in ("pack.json", "settings.csv"))
    return path.suffix.lower() in (".xlsx", ".json", ".csv")
