"""声明: the statements everyone agrees to, then one declaration per application."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.services.review import ReviewItem, ReviewSession
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.declaration import DeclarationForm
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, PlainCheckBox, PlainLabel
from ndb_desktop.ui.widgets.badge import Badge
from ndb_desktop.ui.widgets.layout import Card, centred, clear, column, holder, row, scroll


class ApplicationLine(Card):
    """One application to declare for: its name, its state, two buttons, and the grounds when they are wanted.

    Signals: `declared(object)`; `opened(bool)`.
    """

    declared = Signal(object)

    def __init__(self, review: ReviewItem, place: str, about: str) -> None:
        super().__init__(gap=1, margins=2)
        self._review = review
        self.badge = Badge("", "circle", "quiet")
        name = PlainLabel(review.application.applicant, "heading")
        self.clear_button = Button(tr("declare.clear"), "normal", "check")
        self.clear_button.setObjectName(f"clear.{place}")
        self.clear_button.setAccessibleName(tr("declare.clear.for", name=review.application.applicant))
        self.clear_button.clicked.connect(lambda: self.declared.emit(Declaration("clear")))
        self.recuse_button = Button(tr("declare.recuse"), "quiet", "ban")
        self.recuse_button.setObjectName(f"recuse.{place}")
        self.recuse_button.setAccessibleName(tr("declare.recuse.for", name=review.application.applicant))
        self.recuse_button.clicked.connect(self._ask)
        self.return_button = Button(tr("declare.return"), "quiet", "undo-2")
        self.return_button.setObjectName(f"return.{place}")
        self.return_button.setAccessibleName(tr("declare.return.for", name=review.application.applicant))
        self.return_button.clicked.connect(lambda: self.declared.emit(Declaration("clear")))
        self._note = PlainLabel("", "small")
        text = column(name, PlainLabel(about, "small"), self._note, gap=0.25)
        line = row(gap=1.5)
        line.addLayout(text, 1)
        for part in (self.badge, self.clear_button, self.recuse_button, self.return_button):
            line.addWidget(part)
        self.box.addLayout(line)
        self._form: DeclarationForm | None = None

    def show_state(
        self, declaration: Declaration, state: words.State, *, locked: bool, allowed: bool, final: bool
    ) -> None:
        """The declaration as stored; `allowed`: the statements are agreed to; `final`: a recusal was exported."""
        names = {"none": tr("declare.state.none"), "clear": tr("declare.state.clear"), "recused": tr("state.recused")}
        icons = {"none": ("circle", "quiet"), "clear": ("circle-check", "accent"), "recused": ("ban", "neutral")}
        icon, kind = icons[declaration.status]
        self.badge.show_state(names[declaration.status], icon, kind)
        self.clear_button.setVisible(declaration.status == "none")
        self.clear_button.setEnabled(allowed and not locked)
        self.recuse_button.setVisible(declaration.status != "recused")
        self.recuse_button.setEnabled(allowed and not locked)
        recused = declaration.status == "recused"
        self.return_button.setVisible(recused and not final and not locked)
        note = ""
        if recused:
            note = tr("declare.return.final") if final else tr("declare.return.note")
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self.setAccessibleDescription(f"{state.text} {note}".strip())
        if declaration.status == "recused":
            self._close()

    def _ask(self) -> None:
        if self._form is not None:
            self._close()
            return
        self._form = DeclarationForm(
            self._review.application.applicant, Declaration(), recusing=True, cancellable=True, embedded=True
        )
        self._form.declared.connect(self.declared)
        self._form.cancelled.connect(self._close)
        self.box.addWidget(self._form)
        self._form.open_grounds()

    def _close(self) -> None:
        if self._form is not None:
            form, self._form = self._form, None
            form.hide()
            form.deleteLater()
            self.recuse_button.setFocus()


class DeclarePage(QWidget):
    """Signal `go_on()`: to the scoring page."""

    go_on = Signal()

    def __init__(self, store: ReviewStore) -> None:
        super().__init__()
        self.setObjectName("expert.declare")
        self._store = store
        self._statements = column(gap=1)
        self.agree_all = Button(tr("statements.all"), "normal", "list-checks")
        self.agree_all.setObjectName("statements.all")
        self.agree_all.clicked.connect(self._agree_all)
        self.checks: dict[str, PlainCheckBox] = {}
        self.all_clear = Button(tr("declare.all.clear"), "normal", "list-checks")
        self.all_clear.setObjectName("declare.all.clear")
        self.all_clear.clicked.connect(self._all_clear)
        self.next = Button(tr("declare.next"), "primary", "arrow-right")
        self.next.setObjectName("declare.next")
        self.next.clicked.connect(self.go_on)
        self.summary = PlainLabel("", "muted")
        self.summary.setObjectName("declare.summary")
        statements = Card(gap=1.5, margins=2.5)
        statements.box.addLayout(
            row(
                IconLabel("scroll-text", 24, "accent"),
                PlainLabel(tr("statements.title"), "heading"),
                None,
                self.agree_all,
            )
        )
        statements.box.addWidget(PlainLabel(tr("statements.text"), "muted"))
        statements.box.addLayout(self._statements)
        page = column(gap=2, margins=4)
        page.addWidget(PlainLabel(tr("declare.page"), "title"))
        page.addWidget(statements)
        page.addLayout(row(PlainLabel(tr("declare.applications"), "heading"), None, self.all_clear))
        page.addWidget(PlainLabel(tr("declare.ask"), "muted"))
        self.lines: dict[str, ApplicationLine] = {}
        for number, review in enumerate(store.view.applications):
            line = ApplicationLine(review, str(number), words.about(store.view.batch, review.application))
            line.declared.connect(lambda made, name=review.application.id: self._declare(name, made))
            self.lines[review.application.id] = line
            page.addWidget(line)
        page.addLayout(row(self.summary, None, self.next))
        page.addStretch(1)
        self.setLayout(column(scroll(centred(holder(page), 960), tr("declare.page"))))
        self._make_statements()
        store.changed.connect(self.refresh)
        self.refresh()

    def _make_statements(self) -> None:
        clear(self._statements)
        for statement, _at in self._store.view.statements:
            check = PlainCheckBox(tr("statements.agree"))
            check.setObjectName(f"statement.{statement.id}")
            check.setAccessibleName(f"{tr('statements.agree')}: {i18n.local(statement.text)}")
            check.clicked.connect(lambda _on=True, name=statement.id: self._agree(name))
            line = row(gap=2)
            line.addWidget(PlainLabel(i18n.local(statement.text)), 1)
            line.addWidget(check, 0, Qt.AlignmentFlag.AlignTop)
            self._statements.addLayout(line)
            self.checks[statement.id] = check

    def refresh(self, _change: object = None) -> None:
        """Shows what is agreed and declared now."""
        view = self._store.view
        agreed = True
        for statement, at in view.statements:
            check = self.checks[statement.id]
            check.setChecked(bool(at))
            check.setEnabled(not at and not view.locked)
            agreed = agreed and bool(at)
        self.agree_all.setVisible(not agreed)
        open_ones = 0
        for application, line in self.lines.items():
            sheet = view.sheet(application)
            done, total = view.progress(application)
            open_ones += sheet.declaration.status == "none"
            line.show_state(
                sheet.declaration,
                words.sheet_state(sheet, done, total),
                locked=view.locked,
                allowed=agreed,
                final=application in view.final_recusals,
            )
        self.all_clear.setVisible(open_ones > 1)
        self.all_clear.setEnabled(agreed and not view.locked)
        declared = len(self.lines) - open_ones
        if agreed:
            self.summary.setText(tr("declare.summary", declared=declared, total=len(self.lines)))
        else:
            self.summary.setText(tr("declare.first"))
        self.next.setEnabled(agreed)

    def focus_start(self) -> None:
        """Puts the focus on what is to be done first."""
        unread = [check for check in self.checks.values() if check.isEnabled()]
        undeclared = [line.clear_button for line in self.lines.values() if not line.clear_button.isHidden()]
        (unread[0] if unread else undeclared[0] if undeclared else self.next).setFocus()

    def _agree(self, statement: str) -> None:
        self._store.apply(lambda session: session.agree(statement))

    def _agree_all(self) -> None:
        missing = [statement.id for statement, at in self._store.view.statements if not at]

        def agree(session: ReviewSession) -> None:
            for name in missing:
                session.agree(name)

        # What is ticked takes no focus any more; the declarations come next.
        self._store.apply(agree, lambda _done: self.focus_start())

    def _declare(self, application: str, declaration: Declaration) -> None:
        self._store.apply(lambda session: session.declare(application, declaration))

    def _all_clear(self) -> None:
        view = self._store.view
        missing = [name for name in self.lines if view.sheet(name).declaration.status == "none"]

        def declare(session: ReviewSession) -> None:
            for name in missing:
                session.declare(name, Declaration("clear"))

        self._store.apply(declare, lambda _done: self.next.setFocus())
