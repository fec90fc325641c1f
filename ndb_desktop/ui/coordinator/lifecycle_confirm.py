"""预览与确认: which bases a move fits, which are refused and why, and in plain words what is about to be signed."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit

from ndb_desktop.domain.lifecycle import RULES
from ndb_desktop.services.lifecycle import Base, Preview
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.lifecycle_words import ground_word, kinds_words, move_name, notice_words, state_look
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, holder

_NAMED = 12
"""So many bases are named in a line; the signed decision names all of them."""
_LINES = 8


class ConfirmCard(Card):
    """Signals: `fewer(object)` the bases (frozenset of ids) to leave out; `signed()`."""

    fewer = Signal(object)
    signed = Signal()

    def __init__(self) -> None:
        super().__init__(gap=1, margins=2)
        self.setObjectName("lifecycle.confirm")
        self.signing = True
        self._refused: frozenset[str] = frozenset()
        self._fits = PlainLabel("", "body", selectable=True)
        self._fits.setObjectName("lifecycle.fits")
        self._wrong = PlainLabel("", "warning")
        self._wrong.setObjectName("lifecycle.wrong")
        self.lines = QPlainTextEdit()
        self.lines.setObjectName("lifecycle.why")
        self.lines.setReadOnly(True)
        self.lines.setTabChangesFocus(True)
        self.lines.setAccessibleName(tr("lifecycle.why"))
        self.leave = Button(tr("lifecycle.fewer"), "normal", "list-checks")
        self.leave.setObjectName("lifecycle.fewer")
        self.leave.clicked.connect(lambda: self.fewer.emit(self._refused))
        self._words = PlainLabel("", "body", selectable=True)
        self._words.setObjectName("lifecycle.words")
        self.button = Button(tr("lifecycle.sign"), "primary", "signature")
        self.button.setObjectName("lifecycle.sign")
        self.button.clicked.connect(self.signed)
        for part in (
            PlainLabel(tr("lifecycle.confirm"), "heading"), self._fits, self._wrong, self.lines,
            holder(Flow(self.leave)), self._words, holder(Flow(self.button)),
        ):  # fmt: skip
            self.box.addWidget(part)
        self.hide()

    def forget(self) -> None:
        """What was tried is not what stands in the form any more."""
        self.hide()

    def show_preview(self, found: Preview, bases: Mapping[str, Base]) -> None:
        """Whoever is refused has to be left out before anything can be signed."""
        self._refused = frozenset(found.refused)
        names = [_name(one, bases) for one in found.fits]
        self._fits.setText(tr("lifecycle.fits", count=len(names), names=_listed(names)) if names else "")
        self._fits.setVisible(bool(names))
        self._wrong.setText(tr("lifecycle.wrong", count=len(found.refused)))
        why = [f"{_name(base, bases)}  {i18n.fault(fault)}" for base, fault in found.refused.items()]
        self.lines.setPlainText("\n".join(why))
        self.lines.setFixedHeight(self.fontMetrics().lineSpacing() * min(2 * len(why), _LINES) + 20)
        for part in (self._wrong, self.lines):
            part.setVisible(bool(why))
        self.leave.setVisible(bool(why and names))
        ready = bool(names) and not why
        words = confirm_lines(found, bases) if ready else []
        self._words.setText("\n".join(words if self.signing else [*words, tr("issue.recovered")]))
        self._words.setVisible(ready)
        self.button.setVisible(ready)
        self.button.setEnabled(self.signing)
        self.show()
        (self.button if ready else self.leave if names else self.lines).setFocus()


def confirm_lines(found: Preview, bases: Mapping[str, Base]) -> list[str]:
    """What is about to be signed, sentence by sentence."""
    act = found.act
    kinds = kinds_words(bases[one].application.category for one in act.bases if one in bases)
    after = "" if act.move == "recheck" else state_look(RULES[act.move].after)[0]
    lines = [tr("lifecycle.confirm.move", move=move_name(act.move), kinds=kinds)]
    if after:
        lines.append(tr("lifecycle.confirm.after", state=after))
    if act.move == "create":
        lines.append(tr("lifecycle.confirm.create"))
    day = act.on.isoformat()
    lines.append(
        tr("lifecycle.confirm.paper", day=day, paper=act.paper) if act.paper else tr("lifecycle.confirm.day", day=day)
    )
    if act.until is not None:
        lines.append(tr("lifecycle.confirm.until", day=act.until.isoformat()))
    if act.ground is not None:
        lines.append(tr("lifecycle.step.ground", ground=ground_word(act.ground)))
    if act.start is not None and act.end is not None:
        lines.append(notice_words(act.start, act.end, act.days))
    if act.documents:
        lines.append(tr("lifecycle.confirm.documents", names=_listed([one.name for one in act.documents])))
    lines.append(tr("lifecycle.confirm.two") if found.two else tr("lifecycle.confirm.one"))
    return lines


def _name(base: str, bases: Mapping[str, Base]) -> str:
    known = bases.get(base)
    return base if known is None else f"{base} {known.application.applicant}"


def _listed(names: list[str]) -> str:
    words = tr("list.separator").join(names[:_NAMED])
    return words if len(names) <= _NAMED else tr("lifecycle.more", names=words, count=len(names))
