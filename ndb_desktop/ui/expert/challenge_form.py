"""质疑: dispute a datum with a reason, a page and perhaps another figure; and the challenges already made."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.numbers import parse_number, plain
from ndb_desktop.domain.rulepack import Indicator
from ndb_desktop.domain.sheet import Challenge, Sheet
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, LinkButton, PlainLabel
from ndb_desktop.ui.widgets.fields import Choice, LineEdit, TextBox
from ndb_desktop.ui.widgets.layout import Card, clear, column, row


class ChallengeForm(Card):
    """Signals: `made(object)` a `Challenge`; `cancelled()`."""

    made = Signal(object)
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__(kind="raised", gap=1, margins=2)
        self.setObjectName("challenge")
        self._minimum = 1
        self._indicator = ""
        self._id = ""
        self.datum = Choice(tr("challenge.datum"))
        self.datum.setObjectName("challenge.datum")
        self.year = Choice(tr("challenge.year"))
        self.year.setObjectName("challenge.year")
        self.proposed = LineEdit(tr("challenge.proposed"), placeholder=tr("challenge.proposed.hint"))
        self.proposed.setObjectName("challenge.proposed")
        self.document = Choice(tr("challenge.document"))
        self.document.setObjectName("challenge.document")
        self.page = LineEdit(tr("challenge.page"), placeholder=tr("challenge.page.hint"))
        self.page.setObjectName("challenge.page")
        self.reason = TextBox(tr("challenge.reason"), placeholder=tr("challenge.reason.hint"), lines=3)
        self.reason.setObjectName("challenge.reason")
        self.hint = PlainLabel("", "small")
        self.hint.setObjectName("challenge.hint")
        self.submit = Button(tr("challenge.submit"), "primary", "message-square-warning")
        self.submit.setObjectName("challenge.submit")
        self.cancel = Button(tr("action.cancel"))
        self.cancel.setObjectName("challenge.cancel")
        self.box.addWidget(PlainLabel(tr("challenge.title"), "heading"))
        self.box.addWidget(PlainLabel(tr("challenge.explain"), "muted"))
        self.box.addLayout(self._pair(tr("challenge.datum"), self.datum, tr("challenge.year"), self.year))
        self.box.addLayout(self._pair(tr("challenge.document"), self.document, tr("challenge.page"), self.page))
        self.box.addLayout(column(PlainLabel(tr("challenge.proposed"), "small"), self.proposed, gap=0.5))
        self.box.addLayout(column(PlainLabel(tr("challenge.reason"), "small"), self.reason, self.hint, gap=0.5))
        self.box.addLayout(row(self.submit, self.cancel, None, gap=2))
        self.datum.chosen.connect(lambda _code: self._years())
        self.reason.typed.connect(lambda _text: self._check())
        self.proposed.textChanged.connect(lambda _text: self._check())
        self.page.textChanged.connect(lambda _text: self._check())
        self.submit.clicked.connect(self._submit)
        self.cancel.clicked.connect(self.cancelled)

    @staticmethod
    def _pair(first: str, left: QWidget, second: str, right: QWidget) -> QHBoxLayout:
        line = row(gap=2)
        line.addLayout(column(PlainLabel(first, "small"), left, gap=0.5), 3)
        line.addLayout(column(PlainLabel(second, "small"), right, gap=0.5), 1)
        return line

    def start(self, application: Application, indicator: Indicator, minimum: int, number: str) -> None:
        """An empty form for an indicator's data; `minimum` characters of reason; `number` becomes its id."""
        self._application, self._item, self._minimum, self._id = application, indicator, max(1, minimum), number
        self._indicator = indicator.id
        self.datum.set_choices([(item.code, i18n.local(item.label)) for item in indicator.data])
        documents: list[tuple[object, str]] = [("", tr("challenge.document.none"))]
        documents += [(document.id, document.title or document.name) for document in application.documents]
        self.document.set_choices(documents)
        self._years()
        for field in (self.proposed, self.page):
            field.setText("")
        self.reason.setPlainText("")
        self._check()
        self.show()
        self.datum.setFocus()

    def set_place(self, document: str, page: int) -> None:
        """The document and page in sight, as a first suggestion."""
        if document:
            self.document.set_value(document)
            self.page.setText(str(page))

    def _years(self) -> None:
        item = next((item for item in self._item.data if item.code == self.datum.value()), None)
        years = [str(self._application.year - back) for back in range(item.years)] if item is not None else []
        self.year.set_choices([(year, year) for year in years] or [("", tr("challenge.year.none"))])
        self.year.setEnabled(bool(years))
        self.proposed.setEnabled(item is not None and item.kind == "number")

    def _problem(self) -> str:
        typed = self.proposed.text().strip()
        if typed:
            try:
                parse_number(typed)
            except NdbError:
                return tr("challenge.need.number")
        document = next((d for d in self._application.documents if d.id == self.document.value()), None)
        page = self.page.text().strip()
        if document is not None and page and not (page.isdecimal() and int(page) <= document.pages):
            return tr("challenge.need.page", pages=document.pages)
        length = len(self.reason.toPlainText().strip())
        if length < self._minimum:
            return tr("expert.reason.short", length=length, minimum=self._minimum)
        return ""

    def _check(self) -> None:
        self.hint.setText(self._problem())
        self.submit.setEnabled(not self.hint.text())

    def _submit(self) -> None:
        typed, page = self.proposed.text().strip(), self.page.text().strip()
        document = self.document.value() or ""
        self.made.emit(
            Challenge(
                id=self._id,
                indicator=self._indicator,
                datum=self.datum.value() or "",
                key=self.year.value() or "",
                proposed=parse_number(typed) if typed and self.proposed.isEnabled() else None,
                document=document,
                page=int(page) if page.isdecimal() and document else 0,
                reason=self.reason.toPlainText().strip(),
            )
        )


class ChallengeList(QWidget):
    """The challenges made on an indicator. Signals: `jump(str, int)`, `remove(str)`."""

    jump = Signal(str, int)
    remove = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._box = column(gap=1)
        self.setLayout(self._box)

    def show_challenges(self, application: Application, indicator: Indicator, sheet: Sheet, editable: bool) -> None:
        """All challenges on this indicator."""
        clear(self._box)
        mine = [challenge for challenge in sheet.challenges if challenge.indicator == indicator.id]
        self.setVisible(bool(mine))
        for challenge in mine:
            self._box.addWidget(self._card(application, indicator, challenge, editable))

    def _card(self, application: Application, indicator: Indicator, challenge: Challenge, editable: bool) -> Card:
        item = next((item for item in indicator.data if item.code == challenge.datum), None)
        name = i18n.local(item.label) if item is not None else challenge.datum
        head = " · ".join(part for part in (tr("challenge.one"), name, challenge.key) if part)
        card = Card(PlainLabel(head, "heading"), PlainLabel(challenge.reason), kind="warning", gap=0.5, margins=1.5)
        if challenge.proposed is not None:
            card.box.addWidget(PlainLabel(tr("challenge.proposes", value=plain(challenge.proposed)), "number"))
        line = row(gap=1)
        if challenge.document:
            title = words.document_title(application.documents, challenge.document)
            page = tr("expert.page", page=challenge.page) if challenge.page else tr("expert.whole")
            link = LinkButton(f"{title} · {page}", "file-text")
            link.clicked.connect(lambda: self.jump.emit(challenge.document, challenge.page))
            line.addWidget(link)
        line.addStretch(1)
        if editable:
            drop = Button(tr("challenge.remove"), "quiet")
            drop.setObjectName(f"challenge.remove.{challenge.id}")
            drop.clicked.connect(lambda: self.remove.emit(challenge.id))
            line.addWidget(drop)
        card.box.addLayout(line)
        return card
