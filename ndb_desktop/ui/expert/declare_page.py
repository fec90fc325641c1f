"""声明: the statements everyone agrees to, then one declaration per application."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.services.review import ReviewSession
from ndb_desktop.services.review_drafts import DECLARATION
from ndb_desktop.ui import theme
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.declare_line import AllClearPanel, ApplicationLine
from ndb_desktop.ui.expert.late_recusal import keep_declaration, make_declaration
from ndb_desktop.ui.expert.statements_card import StatementsCard
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets import sight
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import centred, column, holder, scroll


class DeclarePage(QWidget):
    """Signal `go_on()`: to the scoring page."""

    go_on = Signal()

    def __init__(self, store: ReviewStore) -> None:
        super().__init__()
        self.setObjectName("expert.declare")
        self._store = store
        self.banner = Banner()
        self.statements = StatementsCard(store, self.banner)
        # What is ticked takes no focus any more; the declarations come next.
        self.statements.agreed_all.connect(self.focus_start)
        self.all_clear = Button(tr("declare.all.clear"), "normal", "list-checks")
        self.all_clear.setObjectName("declare.all.clear")
        self.all_clear.clicked.connect(self._ask_all)
        self.all_panel = AllClearPanel()
        self.all_panel.confirmed.connect(self._all_clear)
        self.all_panel.cancelled.connect(self._close_all)
        self.all_panel.hide()
        self.next = Button(tr("declare.next"), "primary", "arrow-right")
        self.next.setObjectName("declare.next")
        self.next.clicked.connect(self.go_on)
        self.summary = PlainLabel("", "muted")
        self.summary.setObjectName("declare.summary")
        page = column(gap=2, margins=4)
        page.addWidget(PlainLabel(tr("declare.page"), "title"))
        page.addWidget(self.banner)
        page.addWidget(self.statements)
        page.addLayout(Flow(PlainLabel(tr("declare.applications"), "heading"), None, self.all_clear))
        page.addWidget(PlainLabel(tr("declare.ask"), "muted"))
        page.addWidget(self.all_panel)
        self.lines: dict[str, ApplicationLine] = {}
        for number, review in enumerate(store.view.applications):
            line = ApplicationLine(review, str(number), words.about(store.view.batch, review.application))
            line.declared.connect(lambda made, name=review.application.id: self._declare(name, made))
            line.asked.connect(partial(self._show_line, line))
            line.drafted.connect(lambda draft, name=review.application.id: keep_declaration(store, name, draft))
            self.lines[review.application.id] = line
            page.addWidget(line)
        page.addLayout(Flow(self.summary, None, self.next))
        page.addStretch(1)
        self.area = scroll(centred(holder(page), 960), tr("declare.page"))
        self.setLayout(column(self.area))
        store.changed.connect(self.refresh)
        self.refresh()

    @property
    def checks(self) -> dict[str, PlainCheckBox]:
        """The boxes of the statements by id."""
        return self.statements.checks

    def refresh(self, _change: object = None) -> None:
        """Shows what is agreed and declared now."""
        view = self._store.view
        agreed = self.statements.refresh()
        left = next((line for line in self.lines.values() if line.clear_button.hasFocus()), None)
        open_ones = self._open_ones()
        for application, line in self.lines.items():
            sheet = view.sheet(application)
            done, total = view.progress(application)
            line.show_state(
                sheet,
                words.sheet_state(sheet, done, total),
                locked=view.locked,
                allowed=agreed,
                final=application in view.final_recusals,
                draft=self._store.draft(application, DECLARATION),
            )
        self.all_clear.setVisible(len(open_ones) > 1)
        self.all_clear.setEnabled(agreed and not view.locked and self.all_panel.isHidden())
        if not open_ones:
            self.all_panel.hide()
        if agreed:
            declared = len(self.lines) - len(open_ones)
            self.summary.setText(tr("declare.summary", declared=declared, total=len(self.lines)))
        else:
            self.summary.setText(tr("declare.first"))
        self.next.setEnabled(agreed)
        if left is not None and left.clear_button.isHidden():
            self._go_on_after(left)

    def _go_on_after(self, left: ApplicationLine) -> None:
        """The focus goes to the next application that is left: the button beside it would begin a recusal."""
        lines = list(self.lines.values())
        place = lines.index(left)
        order = [*lines[place + 1 :], *lines[:place]]
        button = next((line.clear_button for line in order if not line.clear_button.isHidden()), self.next)
        self._focus(button)

    def _show_line(self, line: ApplicationLine) -> None:
        sight.to_top(self.area, line)

    def _open_ones(self) -> list[str]:
        view = self._store.view
        return [name for name in self.lines if view.sheet(name).declaration.status == "none"]

    def focus_start(self) -> None:
        """Puts the focus on what is to be done first."""
        unread = [check for check in self.checks.values() if check.isEnabled()]
        undeclared = [line.clear_button for line in self.lines.values() if not line.clear_button.isHidden()]
        self._focus(unread[0] if unread else undeclared[0] if undeclared else self.next)

    def _focus(self, widget: QWidget) -> None:
        widget.setFocus()
        sight.into_sight(self.area, widget)

    def commit(self) -> None:
        """Stores what is typed but not yet reported."""
        for line in self.lines.values():
            line.commit()

    def _declare(self, application: str, declaration: Declaration) -> None:
        make_declaration(self._store, application, declaration)

    # ----- all that are left -----

    def _ask_all(self) -> None:
        """The grounds are read once more before one press declares for everyone left."""
        view = self._store.view
        self.all_panel.ask([view.item(name).application.applicant for name in self._open_ones()])
        self.all_clear.setEnabled(False)
        # The panel itself, not its button at the end: the list is read from its beginning.
        self.all_panel.setFocus()
        QTimer.singleShot(0, self.all_panel, self._show_panel)

    def _show_panel(self) -> None:
        inside = self.area.widget()
        top = self.all_panel.mapTo(inside, QPoint(0, 0)).y() if inside is not None else 0
        self.area.verticalScrollBar().setValue(top - theme.pixels(16))

    def _close_all(self) -> None:
        self.all_panel.hide()
        self.refresh()
        self.all_clear.setFocus()

    def _all_clear(self) -> None:
        missing = self._open_ones()

        def declare(session: ReviewSession) -> None:
            for name in missing:
                session.declare(name, Declaration("clear"))

        self.all_panel.hide()
        self._store.apply(declare, lambda _done: self._focus(self.next))
