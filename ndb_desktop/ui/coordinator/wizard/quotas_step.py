"""第三步: 创建数量, a ceiling in total and one per field inside it (laminar, R04), with a live sum."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout

from ndb_desktop.domain.model import Category
from ndb_desktop.services.batch_form import BatchForm, FieldForm
from ndb_desktop.services.batch_lint import QuotaSum, quota_sum
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.wizard.step import WizardStep
from ndb_desktop.ui.coordinator.words import category_name
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.layout import Card, clear


class QuotasStep(WizardStep):
    """A column per category that takes part, a line per field."""

    name = "quotas"

    def __init__(self, form: BatchForm) -> None:
        super().__init__(tr("wizard.quotas"), tr("wizard.quotas.text"), form)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(6)
        card = Card(gap=1.5)
        card.box.addLayout(self._grid)
        self.body.addWidget(card)
        self.sums: dict[Category, PlainLabel] = {}
        self._lay()

    def renew(self) -> None:
        """Fields and categories may be others now."""
        self._lay()
        self.show_sums()

    def _lay(self) -> None:
        self.forget("quotas.")
        clear(self._grid)
        self.sums = {}
        taking = self.form.takes_part()
        self._grid.addWidget(PlainLabel(tr("wizard.quota.field"), "small", wrap=False), 0, 0)
        self._grid.addWidget(PlainLabel(tr("wizard.quota.total"), "heading"), 1, 0)
        for side, category in enumerate(taking, 1):
            self._grid.setColumnStretch(side, 1)
            self._grid.addWidget(PlainLabel(category_name(category), "small", wrap=False), 0, side)
            name = tr("wizard.quota.name", category=category_name(category), field=tr("wizard.quota.total"))
            self._box(1, side, f"quotas.{category}.total", name, self.form.totals, category)
            self.sums[category] = PlainLabel("", "muted")
            self.sums[category].setObjectName(f"wizard.sum.{category}")
            self._grid.addWidget(self.sums[category], 3, side)
        self._grid.addWidget(PlainLabel(tr("wizard.quota.sum"), "small", wrap=False), 3, 0)
        self._grid.setColumnStretch(0, 1)
        for number, one in enumerate(self.form.fields):
            line = 4 + 2 * number
            self._grid.addWidget(PlainLabel(field_title(one)), line, 0)
            for side, category in enumerate(taking, 1):
                name = tr("wizard.quota.name", category=category_name(category), field=field_title(one))
                self._box(line, side, f"quotas.{category}[{number}]", name, one.quotas, category)
        self.show_sums()

    def _box(self, line: int, side: int, place: str, name: str, values: dict[str, str], category: Category) -> None:
        def put(text: str) -> None:
            values[category] = text
            self.show_sums()

        box: LineEdit = self.line(place, name, values.get(category, ""), put, tr("create.quota.none"))
        self._grid.addWidget(box, line, side)
        self._grid.addWidget(self.noted(place, box, name), line + 1, side)

    def show_sums(self) -> None:
        """What the ceilings come to together, now."""
        for category, label in self.sums.items():
            label.setText(sum_words(quota_sum(self.form, category)))


def field_title(one: FieldForm) -> str:
    """What a field is called in the user's language, or its id while it has no name."""
    title = one.zh if i18n.language() == "zh_CN" else one.en
    return title.strip() or one.id.strip() or tr("wizard.quota.unnamed")


def sum_words(found: QuotaSum | None) -> str:
    """The sum of a category in words."""
    if found is None:
        return tr("wizard.sum.unknown")
    if found.total is None:
        return tr("wizard.sum.free", summed=found.summed)
    if found.unreachable:
        return tr("wizard.sum.short", summed=found.summed, total=found.total, short=found.unreachable)
    if found.open_fields:
        return tr("wizard.sum.open", summed=found.summed, total=found.total, fields=found.open_fields)
    return tr("wizard.sum", summed=found.summed, total=found.total)
