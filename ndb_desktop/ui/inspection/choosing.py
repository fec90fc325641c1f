"""Radio buttons of which none need be chosen yet."""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup

from ndb_desktop.ui.plain_checks import PlainRadio


def check_one(group: QButtonGroup, wanted: PlainRadio | None) -> None:
    """Checks one button of a group, or none of them, which a group by itself does not allow."""
    if wanted is not None:
        wanted.setChecked(True)
        return
    group.setExclusive(False)
    for button in group.buttons():
        button.setChecked(False)
    group.setExclusive(True)
