"""末次会议: whether the record was read out, what the applicant says to it, and its signature or why there is none."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup

from ndb_desktop.services.inspect import SiteSession
from ndb_desktop.ui import theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.choosing import check_one
from ndb_desktop.ui.inspection.closing_pad import SignaturePad, Stroke
from ndb_desktop.ui.inspection.page import SitePage
from ndb_desktop.ui.inspection.store import Keys, SiteStore
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.plain_checks import PlainRadio
from ndb_desktop.ui.widgets.badge import Badge
from ndb_desktop.ui.widgets.fields import LineEdit, TextBox
from ndb_desktop.ui.widgets.layout import Card, column, row

CLOSING: Keys = (("closing", ""),)


class ClosingPage(SitePage):
    """Signed or refused: while there is one of them, the other is closed and says why."""

    def __init__(self, store: SiteStore) -> None:
        super().__init__("closing", tr("site.closing"), tr("site.closing.text"), store)
        self._waiting: list[Stroke] = []
        for card in (self._meeting(), self._signing(), self._refusing()):
            self.body.addWidget(card)
        self.body.addStretch(1)
        self.refresh(())

    # ----- parts -----

    def _meeting(self) -> Card:
        self._group = QButtonGroup(self)
        self._read: dict[bool, PlainRadio] = {}
        for said, name, words in (
            (True, "yes", tr("site.closing.read.yes")),
            (False, "no", tr("site.closing.read.no")),
        ):
            button = PlainRadio(words)
            button.setObjectName(f"site.closing.read.{name}")
            button.setProperty("touch", True)
            button.clicked.connect(lambda _checked=False, said=said: self._edit(read_out=said))
            self._group.addButton(button)
            self._read[said] = button
        self.opinion = TextBox(tr("site.closing.opinion"), "", tr("site.closing.opinion.hint"), lines=3)
        self.opinion.setObjectName("site.closing.opinion")
        self.opinion.edited.connect(lambda text: self._edit(opinion=text))
        read = column(PlainLabel(tr("site.closing.read")), row(*self._read.values(), None, gap=2), gap=0)
        says = column(PlainLabel(tr("site.closing.opinion")), self.opinion, gap=0.5)
        return Card(read, says, gap=1, margins=2)

    def _signing(self) -> Card:
        self._signed = Badge("")
        self._signed.setObjectName("site.closing.signed")
        self.signer = LineEdit(tr("site.closing.signer"), "", tr("site.closing.signer.hint"))
        self.signer.setObjectName("site.closing.signer")
        self.signer.edited.connect(lambda text: self._edit(signer=text.strip()))
        self.role = LineEdit(tr("site.closing.role"), "", tr("site.closing.role.hint"))
        self.role.setObjectName("site.closing.role")
        self.role.edited.connect(lambda text: self._edit(signer_role=text.strip()))
        who = row(
            column(PlainLabel(tr("site.closing.signer"), wrap=False), self.signer, gap=0.5),
            column(PlainLabel(tr("site.closing.role"), wrap=False), self.role, gap=0.5),
            gap=2,
        )
        self.pad = SignaturePad()
        self.pad.setMaximumWidth(theme.pixels(720))
        self.pad.drawn.connect(self._add)
        self.last = Button(tr("site.closing.last"), "normal", "undo-2")
        self.last.setObjectName("site.closing.last")
        self.last.clicked.connect(self._take_last)
        self.wipe = Button(tr("site.closing.clear"), "normal", "trash-2")
        self.wipe.setObjectName("site.closing.clear")
        self.wipe.clicked.connect(self._clear)
        for button in (self.last, self.wipe):
            button.setProperty("touch", True)
        self._closed_pad = PlainLabel(tr("site.closing.pad.closed"), "muted")
        self._closed_pad.setObjectName("site.closing.pad.closed")
        head = row(PlainLabel(tr("site.closing.signature"), "heading", wrap=False), self._signed, None)
        return Card(head, who, self._closed_pad, self.pad, row(self.last, self.wipe, None), gap=1, margins=2)

    def _refusing(self) -> Card:
        self._refused = Badge("")
        self._refused.setObjectName("site.closing.refused")
        self._closed_refusal = PlainLabel(tr("site.closing.refusal.closed"), "muted")
        self._closed_refusal.setObjectName("site.closing.refusal.closed")
        self.refusal = TextBox(tr("site.closing.refusal.why"), "", tr("site.closing.refusal.hint"), lines=2)
        self.refusal.setObjectName("site.closing.refusal")
        self.refusal.edited.connect(lambda text: self._edit(refusal=text))
        self.witness = LineEdit(tr("site.closing.witness"), "", tr("site.closing.witness.hint"))
        self.witness.setObjectName("site.closing.witness")
        self.witness.edited.connect(lambda text: self._edit(witness=text.strip()))
        head = row(PlainLabel(tr("site.closing.refusal"), "heading", wrap=False), self._refused, None)
        why = column(PlainLabel(tr("site.closing.refusal.why")), self.refusal, gap=0.5)
        who = column(PlainLabel(tr("site.closing.witness")), self.witness, gap=0.5)
        return Card(head, self._closed_refusal, why, who, gap=1, margins=2)

    # ----- edits -----

    def _edit(self, **values: object) -> None:
        self.store.edit(lambda record: record.closing, **values)

    def _add(self, stroke: Stroke) -> None:
        """One stroke is one stored step; put behind what is stored then, so that quick strokes do not lose another."""
        self._waiting.append(stroke)

        def work(session: SiteSession) -> Keys:
            closing = session.record.closing
            return session.put_all([replace(closing, strokes=(*closing.strokes, stroke))])

        self.store.apply(work)

    def _take_last(self) -> None:
        def work(session: SiteSession) -> Keys:
            closing = session.record.closing
            return session.put_all([replace(closing, strokes=closing.strokes[:-1])])

        self.store.apply(work)

    def _clear(self) -> None:
        before = self.record.closing.strokes

        def back() -> None:
            def work(session: SiteSession) -> Keys:
                closing = session.record.closing
                # Somebody may have signed anew: that stays.
                return () if closing.strokes else session.put_all([replace(closing, strokes=before)])

            self.store.apply(work)

        def wiped(_keys: Keys) -> None:
            self.banner.info(tr("site.closing.cleared"), action=tr("site.closing.clear.undo"), act=back)

        self.store.apply(lambda session: session.put_all([replace(session.record.closing, strokes=())]), wiped)

    # ----- show -----

    def refresh(self, keys: Keys) -> None:
        if keys and CLOSING[0] not in keys:
            return
        closing = self.record.closing
        check_one(self._group, self._read.get(closing.read_out) if closing.read_out is not None else None)
        self.opinion.set_stored(closing.opinion)
        self.refusal.set_stored(closing.refusal)
        for field, text in (
            (self.signer, closing.signer), (self.role, closing.signer_role), (self.witness, closing.witness),
        ):  # fmt: skip
            field.set_stored(text)
        self._waiting = [one for one in self._waiting if one not in closing.strokes] if self.store.waiting else []
        self.pad.show_strokes((*closing.strokes, *self._waiting))
        self._exclude(signed=any(closing.strokes), refused=bool(closing.refusal.strip()))

    def _exclude(self, *, signed: bool, refused: bool) -> None:
        """Where there are both, as after joining two records, either may be taken away."""
        may_sign, may_refuse = signed or not refused, refused or not signed
        for part in (self.pad, self.signer, self.role):
            part.setEnabled(may_sign)
        for field in (self.refusal, self.witness):
            field.setEnabled(may_refuse)
        self._closed_pad.setVisible(not may_sign)
        self._closed_refusal.setVisible(not may_refuse)
        for button in (self.last, self.wipe):
            button.setEnabled(signed)
        none = (tr("site.closing.state.none"), "circle", "quiet")
        both = (tr("site.closing.state.both"), "octagon-alert", "danger")
        done = (tr("site.closing.state.signed"), "signature", "accent")
        self._signed.show_state(*(both if signed and refused else done if signed else none))
        not_signed = (tr("site.closing.state.refused"), "ban", "warning")
        self._refused.show_state(*(both if signed and refused else not_signed if refused else none))

    def open_part(self, part: str) -> None:  # noqa: ARG002  (it has one part)
        self._read[True].setFocus(Qt.FocusReason.OtherFocusReason)
