"""节假日历: which years can be counted, and a calendar that is brought in for another, looked at before it is kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from PySide6.QtCore import Signal

from ndb_desktop.services.calendar_import import Offered
from ndb_desktop.ui.coordinator.wizard.dates_step import spans
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, holder


class CalendarCard(Card):
    """Signals: `choose()` a file is wanted; `accepted(object)` the `Offered` calendar that is to be kept."""

    choose = Signal()
    accepted = Signal(object)

    def __init__(self) -> None:
        super().__init__(PlainLabel(tr("calendar.title"), "heading"), gap=1, margins=2)
        self._offered: Offered | None = None
        self._known = self._label("known", "body")
        self._text = PlainLabel(tr("calendar.text"), "muted")
        self.button = self._button("import", tr("calendar.import"), "normal", "plus")
        self.button.clicked.connect(self.choose)
        for part in (self._known, self._text, holder(Flow(self.button))):
            self.box.addWidget(part)
        self._lines = {name: self._label(name, "body") for name in ("offer", "off", "work", "replaces")}
        self.accept = self._button("accept", tr("calendar.accept"), "primary", "check")
        self.accept.clicked.connect(self._accept)
        self.leave = self._button("leave", tr("calendar.leave"), "normal", "x")
        self.leave.clicked.connect(self._leave)
        self._preview = Card(
            *self._lines.values(), PlainLabel(tr("calendar.check"), "muted"), holder(Flow(self.accept, self.leave)),
            kind="soft", gap=1, margins=1.5,
        )  # fmt: skip
        self._preview.hide()
        self.box.addWidget(self._preview)

    @staticmethod
    def _label(name: str, role: str) -> PlainLabel:
        made = PlainLabel("", role, selectable=True)
        made.setObjectName(f"calendar.{name}")
        return made

    @staticmethod
    def _button(name: str, words: str, kind: str, icon: str) -> Button:
        made = Button(words, kind, icon)
        made.setObjectName(f"calendar.{name}")
        return made

    def show_years(self, years: Iterable[int], *, writing: bool) -> None:
        """The years that can be counted; nothing is brought in where nothing may be written."""
        self._known.setText(tr("calendar.known", years=_joined(years)))
        self.button.setEnabled(writing)

    def show_offer(self, offered: Offered) -> None:
        """What a file holds, day by day; nothing is kept yet."""
        one, self._offered = offered.calendar, offered
        documents = tr("list.separator").join(one.documents)
        off, work = _by_year(one.off), _by_year(one.work)
        said = {
            "offer": tr("calendar.offer", years=_joined(sorted(one.years)), documents=documents),
            "off": "\n".join(tr("calendar.off", year=y, count=len(d), days=spans(d)) for y, d in off.items()),
            "work": "\n".join(tr("calendar.work", year=y, count=len(d), days=spans(d)) for y, d in work.items())
            or tr("calendar.work.none"),
            "replaces": tr("calendar.replaces"),
        }
        for name, words in said.items():
            self._lines[name].setText(words)
        self._lines["replaces"].setVisible(offered.replaces)
        self._preview.show()
        self.accept.setFocus()

    def _accept(self) -> None:
        offered = self._offered
        self._leave()
        if offered is not None:
            self.accepted.emit(offered)

    def _leave(self) -> None:
        self._offered = None
        self._preview.hide()
        self.button.setFocus()


def lacking_words(year: object, years: Iterable[int]) -> str:
    """That a year has no calendar, and which have one."""
    return tr("calendar.lacking", year=year, years=_joined(years))


def _by_year(days: Iterable[date]) -> dict[int, list[date]]:
    """Days are named without their year, so each year has a line of its own."""
    years: dict[int, list[date]] = {}
    for day in sorted(days):
        years.setdefault(day.year, []).append(day)
    return years


def _joined(years: Iterable[int]) -> str:
    return tr("list.separator").join(map(str, years))
