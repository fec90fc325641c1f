"""公示: when, how long, signed by whom, reached where; notice and lists by one card, only from what is final."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.finality import finality
from ndb_desktop.services.calendar_import import known_years
from ndb_desktop.services.notice_period import MOST_DAYS, NoticePeriod, counted_days, day_words, period_by
from ndb_desktop.services.publication import Published, Wording
from ndb_desktop.ui import i18n, messages
from ndb_desktop.ui.coordinator.calendar_card import CalendarCard, lacking_words
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, LinkButton, PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets.counter import Counter
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.layout import Card, column, row


@dataclass(frozen=True)
class NoticeWish:
    """What is to be published."""

    period: NoticePeriod
    wording: Wording


class NoticePart(TallPart):
    """Signals: `write(object)` a `NoticeWish`; `settle()` go to where results become final."""

    write = Signal(object)
    settle = Signal()

    def __init__(self, snapshot: Snapshot, today: date) -> None:
        super().__init__()
        self._snapshot = snapshot
        self._period: NoticePeriod | None = None
        self._icon = IconLabel("circle", 24, "muted")
        self._state = PlainLabel("", "heading")
        self._state.setObjectName("notice.state")
        self._why = PlainLabel("", "muted")
        self._why.setObjectName("notice.why")
        self._link = LinkButton(tr("notice.settle"), "arrow-right")
        self._link.setObjectName("notice.settle")
        self._link.clicked.connect(self.settle)
        head = row(self._icon, column(self._state, self._why, row(self._link, None), gap=0.5), gap=1.5)
        head.setStretch(1, 1)
        state = Card(gap=1, margins=2)
        state.box.addLayout(head)
        self.calendar = CalendarCard()
        parts = (state, self._dates_card(today), self.calendar, self._words_card(), self._files_card())
        page = column(*parts, gap=2, margins=2)
        page.addStretch(1)
        self.setLayout(page)
        self.show_snapshot(snapshot)

    def _dates_card(self, today: date) -> Card:
        self.start = LineEdit(tr("notice.start"), today.isoformat(), tr("notice.start.hint"))
        self.start.setObjectName("notice.start")
        self.start.textChanged.connect(lambda _text: self._count())
        self.days = Counter(tr("notice.days"), 1, MOST_DAYS, self._snapshot.facts.notice_days)
        self.days.number.setObjectName("notice.days")
        self.days.number.valueChanged.connect(lambda _value: self._count())
        self.counted = PlainCheckBox(tr("notice.counted"))
        self.counted.setObjectName("notice.counted")
        self.counted.setChecked(self._snapshot.facts.count_start_day)
        self.counted.toggled.connect(lambda _on: self._count())
        self._dates = PlainLabel("", "body", selectable=True)
        self._dates.setObjectName("notice.dates")
        self._named = PlainLabel("", "muted", selectable=True)
        self._named.setObjectName("notice.workdays")
        line = row(
            column(PlainLabel(tr("notice.start")), self.start, gap=0.5),
            column(PlainLabel(tr("notice.days")), self.days, gap=0.5), None, gap=2,
        )  # fmt: skip
        card = Card(PlainLabel(tr("notice.dates"), "heading"), gap=1, margins=2)
        card.box.addLayout(line)
        for part in (self.counted, self._dates, self._named):
            card.box.addWidget(part)
        return card

    def _words_card(self) -> Card:
        self.issuer = LineEdit(tr("notice.issuer"), self._snapshot.name)
        self.recipients = LineEdit(tr("notice.recipients"), "", tr("notice.recipients.hint"))
        self.contact = LineEdit(tr("notice.contact"), "", tr("notice.contact.hint"))
        fields: tuple[tuple[str, str, LineEdit], ...] = (
            ("issuer", tr("notice.issuer"), self.issuer), ("recipients", tr("notice.recipients"), self.recipients),
            ("contact", tr("notice.contact"), self.contact),
        )  # fmt: skip
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        for number, (name, label, field) in enumerate(fields):
            field.setObjectName(f"notice.{name}")
            field.textChanged.connect(lambda _text: self._update())
            grid.addLayout(column(PlainLabel(label), field, gap=0.5), number // 2, number % 2)
        card = Card(PlainLabel(tr("notice.words"), "heading"), gap=1, margins=2)
        card.box.addLayout(grid)
        return card

    def _files_card(self) -> Card:
        self.button = Button(tr("notice.write"), "primary", "printer")
        self.button.setObjectName("notice.write")
        self.button.clicked.connect(self._write)
        self._made = PlainLabel("", "muted", selectable=True)
        self._made.setObjectName("notice.made")
        self._made.hide()
        card = Card(PlainLabel(tr("notice.files"), "heading"), PlainLabel(tr("notice.files.text")), gap=1, margins=2)
        card.box.addWidget(PlainLabel(tr("notice.font"), "small"))
        card.box.addLayout(row(self.button, None))
        card.box.addWidget(self._made)
        return card

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Whether anything may be published, and what was."""
        self._snapshot = snapshot
        known = finality(snapshot.decisions).state
        # In a later stage each move is signed by itself; there is no list to be made final.
        later = snapshot.stage != "selection"
        may = later or known == "final" or (known == "open" and snapshot.batch.trial and not snapshot.supervisors)
        if later or known == "final":
            self._icon.set_icon("badge-check", 24, "accent")
            self._state.setText(tr("notice.stage") if later else tr("notice.final"))
        else:
            self._icon.set_icon("flask-conical" if may else "lock", 24, "warning")
            self._state.setText(tr("notice.trial") if may else tr("notice.open"))
        self._why.setText(self._last(snapshot) if may else tr("notice.open.text"))
        self._link.setVisible(not later and known != "final")
        self._may = may and not snapshot.recovered
        self._years = known_years(snapshot.batch.calendar, snapshot.calendars)
        self.calendar.show_years(self._years, writing=not snapshot.recovered)
        self._count()

    @staticmethod
    def _last(snapshot: Snapshot) -> str:
        last, language = snapshot.publication, i18n.language()
        if last is None:
            return tr("notice.none")
        return tr("notice.last", start=day_words(last.start, language), end=day_words(last.end, language))

    def show_made(self, made: Published) -> None:
        """Names the files that were written."""
        lines = [tr("notice.file", name=one.name, size=one.size, sha256=one.sha256[:16]) for one in made.files]
        if made.missing:
            lines.append(tr("notice.glyphs", codes=tr("list.separator").join(made.missing)))
        self._made.setText("\n".join(lines))
        self._made.show()

    def _count(self) -> None:
        """The period from what was typed, with every working day by its date."""
        self._period = None
        language, calendar, own = i18n.language(), self._snapshot.batch.calendar, self._snapshot.calendars
        try:
            start = date.fromisoformat(self.start.text().strip())
            counted = self.counted.isChecked()
            period = period_by(calendar, start, self.days.number.value(), count_start_day=counted, own=own)
        except ValueError:
            self._dates.setText(tr("notice.start.wrong"))
            self._named.setText("")
        except NdbError as error:
            lacking = error.code == "E-CALENDAR-YEAR"
            words = lacking_words(error.params["year"], self._years) if lacking else messages.describe(error).text
            self._dates.setText(words)
            self._named.setText("")
        else:
            self._period = period
            days = counted_days(calendar, period, own)
            self._dates.setText(period.words(language))
            self._named.setText(tr("notice.workdays", days=tr("list.separator").join(map(_day, days))))
        self._named.setVisible(bool(self._named.text()))
        self._update()

    def _update(self) -> None:
        ready = self._period is not None and bool(self.issuer.text().strip())
        self.button.setEnabled(self._may and ready)

    def _write(self) -> None:
        if self._period is not None:
            wording = Wording(self.issuer.text().strip(), self.contact.text().strip(), self.recipients.text().strip())
            self.write.emit(NoticeWish(self._period, wording))


_WEEKDAYS = (
    "notice.weekday.1", "notice.weekday.2", "notice.weekday.3", "notice.weekday.4", "notice.weekday.5",
    "notice.weekday.6", "notice.weekday.7",
)  # fmt: skip


def _day(day: date) -> str:
    return tr("notice.workday", month=f"{day.month:02d}", day=f"{day.day:02d}", weekday=tr(_WEEKDAYS[day.weekday()]))
