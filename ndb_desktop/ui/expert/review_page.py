"""The open review: the steps above, the page of the step below."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QStackedWidget, QWidget

from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.ui import theme
from ndb_desktop.ui.expert.check_page import DECLARE, CheckPage
from ndb_desktop.ui.expert.declare_page import DeclarePage
from ndb_desktop.ui.expert.identity_page import IdentityPage
from ndb_desktop.ui.expert.news_page import NewsPage, NewsStrip
from ndb_desktop.ui.expert.score_page import ScorePage
from ndb_desktop.ui.expert.sign_page import SignPage
from ndb_desktop.ui.expert.step_bar import StepBar
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.expert.trouble_strip import TroubleStrip
from ndb_desktop.ui.expert.walk import Walk
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, PlainLabel
from ndb_desktop.ui.widgets.layout import column, row

LOW = 480
"""Below this height at 100 % type the strips say in few words what is the matter, or no room would be left below."""


class ReviewPage(QWidget):
    """Signals: `step_changed(str)`; `key_chosen(object)` a `StoredIdentity`; `subject_changed()`."""

    step_changed = Signal(str)
    key_chosen = Signal(object)
    subject_changed = Signal()
    safety_asked = Signal()

    def __init__(
        self,
        store: ReviewStore,
        walk: Walk,
        worker: RenderWorker,
        profile: Path,
        key: StoredIdentity | None,
        step: str,
        folder: Path,
    ) -> None:
        super().__init__()
        self.setObjectName("expert.review")
        self._store, self._walk, self._worker, self._profile, self._folder = store, walk, worker, profile, folder
        self._chosen = key
        self._from_check = False
        self._checked = store.view.checked
        self._locked = self._make_locked_note()
        self.stack = QStackedWidget()
        self.trouble = TroubleStrip(store)
        self.strip = NewsStrip(store)
        self.strip.go.connect(lambda: self.go("news"))
        self.strip.revise.connect(lambda: self.go("sign"))
        layout = column(self._make_steps(), self.trouble, self._locked, self.strip, self.stack, gap=0)
        layout.setStretch(4, 1)
        self.setLayout(layout)
        # Store and walk outlive this page: only bound methods end with it.
        store.changed.connect(self.refresh)
        store.documents_back.connect(self._documents_back)
        self.step = ""
        self.go(step)

    # ----- pages, each made when it is first needed -----

    @cached_property
    def identity(self) -> IdentityPage:
        """The signing key."""
        view = self._store.view
        page = IdentityPage(
            self._profile,
            name=view.expert.name,
            trial=view.summary.trial,
            wanted=view.summary.expert_key,
            current=self._chosen.path if self._chosen else None,
        )
        page.chosen.connect(self._key)
        page.go_on.connect(lambda: self.go("declare"))
        return page

    @cached_property
    def declare(self) -> DeclarePage:
        """Statements and declarations."""
        page = DeclarePage(self._store)
        page.go_on.connect(lambda: self.go("score"))
        return page

    @cached_property
    def score(self) -> ScorePage:
        """Documents and items."""
        page = ScorePage(self._store, self._walk, self._worker)
        page.finished.connect(lambda: self.go("check"))
        page.application_shown.connect(self.subject_changed)
        page.return_asked.connect(self._to_return)
        return page

    @cached_property
    def check(self) -> CheckPage:
        """Everything at a glance."""
        page = CheckPage(self._store)
        page.go.connect(self._jump)
        page.place.connect(self._jump_to_place)
        page.go_on.connect(lambda: self.go("sign"))
        return page

    @cached_property
    def sign(self) -> SignPage:
        """Signing and what came of it."""
        key = self._chosen
        page = SignPage(self._store, key.path if key else None, key.name if key else "", self._folder)
        page.check.connect(lambda: self.go("check"))
        page.identity.connect(lambda: self.go("identity"))
        return page

    @cached_property
    def news(self) -> NewsPage:
        """What a supplement brought."""
        page = NewsPage(self._store)
        page.go.connect(self._jump_from_news)
        page.place.connect(self._place_from_news)
        page.go_on.connect(lambda: self.go("score"))
        return page

    def _page(self, step: str) -> QWidget:
        page: QWidget = getattr(self, step)
        if self.stack.indexOf(page) < 0:
            self.stack.addWidget(page)
        return page

    def _made(self, step: str) -> bool:
        return step in self.__dict__

    def _make_steps(self) -> StepBar:
        self.steps = StepBar()
        self.buttons = self.steps.buttons
        self.back_to_check, self.progress = self.steps.back_to_check, self.steps.progress
        self.steps.asked.connect(self.go)
        self.steps.back_asked.connect(lambda: self.go("check"))
        self.steps.safety_asked.connect(self.safety_asked)
        return self.steps

    def _make_locked_note(self) -> QFrame:
        frame = QFrame()
        frame.setProperty("banner", "info")
        frame.setObjectName("review.locked")
        button = Button(tr("revision.go"), "normal", "lock-open")
        button.setObjectName("review.revise")
        button.clicked.connect(lambda: self.go("sign"))
        line = row(
            IconLabel("lock", 20, "accent"), PlainLabel(tr("review.locked")), button, gap=1.5, margins=(2, 0.5, 2, 0.5)
        )
        line.setStretch(1, 1)
        frame.setLayout(line)
        frame.hide()
        return frame

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        low = self.height() < theme.pixels(LOW)
        self.trouble.set_low(low)
        self.strip.set_low(low)

    def go(self, step: str) -> None:
        """Shows a step; what is typed in the one before is stored first."""
        self.commit()
        view = self._store.view
        if step in ("score", "check", "sign") and not view.agreed:
            step = "declare"
        changed, self.step = step != self.step, step
        self.steps.show_step(step)
        self._from_check = self._from_check and step == "score"
        self.steps.show_back(self._from_check)
        fresh = not self._made(step)
        self.stack.setCurrentWidget(self._page(step))
        if step == "sign" and not fresh:
            self.sign.refresh()
        self.refresh()
        if changed:
            self.step_changed.emit(step)
            self._focus(step)

    def focus_start(self) -> None:
        """Puts the focus where the present step begins."""
        self._focus(self.step)

    def _focus(self, step: str) -> None:
        if step == "identity":
            (self.identity.next if self._chosen is not None else self.identity.passphrase).setFocus()
        elif step == "declare":
            self.declare.focus_start()
        elif step == "score":
            self.score.focus_start()
        elif step == "check":
            self.check.focus_start()
        elif step == "sign":
            self.sign.focus_start()
        elif step == "news":
            self.news.focus_start()

    def refresh(self, _change: object = None) -> None:
        """Progress and marks of the steps."""
        view = self._store.view
        done, total = view.overall_progress()
        self.steps.show_progress(tr("review.progress", done=done, total=total))
        declared = view.agreed and all(
            view.sheet(review.application.id).declaration.status != "none" for review in view.applications
        )
        complete = done >= total and declared
        # A page nobody has opened was not checked; what was checked and undone later is to be checked again.
        checked = complete and (self._checked or self.step == "check" or view.locked)
        if checked != self._checked:
            self._checked = checked
            self._store.keep_checked(checked)
        marks = {
            "identity": self._chosen is not None,
            "declare": declared,
            "score": complete,
            "check": self._checked,
            "sign": view.locked,
        }
        self.steps.show_marks(marks)
        for step in ("score", "check", "sign"):
            self.buttons[step].setEnabled(view.agreed)
        told = self.strip.waiting and self.step != "news"
        # One strip says both: each takes a line from the document below.
        both = told and self.strip.blocking
        self._locked.setVisible(view.locked and not both and self.step in ("declare", "score", "check", "news"))
        self.strip.setVisible(told)
        self.strip.refresh()

    def _to_return(self, application: str) -> None:
        self.go("declare")
        self.declare.lines[application].return_button.setFocus()

    def _jump(self, application: str, item: str) -> None:
        if item in (DECLARE, ""):
            self._walk.go(application)
        else:
            self._walk.go(application, item)
        self._from_check = True
        self.go("score")

    def _jump_to_place(self, application: str, item: str, document: str, page: int, rect: object) -> None:
        self._jump(application, item)
        self.score.middle.show_place(application, document, page, rect)

    def _jump_from_news(self, application: str, item: str) -> None:
        self._jump(application, item)
        # The strip above leads back to the list.
        self._from_check = False
        self.steps.show_back(False)

    def _place_from_news(self, application: str, item: str, document: str, page: int, rect: object) -> None:
        self._jump_from_news(application, item)
        self.score.middle.show_place(application, document, page, rect)

    def _key(self, stored: StoredIdentity) -> None:
        self._chosen = stored
        if self._made("sign"):
            self.sign.set_key(stored.path, stored.name)
        self.key_chosen.emit(stored)
        self.refresh()

    def _documents_back(self) -> None:
        if self._made("score"):
            self.score.middle.reload()

    def commit(self) -> None:
        """Stores what is typed but not yet reported."""
        if self._made("score"):
            self.score.commit()
        if self._made("declare"):
            self.declare.commit()
        if self._made("sign"):
            self.sign.commit()
        self._store.reading.flush()

    def step_back(self) -> bool:
        """Back to the place in the documents before the last jump; `False` when no documents are in sight."""
        return self.step == "score" and self.score.step_back()

    def forget(self) -> None:
        """The bundle is closed: nothing of its documents stays."""
        if self._made("score"):
            self.score.reading.forget()
