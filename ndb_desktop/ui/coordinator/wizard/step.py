"""What the steps share: title, fields with a note below each, the faults in those notes, the way to a field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ndb_desktop.domain.errors import Fault
from ndb_desktop.services.batch_form import BatchForm
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.plain import IconLabel, PlainLabel
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.layout import centred, column, holder, row, scroll

WIDTH = 960


class Note(QWidget):
    """What is wrong with the field above: a shape and a sentence; hidden while nothing is."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._words = PlainLabel("", "warning")
        line = row(IconLabel("triangle-alert", 16, "warning"), self._words, gap=0.75)
        line.setStretch(1, 1)
        self.setLayout(line)
        self.hide()

    def say(self, text: str) -> None:
        """Shows a sentence; "" hides the note."""
        self._words.setText(text)
        self.setVisible(bool(text))

    def text(self) -> str:
        """The sentence shown."""
        return self._words.text()


class WizardStep(QWidget):
    """One step. Subclasses set `name`, fill `self.body` and write what is typed into `self.form`.

    Signals: `changed()` the form has changed.
    """

    changed = Signal()
    name = ""

    def __init__(self, title: str, text: str, form: BatchForm) -> None:
        super().__init__()
        self.setObjectName(f"wizard.{self.name}")
        self.setAccessibleName(title)
        self.title = title
        self.form = form
        self._fields: dict[str, QWidget] = {}
        self._names: dict[str, str] = {}
        self._notes: dict[str, Note] = {}
        self.body = column(gap=2)
        inner = column(PlainLabel(title, "title"), PlainLabel(text, "muted"), self.body, None, gap=2, margins=3)
        self.setLayout(column(scroll(centred(holder(inner), theme.pixels(WIDTH)), title)))

    # ----- for subclasses -----

    def line(self, place: str, name: str, text: str, put: Callable[[str], object], hint: str = "") -> LineEdit:
        """A line of text that writes itself into the form."""
        box = LineEdit(name, text, hint)
        box.setObjectName(place.replace("batch.", "create.", 1))
        # Of what is longer than its box the beginning is seen.
        box.setCursorPosition(0)
        box.textChanged.connect(lambda typed: self._put(put, typed))
        return box

    def _put(self, put: Callable[[str], object], typed: str) -> None:
        put(typed)
        self.changed.emit()

    def field(self, place: str, widget: QWidget, name: str, *, label: bool = True) -> QVBoxLayout:
        """A widget with its name above and the note of its place below."""
        note = self.noted(place, widget, name)
        return column(PlainLabel(name), widget, note, gap=0.5) if label else column(widget, note, gap=0.5)

    def noted(self, place: str, widget: QWidget, name: str) -> Note:
        """Says that `place` is `widget`; gives the note to be laid below it."""
        note = Note(f"wizard.note.{place}")
        self._fields[place], self._names[place], self._notes[place] = widget, name, note
        return note

    def forget(self, start: str) -> None:
        """Rows are laid anew: the places that begin so are gone."""
        for places in (self._fields, self._names, self._notes):
            for place in [place for place in places if place.startswith(start)]:
                del places[place]

    # ----- for the frame -----

    def own_faults(self) -> Sequence[Fault]:
        """Faults of what is not in the form: secrets, files that were read."""
        return ()

    def renew(self) -> None:
        """The step is shown: what it takes from other steps may have changed."""

    def show_faults(self, faults: Mapping[str, Fault]) -> None:
        """Says each fault at its field, and closes the notes of the others."""
        for place, note in self._notes.items():
            fault = faults.get(place)
            words = "" if fault is None else i18n.fault(fault)
            note.say(words)
            self._fields[place].setAccessibleDescription(words)

    def name_of(self, place: str) -> str:
        """What a field is called."""
        return self._names.get(place, "")

    def go_to(self, place: str) -> None:
        """Puts the hand on a field."""
        widget = self._fields.get(place)
        if widget is not None:
            widget.setFocus()
