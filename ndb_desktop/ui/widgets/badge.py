"""A state as a shape and a word, never as a colour alone."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QSizePolicy

from ndb_desktop.ui.plain import IconLabel, PlainLabel, restyle, tip
from ndb_desktop.ui.widgets.layout import row

KINDS = {
    "neutral": "text",
    "accent": "on_accent_soft",
    "warning": "warning",
    "danger": "danger",
    "quiet": "muted",
}


class Badge(QFrame):
    """An icon and a word in a small rounded frame. `kind` is a key of `KINDS`."""

    def __init__(self, text: str, icon: str = "", kind: str = "neutral") -> None:
        super().__init__()
        self._icon = IconLabel(icon or "circle", 16, KINDS[kind])
        self._text = PlainLabel("", "badge", wrap=False)
        self.setLayout(row(self._icon, self._text, gap=0.5, margins=(1, 0.375, 1, 0.375)))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.show_state(text, icon, kind)

    def show_state(self, text: str, icon: str = "", kind: str = "neutral") -> None:
        """Another state."""
        other = self.property("badge") != kind
        self.setProperty("badge", kind)
        self._text.setProperty("ink", kind)
        self._text.setText(text)
        self._icon.setVisible(bool(icon))
        if icon:
            self._icon.set_icon(icon, 16, KINDS[kind])
        self.setAccessibleName(text)
        if other:
            restyle(self)
            restyle(self._text)

    def show_short(self, short: bool) -> None:
        """Only the shape, with the word as its tooltip and name."""
        self._text.setVisible(not short)
        self.setToolTip(tip(self._text.text()) if short else "")

    def width_of(self, short: bool) -> int:
        """The width it needs without its word or with it."""
        box = self.layout()
        margins = box.contentsMargins() if box is not None else self.contentsMargins()
        self._text.ensurePolished()
        word = 0 if short else self._text.sizeHint().width() + (box.spacing() if box is not None else 0)
        return self._icon.width() + word + margins.left() + margins.right() + 2

    def text(self) -> str:
        """The word shown."""
        return self._text.text()
