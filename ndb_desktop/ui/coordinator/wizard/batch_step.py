"""第一步: which batch it is, trial or official, and what is taken over from the last one."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QWidget

from ndb_desktop.services.batch_form import BatchForm
from ndb_desktop.ui.coordinator.wizard.step import WizardStep
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.plain_checks import PlainRadio
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.counter import Counter
from ndb_desktop.ui.widgets.layout import Card, row


class BatchStep(WizardStep):
    """Signal `take_over(object)`: the file of an earlier batch."""

    take_over = Signal(object)
    name = "batch"

    def __init__(self, form: BatchForm, text: str = "") -> None:
        super().__init__(tr("wizard.batch"), text or tr("wizard.batch.text"), form)
        self.earlier = self._earlier()
        self.body.addWidget(self.earlier)
        self.body.addWidget(self._kind())
        self.body.addWidget(self._names_card())

    def _earlier(self) -> Card:
        button = Button(tr("wizard.last"), "normal", "folder-open")
        button.setObjectName("wizard.last")
        button.clicked.connect(self._pick)
        line = row(PlainLabel(tr("wizard.last.text"), "muted"), button, gap=2)
        line.setStretch(0, 1)
        card = Card(kind="soft", margins=1.5)
        card.box.addLayout(line)
        return card

    def _kind(self) -> Card:
        self.official = PlainRadio(tr("wizard.official"))
        self.official.setObjectName("create.official")
        self.trial = PlainRadio(tr("create.trial"))
        self.trial.setObjectName("create.trial")
        self._kinds = QButtonGroup(self)
        for button in (self.official, self.trial):
            self._kinds.addButton(button)
        (self.trial if self.form.trial else self.official).setChecked(True)
        self.trial.toggled.connect(self._kind_chosen)
        card = Card(PlainLabel(tr("wizard.kind"), "heading"), self.official, self.trial, gap=1)
        card.box.addWidget(self.noted("batch.kind", self.official, tr("wizard.kind")))
        card.box.addWidget(PlainLabel(tr("create.trial.text"), "small"))
        return card

    def _kind_chosen(self, trial: bool) -> None:
        self.form.trial = trial
        self.changed.emit()

    def _names_card(self) -> Card:
        form = self.form
        boxes: list[tuple[str, str, QWidget]] = []
        for name, label, value in (
            ("id", tr("create.id"), form.id),
            ("name", tr("create.name"), form.name),
            ("zh", tr("create.zh"), form.zh),
            ("en", tr("create.en"), form.en),
        ):
            line = self.line(f"batch.{name}", label, value, partial(setattr, form, name))
            boxes.append((f"batch.{name}", label, line))
        self.year = Counter(tr("wizard.year"), 2020, 2100, form.year)
        self.year.number.setObjectName("create.year")
        self.year.number.valueChanged.connect(self._year)
        boxes.append(("batch.year", tr("wizard.year"), self.year))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        for number, (place, label, box) in enumerate(boxes):
            grid.addLayout(self.field(place, box, label), *divmod(number, 2))
        for side in (0, 1):
            grid.setColumnStretch(side, 1)
        card = Card(PlainLabel(tr("create.batch"), "heading"), gap=1.5)
        card.box.addLayout(grid)
        card.box.addWidget(PlainLabel(tr("wizard.id.text"), "small"))
        return card

    def _year(self, year: int) -> None:
        self.form.year = year
        self.changed.emit()

    def _pick(self) -> None:
        path = files.pick_file(
            self, tr("wizard.last"), f"{tr('wizard.plans')} (*.json);;{tr('files.all')} (*)", self._start()
        )
        if path is not None:
            self.take_over.emit(path)

    def _start(self) -> Path | None:
        """Where the new registry will lie the earlier one may lie too."""
        above = Path(self.form.folder).parent
        return above if self.form.folder and above.is_dir() else None
