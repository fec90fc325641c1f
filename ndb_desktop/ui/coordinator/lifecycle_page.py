"""生命周期: where every base stands (R05), its way, and the signed decisions that move it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QTabWidget, QWidget

from ndb_desktop.domain.decision import Decision
from ndb_desktop.domain.lifecycle import NOTICE_LEAST, DocumentRef, Move
from ndb_desktop.services.calendar_import import known_years
from ndb_desktop.services.lifecycle import Order, decide, preview, read_document
from ndb_desktop.services.notice_period import lacking_year
from ndb_desktop.services.office import Office
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import tasks
from ndb_desktop.ui.coordinator import decision_words
from ndb_desktop.ui.coordinator.calendar_card import lacking_words
from ndb_desktop.ui.coordinator.lifecycle_base import BasePart
from ndb_desktop.ui.coordinator.lifecycle_form import MovePart, local_paths
from ndb_desktop.ui.coordinator.lifecycle_list import LivesPart
from ndb_desktop.ui.coordinator.lifecycle_look import LivesLook, read_lives
from ndb_desktop.ui.coordinator.lifecycle_wish import KEPT, MoveWish
from ndb_desktop.ui.coordinator.lifecycle_words import move_name
from ndb_desktop.ui.coordinator.page import OfficePage
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import amp
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.drop import local_files, welcome
from ndb_desktop.ui.widgets.layout import column, fill, holder
from ndb_desktop.ui.widgets.progress import ProgressPanel

LOOK = "lifecycle.look"
_PATIENCE = 400
"""Milliseconds of reading after which it is said that something is going on; mostly it takes less."""


class LifecyclePage(OfficePage):
    """Two tabs: `lifecycle.bases`, where a base is opened in place of the list, and `lifecycle.move`."""

    def __init__(self, store: OfficeStore) -> None:
        super().__init__("lifecycle", tr("lifecycle.title"), tr("lifecycle.text"), store)
        self.setAcceptDrops(True)
        self._reading: tasks.Task | None = None
        self._opened = ""
        self.panel = ProgressPanel(tr("lifecycle.reading"))
        self.panel.setObjectName("lifecycle.reading")
        self.panel.hide()
        self._patience = QTimer(self, singleShot=True)
        self._patience.timeout.connect(self.panel.show)
        self.lives, self.one, self.form = LivesPart(), BasePart(), MovePart()
        self.lives.opened.connect(self.open_base)
        self.lives.prepare.connect(lambda base: self.prepare(MoveWish(bases=(base,))))
        self.one.left.connect(self._close_base)
        self.one.prepare.connect(lambda base, move: self.prepare(MoveWish(move, (base,))))
        self.form.changed.connect(self._keep)
        self.form.files.connect(self._pick)
        self.form.calendars.connect(lambda: self.go.emit("publish.notice"))
        self.form.tried.connect(self._try)
        self.form.signed.connect(self._sign)
        bases = column(self.lives, self.one, gap=0)
        bases.setStretch(0, 1)
        self._parts: dict[str, QWidget] = {"bases": holder(bases), "move": holder(column(self.form, None, gap=0))}
        self.tabs = QTabWidget()
        self.tabs.setObjectName("lifecycle.tabs")
        self.tabs.setAccessibleName(tr("lifecycle.title"))
        titles = (tr("lifecycle.bases"), tr("lifecycle.form"))
        for part, title in zip(self._parts.values(), titles, strict=True):
            self.tabs.addTab(part, amp(title))
        fill(self.body, (self.panel, self.tabs))
        self.body.setStretch(1, 1)
        self.tabs.currentChanged.connect(lambda _index: self._turned())
        self._turned()
        self._take_kept()
        self._show()

    def open_part(self, part: str) -> None:
        """`move` takes up what was proposed from another page (`lifecycle_wish.propose`)."""
        if part in self._parts:
            self.tabs.setCurrentWidget(self._parts[part])
        if part == "move":
            self._take_kept()
            self.form.first_missing().setFocus()

    def prepare(self, wish: MoveWish) -> None:
        """Goes to the form, filled with a move that was proposed; nothing is signed before it was looked at."""
        self.store.kept[KEPT] = wish
        self.open_part("move")

    def _take_kept(self) -> None:
        wish: MoveWish | None = self.store.kept.get(KEPT)
        if wish is not None:
            self.form.show_wish(wish)

    def _keep(self, wish: MoveWish) -> None:
        self.store.kept[KEPT] = wish

    # ----- reading -----

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """What is shown here is read apart from the snapshot, and only for who looks at this page."""
        known = self._known()
        if known is not None and known.entries == self.snapshot.status.log_entries:
            self._show()
        elif self.isVisible() and self.store.running is None and not (self._reading and self._reading.running):
            office = self.store.office
            self._reading = tasks.run(
                lambda progress, cancel: read_lives(office, progress, cancel), done=self._take,
                failed=self._unread, cancelled=self._given_up, owner=self,
            )  # fmt: skip
            if self._reading.running:
                self.panel.begin(tr("lifecycle.reading"))
                self.panel.follow(self._reading)
                self._patience.start(_PATIENCE)

    def _unread(self, error: Exception) -> None:
        self._rested()
        self.banner.show_error(error)

    def _given_up(self) -> None:
        self._rested()
        self.banner.info(tr("lifecycle.reading.cancelled"), action=tr("lifecycle.reading.again"), act=self._read_again)

    def _read_again(self) -> None:
        self.banner.dismiss()
        self.refresh()

    def _rested(self) -> None:
        self._patience.stop()
        self.panel.hide()

    def _known(self) -> LivesLook | None:
        found: LivesLook | None = self.store.kept.get(LOOK)
        return found

    def _take(self, look: LivesLook) -> None:
        self._rested()
        self.store.kept[LOOK] = look
        self.store.kept[decision_words.NAMES] = {one.application.id: one.application.applicant for one in look.bases}
        self._show()

    def _show(self) -> None:
        known = self._known()
        self.lives.show_look(known)
        if known is not None:
            self.form.show_look(known, signing=not self.snapshot.recovered, lacking=self._lacking)
            if self._opened:
                self.open_base(self._opened)

    def _lacking(self, start: date) -> str:
        """Why a notice from `start` cannot be counted, "" where it can."""
        calendar, own, facts = self.snapshot.batch.calendar, self.snapshot.calendars, self.snapshot.facts
        days = max(NOTICE_LEAST, facts.notice_days)
        year = lacking_year(calendar, start, days, count_start_day=facts.count_start_day, own=own)
        return lacking_words(year, known_years(calendar, own)) if year else ""

    # ----- one base -----

    def open_base(self, name: str) -> None:
        """Shows a base in place of the list."""
        known = self._known()
        one = next((one for one in known.bases if one.application.id == name), None) if known is not None else None
        if one is None or known is None:
            self._close_base()
            return
        fresh, self._opened = self._opened != name, name
        self.one.show_base(one, known, self.snapshot)
        self._turned()
        if fresh:
            self.open_part("bases")
            self.one.back.setFocus()

    def _close_base(self) -> None:
        was, self._opened = self._opened, ""
        self._turned()
        if was:
            self.lives.table.setFocus()

    def _turned(self) -> None:
        """Only what is in sight takes room: the tabs would all be as high as the longest way of a base."""
        listing = self.tabs.currentWidget() is self._parts["bases"]
        self.lives.setVisible(listing and not self._opened)
        self.one.setVisible(listing and bool(self._opened))
        self.form.setVisible(not listing)

    # ----- files -----

    def _pick(self) -> None:
        paths = files.pick_files(self, tr("lifecycle.documents.add"), "*")
        if paths:
            self.take_documents(paths)

    def take_documents(self, paths: Sequence[Path]) -> None:
        """Makes the digests of files a move rests on; a folder among them is passed over."""
        chosen = local_paths(paths)
        self.open_part("move")
        if not chosen:
            self.banner.info(tr("lifecycle.documents.folder"))
            return

        def work(_office: Office, progress: Progress, cancel: CancelToken) -> tuple[DocumentRef, ...]:
            return tuple(read_document(path, progress, cancel) for path in chosen)

        self.job(tr("lifecycle.digesting"), work, self._digested, lambda: tr("lifecycle.digesting.cancelled"))

    def _digested(self, found: tuple[DocumentRef, ...]) -> None:
        self.form.take_documents(found)
        self.form.first_missing().setFocus()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files belong to the form; on the list the window knows what to do with them."""
        here = self.tabs.currentWidget() is self._parts["move"]
        welcome(event, here and any(path.is_file() for path in local_files(event.mimeData())))

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.take_documents(local_files(event.mimeData()))

    # ----- deciding -----

    def _try(self, order: Order) -> None:
        self.job(
            tr("lifecycle.trying"),
            lambda office, progress, cancel: preview(office, order, progress=progress, cancel=cancel),
            self.form.show_preview,
        )

    def _sign(self, order: Order, reason: str) -> None:
        self.job(
            tr("lifecycle.signing"),
            lambda office, progress, cancel: decide(office, order, reason=reason, progress=progress, cancel=cancel),
            lambda made: self._decided(order, made),
        )

    def _decided(self, order: Order, made: Decision) -> None:
        move: Move = order.move
        self.form.show_wish(MoveWish())
        self.banner.info(
            tr("lifecycle.decided", number=made.number, move=move_name(move), count=len(order.bases)),
            action=tr("lifecycle.decided.look"),
            act=lambda: self._look_at(order.bases),
        )

    def _look_at(self, bases: tuple[str, ...]) -> None:
        """One base is opened, several stand in the list."""
        if len(bases) == 1:
            self._opened = ""
            self.open_base(bases[0])
        else:
            self._close_base()
            self.open_part("bases")
