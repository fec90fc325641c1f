"""历次导出: every signed file of this bundle with its time, words, reason and receipt; each can be written again."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.services.digest_words import spoken
from ndb_desktop.services.review import ExportInfo
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.badge import Badge
from ndb_desktop.ui.widgets.layout import Card, clear, column, holder, line, row


class HistoryCard(Card):
    """Signal `copy_asked(int)`: write that export again, byte for byte."""

    copy_asked = Signal(int)

    def __init__(self) -> None:
        super().__init__(gap=1.5, margins=2.5)
        self.setObjectName("sign.history")
        self._parts = column(gap=1)
        self.box.addWidget(PlainLabel(tr("history.title"), "heading"))
        self.box.addWidget(PlainLabel(tr("history.text"), "muted"))
        self.box.addLayout(self._parts)

    def show_exports(self, exports: tuple[ExportInfo, ...]) -> None:
        """All exports, the newest first; hidden while there is none."""
        clear(self._parts)
        self.setVisible(bool(exports))
        for number, info in enumerate(reversed(exports)):
            if number:
                self._parts.addWidget(line())
            self._parts.addWidget(self._entry(info))

    def _entry(self, info: ExportInfo) -> QWidget:
        head = PlainLabel(tr("history.head", revision=info.revision, at=i18n.local_time(info.at)))
        again = Button(tr("revision.copy"), "quiet", "download")
        again.setObjectName(f"revision.copy.{info.revision}")
        again.setAccessibleName(tr("history.copy.name", revision=info.revision))
        again.clicked.connect(lambda: self.copy_asked.emit(info.revision))
        top = row(head, receipt_badge(info), again, gap=1.5)
        top.setStretch(0, 1)
        words = tr("history.words", words=spoken(info.payload_sha256, i18n.language()))
        lines = [info.name, words]
        if info.reason:
            lines.append(tr("history.reason", reason=info.reason))
        if info.received is not None:
            lines.append(receipt_words(info))
        labels = [PlainLabel(text, "small") for text in lines]
        return holder(column(top, *labels, gap=0.25), f"history.{info.revision}")


def receipt_badge(info: ExportInfo) -> Badge:
    """Whether the file has arrived."""
    if info.received is None:
        badge = Badge(tr("history.waiting"), "clock", "quiet")
    elif info.received.refused:
        badge = Badge(tr("history.refused"), "circle-x", "danger")
    else:
        badge = Badge(tr("history.received"), "circle-check", "accent")
    badge.setObjectName(f"history.state.{info.revision}")
    return badge


def receipt_words(info: ExportInfo) -> str:
    """What the receipt says, in a sentence."""
    found = info.received
    if found is None:
        return tr("history.waiting")
    at = i18n.local_time(found.at)
    if found.refused:
        return tr("history.refused.text", at=at, code=found.code)
    if found.verdict == "conflict":
        return tr("history.conflict.text", at=at)
    if found.verdict == "superseded":
        return tr("history.superseded.text", at=at)
    return tr("history.received.text", at=at)
