"""One base: where it stands, what may be done next, and its way with every decision and file (基地详情)."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QSizePolicy, QWidget

from ndb_desktop.domain.lifecycle import Life, Step, moves_from
from ndb_desktop.domain.lifepath import Leg, days_past, path
from ndb_desktop.formats.succession import BaseRef
from ndb_desktop.services.lifecycle import Base
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.decision_words import signer_names
from ndb_desktop.ui.coordinator.lifecycle_look import LivesLook
from ndb_desktop.ui.coordinator.lifecycle_words import (
    due_words,
    field_name,
    ground_word,
    leg_look,
    move_name,
    notice_words,
    phase_name,
    short_category,
    state_look,
)
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, PlainLabel
from ndb_desktop.ui.widgets.badge import Badge
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, clear, column, holder, row

_ICON = 24
_BADGES = {"done": "quiet", "now": "accent", "stopped": "danger", "ahead": "quiet"}


class BasePart(TallPart):
    """Signals: `left()`; `prepare(str, object)` a base and the move to be prepared."""

    left = Signal()
    prepare = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.back = Button(tr("lifecycle.back"), "quiet", "arrow-left")
        self.back.setObjectName("lifecycle.back")
        self.back.clicked.connect(self.left)
        self._title = PlainLabel("", "heading", selectable=True)
        self._title.setObjectName("lifecycle.base")
        self._state = Badge("")
        self._state.setObjectName("lifecycle.base.state")
        self._facts = PlainLabel("", "body", selectable=True)
        self._facts.setObjectName("lifecycle.base.facts")
        self._next = PlainLabel("", "body")
        self._next.setObjectName("lifecycle.next")
        self._moves = Flow(gap=1)
        self._timeline = QGridLayout()
        self._timeline.setContentsMargins(0, 0, 0, 0)
        self._timeline.setHorizontalSpacing(16)
        self._timeline.setVerticalSpacing(0)
        self._timeline.setColumnStretch(1, 1)
        about = Card(self._title, gap=1, margins=2)
        about.box.addLayout(row(self._state, None))
        about.box.addWidget(self._facts)
        what = Card(PlainLabel(tr("lifecycle.next"), "heading"), self._next, holder(self._moves), gap=1, margins=2)
        way = Card(PlainLabel(tr("lifecycle.way"), "heading"), holder(self._timeline), gap=1.5, margins=2)
        way.setObjectName("lifecycle.way")
        page = column(row(self.back, None), about, what, way, gap=2, margins=2)
        page.addStretch(1)
        self.setLayout(page)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back to the list."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)

    def show_base(self, one: Base, look: LivesLook, snapshot: Snapshot) -> None:
        """A base as it was read."""
        application, life = one.application, one.life
        self.base = application.id
        word, icon, colour = state_look(life.state)
        kind = colour if colour in ("accent", "warning", "danger") else "neutral"
        self._title.setText(f"{application.id}  {application.applicant}")
        self._state.show_state(word, icon, kind)
        facts = [
            f"{short_category(application.category)} · {field_name(snapshot.batch, application.field)}",
            tr("lifecycle.base.code", code=application.credit_code),
        ]
        if life.since is not None:
            facts.append(tr("lifecycle.base.since", state=word, day=life.since.isoformat()))
        facts.append(tr("lifecycle.base.due", due=due_words(life.due, look.today)))
        if life.rectified and life.state in ("acceptance", "effect", "rectifying"):
            facts.append(tr("lifecycle.base.rectified"))
        self._facts.setText("\n".join(facts))
        self._show_moves(life, look.today, signing=not snapshot.recovered)
        self._show_way(one, look, snapshot)

    def _show_moves(self, life: Life, today: date, *, signing: bool) -> None:
        clear(self._moves)
        moves = moves_from(life)
        said = [tr("lifecycle.next.some") if moves else tr("lifecycle.next.none"), *_waiting(life, today)]
        if not signing:
            said.append(tr("issue.recovered"))
        self._next.setText("\n".join(said))
        for move in moves:
            button = Button(move_name(move), "danger" if move in ("end", "remove") else "normal", "pen-line")
            button.setObjectName(f"lifecycle.next.{move}")
            button.setEnabled(signing)
            button.clicked.connect(lambda _checked=False, move=move: self.prepare.emit(self.base, move))
            self._moves.addWidget(button)

    def _show_way(self, one: Base, look: LivesLook, snapshot: Snapshot) -> None:
        clear(self._timeline)
        legs = path(one.life)
        carried = next(
            (ref for ref in (look.link.bases if look.link else ()) if ref.application == one.application.id), None
        )
        start = _first_here(legs) if carried is not None else -1
        for number, leg in enumerate(legs):
            extra = _carried(carried, look) if number == start and carried is not None else None
            last = number == len(legs) - 1
            self._timeline.addWidget(_mark(leg, last=last), number, 0)
            self._timeline.addWidget(_leg(leg, one.life, extra, look.today, snapshot, last=last), number, 1)


def _waiting(life: Life, today: date) -> list[str]:
    """Why a move that follows cannot be decided yet, where a day alone stands in the way."""
    if life.due is None:
        return []
    day = life.due.day.isoformat()
    if life.due.kind in ("acceptance", "effect") and today < life.due.day:
        return [tr("lifecycle.next.from", move=move_name(life.due.kind), day=day)]
    if life.due.kind == "notice" and today <= life.due.day:
        return [tr("lifecycle.next.after", move=move_name("recognise"), day=day)]
    return []


def _first_here(legs: tuple[Leg, ...]) -> int:
    """The leg a base was taken over in: the last one before any decision of this registry."""
    first = next((n for n, leg in enumerate(legs) if leg.steps), None)
    if first is None:
        return next(n for n, leg in enumerate(legs) if leg.standing in ("now", "stopped"))
    return first - 1


def _mark(leg: Leg, *, last: bool) -> QWidget:
    """Shape of a leg, and the line to the next one."""
    _word, icon, colour = leg_look(leg.standing)
    line = QFrame()
    line.setProperty("rule", True)
    line.setFixedWidth(2)
    line.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
    line.setVisible(not last)
    return holder(column(IconLabel(icon, _ICON, colour), row(None, line, None, gap=0), None if last else 0, gap=0.5))


def _leg(leg: Leg, life: Life, extra: str | None, today: date, snapshot: Snapshot, *, last: bool) -> QWidget:
    word, _icon, _colour = leg_look(leg.standing)
    state = state_look(life.state)[0]
    if leg.standing in ("now", "stopped") and state != phase_name(leg.phase):
        word = tr("lifecycle.leg.at", leg=word, state=state)
    title = PlainLabel(phase_name(leg.phase), "heading", wrap=False)
    head = holder(Flow(title, Badge(word, "", _BADGES[leg.standing])))
    box = column(head, gap=1, margins=(0, 0, 0, 0 if last else 2))
    if extra is not None:
        box.addWidget(PlainLabel(extra, "small", selectable=True))
    for step in leg.steps:
        box.addWidget(step_card(step, snapshot))
    if leg.standing == "now" and life.due is not None:
        role = "warning" if days_past(life.due, today) else "body"
        box.addWidget(PlainLabel(tr("lifecycle.base.due", due=due_words(life.due, today)), role))
    return holder(box)


def _carried(ref: BaseRef, look: LivesLook) -> str:
    batch = "" if look.link is None else look.link.predecessor.batch
    return tr("lifecycle.carried", batch=batch, day=ref.since, digest=ref.decision)


def step_card(step: Step, snapshot: Snapshot) -> Card:
    """A decision: number, move, day, by whom, why, and the files it rests on."""
    act, decision = step.act, step.decision
    head = tr("lifecycle.step", number=decision.number, day=act.on.isoformat(), move=move_name(act.move))
    card = Card(PlainLabel(head, "body"), kind="raised", gap=0.5, margins=1.5)
    card.setObjectName(f"lifecycle.step.{decision.number}")
    names, at = signer_names(decision, snapshot), i18n.local_time(decision.at)
    lines = [tr("lifecycle.step.state", state=state_look(step.after)[0])]
    if act.paper:
        lines.append(tr("lifecycle.step.paper", paper=act.paper))
    lines.append(tr("lifecycle.step.signed", names=names, at=at))
    lines.append(tr("lifecycle.step.reason", reason=decision.reason))
    if act.ground is not None:
        lines.append(tr("lifecycle.step.ground", ground=ground_word(act.ground)))
    if act.start is not None and act.end is not None:
        lines.append(notice_words(act.start, act.end, act.days))
    if step.due is not None and step.due.kind != "notice":
        lines.append(tr("lifecycle.step.due", due=due_words(step.due, None)))
    if len(act.bases) > 1:
        lines.append(tr("lifecycle.step.others", count=len(act.bases)))
    card.box.addWidget(PlainLabel("\n".join(lines), "muted", selectable=True))
    for one in act.documents:
        card.box.addWidget(PlainLabel(tr("lifecycle.step.document", name=one.name), "body", selectable=True))
        card.box.addWidget(PlainLabel(tr("lifecycle.step.digest", digest=one.sha256), "small", selectable=True))
    return card
