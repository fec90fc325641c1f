"""签名状态: the newest revision, who of the team signed it and who has not, and whose signatures fall with an edit."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from ndb_desktop.crypto.identity import PublicKey
from ndb_desktop.domain.siterecord import Member
from ndb_desktop.services.digest_words import spoken
from ndb_desktop.services.inspect import Standing
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import IconLabel, PlainLabel
from ndb_desktop.ui.widgets.badge import Badge
from ndb_desktop.ui.widgets.layout import Card, clear, column, row


class StandingCard(Card):
    """One line for each member, with name, key fingerprint and state."""

    def __init__(self, members: tuple[Member, ...], required: tuple[str, ...]) -> None:
        super().__init__(PlainLabel(tr("site.sign.standing"), "heading"), gap=1, margins=2)
        self._members, self._required = members, required
        self._shown: Standing | None = None
        self._icon = IconLabel("circle", 20, "muted")
        self._state = PlainLabel("", selectable=True)
        self._state.setObjectName("site.sign.state")
        line = row(self._icon, self._state)
        line.setStretch(1, 1)
        self.box.addLayout(line)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(8)
        self.box.addLayout(self._lines)

    def show_standing(self, standing: Standing) -> None:
        """As the signatures stand now; asked after every edit, and seldom another."""
        if standing == self._shown:
            return
        self._shown = standing
        if not standing.revision:
            shape, text = ("circle", "muted"), tr("site.sign.state.none")
        elif standing.edited:
            shape = ("triangle-alert", "warning")
            text = (
                tr("site.sign.state.edited", revision=standing.revision)
                if standing.falls
                else tr("site.sign.state.edited.partial", revision=standing.revision)
            )
        else:
            done = not standing.missing
            shape = ("badge-check", "accent") if done else ("circle-dot", "accent")
            words = spoken(standing.digest, i18n.language()) if standing.digest else ""
            text = (
                tr("site.sign.state.whole", revision=standing.revision, words=words)
                if done
                else tr("site.sign.state.frozen", revision=standing.revision, words=words)
            )
        self._icon.set_icon(shape[0], 20, shape[1])
        self._state.setText(text)
        clear(self._lines)
        for member in self._members:
            who = column(
                PlainLabel(f"{member.name} · {member.employer}", selectable=True),
                PlainLabel(tr("site.sign.fingerprint", fingerprint=PublicKey(member.key).keyid), "small"),
                gap=0.25,
            )
            badge = Badge(*self._badge(member.id, standing))
            badge.setObjectName(f"site.sign.member.{member.id}")
            said = row(who, badge, gap=2)
            said.setStretch(0, 1)
            self._lines.addLayout(said)

    def _badge(self, member: str, standing: Standing) -> tuple[str, str, str]:
        fallen = dict(standing.falls)
        if member in fallen:
            return tr("site.sign.member.falls", revision=fallen[member]), "triangle-alert", "warning"
        if member in standing.signed and not standing.edited:
            return tr("site.sign.member.signed"), "circle-check", "accent"
        if member in self._required:
            return tr("site.sign.member.missing"), "circle", "neutral"
        return tr("site.sign.member.free"), "circle-minus", "quiet"
