"""What will be signed, how much of it, and what stays on this computer; what is missing blocks, one click away."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import Signal

from ndb_desktop.services import review_drafts as forms
from ndb_desktop.services import review_records as records
from ndb_desktop.services.review import ExportSummary
from ndb_desktop.services.review_steps import Step
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert.open_page import fact_grid
from ndb_desktop.ui.expert.sign_each import SignedSheets
from ndb_desktop.ui.expert.undo_names import step_words
from ndb_desktop.ui.expert.view import ReviewView
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, LinkButton, PlainLabel
from ndb_desktop.ui.widgets.layout import Card, clear, column, row

_SHOWN_GAPS = 5


class SummaryCard(Card):
    """Signal `check()`: to the list of everything that is missing."""

    check = Signal()

    def __init__(self) -> None:
        super().__init__(gap=1.5, margins=2.5)
        self.setObjectName("sign.summary")
        self._parts = column(gap=1.5)
        self.box.addLayout(self._parts)
        self._view: ReviewView | None = None
        self._each = SignedSheets()
        self._each.hide()
        self._look = LinkButton(tr("sign.each"), "list-checks")
        self._look.setObjectName("sign.each.show")
        self._look.clicked.connect(self._show_each)
        self.box.addLayout(row(self._look, None))
        self.box.addWidget(self._each)
        self._say_look()

    def _show_each(self) -> None:
        self._each.setVisible(self._each.isHidden())
        self._say_look()
        if self._view is not None and not self._each.isHidden():
            self._each.show_sheets(self._view)

    def _say_look(self) -> None:
        self._look.setAccessibleDescription(tr("fold.shut") if self._each.isHidden() else tr("fold.open"))

    def show_summary(self, view: ReviewView, summary: ExportSummary, *, late: bool) -> None:
        """The numbers are those of the file, read from the worksheet by the service that signs.

        `late`: the day by which the file is wanted back has passed.
        """
        self._view = view
        if not self._each.isHidden():
            self._each.show_sheets(view)
        clear(self._parts)
        if summary.gaps and not view.locked:
            self._parts.addWidget(self._gaps(view, summary))
        title = tr("sign.signed.done") if view.locked else tr("sign.signed")
        self._parts.addLayout(row(IconLabel("signature", 20, "accent"), PlainLabel(title, "heading"), None))
        self._parts.addLayout(fact_grid(_signed(view, summary)))
        if late and not view.locked:
            self._parts.addWidget(PlainLabel(tr("sign.late"), "warning"))
        stays = row(IconLabel("lock", 20, "muted"), PlainLabel(tr("sign.not_signed"), "heading"), None)
        self._parts.addLayout(stays)
        facts = [
            (tr("sign.stays.notes"), tr("sign.count.notes", count=summary.notes)),
            (tr("sign.stays.flags"), tr("sign.count.places", count=summary.flags)),
            (tr("sign.stays.work"), tr("sign.stays.work.text")),
        ]
        if drafts := _drafts(view):
            facts.append((tr("sign.stays.drafts"), "\n".join(drafts)))
        self._parts.addLayout(fact_grid(facts))

    def _gaps(self, view: ReviewView, summary: ExportSummary) -> Card:
        card = Card(kind="warning", gap=1, margins=2)
        card.setObjectName("sign.gaps")
        go = Button(tr("sign.to_check"), "normal", "list-checks")
        go.setObjectName("sign.to_check")
        go.clicked.connect(self.check)
        head = PlainLabel(tr("sign.gaps", count=len(summary.gaps)), "heading")
        line = row(IconLabel("triangle-alert", 20, "warning"), head, go, gap=1.5)
        line.setStretch(1, 1)
        card.box.addLayout(line)
        places = Counter(gap.place.partition("/")[0] if "/" in gap.place else "" for gap in summary.gaps)
        for place, count in list(places.items())[:_SHOWN_GAPS]:
            name = view.item(place).application.applicant if place else tr("statements.title")
            card.box.addWidget(PlainLabel(tr("sign.gaps.at", name=name, count=count), "small"))
        if len(places) > _SHOWN_GAPS:
            card.box.addWidget(PlainLabel(tr("sign.gaps.more", count=len(places) - _SHOWN_GAPS), "small"))
        return card


def _signed(view: ReviewView, summary: ExportSummary) -> list[tuple[str, str]]:
    counts = summary.counts
    facts = [
        (tr("sign.person"), view.expert.name),
        (tr("sign.batch"), i18n.local(view.batch.title)),
        (tr("sign.scored"), _scored(summary)),
        (tr("sign.recused"), tr("sign.sheets", count=summary.sheets.get("recused", 0))),
        (tr("sign.unable"), tr("sign.sheets", count=summary.sheets.get("unable", 0))),
        (tr("sign.items"), tr("sign.count.items", count=counts.items)),
        (tr("sign.challenges"), tr("sign.count.notes", count=counts.challenges)),
        (tr("sign.evidence"), tr("sign.count.places", count=counts.evidence)),
        (tr("sign.opinions"), tr("sign.sheets", count=counts.opinions)),
        (tr("sign.statements"), _statements(view)),
    ]
    if view.locked:
        return facts
    if view.summary.expires_at:
        facts.insert(2, (tr("open.expires"), i18n.local_time(view.summary.expires_at)))
    facts.append((tr("sign.revision"), str(summary.revision)))
    if not summary.first:
        names = [view.item(name).application.applicant for name in summary.changed]
        changed = tr("list.separator").join(names) or tr("sign.changed.none")
        facts.append((tr("sign.changed"), changed))
    return facts


def _statements(view: ReviewView) -> str:
    agreed = sum(bool(at) for _, at in view.statements)
    if agreed == len(view.statements):
        return tr("sign.statements.count", count=agreed)
    return tr("sign.statements.open", count=len(view.statements), agreed=agreed)


def _scored(summary: ExportSummary) -> str:
    """How many sheets are scored, and how many of them are not finished."""
    scored = summary.sheets.get("scored", 0)
    open_sheets = len({gap.place.partition("/")[0] for gap in summary.gaps if "/" in gap.place})
    if not open_sheets:
        return tr("sign.sheets", count=scored)
    return tr("sign.sheets.open", count=scored, open=open_sheets)


def _drafts(view: ReviewView) -> list[str]:
    """Forms that were begun and not submitted, as whoever signs would look for them."""
    found = []
    for application, form in view.drafts:
        if form == forms.DECLARATION:
            applicant = view.item(application).application.applicant
            found.append(tr("undo.elsewhere", applicant=applicant, what=tr("declare.title")))
        elif form == forms.UNABLE:
            found.append(step_words(view, Step(application, records.UNABLE, ""), ""))
        else:
            item = form.removeprefix(forms.challenge(""))
            found.append(step_words(view, Step(application, records.ENTRY, item, records.CHALLENGE), ""))
    return found
