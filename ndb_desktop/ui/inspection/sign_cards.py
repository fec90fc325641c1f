"""The parts of the page of signatures: what is missing, signing, a fellow member's file, and print."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal

from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, ElidedLabel, IconLabel, PlainLabel
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, holder, row


def _large(button: Button, name: str) -> Button:
    button.setObjectName(name)
    button.setProperty("touch", True)
    return button


class LeftCard(Card):
    """Whether something is missing, and the way to it."""

    def __init__(self) -> None:
        super().__init__(gap=1, margins=2)
        self._icon = IconLabel("list-checks", 24, "warning")
        self._text = PlainLabel("")
        self._text.setObjectName("site.sign.left")
        self.overview = _large(Button(tr("site.sign.overview"), "normal", "arrow-right"), "site.sign.overview")
        line = row(self._icon, self._text, self.overview, gap=1.5)
        line.setStretch(1, 1)
        self.box.addLayout(line)

    def show_lacks(self, count: int) -> None:
        """So many things are missing."""
        self._icon.set_icon("circle-alert" if count else "badge-check", 24, "warning" if count else "accent")
        self._text.setText(tr("site.sign.left", count=count) if count else tr("site.complete"))
        self.overview.setVisible(bool(count))


class SignCard(Card):
    """Where the file goes, and the button. Signals: `changed()` another folder; `reveal(object)` show a file."""

    changed = Signal()
    reveal = Signal(object)

    def __init__(self) -> None:
        self._title = PlainLabel("", "heading")
        self._text = PlainLabel("", "muted")
        super().__init__(self._title, self._text, gap=1, margins=2)
        self.folder: Path | None = None
        self._place = ElidedLabel(tr("site.sign.folder.none"), "muted", Qt.TextElideMode.ElideMiddle)
        self._place.setObjectName("site.sign.folder")
        choose = Button(tr("site.sign.folder.choose"), "normal", "folder-open")
        choose = _large(choose, "site.sign.folder.choose")
        choose.clicked.connect(self._choose)
        line = row(choose, self._place)
        line.setStretch(1, 1)
        self.button = _large(Button("", "primary", "signature"), "site.sign.button")
        self._needs = PlainLabel(tr("site.sign.needs"), "muted")
        self._needs.setObjectName("site.sign.needs")
        self._name = PlainLabel("", "heading", selectable=True)
        self._name.setObjectName("site.sign.file")
        self._facts = PlainLabel("", selectable=True)
        self._facts.setObjectName("site.sign.facts")
        show = _large(Button(tr("action.show.folder"), "normal", "folder"), "site.sign.reveal")
        show.clicked.connect(lambda: self.reveal.emit(self._written))
        self._written: Path | None = None
        self._done = Card(self._name, self._facts, row(show, None), kind="soft", gap=1, margins=1.5)
        self._done.hide()
        self.box.addLayout(line)
        self.box.addLayout(row(self.button, None))
        self.box.addWidget(self._needs)
        self.box.addWidget(self._done)

    def allow(self, *, unlocked: bool) -> None:
        """Whether it can be pressed now, and what is needed first."""
        ready = unlocked and self.folder is not None
        self.button.setEnabled(ready)
        self._needs.setVisible(not ready)

    def show_whole(self, *, whole: bool) -> None:
        """A whole record is signed; one that lacks something is only for a fellow member."""
        self._title.setText(tr("site.sign.whole") if whole else tr("site.sign.partial"))
        self._text.setText(tr("site.sign.whole.text") if whole else tr("site.sign.partial.text"))
        self.button.set_text(tr("site.sign.whole.button") if whole else tr("site.sign.partial.button"))

    def show_written(self, path: Path, facts: str) -> None:
        """A file was written."""
        self._written = path
        self._name.setText(path.name)
        self._facts.setText(facts)
        self._done.show()

    def _choose(self) -> None:
        folder = files.pick_folder(self, tr("site.sign.folder.choose"))
        if folder is not None:
            self.folder = folder
            self._place.setText(files.told(folder))
            self.changed.emit()


class FellowCard(Card):
    """A file of another member, and what may be done with it. Signal `changed()`: another file."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__(PlainLabel(tr("site.fellow"), "heading"), gap=1, margins=2)
        self.file: Path | None = None
        self._name = ElidedLabel(tr("site.fellow.none"), "muted", Qt.TextElideMode.ElideMiddle)
        self._name.setObjectName("site.fellow.file")
        choose = _large(Button(tr("site.fellow.choose"), "normal", "file"), "site.fellow.choose")
        choose.clicked.connect(self._choose)
        line = row(choose, self._name)
        line.setStretch(1, 1)
        self.cosign = _large(Button(tr("site.cosign"), "normal", "signature"), "site.cosign")
        self.take_back = _large(Button(tr("site.back"), "normal", "inbox"), "site.back")
        self.join = _large(Button(tr("site.join.compare"), "normal", "git-merge"), "site.join.compare")
        self._needs = PlainLabel("", "muted")
        self._needs.setObjectName("site.fellow.needs")
        self.box.addWidget(PlainLabel(tr("site.fellow.text"), "muted"))
        self.box.addLayout(line)
        self.box.addWidget(holder(Flow(self.cosign, self.take_back, self.join)))
        self.box.addWidget(self._needs)

    def show_file(self, path: Path) -> None:
        """This file is meant."""
        self.file = path
        self._name.setText(path.name)
        self.changed.emit()

    def allow(self, *, unlocked: bool, folder: bool) -> None:
        """What can be pressed now, and what is needed first."""
        ready = unlocked and self.file is not None
        self.cosign.setEnabled(ready and folder)
        self.take_back.setEnabled(ready)
        self.join.setEnabled(ready)
        needs = "" if ready and folder else tr("site.fellow.needs.folder") if ready else tr("site.fellow.needs")
        self._needs.setText(needs)
        self._needs.setVisible(bool(needs))

    def _choose(self) -> None:
        pattern = f"{tr('site.fellow.files')} (*.ndbsite);;{tr('files.all')} (*)"
        path = files.pick_file(self, tr("site.fellow.choose"), pattern)
        if path is not None:
            self.show_file(path)


class PrintCard(Card):
    """The record on paper."""

    def __init__(self) -> None:
        super().__init__(PlainLabel(tr("site.print"), "heading"), gap=1, margins=2)
        self.button = _large(Button(tr("site.print.button"), "normal", "printer"), "site.print.button")
        self.box.addWidget(PlainLabel(tr("site.print.text"), "muted"))
        self.box.addLayout(row(self.button, None))
