"""照片: adding photos, the grid of those there are, and the chosen one with its marks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QScrollArea, QWidget

from ndb_desktop.domain.siterecord import PartKey, Photo
from ndb_desktop.services.photo_intake import PhotoIntake
from ndb_desktop.ui import i18n, icons, theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.list_and_card import ListAndCard
from ndb_desktop.ui.inspection.page import SitePage
from ndb_desktop.ui.inspection.photo_card import PhotoCard
from ndb_desktop.ui.inspection.photo_edits import belonging
from ndb_desktop.ui.inspection.photo_grid import PhotoGrid
from ndb_desktop.ui.inspection.photo_words import (
    SHOWN,
    PhotoWords,
    filter_words,
    in_order,
    intake_words,
    verdict_icon,
    verdict_words,
)
from ndb_desktop.ui.inspection.store import Keys, SiteStore
from ndb_desktop.ui.plain import Button, IconButton, PlainLabel
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.drop import local_files, welcome
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, Elastic, column, holder, row

_PATTERNS = "*.jpg *.jpeg *.png *.heic *.heif *.JPG *.JPEG *.PNG *.HEIC *.HEIF"
_ADD = "add:"
_NAMED = frozenset({"photo", "check", "answer", "finding", "veto", "observation"})
"""Kinds of parts whose names or photos stand on the page."""


class PhotosPage(SitePage):
    """Photos come by button or are dropped here; `add:check:<id>` as a part of the page asks for files at once."""

    def __init__(self, store: SiteStore) -> None:
        super().__init__("photos", tr("site.photos"), tr("site.photos.text"), store)
        self.setAcceptDrops(True)
        self._offering = False
        self._words = PhotoWords(store)
        self.body.addWidget(self._adding())
        self.body.addWidget(self._result())
        self.grid = PhotoGrid(store, self._words)
        self.grid.picked.connect(self._show)
        self.card = PhotoCard(store, self._words)
        self.card.removing.connect(self._remove)
        self.card.told.connect(self.banner.info)
        self.card.placing.connect(self._place)
        self._none_here = PlainLabel(tr("site.photos.none.here"), "muted")
        self._none_here.setObjectName("site.photos.none.here")
        elastic, chosen = Elastic(self.grid, theme.pixels(480)), holder(column(self.card, None))
        pair = ListAndCard(elastic, chosen, self.grid.rows_high)
        self.grid.spread.connect(pair.turn)
        self.grid.photos.modelReset.connect(pair.turn)
        both = column(self._filter(), self._none_here, pair, gap=1)
        both.setStretch(2, 1)
        self._both = holder(both)
        none = Card(PlainLabel(tr("site.photos.none"), "muted"), margins=4)
        none.setObjectName("site.photos.none")
        # It takes the height that is left: else what stands above would, and be torn apart.
        self._empty = holder(column(none, None))
        self.body.addWidget(self._empty, 1)
        self.body.addWidget(self._both, 1)
        self.refresh(())

    # ----- parts -----

    def _adding(self) -> QWidget:
        self.add = Button(tr("site.photos.add"), "primary", "image-plus")
        self.add.setObjectName("site.photos.add")
        self.add.clicked.connect(self._pick_files)
        folder = Button(tr("site.photos.folder"), "normal", "folder-open")
        folder.setObjectName("site.photos.folder")
        folder.clicked.connect(self._pick_folder)
        for button in (self.add, folder):
            button.setProperty("touch", True)
        self.goes_to = Choice(tr("site.photos.goes_to"))
        self.goes_to.setObjectName("site.photos.goes_to")
        self.goes_to.setProperty("touch", True)
        line = row(PlainLabel(tr("site.photos.goes_to"), wrap=False), self.goes_to)
        line.setStretch(1, 1)
        return holder(column(Flow(self.add, folder), line))

    def _filter(self) -> QWidget:
        self.filter = Choice(tr("site.photos.filter"))
        self.filter.setObjectName("site.photos.filter")
        self.filter.setProperty("touch", True)
        self.filter.set_choices(filter_words(), "all")
        self.filter.chosen.connect(lambda _value: self._show_photos())
        self._number = PlainLabel("", "muted", wrap=False)
        self._number.setObjectName("site.photos.count")
        if not theme.large():
            line = row(self.filter, self._number, None)
            line.setStretch(0, 1)
            return holder(line)
        # A finger has no Ctrl; the other hand holds the tablet.
        several = Button(tr("site.photos.choose"), "normal", "list-checks")
        several.setObjectName("site.photos.choose")
        several.setCheckable(True)
        several.toggled.connect(self.grid.choose_several)
        self.grid.held.connect(lambda: several.setChecked(True))
        return holder(column(self.filter, Flow(several, self._number)))

    def _result(self) -> QWidget:
        self._result_words = PlainLabel("", "heading")
        self._result_words.setObjectName("site.photos.result")
        close = IconButton("x", tr("site.photos.result.close"))
        close.setObjectName("site.photos.result.close")
        self._list = QListWidget()
        self._list.setObjectName("site.photos.verdicts")
        self._list.setAccessibleName(tr("site.photos.verdicts"))
        self._list.setWordWrap(True)
        self._list.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setFixedHeight(theme.pixels(160))
        head = row(self._result_words, close)
        head.setStretch(0, 1)
        self._result_card = Card(head, self._list)
        self._result_card.hide()
        close.clicked.connect(self._result_card.hide)
        return self._result_card

    # ----- adding -----

    def add_files(self, paths: Sequence[Path]) -> None:
        """Adds photos from files and folders, to what is chosen beside the buttons."""
        if not paths:
            return
        about, chosen = str(self.goes_to.value() or ""), tuple(paths)
        self.card.caption.commit()
        self.job(
            tr("site.photos.adding"),
            lambda session, progress, cancel: session.add_photos(chosen, about=about, progress=progress, cancel=cancel),
            self._taken,
        )

    def _taken(self, intake: PhotoIntake) -> None:
        self._result_words.setText(intake_words(intake))
        self._list.clear()
        for verdict in in_order(intake)[:SHOWN]:
            icon, colour = verdict_icon(verdict.state)
            self._list.addItem(QListWidgetItem(icons.icon(icon, colour), verdict_words(verdict)))
        more = len(intake.verdicts) - SHOWN
        if more > 0:
            self._list.addItem(tr("site.photos.more", count=more))
        self._result_card.show()
        if intake.stopped is not None:
            self.banner.warning(i18n.fault(intake.stopped))
        elif intake.cancelled:
            self.banner.info(tr("site.photos.cancelled"))
        added = [verdict.id for verdict in intake.verdicts if verdict.state == "added"]
        if added:
            self._show_all_with(added[0])

    def _pick_files(self) -> None:
        patterns = f"{tr('site.photos.files')} ({_PATTERNS});;{tr('files.all')} (*)"
        self.add_files(files.pick_files(self, tr("site.photos.add"), patterns))

    def _pick_folder(self) -> None:
        folder = files.pick_folder(self, tr("site.photos.folder"))
        if folder is not None:
            self.add_files((folder,))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        paths = local_files(event.mimeData())
        welcome(event, bool(paths) and not any(path.suffix.startswith(".ndb") for path in paths))

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.add_files(local_files(event.mimeData()))

    # ----- showing -----

    def refresh(self, keys: Keys) -> None:
        if self._offering:
            # Undo takes back the newest step, and that is another one now.
            self._offering = False
            self.banner.dismiss()
        if keys and all(kind not in _NAMED for kind, _ in keys):
            return
        self.goes_to.set_choices(self._words.abouts(), self.goes_to.value())
        self.grid.photos.thumbs.forget_gone()
        self._show_photos()

    def _show_photos(self) -> None:
        every, kind = self.record.photos, self.filter.value()
        photos = every if kind == "all" else [photo for photo in every if photo.about.partition(":")[0] == kind]
        self._empty.setVisible(not every)
        self._both.setVisible(bool(every))
        self._none_here.setVisible(bool(every) and not photos)
        self._number.setText(tr("site.photos.count", shown=len(photos), count=len(every)))
        self.grid.show_photos(photos)

    def _show(self, chosen: tuple[Photo, ...]) -> None:
        self.card.setVisible(bool(chosen))
        if chosen:
            self.card.show_photo(chosen[0], len(chosen))

    def _show_all_with(self, name: str) -> None:
        if not self.grid.choose(name):
            self.filter.set_value("all")
            self._show_photos()
            self.grid.choose(name)

    def open_part(self, part: str) -> None:
        if part.startswith(_ADD):
            self.goes_to.set_value(part.removeprefix(_ADD))
            self._pick_files()
        else:
            self._show_all_with(part.partition(":")[2])
            self.card.caption.setFocus(Qt.FocusReason.OtherFocusReason)

    # ----- edits -----

    def _place(self, about: str) -> None:
        names = [photo.id for photo in self.grid.chosen()]
        self.store.apply(partial(belonging, names, about))

    def _remove(self, photo: Photo) -> None:
        self.card.caption.commit()
        key: PartKey = ("photo", photo.id)

        def told(keys: Keys) -> None:
            if keys:
                self._offering = True
                self.banner.info(
                    tr("site.photo.removed", id=photo.id), action=tr("site.photo.restore"), act=self._restore
                )
                # The button was far below, and what it did is said at the top.
                for area in self.findChildren(QScrollArea):
                    area.verticalScrollBar().setValue(0)

        self.store.apply(lambda session: session.remove(key), told)

    def _restore(self) -> None:
        self.store.undo()
