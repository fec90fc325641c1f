"""Radio buttons of which none need be chosen yet."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QButtonGroup

from ndb_desktop.ui.plain_checks import PlainRadio


def check_one(group: QButtonGroup, wanted: PlainRadio | None) -> None:
    """Checks one button of a group, or none of them, which a group by itself does not allow.

    Which of them can be seen and pressed has to be settled before: one of those is where Tab stops.
    """
    if wanted is not None:
        wanted.setChecked(True)
    else:
        group.setExclusive(False)
        for button in group.buttons():
            button.setChecked(False)
        group.setExclusive(True)
    free = [button for button in group.buttons() if _free(button)]
    stop = wanted if wanted in free else next(iter(free), None)
    for button in group.buttons():
        # Qt leaves it at the one checked last, which may be hidden now, and no key would come to the others.
        policy = Qt.FocusPolicy.StrongFocus if button is stop else Qt.FocusPolicy.ClickFocus
        button.setFocusPolicy(policy)


def _free(button: QAbstractButton) -> bool:
    """Whether it can be chosen once its page can be: that may be out of sight, or held while a job runs."""
    around = button.parentWidget()
    return not button.isHidden() and (around is None or button.isEnabledTo(around))
