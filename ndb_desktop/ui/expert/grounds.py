"""回避情形: the twelve grounds in five groups, each with what it means and an example; to read, or to tick."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from ndb_desktop.domain.sheet import CONFLICT_CODES
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets.layout import column

KEYS = {
    Qt.Key.Key_1: "C1",
    Qt.Key.Key_2: "C2",
    Qt.Key.Key_3: "C3",
    Qt.Key.Key_4: "C4",
    Qt.Key.Key_5: "C5",
    Qt.Key.Key_6: "C6",
    Qt.Key.Key_7: "C7",
    Qt.Key.Key_8: "C8",
    Qt.Key.Key_9: "C9",
    Qt.Key.Key_0: "C10",
}
"""Digits that tick a ground; the last two are ticked where the focus is."""

_INDENT = 32
_GAP = 8


def groups() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Name and codes of each group; together all codes, each once."""
    return (
        (tr("grounds.post"), ("C1", "C8", "C9")),
        (tr("grounds.family"), ("C2", "C3")),
        (tr("grounds.work"), ("C4", "C5", "C6")),
        (tr("grounds.against"), ("C7", "C10")),
        (tr("grounds.other"), ("C11", "C12")),
    )


def meaning(code: str) -> str:
    """What a ground means, and an example from life."""
    return tr("grounds.meaning", text=tr(f"conflict.{code}.explain"), example=tr(f"conflict.{code}.example"))


class GroundsToRead(QWidget):
    """The whole list, without anything to tick."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("grounds")
        rows = column(gap=0.5)
        for title, codes in groups():
            rows.addSpacing(_GAP)
            rows.addWidget(PlainLabel(title, "heading"))
            for code in codes:
                rows.addWidget(PlainLabel(tr("grounds.line", code=code, name=tr(f"conflict.{code}"))))
                text = PlainLabel(meaning(code), "small")
                text.setContentsMargins(_INDENT, 0, 0, 4)
                rows.addWidget(text)
        self.setLayout(rows)


class GroundsToTick(QWidget):
    """The list with a box before each; `changed` is called after every tick."""

    def __init__(self, ticked: tuple[str, ...], changed: Callable[[], object]) -> None:
        super().__init__()
        self.checks: dict[str, PlainCheckBox] = {}
        rows = column(gap=0.25)
        for title, codes in groups():
            rows.addSpacing(_GAP)
            rows.addWidget(PlainLabel(title, "heading"))
            for code in codes:
                check = PlainCheckBox(tr("grounds.line", code=code, name=tr(f"conflict.{code}")))
                text = PlainLabel(meaning(code), "small")
                text.setContentsMargins(_INDENT, 0, 0, 4)
                check.setAccessibleDescription(text.text())
                check.setObjectName(f"declare.{code}")
                check.setChecked(code in ticked)
                check.toggled.connect(lambda _on: changed())
                self.checks[code] = check
                rows.addWidget(check)
                rows.addWidget(text)
        self.setLayout(rows)

    def codes(self) -> tuple[str, ...]:
        """The grounds ticked, in the order of their numbers."""
        return tuple(code for code in CONFLICT_CODES if self.checks[code].isChecked())

    def show_codes(self, codes: Iterable[str]) -> None:
        """Ticks these and no others."""
        wanted = set(codes)
        for code, check in self.checks.items():
            check.setChecked(code in wanted)

    def tick(self, key: int) -> bool:
        """Ticks or unticks by digit and goes there; `False` for any other key."""
        code = KEYS.get(Qt.Key(key))
        if code is None:
            return False
        self.checks[code].toggle()
        self.checks[code].setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True

    def focus_start(self) -> None:
        """Puts the focus on the first ground."""
        self.checks["C1"].setFocus()
