"""接续一个总库: which registry is followed and into which stage, opened with one's own key before anything is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QButtonGroup, QScrollArea

from ndb_desktop.formats.succession import Stage
from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.ui.coordinator.wizard.follow_steps import STAGE_TEXTS, STAGE_WORDS
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.plain_checks import PlainRadio
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card
from ndb_desktop.ui.widgets.sight import into_sight
from ndb_desktop.ui.widgets.unlock_page import UnlockPage, UnlockWords


@dataclass
class FollowChoice:
    """What was chosen so far; it outlasts the page."""

    path: Path | None = None
    stage: Stage = "acceptance"
    key: Path | None = None


class FollowPage(UnlockPage):
    """Signals as of its base: `unlock(object, str)` read it with this key; `other()` back."""

    def __init__(self, choice: FollowChoice, identities: Sequence[StoredIdentity]) -> None:
        self.choice = choice
        self._shown = PlainLabel("", selectable=True)
        self._shown.setObjectName("follow.chosen")
        words = UnlockWords(
            title=tr("follow.title"),
            subject=tr("follow.key"),
            text=tr("follow.key.page"),
            key=tr("office.key"),
            browse=tr("office.key.browse"),
            passphrase=tr("office.passphrase"),
            open=tr("follow.read"),
            other=tr("follow.other"),
        )
        super().__init__("follow", words, identities, choice.key, before=self._card())
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        """What went wrong stands below a long form: it is brought into sight."""
        super().showEvent(event)
        area = self.findChild(QScrollArea)
        if area is not None and self.banner.message() is not None:
            QTimer.singleShot(0, self.banner, lambda: into_sight(area, self.banner))

    def _card(self) -> Card:
        folder = Button(tr("follow.folder"), "normal", "folder-open")
        folder.setObjectName("follow.folder")
        folder.clicked.connect(self._pick_folder)
        archive = Button(tr("follow.archive"), "normal", "file")
        archive.setObjectName("follow.archive")
        archive.clicked.connect(self._pick_archive)
        card = Card(PlainLabel(tr("follow.page.text"), "muted"), gap=1, margins=2.5)
        card.box.addWidget(PlainLabel(tr("follow.before"), "heading"))
        card.box.addWidget(self._shown)
        card.box.addLayout(Flow(folder, archive))
        card.box.addWidget(PlainLabel(tr("follow.stage"), "heading"))
        self._stages = QButtonGroup()
        for stage, name in STAGE_WORDS.items():
            button = PlainRadio(tr(name))
            button.setObjectName(f"follow.stage.{stage}")
            button.setAccessibleDescription(tr(STAGE_TEXTS[stage]))
            button.setChecked(stage == self.choice.stage)
            button.toggled.connect(lambda on, stage=stage: self._stage_chosen(stage, on=on))
            self._stages.addButton(button)
            card.box.addWidget(button)
            card.box.addWidget(PlainLabel(tr(STAGE_TEXTS[stage]), "small"))
        return card

    def _stage_chosen(self, stage: Stage, *, on: bool) -> None:
        if on:
            self.choice.stage = stage

    def _pick_folder(self) -> None:
        path = files.pick_folder(self, tr("follow.folder"))
        if path is not None:
            self.take(path)

    def _pick_archive(self) -> None:
        patterns = f"{tr('follow.archives')} (*.ndbarchive);;{tr('files.all')} (*)"
        path = files.pick_file(self, tr("follow.archive"), patterns)
        if path is not None:
            self.take(path)

    def take(self, path: Path) -> None:
        """A registry or an archive was chosen or dropped."""
        self.choice.path = path
        self.banner.dismiss()
        self._show()

    def _show(self) -> None:
        path = self.choice.path
        self._shown.setText(tr("follow.none") if path is None else tr("follow.chosen", path=files.told(path)))
        self._update()

    def _update(self) -> None:
        super()._update()
        self.button.setEnabled(self.button.isEnabled() and self.choice.path is not None)
