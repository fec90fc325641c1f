"""回避声明 for one application: nothing stands in the way, or recusal with its grounds and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from ndb_desktop.domain.sheet import Declaration, Sheet
from ndb_desktop.services.review_drafts import Draft
from ndb_desktop.ui.expert.draft import DraftKeeper
from ndb_desktop.ui.expert.grounds import KEYS, GroundsToTick
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, PlainLabel
from ndb_desktop.ui.widgets.fields import TextBox
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, row


@dataclass(frozen=True)
class Consequences:
    """What a recusal takes away: marks, challenges, places noted, an opinion; whether documents are open or signed."""

    marks: int = 0
    challenges: int = 0
    places: int = 0
    opinion: bool = False
    opened: bool = False
    signed: bool = False

    @classmethod
    def of(cls, sheet: Sheet, *, signed: bool) -> Consequences:
        """Those of the sheet as it stands; `signed`: it was exported and is locked."""
        marks = sum(1 for entry in sheet.items.values() if entry.state != "open" or entry.reason)
        opened = sheet.declaration.status == "clear"
        return cls(marks, len(sheet.challenges), len(sheet.evidence), bool(sheet.opinion), opened, signed)

    def lines(self) -> list[tuple[str, str]]:
        """Icon and sentence of each."""
        found = []
        if self.marks or self.challenges or self.places or self.opinion:
            counts = {"marks": self.marks, "challenges": self.challenges, "places": self.places}
            text = tr("recuse.withdrawn.opinion", **counts) if self.opinion else tr("recuse.withdrawn", **counts)
            found.append(("undo-2", text))
        found.append(("lock", tr("recuse.closed") if self.opened else tr("recuse.stays_closed")))
        found.append(("signature", tr("recuse.signed.again") if self.signed else tr("recuse.signed")))
        found.append(("info", tr("recuse.until")))
        return found


class DeclarationForm(Card):
    """Signals: `declared(object)` a `Declaration` without its time (the service sets that); `cancelled()`.

    `draft` is what was left in it; what changes then comes from `draft.kept`, nothing when it is cancelled.
    """

    declared = Signal(object)
    cancelled = Signal()

    def __init__(
        self,
        applicant: str,
        current: Declaration,
        *,
        recusing: bool = False,
        cancellable: bool = False,
        embedded: bool = False,
        consequences: Consequences = Consequences(),
        draft: Draft | None = None,
    ) -> None:
        super().__init__(kind="flat" if embedded else "card", gap=1.5, margins=0 if embedded else 3)
        self.setObjectName("declaration")
        if not embedded:
            head = row(IconLabel("shield-check", 24, "accent"), PlainLabel(applicant, "title"), gap=1.5)
            head.setStretch(1, 1)
            self.box.addLayout(head)
            self.box.addWidget(PlainLabel(tr("recuse.late") if recusing else tr("declare.ask")))
        self.clear_button = Button(tr("declare.clear"), "primary", "check")
        self.clear_button.setObjectName("declare.clear")
        self.clear_button.clicked.connect(lambda: self.declared.emit(Declaration("clear")))
        self.recuse_button = Button(tr("declare.recuse"), "normal", "ban")
        self.recuse_button.setObjectName("declare.recuse")
        self.recuse_button.clicked.connect(self.open_grounds)
        self.buttons = QWidget()
        self.buttons.setLayout(Flow(self.clear_button, self.recuse_button, gap=2))
        self.box.addWidget(self.buttons)
        self._current = current
        self.draft = DraftKeeper(self, self._values)
        self.grounds = self._make_grounds(current, consequences)
        self.draft.rest(fresh=True)
        if draft:
            recusing = True
            self.show_draft(draft)
        self.box.addWidget(self.grounds)
        self._cancellable = cancellable
        self.grounds.setVisible(recusing)
        self.buttons.setVisible(not recusing)

    def _make_grounds(self, current: Declaration, consequences: Consequences) -> QWidget:
        self.list = GroundsToTick(current.codes, self._check)
        self.words = TextBox(tr("declare.words"), current.words, tr("declare.words.hint"), lines=2)
        self.words.setObjectName("declare.words")
        self.words.typed.connect(lambda _text: self._check())
        self.hint = PlainLabel("", "small")
        self.hint.setObjectName("declare.hint")
        self.confirm = Button(tr("declare.confirm"), "danger", "ban")
        self.confirm.setObjectName("declare.confirm")
        self.confirm.clicked.connect(self._confirm)
        self.back = Button(tr("action.cancel"))
        self.back.setObjectName("declare.cancel")
        self.back.clicked.connect(self._back)
        rows = column(PlainLabel(tr("declare.grounds"), "heading"), PlainLabel(tr("grounds.keys"), "small"), gap=0.5)
        rows.addWidget(self.list)
        rows.addSpacing(8)
        rows.addWidget(PlainLabel(tr("declare.words")))
        rows.addWidget(self.words)
        rows.addSpacing(8)
        after = Card(PlainLabel(tr("recuse.after"), "heading"), kind="raised", gap=0.75, margins=2)
        after.setObjectName("declare.after")
        for icon, text in consequences.lines():
            line = row(gap=1)
            line.addWidget(IconLabel(icon, 16, "muted"), 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(PlainLabel(text), 1)
            after.box.addLayout(line)
        rows.addWidget(after)
        rows.addSpacing(8)
        rows.addWidget(self.hint)
        rows.addLayout(Flow(self.confirm, self.back, gap=2))
        holder = QWidget()
        holder.setLayout(rows)
        self._check()
        return holder

    def event(self, event: QEvent) -> bool:
        """A digit ticks a ground here; the page around it must not take it for a level."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._digit(event)
            and not self.grounds.isHidden()
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.grounds.isHidden() or not self._digit(event) or not self.list.tick(event.key()):
            super().keyPressEvent(event)

    @staticmethod
    def _digit(event: QKeyEvent) -> bool:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        return plain and event.key() in KEYS

    def open_grounds(self) -> None:
        """Shows the grounds of recusal."""
        self.grounds.show()
        self.buttons.hide()
        self.list.focus_start()

    def show_draft(self, draft: Draft) -> None:
        """Fills in what was left in the form."""

        def fill() -> None:
            self.list.show_codes(draft.get("codes", "").split())
            self.words.setPlainText(draft.get("words", ""))

        self.draft.fill(fill, draft)

    def _values(self) -> Draft:
        return {"codes": " ".join(self.list.codes()), "words": self.words.toPlainText()}

    def standing(self) -> str:
        """Whether what stands here is stored (see `ui.pending`)."""
        return self.draft.standing()

    def _back(self) -> None:
        """Given up: what was typed goes, also from where it was kept."""
        kept = self.draft.stored
        self.show_draft({"codes": " ".join(self._current.codes), "words": self._current.words})
        self.draft.drop()
        if kept:
            self.draft.kept.emit({})
        if self._cancellable:
            self.cancelled.emit()
        else:
            self.grounds.hide()
            self.buttons.show()
            self.clear_button.setFocus()

    def _check(self) -> None:
        codes, said = self.list.codes(), bool(self.words.toPlainText().strip())
        if not codes:
            self.hint.setText(tr("declare.need.ground"))
        elif "C12" in codes and not said:
            self.hint.setText(tr("declare.need.words"))
        else:
            self.hint.setText("")
        self.hint.setVisible(bool(self.hint.text()))
        self.confirm.setEnabled(not self.hint.text())
        self.draft.touched()

    def _confirm(self) -> None:
        self.draft.commit()
        self.declared.emit(Declaration("recused", self.list.codes(), self.words.toPlainText().strip()))
