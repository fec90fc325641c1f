"""质疑: dispute a datum with a reason, a place and perhaps another figure, seeing what that figure would change."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QWidget

from ndb_desktop.domain.model import Document
from ndb_desktop.domain.rulepack import Indicator
from ndb_desktop.domain.sheet import Challenge
from ndb_desktop.domain.sheetform import StageQuestion
from ndb_desktop.services.review import ReviewItem
from ndb_desktop.services.review_drafts import Draft
from ndb_desktop.ui import composing, theme
from ndb_desktop.ui.expert.challenge_subject import subject_of
from ndb_desktop.ui.expert.draft import DraftKeeper
from ndb_desktop.ui.expert.place_chip import Rectangle
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconButton, PlainLabel
from ndb_desktop.ui.viewer.marks import checked
from ndb_desktop.ui.widgets.fields import Choice, LineEdit, TextBox
from ndb_desktop.ui.widgets.figure_box import FigureBox
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, holder, row


class ChallengeForm(Card):
    """Signals: `made(object)` a `Challenge`; `cancelled()`; `place_asked()` what is in sight or marked is wanted."""

    made = Signal(object)
    cancelled = Signal()
    place_asked = Signal()

    def __init__(self) -> None:
        super().__init__(kind="raised", gap=1, margins=2)
        self.setObjectName("challenge")
        self._minimum = 1
        self._id = ""
        self._rect: Rectangle | None = None
        self._make_fields()
        self.draft = DraftKeeper(self, self._values)
        self.box.addWidget(PlainLabel(tr("challenge.title"), "heading"))
        self.box.addWidget(PlainLabel(tr("challenge.explain"), "muted"))
        self.box.addLayout(self._pair(tr("challenge.datum"), self.datum, tr("challenge.year"), self.year))
        self.box.addWidget(self.declared)
        figure = row(self.proposed, self.unit, None, gap=1)
        hint = PlainLabel(tr("challenge.proposed.hint"), "small")
        self.box.addLayout(column(PlainLabel(tr("challenge.proposed"), "small"), figure, hint, self.preview, gap=0.5))
        self.box.addLayout(self._pair(tr("challenge.document"), self.document, tr("challenge.page"), self.page))
        self.box.addLayout(Flow(self.here))
        self.box.addWidget(self._marked)
        head = Flow(PlainLabel(tr("challenge.reason"), "small"), None, self.count)
        self.box.addLayout(column(head, self.reason, self.hint, gap=0.5))
        self.box.addLayout(Flow(self.submit, self.cancel, gap=2))
        self._connect()

    def _make_fields(self) -> None:
        self.datum = Choice(tr("challenge.datum"))
        self.datum.setObjectName("challenge.datum")
        self.year = Choice(tr("challenge.year"))
        self.year.setObjectName("challenge.year")
        self.declared = PlainLabel("", "muted")
        self.declared.setObjectName("challenge.declared")
        self.proposed = FigureBox(tr("challenge.proposed"))
        self.proposed.setObjectName("challenge.proposed")
        self.proposed.setMinimumWidth(theme.pixels(120))
        self.unit = PlainLabel("", "body", wrap=False)
        self.unit.setObjectName("challenge.unit")
        self.preview = PlainLabel("", "number")
        self.preview.setObjectName("challenge.preview")
        self.document = Choice(tr("challenge.document"))
        self.document.setObjectName("challenge.document")
        self.page = LineEdit(tr("challenge.page"))
        self.page.setObjectName("challenge.page")
        self.here = Button(tr("challenge.here"), "normal", "bookmark-plus")
        self.here.setObjectName("challenge.here")
        self._marked_text = PlainLabel("", "small")
        self._marked_text.setObjectName("challenge.marked")
        self._unmark = IconButton("x", tr("challenge.unmark"))
        self._unmark.setObjectName("challenge.unmark")
        line = row(self._marked_text, self._unmark, None, gap=1)
        self._marked = holder(line)
        self.reason = TextBox(tr("challenge.reason"), placeholder=tr("challenge.reason.hint"), lines=3)
        self.reason.setObjectName("challenge.reason")
        self.count = PlainLabel("", "small", wrap=False)
        self.count.setObjectName("challenge.count")
        self.hint = PlainLabel("", "warning")
        self.hint.setObjectName("challenge.hint")
        self.submit = Button(tr("challenge.submit"), "primary", "message-square-warning")
        self.submit.setObjectName("challenge.submit")
        self.cancel = Button(tr("action.cancel"))
        self.cancel.setObjectName("challenge.cancel")

    def _connect(self) -> None:
        self.datum.chosen.connect(lambda _code: self._datum_chosen())
        self.year.chosen.connect(lambda _year: self._value_changed())
        self.proposed.textChanged.connect(lambda _text: self._value_changed())
        self.document.chosen.connect(lambda _document: self._set_rect(None))
        # Only typing: a page set together with its rectangle keeps it.
        self.page.textEdited.connect(lambda _text: self._set_rect(None))
        self.page.textChanged.connect(lambda _text: self._check())
        self.here.clicked.connect(self.place_asked)
        self._unmark.clicked.connect(self._drop_rect)
        self.reason.typed.connect(lambda _text: self._check())
        self.submit.clicked.connect(self._submit)
        self.cancel.clicked.connect(self.cancelled)

    @staticmethod
    def _pair(first: str, left: QWidget, second: str, right: QWidget) -> QHBoxLayout:
        line = row(gap=2)
        line.addLayout(column(PlainLabel(first, "small"), left, gap=0.5), 3)
        line.addLayout(column(PlainLabel(second, "small"), right, gap=0.5), 1)
        return line

    # ----- filling -----

    def start(self, review: ReviewItem, what: Indicator | StageQuestion, number: str) -> None:
        """An empty form for an indicator's data or a target; `number` becomes the id of the challenge."""
        self.draft.fill(lambda: self._clear(review, what, number), {})
        self.draft.rest(fresh=True)
        self.show()
        self.datum.setFocus()

    def resume(self, review: ReviewItem, what: Indicator | StageQuestion, number: str, draft: Draft) -> None:
        """The form as it was left; the focus stays where it is."""
        self.draft.fill(lambda: self._clear(review, what, number), {})
        self.draft.rest(fresh=True)
        self.draft.fill(lambda: self._fill(draft), draft)
        self.show()

    def _clear(self, review: ReviewItem, what: Indicator | StageQuestion, number: str) -> None:
        self._review, self._subject, self._id = review, subject_of(review, what), number
        self._minimum = max(1, review.form.settings.reason_min)
        self.datum.set_choices(list(self._subject.choices()))
        documents: list[tuple[object, str]] = [("", tr("challenge.document.none"))]
        documents += [(document.id, document.title or document.name) for document in review.application.documents]
        self.document.set_choices(documents)
        self.page.setText("")
        self.reason.setPlainText("")
        self._set_rect(None)
        self._datum_chosen()

    def _values(self) -> Draft:
        """What stands in the fields, as texts."""
        return {
            "datum": str(self.datum.value() or ""),
            "year": str(self.year.value() or ""),
            "proposed": self.proposed.text(),
            "document": str(self.document.value() or ""),
            "page": self.page.text(),
            "rect": " ".join(map(str, self._rect or ())),
            "reason": self.reason.toPlainText(),
        }

    def _fill(self, draft: Draft) -> None:
        """Fills in a draft; what it says of a datum or document that a supplement took away is left out."""
        self.reason.setPlainText(draft.get("reason", ""))
        self.datum.set_value(draft.get("datum"))
        self._datum_chosen()
        if self.datum.value() == draft.get("datum"):
            self.year.set_value(draft.get("year"))
            self.proposed.setText(draft.get("proposed", ""))
            self.proposed.commit()
        self.document.set_value(draft.get("document"))
        if self.document.value() == draft.get("document"):
            self.page.setText(draft.get("page", ""))
            edges = draft.get("rect", "").split()
            self._set_rect(checked([int(edge) for edge in edges if edge.isdecimal()]))

    def set_place(self, document: str, page: int, rect: object = None, _quote: str = "") -> None:
        """Takes the document and page in sight as the place, with the rectangle that is marked there."""
        if document:
            self.document.set_value(document)
            self.page.setText(str(page))
            self._set_rect(rect if isinstance(rect, tuple) else None)

    def _set_rect(self, rect: Rectangle | None) -> None:
        self._rect = rect
        self._marked.setVisible(rect is not None)
        self._marked_text.setText(tr("challenge.marked", page=self.page.text()) if rect is not None else "")
        self._check()

    def _drop_rect(self) -> None:
        self._set_rect(None)
        self.here.setFocus()

    @property
    def _code(self) -> str:
        return str(self.datum.value() or "")

    def _datum_chosen(self) -> None:
        years = self._subject.years(self._code)
        self.year.set_choices([(year, year) for year in years] or [("", tr("challenge.year.none"))])
        self.year.setEnabled(bool(years))
        self.proposed.forget()
        figure = self._subject.is_figure(self._code)
        self.proposed.setEnabled(figure)
        self.unit.setText(self._subject.unit(self._code) if figure else tr("challenge.no_figure"))
        self._value_changed()

    def _value_changed(self) -> None:
        self._show_declared()
        self._show_preview()
        self._check()

    def _show_declared(self) -> None:
        """What stands there now, so that nobody has to scroll back to it while typing another figure."""
        self.declared.setVisible(self._subject.is_figure(self._code))
        self.declared.setText(self._subject.declared(self._code, str(self.year.value() or "")))

    def _show_preview(self) -> None:
        value = self.proposed.number() if self.proposed.isEnabled() else None
        self.preview.setVisible(value is not None)
        if value is not None:
            self.preview.setText(self._subject.preview(self._code, str(self.year.value() or ""), value))

    def open_fields(self) -> list[QWidget]:
        """Where one goes on: the fields that are still empty, in their order, and then the first of all."""
        empty = (
            (self.proposed, self.proposed.isEnabled() and not self.proposed.text().strip()),
            (self.document, self._document() is None),
            (self.page, not self.page.text().strip()),
            (self.reason, len(self.reason.toPlainText().strip()) < self._minimum),
        )
        return [*(field for field, open_ in empty if open_), self.datum]

    # ----- checking -----

    def _problem(self) -> str:
        if self.proposed.isEnabled() and self.proposed.text().strip() and self.proposed.number() is None:
            return tr("challenge.need.number")
        document = self._document()
        page = self.page.text().strip()
        if document is None and page:
            return tr("challenge.need.document")
        if document is not None and page and not (page.isdecimal() and 1 <= int(page) <= document.pages):
            return tr("challenge.need.page", pages=document.pages)
        return ""

    def _document(self) -> Document | None:
        return next((d for d in self._review.application.documents if d.id == self.document.value()), None)

    def _check(self) -> None:
        problem = self._problem()
        self.hint.setText(problem)
        self.hint.setVisible(bool(problem))
        length = len(self.reason.toPlainText().strip())
        short = length < self._minimum
        key = tr("expert.reason.short", length=length, minimum=self._minimum)
        self.count.setText(key if short else tr("expert.reason.count", length=length))
        self.count.set_role("warning" if short else "small")
        self.submit.setEnabled(not problem and not short)
        self.draft.touched()

    def standing(self) -> str:
        """Whether what stands here is stored (see `ui.pending`)."""
        return self.draft.standing()

    # ----- acting -----

    def event(self, event: QEvent) -> bool:
        # Before the page's own keys: inside the form Enter and Escape are the form's.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _ours(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if composing.active() or not _ours(event):
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        elif not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._step_on()
        elif self.submit.isEnabled():
            self._submit()

    def _step_on(self) -> None:
        """Plain Enter presses a button and leaves a field for the next."""
        widget = self.focusWidget()
        if isinstance(widget, QAbstractButton):
            widget.click()
        else:
            self.focusNextChild()

    def _submit(self) -> None:
        page, document = self.page.text().strip(), self._document()
        number = int(page) if page.isdecimal() and document is not None else 0
        self.made.emit(
            Challenge(
                id=self._id,
                indicator=self._subject.indicator,
                datum=self.datum.value() or "",
                key=self.year.value() or "",
                proposed=self.proposed.number() if self.proposed.isEnabled() else None,
                document=document.id if document is not None else "",
                page=number,
                reason=self.reason.toPlainText().strip(),
                rect=self._rect if number else None,
            )
        )


def _ours(event: QKeyEvent) -> bool:
    """Escape gives up, Enter steps through the form, Ctrl+Enter makes the challenge, from any field."""
    return event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
