"""The header of every page: back, where we are, the applicant's name, trial and proposal marks, saved, menu."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QBoxLayout, QMenu, QSizePolicy, QToolButton

from ndb_desktop.ui import i18n, spoken, theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import ElidedLabel, IconButton, IconLabel, PlainLabel, amp, tip
from ndb_desktop.ui.settings import FONT_FACTORS, THEMES
from ndb_desktop.ui.shell.desk import Heading
from ndb_desktop.ui.shortcuts import tip_with_keys
from ndb_desktop.ui.widgets.badge import Badge
from ndb_desktop.ui.widgets.fitting import FittingBar
from ndb_desktop.ui.widgets.layout import column, row

LEAST = 240
"""So many pixels at 100 % of the applicant's name stay in sight before any mark may show its words."""


class Header(FittingBar):
    """Signals: `back()`, `help_asked()`, `about_asked()`, `keys_asked()`, `card_asked()` and what was chosen in the
    menu: `language_chosen(str)`, `theme_chosen(str)`, `font_chosen(float)`; `large_asked()` larger buttons, or not any
    more.
    """

    back = Signal()
    help_asked = Signal()
    about_asked = Signal()
    keys_asked = Signal()
    card_asked = Signal()
    language_chosen = Signal(str)
    theme_chosen = Signal(str)
    font_chosen = Signal(float)
    large_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("header")
        self.back_button = IconButton("arrow-left", tip_with_keys(tr("shell.back"), "back"))
        self.back_button.setObjectName("header.back")
        self.back_button.clicked.connect(self.back)
        self._mark = IconLabel("landmark", 24, "accent")
        self.title = ElidedLabel("", "muted")
        self.title.setObjectName("header.title")
        self.subject = ElidedLabel("", "heading")
        self.subject.setObjectName("header.subject")
        self.subject.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.trial = Badge(tr("trial.mark"), "flask-conical", "warning")
        self.trial.setObjectName("header.trial")
        self.proposal = Badge(tr("pack.proposal"), "scroll-text", "quiet")
        self.proposal.setObjectName("header.proposal")
        self.saved = PlainLabel("", "muted", wrap=False)
        self.saved.setObjectName("header.saved")
        self.saved.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        # As wide as the words it shows most, so that nothing moves while one types.
        self.saved.setMinimumWidth(self.saved.fontMetrics().horizontalAdvance(tr("saved.at", time="00:00:00")) + 2)
        self._alarmed = False
        self.note = Badge("", "triangle-alert", "warning")
        self.note.setObjectName("header.note")
        self.note.hide()
        # Always with its word: what is scored here must never be taken for what counts.
        self.calibration = Badge("", "flask-conical", "danger")
        self.calibration.setObjectName("header.calibration")
        self.calibration.hide()
        self.help_button = IconButton("circle-question-mark", tip_with_keys(tr("shell.help"), "help"))
        self.help_button.setObjectName("header.help")
        self.help_button.clicked.connect(self.help_asked)
        self.large_button = IconButton("pointer", tip_with_keys(tr("shell.large"), "large"), checkable=True)
        self.large_button.setObjectName("header.large")
        # Queued: the choice rebuilds the window and with it this button.
        self.large_button.clicked.connect(self.large_asked, Qt.ConnectionType.QueuedConnection)
        self.large_button.hide()
        self.menu_button = IconButton("settings", tip_with_keys(tr("shell.menu"), "menu"))
        self.menu_button.setObjectName("header.menu")
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu_button.setMenu(self._make_menu())
        self._words: QBoxLayout = column(self.title, self.subject, gap=0)
        self._line = row(
            self.back_button, self._mark, self._words, self.calibration, self.trial, self.proposal, self.note,
            self.saved, self.large_button, self.help_button, self.menu_button, gap=1.5, margins=(2, 1, 2, 1),
        )  # fmt: skip
        self._line.setStretch(2, 1)
        self.setLayout(self._line)
        self._low = False
        self._has_title = False
        self.show_low(False)
        # The whole line would like more than a narrow window has; it makes do with less.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_low(self, low: bool) -> None:
        """One line instead of two: on a low screen the page needs the height more."""
        self._low = low
        above = 2 if low else 8
        self._line.setContentsMargins(16, above, 16, above)
        self.title.setVisible(self._has_title and not low)
        self.setFixedHeight(theme.pixels(48 if low else 64))

    def fit(self) -> None:
        """Marks give up their words where there is no room, the least important first; then the picture leaves."""
        badges = [badge for badge in (self.proposal, self.trial, self.note) if not badge.isHidden()]
        fixed = (self.back_button, self.saved, self.large_button, self.help_button, self.menu_button)
        widths = [max(part.sizeHint().width(), part.minimumWidth()) for part in fixed if not part.isHidden()]
        if not self.calibration.isHidden():
            widths.append(self.calibration.width_of(False))
        gaps = self._line.spacing() * (len(widths) + len(badges) + 1)
        margins = self._line.contentsMargins()
        metrics = self.subject.fontMetrics()
        wanted = min(metrics.horizontalAdvance(self.subject.full_text()) + 4, theme.pixels(LEAST))
        room = self.width() - margins.left() - margins.right() - sum(widths) - gaps - wanted
        short = 0
        while short < len(badges) and _width(badges, short) > room:
            short += 1
        for number, badge in enumerate(badges):
            badge.show_short(number < short)
        picture = self._mark.width() + self._line.spacing()
        self._mark.setVisible(_width(badges, short) + picture <= room)

    def show_heading(self, heading: Heading, at_start: bool) -> None:
        """Shows where we are."""
        self.back_button.setVisible(not at_start)
        self._has_title = bool(heading.subject)
        self.title.setText(heading.title if heading.subject else "")
        self.title.setVisible(self._has_title and not self._low)
        self.subject.setText(heading.subject or heading.title or tr("shell.name"))
        self.trial.setVisible(heading.trial)
        self.proposal.setVisible(heading.proposal)
        if heading.calibration:
            self.calibration.show_state(tr("calibration.mark"), "flask-conical", "danger")
            self.calibration.setToolTip(tip(tr("calibration.mark.text")))
            self.calibration.setAccessibleDescription(tr("calibration.mark.text"))
        self.calibration.setVisible(heading.calibration)
        self.saved.setText(heading.saved)
        self.saved.set_role("danger" if heading.alarm else "muted")
        self.saved.setVisible(bool(heading.saved))
        self.large_button.setVisible(heading.by_hand)
        self.large_button.setChecked(theme.large())
        self._speak(heading)
        self.note.show_state(heading.note, "triangle-alert", "warning")
        self.note.setVisible(bool(heading.note))
        self.subject.setAccessibleDescription(heading.title if heading.subject else "")
        self.fit()

    def _speak(self, heading: Heading) -> None:
        """Not saved is said at once, and when it is saved again; each save by itself would drown what one reads."""
        if heading.alarm != self._alarmed and heading.saved != tr("saved.now"):
            self._alarmed = heading.alarm
            spoken.say(self.saved, heading.saved, urgent=heading.alarm)

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        languages = [(code, tr(f"language.{code}")) for code in ("zh_CN", "en")]
        self._choices(menu, tr("shell.language"), languages, i18n.language(), self.language_chosen.emit)
        themes: list[tuple[str, str]] = [(name, _theme_name(name)) for name in THEMES]
        self._choices(menu, tr("shell.theme"), themes, theme.current(), self.theme_chosen.emit)
        nearest = min(FONT_FACTORS, key=lambda size: abs(size - theme.factor()))
        sizes = [(str(size), f"{round(size * 100)} %") for size in FONT_FACTORS]
        self._choices(menu, tr("shell.font"), sizes, str(nearest), lambda size: self.font_chosen.emit(float(size)))
        menu.addSeparator()
        card = QAction(amp(tr("shell.card")), menu)
        card.setObjectName("menu.card")
        card.triggered.connect(self.card_asked)
        menu.addAction(card)
        keys = QAction(amp(tr("shortcuts.title")), menu)
        keys.triggered.connect(self.keys_asked)
        menu.addAction(keys)
        about = QAction(amp(tr("shell.about")), menu)
        about.triggered.connect(self.about_asked)
        menu.addAction(about)
        return menu

    @staticmethod
    def _choices(
        menu: QMenu, title: str, values: list[tuple[str, str]], current: str, chosen: Callable[[str], object]
    ) -> None:
        part = menu.addMenu(amp(title))
        group = QActionGroup(part)
        for value, text in values:
            action = QAction(amp(text), part, checkable=True)
            action.setChecked(value == current)
            action.setData(value)
            group.addAction(action)
            part.addAction(action)
        # Queued: the choice rebuilds the window and with it this menu.
        group.triggered.connect(lambda action: chosen(action.data()), Qt.ConnectionType.QueuedConnection)


def _width(badges: list[Badge], short: int) -> int:
    """What the badges need when the first `short` of them give up their words."""
    return sum(badge.width_of(short=number < short) for number, badge in enumerate(badges))


def _theme_name(name: str) -> str:
    return {"light": tr("theme.light"), "dark": tr("theme.dark"), "contrast": tr("theme.contrast")}[name]
