"""Sheet by sheet what is signed: every item with its score, level and reason, challenges, citations, the opinion.

Made only for the sheets somebody opens: thirty applications of twenty-two items are a long text.
"""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from ndb_desktop.domain.sheet import ItemEntry, Sheet
from ndb_desktop.domain.sheetform import TASK, FormItem, challenges_of
from ndb_desktop.services.review_open import ReviewItem
from ndb_desktop.ui import icons
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.view import ReviewView
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import ElidingButton
from ndb_desktop.ui.widgets.layout import clear, column

_MOST_LINES = 16
_INDENT = "    "


def signed_words(view: ReviewView, review: ReviewItem) -> str:
    """What the signed file holds of an application, in lines; never a private note or a flag."""
    application, form = review.application.id, review.form
    sheet = view.sheet(application)
    if sheet.status == "recused":
        codes = [f"{code} {tr(f'conflict.{code}')}" for code in sheet.declaration.codes]
        return "\n".join([tr("state.recused"), *codes])
    if sheet.status == "unable":
        return "\n".join([tr("expert.state.unable"), sheet.unable])
    if review.stage is None:
        lines = [tr("sign.each.total", score=words.score(view.totals(application).total, form.settings))]
    else:
        lines = [tr("sign.each.line", what=name, said=value) for name, value in view.own_shares(application)]
    for item in form.items:
        lines += _item_lines(view, review, sheet, item)
    lines.append(tr("sign.each.line", what=tr("undo.opinion"), said=sheet.opinion or tr("sign.each.none")))
    return "\n".join(lines)


def _item_lines(view: ReviewView, review: ReviewItem, sheet: Sheet, item: FormItem) -> list[str]:
    application, form = review.application.id, review.form
    entry = sheet.items.get(item.id, ItemEntry(item.id))
    value = view.score(application, item.id)
    said = [tr("check.points", score=words.score(value, form.settings))] if value is not None else []
    if item.part == TASK and entry.value is not None:
        said.append(view.shown(application, item.id))
    if entry.level:
        said.append(words.level(entry.level))
    if entry.confirm:
        said.append(tr("expert.confirmed") if entry.confirm == "confirmed" else tr("check.state.challenged"))
    if entry.state == "not_applicable":
        said.append(tr("state.not_applicable"))
    places = sum(link.item == item.id for link in sheet.evidence)
    if places:
        said.append(tr("sign.each.places", count=places))
    whole = tr("list.separator").join(said) or tr("state.open")
    lines = [tr("sign.each.line", what=words.item_place(form, item.id), said=whole)]
    if entry.reason:
        lines.append(_INDENT + tr("sign.each.reason", reason=entry.reason))
    lines += [
        _INDENT + tr("sign.each.challenge", reason=challenge.reason)
        for challenge in challenges_of(form, sheet, item.id)
    ]
    return lines


class SignedSheets(QWidget):
    """A button for each application; it unfolds what is signed of it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sign.each")
        self._parts = column(gap=0.5)
        self.setLayout(self._parts)
        self._open: set[str] = set()

    def show_sheets(self, view: ReviewView) -> None:
        """All applications; what was open stays open, with what is stored now."""
        clear(self._parts)
        for review in view.applications:
            self._add(view, review)

    def _add(self, view: ReviewView, review: ReviewItem) -> None:
        application = review.application
        sheet = view.sheet(application.id)
        state = words.sheet_state(sheet, *view.progress(application.id))
        head = ElidingButton(f"{application.applicant} · {state.text}", "fold", "chevron-right")
        head.setObjectName(f"sign.each.{application.id}")
        text: list[QPlainTextEdit] = []

        def look() -> None:
            on = application.id in self._open
            if on and not text:
                text.append(self._make_text(application.id, application.applicant, signed_words(view, review)))
                self._parts.insertWidget(self._parts.indexOf(head) + 1, text[0])
            for box in text:
                box.setVisible(on)
            head.setIcon(icons.icon("chevron-down" if on else "chevron-right", "muted"))
            head.setAccessibleDescription(tr("fold.open") if on else tr("fold.shut"))

        def toggle() -> None:
            self._open ^= {application.id}
            look()

        head.clicked.connect(toggle)
        self._parts.addWidget(head)
        look()

    def _make_text(self, application: str, applicant: str, said: str) -> QPlainTextEdit:
        box = QPlainTextEdit(said)
        box.setObjectName(f"sign.each.text.{application}")
        box.setReadOnly(True)
        box.setTabChangesFocus(True)
        box.setAccessibleName(tr("sign.each.name", applicant=applicant))
        lines = min(max(said.count("\n") + 1, 3), _MOST_LINES)
        box.setFixedHeight(box.fontMetrics().lineSpacing() * lines + 24)
        return box
