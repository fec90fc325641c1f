"""Above and below the matrix: which category, which applications, and what the signs mean."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QIcon, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from ndb_desktop.ui import icons, theme
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.check_model import MatrixModel
from ndb_desktop.ui.expert.check_paint import BAR, paint_bar, paint_corner, small_font
from ndb_desktop.ui.expert.check_rows import FILTERS, Wanted, challenged_state, reason_state
from ndb_desktop.ui.expert.words import State
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import amp, tip
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.flow import Flow

_ELSEWHERE = ("circle-check", "circle-zero", "message-square-warning")
"""Signs of an item that look otherwise in a cell."""


def filter_name(wanted: Wanted) -> str:
    """A filter in a word."""
    return {
        "all": tr("check.filter.all"),
        "gaps": tr("check.filter.gaps"),
        "flagged": tr("check.filter.flagged"),
        "challenged": tr("check.filter.challenged"),
        "hints": tr("check.filter.hints"),
        "spared": tr("check.filter.spared"),
        "unable": tr("check.filter.unable"),
        "recused": tr("check.filter.recused"),
    }[wanted]


class _Switch(QPushButton):
    """A button that stays down while its choice is in force."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setProperty("kind", "chip")
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setObjectName(name)

    def say(self, text: str, on: bool) -> None:
        """Words, and whether the choice is in force; on says so by a tick as well as by colour."""
        self.setText((" " if on else "") + amp(text))
        self.setIcon(icons.icon("check", "accent") if on else QIcon())
        self.setAccessibleName(text)
        self.setChecked(on)


class FilterBar(QWidget):
    """Signals: `category(str)`, `wanted(str)`, `searched(str)`."""

    category = Signal(str)
    wanted = Signal(str)
    searched = Signal(str)

    def __init__(self, model: MatrixModel) -> None:
        super().__init__()
        self._model = model
        self.search = LineEdit(tr("check.search"), placeholder=tr("check.search"))
        self.search.setObjectName("check.search")
        # As wide as what it says while it is empty.
        self.search.ensurePolished()
        hint = self.search.fontMetrics().horizontalAdvance(self.search.placeholderText())
        self.search.setFixedWidth(max(hint + 32, theme.pixels(180)))
        self.search.textChanged.connect(self.searched)
        self.categories = {name: _Switch(f"check.category.{name}") for name in model.categories}
        self.filters = {name: _Switch(f"check.filter.{name}") for name in FILTERS}
        for name, button in self.categories.items():
            button.clicked.connect(partial(self._category, name))
        for wanted, button in self.filters.items():
            button.clicked.connect(partial(self._filter, wanted))
        self.setLayout(Flow(*self.categories.values(), self.search, *self.filters.values(), gap=0.75))
        for button in self.categories.values():
            # One form only: nothing to switch.
            button.setVisible(len(model.categories) > 1)
        self.refresh()

    def refresh(self) -> None:
        """Counts and choices as they are now."""
        model = self._model
        for name, button in self.categories.items():
            count = len(model.rows.of(name)) if len(self.categories) > 1 else 0
            text = tr("check.category", name=words.category_name(name), count=count)
            button.say(text, name == model.category)
        for wanted, button in self.filters.items():
            count = model.counts[wanted]
            button.say(tr("check.filter", name=filter_name(wanted), count=count), wanted == model.wanted)

    def _category(self, name: str, _checked: bool = False) -> None:
        self.category.emit(name)
        self.refresh()

    def _filter(self, wanted: Wanted, _checked: bool = False) -> None:
        self.wanted.emit(wanted)
        self.refresh()


class Legend(QWidget):
    """Every sign of the matrix with its word, wrapped to the width there is."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("check.legend")
        undeclared = State("lock", tr("expert.state.undeclared"), "quiet", "muted")
        spoken = [state for state in words.legend() if state.icon not in _ELSEWHERE]
        self._signs: list[tuple[str, State]] = [
            ("score", State("", tr("check.legend.score"), "", "")),
            ("zero", State("circle-zero", tr("check.legend.zero"), "", "accent")),
            *(("state", state) for state in (*spoken, reason_state(), challenged_state(), undeclared)),
            ("hint", State("", tr("check.hint"), "", "")),
        ]
        self.setAccessibleName(tr("check.legend"))
        self.setAccessibleDescription(", ".join(state.text for _, state in self._signs))
        self.setToolTip(tip(tr("check.legend")))
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def words(self) -> list[str]:
        """The words beside the signs."""
        return [state.text for _, state in self._signs]

    def _boxes(self, width: int) -> list[QRect]:
        metrics = QFontMetrics(small_font(self.font()))
        height, left, top, boxes = metrics.lineSpacing() + 4, 0, 0, []
        for kind, state in self._signs:
            need = _sample_width(kind) + 6 + metrics.horizontalAdvance(state.text) + 16
            if left and left + need > width:
                left, top = 0, top + height
            boxes.append(QRect(left, top, need, height))
            left += need
        return boxes

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._boxes(max(width, 200))[-1].bottom() + 1

    def sizeHint(self) -> QSize:
        return QSize(600, self.heightForWidth(max(self.width(), 600)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setFixedHeight(self.heightForWidth(self.width()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(small_font(self.font()))
        for box, (kind, state) in zip(self._boxes(self.width()), self._signs, strict=True):
            width = _sample_width(kind)
            _paint_sample(painter, QRect(box.left(), box.top(), width, box.height()), kind, state)
            painter.setPen(theme.color("muted"))
            text = box.adjusted(width + 6, 0, 0, 0)
            painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, state.text)
        painter.end()


def _sample_width(kind: str) -> int:
    return {"score": 24, "zero": 38}.get(kind, 14)


def _paint_sample(painter: QPainter, rect: QRect, kind: str, state: State) -> None:
    middle = rect.center().y()
    if kind in ("score", "zero"):
        value = Fraction(70) if kind == "score" else Fraction(0)
        paint_bar(painter, QRect(rect.right() - 23, middle - BAR // 2, 24, BAR), value)
    if kind == "hint":
        paint_corner(painter, QRect(rect.left(), middle - 6, rect.width(), 12))
    elif kind != "score":
        ratio = painter.device().devicePixelRatio()
        painter.drawPixmap(rect.left(), middle - 6, icons.pixmap(state.icon, 14, state.colour, ratio))
