"""The signed file: where it is, its digest as words and QR code to compare by telephone, and what to send to whom."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLayout

from ndb_desktop.services.digest_words import qr_code, spoken
from ndb_desktop.services.review import ExportInfo
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert.open_page import fact_grid
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, PlainLabel
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, clear, column, line, row
from ndb_desktop.ui.widgets.qr import QrView


class ResultCard(Card):
    """Signals: `copy_asked(int)` write that export again; `show_asked(object)` show the file at that path;
    `copied()` the path is on the clipboard.
    """

    copy_asked = Signal(int)
    show_asked = Signal(object)
    copied = Signal()

    def __init__(self, issuer: str) -> None:
        super().__init__(gap=1.5, margins=2.5)
        self.setObjectName("sign.result")
        self._issuer = issuer
        self._parts = column(gap=1.5)
        self.box.addLayout(self._parts)
        self.show_file: Button | None = None
        self.again: Button | None = None

    def show_export(self, info: ExportInfo, path: Path | None) -> None:
        """The newest export; `path` is where it was written on this computer, if it still is there."""
        clear(self._parts)
        title = tr("sign.done") if path is not None else tr("sign.done.before")
        icon = IconLabel("circle-check", 24, "accent")
        self._parts.addLayout(row(icon, PlainLabel(title, "heading"), None, gap=1.5))
        facts = [
            (tr("sign.file"), info.name),
            (tr("sign.size"), i18n.file_size(info.size)),
            (tr("sign.revision"), str(info.revision)),
            (tr("sign.at"), i18n.local_time(info.at)),
            (tr("sign.sealed"), tr("sign.sealed.yes") if info.sealed else tr("sign.sealed.no")),
            (tr("sign.digest"), _grouped(info.payload_sha256)),
        ]
        if path is not None:
            facts.insert(1, (tr("sign.in"), files.told(path.parent)))
        said = spoken(info.payload_sha256, i18n.language())
        # Eight words need two lines anyhow; they break where the voice rests.
        words = PlainLabel(said.replace("  ", "\n"), "title", selectable=True)
        words.setObjectName("sign.words")
        words.setAccessibleName(f"{tr('sign.words')}: {said}")
        code = QrView(tr("sign.qr"), 148)
        code.setObjectName("sign.qr")
        code.set_modules(qr_code(info.payload_sha256), tr("sign.qr.spoken", words=said))
        left = column(PlainLabel(tr("sign.words"), "muted"), words, fact_grid(facts), None, gap=1)
        side = row(gap=3)
        side.addLayout(left, 1)
        side.addWidget(code, 0, Qt.AlignmentFlag.AlignTop)
        self._parts.addLayout(side)
        self._parts.addLayout(self._buttons(info, path))
        self._parts.addWidget(line())
        self._parts.addWidget(PlainLabel(tr("sign.send"), "heading"))
        for sign, text in self._reminder(info):
            entry = row(gap=1.5)
            entry.addWidget(IconLabel(sign, 20, "accent"), 0, Qt.AlignmentFlag.AlignTop)
            entry.addWidget(PlainLabel(text), 1)
            self._parts.addLayout(entry)

    def _buttons(self, info: ExportInfo, path: Path | None) -> QLayout:
        self.show_file = None
        again = Button(tr("revision.copy"), "normal" if path is not None else "primary", "download")
        again.setObjectName("sign.copy")
        again.clicked.connect(lambda: self.copy_asked.emit(info.revision))
        self.again = again
        if path is None:
            return row(again, None, gap=2)
        self.show_file = Button(tr("sign.show"), "primary", "folder-open")
        self.show_file.setObjectName("sign.show")
        self.show_file.clicked.connect(lambda: self.show_asked.emit(path))
        copy = Button(tr("sign.path"), "normal", "copy")
        copy.setObjectName("sign.path")
        copy.clicked.connect(lambda: self._copy(path))
        return Flow(self.show_file, copy, again, gap=2)

    def _copy(self, path: Path) -> None:
        QGuiApplication.clipboard().setText(str(path))
        self.copied.emit()

    def _reminder(self, info: ExportInfo) -> list[tuple[str, str]]:
        how = tr("sign.send.how") if info.sealed else tr("sign.send.how.open")
        return [
            ("send", tr("sign.send.what", name=info.name, size=i18n.file_size(info.size), issuer=self._issuer)),
            ("package-open", how),
            ("ban", tr("sign.send.never")),
            ("clipboard-check", tr("sign.send.compare", issuer=self._issuer)),
            ("lock", tr("sign.send.keep")),
        ]

    def focus_start(self) -> None:
        """Puts the focus on the first button."""
        first = self.show_file or self.again
        if first is not None:
            first.setFocus()


def _grouped(digest: str) -> str:
    """A digest in groups of four, to read aloud or compare."""
    return " ".join(digest[i : i + 4] for i in range(0, len(digest), 4))
