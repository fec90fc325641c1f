"""How far the whole review is, and about how long the rest will take at the expert's own pace."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QProgressBar

from ndb_desktop.services.review_pace import PaceKeeper
from ndb_desktop.ui import tasks
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.widgets.layout import column

REST_MS = 1200
"""The estimate need not follow every keystroke."""
_HOUR, _MINUTE = 3600, 60


def duration(seconds: int) -> str:
    """About how long: minutes up, and in steps of five from an hour on; an estimate to the second would be a lie."""
    minutes = -(-seconds // _MINUTE)
    if minutes < 60:
        return tr("pace.minutes", minutes=max(minutes, 1))
    minutes = -(-minutes // 5) * 5
    hours, rest = divmod(minutes, 60)
    return tr("pace.hours", hours=hours, minutes=rest) if rest else tr("pace.hours.whole", hours=hours)


class PaceLine(QFrame):
    """A bar for all items of all applications, and the estimate once there is enough to go by."""

    def __init__(self, store: ReviewStore) -> None:
        super().__init__()
        self.setProperty("card", "bar")
        self.setObjectName("pace")
        self._store = store
        self._keeper: PaceKeeper | None = None
        self.bar = QProgressBar()
        self.bar.setObjectName("pace.bar")
        self.bar.setTextVisible(False)
        self.words = PlainLabel("", "small")
        self.words.setObjectName("pace.words")
        self.words.hide()
        self.setLayout(column(self.bar, self.words, gap=0.75, margins=(1.5, 1, 1.5, 1)))
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._read)
        # The store outlives this line: only bound methods end with it.
        store.changed.connect(self.refresh)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._take_room()

    def _take_room(self) -> None:
        # A splitter asks for the least height whatever the width, and words that wrap have no answer to that.
        layout = self.layout()
        if layout is not None:
            self.setMinimumHeight(max(layout.minimumHeightForWidth(self.width()), 0))

    def refresh(self, _change: object = None) -> None:
        """The bar at once, the estimate when the hand rests."""
        done, total = self._store.view.overall_progress()
        self.bar.setRange(0, max(total, 1))
        self.bar.setValue(done)
        said = tr("pace.progress", done=done, total=total)
        self.bar.setAccessibleName(said)
        if not self._rest.isActive():
            self._rest.start()

    def _read(self) -> None:
        session = self._store.session

        def read() -> int | None:
            if self._keeper is None:
                self._keeper = PaceKeeper(session)
            return self._keeper.read()

        # An estimate nobody asked for must not raise an alarm when the medium is away.
        tasks.run(lambda _p, _c: read(), done=self._show, failed=lambda _error: None, owner=self)

    def _show(self, seconds: int | None) -> None:
        # With nothing left to fill in there is nothing to say how long it takes.
        told = bool(seconds) and self.bar.value() < self.bar.maximum()
        self.words.setVisible(told)
        self.words.setText(tr("pace.left", time=duration(seconds)) if told and seconds else "")
        self._take_room()
        # It grows at once and would stand over the edge of the column until the next event, were that not placed anew.
        beside = self.parentWidget()
        if beside is not None and (column_of_items := beside.layout()) is not None:
            column_of_items.activate()
