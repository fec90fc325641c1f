"""The steps of a review above its pages; where there is no room for all words, the step one is in keeps them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QPushButton, QSizePolicy

from ndb_desktop.ui import icons
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import IconButton, PlainLabel, ShrinkingButton, amp, tip
from ndb_desktop.ui.widgets.fitting import FittingBar
from ndb_desktop.ui.widgets.layout import row

STEPS = ("identity", "declare", "score", "check", "sign")


class StepButton(QPushButton):
    """Number and name of a step; short, only its number, and the name is its tooltip."""

    def __init__(self, step: str, number: int, name: str) -> None:
        super().__init__()
        self._number, self._name, self._short = number, name, False
        self.setProperty("kind", "step")
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setObjectName(f"step.{step}")
        self.setAccessibleName(tr("step.name", number=number, name=name))
        self.show_short(False)

    def show_short(self, short: bool) -> None:
        """Only the number, or the name as well."""
        self._short = short
        self.setText(f" {self._number}" if short else self._words())
        self.setToolTip(tip(self.accessibleName()) if short else "")

    def _words(self) -> str:
        return amp(f" {self._number}  {self._name}")

    def width_of(self, short: bool) -> int:
        """The width it needs with its name or without."""
        return self._wide(f" {self._number}" if short else self._words())

    def _wide(self, text: str) -> int:
        self.ensurePolished()
        bold = QFont(self.font())
        bold.setBold(True)
        # The step one is in is painted bold, which the button's own font does not know.
        shown = self.fontMetrics().horizontalAdvance(self.text())
        return super().sizeHint().width() - shown + QFontMetrics(bold).horizontalAdvance(text) + 2

    def sizeHint(self) -> QSize:
        return QSize(self._wide(self.text()), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class StepBar(FittingBar):
    """Signals: `asked(str)` a step; `back_asked()` to the check page; `safety_asked()` the copies of the worksheet."""

    asked = Signal(str)
    back_asked = Signal()
    safety_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", "topbar")
        self.setObjectName("steps")
        names = {
            "identity": tr("step.identity"),
            "declare": tr("step.declare"),
            "score": tr("step.score"),
            "check": tr("step.check"),
            "sign": tr("step.sign"),
        }
        self.buttons = {step: StepButton(step, number, names[step]) for number, step in enumerate(STEPS, 1)}
        for step, button in self.buttons.items():
            button.clicked.connect(lambda _checked=False, step=step: self.asked.emit(step))
        self.back_to_check = ShrinkingButton(tr("check.back"), "quiet", "arrow-left")
        self.back_to_check.setObjectName("review.back_to_check")
        self.back_to_check.clicked.connect(self.back_asked)
        self.back_to_check.hide()
        self.progress = PlainLabel("", "muted", wrap=False)
        self.progress.setObjectName("review.progress")
        self._safety = IconButton("shield-check", tr("safety.open"))
        self._safety.setObjectName("review.safety")
        self._safety.clicked.connect(self.safety_asked)
        parts = (*self.buttons.values(), None, self.back_to_check, self.progress, self._safety)
        self.setLayout(row(*parts, gap=0.5, margins=(1, 0, 1, 0)))
        # The whole bar would like more than a narrow window has; it makes do with less.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_step(self, step: str) -> None:
        """The step one is in."""
        # No exclusive button group: Tab would skip all steps but one.
        for name, button in self.buttons.items():
            button.setChecked(name == step)
        self.fit()

    def show_marks(self, marks: dict[str, bool]) -> None:
        """Which steps are done."""
        for step, fine in marks.items():
            colour = "accent" if fine else "muted"
            self.buttons[step].setIcon(icons.icon("circle-check" if fine else "circle", colour))
            self.buttons[step].setAccessibleDescription(tr("expert.item.done") if fine else "")
        self.fit()

    def show_progress(self, text: str) -> None:
        """How much is done of all; the lists say it as well, so it is the first to give way."""
        self.progress.setText(text)
        self.fit()

    def show_back(self, on: bool) -> None:
        """Whether one came from the check page."""
        self.back_to_check.setVisible(on)
        self.fit()

    def fit(self) -> None:
        """The progress gives way first, then the words of the steps."""
        box = self.layout()
        if box is None:
            return
        margins, gap = box.contentsMargins(), box.spacing()
        room = self.width() - margins.left() - margins.right() - gap * (len(self.buttons) + 3)
        room -= self._safety.sizeHint().width()
        back = not self.back_to_check.isHidden()
        wide = sum(button.width_of(short=False) for button in self.buttons.values())
        words = wide + (self.back_to_check.sizeHint().width() if back else 0)
        least = wide + (self.back_to_check.minimumSizeHint().width() if back else 0)
        self.progress.setVisible(words + self.progress.sizeHint().width() <= room)
        for button in self.buttons.values():
            button.show_short(least > room and not button.isChecked())
