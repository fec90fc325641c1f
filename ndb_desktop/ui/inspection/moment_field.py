"""A moment of the visit: what the device's clock says now, at one touch, or typed; the zone is the device's, 未授时."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.layout import column, row

_SHOWN = "%Y-%m-%d %H:%M"


class MomentField(QWidget):
    """Signal `edited(str)`: another moment with its zone (`2026-11-22T11:05:00+08:00`), "" for none."""

    edited = Signal(str)

    def __init__(self, name: str, title: str, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now, self._stored = now, ""
        self.field = LineEdit(title, "", tr("site.moment.hint"))
        self.field.setObjectName(name)
        self.field.edited.connect(self._typed)
        self.button = Button(tr("site.moment.now"), "normal", "clock")
        self.button.setObjectName(f"{name}.now")
        self.button.setAccessibleName(tr("site.moment.now.of", title=title))
        self.button.clicked.connect(lambda: self.edited.emit(now().replace(microsecond=0).isoformat()))
        self._wrong = PlainLabel(tr("site.moment.wrong"), "danger")
        self._wrong.setObjectName(f"{name}.wrong")
        self._wrong.hide()
        line = row(self.field, self.button)
        line.setStretch(0, 1)
        self.setLayout(column(PlainLabel(title), line, self._wrong, gap=0.5))
        self.setFocusProxy(self.field)

    def show_moment(self, at: str) -> None:
        """Shows what is stored, unless somebody is typing there something that cannot be taken."""
        self._stored = at
        if self._wrong.isVisibleTo(self):
            return
        shown = datetime.fromisoformat(at).strftime(_SHOWN) if at else ""
        self.field.set_stored(shown)

    def _typed(self, text: str) -> None:
        text = text.strip()
        try:
            said = datetime.strptime(text, _SHOWN) if text else None  # noqa: DTZ007  (the zone comes next)
        except ValueError:
            self._wrong.show()
            return
        self._wrong.hide()
        stored = datetime.fromisoformat(self._stored) if self._stored else None
        if said is None:
            self.edited.emit("")
        elif stored is None or stored.strftime(_SHOWN) != said.strftime(_SHOWN):
            zone = (stored or self._now()).tzinfo
            self.edited.emit(said.replace(tzinfo=zone).isoformat())
