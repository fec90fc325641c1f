"""Base of the cards of a finding, a veto finding and an observation."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.domain.siterecord import Part, PartKey, key_of
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.findings_making import change
from ndb_desktop.ui.inspection.store import SiteStore
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.fields import TextBox
from ndb_desktop.ui.widgets.layout import Card, column, row
from ndb_desktop.ui.widgets.layout import Part as Piece

TOUCH = 44
"""Pixels a finger needs."""


def large(button: Button) -> Button:
    """A button high enough for a finger."""
    button.setProperty("touch", True)
    return button


class PartCard(Card):
    """Shows the part it is told to; every edit is stored by itself. Signal `removing(object)`: the key of a part to be
    taken out.
    """

    removing = Signal(object)

    def __init__(self, store: SiteStore, name: str) -> None:
        super().__init__(gap=1.5, margins=2)
        self._store = store
        self._name = f"site.{name}"
        self._key: PartKey | None = None
        self._texts: dict[str, TextBox] = {}
        self.fields: dict[str, QWidget] = {}
        self.title = PlainLabel("", "heading", selectable=True)
        self.title.setObjectName(f"{self._name}.title")
        self._drop = large(Button(tr("site.findings.remove"), "normal", "trash-2"))
        self._drop.setObjectName(f"{self._name}.remove")
        self._drop.clicked.connect(lambda: self.removing.emit(self._key))
        head = row(self.title, self._drop)
        head.setStretch(0, 1)
        self.box.addLayout(head)

    def _field(self, name: str, title: str, *parts: Piece, focus: QWidget) -> None:
        """A field below its title; `focus` is what a lack of it leads to."""
        self.box.addLayout(column(PlainLabel(title), *parts, gap=0.5))
        self.fields[name] = focus

    def _text(self, name: str, title: str, hint: str = "", lines: int = 3) -> None:
        """A field of several lines for the text of that name."""
        box = TextBox(title, "", hint, lines)
        box.setObjectName(f"{self._name}.{name}")
        box.edited.connect(lambda text: self._edit(**{name: text}))
        self._texts[name] = box
        self._field(name, title, box, focus=box)

    def _edit(self, **values: object) -> None:
        if self._key is not None:
            # Which part it is about is settled now: when the lane comes to it, another may be shown.
            change(self._store, self._key, **values)

    def leave(self) -> None:
        """Another part comes: what is being typed about this one is stored first."""
        for box in self._texts.values():
            box.commit()
            box.drop_pending()

    def show_part(self, part: Part) -> None:
        """Shows a part as it is stored."""
        if self._key != key_of(part):
            self.leave()
            self._key = key_of(part)
        for name, box in self._texts.items():
            box.set_stored(getattr(part, name))
        self._drop.setAccessibleName(tr("site.findings.remove.of", id=self._key[1]))

    def focus_on(self, name: str) -> None:
        """Puts the cursor into a field, the text unless there is another of that name."""
        self.fields.get(name, self.fields["text"]).setFocus(Qt.FocusReason.OtherFocusReason)
