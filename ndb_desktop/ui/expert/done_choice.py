"""评议任务: not done, partly done or done, each with what the pack says that it means; one key each."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from ndb_desktop.domain.sheetform import StageForm
from ndb_desktop.services import stage_sheet_words as stage_words
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert.level_button import LevelButton
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.widgets.layout import column

VALUES = {"1": Decimal(0), "2": Decimal("0.5"), "3": Decimal(1)}
"""The key of each finding: the more was done, the higher."""


class DoneButton(LevelButton):
    """One finding: looks and behaves like a level, and says what the pack says of it."""

    def __init__(self, name: str, digit: str) -> None:
        super().__init__("L1")
        self._digit, self._title = digit, ""
        self.setObjectName(name)

    def show_choice(self, title: str, meaning: str) -> None:
        """What it is called and what it means; a meaning that begins with the title does not say it twice."""
        head, _, rest = meaning.replace("：", ": ", 1).partition(": ")
        self._title, self.descriptor = title, rest if rest and head.casefold() == title.casefold() else meaning
        self._key.setText(tr("level.key", digit=self._digit))
        self._words.setText(self.descriptor)
        self._show_words()
        self.setAccessibleName(title)
        self.setAccessibleDescription(self.descriptor)

    def _show_words(self) -> None:
        self._name.setText(self._title)
        self._words.setVisible(bool(self.descriptor))


class DoneChoice(QWidget):
    """Signal `chosen(object)`: a `Decimal`, 0, 0.5 or 1."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        self.buttons: dict[Decimal, DoneButton] = {}
        box = column(PlainLabel(tr("stage.done"), "heading"), gap=0.75)
        # Done stands first, like the highest level.
        for digit, value in reversed(VALUES.items()):
            button = DoneButton(f"done.{stage_words.done_key(value)}", digit)
            button.clicked.connect(lambda _on=False, value=value: self.chosen.emit(value))
            self._group.addButton(button)
            self.buttons[value] = button
            box.addWidget(button)
        self.setLayout(box)

    def show_form(self, form: StageForm) -> None:
        """What each finding means by the pack."""
        language = i18n.language()
        for value, button in self.buttons.items():
            button.show_choice(stage_words.done_word(value, language), stage_words.done_meaning(form, value, language))

    def show_value(self, value: Decimal | None) -> None:
        """What was found, None for nothing yet."""
        self._group.setExclusive(False)
        for known, button in self.buttons.items():
            button.setChecked(known == value)
        self._group.setExclusive(True)

    def start(self) -> DoneButton:
        """The button one begins at: what was found, else done."""
        return next((button for button in self.buttons.values() if button.isChecked()), self.buttons[Decimal(1)])
