"""评分页预览: an item of a rule pack in the very widgets experts score with, on sample data; nothing is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from ndb_desktop.domain.batch import Batch
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.services.pack_preview import PreviewSession
from ndb_desktop.ui import theme
from ndb_desktop.ui.coordinator.pack_sample import SampleForm
from ndb_desktop.ui.expert.indicator_panel import IndicatorPanel
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.expert.view import ReviewView
from ndb_desktop.ui.expert.words import item_place
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconButton, PlainLabel
from ndb_desktop.ui.widgets import sight, splits
from ndb_desktop.ui.widgets.badge import Badge
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.layout import Card, clear, column, holder, row, scroll

_BESIDE = 640
"""From this width on the sample values stand beside the panel."""


def _now() -> datetime:
    return datetime.now(UTC)


class PreviewPart(QWidget):
    """Sample values at the left, the experts' panel at the right. `failed` is told what a write refused."""

    def __init__(self, batch: Batch, failed: Callable[[Exception], None]) -> None:
        super().__init__()
        self.setObjectName("packs.preview")
        self._batch, self._failed = batch, failed
        self._pack: RulePack | None = None
        self._session: PreviewSession | None = None
        self.store: ReviewStore | None = None
        self.panel: IndicatorPanel | None = None
        self.items = Choice(tr("packs.preview.item"))
        self.items.setObjectName("packs.preview.item")
        self.items.chosen.connect(lambda _item: self._show_item())
        before, after = (
            IconButton("chevron-left", tr("packs.preview.before")),
            IconButton("chevron-right", tr("packs.preview.after")),
        )
        for button, name, step in ((before, "before", -1), (after, "after", 1)):
            button.setObjectName(f"packs.preview.{name}")
            button.clicked.connect(lambda _c=False, step=step: self._step(step))
        line = row(self.items, before, after)
        line.setStretch(0, 1)
        self.form = SampleForm(batch)
        self.form.changed.connect(self._sampled)
        self.again = Button(tr("packs.preview.forget"), "quiet", "rotate-ccw")
        self.again.setObjectName("packs.preview.forget")
        self.again.clicked.connect(self._forget)
        form = column(PlainLabel(tr("packs.sample.title"), "heading"), self.form, row(self.again, None), None, gap=1)
        area = scroll(holder(form), tr("packs.sample.title"))
        area.setMinimumHeight(theme.pixels(180))
        left = holder(column(area, margins=(0, 0, 1, 0)))
        left.setMinimumWidth(theme.pixels(240))
        mark = row(Badge(tr("packs.preview.mark"), "eye", "warning"), PlainLabel(tr("packs.preview.text"), "muted"))
        mark.setStretch(1, 1)
        strip = Card(kind="warning", gap=0, margins=1)
        strip.box.addLayout(mark)
        self._place = column()
        shown = column(strip, self._place, gap=0, margins=(1, 0, 0, 0))
        shown.setStretch(1, 1)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(left)
        right = holder(shown)
        self.split.addWidget(right)
        # A splitter tells a screen reader its parts in the order in which they were raised.
        right.raise_()
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([320, 720])
        splits.remember(self.split, "packs.preview")
        page = column(line, self.split, gap=1, margins=1)
        page.setStretch(1, 1)
        self.setLayout(page)

    def sizeHint(self) -> QSize:
        return QSize(theme.pixels(700), theme.pixels(560))

    def show_pack(self, pack: RulePack) -> None:
        """Another pack: its items, and a fresh review in memory."""
        if self._pack is not None and self._pack.digest == pack.digest:
            return
        self._pack = pack
        before = self.items.value()
        choices: list[tuple[object, str]] = [(item.id, item_place(pack, item.id)) for item in pack.items]
        self.items.set_choices(choices, before)
        self._begin(pack)
        self._show_item()

    def _begin(self, pack: RulePack) -> None:
        """The panel of an expert who has one application and has made no mark."""
        clear(self._place)
        if self.store is not None:
            self.store.stop()
            self.store.deleteLater()
        self.form.blockSignals(True)
        self.form.show_item(pack, pack.item_by_id[str(self.items.value())])
        self.form.blockSignals(False)
        self._session = PreviewSession(self._batch, pack, self.form.application(), _now)
        self.store = ReviewStore(self._session, ReviewView(self._session))
        self.store.failed.connect(self._failed)
        self.panel = IndicatorPanel(self.store)
        self.panel.setMinimumHeight(theme.pixels(420))
        self.panel.live = True
        self._place.addWidget(self.panel)

    def _step(self, step: int) -> None:
        number = self.items.currentIndex() + step
        if 0 <= number < self.items.count():
            self.items.setCurrentIndex(number)
            self._show_item()

    def _show_item(self) -> None:
        if self._pack is not None:
            self.form.show_item(self._pack, self._pack.item_by_id[str(self.items.value())])

    def _sampled(self) -> None:
        self.show_application(self.form.application(), self.form.k)

    def show_application(self, application: Application, k: Fraction) -> None:
        """Shows the item on this application; what was chosen and typed in the panel stays."""
        if self._session is None or self.store is None or self.panel is None:
            return
        self.panel.commit()
        shown = self._session.show(application, k)
        self.store.view = ReviewView(self._session)
        self.panel.show_item(shown.application.id, str(self.items.value()))
        # The content of a scroll area that is on screen keeps the height it needed before, unless it is told.
        QTimer.singleShot(0, self.panel, self._fit)

    def _fit(self) -> None:
        if self.panel is not None:
            sight.settle(self.panel.area)

    def _forget(self) -> None:
        if self._session is not None:
            self._session.forget()
            self._sampled()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self.width() >= theme.pixels(_BESIDE)
        self.split.setOrientation(Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical)
