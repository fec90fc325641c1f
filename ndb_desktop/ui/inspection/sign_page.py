"""定稿与签名: what is missing, where the signatures stand, signing, files of fellow members, and the printed record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import shiboken6
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain.siterecord import Part, PartKey
from ndb_desktop.services.digest_words import spoken
from ndb_desktop.services.identity import list_identities, unlock
from ndb_desktop.services.inspect import Choice, FrozenRecord, JoinPlan, SiteSession, Standing
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import i18n, tasks
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.join_panel import JoinPanel
from ndb_desktop.ui.inspection.page import SitePage
from ndb_desktop.ui.inspection.sign_cards import FellowCard, LeftCard, PrintCard, SignCard
from ndb_desktop.ui.inspection.sign_key import KeyCard
from ndb_desktop.ui.inspection.sign_standing import StandingCard
from ndb_desktop.ui.inspection.store import Keys, SiteStore
from ndb_desktop.ui.inspection.words import joined
from ndb_desktop.ui.theme import GRID
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.drop import local_files, welcome
from ndb_desktop.ui.widgets.layout import column

SUFFIX = ".ndbsite"
_LAYOUTS = 4
"""A layout within others within one that scrolls: each passes on that it needs more room."""
Signed = Callable[[SiteSession, Identity, Progress, CancelToken], Any]


class SignPage(SitePage):
    """A file of a fellow member may be dropped anywhere on it."""

    def __init__(self, store: SiteStore) -> None:
        super().__init__("sign", tr("site.sign"), tr("site.sign.text"), store)
        self.setAcceptDrops(True)
        session = store.session
        own = PublicKey(session.member.key).keyid
        team = [PublicKey(one.key).keyid for one in session.visit.members]
        known = list_identities(store.keys) if store.keys is not None else ()
        self.left = LeftCard()
        self.left.overview.clicked.connect(lambda: self.go.emit("overview"))
        self.standing = StandingCard(session.visit.members, session.visit.required)
        self.key = KeyCard(known, [own, *(one for one in team if one != own)])
        self.sign = SignCard()
        self.fellow = FellowCard()
        self.print = PrintCard()
        self._choosing: JoinPanel | None = None
        self._before: dict[PartKey, Part] = {}
        self._places = column(gap=2)
        self.body.addWidget(self.left)
        self.body.addWidget(self.standing)
        self.body.addWidget(self.key)
        self.body.addWidget(self.sign)
        self.body.addWidget(self.fellow)
        self.body.addLayout(self._places)
        self.body.addWidget(self.print)
        self.body.addStretch(1)
        self.key.changed.connect(self._update)
        self.fellow.changed.connect(self._update)
        self.sign.changed.connect(self._update)
        self.sign.button.clicked.connect(self._freeze)
        self.sign.reveal.connect(self.banner.reveal)
        self.fellow.cosign.clicked.connect(self._cosign)
        self.fellow.take_back.clicked.connect(self._take_back)
        self.fellow.join.clicked.connect(self._compare)
        self.print.button.clicked.connect(self._print)
        self._asked = False
        self.refresh(())

    # ----- show -----

    def refresh(self, keys: Keys) -> None:  # noqa: ARG002  (any edit lets signatures fall)
        self.left.show_lacks(len(self.store.lacks))
        self.sign.show_whole(whole=not self.store.lacks)
        if self._choosing is not None and self._before != self._parts():
            self._close_panel()
            self.banner.info(tr("site.join.stale"))
        self._update()
        if self.isVisible():
            self._ask()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()

    def _ask(self) -> None:
        """Where the signatures stand is asked in the lane, behind every write on its way, and once at a time."""
        if self._asked:
            return
        self._asked = True
        session = self.store.session

        def work(_progress: Progress, _cancel: CancelToken) -> Standing:
            return session.standing()

        def failed(error: Exception) -> None:
            self._asked = False
            self.banner.show_error(error)

        tasks.run(work, done=self._stands, failed=failed, owner=self)

    def _stands(self, standing: Standing) -> None:
        self._asked = False
        if shiboken6.isValid(self):
            self.standing.show_standing(standing)

    def _update(self) -> None:
        self.sign.allow(unlocked=self.key.ready)
        self.fellow.allow(unlocked=self.key.ready, folder=self.sign.folder is not None)

    def _parts(self) -> dict[PartKey, Part]:
        return {key: part for key, part in self.record.parts.items() if key[0] != "clock"}

    # ----- with the key -----

    def _signed(self, title: str, work: Signed, done: Callable[[Any], None]) -> None:
        """Runs a job with the key; the passphrase is asked for again each time it went well."""
        key, passphrase = self.key.key()

        def whole(session: SiteSession, progress: Progress, cancel: CancelToken) -> Any:
            return work(session, unlock(key, passphrase), progress, cancel)

        def well(result: Any) -> None:
            self.key.passphrase.clear()
            done(result)

        self.job(title, whole, well)

    def _freeze(self) -> None:
        folder, partial = self.sign.folder, bool(self.store.lacks)
        if folder is None:
            return

        def work(session: SiteSession, identity: Identity, progress: Progress, cancel: CancelToken) -> FrozenRecord:
            return session.freeze(identity, folder, partial=partial, progress=progress, cancel=cancel)

        self._signed(tr("site.sign.working"), work, lambda frozen: self._written(frozen, partial=partial))

    def _cosign(self) -> None:
        folder, source = self.sign.folder, self.fellow.file
        if folder is None or source is None:
            return

        def work(session: SiteSession, identity: Identity, _progress: Progress, cancel: CancelToken) -> FrozenRecord:
            return session.cosign(identity, source, folder, cancel=cancel)

        self._signed(tr("site.cosign.working"), work, self._written)

    def _written(self, frozen: FrozenRecord, *, partial: bool = False) -> None:
        """Says what was written; a partial record is joined by a fellow member and signed by nobody else."""
        names = {one.id: one.name for one in self.record.visit.members}
        missing = joined([names.get(one, one) for one in frozen.missing])
        fallen = joined([names.get(one, one) for one, _ in frozen.fallen])
        lines = [
            tr("site.sign.words", words=spoken(frozen.digest, i18n.language()), revision=frozen.revision),
            tr("site.sign.signers", names=joined([names.get(one, one) for one in frozen.signed])),
        ]
        if not partial:
            lines.append(tr("site.sign.still", names=missing) if missing else tr("site.sign.all"))
        if fallen:
            lines.append(tr("site.sign.fell", names=fallen))
        self.sign.show_written(frozen.path, "\n".join(lines))
        self.banner.made(tr("site.sign.written", name=frozen.path.name), frozen.path)

    def _take_back(self) -> None:
        source = self.fellow.file
        if source is None:
            return

        def work(session: SiteSession, identity: Identity, _progress: Progress, _cancel: CancelToken) -> Standing:
            return session.take_back(identity, source)

        def done(standing: Standing) -> None:
            self.standing.show_standing(standing)
            self.banner.info(tr("site.back.done", name=source.name))

        self._signed(tr("site.back.working"), work, done)

    # ----- joining -----

    def _compare(self) -> None:
        source = self.fellow.file
        if source is None:
            return

        def work(
            session: SiteSession, identity: Identity, _progress: Progress, _cancel: CancelToken
        ) -> tuple[Identity, JoinPlan]:
            return identity, session.compare(identity, source)

        self._signed(tr("site.join.comparing"), work, lambda found: self._show_plan(source, *found))

    def _show_plan(self, source: Path, identity: Identity, plan: JoinPlan) -> None:
        self._close_panel()
        if not plan.conflicts and all(kind == "clock" for kind, _ in plan.taken):
            self.banner.info(tr("site.join.nothing"))
            return
        self._before = self._parts()
        self._choosing = JoinPanel(self.store, plan)
        self._choosing.left.connect(self._close_panel)
        self._choosing.wanted.connect(self._show_part)
        self._choosing.settled.connect(lambda chosen: self._join(source, identity, chosen))
        self._places.addWidget(self._choosing)
        # It stands below what was pressed, perhaps out of sight, and has its place only after the next layout.
        QTimer.singleShot(0, self._choosing, self._choosing.go_on)

    def _show_part(self, part: QWidget) -> None:
        """Brings a part of the choice into sight, from its top on where it is higher than the screen."""
        area = self.findChild(QScrollArea)
        content = area.widget() if area is not None else None
        if area is not None and content is not None:
            # It is as high as it is going to be only when every layout around it was asked.
            for _ in range(_LAYOUTS):
                QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
            top = part.mapTo(content, part.rect().topLeft()).y()
            area.ensureVisible(0, top + part.height(), 0, GRID)
            area.ensureVisible(0, top, 0, GRID)

    def _close_panel(self) -> None:
        panel, self._choosing = self._choosing, None
        if panel is not None:
            self._places.removeWidget(panel)
            panel.hide()
            panel.deleteLater()

    def _join(self, source: Path, identity: Identity, chosen: dict[PartKey, Choice]) -> None:
        panel = self._choosing

        def work(session: SiteSession, progress: Progress, cancel: CancelToken) -> JoinPlan:
            return session.join(identity, source, chosen, progress=progress, cancel=cancel)

        def done(plan: JoinPlan) -> None:
            if self._choosing is panel:
                self._close_panel()
            self.banner.info(tr("site.join.done", count=len(plan.conflicts)))

        self.job(tr("site.join.working"), work, done)

    # ----- print and drop -----

    def _print(self) -> None:
        pattern = f"{tr('site.print.files')} (*.pdf)"
        start = self.sign.folder or Path.home()
        suggested = files.writable(start) / f"{self.record.visit.id}.pdf"
        target = files.pick_target(self, tr("site.print.button"), suggested, pattern)
        if target is None:
            return
        language = i18n.language()

        def work(session: SiteSession, progress: Progress, cancel: CancelToken) -> Path:
            session.print_record(target, language, progress=progress, cancel=cancel)
            return target

        def done(path: Path) -> None:
            self.banner.info(
                tr("site.print.done", name=path.name), action=tr("action.open"), act=lambda: self.banner.open_file(path)
            )

        self.job(tr("site.print.working"), work, done)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        welcome(event, _record_in(local_files(event.mimeData())) is not None)

    def dropEvent(self, event: QDropEvent) -> None:
        path = _record_in(local_files(event.mimeData()))
        if path is not None:
            self.take(path)
            event.acceptProposedAction()

    def take(self, path: Path) -> None:
        self.fellow.show_file(path)


def _record_in(paths: tuple[Path, ...]) -> Path | None:
    return next((path for path in paths if path.suffix == SUFFIX), None)
