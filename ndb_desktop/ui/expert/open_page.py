"""打开: choose a bundle, see who issued it to whom, give the secret or the own key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.services.review import BundleSummary
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, LinkButton, PlainLabel
from ndb_desktop.ui.plain_checks import PlainRadio
from ndb_desktop.ui.widgets.badge import Badge
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, centred, column, holder, row, scroll
from ndb_desktop.ui.widgets.opening import ChoosePage
from ndb_desktop.ui.widgets.passphrase import PassphraseField

KINDS = {
    "supplement": "open.kind.supplement",
    "replacement": "open.kind.replacement",
    "calibration": "open.kind.calibration",
    "second_round": "open.kind.second_round",
}
"""What is said of a bundle that is not a first issue."""


def choose_page(recent: Sequence[Path]) -> ChoosePage:
    """No bundle yet."""
    empty = EmptyState("package-open", tr("open.choose"), tr("open.choose.text"), tr("open.choose.button"))
    empty.button.setObjectName("open.choose")
    return ChoosePage("expert.choose", empty, recent, links="open.recent", icon="package-open")


class UnlockPage(QWidget):
    """A bundle whose signature holds. Signals: `by_secret(str)`, `by_key(object, str)` key file and passphrase;
    `other()` choose another file; `copies_asked()` before them: the copies of the worksheet are wanted first.
    """

    by_secret = Signal(str)
    by_key = Signal(object, str)
    other = Signal()
    copies_asked = Signal()

    def __init__(
        self,
        summary: BundleSummary,
        identities: Sequence[StoredIdentity],
        now: datetime,
        secret: str = "",
        copies: int = 0,
    ) -> None:
        super().__init__()
        self.setObjectName("expert.unlock")
        self._summary = summary
        self.banner = Banner()
        self.button = Button(tr("open.button"), "primary", "lock-open")
        self.button.setObjectName("open.button")
        self.button.clicked.connect(self._open)
        other = Button(tr("open.other"), "normal", "folder-open")
        other.setObjectName("open.other")
        other.clicked.connect(self.other)
        page = column(gap=3, margins=4)
        page.addWidget(PlainLabel(tr("open.title"), "title"))
        page.addWidget(self._facts(now))
        page.addWidget(self._ways(identities, secret))
        page.addWidget(self.banner)
        self.copies = LinkButton(tr("unlock.copies", count=copies), "shield-check")
        self.copies.setObjectName("open.copies")
        if not copies:
            self.copies.hide()
        self.copies.clicked.connect(self._open_copies)
        page.addLayout(Flow(self.button, other, self.copies, gap=2))
        page.addStretch(1)
        self.area = scroll(centred(holder(page), 760), tr("open.title"))
        self.setLayout(column(self.area))
        self._update()

    def _facts(self, now: datetime) -> Card:
        summary = self._summary
        card = Card(gap=1.5, margins=2.5)
        head = row(IconLabel("badge-check", 24, "accent"), PlainLabel(summary.path.name, "heading"), gap=1.5)
        head.setStretch(1, 1)
        if summary.trial:
            head.addWidget(Badge(tr("trial.mark"), "flask-conical", "warning"))
        card.box.addLayout(head)
        facts = [
            (tr("open.batch"), summary.batch_id),
            (tr("open.issuer"), summary.issuer_name),
            (tr("open.issuer.key"), summary.issuer_key),
            (tr("open.expert"), summary.expert_id),
            (tr("open.applications"), tr("open.applications.count", count=summary.applications)),
            (tr("open.issued"), i18n.local_time(summary.issued_at)),
            (tr("open.size"), i18n.file_size(summary.size)),
        ]
        if summary.kind in KINDS:
            facts.insert(0, (tr("open.kind"), tr(KINDS[summary.kind])))
        if summary.expires_at:
            facts.insert(6 + (summary.kind in KINDS), (tr("open.expires"), i18n.local_time(summary.expires_at)))
        card.box.addLayout(fact_grid(facts))
        if summary.kind == "calibration":
            card.box.addWidget(PlainLabel(tr("calibration.mark.text"), "warning"))
        if summary.expires_at and summary.expires_at < now.strftime("%Y-%m-%dT%H:%M:%SZ"):
            card.box.addWidget(PlainLabel(tr("open.expired"), "warning"))
        return card

    def _ways(self, identities: Sequence[StoredIdentity], secret: str) -> Card:
        summary = self._summary
        self.use_secret = PlainRadio(tr("open.by.secret"))
        self.use_secret.setObjectName("open.by.secret")
        self.use_key = PlainRadio(tr("open.by.key"))
        self.use_key.setObjectName("open.by.key")
        self.secret = LineEdit(tr("open.secret"), secret, tr("open.secret.hint"))
        self.secret.setObjectName("open.secret")
        self.secret.returnPressed.connect(self._open)
        self.secret.textChanged.connect(self._update)
        self.keys = Choice(tr("open.key"))
        self.keys.setObjectName("open.key")
        usable = [stored for stored in identities if stored.fault is None and stored.trial == summary.trial]
        self.keys.set_choices([(stored, f"{stored.name} · {stored.path.name}") for stored in usable])
        self.passphrase = PassphraseField(tr("open.passphrase"))
        self.passphrase.confirmed.connect(self._open)
        self.passphrase.changed.connect(self._update)
        by_secret = column(PlainLabel(tr("open.secret.text"), "muted"), self.secret, gap=1, margins=(4, 0, 0, 1))
        by_key = column(
            PlainLabel(tr("open.key.text"), "muted"), self.keys, self.passphrase, gap=1, margins=(4, 0, 0, 0)
        )
        self._secret_part, self._key_part = holder(by_secret), holder(by_key)
        card = Card(PlainLabel(tr("open.how"), "heading"), gap=1, margins=2.5)
        for part in (self.use_secret, self._secret_part, self.use_key, self._key_part):
            card.box.addWidget(part)
        with_key = "key" in summary.opens_with and bool(usable)
        self.use_key.setEnabled(with_key)
        if "key" in summary.opens_with and not usable:
            card.box.addWidget(PlainLabel(tr("open.key.none"), "small"))
        self.use_key.setVisible("key" in summary.opens_with)
        (self.use_key if with_key and not secret else self.use_secret).setChecked(True)
        self.use_secret.toggled.connect(lambda _on: self._update())
        return card

    def _update(self) -> None:
        by_secret = self.use_secret.isChecked()
        self._secret_part.setVisible(by_secret)
        self._key_part.setVisible(not by_secret)
        ready = bool(self.secret.text().strip()) if by_secret else bool(self.passphrase.text())
        self.button.setEnabled(ready)
        self.copies.setEnabled(ready)

    def focus_start(self) -> None:
        """Puts the focus where something must be typed."""
        self._field().setFocus()
        # Large type pushes the field below the screen; where it lies is known once the page is laid out.
        QTimer.singleShot(0, self, lambda: self.area.ensureWidgetVisible(self._field(), 0, theme.pixels(80)))

    def _field(self) -> QWidget:
        return self.secret if self.use_secret.isChecked() else self.passphrase.first

    def _open_copies(self) -> None:
        self.copies_asked.emit()
        self._open()

    def _open(self) -> None:
        if not self.button.isEnabled():
            return
        self.banner.dismiss()
        if self.use_secret.isChecked():
            self.by_secret.emit(self.secret.text())
        else:
            self.by_key.emit(self.keys.value().path, self.passphrase.text())


def fact_grid(facts: Sequence[tuple[str, str]]) -> QGridLayout:
    """Names at the left, values at the right of them."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(8)
    for number, (name, value) in enumerate(facts):
        grid.addWidget(PlainLabel(name, "muted", wrap=False), number, 0)
        grid.addWidget(PlainLabel(value or "—"), number, 1)
    grid.setColumnStretch(1, 1)
    return grid
