"""One disputed datum: what was declared, who says what, what each decision would change, and the signature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup

from ndb_desktop.domain.decision import Decision
from ndb_desktop.domain.dispute import ACTIONS, Dispute, Place, Raised
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.numbers import parse_number, plain, show
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.stagepack import AnyStagePack
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.coordinator.datum_words import datum_label
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.plain_checks import PlainRadio
from ndb_desktop.ui.widgets.fields import TextBox
from ndb_desktop.ui.widgets.figure_box import FigureBox
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, clear, column, holder, row
from ndb_desktop.ui.widgets.table import Column, DataTable

Changes = Mapping[str, tuple[Fraction | None, Fraction | None]]


@dataclass(frozen=True)
class Listed:
    """A dispute with what is needed to name it."""

    dispute: Dispute
    application: Application
    pack: RulePack
    people: Mapping[str, str]
    stage: AnyStagePack | None = None

    @property
    def label(self) -> str:
        """The datum's name in the rule pack, or the target's in that of a later stage, else its code."""
        return datum_label(self.pack, self.stage, self.dispute.datum)


@dataclass(frozen=True)
class Look:
    """What the decisions about `place` would change: back to the declared figure, or to `value`; and those made."""

    place: Place
    value: Decimal | None
    declared: Changes
    replaced: Changes
    history: tuple[Decision, ...]


@dataclass(frozen=True)
class _Change:
    name: str
    now: str
    declared: str
    replaced: str


def figure(value: Decimal | None, unit: str) -> str:
    """A figure with its unit; a dash for none."""
    if value is None:
        return "—"
    return f"{plain(value)} {tr(f'unit.{unit}')}" if unit and unit != "none" else plain(value)


def action_words(action: str) -> str:
    """What was decided, in words."""
    return {
        "keep": tr("settle.action.keep"), "replace": tr("settle.action.replace"), "site": tr("settle.action.site")
    }[action]  # fmt: skip


def ruling_words(dispute: Dispute) -> str:
    """Where a datum stands: 未处理, or what was decided."""
    ruling = dispute.ruling
    if ruling is None:
        return tr("settle.state.open")
    words = action_words(ruling.action)
    if ruling.visit and ruling.action == "site":
        return tr("challenges.held", visit=ruling.visit)
    return words if ruling.value is None else f"{words} {figure(ruling.value, dispute.unit)}"


class ChallengeCard(Card):
    """Signals: `signed(str, object, str)` action, figure or None, reason; `figure_typed(object)` another figure."""

    signed = Signal(str, object, str)
    figure_typed = Signal(object)

    def __init__(self) -> None:
        super().__init__(gap=1, margins=2)
        self.setObjectName("challenge.card")
        self.listed: Listed | None = None
        self._can_sign = True
        self.title = PlainLabel("", "heading")
        self.title.setObjectName("challenge.title")
        self.facts = PlainLabel("", "muted")
        self.facts.setObjectName("challenge.facts")
        self._raised = column(gap=1)
        self._make_changes()
        self._make_form()
        self.past = PlainLabel("", "small", selectable=True)
        self.past.setObjectName("challenge.past")
        self._past_title = PlainLabel(tr("challenges.past"), "small")
        self.box.addWidget(self.title)
        self.box.addWidget(self.facts)
        self.box.addLayout(self._raised)
        self.box.addWidget(self._changes_title)
        self.box.addWidget(self.changes)
        self.box.addWidget(self._form)
        self.box.addWidget(self._past_title)
        self.box.addWidget(self.past)
        self.box.addStretch(1)
        self.show_dispute(None, can_sign=True)

    def _make_changes(self) -> None:
        self._changes_title = PlainLabel("", "small")
        self._changes_title.setObjectName("challenge.changes.title")
        self.changes = DataTable(tr("challenges.changes"), _change_columns(), sortable=False)
        self.changes.setObjectName("challenge.changes")

    def _make_form(self) -> None:
        self.choice = QButtonGroup(self)
        self.radios = {}
        for number, action in enumerate(ACTIONS):
            radio = PlainRadio(_offer(action))
            radio.setObjectName(f"challenge.{action}")
            self.choice.addButton(radio, number)
            self.radios[action] = radio
        self.figure = FigureBox(tr("challenges.figure"))
        self.figure.setObjectName("challenge.figure")
        self.figure.setMinimumWidth(theme.pixels(120))
        self.figure.decided.connect(self._typed)
        self.unit = PlainLabel("", wrap=False)
        self._proposals = Flow()
        figures = row(self.figure, self.unit, holder(self._proposals))
        figures.setStretch(2, 1)
        self.reason = TextBox(tr("challenges.reason"), placeholder=tr("challenges.reason.hint"), lines=2)
        self.reason.setObjectName("challenge.reason")
        self.reason.typed.connect(lambda _text: self._check())
        self.sign = Button(tr("challenges.sign"), "primary", "signature")
        self.sign.setObjectName("challenge.sign")
        self.sign.clicked.connect(self._sign)
        self._lacks = PlainLabel("", "small")
        self._lacks.setObjectName("challenge.lacks")
        self.choice.idToggled.connect(lambda _number, _on: self._check())
        form = column(
            PlainLabel(tr("challenges.decide"), "small"), self.radios["keep"], self.radios["replace"],
            figures, self.radios["site"], self.reason, row(self.sign, None), self._lacks, gap=0.75,
        )  # fmt: skip
        self._form = holder(form)

    # ----- what is shown -----

    def show_dispute(self, listed: Listed | None, *, can_sign: bool) -> None:
        """Another datum; what was typed for the one before is put away, for the same one it stays."""
        before = self.listed.dispute.place if self.listed is not None else None
        self.listed, self._can_sign = listed, can_sign
        if listed is None or listed.dispute.place != before:
            self._empty_form()
        self._form.setVisible(listed is not None)
        self.facts.setVisible(listed is not None)
        clear(self._raised)
        if listed is None:
            self.title.setText(tr("challenges.choose"))
            self._hide_look()
            return
        dispute = listed.dispute
        year = tr("challenges.of_year", year=dispute.key) if dispute.key else ""
        self.title.setText(" · ".join(part for part in (listed.label, year) if part))
        self.facts.setText(
            tr(
                "challenges.facts",
                application=dispute.application, applicant=listed.application.applicant,
                declared=figure(dispute.declared, dispute.unit), state=ruling_words(dispute),
            )
        )  # fmt: skip
        self.unit.setText(tr(f"unit.{dispute.unit}") if dispute.unit not in ("", "none") else "")
        for one in dispute.raised:
            self._raised.addWidget(PlainLabel(self._words(one), selectable=True))
        self._offer_proposals(dispute)
        self._check()

    def _words(self, one: Raised) -> str:
        listed, challenge = self.listed, one.challenge
        if listed is None:
            return ""
        titles = {document.id: document.title or document.name for document in listed.application.documents}
        expert = f"{one.expert} {listed.people.get(one.expert, '')}".strip()
        proposed = figure(challenge.proposed, listed.dispute.unit)
        if not challenge.document:
            return tr("challenges.said.alone", expert=expert, proposed=proposed, reason=challenge.reason)
        return tr(
            "challenges.said",
            expert=expert,
            proposed=proposed,
            document=titles.get(challenge.document, challenge.document),
            page=challenge.page,
            reason=challenge.reason,
        )

    def _offer_proposals(self, dispute: Dispute) -> None:
        clear(self._proposals)
        for number, value in enumerate(sorted({one.challenge.proposed for one in dispute.raised} - {None})):  # type: ignore[type-var]
            button = Button(tr("challenges.take", figure=figure(value, "")), "quiet")
            button.setObjectName(f"challenge.take.{number}")
            button.clicked.connect(lambda _on=False, value=value: self._take(value))
            self._proposals.addWidget(button)
            # Its letters are known only now, and so how high the line must be.
            button.ensurePolished()
        self._proposals.update()

    def show_look(self, look: Look) -> None:
        """What each decision would change, and the earlier ones."""
        listed = self.listed
        if listed is None or look.place != listed.dispute.place:
            return
        rows = self._change_rows(listed.pack, look)
        self._changes_title.setText(tr("challenges.changes") if rows else tr("challenges.changes.none"))
        self._changes_title.show()
        self.changes.set_rows(rows)
        self.changes.setColumnHidden(3, look.value is None)
        self.changes.setVisible(bool(rows))
        height = self.changes.verticalHeader().defaultSectionSize() * min(len(rows), 6)
        self.changes.setFixedHeight(height + self.changes.horizontalHeader().sizeHint().height() + 4)
        self._past_title.setVisible(bool(look.history))
        self.past.setVisible(bool(look.history))
        self.past.setText("\n".join(_decision_words(one, listed.dispute.unit) for one in reversed(look.history)))

    def _hide_look(self) -> None:
        for widget in (self._changes_title, self.changes, self._past_title, self.past):
            widget.hide()

    def _change_rows(self, pack: RulePack, look: Look) -> list[_Change]:
        rows = []
        for item in sorted({*look.declared, *look.replaced}):
            now = (look.declared.get(item) or look.replaced[item])[0]
            then = look.declared.get(item, (now, now))[1]
            other = look.replaced.get(item, (now, now))[1] if look.value is not None else None
            known = pack.item_by_id.get(item)
            name = f"{known.indicator.id} {i18n.local(known.indicator.title)} · {_part(known.part)}" if known else item
            rows.append(_Change(name, _score(now), _score(then), _score(other)))
        return rows

    # ----- deciding -----

    def begin(self) -> None:
        """The keyboard goes on here: to the choice, or to what was chosen before."""
        chosen = self.choice.checkedButton() or self.radios["keep"]
        chosen.setFocus(Qt.FocusReason.TabFocusReason)

    def forget(self) -> None:
        """What was typed is stored: the fields are empty again."""
        self._empty_form()
        self._check()

    def value(self) -> Decimal | None:
        """The figure that would take the place of the declared one, None while there is none."""
        return self.figure.number()

    def _empty_form(self) -> None:
        self.choice.setExclusive(False)
        for radio in self.radios.values():
            radio.setChecked(False)
        self.choice.setExclusive(True)
        self.figure.forget()
        self.reason.clear()
        self.reason.drop_pending()

    def _typed(self, value: Decimal | None) -> None:
        if value is not None:
            self.radios["replace"].setChecked(True)
        self._check()
        self.figure_typed.emit(value)

    def _take(self, value: Decimal) -> None:
        self.figure.setText(plain(value))
        self.figure.commit()
        self.reason.setFocus()

    def _action(self) -> str:
        number = self.choice.checkedId()
        return ACTIONS[number] if number >= 0 else ""

    def _check(self) -> None:
        """Names the first thing that is still lacking, so that a button that does nothing is explained."""
        action = self._action()
        lacks = ""
        if not self._can_sign:
            lacks = tr("challenges.lacks.key")
        elif not action:
            lacks = tr("challenges.lacks.action")
        elif action == "replace" and self.value() is None:
            lacks = tr("challenges.lacks.figure")
        elif not self.reason.toPlainText().strip():
            lacks = tr("challenges.lacks.reason")
        elif action == "site":
            lacks = tr("challenges.site.note")
        self._lacks.setText(lacks)
        self._lacks.setVisible(bool(lacks))
        self.sign.setEnabled(not lacks or lacks == tr("challenges.site.note"))

    def _sign(self) -> None:
        action = self._action()
        value = self.value() if action == "replace" else None
        self.signed.emit(action, value, self.reason.toPlainText().strip())


def _offer(action: str) -> str:
    return {
        "keep": tr("challenges.keep"), "replace": tr("challenges.replace"), "site": tr("challenges.site")
    }[action]  # fmt: skip


def _part(part: str) -> str:
    return tr("part.basis") if part == "basis" else tr("part.plan")


def _score(value: Fraction | None) -> str:
    return "—" if value is None else show(value)


def _decision_words(one: Decision, unit: str) -> str:
    texts = one.content
    words = action_words(texts["action"])
    if "value" in texts:
        words = f"{words} {figure(parse_number(texts['value']), unit)}"
    return tr("challenges.past.line", number=one.number, at=i18n.local_time(one.at), action=words, reason=one.reason)


def _change_columns() -> tuple[Column[_Change], ...]:
    return (
        Column(tr("column.item"), lambda r: r.name, stretch=True),
        Column(tr("challenges.now"), lambda r: r.now, number=True),
        Column(tr("challenges.then.declared"), lambda r: r.declared, number=True),
        Column(tr("challenges.then.replaced"), lambda r: r.replaced, number=True),
    )
