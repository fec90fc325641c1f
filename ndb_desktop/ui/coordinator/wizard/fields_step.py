"""第二步: the categories that take part and the key fields (重点领域) with their scale factors."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from PySide6.QtWidgets import QGridLayout, QWidget

from ndb_desktop.services.batch_form import CATEGORIES, BatchForm, FieldForm
from ndb_desktop.ui.coordinator.wizard.step import WizardStep
from ndb_desktop.ui.coordinator.words import category_name
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconButton, PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.layout import Card, clear, holder, row

PARTS = ("id", "zh", "en", "k")


class FieldsStep(WizardStep):
    """Rows of the form, one line of boxes each."""

    name = "fields"

    def __init__(self, form: BatchForm) -> None:
        super().__init__(tr("wizard.fields"), tr("wizard.fields.text"), form)
        self.body.addWidget(self._categories())
        self.body.addWidget(self._card())

    def _categories(self) -> Card:
        card = Card(PlainLabel(tr("wizard.categories"), "heading"), gap=1)
        self.boxes: dict[str, PlainCheckBox] = {}
        for category in CATEGORIES:
            box = PlainCheckBox(category_name(category))
            box.setObjectName(f"wizard.category.{category}")
            box.setChecked(category in self.form.categories)
            box.toggled.connect(lambda on, category=category: self._takes_part(category, on))
            self.boxes[category] = box
            card.box.addWidget(box)
        card.box.addWidget(self.noted("fields.categories", self.boxes[CATEGORIES[0]], tr("wizard.categories")))
        return card

    def _takes_part(self, category: str, on: bool) -> None:
        others = [known for known in self.form.categories if known != category]
        self.form.categories = [*others, category] if on else others
        self.changed.emit()

    def _card(self) -> Card:
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._grid.setContentsMargins(0, 0, 0, 0)
        for side, share in enumerate((5, 7, 9, 2, 0)):
            self._grid.setColumnStretch(side, share)
        self.add = Button(tr("create.field.add"), "normal", "plus")
        self.add.setObjectName("create.field.add")
        self.add.clicked.connect(self._add)
        card = Card(PlainLabel(tr("create.fields"), "heading"), PlainLabel(tr("create.fields.text"), "small"), gap=1.5)
        # In a box of their own: rows made later still come before the button below them.
        card.box.addWidget(holder(self._grid))
        card.box.addWidget(self.noted("fields.add", self.add, tr("create.fields")))
        card.box.addLayout(row(self.add, None))
        self._lay()
        return card

    def _lay(self) -> None:
        """The rows as the form has them; made anew when one comes or goes."""
        self.forget("fields[")
        clear(self._grid)
        titles = self._titles()
        for side, part in enumerate(PARTS):
            self._grid.addWidget(PlainLabel(titles[part], "small", wrap=False), 0, side)
        order: list[QWidget] = []
        for number, row_form in enumerate(self.form.fields):
            order += self._row(number, row_form, titles)
        for first, second in pairwise([*order, self.add]):
            QWidget.setTabOrder(first, second)

    @staticmethod
    def _titles() -> dict[str, str]:
        return {
            "id": tr("create.field.id"),
            "zh": tr("create.field.zh"),
            "en": tr("create.field.en"),
            "k": tr("wizard.field.k"),
        }

    def _row(self, number: int, row_form: FieldForm, titles: dict[str, str]) -> list[QWidget]:
        """Lays a row; gives its stops."""
        line, stops = 1 + number * 5, []
        for side, part in enumerate(PARTS):
            place = f"fields[{number}].{part}"
            name = tr("wizard.row", number=number + 1, name=titles[part])
            box = self.line(place, name, getattr(row_form, part), partial(setattr, row_form, part))
            stops.append(box)
            self._grid.addWidget(box, line, side)
            # A note takes the width of the row: beside its box there is no room for a sentence.
            self._grid.addWidget(self.noted(place, box, name), line + 1 + side, 0, 1, 5)
        remove = IconButton("trash-2", tr("wizard.row", number=number + 1, name=tr("create.field.remove")))
        remove.setObjectName(f"wizard.field.remove.{number}")
        remove.clicked.connect(lambda: self._remove(row_form))
        self._grid.addWidget(remove, line, len(PARTS))
        return [*stops, remove]

    def _add(self) -> None:
        self.form.fields.append(FieldForm())
        self._lay()
        self.changed.emit()
        first = self.findChild(LineEdit, f"fields[{len(self.form.fields) - 1}].id")
        if first is not None:
            first.setFocus()

    def _remove(self, gone: FieldForm) -> None:
        self.form.fields = [one for one in self.form.fields if one is not gone]
        self._lay()
        self.changed.emit()
        self.add.setFocus()
