"""A number was typed, could not be taken, and its item was left: the message that says so leads back to it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from ndb_desktop.ui import messages
from ndb_desktop.ui.expert.review_page import ReviewPage
from ndb_desktop.ui.expert.store import LeftMark
from ndb_desktop.ui.i18n import tr


def note_left_mark(mark: LeftMark, say: Callable[..., None], page: Callable[[], QWidget]) -> None:
    """Tells what was not taken by `say`; `page` is the desk's page at the time the user wants to go back."""

    def back() -> None:
        shown = page()
        if isinstance(shown, ReviewPage):
            shown.go("score")
            shown.score.take_up(mark)

    say(messages.describe(mark.error), tr("expert.mark.back"), back)
